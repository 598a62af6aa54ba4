//! How a run ends: with an answer, or without one.

use diagnostics::Problem;

/// What a tool found out. Every answer comes with all of its outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, or simply done. Exit code 0.
    Yes,
    /// The answer is no: a gate blocks, a verification fails. Exit code 1.
    No,
    /// None that could be trusted, and all that is known is told: some evidence is missing or at fault.
    /// Exit code 2, as for [`Cause::NoAnswer`], which tells nothing but the problems.
    Unanswered,
    /// Not yet: hold, wait, ask again. Exit code 4.
    NotYet,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// None that could be trusted: usage, configuration, missing or unreadable evidence. Exit
    /// code 2.
    NoAnswer,
    /// The surroundings failed: git, network, permissions, a full disk. Exit code 3.
    Environment,
}

impl Answer {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Yes => 0,
            Self::No => 1,
            Self::Unanswered => 2,
            Self::NotYet => 4,
        }
    }
}

impl Cause {
    /// The process's exit code.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::NoAnswer => 2,
            Self::Environment => 3,
        }
    }
}

/// There is no answer, and this is everything that is wrong, so that one run tells all of it.
///
/// A failed run leaves every output empty but `json`: nothing half-written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Which kind, and so which exit code.
    pub cause: Cause,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

impl Failure {
    /// No trustworthy answer, for one reason.
    pub fn no_answer(problem: Problem) -> Self {
        Self { cause: Cause::NoAnswer, problems: vec![problem] }
    }

    /// The surroundings failed, for one reason.
    pub fn environment(problem: Problem) -> Self {
        Self { cause: Cause::Environment, problems: vec![problem] }
    }

    /// Something outside did not do as asked: because it was asked for what cannot be (`is_input`: no
    /// such file, no repository), or because it failed.
    pub fn outside(is_input: bool, problem: Problem) -> Self {
        if is_input { Self::no_answer(problem) } else { Self::environment(problem) }
    }
}
