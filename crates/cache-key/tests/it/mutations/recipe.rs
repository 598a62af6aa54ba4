//! What a person adds.

use super::Edit::{Crlf, Program, Remove, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Fixture, Row, check_with};

const RECIPE: Fixture = Fixture {
    files: &[
        ("proto/a.proto", "message A {}\n"),
        ("proto/b.proto", "message B {}\n"),
        ("proto/old/c.proto", "message C {}\n"),
        ("README.md", "words\n"),
    ],
    ecosystem: "auto",
    layers: "registry,deps",
};

const LINES: &str = "files: proto/**\nfiles: !proto/old/**\nvalue: flags=a\nenv: PROTO_FLAGS\ncommand: protoc --version";

#[test]
fn recipe() {
    let paths = Set("SIGNALBOX_PATHS", "~/.cache/protoc -> deps same-system");
    let always =
        [paths, Set("SIGNALBOX_RECIPE", LINES), Set("PROTO_FLAGS", "x"), Program("protoc", "29.1")];
    let rows: &[Row] = &[
        (
            "a file that is named",
            &[Write("proto/a.proto", "message A { int32 a = 1; }\n")],
            Dependencies,
            "the recipe names it",
        ),
        (
            "one more",
            &[Write("proto/d.proto", "message D {}\n")],
            Dependencies,
            "the recipe names it",
        ),
        ("one less", &[Remove("proto/b.proto")], Dependencies, "the recipe named it"),
        (
            "one that is taken out",
            &[Write("proto/old/c.proto", "message D {}\n")],
            Same,
            "a later line takes it out",
        ),
        ("another file", &[Write("README.md", "other words\n")], Same, "nobody names it"),
        ("CRLF", &[Crlf("proto/a.proto")], Same, "git makes it"),
        (
            "a pattern that matches nothing",
            &[Set("SIGNALBOX_RECIPE", "files: protos/**")],
            Refused,
            "the key would not change with what is meant",
        ),
        (
            "another value",
            &[Set(
                "SIGNALBOX_RECIPE",
                "files: proto/**\nfiles: !proto/old/**\nvalue: flags=b\nenv: PROTO_FLAGS\ncommand: protoc --version",
            )],
            Toolchain,
            "somebody says so",
        ),
        (
            "another order",
            &[Set(
                "SIGNALBOX_RECIPE",
                "command: protoc --version\nenv: PROTO_FLAGS\nfiles: proto/**\nfiles: !proto/old/**\n\n# words\nvalue: flags=a",
            )],
            Same,
            "only that of files says something",
        ),
        (
            "another order of files",
            &[Set(
                "SIGNALBOX_RECIPE",
                "files: !proto/old/**\nfiles: proto/**\nvalue: flags=a\nenv: PROTO_FLAGS\ncommand: protoc --version",
            )],
            Dependencies,
            "the later pattern takes back",
        ),
        ("another variable", &[Set("PROTO_FLAGS", "hunter2")], Toolchain, "the recipe names it"),
        ("a variable that nobody names", &[Set("PROTO_PATH", "hunter2")], Same, "nobody names it"),
        (
            "a command says something else",
            &[Program("protoc", "29.2")],
            Toolchain,
            "the recipe asks it",
        ),
        (
            "a command as a list",
            &[Set(
                "SIGNALBOX_RECIPE",
                "files: proto/**\nfiles: !proto/old/**\nvalue: flags=a\nenv: PROTO_FLAGS\ncommand: [\"protoc\", \"--version\"]",
            )],
            Same,
            "it is the same command",
        ),
        (
            "a command that is not there",
            &[Set("SIGNALBOX_RECIPE", "command: nobody --version")],
            Refused,
            "its answer is not known",
        ),
        (
            "a command for a shell",
            &[Set("SIGNALBOX_RECIPE", "command: protoc | head")],
            Refused,
            "no shell reads it",
        ),
        (
            "a line that is none",
            &[Set("SIGNALBOX_RECIPE", "file: proto/**")],
            Refused,
            "nobody knows what it means",
        ),
        (
            "a file of configuration with more",
            &[Write(".github/signalbox.toml", "[cache-key]\nrecipe = ['files: README.md']\n")],
            Dependencies,
            "it comes to what the input names",
        ),
        (
            "one without any",
            &[Write(".github/signalbox.toml", "[gate]\nmode = 'warn'\n")],
            Same,
            "it is of another tool",
        ),
        (
            "one with an unknown key",
            &[Write(".github/signalbox.toml", "[cache-key]\nrecipes = []\n")],
            Refused,
            "nobody knows what it means",
        ),
        (
            "one with a command",
            &[Write(
                ".github/signalbox.toml",
                "[cache-key]\nrecipe = ['command: protoc --version']\n",
            )],
            Refused,
            "a pull request would choose what runs",
        ),
    ];
    check_with(&RECIPE, &always, rows);
}
