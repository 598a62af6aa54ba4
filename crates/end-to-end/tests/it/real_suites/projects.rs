//! Three small projects, as somebody would write them: for cargo-nextest, pytest and Vitest.
//!
//! Each test leaves a line in the file `$RAN`, the leg and its own name, and fails if it is the one
//! that `$FAILING` names. Both are outside of what is checked out, so the same commit can fail in one
//! attempt and pass in the next.

use std::fmt::Write as _;

/// A project, and what is known of it without asking anybody.
pub(super) struct Project {
    pub(super) framework: &'static str,
    /// Where its report is.
    pub(super) report: &'static str,
    pub(super) files: Vec<(String, String)>,
    /// What its tool lists.
    pub(super) items: Vec<String>,
    /// The line that each test leaves, without the leg.
    pub(super) tests: Vec<String>,
    /// The test that fails when it is asked to.
    pub(super) failing: &'static str,
}

impl Project {
    fn new(framework: &'static str, report: &'static str, failing: &'static str) -> Self {
        let (files, items, tests) = (Vec::new(), Vec::new(), Vec::new());
        Self { framework, report, files, items, tests, failing }
    }

    fn file(&mut self, name: &str, contents: impl Into<String>) {
        self.files.push((name.to_owned(), contents.into()));
    }

    /// A test that is an item by itself.
    fn test(&mut self, name: String) {
        self.items.push(name.clone());
        self.tests.push(name);
    }
}

/// What the doors of a house do. The numbers of tests in a file are uneven: 7, 4, 3, 2.
const HOUSE: [(&str, &[&str]); 4] = [
    ("north", &["opens", "closes", "locks", "creaks", "sticks", "swings", "slams"]),
    ("east", &["opens", "closes", "locks", "falls_over"]),
    ("south", &["opens", "closes", "locks"]),
    ("west", &["opens", "closes"]),
];

const RUST_MARK: &str = r#"
use std::io::Write as _;

pub fn door(name: &str) {
    let variable = |name| std::env::var(name).unwrap_or_default();
    let mut ran = std::fs::File::options();
    let mut ran = ran.append(true).create(true).open(variable("RAN")).unwrap();
    ran.write_all(format!("{} {name}\n", variable("LEG")).as_bytes()).unwrap();
    assert_ne!(variable("FAILING"), name, "it fell over");
}
"#;

/// A package of five test programs: the library's own tests, and a file for each side of the house.
pub(super) fn nextest() -> Project {
    let mut project =
        Project::new("nextest", "target/nextest/default/junit.xml", "house::east falls_over");
    let manifest = "[package]\nname = 'house'\nversion = '0.1.0'\nedition = '2021'\n[profile.test]\ndebug = 0\n";
    project.file("Cargo.toml", manifest);
    // Without `fail-fast = false` a test that fails keeps others from running, and they are missing.
    let configuration =
        "[profile.default]\nfail-fast = false\n[profile.default.junit]\npath = 'junit.xml'\n";
    project.file(".config/nextest.toml", configuration);
    let own = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn stands() { crate::door(\"house tests::stands\"); }\n}\n";
    project.file("src/lib.rs", [RUST_MARK, own].concat());
    project.test("house tests::stands".to_owned());
    for (side, tests) in HOUSE {
        let mut source = String::new();
        for test in tests {
            let name = format!("house::{side} {test}");
            let _ = writeln!(source, "#[test]\nfn {test}() {{ house::door(\"{name}\"); }}");
            project.test(name);
        }
        project.file(&format!("tests/{side}.rs"), source);
    }
    project.file("set-up.sh", "cargo nextest --version\n");
    project.file(
        "run-tests.sh",
        "cargo nextest run --workspace --tool-config-file \"signalbox:$FILTER\"\n",
    );
    project
}

const PYTHON_MARK: &str = r#"
import os, pytest

@pytest.fixture(autouse=True)
def walks_through(request):
    with open(os.environ["RAN"], "a") as ran:
        ran.write(f"{os.environ['LEG']} {request.node.nodeid}\n")
    assert os.environ.get("FAILING") != request.node.nodeid, "it fell over"
"#;

/// Functions, a class, and a test with parameters.
pub(super) fn pytest() -> Project {
    let mut project = Project::new("pytest", "report.xml", "tests/test_east.py::test_falls_over");
    project.file("conftest.py", PYTHON_MARK);
    for (side, tests) in HOUSE {
        let file = format!("tests/test_{side}.py");
        let mut source = String::new();
        for test in tests {
            let _ = writeln!(source, "def test_{test}():\n    pass\n");
            project.test(format!("{file}::test_{test}"));
        }
        if side == "west" {
            source += "class TestGarden:\n    def test_grows(self):\n        pass\n\n";
            source += "import pytest\n\n@pytest.mark.parametrize(\"door\", [\"front\", \"a b\"])\n";
            source += "def test_paint(door):\n    pass\n";
            project.test(format!("{file}::TestGarden::test_grows"));
            project.test(format!("{file}::test_paint[front]"));
            project.test(format!("{file}::test_paint[a b]"));
        }
        project.file(&file, source);
    }
    project.file("set-up.sh", "pytest --version\n");
    project.file("run-tests.sh", "pytest \"@$FILTER\" --junit-xml=report.xml\n");
    project
}

const JAVASCRIPT_MARK: &str = "\
import fs from 'node:fs';

export function door(name) {
  fs.appendFileSync(process.env.RAN, `${process.env.LEG} ${name}\\n`);
  if (process.env.FAILING === name) throw new Error('it fell over');
}
";

/// Seven files, each an item; the name of one is part of another's. `packages` is a `node_modules`.
pub(super) fn vitest(packages: &str) -> Project {
    let mut project = Project::new("vitest", "report.xml", "doors/east.test.js falls over");
    project.file("package.json", r#"{"type": "module", "private": true}"#);
    project.file("door.js", JAVASCRIPT_MARK);
    for side in ["north", "east", "south", "west", "north-east", "cellar", "attic"] {
        let file = format!("doors/{side}.test.js");
        let mut source =
            "import { test } from 'vitest';\nimport { door } from '../door.js';\n".to_owned();
        for test in ["opens", "closes", if side == "east" { "falls over" } else { "locks" }] {
            let _ = writeln!(source, "test('{test}', () => door('{file} {test}'));");
            project.tests.push(format!("{file} {test}"));
        }
        project.file(&file, source);
        project.items.push(file);
    }
    project.file("set-up.sh", format!("ln -s '{packages}' node_modules\n"));
    project.file(
        "run-tests.sh",
        "node \"$FILTER\" --reporter=default --reporter=junit --outputFile.junit=report.xml\n",
    );
    project
}
