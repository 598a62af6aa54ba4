//! A release tree, a cache, a home and servers for one case, and what is asserted of every case.
//!
//! A case runs what the line in `action.yml` runs: the script, and the binary that it names. Whatever
//! happens, there is one annotation that says so, or none when all is well; nothing else is said;
//! the servers are asked as often as the case expects; nothing that was not verified is run, or left
//! behind; and a home folder stays as it was.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use end_to_end::workspace_root;
use sha2::{Digest as _, Sha256};
use testkit::{Answer, Request, Scratch, Server, Told, Tool};

/// The tool that cases install.
pub(super) const TOOL: &str = "shard-splitter";
/// Its asset for the machine that cases claim to be.
pub(super) const ASSET: &str = "shard-splitter-x86_64-unknown-linux-musl";
/// An address at which nothing listens.
pub(super) const NOBODY: &str = "http://127.0.0.1:1";

/// How many cases run at once: most of a case is waiting for processes.
const AT_ONCE: usize = 4;

/// Which of the two scripts a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// `install.sh`.
    Bash,
    /// `install.ps1`, by the pwsh that `SIGNALBOX_PWSH` names.
    PowerShell,
}

/// A part of the list.
pub(super) struct Cases {
    script: Script,
    list: VecDeque<(String, Run)>,
}

type Run = Box<dyn FnOnce(&mut World) + Send>;

impl Cases {
    pub(super) fn new(script: Script) -> Self {
        Self { script, list: VecDeque::new() }
    }

    /// Whether what only bash, the programs beside it, or modes of files can do has a place in the list.
    pub(super) fn of_bash(&self) -> bool {
        self.script == Script::Bash
    }

    pub(super) fn add(
        &mut self,
        name: impl Into<String>,
        run: impl FnOnce(&mut World) + Send + 'static,
    ) {
        self.list.push_back((name.into(), Box::new(run)));
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    #[track_caller]
    pub(super) fn check(self) {
        let script = self.script;
        let cases = Mutex::new(self.list);
        let failures = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    loop {
                        let next = cases.lock().unwrap().pop_front();
                        let Some((name, run)) = next else { return };
                        let ran = catch_unwind(AssertUnwindSafe(|| run(&mut World::of(script))));
                        if ran.is_err() {
                            failures.lock().unwrap().push(name);
                        }
                    }
                });
            }
        });
        let failures = failures.into_inner().unwrap();
        assert!(failures.is_empty(), "each is told above:\n{}", failures.join("\n"));
    }
}

/// Everything around one case.
pub(super) struct World {
    script: Script,
    pub(super) scratch: Scratch,
    servers: Vec<Server>,
    variables: BTreeMap<String, String>,
    asked: usize,
    pub(super) tool: String,
    /// What the installed file is called.
    pub(super) file: String,
    /// Where it is expected: `cache`, or `temp`.
    pub(super) place: &'static str,
}

/// What lies at each path: its kind, mode and contents.
type Snapshot = BTreeMap<String, String>;

/// The binary that was released: long enough to be cut.
pub(super) fn good() -> Vec<u8> {
    format!("#!/bin/sh\necho good\n{}", "# more of it\n".repeat(600)).into_bytes()
}

/// What somebody else would like to be run.
pub(super) fn evil() -> Vec<u8> {
    b"#!/bin/sh\n: >\"$OWN_EVIL\"\necho evil\n".to_vec()
}

/// An answer with the released binary.
pub(super) fn ok() -> Answer {
    Answer::new(200, good())
}

/// The hash as `checksums.txt` has it.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where a program is.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap();
    std::env::split_paths(&path).map(|it| it.join(name)).find(|it| it.is_file())
}

/// Writes a file that can be run, by a process of its own: what this one has open to be written is
/// open for a moment in every process that another test starts, and cannot be run then.
pub(super) fn write_program(scratch: &Scratch, name: impl AsRef<Path>, contents: &[u8]) -> PathBuf {
    let path = scratch.write(&name, "");
    let plain = scratch.write("contents", contents);
    std::fs::remove_file(&path).unwrap();
    assert!(Command::new("cp").args([&plain, &path]).status().unwrap().success());
    std::fs::remove_file(plain).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

impl World {
    pub(super) fn new() -> Self {
        Self::of(Script::Bash)
    }

    fn of(script: Script) -> Self {
        let scratch = Scratch::new();
        for name in ["install.sh", "install.ps1", "download.ps1"] {
            let part = std::fs::read(workspace_root().join("actions/lib").join(name)).unwrap();
            scratch.write(format!("tree/lib/{name}"), part);
        }
        scratch.write("tree/lib/release.env", "version=1.2.3\nrepository=org/actions\nsource=0\n");
        scratch.write("tree/Cargo.toml", "");
        scratch.write("tree/crates/shard-splitter/Cargo.toml", "");
        for folder in ["home", "cache", "temp"] {
            std::fs::create_dir(scratch.at(folder)).unwrap();
        }
        let mut world = Self {
            script,
            scratch,
            servers: Vec::new(),
            variables: BTreeMap::new(),
            asked: 0,
            tool: TOOL.to_owned(),
            file: TOOL.to_owned(),
            place: "cache",
        };
        world.manifest(&format!("{}  {ASSET}\n", sha256(&good())));
        // Nobody waits in a test.
        world.constant("PAUSES='1 3 9'", "PAUSES='0 0 0'");
        let path = std::env::var("PATH").unwrap();
        let evil = world.path("evil");
        let (home, cache, temp) = (world.path("home"), world.path("cache"), world.path("temp"));
        for (name, value) in [
            ("PATH", path.as_str()),
            ("OWN_EVIL", &evil),
            ("HOME", &home),
            ("RUNNER_TOOL_CACHE", &cache),
            ("RUNNER_TEMP", &temp),
            ("RUNNER_OS", "Linux"),
            ("RUNNER_ARCH", "X64"),
            ("SIGNALBOX_BASE_URL", NOBODY),
        ] {
            world.set(name, value);
        }
        if script == Script::PowerShell {
            // What pwsh keeps for itself is no business of a home folder that is looked at.
            let own = world.path("own");
            for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
                world.set(name, &own);
            }
            world.set("POWERSHELL_TELEMETRY_OPTOUT", "1");
            world.set("POWERSHELL_UPDATECHECK", "Off");
        }
        world
    }

    /// The word of one of the scripts for what the other calls otherwise.
    pub(super) fn word(&self, bash: &'static str, powershell: &'static str) -> &'static str {
        if self.script == Script::Bash { bash } else { powershell }
    }

    /// The path of `name`, as text.
    pub(super) fn path(&self, name: impl AsRef<Path>) -> String {
        self.scratch.at(name).into_os_string().into_string().unwrap()
    }

    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.variables.remove(name);
    }

    /// What `checksums.txt` says.
    pub(super) fn manifest(&self, text: &str) {
        self.scratch.write("tree/lib/checksums.txt", text);
    }

    /// Another value for a constant of the script: a test waits less long, or has fewer programs.
    pub(super) fn constant(&self, from: &str, to: &str) {
        let path = self.word("tree/lib/install.sh", "tree/lib/install.ps1");
        let script = self.scratch.read_text(path);
        let line = |text: &str| match self.script {
            Script::Bash => format!("readonly {text}"),
            Script::PowerShell => format!("${}", text.replacen('=', " = ", 1)),
        };
        assert!(script.contains(&line(from)), "{from}");
        self.scratch.write(path, script.replacen(&line(from), &line(to), 1));
    }

    /// Leaves the script these programs and those that every system has.
    pub(super) fn only(&self, programs: &[&str]) {
        let plain =
            ["chmod", "cp", "find", "ls", "mkdir", "mktemp", "mv", "rm", "sleep", "tr", "uname"];
        std::fs::create_dir_all(self.scratch.at("few")).unwrap();
        for name in plain.iter().chain(&["wc"]).chain(programs) {
            let real = on_path(name).unwrap_or_else(|| panic!("the test needs {name} on PATH"));
            std::os::unix::fs::symlink(real, self.scratch.at("few").join(name)).unwrap();
        }
        let script = self.scratch.read_text("tree/lib/install.sh");
        let line = script.lines().find(|line| line.starts_with("readonly HELPERS=")).unwrap();
        let line = line.trim_start_matches("readonly ").to_owned();
        self.constant(&line, &format!("HELPERS={}", self.path("few")));
    }

    /// Starts the server that the base-url names.
    pub(super) fn serve(&mut self, answers: impl IntoIterator<Item = Answer>) {
        let server = Server::new(answers);
        self.set("SIGNALBOX_BASE_URL", &server.url());
        self.servers.insert(0, server);
    }

    /// Starts another server, which says the same in the same order, and answers with its address.
    pub(super) fn serve_elsewhere(&mut self, answers: impl IntoIterator<Item = Answer>) -> String {
        self.servers.push(Server::new(answers));
        self.servers.last().unwrap().url()
    }

    /// Everything that was asked of any server.
    pub(super) fn requests(&self) -> Vec<Request> {
        self.servers.iter().flat_map(Server::requests).collect()
    }

    /// Writes a file that can be run.
    pub(super) fn program(&self, name: impl AsRef<Path>, contents: &[u8]) -> PathBuf {
        write_program(&self.scratch, name, contents)
    }

    /// Where the installed file is, from the scratch folder.
    pub(super) fn installed(&self) -> String {
        format!("{}/signalbox/{}/{}", self.place, sha256(&good()), self.file)
    }

    /// The step, ready to be started: the line of `action.yml`, or what it comes to with pwsh.
    pub(super) fn step(&self) -> Tool {
        if self.script == Script::PowerShell {
            let line =
                "tool=\"$(\"$3\" -NoProfile -NonInteractive -File \"$1\" \"$2\")\" && \"$tool\"";
            let pwsh = std::env::var_os("SIGNALBOX_PWSH").expect("SIGNALBOX_PWSH names a pwsh");
            let step = self.other_step(line).arg(self.scratch.at("tree/lib/install.ps1"));
            return step.arg(&self.tool).arg(pwsh);
        }
        let line = "tool=\"$(/usr/bin/env bash -p \"$1\" \"$2\")\" && \"$tool\"";
        self.other_step(line).arg(self.scratch.at("tree/lib/install.sh")).arg(&self.tool)
    }

    /// The same surroundings for another line of `sh`.
    pub(super) fn other_step(&self, line: &str) -> Tool {
        let mut step = Tool::new("/bin/sh").at(self.scratch.path()).patience(PATIENCE);
        for (name, value) in &self.variables {
            step = step.env(name, value);
        }
        step.args(["-c", line, "step"])
    }

    /// What is asked from now on is counted.
    pub(super) fn forget_requests(&mut self) {
        self.asked = self.requests().len();
    }

    pub(super) fn base_url(&self) -> String {
        self.variables["SIGNALBOX_BASE_URL"].clone()
    }

    pub(super) fn all_variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    fn snapshot(&self) -> Snapshot {
        let kept = |name: &String| {
            ["cache/", "temp/", "home/", "elsewhere/"].iter().any(|folder| name.starts_with(folder))
        };
        let seen = |name: String| {
            let path = self.scratch.at(&name);
            let what = if let Ok(target) = std::fs::read_link(&path) {
                format!("to {}", target.display())
            } else {
                let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
                format!("{mode:o} {}", sha256(&std::fs::read(&path).unwrap()))
            };
            (name, what)
        };
        self.scratch.files().into_iter().filter(kept).map(seen).collect()
    }

    /// Runs the step once; what it left, and what must be so in any case.
    #[track_caller]
    fn ran(&mut self, requests: usize) -> (Told, Snapshot, Snapshot) {
        let before = self.snapshot();
        let told = self.step().run();
        let after = self.snapshot();
        assert!(!self.scratch.has("evil"), "something was run: {}", told.stderr);
        for trace in ["injected", "tree/injected", "home/injected"] {
            assert!(!self.scratch.has(trace), "something was run: {}", told.stderr);
        }
        let asked = self.requests();
        let news = asked.len() - self.asked;
        assert_eq!(news, requests, "requests: {asked:#?}\n{}", told.stderr);
        self.asked = asked.len();
        for line in told.stderr.lines() {
            assert!(line.starts_with("::"), "not an annotation: {}", told.stderr);
            let odd = |c: char| c.is_control() || "\u{61c}\u{200e}\u{202e}\u{2066}".contains(c);
            assert!(!line.contains(odd), "{line:?}");
        }
        (told, before, after)
    }

    #[track_caller]
    fn check_good(&mut self, requests: usize, level: Option<&str>, words: &[&str]) {
        let (told, mut wanted, after) = self.ran(requests);
        assert_eq!((told.exit, told.stdout.as_str()), (0, "good\n"), "{}", told.stderr);
        let commands = told.commands();
        let levels: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
        assert_eq!(levels, level.into_iter().collect::<Vec<_>>(), "{}", told.stderr);
        for word in words {
            assert!(commands[0].data.contains(word), "{word}: {}", commands[0].data);
        }
        wanted.insert(self.installed(), format!("755 {}", sha256(&good())));
        assert_eq!(after, wanted);
    }

    /// The binary is run and nothing is said.
    #[track_caller]
    pub(super) fn good(&mut self, requests: usize) {
        self.check_good(requests, None, &[]);
    }

    /// The binary is run, and one warning tells what was odd.
    #[track_caller]
    pub(super) fn good_but(&mut self, requests: usize, words: &[&str]) {
        self.check_good(requests, Some("warning"), words);
    }

    /// Nothing is run, one error says why, and everything is as it was.
    #[track_caller]
    pub(super) fn refused(&mut self, exit: i32, requests: usize, words: &[&str]) {
        let (told, before, after) = self.ran(requests);
        assert_eq!((told.exit, told.stdout.as_str()), (exit, ""), "{}", told.stderr);
        let commands = told.commands();
        assert_eq!(commands.len(), 1, "{}", told.stderr);
        assert_eq!(commands[0].name, "error");
        assert_eq!(commands[0].properties["title"], "signalbox");
        for word in words {
            assert!(commands[0].data.contains(word), "{word}: {}", commands[0].data);
        }
        assert_eq!(after, before);
    }
}

/// The script gives up long before.
const PATIENCE: Duration = Duration::from_secs(30);
