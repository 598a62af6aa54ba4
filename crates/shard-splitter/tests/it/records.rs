//! From shards back to everybody: records, the proof over them, and timings for the next plan.

use testkit::{Scratch, Told};

use crate::tool::{local, only_error, step};

const ITEMS: &str = "a.py::t1\na.py::t2\nb.py::t1\nb.py::t2\n";

/// A report in pytest's form: `(class, name, outcome)`.
fn junit(tests: &[(&str, &str, &str)]) -> String {
    let case = |(class, name, outcome): &(&str, &str, &str)| {
        let inside = match *outcome {
            "passed" => String::new(),
            other => format!("<{other}/>"),
        };
        format!(r#"<testcase classname="{class}" name="{name}" time="1.5">{inside}</testcase>"#)
    };
    let cases: String = tests.iter().map(case).collect();
    format!(r#"<testsuites><testsuite name="pytest">{cases}</testsuite></testsuites>"#)
}

/// A plan of two shards: `a.py` is on one of them, `b.py` on the other.
fn planned() -> Scratch {
    let told = local(&["plan", "--items", "items.txt", "--shards", "2", "--group", "^[^:]*"])
        .file("items.txt", ITEMS)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    told.scratch
}

const BOTH: [(&str, &str); 2] = [("t1", "passed"), ("t2", "passed")];

/// Records shard `index`, which ran these tests of the file `class`.
fn recorded(scratch: Scratch, index: &str, class: &str, tests: &[(&str, &str)]) -> Scratch {
    let cases: Vec<(&str, &str, &str)> =
        tests.iter().map(|(name, outcome)| (class, *name, *outcome)).collect();
    let record = format!("record-{index}.json");
    let told = step(&[
        ("command", "record"),
        ("index", index),
        ("reports", "report.xml"),
        ("record-file", &record),
    ])
    .within(scratch)
    .file("report.xml", junit(&cases))
    .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["record-file"], record);
    assert_eq!(told.outputs["recorded"], tests.len().to_string());
    told.scratch
}

fn verified(scratch: Scratch) -> Told {
    let inputs = [("command", "verify"), ("items", "items.txt"), ("records", "record-*.json")];
    step(&inputs).within(scratch).run()
}

#[test]
fn that_every_test_ran_exactly_once_is_proven() {
    let scratch = recorded(planned(), "0", "a", &[("t1", "passed"), ("t2", "failure")]);
    let told = verified(recorded(scratch, "1", "b", &[("t1", "passed"), ("t2", "skipped")]));
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["verified"], "true");
    insta::assert_snapshot!(told.summary, @"
    ### Verified: each of 4 tests was on exactly one shard

    4 tests were discovered; 3 ran on 2 shards, 1 was skipped; 1 of those that ran failed.
    ");
}

#[track_caller]
fn check_wrong(scratch: Scratch, output: &str, words: &[&str]) {
    let told = verified(scratch);
    assert_eq!(told.exit, 1, "{}", told.stdout);
    assert_eq!(told.outputs["verified"], "false");
    if !output.is_empty() {
        assert_eq!(told.outputs[output], "1");
    }
    for word in words {
        assert!(told.summary.contains(word), "{word}: {}", told.summary);
    }
}

#[test]
fn what_did_not_run_exactly_once_is_named() {
    let one = || recorded(planned(), "0", "a", &BOTH);
    check_wrong(
        recorded(one(), "1", "b", &[("t1", "passed")]),
        "missing",
        &["b.py::t2", "ran nowhere"],
    );
    let more = [("t1", "passed"), ("t2", "passed"), ("t3", "passed")];
    check_wrong(recorded(one(), "1", "b", &more), "unknown-tests", &["b.t3", "was not discovered"]);
    check_wrong(one(), "unreported", &["1 shard never reported", "b.py::t1"]);
    let twice = recorded(one(), "1", "a", &[("t1", "passed")]);
    check_wrong(twice, "doubled", &["a.py::t1", "ran on shards 1, 2"]);
}

#[test]
fn a_record_of_another_plan_proves_nothing() {
    let scratch = recorded(recorded(planned(), "0", "a", &BOTH), "1", "b", &BOTH);
    let record = scratch.read_text("record-1.json");
    let (before, after) = record.split_once("\"plan_sha256\":\"").unwrap();
    scratch.write("record-1.json", format!("{before}\"plan_sha256\":\"0{after}"));
    check_wrong(scratch, "", &["1 shard followed another plan: 2"]);
}

#[test]
fn a_record_or_report_that_cannot_be_read_is_no_answer() {
    let scratch = recorded(planned(), "0", "a", &BOTH);
    let record = scratch.read("record-0.json");
    scratch.write("record-1.json", &record[..record.len() / 2]);
    let told = verified(scratch);
    assert_eq!(told.exit, 2);
    assert!(only_error(&told).contains("The record of a shard cannot be trusted"));
    for (report, words) in [("<testsuites><testsuite>", "cannot be read"), ("", "an empty file")] {
        let told = step(&[("command", "record"), ("index", "0"), ("reports", "r.xml")])
            .within(planned())
            .file("r.xml", report)
            .run();
        assert_eq!(told.exit, 2, "{}", told.stdout);
        assert!(only_error(&told).contains(words), "{}", only_error(&told));
        assert!(!told.scratch.has("shard-record.json"));
    }
    let told = step(&[("command", "record"), ("index", "0"), ("reports", "none/*.xml")])
        .within(planned())
        .run();
    assert_eq!(told.exit, 2);
    assert!(only_error(&told).contains("a report that is missing is never a report without tests"));
}

#[test]
fn absolute_paths_are_named_from_here() {
    let scratch = planned();
    let here = std::fs::canonicalize(scratch.path()).unwrap();
    let case = |file: &str, name: &str| {
        format!(
            r#"<testcase file="{}/{file}" classname="x" name="{name}" time="1"/>"#,
            here.display()
        )
    };
    let report = format!("<testsuites>{}{}</testsuites>", case("a.py", "t1"), case("a.py", "t2"));
    let told = local(&["record", "--index", "0", "--reports", "r.xml"])
        .within(scratch)
        .file("r.xml", report)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    let record = told.scratch.read_text("shard-record.json");
    assert!(record.contains(r#""file":"a.py""#) && !record.contains("r.xml"), "{record}");
}

fn merge(scratch: Scratch, more: &[(&str, &str)]) -> Told {
    let inputs: Vec<(&str, &str)> =
        [("command", "merge"), ("records", "record-*.json")].iter().chain(more).copied().collect();
    step(&inputs).within(scratch).run()
}

fn both_recorded() -> Scratch {
    recorded(recorded(planned(), "0", "a", &BOTH), "1", "b", &BOTH)
}

#[test]
fn merged_timings_are_those_of_the_next_plan() {
    let told = merge(both_recorded(), &[]);
    assert_eq!((told.exit, told.outputs["written"].as_str()), (0, "true"), "{}", told.stdout);
    assert_eq!(told.outputs["timings-file"], "shard-timings.json");
    let first = told.scratch.read_text("shard-timings.json");
    // The same run once more changes nothing.
    let told = merge(told.scratch, &[]);
    assert_eq!(told.scratch.read_text("shard-timings.json"), first);
    let inputs = [("items", "items.txt"), ("shards", "2"), ("timings", "shard-timings.json")];
    let told = step(&inputs).within(told.scratch).run();
    assert_eq!(told.outputs["known-percent"], "100.000", "{}", told.stdout);
    assert_eq!(told.outputs["estimate-max"], "3.000000");
}

#[test]
fn a_file_that_is_as_good_as_before_is_not_written() {
    let told = merge(both_recorded(), &[("write-threshold", "2%")]);
    // There was none before.
    assert_eq!(told.outputs["written"], "true");
    let told = merge(told.scratch, &[("write-threshold", "2%")]);
    assert_eq!(told.outputs["written"], "false");
    assert!(told.summary.contains("less than the threshold"), "{}", told.summary);
}

#[test]
fn a_forks_timings_are_not_kept() {
    let payload = |head: &str| {
        let side = |repository: &str| {
            format!(
                r#"{{"sha": "{}", "ref": "b", "repo": {{"full_name": "{repository}"}}}}"#,
                "a".repeat(40)
            )
        };
        format!(
            r#"{{"action": "opened", "number": 1, "pull_request": {{"base": {}, "head": {}, "draft": false, "labels": []}}}}"#,
            side("org/mono"),
            side(head)
        )
    };
    for (head, written) in [("fork/mono", "false"), ("org/mono", "true")] {
        let scratch = both_recorded();
        let event = scratch.write("event.json", payload(head));
        let told = step(&[("command", "merge"), ("records", "record-*.json")])
            .within(scratch)
            .env("GITHUB_EVENT_NAME", "pull_request")
            .env("GITHUB_EVENT_PATH", event)
            .env("GITHUB_REPOSITORY", "org/mono")
            .run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        assert_eq!(told.outputs["written"], written);
        assert_eq!(told.scratch.has("shard-timings.json"), written == "true");
    }
}

#[test]
fn only_events_that_may_be_a_forks_need_their_payload() {
    let merged = |event: &str| {
        let scratch = both_recorded();
        let payload = scratch.write("event.json", "{}");
        step(&[("command", "merge"), ("records", "record-*.json")])
            .within(scratch)
            .env("GITHUB_EVENT_NAME", event)
            .env("GITHUB_EVENT_PATH", payload)
            .run()
    };
    for (event, written) in [
        ("push", "true"),
        ("schedule", "true"),
        ("pull_request_review", "false"),
        ("issue_comment", "false"),
    ] {
        let told = merged(event);
        assert_eq!((told.exit, told.outputs["written"].as_str()), (0, written), "{event}");
    }
    for event in ["pull_request", "pull_request_target", "workflow_run"] {
        let told = merged(event);
        assert_eq!((told.exit, told.scratch.has("shard-timings.json")), (2, false), "{event}");
    }
}

#[test]
fn a_test_that_is_skipped_now_and_ran_before_is_lost() {
    let told = merge(both_recorded(), &[]);
    let scratch = recorded(told.scratch, "1", "b", &[("t1", "passed"), ("t2", "skipped")]);
    let inputs = [
        ("command", "verify"),
        ("items", "items.txt"),
        ("records", "record-*.json"),
        ("baseline", "shard-timings.json"),
    ];
    let told = step(&inputs).within(scratch).run();
    assert_eq!(told.exit, 1, "{}", told.stdout);
    assert!(
        told.summary.contains("1 test is skipped that ran in an earlier run"),
        "{}",
        told.summary
    );
}

#[test]
fn a_re_run_needs_its_plan() {
    let inputs = [("index", "0"), ("items", "items.txt"), ("shards", "2")];
    let attempt = |attempt: &str, more: &[(&str, &str)]| {
        let inputs: Vec<(&str, &str)> = inputs.iter().chain(more).copied().collect();
        step(&inputs).env("GITHUB_RUN_ATTEMPT", attempt).file("items.txt", ITEMS).run()
    };
    let told = attempt("1", &[]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert!(told.scratch.has("shard-plan.json"));
    let told = attempt("2", &[]);
    assert_eq!(told.exit, 2);
    let error = only_error(&told);
    assert!(error.starts_with("Attempt 2 of this run has no plan file"), "{error}");
    let told = attempt("2", &[("on-missing-plan", "recompute")]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
}

#[test]
fn a_plan_with_another_digest_is_refused() {
    let scratch = planned();
    let told = step(&[("index", "0"), ("plan-digest", &"0".repeat(64))]).within(scratch).run();
    assert_eq!(told.exit, 2);
    assert!(only_error(&told).starts_with("The plan file has another digest than"));
}
