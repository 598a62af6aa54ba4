//! Who may write what others read: the built binary in each event.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Repository, Told, Tool};

fn repository() -> Repository {
    let repository = Repository::new();
    repository.write("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n");
    repository.write("Cargo.lock", "version = 4\n");
    repository.commit("first");
    repository
}

fn payload(name: &str, head: &str) -> Value {
    let side = |branch: &str, repository: &str| json!({"sha": "a".repeat(40), "ref": branch, "repo": {"full_name": repository}});
    let mut payload = json!({"repository": {"full_name": "org/mono", "default_branch": "main"}});
    let more = match name {
        "push" => {
            json!({"ref": "refs/heads/main", "before": "a".repeat(40), "after": "b".repeat(40)})
        }
        "merge_group" => json!({"merge_group": {"base_sha": "a".repeat(40),
            "base_ref": "refs/heads/main", "head_sha": "b".repeat(40), "head_ref": "refs/heads/q"}}),
        "release" => json!({"action": "published", "release": {"tag_name": "v1",
            "target_commitish": "main", "prerelease": false}}),
        "workflow_run" => json!({"action": "completed", "workflow_run": {"id": 1, "event": "push",
            "head_sha": "a".repeat(40), "head_branch": "main",
            "head_repository": {"full_name": head}}}),
        name if name.starts_with("pull_request") => json!({"action": "opened", "number": 7,
            "pull_request": {"number": 7, "base": side("main", "org/mono"),
            "head": side("topic", head)}}),
        _ => json!({}),
    };
    for (key, value) in more.as_object().unwrap() {
        payload[key] = value.clone();
    }
    payload
}

fn step(repository: &Repository, event: &str, head: &str, full_ref: &str) -> Tool {
    Tool::new(env!("CARGO_BIN_EXE_cache-key"))
        .at(repository.path())
        .in_actions()
        .event(event, payload(event, head).to_string())
        .env("GITHUB_REF", full_ref)
        // No compiler is on the path, so its name is what is known of it.
        .env("RUSTUP_TOOLCHAIN", "1.90.0")
        .arg("compute")
}

fn outputs(told: &Told) -> BTreeMap<String, String> {
    assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
    told.outputs.clone()
}

/// The scope in the key, and whether it may be saved.
#[track_caller]
fn check(event: &str, head: &str, full_ref: &str, github: &str, bucket: &str) {
    let repository = repository();
    for (backend, wanted) in [("actions", github), ("s3", bucket), ("local", bucket)] {
        let told = step(&repository, event, head, full_ref).args(["--backend", backend]).run();
        let outputs = outputs(&told);
        let scope = outputs["key"].split('/').nth(2).unwrap();
        let found = format!("{scope} {}", outputs["save"]);
        assert_eq!(found, wanted, "{event} {head} {full_ref} {backend}");
        assert!(!outputs["reason"].is_empty());
        assert_eq!(outputs["restore"], if backend == "actions" { "true" } else { "false" });
        // Whoever saves apart reads what is trusted all the same.
        let reads = outputs["restore-keys"].lines().any(|key| key.contains("/v1/trusted/"));
        assert!(reads || scope == "trusted", "{event}: {}", outputs["restore-keys"]);
    }
}

#[test]
fn every_event_has_its_scope() {
    let (main, topic) = ("refs/heads/main", "refs/heads/topic");
    let ours = "org/mono";
    check("push", ours, main, "trusted true", "trusted true");
    check("push", ours, topic, "trusted true", "branch.topic true");
    check("push", ours, "refs/tags/main", "trusted true", "tag.main true");
    check("schedule", ours, main, "trusted true", "trusted true");
    check("workflow_dispatch", ours, main, "trusted true", "trusted true");
    check("workflow_dispatch", ours, topic, "trusted true", "branch.topic true");
    check("repository_dispatch", ours, main, "trusted true", "trusted true");
    check("merge_group", ours, "refs/heads/q", "trusted true", "branch.q true");
    check("release", ours, "refs/tags/v1", "trusted true", "tag.v1 true");
    for event in ["pull_request", "pull_request_review", "pull_request_review_comment"] {
        check(event, ours, "refs/pull/7/merge", "trusted true", "pull.7 true");
        let own = "untrusted.pull.7";
        let (github, bucket) = (format!("{own} true"), format!("{own} false"));
        check(event, "eve/mono", "refs/pull/7/merge", &github, &bucket);
    }
    for (event, own) in [
        ("pull_request_target", "untrusted.pull_request_target.7"),
        ("workflow_run", "untrusted.workflow_run"),
        ("issue_comment", "untrusted.issue_comment"),
        ("issues", "untrusted.issues"),
        ("fork", "untrusted.fork"),
        ("nobody_knows_it", "untrusted.nobody_knows_it"),
    ] {
        for head in [ours, "eve/mono"] {
            let wanted = format!("{own} false");
            check(event, head, main, &wanted, &wanted);
        }
    }
}

#[test]
fn a_payload_that_cannot_be_read_takes_the_safe_side() {
    let repository = repository();
    for (event, scope) in
        [("pull_request", "untrusted.pull"), ("push", "branch.main"), ("schedule", "trusted")]
    {
        let told = step(&repository, event, "org/mono", "refs/heads/main")
            .event(event, "{")
            .args(["--backend", "s3"])
            .run();
        assert_eq!(outputs(&told)["key"].split('/').nth(2), Some(scope), "{event}");
    }
}

#[test]
fn a_stranger_is_refused_a_trusted_key_and_told_why() {
    let repository = repository();
    for (event, head) in [("pull_request", "eve/mono"), ("pull_request_target", "org/mono")] {
        let told =
            step(&repository, event, head, "refs/heads/main").args(["--scope", "trusted"]).run();
        assert_eq!(told.exit, 2);
        let said = "This run gets no key that others trust";
        assert!(told.stdout.contains(said), "{}", told.stdout);
        assert_eq!(told.outputs["key"], "");
        assert_eq!(told.outputs["save"], "");
    }
}

#[test]
fn what_a_person_says_of_saving_counts() {
    let repository = repository();
    for (words, save) in [
        (["--save-if", "false"], "false"),
        (["--lookup-only", "true"], "false"),
        (["--scope", "untrusted"], "true"),
    ] {
        let told = step(&repository, "push", "org/mono", "refs/heads/main").args(words).run();
        assert_eq!(outputs(&told)["save"], save, "{words:?}");
    }
    let told =
        step(&repository, "push", "org/mono", "refs/heads/main").args(["--restore", "false"]).run();
    assert_eq!(
        (outputs(&told)["restore"].as_str(), outputs(&told)["save"].as_str()),
        ("false", "true")
    );
}

#[test]
fn no_key_of_a_stranger_is_one_that_a_trusted_run_reads() {
    let repository = repository();
    let keys = |event: &str, head: &str, words: &[&str]| {
        let told = step(&repository, event, head, "refs/heads/main").args(words).run();
        let outputs = outputs(&told);
        (outputs["key"].clone(), outputs["restore-keys"].clone())
    };
    let (trusted, restore) = keys("push", "org/mono", &[]);
    for words in [&[][..], &["--scope", "untrusted"], &["--scope", "x"], &["--backend", "s3"]] {
        for (event, head) in [("pull_request", "eve/mono"), ("issue_comment", "org/mono")] {
            let (key, _) = keys(event, head, words);
            assert_ne!(key, trusted);
            assert!(restore.lines().all(|beginning| !key.starts_with(beginning)), "{key}");
        }
    }
}
