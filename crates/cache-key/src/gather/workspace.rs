//! Where the repository is for the steps after this one.

use std::path::{Path, PathBuf};

use runner_protocol::Out;

/// What stands before a path of the repository whose root is `top`, for actions/cache and every other step
/// that starts in the runner's workspace: nothing where the repository is there, `sub/` where it was
/// checked out below it (`path` of actions/checkout), and where it is as a whole otherwise.
///
/// Source: actions/toolkit, `packages/cache/src/internal/cacheUtils.ts` (`resolvePaths`) and `tar.ts`: paths
/// are found and packed from `GITHUB_WORKSPACE`.
pub(crate) fn before(top: &[u8], out: &Out) -> String {
    let top = String::from_utf8_lossy(top).into_owned();
    // Without a workspace, a path is one of the repository.
    let Some(from) = from_it(Path::new(&top), out) else { return String::new() };
    let from = String::from_utf8_lossy(&from).into_owned();
    if from.is_empty() {
        from
    } else if from == ".." || from.starts_with("../") {
        top.replace('\\', "/") + "/"
    } else {
        from + "/"
    }
}

/// Where a folder is as seen from the runner's workspace, for what is packed from there: `../../..` for the
/// home folder of GitHub's own runners.
pub(super) fn from_it(folder: &Path, out: &Out) -> Option<Vec<u8>> {
    let workspace = system::whole_path(&workspace(out)?).ok()?;
    let folder = system::whole_path(folder).ok()?;
    let shared = workspace.components().zip(folder.components());
    let shared = shared.take_while(|(one, other)| one == other).count();
    let up = workspace.components().skip(shared).map(|_| b"..".as_slice());
    let down = folder.components().skip(shared).map(|name| name.as_os_str().as_encoded_bytes());
    Some(up.chain(down).collect::<Vec<_>>().join(&b'/'))
}

fn workspace(out: &Out) -> Option<PathBuf> {
    out.folder_of("GITHUB_WORKSPACE").filter(|_| out.is_actions())
}
