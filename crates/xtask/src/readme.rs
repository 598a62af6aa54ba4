//! The generated parts of READMEs, between `<!-- generated: NAME -->` and
//! `<!-- end generated -->`. The prose around them is written by hand and stays.
//!
//! Parts: `inputs`, `outputs`, `permissions`, `exit codes`, `usage`, `example PATH`, which shows a workflow
//! file as it is tested, and `pipeline NAME`, the tables of a workflow to call.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use runner_protocol::Interface;

use crate::inputs::Input;
use crate::pipelines;

const BEGIN: &str = "<!-- generated: ";
const END: &str = "<!-- end generated -->";

/// What a README's generated parts are made of.
pub struct Parts<'a> {
    /// The action that the README is about; nothing for the root's.
    pub action: Option<(&'a Interface, &'a [Input])>,
    /// Reads an example or a workflow to call, by its path from the repository's root.
    pub example: &'a dyn Fn(&str) -> anyhow::Result<String>,
}

/// The README with its generated parts up to date.
///
/// # Errors
/// When a part is unknown or not closed.
pub fn refreshed(readme: &str, parts: &Parts<'_>) -> anyhow::Result<String> {
    let mut out = String::new();
    let mut lines = readme.lines();
    while let Some(line) = lines.next() {
        let _ = writeln!(out, "{line}");
        let Some(name) = line.strip_prefix(BEGIN).and_then(|rest| rest.strip_suffix(" -->")) else {
            continue;
        };
        let _ = writeln!(out, "{}{END}", part(name, parts)?);
        lines
            .by_ref()
            .find(|line| *line == END)
            .with_context(|| format!("`{line}` is never closed by `{END}`"))?;
    }
    Ok(out)
}

fn part(name: &str, parts: &Parts<'_>) -> anyhow::Result<String> {
    if let Some(path) = name.strip_prefix("example ") {
        return Ok(format!("```yaml\n{}```\n", (parts.example)(path)?));
    }
    if let Some(name) = name.strip_prefix("pipeline ") {
        let path = format!("{}{name}.yml", pipelines::PREFIX);
        return pipelines::tables(&(parts.example)(&path)?).with_context(|| path);
    }
    let Some((interface, inputs)) = parts.action else {
        bail!("there is no generated part `{name}`")
    };
    match name {
        "inputs" => Ok(inputs_table(inputs)),
        "outputs" => Ok(outputs_table(interface)),
        "permissions" => Ok(permissions(interface)),
        "exit codes" => Ok(exit_codes(interface)),
        "usage" => Ok(usage(interface)),
        _ => bail!("there is no generated part `{name}`"),
    }
}

fn inputs_table(inputs: &[Input]) -> String {
    let mut table =
        String::from("| input | what it says | default | for |\n| --- | --- | --- | --- |\n");
    for input in inputs {
        let mut doc = cell(&input.doc);
        for (name, meaning) in input.choices.iter().filter(|(_, meaning)| !meaning.is_empty()) {
            let _ = write!(doc, "<br>`{name}`: {}", cell(meaning));
        }
        if input.choices.iter().any(|(_, meaning)| meaning.is_empty()) {
            let names: Vec<String> =
                input.choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            let _ = write!(doc, " One of {}.", names.join(", "));
        }
        let default = match input.default.as_str() {
            "" => String::new(),
            sentence if sentence.contains('`') => cell(sentence),
            word => format!("`{}`", cell(word)),
        };
        let _ = writeln!(
            table,
            "| `{}` | {doc} | {default} | {} |",
            input.name,
            commands(&input.commands)
        );
    }
    table
}

fn outputs_table(interface: &Interface) -> String {
    let mut table = String::from("| output | what it says | from |\n| --- | --- | --- |\n");
    let further = interface.further.outputs;
    let is_further = |name: &str| further.iter().any(|it| it.name == name);
    for output in interface.outputs.iter().filter(|output| !is_further(output.name)) {
        let from = commands(output.commands);
        let _ = writeln!(table, "| `{}` | {} | {from} |", output.name, cell(output.doc));
    }
    for output in further {
        let named = interface.outputs.iter().find(|it| it.name == output.name);
        let from = named.map_or_else(|| "the action".to_owned(), |it| commands(it.commands));
        let _ = writeln!(table, "| `{}` | {} | {from} |", output.name, cell(output.doc));
    }
    table
}

fn permissions(interface: &Interface) -> String {
    if interface.action.permissions.is_empty() {
        return "This action calls no API and needs no token: `permissions: {}` is enough for it.\n".to_owned();
    }
    let mut table = String::from("| permission | why |\n| --- | --- |\n");
    for permission in interface.action.permissions {
        let _ = writeln!(
            table,
            "| `{}: {}` | {} |",
            permission.scope,
            permission.access,
            cell(permission.why)
        );
    }
    table
}

fn exit_codes(interface: &Interface) -> String {
    let mut table = String::from("| code | when |\n| --: | --- |\n");
    for code in interface.exit_codes {
        let _ = writeln!(table, "| {} | {} |", code.code, cell(code.doc));
    }
    table
}

fn usage(interface: &Interface) -> String {
    let mut command = interface.full_command();
    command.build();
    let mut usage = String::from("```text\n");
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help")
    {
        let about = subcommand.get_about().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(usage, "{} {:<8} {about}", interface.tool, subcommand.get_name());
    }
    usage.push_str("```\n");
    usage
}

fn commands(names: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    names.join(", ")
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(path: &str) -> anyhow::Result<String> {
        anyhow::ensure!(path == "a.yml", "no such file");
        Ok("# a.yml\n".to_owned())
    }

    #[test]
    fn prose_stays_and_parts_are_renewed() {
        let parts = Parts { action: None, example: &example };
        let readme =
            "# Title\n<!-- generated: example a.yml -->\nold\n<!-- end generated -->\nprose\n";
        let wanted = "# Title\n<!-- generated: example a.yml -->\n```yaml\n# a.yml\n```\n<!-- end generated -->\nprose\n";
        assert_eq!(refreshed(readme, &parts).unwrap(), wanted);
        assert_eq!(refreshed(wanted, &parts).unwrap(), wanted);
    }

    #[test]
    fn a_part_that_is_unknown_or_open_is_an_error() {
        let parts = Parts { action: None, example: &example };
        assert!(refreshed("<!-- generated: inputs -->\n<!-- end generated -->\n", &parts).is_err());
        assert!(refreshed("<!-- generated: example a.yml -->\n", &parts).is_err());
        assert!(
            refreshed("<!-- generated: example b.yml -->\n<!-- end generated -->\n", &parts)
                .is_err()
        );
    }
}
