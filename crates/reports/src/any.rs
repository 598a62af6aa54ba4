//! The formats of all families, found out by what a report holds.

use crate::head::Head;
use crate::{Format, Found, Malformed, coverage, findings, formats, measurements, messages};

/// A format of any family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyFormat {
    /// How tests ended.
    Tests(Format),
    /// How much of the code tests ran.
    Coverage(coverage::Format),
    /// What scanners and linters find.
    Findings(findings::Format),
    /// What compilers say.
    Messages(messages::Format),
    /// What benchmarks measure.
    Measurements(measurements::Format),
}

/// How much of the beginning decides about the format: keys may stand behind a long one.
const HEAD: usize = 1 << 16;

impl AnyFormat {
    /// The format with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|format| format.name() == name)
    }

    /// Every format.
    pub fn all() -> impl Iterator<Item = Self> {
        let tests = Format::ALL.iter().copied().map(Self::Tests);
        let findings = findings::Format::ALL.iter().copied().map(Self::Findings);
        let messages = messages::Format::ALL.iter().copied().map(Self::Messages);
        let coverage = coverage::Format::ALL.iter().copied().map(Self::Coverage);
        let measurements = measurements::Format::ALL.iter().copied().map(Self::Measurements);
        messages.chain(findings).chain(coverage).chain(measurements).chain(tests)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tests(format) => format.name(),
            Self::Coverage(format) => format.name(),
            Self::Findings(format) => format.name(),
            Self::Messages(format) => format.name(),
            Self::Measurements(format) => format.name(),
        }
    }

    /// What a report of this format is, in words.
    pub fn wanted(self) -> &'static str {
        match self {
            Self::Tests(format) => format.wanted(),
            Self::Coverage(format) => format.wanted(),
            Self::Findings(format) => format.wanted(),
            Self::Messages(format) => format.wanted(),
            Self::Measurements(format) => format.wanted(),
        }
    }

    /// The format of a report. The bytes are as [`crate::unpacked()`] gives them.
    ///
    /// # Errors
    /// When no format begins like this.
    pub fn recognised(bytes: &[u8]) -> Result<Self, Malformed> {
        let beginning = bytes.get(..HEAD).unwrap_or(bytes).trim_ascii_start();
        let head = Head::new(beginning);
        let found = messages::Format::sniff(&head)
            .map(Self::Messages)
            .or_else(|| findings::Format::sniff(&head).map(Self::Findings))
            .or_else(|| coverage::Format::sniff(&head).map(Self::Coverage))
            .or_else(|| measurements::Format::sniff(&head).map(Self::Measurements));
        // What times tests took says nothing of how they ended.
        let tests = || {
            let format = formats::recognised(beginning)?;
            if format.tells_outcomes() { Ok(Self::Tests(format)) } else { Err(Found::OtherJson) }
        };
        found.map_or_else(tests, Ok).map_err(|found| Malformed {
            wanted: "a report of a known format",
            found,
            line: 1,
            column: 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_is_that_of_one_format() {
        let names: BTreeSet<&str> = AnyFormat::all().map(AnyFormat::name).collect();
        assert_eq!(names.len(), AnyFormat::all().count());
        for format in AnyFormat::all() {
            assert_eq!(AnyFormat::named(format.name()), Some(format));
        }
    }
}
