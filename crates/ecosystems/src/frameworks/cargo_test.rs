//! `cargo test`: tests of the programs that it builds, and all doctests as one item.
//!
//! An item is `binary-id test`, where nextest's binary id names the program; a binary id alone for a
//! program that does not list its tests as libtest does; or `doctests`. Ignored tests are not listed.
//!
//! Packages are never chosen with `-p`, because that builds them with other features. Instead cargo
//! builds the whole workspace and starts each program through a runner (The Cargo Book,
//! "Configuration", `target.<cfg>.runner`), which knows `CARGO_PKG_NAME` and the program's path. So
//! the programs have cargo's own environment, for listing as for running; the runner of the filter
//! is the filter itself, in one pass a kind of target. It names tests with `--exact` (The rustc book,
//! "Tests"). All seen with cargo 1.95. A user's own runner for this platform would win over ours.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use serde::Deserialize;

use super::{About, Owner, Unit, split};
use crate::filter::{CannotFilter, FilterFile, Part, utf8};
use crate::list::lines_of;
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};
use crate::script::{Script, pieces};

pub(super) const ABOUT: About =
    About { name: "cargo-test", default_unit: Unit::Test, finest_unit: Unit::Test };

const USAGE: &str = "bash \"$FILTER\" [options of cargo test] [-- options of the tests]";

/// The item for the doctests of all packages.
const DOCTESTS: &str = "doctests";

/// How a program is listed: its path and what it says, between NULs, and the same for the ignored
/// tests. What it answers says whether it can be listed, not how it ends.
const LISTING: &str = r#"target."cfg(all())".runner=["sh", "-c", "printf '\\000%s\\000' \"$1\"; \"$@\" --list; printf '\\000ignored\\000'; \"$@\" --list --ignored; true", "sh"]"#;

pub(super) fn discovery() -> Vec<Probe> {
    let metadata = ["metadata", "--no-deps", "--format-version", "1"];
    let build = ["test", "--workspace", "--tests", "--no-run", "--message-format"];
    vec![
        Probe::new("cargo", &metadata, "the packages of the workspace from cargo").fixed(),
        Probe::new(
            "cargo",
            &[&build[..], &["json-render-diagnostics"]].concat(),
            "the test programs from cargo",
        ),
    ]
}

/// The document of `cargo metadata`, as far as it is read (The Cargo Book, "cargo metadata").
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    id: String,
    name: String,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
    #[serde(default)]
    doctest: bool,
}

/// A message about a program (The Cargo Book, "External tools", "Artifact messages").
#[derive(Deserialize)]
struct Artifact {
    package_id: String,
    target: Target,
    profile: Profile,
    executable: Option<String>,
}

#[derive(Deserialize)]
struct Profile {
    test: bool,
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let metadata: Metadata = serde_json::from_slice(answers.output(0))
        .map_err(|_| NotDiscovered::Unreadable { wanted: "the JSON of `cargo metadata`" })?;
    let mut targets = metadata.packages.iter().flat_map(|package| &package.targets);
    let has_doctests = targets.any(|target| target.doctest);
    if answers.outputs.len() < 3 {
        return Ok(Discovered::More(listing(has_doctests)));
    }
    let ids = binary_ids(answers.output(1), &metadata);
    let mut tests = Vec::new();
    for program in programs(answers.output(2))? {
        let wanted = "the tests of programs that cargo built";
        let id = ids.get(program.path).ok_or(NotDiscovered::Unreadable { wanted })?;
        tests.extend(program.items(id));
    }
    if has_doctests && lines_of(answers.output(3)).any(|line| test(line).is_some()) {
        tests.push(DOCTESTS.into());
    }
    Ok(Discovered::tests(tests))
}

/// The commands that need the programs.
fn listing(has_doctests: bool) -> Vec<Probe> {
    let programs = ["test", "--workspace", "--tests", "--no-fail-fast", "--config", LISTING];
    let doctests = ["test", "--workspace", "--doc", "--", "--list"];
    let programs = Probe::new("cargo", &programs, "the list of tests from the test programs");
    let doctests = Probe::new("cargo", &doctests, "the list of doctests from cargo");
    std::iter::once(programs).chain(has_doctests.then_some(doctests)).collect()
}

/// The binary id of each program's path.
fn binary_ids(messages: &[u8], metadata: &Metadata) -> BTreeMap<Vec<u8>, String> {
    let names: BTreeMap<&str, &str> =
        metadata.packages.iter().map(|it| (it.id.as_str(), it.name.as_str())).collect();
    // Other messages have another form.
    let artifacts = lines_of(messages).filter_map(|line| serde_json::from_slice(line).ok());
    let id = |artifact: Artifact| {
        let package = names.get(artifact.package_id.as_str()).filter(|_| artifact.profile.test)?;
        let kind = Kind::of(artifact.target.kind.first()?);
        Some((artifact.executable?.into_bytes(), kind.binary_id(package, &artifact.target.name)))
    };
    artifacts.filter_map(id).collect()
}

/// What a program said when it was asked for its tests.
struct Program<'a> {
    path: &'a [u8],
    all: &'a [u8],
    ignored: &'a [u8],
}

/// The programs in an answer to [`LISTING`].
fn programs(output: &[u8]) -> Result<Vec<Program<'_>>, NotDiscovered> {
    let mut parts = output.split(|byte| *byte == 0);
    parts.next();
    let mut programs = Vec::new();
    while let Some(path) = parts.next() {
        let (all, mark, ignored) = (parts.next(), parts.next(), parts.next());
        let (Some(all), Some(b"ignored"), Some(ignored)) = (all, mark, ignored) else {
            return Err(NotDiscovered::Unreadable { wanted: "a list of tests for each program" });
        };
        programs.push(Program { path, all, ignored });
    }
    Ok(programs)
}

impl Program<'_> {
    /// Its tests, or itself where it does not list them as libtest does.
    fn items(&self, id: &str) -> Vec<BString> {
        let (Some(all), Some(ignored)) = (libtest_list(self.all), libtest_list(self.ignored)) else {
            return vec![id.into()];
        };
        let tests = all.iter().filter(|test| !ignored.contains(*test));
        tests.map(|test| [id.as_bytes(), b" ", test].concat().into()).collect()
    }
}

/// The names in libtest's list; nothing if it is not one, which shows in its last line.
fn libtest_list(list: &[u8]) -> Option<BTreeSet<&[u8]>> {
    let tests: Vec<&[u8]> = lines_of(list).filter_map(test).collect();
    let summary = lines_of(list).rev().find(|line| !line.is_empty())?;
    let counted: Vec<&str> = summary.to_str().ok()?.split([' ', ',']).collect();
    let [count, "test" | "tests", "", benches, "benchmark" | "benchmarks"] = counted[..] else {
        return None;
    };
    let counted = count.parse::<usize>().ok()?.checked_add(benches.parse().ok()?)?;
    (counted == tests.len()).then(|| tests.into_iter().collect())
}

/// The name in a line of libtest's list.
fn test(line: &[u8]) -> Option<&[u8]> {
    line.strip_suffix(b": test").or_else(|| line.strip_suffix(b": benchmark"))
}

/// A kind of target, as `cargo test` can be told to build it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Lib,
    Bin,
    Test,
    Example,
    Bench,
}

impl Kind {
    /// The kind in a message of cargo's: all others are kinds of libraries.
    fn of(name: &str) -> Self {
        match name {
            "bin" => Self::Bin,
            "test" => Self::Test,
            "example" => Self::Example,
            "bench" => Self::Bench,
            _ => Self::Lib,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Lib => "lib",
            Self::Bin => "bin",
            Self::Test => "test",
            Self::Example => "example",
            Self::Bench => "bench",
        }
    }

    /// nextest's name of a program (nextest documentation, "Glossary", "Binary ID").
    fn binary_id(self, package: &str, target: &str) -> String {
        match self {
            Self::Lib => package.to_owned(),
            Self::Test => format!("{package}::{target}"),
            Self::Bin | Self::Example | Self::Bench => {
                format!("{package}::{}/{target}", self.name())
            }
        }
    }
}

/// A program, as its binary id names it. A library has no name but its package's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Binary<'n> {
    kind: Kind,
    package: &'n str,
    target: &'n str,
}

impl<'n> Binary<'n> {
    fn read(id: &'n str) -> Option<Self> {
        let (package, rest) = id.split_once("::").unwrap_or((id, ""));
        let (kind, target) = match rest.split_once('/') {
            Some(("bin", target)) => (Kind::Bin, target),
            Some(("example", target)) => (Kind::Example, target),
            Some(("bench", target)) => (Kind::Bench, target),
            Some(_) => return None,
            None if rest.is_empty() => (Kind::Lib, rest),
            None => (Kind::Test, rest),
        };
        // An empty target behind `::` would be a second name of the library.
        let is_plain = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_-".contains(c))
        };
        let is_lib = kind == Kind::Lib;
        let is_named = is_plain(package) && if is_lib { package == id } else { is_plain(target) };
        is_named.then_some(Self { kind, package, target })
    }

    /// What the program is known by when cargo starts it, as a pattern of bash's `case`: cargo calls
    /// its file by the name of the crate, in which hyphens are underscores.
    fn pattern(&self) -> String {
        let Self { kind, package, target } = self;
        match kind {
            Kind::Lib => format!("'lib {package} '*"),
            Kind::Bin | Kind::Test | Kind::Example | Kind::Bench => {
                format!("'{} {package} {}'", kind.name(), target.replace('-', "_"))
            }
        }
    }
}

pub(super) fn owners(item: &[u8]) -> Vec<Owner<'_>> {
    let binary = split(item, b" ").map(|(name, _)| Owner { unit: Unit::Binary, name });
    binary.into_iter().collect()
}

/// The programs of a shard, and of each its tests; nothing instead of a test is all of them.
type Programs<'n> = BTreeMap<Binary<'n>, Vec<Option<&'n [u8]>>>;

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let programs = read(part.own)?;
    refuse_twins(part)?;
    let mut script = Script::new("Runs this shard's tests.", USAGE);
    if !programs.is_empty() {
        run_programs(&programs, &mut script)?;
    }
    if part.own.contains(&DOCTESTS.as_bytes()) {
        script.line("cargo test --workspace --no-fail-fast --doc \"$@\" || failed=1");
    }
    Ok(FilterFile { bytes: script.finish(), name: "cargo-test.sh", usage: USAGE })
}

/// Has cargo start the programs through the script, which runs their tests.
fn run_programs(programs: &Programs<'_>, script: &mut Script) -> Result<(), CannotFilter> {
    script.line(PREPARE);
    for (binary, tests) in programs {
        script.line(&format!("    {})", binary.pattern()));
        let tests: Option<Vec<&[u8]>> = tests.iter().copied().collect();
        match tests {
            Some(tests) => script.calls("      \"$@\" --exact --", &tests)?,
            None => script.call("      \"$@\"", &[])?,
        }
        script.line("      ;;");
    }
    script.line(RUN);
    for (kind, options) in passes(programs) {
        let options: Vec<&[u8]> = options.iter().map(String::as_bytes).collect();
        for piece in pieces(&options)? {
            script.call(&format!("run {}", kind.name()), piece)?;
        }
    }
    Ok(())
}

/// The items by program.
fn read<'n>(items: &[&'n [u8]]) -> Result<Programs<'n>, CannotFilter> {
    let mut programs = Programs::new();
    for item in items.iter().filter(|item| **item != DOCTESTS.as_bytes()) {
        let (id, test) = match split(item, b" ") {
            Some((id, test)) => (id, Some(test)),
            None => (*item, None),
        };
        let binary = Binary::read(utf8(id)?).filter(|_| test != Some(b""));
        let binary = binary.ok_or_else(|| {
            CannotFilter::new(item, "is neither `binary-id test` nor `doctests`")
        })?;
        programs.entry(binary).or_default().push(test);
    }
    Ok(programs)
}

/// Refuses a program that the script could take for another one.
fn refuse_twins(part: &Part<'_>) -> Result<(), CannotFilter> {
    let all: Vec<&[u8]> = part.own.iter().chain(part.others).copied().collect();
    let mut known: BTreeMap<String, Binary<'_>> = BTreeMap::new();
    for item in all {
        let id = split(item, b" ").map_or(item, |(id, _)| id);
        let Some(binary) = id.to_str().ok().and_then(Binary::read) else { continue };
        if *known.entry(binary.pattern()).or_insert(binary) != binary {
            let why = "is in one of two programs that differ in a hyphen only";
            return Err(CannotFilter::new(item, why));
        }
    }
    Ok(())
}

/// The options that choose the shard's targets, by kind.
fn passes(programs: &Programs<'_>) -> BTreeMap<Kind, Vec<String>> {
    let mut passes: BTreeMap<Kind, Vec<String>> = BTreeMap::new();
    for Binary { kind, target, .. } in programs.keys() {
        let option = match kind {
            Kind::Lib => "--lib".to_owned(),
            Kind::Bin | Kind::Test | Kind::Example | Kind::Bench => {
                format!("--{}={target}", kind.name())
            }
        };
        let options = passes.entry(*kind).or_default();
        if !options.contains(&option) {
            options.push(option);
        }
    }
    passes
}

/// The first half of the script: what it does when cargo starts it with a program.
const PREPARE: &str = r#"if [ "$1" = --as-runner ]; then
  kind=$2
  shift 2
  unset SIGNALBOX_SCRIPT
  crate=${1##*/}
  crate=${crate%.exe}
  case "$kind $CARGO_PKG_NAME ${crate%-*}" in"#;

/// The second half: how it starts cargo.
const RUN: &str = r#"  esac
  exit "$failed"
fi
given=("$@")
case $0 in
  /*) export SIGNALBOX_SCRIPT=$0 ;;
  *) export SIGNALBOX_SCRIPT=$PWD/$0 ;;
esac
run() { # kind of target, options that choose targets
  local runner="\"bash\", \"-c\", \"exec bash \\\"\$SIGNALBOX_SCRIPT\\\" --as-runner $1 \\\"\$@\\\"\", \"bash\""
  shift
  cargo test --workspace --no-fail-fast --config "target.\"cfg(all())\".runner=[$runner]" "$@" "${given[@]}"
}"#;

#[cfg(test)]
mod tests {
    use super::*;

    const METADATA: &str = r#"{"packages": [{"id": "path+file:///w#a@0.1.0", "name": "a", "targets": [
        {"name": "a", "kind": ["lib"], "doctest": true}, {"name": "t-1", "kind": ["test"], "doctest": false}]}]}"#;

    fn artifact(kind: &str, target: &str, executable: &str) -> String {
        let target = serde_json::json!({"kind": [kind], "name": target});
        let message = serde_json::json!({
            "reason": "compiler-artifact", "package_id": "path+file:///w#a@0.1.0",
            "target": target, "profile": {"test": true}, "executable": executable,
        });
        format!("{message}\n")
    }

    #[test]
    fn the_programs_are_asked_once_they_are_built() {
        let outputs = [METADATA.into(), Vec::new()];
        let found = discovered(&Answers { outputs: &outputs, folder: b"/w" }).unwrap();
        assert_eq!(found, Discovered::More(listing(true)));
    }

    #[track_caller]
    fn check(all: &str, ignored: &str, wanted: &[&str]) {
        let built = artifact("test", "t-1", "/w/t_1-0f") + "{\"reason\":\"build-finished\"}\n";
        let listed = format!("\0/w/t_1-0f\0{all}\0ignored\0{ignored}");
        let doctests = b"src/lib.rs - f (line 1): test\n\n1 test, 0 benchmarks\n".to_vec();
        let outputs = [METADATA.into(), built.into(), listed.into(), doctests];
        let found = discovered(&Answers { outputs: &outputs, folder: b"/w" });
        let wanted = wanted.iter().chain(&["doctests"]).map(|item| (*item).into()).collect();
        assert_eq!(found, Ok(Discovered::tests(wanted)));
    }

    #[test]
    fn a_program_lists_its_tests_or_is_one_item() {
        let none = "0 tests, 0 benchmarks\n";
        check("x: test\ny z: test\n\n2 tests, 0 benchmarks\n", none, &["a::t-1 x", "a::t-1 y z"]);
        check("x: test\n\n1 test, 0 benchmarks\n", "x: test\n\n1 test, 0 benchmarks\n", &[]);
        check("b: benchmark\n\n0 tests, 1 benchmark\n", none, &["a::t-1 b"]);
        check(none, none, &[]);
        check("usage: ...\n", none, &["a::t-1"]);
        check("a\nb: test\nc: test\n\n3 tests, 0 benchmarks\n", none, &["a::t-1"]);
        check("", "", &["a::t-1"]);
    }

    #[test]
    fn a_program_that_cargo_did_not_tell_of_is_an_error() {
        let listed = b"\0/w/x-0f\0\n\0ignored\0\n".to_vec();
        let outputs = [METADATA.into(), Vec::new(), listed, Vec::new()];
        assert!(discovered(&Answers { outputs: &outputs, folder: b"/w" }).is_err());
    }

    #[track_caller]
    fn check_id(id: &str, wanted: Option<(Kind, &str, &str)>) {
        let wanted = wanted.map(|(kind, package, target)| Binary { kind, package, target });
        assert_eq!(Binary::read(id), wanted);
        if let Some(Binary { kind, package, target }) = wanted {
            assert_eq!(kind.binary_id(package, target), id);
        }
    }

    #[test]
    fn a_binary_id_names_kind_package_and_target() {
        check_id("a-b", Some((Kind::Lib, "a-b", "")));
        check_id("a::t", Some((Kind::Test, "a", "t")));
        check_id("a::bin/x-y", Some((Kind::Bin, "a", "x-y")));
        check_id("a::example/x", Some((Kind::Example, "a", "x")));
        check_id("a::bench/x", Some((Kind::Bench, "a", "x")));
        check_id("a::", None);
        check_id("", None);
        check_id("a::x/y", None);
        check_id("a'b", None);
    }

    #[test]
    fn programs_that_look_alike_to_the_script_are_refused() {
        let part = |own, others| filter(&Part { own, others }).is_ok();
        assert!(part(&[b"a::x-y t"], &[b"a::x-y u", b"a::bin/x_y t"]));
        assert!(!part(&[b"a::x-y t"], &[b"a::x_y t"]));
    }
}
