//! From decisions to outputs, the summary and files.

mod check;
pub(crate) mod words;

pub(crate) use check::check;
