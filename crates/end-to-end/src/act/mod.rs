//! Starts act in host mode, with everything of it in one scratch folder.
//!
//! A workflow may delete what it finds: Swatinem/rust-cache empties `CARGO_HOME` in its last step.
//! In host mode that is the user's own, so act never starts with the user's `HOME`, `CARGO_HOME`
//! or `XDG_CACHE_HOME`. There is no network either: `actions/checkout` is act's own copy, and other
//! actions are local folders, ours and the stand-ins.
//!
//! act's exit code says little. It is 0 when a job never ran because no label fits, and it says
//! nothing about an empty matrix. So [`Log`] tells which jobs really ended well, and what matters
//! is what they left in [`Ran::artifacts`].

mod again;
mod homes;
mod log;
mod process;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;
use std::{env, fs};

use testkit::{Scratch, copy_folder};

pub use self::homes::Homes;
pub use self::log::{Annotation, Ending, Job, Line, Log};
use crate::release::{self, ReleaseTree};
use crate::{Doing as _, Toolchain, Trouble, workspace_root};

/// How long act may take: a hang is a failure.
const PATIENCE: Duration = Duration::from_mins(5);

/// The repositories of GitHub's actions that have a stand-in, and its folder in `stand-ins/`.
const STAND_INS: &[(&str, &str)] = &[
    ("actions/cache", "cache"),
    ("actions/download-artifact", "download-artifact"),
    ("actions/setup-node", "setup-node"),
    ("actions/setup-python", "setup-python"),
    ("actions/upload-artifact", "upload-artifact"),
    ("docker/build-push-action", "build-push"),
    ("docker/setup-buildx-action", "setup-buildx"),
];

/// The action whose work act does itself.
const BUILT_IN: &str = "actions/checkout";

/// A run of one workflow, to be started.
#[derive(Debug)]
pub struct Act {
    program: PathBuf,
    toolchain: Toolchain,
    scratch: Scratch,
    workflow: String,
    event: String,
    payload: Option<PathBuf>,
    legs: Option<String>,
    cache: PathBuf,
    server: Option<PathBuf>,
    job: Option<String>,
    homes: PathBuf,
    actions: PathBuf,
    repositories: BTreeMap<String, PathBuf>,
    release: Option<Arc<ReleaseTree>>,
    variables: BTreeMap<String, OsString>,
    secrets: BTreeMap<String, String>,
    vars: BTreeMap<String, String>,
    programs: Option<PathBuf>,
    has_one_leg: bool,
    labels: Vec<String>,
    patience: Duration,
}

/// A run that is over.
#[derive(Debug)]
pub struct Ran {
    /// What act's log tells.
    pub log: Log,
    /// Everything act and the workflow used; `artifacts/NAME/...` is what was uploaded.
    pub scratch: Scratch,
}

impl Ran {
    /// Where the stand-in for `actions/upload-artifact` put what was uploaded.
    pub fn artifacts(&self) -> PathBuf {
        self.scratch.at(ARTIFACTS)
    }
}

const ARTIFACTS: &str = "artifacts";
const REPOSITORY: &str = "repository";
const WORKFLOW: &str = ".github/workflows/workflow.yml";

fn workflow_file() -> PathBuf {
    Path::new(REPOSITORY).join(WORKFLOW)
}

impl Act {
    /// A run of this workflow, with nothing else in its repository.
    ///
    /// # Errors
    /// When act or the toolchain is missing.
    pub fn new(workflow: &str) -> Result<Self, Trouble> {
        let scratch = Scratch::new();
        scratch.write(workflow_file(), workflow);
        Ok(Self {
            program: program()?,
            toolchain: Toolchain::find()?,
            cache: scratch.at("cache"),
            server: None,
            job: None,
            homes: scratch.at("homes"),
            actions: scratch.at("actions"),
            scratch,
            workflow: workflow.to_owned(),
            event: "push".to_owned(),
            payload: None,
            legs: None,
            repositories: BTreeMap::new(),
            release: None,
            variables: BTreeMap::new(),
            secrets: BTreeMap::new(),
            vars: BTreeMap::new(),
            labels: vec!["ubuntu-latest".to_owned()],
            programs: None,
            has_one_leg: false,
            patience: PATIENCE,
        })
    }

    /// Adds a file to the repository.
    #[must_use]
    pub fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.scratch.write(Path::new(REPOSITORY).join(name), contents);
        self
    }

    /// Where a file of the repository is.
    pub fn at(&self, name: &str) -> PathBuf {
        self.scratch.at(Path::new(REPOSITORY).join(name))
    }

    /// Adds the contents of a folder to the repository.
    #[must_use]
    pub fn folder(self, folder: &Path) -> Self {
        copy_folder(folder, &self.scratch.at(REPOSITORY));
        self
    }

    /// Adds the files of the commit that this checkout is at.
    ///
    /// # Errors
    /// When git or tar refuses.
    pub fn own_files(self) -> Result<Self, Trouble> {
        release::unpacked(&workspace_root(), "HEAD", &self.scratch.at(REPOSITORY))?;
        Ok(self)
    }

    /// Puts this folder behind an action's name with its reference: `actions/cache@v5`.
    #[must_use]
    pub fn action(mut self, name: &str, folder: &Path) -> Self {
        self.repositories.insert(name.to_owned(), folder.to_owned());
        self
    }

    /// Runs this job alone.
    #[must_use]
    pub fn job(mut self, id: &str) -> Self {
        self.job = Some(id.to_owned());
        self
    }

    /// Starts act's own cache server, which the real actions/cache talks to, with its store in this folder.
    #[must_use]
    pub fn cache_server(mut self, folder: &Path) -> Self {
        self.server = Some(folder.to_owned());
        self
    }

    /// Has the workspaces below this folder: each run's at `actions/RANDOM/hostexecutor`.
    #[must_use]
    pub fn workspaces(mut self, folder: &Path) -> Self {
        self.actions = folder.join("actions");
        self
    }

    /// Ends the run when it takes longer; five minutes otherwise.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Puts this release tree behind `org/actions@v1`.
    #[must_use]
    pub fn release(mut self, tree: Arc<ReleaseTree>) -> Self {
        self.repositories.insert(release::NAME.to_owned(), tree.path());
        self.release = Some(tree);
        self
    }

    /// Sets a variable for each step.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.to_owned(), value.into());
        self
    }

    /// Gives the workflow a secret.
    #[must_use]
    pub fn secret(mut self, name: &str, value: &str) -> Self {
        self.secrets.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Gives the workflow a configuration variable, `vars.NAME`.
    #[must_use]
    pub fn var(mut self, name: &str, value: &str) -> Self {
        self.vars.insert(name.to_owned(), value.to_owned());
        self
    }

    /// The event that starts the workflow; `push` otherwise.
    #[must_use]
    pub fn event(mut self, name: &str) -> Self {
        name.clone_into(&mut self.event);
        self
    }

    /// Tells the workflow this of its event; without it act tells next to nothing.
    #[must_use]
    pub fn payload(mut self, payload: &serde_json::Value) -> Self {
        self.payload = Some(self.scratch.write("event.json", payload.to_string()));
        self
    }

    /// The run of the workflow that this is, and which attempt of it: 1 and 1 otherwise.
    #[must_use]
    pub fn attempt(self, run: u64, attempt: u64) -> Self {
        self.env("GITHUB_RUN_ID", run.to_string()).env("GITHUB_RUN_ATTEMPT", attempt.to_string())
    }

    /// Keeps what `actions/cache` saves in this folder, for other runs.
    #[must_use]
    pub fn cache(mut self, folder: &Path) -> Self {
        folder.clone_into(&mut self.cache);
        self
    }

    /// Has the private homes below this folder, as those of one machine are at one place in every run.
    /// What is there is removed first.
    #[must_use]
    pub fn homes(mut self, folder: &Path) -> Self {
        self.homes = folder.join("homes");
        self
    }

    /// Runs only the legs of a matrix that have this value.
    #[must_use]
    pub fn leg(mut self, key: &str, value: &str) -> Self {
        self.legs = Some(format!("{key}:{value}"));
        self
    }

    /// Says that each matrix has one leg, whose labels act cannot mix up with another's.
    #[must_use]
    pub fn one_leg(mut self) -> Self {
        self.has_one_leg = true;
        self
    }

    /// Puts the programs in this folder before all others.
    #[must_use]
    pub fn programs(mut self, folder: &Path) -> Self {
        self.programs = Some(folder.to_owned());
        self
    }

    /// Offers a runner with this label, beside `ubuntu-latest`. A job that asks for a label
    /// without a runner never runs, and act calls that a success.
    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.labels.push(label.to_owned());
        self
    }

    /// Runs the workflow to its end.
    ///
    /// # Errors
    /// When act cannot be started or takes too long. A job that fails is no error here: see
    /// [`Log`].
    pub fn run(self) -> Result<Ran, Trouble> {
        self.run_watched(|_| {})
    }

    /// Like [`Self::run`], and shows each line of act's log while it runs.
    ///
    /// # Errors
    /// The same.
    pub fn run_watched(mut self, mut watch: impl FnMut(&Line)) -> Result<Ran, Trouble> {
        if !self.has_one_leg {
            refuse_labels_from_matrix(&self.workflow)?;
        }
        self.put_stand_ins()?;
        self.commit_rest()?;
        let mut log = Log::default();
        let ended = process::lines(self.command()?, self.patience, |text| {
            if let Some(line) = Line::parse(text) {
                watch(&line);
                log.add(&line);
            }
        })?;
        drop(self.release);
        log.exit = ended.exit;
        log.said = ended.stderr;
        Ok(Ran { log, scratch: self.scratch })
    }

    /// Finds a local folder for each action that the workflow uses. One without would be fetched
    /// from the network, and what comes from there is not what was checked out.
    fn put_stand_ins(&mut self) -> Result<(), Trouble> {
        let mut used = used_actions(&self.workflow);
        // What our own actions and workflows use in their turn.
        let mut looked_at = 0;
        while let Some(name) = used.get(looked_at) {
            looked_at += 1;
            let ours = name.strip_prefix("org/actions/").and_then(|it| it.split_once('@'));
            let text = ours.and_then(|(ours, _)| self.text_of_ours(ours)).unwrap_or_default();
            for further in used_actions(&text) {
                if !used.contains(&further) {
                    used.push(further);
                }
            }
        }
        for used in used {
            let (action, reference) = used.split_once('@').unwrap_or((&used, ""));
            let repository: Vec<&str> = action.splitn(3, '/').take(2).collect();
            let repository = repository.join("/");
            if repository == BUILT_IN
                || action.starts_with("./")
                || self.repositories.contains_key(&format!("{repository}@{reference}"))
            {
                continue;
            }
            let stand_ins = workspace_root().join("crates/end-to-end/stand-ins");
            let stand_in = STAND_INS.iter().find(|(name, _)| *name == repository);
            let folder = stand_in.map(|(_, folder)| stand_ins.join(folder));
            // Of a repository with several actions, such as actions/cache, not all have one.
            let inside = action.strip_prefix(&repository).unwrap_or_default().trim_matches('/');
            let folder = folder.filter(|folder| folder.join(inside).join("action.yml").is_file());
            let Some(folder) = folder else {
                return Err(Trouble::new(format!(
                    "the workflow uses `{used}`, and it is neither ours nor in stand-ins/"
                )));
            };
            self.repositories.insert(format!("{repository}@{reference}"), folder);
        }
        Ok(())
    }

    /// The text of one of our actions or workflows, where a release tree stands behind them.
    fn text_of_ours(&self, name: &str) -> Option<String> {
        let path = self.repositories.get(release::NAME)?.join(name);
        let is_workflow = path.extension().is_some_and(|extension| extension == "yml");
        fs::read_to_string(if is_workflow { path } else { path.join("action.yml") }).ok()
    }

    /// Commits all files as they are and answers with the commit's id. What changes after it is in
    /// commits after it; the last one is what runs.
    ///
    /// # Errors
    /// When git refuses, as it does when nothing has changed.
    pub fn commit(&self, message: &str) -> Result<String, Trouble> {
        if !self.scratch.has(Path::new(REPOSITORY).join(".git")) {
            self.git(&["init", "--quiet"])?;
            self.git(&["remote", "add", "origin", "https://github.com/example/project"])?;
        }
        self.git(&["add", "--all", "--force"])?;
        self.git(&["commit", "--quiet", "--message", message])?;
        Ok(self.git(&["rev-parse", "HEAD"])?.trim().to_owned())
    }

    /// What git says in the repository.
    ///
    /// # Errors
    /// When it refuses.
    pub fn git(&self, words: &[&str]) -> Result<String, Trouble> {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=end-to-end", "-c", "user.email=end-to-end@localhost"]);
        command.args(["-c", "init.defaultBranch=main", "-c", "commit.gpgsign=false"]);
        command.args(words).current_dir(self.scratch.at(REPOSITORY));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null");
        let output = command.output().doing(|| "run `git`".to_owned())?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let failed = || Trouble::new(format!("`git {}` failed: {said}", words.join(" ")));
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        output.status.success().then_some(answer).ok_or_else(failed)
    }

    /// act asks git for the commit and the name of the repository.
    fn commit_rest(&self) -> Result<(), Trouble> {
        let is_new = !self.scratch.has(Path::new(REPOSITORY).join(".git"));
        if is_new || !self.git(&["status", "--porcelain"])?.is_empty() {
            self.commit("A commit to run")?;
        }
        Ok(())
    }

    fn command(&self) -> Result<Command, Trouble> {
        let homes = Homes::below(&self.homes);
        homes.refuse_those_of(&Homes::of_user())?;
        if self.homes.is_dir() {
            let shown = || format!("empty `{}`", self.homes.display());
            fs::remove_dir_all(&self.homes).doing(shown)?;
        }
        let mut command = Command::new(&self.program);
        command.arg(&self.event).arg("--directory").arg(self.scratch.at(REPOSITORY));
        command.args(["--workflows", WORKFLOW, "--json"]);
        match &self.server {
            None => drop(command.arg("--no-cache-server")),
            Some(folder) => {
                command.arg("--cache-server-path").arg(folder);
                command.args(["--cache-server-addr", "127.0.0.1"]);
            }
        }
        if let Some(job) = &self.job {
            command.args(["--job", job]);
        }
        command.arg("--action-cache-path").arg(&self.actions);
        for label in &self.labels {
            command.arg("--platform").arg(format!("{label}=-self-hosted"));
        }
        for (name, folder) in &self.repositories {
            command.arg("--local-repository").arg(joined(name, folder.as_os_str()));
        }
        if let Some(payload) = &self.payload {
            command.arg("--eventpath").arg(payload);
        }
        if let Some(legs) = &self.legs {
            command.arg("--matrix").arg(legs);
        }
        for (name, folder) in
            [("STAND_IN_STORE", &self.artifacts()), ("STAND_IN_CACHE", &self.cache)]
        {
            fs::create_dir_all(folder).doing(|| format!("make `{}`", folder.display()))?;
            command.arg("--env").arg(joined(name, folder.as_os_str()));
        }
        for (name, value) in &self.variables {
            command.arg("--env").arg(joined(name, value));
        }
        for (name, value) in &self.secrets {
            command.arg("--secret").arg(format!("{name}={value}"));
        }
        for (name, value) in &self.vars {
            command.arg("--var").arg(format!("{name}={value}"));
        }
        command.env_clear();
        homes.set(&mut command)?;
        let beside_act = self.program.parent().unwrap_or(Path::new("/"));
        let path = self.toolchain.path_with(beside_act)?;
        let own = self.programs.iter().cloned();
        let path = env::join_paths(own.chain(env::split_paths(&path)));
        command.env("PATH", path.doing(|| "put programs on the path".to_owned())?);
        Ok(command)
    }

    fn artifacts(&self) -> PathBuf {
        self.scratch.at(ARTIFACTS)
    }
}

fn joined(name: &str, value: &std::ffi::OsStr) -> OsString {
    let mut joined = OsString::from(name);
    joined.push("=");
    joined.push(value);
    joined
}

/// act itself: `SIGNALBOX_ACT`, else the one that `scripts/test` installs.
fn program() -> Result<PathBuf, Trouble> {
    let named = env::var_os("SIGNALBOX_ACT").filter(|value| !value.is_empty()).map(PathBuf::from);
    let program = named.unwrap_or_else(|| workspace_root().join("target/venv/bin/act"));
    if program.is_file() {
        return Ok(program);
    }
    Err(Trouble::new(format!(
        "there is no act at `{}`: `scripts/test` installs it into target/venv, and SIGNALBOX_ACT \
         names another one",
        program.display()
    )))
}

/// Refuses what act 0.2.89 gets wrong unseen: it evaluates `runs-on` in place, for all legs of a
/// matrix at once, so that a leg runs under another's label or not at all.
fn refuse_labels_from_matrix(workflow: &str) -> Result<(), Trouble> {
    let lines = workflow.lines().map(str::trim);
    let mut mixed = lines.filter(|line| line.starts_with("runs-on:") && line.contains("matrix."));
    match mixed.next() {
        None => Ok(()),
        Some(line) => Err(Trouble::new(format!(
            "act mixes up the labels of a matrix: `{line}`; write a job for each label"
        ))),
    }
}

/// What stands behind `uses:` in a workflow, in order, each once.
fn used_actions(workflow: &str) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    for line in workflow.lines() {
        let line = line.trim_start();
        let entry = line.strip_prefix("- ").unwrap_or(line).trim_start();
        let Some(value) = entry.strip_prefix("uses:") else { continue };
        let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        if !used.iter().any(|known| known == value) {
            used.push(value.to_owned());
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_actions_of_a_workflow_are_found() {
        let workflow = "jobs:\n  a:\n    steps:\n      - uses: org/a/b@v1 # one\n        with: {}\n      - id: x\n        uses: 'c/d@0123'\n      - uses: org/a/b@v1\n      # uses: no/no@v1\n";
        assert_eq!(used_actions(workflow), ["org/a/b@v1", "c/d@0123"]);
    }

    #[test]
    fn an_action_that_would_come_from_the_network_is_refused() {
        for action in ["some/action@v1", "actions/setup-java@v5", "actions/cache/none@v5"] {
            let workflow = format!("jobs:\n  a:\n    steps:\n      - uses: {action}\n");
            let refused = Act::new(&workflow).unwrap().run().unwrap_err();
            assert!(refused.to_string().contains(&format!("`{action}`")), "{refused}");
        }
    }
}
