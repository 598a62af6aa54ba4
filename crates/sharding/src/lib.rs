//! Which shard runs which item, so that all shards finish together and every item runs once.
//!
//! The list of items says *what* runs; timings only say how heavy an item is. A test that nobody
//! has timed runs all the same, and a timing of a test that is gone changes nothing.
//!
//! From a [`Suite`] and timings ([`Matcher`]) come weights, from weights a plan ([`plan()`]) and the
//! bound that no plan can beat ([`lower_bound`]). Afterwards, [`verify`](verify()) holds what the
//! shards report against what was to run. Integers only, and every order is total: the same facts give
//! the same plan on every machine.

mod bound;
mod changed;
mod count;
mod groups;
mod history;
mod item;
mod made;
mod names;
mod packing;
mod plan;
mod stable;
mod suite;
mod timings;
mod verify;
mod wanted;
mod weight;

pub use bound::{Bound, BoundKind, lower_bound};
pub use changed::Changed;
pub use count::{NotAShardCount, ShardCount};
pub use groups::{NotARule, Rule, group};
pub use history::Estimate;
pub use item::{ItemId, Items};
pub use made::{Made, Placed, Plan, Shard, change_millionths};
pub use names::TestId;
pub use plan::{CannotPlan, Facts, Shards, plan};
pub use stable::{LastPlan, Stability};
pub use suite::{Granularity, Suite};
pub use timings::{Collected, Matcher, OneReport, Prefix, Timings};
pub use verify::{Claim, ShardReport, Verdict, newest, verify};
pub use wanted::{Aim, Choice, Cost, Wanted, pareto};
pub use weight::{Guess, Unknown, Weighing, Weight};
