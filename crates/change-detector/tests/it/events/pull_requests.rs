//! Pull requests and merge queues.

use serde_json::{Value, json};
use testkit::Repository;

use super::{B_TO_D, B_TO_F, D_TO_F, E_TO_F, Story, checked_out};
use crate::tool::{GONE, check_no_answer, look, named, pull_request, synchronized};

/// The events that carry a pull request.
const KIN: [&str; 4] =
    ["pull_request", "pull_request_target", "pull_request_review", "pull_request_review_comment"];

/// The server's side of the pull request: its head, and its test merge. The merge's id.
fn opened(origin: &Repository, base: &str, head: &str) -> String {
    origin.git(&["checkout", "--quiet", "--detach", base]);
    let merge = origin.merge(head);
    origin.git(&["update-ref", "refs/pull/7/head", head]);
    origin.git(&["update-ref", "refs/pull/7/merge", &merge]);
    origin.checkout("main");
    merge
}

const MERGE: &str = "refs/remotes/pull/7/merge";

#[test]
fn a_pull_request_is_what_it_changes_itself() {
    let it = Story::new();
    for name in KIN {
        let event = named(name, pull_request(&it.d, &it.f));
        let told = look(&it.clone, event).check(&it.b, &it.f, "merge-base", B_TO_F);
        assert_eq!(told.outputs["merge-base"], it.b);
    }
    // Its base has not moved on.
    look(&it.clone, pull_request(&it.b, &it.f)).check(&it.b, &it.f, "merge-base", B_TO_F);
    // Where it has moved on since the payload was made does not matter either.
    look(&it.clone, pull_request(&it.c, &it.f)).check(&it.b, &it.f, "merge-base", B_TO_F);
}

#[test]
fn a_head_behind_its_base_changes_nothing() {
    let it = Story::new();
    look(&it.clone, pull_request(&it.d, &it.b)).check(&it.b, &it.b, "merge-base", "");
    look(&it.clone, pull_request(&it.d, &it.d)).check(&it.d, &it.d, "merge-base", "");
}

#[test]
fn a_base_that_was_merged_into_the_head_is_not_a_change() {
    let it = Story::new();
    let merge = it.clone.merge("origin/main");
    look(&it.clone, pull_request(&it.d, &merge)).check(&it.d, &merge, "merge-base", B_TO_F);
    let later = it.clone.write("src/later.txt", "1").commit("later");
    let files = "M docs/guide.md, A src/later.txt, A src/topic.txt";
    look(&it.clone, pull_request(&it.d, &later)).check(&it.d, &later, "merge-base", files);
}

#[test]
fn a_fork_is_found_by_the_number_of_its_pull_request() {
    let it = Story::new();
    // A commit that only the ref of the pull request names.
    it.origin.checkout("topic");
    let fork = it.origin.write("src/fork.txt", "1").commit("fork");
    it.origin.git(&["reset", "--quiet", "--hard", &it.f]);
    it.origin.git(&["update-ref", "refs/pull/7/head", &fork]);
    // As on GitHub, where single commits may be had, and on a server that gives only what refs name.
    for any in ["true", "false"] {
        it.origin.git(&["config", "uploadpack.allowAnySHA1InWant", any]);
        it.clone.checkout("main");
        let files = "M docs/guide.md, A src/fork.txt, A src/topic.txt";
        for name in KIN {
            let event = named(name, pull_request(&it.d, &fork));
            look(&it.clone, event).truth(&it.origin).check(&it.b, &fork, "merge-base", files);
        }
        // pull_request_target checks the base out, one commit deep; nothing of the head is checked out.
        let shallow = checked_out(&it.origin, &it.d, "refs/remotes/origin/main", 1);
        let event = named("pull_request_target", pull_request(&it.d, &fork));
        look(&shallow, event).truth(&it.origin).check(&it.b, &fork, "merge-base", files);
        assert!(!shallow.at("src/fork.txt").exists());
    }
}

#[test]
fn a_pull_request_without_relation_is_two_dot() {
    let it = Story::new();
    it.clone.git(&["checkout", "--quiet", "--orphan", "other"]);
    it.clone.git(&["rm", "--quiet", "-r", "--force", "."]);
    let other = it.clone.write("src/lib.txt", "9").commit("other");
    let files = "D README.md, D docs/guide.md, M src/lib.txt, D src/main.txt";
    look(&it.clone, pull_request(&it.d, &other)).check(
        &it.d,
        &other,
        "pull-request-unrelated",
        files,
    );
}

#[test]
fn a_shallow_test_merge_is_enough() {
    let it = Story::new();
    let merge = opened(&it.origin, &it.d, &it.f);
    let shallow = checked_out(&it.origin, &merge, MERGE, 1);
    for name in KIN {
        let event = named(name, pull_request(&it.d, &it.f));
        look(&shallow, event).truth(&it.origin).check(&it.b, &it.f, "merge-base", B_TO_F);
    }
    // Its head is not here, and neither is what the test merge goes onto.
    let never = look(&shallow, pull_request(&it.d, &it.f)).input("fetch", "never");
    never.check("unknown", &merge, "pull-request-not-found", "*");
}

#[test]
fn the_test_merge_alone_is_the_last_resort() {
    let it = Story::new();
    let merge = opened(&it.origin, &it.d, &it.f);
    let deeper = checked_out(&it.origin, &merge, MERGE, 2);
    let event = || pull_request(&it.d, &it.f);
    let never = || look(&deeper, event()).input("fetch", "never").truth(&it.origin);
    // What merging would change: the same files here, because no line was changed on both sides.
    let told = never().check(&it.d, &merge, "merge-parent degraded", B_TO_F);
    assert!(told.summary.contains("Not what was wanted"), "{}", told.summary);
    // The test merge of an older head says nothing about this one.
    let (_, mut payload) = event();
    payload["pull_request"]["head"]["sha"] = json!(it.d);
    let told = look(&deeper, ("pull_request".to_owned(), payload)).input("fetch", "never").run();
    // Its own base: nothing changed, and that is certain.
    assert_eq!(
        (told.outputs["reason"].as_str(), told.outputs["any"].as_str()),
        ("merge-base", "false")
    );
    // The server is gone, and fetching allowed: the same, and a warning says why.
    drop(it);
    let told = look(&deeper, pull_request(&deeper.id("HEAD^1"), &deeper.id("HEAD^2"))).untold();
    let told = told.check(&deeper.id("HEAD^1"), &merge, "merge-parent degraded", B_TO_F);
    assert!(told.commands().iter().any(|command| command.name == "warning"), "{}", told.stdout);
}

#[test]
fn merging_may_be_what_is_compared() {
    let it = Story::new();
    // The base has got one of the pull request's changes by another way: merging changes less.
    it.origin.checkout("main");
    it.origin.git(&["cherry-pick", &it.e]);
    let base = it.origin.head();
    let merge = opened(&it.origin, &base, &it.f);
    let clone = checked_out(&it.origin, &merge, MERGE, 2);
    let event = || pull_request(&base, &it.f);
    let asked = || look(&clone, event()).truth(&it.origin).input("pr-mode", "merge-parent");
    asked().check(&base, &merge, "merge-parent", E_TO_F);
    asked().input("fetch", "never").check(&base, &merge, "merge-parent", E_TO_F);
    look(&clone, event()).truth(&it.origin).check(&it.b, &it.f, "merge-base", B_TO_F);
    // What is checked out is not the test merge.
    let head = look(&it.clone, pull_request(&it.d, &it.f)).input("pr-mode", "merge-parent");
    head.check("unknown", &it.f, "no-test-merge", "*");
    // One commit deep, its parent is fetched.
    let shallow = checked_out(&it.origin, &merge, MERGE, 1);
    let asked = look(&shallow, event()).truth(&it.origin).input("pr-mode", "merge-parent");
    asked.check(&base, &merge, "merge-parent", E_TO_F);
}

#[test]
fn a_pull_request_may_be_looked_at_since_its_last_push() {
    let it = Story::new();
    let since = |event: (String, Value)| look(&it.clone, event).input("since", "last-push");
    since(synchronized(&it.d, &it.f, &it.e)).check(&it.e, &it.f, "last-push", E_TO_F);
    // It was just opened, or the push before is gone.
    since(pull_request(&it.d, &it.f)).check(&it.b, &it.f, "merge-base", B_TO_F);
    since(synchronized(&it.d, &it.f, GONE)).check(&it.b, &it.f, "merge-base", B_TO_F);
    // Without being asked, it is the whole pull request.
    look(&it.clone, synchronized(&it.d, &it.f, &it.e)).check(&it.b, &it.f, "merge-base", B_TO_F);
}

#[test]
fn a_base_for_a_pull_request_is_not_ignored() {
    let it = Story::new();
    let asked = |base: &str| look(&it.clone, pull_request(&it.d, &it.f)).input("base", base);
    asked(&it.e).check(&it.e, &it.f, "given-commit", E_TO_F);
    asked(&it.d).check(&it.d, &it.f, "given-commit", D_TO_F);
    asked("main").check(&it.b, &it.f, "given-branch", B_TO_F);
}

#[test]
fn a_pull_request_whose_base_is_gone_is_never_no_change() {
    let it = Story::new();
    look(&it.clone, pull_request(GONE, &it.f)).check(
        "unknown",
        &it.f,
        "pull-request-not-found",
        "*",
    );
    let last = look(&it.clone, pull_request(GONE, &it.f)).input("on-unknown-base", "last-commit");
    last.check(&it.e, &it.f, "last-commit degraded", E_TO_F);
    let fail = look(&it.clone, pull_request(GONE, &it.f)).input("on-unknown-base", "fail");
    check_no_answer(&fail.run(), "No base is known");
}

#[test]
fn of_two_merge_bases_one_is_taken() {
    // Both branches merged the other's first commit: a criss-cross.
    let it = Repository::new();
    it.write("src/base.txt", "1").commit("base");
    it.branch("topic");
    let left = it.write("src/left.txt", "1").commit("left");
    it.checkout("main");
    let right = it.write("src/right.txt", "1").commit("right");
    let main = it.merge("topic");
    it.checkout("topic");
    it.git(&["merge", "--quiet", "--no-ff", "--no-edit", &right]);
    let topic = it.write("docs/topic.md", "1").commit("topic");
    let base = it.git(&["merge-base", &main, &topic]);
    let files = if base == left {
        "A docs/topic.md, A src/right.txt"
    } else {
        "A docs/topic.md, A src/left.txt"
    };
    look(&it, pull_request(&main, &topic)).check(&base, &topic, "merge-base", files);
}

fn merge_group(base: &str, head: &str) -> (String, Value) {
    let payload = json!({"action": "checks_requested", "merge_group": {
        "base_sha": base, "base_ref": "refs/heads/main", "head_sha": head,
        "head_ref": "refs/heads/gh-readonly-queue/main/pr-7-0000"}});
    ("merge_group".to_owned(), payload)
}

#[test]
fn a_merge_group_is_compared_with_what_it_goes_onto() {
    let it = Story::new();
    let merge = opened(&it.origin, &it.d, &it.f);
    let queue =
        checked_out(&it.origin, &merge, "refs/remotes/origin/gh-readonly-queue/main/pr-7-0000", 1);
    look(&queue, merge_group(&it.d, &merge)).truth(&it.origin).check(
        &it.d,
        &merge,
        "merge-group",
        B_TO_F,
    );
    // A group of two: everything since the branch's tip.
    look(&queue, merge_group(&it.b, &merge)).truth(&it.origin).check(
        &it.b,
        &merge,
        "merge-group",
        "M README.md, M docs/guide.md, A src/main.txt, A src/topic.txt",
    );
    look(&queue, merge_group(GONE, &merge)).check("unknown", &merge, "merge-group-gone", "*");
    look(&queue, merge_group(&it.d, &merge)).input("fetch", "never").check(
        "unknown",
        &merge,
        "merge-group-gone",
        "*",
    );
    // Another tip: two-dot.
    look(&it.clone, merge_group(&it.b, &it.d)).check(&it.b, &it.d, "merge-group", B_TO_D);
}
