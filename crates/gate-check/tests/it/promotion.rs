//! Promotions: evidence that one run writes and another reads, approvals, freezes.

use testkit::{Scratch, Told};

use crate::tool::{local, step};

/// From staging to production, as users write it.
const POLICY: &str = r#"
[[promotion.edge]]
from = "staging"
to = "production"
require = ["ci", "staging-validation", "backup", "smoke-test"]
approvals = 1
approvers = ["ann", "bob"]
max-age = "24h"

[[promotion.freeze]]
environments = ["production"]
days = ["friday"]
from = "16:00"
until = "24:00"
zone = "Europe/Zurich"
reason = "no one is there on Friday evening"
"#;

const COMMIT: &str = "1111111111111111111111111111111111111111";

/// A folder with evidence of all but the smoke test.
fn folder() -> Scratch {
    let scratch = Scratch::new();
    scratch.write(".github/signalbox.toml", POLICY);
    for (name, outcome) in
        [("ci", "pass"), ("staging-validation", "success"), ("backup", "success")]
    {
        record(&scratch, name, outcome, COMMIT);
    }
    scratch
}

fn record(scratch: &Scratch, name: &str, outcome: &str, about: &str) {
    let told =
        local(&["promotion", "evidence", "--said-by=ci-bot", "--found-at=2026-11-23T08:00:00Z"])
            .args([
                format!("--criterion={name}"),
                format!("--outcome={outcome}"),
                format!("--about={about}"),
            ])
            .arg(format!("--evidence-file=evidence/{name}.json"))
            .at(scratch.path())
            .run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
}

/// 2026-11-23 is a Monday.
fn promoted(scratch: &Scratch, more: &[&str]) -> Told {
    let subject = format!("--subject=v1.2.3, {COMMIT}");
    let words = [
        "promotion",
        "--from-environment=staging",
        "--to-environment=production",
        "--evidence=evidence/*.json",
        "--authors=ann",
        &subject,
    ];
    let tool = local(&words).args(more).at(scratch.path());
    if more.iter().any(|word| word.starts_with("--now")) {
        return tool.run();
    }
    tool.arg("--now=2026-11-23T12:00:00Z").run()
}

#[track_caller]
fn check(told: &Told, exit: i32, said: &str) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
    assert!(told.stdout.contains(said), "{}\n{}", told.stdout, told.stderr);
}

/// The exit code, and a problem.
#[track_caller]
fn check_problem(told: &Told, exit: i32, said: &str) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
    assert!(told.stderr.contains(said), "{}", told.stderr);
}

#[test]
fn with_all_boxes_ticked_and_approved_it_goes_on() {
    let scratch = folder();
    let told = promoted(&scratch, &["--results=smoke-test=success", "--approved-by=bob"]);
    check(&told, 0, "All 4 boxes are ticked, and 1 approved.");
    insta::assert_snapshot!("promoted", told.stdout);
}

#[test]
fn what_is_missing_is_named_with_who_can_help() {
    let scratch = folder();
    let told = promoted(&scratch, &["--approved-by=ann"]);
    check(&told, 2, "nothing is known of `smoke-test`");
    insta::assert_snapshot!("missing", format!("{}{}", told.stdout, told.stderr));
    let told = promoted(&scratch, &["--results=smoke-test=success"]);
    check(&told, 4, "ask `bob`");
    let told = promoted(&scratch, &["--results=smoke-test=skipped", "--approved-by=bob"]);
    check(&told, 2, "`smoke-test` was skipped");
    let told = promoted(&scratch, &["--results=smoke-test=failure"]);
    check(&told, 1, "`smoke-test` says no");
}

#[test]
fn evidence_of_another_version_and_of_yesterday_does_not_count() {
    let scratch = folder();
    record(&scratch, "smoke-test", "success", "v1.2.2");
    let told = promoted(&scratch, &["--approved-by=bob"]);
    check(&told, 1, "`smoke-test` is about `v1.2.2` and not about `v1.2.3`");
    let told = promoted(
        &scratch,
        &["--approved-by=bob", "--results=smoke-test=success", "--now=2026-11-24T08:00:01Z"],
    );
    check_problem(
        &told,
        1,
        "`backup` is too old: it was found `1 d 1 s` ago, and may be of the last `1 d`",
    );
    let told = promoted(
        &scratch,
        &["--approved-by=bob", "--results=smoke-test=success", "--now=2026-11-23T07:00:00Z"],
    );
    check(&told, 1, "found in the future");
}

#[test]
fn a_freeze_is_waited_for() {
    let scratch = folder();
    for name in ["ci", "staging-validation", "backup"] {
        let path = format!("evidence/{name}.json");
        let moved = scratch.read_text(&path).replace("2026-11-23T08", "2026-11-27T14");
        scratch.write(&path, moved);
    }
    let more = ["--approved-by=bob", "--results=smoke-test=success", "--now=2026-11-27T15:00:00Z"];
    let told = promoted(&scratch, &more);
    check(&told, 4, "nothing goes to `production` until `2026-11-27T23:00:00Z`");
    // Nobody allowed to override it.
    check(&promoted(&scratch, &[&more[..], &["--override-freeze=now"]].concat()), 4, "until");
}

#[test]
fn the_approvals_are_those_that_github_answers() {
    let scratch = folder();
    let review = |state: &str, who: &str, environment: &str| {
        format!(
            r#"{{"state": "{state}", "comment": "", "environments": [{{"id": 1, "name": "{environment}"}}], "user": {{"login": "{who}", "id": 1}}}}"#
        )
    };
    let more = ["--results=smoke-test=success", "--approvals-file=approvals.json"];
    let run = |reviews: &[String]| {
        scratch.write("approvals.json", format!("[{}]", reviews.join(",")));
        promoted(&scratch, &more).exit
    };
    assert_eq!(run(&[review("approved", "Bob", "production")]), 0);
    assert_eq!(run(&[review("pending", "bob", "production")]), 4);
    assert_eq!(run(&[review("approved", "bob", "staging")]), 4);
    assert_eq!(run(&[review("approved", "ann", "production")]), 4);
    assert_eq!(
        run(&[review("approved", "bob", "production"), review("rejected", "eve", "production")]),
        1
    );
    assert_eq!(run(&[review("maybe", "bob", "production")]), 2);
    scratch.write("approvals.json", "{\"message\": \"Not Found\"}");
    assert_eq!(promoted(&scratch, &more).exit, 2);
}

#[test]
fn where_nobody_knows_the_author_no_approval_counts() {
    let scratch = folder();
    let words = [
        "promotion",
        "--from-environment=staging",
        "--to-environment=production",
        "--evidence=evidence/*.json",
        "--approved-by=ann",
    ];
    let subject = format!("--subject={COMMIT}");
    let told = local(&words)
        .args([subject.as_str(), "--now=2026-11-23T12:00:00Z"])
        .at(scratch.path())
        .run();
    assert!(told.exit == 2 && told.stderr.contains("nobody knows who made"), "{}", told.stderr);
}

#[test]
fn what_is_no_evidence_is_refused_at_its_place() {
    let scratch = folder();
    for (text, said) in [
        ("", "EOF while parsing"),
        ("{\n \"signalbox-evidence\": NaN}", "expected value at line 2"),
        (
            "{\"signalbox-evidence\": 2, \"name\": \"a\", \"outcome\": \"pass\", \"subject\": \"s\", \"at\": \"x\"}",
            "it has version 2",
        ),
        (
            "{\"signalbox-evidence\": 1, \"name\": \"a\", \"outcome\": \"maybe\", \"subject\": \"s\", \"at\": \"x\"}",
            "the outcome \"maybe\"",
        ),
        (
            "{\"signalbox-evidence\": 1, \"name\": \"a\", \"outcome\": \"pass\", \"subject\": \"s\", \"at\": \"yesterday\"}",
            "the moment \"yesterday\"",
        ),
        (
            "{\"signalbox-evidence\": 1, \"name\": \"a\", \"outcome\": \"pass\", \"subject\": \"s\"}",
            "missing field `at`",
        ),
    ] {
        scratch.write("evidence/odd.json", text);
        let told = promoted(&scratch, &[]);
        assert_eq!(told.exit, 2, "{}", told.stdout);
        assert!(
            told.stderr.contains(said) && told.stderr.contains("evidence/odd.json"),
            "{}",
            told.stderr
        );
    }
    let told = promoted(&folder(), &["--evidence=nowhere/*.json"]);
    assert!(told.exit == 2 && told.stderr.contains("no evidence is at"), "{}", told.stderr);
    let told = promoted(&folder(), &["--results=smoke-test"]);
    assert!(told.exit == 2 && told.stderr.contains("says no result"), "{}", told.stderr);
    let told = local(&[
        "promotion",
        "--from-environment=dev",
        "--to-environment=production",
        "--subject=v1",
    ]);
    let told = told.at(folder().path()).run();
    assert!(told.exit == 2 && told.stderr.contains("no way leads from"), "{}", told.stderr);
}

#[test]
fn in_a_job_the_outputs_say_what_is_open_and_who_started_it_is_its_author() {
    let scratch = folder();
    let inputs = [
        ("command", "promotion"),
        ("from-environment", "staging"),
        ("to-environment", "production"),
        ("subject", COMMIT),
        ("evidence", "evidence/*.json"),
        ("approved-by", "bob"),
        ("now", "2026-11-23T12:00:00Z"),
    ];
    let told = step(&inputs).env("GITHUB_ACTOR", "bob").at(scratch.path()).run();
    assert_eq!(told.exit, 2, "{}", told.stderr);
    assert_eq!(told.outputs["promotion"], "missing");
    assert_eq!(told.outputs["open"], r#"["smoke-test"]"#);
    assert_eq!(told.outputs["approvals-missing"], "1");
}
