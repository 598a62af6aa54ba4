//! The packages and workspaces of one version of a repository.
//!
//! A workspace is what `workspaces` of a `package.json`, `packages` of a `pnpm-workspace.yaml` or, where
//! neither is there, of a `lerna.json` names. Every other manifest is a package of its own (a service
//! beside others, with its own lock file), except:
//!
//! * below `node_modules`, which is installed and not written;
//! * below a folder of another package that is called after fixtures, tests or templates: what lies
//!   there is data of that package, often broken on purpose, and a change of it is a change of that
//!   package. A workspace may still name it, and one with a lock file of its own that asks for a package
//!   outside by its path (`file:../../packages/a`) tests that package;
//! * one that neither has a name nor asks for anything: it only tells Node of which kind its modules are.
//!
//! Links are followed as the tools do: a link in place of a folder or of a manifest counts for what it
//! leads to, and a pattern may name a folder by a link.
//!
//! `package.yaml` and `package.json5`, which pnpm reads too, are not read.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use diagnostics::{Foreign, Piece, Place, Problem, text};
use repo_model::{ChangeSet, Entry, Kind, RepoPath, Tree};

use super::manifest::Manifest;
use super::patterns::Patterns;
use super::settings::Settings;
use crate::workspaces::draft::not_read;
use crate::workspaces::folders;
use crate::workspaces::links::Links;

/// Folders whose content is data of the package around them.
const DATA: [&[u8]; 12] = [
    b"fixture",
    b"fixtures",
    b"__fixtures__",
    b"__mocks__",
    b"__testfixtures__",
    b"__tests__",
    b"template",
    b"templates",
    b"test",
    b"test-data",
    b"testdata",
    b"tests",
];

/// What says that a manifest beside it is the root of a workspace of pnpm.
const PNPM: &[u8] = b"pnpm-workspace.yaml";
/// Lock files, by name. Beside a manifest they say that it is meant to be installed, so that it must be
/// readable.
pub(super) const LOCKS: [&[u8]; 6] = [
    b"pnpm-lock.yaml",
    b"package-lock.json",
    b"npm-shrinkwrap.json",
    b"yarn.lock",
    b"bun.lock",
    b"bun.lockb",
];

/// How many folders may stand in each other above a manifest. Each is asked for what it says of the
/// manifest; nobody goes so deep.
const DEEPEST: usize = 64;
/// How often a pattern is tried on a manifest, in all: 500 patterns for each of 10,000.
const MOST_TRIES: usize = 5_000_000;

/// A package.
#[derive(Debug)]
pub(super) struct Package {
    pub(super) folder: Vec<u8>,
    pub(super) manifest: Rc<Manifest>,
    /// The workspaces that it is the root or a member of, by place; more than one where they stand in
    /// each other.
    pub(super) workspaces: Vec<usize>,
}

/// A workspace.
#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) folder: Vec<u8>,
    pub(super) settings: Option<Settings>,
    /// What is asked for in place of what members ask for, by name.
    pub(super) overrides: BTreeMap<String, BTreeSet<String>>,
}

/// A file that cannot be read.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) folder: Vec<u8>,
    pub(super) problem: Box<Problem>,
    /// Whether packages depend on it for sure: the root or a member of a workspace, or one with a lock
    /// file. Anything else may be a template that was never meant to be read.
    pub(super) is_certain: bool,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Model {
    /// In the order of their folders.
    pub(super) packages: Vec<Package>,
    /// In the order of their folders.
    pub(super) workspaces: Vec<Workspace>,
    pub(super) broken: Vec<Broken>,
    /// The links of the tree.
    pub(super) links: Links,
    /// The manifests that were read, by path, to be used again for the other side.
    manifests: BTreeMap<RepoPath, Rc<Manifest>>,
}

/// Whether a path decides which packages there are.
pub(super) fn decides(path: &[u8]) -> bool {
    let (folder, name) = folders::split(path);
    matches!(name, b"package.json" | b"pnpm-workspace.yaml" | b"lerna.json")
        && !is_installed(folder)
        && folders::names_of(folder).count() <= DEEPEST
}

/// Whether a folder is one that package managers fill.
pub(super) fn is_installed(folder: &[u8]) -> bool {
    folders::names_of(folder).any(|name| name == b"node_modules")
}

/// A manifest that stands somewhere.
struct Found<'t> {
    entry: &'t Entry,
    /// Whether it lies in data of another package.
    is_data: bool,
    /// Whether it does, with a lock file of its own beside it.
    is_locked: bool,
    manifest: Option<Rc<Manifest>>,
    workspaces: Vec<usize>,
}

type Manifests<'t> = BTreeMap<&'t [u8], Found<'t>>;

impl Model {
    /// Reads one side. What did not change since the `other` one was read is not read again.
    ///
    /// # Errors
    /// When the tree cannot be read. What is wrong in a file stands in [`Model::broken`].
    pub(super) fn read(
        tree: &dyn Tree,
        other: Option<(&Self, &ChangeSet)>,
    ) -> Result<Self, Box<Problem>> {
        let links = Links::read(tree).map_err(|error| not_read(&error))?;
        let (mut manifests, beside) = found(tree, &links);
        let mut model = Self { links, ..Self::default() };
        model.parse(tree, &mut manifests, other, |found| !found.is_data || found.is_locked)?;
        let users: Vec<&[u8]> = manifests
            .iter()
            .filter(|(folder, found)| found.is_data && leads_out(&manifests, folder, found))
            .map(|(folder, _)| *folder)
            .collect();
        for folder in users {
            if let Some(found) = manifests.get_mut(folder) {
                found.is_data = false;
            }
        }
        let patterns = model.workspaces(tree, &manifests, &beside)?;
        let members = model.members(&manifests, &patterns);
        for (folder, workspaces) in members {
            if let Some(found) = manifests.get_mut(folder) {
                found.workspaces = workspaces;
            }
        }
        let is_new = |found: &Found<'_>| found.is_data && !found.workspaces.is_empty();
        model.parse(tree, &mut manifests, other, is_new)?;
        for broken in &mut model.broken {
            let found = manifests.get(broken.folder.as_slice());
            let is_marked = |mark: &&[u8]| {
                repo_model::entry(tree, &folders::join(&broken.folder, mark)).is_some()
            };
            broken.is_certain |= broken.folder.is_empty()
                || found.is_some_and(|found| !found.workspaces.is_empty())
                || LOCKS.iter().chain([&PNPM]).any(is_marked);
        }
        for (folder, found) in manifests {
            let Some(manifest) = found.manifest else { continue };
            model.manifests.insert(found.entry.path.clone(), Rc::clone(&manifest));
            if !found.workspaces.is_empty() || (!found.is_data && manifest.is_package()) {
                let workspaces = found.workspaces;
                model.packages.push(Package { folder: folder.to_vec(), manifest, workspaces });
            }
        }
        Ok(model)
    }

    /// The workspace with its root in a folder, and its place.
    pub(super) fn workspace(&self, folder: &[u8]) -> Option<(usize, &Workspace)> {
        let at = self.workspaces.binary_search_by(|it| it.folder.as_slice().cmp(folder)).ok()?;
        self.workspaces.get(at).map(|workspace| (at, workspace))
    }

    /// Reads the manifests that are `wanted`.
    fn parse<'t>(
        &mut self,
        tree: &'t dyn Tree,
        manifests: &mut Manifests<'t>,
        other: Option<(&Self, &ChangeSet)>,
        wanted: impl Fn(&Found<'t>) -> bool,
    ) -> Result<(), Box<Problem>> {
        let mut unread: Vec<(&[u8], &mut Found<'t>)> = Vec::new();
        for (folder, found) in manifests.iter_mut().filter(|(_, found)| wanted(found)) {
            let path = &found.entry.path;
            let same = other.filter(|(_, changes)| changes.of(path.as_bytes()).is_none());
            match same.and_then(|(model, _)| model.manifests.get(path)) {
                Some(manifest) => found.manifest = Some(Rc::clone(manifest)),
                None => unread.push((folder, found)),
            }
        }
        let entries: Vec<&Entry> = unread.iter().map(|(_, found)| found.entry).collect();
        let contents = tree.read(&entries).map_err(|error| not_read(&error))?;
        for ((folder, found), bytes) in unread.into_iter().zip(contents) {
            let path = found.entry.path.as_bytes();
            match Manifest::read(path, &bytes) {
                Ok(manifest) => found.manifest = Some(Rc::new(manifest)),
                Err(problem) if !found.is_data || !found.workspaces.is_empty() => {
                    let folder = folder.to_vec();
                    self.broken.push(Broken { folder, problem, is_certain: false });
                }
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Finds the workspaces, and the patterns of each.
    fn workspaces<'t>(
        &mut self,
        tree: &'t dyn Tree,
        manifests: &Manifests<'t>,
        beside: &[&'t Entry],
    ) -> Result<Vec<Patterns>, Box<Problem>> {
        let mut written: BTreeMap<&[u8], (&RepoPath, Vec<String>)> = BTreeMap::new();
        for (folder, found) in manifests {
            let patterns = found.manifest.as_ref().and_then(|it| it.workspaces.clone());
            if let Some(patterns) = patterns.filter(|_| !found.is_data) {
                written.insert(folder, (&found.entry.path, patterns));
            }
        }
        let mut settings: BTreeMap<&[u8], Settings> = BTreeMap::new();
        let mut lerna: Vec<(&[u8], &RepoPath, Vec<String>)> = Vec::new();
        let contents = tree.read(beside).map_err(|error| not_read(&error))?;
        for (entry, bytes) in beside.iter().zip(&contents) {
            let path = entry.path.as_bytes();
            let (folder, name) = folders::split(path);
            if name == b"lerna.json" {
                lerna.push((folder, &entry.path, lerna_patterns(bytes)));
                continue;
            }
            match Settings::read(path, bytes) {
                Ok(read) => {
                    let patterns = written.entry(folder).or_insert((&entry.path, Vec::new()));
                    patterns.1.extend(read.packages.iter().cloned());
                    settings.insert(folder, read);
                }
                Err(problem) => {
                    let folder = folder.to_vec();
                    self.broken.push(Broken { folder, problem, is_certain: true });
                }
            }
        }
        for (folder, path, patterns) in lerna {
            if !patterns.is_empty() {
                written.entry(folder).or_insert((path, patterns));
            }
        }
        let mut all = Vec::new();
        for (folder, (path, patterns)) in written {
            match Patterns::read(folder, &patterns) {
                Ok(patterns) => {
                    all.push(patterns);
                    let settings = settings.remove(folder);
                    let root = manifests.get(folder).and_then(|found| found.manifest.as_deref());
                    let own = root.map(Manifest::overrides).unwrap_or_default().into_iter();
                    let more = settings.iter().flat_map(|it| it.overrides.clone());
                    let mut overrides: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
                    for (name, specifier) in own.chain(more) {
                        overrides.entry(name).or_default().insert(specifier);
                    }
                    let folder = folder.to_vec();
                    self.workspaces.push(Workspace { folder, settings, overrides });
                }
                Err(error) => self.broken.push(Broken {
                    folder: folder.to_vec(),
                    problem: not_a_pattern(path, &error.pattern, &error.why).into(),
                    is_certain: true,
                }),
            }
        }
        Ok(all)
    }
}

impl Model {
    /// The workspaces that claim each folder.
    fn members<'t>(
        &mut self,
        manifests: &Manifests<'t>,
        patterns: &[Patterns],
    ) -> BTreeMap<&'t [u8], Vec<usize>> {
        let mut members: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
        // Each folder, and again by the links that lead to it.
        let mut through: Vec<(Vec<u8>, &[u8])> = Vec::new();
        let has_links = self.links.paths().next().is_some();
        let folders = manifests.keys().filter(|folder| has_links && !folder.is_empty());
        for folder in folders {
            let aliases = self.links.aliases(folder).0.into_iter();
            through.extend(aliases.map(|alias| (alias, *folder)));
        }
        let real: BTreeMap<&[u8], &'t [u8]> =
            through.iter().map(|(alias, folder)| (alias.as_slice(), *folder)).collect();
        let all: Vec<&[u8]> = manifests.keys().chain(real.keys()).copied().collect();
        let owners = folders::Owners::new(all.iter().copied());
        let below = |root: &[u8]| -> Vec<&[u8]> {
            owners.below(root).into_iter().filter_map(|at| all.get(at).copied()).collect()
        };
        let mut tries = MOST_TRIES;
        for (at, (patterns, workspace)) in patterns.iter().zip(&self.workspaces).enumerate() {
            let Ok(mut own) = patterns.members(below, &mut tries) else {
                let folder = workspace.folder.clone();
                let problem = too_many(&folder).into();
                self.broken.push(Broken { folder, problem, is_certain: true });
                break;
            };
            // The root belongs to its workspace, whatever the patterns say.
            own.insert(&workspace.folder);
            let is_there = |folder: &&[u8]| manifests.get_key_value(*folder).map(|(it, _)| *it);
            let own: BTreeSet<&[u8]> = own
                .iter()
                .filter_map(|it| is_there(it).or_else(|| real.get(it).copied()))
                .collect();
            for folder in own {
                members.entry(folder).or_default().push(at);
            }
        }
        members
    }
}

/// The manifests of a tree, and what else says which packages there are.
fn found<'t>(tree: &'t dyn Tree, links: &Links) -> (Manifests<'t>, Vec<&'t Entry>) {
    let mut manifests: Manifests<'_> = BTreeMap::new();
    let mut beside = Vec::new();
    for entry in tree.entries() {
        let path = entry.path.as_bytes();
        if !decides(path) {
            continue;
        }
        let (folder, name) = folders::split(path);
        let target = match entry.kind {
            Kind::File | Kind::Executable => Some(entry),
            Kind::Symlink if name == b"package.json" => {
                let target = links.follow(path);
                target.and_then(|path| repo_model::entry(tree, &path))
            }
            Kind::Symlink | Kind::Submodule => None,
        };
        let Some(entry) = target.filter(|it| it.kind.is_file()) else { continue };
        if name == b"package.json" {
            let (is_data, is_locked) = (false, false);
            let found = Found { entry, is_data, is_locked, manifest: None, workspaces: Vec::new() };
            manifests.insert(folder, found);
        } else {
            beside.push(entry);
        }
    }
    // A folder comes after those above it.
    let all: Vec<&[u8]> = manifests.keys().copied().collect();
    for folder in all {
        if is_data(&manifests, folder)
            && let Some(found) = manifests.get_mut(folder)
        {
            let is_beside =
                |name: &&[u8]| repo_model::entry(tree, &folders::join(folder, name)).is_some();
            found.is_data = true;
            found.is_locked = LOCKS.iter().any(is_beside);
        }
    }
    beside.retain(|entry| !is_data(&manifests, folders::split(entry.path.as_bytes()).0));
    (manifests, beside)
}

/// Whether a folder lies in the data of the package above it.
fn is_data(manifests: &Manifests<'_>, folder: &[u8]) -> bool {
    if folder.is_empty() {
        return false;
    }
    let above = folders::split(folder).0;
    let package = folders::upwards(above).find_map(|it| manifests.get(it).map(|found| (it, found)));
    package.is_some_and(|(package, found)| {
        let between = folders::inside(package, above).unwrap_or_default();
        found.is_data || folders::names_of(between).any(|name| DATA.contains(&name))
    })
}

/// Whether a manifest asks for a package by a path that leads to one which is no data, and is not
/// just around it.
fn leads_out(manifests: &Manifests<'_>, folder: &[u8], found: &Found<'_>) -> bool {
    let requirements = found.manifest.iter().flat_map(|it| &it.requirements);
    let path = |specifier: &str| {
        let bare = ["file:", "link:", "portal:"].iter().find_map(|it| specifier.strip_prefix(it));
        folders::resolve(
            folder,
            bare.or(specifier.starts_with("../").then_some(specifier))?.as_bytes(),
        )
    };
    requirements.filter_map(|it| path(it.specifier.trim())).any(|path| {
        let near = folders::upwards(&path).find_map(|above| manifests.get_key_value(above));
        near.is_some_and(|(near, found)| {
            let is_around = folders::inside(near, folder).is_some() && *near != path.as_slice();
            !found.is_data && !is_around
        })
    })
}

/// `packages` of a `lerna.json` (<https://lerna.js.org/docs/api-reference/configuration>).
fn lerna_patterns(bytes: &[u8]) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Lerna {
        #[serde(default)]
        packages: Vec<String>,
    }
    serde_json::from_slice::<Lerna>(bytes).map(|lerna| lerna.packages).unwrap_or_default()
}

fn too_many(folder: &[u8]) -> Problem {
    let place = Place::file(folders::join(folder, b"package.json").as_slice());
    Problem::error("the workspaces have more patterns and packages than can be read")
        .at(place)
        .label(text![
            "expected at most ",
            MOST_TRIES,
            " pairs of a pattern and a package that it may name"
        ])
        .help("name the folders of members without wildcards")
}

fn not_a_pattern(path: &RepoPath, pattern: &str, why: &str) -> Problem {
    let pattern = Foreign::from(pattern);
    Problem::error(text!["the pattern ", pattern, " of a workspace cannot be read"])
        .at(Place::file(path.as_bytes()))
        .label(text![
            "expected a pattern for folders, such as ",
            "`packages/*`; ",
            Piece::said(&why)
        ])
        .help("write it in another way, or name the folders one by one")
}

#[cfg(test)]
mod tests {
    use repo_model::MemoryTree;

    use super::*;

    #[track_caller]
    fn check(files: &[(&str, &str)], wanted: &[(&str, usize)]) -> Model {
        let model = Model::read(&MemoryTree::new(files.iter().copied()).unwrap(), None).unwrap();
        let packages: Vec<(&str, usize)> = model
            .packages
            .iter()
            .map(|it| (std::str::from_utf8(&it.folder).unwrap(), it.workspaces.len()))
            .collect();
        assert_eq!(packages, wanted);
        model
    }

    const NAMED: &str = r#"{"name": "x"}"#;

    #[test]
    fn members_belong_to_their_workspace_and_others_to_none() {
        check(
            &[
                ("package.json", r#"{"workspaces": ["a/*"]}"#),
                ("a/b/package.json", "{}"),
                ("a/b/lib/package.json", r#"{"type": "module"}"#),
                ("c/package.json", NAMED),
                ("node_modules/d/package.json", NAMED),
                ("a/node_modules/package.json", NAMED),
            ],
            &[("", 1), ("a/b", 1), ("c", 0)],
        );
    }

    #[test]
    fn each_tool_says_its_members_in_its_own_file() {
        let pnpm = "packages: ['p/*']\n";
        let lerna = r#"{"packages": ["l/*"]}"#;
        let files =
            [("package.json", "{}"), ("p/a/package.json", "{}"), ("l/a/package.json", "{}")];
        check(&[&files[..], &[("pnpm-workspace.yaml", pnpm)]].concat(), &[("", 1), ("p/a", 1)]);
        check(&[&files[..], &[("lerna.json", lerna)]].concat(), &[("", 1), ("l/a", 1)]);
        let both = [&files[..], &[("lerna.json", lerna), ("pnpm-workspace.yaml", pnpm)]].concat();
        check(&both, &[("", 1), ("p/a", 1)]);
    }

    #[test]
    fn workspaces_stand_in_each_other_and_beside_each_other() {
        check(
            &[
                ("x/package.json", r#"{"workspaces": ["**"]}"#),
                ("x/y/package.json", r#"{"workspaces": ["z"]}"#),
                ("x/y/z/package.json", "{}"),
                ("w/package.json", r#"{"workspaces": ["v"]}"#),
                ("w/v/package.json", "{}"),
            ],
            &[("w", 1), ("w/v", 1), ("x", 1), ("x/y", 2), ("x/y/z", 2)],
        );
    }

    #[test]
    fn data_of_a_package_is_no_package_unless_a_workspace_names_it() {
        let model = check(
            &[
                ("package.json", r#"{"workspaces": ["tests/named"]}"#),
                ("tests/package.json", NAMED),
                ("tests/named/package.json", "{}"),
                ("b/tests/other/package.json", "{{ broken"),
                ("a/fixtures/b/package.json", NAMED),
                ("a/fixtures/b/c/package.json", NAMED),
                ("a/fixtures/b/pnpm-workspace.yaml", "packages: ['**']"),
            ],
            &[("", 1), ("tests", 0), ("tests/named", 1)],
        );
        assert!(model.broken.is_empty());
        check(&[("tests/a/package.json", NAMED)], &[("tests/a", 0)]);
    }

    #[test]
    fn data_with_a_lock_file_that_asks_for_a_package_by_its_path_is_a_package() {
        let files = |asked: &'static str| {
            [
                ("package.json", r#"{"workspaces": ["packages/*"]}"#),
                ("packages/a/package.json", NAMED),
                ("tests/e2e/package.json", asked),
                ("tests/e2e/package-lock.json", "{}"),
                ("tests/b/package.json", r#"{"dependencies": {"x": "file:../../packages/a"}}"#),
                ("tests/broken/package.json", "{"),
                ("tests/broken/yarn.lock", ""),
            ]
        };
        let with = [("", 1), ("packages/a", 1), ("tests/e2e", 0)];
        let without = [("", 1), ("packages/a", 1)];
        for asked in [
            r#"{"dependencies": {"x": "file:../../packages/a"}}"#,
            r#"{"devDependencies": {"x": "file:../../packages/a/x-1.0.0.tgz"}}"#,
            r#"{"dependencies": {"root": "file:../.."}}"#,
            r#"{"dependencies": {"x": "../../packages/a"}}"#,
        ] {
            assert!(check(&files(asked), &with).broken.is_empty());
        }
        for asked in [
            r#"{"dependencies": {"x": "^1.0.0"}}"#,
            r#"{"dependencies": {"x": "file:../x.tgz"}}"#,
            r#"{"dependencies": {"x": "file:../b"}}"#,
            r#"{"dependencies": {"x": "file:../../../outside"}}"#,
        ] {
            assert!(check(&files(asked), &without).broken.is_empty());
        }
    }

    #[test]
    fn what_is_broken_counts_where_somebody_needs_it() {
        let model = check(
            &[
                ("package.json", r#"{"workspaces": ["a"]}"#),
                ("a/package.json", "{"),
                ("b/package.json", "{"),
                ("c/package.json", "{"),
                ("c/yarn.lock", ""),
            ],
            &[("", 1)],
        );
        let broken: Vec<_> =
            model.broken.iter().map(|it| (it.folder.as_slice(), it.is_certain)).collect();
        assert_eq!(broken, [(&b"a"[..], true), (b"b", false), (b"c", true)]);
    }

    #[test]
    fn links_are_followed() {
        let files = [
            ("package.json", r#"{"workspaces": ["p/*", "all/*"]}"#),
            ("p/b", "../real/b"),
            ("p/out", "../../b"),
            ("real/b/package.json", NAMED),
            ("all", "more"),
            ("more/c/package.json", NAMED),
            ("p/d/package.json", "../../other/manifest.json"),
            ("other/manifest.json", NAMED),
            ("p/e/package.json", "nothing"),
        ];
        let mut tree = MemoryTree::new(files).unwrap();
        for link in ["p/b", "p/out", "all", "p/d/package.json", "p/e/package.json"] {
            tree = tree.with_kind(link.as_bytes(), Kind::Symlink);
        }
        let model = Model::read(&tree, None).unwrap();
        let packages: Vec<(&[u8], usize)> =
            model.packages.iter().map(|it| (it.folder.as_slice(), it.workspaces.len())).collect();
        assert_eq!(packages, [(&b""[..], 1), (b"more/c", 1), (b"p/d", 1), (b"real/b", 1)]);
    }
}
