//! What changes a key of pnpm, and what does not.

use super::Edit::{Crlf, Home, Program, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Fixture, Row, check, copied};

/// pnpm 10.34.9 wrote it.
const LOCK: &str = include_str!("../../../../ecosystems/tests/locks/pnpm-10.34.9.base");

const PNPM: Fixture = Fixture {
    files: &[
        (
            "package.json",
            "{\"name\": \"root\", \"version\": \"1.0.0\", \"packageManager\": \"pnpm@10.34.9\", \"devDependencies\": {\"semver\": \"7.5.0\"}}\n",
        ),
        (
            "packages/a/package.json",
            "{\"name\": \"a\", \"version\": \"1.0.0\", \"dependencies\": {\"b\": \"workspace:*\", \"debug\": \"^4.3.0\"}}\n",
        ),
        (
            "pnpm-workspace.yaml",
            "# ours\npackages:\n  - packages/*\nnodeLinker: isolated\nupdateNotifier: false\n",
        ),
        ("pnpm-lock.yaml", LOCK),
    ],
    ecosystem: "pnpm",
    layers: "registry,deps",
};

const ROWS: &[Row] = &[
    (
        "the user's folder for the store",
        &[Home(".config/pnpm/rc", "store-dir=/opt/store\n//npm.example/:_authToken=hunter2\n")],
        Same,
        "a place is no content",
    ),
    (
        "how packages lie, by the user",
        &[Home(".config/pnpm/config.yaml", "storeDir: /opt/store\nnodeLinker: hoisted\n")],
        Dependencies,
        "they lie elsewhere",
    ),
    (
        "own version",
        &[
            Replace("packages/a/package.json", "1.0.0", "1.0.1"),
            Replace("package.json", "1.0.0", "1.0.1"),
        ],
        Same,
        "nothing is installed by it",
    ),
    (
        "line ends",
        &[Crlf("pnpm-lock.yaml"), Crlf("pnpm-workspace.yaml"), Crlf("package.json")],
        Same,
        "git writes them so on Windows",
    ),
    (
        "a comment",
        &[Replace("pnpm-lock.yaml", "settings:\n", "# words\nsettings:\n")],
        Same,
        "nothing reads it",
    ),
    (
        "order of settings",
        &[Replace(
            "pnpm-workspace.yaml",
            "nodeLinker: isolated\nupdateNotifier: false\n",
            "updateNotifier: false\nnodeLinker: isolated\n",
        )],
        Same,
        "a mapping has none",
    ),
    (
        "a range that got the same",
        &[
            Replace("pnpm-lock.yaml", "specifier: ^4.3.0", "specifier: ^4.2.0"),
            Replace("packages/a/package.json", "^4.3.0", "^4.2.0"),
        ],
        Same,
        "what was asked for is not what was got",
    ),
    (
        "another version",
        &[Replace("pnpm-lock.yaml", "7.5.0", "7.5.1"), Replace("package.json", "7.5.0", "7.5.1")],
        Dependencies,
        "another package is installed",
    ),
    (
        "a checksum",
        &[Replace("pnpm-lock.yaml", "GsCCIZDE", "HsCCIZDE")],
        Dependencies,
        "the package is another",
    ),
    (
        "who finds which",
        &[Replace("pnpm-lock.yaml", "version: link:../b", "version: 2.0.0")],
        Dependencies,
        "another package lies there",
    ),
    (
        "a setting of the lock file",
        &[Replace("pnpm-lock.yaml", "autoInstallPeers: true", "autoInstallPeers: false")],
        Dependencies,
        "peers are installed or not",
    ),
    (
        "how packages lie",
        &[Replace("pnpm-workspace.yaml", "isolated", "hoisted")],
        Dependencies,
        "they lie elsewhere",
    ),
    (
        "whether pnpm tells of updates",
        &[Replace("pnpm-workspace.yaml", "updateNotifier: false", "updateNotifier: true")],
        Same,
        "it changes what is told only",
    ),
    (
        "an override",
        &[Replace("pnpm-workspace.yaml", "nodeLinker", "overrides:\n  ms: 2.1.3\nnodeLinker")],
        Dependencies,
        "another version is installed",
    ),
    (
        "another pnpm is pinned",
        &[Replace("package.json", "10.34.9", "11.0.0")],
        Toolchain,
        "it decides which scripts run",
    ),
    (
        "another Node",
        &[Program("node", "v18.0.0")],
        Toolchain,
        "what is built with it does not run with another",
    ),
    (
        "a token of the user",
        &[Home(".npmrc", "//registry.npmjs.org/:_authToken=hunter2\n")],
        Same,
        "who downloads does not change what is downloaded",
    ),
    (
        "a registry of the user",
        &[Home(".npmrc", "registry=https://npm.example/\n")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "another folder for the store",
        &[Set("npm_config_store_dir", "/opt/store")],
        Same,
        "a place is no content",
    ),
    (
        "a broken lock file",
        &[Write("pnpm-lock.yaml", "lockfileVersion: '9.0'\n<<<<<<< ours\n")],
        Refused,
        "nobody knows what is installed",
    ),
    (
        "no lock file",
        &[Remove("pnpm-lock.yaml")],
        Dependencies,
        "what the manifests ask for counts then",
    ),
    ("how scripts compile", &[Set("CFLAGS", "-O3")], Toolchain, "the store keeps what they built"),
    (
        "a setting of pnpm's by a variable: npm_config_node_linker",
        &[Set("npm_config_node_linker", "hoisted")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of pnpm's by a variable: pnpm_config_node_linker",
        &[Set("pnpm_config_node_linker", "hoisted")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of pnpm's by a variable: NPM_CONFIG_PUBLIC_HOIST_PATTERN",
        &[Set("NPM_CONFIG_PUBLIC_HOIST_PATTERN", "*")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of pnpm's by a variable: pnpm_config_virtual_store_dir",
        &[Set("pnpm_config_virtual_store_dir", "x")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a token of the user",
        &[Home(".config/pnpm/config.yaml", "\"//npm.example/:_authToken\": hunter2\n")],
        Same,
        "who asks is no matter",
    ),
];

#[test]
fn pnpm() {
    check(&PNPM, ROWS);
}

#[test]
fn what_pnpm_keeps_with_downloads_is_built_with_flags() {
    let rows: &[Row] = &[(
        "flags of the compiler",
        &[Set("CFLAGS", "-O3")],
        Toolchain,
        "what was built with them lies among the downloads",
    )];
    check(&Fixture { layers: "registry", ..PNPM }, rows);
}

#[test]
fn what_pnpm_copies_and_patches() {
    let fixture = Fixture {
        files: &[
            ("package.json", "{\"dependencies\": {\"lib\": \"file:lib\"}}\n"),
            ("pnpm-workspace.yaml", "patchedDependencies:\n  ms@2.1.3: fixes/ms.patch\n"),
            (
                "pnpm-lock.yaml",
                "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n      lib:\n        specifier: file:lib\n        version: file:lib\npackages:\n  lib@file:lib:\n    resolution: {directory: lib, type: directory}\n",
            ),
            ("lib/i.js", "1\n"),
            ("fixes/ms.patch", "1\n"),
        ],
        ..PNPM
    };
    check(&fixture, copied::NODE);
}
