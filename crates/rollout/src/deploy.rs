//! In which order the components of a system are deployed, and how such a deployment goes on after whatever
//! happened to it.
//!
//! Components form waves: a wave waits for those that its components depend on, directly or through components
//! that are not deployed this time. Each wave is deployed in one region after the other, so that a fault meets one
//! region first. What went wrong is rolled back in the exact reverse.

mod plan;
mod policy;
mod progress;
mod strategy;

pub use plan::{Order, Plan, Step, plan};
pub use policy::{Component, Environment, OnFailure, Policy};
pub use progress::{Ending, Next, Standing, State, next};
pub use strategy::{Phase, Phases, Strategy};
