//! `scripts/bench cache-key`: how long `compute` takes from start to end on a small workspace and on a large
//! one, and `prune` to say what may go of 50 000 files, beside a program that does nothing and the plain
//! listing of the same files, in one run.
//!
//! No cargo is on the path, as the bars say: the compiler is named by `RUSTUP_TOOLCHAIN`. A time has a bar that
//! is printed beside it and never fails, because this machine is not yours.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};

use super::changes::cargo_workspace::checked_out;
use super::changes::import::{Import, cloned};
use super::changes::place::{Place, answer, on_path};
use super::changes::turns::{RUNS, Row, table};

/// What the whole process may take on the small workspace, and on the large one, in milliseconds.
const BARS: [u64; 2] = [10, 25];
/// How many units a build has left, of how many packages, and how many files each has.
const UNITS: usize = 6_250;
const PACKAGES: usize = 1_000;
const FILES_OF_UNIT: usize = 8;

/// Measures everything.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let place = Place::built(root, "cache-key", "cache-key")?;
    if let Some(getconf) = on_path("getconf") {
        symlink(getconf, place.at("bin/getconf"))?;
    }
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("\ntimes are medians of {RUNS} whole processes that take turns");
    println!("load of this machine at the start: {}", load.trim());
    let (large, what) = checked_out(&place)?;
    let workspaces = [(small(&place)?, "2 members, 12 locked packages".to_owned()), (large, what)];
    for ((repository, what), bar) in workspaces.iter().zip(BARS) {
        println!("\nthe key of a workspace: {what}");
        let outputs = answer(&mut tool(&place, repository, &["compute"]))?;
        ensure!(outputs.get("key").is_some_and(|key| !key.is_empty()), "no key was made");
        table(vec![
            Row::new("true", || program(&place, repository, "true", &[])),
            Row::new("git ls-files --stage", || {
                Ok(place.git(repository, &["ls-files", "-z", "--stage"]))
            }),
            Row::new("cache-key compute", || Ok(tool(&place, repository, &["compute"]))).bar(bar),
        ])?;
    }
    let [(_, _), (repository, _)] = &workspaces;
    let count = products(repository)?;
    println!("\nwhat may go of {count} files");
    table(vec![
        Row::new("find -type f", || program(&place, repository, "find", &["target", "-type", "f"])),
        Row::new("cache-key prune", || Ok(tool(&place, repository, &["prune"]))),
    ])?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("\nload of this machine at the end: {}", load.trim());
    Ok(ExitCode::SUCCESS)
}

fn program(
    place: &Place,
    repository: &Path,
    name: &str,
    words: &[&str],
) -> anyhow::Result<Command> {
    let path = on_path(name).with_context(|| format!("{name} is not installed"))?;
    let mut command = place.alone(path, repository);
    command.args(words);
    Ok(command)
}

fn tool(place: &Place, repository: &Path, words: &[&str]) -> Command {
    let mut tool = place.tool(repository, words);
    tool.env("RUSTUP_TOOLCHAIN", "1.95.0");
    tool
}

/// A workspace as small as they get.
fn small(place: &Place) -> anyhow::Result<PathBuf> {
    let mut import = Import::begin(place, "small.origin")?;
    import.commit()?;
    import
        .write("Cargo.toml", "[workspace]\nmembers = [\"one\", \"other\"]\nresolver = \"2\"\n")?;
    let mut lock = "version = 4\n".to_owned();
    for at in 0..12 {
        let _ = write!(
            lock,
            "\n[[package]]\nname = \"ext-{at:02}\"\nversion = \"1.0.{at}\"\n\
             source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{at:064x}\"\n"
        );
    }
    for name in ["one", "other"] {
        let _ = write!(
            lock,
            "\n[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\n \"ext-00\",\n]\n"
        );
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\next-00 = \"1\"\n"
        );
        import.write(&format!("{name}/Cargo.toml"), &manifest)?;
        import.write(&format!("{name}/src/lib.rs"), "//! Made.\n")?;
    }
    import.write("Cargo.lock", &lock)?;
    cloned(place, &import.end()?, "small")
}

/// Writes what builds would have left; how many files that are.
fn products(repository: &Path) -> anyhow::Result<usize> {
    let target = repository.join("target");
    let (records, products) = (target.join("debug/.fingerprint"), target.join("debug/deps"));
    fs::create_dir_all(&products)?;
    fs::write(target.join("CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n")?;
    for number in 0..UNITS {
        let name = format!("ext_{:04}", number % PACKAGES);
        let (unit, hash) = (format!("{name}-{number:016x}"), format!("{number:016x}"));
        let record = records.join(&unit);
        fs::create_dir_all(&record)?;
        let fingerprint = format!("{{\"rustc\":1,\"path\":{number},\"deps\":[],\"local\":[]}}");
        let source = format!("/home/a/.cargo/registry/src/x/{name}-1.4.2/src/lib.rs");
        let dep_info = format!("{}/lib{unit}.rlib: {source}\n", products.display());
        let files: [(PathBuf, &str); FILES_OF_UNIT] = [
            (record.join("invoked.timestamp"), ""),
            (record.join(format!("lib-{name}")), &hash),
            (record.join(format!("lib-{name}.json")), &fingerprint),
            (record.join(format!("dep-lib-{name}")), &hash),
            (products.join(format!("{unit}.d")), &dep_info),
            (products.join(format!("lib{unit}.rlib")), &hash),
            (products.join(format!("lib{unit}.rmeta")), &hash),
            (products.join(format!("{unit}.{name}.o")), &hash),
        ];
        for (path, holds) in files {
            fs::write(path, holds)?;
        }
    }
    Ok(UNITS * FILES_OF_UNIT + 1)
}
