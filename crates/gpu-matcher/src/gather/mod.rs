//! Reads what jobs need and what runners have.

mod check;

pub(crate) use check::{Checked, checked};
