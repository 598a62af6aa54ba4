//! Drives the built binary in real repositories.

#![cfg(test)]

mod explain;
mod hash;
mod import;
mod mutations;
#[cfg(unix)]
mod prune;
mod recipe;
#[cfg(unix)]
mod same_key;
mod trust;

use testkit::{Repository, Tool};

fn cache_key(repository: &Repository) -> Tool {
    let tool = Tool::new(env!("CARGO_BIN_EXE_cache-key")).at(repository.path());
    tool.env("RUSTUP_TOOLCHAIN", "1.95.0").arg("compute")
}

#[test]
fn the_key_of_a_checkout_is_the_same_twice_and_another_with_another_lock_file() {
    let repository = Repository::new();
    repository.write("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n");
    repository.write("Cargo.lock", "version = 4\n");
    repository.commit("first");
    let key = || {
        let told = cache_key(&repository).args(["--format", "github"]).run();
        assert_eq!(told.exit, 0, "{}", told.stderr);
        told.stdout
    };
    let first = key();
    assert_eq!(first, key());
    repository.write("Cargo.lock", "version = 4\n[[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n");
    assert_ne!(first, key());
}

#[test]
fn a_folder_without_anything_to_keep_is_no_answer() {
    let repository = Repository::new();
    repository.write("a.txt", "a");
    repository.commit("first");
    let told = cache_key(&repository).run();
    assert_eq!(told.exit, 2);
    assert!(
        told.stderr.contains("no key can be made: there is nothing to keep"),
        "{}",
        told.stderr
    );
}
