//! Whether a version is in a range, as node-semver defines both (its README, "Ranges" and "Range
//! Grammar"), with prereleases counted in as its option `includePrerelease` does: a range decides here
//! only whether a package of the workspace is linked, and of two answers the one with the link is safe.

use crate::workspaces::version::{Identifier, Version, identifiers, number};

/// A version of which the end may be missing or `x`.
struct Partial {
    major: Option<u64>,
    minor: Option<u64>,
    patch: Option<u64>,
    prerelease: Vec<Identifier>,
}

impl Partial {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim_start_matches(['v', '=']);
        let text = text.split_once('+').map_or(text, |(before, _)| before);
        let (numbers, prerelease) =
            text.split_once('-').map_or((text, None), |(before, after)| (before, Some(after)));
        let mut parts = numbers.split('.');
        let mut part = || match parts.next() {
            None | Some("" | "x" | "X" | "*") => Some(None),
            Some(digits) => number(digits).map(Some),
        };
        let (major, minor, patch) = (part()?, part()?, part()?);
        if parts.next().is_some() {
            return None;
        }
        // What follows an `x` means nothing.
        let minor = major.and(minor);
        let patch = minor.and(patch);
        let prerelease = match prerelease {
            Some(words) if patch.is_some() => identifiers(words)?,
            Some(_) | None => Vec::new(),
        };
        Some(Self { major, minor, patch, prerelease })
    }

    /// The first version that is meant.
    fn lowest(&self) -> Version {
        let numbers = [self.major, self.minor, self.patch].map(Option::unwrap_or_default);
        let prerelease = if self.patch.is_some() {
            self.prerelease.clone()
        } else {
            vec![Identifier::Number(0)]
        };
        Version { numbers, prerelease }
    }

    /// The first version above all that are meant, if there is one.
    fn above(&self) -> Option<Version> {
        match (self.major, self.minor) {
            (None, _) => None,
            (Some(major), None) => Some(Version::first(major.saturating_add(1), 0, 0)),
            (Some(major), Some(minor)) => Some(Version::first(major, minor.saturating_add(1), 0)),
        }
    }
}

/// Whether `version` is in `range`; nothing where the text is no range, such as the tag `latest`.
pub(super) fn contains(range: &str, version: &Version) -> Option<bool> {
    let mut found = false;
    for set in range.split("||") {
        found |= set_contains(set, version)?;
    }
    Some(found)
}

/// Comparators that all have to hold.
fn set_contains(set: &str, version: &Version) -> Option<bool> {
    if let Some((low, high)) = set.split_once(" - ") {
        let (low, high) = (Partial::read(low.trim())?, Partial::read(high.trim())?);
        let below = match high.patch {
            Some(_) => *version <= high.lowest(),
            None => high.above().is_none_or(|above| *version < above),
        };
        return Some(*version >= low.lowest() && below);
    }
    let mut holds = true;
    let mut operator = "";
    for word in set.split_whitespace() {
        let rest = word.trim_start_matches(['<', '>', '=', '~', '^']);
        let (own, _) = word.split_at(word.len() - rest.len());
        // Blanks may stand between an operator and its version.
        let whole = if own.is_empty() { operator } else { own };
        if rest.is_empty() {
            operator = own;
            continue;
        }
        holds &= comparator(whole, &Partial::read(rest)?, version)?;
        operator = "";
    }
    Some(holds)
}

fn comparator(operator: &str, partial: &Partial, version: &Version) -> Option<bool> {
    let is_whole = partial.patch.is_some();
    let below = |above: Option<Version>| above.is_none_or(|above| *version < above);
    let from = *version >= partial.lowest();
    Some(match operator {
        "" | "=" if is_whole => *version == partial.lowest(),
        ">" if is_whole => *version > partial.lowest(),
        ">" => partial.above().is_some_and(|above| *version >= above),
        ">=" => from,
        "<" => partial.major.is_some() && *version < partial.lowest(),
        "<=" if is_whole => *version <= partial.lowest(),
        "<=" => below(partial.above()),
        "" | "=" | "~" | "~>" => from && below(partial.above()),
        "^" => from && below(caret(partial)),
        _ => return None,
    })
}

/// What `^` stays below: the next change of the first number that is not zero.
fn caret(partial: &Partial) -> Option<Version> {
    let next = |number: u64| number.saturating_add(1);
    match (partial.major, partial.minor, partial.patch) {
        (None, _, _) => None,
        (Some(0), Some(0), Some(patch)) => Some(Version::first(0, 0, next(patch))),
        (Some(0), Some(minor), _) => Some(Version::first(0, next(minor), 0)),
        (Some(major), _, _) => Some(Version::first(next(major), 0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(range: &str, inside: &[&str], outside: &[&str]) {
        let contains = |version: &&str| contains(range, &Version::read(version).unwrap());
        for version in inside {
            assert_eq!(contains(version), Some(true), "{version} in {range}");
        }
        for version in outside {
            assert_eq!(contains(version), Some(false), "{version} not in {range}");
        }
    }

    /// Cases of node-semver's README, and what `semver.satisfies(version, range, {includePrerelease:
    /// true})` of semver 7 says.
    #[test]
    fn a_range_is_read_as_node_semver_does() {
        check("1.2.3", &["1.2.3", "v1.2.3", "1.2.3+build"], &["1.2.4", "1.2.3-a"]);
        check("", &["0.0.0", "9.9.9-a"], &[]);
        check("*", &["0.0.0"], &[]);
        check("1.x", &["1.0.0", "1.9.9", "1.0.0-a"], &["2.0.0", "0.9.9", "2.0.0-0"]);
        check("1.2", &["1.2.0", "1.2.9"], &["1.3.0"]);
        check("^1.2.3", &["1.2.3", "1.9.0", "1.3.0-a"], &["2.0.0", "1.2.2", "1.2.3-a", "2.0.0-a"]);
        check("^0.2.3", &["0.2.9"], &["0.3.0"]);
        check("^0.0.3", &["0.0.3"], &["0.0.4"]);
        check("^0.0", &["0.0.9"], &["0.1.0"]);
        check("^0.x", &["0.9.0"], &["1.0.0"]);
        check("~1.2.3", &["1.2.9"], &["1.3.0", "1.2.2"]);
        check("~1", &["1.9.0"], &["2.0.0"]);
        check("1.2.3 - 2.3", &["1.2.3", "2.3.9"], &["2.4.0", "1.2.2"]);
        check("1.2.3 - 2.3.4", &["2.3.4"], &["2.3.5"]);
        check(">=1.2.7 <1.3.0", &["1.2.8"], &["1.3.0", "1.2.6"]);
        check("> 1.2 <= 2", &["1.3.0", "2.9.9"], &["1.2.9", "3.0.0"]);
        check("1.2.7 || >=1.2.9 <2.0.0", &["1.2.7", "1.4.6"], &["1.2.8", "2.0.0"]);
        check(">1.2.3-a.2", &["1.2.3-a.10", "1.2.3-b", "1.2.3"], &["1.2.3-a.1", "1.2.3-a"]);
        check("<*", &[], &["1.0.0"]);
    }

    #[test]
    fn a_tag_is_no_range() {
        let version = Version::read("1.0.0").unwrap();
        for tag in ["latest", "next", "1.2.3.4", "^^1", "a||b", "1.0.0-ä"] {
            assert_eq!(contains(tag, &version), None, "{tag}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_range_or_none(range in "[0-9.xX*<>=~^v |+a-]{0,24}") {
            let _ = contains(&range, &Version::read("1.2.3").unwrap());
            let _ = Version::read(&range);
        }
    }
}
