//! The text of a commit, as `git cat-file commit` gives it.
//!
//! Source: git's documentation, "User Manual", "Commit Object"; git-commit-tree(1). Lines of `tree`,
//! `parent` (any number), `author` and `committer`, whose last words are the seconds since 1970 and the
//! time zone; an empty line; the message.

use bstr::ByteSlice as _;
use repo_model::{CommitId, ObjectId};

use super::Malformed;

/// What a commit says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The folder at its root.
    pub tree: ObjectId,
    /// The commits before it: none, one, or, of a merge, several.
    pub parents: Vec<CommitId>,
    /// When it was committed, in seconds since 1970. Anybody can write anything here; nothing where it
    /// is no number.
    pub seconds: Option<u64>,
}

/// Reads a commit's text.
///
/// # Errors
/// When it does not begin with a tree, or a parent is no commit's name.
pub fn commit(text: &[u8]) -> Result<Commit, Malformed> {
    let mut at = 0;
    let (mut tree, mut parents, mut seconds) = (None, Vec::new(), None);
    for line in text.split_str(b"\n") {
        let (word, value) = line.split_once_str(b" ").unwrap_or((line, b""));
        match word {
            b"tree" if tree.is_none() => tree = ObjectId::from_digits(value).ok(),
            b"parent" => {
                let id = value.to_str().ok().and_then(|digits| digits.parse().ok());
                parents.push(id.ok_or(Malformed { at, expected: "the name of a commit" })?);
            }
            b"committer" => {
                // From the end, because a name may hold anything but a line break.
                let stamp = value.rsplitn_str(3, b" ").nth(1);
                seconds = stamp.and_then(|digits| digits.to_str().ok()?.parse().ok());
            }
            b"" => break,
            _ => {}
        }
        if tree.is_none() {
            break;
        }
        at += line.len() + 1;
    }
    let tree = tree.ok_or(Malformed { at: 0, expected: "a commit that begins with its tree" })?;
    Ok(Commit { tree, parents, seconds })
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn id(digit: &str) -> String {
        digit.repeat(40)
    }

    #[test]
    fn parents_and_date_are_read_and_the_message_is_not() {
        let text = format!(
            "tree {}\nparent {}\nparent {}\nauthor A <a> 1 +0000\ncommitter B 7 <b> 1700000000 -0130\n\
             gpgsig -----BEGIN\n parent x\n\nparent y\n",
            id("1"),
            id("2"),
            id("3")
        );
        let read = commit(text.as_bytes()).unwrap();
        assert_eq!(read.tree.to_string(), id("1"));
        let parents: Vec<&str> = read.parents.iter().map(CommitId::as_str).collect();
        assert_eq!(parents, [id("2"), id("3")]);
        assert_eq!(read.seconds, Some(1_700_000_000));
    }

    #[test]
    fn what_is_no_commit_is_refused() {
        assert!(commit(b"").is_err());
        assert!(commit(b"parent x\n").is_err());
        assert!(commit(format!("tree {}\nparent x\n", id("1")).as_bytes()).is_err());
        assert_eq!(commit(format!("tree {}", id("1")).as_bytes()).unwrap().seconds, None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(parents in vec(1_u8..=255, 0..4), seconds: u64) {
            let digits = |byte: &u8| format!("{byte:02x}").repeat(32);
            let mut text = format!("tree {}\n", digits(&7));
            for parent in &parents {
                text.extend(["parent ", &digits(parent), "\n"]);
            }
            text.extend(["committer x <> ", &seconds.to_string(), " +0000\n\nmessage"]);
            let parents = parents.iter().map(|it| digits(it).parse().unwrap()).collect();
            let tree = digits(&7).parse().unwrap();
            prop_assert_eq!(commit(text.as_bytes()), Ok(Commit { tree, parents, seconds: Some(seconds) }));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..99)) {
            let _ = commit(&bytes);
        }
    }
}
