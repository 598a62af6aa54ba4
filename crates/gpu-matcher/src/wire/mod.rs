//! The documents that leave the process, each with the version of its shape.

mod check;
mod judgement;
mod machine;
mod probe;

pub use check::CheckFile;
pub use judgement::{DoubtDocument, FailureDocument};
pub use machine::MachineDocument;
pub use probe::{ExpectationDocument, ProbeFile};
