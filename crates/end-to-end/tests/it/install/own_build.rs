//! A binary of one's own, and a build from the tree that the pin names.

use end_to_end::workspace_root;
use testkit::{Scratch, Told, Tool};

use super::world::write_program;

/// The script in a tree of its own, with the source of a tool around it, as a release has it.
fn tree() -> Scratch {
    let scratch = Scratch::new();
    let script = std::fs::read(workspace_root().join("actions/lib/install.sh")).unwrap();
    scratch.write("tree/lib/install.sh", script);
    scratch.write("tree/Cargo.toml", "");
    scratch.write("tree/crates/shard-splitter/Cargo.toml", "");
    scratch
}

/// Runs it as an action's step does.
fn install(scratch: Scratch, variables: &[(&str, &str)]) -> Told {
    install_tool(scratch, "shard-splitter", variables)
}

fn install_tool(scratch: Scratch, tool: &str, variables: &[(&str, &str)]) -> Told {
    let script = scratch.at("tree/lib/install.sh");
    let path = std::env::var_os("PATH").unwrap();
    let mut bash = Tool::new("/usr/bin/env").within(scratch).in_actions().env("PATH", path);
    for (name, value) in variables {
        bash = bash.env(name, value);
    }
    bash.args(["bash", "-p"]).arg(script).arg(tool).run()
}

/// Writes a program.
fn program(scratch: &Scratch, name: &str, script: &str) {
    write_program(scratch, name, format!("#!/bin/sh\n{script}\n").as_bytes());
}

/// Its answer is no binary: nothing on standard output, and one error that says so.
#[track_caller]
fn check_refused(told: &Told, exit: i32, words: &[&str]) {
    assert_eq!((told.exit, told.stdout.as_str()), (exit, ""), "{}", told.stderr);
    let commands = told.commands();
    let errors: Vec<_> = commands.iter().filter(|command| command.name == "error").collect();
    assert_eq!(errors.len(), 1, "{}", told.stderr);
    for word in words {
        assert!(errors[0].data.contains(word), "{word}: {}", errors[0].data);
    }
}

#[test]
fn a_folder_of_ones_own_is_used_and_announced() {
    let scratch = tree();
    program(&scratch, "my own tools/shard-splitter", "");
    let folder = scratch.at("my own tools").into_os_string().into_string().unwrap();
    let told = install(scratch, &[("SIGNALBOX_BIN_DIR", &folder)]);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert_eq!(told.stdout, "[SCRATCH]/my own tools/shard-splitter\n");
    let commands = told.commands();
    assert_eq!(commands.len(), 1);
    assert_eq!(commands[0].name, "warning");
    assert!(commands[0].data.contains("nothing was verified"), "{}", commands[0].data);
}

#[test]
fn a_folder_without_the_tool_is_no_answer_even_where_a_build_could_be() {
    let scratch = tree();
    scratch.write("bin/shard-splitter", "not a program");
    let folder = scratch.at("bin").into_os_string().into_string().unwrap();
    let variables = [("SIGNALBOX_BIN_DIR", folder.as_str()), ("SIGNALBOX_BUILD", "always")];
    check_refused(&install(scratch, &variables), 2, &["bin/shard-splitter", "unset"]);
    check_refused(&install(tree(), &[("SIGNALBOX_BIN_DIR", "bin")]), 2, &["absolute path"]);
}

#[test]
fn a_folder_named_like_a_command_is_a_name() {
    let scratch = tree();
    program(&scratch, "x%0A::error::injected $(touch injected)/shard-splitter", "");
    let folder = scratch.at("x%0A::error::injected $(touch injected)");
    let folder = folder.into_os_string().into_string().unwrap();
    let told = install(scratch, &[("SIGNALBOX_BIN_DIR", &folder)]);
    let names: Vec<String> = told.commands().into_iter().map(|command| command.name).collect();
    assert_eq!((told.exit, names), (0, vec!["warning".to_owned()]), "{}", told.stderr);
    assert!(!told.scratch.has("injected"));
}

/// The path is handed over as one line.
#[test]
fn a_folder_with_a_line_break_is_refused() {
    let scratch = tree();
    program(&scratch, "x\n::error::injected/shard-splitter", "");
    let folder = scratch.at("x\n::error::injected").into_os_string().into_string().unwrap();
    let told = install(scratch, &[("SIGNALBOX_BIN_DIR", &folder)]);
    check_refused(&told, 2, &["without line breaks"]);
}

#[test]
fn without_a_prebuilt_binary_a_build_is_never_made_unasked() {
    let scratch = tree();
    program(&scratch, "bin/cargo", "touch built");
    let path = format!("{}:/usr/bin:/bin", scratch.at("bin").display());
    let told = install(scratch, &[("PATH", &path)]);
    check_refused(&told, 2, &["build to always", "SIGNALBOX_BIN_DIR"]);
    assert!(!told.scratch.has("built"));
}

/// A cargo that says what it was asked, on both streams, and makes the binary or does not.
fn with_cargo(build: &str, script: &str, more: &[(&str, &str)]) -> Told {
    let scratch = tree();
    let log = scratch.at("asked");
    let script = format!("echo \"$PWD $*\" >> '{}'\necho to-stdout\n{script}", log.display());
    // What it builds is where `--target-dir` says, unless cargo is told to build for elsewhere.
    let script = format!(
        "{script}\nfor word; do folder=$word; done
mkdir -p \"$folder/$CARGO_BUILD_TARGET/release\"
echo >\"$folder/$CARGO_BUILD_TARGET/release/shard-splitter\"
chmod +x \"$folder/$CARGO_BUILD_TARGET/release/shard-splitter\""
    );
    program(&scratch, "bin/cargo", &script);
    let path = format!("{}:/usr/bin:/bin", scratch.at("bin").display());
    let mut variables = vec![("PATH", path.as_str()), ("SIGNALBOX_BUILD", build)];
    variables.extend_from_slice(more);
    install(scratch, &variables)
}

#[test]
fn a_build_is_made_from_the_tree_that_the_pin_names() {
    for build in ["always", "fallback"] {
        let told = with_cargo(build, "", &[]);
        assert_eq!(told.exit, 0, "{}", told.stderr);
        assert_eq!(told.stdout, "[SCRATCH]/tree/target/release/shard-splitter\n");
        let asked = told.scratch.read_text("asked");
        let words = "tree build --release --locked --package shard-splitter --bin shard-splitter";
        assert!(asked.contains(words), "{asked}");
        let names: Vec<String> = told.commands().into_iter().map(|command| command.name).collect();
        let notice = (build == "fallback").then_some("notice");
        let wanted: Vec<&str> = notice.into_iter().chain(["group", "endgroup"]).collect();
        assert_eq!(names, wanted);
    }
}

#[test]
fn a_build_that_fails_is_the_machines_failure() {
    check_refused(&with_cargo("always", "exit 101", &[]), 3, &["failed", "cargo's own words"]);
}

#[test]
fn a_function_that_was_exported_does_not_stand_in_for_a_program() {
    let functions = [
        ("BASH_FUNC_unset%%", "() { :; }"),
        ("BASH_FUNC_cargo%%", "() { echo hijacked; exit 9; }"),
        ("BASH_FUNC_printf%%", "() { echo hijacked; exit 9; }"),
    ];
    let told = with_cargo("always", "", &functions);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(!told.stdout.contains("hijacked"), "{}", told.stdout);
}

#[test]
fn a_shell_that_takes_functions_is_refused() {
    let scratch = tree();
    let script = scratch.at("tree/lib/install.sh");
    let path = std::env::var_os("PATH").unwrap();
    let bash = Tool::new("/usr/bin/env").within(scratch).in_actions().env("PATH", path);
    check_refused(&bash.arg("bash").arg(script).arg("shard-splitter").run(), 2, &["bash -p"]);
}

/// cargo then builds into another folder, and what lies in this one is from somewhere else.
#[test]
fn what_the_job_sets_for_its_own_builds_is_not_meant_for_this_one() {
    let job = [("CARGO_BUILD_TARGET", "wasm32-unknown-unknown"), ("RUSTFLAGS", "-D warnings")];
    let told = with_cargo("always", "test -z \"$RUSTFLAGS\" || exit 9", &job);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.scratch.has("tree/target/release/shard-splitter"));
    let moved = with_cargo("always", "CARGO_BUILD_TARGET=elsewhere", &[]);
    check_refused(&moved, 3, &["somewhere else", "build.target"]);
}

#[test]
fn without_cargo_the_error_says_where_it_comes_from() {
    let scratch = tree();
    for name in ["bash", "env", "dirname", "mkdir"] {
        let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join(name))
            .find(|path| path.is_file())
            .unwrap();
        std::fs::create_dir_all(scratch.at("few")).unwrap();
        std::os::unix::fs::symlink(real, scratch.at("few").join(name)).unwrap();
    }
    let path = scratch.at("few").into_os_string().into_string().unwrap();
    let told = install(scratch, &[("PATH", &path), ("SIGNALBOX_BUILD", "always")]);
    check_refused(&told, 3, &["cargo is not on PATH", "rustup.rs"]);
}

#[test]
fn a_tree_without_the_source_cannot_be_built() {
    let scratch = tree();
    std::fs::remove_dir_all(scratch.at("tree/crates")).unwrap();
    program(&scratch, "bin/cargo", "");
    let path = format!("{}:/usr/bin:/bin", scratch.at("bin").display());
    let told = install(scratch, &[("PATH", &path), ("SIGNALBOX_BUILD", "always")]);
    check_refused(&told, 2, &["no source of shard-splitter"]);
}

#[test]
fn an_unknown_word_is_refused_by_name() {
    check_refused(&install(tree(), &[("SIGNALBOX_BUILD", "yes")]), 2, &["\"yes\"", "fallback"]);
    check_refused(&install_tool(tree(), "../evil", &[]), 2, &["\"../evil\"", "gate-check"]);
}
