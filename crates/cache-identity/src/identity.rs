//! The key of a cache, and the keys that may be restored instead.
//!
//! A key is `prefix/v1/scope/system/ecosystems/layers/label/toolchain/dependencies/workspace`, the last
//! three being digests, so that each of its beginnings names all caches that differ only in what follows.
//! actions/cache restores the newest cache whose key begins with a restore key (documentation,
//! "Cache key matching"); a `/` ends every one of them, so that no digest or word is taken for another that
//! begins like it.

use std::collections::BTreeSet;

use ecosystems::caches::{
    Ecosystem, Found, Ingredient, Layer, Level, Machine, Place, Reuse, Source,
};

use crate::label::label;
use crate::{Digest, Material, Part, RECIPE, Scope};

/// The longest key that actions/cache takes, in characters (@actions/cache, `checkKey`).
const LONGEST_KEY: usize = 512;

/// All that a key is made of.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What a person wants every key to begin with.
    pub prefix: &'a str,
    /// The name under which jobs share their caches, if they do.
    pub shared: Option<&'a str>,
    /// The job, unless it does not matter, and what tells its caches from others of the same job.
    pub job: (Option<&'a str>, Option<&'a str>),
    /// What is kept.
    pub layers: &'a BTreeSet<Layer>,
    /// The machine.
    pub machine: &'a Machine,
    /// What each ecosystem says.
    pub found: &'a [(Ecosystem, Found)],
    /// What a person adds.
    pub own: &'a Found,
    /// Who reads and writes.
    pub scope: &'a Scope,
}

/// A key whose beginning may be restored in place of the exact one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restore {
    /// What a key must begin with, or be.
    pub key: String,
    /// What such a cache has in common with this one.
    pub same: &'static str,
    /// Why it is safe to use, in words that follow "because".
    pub why: &'static str,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The key.
    pub key: String,
    /// What may be restored instead, the most alike first.
    pub restore: Vec<Restore>,
    /// What is kept, sorted.
    pub places: Vec<Place>,
    /// What the key was made of.
    pub material: Material,
    /// Where the file that says what the key was made of travels with the cache: one of the places.
    pub travels: Vec<u8>,
    /// What is right under its own key alone, and so is not kept together with the rest.
    pub left_out: Vec<Place>,
    /// The names for what a tool keeps itself, if one does.
    pub named: Option<Named>,
}

/// Names for what a tool keeps itself: letters, digits, `.`, `_` and `-`, so that they can be tags of a
/// registry, which have at most 128 (OCI Distribution Specification 1.1, "Pulling manifests").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// What to read, the most alike first.
    pub reads: Vec<String>,
    /// What to write, where the run may save.
    pub writes: Vec<String>,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoKey {
    /// Nothing of what was asked for is kept by any ecosystem.
    #[error("there is nothing to keep")]
    NothingToKeep,
    /// Nothing says what the contents depend on, so any cache would fit.
    #[error("nothing says what the cache depends on")]
    NothingKnown,
    /// Longer than a key may be.
    #[error("the key would have {0} characters, and {LONGEST_KEY} are allowed")]
    TooLong(usize),
}

/// The name of what a person added, among those of ecosystems.
pub(crate) const OWN: &str = "recipe";

/// The key of what is asked for.
///
/// # Errors
/// When there is nothing that could be kept, or that says what it depends on.
pub fn identity(request: &Request<'_>) -> Result<Identity, NoKey> {
    let (mut places, left_out) = places(request);
    let keeps_itself = keeps_itself(request);
    if places.is_empty() && !keeps_itself {
        return Err(NoKey::NothingToKeep);
    }
    let is_everywhere = is_downloads_alone(request) && reuse(&places) == Reuse::Any;
    let material = material(request, &places, is_everywhere);
    if material.parts.iter().all(|part| part.level == Level::System) {
        return Err(NoKey::NothingKnown);
    }
    let names = Names { request, material: &material, is_everywhere };
    let key = names.key(&request.scope.own);
    if key.len() > LONGEST_KEY {
        return Err(NoKey::TooLong(key.len()));
    }
    if places.is_empty() {
        let own_names = Some(names.named());
        let (restore, travels) = (Vec::new(), Vec::new());
        return Ok(Identity {
            key,
            restore,
            places,
            material,
            travels,
            left_out,
            named: own_names,
        });
    }
    let travels = names.travels();
    let restore = names.restore(&places);
    places.push(Place {
        path: travels.clone(),
        layer: Layer::Registry,
        reuse: Reuse::Any,
        why: "it says what the cache was made of, and is only read to be compared",
    });
    places.sort_by(|one, other| one.path.cmp(&other.path));
    let own_names = keeps_itself.then(|| names.named());
    Ok(Identity { key, restore, places, material, travels, left_out, named: own_names })
}

/// What is kept, and what is not because it would forbid to restore anything but the very key.
fn places(request: &Request<'_>) -> (Vec<Place>, Vec<Place>) {
    let found = request.found.iter().map(|(_, found)| found).chain([request.own]);
    let places = found.flat_map(|found| &found.places);
    let wanted = places.filter(|place| request.layers.contains(&place.layer)).cloned();
    let mut places: Vec<Place> = wanted.collect();
    places.sort_by(|one, other| (&one.path, one.reuse).cmp(&(&other.path, other.reuse)));
    // The strictest counts, where two ecosystems keep the same.
    places.dedup_by(|later, first| later.path == first.path);
    // One that is right under its own key alone would forbid to restore anything else: beside others it is
    // left out, and kept only where nothing else is, or where somebody named it.
    let is_own = |place: &Place| request.own.places.contains(place);
    if places.iter().all(|place| place.reuse == Reuse::Exact) {
        return (places, Vec::new());
    }
    places.into_iter().partition(|place| place.reuse > Reuse::Exact || is_own(place))
}

/// How far all of it may be used under another key.
fn reuse(places: &[Place]) -> Reuse {
    places.iter().map(|place| place.reuse).min().unwrap_or(Reuse::Exact)
}

/// Whether a tool is to keep its cache itself. It is told its own system, not that of this machine.
fn keeps_itself(request: &Request<'_>) -> bool {
    request.found.iter().any(|(ecosystem, _)| ecosystem.keeps_itself())
}

fn is_downloads_alone(request: &Request<'_>) -> bool {
    !keeps_itself(request) && request.layers.iter().all(|layer| *layer == Layer::Registry)
}

fn material(request: &Request<'_>, places: &[Place], is_everywhere: bool) -> Material {
    let keeps_exact = places.iter().any(|place| place.reuse == Reuse::Exact);
    let counts = |ingredient: &&Ingredient| match ingredient.level {
        _ if ingredient.is_of_exact && !keeps_exact => false,
        Level::System | Level::Toolchain | Level::Dependencies if is_downloads_alone(request) => {
            ingredient.is_of_downloads
        }
        Level::System | Level::Toolchain | Level::Dependencies => true,
        Level::Workspace => request.layers.contains(&Layer::Workspace),
    };
    let mut parts = Vec::new();
    for (ecosystem, found) in request.found {
        let counted = found.ingredients.iter().filter(counts);
        parts.extend(counted.map(|ingredient| Part::new(ecosystem.name(), ingredient)));
    }
    // What a person adds counts for whatever is kept.
    parts.extend(request.own.ingredients.iter().map(|ingredient| Part::new(OWN, ingredient)));
    if !is_everywhere && !keeps_itself(request) {
        parts.push(Part::new("machine", &system(request.machine)));
    }
    Material::new(parts)
}

fn system(machine: &Machine) -> Ingredient {
    let why = "what is built on one system may not run on another";
    let mut system = Ingredient::new(Level::System, "system", Source::Machine, why);
    system.shown("os", machine.os.as_str());
    system.shown("processor", machine.arch.as_str());
    if let Some(libc) = &machine.libc {
        system.shown("C library", libc.as_str());
    }
    if let Some(distribution) = &machine.distribution {
        system.shown("distribution", distribution.as_str());
    }
    system
}

struct Names<'a> {
    request: &'a Request<'a>,
    material: &'a Material,
    is_everywhere: bool,
}

impl Names<'_> {
    /// The beginning of every key of this kind in a scope: it names the system, and ends in `/`.
    fn beginning(&self, scope: &str) -> String {
        let request = self.request;
        let machine = request.machine;
        let system = if self.is_everywhere {
            "downloads".to_owned()
        } else {
            let digest = self.material.level(Level::System).short();
            label(&format!("{}-{}-{digest}", machine.os, machine.arch))
        };
        let names = request.found.iter().map(|(ecosystem, _)| ecosystem.name());
        let own = (!request.own.places.is_empty()).then_some(OWN);
        let names: Vec<&str> = names.chain(own).collect();
        let whose = match (request.shared, request.job) {
            (Some(shared), _) => format!("shared.{}", label(shared)),
            (None, _) if self.is_everywhere => "all".to_owned(),
            (None, (None, None)) => "all".to_owned(),
            (None, (None, Some(key))) => format!("key.{}", label(key)),
            (None, (Some(job), None)) => format!("job.{}", label(job)),
            (None, (Some(job), Some(key))) => format!("job.{}@{}", label(job), label(key)),
        };
        let layers: Vec<&str> = request.layers.iter().map(|layer| layer.name()).collect();
        let parts = [
            label(request.prefix),
            format!("v{RECIPE}"),
            label(scope),
            system,
            names.join("+"),
            layers.join("+"),
            whose,
        ];
        parts.join("/") + "/"
    }

    /// Where the material travels. Every cache that may stand in for another one has it at the same path,
    /// because actions/cache takes caches of other paths for others altogether; so scopes share it, and
    /// machines on which the cache would be unpacked elsewhere do not.
    fn travels(&self) -> Vec<u8> {
        let home = self.request.machine.home_from_workspace.as_deref().unwrap_or_default();
        let kind = Digest::of([self.beginning("").as_bytes(), home]).short();
        format!("~/.cache/signalbox/{kind}.json").into_bytes()
    }

    /// The names for a tool that keeps its cache itself: that of exactly this, then that of whatever has the
    /// same beginning.
    fn named(&self) -> Named {
        let general = |scope: &str| {
            let kind = Digest::of([self.beginning(scope).as_bytes()]).short();
            let is_plain = |it: &char| it.is_ascii_alphanumeric() || matches!(it, '.' | '_' | '-');
            // A tag begins with neither `.` nor `-`.
            let prefix: String = self.request.prefix.chars().filter(is_plain).take(40).collect();
            let prefix = prefix.trim_start_matches(['.', '-']);
            let separator = if prefix.is_empty() { "" } else { "-" };
            format!("{prefix}{separator}{kind}")
        };
        let both = |scope: &str| {
            let general = general(scope);
            let toolchain = self.digest(Level::Toolchain);
            let exact = format!("{general}-{toolchain}-{}", self.digest(Level::Dependencies));
            [exact, general]
        };
        let scope = self.request.scope;
        let scopes = [&scope.own].into_iter().chain(&scope.reads);
        Named {
            reads: scopes.flat_map(|scope| both(scope)).collect(),
            writes: both(&scope.own).to_vec(),
        }
    }

    fn digest(&self, level: Level) -> String {
        self.material.level(level).short()
    }

    /// The exact key in a scope.
    fn key(&self, scope: &str) -> String {
        let mut key = self.beginning(scope);
        key.push_str(&self.digest(Level::Toolchain));
        key.push('/');
        key.push_str(&self.digest(Level::Dependencies));
        if self.request.layers.contains(&Layer::Workspace) {
            key.push('/');
            key.push_str(&self.digest(Level::Workspace));
        }
        key
    }

    fn restore(&self, places: &[Place]) -> Vec<Restore> {
        let scope = self.request.scope;
        let mut restore: Vec<Restore> = scope.reads.iter().map(|scope| self.exact(scope)).collect();
        let scopes = || [&scope.own].into_iter().chain(&scope.reads);
        let reuse = reuse(places);
        let toolchain = self.digest(Level::Toolchain);
        let dependencies = self.digest(Level::Dependencies);
        if self.request.layers.contains(&Layer::Workspace) && reuse >= Reuse::SameToolchain {
            restore.extend(scopes().map(|scope| Restore {
                key: format!("{}{toolchain}/{dependencies}/", self.beginning(scope)),
                same: "dependencies",
                why: "only the repository's own sources differ, and the tool builds again what they change",
            }));
        }
        if reuse >= Reuse::SameToolchain {
            restore.extend(scopes().map(|scope| Restore {
                key: format!("{}{toolchain}/", self.beginning(scope)),
                same: "toolchain",
                why: "the tool takes of it what is still locked, and makes the rest",
            }));
        }
        if reuse >= Reuse::SameSystem {
            restore.extend(scopes().map(|scope| Restore {
                key: self.beginning(scope),
                same: if self.is_everywhere { "downloads" } else { "system" },
                why: if self.is_everywhere {
                    "each download is named by what it holds, so that what is there fits whoever asks for it"
                } else {
                    "downloads are named by what they hold, and products of another toolchain are told apart"
                },
            }));
        }
        restore
    }

    fn exact(&self, scope: &str) -> Restore {
        Restore {
            key: self.key(scope),
            same: "everything",
            why: "a run that is trusted made it from the same",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(path: &str, layer: Layer, reuse: Reuse) -> Place {
        Place { path: path.into(), layer, reuse, why: "so" }
    }

    fn found(places: Vec<Place>) -> Found {
        let mut lock =
            Ingredient::new(Level::Dependencies, "lock", Source::Machine, "so").of_downloads();
        lock.shown("a", "1");
        Found { ingredients: vec![lock], places, ..Found::default() }
    }

    fn of(ecosystems: Vec<Place>, own: Vec<Place>, layers: &[Layer]) -> Identity {
        with(&[(Ecosystem::Npm, found(ecosystems))], own, layers)
    }

    fn with(found: &[(Ecosystem, Found)], own: Vec<Place>, layers: &[Layer]) -> Identity {
        on(
            &Machine { os: "linux".into(), arch: "x64".into(), ..Machine::default() },
            found,
            own,
            layers,
        )
    }

    fn on(
        machine: &Machine,
        found: &[(Ecosystem, Found)],
        own: Vec<Place>,
        layers: &[Layer],
    ) -> Identity {
        let scope = Scope {
            own: Scope::TRUSTED.to_owned(),
            reads: Vec::new(),
            may_save: true,
            why: diagnostics::text!["so"],
        };
        identity(&Request {
            prefix: "p",
            shared: None,
            job: (Some("test"), None),
            layers: &layers.iter().copied().collect(),
            machine,
            found,
            own: &Found { places: own, ..Found::default() },
            scope: &scope,
        })
        .unwrap()
    }

    fn paths(places: &[Place]) -> Vec<String> {
        places.iter().map(|it| String::from_utf8(it.path.clone()).unwrap()).collect()
    }

    fn downloads() -> Place {
        place("~/.npm/_cacache", Layer::Registry, Reuse::Any)
    }

    fn installed() -> Place {
        place("node_modules", Layer::Dependencies, Reuse::Exact)
    }

    const BOTH: [Layer; 2] = [Layer::Registry, Layer::Dependencies];

    #[test]
    fn what_is_right_under_its_own_key_alone_is_left_out_beside_others() {
        let it = of(vec![downloads(), installed()], Vec::new(), &BOTH);
        assert_eq!(paths(&it.left_out), ["node_modules"]);
        assert!(!paths(&it.places).contains(&"node_modules".to_owned()));
        assert_eq!(it.restore.len(), 2, "{:?}", it.restore);
    }

    #[test]
    fn alone_or_named_it_is_kept_and_nothing_but_the_very_key_is_restored() {
        let alone = of(vec![downloads(), installed()], Vec::new(), &[Layer::Dependencies]);
        let named = of(vec![downloads()], vec![installed()], &BOTH);
        for it in [alone, named] {
            assert!(paths(&it.places).contains(&"node_modules".to_owned()));
            assert_eq!((it.left_out.len(), it.restore.len()), (0, 0));
        }
    }

    #[test]
    fn what_says_where_it_lies_counts_only_if_that_is_kept() {
        let mut path =
            Ingredient::new(Level::Toolchain, "folder", Source::Machine, "so").of_exact();
        path.shown("path", "/r");
        let own = |places| Found { ingredients: vec![path.clone()], places, ..Found::default() };
        let parts = |places: Vec<Place>, layers: &[Layer]| {
            let found = [found(places.clone()), own(places)];
            let found = found.map(|found| (Ecosystem::Uv, found));
            with(&found, Vec::new(), layers).material.parts.len()
        };
        let both = parts(vec![downloads(), installed()], &BOTH);
        let alone = parts(vec![installed()], &[Layer::Dependencies]);
        assert_eq!(alone, both + 1);
    }

    #[test]
    fn a_home_that_lies_elsewhere_has_the_same_key_and_other_paths() {
        let found = [(Ecosystem::Npm, found(vec![downloads()]))];
        let at = |home: Option<&str>| {
            let home_from_workspace = home.map(Into::into);
            let machine = Machine { home_from_workspace, ..Machine::default() };
            on(&machine, &found, Vec::new(), &BOTH)
        };
        let (one, other) = (at(Some("../../..")), at(Some("../../../github/home")));
        assert_eq!(one.key, other.key);
        assert_ne!(one.travels, other.travels);
        assert_eq!(at(None).key, one.key);
    }

    #[test]
    fn each_restore_key_is_a_beginning_of_the_key_that_ends_at_a_part() {
        let it = of(vec![downloads()], Vec::new(), &BOTH);
        for restore in &it.restore {
            assert!(it.key.starts_with(&restore.key) && restore.key.ends_with('/'), "{restore:?}");
        }
        assert!(it.restore.is_sorted_by(|one, other| one.key.len() > other.key.len()));
    }

    #[test]
    fn downloads_alone_have_one_key_on_every_system() {
        let it = of(vec![downloads()], Vec::new(), &[Layer::Registry]);
        assert!(it.key.starts_with("p/v1/trusted/downloads/npm/registry/all/"), "{}", it.key);
    }
}
