//! How a commit is named.

use bstr::{BStr, BString, ByteSlice as _};
use repo_model::CommitId;

/// What a commit is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// What is checked out.
    Head,
    /// By its id.
    Id(CommitId),
    /// By a branch or a tag, whose name is given in full: a tag never stands for a branch.
    Ref(RefName),
}

/// The full name of a ref: `refs/heads/main`, `refs/tags/v1`, `refs/pull/7/head`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RefName(BString);

/// Bytes that cannot be the name of a ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the full name of a branch or tag; expected `refs/` and what git allows after it")]
pub struct NotARefName;

impl RefName {
    /// Takes a name by git's rules (git-check-ref-format(1)): so that it is a name and nothing else, not
    /// an option, a pattern or one of the expressions of gitrevisions(7).
    ///
    /// # Errors
    /// When it does not begin with `refs/`, or git would not have it.
    pub fn new(name: &[u8]) -> Result<Self, NotARefName> {
        let rest = name.strip_prefix(b"refs/").ok_or(NotARefName)?;
        let is_part =
            |part: &[u8]| !part.is_empty() && !part.starts_with(b".") && !part.ends_with(b".lock");
        let is_forbidden = |byte: &u8| {
            *byte <= b' '
                || *byte == 0x7f
                || matches!(byte, b'~' | b'^' | b':' | b'?' | b'*' | b'[' | b'\\')
        };
        let is_name = rest.split(|byte| *byte == b'/').all(is_part)
            && !rest.iter().any(is_forbidden)
            && !rest.contains_str("..")
            && !rest.contains_str("@{")
            && !rest.ends_with(b".");
        if is_name { Ok(Self(name.into())) } else { Err(NotARefName) }
    }

    /// The branch of this name: `refs/heads/` before it.
    ///
    /// # Errors
    /// When git would not have it.
    pub fn of_branch(branch: &[u8]) -> Result<Self, NotARefName> {
        Self::new(&[b"refs/heads/", branch].concat())
    }

    /// The tag of this name: `refs/tags/` before it.
    ///
    /// # Errors
    /// When git would not have it.
    pub fn of_tag(tag: &[u8]) -> Result<Self, NotARefName> {
        Self::new(&[b"refs/tags/", tag].concat())
    }

    /// The name in full.
    pub fn as_bstr(&self) -> &BStr {
        self.0.as_bstr()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, is_name: bool) {
        assert_eq!(RefName::new(name.as_bytes()).is_ok(), is_name, "{name:?}");
        // Git's own opinion.
        let repository = testkit::Repository::new();
        if !name.contains('\0') {
            let mut command = repository.command(&["check-ref-format", name]);
            let said = command.status().unwrap().success();
            assert_eq!(said && name.starts_with("refs/"), is_name, "{name:?}");
        }
    }

    #[test]
    fn names_are_what_git_takes_for_one() {
        for name in ["refs/heads/main", "refs/heads/-x", "refs/tags/a/b", "refs/pull/7/head"] {
            check(name, true);
        }
        for name in ["refs/heads/ä{1}@", "refs/heads/refs/heads/x", "refs/x", "refs/heads/@"] {
            check(name, true);
        }
        for name in [
            "main",
            "",
            "refs/",
            "refs/heads/",
            "refs//x",
            "refs/heads/a b",
            "refs/heads/a..b",
            "refs/heads/a~1",
            "refs/heads/a^{/x}",
            "refs/heads/a:b",
            "refs/heads/*",
            "refs/heads/[",
            "refs/heads/.a",
            "refs/heads/a.lock",
            "refs/heads/a.lock/b",
            "refs/heads/a.",
            "refs/heads/a@{1}",
            "refs/heads/a\\b",
            "refs/heads/a\nb",
            "refs/heads/a\u{7f}",
        ] {
            check(name, false);
        }
    }

    #[test]
    fn a_branch_and_a_tag_stand_where_git_keeps_them() {
        assert_eq!(RefName::of_branch(b"-x/y").unwrap().as_bstr(), "refs/heads/-x/y");
        assert_eq!(RefName::of_tag(b"v1").unwrap().as_bstr(), "refs/tags/v1");
        assert_eq!(RefName::of_branch(b"a b"), Err(NotARefName));
    }
}
