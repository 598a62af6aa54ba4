//! Names and reports made to break things: none may inject, crash, hang or eat memory.

use crate::tool::{local, step};

/// Names that try to be commands, outputs, Markdown, terminal escapes or shell.
const NAMES: &[&str] = &[
    "::set-output name=x::y",
    "::error file=a.rs,line=1::forged",
    "##[error]forged",
    "::add-mask::a",
    "::stop-commands::x",
    "a`b|c\\|![x](http://evil)",
    "<script>alert(1)</script>",
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "\u{202e}gnp.exe",
    "$(touch pwned) `touch pwned`; touch pwned",
    "${{ github.token }}",
    "signalbox-<<EOF",
    "--shards=1",
];

fn as_json(names: &[&str]) -> String {
    serde_json::to_string(names).unwrap()
}

#[test]
fn names_that_look_like_commands_stay_names() {
    let report: Vec<String> =
        NAMES.iter().map(|name| format!("{}: 1.5", serde_json::to_string(name).unwrap())).collect();
    let told = step(&[("items", "items.json"), ("shards", "2"), ("timings", "k.json")])
        .file("items.json", as_json(NAMES))
        .file("k.json", format!("{{{}}}", report.join(",")))
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    // The runner obeys nothing but what keeps it from obeying.
    let obeyed: Vec<String> = told.commands().into_iter().map(|command| command.name).collect();
    assert_eq!(obeyed, Vec::<String>::new(), "{}", told.stdout);
    assert!(!told.stdout.contains('\u{1b}') && !told.stdout.contains('\u{202e}'));
    assert!(!told.summary.contains('\u{1b}') && !told.summary.contains('\u{202e}'));
    assert!(!told.summary.contains("![x](http://evil)"), "{}", told.summary);
    // They are there, as what they are.
    assert!(told.summary.contains("`::set-output name=x::y`"), "{}", told.summary);
    assert!(told.stdout.contains("`##[error]forged`"), "{}", told.stdout);
    assert!(!told.outputs["matrix"].contains("set-output"));
    assert!(!told.outputs.contains_key("x"));
}

#[test]
fn a_warning_about_a_hostile_name_is_one_warning() {
    let told = step(&[("items", "items.txt"), ("shards", "2")])
        .file("items.txt", "::error::x\n::error::x\n##[error]y\n")
        .run();
    let commands = told.commands();
    let names: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
    assert_eq!(names, ["warning"], "{}", told.stdout);
    assert_eq!(
        commands[0].data,
        "1 item is listed more than once, the first is `::error::x`\nhelp: each runs once; if they are different \
         tests, give them different names"
    );
}

#[test]
fn a_name_with_a_line_break_needs_another_list() {
    let plan = local(&["plan", "--items", "-", "--shards", "1"])
        .stdin(as_json(&["a\n::error::b", "c"]))
        .run();
    assert_eq!(plan.exit, 0);
    let lines = step(&[("index", "0")]).within(plan.scratch).run();
    assert_eq!(lines.exit, 2);
    let commands = lines.commands();
    assert_eq!(commands.len(), 1, "{}", lines.stdout);
    assert_eq!(
        commands[0].data,
        "The item `a\\n::error::b` has a line break in its name and cannot stand in a list of lines\nhelp: ask for \
         another form: `--list-format nul` or `json` (input `list-format`)"
    );
    let nul = step(&[("index", "0"), ("list-format", "nul")]).within(lines.scratch).run();
    assert_eq!(nul.exit, 0);
    assert_eq!(nul.scratch.read_text("shard-items.txt"), "a\n::error::b\0c\0");
}

#[test]
fn a_name_that_is_not_utf_8_travels_whole() {
    let plan = local(&["plan", "--items", "-", "--shards", "1"]).stdin(b"caf\xe9.rb\n").run();
    assert_eq!(plan.exit, 0);
    let told = step(&[("index", "0")]).within(plan.scratch).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.scratch.read("shard-items.txt"), b"caf\xe9.rb\n");
}

/// What a hostile report leads to: the plan stands, by count, and one warning says what and where.
#[track_caller]
fn check_report(name: &str, report: &[u8], found: &str) {
    let told = step(&[("items", "items.txt"), ("shards", "2"), ("timings", name)])
        .file("items.txt", "a\nb\n")
        .file(name, report)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["shards"], "2");
    let commands = told.commands();
    let warnings: Vec<_> = commands.iter().filter(|command| command.name == "warning").collect();
    assert_eq!(warnings.len(), 1, "{}", told.stdout);
    assert!(warnings[0].data.contains(found), "{:?} should say {found:?}", warnings[0].data);
    assert_eq!(warnings[0].properties["file"], name);
}

#[test]
fn hostile_reports_are_named_and_cost_only_balance() {
    let laughs = r#"<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
        <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><testsuites><testsuite name="&c;"/></testsuites>"#;
    check_report("laughs.xml", laughs.as_bytes(), "an entity that only a DTD could define");
    let outside = r#"<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&a;"/></testsuite>"#;
    check_report("outside.xml", outside.as_bytes(), "an entity that only a DTD could define");
    check_report(
        "cut.xml",
        b"<testsuites><testsuite name=\"a\"><testcase na",
        "the end of the file",
    );
    check_report(
        "deep.xml",
        format!("<testsuites>{}", "<a>".repeat(100_000)).as_bytes(),
        "nested too deeply",
    );
    check_report("page.xml", b"<!DOCTYPE html><html><body>502</body></html>", "an HTML page");
    check_report("utf16.xml", b"\xff\xfe<\0t\0", "UTF-16 text");
    check_report("nan.json", b"{\"a\": NaN}", "broken JSON");
    check_report("deep.json", "[".repeat(100_000).as_bytes(), "JSON");
    check_report("empty.xml", b"", "an empty file");
    check_report("other.xml", b"<coverage/>", "XML without a test suite");
}

#[test]
fn a_huge_attribute_is_refused() {
    let report = format!("<testsuites><testsuite name=\"{}\"/></testsuites>", "x".repeat(1 << 20));
    check_report("huge.xml", report.as_bytes(), "too long");
}
