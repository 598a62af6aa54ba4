//! `plan`: items and timings to a plan file and a matrix.

use std::path::Path;

use serde_json::Value;

use crate::tool::{local, step};

const ITEMS: &str = "tests/a.py\ntests/b.py\ntests/c.py\ntests/d.py\ntests/new.py\n";
const TIMINGS: &str = r#"{"tests/a.py": 30.5, "tests/b.py": 20, "tests/c.py": 10.25, "./tests/d.py": 9, "tests/gone.py": 1}"#;

#[test]
fn a_step_gets_a_matrix_and_the_figures() {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("timings", "t/*.json\n")])
        .file("items.txt", ITEMS)
        .file("t/knapsack.json", TIMINGS)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    // By hand: new weighs the median of 9, 10.25, 20, 30.5, which is 15.125, and the sum is 84.875.
    // Heaviest first: a | b, new -> b (20 + 15.125), c -> a (40.75), d -> b (44.125).
    let mut outputs = told.outputs.clone();
    let json = outputs.remove("json").unwrap();
    insta::assert_debug_snapshot!(outputs, @r#"
    {
        "doubled": "",
        "estimate": "",
        "estimate-max": "44.125000",
        "filter-file": "",
        "gap-percent": "0.000",
        "has-tests": "true",
        "item-count": "",
        "items-file": "",
        "known-percent": "80.000",
        "lower-bound": "44.125000",
        "matrix": "{\"include\":[{\"estimate\":\"40.8s\",\"index\":0,\"name\":\"1/2\",\"total\":2},{\"estimate\":\"44.1s\",\"index\":1,\"name\":\"2/2\",\"total\":2}]}",
        "missing": "",
        "plan-digest": "6ef35e7f7bef45925be357ed8d2a769ce8802f7f153835413b2391c82db7b845",
        "plan-file": "shard-plan.json",
        "proven": "true",
        "record-file": "",
        "recorded": "",
        "shards": "2",
        "timings-file": "",
        "unknown-tests": "",
        "unreported": "",
        "verified": "",
        "written": "",
    }
    "#);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["exit_code"], 0);
    assert_eq!(json["outputs"]["shards"], "2");
    insta::assert_snapshot!(told.summary, @"
    ### Shard plan: 5 items on 2 shards

    > [!TIP]
    > Nothing to do: no plan with as many shards finishes earlier.

    |  | `│` lower bound 44.1s |  |
    | --- | --- | --- |
    | 1/2 | `██████████████████████████░│` | 40.8s, 2 items |
    | 2/2 | `███████████████████████████▌` | 44.1s, 3 items |

    The slowest shard is 2 with 44.1s; no plan can be below 44.1s: all ways of less were ruled out (gap 0.000 %). Times are known for 4 of 5 items.

    <details><summary>The heaviest items</summary>

    | item | weight | shard |
    | --- | --: | --: |
    | `tests/a.py` | 30.5s | 1 |
    | `tests/b.py` | 20.0s | 2 |
    | `tests/new.py` | about 15.1s | 2 |
    | `tests/c.py` | 10.3s | 1 |
    | `tests/d.py` | 9.0s | 2 |

    </details>

    - Dealt out one after the other, the slowest shard would take 55.9s.

    <details><summary>What other numbers of shards would cost</summary>

    | shards | slowest | billed minutes |  |
    | --: | --: | --: | --- |
    | 2 | 44.1s | 2 | this plan |
    | 3 | 30.5s | 3 |  |

    </details>
    ");
}

#[test]
fn a_person_gets_a_page() {
    let told = local(&["plan", "--items", "items.txt", "--shards", "2", "--timings", "k.json"])
        .file("items.txt", ITEMS)
        .file("k.json", TIMINGS)
        .run();
    assert_eq!((told.exit, told.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(told.stdout, @"
    Shard plan: 5 items on 2 shards

    notice: Nothing to do: no plan with as many shards finishes earlier.

    1/2  ██████████████████████████░│  40.8s, 2 items
    2/2  ███████████████████████████▌  44.1s, 3 items
         │ lower bound 44.1s

    The slowest shard is 2 with 44.1s; no plan can be below 44.1s: all ways of less were ruled out (gap 0.000 %). Times are known for 4 of 5 items.

    The heaviest items:
       item                  weight   shard
      ──────────────────────────────────────
       `tests/a.py`           30.5s       1
       `tests/b.py`           20.0s       2
       `tests/new.py`   about 15.1s       2
       `tests/c.py`           10.3s       1
       `tests/d.py`            9.0s       2

    - Dealt out one after the other, the slowest shard would take 55.9s.

    What other numbers of shards would cost:
       shards   slowest   billed minutes
      ───────────────────────────────────────────────
            2     44.1s                2   this plan
            3     30.5s                3
    ");
}

#[test]
fn the_plan_file_is_what_select_needs() {
    let told = local(&["plan", "--items", "-", "--shards", "2", "--format", "json"])
        .stdin("b\na\nc\n")
        .run();
    let document: Value = serde_json::from_str(&told.stdout).unwrap();
    let file: Value = serde_json::from_str(&told.scratch.read_text("shard-plan.json")).unwrap();
    assert_eq!(document["result"], file);
    assert_eq!(file["weighing"], "count");
    assert_eq!(file["shards"][0]["items"][0]["name"], "a");
}

#[test]
fn one_heavy_item_is_named_as_the_thing_to_do_first() {
    let told = local(&["plan", "--items", "items.txt", "--shards", "8", "--timings", "k.json"])
        .file("items.txt", "heavy\na\nb\nc\n")
        .file("k.json", r#"{"heavy": 221, "a": 100, "b": 100, "c": 109}"#)
        .run();
    let advice = "`heavy` alone takes 3m41s, longer than an even share: split it. 3 shards would finish as early.";
    assert!(told.stdout.contains(advice), "{}", told.stdout);
}

#[test]
fn shuffled_lists_give_the_same_bytes() {
    let names: Vec<String> = (0..60).map(|n| format!("test {n}")).collect();
    let timings: Vec<String> = (0..50).map(|n| format!("\"test {n}\": {}.5", n * n % 37)).collect();
    let mut plans = std::collections::BTreeSet::new();
    let mut order = names.clone();
    let mut times = timings.clone();
    // `scripts/bench` does it a hundred times.
    for round in 0..25_usize {
        // A fixed walk through permutations: no luck involved, no test that fails once a month.
        order.rotate_left(round % 7 + 1);
        let at = round * 13 % order.len();
        order.swap(0, at);
        times.rotate_right(round % 5 + 1);
        let told = step(&[("items", "items.txt"), ("shards", "7"), ("timings", "t/**/*.json")])
            .file("items.txt", order.join("\n"))
            .file(format!("t/{}/a.json", round % 3), format!("{{{}}}", times.join(",")))
            .env("LC_ALL", ["C", "de_DE.UTF-8", "tr_TR.UTF-8"][round % 3])
            .run();
        assert_eq!(told.exit, 0);
        plans.insert((told.scratch.read_text("shard-plan.json"), told.outputs["matrix"].clone()));
    }
    assert_eq!(plans.len(), 1);
}

#[test]
fn every_item_is_in_the_plan_exactly_once() {
    let names: Vec<String> = (0..500).map(|n| format!("t{n:03}")).collect();
    for shards in ["1", "2", "3", "16", "32", "256"] {
        let told = step(&[("items", "items.txt"), ("shards", shards)])
            .file("items.txt", names.join("\n"))
            .run();
        let file: Value = serde_json::from_str(&told.scratch.read_text("shard-plan.json")).unwrap();
        let shards_planned = file["shards"].as_array().unwrap();
        assert_eq!(shards_planned.len().to_string(), shards);
        let items = shards_planned.iter().flat_map(|shard| shard["items"].as_array().unwrap());
        let mut planned: Vec<&str> = items.map(|item| item["name"].as_str().unwrap()).collect();
        planned.sort_unstable();
        assert_eq!(planned, names);
    }
}

#[test]
fn fewer_items_than_shards_drop_or_keep_the_empty_ones() {
    for (empty, count) in [("", "2"), ("drop", "2"), ("keep", "5")] {
        let told = step(&[("items", "items.txt"), ("shards", "5"), ("empty", empty)])
            .file("items.txt", "a\nb\n")
            .run();
        assert_eq!(told.outputs["shards"], count);
    }
}

#[test]
fn nothing_to_run_is_an_answer_only_where_it_was_allowed() {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("require-tests", "false")])
        .file("items.txt", "")
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["has-tests"], "false");
    assert_eq!(told.outputs["matrix"], r#"{"include":[]}"#);
}

#[test]
fn names_that_hardly_match_are_shown_from_both_sides() {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("timings", "k.json")])
        .file("items.txt", "spec/a.rb\nspec/b.rb\nspec/c.rb\n")
        .file("k.json", r#"{"spec/a.rb": 1, "spec/old/x.rb": 1, "spec/old/y.rb": 1}"#)
        .run();
    assert_eq!(told.exit, 0);
    let commands = told.commands();
    let warning = commands.iter().find(|command| command.name == "warning").unwrap();
    assert_eq!(
        warning.data,
        "Only 1 of 3 items has a known time; the first without is `spec/b.rb`; 2 times belong to no item, \
         the first is `spec/old/x.rb`\nhelp: if both mean the same test, has a prefix of the paths changed? \
         an item without a time gets a guess"
    );
}

#[test]
fn a_prefix_that_changed_is_named() {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("timings", "k.json")])
        .file("items.txt", "spec/a.rb\nspec/b.rb\n")
        .file("k.json", r#"{"app/spec/a.rb": 1, "app/spec/b.rb": 1}"#)
        .run();
    assert_eq!((told.exit, told.outputs["known-percent"].as_str()), (0, "100.000"));
    let commands = told.commands();
    assert_eq!(commands.len(), 1, "{}", told.stdout);
    assert!(
        commands[0].data.starts_with(
            "2 times were found by the end of the path only: the reports begin it with `app/`"
        ),
        "{}",
        commands[0].data
    );
}

/// Reports were given and say nothing: that is never told as if there were none.
#[track_caller]
fn check_useless_report(report: &str, wanted: &[&str]) {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("timings", "r.*")])
        .file("items.txt", "tests/a.py\ntests/b.py\n")
        .file("r.x", report)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let warnings: String = told
        .commands()
        .iter()
        .filter(|command| command.name == "warning")
        .map(|command| command.data.as_str())
        .collect();
    for words in wanted {
        assert!(warnings.contains(words), "{words}: {warnings}");
    }
    assert!(told.summary.contains("The reports have no time for any of these items"));
}

#[test]
fn reports_that_name_no_item_are_a_warning() {
    let none = "None of the 2 items has a known time; the first without is `tests/a.py`";
    check_useless_report("{}", &[none, "those of this suite"]);
    check_useless_report(
        r#"{"/r/tests/x.py": 1, "/r/tests/y.py": 2}"#,
        &[none, "2 times belong to no item, the first is `/r/tests/x.py`", "has a prefix"],
    );
    check_useless_report(
        "<testsuite><testcase file='tests/a.py' time='1,234'/><testcase file='tests/b.py' time='NaN'/></testsuite>",
        &[
            none,
            "2 times in the reports cannot be understood and do not count",
            "1 not a number, 1 with a comma that may mean two things",
        ],
    );
}

#[test]
fn an_earlier_plan_that_a_pattern_matches_is_no_report() {
    let words = ["plan", "--items", "-", "--shards", "2", "--timings", "*.json"];
    let first = local(&words).file("k.json", r#"{"a": 2, "b": 1}"#).stdin("a\nb\n").run();
    let plan = first.scratch.read_text("shard-plan.json");
    let second = local(&words).stdin("a\nb\n").within(first.scratch).run();
    assert_eq!((second.exit, second.stderr.as_str()), (0, ""));
    assert_eq!(second.scratch.read_text("shard-plan.json"), plan);
    // Alone it is as if there were no report, and that is told.
    let alone = local(&words).file("shard-plan.json", plan).stdin("a\nb\n").run();
    assert_eq!(alone.exit, 0);
    assert!(alone.stderr.contains("no report of timings is there: `*.json`"), "{}", alone.stderr);
}

#[test]
fn a_report_is_never_taken_for_an_earlier_plan() {
    for timings in ["*.json", "durations.json"] {
        for report in [r#"{"a": 3, "b": 1}"#, r#"{"version": 3, "b": 1}"#, "{"] {
            let words = ["plan", "--items", "-", "--shards", "2", "--plan-file", "durations.json"];
            let told = local(&words)
                .args(["--timings", timings])
                .file("durations.json", report)
                .stdin("a\nb\n")
                .run();
            assert_eq!(told.exit, 2, "{}", told.stdout);
            let error = "would be written over a report of timings";
            assert!(told.stderr.contains(error), "{}", told.stderr);
            assert_eq!(told.scratch.read_text("durations.json"), report);
        }
    }
}

/// Whether an earlier plan lies there makes no difference.
#[test]
fn a_pattern_that_finds_only_the_earlier_plan_finds_nothing() {
    let words = ["plan", "--items", "-", "--shards", "2", "--timings", "k.json"];
    let first = local(&words).file("k.json", r#"{"a": 2, "b": 1}"#).stdin("a\nb\n").run();
    let strict = local(&words).args(["--timings", "shard-p*.json", "--strict", "true"]);
    let told = strict.stdin("a\nb\n").within(first.scratch).run();
    assert_eq!(told.exit, 2);
    let error = "no report of timings is there: `shard-p*.json`";
    assert!(told.stderr.contains(error), "{}", told.stderr);
}

#[test]
fn a_report_that_is_not_there_is_told_with_the_next_step() {
    let inputs = [("items", "items.txt"), ("shards", "2"), ("timings", "none.xml\nitems.d")];
    let told = step(&inputs).file("items.txt", "a\nb\n").file("items.d/x", "").run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let commands = told.commands();
    assert_eq!(commands.len(), 2, "{}", told.stdout);
    let told = [("warning", "name a file that can be read"), ("notice", "on a first run")];
    for (command, (level, help)) in commands.iter().zip(told) {
        assert_eq!(command.name, level);
        assert!(command.data.contains(help), "{}", command.data);
    }
}

#[test]
fn times_in_another_unit_are_a_warning() {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("timings", "ms.json")])
        .file("items.txt", "a\nb\nc\n")
        .file("ms.json", r#"{"b": 25000, "c": 25000}"#)
        .run();
    let commands = told.commands();
    assert_eq!((told.exit, commands.len()), (0, 1), "{}", told.stdout);
    assert!(commands[0].data.contains("are the report's times in milliseconds?"));
}

#[test]
fn a_person_who_asks_is_told_what_was_read() {
    let told = local(&["plan", "--items", "-", "--shards", "2", "--timings", "*.json", "-v"])
        .stdin("a\nb\n")
        .file("k.json", r#"{"a": 2, "x": 1, "y": null}"#)
        .run();
    insta::assert_snapshot!(told.stderr, @"
    read `k.json` as knapsack: 3 tests, 1 belong to an item, 1 to none, 1 have no time
    weights are times in microseconds; no plan with as many shards finishes earlier
    ");
}

/// The README shows a run: these are its very words.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    #[expect(clippy::disallowed_methods, reason = "a document of ours")]
    let readme = std::fs::read_to_string(readme).unwrap();
    let times = r#"{"tests/test_a.py": 12.5, "tests/test_b.py": 30, "tests/test_c.py": 21.25,
        "tests/test_slow.py": 61}"#;
    let items =
        "tests/test_a.py\ntests/test_b.py\ntests/test_c.py\ntests/test_d.py\ntests/test_slow.py\n";
    let told = local(&["plan", "--items", "-", "--shards", "2", "--timings", "timings/*.json"])
        .file("timings/earlier.json", times)
        .stdin(items)
        .run();
    let (shown, _) = told.stdout.split_once("\nThe heaviest items").unwrap();
    assert!(readme.contains(shown), "{shown}");
    let told = local(&["explain", "--item", "tests/test_d.py"]).within(told.scratch).run();
    assert!(readme.contains(&told.stdout), "{}", told.stdout);
}
