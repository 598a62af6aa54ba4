//! The files of the repository, as git sees them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The repository's root.
pub fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_owned()
}

/// The paths of all files that are committed or could be, sorted: ignored ones are left out.
///
/// # Errors
/// When git does not answer, or a name is not UTF-8, which none of ours is.
pub fn listed(root: &Path) -> anyhow::Result<Vec<String>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("failed to start git")?;
    if !output.status.success() {
        bail!("git ls-files failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let names = String::from_utf8(output.stdout).context("a file's name is not UTF-8")?;
    let mut names: Vec<String> = names.split_terminator('\0').map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names.retain(|name| root.join(name).is_file());
    Ok(names)
}

/// The text of a file of the repository.
///
/// # Errors
/// When it cannot be read.
pub fn text(root: &Path, path: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(root.join(path)).with_context(|| format!("failed to read {path}"))
}

/// The bytes of a file of the repository.
///
/// # Errors
/// When it cannot be read.
pub fn bytes(root: &Path, path: &str) -> anyhow::Result<Vec<u8>> {
    std::fs::read(root.join(path)).with_context(|| format!("failed to read {path}"))
}
