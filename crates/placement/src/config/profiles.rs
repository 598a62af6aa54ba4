//! Needs that several jobs share, and what each falls back to.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::config::{Spot, Table};
use diagnostics::{Problem, Text, nearest, text};

use super::needs::Asked;
use super::values::{self, code};

/// How many options a job has at most.
pub(super) const MOST_OPTIONS: usize = 64;

/// How many names or tables stand in one list of fallbacks.
pub(super) const MOST_FALLBACKS: usize = 32;

/// How many jobs there are, and how many profiles.
pub(super) const MOST_NAMED: usize = 10_000;

/// How many mistakes are told of all files together. Nobody reads more.
pub(super) const MOST_PROBLEMS: usize = 100;

/// A need that several jobs share.
#[derive(Clone, Debug)]
pub(super) struct RawProfile {
    name: String,
    spot: Spot,
    pub(super) asked: Asked,
    fallbacks: Vec<(String, Spot)>,
    /// It is what a package says of itself, whoever uses it.
    is_package: bool,
}

/// Reads the list of profiles.
pub(super) fn profiles(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Vec<RawProfile> {
    let mut profiles = Vec::new();
    let mut tables = table.tables("profile");
    if tables.len() > MOST_NAMED {
        let label = text!["expected up to ", MOST_NAMED, " profiles, found ", tables.len()];
        table.wrong_value("profile", label, "remove those that no job uses");
    }
    for profile in tables.iter_mut().take(MOST_NAMED) {
        let asked = Asked::read(profile, remarks);
        let fallbacks = fallbacks(profile);
        let name = profile.string("name");
        let name = profile.required("name", name);
        let Some(name) = name.and_then(|name| values::line(profile, name)) else { continue };
        let spot = profile.spot_of(&name);
        profiles.push(RawProfile { name: name.text, spot, asked, fallbacks, is_package: false });
    }
    profiles
}

/// The names of profiles that stand in for one.
fn fallbacks(profile: &mut Table<'_, '_>) -> Vec<(String, Spot)> {
    let words = profile.strings("fallbacks").unwrap_or_default();
    if words.len() > MOST_FALLBACKS {
        let label = text!["expected up to ", MOST_FALLBACKS, " names, found ", words.len()];
        profile.wrong_value("fallbacks", label, "write those that are worth waiting for");
    }
    let named = words.into_iter().take(MOST_FALLBACKS).map(|word| {
        let spot = profile.spot_of(&word);
        (word.text, spot)
    });
    named.collect()
}

/// The profile that a package's manifest holds.
pub(super) fn package(top: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Option<RawProfile> {
    top.pass_over_rest();
    let mut package = top.table("package");
    package.pass_over_rest();
    let mut metadata = package.table("metadata");
    metadata.pass_over_rest();
    let mut gpu = metadata.table("gpu");
    if !gpu.is_there() {
        return None;
    }
    // With which features it needs a GPU, cargo's metadata says.
    gpu.pass_over("gpu-features");
    let asked = Asked::read(&mut gpu, remarks);
    let fallbacks = fallbacks(&mut gpu);
    let name = package.string("name");
    let name = package.required("name", name)?;
    let name = values::line(&package, name)?;
    Some(RawProfile { name: name.text, spot: gpu.spot(), asked, fallbacks, is_package: true })
}

/// All profiles, by name, with whether a job uses each.
pub(super) struct Profiles {
    by_name: BTreeMap<String, RawProfile>,
}

impl Profiles {
    /// The one of this name.
    pub(super) fn get(&self, name: &str) -> Option<&RawProfile> {
        self.by_name.get(name)
    }

    /// All of them; what is wrong with them is told.
    pub(super) fn new(all: Vec<RawProfile>, problems: &mut Vec<Problem>) -> Self {
        let mut by_name: BTreeMap<String, RawProfile> = BTreeMap::new();
        for profile in all {
            if let Some(first) = by_name.get(&profile.name) {
                problems.push(twice("profile", &profile.name, &profile.spot, &first.spot));
            } else {
                by_name.insert(profile.name.clone(), profile);
            }
        }
        let this = Self { by_name };
        for profile in this.by_name.values() {
            for (name, spot) in &profile.fallbacks {
                if *name == profile.name {
                    let message = text!["the profile ", code(name), " is its own fallback"];
                    problems.push(
                        spot.problem(
                            Problem::error(message)
                                .label("expected another profile")
                                .help("remove it from the list, or write the one that was meant"),
                        ),
                    );
                } else if !this.by_name.contains_key(name) && problems.len() < MOST_PROBLEMS {
                    problems.push(this.unknown(name, spot));
                }
            }
        }
        this.check_circles(problems);
        this
    }

    /// Tells of circles, each where its first profile by name goes on in it. One walk over all profiles finds a
    /// circle wherever there is one, but not each of those that share a way.
    fn check_circles(&self, problems: &mut Vec<Problem>) {
        let mut is_done: BTreeSet<&str> = BTreeSet::new();
        for start in self.by_name.keys() {
            // The way to where the walk is, and which fallback is next of each profile on it.
            let mut way: Vec<(&str, usize)> = vec![(start, 0)];
            let mut is_on_way: BTreeMap<&str, usize> = BTreeMap::from([(start.as_str(), 0)]);
            while let Some((name, next)) = way.last_mut() {
                let profile = self.by_name.get(*name).filter(|_| !is_done.contains(name));
                let fallback = profile.and_then(|profile| profile.fallbacks.get(*next));
                let Some((fallback, _)) = fallback else {
                    is_done.insert(name);
                    is_on_way.remove(name);
                    way.pop();
                    continue;
                };
                *next += 1;
                if fallback.as_str() == *name || !self.by_name.contains_key(fallback) {
                    continue;
                }
                if let Some(from) = is_on_way.get(fallback.as_str()) {
                    let circle = way.get(*from..).unwrap_or_default();
                    problems.extend(self.circle(circle).filter(|_| problems.len() < MOST_PROBLEMS));
                } else if !is_done.contains(fallback.as_str()) {
                    is_on_way.insert(fallback, way.len());
                    way.push((fallback, 0));
                }
            }
        }
    }

    /// A circle in words, from its first profile by name on.
    fn circle(&self, way: &[(&str, usize)]) -> Option<Problem> {
        /// More is said by none of them.
        const MOST: usize = 10;
        let (first, (name, next)) = way.iter().enumerate().min_by_key(|(_, (name, _))| *name)?;
        let (_, spot) = self.by_name.get(*name)?.fallbacks.get(next.checked_sub(1)?)?;
        let mut said = text!["the fallbacks of ", code(name), " lead back to it: "];
        for (other, _) in way.iter().cycle().skip(first + 1).take((way.len() - 1).min(MOST)) {
            said.foreign(code(other)).text(", then ");
        }
        if way.len() > MOST + 1 {
            said.number(u64::try_from(way.len() - MOST - 1).unwrap_or(u64::MAX));
            said.text(" more, then ");
        }
        said.foreign(code(name));
        let problem = Problem::error(said)
            .label("here the circle begins")
            .help("remove one of these fallbacks");
        Some(spot.problem(problem))
    }

    pub(super) fn unknown(&self, name: &str, spot: &Spot) -> Problem {
        let names = self.by_name.keys().map(String::as_str);
        let help = match nearest(name, names) {
            Some(near) => text!["did you mean ", code(near), "?"],
            None if self.by_name.is_empty() => {
                "profiles are tables `[[profile]]`, each with a `name`".into()
            }
            None => {
                let mut help = Text::from("there are: ");
                help.append(values::codes(self.by_name.keys().take(20)));
                help
            }
        };
        let message = text!["there is no profile ", code(name)];
        spot.problem(Problem::error(message).label("expected the name of a profile").help(help))
    }

    /// A profile and those it falls back to, each once.
    pub(super) fn chain<'a>(
        &'a self,
        name: &str,
        seen: &mut Vec<&'a str>,
        chain: &mut Vec<&'a RawProfile>,
    ) {
        // A list rather than a call in a call: chains may be as long as the file.
        let mut rest = vec![name];
        while let Some(name) = rest.pop() {
            let Some(profile) = self.by_name.get(name) else { continue };
            if seen.contains(&profile.name.as_str()) || chain.len() > MOST_OPTIONS {
                continue;
            }
            seen.push(&profile.name);
            chain.push(profile);
            rest.extend(profile.fallbacks.iter().rev().map(|(name, _)| name.as_str()));
        }
    }

    /// Remarks on those that no job uses, of which these are the names that jobs use.
    pub(super) fn unused<'a>(&self, used: impl Iterator<Item = &'a str>) -> Vec<Problem> {
        let mut seen = Vec::new();
        for name in used {
            self.chain(name, &mut seen, &mut Vec::new());
        }
        let all = self.by_name.values();
        let unused = all.filter(|it| !it.is_package && !seen.contains(&it.name.as_str()));
        let remark = |profile: &RawProfile| {
            let message = text!["no job uses the profile ", code(&profile.name)];
            let remark = Problem::warning(message)
                .label("neither a `profile` nor a fallback names it")
                .help("remove it, or name it in a job");
            profile.spot.problem(remark)
        };
        unused.map(remark).collect()
    }
}

/// Something with the name of something else.
pub(super) fn twice(what: &'static str, name: &str, spot: &Spot, first: &Spot) -> Problem {
    let line = first.place.line.unwrap_or_default();
    let message = text!["there are two of the ", what, " ", code(name)];
    let mut label = text!["the first is in line ", line];
    if first.place.file != spot.place.file {
        label.text(" of ").foreign(first.place.file.clone());
    }
    spot.problem(
        Problem::error(message)
            .label(label)
            .help("rename one of them; upper and lower case do not tell names apart"),
    )
}
