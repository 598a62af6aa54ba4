//! Files that set something for every package below their folder: cargo's configuration, the choice of
//! a toolchain, the settings of clippy and rustfmt.
//!
//! Sources: The Cargo Book, "Configuration" (`.cargo/config.toml`, and `.cargo/config` before 1.39, count
//! in their folder and below); the rustup book, "Overrides" (`rust-toolchain`, `rust-toolchain.toml`);
//! clippy's and rustfmt's pages on configuration (`clippy.toml`, `rustfmt.toml`, each with or without a
//! leading dot).

use super::layout::{folder_of, name_of};
use super::value::{self, Value};
use crate::workspaces::Reach;

/// A file of settings.
pub(crate) struct Setting<'a> {
    /// The folder for which, with all below it, it counts.
    pub(crate) folder: &'a [u8],
    /// How far it reaches.
    pub(crate) reach: Reach,
    /// Whether it is cargo's configuration, of which only a part concerns builds.
    pub(crate) is_cargo: bool,
}

/// What the file at `path` sets, if it is one of those.
pub(crate) fn setting(path: &[u8]) -> Option<Setting<'_>> {
    let folder = folder_of(path);
    let for_folder = |reach| Some(Setting { folder, reach, is_cargo: false });
    match name_of(path) {
        b"config" | b"config.toml" if name_of(folder) == b".cargo" => {
            let folder = folder_of(folder);
            Some(Setting { folder, reach: Reach::Dependents, is_cargo: true })
        }
        b"rust-toolchain" | b"rust-toolchain.toml" => for_folder(Reach::Dependents),
        b"clippy.toml" | b".clippy.toml" | b"rustfmt.toml" | b".rustfmt.toml" => {
            for_folder(Reach::Lint)
        }
        _ => None,
    }
}

/// The tables of cargo's configuration that concern the person at the terminal and the way to the
/// network, not what is built (The Cargo Book, "Configuration format").
const NOT_BUILDS: [&str; 7] =
    ["alias", "cargo-new", "doc", "future-incompat-report", "http", "net", "term"];

/// Whether two versions of cargo's configuration build alike; what cannot be read does not.
pub(crate) fn builds_alike(base: Option<&[u8]>, head: Option<&[u8]>) -> bool {
    match (builds(base), builds(head)) {
        (Some(before), Some(after)) => before == after,
        (_, _) => false,
    }
}

/// What of it concerns builds; an absent file sets nothing.
fn builds(config: Option<&[u8]>) -> Option<Vec<(String, Value)>> {
    let Some(bytes) = config else { return Some(Vec::new()) };
    let tree = value::read(b"", bytes).ok()?;
    let tables = tree.as_table()?.iter();
    let kept = tables.filter(|(key, _)| !NOT_BUILDS.contains(&key.as_str()));
    Some(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, wanted: Option<(&str, Reach)>) {
        let found = setting(path.as_bytes()).map(|it| (it.folder.to_vec(), it.reach));
        assert_eq!(found, wanted.map(|(folder, reach)| (folder.as_bytes().to_vec(), reach)));
    }

    #[test]
    fn settings_count_from_their_folder_on() {
        check(".cargo/config.toml", Some(("", Reach::Dependents)));
        check("a/.cargo/config", Some(("a", Reach::Dependents)));
        check("a/config.toml", None);
        check("a/.cargo/audit.toml", None);
        check("a/b/rust-toolchain", Some(("a/b", Reach::Dependents)));
        check("rust-toolchain.toml", Some(("", Reach::Dependents)));
        check("clippy.toml", Some(("", Reach::Lint)));
        check("a/.rustfmt.toml", Some(("a", Reach::Lint)));
    }

    #[track_caller]
    fn check_alike(base: Option<&str>, head: Option<&str>, is_alike: bool) {
        let bytes = |text: Option<&'static str>| text.map(str::as_bytes);
        let leak = |text: Option<&str>| text.map(|text| &*String::from(text).leak());
        assert_eq!(builds_alike(bytes(leak(base)), bytes(leak(head))), is_alike);
    }

    #[test]
    fn an_alias_builds_nothing() {
        check_alike(None, Some("alias.x = 'run'"), true);
        check_alike(Some("[term]\ncolor = 'auto'"), Some("# nothing"), true);
        check_alike(None, Some("build.rustflags = ['-O']"), false);
        check_alike(Some("env.X = '1'"), Some("env.X = '2'"), false);
        check_alike(Some("<<<<"), Some("<<<<"), false);
    }
}
