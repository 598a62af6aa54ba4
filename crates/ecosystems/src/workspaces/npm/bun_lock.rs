//! `bun.lock`, the text format of Bun 1.2 and later (<https://bun.sh/docs/install/lockfile>; seen with
//! versions 1 and 2 of the format).
//!
//! It is JSON with commas after the last value and comments. `workspaces` names the members by their
//! folders; `packages` names each package by the way on which it is found: `x`, or `y/x` where `y` needs
//! another `x` than the rest. Each is a list: its name and version, where it comes from, what it needs,
//! its checksum; of a member only the first.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::locked::{Locked, Node};

type Asked = BTreeMap<String, Value>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    lockfile_version: u64,
    workspaces: BTreeMap<String, Member>,
    #[serde(default)]
    packages: BTreeMap<String, Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    #[serde(default)]
    name: String,
    #[serde(default)]
    dependencies: Asked,
    #[serde(default)]
    dev_dependencies: Asked,
    #[serde(default)]
    optional_dependencies: Asked,
    #[serde(default)]
    peer_dependencies: Asked,
}

/// How many packages may stand in a way. Seen are fewer than ten.
const LONGEST: usize = 64;

/// Reads a lock file; nothing where it is not of a version that is known.
pub(super) fn read(bytes: &[u8]) -> Option<Locked> {
    let file: File = serde_json::from_slice(&json(bytes)).ok()?;
    if !matches!(file.lockfile_version, 0..=2) {
        return None;
    }
    let mut locked =
        Locked { format: format!("bun {}", file.lockfile_version), ..Locked::default() };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (way, package) in &file.packages {
        places.insert(way, locked.push(node(package)?));
    }
    for (at, (way, package)) in file.packages.iter().enumerate() {
        let asked = package.iter().find_map(Value::as_object);
        let sections = ["dependencies", "optionalDependencies", "peerDependencies"];
        let asked = sections.iter().filter_map(|section| asked?.get(*section)?.as_object());
        let names = asked.flat_map(serde_json::Map::keys);
        let needs = names.filter_map(|name| found(way, name, &places)).collect::<Vec<_>>();
        if split(way).len() > LONGEST {
            return None;
        }
        if let Some(node) = locked.nodes.get_mut(at) {
            node.needs = needs;
        }
    }
    for (folder, member) in &file.workspaces {
        let asked = [
            &member.dependencies,
            &member.dev_dependencies,
            &member.optional_dependencies,
            &member.peer_dependencies,
        ];
        let names = asked.into_iter().flat_map(BTreeMap::keys);
        let needs = names.filter_map(|name| found(&member.name, name, &places)).collect();
        locked.member(folder.as_bytes(), needs);
    }
    Some(locked)
}

/// The names in a way; a scope and its package are one name.
fn split(way: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = way;
    while !rest.is_empty() {
        let scope = if rest.starts_with('@') { rest.find('/').map_or(0, |at| at + 1) } else { 0 };
        let end = rest.get(scope..).and_then(|rest| rest.find('/')).map(|at| at + scope);
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        names.push(name);
        rest = after.strip_prefix('/').unwrap_or(after);
    }
    names
}

/// The package that a name means on a way: that of the longest beginning of the way.
fn found(way: &str, name: &str, places: &BTreeMap<&str, usize>) -> Option<usize> {
    let mut names = split(way);
    names.truncate(LONGEST);
    loop {
        names.push(name);
        if let Some(at) = places.get(names.join("/").as_str()) {
            return Some(*at);
        }
        names.pop();
        names.pop()?;
    }
}

/// What is known of a package.
fn node(package: &[Value]) -> Option<Node> {
    let whole = package.first()?.as_str()?;
    let at = whole.char_indices().skip(1).find(|(_, letter)| *letter == '@');
    let (name, version) = at.map_or((whole, ""), |(at, _)| whole.split_at(at));
    let version = version.strip_prefix('@').unwrap_or(version);
    let words: Vec<&str> = package.iter().filter_map(Value::as_str).collect();
    Some(Node {
        name: name.to_owned(),
        version: version.to_owned(),
        identity: words.join("\n"),
        needs: Vec::new(),
    })
}

/// The same without comments and without commas before a closing bracket.
pub(in crate::workspaces) fn json(bytes: &[u8]) -> Vec<u8> {
    let mut kept: Vec<u8> = Vec::with_capacity(bytes.len());
    // Where a comma stands that nothing but blanks has followed.
    let mut comma: Option<usize> = None;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match (byte, rest.peek()) {
            (b'/', Some(b'/')) => {
                while rest.next_if(|byte| *byte != b'\n').is_some() {}
                continue;
            }
            (b'/', Some(b'*')) => {
                rest.next();
                let mut before = 0;
                for byte in rest.by_ref() {
                    if (before, byte) == (b'*', b'/') {
                        break;
                    }
                    before = byte;
                }
                continue;
            }
            (b'"', _) => {
                kept.push(byte);
                comma = None;
                let mut escaped = false;
                for byte in rest.by_ref() {
                    kept.push(byte);
                    if byte == b'"' && !escaped {
                        break;
                    }
                    escaped = byte == b'\\' && !escaped;
                }
                continue;
            }
            (b',', _) => comma = Some(kept.len()),
            (b'}' | b']', _) => {
                if let Some(blank) = comma.take().and_then(|at| kept.get_mut(at)) {
                    *blank = b' ';
                }
            }
            (byte, _) if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
        kept.push(byte);
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workspaces::npm::locked::tests::check_edit;

    const BASE: &str = r#"{
  // a comment
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "r", "devDependencies": { "t": "^1", }, },
    "packages/a": { "name": "a", "dependencies": { "@s/x": "^1", "b": "workspace:*", }, },
    "packages/b": { "name": "b", "dependencies": { "y": "^2", }, },
  },
  "packages": {
    "@s/x": ["@s/x@1.0.0", "", { "dependencies": { "y": "^1" } }, "sha512-x1"],
    "@s/x/y": ["y@1.0.0", "", {}, "sha512-y1"],
    "a": ["a@workspace:packages/a"],
    "b": ["b@workspace:packages/b"],
    "t": ["t@1.0.0", "", {}, "sha512-t1"],
    "y": ["y@2.0.0", "", {}, "sha512-y2"],
  }
}"#;

    #[track_caller]
    fn check(from: &str, to: &str, wanted: &[&str]) {
        check_edit(read, BASE, (from, to), wanted);
    }

    #[test]
    fn a_member_changes_with_what_it_finds() {
        check("sha512-y1", "sha512-y9", &["packages/a"]);
        check("sha512-y2", "sha512-y9", &["packages/b"]);
        check("sha512-t1", "sha512-t9", &[""]);
        check("\"@s/x/y\"", "\"b/y\"", &["packages/a", "packages/b"]);
    }

    #[test]
    fn comments_and_last_commas_are_no_json() {
        let read = json(br#"[1, /* , */ "a,]\"//", {"b": [2 , ] , }, ]"#);
        let read: Value = serde_json::from_slice(&read).unwrap();
        assert_eq!(read, serde_json::json!([1, "a,]\"//", {"b": [2]}]));
        assert_eq!(split("@a/b/c/@d/e"), ["@a/b", "c", "@d/e"]);
    }

    #[test]
    fn other_versions_are_not_read() {
        assert_eq!(read(br#"{"lockfileVersion": 9, "workspaces": {}}"#), None);
        assert_eq!(read(b"\x00bun"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(cut in 0..BASE.len(), with in "[\"{}:,a/* ]{0,9}") {
            let mut text = BASE.to_owned();
            text.replace_range(cut..(cut + with.len()).min(BASE.len()), &with);
            let _ = read(text.as_bytes());
        }
    }
}
