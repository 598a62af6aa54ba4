//! What a workspace has around its members: packages from a registry, one that it excludes, one that
//! stands in for another, and a workspace of its own that uses a member.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::world::{Random, Table, World, contents, name};

/// How many packages the registry has.
pub(crate) const EXTERNALS: usize = 4;

/// The registry, as a folder of copies beside the workspace.
pub(crate) fn external(number: usize) -> String {
    format!("ext{number}")
}

/// What a package of the registry needs from there.
pub(crate) fn external_needs(number: usize) -> &'static [usize] {
    match number {
        1 | 2 => &[0],
        3 => &[1],
        _ => &[],
    }
}

/// What is around the members.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outside {
    /// The version of each package of the registry: for the workspace, and for the nested one.
    pub(crate) versions: [[usize; EXTERNALS]; 2],
    /// Which package of the registry one of the repository stands in for, and how often it was written.
    pub(crate) patched: Option<(usize, usize)>,
    /// Whether the workspace excludes that one.
    pub(crate) excludes_patched: bool,
    /// How often the excluded package was written, and what it needs of the registry.
    pub(crate) aside: Option<(usize, usize)>,
    /// How often the nested workspace's package was written, and which member it needs.
    pub(crate) nested: Option<(usize, usize)>,
}

impl Outside {
    pub(crate) fn new(random: &mut Random, members: usize, has_root: bool) -> Self {
        Self {
            versions: Default::default(),
            patched: random.one_in(2).then(|| (random.below(EXTERNALS), 0)),
            excludes_patched: random.one_in(2),
            aside: random.one_in(2).then(|| (0, random.below(EXTERNALS))),
            nested: (!has_root && random.one_in(3)).then(|| (0, random.below(members))),
        }
    }

    /// Whether a package of the repository stands in for the one of this name.
    pub(crate) fn is_patched(&self, name: &str) -> bool {
        self.patched.is_some_and(|(number, _)| external(number) == name)
    }

    /// The lines of the root's manifest for them, in the table of the workspace and after all tables.
    pub(crate) fn root(&self) -> (String, String) {
        let mut excluded = Vec::new();
        excluded.extend(self.aside.map(|_| "aside"));
        let mut patch = String::new();
        if let Some((number, _)) = self.patched {
            excluded.extend(self.excludes_patched.then_some("patched"));
            let name = external(number);
            let _ = writeln!(patch, "\n[patch.crates-io]\n{name} = {{ path = \"patched\" }}");
        }
        (format!("exclude = {excluded:?}\n"), patch)
    }

    /// Their files, but for those of the registry.
    pub(crate) fn files(&self, world: &World) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut package = |folder: &str, name: &str, version: &str, needs: String, times| {
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n\n\
                 [dependencies]\n{needs}"
            );
            files.insert(format!("{folder}/Cargo.toml"), manifest);
            files.insert(format!("{folder}/src/lib.rs"), contents("src/lib.rs", times));
        };
        if let Some((number, times)) = self.patched {
            let needs = asked(external_needs(number));
            package("patched", &external(number), "1.9.0", needs, times);
        }
        if let Some((times, needs)) = self.aside {
            package("aside", "aside", "0.1.0", asked(&[needs]), times);
        }
        if let Some((times, member)) = self.nested {
            let folder = &world.members[&member].folder;
            let needs = format!("{} = {{ path = \"../../{folder}\" }}\n", name(member));
            package("nested/tool", "tool", "0.1.0", needs, times);
            let root = "[workspace]\nmembers = [\"tool\"]\nresolver = \"2\"\n";
            files.insert("nested/Cargo.toml".to_owned(), root.to_owned());
        }
        files
    }

    /// The registry of the workspace, or of the nested one: a folder for each package, as `cargo vendor`
    /// writes it.
    pub(crate) fn registry(&self, which: usize) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        for (number, version) in self.versions[which].iter().enumerate() {
            let name = external(number);
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"1.0.{version}\"\nedition = \"2021\"\n\n\
                 [dependencies]\n{}",
                asked(external_needs(number))
            );
            files.insert(format!("{name}/Cargo.toml"), manifest);
            files.insert(format!("{name}/src/lib.rs"), String::new());
            let sum =
                format!("{{\"files\":{{}},\"package\":\"{:064x}\"}}", number * 1000 + version);
            files.insert(format!("{name}/.cargo-checksum.json"), sum);
        }
        files
    }
}

/// Lines that ask for packages of the registry.
pub(crate) fn asked(numbers: &[usize]) -> String {
    let lines: Vec<String> =
        numbers.iter().map(|number| format!("{} = \"1\"\n", external(*number))).collect();
    lines.concat()
}

/// One step from a package to one that it needs.
#[derive(Clone, Debug)]
pub(crate) struct Way {
    pub(crate) to: String,
    pub(crate) table: Table,
    pub(crate) is_optional: bool,
}

/// Who needs whom, by names; those of the nested workspace's registry begin with `nested-`.
pub(crate) fn ways(world: &World) -> BTreeMap<String, Vec<Way>> {
    let way = |to: String, table| Way { to, table, is_optional: false };
    let mut ways: BTreeMap<String, Vec<Way>> = BTreeMap::new();
    for (number, member) in &world.members {
        let of = ways.entry(name(*number)).or_default();
        for ((table, on), how) in &member.needs {
            of.push(Way { to: name(*on), table: *table, is_optional: how.optional });
        }
        of.extend(member.externals.iter().map(|(table, on)| way(external(*on), *table)));
        if world.outside.aside.is_some() {
            of.extend(member.aside.map(|table| way("aside".to_owned(), table)));
        }
    }
    for number in 0..EXTERNALS {
        let needs = || external_needs(number).iter().copied().map(external);
        ways.entry(external(number)).or_default().extend(needs().map(|on| way(on, Table::Normal)));
        let nested = needs().map(|on| way(format!("nested-{on}"), Table::Normal));
        ways.entry(format!("nested-{}", external(number))).or_default().extend(nested);
    }
    // What nobody uses is in no lock file.
    let is_used = |name: &str| ways.values().flatten().any(|way| way.to == name);
    if let Some((_, on)) = world.outside.aside.filter(|_| is_used("aside")) {
        ways.entry("aside".to_owned()).or_default().push(way(external(on), Table::Normal));
    }
    if let Some((_, member)) = world.outside.nested {
        let mut of = vec![way(name(member), Table::Normal)];
        // What the members need of a registry, they need of the nested one here.
        let (mut rest, mut seen) = (vec![name(member)], Vec::new());
        let is_locked = |way: &Way| way.table != Table::Dev && !way.is_optional;
        while let Some(at) = rest.pop() {
            if seen.contains(&at) {
                continue;
            }
            for way in ways.get(&at).into_iter().flatten().filter(|it| is_locked(it)) {
                if way.to.starts_with("ext") {
                    of.push(Way { to: format!("nested-{}", way.to), ..way.clone() });
                } else {
                    rest.push(way.to.clone());
                }
            }
            seen.push(at);
        }
        ways.insert("tool".to_owned(), of);
    }
    ways
}
