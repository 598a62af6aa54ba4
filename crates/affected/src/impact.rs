//! Which packages a change affects, and through which chain.
//!
//! A touched package affects whoever needs it to be built or used, and those in turn; whoever needs it
//! only for tests of its own is affected, but nobody beyond. That is how cargo builds: a dev-dependency
//! is never part of what others use (The Cargo Book, "Development dependencies").
//!
//! Chains are the shortest there are, found breadth first in the order of the packages, so that the
//! same facts give the same reasons.

use std::collections::{BTreeMap, VecDeque};

use ecosystems::workspaces::{NeedKind, Package, Reach, Reading, Touch};

/// The packages of one ecosystem.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Its name: `cargo`, `npm`, `go`.
    pub ecosystem: &'static str,
    /// What was read of it.
    pub reading: Reading,
}

/// A package among all graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// The place of its graph.
    pub graph: usize,
    /// Its place in the graph.
    pub package: usize,
}

/// Why a package is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The change touches it: the place of the touch in its graph.
    Touch(usize),
    /// It needs a package that is affected.
    Needs {
        /// Which.
        on: Node,
        /// What for.
        kind: NeedKind,
    },
    /// A rule marks it because of a changed path: the place of the change.
    PathRule(usize),
    /// A rule marks it because of another package.
    PackageRule(Node),
    /// Everything is affected because of a changed path: the place of the change.
    Global(usize),
    /// Everything is affected because of a changed path that is in no package and that no rule names:
    /// the place of the change.
    Nobodys(usize),
    /// Everything is affected because nothing is known of the change.
    Unknown,
}

/// What a change means for one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Why it has to be built and tested; nothing if it need not be.
    pub affected: Option<Cause>,
    /// Why it has to be linted: the change touches it by itself.
    pub direct: Option<Cause>,
    /// Whether it is affected or something affected is built from it.
    pub is_required: bool,
    /// Why those who need it are affected too; nothing if they are not.
    passed_on: Option<Cause>,
}

/// What a change means for every package of every graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    effects: Vec<Vec<Effect>>,
}

/// What marks packages besides their own touches.
#[derive(Debug, Default)]
pub struct Marks<'a> {
    /// Everything, for this reason.
    pub everything: Option<Cause>,
    /// Packages, each with its reason.
    pub packages: Vec<(Node, Cause)>,
    /// Packages that are affected whenever one of others is.
    pub follow: &'a [Follow],
}

/// A dependency that no manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follow {
    /// When one of these is affected,
    pub on: Vec<Node>,
    /// so are these.
    pub mark: Vec<Node>,
}

impl Impact {
    /// What `touches` of the graphs and `marks` lead to. A touch for which `counts` says no is left
    /// out.
    pub fn new(graphs: &[Graph], marks: Marks<'_>, counts: &dyn Fn(&Touch) -> bool) -> Self {
        let effects: Vec<Vec<Effect>> = graphs
            .iter()
            .map(|graph| vec![Effect::default(); graph.reading.packages.len()])
            .collect();
        let mut spread = Spread { graphs, impact: Self { effects }, next: VecDeque::new() };
        spread.begin(marks.everything.as_ref(), marks.packages, counts);
        spread.run(marks.follow);
        let mut impact = spread.impact;
        impact.require(graphs);
        impact
    }

    /// What the change means for a package.
    pub fn effect(&self, node: Node) -> Option<&Effect> {
        self.effects.get(node.graph)?.get(node.package)
    }

    /// Every package with what the change means for it, in order.
    pub fn all(&self) -> impl Iterator<Item = (Node, &Effect)> {
        self.effects.iter().enumerate().flat_map(|(graph, effects)| {
            let node = move |package| Node { graph, package };
            effects.iter().enumerate().map(move |(package, effect)| (node(package), effect))
        })
    }

    /// The way from `node` back to what it began with, `node` first.
    pub fn chain(&self, node: Node) -> Vec<(Node, &Cause)> {
        let mut chain: Vec<(Node, &Cause)> = Vec::new();
        // Every step leads to something that was known earlier, so that there is no way round.
        let mut cause = self.effect(node).and_then(Effect::cause);
        let mut at = node;
        while let Some(here) = cause {
            chain.push((at, here));
            cause = match here {
                Cause::Needs { on, .. } => {
                    at = *on;
                    self.effect(*on).and_then(|effect| effect.passed_on.as_ref())
                }
                Cause::PackageRule(on) => {
                    at = *on;
                    self.effect(*on).and_then(|effect| effect.affected.as_ref())
                }
                Cause::Touch(_)
                | Cause::PathRule(_)
                | Cause::Global(_)
                | Cause::Nobodys(_)
                | Cause::Unknown => None,
            };
        }
        chain
    }

    fn require(&mut self, graphs: &[Graph]) {
        let mut next: Vec<Node> = self
            .all()
            .filter(|(_, effect)| effect.affected.is_some())
            .map(|(node, _)| node)
            .collect();
        let affected = next.len();
        let mut at = 0;
        while let Some(node) = next.get(at).copied() {
            let is_affected = at < affected;
            at += 1;
            if let Some(effect) = self.effect_mut(node) {
                effect.is_required = true;
            }
            let needs = package(graphs, node).map(|package| package.needs.as_slice());
            for need in needs.unwrap_or_default() {
                // What is only built, and not tested, needs nothing for its tests.
                if need.kind == NeedKind::Dev && !is_affected {
                    continue;
                }
                let on = Node { package: need.on, ..node };
                if let Some(effect) = self.effect_mut(on)
                    && !effect.is_required
                {
                    effect.is_required = true;
                    next.push(on);
                }
            }
        }
    }

    fn effect_mut(&mut self, node: Node) -> Option<&mut Effect> {
        self.effects.get_mut(node.graph)?.get_mut(node.package)
    }
}

impl Effect {
    /// Why the package is looked at at all.
    pub fn cause(&self) -> Option<&Cause> {
        self.affected.as_ref().or(self.direct.as_ref())
    }
}

/// The package of a node.
pub fn package(graphs: &[Graph], node: Node) -> Option<&Package> {
    graphs.get(node.graph)?.reading.packages.get(node.package)
}

/// The packages that one call of their tool can be about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace<'g> {
    /// The folder that the tool is called for.
    pub root: &'g [u8],
    /// The names of those that are affected, sorted.
    pub affected: Vec<&'g str>,
    /// The names of the others, sorted.
    pub others: Vec<&'g str>,
}

/// The workspaces of one ecosystem: the nearest to the root of the repository first.
fn workspaces<'g>(graphs: &'g [Graph], ecosystem: &str, impact: &Impact) -> Vec<Workspace<'g>> {
    let depth = |root: &[u8]| match root {
        [] => 0,
        _ => root.split(|byte| *byte == b'/').count(),
    };
    let mut found: BTreeMap<(usize, &[u8]), Workspace<'g>> = BTreeMap::new();
    for (node, effect) in impact.all() {
        let Some(graph) = graphs.get(node.graph).filter(|it| it.ecosystem == ecosystem) else {
            continue;
        };
        let Some(package) = graph.reading.packages.get(node.package) else { continue };
        let root = package.root.as_slice();
        let workspace = found.entry((depth(root), root)).or_default();
        workspace.root = root;
        let names = match effect.affected {
            Some(_) => &mut workspace.affected,
            None => &mut workspace.others,
        };
        // Packages come in the order of their names.
        names.push(&package.name);
    }
    found.into_values().collect()
}

/// The workspaces that a change affects, and the one that a call for a single workspace is about.
#[derive(Clone, Debug, Default)]
pub struct Chosen<'g> {
    /// Those with affected packages, the nearest to the root of the repository first.
    pub affected: Vec<Workspace<'g>>,
    /// The first of them; where none is affected, the nearest to the root.
    pub one: Workspace<'g>,
    /// Whether no workspace is nearer to the root than that one.
    pub is_nearest: bool,
    /// Whether all affected ones lie in its folder: one within another, such as that of cargo-fuzz, is
    /// left out of such a call on purpose more often than one beside it.
    pub are_within: bool,
}

impl<'g> Chosen<'g> {
    /// Chooses among the workspaces of one ecosystem.
    pub fn new(graphs: &'g [Graph], ecosystem: &str, impact: &Impact) -> Self {
        let all = workspaces(graphs, ecosystem, impact);
        let affected: Vec<Workspace<'g>> =
            all.iter().filter(|it| !it.affected.is_empty()).cloned().collect();
        let one = affected.first().or(all.first()).cloned().unwrap_or_default();
        let is_nearest = all.first().is_none_or(|first| first.root == one.root);
        let is_within = |it: &Workspace<'_>| {
            let rest = it.root.strip_prefix(one.root);
            rest.is_some_and(|rest| {
                one.root.is_empty() || matches!(rest.first(), None | Some(b'/'))
            })
        };
        let are_within = affected.iter().all(is_within);
        Self { affected, one, is_nearest, are_within }
    }
}

/// Breadth first, from what is touched to whoever needs it.
struct Spread<'a> {
    graphs: &'a [Graph],
    impact: Impact,
    next: VecDeque<Node>,
}

impl Spread<'_> {
    fn begin(
        &mut self,
        everything: Option<&Cause>,
        marks: Vec<(Node, Cause)>,
        counts: &dyn Fn(&Touch) -> bool,
    ) {
        for (graph, read) in self.graphs.iter().enumerate() {
            for (place, touch) in read.reading.touches.iter().enumerate() {
                if !counts(touch) {
                    continue;
                }
                let node = Node { graph, package: touch.package };
                let cause = Cause::Touch(place);
                if let Some(effect) = self.impact.effect_mut(node) {
                    effect.direct.get_or_insert(cause.clone());
                }
                match touch.reach {
                    Reach::Lint => {}
                    Reach::Own => self.mark(node, cause, false),
                    Reach::Dependents => self.mark(node, cause, true),
                }
            }
        }
        for (node, cause) in marks {
            self.mark(node, cause, true);
        }
        let Some(everything) = everything else { return };
        let all: Vec<Node> = self.impact.all().map(|(node, _)| node).collect();
        for node in all {
            self.mark(node, everything.clone(), true);
            if let Some(effect) = self.impact.effect_mut(node) {
                effect.direct.get_or_insert(everything.clone());
            }
        }
    }

    fn mark(&mut self, node: Node, cause: Cause, is_passed_on: bool) {
        let Some(effect) = self.impact.effect_mut(node) else { return };
        effect.affected.get_or_insert(cause.clone());
        if is_passed_on && effect.passed_on.is_none() {
            effect.passed_on = Some(cause);
            self.next.push_back(node);
        }
    }

    fn run(&mut self, follow: &[Follow]) {
        let needed_by = needed_by(self.graphs);
        loop {
            while let Some(on) = self.next.pop_front() {
                let users = needed_by.get(on.graph).and_then(|graph| graph.get(on.package));
                for (user, kind) in users.map(Vec::as_slice).unwrap_or_default() {
                    let node = Node { package: *user, ..on };
                    let cause = Cause::Needs { on, kind: *kind };
                    self.mark(node, cause, *kind != NeedKind::Dev);
                }
            }
            for rule in follow {
                let is_affected = |node: &&Node| {
                    self.impact.effect(**node).is_some_and(|it| it.affected.is_some())
                };
                let Some(on) = rule.on.iter().find(is_affected).copied() else { continue };
                // Also the package itself: who needs it is affected then, whatever it was affected by.
                for node in &rule.mark {
                    self.mark(*node, Cause::PackageRule(on), true);
                }
            }
            if self.next.is_empty() {
                return;
            }
        }
    }
}

/// Who needs each package, in order.
fn needed_by(graphs: &[Graph]) -> Vec<Vec<Vec<(usize, NeedKind)>>> {
    graphs
        .iter()
        .map(|graph| {
            let packages = &graph.reading.packages;
            let mut users = vec![Vec::new(); packages.len()];
            for (user, package) in packages.iter().enumerate() {
                for need in &package.needs {
                    if let Some(of) = users.get_mut::<usize>(need.on) {
                        of.push((user, need.kind));
                    }
                }
            }
            users
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ecosystems::workspaces::Need;
    use proptest::prelude::*;
    use repo_model::RepoPath;

    use super::*;

    /// `a: b c+ d?` is a package `a` that needs `b`, `c` to be built and `d` for its tests.
    fn graph(packages: &str, touches: &[(&str, Reach)]) -> Graph {
        let lines: Vec<(&str, &str)> =
            packages.split(", ").map(|line| line.split_once(':').unwrap_or((line, ""))).collect();
        let place = |name: &str| lines.iter().position(|(known, _)| *known == name).unwrap();
        let need = |word: &str| match word.split_at(word.len() - 1) {
            (name, "+") => Need { on: place(name), kind: NeedKind::Build },
            (name, "?") => Need { on: place(name), kind: NeedKind::Dev },
            _ => Need { on: place(word), kind: NeedKind::Normal },
        };
        let package = |(name, needs): &(&str, &str)| Package {
            name: (*name).to_owned(),
            folder: name.as_bytes().to_vec(),
            root: name.split('-').next().unwrap().as_bytes().to_vec(),
            needs: needs.split_whitespace().map(need).collect(),
        };
        let touch = |(name, reach): &(&str, Reach)| Touch {
            package: place(name),
            reach: *reach,
            path: RepoPath::of_git(format!("{name}/x").as_bytes()).unwrap(),
            what: None,
        };
        let reading = Reading {
            packages: lines.iter().map(package).collect(),
            touches: touches.iter().map(touch).collect(),
            ..Reading::default()
        };
        Graph { ecosystem: "cargo", reading }
    }

    fn names(graphs: &[Graph], impact: &Impact, of: impl Fn(&Effect) -> bool) -> String {
        let named = impact.all().filter(|(_, effect)| of(effect));
        let words: Vec<&str> =
            named.map(|(node, _)| package(graphs, node).unwrap().name.as_str()).collect();
        words.join(" ")
    }

    #[track_caller]
    fn check(packages: &str, touches: &[(&str, Reach)], wanted: [&str; 3]) -> Impact {
        let graphs = [graph(packages, touches)];
        let impact = Impact::new(&graphs, Marks::default(), &|_| true);
        let found = [
            names(&graphs, &impact, |effect| effect.direct.is_some()),
            names(&graphs, &impact, |effect| effect.affected.is_some()),
            names(&graphs, &impact, |effect| effect.is_required),
        ];
        assert_eq!(found, wanted.map(str::to_owned), "{packages}");
        impact
    }

    #[test]
    fn whoever_needs_a_touched_package_is_affected() {
        let all = [Reach::Dependents];
        for reach in all {
            check("a:b, b:c, c, d", &[("c", reach)], ["c", "a b c", "a b c"]);
        }
        check("a:b, b:c+, c", &[("c", Reach::Dependents)], ["c", "a b c", "a b c"]);
        check("a:b, b:c, c", &[("b", Reach::Dependents)], ["b", "a b", "a b c"]);
    }

    #[test]
    fn a_need_for_tests_goes_one_step() {
        check("a:b, b:c?, c", &[("c", Reach::Dependents)], ["c", "b c", "b c"]);
        // Whoever is only built for others needs nothing for tests of its own.
        check("a:b, b:c?, c", &[("a", Reach::Dependents)], ["a", "a", "a b"]);
        // Two packages may need each other for their tests.
        check("a:b, b:a?, c:b", &[("a", Reach::Dependents)], ["a", "a b", "a b"]);
    }

    #[test]
    fn own_tests_and_lints_reach_nobody_else() {
        check("a:b, b", &[("b", Reach::Own)], ["b", "b", "b"]);
        check("a:b, b", &[("b", Reach::Lint)], ["b", "", ""]);
        check("a:b, b", &[("b", Reach::Own), ("b", Reach::Dependents)], ["b", "a b", "a b"]);
        // What comes through a dependency passes on, even where own tests changed first.
        check(
            "a:b, b:c, c",
            &[("b", Reach::Own), ("c", Reach::Dependents)],
            ["b c", "a b c", "a b c"],
        );
    }

    #[test]
    fn a_circle_comes_to_an_end() {
        let impact = check("a:b, b:a", &[("a", Reach::Dependents)], ["a", "a b", "a b"]);
        let chain = impact.chain(Node { graph: 0, package: 1 });
        assert_eq!(chain.len(), 2);
    }

    #[test]
    fn a_rule_that_marks_what_it_is_for_passes_it_on() {
        let graphs = [graph("a:b, b:c?, c", &[("c", Reach::Dependents)])];
        let node = |package| Node { graph: 0, package };
        let follow = [Follow { on: vec![node(1)], mark: vec![node(1)] }];
        let marks = Marks { follow: &follow, ..Marks::default() };
        let impact = Impact::new(&graphs, marks, &|_| true);
        assert_eq!(names(&graphs, &impact, |effect| effect.affected.is_some()), "a b c");
        assert_eq!(impact.chain(node(0)).len(), 4);
    }

    #[test]
    fn rules_and_everything_mark_what_no_manifest_says() {
        let graphs = [graph("a:b, b, c, d:c", &[("b", Reach::Dependents)])];
        let node = |package| Node { graph: 0, package };
        let follow = [Follow { on: vec![node(0)], mark: vec![node(2), node(0)] }];
        let marks = Marks { follow: &follow, ..Marks::default() };
        let impact = Impact::new(&graphs, marks, &|_| true);
        assert_eq!(names(&graphs, &impact, |effect| effect.affected.is_some()), "a b c d");
        assert_eq!(impact.chain(node(3)).len(), 4);
        // Own tests mark by a rule what leads back to where it began.
        let graphs = [graph("a, b:c, c", &[("b", Reach::Own)])];
        let follow = [Follow { on: vec![node(1)], mark: vec![node(2)] }];
        let marks = Marks { follow: &follow, ..Marks::default() };
        let impact = Impact::new(&graphs, marks, &|_| true);
        assert_eq!(impact.chain(node(2)).len(), 2);
        assert_eq!(impact.chain(node(1)).len(), 1);
        let graphs = [graph("a:b, b, c, d:c", &[])];
        let marks = Marks { packages: vec![(node(2), Cause::PathRule(5))], ..Marks::default() };
        let impact = Impact::new(&graphs, marks, &|_| false);
        assert_eq!(names(&graphs, &impact, |effect| effect.affected.is_some()), "c d");
        let marks = Marks { everything: Some(Cause::Unknown), ..Marks::default() };
        let impact = Impact::new(&graphs, marks, &|_| true);
        assert_eq!(names(&graphs, &impact, |effect| effect.direct.is_some()), "a b c d");
    }

    #[test]
    fn workspaces_are_told_from_the_root_on() {
        // The part before a `-` is the root here.
        let graphs = [graph("b/c-one:a-one, b/c-two, a-one, a-two, d", &[("a-one", Reach::Own)])];
        let impact = Impact::new(&graphs, Marks::default(), &|_| true);
        let found = workspaces(&graphs, "cargo", &impact);
        let told = |it: &Workspace<'_>| {
            let root = String::from_utf8(it.root.to_vec()).unwrap();
            format!("{root}: {} | {}", it.affected.join(" "), it.others.join(" "))
        };
        let told: Vec<String> = found.iter().map(told).collect();
        assert_eq!(told, ["a: a-one | a-two", "d:  | d", "b/c:  | b/c-one b/c-two"]);
        assert!(workspaces(&graphs, "npm", &impact).is_empty());
    }

    #[test]
    fn one_workspace_is_chosen_and_it_is_known_whether_others_lie_beside_it() {
        let check = |touched: &[(&str, Reach)], wanted: (&[u8], usize, bool, bool)| {
            // The part before a `-` is the root here.
            let graphs = [graph("a-one, ab-one, a/c-one", touched)];
            let impact = Impact::new(&graphs, Marks::default(), &|_| true);
            let chosen = Chosen::new(&graphs, "cargo", &impact);
            let Chosen { affected, one, is_nearest, are_within } = chosen;
            assert_eq!((one.root, affected.len(), is_nearest, are_within), wanted);
        };
        check(&[], (b"a", 0, true, true));
        check(&[("a-one", Reach::Own)], (b"a", 1, true, true));
        check(&[("a-one", Reach::Own), ("a/c-one", Reach::Own)], (b"a", 2, true, true));
        check(&[("a-one", Reach::Own), ("ab-one", Reach::Own)], (b"a", 2, true, false));
        check(&[("a/c-one", Reach::Own)], (b"a/c", 1, false, true));
        check(&[("ab-one", Reach::Own), ("a/c-one", Reach::Own)], (b"ab", 2, false, false));
    }

    proptest! {
        #[test]
        fn more_touches_never_affect_fewer(
            needs in proptest::collection::vec((0..8_usize, 0..8_usize, 0..3_usize), 0..20),
            touched in proptest::collection::vec((0..8_usize, 0..3_usize), 0..6),
        ) {
            let kinds = [NeedKind::Normal, NeedKind::Build, NeedKind::Dev];
            let reaches = [Reach::Lint, Reach::Own, Reach::Dependents];
            let mut graph = graph("a, b, c, d, e, f, g, h", &[]);
            for (from, on, kind) in needs {
                graph.reading.packages[from].needs.push(Need { on, kind: kinds[kind] });
            }
            let mut before = String::new();
            for (package, reach) in touched {
                graph.reading.touches.push(Touch {
                    package,
                    reach: reaches[reach],
                    path: RepoPath::of_git(b"x").unwrap(),
                    what: None,
                });
                let graphs = [graph.clone()];
                let impact = Impact::new(&graphs, Marks::default(), &|_| true);
                let now = names(&graphs, &impact, |effect| effect.affected.is_some());
                prop_assert!(before.split(' ').all(|name| now.contains(name)), "{before} | {now}");
                for (node, effect) in impact.all() {
                    prop_assert!(effect.affected.is_none() || effect.is_required);
                    if effect.affected.is_some() {
                        let chain = impact.chain(node);
                        prop_assert!(matches!(chain.last(), Some((_, Cause::Touch(_)))));
                        prop_assert!(chain.len() <= 8);
                    }
                }
                before = now;
            }
        }
    }
}
