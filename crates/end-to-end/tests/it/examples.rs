//! The workflows that README.md shows, run word for word.

use std::fs;
use std::path::Path;

use end_to_end::workspace_root;
use testkit::Scratch;

use crate::shared;

/// The examples that a test runs: here those of `shard`, in `canary.rs`, `changes.rs`, `deploy.rs`, `gate.rs`, `gpu.rs` and
/// `cache_examples.rs` theirs.
const RUN: &[&str] = &[
    "cache-key/docker",
    "cache-key/hash",
    "cache-key/layered",
    "cache-key/local-folder",
    "cache-key/monorepo",
    "cache-key/pruned",
    "cache-key/quick-start",
    "cache-key/recipe",
    "cache-key/s3",
    "cache-key/sccache",
    "cache-key/sccache-bucket",
    "changes/crates",
    "changes/quick-start",
    "changes/services",
    "gate/canary",
    "gate/deploy",
    "gate/manifests",
    "gate/metrics",
    "gate/quick-start",
    "gate/rust",
    "gpu/check",
    "gpu/quick-start",
    "shard/proven",
    "shard/quick-start",
];

pub(crate) fn example(name: &str) -> String {
    let (action, file) = name.split_once('/').unwrap();
    let path = workspace_root().join(format!("actions/{action}/examples/{file}.yml"));
    fs::read_to_string(path).unwrap()
}

#[test]
fn no_example_is_left_out() {
    let mut found = Vec::new();
    for action in entries(&workspace_root().join("actions")) {
        for file in entries(&workspace_root().join("actions").join(&action).join("examples")) {
            found.push(format!("{action}/{}", file.trim_end_matches(".yml")));
        }
    }
    found.sort();
    assert_eq!(found, RUN);
}

fn entries(folder: &Path) -> Vec<String> {
    let listed = fs::read_dir(folder).into_iter().flatten();
    listed.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// A project with six test files: each leaves its name where it ran.
fn quick_start() -> end_to_end::act::Act {
    let act = shared::act(&example("shard/quick-start")).env("PIP_NO_INDEX", "1");
    let report = include_bytes!("../fixtures/quick-start.xml");
    (1..=6).fold(act.file("timings/earlier.xml", report), |act, number| {
        let test = format!("def test_{number}():\n    assert True\n");
        act.file(&format!("tests/test_{number}.py"), test)
    })
}

#[test]
fn the_quick_start_runs_every_test_once() {
    let ran = quick_start().run().unwrap();
    let jobs = [("plan", 1), ("test", 4), ("all-tests", 1)];
    assert_eq!(ran.log.wrongs(&jobs), Vec::<String>::new(), "{}", ran.log.said);
    let mut names: Vec<String> = Vec::new();
    for leg in 0..4 {
        let report = ran.artifacts().join(format!("timings-{leg}/report.xml"));
        names.extend(test_names(&fs::read_to_string(report).unwrap()));
    }
    names.sort();
    assert_eq!(names, ["test_1", "test_2", "test_3", "test_4", "test_5", "test_6"]);
}

#[test]
fn the_quick_start_is_red_when_a_test_fails() {
    let ran = quick_start().file("tests/test_2.py", "def test_2():\n    assert False\n").run();
    let ran = ran.unwrap();
    let wrongs = ran.log.wrongs(&[("plan", 1), ("test", 4), ("all-tests", 1)]);
    assert!(wrongs.contains(&"all tests: failed".to_owned()), "{wrongs:?}");
}

/// Run `number` of the whole road, in a project with six test files.
fn proven(number: u64, cache: &Path) -> end_to_end::act::Ran {
    let act = shared::act(&example("shard/proven")).env("PIP_NO_INDEX", "1");
    let act = act.attempt(number, 1).cache(cache);
    let act = (1..=6).fold(act, |act, number| {
        let test = format!("def test_{number}():\n    assert True\n");
        act.file(&format!("tests/test_{number}.py"), test)
    });
    act.run().unwrap()
}

#[test]
fn the_whole_road_is_proven_and_keeps_its_timings() {
    let cache = Scratch::new();
    // Without a time there are four shards, then one is enough for ten minutes.
    for (number, shards) in [(1, 4), (2, 1)] {
        let ran = proven(number, cache.path());
        let jobs = [("plan", 1), ("test", shards), ("all-tests", 1)];
        assert_eq!(ran.log.wrongs(&jobs), Vec::<String>::new(), "{}", ran.log.said);
        let plan = ran.artifacts().join("shard-plan/shard-plan.json");
        let plan: serde_json::Value = serde_json::from_slice(&fs::read(plan).unwrap()).unwrap();
        assert_eq!(plan["shards"].as_array().unwrap().len(), shards);
        assert_eq!(plan["weighing"], if number == 1 { "count" } else { "time" });
        let record = ran.artifacts().join("shard-record-0/shard-record-0.json");
        assert!(fs::read_to_string(record).unwrap().contains("tests.test_"));
    }
    assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 2);
}

/// The names in pytest's report: ` name="..."` of each `testcase`.
fn test_names(report: &str) -> Vec<String> {
    let cases = report.split("<testcase ").skip(1);
    let name = |case: &str| {
        let (_, rest) = case.split_once(" name=\"")?;
        rest.split_once('"').map(|(name, _)| name.to_owned())
    };
    cases.filter_map(name).collect()
}
