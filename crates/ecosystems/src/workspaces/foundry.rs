//! Projects of Foundry and Hardhat: a folder with a `foundry.toml`, or a `hardhat.config.js` or `.ts`.
//!
//! A project needs another one of the repository if a remapping, a folder that its settings name or a
//! link in it leads there, or if a source file imports from there. What belongs to no project touches
//! those who take it. Packages that Hardhat finds in `node_modules` are npm's matter ([`super::npm`]), and
//! so is a `package.json`.
//!
//! What a project takes from other repositories lies below `lib`: a commit of a submodule there, or a
//! copied file, changes it like a file of its own.

mod config;
mod hardhat;
mod imports;
mod projects;
mod solidity;

use std::collections::BTreeSet;

use diagnostics::Problem;
use repo_model::{Change, RepoPath, Status};

use self::imports::Imports;
use self::projects::{Project, Projects};
use super::draft::{Draft, warning};
use super::folders::{self, is_for_people};
use super::{Reach, Reading, Sides};

/// Settings of linters and formatters, by the beginnings of their names.
const LINT: [&[u8]; 6] = [
    b".prettierignore",
    b".prettierrc",
    b".solcover.",
    b".solhint",
    b".solhintignore",
    b"slither.",
];

/// How often projects are touched where nothing can be told apart.
const MOST_TOUCHES: usize = 100_000;

/// Reads the projects of the head, what they need, and which of them the change touches. A project is
/// named by its folder, the one at the root `.`.
///
/// # Errors
/// When the tree of the head cannot be read, or a `foundry.toml` in it. A base that cannot be read
/// touches what it could have said something about, and is told in [`Reading::problems`].
pub fn read(sides: &Sides<'_>) -> Result<Reading, Box<Problem>> {
    let mut head = Projects::read(sides.head)?;
    if !head.broken.is_empty() {
        return Err(head.broken.swap_remove(0).1);
    }
    let imports = Imports::read(sides.head, &head)?;
    let mut draft = Draft::default();
    for project in &head.all {
        draft.package(name(project), project.folder.clone());
    }
    for (from, on, kind) in &imports.needs {
        draft.need(*from, *on, *kind);
    }
    if let Some(base) = sides.base {
        let deciding = sides.changes.iter().filter(|it| projects::decides(it.path.as_bytes()));
        let deciding: Vec<&RepoPath> = deciding.map(|change| &change.path).collect();
        if deciding.is_empty() {
            touches(sides, (&head, &imports), &head, &deciding, &mut draft);
        } else {
            match Projects::read(base) {
                Ok(before) => touches(sides, (&head, &imports), &before, &deciding, &mut draft),
                Err(problem) => {
                    draft.problem(warning(&problem));
                    let each = |at| deciding.iter().map(move |path| (at, path));
                    for (at, path) in (0..head.all.len()).flat_map(each).take(MOST_TOUCHES) {
                        let what = Some("what was before cannot be read".into());
                        draft.touch(at, Reach::Dependents, path, what);
                    }
                }
            }
        }
    }
    Ok(draft.finish())
}

fn name(project: &Project) -> String {
    match project.folder.as_slice() {
        [] => ".".to_owned(),
        folder => String::from_utf8_lossy(folder).into_owned(),
    }
}

/// Finds all touches.
fn touches(
    sides: &Sides<'_>,
    (head, imports): (&Projects, &Imports),
    base: &Projects,
    deciding: &[&RepoPath],
    draft: &mut Draft,
) {
    let (now, then) = (head.owners(), base.owners());
    let broken: BTreeSet<&RepoPath> = base.broken.iter().map(|(path, _)| path).collect();
    let mut most_touches = MOST_TOUCHES;
    for change in sides.changes {
        let path = change.path.as_bytes();
        let (owner, is_owned) = match change.status {
            Status::Deleted => {
                let before = then.of(path).and_then(|at| base.all.get(at));
                (before.and_then(|it| now.at(&it.folder)), before.is_some())
            }
            Status::Added | Status::Modified | Status::TypeChanged => {
                let owner = now.of(path);
                (owner, owner.is_some())
            }
        };
        let taking = if now.of(path).is_none() { imports.taking(path) } else { BTreeSet::new() };
        if is_owned || !taking.is_empty() {
            draft.known(&change.path);
        }
        for (at, reach) in taking {
            draft.touch(
                at,
                reach,
                &change.path,
                Some("it takes this from outside of its folder".into()),
            );
        }
        let all = imports.all.iter().take(most_touches);
        most_touches -= all.len();
        for at in all {
            let what = Some("it takes more than can be told apart".into());
            draft.touch(*at, Reach::Dependents, &change.path, what);
        }
        let Some((at, project)) = owner.and_then(|at| Some((at, head.all.get(at)?))) else {
            continue;
        };
        let before = then.at(&project.folder).and_then(|at| base.all.get(at));
        let is_lent = imports.lent.contains(path);
        if let Some(reach) = reach(change, project, before, is_lent) {
            let what = broken.contains(&change.path).then(|| "it could not be read before".into());
            draft.touch(at, reach, &change.path, what);
        }
    }
    for (path, problem) in &base.broken {
        if sides.changes.of(path.as_bytes()).is_some() {
            draft.problem(warning(problem));
        }
    }
    for project in &base.all {
        if now.at(&project.folder).is_none() {
            draft.gone(name(project));
        }
    }
    // What makes a folder a project stands in it, or says above that it is no library any more.
    for path in deciding {
        for at in now.below(folders::split(path.as_bytes()).0) {
            let is_new = |project: &Project| then.at(&project.folder).is_none();
            if head.all.get(at).is_some_and(is_new) {
                draft.touch(at, Reach::Dependents, path, Some("it is a project now".into()));
            }
        }
    }
}

/// How far the change of a file of a project reaches; nothing where it says the same in other words.
fn reach(
    change: &Change,
    project: &Project,
    before: Option<&Project>,
    is_lent: bool,
) -> Option<Reach> {
    let inner = folders::inside(&project.folder, change.path.as_bytes()).unwrap_or_default();
    if let (b"foundry.toml", Some(before)) = (inner, before)
        && change.status == Status::Modified
    {
        let (old, new) = (&before.config, &project.config);
        return if old.building == new.building {
            (old.aside != new.aside).then_some(Reach::Lint)
        } else {
            Some(Reach::Dependents)
        };
    }
    let name = folders::split(inner).1;
    Some(if LINT.iter().any(|beginning| name.starts_with(beginning)) {
        Reach::Lint
    } else if is_for_people(inner)
        || inner == b".gas-snapshot"
        || (project.is_own(inner) && !is_lent)
    {
        Reach::Own
    } else {
        Reach::Dependents
    })
}

#[cfg(test)]
mod tests;
