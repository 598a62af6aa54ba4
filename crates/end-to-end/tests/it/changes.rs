//! `actions/changes` in a real runner: every kind of event through the real `action.yml`.

use std::collections::BTreeMap;
use std::fs;

use end_to_end::act::{Act, Ran};
use end_to_end::workspace_root;
use serde_json::{Value, json};

use crate::shared::{self, ONE_JOB};

const STEPS: &str = "      - uses: actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10
        with:
          persist-credentials: false
      - id: changes
        uses: org/actions/changes@v1
        with:
          filters: |
            src: 'src/**'
            docs: ['**/*.md', '!src/**']
";

/// A history: main is a, b; topic left at a with t.
struct History {
    act: Act,
    a: String,
    b: String,
    t: String,
}

fn history(event: &str) -> History {
    let workflow = format!("{}{STEPS}", ONE_JOB.replace("on: push", &format!("on: {event}")));
    let act = shared::act(&workflow).event(event).file("src/main.rs", "a").file("README.md", "a");
    let a = act.commit("a").unwrap();
    let act = act.file("src/main.rs", "b");
    let b = act.commit("b").unwrap();
    act.git(&["checkout", "--quiet", "-b", "topic", &a]).unwrap();
    let act = act.file("README.md", "t");
    let t = act.commit("t").unwrap();
    History { act, a, b, t }
}

#[track_caller]
fn outputs(ran: &Ran) -> BTreeMap<String, String> {
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    let outputs = ran.log.outputs("job", "changes");
    let declared = declared();
    // act hands on what the action does not declare; GitHub does not.
    let names: Vec<&str> = outputs.keys().copied().collect();
    assert_eq!(names, declared.iter().map(String::as_str).collect::<Vec<_>>());
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    outputs.into_iter().map(owned).collect()
}

/// The outputs that `action.yml` declares, sorted.
fn declared() -> Vec<String> {
    let path = workspace_root().join("actions/changes/action.yml");
    let text = fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once("\noutputs:\n").unwrap();
    let (outputs, _) = rest.split_once("\nruns:").unwrap();
    let name = |line: &str| {
        line.strip_prefix("  ").filter(|name| !name.starts_with(' ')).map(str::to_owned)
    };
    let mut names: Vec<String> = outputs
        .lines()
        .filter_map(name)
        .map(|name| name.trim_end_matches(':').to_owned())
        .collect();
    names.sort_unstable();
    assert!(names.len() > 30, "{names:?}");
    names
}

#[track_caller]
fn check(act: Act, payload: &Value, wanted: &[(&str, &str)]) {
    let outputs = outputs(&act.payload(payload).run().unwrap());
    for (name, value) in wanted {
        assert_eq!(outputs[*name], *value, "{name}");
    }
}

const ZERO: &str = "0000000000000000000000000000000000000000";

fn push(full_ref: &str, before: &str, after: &str) -> Value {
    json!({"ref": full_ref, "before": before, "after": after, "forced": false,
        "head_commit": {"id": after}, "repository": {"default_branch": "main"}})
}

#[test]
fn a_push_is_compared_with_what_was_there_before() {
    let History { act, a, t, .. } = history("push");
    check(
        act,
        &push("refs/heads/topic", &a, &t),
        &[
            ("any", "true"),
            ("all", "false"),
            ("none", "false"),
            ("reason", "before-push"),
            ("base", &a),
            ("head", &t),
            ("filters", r#"{"docs":true,"src":false}"#),
            ("changes", r#"["docs"]"#),
            ("counts", r#"{"docs":1,"src":0}"#),
            ("files", r#"["README.md"]"#),
            (
                "matrix",
                r#"{"include":[{"name":"docs","path":"","kind":"filter","reason":"file"}]}"#,
            ),
            ("has-matrix", "true"),
        ],
    );
}

#[test]
fn a_pull_request_is_what_it_changes_itself() {
    let History { act, a, b, t } = history("pull_request");
    let payload = json!({"action": "synchronize", "number": 7, "pull_request": {"number": 7,
        "base": {"sha": b, "ref": "main", "repo": {"full_name": "example/project"}},
        "head": {"sha": t, "ref": "topic", "repo": {"full_name": "example/project"}},
        "draft": false, "labels": []}});
    check(
        act,
        &payload,
        &[
            ("reason", "merge-base"),
            ("base", &a),
            ("merge-base", &a),
            ("head", &t),
            ("filters", r#"{"docs":true,"src":false}"#),
        ],
    );
}

#[test]
fn a_merge_group_is_compared_with_what_it_goes_onto() {
    let History { act, b, t, .. } = history("merge_group");
    let payload = json!({"action": "checks_requested", "merge_group": {
        "base_sha": b, "base_ref": "refs/heads/main", "head_sha": t,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-aaaa"}});
    check(
        act,
        &payload,
        &[("reason", "merge-group"), ("base", &b), ("filters", r#"{"docs":true,"src":true}"#)],
    );
}

#[test]
fn a_tag_is_compared_with_the_one_before() {
    let History { act, a, t, .. } = history("push");
    act.git(&["tag", "v1", &a]).unwrap();
    act.git(&["tag", "v2", &t]).unwrap();
    check(
        act,
        &push("refs/tags/v2", ZERO, &t),
        &[("reason", "earlier-tag"), ("base", &a), ("filters", r#"{"docs":true,"src":false}"#)],
    );
}

#[test]
fn a_schedule_without_a_base_is_everything() {
    let History { act, t, .. } = history("schedule");
    check(
        act,
        &json!({"schedule": "0 3 * * *"}),
        &[
            ("any", "true"),
            ("all", "true"),
            ("reason", "no-change-of-its-own"),
            ("base", ""),
            ("head", &t),
            ("filters", r#"{"docs":true,"src":true}"#),
            ("files", ""),
            ("count", ""),
        ],
    );
}

/// A workflow of the READMEs, in a repository of two commits, after a push of the second.
fn example(name: &str, before: &[(&str, &str)], after: &[(&str, &str)]) -> Ran {
    let path = workspace_root().join(format!("actions/changes/examples/{name}.yml"));
    let act = shared::act(&fs::read_to_string(path).unwrap());
    let files = |act: Act, files: &[(&str, &str)]| {
        files.iter().fold(act, |act, (name, contents)| act.file(name, contents))
    };
    let act = files(act, before);
    let first = act.commit("before").unwrap();
    let act = files(act, after);
    let second = act.commit("after").unwrap();
    act.payload(&push("refs/heads/main", &first, &second)).run().unwrap()
}

#[track_caller]
fn check_jobs(ran: &Ran, jobs: &[(&str, usize)]) {
    assert_eq!(ran.log.wrongs(jobs), Vec::<String>::new(), "{}", ran.log.said);
}

const SIDES: &[(&str, &str)] = &[("backend/main.go", "1"), ("frontend/app.ts", "1")];

#[test]
fn the_quick_start_runs_what_changed_and_nothing_else() {
    let ran = example("quick-start", SIDES, &[("backend/main.go", "2")]);
    check_jobs(&ran, &[("changes", 1), ("backend", 1), ("all-checks", 1)]);
    let ran = example("quick-start", SIDES, &[("shared/new.ts", "1"), ("backend/README.md", "1")]);
    check_jobs(&ran, &[("changes", 1), ("frontend", 1), ("all-checks", 1)]);
}

#[test]
fn the_services_of_the_readme_are_found_and_built() {
    let before = &[
        ("go.work", "go 1.22\n\nuse (\n\t./services/api\n\t./services/web\n)\n"),
        ("services/api/go.mod", "module example.com/api\n\ngo 1.22\n"),
        ("services/api/main.go", "package main\n\nfunc main() {}\n"),
        ("services/web/go.mod", "module example.com/web\n\ngo 1.22\n"),
        ("services/web/main.go", "package main\n\nfunc main() {}\n"),
        ("services/old/notes.txt", "no service"),
        ("proto/api.proto", "1"),
    ][..];
    let ran = example("services", before, &[("proto/api.proto", "2")]);
    check_jobs(&ran, &[("discover", 1), ("build", 1)]);
    let outputs = ran.log.outputs("discover", "changes");
    assert_eq!(outputs["services"], r#"["api"]"#);
    assert_eq!(outputs["services-all"], r#"["api","web"]"#);
    let ran = example("services", before, &[("libs/common/log.go", "package common\n")]);
    check_jobs(&ran, &[("discover", 1), ("build", 2)]);
    let ran = example("services", before, &[("README.md", "2")]);
    check_jobs(&ran, &[("discover", 1)]);
}

#[test]
fn the_crates_of_the_readme_are_tested() {
    let manifest = |name: &str, needs: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{needs}")
    };
    let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\ndependencies = [\n \"b\",\n]\n\n\
        [[package]]\nname = \"b\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"c\"\nversion = \"0.1.0\"\n";
    let (a, b, c) = (
        manifest("a", "[dependencies]\nb = { path = \"../b\" }\n"),
        manifest("b", ""),
        manifest("c", ""),
    );
    let test = "#[test]\nfn works() {}\n";
    let before = &[
        ("Cargo.toml", "[workspace]\nmembers = [\"a\", \"b\", \"c\"]\nresolver = \"2\"\n"),
        ("Cargo.lock", lock),
        ("a/Cargo.toml", &a),
        ("b/Cargo.toml", &b),
        ("c/Cargo.toml", &c),
        ("a/src/lib.rs", test),
        ("b/src/lib.rs", test),
        // Nobody tests what is not affected.
        ("c/src/lib.rs", "this does not compile"),
    ][..];
    let ran = example("crates", before, &[("b/src/lib.rs", "#[test]\nfn works_too() {}\n")]);
    check_jobs(&ran, &[("test", 1)]);
    assert_eq!(ran.log.outputs("test", "changes")["cargo-args"], "-p a -p b");
}
