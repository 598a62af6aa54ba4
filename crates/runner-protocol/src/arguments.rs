//! From the command line and the inputs of an action to a tool's arguments.
//!
//! Clap reads a variable for each argument that declares one. Here an empty variable is made "not
//! given", the subcommand is chosen where none is named, and a mistake names the input.

use std::ffi::OsString;

use clap::builder::{OsStr as ClapOsStr, Resettable};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgMatches, Command, FromArgMatches};
use diagnostics::{Foreign, Piece, Problem, Text, text};

use crate::interface::{COMMAND_VARIABLE, CommonArgs};
use crate::{Environment, Failure, Interface};

/// A tool's arguments, and those that all tools have.
pub(crate) struct Parsed<A> {
    pub(crate) tool: A,
    pub(crate) common: CommonArgs,
    pub(crate) subcommand: String,
}

/// Why the tool does not run.
pub(crate) enum Stopped {
    /// Help or the version was asked for, and is this.
    Shown(String),
    /// Nothing was asked for at all; this is what can be.
    NothingAsked(String),
    /// Something is wrong with what was given.
    Wrong(Failure),
}

/// Reads the arguments. `words` begins with the program's name.
pub(crate) fn parse<A: FromArgMatches>(
    interface: &Interface,
    environment: &Environment,
    words: Vec<OsString>,
) -> Result<Parsed<A>, Stopped> {
    let from_inputs = words.len() <= 1;
    if let Some(odd) = environment.get(COMMAND_VARIABLE).filter(|named| {
        // Words that clap takes for a question of its own.
        from_inputs && (*named == "help" || named.as_encoded_bytes().starts_with(b"-"))
    }) {
        let named = Foreign::new(odd.as_encoded_bytes());
        let problem = Problem::error(text!["there is no command ", named, " (input `command`)"]);
        return Err(Stopped::Wrong(Failure::no_answer(problem.help(commands(interface)))));
    }
    let words = with_subcommand(interface, environment, words);
    let command = prepared(interface.full_command(), environment);
    let read = command.clone().try_get_matches_from(&words).and_then(|matches| {
        let tool = A::from_arg_matches(&matches)?;
        let common = CommonArgs::from_arg_matches(&matches)?;
        Ok(Parsed { tool, common, subcommand: subcommand(&matches) })
    });
    read.map_err(|error| {
        if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
            return Stopped::Shown(error.render().ansi().to_string());
        }
        if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
            return Stopped::NothingAsked(error.render().ansi().to_string());
        }
        let mistake = Mistake { error, environment, words, from_inputs };
        Stopped::Wrong(Failure::no_answer(mistake.problem()))
    })
}

/// What the input `command` may be.
fn commands(interface: &Interface) -> Text {
    let command = (interface.command)();
    let names: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
    text!["expected one of ", Foreign::from(names.join(", ").as_str())]
}

fn subcommand(matches: &ArgMatches) -> String {
    matches.subcommand_name().unwrap_or_default().to_owned()
}

/// The words, with a subcommand where neither the command line nor a person at it gave one.
fn with_subcommand(
    interface: &Interface,
    environment: &Environment,
    mut words: Vec<OsString>,
) -> Vec<OsString> {
    if words.len() > 1 {
        return joined(interface, words);
    }
    if let Some(named) = environment.get(COMMAND_VARIABLE) {
        words.push(named.to_owned());
    } else if environment.is_actions() {
        let given = |input: &str| environment.get(&Interface::variable(input)).is_some();
        words.push((interface.choose)(&given).into());
    }
    words
}

/// The words, with two that name a subcommand together made one: `canary step` is `canary-step`, which is what
/// an input can say.
fn joined(interface: &Interface, mut words: Vec<OsString>) -> Vec<OsString> {
    let pair = (words.get(1).and_then(|it| it.to_str()), words.get(2).and_then(|it| it.to_str()));
    if let (Some(first), Some(second)) = pair {
        let both = format!("{first}-{second}");
        if (interface.command)().get_subcommands().any(|known| known.get_name() == both) {
            words.splice(1..3, [OsString::from(both)]);
        }
    }
    words
}

/// The command as it should read these inputs: an empty one counts as not given, and no value of
/// the environment is shown in the help.
fn prepared(command: Command, environment: &Environment) -> Command {
    let command = command.mut_args(|arg| {
        let variable = arg.get_env().map(|name| name.to_string_lossy().into_owned());
        let arg = arg.hide_env_values(true);
        match variable {
            Some(variable) if environment.get(&variable).is_none() => {
                arg.env(Resettable::<ClapOsStr>::Reset)
            }
            Some(_) | None => arg,
        }
    });
    command.mut_subcommands(|subcommand| prepared(subcommand, environment))
}

/// What clap says is wrong, and where the value came from.
struct Mistake<'a> {
    error: clap::Error,
    environment: &'a Environment,
    words: Vec<OsString>,
    from_inputs: bool,
}

impl Mistake<'_> {
    fn problem(&self) -> Problem {
        let kind = self.error.kind();
        let problem = if matches!(kind, ErrorKind::InvalidValue | ErrorKind::ValueValidation) {
            self.wrong_value()
        } else if kind == ErrorKind::MissingRequiredArgument {
            self.missing()
        } else if kind == ErrorKind::InvalidSubcommand {
            self.wrong_command()
        } else if kind == ErrorKind::UnknownArgument {
            self.unknown()
        } else {
            Problem::error(Text::from(Foreign::from(self.first_paragraph().as_str())))
        };
        match problem.help {
            Some(_) => problem,
            None => problem.help("`--help` lists what can be given"),
        }
    }

    fn wrong_value(&self) -> Problem {
        let value = self.context(ContextKind::InvalidValue).unwrap_or_default();
        let mut message = text!["the value ", Foreign::from(value.as_str()), " of "];
        message.append(self.argument(&self.context(ContextKind::InvalidArg).unwrap_or_default()));
        message.text(" cannot be used");
        let mut problem = Problem::error(message);
        if let Some(why) = std::error::Error::source(&self.error) {
            problem = problem.label(Piece::said(why));
        }
        match self.choices() {
            Some(choices) => {
                problem.help(text!["expected one of ", Foreign::from(choices.as_str())])
            }
            None => problem,
        }
    }

    fn missing(&self) -> Problem {
        let mut message = text!["not given: "];
        let arguments = match self.error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(all)) => all.clone(),
            Some(other) => vec![other.to_string()],
            None => Vec::new(),
        };
        for (at, argument) in arguments.iter().enumerate() {
            if at > 0 {
                message.text(", ");
            }
            message.append(self.argument(argument));
        }
        Problem::error(message)
    }

    fn unknown(&self) -> Problem {
        let word = self.context(ContextKind::InvalidArg).unwrap_or_default();
        let problem = Problem::error(text![Foreign::from(word.as_str()), " is not expected here"]);
        match self.nearest(ContextKind::SuggestedArg) {
            Some(nearest) => {
                problem.help(text!["did you mean ", Foreign::from(nearest.as_str()), "?"])
            }
            None => problem,
        }
    }

    fn wrong_command(&self) -> Problem {
        let named = self.context(ContextKind::InvalidSubcommand).unwrap_or_default();
        let mut message = text!["there is no command ", Foreign::from(named.as_str())];
        if self.from_inputs {
            message.text(" (input `command`)");
        }
        match self.nearest(ContextKind::SuggestedSubcommand) {
            Some(nearest) => Problem::error(message).help(text![
                "did you mean ",
                Foreign::from(nearest.as_str()),
                "?"
            ]),
            None => Problem::error(message),
        }
    }

    /// An argument as its user knows it: `--shards <N>`, and the input if it came from there.
    fn argument(&self, usage: &str) -> Text {
        let mut named = text![Foreign::from(usage)];
        // `--worktree[=<BOOL>]` where the value may be left out.
        let flag = usage.split([' ', '=', '[']).next().unwrap_or_default();
        let Some(input) = flag.strip_prefix("--") else {
            return named;
        };
        let typed = |word: &OsString| {
            let word = word.to_string_lossy();
            word == flag || word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('='))
        };
        let from_input = self.environment.get(&Interface::variable(input)).is_some();
        if self.from_inputs || (from_input && !self.words.iter().any(typed)) {
            named.text(" (input ").foreign(input).text(")");
        }
        named
    }

    fn choices(&self) -> Option<String> {
        match self.error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(all)) if !all.is_empty() => Some(all.join(", ")),
            Some(_) | None => None,
        }
    }

    fn context(&self, kind: ContextKind) -> Option<String> {
        let value = self.error.get(kind)?;
        if let ContextValue::Strings(all) = value {
            return Some(all.join(", "));
        }
        Some(value.to_string())
    }

    /// The nearest of the words that clap suggests: it puts the nearest last.
    fn nearest(&self, kind: ContextKind) -> Option<String> {
        let value = self.error.get(kind)?;
        if let ContextValue::Strings(all) = value {
            return all.last().cloned();
        }
        Some(value.to_string())
    }

    /// Clap's own words up to the first empty line, on one line.
    fn first_paragraph(&self) -> String {
        let whole = self.error.to_string();
        let paragraph = whole.split("\n\n").next().unwrap_or_default();
        let words = paragraph.strip_prefix("error: ").unwrap_or(paragraph);
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser, Subcommand};

    use super::*;
    use crate::escape::plain;
    use crate::interface::Action;

    /// Splits.
    #[derive(Debug, Parser)]
    #[command(name = "tool", subcommand_required = true, arg_required_else_help = true)]
    struct Arguments {
        #[command(subcommand)]
        command: Choice,
    }

    #[derive(Debug, Subcommand)]
    enum Choice {
        /// Plans.
        Plan {
            /// How many.
            #[arg(long, env = "SIGNALBOX_NOT_SET_IN_TESTS")]
            shards: u16,
        },
        /// Selects.
        Select,
        /// Selects again.
        SelectAgain,
    }

    fn interface() -> Interface {
        Interface {
            tool: "tool",
            action: Action {
                name: "tool",
                title: "tool",
                description: "A tool.",
                icon: "box",
                color: "blue",
                permissions: &[],
            },
            command: Arguments::command,
            choose: |given| if given("index") { "select" } else { "plan" },
            choice: "by index",
            token: None,
            outputs: &[],
            further: crate::Further::NOTHING,
            exit_codes: &[],
        }
    }

    fn parsed(variables: &[(&str, &str)], words: &[&str]) -> Result<Parsed<Arguments>, String> {
        let environment = variables.iter().copied().collect();
        let words = words.iter().map(OsString::from).collect();
        parse(&interface(), &environment, words).map_err(|stopped| match stopped {
            Stopped::Shown(shown) | Stopped::NothingAsked(shown) => shown,
            Stopped::Wrong(failure) => {
                let problem = failure.problems.first().unwrap();
                let label = problem.label.as_ref().map(plain).unwrap_or_default();
                let help = problem.help.as_ref().map(plain).unwrap_or_default();
                format!("{} | {label} | {help}", plain(&problem.message))
            }
        })
    }

    #[track_caller]
    fn check_wrong(variables: &[(&str, &str)], words: &[&str], wanted: &str) {
        match parsed(variables, words) {
            Ok(parsed) => panic!("accepted: {:?}", parsed.tool),
            Err(said) => assert_eq!(said, wanted),
        }
    }

    #[test]
    fn two_words_may_name_a_command_together() {
        let named = |words: &[&str]| parsed(&[], words).map(|parsed| parsed.subcommand);
        assert_eq!(named(&["tool", "select", "again"]), Ok("select-again".to_owned()));
        assert_eq!(named(&["tool", "select-again"]), Ok("select-again".to_owned()));
        assert_eq!(named(&["tool", "select"]), Ok("select".to_owned()));
        check_wrong(
            &[],
            &["tool", "select", "never"],
            "`never` is not expected here |  | `--help` lists what can be given",
        );
    }

    #[test]
    fn in_a_job_the_inputs_choose_the_command() {
        let job = ("GITHUB_ACTIONS", "true");
        let select = parsed(&[job, ("SIGNALBOX_INDEX", "0")], &["tool"]).unwrap();
        assert_eq!(select.subcommand, "select");
        assert!(matches!(select.tool.command, Choice::Select));
        let named = parsed(&[("SIGNALBOX_COMMAND", "select")], &["tool"]).unwrap();
        assert_eq!(named.subcommand, "select");
        check_wrong(
            &[job],
            &["tool"],
            "not given: `--shards <SHARDS>` (input `shards`) |  | `--help` lists what can be given",
        );
    }

    #[test]
    fn outside_a_job_no_words_mean_help() {
        let stopped =
            parse::<Arguments>(&interface(), &Environment::default(), vec!["tool".into()]);
        let Err(Stopped::NothingAsked(help)) = stopped else { panic!("something else") };
        let help = anstream::adapter::strip_str(&help).to_string();
        assert!(help.starts_with("Splits\n") && help.contains("Usage: tool"), "{help}");
    }

    #[test]
    fn a_wrong_command_names_the_input_it_came_from() {
        check_wrong(
            &[("SIGNALBOX_COMMAND", "plam")],
            &["tool"],
            "there is no command `plam` (input `command`) |  | did you mean `plan`?",
        );
        check_wrong(&[], &["tool", "plam"], "there is no command `plam` |  | did you mean `plan`?");
    }

    #[test]
    fn a_wrong_value_says_why() {
        check_wrong(
            &[],
            &["tool", "plan", "--shards", "many"],
            "the value `many` of `--shards <SHARDS>` cannot be used | invalid digit found in string | `--help` lists what can be given",
        );
        check_wrong(
            &[],
            &["tool", "plan", "--shards", "1", "--format", "xml"],
            "the value `xml` of `--format <FORMAT>` cannot be used |  | expected one of `human, json, github, args`",
        );
    }

    #[test]
    fn an_unknown_word_is_shown_harmlessly() {
        check_wrong(
            &[],
            &["tool", "select", "--x\n::error::y"],
            "`--x\\n::error::y` is not expected here |  | `--help` lists what can be given",
        );
    }
}
