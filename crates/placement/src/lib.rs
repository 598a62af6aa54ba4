//! Which runner fits a job's GPU needs, which jobs run where so that most of them do, and which labels say
//! so without letting a runner in that does not fit.
//!
//! A [`Machine`] is what is known of a runner; what is not known is `None` and never fits. Nothing here
//! looks at a machine, an API, a clock or the environment.

mod assign;
pub mod catalogue;
mod clause;
pub mod config;
pub mod cuda;
mod expect;
mod facts;
mod fleet;
mod labels;
mod lint;
#[cfg(test)]
mod made;
mod memory;
mod need;
mod plan;
pub mod probe;
mod versions;

pub use assign::{Job, MACHINE_KINDS, Offer, PAIRS, Placed, TooManyKinds, assign, fits};
pub use clause::{
    Clause, Doubt, Failure, Fit, Fitting, Judgement, Unit, Value, Why, fitting, judge,
};
pub use expect::{Expectation, Visible, expect};
pub use facts::{Gpu, Machine, Memory, Mig, Sharing, Slice, Vendor};
pub use fleet::{
    Conflict, Entry, Gathered, Group, Hidden, Kind, Listed, Merged, Said, Scope, State, entries,
};
pub use labels::{AT_MOST, Known, Refusal, Runner, STEPS, Selection, own_labels, select};
pub use lint::lint;
pub use need::{Contradiction, Need, OnlyOf, Part, contradictions};
pub use plan::{
    Change, Counts, Decision, Failing, Near, NoGpu, OnBusy, OnNoMatch, OnOffline, Outcome, Policy,
    Request, RunsOn, Seen, Strangers, Why as WhyPlanned, explain, plan,
};
pub use versions::{Capability, NotAVersion, Version};
