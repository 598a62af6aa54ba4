//! What is kept, and why that is right.
//!
//! - `registry/index` and `registry/cache` of cargo's home: what is known of packages, and the packages as
//!   they were packed. A file is named by package, version and registry, and a registry never gives out
//!   another content under that name (The Cargo Book, "Publishing on crates.io"). Cargo checks a package
//!   when it downloads it, and never again (seen with cargo 1.95: a changed file in `registry/cache` is
//!   built as it is), so whose cache is read is a matter of trust: see the scopes of keys.
//! - `git/db`: clones, whose objects git names by their contents.
//! - `git/checkouts`, and of `registry/src` the packages called `*-sys*`: a build script that names files
//!   in its own folder is run again where those are younger than its last run (cargo's
//!   `core/compiler/fingerprint`, "Mtime comparison"), so they have to be there as they were. The rest of
//!   `registry/src` is not kept: cargo unpacks it in less time than a cache restores it.
//! - the folders of products (`target`), with their `CACHEDIR.TAG`. Cargo compares each with what it is
//!   made from before it uses it.
//! - `bin`, `.crates.toml` and `.crates2.json` only where a person asks: the folder holds rustup's own
//!   programs as well, and those of every other job on a machine that is not thrown away.
//!
//! Paths are as actions/cache takes them. What lies in the home folder is `~/`, what lies in the repository
//! is named from its root, so that both are the same on machines with other folders; what lies elsewhere is
//! absolute, and machines that differ in it share no cache. The list never depends on what the repository
//! needs today: actions/cache takes another list for another cache.

use std::collections::BTreeMap;

use bstr::ByteSlice as _;

use super::configuration::Configurations;
use super::roots::{Root, Roots};
use crate::caches::{Found, Ingredient, Layer, Level, Place, Reuse, Seen, Source, homes};
use crate::workspaces::cargo::layout::is_within;

/// The variables that say where things lie.
pub(super) const VARIABLES: [&str; 4] =
    ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_BUILD_DIR"];

/// What is kept of cargo's home.
const OF_HOME: &[(&str, Layer, &str)] = &[
    ("registry/index", Layer::Registry, "cargo asks the registry for what is newer than it"),
    ("registry/cache", Layer::Registry, "a file is named by package, version and registry, and has one content"),
    ("git/db", Layer::Registry, "git names what is in it by its contents"),
    ("git/checkouts", Layer::Dependencies, "each folder is named by its commit"),
    ("registry/src/*/*-sys-*", Layer::Dependencies, "each folder is named by package and version"),
];

/// What is kept of cargo's home where a person asks for installed programs.
const OF_PROGRAMS: [&str; 3] = ["bin", ".crates.toml", ".crates2.json"];

/// What is kept.
pub(super) fn places(seen: &Seen<'_>, roots: &Roots, settings: &Configurations) -> Found {
    let home = cargo_home(seen);
    let in_home = |path: &str| [home.as_slice(), b"/", path.as_bytes()].concat();
    let mut places: Vec<Place> = OF_HOME
        .iter()
        .map(|(path, layer, why)| Place { path: in_home(path), layer: *layer, reuse: Reuse::Any, why })
        .collect();
    if seen.settings.keeps_programs {
        places.extend(OF_PROGRAMS.iter().map(|path| Place {
            path: in_home(path),
            layer: Layer::Dependencies,
            reuse: Reuse::SameSystem,
            why: "cargo looks in `.crates2.json` whether what it shall install is there",
        }));
    }
    // By the path, whether a file of the repository alone names it.
    let mut folders: BTreeMap<Vec<u8>, bool> = BTreeMap::new();
    for (path, is_of_file) in roots.iter().flat_map(|root| targets(seen, root, settings)) {
        let is_claimed = is_of_file && is_outside(&path) && !is_within(&path, &home);
        let known = folders.entry(path).or_insert(is_claimed);
        *known &= is_claimed;
    }
    let claimed = folders.iter().filter(|(_, is_claimed)| **is_claimed);
    let claimed = claimed.map(|(path, _)| path.clone()).collect();
    for path in folders.into_keys() {
        // One folder holds both, and each layer alone has to keep it.
        for layer in [Layer::Dependencies, Layer::Workspace] {
            places.push(Place {
                path: path.clone(),
                layer,
                reuse: Reuse::SameToolchain,
                why: "cargo compares each product with the flags, features, profile and sources that it would make it from",
            });
        }
    }
    Found { places, claimed, ..Found::default() }
}

/// Whether a place lies outside of the repository.
fn is_outside(place: &[u8]) -> bool {
    place.starts_with(b"~/") || place.starts_with(b"/") || matches!(place, [_, b':', ..])
}

/// Where cargo's home is: packages that are built there name it in their products, and cargo builds them
/// all again in another (seen with cargo 1.95: "the path to the source changed").
pub(super) fn home(seen: &Seen<'_>) -> Option<Ingredient> {
    let path = match seen.variable("CARGO_HOME") {
        Some(path) => path.to_vec(),
        None => [seen.machine.home.as_deref()?, b"/.cargo"].concat(),
    };
    let why = "packages from elsewhere are compiled in it, and their products name it";
    let source = Source::Variable("CARGO_HOME".into());
    let mut it = Ingredient::new(Level::Toolchain, "cargo's home", source, why);
    it.hidden("folder", homes::normal(&homes::slashes(seen.machine, &path)));
    Some(it)
}

/// The folders of products of a root: where it is said for the workspace, in the environment, in a
/// configuration, or `target` beside its manifest; and those of what is made on the way to them
/// (`build.build-dir`), if that is elsewhere. With whether a file of the repository says so.
fn targets(seen: &Seen<'_>, root: Root<'_>, settings: &Configurations) -> Vec<(Vec<u8>, bool)> {
    let named = seen.settings.workspaces.iter();
    let mut named = named.filter(|it| it.folder == root.folder || root.has(&it.folder));
    let named = named.find_map(|it| Some((it.folder.as_slice(), it.target.as_deref()?)));
    let set = |names: [&str; 2]| names.into_iter().find_map(|name| seen.variable(name));
    let of_file = |key: &str| {
        let (from, text) = settings.build_path(root.folder, key)?;
        Some((from.unwrap_or(root.folder), text.as_bytes(), from.is_some()))
    };
    let variable = set(["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"]);
    let target = named
        .or_else(|| Some((root.folder, variable?)))
        .map(|(from, path)| (from, path, false))
        .or_else(|| of_file("target-dir"))
        .unwrap_or((root.folder, b"target", false));
    let on_the_way = seen.variable("CARGO_BUILD_BUILD_DIR").map(|path| (root.folder, path, false));
    let on_the_way = on_the_way.or_else(|| of_file("build-dir"));
    let places = [Some(target), on_the_way].into_iter().flatten();
    let place = |(from, path, is_of_file)| {
        Some((homes::own_place(seen, from, &filled(path, seen, root.folder))?, is_of_file))
    };
    places.filter_map(place).collect()
}

/// A path with its templates filled in (The Cargo Book, "Configuration", `build.build-dir`). What a hash
/// of the machine's own path names is kept with the folder around it.
fn filled(path: &[u8], seen: &Seen<'_>, root: &[u8]) -> Vec<u8> {
    let absolute = [seen.machine.repository.as_slice(), b"/", root].concat();
    let home = match seen.variable("CARGO_HOME") {
        Some(home) => home.to_vec(),
        None => [seen.machine.home.as_deref().unwrap_or(b"~"), b"/.cargo"].concat(),
    };
    let path = path.replace("{workspace-root}", absolute.trim_end_with(|it| it == '/'));
    let path = path.replace("{cargo-cache-home}", home);
    let end = path.find(b"{").unwrap_or(path.len());
    path.get(..end).unwrap_or_default().to_vec()
}

fn cargo_home(seen: &Seen<'_>) -> Vec<u8> {
    let set = seen.variable("CARGO_HOME").and_then(|path| homes::own_place(seen, b"", path));
    set.unwrap_or_else(|| b"~/.cargo".to_vec())
}
