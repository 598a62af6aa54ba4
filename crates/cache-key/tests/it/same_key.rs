//! One key, whatever process computes it: in another order of files, another checkout with other line
//! endings and dates, another locale, another zone, another number of processors.

#![expect(clippy::disallowed_methods, reason = "the checkouts are the test's own")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use testkit::{Repository, Scratch, Tool};

use crate::mutations::cargo::{FILES, RUSTC};

/// How many processes: 1,000 where `SIGNALBOX_PROCESSES` says so (the measure), fewer otherwise.
fn processes() -> usize {
    let said = std::env::var("SIGNALBOX_PROCESSES").ok();
    said.and_then(|it| it.parse().ok()).unwrap_or(60)
}

/// A repository whose files were written and added in an order of their own.
fn made(order: usize) -> Repository {
    let repository = Repository::new();
    let mut files = FILES.to_vec();
    files.rotate_left(order % FILES.len());
    if order % 2 == 1 {
        files.reverse();
    }
    for (path, contents) in files {
        repository.write(path, contents);
        repository.git(&["add", path]);
    }
    repository.commit("first");
    repository
}

/// A checkout of it somewhere else, with the line endings of Windows if asked for.
fn checked_out(repository: &Repository, scratch: &Scratch, at: usize, is_crlf: bool) -> PathBuf {
    let folder = scratch.at(format!("{}checkout-{at}", "deep/".repeat(at % 4)));
    fs::create_dir_all(folder.parent().unwrap()).unwrap();
    let crlf = format!("core.autocrlf={is_crlf}");
    let to = folder.to_str().unwrap();
    let from = repository.path();
    repository.git(&["clone", "--quiet", "-c", &crlf, from.to_str().unwrap(), to]);
    if is_crlf {
        let lock = fs::read(folder.join("Cargo.lock")).unwrap();
        assert!(lock.windows(2).any(|pair| pair == b"\r\n"));
    }
    folder
}

fn touch(folder: &Path, seconds: u64) {
    for (path, _) in FILES {
        let file = fs::File::options().append(true).open(folder.join(path)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }
}

#[track_caller]
fn check(layers: &str, processes: usize) {
    let scratch = Scratch::new();
    let program = scratch.write("programs/rustc", format!("#!/bin/sh\nprintf '%s\\n' '{RUSTC}'\n"));
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", scratch.at("programs").display());
    let checkouts: Vec<PathBuf> = (0..8)
        .map(|at| {
            let folder = checked_out(&made(at), &scratch, at, at % 2 == 1);
            touch(&folder, 1_000_000_000 + u64::try_from(at).unwrap() * 86_400);
            folder
        })
        .collect();
    let locales = ["C", "de_DE.UTF-8", "tr_TR.UTF-8", "ja_JP.EUC-JP"];
    let zones = ["UTC", "Asia/Kathmandu", "America/St_Johns"];
    let mut keys = BTreeSet::new();
    for number in 0..processes {
        let folder = &checkouts[number % checkouts.len()];
        if number % 5 == 0 {
            touch(folder, 1_100_000_000 + u64::try_from(number).unwrap());
        }
        let own = Tool::new(env!("CARGO_BIN_EXE_cache-key"));
        // Every other process may use one processor alone.
        let tool = if number % 2 == 0 {
            own
        } else {
            Tool::new("taskset").args(["1", env!("CARGO_BIN_EXE_cache-key")])
        };
        let tool = tool.at(folder).args(["compute", "--layers", layers, "--format", "github"]);
        let tool = tool.env("PATH", &path).env("LC_ALL", locales[number % locales.len()]);
        let told = tool.env("TZ", zones[number % zones.len()]).env("HOME", "/none").run();
        assert_eq!(told.exit, 0, "{}", told.stderr);
        let key = told.stdout.lines().find(|line| line.starts_with("key=")).map(str::to_owned);
        keys.insert(key.unwrap_or(told.stdout));
    }
    assert_eq!(keys.len(), 1, "{keys:#?}");
}

#[test]
fn every_process_has_the_same_key() {
    check("registry,deps", processes());
}

#[test]
fn every_process_has_the_same_key_with_the_sources() {
    check("registry,deps,workspace", processes() / 4);
}
