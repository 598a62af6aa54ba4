//! `changes`: what a change plan leaves out.

use crate::tool::step;

/// Written by hand after the document that `actions/changes` describes.
fn plan(all: bool, affected: &str) -> String {
    let package = |name: &str| {
        let is_affected = affected.split(' ').any(|it| it == name);
        format!(
            r#"{{"ecosystem":"cargo","name":"{name}","path":"{name}","affected":{is_affected}}}"#
        )
    };
    let packages = ["api", "core"].map(package).join(",");
    format!(
        r#"{{"signalbox-changes":1,"any":true,"all":{all},"filters":[],"services":[],"packages":[{packages}]}}"#
    )
}

const ITEMS: &str = "api works\ncore::it works\ncore works\nnew works\n";

#[track_caller]
fn check(changes: &str, has_tests: &str, items: &[&str]) {
    let inputs =
        [("items", "items.txt"), ("shards", "1"), ("framework", "nextest"), ("changes", "c.json")];
    let told = step(&inputs).file("items.txt", ITEMS).file("c.json", changes).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["has-tests"], has_tests);
    let plan: serde_json::Value =
        serde_json::from_slice(&told.scratch.read("shard-plan.json")).unwrap();
    let shards = plan["shards"].as_array().unwrap();
    let mut names: Vec<&str> = shards
        .iter()
        .flat_map(|shard| shard["items"].as_array().unwrap())
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, items);
}

#[test]
fn tests_of_packages_that_are_not_affected_are_left_out() {
    check(&plan(false, "core"), "true", &["core works", "core::it works", "new works"]);
    check(&plan(true, ""), "true", &["api works", "core works", "core::it works", "new works"]);
    check(&plan(false, ""), "true", &["new works"]);
    let all_known = plan(false, "").replace("\"core\",\"path\"", "\"new\",\"path\"");
    check(&all_known, "true", &["core works", "core::it works"]);
}

#[test]
fn a_plan_that_is_not_understood_is_no_answer() {
    for (changes, says) in [
        ("{}", "not a change plan"),
        (r#"{"signalbox-changes":9,"all":false,"packages":[]}"#, "version 9"),
    ] {
        let inputs =
            [("items", "i"), ("shards", "1"), ("framework", "nextest"), ("changes", "c.json")];
        let told = step(&inputs).file("i", ITEMS).file("c.json", changes).run();
        assert_eq!(told.exit, 2);
        assert!(told.stdout.contains(says), "{}", told.stdout);
        assert!(!told.scratch.has("shard-plan.json"));
    }
}
