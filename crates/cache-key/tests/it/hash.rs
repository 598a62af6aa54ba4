//! `hash`, through the built binary.

use std::fs;
use std::path::Path;

use testkit::{Scratch, Told, Tool};

fn hash(folder: &Path, words: &[&str]) -> Told {
    let tool = Tool::new(env!("CARGO_BIN_EXE_cache-key")).at(folder);
    tool.arg("hash").args(words).args(["--format", "args"]).run()
}

/// What is told where all is well.
fn hashed(folder: &Path, words: &[&str]) -> String {
    let told = hash(folder, words);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    told.stdout.trim().to_owned()
}

fn names(folder: &Path, words: &[&str]) -> String {
    hashed(folder, &[words, &["--hash-style", "names"]].concat())
}

#[test]
fn the_hash_is_that_of_the_digests_in_the_order_of_the_walk() {
    let scratch = Scratch::new();
    scratch.write("b.txt", "b");
    scratch.write("a/z.txt", "z");
    scratch.write("a.txt", "a");
    scratch.write("a/no.md", "no");
    // (cd $folder && for f in a/z.txt a.txt b.txt; do sha256sum < $f; done | cut -d' ' -f1 | xxd -r -p | sha256sum)
    let wanted = "152e6e537974cb818a6ffa2108b8f6d9f722f02f33c2c2f589ab47bbaae09249";
    assert_eq!(hashed(scratch.path(), &["**/*.txt"]), wanted);
    let lines = "# all\n**\n!**/*.md";
    assert_eq!(hashed(scratch.path(), &["--hash-files", lines]), wanted);
    assert_eq!(
        hashed(scratch.path(), &["b.txt", "a", "a.txt", "!a/no.md"]),
        hashed(scratch.path(), &["b.txt", "a/z.txt", "a.txt"])
    );
}

#[test]
fn with_names_the_hash_is_the_same_wherever_git_says_that_the_files_are() {
    let one = Scratch::new();
    let other = Scratch::new();
    one.write("src/a.rs", "fn a() {}\n// end\n");
    one.write("src/b.bin", "\0\r\n");
    one.write(".git/config", "one");
    other.write("src/b.bin", "\0\r\n");
    other.write("src/a.rs", "fn a() {}\r\n// end\r\n");
    other.write(".git/config", "another");
    assert_eq!(names(one.path(), &["**"]), names(other.path(), &["**"]));
    assert_ne!(hashed(one.path(), &["**"]), hashed(other.path(), &["**"]));

    let first = names(one.path(), &["**"]);
    fs::rename(one.at("src/a.rs"), one.at("src/aa.rs")).unwrap();
    assert_ne!(names(one.path(), &["**"]), first);
    fs::rename(one.at("src/aa.rs"), one.at("src/a.rs")).unwrap();
    assert_eq!(names(one.path(), &["src/b.bin", "src"]), first);
    one.write("src/b.bin", "\0\n");
    assert_ne!(names(one.path(), &["**"]), first);
}

/// The document of the style is a promise: another one would be another key for everybody.
#[cfg(unix)]
#[test]
fn with_names_the_hash_is_what_its_page_says() {
    let scratch = Scratch::new();
    scratch.write("a/b", "x\r\n");
    scratch.write("a-b", "y");
    std::os::unix::fs::symlink("a", scratch.at("l")).unwrap();
    // printf 'signalbox hash v1\n'; and for each of `a-b` f y, `a/b` f x\n, `l` l a: printf '\0\0\0\0\0\0\0\3a-bf';
    // printf y | sha256sum | cut -d' ' -f1 | xxd -r -p; all of it through sha256sum.
    assert_eq!(
        names(scratch.path(), &["**"]),
        "dac5d1d827a9c06260dbb814facd2b2ae428a217290587f495bf6cff965883a8"
    );
}

#[test]
fn where_nothing_matches_the_hash_is_empty_or_there_is_none() {
    let scratch = Scratch::new();
    let told = hash(scratch.path(), &["none"]);
    assert_eq!((told.exit, told.stdout.trim()), (0, ""));
    assert!(
        told.stderr.contains("the patterns match no file: the hash is empty"),
        "{}",
        told.stderr
    );
    let told = hash(scratch.path(), &["none", "--allow-empty", "true"]);
    assert_eq!((told.exit, told.stderr.as_str()), (0, ""));
    let told = hash(scratch.path(), &["none", "--hash-style", "names"]);
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("the patterns match no file"), "{}", told.stderr);
}

#[test]
fn patterns_that_cannot_be_taken_are_told_together() {
    let scratch = Scratch::new();
    let told = hash(scratch.path(), &["--hash-files", "../a\n**\n[[:digit:]]*"]);
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("line 1 of the patterns"), "{}", told.stderr);
    assert!(told.stderr.contains("means one thing to the runner"), "{}", told.stderr);
    let told = hash(scratch.path(), &[]);
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("there is no pattern"), "{}", told.stderr);
}

#[cfg(unix)]
#[test]
fn links_are_followed_as_far_as_the_runner_follows_them() {
    use std::os::unix::fs::symlink;
    let scratch = Scratch::new();
    scratch.write("w/a/b", "b");
    scratch.write("elsewhere/c", "c");
    symlink("../elsewhere", scratch.at("w/link")).unwrap();
    symlink("..", scratch.at("w/a/up")).unwrap();
    let w = scratch.at("w");
    let follow = ["**", "--follow-symbolic-links", "true"];
    assert_eq!(hashed(&w, &["**"]), hashed(&w, &["a/b"]));
    assert_eq!(hashed(&w, &follow), hashed(&w, &["a/b", "link/c"]));

    symlink("nowhere", scratch.at("w/broken")).unwrap();
    let told = hash(&w, &["**"]);
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("broken"), "{}", told.stderr);
    assert_eq!(hashed(&w, &follow), hashed(&w, &["a/b", "link/c"]));
    assert_eq!(names(&w, &["broken"]).len(), 64);
}

/// What might never end is not waited for.
#[cfg(unix)]
#[test]
fn a_pipe_is_no_file_and_the_null_device_is_empty() {
    let scratch = Scratch::new();
    scratch.write("a", "");
    std::os::unix::fs::symlink("/dev/null", scratch.at("null")).unwrap();
    assert_eq!(hashed(scratch.path(), &["null"]), hashed(scratch.path(), &["a"]));
    let _listening = std::os::unix::net::UnixListener::bind(scratch.at("pipe")).unwrap();
    let told = hash(scratch.path(), &["*"]);
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("it is neither a file nor a folder"), "{}", told.stderr);
    assert_eq!(hash(scratch.path(), &["a", "n*"]).exit, 0);
}
