//! What cargo has records of: each a package compiled in one way, or a build script's run.

use std::collections::{BTreeMap, BTreeSet};

use ecosystems::leftovers::{Fingerprint, Needs, Sources, compiler, number, unit};

use super::profile::Profile;
use super::{Contents, EntryKind, PruneRequest, Reason, Spot};

/// The most bytes of a record.
const LARGEST: u64 = 1 << 20;
/// The bytes in which a library says what compiler made it.
const HEAD: u64 = 128;

/// A folder of records: `<package>-<hash>`.
#[derive(Debug)]
pub(super) struct Unit {
    /// The profile, by its place in the list.
    pub(super) profile: usize,
    /// The folder, by its place in the list.
    pub(super) folder: usize,
    /// The package.
    pub(super) name: Vec<u8>,
    /// The hash that is in the names of its products.
    pub(super) hash: Vec<u8>,
    /// Why it goes, if it does.
    pub(super) goes: Option<Reason>,
    /// Where it comes from, if its products say so.
    pub(super) sources: Option<Sources>,
    /// Its fingerprints.
    numbers: Vec<u64>,
    /// What they were made of; nothing where one cannot be read.
    records: Option<Vec<Fingerprint>>,
}

/// All of a place.
pub(super) struct Units {
    pub(super) all: Vec<Unit>,
}

impl Units {
    /// Reads them.
    pub(super) fn read(
        at: usize,
        spot: &Spot,
        profiles: &[Profile],
        contents: &dyn Contents,
    ) -> Self {
        let mut all = Vec::new();
        for (place, profile) in profiles.iter().enumerate() {
            for (folder, it, name) in spot.directly(&profile.folder(".fingerprint/")) {
                let Some((name, hash)) = unit(name).filter(|_| it.kind == EntryKind::Folder) else {
                    continue;
                };
                let mut unit = Unit {
                    profile: place,
                    folder,
                    name: name.to_vec(),
                    hash: hash.to_vec(),
                    goes: None,
                    sources: profile.sources(hash, at, spot, contents),
                    numbers: Vec::new(),
                    records: Some(Vec::new()),
                };
                unit.read(at, spot, contents);
                all.push(unit);
            }
        }
        Self { all }
    }

    /// Says which of them go.
    pub(super) fn decide(
        &mut self,
        at: usize,
        spot: &Spot,
        profiles: &[Profile],
        (request, needs): (&PruneRequest<'_>, &Needs),
        contents: &dyn Contents,
    ) {
        // Packages of the standard library are in no lock file of the repository.
        let builds_std = self.all.iter().any(|it| it.sources == Some(Sources::StandardLibrary));
        for unit in &mut self.all {
            unit.goes = match origin(unit, needs) {
                Origin::NotLocked if !builds_std => Some(Reason::NotLocked),
                Origin::Own if !request.keeps_own => Some(Reason::Own),
                Origin::NotLocked | Origin::Own | Origin::Stays => None,
            };
        }
        self.without_record();
        if let Some(wanted) = request.compiler {
            self.other_compilers(at, spot, profiles, wanted, contents);
        }
        self.follow();
    }

    /// A build that was stopped leaves a folder without a fingerprint.
    fn without_record(&mut self) {
        for unit in &mut self.all {
            let is_empty =
                unit.numbers.is_empty() && unit.records.as_ref().is_some_and(Vec::is_empty);
            if unit.goes.is_none() && is_empty {
                unit.goes = Some(Reason::NoRecord);
            }
        }
    }

    /// What is made by another compiler than the one that is used, as libraries say themselves.
    fn other_compilers(
        &mut self,
        at: usize,
        spot: &Spot,
        profiles: &[Profile],
        wanted: &[u8],
        contents: &dyn Contents,
    ) {
        let mut names: BTreeMap<u64, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for unit in &self.all {
            let products = profiles.get(unit.profile).and_then(|it| it.products.get(&unit.hash));
            let files = products.into_iter().flatten().filter_map(|file| spot.entries.get(*file));
            let library = files.filter(|it| it.path.ends_with(b".rmeta")).find_map(|it| {
                let head = contents.beginning(at, &it.path, HEAD)?;
                compiler(&head).map(<[u8]>::to_vec)
            });
            let (Some(name), Some([record])) = (library, unit.records.as_deref()) else { continue };
            names.entry(record.compiler).or_default().insert(name);
        }
        let is_other = |it: &Fingerprint| {
            let names = names.get(&it.compiler);
            names.is_some_and(|names| names.len() == 1 && !names.contains(wanted))
        };
        for unit in self.all.iter_mut().filter(|unit| unit.goes.is_none()) {
            let records = unit.records.as_deref().unwrap_or_default();
            if !records.is_empty() && records.iter().all(is_other) {
                unit.goes = Some(Reason::OtherCompiler);
            }
        }
    }

    /// What was built with something that goes cannot be used again: what it is built with next time is
    /// another, or younger.
    fn follow(&mut self) {
        loop {
            let mut gone: BTreeMap<u64, (Reason, &[u8])> = BTreeMap::new();
            for unit in &self.all {
                let Some(why) = unit.goes else { continue };
                gone.extend(
                    unit.numbers.iter().map(|number| (*number, (why, unit.name.as_slice()))),
                );
            }
            // One fingerprint may be that of two.
            for unit in self.all.iter().filter(|unit| unit.goes.is_none()) {
                for number in &unit.numbers {
                    gone.remove(number);
                }
            }
            let mut next = Vec::new();
            for (at, unit) in self.all.iter().enumerate().filter(|(_, unit)| unit.goes.is_none()) {
                let records = unit.records.as_deref().unwrap_or_default();
                let first = |it: &Fingerprint| it.needs.iter().find_map(|need| gone.get(need));
                let all: Option<Vec<_>> = records.iter().map(first).collect();
                if let Some((why, name)) = all.and_then(|all| all.first().copied().copied()) {
                    // The run of a build script goes as the script does.
                    let is_same = name == unit.name.as_slice();
                    next.push((at, if is_same { why } else { Reason::OnDropped }));
                }
            }
            if next.is_empty() {
                return;
            }
            for (at, why) in next {
                if let Some(unit) = self.all.get_mut(at) {
                    unit.goes = Some(why);
                }
            }
        }
    }
}

impl Unit {
    fn read(&mut self, at: usize, spot: &Spot, contents: &dyn Contents) {
        let Some(folder) = spot.entries.get(self.folder) else { return };
        let inside = [folder.path.as_slice(), b"/"].concat();
        for (_, it, name) in spot.directly(&inside) {
            let is_record = name.ends_with(b".json");
            let is_number =
                !is_record && !name.starts_with(b"dep-") && name != b"invoked.timestamp";
            if it.kind != EntryKind::File || !(is_record || is_number) {
                continue;
            }
            let bytes = contents.beginning(at, &it.path, LARGEST);
            if is_record {
                let read = bytes.and_then(|bytes| Fingerprint::read(&bytes));
                match (read, &mut self.records) {
                    (Some(read), Some(records)) => records.push(read),
                    (None, records) => *records = None,
                    (Some(_), None) => {}
                }
            } else {
                match bytes.and_then(|bytes| number(bytes.trim_ascii())) {
                    Some(number) => self.numbers.push(number),
                    None => self.records = None,
                }
            }
        }
    }
}

/// Whose a unit is.
enum Origin {
    NotLocked,
    Own,
    Stays,
}

fn origin(unit: &Unit, needs: &Needs) -> Origin {
    let name = unit.name.as_slice();
    let (is_local, is_external) = (needs.is_local(name), needs.is_external(name));
    match &unit.sources {
        Some(Sources::Registry(folder)) => match needs.package(name, folder) {
            Some(false) => Origin::NotLocked,
            Some(true) | None => Origin::Stays,
        },
        Some(Sources::Git { clone, commit }) if needs.commit(Some(name), clone, commit) => {
            Origin::Stays
        }
        Some(Sources::Git { .. }) => Origin::NotLocked,
        // Paths may be rewritten, so that a package from elsewhere seems to be one of the workspace.
        Some(Sources::Workspace | Sources::Elsewhere) | None if is_local && !is_external => {
            Origin::Own
        }
        Some(Sources::Workspace) if !is_external => Origin::NotLocked,
        Some(Sources::Workspace | Sources::StandardLibrary | Sources::Elsewhere) | None => {
            Origin::Stays
        }
    }
}
