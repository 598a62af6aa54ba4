//! Commands that a person's recipe names: what they say counts.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::Path;
use std::thread;

use bstr::ByteSlice as _;
use diagnostics::{Foreign, Piece, Problem, text};
use runner_protocol::{Cause, Failure};
use system::{CommandFailure, Said};

use crate::gather::probes::PATIENCE;

/// The most bytes that a command says.
const LARGEST: u64 = 16 << 20;

/// A command, and what it said.
type Output<'c> = (&'c Vec<String>, Vec<u8>);

/// Runs the commands, all at once, each for as long as a program may take, without a shell, in the folder
/// that this runs in. Each with what it said on standard output, CRLF as LF.
pub(super) fn run(commands: &[Vec<String>]) -> Result<Vec<Output<'_>>, Failure> {
    let said: Vec<Result<Said, CommandFailure>> = thread::scope(|scope| {
        let run = |words: &Vec<String>| {
            let (program, arguments) =
                words.split_first().map_or(("", &[][..]), |(it, rest)| (it.as_str(), rest));
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            system::run_within(program, &arguments, Path::new("."), LARGEST, PATIENCE)
        };
        let running: Vec<_> =
            commands.iter().map(|words| scope.spawn(move || run(words))).collect();
        let ended = running.into_iter().map(|thread| {
            let gone = || CommandFailure::Start(ErrorKind::Other.into());
            thread.join().unwrap_or_else(|_| Err(gone()))
        });
        ended.collect()
    });
    let mut outputs = Vec::new();
    let mut problems = Vec::new();
    let mut cause = Cause::NoAnswer;
    for (words, said) in commands.iter().zip(said) {
        let command = || Foreign::from(words.join(" ").as_str());
        match said {
            Ok(said) if said.code == Some(0) => {
                outputs.push((words, said.stdout.replace("\r\n", "\n")));
            }
            Ok(said) => {
                let message = text!["a command of the recipe failed: ", command()];
                let last = said.stderr.lines().rev().find(|line| !line.trim_ascii().is_empty());
                let last = Foreign::new(last.unwrap_or_default());
                let label = if let Some(code) = said.code {
                    text!["exit code ", code.unsigned_abs(), "; it said ", last]
                } else {
                    text!["a signal ended it; it said ", last]
                };
                problems.push(Problem::error(message).label(label).help(
                    "run it by hand in the folder of the step; without its answer the key is not known",
                ));
            }
            Err(error) => {
                let is_missing = matches!(&error, CommandFailure::Start(error) if error.kind() == ErrorKind::NotFound);
                let is_long = matches!(error, CommandFailure::TooMuch(_));
                if !is_missing && !is_long {
                    cause = Cause::Environment;
                }
                let message = text!["a command of the recipe did not run: ", command()];
                let label = if is_missing {
                    "there is no such program".into()
                } else {
                    text![Piece::said(&error)]
                };
                let help = if matches!(error, CommandFailure::TimedOut(_)) {
                    "run it in an earlier step that writes what it says into a file, and name that file with `files:`"
                } else {
                    "install it in an earlier step, or leave it out of the recipe"
                };
                problems.push(Problem::error(message).label(label).help(help));
            }
        }
    }
    if problems.is_empty() { Ok(outputs) } else { Err(Failure { cause, problems }) }
}
