//! The documents that leave the process, each with the version of its shape.

mod check;
mod judgement;
mod machine;
mod plan;
mod probe;

pub use check::CheckFile;
pub use judgement::{DoubtDocument, FailureDocument};
pub use machine::MachineDocument;
pub use plan::PlanFile;
pub(crate) use plan::{Explained, PlanFacts, kind, state};
pub use probe::{ExpectationDocument, ProbeFile};
