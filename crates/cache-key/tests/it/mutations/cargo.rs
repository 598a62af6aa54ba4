//! Cargo: what changes its key, and what does not.

use super::Edit::{Crlf, Failing, Home, Program, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain, Workspace};
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

/// What changes nothing of what is taken from elsewhere.
const SAME: &[Row] = &[
    (
        "own version",
        &[
            Replace("Cargo.toml", "version = \"1.0.0\"", "version = \"1.0.1\""),
            Replace(
                "Cargo.lock",
                "name = \"app\"\nversion = \"1.0.0\"",
                "name = \"app\"\nversion = \"1.0.1\"",
            ),
            Replace(
                "Cargo.lock",
                "name = \"util\"\nversion = \"1.0.0\"",
                "name = \"util\"\nversion = \"1.0.1\"",
            ),
        ],
        Same,
        "no package from elsewhere sees it",
    ),
    (
        "the version that is asked for of a member",
        &[Replace("app/Cargo.toml", "version = \"1.0.0\"", "version = \"1.0.1\"")],
        Same,
        "cargo takes the folder",
    ),
    (
        "description",
        &[Replace("app/Cargo.toml", "words", "other words")],
        Same,
        "nothing is built with it",
    ),
    (
        "authors, license, metadata and publish",
        &[Replace(
            "app/Cargo.toml",
            "description",
            "authors = [\"me\"]\nlicense = \"MIT\"\nmetadata.x = 1\npublish = false\ndescription",
        )],
        Same,
        "nothing is built with them",
    ),
    (
        "edition of a member",
        &[Replace("util/Cargo.toml", "edition.workspace = true", "edition = \"2024\"")],
        Same,
        "only the member is compiled with it",
    ),
    (
        "lints",
        &[Write(
            "Cargo.toml",
            concat!(
                "[workspace]\nresolver = \"2\"\nmembers = [\"app\", \"util\"]\nexclude = [\"outside\"]\n",
                "[workspace.lints.rust]\nunused = \"deny\"\n[workspace.package]\nversion = \"1.0.0\"\nedition = \"2021\"\n[workspace.dependencies]\nserde = { version = \"1\", features = [\"derive\"] }\n[profile.release]\nlto = \"thin\"\n"
            ),
        )],
        Same,
        "cargo caps the lints of others",
    ),
    (
        "a comment in a manifest",
        &[Replace("app/Cargo.toml", "[features]", "# words\n[features]")],
        Same,
        "a comment means nothing",
    ),
    (
        "the order of a manifest",
        &[Replace(
            "app/Cargo.toml",
            "serde.workspace = true\nitoa = { version = \"1\", optional = true }",
            "itoa = { optional = true, version = \"1\" }\nserde = { workspace = true }",
        )],
        Same,
        "TOML has no order of keys",
    ),
    ("CRLF in the manifests", &[Crlf("Cargo.toml"), Crlf("app/Cargo.toml")], Same, "TOML has both"),
    ("CRLF in the lock file", &[Crlf("Cargo.lock")], Same, "TOML has both"),
    (
        "a comment in the lock file",
        &[Replace("Cargo.lock", "# It is", "# words\n# It is")],
        Same,
        "a comment means nothing",
    ),
    (
        "the order of the lock file",
        &[
            Replace(
                "Cargo.lock",
                "[[package]]\nname = \"util\"\nversion = \"1.0.0\"\ndependencies = [\n \"cfg-if\",\n]\n",
                "",
            ),
            Replace(
                "Cargo.lock",
                "[[package]]\nname = \"app\"",
                "[[package]]\nname = \"util\"\nversion = \"1.0.0\"\ndependencies = [\n \"cfg-if\",\n]\n\n[[package]]\nname = \"app\"",
            ),
        ],
        Same,
        "cargo reads it in any order",
    ),
    (
        "lock file of format 3",
        &[Replace("Cargo.lock", "version = 4", "version = 3")],
        Same,
        "both name the same packages",
    ),
    (
        "own sources",
        &[Write("app/src/main.rs", "fn main() { f() }\n")],
        Same,
        "the layer is not kept",
    ),
    ("a new file", &[Write("docs/a.md", "words")], Same, "no package is made of it"),
    (
        "an unused requirement of the workspace",
        &[Replace("Cargo.toml", "[profile", "log = \"0.4\"\n[profile")],
        Same,
        "no member asks for it",
    ),
    (
        "alias",
        &[Replace(".cargo/config.toml", "xtask --\"", "xtask --release --\"")],
        Same,
        "it is a word for a person",
    ),
    (
        "term, net and http",
        &[Replace(
            ".cargo/config.toml",
            "[build]",
            "[term]\ncolor = \"always\"\n[net]\nretry = 9\n[http]\nproxy = \"h\"\n[build]",
        )],
        Same,
        "nothing is built with them",
    ),
    (
        "the token of a registry",
        &[Replace(".cargo/config.toml", "hunter2", "hunter2b")],
        Same,
        "it is a secret, and no build sees it",
    ),
    (
        "build.jobs and build.target-dir",
        &[Replace(".cargo/config.toml", "[build]", "[build]\njobs = 3\ntarget-dir = \"out\"")],
        Same,
        "they say how many and where, not what",
    ),
    (
        "flags as a text",
        &[Replace(
            ".cargo/config.toml",
            "[\"-C\", \"target-cpu=x86-64-v2\"]",
            "\"-C target-cpu=x86-64-v2\"",
        )],
        Same,
        "cargo splits it at spaces",
    ),
    (
        "a runner",
        &[Replace(".cargo/config.toml", "[build]", "[target.x]\nrunner = \"qemu\"\n[build]")],
        Same,
        "it runs what is built",
    ),
    (
        "the old name of the configuration",
        &[Write(".cargo/config", CONFIG), Remove(".cargo/config.toml")],
        Same,
        "cargo reads both",
    ),
    (
        "the name of the compiler's release",
        &[Replace("rust-toolchain.toml", "1.95.0", "1.95")],
        Same,
        "the compiler says itself what it is",
    ),
    (
        "the order of components",
        &[Replace("rust-toolchain.toml", "\"clippy\", \"rustfmt\"", "\"rustfmt\", \"clippy\"")],
        Same,
        "they are a set",
    ),
    ("CARGO_TERM_COLOR", &[Set("CARGO_TERM_COLOR", "always")], Same, "nothing is built with it"),
    ("CARGO_NET_RETRY", &[Set("CARGO_NET_RETRY", "9")], Same, "nothing is built with it"),
    (
        "CARGO_REGISTRY_TOKEN",
        &[Set("CARGO_REGISTRY_TOKEN", "hunter2")],
        Same,
        "a secret is not asked for",
    ),
    (
        "CARGO_REGISTRIES_MINE_TOKEN",
        &[Set("CARGO_REGISTRIES_MINE_TOKEN", "hunter2")],
        Same,
        "a secret is not asked for",
    ),
    ("RUST_BACKTRACE", &[Set("RUST_BACKTRACE", "1")], Same, "it is read where a program runs"),
    ("RUST_LOG", &[Set("RUST_LOG", "debug")], Same, "it is read where a program runs"),
    ("CARGO_BUILD_JOBS", &[Set("CARGO_BUILD_JOBS", "7")], Same, "it says how many at once"),
    (
        "CARGO_TARGET_DIR",
        &[Set("CARGO_TARGET_DIR", "elsewhere")],
        Same,
        "it says where, and the paths say so too",
    ),
    (
        "CARGO_INCREMENTAL",
        &[Set("CARGO_INCREMENTAL", "0")],
        Same,
        "packages from elsewhere are never built so",
    ),
    ("an empty RUSTFLAGS", &[Set("RUSTFLAGS", "")], Same, "cargo takes it for none"),
    (
        "locale and time zone",
        &[Set("LC_ALL", "de_DE.UTF-8"), Set("TZ", "Asia/Tokyo")],
        Same,
        "nothing is sorted or dated by them",
    ),
    (
        "the date of the compiler",
        &[Program(
            "rustc",
            "rustc 1.95.0\ncommit-hash: 59807616e1fa2540724bfbac14d7976d7e4a3860\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2",
        )],
        Same,
        "the commit says it",
    ),
];

/// What everything is compiled with.
const COMPILED_WITH: &[Row] = &[
    (
        "another release of the compiler",
        &[Program(
            "rustc",
            "release: 1.96.0\ncommit-hash: 1\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.2",
        )],
        Toolchain,
        "its products are of no use to another",
    ),
    (
        "another commit of one release",
        &[Program(
            "rustc",
            "release: 1.95.0\ncommit-hash: 1\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.2",
        )],
        Toolchain,
        "nightlies have one release for weeks",
    ),
    (
        "another host",
        &[Program(
            "rustc",
            "release: 1.95.0\ncommit-hash: 59807616e1fa2540724bfbac14d7976d7e4a3860\nhost: x86_64-unknown-linux-musl\nLLVM version: 22.1.2",
        )],
        Toolchain,
        "it builds for itself",
    ),
    (
        "a compiler of another form",
        &[Program("rustc", "something else")],
        Toolchain,
        "all that it says counts",
    ),
    (
        "no compiler, and a file that names one",
        &[Failing("rustc", "")],
        Toolchain,
        "a named compiler is never a known one",
    ),
    (
        "a compiler that fails",
        &[Failing("rustc", "error: toolchain is not installed")],
        Toolchain,
        "a named compiler is never a known one",
    ),
    (
        "no compiler, and nothing that names one",
        &[Failing("rustc", ""), Remove("rust-toolchain.toml")],
        Refused,
        "two unknown compilers are not the same",
    ),
    (
        "no compiler, and RUSTUP_TOOLCHAIN",
        &[Failing("rustc", ""), Remove("rust-toolchain.toml"), Set("RUSTUP_TOOLCHAIN", "stable")],
        Toolchain,
        "it names the compiler",
    ),
    (
        "no compiler, and an image",
        &[
            Failing("rustc", ""),
            Remove("rust-toolchain.toml"),
            Set("ImageOS", "ubuntu24"),
            Set("ImageVersion", "20261101.1"),
        ],
        Toolchain,
        "an image has one compiler",
    ),
    (
        "a target",
        &[Replace(
            "rust-toolchain.toml",
            "components",
            "targets = [\"wasm32-unknown-unknown\"]\ncomponents",
        )],
        Toolchain,
        "more is built",
    ),
    (
        "a component",
        &[Replace("rust-toolchain.toml", "\"clippy\", ", "")],
        Toolchain,
        "something else is built",
    ),
    (
        "a broken toolchain file",
        &[Replace("rust-toolchain.toml", "[toolchain]", "[toolchain")],
        Refused,
        "it may mean anything",
    ),
    (
        "RUSTFLAGS",
        &[Set("RUSTFLAGS", "-C target-cpu=native hunter2")],
        Toolchain,
        "every product is made with it",
    ),
    (
        "CARGO_ENCODED_RUSTFLAGS",
        &[Set("CARGO_ENCODED_RUSTFLAGS", "-Copt-level=3")],
        Toolchain,
        "every product is made with it",
    ),
    (
        "RUSTC_WRAPPER",
        &[Set("RUSTC_WRAPPER", "sccache")],
        Toolchain,
        "it is run in the place of the compiler",
    ),
    (
        "CARGO_BUILD_TARGET",
        &[Set("CARGO_BUILD_TARGET", "aarch64-unknown-linux-gnu")],
        Toolchain,
        "it is built for another machine",
    ),
    (
        "CARGO_PROFILE_RELEASE_LTO",
        &[Set("CARGO_PROFILE_RELEASE_LTO", "fat")],
        Toolchain,
        "it is a setting of the profile",
    ),
    ("CC", &[Set("CC", "clang")], Toolchain, "build scripts compile with it"),
    (
        "CFLAGS of one target",
        &[Set("CFLAGS_aarch64_unknown_linux_gnu", "-O3")],
        Toolchain,
        "build scripts compile with it",
    ),
    (
        "PKG_CONFIG_PATH",
        &[Set("PKG_CONFIG_PATH", "/opt/lib/pkgconfig")],
        Toolchain,
        "other libraries are found",
    ),
    (
        "CARGO_HOME",
        &[Set("CARGO_HOME", "/opt/cargo")],
        Toolchain,
        "products name the folder that they were compiled in",
    ),
    (
        "flags in the configuration",
        &[Replace(".cargo/config.toml", "v2", "v3")],
        Toolchain,
        "every product is made with them",
    ),
    (
        "a linker in the configuration",
        &[Replace(
            ".cargo/config.toml",
            "[build]",
            "[target.x86_64-unknown-linux-gnu]\nlinker = \"mold\"\n[build]",
        )],
        Toolchain,
        "programs are linked with it",
    ),
    (
        "a variable in the configuration",
        &[Replace(".cargo/config.toml", "[build]", "[env]\nX = \"hunter2\"\n[build]")],
        Toolchain,
        "build scripts see it",
    ),
    (
        "a key that nobody knows",
        &[Replace(".cargo/config.toml", "[build]", "[something-new]\nx = 1\n[build]")],
        Toolchain,
        "unknown is never the same",
    ),
    (
        "the configuration of a member",
        &[Write("app/.cargo/config.toml", "build.target = \"x\"")],
        Toolchain,
        "cargo may be started there",
    ),
    (
        "an included configuration",
        &[
            Replace(".cargo/config.toml", "[alias]", "include = [\"more.toml\"]\n[alias]"),
            Write(".cargo/more.toml", "build.target = \"x\""),
        ],
        Toolchain,
        "cargo reads it as well",
    ),
    (
        "an included configuration that is not there",
        &[Replace(".cargo/config.toml", "[alias]", "include = [\"more.toml\"]\n[alias]")],
        Refused,
        "it may say anything",
    ),
    (
        "a broken configuration",
        &[Replace(".cargo/config.toml", "[build]", "[build")],
        Refused,
        "it may say anything",
    ),
    (
        "the configuration at home",
        &[Home(".cargo/config.toml", "build.rustflags = [\"-Chunter2\"]")],
        Toolchain,
        "cargo reads it everywhere",
    ),
    (
        "a token at home",
        &[Home(".cargo/config.toml", "[registry]\ntoken = \"hunter2\"\n[net]\nretry = 3\n")],
        Same,
        "no build sees it",
    ),
];

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
