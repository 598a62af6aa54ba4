//! Reads what test runners, compilers, scanners, coverage tools and benchmarks write.
//!
//! [`read`] finds out the format of a report of tests and streams times, [`read_tests`] what a gate asks; [`read_item_list`] reads what a
//! discovery lists. The other families each have a list of formats of their own: [`coverage`],
//! [`findings`], [`measurements`], [`messages`]. Nothing here opens a file.

mod any;
mod begun;
pub mod change_plan;
pub mod coverage;
mod family;
pub mod findings;
mod formats;
mod head;
mod item_list;
mod json_lines;
mod json_stream;
mod json_values;
mod junit_claims;
mod malformed;
pub mod measurements;
pub mod messages;
mod needs;
mod position;
pub mod quantity;
mod sample;
mod time;
mod times_map;
mod told;
mod unpacked;
mod xml_tags;

pub use any::AnyFormat;
pub use family::{Bounds, Complaint, Reading, Tool};
pub use formats::{Format, Limits, Options, read, read_tests};
pub use item_list::{NotAnItemList, WhyNotAnItemList, read_item_list};
pub use malformed::{Found, Malformed};
pub use needs::{Job, read_needs};
pub use sample::{Case, Identity, Micros, Outcome, Read, Sample, Time, WhyNoTime};
pub use time::Unit;
pub use told::{Failure, Short, Tested, Told, Trouble};
pub use unpacked::unpacked;
