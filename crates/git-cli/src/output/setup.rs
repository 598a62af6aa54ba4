//! The first question: `git rev-parse` with the options of [`Setup::QUESTIONS`], an answer a line.

use bstr::{BString, ByteSlice as _};

use super::Malformed;

/// What git says of the repository around a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Whether it has no work tree.
    pub is_bare: bool,
    /// Whether history ends somewhere because it was cut off.
    pub is_shallow: bool,
    /// Whether the names of its objects are SHA-256, of 64 digits.
    pub is_sha256: bool,
    /// How many folders the folder is below the work tree's top; nothing outside of a work tree.
    pub depth: Option<usize>,
    /// The folder's path below the top, without a `/` at its end.
    pub prefix: BString,
}

impl Setup {
    /// The options, in the order in which [`setup`] reads their answers. The one answer that may hold
    /// a line break is the last.
    pub const QUESTIONS: [&str; 6] = [
        "--is-bare-repository",
        "--is-inside-work-tree",
        "--is-shallow-repository",
        "--show-object-format",
        "--show-cdup",
        "--show-prefix",
    ];
}

/// Reads the answers. Nothing where git is too old to know all of the questions: it repeats them then.
///
/// # Errors
/// When they are no such answers.
pub fn setup(output: &[u8]) -> Result<Option<Setup>, Malformed> {
    let mut lines = output.splitn_str(Setup::QUESTIONS.len(), b"\n");
    let mut at = 0;
    let mut next = || {
        let line = lines.next();
        at += line.map_or(0, |line| line.len() + 1);
        line.ok_or(Malformed { at: at.min(output.len()), expected: "an answer to each question" })
    };
    let (bare, inside, shallow, format) = (next()?, next()?, next()?, next()?);
    if [shallow, format].iter().any(|answer| answer.starts_with_str("--")) {
        return Ok(None);
    }
    let yes = |answer: &[u8]| match answer {
        b"true" => Ok(true),
        b"false" => Ok(false),
        _ => Err(Malformed { at: 0, expected: "`true` or `false`" }),
    };
    let is_sha256 = match format {
        b"sha1" => false,
        b"sha256" => true,
        _ => return Err(Malformed { at: 0, expected: "`sha1` or `sha256`" }),
    };
    let (is_bare, is_shallow) = (yes(bare)?, yes(shallow)?);
    if !yes(inside)? {
        // Here the last two have no answer, or one that does not matter.
        return Ok(Some(Setup { is_bare, is_shallow, is_sha256, depth: None, prefix: "".into() }));
    }
    let (above, prefix) = (next()?, next()?);
    let steps = above.len() / 3;
    if above != b"../".repeat(steps).as_slice() {
        return Err(Malformed { at: 0, expected: "a way up to the top of the work tree" });
    }
    let Some(prefix) = prefix.strip_suffix(b"\n") else {
        return Err(Malformed { at: output.len(), expected: "a line break" });
    };
    let prefix = prefix.strip_suffix(b"/").unwrap_or(prefix).into();
    Ok(Some(Setup { is_bare, is_shallow, is_sha256, depth: Some(steps), prefix }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_folder_below_the_top_may_have_any_name() {
        let read = setup(b"false\ntrue\nfalse\nsha256\n../../\nd\n/e/\n").unwrap().unwrap();
        assert_eq!((read.depth, read.is_sha256, read.is_bare), (Some(2), true, false));
        assert_eq!(read.prefix, "d\n/e");
        let bare = setup(b"true\nfalse\ntrue\nsha1\n\n").unwrap().unwrap();
        assert_eq!((bare.depth, bare.is_shallow, bare.is_bare), (None, true, true));
    }

    #[test]
    fn an_old_git_repeats_what_it_does_not_know() {
        let output = b"false\ntrue\nfalse\n--show-object-format\n\n\n";
        assert_eq!(setup(output), Ok(None));
        assert!(setup(b"").is_err());
        assert!(setup(b"false\ntrue\nfalse\nsha1\n/x\n\n").is_err());
        assert!(setup(b"false\ntrue\nfalse\nsha1\n\n").is_err());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..99)) {
            let _ = setup(&bytes);
        }
    }
}
