//! Cases of docker: which lines of a Dockerfile count, and how its scopes are named.

use crate::caches::testing::{Told, facts};
use crate::caches::{Ecosystem, Level};

#[test]
fn an_image_says_what_it_is_built_from() {
    let files = [
        ("api/Dockerfile", "# syntax=docker/dockerfile:1\nARG V=1.22\nFROM golang:$V AS build\nRUN make\nFROM scratch\nCOPY --from=build /a /a\n"),
        ("api/.dockerignore", "# c\n\n target/ \n!a\n"),
        ("web/Dockerfile.dockerignore", "x"),
    ];
    let found = Told::files(&files).read(Ecosystem::Docker).unwrap();
    assert_eq!(
        facts(&found, Level::Toolchain),
        [
            "images in api/Dockerfile: arguments before the first stage",
            "images in api/Dockerfile: stage 2 = scratch",
            "images in api/Dockerfile: stage build = golang:$V",
            "images in api/Dockerfile: syntax = docker/dockerfile:1",
        ]
    );
    assert_eq!(
        facts(&found, Level::Dependencies),
        [
            "left out by api/.dockerignore: lines = target/\n!a",
            "steps in api/Dockerfile: stage 2",
            "steps in api/Dockerfile: stage build",
        ]
    );
    assert!(found.places.is_empty());
}

#[test]
fn only_files_called_so_are_dockerfiles() {
    let names = ["Dockerfile", "Dockerfile.api", "api.Dockerfile", "Containerfile"];
    let others = ["Dockerfile.dockerignore", "Dockerfiles", "xDockerfile", "dockerfile.md"];
    for (names, is_one) in [(&names, true), (&others, false)] {
        for name in names {
            let tree = repo_model::MemoryTree::new([(*name, "FROM a\n")]).unwrap();
            assert_eq!(!Ecosystem::Docker.folders(&tree).is_empty(), is_one, "{name}");
        }
    }
}

#[test]
fn what_is_broken_says_where() {
    let files = [("Dockerfile", "FROM a\n<<<<<<< ours\n")];
    let problems = Told::files(&files).read(Ecosystem::Docker).unwrap_err();
    assert_eq!(problems[0].place.clone().unwrap().line, Some(2));
}
