//! Inputs that are one of a few words; each word's meaning is what users read.

use clap::ValueEnum;
use reports::Unit;
use sharding::Estimate;

/// What plain numbers are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TimeUnit {
    /// Seconds.
    #[default]
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// How the times of several runs become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EstimateKind {
    /// A mean in which newer runs weigh more.
    #[default]
    Ewma,
    /// The last run.
    Last,
    /// What half of the runs do not exceed.
    P50,
    /// What nine of ten runs do not exceed.
    P90,
}

impl TimeUnit {
    /// The same, as the reader of reports names it.
    pub(crate) fn unit(self) -> Unit {
        match self {
            Self::Seconds => Unit::Seconds,
            Self::Milliseconds => Unit::Milliseconds,
        }
    }
}

impl EstimateKind {
    /// The same, as the core names it.
    pub(crate) fn estimate(self) -> Estimate {
        match self {
            Self::Ewma => Estimate::Ewma,
            Self::Last => Estimate::Last,
            Self::P50 => Estimate::Percentile50,
            Self::P90 => Estimate::Percentile90,
        }
    }
}

/// What the number of shards is chosen for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Optimize {
    /// The fewest shards that keep within `target-duration`.
    #[default]
    Time,
    /// The fewest billed minutes, each shard's rounded up; within `target-duration` if it is given.
    Cost,
}

/// What is shared out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GranularityKind {
    /// What the framework shares best: files, opened where one is too heavy for a shard; with
    /// nextest and without a framework, the items as they are listed.
    #[default]
    Auto,
    /// The items as they are listed.
    Item,
    /// Classes, and files where there are none.
    Class,
    /// Files, whole.
    File,
    /// Packages or binaries, whole.
    Package,
}

/// What a test is that ran before and is skipped now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum NewSkips {
    /// A test that was lost: the answer is no.
    #[default]
    Fail,
    /// Worth a warning.
    Warn,
}

/// What happens without a plan file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MissingPlan {
    /// Plan here in the first attempt, fail in a re-run.
    #[default]
    Error,
    /// Plan here in any attempt.
    Recompute,
}

/// What becomes of shards without items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmptyShards {
    /// Leave them out of the matrix.
    #[default]
    Drop,
    /// Start them all the same.
    Keep,
}

/// How a list of items is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// One item a line; an item with a line break is refused.
    #[default]
    Lines,
    /// Each item is followed by a NUL byte, for `xargs -0`.
    Nul,
    /// A JSON array of strings.
    Json,
}
