//! Go: what changes its key, and what does not.

use super::Edit::{Crlf, Home, Program, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain, Workspace};
use super::{Fixture, Row, check, check_with};

const MANIFEST: &str = "// The shop.\nmodule example.com/shop\n\ngo 1.22\n\nrequire (\n\tgithub.com/pkg/errors v0.9.1\n\tgolang.org/x/sync v0.7.0 // indirect\n)\n\nretract v1.0.0\n";

/// By hand, with the sums that Go's checksum database has of the first module.
const SUM: &str = "github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=\ngithub.com/pkg/errors v0.9.1/go.mod h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=\ngolang.org/x/sync v0.7.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

const SWAPPED: &str = "github.com/pkg/errors v0.9.1/go.mod h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=\ngolang.org/x/sync v0.7.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\ngithub.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=\n";

const GO: Fixture = Fixture {
    files: &[("go.mod", MANIFEST), ("go.sum", SUM), ("main.go", "package main\n")],
    ecosystem: "go",
    layers: "registry,deps",
};

const ANSWER: &str = r#"{"CC":"gcc","CGO_ENABLED":"1","GOAMD64":"v1","GOFLAGS":"","GOOS":"linux","GOVERSION":"go1.22.1"}"#;

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn go() {
    let rows: &[Row] = &[
        ("a comment", &[Replace("go.mod", "The shop", "A shop")], Same, "no build sees it"),
        (
            "another name of the module",
            &[Replace("go.mod", "example.com/shop", "example.com/x")],
            Same,
            "its own packages are told apart by the cache",
        ),
        (
            "a version is taken back",
            &[Replace("go.mod", "retract v1.0.0", "retract v1.0.1")],
            Same,
            "it is for those who need the module",
        ),
        (
            "`// indirect` is gone",
            &[Replace("go.mod", " // indirect", "")],
            Same,
            "it is a comment",
        ),
        (
            "one line instead of a block",
            &[Replace(
                "go.mod",
                "require (\n\tgithub.com/pkg/errors v0.9.1\n\tgolang.org/x/sync v0.7.0 // indirect\n)",
                "require golang.org/x/sync v0.7.0\nrequire github.com/pkg/errors v0.9.1",
            )],
            Same,
            "it says the same",
        ),
        (
            "another version",
            &[Replace("go.mod", "errors v0.9.1", "errors v0.9.0")],
            Dependencies,
            "another module is built",
        ),
        (
            "a replacement",
            &[Write(
                "go.mod",
                "module example.com/shop\n\ngo 1.22\n\nrequire github.com/pkg/errors v0.9.1\nrequire golang.org/x/sync v0.7.0\nreplace github.com/pkg/errors => github.com/me/errors v0.9.2\n",
            )],
            Dependencies,
            "another module is built",
        ),
        (
            "another version of Go asked for",
            &[Replace("go.mod", "go 1.22", "go 1.23")],
            Toolchain,
            "it chooses the toolchain, and how the language is read",
        ),
        (
            "a toolchain asked for",
            &[Replace("go.mod", "go 1.22\n", "go 1.22\ntoolchain go1.22.5\n")],
            Toolchain,
            "it chooses the toolchain",
        ),
        (
            "another sum",
            &[Replace("go.sum", "FEBLx1zS214", "FEBLx1zS215")],
            Dependencies,
            "another module is downloaded",
        ),
        ("sums in another order", &[Write("go.sum", SWAPPED)], Same, "the order says nothing"),
        ("CRLF", &[Crlf("go.mod"), Crlf("go.sum")], Same, "git makes it"),
        (
            "a conflict",
            &[Write("go.sum", "<<<<<<< ours\n")],
            Refused,
            "nobody knows which sums are meant",
        ),
        (
            "no sums",
            &[Remove("go.sum")],
            Dependencies,
            "nothing confirms the versions: a key of what is asked for",
        ),
        (
            "a source",
            &[Write("main.go", "package main // x\n")],
            Same,
            "only what comes from elsewhere is kept",
        ),
        (
            "copies in `vendor`",
            &[Write("vendor/modules.txt", "# github.com/pkg/errors v0.9.1\n")],
            Dependencies,
            "Go builds those",
        ),
        (
            "another workspace",
            &[Write("go.work", "go 1.22\nuse .\nreplace a v1.0.0 => b v1.0.0\n")],
            Dependencies,
            "its replacements count for all modules",
        ),
        (
            "flags of cgo",
            &[Set("CGO_CFLAGS", "-Dhunter2")],
            Toolchain,
            "C code is compiled otherwise",
        ),
        (
            "where modules are fetched",
            &[Set("GOPROXY", "https://me:hunter2@p.example")],
            Same,
            "the sums say what they are",
        ),
        (
            "`go env -w`",
            &[Home(".config/go/env", "CGO_LDFLAGS=-Lhunter2\nGOPROXY=x\n")],
            Toolchain,
            "it is a flag like one of the environment",
        ),
        (
            "`.go-version`",
            &[Write(".go-version", "1.22.3\n")],
            Toolchain,
            "setup-go may take the version from it",
        ),
    ];
    check(&GO, rows);
}

#[test]
fn a_go_that_answers() {
    let rows: &[Row] = &[
        (
            "another version",
            &[Program(
                "go",
                r#"{"CC":"gcc","CGO_ENABLED":"1","GOAMD64":"v1","GOOS":"linux","GOVERSION":"go1.22.2"}"#,
            )],
            Toolchain,
            "products of one are of no use to another",
        ),
        (
            "another order",
            &[Program(
                "go",
                r#"{"GOVERSION":"go1.22.1","GOOS":"linux","GOAMD64":"v1","CGO_ENABLED":"1","CC":"gcc"}"#,
            )],
            Same,
            "it says the same",
        ),
        (
            "without cgo",
            &[Program(
                "go",
                r#"{"CC":"gcc","CGO_ENABLED":"0","GOAMD64":"v1","GOOS":"linux","GOVERSION":"go1.22.1"}"#,
            )],
            Toolchain,
            "other files are built",
        ),
        (
            "a tag",
            &[Program(
                "go",
                r#"{"CC":"gcc","CGO_ENABLED":"1","GOAMD64":"v1","GOFLAGS":"-tags=hunter2","GOOS":"linux","GOVERSION":"go1.22.1"}"#,
            )],
            Toolchain,
            "other files are built",
        ),
        ("the default, said aloud", &[Set("GOOS", "linux")], Same, "Go answers the same"),
    ];
    check_with(&GO, &[Program("go", ANSWER)], rows);
    let rows: &[Row] = &[
        (
            "a source",
            &[Write("main.go", "package main // x\n")],
            Workspace,
            "what is built of it is kept",
        ),
        (
            "another version",
            &[Replace("go.mod", "errors v0.9.1", "errors v0.9.0")],
            Dependencies,
            "another module is built",
        ),
    ];
    check(&Fixture { layers: "deps,workspace", ..GO }, rows);
    let rows: &[Row] = &[
        ("another Go", &[Program("go", ANSWER)], Same, "downloads are the same to all"),
        (
            "another sum",
            &[Replace("go.sum", "FEBLx1zS214", "FEBLx1zS215")],
            Dependencies,
            "another module is downloaded",
        ),
    ];
    check(&Fixture { layers: "registry", ..GO }, rows);
}
