//! What `nvidia-smi --query-gpu=... --format=csv` prints: a line with the names of the fields, and one for
//! each GPU.
//!
//! Nothing is quoted, so a name with a comma makes a line with too many parts; what is too much belongs to
//! the name, because nothing else may hold a comma. What a GPU does not say is a text in brackets, which
//! changed over the years, or `N/A`.

use std::collections::BTreeSet;

use super::MOST_GPUS;
use crate::{Capability, Version};

/// What one GPU says of itself; `None` if it does not, or was not asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number.
    pub index: Option<u32>,
    /// Its name.
    pub name: Option<String>,
    /// What `CUDA_VISIBLE_DEVICES` calls it.
    pub uuid: Option<String>,
    /// Its memory.
    pub memory_mib: Option<u32>,
    /// Its compute capability.
    pub capability: Option<Capability>,
    /// The version of the driver.
    pub driver: Option<Version>,
    /// Whether it is divided.
    pub mig: Option<Switch>,
    /// Whether it will be once it is reset.
    pub mig_pending: Option<Switch>,
    /// Who may use it.
    pub compute_mode: Option<ComputeMode>,
}

/// Whether something is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
    /// The GPU has no such thing.
    NotThere,
}

/// Who may use a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ComputeMode {
    /// Any number of processes.
    Default,
    /// One process, or one thread of one.
    OneProcess,
    /// None.
    Prohibited,
}

/// A text that is no answer to what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotRows;

/// The GPUs that were printed after the names of these fields: at least one.
pub(super) fn rows(text: &str, fields: &[&str]) -> Result<Vec<Row>, NotRows> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // Warnings may stand before it.
    lines.find(|line| is_header(line, fields)).ok_or(NotRows)?;
    let mut rows = Vec::new();
    let mut indices = BTreeSet::new();
    for line in lines {
        let row = row(line, fields)?;
        if row.index.is_some_and(|index| !indices.insert(index)) || rows.len() == MOST_GPUS {
            return Err(NotRows);
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(NotRows) } else { Ok(rows) }
}

/// Whether a line names these fields, `memory.total` in MiB.
fn is_header(line: &str, fields: &[&str]) -> bool {
    let names = line.split(',').map(str::trim);
    let wanted = fields.iter().map(|field| match *field {
        "memory.total" => "memory.total [MiB]",
        field => field,
    });
    names.eq(wanted)
}

fn row(line: &str, fields: &[&str]) -> Result<Row, NotRows> {
    let parts: Vec<&str> = line.split(',').collect();
    let too_many = parts.len().checked_sub(fields.len()).ok_or(NotRows)?;
    let mut parts = parts.into_iter();
    let mut row = Row::default();
    for field in fields {
        let own = if *field == "name" { too_many + 1 } else { 1 };
        let value = parts.by_ref().take(own).collect::<Vec<_>>().join(",");
        set(&mut row, field, value.trim())?;
    }
    // Without a name nothing may hold a comma.
    if parts.next().is_some() { Err(NotRows) } else { Ok(row) }
}

fn set(row: &mut Row, field: &str, value: &str) -> Result<(), NotRows> {
    match field {
        "index" => row.index = Some(value.parse().map_err(|_| NotRows)?),
        "name" => row.name = Some(value.to_owned()).filter(|_| !is_missing(value)),
        "uuid" => row.uuid = uuid(value, "GPU-"),
        "memory.total" => row.memory_mib = mebibytes(value),
        "compute_cap" => row.capability = value.parse().ok(),
        "driver_version" => row.driver = driver(value),
        "mig.mode.current" => row.mig = switch(value),
        "mig.mode.pending" => row.mig_pending = switch(value),
        "compute_mode" => row.compute_mode = compute_mode(value),
        _ => return Err(NotRows),
    }
    Ok(())
}

/// Whether a text only says that there is no value.
pub(super) fn is_missing(value: &str) -> bool {
    let is_bracketed = value.starts_with('[') && value.ends_with(']');
    is_bracketed || value.is_empty() || value.eq_ignore_ascii_case("n/a")
}

/// Whether it says that the GPU has no such thing, and not that asking failed.
fn is_not_there(value: &str) -> bool {
    let value = value.trim_start_matches('[').trim_end_matches(']').trim();
    value.eq_ignore_ascii_case("n/a") || value.eq_ignore_ascii_case("not supported")
}

/// What a GPU or a slice is called, if it is called anything that may stand in an environment variable.
pub(super) fn uuid(value: &str, prefix: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'/';
    let rest = value.strip_prefix(prefix)?;
    let is_one = (1..=96).contains(&rest.len()) && rest.bytes().all(is_plain);
    is_one.then(|| value.to_owned())
}

/// So many MiB. None at all is what a broken GPU says.
pub(super) fn mebibytes(value: &str) -> Option<u32> {
    value.strip_suffix("MiB")?.trim_end().parse().ok().filter(|mib| *mib > 0)
}

/// The version of a driver: at least two numbers, and nothing else.
pub(super) fn driver(value: &str) -> Option<Version> {
    value.parse().ok().filter(|_| value.contains('.'))
}

fn switch(value: &str) -> Option<Switch> {
    match value {
        "Enabled" => Some(Switch::On),
        "Disabled" => Some(Switch::Off),
        value => is_not_there(value).then_some(Switch::NotThere),
    }
}

fn compute_mode(value: &str) -> Option<ComputeMode> {
    match value {
        "Default" => Some(ComputeMode::Default),
        "Exclusive_Process" | "Exclusive_Thread" => Some(ComputeMode::OneProcess),
        "Prohibited" => Some(ComputeMode::Prohibited),
        // A GPU that has no modes lets everybody in.
        value => is_not_there(value).then_some(ComputeMode::Default),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: [&str; 4] = ["index", "name", "uuid", "memory.total"];
    const HEADER: &str = "index, name, uuid, memory.total [MiB]\n";

    fn read(lines: &str) -> Result<Vec<Row>, NotRows> {
        rows(&format!("{HEADER}{lines}"), &FIELDS)
    }

    fn name(lines: &str) -> Option<String> {
        read(lines).unwrap().remove(0).name
    }

    #[test]
    fn a_name_may_hold_what_divides_fields() {
        assert_eq!(name("0, Tesla T4, GPU-1, 15360 MiB").as_deref(), Some("Tesla T4"));
        assert_eq!(name("0, A, B,, C, GPU-1, 15360 MiB").as_deref(), Some("A, B,, C"));
        assert_eq!(name("0, [Unknown Error], GPU-1, 15360 MiB"), None);
        assert_eq!(name("0, , GPU-1, 15360 MiB"), None);
    }

    #[test]
    fn what_is_no_answer_is_no_row() {
        for lines in ["", "0, Tesla T4, GPU-1", "Tesla T4", "zero, T4, GPU-1, 15360 MiB"] {
            assert_eq!(read(lines), Err(NotRows), "{lines}");
        }
        let twice = "0, T4, GPU-1, 15360 MiB\n0, T4, GPU-2, 15360 MiB";
        assert_eq!(read(twice), Err(NotRows));
        let other = "index, name, uuid, memory.total [GiB]\n0, T4, GPU-1, 15 GiB";
        assert_eq!(rows(other, &FIELDS), Err(NotRows));
        assert_eq!(rows("index\n0, 1", &["index"]), Err(NotRows));
        let row = |index: usize| format!("{index}, T4, GPU-1, 1 MiB");
        let many: Vec<String> = (0..300).map(row).collect();
        assert_eq!(read(&many.join("\n")), Err(NotRows));
    }

    #[test]
    fn warnings_stand_before_the_header() {
        let text = format!("WARNING: infoROM\n\n{HEADER}0, T4, GPU-1, 15360 MiB\r\n\n");
        let row = rows(&text, &FIELDS).unwrap().remove(0);
        assert_eq!(row.memory_mib, Some(15360));
    }

    #[test]
    fn what_is_not_said_is_not_zero() {
        for value in ["[N/A]", "0 MiB", "15360", "-1 MiB", "99999999999 MiB", "15360 GiB", ""] {
            assert_eq!(mebibytes(value), None, "{value}");
        }
        for value in ["", "GPU-", "MIG-1", "GPU-1\u{fffd}", "GPU-1 2", "GPU-1,GPU-2", "GPU-$(id)"] {
            assert_eq!(uuid(value, "GPU-"), None, "{value}");
        }
        assert_eq!(uuid("MIG-GPU-a1/7/0", "MIG-").as_deref(), Some("MIG-GPU-a1/7/0"));
        assert_eq!(driver("535"), None);
        assert_eq!(driver("[N/A]"), None);
    }

    #[test]
    fn a_feature_that_is_not_there_is_not_one_that_failed_to_answer() {
        assert_eq!(switch("[N/A]"), Some(Switch::NotThere));
        assert_eq!(switch("[Not Supported]"), Some(Switch::NotThere));
        assert_eq!(switch("[Unknown Error]"), None);
        assert_eq!(switch("[Insufficient Permissions]"), None);
        assert_eq!(compute_mode("[N/A]"), Some(ComputeMode::Default));
        assert_eq!(compute_mode("[Unknown Error]"), None);
        assert_eq!(compute_mode("Exclusive_Thread"), Some(ComputeMode::OneProcess));
    }
}
