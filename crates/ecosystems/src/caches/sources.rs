//! The repository's own sources, for what is built of them: by git's names for their contents where those
//! are known, so that a clean checkout is not read.

use repo_model::text_lines::as_committed;
use repo_model::{Entry, Kind, below};

use super::reading::Reading;
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
    for file in below(tree, folder).iter().filter(is_meant) {
        let path = folders::inside(folder, file.path.as_bytes()).unwrap_or_default();
        fact(&mut it, path, file, || Some(reading.file_at(file.path.as_bytes())?.bytes));
    }
    reading.push(it);
}

/// Adds what a file of the repository holds: by git's name for it, if that is known.
pub(super) fn fact(
    ingredient: &mut Ingredient,
    path: &[u8],
    file: &Entry,
    read: impl FnOnce() -> Option<Vec<u8>>,
) {
    match (file.id, file.kind) {
        (Some(id), _) => ingredient.shown(path, id.to_string()),
        (None, Kind::Submodule) => ingredient.shown(path, "a submodule"),
        (None, Kind::File | Kind::Executable | Kind::Symlink) => {
            if let Some(bytes) = read() {
                ingredient.hidden(path, as_committed(&bytes));
            }
        }
    }
}
