//! The hash of many files.

use diagnostics::{Foreign, Problem, text};
use runner_protocol::{Failure, Out};
use system::Hashed;

use crate::args::{HashArgs, StyleName};
use crate::wire::HashFile;

/// Tells a hash.
pub(crate) fn hash(args: &HashArgs, hashed: &Hashed, out: &mut Out) -> Result<(), Failure> {
    let is_silent = args.allow_empty && hashed.digest.is_none();
    if hashed.digest.is_none() && !is_silent {
        let empty = |problem: Problem| {
            problem.help("see where the patterns begin: below the working directory; `allow-empty: true` accepts it")
        };
        match args.hash_style {
            StyleName::HashFiles => {
                out.problem(empty(Problem::warning(
                    "the patterns match no file: the hash is empty",
                )));
            }
            StyleName::Names => {
                return Err(Failure::no_answer(empty(Problem::error(
                    "the patterns match no file",
                ))));
            }
        }
    }
    let hexadecimal = hashed.digest.map_or_else(String::new, |it| repo_model::hexadecimal(&it));
    out.output("hash", hexadecimal.clone());
    out.words(hexadecimal.as_bytes());
    out.result(&HashFile::new(hashed));
    out.summary(|page| {
        page.heading(if hexadecimal.is_empty() {
            text!["No file to hash"]
        } else {
            text!["Hash ", Foreign::from(hexadecimal.as_str())]
        });
        page.paragraph(text![hashed.files, " files with ", hashed.bytes, " bytes."]);
    });
    Ok(())
}
