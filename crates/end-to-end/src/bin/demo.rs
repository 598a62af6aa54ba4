//! The main job, once, for somebody who has just cloned this: real timings become a balanced
//! matrix, a real runner executes it, and a proof says that everything ran exactly once.
//!
//! `scripts/demo` builds and starts it. Without an argument it shares out this workspace's own
//! tests, which it runs once before for their times. With a timing file from elsewhere there is no
//! program to run, so each leg shows that it received its part.

#![expect(clippy::disallowed_methods, reason = "a person waits, and wants files to look at")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::time::Instant;

use end_to_end::act::{Act, Ending, Ran};
use end_to_end::release::{self, ReleaseTree};
use end_to_end::suite::{self, Outcome, Proof, Suite, Surroundings};
use end_to_end::{Doing as _, Trouble, workspace_root};

const USAGE: &str = "usage: scripts/demo [TIMINGS] [--shards N]

  TIMINGS    a report with the time of each test: JUnit XML, pytest-split or knapsack JSON;
             without it, this workspace's own tests are run for their times
  --shards   how many runners share the work, 1 to 256 (default: 4)";

const WORKFLOW: &str = include_str!("../../workflows/own-suite.yml");

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let wish = match Wish::parse(&words) {
        Ok(Some(wish)) => wish,
        Ok(None) => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        Err(trouble) => return failed(&trouble, 2),
    };
    say("signalbox demo: timings become a balanced matrix, and a real runner executes it.\n");
    // A file that was named and cannot be used is the user's; everything else is this machine's.
    let received = wish.timings.as_deref().map(received).transpose();
    match received
        .map_err(|trouble| (trouble, 2))
        .and_then(|suite| demo(&wish, suite).map_err(|trouble| (trouble, 3)))
    {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err((trouble, code)) => failed(&trouble, code),
    }
}

fn failed(trouble: &Trouble, code: u8) -> ExitCode {
    say(&format!("\nerror: {trouble}"));
    ExitCode::from(code)
}

/// What the user asked for.
struct Wish {
    timings: Option<PathBuf>,
    shards: u16,
}

impl Wish {
    /// The wish; nothing when the user wants to read how to wish.
    fn parse(words: &[String]) -> Result<Option<Self>, Trouble> {
        let mut wish = Self { timings: None, shards: 4 };
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            match word {
                "-h" | "--help" => return Ok(None),
                "--shards" => {
                    let found = words.next().unwrap_or_default();
                    let count = found.parse().ok().filter(|count| (1..=256).contains(count));
                    wish.shards = count.ok_or_else(|| {
                        Trouble::new(format!("`--shards` is `{found}`: expected 1 to 256"))
                    })?;
                }
                word if word.starts_with('-') || wish.timings.is_some() => {
                    return Err(Trouble::new(format!("`{word}` was not expected\n\n{USAGE}")));
                }
                file => wish.timings = Some(PathBuf::from(file)),
            }
        }
        Ok(Some(wish))
    }
}

/// Everything that the demo leaves behind, for the curious.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn fresh() -> Result<Self, Trouble> {
        let folder = workspace_root().join("target/demo");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).doing(|| format!("empty `{}`", folder.display()))?;
        }
        std::fs::create_dir_all(&folder).doing(|| format!("make `{}`", folder.display()))?;
        Ok(Self { folder })
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Trouble> {
        std::fs::write(self.at(name), text).doing(|| format!("write `{name}`"))
    }
}

fn demo(wish: &Wish, received: Option<Suite>) -> Result<bool, Trouble> {
    let files = Files::fresh()?;
    let (suite, timings) = match (received, &wish.timings) {
        (Some(suite), Some(path)) => (suite, path.clone()),
        (Some(_) | None, _) => measured(&files)?,
    };
    suite::write_json(&files.at("suite.json"), &suite)?;

    let step = Step::begin("[3/5] Making org/actions@v1 from this work tree");
    let tree = ReleaseTree::find()?;
    let tools = release::tools()?;
    step.end("done");

    say("[4/5] Running crates/end-to-end/workflows/own-suite.yml in act");
    let act = Act::new(WORKFLOW)?
        .release(Arc::new(tree))
        .env("SIGNALBOX_BIN_DIR", &tools)
        .env("OWN_SUITE", suite_program()?)
        .env("OWN_SUITE_FILE", files.at("suite.json"))
        .env("OWN_TIMINGS", absolute(&timings)?)
        .env("OWN_SHARDS", wish.shards.to_string());
    let ran = watched(act, &files)?;
    judge(&suite, &ran, &files, &tools)
}

/// The items of somebody else's timing file.
fn received(path: &Path) -> Result<Suite, Trouble> {
    let step = Step::begin(&format!("[1/5] Reading {}", path.display()));
    let suite = suite::items_of_timings(path)?;
    step.end(&format!("{} items", suite.items().len()));
    say("[2/5] Nothing to measure: the times are given, the programs are not here");
    Ok(suite)
}

/// This workspace's own tests, with a report of their times.
fn measured(files: &Files) -> Result<(Suite, PathBuf), Trouble> {
    let step = Step::begin("[1/5] Building and finding the tests of this workspace");
    let suite = suite::of_workspace(&workspace_root())?;
    let items = suite.items();
    step.end(&format!("{} tests", items.len()));
    let step = Step::begin("[2/5] Running each once, for its time");
    let mut last = Instant::now();
    let ran = suite::run(&suite, &items, &Surroundings::here()?, |_| {
        if last.elapsed().as_secs() >= 1 {
            dot();
            last = Instant::now();
        }
    })?;
    let failed = ran.iter().filter(|execution| execution.outcome != Outcome::Passed).count();
    let micros: u64 = ran.iter().map(|execution| execution.micros).sum();
    let failures = if failed == 0 { String::new() } else { format!(", {failed} of them FAILED") };
    step.end(&format!("{} of tests{failures}", seconds(micros)));
    let timings = files.at("timings.xml");
    suite::write_junit(&timings, &ran)?;
    Ok((suite, timings))
}

fn watched(act: Act, files: &Files) -> Result<Ran, Trouble> {
    let start = Instant::now();
    let mut lines = String::new();
    let ran = act.run_watched(|line| {
        lines.push_str(&line.json());
        lines.push('\n');
        if let Some(ending) = line.ending() {
            let word = match ending {
                Ending::Success => "ok",
                Ending::Failure => "FAILED",
                Ending::NoRunner => "NEVER RAN",
                Ending::Unknown | Ending::Other(_) => "UNCLEAR",
            };
            let after = start.elapsed().as_secs_f64();
            say(&format!("      {:<32} {word:<10} after {after:.1} s", job_name(line.job_name())));
        }
    })?;
    files.write("act.log", &lines)?;
    files.write("act.stderr", &ran.log.said)?;
    testkit::copy_folder(&ran.artifacts(), &files.at("artifacts"));
    Ok(ran)
}

/// act appends the number of the leg: `test 1/4-1`.
fn job_name(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => name,
    }
}

fn judge(suite: &Suite, ran: &Ran, files: &Files, tools: &Path) -> Result<bool, Trouble> {
    let outputs = ran.log.outputs("plan", "shard");
    let Some(matrix) = outputs.get("matrix").filter(|matrix| !matrix.is_empty()) else {
        say(&format!("[5/5] There is no plan; see {}", shown(&files.at("act.log"))));
        return Ok(false);
    };
    files.write("matrix.json", matrix)?;
    files.write("summary.md", &ran.log.summaries("plan").concat())?;
    let legs = suite::legs(matrix)?;
    let reports = suite::read_reports(&files.at("artifacts"))?;
    let proof = suite::prove(&suite.items(), &legs, &reports);
    let jobs = [("plan", 1), ("test", legs.len()), ("prove", 1)];
    let wrongs = ran.log.wrongs(&jobs);
    say("");
    show_plan(tools, &files.at("artifacts/shard-plan/shard-plan.json"))?;
    say(&format!("\n[5/5] {}", verdict(&proof, &wrongs)));
    show_files(files, &legs);
    Ok(proof.holds() && wrongs.is_empty())
}

/// The step summary's content, as the tool itself shows it on a terminal.
fn show_plan(tools: &Path, plan: &Path) -> Result<(), Trouble> {
    let mut tool = Command::new(tools.join("shard-splitter"));
    let status = tool.arg("explain").arg("--plan-file").arg(plan).status();
    let status = status.doing(|| "start shard-splitter".to_owned())?;
    if status.success() { Ok(()) } else { Err(Trouble::new(format!("explain failed: {status}"))) }
}

fn verdict(proof: &Proof, wrongs: &[String]) -> String {
    match (proof.holds(), wrongs) {
        (true, []) => format!("Proved: {proof}."),
        (true, wrongs) => format!("NOT proved:\n{}", wrongs.join("\n")),
        (false, wrongs) => format!("NOT proved:\n{proof}{}", wrongs.join("\n")),
    }
}

fn show_files(files: &Files, legs: &[u64]) {
    say("\nWhat is left to look at:");
    let rows = [
        ("the plan", "artifacts/shard-plan/shard-plan.json".to_owned()),
        ("the matrix", "matrix.json".to_owned()),
        ("the step summary", "summary.md".to_owned()),
        ("JUnit of each leg", format!("artifacts/report-{}/junit.xml", leg_range(legs))),
        ("act's log", "act.log".to_owned()),
    ];
    for (name, file) in rows {
        say(&format!("  {name:<18} {}", shown(&files.at(&file))));
    }
}

fn leg_range(legs: &[u64]) -> String {
    match legs {
        [first, .., last] => format!("{{{first}..{last}}}"),
        [only] => only.to_string(),
        [] => String::new(),
    }
}

/// The path as one types it here.
fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

fn seconds(micros: u64) -> String {
    format!("{}.{} s", micros / 1_000_000, micros % 1_000_000 / 100_000)
}

/// The program of the workflow's steps stands beside this one.
fn suite_program() -> Result<PathBuf, Trouble> {
    let this = std::env::current_exe().doing(|| "find this program".to_owned())?;
    Ok(this.with_file_name(format!("suite{}", std::env::consts::EXE_SUFFIX)))
}

fn absolute(path: &Path) -> Result<PathBuf, Trouble> {
    std::path::absolute(path).doing(|| format!("find `{}`", path.display()))
}

/// A part of the demo that takes a while: it is announced before and measured after.
struct Step(Instant);

impl Step {
    fn begin(what: &str) -> Self {
        print_now(&format!("{what} ... "));
        Self(Instant::now())
    }

    fn end(self, result: &str) {
        say(&format!("{result} ({:.1} s)", self.0.elapsed().as_secs_f64()));
    }
}

fn dot() {
    print_now(". ");
}

fn say(text: &str) {
    print_now(&format!("{text}\n"));
}

/// Whoever closed the pipe has seen enough; the demo still finishes and its exit code counts.
fn print_now(text: &str) {
    let mut stdout = std::io::stdout();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}
