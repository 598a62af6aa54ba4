//! What does a change affect? Which base it is measured from, which filters match, which services and
//! packages follow, each with the reason why.
//!
//! Nothing here asks git, the disk or the clock: a [`base::History`] is asked for commits, the trees
//! are [`repo_model::Tree`]s.

pub mod base;
mod decision;
pub mod filters;
pub mod impact;
pub mod services;

pub use decision::{
    Decision, Extent, Facts, FilterResult, Known, Scope, decide, nodes, unknown_names,
};
