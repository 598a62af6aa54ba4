//! What changes a key of Bun, and what does not.

use super::Edit::{Crlf, Program, Replace, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Fixture, Row, check, copied};

/// Bun 1.4.5 wrote it.
const LOCK: &str = include_str!("../../../../ecosystems/tests/locks/bun-1.4.5.base");

const BUN: Fixture = Fixture {
    files: &[
        ("package.json", "{\"name\": \"root\", \"devDependencies\": {\"semver\": \"7.5.0\"}}\n"),
        ("bun.lock", LOCK),
        (
            "bunfig.toml",
            "[install]\nregistry = { url = \"https://npm.example\", token = \"hunter2\" }\n",
        ),
    ],
    ecosystem: "bun",
    layers: "registry,deps",
};

const ROWS: &[Row] = &[
    (
        "version of a member",
        &[Replace(
            "bun.lock",
            "\"name\": \"a\",\n      \"version\": \"1.0.0\"",
            "\"name\": \"a\",\n      \"version\": \"1.0.1\"",
        )],
        Same,
        "nothing is installed by it",
    ),
    ("line ends", &[Crlf("bun.lock"), Crlf("bunfig.toml")], Same, "git writes them so on Windows"),
    (
        "a checksum",
        &[Replace("bun.lock", "GsCCIZDE", "HsCCIZDE")],
        Dependencies,
        "the package is another",
    ),
    (
        "another token",
        &[Replace("bunfig.toml", "hunter2", "hunter2-and-more")],
        Same,
        "who downloads does not change what is downloaded",
    ),
    (
        "another registry",
        &[Replace("bunfig.toml", "npm.example", "npm2.example")],
        Dependencies,
        "packages come from elsewhere",
    ),
    ("another Bun", &[Program("bun", "1.0.0")], Toolchain, "it decides how packages lie"),
    (
        "a broken lock file",
        &[Write("bun.lock", "{\n<<<<<<< ours\n")],
        Refused,
        "nobody knows what is installed",
    ),
];

#[test]
fn bun() {
    check(&BUN, ROWS);
}

#[test]
fn a_lock_file_that_only_bun_reads_counts_as_a_whole() {
    let fixture = Fixture {
        files: &[("package.json", "{\"name\": \"root\"}\n"), ("bun.lockb", "bun\u{0}1")],
        ..BUN
    };
    let rows: &[Row] = &[(
        "another byte",
        &[Write("bun.lockb", "bun\u{0}2")],
        Dependencies,
        "nobody knows what it says",
    )];
    check(&fixture, rows);
}

#[test]
fn what_bun_copies_and_patches() {
    let fixture = Fixture {
        files: &[
            (
                "package.json",
                "{\"dependencies\": {\"lib\": \"file:lib\"}, \"patchedDependencies\": {\"ms@2.1.3\": \"fixes/ms.patch\"}}\n",
            ),
            (
                "bun.lock",
                "{\"lockfileVersion\": 1, \"workspaces\": {\"\": {\"dependencies\": {\"lib\": \"file:lib\"}}}, \"packages\": {\"lib\": [\"lib@file:lib\", {}]}}\n",
            ),
            ("lib/i.js", "1\n"),
            ("fixes/ms.patch", "1\n"),
        ],
        ..BUN
    };
    check(&fixture, copied::NODE);
}
