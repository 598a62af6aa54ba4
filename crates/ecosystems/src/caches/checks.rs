//! What holds for every ecosystem that reads a lock file: line ends do not count, a file that ends early is
//! refused or another, any bytes are read or refused.

use std::collections::BTreeMap;

use bstr::BString;
use diagnostics::Problem;
use proptest::prelude::*;
use repo_model::MemoryTree;

use super::{Ecosystem, Found, Layer, Machine, Reuse, Seen, Settings, Wants};

/// A repository of one ecosystem: its lock file, what is in it, and the other files.
struct Case {
    ecosystem: Ecosystem,
    lock: &'static str,
    text: &'static str,
    beside: &'static [(&'static str, &'static str)],
}

const NPM: &str = include_str!("../../tests/locks/npm-11.19.1.base");
const PNPM_8: &str = include_str!("../../tests/locks/pnpm-8.15.9.base");
const PNPM_10: &str = include_str!("../../tests/locks/pnpm-10.34.9.base");
const YARN_1: &str = include_str!("../../tests/locks/yarn-1.22.22.base");
const YARN_4: &str = include_str!("../../tests/locks/yarn-4.18.1.base");
const BUN: &str = include_str!("../../tests/locks/bun-1.4.5.base");
const UV: &str = "version = 1\nrequires-python = \">=3.11\"\n\n[[package]]\nname = \"idna\"\nversion = \"3.20\"\nsource = { registry = \"https://pypi.org/simple\" }\nwheels = [\n    { url = \"https://h/idna.whl\", hash = \"sha256:1\" },\n]\n";
const POETRY: &str = "[metadata]\nlock-version = \"2.1\"\n\n[[package]]\nname = \"idna\"\nversion = \"3.20\"\nfiles = [\n    {file = \"idna.whl\", hash = \"sha256:1\"},\n]\n";
const PIP: &str = "idna==3.20 \\\n    --hash=sha256:1 \\\n    --hash=sha256:2\nb==1.0\n";
const PIPENV: &str = include_str!("../../tests/locks/pipenv-2026.10.3.lock");
const TERRAFORM: &str = "provider \"registry.terraform.io/hashicorp/null\" {\n  version = \"3.2.3\"\n  hashes = [\n    \"h1:1=\",\n  ]\n}\n";
const HELM: &str = "dependencies:\n- name: redis\n  repository: oci://registry.example/charts\n  version: 18.1.0\n";

const ASKS: (&str, &str) = ("package.json", r#"{"dependencies": {"ms": "^2"}}"#);

const CASES: [Case; 12] = [
    Case { ecosystem: Ecosystem::Npm, lock: "package-lock.json", text: NPM, beside: &[ASKS] },
    Case { ecosystem: Ecosystem::Pnpm, lock: "pnpm-lock.yaml", text: PNPM_8, beside: &[ASKS] },
    Case { ecosystem: Ecosystem::Pnpm, lock: "pnpm-lock.yaml", text: PNPM_10, beside: &[ASKS] },
    Case { ecosystem: Ecosystem::Yarn, lock: "yarn.lock", text: YARN_1, beside: &[ASKS] },
    Case { ecosystem: Ecosystem::Yarn, lock: "yarn.lock", text: YARN_4, beside: &[ASKS] },
    Case { ecosystem: Ecosystem::Bun, lock: "bun.lock", text: BUN, beside: &[ASKS] },
    Case { ecosystem: Ecosystem::Uv, lock: "uv.lock", text: UV, beside: &[] },
    Case { ecosystem: Ecosystem::Poetry, lock: "poetry.lock", text: POETRY, beside: &[] },
    Case { ecosystem: Ecosystem::Pip, lock: "requirements.txt", text: PIP, beside: &[] },
    Case {
        ecosystem: Ecosystem::Terraform,
        lock: ".terraform.lock.hcl",
        text: TERRAFORM,
        beside: &[],
    },
    Case {
        ecosystem: Ecosystem::Helm,
        lock: "Chart.lock",
        text: HELM,
        beside: &[("Chart.yaml", "name: a\n")],
    },
    Case { ecosystem: Ecosystem::Pip, lock: "Pipfile.lock", text: PIPENV, beside: &[] },
];

/// What an ecosystem finds on a system where no program answers.
fn read(
    ecosystem: Ecosystem,
    files: &[(&str, &[u8])],
    variables: &[(&str, &str)],
    os: &str,
) -> Result<Found, Vec<Problem>> {
    read_with(ecosystem, files, variables, os, &Settings::default())
}

fn read_with(
    ecosystem: Ecosystem,
    files: &[(&str, &[u8])],
    variables: &[(&str, &str)],
    os: &str,
    settings: &Settings,
) -> Result<Found, Vec<Problem>> {
    let tree = MemoryTree::new(files.iter().copied()).unwrap();
    let Wants { probes, .. } = ecosystem.wants(&tree, settings);
    let answers = vec![super::Answer::NotThere; probes.len()];
    let variables: BTreeMap<BString, BString> =
        variables.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let machine = Machine {
        os: os.to_owned(),
        home: Some(b"/home/me".to_vec()),
        repository: b"/home/me/code/r".to_vec(),
        ..Machine::default()
    };
    ecosystem.read(&Seen {
        tree: &tree,
        variables: &variables,
        answers: &answers,
        beyond: &[],
        machine: &machine,
        settings,
    })
}

fn with(case: &Case, text: &[u8]) -> Result<Found, Vec<Problem>> {
    let mut files: Vec<(&str, &[u8])> =
        case.beside.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    files.push((case.lock, text));
    read(case.ecosystem, &files, &[], "linux")
}

#[test]
fn each_lock_file_says_what_is_downloaded() {
    for case in CASES {
        let found = with(&case, case.text.as_bytes()).unwrap();
        let downloads = found.ingredients.iter().find(|it| it.is_of_downloads);
        assert!(downloads.is_some_and(|it| !it.facts.is_empty()), "{}", case.lock);
        assert!(
            !found.is_unlocked && found.problems.is_empty(),
            "{}: {:?}",
            case.lock,
            found.problems
        );
        assert!(case.ecosystem.looks_into(case.lock.as_bytes()), "{}", case.lock);
        assert!(case.ecosystem.locks().contains(&case.lock), "{}", case.lock);
    }
}

#[test]
fn what_an_ecosystem_is_found_by_is_told() {
    let check = |ecosystem: Ecosystem, path: &str, text: &str, told: &str| {
        let beside: &[_] = if path == "Chart.lock" { &[("Chart.yaml", "name: a\n")] } else { &[] };
        let tree = MemoryTree::new([(path, text)].iter().chain(beside).copied()).unwrap();
        assert_eq!(ecosystem.folders(&tree), [b""], "{path}");
        let mark = ecosystem.mark();
        assert!(mark.contains(&format!("`{told}`")), "{path} is not among {mark}");
    };
    for case in CASES {
        check(case.ecosystem, case.lock, case.text, case.lock);
    }
    check(Ecosystem::Npm, "npm-shrinkwrap.json", "{}", "npm-shrinkwrap.json");
    check(Ecosystem::Bun, "bun.lockb", "", "bun.lockb");
    check(Ecosystem::Pip, "setup.py", "", "setup.py");
    check(Ecosystem::Pip, "pyproject.toml", TOML, "pyproject.toml");
    let provider = r#"{"provider": {"null": {"version": "1"}}}"#;
    check(Ecosystem::Terraform, "main.tf.json", provider, ".tf.json");
    check(Ecosystem::Terraform, "main.tofu", "provider \"null\" {\n}\n", ".tofu");
    check(Ecosystem::Docker, "Containerfile", "FROM a\n", "Containerfile");
    check(Ecosystem::Hardhat, "hardhat.config.mjs", "", ".mjs");
}

#[test]
fn line_ends_do_not_count() {
    for case in CASES {
        let crlf = case.text.replace('\n', "\r\n");
        assert_eq!(
            with(&case, crlf.as_bytes()),
            with(&case, case.text.as_bytes()),
            "{}",
            case.lock
        );
    }
}

#[test]
fn a_conflict_of_a_merge_is_refused_with_its_place() {
    for case in CASES {
        let text = format!("{}<<<<<<< ours\n=======\n>>>>>>> theirs\n", case.text);
        let problems = with(&case, text.as_bytes()).expect_err(case.lock);
        let place = problems[0].place.clone().expect("a place");
        assert_eq!(place.file, diagnostics::Foreign::from(case.lock));
        assert!(place.line.is_some() && problems[0].help.is_some(), "{}: {problems:?}", case.lock);
    }
}

#[test]
fn a_lock_file_that_ends_early_is_refused_or_another() {
    for case in CASES {
        let whole = with(&case, case.text.as_bytes()).unwrap();
        let end = case.text.trim_end().len();
        let step = if case.text.len() > 2000 { 37 } else { 1 };
        for cut in (0..end).rev().step_by(step).chain([0]) {
            let Ok(found) = with(&case, &case.text.as_bytes()[..cut]) else { continue };
            let rest = bstr::BStr::new(&case.text.as_bytes()[cut..end]);
            assert_ne!(found.ingredients, whole.ingredients, "{} without {rest:?}", case.lock);
        }
    }
}

#[track_caller]
fn check_places(case: &Case, variables: &[(&str, &str)], os: &str, layer: Layer, wanted: &[&str]) {
    let mut files: Vec<(&str, &[u8])> =
        case.beside.iter().map(|(path, text)| (*path, text.as_bytes())).collect();
    files.push((case.lock, case.text.as_bytes()));
    let found = read(case.ecosystem, &files, variables, os).unwrap();
    let places = found.places.iter().filter(|it| it.layer == layer);
    let paths: Vec<BString> = places.map(|it| BString::from(it.path.clone())).collect();
    assert_eq!(paths, wanted, "{:?} on {os}", case.ecosystem);
}

#[test]
fn downloads_are_where_each_system_has_them() {
    let check = |at: usize, systems: [&str; 3]| {
        for (os, wanted) in ["linux", "macos", "windows"].into_iter().zip(systems) {
            let wanted: Vec<&str> = wanted.split(' ').filter(|it| !it.is_empty()).collect();
            check_places(&CASES[at], &[], os, Layer::Registry, &wanted);
        }
    };
    check(0, ["~/.npm/_cacache", "~/.npm/_cacache", "~/AppData/Local/npm-cache/_cacache"]);
    check(2, ["~/.local/share/pnpm/store", "~/Library/pnpm/store", "~/AppData/Local/pnpm/store"]);
    check(
        3,
        [
            "~/.cache/yarn /usr/local/share/.cache/yarn",
            "~/Library/Caches/Yarn",
            "~/AppData/Local/Yarn/Cache",
        ],
    );
    check(4, ["~/.yarn/berry/cache", "~/.yarn/berry/cache", "~/AppData/Local/Yarn/Berry/cache"]);
    check(5, ["~/.bun/install/cache"; 3]);
    check(6, ["~/.cache/uv", "~/.cache/uv", "~/AppData/Local/uv/cache"]);
    check(
        7,
        [
            "~/.cache/pypoetry/artifacts ~/.cache/pypoetry/cache",
            "~/Library/Caches/pypoetry/artifacts ~/Library/Caches/pypoetry/cache",
            "~/AppData/Local/pypoetry/Cache/artifacts ~/AppData/Local/pypoetry/Cache/cache",
        ],
    );
    check(
        8,
        [
            "~/.cache/pip/http-v2 ~/.cache/pip/http",
            "~/Library/Caches/pip/http-v2 ~/Library/Caches/pip/http",
            "~/AppData/Local/pip/cache/http-v2 ~/AppData/Local/pip/cache/http",
        ],
    );
    check(9, ["", "", ""]);
    check(10, ["~/.cache/helm", "~/Library/Caches/helm", "~/AppData/Local/Temp/helm"]);
}

#[test]
fn downloads_are_where_somebody_set_them() {
    let check = |at: usize, variable: &str, value: &str, wanted: &[&str]| {
        let variables = [(variable, value)];
        check_places(&CASES[at], &variables, "linux", Layer::Registry, wanted);
    };
    check(0, "npm_config_cache", "/home/me/x", &["~/x/_cacache"]);
    check(0, "NPM_CONFIG_CACHE", "/x", &["/x/_cacache"]);
    check(2, "PNPM_HOME", "/home/me/pnpm", &["~/pnpm/store"]);
    check(2, "XDG_DATA_HOME", "/data", &["/data/pnpm/store"]);
    check(2, "npm_config_store_dir", "/store", &["/store"]);
    check(3, "YARN_CACHE_FOLDER", "/y", &["/y"]);
    check(4, "YARN_ENABLE_GLOBAL_CACHE", "false", &[".yarn/cache"]);
    check(4, "YARN_GLOBAL_FOLDER", "/g", &["/g/cache"]);
    check(5, "BUN_INSTALL_CACHE_DIR", "/b", &["/b"]);
    check(5, "BUN_INSTALL", "/b", &["/b/install/cache"]);
    check(6, "UV_CACHE_DIR", "/u", &["/u"]);
    check(6, "XDG_CACHE_HOME", "/c", &["/c/uv"]);
    check(7, "POETRY_CACHE_DIR", "/p", &["/p/artifacts", "/p/cache"]);
    check(8, "PIP_CACHE_DIR", "/p", &["/p/http-v2", "/p/http"]);
    check(9, "TF_PLUGIN_CACHE_DIR", "/home/me/t", &["~/t"]);
    check(10, "HELM_REPOSITORY_CACHE", "/h", &["/h"]);
}

#[test]
fn what_is_installed_is_kept_where_it_lies() {
    let check = |at: usize, wanted: &[&str]| {
        check_places(&CASES[at], &[], "linux", Layer::Dependencies, wanted);
    };
    check(0, &["node_modules"]);
    check(
        2,
        &[
            "node_modules",
            "packages/a/node_modules",
            "packages/b/node_modules",
            "packages/c/node_modules",
        ],
    );
    check(3, &["node_modules"]);
    check(4, &[".yarn/unplugged", ".yarn/install-state.gz"]);
    check(6, &[".venv"]);
    check(7, &["~/.cache/pypoetry/virtualenvs"]);
    check(8, &["~/.cache/pip/wheels"]);
    check(9, &[".terraform/providers"]);
    check(10, &["charts"]);
}

#[test]
fn what_is_taken_as_right_is_kept_for_the_same_key_only() {
    for case in CASES {
        let found = with(&case, case.text.as_bytes()).unwrap();
        for place in &found.places {
            let is_trusted =
                [&b"node_modules"[..], b".venv", b"virtualenvs", b"charts", b"unplugged"]
                    .iter()
                    .any(|name| place.path.ends_with(name));
            assert!(!is_trusted || place.reuse == Reuse::Exact, "{place:?}");
            assert!(
                place.layer != Layer::Registry || place.reuse >= Reuse::SameToolchain,
                "{place:?}"
            );
        }
    }
}

const TOML: &str = "[project]\nname = \"a\"\nversion = \"1\"\ndependencies = [\"idna\"]\n";

/// Where nothing is locked: an ecosystem, the file that asks, and the line that is told.
#[test]
fn what_nothing_locks_is_told_and_still_has_a_key() {
    let uv = format!("{TOML}[tool.uv]\n");
    let poetry = format!("{TOML}[tool.poetry]\n");
    let pnpm = r#"{"packageManager": "pnpm@10.0.0", "dependencies": {"ms": "^2"}}"#;
    let bun =
        r#"{"devEngines": {"packageManager": {"name": "bun"}}, "dependencies": {"ms": "^2"}}"#;
    let yarn = r#"{"packageManager": "yarn@4.0.0", "dependencies": {"ms": "^2"}}"#;
    let chart = "name: a\ndependencies:\n- name: redis\n  version: ~1\n  repository: oci://r\n";
    let cases = [
        (Ecosystem::Npm, "package.json", ASKS.1),
        (Ecosystem::Pnpm, "package.json", pnpm),
        (Ecosystem::Yarn, "package.json", yarn),
        (Ecosystem::Bun, "package.json", bun),
        (Ecosystem::Uv, "pyproject.toml", &uv),
        (Ecosystem::Poetry, "pyproject.toml", &poetry),
        (Ecosystem::Pip, "pyproject.toml", TOML),
        (Ecosystem::Pip, "requirements.txt", "a==1\nidna>=3\n"),
        (Ecosystem::Terraform, "main.tf", "provider \"null\" {\n  version = \"1\"\n}\n"),
        (Ecosystem::Helm, "Chart.yaml", chart),
    ];
    for (ecosystem, path, text) in cases {
        let files = [(path, text.as_bytes()), ("b/package.json", b"{}")];
        let found = read(ecosystem, &files, &[], "linux").unwrap();
        assert!(found.is_unlocked, "{ecosystem:?}");
        assert_eq!(found.problems.len(), 1, "{ecosystem:?}: {:?}", found.problems);
        let downloads = found.ingredients.iter().any(|it| it.is_of_downloads);
        assert!(downloads && !found.places.is_empty(), "{ecosystem:?}: {found:?}");
        let settings = Settings { requires_lock: true, ..Settings::default() };
        let refused = read_with(ecosystem, &files, &[], "linux", &settings).unwrap_err();
        let place = refused.first().and_then(|it| it.place.clone()).unwrap();
        assert_eq!(place.file, diagnostics::Foreign::from(path), "{ecosystem:?}");
        let others = Ecosystem::ALL.iter().filter(|it| **it != ecosystem);
        let tree = MemoryTree::new(files).unwrap();
        for other in others {
            assert_eq!(other.folders(&tree), Vec::<Vec<u8>>::new(), "{other:?} for {path}");
        }
    }
}

#[test]
fn a_manifest_that_asks_for_nothing_or_is_locked_above_is_no_root() {
    let files = [
        ("package-lock.json", NPM),
        ("package.json", ASKS.1),
        ("packages/a/package.json", ASKS.1),
        ("node_modules/x/package.json", ASKS.1),
        ("uv.lock", UV),
        ("b/pyproject.toml", TOML),
    ];
    let tree = MemoryTree::new(files).unwrap();
    assert_eq!(Ecosystem::Npm.folders(&tree), [b"".to_vec()]);
    assert_eq!(Ecosystem::Uv.folders(&tree), [b"".to_vec()]);
    assert_eq!(Ecosystem::Pip.folders(&tree), Vec::<Vec<u8>>::new());
    let lonely = MemoryTree::new([("tools/package.json", r#"{"type": "module"}"#)]).unwrap();
    assert_eq!(Ecosystem::Npm.folders(&lonely), Vec::<Vec<u8>>::new());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        at in 0..CASES.len(),
        bytes in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let _ = with(&CASES[at], &bytes);
    }

    #[test]
    fn any_edit_is_read_or_refused(
        at in 0..CASES.len(),
        cut in any::<prop::sample::Index>(),
        with_ in "[\\[\\]{}:,=\"' \n#@-]{0,9}",
    ) {
        let case = &CASES[at];
        let mut text = case.text.as_bytes().to_vec();
        let cut = cut.index(text.len());
        let end = (cut + with_.len()).min(text.len());
        text.splice(cut..end, with_.bytes());
        let _ = with(case, &text);
    }
}

#[test]
fn what_was_built_by_no_name_of_its_flags_is_used_with_the_same_toolchain_alone() {
    let all = [
        (Ecosystem::Pip, "~/.cache/pip/wheels"),
        (Ecosystem::Uv, "~/.cache/uv"),
        (Ecosystem::Poetry, "~/.cache/pypoetry/artifacts"),
        (Ecosystem::Pnpm, "~/.local/share/pnpm/store"),
    ];
    for (ecosystem, path) in all {
        let case = CASES.iter().find(|it| it.ecosystem == ecosystem).unwrap();
        let found = with(case, case.text.as_bytes()).unwrap();
        let place = found.places.iter().find(|it| it.path == path.as_bytes()).expect(path);
        assert_eq!(place.reuse, Reuse::SameToolchain, "{path}");
    }
}
