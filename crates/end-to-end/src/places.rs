//! Where things are on this machine: the checkout, the toolchain.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Doing as _, Trouble};

/// The root of the checkout that this crate was built from.
pub fn workspace_root() -> PathBuf {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    crates.and_then(Path::parent).map(Path::to_owned).unwrap_or_default()
}

/// Where cargo puts what it builds.
pub fn target_folder() -> PathBuf {
    let named = env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty());
    workspace_root().join(named.unwrap_or_else(|| "target".into()))
}

/// The Rust toolchain that works without the user's home folder.
///
/// `cargo` on the path may be rustup's, which looks for its toolchains below `HOME` and installs
/// one if it finds none. The toolchain's own folder is only read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    folder: PathBuf,
}

impl Toolchain {
    /// The toolchain that `rustc` on the path stands for.
    ///
    /// # Errors
    /// When there is no `rustc`.
    pub fn find() -> Result<Self, Trouble> {
        let mut rustc = Command::new("rustc");
        rustc.args(["--print", "sysroot"]).current_dir(workspace_root());
        let answer = asked_output(&mut rustc)?;
        Ok(Self { folder: PathBuf::from(answer.trim()).join("bin") })
    }

    /// Its `cargo`.
    pub fn cargo(&self) -> PathBuf {
        self.folder.join("cargo")
    }

    /// The user's path with this toolchain, and the folder of `first`, in front.
    ///
    /// # Errors
    /// When a folder's name cannot be part of a path.
    pub fn path_with(&self, first: &Path) -> Result<OsString, Trouble> {
        let own = [first.to_owned(), self.folder.clone()];
        let users = env::var_os("PATH").unwrap_or_default();
        let folders = own.into_iter().chain(env::split_paths(&users));
        env::join_paths(folders).doing(|| "put the toolchain on the path".to_owned())
    }
}

fn asked_output(command: &mut Command) -> Result<String, Trouble> {
    let shown = format!("run `{}`", command.get_program().to_string_lossy());
    let output = command.output().doing(|| shown.clone())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(Trouble::new(format!("failed to {shown}: {}\n{said}", output.status)))
    }
}
