//! `select` and `explain`: from a plan to one shard's list, and to reasons.

use testkit::{Scratch, Tool};

use crate::tool::{check_no_answer, local, only_error, step};

fn planned(items: &[u8]) -> Scratch {
    let told = local(&["plan", "--items", "items", "--shards", "2"]).file("items", items).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    told.scratch
}

fn select(items: &[u8], inputs: &[(&str, &str)]) -> Tool {
    step(inputs).within(planned(items))
}

#[test]
fn each_shard_gets_its_items_and_together_they_are_all() {
    let mut all = Vec::new();
    let mut scratch = planned(b"a\nb\nc\nd\ne\n");
    for index in ["0", "1"] {
        let told = step(&[("index", index), ("total", "2")]).within(scratch).run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        assert_eq!(told.outputs["items-file"], "shard-items.txt");
        let list = told.scratch.read_text("shard-items.txt");
        assert_eq!(told.outputs["item-count"], list.lines().count().to_string());
        all.extend(list.lines().map(str::to_owned));
        scratch = told.scratch;
    }
    all.sort();
    assert_eq!(all, ["a", "b", "c", "d", "e"]);
}

#[test]
fn the_digest_is_the_plan_files_own() {
    let plan =
        local(&["plan", "--items", "-", "--shards", "2", "--format", "json"]).stdin("a\nb\n").run();
    let document: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let told = step(&[("index", "1")]).within(plan.scratch).run();
    assert_eq!(document["outputs"]["plan-digest"], told.outputs["plan-digest"].as_str());
    let sum = Tool::new("/usr/bin/sha256sum").arg("shard-plan.json").within(told.scratch).run();
    assert_eq!(sum.stdout, format!("{}  shard-plan.json\n", told.outputs["plan-digest"]));
}

#[test]
fn lists_come_in_three_forms() {
    let read = |format: &str| {
        let told = select(b"a b\n", &[("index", "0"), ("list-format", format)]).run();
        assert_eq!(told.exit, 0);
        told.scratch.read_text("shard-items.txt")
    };
    assert_eq!(read(""), "a b\n");
    assert_eq!(read("lines"), "a b\n");
    assert_eq!(read("nul"), "a b\0");
    assert_eq!(read("json"), "[\"a b\"]\n");
}

#[test]
fn an_index_out_of_range_is_no_answer() {
    // Not through `check_no_answer`: the plan lies there, and must.
    let told = select(b"a\nb\n", &[("index", "2")]).run();
    assert_eq!(told.exit, 2);
    assert_eq!(
        only_error(&told),
        "There is no shard 2 (input `index`): the plan has 2\nhelp: shards are counted from 0 to 1: use `matrix.index`"
    );
    assert!(!told.scratch.path().join("shard-items.txt").exists());
}

#[test]
fn a_matrix_of_another_plan_is_no_answer() {
    let told = select(b"a\nb\n", &[("index", "0"), ("total", "4")]).run();
    assert_eq!(told.exit, 2);
    assert!(
        only_error(&told).starts_with("The matrix has 4 shards (input `total`), the plan has 2")
    );
}

#[test]
fn a_plan_that_is_not_there_or_cut_off_is_no_answer() {
    check_no_answer(&step(&[("index", "0")]).run(), "The plan `shard-plan.json`: reading failed");
    let whole = planned(b"a\nb\n").read_text("shard-plan.json");
    for cut in [0, 1, whole.len() / 2, whole.len() - 2] {
        let told = step(&[("index", "0"), ("plan-file", "p.json")])
            .file("p.json", &whole.as_bytes()[..cut])
            .run();
        check_no_answer(&told, "The plan cannot be trusted");
    }
    let told = step(&[("index", "0"), ("plan-file", "p.json")])
        .file("p.json", whole.replace("\"a\"", "\"x\""))
        .run();
    check_no_answer(&told, "The items are not those that the plan was made for");
}

#[test]
fn an_item_is_explained() {
    let told = local(&["plan", "--items", "-", "--shards", "2", "--timings", "k.json"])
        .file("k.json", r#"{"a": 3, "b": 2}"#)
        .stdin("a\nb\nc\n")
        .run();
    let told = local(&["explain", "--item", "c"]).within(told.scratch).run();
    insta::assert_snapshot!(told.stdout, @"
    `c`

    - Shard: 2/2, which has 4.5s to do
    - Weight: about 2.5s, a guess because no report names it, at most an even share
    - Rank: the heaviest item of its shard
    ");
    let told = local(&["explain", "--item", "nope"]).within(told.scratch).run();
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("the plan has no item `nope`"), "{}", told.stderr);
}

#[test]
fn a_whole_plan_is_explained_as_it_was_planned() {
    let plan = local(&["plan", "--items", "-", "--shards", "2", "--timings", "k.json"])
        .file("k.json", r#"{"a": 3, "b": 2}"#)
        .stdin("a\nb\nc\n")
        .run();
    let planned = plan.stdout.clone();
    let explained = local(&["explain"]).within(plan.scratch).run().stdout;
    // What was known only while it was planned stands behind it.
    assert!(planned.starts_with(&explained), "{planned}\n{explained}");
}

#[test]
fn json_holds_what_the_report_says() {
    let told = local(&["plan", "--items", "-", "--shards", "2", "--timings", "k.json"])
        .file("k.json", r#"{"a": 3, "b": 2}"#)
        .stdin("a\nb\nc\n")
        .run();
    let result = |words: &[&str], scratch| {
        let told = local(words).args(["--format", "json"]).within(scratch).run();
        let document: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
        (document["result"].to_string(), told.scratch)
    };
    let (item, scratch) = result(&["explain", "--item", "b"], told.scratch);
    assert_eq!(
        item,
        r#"{"from":"report","heavier_before":1,"load":4500000,"name":"b","shard":1,"weight":2000000}"#
    );
    let (shard, scratch) = result(&["select", "--index", "0"], scratch);
    assert_eq!(
        shard,
        r#"{"index":0,"items":[{"from":"report","name":"a","weight":3000000}],"load":3000000,"overhead":0}"#
    );
    let (plan, scratch) = result(&["explain"], scratch);
    assert_eq!(format!("{plan}\n"), scratch.read_text("shard-plan.json"));
}
