//! The folders of a build, one for each profile and target: `debug`, `x86_64-unknown-linux-gnu/release`.
//!
//! Source: The Cargo Book, "Build Cache"; cargo's `core/compiler/layout.rs`.

use std::collections::BTreeMap;

use bstr::ByteSlice as _;
use ecosystems::leftovers::{DepInfo, Sources, unit};

use super::{Contents, EntryKind, Spot};

/// The most bytes of a dep-info file that are read: what stands first in it.
pub(super) const BEGINNING: u64 = 16 << 10;

/// The folder of a profile.
#[derive(Debug)]
pub(super) struct Profile {
    /// Its path from the place, with `/` at the end.
    pub(super) path: Vec<u8>,
    /// By hash, what stands in `deps`, `examples` and `build` under that hash, by its place in the list.
    pub(super) products: BTreeMap<Vec<u8>, Vec<usize>>,
}

impl Profile {
    /// Those of a place. Deeper ones belong to other workspaces, such as those that `trybuild` makes.
    pub(super) fn all(spot: &Spot) -> Vec<Self> {
        let records = spot.entries.iter().filter(|it| it.kind == EntryKind::Folder);
        let folders = records.filter_map(|it| it.path.strip_suffix(b".fingerprint"));
        let known = folders.filter(|folder| {
            let parts: Vec<&[u8]> = folder.split(|byte| *byte == b'/').collect();
            match parts.as_slice() {
                [_, b""] => true,
                // `<processor>-<vendor>-<system>`.
                [target, _, b""] => target.split(|byte| *byte == b'-').count() >= 3,
                _ => false,
            }
        });
        known.map(|folder| Self::of(spot, folder)).collect()
    }

    fn of(spot: &Spot, path: &[u8]) -> Self {
        let mut profile = Self { path: path.to_vec(), products: BTreeMap::new() };
        for folder in ["deps/", "examples/", "build/"] {
            for (at, _, name) in spot.directly(&profile.folder(folder)) {
                if let Some((_, hash)) = unit(name) {
                    profile.products.entry(hash.to_vec()).or_default().push(at);
                }
            }
        }
        profile
    }

    /// The path of a folder in it, which ends in `/`.
    pub(super) fn folder(&self, name: &str) -> Vec<u8> {
        [self.path.as_slice(), name.as_bytes()].concat()
    }

    /// Where what was made under a hash comes from, as its dep-info says.
    pub(super) fn sources(
        &self,
        hash: &[u8],
        at: usize,
        spot: &Spot,
        contents: &dyn Contents,
    ) -> Option<Sources> {
        let products = self.products.get(hash)?;
        let mut files = products.iter().flat_map(|product| {
            let it = spot.entries.get(*product);
            let folder = it.filter(|it| it.kind == EntryKind::Folder);
            let inside = folder.map(|it| spot.below(&[it.path.as_slice(), b"/"].concat()));
            // Of a build script only its own dep-info counts, not what it wrote to `out`.
            [*product].into_iter().chain(inside.into_iter().flatten())
        });
        files.find_map(|file| {
            let it = spot.entries.get(file).filter(|it| it.kind == EntryKind::File)?;
            let name = it.path.rsplit_str("/").next()?;
            (name.ends_with(b".d") && unit(name).is_some_and(|(_, of)| of == hash)).then_some(())?;
            Some(DepInfo::read(&contents.beginning(at, &it.path, BEGINNING)?)?.sources)
        })
    }
}
