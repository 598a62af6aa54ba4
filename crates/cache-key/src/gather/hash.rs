//! The hash of the files that patterns mean.

use std::path::Path;

use diagnostics::{Foreign, Piece, Problem, text};
use repo_model::hash_files::{HashPatterns, Why, WrongPattern};
use runner_protocol::{Cause, Failure, Out};
use system::{HashRequest, HashStyle, Hashed};

use super::disk;
use crate::args::{HashArgs, StyleName};

/// Hashes what the arguments name, below the working directory.
pub(crate) fn hash(args: &HashArgs, out: &Out) -> Result<Hashed, Failure> {
    let given = args.patterns.iter().chain([&args.hash_files]);
    let list = given.map(String::as_str).filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n");
    if list.is_empty() {
        return Err(Failure::no_answer(
            Problem::error("there is no pattern that says what to hash").help(
                "give one a line in `--hash-files` (input `hash-files`), such as `**/package-lock.json`",
            ),
        ));
    }
    let top = system::whole_path(Path::new("."));
    let top = top.map_err(|failure| {
        disk(&failure, "the working directory", "start from a folder that is there")
    })?;
    let top = top.to_str().ok_or_else(|| {
        let path = Foreign::path(&top);
        Failure::no_answer(
            Problem::error(text!["the working directory ", path, " is not UTF-8"])
                .help("check the repository out into a folder with another name"),
        )
    })?;
    let home = out.folder_of("HOME");
    let home = home.as_deref().and_then(Path::to_str);
    let patterns = HashPatterns::new(&list, top, home).map_err(|wrong| Failure {
        cause: Cause::NoAnswer,
        problems: wrong.iter().map(told).collect(),
    })?;
    let request = HashRequest {
        patterns: &patterns,
        top,
        follows_links: args.follow_symbolic_links,
        style: match args.hash_style {
            StyleName::HashFiles => HashStyle::HashFiles,
            StyleName::Names => HashStyle::Names,
        },
        threads: None,
    };
    system::hash_files(&request).map_err(|failure| {
        let help = "see what it is and who may read it, or leave it out with a pattern that begins with `!`; \
                    a link that leads nowhere fails here as it does for hashFiles()";
        disk(&failure, "the file", help)
    })
}

fn told(wrong: &WrongPattern) -> Problem {
    let pattern = Foreign::from(wrong.pattern.as_str());
    let line = u64::try_from(wrong.line).unwrap_or_default();
    let help = match wrong.why {
        Why::Empty => "write what to take away behind the `!`",
        Why::Dots => {
            "write the path below the working directory without `.` and `..`; only the first may be `.`"
        }
        Why::NoHome => "set HOME to an absolute path, or write that path instead of `~`",
        Why::Disputed(_) => {
            "write it so that there is one meaning: `[0-9]` for a class with a name, the lower letter first, a letter between brackets instead of behind `\\`"
        }
        Why::TooLong => "write a shorter pattern",
    };
    Problem::error(text!["the pattern ", pattern, " cannot be taken: ", Piece::said(&wrong.why)])
        .label(text!["line ", line, " of the patterns"])
        .help(help)
}
