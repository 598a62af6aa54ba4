//! What a pipeline costs and what it delivers: durations, queue times, flakes, hits of caches, and the four
//! figures of DORA. Data in, data out.

pub mod answers;
pub mod dora;
mod moment;
mod outcome;
mod record;
pub mod report;
mod statistics;

pub use moment::{Millis, Moment};
pub use outcome::{CacheUse, Fact, Outcome, caches, read_outcomes};
pub use record::{
    Beside, Counts, JobRecord, Record, RunRecord, Standing, StepRecord, Sums, record,
};
pub use statistics::{Share, median, percentile};
