//! Folders whose names would mean something else where paths are listed.

use diagnostics::{Foreign, Problem, text};
use repo_model::{Tree, below};

use super::{Found, Place};

/// What is wrong with the places of an ecosystem. A folder of the repository is named by somebody else, and
/// in a list of paths `!` at the beginning takes out, `#` begins a comment, `~` is the home folder, and
/// `*`, `?` and `[` are patterns (@actions/glob, "Patterns").
pub(super) fn problems(found: &Found, tree: &dyn Tree) -> Vec<Problem> {
    let is_home_below = !below(tree, b"~").is_empty();
    let odd = found.places.iter().filter(|place| is_odd(place, is_home_below));
    odd.map(|place| {
        let path = Foreign::new(place.path.clone());
        Problem::error(text!["the folder ", path, " cannot be kept: in a list of paths its name means something else"])
            .label("expected no `!`, `#` or `~` at the beginning, no `*`, `?`, `[` or back-slash, and no blanks around it")
            .help("rename it, or leave its workspace out with `workspaces`")
    })
    .collect()
}

fn is_odd(place: &Place, is_home_below: bool) -> bool {
    let path = place.path.as_slice();
    if path.starts_with(b"~/") {
        return is_home_below;
    }
    if path.starts_with(b"/") {
        return false;
    }
    // Patterns of ours, where cargo's home is in the repository.
    let plain = path.strip_suffix(b"registry/src/*/*-sys-*").unwrap_or(path);
    plain.starts_with(b"!")
        || plain.starts_with(b"#")
        || path.trim_ascii() != path
        || plain.iter().any(|byte| b"*?[\\".contains(byte))
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;
    use crate::caches::{Layer, Reuse};

    #[track_caller]
    fn check(path: &str, files: &[&str], wrong: usize) {
        let reuse = Reuse::Any;
        let place = Place { path: path.into(), layer: Layer::Registry, reuse, why: "so" };
        let found = Found { places: vec![place], ..Found::default() };
        let tree = MemoryTree::new(files.iter().map(|path| (*path, ""))).unwrap();
        assert_eq!(problems(&found, &tree).len(), wrong, "{path}");
    }

    #[test]
    fn a_folder_whose_name_means_something_else_is_refused() {
        for path in [
            "!x/target",
            "#x/target",
            "a*/target",
            "[ab]/target",
            " a/target",
            "a/b ",
            "a?",
            "a\\b",
        ] {
            check(path, &[], 1);
        }
        check("~/node_modules", &["~/package.json"], 1);
        for path in
            ["target", "a!/#b/target", "~/.npm", "/opt/x", ".c/registry/src/*/*-sys-*", "a~/x"]
        {
            check(path, &["a/package.json"], 0);
        }
    }
}
