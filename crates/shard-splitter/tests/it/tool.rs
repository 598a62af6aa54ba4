//! The binary under test.

use testkit::{Told, Tool};

/// The tool on a terminal.
pub(crate) fn local(words: &[&str]) -> Tool {
    Tool::new(env!("CARGO_BIN_EXE_shard-splitter")).args(words)
}

/// The tool as a step of a job, with these inputs.
pub(crate) fn step(inputs: &[(&str, &str)]) -> Tool {
    let tool = Tool::new(env!("CARGO_BIN_EXE_shard-splitter")).in_actions();
    inputs.iter().fold(tool, |tool, (input, value)| {
        tool.env(format!("SIGNALBOX_{}", input.to_uppercase().replace('-', "_")), value)
    })
}

/// The one error that a failed step annotates.
#[track_caller]
pub(crate) fn only_error(told: &Told) -> String {
    let commands = told.commands();
    let errors: Vec<_> = commands.iter().filter(|command| command.name == "error").collect();
    assert_eq!(errors.len(), 1, "{}\n{}", told.stdout, told.stderr);
    errors[0].data.clone()
}

/// What is true of every step that has no answer: the code, empty outputs and nothing written.
#[track_caller]
pub(crate) fn check_no_answer(told: &Told, message: &str) {
    assert_eq!(told.exit, 2, "{}\n{}", told.stdout, told.stderr);
    let error = only_error(told);
    assert!(error.contains(message), "{error:?} should say {message:?}");
    for (name, value) in &told.outputs {
        assert!(name == "json" || value.is_empty(), "{name} is {value:?}");
    }
    assert!(told.outputs["json"].contains("\"exit_code\":2"));
    assert!(!told.scratch.path().join("shard-plan.json").exists(), "a plan was written");
    assert!(!told.scratch.path().join("shard-items.txt").exists(), "a list was written");
}
