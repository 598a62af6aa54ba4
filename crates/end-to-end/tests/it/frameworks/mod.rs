//! Test frameworks for real: each lists the tests of a small project with odd names, its tests are
//! dealt to three shards, and the shards' filters are run. Every test leaves a mark when it runs, so
//! that each can be seen to have run exactly once.

mod go_and_python;
mod javascript;
mod node_test;
mod rust;
mod scripts;
mod solidity;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::{env, fs};

use bstr::BString;
use ecosystems::{Answers, Discovered, Framework, Part, Unit};
use end_to_end::workspace_root;
use testkit::Scratch;

const SHARDS: usize = 3;

/// A project of one framework in a folder of its own.
pub(crate) struct Project {
    framework: Framework,
    folder: Scratch,
    variables: Vec<(&'static str, OsString)>,
    /// How marks are read from what the tool prints; without it, tests write them into `$RAN`.
    printed: Option<fn(&str) -> Vec<String>>,
}

/// What one run of a filter did.
struct Ran {
    output: Output,
    marks: Vec<String>,
}

impl Project {
    pub(crate) fn new(framework: Framework) -> Self {
        Self { framework, folder: Scratch::new(), variables: Vec::new(), printed: None }
    }

    pub(crate) fn file(self, name: &str, contents: impl AsRef<[u8]>) -> Self {
        self.folder.write(name, contents);
        self
    }

    pub(crate) fn variable(mut self, name: &'static str, value: impl Into<OsString>) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    pub(crate) fn printed(self, printed: fn(&str) -> Vec<String>) -> Self {
        Self { printed: Some(printed), ..self }
    }

    /// A command in the project's folder, with the pinned tools in front of the path.
    fn command(&self, program: &str) -> Command {
        let own = [npm().join("node_modules/.bin"), venv().join("bin")];
        let users = env::var_os("PATH").unwrap_or_default();
        let path = env::join_paths(own.into_iter().chain(env::split_paths(&users))).unwrap();
        let mut command = Command::new("env");
        command.current_dir(self.folder.path()).env("PATH", path);
        // Nothing is ever fetched: what is missing fails.
        command.env("npm_config_offline", "true").env("CARGO_NET_OFFLINE", "true");
        command.env("RAN", self.folder.at("ran")).env_remove("CARGO_TARGET_DIR");
        // Not those of the cargo and the nextest that run this test.
        for (name, _) in env::vars_os() {
            let shown = name.to_string_lossy();
            if shown.starts_with("NEXTEST") || shown.starts_with("CARGO_PKG_") {
                command.env_remove(name);
            }
        }
        command.envs(self.variables.iter().cloned()).arg(program);
        command
    }

    /// The tests, as the framework's probes find them.
    fn discover(&self) -> Vec<BString> {
        let mut outputs = Vec::new();
        let mut probes = self.framework.discovery();
        loop {
            for probe in probes {
                let output = self.command(probe.program).args(&probe.arguments).output().unwrap();
                let code = output.status.code().unwrap();
                assert!(probe.accepts.contains(&code), "{probe:?}: {}", said(&output));
                outputs.push(output.stdout);
            }
            let folder = self.folder.path().to_str().unwrap().as_bytes();
            let answers = Answers { outputs: &outputs, folder };
            match self.framework.discovered(&answers) {
                Ok(Discovered::More(more)) => probes = more,
                Ok(Discovered::Tests(tests)) => return tests,
                Err(error) => panic!("{error}: {:?}", outputs.last()),
            }
        }
    }

    /// Runs the filter of a shard by the very command that it names.
    fn run(&self, part: &Part<'_>, failing: &str) -> Ran {
        let filter = self.framework.filter(part).unwrap();
        // Beside the project, under a name that needs quotes.
        let folder = Scratch::new();
        let path = folder.write(format!("a filter/{}", filter.name), &filter.bytes);
        let _ = fs::remove_file(self.folder.at("ran"));
        let usage = filter.usage.split(" [").next().unwrap();
        let mut command = self.command("bash");
        command.args(["-c", usage]).env("FILTER", path).env("FAILING", failing);
        let output = command.output().unwrap();
        let marks = if let Some(printed) = self.printed {
            printed(&String::from_utf8_lossy(&output.stdout))
        } else {
            let marks = fs::read_to_string(self.folder.at("ran")).unwrap_or_default();
            marks.lines().map(str::to_owned).collect()
        };
        Ran { output, marks }
    }

    /// Every test runs exactly once, whatever is shared out.
    #[track_caller]
    pub(crate) fn check(&self, items: &[&str], marks: &[&str]) {
        let tests = self.discover();
        let items: BTreeSet<BString> = items.iter().map(|item| (*item).into()).collect();
        assert_eq!(tests.iter().cloned().collect::<BTreeSet<_>>(), items);
        let mut marks: Vec<String> = marks.iter().map(|mark| (*mark).to_owned()).collect();
        marks.sort();
        for unit in BTreeSet::from([self.framework.default_unit(), self.framework.finest_unit()]) {
            self.check_shards(&self.in_units(&tests, unit), &marks);
        }
        self.check_none(&tests);
        self.check_failure(&tests, &marks);
    }

    /// The items that these tests make when `unit` is what is shared out.
    fn in_units(&self, tests: &[BString], unit: Unit) -> Vec<BString> {
        let item = |test: &BString| {
            let owners = self.framework.owners(test);
            let owner = owners.iter().find(|owner| owner.unit == unit);
            owner.map_or_else(|| test.clone(), |owner| owner.name.into())
        };
        let items: BTreeSet<BString> = tests.iter().map(item).collect();
        items.into_iter().collect()
    }

    #[track_caller]
    fn check_shards(&self, items: &[BString], marks: &[String]) {
        let mut ran = Vec::new();
        for shard in 0..SHARDS {
            let dealt = |(at, _): &(usize, &BString)| at % SHARDS == shard;
            let numbered = || items.iter().enumerate();
            let own: Vec<&[u8]> = numbered().filter(dealt).map(|(_, it)| it.as_slice()).collect();
            let others = numbered().filter(|item| !dealt(item));
            let others: Vec<&[u8]> = others.map(|(_, item)| item.as_slice()).collect();
            let told = self.run(&Part { own: &own, others: &others }, "");
            assert!(told.output.status.success(), "{:?}: {}", own, said(&told.output));
            assert!(!told.marks.is_empty(), "{own:?}: {}", said(&told.output));
            ran.extend(told.marks);
        }
        ran.sort();
        assert_eq!(ran, marks);
    }

    /// A shard without items runs nothing and succeeds.
    #[track_caller]
    fn check_none(&self, tests: &[BString]) {
        let others: Vec<&[u8]> = tests.iter().map(|test| test.as_slice()).collect();
        let told = self.run(&Part { own: &[], others: &others }, "");
        assert!(told.output.status.success(), "{}", said(&told.output));
        assert_eq!(told.marks, [""; 0], "{}", said(&told.output));
    }

    /// A test that fails is a command that fails; and a script runs the rest all the same.
    #[track_caller]
    fn check_failure(&self, tests: &[BString], marks: &[String]) {
        if self.printed.is_some() {
            return;
        }
        let own: Vec<&[u8]> = tests.iter().map(|test| test.as_slice()).collect();
        let part = Part { own: &own, others: &[] };
        let told = self.run(&part, marks.first().unwrap());
        assert!(!told.output.status.success(), "{}", said(&told.output));
        if self.framework.filter(&part).unwrap().usage.starts_with("bash ") {
            assert_eq!(told.marks.iter().collect::<BTreeSet<_>>(), marks.iter().collect());
        }
    }
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}\n{}\n{}", output.status, text(&output.stdout), text(&output.stderr))
}

/// Where the pinned tools from npm are: `SIGNALBOX_NPM`, else where `scripts/tools --frameworks` puts them.
pub(crate) fn npm() -> PathBuf {
    let named = env::var_os("SIGNALBOX_NPM").filter(|value| !value.is_empty());
    let folder = named.map_or_else(|| workspace_root().join("target/npm"), PathBuf::from);
    let is_there = folder.join("node_modules").is_dir();
    assert!(is_there, "no node_modules in {}: run scripts/tools --frameworks", folder.display());
    folder
}

/// Where the pinned tools of `.config/requirements.txt` are: beside act.
fn venv() -> PathBuf {
    let act = env::var_os("SIGNALBOX_ACT").filter(|value| !value.is_empty()).map(PathBuf::from);
    let bin = act.and_then(|act| act.parent().and_then(|bin| bin.parent()).map(PathBuf::from));
    bin.unwrap_or_else(|| workspace_root().join("target/venv"))
}
