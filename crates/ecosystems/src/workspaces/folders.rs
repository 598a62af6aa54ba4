//! Folders and the paths in them, as bytes: no `/` at an end, the root is empty.

use std::collections::BTreeMap;
use std::ops::Bound;

/// The folder of a path and its last name.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|byte| *byte == b'/') {
        Some(slash) => {
            let (folder, name) = path.split_at(slash);
            (folder, name.strip_prefix(b"/").unwrap_or(name))
        }
        None => (b"", path),
    }
}

/// The names between the `/` of a path.
pub(crate) fn names_of(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/')
}

/// The folder itself, then each folder above it, the root last.
pub(crate) fn upwards(folder: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(folder), |folder| (!folder.is_empty()).then(|| split(folder).0))
}

/// `path` as seen from `folder`, if it is below it or the folder itself.
pub(crate) fn inside<'p>(folder: &[u8], path: &'p [u8]) -> Option<&'p [u8]> {
    if folder.is_empty() {
        return Some(path);
    }
    match path.strip_prefix(folder)? {
        [] => Some(b""),
        [b'/', rest @ ..] => Some(rest),
        _ => None,
    }
}

/// `name` in `folder`; the folder itself for the empty name.
pub(crate) fn join(folder: &[u8], name: &[u8]) -> Vec<u8> {
    match (folder, name) {
        ([], _) => name.to_vec(),
        (_, []) => folder.to_vec(),
        _ => [folder, b"/", name].concat(),
    }
}

/// Where `relative` leads from `folder`: `.`, `..` and doubled `/` are resolved. Nothing where it
/// leaves the repository, or is absolute.
pub(crate) fn resolve(folder: &[u8], relative: &[u8]) -> Option<Vec<u8>> {
    if relative.starts_with(b"/") {
        return None;
    }
    let mut parts: Vec<&[u8]> = names_of(folder).filter(|name| !name.is_empty()).collect();
    for part in names_of(relative) {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join(&b'/'))
}

/// Names of words for people, in any case, without what says of which kind they are.
const WORDS: [&[u8]; 10] = [
    b"authors",
    b"changelog",
    b"code_of_conduct",
    b"contributing",
    b"history",
    b"licence",
    b"license",
    b"notice",
    b"readme",
    b"security",
];

/// Endings of words for people. Code has others: `history.js` is a module that is called so.
const WORDS_ENDINGS: [&[u8]; 6] = [b".adoc", b".asciidoc", b".markdown", b".md", b".rst", b".txt"];

/// Folders at the top of the repository that no package is built from.
const ASIDE: [&[u8]; 6] = [b".changeset", b".github", b".gitlab", b".husky", b".idea", b".vscode"];

/// Whether a file of a package, by its path below the package's folder, is for people: no package is
/// built from it.
pub(super) fn is_for_people(path: &[u8]) -> bool {
    let (folder, name) = split(path);
    let first = names_of(path).next().unwrap_or_default();
    let is_aside = !folder.is_empty() && ASIDE.contains(&first);
    is_aside || has_words(&name.to_ascii_lowercase())
}

/// Whether a file with this name, in small letters, holds words: `readme`, `readme.de.md`,
/// `license-mit` and `license-apache-2.0`, but neither `license.rs` nor `licenses.txt`.
fn has_words(name: &[u8]) -> bool {
    let bare = WORDS_ENDINGS.iter().find_map(|ending| name.strip_suffix(*ending));
    let is_number = |ending: &[u8]| ending.iter().all(u8::is_ascii_digit);
    let mut endings = name.split(|byte| *byte == b'.').skip(1);
    // What is written behind a dot says of which kind a file is, but for a version.
    if bare.is_none() && !endings.all(is_number) {
        return false;
    }
    WORDS.iter().any(|words| match bare.unwrap_or(name).strip_prefix(*words) {
        Some([] | [b'-' | b'.', ..]) => true,
        Some(_) | None => false,
    })
}

/// Which package's folder a path is in.
#[derive(Clone, Debug, Default)]
pub(super) struct Owners<'a>(BTreeMap<&'a [u8], usize>);

impl<'a> Owners<'a> {
    /// The owners of these folders: the place of each in the order given. Of two packages in one folder
    /// the first owns it.
    pub(super) fn new(folders: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut owners = BTreeMap::new();
        for (at, folder) in folders.into_iter().enumerate() {
            owners.entry(folder).or_insert(at);
        }
        Self(owners)
    }

    /// The package of exactly this folder.
    pub(super) fn at(&self, folder: &[u8]) -> Option<usize> {
        self.0.get(folder).copied()
    }

    /// The package that is nearest above the file at `path`.
    pub(super) fn of(&self, path: &[u8]) -> Option<usize> {
        self.above(split(path).0)
    }

    /// The package that is nearest to `folder`: in it or above.
    pub(super) fn above(&self, folder: &[u8]) -> Option<usize> {
        upwards(folder).find_map(|folder| self.at(folder))
    }

    /// Whether there is a package in `folder` or below it.
    pub(super) fn has_below(&self, folder: &[u8]) -> bool {
        if folder.is_empty() {
            return !self.0.is_empty();
        }
        let prefix = [folder, b"/"].concat();
        let bounds = (Bound::Included(prefix.as_slice()), Bound::Unbounded);
        let next = self.0.range::<[u8], _>(bounds).next();
        self.at(folder).is_some() || next.is_some_and(|(key, _)| key.starts_with(&prefix))
    }

    /// The packages in `folder` and below it, in the order of their folders.
    pub(super) fn below(&self, folder: &[u8]) -> Vec<usize> {
        if folder.is_empty() {
            return self.0.values().copied().collect();
        }
        let prefix = [folder, b"/"].concat();
        let inner = self.0.range::<[u8], _>((Bound::Included(prefix.as_slice()), Bound::Unbounded));
        let inner = inner.take_while(|(key, _)| key.starts_with(&prefix)).map(|(_, at)| *at);
        self.at(folder).into_iter().chain(inner).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_folder_and_a_name() {
        assert_eq!(split(b"a/b/c"), (&b"a/b"[..], &b"c"[..]));
        assert_eq!(split(b"c"), (&b""[..], &b"c"[..]));
        assert_eq!(upwards(b"a/b").collect::<Vec<_>>(), [&b"a/b"[..], b"a", b""]);
        assert_eq!(upwards(b"").count(), 1);
        assert_eq!(inside(b"a", b"a/b"), Some(&b"b"[..]));
        assert_eq!(inside(b"a", b"ab"), None);
        assert_eq!(inside(b"", b"a"), Some(&b"a"[..]));
        assert_eq!((join(b"", b"x"), join(b"a", b"")), (b"x".to_vec(), b"a".to_vec()));
    }

    #[track_caller]
    fn check(folder: &[u8], relative: &[u8], wanted: Option<&[u8]>) {
        assert_eq!(resolve(folder, relative).as_deref(), wanted);
    }

    #[test]
    fn a_relative_path_is_resolved_within_the_repository() {
        check(b"a/b", b"../c", Some(b"a/c"));
        check(b"a/b", b"./c//d/.", Some(b"a/b/c/d"));
        check(b"a", b"..", Some(b""));
        check(b"", b"..", None);
        check(b"a", b"/etc", None);
        check(b"a", b"\\x", Some(b"a/\\x"));
    }

    #[test]
    fn words_for_people_are_told_from_code_of_that_name() {
        for words in [
            "README",
            "Readme.md",
            "docs/README.zh-CN.md",
            "readme-dev.rst",
            "CHANGELOG.txt",
            "HISTORY.markdown",
            "NOTICE",
            "AUTHORS",
            "CODE_OF_CONDUCT.md",
            "CONTRIBUTING.adoc",
            "SECURITY.md",
            "LICENCE",
            "LICENSE-MIT",
            "LICENSE-APACHE-2.0",
            "LICENSE-MIT.txt",
            ".github/workflows/ci.yml",
            ".changeset/brave-cats-sing.md",
        ] {
            assert!(is_for_people(words.as_bytes()), "{words}");
        }
        for code in [
            "src/history.js",
            "src/security.ts",
            "history.d.ts",
            "readme.mdx",
            "license.go",
            "license_check.go",
            "notice.go",
            "notice.sh",
            "authors.json",
            "authors.csv",
            "changelog.py",
            "security-policy.yaml",
            "licenses.txt",
            "noticeboard.md",
            "historical.md",
            "LicenseRegistry.sol",
            "Security.sol",
            "history.rs.in",
            ".github",
            "src/.github/x",
            "md",
        ] {
            assert!(!is_for_people(code.as_bytes()), "{code}");
        }
    }

    #[test]
    fn the_nearest_package_above_owns_a_file() {
        let owners = Owners::new([&b"a"[..], b"a/b", b"", b"a-b"]);
        assert_eq!(owners.of(b"a/b/c/d"), Some(1));
        assert_eq!(owners.of(b"a/bc"), Some(0));
        assert_eq!(owners.of(b"x"), Some(2));
        assert_eq!(owners.below(b"a"), [0, 1]);
        assert!(owners.has_below(b"a") && owners.has_below(b"a-b") && owners.has_below(b""));
        assert!(!owners.has_below(b"a/b/c") && !owners.has_below(b"a-"));
        assert!(Owners::new([&b"a/b"[..]]).has_below(b"a"));
        assert_eq!(owners.below(b"").len(), 4);
        assert_eq!(Owners::new([&b"a"[..]]).of(b"b/c"), None);
    }
}
