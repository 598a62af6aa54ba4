//! Which key names a cache, which other caches may stand in for it, and why a key is not the one of an
//! earlier run.
//!
//! A cache is identified by its [`Material`]: every ingredient that its contents depend on, by level, each
//! with a digest. [`identity()`] makes the key of it, and the keys that may be restored instead, each
//! with the reason why that is safe; [`differences`] compares two materials. Nothing here looks at a
//! disk, a clock or the environment.

mod difference;
mod digest;
mod explanation;
mod identity;
mod label;
mod material;
mod prune;
mod scope;

pub use difference::{Change, Difference, differences};
pub use digest::Digest;
pub use ecosystems::caches::{Ecosystem, Found, Ingredient, Layer, Level, Place, Reuse};
pub use explanation::{Common, Explanation, Made, Reached, Renamed, explanation, reached};
pub use identity::{Identity, Named, NoKey, Request, Restore, identity};
pub use material::{Material, Part, RECIPE, Value};
pub use prune::{
    Contents, Dropped, Entry, EntryKind, Kept, Plan, PruneRequest, Reason, Spot, prune,
};
pub use scope::{NotTrusted, Origin, Scope, Store, Wish};
