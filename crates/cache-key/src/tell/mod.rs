//! From decisions to outputs, the summary and files.

mod compute;
mod explain;
mod import;
mod prune;

pub(crate) use compute::{Computed, compute};
pub(crate) use explain::{explain, replace};
pub(crate) use import::import;
pub(crate) use prune::prune;
