//! What is decided about a release: whether everything agrees on its version, and what its notes say.
//!
//! `cargo xtask release-check` and `release-notes` are the doors; `scripts/release` asks them. What
//! git and the disk hold is gathered here, and [`agreement`], [`changelog`] and [`mod@notes`] decide.

pub mod agreement;
pub mod changelog;
pub mod notes;

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::files;
use agreement::Facts;
use changelog::Changelog;

/// The file that tells what changes.
const CHANGELOG: &str = "CHANGELOG.md";

/// Everything that stands against a release of this version, one sentence each. `tags` has the names
/// of those that are there, one a line.
///
/// # Errors
/// When a file cannot be read.
pub fn mistakes(root: &Path, version: &str, tags: &str) -> anyhow::Result<Vec<String>> {
    let changelog = Changelog::read(&files::text(root, CHANGELOG)?, &actions(root)?);
    Ok(agreement::mistakes(&Facts {
        version,
        manifest: &files::text(root, "Cargo.toml")?,
        lock: &files::text(root, "Cargo.lock")?,
        changelog: &changelog,
        tags,
    }))
}

/// The mistakes in the form of the changelog.
///
/// # Errors
/// When it cannot be read.
pub fn changelog_mistakes(root: &Path) -> anyhow::Result<Vec<String>> {
    let changelog = Changelog::read(&files::text(root, CHANGELOG)?, &actions(root)?);
    Ok(changelog.mistakes.iter().map(ToString::to_string).collect())
}

/// The notes of a release, as Markdown.
///
/// # Errors
/// When the changelog does not tell of it, or a value is not what it should be.
pub fn notes(root: &Path, facts: &notes::Facts<'_>) -> anyhow::Result<String> {
    let changelog = Changelog::read(&files::text(root, CHANGELOG)?, &actions(root)?);
    if let Some(mistake) = changelog.mistakes.first() {
        bail!("{mistake}");
    }
    let release = changelog.release(facts.version).with_context(|| {
        let version = facts.version;
        format!("{CHANGELOG} has no heading `## [{version}] - YYYY-MM-DD`")
    })?;
    notes::notes(release, changelog.before(release), facts)
}

/// What a heading of the changelog may name: the actions, all of them together, and the workflows to call.
fn actions(root: &Path) -> anyhow::Result<Vec<String>> {
    let folder = root.join("actions");
    let mut names = vec!["every action".to_owned(), "pipelines".to_owned()];
    let entries = std::fs::read_dir(&folder);
    for entry in entries.with_context(|| format!("failed to list {}", folder.display()))? {
        let entry = entry?;
        if entry.path().join("action.yml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
