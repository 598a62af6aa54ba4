//! Reading a JUnit report of a hundred megabytes: how long it takes, and in how much memory.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::measure::{median, peak_kilobytes, ratio, timed};
use super::tool::Bench;

/// How many tests the report has whose reading is measured: about 100 MB.
const REPORT_TESTS: u64 = 400_000;

/// What Python's streaming reader does with a report, and nothing else.
const ITERPARSE: &str = "import sys, xml.etree.ElementTree as tree\n\
    for _, element in tree.iterparse(sys.argv[1]):\n    element.clear()\n";

/// Reads a large report, against `cat`, a search for one byte, and Python's streaming reader.
pub(crate) fn reading(bench: &Bench) -> anyhow::Result<()> {
    let report = bench.folder.join("large.xml");
    let bytes = write_report(&report)?;
    fs::write(bench.folder.join("one.txt"), "tests/test_1.py\n")?;
    let mut cat = Command::new("cat");
    let mut peer = Command::new("python3");
    let mut ours = Command::new(&bench.tool);
    cat.arg(&report);
    peer.args(["-c", ITERPARSE]).arg(&report);
    ours.args(["plan", "--items", "one.txt", "--shards", "1", "--timings", "large.xml"]);
    ours.args(["--plan-file", "plan.json"]).env_clear().current_dir(&bench.folder);
    timed(&mut cat)?;
    let floor = median(vec![timed(&mut cat)?, timed(&mut cat)?, timed(&mut cat)?]);
    let scan = median(vec![scanned(&report)?, scanned(&report)?, scanned(&report)?]);
    let peer = timed(&mut peer);
    let peak = peak_kilobytes(&mut ours)?;
    let took = median(vec![timed(&mut ours)?, timed(&mut ours)?, timed(&mut ours)?]);
    println!("\nreading a JUnit report of {} MB with {REPORT_TESTS} tests:", bytes / 1_000_000);
    tell("cat to nowhere", floor, bytes, floor);
    tell("memchr counting `<`", scan, bytes, floor);
    tell("shard-splitter plan", took, bytes, floor);
    match peer {
        Ok(peer) => tell("Python's iterparse", peer, bytes, floor),
        Err(_) => println!("  Python's iterparse        not measured: python3 does not start here"),
    }
    println!("  shard-splitter plan takes x {:.1} of memchr", ratio(took, scan));
    match peak {
        Some(peak) => println!("  shard-splitter's memory   {peak:>7} kB (limit 65536)"),
        None => println!("  shard-splitter's memory   not known: there is no /proc here"),
    }
    Ok(fs::remove_file(report)?)
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn tell(what: &str, took: Duration, bytes: usize, floor: Duration) {
    let speed = bytes as f64 / 1e6 / took.as_secs_f64();
    println!("  {what:<24}  {took:>10.3?}  {speed:>7.0} MB/s   x {:.1}", ratio(took, floor));
}

/// How long it takes to read the file piece by piece and count one byte: less than any reader of
/// XML can take.
fn scanned(report: &Path) -> anyhow::Result<Duration> {
    let start = Instant::now();
    let mut file = File::open(report)?;
    let mut piece = vec![0; 1 << 18];
    let mut found = 0;
    loop {
        let read = file.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        found += memchr::memchr_iter(b'<', bytes).count();
    }
    anyhow::ensure!(found > 0, "the report has no element");
    Ok(start.elapsed())
}

fn write_report(path: &Path) -> anyhow::Result<usize> {
    let said = "a line of what the test printed, as reports keep it\n".repeat(3);
    let mut report = "<testsuites>\n<testsuite name=\"s\">\n".to_owned();
    for number in 0..REPORT_TESTS {
        writeln!(
            report,
            "<testcase file=\"tests/test_{}.py\" classname=\"c\" name=\"t{number}\" time=\"0.{:06}\">\
             <system-out>{said}</system-out></testcase>",
            number % 1000,
            number % 1_000_000,
        )?;
    }
    report.push_str("</testsuite>\n</testsuites>\n");
    fs::write(path, &report)?;
    Ok(report.len())
}
