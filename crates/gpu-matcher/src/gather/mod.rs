//! Reads what jobs need, what runners have, and what this machine says of itself.

mod cargo;
mod check;
mod expected;
mod github;
mod plan;
mod probe;
mod sources;

pub(crate) use check::{Checked, checked};
pub(crate) use expected::expected;
pub(crate) use plan::{Known, Planned, is_by_strangers, known, planned};
pub(crate) use probe::probed;
