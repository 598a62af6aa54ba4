//! Test tools: asked for their tests, and told to run one shard. The tools here are scripts that say
//! what the real ones say; `end-to-end` asks the real ones.

use testkit::{Scratch, Told};

use crate::tool::{check_no_answer, local, only_error, step};

/// A folder with a program of this name that says this and ends with this code.
fn with_program(name: &str, says: &str, code: u8) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("said.txt", says);
    let script =
        format!("#!/bin/sh\ncat said.txt\necho '::error::from outside' >&2\nexit {code}\n");
    let program = scratch.write(format!("bin/{name}"), script);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(program, mode).unwrap();
    }
    scratch
}

fn path(scratch: &Scratch) -> String {
    format!("{}:/usr/bin:/bin", scratch.at("bin").display())
}

fn pytest(says: &str, code: u8) -> Told {
    let scratch = with_program("pytest", says, code);
    let path = path(&scratch);
    step(&[("framework", "pytest"), ("shards", "2")]).env("PATH", path).within(scratch).run()
}

const LISTED: &str = "a.py::t1\na.py::t2\nb.py::C::t[x y]\n\n3 tests collected in 0.01s\n";

#[test]
fn a_tool_lists_its_tests_and_each_shard_gets_its_filter() {
    let told = pytest(LISTED, 0);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["shards"], "2");
    let digest = told.outputs["plan-digest"].clone();
    let mut lines = Vec::new();
    let mut scratch = told.scratch;
    for index in ["0", "1"] {
        let told = step(&[("index", index), ("plan-digest", &digest)]).within(scratch).run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        let filter = told.outputs["filter-file"].clone();
        assert!(filter.starts_with('/') && filter.ends_with("/pytest.txt"), "{filter}");
        lines.extend(told.scratch.read_text("pytest.txt").lines().map(str::to_owned));
        scratch = told.scratch;
    }
    lines.sort_unstable();
    assert_eq!(lines, ["a.py", "b.py"]);
}

#[test]
fn a_tool_that_fails_is_never_a_tool_without_tests() {
    let told = pytest(LISTED, 2);
    assert_eq!(told.exit, 3);
    let error = only_error(&told);
    assert!(error.starts_with("Failed to get the list of tests from pytest"), "{error}");
    assert!(error.contains("ended with 2"), "{error}");
    // Its words are shown and not obeyed.
    assert!(told.stdout.contains("::error::from outside"), "{}", told.stdout);
    let told = step(&[("framework", "pytest"), ("shards", "2")]).env("PATH", "/nowhere").run();
    assert_eq!(told.exit, 3);
    assert!(only_error(&told).contains("install the tool before this step"));
}

#[test]
fn an_answer_that_is_not_understood_is_no_answer() {
    check_no_answer(&pytest("a.py::t1\n", 0), "The tests of pytest are not known");
    let miscounted = "a.py::t[1\n2]\n\n1 test collected in 0.01s\n";
    check_no_answer(&pytest(miscounted, 0), "2 tests are named where 1 are counted");
    check_no_answer(
        &pytest("\nno tests collected in 0.01s\n", 5),
        "There are no items to share out",
    );
    let told = step(&[("framework", "hardhat"), ("shards", "2")]).run();
    check_no_answer(&told, "This framework cannot list its tests");
}

#[test]
fn what_is_shared_out_is_as_fine_as_asked() {
    let listed = r#"["a.py::C::t", "a.py::C::u", "a.py::v", "b.py::t"]"#;
    for (granularity, items) in [("file", "2"), ("class", "3"), ("item", "4")] {
        let told = step(&[
            ("framework", "pytest"),
            ("items", "items.json"),
            ("shards", "4"),
            ("granularity", granularity),
        ]);
        let told = told.file("items.json", listed).run();
        assert_eq!(told.outputs["shards"], items, "{granularity}");
    }
    let told = step(&[("items", "items.json"), ("shards", "4"), ("granularity", "file")]);
    check_no_answer(&told.file("items.json", listed).run(), "Nothing says what a test is part of");
}

#[test]
fn a_name_that_no_filter_can_hold_is_refused() {
    let told = step(&[("framework", "pytest"), ("items", "items.json"), ("shards", "1")])
        .file("items.json", r#"["a.py::t[\n]"]"#)
        .run();
    assert_eq!(told.exit, 0);
    let told = step(&[("index", "0"), ("granularity", "item")]).within(told.scratch).run();
    assert_eq!(told.exit, 0, "the file as a whole has a plain name: {}", told.stdout);
    let told = step(&[
        ("framework", "pytest"),
        ("items", "items.json"),
        ("shards", "1"),
        ("granularity", "item"),
    ]);
    let told = told.file("items.json", r#"["a.py::t[\n]"]"#).run();
    let told = step(&[("index", "0")]).within(told.scratch).run();
    assert_eq!(told.exit, 2);
    assert!(only_error(&told).contains("has a line break in its name"));
}

#[test]
fn options_of_ones_own_reach_the_tool() {
    let scratch = with_program("pytest", LISTED, 0);
    scratch.write("bin/pytest", "#!/bin/sh\nprintf '%s\\n' \"$@\" > asked.txt\ncat said.txt\n");
    let path = path(&scratch);
    let inputs = [("framework", "pytest"), ("shards", "2"), ("framework-args", "-m\nnot slow\n")];
    let told = step(&inputs).env("PATH", path).within(scratch).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert!(told.scratch.read_text("asked.txt").ends_with("-m\nnot slow\n"));
}

#[test]
fn every_framework_is_a_choice() {
    let told = local(&["plan", "--framework", "nose", "--shards", "2"]).run();
    assert_eq!(told.exit, 2);
    for name in ["nextest", "cargo-test", "go", "pytest", "vitest", "services"] {
        assert!(told.stderr.contains(name), "{}", told.stderr);
    }
}

/// The README's table names every framework with the command that its filter wants.
#[test]
fn the_readme_says_how_each_shard_is_run() {
    let readme =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../actions/shard/README.md");
    #[expect(clippy::disallowed_methods, reason = "a document of ours")]
    let readme = std::fs::read_to_string(readme).unwrap();
    for framework in ecosystems::Framework::ALL {
        let part = ecosystems::Part { own: &[b"a"], others: &[] };
        let usage = framework.filter(&part).unwrap().usage;
        let command = usage.split(" [").next().unwrap_or(usage);
        let row = readme.lines().find(|line| {
            line.starts_with("| ")
                && line.split('|').nth(1).is_some_and(|cell| {
                    cell.split(',').any(|name| name.trim() == format!("`{}`", framework.name()))
                })
        });
        let row = row.unwrap_or_else(|| panic!("no row for {}", framework.name()));
        let is_list = usage.starts_with("while ");
        assert!(is_list || row.contains(command), "{command}: {row}");
    }
}
