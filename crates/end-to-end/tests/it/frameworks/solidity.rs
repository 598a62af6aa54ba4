//! forge, with the compiler that npm has: it is JavaScript, and forge wants a program.

use ecosystems::Framework;

use super::{Project, npm};

const CONTRACTS: &str = "\
// SPDX-License-Identifier: MIT
pragma solidity >=0.8.0;
contract A { function test_a() public {} function test_ab() public {} function testFuzz_c(uint256) public {} }
contract AB { function test_a() public {} }
";

/// A program that answers like solc, and leaves out what solcjs prints beside the answer.
const COMPILER: &str = r#"#!/usr/bin/env bash
if [ "$1" = --version ]; then
  version=$(solcjs --version)
  printf 'solc, the solidity compiler\nVersion: %s\n' "${version%.Emscripten*}.Linux.g++"
else
  solcjs --standard-json | grep '^{'
fi
"#;

/// `path:Contract:test` of each test that forge says has passed.
fn passed(said: &str) -> Vec<String> {
    let mut suite = "";
    let mut passed = Vec::new();
    for line in said.lines() {
        if let Some((_, name)) = line.strip_prefix("Ran ").and_then(|rest| rest.split_once(" for "))
        {
            suite = name;
        } else if let Some(test) = line.strip_prefix("[PASS] ") {
            passed.push(format!("{suite}:{}", test.split('(').next().unwrap()));
        }
    }
    passed
}

#[test]
fn forge() {
    let project = Project::new(Framework::Forge).printed(passed);
    let compiler = project.folder.write("solc", COMPILER);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&compiler, mode).unwrap();
    let files = ["test/A.t.sol", "test/XA.t.sol", "test/b [1]{x,y}.t.sol"];
    let tests: Vec<String> = files
        .iter()
        .flat_map(|file| {
            let tests = ["A:test_a", "A:test_ab", "A:testFuzz_c", "AB:test_a"];
            tests.map(|test| format!("{file}:{test}"))
        })
        .collect();
    let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
    let mut project = project
        .file("foundry.toml", "[profile.default]\nsolc = './solc'\noffline = true\n")
        .variable("NODE_PATH", npm().join("node_modules"));
    for file in files {
        project = project.file(file, CONTRACTS);
    }
    project.check(&tests, &tests);
}
