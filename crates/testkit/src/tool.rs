//! A built program in a scratch folder, with an empty environment plus what the test sets.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Scratch, placeholders, runner, test_data};

/// Long enough for a slow machine, short enough that a hang is a failed test and not a lost hour.
const PATIENCE: Duration = Duration::from_mins(1);

/// A program to be run once.
#[derive(Debug)]
pub struct Tool {
    program: PathBuf,
    words: Vec<OsString>,
    variables: BTreeMap<OsString, OsString>,
    input: Vec<u8>,
    scratch: Scratch,
    folder: Option<PathBuf>,
    runner: Option<Scratch>,
    may_set: Vec<&'static str>,
    patience: Duration,
}

/// What a program did. The scratch folder's path reads `[SCRATCH]` in the texts, a random token
/// `[TOKEN]`.
#[derive(Debug)]
pub struct Told {
    /// The exit code.
    pub exit: i32,
    /// Everything it wrote to standard output.
    pub stdout: String,
    /// Everything it wrote to standard error.
    pub stderr: String,
    /// The outputs of the step. Empty outside Actions.
    pub outputs: BTreeMap<String, String>,
    /// The variables that the step sets for later ones. Empty outside Actions.
    pub variables: BTreeMap<String, String>,
    /// The step summary. Empty outside Actions.
    pub summary: String,
    /// The folder in which it ran, unless it was sent to another.
    pub scratch: Scratch,
    /// The runner's folder for temporary files, with what the step left there. Nothing outside Actions.
    pub runner: Option<Scratch>,
    /// Both streams as they came, with the tokens that commands are checked by.
    log: String,
}

/// The variables that the runner sets for every step of a run that a push started (GitHub
/// documentation, "Variables reference").
const RUN: &[(&str, &str)] = &[
    ("CI", "true"),
    ("GITHUB_ACTIONS", "true"),
    ("GITHUB_API_URL", "https://api.github.com"),
    ("GITHUB_EVENT_NAME", "push"),
    ("GITHUB_JOB", "test"),
    ("GITHUB_REF", "refs/heads/main"),
    ("GITHUB_REPOSITORY", "org/mono"),
    ("GITHUB_RUN_ATTEMPT", "1"),
    ("GITHUB_RUN_ID", "4711"),
    ("GITHUB_SERVER_URL", "https://github.com"),
    ("GITHUB_SHA", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"),
];

/// What that push was, as far as anybody asks.
const PUSH: &str = r#"{"ref": "refs/heads/main", "before": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
"after": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", "forced": false,
"repository": {"default_branch": "main", "full_name": "org/mono"}}"#;

impl Tool {
    /// The program at `program`, in an empty folder: `env!("CARGO_BIN_EXE_shard-splitter")`.
    pub fn new(program: impl AsRef<Path>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            words: Vec::new(),
            variables: BTreeMap::new(),
            input: Vec::new(),
            scratch: Scratch::new(),
            folder: None,
            runner: None,
            may_set: Vec::new(),
            patience: PATIENCE,
        }
    }

    /// Runs it as a step of a job does: with the runner's variables and files.
    #[must_use]
    pub fn in_actions(mut self) -> Self {
        let runner = Scratch::new();
        for (variable, name) in RUNNER_FILES {
            let path = runner.write(name, "");
            self.variables.insert((*variable).into(), path.into());
        }
        self.variables.insert("RUNNER_TEMP".into(), runner.path().into());
        let event = runner.write("event.json", PUSH);
        self.variables.insert("GITHUB_EVENT_PATH".into(), event.into());
        self.variables.insert("GITHUB_WORKSPACE".into(), self.scratch.path().into());
        self.runner = Some(runner);
        RUN.iter().fold(self, |tool, (variable, value)| tool.env(variable, value))
    }

    /// Runs it in a folder that is not its own, such as that of a [`crate::Repository`].
    #[must_use]
    pub fn at(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Lets another event than a push have started the run. Only for a tool that is
    /// [in Actions](Tool::in_actions).
    ///
    /// # Panics
    /// Where there is no runner that could hand the event over.
    #[must_use]
    #[track_caller]
    pub fn event(self, name: &str, payload: impl AsRef<[u8]>) -> Self {
        match &self.runner {
            Some(runner) => drop(runner.write("event.json", payload)),
            None => panic!("no runner for the event `{name}`"),
        }
        self.env("GITHUB_EVENT_NAME", name)
    }

    /// Runs it in the folder of an earlier run, with the files that are there.
    #[must_use]
    pub fn within(mut self, scratch: Scratch) -> Self {
        self.scratch = scratch;
        self
    }

    /// Adds a copy of a fixture below `testdata/`.
    ///
    /// # Panics
    /// When there is none of that name.
    #[must_use]
    #[track_caller]
    pub fn fixture(self, name: &str) -> Self {
        self.scratch.copy_from(&test_data(name));
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: impl AsRef<Path>, contents: impl AsRef<[u8]>) -> Self {
        self.scratch.write(name, contents);
        self
    }

    /// Sets a variable. Without this the environment is empty.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables.insert(name.as_ref().into(), value.as_ref().into());
        self
    }

    /// Adds one word to the command line.
    #[must_use]
    pub fn arg(self, word: impl AsRef<OsStr>) -> Self {
        self.args([word])
    }

    /// Adds words to the command line.
    #[must_use]
    pub fn args<W: AsRef<OsStr>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.words.extend(words.into_iter().map(|word| word.as_ref().to_owned()));
        self
    }

    /// What it reads from standard input; nothing, otherwise.
    #[must_use]
    pub fn stdin(mut self, input: impl AsRef<[u8]>) -> Self {
        input.as_ref().clone_into(&mut self.input);
        self
    }

    /// Lets it set these variables for later steps; a tool may not set any, otherwise.
    #[must_use]
    pub fn may_set(mut self, names: &[&'static str]) -> Self {
        self.may_set.extend(names);
        self
    }

    /// How long it may take before the test fails; a minute, otherwise.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The folder in which it will run.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// Runs it to its end.
    ///
    /// # Panics
    /// When it cannot be started, takes too long, dies of a signal, writes text that is not
    /// UTF-8, or leaves files that the runner would refuse.
    #[track_caller]
    pub fn run(self) -> Told {
        let ended = self.ended();
        let mut log = String::new();
        let mut said = |bytes: Vec<u8>, stream: &str| match String::from_utf8(bytes) {
            Ok(text) => {
                log.push_str(&text);
                log.push('\n');
                placeholders::placed(&text, self.scratch.path())
            }
            Err(error) => panic!("{stream} is not UTF-8: {error}"),
        };
        let stderr = said(ended.stderr, "standard error");
        let Some(exit) = ended.status.code() else {
            panic!("{} died: {}\n{stderr}", self.program.display(), ended.status)
        };
        let stdout = said(ended.stdout, "standard output");
        let left = self.runner.as_ref().map(|runner| left_for_the_runner(runner, &self.may_set));
        let (outputs, variables, summary) = left.unwrap_or_default();
        let summary = placeholders::placed(&summary, self.scratch.path());
        let (scratch, runner) = (self.scratch, self.runner);
        Told { exit, stdout, stderr, outputs, variables, summary, scratch, runner, log }
    }

    /// Runs it to its end; what it wrote to standard output, whatever bytes those are.
    ///
    /// # Panics
    /// When it cannot be started, takes too long, or does not end with exit code 0.
    #[track_caller]
    pub fn bytes(self) -> Vec<u8> {
        let ended = self.ended();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{}: {}\n{said}", self.program.display(), ended.status);
        ended.stdout
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.words).env_clear().envs(&self.variables);
        command.current_dir(self.folder.as_deref().unwrap_or(self.scratch.path()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    #[track_caller]
    fn ended(&self) -> Ended {
        let deadline = Instant::now() + self.patience;
        let mut child = match self.command().spawn() {
            Ok(child) => child,
            Err(error) => panic!("failed to start `{}`: {error}", self.program.display()),
        };
        if let Some(mut stdin) = child.stdin.take() {
            let input = self.input.clone();
            // A program may stop reading whenever it likes.
            thread::spawn(move || drop(stdin.write_all(&input)));
        }
        let (stdout, stderr) = (read_aside(child.stdout.take()), read_aside(child.stderr.take()));
        let Some(status) = wait_until(&mut child, deadline) else {
            panic!("{} did not end within {:?}", self.program.display(), self.patience)
        };
        Ended { status, stdout: whole(&stdout, deadline), stderr: whole(&stderr, deadline) }
    }
}

impl Told {
    /// The workflow commands that the runner finds on standard output and standard error.
    ///
    /// # Panics
    /// When commands are stopped and never resumed.
    #[track_caller]
    pub fn commands(&self) -> Vec<runner::Command> {
        runner::commands(&self.log)
    }
}

struct Ended {
    status: ExitStatus,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

/// The variables that name a file to which a step appends.
const RUNNER_FILES: &[(&str, &str)] = &[
    ("GITHUB_OUTPUT", "output"),
    ("GITHUB_STEP_SUMMARY", "summary"),
    ("GITHUB_ENV", "env"),
    ("GITHUB_PATH", "path"),
    ("GITHUB_STATE", "state"),
];

/// Outputs, variables and summary. Our tools change no path of later steps, and only variables that they may.
#[track_caller]
fn left_for_the_runner(
    runner: &Scratch,
    may_set: &[&str],
) -> (BTreeMap<String, String>, BTreeMap<String, String>, String) {
    for name in ["path", "state"] {
        assert_eq!(runner.read_text(name), "", "the step changes the `{name}` of later steps");
    }
    let variables = runner::variables(&runner.read_text("env"));
    for name in variables.keys() {
        assert!(may_set.contains(&name.as_str()), "the step changes `{name}` of later steps");
    }
    (runner::outputs(&runner.read_text("output")), variables, runner.read_text("summary"))
}

fn read_aside(stream: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        let _ = sender.send(bytes);
    });
    receiver
}

#[track_caller]
fn whole(stream: &Receiver<Vec<u8>>, deadline: Instant) -> Vec<u8> {
    let rest = deadline.saturating_duration_since(Instant::now());
    let read = stream.recv_timeout(rest.max(Duration::from_secs(1)));
    read.unwrap_or_else(|_| panic!("a process that outlives the program holds its output open"))
}

fn wait_until(child: &mut Child, deadline: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(2)),
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Tool {
        Tool::new("/bin/sh").args(["-c", script])
    }

    #[test]
    fn a_program_sees_only_what_the_test_gives_it() {
        let told = shell("echo \"$HOME|$A|$(pwd)\"; cat; cat b/c; echo no >&2; exit 7")
            .env("A", "a")
            .stdin("in ")
            .file("b/c", "file\n")
            .run();
        assert_eq!(told.exit, 7);
        assert_eq!(told.stdout, "|a|[SCRATCH]\nin file\n");
        assert_eq!(told.stderr, "no\n");
        assert!(told.outputs.is_empty());
    }

    #[test]
    fn a_step_hands_over_outputs_and_a_summary() {
        let script = "t=0123456789abcdef0123456789abcdef\n\
            printf 'a<<x-%s\\none\\ntwo\\nx-%s\\n' $t $t >> $GITHUB_OUTPUT\n\
            echo \"in $(pwd)\" >> $GITHUB_STEP_SUMMARY\n\
            echo ::notice::$GITHUB_ACTIONS";
        let told = shell(script).in_actions().run();
        assert_eq!(told.outputs["a"], "one\ntwo");
        assert_eq!(told.summary, "in [SCRATCH]\n");
        assert_eq!(told.commands()[0].data, "true");
    }

    #[test]
    fn a_program_may_run_elsewhere_and_hear_of_another_event() {
        let place = Scratch::new();
        let script =
            "pwd; cat $GITHUB_EVENT_PATH; echo $GITHUB_EVENT_NAME; echo x > $RUNNER_TEMP/left";
        let told = shell(script).in_actions().at(place.path()).event("schedule", "{}\n").run();
        assert_eq!(told.stdout, format!("{}\n{{}}\nschedule\n", place.path().display()));
        assert_eq!(told.runner.unwrap().read_text("left"), "x\n");
        assert_eq!(shell("printf '\\377'").bytes(), b"\xff");
    }

    #[test]
    fn a_second_program_finds_the_files_of_the_first() {
        let first = shell("echo kept > a").run();
        let second = shell("cat a").within(first.scratch).run();
        assert_eq!(second.stdout, "kept\n");
    }

    #[track_caller]
    fn check_fails(tool: Tool) {
        let failed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| tool.run()));
        assert!(failed.is_err());
    }

    #[test]
    fn a_hang_a_crash_and_a_changed_environment_fail_the_test() {
        check_fails(shell("exec sleep 30").patience(Duration::from_millis(100)));
        check_fails(shell("kill -SEGV $$"));
        check_fails(shell("echo A=b >> $GITHUB_ENV").in_actions());
        let set = "t=0123456789abcdef0123456789abcdef; printf 'A<<x-%s\\nb\\nx-%s\\n' $t $t >> $GITHUB_ENV";
        check_fails(shell(set).in_actions());
        assert_eq!(shell(set).in_actions().may_set(&["A"]).run().variables["A"], "b");
    }

    #[test]
    fn a_program_that_does_not_read_its_input_is_no_trouble() {
        assert_eq!(shell("exit 0").stdin(vec![b'x'; 1 << 20]).run().exit, 0);
    }
}
