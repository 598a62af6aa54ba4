//! Services, by the names that actions/changes gives them in its matrix.
//!
//! No tool is asked: a person, or another action, lists the items. The filter is a list of lines.

use super::{About, Unit};
pub(super) use super::{cannot_list as discovered, no_owners as owners};
use crate::filter::{CannotFilter, FilterFile, Part};
use crate::list;
use crate::probe::Probe;

pub(super) const ABOUT: About =
    About { name: "services", default_unit: Unit::Package, finest_unit: Unit::Package };

pub(super) fn discovery() -> Vec<Probe> {
    Vec::new()
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    Ok(FilterFile {
        bytes: list::lines(part)?,
        name: "services.txt",
        usage: "while IFS= read -r service; do ... done < \"$FILTER\"",
    })
}
