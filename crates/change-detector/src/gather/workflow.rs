//! A workflow file, to be looked through for steps of dorny/paths-filter.

use diagnostics::Foreign;
use runner_protocol::Failure;

use super::text_file;
use crate::args::ImportArgs;

/// A workflow's text and the name it goes by.
pub(crate) struct Workflow {
    pub(crate) file: Foreign,
    pub(crate) text: String,
}

/// Reads it.
pub(crate) fn workflow(args: &ImportArgs) -> Result<Workflow, Failure> {
    let text = text_file(&args.workflow, "the workflow")?;
    Ok(Workflow { file: Foreign::path(&args.workflow), text })
}
