//! What the installer costs a step whose binary is in the cache: it hashes it and asks nobody.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use sha2::{Digest as _, Sha256};

use super::measure::{median, ratio, timed};
use super::tool::Bench;

/// How many times each of the programs is started.
const STARTS: usize = 100;
/// The targets of a machine that says Linux and X64, whatever this one is: the binary is not run.
const ASSET: &str = "shard-splitter-x86_64-unknown-linux-musl";

/// A second use against `node -e 0`, with which a JavaScript action begins.
pub(crate) fn second_use(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    let binary = fs::read(&bench.tool)?;
    let hash = Sha256::digest(&binary).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let lib = bench.folder.join("install/lib");
    let cache = bench.folder.join("install/cache");
    let kept = cache.join("signalbox").join(&hash);
    fs::create_dir_all(&lib)?;
    fs::create_dir_all(&kept)?;
    fs::copy(root.join("actions/lib/install.sh"), lib.join("install.sh"))?;
    fs::write(lib.join("checksums.txt"), format!("{hash}  {ASSET}\n"))?;
    fs::write(lib.join("release.env"), "version=0.0.0\nrepository=org/actions\n")?;
    fs::copy(&bench.tool, kept.join("shard-splitter"))?;

    let install = || {
        let mut bash = Command::new("bash");
        bash.arg("-p").arg(lib.join("install.sh")).arg("shard-splitter");
        // Nobody listens there: whatever is fetched fails the run.
        bash.env("SIGNALBOX_BASE_URL", "http://127.0.0.1:1").env("RUNNER_TOOL_CACHE", &cache);
        bash.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64").env_remove("SIGNALBOX_BIN_DIR");
        bash.env_remove("SIGNALBOX_BUILD");
        bash
    };
    let (mut floor, mut ours, mut node) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        floor.push(timed(Command::new("bash").args(["-c", "true"]))?);
        ours.push(timed(&mut install())?);
        node.push(timed(Command::new("node").args(["-e", "0"])));
    }
    let (floor, ours) = (median(floor), median(ours));
    println!(
        "\nsecond use of an action's binary of {} bytes, median of {STARTS} in turns (limit 25 ms):",
        binary.len()
    );
    println!("  bash -c true              {floor:>10.3?}");
    println!("  install.sh                {ours:>10.3?}   x {:.2}", ratio(ours, floor));
    match node.into_iter().collect::<anyhow::Result<Vec<_>>>() {
        Ok(node) => {
            let node = median(node);
            println!("  node -e 0                 {node:>10.3?}   x {:.2}", ratio(node, floor));
        }
        Err(why) => println!("  node -e 0                 not measured: {why:#}"),
    }
    Ok(())
}
