//! A tag was pushed, moved or deleted; a release was published.

use serde_json::json;

use super::{A_TO_D, ALL_OF_D, B_TO_D, C_TO_D, Story, checked_out};
use crate::tool::{ZERO, check_no_answer, look, push};

fn release(tag: &str) -> (String, serde_json::Value) {
    let payload = json!({"action": "published", "release": {"tag_name": tag, "draft": false, "prerelease": false,
        "target_commitish": "main"}, "repository": {"default_branch": "main"}});
    ("release".to_owned(), payload)
}

/// The story with tags on some commits of `main`, in the clone: their names and commits.
fn tagged(tags: &[(&str, char)]) -> Story {
    let it = Story::new();
    for (name, letter) in tags {
        let commit = match letter {
            'a' => &it.a,
            'b' => &it.b,
            'c' => &it.c,
            'd' => &it.d,
            _ => &it.f,
        };
        it.clone.git(&["tag", "--no-sign", name, commit]);
    }
    it.clone.git(&["checkout", "--quiet", "--detach", &it.d]);
    it
}

#[test]
fn the_first_tag_is_all_new() {
    let it = tagged(&[("v1", 'd')]);
    look(&it.clone, push("refs/tags/v1", ZERO, &it.d)).check("empty", &it.d, "first-tag", ALL_OF_D);
    look(&it.clone, release("v1")).check("empty", &it.d, "first-tag", ALL_OF_D);
}

#[test]
fn a_tag_is_compared_with_the_one_before_it() {
    let it = tagged(&[("v1", 'a'), ("v2", 'd')]);
    look(&it.clone, push("refs/tags/v2", ZERO, &it.d)).check(&it.a, &it.d, "earlier-tag", A_TO_D);
    look(&it.clone, release("v2")).check(&it.a, &it.d, "earlier-tag", A_TO_D);
    // The older one later: nothing before it.
    let all_of_a = "A README.md, A docs/guide.md, A src/lib.txt";
    look(&it.clone, release("v1")).check("empty", &it.a, "first-tag", all_of_a);
    it.clone.git(&["tag", "--no-sign", "v1.5", &it.b]);
    look(&it.clone, push("refs/tags/v2", ZERO, &it.d)).check(&it.b, &it.d, "earlier-tag", B_TO_D);
}

#[test]
fn an_annotated_tag_is_its_commit() {
    let it = tagged(&[("v1", 'c')]);
    let object = it.clone.annotated_tag("v2");
    assert_ne!(object, it.d);
    // GitHub names the object as `after`, and the commit beside it; one alone will do.
    let (name, mut payload) = push("refs/tags/v2", ZERO, &object);
    look(&it.clone, (name.clone(), payload.clone())).check(&it.c, &it.d, "earlier-tag", C_TO_D);
    payload["head_commit"] = json!({"id": it.d});
    look(&it.clone, (name, payload)).check(&it.c, &it.d, "earlier-tag", C_TO_D);
    look(&it.clone, release("v2")).check(&it.c, &it.d, "earlier-tag", C_TO_D);
    // The one before may have an object too.
    it.clone.git(&["tag", "--delete", "v1"]);
    it.clone.checkout(&it.b);
    it.clone.annotated_tag("v1");
    look(&it.clone, release("v2")).check(&it.b, &it.d, "earlier-tag", B_TO_D);
}

#[test]
fn a_second_tag_on_the_same_commit_is_not_the_one_before() {
    let it = tagged(&[("v1", 'b'), ("v2", 'd'), ("v2.0", 'd'), ("latest", 'd')]);
    for name in ["v2", "v2.0", "latest"] {
        let full = format!("refs/tags/{name}");
        look(&it.clone, push(&full, ZERO, &it.d)).check(&it.b, &it.d, "earlier-tag", B_TO_D);
    }
}

#[test]
fn only_tags_of_a_pattern_are_releases() {
    let it = tagged(&[("v1", 'b'), ("nightly-7", 'c'), ("v2", 'd')]);
    let pushed = || look(&it.clone, push("refs/tags/v2", ZERO, &it.d));
    pushed().check(&it.c, &it.d, "earlier-tag", C_TO_D);
    pushed().input("tags-pattern", "v*").check(&it.b, &it.d, "earlier-tag", B_TO_D);
    pushed().input("tags-pattern", "w*").check("empty", &it.d, "first-tag", ALL_OF_D);
}

#[test]
fn a_tag_that_is_moved_is_a_release_again() {
    let it = tagged(&[("v1", 'b'), ("v2", 'd')]);
    look(&it.clone, push("refs/tags/v2", &it.c, &it.d)).check(&it.b, &it.d, "earlier-tag", B_TO_D);
}

#[test]
fn a_tag_that_is_deleted_leaves_nothing_to_look_at() {
    let it = tagged(&[("v1", 'b')]);
    look(&it.clone, push("refs/tags/v2", &it.d, ZERO)).check("deleted", "", "deleted", "");
}

#[test]
fn a_tag_of_another_line_is_not_the_one_before() {
    // v1.9 is the younger tag, and on a branch that v2 does not contain.
    let it = tagged(&[("v1", 'a'), ("v1.9", 'f'), ("v2", 'd')]);
    look(&it.clone, push("refs/tags/v2", ZERO, &it.d)).check(&it.a, &it.d, "earlier-tag", A_TO_D);
}

#[test]
fn a_tag_that_is_called_like_a_branch_is_a_tag() {
    let it = tagged(&[("v1", 'c'), ("topic", 'd')]);
    look(&it.clone, push("refs/tags/topic", ZERO, &it.d)).check(
        &it.c,
        &it.d,
        "earlier-tag",
        C_TO_D,
    );
    look(&it.clone, release("topic")).check(&it.c, &it.d, "earlier-tag", C_TO_D);
}

#[test]
fn tags_that_are_not_here_are_fetched() {
    let it = Story::new();
    it.origin.git(&["tag", "--no-sign", "v1", &it.b]);
    it.origin.git(&["tag", "--no-sign", "v2", &it.d]);
    // actions/checkout fetches the tag that was pushed, and no other.
    let shallow = checked_out(&it.origin, &it.d, "refs/tags/v2", 1);
    let pushed = || look(&shallow, push("refs/tags/v2", ZERO, &it.d)).truth(&it.origin);
    pushed().check(&it.b, &it.d, "earlier-tag", B_TO_D);
    pushed().input("fetch", "never").check("unknown", &it.d, "tags-not-reached", "*");
    // All commits, and no tags.
    let bare = it.origin.cloned(&["--no-tags"]);
    look(&bare, push("refs/tags/v2", ZERO, &it.d)).check(&it.b, &it.d, "earlier-tag", B_TO_D);
    look(&bare, release("v2")).check(&it.b, &it.d, "earlier-tag", B_TO_D);
}

#[test]
fn a_release_without_its_tag_is_no_answer() {
    let it = tagged(&[("v1", 'b')]);
    let told = look(&it.clone, release("v9")).run();
    check_no_answer(&told, "`refs/tags/v9`, is neither here nor to be had");
}

#[test]
fn a_tag_may_be_compared_with_what_is_asked_for() {
    let it = tagged(&[("v1", 'a'), ("v2", 'd')]);
    let pushed = || look(&it.clone, push("refs/tags/v2", ZERO, &it.d));
    pushed().input("base", &it.c).check(&it.c, &it.d, "given-commit", C_TO_D);
    pushed().input("base", "v1").check(&it.a, &it.d, "given-commit", A_TO_D);
}
