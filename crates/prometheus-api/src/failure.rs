//! Prometheus does not answer: why, and what to do.

use std::fmt;

use diagnostics::{Foreign, Piece, Problem, Text, text};

use crate::client::{Auth, MOST_POINTS};

/// The most bytes that are kept of another's words.
const LONGEST_WORDS: usize = 300;

/// A question that Prometheus did not answer. It holds no secret, even where a server sent it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrometheusFailure {
    /// Why there is no answer.
    pub kind: FailureKind,
    /// The server's words, or the system's, cut to a few hundred bytes.
    pub said: Foreign,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The server's address cannot be used, and why.
    Address(&'static str),
    /// The token or the password cannot be sent.
    Token,
    /// The server does not know who asks (401).
    Unauthorized,
    /// Who asks may not ask this (403).
    Forbidden,
    /// There is no API of Prometheus at this address (404, 405).
    NotPrometheus(u16),
    /// The server sends us to another host, which is not asked.
    Redirected,
    /// The server would refuse so many samples.
    TooManyPoints(u64),
    /// The server cannot be reached, its certificate is not trusted, or it hung up.
    Network,
    /// The time was over.
    TimedOut,
    /// The answer is longer than is read, which is this many bytes.
    TooLarge(u64),
}

impl PrometheusFailure {
    /// A failure with the words of somebody else, who may have been told the secrets of `auth`.
    pub(crate) fn new(kind: FailureKind, said: &[u8], auth: &Auth) -> Self {
        let mut said = auth.removed_from(said.to_vec(), 1);
        said.truncate(LONGEST_WORDS);
        Self { kind, said: Foreign::new(said) }
    }

    /// Whether somebody has to change a setting or a token. Otherwise the same question may be answered
    /// another time.
    pub fn is_wrong_input(&self) -> bool {
        match self.kind {
            FailureKind::Address(_)
            | FailureKind::Token
            | FailureKind::Unauthorized
            | FailureKind::Forbidden
            | FailureKind::NotPrometheus(_)
            | FailureKind::Redirected
            | FailureKind::TooManyPoints(_) => true,
            FailureKind::Network | FailureKind::TimedOut | FailureKind::TooLarge(_) => false,
        }
    }

    /// Why, in words that follow a colon.
    pub fn words(&self) -> Text {
        let mut words = text![self.kind.words()];
        match self.kind {
            FailureKind::Address(why) => {
                words.text(": ").text(why);
            }
            FailureKind::NotPrometheus(status) => {
                words.text(" (").push(status).text(")");
            }
            FailureKind::TooLarge(limit) => {
                words.push(limit).text(" bytes");
            }
            FailureKind::TooManyPoints(points) => {
                words.push(points).text(", and the most are ").push(MOST_POINTS);
            }
            FailureKind::Token
            | FailureKind::Unauthorized
            | FailureKind::Forbidden
            | FailureKind::Redirected
            | FailureKind::Network
            | FailureKind::TimedOut => {}
        }
        if !self.said.raw().is_empty() {
            words.text(": ").push(Piece::Said(self.said.clone()));
        }
        words
    }

    /// The failure for people, with the next step.
    pub fn problem(&self) -> Problem {
        let mut message = text!["Prometheus does not answer: "];
        message.append(self.words());
        Problem::error(message).help(self.help())
    }

    fn help(&self) -> &'static str {
        match self.kind {
            FailureKind::Address(_) => {
                "write the address as `https://prometheus.example.org`, without `/api/v1`; plain http is for servers that need no token"
            }
            FailureKind::Token | FailureKind::Unauthorized | FailureKind::Forbidden => {
                "set SIGNALBOX_PROMETHEUS_TOKEN, or SIGNALBOX_PROMETHEUS_USERNAME and SIGNALBOX_PROMETHEUS_PASSWORD, in the step's `env`"
            }
            FailureKind::NotPrometheus(_) | FailureKind::Redirected => {
                "see whether the address is that of the server itself, with the path below which `/api/v1` stands"
            }
            FailureKind::TooManyPoints(_) => "make the window shorter or the interval longer",
            FailureKind::Network | FailureKind::TimedOut => {
                "see that this runner reaches the server: its network, its proxy (HTTPS_PROXY) and its certificates (SSL_CERT_FILE)"
            }
            FailureKind::TooLarge(_) => "let the query sum up its series: `sum(...)`, `max(...)`",
        }
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
            Self::Address(_) => "its address cannot be used",
            Self::Token => "the token or the password holds characters that none has",
            Self::Unauthorized => "the token or the password is not accepted (401)",
            Self::Forbidden => "the token or the password may not ask this (403)",
            Self::NotPrometheus(_) => "there is no API of Prometheus at this address",
            Self::Redirected => "the server sends us to another one",
            Self::TooManyPoints(_) => "so many samples are asked for of one series: ",
            Self::Network => "the server cannot be asked",
            Self::TimedOut => "it took too long",
            Self::TooLarge(_) => "the answer has more than ",
        }
    }
}

impl fmt::Display for PrometheusFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prometheus does not answer: {}", self.kind.words())
    }
}

impl std::error::Error for PrometheusFailure {}
