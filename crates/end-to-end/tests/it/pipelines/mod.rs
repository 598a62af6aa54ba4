//! The workflows that other repositories call, in a real runner: which jobs a change starts, in four small
//! monorepos, against lists written by hand.
//!
//! What act gets wrong is not leaned on: it runs an empty matrix once, enforces neither `concurrency` nor
//! `timeout-minutes`, and knows no environment's protection.

mod aiaas;
mod attempts;
mod examples;
mod fhevm;
mod hypermesh;
mod measured;
mod pheme;

use std::collections::BTreeSet;
use std::path::PathBuf;

use end_to_end::act::{Act, Ending, Job, Ran};
use end_to_end::workspace_root;
use serde_json::{Value, json};

use crate::shared;

/// What a change does to a file.
pub(crate) enum Do<'a> {
    /// Writes it.
    Write(&'a str, &'a str),
    /// Adds text to its end.
    Append(&'a str, &'a str),
    /// Removes it, or a folder.
    Remove(&'a str),
    /// Gives a file or folder another name.
    Move(&'a str, &'a str),
}

/// One of the monorepos in `testdata/monorepos`.
pub(crate) struct Monorepo {
    name: &'static str,
    workflow: String,
    full_ref: &'static str,
    token: Option<&'static str>,
}

fn folder(name: &str) -> PathBuf {
    workspace_root().join("testdata/monorepos").join(name)
}

impl Monorepo {
    /// The monorepo with its own workflow.
    pub(crate) fn new(name: &'static str) -> Self {
        let workflow = std::fs::read_to_string(folder(name).join(".github/workflows/ci.yml"));
        Self { name, workflow: workflow.unwrap(), full_ref: "refs/heads/main", token: None }
    }

    /// The monorepo with this workflow instead of its own.
    pub(crate) fn calling(name: &'static str, workflow: &str) -> Self {
        Self { name, workflow: workflow.to_owned(), full_ref: "refs/heads/main", token: None }
    }

    /// The same after a push to another branch.
    pub(crate) fn on(mut self, branch: &'static str) -> Self {
        self.full_ref = branch;
        self
    }

    /// The same with a token of the job's own.
    pub(crate) fn token(mut self, token: &'static str) -> Self {
        self.token = Some(token);
        self
    }

    /// The same with other words in its workflow, such as commands that take no time.
    pub(crate) fn with(mut self, from: &str, to: &str) -> Self {
        assert!(self.workflow.contains(from), "the workflow does not say `{from}`");
        self.workflow = self.workflow.replace(from, to);
        self
    }

    /// A run after a push of this change.
    pub(crate) fn run(&self, change: &[Do<'_>]) -> Ran {
        let act = shared::act(&self.workflow).one_leg().folder(&folder(self.name));
        let act = act.programs(&workspace_root().join("crates/end-to-end/stand-ins/programs"));
        let before = act.commit("before").unwrap();
        let act = change.iter().fold(act, apply);
        let after = act.commit("after").unwrap();
        let event = push(self.full_ref, &before, &after);
        let act = self.token.into_iter().fold(act, |act, token| act.secret("GITHUB_TOKEN", token));
        act.payload(&event).env("PIP_NO_INDEX", "1").env("CARGO_NET_OFFLINE", "true").run().unwrap()
    }

    /// Sees that this change starts these jobs and no other, and that all are green.
    #[track_caller]
    pub(crate) fn check(&self, change: &[Do<'_>], wanted: &[&str]) -> Ran {
        let ran = self.run(change);
        let not_green: Vec<&Job> =
            ran.log.jobs().filter(|job| job.ending != Ending::Success).collect();
        assert!(not_green.is_empty(), "{not_green:#?}\n{:#?}", ran.log.annotations());
        assert_eq!(ran_jobs(&ran), wanted.iter().map(|it| (*it).to_owned()).collect());
        ran
    }
}

/// What the stand-ins of `programs` were told, in the order of the words.
pub(crate) fn told(ran: &Ran) -> Vec<String> {
    let told = std::fs::read_to_string(ran.artifacts().join("told.txt")).unwrap_or_default();
    let mut told: Vec<String> = told.lines().map(str::to_owned).collect();
    told.sort();
    told
}

/// The jobs of a run: the workflow that was called, the job, and which leg of its matrix.
pub(crate) fn ran_jobs(ran: &Ran) -> BTreeSet<String> {
    ran.log.jobs().map(shown).collect()
}

fn shown(job: &Job) -> String {
    let leg = ["name", "environment", "job"].iter().find_map(|key| job.matrix.get(*key)?.as_str());
    let called = if job.called.is_empty() { String::new() } else { format!("{}/", job.called) };
    format!("{called}{}{}", job.id, leg.map(|leg| format!(" {leg}")).unwrap_or_default())
}

fn apply(act: Act, change: &Do<'_>) -> Act {
    match change {
        Do::Write(path, text) => act.file(path, text),
        Do::Append(path, text) => {
            let before = std::fs::read_to_string(act.at(path)).unwrap();
            act.file(path, before + text)
        }
        Do::Remove(path) => {
            act.git(&["rm", "-r", "--quiet", "--", path]).unwrap();
            act
        }
        Do::Move(from, to) => {
            act.git(&["mv", "--", from, to]).unwrap();
            act
        }
    }
}

/// The commit before a ref that is new.
const ZERO: &str = "0000000000000000000000000000000000000000";

fn push(full_ref: &str, before: &str, after: &str) -> Value {
    json!({"ref": full_ref, "before": before, "after": after, "forced": false,
        "head_commit": {"id": after}, "repository": {"default_branch": "main"}})
}
