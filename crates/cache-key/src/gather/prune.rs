//! What is in the places of a cache, and how something of it is removed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use cache_identity::{
    Contents, Ecosystem, Entry, EntryKind, Place, Plan, PruneRequest, Spot, prune,
};
use diagnostics::{Foreign, Piece, Place as At, Problem, text};
use ecosystems::leftovers::Needs;
use runner_protocol::{Failure, Out};
use system::{Listed, ListedKind, NotRemoved, Opened, Rooted};

use super::files::{Files, files, home};
use super::{Gathered, disk, gathered, probes};
use crate::args::{PruneArgs, PruneHome};

/// The most bytes that a compiler says of itself.
const LARGEST: u64 = 1 << 16;
/// The most refusals that are told one by one.
const TOLD: usize = 20;

/// The places, what may go of them, and what went.
pub(crate) struct Pruned {
    /// The places.
    pub(crate) spots: Vec<Spot>,
    /// What may go.
    pub(crate) plan: Plan,
    /// What went, in the order of the plan; nothing where it was only asked.
    pub(crate) done: Option<Done>,
}

/// What went.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// How many bytes that freed.
    pub(crate) bytes: u64,
    /// How many files.
    pub(crate) files: u64,
    /// What could not be removed, by its path.
    pub(crate) refused: Vec<(PathBuf, NotRemoved)>,
}

/// A place on this machine.
struct Found {
    spot: Spot,
    /// Its folder; nothing where there is none to look into.
    folder: Option<Rooted>,
    path: PathBuf,
}

/// Looks at the places and decides; removes what may go if that is asked for.
pub(crate) fn pruned(args: &PruneArgs, out: &mut Out) -> Result<Pruned, Failure> {
    let gathered = gathered(&args.compute, out)?;
    // Where no key can be made, nothing is known to be a cache.
    gathered.identity()?;
    let Files { tree, top } = files(false, out)?;
    let needs = needs(&gathered, &tree)?;
    let compiler = if args.one_compiler { Some(compiler(&top)?) } else { None };
    let mut found = Vec::new();
    let around = Around { prune_home: args.prune_home, top: &top, tree: &tree };
    for (owner, place, is_claimed) in places(&gathered) {
        found.extend(look(owner, (place, is_claimed), &around, out)?);
    }
    let (spots, folders): (Vec<Spot>, Vec<(Option<Rooted>, PathBuf)>) =
        found.into_iter().map(|it| (it.spot, (it.folder, it.path))).unzip();
    let request = PruneRequest {
        spots: &spots,
        needs: needs.as_ref(),
        keeps_own: gathered.layers.contains(&cache_identity::Layer::Workspace),
        keeps_downloads: args.cache_all_crates,
        compiler: compiler.as_deref(),
    };
    let plan = prune(&request, &Read(&folders));
    let done = args.apply.then(|| remove(&spots, &folders, &plan));
    Ok(Pruned { spots, plan, done })
}

/// What a place is looked at with.
struct Around<'a> {
    prune_home: PruneHome,
    /// The root of the repository.
    top: &'a Path,
    /// Its files.
    tree: &'a system::DiskTree,
}

/// The places of the layers that are kept, each once, with whether a file of the repository alone says that
/// it is one.
fn places(gathered: &Gathered) -> Vec<(Ecosystem, &Place, bool)> {
    let mut seen = BTreeSet::new();
    let places = gathered.found.iter().flat_map(|(owner, found)| {
        found.places.iter().map(move |it| (*owner, it, found.claimed.contains(&it.path)))
    });
    let kept = places.filter(|(_, place, _)| gathered.layers.contains(&place.layer));
    kept.filter(|(_, place, _)| seen.insert(place.path.as_slice())).collect()
}

/// What the lock files need; nothing where something is not locked.
fn needs(gathered: &Gathered, tree: &system::DiskTree) -> Result<Option<Needs>, Failure> {
    if gathered.found.iter().any(|(owner, found)| *owner == Ecosystem::Cargo && found.is_unlocked) {
        return Ok(None);
    }
    Needs::of(tree).map_err(|problem| Failure::no_answer(*problem))
}

/// What the compiler of the repository calls itself.
fn compiler(top: &Path) -> Result<Vec<u8>, Failure> {
    let asked = [OsString::from("-vV")];
    let said = system::run_within("rustc", &asked, top, LARGEST, probes::PATIENCE);
    let line = said.as_ref().ok().filter(|said| said.code == Some(0));
    let line = line.and_then(|said| said.stdout.lines().next()).map(<[u8]>::to_vec);
    line.filter(|line| line.starts_with(b"rustc ")).ok_or_else(|| {
        let problem = Problem::error("`rustc -vV` does not say which compiler there is");
        let problem = match &said {
            Ok(_) => problem,
            Err(failure) => problem.label(Piece::said(failure)),
        };
        let help = "`one-compiler` needs one: install it first, or leave the input out";
        Failure::no_answer(problem.help(help))
    })
}

/// Looks into a place; nothing where nothing is there, or what must not be entered.
fn look(
    owner: Ecosystem,
    (place, is_claimed): (&Place, bool),
    around: &Around<'_>,
    out: &mut Out,
) -> Result<Option<Found>, Failure> {
    let Around { prune_home, top, tree } = *around;
    // A wildcard says which of a folder's contents are kept.
    let parts: Vec<&[u8]> = place.path.split(|byte| *byte == b'/').collect();
    let is_plain = |part: &&[u8]| !part.iter().any(|byte| matches!(byte, b'*' | b'?' | b'['));
    let plain = parts.iter().take_while(|part| is_plain(part)).count();
    let (folder, pattern) = parts.split_at(plain.min(parts.len()));
    let folder = folder.join(&b'/');
    let at = match folder.strip_prefix(b"~/") {
        Some(below) => home(out).map(|home| (home, below.to_vec(), false)),
        None if folder.starts_with(b"/") => {
            let (parent, name) = folder.rsplit_once_str("/").unwrap_or((b"", &folder));
            let parent = parent.to_path().ok().map(|parent| Path::new("/").join(parent));
            parent.map(|parent| (parent, name.to_vec(), false))
        }
        None => Some((top.to_owned(), folder.clone(), true)),
    };
    let Some((base, below, is_of_repository)) = at else { return Ok(None) };
    // A folder that was named from the root of the disk, as the home and the repository were not.
    if folder.starts_with(b"/") && system::whole_path(&base).is_ok_and(|real| real != base) {
        out.problem(is_linked(place, &base));
        return Ok(None);
    }
    let path = base.join(below.to_path().unwrap_or(Path::new("")));
    let help = "see its permissions";
    let opened = Rooted::open(&base, &below).map_err(|failure| {
        if failure.source.kind() == std::io::ErrorKind::Unsupported {
            return Failure::no_answer(
                Problem::error("nothing is pruned on this system")
                    .label("it has no way to look up a name without following links")
                    .help("leave `prune` out here: what is left over is only of no use"),
            );
        }
        disk(&failure, "the place", help)
    })?;
    let is_thrown_away = out
        .variables(&|name: &[u8]| name == b"RUNNER_ENVIRONMENT")
        .into_values()
        .any(|value| value == "github-hosted");
    let is_temporary = out.temporary().is_some_and(|folder| path.starts_with(folder));
    let is_shared = match prune_home {
        PruneHome::Auto => !(is_of_repository || is_temporary || is_thrown_away),
        PruneHome::Always => false,
        PruneHome::Never => !is_of_repository,
    };
    let shared = if is_claimed {
        Some("it lies outside of the repository, of which a file alone says that it is the cache's")
    } else {
        is_shared.then_some("it lies outside of the repository, on a machine that others may use")
    };
    let mut spot = Spot { owner, path: place.path.clone(), shared, entries: Vec::new() };
    let folder = match opened {
        Opened::Nothing | Opened::Other => return Ok(None),
        Opened::File(size) => {
            let entry =
                Entry { path: Vec::new(), kind: EntryKind::File, size, identity: (0, 0), links: 1 };
            spot.entries.push(entry);
            None
        }
        Opened::Link(link) => {
            out.problem(is_linked(place, &base.join(link.to_path().unwrap_or(Path::new("")))));
            return Ok(None);
        }
        Opened::Folder(folder) => {
            let listing = folder.list();
            for (failed, error) in listing.failures.iter().take(TOLD) {
                let failed = path.join(failed.to_path().unwrap_or(Path::new("")));
                out.problem(
                    Problem::warning(
                        "a folder of the cache cannot be looked into, and stays as it is",
                    )
                    .at(At::file(Foreign::path(&failed)))
                    .label(Piece::said(error)),
                );
            }
            for mounted in listing.entries.iter().filter(|it| it.kind == ListedKind::Mounted) {
                out.problem(
                    Problem::warning(
                        "something else is mounted in a folder of the cache, and stays as it is",
                    )
                    .at(At::file(Foreign::path(
                        path.join(mounted.path.to_path().unwrap_or(Path::new(""))),
                    ))),
                );
            }
            let failed: BTreeSet<&[u8]> =
                listing.failures.iter().map(|(path, _)| path.as_slice()).collect();
            let entries = listing.entries.iter().filter(|it| fits(&it.path, pattern));
            // What git knows is somebody's work, wherever it lies.
            let is_tracked = |path: &[u8]| {
                let path = [below.as_slice(), b"/", path].concat();
                is_of_repository && repo_model::entry(tree, &path).is_some()
            };
            let stays = |it: &Listed| failed.contains(it.path.as_slice()) || is_tracked(&it.path);
            spot.entries = entries.map(|it| entry(it, stays(it))).collect();
            Some(folder)
        }
    };
    Ok(Some(Found { spot, folder, path }))
}

/// Tells that a place is not looked into, because a link stands on the way.
fn is_linked(place: &Place, link: &Path) -> Problem {
    Problem::warning(text!["nothing is dropped from ", Foreign::new(place.path.clone())])
        .at(At::file(Foreign::path(link)))
        .label("a link stands here, or above, and nobody says that what it leads to is the cache's")
        .help("put the folder itself there, or set where it is: `CARGO_HOME`, `CARGO_TARGET_DIR`")
}

/// Whether a path is one that the wildcards mean, or below one.
fn fits(path: &[u8], pattern: &[&[u8]]) -> bool {
    let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    parts.len() >= pattern.len()
        && pattern.iter().zip(&parts).all(|(pattern, part)| matches(pattern, part))
}

/// Whether a name fits a pattern in which `*` stands for any letters. What else may stand in one means
/// nothing here, so that such a place is never taken for another.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let mut words = pattern.split(|byte| *byte == b'*');
    let Some(mut rest) = words.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut words = words.peekable();
    if words.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(word) = words.next() {
        if words.peek().is_none() {
            return rest.ends_with(word);
        }
        let Some(at) = rest.find(word) else { return false };
        rest = rest.get(at.saturating_add(word.len())..).unwrap_or_default();
    }
    true
}

fn entry(listed: &Listed, stays: bool) -> Entry {
    let kind = match listed.kind {
        ListedKind::File | ListedKind::Folder | ListedKind::Link if stays => EntryKind::Other,
        ListedKind::File => EntryKind::File,
        ListedKind::Folder => EntryKind::Folder,
        ListedKind::Link => EntryKind::Link,
        ListedKind::Mounted | ListedKind::Other => EntryKind::Other,
    };
    let Listed { path, size, identity, links, .. } = listed.clone();
    Entry { path, kind, size, identity, links }
}

/// Removes what may go. What is refused stays, and everything that must go after it.
fn remove(spots: &[Spot], folders: &[(Option<Rooted>, PathBuf)], plan: &Plan) -> Done {
    let mut done = Done::default();
    let mut closed = BTreeSet::new();
    for dropped in &plan.dropped {
        let entry = spots.get(dropped.spot).and_then(|spot| spot.entries.get(dropped.entry));
        let folder = folders.get(dropped.spot);
        let (Some(entry), Some((Some(folder), path))) = (entry, folder) else { continue };
        // A product whose record stays would be taken for there.
        if closed.contains(&dropped.spot) && !dropped.is_record {
            continue;
        }
        let kind = match entry.kind {
            EntryKind::File => ListedKind::File,
            EntryKind::Folder => ListedKind::Folder,
            EntryKind::Link => ListedKind::Link,
            EntryKind::Other => continue,
        };
        let Entry { path: below, size, identity, links, .. } = entry.clone();
        match folder.remove(&Listed { path: below, kind, size, identity, links }) {
            Ok(()) => {
                done.bytes = done.bytes.saturating_add(dropped.bytes);
                done.files = done.files.saturating_add(u64::from(kind != ListedKind::Folder));
            }
            Err(refused) => {
                let is_full = matches!(&refused, NotRemoved::Refused(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty);
                if dropped.is_record {
                    closed.insert(dropped.spot);
                }
                // What is in it was told, or came since.
                if !is_full {
                    done.refused
                        .push((path.join(entry.path.to_path().unwrap_or(Path::new(""))), refused));
                }
            }
        }
    }
    done
}

/// What was refused, as one failure.
pub(crate) fn refused(done: &Done) -> Failure {
    let told = done.refused.iter().take(TOLD).map(|(path, why)| {
        Problem::error("it could not be removed")
            .at(At::file(Foreign::path(path)))
            .label(Piece::said(why))
    });
    let amount = u64::try_from(done.refused.len()).unwrap_or(u64::MAX);
    let all = Problem::error(text![
        "removed ",
        done.files,
        " files (",
        done.bytes,
        " bytes), and ",
        amount,
        " could not be"
    ])
    .help("see the permissions of the folders around them; what stays is a cache that works");
    Failure {
        cause: runner_protocol::Cause::Environment,
        problems: std::iter::once(all).chain(told).collect(),
    }
}

struct Read<'a>(&'a [(Option<Rooted>, PathBuf)]);

impl Contents for Read<'_> {
    fn beginning(&self, spot: usize, path: &[u8], most: u64) -> Option<Vec<u8>> {
        let (folder, _) = self.0.get(spot)?;
        folder.as_ref()?.beginning(path, most).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns_as_a_shell_reads_them() {
        let check = |pattern: &str, name: &str, wanted: bool| {
            assert_eq!(matches(pattern.as_bytes(), name.as_bytes()), wanted, "{pattern} {name}");
        };
        check("*", "anything", true);
        check("*-sys-*", "libz-sys-1.1.0", true);
        check("*-sys-*", "sys-1", false);
        check("a*a", "a", false);
        check("a*a", "aa", true);
        check("abc", "abc", true);
        check("abc", "abcd", false);
        check("a[bc]", "ab", false);
    }
}
