//! A workflow or an action, as far as it is looked at (GitHub documentation, "Workflow syntax" and
//! "Metadata syntax for GitHub Actions").

use std::collections::BTreeSet;

use bstr::ByteSlice as _;
use diagnostics::yaml::{At, Node};
use diagnostics::{Foreign, Place, Positions};

/// A file that has been read.
pub(super) struct Document<'a> {
    pub(super) file: &'a [u8],
    pub(super) source: &'a str,
    positions: Positions<'a>,
    /// Whether it is a workflow, not an action.
    pub(super) is_workflow: bool,
    /// What starts it.
    pub(super) events: BTreeSet<&'a str>,
    /// The inputs that can hold no text of anybody's choice.
    pub(super) plain_inputs: BTreeSet<String>,
    pub(super) jobs: Vec<Job<'a>>,
}

/// A job; of an action, all of it.
pub(super) struct Job<'a> {
    pub(super) name: &'a str,
    pub(super) at: At,
    /// The workflow that it calls.
    pub(super) uses: Option<Node<'a>>,
    pub(super) needs: BTreeSet<&'a str>,
    pub(super) condition: Option<Node<'a>>,
    pub(super) steps: Vec<Step<'a>>,
}

/// One step.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) uses: Option<Node<'a>>,
    pub(super) run: Option<Node<'a>>,
    pub(super) with: Option<Node<'a>>,
}

impl<'a> Step<'a> {
    fn of(node: Node<'a>) -> Self {
        Self { uses: node.get("uses"), run: node.get("run"), with: node.get("with") }
    }

    /// The text of an input.
    pub(super) fn input(&self, name: &str) -> Option<Node<'a>> {
        self.with?.get(name)
    }

    /// What it uses, without the `@` and what follows, in small letters.
    pub(super) fn action(&self) -> Option<String> {
        let uses = self.uses?.text()?;
        Some(uses.split('@').next().unwrap_or(uses).trim().to_ascii_lowercase())
    }
}

impl<'a> Document<'a> {
    pub(super) fn of(file: &'a [u8], source: &'a str, root: Node<'a>) -> Self {
        let is_workflow = is_workflow(file);
        let jobs = if is_workflow {
            root.get("jobs").map(Node::pairs).unwrap_or_default().into_iter().map(job).collect()
        } else {
            let runs = root.get("runs");
            let steps =
                runs.and_then(|runs| runs.get("steps")).map(Node::items).unwrap_or_default();
            vec![Job {
                name: "",
                at: root.at(),
                uses: None,
                needs: BTreeSet::new(),
                condition: None,
                steps: steps.into_iter().map(Step::of).collect(),
            }]
        };
        Self {
            file,
            source,
            positions: Positions::of(source.as_bytes()),
            is_workflow,
            events: root.get("on").map(words).unwrap_or_default(),
            plain_inputs: plain_inputs(root),
            jobs,
        }
    }

    pub(super) fn place(&self, at: At) -> Place {
        Place::at(Foreign::from(self.file), at.line, at.column)
    }

    /// The line at a place, from its first byte.
    pub(super) fn line(&self, at: At) -> &'a str {
        let start = self.start_of(at.line);
        let rest = self.source.get(start..).unwrap_or_default();
        rest.split('\n').next().unwrap_or_default()
    }

    /// The byte with which a line begins.
    pub(super) fn start_of(&self, line: u64) -> usize {
        self.positions.line_start(line)
    }

    /// The place of a byte.
    pub(super) fn place_at(&self, at: usize) -> Place {
        let (line, column) = self.positions.at(at);
        Place::at(Foreign::from(self.file), line, column)
    }
}

/// Whether a file of this path is a workflow.
pub(super) fn is_workflow(path: &[u8]) -> bool {
    path.strip_prefix(b".github/workflows/")
        .is_some_and(|name| !name.contains(&b'/') && is_yaml(name))
}

/// Whether a file of this path is an action.
pub(super) fn is_action(path: &[u8]) -> bool {
    let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    matches!(name, b"action.yml" | b"action.yaml")
}

fn is_yaml(name: &[u8]) -> bool {
    name.ends_with_str(".yml") || name.ends_with_str(".yaml")
}

fn job<'a>((name, node): (Node<'a>, Node<'a>)) -> Job<'a> {
    let steps = node.get("steps").map(Node::items).unwrap_or_default();
    Job {
        name: name.text().unwrap_or_default(),
        at: name.at(),
        uses: node.get("uses"),
        needs: node.get("needs").map(words).unwrap_or_default(),
        condition: node.get("if"),
        steps: steps.into_iter().map(Step::of).collect(),
    }
}

/// One word, a list of them, or the keys of a map.
fn words(node: Node<'_>) -> BTreeSet<&str> {
    let keys = node.pairs().into_iter().map(|(key, _)| key);
    let all = node.items().into_iter().chain(keys).filter_map(Node::text);
    all.chain(node.text()).collect()
}

/// The inputs of a workflow that is started or called with one of a few words, or a number.
fn plain_inputs(root: Node<'_>) -> BTreeSet<String> {
    let on = root.get("on");
    let inputs = ["workflow_dispatch", "workflow_call"]
        .into_iter()
        .filter_map(|event| on?.get(event)?.get("inputs"))
        .flat_map(Node::pairs);
    let is_plain = |input: &Node<'_>| {
        let kind = input.get("type").and_then(Node::text);
        matches!(kind, Some("boolean" | "number" | "choice"))
    };
    let (plain, other): (Vec<_>, Vec<_>) = inputs.partition(|(_, input)| is_plain(input));
    let names = |pairs: Vec<(Node<'_>, Node<'_>)>| -> BTreeSet<String> {
        pairs.iter().filter_map(|(key, _)| key.text()).map(str::to_ascii_lowercase).collect()
    };
    // Of two inputs of one name, the one that takes any text counts.
    names(plain).difference(&names(other)).cloned().collect()
}
