//! Reads what test runners write: which tests, how they ended, how long they took.
//!
//! [`read`] finds out the format and streams; [`read_item_list`] reads what a discovery lists.
//! Nothing here opens a file.

mod begun;
mod formats;
mod head;
mod item_list;
mod json_lines;
mod json_stream;
mod json_values;
mod malformed;
mod position;
mod sample;
mod time;
mod times_map;
mod xml_tags;

pub use formats::{Format, Limits, Options, read};
pub use item_list::{NotAnItemList, WhyNotAnItemList, read_item_list};
pub use malformed::{Found, Malformed};
pub use sample::{Case, Identity, Micros, Outcome, Read, Sample, Time, WhyNoTime};
pub use time::Unit;
