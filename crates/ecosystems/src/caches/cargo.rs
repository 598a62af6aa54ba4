//! Rust's cargo: its registry, its git checkouts, and the products of a build.
//!
//! One file a subject: which workspaces count ([`roots`]), what they are compiled with ([`toolchain`],
//! [`environment`], [`configuration`]), what they take from elsewhere ([`manifests`], [`locked`]), their
//! own sources ([`sources`]), the copies of packages that are committed ([`vendored`]), and where all of it
//! is kept ([`places`]). Manifests, lock files and
//! configurations are read by what they mean, with the readers of [`crate::workspaces::cargo`].
//!
//! Cargo itself looks whether a product still fits (its `core/compiler/fingerprint`), so a key that is too
//! coarse builds nothing wrong: it restores what is thrown away, and is never saved again. A key that is
//! too fine restores nothing. What stands in the key is therefore what cargo's fingerprints of packages
//! from elsewhere depend on.
//!
//! Sources: The Cargo Book, "Cargo Home", "Build Cache", "Environment Variables", "Configuration"; the
//! rustup book, "Overrides".

mod configuration;
mod environment;
mod locked;
mod manifests;
mod once;
mod outside;
mod places;
mod roots;
mod sources;
#[cfg(test)]
mod tests;
mod toolchain;
mod vendored;

use diagnostics::{Foreign, Problem};
use repo_model::Tree;

use self::locked::OfFile;
use self::once::ReadOnce;
use self::roots::Roots;
use super::{Beyond, BeyondFile, Folder, Found, Seen, Settings, Wants};
use crate::workspaces::cargo::configs::Configs;
use crate::workspaces::cargo::layout::{MANIFEST, folder_of, name_of};

/// Its name.
pub(super) const NAME: &str = "cargo";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`Cargo.toml`";
/// Files that count beside a manifest even where git does not know them: an ignored lock file, a
/// configuration that an earlier step of the job wrote.
pub(super) const LOCKS: &[&str] =
    &["Cargo.lock", ".cargo/config", ".cargo/config.toml", "rust-toolchain", "rust-toolchain.toml"];
/// The name of the lock file.
const LOCK: &[u8] = b"Cargo.lock";

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    match name_of(path) {
        MANIFEST | LOCK | b"rust-toolchain" | b"rust-toolchain.toml" => true,
        b"config" | b"config.toml" => name_of(folder_of(path)) == b".cargo",
        _ => false,
    }
}

/// Whether the file at this path may name folders with copies of packages. What a configuration includes
/// lies beside it, as a rule.
pub(super) fn may_name_copies(path: &[u8]) -> bool {
    name_of(folder_of(path)) == b".cargo"
}

/// Whether these configurations do.
pub(super) fn names_copies(settings: &dyn Tree) -> bool {
    Configs::of(settings).is_ok_and(|configs| configs.has_vendored())
}

/// The folders from which cargo may be used: those with a lock file or a manifest that have none above
/// them. Which of them are workspaces is only known when they are read.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    let is_manifest = |path: &[u8]| name_of(path) == MANIFEST;
    if !tree.entries().iter().any(|it| it.kind.is_file() && is_manifest(it.path.as_bytes())) {
        return Vec::new();
    }
    toolchain::outermost(tree, |path| is_manifest(path) || name_of(path) == LOCK)
}

/// The files that one outside of the repository includes: where each is, and how a person would write that.
pub(super) fn includes(file: &BeyondFile) -> Vec<(Vec<u8>, Vec<u8>)> {
    outside::includes(file)
}

/// What must be known besides.
pub(super) fn wants(tree: &dyn Tree, settings: &Settings) -> Wants {
    let file = |folder: &Folder, path| Beyond { folder: folder.clone(), path };
    let home = Folder::Variable { name: "CARGO_HOME", otherwise: ".cargo" };
    Wants {
        probes: toolchain::probes(tree, settings),
        beyond: vec![
            file(&Folder::Above, configuration::ABOVE[0]),
            file(&Folder::Above, configuration::ABOVE[1]),
            file(&home, configuration::IN_HOME[0]),
            file(&home, configuration::IN_HOME[1]),
            file(&Folder::Above, toolchain::FILES[0]),
            file(&Folder::Above, toolchain::FILES[1]),
        ],
        variables: environment::asked(),
    }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let tree = ReadOnce::new(seen.tree);
    let seen = &Seen { tree: &tree, ..*seen };
    let lock = locked::first(seen);
    std::thread::scope(|scope| {
        let lock = scope.spawn(|| locked::said(lock));
        read_beside(seen, || lock.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// The same, while what the first lock file says is still being found out.
fn read_beside(seen: &Seen<'_>, lock: impl FnOnce() -> OfFile) -> Result<Found, Vec<Problem>> {
    let roots = Roots::of(seen)?;
    if roots.is_empty() {
        return Ok(Found { problems: roots.problems(), ..Found::default() });
    }
    let mut found = Found { problems: roots.problems(), ..Found::default() };
    let mut wrong = Vec::new();
    let mut take = |part: Result<Found, Vec<Problem>>| match part {
        Ok(part) => {
            found.ingredients.extend(part.ingredients);
            found.places.extend(part.places);
            found.claimed.extend(part.claimed);
            found.problems.extend(part.problems);
            found.is_unlocked |= part.is_unlocked;
        }
        Err(problems) => wrong.extend(problems),
    };
    let settings = configuration::Configurations::of(seen, &roots);
    take(toolchain::read(seen, &roots));
    take(Ok(environment::read(seen)));
    take(Ok(Found { ingredients: places::home(seen).into_iter().collect(), ..Found::default() }));
    match settings {
        Ok(settings) => {
            take(Ok(settings.found()));
            take(settings.targets(seen));
            take(Ok(settings.unseen(seen)));
            take(vendored::read(seen, &settings.vendored(seen)));
            take(Ok(places::places(seen, &roots, &settings)));
        }
        Err(problems) => take(Err(problems)),
    }
    let manifests = manifests::read(seen, &roots);
    take(locked::read(seen, &roots, lock()));
    take(Ok(manifests));
    take(sources::read(seen, &roots));
    if wrong.is_empty() { Ok(found) } else { Err(wrong) }
}

/// ` of crates/a`, to follow the name of what belongs to a folder; nothing for the root.
fn of_folder(folder: &[u8]) -> Vec<u8> {
    if folder.is_empty() { Vec::new() } else { [b" of ", folder].concat() }
}

/// A folder as it is told to a person.
fn told(folder: &[u8]) -> Foreign {
    if folder.is_empty() { Foreign::from("the root of the repository") } else { Foreign::new(folder) }
}
