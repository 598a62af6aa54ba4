//! Everything that a change means, in one answer.

use std::borrow::Cow;
use std::collections::BTreeSet;

use ecosystems::rules::{Mark, Outcome, Rules};
use ecosystems::workspaces::{Touch, is_compared};
use repo_model::{Change, ChangeSet, Entry, Glob, Kind, Rename, RepoPath};

use crate::filters::{Filter, Filters, Found, Looked, Quantifier, Statuses};
use crate::impact::{self, Follow, Graph, Impact, Marks, Node};
use crate::services::{self, Services, first_match};

/// What is known of the change.
#[derive(Clone, Copy, Debug)]
pub enum Known<'a> {
    /// There is nothing to look at: the branch was deleted.
    Nothing,
    /// These paths differ.
    Changes(&'a ChangeSet),
    /// No base is known: everything counts as changed.
    Unknown,
}

/// Everything that a decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The change.
    pub known: Known<'a>,
    /// The files that moved, where renames are paired.
    pub renames: Option<&'a [Rename]>,
    /// The files of the head; empty if nobody asks for services.
    pub head: &'a [Entry],
    /// Where links of the head lead, as far as services need it.
    pub links: Option<&'a services::Links>,
    /// The filters, if any.
    pub filters: Option<&'a Filters>,
    /// How their patterns come together.
    pub quantifier: Quantifier,
    /// Which files count.
    pub scope: Scope,
    /// Which services are looked for, if any.
    pub services: Option<&'a services::Wanted>,
    /// The packages that were read.
    pub graphs: &'a [Graph],
    /// Rules that mark packages, if any.
    pub rules: Option<&'a Rules>,
    /// Paths whose change affects every service and package.
    pub global: &'a [Glob],
    /// Paths whose change affects no service and no package.
    pub ignore: &'a [Glob],
}

/// Which changed files count at all.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// What may have happened to them.
    pub statuses: Statuses,
    /// Whether symbolic links count.
    pub symlinks: bool,
    /// Whether submodules count.
    pub submodules: bool,
}

impl Default for Scope {
    fn default() -> Self {
        Self { statuses: Statuses::ALL, symlinks: true, submodules: true }
    }
}

/// How much changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Nothing.
    Nothing,
    /// The files that are listed.
    Files,
    /// Nobody knows, so everything counts as changed.
    Unknown,
}

/// What a change means.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// How much changed.
    pub extent: Extent,
    /// The changed files that count, in order; empty where they are not known.
    pub changes: Cow<'a, ChangeSet>,
    /// The files that moved, where renames are paired.
    pub renames: &'a [Rename],
    /// What each filter found. Where nothing is known every filter that has a pattern matches.
    pub filters: Vec<FilterResult<'a>>,
    /// The services.
    pub services: Services,
    /// Why each service is affected, in their order; nothing for one that is not.
    pub service_causes: Vec<Option<services::Cause>>,
    /// What the change means for each package.
    pub impact: Impact,
    /// The change of a file that affects everything, and the pattern that names it.
    pub global: Option<(usize, &'a str)>,
    /// The places of the changes that no graph answers for, where there are graphs.
    pub nobodys: Vec<usize>,
}

/// What a filter found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterResult<'a> {
    /// What it found among the known files.
    pub found: Found<'a>,
    /// Whether it matches.
    pub matches: bool,
}

impl Decision<'_> {
    /// Whether anything changed, or nobody knows.
    pub fn any(&self) -> bool {
        match self.extent {
            Extent::Nothing => false,
            Extent::Files => !self.changes.is_empty(),
            Extent::Unknown => true,
        }
    }

    /// Whether everything is affected.
    pub fn all(&self) -> bool {
        self.extent == Extent::Unknown || self.global.is_some()
    }
}

/// What the change means.
pub fn decide<'a>(facts: &Facts<'a>) -> Decision<'a> {
    let changes = match facts.known {
        Known::Changes(changes) => counted(changes, facts.scope),
        Known::Nothing | Known::Unknown => Cow::Owned(ChangeSet::default()),
    };
    let extent = match facts.known {
        Known::Nothing => Extent::Nothing,
        Known::Unknown => Extent::Unknown,
        Known::Changes(_) if changes.is_empty() => Extent::Nothing,
        Known::Changes(_) => Extent::Files,
    };
    let renames = facts.renames.unwrap_or_default();
    let filters = filters(facts, &changes, renames, extent);
    let effective = effective(&changes, facts.ignore);
    let global = first_match(facts.global, &effective).and_then(|(place, pattern)| {
        Some((original(&changes, &effective, place)?, pattern.as_str()))
    });
    let impact = impact(facts, &changes, &effective, extent, global.map(|(place, _)| place));
    let (services, service_causes) = services(facts, &changes, &effective, &impact, extent, global);
    let nobodys = nobodys(facts.graphs, &changes, &effective);
    Decision {
        extent,
        changes,
        renames,
        filters,
        services,
        service_causes,
        impact,
        global,
        nobodys,
    }
}

/// The changes that count.
fn counted(changes: &ChangeSet, scope: Scope) -> Cow<'_, ChangeSet> {
    let counts = |change: &&Change| {
        let is = |kind: Kind| {
            let sides = [change.old, change.new].into_iter().flatten();
            sides.clone().next().is_some() && sides.clone().all(|side| side.kind == kind)
        };
        scope.statuses.meets(Statuses::of(change))
            && (scope.symlinks || !is(Kind::Symlink))
            && (scope.submodules || !is(Kind::Submodule))
    };
    if changes.iter().all(|change| counts(&change)) {
        return Cow::Borrowed(changes);
    }
    Cow::Owned(ChangeSet::new(changes.iter().filter(counts).cloned().collect()))
}

/// The changes that no pattern of `ignore` names.
fn effective<'c>(changes: &'c ChangeSet, ignore: &[Glob]) -> Cow<'c, ChangeSet> {
    if ignore.is_empty() {
        return Cow::Borrowed(changes);
    }
    let (excludes, includes): (Vec<&Glob>, Vec<&Glob>) =
        ignore.iter().partition(|pattern| pattern.is_negated());
    let is_ignored = |path: &[u8]| {
        includes.iter().any(|pattern| pattern.is_match(path))
            && excludes.iter().all(|pattern| pattern.is_match(path))
    };
    let kept = changes.iter().filter(|change| !is_ignored(change.path.as_bytes()));
    Cow::Owned(ChangeSet::new(kept.cloned().collect()))
}

/// The place among all changes of one among fewer.
fn original(changes: &ChangeSet, fewer: &ChangeSet, place: usize) -> Option<usize> {
    place_of(changes, fewer.as_slice().get(place)?.path.as_bytes())
}

fn place_of(changes: &ChangeSet, path: &[u8]) -> Option<usize> {
    changes.as_slice().binary_search_by(|change| change.path.as_bytes().cmp(path)).ok()
}

fn filters<'a>(
    facts: &Facts<'a>,
    changes: &ChangeSet,
    renames: &[Rename],
    extent: Extent,
) -> Vec<FilterResult<'a>> {
    let Some(filters) = facts.filters else { return Vec::new() };
    let moved: BTreeSet<&[u8]> = renames.iter().map(|rename| rename.to.as_bytes()).collect();
    let look = |change: &'_ Change| {
        let statuses = Statuses::of(change);
        let is_moved = moved.contains(change.path.as_bytes());
        if is_moved { statuses.and(Statuses::RENAMED) } else { statuses }
    };
    let looked: Vec<Looked<'_>> = changes
        .iter()
        .map(|change| Looked { path: change.path.as_bytes(), statuses: look(change) })
        .collect();
    let found = filters.found(&looked, facts.quantifier);
    let with_patterns = filters.all().iter().map(Filter::has_patterns);
    found
        .into_iter()
        .zip(with_patterns)
        .map(|(found, has_patterns)| {
            let matches = match extent {
                Extent::Unknown => has_patterns,
                Extent::Nothing | Extent::Files => !found.files.is_empty(),
            };
            FilterResult { found, matches }
        })
        .collect()
}

fn impact(
    facts: &Facts<'_>,
    changes: &ChangeSet,
    effective: &ChangeSet,
    extent: Extent,
    global: Option<usize>,
) -> Impact {
    let mut marks = Marks::default();
    if extent == Extent::Unknown {
        marks.everything = Some(impact::Cause::Unknown);
    } else if let Some(place) = global {
        marks.everything = Some(impact::Cause::Global(place));
    }
    let mut skipped: BTreeSet<&[u8]> = BTreeSet::new();
    let mut follow: Vec<Follow> = Vec::new();
    if let Some(rules) = facts.rules {
        for change in effective {
            let path = change.path.as_bytes();
            let Some(place) = place_of(changes, path) else { continue };
            let cause = impact::Cause::PathRule(place);
            match rules.apply(path, is_known(facts.graphs, path)) {
                Outcome::All(_) => {
                    marks.everything.get_or_insert(cause);
                }
                Outcome::Nobodys => {
                    marks.everything.get_or_insert(impact::Cause::Nobodys(place));
                }
                Outcome::Packages { named, nearest } => {
                    let named = named.iter().map(|(name, _)| name.name.as_str());
                    let nodes = named.flat_map(|name| nodes(facts.graphs, name));
                    marks.packages.extend(nodes.map(|node| (node, cause.clone())));
                    if !nearest {
                        skipped.insert(path);
                    }
                }
            }
        }
        for rule in &rules.package_rules {
            let of_names = |names: &[ecosystems::rules::Name]| -> Vec<Node> {
                names.iter().flat_map(|name| nodes(facts.graphs, &name.name)).collect()
            };
            let mark = match &rule.mark_changed {
                Mark::All => all_nodes(facts.graphs).collect(),
                Mark::Packages(names) => of_names(names),
            };
            follow.push(Follow { on: of_names(&rule.on_affected), mark });
        }
    }
    let counts = |touch: &Touch| {
        let path = touch.path.as_bytes();
        let is_skipped = skipped.contains(path) && (touch.what.is_none() || !is_compared(path));
        effective.of(path).is_some() && !is_skipped
    };
    marks.follow = &follow;
    Impact::new(facts.graphs, marks, &counts)
}

/// Whether a graph answers for a changed path.
fn is_known(graphs: &[Graph], path: &[u8]) -> bool {
    let is_in = |known: &[RepoPath]| known.binary_search_by(|it| it.as_bytes().cmp(path)).is_ok();
    graphs.iter().any(|graph| is_in(&graph.reading.known))
}

/// The places of the changes that nobody answers for.
fn nobodys(graphs: &[Graph], changes: &ChangeSet, effective: &ChangeSet) -> Vec<usize> {
    if graphs.is_empty() {
        return Vec::new();
    }
    let paths = effective.iter().map(|change| change.path.as_bytes());
    let unknown = paths.filter(|path| !is_known(graphs, path));
    unknown.filter_map(|path| place_of(changes, path)).collect()
}

/// The names in rules that no package has.
pub fn unknown_names<'a>(rules: &'a Rules, graphs: &[Graph]) -> Vec<&'a ecosystems::rules::Name> {
    let of_mark = |mark: &'a Mark| match mark {
        Mark::All => &[][..],
        Mark::Packages(names) => names.as_slice(),
    };
    let of_paths = rules.path_rules.iter().flat_map(|rule| of_mark(&rule.mark_changed));
    let of_packages = rules
        .package_rules
        .iter()
        .flat_map(|rule| rule.on_affected.iter().chain(of_mark(&rule.mark_changed)));
    let is_unknown = |name: &&ecosystems::rules::Name| nodes(graphs, &name.name).next().is_none();
    of_paths.chain(of_packages).filter(is_unknown).collect()
}

fn all_nodes(graphs: &[Graph]) -> impl Iterator<Item = Node> {
    graphs.iter().enumerate().flat_map(|(graph, read)| {
        (0..read.reading.packages.len()).map(move |package| Node { graph, package })
    })
}

/// The packages of this name, in whatever graph.
pub fn nodes<'a>(graphs: &'a [Graph], name: &'a str) -> impl Iterator<Item = Node> + 'a {
    graphs.iter().enumerate().flat_map(move |(graph, read)| {
        let packages = read.reading.packages.iter().enumerate();
        let named = packages.filter(move |(_, package)| package.name == name);
        named.map(move |(package, _)| Node { graph, package })
    })
}

fn services(
    facts: &Facts<'_>,
    changes: &ChangeSet,
    effective: &ChangeSet,
    impact: &Impact,
    extent: Extent,
    global: Option<(usize, &str)>,
) -> (Services, Vec<Option<services::Cause>>) {
    let Some(wanted) = facts.services else { return Default::default() };
    let services = Services::find(wanted, facts.head, facts.links, Some(changes));
    if extent == Extent::Unknown {
        let causes = vec![Some(services::Cause::Unknown); services.all.len()];
        return (services, causes);
    }
    let affected: Vec<(&[u8], Node)> = impact
        .all()
        .filter(|(_, effect)| effect.affected.is_some())
        .filter_map(|(node, _)| {
            let package = impact::package(facts.graphs, node)?;
            Some((package.folder.as_slice(), node))
        })
        .collect();
    let mut causes = services.causes(wanted, effective, &affected);
    for cause in &mut causes {
        match cause {
            Some(
                services::Cause::File(place)
                | services::Cause::Depends { change: place, .. }
                | services::Cause::Link { change: place, .. },
            ) => {
                if let Some(all) = original(changes, effective, *place) {
                    *place = all;
                }
            }
            Some(_) => {}
            None => *cause = global.map(|(place, _)| services::Cause::Global(place)),
        }
    }
    (services, causes)
}
