//! The inputs of an action: what its tool's commands read from `SIGNALBOX_*` variables.

use std::collections::BTreeSet;

use anyhow::{bail, ensure};
use clap::{Arg, Command};
use runner_protocol::Interface;

/// One input of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name, in kebab-case.
    pub name: String,
    /// What it means: one sentence that ends in a period.
    pub doc: String,
    /// What may be given, with what each means; empty for free text.
    pub choices: Vec<(String, String)>,
    /// What counts when nothing is given; empty for nothing.
    pub default: String,
    /// The commands that read it; empty for all.
    pub commands: Vec<String>,
}

/// All inputs of the action: `command` first, then those of its commands in their order, then the token
/// if it takes one, then those that every action has.
///
/// # Errors
/// When two commands declare an input of one name in different words.
pub fn inputs(interface: &Interface) -> anyhow::Result<Vec<Input>> {
    let mut command = interface.full_command();
    command.build();
    let mut inputs = vec![choice_of_command(interface, &command)];
    let mut own: Vec<Input> = Vec::new();
    for subcommand in subcommands(&command) {
        for arg in subcommand.get_arguments().filter(|arg| !arg.is_global_set()) {
            let Some(input) = input(arg, subcommand.get_name())? else { continue };
            match own.iter_mut().find(|other| other.name == input.name) {
                Some(known) => merge(known, input)?,
                None => own.push(input),
            }
        }
    }
    inputs.extend(own);
    inputs.extend(token_input(interface));
    for arg in command.get_arguments().filter(|arg| arg.is_global_set()) {
        if let Some(input) = input(arg, "")? {
            inputs.push(Input { commands: Vec::new(), ..input });
        }
    }
    inputs.extend([base_url_input(), build_input()]);
    let mut names = BTreeSet::new();
    for input in &inputs {
        ensure!(names.insert(&input.name), "two inputs are named `{}`", input.name);
        // The runner evaluates descriptions, and knows no context there.
        ensure!(!input.doc.contains("${{"), "the doc of `{}` holds an expression", input.name);
    }
    Ok(inputs)
}

fn subcommands(command: &Command) -> impl Iterator<Item = &Command> {
    command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help")
}

fn choice_of_command(interface: &Interface, command: &Command) -> Input {
    let choice = |subcommand: &Command| {
        let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
        (subcommand.get_name().to_owned(), sentence(&about))
    };
    Input {
        name: "command".to_owned(),
        doc: "What to do.".to_owned(),
        choices: subcommands(command).map(choice).collect(),
        default: interface.choice.to_owned(),
        commands: Vec::new(),
    }
}

/// The installer's input: it decides where the binary comes from, before there is a binary to ask.
fn build_input() -> Input {
    let choice = |name: &str, doc: &str| (name.to_owned(), doc.to_owned());
    Input {
        name: "build".to_owned(),
        doc: "Whether to build the tool from the source that this action was checked out with, which needs Rust.".to_owned(),
        choices: vec![
            choice("never", "Use the prebuilt binary of the release."),
            choice("fallback", "Build where there is no prebuilt binary, or it cannot be fetched."),
            choice("always", "Build in any case."),
        ],
        default: "never".to_owned(),
        commands: Vec::new(),
    }
}

/// The installer's other input. It names a place and no version: a mirror changes nothing in what is
/// trusted, and a new pin of the action needs no new address.
fn base_url_input() -> Input {
    Input {
        name: "base-url".to_owned(),
        doc: "Where to fetch the prebuilt binary instead of the releases on GitHub: an https address, below which a mirror has `v1.2.3/<binary>`. Its hash still is that of this release.".to_owned(),
        choices: Vec::new(),
        default: String::new(),
        commands: Vec::new(),
    }
}

/// The token, which is no argument: a command line can be read by every process of the machine.
fn token_input(interface: &Interface) -> Option<Input> {
    let (name, doc) = interface.token_input()?;
    Some(Input {
        name: name.to_owned(),
        doc: doc.to_owned(),
        choices: Vec::new(),
        default: String::new(),
        commands: Vec::new(),
    })
}

fn input(arg: &Arg, command: &str) -> anyhow::Result<Option<Input>> {
    let Some(variable) = arg.get_env() else { return Ok(None) };
    let variable = variable.to_string_lossy();
    let Some(name) = Interface::input(&variable) else {
        bail!("the argument `{}` reads {variable}, which no action.yml sets", arg.get_id());
    };
    ensure!(
        arg.get_long() == Some(name.as_str()),
        "the argument `{}` reads {variable}: the flag must be --{name}",
        arg.get_id()
    );
    let doc = arg.get_long_help().or_else(|| arg.get_help()).map(ToString::to_string);
    let possible = arg.get_possible_values();
    let choices = possible.iter().map(|value| {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        (value.get_name().to_owned(), sentence(&help))
    });
    let defaults = arg.get_default_values().iter().map(|value| value.to_string_lossy());
    Ok(Some(Input {
        name,
        doc: sentence(&doc.unwrap_or_default()),
        choices: choices.collect(),
        default: defaults.collect::<Vec<_>>().join(","),
        commands: vec![command.to_owned()],
    }))
}

fn merge(known: &mut Input, other: Input) -> anyhow::Result<()> {
    let same =
        known.doc == other.doc && known.choices == other.choices && known.default == other.default;
    ensure!(
        same,
        "the input `{}` means different things to {:?} and {:?}",
        known.name,
        known.commands,
        other.commands
    );
    known.commands.extend(other.commands);
    Ok(())
}

/// The words as one sentence: clap takes the period off the end of a doc comment.
fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() || text.ends_with('.') { text } else { format!("{text}.") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_input_of_every_action_keeps_the_rules() {
        for interface in crate::interfaces() {
            for input in inputs(&interface).unwrap() {
                let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(input.name.chars().all(kebab), "{}", input.name);
                assert!(
                    input.doc.len() > 1 && input.doc.ends_with('.'),
                    "{}: {}",
                    input.name,
                    input.doc
                );
                assert!(!input.doc.contains("${{"), "{}: {}", input.name, input.doc);
                assert!(!input.default.starts_with('/'), "{}: {}", input.name, input.default);
                let names: Vec<&str> =
                    input.choices.iter().map(|(name, _)| name.as_str()).collect();
                if names.contains(&"true") || names.contains(&"yes") || names.contains(&"on") {
                    assert_eq!(names, ["true", "false"], "{}", input.name);
                }
            }
        }
    }

    #[test]
    fn a_token_is_an_input_and_no_flag() {
        let interface = crate::interfaces().into_iter().find(|it| it.token.is_some()).unwrap();
        let inputs = inputs(&interface).unwrap();
        let token = inputs.iter().find(|input| input.name == "token").unwrap();
        assert_eq!((token.default.as_str(), token.choices.len()), ("", 0));
        let mut command = interface.full_command();
        command.build();
        for subcommand in subcommands(&command) {
            assert!(subcommand.get_arguments().all(|arg| arg.get_long() != Some("token")));
        }
    }

    #[test]
    fn every_output_of_every_action_keeps_the_rules() {
        for interface in crate::interfaces() {
            let commands: Vec<String> = (interface.command)()
                .get_subcommands()
                .map(|it| it.get_name().to_owned())
                .collect();
            for output in interface.outputs {
                let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                assert!(output.name.chars().all(letter), "{}", output.name);
                assert!(
                    output.doc.ends_with('.') && !output.doc.contains("${{"),
                    "{}",
                    output.name
                );
                for command in output.commands {
                    assert!(
                        commands.iter().any(|known| known == command),
                        "{}: {command}",
                        output.name
                    );
                }
            }
        }
    }
}
