//! What a tool declares about itself: arguments, outputs, exit codes, permissions.
//!
//! `cargo xtask generate` writes `action.yml` and the README tables from it, [`crate::run()`] obeys
//! it. An input is a clap argument with an `env` of `SIGNALBOX_<NAME>`; there is no second list.

use std::path::PathBuf;

use clap::{ArgAction, Args, Command, ValueEnum};

/// The prefix of the environment variables through which `action.yml` hands over its inputs.
pub(crate) const INPUT_PREFIX: &str = "SIGNALBOX_";

/// The variable that chooses a subcommand when the command line names none.
pub(crate) const COMMAND_VARIABLE: &str = "SIGNALBOX_COMMAND";

/// The input with the token, for an action that takes one.
pub(crate) const TOKEN_INPUT: &str = "token";

/// Everything that is known about a tool before it runs.
#[derive(Clone, Copy, Debug)]
pub struct Interface {
    /// The binary's name, `shard-splitter`.
    pub tool: &'static str,
    /// The action that wraps it.
    pub action: Action,
    /// Builds the clap command, with a subcommand for each thing the tool can do.
    pub command: fn() -> Command,
    /// Chooses the subcommand when neither the command line nor the input `command` does. It is
    /// asked which inputs are given, by input name.
    pub choose: Choose,
    /// How [`Interface::choose`] chooses, as a sentence for the input table.
    pub choice: &'static str,
    /// What the action does with a token, as the doc of its input `token`; nothing where it takes none.
    /// There is no flag: a command line can be read by every process of the machine.
    pub token: Option<&'static str>,
    /// Every output of the action.
    pub outputs: &'static [Output],
    /// What the action does after the tool; nothing for most.
    pub further: Further,
    /// Every exit code that the tool uses.
    pub exit_codes: &'static [ExitCode],
}

/// Answers with a subcommand, given a way to ask whether an input is given.
pub type Choose = fn(given: &dyn Fn(&str) -> bool) -> &'static str;

/// How the tool appears as an action.
#[derive(Clone, Copy, Debug)]
pub struct Action {
    /// The folder below `actions/`, and the word in `uses: org/actions/<name>@v1`.
    pub name: &'static str,
    /// The `name:` of `action.yml`.
    pub title: &'static str,
    /// The `description:` of `action.yml`: one sentence.
    pub description: &'static str,
    /// The Feather icon of `branding:`.
    pub icon: &'static str,
    /// The colour of `branding:`.
    pub color: &'static str,
    /// What the job's `permissions:` must grant. Empty: nothing at all.
    pub permissions: &'static [Permission],
}

/// One line of a job's `permissions:`.
#[derive(Clone, Copy, Debug)]
pub struct Permission {
    /// The scope, `contents`.
    pub scope: &'static str,
    /// The access, `read`.
    pub access: &'static str,
    /// What it is needed for: one sentence.
    pub why: &'static str,
}

/// One output of an action.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    /// Its name: `[a-z0-9-]+`.
    pub name: &'static str,
    /// What it means, with its unit: one sentence.
    pub doc: &'static str,
    /// The subcommands that set it. The others, and every failure, leave it empty.
    pub commands: &'static [&'static str],
}

/// What an action does after its tool, in steps of its own.
#[derive(Clone, Copy, Debug)]
pub struct Further {
    /// The steps, in their order.
    pub steps: &'static [Step],
    /// Outputs that these steps set, or set better than the tool's own of the same name.
    pub outputs: &'static [FurtherOutput],
}

impl Further {
    /// An action that is its tool and nothing else.
    pub const NOTHING: Self = Self { steps: &[], outputs: &[] };
}

/// One step after the tool's.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Its id, by which expressions name it.
    pub id: &'static str,
    /// When it is run: an expression without its braces.
    pub when: &'static str,
    /// What it does.
    pub does: Does,
}

/// What a step after the tool's does.
#[derive(Clone, Copy, Debug)]
pub enum Does {
    /// It uses somebody else's action, never one of ours: a composite action can name its siblings by a
    /// moving reference only.
    Uses {
        /// The action, `actions/cache/restore`.
        action: &'static str,
        /// The commit of it.
        commit: &'static str,
        /// The version that this commit is.
        version: &'static str,
        /// Its inputs.
        with: &'static [(&'static str, Given)],
    },
    /// It starts the tool once more, with these inputs, and those that every command has.
    Tool(&'static [(&'static str, Given)]),
}

/// What an input of a step is given.
#[derive(Clone, Copy, Debug)]
pub enum Given {
    /// These words.
    Words(&'static str),
    /// What an expression comes to; it stands here without its braces.
    Expression(&'static str),
}

/// An output of an action that is not just what its tool says.
#[derive(Clone, Copy, Debug)]
pub struct FurtherOutput {
    /// Its name: `[a-z0-9-]+`.
    pub name: &'static str,
    /// What it means: one sentence.
    pub doc: &'static str,
    /// An expression without its braces.
    pub value: &'static str,
}

/// One exit code and when it is used.
#[derive(Clone, Copy, Debug)]
pub struct ExitCode {
    /// The code.
    pub code: u8,
    /// When: one sentence.
    pub doc: &'static str,
}

/// What a run prints on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A report for people.
    #[default]
    #[value(alias = "text")]
    Human,
    /// One JSON document with everything.
    Json,
    /// The outputs in the form of the file that `GITHUB_OUTPUT` names.
    Github,
    /// Words for another program's command line, ready for a shell.
    Args,
}

/// The arguments that every tool has, on every subcommand.
#[derive(Args, Clone, Debug)]
pub struct CommonArgs {
    /// Run as if started in this directory.
    #[arg(
        long,
        short = 'C',
        global = true,
        env = "SIGNALBOX_WORKING_DIRECTORY",
        value_name = "DIR",
        help_heading = "Common options"
    )]
    pub working_directory: Option<PathBuf>,

    /// Write the report to the job's step summary.
    #[arg(long, global = true, env = "SIGNALBOX_SUMMARY", action = ArgAction::Set, value_name = "BOOL", default_value_t = true, help_heading = "Common options")]
    pub summary: bool,

    /// Show problems as annotations at their file and line.
    #[arg(long, global = true, env = "SIGNALBOX_ANNOTATIONS", action = ArgAction::Set, value_name = "BOOL", default_value_t = true, help_heading = "Common options")]
    pub annotations: bool,

    /// What to print on standard output.
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Common options")]
    pub format: Format,

    /// Say more about what is read and why something is decided.
    #[arg(long, short, global = true, help_heading = "Common options")]
    pub verbose: bool,
}

impl Interface {
    /// The name of the input that holds a token, and its doc; nothing where the action takes none.
    pub fn token_input(&self) -> Option<(&'static str, &'static str)> {
        self.token.map(|doc| (TOKEN_INPUT, doc))
    }

    /// The whole clap command: the tool's own, with [`CommonArgs`].
    pub fn full_command(&self) -> Command {
        let command = (self.command)();
        // Clap takes the doc comment of `CommonArgs` for the tool's own description.
        let about = command.get_about().cloned().unwrap_or_default();
        CommonArgs::augment_args(command).about(about).long_about(None)
    }

    /// The environment variable of an input: `SIGNALBOX_PLAN_FILE` for `plan-file`.
    pub fn variable(input: &str) -> String {
        format!("{INPUT_PREFIX}{}", input.to_ascii_uppercase().replace('-', "_"))
    }

    /// The input of an environment variable: `plan-file` for `SIGNALBOX_PLAN_FILE`.
    pub fn input(variable: &str) -> Option<String> {
        let name = variable.strip_prefix(INPUT_PREFIX)?;
        Some(name.to_ascii_lowercase().replace('_', "-"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_and_its_variable_name_each_other() {
        assert_eq!(Interface::variable("plan-file"), "SIGNALBOX_PLAN_FILE");
        assert_eq!(Interface::input("SIGNALBOX_PLAN_FILE").as_deref(), Some("plan-file"));
        assert_eq!(Interface::input("GITHUB_SHA"), None);
    }
}
