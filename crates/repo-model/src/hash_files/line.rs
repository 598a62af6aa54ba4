//! One line of a list of patterns.

use std::fmt;

use super::literal::{escaped, literal, trimmed, with_single_slashes};
use super::segment::Segment;

/// A line that is no pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct WrongPattern {
    /// Which line of the list it is, from 1 on.
    pub line: usize,
    /// The pattern as it was given.
    pub pattern: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing follows a `!`.
    Empty,
    /// A segment is `.` or `..`; only the first may be `.`.
    Dots,
    /// It begins in the home folder, and that is not known, or relative.
    NoHome,
    /// The version of minimatch that GitHub's runner has reads this differently than the newest.
    Disputed(&'static str),
    /// It is longer than minimatch takes.
    TooLong,
}

impl fmt::Display for Why {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => to.write_str("there is no pattern behind `!`"),
            Self::Dots => to.write_str("a segment is `.` or `..`"),
            Self::NoHome => to.write_str("the home folder is not known"),
            Self::Disputed(what) => {
                write!(to, "{what} means one thing to the runner and another to @actions/glob 0.7")
            }
            Self::TooLong => to.write_str("it is longer than any path"),
        }
    }
}

/// The longest pattern, in code units (minimatch's `MAX_PATTERN_LENGTH`), and the most `**` in one: minimatch
/// 10 gives up behind 200.
const LONGEST: usize = 1 << 16;
const MOST_ANY_NAMES: usize = 200;

/// A pattern that is read.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Whether it takes away.
    pub(super) is_negated: bool,
    /// Whether it ends in `/`.
    pub(super) is_folder: bool,
    /// What it matches, from the root on.
    pub(super) segments: Vec<Segment>,
    /// The path where it begins to have wildcards.
    pub(super) search_path: String,
}

impl Line {
    /// Reads a line without white space at its ends that is neither empty nor a comment.
    pub(super) fn new(line: &str, directory: &str, home: Option<&str>) -> Result<Self, Why> {
        let mut is_negated = false;
        let mut pattern = line;
        while let Some(rest) = pattern.strip_prefix('!') {
            is_negated = !is_negated;
            pattern = trimmed(rest);
        }
        if pattern.is_empty() {
            return Err(Why::Empty);
        }
        let whole = rooted(&with_single_slashes(pattern), directory, home)?;
        if whole.encode_utf16().count() > LONGEST {
            return Err(Why::TooLong);
        }
        let names = || whole.split('/').filter(|name| !name.is_empty());
        let segments: Vec<Segment> = names().map(Segment::new).collect::<Result<_, _>>()?;
        if segments.iter().filter(|it| **it == Segment::AnyNames).count() > MOST_ANY_NAMES {
            return Err(Why::TooLong);
        }
        let mut search_path = String::new();
        for name in names().map_while(literal) {
            search_path.push('/');
            search_path.push_str(&name);
        }
        if search_path.is_empty() {
            search_path.push('/');
        }
        Ok(Self { is_negated, is_folder: whole.ends_with('/'), segments, search_path })
    }
}

/// The pattern from the root of the disk on (`fixupPattern`).
fn rooted(pattern: &str, directory: &str, home: Option<&str>) -> Result<String, Why> {
    for (place, segment) in pattern.split('/').enumerate() {
        let name = literal(segment);
        let is_here = name.as_deref() == Some(".") && (place > 0 || segment != ".");
        if is_here || name.as_deref() == Some("..") {
            return Err(Why::Dots);
        }
    }
    let behind = |mark: char| {
        let rest = pattern.strip_prefix(mark)?;
        (rest.is_empty() || rest.starts_with('/')).then_some(rest)
    };
    let whole = if let Some(rest) = behind('.') {
        format!("{}{rest}", escaped(directory))
    } else if let Some(rest) = behind('~') {
        let home = home.filter(|home| home.starts_with('/')).ok_or(Why::NoHome)?;
        format!("{}{rest}", escaped(home))
    } else if pattern.starts_with('/') {
        pattern.to_owned()
    } else {
        format!("{}/{pattern}", escaped(directory))
    };
    Ok(with_single_slashes(&whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search_path(line: &str) -> Result<String, Why> {
        Line::new(line, "/w/[x]", Some("/home/me")).map(|line| line.search_path)
    }

    #[test]
    fn the_search_begins_where_no_wildcard_is_yet() {
        let check = |line: &str, wanted: &str| {
            assert_eq!(search_path(line).as_deref(), Ok(wanted), "{line}");
        };
        check("**/*.js", "/w/[x]");
        check("a/b/c*", "/w/[x]/a/b");
        check(".//a/", "/w/[x]/a");
        check(".", "/w/[x]");
        check("~/a/**/b", "/home/me/a");
        check("~", "/home/me");
        check("~me", "/w/[x]/~me");
        check(".a", "/w/[x]/.a");
        check("/*", "/");
        check("/", "/");
        check("! ! a\\*[b]", "/w/[x]/a*b");
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for line in ["..", "a/..", "a/./b", "/.", "[.]", "\\./a", "a/.[.]", "./../a"] {
            assert_eq!(search_path(line), Err(Why::Dots), "{line}");
        }
        assert_eq!(search_path("! !"), Err(Why::Empty));
        assert_eq!(Line::new("~/a", "/w", None).err(), Some(Why::NoHome));
        assert_eq!(search_path(&"**/a/".repeat(201)), Err(Why::TooLong));
        assert_eq!(search_path(&"a".repeat(1 << 16)), Err(Why::TooLong));
    }
}
