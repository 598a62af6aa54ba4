//! The workflows that other repositories call, `.github/workflows/pipeline-*.yml`: what their README says of
//! inputs, outputs, secrets and permissions, and what holds for all of them.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, anyhow};
use diagnostics::yaml::{Node, Yaml};

/// Where they are, with the beginning of their names.
pub const PREFIX: &str = ".github/workflows/pipeline-";

/// A permission that a job asks for, and what for.
type Permissions = BTreeMap<(String, String), Vec<String>>;

/// The tables of a pipeline.
///
/// # Errors
/// When the workflow cannot be read, is called by nobody, or describes something by nothing.
pub fn tables(workflow: &str) -> anyhow::Result<String> {
    let yaml = Yaml::read(workflow).map_err(|_| anyhow!("the workflow is no YAML"))?;
    let call = yaml.root().get("on").and_then(|on| on.get("workflow_call"));
    let call = call.context("the workflow has no `on: workflow_call`")?;
    let mut text = String::new();
    let inputs = entries(call, "inputs");
    if !inputs.is_empty() {
        text.push_str("| input | what it says | default |\n| --- | --- | --- |\n");
    }
    for (name, input) in inputs {
        let default = input.get("default").and_then(Node::text).unwrap_or_default();
        let is_required = input.get("required").and_then(Node::text) == Some("true");
        let default = match default.trim_end() {
            _ if is_required => "must be given".to_owned(),
            "" => String::new(),
            default => default
                .lines()
                .map(|line| format!("`{}`", cell(line)))
                .collect::<Vec<_>>()
                .join("<br>"),
        };
        let _ = writeln!(text, "| `{name}` | {} | {default} |", described(name, input)?);
    }
    for (key, word) in [("outputs", "output"), ("secrets", "secret")] {
        let entries = entries(call, key);
        if !entries.is_empty() {
            let _ = writeln!(text, "\n| {word} | what it says |\n| --- | --- |");
        }
        for (name, entry) in entries {
            let _ = writeln!(text, "| `{name}` | {} |", described(name, entry)?);
        }
    }
    text.push_str("\n| permission | why |\n| --- | --- |\n");
    for ((scope, access), why) in permissions(workflow) {
        let _ = writeln!(text, "| `{scope}: {access}` | {} |", cell(&why.join("; ")));
    }
    Ok(text)
}

fn entries<'a>(call: Node<'a>, key: &str) -> Vec<(&'a str, Node<'a>)> {
    let pairs = call.get(key).map(Node::pairs).unwrap_or_default();
    pairs.into_iter().filter_map(|(name, entry)| Some((name.text()?, entry))).collect()
}

fn described(name: &str, entry: Node<'_>) -> anyhow::Result<String> {
    let text = entry.get("description").and_then(Node::text).unwrap_or_default();
    anyhow::ensure!(text.ends_with('.'), "`{name}` has no description that ends in a period");
    Ok(cell(text))
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The permissions that the jobs of a workflow ask for: they stand in lines of their own, each with its reason.
pub fn permissions(workflow: &str) -> Permissions {
    let mut permissions = Permissions::new();
    for line in workflow.lines().filter_map(|line| line.strip_prefix("      ")) {
        let Some((permission, why)) = line.split_once(" # ") else { continue };
        let Some((scope, access @ ("read" | "write"))) = permission.split_once(": ") else {
            continue;
        };
        if scope.starts_with(' ') {
            continue;
        }
        let whys = permissions.entry((scope.to_owned(), access.to_owned())).or_default();
        if !whys.iter().any(|known| known == why) {
            whys.push(why.to_owned());
        }
    }
    // The longest reason says what the shorter ones begin with.
    for whys in permissions.values_mut() {
        let all = whys.clone();
        whys.retain(|why| !all.iter().any(|other| other != why && other.starts_with(why.as_str())));
    }
    permissions
}

/// What a workflow of ours uses of its own commit: what stands behind `$/`.
pub fn own(workflow: &str) -> Vec<&str> {
    workflow
        .lines()
        .filter_map(|line| line.split_once("uses: $/"))
        .map(|(_, own)| own.trim())
        .collect()
}

/// What is wrong with a pipeline, and with the example that calls it.
///
/// `has` says whether a file is there in the tree that users pin, where actions stand at the root.
pub fn wrong(path: &str, workflow: &str, example: &str, has: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Err(why) = tables(workflow) {
        wrong.push(format!("{path}: {why}"));
    }
    for own in own(workflow) {
        let file =
            if own.starts_with(".github/") { own.to_owned() } else { format!("{own}/action.yml") };
        if !has(&file) {
            wrong.push(format!("{path}: `$/{own}` is not in the tree that users pin"));
        }
    }
    let granted = permissions(example);
    for (scope, access) in permissions(workflow).keys() {
        let has = |access: &str| granted.contains_key(&(scope.clone(), access.to_owned()));
        if !has(access) && !has("write") {
            wrong.push(format!("{path}: its example does not grant `{scope}: {access}`, and GitHub refuses the call"));
        }
    }
    if !workflow.contains("\npermissions: {}\n") {
        wrong.push(format!("{path}: no `permissions: {{}}` above all jobs"));
    }
    if workflow.contains("\n    paths:") || workflow.contains("secrets: inherit") {
        wrong.push(format!(
            "{path}: filters of paths, and secrets that nobody names, have no place in it"
        ));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKFLOW: &str = "\
name: x
on:
  workflow_call:
    inputs:
      a:
        description: \"One | two.\"
        type: string
        default: b
      c:
        description: Must be.
        type: string
        required: true
    outputs:
      o:
        description: What comes out.
        value: v
permissions: {}

jobs:
  j:
    permissions:
      contents: read # to check out
    steps:
      - uses: $/changes
";
    const EXAMPLE: &str = "jobs:\n  j:\n    permissions:\n      contents: read # to check out\n";

    #[test]
    fn the_tables_say_what_the_workflow_says() {
        assert_eq!(
            tables(WORKFLOW).unwrap(),
            "| input | what it says | default |\n| --- | --- | --- |\n\
             | `a` | One \\| two. | `b` |\n| `c` | Must be. | must be given |\n\n\
             | output | what it says |\n| --- | --- |\n| `o` | What comes out. |\n\n\
             | permission | why |\n| --- | --- |\n| `contents: read` | to check out |\n"
        );
    }

    #[test]
    fn what_is_not_described_or_not_called_is_an_error() {
        assert!(tables("on: push\n").is_err());
        assert!(tables("- [").is_err());
        assert!(tables(&WORKFLOW.replace("Must be.", "Must be")).is_err());
    }

    #[track_caller]
    fn check(workflow: &str, example: &str, wanted: &[&str]) {
        let found = wrong("p.yml", workflow, example, &|path| path == "changes/action.yml");
        assert_eq!(found.len(), wanted.len(), "{found:?}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert!(found.contains(wanted), "{found}");
        }
    }

    #[test]
    fn what_cannot_work_is_told() {
        check(WORKFLOW, EXAMPLE, &[]);
        check(WORKFLOW, "", &["does not grant `contents: read`"]);
        check(&WORKFLOW.replace("$/changes", "$/shards"), EXAMPLE, &["`$/shards`"]);
        check(&WORKFLOW.replace("permissions: {}\n", "\n"), EXAMPLE, &["permissions: {}"]);
        check(&format!("{WORKFLOW}    secrets: inherit\n"), EXAMPLE, &["no place"]);
    }
}
