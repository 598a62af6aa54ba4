//! What stands for `org/actions@v1`: the release tree of this checkout, and the tool it starts.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::{Scratch, copy_folder};

use crate::places::target_folder;
use crate::{Doing as _, Toolchain, Trouble, workspace_root};

/// The name under which the workflows here use the actions.
pub const NAME: &str = "org/actions@v1";

/// The tree as a release has it.
#[derive(Debug)]
pub enum ReleaseTree {
    /// Made here, from the work tree as it is now.
    Made(Scratch),
    /// One that is there: `SIGNALBOX_RELEASE_TREE`, for a release about to be published.
    Given(PathBuf),
}

impl ReleaseTree {
    /// The given tree, else one that `scripts/release-tree` makes.
    ///
    /// # Errors
    /// When the script refuses.
    pub fn find() -> Result<Self, Trouble> {
        if let Some(given) = named("SIGNALBOX_RELEASE_TREE") {
            return Ok(Self::Given(given));
        }
        let scratch = Scratch::new();
        let mut script = Command::new(workspace_root().join("scripts/release-tree"));
        script.args(["--worktree", "--export"]).arg(scratch.at("tree"));
        succeed(script.current_dir(workspace_root()))?;
        Ok(Self::Made(scratch))
    }

    /// The same without the source: `lib`, the actions and the workflows to call. act copies the tree twice
    /// for each step that uses it, so this one is quicker, and the same as long as nothing is built.
    ///
    /// act does not know `$/`, by which the workflows name what stands in their own commit: here they name it
    /// as [`NAME`], which is the same tree.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn without_source(&self) -> Result<Self, Trouble> {
        let scratch = Scratch::new();
        let folders = fs::read_dir(self.path()).doing(|| "list the release tree".to_owned())?;
        for entry in folders {
            let path = entry.doing(|| "list the release tree".to_owned())?.path();
            let name = path.file_name().unwrap_or_default();
            if name == "lib" || path.join("action.yml").is_file() {
                copy_folder(&path, &scratch.at(Path::new("tree").join(name)));
            }
        }
        let workflows = self.path().join(WORKFLOWS);
        for entry in fs::read_dir(workflows).doing(|| "list the workflows".to_owned())? {
            let path = entry.doing(|| "list the workflows".to_owned())?.path();
            let name = path.file_name().unwrap_or_default();
            if !name.to_string_lossy().starts_with("pipeline-") {
                continue;
            }
            let shown = || format!("read `{}`", path.display());
            let text = named_by_tag(&fs::read_to_string(&path).doing(shown)?);
            scratch.write(Path::new("tree").join(WORKFLOWS).join(name), text);
        }
        Ok(Self::Made(scratch))
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        match self {
            Self::Made(scratch) => scratch.at("tree"),
            Self::Given(folder) => folder.clone(),
        }
    }
}

/// Where the workflows to call are.
const WORKFLOWS: &str = ".github/workflows";

/// The workflow with what it uses of its own commit named by its tag.
fn named_by_tag(workflow: &str) -> String {
    let mut made = String::new();
    for line in workflow.lines() {
        let (repository, tag) = NAME.split_once('@').unwrap_or((NAME, "v1"));
        let _ = match line.split_once("uses: $/") {
            Some((before, own)) => {
                writeln!(made, "{before}uses: {repository}/{}@{tag}", own.trim_end())
            }
            None => writeln!(made, "{line}"),
        };
    }
    made
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The tools that stand.
const TOOLS: &[&str] =
    &["cache-key", "change-detector", "gate-check", "gpu-matcher", "shard-splitter"];

/// The folder with the tools: `SIGNALBOX_BIN_DIR`, else built here now.
///
/// # Errors
/// When they do not compile.
pub fn tools() -> Result<PathBuf, Trouble> {
    if let Some(folder) = named("SIGNALBOX_BIN_DIR") {
        return Ok(folder);
    }
    let mut cargo = Command::new(Toolchain::find()?.cargo());
    cargo.args(["build", "--quiet"]);
    cargo.args(TOOLS.iter().flat_map(|tool| ["--package", tool]));
    succeed(cargo.current_dir(workspace_root()))?;
    Ok(target_folder().join("debug"))
}

/// A folder of tools that do the same as those in `tools`, and append what they print to
/// `folder/printed`: act can lose the last lines of a step.
///
/// # Errors
/// When the disk refuses.
pub fn recorded(tools: &Path, folder: &Path) -> Result<PathBuf, Trouble> {
    let mut script = "#!/bin/sh\n".to_owned();
    let _ = writeln!(script, "printed=$(mktemp '{}/one.XXXXXX')", folder.display());
    let _ = writeln!(script, "'{}'/\"${{0##*/}}\" \"$@\" >\"$printed\" 2>&1", tools.display());
    let _ = writeln!(script, "code=$?\ncat \"$printed\" | tee -a '{}/printed'", folder.display());
    script.push_str("exit $code\n");
    let bin = folder.join("bin");
    fs::create_dir_all(&bin).doing(|| format!("make `{}`", bin.display()))?;
    for tool in TOOLS {
        let path = bin.join(tool);
        let shown = || format!("write `{}`", path.display());
        fs::write(&path, &script).doing(shown)?;
        make_executable(&path).doing(shown)?;
    }
    Ok(bin)
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Puts the files of a commit of the repository at `repository` into a folder.
///
/// # Errors
/// When git does not know the commit, or tar refuses.
pub fn unpacked(repository: &Path, commit: &str, folder: &Path) -> Result<(), Trouble> {
    fs::create_dir_all(folder).doing(|| format!("make `{}`", folder.display()))?;
    let packed = Scratch::new();
    let mut git = Command::new("git");
    git.arg("-C").arg(repository).args(["archive", "--output"]).arg(packed.at("files.tar"));
    succeed(git.arg(commit))?;
    succeed(Command::new("tar").arg("-xf").arg(packed.at("files.tar")).arg("-C").arg(folder))
}

fn succeed(command: &mut Command) -> Result<(), Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().doing(|| format!("start `{name}`"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Trouble::new(format!("`{name}` failed: {}\n{said}", output.status)))
}
