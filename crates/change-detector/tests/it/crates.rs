//! Packages: which a change touches, which need those, and how cargo is told.

use std::env;
use std::path::PathBuf;

use serde_json::{Value, json};
use testkit::{Repository, Scratch, Told};

use crate::tool::{check_failed, check_no_answer, local, look, other, plan, push};

const MAIN: &str = "refs/heads/main";

fn manifest(name: &str, rest: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2021\"\n{rest}")
}

const ROOT: &str = "[workspace]\nmembers = [\"crates/*\"]\nresolver = \"2\"\n\n[workspace.dependencies]\nserde = \"1\"\n";

/// The lock file of a workspace in which only `base` needs serde.
fn lock(serde: &str) -> String {
    let own = |name: &str, needs: &str| {
        format!("[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\n{needs}\n")
    };
    let needs = |names: &[&str]| {
        let lines: Vec<String> = names.iter().map(|name| format!(" \"{name}\",\n")).collect();
        format!("dependencies = [\n{}]\n", lines.concat())
    };
    [
        "version = 3\n\n".to_owned(),
        own("alone", ""),
        own("base", &needs(&["serde"])),
        own("middle", &needs(&["base"])),
        format!(
            "[[package]]\nname = \"serde\"\nversion = \"{serde}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{}\"\n\n",
            "0".repeat(64)
        ),
        own("tested", &needs(&["base"])),
        own("top", &needs(&["middle", "tested"])),
    ]
    .concat()
}

/// middle needs base, top needs middle and tested, tested needs base for its tests only; alone is alone.
fn workspace() -> Repository {
    let it = Repository::new();
    it.write("Cargo.toml", ROOT).write("Cargo.lock", lock("1.0.0")).write("README.md", "1");
    let path = |name: &str| format!("{name} = {{ path = \"../{name}\" }}\n");
    let needs = |names: &[&str]| {
        let lines: String = names.iter().map(|name| path(name)).collect();
        format!("[dependencies]\n{lines}")
    };
    for (name, rest) in [
        ("base", "[dependencies]\nserde = { workspace = true }\n".to_owned()),
        ("middle", needs(&["base"])),
        ("tested", format!("[dev-dependencies]\n{}", path("base"))),
        ("top", needs(&["middle", "tested"])),
        ("alone", String::new()),
    ] {
        it.write(format!("crates/{name}/Cargo.toml"), manifest(name, &rest));
        it.write(format!("crates/{name}/src/lib.rs"), "1");
        it.write(format!("crates/{name}/tests/it.rs"), "1");
    }
    it.commit("one");
    it
}

/// The last commit, with the packages of cargo asked for.
#[track_caller]
fn asked(it: &Repository, inputs: &[(&str, &str)]) -> Told {
    let event = push(MAIN, &it.id("HEAD~1"), &it.head());
    let asked = look(it, event).input("graph", "cargo");
    inputs.iter().fold(asked, |asked, (name, value)| asked.input(name, value)).run()
}

#[track_caller]
fn check(told: &Told, direct: &[&str], affected: &[&str]) {
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["crates-affected"], json!(affected).to_string(), "{}", told.summary);
    assert_eq!(told.outputs["crates-direct"], json!(direct).to_string(), "{}", told.summary);
    assert_eq!(told.outputs["any-crates"], (!affected.is_empty()).to_string());
    let words: Vec<String> = affected.iter().map(|name| format!("-p {name}")).collect();
    assert_eq!(told.outputs["cargo-args"], words.join(" "));
}

#[test]
fn what_needs_a_crate_is_affected_with_it() {
    let it = workspace();
    it.write("crates/base/src/lib.rs", "2").commit("two");
    let told = asked(&it, &[]);
    // tested needs it for its tests only, so nothing that needs tested is affected through that; top is,
    // through middle.
    check(&told, &["base"], &["base", "middle", "tested", "top"]);
    assert_eq!(told.outputs["cargo-excludes"], "--exclude alone");
    assert_eq!(
        told.outputs["nextest-filter"],
        "package(=base) | package(=middle) | package(=tested) | package(=top)"
    );
    assert_eq!(told.outputs["packages"], "[]");
    it.write("crates/middle/src/lib.rs", "2").commit("three");
    let told = asked(&it, &[]);
    check(&told, &["middle"], &["middle", "top"]);
    // What the affected ones need has to be there.
    assert_eq!(told.outputs["crates-required"], r#"["base","middle","tested","top"]"#);
}

#[test]
fn what_is_needed_for_tests_goes_one_step() {
    let it = Repository::new();
    it.write("Cargo.toml", ROOT);
    it.write("crates/a/Cargo.toml", manifest("a", "")).write("crates/a/src/lib.rs", "1");
    it.write("crates/b/Cargo.toml", manifest("b", "[dev-dependencies]\na = { path = \"../a\" }\n"));
    it.write("crates/b/src/lib.rs", "1");
    it.write("crates/c/Cargo.toml", manifest("c", "[dependencies]\nb = { path = \"../b\" }\n"));
    it.write("crates/c/src/lib.rs", "1").commit("one");
    it.write("crates/a/src/lib.rs", "2").commit("two");
    check(&asked(&it, &[]), &["a"], &["a", "b"]);
}

#[test]
fn tests_of_a_crate_are_its_own() {
    let it = workspace();
    it.write("crates/base/tests/it.rs", "2").commit("two");
    check(&asked(&it, &[]), &["base"], &["base"]);
}

#[test]
fn documents_affect_no_crate() {
    let it = workspace();
    it.write("README.md", "2")
        .write("docs/x.md", "1")
        .write(".github/workflows/ci.yml", "1")
        .commit("two");
    let told = asked(&it, &[]);
    check(&told, &[], &[]);
    // Nothing is not all: `cargo test` without `-p` would take every crate.
    assert_eq!(
        (told.outputs["cargo-args"].as_str(), told.outputs["nextest-filter"].as_str()),
        ("", "none()")
    );
    assert_eq!(told.outputs["any"], "true");
    assert_eq!(told.outputs["has-matrix"], "false");
}

#[test]
fn a_locked_version_affects_whoever_reaches_it() {
    let it = workspace();
    it.write("Cargo.lock", lock("1.0.1")).commit("two");
    let told = asked(&it, &[]);
    let affected: Vec<String> = serde_json::from_str(&told.outputs["crates-affected"]).unwrap();
    assert_eq!(affected, ["base", "middle", "tested", "top"], "{}", told.summary);
}

#[test]
fn a_shared_dependency_of_the_root_affects_whoever_inherits_it() {
    let it = workspace();
    it.write(
        "Cargo.toml",
        ROOT.replace("serde = \"1\"", "serde = { version = \"1\", features = [\"rc\"] }"),
    );
    it.commit("two");
    let told = asked(&it, &[]);
    let affected: Vec<String> = serde_json::from_str(&told.outputs["crates-affected"]).unwrap();
    assert_eq!(affected, ["base", "middle", "tested", "top"], "{}", told.summary);
}

#[test]
fn a_profile_of_the_root_affects_all() {
    let it = workspace();
    it.write("Cargo.toml", format!("{ROOT}\n[profile.release]\nlto = true\n")).commit("two");
    let told = asked(&it, &[]);
    let affected: Vec<String> = serde_json::from_str(&told.outputs["crates-affected"]).unwrap();
    assert_eq!(affected, ["alone", "base", "middle", "tested", "top"], "{}", told.summary);
}

#[test]
fn a_new_crate_and_one_that_is_gone() {
    let it = workspace();
    it.write("crates/new/Cargo.toml", manifest("new", ""))
        .write("crates/new/src/lib.rs", "1")
        .commit("two");
    let told = asked(&it, &[]);
    let affected: Vec<String> = serde_json::from_str(&told.outputs["crates-affected"]).unwrap();
    assert_eq!(affected, ["new"], "{}", told.summary);
    it.remove("crates/new").commit("three");
    let told = asked(&it, &[]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert!(
        !told.outputs["crates-affected"].contains("new"),
        "{}",
        told.outputs["crates-affected"]
    );
    assert!(!told.outputs["cargo-args"].contains("new"));
}

#[test]
fn where_nothing_is_known_every_crate_is_affected() {
    let it = workspace();
    let told = look(&it, other("schedule")).input("graph", "cargo").run();
    let all = ["alone", "base", "middle", "tested", "top"];
    check(&told, &all, &all);
    assert_eq!(told.outputs["cargo-excludes"], "");
    assert_eq!(told.outputs["all"], "true");
}

#[test]
fn a_file_for_all_affects_every_crate() {
    let it = workspace();
    it.write("rust-toolchain.toml", "[toolchain]\nchannel = \"1.80\"\n").commit("two");
    let told = asked(&it, &[]);
    let affected: Vec<String> = serde_json::from_str(&told.outputs["crates-affected"]).unwrap();
    assert_eq!(affected.len(), 5, "{}", told.summary);
    it.write("ci/env", "1").commit("three");
    check(&asked(&it, &[]), &[], &[]);
    let told = asked(&it, &[("global-files", "ci/**")]);
    assert_eq!(
        (told.outputs["all"].as_str(), told.outputs["any-crates"].as_str()),
        ("true", "true")
    );
}

/// The crates that are affected when a rules file is there already and these files change.
#[track_caller]
fn with_rules(rules: &str, files: &[(&str, &str)]) -> (Vec<String>, Told) {
    let it = workspace();
    it.write("rules.toml", rules).commit("rules");
    for (path, contents) in files {
        it.write(path, contents);
    }
    it.commit("two");
    let told = asked(&it, &[("rules", "rules.toml")]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    (serde_json::from_str(&told.outputs["crates-affected"]).unwrap(), told)
}

const EVERY_CRATE: [&str; 5] = ["alone", "base", "middle", "tested", "top"];

#[test]
fn rules_mark_crates() {
    let docs = "[[path-rule]]\nglobs = [\"docs/**\"]\nmark-changed = [\"alone\"]\n";
    assert_eq!(with_rules(docs, &[("docs/x.md", "1")]).0, ["alone"]);
    let middle = "[[package-rule]]\non-affected = [\"middle\"]\nmark-changed = [\"alone\"]\n";
    let (affected, _) = with_rules(middle, &[("crates/middle/src/lib.rs", "3")]);
    assert_eq!(affected, ["alone", "middle", "top"]);
}

#[test]
fn with_rules_a_file_of_no_crate_concerns_all_crates_as_in_determinator() {
    let (affected, told) = with_rules("", &[("ci/env", "1")]);
    assert_eq!(affected, EVERY_CRATE);
    assert!(
        told.summary.contains("`ci/env` (in no package, and no rule names it)"),
        "{}",
        told.summary
    );
    // determinator's own rules come after those of the file, unless the file says otherwise.
    assert_eq!(with_rules("", &[("docs/README.md", "1")]).0, [""; 0]);
    let without = "use-default-rules = false";
    assert_eq!(with_rules(without, &[("docs/README.md", "1")]).0, EVERY_CRATE);
    let known = "[[path-rule]]\nglobs = [\"ci/**\"]\nmark-changed = []\n";
    assert_eq!(with_rules(known, &[("ci/env", "1")]).0, [""; 0]);
}

#[test]
fn a_rule_about_the_path_of_a_lock_file_hides_nothing_that_stands_in_it() {
    let skip = "[[path-rule]]\nglobs = [\"**/Cargo.toml\", \"Cargo.lock\", \"crates/alone/**\"]\n\
        mark-changed = []\npost-rule = \"skip\"\n";
    let lock = lock("1.0.1");
    let (affected, _) =
        with_rules(skip, &[("Cargo.lock", &lock), ("crates/alone/src/lib.rs", "2")]);
    assert_eq!(affected, ["base", "middle", "tested", "top"]);
    let manifest = manifest("middle", "");
    assert_eq!(with_rules(skip, &[("crates/middle/Cargo.toml", &manifest)]).0, ["middle", "top"]);
}

#[test]
fn files_in_no_crate_are_told() {
    let it = workspace();
    it.write("ci/env", "1").write("crates/alone/src/lib.rs", "2").commit("two");
    let told = asked(&it, &[]);
    check(&told, &["alone"], &["alone"]);
    assert!(told.summary.contains("1 file in no package"), "{}", told.summary);
}

#[test]
fn a_rule_about_a_crate_that_is_not_there_is_no_answer() {
    let it = workspace();
    it.write(
        "rules.toml",
        "[[path-rule]]\nglobs = [\"docs/**\"]\nmark-changed = [\"alnoe\", \"base\"]\n",
    );
    it.write("docs/x.md", "1").commit("two");
    let told = asked(&it, &[("rules", "rules.toml")]);
    check_no_answer(&told, "A rule names `alnoe`, but there is no such package");
    let commands = told.commands();
    let error = commands.iter().find(|command| command.name == "error").unwrap();
    assert!(error.data.contains("is `alone` meant?"), "{}", error.data);
    assert_eq!(
        (error.properties["file"].as_str(), error.properties["line"].as_str()),
        ("rules.toml", "3")
    );
}

#[test]
fn a_manifest_that_cannot_be_read_is_no_answer() {
    let it = workspace();
    it.write("crates/base/Cargo.toml", "[package\n").commit("two");
    let told = asked(&it, &[]);
    check_no_answer(&told, "");
    let commands = told.commands();
    let error = commands.iter().find(|command| command.name == "error").unwrap();
    assert_eq!(error.properties["file"], "crates/base/Cargo.toml", "{}", error.data);
    // A manifest that was broken before and is whole again is no matter.
    it.write("crates/base/Cargo.toml", manifest("base", "")).commit("three");
    let told = asked(&it, &[]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert!(told.outputs["crates-affected"].contains("\"base\""), "{}", told.summary);
}

#[test]
fn the_matrix_is_one_of_packages() {
    let it = workspace();
    it.write("crates/middle/src/lib.rs", "2").commit("two");
    let told = asked(&it, &[]);
    assert_eq!(
        told.outputs["matrix"],
        r#"{"include":[{"name":"middle","path":"crates/middle","kind":"cargo","reason":"file"},{"name":"top","path":"crates/top","kind":"cargo","reason":"needs"}]}"#
    );
    let chain: Value =
        plan(&told)["packages"].as_array().unwrap().iter().find(|it| it["name"] == "top").unwrap()
            ["why"]
            .clone();
    assert_eq!(chain, json!([{"kind": "needs", "package": "middle"}, {"kind": "file", "file": 0}]));
    assert!(told.summary.contains("top"), "{}", told.summary);
}

#[test]
fn a_service_is_affected_through_its_package() {
    let it = workspace();
    it.write("crates/base/src/lib.rs", "2").commit("two");
    let inputs = [("services", "crates/t*"), ("service-markers", "Cargo.toml")];
    let told = asked(&it, &inputs);
    assert_eq!(told.outputs["services"], r#"["tested","top"]"#, "{}", told.summary);
    let matrix: Value = serde_json::from_str(&told.outputs["matrix"]).unwrap();
    assert_eq!(matrix["include"][1]["reason"], "package");
}

#[test]
fn the_command_for_crates_needs_no_graph() {
    let it = workspace();
    it.write("crates/middle/src/lib.rs", "2").commit("two");
    let words = |base: &'static str| ["crates", "--base", base, "--format", "args"];
    let told = local(&it, &words("HEAD~1")).run();
    assert_eq!((told.exit, told.stdout.as_str()), (0, "-p middle -p top\n"), "{}", told.stderr);
    let told = local(&it, &words("HEAD")).run();
    assert_eq!((told.exit, told.stdout.trim()), (0, ""), "{}", told.stderr);
}

#[test]
fn packages_of_npm_are_packages() {
    let it = Repository::new();
    it.write("package.json", r#"{"name": "root", "private": true, "workspaces": ["packages/*"]}"#);
    it.write("packages/a/package.json", r#"{"name": "@x/a", "version": "1.0.0"}"#);
    it.write(
        "packages/b/package.json",
        r#"{"name": "b", "version": "1.0.0", "dependencies": {"@x/a": "^1.0.0"}}"#,
    );
    it.write("packages/c/package.json", r#"{"name": "c", "version": "1.0.0"}"#);
    it.write("packages/a/index.js", "1").commit("one");
    it.write("packages/a/index.js", "2").commit("two");
    let event = push(MAIN, &it.id("HEAD~1"), &it.head());
    for graph in ["npm", "auto", "cargo,npm"] {
        let told = look(&it, event.clone()).input("graph", graph).run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        assert_eq!(told.outputs["packages"], r#"["@x/a","b"]"#, "{graph}: {}", told.summary);
        assert_eq!(
            (told.outputs["crates-affected"].as_str(), told.outputs["any-crates"].as_str()),
            ("[]", "false")
        );
    }
    let told = look(&it, event).input("graph", "none").run();
    assert_eq!(told.outputs["packages"], "[]");
}

/// A workspace at the root with a and b, one in tools with x and another b, and fuzz by itself, which
/// needs a.
fn workspaces() -> Repository {
    let it = Repository::new();
    let needs_a = |path: &str| format!("[dependencies]\na = {{ path = \"{path}\" }}\n");
    it.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\nexclude = [\"fuzz\", \"tools\"]\n",
    );
    it.write("tools/Cargo.toml", "[workspace]\nmembers = [\"*\"]\n");
    for (folder, name, rest) in [
        ("crates/a", "a", String::new()),
        ("crates/b", "b", String::new()),
        ("tools/x", "x", String::new()),
        ("tools/b", "b", String::new()),
        ("fuzz", "a-fuzz", needs_a("../crates/a")),
    ] {
        it.write(format!("{folder}/Cargo.toml"), manifest(name, &rest));
        it.write(format!("{folder}/src/lib.rs"), "1");
    }
    it.commit("one");
    it
}

/// Which crates are affected, the words for cargo, and that it is told if there is more than one workspace.
#[track_caller]
fn check_words(it: &Repository, words: [&str; 4], workspaces: &Value) {
    let told = asked(it, &[]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let names = ["crates-affected", "cargo-args", "cargo-excludes", "nextest-filter"];
    assert_eq!(names.map(|name| told.outputs[name].as_str()), words);
    let of_workspaces: Value = serde_json::from_str(&told.outputs["cargo-workspaces"]).unwrap();
    assert_eq!(&of_workspaces, workspaces);
    let commands = told.commands().into_iter().filter(|it| it.data.contains("crates lie in"));
    let told: Vec<(String, String)> = commands.map(|it| (it.name, it.data)).collect();
    let count = workspaces.as_array().unwrap().len();
    assert_eq!(told.len(), usize::from(count > 1), "{told:?}");
    if let [(level, said)] = told.as_slice() {
        let wanted = format!("ffected crates lie in {count} workspaces");
        assert!(said.contains(&wanted) && said.contains("cargo-workspaces"), "{said}");
        // What lies within the chosen workspace's folder is left out on purpose more often.
        let is_within = workspaces[0]["manifest-path"] == "Cargo.toml";
        assert_eq!(level, if is_within { "notice" } else { "warning" });
    }
    let screen = local(it, &["crates", "--base", "HEAD~1", "--format", "args"]).run();
    assert_eq!(screen.stdout.trim(), words[1], "{}", screen.stderr);
}

#[test]
fn crates_of_several_workspaces_are_no_words_of_one_call() {
    let it = workspaces();
    it.write("crates/b/src/lib.rs", "2").commit("two");
    let of_root = json!({"manifest-path": "Cargo.toml", "args": "-p b", "excludes": "--exclude a",
        "nextest-filter": "package(=b)"});
    let words = [r#"["b"]"#, "-p b", "--exclude a", "package(=b)"];
    check_words(&it, words, &json!([of_root]));
    // The only workspace that is affected need not be that of the root.
    it.write("tools/b/src/lib.rs", "2").commit("three");
    let of_tools = json!({"manifest-path": "tools/Cargo.toml", "args": "-p b", "excludes": "--exclude x",
        "nextest-filter": "package(=b)"});
    let at = "--manifest-path tools/Cargo.toml";
    let (args, excludes) = (format!("{at} -p b"), format!("{at} --exclude x"));
    check_words(&it, [r#"["b"]"#, &args, &excludes, "package(=b)"], &json!([of_tools]));
    // `--workspace` needs to know it too, where none is left out.
    it.write("tools/b/src/lib.rs", "3").write("tools/x/src/lib.rs", "3").commit("more");
    let both = json!({"manifest-path": "tools/Cargo.toml", "args": "-p b -p x", "excludes": "",
        "nextest-filter": "package(=b) | package(=x)"});
    let args = format!("{at} -p b -p x");
    let words = [r#"["b","x"]"#, &args, at, "package(=b) | package(=x)"];
    check_words(&it, words, &json!([both]));
    // The nearest to the root comes first.
    it.write("crates/a/src/lib.rs", "2").write("tools/b/src/lib.rs", "4").commit("four");
    let of_root = json!({"manifest-path": "Cargo.toml", "args": "-p a", "excludes": "--exclude b",
        "nextest-filter": "package(=a)"});
    let of_fuzz = json!({"manifest-path": "fuzz/Cargo.toml", "args": "-p a-fuzz", "excludes": "",
        "nextest-filter": "package(=a-fuzz)"});
    let words = [r#"["a","a-fuzz","b"]"#, "-p a", "--exclude b", "package(=a)"];
    check_words(&it, words, &json!([of_root, of_fuzz, of_tools]));
    // Neither of these lies within the other.
    it.write("fuzz/src/lib.rs", "2").write("tools/b/src/lib.rs", "5").commit("five");
    let at = "--manifest-path fuzz/Cargo.toml";
    let words = [r#"["a-fuzz","b"]"#, &format!("{at} -p a-fuzz"), at, "package(=a-fuzz)"];
    check_words(&it, words, &json!([of_fuzz, of_tools]));
    it.write("x", "1").commit("six");
    check_words(&it, ["[]", "", "--exclude a --exclude b", "none()"], &json!([]));
}

#[test]
fn the_only_workspace_may_lie_anywhere() {
    let it = Repository::new();
    it.write("rust/Cargo.toml", manifest("a", "")).write("rust/src/lib.rs", "1");
    it.commit("one");
    it.write("rust/src/lib.rs", "2").commit("two");
    let workspace = json!({"manifest-path": "rust/Cargo.toml", "args": "-p a", "excludes": "",
        "nextest-filter": "package(=a)"});
    // Whoever has but one runs cargo there already.
    check_words(&it, [r#"["a"]"#, "-p a", "", "package(=a)"], &json!([workspace]));
}

#[test]
fn a_vendored_copy_affects_whose_imports_reach_it() {
    let it = Repository::new();
    it.write("go.mod", "module m\nrequire x.org/x v1.0.0\n");
    it.write("vendor/x.org/x/x.go", "package x\n")
        .write("vendor/modules.txt", "# x.org/x v1.0.0\n");
    it.write("cmd/api/main.go", "package main\nimport \"m/internal/a\"\n");
    it.write("cmd/web/main.go", "package main\nimport \"fmt\"\n");
    it.write("internal/a/a.go", "package a\nimport \"x.org/x\"\n").commit("one");
    it.write("vendor/x.org/x/x.go", "package x // 2\n").commit("two");
    let told = asked(&it, &[("graph", "go"), ("services", "cmd/*"), ("explain", "true")]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["packages"], r#"["m/cmd/api","m/internal/a"]"#, "{}", told.summary);
    assert_eq!(told.outputs["services"], r#"["api"]"#);
    let why = "`vendor/x.org/x/x.go` (a copy of `x.org/x`) → `m/internal/a` → `m/cmd/api`";
    assert!(told.summary.contains(why), "{}", told.summary);
}

#[test]
fn links_are_followed_in_commits_and_on_the_disk() {
    let it = Repository::new();
    it.write("Cargo.toml", ROOT)
        .write("README.md", "1")
        .write("real/b/Cargo.toml", manifest("b", ""));
    it.write("real/b/src/lib.rs", "1").symlink("crates/b", "../real/b");
    let needs = "[dependencies]\nb = { path = \"../b\" }\n";
    it.write("crates/a/Cargo.toml", manifest("a", needs));
    it.write("crates/a/src/lib.rs", "#![doc = include_str!(\"../README.md\")]");
    it.symlink("crates/a/README.md", "../../README.md").commit("one");
    it.write("real/b/src/lib.rs", "2").commit("two");
    check(&asked(&it, &[]), &["b"], &["a", "b"]);
    it.write("README.md", "2").commit("three");
    check(&asked(&it, &[]), &["a"], &["a"]);
    it.write("real/b/src/lib.rs", "3");
    let told = asked(&it, &[("worktree", "true"), ("base", "HEAD")]);
    check(&told, &["b"], &["a", "b"]);
}

#[test]
fn a_shallow_clone_without_contents_has_packages() {
    let origin = workspace();
    origin.write(
        "crates/middle/Cargo.toml",
        manifest("middle", "description = \"x\"\n[dependencies]\nbase = { path = \"../base\" }\n"),
    );
    origin.write("crates/middle/src/lib.rs", "2").commit("two");
    for options in [&["--depth=1"][..], &["--filter=blob:none", "--no-checkout"]] {
        let clone = origin.cloned(options);
        let event = push(MAIN, &origin.id("HEAD~1"), &origin.head());
        let told = look(&clone, event).input("graph", "cargo").run();
        check(&told, &["middle"], &["middle", "top"]);
    }
}

/// A package that needs another only for a feature of its own, in the place of one from a registry.
fn patched() -> Repository {
    let it = Repository::new();
    it.write("Cargo.toml", "[workspace]\nmembers = [\"a\"]\nexclude = [\"x\"]\n[patch.crates-io]\nx = { path = \"x\" }\n");
    let needs = "[dependencies]\nx = { version = \"0.1\", optional = true }\n";
    it.write("a/Cargo.toml", manifest("a", needs)).write("a/src/lib.rs", "");
    it.write("x/Cargo.toml", manifest("x", "")).write("x/src/lib.rs", "");
    it.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.1.0\"\ndependencies = [\n \"x\",\n]\n\n[[package]]\nname = \"x\"\nversion = \"0.1.0\"\n");
    it.commit("one");
    it.write("x/src/lib.rs", "//").commit("two");
    it
}

/// The last commit, as cargo itself sees it.
#[expect(clippy::disallowed_methods, reason = "the cargo that runs this test is asked")]
fn exact(it: &Repository) -> Told {
    let cargo = PathBuf::from(env::var_os("CARGO").unwrap());
    let mut path = cargo.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap());
    let event = push(MAIN, &it.id("HEAD~1"), &it.head());
    let inputs = [("graph", "cargo"), ("cargo-graph", "metadata"), ("fetch", "never")];
    let asked = inputs.iter().fold(look(it, event), |asked, (name, it)| asked.input(name, it));
    let home = Scratch::new();
    asked.env("PATH", path).env("CARGO_HOME", home.path()).run()
}

#[test]
fn cargo_itself_is_asked_about_all_features() {
    let told = exact(&patched());
    let output = |name: &str| told.outputs[name].as_str();
    assert_eq!((told.exit, output("crates-affected")), (0, r#"["a","x"]"#), "{}", told.summary);
    // The other is no member of its workspace.
    assert_eq!(output("cargo-args"), "-p a");
}

#[test]
fn what_cargo_refuses_is_said() {
    let it = patched();
    it.write("Cargo.lock", "version = 4\n").commit("three");
    check_failed(&exact(&it), 3, "the lock file");
}
