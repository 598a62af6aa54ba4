//! The binary under test.

use serde_json::Value;
use testkit::{Told, Tool};

/// The tool on a terminal.
pub(crate) fn local(words: &[&str]) -> Tool {
    Tool::new(env!("CARGO_BIN_EXE_gpu-matcher")).args(words)
}

/// The tool as a step of a job, with these inputs.
pub(crate) fn step(inputs: &[(&str, &str)]) -> Tool {
    let tool = Tool::new(env!("CARGO_BIN_EXE_gpu-matcher")).in_actions();
    inputs.iter().fold(tool, |tool, (input, value)| {
        tool.env(format!("SIGNALBOX_{}", input.to_uppercase().replace('-', "_")), value)
    })
}

/// The annotations of a level, without their places.
pub(crate) fn annotations(told: &Told, level: &str) -> Vec<String> {
    let commands = told.commands();
    let named = commands.iter().filter(|command| command.name == level);
    named.map(|command| command.data.clone()).collect()
}

/// An output that is JSON.
#[track_caller]
pub(crate) fn output(told: &Told, name: &str) -> Value {
    let text = &told.outputs[name];
    assert!(!text.contains('\n'), "{name} has several lines");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name} is {text:?}: {error}"))
}

/// What is true of every step that has no answer: the code, empty outputs and nothing written.
#[track_caller]
pub(crate) fn check_no_answer(told: &Told, exit: i32, message: &str) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
    let errors = annotations(told, "error");
    // An annotation begins with a capital letter.
    let says = |error: &String| error.to_lowercase().contains(&message.to_lowercase());
    assert!(errors.iter().any(says), "{errors:?} should say {message:?}");
    for (name, value) in &told.outputs {
        assert!(name == "json" || value.is_empty(), "{name} is {value:?}");
    }
    assert!(!told.scratch.has("gpu-plan.json"), "a plan was written");
}
