//! The change plan, version 1: what changed and what follows, with every reason, for other tools.
//!
//! JSON with integers and text only. A path that is not UTF-8 stands as `path_hex` instead of `path`.
//! Files are named by their place in `files`, so that the document grows with the change and not with
//! its square.

use std::collections::BTreeMap;

use affected::base::{Base, Resolution};
use affected::filters::Statuses;
use affected::impact::{Cause, Graph, Node, package};
use affected::{Decision, services};
use diagnostics::Text;
use ecosystems::workspaces::{NeedKind, Reach};
use repo_model::{Change, RepoPath, hexadecimal};
use serde::Serialize;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// Everything, as one document.
#[derive(Clone, Debug, Serialize)]
pub struct PlanDocument<'a> {
    #[serde(rename = "signalbox-changes")]
    version: u32,
    any: bool,
    all: bool,
    reason: &'static str,
    base: Option<String>,
    head: Option<String>,
    merge_base: Option<String>,
    degraded: bool,
    steps: Vec<StepEntry<'a>>,
    /// Nothing where nobody knows what changed.
    files: Option<Vec<FileEntry<'a>>>,
    filters: Vec<FilterEntry<'a>>,
    services: Vec<ServiceEntry<'a>>,
    services_deleted: &'a [String],
    packages: Vec<PackageEntry<'a>>,
}

/// One rung on the way to the base.
#[derive(Clone, Debug, Serialize)]
struct StepEntry<'a> {
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    about: Option<&'a str>,
    taken: bool,
}

/// A path, exactly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PathEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_hex: Option<String>,
}

impl<'a> PathEntry<'a> {
    pub(crate) fn of(path: &'a [u8]) -> Self {
        match std::str::from_utf8(path) {
            Ok(text) => Self { path: Some(text), path_hex: None },
            Err(_) => Self { path: None, path_hex: Some(hexadecimal(path)) },
        }
    }
}

#[derive(Clone, Debug, Serialize)]
struct FileEntry<'a> {
    #[serde(flatten)]
    path: PathEntry<'a>,
    status: char,
    /// The old name of a file that moved here.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<PathEntry<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct FilterEntry<'a> {
    name: &'a str,
    matches: bool,
    files: &'a [u32],
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
}

#[derive(Clone, Debug, Serialize)]
struct ServiceEntry<'a> {
    name: &'a str,
    #[serde(flatten)]
    path: PathEntry<'a>,
    affected: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<ReasonEntry<'a>>,
}

#[derive(Clone, Debug, Serialize)]
struct PackageEntry<'a> {
    ecosystem: &'static str,
    name: &'a str,
    #[serde(flatten)]
    path: PathEntry<'a>,
    direct: bool,
    affected: bool,
    required: bool,
    /// From this package back to the change.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    why: Vec<ReasonEntry<'a>>,
}

/// One link of a chain.
#[derive(Clone, Debug, Serialize)]
struct ReasonEntry<'a> {
    kind: &'static str,
    /// The place of a changed file.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<usize>,
    /// The name of a package.
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<&'a str>,
    /// What in the file it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
    /// The link in a service that leads to the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<PathEntry<'a>>,
}

impl ReasonEntry<'_> {
    fn new(kind: &'static str) -> Self {
        Self { kind, file: None, package: None, pattern: None, what: None, link: None }
    }
}

impl<'a> PlanDocument<'a> {
    /// The document for a decision.
    pub fn new(
        resolution: &'a Resolution,
        decision: &'a Decision<'a>,
        graphs: &'a [Graph],
    ) -> Self {
        let step = |step: &'a affected::base::Step| StepEntry {
            reason: step.why.word(),
            about: step.about.as_deref(),
            taken: step.is_taken,
        };
        let filter = |result: &'a affected::FilterResult<'a>| FilterEntry {
            name: result.found.name,
            matches: result.matches,
            files: &result.found.files,
            pattern: result.found.pattern,
        };
        let services = decision.services.all.iter().zip(&decision.service_causes);
        Self {
            version: VERSION,
            any: decision.any(),
            all: decision.all(),
            reason: resolution.reason.word(),
            base: base_id(resolution),
            head: resolution.head.as_ref().map(ToString::to_string),
            merge_base: resolution.merge_base.as_ref().map(ToString::to_string),
            degraded: resolution.is_degraded,
            steps: resolution.steps.iter().map(step).collect(),
            files: (resolution.base != Base::Unknown).then(|| files(decision)),
            filters: decision.filters.iter().map(filter).collect(),
            services: services
                .map(|(service, cause)| ServiceEntry {
                    name: &service.name,
                    path: PathEntry::of(&service.folder),
                    affected: cause.is_some(),
                    why: cause.as_ref().map(|cause| service_reason(cause, graphs)),
                })
                .collect(),
            services_deleted: &decision.services.deleted,
            packages: packages(decision, graphs),
        }
    }
}

/// The commit that is compared with, if it is one.
pub(crate) fn base_id(resolution: &Resolution) -> Option<String> {
    match &resolution.base {
        Base::Commit(commit) => Some(commit.to_string()),
        Base::Empty | Base::Deleted | Base::Unknown => None,
    }
}

fn files<'a>(decision: &'a Decision<'_>) -> Vec<FileEntry<'a>> {
    let renames = decision.renames.iter().map(|rename| (&rename.to, &rename.from));
    let renames: BTreeMap<&RepoPath, &RepoPath> = renames.collect();
    let file = |change: &'a Change| {
        let from = renames.get(&change.path);
        FileEntry {
            path: PathEntry::of(change.path.as_bytes()),
            status: if from.is_some() { 'R' } else { change.status.letter() },
            from: from.map(|from| PathEntry::of(from.as_bytes())),
        }
    };
    decision.changes.iter().map(file).collect()
}

fn service_reason<'a>(cause: &'a services::Cause, graphs: &'a [Graph]) -> ReasonEntry<'a> {
    match cause {
        services::Cause::File(file) => {
            ReasonEntry { file: Some(*file), ..ReasonEntry::new("file") }
        }
        services::Cause::Depends { change, pattern } => ReasonEntry {
            file: Some(*change),
            pattern: Some(pattern),
            ..ReasonEntry::new("depends")
        },
        services::Cause::Link { change, link } => ReasonEntry {
            file: Some(*change),
            link: Some(PathEntry::of(link)),
            ..ReasonEntry::new("link")
        },
        services::Cause::Package(node) => {
            ReasonEntry { package: name(*node, graphs), ..ReasonEntry::new("package") }
        }
        services::Cause::Global(file) => {
            ReasonEntry { file: Some(*file), ..ReasonEntry::new("global") }
        }
        services::Cause::Unknown => ReasonEntry::new("unknown"),
    }
}

fn packages<'a>(decision: &'a Decision<'_>, graphs: &'a [Graph]) -> Vec<PackageEntry<'a>> {
    let entry = |(node, effect): (Node, &affected::impact::Effect)| {
        let package = package(graphs, node)?;
        let chain = decision.impact.chain(node);
        Some(PackageEntry {
            ecosystem: graphs.get(node.graph)?.ecosystem,
            name: &package.name,
            path: PathEntry::of(&package.folder),
            direct: effect.direct.is_some(),
            affected: effect.affected.is_some(),
            required: effect.is_required,
            why: chain.iter().map(|(node, cause)| reason(*node, cause, decision, graphs)).collect(),
        })
    };
    decision.impact.all().filter_map(entry).collect()
}

fn reason<'a>(
    node: Node,
    cause: &Cause,
    decision: &Decision<'_>,
    graphs: &'a [Graph],
) -> ReasonEntry<'a> {
    match cause {
        Cause::Touch(touch) => {
            let touches = graphs.get(node.graph).map(|graph| &graph.reading.touches);
            let Some(touch) = touches.and_then(|touches| touches.get(*touch)) else {
                return ReasonEntry::new("file");
            };
            let kind = match touch.reach {
                Reach::Lint => "lint",
                Reach::Own => "own-tests",
                Reach::Dependents => "file",
            };
            ReasonEntry {
                file: place(&touch.path, decision),
                what: touch.what.as_ref().map(Text::unescaped),
                ..ReasonEntry::new(kind)
            }
        }
        Cause::Needs { on, kind } => {
            let kind = match kind {
                NeedKind::Normal => "needs",
                NeedKind::Build => "needs-to-build",
                NeedKind::Dev => "needs-for-tests",
            };
            ReasonEntry { package: name(*on, graphs), ..ReasonEntry::new(kind) }
        }
        Cause::PathRule(file) => ReasonEntry { file: Some(*file), ..ReasonEntry::new("path-rule") },
        Cause::PackageRule(on) => {
            ReasonEntry { package: name(*on, graphs), ..ReasonEntry::new("package-rule") }
        }
        Cause::Global(file) => ReasonEntry { file: Some(*file), ..ReasonEntry::new("global") },
        Cause::Nobodys(file) => ReasonEntry { file: Some(*file), ..ReasonEntry::new("nobodys") },
        Cause::Unknown => ReasonEntry::new("unknown"),
    }
}

fn place(path: &RepoPath, decision: &Decision<'_>) -> Option<usize> {
    decision.changes.as_slice().binary_search_by(|change| change.path.cmp(path)).ok()
}

fn name(node: Node, graphs: &[Graph]) -> Option<&str> {
    package(graphs, node).map(|package| package.name.as_str())
}

/// The status of a change as a word for filters.
pub fn word(change: &Change) -> &'static str {
    let statuses = Statuses::of(change);
    // A type change is two statuses; its own word is the better one.
    let mut words = Statuses::WORDS.iter().rev();
    words.find(|(_, _, status)| status.meets(statuses)).map_or("changed", |(word, _, _)| word)
}
