//! Inputs that are wrong, missing or unreadable: one clear error each, and nothing half-written.

use crate::tool::{check_no_answer, local, step};

#[track_caller]
fn check(inputs: &[(&str, &str)], items: &[u8], message: &str) {
    let told = step(inputs).file("items.txt", items).run();
    check_no_answer(&told, message);
}

#[test]
fn a_number_of_shards_is_one_to_256() {
    for (shards, message) in [
        ("257", "The value `257` of `--shards <N>` (input `shards`) cannot be used"),
        ("0", "No shard would run anything; expected 1 to 256"),
        ("four", "Not a whole number; expected 1 to 256"),
        ("", "Nothing says how many shards there are\nhelp: give `--shards` (input `shards`)"),
    ] {
        check(&[("items", "items.txt"), ("shards", shards)], b"a\n", message);
    }
}

#[test]
fn a_yes_or_no_is_true_or_false() {
    check(
        &[("items", "items.txt"), ("shards", "2"), ("strict", "yes")],
        b"a\n",
        "The value `yes` of `--strict <BOOL>` (input `strict`)",
    );
    check(
        &[("items", "items.txt"), ("shards", "2"), ("strict", "TRUE")],
        b"a\n",
        "expected one of `true, false`",
    );
}

#[test]
fn a_list_without_items_is_no_answer() {
    check(&[("items", "items.txt"), ("shards", "2")], b"", "There are no items to share out");
    check(&[("items", "items.txt"), ("shards", "2")], b"[]", "There are no items to share out");
}

#[test]
fn a_list_that_cannot_be_read_is_no_answer() {
    check(
        &[("items", "none.txt"), ("shards", "2")],
        b"",
        "The list of items `none.txt`: reading failed",
    );
    check(&[("items", "items.txt"), ("shards", "2")], b"\xff\xfea\0", "This is UTF-16 text");
    check(
        &[("items", "items.txt"), ("shards", "2")],
        b"[\"a\",\n\"b",
        "The JSON array ends too early",
    );
}

#[test]
fn a_wrong_list_is_annotated_at_its_line() {
    let told =
        step(&[("items", "items.txt"), ("shards", "2")]).file("items.txt", b"[\"a\",\n  1]").run();
    let commands = told.commands();
    let error = commands.iter().find(|command| command.name == "error").unwrap();
    assert_eq!(error.properties["file"], "items.txt");
    assert_eq!((error.properties["line"].as_str(), error.properties["col"].as_str()), ("2", "3"));
}

#[test]
fn a_person_sees_the_place_in_the_list() {
    let told = local(&["plan", "--items", "items.txt", "--shards", "2"])
        .file("items.txt", b"[\"a\",\n  1]")
        .run();
    assert_eq!((told.exit, told.stdout.as_str()), (2, ""));
    insta::assert_snapshot!(told.stderr, @r#"
        error: the list of items cannot be read
         --> items.txt:2:3
          |
        2 |   1]
          |   ^ this is not an array of strings
          |
          = help: give a JSON array of strings, or one item a line; what begins as JSON does is read as JSON
        "#);
}

#[test]
fn all_patterns_that_cannot_be_read_are_told_at_once() {
    let told =
        step(&[("items", "items.txt"), ("shards", "2"), ("timings", "a/{b\nok/*.xml\n[z-a]")])
            .file("items.txt", "a\n")
            .run();
    assert_eq!(told.exit, 2);
    let errors = told.commands().iter().filter(|command| command.name == "error").count();
    assert_eq!(errors, 2, "{}", told.stdout);
}

#[test]
fn an_unreadable_report_costs_balance_only_unless_strict() {
    let inputs = [("items", "items.txt"), ("shards", "2"), ("timings", "r.xml")];
    let told =
        step(&inputs).file("items.txt", "a\nb\n").file("r.xml", "<testsuites><testsuite>").run();
    assert_eq!(told.exit, 0);
    let commands = told.commands();
    let warning = commands.iter().find(|command| command.name == "warning").unwrap();
    assert_eq!(warning.properties["file"], "r.xml");
    assert!(warning.data.contains("found the end of the file"), "{}", warning.data);

    let strict = [inputs.as_slice(), &[("strict", "true")]].concat();
    let told =
        step(&strict).file("items.txt", "a\nb\n").file("r.xml", "<testsuites><testsuite>").run();
    check_no_answer(&told, "A report of timings cannot be read");
}

#[test]
fn reports_that_are_not_there_yet_are_a_notice() {
    let inputs = [("items", "items.txt"), ("shards", "2"), ("timings", "none/*.xml")];
    let told = step(&inputs).file("items.txt", "a\nb\n").run();
    assert_eq!(told.exit, 0);
    assert!(
        told.stdout.contains(
            "::notice title=signalbox shard::No report of timings is there: `none/*.xml`"
        ),
        "{}",
        told.stdout
    );
    assert_eq!(told.outputs["estimate-max"], "");
}

#[test]
fn a_wrong_command_or_directory_is_named_as_the_input_it_is() {
    check(
        &[("command", "plam")],
        b"",
        "There is no command `plam` (input `command`)\nhelp: did you mean `plan`?",
    );
    check(
        &[("items", "items.txt"), ("shards", "2"), ("working-directory", "none")],
        b"",
        "The working directory `none` cannot be entered",
    );
}

#[test]
fn a_plan_file_that_cannot_be_is_refused() {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("plan-file", "items.txt/p.json")])
        .file("items.txt", "a\n")
        .run();
    check_no_answer(&told, "writing failed");
    for (file, message) in [
        (".", "writing failed"),
        ("-", "(input `plan-file`) cannot be used"),
        ("items.txt", "`items.txt` would be written over the list of items"),
        ("./items.txt", "`./items.txt` would be written over the list of items"),
        ("r.json", "`r.json` would be written over a report of timings"),
    ] {
        let inputs =
            [("items", "items.txt"), ("shards", "2"), ("timings", "r.json"), ("plan-file", file)];
        let told = step(&inputs).file("items.txt", "a\n").file("r.json", "{}").run();
        check_no_answer(&told, message);
        assert_eq!(told.scratch.read_text("items.txt"), "a\n");
        assert_eq!(told.scratch.read_text("r.json"), "{}");
    }
}

/// What the next step is told is a path from where it starts.
#[test]
fn a_working_directory_is_part_of_every_path() {
    let inputs = [
        ("items", "items.txt"),
        ("shards", "2"),
        ("timings", "bad.json"),
        ("working-directory", "sub/dir"),
    ];
    let told =
        step(&inputs).file("sub/dir/items.txt", "a\nb\n").file("sub/dir/bad.json", "[").run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["plan-file"], "sub/dir/shard-plan.json");
    assert!(told.scratch.has("sub/dir/shard-plan.json"));
    assert_eq!(told.commands()[0].properties["file"], "sub/dir/bad.json");
    let told = step(&[("index", "0"), ("working-directory", "sub/dir")]).within(told.scratch).run();
    assert_eq!(told.outputs["items-file"], "sub/dir/shard-items.txt");
}

#[test]
fn what_was_switched_off_stays_off_when_another_input_is_wrong() {
    let inputs = [("shards", "x"), ("summary", "false"), ("annotations", "false")];
    let told = step(&inputs).run();
    assert_eq!((told.exit, told.summary.as_str()), (2, ""));
    assert_eq!(told.commands(), []);
    assert!(told.stdout.contains("cannot be used"), "{}", told.stdout);
}

#[test]
fn a_command_that_would_only_print_is_refused() {
    for command in ["help", "--help", "-V", "nope"] {
        let told = step(&[("command", command)]).run();
        check_no_answer(&told, &format!("There is no command `{command}` (input `command`)"));
    }
}

#[test]
fn numbers_are_whole_and_from_zero_on() {
    for (flag, value) in [("--shards", "-1"), ("--shards", "1.5"), ("--shards", "+4")] {
        let told = local(&["plan", "--items", "-", flag, value]).stdin("a\n").run();
        assert_eq!(told.exit, 2);
        assert!(told.stderr.contains("expected 1 to 256"), "{}", told.stderr);
    }
    for index in ["-1", "x", "+0", ""] {
        let told = local(&["select", "--index", index]).run();
        assert_eq!(told.exit, 2);
        assert!(told.stderr.contains("a whole number from 0 on"), "{}", told.stderr);
    }
}

#[test]
fn a_list_of_millions_is_refused() {
    let items = "x\n".repeat(2_000_001);
    check(
        &[("items", "items.txt"), ("shards", "2")],
        items.as_bytes(),
        "The list has more than 2,000,000 items\nhelp: list files or packages",
    );
}

#[test]
fn an_index_that_came_out_empty_is_asked_for() {
    let told = step(&[("index", ""), ("total", "4")]).run();
    check_no_answer(&told, "Not given: `--index <I>` (input `index`)");
}

#[test]
fn no_words_at_a_terminal_show_the_help() {
    let told = local(&[]).run();
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("Usage: shard-splitter"), "{}", told.stderr);
    let told = local(&["--version"]).run();
    assert_eq!((told.exit, told.stdout.starts_with("shard-splitter ")), (0, true));
}

#[test]
fn every_output_is_set_on_success_and_on_failure() {
    let good = step(&[("items", "items.txt"), ("shards", "2")]).file("items.txt", "a\nb\n").run();
    let bad = step(&[("items", "items.txt"), ("shards", "0")]).file("items.txt", "a\nb\n").run();
    let names: Vec<&str> = good.outputs.keys().map(String::as_str).collect();
    insta::assert_snapshot!(names.join(" "), @"doubled estimate estimate-max filter-file gap-percent has-tests item-count items-file json known-percent lower-bound matrix missing plan-digest plan-file proven record-file recorded shards timings-file unknown-tests unreported verified written");
    assert!(bad.outputs.keys().eq(good.outputs.keys()));
}
