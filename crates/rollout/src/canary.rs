//! Whether a canary takes more traffic, waits, or goes.
//!
//! Every metric is asked once an interval through a window. A metric with limits (`min`, `max`, `max-ratio`)
//! fails as soon as enough samples in a row are beyond them, and one failure is a rollback at once. Metrics that
//! are compared by ranks are scored together when the window is over. A sample that is missing, or that could not
//! be asked for, is never a good one: a canary is promoted only when every metric has enough good samples.
//!
//! Sources: H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically
//! larger than the other" (1947), with the correction for ties of M. Hollander, D. A. Wolfe, "Nonparametric
//! statistical methods"; Prometheus documentation, "Querying basics"; Spinnaker documentation, "Best practices
//! for configuring canary" (why the baseline is as large as the canary).

mod decision;
mod limits;
mod policy;
mod rank;
mod sample;
mod state;
#[cfg(test)]
mod tests;

pub use decision::{Decision, Facts, Outcome, Reason, Result, Trigger, Verdict, decide};
pub use limits::{Crossed, Run, Side};
pub use policy::{
    AfterHolds, Direction, Effect, Empty, Limits, Metric, OnNoData, Policy, Rank, Rule, Score,
};
pub use rank::{Compared, Inconclusive, Ranked, compare, fewest};
pub use sample::{Absent, Counts, Reading, Tick};
pub use state::{Phase, State};
