//! What changed lock files touch.

use diagnostics::{Level, Problem, Text, text};
use repo_model::{NotRead, RepoPath, Side, Tree};

use super::changed_manifests::Layouts;
use super::layout::{Found, contents, folder_of, name_of};
use super::lock::Lock;
use super::locked::{self, Pair};
use super::touches::Touches;
use crate::workspaces::Reach;

/// The name of every lock file.
pub(super) const LOCK: &[u8] = b"Cargo.lock";

/// A lock file on one side.
enum State {
    Absent,
    Unreadable(Box<Problem>),
    Read(Lock),
}

/// Touches what the changed lock files touch. Only those beside a root, or a package that is alone,
/// are cargo's.
///
/// # Errors
/// When the contents of one cannot be had.
pub(super) fn locks(
    layouts: Layouts<'_>,
    trees: [&dyn Tree; 2],
    touches: &mut Touches<'_>,
) -> Result<(), NotRead> {
    for change in layouts.changes {
        let path = change.path.as_bytes();
        let folder = folder_of(path);
        if name_of(path) != LOCK || !layouts.head.is_root(folder) {
            continue;
        }
        touches.known.insert(change.path.clone());
        let [base, head] = trees;
        let old = read(base, &change.path, change.old)?;
        match (old, read(head, &change.path, change.new)?) {
            (State::Read(base), State::Read(head)) => {
                compare(layouts, folder, &change.path, [&base, &head], touches);
            }
            (State::Unreadable(problem), _) | (_, State::Unreadable(problem)) => {
                let mut problem = *problem;
                problem.level = Level::Warning;
                let help = text!["every package of the workspace counts as changed"];
                touches.problems.push(problem.help(help));
                all(layouts, folder, &change.path, &"it cannot be read".into(), touches);
            }
            (State::Absent, State::Read(_)) => {
                all(layouts, folder, &change.path, &"the lock file is new".into(), touches);
            }
            (State::Read(_) | State::Absent, State::Absent) => {
                all(layouts, folder, &change.path, &"the lock file is gone".into(), touches);
            }
        }
    }
    Ok(())
}

fn read(tree: &dyn Tree, path: &RepoPath, side: Option<Side>) -> Result<State, NotRead> {
    let Some(bytes) = contents(tree, path, side)? else { return Ok(State::Absent) };
    Ok(match Lock::read(path.as_bytes(), &bytes) {
        Ok(lock) => State::Read(lock),
        Err(problem) => State::Unreadable(problem),
    })
}

/// The packages that a lock file in the folder may speak of: those of the workspace, and packages that
/// are alone, which may be used by path from there.
fn concerned<'a>(
    layouts: Layouts<'a>,
    folder: &'a [u8],
) -> impl Iterator<Item = (&'a Vec<u8>, &'a Found)> {
    layouts.head.packages.iter().filter(move |(own, package)| {
        package.root == folder || package.root == **own && layouts.head.root(own).is_none()
    })
}

fn all(layouts: Layouts<'_>, root: &[u8], path: &RepoPath, what: &Text, touches: &mut Touches<'_>) {
    for (folder, _) in layouts.head.packages.iter().filter(|(_, it)| it.root == root) {
        touches.add(folder, Reach::Dependents, path, Some(what.clone()));
    }
}

fn compare(
    layouts: Layouts<'_>,
    root: &[u8],
    path: &RepoPath,
    [base, head]: [&Lock; 2],
    touches: &mut Touches<'_>,
) {
    let mut pair = Pair::new(base, head);
    for (folder, package) in concerned(layouts, root) {
        let Some(before) = layouts.base.packages.get(folder) else { continue };
        let before =
            locked::Side { manifest: &before.manifest, root: layouts.base.root_of(before) };
        let now = locked::Side { manifest: &package.manifest, root: layouts.head.root_of(package) };
        if let Some((reach, what)) = pair.compare(before, now) {
            touches.add(folder, reach, path, Some(what));
        }
    }
}
