//! Cargo: what everything is compiled with.

use super::super::Edit::{Failing, Home, Program, Remove, Replace, Set, Write};
use super::super::Expect::{Refused, Same, Toolchain};
use super::super::Row;

/// What everything is compiled with.
pub(super) const COMPILED_WITH: &[Row] = &[
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
        "a toolchain by its path",
        &[Replace("rust-toolchain.toml", "channel = \"1.95.0\"", "path = \"/opt/rust\"")],
        Refused,
        "what lies there can be another tomorrow",
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
        "what the configuration at home includes",
        &[
            Home(".cargo/config.toml", "include = [\"more.toml\"]\n"),
            Home(
                ".cargo/more.toml",
                "include = \"./more.toml\"\nbuild.rustflags = [\"-Chunter2\"]",
            ),
        ],
        Toolchain,
        "cargo reads it as well",
    ),
    (
        "what it includes and is not there",
        &[Home(".cargo/config.toml", "include = [\"more.toml\"]\n")],
        Refused,
        "it may say anything",
    ),
    (
        "a token at home",
        &[Home(".cargo/config.toml", "[registry]\ntoken = \"hunter2\"\n[net]\nretry = 3\n")],
        Same,
        "no build sees it",
    ),
];
