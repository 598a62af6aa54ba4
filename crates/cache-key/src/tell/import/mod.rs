//! Steps that cache, as steps of ours.

mod theirs;
mod words;

use diagnostics::yaml::{At, Kind, Node, Yaml};
use diagnostics::{Foreign, Level, Place, Problem, Text, text};
use runner_protocol::{Failure, Out};

use self::theirs::{Ours, Theirs};
use self::words::{one_line, scalar};
use crate::gather::Workflow;

/// How many parts of a workflow are looked at: an anchor counts each time it is named.
const MOST_PARTS: usize = 1 << 20;

/// What a step may have besides, which stays as it is.
const KEPT: &[&str] = &["name", "if", "continue-on-error", "timeout-minutes"];

/// A step of somebody else's that caches.
struct Step {
    at: At,
    theirs: Theirs,
    uses: String,
    id: Option<String>,
    with: Vec<(String, String)>,
    /// Its other keys that stay, and those that somebody has to look at.
    kept: Vec<(String, String)>,
    others: Vec<String>,
}

/// Tells each step's equivalent, and what is another there.
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
            Problem::error("no step of this workflow caches anything that is known here")
                .at(Place::file(workflow.file.clone()))
                .help("known are Swatinem/rust-cache, actions/cache, and actions/setup-node, setup-python and setup-go where they cache"),
        ));
    }
    let mut written = Vec::new();
    for step in &steps {
        let ours = step.theirs.ours(&step.with);
        let place = || Place::at(workflow.file.clone(), step.at.line, step.at.column);
        for name in &step.others {
            let message = text![Foreign::from(name.as_str()), " of this step is not carried over"];
            out.problem(Problem::warning(message).at(place()).help("add by hand what it is for"));
        }
        for (level, message, help) in &ours.notes {
            let problem = Problem { level: *level, ..Problem::notice(message.clone()) };
            out.problem(problem.at(place()).help(*help));
        }
        written.push(equivalent(step, &ours));
    }
    let all = written.join("\n");
    out.summary(|page| {
        let count = u64::try_from(steps.len()).unwrap_or(u64::MAX);
        page.heading(if count == 1 {
            text!["1 step that caches"]
        } else {
            text![count, " steps that cache"]
        });
        page.code(Foreign::from(all.as_str()));
    });
    out.words(all.as_str());
    out.output("equivalent", all);
    Ok(())
}

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
            if let Some(step) = step(node) {
                // An anchor may name one step twice.
                if steps.iter().all(|known| known.at != step.at) {
                    steps.push(step);
                }
                return;
            }
            for (_, value) in pairs {
                find(value, steps, budget);
            }
        }
    }
}

/// A step that caches; nothing for every other part of a workflow.
fn step(node: Node<'_>) -> Option<Step> {
    let uses = node.get("uses").and_then(Node::text)?.trim();
    let with: Vec<(String, String)> = match node.get("with").map(Node::kind) {
        Some(Kind::Map(pairs)) => pairs
            .into_iter()
            .filter_map(|(key, value)| Some((key.text()?.to_owned(), value.text()?.to_owned())))
            .collect(),
        Some(Kind::Nothing | Kind::Text(_) | Kind::List(_)) | None => Vec::new(),
    };
    let theirs = Theirs::of(uses, &with)?;
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
    let id = node.get("id").and_then(Node::text).map(str::to_owned);
    // What a step that sets a language up is called, and when it runs, is not about the cache.
    let is_set_up = theirs.is_set_up();
    Some(Step {
        at: node.at(),
        theirs,
        uses: uses.to_owned(),
        id: id.filter(|_| !is_set_up),
        with,
        kept: if is_set_up { Vec::new() } else { kept },
        others: if is_set_up { Vec::new() } else { others },
    })
}

fn equivalent(step: &Step, ours: &Ours) -> String {
    let mut lines = vec![format!("# line {}: {}", step.at.line, one_line(&step.uses))];
    if let Some(words) = ours.before {
        lines.push(format!("# {words}"));
    }
    lines.push("- uses: org/actions/cache-key@v1".to_owned());
    for (key, value) in &step.kept {
        lines.push(format!("  {key}: {}", scalar(value)));
    }
    if let Some(id) = &step.id {
        lines.push(format!("  id: {}", scalar(id)));
    }
    if !ours.with.is_empty() {
        lines.push("  with:".to_owned());
    }
    for (name, value) in &ours.with {
        if value.trim_end().contains('\n') {
            // The indentation is named, because the first line may begin with a space.
            lines.push(format!("    {name}: |2"));
            lines.extend(value.trim_end().lines().map(|line| format!("      {line}")));
        } else {
            lines.push(format!("    {name}: {}", scalar(value.trim())));
        }
    }
    lines.into_iter().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// A remark on a step: how grave it is, what it says, and what to do.
type Note = (Level, Text, &'static str);
