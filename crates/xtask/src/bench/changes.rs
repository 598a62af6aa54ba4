//! `scripts/bench changes`: change-detector beside plain git, node and its peers, in one run.
//!
//! Every repository is made here, but for the real commits of DATA. Answers are held against what the
//! bench itself knows of what it made. A count, a sum and an amount of memory have limits that fail the
//! run; a time has a bar that is printed beside it and never fails, because this machine is not yours.

pub(super) mod cargo_workspace;
mod dorny;
mod histories;
pub(super) mod import;
mod job;
mod npm_workspace;
pub(super) mod place;
mod real_commits;
mod services;
pub(super) mod turns;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::ensure;

use super::verdict::Verdict;
use place::Place;

/// Where the real commits are, if they are there.
const DATA: &str = "../shared/data/rust";

/// Measures everything; the real commits are those of the folder, or of [`DATA`].
///
/// # Errors
/// When something does not work.
pub(crate) fn run(root: &Path, data: Option<&Path>) -> anyhow::Result<ExitCode> {
    let place = Place::built(root, "change-detector", "changes")?;
    let mut verdict = Verdict::default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("\ntimes are medians of {} whole processes that take turns", turns::RUNS);
    println!("load of this machine at the start: {}", load.trim());
    histories::usual(&place, &mut verdict)?;
    histories::huge(&place, &mut verdict)?;
    let ours = root.join(DATA);
    match data {
        Some(folder) => real_commits::real_commits(&place, folder, &mut verdict)?,
        None if ours.is_dir() => real_commits::real_commits(&place, &ours, &mut verdict)?,
        None => println!("\n{DATA}: not there, so no real commits are looked at"),
    }
    cargo_workspace::cargo_workspace(&place, &mut verdict)?;
    services::services(&place, &mut verdict)?;
    npm_workspace::npm_workspace(&place, &mut verdict)?;
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("\nload of this machine at the end: {}", load.trim());
    ensure!(place.home_is_empty()?, "something was written into the home folder");
    Ok(verdict.told())
}
