//! `scripts/bench hash`: `cache-key hash` on 100 000 files with 2 GB, beside sha256sum, the bare reading of
//! the same files, and `hashFiles` of the real `@actions/glob`, in one run.
//!
//! The tree is made below `target/bench`, lies in the cache of the disk where the machine has the memory, and is
//! removed afterwards. Memory has a limit that fails the run, and so has a hash that is not node's; a time has
//! a bar that is printed beside it and never fails, because this machine is not yours.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::changes::place::on_path;
use super::changes::turns::ticks_of_children;
use super::measure::{peak_kilobytes, ratio, timed};
use super::random::Random;
use super::tool::built;
use super::verdict::Verdict;

const FILES: usize = 100_000;
const FOLDERS: usize = 1_000;
/// How many bytes all files have, about.
const BYTES: u64 = 2_000_000_000;
/// How often each program runs, and node, which takes longest.
const RUNS: usize = 7;
const NODE_RUNS: usize = 2;
/// How many threads the bars speak of.
const THREADS: usize = 2;
/// The most memory that the tool may hold.
const MEMORY: u64 = 64 << 10;

/// What a program took: the fastest of its runs, and the processor time of a run on average.
struct Took {
    best: Duration,
    processor: Duration,
}

/// Measures, and fails if the memory or the hash is not what it must be.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let (tool, target) = built(root, "cache-key")?;
    let folder = target.join("bench/hash");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let made = measured(root, &tool, &folder);
    fs::remove_dir_all(&folder)?;
    Ok(made?.told())
}

fn measured(root: &Path, tool: &Path, folder: &Path) -> anyhow::Result<Verdict> {
    let mut verdict = Verdict::default();
    println!("writing {FILES} files with {} GB ...", BYTES / 1_000_000_000);
    let tree = folder.join("tree");
    let files = written(&tree)?;
    let list = folder.join("list");
    let mut names = Vec::new();
    for file in &files {
        names.extend_from_slice(file.as_os_str().as_encoded_bytes());
        names.push(0);
    }
    fs::write(&list, names)?;

    let mut ours = Command::new(tool);
    ours.args(["hash", "**", "--format", "args"]).env_clear().current_dir(&tree);
    let hash = said(&mut ours)?;
    let sums = |processes: usize| {
        let mut sums = Command::new("xargs");
        sums.args(["-0", "-n", "1000", "-P"]).arg(processes.to_string());
        sums.arg("-a").arg(&list).arg("sha256sum");
        sums
    };
    let (mut one, mut two) = (sums(1), sums(THREADS));
    let mut rows: [(&str, &mut dyn FnMut() -> anyhow::Result<Duration>); 4] = [
        ("reading, 2 threads", &mut || read(&files)),
        ("xargs sha256sum", &mut || timed(&mut one)),
        ("xargs -P 2 sha256sum", &mut || timed(&mut two)),
        ("cache-key hash", &mut || timed(&mut ours)),
    ];
    let all = in_turns(&mut rows)?;
    println!("\n{FILES} files, fastest of {RUNS} in turns, after one that warms the disk:");
    let [reading, one, two, own] = all.as_slice() else { anyhow::bail!("four are measured") };
    let sums = one.best.min(two.best);
    for ((name, _), took) in rows.iter().zip(&all) {
        let processor = if took.processor.is_zero() {
            "in this process".to_owned()
        } else {
            format!("{:>7.3} s processor", took.processor.as_secs_f64())
        };
        println!(
            "  {name:<22} {:>7.3} s  {processor}  x {:.2} of sha256sum",
            took.best.as_secs_f64(),
            ratio(took.best, sums)
        );
    }
    let over = ratio(own.best, sums);
    println!("  cache-key / the faster sha256sum: x {over:.2} (bar 1.1: {})", met(over <= 1.1));
    println!("  cache-key / bare reading:         x {:.2}", ratio(own.best, reading.best));

    match node(root, folder, &tree) {
        Ok((best, theirs)) => {
            let under = ratio(best, own.best);
            println!(
                "  @actions/glob in node: {:.3} s, x {under:.1} of cache-key (bar 10: {})",
                best.as_secs_f64(),
                met(under >= 10.0)
            );
            verdict.hold(theirs == hash, || format!("node says {theirs}, cache-key {hash}"));
        }
        Err(why) => verdict.missing(format!("@actions/glob in node: {why:#}")),
    }
    let mut ours = Command::new(tool);
    ours.args(["hash", "**"]).env_clear().current_dir(&tree);
    match peak_kilobytes(&mut ours)? {
        Some(peak) => {
            println!("  memory of cache-key: {peak} kB (limit {MEMORY})");
            verdict.hold(peak <= MEMORY, || format!("cache-key holds {peak} kB"));
        }
        None => println!("  memory of cache-key: not known, there is no /proc here"),
    }
    Ok(verdict)
}

fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "not met here" }
}

/// Writes the tree: most files small, few large, as in a repository with what was installed into it.
fn written(tree: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut random = Random(6);
    let block: Vec<u8> =
        (0..1 << 20).map(|_| u8::try_from(random.below(256)).unwrap_or_default()).collect();
    let mut files = Vec::with_capacity(FILES);
    for number in 0..FILES {
        let folder = number % FOLDERS;
        let folder = tree.join(format!("package-{}/src-{}", folder / 20, folder % 20));
        if number < FOLDERS {
            fs::create_dir_all(&folder)?;
        }
        // Nine of ten share a fifth of the bytes, the tenth has the rest.
        let usual = BYTES / u64::try_from(FILES)?;
        let mean = if number.is_multiple_of(10) { usual * 8 } else { usual * 2 / 9 };
        let length = usize::try_from(random.between(0, 2 * mean))?;
        let start = usize::try_from(random.below(1 << 19))?;
        let bytes = block.get(start..start + length).context("a file is larger than the block")?;
        let file = folder.join(format!("module-{number}.js"));
        File::create(&file)?.write_all(bytes)?;
        files.push(file);
    }
    Ok(files)
}

/// Runs all of them in turns.
fn in_turns(
    rows: &mut [(&str, &mut dyn FnMut() -> anyhow::Result<Duration>)],
) -> anyhow::Result<Vec<Took>> {
    let nothing = || Took { best: Duration::MAX, processor: Duration::ZERO };
    let mut took: Vec<Took> = rows.iter().map(|_| nothing()).collect();
    for round in 0..=RUNS {
        for ((_, run), took) in rows.iter_mut().zip(&mut took) {
            let before = ticks_of_children();
            let time = run()?;
            if round > 0 {
                took.best = took.best.min(time);
                let ticks = ticks_of_children() - before;
                took.processor += Duration::from_millis(10) * ticks;
            }
        }
    }
    for took in &mut took {
        took.processor /= u32::try_from(RUNS)?;
    }
    Ok(took)
}

/// Opens, reads and closes every file, and does nothing with it.
fn read(files: &[PathBuf]) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let some = || -> anyhow::Result<()> {
        let mut buffer = vec![0; 128 << 10];
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut file = File::open(path)?;
            while file.read(&mut buffer)? > 0 {}
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(some)).collect();
        threads
            .into_iter()
            .try_for_each(|it| it.join().map_err(|_| anyhow::anyhow!("a thread failed"))?)
    })?;
    Ok(start.elapsed())
}

/// What the real `@actions/glob` takes, and says. It is that of the tests.
fn node(root: &Path, folder: &Path, tree: &Path) -> anyhow::Result<(Duration, String)> {
    let node = on_path("node").context("node is not installed")?;
    let npm =
        std::env::var_os("SIGNALBOX_NPM").map_or_else(|| root.join("target/npm"), PathBuf::from);
    let package = npm.join("node_modules/@actions/glob");
    ensure!(package.exists(), "not in {}: run scripts/tools --frameworks", npm.display());
    let (cases, answers) = (folder.join("cases.json"), folder.join("answers.json"));
    let tree = tree.to_str().context("the path is not UTF-8")?;
    let case = serde_json::json!([{ "directory": tree, "home": tree, "patterns": "**", "follows": false }]);
    fs::write(&cases, serde_json::to_vec(&case)?)?;
    let oracle = root.join("crates/end-to-end/tests/it/hash_files/oracle.mjs");
    let mut best = Duration::MAX;
    for _ in 0..NODE_RUNS {
        let mut command = Command::new(&node);
        command.arg(&oracle).arg(&package).args([&cases, &answers]);
        best = best.min(timed(&mut command)?);
    }
    let told: Vec<String> = serde_json::from_slice(&fs::read(&answers)?)?;
    Ok((best, told.into_iter().next().unwrap_or_default()))
}

fn said(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {errors}");
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
