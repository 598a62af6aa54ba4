//! What linters find in the code: clippy and rustc through cargo's JSON, others as [`Remark`]s.
//!
//! `-D warnings` makes errors of lints and stops the build at the first package that has one: such a
//! report is a failure, and never the whole list.

use diagnostics::config::Table;
use diagnostics::{Foreign, Text, text};
use repo_model::Glob;

use crate::code_seen::{CodeSeen, Remark, Weight};
use crate::components::{Component, excluded, parts};
use crate::globs::{globs, is_in};
use crate::{Gate, Mode, Outcome, Reason, Verdict};

/// What the gate wants: `[gate.lint]`.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// How many warnings there may be.
    pub max_warnings: u64,
    /// Lints of which there may be none, as patterns for their names: `clippy::unwrap_used`.
    pub deny: Vec<Glob>,
    /// Lints that do not count, as patterns for their names.
    pub allow: Vec<Glob>,
    /// Members that need not be looked at, as patterns for their names.
    pub exclude: Vec<Glob>,
    /// Parts of the code with a policy of their own; the first that holds a remark counts.
    pub components: Vec<Component>,
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let max_warnings = table.count("max-warnings").unwrap_or_default();
        let deny = globs(table, "deny").unwrap_or_default();
        let allow = globs(table, "allow").unwrap_or_default();
        let components = Component::read(table, mode, max_warnings);
        Self { mode, max_warnings, deny, allow, exclude: excluded(table), components }
    }
}

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The names of the workspace's members that have to be looked at; none where there is no workspace
    /// of cargo.
    pub members: &'a [String],
    /// What the linters said.
    pub seen: &'a CodeSeen,
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let seen = facts.seen;
    let name = |remark: &Remark| remark.name();
    let counts = |remark: &&Remark| !is_in(&policy.allow, name(remark).raw());
    let is_denied = |remark: &Remark| {
        remark.weight == Weight::Denied || is_in(&policy.deny, name(remark).raw())
    };
    let counted = || seen.remarks().filter(|it| it.weight != Weight::Broken).filter(counts);
    let mut reasons = evidence(facts, policy, counted().any(|it| it.weight == Weight::Denied));
    let denied = counted().filter(|remark| is_denied(remark));
    let mut number_of_denied = 0_usize;
    for part in parts(&policy.components, policy.mode, 0, denied) {
        number_of_denied += part.warnings.len();
        let verdict = part.mode.soften(Verdict::Fail);
        reasons.extend(part.warnings.iter().map(|remark| remark.reason(verdict)));
    }
    let mut measured = Text::new();
    let mut limit = text!["at most ", policy.max_warnings];
    let warnings = counted().filter(|remark| !is_denied(remark));
    let mut number = seen.not_kept();
    let all = parts(&policy.components, policy.mode, policy.max_warnings, warnings);
    for (place, part) in all.iter().enumerate() {
        let count = u64::try_from(part.warnings.len()).unwrap_or(u64::MAX);
        number = number.saturating_add(count);
        if let Some(name) = part.name {
            limit.text(", ").number(part.max_warnings).text(" in ").foreign(name);
        }
        reasons.extend(part.warnings.iter().map(|remark| part.reason(remark, place)));
    }
    if seen.not_kept() > policy.max_warnings {
        let said = text![seen.not_kept(), " more remarks than are told"];
        reasons.push(Reason::new("too-many", policy.mode.soften(Verdict::Fail), said));
    }
    measured.number(number).text(" warnings");
    if number_of_denied > 0 {
        measured.append(text![", ", number_of_denied, " denied"]);
    }
    Outcome { gate: Gate::Lint, measured, limit, reasons }
}

/// What is missing to decide at all.
fn evidence(facts: &Facts<'_>, policy: &Policy, is_told: bool) -> Vec<Reason> {
    let seen = facts.seen;
    let mut reasons = Vec::new();
    if seen.runs() == 0 {
        let reason =
            Reason::new("no-run", Verdict::Error, "no report shows the end of a linter's run");
        reasons.push(reason.help(
            "write cargo's JSON to a file: `cargo clippy --workspace --message-format=json`",
        ));
        return reasons;
    }
    if let Some(broken) = seen.remarks().find(|remark| remark.weight == Weight::Broken) {
        let said = text!["the code does not compile, so that not all of it was looked at: "];
        let mut message = said;
        message.append(broken.told());
        let mut reason = Reason::new("not-linted", Verdict::Error, message);
        reason.place = broken.place();
        reasons.push(reason.help("mend the error, and run the linter again"));
    } else if seen.has_failed() && !is_told {
        let said = "the linter's run failed, so that not all of the code was looked at";
        let reason = Reason::new("not-linted", Verdict::Error, said);
        reasons.push(reason.help(
            "see what it wrote to standard error; lints that are allowed here must not be denied there",
        ));
    }
    // Where the build failed, the packages that it did not reach are no news.
    if seen.has_failed() || !seen.is_of_cargo() {
        return reasons;
    }
    let is_wanted = |name: &&String| !is_in(&policy.exclude, name.as_bytes());
    for name in facts.members.iter().filter(is_wanted).filter(|name| !seen.is_built(name)) {
        let said = text![Foreign::from(name.as_str()), " is in no report"];
        let mut reason = Reason::new("not-linted", Verdict::Error, said);
        reason.package = Some(Foreign::from(name.as_str()));
        reasons.push(reason.help("lint with `--workspace`, or list it under `exclude`"));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use crate::code_seen::tests::seen;

    use super::*;

    fn patterns(patterns: &[&str]) -> Vec<Glob> {
        patterns.iter().map(|pattern| Glob::new(pattern).unwrap()).collect()
    }

    fn told(policy: &Policy, seen: &CodeSeen) -> (Verdict, Vec<(String, Verdict)>) {
        let members = ["alpha", "beta", "gamma-tool"].map(str::to_owned);
        let outcome = decide(policy, &Facts { members: &members, seen });
        let rule = |reason: &Reason| {
            (String::from_utf8_lossy(reason.rule.raw()).into_owned(), reason.verdict)
        };
        (outcome.verdict(), outcome.reasons.iter().map(rule).collect())
    }

    const TWICE: &str = "clippy-all-targets-says-it-twice.jsonl";
    const DENIED: &str = "clippy-denied-stops-at-the-first.jsonl";

    #[track_caller]
    fn check(file: &str, policy: &Policy, wanted: Verdict) {
        assert_eq!(told(policy, &seen(file)).0, wanted, "{file} {policy:?}");
    }

    #[test]
    fn warnings_count_once_and_up_to_a_number() {
        let at_most = |max_warnings| Policy { max_warnings, ..Policy::default() };
        check(TWICE, &at_most(3), Verdict::Warn);
        check(TWICE, &at_most(2), Verdict::Fail);
        check(TWICE, &Policy { mode: Mode::Warn, ..Policy::default() }, Verdict::Warn);
        check(TWICE, &Policy { mode: Mode::Report, ..Policy::default() }, Verdict::Pass);
        assert_eq!(told(&at_most(0), &seen(TWICE)).1.len(), 3);
    }

    #[test]
    fn what_is_waived_does_not_count() {
        let members = ["alpha", "beta", "gamma-tool"].map(str::to_owned);
        let seen = seen(TWICE);
        let check = |max_warnings, waived: usize, wanted| {
            let policy = Policy { max_warnings, ..Policy::default() };
            let mut outcome = decide(&policy, &Facts { members: &members, seen: &seen });
            for reason in outcome.reasons.iter_mut().take(waived) {
                reason.state = crate::State::Waived(0);
            }
            outcome.recount();
            assert_eq!(outcome.verdict(), wanted, "{waived} of 3 waived, at most {max_warnings}");
        };
        check(2, 0, Verdict::Fail);
        check(2, 1, Verdict::Warn);
        check(1, 1, Verdict::Fail);
        check(0, 2, Verdict::Fail);
        check(0, 3, Verdict::Pass);
        check(3, 0, Verdict::Warn);
    }

    #[test]
    fn lists_of_lints_decide_before_the_number() {
        let of = |deny: &[&str], allow: &[&str]| Policy {
            max_warnings: 9,
            deny: patterns(deny),
            allow: patterns(allow),
            ..Policy::default()
        };
        check(TWICE, &of(&["missing_docs"], &[]), Verdict::Fail);
        check(TWICE, &of(&["clippy::*"], &[]), Verdict::Fail);
        check(TWICE, &of(&["clippy::*"], &["clippy::needless_return"]), Verdict::Warn);
        check(TWICE, &of(&[], &["**"]), Verdict::Pass);
    }

    #[test]
    fn a_component_has_a_number_of_its_own() {
        let component = |packages: &[&str], paths: &[&str]| Component {
            name: "core".to_owned(),
            packages: patterns(packages),
            paths: patterns(paths),
            mode: Mode::Block,
            max_warnings: 3,
        };
        let with = |component| Policy { components: vec![component], ..Policy::default() };
        check(TWICE, &with(component(&["alpha"], &[])), Verdict::Warn);
        check(TWICE, &with(component(&[], &["alpha/**"])), Verdict::Warn);
        check(TWICE, &with(component(&["beta"], &[])), Verdict::Fail);
    }

    #[test]
    fn with_warnings_denied_it_stops_at_the_first_and_fails() {
        check(DENIED, &Policy { max_warnings: 9, ..Policy::default() }, Verdict::Fail);
        // All that was told is allowed, but nobody looked at the rest.
        check(DENIED, &Policy { allow: patterns(&["**"]), ..Policy::default() }, Verdict::Error);
    }

    #[test]
    fn code_that_was_not_looked_at_is_an_error_in_every_mode() {
        let report = Policy { mode: Mode::Report, ..Policy::default() };
        check("check-fails.jsonl", &report, Verdict::Error);
        check("build-script-fails.jsonl", &report, Verdict::Error);
        check("test-prints-text.jsonl", &report, Verdict::Error);
        assert_eq!(told(&report, &CodeSeen::default()).0, Verdict::Error);
    }

    #[test]
    fn remarks_of_other_tools_count_too() {
        let mut seen = CodeSeen::default();
        let remark = Remark {
            tool: "tflint".into(),
            rule: Some("terraform_unused".into()),
            weight: Weight::Warning,
            message: "unused\nmore".into(),
            spot: None,
            package: None,
        };
        seen.remark(&remark);
        seen.remark(&remark);
        assert_eq!(told(&Policy::default(), &seen).0, Verdict::Error);
        seen.ran();
        let wanted = vec![("terraform_unused".to_owned(), Verdict::Fail)];
        assert_eq!(told(&Policy::default(), &seen), (Verdict::Fail, wanted));
    }
}
