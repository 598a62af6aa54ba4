//! A cargo workspace that is made up: who needs whom, and the files that say so.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::outside::{EXTERNALS, Outside, asked};

/// Numbers that look random and are the same everywhere (Knuth's MMIX generator).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// A number from 0 on, below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }

    pub(crate) fn one_in(&mut self, number: usize) -> bool {
        self.below(number) == 0
    }

    /// One of these.
    pub(crate) fn of<T: Copy>(&mut self, things: &[T]) -> T {
        things[self.below(things.len())]
    }
}

/// Where a need stands in a manifest (The Cargo Book, "Specifying Dependencies").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    Normal,
    Build,
    Dev,
    /// For the platform that the tests run on.
    Here,
    /// For one that they do not.
    Elsewhere,
}

impl Table {
    pub(crate) const ALL: [Self; 5] =
        [Self::Normal, Self::Build, Self::Dev, Self::Here, Self::Elsewhere];

    fn header(self) -> &'static str {
        match self {
            Self::Normal => "[dependencies]",
            Self::Build => "[build-dependencies]",
            Self::Dev => "[dev-dependencies]",
            Self::Here => "[target.'cfg(unix)'.dependencies]",
            Self::Elsewhere => "[target.'cfg(windows)'.dependencies]",
        }
    }
}

/// How a need is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "keys of a manifest, each there or not")]
pub(crate) struct How {
    pub(crate) optional: bool,
    pub(crate) renamed: bool,
    pub(crate) inherited: bool,
    pub(crate) feature: bool,
}

/// A member.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Empty for the package of the root.
    pub(crate) folder: String,
    pub(crate) needs: BTreeMap<(Table, usize), How>,
    pub(crate) version: usize,
    /// Whether its library reads its version, and so may show it to those who use it.
    pub(crate) reads_version: bool,
    /// Its own edition; without, the workspace's.
    pub(crate) edition: Option<&'static str>,
    pub(crate) description: usize,
    pub(crate) features: usize,
    /// How often each file was written.
    pub(crate) files: BTreeMap<&'static str, usize>,
    /// What it needs of the registry.
    pub(crate) externals: BTreeSet<(Table, usize)>,
    /// How it needs the excluded package, if it does.
    pub(crate) aside: Option<Table>,
}

/// A workspace.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) members: BTreeMap<usize, Member>,
    /// Those that the root's `[workspace.dependencies]` asks a feature of.
    pub(crate) asked: BTreeSet<usize>,
    pub(crate) comment: usize,
    pub(crate) edition: usize,
    pub(crate) profile: usize,
    pub(crate) unused: usize,
    /// Files outside all packages.
    pub(crate) unowned: BTreeMap<&'static str, usize>,
    pub(crate) outside: Outside,
}

pub(crate) const MANIFEST: &str = "Cargo.toml";

pub(crate) fn name(number: usize) -> String {
    format!("member{number}")
}

impl Member {
    /// Needs one more. Cargo allows one name for a package in all tables.
    pub(crate) fn need(&mut self, table: Table, on: usize, mut how: How) {
        let known = self.needs.iter().find(|((_, it), _)| *it == on);
        how.renamed = known.map_or(how.renamed, |(_, how)| how.renamed);
        self.needs.insert((table, on), how);
    }

    /// The way from its folder to that of the workspace.
    fn up(&self) -> String {
        "../".repeat(self.folder.split('/').filter(|part| !part.is_empty()).count())
    }

    pub(crate) fn path(&self, file: &str) -> String {
        if self.folder.is_empty() { file.to_owned() } else { format!("{}/{file}", self.folder) }
    }
}

impl World {
    /// A workspace of a few members; every fourth has a package at its root.
    pub(crate) fn new(random: &mut Random) -> Self {
        let mut world = Self::default();
        let count = 3 + random.below(7);
        let has_root = random.one_in(4);
        for number in 0..count {
            let is_root = has_root && number == count - 1;
            let member = world.member(random, number, is_root);
            world.members.insert(number, member);
        }
        for number in 0..count {
            if random.one_in(4) {
                let (on, how) = (random.below(count), how(random, Table::Dev));
                if on != number {
                    world.members.get_mut(&number).unwrap().need(Table::Dev, on, how);
                }
            }
            if random.one_in(5) {
                world.asked.insert(number);
            }
        }
        world.outside = Outside::new(random, count, has_root);
        world
    }

    /// A new member, which needs those before it.
    pub(crate) fn member(&self, random: &mut Random, number: usize, is_root: bool) -> Member {
        let folder = match random.below(4) {
            _ if is_root => String::new(),
            0 => format!("tools/{}", name(number)),
            1 => format!("crates/group/{}", name(number)),
            _ => format!("crates/{}", name(number)),
        };
        let earlier: Vec<usize> = self.members.keys().copied().filter(|at| *at < number).collect();
        let mut needs = BTreeMap::new();
        for on in earlier {
            if random.one_in(3) {
                let table = random.of(&Table::ALL);
                needs.insert((table, on), how(random, table));
            }
        }
        let mut files = BTreeMap::from([("src/lib.rs", 0), ("src/more.rs", 0)]);
        for file in ["build.rs", "tests/it.rs", "benches/speed.rs", "examples/one.rs", "README.md"]
        {
            if random.one_in(2) {
                files.insert(file, 0);
            }
        }
        let mut externals = BTreeSet::new();
        while random.one_in(2) {
            externals.insert((random.of(&Table::ALL), random.below(EXTERNALS)));
        }
        let aside = random.one_in(4).then(|| random.of(&Table::ALL));
        let edition = if random.one_in(4) { Some("2021") } else { None };
        Member {
            folder,
            needs,
            version: 0,
            reads_version: random.one_in(3),
            edition,
            description: 0,
            features: 0,
            files,
            externals,
            aside,
        }
    }

    /// All files but the lock file, which cargo writes.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut root = self.root();
        for (number, member) in &self.members {
            let manifest = self.manifest(*number, member);
            if member.folder.is_empty() {
                root = format!("{manifest}\n{root}");
            } else {
                files.insert(member.path(MANIFEST), manifest);
            }
            for (file, times) in &member.files {
                let mut contents = contents(file, *times);
                if *file == "src/lib.rs" && member.reads_version {
                    contents.push_str("pub const VERSION: &str = env!(\"CARGO_PKG_VERSION\");\n");
                }
                files.insert(member.path(file), contents);
            }
        }
        for (file, times) in &self.unowned {
            files.insert((*file).to_owned(), contents(file, *times));
        }
        files.insert(MANIFEST.to_owned(), root);
        files.extend(self.outside.files(self));
        files
    }

    /// Which edition a member has in the end.
    pub(crate) fn edition_of(&self, member: &Member) -> &'static str {
        member.edition.unwrap_or_else(|| self.common_edition())
    }

    fn common_edition(&self) -> &'static str {
        if self.edition.is_multiple_of(2) { "2021" } else { "2024" }
    }

    fn root(&self) -> String {
        let folders = || self.members.values().map(|member| member.folder.as_str());
        let mut listed: Vec<&str> =
            folders().filter(|folder| folder.starts_with("tools/")).collect();
        // Cargo takes a pattern that nothing matches for a path.
        for (start, pattern) in
            [("crates/member", "crates/member*"), ("crates/group/", "crates/group/*")]
        {
            listed.extend(folders().any(|folder| folder.starts_with(start)).then_some(pattern));
        }
        let (exclude, patches) = self.outside.root();
        let mut text = format!(
            "[workspace]\nmembers = {listed:?}\n{exclude}resolver = \"2\"\n\n\
             [workspace.package]\nedition = \"{}\"\n\n[workspace.dependencies]\n",
            self.common_edition()
        );
        for (number, member) in &self.members {
            let path = if member.folder.is_empty() { "." } else { &member.folder };
            let name = name(*number);
            let feature = if self.asked.contains(number) { ", features = [\"asked\"]" } else { "" };
            let _ = writeln!(text, "{name} = {{ path = \"{path}\"{feature} }}");
            let _ = writeln!(text, "also-{name} = {{ path = \"{path}\", package = \"{name}\" }}");
        }
        for number in 0..self.unused {
            let _ = writeln!(text, "unused{number} = \"1\"");
        }
        let _ = writeln!(text, "\n[profile.release]\nopt-level = {}", self.profile % 4);
        text.push_str(&patches);
        for number in 0..self.comment {
            let _ = writeln!(text, "# {number}");
        }
        text
    }

    fn manifest(&self, number: usize, member: &Member) -> String {
        let edition = match member.edition {
            Some(edition) => format!("edition = \"{edition}\""),
            None => "edition.workspace = true".to_owned(),
        };
        let mut text = format!(
            "[package]\nname = \"{}\"\nversion = \"1.0.{}\"\n{edition}\ndescription = \"{}\"\n\n\
             [features]\nasked = []\n",
            name(number),
            member.version,
            member.description
        );
        for feature in 0..member.features {
            let _ = writeln!(text, "more{feature} = []");
        }
        for table in Table::ALL {
            let _ = writeln!(text, "\n{}", table.header());
            for ((_, on), how) in member.needs.iter().filter(|((it, _), _)| *it == table) {
                let _ = writeln!(text, "{}", self.need(member, *on, *how));
            }
            let externals = member.externals.iter().filter(|(it, _)| *it == table);
            text.push_str(&asked(&externals.map(|(_, on)| *on).collect::<Vec<_>>()));
            if self.outside.aside.is_some() && member.aside == Some(table) {
                let up = member.up();
                let _ = writeln!(text, "aside = {{ path = \"{up}aside\" }}");
            }
        }
        text
    }

    fn need(&self, member: &Member, on: usize, how: How) -> String {
        let name = name(on);
        let key = if how.renamed { format!("also-{name}") } else { name.clone() };
        let mut words = Vec::new();
        if how.inherited {
            words.push("workspace = true".to_owned());
        } else {
            let up = member.up();
            let to = &self.members[&on].folder;
            let path = format!("{up}{to}");
            let path = if path.is_empty() { "." } else { path.trim_end_matches('/') };
            words.push(format!("path = \"{path}\""));
            if how.renamed {
                words.push(format!("package = \"{name}\""));
            }
        }
        if how.optional {
            words.push("optional = true".to_owned());
        }
        if how.feature {
            words.push("features = [\"asked\"]".to_owned());
        }
        format!("{key} = {{ {} }}", words.join(", "))
    }
}

/// How a need is written in this table.
pub(crate) fn how(random: &mut Random, table: Table) -> How {
    let may_be_optional = table != Table::Dev && table != Table::Build;
    How {
        optional: may_be_optional && random.one_in(4),
        renamed: random.one_in(5),
        inherited: random.one_in(2),
        feature: random.one_in(4),
    }
}

pub(crate) fn contents(file: &str, times: usize) -> String {
    match file {
        ".cargo/config.toml" => format!("[env]\nTIMES = \"{times}\"\n"),
        "rust-toolchain.toml" => format!("# {times}\n[toolchain]\ncomponents = []\n"),
        "build.rs" | "examples/one.rs" => format!("//! {times}\nfn main() {{}}\n"),
        _ => format!("// {times}\n"),
    }
}
