//! Real suites of cargo-nextest, pytest and Vitest, shared out among four legs by the workflow
//! `real-suite.yml`.
//!
//! What ran is known from lines that the tests themselves write; our own `verify` is held against it.

mod projects;
mod re_run;
mod recipe;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use end_to_end::act::{Act, Ran};
use testkit::Scratch;

use self::projects::Project;
use crate::shared;

const WORKFLOW: &str = include_str!("../../../workflows/real-suite.yml");

/// The jobs of the workflow, with their legs.
const JOBS: [(&str, usize); 4] = [("plan", 1), ("test", 4), ("verify", 1), ("merge", 1)];

/// The workflow, on this project.
fn suite(project: &Project, workflow: &str) -> Act {
    let act = shared::act(workflow)
        .env("SUITE_FRAMEWORK", project.framework)
        .env("SUITE_REPORT", project.report)
        // Nothing is ever fetched: what is missing fails.
        .env("CARGO_NET_OFFLINE", "true")
        .env("npm_config_offline", "true");
    project.files.iter().fold(act, |act, (name, contents)| act.file(name, contents))
}

/// The leg of each test, as the tests wrote it down. None may have run twice.
#[track_caller]
fn legs_by_test(ran: &Path) -> BTreeMap<String, u64> {
    let lines = fs::read_to_string(ran).unwrap_or_default();
    let mut legs = BTreeMap::new();
    for line in lines.lines() {
        let (leg, test) = line.split_once(' ').unwrap();
        let earlier = legs.insert(test.to_owned(), leg.parse().unwrap());
        assert!(earlier.is_none(), "{test} ran twice:\n{lines}");
    }
    legs
}

/// The cache that several runs have in common.
struct Cache(Scratch);

impl Cache {
    /// The folders of what was saved: the stand-in numbers them in order.
    fn entries(&self) -> Vec<PathBuf> {
        let listed = fs::read_dir(self.0.path()).unwrap();
        let mut folders: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
        folders.sort();
        folders
    }

    /// The timings that were saved last.
    fn newest(&self) -> String {
        let entries = self.entries();
        let mut tar = Command::new("tar");
        tar.arg("-xOf").arg(entries.last().unwrap().join("contents.tar"));
        let said = tar.output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap()
    }

    /// Is as it was when it had so many entries.
    fn forget_all_but(&self, first: usize) {
        for entry in self.entries().iter().skip(first) {
            fs::remove_dir_all(entry).unwrap();
        }
    }

    /// Saves these timings, as a later run of the default branch.
    fn save(&self, timings: &str) {
        let number = 1000 + self.entries().len();
        let file = |name: &str| Path::new(&number.to_string()).join(name);
        let made = Scratch::new();
        made.write("shard-timings.json", timings);
        let mut tar = Command::new("tar");
        tar.arg("-cf").arg(made.at("contents.tar")).arg("-C").arg(made.path());
        assert!(tar.arg("shard-timings.json").status().unwrap().success());
        self.0.write(file("contents.tar"), made.read("contents.tar"));
        self.0.write(file("path"), "shard-timings.json");
        self.0.write(file("ref"), "refs/heads/main");
        self.0.write(file("key"), format!("shard-timings-{number}-1"));
    }
}

/// The exit code of our step in this job, of which there is one, and what it said.
fn answer(ran: &Ran, job: &str) -> (i64, String) {
    let json = ran.log.outputs(job, "shard")["json"];
    let answer: serde_json::Value = serde_json::from_str(json).unwrap();
    (answer["exit_code"].as_i64().unwrap(), answer["problems"].to_string())
}
