//! A test suite that can be shared out, and the proof that every test ran exactly once.
//!
//! `discover` asks cargo for this workspace's test programs and each program for its tests. `run`
//! runs some of them, each in its own process, and `junit` writes what happened. `proof` compares
//! what was found before with what the legs say they ran. It is made of the same plain parts that
//! any project has: git, a Rust toolchain, nothing to install.
//!
//! Items are named as cargo-nextest does, `BINARY-ID TEST`, so a report of nextest serves as
//! timings as well. Doc tests are no items: no program on the disk holds them.

mod discover;
mod junit;
mod proof;
mod run;

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::discover::{items_of_timings, of_workspace};
pub use self::junit::write_junit;
pub use self::proof::{Proof, prove};
pub use self::run::{Surroundings, run};
use crate::{Doing as _, Trouble};

/// What there is to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suite {
    /// Test programs that are here and can be started.
    Programs(Vec<Program>),
    /// Names from somebody else's report: a leg can only show that it received them.
    Names(Vec<String>),
}

/// A test program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its name, as nextest calls it: `package`, `package::tests` or `package::bin/name`.
    pub id: String,
    /// The file to start.
    pub executable: PathBuf,
    /// The folder of its package, where cargo starts it.
    pub folder: PathBuf,
    /// Its package.
    pub package: String,
    /// Its tests, without those marked `#[ignore]`.
    pub tests: Vec<String>,
}

/// What one leg of the matrix says that it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The index of the leg in the matrix.
    pub leg: u64,
    /// What it ran, in order.
    pub ran: Vec<Execution>,
}

/// One item that was run once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// Its name.
    pub item: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in microseconds.
    pub micros: u64,
}

/// How an item ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It ran and passed.
    Passed,
    /// It ran and failed; what it wrote.
    Failed(String),
    /// It could not be run, and does not count as run; why.
    NotRun(String),
    /// A name without a program reached the leg.
    Received,
}

impl Suite {
    /// The names of all items, in order of discovery.
    pub fn items(&self) -> Vec<String> {
        match self {
            Self::Programs(programs) => programs.iter().flat_map(Program::items).collect(),
            Self::Names(names) => names.clone(),
        }
    }
}

impl Program {
    fn items(&self) -> impl Iterator<Item = String> {
        self.tests.iter().map(|test| item(&self.id, test))
    }
}

/// nextest's way to write a test.
fn item(program: &str, test: &str) -> String {
    format!("{program} {test}")
}

/// The indices in the matrix that `actions/shard` hands out.
///
/// # Errors
/// When it is no such matrix.
pub fn legs(matrix: &str) -> Result<Vec<u64>, Trouble> {
    let wrong = || Trouble::new(format!("this is no matrix of shards: `{matrix}`"));
    let value: Value = serde_json::from_str(matrix).map_err(|_| wrong())?;
    let legs = value.get("include").and_then(Value::as_array).ok_or_else(wrong)?;
    let index = |leg: &Value| leg.get("index").and_then(Value::as_u64);
    legs.iter().map(|leg| index(leg).ok_or_else(wrong)).collect()
}

/// Reads the reports of all legs: `ran.json` in each folder below `folder`.
///
/// # Errors
/// When the disk refuses, or a file is no report.
pub fn read_reports(folder: &Path) -> Result<Vec<Report>, Trouble> {
    let shown = || format!("look for reports in `{}`", folder.display());
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder).doing(shown)? {
        paths.push(entry.doing(shown)?.path().join("ran.json"));
    }
    paths.sort();
    paths.iter().filter(|path| path.is_file()).map(|path| read_json(path)).collect()
}

/// Reads a file of ours: a suite, a report, a list of items.
///
/// # Errors
/// When it is missing or something else.
pub fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Result<T, Trouble> {
    let bytes = fs::read(path).doing(|| format!("read `{}`", path.display()))?;
    serde_json::from_slice(&bytes).doing(|| format!("understand `{}`", path.display()))
}

/// Writes such a file.
///
/// # Errors
/// When the disk refuses.
pub fn write_json(path: &Path, value: &impl Serialize) -> Result<(), Trouble> {
    let shown = || format!("write `{}`", path.display());
    let text = serde_json::to_vec_pretty(value).doing(shown)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).doing(shown)?;
    }
    fs::write(path, text).doing(shown)
}
