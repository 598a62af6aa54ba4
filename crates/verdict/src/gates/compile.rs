//! Does every member of the workspace compile?
//!
//! A member compiles where cargo built a target of it, or found one up to date, and no error stands in
//! it. A build script that was built says nothing about its package. A member that the report does not
//! name was not compiled, whatever `success` says: the build may have been one of a few packages.

use diagnostics::config::Table;
use diagnostics::{Foreign, Text, nearest, text};
use repo_model::Glob;

use crate::code_seen::{CodeSeen, Weight};
use crate::components::excluded;
use crate::globs::is_in;
use crate::{Gate, Mode, Outcome, Reason, Verdict};

/// What the gate wants: `[gate.compile]`.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// How many of a hundred members must compile.
    pub min: u64,
    /// Members that must compile, however many do.
    pub components: Vec<String>,
    /// Members that are not looked at, as patterns for their names.
    pub exclude: Vec<Glob>,
}

impl Default for Policy {
    fn default() -> Self {
        Self { mode: Mode::Block, min: 100, components: Vec::new(), exclude: Vec::new() }
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let min = table.amount("min").map_or(100, |word| {
            let number = word.text.trim_end_matches('%').trim_end();
            let percent = number.parse().ok().filter(|percent| *percent <= 100_u64);
            if percent.is_none() {
                table.wrong(&word, "expected a whole number of per cent", "write 0 to 100");
            }
            percent.unwrap_or(100)
        });
        let components = table.strings("components").unwrap_or_default();
        let components = components.into_iter().map(|word| word.text).collect();
        Self { mode, min, components, exclude: excluded(table) }
    }
}

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The names of the workspace's members, as `cargo metadata` lists them.
    pub members: &'a [String],
    /// What cargo said.
    pub seen: &'a CodeSeen,
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let Facts { members, seen } = *facts;
    let members: Vec<&str> = members
        .iter()
        .map(String::as_str)
        .filter(|name| !is_in(&policy.exclude, name.as_bytes()))
        .collect();
    let is_sound = |name: &&str| seen.is_built(name) && !seen.is_broken(name);
    let compiled = members.iter().filter(|name| is_sound(name)).count();
    let is_enough = reaches(compiled, members.len(), policy.min);
    let usual = if is_enough { Verdict::Warn } else { Verdict::Fail };
    let mut reasons: Vec<Reason> = evidence(&members, seen).into_iter().collect();
    reasons.extend(unknown_components(policy, &members));
    let mut has_error = false;
    for remark in seen.remarks().filter(|remark| remark.weight == Weight::Broken) {
        has_error = true;
        let is_wanted = remark.package.as_ref().is_some_and(|package| {
            policy.components.iter().any(|name| name.as_bytes() == package.as_slice())
        });
        let verdict = if is_wanted { Verdict::Fail } else { usual };
        let rule = if remark.rule.is_some() { remark.name() } else { "compile-error".into() };
        let mut reason = Reason::new(rule, policy.mode.soften(verdict), remark.told());
        reason.package = remark.package.as_ref().map(|name| Foreign::new(name.as_slice()));
        reason.place = remark.place();
        reasons.push(reason);
    }
    has_error |= seen.remarks().any(|remark| remark.weight == Weight::Denied);
    for name in members.iter().filter(|name| !is_sound(name)) {
        let is_wanted = policy.components.iter().any(|wanted| wanted == name);
        let verdict = if is_wanted { Verdict::Fail } else { usual };
        reasons.push(not_compiled(name, seen, policy.mode.soften(verdict)));
    }
    if seen.has_failed() && !has_error {
        let said = "cargo says that the build failed, and no message says why";
        let reason = Reason::new("build-failed", policy.mode.soften(usual), said);
        reasons.push(reason.help(
            "see what cargo wrote to standard error: a build script, the linker or a manifest",
        ));
    }
    let total = members.len();
    let measured = text![compiled, " of ", total, " members compile"];
    let limit = text!["at least ", policy.min, " %"];
    Outcome { gate: Gate::Compile, measured, limit, reasons }
}

/// Whether `part` of `all` is at least `min` per cent, without rounding.
fn reaches(part: usize, all: usize, min: u64) -> bool {
    let wide = |number: usize| u128::try_from(number).unwrap_or(u128::MAX);
    wide(part).saturating_mul(100) >= wide(all).saturating_mul(min.into())
}

/// What is missing to decide at all.
fn evidence(members: &[&str], seen: &CodeSeen) -> Option<Reason> {
    let (rule, said, help) = if members.is_empty() {
        let help = "run it in the workspace, or list fewer packages under `exclude`";
        ("no-members", "the workspace has no member to look at", help)
    } else if seen.runs() == 0 {
        let help = "write cargo's JSON to a file: `cargo check --workspace --message-format=json`";
        ("no-build", "no report shows the end of a build", help)
    } else {
        return None;
    };
    Some(Reason::new(rule, Verdict::Error, said).help(help))
}

fn unknown_components(policy: &Policy, members: &[&str]) -> Vec<Reason> {
    let unknown = policy.components.iter().filter(|name| !members.contains(&name.as_str()));
    let told = unknown.map(|name| {
        let said =
            text!["the component ", Foreign::from(name.as_str()), " is no member that counts"];
        let help = match nearest(name, members.iter().copied()) {
            Some(near) => text!["did you mean ", Foreign::from(near), "?"],
            None => "name a member of the workspace that is not excluded".into(),
        };
        Reason::new("unknown-component", Verdict::Error, said).help(help)
    });
    told.collect()
}

fn not_compiled(name: &str, seen: &CodeSeen, verdict: Verdict) -> Reason {
    let member = Foreign::from(name);
    let (said, help): (Text, Text) = if seen.is_broken(name) {
        (text![member.clone(), " does not compile"], "mend its errors, told beside this".into())
    } else if seen.has_failed() {
        let said = text![member.clone(), " was not compiled: the build ended before"];
        (said, "mend what failed first, or build with `--keep-going`".into())
    } else {
        let said = text![member.clone(), " is in no report"];
        (said, "build with `--workspace`, or list it under `exclude`".into())
    };
    let mut reason = Reason::new("not-compiled", verdict, said).help(help);
    reason.package = Some(member);
    reason
}

#[cfg(test)]
mod tests {
    use crate::code_seen::tests::seen;

    use super::*;

    const MEMBERS: &[&str] = &["alpha", "beta", "gamma-tool"];

    fn told(policy: &Policy, members: &[&str], seen: &CodeSeen) -> (Verdict, Vec<String>) {
        let members: Vec<String> = members.iter().map(ToString::to_string).collect();
        let outcome = decide(policy, &Facts { members: &members, seen });
        let rule = |reason: &Reason| String::from_utf8_lossy(reason.rule.raw()).into_owned();
        (outcome.verdict(), outcome.reasons.iter().map(rule).collect())
    }

    #[track_caller]
    fn check(file: &str, members: &[&str], verdict: Verdict, rules: &[&str]) {
        let (found, reasons) = told(&Policy::default(), members, &seen(file));
        assert_eq!(
            (found, reasons.iter().map(String::as_str).collect()),
            (verdict, rules.to_vec())
        );
    }

    #[test]
    fn every_member_has_to_be_seen() {
        check("check-warns.jsonl", MEMBERS, Verdict::Pass, &[]);
        check("check-fresh.jsonl", MEMBERS, Verdict::Pass, &[]);
        check("test-prints-text.jsonl", MEMBERS, Verdict::Fail, &["not-compiled"]);
        check("check-warns.jsonl", &["alpha", "delta"], Verdict::Fail, &["not-compiled"]);
    }

    #[test]
    fn an_error_is_told_with_its_code() {
        let rules = ["E0308", "E0308", "not-compiled"];
        check("check-fails.jsonl", MEMBERS, Verdict::Fail, &rules);
    }

    #[test]
    fn a_build_script_that_fails_is_a_failure_without_a_message() {
        let rules = ["not-compiled", "build-failed"];
        check("build-script-fails.jsonl", &["delta"], Verdict::Fail, &rules);
    }

    #[test]
    fn with_warnings_denied_what_was_not_reached_is_not_compiled() {
        let rules = ["not-compiled", "not-compiled"];
        check("clippy-denied-stops-at-the-first.jsonl", MEMBERS, Verdict::Fail, &rules);
    }

    #[test]
    fn pages_are_no_proof_that_it_compiles() {
        check("doc-warns-and-succeeds.jsonl", &["beta"], Verdict::Fail, &["not-compiled"]);
    }

    #[test]
    fn nothing_to_look_at_is_an_error() {
        check("check-warns.jsonl", &[], Verdict::Error, &["no-members"]);
        let (verdict, rules) = told(&Policy::default(), &["a"], &CodeSeen::default());
        assert_eq!((verdict, rules[0].as_str()), (Verdict::Error, "no-build"));
        let exclude = vec![Glob::new("**").unwrap()];
        let policy = Policy { exclude, mode: Mode::Report, ..Policy::default() };
        let (verdict, rules) = told(&policy, MEMBERS, &seen("check-warns.jsonl"));
        assert_eq!((verdict, rules[0].as_str()), (Verdict::Error, "no-members"));
    }

    #[test]
    fn fewer_than_all_may_do_unless_one_is_named() {
        let seen = seen("check-fails.jsonl");
        for (min, components, wanted) in [
            (66, vec![], Verdict::Warn),
            (67, vec![], Verdict::Fail),
            (66, vec!["gamma-tool"], Verdict::Fail),
            (66, vec!["alpha"], Verdict::Warn),
            (66, vec!["alpah"], Verdict::Error),
        ] {
            let components = components.into_iter().map(str::to_owned).collect();
            let policy = Policy { min, components, ..Policy::default() };
            assert_eq!(told(&policy, MEMBERS, &seen).0, wanted, "{min} {:?}", policy.components);
        }
    }
}
