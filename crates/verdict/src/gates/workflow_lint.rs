//! Are the workflows themselves sound?
//!
//! What they use is new enough and pinned, nobody can put commands into their scripts, the job that
//! decides runs always and knows of all others, and what must be there is there.

mod document;
mod injection;
mod jobs;
mod uses;

use std::collections::BTreeSet;

use diagnostics::config::{Table, Word};
use diagnostics::yaml::Yaml;
use diagnostics::{Foreign, Place, Text, position, text};
use repo_model::Glob;

use self::document::{Document, is_action, is_workflow};
use self::uses::Version;
use crate::globs::{glob, globs};
use crate::{File, Gate, Mode, Outcome, Reason, Verdict};

/// What the gate wants: `[gate.workflow-lint]`.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// The least versions of actions; of several that match one, the first counts.
    pub floors: Vec<Floor>,
    /// How an action has to be named.
    pub require_pin: Pin,
    /// Owners and names whose actions may be named by a branch.
    pub trusted: Vec<Glob>,
    /// Jobs that decide whether a change may be merged, besides those that show it by what they use.
    pub gate_jobs: Vec<String>,
    /// Actions of which each must be used by some workflow.
    pub require_actions: Vec<Glob>,
    /// Actions of which every workflow must use one.
    pub require_in_each: Vec<Glob>,
}

/// The least version of an action.
#[derive(Clone, Debug)]
pub struct Floor {
    /// Its owner and name, in small letters.
    action: Glob,
    version: Version,
    /// The version as it is written.
    written: String,
}

/// How an action has to be named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pin {
    /// In any way.
    Any,
    /// By a version or a commit.
    #[default]
    Version,
    /// By a commit.
    Commit,
}

impl Pin {
    /// The words of the configuration.
    pub const WORDS: [(&'static str, Self); 3] =
        [("any", Self::Any), ("version", Self::Version), ("sha", Self::Commit)];
}

/// The actions that nearly every workflow uses. Versions before 4 of `cache` and of the two for
/// artefacts do not run any more (GitHub changelog, 2024-04-16 and 2024-12-05).
const FLOORS: [&str; 10] = [
    "actions/checkout@v4",
    "actions/cache@v4",
    "actions/setup-dotnet@v4",
    "actions/setup-go@v4",
    "actions/setup-java@v4",
    "actions/setup-node@v4",
    "actions/setup-python@v4",
    "actions/upload-artifact@v4",
    "actions/download-artifact@v4",
    "github/codeql-action@v3",
];

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            floors: FLOORS.iter().filter_map(|floor| Floor::read(floor)).collect(),
            require_pin: Pin::default(),
            trusted: Vec::new(),
            gate_jobs: Vec::new(),
            require_actions: Vec::new(),
            require_in_each: Vec::new(),
        }
    }
}

impl Floor {
    /// Reads `actions/*@v4`.
    fn read(text: &str) -> Option<Self> {
        let (action, version) = text.rsplit_once('@')?;
        let action = Glob::new(&action.to_ascii_lowercase()).ok()?;
        Some(Self { action, version: Version::read(version)?, written: version.to_owned() })
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let mut floors = Vec::new();
        for word in table.strings("floors").unwrap_or_default() {
            floors.extend(floor(table, &word));
        }
        // Whoever names an action means its floor, not the usual one.
        floors.extend(Self::default().floors);
        let names = |words: Option<Vec<Word>>| -> Vec<String> {
            words.unwrap_or_default().into_iter().map(|word| word.text).collect()
        };
        Self {
            mode,
            floors,
            require_pin: table.choice("require-pin", &Pin::WORDS).unwrap_or_default(),
            trusted: globs(table, "trusted").unwrap_or_default(),
            gate_jobs: names(table.strings("gate-jobs")),
            require_actions: globs(table, "require-actions").unwrap_or_default(),
            require_in_each: globs(table, "require-in-each").unwrap_or_default(),
        }
    }

    /// Whether a path of the repository is one to hand over.
    pub fn wants(path: &[u8]) -> bool {
        is_workflow(path) || is_action(path)
    }
}

/// A floor, or what is wrong with it.
fn floor(table: &Table<'_, '_>, word: &Word) -> Option<Floor> {
    let help = "write the owner and name of an action and a version: `actions/*@v4`";
    if let Some((action, _)) = word.text.rsplit_once('@') {
        let mut of_action = word.clone();
        action.clone_into(&mut of_action.text);
        glob(table, &of_action)?;
    }
    let floor = Floor::read(&word.text);
    if floor.is_none() {
        table.wrong(word, "expected an action and its least version", help);
    }
    floor
}

/// What the gate looks at. Files that are neither workflow nor action are passed over.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The files of the repository.
    pub files: &'a [File<'a>],
}

/// What is found.
struct Lint<'p> {
    policy: &'p Policy,
    reasons: Vec<Reason>,
    /// The actions that are used anywhere, and in the file at hand.
    used: BTreeSet<String>,
    used_here: BTreeSet<String>,
    /// The jobs of the policy that are there.
    gates_seen: BTreeSet<String>,
}

impl Lint<'_> {
    fn say(
        &mut self,
        rule: &'static str,
        verdict: Verdict,
        place: Place,
        message: Text,
        help: &'static str,
    ) {
        let verdict = self.policy.mode.soften(verdict);
        self.reasons.push(Reason::new(rule, verdict, message).at(place).help(help));
    }
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let mut lint = Lint {
        policy,
        reasons: Vec::new(),
        used: BTreeSet::new(),
        used_here: BTreeSet::new(),
        gates_seen: BTreeSet::new(),
    };
    let mut files: Vec<&File<'_>> =
        facts.files.iter().filter(|file| Policy::wants(file.path)).collect();
    files.sort_by_key(|file| file.path);
    let mut workflows = 0_usize;
    for file in &files {
        workflows += usize::from(is_workflow(file.path));
        judge(&mut lint, file);
    }
    if files.is_empty() {
        lint.reasons.push(
            Reason::new(
                "no-workflows",
                Verdict::Error,
                "there is neither a workflow nor an action",
            )
            .help("run it where `.github/workflows` is, with the repository checked out"),
        );
    }
    whole(&mut lint);
    let actions = files.len() - workflows;
    let measured = text![
        workflows,
        if workflows == 1 { " workflow, " } else { " workflows, " },
        actions,
        if actions == 1 { " action" } else { " actions" }
    ];
    let limit = match policy.require_pin {
        Pin::Any => "sound",
        Pin::Version => "sound, actions by version",
        Pin::Commit => "sound, actions by commit",
    };
    Outcome { gate: Gate::WorkflowLint, measured, limit: limit.into(), reasons: lint.reasons }
}

/// Judges one file.
fn judge(lint: &mut Lint<'_>, file: &File<'_>) {
    let unreadable = |place: Place, why: Text| {
        let mut message = text!["this file cannot be read: "];
        message.append(why);
        Reason::new("unreadable-workflow", Verdict::Error, message)
            .at(place)
            .help("GitHub does not run it either; see the indentation and the quotes")
    };
    let source = match std::str::from_utf8(file.bytes) {
        Ok(source) => source,
        Err(error) => {
            let (row, column) = position(file.bytes, error.valid_up_to());
            let place = Place::at(Foreign::from(file.path), row, column);
            return lint.reasons.push(unreadable(place, text!["it is not UTF-8"]));
        }
    };
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    // A stream, because its aliases are bounded.
    let yaml = match Yaml::stream(source) {
        Ok(yaml) => yaml,
        Err(wrong) => {
            let place = Place::at(Foreign::from(file.path), wrong.at.line, wrong.at.column);
            return lint.reasons.push(unreadable(place, wrong.why));
        }
    };
    let documents = yaml.documents();
    let [root] = *documents.as_slice() else {
        let place = Place::file(Foreign::from(file.path));
        return lint.reasons.push(unreadable(place, text!["it does not hold one document"]));
    };
    let document = Document::of(file.path, source, root);
    if document.is_workflow && document.jobs.is_empty() {
        let place = Place::file(Foreign::from(file.path));
        return lint.reasons.push(unreadable(place, text!["it has no `jobs:`"]));
    }
    lint.used_here.clear();
    for job in &document.jobs {
        let of_steps = job.steps.iter().filter_map(|step| step.uses);
        for node in job.uses.into_iter().chain(of_steps) {
            uses::judge(lint, &document, node);
            note(lint, node.text().unwrap_or_default());
        }
        for step in &job.steps {
            injection::judge(lint, &document, step);
        }
    }
    jobs::judge_gates(lint, &document);
    jobs::judge_checkouts(lint, &document);
    let policy = lint.policy;
    let is_there = |glob: &Glob| lint.used_here.iter().any(|used| glob.is_match(used.as_bytes()));
    if document.is_workflow
        && !policy.require_in_each.is_empty()
        && !policy.require_in_each.iter().any(is_there)
    {
        let message = text!["the workflow uses none of the actions that every workflow must use"];
        let place = Place::file(Foreign::from(file.path));
        lint.say("action-required", Verdict::Fail, place, message, "add one of `require-in-each`");
    }
}

/// Keeps what is used: the path without its version, and the owner and name alone.
fn note(lint: &mut Lint<'_>, uses: &str) {
    let path = uses.split('@').next().unwrap_or(uses).trim().to_ascii_lowercase();
    let mut parts = path.splitn(3, '/');
    let name = [parts.next(), parts.next()].map(Option::unwrap_or_default).join("/");
    for used in [name, path] {
        lint.used.insert(used.clone());
        lint.used_here.insert(used);
    }
}

/// What must be somewhere.
fn whole(lint: &mut Lint<'_>) {
    let policy = lint.policy;
    for glob in &policy.require_actions {
        if !lint.used.iter().any(|used| glob.is_match(used.as_bytes())) {
            let message = text!["no workflow uses ", Foreign::from(glob.as_str())];
            let reason = Reason::new("action-required", policy.mode.soften(Verdict::Fail), message);
            lint.reasons.push(reason.help("add it, or take it out of `require-actions`"));
        }
    }
    for name in &policy.gate_jobs {
        if !lint.gates_seen.contains(name) {
            let message = text!["no workflow has the job ", Foreign::from(name.as_str())];
            let reason = Reason::new("gate-missing", policy.mode.soften(Verdict::Fail), message);
            lint.reasons.push(reason.help("see the names in `gate-jobs`"));
        }
    }
}

#[cfg(test)]
mod tests;
