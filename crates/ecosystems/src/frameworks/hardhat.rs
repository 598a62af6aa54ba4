//! Hardhat: `npx hardhat test FILE...` runs these files (Hardhat documentation, "Running tests in
//! Ethereum projects"; seen with 2.29.1).
//!
//! Hardhat lists nothing, so the items are files that a person lists. Without a file it runs all, so
//! the filter is a script.

use super::{About, Unit};
pub(super) use super::{cannot_list as discovered, no_owners as owners};
use crate::filter::{CannotFilter, FilterFile, Part};
use crate::probe::Probe;
use crate::script::{Script, not_an_option};

pub(super) const ABOUT: About =
    About { name: "hardhat", default_unit: Unit::File, finest_unit: Unit::File };

const USAGE: &str = "bash \"$FILTER\" [options of hardhat test]";

pub(super) fn discovery() -> Vec<Probe> {
    Vec::new()
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let mut script = Script::new("Runs this shard's files.", USAGE);
    let files: Vec<Vec<u8>> = part.own.iter().map(|file| not_an_option(file)).collect();
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    script.calls("npx hardhat test \"$@\"", &files)?;
    Ok(FilterFile { bytes: script.finish(), name: "hardhat.sh", usage: USAGE })
}
