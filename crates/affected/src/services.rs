//! Services: folders of the head that follow a pattern, and which of them a change affects.
//!
//! They are found in the head's tree, not on the disk, so that what a build left behind is none. A
//! folder that the change removes is told apart: nobody can build it any more. A submodule that follows
//! the pattern is a service too, whatever is in it.

mod links;

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use repo_model::{Change, ChangeSet, Entry, Glob, Kind, OddLink, Side};

use crate::impact::Node;
pub use links::Links;

/// What the user asks for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Which folders are services: `services/*`. A negated pattern takes folders out.
    pub folders: Vec<Glob>,
    /// The names of files of which a service has one directly in its folder, as patterns; empty if any
    /// file will do.
    pub markers: Vec<Glob>,
    /// Which other paths affect a service.
    pub depends: Vec<Depends>,
    /// Whether a name may hold anything.
    pub any_name: bool,
}

/// Paths that affect services besides their own.
#[derive(Clone, Debug)]
pub struct Depends {
    /// The services, by a pattern for their names or folders.
    pub services: Glob,
    /// The paths.
    pub paths: Vec<Glob>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name: the last part of its folder, or all of it where two services would share a name.
    pub name: String,
    /// Its folder.
    pub folder: BString,
}

impl Depends {
    /// Whether a service is meant. A folder stays what it is where a name changes, because another
    /// service comes to share it. A negated pattern excludes by both.
    pub fn is_about(&self, service: &Service) -> bool {
        let is =
            |text: &[u8]| self.services.as_str().as_bytes() == text || self.services.is_match(text);
        let (by_name, by_folder) = (is(service.name.as_bytes()), is(&service.folder));
        if self.services.is_negated() { by_name && by_folder } else { by_name || by_folder }
    }
}

/// The services of a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Services {
    /// Those that are there, sorted by name.
    pub all: Vec<Service>,
    /// The names of those that the change removes, sorted; none is that of one that is there.
    pub deleted: Vec<String>,
    /// Folders that follow the pattern, but have none of the files that mark a service.
    pub without_marker: Vec<BString>,
    /// Folders whose name cannot be used.
    pub bad_names: Vec<BString>,
    /// The places in [`Wanted::depends`] of those that are about no service.
    pub unmet: Vec<usize>,
    /// Links in the folders of services that cannot be followed.
    pub odd_links: Vec<(BString, OddLink)>,
    /// Links that follow the pattern, and the folders that they lead to, which would be services.
    pub linked_folders: Vec<(BString, BString)>,
    links: Vec<links::Link>,
}

/// Why a service is affected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A file of its own changed: the place of the change.
    File(usize),
    /// A file that it depends on changed.
    Depends {
        /// The place of the change.
        change: usize,
        /// The pattern.
        pattern: String,
    },
    /// What a link in its folder leads to changed.
    Link {
        /// The place of the change.
        change: usize,
        /// The path of the link.
        link: BString,
    },
    /// A package in its folder is affected, or in one that a link there leads to.
    Package(Node),
    /// Everything is affected because of this change.
    Global(usize),
    /// Everything is affected because nothing is known of the change.
    Unknown,
}

impl Services {
    /// The services among the files of the head, and those that `changes` removes. `links` are those
    /// that [`Links::unread`] asks for.
    pub fn find(
        wanted: &Wanted,
        head: &[Entry],
        links: Option<&Links>,
        changes: Option<&ChangeSet>,
    ) -> Self {
        let mut found = Self::default();
        let paths = head.iter().map(|entry| entry.path.as_bytes());
        let mut here = folders(wanted, paths);
        let modules = head.iter().filter(|entry| entry.kind == Kind::Submodule);
        submodules(wanted, modules.map(|entry| entry.path.as_bytes()), &mut here);
        let changes = || changes.into_iter().flatten();
        let deleted = changes().filter(|change| change.new.is_none());
        let mut was = folders(wanted, deleted.map(|change| change.path.as_bytes()));
        let modules = changes().filter(|change| was_submodule(change));
        submodules(wanted, modules.map(|change| change.path.as_bytes()), &mut was);
        let mut marked = BTreeSet::new();
        for (folder, is_marked) in here {
            if is_marked {
                marked.insert(folder);
            } else {
                found.without_marker.push(folder.into());
            }
        }
        // A service that is gone had the mark before; one whose folder only lost a file is still here.
        let gone: BTreeSet<&[u8]> = was
            .into_iter()
            .filter(|(folder, was_marked)| *was_marked && !marked.contains(folder))
            .map(|(folder, _)| folder)
            .collect();
        found.without_marker.retain(|folder| !gone.contains(folder.as_slice()));
        if let Some(links) = links {
            let followed = links.followed(wanted, head, &marked);
            found.links = followed.links;
            found.odd_links = followed.odd;
            found.linked_folders = followed.folders;
        }
        let is_good = |folder: &&[u8]| wanted.any_name || is_plain(last_part(folder));
        let (marked, bad): (BTreeSet<&[u8]>, BTreeSet<&[u8]>) =
            marked.into_iter().partition(is_good);
        found.bad_names = bad.into_iter().map(BString::from).collect();
        // What is there has the same name, whatever is gone.
        let names = names(&marked, &BTreeMap::new());
        found.deleted = self::names(&gone, &names).into_values().collect();
        found.deleted.sort();
        let service =
            |(folder, name): (&[u8], String)| Service { name, folder: BString::from(folder) };
        found.all = names.into_iter().map(service).collect();
        found.all.sort_by(|one, other| one.name.cmp(&other.name));
        let is_met = |depends: &Depends| found.all.iter().any(|service| depends.is_about(service));
        let places = wanted.depends.iter().enumerate();
        let unmet: Vec<usize> =
            places.filter(|(_, depends)| !is_met(depends)).map(|(place, _)| place).collect();
        found.unmet = unmet;
        found
    }

    /// Why each service is affected by `changes` or by the packages in its folder; nothing for one
    /// that is not. `packages` are the folders of affected packages.
    pub fn causes(
        &self,
        wanted: &Wanted,
        changes: &ChangeSet,
        packages: &[(&[u8], Node)],
    ) -> Vec<Option<Cause>> {
        let mut causes: Vec<Option<Cause>> = vec![None; self.all.len()];
        let by_folder: BTreeMap<&[u8], usize> = self
            .all
            .iter()
            .enumerate()
            .map(|(place, service)| (service.folder.as_slice(), place))
            .collect();
        for (place, change) in changes.iter().enumerate() {
            let path = change.path.as_bytes();
            // The path itself is a folder where it is a submodule, or was something else.
            for folder in std::iter::once(path).chain(with_ancestors(path)) {
                if let Some(service) = by_folder.get(folder).and_then(|at| causes.get_mut(*at)) {
                    service.get_or_insert(Cause::File(place));
                }
            }
        }
        links::Spread::new(&self.links).run(changes, packages, &mut |link, cause| {
            for folder in with_ancestors(link) {
                if let Some(service) = by_folder.get(folder).and_then(|at| causes.get_mut(*at)) {
                    service.get_or_insert_with(|| cause.clone());
                }
            }
        });
        for depends in &wanted.depends {
            let first = first_match(&depends.paths, changes);
            let Some((change, pattern)) = first else { continue };
            for (service, cause) in self.all.iter().zip(&mut causes) {
                if depends.is_about(service) {
                    let pattern = pattern.as_str().to_owned();
                    cause.get_or_insert(Cause::Depends { change, pattern });
                }
            }
        }
        for (folder, node) in packages {
            let own = std::iter::once(*folder).chain(with_ancestors(folder));
            for folder in own {
                if let Some(service) = by_folder.get(folder).and_then(|at| causes.get_mut(*at)) {
                    service.get_or_insert(Cause::Package(*node));
                }
            }
        }
        causes
    }
}

/// The first change that one of the patterns matches and none that is negated takes out.
pub(crate) fn first_match<'a>(
    patterns: &'a [Glob],
    changes: &ChangeSet,
) -> Option<(usize, &'a Glob)> {
    let (excludes, includes): (Vec<&Glob>, Vec<&Glob>) =
        patterns.iter().partition(|pattern| pattern.is_negated());
    changes.iter().enumerate().find_map(|(place, change)| {
        let path = change.path.as_bytes();
        // A negated pattern matches what it does not exclude.
        if !excludes.iter().all(|pattern| pattern.is_match(path)) {
            return None;
        }
        let found = includes.iter().find(|pattern| pattern.is_match(path))?;
        Some((place, *found))
    })
}

/// The folders above `paths` that are meant, and whether each has a mark.
fn folders<'a>(wanted: &Wanted, paths: impl Iterator<Item = &'a [u8]>) -> BTreeMap<&'a [u8], bool> {
    // Each folder is asked for once; `Some` of whether it is marked, if it is meant.
    let mut seen: BTreeMap<&[u8], Option<bool>> = BTreeMap::new();
    let mut last: Option<&[u8]> = None;
    for path in paths {
        let Some(folder) = with_ancestors(path).next() else { continue };
        // Sorted paths come folder by folder, so that its ancestors are mostly known.
        if last != Some(folder) {
            for folder in with_ancestors(path) {
                seen.entry(folder).or_insert_with(|| is_meant(wanted, folder).then_some(false));
            }
            last = Some(folder);
        }
        if let Some(Some(is_marked)) = seen.get_mut(folder) {
            *is_marked |= is_marker(wanted, last_part(path));
        }
    }
    let mut meant: BTreeMap<&[u8], bool> =
        seen.into_iter().filter_map(|(folder, state)| Some((folder, state?))).collect();
    if wanted.markers.is_empty() {
        // Any file will do, also one in a folder below.
        for is_marked in meant.values_mut() {
            *is_marked = true;
        }
    }
    meant
}

/// Adds submodules that are meant. What is in them is not known here, so that they need no mark.
fn submodules<'a>(
    wanted: &Wanted,
    paths: impl Iterator<Item = &'a [u8]>,
    folders: &mut BTreeMap<&'a [u8], bool>,
) {
    folders.extend(paths.filter(|path| is_meant(wanted, path)).map(|path| (path, true)));
}

/// Whether a change takes a submodule away.
fn was_submodule(change: &Change) -> bool {
    let is_submodule = |side: Option<Side>| side.is_some_and(|side| side.kind == Kind::Submodule);
    is_submodule(change.old) && !is_submodule(change.new)
}

fn is_meant(wanted: &Wanted, folder: &[u8]) -> bool {
    let (excludes, includes): (Vec<&Glob>, Vec<&Glob>) =
        wanted.folders.iter().partition(|pattern| pattern.is_negated());
    includes.iter().any(|pattern| pattern.is_match(folder))
        && excludes.iter().all(|pattern| pattern.is_match(folder))
}

fn is_marker(wanted: &Wanted, name: &[u8]) -> bool {
    wanted.markers.iter().any(|marker| marker.is_match(name))
}

/// The folders above a path, the nearest first.
fn with_ancestors(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = path;
    std::iter::from_fn(move || {
        let slash = rest.iter().rposition(|byte| *byte == b'/')?;
        rest = rest.get(..slash)?;
        Some(rest)
    })
}

fn last_part(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or(path)
}

/// Whether a name is safe in every place where names of services end up: image tags, job names, shell
/// words.
pub fn is_plain(name: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    !name.is_empty() && !name.starts_with(b"-") && name.iter().all(letter)
}

/// A name for each folder: its last part, or its whole path with `-` for `/` where others share that.
/// Where such a path is somebody's name already, more stands for `/`, and at last a number behind it: no
/// two folders have one name, and none has one of those that `others` have.
fn names<'a>(
    folders: &BTreeSet<&'a [u8]>,
    others: &BTreeMap<&'a [u8], String>,
) -> BTreeMap<&'a [u8], String> {
    let mut sharing: BTreeMap<&[u8], usize> = BTreeMap::new();
    for folder in folders.iter().chain(others.keys()) {
        *sharing.entry(last_part(folder)).or_default() += 1;
    }
    let name = |folder: &[u8], slash: &str| {
        let last = last_part(folder);
        if sharing.get(last) == Some(&1) {
            String::from_utf8_lossy(last).into_owned()
        } else {
            String::from_utf8_lossy(folder).replace('/', slash)
        }
    };
    let mut used: BTreeSet<String> = others.values().cloned().collect();
    let mut wanted = BTreeSet::new();
    for slash in ["-", "--", "_", "__"] {
        wanted = folders.iter().map(|folder| name(folder, slash)).collect();
        if wanted.len() == folders.len() && wanted.is_disjoint(&used) {
            return folders.iter().map(|folder| (*folder, name(folder, slash))).collect();
        }
    }
    let mut numbered: BTreeMap<&[u8], String> = BTreeMap::new();
    for folder in folders {
        let first = name(folder, "__");
        let mut unique = first.clone();
        let mut number = 1_u32;
        while used.contains(&unique) || (number > 1 && wanted.contains(&unique)) {
            number += 1;
            unique = format!("{first}-{number}");
        }
        used.insert(unique.clone());
        numbered.insert(folder, unique);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use repo_model::{MemoryTree, RepoPath, Status, Tree as _};

    use super::*;

    fn globs(patterns: &str) -> Vec<Glob> {
        patterns.split_whitespace().map(|pattern| Glob::new(pattern).unwrap()).collect()
    }

    fn wanted(folders: &str, markers: &str) -> Wanted {
        Wanted { folders: globs(folders), markers: globs(markers), ..Wanted::default() }
    }

    fn tree(paths: &str) -> MemoryTree {
        MemoryTree::new(paths.split_whitespace().map(|path| (path, ""))).unwrap()
    }

    /// `+a` is added, `-a` deleted, anything else modified.
    fn changes(paths: &str) -> ChangeSet {
        let side = Some(Side { kind: Kind::File, id: None });
        let change = |word: &str| {
            let (status, path) = match word.split_at(1) {
                ("+", path) => (Status::Added, path),
                ("-", path) => (Status::Deleted, path),
                _ => (Status::Modified, word),
            };
            Change {
                path: RepoPath::of_git(path.as_bytes()).unwrap(),
                status,
                old: side.filter(|_| status != Status::Added),
                new: side.filter(|_| status != Status::Deleted),
            }
        };
        ChangeSet::new(paths.split_whitespace().map(change).collect())
    }

    fn named(services: &Services) -> Vec<&str> {
        services.all.iter().map(|service| service.name.as_str()).collect()
    }

    #[track_caller]
    fn check(wanted: &Wanted, head: &str, change: &str, all: &[&str], gone: &[&str]) -> Services {
        let found = Services::find(wanted, tree(head).entries(), None, Some(&changes(change)));
        assert_eq!(
            (named(&found).as_slice(), found.deleted.as_slice()),
            (all, gone.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice())
        );
        found
    }

    #[test]
    fn no_two_folders_have_one_name() {
        let name = |folders: &str| {
            let folders = folders.split_whitespace().map(str::as_bytes).collect();
            let names = names(&folders, &BTreeMap::new());
            names.into_values().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(name("a/x b/x c/y"), "a-x b-x y");
        assert_eq!(name("a/x b/a-x b/x"), "a--x a-x b--x");
        assert_eq!(name("a-b/c/s a/b-c/s"), "a-b--c--s a--b-c--s");
        // Nothing keeps these apart but a number.
        let odd = "a/x b/x c/a-x d/a--x e/a_x f/a__x";
        assert_eq!(name(odd), "a__x b__x a-x a--x a_x a__x-2");
    }

    #[test]
    fn folders_of_the_head_are_services() {
        let any = wanted("services/*", "");
        check(&any, "services/a/x services/b/c/x services/README libs/d/x", "", &["a", "b"], &[]);
        let marked = wanted("services/*", "go.mod Dockerfile*");
        let found = check(
            &marked,
            "services/a/go.mod services/b/c/go.mod services/d/Dockerfile.dev",
            "",
            &["a", "d"],
            &[],
        );
        assert_eq!(found.without_marker, ["services/b"]);
        check(&wanted("**", "go.mod"), "go.mod a/go.mod a/b/go.mod", "", &["a", "b"], &[]);
        check(&wanted("apps/* !apps/old*", ""), "apps/a/x apps/older/x", "", &["a"], &[]);
    }

    #[test]
    fn a_service_that_is_gone_is_told_apart() {
        let marked = wanted("services/*", "go.mod");
        check(&marked, "services/a/go.mod", "-services/b/go.mod -services/b/x", &["a"], &["b"]);
        // What is left without its mark is no service any more.
        check(&marked, "services/a/go.mod services/b/x", "-services/b/go.mod", &["a"], &["b"]);
        // A file less is still the same service.
        check(&wanted("services/*", ""), "services/a/x", "-services/a/y", &["a"], &[]);
        // What is gone changes no name of what is there, and shares none with it.
        let any = wanted("*/* */*/*", "");
        check(&any, "a/x/f c/y/f", "-b/x/f -b/z/f", &["x", "y"], &["b-x", "z"]);
        check(&any, "a/b-x/f a/x/f", "-b/x/f", &["b-x", "x"], &["b--x"]);
    }

    #[test]
    fn two_services_of_one_name_are_told_by_their_folders() {
        let found = check(
            &wanted("*/api */web", ""),
            "eu/api/x us/api/x us/web/x",
            "",
            &["eu-api", "us-api", "web"],
            &[],
        );
        assert_eq!(found.all[1].folder, "us/api");
    }

    #[test]
    fn a_name_that_is_not_safe_everywhere_is_refused() {
        let head = MemoryTree::new([("s/a b/x", ""), ("s/-rf/x", ""), ("s/ok/x", "")]).unwrap();
        let found = Services::find(&wanted("s/*", ""), head.entries(), None, None);
        assert_eq!(named(&found), ["ok"]);
        assert_eq!(found.bad_names, ["s/-rf", "s/a b"]);
        let any = Wanted { any_name: true, ..wanted("s/*", "") };
        assert_eq!(Services::find(&any, head.entries(), None, None).all.len(), 3);
    }

    #[track_caller]
    fn check_causes(wanted: &Wanted, change: &str, packages: &[&str], hit: &[&str]) {
        let head = tree("s/a/x s/b/x s/ab/x libs/c/x");
        let changes = changes(change);
        let services = Services::find(wanted, head.entries(), None, Some(&changes));
        let node = Node { graph: 0, package: 0 };
        let packages: Vec<(&[u8], Node)> =
            packages.iter().map(|folder| (folder.as_bytes(), node)).collect();
        let causes = services.causes(wanted, &changes, &packages);
        let hits = services.all.iter().zip(&causes).filter(|(_, cause)| cause.is_some());
        assert_eq!(hits.map(|(service, _)| service.name.as_str()).collect::<Vec<_>>(), hit);
    }

    #[test]
    fn a_service_is_affected_by_its_files_its_paths_and_its_packages() {
        let plain = wanted("s/*", "");
        check_causes(&plain, "s/a/x", &[], &["a"]);
        check_causes(&plain, "-s/a/deep/gone libs/c/x", &[], &["a"]);
        check_causes(&plain, "s/aa libs/c/x", &[], &[]);
        check_causes(&plain, "libs/c/x", &["s/b", "libs/c"], &["b"]);
        check_causes(&plain, "", &["s/b/inner"], &["b"]);
        let depends = |services: &str, paths: &str| Wanted {
            depends: vec![Depends { services: Glob::new(services).unwrap(), paths: globs(paths) }],
            ..wanted("s/*", "")
        };
        check_causes(&depends("a*", "libs/**"), "libs/c/x", &[], &["a", "ab"]);
        check_causes(&depends("s/a", "libs/**"), "libs/c/x", &[], &["a"]);
        check_causes(&depends("!s/a", "libs/**"), "libs/c/x", &[], &["ab", "b"]);
        check_causes(&depends("!a", "libs/**"), "libs/c/x", &[], &["ab", "b"]);
        check_causes(&depends("*", "** !**/*.md"), "README.md", &[], &[]);
        check_causes(&depends("*", "** !**/*.md"), "README.md x", &[], &["a", "ab", "b"]);
    }
}
