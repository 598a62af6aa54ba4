//! What changes a key of Yarn, classic and later, and what does not.

use super::Edit::{Crlf, Home, Program, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Fixture, Row, check};

/// Yarn 1.22.22 wrote it.
const CLASSIC_LOCK: &str = include_str!("../../../../ecosystems/tests/locks/yarn-1.22.22.base");

/// Yarn 4.18.1 wrote it.
const BERRY_LOCK: &str = include_str!("../../../../ecosystems/tests/locks/yarn-4.18.1.base");

const ROOT: (&str, &str) = (
    "package.json",
    "{\"name\": \"root\", \"version\": \"1.0.0\", \"private\": true, \"workspaces\": [\"packages/*\"], \"devDependencies\": {\"semver\": \"7.5.0\"}}\n",
);

const A: (&str, &str) = (
    "packages/a/package.json",
    "{\"name\": \"a\", \"version\": \"1.0.0\", \"dependencies\": {\"b\": \"^1.0.0\", \"debug\": \"^4.3.0\"}}\n",
);

const CLASSIC: Fixture = Fixture {
    files: &[
        ROOT,
        A,
        ("yarn.lock", CLASSIC_LOCK),
        (".yarnrc", "# ours\nyarn-path \".yarn/releases/yarn-1.22.22.cjs\"\n"),
    ],
    ecosystem: "yarn",
    layers: "registry,deps",
};

const BERRY: Fixture = Fixture {
    files: &[
        ROOT,
        A,
        ("yarn.lock", BERRY_LOCK),
        (
            ".yarnrc.yml",
            "# ours\nnodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-4.18.1.cjs\nnpmAuthToken: hunter2\n",
        ),
    ],
    ecosystem: "yarn",
    layers: "registry,deps",
};

const CLASSIC_ROWS: &[Row] = &[
    (
        "own version",
        &[Replace("packages/a/package.json", "\"version\": \"1.0.0\"", "\"version\": \"1.0.1\"")],
        Same,
        "nothing is installed by it",
    ),
    (
        "line ends",
        &[Crlf("yarn.lock"), Crlf(".yarnrc"), Crlf("package.json")],
        Same,
        "git writes them so on Windows",
    ),
    (
        "a comment",
        &[Replace("yarn.lock", "# yarn lockfile v1\n", "# yarn lockfile v1\n# words\n")],
        Same,
        "nothing reads it",
    ),
    (
        "a range that got the same",
        &[
            Replace("packages/a/package.json", "^4.3.0", "^4.2.0"),
            Replace("yarn.lock", "debug@^4.3.0:", "debug@^4.2.0:"),
        ],
        Same,
        "what was asked for is not what was got",
    ),
    (
        "a checksum",
        &[Replace("yarn.lock", "GsCCIZDE", "HsCCIZDE")],
        Dependencies,
        "the package is another",
    ),
    (
        "another registry",
        &[Replace("yarn.lock", "https://registry.yarnpkg.com", "https://npm.example")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "who asks for a package",
        &[Replace("package.json", "\"devDependencies\"", "\"dependencies\"")],
        Dependencies,
        "it is installed in production too",
    ),
    (
        "another Yarn",
        &[Replace(".yarnrc", "1.22.22", "1.22.21")],
        Dependencies,
        "it decides how packages lie",
    ),
    (
        "another Node",
        &[Program("node", "v18.0.0")],
        Toolchain,
        "what is built with it does not run with another",
    ),
    (
        "a token of the user",
        &[
            Home(".npmrc", "//registry.yarnpkg.com/:_authToken=hunter2\n"),
            Set("YARN_NPM_AUTH_TOKEN", "hunter2"),
        ],
        Same,
        "who downloads does not change what is downloaded",
    ),
    (
        "another folder for downloads",
        &[Set("YARN_CACHE_FOLDER", "/opt/yarn")],
        Same,
        "a place is no content",
    ),
    (
        "a broken lock file",
        &[Write("yarn.lock", "<<<<<<< ours\n")],
        Refused,
        "nobody knows what is installed",
    ),
    (
        "no lock file",
        &[Remove("yarn.lock")],
        Dependencies,
        "what the manifests ask for counts then",
    ),
    (
        "a setting of Yarn's by a variable: YARN_IGNORE_SCRIPTS",
        &[Set("YARN_IGNORE_SCRIPTS", "1")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of Yarn's by a variable: yarn_production",
        &[Set("yarn_production", "true")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of Yarn's by a variable: YARN_PNP_MODE",
        &[Set("YARN_PNP_MODE", "loose")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "what Yarn tells scripts",
        &[
            Set("YARN_WRAP_OUTPUT", "false"),
            Set("YARN_VERSION", "1.22.22"),
            Set("YARN_HTTP_PROXY", "http://p"),
        ],
        Same,
        "it installs nothing",
    ),
    (
        "settings of the user",
        &[Home(".yarnrc", "--install.production true\nemail hunter2\n")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "who the user is",
        &[Home(".yarnrc", "email hunter2\nusername hunter2\n")],
        Same,
        "who asks is no matter",
    ),
];

const BERRY_ROWS: &[Row] = &[
    (
        "own version",
        &[Replace("packages/a/package.json", "\"version\": \"1.0.0\"", "\"version\": \"1.0.1\"")],
        Same,
        "nothing is installed by it",
    ),
    (
        "line ends",
        &[Crlf("yarn.lock"), Crlf(".yarnrc.yml"), Crlf("package.json")],
        Same,
        "git writes them so on Windows",
    ),
    (
        "the version of the lock file's form",
        &[Replace("yarn.lock", "  version: 10\n", "  version: 8\n")],
        Same,
        "it says the same",
    ),
    (
        "a range that got the same",
        &[Replace("yarn.lock", "npm:^4.3.0", "npm:^4.2.0")],
        Same,
        "what was asked for is not what was got",
    ),
    (
        "a checksum",
        &[Replace("yarn.lock", "10c0/5ce692ff", "10c0/6ce692ff")],
        Dependencies,
        "the package is another",
    ),
    (
        "how archives are packed",
        &[Replace("yarn.lock", "cacheKey: 10c0", "cacheKey: 10")],
        Dependencies,
        "the archives are others",
    ),
    (
        "another token",
        &[Replace(".yarnrc.yml", "hunter2", "hunter2-and-more")],
        Same,
        "who downloads does not change what is downloaded",
    ),
    (
        "another registry",
        &[Write(
            ".yarnrc.yml",
            "nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-4.18.1.cjs\nnpmRegistryServer: https://npm.example\n",
        )],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "how packages lie",
        &[Replace(".yarnrc.yml", "node-modules", "pnp")],
        Dependencies,
        "they lie elsewhere",
    ),
    (
        "another Yarn",
        &[Replace(".yarnrc.yml", "4.18.1", "4.18.2")],
        Toolchain,
        "it decides how packages lie",
    ),
    (
        "how packages lie, by the environment",
        &[Set("YARN_NODE_LINKER", "pnp")],
        Dependencies,
        "they lie elsewhere",
    ),
    (
        "a broken lock file",
        &[Write("yarn.lock", "__metadata:\n  version: 8\n<<<<<<< ours\n")],
        Refused,
        "nobody knows what is installed",
    ),
    (
        "a token of a plugin, by the user",
        &[Home(".yarnrc.yml", "myPluginToken: hunter2\n")],
        Dependencies,
        "nobody knows what it does",
    ),
];

#[test]
fn yarn_classic() {
    check(&CLASSIC, CLASSIC_ROWS);
}

#[test]
fn yarn_berry() {
    check(&BERRY, BERRY_ROWS);
}

#[test]
fn what_yarn_1_copies() {
    let fixture = Fixture {
        files: &[
            ("package.json", "{\"dependencies\": {\"lib\": \"file:./lib\"}}\n"),
            ("yarn.lock", "# yarn lockfile v1\n\n\n\"lib@file:./lib\":\n  version \"1.0.0\"\n"),
            (
                "lib/package.json",
                "{\"name\": \"lib\", \"version\": \"1.0.0\", \"dependencies\": {\"deep\": \"file:../deep\"}}\n",
            ),
            ("lib/i.js", "1\n"),
            ("deep/i.js", "1\n"),
            ("other/i.js", "1\n"),
        ],
        ..CLASSIC
    };
    let rows: &[Row] = &[
        (
            "its code",
            &[Write("lib/i.js", "2\n")],
            Dependencies,
            "nothing else says what is in it, and what is installed is taken as right",
        ),
        (
            "what it copies itself",
            &[Write("deep/i.js", "2\n")],
            Dependencies,
            "nothing else says what is in it, and what is installed is taken as right",
        ),
        ("line ends", &[Crlf("lib/i.js")], Same, "git writes them so on Windows"),
        ("another folder", &[Write("other/i.js", "2\n")], Same, "nobody copies it"),
    ];
    check(&fixture, rows);
}
