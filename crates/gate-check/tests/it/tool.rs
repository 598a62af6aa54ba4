//! The binary under test.

use testkit::{Told, Tool};

/// The tool on a terminal.
pub(crate) fn local(words: &[&str]) -> Tool {
    Tool::new(env!("CARGO_BIN_EXE_gate-check")).args(words)
}

/// The tool as a step of a job, with these inputs.
pub(crate) fn step(inputs: &[(&str, &str)]) -> Tool {
    let tool = Tool::new(env!("CARGO_BIN_EXE_gate-check")).in_actions();
    let tool = tool.env("SIGNALBOX_TODAY", "2026-11-21");
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
