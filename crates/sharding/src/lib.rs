//! Which shard runs which item, so that all shards finish together and every item runs once.
//!
//! The list of items says *what* runs; timings only say how heavy an item is. A test that nobody
//! has timed runs all the same, and a timing of a test that is gone changes nothing.
//!
//! From items and timings ([`Matcher`]) come weights ([`weigh`]), from weights a plan ([`plan()`])
//! and the bound that no plan can beat ([`lower_bound`]). Integers only, and every order is total:
//! the same facts give the same plan on every machine.

mod bound;
mod count;
mod item;
mod lpt;
mod names;
mod plan;
mod timings;
mod weight;

pub use bound::{Bound, BoundKind, lower_bound};
pub use count::{NotAShardCount, ShardCount};
pub use item::{ItemId, Items};
pub use plan::{Facts, Placed, Plan, Shard, Shards, Why, plan};
pub use timings::{Collected, Matcher, OneReport, Timings};
pub use weight::{Weighing, Weight, Weights, weigh};
