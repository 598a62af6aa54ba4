//! An object that was not stored: why, and what to do.

use diagnostics::{Foreign, Piece, Problem, Text, text};

/// An object that was not stored. It holds no key, even where a server sent one back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutFailure {
    /// Why.
    pub kind: FailureKind,
    /// The words of the server or the system.
    pub said: Foreign,
}

/// Why an object was not stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The address of the storage cannot be used, and why.
    Address(&'static str),
    /// The name of the bucket is none.
    Bucket,
    /// The name of the object cannot be part of an address, and why.
    Name(&'static str),
    /// A key holds what no key holds, such as a line break.
    Keys,
    /// The object is larger than is sent, which is this many bytes.
    TooLarge(u64),
    /// The storage does not know the keys, or they may not do this (401, 403).
    Forbidden,
    /// There is no such bucket (404).
    NotFound,
    /// The bucket is somewhere else.
    Elsewhere,
    /// The storage answers with another status.
    Status(u16),
    /// The storage cannot be reached, its certificate is not trusted, or it hung up.
    Network,
    /// The time was over.
    TimedOut,
}

impl PutFailure {
    /// Whether somebody has to change a setting or a key; otherwise the environment failed.
    pub fn is_wrong_input(&self) -> bool {
        match self.kind {
            FailureKind::Address(_)
            | FailureKind::Bucket
            | FailureKind::Name(_)
            | FailureKind::Keys
            | FailureKind::TooLarge(_)
            | FailureKind::Forbidden
            | FailureKind::NotFound
            | FailureKind::Elsewhere => true,
            FailureKind::Status(_) | FailureKind::Network | FailureKind::TimedOut => false,
        }
    }

    /// Whether it is about this one object, and another may well be stored.
    pub fn is_of_object(&self) -> bool {
        match self.kind {
            FailureKind::Name(_) | FailureKind::TooLarge(_) => true,
            FailureKind::Address(_)
            | FailureKind::Bucket
            | FailureKind::Keys
            | FailureKind::Forbidden
            | FailureKind::NotFound
            | FailureKind::Elsewhere
            | FailureKind::Status(_)
            | FailureKind::Network
            | FailureKind::TimedOut => false,
        }
    }

    /// The failure for people, with the next step.
    pub fn problem(&self) -> Problem {
        let mut message = text!["the object was not stored: "];
        message.append(self.words());
        if !self.said.raw().is_empty() {
            message.append(text![": ", Piece::Said(self.said.clone())]);
        }
        Problem::error(message).help(self.help())
    }

    fn words(&self) -> Text {
        match self.kind {
            FailureKind::Address(why) => text!["the address cannot be used: ", why],
            FailureKind::Bucket => text!["the name of the bucket is none"],
            FailureKind::Name(why) => text![why],
            FailureKind::Keys => text!["a key holds what no key holds"],
            FailureKind::TooLarge(most) => text!["it has more than ", most, " bytes"],
            FailureKind::Forbidden => text!["the storage refuses the keys"],
            FailureKind::NotFound => text!["there is no such bucket"],
            FailureKind::Elsewhere => text!["the bucket is in another region"],
            FailureKind::Status(status) => text!["the storage answers with status ", status],
            FailureKind::Network => text!["the storage cannot be reached"],
            FailureKind::TimedOut => text!["the storage does not answer in time"],
        }
    }

    fn help(&self) -> &'static str {
        match self.kind {
            FailureKind::Address(_) => {
                "the endpoint is where the storage is, without a bucket: `https://s3.eu-central-1.amazonaws.com`"
            }
            FailureKind::Bucket => {
                "a bucket has a name of 3 to 63 small letters, digits, dots and hyphens"
            }
            FailureKind::Name(_) => {
                "it has 1024 bytes at most, and no part of it is empty, `.` or `..`: see the prefix, and `repository` of the record"
            }
            FailureKind::Keys => {
                "see AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
            }
            FailureKind::TooLarge(_) => "leave out what is not needed",
            FailureKind::Forbidden => {
                "see the keys, the region, the machine's clock, and whether they may `s3:PutObject` there"
            }
            FailureKind::NotFound => {
                "see the name of the bucket and the endpoint; no bucket is made"
            }
            FailureKind::Elsewhere => "name the region and the endpoint of the bucket",
            FailureKind::Status(_) | FailureKind::Network | FailureKind::TimedOut => {
                "run the step again; the object has the same name then"
            }
        }
    }
}
