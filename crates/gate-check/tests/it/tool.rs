//! The binary under test.

use testkit::{Told, Tool};

/// The tool, without anything.
pub(crate) fn tool() -> Tool {
    Tool::new(env!("CARGO_BIN_EXE_gate-check"))
}

/// The tool on a terminal.
pub(crate) fn local(words: &[&str]) -> Tool {
    tool().args(words)
}

/// The tool as a step of a job, with these inputs.
pub(crate) fn step(inputs: &[(&str, &str)]) -> Tool {
    as_step(tool(), inputs)
}

/// A program as a step of a job, with the inputs of the tool.
pub(crate) fn as_step(program: Tool, inputs: &[(&str, &str)]) -> Tool {
    let tool = program.in_actions().env("SIGNALBOX_TODAY", "2026-11-21");
    inputs.iter().fold(tool, |tool, (input, value)| {
        tool.env(format!("SIGNALBOX_{}", input.to_uppercase().replace('-', "_")), value)
    })
}

/// The exit code and the verdict.
#[track_caller]
pub(crate) fn check(told: &Told, exit: i32, verdict: &str) {
    let found = (told.exit, told.outputs["verdict"].as_str());
    assert_eq!(found, (exit, verdict), "{}\n{}", told.stdout, told.stderr);
    let passed = if exit == 0 { "true" } else { "false" };
    assert_eq!(told.outputs["passed"], passed);
}
