//! From the decision to outputs, files, the summary and words.

mod cargo;
mod files;
mod import;
mod matrix;
mod outputs;
mod page;
mod recover;

use affected::Decision;
use diagnostics::counted;
use runner_protocol::{Failure, Out};

use crate::args::LookArgs;
use crate::gather::Gathered;
use crate::wire::{self, PlanDocument};

pub(crate) use import::import;
pub(crate) use recover::recovered;

/// What the run was asked for by its first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Everything.
    All,
    /// Services first.
    Services,
    /// Packages first.
    Packages,
}

/// Everything that there is to tell.
pub(crate) struct Told<'a> {
    pub(crate) args: &'a LookArgs,
    pub(crate) view: View,
    pub(crate) gathered: &'a Gathered,
    pub(crate) decision: &'a Decision<'a>,
}

/// Tells the decision.
pub(crate) fn tell(told: &Told<'_>, out: &mut Out) -> Result<(), Failure> {
    let plan = PlanDocument::new(&told.gathered.resolution, told.decision, &told.gathered.graphs);
    let matrix = matrix::matrix(told, out)?;
    let list = wire::json(told.decision.changes.iter().map(|change| change.path.as_bytes()));
    let written = files::write(told, &plan, &list, out)?;
    outputs::set(told, matrix.as_ref(), &written, list, out)?;
    if let Some(words) = outputs::words(told) {
        out.words(words);
    }
    page::page(told, out);
    out.result(&plan);
    Ok(())
}
