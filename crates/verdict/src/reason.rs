//! One thing that a gate has to say, and how much it counts.

use diagnostics::{Foreign, Place, Text};

use crate::Verdict;

/// Whether a reason counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It counts.
    Open,
    /// A waiver covers it, by its place in the list of waivers.
    Waived(usize),
    /// Somebody has said to know of it.
    Acknowledged,
    /// The base has it too, and the gate looks at what is new.
    Known,
    /// The tool that found it says that it does not count: why, if it says so.
    Suppressed(Option<Foreign>),
}

/// A reason that counts against a number together with others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Which of the gate's numbers, from 0.
    pub number: usize,
    /// How many there may be.
    pub most: u64,
    /// What each comes to where no more of them are open.
    pub within: Verdict,
}

/// One thing that a gate has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What is held against: the tool's rule (`RUSTSEC-2020-0071`, `clippy::unwrap_used`), or one of ours
    /// (`coverage-min`), by which waivers and `explain` name it.
    pub rule: Foreign,
    /// Other names of the same rule, and of the one test, figure or component that this is about: waivers
    /// may name it by them too.
    pub aliases: Vec<Foreign>,
    /// The package that it is about, as `name` or `name@version`.
    pub package: Option<Foreign>,
    /// Where it shows besides. A waiver for some paths covers it only if it covers all of its places.
    pub also: Vec<Place>,
    /// What it comes to where it counts.
    pub verdict: Verdict,
    /// What is wrong, as a fragment that reads after `error: `: lower case, no full stop.
    pub message: Text,
    /// Where it shows, with a path that is relative to the repository's root if it is known.
    pub place: Option<Place>,
    /// The next step.
    pub help: Option<Text>,
    /// Whether it counts.
    pub state: State,
    /// What tells it from others with the same rule in the same file, if anything does.
    pub fingerprint: Option<Foreign>,
    /// The number that it counts against with others, if it does: what is waived does not count.
    pub counted: Option<Counted>,
}

impl Reason {
    /// A reason that counts.
    pub fn new(rule: impl Into<Foreign>, verdict: Verdict, message: impl Into<Text>) -> Self {
        Self {
            rule: rule.into(),
            aliases: Vec::new(),
            package: None,
            also: Vec::new(),
            verdict,
            message: message.into(),
            place: None,
            help: None,
            state: State::Open,
            fingerprint: None,
            counted: None,
        }
    }

    /// All names of the rule.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::once(&self.rule).chain(&self.aliases).map(Foreign::raw)
    }

    /// The same reason, at `place`.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same reason, with the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = Some(help.into());
        self
    }
}
