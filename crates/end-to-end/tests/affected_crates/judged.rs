//! Ours beside determinator's, on changes of workspaces that are made up.
//!
//! Determinator goes by places: every byte of a file below a member counts as a change of what the
//! member is built from, every byte of the root's manifest, and every file outside of all members, as
//! one of everything. It also builds every member in its head, before and after, and compares; a new
//! version differs there, even if no source reads it. So it is asked twice. First without the files
//! whose place says more than their meaning does, and without such versions, so that what is left are
//! real reasons: that answer, and what the changes say of themselves, must never miss in
//! ours. Then with all files: what is not in that answer must not be in ours either, unless one of
//! [`Excess`] explains it by the way that leads from there to what changed.
//!
//! Determinator answers for the members of one workspace. What is around them, and what a lock file
//! changes in it, is worked out from the world as it was made: [`reached`] is what ours must hold, and
//! together with [`own`] all that it may.

use std::collections::{BTreeMap, BTreeSet};

use affected::filters::Quantifier;
use affected::impact::{Graph, package};
use affected::{Facts, Known, Scope, decide};
use ecosystems::rules::Rules;
use ecosystems::workspaces::{Sides, cargo};
use repo_model::{Change, ChangeSet, Kind, MemoryTree, RepoPath, Side, Status};
use testkit::Scratch;

use crate::change::{Meaning, UNOWNED, change, compared};
use crate::model::{in_circles, own, reached, sources};
use crate::oracle::{Cargo, Question, Version, asked};
use crate::outside::ways;
use crate::rules::rules;
use crate::world::{Random, Table, World, name};

const WORLDS: u64 = 40;
const CHANGES: usize = 6;

/// A change, with both sides.
struct Case {
    old: usize,
    /// The old side without what counts for determinator alone.
    judged: usize,
    new: usize,
    changed: BTreeSet<String>,
    meaning: Meaning,
    before: World,
    world: World,
    /// Rules, and the files that they are asked with.
    rules: (String, BTreeSet<String>),
}

fn changed(old: &Version, new: &Version) -> BTreeSet<String> {
    let paths = old.files.keys().chain(new.files.keys());
    paths.filter(|path| old.files.get(*path) != new.files.get(*path)).cloned().collect()
}

fn ours(
    [old, new]: [&Version; 2],
    paths: &BTreeSet<String>,
    rules: Option<&Rules>,
) -> BTreeSet<String> {
    let side = |version: &Version, path: &String| {
        version.files.get(path).map(|_| Side { kind: Kind::File, id: None })
    };
    let each = paths.iter().map(|path| {
        let (old, new) = (side(old, path), side(new, path));
        let status = match (&old, &new) {
            (None, _) => Status::Added,
            (_, None) => Status::Deleted,
            _ => Status::Modified,
        };
        Change { path: RepoPath::of_git(path.as_bytes()).unwrap(), status, old, new }
    });
    let changes = ChangeSet::new(each.collect());
    let [base, head] = [old, new].map(|version| MemoryTree::new(&version.files).unwrap());
    let sides = Sides { base: Some(&base), head: &head, changes: &changes };
    let reading = cargo::read(&sides, &cargo::Options::default()).unwrap();
    assert_eq!(reading.problems, []);
    let graphs = [Graph { ecosystem: "cargo", reading }];
    let facts = Facts {
        known: Known::Changes(&changes),
        renames: None,
        head: &[],
        links: None,
        filters: None,
        quantifier: Quantifier::SomeWithExcludes,
        scope: Scope::default(),
        services: None,
        graphs: &graphs,
        rules,
        global: &[],
        ignore: &[],
    };
    let decision = decide(&facts);
    let affected = decision.impact.all().filter(|(_, effect)| effect.affected.is_some());
    affected.map(|(node, _)| package(&graphs, node).unwrap().name.clone()).collect()
}

/// Why ours may hold a member that determinator's does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Excess {
    /// A dependency for another platform leads to it: determinator builds for this machine alone, CI
    /// builds for more.
    OtherPlatform,
    /// A build dependency of a member without a build script leads to it: cargo locks it, and builds it
    /// as soon as there is a script. Determinator leaves it out; ours is the safe side.
    NoBuildScript,
    /// An optional dependency of another member leads to it, which nothing in this one's own build turns
    /// on: determinator builds each member alone, a workspace is mostly built as one, with features
    /// that all its members ask for together.
    NotTurnedOn,
    /// It is a package of the repository and no member, or one leads to it: determinator answers for
    /// members, and knows changes of these.
    NoMember,
    /// The toolchain changed, in the file `rust-toolchain.toml`: determinator's rules know only
    /// `rust-toolchain`, and give the other one to the package of the root, if there is one.
    Toolchain,
}

/// Worlds with their changes, resolved in folders of `scratch`.
fn made(scratch: &Scratch) -> (Vec<Version>, Vec<Case>) {
    let cargo = Cargo::find();
    let mut versions: Vec<Version> = Vec::new();
    let mut cases = Vec::new();
    for seed in 0..WORLDS {
        let mut random = Random(seed);
        let mut world = World::new(&mut random);
        versions.push(cargo.resolved(&scratch.at(format!("{}", versions.len())), &world));
        for _ in 0..CHANGES {
            let mut meaning = Meaning::default();
            let mut before = world.clone();
            let start = world.clone();
            for _ in 0..=random.below(2) {
                change(&mut world, &mut random, &mut meaning);
            }
            compared(&mut before, &world, &mut meaning);
            let (old, mut judged) = (versions.len() - 1, versions.len() - 1);
            if before.files() != start.files() {
                judged = versions.len();
                versions.push(cargo.resolved(&scratch.at(format!("{judged}")), &before));
            }
            let version = cargo.resolved(&scratch.at(format!("{}", versions.len())), &world);
            let changed = changed(&versions[old], &version);
            let new = versions.len();
            versions.push(version);
            // Around a package of the root they are its own, by place for determinator alone.
            let mut unowned = meaning.built_from.clone();
            if !world.members.values().any(|member| member.folder.is_empty()) {
                let is_unowned = |path: &&String| UNOWNED.contains(&path.as_str());
                unowned.extend(changed.iter().filter(is_unowned).cloned());
            }
            let rules = (rules(&mut random, &world), unowned);
            let case = Case {
                old,
                judged,
                new,
                changed,
                meaning,
                before: start,
                world: world.clone(),
                rules,
            };
            cases.push(case);
        }
    }
    (versions, cases)
}

#[test]
fn no_crate_is_missed_that_determinator_has_reasons_for() {
    let scratch = Scratch::new();
    let (versions, cases) = made(&scratch);
    let question = |case: &Case, old: usize, changed: &BTreeSet<String>, rules: &str| Question {
        old: versions[old].metadata.clone(),
        new: versions[case.new].metadata.clone(),
        changed: changed.clone(),
        rules: rules.to_owned(),
    };
    let questions: Vec<Question> = cases
        .iter()
        .flat_map(|case| {
            let reasons = question(case, case.judged, &case.meaning.built_from, "");
            let ruled = question(case, case.judged, &case.rules.1, &case.rules.0);
            [reasons, question(case, case.old, &case.changed, ""), ruled]
        })
        .collect();
    let answers = asked(&questions);
    let mut excesses: BTreeMap<Excess, usize> = BTreeMap::new();
    let mut sums = [0; 3];
    let mut wrong = Vec::new();
    for (case, answers) in cases.iter().zip(answers.chunks(3)) {
        let versions = [&versions[case.old], &versions[case.new]];
        let of_rules = Rules::read(b"rules.toml", case.rules.0.as_bytes()).unwrap();
        let ruled = ours(versions, &case.changed, Some(&of_rules));
        let ours = ours(versions, &case.changed, None);
        let mut needed = answers[0].clone();
        if case.meaning.is_all {
            needed.extend(case.world.members.keys().copied().map(name));
        }
        needed.extend(case.meaning.own.iter().copied().map(name));
        let sources = sources(&case.before, &case.world);
        let mut known = reached(&case.world, &sources);
        needed.extend(known.iter().cloned());
        let own = own(&case.before, &case.world);
        // What goes in a circle through tests determinator marks with more than who needs it.
        let circles = in_circles(&case.world);
        let is_in_circle = |number: &usize| circles.contains(&name(*number));
        if !case.meaning.is_all && case.meaning.own.iter().any(is_in_circle) {
            needed.retain(|name| known.contains(name) || own.contains(name));
        } else {
            let missed: Vec<&String> = answers[2].difference(&ruled).collect();
            if !missed.is_empty() {
                let done = &case.meaning.done;
                wrong.push(format!("{done:?} with {}: {missed:?} are missed", case.rules.0));
            }
        }
        let missed: Vec<&String> = needed.difference(&ours).collect();
        if !missed.is_empty() {
            wrong.push(format!("{:?}: {missed:?} are missed", case.meaning.done));
        }
        known.extend(own);
        let unknown = ours.difference(&known).filter(|_| !case.meaning.is_all);
        for odd in unknown {
            wrong.push(format!("{:?}: nothing affects {odd}", case.meaning.done));
        }
        for odd in ours.difference(&answers[1]) {
            match excess(case, odd, &sources) {
                Some(excess) => *excesses.entry(excess).or_default() += 1,
                None => wrong.push(format!("{:?}: {odd} is not affected", case.meaning.done)),
            }
        }
        for (sum, set) in sums.iter_mut().zip([&needed, &ours, &answers[1]]) {
            *sum += set.len();
        }
    }
    println!("{} changes; needed, ours, determinator's: {sums:?}; {excesses:?}", cases.len());
    assert_eq!(wrong, Vec::<String>::new(), "{}", wrong.join("\n"));
}

/// What explains that a package is in ours, if something does: a way to what changed that determinator
/// does not go.
fn excess(case: &Case, odd: &str, sources: &BTreeSet<String>) -> Option<Excess> {
    if case.changed.contains("rust-toolchain.toml") {
        return Some(Excess::Toolchain);
    }
    if !case.world.members.keys().any(|number| name(*number) == odd) {
        return Some(Excess::NoMember);
    }
    let ways = ways(&case.world);
    let has_script = |member: &str| {
        let mut named = case.world.members.iter().filter(|(number, _)| name(**number) == member);
        named.any(|(_, member)| member.files.contains_key("build.rs"))
    };
    let mut next: Vec<(&str, Option<Excess>)> = vec![(odd, None)];
    let mut seen = BTreeSet::new();
    while let Some((at, found)) = next.pop() {
        if !seen.insert((at, found)) {
            continue;
        }
        let is_outside = ["aside", "tool"].contains(&at) || case.world.outside.is_patched(at);
        let found = found.or(is_outside.then_some(Excess::NoMember));
        if found.is_some() && sources.contains(at) {
            return found;
        }
        for way in ways.get(at).into_iter().flatten() {
            let turned_on = (way.is_optional && at != odd).then_some(Excess::NotTurnedOn);
            let reason = match way.table {
                Table::Dev if at != odd => continue,
                Table::Elsewhere => Some(Excess::OtherPlatform),
                Table::Build if !has_script(at) => Some(Excess::NoBuildScript),
                Table::Normal | Table::Build | Table::Dev | Table::Here => turned_on,
            };
            next.push((&way.to, found.or(reason)));
        }
    }
    None
}
