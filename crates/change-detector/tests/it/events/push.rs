//! A push to a branch.

use testkit::Repository;

use super::{ALL_OF_D, B_TO_D, B_TO_F, C_TO_D, D_TO_F, E_TO_F, Story, checked_out, told};
use crate::tool::{GONE, ZERO, check_no_answer, look, push};

const TOPIC: &str = "refs/heads/topic";
const MAIN: &str = "refs/heads/main";

#[test]
fn a_push_is_compared_with_what_was_there_before() {
    let it = Story::new();
    let (e, f) = (it.e.as_str(), it.f.as_str());
    look(&it.clone, push(TOPIC, e, f)).check(e, f, "before-push", E_TO_F);
    // Several commits at once.
    look(&it.clone, push(TOPIC, &it.b, f)).check(&it.b, f, "before-push", B_TO_F);
    look(&it.clone, push(MAIN, &it.c, &it.d)).check(&it.c, &it.d, "before-push", C_TO_D);
    // Nothing new, as when a branch is pushed back to where it was.
    let told = look(&it.clone, push(TOPIC, f, f)).check(f, f, "before-push", "");
    assert_eq!(told.outputs["has-matrix"], "false");
}

#[test]
fn the_pushed_branch_as_base_is_where_it_was_before() {
    let it = Story::new();
    let (e, f) = (it.e.as_str(), it.f.as_str());
    for base in ["topic", TOPIC] {
        look(&it.clone, push(TOPIC, e, f)).input("base", base).check(e, f, "before-push", E_TO_F);
    }
    // Another branch is a merge base.
    let told = look(&it.clone, push(TOPIC, e, f)).input("base", "main").check(
        &it.b,
        f,
        "given-branch",
        B_TO_F,
    );
    assert_eq!(told.outputs["merge-base"], it.b);
}

#[test]
fn a_forced_push_is_two_dot() {
    let it = Story::new();
    // From d to f: also what was taken away is a change.
    look(&it.clone, push(TOPIC, &it.d, &it.f)).check(&it.d, &it.f, "before-push", D_TO_F);
}

#[test]
fn what_was_there_before_is_fetched_by_its_id() {
    let it = Story::new();
    // A commit that no branch of the server names any more.
    it.origin.checkout("topic").write("src/lost.txt", "1");
    let lost = it.origin.commit("lost");
    it.origin.git(&["reset", "--quiet", "--hard", &it.f]);
    look(&it.clone, push(TOPIC, &lost, &it.f)).truth(&it.origin).check(
        &lost,
        &it.f,
        "before-push",
        "D src/lost.txt",
    );
    let shallow = checked_out(&it.origin, &it.f, "refs/remotes/origin/topic", 1);
    look(&shallow, push(TOPIC, &it.e, &it.f)).truth(&it.origin).check(
        &it.e,
        &it.f,
        "before-push",
        E_TO_F,
    );
}

#[test]
fn a_past_that_is_gone_is_never_no_change() {
    let it = Story::new();
    // A feature branch falls back to where it left.
    look(&it.clone, push(TOPIC, GONE, &it.f)).check(
        &it.b,
        &it.f,
        "left-default-branch degraded",
        B_TO_F,
    );
    // The default branch has nothing to fall back to.
    it.clone.checkout("main");
    let main = || look(&it.clone, push(MAIN, GONE, &it.d));
    main().check("unknown", &it.d, "before-gone", "*");
    main().input("on-unknown-base", "last-commit").check(
        &it.c,
        &it.d,
        "last-commit degraded",
        C_TO_D,
    );
    let told = main().input("on-unknown-base", "fail").run();
    check_no_answer(
        &told,
        "No base is known: the commit before the push is neither here nor on the server",
    );
    main().input("fetch", "never").check("unknown", &it.d, "before-gone", "*");
}

#[test]
fn a_branch_that_was_set_back_is_never_no_change() {
    let it = Story::new();
    // It is within the default branch now, and what it was before is gone.
    look(&it.clone, push(TOPIC, GONE, &it.b)).check("unknown", &it.b, "set-back", "*");
    // Where it is known, what was taken back is the change.
    let files = "M docs/guide.md, D src/topic.txt";
    look(&it.clone, push(TOPIC, &it.f, &it.b)).check(&it.f, &it.b, "before-push", files);
}

#[test]
fn zeros_as_base_are_no_base() {
    let it = Story::new();
    // What `github.event.before` is for a new branch.
    let new = look(&it.clone, push(TOPIC, ZERO, &it.f)).input("base", ZERO);
    new.check(&it.b, &it.f, "left-default-branch", B_TO_F);
}

#[test]
fn a_new_branch_is_compared_with_where_it_left() {
    let it = Story::new();
    let new = || push(TOPIC, ZERO, &it.f);
    let told = look(&it.clone, new()).check(&it.b, &it.f, "left-default-branch", B_TO_F);
    assert_eq!(told.outputs["merge-base"], it.b);
    // As deep as actions/checkout goes: main and the way to it are fetched.
    let shallow = checked_out(&it.origin, &it.f, "refs/remotes/origin/topic", 1);
    look(&shallow, new()).truth(&it.origin).check(&it.b, &it.f, "left-default-branch", B_TO_F);
    look(&shallow, new()).input("fetch", "never").check("unknown", &it.f, "no-default-branch", "*");
}

#[test]
fn a_new_branch_within_the_default_branch_changes_nothing() {
    let it = Story::new();
    it.clone.checkout("main");
    for commit in [&it.d, &it.b] {
        look(&it.clone, push("refs/heads/release", ZERO, commit)).check(
            commit,
            commit,
            "on-default-branch",
            "",
        );
    }
}

#[test]
fn a_branch_without_relation_is_all_new() {
    let it = Story::new();
    it.clone.git(&["checkout", "--quiet", "--orphan", "pages"]);
    it.clone.git(&["rm", "--quiet", "-r", "--force", "."]);
    let pages = it.clone.write("docs/index.html", "1").commit("pages");
    look(&it.clone, push("refs/heads/pages", ZERO, &pages)).check(
        "empty",
        &pages,
        "unrelated",
        "A docs/index.html",
    );
    // Also where what was there before is gone.
    look(&it.clone, push("refs/heads/pages", GONE, &pages)).check(
        "empty",
        &pages,
        "unrelated degraded",
        "A docs/index.html",
    );
}

#[test]
fn the_first_push_is_all_new() {
    let it = Story::new();
    it.clone.checkout("main");
    look(&it.clone, push(MAIN, ZERO, &it.d)).check("empty", &it.d, "first-push", ALL_OF_D);
    // Of one commit, as it is checked out.
    let shallow = checked_out(&it.origin, &it.d, "refs/remotes/origin/main", 1);
    look(&shallow, push(MAIN, ZERO, &it.d)).check("empty", &it.d, "first-push", ALL_OF_D);
}

#[test]
fn an_empty_first_commit_changes_nothing() {
    let repository = Repository::new();
    let empty = repository.commit("empty");
    look(&repository, push(MAIN, ZERO, &empty)).check("empty", &empty, "first-push", "");
}

#[test]
fn ids_of_64_digits_have_zeros_of_64_digits() {
    let zero = "0".repeat(64);
    let (origin, [_, left, c, d, e, f]) = told(Repository::with_sha256());
    let clone = origin.cloned(&[]);
    clone.checkout("topic");
    look(&clone, push(TOPIC, &e, &f)).check(&e, &f, "before-push", E_TO_F);
    look(&clone, push(TOPIC, &zero, &f)).check(&left, &f, "left-default-branch", B_TO_F);
    look(&clone, push(TOPIC, &f, &zero)).check("deleted", "", "deleted", "");
    look(&clone, push(MAIN, &zero, &d)).check("empty", &d, "first-push", ALL_OF_D);
    look(&clone, push(MAIN, &format!("{}ff", "0".repeat(62)), &d)).check(
        "unknown",
        &d,
        "before-gone",
        "*",
    );
    let shallow = origin.cloned(&["--depth=1"]);
    look(&shallow, push(MAIN, &c, &d)).truth(&origin).check(&c, &d, "before-push", C_TO_D);
}

#[test]
fn a_branch_that_is_deleted_leaves_nothing_to_look_at() {
    let it = Story::new();
    // The job of such a push has the default branch checked out.
    it.clone.checkout("main");
    let deleted = || look(&it.clone, push(TOPIC, &it.f, ZERO));
    let told = deleted().check("deleted", "", "deleted", "");
    assert_eq!(
        told.outputs["filters"],
        r#"{"docs":false,"everything":false,"new":false,"src":false}"#
    );
    deleted().input("on-unknown-base", "fail").check("deleted", "", "deleted", "");
    deleted().input("base", "main").check("deleted", "", "deleted", "");
}

#[test]
fn a_merge_of_main_is_part_of_the_push() {
    let it = Story::new();
    let merge = it.clone.merge("origin/main");
    look(&it.clone, push(TOPIC, &it.f, &merge)).check(&it.f, &merge, "before-push", B_TO_D);
}

#[test]
fn a_branch_is_known_by_its_whole_name() {
    let it = Story::new();
    it.clone.branch("feature/main").tag("main");
    // Neither the tag nor the end of the name makes it the default branch.
    let pushed = push("refs/heads/feature/main", ZERO, &it.f);
    look(&it.clone, pushed).check(&it.b, &it.f, "left-default-branch", B_TO_F);
    let gone = push("refs/heads/feature/main", GONE, &it.f);
    look(&it.clone, gone).check(&it.b, &it.f, "left-default-branch degraded", B_TO_F);
}

#[test]
fn a_push_whose_head_cannot_be_had_is_no_answer() {
    let it = Story::new();
    let told = look(&it.clone, push(TOPIC, &it.e, GONE)).run();
    check_no_answer(&told, "is neither here nor to be had");
    let shallow = checked_out(&it.origin, &it.d, "refs/remotes/origin/main", 1);
    let told = look(&shallow, push(TOPIC, &it.e, &it.f)).input("fetch", "never").run();
    check_no_answer(&told, "is neither here nor to be had");
    look(&shallow, push(TOPIC, &it.e, &it.f)).truth(&it.origin).check(
        &it.e,
        &it.f,
        "before-push",
        E_TO_F,
    );
}
