//! From decisions to outputs, the summary and files.

mod compute;
mod explain;
mod import;

pub(crate) use compute::{Computed, compute};
pub(crate) use explain::{explain, replace};
pub(crate) use import::import;
