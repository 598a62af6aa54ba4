//! Reads what jobs need and what runners have.

mod check;
mod probe;

pub(crate) use check::{Checked, checked};
pub(crate) use probe::probed;
