//! The configuration, with what inputs say in its place, and the day.

use std::path::Path;

use diagnostics::{Foreign, Problem, text};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use runner_protocol::{Cause, Failure};
use verdict::Policy;

use super::{Failures, files};
use crate::args::RunArgs;

/// Where the configuration is where nobody says it.
const DEFAULT: &str = ".github/signalbox.toml";

/// The policy: that of the file, with what the inputs say in its place.
pub(crate) fn policy(args: &RunArgs) -> Result<Policy, Failure> {
    let mut failures = Failures::default();
    let policy = failures.keep(of_file(args.config.file.config.as_deref())).unwrap_or_default();
    let mut words = |input: Option<&str>, name| {
        failures.keep(list(input.unwrap_or_default(), name)).unwrap_or_default()
    };
    let allowed_failures = words(args.jobs.allowed_failures.as_deref(), "allowed-failures");
    let allowed_skips = words(args.jobs.allowed_skips.as_deref(), "allowed-skips");
    failures.none()?;
    let mut policy = policy;
    if let Some(mode) = args.config.mode {
        policy.mode = mode.mode();
    }
    let jobs = &mut policy.required_jobs;
    jobs.allowed_failures.extend(allowed_failures);
    jobs.allowed_skips.extend(allowed_skips);
    jobs.allow_all_skipped |= args.jobs.allow_all_skipped;
    Ok(policy)
}

fn of_file(named: Option<&Path>) -> Result<Policy, Failure> {
    let Some((file, bytes)) = file(named)? else { return Ok(Policy::default()) };
    Policy::read(file, &bytes).map_err(|problems| Failure { cause: Cause::NoAnswer, problems })
}

/// The file of the configuration, and what is in it; nothing where none is named and the usual one is not there.
pub(crate) fn file(named: Option<&Path>) -> Result<Option<(Foreign, Vec<u8>)>, Failure> {
    let path = named.unwrap_or(Path::new(DEFAULT));
    let is_there = system::exists(path)
        .map_err(|failure| files::refused(&failure, "the configuration", "see its permissions"))?;
    if named.is_none() && !is_there {
        return Ok(None);
    }
    let help = "paths of inputs are relative to the folder that the step runs in";
    let bytes = files::read(path, "the configuration", help)?;
    Ok(Some((Foreign::path(path), bytes)))
}

/// The file of the configuration, for what cannot do without.
pub(crate) fn needed_file(
    named: Option<&Path>,
    table: &'static str,
) -> Result<(Foreign, Vec<u8>), Failure> {
    file(named)?.ok_or_else(|| {
        let message = text!["there is no configuration, and `[", table, "]` is needed"];
        let help = "write it into `.github/signalbox.toml`, or name another file with `--config` (input `config`)";
        Failure::no_answer(Problem::error(message).help(help))
    })
}

/// Tells that no configuration is named, that this folder has none, and that the repository's root has
/// one: its limits do not hold here.
pub(super) fn passed_over(args: &RunArgs) -> Option<Problem> {
    let is_there = |path: &Path| system::exists(path).unwrap_or(false);
    if args.config.file.config.is_some() || is_there(Path::new(DEFAULT)) {
        return None;
    }
    let here = system::whole_path(Path::new(".")).ok()?;
    let root = here.ancestors().find(|folder| is_there(&folder.join(".git")))?;
    let path = root.join(DEFAULT);
    is_there(&path).then(|| {
        Problem::warning(text![
            "the configuration ",
            Foreign::path(&path),
            " is not read from this folder"
        ])
        .help("name it with `config`, or write one for this folder")
    })
}

/// The words of an input: a JSON array of strings, or words with commas or line breaks between them.
pub(crate) fn list(input: &str, name: &'static str) -> Result<Vec<String>, Failure> {
    let written = input.trim();
    if written.starts_with(['[', '"', '{']) {
        return serde_json::from_str(written).map_err(|error| {
            let message = text!["the input `", name, "` is no list: ", Foreign::from(written)];
            Failure::no_answer(
                Problem::error(message).label(diagnostics::Piece::said(&error)).help(
                    "write names with commas or line breaks between them, or a JSON array of strings",
                ),
            )
        });
    }
    let words = written.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty());
    Ok(words.map(str::to_owned).collect())
}

/// Today, in UTC: a waiver ends for everybody at once.
pub(crate) fn today() -> Date {
    let now = Timestamp::from_second(system::seconds_since_1970()).unwrap_or(Timestamp::MAX);
    now.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(input: &str, wanted: Option<&[&str]>) {
        let found = list(input, "allowed-skips").ok();
        let found: Option<Vec<&str>> =
            found.as_ref().map(|words| words.iter().map(String::as_str).collect());
        assert_eq!(found.as_deref(), wanted, "{input}");
    }

    #[test]
    fn a_list_is_written_in_three_ways() {
        check("", Some(&[]));
        check("a, b\nc,", Some(&["a", "b", "c"]));
        check(r#"["a", "b,c"]"#, Some(&["a", "b,c"]));
        check("[]", Some(&[]));
    }

    #[test]
    fn a_json_string_is_no_list_of_letters() {
        check(r#""ab""#, None);
        check(r#"{"a": 1}"#, None);
        check(r#"["a", 1]"#, None);
        check(r#"["a""#, None);
    }
}
