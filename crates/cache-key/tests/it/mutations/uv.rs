//! What changes a key of uv, and what does not.

use super::Edit::{Crlf, Program, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Edit, Fixture, Row, check, check_with, copied};

/// uv wrote it.
const LOCK: &str = r#"version = 1
revision = 5
requires-python = ">=3.11"

[[package]]
name = "idna"
version = "3.20"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/packages/f5/08/8eea9d4b8302028f3abb2c0813953f7aec26d33b7a8960ed760e65ff29fa/idna-3.20.tar.gz", hash = "sha256:a7db850025b95ded1eae8a46181a1a6c56c92c96f0e2b005d9ff8dc0210cab44", size = 216463, upload-time = "2026-09-17T14:11:04.752Z" }
wheels = [
    { url = "https://files.pythonhosted.org/packages/58/a2/bb081bab032533a855d44de1d56f8e8426114ff1ba5d1f07a438a0a654f8/idna-3.20-py3-none-any.whl", hash = "sha256:ab7ae7122974553370f0bdb919e1a960b2cd1bc1ef0276416d896db81c14582c", size = 69583, upload-time = "2026-09-17T14:11:03.168Z" },
]

[[package]]
name = "iniconfig"
version = "2.3.1"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://files.pythonhosted.org/packages/01/e1/2069291243c926a2ff1cd706c7f3eeb9b62144bf60f77c9fb9ff2fb26bd3/iniconfig-2.3.1.tar.gz", hash = "sha256:67f4b9c50da0dedf52af349e7749a80a9057a5031199791b906c3bb3ae878960", size = 21209, upload-time = "2026-10-06T22:48:38.076Z" }
wheels = [
    { url = "https://files.pythonhosted.org/packages/56/43/4ca9e49d27a1fcf6bece6f6aec0ea46bb9112489b93d4b688fb415457bdb/iniconfig-2.3.1-py3-none-any.whl", hash = "sha256:9121e2c1fdb355232495be3194c8dfe87ccc2d5dee45947b78e68f499790d7a7", size = 7552, upload-time = "2026-10-06T22:48:36.959Z" },
]

[[package]]
name = "shop"
version = "1.0.0"
source = { virtual = "." }
dependencies = [
    { name = "idna" },
]

[package.dev-dependencies]
dev = [
    { name = "iniconfig" },
]

[package.metadata]
requires-dist = [{ name = "idna", specifier = ">=3" }]

[package.metadata.requires-dev]
dev = [{ name = "iniconfig", specifier = ">=2" }]
"#;

const MANIFEST: &str = r#"[project]
name = "shop"
version = "1.0.0"
description = "words"
requires-python = ">=3.11"
dependencies = ["idna>=3"]

[dependency-groups]
dev = ["iniconfig>=2"]

[tool.uv]
link-mode = "copy"
"#;

const UV: Fixture = Fixture {
    files: &[("pyproject.toml", MANIFEST), ("uv.lock", LOCK), (".python-version", "3.12\n")],
    ecosystem: "uv",
    layers: "registry,deps",
};

const ROWS: &[Row] = &[
    (
        "own version",
        &[
            Replace("pyproject.toml", "1.0.0", "1.0.1"),
            Replace("uv.lock", "version = \"1.0.0\"", "version = \"1.0.1\""),
        ],
        Same,
        "nothing depends on it",
    ),
    (
        "own words",
        &[Replace("pyproject.toml", "words", "other words")],
        Same,
        "nothing is installed by them",
    ),
    (
        "line ends",
        &[Crlf("uv.lock"), Crlf("pyproject.toml"), Crlf(".python-version")],
        Same,
        "git writes them so on Windows",
    ),
    (
        "a comment",
        &[Replace("uv.lock", "version = 1\n", "# words\nversion = 1\n")],
        Same,
        "nothing reads it",
    ),
    (
        "a range that got the same",
        &[
            Replace("pyproject.toml", "idna>=3", "idna>=3.1"),
            Replace("uv.lock", "specifier = \">=3\"", "specifier = \">=3.1\""),
        ],
        Same,
        "what was asked for is not what was got",
    ),
    (
        "when a file was uploaded",
        &[Replace("uv.lock", "2026-09-17T14:11:04.752Z", "2026-09-17T14:11:04Z")],
        Same,
        "the file is the same",
    ),
    (
        "another version",
        &[Replace("uv.lock", "3.20", "3.19")],
        Dependencies,
        "another package is installed",
    ),
    (
        "a checksum",
        &[Replace("uv.lock", "sha256:ab7ae7122974", "sha256:bb7ae7122974")],
        Dependencies,
        "the package is another",
    ),
    (
        "another registry",
        &[Replace("uv.lock", "https://pypi.org/simple", "https://pypi.example/simple")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "what a group needs",
        &[Replace("uv.lock", "dev = [\n    { name = \"iniconfig\" },\n]", "dev = []")],
        Dependencies,
        "less is installed",
    ),
    (
        "a setting",
        &[Replace("pyproject.toml", "link-mode = \"copy\"", "no-build = true")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "another place for the cache",
        &[Set("UV_CACHE_DIR", "/opt/uv")],
        Same,
        "a place is no content",
    ),
    (
        "an index in the environment",
        &[Set("UV_DEFAULT_INDEX", "https://me:hunter2@pypi.example/simple")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "a password in the environment",
        &[Set("UV_INDEX_MINE_PASSWORD", "hunter2")],
        Same,
        "nobody asks for it",
    ),
    (
        "another Python is pinned",
        &[Write(".python-version", "3.13\n")],
        Toolchain,
        "it is what will be used",
    ),
    (
        "another Python will do",
        &[Replace(
            "pyproject.toml",
            "requires-python = \">=3.11\"",
            "requires-python = \">=3.12\"",
        )],
        Toolchain,
        "it decides which Python is used",
    ),
    (
        "another Python is there",
        &[Program("python3", "Python 3.9.1 (main, Jan  1 2021, 00:00:00) [GCC 10.2.0]")],
        Toolchain,
        "what is built with it does not run with another",
    ),
    (
        "a broken lock file",
        &[Write("uv.lock", "version = 1\n<<<<<<< ours\n")],
        Refused,
        "nobody knows what is installed",
    ),
    ("no lock file", &[Remove("uv.lock")], Dependencies, "what the manifest asks for counts then"),
    (
        "how wheels are built: CFLAGS",
        &[Set("CFLAGS", "-O3")],
        Toolchain,
        "kept wheels were built with it, and no name says so",
    ),
    (
        "how wheels are built: UV_CONFIG_SETTINGS",
        &[Set("UV_CONFIG_SETTINGS", "{}")],
        Toolchain,
        "kept wheels were built with it, and no name says so",
    ),
    (
        "a setting of uv's by a variable: UV_TORCH_BACKEND",
        &[Set("UV_TORCH_BACKEND", "cpu")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of uv's by a variable: UV_NO_GROUP",
        &[Set("UV_NO_GROUP", "dev")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of uv's by a variable: UV_NO_DEFAULT_GROUPS",
        &[Set("UV_NO_DEFAULT_GROUPS", "1")],
        Dependencies,
        "it changes what is installed",
    ),
];

#[test]
fn uv() {
    check(&UV, ROWS);
}

#[test]
fn what_uv_keeps_with_downloads_is_built_with_flags() {
    let rows: &[Row] = &[(
        "flags of the compiler",
        &[Set("CFLAGS", "-O3")],
        Toolchain,
        "what was built with them lies among the downloads",
    )];
    check(&Fixture { layers: "registry", ..UV }, rows);
}

const COPIES: Fixture = Fixture {
    files: &[
        ("pyproject.toml", MANIFEST),
        (
            "uv.lock",
            "version = 1\n\n[[package]]\nname = \"lib\"\nversion = \"0.1.0\"\nsource = { directory = \"lib\" }\n\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\nsource = { editable = \"own\" }\n",
        ),
        ("lib/lib.py", "1\n"),
        ("own/own.py", "1\n"),
    ],
    ..UV
};

/// The same, without a lock file.
const UNLOCKED_COPIES: Fixture = Fixture {
    files: &[
        (
            "pyproject.toml",
            "[project]\nname = \"shop\"\nversion = \"1\"\ndependencies = [\"lib\", \"own\"]\n\n[tool.uv.sources]\nlib = [{ path = \"lib\", marker = \"python_version > '3'\" }]\nown = { path = \"own\", editable = true }\n",
        ),
        ("lib/pyproject.toml", "[tool.uv.sources]\ndeep = { path = \"../deep\" }\n"),
        ("lib/lib.py", "1\n"),
        ("own/own.py", "1\n"),
        ("deep/deep.py", "1\n"),
    ],
    ..UV
};

#[test]
fn what_uv_copies() {
    check(&COPIES, copied::PYTHON);
    check(&UNLOCKED_COPIES, copied::PYTHON);
    let rows: &[Row] = &[(
        "what it copies itself",
        &[Write("deep/deep.py", "2\n")],
        Dependencies,
        "nothing else says what is in it",
    )];
    check(&UNLOCKED_COPIES, rows);
}

#[test]
fn what_uv_copies_where_nothing_is_to_be_linked() {
    let always: &[Edit] = &[Set("UV_NO_EDITABLE", "1")];
    let rows: &[Row] = &[
        (
            "code of a member",
            &[Write("own/own.py", "2\n")],
            Dependencies,
            "it is copied, and uv takes what is installed as right",
        ),
        ("code of no package", &[Write("docs/a.md", "2\n")], Same, "nobody installs it"),
    ];
    check_with(&COPIES, always, rows);
    check_with(&UNLOCKED_COPIES, always, &rows[..1]);
}

#[test]
fn what_a_variable_names_for_uv() {
    let always: &[Edit] = &[Set("UV_CONFIG_FILE", "ci.toml"), Set("UV_CONSTRAINT", "bounds more")];
    let files = [
        UV.files,
        &[("ci.toml", "resolution = \"highest\"\n"), ("bounds", "a<2\n"), ("more", "b<2\n")],
    ]
    .concat();
    let fixture = Fixture { files: files.leak(), ..UV };
    let rows: &[Row] = &[
        (
            "settings",
            &[Write("ci.toml", "resolution = \"lowest\"\n")],
            Dependencies,
            "uv reads them",
        ),
        ("bounds", &[Write("bounds", "a<3\n")], Dependencies, "other versions will do"),
        ("more bounds", &[Write("more", "b<3\n")], Dependencies, "uv takes a list of files"),
        ("line ends", &[Crlf("ci.toml"), Crlf("bounds")], Same, "git writes them so on Windows"),
    ];
    check_with(&fixture, always, rows);
}
