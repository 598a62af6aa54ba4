//! Go: its modules, and its cache of builds and test results.
//!
//! Sources: Go, "Go Modules Reference" (`go.mod`, `go.sum`, `go.work`, "Vendoring", "Module cache"), "Go
//! Toolchains", `go help cache`, `go help environment`; cmd/go 1.27 for what each answers.
//!
//! What is not kept: the modules as they are unpacked, because Go unpacks them again from its downloads;
//! and the cache of golangci-lint, which golangci-lint-action keeps under that tool's own version (a
//! person adds it with `paths`).

mod modules;
mod toolchain;

use diagnostics::Problem;
use repo_model::{Entry, Tree};

use self::modules::Modules;
use super::pins::Pins;
use super::reading::{Reading, name_of};
use super::{
    Beyond, Folder, Found, Layer, Reuse, Seen, Settings, Wants, homes, sources,
};
use crate::workspaces::folders;
use crate::workspaces::go::model::decides;

/// Its name.
pub(super) const NAME: &str = "go";
/// What a repository that uses it has.
pub(super) const MARK: &str = "`go.mod` or `go.work`";
/// Lock files that count even where git does not know them.
pub(super) const LOCKS: &[&str] = &["go.sum", "go.work.sum"];

const PINS: Pins = Pins {
    files: &[".go-version"],
    tools: &["go", "golang"],
    why: "what sets Go up takes the version from it",
};

/// Whether what is in the file at this path may matter.
pub(super) fn looks_into(path: &[u8]) -> bool {
    let name = name_of(path);
    matches!(name, b"go.mod" | b"go.sum" | b"go.work" | b"go.work.sum")
        || path.ends_with(b"vendor/modules.txt")
        || PINS.looks_into(name)
}

/// The folders of modules and of workspaces.
pub(super) fn folders(tree: &dyn Tree) -> Vec<Vec<u8>> {
    let is_meant = |it: &&Entry| it.kind.is_file() && decides(it.path.as_bytes());
    let files = tree.entries().iter().filter(is_meant);
    let mut found: Vec<Vec<u8>> =
        files.map(|it| folders::split(it.path.as_bytes()).0.to_vec()).collect();
    found.sort();
    found.dedup();
    found
}

/// What the Go command says of itself, once for each toolchain that the folders ask for.
pub(super) fn wants(tree: &dyn Tree, settings: &Settings) -> Wants {
    let asked = toolchain::asked(tree, &settings.folders(folders(tree)));
    let places = ["GOCACHE", "GOMODCACHE", "GOPATH", "LOCALAPPDATA", "XDG_CACHE_HOME"];
    let variables = [&places[..], &toolchain::VARIABLES, &toolchain::ANSWERED].concat();
    let below = |folder, path| Beyond { folder, path };
    let config = Folder::Variable { name: "XDG_CONFIG_HOME", otherwise: ".config" };
    let roaming = Folder::Variable { name: "APPDATA", otherwise: "AppData/Roaming" };
    Wants {
        probes: asked.into_iter().map(|it| (it.folder, toolchain::probe())).collect(),
        // What `go env -w` wrote (`go help env`; os.UserConfigDir).
        beyond: vec![
            below(config, "go/env"),
            below(Folder::Home, "Library/Application Support/go/env"),
            below(roaming, "go/env"),
        ],
        variables,
    }
}

/// What the cache depends on.
pub(super) fn read(seen: &Seen<'_>) -> Result<Found, Vec<Problem>> {
    let mut reading = Reading::new(seen);
    let all = seen.settings.folders(folders(seen.tree));
    let said = toolchain::read(&mut reading, &toolchain::asked(seen.tree, &all));
    let mut modules = Modules::default();
    for folder in &all {
        PINS.add(folder, &mut reading);
        modules.read(folder, &mut reading);
        let nested = |path: &[u8]| {
            let below = folders::upwards(folders::split(path).0).filter(|it| !it.is_empty());
            let mut below = below.map(|inner| folders::join(folder, inner));
            below.any(|it| repo_model::entry(seen.tree, &folders::join(&it, b"go.mod")).is_some())
        };
        let is_source = |path: &[u8]| !looks_into(path) && !nested(path);
        sources::add(&mut reading, folder, &is_source);
    }
    modules.tell(&mut reading);
    let downloads = said.modules.unwrap_or_else(|| {
        let set = seen.variable("GOMODCACHE").map(<[u8]>::to_vec).or_else(|| {
            // The first folder of the list.
            let separator = if seen.machine.os == "windows" { b';' } else { b':' };
            let first = seen.variable("GOPATH")?.split(|byte| *byte == separator).next()?;
            Some([first, b"/pkg/mod"].concat())
        });
        homes::place(seen, b"", &set.unwrap_or_else(|| b"~/go/pkg/mod".to_vec()))
    });
    let why = "each is named by module and version, and Go holds it against go.sum before it uses it";
    reading.place(homes::inside(&downloads, "cache/download"), Layer::Registry, Reuse::Any, why);
    let builds = said.builds.unwrap_or_else(|| match seen.variable("GOCACHE") {
        Some(set) => homes::place(seen, b"", set),
        None => default_builds(seen),
    });
    // One folder holds what is built of either: it is kept with each.
    for layer in [Layer::Dependencies, Layer::Workspace] {
        let why = "each product is named by a digest of all that it was made from: sources, flags and the compilers of Go and C";
        reading.place(builds.clone(), layer, Reuse::SameSystem, why);
    }
    reading.done()
}

/// `go-build` in the user's folder of caches (os.UserCacheDir).
fn default_builds(seen: &Seen<'_>) -> Vec<u8> {
    match homes::xdg(seen, "XDG_CACHE_HOME", false) {
        Some(caches) => homes::inside(&caches, "go-build"),
        None => BUILDS.path(seen),
    }
}

const BUILDS: homes::Default = homes::Default {
    linux: ".cache/go-build",
    macos: "Library/Caches/go-build",
    windows: "AppData/Local/go-build",
};

#[cfg(test)]
mod tests;
