//! The way every tool runs: read the inputs, do the work, tell, exit.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::panic;
use std::process::ExitCode;

use clap::FromArgMatches;
use diagnostics::{Foreign, Piece, Place, Problem, text};

use crate::arguments::{Parsed, Stopped, parse};
use crate::out::{Destination, Streams};
use crate::{Answer, Environment, Failure, Format, Interface, Out, command, excerpt};

/// Runs a tool and answers with its exit code: 0 yes, 1 no, 2 no trustworthy answer, 3 the
/// environment failed, 4 not yet.
///
/// Inputs come from the command line, else from the `SIGNALBOX_*` variables that `action.yml`
/// sets; an empty variable counts as not given. What the tool says is told once, after it has
/// returned; after a failure every output is empty but `json`.
pub fn run<A: FromArgMatches>(
    interface: &Interface,
    tool: impl FnOnce(&A, &mut Out) -> Result<Answer, Failure>,
) -> ExitCode {
    let environment = Environment::of_process();
    report_panics(*interface, environment.is_actions());
    let words: Vec<OsString> = std::env::args_os().collect();
    let asks_for_json = asks_for_json(&words);
    let parsed = match parse::<A>(interface, &environment, words) {
        Ok(parsed) => parsed,
        Err(Stopped::Shown(shown)) => {
            let written = std::io::Write::write_all(&mut anstream::stdout(), shown.as_bytes());
            // Whoever asked for help and closed the pipe has seen enough.
            return if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(3) };
        }
        Err(Stopped::NothingAsked(help)) => {
            let _ = std::io::Write::write_all(&mut anstream::stderr(), help.as_bytes());
            return ExitCode::from(crate::Cause::NoAnswer.exit_code());
        }
        Err(Stopped::Wrong(failure)) => {
            let format = if asks_for_json { Format::Json } else { Format::Human };
            let place = destination(&environment, format);
            let out = Out::new(*interface, environment, place, streams());
            return ExitCode::from(out.finish(Err(failure)));
        }
    };
    ExitCode::from(run_parsed(interface, environment, parsed, tool))
}

fn run_parsed<A>(
    interface: &Interface,
    environment: Environment,
    parsed: Parsed<A>,
    tool: impl FnOnce(&A, &mut Out) -> Result<Answer, Failure>,
) -> u8 {
    let Parsed { tool: arguments, common, subcommand } = parsed;
    let place = Destination {
        summary: common.summary,
        annotations: common.annotations,
        ..destination(&environment, common.format)
    };
    let mut out = Out::new(*interface, environment, place, streams());
    out.set_subcommand(subcommand, common.verbose);
    let ending = match &common.working_directory {
        Some(directory) => enter(directory).and_then(|()| tool(&arguments, &mut out)),
        None => tool(&arguments, &mut out),
    };
    out.finish(ending)
}

fn destination(environment: &Environment, format: Format) -> Destination {
    let actions = environment.is_actions();
    Destination {
        actions,
        format,
        summary: true,
        annotations: true,
        watched: !actions && std::io::stderr().is_terminal(),
    }
}

fn streams() -> Streams {
    Streams { stdout: Box::new(anstream::stdout()), stderr: Box::new(anstream::stderr()) }
}

/// Whether the words ask for JSON, known even where they cannot be understood otherwise.
fn asks_for_json(words: &[OsString]) -> bool {
    let joined = words.iter().any(|word| word == "--format=json");
    joined
        || words
            .windows(2)
            .any(|pair| matches!(pair, [flag, value] if flag == "--format" && value == "json"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one change of directory, before anything is read"
)]
fn enter(directory: &std::path::Path) -> Result<(), Failure> {
    std::env::set_current_dir(directory).map_err(|error| {
        let shown = Foreign::new(directory.as_os_str().as_encoded_bytes());
        Failure::no_answer(
            Problem::error(text!["the working directory ", shown, " cannot be entered"])
                .label(Piece::said(&error))
                .help("`--working-directory` (input `working-directory`) names a directory of the checkout"),
        )
    })
}

/// A panic is our mistake: it says so in one annotation and is no trustworthy answer.
fn report_panics(interface: Interface, actions: bool) {
    panic::set_hook(Box::new(move |panicked| {
        let said = panicked.payload_as_str().unwrap_or("no message");
        let mut problem = Problem::error(text![
            "a mistake in ",
            interface.tool,
            " itself: ",
            Foreign::from(said)
        ])
        .help("nothing was written; please report it with the inputs that led here");
        if let Some(at) = panicked.location() {
            problem = problem.at(Place::at(at.file(), at.line().into(), at.column().into()));
        }
        let shown = if actions {
            command::annotation(&problem, interface.action.title)
        } else {
            excerpt::block(&problem)
        };
        let _ = std::io::Write::write_all(&mut anstream::stderr(), format!("{shown}\n").as_bytes());
        #[expect(
            clippy::exit,
            clippy::disallowed_methods,
            reason = "nothing is left to unwind to"
        )]
        std::process::exit(crate::Cause::NoAnswer.exit_code().into());
    }));
}
