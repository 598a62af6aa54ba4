//! Outputs and variables on their way to the job's later steps.

use diagnostics::{Piece, Problem, Text, text};

use super::{Out, WHOLE, no_random};
use crate::file_command::{NamedValue, Names, block};
use crate::runner_file::Opened;
use crate::{Failure, random};

impl Out {
    /// Whether the tool kept its promise of outputs.
    pub(super) fn all_outputs_set(&self) -> Result<(), Failure> {
        let promised = self.interface.outputs.iter().filter(|output| {
            output.name != WHOLE && output.commands.contains(&self.subcommand.as_str())
        });
        let mut missing = Text::new();
        for output in promised.filter(|output| !self.outputs.contains_key(output.name)) {
            missing.text(" ").text(output.name);
        }
        let declared =
            |name: &&'static str| self.interface.outputs.iter().any(|output| output.name == *name);
        for name in self.outputs.keys().filter(|name| !declared(name)) {
            missing.text(" undeclared: ").text(name);
        }
        if missing.is_empty() {
            return Ok(());
        }
        let mut message = text!["a mistake in this tool: outputs not set as declared:"];
        message.append(missing);
        Err(Failure::no_answer(Problem::error(message).help("please report it")))
    }

    /// Hands over everything, variables first: a later step that sees the answer sees what belongs to it.
    pub(super) fn hand_over(
        &self,
        variables: Option<Opened>,
        outputs: Option<Opened>,
    ) -> Result<(), Failure> {
        // None may be left after a failure.
        if let Some(file) = variables.filter(|_| !self.variables.is_empty()) {
            let values = self.variables.iter();
            let values = values.map(|(name, value)| NamedValue { name, value: value.clone() });
            file.append(&lines(&values.collect::<Vec<_>>(), Names::Variables)?)?;
        }
        outputs.map_or(Ok(()), |file| file.append(&self.outputs_block()?))
    }

    /// The outputs as the runner reads them.
    pub(super) fn outputs_block(&self) -> Result<String, Failure> {
        let values: Vec<NamedValue> = self
            .interface
            .outputs
            .iter()
            .map(|output| NamedValue {
                name: output.name,
                value: self.outputs.get(output.name).cloned().unwrap_or_default(),
            })
            .collect();
        lines(&values, Names::Outputs)
    }
}

fn lines(values: &[NamedValue], names: Names) -> Result<String, Failure> {
    let token = random::token().map_err(|_| no_random())?;
    block(values, names, &token).map_err(|why| {
        let what = match names {
            Names::Outputs => "the outputs cannot be handed over: ",
            Names::Variables => "the variables cannot be handed over: ",
        };
        Failure::environment(Problem::error(text![what, Piece::said(&why)]))
    })
}
