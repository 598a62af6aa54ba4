//! Rust's cargo: its registry, its git checkouts, and the products of a build.
//!
//! Sources: The Cargo Book, "Cargo Home", "Build Cache", "Environment Variables", "Configuration".

use repo_model::{Entry, RepoPath, Tree};

use super::{Answer, Found, Ingredient, Layer, Level, Place, Reuse, Seen, Settings, Source, Wants};
use crate::Probe;

/// Its name.
pub(super) const NAME: &str = "cargo";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`Cargo.toml`";
/// Lock files that count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["Cargo.lock"];

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    matches!(name(path), b"Cargo.toml" | b"Cargo.lock")
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

/// The folders of workspaces and of packages outside of any.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    let locks = tree.entries().iter().filter(|it| name(it.path.as_bytes()) == b"Cargo.lock");
    let folder = |it: &Entry| {
        let path = it.path.as_bytes();
        let end = path.iter().rposition(|byte| *byte == b'/').unwrap_or_default();
        path.get(..end).unwrap_or_default().to_vec()
    };
    locks.map(folder).collect()
}

/// The compiler's own words.
pub(super) fn wants(_: &dyn Tree, _: &Settings) -> Wants {
    let probe = Probe::new("rustc", &["-vV"], "the version of the compiler").fixed();
    Wants {
        probes: vec![(Vec::new(), probe)],
        beyond: Vec::new(),
        variables: vec!["RUSTFLAGS"],
    }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<diagnostics::Problem>> {
    let mut found = Found::default();
    let mut rustc = Ingredient::new(
        Level::Toolchain,
        "rustc",
        Source::Command("rustc -vV"),
        "products of one compiler are of no use to another",
    );
    if let Answer::Said(said) = seen.answer(0) {
        rustc.shown("version", said.clone());
    }
    found.ingredients.push(rustc);
    for folder in seen.settings.folders(folders(seen.tree)) {
        let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
        let path = [folder.as_slice(), separator, b"Cargo.lock"].concat();
        let Some(contents) = seen.contents(&path).map_err(|problem| vec![*problem])? else {
            continue;
        };
        let Ok(file) = RepoPath::of_git(&path) else { continue };
        let mut ingredient = Ingredient::new(
            Level::Dependencies,
            path,
            Source::File(file),
            "it says which packages are built",
        )
        .of_downloads();
        ingredient.hidden("contents", contents);
        found.ingredients.push(ingredient);
    }
    found.places.push(Place {
        path: b"~/.cargo/registry/cache".to_vec(),
        layer: Layer::Registry,
        reuse: Reuse::Any,
        why: "cargo checks each package's checksum",
    });
    Ok(found)
}
