//! Cargo: what changes its key, and what does not.

mod compiled;
mod kept;

use compiled::COMPILED_WITH;
use kept::SAME;

use super::Edit::{Failing, Program, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Workspace};
use super::{Edit, Fixture, Row, check_with};

/// Written by cargo 1.95.0 for the manifests below.
pub(crate) const LOCK: &str = include_str!("../../../../ecosystems/tests/locks/cargo-1.95.0.lock");

pub(crate) const ROOT: &str = r#"[workspace]
resolver = "2"
members = ["app", "util"]
exclude = ["outside"]

[workspace.package]
version = "1.0.0"
edition = "2021"

[workspace.dependencies]
serde = { version = "1", features = ["derive"] }

[profile.release]
lto = "thin"
"#;

pub(crate) const APP: &str = r#"[package]
name = "app"
version.workspace = true
edition.workspace = true
description = "words"

[features]
default = ["color"]
color = []
fast = ["itoa"]

[dependencies]
serde.workspace = true
itoa = { version = "1", optional = true }
old = { package = "itoa", version = "0.4" }
util = { path = "../util", version = "1.0.0" }
outside = { path = "../outside" }

[target.'cfg(unix)'.dependencies]
libc = "0.2"

[dev-dependencies]
memchr = { version = "2", default-features = false }
"#;

pub(crate) const UTIL: &str = r#"[package]
name = "util"
version.workspace = true
edition.workspace = true

[build-dependencies]
cfg-if = "1"
"#;

pub(crate) const OUTSIDE: &str = r#"[package]
name = "outside"
version = "0.3.0"
edition = "2021"

[dependencies]
cfg-if = "1"
"#;

const CONFIG: &str = r#"[alias]
x = "run --package xtask --"

[build]
rustflags = ["-C", "target-cpu=x86-64-v2"]

[registries.mine]
index = "sparse+https://example.org/index/"
token = "hunter2"
"#;

const TOOLCHAIN: &str = r#"[toolchain]
channel = "1.95.0"
components = ["clippy", "rustfmt"]
"#;

pub(crate) const FILES: &[(&str, &str)] = &[
    ("Cargo.toml", ROOT),
    ("Cargo.lock", LOCK),
    ("app/Cargo.toml", APP),
    ("app/src/main.rs", "fn main() {}\n"),
    ("util/Cargo.toml", UTIL),
    ("util/src/lib.rs", "pub fn f() {}\n"),
    ("util/build.rs", "fn main() {}\n"),
    ("outside/Cargo.toml", OUTSIDE),
    ("outside/src/lib.rs", "pub fn g() {}\n"),
    (".cargo/config.toml", CONFIG),
    ("rust-toolchain.toml", TOOLCHAIN),
    ("README.md", "words\n"),
];

pub(crate) const RUSTC: &str = "rustc 1.95.0 (59807616e 2026-04-14)
binary: rustc
commit-hash: 59807616e1fa2540724bfbac14d7976d7e4a3860
commit-date: 2026-04-14
host: x86_64-unknown-linux-gnu
release: 1.95.0
LLVM version: 22.1.2";

const ALWAYS: &[Edit] = &[Program("rustc", RUSTC)];

const DEPENDENCIES: Fixture = Fixture { files: FILES, ecosystem: "cargo", layers: "registry,deps" };

const WHOLE: Fixture =
    Fixture { files: FILES, ecosystem: "cargo", layers: "registry,deps,workspace" };

const REGISTRY: Fixture = Fixture { files: FILES, ecosystem: "cargo", layers: "registry" };

/// What is taken from elsewhere.
const TAKEN: &[Row] = &[
    (
        "a newer package",
        &[Replace(
            "Cargo.lock",
            "name = \"libc\"\nversion = \"0.2.191\"",
            "name = \"libc\"\nversion = \"0.2.192\"",
        )],
        Dependencies,
        "another package is built",
    ),
    (
        "another checksum",
        &[Replace("Cargo.lock", "65cd87c9", "65cd87c8")],
        Dependencies,
        "the package holds something else",
    ),
    (
        "a package from git",
        &[Replace(
            "Cargo.lock",
            "name = \"libc\"\nversion = \"0.2.191\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"65cd87c9a6d60536580b316ad985726104730a5151c99845f2490428ef91240a\"",
            "name = \"libc\"\nversion = \"0.2.191\"\nsource = \"git+https://github.com/rust-lang/libc#0123456789012345678901234567890123456789\"",
        )],
        Dependencies,
        "it comes from elsewhere",
    ),
    (
        "another choice between two versions",
        &[Replace(
            "Cargo.lock",
            "dependencies = [\n \"cfg-if\",\n]\n\n[[package]]\nname = \"proc",
            "dependencies = [\n \"cfg-if\",\n \"itoa 0.4.8\",\n]\n\n[[package]]\nname = \"proc",
        )],
        Dependencies,
        "something else is built with what is there",
    ),
    ("no lock file", &[Remove("Cargo.lock")], Dependencies, "nothing says what is built"),
    (
        "a conflict in the lock file",
        &[Replace(
            "Cargo.lock",
            "[[package]]\nname = \"libc\"",
            "<<<<<<< ours\n[[package]]\nname = \"libc\"",
        )],
        Refused,
        "it may mean either",
    ),
    (
        "a lock file that was cut off",
        &[Replace(
            "Cargo.lock",
            "[[package]]\nname = \"unicode-ident\"\nversion = \"1.0.27\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"a2c754d6c33795a1c324727428e5a7dedb5b06195f9890bdbcba760d3e246563\"\n\n[[package]]\nname = \"util\"\nversion = \"1.0.0\"\ndependencies = [\n \"cfg-if\",\n]\n",
            "",
        )],
        Refused,
        "what it needs is not in it",
    ),
    (
        "a lock file of a format to come",
        &[Replace("Cargo.lock", "version = 4", "version = 5")],
        Dependencies,
        "unknown is never the same",
    ),
    (
        "a broken manifest",
        &[Replace("app/Cargo.toml", "[features]", "[features")],
        Refused,
        "it may ask for anything",
    ),
    (
        "a feature of a requirement",
        &[Replace("Cargo.toml", "[\"derive\"]", "[\"derive\", \"rc\"]")],
        Dependencies,
        "the package is built with it",
    ),
    (
        "no default features",
        &[Replace(
            "app/Cargo.toml",
            "libc = \"0.2\"",
            "libc = { version = \"0.2\", default-features = false }",
        )],
        Dependencies,
        "the package is built without them",
    ),
    (
        "what is optional",
        &[Replace("app/Cargo.toml", ", optional = true", "")],
        Dependencies,
        "it is always built",
    ),
    (
        "an own feature that switches on another's",
        &[Replace("app/Cargo.toml", "color = []", "color = [\"itoa\"]")],
        Dependencies,
        "more is built",
    ),
    (
        "another platform",
        &[Replace("app/Cargo.toml", "cfg(unix)", "cfg(windows)")],
        Dependencies,
        "it is built elsewhere only",
    ),
    (
        "from tests to the library",
        &[Replace("app/Cargo.toml", "[dev-dependencies]", "[build-dependencies]")],
        Dependencies,
        "it is built for the machine that builds",
    ),
    (
        "a procedural macro",
        &[Replace(
            "util/Cargo.toml",
            "[build-dependencies]",
            "[lib]\nproc-macro = true\n[build-dependencies]",
        )],
        Dependencies,
        "what it needs is built for the machine that builds",
    ),
    (
        "a profile",
        &[Replace("Cargo.toml", "\"thin\"", "\"fat\"")],
        Dependencies,
        "every package is compiled with it",
    ),
    (
        "the resolver",
        &[Replace("Cargo.toml", "resolver = \"2\"", "resolver = \"1\"")],
        Dependencies,
        "features are put together otherwise",
    ),
    (
        "a patch",
        &[Replace(
            "Cargo.toml",
            "[profile.release]",
            "[patch.crates-io]\nlibc = { git = \"https://me:hunter2@example.org/libc\" }\n[profile.release]",
        )],
        Dependencies,
        "a package comes from elsewhere",
    ),
    (
        "a patch in a folder",
        &[
            Replace(
                "Cargo.toml",
                "[profile.release]",
                "[patch.crates-io]\ncfg-if = { path = \"patched\" }\n[profile.release]",
            ),
            Write("patched/Cargo.toml", "[package]\nname = \"cfg-if\"\nversion = \"1.0.5\"\n"),
            Write("patched/src/lib.rs", ""),
        ],
        Dependencies,
        "it is built from the folder",
    ),
    (
        "a new member",
        &[
            Replace("Cargo.toml", "\"util\"]", "\"util\", \"new\"]"),
            Write(
                "new/Cargo.toml",
                "[package]\nname = \"new\"\n[dependencies]\nlibc = { version = \"0.2\", features = [\"extra_traits\"] }\n",
            ),
        ],
        Dependencies,
        "its features add up",
    ),
    (
        "a source replacement",
        &[Replace(
            ".cargo/config.toml",
            "[build]",
            "[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"sparse+https://m/\"\n[build]",
        )],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "CARGO_REGISTRIES_MINE_INDEX",
        &[Set("CARGO_REGISTRIES_MINE_INDEX", "https://hunter2@h/")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "the index of a registry",
        &[Replace(".cargo/config.toml", "example.org", "example.com")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "sources of a package outside of the workspace",
        &[Write("outside/src/lib.rs", "pub fn h() {}\n")],
        Dependencies,
        "it is built like one from elsewhere",
    ),
    (
        "what a package outside of the workspace asks for",
        &[Replace(
            "outside/Cargo.toml",
            "cfg-if = \"1\"",
            "cfg-if = { version = \"1\", features = [\"x\"] }",
        )],
        Dependencies,
        "it is built with that",
    ),
    (
        "the edition of a package outside of the workspace",
        &[Replace("outside/Cargo.toml", "2021", "2024")],
        Dependencies,
        "it is built like one from elsewhere",
    ),
    (
        "a path out of the repository",
        &[Replace("app/Cargo.toml", "../outside\"", "../../beyond\"")],
        Dependencies,
        "another package is built",
    ),
];

/// The repository's own sources.
const OWN: &[Row] = &[
    (
        "own sources",
        &[Write("app/src/main.rs", "fn main() { f() }\n")],
        Workspace,
        "the package is built from them",
    ),
    (
        "a new source",
        &[Write("util/src/new.rs", "\n")],
        Workspace,
        "the package may be built from it",
    ),
    (
        "a source that is gone",
        &[Remove("util/build.rs")],
        Workspace,
        "the package is built without it",
    ),
    (
        "own version",
        &[Replace("Cargo.toml", "version = \"1.0.0\"", "version = \"1.0.1\"")],
        Workspace,
        "the package may tell it",
    ),
    (
        "description",
        &[Replace("app/Cargo.toml", "words", "other words")],
        Workspace,
        "the package may tell it",
    ),
    (
        "a comment in a manifest",
        &[Replace("app/Cargo.toml", "[features]", "# words\n[features]")],
        Same,
        "a comment means nothing",
    ),
    (
        "a file outside of all packages",
        &[Write("README.md", "other words\n")],
        Same,
        "no package is built from it",
    ),
    ("CARGO_INCREMENTAL", &[Set("CARGO_INCREMENTAL", "0")], Workspace, "other products are kept"),
    (
        "incremental in the profile",
        &[Replace("Cargo.toml", "lto = \"thin\"", "lto = \"thin\"\nincremental = true")],
        Workspace,
        "other products are kept",
    ),
    (
        "sources of a package outside of the workspace",
        &[Write("outside/src/lib.rs", "pub fn h() {}\n")],
        Dependencies,
        "it is built like one from elsewhere",
    ),
];

/// Downloads alone.
const DOWNLOADED: &[Row] = &[
    (
        "another compiler",
        &[Program("rustc", "release: 1.96.0")],
        Same,
        "downloads are the same for every compiler",
    ),
    (
        "no compiler",
        &[Failing("rustc", ""), Remove("rust-toolchain.toml")],
        Same,
        "none is needed for downloads",
    ),
    ("RUSTFLAGS", &[Set("RUSTFLAGS", "-O")], Same, "downloads are the same with any flags"),
    (
        "a compiler that is named by its path",
        &[Write("rust-toolchain.toml", "[toolchain]\npath = \"/opt/rust\"\n")],
        Same,
        "none is needed for downloads",
    ),
    ("a profile", &[Replace("Cargo.toml", "\"thin\"", "\"fat\"")], Same, "the same is downloaded"),
    (
        "a feature of a requirement",
        &[Replace("Cargo.toml", "[\"derive\"]", "[\"derive\", \"rc\"]")],
        Same,
        "the lock file says what is downloaded",
    ),
    (
        "a newer package",
        &[Replace(
            "Cargo.lock",
            "name = \"libc\"\nversion = \"0.2.191\"",
            "name = \"libc\"\nversion = \"0.2.192\"",
        )],
        Dependencies,
        "something else is downloaded",
    ),
    (
        "a source replacement",
        &[Replace(
            ".cargo/config.toml",
            "[build]",
            "[source.crates-io]\nreplace-with = \"m\"\n[source.m]\nregistry = \"sparse+https://m/\"\n[build]",
        )],
        Dependencies,
        "it is kept under another name",
    ),
];

const VENDORED: &[(&str, &str)] = &[
    ("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n"),
    ("Cargo.lock", "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n"),
    (
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"vendor\"\n",
    ),
    ("vendor/dep/.cargo-checksum.json", "{\"files\":{},\"package\":\"aa\"}"),
    ("vendor/dep/Cargo.toml", "[package]\nname = \"dep\"\nversion = \"1.0.0\"\n"),
    ("vendor/dep/src/lib.rs", "pub fn f() {}\n"),
];

/// Copies of packages that are committed.
const COPIED: &[Row] = &[
    (
        "a copy is edited",
        &[Write("vendor/dep/src/lib.rs", "pub fn g() {}\n")],
        Dependencies,
        "cargo itself does not see it, where the list of its files is empty",
    ),
    (
        "a copy that is added",
        &[Write("vendor/new/Cargo.toml", "[package]\nname = \"new\"\nversion = \"1.0.0\"\n")],
        Dependencies,
        "packages may be built from it",
    ),
];

/// The sources of a package in the root of the repository.
const OF_ROOT: &[Row] = &[
    (
        "a workflow",
        &[Write(".github/workflows/ci.yml", "on: push\n")],
        Same,
        "no package is built from it",
    ),
    (
        "a file that a source may include",
        &[Write("README.md", "words\n")],
        Workspace,
        "the package may be built from it",
    ),
];

#[test]
fn a_package_in_the_root_is_not_built_from_workflows() {
    let layers = "registry,deps,workspace";
    let fixture = Fixture { files: VENDORED, ecosystem: "cargo", layers };
    check_with(&fixture, ALWAYS, OF_ROOT);
}

#[test]
fn copies_of_packages_that_are_committed_change_the_dependencies() {
    let fixture = Fixture { files: VENDORED, ecosystem: "cargo", layers: "registry,deps" };
    check_with(&fixture, ALWAYS, COPIED);
}

#[test]
fn what_is_no_ingredient_keeps_the_key() {
    check_with(&DEPENDENCIES, ALWAYS, SAME);
}

#[test]
fn what_everything_is_compiled_with_changes_the_toolchain() {
    check_with(&DEPENDENCIES, ALWAYS, COMPILED_WITH);
}

#[test]
fn what_is_taken_from_elsewhere_changes_the_dependencies() {
    check_with(&DEPENDENCIES, ALWAYS, TAKEN);
}

#[test]
fn own_sources_change_the_workspace_alone() {
    check_with(&WHOLE, ALWAYS, OWN);
}

#[test]
fn downloads_depend_on_what_is_downloaded_alone() {
    check_with(&REGISTRY, ALWAYS, DOWNLOADED);
}
