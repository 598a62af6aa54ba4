//! The real `@actions/glob`, asked for the hash of trees that nobody made: our hash is its hash.
//!
//! There are two: the newest, and the one that GitHub's runner has in its bundle of `hashFiles` (0.4.0 with
//! minimatch 3.1). Patterns that are refused because the two read them differently are not asked about, but for
//! the test that they do. No name begins with a line break: that is how they differ on one pattern,
//! which the page of `repo_model::hash_files` tells.

use std::fs;
use std::process::Command;
use std::thread::JoinHandle;

use repo_model::hash_files::{HashPatterns, Why};
use system::{HashRequest, HashStyle};
use testkit::Scratch;

use crate::frameworks::npm;
use crate::picomatch::made_up::Random;

mod made_up;

use made_up::{Case, case};

/// Another seed makes other trees.
const SEED: u64 = 20_261_122;
const TREES: usize = 10_000;

/// Whether a pattern is refused because the packages read it differently.
fn is_disputed(case: &Case) -> bool {
    let top = case.directory.to_str().unwrap();
    let read = HashPatterns::new(&case.patterns, top, case.home.to_str());
    let is_disputed = |why: &Why| matches!(why, Why::Disputed(_));
    read.is_err_and(|wrong| wrong.iter().any(|wrong| is_disputed(&wrong.why)))
}

/// What ours says: the hash, nothing where there is no file, or `error`.
fn ours(case: &Case, threads: usize) -> String {
    let top = case.directory.to_str().unwrap();
    let Ok(patterns) = HashPatterns::new(&case.patterns, top, case.home.to_str()) else {
        return "error".to_owned();
    };
    let hashed = system::hash_files(&HashRequest {
        patterns: &patterns,
        top,
        follows_links: case.follows,
        style: HashStyle::HashFiles,
        threads: threads.try_into().ok(),
    });
    let digest = hashed.map(|hashed| hashed.digest);
    digest.map_or_else(
        |_| "error".to_owned(),
        |digest| digest.map_or_else(String::new, |digest| repo_model::hexadecimal(&digest)),
    )
}

/// The packages, of @actions/glob as it is today and as the runner has it.
const PACKAGES: [(&str, &str); 2] =
    [("@actions/glob", "0.7.0"), ("actions-glob-of-the-runner", "0.4.0")];

/// What a package says of all cases.
fn theirs((package, version): (&str, &str), cases: &[Case]) -> JoinHandle<Vec<String>> {
    let folder = npm().join("node_modules").join(package);
    let installed = fs::read(folder.join("package.json")).unwrap();
    let installed: serde_json::Value = serde_json::from_slice(&installed).unwrap();
    assert_eq!(installed["version"], version, "the version that repo_model's page names");
    let asked: Vec<serde_json::Value> = cases.iter().map(|case| serde_json::json!({
        "directory": case.directory, "home": case.home, "patterns": case.patterns, "follows": case.follows,
    })).collect();
    std::thread::spawn(move || {
        let scratch = Scratch::new();
        scratch.write("cases.json", serde_json::to_vec(&asked).unwrap());
        scratch.write("oracle.mjs", include_str!("oracle.mjs"));
        let mut node = Command::new("node");
        node.arg(scratch.at("oracle.mjs")).arg(folder);
        node.arg(scratch.at("cases.json")).arg(scratch.at("answers.json"));
        let output = node.output().expect("node runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&scratch.read("answers.json")).unwrap()
    })
}

#[test]
fn every_tree_has_the_hash_that_it_has_for_actions_glob() {
    let scratch = Scratch::new();
    let folder = fs::canonicalize(scratch.path()).unwrap();
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse().ok());
    let mut random = Random::new(number("SIGNALBOX_SEED").unwrap_or(SEED));
    let trees = 0..TREES;
    let cases: Vec<Case> = trees
        .map(|number| case(&folder.join(number.to_string()), &mut random, &is_disputed))
        .collect();
    let theirs = PACKAGES.map(|package| theirs(package, &cases));
    let ours: Vec<String> =
        cases.iter().zip((1..=3).cycle()).map(|(case, threads)| ours(case, threads)).collect();
    let mut differences = Vec::new();
    for ((package, _), theirs) in PACKAGES.iter().zip(theirs) {
        let theirs = theirs.join().unwrap();
        assert_eq!(theirs.len(), ours.len());
        for ((case, ours), theirs) in cases.iter().zip(&ours).zip(theirs) {
            if *ours != theirs {
                let Case { directory, patterns, follows, .. } = case;
                let what = format!("{} {patterns:?} {follows}", directory.display());
                differences.push(format!("{package}: {what}: {theirs:?}, ours {ours:?}"));
            }
        }
    }
    let count = |kind: &dyn Fn(&str) -> bool| ours.iter().filter(|ours| kind(ours)).count();
    let (errors, nothing) = (count(&|it| it == "error"), count(&str::is_empty));
    let hashes = TREES - errors - nothing;
    println!("{TREES} trees: {hashes} hashes, {nothing} without a file, {errors} errors");
    let shown: Vec<&String> = differences.iter().take(20).collect();
    assert!(differences.is_empty(), "{} differ: {shown:#?}", differences.len());
    assert!(hashes >= TREES * 2 / 5 && errors <= TREES / 4, "{hashes} {errors}");
}

#[test]
fn what_is_refused_as_disputed_is_read_differently() {
    let scratch = Scratch::new();
    let folder = fs::canonicalize(scratch.path()).unwrap();
    let names = [
        "a", "b", "z", "x", "d", "]", "[", "-", "^", "!", "a]", "!]", "^]", "a.js", "\\.js", "ab",
        "a:]", "x[", "@x", "@*", "[x", "[z-a]", "^a]", "[",
    ];
    for (number, name) in names.iter().enumerate() {
        fs::write(folder.join(name), number.to_string()).unwrap();
    }
    let disputed = [
        "[[:alpha:]]",
        "[z-a]",
        "[!]",
        "[^]a]",
        "[a\\-z]",
        "[\\^a]",
        "\\@*",
        "[*",
        "*[",
        "*\\.js",
        "?\\.js",
    ];
    let cases: Vec<Case> = disputed
        .iter()
        .map(|pattern| Case {
            directory: folder.clone(),
            home: folder.clone(),
            patterns: (*pattern).to_owned(),
            follows: true,
        })
        .collect();
    let [newest, runner] = PACKAGES.map(|package| theirs(package, &cases).join().unwrap());
    let mut alike = Vec::new();
    for ((case, newest), runner) in cases.iter().zip(newest).zip(runner) {
        assert!(is_disputed(case), "{}", case.patterns);
        if newest == runner {
            alike.push(&case.patterns);
        }
    }
    assert!(alike.is_empty(), "read alike: {alike:?}");
}
