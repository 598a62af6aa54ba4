//! Steps of dorny/paths-filter, as steps of ours.

use bstr::ByteSlice as _;
use diagnostics::yaml::{At, Kind, Node, Yaml};
use diagnostics::{Foreign, Level, Place, Problem, Text, text};
use runner_protocol::{Failure, Out};

use super::counted;
use crate::gather::Workflow;

/// The action whose steps are looked for.
const THEIRS: &str = "dorny/paths-filter@";

/// How many parts of a workflow are looked at: an anchor counts each time it is named.
const MOST_PARTS: usize = 1 << 20;

/// What a step may have besides, which stays as it is.
const KEPT: &[&str] = &["name", "if", "continue-on-error", "timeout-minutes"];

/// A step that is one of dorny's.
struct Step {
    at: At,
    uses: String,
    id: Option<String>,
    with: Vec<(String, String)>,
    /// Its other keys that stay, and those that somebody has to look at.
    kept: Vec<(String, String)>,
    others: Vec<String>,
}

/// Tells each step's equivalent, and how its outputs are called here.
pub(crate) fn import(workflow: &Workflow, out: &mut Out) -> Result<(), Failure> {
    let yaml = Yaml::read(&workflow.text).map_err(|error| {
        Failure::no_answer(error.problem(workflow.file.clone(), &workflow.text))
    })?;
    let mut steps = Vec::new();
    let mut budget = MOST_PARTS;
    find(yaml.root(), &mut steps, &mut budget);
    if budget == 0 {
        return Err(Failure::no_answer(
            Problem::error("the anchors of this workflow unfold to more than a million parts")
                .at(Place::file(workflow.file.clone()))
                .help("write the steps out"),
        ));
    }
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
                    .at(Place::at(workflow.file.clone(), step.at.line, step.at.column))
                    .help("add by hand what it is for"),
            );
        }
        for (name, _) in step.with.iter().filter(|(name, _)| LEFT_OUT.contains(&name.as_str())) {
            let message = text![Foreign::from(name.as_str()), " is not needed here"];
            out.problem(
                Problem { level: Level::Notice, ..Problem::notice(message) }
                    .at(Place::at(workflow.file.clone(), step.at.line, step.at.column))
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

fn find(node: Node<'_>, steps: &mut Vec<Step>, budget: &mut usize) {
    *budget = budget.saturating_sub(1);
    if *budget == 0 {
        return;
    }
    match node.kind() {
        Kind::Nothing | Kind::Text(_) => {}
        Kind::List(items) => {
            for item in items {
                find(item, steps, budget);
            }
        }
        Kind::Map(pairs) => {
            let uses = node.get("uses").and_then(Node::text);
            if let Some(uses) =
                uses.filter(|uses| uses.trim().to_ascii_lowercase().starts_with(THEIRS))
            {
                // An anchor may name one step twice.
                if steps.iter().all(|step| step.at != node.at()) {
                    steps.push(step(node, uses));
                }
                return;
            }
            for (_, value) in pairs {
                find(value, steps, budget);
            }
        }
    }
}

fn step(node: Node<'_>, uses: &str) -> Step {
    let with = match node.get("with").map(Node::kind) {
        Some(Kind::Map(pairs)) => pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned())))
            .collect(),
        Some(Kind::Nothing | Kind::Text(_) | Kind::List(_)) | None => Vec::new(),
    };
    let id = node.get("id").and_then(Node::text).map(str::to_owned);
    let mut kept = Vec::new();
    let mut others = Vec::new();
    if let Kind::Map(pairs) = node.kind() {
        for (key, value) in pairs {
            let key = key.text().unwrap_or_default();
            match value.text() {
                _ if matches!(key, "id" | "uses" | "with") => {}
                Some(value) if KEPT.contains(&key) => kept.push((key.to_owned(), value.to_owned())),
                Some(_) | None => others.push(key.to_owned()),
            }
        }
    }
    Step { at: node.at(), uses: uses.trim().to_owned(), id, with, kept, others }
}

fn equivalent(step: &Step) -> String {
    let mut lines = vec![format!("# line {}: {}", step.at.line, one_line(&step.uses))];
    lines.push("- uses: org/actions/changes@v1".to_owned());
    for (key, value) in &step.kept {
        lines.push(format!("  {key}: {}", scalar(value)));
    }
    if let Some(id) = &step.id {
        lines.push(format!("  id: {}", scalar(id)));
    }
    lines.push("  with:".to_owned());
    let given = |name: &str| {
        let found =
            step.with.iter().find(|(known, value)| known == name && !value.trim().is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let quantifier = given("predicate-quantifier").unwrap_or("some");
    lines.push(format!("    quantifier: {}", scalar(quantifier)));
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
        Some(base) => lines.push(format!("    base: {}", scalar(base))),
        None => lines.push(
            "    # dorny compares pushes to other branches with the default branch. To keep that:\n    # base: ${{ github.event.repository.default_branch }}"
                .to_owned(),
        ),
    }
    for (theirs, ours) in [("ref", "head"), ("working-directory", "working-directory")] {
        if let Some(value) = given(theirs) {
            lines.push(format!("    {ours}: {}", scalar(value)));
        }
    }
    match given("list-files") {
        None | Some("none") => {}
        // Words with backslashes and words with quotes are the same words for a shell.
        Some("escape") => lines.push("    list-files: shell".to_owned()),
        Some(kind) => lines.push(format!("    list-files: {}", scalar(kind))),
    }
    if let Some(filters) = given("filters") {
        if filters.contains('\n') {
            // The indentation is named, because the first line may begin with a space.
            lines.push("    filters: |2".to_owned());
            lines.extend(filters.trim_end().lines().map(|line| format!("      {line}")));
        } else {
            lines.push(format!("    filters: {}", scalar(filters)));
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A text as a YAML scalar: as it is where nothing in it means something, else in double quotes, in
/// which JSON's escapes are YAML's (YAML 1.2.2, 7.3.1).
fn scalar(text: &str) -> String {
    let letter =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'/' | b'-');
    let begins = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    if begins && text.bytes().all(letter) { text.to_owned() } else { crate::wire::line_of(&text) }
}

fn one_line(text: &str) -> String {
    text.lines().collect::<Vec<_>>().join(" ")
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
