//! What changes a key of npm, and what does not.

use super::Edit::{Crlf, Home, Program, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Edit, Fixture, Row, check};

/// npm 11.19.1 wrote it.
const LOCK: &str = r#"{
  "name": "shop",
  "version": "1.0.0",
  "lockfileVersion": 3,
  "requires": true,
  "packages": {
    "": {
      "name": "shop",
      "version": "1.0.0",
      "dependencies": {
        "ms": "^2.1.0"
      },
      "optionalDependencies": {
        "fsevents": "^2.3.0"
      }
    },
    "node_modules/fsevents": {
      "version": "2.3.3",
      "resolved": "https://registry.npmjs.org/fsevents/-/fsevents-2.3.3.tgz",
      "integrity": "sha512-5xoDfX+fL7faATnagmWPpbFtwh/R77WmMMqqHGS65C3vvB0YHrgF+B1YmZ3441tMj5n63k0212XNoJwzlhffQw==",
      "license": "MIT",
      "optional": true,
      "os": [
        "darwin"
      ],
      "engines": {
        "node": "^8.16.0 || ^10.6.0 || >=11.0.0"
      }
    },
    "node_modules/ms": {
      "version": "2.1.3",
      "resolved": "https://registry.npmjs.org/ms/-/ms-2.1.3.tgz",
      "integrity": "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
      "license": "MIT"
    }
  }
}
"#;

const MANIFEST: &str = r#"{
  "name": "shop",
  "version": "1.0.0",
  "description": "words",
  "scripts": {"test": "node test.js"},
  "dependencies": {"ms": "^2.1.0"},
  "optionalDependencies": {"fsevents": "^2.3.0"}
}
"#;

const NPM: Fixture = Fixture {
    files: &[
        ("package.json", MANIFEST),
        ("package-lock.json", LOCK),
        (".npmrc", "# ours\nfund=false\n//registry.npmjs.org/:_authToken=hunter2\n"),
        (".nvmrc", "v20.1.0\n"),
        ("index.js", "1\n"),
    ],
    ecosystem: "npm",
    layers: "registry,deps",
};

const ROWS: &[Row] = &[
    (
        "a registry in a file that a variable names",
        &[
            Write("ci.npmrc", "registry=https://npm.example\n//npm.example/:_authToken=hunter2\n"),
            Set("NPM_CONFIG_USERCONFIG", "ci.npmrc"),
        ],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "own version",
        &[
            Replace("package.json", "1.0.0", "1.0.1"),
            Replace("package-lock.json", "\"version\": \"1.0.0\"", "\"version\": \"1.0.1\""),
        ],
        Same,
        "no package depends on it",
    ),
    (
        "own words",
        &[Replace("package.json", "words", "other words")],
        Same,
        "nothing is installed by them",
    ),
    (
        "own test script",
        &[Replace("package.json", "node test.js", "node other.js")],
        Same,
        "it does not run when packages are installed",
    ),
    (
        "own install script",
        &[Replace("package.json", "\"test\"", "\"postinstall\"")],
        Dependencies,
        "it runs when packages are installed, and may change them",
    ),
    ("own sources", &[Write("index.js", "2\n")], Same, "they are not installed"),
    (
        "line ends of the lock file",
        &[Crlf("package-lock.json"), Crlf("package.json"), Crlf(".npmrc"), Crlf(".nvmrc")],
        Same,
        "git writes them so on Windows",
    ),
    (
        "order of the lock file",
        &[
            Replace("package-lock.json", "\"lockfileVersion\": 3,\n", ""),
            Replace(
                "package-lock.json",
                "\"requires\": true,",
                "\"requires\": true,\n  \"lockfileVersion\": 3,",
            ),
        ],
        Same,
        "JSON has none",
    ),
    (
        "a checksum",
        &[Replace("package-lock.json", "\"integrity\": \"sha512-", "\"integrity\": \"sha512-A")],
        Dependencies,
        "the package is another",
    ),
    (
        "a package from another registry",
        &[Replace("package-lock.json", "https://registry.npmjs.org/", "https://npm.example/")],
        Dependencies,
        "the package comes from elsewhere",
    ),
    (
        "a password in an address",
        &[Replace("package-lock.json", "https://registry", "https://me:hunter2@registry")],
        Same,
        "who downloads does not change what is downloaded",
    ),
    (
        "a broken lock file",
        &[Write("package-lock.json", "{\n<<<<<<< ours\n")],
        Refused,
        "nobody knows what is installed",
    ),
    (
        "no lock file",
        &[Remove("package-lock.json")],
        Dependencies,
        "what the manifests ask for counts then",
    ),
    (
        "another token",
        &[Replace(".npmrc", "hunter2", "hunter2-and-more")],
        Same,
        "who downloads does not change what is downloaded",
    ),
    (
        "another registry",
        &[Replace(".npmrc", "fund=false", "registry=https://npm.example")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "a registry of the user",
        &[Home(".npmrc", "@a:registry=https://npm.example\n//npm.example/:_auth=hunter2\n")],
        Dependencies,
        "packages come from elsewhere",
    ),
    (
        "how much npm tells",
        &[Replace(".npmrc", "fund=false", "loglevel=warn")],
        Same,
        "it changes what is told only",
    ),
    (
        "a setting that is not known",
        &[Replace(".npmrc", "fund=false", "new-setting=1")],
        Dependencies,
        "unknown is never the same",
    ),
    (
        "another version of Node is asked for",
        &[Write(".nvmrc", "22\n")],
        Toolchain,
        "it is what will be installed",
    ),
    (
        "the version of Node without its v",
        &[Write(".nvmrc", "20.1.0\n")],
        Same,
        "it is the same version",
    ),
    (
        "another version of Node is there",
        &[Program("node", "v18.0.0")],
        Toolchain,
        "packages built with it do not run with another",
    ),
    (
        "another package manager is pinned",
        &[Replace(
            "package.json",
            "\"name\": \"shop\"",
            "\"name\": \"shop\", \"packageManager\": \"npm@10.0.0\"",
        )],
        Toolchain,
        "it is what will install",
    ),
    (
        "without optional packages",
        &[Set("NPM_CONFIG_OMIT", "optional")],
        Dependencies,
        "less is installed",
    ),
    (
        "a token in the environment",
        &[Set("NODE_AUTH_TOKEN", "hunter2"), Set("npm_config__authToken", "hunter2")],
        Same,
        "nobody asks for it",
    ),
    (
        "a patch",
        &[Write("patches/ms+2.1.3.patch", "--- a\n")],
        Dependencies,
        "patch-package changes what is installed",
    ),
    ("how scripts compile", &[Set("CXX", "clang++")], Toolchain, "what they build is made with it"),
    (
        "a setting of npm's by a variable: npm_config_workspaces",
        &[Set("npm_config_workspaces", "false")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of npm's by a variable: npm_config_global_style",
        &[Set("npm_config_global_style", "true")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of npm's by a variable: NPM_CONFIG_PROD",
        &[Set("NPM_CONFIG_PROD", "true")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "a setting of npm's by a variable: npm_config_unheard_of",
        &[Set("npm_config_unheard_of", "1")],
        Dependencies,
        "it changes what is installed",
    ),
    (
        "what scripts compile for",
        &[Set("npm_config_target", "30.0.0")],
        Toolchain,
        "what they build is made for it",
    ),
    (
        "a registry by a variable",
        &[Set("npm_config_registry", "https://me:hunter2@npm.example")],
        Dependencies,
        "packages come from it",
    ),
    (
        "what npm tells its scripts",
        &[
            Set("npm_config_user_agent", "npm/11"),
            Set("npm_config_npm_version", "11"),
            Set("npm_config_local_prefix", "/x"),
            Set("npm_config_node_gyp", "/x"),
            Set("npm_config_init_module", "/x"),
            Set("npm_config_globalconfig", "/x"),
        ],
        Same,
        "it installs nothing",
    ),
    (
        "secrets in variables",
        &[
            Set("npm_config__auth", "hunter2"),
            Set("NPM_CONFIG_TOKEN", "hunter2"),
            Set("npm_config_//npm.example/:_authToken", "hunter2"),
            Set("npm_config_password", "hunter2"),
        ],
        Same,
        "who asks is no matter",
    ),
    (
        "a setting in npm's global file",
        &[
            Write("global.npmrc", "omit=dev\nsome-token-like=hunter2\n"),
            Set("npm_config_globalconfig", "global.npmrc"),
        ],
        Dependencies,
        "it changes what is installed",
    ),
];

#[test]
fn npm() {
    check(&NPM, ROWS);
}

#[test]
fn downloads_of_npm_alone_do_not_depend_on_what_installs_them() {
    let rows: &[Row] = &[
        ("another Node", &[Program("node", "v18.0.0")], Same, "downloads are the same"),
        (
            "a script",
            &[Replace("package.json", "\"test\"", "\"postinstall\"")],
            Same,
            "it does not change a download",
        ),
        (
            "a checksum",
            &[Replace(
                "package-lock.json",
                "\"integrity\": \"sha512-",
                "\"integrity\": \"sha512-A",
            )],
            Dependencies,
            "it is another download",
        ),
    ];
    check(&Fixture { layers: "registry", ..NPM }, rows);
}

#[test]
fn what_npm_copies() {
    let copied = "{\"lockfileVersion\": 3, \"packages\": {\"\": {\"dependencies\": {\"lib\": \"file:lib\"}}, \"node_modules/lib\": {\"version\": \"1.0.0\", \"resolved\": \"file:lib\"}}}\n";
    let linked = "{\"lockfileVersion\": 3, \"packages\": {\"\": {\"dependencies\": {\"lib\": \"file:lib\"}}, \"lib\": {\"version\": \"1.0.0\"}, \"node_modules/lib\": {\"resolved\": \"lib\", \"link\": true}}}\n";
    let code: &[Edit] = &[Write("lib/i.js", "2\n")];
    for (lock, expected, why) in [
        (
            copied,
            Dependencies,
            "nothing else says what is in it, and what is installed is taken as right",
        ),
        (linked, Same, "it is a link"),
    ] {
        let files: [(&str, &str); 3] = [
            ("package.json", "{\"dependencies\": {\"lib\": \"file:lib\"}}\n"),
            ("package-lock.json", lock),
            ("lib/i.js", "1\n"),
        ];
        let fixture = Fixture { files: Box::leak(Box::new(files)), ..NPM };
        check(&fixture, &[("its code", code, expected, why)]);
    }
}

#[test]
fn what_changes_packages_of_npm_when_they_are_installed() {
    let fixture = Fixture {
        files: &[
            (
                "package.json",
                "{\"workspaces\": [\"packages/*\"], \"scripts\": {\"postinstall\": \"patch-package --patch-dir fixes\"}}\n",
            ),
            ("package-lock.json", LOCK),
            (
                "packages/a/package.json",
                "{\"name\": \"a\", \"scripts\": {\"test\": \"x\", \"postinstall\": \"a\"}}\n",
            ),
            ("own/package.json", "{\"name\": \"own\", \"scripts\": {\"postinstall\": \"a\"}}\n"),
            ("own/yarn.lock", "# yarn lockfile v1\n"),
            ("fixes/ms.patch", "1\n"),
        ],
        ..NPM
    };
    let rows: &[Row] = &[
        (
            "a patch in a named folder",
            &[Write("fixes/ms.patch", "2\n")],
            Dependencies,
            "it changes a package",
        ),
        (
            "a member's script",
            &[Replace("packages/a/package.json", "\"a\"}", "\"b\"}")],
            Dependencies,
            "it runs when packages are installed",
        ),
        (
            "a member's test",
            &[Replace("packages/a/package.json", "\"x\"", "\"y\"")],
            Same,
            "it does not run then",
        ),
        (
            "a script of what is installed by itself",
            &[Replace("own/package.json", "\"a\"}", "\"b\"}")],
            Same,
            "it runs elsewhere",
        ),
    ];
    check(&fixture, rows);
}
