//! `Cargo.lock`: which packages from elsewhere each package of the repository comes to use.
//!
//! Source of the format: cargo's `core/resolver/encode.rs` ("Historical changes to `Cargo.lock`"). All
//! of its versions are read: 1 (checksums in `[metadata]`, whole names in `dependencies`, `[root]`), and
//! 2 to 4 (`name`, `name version` or `name version (source)`, no more than is needed to tell packages
//! apart). A package without `source` is from a path; cargo refuses two of them with one name and one
//! version.
//!
//! `toml` reads what cargo did not write: it gives places for mistakes and is here for the manifests
//! already, where the crate `cargo-lock` would add its own copy of the graph.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Problem, text};

use super::value::{self, Table, Value};
use super::written;

/// A lock file as a graph.
#[derive(Debug)]
pub(crate) struct Lock {
    packages: Vec<Locked>,
    local: Local,
    unused: BTreeSet<String>,
}

/// The places of the packages from paths, by their names.
type Local = BTreeMap<String, Vec<usize>>;

/// A package of a lock file.
#[derive(Debug)]
struct Locked {
    identity: Identity,
    /// The places of what it depends on, sorted.
    needs: Vec<usize>,
}

/// What makes a package from elsewhere the same one in another lock file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Identity {
    /// The package's name.
    pub(crate) name: String,
    /// Its version, as written.
    pub(crate) version: String,
    /// Where it comes from; nothing for a package from a path.
    pub(crate) source: Option<String>,
    checksum: Option<String>,
}

impl Identity {
    /// The checksum of what is downloaded, if the lock file has one.
    pub(crate) fn checksum(&self) -> Option<&str> {
        self.checksum.as_deref()
    }

    /// What differs, for people, from another of the same version; nothing if it is the source.
    pub(crate) fn same_version(&self, other: &Self) -> Option<&'static str> {
        let [old, new] = [self, other].map(|it| it.source.as_deref());
        if old == new {
            Some(" has another checksum")
        } else if old.map(without_commit) == new.map(without_commit) {
            Some(" comes from another commit")
        } else {
            None
        }
    }
}

impl Lock {
    /// Reads a lock file.
    ///
    /// # Errors
    /// When it is not TOML, or not a graph: a merge conflict, a dependency that nothing or more than
    /// one package fits.
    pub(crate) fn read(path: &[u8], bytes: &[u8]) -> Result<Self, Box<Problem>> {
        Source { path, bytes }.read()
    }

    /// The names of the packages from paths.
    pub(crate) fn local_names(&self) -> impl Iterator<Item = &str> {
        self.local.keys().map(String::as_str)
    }

    /// Whether a package from a path has this name, or one that is written down as an unused patch.
    pub(crate) fn has_local(&self, name: &str) -> bool {
        self.local.contains_key(name) || self.unused.contains(name)
    }

    /// The place of the package from a path that is called so and has this version. A lock file that is
    /// behind knows another version: then every one of the name is meant.
    pub(crate) fn places(&self, name: &str, version: &str) -> &[usize] {
        let Some(places) = self.local.get(name) else { return &[] };
        let is_it = |at: &usize| self.identity(*at).is_some_and(|it| it.version == version);
        match places.iter().position(is_it).and_then(|at| places.get(at..=at)) {
            Some(exact) => exact,
            None => places,
        }
    }

    /// What a package from a path depends on directly: the names.
    pub(crate) fn direct(&self, package: usize) -> impl Iterator<Item = (usize, &str)> {
        let named = |at: &usize| Some((*at, self.identity(*at)?.name.as_str()));
        self.needs(package).iter().filter_map(named)
    }

    /// How many packages there are.
    pub(crate) fn len(&self) -> usize {
        self.packages.len()
    }

    /// What the package at a place is.
    pub(crate) fn identity(&self, at: usize) -> Option<&Identity> {
        self.packages.get(at).map(|package| &package.identity)
    }

    /// The places of what the package at a place depends on.
    pub(crate) fn needs(&self, at: usize) -> &[usize] {
        self.packages.get(at).map_or(&[], |package| &package.needs)
    }

    /// By place, whether a package is reached from some without going through one from a path; and how
    /// many steps that took.
    pub(crate) fn reached(&self, from: &[usize]) -> (Vec<bool>, usize) {
        let mut reached = vec![false; self.packages.len()];
        let mut steps = self.packages.len();
        let mut rest = from.to_vec();
        while let Some(at) = rest.pop() {
            steps += 1;
            let (Some(package), Some(seen)) = (self.packages.get(at), reached.get_mut(at)) else {
                continue;
            };
            if !std::mem::replace(seen, true) && package.identity.source.is_some() {
                rest.extend(&package.needs);
            }
        }
        (reached, steps)
    }

    /// By place, whether a package reaches one from elsewhere that is called so and has this version,
    /// through others from elsewhere. Nothing, if there is no such package.
    pub(crate) fn users(&self, name: &str, version: &str) -> Option<Vec<bool>> {
        let is_elsewhere = |at: usize| self.identity(at).is_some_and(|it| it.source.is_some());
        let is_it = |at: &usize| {
            let identity = self.identity(*at).filter(|_| is_elsewhere(*at));
            identity.is_some_and(|it| it.name == name && it.version == version)
        };
        let mut rest: Vec<usize> = (0..self.len()).filter(is_it).collect();
        if rest.is_empty() {
            return None;
        }
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); self.len()];
        for at in (0..self.len()).filter(|at| is_elsewhere(*at)) {
            for need in self.needs(at) {
                users.get_mut(*need).into_iter().for_each(|users| users.push(at));
            }
        }
        let mut reaching = vec![false; self.len()];
        while let Some(at) = rest.pop() {
            if let Some(mark @ false) = reaching.get_mut(at) {
                *mark = true;
                rest.extend(users.get(at).into_iter().flatten());
            }
        }
        Some(reaching)
    }

    /// The names of the packages from paths that are reached from some, these included.
    pub(crate) fn reached_local(&self, from: &[usize]) -> Vec<&str> {
        let (reached, _) = self.reached(from);
        let is_reached = |places: &[usize]| places.iter().any(|at| reached.get(*at) == Some(&true));
        let local = self.local.iter().filter(|(_, places)| is_reached(places));
        local.map(|(name, _)| name.as_str()).collect()
    }
}

struct Source<'a> {
    path: &'a [u8],
    bytes: &'a [u8],
}

impl Source<'_> {
    fn read(&self) -> Result<Lock, Box<Problem>> {
        let written = written::read(self.bytes).and_then(|tree| self.graph(&tree).ok());
        match written {
            Some(lock) => Ok(lock),
            None => self.graph(&value::read(self.path, self.bytes)?),
        }
    }

    fn graph(&self, tree: &Value) -> Result<Lock, Box<Problem>> {
        let listed = match tree.get("package") {
            None => &[][..],
            Some(list) => match list.as_list() {
                Some(list) => list,
                None => return Err(self.unexpected("package", list, "`[[package]]`")),
            },
        };
        let entries: Vec<&Value> = tree.get("root").into_iter().chain(listed).collect();
        let metadata = tree.get("metadata").and_then(Value::as_table);
        let identities: Vec<Identity> =
            entries.iter().map(|entry| self.identity(entry, metadata)).collect::<Result<_, _>>()?;
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut local = Local::new();
        for (at, identity) in identities.iter().enumerate() {
            by_name.entry(&identity.name).or_default().push(at);
            if identity.source.is_none() {
                local.entry(identity.name.clone()).or_default().push(at);
            }
        }
        let names = Names { identities: &identities, by_name: &by_name, local: &local };
        let needs: Vec<Vec<usize>> =
            entries.iter().map(|entry| self.needs(entry, &names)).collect::<Result<_, _>>()?;
        let packages = identities.into_iter().zip(needs);
        let packages = packages.map(|(identity, needs)| Locked { identity, needs }).collect();
        let unused = tree.get("patch").and_then(|patch| patch.get("unused")?.as_list());
        let unused = unused.unwrap_or_default().iter();
        let unused = unused.filter_map(|entry| Some(entry.get("name")?.as_str()?.to_owned()));
        Ok(Lock { packages, local, unused: unused.collect() })
    }

    fn identity(&self, entry: &Value, metadata: Option<&Table>) -> Result<Identity, Box<Problem>> {
        let text = |key: &'static str| match entry.get(key).map(|value| (value, value.as_str())) {
            None => Ok(None),
            Some((_, Some(text))) => Ok(Some(text.to_owned())),
            Some((value, None)) => Err(self.unexpected(key, value, "a string")),
        };
        let (Some(name), Some(version)) = (text("name")?, text("version")?) else {
            let message = text!["a package without name or version; expected both"];
            return Err(value::problem(message, self.path, self.bytes, entry.at()));
        };
        let source = text("source")?;
        let mut checksum = text("checksum")?;
        if let (Some(metadata), Some(source)) = (metadata, &source) {
            let key = format!("checksum {name} {version} ({source})");
            let old = metadata.get(&key).and_then(Value::as_str).map(str::to_owned);
            checksum = checksum.or(old);
        }
        Ok(Identity { name, version, source, checksum })
    }

    fn needs(&self, entry: &Value, names: &Names<'_>) -> Result<Vec<usize>, Box<Problem>> {
        let listed = match entry.get("dependencies") {
            None => &[][..],
            Some(list) => match list.as_list() {
                Some(list) => list,
                None => return Err(self.unexpected("dependencies", list, "a list")),
            },
        };
        let mut needs = Vec::with_capacity(listed.len());
        for value in listed.iter().chain(entry.get("replace")) {
            let Some(written) = value.as_str() else {
                return Err(self.unexpected("dependencies", value, "a string"));
            };
            let Some(at) = names.find(written) else {
                let message =
                    text!["no package, or more than one, is meant by ", Foreign::from(written)];
                return Err(value::problem(message, self.path, self.bytes, value.at()));
            };
            needs.push(at);
        }
        needs.sort_unstable();
        needs.dedup();
        Ok(needs)
    }

    fn unexpected(&self, name: &'static str, found: &Value, wanted: &'static str) -> Box<Problem> {
        value::unexpected(found, text![name], wanted, self.path, self.bytes)
    }
}

struct Names<'a> {
    identities: &'a [Identity],
    by_name: &'a BTreeMap<&'a str, Vec<usize>>,
    local: &'a Local,
}

impl Names<'_> {
    /// The one package that a dependency means.
    fn find(&self, written: &str) -> Option<usize> {
        let mut words = written.splitn(3, ' ');
        let (name, version, source) = (words.next()?, words.next(), words.next());
        let source = source.map(|source| {
            let inner = source.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
            without_commit(inner.unwrap_or(source))
        });
        let places = self.by_name.get(name)?;
        if let [only] = places.as_slice() {
            return Some(*only);
        }
        // Without a source, the one from a path: only there is none to be written.
        let local = self.local.get(name).map(Vec::as_slice).unwrap_or_default();
        let is_meant = |at: &usize| {
            self.identities.get(*at).is_some_and(|it| {
                version.is_none_or(|version| it.version == version)
                    && source.is_none_or(|source| {
                        it.source.as_deref().map(without_commit) == Some(source)
                    })
            })
        };
        let mut meant = places.iter().copied().filter(is_meant);
        match (meant.next(), meant.next()) {
            (Some(only), None) => Some(only),
            (Some(_), Some(_)) => {
                let mut local = local.iter().copied().filter(is_meant);
                match (source, local.next(), local.next()) {
                    (None, Some(only), None) => Some(only),
                    (_, _, _) => None,
                }
            }
            (None, _) => None,
        }
    }
}

/// A source without the commit that was found there: a dependency is written without it.
fn without_commit(source: &str) -> &str {
    source.split('#').next().unwrap_or(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version = 4\n";

    fn package(name: &str, version: &str, source: &str, needs: &str) -> String {
        let source =
            if source.is_empty() { String::new() } else { format!("source = '{source}'\n") };
        format!(
            "[[package]]\nname = '{name}'\nversion = '{version}'\n{source}dependencies = [{needs}]\n"
        )
    }

    fn reached(lock: &str, name: &str) -> Vec<String> {
        let lock = Lock::read(b"Cargo.lock", lock.as_bytes()).unwrap();
        let direct: Vec<usize> = lock.direct(lock.local[name][0]).map(|(at, _)| at).collect();
        let (reached, _) = lock.reached(&direct);
        let elsewhere = lock
            .packages
            .iter()
            .zip(reached)
            .filter(|(it, is)| *is && it.identity.source.is_some());
        let named =
            elsewhere.map(|(it, _)| format!("{} {}", it.identity.name, it.identity.version));
        named.chain(lock.reached_local(&direct).into_iter().map(str::to_owned)).collect()
    }

    #[test]
    fn what_is_reached_stops_at_packages_from_paths() {
        let lock = [
            HEAD,
            &package("a", "0.1.0", "", "'b', 'x'"),
            &package("b", "0.1.0", "", "'z'"),
            &package("x", "1.0.0", "registry+r", "'y', 'x'"),
            &package("y", "1.0.0", "registry+r", "'c'"),
            &package("z", "1.0.0", "registry+r", ""),
            &package("c", "0.1.0", "", "'z'"),
        ];
        assert_eq!(reached(&lock.concat(), "a"), ["x 1.0.0", "y 1.0.0", "b", "c"]);
    }

    #[track_caller]
    fn check(written: &str, wanted: &str) {
        let lock = [
            HEAD,
            &package("a", "0.1.0", "", &format!("\"{written}\"")),
            &package("x", "1.0.0", "registry+r", ""),
            &package("x", "2.0.0", "registry+r", ""),
            &package("x", "2.0.0", "git+https://g/x?branch=b#1234", ""),
            &package("x", "2.0.0", "", ""),
            &package("y", "1.0.0", "git+https://g/y#1234", ""),
        ];
        assert_eq!(reached(&lock.concat(), "a"), [wanted]);
    }

    #[test]
    fn a_dependency_is_written_in_four_ways() {
        check("x 1.0.0", "x 1.0.0");
        check("x 2.0.0 (registry+r)", "x 2.0.0");
        check("x 2.0.0 (git+https://g/x?branch=b)", "x 2.0.0");
        check("x 2.0.0 (git+https://g/x?branch=b#1234)", "x 2.0.0");
        check("x 2.0.0", "x");
        check("y", "y 1.0.0");
        check("y 1.0.0 (git+https://g/y#1234)", "y 1.0.0");
    }

    #[test]
    fn the_first_version_of_the_format_is_read() {
        let lock = "[root]\nname = 'a'\nversion = '0.1.0'\ndependencies = ['x 1.0.0 (registry+r)']\n\
            [[package]]\nname = 'x'\nversion = '1.0.0'\nsource = 'registry+r'\n\
            [metadata]\n'checksum x 1.0.0 (registry+r)' = '12'\n";
        let lock = Lock::read(b"Cargo.lock", lock.as_bytes()).unwrap();
        assert_eq!(lock.identity(1).unwrap().checksum.as_deref(), Some("12"));
        assert_eq!(lock.places("a", "9.9.9"), [0]);
    }

    #[track_caller]
    fn check_problem(lock: &str, line: u64) {
        let problem = Lock::read(b"Cargo.lock", lock.as_bytes()).unwrap_err();
        assert_eq!(problem.place.unwrap().line, Some(line), "{:?}", problem.message);
    }

    #[test]
    fn what_is_no_graph_has_a_place() {
        check_problem("version = 4\n<<<<<<< HEAD\n", 2);
        check_problem("[[package]]\nname = 'a'\n", 1);
        check_problem("package = 1", 1);
        check_problem(&package("a", "1", "", "'x'"), 4);
        check_problem(&package("a", "1", "", "1"), 4);
        let twice =
            [package("x", "1", "r", ""), package("x", "2", "r", ""), package("a", "1", "", "'x'")];
        check_problem(&twice.concat(), 14);
    }
}
