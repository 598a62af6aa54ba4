//! The binary under test, the payloads of events, and what is true of every answer.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::{Repository, Told, Tool};

const BINARY: &str = env!("CARGO_BIN_EXE_change-detector");

/// An id that no commit has.
pub(crate) const GONE: &str = "00000000000000000000000000000000000000ff";

/// The tool as a step of a job in this repository.
pub(crate) fn step(repository: &Repository, inputs: &[(&str, &str)]) -> Tool {
    let tool = Tool::new(BINARY).in_actions().at(repository.path());
    let tool = tool.env("GITHUB_WORKSPACE", repository.path());
    let tool = repository.variables().into_iter().fold(tool, |tool, (name, it)| tool.env(name, it));
    inputs.iter().fold(tool, |tool, (name, value)| tool.env(variable(name), value))
}

/// The tool on a terminal in this repository.
pub(crate) fn local(repository: &Repository, words: &[&str]) -> Tool {
    let tool = Tool::new(BINARY).args(words).at(repository.path());
    repository.variables().into_iter().fold(tool, |tool, (name, it)| tool.env(name, it))
}

fn variable(input: &str) -> String {
    format!("SIGNALBOX_{}", input.to_uppercase().replace('-', "_"))
}

/// The one error that a failed step annotates.
#[track_caller]
pub(crate) fn only_error(told: &Told) -> String {
    let errors = errors(told);
    assert_eq!(errors.len(), 1, "{}\n{}", told.stdout, told.stderr);
    errors.into_iter().next().unwrap()
}

/// Every error that a failed step annotates.
#[track_caller]
pub(crate) fn errors(told: &Told) -> Vec<String> {
    let commands = told.commands().into_iter();
    commands.filter(|command| command.name == "error").map(|command| command.data).collect()
}

/// What is true of every step without an answer: the code, no output but `json`, nothing written.
#[track_caller]
pub(crate) fn check_no_answer(told: &Told, message: &str) {
    check_failed(told, 2, message);
}

/// The same with another exit code.
#[track_caller]
pub(crate) fn check_failed(told: &Told, exit: i32, message: &str) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
    let errors = errors(told);
    let is_said = errors.iter().any(|error| error.contains(message));
    assert!(is_said, "{errors:?} should say {message:?}");
    for (name, value) in &told.outputs {
        assert!(name == "json" || value.is_empty(), "{name} is {value:?}");
    }
    let json: Value = serde_json::from_str(&told.outputs["json"]).unwrap();
    assert_eq!(json["exit_code"], exit);
    let mut left = told.runner.as_ref().unwrap().files();
    // What every run leaves for those who measure the pipeline says nothing of the change.
    left.retain(|file| !file.starts_with("signalbox-metrics/"));
    let own = ["env", "event.json", "output", "path", "state", "summary"];
    assert_eq!(left, own, "something was written");
    assert_eq!(told.scratch.files(), [""; 0], "something was written");
}

/// A `push` of a branch or a tag, by its full ref. Zeros for what is not there.
pub(crate) fn push(full_ref: &str, before: &str, after: &str) -> (String, Value) {
    let is_zero = |id: &str| id.bytes().all(|digit| digit == b'0');
    let head_commit = if is_zero(after) { Value::Null } else { json!({"id": after}) };
    let payload = json!({
        "ref": full_ref, "before": before, "after": after, "head_commit": head_commit,
        "created": is_zero(before), "deleted": is_zero(after), "forced": false,
        "repository": {"default_branch": "main", "full_name": "org/mono"},
    });
    ("push".to_owned(), payload)
}

/// Zeros: no commit.
pub(crate) const ZERO: &str = "0000000000000000000000000000000000000000";

/// A pull request of the branch `topic` to `main`, number 7.
pub(crate) fn pull_request(base: &str, head: &str) -> (String, Value) {
    let side = |commit: &str, branch: &str| json!({"sha": commit, "ref": branch, "repo": {"full_name": "org/mono"}});
    let payload = json!({
        "action": "opened", "number": 7,
        "pull_request": {"number": 7, "base": side(base, "main"), "head": side(head, "topic"), "draft": false, "labels": []},
        "repository": {"default_branch": "main", "full_name": "org/mono"},
    });
    ("pull_request".to_owned(), payload)
}

/// The same, after a push to its branch.
pub(crate) fn synchronized(base: &str, head: &str, before: &str) -> (String, Value) {
    let (name, mut payload) = pull_request(base, head);
    payload["action"] = json!("synchronize");
    payload["before"] = json!(before);
    payload["after"] = json!(head);
    (name, payload)
}

/// The same payload under another event's name.
pub(crate) fn named(name: &str, event: (String, Value)) -> (String, Value) {
    (name.to_owned(), event.1)
}

/// An event whose payload says nothing about a change.
pub(crate) fn other(name: &str) -> (String, Value) {
    let payload = match name {
        "schedule" => json!({"schedule": "5 4 * * *"}),
        "workflow_dispatch" => {
            json!({"ref": "refs/heads/main", "inputs": {}, "workflow": ".github/workflows/ci.yml"})
        }
        "release" => json!({"action": "published"}),
        _ => json!({"action": "something"}),
    };
    (name.to_owned(), payload)
}

/// The filters of every [`Look`], and below what each means.
const FILTERS: &str = "
src: 'src/**'
docs: ['docs/**', '!docs/private/**']
new: [added: 'src/**']
everything: '**'
";

fn is_matched(filter: &str, status: &str, path: &str) -> bool {
    match filter {
        "src" => path.starts_with("src/"),
        // `docs/**` is also `docs` itself, which may be a link or a submodule.
        "docs" => path == "docs" || path.starts_with("docs/") && !path.starts_with("docs/private/"),
        // What a file was called before does not make it less new.
        "new" => path.starts_with("src/") && matches!(status, "A" | "R"),
        "everything" => true,
        other => panic!("no filter {other}"),
    }
}

const FILTER_NAMES: [&str; 4] = ["src", "docs", "new", "everything"];

/// A step in a repository, whose answer is known.
pub(crate) struct Look<'a> {
    repository: &'a Repository,
    truth: Option<&'a Repository>,
    folder: PathBuf,
    inputs: BTreeMap<String, String>,
    variables: Vec<(OsString, OsString)>,
    event: (String, Value),
}

/// A step in this repository, after that event.
pub(crate) fn look(repository: &Repository, event: (String, Value)) -> Look<'_> {
    Look {
        repository,
        truth: Some(repository),
        folder: repository.path(),
        inputs: BTreeMap::from([("filters".to_owned(), FILTERS.to_owned())]),
        variables: Vec::new(),
        event,
    }
}

impl<'a> Look<'a> {
    /// With an input.
    pub(crate) fn input(mut self, name: &str, value: &str) -> Self {
        self.inputs.insert(name.to_owned(), value.to_owned());
        self
    }

    /// With a variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.into(), value.as_ref().into()));
        self
    }

    /// In another folder.
    pub(crate) fn at(mut self, folder: PathBuf) -> Self {
        self.folder = folder;
        self
    }

    /// Both commits are in another repository, whose git says what differs.
    pub(crate) fn truth(mut self, truth: &'a Repository) -> Self {
        self.truth = Some(truth);
        self
    }

    /// Git says something else here, and the case says why.
    pub(crate) fn untold(mut self) -> Self {
        self.truth = None;
        self
    }

    /// The answer, whatever it is; nothing is left in the clone and in the home folder.
    #[track_caller]
    pub(crate) fn run(&self) -> Told {
        let before = self.repository.snapshot();
        let (name, payload) = &self.event;
        let inputs: Vec<(&str, &str)> =
            self.inputs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let tool = step(self.repository, &inputs).at(&self.folder).event(name, payload.to_string());
        let told = self.variables.iter().fold(tool, |tool, (name, it)| tool.env(name, it)).run();
        let after = self.repository.snapshot();
        let is_same = before == after;
        let touched = after.iter().filter(|(path, what)| before.get(*path) != Some(what));
        let touched: Vec<_> = touched.map(|(path, _)| path).collect();
        assert!(is_same, "the clone is not as it was: {touched:?}");
        told
    }

    /// The answer is: this base (a commit, `empty`, `deleted` or `unknown`), this head, this reason
    /// with `degraded` behind it where it is not what was wanted, and these files with their status,
    /// or `*` where nobody knows.
    #[track_caller]
    pub(crate) fn check(&self, base: &str, head: &str, reason: &str, files: &str) -> Told {
        let told = self.run();
        let (reason, degraded) = match reason.split_once(' ') {
            Some((reason, _)) => (reason, "true"),
            None => (reason, "false"),
        };
        let is_commit = base.len() >= 40;
        let output = |name: &str| told.outputs[name].as_str();
        assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
        assert_eq!((output("reason"), output("degraded")), (reason, degraded), "{}", told.summary);
        assert_eq!(output("base"), if is_commit { base } else { "" });
        assert_eq!(output("head"), head);
        let errors = errors(&told);
        assert!(errors.is_empty(), "{errors:?}");
        if files == "*" {
            assert_eq!(base, "unknown");
            check_everything(&told);
            return told;
        }
        let wanted: Vec<(&str, &str)> =
            files.split(", ").filter_map(|file| file.split_once(' ')).collect();
        check_files(&told, &wanted);
        if let Some(truth) = self.truth.filter(|_| is_commit) {
            let words =
                ["diff", "--name-status", "--no-renames", "--ignore-submodules=none", base, head];
            let said = truth.git(&words);
            let said: Vec<_> = said.lines().filter_map(|line| line.split_once('\t')).collect();
            assert_eq!(said, wanted, "git says otherwise");
        }
        told
    }
}

/// Everything counts as changed, and nothing says that it is known.
#[track_caller]
pub(crate) fn check_everything(told: &Told) {
    let output = |name: &str| told.outputs[name].as_str();
    assert_eq!((output("any"), output("all"), output("none")), ("true", "true", "false"));
    for name in ["count", "files", "directories", "files-path", "files-nul-path", "base"] {
        assert_eq!(output(name), "", "{name}");
    }
    let filters: BTreeMap<String, bool> = serde_json::from_str(output("filters")).unwrap();
    assert!(filters.values().all(|matches| *matches), "{filters:?}");
    assert!(!filters.is_empty());
    assert_eq!(plan(told)["files"], Value::Null);
}

#[track_caller]
fn check_files(told: &Told, wanted: &[(&str, &str)]) {
    let output = |name: &str| told.outputs[name].as_str();
    let plan = plan(told);
    let found: Vec<(String, String)> =
        plan["files"].as_array().unwrap().iter().map(status_and_path).collect();
    let shown: Vec<(&str, &str)> =
        found.iter().map(|(status, path)| (status.as_str(), path.as_str())).collect();
    assert_eq!(shown, wanted, "{}", told.summary);
    let names: Vec<&str> = wanted.iter().map(|(_, path)| *path).collect();
    let listed: Vec<String> = serde_json::from_str(output("files")).unwrap();
    assert_eq!(listed, names);
    let any = if wanted.is_empty() { ("false", "true") } else { ("true", "false") };
    assert_eq!((output("any"), output("none")), any);
    assert_eq!((output("all"), output("count")), ("false", wanted.len().to_string().as_str()));
    let nul: Vec<String> = names.iter().map(|name| format!("{name}\0")).collect();
    assert_eq!(left(told, "files.nul"), nul.concat().as_bytes());
    assert_eq!(left(told, "files.json"), format!("{}\n", output("files")).as_bytes());
    let filters: BTreeMap<String, bool> = serde_json::from_str(output("filters")).unwrap();
    let counts: BTreeMap<String, usize> = serde_json::from_str(output("counts")).unwrap();
    let mut matching = Vec::new();
    if filters.len() == FILTER_NAMES.len() {
        for name in FILTER_NAMES {
            let matched =
                wanted.iter().filter(|(status, path)| is_matched(name, status, path)).count();
            assert_eq!((filters[name], counts[name]), (matched > 0, matched), "{name}: {wanted:?}");
            if matched > 0 {
                matching.push(name);
            }
        }
        let changes: Vec<String> = serde_json::from_str(output("changes")).unwrap();
        assert_eq!(changes, matching);
    }
}

fn status_and_path(file: &Value) -> (String, String) {
    let text = |key: &str| file[key].as_str().unwrap_or_default().to_owned();
    (text("status"), text("path"))
}

/// The change plan that the step left.
#[track_caller]
pub(crate) fn plan(told: &Told) -> Value {
    serde_json::from_slice(&left(told, "plan.json")).unwrap()
}

/// A file that the step left for later ones, which one of its outputs names.
#[track_caller]
pub(crate) fn left(told: &Told, name: &str) -> Vec<u8> {
    let runner = told.runner.as_ref().unwrap();
    let files = runner.files();
    let found: Vec<&String> =
        files.iter().filter(|file| file.ends_with(&format!("/{name}"))).collect();
    let [found] = found.as_slice() else { panic!("no one {name} in {files:?}") };
    let path = runner.at(found);
    let is_named = told.outputs.values().any(|output| path.to_str() == Some(output));
    assert!(is_named, "no output names {}", path.display());
    runner.read(found)
}

/// The bytes that these hexadecimal digits stand for.
#[track_caller]
pub(crate) fn of_digits(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

/// Where git keeps a loose object.
pub(crate) fn object_path(id: &str) -> String {
    let (folder, file) = id.split_at(2);
    format!(".git/objects/{folder}/{file}")
}
