//! GitHub does not answer: which question, why, and what to do.

use std::fmt;

use diagnostics::{Foreign, Piece, Problem, Secret, Text, text};

/// The most bytes that are kept of another's words.
const LONGEST_WORDS: usize = 300;

/// What is asked, in words for those who get no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// In words that follow "GitHub does not say".
    pub(crate) words: &'static str,
    /// What the job has to grant, as the next step of whoever did not.
    pub(crate) grant: &'static str,
}

/// A question that GitHub did not answer. It does not hold the token, even where a server sent it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFailure {
    /// What was asked, in words that follow "GitHub does not say".
    pub question: &'static str,
    /// Why there is no answer.
    pub kind: FailureKind,
    /// The server's words, or the system's, cut to a few hundred bytes.
    pub said: Foreign,
    grant: &'static str,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The API's address cannot be used, and why.
    Address(&'static str),
    /// The token holds what no token holds, such as a line break.
    Token,
    /// A name in the question cannot be part of an address, and which.
    Name(&'static str),
    /// The server does not know the token (401).
    Unauthorized,
    /// The token may not ask this (403).
    Forbidden,
    /// There is no such thing, or the token may not know of it (404).
    NotFound,
    /// Too much was asked lately (403 or 429).
    RateLimited,
    /// The server sends us to another host, which is not asked.
    Redirected,
    /// The server answers with another status.
    Status(u16),
    /// The server cannot be reached, its certificate is not trusted, or it hung up.
    Network,
    /// The time was over.
    TimedOut,
    /// The answer is longer than is read, which is this many bytes.
    TooLarge(u64),
    /// The answer is not what the documentation says, at this line and column of it, from 1.
    Malformed {
        /// The line.
        line: u64,
        /// The column, in characters.
        column: u64,
    },
}

impl ApiFailure {
    /// A failure with the words of somebody else, who may have been told `token`.
    pub(crate) fn new(
        question: &Question,
        kind: FailureKind,
        said: &[u8],
        token: Option<&Secret>,
    ) -> Self {
        let mut said = match token {
            Some(token) => token.removed_from(said),
            None => said.to_vec(),
        };
        said.truncate(LONGEST_WORDS);
        let (question, grant) = (question.words, question.grant);
        Self { question, kind, said: Foreign::new(said), grant }
    }

    /// Whether somebody has to change a setting, a token or a permission. Otherwise the environment
    /// failed, and the same question may be answered another time.
    pub fn is_wrong_input(&self) -> bool {
        match self.kind {
            FailureKind::Address(_)
            | FailureKind::Token
            | FailureKind::Name(_)
            | FailureKind::Unauthorized
            | FailureKind::Forbidden
            | FailureKind::NotFound => true,
            FailureKind::RateLimited
            | FailureKind::Redirected
            | FailureKind::Status(_)
            | FailureKind::Network
            | FailureKind::TimedOut
            | FailureKind::TooLarge(_)
            | FailureKind::Malformed { .. } => false,
        }
    }

    /// The failure for people, with the next step.
    pub fn problem(&self) -> Problem {
        let mut message = text!["GitHub does not say ", self.question, ": ", self.kind.words()];
        message.append(self.detail());
        if !self.said.raw().is_empty() {
            message.append(text![": ", Piece::Said(self.said.clone())]);
        }
        Problem::error(message).help(self.help())
    }

    fn detail(&self) -> Text {
        match self.kind {
            FailureKind::Address(why) | FailureKind::Name(why) => text![": ", why],
            FailureKind::Status(status) => text![" ", status],
            FailureKind::TooLarge(limit) => text![" ", limit, " bytes"],
            FailureKind::Malformed { line, column } => {
                text![" at line ", line, ", column ", column]
            }
            FailureKind::Token
            | FailureKind::Unauthorized
            | FailureKind::Forbidden
            | FailureKind::NotFound
            | FailureKind::RateLimited
            | FailureKind::Redirected
            | FailureKind::Network
            | FailureKind::TimedOut => Text::new(),
        }
    }

    fn help(&self) -> Text {
        Text::from(match self.kind {
            FailureKind::Address(_) => {
                "the runner sets GITHUB_API_URL for every step; see which step or shell changes it"
            }
            FailureKind::Name(_) => "see what the runner's variables say of this run",
            FailureKind::Token | FailureKind::Unauthorized => {
                "give the job's own token, `token: ${{ github.token }}`, or one that has not expired"
            }
            FailureKind::Forbidden | FailureKind::NotFound => {
                return text![
                    "give the job ",
                    self.grant,
                    " and the step `token: ${{ github.token }}`; a token of one's own must be allowed to read this repository"
                ];
            }
            FailureKind::RateLimited => {
                "run the job again later; every job of a repository asks with the same limit"
            }
            FailureKind::Redirected => {
                "see whether GITHUB_API_URL is the API itself and not an address that leads to it"
            }
            FailureKind::Status(_) | FailureKind::TimedOut => {
                "run the job again; https://www.githubstatus.com tells of outages"
            }
            FailureKind::Network => {
                "see that this runner reaches the API: its proxy (HTTPS_PROXY) and its certificates (SSL_CERT_FILE)"
            }
            FailureKind::TooLarge(_) | FailureKind::Malformed { .. } => {
                "see whether something between this runner and GitHub changes answers"
            }
        })
    }
}

impl FailureKind {
    fn words(self) -> &'static str {
        match self {
            Self::Address(_) => "the API's address cannot be used",
            Self::Token => "the token holds characters that no token has",
            Self::Name(_) => "that cannot be asked",
            Self::Unauthorized => "the token is not accepted (401)",
            Self::Forbidden => "the token may not ask this (403)",
            Self::NotFound => "it is not there, or the token may not see it (404)",
            Self::RateLimited => "too much was asked lately",
            Self::Redirected => "the server sends us to another one",
            Self::Status(_) => "the server answers with the status",
            Self::Network => "the server cannot be asked",
            Self::TimedOut => "it took too long",
            Self::TooLarge(_) => "the answer has more than",
            Self::Malformed { .. } => "the answer is not what it should be,",
        }
    }
}

impl fmt::Display for ApiFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GitHub does not say {}: {}", self.question, self.kind.words())
    }
}

impl std::error::Error for ApiFailure {}
