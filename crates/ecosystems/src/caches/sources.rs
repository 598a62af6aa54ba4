//! The repository's own sources, for what is built of them: by git's names for their contents where those
//! are known, so that a clean checkout is not read.

use diagnostics::Problem;
use repo_model::text_lines::as_committed;
use repo_model::{Entry, Kind, Tree, below};

use super::reading::Reading;
use super::seen::unread;
use super::{Ingredient, Level, Source};
use crate::workspaces::folders;

/// Adds the files below a folder that `is_meant`, each as one fact under its path from there, where
/// products of the repository's own are kept.
pub(super) fn add(reading: &mut Reading<'_>, folder: &[u8], is_meant: &dyn Fn(&[u8]) -> bool) {
    if !reading.seen.settings.keeps_workspace {
        return;
    }
    let tree = reading.seen.tree;
    let name = match folder {
        [] => b"sources".to_vec(),
        folder => [b"sources of ", folder].concat(),
    };
    let Some(of_folder) = below(tree, folder).first() else { return };
    let source = Source::File(of_folder.path.clone());
    let mut it = Ingredient::new(Level::Workspace, name, source, "it is built from them");
    let is_meant =
        |file: &&Entry| folders::inside(folder, file.path.as_bytes()).is_some_and(is_meant);
    let files: Vec<&Entry> = below(tree, folder).iter().filter(is_meant).collect();
    let held = reading.kept(held(tree, &files)).into_iter().flatten();
    for (file, held) in held {
        held.add(&mut it, folders::inside(folder, file.path.as_bytes()).unwrap_or_default());
    }
    reading.push(it);
}

/// What a file of the repository holds.
pub(super) enum Held {
    /// Git's name for it.
    Named(String),
    /// All of it, as git would keep it.
    Contents(Vec<u8>),
}

impl Held {
    /// Adds it under a name.
    pub(super) fn add(self, ingredient: &mut Ingredient, name: &[u8]) {
        match self {
            Self::Named(id) => ingredient.shown(name, id),
            Self::Contents(bytes) => ingredient.hidden(name, bytes),
        }
    }
}

/// What each of these files holds, in their order: by git's name for it, if that is known.
pub(super) fn held<'f>(
    tree: &dyn Tree,
    files: &[&'f Entry],
) -> Result<Vec<(&'f Entry, Held)>, Box<Problem>> {
    let is_read = |it: &&&Entry| it.id.is_none() && it.kind != Kind::Submodule;
    let unnamed: Vec<&Entry> = files.iter().filter(is_read).copied().collect();
    let mut contents = tree.read(&unnamed).map_err(|error| unread(&error))?.into_iter();
    let held = |file: &&'f Entry| {
        let held = match (file.id, file.kind) {
            (Some(id), _) => Held::Named(id.to_string()),
            (None, Kind::Submodule) => Held::Named("a submodule".to_owned()),
            (None, Kind::File | Kind::Executable | Kind::Symlink) => {
                let bytes = contents.next().unwrap_or_default();
                Held::Contents(as_committed(&bytes).into_owned())
            }
        };
        (*file, held)
    };
    Ok(files.iter().map(held).collect())
}
