//! What may be dropped from the places of a cache before it is saved.
//!
//! Dropped is what the next build cannot use, as far as that is certain: downloads that no lock file of the
//! repository names, products of such packages, products that were made from something that is dropped,
//! products that cargo has no record of, and, where the layer `workspace` is not kept, what was built from
//! the repository's own sources. Everything else stays, whatever it is.
//!
//! # The order
//! What is killed half way leaves a cache that works, because of the order in which things go:
//! 1. cargo's records of products (`.fingerprint`): without one, cargo builds again, whatever is there;
//! 2. the products themselves;
//! 3. downloads: a package is one file, and of a folder goes first what cargo knows a whole one by
//!    (`.cargo-ok`, and `HEAD` of a clone).

mod home;
mod profile;
mod target;
mod units;

use std::collections::BTreeMap;

use ecosystems::caches::Ecosystem;
use ecosystems::leftovers::{Needs, Role};

/// What something in a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder that was looked into.
    Folder,
    /// A link, wherever it leads.
    Link,
    /// Something else, or a folder that was not looked into. It always stays.
    Other,
}

/// Something in a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its path from the place, with `/` between the parts.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// How many bytes it holds; 0 for all but files.
    pub size: u64,
    /// What tells the file from all others: its file system and its number there.
    pub identity: (u64, u64),
    /// How many names the file has.
    pub links: u64,
}

/// A place that was listed.
#[derive(Clone, Debug)]
pub struct Spot {
    /// Whose it is.
    pub owner: Ecosystem,
    /// Its path as the cache names it.
    pub path: Vec<u8>,
    /// Why others may use it as well, in words that follow "because"; nothing where they do not.
    pub shared: Option<&'static str>,
    /// What is in it, sorted by the bytes of the paths.
    pub entries: Vec<Entry>,
}

/// Contents of files that the decision asks for.
pub trait Contents {
    /// The first bytes of a file of a place, at most `most`; nothing where it cannot be read.
    fn beginning(&self, spot: usize, path: &[u8], most: u64) -> Option<Vec<u8>>;
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct PruneRequest<'a> {
    /// The places.
    pub spots: &'a [Spot],
    /// What is locked; nothing where that is not known.
    pub needs: Option<&'a Needs>,
    /// Whether what was built from the repository's own sources is kept.
    pub keeps_own: bool,
    /// Whether every downloaded package is kept, locked or not.
    pub keeps_downloads: bool,
    /// The one compiler that is used, as it calls itself, if only one is.
    pub compiler: Option<&'a [u8]>,
}

/// Why something is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No lock file names the package in this version.
    NotLocked,
    /// It was built with something that is dropped.
    OnDropped,
    /// Another compiler made it.
    OtherCompiler,
    /// Cargo has no record of it.
    NoRecord,
    /// It was built from the repository's own sources.
    Own,
    /// What the compiler keeps for building the repository's own sources in steps.
    Incremental,
    /// Documentation.
    Documentation,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::NotLocked,
        Self::OnDropped,
        Self::OtherCompiler,
        Self::NoRecord,
        Self::Own,
        Self::Incremental,
        Self::Documentation,
    ];

    /// Its name in documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotLocked => "not-locked",
            Self::OnDropped => "built-with-dropped",
            Self::OtherCompiler => "other-compiler",
            Self::NoRecord => "no-record",
            Self::Own => "own-sources",
            Self::Incremental => "incremental",
            Self::Documentation => "documentation",
        }
    }

    /// What is so, for a person.
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotLocked => "no lock file names the package in this version",
            Self::OnDropped => "built with something that is dropped",
            Self::OtherCompiler => "made by another compiler",
            Self::NoRecord => "cargo has no record of it, and builds it again",
            Self::Own => "built from this repository's own sources",
            Self::Incremental => "for building own sources in steps",
            Self::Documentation => "documentation",
        }
    }
}

/// When something goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    Records,
    Products,
    /// What a download is known by to be whole.
    Marks,
    Downloads,
}

/// Something that is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dropped {
    /// The place, by its place in the list.
    pub spot: usize,
    /// What of it, by its place in the list.
    pub entry: usize,
    /// Why.
    pub why: Reason,
    /// Whether it is cargo's record of a product: that must be gone before the product is.
    pub is_record: bool,
    /// How many bytes that frees: nothing for a name of a file that has others, until its last one goes.
    pub bytes: u64,
}

/// What stays of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// How many bytes.
    pub bytes: u64,
    /// How many files.
    pub files: u64,
    /// Why nothing of it goes, in words that follow "because"; nothing where something might.
    pub whole: Option<&'static str>,
}

/// What may be dropped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What goes, in the order in which it may go.
    pub dropped: Vec<Dropped>,
    /// What stays, by place.
    pub kept: Vec<Kept>,
}

/// What is to be dropped, before it is put in order.
pub(crate) type Drops = BTreeMap<(usize, usize), (Stage, Reason)>;

/// What may be dropped.
pub fn prune(request: &PruneRequest<'_>, contents: &dyn Contents) -> Plan {
    let mut drops = Drops::new();
    let mut whole = Vec::new();
    for (at, spot) in request.spots.iter().enumerate() {
        whole.push(one(at, spot, request, contents, &mut drops).err());
    }
    ordered(request.spots, &drops, &whole)
}

/// What goes of one place.
fn one(
    at: usize,
    spot: &Spot,
    request: &PruneRequest<'_>,
    contents: &dyn Contents,
    drops: &mut Drops,
) -> Result<(), &'static str> {
    let role = Role::of(spot.owner, &spot.path);
    if let Role::Whole(why) = role {
        return Err(why);
    }
    if let Some(why) = spot.shared {
        return Err(why);
    }
    let Some(needs) = request.needs else {
        return Err("nothing is locked, so nothing says what is needed");
    };
    let downloads = match role {
        Role::CargoProducts => return target::prune(at, spot, request, needs, contents, drops),
        Role::Whole(why) => return Err(why),
        Role::CargoPackages => home::packages(spot, needs),
        Role::CargoSources => home::sources(spot, needs),
        Role::CargoClones => home::clones(at, spot, request, needs, contents),
        Role::CargoCheckouts => home::checkouts(spot, needs),
    };
    if request.keeps_downloads {
        return Err("every downloaded package is asked for");
    }
    for (entry, stage) in downloads {
        drops.insert((at, entry), (stage, Reason::NotLocked));
    }
    Ok(())
}

/// Puts in order what goes, and counts.
fn ordered(spots: &[Spot], drops: &Drops, whole: &[Option<&'static str>]) -> Plan {
    let mut names: BTreeMap<(u64, u64), u64> = BTreeMap::new();
    let mut dropped = Vec::new();
    for ((spot, entry), (stage, why)) in drops {
        if let Some(it) = spots.get(*spot).and_then(|spot| spot.entries.get(*entry)) {
            dropped.push((*stage, *spot, *entry, *why, it));
        }
    }
    // Backwards by path, what is in a folder goes before the folder.
    dropped.sort_by(|one, other| {
        let key = |it: &(Stage, usize, usize, Reason, &Entry)| (it.0, it.1);
        key(one).cmp(&key(other)).then_with(|| other.4.path.cmp(&one.4.path))
    });
    let mut plan = Plan::default();
    for (stage, spot, entry, why, it) in dropped {
        let bytes = if it.kind == EntryKind::File {
            let gone = names.entry(it.identity).or_default();
            *gone = gone.saturating_add(1);
            if *gone >= it.links { it.size } else { 0 }
        } else {
            0
        };
        let is_record = stage == Stage::Records;
        plan.dropped.push(Dropped { spot, entry, why, is_record, bytes });
    }
    let mut seen = std::collections::BTreeSet::new();
    for (at, (spot, whole)) in spots.iter().zip(whole).enumerate() {
        let mut kept = Kept { bytes: 0, files: 0, whole: *whole };
        for (entry, it) in spot.entries.iter().enumerate() {
            if it.kind == EntryKind::Folder || drops.contains_key(&(at, entry)) {
                continue;
            }
            kept.files = kept.files.saturating_add(1);
            if it.links <= 1 || seen.insert(it.identity) {
                kept.bytes = kept.bytes.saturating_add(it.size);
            }
        }
        plan.kept.push(kept);
    }
    plan
}

impl Plan {
    /// How many bytes and files go, for one reason or for all.
    pub fn sum(&self, spots: &[Spot], why: Option<Reason>) -> (u64, u64) {
        let of_it = self.dropped.iter().filter(|it| why.is_none_or(|why| it.why == why));
        let mut sum = (0_u64, 0_u64);
        for it in of_it {
            let entry = spots.get(it.spot).and_then(|spot| spot.entries.get(it.entry));
            let is_file = entry.is_some_and(|it| it.kind != EntryKind::Folder);
            sum.0 = sum.0.saturating_add(it.bytes);
            sum.1 = sum.1.saturating_add(u64::from(is_file));
        }
        sum
    }

    /// How many bytes stay.
    pub fn kept_bytes(&self) -> u64 {
        self.kept.iter().fold(0, |sum, it| sum.saturating_add(it.bytes))
    }
}

impl Spot {
    /// The places in the list of what is below a folder, which ends in `/`.
    pub(crate) fn below(&self, folder: &[u8]) -> std::ops::Range<usize> {
        let begin = self.entries.partition_point(|it| it.path.as_slice() < folder);
        let rest = self.entries.get(begin..).unwrap_or_default();
        let length = rest.partition_point(|it| it.path.starts_with(folder));
        begin..begin.saturating_add(length)
    }

    /// What is below a folder, which ends in `/`, with its place in the list and its path from there.
    pub(crate) fn inside<'a>(
        &'a self,
        folder: &'a [u8],
    ) -> impl Iterator<Item = (usize, &'a Entry, &'a [u8])> {
        let range = self.below(folder);
        let entries = self.entries.get(range.clone()).unwrap_or_default();
        range.zip(entries).map(|(at, it)| (at, it, it.path.get(folder.len()..).unwrap_or_default()))
    }

    /// What is in a folder, not what is in its folders.
    pub(crate) fn directly<'a>(
        &'a self,
        folder: &'a [u8],
    ) -> impl Iterator<Item = (usize, &'a Entry, &'a [u8])> {
        self.inside(folder).filter(|(_, _, path)| !path.contains(&b'/'))
    }

    /// A thing with all that is in it; nothing if something in it always stays: then the thing does too.
    pub(crate) fn whole(&self, at: usize) -> Option<Vec<usize>> {
        let it = self.entries.get(at)?;
        let mut all = vec![at];
        if it.kind == EntryKind::Folder {
            all.extend(self.below(&[it.path.as_slice(), b"/"].concat()));
        }
        let stays = |at: &usize| self.entries.get(*at).is_none_or(|it| it.kind == EntryKind::Other);
        (!all.iter().any(stays)).then_some(all)
    }
}

#[cfg(test)]
mod tests;
