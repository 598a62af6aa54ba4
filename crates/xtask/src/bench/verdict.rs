//! What was promised and does not hold, gathered so that one run tells all of it.

use std::collections::BTreeSet;
use std::process::ExitCode;

/// The limits that were broken and the peers that could not be compared with.
#[derive(Default)]
pub(crate) struct Verdict {
    broken: Vec<String>,
    missing: BTreeSet<String>,
}

impl Verdict {
    /// Notes `what` unless it is `kept`.
    pub(crate) fn hold(&mut self, kept: bool, what: impl FnOnce() -> String) {
        if !kept {
            self.broken.push(what());
        }
    }

    /// Notes that something could not be compared with.
    pub(crate) fn missing(&mut self, what: String) {
        self.missing.insert(what);
    }

    /// Says what does not hold; a success if all does.
    pub(crate) fn told(self) -> ExitCode {
        println!();
        for what in &self.broken {
            println!("broken: {what}");
        }
        for what in &self.missing {
            println!("not compared: {what}");
        }
        if !self.missing.is_empty() {
            println!("the comparison is not whole");
        }
        if self.is_kept() {
            println!("every limit holds");
            return ExitCode::SUCCESS;
        }
        ExitCode::FAILURE
    }

    /// Whether everything holds so far.
    pub(crate) fn is_kept(&self) -> bool {
        self.broken.is_empty() && self.missing.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_broken_and_what_is_missing_both_fail() {
        let mut verdict = Verdict::default();
        verdict.hold(true, || unreachable!());
        assert!(verdict.is_kept());
        verdict.hold(false, || "a".to_owned());
        assert!(!verdict.is_kept());
        let mut verdict = Verdict::default();
        verdict.missing("jest".to_owned());
        assert!(!verdict.is_kept());
    }
}
