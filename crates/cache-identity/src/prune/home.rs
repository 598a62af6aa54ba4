//! Downloads in cargo's home.

use std::collections::BTreeSet;

use bstr::ByteSlice as _;
use ecosystems::leftovers::{Needs, Role, repository_name};

use super::{Contents, EntryKind, PruneRequest, Spot, Stage};

/// The most bytes of a list of submodules.
const LARGEST: u64 = 1 << 20;

/// Packages as a registry packed them that nothing needs: files `<registry>/<name>-<version>.crate`.
pub(super) fn packages(spot: &Spot, needs: &Needs) -> Vec<(usize, Stage)> {
    let needed = needs.folders();
    let unneeded = spot.entries.iter().enumerate().filter(|(_, it)| {
        let Some((_, name)) = two(&it.path) else { return false };
        let Some(name) = name.strip_suffix(b".crate") else { return false };
        it.kind == EntryKind::File && is_package(name) && !needed.contains(name)
    });
    unneeded.map(|(at, _)| (at, Stage::Downloads)).collect()
}

/// Packages unpacked that nothing needs: folders `<registry>/<name>-<version>/`.
pub(super) fn sources(spot: &Spot, needs: &Needs) -> Vec<(usize, Stage)> {
    let needed = needs.folders();
    folders(spot, 2, |path| {
        two(path).is_some_and(|(_, name)| is_package(name) && !needed.contains(name))
    })
}

/// Commits checked out that nothing needs: folders `<clone>/<beginning of the commit>/`.
pub(super) fn checkouts(spot: &Spot, needs: &Needs) -> Vec<(usize, Stage)> {
    folders(spot, 2, |path| {
        two(path).is_some_and(|(clone, commit)| {
            is_clone(clone) && is_commit(commit) && !needs.commit(None, clone, commit)
        })
    })
}

/// Clones that nothing needs: folders `<name>-<hash>/`. A submodule of what is checked out may have one as
/// well.
pub(super) fn clones(
    at: usize,
    spot: &Spot,
    request: &PruneRequest<'_>,
    needs: &Needs,
    contents: &dyn Contents,
) -> Vec<(usize, Stage)> {
    let Some(submodules) = submodules(at, request, contents) else { return Vec::new() };
    folders(spot, 1, |clone| {
        let name = clone.rsplit_once_str("-").map_or(clone, |(name, _)| name).to_ascii_lowercase();
        is_clone(clone)
            && !needs.clone_of_any(clone)
            && !submodules.contains(name.strip_suffix(b".git").unwrap_or(&name))
    })
}

/// The names of the repositories that are submodules of others; nothing where one list cannot be read.
fn submodules(
    of: usize,
    request: &PruneRequest<'_>,
    contents: &dyn Contents,
) -> Option<BTreeSet<Vec<u8>>> {
    let mut names = BTreeSet::new();
    for (at, spot) in request.spots.iter().enumerate() {
        let is_one = Role::of(spot.owner, &spot.path) == Role::CargoCheckouts;
        if !is_one || at == of {
            continue;
        }
        for it in &spot.entries {
            if it.kind != EntryKind::File || !it.path.ends_with(b"/.gitmodules") {
                continue;
            }
            let text = contents.beginning(at, &it.path, LARGEST)?;
            for line in text.lines() {
                if let Some((key, address)) = line.split_once_str("=")
                    && key.trim_ascii() == b"url"
                {
                    names.insert(repository_name(address.trim_ascii()));
                }
            }
        }
    }
    Some(names)
}

/// Folders so many parts deep that go, with all that is in them.
fn folders(spot: &Spot, depth: usize, goes: impl Fn(&[u8]) -> bool) -> Vec<(usize, Stage)> {
    let is_one = |path: &[u8]| path.split(|byte| *byte == b'/').count() == depth;
    let roots = spot.entries.iter().enumerate();
    let roots =
        roots.filter(|(_, it)| it.kind == EntryKind::Folder && is_one(&it.path) && goes(&it.path));
    let mut all = Vec::new();
    for (root, folder) in roots {
        let marks = [b".cargo-ok".as_slice(), b"HEAD"];
        for at in spot.whole(root).unwrap_or_default() {
            let inside =
                spot.entries.get(at).and_then(|it| it.path.strip_prefix(folder.path.as_slice()));
            let is_mark = inside
                .is_some_and(|it| marks.iter().any(|mark| it.strip_prefix(b"/") == Some(*mark)));
            all.push((at, if is_mark { Stage::Marks } else { Stage::Downloads }));
        }
    }
    all
}

/// A path of two parts.
fn two(path: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, second) = path.split_once_str("/")?;
    (!second.contains(&b'/')).then_some((first, second))
}

/// Whether this is a name and a version: `serde-1.0.200`.
fn is_package(name: &[u8]) -> bool {
    let dashes = name.iter().enumerate().filter(|(_, byte)| **byte == b'-');
    let mut versions = dashes.filter_map(|(at, _)| name.get(at.checked_add(1)?..));
    versions.any(|version| {
        let numbers: Vec<&[u8]> = version.splitn_str(3, ".").collect();
        let begins = |it: &&[u8]| it.first().is_some_and(u8::is_ascii_digit);
        numbers.len() == 3 && numbers.iter().all(begins)
    })
}

/// Whether this is what cargo calls a clone: a name and 16 hexadecimal digits.
fn is_clone(name: &[u8]) -> bool {
    name.rsplit_once_str("-").is_some_and(|(_, hash)| hash.len() == 16 && is_hexadecimal(hash))
}

/// Whether this is the beginning of a commit.
fn is_commit(name: &[u8]) -> bool {
    name.len() >= 7 && is_hexadecimal(name)
}

fn is_hexadecimal(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_hexdigit)
}
