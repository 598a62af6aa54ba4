//! Which runner fits a job's GPU needs, which jobs run where so that most of them do, and which labels say
//! so without letting a runner in that does not fit.
//!
//! A [`Machine`] is what is known of a runner; what is not known is `None` and never fits. Nothing here
//! looks at a machine, an API, a clock or the environment.

pub mod catalogue;
pub mod cuda;
mod facts;
mod versions;

pub use facts::{Gpu, Machine, Memory, Mig, Sharing, Slice, Vendor};
pub use versions::{Capability, NotAVersion, Version};
