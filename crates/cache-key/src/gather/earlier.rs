//! What an earlier key was made of, and the key of now beside it.

use std::path::Path;

use diagnostics::{Foreign, Piece, Place, Problem, text};
use runner_protocol::{Cause, Failure, Out};

use super::{disk, gathered};
use crate::args::ExplainArgs;
use crate::wire::{Earlier, MaterialFile, NotAMaterial};

/// The most bytes of a material: one of 100,000 locked packages has about 20 MB.
const LARGEST: u64 = 64 << 20;

/// What to do where one cannot be read.
const HELP: &str = "`--previous` and `--current` name files that `material-path` named";

/// Two keys, and what each was made of.
pub(crate) struct Compared {
    /// What `explain` is told.
    pub(crate) args: ExplainArgs,
    /// The earlier one; nothing where no cache was restored, or nothing can be known of it.
    pub(crate) earlier: Option<Earlier>,
    /// The one of now.
    pub(crate) now: Earlier,
    /// The document of the one of now.
    pub(crate) document: Vec<u8>,
}

/// What the file says that a key was made of.
pub(crate) fn material(path: &Path) -> Result<Earlier, Failure> {
    let help = "`--previous` and `--current` name files that `material-path` named";
    let bytes =
        system::read_file(path, LARGEST).map_err(|failure| disk(&failure, "the material", help))?;
    MaterialFile::read(&bytes).map_err(|error| Failure::no_answer(problem(path, &error)))
}

fn problem(path: &Path, error: &NotAMaterial) -> Problem {
    let file = Foreign::path(path);
    let place = match error {
        NotAMaterial::NotJson { line, column, .. } => Place::at(file, *line, *column),
        NotAMaterial::Version(_)
        | NotAMaterial::NoVersion
        | NotAMaterial::Wrong { .. }
        | NotAMaterial::Changed(_) => Place::file(file),
    };
    Problem::error(text!["this is not what a key was made of: ", Piece::said(error)])
        .at(place)
        .help("give the file that `material-path` named, unchanged; one of another version of this tool says nothing to this one")
}

/// The two keys that are to be compared.
pub(crate) fn compared(args: &ExplainArgs, out: &mut Out) -> Result<Compared, Failure> {
    let (now, document) = if let Some(path) = &args.current {
        let bytes = system::read_file(path, LARGEST);
        (material(path)?, bytes.map_err(|failure| disk(&failure, "the material", HELP))?)
    } else {
        let identity = gathered(&args.compute, out)?.identity()?;
        let restore = identity.restore.iter().map(|it| (it.key.clone(), it.same.to_owned()));
        let now = Earlier {
            key: identity.key.clone(),
            restore: restore.collect(),
            material: identity.material.clone(),
        };
        (now, MaterialFile::new(&identity).bytes())
    };
    let earlier = match (&args.compute.previous, args.replace) {
        (Some(path), false) => Some(material(path)?),
        (Some(path), true) => travelled(path, args.matched_key.as_deref(), out)?,
        (None, true) => None,
        (None, false) => {
            return Err(Failure::no_answer(
                Problem::error("there is nothing to compare with")
                    .help("`--previous` (input `previous`) names a file that `material-path` named in an earlier run"),
            ));
        }
    };
    Ok(Compared { args: args.clone(), earlier, now, document })
}

/// What travelled with the cache that was restored. Whatever is wrong with it is no reason to stop a job
/// that has its cache.
fn travelled(path: &Path, key: Option<&str>, out: &mut Out) -> Result<Option<Earlier>, Failure> {
    let Some(key) = key else { return Ok(None) };
    let help = "see the permissions of the folder";
    if !system::exists(path).map_err(|failure| disk(&failure, "the material", help))? {
        return Ok(None);
    }
    match material(path) {
        Ok(earlier) if earlier.key == key => Ok(Some(earlier)),
        Ok(earlier) => {
            out.problem(
                Problem::notice("what the cache was made of did not travel with it")
                    .label(text![
                        "the file is of the key ",
                        Foreign::from(earlier.key.as_str()),
                        ", and the cache of ",
                        Foreign::from(key)
                    ])
                    .help("two jobs that share a home folder may have written it at once"),
            );
            Ok(None)
        }
        Err(failure) if failure.cause == Cause::NoAnswer => {
            for problem in failure.problems {
                out.problem(as_warning(problem));
            }
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

fn as_warning(problem: Problem) -> Problem {
    Problem { level: diagnostics::Level::Warning, ..problem }
}
