//! Inputs that are one of a few words; each word's meaning is what users read.

use affected::base::{OnUnknown, PullRequestMode};
use affected::filters::Quantifier;
use clap::ValueEnum;

/// How the patterns of a filter come together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum QuantifierKind {
    /// A file matches when one pattern does and none that begins with `!` excludes it.
    #[default]
    SomeWithExcludes,
    /// A file matches when one pattern does; one that begins with `!` matches whatever it does not
    /// name. The default of dorny/paths-filter.
    Some,
    /// A file matches when every pattern does.
    Every,
}

/// How a pull request is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrMode {
    /// Its head with the merge base: what the pull request itself changes.
    #[default]
    ThreeDot,
    /// The test merge that is checked out with its first parent: what merging would change.
    MergeParent,
}

/// What happens where no base is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnUnknownBase {
    /// Everything counts as changed.
    #[default]
    All,
    /// The step fails.
    Fail,
    /// The last commit alone is looked at.
    LastCommit,
}

/// Whether commits that are missing here may be fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FetchMode {
    /// Where they are needed, into a store of its own: the clone stays as it is.
    #[default]
    Auto,
    /// Never.
    Never,
}

/// How a renamed file is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum RenameMode {
    /// As a file that was deleted and one that was added.
    #[default]
    Split,
    /// The same, and the new file knows its old name.
    Pairs,
}

/// How lists of files are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListKind {
    /// Not at all.
    #[default]
    None,
    /// A JSON array.
    Json,
    /// Comma-separated, as RFC 4180 quotes.
    Csv,
    /// Words for a POSIX shell.
    Shell,
}

/// What the matrix is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatrixOf {
    /// Services if they are asked for, else packages if a graph is, else filters.
    #[default]
    Auto,
    /// Affected services.
    Services,
    /// Affected packages.
    Packages,
    /// Filters that match.
    Filters,
}

/// What happens to a matrix that is longer than GitHub allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Overflow {
    /// It is cut into chunks, each for a call of a reusable workflow; nothing is left out.
    #[default]
    Chunk,
    /// The step fails.
    Fail,
}

/// Which names services may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceNames {
    /// Letters, digits, `.`, `_` and `-`: safe in every job name, image tag and script.
    #[default]
    Plain,
    /// Anything; every script that uses them has to quote them.
    Any,
}

impl QuantifierKind {
    pub(crate) fn quantifier(self) -> Quantifier {
        match self {
            Self::SomeWithExcludes => Quantifier::SomeWithExcludes,
            Self::Some => Quantifier::Some,
            Self::Every => Quantifier::Every,
        }
    }
}

impl PrMode {
    pub(crate) fn mode(self) -> PullRequestMode {
        match self {
            Self::ThreeDot => PullRequestMode::ThreeDot,
            Self::MergeParent => PullRequestMode::MergeParent,
        }
    }
}

impl OnUnknownBase {
    pub(crate) fn on_unknown(self) -> OnUnknown {
        match self {
            Self::All => OnUnknown::All,
            Self::Fail => OnUnknown::Fail,
            Self::LastCommit => OnUnknown::LastCommit,
        }
    }
}
