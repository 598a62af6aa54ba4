//! From decisions to outputs, the summary and files.

mod compute;
mod explain;

pub(crate) use compute::{Computed, compute};
pub(crate) use explain::{explain, replace};
