//! Manifests: files, folders, standard input, or what Helm makes of a chart.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bstr::BString;
use diagnostics::{Foreign, Piece, Problem, text};
use repo_model::{Entry, Kind, PathPattern, RepoPath, Tree as _};
use runner_protocol::{Failure, Out};
use system::CommandFailure;
use verdict::gates::manifests::ManifestFile;
use verdict::{Gate, Policy, Trouble};

use super::change::{Change, Compared};
use super::reports::outside;
use crate::args::ManifestArgs;

/// The largest file of manifests, and the most that Helm may print.
const LONGEST: u64 = 256 << 20;
/// How many files are read.
const MOST_FILES: usize = 100_000;

/// Manifests as they are to be, and as they were.
#[derive(Debug)]
pub(crate) struct Manifests {
    pub(crate) head: Vec<ManifestFile>,
    pub(crate) base: Option<Vec<ManifestFile>>,
    pub(crate) troubles: Vec<Trouble>,
}

/// Whether a gate looks at manifests.
pub(super) fn looks(gate: Gate) -> bool {
    matches!(gate, Gate::Manifests | Gate::Parity)
}

/// Reads all that is named; nothing if nothing is.
pub(super) fn manifests(
    args: &ManifestArgs,
    policy: &Policy,
    wanted: &[Gate],
    compared: &mut Compared<'_>,
    out: &mut Out,
) -> Result<Option<Manifests>, Failure> {
    let policy = &policy.manifests;
    let lines = if args.is_any() { lines(&args.manifests) } else { lines(&policy.files) };
    if lines.is_empty() && args.helm_chart.is_none() {
        return Ok(None);
    }
    let mut troubles = Vec::new();
    // Where both look at them, each has the trouble.
    let gates: Vec<Gate> = wanted.iter().copied().filter(|gate| looks(*gate)).collect();
    let needs_base = policy.only_new || gates.contains(&Gate::Parity);
    let mut head = read(&lines, &gates, &mut troubles)?;
    if let Some(chart) = &args.helm_chart {
        head.push(rendered(chart, &args.helm_values)?);
    }
    let base_lines = self::lines(&args.manifests_base);
    let base = if !needs_base {
        None
    } else if base_lines.is_empty() {
        of_commit(compared.change(out)?, &lines)?
    } else {
        let mut missing = Vec::new();
        let base = read(&base_lines, gates.get(..1).unwrap_or_default(), &mut missing)?;
        for trouble in missing {
            let problem = Problem::warning(trouble.reason.message);
            out.problem(
                problem.help("nothing of the base is known there, so all of it counts as new"),
            );
        }
        (!base.is_empty()).then_some(base)
    };
    Ok(Some(Manifests { head, base, troubles }))
}

fn lines(written: &[String]) -> Vec<String> {
    let lines = written.iter().flat_map(|lines| lines.lines()).map(str::trim);
    lines.filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The endings of files in a folder that are manifests.
const ENDINGS: &str = "/**/*.{yaml,yml,json}";

fn pattern(line: &str) -> Result<PathPattern, Failure> {
    let written = if system::is_folder(Path::new(line)) {
        [line.trim_end_matches('/'), ENDINGS].concat()
    } else {
        line.to_owned()
    };
    PathPattern::new(&written).map_err(|error| {
        let message = text!["the pattern ", Foreign::from(error.pattern.as_str()), " of manifests cannot be read"];
        Failure::no_answer(Problem::error(message).label(Piece::said(&error.why)).help(
            "`*` and `?` stay within a folder, `**` crosses them, `[ab]` and `{a,b}` choose; a folder means all of its YAML and JSON",
        ))
    })
}

/// Reads what the lines mean, at most once each.
fn read(
    lines: &[String],
    gates: &[Gate],
    troubles: &mut Vec<Trouble>,
) -> Result<Vec<ManifestFile>, Failure> {
    let mut trouble = |trouble: Trouble| {
        troubles.extend(gates.iter().map(|gate| Trouble { gate: Some(*gate), ..trouble.clone() }));
    };
    let (mut paths, mut met): (Vec<PathBuf>, BTreeSet<PathBuf>) = Default::default();
    for line in lines {
        if line == "-" {
            paths.extend(Some(PathBuf::from(line)).filter(|it| met.insert(it.clone())));
            continue;
        }
        let found = system::find(std::slice::from_ref(&pattern(line)?), &|_| true);
        if let Some(failure) = found.failures.first() {
            return Err(super::files::refused(
                failure,
                "the manifests",
                "see the permissions there",
            ));
        }
        if found.files.is_empty() {
            trouble(Trouble::nothing(Some(Gate::Manifests), Foreign::from(line.as_str())));
        }
        paths.extend(found.files.into_iter().filter(|file| met.insert(file.clone())));
    }
    if paths.len() > MOST_FILES {
        let problem =
            Problem::error(text!["the patterns of manifests mean ", paths.len(), " files"]);
        return Err(Failure::no_answer(
            problem.help("at most 100,000 are read; name the folder of one environment"),
        ));
    }
    let mut files = Vec::new();
    for read in each(&paths) {
        match read {
            Ok(file) => files.push(file),
            Err(found) => trouble(*found),
        }
    }
    Ok(files)
}

/// Reads each file, several at a time; in the order of the paths.
fn each(paths: &[PathBuf]) -> Vec<Result<ManifestFile, Box<Trouble>>> {
    let threads = threads();
    let part = paths.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| {
        let parts: Vec<_> = paths
            .chunks(part)
            .map(|part| scope.spawn(move || part.iter().map(|path| one(path)).collect::<Vec<_>>()))
            .collect();
        let mut all = Vec::new();
        for (part, thread) in paths.chunks(part).zip(parts) {
            // A thread that could not end read nothing: then it is done here, for all to see.
            all.extend(
                thread.join().unwrap_or_else(|_| part.iter().map(|path| one(path)).collect()),
            );
        }
        all
    })
}

#[expect(clippy::disallowed_methods, reason = "the result does not depend on it")]
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from).min(8)
}

fn one(path: &Path) -> Result<ManifestFile, Box<Trouble>> {
    let gate = Some(Gate::Manifests);
    let shown = || Foreign::path(path);
    let name = || -> BString {
        if path.as_os_str() == "-" {
            "standard input".into()
        } else {
            path.as_os_str().as_encoded_bytes().into()
        }
    };
    let unread = |failure: &system::DiskFailure| {
        if failure.source.kind() == std::io::ErrorKind::NotFound {
            Trouble::nothing(gate, shown())
        } else {
            Trouble::unread(gate, shown(), Piece::said(&failure.source))
        }
    };
    if path.as_os_str() != "-" && outside(path).map_err(|failure| unread(&failure))? {
        return Err(Box::new(Trouble::outside(gate, shown())));
    }
    let is_input = path.as_os_str() == "-";
    let bytes =
        if is_input { system::read_whole(path, LONGEST) } else { system::read_file(path, LONGEST) };
    let bytes = bytes.map_err(|failure| unread(&failure))?;
    Ok(ManifestFile::read(name(), &bytes))
}

/// What `helm template` prints.
fn rendered(chart: &Path, values: &[PathBuf]) -> Result<ManifestFile, Failure> {
    let name = chart.file_name().map_or_else(|| OsString::from("chart"), OsString::from);
    let name = name.to_string_lossy().to_ascii_lowercase();
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // A release has a name that a host may have.
    let release = if name.bytes().all(is_name) && !name.starts_with('-') && name.len() < 40 {
        name
    } else {
        "chart".to_owned()
    };
    // Behind `--` nothing is an option, whatever it is called.
    let mut arguments: Vec<OsString> = ["template", "--skip-tests"].map(OsString::from).to_vec();
    for file in values.iter().flat_map(|line| {
        line.to_str()
            .map_or_else(|| vec![line.clone()], |text| text.lines().map(PathBuf::from).collect())
    }) {
        let mut option = OsString::from("--values=");
        option.push(file);
        arguments.push(option);
    }
    arguments.push("--".into());
    arguments.push(release.into());
    // Without a dot before it, a folder may be taken for a chart of a repository.
    arguments.push(if chart.is_absolute() {
        chart.into()
    } else {
        Path::new(".").join(chart).into()
    });
    let failed = |why: Piece| {
        let problem =
            Problem::error(text!["helm does not render ", Foreign::path(chart)]).label(why);
        Failure::environment(problem.help("see that helm 3 or 4 is on the PATH and that `helm dependency build` has run; or render it in a step before and hand over `manifests`"))
    };
    let said = system::run("helm", &arguments, Path::new("."), LONGEST);
    let said = said.map_err(|failure: CommandFailure| failed(Piece::said(&failure)))?;
    if said.code != Some(0) {
        return Err(failed(Piece::Said(Foreign::new(said.stderr.trim_ascii_end()))));
    }
    let mut name = b"helm template ".to_vec();
    name.extend_from_slice(chart.as_os_str().as_encoded_bytes());
    Ok(ManifestFile::read(name, &said.stdout))
}

/// The files that the lines mean on the base of the change; nothing where there are none, which is the case
/// too where manifests are made by a step before.
fn of_commit(change: &Change, lines: &[String]) -> Result<Option<Vec<ManifestFile>>, Failure> {
    let Some(tree) = change.base()? else { return Ok(None) };
    let mut patterns = Vec::new();
    for line in lines.iter().filter(|line| *line != "-") {
        patterns.push((pattern(line)?, line.trim_end_matches('/').to_owned()));
    }
    let is_meant = |path: &RepoPath| {
        patterns.iter().any(|(pattern, _)| {
            let bytes = path.as_bytes();
            let root = pattern.root().trim_start_matches("./");
            match bytes.strip_prefix(root.as_bytes()) {
                Some(_) if !pattern.is_search() => {
                    bytes == root.as_bytes() || pattern.as_str().as_bytes() == bytes
                }
                Some(rest) => {
                    let rest = rest.strip_prefix(b"/").unwrap_or(rest);
                    pattern.matches_below_root(rest)
                }
                None => false,
            }
        })
    };
    let is_file = |entry: &&Entry| matches!(entry.kind, Kind::File | Kind::Executable);
    let entries: Vec<&Entry> =
        tree.entries().iter().filter(is_file).filter(|entry| is_meant(&entry.path)).collect();
    if entries.is_empty() {
        return Ok(None);
    }
    let contents = tree.read(&entries).map_err(|error| {
        let path = Foreign::new(error.path.as_bytes());
        let problem = Problem::error(text!["the file ", path, " of the base cannot be read"]);
        Failure::environment(problem.label(Piece::said(&error.why)))
    })?;
    let files = entries.iter().zip(contents);
    Ok(Some(
        files.map(|(entry, bytes)| ManifestFile::read(entry.path.as_bytes(), &bytes)).collect(),
    ))
}
