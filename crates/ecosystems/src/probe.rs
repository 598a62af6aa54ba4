//! How a tool is asked which tests there are: a command as data, and what its answers say.

use std::ffi::OsString;

use bstr::BString;

/// A command to run in the folder of the tests, without a shell, with nothing on standard input.
/// Its standard output is the answer; its standard error is for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The program, to be looked for on the path.
    pub program: &'static str,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// The exit codes with which standard output is an answer.
    pub accepts: &'static [i32],
    /// What is asked for, in words that follow "failed to get".
    pub what: &'static str,
    /// Whether a person's own options for the tool change the answer.
    takes_options: bool,
}

impl Probe {
    /// A command that answers with 0.
    pub(crate) fn new(program: &'static str, arguments: &[&str], what: &'static str) -> Self {
        let arguments = arguments.iter().map(OsString::from).collect();
        Self { program, arguments, accepts: &[0], what, takes_options: true }
    }

    /// The same, for questions that no option of a person's changes.
    pub(crate) fn fixed(self) -> Self {
        Self { takes_options: false, ..self }
    }

    /// The same with a person's own options for the tool: before what is not an option.
    #[must_use]
    pub fn with_options(mut self, options: &[OsString]) -> Self {
        if self.takes_options {
            let is_end = |word: &OsString| word == "--" || word == "./...";
            let at = self.arguments.iter().position(is_end).unwrap_or(self.arguments.len());
            self.arguments.splice(at..at, options.iter().cloned());
        }
        self
    }

    /// The same, with other codes that are an answer too.
    pub(crate) fn accepting(self, accepts: &'static [i32]) -> Self {
        Self { accepts, ..self }
    }
}

/// What the tool answered to all probes so far, in their order.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    /// The standard output of each.
    pub outputs: &'a [Vec<u8>],
    /// The absolute path of the folder that they ran in: what lies below it is named from there.
    pub folder: &'a [u8],
}

impl<'a> Answers<'a> {
    /// The answer to the probe at `at`; nothing if it was not asked.
    pub(crate) fn output(&self, at: usize) -> &'a [u8] {
        self.outputs.get(at).map(Vec::as_slice).unwrap_or_default()
    }
}

/// What the answers say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovered {
    /// More must be asked; the answers to these come behind those that there are.
    More(Vec<Probe>),
    /// All tests that the tool would run, sorted, each once.
    Tests(Vec<BString>),
}

impl Discovered {
    /// Tests in any order.
    pub(crate) fn tests(mut tests: Vec<BString>) -> Self {
        tests.sort_unstable();
        tests.dedup();
        Self::Tests(tests)
    }
}

/// Why the tests are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDiscovered {
    /// The tool lists nothing, so a person has to.
    #[error("this framework cannot list its tests")]
    CannotList,
    /// The answer has another form than the one that is known.
    #[error("expected {wanted}")]
    Unreadable {
        /// What the answer should be.
        wanted: &'static str,
    },
    /// The tool counts other tests than it names; a name with a line break looks like this.
    #[error("{named} tests are named where {counted} are counted")]
    Miscounted {
        /// How many names there are.
        named: usize,
        /// How many tests the tool says there are.
        counted: usize,
    },
    /// The tool told of errors in the tests themselves.
    #[error("the tool found errors while it listed the tests")]
    Errors,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(probe: Probe, wanted: &[&str]) {
        let options = ["--features", "gpu"].map(OsString::from);
        assert_eq!(probe.with_options(&options).arguments, wanted);
    }

    #[test]
    fn options_stand_before_what_is_none() {
        check(Probe::new("t", &["list"], ""), &["list", "--features", "gpu"]);
        check(
            Probe::new("t", &["test", "--", "-x"], ""),
            &["test", "--features", "gpu", "--", "-x"],
        );
        check(Probe::new("t", &["test", "./..."], ""), &["test", "--features", "gpu", "./..."]);
        check(Probe::new("t", &["metadata"], "").fixed(), &["metadata"]);
    }
}
