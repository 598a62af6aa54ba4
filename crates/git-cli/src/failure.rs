//! Git does not answer: which question, what it said instead, and what to do.

use std::fmt;

use diagnostics::{Foreign, Piece, Problem, Text, text};

use crate::output::Malformed;
use crate::process::{Said, Trouble};

/// A question that git did not answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GitFailure {
    /// What was asked, in words that follow "git does not say".
    pub question: &'static str,
    /// Why there is no answer.
    pub kind: FailureKind,
    /// Git's exit code; nothing if it was not started, a signal ended it, or its time was over.
    pub code: Option<i32>,
    /// The last words of git's standard error, or the system's words.
    pub said: Foreign,
}

/// Why git gives no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Git is not installed, or cannot be started.
    GitMissing,
    /// This git is too old; the oldest that will do is named.
    TooOld(&'static str),
    /// The folder is in no repository.
    NotARepository,
    /// The repository has no work tree, and the question is about one.
    NoWorkTree,
    /// The repository is another user's, and this git takes no exception from a caller.
    AnotherOwner,
    /// The question needs a remote, and the repository has none.
    NoRemote,
    /// The question needs a fetch, and none is allowed.
    FetchNotAllowed,
    /// The server wants other credentials, or does not know the repository.
    Refused,
    /// The server cannot be reached, or hung up.
    Network,
    /// The time was over.
    TimedOut,
    /// Git printed more than is kept.
    TooMuch,
    /// An object is not in this clone.
    ObjectMissing,
    /// Git printed what cannot be read.
    Malformed(Malformed),
    /// The disk refused to hold what was to be fetched.
    Disk,
    /// Anything else that git refuses.
    Other,
}

impl FailureKind {
    /// Whether the same question may be answered a moment later.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self, Self::Network | Self::TimedOut)
    }
}

impl GitFailure {
    pub(crate) fn new(question: &'static str, kind: FailureKind) -> Self {
        Self { question, kind, code: None, said: Foreign::from("") }
    }

    pub(crate) fn malformed(question: &'static str, malformed: Malformed) -> Self {
        Self::new(question, FailureKind::Malformed(malformed))
    }

    pub(crate) fn disk(question: &'static str, error: &std::io::Error) -> Self {
        let said = Foreign::from(error.to_string().as_str());
        Self { said, ..Self::new(question, FailureKind::Disk) }
    }

    pub(crate) fn of_trouble(question: &'static str, trouble: Trouble) -> Self {
        let (kind, said) = match trouble {
            Trouble::Start(error) => (FailureKind::GitMissing, error.to_string()),
            Trouble::TimedOut => (FailureKind::TimedOut, String::new()),
            Trouble::TooMuch => (FailureKind::TooMuch, String::new()),
            Trouble::Pipe(error) => (FailureKind::Other, error.to_string()),
        };
        Self { said: Foreign::from(said.as_str()), ..Self::new(question, kind) }
    }

    /// What git said before it ended with an exit code other than 0.
    pub(crate) fn of_refusal(question: &'static str, said: &Said) -> Self {
        // Without a code a signal ended it: then its last words are not the reason.
        let kind = said.code.map_or(FailureKind::Other, |_| kind_of(&said.stderr));
        Self { question, kind, code: said.code, said: last_words(&said.stderr) }
    }

    /// Whether the answer was no, and not that the environment failed: what was asked about is not a
    /// repository, or has no work tree.
    pub fn is_wrong_place(&self) -> bool {
        matches!(self.kind, FailureKind::NotARepository | FailureKind::NoWorkTree)
    }

    /// The failure for people, with the next step.
    pub fn problem(&self) -> Problem {
        let mut message = text!["git does not say ", self.question, ": "];
        message.append(self.why());
        match self.help() {
            Some(help) => Problem::error(message).help(help),
            None => Problem::error(message),
        }
    }

    fn why(&self) -> Text {
        let mut why = Text::from(self.kind.words());
        if let FailureKind::TooOld(version) = self.kind {
            why.text(version);
        }
        if let FailureKind::Malformed(malformed) = self.kind {
            why.append(text![" at byte ", malformed.at, ", expected ", malformed.expected]);
        }
        if let Some(code) = self.code.and_then(|code| u64::try_from(code).ok()) {
            why.append(text![" (exit code ", code, ")"]);
        }
        if !self.said.raw().is_empty() {
            why.append(text![": ", Piece::Said(self.said.clone())]);
        }
        why
    }

    fn help(&self) -> Option<Text> {
        Some(Text::from(match self.kind {
            FailureKind::GitMissing => "install git, or put it on the PATH of this step",
            FailureKind::TooOld(_) => "install a newer git in this runner or container",
            FailureKind::NotARepository => {
                "run `actions/checkout` before this step, or name the folder with `path`"
            }
            FailureKind::NoWorkTree => "run it in a clone that has files checked out",
            FailureKind::AnotherOwner => {
                "run `git config --global --add safe.directory '*'` before this step, or install \
                 git 2.38"
            }
            FailureKind::NoRemote => "add a remote, or check out with `fetch-depth: 0`",
            FailureKind::FetchNotAllowed => {
                "allow fetching with `fetch: auto`, or check out with `fetch-depth: 0`"
            }
            FailureKind::Refused => {
                "let `actions/checkout` keep its credentials (`persist-credentials: true`), or check \
                 out with `fetch-depth: 0`"
            }
            FailureKind::Network | FailureKind::TimedOut => {
                "run the job again, or check out with `fetch-depth: 0` so that nothing has to be \
                 fetched"
            }
            FailureKind::ObjectMissing => "check out with `fetch-depth: 0` and without a filter",
            FailureKind::Disk => "make room in the folder for temporary files, RUNNER_TEMP",
            FailureKind::Malformed(_) => {
                "if this is the git of a release, please report it with its version"
            }
            FailureKind::TooMuch | FailureKind::Other => return None,
        }))
    }
}

impl FailureKind {
    fn words(self) -> &'static str {
        match self {
            Self::GitMissing => "it cannot be started",
            Self::TooOld(_) => "it is older than ",
            Self::NotARepository => "this is not a repository",
            Self::NoWorkTree => "the repository has no work tree",
            Self::AnotherOwner => "the repository belongs to another user",
            Self::NoRemote => "the repository has no remote to ask",
            Self::FetchNotAllowed => "fetching is not allowed",
            Self::Refused => "the server refuses access",
            Self::Network => "the server cannot be reached",
            Self::TimedOut => "it took too long",
            Self::TooMuch => "it printed more than can be kept",
            Self::ObjectMissing => "an object is not in this clone",
            Self::Malformed(_) => "what it printed cannot be read",
            Self::Disk => "what was to be fetched cannot be kept",
            Self::Other => "it failed",
        }
    }
}

impl fmt::Display for GitFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git does not say {}: {}", self.question, self.kind.words())
    }
}

impl std::error::Error for GitFailure {}

/// Words of git's messages under `LC_ALL=C`, and what they mean. The first that is found counts; seen
/// with git 2.47, curl's words with libcurl 8.
const WORDS: &[(&str, FailureKind)] = &[
    ("not a git repository", FailureKind::NotARepository),
    ("dubious ownership", FailureKind::AnotherOwner),
    ("unsafe repository", FailureKind::AnotherOwner),
    ("must be run in a work tree", FailureKind::NoWorkTree),
    // How a git that may not fetch says that it should have.
    ("from promisor remote", FailureKind::ObjectMissing),
    ("lazy fetching disabled", FailureKind::ObjectMissing),
    ("Authentication failed", FailureKind::Refused),
    ("could not read Username", FailureKind::Refused),
    ("could not read Password", FailureKind::Refused),
    ("Permission denied", FailureKind::Refused),
    ("Host key verification failed", FailureKind::Refused),
    ("returned error: 401", FailureKind::Refused),
    ("returned error: 403", FailureKind::Refused),
    ("Repository not found", FailureKind::Refused),
    ("' not found", FailureKind::Refused),
    ("does not appear to be a git repository", FailureKind::Refused),
    // A policy of the user's (git-config(1), `protocol.allow`), or ours for a git that may not fetch.
    ("transport '", FailureKind::Refused),
    ("Could not read from remote", FailureKind::Network),
    ("unable to access", FailureKind::Network),
    ("Could not resolve host", FailureKind::Network),
    ("unable to look up", FailureKind::Network),
    ("Connection", FailureKind::Network),
    ("timed out", FailureKind::Network),
    ("early EOF", FailureKind::Network),
    ("hung up", FailureKind::Network),
    ("RPC failed", FailureKind::Network),
    ("unexpected disconnect", FailureKind::Network),
    ("bad object", FailureKind::ObjectMissing),
    ("missing", FailureKind::ObjectMissing),
    ("unable to read", FailureKind::ObjectMissing),
    ("Could not read", FailureKind::ObjectMissing),
    ("Not a valid", FailureKind::ObjectMissing),
    ("not a tree object", FailureKind::ObjectMissing),
    ("No space left on device", FailureKind::Disk),
];

fn kind_of(stderr: &[u8]) -> FailureKind {
    let found = WORDS.iter().find(|(words, _)| bstr::ByteSlice::contains_str(stderr, words));
    found.map_or(FailureKind::Other, |(_, kind)| *kind)
}

/// The line that says why: the last that begins with `fatal:` or `error:`, or the last of all.
fn last_words(stderr: &[u8]) -> Foreign {
    let lines = || {
        let lines = bstr::ByteSlice::lines(stderr);
        lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace))
    };
    let is_reason = |line: &&[u8]| line.starts_with(b"fatal: ") || line.starts_with(b"error: ");
    let line = lines().rfind(is_reason).or_else(|| lines().next_back()).unwrap_or_default();
    Foreign::from(line)
}
