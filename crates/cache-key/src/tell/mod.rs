//! From decisions to outputs, the summary and files.

mod compute;

pub(crate) use compute::{Computed, compute};
