//! Whole repositories, read as a tool reads them. What is expected follows from what the package
//! managers document, by hand.

use std::collections::BTreeMap;

use diagnostics::Level;
use proptest::prelude::*;
use repo_model::{ChangeSet, Kind, MemoryTree};

use super::*;
use crate::workspaces::NeedKind;
use crate::workspaces::Touch;
use crate::workspaces::testing::{self, Edit, Files, compared, edited, needs, tree};

fn reading(base: &Files<'_>, head: &Files<'_>) -> Result<Reading, Box<Problem>> {
    compared(&tree(base), &tree(head), read)
}

/// A workspace of npm: `app` uses `lib` and is tested with `tool`; `alone` stands beside it.
const NPM: &[(&str, &str)] = &[
    (
        "package.json",
        r#"{"name": "root", "workspaces": ["packages/*"], "devDependencies": {"t": "^1"}}"#,
    ),
    (
        "package-lock.json",
        r#"{"lockfileVersion": 3, "packages": {
            "": {"name": "root", "devDependencies": {"t": "^1"}},
            "packages/app": {"dependencies": {"lib": "^1.0.0"}, "devDependencies": {"tool": "*"}},
            "packages/lib": {"version": "1.0.0", "dependencies": {"x": "^1"}},
            "packages/tool": {"version": "1.0.0"},
            "node_modules/app": {"resolved": "packages/app", "link": true},
            "node_modules/lib": {"resolved": "packages/lib", "link": true},
            "node_modules/tool": {"resolved": "packages/tool", "link": true},
            "node_modules/t": {"version": "1.0.0"},
            "node_modules/x": {"version": "1.0.0"}}}"#,
    ),
    (
        "packages/app/package.json",
        r#"{"name": "app", "dependencies": {"lib": "^1.0.0"}, "devDependencies": {"tool": "*"}}"#,
    ),
    ("packages/app/src/a.ts", ""),
    ("packages/app/src/a.test.ts", ""),
    (
        "packages/lib/package.json",
        r#"{"name": "lib", "version": "1.0.0", "dependencies": {"x": "^1"}}"#,
    ),
    ("packages/lib/fixtures/p/package.json", r#"{"name": "app"}"#),
    ("packages/tool/package.json", r#"{"name": "tool", "version": "1.0.0"}"#),
    ("alone/package.json", r#"{"name": "alone", "dependencies": {"lib": "^1.0.0"}}"#),
    ("tsconfig.base.json", "{}"),
    ("eslint.config.js", ""),
    ("README.md", ""),
];

fn npm() -> Files<'static> {
    NPM.iter().copied().collect()
}

/// Replaces a file's text, or removes the file for nothing; the touches are `name: reach`.
#[track_caller]
fn check(path: &str, text: Option<&str>, wanted: &[&str]) -> Reading {
    check_of(&npm(), &[(path, text)], wanted)
}

#[track_caller]
fn check_of(base: &Files<'_>, edits: &[Edit<'_>], wanted: &[&str]) -> Reading {
    let reading = reading(base, &edited(base, edits)).unwrap();
    let mut touches = testing::touches(&reading);
    touches.dedup();
    assert_eq!(touches, wanted);
    reading
}

#[test]
fn packages_need_what_they_are_linked_to() {
    let reading = reading(&npm(), &npm()).unwrap();
    // Outside of the workspace `lib` comes from the registry.
    assert_eq!(
        needs(&reading),
        [
            ("alone", vec![]),
            ("app", vec![("lib", NeedKind::Normal), ("tool", NeedKind::Build)]),
            ("lib", vec![]),
            ("root", vec![]),
            ("tool", vec![]),
        ]
    );
    assert!(reading.touches.is_empty() && reading.known.is_empty());
}

#[test]
fn a_file_touches_the_nearest_package_above() {
    let reading = check("packages/app/src/a.ts", Some("x"), &["app: all"]);
    assert_eq!(reading.known.len(), 1);
    check("packages/app/src/a.test.ts", Some("x"), &["app: own"]);
    check("packages/app/src/a.ts", None, &["app: all"]);
    for code in ["src/history.js", "src/security.ts", "api.spec.json", "src/knip.ts"] {
        check(&format!("packages/lib/{code}"), Some("x"), &["lib: all"]);
    }
    check("packages/lib/knip.ts", Some("x"), &["lib: lint"]);
    check("packages/new.txt", Some(""), &["root: all"]);
    check("README.md", Some("x"), &["root: own"]);
    check("packages/lib/fixtures/p/package.json", Some("{}"), &["lib: all"]);
    check("alone/x", Some(""), &["alone: all"]);
}

#[test]
fn a_shared_file_touches_every_package_below() {
    let all = ["alone: all", "app: all", "lib: all", "root: all", "tool: all"];
    check("tsconfig.base.json", Some("x"), &all);
    check(".npmrc", Some("x"), &all);
    check("tsconfig.base.json", None, &all);
    let lint = ["alone: lint", "app: lint", "lib: lint", "root: lint", "tool: lint"];
    check("eslint.config.js", Some("x"), &lint);
    check("packages/tsconfig.json", Some("x"), &["app: all", "lib: all", "root: all", "tool: all"]);
    check("packages/app/tsconfig.json", Some("x"), &["app: all"]);
}

#[test]
fn a_manifest_is_read_by_its_meaning() {
    let app = "packages/app/package.json";
    let text = NPM.iter().find(|(path, _)| *path == app).unwrap().1;
    check(app, Some(&text.replace(": ", ":\n")), &[]);
    check(
        app,
        Some(&text.replace("{\"name\"", "{\"description\": \"x\", \"name\"")),
        &["app: own"],
    );
    check(app, Some(&text.replace("\"tool\": \"*\"", "\"other\": \"1\"")), &["app: all"]);
    let lib = "packages/lib/package.json";
    let text = NPM.iter().find(|(path, _)| *path == lib).unwrap().1;
    check(lib, Some(&text.replace("1.0.0", "1.0.1")), &["lib: own"]);
    // `app` asks for ^1.0.0 and gets it from the registry now.
    check(lib, Some(&text.replace("1.0.0", "2.0.0")), &["app: all", "lib: own"]);
    let renamed = check(lib, Some(&text.replace("lib", "bil")), &["app: all", "bil: all"]);
    assert_eq!(renamed.gone, ["lib"]);
}

#[test]
fn the_root_decides_for_its_members() {
    let text = NPM[0].1;
    let members = ["app: all", "lib: all", "root: all", "tool: all"];
    check("package.json", Some(&text.replace("^1", "^2")), &members);
    check(
        "package.json",
        Some(&text.replace("{\"name\"", "{\"packageManager\": \"npm@11\", \"name\"")),
        &members,
    );
    check(
        "package.json",
        Some(&text.replace("{\"name\"", "{\"version\": \"1\", \"name\"")),
        &["root: own"],
    );
    let without = text.replace("packages/*", "packages/[a-l]*");
    let reading = check("package.json", Some(&without), &["app: all", "tool: all"]);
    assert!(reading.packages.iter().any(|it| it.name == "tool"));
}

#[test]
fn a_lock_file_is_read_by_its_meaning() {
    let lock = NPM[1].1;
    let bump = |name: &str| {
        let old = format!(r#""node_modules/{name}": {{"version": "1.0.0"}}"#);
        assert!(lock.contains(&old));
        lock.replace(&old, &old.replace("1.0.0", "1.0.1"))
    };
    let reading = check("package-lock.json", Some(&bump("x")), &["lib: all"]);
    assert_eq!(reading.known.len(), 1);
    let members = ["app: all", "lib: all", "root: all", "tool: all"];
    check("package-lock.json", Some(&bump("t")), &members);
    check("package-lock.json", Some(&lock.replace("            ", "")), &[]);
    check("package-lock.json", Some("<<<<<<<"), &members);
    check("package-lock.json", None, &members);
    check("yarn.lock", Some(""), &members);
    check("alone/pnpm-lock.yaml", Some(""), &["alone: all"]);
    check("packages/lib/yarn.lock", Some(""), &["lib: all"]);
    check("packages/lib/src/yarn.lock", Some(""), &["lib: all"]);
    let unnamed = lock.replace(r#""packages/tool": {"version": "1.0.0"},"#, "");
    check("package-lock.json", Some(&unnamed), &["tool: all"]);
}

/// What the tools themselves wrote, below `tests/locks`: of a workspace whose root asks for semver 7.5.0,
/// `a` for debug ^4.3.0 and `b`, `b` for ms 2.0.0 and @types/ms, `c` for chalk ^4.1.0 and fsevents. From
/// base to head debug went from 4.3.0 to 4.4.3, and with it ms below it from 2.1.2 to 2.1.3.
#[test]
fn lock_files_of_the_tools_themselves_touch_one_member() {
    macro_rules! pair {
        ($name:literal, $file:literal) => {{
            let base = include_str!(concat!("../../../tests/locks/", $name, ".base"));
            let head = include_str!(concat!("../../../tests/locks/", $name, ".head"));
            ($name, $file, base, head)
        }};
    }
    for (tool, file, base, head) in [
        pair!("npm-11.19.1", "package-lock.json"),
        pair!("pnpm-8.15.9", "pnpm-lock.yaml"),
        pair!("pnpm-10.34.9", "pnpm-lock.yaml"),
        pair!("yarn-1.22.22", "yarn.lock"),
        pair!("yarn-4.18.1", "yarn.lock"),
        pair!("bun-1.4.5", "bun.lock"),
    ] {
        let manifest = |dependencies: &str| format!("{{{dependencies}}}");
        let a = manifest(
            r#""name": "a", "version": "1.0.0", "dependencies": {"debug": "^4.3.0", "b": "^1.0.0"}"#,
        );
        let b = manifest(
            r#""name": "b", "version": "1.0.0", "dependencies": {"ms": "2.0.0"}, "devDependencies": {"@types/ms": "*"}"#,
        );
        let c = manifest(
            r#""name": "c", "version": "1.0.0", "dependencies": {"chalk": "^4.1.0"}, "optionalDependencies": {"fsevents": "^2.3.0"}"#,
        );
        let root = r#"{"name": "root", "workspaces": ["packages/*"], "devDependencies": {"semver": "7.5.0"}}"#;
        let files: Files<'_> = [
            ("package.json", root),
            ("packages/a/package.json", &a),
            ("packages/b/package.json", &b),
            ("packages/c/package.json", &c),
            (file, base),
        ]
        .into();
        let reading = check_of(&files, &[(file, Some(head))], &["a: all"]);
        let debug = diagnostics::Foreign::from("debug");
        let what = reading.touches[0].what.clone().unwrap();
        let wanted = diagnostics::text![
            debug,
            " ",
            diagnostics::Foreign::from("4.3.0"),
            " became ",
            diagnostics::Foreign::from("4.4.3")
        ];
        assert_eq!(what, wanted, "{tool}");
    }
}

#[test]
fn a_package_that_is_gone_touches_who_had_it() {
    let reading = check("packages/lib/package.json", None, &["app: all"]);
    assert_eq!(reading.gone, ["lib"]);
    assert_eq!(reading.known.len(), 1);
    let reading = check("alone/package.json", None, &[]);
    assert_eq!(reading.gone, ["alone"]);
    let moved = [
        ("packages/tool/package.json", None),
        ("packages/tool2/package.json", Some(r#"{"name": "tool", "version": "1.0.0"}"#)),
    ];
    let reading = check_of(&npm(), &moved, &["app: all", "tool: all"]);
    assert!(reading.gone.is_empty());
}

#[test]
fn a_new_package_is_touched() {
    check("packages/new/package.json", Some(r#"{"name": "new"}"#), &["new: all"]);
    let reading = check("new/package.json", Some("{}"), &["root: all"]);
    assert_eq!(reading.packages.len(), 5);
}

#[test]
fn pnpm_says_members_and_catalogs_in_a_file_of_its_own() {
    let base: Files<'_> = [
        ("package.json", r#"{"name": "root"}"#),
        ("pnpm-workspace.yaml", "packages: ['p/*']\ncatalog:\n  x: ^1\n  y: ^1\n"),
        ("p/a/package.json", r#"{"name": "a", "dependencies": {"x": "catalog:"}}"#),
        (
            "p/b/package.json",
            r#"{"name": "b", "dependencies": {"y": "catalog:", "a": "workspace:^"}}"#,
        ),
        ("p/c/package.json", r#"{"name": "c"}"#),
    ]
    .into();
    let file = |text| [("pnpm-workspace.yaml", Some(text))];
    let same = "packages:\n- p/*\ncatalog: {y: ^1, x: ^1}\n";
    assert_eq!(check_of(&base, &file(same), &[]).known.len(), 1);
    check_of(&base, &file("packages: ['p/*']\ncatalog:\n  x: ^2\n  y: ^1\n"), &["a: all"]);
    check_of(
        &base,
        &file("packages: ['p/*']\ncatalog:\n  x: ^1\n  y: ^1\noverrides: {z: '1'}\n"),
        &["a: all", "b: all", "c: all", "root: all"],
    );
    check_of(&base, &file("packages: ['p/*', '!p/c']\ncatalog:\n  x: ^1\n  y: ^1\n"), &["c: all"]);
}

#[test]
fn what_cannot_be_read_now_is_an_error_and_what_could_not_be_before_touches() {
    let mut broken = npm();
    broken.insert("packages/app/package.json", "{\n  \"name\": }");
    let problem = reading(&npm(), &broken).unwrap_err();
    let place = problem.place.unwrap();
    assert_eq!((place.file.raw(), place.line), (&b"packages/app/package.json"[..], Some(2)));
    assert_eq!((problem.level, problem.help.is_some()), (Level::Error, true));
    let repaired = reading(&broken, &npm()).unwrap();
    let touched: Vec<usize> = repaired.touches.iter().map(|it| it.package).collect();
    assert_eq!((touched.as_slice(), repaired.problems.len()), (&[1][..], 1));
    assert_eq!(repaired.problems[0].level, Level::Warning);
    let mut broken = npm();
    broken.insert("package.json", "");
    assert_eq!(reading(&broken, &npm()).unwrap().touches.len(), 5);
    let mut template = npm();
    template.insert("gen/app/package.json", "{{name}}");
    let reading = reading(&npm(), &template).unwrap();
    assert_eq!((reading.packages.len(), reading.problems.len()), (5, 1));
    assert_eq!(reading.touches.len(), 1);
}

/// Removes the touches by the paths that somebody ignores, and names the packages that are still touched.
#[track_caller]
fn check_ignoring(base: &Files<'_>, edits: &[(&str, &str)], ignored: &str, wanted: &[&str]) {
    let mut head = base.clone();
    head.extend(edits.iter().copied());
    let reading = reading(base, &head).unwrap();
    let counts = |touch: &&Touch| !touch.path.as_bytes().starts_with(ignored.as_bytes());
    let counting = reading.touches.iter().filter(counts);
    let mut names: Vec<&str> =
        counting.map(|it| reading.packages[it.package].name.as_str()).collect();
    names.dedup();
    assert_eq!(names, wanted);
}

#[test]
fn every_file_that_may_be_why_is_told() {
    let all = ["alone", "app", "lib", "root", "tool"];
    let edits = [(".nvmrc", "20"), ("babel.config.js", "x")];
    check_ignoring(&npm(), &edits, ".nvmrc", &all);
    check_ignoring(&npm(), &edits, "babel", &all);
    // The root takes `lib` in; that another manifest changed as well has nothing to do with it.
    let mut base = npm();
    let root = NPM[0].1;
    let without = root.replace("packages/*", "packages/[a-k]*");
    base.insert("package.json", &without);
    let other =
        ("alone/package.json", r#"{"name": "alone", "y": 1, "dependencies": {"lib": "^1.0.0"}}"#);
    let edits = [other, ("package.json", root)];
    check_ignoring(&base, &edits, "alone", &["app", "lib", "tool"]);
    check_ignoring(&base, &edits, "package.json", &["alone"]);
    // `app` does not get `lib` any more, because that has another version.
    let lib = NPM.iter().find(|(path, _)| *path == "packages/lib/package.json").unwrap().1;
    let lib = lib.replace("1.0.0", "2.0.0");
    let edits = [other, ("packages/lib/package.json", lib.as_str())];
    check_ignoring(&npm(), &edits, "alone", &["app", "lib"]);
    // New, and one that is gone.
    let edits = [other, ("packages/new/package.json", r#"{"name": "new"}"#)];
    check_ignoring(&npm(), &edits, "alone", &["new"]);
}

#[test]
fn where_too_many_files_count_for_all_the_first_is_told_and_a_notice_says_so() {
    let packages: Vec<String> = (0..1000).map(|at| format!("q/{at}/package.json")).collect();
    let mut base: Files<'_> = [("package.json", r#"{"workspaces": ["q/*"]}"#)].into();
    base.extend(packages.iter().map(|path| (path.as_str(), "{}")));
    let patches: Vec<String> = (0..250).map(|at| format!("patches/{at}.patch")).collect();
    let mut head = base.clone();
    head.extend(patches.iter().map(|path| (path.as_str(), "")));
    head.insert("q/tsconfig.json", "{}");
    let reading = reading(&base, &head).unwrap();
    assert_eq!((reading.touches.len() / 1000, reading.problems.len()), (200, 1));
    let last = reading.touches.iter().filter(|it| it.path.as_bytes() == b"q/tsconfig.json");
    assert_eq!(last.count(), 1001);
}

/// `packages/lib` is a link, as npm takes it for a member (`npm query .workspace` of npm 11 lists it);
/// `tool` has a file and a folder of others by links.
#[test]
fn what_a_link_leads_to_counts_where_the_link_is() {
    let links = [
        ("packages/lib", "../real/lib"),
        ("packages/tool/src/shared.ts", "../../../shared/x.ts"),
        ("packages/tool/more", "../../shared/more"),
        ("packages/app/LICENSE", "../../LICENSE"),
        ("packages/tool/eslint.config.js", "../../shared/lint.js"),
    ];
    let mut base: Files<'_> = npm();
    base.retain(|path, _| !path.starts_with("packages/lib/"));
    base.extend(links);
    let lib = r#"{"name": "lib", "version": "1.0.0", "dependencies": {"x": "^1"}}"#;
    base.insert("real/lib/package.json", lib);
    let linked = |files: &Files<'_>| {
        links
            .iter()
            .filter(|(path, _)| files.contains_key(path))
            .fold(tree(files), |tree, link| tree.with_kind(link.0.as_bytes(), Kind::Symlink))
    };
    let check = |edits: &[Edit<'_>], wanted: &[&str]| {
        let reading = compared(&linked(&base), &linked(&edited(&base, edits)), read).unwrap();
        let mut touches = testing::touches(&reading);
        touches.dedup();
        assert_eq!(touches, wanted);
        reading
    };
    let reading = check(&[("real/lib/src/a.ts", Some("x"))], &["lib: all"]);
    let app = needs(&reading).into_iter().find(|(name, _)| *name == "app").unwrap().1;
    assert_eq!(app, [("lib", NeedKind::Normal), ("tool", NeedKind::Build)]);
    check(&[("shared/x.ts", Some("x"))], &["root: all", "tool: all"]);
    check(&[("shared/more/deep/y.ts", Some("x"))], &["root: all", "tool: all"]);
    check(&[("shared/other.ts", Some("x"))], &["root: all"]);
    check(&[("LICENSE", Some("x"))], &["app: own", "root: own"]);
    check(&[("shared/lint.js", Some("x"))], &["root: all", "tool: lint"]);
    // Without the link npm finds no member of that name.
    check(&[("packages/lib", None)], &["app: all", "lib: all", "root: all"]);
}

#[test]
fn a_path_that_a_package_names_counts_for_it() {
    let mut base = npm();
    let manifest = r#"{"name": "tool", "version": "1.0.0", "scripts": {
        "lint": "eslint -c ../../config/eslint.config.js --ignore-path ../../.gitignore",
        "prepack": "cp ../../LICENSE ../../package.json . && node ../../scripts/build.mjs"}}"#;
    base.insert("packages/tool/package.json", manifest);
    base.insert("packages/tool/tsconfig.json", r#"{"extends": "../../config/base.json"}"#);
    for file in ["config/eslint.config.js", "config/base.json", ".gitignore", "scripts/build.mjs"] {
        base.insert(file, "");
    }
    base.insert("LICENSE", "");
    let check = |path, wanted: &[&str]| {
        check_of(&base, &[(path, Some("{}\n"))], wanted);
    };
    check("config/base.json", &["root: all", "tool: all"]);
    check("scripts/build.mjs", &["root: all", "tool: all"]);
    check("config/eslint.config.js", &["root: all", "tool: lint"]);
    check(".gitignore", &["root: all", "tool: lint"]);
    check("LICENSE", &["root: own", "tool: own"]);
    check("scripts/other.mjs", &["root: all"]);
}

#[test]
fn who_needs_settings_of_linters_is_linted_when_they_change() {
    let base: Files<'_> = [
        ("package.json", r#"{"name": "root", "workspaces": ["p/*"]}"#),
        ("p/rules/package.json", r#"{"name": "eslint-plugin-rules"}"#),
        (
            "p/lint/package.json",
            r#"{"name": "@s/eslint-config", "dependencies": {"eslint-plugin-rules": "*"}}"#,
        ),
        ("p/app/package.json", r#"{"name": "app", "devDependencies": {"@s/eslint-config": "*"}}"#),
        ("p/top/package.json", r#"{"name": "top", "dependencies": {"app": "*"}}"#),
    ]
    .into();
    let config = ["@s/eslint-config: all", "app: lint"];
    check_of(&base, &[("p/lint/index.js", Some(""))], &config);
    check_of(&base, &[("p/lint/eslint.config.base.js", Some(""))], &config);
    let rules = ["@s/eslint-config: lint", "app: lint", "eslint-plugin-rules: all"];
    check_of(&base, &[("p/rules/index.js", Some(""))], &rules);
    check_of(&base, &[("p/lint/README.md", Some(""))], &["@s/eslint-config: own"]);
    check_of(&base, &[("p/app/index.js", Some(""))], &["app: all"]);
}

#[test]
fn without_a_base_nothing_is_touched() {
    let changes = ChangeSet::default();
    let reading = read(&Sides { base: None, head: &tree(&npm()), changes: &changes }).unwrap();
    assert_eq!((reading.packages.len(), reading.touches.len()), (5, 0));
}

fn any_files() -> impl Strategy<Value = BTreeMap<String, String>> {
    let paths = [
        "package.json",
        "a/package.json",
        "a/b/package.json",
        "pnpm-workspace.yaml",
        "package-lock.json",
        "yarn.lock",
        "a/pnpm-lock.yaml",
        "tsconfig.json",
        "a/tsconfig.json",
        "a/project.json",
        "a/tests/e/package.json",
        "a/tests/e/yarn.lock",
        "a/x.ts",
        "c",
        "c/package.json",
        "d",
    ];
    let links = LINKS.to_vec();
    let texts = [
        "{}",
        "{",
        "",
        r#"{"name": "a", "version": "1.0.0", "workspaces": ["*"]}"#,
        r#"{"name": "b", "dependencies": {"a": "^1"}}"#,
        r#"{"name": "b", "devDependencies": {"a": "workspace:*", "b": "link:.."}}"#,
        "packages: ['**']\n",
        "x@1:\n  version \"1\"\n",
        NPM[1].1,
        r#"{"extends": ["../tsconfig.json", "./tsconfig"], "references": [{"path": "../c"}]}"#,
        r#"{"implicitDependencies": ["*", "a"], "include": ["../*"], "name": "b"}"#,
        r#"{"name": "e", "dependencies": {"a": "file:../../../d"}}"#,
    ];
    let texts = [&links[..], &texts[..]].concat();
    let path = proptest::sample::select(paths.to_vec()).prop_map(str::to_owned);
    let text = proptest::sample::select(texts).prop_map(str::to_owned);
    proptest::collection::btree_map(path, text, 0..8)
}

/// Texts of files that are links.
const LINKS: [&str; 5] = ["a", "../a", "..", "d/x", "a/package.json"];

/// The files as a tree, without those that would lie below another.
fn any_tree(files: &BTreeMap<String, String>) -> MemoryTree {
    let is_below = |path: &String| {
        files.keys().any(|other| path.strip_prefix(other).is_some_and(|it| it.starts_with('/')))
    };
    let files: Vec<_> = files.iter().filter(|(path, _)| !is_below(path)).collect();
    let links = files.iter().filter(|(_, text)| LINKS.contains(&text.as_str()));
    links.fold(MemoryTree::new(files.iter().copied()).unwrap(), |tree, (path, _)| {
        tree.with_kind(path.as_bytes(), Kind::Symlink)
    })
}

proptest! {
    #[test]
    fn any_two_sides_are_read(base in any_files(), head in any_files()) {
        let (base, head) = (any_tree(&base), any_tree(&head));
        if let Ok(read) = compared(&base, &head, read) {
            let needs = read.packages.iter().flat_map(|it| &it.needs);
            prop_assert!(needs.clone().all(|need| need.on < read.packages.len()));
            let same = compared(&head, &head, super::read).unwrap();
            prop_assert!(same.touches.is_empty() && same.known.is_empty() && same.gone.is_empty());
            prop_assert_eq!(same.packages, read.packages);
        }
    }
}
