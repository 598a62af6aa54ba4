//! What a change affects by the way in which worlds are made: what changed, and who needs it.

use std::collections::{BTreeMap, BTreeSet};

use crate::outside::{EXTERNALS, Way, external, ways};
use crate::world::{How, Member, Table, World, name};

/// What is built otherwise than before, by itself: members, the packages around them, those of the
/// registry.
pub(crate) fn sources(before: &World, now: &World) -> BTreeSet<String> {
    let differs = |(number, member): &(&usize, &Member)| {
        before.members.get(number).is_none_or(|old| is_built_otherwise(before, old, now, member))
    };
    let members = now.members.iter().filter(differs);
    let mut found: BTreeSet<String> = members.map(|(number, _)| name(*number)).collect();
    let (old, new) = (&before.outside, &now.outside);
    for number in 0..EXTERNALS {
        let is_new = |which: usize| old.versions[which][number] != new.versions[which][number];
        let is_patched = new.patched.is_some_and(|(it, _)| it == number);
        found.extend((is_new(0) && !is_patched).then(|| external(number)));
        found.extend(is_new(1).then(|| format!("nested-{}", external(number))));
    }
    if let Some((number, _)) = new.patched.filter(|it| old.patched != Some(*it)) {
        found.insert(external(number));
    }
    found.extend((old.aside != new.aside).then(|| "aside".to_owned()));
    found.extend((old.nested != new.nested).then(|| "tool".to_owned()));
    // A package at the root may read what lies around it and is not known for documentation or CI.
    let scripts = "scripts/run.sh";
    let reads = before.unowned.get(scripts) != now.unowned.get(scripts)
        || old.aside != new.aside
        || old.patched != new.patched;
    let at_root = now.members.iter().filter(|(_, member)| reads && member.folder.is_empty());
    found.extend(at_root.map(|(number, _)| name(*number)));
    found
}

fn is_built_otherwise(before: &World, old: &Member, now: &World, new: &Member) -> bool {
    let built = |member: &Member| -> BTreeMap<&str, usize> {
        let files = member.files.iter().map(|(file, times)| (*file, *times));
        files.filter(|(file, _)| file.starts_with("src/") || *file == "build.rs").collect()
    };
    // Needs for tests are the member's own.
    let needs = |world: &World, member: &Member| -> Vec<String> {
        let needs = member.needs.iter().filter(|((table, _), _)| *table != Table::Dev);
        let needs =
            needs.map(|((table, on), how)| format!("{table:?} {}", meant(world, *on, *how)));
        needs.collect()
    };
    let externals = |member: &Member| -> BTreeSet<(Table, usize)> {
        member.externals.iter().filter(|(table, _)| *table != Table::Dev).copied().collect()
    };
    old.folder != new.folder
        || built(old) != built(new)
        || before.edition_of(old) != now.edition_of(new)
        || old.version != new.version && new.reads_version
        || old.features != new.features
        || needs(before, old) != needs(now, new)
        || externals(old) != externals(new)
}

/// What a need means, however it is written.
fn meant(world: &World, on: usize, how: How) -> String {
    let has_feature = how.feature || how.inherited && world.asked.contains(&on);
    let folder = world.members.get(&on).map(|member| &member.folder);
    format!("{on} in {folder:?}, {} {} {has_feature}", how.optional, how.renamed)
}

/// Members that only their own tests, or what describes them, is new of.
pub(crate) fn own(before: &World, now: &World) -> BTreeSet<String> {
    let differs = |(number, new): &(&usize, &Member)| {
        let Some(old) = before.members.get(number) else { return true };
        let tests = |member: &Member| -> BTreeMap<&str, usize> {
            let files = member.files.iter().map(|(file, times)| (*file, *times));
            files.filter(|(file, _)| *file != "README.md").collect()
        };
        let needs = |world: &World, member: &Member| -> Vec<String> {
            let needs = member.needs.iter();
            needs
                .map(|((table, on), how)| format!("{table:?} {}", meant(world, *on, *how)))
                .collect()
        };
        old.version != new.version
            || old.description != new.description
            || needs(before, old) != needs(now, new)
            || old.externals != new.externals
            || tests(old) != tests(new)
    };
    now.members.iter().filter(differs).map(|(number, _)| name(*number)).collect()
}

/// Who is affected by these: whoever needs them to be built or used, and those in turn; for tests one
/// step.
pub(crate) fn reached(world: &World, sources: &BTreeSet<String>) -> BTreeSet<String> {
    let ways = ways(world);
    let mut passing = sources.clone();
    loop {
        let leads = |way: &Way| way.table != Table::Dev && passing.contains(&way.to);
        let next =
            ways.iter().filter(|(from, of)| !passing.contains(*from) && of.iter().any(leads));
        let next: Vec<String> = next.map(|(from, _)| from.clone()).collect();
        if next.is_empty() {
            break;
        }
        passing.extend(next);
    }
    let leads = |way: &Way| passing.contains(&way.to);
    let tested = ways.iter().filter(|(_, of)| of.iter().any(leads)).map(|(from, _)| from.clone());
    let mut all: BTreeSet<String> = passing.iter().cloned().chain(tested).collect();
    all.retain(|name| is_local(world, name));
    all
}

/// The members that need, for their tests, one that needs them.
pub(crate) fn in_circles(world: &World) -> BTreeSet<String> {
    let ways = ways(world);
    let needs = |from: &String, is_wanted: fn(&Way) -> bool| -> Vec<String> {
        let needs = ways.get(from).into_iter().flatten().filter(|way| is_wanted(way));
        needs.map(|way| way.to.clone()).collect()
    };
    let is_in_circle = |from: &&String| {
        let mut rest = needs(from, |way| way.table == Table::Dev);
        let mut seen = BTreeSet::new();
        while let Some(at) = rest.pop() {
            if seen.insert(at.clone()) {
                rest.extend(needs(&at, |way| way.table != Table::Dev));
            }
        }
        seen.contains(*from)
    };
    ways.keys().filter(is_in_circle).cloned().collect()
}

/// Whether it is a package of the repository.
fn is_local(world: &World, name: &str) -> bool {
    let is_patched =
        |it: &str| world.outside.patched.is_some_and(|(number, _)| external(number) == it);
    !name.starts_with("nested-") && (!name.starts_with("ext") || is_patched(name))
}
