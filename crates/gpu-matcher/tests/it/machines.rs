//! Machines made of programs that answer as others do, or not at all.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use testkit::{Tool, test_data};

/// The tool on a machine where these programs are all that there is, each a script for `sh`.
pub(crate) fn machine(programs: &[(&str, &str)]) -> Tool {
    let tool = Tool::new(env!("CARGO_BIN_EXE_gpu-matcher"));
    let bin = tool.scratch().at("bin");
    for (name, script) in programs {
        let path = tool.scratch().write(format!("bin/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    // What the machine that runs the tests is must not matter.
    tool.env("PATH", bin).env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64")
}

/// The tool on the machine of this name below `testdata/machines`: what it does not answer, it refuses.
pub(crate) fn recorded(name: &str) -> Tool {
    #[expect(clippy::disallowed_methods, reason = "fixtures are of a known size")]
    let text = std::fs::read(test_data(&format!("machines/{name}.txt"))).unwrap();
    let mut programs: BTreeMap<String, String> = BTreeMap::new();
    let mut files = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if let Some(head) = line.strip_prefix(b"==> ") {
            let head = std::str::from_utf8(head).unwrap().trim_end();
            let (code, ask) = head.split_once(' ').unwrap();
            let (program, words) = ask.split_once(' ').unwrap_or((ask, ""));
            let file = format!("said-{}", files.len());
            files.push((file.clone(), Vec::new()));
            if !program.starts_with('/') {
                let answers = format!("[ \"$*\" = '{words}' ] && /bin/cat {file} && exit {code}\n");
                programs.entry(program.to_owned()).or_default().push_str(&answers);
            }
        } else {
            files.last_mut().unwrap().1.extend_from_slice(line);
        }
    }
    let scripts: Vec<(String, String)> =
        programs.into_iter().map(|(program, script)| (program, script + "exit 1")).collect();
    let scripts: Vec<(&str, &str)> =
        scripts.iter().map(|(program, script)| (program.as_str(), script.as_str())).collect();
    files.into_iter().fold(machine(&scripts), |tool, (file, said)| tool.file(file, said))
}
