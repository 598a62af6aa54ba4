//! What a cache is worth: a part of this repository is built on a machine that has nothing, and again on
//! another with what the first one saved; with rust-cache, with cache-key, and with cache-key and `prune`.
//!
//! `scripts/bench cache-pair` builds and starts it. The actions are the real ones, and so is actions/cache,
//! which talks to act's own cache server. Two clones are named by variables, see `USAGE`.

#![expect(clippy::disallowed_methods, reason = "a person waits, and wants to see figures")]

use std::collections::VecDeque;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use end_to_end::act::Act;
use end_to_end::release::{self, ReleaseTree};
use end_to_end::{Doing as _, Trouble};
use serde_json::Value;
use testkit::Scratch;

const USAGE: &str = "usage: scripts/bench cache-pair

  SIGNALBOX_BENCH_ACTIONS_CACHE  a clone of actions/cache, with the commit 27d5ce7f107f (v5.0.5)
  SIGNALBOX_BENCH_RUST_CACHE     a clone of Swatinem/rust-cache, with the commit 9d47c6ad4b02 (v2.7.8)";

const WORKFLOW: &str = include_str!("../../workflows/cache-pair.yml");

/// The actions that are not ours, with the variable that names a clone.
const OTHERS: [(&str, &str, &str); 2] = [
    ("actions/cache", "27d5ce7f107fe9357f9df03efb73ab90386fccae", "SIGNALBOX_BENCH_ACTIONS_CACHE"),
    (
        "Swatinem/rust-cache",
        "9d47c6ad4b02e050fd481d890b2ea34778fd09d6",
        "SIGNALBOX_BENCH_RUST_CACHE",
    ),
];

/// The jobs of the workflow, and how they are called.
const JOBS: [(&str, &str); 3] = [
    ("theirs", "rust-cache v2.7.8"),
    ("ours", "cache-key"),
    ("pruned", "cache-key, `prune` as the last step"),
];

/// A build on two cores and nothing to start with takes minutes.
const PATIENCE: Duration = Duration::from_mins(20);

/// How many lines of act's log are told of a job that went wrong.
const LAST: usize = 8;

fn main() -> ExitCode {
    match measured() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            say(&format!("error: {trouble}"));
            ExitCode::from(3)
        }
    }
}

/// What a run left.
struct Run {
    /// Products of packages from elsewhere: found fresh, and made.
    fresh: usize,
    made: usize,
    /// Products of this repository's packages that were made.
    own: usize,
    /// Downloads that were there before the build, and after it.
    before: usize,
    after: usize,
    milliseconds: u64,
}

/// The runs of a job, and the bytes of what the first saved.
struct Pair {
    name: &'static str,
    cold: Run,
    warm: Run,
    saved: u64,
}

fn measured() -> Result<bool, Trouble> {
    let actions = Scratch::new();
    let mut folders = Vec::new();
    for (action, commit, variable) in OTHERS {
        let clone = std::env::var_os(variable).filter(|value| !value.is_empty());
        let clone =
            clone.ok_or_else(|| Trouble::new(format!("{variable} is not set\n\n{USAGE}")))?;
        let folder = actions.at(commit);
        release::unpacked(Path::new(&clone), commit, &folder)?;
        folders.push((format!("{action}@{commit}"), folder));
    }
    let tree = Arc::new(ReleaseTree::find()?.without_source()?);
    let tools = release::tools()?;
    let mut pairs = Vec::new();
    for (job, name) in JOBS {
        let machine = Scratch::new();
        let store = machine.at("store");
        let run = |what: &str| {
            say(&format!("{name}, {what} ..."));
            run(job, &machine, &store, &folders, &tree, &tools)
        };
        let cold = run("on a machine that has nothing")?;
        let saved = bytes(&store.join("cache"))?;
        let warm = run("on another, with what that one saved")?;
        pairs.push(Pair { name, cold, warm, saved });
    }
    say(&table(&pairs));
    Ok(judged(&pairs))
}

/// Runs a job on a machine that has nothing but the cache server's store.
fn run(
    job: &str,
    machine: &Scratch,
    store: &Path,
    actions: &[(String, PathBuf)],
    tree: &Arc<ReleaseTree>,
    tools: &Path,
) -> Result<Run, Trouble> {
    // actions/cache packs paths relative to GITHUB_WORKSPACE, which is a link here: it must lead to a place
    // that lies as deep below the machine's folder.
    let place = machine.at("work/same/place");
    for folder in ["work", "actions"] {
        let folder = machine.at(folder);
        if folder.is_dir() {
            fs::remove_dir_all(&folder).doing(|| format!("empty `{}`", folder.display()))?;
        }
    }
    fs::create_dir_all(machine.at("work/same"))
        .doing(|| "make the place of the work".to_owned())?;
    let mut act = Act::new(WORKFLOW)?
        .own_files()?
        .job(job)
        .release(Arc::clone(tree))
        .env("SIGNALBOX_BIN_DIR", tools)
        .env("PAIR_PLACE", &place)
        // As on GitHub's own runners: the machine is thrown away.
        .env("RUNNER_ENVIRONMENT", "github-hosted")
        .cache_server(store)
        .homes(machine.path())
        .workspaces(machine.path())
        .patience(PATIENCE);
    for (name, folder) in actions {
        act = act.action(name, folder);
    }
    let mut last = VecDeque::new();
    let ran = act.run_watched(|line| {
        last.push_back(line.json());
        if last.len() > LAST {
            last.pop_front();
        }
    })?;
    let wrongs = ran.log.wrongs(&[(job, 1)]);
    if !wrongs.is_empty() {
        let last: Vec<String> = last.into();
        let wrongs = wrongs.join("\n");
        return Err(Trouble::new(format!("the job went wrong: {wrongs}\n{}", last.join("\n"))));
    }
    Run::read(&ran.artifacts())
}

impl Run {
    fn read(folder: &Path) -> Result<Self, Trouble> {
        let text = |name: &str| {
            let path = folder.join(name);
            fs::read_to_string(&path).doing(|| format!("read `{}`", path.display()))
        };
        let number = |name: &str| {
            text(name)?.trim().parse::<usize>().doing(|| format!("read a number in `{name}`"))
        };
        let mut run = Self {
            fresh: 0,
            made: 0,
            own: 0,
            before: number("before")?,
            after: number("after")?,
            milliseconds: u64::try_from(number("milliseconds")?).unwrap_or(u64::MAX),
        };
        for line in text("messages")?.lines() {
            let message: Value =
                serde_json::from_str(line).doing(|| "read cargo's messages".to_owned())?;
            if message.get("reason").and_then(Value::as_str) != Some("compiler-artifact") {
                continue;
            }
            let id = message.get("package_id").and_then(Value::as_str).unwrap_or_default();
            let is_fresh = message.get("fresh").and_then(Value::as_bool) == Some(true);
            match (id.starts_with("registry+"), is_fresh) {
                (true, true) => run.fresh += 1,
                (true, false) => run.made += 1,
                (false, true) => {}
                (false, false) => run.own += 1,
            }
        }
        Ok(run)
    }
}

/// The bytes of all files in a folder.
fn bytes(folder: &Path) -> Result<u64, Trouble> {
    let mut sum = 0;
    let shown = || format!("look into `{}`", folder.display());
    for entry in fs::read_dir(folder).doing(shown)? {
        let entry = entry.doing(shown)?;
        let about = entry.metadata().doing(shown)?;
        sum += if about.is_dir() { bytes(&entry.path())? } else { about.len() };
    }
    Ok(sum)
}

fn table(pairs: &[Pair]) -> String {
    let mut rows = Vec::new();
    let mut row = |what: &str, of: &dyn Fn(&Pair) -> String| {
        let cells: Vec<String> = pairs.iter().map(of).collect();
        rows.push(format!("| {what} | {} |", cells.join(" | ")));
    };
    row("", &|it| it.name.to_owned());
    row("---", &|_| "--:".to_owned());
    row("saved", &|it| format!("{}.{} MB", it.saved / 1_000_000, it.saved / 100_000 % 10));
    row("products of packages from elsewhere that were found again", &|it| {
        format!("{} of {}", it.warm.fresh, it.cold.made)
    });
    row("downloads that were missing", &|it| {
        format!("{} of {}", it.warm.after.saturating_sub(it.warm.before), it.cold.after)
    });
    row("own products that were built again", &|it| format!("{} of {}", it.warm.own, it.cold.own));
    row("the build, first and second run", &|it| {
        format!("{} s, {} s", it.cold.milliseconds / 1000, it.warm.milliseconds / 1000)
    });
    format!("\n{}\n", rows.join("\n"))
}

/// Whether ours restores as much as theirs, and saves less.
fn judged(pairs: &[Pair]) -> bool {
    let [theirs, ours, pruned] = pairs else { return false };
    let restores = |it: &Pair| it.warm.fresh >= theirs.warm.fresh;
    let is_smaller = pruned.saved < theirs.saved;
    if !(restores(ours) && restores(pruned)) {
        say("cache-key restored less than rust-cache");
    }
    if !is_smaller {
        say("cache-key saved more than rust-cache");
    }
    restores(ours) && restores(pruned) && is_smaller
}

fn say(text: &str) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}
