//! Files of any kind: what runs them reads the list.
//!
//! No tool is asked: a person, or another action, lists the items. The filter is a list of lines.

use super::{About, Unit};
pub(super) use super::{cannot_list as discovered, no_owners as owners};
use crate::filter::{CannotFilter, FilterFile, Part};
use crate::list;
use crate::probe::Probe;

pub(super) const ABOUT: About =
    About { name: "files", default_unit: Unit::File, finest_unit: Unit::File };

pub(super) fn discovery() -> Vec<Probe> {
    Vec::new()
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    Ok(FilterFile {
        bytes: list::lines(part)?,
        name: "files.txt",
        usage: "while IFS= read -r file; do ... done < \"$FILTER\"",
    })
}
