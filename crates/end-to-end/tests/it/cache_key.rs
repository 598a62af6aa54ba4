//! cache-key in a real runner: what is restored, what is saved, and what is told of it.
//!
//! actions/cache is the stand-in: a folder with its rules. What a run restored is seen in a file that every
//! run writes anew. That a job which fails saves nothing cannot be seen here: act 0.2.89 runs the post step
//! of an action inside of ours whatever its `post-if` says, and GitHub's runner goes by the job's status
//! (actions/runner, `SuccessFunction.cs`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use end_to_end::act::{Act, Ran};
use serde_json::{Value, json};
use testkit::Scratch;

use crate::shared;

/// A job that keeps a file, and says what it found in it.
fn workflow(with: &str) -> String {
    format!(
        "\
name: caching
on: [push, pull_request]
permissions: {{}}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10 # v6.0.3
        with:
          persist-credentials: false
      - id: cache
        uses: org/actions/cache-key@v1
        with:
          cache-directories: kept
{with}
      - id: seen
        env:
          CACHE_HIT: ${{{{ steps.cache.outputs.cache-hit }}}}
          MATCHED: ${{{{ steps.cache.outputs.cache-matched-key }}}}
          KEY: ${{{{ steps.cache.outputs.key }}}}
          SAVE: ${{{{ steps.cache.outputs.save }}}}
          EXPECTATION: ${{{{ steps.cache.outputs.expectation }}}}
          SAME_AS: ${{{{ steps.cache.outputs.same-as }}}}
          CHANGED: ${{{{ steps.cache.outputs.changed }}}}
        run: |
          for name in CACHE_HIT MATCHED KEY SAVE EXPECTATION SAME_AS CHANGED; do
            printf '%s=%s\\n' \"$name\" \"${{!name}}\" >> \"$GITHUB_OUTPUT\"
          done
          printf 'KEPT=%s\\n' \"$(cat kept/made || true)\" >> \"$GITHUB_OUTPUT\"
          mkdir -p kept
          printf '%s' \"$GITHUB_RUN_ID\" > kept/made
      "
    )
}

fn lock(version: &str) -> String {
    format!(
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n \"serde\",\n]\n\n[[package]]\nname = \"serde\"\nversion = \"{version}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{}\"\n",
        "a".repeat(64)
    )
}

fn act(with: &str, cache: &Path, run: u64, version: &str) -> Act {
    act_of(&workflow(with), cache, run, version)
}

fn act_of(workflow: &str, cache: &Path, run: u64, version: &str) -> Act {
    let manifest = "[package]\nname = \"a\"\nversion = \"1.0.0\"\n[dependencies]\nserde = \"1\"\n";
    // One machine: the place of its homes is a part of what is built.
    shared::act(workflow)
        .cache(&cache.join("caches"))
        .homes(cache)
        .attempt(run, 1)
        .file("Cargo.toml", manifest)
        .file("Cargo.lock", lock(version))
        .file("src/lib.rs", "")
}

/// What the job saw.
#[track_caller]
fn seen(ran: &Ran) -> BTreeMap<&str, &str> {
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    ran.log.outputs("job", "seen")
}

/// How many caches there are.
fn count(cache: &Scratch) -> usize {
    fs::read_dir(cache.at("caches")).unwrap().count()
}

#[test]
fn a_cache_is_saved_found_again_and_found_in_part() {
    let cache = Scratch::new();
    let first = act("", cache.path(), 1, "1.0.200").run().unwrap();
    let told = seen(&first);
    let key = told["KEY"].to_owned();
    assert_eq!((told["CACHE_HIT"], told["MATCHED"], told["KEPT"]), ("false", "", ""));
    assert_eq!((told["SAVE"], told["EXPECTATION"], told["SAME_AS"]), ("true", "miss", "unknown"));
    assert_eq!(count(&cache), 1);

    let second = act("", cache.path(), 2, "1.0.200").run().unwrap();
    let told = seen(&second);
    assert_eq!((told["CACHE_HIT"], told["MATCHED"], told["KEPT"]), ("true", key.as_str(), "1"));
    assert_eq!(
        (told["EXPECTATION"], told["SAME_AS"], told["CHANGED"]),
        ("exact", "everything", "[]")
    );
    // What was found under its very key is not saved again.
    assert_eq!(count(&cache), 1);

    let third = act("", cache.path(), 3, "1.0.201").run().unwrap();
    let told = seen(&third);
    assert_eq!((told["CACHE_HIT"], told["MATCHED"], told["KEPT"]), ("false", key.as_str(), "1"));
    assert_eq!((told["EXPECTATION"], told["SAME_AS"]), ("partial", "toolchain"));
    let changed: Vec<Value> = serde_json::from_str(told["CHANGED"]).unwrap();
    assert!(!changed.is_empty() && changed.iter().all(|it| it["source"] == "Cargo.lock"));
    assert_eq!(count(&cache), 2);

    // The material that travelled with it is the new one's.
    let fourth = act("", cache.path(), 4, "1.0.201").run().unwrap();
    let told = seen(&fourth);
    assert_eq!((told["CACHE_HIT"], told["KEPT"], told["SAME_AS"]), ("true", "3", "everything"));
    let summaries = fourth.log.inner_summaries("job").join("\n");
    assert!(summaries.contains("The same key as before"), "{summaries}");
}

#[test]
fn what_may_not_be_saved_is_not() {
    let cache = Scratch::new();
    for with in
        ["          save-if: false", "          lookup-only: true", "          restore: false"]
    {
        let ran = act(with, cache.path(), 1, "1.0.200").run().unwrap();
        let told = seen(&ran);
        assert_eq!((told["CACHE_HIT"], told["KEPT"]), ("false", ""), "{with}");
        assert_eq!(count(&cache), 0, "{with}");
    }
}

#[test]
fn looking_restores_nothing() {
    let cache = Scratch::new();
    act("", cache.path(), 1, "1.0.200").run().unwrap();
    let ran = act("          lookup-only: true", cache.path(), 2, "1.0.200").run().unwrap();
    let told = seen(&ran);
    assert_eq!((told["CACHE_HIT"], told["KEPT"]), ("true", ""));
}

#[test]
fn what_a_fork_saves_is_found_by_no_trusted_run() {
    let side = |repository: &str| json!({"sha": "a".repeat(40), "ref": "main", "repo": {"full_name": repository}});
    let payload = json!({"action": "opened", "number": 7,
        "repository": {"full_name": "example/project", "default_branch": "main"},
        "pull_request": {"number": 7, "base": side("example/project"), "head": side("eve/project")}});
    let cache = Scratch::new();
    let fork = act("", cache.path(), 1, "1.0.200").event("pull_request").payload(&payload);
    let fork = fork.run().unwrap();
    let told = seen(&fork);
    assert!(told["KEY"].contains("/untrusted.pull.7/"), "{}", told["KEY"]);
    assert_eq!((told["SAVE"], count(&cache)), ("true", 1));
    // GitHub would keep it apart by its ref; here it is as if it did not.
    let entry = fs::read_dir(cache.at("caches")).unwrap().next().unwrap().unwrap().path();
    fs::write(entry.join("ref"), "refs/heads/main").unwrap();
    let push = act("", cache.path(), 2, "1.0.200").run().unwrap();
    let told = seen(&push);
    assert_eq!((told["CACHE_HIT"], told["MATCHED"], told["KEPT"]), ("false", "", ""));
    // And the fork reads what is trusted.
    let fork = act("", cache.path(), 3, "1.0.201").event("pull_request").payload(&payload);
    let fork = fork.run().unwrap();
    assert!(["1", "2"].contains(&seen(&fork)["KEPT"]));
}

/// actions/cache takes paths from the runner's workspace, and a repository may be below it.
#[test]
fn a_repository_below_the_workspace_is_found_again() {
    let cache = Scratch::new();
    let below = workflow("          working-directory: sub/here")
        .replace("persist-credentials: false", "path: sub/here")
        .replace("kept/made", "sub/here/kept/made")
        .replace("mkdir -p kept", "mkdir -p sub/here/kept");
    let run = |number| act_of(&below, cache.path(), number, "1.0.200").run().unwrap();
    assert_eq!(seen(&run(1))["KEPT"], "");
    let second = run(2);
    assert_eq!((seen(&second)["CACHE_HIT"], seen(&second)["KEPT"]), ("true", "1"));
    let entry = fs::read_dir(cache.at("caches")).unwrap().next().unwrap().unwrap().path();
    let paths = fs::read_to_string(entry.join("path")).unwrap();
    assert!(paths.lines().any(|path| path == "sub/here/kept"), "{paths}");
}
