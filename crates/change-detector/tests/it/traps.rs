//! Each way in which a tool like this has been seen to give a wrong answer with exit code 0, or to leave
//! something behind.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::{Repository, Scratch, Tool};

use crate::events::{B_TO_F, E_TO_F, Story};
use crate::tool::{
    GONE, ZERO, check_failed, left, local, look, object_path, of_digits, other, plan, pull_request,
    push, step,
};

const MAIN: &str = "refs/heads/main";
const TOPIC: &str = "refs/heads/topic";

/// A repository with these names, of one byte each, and the push that brought them.
fn brought(names: &[&[u8]]) -> (Repository, (String, Value), String) {
    let it = Repository::new();
    for name in names {
        it.write(name, "1");
    }
    let head = it.commit("one");
    let event = push(MAIN, ZERO, &head);
    (it, event, head)
}

#[test]
fn a_line_break_does_not_end_the_quotes_of_a_name() {
    // A name whose first line is harmless.
    let name = "safe\n$(touch PWNED)";
    let (it, event, _) = brought(&[name.as_bytes()]);
    let told = look(&it, event).input("filters", "all: '**'").input("list-files", "shell").run();
    let lists: Value = serde_json::from_str(&told.outputs["filter-files"]).unwrap();
    let scratch = Scratch::new();
    for shell in ["/bin/bash", "/bin/dash"] {
        let script = format!("printf '%s\\0' {}", lists["all"].as_str().unwrap());
        let said = Tool::new(shell).at(scratch.path()).args(["-c", &script]).bytes();
        assert_eq!(said, format!("{name}\0").as_bytes());
    }
    assert_eq!(scratch.files(), [""; 0]);
}

#[test]
fn a_line_break_hides_no_file_from_a_filter() {
    let (it, event, _) = brought(&[b"src/a\nb.js", b"src/\n", b"\n/c.js"]);
    let filters = "all: '**'\ndeep: '**/*'\njs: '**/*.js'\nsrc: 'src/*'\nnot: ['**', '!docs/**']";
    let told = look(&it, event).input("filters", filters).run();
    assert_eq!(told.outputs["counts"], r#"{"all":3,"deep":3,"js":2,"not":3,"src":2}"#);
}

#[test]
fn a_leading_dash_is_no_option() {
    let (it, event, _) = brought(&[b"-rf", b"--output=x"]);
    let told = look(&it, event).input("filters", "all: '**'").input("list-files", "shell").run();
    assert_eq!(told.outputs["filter-files"], r#"{"all":"'./--output=x' ./-rf"}"#);
}

#[cfg(unix)]
#[test]
fn a_type_change_is_a_change() {
    let it = Repository::new();
    let before = it.write("src/a", "1").commit("one");
    let after = it.remove("src/a").symlink("src/a", "/etc/passwd").commit("two");
    let filters = "modified: [added|modified: 'src/**']\ntype: [type-changed: 'src/**']";
    let told = look(&it, push(MAIN, &before, &after)).input("filters", filters).run();
    assert_eq!(told.outputs["filters"], r#"{"modified":true,"type":true}"#);
}

#[test]
fn a_name_that_is_not_utf_8_is_not_lost() {
    let (it, event, _) = brought(&[b"src/caf\xe9", "src/\u{1f600}".as_bytes()]);
    let told = look(&it, event).run();
    assert_eq!(told.outputs["files-lossy"], "true");
    assert_eq!(left(&told, "files.nul"), b"src/caf\xe9\0src/\xf0\x9f\x98\x80\0");
    assert_eq!(plan(&told)["files"][0]["path_hex"], "7372632f636166e9");
    // The other one is whole.
    let files: Vec<String> = serde_json::from_str(&told.outputs["files"]).unwrap();
    assert_eq!(files, ["src/caf\u{fffd}", "src/\u{1f600}"]);
    assert!(told.outputs["filters"].contains(r#""src":true"#));
}

#[test]
fn a_base_that_moved_on_adds_no_files() {
    let it = Story::new();
    it.origin.checkout("main");
    for number in 0..40 {
        it.origin.write(format!("docs/{number}"), "1").commit("on");
    }
    let moved = it.origin.head();
    let clone = it.origin.cloned(&["--depth=1", "--branch=topic"]);
    look(&clone, pull_request(&moved, &it.f)).truth(&it.origin).check(
        &it.b,
        &it.f,
        "merge-base",
        B_TO_F,
    );
}

#[test]
fn a_head_behind_its_base_deletes_nothing() {
    let it = Story::new();
    look(&it.clone, pull_request(&it.d, &it.b)).check(&it.b, &it.b, "merge-base", "");
}

#[test]
fn a_change_of_many_files_is_whole() {
    // The API of a pull request ends at 3000 files, that of a comparison at 300.
    let it = Repository::new();
    let base = it.commit("nothing");
    for number in 0..3100 {
        it.write(format!("src/{}/{number}", number % 50), "1");
    }
    let head = it.commit("much");
    let told = look(&it, pull_request(&base, &head)).input("filters", "last: 'src/49/3099'").run();
    assert_eq!(
        (told.outputs["count"].as_str(), told.outputs["changes"].as_str()),
        ("3100", r#"["last"]"#)
    );
}

#[test]
fn a_push_of_many_commits_is_whole() {
    let it = Repository::new();
    let head = it.history(1200, 600);
    let before = it.id("HEAD~1100");
    let told = look(&it, push(MAIN, &before, &head)).run();
    assert_eq!(told.outputs["count"], "600");
}

#[test]
fn a_branch_that_is_deleted_is_no_failure() {
    let it = Story::new();
    look(&it.clone, push(TOPIC, &it.f, ZERO)).check("deleted", "", "deleted", "");
}

#[test]
fn a_past_that_is_gone_is_no_failure_and_no_empty_answer() {
    let it = Story::new();
    look(&it.clone, push(MAIN, GONE, &it.d)).check("unknown", &it.d, "before-gone", "*");
}

#[test]
fn a_tag_is_not_compared_with_itself() {
    let it = Story::new();
    it.clone.tag("v1");
    look(&it.clone, push("refs/tags/v1", ZERO, &it.f)).check(
        "empty",
        &it.f,
        "first-tag",
        crate::events::ALL_OF_F,
    );
    it.clone.git(&["tag", "--no-sign", "v0", &it.e]);
    look(&it.clone, push("refs/tags/v1", ZERO, &it.f)).check(&it.e, &it.f, "earlier-tag", E_TO_F);
    let asked = look(&it.clone, push("refs/tags/v1", ZERO, &it.f)).input("base", "main");
    asked.check(&it.b, &it.f, "given-branch", B_TO_F);
}

#[test]
fn an_empty_filter_never_matches() {
    let (it, event, _) = brought(&[b"src/a"]);
    for quantifier in ["some", "some-with-excludes", "every"] {
        let told = look(&it, event.clone())
            .input("quantifier", quantifier)
            .input("filters", "empty: []\nnested: [[], []]\nstatus: [added: []]\nfull: 'src/**'")
            .run();
        assert_eq!(told.outputs["changes"], r#"["full"]"#, "{quantifier}");
    }
    // Not even where everything counts as changed: it has no file that could have.
    let told = look(&it, other("schedule")).input("filters", "empty: []\nfull: 'src/**'").run();
    assert_eq!(told.outputs["filters"], r#"{"empty":false,"full":true}"#);
}

#[test]
fn an_exclusion_excludes() {
    let (it, event, _) = brought(&[b"docs/a.md", b"src/b.rs"]);
    let count = |quantifier: &str, patterns: &str| {
        let filters = format!("it: {patterns}");
        let asked =
            look(&it, event.clone()).input("quantifier", quantifier).input("filters", &filters);
        asked.run().outputs["counts"].clone()
    };
    assert_eq!(count("some-with-excludes", "['**', '!**/*.md']"), r#"{"it":1}"#);
    assert_eq!(count("some-with-excludes", "['!**/*.md', '**']"), r#"{"it":1}"#);
    assert_eq!(count("some-with-excludes", "['docs/**', '!**/*.md']"), r#"{"it":0}"#);
    // As dorny/paths-filter takes it: whatever is no Markdown matches, and so does whatever is in docs.
    assert_eq!(count("some", "['docs/**', '!**/*.md']"), r#"{"it":2}"#);
    assert_eq!(count("every", "['**', '!**/*.md']"), r#"{"it":1}"#);
    let told = look(&it, event.clone())
        .input("quantifier", "some")
        .input("filters", "it: ['**', '!x']")
        .run();
    assert!(told.commands().iter().any(|command| command.name == "warning"), "{}", told.stdout);
}

#[test]
fn a_failed_diff_is_never_an_empty_one() {
    // Every object that a comparison needs is taken away once.
    let it = Repository::new();
    let before = it.write("src/deep/a", "1").write("docs/a", "1").commit("one");
    let after = it.write("src/deep/a", "2").commit("two");
    let objects = [
        after.clone(),
        it.id(&format!("{after}^{{tree}}")),
        it.id(&format!("{after}:src")),
        it.id(&format!("{after}:src/deep")),
        it.id(&format!("{before}^{{tree}}")),
        it.id(&format!("{before}:src")),
        it.id(&format!("{before}:src/deep")),
    ];
    for object in objects {
        let path = object_path(&object);
        let kept = it.scratch().read(format!("work/{path}"));
        it.remove(&path);
        let told = look(&it, push(MAIN, &before, &after)).run();
        assert_ne!(told.exit, 0, "{object}: {}", told.summary);
        assert!(told.outputs.iter().all(|(name, value)| name == "json" || value.is_empty()));
        it.write(&path, kept);
    }
    // The contents alone are not needed.
    let contents = it.id(&format!("{after}:src/deep/a"));
    it.remove(object_path(&contents));
    look(&it, push(MAIN, &before, &after)).untold().check(
        &before,
        &after,
        "before-push",
        "M src/deep/a",
    );
}

#[test]
fn a_tree_that_is_no_tree_is_a_failure() {
    let it = Repository::new();
    let before = it.write("src/a", "1").commit("one");
    let blob = it.id("HEAD:src/a");
    // A folder whose entries are those of a file.
    let tree = [b"40000 src\0", of_digits(&blob).as_slice()].concat();
    let words = ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"];
    let tree = String::from_utf8(it.git_bytes(&words, &tree)).unwrap();
    let after = it.git(&["commit-tree", "-p", &before, "-m", "two", tree.trim()]);
    let told = look(&it, push(MAIN, &before, &after)).run();
    check_failed(&told, 3, "Git does not say what differs");
}

#[test]
fn every_output_is_set_on_every_way() {
    let it = Story::new();
    let declared: BTreeSet<&str> =
        change_detector::interface().outputs.iter().map(|output| output.name).collect();
    let orphan = Repository::new();
    let root = orphan.write("a", "1").commit("root");
    for told in [
        look(&it.clone, push(TOPIC, &it.e, &it.f)).run(),
        look(&it.clone, push(TOPIC, &it.f, ZERO)).run(),
        look(&it.clone, push(MAIN, GONE, &it.d)).run(),
        look(&it.clone, other("schedule")).run(),
        look(&it.clone, other("schedule")).input("base", "none").run(),
        look(&it.clone, other("schedule")).input("renames", "wrong").run(),
        look(&it.clone, other("schedule")).input("filters", "a: {").run(),
        look(&orphan, push(MAIN, ZERO, &root)).run(),
        look(&orphan, push("refs/heads/x", ZERO, &root)).run(),
        step(&it.clone, &[("into", "x"), ("base", "HEAD")])
            .event("schedule", r#"{"schedule": "* * * * *"}"#)
            .run(),
        step(&it.clone, &[("workflow", "none.yml")]).run(),
    ] {
        let set: BTreeSet<&str> = told.outputs.keys().map(String::as_str).collect();
        assert_eq!(set, declared, "{}", told.stdout);
        for name in ["any", "all", "none", "has-matrix", "any-crates", "any-services", "degraded"] {
            let value = told.outputs[name].as_str();
            let is_answer = told.exit == 0 && told.outputs["recovered"].is_empty();
            assert!(!is_answer || matches!(value, "true" | "false"), "{name} is {value:?}");
        }
    }
}

#[test]
fn a_root_commit_is_all_new() {
    let it = Repository::new();
    let root = it.write("src/a", "1").commit("root");
    look(&it, push(MAIN, ZERO, &root)).check("empty", &root, "first-push", "A src/a");
}

#[test]
fn a_forced_push_is_more_than_its_last_commit() {
    let it = Story::new();
    look(&it.clone, push(TOPIC, &it.b, &it.f)).check(&it.b, &it.f, "before-push", B_TO_F);
}

#[test]
fn a_schedule_is_more_than_the_last_commit() {
    let it = Story::new();
    look(&it.clone, other("schedule")).check("unknown", &it.f, "no-change-of-its-own", "*");
}

#[test]
fn a_rename_out_of_a_folder_is_seen() {
    let it = Repository::new();
    let before = it.write("svc/a/x", "one\ntwo\n").commit("one");
    let after = it.remove("svc/a/x").write("svc/b/x", "one\ntwo\n").commit("two");
    let filters = "a: 'svc/a/**'\nb: 'svc/b/**'";
    for renames in ["split", "pairs"] {
        let moved = look(&it, push(MAIN, &before, &after)).input("renames", renames);
        let told = moved.input("filters", filters).run();
        assert_eq!(told.outputs["filters"], r#"{"a":true,"b":true}"#, "{renames}");
    }
    it.git(&["config", "diff.renames", "copies"]);
    let told = look(&it, push(MAIN, &before, &after)).input("filters", filters).run();
    assert_eq!(told.outputs["filters"], r#"{"a":true,"b":true}"#);
}

#[test]
fn a_name_is_never_quoted_as_git_quotes() {
    let (it, event, _) = brought(&["caf\u{e9}.txt".as_bytes(), b"a\"b.txt", b"t\tb.txt"]);
    it.git(&["config", "core.quotepath", "true"]);
    let told =
        look(&it, event).input("filters", "caf: 'caf*.txt'\nquote: 'a*.txt'\ntab: 't*'").run();
    assert_eq!(told.outputs["changes"], r#"["caf","quote","tab"]"#);
    assert_eq!(told.outputs["files"], "[\"a\\\"b.txt\",\"caf\u{e9}.txt\",\"t\\tb.txt\"]");
}

#[test]
fn a_submodule_that_is_not_here_is_seen() {
    let it = Repository::new();
    let one = it.write("src/a", "1").commit("one");
    let before = it.submodule("libs/sub", &one).commit_index("two");
    it.git(&["config", "-f", ".gitmodules", "submodule.libs/sub.path", "libs/sub"]);
    it.git(&["config", "-f", ".gitmodules", "submodule.libs/sub.ignore", "all"]);
    let after = it.submodule("libs/sub", &before).commit_index("three");
    look(&it, push(MAIN, &before, &after)).check(&before, &after, "before-push", "M libs/sub");
}

#[test]
fn many_filters_are_a_few_outputs() {
    let (it, event, _) = brought(&[b"src/7/a"]);
    let filters: Vec<String> =
        (0..60).map(|number| format!("filter-{number}: 'src/{number}/**'\n")).collect();
    let filters = filters.concat();
    let told = look(&it, event).input("filters", &filters).run();
    assert_eq!(told.outputs["changes"], r#"["filter-7"]"#);
    assert_eq!(told.outputs.len(), change_detector::interface().outputs.len());
}

#[test]
fn outputs_stay_below_what_github_keeps() {
    // 1 MiB of a job's outputs, counted as UTF-16.
    let it = Repository::new();
    let folder = "long-".repeat(30);
    let names: Vec<String> =
        (0..6000).map(|number| format!("src/{folder}/{number}-\u{1f600}")).collect();
    let blob = it.git_bytes(&["hash-object", "-w", "--stdin"], b"1");
    let blob = String::from_utf8(blob).unwrap();
    let entries: Vec<String> =
        names.iter().map(|name| format!("100644 {}\t{name}\0", blob.trim())).collect();
    it.git_bytes(&["update-index", "-z", "--index-info"], entries.concat().as_bytes());
    let head = it.commit_index("much");
    let asked = look(&it, push(MAIN, ZERO, &head))
        .input("filters", "all: '**'")
        .input("list-files", "json");
    let told = asked.run();
    assert_eq!(
        (told.outputs["files"].as_str(), told.outputs["files-truncated"].as_str()),
        ("", "true")
    );
    assert_eq!(
        (told.outputs["count"].as_str(), told.outputs["counts"].as_str()),
        ("6000", r#"{"all":6000}"#)
    );
    let length: usize = told.outputs.values().map(|value| value.encode_utf16().count()).sum();
    assert!(length < 1 << 20, "{length}");
    let whole: Vec<String> = serde_json::from_slice(&left(&told, "files.json")).unwrap();
    assert_eq!(whole.len(), 6000);
    assert_eq!(left(&told, "files.nul").split(|byte| *byte == 0).count(), 6001);
}

#[test]
fn an_empty_matrix_is_not_handed_over() {
    let it = Story::new();
    let told = look(&it.clone, push(TOPIC, &it.f, &it.f)).run();
    assert_eq!(
        (told.outputs["has-matrix"].as_str(), told.outputs["matrix"].as_str()),
        ("false", r#"{"include":[]}"#)
    );
    assert_eq!(told.outputs["matrix-chunks"], "[]");
}

#[test]
fn nothing_is_left_in_the_clone() {
    // Each look compares the clone, its `.git` and the home folder byte by byte; here also those with the
    // most fetches, and what stands beside them.
    let it = Story::new();
    let shallow = it.origin.cloned(&["--depth=1", "--branch=topic"]);
    let beside: BTreeSet<String> = shallow.scratch().files().into_iter().collect();
    for _ in 0..2 {
        let told = look(&shallow, pull_request(&it.d, &it.f)).truth(&it.origin);
        let told = told.check(&it.b, &it.f, "merge-base", B_TO_F);
        let left = told.runner.as_ref().unwrap().files();
        assert!(left.iter().all(|name| !name.contains("signalbox-git")), "{left:?}");
    }
    let after: BTreeSet<String> = shallow.scratch().files().into_iter().collect();
    assert_eq!(after, beside);
    // It is as shallow as it was.
    assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]), "1");
}

#[test]
fn a_failure_leaves_nothing_either() {
    let it = Story::new();
    let shallow = it.origin.cloned(&["--depth=1", "--branch=topic"]);
    let Story { origin, d, f, .. } = it;
    drop(origin);
    // The server is gone: a warning, everything counts, and no folder of ours stays.
    let told = look(&shallow, pull_request(&d, &f)).untold().check(
        "unknown",
        &f,
        "pull-request-not-found",
        "*",
    );
    let left = told.runner.as_ref().unwrap().files();
    assert!(left.iter().all(|name| !name.contains("signalbox-git")), "{left:?}");
}

#[test]
fn the_same_question_has_the_same_answer() {
    let it = Story::new();
    let words = ["detect", "--base", "main", "--filters", "src: 'src/**'", "--format", "json"];
    let first = local(&it.clone, &words).run();
    for variable in [("TZ", "Asia/Kathmandu"), ("LC_ALL", "tr_TR.UTF-8"), ("RUST_BACKTRACE", "1")] {
        let again = local(&it.clone, &words).env(variable.0, variable.1).run();
        assert_eq!((again.exit, &again.stdout), (first.exit, &first.stdout));
    }
}
