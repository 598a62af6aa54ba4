//! `go test` and pytest.

use ecosystems::Framework;

use super::Project;
use end_to_end::workspace_root;

/// Leaves a mark; a package of its own has it, so that tests of both kinds can.
const MARK: &str = r#"package mark

import "os"

func Mark(name string) {
	file, err := os.OpenFile(os.Getenv("RAN"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err == nil {
		_, err = file.WriteString("example.com/m" + name + "\n")
	}
	if err != nil || os.Getenv("FAILING") == "example.com/m"+name {
		panic("failing")
	}
}
"#;

/// A test file of the module; each of `tests` begins with the kind of its function.
fn test_file(package: &str, path: &str, tests: &[&str]) -> String {
    let mut text = format!("package {package}\n\nimport (\n\t\"example.com/m/mark\"\n");
    text.push_str("\t\"fmt\"\n\t\"testing\"\n)\n\nvar _ = fmt.Sprint\nvar _ testing.TB\n\n");
    for test in tests {
        let mark = format!("mark.Mark(\"{path} {test}\")");
        let function = if test.starts_with("Example") {
            format!("func {test}() {{\n\t{mark}\n\tfmt.Println(1)\n\t// Output: 1\n}}\n")
        } else if test.starts_with("Fuzz") {
            format!(
                "func {test}(f *testing.F) {{\n\t{mark}\n\tf.Fuzz(func(t *testing.T, b []byte) {{}})\n}}\n"
            )
        } else {
            format!("func {test}(t *testing.T) {{ {mark} }}\n")
        };
        text.push_str(&function);
    }
    text
}

#[test]
fn go() {
    let main = "func TestMain(m *testing.M) { fmt.Println(\"loading\"); m.Run() }\n";
    let loud = test_file("loud", "/loud", &["TestA", "TestB"]) + main;
    // Examples without output are compiled and never run.
    let never = "func Example_never() { mark.Mark(\" Example_never\") }\n";
    let beside = test_file("m_test", "", &["TestBeside", "Example_x", "FuzzF"]) + never;
    Project::new(Framework::Go)
        .file("go.mod", "module example.com/m\n\ngo 1.19\n")
        .file("mark/mark.go", MARK)
        .file("m.go", "package m\n")
        .file("m_test.go", test_file("m", "", &["TestA", "TestAB", "TestÜ", "Test_x"]))
        .file("beside_test.go", beside)
        .file("inner/a_test.go", test_file("inner", "/inner", &["TestA"]))
        .file("loud/loud_test.go", loud)
        .variable("GOCACHE", workspace_root().join("target/go-cache"))
        .variable("GOFLAGS", "-mod=mod")
        .variable("GOPROXY", "off")
        .variable("GOTOOLCHAIN", "local")
        .check(
            &[
                "example.com/m Example_x",
                "example.com/m FuzzF",
                "example.com/m TestA",
                "example.com/m TestAB",
                "example.com/m TestBeside",
                "example.com/m TestÜ",
                "example.com/m Test_x",
                "example.com/m/inner TestA",
                "example.com/m/loud",
            ],
            &[
                "example.com/m Example_x",
                "example.com/m FuzzF",
                "example.com/m TestA",
                "example.com/m TestAB",
                "example.com/m TestBeside",
                "example.com/m TestÜ",
                "example.com/m Test_x",
                "example.com/m/inner TestA",
                "example.com/m/loud TestA",
                "example.com/m/loud TestB",
            ],
        );
}

#[test]
fn pytest() {
    let mark = r#"
import os, pytest

@pytest.fixture(autouse=True)
def mark(request):
    with open(os.environ["RAN"], "a", encoding="utf-8") as ran:
        ran.write(request.node.nodeid + "\n")
    assert os.environ["FAILING"] != request.node.nodeid
"#;
    let many = r#"
import pytest

@pytest.mark.parametrize("x", ["a::b", "ü", "two\nlines", "[q]", " sp ", "-k", "$(x) 'y'"])
def test_p(x): pass

def test_p_longer(): pass

class TestC:
    def test_m(self): pass
    class TestD:
        def test_m(self): pass

@pytest.mark.slow
def test_left_out(): pass
"#;
    let one = "def test_x(): pass\n";
    let tests = [
        "test_a b.py::test_p[a::b]",
        r"test_a b.py::test_p[\xfc]",
        r"test_a b.py::test_p[two\nlines]",
        "test_a b.py::test_p[[q]]",
        "test_a b.py::test_p[ sp ]",
        "test_a b.py::test_p[-k]",
        "test_a b.py::test_p[$(x) 'y']",
        "test_a b.py::test_p_longer",
        "test_a b.py::TestC::test_m",
        "test_a b.py::TestC::TestD::test_m",
        "test_x.py::test_x",
        "sub/test_x.py::test_x",
        "ünï/test_x.py::test_x",
        "-test.py::test_x",
        "@test.py::test_x",
    ];
    let configuration = "[pytest]\nmarkers = slow\npython_files = *test.py test*.py\n\
        addopts = -v -m 'not slow' --import-mode=importlib\nverbosity_test_cases = 2\n";
    Project::new(Framework::Pytest)
        .file("pytest.ini", configuration)
        .file("conftest.py", mark)
        .file("test_a b.py", many)
        .file("test_x.py", one)
        .file("sub/test_x.py", one)
        .file("ünï/test_x.py", one)
        .file("-test.py", one)
        .file("@test.py", one)
        .check(&tests, &tests);
}
