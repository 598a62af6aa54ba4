//! May this pass? Each gate turns its policy and the evidence into reasons; the worst reason that is
//! not waived decides.
//!
//! What is not known is [`Verdict::Error`], which no mode and no waiver softens: a gate without
//! evidence has no answer, and that is never "pass".

mod baseline;
mod code_seen;
mod components;
mod decision;
mod evidence;
mod file;
mod gate;
pub mod gates;
mod globs;
mod homes;
pub mod ignores;
mod policy;
mod reason;
mod verdict;
mod waivers;

pub use code_seen::{CodeSeen, Remark, Weight};
pub use components::Component;
pub use decision::{Decision, Facts, decide};
pub use evidence::Trouble;
pub use file::File;
pub use gate::{Gate, Mode, Outcome};
pub use homes::{HOMES, Home, wanted};
pub use policy::Policy;
pub use reason::{Counted, Reason, State};
pub use verdict::Verdict;
pub use waivers::{MOST_DAYS, Standing, Waiver};
