//! What a push is compared with, by gates that hold files against those of a base.

use serde_json::json;
use testkit::{Repository, Told};

use crate::place::{Place, fixture};
use crate::tool::{as_step, check, tool};

const ZERO: &str = "0000000000000000000000000000000000000000";
const UP: &str = "CREATE TABLE a (b INT);\n";
const DOWN: &str = "DROP TABLE a;\n";

/// A push to a branch or of a tag, in this clone.
fn pushed(clone: &Repository, ref_name: &str, before: &str, inputs: &[(&str, &str)]) -> Told {
    let after = clone.id("HEAD");
    let payload = json!({
        "ref": ref_name, "before": before, "after": after, "forced": false,
        "head_commit": {"id": after}, "repository": {"default_branch": "main"},
    });
    let tool = as_step(tool(), inputs).event("push", payload.to_string()).at(clone.path());
    clone.variables().into_iter().fold(tool, |tool, (name, value)| tool.env(name, value)).run()
}

/// A repository whose only migration is on `main`.
fn migrations(policy: &str) -> Place {
    let place = Place::with(&format!("[gate.migrations]\n{policy}\n"))
        .file("migrations/1_a.up.sql", UP)
        .file("migrations/1_a.down.sql", DOWN);
    place.repository.commit("base");
    place
}

const MIGRATIONS: &[(&str, &str)] = &[("gate", "migrations")];
const MAIN: &str = "refs/heads/main";

#[test]
fn a_push_is_compared_with_what_was_there_before_it() {
    let place = migrations("");
    let before = place.repository.head();
    place.repository.write("README.md", "A change.\n").commit("harmless");
    let clone = place.repository.cloned(&[]);
    check(&pushed(&clone, MAIN, &before, MIGRATIONS), 0, "pass");
    place.repository.write("migrations/1_a.up.sql", "CREATE TABLE a (c INT);\n").commit("changed");
    place.repository.write("README.md", "Another change.\n").commit("last of the push");
    // A clone of one commit has it fetched.
    for options in [&[][..], &["--depth=1"], &["--depth=1", "--filter=blob:none"]] {
        let clone = place.repository.cloned(options);
        let told = pushed(&clone, MAIN, &before, MIGRATIONS);
        check(&told, 1, "fail");
        assert!(
            told.summary.contains("it is on the base, where it may have run"),
            "{}",
            told.summary
        );
    }
}

#[test]
fn a_new_branch_is_compared_with_where_it_left_the_default_branch() {
    let place = migrations("");
    place.repository.branch("topic");
    place.repository.checkout("topic");
    place.repository.write("README.md", "A change.\n").commit("harmless");
    for options in [&[][..], &["--depth=1", "--branch=topic"]] {
        let clone = place.repository.cloned(options);
        check(&pushed(&clone, "refs/heads/topic", ZERO, MIGRATIONS), 0, "pass");
    }
    place.repository.remove("migrations/1_a.up.sql").remove("migrations/1_a.down.sql");
    place.repository.commit("gone");
    let clone = place.repository.cloned(&["--depth=1", "--branch=topic"]);
    check(&pushed(&clone, "refs/heads/topic", ZERO, MIGRATIONS), 1, "fail");
}

/// A machine that keeps its clone may have seen the default branch long ago.
#[test]
fn the_default_branch_is_where_the_server_has_it() {
    let place = migrations("");
    let clone = place.repository.cloned(&[]);
    place.repository.write("migrations/2_b.up.sql", UP).write("migrations/2_b.down.sql", DOWN);
    place.repository.commit("ran on main meanwhile");
    place.repository.branch("topic");
    place.repository.checkout("topic");
    place.repository.write("migrations/2_b.up.sql", "CREATE TABLE a (c INT);\n").commit("changed");
    clone.git(&["fetch", "--quiet", "origin", "topic"]);
    clone.git(&["checkout", "--quiet", "FETCH_HEAD"]);
    let told = pushed(&clone, "refs/heads/topic", ZERO, MIGRATIONS);
    check(&told, 1, "fail");
    assert!(told.summary.contains("it is on the base, where it may have run"), "{}", told.summary);
}

/// Nobody knows what was there before: that blocks, and says what to do.
#[track_caller]
fn check_unknown(clone: &Repository, ref_name: &str, before: &str, why: &str) {
    let told = pushed(clone, ref_name, before, MIGRATIONS);
    check(&told, 1, "fail");
    assert!(told.stdout.contains(why), "{}", told.stdout);
    assert!(told.summary.contains("`no-base`"), "{}", told.summary);
    // Whoever wants to know all the same, says so.
    check(&pushed(clone, ref_name, before, &[MIGRATIONS, &[("diff", "HEAD")]].concat()), 0, "pass");
    let lenient = [MIGRATIONS, &[("mode", "warn")]].concat();
    check(&pushed(clone, ref_name, before, &lenient), 0, "fail");
}

#[test]
fn a_push_without_a_base_blocks_and_says_why() {
    let place = migrations("");
    let repository = &place.repository;
    let gone = "f".repeat(40);
    let lost = format!(
        "the commit `{gone}`, which `main` was before this push, is neither in this clone nor given by the server"
    );
    check_unknown(&repository.cloned(&[]), MAIN, &gone, &lost);
    let first = "the branch `main` is new, so nothing was there before this push";
    check_unknown(repository, MAIN, ZERO, first);
    let tag = "the tag `v1` is new, so nothing was there before this push";
    check_unknown(repository, "refs/tags/v1", ZERO, tag);
    let other = "the branch `topic` is new, and where it left `main` is not known";
    let alone = Repository::new();
    alone.write("migrations/1_a.up.sql", UP).write("migrations/1_a.down.sql", DOWN).commit("x");
    check_unknown(&alone, "refs/heads/topic", ZERO, other);
}

#[test]
fn a_forced_push_and_a_branch_that_goes_say_so() {
    let place = migrations("");
    let after = place.repository.head();
    let mut payload = json!({
        "ref": MAIN, "before": "f".repeat(40), "after": after, "forced": true,
        "head_commit": {"id": after}, "repository": {"default_branch": "main"},
    });
    let told = |payload: &serde_json::Value| {
        let it = &place.repository;
        let tool = as_step(tool(), MIGRATIONS).event("push", payload.to_string()).at(it.path());
        it.variables().into_iter().fold(tool, |tool, (name, value)| tool.env(name, value)).run()
    };
    let forced = told(&payload);
    check(&forced, 1, "fail");
    assert!(forced.stdout.contains("by the server (the push was forced)"), "{}", forced.stdout);
    payload["after"] = ZERO.into();
    payload["head_commit"] = serde_json::Value::Null;
    let deleted = told(&payload);
    check(&deleted, 1, "fail");
    assert!(deleted.stdout.contains("the branch `main` was deleted"), "{}", deleted.stdout);
}

#[test]
fn a_base_is_needed_as_far_as_the_policy_says() {
    let gone = "f".repeat(40);
    let place = migrations("needs-base = false");
    check(&pushed(&place.repository, MAIN, &gone, MIGRATIONS), 0, "inconclusive");
    let place = migrations("immutable = false\nordered = false");
    check(&pushed(&place.repository, MAIN, &gone, MIGRATIONS), 0, "pass");
}

#[test]
fn services_are_new_since_the_push() {
    let place = Place::with("[gate.parity]\nonly-compose = ['postgres']\ndifferences = 'off'\n")
        .file("k8s/gateway.yaml", fixture("kubernetes/deployment-with-everything.yaml"))
        .file("compose.yaml", fixture("compose/two-files-and-a-profile.yaml"))
        .file("compose.workers.yaml", fixture("compose/workers.yaml"));
    let before = place.repository.commit("base");
    place.repository.write("README.md", "A change.\n").commit("harmless");
    let clone = place.repository.cloned(&["--depth=1"]);
    let inputs = [("gate", "parity"), ("manifests", "k8s")];
    check(&pushed(&clone, MAIN, &before, &inputs), 0, "warn");
    let told = pushed(&clone, MAIN, &"f".repeat(40), &inputs);
    check(&told, 1, "fail");
    assert!(
        told.stdout.contains("is neither in this clone nor given by the server"),
        "{}",
        told.stdout
    );
}
