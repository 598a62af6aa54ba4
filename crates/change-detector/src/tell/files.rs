//! The files that later steps read: the plan, and the list of changed files, exact.

use std::path::{Path, PathBuf};

use affected::Extent;
use runner_protocol::{Failure, Out};

use super::Told;
use crate::gather::disk;
use crate::wire::{self, PlanDocument};

/// Where they are.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) plan: Option<PathBuf>,
    pub(super) list: Option<PathBuf>,
    pub(super) nul: Option<PathBuf>,
}

/// Writes them: into the runner's folder for temporary files in a job, and the plan to where it is
/// asked for. `list` is the JSON list of the changed files.
pub(super) fn write(
    told: &Told<'_>,
    plan: &PlanDocument<'_>,
    list: &str,
    out: &Out,
) -> Result<Written, Failure> {
    let mut written = Written::default();
    let name = out.unique("signalbox-changes")?;
    let folder = out.temporary().map(|folder| folder.join(name));
    if let Some(folder) = &folder
        && told.decision.extent != Extent::Unknown
    {
        let names = || told.decision.changes.iter().map(|change| change.path.as_bytes());
        written.list = Some(put(&folder.join("files.json"), format!("{list}\n").as_bytes())?);
        written.nul = Some(put(&folder.join("files.nul"), &wire::nul(names()))?);
    }
    let asked = told.args.tell.plan_file.clone();
    let place = asked.or_else(|| folder.map(|folder| folder.join("plan.json")));
    if let Some(place) = place {
        written.plan = Some(put(&place, &wire::bytes_of(plan))?);
    }
    Ok(written)
}

fn put(path: &Path, bytes: &[u8]) -> Result<PathBuf, Failure> {
    system::write_whole(path, bytes).map_err(|failure| {
        let help = "see the disk and the permissions there";
        disk(&failure, failure.problem("the file").help(help))
    })?;
    Ok(path.to_owned())
}
