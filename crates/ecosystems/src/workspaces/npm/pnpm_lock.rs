//! `pnpm-lock.yaml` of versions 6 and 9
//! (<https://github.com/pnpm/spec/blob/master/lockfile/9.0.md> and `6.0.md` beside it).
//!
//! `importers` names each member by its folder and says which version of each dependency it got. A
//! version is a number, with the versions of its peers in parentheses; or, of what is no plain package
//! of the registry, its whole key. In version 9 `snapshots` says what such a version needs, and
//! `packages` what it is; in version 6 `packages` says both, and a workspace of one package has no
//! `importers`. A version that begins with `link:` is a member or a folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use diagnostics::yaml::{Kind, Node as Part};

use super::locked::{Locked, Node};
use crate::yaml::{self, entries, words};

/// Where a member, or a package, says what it needs.
const SECTIONS: [&str; 3] = ["dependencies", "devDependencies", "optionalDependencies"];

/// Reads a lock file; nothing where it is not of a version that is known.
pub(super) fn read(bytes: &[u8]) -> Option<Locked> {
    let yaml = yaml::read(bytes).ok()?;
    let documents = yaml.documents();
    // pnpm 11 keeps what it installs for itself in a document of its own, before the workspace's.
    let (file, before) = documents.split_last()?;
    let file = *file;
    let version = file.get("lockfileVersion")?.text()?;
    let major = version.split('.').next()?;
    if !matches!(major, "6" | "9") {
        return None;
    }
    let mut locked = Locked { format: format!("pnpm {version}"), ..Locked::default() };
    for document in before {
        let _ = write!(locked.format, " {}", words(*document));
    }
    let packages = entries(file.get("packages"));
    let snapshots = (major == "9").then(|| entries(file.get("snapshots")));
    let keys = snapshots.as_ref().unwrap_or(&packages);
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (key, node) in keys {
        let said = if snapshots.is_some() { packages.get(whole(key)) } else { Some(node) };
        places.insert(key, locked.push(package(key, said.copied())));
    }
    for (key, node) in keys {
        let needs = needs(*node, &places, &mut locked);
        let at = places.get(key).copied().unwrap_or_default();
        if let Some(node) = locked.nodes.get_mut(at) {
            node.needs = needs;
        }
    }
    let importers = file.get("importers");
    if importers.is_some_and(|it| matches!(it.kind(), Kind::Map(_))) {
        for (folder, importer) in entries(importers) {
            let needs = needs(importer, &places, &mut locked);
            let folder = if folder == "." { "" } else { folder };
            locked.member(folder.as_bytes(), needs);
        }
    } else {
        let needs = needs(file, &places, &mut locked);
        locked.member(b"", needs);
    }
    Some(locked)
}

/// The places of what a node says it needs; a link is a place of its own.
fn needs(node: Part<'_>, places: &BTreeMap<&str, usize>, locked: &mut Locked) -> Vec<usize> {
    let mut needs = Vec::new();
    for section in SECTIONS {
        for (name, asked) in entries(node.get(section)) {
            // A member says what it asked for too; only what it got counts.
            let version = asked.get("version").and_then(Part::text).or_else(|| asked.text());
            let version = version.unwrap_or_default();
            let key = format!("/{name}@{version}");
            let mut keys = [key.strip_prefix('/').unwrap_or_default(), &key, version].into_iter();
            let place = keys.find_map(|key| places.get(key).copied());
            let leaf = || Locked::leaf(name, format!("{name}\n{version}"));
            needs.push(place.unwrap_or_else(|| locked.push(leaf())));
        }
    }
    needs
}

/// A key without a slash before it, and without the versions of its peers.
fn whole(key: &str) -> &str {
    let bare = key.strip_prefix('/').unwrap_or(key);
    bare.split_once('(').map_or(bare, |(before, _)| before)
}

/// What is known of a package: its key, and all that is said of where it comes from.
fn package(key: &str, said: Option<Part<'_>>) -> Node {
    let whole = whole(key);
    // The `@` of a scope is the first letter, never what divides.
    let at = whole.char_indices().skip(1).find(|(_, letter)| *letter == '@').map(|(at, _)| at);
    let (name, version) = at.map_or((whole, ""), |at| whole.split_at(at));
    let mut identity = key.to_owned();
    for (field, value) in entries(said) {
        // What it needs is an edge; who needs it is none of its own.
        let is_own =
            !SECTIONS.contains(&field) && !matches!(field, "dev" | "optional" | "deprecated");
        if is_own {
            let _ = write!(identity, "\n{field} {}", words(value));
        }
    }
    let version = version.strip_prefix('@').unwrap_or(version).to_owned();
    Node { name: name.to_owned(), version, identity, needs: Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workspaces::npm::locked::tests::check_edit;

    const NINE: &str = "lockfileVersion: '9.0'

settings:
  autoInstallPeers: true

importers:

  .:
    devDependencies:
      t:
        specifier: ^1.0.0
        version: 1.0.0

  packages/a:
    dependencies:
      b:
        specifier: workspace:*
        version: link:../b
      '@s/x':
        specifier: ^1.0.0
        version: 1.0.0(t@1.0.0)

  packages/b:
    dependencies:
      old:
        specifier: npm:y@^2.0.0
        version: y@2.0.0

packages:

  '@s/x@1.0.0':
    resolution: {integrity: x1}
    peerDependencies:
      t: '*'

  t@1.0.0:
    resolution: {integrity: t1}

  y@1.0.0:
    resolution: {integrity: y1}

  y@2.0.0:
    resolution: {integrity: y2}

snapshots:

  '@s/x@1.0.0(t@1.0.0)':
    dependencies:
      t: 1.0.0
      y: 1.0.0

  t@1.0.0: {}

  y@1.0.0: {}

  y@2.0.0: {}
";

    const SIX: &str = "lockfileVersion: '6.0'

importers:

  packages/a:
    dependencies:
      '@s/x':
        specifier: ^1.0.0
        version: 1.0.0(t@1.0.0)

  packages/b:
    dependencies:
      y:
        specifier: ^2.0.0
        version: 2.0.0

packages:

  /@s/x@1.0.0(t@1.0.0):
    resolution: {integrity: x1}
    dependencies:
      y: 1.0.0
    dev: false

  /y@1.0.0:
    resolution: {integrity: y1}
    dev: false

  /y@2.0.0:
    resolution: {integrity: y2}
    dev: false
";

    #[track_caller]
    fn check(base: &str, from: &str, to: &str, wanted: &[&str]) {
        check_edit(read, base, (from, to), wanted);
    }

    #[test]
    fn a_member_changes_with_what_its_versions_need() {
        check(NINE, "integrity: y1", "integrity: other", &["packages/a"]);
        check(NINE, "integrity: y2", "integrity: other", &["packages/b"]);
        check(NINE, "integrity: t1", "integrity: other", &["", "packages/a"]);
        check(NINE, "      y: 1.0.0", "      y: 2.0.0", &["packages/a"]);
        check(NINE, "version: y@2.0.0", "version: y@1.0.0", &["packages/b"]);
        check(NINE, "link:../b", "2.0.0", &["packages/a"]);
        check(SIX, "integrity: y1", "integrity: other", &["packages/a"]);
        check(SIX, "integrity: y2", "integrity: other", &["packages/b"]);
    }

    #[test]
    fn what_was_asked_for_and_who_asked_is_no_change() {
        check(NINE, "specifier: ^1.0.0", "specifier: ^1.0.1", &[]);
        check(NINE, "autoInstallPeers: true", "autoInstallPeers: false", &[]);
        check(SIX, "dev: false", "dev: true", &[]);
    }

    #[test]
    fn a_workspace_of_one_package_has_no_importers() {
        let base = "lockfileVersion: '6.1'\ndependencies:\n  y:\n    specifier: 1\n    version: 1.0.0\npackages:\n  /y@1.0.0:\n    resolution: {integrity: y1}\n";
        check(base, "y1", "y2", &[""]);
    }

    #[test]
    fn other_versions_are_not_read() {
        assert_eq!(read(b"lockfileVersion: 5.4\n"), None);
        assert_eq!(read(b"<<<<<<< ours\n"), None);
        assert_eq!(read(b""), None);
        assert!(read(format!("a: 1\n---\n{NINE}").as_bytes()).is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(cut in 0..NINE.len(), with in "[{}:, \n'&*a-]{0,9}") {
            let mut text = NINE.to_owned();
            text.replace_range(cut..(cut + with.len()).min(NINE.len()), &with);
            let _ = read(text.as_bytes());
        }
    }
}
