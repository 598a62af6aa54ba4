//! Filters that are scripts: bash takes every name for itself and nothing else.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::Command;

use ecosystems::{FilterFile, Framework, Part};
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::Scratch;

use super::venv;

fn filter(framework: Framework, own: &[&[u8]]) -> FilterFile {
    framework.filter(&Part { own, others: &[] }).unwrap()
}

/// The words with which the script of these files calls its tool, after `hardhat test`.
fn called(files: &[&[u8]], given: &[&[u8]]) -> Vec<Vec<u8>> {
    let scratch = Scratch::new();
    let path = scratch.write("filter", filter(Framework::Hardhat, files).bytes);
    let tool = "npx() { shift 2; printf '%s\\0' \"$@\"; }; . \"$0\"";
    let mut bash = Command::new("bash");
    bash.args(["-c", tool]).arg(path).args(given.iter().map(|word| OsStr::from_bytes(word)));
    let output = bash.current_dir(scratch.path()).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(scratch.files(), ["filter"], "a name was run");
    let mut words: Vec<Vec<u8>> = output.stdout.split(|byte| *byte == 0).map(Vec::from).collect();
    assert_eq!(words.pop(), Some(Vec::new()));
    words
}

/// The file as the script spells it.
fn spelled(file: &[u8]) -> Vec<u8> {
    let is_odd = file.starts_with(b"-") || file.starts_with(b"@");
    [if is_odd { b"./".as_slice() } else { b"" }, file].concat()
}

#[test]
fn no_name_is_run() {
    let files: [&[u8]; 8] = [
        b"$(touch x)",
        b"`touch x`",
        b"'; touch x; '",
        b"a\n touch x",
        b"-rf",
        b"\xff'\xe2'\x81",
        b"*",
        "${IFS}~!!\\ ü".as_bytes(),
    ];
    let wanted = [vec![b"--a b".to_vec()], files.map(spelled).to_vec()].concat();
    assert_eq!(called(&files, &[b"--a b"]), wanted);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_name_comes_through(
        files in vec(vec(prop_oneof![1..=255u8, Just(b'\''), Just(b'\\'), Just(b'\n')], 1..20), 1..8),
    ) {
        let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
        let wanted: Vec<Vec<u8>> = files.iter().map(|file| spelled(file)).collect();
        prop_assert_eq!(called(&files, &[]), wanted);
    }
}

#[test]
fn more_names_than_a_command_line_takes_are_several_calls() {
    let names: Vec<String> = (0..2000).map(|at| format!("{at:04}{}", "x".repeat(200))).collect();
    let files: Vec<&[u8]> = names.iter().map(String::as_bytes).collect();
    let wanted: Vec<Vec<u8>> = names.iter().map(|name| name.clone().into_bytes()).collect();
    assert_eq!(called(&files, &[]), wanted);
}

#[track_caller]
fn check_style(framework: Framework, own: &[&[u8]]) {
    let scratch = Scratch::new();
    let path = scratch.write("filter.sh", filter(framework, own).bytes);
    let output = Command::new(venv().join("bin/shellcheck")).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn shellcheck_finds_nothing() {
    check_style(Framework::Hardhat, &[]);
    check_style(Framework::Hardhat, &[b"a'b.js"]);
    check_style(Framework::Go, &[b"m/a", b"m/b TestX"]);
    check_style(Framework::Forge, &[b"a.sol", b"a.sol:A", b"a.sol:A:test_a"]);
    let programs: [&[u8]; 4] = [b"a::t x", b"a", b"a::bin/b it's", b"doctests"];
    check_style(Framework::CargoTest, &programs);
    check_style(Framework::CargoTest, &[]);
}
