//! Uses every action of a release that is about to be published, and shows what was seen.
//!
//! `scripts/release-rehearsal` makes the release and starts it.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use end_to_end::Trouble;
use end_to_end::rehearsal::{Rehearsal, Use};
use end_to_end::release::ReleaseTree;

const USAGE: &str = "usage: rehearsal TREE ASSETS COMMIT VERSION";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [tree, assets, commit, version] = words.as_slice() else {
        say(USAGE);
        return ExitCode::from(2);
    };
    match rehearsed(&ReleaseTree::Given(PathBuf::from(tree)), assets, commit, version) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            say(&format!("error: {trouble}"));
            ExitCode::from(3)
        }
    }
}

fn rehearsed(
    tree: &ReleaseTree,
    assets: &str,
    commit: &str,
    version: &str,
) -> Result<bool, Trouble> {
    let rehearsal = Rehearsal::new(tree, assets.as_ref(), commit, version)?;
    say(&format!("  {:<10} {:<11} {:<21} {:>8}", "action", "pinned to", "tool cache", "requests"));
    let uses = rehearsal.uses(show)?;
    Ok(uses.iter().all(|it| it.wrongs.is_empty()))
}

fn show(it: &Use) {
    let Use { action, pin, cache, requests, wrongs } = it;
    let cache = cache.to_string();
    let result = if wrongs.is_empty() { "as it must be" } else { "WRONG" };
    say(&format!("  {action:<10} {pin:<11} {cache:<21} {requests:>8}  {result}"));
    for wrong in wrongs {
        say(&format!("             {wrong}"));
    }
}

/// Whoever closed the pipe has seen enough; the exit code still counts.
fn say(text: &str) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}
