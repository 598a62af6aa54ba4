//! Cargo: what is no ingredient, and keeps the key.

use super::super::Edit::{Crlf, Program, Remove, Replace, Set, Write};
use super::super::Expect::Same;
use super::super::Row;
use super::*;

/// What changes nothing of what is taken from elsewhere.
pub(super) const SAME: &[Row] = &[
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
