//! Steps of dorny/paths-filter, as steps of ours.

use bstr::ByteSlice as _;
use diagnostics::{Foreign, Level, Place, Problem, Text, text};
use runner_protocol::workflow::{Step, input, long_input, steps};
use runner_protocol::{Failure, Out};

use super::counted;
use crate::gather::Workflow;

/// The action whose steps are looked for.
const THEIRS: &str = "dorny/paths-filter@";

/// Tells each step's equivalent, and how its outputs are called here.
pub(crate) fn import(workflow: &Workflow, out: &mut Out) -> Result<(), Failure> {
    let is_theirs = |uses: &str, _: &[_]| uses.to_ascii_lowercase().starts_with(THEIRS);
    let steps = steps(&workflow.file, &workflow.text, is_theirs)?;
    if steps.is_empty() {
        return Err(Failure::no_answer(
            Problem::error("no step of this workflow is one of dorny/paths-filter")
                .at(Place::file(workflow.file.clone()))
                .help("name a workflow with `uses: dorny/paths-filter@...`"),
        ));
    }
    let written: Vec<String> = steps.iter().map(equivalent).collect();
    let all = written.join("\n");
    for step in &steps {
        let unknown = step.with.iter().filter(|(name, _)| !KNOWN.contains(&name.as_str()));
        let unknown = unknown.map(|(name, _)| name).chain(&step.others);
        for name in unknown {
            let message = text![Foreign::from(name.as_str()), " of this step is not carried over"];
            out.problem(
                Problem::warning(message)
                    .at(step.place(&workflow.file))
                    .help("add by hand what it is for"),
            );
        }
        for (name, _) in step.with.iter().filter(|(name, _)| LEFT_OUT.contains(&name.as_str())) {
            let message = text![Foreign::from(name.as_str()), " is not needed here"];
            out.problem(
                Problem { level: Level::Notice, ..Problem::notice(message) }
                    .at(step.place(&workflow.file))
                    .help("git is asked, not the API, and fetches as much as it takes"),
            );
        }
    }
    let uses: Vec<Text> = steps.iter().flat_map(|step| renamed(&workflow.text, step)).collect();
    out.summary(|page| {
        let mut heading = counted(steps.len(), " step", " steps");
        heading.text(" of dorny/paths-filter");
        page.heading(heading);
        page.code(Foreign::from(all.as_str()));
        if !uses.is_empty() {
            page.paragraph("What reads their outputs:");
            page.list(uses);
        }
    });
    out.words(all.as_str());
    out.output("equivalent", all);
    Ok(())
}

/// Every input of dorny's (its `action.yml`, v4).
const KNOWN: &[&str] = &[
    "base",
    "filters",
    "initial-fetch-depth",
    "list-files",
    "predicate-quantifier",
    "ref",
    "token",
    "working-directory",
];

/// Inputs of dorny's that ours has no use for.
const LEFT_OUT: &[&str] = &["token", "initial-fetch-depth"];

fn equivalent(step: &Step) -> String {
    let given = |name: &str| {
        let found =
            step.with.iter().find(|(known, value)| known == name && !value.trim().is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let quantifier = given("predicate-quantifier").unwrap_or("some");
    let mut lines = input("quantifier", quantifier);
    if quantifier == "some" {
        lines.push(
            "    # Without the line above, a pattern that begins with ! excludes.".to_owned(),
        );
    }
    match given("base") {
        // What is not committed, and nothing else.
        Some("HEAD") => {
            lines.extend(["    base: HEAD", "    worktree: true"].map(str::to_owned));
        }
        Some(base) => lines.extend(input("base", base)),
        None => lines.push(
            "    # dorny compares pushes to other branches with the default branch. To keep that:\n    # base: ${{ github.event.repository.default_branch }}"
                .to_owned(),
        ),
    }
    for (theirs, ours) in [("ref", "head"), ("working-directory", "working-directory")] {
        if let Some(value) = given(theirs) {
            lines.extend(input(ours, value));
        }
    }
    match given("list-files") {
        None | Some("none") => {}
        // Words with backslashes and words with quotes are the same words for a shell.
        Some("escape") => lines.extend(input("list-files", "shell")),
        Some(kind) => lines.extend(input("list-files", kind)),
    }
    if let Some(filters) = given("filters") {
        lines.extend(long_input("filters", filters));
    }
    step.instead("changes", &[], lines)
}

/// Each place that reads an output of the step, and what to write there.
fn renamed(workflow: &str, step: &Step) -> Vec<Text> {
    let Some(id) = &step.id else { return Vec::new() };
    let before = format!("steps.{id}.outputs.");
    let mut found = Vec::new();
    for (number, line) in workflow.lines().enumerate() {
        for at in line.as_bytes().find_iter(before.as_bytes()) {
            let rest = line.get(at + before.len()..).unwrap_or_default();
            let is_name = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-');
            let end = rest.find(|letter| !is_name(letter)).unwrap_or(rest.len());
            let name = rest.get(..end).unwrap_or_default();
            if name.is_empty() || name == "changes" {
                continue;
            }
            let (output, key) = match (name.strip_suffix("_count"), name.strip_suffix("_files")) {
                (Some(filter), _) => ("counts", filter),
                (None, Some(filter)) => ("filter-files", filter),
                (None, None) => ("filters", name),
            };
            // dorny's outputs are text, and `true == 'true'` is false: `toJSON` makes text of it.
            let new = format!("toJSON(fromJSON(steps.{id}.outputs.{output}).{key})");
            let old = format!("{before}{name}");
            let mut said = text!["line ", number + 1, ": "];
            said.foreign(old.as_str()).text(" becomes ").foreign(new.as_str());
            found.push(said);
        }
    }
    found
}
