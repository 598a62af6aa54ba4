//! Is what is public documented, without broken links?
//!
//! What counts is what rustc (`missing_docs`), rustdoc (`rustdoc::...`) and clippy say about
//! documentation. `cargo doc` succeeds with any number of warnings, so that its exit says nothing; that it
//! wrote pages for each member is the proof that it ran.

use diagnostics::config::Table;
use diagnostics::{Foreign, Text, text};
use repo_model::Glob;

use crate::code_seen::{CodeSeen, Remark, Weight};
use crate::components::{Component, excluded, parts};
use crate::globs::{globs, is_in};
use crate::{Gate, Mode, Outcome, Reason, Verdict};

/// What the gate wants: `[gate.docs]`.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// How many remarks there may be.
    pub max_warnings: u64,
    /// Lints, or packages, whose remarks block in every mode and number, as patterns for their names.
    pub critical: Vec<Glob>,
    /// Whether `cargo doc` must have written pages for each member.
    pub pages: bool,
    /// Members that need not be looked at, as patterns for their names.
    pub exclude: Vec<Glob>,
    /// Parts of the code with a policy of their own; the first that holds a remark counts.
    pub components: Vec<Component>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::Block,
            max_warnings: 0,
            critical: Vec::new(),
            pages: true,
            exclude: Vec::new(),
            components: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let max_warnings = table.count("max-warnings").unwrap_or_default();
        let critical = globs(table, "critical").unwrap_or_default();
        let pages = table.flag("pages").unwrap_or(true);
        let components = Component::read(table, mode, max_warnings);
        Self { mode, max_warnings, critical, pages, exclude: excluded(table), components }
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

/// Clippy's lints about documentation whose names do not begin with `doc_` (Clippy's list of lints).
const OF_CLIPPY: &[&str] = &[
    "clippy::missing_docs_in_private_items",
    "clippy::missing_errors_doc",
    "clippy::missing_panics_doc",
    "clippy::missing_safety_doc",
    "clippy::unnecessary_safety_doc",
    "clippy::empty_docs",
    "clippy::suspicious_doc_comments",
    "clippy::too_long_first_doc_paragraph",
    "clippy::tabs_in_doc_comments",
    "clippy::needless_doctest_main",
    "clippy::test_attr_in_doctest",
];

/// Whether a lint is about documentation.
fn is_about_docs(rule: &[u8]) -> bool {
    // Until Rust 1.52 rustdoc's lints had no prefix.
    let is_plain =
        matches!(rule, b"missing_docs" | b"unused_doc_comments" | b"broken_intra_doc_links");
    let starts = ["rustdoc::", "clippy::doc_"];
    is_plain
        || starts.iter().any(|start| rule.starts_with(start.as_bytes()))
        || OF_CLIPPY.iter().any(|name| name.as_bytes() == rule)
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let seen = facts.seen;
    let is_critical = |remark: &Remark| {
        let package = remark.package.as_ref();
        is_in(&policy.critical, remark.name().raw())
            || package.is_some_and(|name| is_in(&policy.critical, name))
    };
    let is_counted = |remark: &&Remark| {
        remark.weight != Weight::Broken
            && remark.rule.as_ref().is_some_and(|rule| is_about_docs(rule))
    };
    let remarks = || seen.remarks().filter(is_counted);
    let mut reasons = evidence(facts, policy, remarks().any(|it| it.weight == Weight::Denied));
    let mut number = seen.not_kept();
    for remark in remarks().filter(|remark| is_critical(remark)) {
        number = number.saturating_add(1);
        reasons.push(remark.reason(Verdict::Fail));
    }
    let mut limit = text!["at most ", policy.max_warnings];
    let others = remarks().filter(|remark| !is_critical(remark));
    let all = parts(&policy.components, policy.mode, policy.max_warnings, others);
    for (place, part) in all.iter().enumerate() {
        number = number.saturating_add(u64::try_from(part.warnings.len()).unwrap_or(u64::MAX));
        if let Some(name) = part.name {
            limit.text(", ").number(part.max_warnings).text(" in ").foreign(name);
        }
        for remark in &part.warnings {
            reasons.push(match remark.weight {
                Weight::Denied => remark.reason(part.mode.soften(Verdict::Fail)),
                Weight::Warning | Weight::Broken => part.reason(remark, place),
            });
        }
    }
    if seen.not_kept() > 0 {
        let said = text![seen.not_kept(), " more remarks than are told"];
        reasons.push(Reason::new("too-many", policy.mode.soften(Verdict::Fail), said));
    }
    let measured = text![number, " remarks on documentation"];
    Outcome { gate: Gate::Docs, measured, limit, reasons }
}

/// What is missing to decide at all.
fn evidence(facts: &Facts<'_>, policy: &Policy, is_told: bool) -> Vec<Reason> {
    let seen = facts.seen;
    let mut reasons = Vec::new();
    let is_wanted = |name: &&String| !is_in(&policy.exclude, name.as_bytes());
    let members: Vec<&String> = facts.members.iter().filter(is_wanted).collect();
    let error = |rule: &'static str, said: Text, help: &'static str| {
        Reason::new(rule, Verdict::Error, said).help(help)
    };
    if members.is_empty() {
        let help = "run it in the workspace, or list fewer packages under `exclude`";
        reasons.push(error("no-members", "the workspace has no member to look at".into(), help));
        return reasons;
    }
    if seen.runs() == 0 {
        let help = "write cargo's JSON to a file: `cargo doc --no-deps --message-format=json`";
        reasons.push(error("no-run", "no report shows the end of a run".into(), help));
        return reasons;
    }
    let has_broken = seen.remarks().any(|remark| remark.weight == Weight::Broken);
    if has_broken || (seen.has_failed() && !is_told) {
        let said = "the run failed, so that not all of the documentation was looked at";
        reasons.push(error("not-documented", said.into(), "mend what failed, and run it again"));
        return reasons;
    }
    // Where it failed at a remark, the packages that it did not reach are no news.
    if seen.has_failed() {
        return reasons;
    }
    let is_seen = |name: &str| {
        if policy.pages {
            seen.is_documented(name)
        } else {
            seen.is_built(name) || seen.is_documented(name)
        }
    };
    for name in members.into_iter().filter(|name| !is_seen(name)) {
        let (said, help) = if policy.pages {
            let help = "run `cargo doc --workspace --no-deps`, list it under `exclude`, or set `pages = false`";
            (" has no pages of documentation in any report", help)
        } else {
            (" is in no report", "build with `--workspace`, or list it under `exclude`")
        };
        let member = Foreign::from(name.as_str());
        let mut reason = error("not-documented", text![member.clone(), said], help);
        reason.package = Some(member);
        reasons.push(reason);
    }
    reasons
}

#[cfg(test)]
mod tests {
    use crate::code_seen::tests::seen;

    use super::*;

    const DOC: &str = "doc-warns-and-succeeds.jsonl";

    fn patterns(patterns: &[&str]) -> Vec<Glob> {
        patterns.iter().map(|pattern| Glob::new(pattern).unwrap()).collect()
    }

    fn told(policy: &Policy, seen: &CodeSeen) -> Outcome {
        let members = ["alpha", "beta", "gamma-tool"].map(str::to_owned);
        decide(policy, &Facts { members: &members, seen })
    }

    #[track_caller]
    fn check(file: &str, policy: &Policy, wanted: Verdict) {
        assert_eq!(told(policy, &seen(file)).verdict(), wanted, "{file} {policy:?}");
    }

    #[test]
    fn cargo_doc_that_succeeds_with_remarks_is_no_pass() {
        // missing_docs, broken_intra_doc_links, bare_urls, invalid_html_tags; `unused` is none of them.
        assert_eq!(told(&Policy::default(), &seen(DOC)).reasons.len(), 4);
        check(DOC, &Policy::default(), Verdict::Fail);
        check(DOC, &Policy { max_warnings: 4, ..Policy::default() }, Verdict::Warn);
        check(DOC, &Policy { mode: Mode::Report, ..Policy::default() }, Verdict::Pass);
    }

    #[test]
    fn what_is_critical_blocks_in_every_mode() {
        let of = |critical: &[&str]| Policy {
            mode: Mode::Report,
            max_warnings: 9,
            critical: patterns(critical),
            ..Policy::default()
        };
        check(DOC, &of(&["rustdoc::broken_intra_doc_links"]), Verdict::Fail);
        check(DOC, &of(&["beta"]), Verdict::Fail);
        check(DOC, &of(&["delta"]), Verdict::Pass);
    }

    #[test]
    fn a_component_has_a_mode_of_its_own() {
        let component = |packages: &[&str], mode| Component {
            name: "core".to_owned(),
            packages: patterns(packages),
            paths: Vec::new(),
            mode,
            max_warnings: 0,
        };
        let with =
            |mode, component| Policy { mode, components: vec![component], ..Policy::default() };
        check(DOC, &with(Mode::Report, component(&["alpha"], Mode::Block)), Verdict::Fail);
        check(DOC, &with(Mode::Warn, component(&["alpha"], Mode::Report)), Verdict::Warn);
        check(DOC, &with(Mode::Report, component(&["x"], Mode::Block)), Verdict::Pass);
    }

    #[test]
    fn without_pages_there_is_no_proof_that_cargo_doc_ran() {
        check(
            "check-warns.jsonl",
            &Policy { mode: Mode::Report, ..Policy::default() },
            Verdict::Error,
        );
        let without = Policy { pages: false, ..Policy::default() };
        check("check-warns.jsonl", &without, Verdict::Fail);
        check("test-prints-text.jsonl", &without, Verdict::Error);
        check("check-fails.jsonl", &without, Verdict::Error);
        assert_eq!(told(&Policy::default(), &CodeSeen::default()).verdict(), Verdict::Error);
        let exclude = Policy { exclude: patterns(&["**"]), ..Policy::default() };
        check(DOC, &exclude, Verdict::Error);
    }

    #[test]
    fn a_lint_that_is_denied_fails_and_what_is_beyond_it_is_not_known() {
        check(
            "clippy-denied-stops-at-the-first.jsonl",
            &Policy { max_warnings: 9, ..Policy::default() },
            Verdict::Fail,
        );
        assert!(is_about_docs(b"clippy::doc_markdown") && is_about_docs(b"clippy::empty_docs"));
        assert!(!is_about_docs(b"clippy::needless_return") && !is_about_docs(b"dead_code"));
    }
}
