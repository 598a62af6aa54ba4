//! The jobs that are needed, from the input or a file.

use diagnostics::{Foreign, Piece, Place, Problem};
use reports::{Job, read_needs};
use runner_protocol::Failure;

use super::files;
use crate::args::JobsArgs;

/// The jobs, if anything says them.
pub(super) fn jobs(args: &JobsArgs) -> Result<Option<Vec<Job>>, Failure> {
    let (file, bytes) = match (&args.jobs, &args.jobs_file) {
        (Some(json), _) => (Foreign::from("the input jobs"), json.clone().into_bytes()),
        (None, Some(path)) => {
            let help = "`jobs-file` names a file with what `toJSON(needs)` says";
            (Foreign::path(path), files::read(path, "the jobs", help)?)
        }
        (None, None) => return Ok(None),
    };
    let jobs = read_needs(&bytes).map_err(|malformed| {
        Failure::no_answer(
            Problem::error("the jobs that are needed cannot be read")
                .at(Place::at(file, malformed.line, malformed.column))
                .label(Piece::said(&malformed))
                .help("write `jobs: ${{ toJSON(needs) }}`, and list the jobs under `needs:`"),
        )
    })?;
    Ok(Some(jobs))
}
