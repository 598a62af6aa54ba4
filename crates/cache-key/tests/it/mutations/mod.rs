//! What changes a key and what does not: each row edits a real checkout and runs the built program before
//! and after.

mod bun;
pub(crate) mod cargo;
mod copied;
mod docker;
mod foundry;
mod go;
mod hardhat;
mod helm;
mod npm;
mod pip;
mod pnpm;
mod poetry;
mod recipe;
mod terraform;
mod uv;
mod yarn;

use std::fs;

use testkit::{Repository, Tool};

/// A repository, and how its key is asked for.
pub(crate) struct Fixture {
    /// Files of the repository, with what is in them.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// The ecosystem.
    pub(crate) ecosystem: &'static str,
    /// The layers that are kept.
    pub(crate) layers: &'static str,
}

/// What is done to the checkout.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Edit {
    /// A file is written, or written anew.
    Write(&'static str, &'static str),
    /// In a file, the first words become the second wherever they stand.
    Replace(&'static str, &'static str, &'static str),
    /// Every line of a file ends as on Windows.
    Crlf(&'static str),
    /// A file is gone.
    Remove(&'static str),
    /// A submodule is at a commit: its path, and the commit.
    Submodule(&'static str, &'static str),
    /// A file of the home folder is written.
    Home(&'static str, &'static str),
    /// A variable is set.
    Set(&'static str, &'static str),
    /// A program says something else: its name, and its words.
    Program(&'static str, &'static str),
    /// A program fails, or is not there at all where it is not said what it does: its name, and what it
    /// says on standard error.
    Failing(&'static str, &'static str),
}

/// What becomes of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expect {
    /// It stays.
    Same,
    /// Only the part for the toolchain is another.
    Toolchain,
    /// Only the part for dependencies is another.
    Dependencies,
    /// Only the part for the repository's own sources is another.
    Workspace,
    /// There is no key, but an error with exit code 2.
    Refused,
}

/// What is done, by which edits, what becomes of the key, and why.
pub(crate) type Row = (&'static str, &'static [Edit], Expect, &'static str);

/// The parts of a key that are digests, the most general first.
type Parts = Vec<String>;

/// Holds every row of a table to what the program does.
///
/// # Panics
/// When one does not hold; all of those are told.
#[track_caller]
pub(crate) fn check(fixture: &Fixture, rows: &[Row]) {
    check_with(fixture, &[], rows);
}

/// The same, with variables and programs that are there in any case.
///
/// # Panics
/// As [`check`].
#[track_caller]
pub(crate) fn check_with(fixture: &Fixture, always: &[Edit], rows: &[Row]) {
    let repository = Repository::new();
    for (path, contents) in fixture.files {
        repository.write(path, contents);
    }
    repository.commit("first");
    let before = parts(fixture, &repository, always).expect("the fixture has a key");
    let mut wrong = Vec::new();
    for (what, edits, expected, why) in rows {
        for edit in *edits {
            apply(*edit, &repository);
        }
        repository.git(&["add", "--all", "--force"]);
        let found = match parts(fixture, &repository, &[always, edits].concat()) {
            None => "Refused".to_owned(),
            Some(after) => {
                let names = [Expect::Toolchain, Expect::Dependencies, Expect::Workspace];
                let pairs = before.iter().zip(&after).zip(names);
                let others = pairs.filter(|((before, after), _)| before != after);
                let others: Vec<String> = others.map(|(_, it)| format!("{it:?}")).collect();
                if others.is_empty() { "Same".to_owned() } else { others.join(" and ") }
            }
        };
        if found != format!("{expected:?}") {
            wrong.push(format!("{what}: expected {expected:?} because {why}; found {found}"));
        }
        repository.git(&["reset", "--hard", "--quiet"]);
        repository.git(&["clean", "-dffxq"]);
        for folder in ["home", "programs"] {
            // Beside the work tree; empty again, because what lies at home counts.
            repository.scratch().write(format!("{folder}/.empty"), "");
            repository.remove(format!("../{folder}"));
            repository.scratch().write(format!("{folder}/.empty"), "");
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[expect(clippy::disallowed_methods, reason = "the checkout is the test's own")]
fn apply(edit: Edit, repository: &Repository) {
    match edit {
        Edit::Write(path, contents) => drop(repository.write(path, contents)),
        Edit::Replace(path, from, to) => {
            let text = fs::read_to_string(repository.path().join(path)).unwrap();
            assert!(text.contains(from), "{path} has no {from:?}");
            repository.write(path, text.replace(from, to));
        }
        Edit::Crlf(path) => {
            let text = fs::read_to_string(repository.path().join(path)).unwrap();
            repository.write(path, text.replace('\n', "\r\n"));
        }
        Edit::Remove(path) => fs::remove_file(repository.path().join(path)).unwrap(),
        Edit::Home(path, contents) => {
            drop(repository.scratch().write(format!("home/{path}"), contents));
        }
        Edit::Submodule(path, commit) => {
            // Without its folder it would be gone.
            fs::create_dir_all(repository.path().join(path)).unwrap();
            repository.submodule(path, commit);
        }
        Edit::Set(..) | Edit::Program(..) | Edit::Failing(..) => {}
    }
}

/// The parts of the key that are digests; nothing where there is none.
fn parts(fixture: &Fixture, repository: &Repository, edits: &[Edit]) -> Option<Parts> {
    let mut tool = Tool::new(env!("CARGO_BIN_EXE_cache-key")).in_actions().at(repository.path());
    tool = tool.args(["compute", "--ecosystems", fixture.ecosystem, "--layers", fixture.layers]);
    tool = tool.env("HOME", repository.scratch().at("home"));
    let mut path = repository.scratch().at("programs").into_os_string();
    path.push(":/usr/bin:/bin");
    for edit in edits {
        match *edit {
            Edit::Set(name, value) => tool = tool.env(name, value),
            Edit::Program(name, words) => {
                let script = format!("#!/bin/sh\nprintf '%s\\n' '{words}'\n");
                let program = repository.scratch().write(format!("programs/{name}"), script);
                make_executable(&program);
            }
            Edit::Failing(name, "") => {
                repository.scratch().write(format!("programs/{name}"), "");
                repository.remove(format!("../programs/{name}"));
            }
            Edit::Failing(name, words) => {
                let script = format!("#!/bin/sh\nprintf '%s\\n' '{words}' >&2\nexit 1\n");
                let program = repository.scratch().write(format!("programs/{name}"), script);
                make_executable(&program);
            }
            Edit::Write(..)
            | Edit::Submodule(..)
            | Edit::Replace(..)
            | Edit::Crlf(_)
            | Edit::Remove(_)
            | Edit::Home(..) => {}
        }
    }
    let told = tool.env("PATH", path).run();
    match told.exit {
        0 => {
            let key = &told.outputs["key"];
            let digests = if fixture.layers.contains("workspace") { 3 } else { 2 };
            let words: Vec<&str> = key.split('/').collect();
            let parts = words[words.len() - digests..].iter().map(|word| (*word).to_owned());
            assert!(!told.stderr.contains("hunter2") && !told.stdout.contains("hunter2"));
            assert!(!told.summary.contains("hunter2"), "a secret is told");
            Some(parts.collect())
        }
        2 => None,
        other => panic!("exit {other}: {}", told.stderr),
    }
}

#[cfg(unix)]
fn make_executable(program: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn make_executable(_: &std::path::Path) {}
