//! From decisions to outputs, the summary and files.

mod check;
mod expect;
mod lint;
mod plan;
mod probe;
mod probe_words;
pub(crate) mod words;

pub(crate) use check::check;
pub(crate) use expect::{Expected, expect};
pub(crate) use lint::lint;
pub(crate) use plan::{explanation, plan};
pub(crate) use probe::probe;
pub(crate) use probe_words::note;
