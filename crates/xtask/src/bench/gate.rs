//! `scripts/bench gate`: gate-check on large reports, beside a scan of their bytes and its peers, in one
//! run.
//!
//! Every time is that of a whole process: reading, deciding, telling. The reports are written here and
//! are in the cache of the disk. Memory has limits that fail the run; a time has a bar that is printed
//! beside it and never fails, because this machine is not yours.

mod inputs;
mod peers;

use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::ensure;

use super::changes::place::{Place, said};
use super::changes::turns::ticks_of_children;
use super::measure::{median, peak_kilobytes, ratio, timed};
use super::sarif;
use super::verdict::Verdict;
use inputs::Detail;
use peers::Peer;

/// How often each report is looked at, in turns with the scan of its bytes.
const RUNS: u32 = 5;
/// How often what takes milliseconds is started.
const STARTS: usize = 100;

/// A large report and what is promised of it.
struct Large {
    what: &'static str,
    file: &'static str,
    words: &'static [&'static str],
    /// What a whole run is meant to take, in milliseconds.
    bar: u64,
    /// The memory that it may take beyond the file's bytes, in MB.
    memory: u64,
    peer: Option<Peer>,
}

const LARGE: [Large; 6] = [
    Large {
        what: "LCOV, all of it",
        file: "lcov.info",
        words: &["run", "--gate=coverage", "--reports=lcov=lcov.info"],
        bar: 600,
        memory: 32,
        peer: None,
    },
    Large {
        what: "LCOV, what a change touches",
        file: "lcov.info",
        words: &["run", "--gate=coverage", "--reports=lcov=lcov.info", "--diff=change.diff"],
        bar: 600,
        memory: 32,
        peer: Some(Peer::DiffCover),
    },
    Large {
        what: "LCOV with functions and branches",
        file: "detail.info",
        words: &["run", "--gate=coverage", "--reports=lcov=detail.info"],
        bar: 600,
        // 1.8 million branches, each with its key, to be told again in the next report.
        memory: 64,
        peer: None,
    },
    Large {
        what: "SARIF",
        file: "log.sarif",
        words: &["run", "--gate=security", "--reports=sarif=log.sarif"],
        bar: 600,
        memory: 100,
        peer: Some(Peer::Jq),
    },
    Large {
        what: "JUnit",
        file: "junit.xml",
        words: &["run", "--gate=tests", "--reports=junit=junit.xml"],
        bar: 400,
        memory: 16,
        peer: Some(Peer::Junitparser),
    },
    Large {
        what: "the context of needed jobs",
        file: "needs.json",
        words: &["needs", "--jobs-file=needs.json"],
        bar: 200,
        memory: 16,
        peer: None,
    },
];

/// Small reports in a repository of 100 files.
const SMALL: [(&str, &[&str]); 4] = [
    ("LCOV, 1 file", &["run", "--gate=coverage", "--reports=lcov=small.info"]),
    ("SARIF, 80 results", &["run", "--gate=security", "--reports=sarif=small.sarif"]),
    ("JUnit, 100 tests", &["run", "--gate=tests", "--reports=junit=small.xml"]),
    ("10 needed jobs", &["needs", "--jobs-file=small.json"]),
];

/// Measures everything.
///
/// # Errors
/// When something does not work.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let place = Place::built(root, "gate-check", "gate")?;
    let peers = peers::Peers::installed(root, &place.target);
    let mut verdict = Verdict::default();
    let folder = place.at("repository");
    println!("writing reports into {} ...", folder.display());
    write_all(&place, &folder)?;
    let small = place.at("small");
    write_small(&place, &small)?;
    tell_load("start");
    starts(&place, &small)?;
    for large in &LARGE {
        measured(&place, &folder, large, &peers, &mut verdict)?;
    }
    tell_load("end");
    // Nobody wants 800 MB in a folder of build files.
    fs::remove_dir_all(folder)?;
    Ok(verdict.told())
}

fn tell_load(when: &str) {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("\nload of this machine at the {when}: {}", load.trim());
}

/// A repository with the source files that the reports name, and the reports.
fn write_all(place: &Place, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let at = |name: &str| folder.join(name);
    let sources = inputs::lcov(&at("lcov.info"), 200_000_000, Detail::Lines)?;
    inputs::lcov(&at("detail.info"), 200_000_000, Detail::All)?;
    sarif::write(&at("log.sarif"), 200_000_000)?;
    inputs::junit(&at("junit.xml"), 882_800)?;
    inputs::needs(&at("needs.json"), 50, 1_000_000)?;
    repository(place, folder, sources)
}

/// The same with reports as most have them, in a small repository.
fn write_small(place: &Place, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let at = |name: &str| folder.join(name);
    inputs::lcov(&at("small.info"), 1, Detail::All)?;
    sarif::write(&at("small.sarif"), 100_000)?;
    inputs::junit(&at("small.xml"), 100)?;
    inputs::needs(&at("small.json"), 10, 100)?;
    repository(place, folder, 100)
}

/// Makes a repository of the folder, with so many source files.
fn repository(place: &Place, folder: &Path, sources: u64) -> anyhow::Result<()> {
    let at = |name: &str| folder.join(name);
    for source in 0..sources {
        let path = at(&inputs::source(source));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, "")?;
    }
    fs::write(at(".gitignore"), "*.info\n*.sarif\n*.xml\n*.json\n*.diff\n")?;
    let path = inputs::source(7);
    let change = format!(
        "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -10,0 +11,3 @@\n+one\n+two\n+three\n"
    );
    fs::write(at("change.diff"), change)?;
    said(&mut place.git(folder, &["init", "--quiet"]))?;
    said(&mut place.git(folder, &["add", "."]))?;
    let name = ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid"];
    let words = [&name[..], &["commit", "--quiet", "--message=sources"]].concat();
    said(&mut place.git(folder, &words)).map(drop)
}

/// The tool on a report; what it finds is told and does not fail it.
fn ours(place: &Place, folder: &Path, words: &[&str]) -> Command {
    let mut tool = place.tool(folder, words);
    tool.arg("--mode=report");
    tool
}

/// Small reports, beside a shell that does nothing.
fn starts(place: &Place, folder: &Path) -> anyhow::Result<()> {
    println!("\nstart with a small report, medians of {STARTS} in turns (bar 5 ms):");
    let mut floor = Vec::new();
    let mut times = vec![Vec::new(); SMALL.len()];
    for _ in 0..STARTS {
        floor.push(timed(Command::new("bash").args(["-c", "true"]))?);
        for ((_, words), times) in SMALL.iter().zip(&mut times) {
            times.push(timed(&mut ours(place, folder, words))?);
        }
    }
    let best = |times: &[Duration]| times.iter().min().copied().unwrap_or_default();
    println!(
        "  {:<24}  {:>10.2?}  best {:>10.2?}",
        "bash -c true",
        median(floor.clone()),
        best(&floor)
    );
    let floor = median(floor);
    for ((what, _), times) in SMALL.iter().zip(times) {
        let best = best(&times);
        let took = median(times);
        println!("  {what:<24}  {took:>10.2?}  best {best:>10.2?}   x {:.2}", ratio(took, floor));
    }
    Ok(())
}

/// One large report: the scan and the tool in turns, then the peer once.
fn measured(
    place: &Place,
    folder: &Path,
    large: &Large,
    peers: &peers::Peers,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let file = folder.join(large.file);
    let bytes = fs::metadata(&file)?.len();
    println!("\n{}: {} MB", large.what, bytes / 1_000_000);
    let (mut floor, mut times) = (Vec::new(), Vec::new());
    let mut ticks = 0;
    for _ in 0..RUNS {
        floor.push(scanned(&file)?);
        let before = ticks_of_children();
        times.push(timed(&mut ours(place, folder, large.words))?);
        ticks += ticks_of_children() - before;
    }
    let peak = peak_kilobytes(&mut ours(place, folder, large.words))?;
    let floor = median(floor);
    let best = times.iter().min().copied().unwrap_or_default();
    let took = median(times);
    tell("a scan with memchr", floor, floor);
    tell("gate-check", took, floor);
    tell("gate-check, fastest", best, floor);
    let processor = Duration::from_millis(10) * ticks / RUNS;
    tell("gate-check, processor", processor, floor);
    let bar = Duration::from_millis(large.bar);
    let met = if took <= bar { "met" } else { "not met here" };
    println!("  bar of {} ms: {met}", large.bar);
    match peak {
        Some(peak) => {
            let beyond = peak.saturating_sub(bytes / 1024);
            println!("  memory beyond the file: {} MB (limit {} MB)", beyond / 1024, large.memory);
            verdict.hold(beyond <= large.memory * 1024, || {
                format!("{}: {beyond} kB beyond the file, limit {} MB", large.what, large.memory)
            });
        }
        None => println!("  memory: not known, there is no /proc here"),
    }
    let Some(peer) = large.peer else { return Ok(()) };
    let (name, command) = peers.command(peer, folder, large.file);
    match command.and_then(|mut command| Ok((timed(&mut command)?, peak_kilobytes(&mut command)?)))
    {
        Ok((theirs, peak)) => {
            tell(name, theirs, floor);
            let peak = peak.map_or_else(String::new, |peak| format!(", {} MB in all", peak / 1024));
            println!("  gate-check takes 1/{:.0} of it{peak}", ratio(theirs, took));
        }
        Err(why) => verdict.missing(format!("{name}: {why:#}")),
    }
    Ok(())
}

fn tell(what: &str, took: Duration, floor: Duration) {
    println!("  {what:<24}  {took:>10.3?}   x {:.1}", ratio(took, floor));
}

/// How long it takes to read the file piece by piece and count its lines, or its objects where it has no
/// lines: less than any reader can take.
fn scanned(report: &Path) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let mut file = File::open(report)?;
    let mut piece = vec![0; 1 << 18];
    let mut found = 0;
    loop {
        let read = file.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        found += memchr::memchr2_iter(b'\n', b'{', bytes).count();
    }
    ensure!(found > 0, "the report is empty");
    Ok(start.elapsed())
}
