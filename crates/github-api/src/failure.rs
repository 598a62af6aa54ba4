//! GitHub does not answer: which question, why, and what to do.

use std::fmt;

use diagnostics::{Foreign, Piece, Problem, Secret, Text, text};

/// The most bytes that are kept of another's words.
const LONGEST_WORDS: usize = 300;

/// What is asked, in words for those who get no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Question<'q> {
    /// In words that follow "GitHub does not say".
    pub(crate) words: &'static str,
    /// What it is asked of, if it is asked of more than one.
    pub(crate) of: Option<&'q str>,
    /// Who may ask it, as the next step of whoever may not.
    pub(crate) grant: Grant,
}

/// Who may ask a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The job's own token, if the job has this.
    OfJob(&'static str),
    /// The job's own token never; one of one's own, if it has this.
    OfOwner(&'static str),
}

/// A question that GitHub did not answer. It does not hold the token, even where a server sent it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiFailure {
    /// What was asked, in words that follow "GitHub does not say".
    pub question: &'static str,
    /// What it was asked of, where the words do not say so: a repository, an organization.
    pub of: Option<Foreign>,
    /// Why there is no answer.
    pub kind: FailureKind,
    /// The server's words, or the system's, cut to a few hundred bytes.
    pub said: Foreign,
    grant: Grant,
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
        question: &Question<'_>,
        kind: FailureKind,
        said: &[u8],
        token: Option<&Secret>,
    ) -> Self {
        let harmless = |bytes: &[u8]| {
            let mut bytes = match token {
                Some(token) => token.removed_from(bytes),
                None => bytes.to_vec(),
            };
            bytes.truncate(LONGEST_WORDS);
            Foreign::new(bytes)
        };
        let of = question.of.map(|of| harmless(of.as_bytes()));
        Self { question: question.words, of, kind, said: harmless(said), grant: question.grant }
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
        let mut message = text!["GitHub does not say ", self.question];
        if let Some(of) = &self.of {
            message.append(text![" ", of.clone()]);
        }
        message.append(text![": ", self.kind.words()]);
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
        Text::from(match (self.kind, self.grant) {
            (FailureKind::Forbidden | FailureKind::NotFound, Grant::OfJob(grant)) => {
                return text![
                    "give the job ",
                    grant,
                    " and the step `token: ${{ github.token }}`; a token of one's own must be allowed to read this repository"
                ];
            }
            (FailureKind::Forbidden | FailureKind::NotFound, Grant::OfOwner(grant)) => {
                return text![
                    "give the step a `token` with ",
                    grant,
                    "; the job's own, `github.token`, can never ask this"
                ];
            }
            (FailureKind::Token | FailureKind::Unauthorized, Grant::OfJob(_)) => {
                "give the job's own token, `token: ${{ github.token }}`, or one that has not expired"
            }
            (FailureKind::Token | FailureKind::Unauthorized, Grant::OfOwner(grant)) => {
                return text!["give the step a `token` that has not expired, with ", grant];
            }
            (FailureKind::RateLimited, Grant::OfJob(_)) => {
                "run the job again later; every job of a repository asks with the same limit"
            }
            (FailureKind::RateLimited, Grant::OfOwner(_)) => {
                "run the job again later; all that one user or app asks is under one limit"
            }
            (FailureKind::Name(_), Grant::OfJob(_)) => {
                "see what the runner's variables say of this run"
            }
            (FailureKind::Name(_), Grant::OfOwner(_)) => {
                "a repository is `owner/name`; an organization or an enterprise is one name"
            }
            (FailureKind::Address(_), _) => {
                "the runner sets GITHUB_API_URL for every step; see which step or shell changes it"
            }
            (FailureKind::Redirected, _) => {
                "see whether GITHUB_API_URL is the API itself and not an address that leads to it"
            }
            (FailureKind::Status(_) | FailureKind::TimedOut, _) => {
                "run the job again; https://www.githubstatus.com tells of outages"
            }
            (FailureKind::Network, _) => {
                "see that this runner reaches the API: its proxy (HTTPS_PROXY) and its certificates (SSL_CERT_FILE)"
            }
            (FailureKind::TooLarge(_) | FailureKind::Malformed { .. }, _) => {
                "see whether something between this runner and GitHub changes answers"
            }
        })
    }
}

impl From<http_transport::FailureKind> for FailureKind {
    fn from(kind: http_transport::FailureKind) -> Self {
        match kind {
            http_transport::FailureKind::Network => Self::Network,
            http_transport::FailureKind::TimedOut => Self::TimedOut,
            http_transport::FailureKind::TooLarge(limit) => Self::TooLarge(limit),
        }
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
