//! From decisions to outputs, the summary and files.

mod compute;
mod explain;
mod hash;
mod import;
mod prune;

pub(crate) use compute::{Computed, compute};
pub(crate) use explain::{explain, replace};
pub(crate) use hash::hash;
pub(crate) use import::import;
pub(crate) use prune::prune;
