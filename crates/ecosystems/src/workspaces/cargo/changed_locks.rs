//! What changed lock files touch.

use diagnostics::{Level, Problem, Text, text};
use repo_model::{NotRead, RepoPath, Side, Tree};

use super::changed_manifests::Layouts;
use super::layout::{contents, folder_of, name_of};
use super::lock::Lock;
use super::lock_scope::LockScope;
use super::locked::Pair;
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
            (State::Read(before), State::Read(now)) => {
                let both = [&before, &now];
                compare(layouts, folder, &change.path, both, head, touches);
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

/// Touches every package of a workspace.
pub(super) fn all(
    layouts: Layouts<'_>,
    root: &[u8],
    path: &RepoPath,
    what: &Text,
    touches: &mut Touches<'_>,
) {
    for (folder, _) in layouts.head.packages.iter().filter(|(_, it)| it.root == root) {
        touches.add(folder, Reach::Dependents, path, Some(what.clone()));
    }
}

fn compare(
    layouts: Layouts<'_>,
    root: &[u8],
    path: &RepoPath,
    [base, head]: [&Lock; 2],
    tree: &dyn Tree,
    touches: &mut Touches<'_>,
) {
    let mut pair = Pair::new(base, head);
    let scope = LockScope::of(layouts.head, root, head, tree);
    let difference = |folder: &[u8]| {
        let (before, now) = (layouts.base.side_at(folder)?, layouts.head.side_at(folder)?);
        // What is no member comes and goes with its users, whose manifests say so.
        let is_member = layouts.head.packages.get(folder).is_some_and(|it| it.root == root);
        if is_member || pair.both_know(before, now) { pair.compare(before, now) } else { None }
    };
    scope.touch(&[path], difference, touches);
}
