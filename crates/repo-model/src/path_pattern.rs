//! Where to search, and for what: `reports/**/*.xml` is "below `reports`, whatever `**/*.xml`
//! matches".
//!
//! `*` and `?` stay within one part of the path, `**` does not, `{a,b}` and `[ab]` choose; globset
//! does the matching. A pattern without wildcards is simply a path.

use bstr::ByteSlice as _;
use globset::{GlobBuilder, GlobMatcher};

/// How many braces a pattern may open, and how long it may be. globset has no limits of its own,
/// and panics when about 250 braces stand in each other.
const MOST_BRACES: usize = 100;
const LONGEST: usize = 1 << 16;

/// A pattern for files, split where its wildcards begin.
#[derive(Clone, Debug)]
pub struct PathPattern {
    written: String,
    root: String,
    below: Option<GlobMatcher>,
}

/// A pattern that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pattern cannot be read: {why}")]
pub struct NotAPattern {
    /// The pattern as it was given.
    pub pattern: String,
    /// What is wrong with it, in globset's words.
    pub why: String,
}

impl PathPattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// When brackets or braces are not closed, a class is empty or upside down, or it is longer or
    /// has more braces than anything a person writes.
    pub fn new(pattern: &str) -> Result<Self, NotAPattern> {
        let written = pattern.to_owned();
        let refused = |why: String| NotAPattern { pattern: pattern.to_owned(), why };
        if pattern.len() > LONGEST {
            return Err(refused(format!("it is longer than {LONGEST} bytes")));
        }
        if pattern.matches('{').count() > MOST_BRACES {
            return Err(refused(format!("it opens more than {MOST_BRACES} braces")));
        }
        let Some(wild) = pattern.find(['*', '?', '[', '{']) else {
            return Ok(Self { root: written.clone(), written, below: None });
        };
        let (literal, _) = pattern.split_at(wild);
        let (root, rest) = pattern.split_at(literal.rfind('/').map_or(0, |slash| slash + 1));
        let glob = GlobBuilder::new(rest).literal_separator(true).build();
        let glob = glob.map_err(|error| refused(error.kind().to_string()))?;
        Ok(Self { root: root.to_owned(), written, below: Some(glob.compile_matcher()) })
    }

    /// The pattern as it was given.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Where the search begins: a directory that ends in `/` or is empty, or, for a pattern without
    /// wildcards, the one path it names.
    pub fn root(&self) -> &str {
        &self.root
    }

    /// Whether there are wildcards, so that a directory has to be searched.
    pub fn is_search(&self) -> bool {
        self.below.is_some()
    }

    /// Whether the file at `path`, relative to [`PathPattern::root`] and with `/` between its
    /// parts, is one of those meant.
    pub fn matches_below_root(&self, path: &[u8]) -> bool {
        self.below.as_ref().is_some_and(|glob| match path.to_os_str() {
            Ok(path) => glob.is_match(path),
            Err(_) => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, root: &str, matching: &[&str], other: &[&str]) {
        let read = PathPattern::new(pattern).unwrap();
        assert_eq!(read.root(), root);
        for path in matching {
            assert!(read.matches_below_root(path.as_bytes()), "{pattern} should match {path}");
        }
        for path in other {
            assert!(!read.matches_below_root(path.as_bytes()), "{pattern} should not match {path}");
        }
    }

    #[test]
    fn a_pattern_begins_its_search_at_its_last_literal_directory() {
        check("*.xml", "", &["a.xml"], &["b/a.xml", "a.json"]);
        check("reports/**/*.xml", "reports/", &["a.xml", "x/y/a.xml"], &["a.json"]);
        check("../out/junit-*.xml", "../out/", &["junit-1.xml"], &["x/junit-1.xml"]);
        check("/abs/{a,b}.json", "/abs/", &["a.json", "b.json"], &["c.json"]);
        check("a[0-9]/x", "", &["a1/x"], &["ab/x"]);
    }

    #[test]
    fn a_pattern_without_wildcards_is_a_path() {
        let read = PathPattern::new("dir/times.json").unwrap();
        assert_eq!((read.root(), read.is_search()), ("dir/times.json", false));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_says_why() {
        let refused = PathPattern::new("a/{b").unwrap_err();
        assert_eq!(refused.pattern, "a/{b");
        assert!(refused.why.contains("unclosed"), "{}", refused.why);
    }

    #[test]
    fn a_pattern_that_would_stop_the_process_is_refused() {
        let nested = format!("{}x{}", "{a*,".repeat(1000), "}".repeat(1000));
        assert!(PathPattern::new(&nested).unwrap_err().why.contains("braces"));
        assert!(PathPattern::new(&"[!a]".repeat(LONGEST)).unwrap_err().why.contains("longer"));
        let longest = PathPattern::new(&"[!a]".repeat(LONGEST / 4)).unwrap();
        assert!(!longest.matches_below_root(b"b"));
        let deepest = format!("{}x{}", "{a,".repeat(MOST_BRACES), "}".repeat(MOST_BRACES));
        assert!(PathPattern::new(&deepest).unwrap().matches_below_root(b"x"));
    }
}
