//! What later runs are compared with, and when it moves.

use testkit::Told;

use crate::tool::{check, step};

/// A JUnit report of tests that pass.
fn junit(names: &[&str]) -> String {
    let case = |name: &&str| format!("<testcase classname=\"c\" name=\"{name}\"/>");
    let cases = names.iter().map(case).collect::<Vec<_>>().concat();
    format!("<testsuites><testsuite name=\"s\">{cases}</testsuite></testsuites>")
}

/// A benchmark's figure in nanoseconds, as libtest prints it.
fn bench(nanoseconds: u64) -> String {
    format!("test parse ... bench: {nanoseconds:>11} ns/iter (+/- 5)\n")
}

/// A run of `baseline` or `run` with these reports, and the baseline as it was.
fn run(
    command: &str,
    reports: &[(&str, String)],
    before: Option<&str>,
    more: &[(&str, &str)],
) -> Told {
    let names: Vec<&str> = reports.iter().map(|(name, _)| *name).collect();
    let list = names.join("\n");
    let file = if command == "baseline" { "baseline-file" } else { "baseline" };
    let inputs = [("command", command), ("reports", list.as_str()), (file, "b.json")];
    let inputs: Vec<(&str, &str)> = inputs.iter().chain(more).copied().collect();
    let tool = step(&inputs).env("GITHUB_EVENT_NAME", "push");
    let tool = reports.iter().fold(tool, |tool, (name, text)| tool.file(name, text));
    match before {
        Some(before) => tool.file("b.json", before).run(),
        None => tool.run(),
    }
}

fn written(told: &Told) -> String {
    assert_eq!(told.outputs["written"], "true", "{}", told.stdout);
    told.scratch.read_text("b.json")
}

#[test]
fn a_test_that_vanished_is_missed() {
    let first = run("baseline", &[("j.xml", junit(&["a", "b"]))], None, &[]);
    check(&first, 0, "pass");
    let before = written(&first);
    check(&run("run", &[("j.xml", junit(&["a", "b", "c"]))], Some(&before), &[]), 0, "pass");
    let lost = run("run", &[("j.xml", junit(&["a", "c"]))], Some(&before), &[]);
    check(&lost, 1, "fail");
    assert!(lost.stdout.contains('b'), "{}", lost.stdout);
}

#[test]
fn a_baseline_stays_when_something_blocks() {
    let before = written(&run("baseline", &[("j.xml", junit(&["a", "b"]))], None, &[]));
    let lost = run("baseline", &[("j.xml", junit(&["a"]))], Some(&before), &[]);
    check(&lost, 1, "fail");
    assert_eq!(lost.outputs["written"], "false");
    assert_eq!(lost.scratch.read_text("b.json"), before);
    let broken = run("baseline", &[("j.xml", "<testsuites>".to_owned())], Some(&before), &[]);
    check(&broken, 2, "error");
    assert_eq!(broken.scratch.read_text("b.json"), before);
}

#[test]
fn a_waiver_lets_it_move() {
    let before = written(&run("baseline", &[("j.xml", junit(&["a", "b"]))], None, &[]));
    let lost = [("j.xml", junit(&["a"]))];
    let told = run("run", &lost, Some(&before), &[("verdict-file", "v.json")]);
    let verdict: serde_json::Value = serde_json::from_slice(&told.scratch.read("v.json")).unwrap();
    let rule = verdict["gates"][0]["reasons"][0]["rule"].as_str().unwrap();
    let waiver = format!(
        "[[gate.waiver]]\ngate = 'tests'\nrule = '{rule}'\nowner = '@qa'\nreason = 'gone for good'\nexpires = 2026-12-31\n"
    );
    let inputs = [
        ("command", "baseline"),
        ("reports", "j.xml"),
        ("baseline-file", "b.json"),
        ("config", "c.toml"),
    ];
    let told = step(&inputs)
        .env("GITHUB_EVENT_NAME", "push")
        .file("j.xml", junit(&["a"]))
        .file("b.json", &before)
        .file("c.toml", waiver)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_ne!(written(&told), before);
}

#[test]
fn a_small_regression_does_not_creep_into_the_baseline() {
    let first = run("baseline", &[("b.txt", bench(1000))], None, &[]);
    assert_eq!(first.exit, 0, "{}", first.stdout);
    let before = written(&first);
    // 15 % slower, run after run: each warns, and each is held against the first.
    for slower in [1150, 1320, 1520] {
        let told = run("baseline", &[("b.txt", bench(slower))], Some(&before), &[]);
        assert_eq!(told.scratch.read_text("b.json"), before, "{slower}: {}", told.stdout);
    }
    let faster = run("baseline", &[("b.txt", bench(900))], Some(&before), &[]);
    assert_ne!(written(&faster), before);
}

#[test]
fn what_only_warns_is_still_worse_than_the_base() {
    let before = written(&run("baseline", &[("j.xml", junit(&["a", "b"]))], None, &[]));
    let inputs = [
        ("command", "baseline"),
        ("reports", "j.xml"),
        ("baseline-file", "b.json"),
        ("config", "c.toml"),
    ];
    let told = step(&inputs)
        .env("GITHUB_EVENT_NAME", "push")
        .file("j.xml", junit(&["a"]))
        .file("b.json", &before)
        .file("c.toml", "[gate.tests]\nmode = 'warn'\n")
        .run();
    check(&told, 0, "warn");
    assert_eq!(told.scratch.read_text("b.json"), before);
}

#[test]
fn a_baseline_that_is_not_there_is_told() {
    let told = run("run", &[("j.xml", junit(&["a"]))], None, &[]);
    check(&told, 0, "pass");
    assert!(told.commands().iter().any(|it| it.data.contains("`b.json`")), "{}", told.stdout);
    for base in ["tests=base.xml", "base/*.xml", "tests:junit=base/**/*.xml"] {
        let inputs = [("reports", "j.xml"), ("baseline", base)];
        let told = step(&inputs).file("j.xml", junit(&["a"])).run();
        check(&told, 0, "pass");
        let is_told = told.commands().iter().any(|it| it.data.contains("not there"));
        assert!(is_told && told.stdout.contains(base), "{base}: {}", told.stdout);
    }
}

#[test]
fn a_file_is_read_for_every_gate_that_it_is_named_for() {
    let messages = "{\"reason\":\"build-finished\",\"success\":true}\n";
    let told =
        step(&[("reports", "compile=c.json\nlint=c.json\nc.json"), ("verdict-file", "v.json")])
            .file("c.json", messages)
            .run();
    let verdict: serde_json::Value = serde_json::from_slice(&told.scratch.read("v.json")).unwrap();
    let gates = verdict["gates"].as_array().unwrap();
    let names: Vec<&str> = gates.iter().map(|gate| gate["gate"].as_str().unwrap()).collect();
    assert_eq!(names, ["compile", "lint"], "{}", told.stdout);
    // Named twice is read once.
    assert_eq!(verdict["reports"].as_array().unwrap().len(), 2);
}

#[test]
fn a_report_for_a_gate_that_does_not_run_is_told() {
    let run = |inputs: &[(&str, &str)]| {
        let told = step(inputs).file("j.xml", junit(&["a"])).file("b.txt", bench(1)).run();
        check(&told, 0, "pass");
        told.commands().iter().any(|it| it.name == "warning" && it.data.contains("`performance`"))
    };
    assert!(run(&[("gate", "tests"), ("reports", "j.xml\nb.txt")]));
    assert!(run(&[("gate", "tests"), ("reports", "j.xml\nperformance=none.txt")]));
    assert!(!run(&[("gate", "tests"), ("reports", "j.xml")]));
}

#[test]
fn a_report_counts_once_however_its_path_is_spelt() {
    let report = junit(&["a", "b"]);
    let config = "[gate.tests]\nmin-tests = 3\n";
    for reports in ["j.xml\n./j.xml", "tests=j.xml\n.//j.xml\n*.xml"] {
        let told = step(&[("reports", reports), ("config", "c.toml")])
            .file("j.xml", &report)
            .file("c.toml", config)
            .run();
        check(&told, 1, "fail");
        assert!(told.summary.contains("2 of 2 tests"), "{}", told.summary);
    }
}

#[test]
fn a_run_for_a_pull_request_moves_nothing() {
    let inputs = [("command", "baseline"), ("reports", "j.xml"), ("baseline-file", "b.json")];
    let told =
        step(&inputs).env("GITHUB_EVENT_NAME", "pull_request").file("j.xml", junit(&["a"])).run();
    assert_eq!(told.exit, 2, "{}", told.stdout);
    assert!(!told.scratch.has("b.json"));
}
