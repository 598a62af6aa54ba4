//! What people use today, driven for real: pytest-split, jest, vitest and nextest.
//!
//! They are installed below `target/bench-peers` when the bench runs, pinned by the files in
//! `.config/bench-peers`; none of their code is kept here. The scripts there hand names and times to
//! each tool's own classes. nextest is the one that is installed on this machine. It shares out a test
//! binary that lists the suite's names and has no harness of Rust's, as
//! nexte.st/docs/design/custom-test-harnesses allows, so that names need not be Rust's.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use super::suites::{Items, Suite};

/// The peers, installed or not.
pub(crate) struct Peers {
    python: Installed,
    node: Installed,
    nextest: Installed,
}

/// Where a peer is, or why it is not.
enum Installed {
    At(PathBuf),
    Missing(String),
}

/// What one way of sharing out makes of a suite.
pub(crate) struct Column {
    pub(crate) head: &'static str,
    pub(crate) cells: Cells,
}

/// The slowest shard for each number of shards, or why there is none.
#[derive(Debug)]
pub(crate) enum Cells {
    /// In microseconds.
    Slowest(Vec<u64>),
    /// The tool shares out files, and these are tests.
    OnlyFiles,
    /// The tool is not here or failed.
    Missing(String),
}

/// The shards of a plan, each with the places of its items in the list.
type Shares = Vec<Vec<usize>>;

/// The columns of each peer, by the name that its script or option has for it.
const OF_PYTHON: [(&str, &str); 2] =
    [("duration_based_chunks", "pytest-split"), ("least_duration", "least_duration")];
const OF_NODE: [(&str, &str); 2] = [("jest", "jest"), ("vitest", "vitest")];
const OF_NEXTEST: [(&str, &str); 2] = [("hash", "nextest hash"), ("slice", "nextest slice")];

impl Peers {
    /// Installs what is not installed yet.
    pub(crate) fn installed(root: &Path, target: &Path) -> Self {
        let pins = root.join(".config/bench-peers");
        let folder = target.join("bench-peers");
        let or_why = |found: anyhow::Result<PathBuf>| match found {
            Ok(path) => Installed::At(path),
            Err(why) => Installed::Missing(format!("{why:#}")),
        };
        Self {
            python: or_why(python(&pins, &folder)),
            node: or_why(node(&pins, &folder)),
            nextest: or_why(nextest(&folder)),
        }
    }

    /// The slowest shard of each peer, for each number of shards.
    pub(crate) fn columns(&self, suite: &Suite, counts: &[u64]) -> Vec<Column> {
        let mut columns = Vec::new();
        columns.extend(self.python.columns(&OF_PYTHON, |folder| {
            let mut python = Command::new(folder.join("venv/bin/python"));
            scripted(python.arg(folder.join("split.py")), suite, counts)
        }));
        columns.extend(match suite.items {
            Items::Tests => OF_NODE.map(|(_, head)| Column { head, cells: Cells::OnlyFiles }),
            Items::Files => self.node.columns(&OF_NODE, |folder| {
                let mut node = Command::new("node");
                scripted(node.arg(folder.join("split.mjs")), suite, counts)
            }),
        });
        columns.extend(self.nextest.columns(&OF_NEXTEST, |folder| listed(folder, suite, counts)));
        columns
    }
}

impl Installed {
    fn columns(
        &self,
        wanted: &[(&'static str, &'static str); 2],
        ask: impl FnOnce(&Path) -> anyhow::Result<BTreeMap<String, Vec<u64>>>,
    ) -> [Column; 2] {
        let answer = match self {
            Self::At(folder) => ask(folder).map_err(|error| format!("{error:#}")),
            Self::Missing(why) => Err(why.clone()),
        };
        wanted.map(|(name, head)| {
            let cells = match &answer {
                Ok(found) => match found.get(name) {
                    Some(slowest) => Cells::Slowest(slowest.clone()),
                    None => Cells::Missing(format!("no answer named {name}")),
                },
                Err(why) => Cells::Missing(why.clone()),
            };
            Column { head, cells }
        })
    }
}

fn python(pins: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let folder = folder.join("python");
    environment(&folder, &pins.join("requirements.txt"))?;
    fs::copy(pins.join("split.py"), folder.join("split.py"))?;
    Ok(folder)
}

/// A virtual environment of Python in `folder/venv` with what the list names, each file by its hash.
pub(crate) fn environment(folder: &Path, list: &Path) -> anyhow::Result<()> {
    once(folder, list, || {
        quietly(Command::new("python3").args(["-m", "venv", "venv"]).current_dir(folder))?;
        let mut pip = Command::new(folder.join("venv/bin/python"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        pip.args(["--require-hashes", "--only-binary", ":all:", "-r"]).arg(list);
        quietly(&mut pip)
    })
}

fn node(pins: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let folder = folder.join("node");
    let lock = pins.join("package-lock.json");
    once(&folder, &lock, || {
        fs::copy(pins.join("package.json"), folder.join("package.json"))?;
        fs::copy(&lock, folder.join("package-lock.json"))?;
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
        quietly(npm.current_dir(&folder))
    })?;
    fs::copy(pins.join("split.mjs"), folder.join("split.mjs"))?;
    Ok(folder)
}

/// Runs `install` in a new `folder`, unless it ran there before with the same list.
fn once(
    folder: &Path,
    list: &Path,
    install: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let stamp = folder.join("installed");
    let wanted = fs::read(list).with_context(|| list.display().to_string())?;
    if fs::read(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    println!("installing {} into {} ...", list.display(), folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    install()?;
    Ok(fs::write(stamp, wanted)?)
}

const MANIFEST: &str = r#"[package]
name = "suite"
version = "0.0.0"
edition = "2024"

[workspace]

[[test]]
name = "suite"
path = "suite.rs"
harness = false
"#;

const HARNESS: &str = r#"//! Lists the names in a file as tests, none of them ignored.

fn main() {
    if std::env::args().any(|argument| argument == "--ignored") {
        return;
    }
    let names = std::fs::read_to_string(std::env::var("SUITE_NAMES").unwrap()).unwrap();
    print!("{}", names.lines().map(|name| format!("{name}: test\n")).collect::<String>());
}
"#;

/// Builds the test binary; nextest itself has to be installed already.
fn nextest(folder: &Path) -> anyhow::Result<PathBuf> {
    let folder = folder.join("nextest");
    fs::create_dir_all(folder.join("src"))?;
    let version = answer(cargo(&folder).args(["nextest", "--version"]), &[])?;
    let version = String::from_utf8_lossy(&version);
    println!("{}, as it is installed here", version.lines().next().unwrap_or_default());
    fs::write(folder.join("Cargo.toml"), MANIFEST)?;
    fs::write(folder.join("suite.rs"), HARNESS)?;
    fs::write(folder.join("src/lib.rs"), "//! Nothing: the tests are only names.\n")?;
    let mut list = cargo(&folder);
    list.args(["nextest", "list", "--offline", "--test", "suite"]);
    list.args(["--list-type", "binaries-only", "--message-format", "json"]);
    fs::write(folder.join("binaries.json"), answer(&mut list, &[])?)?;
    let mut metadata = cargo(&folder);
    metadata.args(["metadata", "--offline", "--format-version", "1"]);
    fs::write(folder.join("metadata.json"), answer(&mut metadata, &[])?)?;
    Ok(folder)
}

fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    cargo.env("SUITE_NAMES", folder.join("names.txt"));
    cargo
}

/// What the scripts are asked.
#[derive(Serialize)]
struct Asked<'a> {
    names: Vec<&'a String>,
    micros: Vec<u64>,
    shards: &'a [u64],
}

fn scripted(
    script: &mut Command,
    suite: &Suite,
    counts: &[u64],
) -> anyhow::Result<BTreeMap<String, Vec<u64>>> {
    let names = suite.times.keys().collect();
    let asked = Asked { names, micros: suite.weights(), shards: counts };
    let told = answer(script, &serde_json::to_vec(&asked)?)?;
    let told: BTreeMap<String, Vec<Shares>> = serde_json::from_slice(&told)?;
    let weights = suite.weights();
    let slowest = |shares: &Vec<Shares>| {
        ensure!(shares.len() == counts.len(), "{} answers", shares.len());
        shares.iter().map(|shares| slowest(&weights, shares)).collect()
    };
    told.iter().map(|(name, shares)| Ok((name.clone(), slowest(shares)?))).collect()
}

/// The load of the slowest shard, after proving that each item is on one.
fn slowest(weights: &[u64], shares: &Shares) -> anyhow::Result<u64> {
    let mut left: Vec<Option<u64>> = weights.iter().copied().map(Some).collect();
    let mut slowest = 0;
    for share in shares {
        let mut load = 0;
        for place in share {
            let weight = left.get_mut(*place).and_then(Option::take);
            load += weight.with_context(|| format!("item {place} is there twice, or never was"))?;
        }
        slowest = slowest.max(load);
    }
    ensure!(left.iter().all(Option::is_none), "an item is on no shard");
    Ok(slowest)
}

/// What is looked at in nextest's list (nexte.st/docs/machine-readable/list).
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Listed {
    rust_suites: BTreeMap<String, Binary>,
}

#[derive(Deserialize)]
struct Binary {
    testcases: BTreeMap<String, Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Test {
    filter_match: Match,
}

#[derive(Deserialize)]
struct Match {
    status: String,
}

fn listed(
    folder: &Path,
    suite: &Suite,
    counts: &[u64],
) -> anyhow::Result<BTreeMap<String, Vec<u64>>> {
    let mut names = String::new();
    let mut place_of = BTreeMap::new();
    for (place, name) in suite.times.keys().enumerate() {
        // A list has a name a line.
        let name = name.replace(char::is_control, "_");
        writeln!(names, "{name}")?;
        ensure!(place_of.insert(name, place).is_none(), "two names are one in a list of lines");
    }
    fs::write(folder.join("names.txt"), names)?;
    let weights = suite.weights();
    let mut found = BTreeMap::new();
    for (partition, _) in OF_NEXTEST {
        let mut all = Vec::new();
        for count in counts {
            let shares: anyhow::Result<Shares> = (1..=*count)
                .map(|index| matching(folder, &format!("{partition}:{index}/{count}"), &place_of))
                .collect();
            all.push(slowest(&weights, &shares?)?);
        }
        found.insert(partition.to_owned(), all);
    }
    Ok(found)
}

fn matching(
    folder: &Path,
    partition: &str,
    place_of: &BTreeMap<String, usize>,
) -> anyhow::Result<Vec<usize>> {
    let mut list = cargo(folder);
    list.args(["nextest", "list", "--binaries-metadata", "binaries.json"]);
    list.args(["--cargo-metadata", "metadata.json", "--message-format", "json"]);
    let told: Listed =
        serde_json::from_slice(&answer(list.args(["--partition", partition]), &[])?)?;
    let tests = told.rust_suites.into_values().flat_map(|binary| binary.testcases);
    let chosen = tests.filter(|(_, test)| test.filter_match.status == "matches");
    let place = |name: &str| place_of.get(name).copied();
    chosen.map(|(name, _)| place(&name).with_context(|| format!("{name} was not listed"))).collect()
}

fn quietly(command: &mut Command) -> anyhow::Result<()> {
    answer(command, &[]).map(drop)
}

/// What a program writes, given `input`; its last words if it fails.
fn answer(command: &mut Command, input: &[u8]) -> anyhow::Result<Vec<u8>> {
    let program = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("failed to start {program}"))?;
    let stdin = child.stdin.take();
    // All of it is read before the scripts write anything, so neither waits for the other.
    if let Some(mut stdin) = stdin {
        stdin.write_all(input)?;
    }
    let output = child.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    ensure!(output.status.success(), "{program}: {}: {last}", output.status);
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(weights: &[u64], shares: &[&[usize]], wanted: Option<u64>) {
        let shares: Shares = shares.iter().map(|share| share.to_vec()).collect();
        assert_eq!(slowest(weights, &shares).ok(), wanted);
    }

    #[test]
    fn an_answer_counts_only_if_each_item_is_in_it_once() {
        check(&[1, 2, 4], &[&[0, 2], &[1]], Some(5));
        check(&[1, 2, 4], &[&[0, 2], &[]], None);
        check(&[1, 2, 4], &[&[0, 2], &[1, 0]], None);
        check(&[1, 2, 4], &[&[0, 2], &[1, 3]], None);
        check(&[], &[&[]], Some(0));
    }

    #[test]
    fn a_program_that_fails_is_told_by_its_last_words() {
        let mut shell = Command::new("bash");
        shell.args(["-c", "cat; echo because >&2; exit 3"]);
        let error = answer(&mut shell, b"input").unwrap_err().to_string();
        assert_eq!(error, "bash: exit status: 3: because");
        assert_eq!(answer(Command::new("cat").arg("-"), b"input").unwrap(), b"input");
    }
}
