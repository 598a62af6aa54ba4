//! `package-lock.json` and `npm-shrinkwrap.json` of versions 2 and 3
//! (<https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json>).
//!
//! `packages` names each installed package by the place where it lies, `node_modules/a/node_modules/b`,
//! and each member by its folder. What a name means there is what Node finds: the nearest
//! `node_modules` above that has it (<https://nodejs.org/api/modules.html>, the part on
//! folders of that name).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::locked::{Locked, Node};

/// How many folders with packages of their own may stand in each other, and how long a place may be.
/// Seen are fewer than 15 and 300; without an end, a file could make each name cost a search of all.
const DEEPEST: usize = 64;
const LONGEST: usize = 4096;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    lockfile_version: u64,
    packages: BTreeMap<String, Entry>,
}

/// Names with their ranges.
type Names = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    name: Option<String>,
    version: Option<String>,
    resolved: Option<String>,
    integrity: Option<String>,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    dependencies: Names,
    #[serde(default)]
    dev_dependencies: Names,
    #[serde(default)]
    optional_dependencies: Names,
    #[serde(default)]
    peer_dependencies: Names,
}

const MODULES: &str = "node_modules/";

/// Reads a lock file; nothing where it is not of a version that says which package needs which.
pub(super) fn read(bytes: &[u8]) -> Option<Locked> {
    let file: File = serde_json::from_slice(bytes).ok()?;
    if !matches!(file.lockfile_version, 2 | 3) {
        return None;
    }
    let mut locked =
        Locked { format: format!("npm {}", file.lockfile_version), ..Locked::default() };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut homes: BTreeSet<&str> = BTreeSet::new();
    for (at, (place, entry)) in file.packages.iter().enumerate() {
        if place.len() > LONGEST {
            return None;
        }
        if let Some((home, _)) = split(place) {
            homes.insert(home);
        }
        places.insert(place, at);
        locked.push(node(place, entry));
    }
    for (at, (place, entry)) in file.packages.iter().enumerate() {
        if entry.link {
            continue;
        }
        let homes = homes_of(place, &homes)?;
        let asked = [
            &entry.dependencies,
            &entry.dev_dependencies,
            &entry.optional_dependencies,
            &entry.peer_dependencies,
        ];
        let mut needs = Vec::new();
        for name in asked.into_iter().flat_map(BTreeMap::keys) {
            // What is optional may be missing.
            let found = homes.iter().find_map(|home| places.get(lies(home, name).as_str()));
            needs.extend(found);
        }
        if split(place).is_none() {
            locked.members.insert(place.as_bytes().to_vec(), at);
        }
        if let Some(node) = locked.nodes.get_mut(at) {
            node.needs = needs;
        }
    }
    Some(locked)
}

/// The folder that a place lies in the `node_modules` of, and the name there; nothing for a member.
fn split(place: &str) -> Option<(&str, &str)> {
    let at = place.rfind(MODULES)?;
    let (home, name) = place.split_at(at);
    let name = name.strip_prefix(MODULES)?;
    if home.is_empty() { Some((home, name)) } else { Some((home.strip_suffix('/')?, name)) }
}

/// Where a package of a name lies.
fn lies(home: &str, name: &str) -> String {
    if home.is_empty() { format!("{MODULES}{name}") } else { format!("{home}/{MODULES}{name}") }
}

/// The folders with packages of their own in which Node looks from a place, the nearest first.
fn homes_of<'p>(place: &'p str, homes: &BTreeSet<&str>) -> Option<Vec<&'p str>> {
    let mut found = Vec::new();
    let mut folder = Some(place);
    while let Some(own) = folder {
        if homes.contains(own) {
            found.push(own);
        }
        folder = match own.rsplit_once('/') {
            Some((above, _)) => Some(above),
            None => (!own.is_empty()).then_some(""),
        };
    }
    (found.len() <= DEEPEST).then_some(found)
}

fn node(place: &str, entry: &Entry) -> Node {
    let or_empty = |text: &Option<String>| text.as_deref().unwrap_or_default().to_owned();
    let Some((_, installed)) = split(place) else { return Node::default() };
    let name = entry.name.as_deref().unwrap_or(installed).to_owned();
    let resolved = or_empty(&entry.resolved);
    if entry.link {
        return Locked::leaf(&name, format!("link {resolved}"));
    }
    let version = or_empty(&entry.version);
    let identity = format!("{name}\n{version}\n{resolved}\n{}", or_empty(&entry.integrity));
    Node { name, version, identity, needs: Vec::new() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workspaces::npm::locked::tests::check_edit;

    const BASE: &str = r#"{"name": "r", "lockfileVersion": 3, "requires": true, "packages": {
        "": {"name": "r", "workspaces": ["packages/*"], "devDependencies": {"t": "^1"}},
        "packages/a": {"version": "1.0.0", "dependencies": {"x": "^1", "b": "^1"}},
        "packages/b": {"version": "1.0.0", "dependencies": {"x": "^2"}, "peerDependencies": {"no": "1"}},
        "node_modules/a": {"resolved": "packages/a", "link": true},
        "node_modules/b": {"resolved": "packages/b", "link": true},
        "node_modules/t": {"version": "1.0.0", "integrity": "t1", "dev": true},
        "node_modules/x": {"version": "1.0.0", "integrity": "x1", "dependencies": {"y": "1"}},
        "node_modules/y": {"version": "1.0.0", "integrity": "y1"},
        "packages/b/node_modules/x": {"version": "2.0.0", "integrity": "x2", "dependencies": {"y": "1"}}
    }}"#;

    #[track_caller]
    fn check(from: &str, to: &str, wanted: &[&str]) {
        check_edit(read, BASE, (from, to), wanted);
    }

    #[test]
    fn a_member_changes_with_what_node_finds_from_it() {
        check(r#""integrity": "x2""#, r#""integrity": "x3""#, &["packages/b"]);
        check(r#""integrity": "x1""#, r#""integrity": "x3""#, &["packages/a"]);
        check(r#""integrity": "y1""#, r#""integrity": "y2""#, &["packages/a", "packages/b"]);
        check(r#""integrity": "t1""#, r#""integrity": "t2""#, &[""]);
        check(
            r#""packages/b/node_modules/x": {"version": "2.0.0", "integrity": "x2""#,
            r#""node_modules/b/x": {"version": "9""#,
            &["packages/b"],
        );
    }

    #[test]
    fn flags_and_versions_of_members_are_no_change() {
        check(r#", "dev": true"#, "", &[]);
        check(
            r#"{"version": "1.0.0", "dependencies": {"x": "^1""#,
            r#"{"version": "1.0.1", "dependencies": {"x": "^1""#,
            &[],
        );
    }

    #[test]
    fn a_member_that_is_not_linked_any_more_is_a_change() {
        check(
            r#""node_modules/b": {"resolved": "packages/b", "link": true}"#,
            r#""node_modules/b": {"version": "1.0.0", "integrity": "b"}"#,
            &["packages/a"],
        );
    }

    #[test]
    fn other_versions_are_not_read() {
        assert_eq!(read(br#"{"lockfileVersion": 1, "dependencies": {}}"#), None);
        assert_eq!(read(br#"{"lockfileVersion": 4, "packages": {}}"#), None);
        assert_eq!(read(b"<<<<<<< ours"), None);
        let deep = "a/node_modules/".repeat(300) + "x";
        assert_eq!(
            read(format!(r#"{{"lockfileVersion": 3, "packages": {{"{deep}": {{}}}}}}"#).as_bytes()),
            None
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(cut in 0..BASE.len(), with in "[\"{}:,a/ ]{0,9}") {
            let mut text = BASE.to_owned();
            text.replace_range(cut..(cut + with.len()).min(BASE.len()), &with);
            let _ = read(text.as_bytes());
        }
    }
}
