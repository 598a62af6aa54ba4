//! Cases of foundry: which keys of its configuration count, and what is kept.

use proptest::prelude::*;

use crate::caches::testing::{Told, facts, paths};
use crate::caches::{Ecosystem, Layer, Level};

const TOML: &str = "[profile.default]\nsrc = 'src'\nout = 'built'\nsolc = '0.8.24'\noptimizer_runs = 200\n\
    eth_rpc_url = 'https://node.example/hunter2'\nsecret_thing = 'hunter2'\n\
    [profile.default.fuzz]\nruns = 256\n[fmt]\nline_length = 100\n[rpc_endpoints]\nmain = 'https://hunter2'\n";

/// What forge 1.7.1 says.
const FORGE: &str = "forge Version: 1.7.1\nCommit SHA: 4072e48705af9d93e3c0f6e29e93b5e9a40caed8\n\
    Build Timestamp: 2026-05-08T07:50:55.527285345Z (1778226655)\nBuild Profile: dist\n";

#[test]
fn a_project_says_what_it_is_compiled_with() {
    let files = [
        ("foundry.toml", TOML),
        ("remappings.txt", "@oz/=lib/oz/contracts/\r\n\r\n"),
        ("src/A.sol", "contract A {}"),
    ];
    let told = Told { answers: &[FORGE], ..Told::files(&files) };
    let found = told.read(Ecosystem::Foundry).unwrap();
    assert!(!format!("{:?}", facts(&found, Level::Dependencies)).contains("hunter2"));
    assert_eq!(
        facts(&found, Level::Toolchain),
        [
            "forge: Build Profile = dist",
            "forge: Commit SHA = 4072e48705af9d93e3c0f6e29e93b5e9a40caed8",
            "forge: forge Version = 1.7.1",
        ]
    );
    assert_eq!(
        facts(&found, Level::Dependencies),
        [
            "compilers in foundry.toml: default.solc = 0.8.24",
            "remappings in remappings.txt: @oz/ = lib/oz/contracts/",
            "settings in foundry.toml: default.optimizer_runs = 200",
            "settings in foundry.toml: default.out = built",
            "settings in foundry.toml: default.secret_thing",
            "settings in foundry.toml: default.src = src",
        ]
    );
    assert_eq!(facts(&found, Level::Workspace), ["sources: src/A.sol"]);
    assert_eq!(paths(&found, Layer::Workspace), ["built", "cache/solidity-files-cache.json"]);
    assert_eq!(
        paths(&found, Layer::Registry),
        ["~/.svm", "~/.local/share/svm", "~/.foundry/cache/rpc"]
    );
}

#[test]
fn libraries_of_soldeer_are_locked_or_that_is_told() {
    let toml = "[profile.default]\n[dependencies]\nforge-std = '1.9.2'\n";
    let found = Told::files(&[("foundry.toml", toml)]).read(Ecosystem::Foundry).unwrap();
    assert!(found.is_unlocked && found.problems.len() == 1);
    let lock = "[[dependencies]]\nname = 'forge-std'\nversion = '1.9.2'\nchecksum = '20'\n";
    let files = [("foundry.toml", toml), ("soldeer.lock", lock)];
    let found = Told::files(&files).read(Ecosystem::Foundry).unwrap();
    assert!(!found.is_unlocked);
    let told = facts(&found, Level::Dependencies);
    let wanted = r#"libraries in soldeer.lock: forge-std 1.9.2 = {"checksum": "20"}"#;
    assert!(told.contains(&wanted.to_owned()), "{told:?}");
    assert_eq!(paths(&found, Layer::Dependencies), ["dependencies"]);
}

#[test]
fn projects_copied_into_another_are_no_roots() {
    let files = [("foundry.toml", ""), ("lib/x/foundry.toml", ""), ("b/foundry.toml", "")];
    let tree = repo_model::MemoryTree::new(files).unwrap();
    assert_eq!(Ecosystem::Foundry.folders(&tree), [b"".to_vec(), b"b".to_vec()]);
}

#[test]
fn what_a_configuration_begins_with_counts() {
    let files = [
        ("foundry.toml", "[profile.default]\nextends = 'base.toml'\n"),
        ("base.toml", "[profile.default]\nvia_ir = true\n"),
    ];
    let found = Told::files(&files).read(Ecosystem::Foundry).unwrap();
    let told = facts(&found, Level::Dependencies);
    let wanted = "settings in base.toml: default.via_ir = true".to_owned();
    assert!(told.contains(&wanted), "{told:?}");
}

#[test]
fn what_is_broken_says_where() {
    let line = |files: &[(&str, &str)]| {
        let problems = Told::files(files).read(Ecosystem::Foundry).unwrap_err();
        problems[0].place.clone().unwrap().line
    };
    assert_eq!(line(&[("foundry.toml", "[profile.default]\n<<<<<<< ours\n")]), Some(2));
    assert_eq!(line(&[("foundry.toml", ""), ("soldeer.lock", "a = 1\n")]), Some(1));
    assert_eq!(line(&[("foundry.toml", ""), ("foundry.lock", "{\n")]), Some(2));
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z\\[\\]=\"'. \n{}]{0,60}") {
        for name in ["foundry.toml", "soldeer.lock", "foundry.lock", "remappings.txt"] {
            let files = [("b/foundry.toml", ""), (name, text.as_str())];
            let _ = Told::files(&files).read(Ecosystem::Foundry);
        }
    }
}

#[test]
fn where_no_compiler_is_said_sources_say_it() {
    let check = |toml: &str, variables: &[(&str, &str)], wanted: &[&str]| {
        let files = [
            ("foundry.toml", toml),
            ("src/A.sol", "// SPDX\r\npragma  solidity\r\n ^0.8.20 ;\ncontract A {}"),
            ("src/B.sol", "pragma abicoder v2;\npragma solidity >=0.7.0 <0.9.0;"),
            ("src/C.sol", "pragma solidity ^0.8.20; // pragma"),
            ("node_modules/x/D.sol", "pragma solidity 0.4.1;"),
        ];
        let told = Told { variables, ..Told::files(&files) };
        let found = told.read(Ecosystem::Foundry).unwrap();
        let all = facts(&found, Level::Dependencies);
        let asked: Vec<&str> =
            all.iter().filter_map(|it| it.strip_prefix("compilers that sources ask for in .: ")).collect();
        assert_eq!(asked, wanted, "{toml} {variables:?}");
        let is_told = found.ingredients.iter().any(|it| it.is_of_downloads && !it.facts.is_empty());
        assert!(is_told || wanted.is_empty());
    };
    let both = [">=0.7.0 <0.9.0 = ", "^0.8.20 = "];
    check("", &[], &both);
    check("[profile.default]\nauto_detect_solc = true", &[], &both);
    check("[profile.default]\nsolc = '0.8.24'", &[], &[]);
    check("[profile.default]\nauto_detect_solc = false", &[], &[]);
    check("", &[("FOUNDRY_SOLC", "0.8.24")], &[]);
}
