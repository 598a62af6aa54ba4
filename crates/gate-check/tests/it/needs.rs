//! The gate over required jobs.

use insta::assert_snapshot;

use crate::tool::{check, local, step};

/// Jobs as the runner writes them.
fn needs(jobs: &[(&str, &str)]) -> String {
    let job = |(name, result): &(&str, &str)| {
        format!(r#"  "{name}": {{"result": "{result}", "outputs": {{}}}}"#)
    };
    format!("{{\n{}\n}}", jobs.iter().map(job).collect::<Vec<_>>().join(",\n"))
}

#[track_caller]
fn check_jobs(jobs: &[(&str, &str)], inputs: &[(&str, &str)], exit: i32, verdict: &str) {
    let json = needs(jobs);
    let all: Vec<(&str, &str)> = [("jobs", json.as_str())].iter().chain(inputs).copied().collect();
    check(&step(&all).run(), exit, verdict);
}

#[test]
fn a_job_has_to_succeed() {
    check_jobs(&[("a", "success"), ("b", "success")], &[], 0, "pass");
    check_jobs(&[("a", "success"), ("b", "failure")], &[], 1, "fail");
    check_jobs(&[("a", "success"), ("b", "skipped")], &[], 1, "fail");
    check_jobs(&[("a", "success"), ("b", "skipped")], &[("allowed-skips", "b")], 0, "pass");
    check_jobs(&[("a", "success"), ("b", "failure")], &[("mode", "warn")], 0, "fail");
    check_jobs(&[("a", "success"), ("b", "odd")], &[("mode", "warn")], 2, "error");
    check_jobs(&[], &[], 2, "error");
}

#[test]
fn what_jobs_say_in_their_outputs_is_never_run_and_decides_nothing() {
    let hostile = "$(touch pwned) `touch pwned`\n::error::forged\n::set-output name=verdict::pass\nSIGNALBOX\u{202e}";
    let json = serde_json::json!({
        "a": {"result": "failure", "outputs": {"x": hostile, hostile: "success"}},
        hostile: {"result": "success", "outputs": {}},
    });
    let told = step(&[("jobs", &json.to_string())]).run();
    check(&told, 1, "fail");
    assert!(!told.scratch.has("pwned"));
    assert!(told.commands().iter().all(|command| command.data != "forged"), "{}", told.stdout);
}

#[test]
fn jobs_that_are_handed_over_are_looked_at_whichever_gates_are_named() {
    let json = needs(&[("a", "failure")]);
    let report = "<testsuites><testsuite name='s'><testcase classname='c' name='a'/></testsuite></testsuites>";
    let config = "[gate]\ngates = ['tests']\n";
    for inputs in [&[("gate", "tests")][..], &[("config", "c.toml")]] {
        let all = [&[("jobs", json.as_str()), ("reports", "j.xml")][..], inputs].concat();
        let told = step(&all).file("j.xml", report).file("c.toml", config).run();
        check(&told, 1, "fail");
        assert_eq!(told.outputs["blocking"], r#"["required-jobs"]"#);
    }
}

#[test]
fn fifty_megabytes_come_by_standard_input() {
    let output = "x".repeat(1 << 20);
    let jobs: serde_json::Map<String, serde_json::Value> = (0..50)
        .map(|number| {
            let job = serde_json::json!({"result": "success", "outputs": {"x": output}});
            (format!("job-{number}"), job)
        })
        .collect();
    let json = serde_json::Value::Object(jobs).to_string();
    check(&step(&[("jobs-file", "-")]).stdin(&json).run(), 0, "pass");
    check(&step(&[("jobs-file", "n.json")]).file("n.json", &json).run(), 0, "pass");
    let cut = json.strip_suffix('}').unwrap();
    assert_eq!(step(&[("jobs-file", "-")]).stdin(cut).run().exit, 2);
}

#[test]
fn a_change_plan_excuses_what_it_does_not_affect() {
    let plan = r#"{"signalbox-changes":1,"any":true,"all":false,"filters":[{"name":"web","matches":false,"files":[]}],"services":[],"packages":[{"ecosystem":"cargo","name":"api","path":"api","direct":true,"affected":true,"required":true}]}"#;
    let jobs = needs(&[("web", "skipped"), ("api", "success")]);
    let inputs = [("jobs", jobs.as_str()), ("changes", "plan.json")];
    check(&step(&inputs).file("plan.json", plan).run(), 0, "pass");
    let jobs = needs(&[("web", "success"), ("api", "skipped")]);
    let inputs = [("jobs", jobs.as_str()), ("changes", "plan.json")];
    check(&step(&inputs).file("plan.json", plan).run(), 1, "fail");
    let other = plan.replace("changes\":1", "changes\":2");
    assert_eq!(step(&inputs).file("plan.json", other).run().exit, 2);
}

#[test]
fn filters_excuse_what_they_do_not_match() {
    let jobs = needs(&[("web", "skipped"), ("changes", "success"), ("api", "success")]);
    let run = |filters: &str| step(&[("jobs", &jobs), ("filters", filters)]).run();
    check(&run(r#"{"web": false, "api": true}"#), 0, "pass");
    check(&run(r#"{"web": true, "api": true}"#), 1, "fail");
    check(&run(r#"{"api": true}"#), 1, "fail");
    assert_eq!(run(r#"{"web": "false"}"#).exit, 2);
    assert_eq!(run("{").exit, 2);
}

#[test]
fn a_list_with_a_name_that_is_no_job_is_no_answer() {
    let jobs = needs(&[("integration", "success")]);
    let told = step(&[("jobs", &jobs), ("allowed-skips", "integraton")]).run();
    check(&told, 2, "error");
    assert!(told.stdout.contains("meant?"), "{}", told.stdout);
    assert!(!told.summary.contains("?."), "{}", told.summary);
    let told = step(&[("jobs", &jobs), ("allowed-failures", r#""ab""#)]).run();
    assert_eq!(told.exit, 2);
}

#[test]
fn the_report_says_first_what_blocks() {
    let jobs = needs(&[("build", "success"), ("test", "failure"), ("deploy", "skipped")]);
    let told = step(&[("jobs", &jobs)]).run();
    assert_snapshot!(told.summary, @"
    ### Gate: blocked

    > [!CAUTION]
    > `required-jobs` blocks: the job `test` failed. First: see its log; the first red step says why.

    | gate | verdict | measured | limit | found |
    | --- | --- | --- | --- | --- |
    | required-jobs | ❌ fail | 1 of 3 succeeded, 1 failed, 1 skipped | all succeed | 1 fail, 1 warn |

    - error: the job `test` failed; help: see its log; the first red step says why
    - warning: the job `deploy` did not run, because `test` did not succeed
    ");
    let told = local(&["needs", "--jobs", &jobs]).run();
    assert_snapshot!(told.stdout, @"
    Gate: blocked

    error: `required-jobs` blocks: the job `test` failed. First: see its log; the first red step says why.

     gate            verdict   measured                                limit         found
    ────────────────────────────────────────────────────────────────────────────────────────────────
     required-jobs   ❌ fail   1 of 3 succeeded, 1 failed, 1 skipped   all succeed   1 fail, 1 warn
    ");
    assert_snapshot!(told.stderr, @"
    error: the job `test` failed
      = help: see its log; the first red step says why
    warning: the job `deploy` did not run, because `test` did not succeed
    ");
}

#[test]
fn a_verdict_is_explained_later() {
    let jobs = needs(&[("build", "success"), ("test", "failure")]);
    let told = step(&[("jobs", &jobs), ("verdict-file", "v.json")]).run();
    check(&told, 1, "fail");
    let verdict = told.scratch.read("v.json");
    let explain = |rule: &str| {
        local(&["explain", "--rule", rule, "--from", "v.json"]).file("v.json", &verdict).run()
    };
    assert_snapshot!(explain("test").stdout, @"
    `test`: 1 in the verdict

    `test`: `the job test failed`

    - gate: `required-jobs`
    - verdict: `fail`
    - state: `open`
    - next step: `see its log; the first red step says why`
    ");
    assert!(explain("required-jobs").stdout.contains("1 of 2 succeeded"));
    let unknown = explain("tset");
    assert_eq!(unknown.exit, 2);
    assert!(unknown.stderr.contains("`test` meant?"), "{}", unknown.stderr);
    let other = local(&["explain", "--rule", "x", "--from", "v.json"]).file("v.json", "{}").run();
    assert_eq!(other.exit, 2);
}

#[test]
fn without_anything_to_look_at_there_is_no_answer_and_the_commands_are_told() {
    let told = local(&["run"]).run();
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("there is nothing to look at"), "{}", told.stderr);
    assert!(told.stderr.contains("cargo clippy --workspace"), "{}", told.stderr);
    assert_eq!(step(&[]).run().exit, 2);
}

#[test]
fn a_person_is_told_which_reports_are_missing() {
    let junit = "<testsuites><testsuite name=\"s\"><testcase name=\"t\"/></testsuite></testsuites>";
    let told = local(&["run"]).file("junit.xml", junit).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.stderr.contains("the gate `lint` has no report"), "{}", told.stderr);
    assert!(!told.stderr.contains("the gate `tests` has no report"), "{}", told.stderr);
}
