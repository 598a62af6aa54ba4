//! What Go builds with: its own words, the directives that choose a toolchain, and what of the
//! environment reaches its C compiler.
//!
//! `go env NAMES` answers for what is set in the environment, by `go env -w` and by default alike, so that
//! what is set to its default is the same. It is not asked for the flags of C compilers: for those it runs
//! the compiler several times (cmd/go, `ExtraEnvVarsCostly`). They come from the environment and from the
//! file that `go env -w` writes.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use repo_model::Tree;
use serde_json::Value;

use super::homes;
use crate::Probe;
use crate::caches::reading::Reading;
use crate::caches::{Answer, Ingredient, Level, Source};
use crate::workspaces::folders;
use crate::workspaces::go::lines;

/// Harmless values that `go env` is asked for (`go help environment`).
const SHOWN: [&str; 16] = [
    "CGO_ENABLED",
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOMIPS",
    "GOMIPS64",
    "GOOS",
    "GOPPC64",
    "GORISCV64",
    "GOVERSION",
    "GOWASM",
    "GCCGO",
];

/// Those in which anything may stand: `-ldflags=-X ...`.
const HIDDEN: [&str; 4] = ["AR", "CC", "CXX", "GOFLAGS"];

/// Where it keeps things.
const PLACES: [&str; 2] = ["GOCACHE", "GOMODCACHE"];

/// Variables that `go env` says nothing of, or at a price. Where modules come from (`GOPROXY`, `GOPRIVATE`
/// and their like) is none of them: `go.sum` says what they are.
pub(super) const VARIABLES: [&str; 10] = [
    "CGO_CFLAGS",
    "CGO_CPPFLAGS",
    "CGO_CXXFLAGS",
    "CGO_FFLAGS",
    "CGO_LDFLAGS",
    "FC",
    "GOWORK",
    "PKG_CONFIG",
    "PKG_CONFIG_LIBDIR",
    "PKG_CONFIG_PATH",
];

/// Variables that stand for what `go env` would answer, where there is no Go to ask.
pub(super) const ANSWERED: [&str; 20] = [
    "AR",
    "CC",
    "CGO_ENABLED",
    "CXX",
    "GCCGO",
    "GO386",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GOEXPERIMENT",
    "GOFIPS140",
    "GOFLAGS",
    "GOMIPS",
    "GOMIPS64",
    "GOOS",
    "GOPPC64",
    "GORISCV64",
    "GOTOOLCHAIN",
    "GOWASM",
];

/// A toolchain that some folders ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// The first of them.
    pub(super) folder: Vec<u8>,
    /// Their lines `go` and `toolchain`.
    directives: BTreeMap<String, String>,
}

/// Where Go says that it keeps things, as actions/cache takes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) modules: Option<Vec<u8>>,
    pub(super) builds: Option<Vec<u8>>,
}

/// The toolchains that the folders ask for. Go chooses one by the `go.work` or `go.mod` of the folder that
/// it runs in (Go, "Go Toolchains"), so folders that ask for the same need only one question.
pub(super) fn asked(tree: &dyn Tree, all: &[Vec<u8>]) -> Vec<Asked> {
    let mut found: Vec<Asked> = Vec::new();
    for folder in all {
        let mut directives = BTreeMap::new();
        for name in ["go.mod", "go.work"] {
            let path = folders::join(folder, name.as_bytes());
            let Some(file) = repo_model::entry(tree, &path) else { continue };
            // What cannot be read is told of when it is read for its modules.
            let bytes = tree.read(&[file]).unwrap_or_default().pop().unwrap_or_default();
            let read = lines::read(&path, &bytes).unwrap_or_default();
            for it in read.into_iter().filter(|it| chooses(&it.name)) {
                directives.insert(it.name.clone(), it.arguments.join(" "));
            }
        }
        if !found.iter().any(|it| it.directives == directives) {
            found.push(Asked { folder: folder.clone(), directives });
        }
    }
    found
}

fn chooses(directive: &str) -> bool {
    matches!(directive, "go" | "toolchain")
}

/// The question. Where a `go.mod` asks for a newer Go, this one fetches it, as the build would.
pub(super) fn probe() -> Probe {
    let words = ["env", "-json"].iter().chain(&SHOWN).chain(&HIDDEN).chain(&PLACES);
    let words: Vec<&str> = words.copied().collect();
    Probe::new("go", &words, "what Go builds with").fixed()
}

/// Adds the toolchains.
pub(super) fn read(reading: &mut Reading<'_>, asked: &[Asked]) -> Said {
    let mut said = Said::default();
    let mut is_answered = !asked.is_empty();
    for (at, asked) in asked.iter().enumerate() {
        let name = match asked.folder.as_slice() {
            _ if at == 0 => b"go".to_vec(),
            folder => [b"go of ", folder].concat(),
        };
        let why = "products of one compiler are of no use to another";
        let mut it = Ingredient::new(Level::Toolchain, name, Source::Command("go env"), why);
        for (directive, words) in &asked.directives {
            it.shown(format!("line {directive}"), words.as_str());
        }
        if let Some(answer) = answer(reading.seen.answer(at)) {
            let value = |name: &str| answer.get(name).and_then(Value::as_str);
            let value = |name: &str| value(name).filter(|it| !it.is_empty());
            for name in SHOWN {
                if let Some(value) = value(name) {
                    it.shown(name, value);
                }
            }
            for name in HIDDEN {
                if let Some(value) = value(name) {
                    it.hidden(name, value);
                }
            }
            let seen = reading.seen;
            let place = |name| Some(homes::place(seen, b"", value(name)?.as_bytes()));
            // `off` says that there is none.
            let place = |name| place(name).filter(|path| path.as_slice() != b"off");
            said.modules = said.modules.or_else(|| place("GOMODCACHE"));
            said.builds = said.builds.or_else(|| place("GOCACHE"));
        } else {
            it.shown("GOVERSION", "not known: there is no Go that answers");
            is_answered = false;
        }
        reading.push(it);
    }
    let why = "it changes what is built";
    reading.variables(Level::Toolchain, &VARIABLES, why);
    if !is_answered {
        reading.variables(Level::Toolchain, &ANSWERED, why);
    }
    written(reading, is_answered);
    said
}

fn answer(answer: &Answer) -> Option<Value> {
    match answer {
        Answer::Said(said) => serde_json::from_slice(said).ok().filter(Value::is_object),
        Answer::NotThere | Answer::Failed(_) => None,
    }
}

/// Adds what `go env -w` wrote and the environment does not say: lines of `NAME=VALUE`.
fn written(reading: &mut Reading<'_>, is_answered: bool) {
    let more: &[&str] = if is_answered { &[] } else { &ANSWERED };
    for file in reading.seen.beyond {
        let source = Source::Beyond(file.shown.clone());
        let why = "it changes what is built";
        let mut it = Ingredient::new(Level::Toolchain, "settings of `go env -w`", source, why);
        for line in file.bytes.lines() {
            let Some((name, value)) = line.split_once_str("=") else { continue };
            let Ok(name) = std::str::from_utf8(name) else { continue };
            let counts = VARIABLES.contains(&name) || more.contains(&name);
            if counts && reading.seen.variable(name).is_none() {
                it.hidden(BString::from(name), value);
            }
        }
        reading.push(it);
    }
}
