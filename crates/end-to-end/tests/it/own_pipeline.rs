//! This repository's own pipeline: the steps that run on each system, in act, and what `scripts/ci` does.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use end_to_end::workspace_root;
use serde_json::json;
use testkit::Scratch;

use crate::install::sha256;
use crate::shared;

const PIPELINE: &str = include_str!("../../../../.github/workflows/ci.yml");
const TARGET: &str = "x86_64-unknown-linux-musl";
const TOOLS: &[&str] =
    &["change-detector", "cache-key", "shard-splitter", "gpu-matcher", "gate-check"];

/// The steps of a job, for a job of our own.
fn steps(job: &str) -> String {
    let (_, rest) = PIPELINE.split_once(&format!("\n  {job}:\n")).unwrap();
    let (_, steps) = rest.split_once("\n    steps:\n").unwrap();
    let is_step = |line: &&str| line.is_empty() || line.starts_with("      ");
    let lines: Vec<&str> = steps.lines().take_while(is_step).collect();
    format!("{}{}\n", shared::ONE_JOB, lines.join("\n"))
}

/// What the steps look at, in little.
const FILES: &[(&str, &str)] = &[
    (".config/ci-items.txt", include_str!("../../../../.config/ci-items.txt")),
    ("scripts/ci", include_str!("../../../../scripts/ci")),
    ("Cargo.toml", "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2024\"\n"),
    ("Cargo.lock", "version = 4\n\n[[package]]\nname = \"small\"\nversion = \"0.1.0\"\n"),
    ("src/lib.rs", ""),
    ("testdata/README.md", ""),
];

#[test]
fn each_action_answers_on_a_system_and_what_must_fail_fails() {
    let steps = steps("systems").replace("base: HEAD^", "base: HEAD");
    // act does not know `$/`.
    let workflow = replaced(&steps, "uses: $/actions/", "uses: org/actions/", "@v1");
    assert_eq!(workflow.matches("uses: org/actions/").count(), 9);
    let run = |workflow: &str| {
        let act =
            FILES.iter().fold(shared::act(workflow), |act, (name, text)| act.file(name, text));
        let commit = act.commit("the files").unwrap();
        let payload = json!({"ref": "refs/heads/main", "before": commit, "after": commit, "forced": false,
            "head_commit": {"id": commit}, "repository": {"default_branch": "main"}});
        act.payload(&payload).run().unwrap()
    };
    let ran = run(&workflow);
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{:?}", ran.log.annotations());
    assert_eq!(ran.log.outputs("job", "gate")["verdict"], "pass");
    assert!(ran.log.outputs("job", "cache-key")["key"].starts_with("signalbox/"));

    // The last step notices one that should have failed.
    let passed = workflow.replace(r#""result": "failure""#, r#""result": "success""#);
    assert_ne!(passed, workflow);
    let ran = run(&passed);
    assert_eq!(ran.log.failed_legs("job").len(), 1);
    let said: Vec<&str> = ran.log.annotations().iter().map(|it| it.message.as_str()).collect();
    assert!(
        said.iter().any(|it| it.contains("success failure failure failure failure")),
        "{said:?}"
    );
}

/// The words that follow, as a shell takes them: some stand between single quotes.
fn words(line: &str) -> Vec<&str> {
    let parts = line.split('\'').enumerate();
    parts
        .flat_map(|(at, part)| match at % 2 {
            0 => part.split_whitespace().collect(),
            _ => vec![part],
        })
        .collect()
}

/// A check that is only in `scripts/test` is one that no change is held to.
#[test]
fn every_check_is_one_of_the_pipeline_too() {
    let script = fs::read_to_string(workspace_root().join("scripts/test")).unwrap();
    let names = script.lines().filter_map(|line| line.strip_prefix("check '"));
    let mut names: Vec<&str> = names.map(|rest| rest.split('\'').next().unwrap()).collect();
    assert!(names.len() > 10, "{names:?}");
    // The jobs `test` and `evidence` write what the last job judges.
    names.retain(|name| *name != "our own gate");
    let calls = PIPELINE.lines().filter_map(|line| line.split_once("scripts/test "));
    let mut asked: Vec<&str> = calls.flat_map(|(_, rest)| words(rest)).collect();
    names.sort_unstable();
    asked.sort_unstable();
    assert_eq!(asked, names);
}

/// cargo is content with a filter that no test matches.
#[test]
fn what_the_rehearsal_asks_for_is_there() {
    let script = fs::read_to_string(workspace_root().join("scripts/release-rehearsal")).unwrap();
    let asked: Vec<&str> =
        script.split_whitespace().filter_map(|word| word.strip_suffix("::")).collect();
    assert!(asked.len() >= 10, "{asked:?}");
    for module in asked {
        let line = format!("\nmod {module};\n");
        assert!(include_str!("main.rs").contains(&line), "there is no module {module}");
    }
}

/// Each line with `from` has `to` instead, and `behind` at its end.
fn replaced(text: &str, from: &str, to: &str, behind: &str) -> String {
    let line = |line: &str| match line.split_once(from) {
        Some((before, after)) => format!("{before}{to}{after}{behind}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// What the last job says of the others' results, where `changes` says this and these jobs fail.
fn judged(said: [(&str, &str); 3], fails: &str) -> String {
    let mut outputs = "  changes:\n    outputs:\n".to_owned();
    for (name, value) in said {
        let _ = writeln!(outputs, "      {name}: '{value}'");
    }
    let mut workflow = shared::skeleton(PIPELINE).replace("  changes:\n", &outputs);
    let (_, gate) = PIPELINE.rsplit_once("        uses: $/actions/gate\n        with:\n").unwrap();
    workflow.push_str("      - id: gate\n        uses: org/actions/gate@v1\n        with:\n");
    workflow.push_str("          command: needs\n");
    // There are no reports here.
    let of_reports = ["          command: ", "          gate: "];
    for line in gate.lines().filter(|line| !of_reports.iter().any(|key| line.starts_with(key))) {
        let _ = writeln!(workflow, "{line}");
    }
    let ran = shared::act(&workflow).env("FAILS", fails).run().unwrap();
    let verdict = ran.log.outputs("all-checks", "gate")["verdict"].to_owned();
    assert_eq!(ran.log.failed_legs("all-checks").is_empty(), verdict == "pass", "{}", ran.log.said);
    verdict
}

/// A job may be skipped where `changes` has said so, and for no other reason.
#[test]
fn the_last_job_is_red_for_whatever_did_not_run() {
    let said = |affected, tests, end_to_end| {
        [("affected", affected), ("has-tests", tests), ("end-to-end", end_to_end)]
    };
    let all = said("true", "true", "true");
    for (said, what) in [
        (all, "everything"),
        (said("true", "true", "false"), "not end-to-end"),
        (said("true", "false", "true"), "end-to-end alone"),
        (said("false", "false", "false"), "nothing"),
    ] {
        assert_eq!(judged(said, ""), "pass", "{what} is affected");
    }
    // That the list of those it needs is whole, `gate-check lint` says.
    for job in ["tools", "changes", "test", "proof"] {
        assert_eq!(judged(all, job), "fail", "{job} fails");
    }
    // What was not said is not a no.
    for said in [said("", "true", "true"), said("true", "", "true"), said("true", "true", "")] {
        assert_eq!(judged(said, ""), "fail", "{said:?}");
    }
}

/// `scripts/ci`, in a folder with nothing but it.
struct Ci(Scratch);

impl Ci {
    fn new() -> Self {
        let scratch = Scratch::new();
        let script = fs::read(workspace_root().join("scripts/ci")).unwrap();
        scratch.write("scripts/ci", script);
        Self(scratch)
    }

    fn run(&self, word: &str, variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new("bash");
        command.arg(self.0.at("scripts/ci")).arg(word).envs(variables.iter().copied());
        command.env_remove("SIGNALBOX_BIN_DIR").env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64");
        command.output().unwrap()
    }
}

const GOOD: &[(&str, &str)] = &[
    ("CHANGES", "true"),
    ("MATRIX", "{\"include\":[{\"index\":0,\"name\":\"1/2\"},{\"index\":1,\"name\":\"2/2\"}]}"),
    ("KEY", "signalbox/v1/linux"),
    ("VERDICT", "pass"),
    ("FAILED", "failure failure"),
];

#[test]
fn what_an_action_says_is_compared() {
    let ci = Ci::new();
    assert_eq!(ci.run("compare", GOOD).status.code(), Some(0));
    for (name, value) in [
        ("CHANGES", ""),
        ("MATRIX", "{\"include\":[{\"index\":0}]}"),
        ("KEY", "signalbox/v1/a,b"),
        ("VERDICT", "fail"),
        ("FAILED", "failure success"),
        ("FAILED", "failure skipped"),
        ("FAILED", ""),
    ] {
        let mut wrong = GOOD.to_vec();
        wrong.push((name, value));
        let ran = ci.run("compare", &wrong);
        let said = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(ran.status.code(), Some(1), "{name}={value}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.starts_with("::error title=") && said.contains(&format!("\"{value}\"")),
            "{said}"
        );
    }
    assert_eq!(ci.run("nonsense", &[]).status.code(), Some(2));
}

/// What the first job hands to those in containers, with binaries that only say their names.
fn with_release(ci: &Ci, checksums: impl Fn(&str, String) -> String) {
    let work = Path::new(".ci/work");
    let mut list = String::new();
    for tool in TOOLS {
        let binary = format!("#!/bin/sh\necho {tool} \"$@\"\n");
        ci.0.write(work.join("tools").join(tool), &binary);
        ci.0.write(work.join(format!("release/assets/v0.0.0/{tool}-{TARGET}")), &binary);
        let hash = checksums(tool, sha256(binary.as_bytes()));
        let _ = writeln!(list, "{hash}  {tool}-{TARGET}");
    }
    let lib = work.join("release/tree/lib");
    ci.0.write(lib.join("checksums.txt"), list);
    ci.0.write(lib.join("release.env"), "version=0.0.0\nrepository=org/actions\n");
    let script = fs::read(workspace_root().join("actions/lib/install.sh")).unwrap();
    ci.0.write(lib.join("install.sh"), script);
}

#[test]
fn the_installer_is_tried_in_a_container() {
    let ci = Ci::new();
    with_release(&ci, |_, hash| hash);
    let ran = ci.run("install", &[]);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    for tool in TOOLS {
        assert_eq!(said.matches(&format!("{tool} --version\n")).count(), 2, "{said}");
    }

    let ci = Ci::new();
    with_release(&ci, |tool, hash| if tool == "gate-check" { "0".repeat(64) } else { hash });
    let ran = ci.run("install", &[]);
    assert!(!ran.status.success());
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(said.contains("it is not the binary that was released"), "{said}");
}
