//! Changes of a workspace, and what each means for those who build it.

use std::collections::BTreeSet;

use crate::outside::EXTERNALS;
use crate::world::{Member, Random, Table, World, how};

/// What a change says of itself: which of its files count for whom, by the meaning of the file and not
/// by its place. What it does to the graph is for determinator to find out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meaning {
    /// What was done, for a failure's words.
    pub(crate) done: Vec<String>,
    /// Files that the members which hold them are built from: these members and their dependents are
    /// affected.
    pub(crate) built_from: BTreeSet<String>,
    /// Members that are affected by themselves, and nobody with them.
    pub(crate) own: BTreeSet<usize>,
    /// Whether everything is built anew.
    pub(crate) is_all: bool,
}

/// Files outside of all packages.
pub(crate) const UNOWNED: [&str; 3] =
    ["docs/guide.md", ".github/workflows/ci.yml", "scripts/run.sh"];

/// Does one thing to a workspace.
pub(crate) fn change(world: &mut World, random: &mut Random, meaning: &mut Meaning) {
    let numbers: Vec<usize> = world.members.keys().copied().collect();
    let number = random.of(&numbers);
    let kind = random.below(27);
    let member = world.members.get_mut(&number).unwrap();
    let says = |words: &str| format!("{words} of member{number}");
    match kind {
        0..=4 => {
            let files: Vec<&'static str> = member.files.keys().copied().collect();
            let file = random.of(&files);
            *member.files.get_mut(file).unwrap() += 1;
            meaning.done.push(says(file));
            match file.split('/').next() {
                Some("tests" | "benches" | "examples") => drop(meaning.own.insert(number)),
                // Only who includes it could know.
                Some("README.md") => {}
                _ => drop(meaning.built_from.insert(member.path(file))),
            }
        }
        5 => {
            member.version += 1;
            meaning.done.push(says("version"));
        }
        6 => {
            member.edition = if member.edition.is_none() { Some("2018") } else { None };
            meaning.done.push(says("edition"));
        }
        7 => {
            member.description += 1;
            meaning.done.push(says("description"));
        }
        8 => {
            member.features += 1;
            meaning.done.push(says("a feature"));
        }
        9..=11 => added(world, number, random, meaning),
        12 => {
            let needs: Vec<(Table, usize)> = member.needs.keys().copied().collect();
            if let Some(need) = needs.first() {
                member.needs.remove(need);
                meaning.done.push(says("one need less"));
            }
        }
        13 => {
            if !world.asked.remove(&number) {
                world.asked.insert(number);
            }
            meaning.done.push(says("the root asks a feature"));
        }
        14 => {
            let number = numbers.last().unwrap() + 1;
            let member = world.member(random, number, false);
            world.members.insert(number, member);
            meaning.done.push(format!("member{number} is new"));
            meaning.own.insert(number);
        }
        15 => removed(world, number, meaning),
        16 => moved(world, number, random, meaning),
        20..=25 => outside(world, number, random, meaning),
        _ => around(world, random, meaning),
    }
}

fn added(world: &mut World, number: usize, random: &mut Random, meaning: &mut Meaning) {
    let mut table = random.of(&Table::ALL);
    let others: Vec<usize> = world.members.keys().copied().filter(|at| *at != number).collect();
    let earlier: Vec<usize> = others.iter().copied().filter(|at| *at < number).collect();
    // Only development dependencies may go in circles.
    let on = if table == Table::Dev || earlier.is_empty() {
        table = Table::Dev;
        random.of(&others)
    } else {
        random.of(&earlier)
    };
    let how = how(random, table);
    world.members.get_mut(&number).unwrap().need(table, on, how);
    meaning.done.push(format!("member{number} needs member{on}: {table:?}, {how:?}"));
}

fn removed(world: &mut World, number: usize, meaning: &mut Meaning) {
    let is_root = world.members[&number].folder.is_empty();
    if is_root || world.members.len() < 3 {
        return;
    }
    if world.outside.nested.is_some_and(|(_, on)| on == number) {
        return;
    }
    world.members.remove(&number);
    world.asked.remove(&number);
    meaning.own.remove(&number);
    for member in world.members.values_mut() {
        member.needs.retain(|(_, on), _| *on != number);
    }
    meaning.done.push(format!("member{number} is gone"));
}

fn moved(world: &mut World, number: usize, random: &mut Random, meaning: &mut Meaning) {
    let member: &mut Member = world.members.get_mut(&number).unwrap();
    if member.folder.is_empty() {
        return;
    }
    member.folder = format!("tools/{}-{}", crate::world::name(number), random.below(1_000));
    meaning.done.push(format!("member{number} moves to {}", member.folder));
    meaning.built_from.insert(member.path("src/lib.rs"));
}

/// Something around the members: a new version in the registry, a package that is no member.
fn outside(world: &mut World, number: usize, random: &mut Random, meaning: &mut Meaning) {
    let outside = &mut world.outside;
    match random.below(7) {
        kind @ 0..=2 => {
            let (which, external) = (usize::from(kind == 2), random.below(EXTERNALS));
            outside.versions[which][external] += 1;
            meaning.done.push(format!("a version of ext{external} in registry {which}"));
        }
        3 => {
            if let Some((_, times)) = &mut outside.patched {
                *times += 1;
                meaning.done.push("a source of the patched package".to_owned());
            }
        }
        4 => {
            if let Some((times, _)) = &mut outside.aside {
                *times += 1;
                meaning.done.push("a source of the excluded package".to_owned());
            }
        }
        5 => {
            if let Some((times, _)) = &mut outside.nested {
                *times += 1;
                meaning.done.push("a source of the nested package".to_owned());
            }
        }
        _ => {
            let need = (random.of(&Table::ALL), random.below(EXTERNALS));
            let member = world.members.get_mut(&number).unwrap();
            if !member.externals.remove(&need) {
                member.externals.insert(need);
            }
            meaning.done.push(format!("member{number} and ext{}: {:?}", need.1, need.0));
        }
    }
}

/// What follows from how the workspace was before all of it, and how it is now. A version is seen by
/// those who use a member only where its sources read it; where they do not, `before` gets the new one,
/// because determinator takes every new version for a change of all dependents.
pub(crate) fn compared(before: &mut World, now: &World, meaning: &mut Meaning) {
    for (number, member) in &now.members {
        let old = before.members.get(number);
        // Which needs there are, for every platform; how they are written is determinator's to judge.
        if old.is_none_or(|old| old.needs.keys().ne(member.needs.keys())) {
            meaning.own.insert(*number);
        }
        if old.is_none_or(|old| before.edition_of(old) != now.edition_of(member)) {
            meaning.built_from.insert(member.path("src/lib.rs"));
        }
        let Some(old) = before.members.get_mut(number) else { continue };
        if old.version != member.version {
            meaning.own.insert(*number);
            if member.reads_version {
                meaning.built_from.insert(member.path("src/lib.rs"));
            } else {
                old.version = member.version;
            }
        }
    }
    meaning.own.retain(|number| now.members.contains_key(number));
}

/// Something that no member has for itself.
fn around(world: &mut World, random: &mut Random, meaning: &mut Meaning) {
    match random.below(7) {
        0 => {
            world.comment += 1;
            meaning.done.push("a comment of the root".to_owned());
        }
        1 => {
            world.edition += 1;
            meaning.done.push("the edition of the workspace".to_owned());
        }
        2 => {
            world.profile += 1;
            meaning.done.push("a profile".to_owned());
            meaning.is_all = true;
        }
        3 => {
            world.unused += 1;
            meaning.done.push("a dependency of the root that nobody inherits".to_owned());
        }
        4 => {
            *world.unowned.entry(".cargo/config.toml").or_default() += 1;
            meaning.done.push("cargo's settings".to_owned());
            meaning.is_all = true;
        }
        5 => {
            *world.unowned.entry("rust-toolchain.toml").or_default() += 1;
            meaning.done.push("the toolchain".to_owned());
            meaning.is_all = true;
        }
        _ => {
            let file = random.of(&UNOWNED);
            *world.unowned.entry(file).or_default() += 1;
            meaning.done.push(format!("{file}, outside of all packages"));
        }
    }
}
