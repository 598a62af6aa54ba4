//! `yarn.lock`, of Yarn 1 (<https://classic.yarnpkg.com/en/docs/yarn-lock>) and of Yarn 2 and later
//! (<https://yarnpkg.com/advanced/lexicon>, "Lockfile").
//!
//! Both are lines whose blanks say what they belong to: a line without any names what was asked for
//! (`"x@^1.0.0", x@^1.1`), those below say what was found, and those below `dependencies` what that asks
//! for. The one writes `key value`, the other YAML's `key: value`, and nothing else of YAML, so one
//! reader of lines does for both. The lock of Yarn 1 does not name the members; what they ask for is in
//! their manifests. That of later versions names each, with all it asks for, as `name@workspace:folder`.
//!
//! What a member asks for is written as its manifest has it, also where a resolution of the root or a
//! catalog puts another range in its place, and only that is found in the lock (seen in what Yarn 4.18
//! writes). A range that is not found therefore needs everything of its name, and so does whatever the root
//! has a resolution for: one for a single member (`a/x`) leaves the range of others where it is.

use std::collections::BTreeMap;

use super::locked::{Locked, Node};
use super::manifest::Manifest;

/// What is said below one line without blanks.
#[derive(Default)]
struct Entry<'t> {
    /// What was asked for, each `name@range`.
    asked: Vec<&'t str>,
    /// `version`, `resolved`, `checksum` and so on.
    fields: BTreeMap<&'t str, &'t str>,
    /// What it asks for: names and ranges.
    needs: Vec<(&'t str, &'t str)>,
}

/// Reads a lock file; nothing where a line is not understood. Members are folders, below that of the
/// lock file, with their manifests.
pub(super) fn read(bytes: &[u8], members: &[(Vec<u8>, &Manifest)]) -> Option<Locked> {
    let text = std::str::from_utf8(bytes).ok()?;
    let entries = entries(text)?;
    let (metadata, entries): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|entry| entry.asked == ["__metadata"]);
    let is_berry = !metadata.is_empty();
    let version = metadata.first().and_then(|entry| entry.fields.get("version"));
    let format = format!("yarn {}", version.copied().unwrap_or("1"));
    let mut locked = Locked { format, ..Locked::default() };
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in &entries {
        let at = locked.push(node(entry));
        places.extend(entry.asked.iter().map(|asked| (*asked, at)));
    }
    let mut named = named(&entries);
    let root = members.iter().find(|(folder, _)| folder.is_empty());
    for (name, _) in root.map(|(_, root)| root.overrides()).unwrap_or_default() {
        if let Some(named) = named.get_mut(name.as_str()) {
            named.is_replaced = true;
        }
    }
    for (at, entry) in entries.iter().enumerate() {
        let folder = entry.fields.get("resolution").and_then(|it| it.split_once("@workspace:"));
        let asks = entry.needs.iter().copied();
        let needs = needs(asks, &places, &entries, &mut named, &mut locked);
        if let Some((_, folder)) = folder.filter(|_| is_berry) {
            let folder = if folder == "." { "" } else { folder };
            locked.member(folder.as_bytes(), needs);
        } else if let Some(node) = locked.nodes.get_mut(at) {
            node.needs = needs;
        }
    }
    if !is_berry {
        for (folder, manifest) in members {
            let asks = manifest.requirements.iter();
            let asks = asks.map(|it| (it.name.as_str(), it.specifier.as_str()));
            let needs = needs(asks, &places, &entries, &mut named, &mut locked);
            locked.member(folder, needs);
        }
    }
    Some(locked)
}

/// What is there of one name: its entries, and one node that needs all of them, once somebody asks.
#[derive(Default)]
struct Named {
    entries: Vec<usize>,
    all: Option<usize>,
    /// Whether a resolution of the root is for this name.
    is_replaced: bool,
}

/// The entries of each name, but for members.
fn named<'t>(entries: &[Entry<'t>]) -> BTreeMap<&'t str, Named> {
    let mut named: BTreeMap<&str, Named> = BTreeMap::new();
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.is_member()) {
        for asked in &entry.asked {
            let own = &mut named.entry(name_of(asked)).or_default().entries;
            if own.last() != Some(&at) {
                own.push(at);
            }
        }
    }
    named
}

/// The places of what is asked for. What is not in the file stands there under another range, or is
/// a member, or optional.
fn needs<'t>(
    asks: impl Iterator<Item = (&'t str, &'t str)>,
    places: &BTreeMap<&str, usize>,
    entries: &[Entry<'_>],
    named: &mut BTreeMap<&str, Named>,
    locked: &mut Locked,
) -> Vec<usize> {
    let mut needs = Vec::new();
    for (name, range) in asks {
        // Later versions leave `npm:` out where a range is asked for, and write it where it is found.
        let keys = [format!("{name}@{range}"), format!("{name}@npm:{range}")];
        let place = keys.iter().find_map(|key| places.get(key.as_str()).copied());
        let is_member = |at: &usize| entries.get(*at).is_some_and(Entry::is_member);
        let leaf = |what: &str| Locked::leaf(name, format!("{what} {name}\n{range}"));
        needs.push(match place {
            Some(at) if is_member(&at) => locked.push(leaf("member")),
            Some(at) => at,
            None => locked.push(leaf("nothing")),
        });
        let Some(named) = named.get_mut(name) else { continue };
        // A member is asked for as one, wherever it stands.
        let is_elsewhere = place.is_none() && !range.starts_with("workspace:");
        if is_elsewhere || named.is_replaced {
            let all = *named.all.get_or_insert_with(|| {
                let identity = format!("all {name}");
                locked.push(Node { needs: named.entries.clone(), ..Locked::leaf(name, identity) })
            });
            needs.push(all);
        }
    }
    needs
}

/// The name of `name@range`.
fn name_of(asked: &str) -> &str {
    let at = asked.char_indices().skip(1).find(|(_, letter)| *letter == '@');
    at.map_or(asked, |(at, _)| asked.split_at(at).0)
}

impl Entry<'_> {
    fn is_member(&self) -> bool {
        self.fields.get("resolution").is_some_and(|it| it.contains("@workspace:"))
    }
}

fn node(entry: &Entry<'_>) -> Node {
    let asked = entry.asked.first().copied().unwrap_or_default();
    let field = |field: &str| entry.fields.get(field).copied().unwrap_or_default();
    let name = name_of(if field("resolution").is_empty() { asked } else { field("resolution") });
    let name = name.to_owned();
    let said: Vec<&str> = ["version", "resolution", "resolved", "integrity", "checksum"]
        .into_iter()
        .map(field)
        .collect();
    let identity = format!("{name}\n{}", said.join("\n"));
    Node { name, version: field("version").to_owned(), identity, needs: Vec::new() }
}

/// Everything that the lines say.
fn entries(text: &str) -> Option<Vec<Entry<'_>>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut is_asking = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let words = line.trim_start_matches(' ');
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let depth = line.len() - words.len();
        if depth == 0 {
            // YAML writes a key of more than 1024 letters as `? key`, and its `:` on the next line.
            let (words, is_long) =
                words.strip_prefix("? ").map_or((words, false), |words| (words, true));
            if is_long {
                lines.next().filter(|line| line.trim_end() == ":")?;
            }
            let (asked, rest) = list(words)?;
            let is_end = if is_long { rest.is_empty() } else { rest == ":" };
            is_end.then_some(())?;
            entries.push(Entry { asked, ..Entry::default() });
            is_asking = false;
            continue;
        }
        let entry = entries.last_mut()?;
        let (key, rest) = word(words)?;
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        let value = match rest.strip_prefix(' ') {
            Some(value) => word_to_end(value)?,
            None if rest.is_empty() => {
                is_asking = depth == 2 && ASKING.contains(&key);
                continue;
            }
            None => return None,
        };
        if depth == 2 {
            is_asking = false;
            entry.fields.insert(key, value);
        } else if is_asking {
            entry.needs.push((key, value));
        }
    }
    Some(entries)
}

/// Below which keys stands what is asked for. Peers are asked for by who needs both.
const ASKING: [&str; 2] = ["dependencies", "optionalDependencies"];

/// Words with commas between them, and what follows. Later versions quote all of them as one.
fn list(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut words = Vec::new();
    let mut rest = text;
    loop {
        let (word, after) = word(rest)?;
        words.extend(word.split(", "));
        match after.strip_prefix(", ") {
            Some(more) => rest = more,
            None => return Some((words, after)),
        }
    }
}

/// A word, quoted or not, and what follows. Nothing where it has an escape, which no name or range
/// needs.
fn word(text: &str) -> Option<(&str, &str)> {
    if let Some(quoted) = text.strip_prefix('"') {
        let (word, rest) = quoted.split_once('"')?;
        return (!word.contains('\\')).then_some((word, rest));
    }
    // `:` ends a word only where a blank or nothing follows: `x@npm:1`.
    let is_end = |at: usize, letter: char| match letter {
        ' ' | ',' => true,
        ':' => text.get(at + 1..).is_none_or(|rest| rest.is_empty() || rest.starts_with(' ')),
        _ => false,
    };
    let end = text.char_indices().find(|(at, letter)| is_end(*at, *letter));
    let (word, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
    (!word.is_empty()).then_some((word, rest))
}

/// A value: all to the end of the line.
fn word_to_end(text: &str) -> Option<&str> {
    if text.starts_with('"') {
        let (word, rest) = word(text)?;
        return rest.is_empty().then_some(word);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::workspaces::npm::locked::tests::check_edit;

    const CLASSIC: &str = r#"# THIS IS AN AUTOGENERATED FILE. DO NOT EDIT THIS FILE DIRECTLY.
# yarn lockfile v1


"@s/x@^1.0.0", "@s/x@^1.1.0":
  version "1.1.0"
  resolved "https://registry.yarnpkg.com/@s/x/-/x-1.1.0.tgz#11"
  integrity sha512-x1==
  dependencies:
    y "^1.0.0"
  optionalDependencies:
    gone "^9.0.0"

y@^1.0.0:
  version "1.0.0"
  resolved "https://registry.yarnpkg.com/y/-/y-1.0.0.tgz#12"

y@^2.0.0, "y@>= 2":
  version "2.0.0"
  resolved "https://registry.yarnpkg.com/y/-/y-2.0.0.tgz#13"
"#;

    const BERRY: &str = r#"# This file is generated by running "yarn install" inside your project.

__metadata:
  version: 8
  cacheKey: 10c0

"@s/x@npm:^1.0.0, @s/x@npm:^1.1.0":
  version: 1.1.0
  resolution: "@s/x@npm:1.1.0"
  dependencies:
    y: "npm:^1.0.0"
  peerDependencies:
    z: "*"
  checksum: 10c0/x1
  languageName: node
  linkType: hard

"a@workspace:packages/a":
  version: 0.0.0-use.local
  resolution: "a@workspace:packages/a"
  dependencies:
    "@s/x": "npm:^1.0.0"
    b: "workspace:*"
  languageName: unknown
  linkType: soft

"b@workspace:*, b@workspace:packages/b":
  version: 0.0.0-use.local
  resolution: "b@workspace:packages/b"
  dependencies:
    y: ^2.0.0
  languageName: unknown
  linkType: soft

"y@npm:^1.0.0":
  version: 1.0.0
  resolution: "y@npm:1.0.0"
  checksum: 10c0/y1
  languageName: node
  linkType: hard

? "y@npm:^2.0.0"
:
  version: 2.0.0
  resolution: "y@npm:2.0.0"
  checksum: 10c0/y2
  languageName: node
  linkType: hard
"#;

    #[track_caller]
    fn check(base: &str, from: &str, to: &str, wanted: &[&str]) {
        check_of("{}", base, from, to, wanted);
    }

    #[track_caller]
    fn check_of(root: &str, base: &str, from: &str, to: &str, wanted: &[&str]) {
        let manifest = |json: &str| Manifest::read(b"p", json.as_bytes()).unwrap();
        let a = manifest(r#"{"dependencies": {"@s/x": "^1.0.0", "b": "^1.0.0"}}"#);
        let b = manifest(r#"{"devDependencies": {"y": ">= 2"}}"#);
        let root = manifest(root);
        let members =
            [(b"packages/a".to_vec(), &a), (b"packages/b".to_vec(), &b), (b"".to_vec(), &root)];
        let read = |text: &[u8]| read(text, &members);
        check_edit(read, base, (from, to), wanted);
    }

    #[test]
    fn a_member_changes_with_what_it_asks_for() {
        check(CLASSIC, "y-1.0.0.tgz#12", "y-1.0.0.tgz#99", &["packages/a"]);
        check(CLASSIC, "y-2.0.0.tgz#13", "y-2.0.0.tgz#99", &["packages/b"]);
        check(CLASSIC, "sha512-x1", "sha512-x2", &["packages/a"]);
        check(CLASSIC, "y \"^1.0.0\"", "y \"^2.0.0\"", &["packages/a"]);
        check(BERRY, "10c0/y1", "10c0/y9", &["packages/a"]);
        check(BERRY, "10c0/y2", "10c0/y9", &["packages/b"]);
        check(BERRY, "10c0/x1", "10c0/x9", &["packages/a"]);
        check(BERRY, "    b: \"workspace:*\"", "    b: \"npm:^2.0.0\"", &["packages/a"]);
    }

    /// As Yarn 4.18 writes it where the root's `resolutions` say ~2.1.0 for ms, and a catalog ^1.3.0 for
    /// once.
    #[test]
    fn what_stands_under_another_range_is_found_by_its_name() {
        const OTHER: &str = r#"__metadata:
  version: 10

"a@workspace:packages/a":
  version: 0.0.0-use.local
  resolution: "a@workspace:packages/a"
  dependencies:
    ms: "npm:^2.0.0"

"b@workspace:packages/b":
  version: 0.0.0-use.local
  resolution: "b@workspace:packages/b"
  dependencies:
    a: "workspace:packages/a"
    once: "catalog:"
    gone: "npm:^1.0.0"

"ms@npm:~2.1.0":
  version: 2.1.3
  resolution: "ms@npm:2.1.3"
  checksum: 10c0/ms

"once@npm:^1.3.0":
  version: 1.4.0
  resolution: "once@npm:1.4.0"
  checksum: 10c0/once

"color@npm:~7.1.0":
  version: 7.1.0
  resolution: "color@npm:7.1.0"
  checksum: 10c0/color

"color@npm:^7.0.0":
  version: 7.2.0
  resolution: "color@npm:7.2.0"

"d@workspace:packages/d":
  version: 0.0.0-use.local
  resolution: "d@workspace:packages/d"
  dependencies:
    color: "npm:^7.0.0"

"e@workspace:packages/e":
  version: 0.0.0-use.local
  resolution: "e@workspace:packages/e"
  dependencies:
    color: "npm:^7.0.0"
"#;
        let root = r#"{"resolutions": {"ms": "~2.1.0", "d/color": "~7.1.0"}}"#;
        check_of(root, OTHER, "2.1.3", "2.1.2", &["packages/a"]);
        // Without knowing of the resolution it is the same.
        check(OTHER, "2.1.3", "2.1.2", &["packages/a"]);
        check_of(root, OTHER, "10c0/color", "10c0/other", &["packages/d", "packages/e"]);
        check(OTHER, "10c0/once", "10c0/two", &["packages/b"]);
        check(OTHER, "ms@npm:~2.1.0", "ms@npm:~2.1.1", &[]);
    }

    #[test]
    fn what_nobody_reaches_is_no_change() {
        check(CLASSIC, "\"@s/x@^1.0.0\", \"@s/x@^1.1.0\"", "\"@s/x@^1.0.0\"", &[]);
        check(BERRY, "    z: \"*\"", "    z: \"1\"", &[]);
        check(BERRY, "10c0/y2", "10c0/y2\n  bin:\n    y: bin/y.js", &[]);
    }

    #[test]
    fn what_is_not_understood_is_not_read() {
        let read = |text: &str| read(text.as_bytes(), &[]);
        assert_eq!(read("<<<<<<< ours\n"), None);
        assert_eq!(read("  version \"1\"\n"), None);
        assert_eq!(read("x@1:\n  version \"a\\\"b\"\n"), None);
        assert_eq!(read("x@1\n"), None);
        assert_eq!(read("x@1:\n  version: 1\n").map(|it| it.format), Some("yarn 1".into()));
        assert_eq!(read("__metadata:\n  version: 8\n").map(|it| it.format), Some("yarn 8".into()));
        let base = CLASSIC.replace("# yarn", "#yarn").replace('\n', "\r\n");
        assert!(read(&base).is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(cut in 0..BERRY.len(), with in "[\":?, \na@]{0,9}") {
            let mut text = BERRY.to_owned();
            text.replace_range(cut..(cut + with.len()).min(BERRY.len()), &with);
            let _ = read(text.as_bytes(), &[]);
        }
    }
}
