//! A cargo workspace as large as they get: 141 members, 1 130 locked packages, settings inherited.
//!
//! It is made here, so it is known here which members a change affects: those that reach it through
//! normal and build dependencies, and one step over development dependencies (The Cargo Book,
//! "Specifying Dependencies": they are "not propagated").

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use super::import::{Import, cloned};
use super::place::{Place, answer, names};
use super::turns::{beside_git, table};
use crate::bench::random::Random;
use crate::bench::verdict::Verdict;

const MEMBERS: u64 = 141;
const LOCKED: u64 = 1_130;
/// How many packages of the registry the root names for its members.
const NAMED: u64 = 250;
/// The packages of the registry; from this one on they are second versions of others.
const FOREIGN: u64 = LOCKED - MEMBERS;
const SECOND: u64 = 940;
const FILES: [&str; 11] = [
    "README.md",
    "src/lib.rs",
    "src/error.rs",
    "src/config.rs",
    "src/metrics.rs",
    "src/state/mod.rs",
    "src/state/cache.rs",
    "src/task/mod.rs",
    "src/task/runner.rs",
    "tests/it/main.rs",
    "benches/speed.rs",
];
/// The member whose source changes, and the one whose manifest does.
const CHANGED: u64 = 60;
/// The package of the registry whose version changes.
const BUMPED: u64 = 12;
/// What one answer is meant to take, in milliseconds.
const BAR: u64 = 40;

/// Who needs whom.
#[derive(Default)]
struct Needs {
    normal: BTreeMap<u64, BTreeSet<u64>>,
    build: BTreeMap<u64, BTreeSet<u64>>,
    development: BTreeMap<u64, BTreeSet<u64>>,
    /// Members' needs of the registry.
    foreign: BTreeMap<u64, BTreeSet<u64>>,
    /// The registry's own.
    within: BTreeMap<u64, BTreeSet<u64>>,
}

fn member(number: u64) -> String {
    format!("made-{number:03}")
}

/// Folders of folders, as the globs of the root find them.
fn folder(number: u64) -> String {
    format!("crates/area{}/{}", number % 12, member(number))
}

/// Name and version of a package of the registry.
fn foreign(number: u64) -> (String, &'static str) {
    if number >= SECOND {
        (format!("ext-{:04}", number - 400), "2.0.0")
    } else {
        (format!("ext-{number:04}"), "1.4.2")
    }
}

fn needs() -> Needs {
    let mut random = Random(141);
    let mut needs = Needs::default();
    for at in 0..MEMBERS {
        // Mostly on neighbours below, as layers have it.
        let below = |random: &mut Random, most: u64| -> BTreeSet<u64> {
            let from = at.saturating_sub(40);
            (0..random.below(most + 1))
                .map(|_| random.between(from, at.max(1) - 1))
                .filter(|it| *it < at)
                .collect()
        };
        let normal = below(&mut random, 6);
        let build = if at % 20 == 7 { below(&mut random, 1) } else { BTreeSet::new() };
        // Development dependencies may go in circles.
        let development =
            (0..random.below(3)).map(|_| random.below(MEMBERS)).filter(|it| *it != at).collect();
        needs.normal.insert(at, normal);
        needs.build.insert(at, build);
        needs.development.insert(at, development);
        needs.foreign.insert(at, (0..random.between(4, 20)).map(|_| random.below(NAMED)).collect());
    }
    for at in 0..FOREIGN {
        let more = (0..random.below(6)).map(|_| random.between(at + 1, at + 200));
        needs.within.insert(at, more.filter(|it| *it < FOREIGN).collect());
    }
    needs
}

impl Needs {
    fn of(map: &BTreeMap<u64, BTreeSet<u64>>, at: u64) -> impl Iterator<Item = u64> + '_ {
        map.get(&at).into_iter().flatten().copied()
    }

    /// The members that a change in `direct` affects.
    fn affected(&self, direct: BTreeSet<u64>) -> BTreeSet<u64> {
        let mut affected = direct;
        loop {
            let more: Vec<u64> = (0..MEMBERS)
                .filter(|at| !affected.contains(at))
                .filter(|at| {
                    Self::of(&self.normal, *at)
                        .chain(Self::of(&self.build, *at))
                        .any(|it| affected.contains(&it))
                })
                .collect();
            if more.is_empty() {
                break;
            }
            affected.extend(more);
        }
        let tested = (0..MEMBERS)
            .filter(|at| Self::of(&self.development, *at).any(|it| affected.contains(&it)));
        let tested: Vec<u64> = tested.collect();
        affected.extend(tested);
        affected
    }

    /// The members that need a package of the registry, however far.
    fn reaching(&self, wanted: u64) -> BTreeSet<u64> {
        let mut reaching = BTreeSet::from([wanted]);
        // Each needs later ones only.
        for at in (0..wanted).rev() {
            if Self::of(&self.within, at).any(|it| reaching.contains(&it)) {
                reaching.insert(at);
            }
        }
        (0..MEMBERS)
            .filter(|at| Self::of(&self.foreign, *at).any(|it| reaching.contains(&it)))
            .collect()
    }

    fn manifest(&self, at: u64) -> String {
        let mut text = format!(
            "[package]\nname = \"{}\"\nversion.workspace = true\nedition.workspace = true\n\
             license.workspace = true\nrust-version.workspace = true\ndescription = \"Made.\"\n\n\
             [lints]\nworkspace = true\n\n[dependencies]\n",
            member(at)
        );
        for it in Self::of(&self.normal, at) {
            let _ = writeln!(text, "{}.workspace = true", member(it));
        }
        for it in Self::of(&self.foreign, at) {
            let name = foreign(it).0;
            let _ = match it % 4 {
                0 => writeln!(
                    text,
                    "{name} = {{ workspace = true, features = [\"std\", \"serde\"] }}"
                ),
                1 => writeln!(text, "{name} = {{ workspace = true, optional = true }}"),
                _ => writeln!(text, "{name}.workspace = true"),
            };
        }
        text.push_str("\n[build-dependencies]\n");
        for it in Self::of(&self.build, at) {
            let _ = writeln!(text, "{}.workspace = true", member(it));
        }
        text.push_str("\n[dev-dependencies]\n");
        for it in Self::of(&self.development, at) {
            let _ = writeln!(
                text,
                "{} = {{ workspace = true, features = [\"test-utils\"] }}",
                member(it)
            );
        }
        text.push_str("\n[features]\ndefault = [\"std\"]\nstd = []\ntest-utils = []\n");
        for it in Self::of(&self.foreign, at).filter(|it| it % 4 == 1) {
            let name = foreign(it).0;
            let _ = writeln!(text, "with-{name} = [\"dep:{name}\"]");
        }
        text
    }

    fn lock(&self, bumped: bool) -> String {
        let mut packages = BTreeMap::new();
        let twice: BTreeSet<String> = (SECOND..FOREIGN).map(|at| foreign(at).0).collect();
        let word = |at: u64| {
            let (name, version) = foreign(at);
            if twice.contains(&name) { format!("{name} {version}") } else { name }
        };
        for at in 0..FOREIGN {
            let (name, version) = foreign(at);
            let is_other = bumped && at == BUMPED;
            let version = if is_other { "1.4.3" } else { version };
            let checksum = format!("{:064x}", u128::from(at) * 7_919 + u128::from(is_other));
            let needs: BTreeSet<String> = Self::of(&self.within, at).map(word).collect();
            let more = format!(
                "source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{checksum}\"\n"
            );
            packages.insert((name, version), (more, needs));
        }
        for at in 0..MEMBERS {
            let maps = [&self.normal, &self.build, &self.development];
            let ours = maps.into_iter().flat_map(|map| Self::of(map, at)).map(member);
            let needs = ours.chain(Self::of(&self.foreign, at).map(word)).collect();
            packages.insert((member(at), "0.9.0"), (String::new(), needs));
        }
        let mut text =
            "# This file is automatically @generated by Cargo.\nversion = 4\n".to_owned();
        for ((name, version), (more, needs)) in packages {
            let _ =
                write!(text, "\n[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{more}");
            if !needs.is_empty() {
                text.push_str("dependencies = [\n");
                for it in needs {
                    let _ = writeln!(text, " \"{it}\",");
                }
                text.push_str("]\n");
            }
        }
        text
    }
}

fn root() -> String {
    let mut text = "[workspace]\nmembers = [\"crates/*/*\"]\nresolver = \"2\"\n\n[workspace.package]\n\
                    version = \"0.9.0\"\nedition = \"2021\"\nlicense = \"MIT\"\nrust-version = \"1.85\"\n\n\
                    [workspace.lints.rust]\nunsafe_code = \"forbid\"\n\n[workspace.dependencies]\n"
        .to_owned();
    for at in 0..MEMBERS {
        let _ = writeln!(
            text,
            "{} = {{ path = \"{}\", default-features = false }}",
            member(at),
            folder(at)
        );
    }
    for at in 0..NAMED {
        let _ =
            writeln!(text, "{} = {{ version = \"1.4\", default-features = false }}", foreign(at).0);
    }
    text.push_str("\n[profile.release]\nlto = \"thin\"\n");
    text
}

/// The workspace, in the first two commits of a repository.
fn begun(place: &Place, name: &str, needs: &Needs) -> anyhow::Result<Import> {
    let mut import = Import::begin(place, name)?;
    import.commit()?;
    import.write("Cargo.toml", &root())?;
    import.write("Cargo.lock", &needs.lock(false))?;
    for at in 0..MEMBERS {
        import.write(&format!("{}/Cargo.toml", folder(at)), &needs.manifest(at))?;
        for file in FILES {
            import.write(&format!("{}/{file}", folder(at)), "//! Made.\n")?;
        }
    }
    Ok(import)
}

/// The workspace, checked out, and what to call it.
pub(in crate::bench) fn checked_out(place: &Place) -> anyhow::Result<(PathBuf, String)> {
    let from = begun(place, "cargo.origin", &needs())?.end()?;
    let name = format!("{MEMBERS} members, {LOCKED} locked packages");
    Ok((cloned(place, &from, "cargo")?, name))
}

pub(crate) fn cargo_workspace(place: &Place, verdict: &mut Verdict) -> anyhow::Result<()> {
    let needs = needs();
    let mut import = begun(place, "cargo.origin", &needs)?;
    import.commit()?;
    import.write(&format!("{}/src/state/cache.rs", folder(CHANGED)), "//! Made again.\n")?;
    import.commit()?;
    import.write("Cargo.lock", &needs.lock(true))?;
    import.commit()?;
    let feature = format!("{}more = []\n", needs.manifest(CHANGED));
    import.write(&format!("{}/Cargo.toml", folder(CHANGED)), &feature)?;
    let repository = cloned(place, &import.end()?, "cargo")?;
    println!("\naffected crates of a workspace of {MEMBERS} members and {LOCKED} locked packages");
    for (what, base, head, direct) in [
        ("a source file", "HEAD~3", "HEAD~2", BTreeSet::from([CHANGED])),
        ("the lock file, one package", "HEAD~2", "HEAD~1", needs.reaching(BUMPED)),
        ("a manifest", "HEAD~1", "HEAD", BTreeSet::from([CHANGED])),
    ] {
        let id = |name: &str| place.asked(&repository, &["rev-parse", name]);
        let (base, head) = (id(base)?, id(head)?);
        let words = ["crates", "--graph", "cargo", "--base", &base, "--head", &head];
        let wanted: BTreeSet<String> = needs.affected(direct).into_iter().map(member).collect();
        let found = names(&answer(&mut place.tool(&repository, &words))?, "crates-affected")?;
        let missing: Vec<&String> = wanted.difference(&found).collect();
        let odd: Vec<&String> = found.difference(&wanted).collect();
        verdict.hold(missing.is_empty(), || format!("{what}: {missing:?} are missed"));
        verdict.hold(odd.is_empty(), || format!("{what}: {odd:?} are not affected"));
        let gits = place.gits(place.tool(&repository, &words))?;
        println!(
            "\n  {what} changed: {} crates of {}, {gits} processes of git",
            found.len(),
            wanted.len()
        );
        let [git, ours] = beside_git(place, &repository, &words, [&base, &head]);
        table(vec![git, ours.bar(BAR)])?;
    }
    Ok(())
}
