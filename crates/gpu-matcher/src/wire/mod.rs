//! The documents that leave the process, each with the version of its shape.

mod check;
mod judgement;

pub use check::CheckFile;
pub use judgement::{DoubtDocument, FailureDocument};
