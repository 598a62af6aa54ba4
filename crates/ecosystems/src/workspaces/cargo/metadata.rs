//! The exact mode: packages and needs as `cargo metadata` says them.
//!
//! Source of the format: The Cargo Book, "cargo metadata", `--format-version 1`; seen with cargo 1.95.
//! With `--no-deps` the paths of dependencies are used; without, the resolved graph, in which what goes
//! through packages from elsewhere (a `[patch]`) is followed. Own structs of the few fields that are used
//! spare the crate `cargo_metadata`, most of which is types of versions, licences and targets.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Piece, Problem, text};
use repo_model::NotRead;
use serde::Deserialize;

use super::layout::{Found, Layout, is_within, relative};
use super::links::Links;
use super::needs::Places;
use super::reader::Reader;
use crate::workspaces::{Need, NeedKind};

/// What `cargo metadata` said of one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    root: Vec<u8>,
    needs: BTreeMap<Vec<u8>, BTreeSet<(Vec<u8>, NeedKind)>>,
}

/// Reads the output of `cargo metadata --format-version 1`. `folder` is the repository's, as an absolute
/// path with `/` between its parts: what lies outside of it is left out.
///
/// # Errors
/// When it is something else.
pub fn read(json: &[u8], folder: &[u8]) -> Result<Metadata, Box<Problem>> {
    let told: Told = serde_json::from_slice(json).map_err(|error| {
        let message = text!["the output of `cargo metadata` cannot be read: ", Piece::said(&error)];
        let problem = Problem::error(message);
        Box::new(problem.help("run `cargo metadata --format-version 1`"))
    })?;
    let inside = |path: &str| {
        let path = path.replace('\\', "/");
        let path = path.strip_suffix("/Cargo.toml").unwrap_or(&path).as_bytes();
        let is_root = path == folder;
        if is_root { Some(Vec::new()) } else { relative(path, folder).map(<[u8]>::to_vec) }
    };
    let Some(root) = inside(&told.workspace_root) else {
        let message = text!["the workspace of `cargo metadata` is not in the repository"];
        return Err(Box::new(Problem::error(message)));
    };
    let is_local = |package: &&ToldPackage| package.source.is_none();
    let local = told.packages.iter().filter(is_local);
    let folders: BTreeMap<&str, Vec<u8>> =
        local.filter_map(|it| Some((it.id.as_str(), inside(&it.manifest_path)?))).collect();
    let mut needs: BTreeMap<Vec<u8>, BTreeSet<(Vec<u8>, NeedKind)>> = BTreeMap::new();
    for package in &told.packages {
        let Some(folder) = folders.get(package.id.as_str()) else { continue };
        let needs = needs.entry(folder.clone()).or_default();
        for dependency in &package.dependencies {
            let on = dependency.path.as_deref().and_then(inside);
            needs.extend(on.map(|on| (on, kind(dependency.kind.as_deref()))));
        }
    }
    if let Some(resolve) = &told.resolve {
        let nodes: BTreeMap<&str, &Node> =
            resolve.nodes.iter().map(|node| (node.id.as_str(), node)).collect();
        for (id, folder) in &folders {
            let Some(node) = nodes.get(id) else { continue };
            for next in &node.deps {
                for kind in next.kinds() {
                    let reached = reached(&next.pkg, &nodes, &folders);
                    let needs = needs.entry(folder.clone()).or_default();
                    needs.extend(reached.into_iter().map(|on| (on, kind)));
                }
            }
        }
    }
    Ok(Metadata { root, needs })
}

/// The packages of the repository at which the way from one ends.
fn reached(
    from: &str,
    nodes: &BTreeMap<&str, &Node>,
    folders: &BTreeMap<&str, Vec<u8>>,
) -> Vec<Vec<u8>> {
    let (mut found, mut seen, mut rest) = (Vec::new(), BTreeSet::new(), vec![from]);
    while let Some(id) = rest.pop() {
        if !seen.insert(id) {
            continue;
        }
        match folders.get(id) {
            Some(folder) => found.push(folder.clone()),
            None => rest.extend(
                nodes.get(id).into_iter().flat_map(|node| &node.deps).map(|it| it.pkg.as_str()),
            ),
        }
    }
    found
}

fn kind(written: Option<&str>) -> NeedKind {
    match written {
        Some("dev") => NeedKind::Dev,
        Some("build") => NeedKind::Build,
        Some(_) | None => NeedKind::Normal,
    }
}

impl Metadata {
    /// The same with the folders that links lead to.
    pub(super) fn resolved(&self, links: &Links) -> Self {
        let real = |folder: &Vec<u8>| links.resolve(folder).unwrap_or_else(|| folder.clone());
        let needs = |needs: &BTreeSet<(Vec<u8>, NeedKind)>| {
            needs.iter().map(|(on, kind)| (real(on), *kind)).collect::<BTreeSet<_>>()
        };
        let all = self.needs.iter().map(|(folder, on)| (real(folder), needs(on)));
        Self { root: real(&self.root), needs: all.collect() }
    }

    /// The folders of packages that are none for cargo.
    pub(super) fn superfluous(&self, head: &Layout) -> BTreeSet<Vec<u8>> {
        let of_workspace = head.packages.iter().filter(|(_, found)| found.root == self.root);
        let folders = of_workspace.map(|(folder, _)| folder);
        folders.filter(|folder| !self.needs.contains_key(*folder)).cloned().collect()
    }

    /// Takes away the packages that are none for cargo, and adds those that only it knows.
    pub(super) fn correct(
        &self,
        layout: &mut Layout,
        reader: &mut Reader<'_>,
        superfluous: &BTreeSet<Vec<u8>>,
    ) -> Result<(), NotRead> {
        layout.packages.retain(|folder, _| !superfluous.contains(folder));
        let missing: Vec<Vec<u8>> =
            self.needs.keys().filter(|it| !layout.packages.contains_key(*it)).cloned().collect();
        for manifest in reader.manifests(&missing)? {
            if manifest.name().is_some() {
                let folder = manifest.folder.clone();
                let is_below = is_within(&folder, &self.root);
                let root = if is_below { self.root.clone() } else { folder.clone() };
                let of_root = layout.root(&root).cloned();
                let found = Found::new(manifest, root, of_root.as_deref(), reader);
                layout.packages.insert(folder, found);
            }
        }
        Ok(())
    }

    /// Replaces the needs of the packages that cargo knows.
    pub(super) fn replace(&self, places: &Places, needs: &mut [Vec<Need>]) {
        for (folder, on) in &self.needs {
            let Some(at) = places.get(folder) else { continue };
            let known = on.iter().filter_map(|(on, kind)| {
                places.get(on).filter(|on| *on != at).map(|on| Need { on: *on, kind: *kind })
            });
            let known: BTreeSet<Need> = known.collect();
            if let Some(needs) = needs.get_mut(*at) {
                *needs = known.into_iter().collect();
            }
        }
    }
}

#[derive(Deserialize)]
struct Told {
    workspace_root: String,
    packages: Vec<ToldPackage>,
    resolve: Option<Resolve>,
}

#[derive(Deserialize)]
struct ToldPackage {
    id: String,
    source: Option<String>,
    manifest_path: String,
    dependencies: Vec<ToldDependency>,
}

#[derive(Deserialize)]
struct ToldDependency {
    kind: Option<String>,
    path: Option<String>,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<NodeNeed>,
}

#[derive(Deserialize)]
struct NodeNeed {
    pkg: String,
    #[serde(default)]
    dep_kinds: Vec<NodeKind>,
}

#[derive(Deserialize)]
struct NodeKind {
    kind: Option<String>,
}

impl NodeNeed {
    fn kinds(&self) -> BTreeSet<NeedKind> {
        self.dep_kinds.iter().map(|it| kind(it.kind.as_deref())).collect()
    }
}
