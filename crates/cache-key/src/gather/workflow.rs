//! A workflow file, to be looked through for steps that cache.

use diagnostics::{Foreign, Place, Problem, text};
use runner_protocol::Failure;

use super::disk;
use crate::args::ImportArgs;

/// The most bytes of a workflow; GitHub takes half a megabyte.
const LARGEST: u64 = 16 << 20;

/// A workflow's text and the name it goes by.
pub(crate) struct Workflow {
    pub(crate) file: Foreign,
    pub(crate) text: String,
}

/// Reads it.
pub(crate) fn workflow(args: &ImportArgs) -> Result<Workflow, Failure> {
    let help = "`--workflow` (input `workflow`) names a file of `.github/workflows`";
    let file = Foreign::path(&args.workflow);
    let bytes = system::read_whole(&args.workflow, LARGEST)
        .map_err(|failure| disk(&failure, "the workflow", help))?;
    let text = String::from_utf8(bytes).map_err(|_| {
        let message = text!["the workflow ", file.clone(), " is not UTF-8"];
        Failure::no_answer(Problem::error(message).at(Place::file(file.clone())).help(help))
    })?;
    Ok(Workflow { file, text })
}
