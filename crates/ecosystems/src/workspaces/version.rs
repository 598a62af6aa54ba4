//! Versions and their order (<https://semver.org/spec/v2.0.0.html>), which npm and Go share.

/// A version. Build metadata orders nothing and is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) numbers: [u64; 3],
    /// The identifiers behind `-`; none for a release.
    pub(super) prerelease: Vec<Identifier>,
}

/// Numbers come before words (Semantic Versioning 2.0.0, item 11).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identifier {
    Number(u64),
    Word(String),
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let release = |version: &Self| version.prerelease.is_empty();
        (self.numbers, release(self), &self.prerelease).cmp(&(
            other.numbers,
            release(other),
            &other.prerelease,
        ))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Version {
    /// The first of all versions with these numbers: `1.2.3-0`.
    pub(super) fn first(major: u64, minor: u64, patch: u64) -> Self {
        Self { numbers: [major, minor, patch], prerelease: vec![Identifier::Number(0)] }
    }

    /// Reads a whole version, with or without `v` or `=` before it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', '=']);
        let text = text.split_once('+').map_or(text, |(before, _)| before);
        let (numbers, prerelease) =
            text.split_once('-').map_or((text, None), |(before, after)| (before, Some(after)));
        let mut parts = numbers.split('.').map(number);
        let numbers = [parts.next()??, parts.next()??, parts.next()??];
        if parts.next().is_some() {
            return None;
        }
        Some(Self { numbers, prerelease: prerelease.map_or(Some(Vec::new()), identifiers)? })
    }
}

/// A number in plain digits.
pub(super) fn number(digits: &str) -> Option<u64> {
    let is_number = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// The identifiers of a prerelease.
pub(super) fn identifiers(words: &str) -> Option<Vec<Identifier>> {
    let is_word = |word: &str| {
        !word.is_empty() && word.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
    };
    let one = |word: &str| match number(word) {
        Some(number) => Some(Identifier::Number(number)),
        None => is_word(word).then(|| Identifier::Word(word.to_owned())),
    };
    words.split('.').map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The order of item 11 of the specification, and Go's pseudo-versions.
    #[test]
    fn versions_are_in_order() {
        let rising = [
            "0.0.0-20200101000000-abcdefabcdef",
            "0.0.0",
            "v1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "=1.0.0+build",
            "1.0.1",
            "v1.10.0+incompatible",
        ];
        let versions: Vec<Version> = rising.iter().map(|it| Version::read(it).unwrap()).collect();
        assert!(versions.is_sorted_by(|one, other| one < other));
        for none in
            ["", "1", "1.2", "1.2.3.4", "1.x.0", "a.b.c", "1.2.3-", "99999999999999999999.0.0"]
        {
            assert_eq!(Version::read(none), None, "{none}");
        }
    }
}
