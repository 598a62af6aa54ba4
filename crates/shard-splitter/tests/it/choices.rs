//! How many shards, what stays together, and where it was.

use serde_json::Value;
use testkit::Told;

use crate::tool::{check_no_answer, step};

/// Six tests of 10 s to 60 s.
const TIMES: &str = r#"{"a": 60, "b": 50, "c": 40, "d": 30, "e": 20, "f": 10}"#;

fn planned(more: &[(&str, &str)]) -> Told {
    let inputs: Vec<(&str, &str)> =
        [("items", "items.txt"), ("timings", "k.json")].iter().chain(more).copied().collect();
    step(&inputs).file("items.txt", "a\nb\nc\nd\ne\nf\n").file("k.json", TIMES).run()
}

#[track_caller]
fn check_shards(more: &[(&str, &str)], shards: &str, slowest: &str) -> Told {
    let told = planned(more);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let found = (told.outputs["shards"].as_str(), told.outputs["estimate-max"].as_str());
    assert_eq!(found, (shards, slowest), "{}", told.summary);
    told
}

#[test]
fn the_fewest_shards_that_keep_within_a_target() {
    let told = check_shards(&[("shards", "auto"), ("target-duration", "70s")], "3", "70.000000");
    assert!(
        told.summary.contains("3 shards keep within 1m10s, and fewer cannot."),
        "{}",
        told.summary
    );
    assert_eq!(told.outputs["proven"], "true");
    check_shards(&[("shards", "auto"), ("target-duration", "69s")], "4", "60.000000");
    let overhead = [("shards", "auto"), ("target-duration", "1m40s"), ("overhead", "30")];
    check_shards(&overhead, "3", "100.000000");
}

#[test]
fn a_target_out_of_reach_names_the_item() {
    let told = check_shards(&[("shards", "auto"), ("target-duration", "50s")], "4", "60.000000");
    let commands = told.commands();
    assert_eq!(commands.len(), 1, "{}", told.stdout);
    assert!(commands[0].data.contains("`a` alone takes 1m00s"), "{}", commands[0].data);
    let capped = [("shards", "auto"), ("target-duration", "60s"), ("max-shards", "2")];
    let told = check_shards(&capped, "2", "110.000000");
    assert!(told.commands()[0].data.contains("--max-shards"), "{}", told.stdout);
}

#[test]
fn the_cheapest_number_of_shards() {
    // 210 s are four minutes on one shard; with 40 s before each, 250 s are five.
    let told = check_shards(&[("shards", "auto"), ("optimize", "cost")], "4", "60.000000");
    assert!(told.summary.contains("4 shards cost the fewest minutes."), "{}", told.summary);
    let told = planned(&[("shards", "auto"), ("optimize", "cost"), ("overhead", "40s")]);
    assert_eq!(told.outputs["shards"], "1");
}

#[test]
fn what_contradicts_itself_is_told_at_once() {
    check_no_answer(
        &planned(&[("shards", "auto")]),
        "Nothing says what the number of shards is chosen for",
    );
    check_no_answer(
        &planned(&[("shards", "2"), ("target-duration", "1m")]),
        "A number of shards is given, so it cannot be chosen",
    );
    let told =
        planned(&[("shards", "auto"), ("min-shards", "9"), ("max-shards", "8"), ("group", "a(")]);
    assert_eq!(told.exit, 2);
    assert_eq!(told.commands().len(), 3, "{}", told.stdout);
}

fn shard_of(told: &Told, name: &str) -> usize {
    let plan: Value = serde_json::from_str(&told.scratch.read_text("shard-plan.json")).unwrap();
    let shards = plan["shards"].as_array().unwrap();
    let has =
        |shard: &Value| shard["items"].as_array().unwrap().iter().any(|item| item["name"] == name);
    shards.iter().position(has).unwrap()
}

#[test]
fn items_of_a_group_are_on_one_shard() {
    for input in ["group", "serial-group"] {
        let told = planned(&[("shards", "3"), (input, "^[ab]$ -> x\n")]);
        if input == "group" {
            assert_eq!(shard_of(&told, "a"), shard_of(&told, "b"));
        }
        let told = planned(&[("shards", "3"), ("serial-group", "^[ab]$")]);
        assert_eq!(shard_of(&told, "a"), shard_of(&told, "b"));
    }
}

#[test]
fn no_shard_has_more_items_or_less_to_do_than_it_may() {
    let told = planned(&[("shards", "2"), ("max-items-per-shard", "2")]);
    check_no_answer(&told, "6 items do not fit on 2 shards of at most 2");
    check_shards(&[("shards", "6"), ("min-shard-duration", "1m")], "3", "70.000000");
}

#[test]
fn items_stay_where_the_last_plan_had_them() {
    let told = check_shards(&[("shards", "2")], "2", "110.000000");
    let names = ["a", "b", "c", "d", "e", "f"];
    let before: Vec<usize> = names.iter().map(|name| shard_of(&told, name)).collect();
    let plan = told.scratch.read("shard-plan.json");
    // One test is a bit faster now: 209.5 s, and no shard is more than 10 % above half of it.
    let told = step(&[
        ("items", "items.txt"),
        ("timings", "k.json"),
        ("shards", "2"),
        ("last-plan", "last.json"),
        ("stability", "sticky:10%"),
    ])
    .file("items.txt", "a\nb\nc\nd\ne\nf\n")
    .file("k.json", TIMES.replace("40", "39.5"))
    .file("last.json", plan)
    .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let after: Vec<usize> = names.iter().map(|name| shard_of(&told, name)).collect();
    assert_eq!(before, after);
    assert!(told.summary.contains("Since the last plan, 0 of 6 items moved."), "{}", told.summary);
}

#[test]
fn a_last_plan_that_is_not_there_costs_nothing() {
    let told = check_shards(&[("shards", "2"), ("last-plan", "none.json")], "2", "110.000000");
    let commands = told.commands();
    assert_eq!((commands.len(), commands[0].name.as_str()), (1, "notice"), "{}", told.stdout);
}

#[test]
fn shards_may_be_counted_from_one() {
    let told = planned(&[("shards", "2"), ("indexing", "1")]);
    let matrix: Value = serde_json::from_str(&told.outputs["matrix"]).unwrap();
    assert_eq!(
        (matrix["include"][0]["index"].as_u64(), matrix["include"][0]["name"].as_str()),
        (Some(1), Some("1/2"))
    );
    let told = step(&[("index", "2")]).within(told.scratch).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let told = step(&[("index", "0")]).within(told.scratch).run();
    assert_eq!(told.exit, 2);
}

#[test]
fn milliseconds_may_be_given() {
    let told = step(&[
        ("items", "items.txt"),
        ("timings", "ms.json"),
        ("shards", "1"),
        ("time-unit", "milliseconds"),
    ])
    .file("items.txt", "a\nb\n")
    .file("ms.json", r#"{"a": 1500, "b": 0.5}"#)
    .run();
    assert_eq!(told.outputs["estimate-max"], "1.500500", "{}", told.stdout);
}
