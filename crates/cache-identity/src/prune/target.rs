//! Products of builds.

use std::collections::BTreeSet;

use bstr::ByteSlice as _;
use ecosystems::leftovers::{DepInfo, Needs, Sources};

use super::profile::{BEGINNING, Profile};
use super::units::Units;
use super::{Contents, Drops, EntryKind, PruneRequest, Reason, Spot, Stage};

/// What rustdoc writes beside the folders of crates, by how it begins (rustdoc's
/// `html/render/write_shared.rs`).
const OF_RUSTDOC: [&str; 9] = [
    ".lock",
    "crates.js",
    "help.html",
    "settings.html",
    "search-index",
    "search.index",
    "source-files",
    "src-files",
    "source-src-files",
];

/// The folders that rustdoc writes beside those of crates (the same, and `html/render/context.rs`).
const FOLDERS_OF_RUSTDOC: [&str; 7] = [
    "implementors",
    "search.desc",
    "search.index",
    "src",
    "static.files",
    "trait.impl",
    "type.impl",
];

/// The most bytes of rustdoc's list of crates that are read.
const CRATES: u64 = 1 << 20;

/// The crates that rustdoc's `crates.js` lists: `window.ALL_CRATES = ["a","b"];`.
fn crates_of(list: &[u8]) -> BTreeSet<&[u8]> {
    let list = list.split_once_str("ALL_CRATES").map_or(&b""[..], |(_, rest)| rest);
    let list = list.split_once_str("]").map_or(list, |(list, _)| list);
    let names = list.split(|byte| matches!(byte, b'"' | b'\'')).skip(1).step_by(2);
    names.filter(|name| !name.is_empty()).collect()
}

/// What goes of a folder of products.
pub(super) fn prune(
    at: usize,
    spot: &Spot,
    request: &PruneRequest<'_>,
    needs: &Needs,
    contents: &dyn Contents,
    drops: &mut Drops,
) -> Result<(), &'static str> {
    if spot.entries.is_empty() {
        return Ok(());
    }
    let is_mark = |path: &[u8]| matches!(path, b"CACHEDIR.TAG" | b".rustc_info.json");
    if !spot.entries.iter().any(|it| it.kind == EntryKind::File && is_mark(&it.path)) {
        return Err("nothing in it says that cargo made it");
    }
    let profiles = Profile::all(spot);
    if profiles.is_empty() {
        return Err("it is not laid out as any cargo that is known does");
    }
    let mut units = Units::read(at, spot, &profiles, contents);
    units.decide(at, spot, &profiles, (request, needs), contents);
    let mut target = Target { at, spot, contents, drops };
    target.units(&profiles, &units);
    for (place, profile) in profiles.iter().enumerate() {
        target.without_record(place, profile, &units);
        if !request.keeps_own {
            target.unhashed(profile);
            target.steps(profile);
            target.finals(profile);
        }
    }
    if !request.keeps_own {
        target.documentation(&profiles, &units);
    }
    Ok(())
}

struct Target<'a> {
    at: usize,
    spot: &'a Spot,
    contents: &'a dyn Contents,
    drops: &'a mut Drops,
}

impl Target<'_> {
    /// Drops something with all that is in it.
    fn whole(&mut self, entry: usize, stage: Stage, why: Reason) {
        for at in self.spot.whole(entry).unwrap_or_default() {
            self.drops.entry((self.at, at)).or_insert((stage, why));
        }
    }

    fn is_dropped(&self, entry: usize) -> bool {
        self.drops.contains_key(&(self.at, entry))
    }

    /// What is dropped with its record.
    fn units(&mut self, profiles: &[Profile], units: &Units) {
        for unit in &units.all {
            let Some(why) = unit.goes else { continue };
            self.whole(unit.folder, Stage::Records, why);
            let products = profiles.get(unit.profile).and_then(|it| it.products.get(&unit.hash));
            for product in products.into_iter().flatten() {
                self.whole(*product, Stage::Products, why);
            }
        }
    }

    /// What no record belongs to. A cargo that names its records in another way has none that fits any
    /// product: then nothing goes.
    fn without_record(&mut self, place: usize, profile: &Profile, units: &Units) {
        let units = units.all.iter().filter(|unit| unit.profile == place);
        let hashes: BTreeSet<&[u8]> = units.map(|unit| unit.hash.as_slice()).collect();
        if !profile.products.keys().any(|hash| hashes.contains(hash.as_slice())) {
            return;
        }
        for (hash, products) in &profile.products {
            if !hashes.contains(hash.as_slice()) {
                for product in products {
                    self.whole(*product, Stage::Products, Reason::NoRecord);
                }
            }
        }
    }

    /// Products whose names have no hash, because others load them by their names: dynamic libraries of
    /// the repository's own packages, and what is made in one go with them.
    fn unhashed(&mut self, profile: &Profile) {
        for folder in ["deps/", "examples/"] {
            let folder = profile.folder(folder);
            let files: Vec<(usize, Vec<u8>)> = self
                .spot
                .directly(&folder)
                .filter(|(_, it, name)| it.kind == EntryKind::File && name.ends_with(b".d"))
                .filter(|(_, _, name)| ecosystems::leftovers::unit(name).is_none())
                .map(|(at, it, _)| (at, it.path.clone()))
                .collect();
            for (file, path) in files {
                let bytes = self.contents.beginning(self.at, &path, BEGINNING);
                let Some(read) = bytes.and_then(|bytes| DepInfo::read(&bytes)) else { continue };
                if read.sources != Sources::Workspace {
                    continue;
                }
                self.whole(file, Stage::Products, Reason::Own);
                let named: Vec<usize> = self
                    .spot
                    .directly(&folder)
                    .filter(|(_, _, name)| read.products.iter().any(|it| it.as_slice() == *name))
                    .map(|(at, _, _)| at)
                    .collect();
                for product in named {
                    self.whole(product, Stage::Products, Reason::Own);
                }
            }
        }
    }

    /// What the compiler keeps for the next step; only the repository's own packages are built so.
    fn steps(&mut self, profile: &Profile) {
        let folder = profile.folder("incremental/");
        // `<crate>-<hash>`, and in it `s-…` for each session (rustc's `persist/fs.rs`).
        let is_hash = |hash: &[u8]| !hash.is_empty() && hash.iter().all(u8::is_ascii_alphanumeric);
        let is_named =
            |name: &[u8]| name.rsplit_once_str("-").is_some_and(|(_, hash)| is_hash(hash));
        let has_session = |path: &[u8]| {
            let inside = [path, b"/"].concat();
            self.spot.directly(&inside).any(|(_, _, name)| name.starts_with(b"s-"))
        };
        let all: Vec<usize> = self
            .spot
            .directly(&folder)
            .filter(|(_, it, name)| it.kind == EntryKind::Folder && is_named(name))
            .filter(|(_, it, _)| has_session(&it.path))
            .map(|(at, _, _)| at)
            .collect();
        for step in all {
            self.whole(step, Stage::Products, Reason::Incremental);
        }
    }

    /// What is put beside the folders of a profile for a person: second names of products that go, and
    /// copies of them that dep-info beside them tells of.
    fn finals(&mut self, profile: &Profile) {
        let files = self.drops.keys().filter(|(spot, _)| *spot == self.at);
        let files = files.filter_map(|(_, entry)| self.spot.entries.get(*entry));
        let files = files.filter(|it| it.kind == EntryKind::File && it.links > 1);
        let gone: BTreeSet<(u64, u64)> = files.map(|it| it.identity).collect();
        for folder in [profile.path.clone(), profile.folder("examples/")] {
            let here: Vec<(usize, Vec<u8>, bool)> = self
                .spot
                .directly(&folder)
                .filter(|(at, it, _)| it.kind == EntryKind::File && !self.is_dropped(*at))
                .map(|(at, it, name)| {
                    (at, name.to_vec(), it.links > 1 && gone.contains(&it.identity))
                })
                .collect();
            let mut going: BTreeSet<usize> =
                here.iter().filter(|(_, _, is_second)| *is_second).map(|(at, _, _)| *at).collect();
            for (at, name, _) in here.iter().filter(|(_, name, _)| name.ends_with(b".d")) {
                let path = [folder.as_slice(), name.as_slice()].concat();
                let bytes = self.contents.beginning(self.at, &path, BEGINNING);
                let Some(read) = bytes.and_then(|bytes| DepInfo::read(&bytes)) else { continue };
                // It names the product by its whole path, of which the end is here.
                let product = read.product.replace(b"\\", b"/");
                let Some(its) = product.rsplit_str("/").next() else { continue };
                let here_too = [b"/".as_slice(), &folder, its].concat();
                if !product.ends_with(&here_too) {
                    continue;
                }
                going.insert(*at);
                going.extend(here.iter().filter(|(_, name, _)| name == its).map(|(at, _, _)| *at));
            }
            for at in going {
                self.whole(at, Stage::Products, Reason::Own);
            }
        }
    }

    /// Documentation, with its records.
    fn documentation(&mut self, profiles: &[Profile], units: &Units) {
        let mut folders: BTreeSet<Vec<u8>> = BTreeSet::from([b"doc/".to_vec()]);
        for profile in profiles {
            let parts: Vec<&[u8]> = profile.path.split(|byte| *byte == b'/').collect();
            if let [target, _, b""] = parts.as_slice() {
                folders.insert([*target, b"/doc/"].concat());
            }
        }
        for folder in folders {
            // Others put their books there as well.
            let list = [folder.as_slice(), b"crates.js"].concat();
            let crates = self.contents.beginning(self.at, &list, CRATES).unwrap_or_default();
            let crates = crates_of(&crates);
            if crates.is_empty() {
                continue;
            }
            let of_rustdoc =
                |name: &[u8]| OF_RUSTDOC.iter().any(|it| name.starts_with(it.as_bytes()));
            let is_its = |name: &[u8]| {
                FOLDERS_OF_RUSTDOC.iter().any(|it| it.as_bytes() == name) || crates.contains(name)
            };
            let all: Vec<usize> = self
                .spot
                .directly(&folder)
                .filter(|(_, it, name)| {
                    (it.kind == EntryKind::Folder && is_its(name)) || of_rustdoc(name)
                })
                .map(|(at, _, _)| at)
                .collect();
            for it in all {
                self.whole(it, Stage::Products, Reason::Documentation);
            }
        }
        for unit in &units.all {
            let Some(folder) = self.spot.entries.get(unit.folder) else { continue };
            let inside = [folder.path.as_slice(), b"/"].concat();
            let records: Vec<usize> = self
                .spot
                .directly(&inside)
                .filter(|(_, _, name)| name.starts_with(b"doc-"))
                .map(|(at, _, _)| at)
                .collect();
            for record in records {
                self.whole(record, Stage::Records, Reason::Documentation);
            }
        }
    }
}
