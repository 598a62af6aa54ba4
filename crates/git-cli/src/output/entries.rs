//! `git ls-tree -r -z` and `git ls-files -z`: the paths of a commit, of the index, of the disk.
//!
//! Sources: git-ls-tree(1), "OUTPUT FORMAT"; git-ls-files(1), "OUTPUT", and its option `-t`.

use repo_model::{Entry, Kind, ObjectId, RepoPath};

use super::{Malformed, Reader};

/// The entries of `git ls-tree -r -z --full-tree`, sorted by their paths. Of two entries at one path,
/// which only a made-up tree has, the first counts.
///
/// # Errors
/// When it was cut off.
pub fn tree(output: &[u8]) -> Result<Vec<Entry>, Malformed> {
    // A mode, a type, an id of 40 digits and a path: about 90 bytes.
    let mut entries = Vec::with_capacity(output.len() / 90);
    let mut reader = Reader::new(output);
    while !reader.is_done() {
        let kind = kind(&mut reader)?;
        reader.until(b' ', "the type of an object")?;
        let id = reader.id(b'\t')?;
        entries.push(Entry { path: reader.path()?, kind, id: Some(id) });
    }
    if !entries.is_sorted_by(|one: &Entry, other| one.path < other.path) {
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        entries.dedup_by(|later, first| later.path == first.path);
    }
    Ok(entries)
}

/// A path of the index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Indexed {
    /// Where it is.
    pub path: RepoPath,
    /// What it is in the index.
    pub kind: Kind,
    /// Its contents in the index.
    pub id: ObjectId,
    /// Whether git does not look for it on the disk: it is outside of a sparse checkout, and its
    /// contents in the index count (git-update-index(1), "SKIP-WORKTREE BIT").
    pub is_skipped: bool,
}

/// The paths of a work tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// Those of the index, in git's order.
    pub known: Vec<Indexed>,
    /// Those that git neither knows nor ignores, and whether each is a repository of its own in a folder
    /// that git does not look into: a submodule to be.
    pub others: Vec<(RepoPath, bool)>,
}

/// The paths of `git ls-files -z --stage -t`, with `--others` or without. A path that a merge left open
/// stands there once.
///
/// # Errors
/// When it was cut off.
pub fn index(output: &[u8]) -> Result<Listed, Malformed> {
    let mut found = Vec::with_capacity(output.len() / 90);
    let mut others = Vec::new();
    let mut reader = Reader::new(output);
    while !reader.is_done() {
        // In lower case under `-v`, and where it is assumed unchanged.
        let is_skipped = match reader.until(b' ', "a tag of one letter")? {
            b"S" | b"s" => true,
            b"?" => {
                others.push(other(&mut reader)?);
                continue;
            }
            [_] => false,
            _ => return reader.wrong("a tag of one letter"),
        };
        let kind = kind(&mut reader)?;
        let id = reader.id(b' ')?;
        reader.until(b'\t', "a stage")?;
        let path = reader.path()?;
        if found.last().is_none_or(|last: &Indexed| last.path != path) {
            found.push(Indexed { path, kind, id, is_skipped });
        }
    }
    Ok(Listed { known: found, others })
}

/// The paths of `git ls-files -z --others`. One that ends in `/` is a repository of its own in a
/// folder that git does not look into: a submodule to be.
///
/// # Errors
/// When it was cut off.
pub fn paths(output: &[u8]) -> Result<Vec<(RepoPath, bool)>, Malformed> {
    let mut found = Vec::new();
    let mut reader = Reader::new(output);
    while !reader.is_done() {
        found.push(other(&mut reader)?);
    }
    Ok(found)
}

/// A path that git does not know, and whether it is a repository of its own.
fn other(reader: &mut Reader<'_>) -> Result<(RepoPath, bool), Malformed> {
    let at = reader.at;
    let bytes = reader.until(0, "a path that ends in NUL")?;
    let (path, is_repository) = match bytes.strip_suffix(b"/") {
        Some(folder) => (folder, true),
        None => (bytes, false),
    };
    let expected = "a path without `.`, `..` or an empty part";
    let path = RepoPath::of_git(path).map_err(|_| Malformed { at, expected })?;
    Ok((path, is_repository))
}

fn kind(reader: &mut Reader<'_>) -> Result<Kind, Malformed> {
    let at = reader.at;
    let digits = reader.until(b' ', "a mode")?;
    let expected = "the mode of a file, a link or a submodule";
    Kind::from_mode(digits).ok_or(Malformed { at, expected })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "1111111111111111111111111111111111111111";

    #[test]
    fn a_tree_is_read_in_the_order_of_its_paths() {
        let output = format!(
            "100644 blob {ONE}\ta-b\0120000 blob {ONE}\ta/l\nm\0160000 commit {ONE}\tsub\0\
             100755 blob {ONE}\ta\t\0100644 blob {ONE}\tsub\0"
        );
        let entries = tree(output.as_bytes()).unwrap();
        let found: Vec<(&[u8], Kind)> =
            entries.iter().map(|entry| (entry.path.as_bytes(), entry.kind)).collect();
        let wanted: [(&[u8], Kind); 4] = [
            (b"a\t", Kind::Executable),
            (b"a-b", Kind::File),
            (b"a/l\nm", Kind::Symlink),
            (b"sub", Kind::Submodule),
        ];
        assert_eq!(found, wanted);
        for length in 1..70 {
            assert_eq!(tree(&output.as_bytes()[..length]).is_ok(), length == 57, "{length}");
        }
    }

    #[test]
    fn a_path_of_the_index_stands_there_once() {
        let output = format!(
            "? d e\0? nested/\0M 100644 {ONE} 1\ta\0M 100644 {ONE} 2\ta\0S 100644 {ONE} 0\tb\0\
             H 160000 {ONE} 0\tc\0"
        );
        let listed = index(output.as_bytes()).unwrap();
        let found: Vec<(Vec<u8>, bool)> = listed
            .known
            .into_iter()
            .map(|indexed| (indexed.path.as_bytes().to_vec(), indexed.is_skipped))
            .collect();
        assert_eq!(found, [(b"a".into(), false), (b"b".into(), true), (b"c".into(), false)]);
        let others: Vec<(&[u8], bool)> = listed
            .others
            .iter()
            .map(|(path, is_repository)| (path.as_bytes(), *is_repository))
            .collect();
        assert_eq!(others, [(&b"d e"[..], false), (b"nested", true)]);
        for bad in [&b"HH 1"[..], b"? a", b"? /\0", b"?? a\0"] {
            assert!(index(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_repository_inside_is_known_by_its_slash() {
        let found = paths(b"a\nb\0nested/\0").unwrap();
        let found: Vec<(&[u8], bool)> =
            found.iter().map(|(path, is_repository)| (path.as_bytes(), *is_repository)).collect();
        assert_eq!(found, [(&b"a\nb"[..], false), (&b"nested"[..], true)]);
        assert!(paths(b"a").is_err());
        assert!(paths(b"/\0").is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(names in vec(vec(1_u8..=255, 1..9), 0..9)) {
            let mut output = Vec::new();
            let mut wanted = std::collections::BTreeSet::new();
            for (name, mode) in names.iter().zip(["100644", "120000"].iter().cycle()) {
                let Ok(path) = RepoPath::of_git(name) else { continue };
                output.extend_from_slice(format!("{mode} blob {ONE}\t").as_bytes());
                output.extend_from_slice(name);
                output.push(0);
                wanted.insert(path);
            }
            let entries = tree(&output).unwrap();
            let found: Vec<RepoPath> = entries.into_iter().map(|entry| entry.path).collect();
            prop_assert_eq!(found, wanted.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..99)) {
            let _ = (tree(&bytes), index(&bytes), paths(&bytes));
        }
    }
}
