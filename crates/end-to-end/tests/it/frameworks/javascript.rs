//! Jest, Vitest, Mocha and Playwright: files whose names are part of others, or patterns, or need
//! quotes.

use std::os::unix::fs::symlink;

use ecosystems::Framework;

use super::{Project, npm};

/// Of these, `b.test.js` is part of three others.
const FILES: [&str; 8] = [
    "b.test.js",
    "xb.test.js",
    "b.test.jsx",
    "sub/b.test.js",
    "sub [q]/a (1).test.js",
    "{a,b}*.test.js",
    "-d ü $(x) 'y'.test.js",
    "B.TEST.test.js",
];

/// A project with a test in each file. `head` is the first line of a file, `MARK` in it the call
/// that leaves the file's mark, and `NAME` the file's name as JavaScript writes it.
fn project(framework: Framework, files: &[&str], text: &str) -> Project {
    let mut project = Project::new(framework);
    symlink(npm().join("node_modules"), project.folder.at("node_modules")).unwrap();
    for file in files {
        let name = serde_json::json!(file).to_string();
        let mark = format!(
            "{{ const name = {name}; fs.appendFileSync(process.env.RAN, name + '\\n'); \
             if (process.env.FAILING === name) throw new Error('failing'); }}"
        );
        project = project.file(file, text.replace("MARK", &mark));
    }
    project
}

#[test]
fn jest() {
    let text = "const fs = require('fs'); test('t', () => MARK);\n";
    let project = project(Framework::Jest, &FILES, text);
    let configuration = "module.exports = { transform: {} }; console.log('[loading]');\n";
    project.file("package.json", "{}").file("jest.config.js", configuration).check(&FILES, &FILES);
}

#[test]
fn vitest() {
    let text = "import fs from 'node:fs'; import { test } from 'vitest'; test('t', () => MARK);\n";
    let project = project(Framework::Vitest, &FILES, text);
    project
        .file("package.json", r#"{"type": "module"}"#)
        .file("vitest.config.js", "console.log('[loading]'); export default {};\n")
        .check(&FILES, &FILES);
}

#[test]
fn mocha() {
    // The configuration names the files, and the manifest a module without which they fail.
    let files = FILES.map(|file| format!("test/{file}"));
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let text = "console.log('{'); it('t', () => MARK);\n";
    project(Framework::Mocha, &files, text)
        .file("package.json", r#"{"mocha": {"require": ["./setup.js"]}}"#)
        .file("setup.js", "global.fs = require('fs');\n")
        .file(
            ".mocharc.json",
            r#"{"spec": ["test/**/*.{js,jsx}"], "ignore": ["test/left out.js"]}"#,
        )
        .file("test/left out.js", "throw new Error('left out');\n")
        .check(&files, &files);
}

#[test]
fn playwright() {
    let text = "\
const fs = require('fs');
const { test } = require('@playwright/test');
const mark = (_, info) => {
  const name = `[${info.project.name}] › ${info.titlePath.join(' › ')}`;
  fs.appendFileSync(process.env.RAN, name + '\\n');
  if (process.env.FAILING === name) throw new Error('failing');
};
test('same', ({}, info) => mark({}, info));
test('same (2) [x]', ({}, info) => mark({}, info));
test.describe('a group', () => { test('same', ({}, info) => mark({}, info)); });
";
    let configuration = "\
console.log('{');
module.exports = {
  testDir: 'tests', reporter: 'line',
  projects: [{ name: 'one' }, { name: 'two: [y]', testMatch: /xb.test.js$/ }],
};
";
    let paths = FILES.map(|file| format!("tests/{file}"));
    let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
    let in_one = FILES.iter().map(|file| ("one", *file));
    let titles = ["same", "same (2) [x]", "a group › same"];
    let tests: Vec<String> = in_one
        .chain([("two: [y]", "xb.test.js")])
        .flat_map(|(name, file)| titles.map(|title| format!("[{name}] › {file} › {title}")))
        .collect();
    let tests: Vec<&str> = tests.iter().map(String::as_str).collect();
    project(Framework::Playwright, &paths, text)
        .file("package.json", "{}")
        .file("playwright.config.js", configuration)
        .check(&tests, &tests);
}
