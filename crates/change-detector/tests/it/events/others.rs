//! Events that have no change of their own, and bases that are asked for.

use serde_json::json;

use super::{
    A_TO_D, A_TO_F, ALL_OF_D, ALL_OF_F, B_TO_D, B_TO_F, C_TO_D, D_TO_F, E_TO_F, Story, checked_out,
};
use crate::tool::{GONE, check_no_answer, look, only_error, other};

/// Events without a change: those that are known, those that carry something else, one of tomorrow's.
const OTHERS: [&str; 7] = [
    "schedule",
    "workflow_dispatch",
    "repository_dispatch",
    "workflow_run",
    "issue_comment",
    "deployment",
    "an_event_of_tomorrow",
];

fn event(name: &str) -> (String, serde_json::Value) {
    if name != "workflow_run" {
        return other(name);
    }
    let run = json!({"action": "completed", "workflow_run": {"id": 1, "name": "ci", "run_attempt": 1, "event": "push",
        "conclusion": "success", "status": "completed", "head_sha": "0123456789012345678901234567890123456789",
        "head_branch": "main", "head_repository": {"full_name": "org/mono"}, "pull_requests": []},
        "repository": {"full_name": "org/mono", "default_branch": "main"}});
    (name.to_owned(), run)
}

#[test]
fn an_event_without_a_change_is_never_no_change() {
    let it = Story::new();
    for name in OTHERS {
        look(&it.clone, event(name)).check("unknown", &it.f, "no-change-of-its-own", "*");
    }
    let told = look(&it.clone, event("schedule")).input("on-unknown-base", "fail").run();
    check_no_answer(
        &told,
        "No base is known: this event has no change of its own, and no base was asked for",
    );
    let last = look(&it.clone, event("schedule")).input("on-unknown-base", "last-commit");
    last.check(&it.e, &it.f, "last-commit degraded", E_TO_F);
}

#[test]
fn the_last_commit_of_a_root_is_all_of_it() {
    let it = Story::new();
    it.clone.checkout(&it.a);
    let last = || look(&it.clone, event("schedule")).input("on-unknown-base", "last-commit");
    last().check("empty", &it.a, "root-commit", "A README.md, A docs/guide.md, A src/lib.txt");
    // A clone that is cut off looks like a root, and is none: its parent is fetched, or it is unknown.
    let shallow = checked_out(&it.origin, &it.d, "refs/remotes/origin/main", 1);
    let last = || {
        look(&shallow, event("schedule")).truth(&it.origin).input("on-unknown-base", "last-commit")
    };
    last().check(&it.c, &it.d, "last-commit degraded", C_TO_D);
    last().input("fetch", "never").check("unknown", &it.d, "no-change-of-its-own", "*");
    // A merge: its first parent.
    let merge = it.clone.checkout("topic").merge("origin/main");
    let last = look(&it.clone, event("schedule")).input("on-unknown-base", "last-commit");
    last.check(&it.f, &merge, "last-commit degraded", B_TO_D);
}

#[test]
fn a_base_that_is_asked_for_is_taken_with_every_event() {
    let it = Story::new();
    it.clone.git(&["tag", "--no-sign", "v1", &it.a]);
    for name in OTHERS {
        let asked = |base: &str| look(&it.clone, event(name)).input("base", base);
        asked("main").check(&it.b, &it.f, "given-branch", B_TO_F);
        asked("v1").check(&it.a, &it.f, "given-commit", A_TO_F);
        asked(&it.d).check(&it.d, &it.f, "given-commit", D_TO_F);
    }
}

#[test]
fn a_base_may_be_written_in_many_ways() {
    let it = Story::new();
    it.clone.git(&["tag", "--no-sign", "v1", &it.a]);
    let asked = |base: &str| look(&it.clone, event("workflow_dispatch")).input("base", base);
    for branch in ["main", "origin/main", "refs/heads/main", "refs/remotes/origin/main"] {
        asked(branch).check(&it.b, &it.f, "given-branch", B_TO_F);
    }
    asked("refs/tags/v1").check(&it.a, &it.f, "given-commit", A_TO_F);
    asked("HEAD~1").check(&it.e, &it.f, "given-commit", E_TO_F);
    asked("HEAD").check(&it.f, &it.f, "given-commit", "");
    asked(it.d.get(..10).unwrap()).check(&it.d, &it.f, "given-commit", D_TO_F);
    asked(&it.d.to_uppercase()).check(&it.d, &it.f, "given-commit", D_TO_F);
    asked("  ").check("unknown", &it.f, "no-change-of-its-own", "*");
    // Another head.
    let asked = asked("v1").input("head", "main");
    asked.check(&it.a, &it.d, "given-commit", A_TO_D);
}

#[test]
fn a_branch_that_only_the_server_has_is_fetched() {
    let it = Story::new();
    let shallow = checked_out(&it.origin, &it.f, "refs/remotes/origin/topic", 1);
    let asked = |base: &str| {
        look(&shallow, event("workflow_dispatch")).truth(&it.origin).input("base", base)
    };
    asked("main").check(&it.b, &it.f, "given-branch", B_TO_F);
    asked(&it.d).check(&it.d, &it.f, "given-commit", D_TO_F);
    it.origin.git(&["tag", "--no-sign", "v1", &it.a]);
    asked("v1").check(&it.a, &it.f, "given-commit", A_TO_F);
    let never = asked("main").input("fetch", "never").run();
    check_no_answer(&never, "There is no commit `main` (input `base`)");
}

#[test]
fn a_tag_never_hides_a_branch() {
    let it = Story::new();
    it.clone.git(&["tag", "--no-sign", "main", &it.a]);
    let asked = |base: &str| look(&it.clone, event("schedule")).input("base", base);
    asked("main").check(&it.b, &it.f, "given-branch", B_TO_F);
    asked("refs/tags/main").check(&it.a, &it.f, "given-commit", A_TO_F);
}

#[test]
fn a_branch_without_relation_is_two_dot() {
    let it = Story::new();
    it.clone.git(&["checkout", "--quiet", "--orphan", "pages"]);
    it.clone.git(&["rm", "--quiet", "-r", "--force", "."]);
    let pages = it.clone.write("docs/guide.md", "9").commit("pages");
    let files = "D README.md, M docs/guide.md, D src/lib.txt, D src/main.txt";
    look(&it.clone, event("schedule")).input("base", "main").check(
        &it.d,
        &pages,
        "given-unrelated",
        files,
    );
}

#[test]
fn a_base_that_is_not_there_is_no_answer() {
    let it = Story::new();
    for base in [
        "mian",
        GONE,
        "refs/heads/none",
        "refs/tags/none",
        "HEAD~99",
        "a..b",
        "--all",
        "v1 --upload-pack=x",
        "a\nb",
        "@{upstream}x",
    ] {
        let told = look(&it.clone, event("schedule")).input("base", base).run();
        check_no_answer(&told, "There is no commit ");
        assert!(only_error(&told).contains("(input `base`)"), "{}", only_error(&told));
    }
    let told = look(&it.clone, event("schedule")).input("base", "main").input("head", "none").run();
    check_no_answer(&told, "There is no commit `none` (input `head`)");
}

#[test]
fn changes_may_be_counted_since_a_moment() {
    let it = Story::new();
    let since = |moment: &str| look(&it.clone, event("schedule")).input("since", moment);
    // The first commit was made at 22:14:20 on this day, each later one a minute after the one before, in
    // the order a, b, e, f, c, d.
    since("2023-11-14T22:14:20Z").check(&it.a, &it.f, "moment", A_TO_F);
    since("2023-11-14T22:15:19Z").check(&it.a, &it.f, "moment", A_TO_F);
    since("2023-11-14T22:15:20Z").check(&it.b, &it.f, "moment", B_TO_F);
    since("2023-11-14T23:16:20+01:00").check(&it.e, &it.f, "moment", E_TO_F);
    since("2023-11-14T22:14:19Z").check("empty", &it.f, "before-history", ALL_OF_F);
    since("2023-11-14").check("empty", &it.f, "before-history", ALL_OF_F);
    since("2030-01-01").check(&it.f, &it.f, "moment", "");
    since("1960-01-01").check("empty", &it.f, "before-history", ALL_OF_F);
    let shallow = checked_out(&it.origin, &it.d, "refs/remotes/origin/main", 1);
    let since =
        |moment: &str| look(&shallow, event("schedule")).truth(&it.origin).input("since", moment);
    since("2023-11-14T22:15:20Z").check(&it.b, &it.d, "moment", B_TO_D);
    since("2023-11-14T22:15:20Z").input("fetch", "never").check(
        "unknown",
        &it.d,
        "moment-not-reached",
        "*",
    );
    since("2023-11-14").check("empty", &it.d, "before-history", ALL_OF_D);
    // A commit that is here is enough.
    since("2030-01-01").input("fetch", "never").check(&it.d, &it.d, "moment", "");
}

#[test]
fn since_the_last_push_means_nothing_without_one() {
    let it = Story::new();
    let since = look(&it.clone, event("schedule")).input("since", "last-push");
    since.check("unknown", &it.f, "no-change-of-its-own", "*");
}
