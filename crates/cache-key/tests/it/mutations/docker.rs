//! Docker: what changes the names of what `BuildKit` keeps, and what does not.

use super::Edit::{Crlf, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Fixture, Row, check, check_with};

const DOCKER: Fixture = Fixture {
    files: &[
        (
            "Dockerfile",
            "# syntax=docker/dockerfile:1\n# The api.\nARG GO=1.22\nFROM golang:${GO} AS build\nCOPY . .\nRUN go build \\\n    -o /api\n\nFROM scratch\nCOPY --from=build /api /api\n",
        ),
        (".dockerignore", "# words\ntarget\n!target/keep\n"),
        ("main.go", "package main\n"),
    ],
    ecosystem: "docker",
    layers: "registry,deps",
};

#[test]
fn docker() {
    let rows: &[Row] = &[
        ("a comment", &[Replace("Dockerfile", "The api", "An api")], Same, "no step sees it"),
        (
            "a blank line",
            &[Replace("Dockerfile", "COPY . .\n", "\nCOPY . .\n")],
            Same,
            "no step sees it",
        ),
        (
            "a comment within a step",
            &[Replace("Dockerfile", "build \\\n", "build \\\n# x\n")],
            Same,
            "it is taken out before the step is read",
        ),
        (
            "names of steps in small letters",
            &[Replace("Dockerfile", "COPY . .", "copy . .")],
            Same,
            "they mean the same",
        ),
        ("CRLF", &[Crlf("Dockerfile"), Crlf(".dockerignore")], Same, "git makes it"),
        (
            "another image to begin with",
            &[Replace("Dockerfile", "FROM scratch", "FROM scratch@sha256:1")],
            Toolchain,
            "every step is made from it",
        ),
        (
            "another default of an argument",
            &[Replace("Dockerfile", "GO=1.22", "GO=1.23")],
            Toolchain,
            "it names the image",
        ),
        (
            "another step",
            &[Replace("Dockerfile", "-o /api", "-o /api -v")],
            Dependencies,
            "something else is built",
        ),
        (
            "another frontend",
            &[Replace("Dockerfile", "dockerfile:1\n", "dockerfile:1-labs\n")],
            Toolchain,
            "it reads the steps",
        ),
        (
            "a comment in `.dockerignore`",
            &[Replace(".dockerignore", "words", "other")],
            Same,
            "no step sees it",
        ),
        (
            "more is left out",
            &[Write(".dockerignore", "target\n!target/keep\n*.md\n")],
            Dependencies,
            "steps that copy see less",
        ),
        (
            "another order of what is left out",
            &[Write(".dockerignore", "!target/keep\ntarget\n")],
            Dependencies,
            "a later line takes back",
        ),
        (
            "a source",
            &[Write("main.go", "package main // x\n")],
            Same,
            "BuildKit looks at those itself",
        ),
        (
            "arguments of the build",
            &[Set("SIGNALBOX_BUILD_ARGS", "TOKEN=hunter2")],
            Dependencies,
            "steps see them",
        ),
        (
            "an argument without a name",
            &[Set("SIGNALBOX_BUILD_ARGS", "hunter2")],
            Refused,
            "nobody knows what it means",
        ),
        ("no Dockerfile", &[Write("Dockerfile", "RUN x\n")], Refused, "nobody can build it"),
    ];
    check(&DOCKER, rows);
    let rows: &[Row] = &[
        (
            "another order",
            &[Set("SIGNALBOX_BUILD_ARGS", "B=2\nA=1")],
            Same,
            "the order says nothing",
        ),
        ("another value", &[Set("SIGNALBOX_BUILD_ARGS", "A=1\nB=3")], Dependencies, "steps see it"),
    ];
    check_with(&DOCKER, &[Set("SIGNALBOX_BUILD_ARGS", "A=1\nB=2")], rows);
}
