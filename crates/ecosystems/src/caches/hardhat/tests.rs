//! Cases of hardhat: what is read out of its configuration, and what is kept.

use proptest::prelude::*;

use super::versions;
use crate::caches::testing::{Told, facts, paths};
use crate::caches::{Ecosystem, Layer, Level};

#[test]
fn a_project_says_what_it_is_compiled_with() {
    let files = [
        ("hardhat.config.ts", "export default { solidity: \"0.8.24\" }\n"),
        ("package.json", r#"{"devDependencies": {"hardhat": "^2.22.0", "chai": "^4"}}"#),
    ];
    let found = Told::files(&files).read(Ecosystem::Hardhat).unwrap();
    assert_eq!(facts(&found, Level::Toolchain), ["Hardhat in package.json: hardhat = ^2.22.0"]);
    assert_eq!(
        facts(&found, Level::Dependencies),
        [
            "compilers in hardhat.config.ts: solc 0.8.24 = ",
            "configuration in hardhat.config.ts: contents",
        ]
    );
    let downloads: Vec<_> = found.ingredients.iter().filter(|it| it.is_of_downloads).collect();
    assert_eq!(downloads.len(), 1);
    assert_eq!(
        paths(&found, Layer::Registry),
        ["~/.cache/hardhat-nodejs/compilers-v2", "~/.cache/hardhat-nodejs/compilers-v3"]
    );
}

#[test]
fn a_configuration_without_a_version_counts_whole_for_downloads() {
    let files = [("hardhat.config.js", "module.exports = require('./base')\n")];
    let found = Told::files(&files).read(Ecosystem::Hardhat).unwrap();
    let downloads: Vec<_> = found.ingredients.iter().filter(|it| it.is_of_downloads).collect();
    assert_eq!(downloads.len(), 1);
}

#[test]
fn versions_of_compilers_are_read_out_of_texts() {
    let program = "// don't\nsolidity: { compilers: [{ version: '0.8.24' }, {version:`0.7.6`}], x: \"1.2\" }, y: 0.8.1";
    assert_eq!(versions(program.as_bytes()), ["0.7.6", "0.8.24"]);
    assert!(versions(b"version: '0.8").is_empty());
    assert!(versions(b"'0.8.2\n4'").is_empty());
}

proptest! {
    #[test]
    fn any_program_is_read(text in "[a-z0-9.'\"`\n/ ]{0,60}") {
        let _ = versions(text.as_bytes());
        let _ = Told::files(&[("hardhat.config.js", &text)]).read(Ecosystem::Hardhat);
    }
}

#[track_caller]
fn check_paths(program: &str, wanted: [&str; 3]) {
    let files = [("web/hardhat.config.js", program)];
    let found = Told::files(&files).read(Ecosystem::Hardhat).unwrap();
    assert_eq!(paths(&found, Layer::Workspace), wanted, "{program}");
}

#[test]
fn what_is_compiled_is_kept_where_the_configuration_puts_it() {
    let usual = [
        "web/artifacts",
        "web/cache/solidity-files-cache.json",
        "web/cache/compile-cache.json",
    ];
    check_paths("module.exports = {}", usual);
    let build =
        ["web/out/a", "web/out/c/solidity-files-cache.json", "web/out/c/compile-cache.json"];
    check_paths("module.exports = { paths: { artifacts: './out/a', cache: \"out/c/\" } }", build);
    check_paths("x = { \"paths\" : {\n  'cache' : `out/c`,\n  sources: 's', artifacts:'out/a' } }", build);
    check_paths("x = { paths: { artifacts: \"../a\" } }", ["a", usual[1], usual[2]]);
    // What is no plain text is not known, and all of the repository is no place.
    check_paths("x = { paths: { artifacts: join(a), cache: `${a}/c` } }", usual);
    check_paths("x = { paths: { artifacts: '..', cache: '../..' } }", usual);
    check_paths("x = { mypaths: { artifacts: 'a' }, paths: { tests: 't' }, artifacts: 'b' }", usual);
    check_paths(&"paths:{".repeat(100_000), usual);
}
