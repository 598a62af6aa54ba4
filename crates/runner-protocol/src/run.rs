//! The way every tool runs: read the inputs, do the work, tell, exit.

use std::ffi::OsString;
use std::io::{ErrorKind, IsTerminal as _};
use std::panic;
use std::process::ExitCode;

use clap::FromArgMatches;
use diagnostics::{Foreign, Piece, Problem, text};

use crate::arguments::{Parsed, Stopped, parse};
use crate::out::{Destination, Streams};
use crate::{Answer, Environment, Failure, Format, Interface, Out, command, excerpt};

/// Runs a tool and answers with its exit code: 0 yes, 1 no, 2 no trustworthy answer, 3 the
/// environment failed, 4 not yet.
///
/// Inputs come from the command line, else from the `SIGNALBOX_*` variables that `action.yml`
/// sets; an empty variable counts as not given. What the tool says is told once, after it has
/// returned; where there is no answer every output is empty but `json`.
///
/// A whole tool, but for the declaration of its action:
///
/// ```no_run
/// use clap::{CommandFactory as _, Parser, Subcommand};
/// use diagnostics::{Foreign, Problem, text};
/// use runner_protocol::{Action, Answer, ExitCode, Failure, Further, Interface, Out, Output, run};
///
/// /// Greets.
/// #[derive(Parser)]
/// #[command(name = "greeter")]
/// struct Arguments {
///     #[command(subcommand)]
///     command: Command,
/// }
///
/// #[derive(Subcommand)]
/// enum Command {
///     /// Say hello.
///     Greet {
///         /// Whom to greet.
///         #[arg(long, env = "SIGNALBOX_NAME")]
///         name: String,
///     },
/// }
///
/// const INTERFACE: Interface = Interface {
///     tool: "greeter",
///     action: Action {
///         name: "greet",
///         title: "signalbox greet",
///         description: "Greets.",
///         icon: "smile",
///         color: "blue",
///         permissions: &[],
///     },
///     command: Arguments::command,
///     choose: |_given| "greet",
///     choice: "`greet`",
///     token: None,
///     outputs: &[Output { name: "greeting", doc: "What was said.", commands: &["greet"] }],
///     further: Further::NOTHING,
///     exit_codes: &[ExitCode { code: 0, doc: "It was said." }],
/// };
///
/// fn greet(arguments: &Arguments, out: &mut Out) -> Result<Answer, Failure> {
///     let Command::Greet { name } = &arguments.command;
///     if name == "nobody" {
///         return Err(Failure::no_answer(Problem::error("there is nobody to greet")));
///     }
///     out.output("greeting", format!("Hello, {name}"));
///     out.summary(|page| {
///         page.heading(text!["Hello, ", Foreign::from(name.as_str())]);
///     });
///     Ok(Answer::Yes)
/// }
///
/// fn main() -> std::process::ExitCode {
///     run(&INTERFACE, greet)
/// }
/// ```
pub fn run<A: FromArgMatches>(
    interface: &Interface,
    tool: impl FnOnce(&A, &mut Out) -> Result<Answer, Failure>,
) -> ExitCode {
    let environment = Environment::of_process();
    report_panics(*interface, environment.is_actions());
    let words: Vec<OsString> = std::env::args_os().collect();
    let asks_for_json = asks_for_json(&words);
    let parsed = match parse::<A>(interface, &environment, words.clone()) {
        Ok(parsed) => parsed,
        Err(Stopped::Shown(shown)) => {
            let written = std::io::Write::write_all(&mut anstream::stdout(), shown.as_bytes());
            return match written {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => ExitCode::from(3),
                // Whoever asked for help and closed the pipe has seen enough.
                Ok(()) | Err(_) => ExitCode::SUCCESS,
            };
        }
        Err(Stopped::NothingAsked(help)) => {
            let _ = std::io::Write::write_all(&mut anstream::stderr(), help.as_bytes());
            return ExitCode::from(crate::Cause::NoAnswer.exit_code());
        }
        Err(Stopped::Wrong(failure)) => {
            let format = if asks_for_json { Format::Json } else { Format::Human };
            // What is asked for holds even where something else cannot be understood.
            let place = Destination {
                summary: !is_refused(&environment, &words, "summary"),
                annotations: !is_refused(&environment, &words, "annotations"),
                ..destination(&environment, format)
            };
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
        Some(directory) => enter(directory).and_then(|()| {
            out.set_start(directory);
            tool(&arguments, &mut out)
        }),
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
    Streams {
        stdout: Box::new(anstream::stdout()),
        stderr: Box::new(anstream::stderr()),
        exact: Box::new(std::io::stdout()),
    }
}

/// Whether the words ask for JSON, known even where they cannot be understood otherwise.
fn asks_for_json(words: &[OsString]) -> bool {
    let joined = words.iter().any(|word| word == "--format=json");
    joined
        || words
            .windows(2)
            .any(|pair| matches!(pair, [flag, value] if flag == "--format" && value == "json"))
}

/// Whether the flag or the input says `false`.
fn is_refused(environment: &Environment, words: &[OsString], name: &str) -> bool {
    let (flag, joined) = (format!("--{name}"), format!("--{name}=false"));
    let variable = environment.text(&Interface::variable(name));
    let apart = words.windows(2);
    let mut apart = apart.map(|pair| matches!(pair, [one, two] if *one == *flag && two == "false"));
    variable.as_deref() == Some("false")
        || words.iter().any(|word| *word == *joined)
        || apart.any(|is_refused| is_refused)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one change of directory, before anything is read"
)]
fn enter(directory: &std::path::Path) -> Result<(), Failure> {
    std::env::set_current_dir(directory).map_err(|error| {
        let shown = Foreign::path(directory);
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
        // Our own place is part of the message: an annotation would look for it in the user's tree.
        let place = panicked.location().map_or_else(String::new, ToString::to_string);
        let problem = Problem::error(text!["a mistake in ", interface.tool, " itself"])
            .label(text![Foreign::from(said), " at ", Foreign::from(place.as_str())])
            .help("use nothing that this run has written; please report it with its inputs");
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
