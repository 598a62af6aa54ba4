//! The rehearsal of a release: that it sees what is right, and everything that is not.

use std::fmt::Write as _;

use end_to_end::rehearsal::{Cache, Rehearsal, Use};
use end_to_end::release::ReleaseTree;
use testkit::{Scratch, copy_folder};

use crate::install::sha256;
use crate::shared;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What stands for all five tools: it gives the answers that the rehearsal knows.
const RIGHT: &str = r#"#!/bin/sh
{
  echo 'hash=HASH'
  echo 'changes=["new"]'
  echo 'fits=true'
  echo 'verdict=pass'
  echo 'shards=2'
} >>"$GITHUB_OUTPUT"
"#;

fn right() -> String {
    // hashFiles() of one file: the hash of the bytes of its hash.
    let inner = sha256(b"a\nb\n");
    let digit =
        |digits: &[u8]| u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = inner.as_bytes().chunks(2).map(digit).collect();
    RIGHT.replace("HASH", &sha256(&bytes))
}

/// The rehearsal of a release with this binary, and with this installer if one is given.
fn rehearsed(binary: &str, installer: Option<&str>) -> Vec<Use> {
    let scratch = Scratch::new();
    let made = shared::release_tree().without_source().unwrap();
    copy_folder(&made.path(), &scratch.at("tree"));
    let mut list = String::new();
    for tool in ["cache-key", "change-detector", "gate-check", "gpu-matcher", "shard-splitter"] {
        for system in ["unknown-linux-musl", "apple-darwin"] {
            let asset = format!("{tool}-{}-{system}", std::env::consts::ARCH);
            scratch.write(format!("assets/{asset}"), binary);
            let _ = writeln!(list, "{}  {asset}", sha256(binary.as_bytes()));
        }
    }
    scratch.write("tree/lib/checksums.txt", list);
    if let Some(text) = installer {
        scratch.write("tree/lib/install.sh", text);
    }
    let tree = ReleaseTree::Given(scratch.at("tree"));
    let rehearsal = Rehearsal::new(&tree, &scratch.at("assets"), COMMIT, "0.0.0").unwrap();
    let seen = rehearsal.uses(|_| {}).unwrap();
    assert_eq!(seen.len(), 25, "five actions in five ways");
    seen
}

#[test]
fn what_works_is_as_it_must_be() {
    for used in rehearsed(&right(), None) {
        assert_eq!(used.wrongs, Vec::<String>::new(), "{used:?}");
        assert_eq!(used.requests, usize::from(used.cache != Cache::Warm), "{used:?}");
    }
}

#[test]
fn a_tool_without_an_answer_is_wrong() {
    for used in rehearsed("#!/bin/sh\n", None) {
        let is_wrong = used.cache != Cache::Tampered;
        assert_eq!(
            used.wrongs.iter().any(|wrong| wrong.contains(" is ``, ")),
            is_wrong,
            "{used:?}"
        );
    }
}

/// An installer that believes the server, and asks it each time.
const CREDULOUS: &str = r#"#!/usr/bin/env bash
set -euo pipefail
mkdir -p "$RUNNER_TOOL_CACHE"
curl --silent --fail --output "$RUNNER_TOOL_CACHE/$1" "$SIGNALBOX_BASE_URL/v0.0.0/$1-$(uname -m)-unknown-linux-musl"
chmod 755 "$RUNNER_TOOL_CACHE/$1"
printf '%s\n' "$RUNNER_TOOL_CACHE/$1"
"#;

#[test]
fn an_installer_that_believes_its_server_is_seen() {
    for used in rehearsed(&right(), Some(CREDULOUS)) {
        assert_eq!(used.wrongs.is_empty(), used.cache == Cache::Cold, "{used:?}");
    }
}

#[test]
fn an_action_that_nobody_tries_is_not_released() {
    let scratch = Scratch::new();
    scratch.write("tree/shard/action.yml", "name: shard\n");
    scratch.write("tree/new/action.yml", "name: new\n");
    let tree = ReleaseTree::Given(scratch.at("tree"));
    let refused = Rehearsal::new(&tree, scratch.path(), COMMIT, "0.0.0").unwrap_err().to_string();
    assert!(refused.contains("[\"new\", \"shard\"]") && refused.contains("add one"), "{refused}");
}
