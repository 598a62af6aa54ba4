//! The real picomatch, asked about patterns and paths that nobody wrote: our answer is its answer.
//!
//! Paths with a line feed are matched with picomatch's option `flags: "s"`, which is how ours differs
//! from it on purpose. Left out are the few patterns whose expression takes node too long to try, and
//! counted.

use std::fs;
use std::process::Command;

use repo_model::{Glob, GlobSet};
use testkit::Scratch;

use crate::frameworks::npm;

pub(crate) mod made_up;

use made_up::{Random, path, pattern};

/// Another seed asks about other patterns and paths.
const SEED: u64 = 20_261_121;
const PATTERNS: usize = 5_200;
const PATHS: usize = 24;

/// Patterns on which picomatch fails or never ends, and those nearest to them that it takes.
const EDGES: &[&str] = &[
    "",
    "{1..+(|a}b)",
    "{..+(}|)",
    "{1..+(}|a)",
    "a/\\\\\\\\",
    "a/\\\\\\\\b",
    "a/\\\\\\",
    "[\\][:alpha:",
    "[\\][:alpha:]",
    "[[:alpha:",
];

fn cases() -> Vec<(String, Vec<String>)> {
    let mut random = Random::new(SEED);
    let patterns: Vec<String> = (0..PATTERNS).map(|_| pattern(&mut random)).collect();
    let long = ["x".repeat(1 << 16), "x".repeat((1 << 16) + 1), "😀".repeat((1 << 15) + 1)];
    let edges = EDGES.iter().map(|edge| (*edge).to_owned()).chain(long);
    let paths_of = |pattern: String| {
        let paths = (0..PATHS).map(|_| path(&pattern, &mut random)).collect();
        (pattern, paths)
    };
    patterns.into_iter().chain(edges).map(paths_of).collect()
}

/// What the real picomatch says: a `1` or `0` for each path, or a word for the pattern.
fn answers(cases: &[(String, Vec<String>)]) -> Vec<String> {
    let scratch = Scratch::new();
    scratch.write("cases.json", serde_json::to_vec(cases).unwrap());
    scratch.write("oracle.js", include_str!("oracle.js"));
    let mut node = Command::new("node");
    node.arg(scratch.at("oracle.js")).arg(npm().join("node_modules/picomatch"));
    let output = node.arg(scratch.at("cases.json")).output().expect("node runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What ours says, in the same words, given what picomatch says of the pattern.
fn ours(pattern: &str, paths: &[String]) -> String {
    match Glob::new(pattern) {
        Ok(glob) => paths
            .iter()
            .map(|path| if glob.is_match(path.as_bytes()) { '1' } else { '0' })
            .collect(),
        Err(error) if error.why.ends_with("never ends") => "endless".to_owned(),
        Err(_) => "throws".to_owned(),
    }
}

#[test]
fn every_pattern_matches_what_it_matches_for_picomatch() {
    let installed = fs::read(npm().join("node_modules/picomatch/package.json")).unwrap();
    let installed: serde_json::Value = serde_json::from_slice(&installed).unwrap();
    assert_eq!(installed["version"], "4.0.7", "the version that repo_model's page names");

    let cases = cases();
    let (mut pairs, mut matching, mut slow) = (0, 0, 0);
    let mut differences = Vec::new();
    for ((pattern, paths), theirs) in cases.iter().zip(answers(&cases)) {
        if theirs == "slow" {
            slow += 1;
            continue;
        }
        let ours = ours(pattern, paths);
        pairs += paths.len();
        matching += theirs.matches('1').count();
        if ours.len() != theirs.len() {
            differences.push(format!("{pattern:?}: picomatch {theirs}, ours {ours}"));
            continue;
        }
        for ((path, theirs), ours) in paths.iter().zip(theirs.chars()).zip(ours.chars()) {
            if theirs != ours {
                differences.push(format!("{pattern:?}, {path:?}: picomatch {theirs}, ours {ours}"));
            }
        }
    }
    println!("{pairs} pairs, {matching} of which match; {slow} patterns are too slow for node");
    let shown: Vec<&String> = differences.iter().take(20).collect();
    assert!(differences.is_empty(), "{} differ: {shown:#?}", differences.len());
    assert!(pairs >= 120_000 && matching >= pairs / 8 && slow <= 100, "{pairs} {matching} {slow}");
}

#[test]
fn patterns_together_match_what_each_matches_alone() {
    let cases = cases();
    let mut found = Vec::new();
    for some in cases[..1_200].chunks(60) {
        let globs: Vec<Glob> = some.iter().filter_map(|(it, _)| Glob::new(it).ok()).collect();
        let mut set = GlobSet::new(&globs);
        for path in some.iter().flat_map(|(_, paths)| paths.iter().take(2)) {
            set.matches_into(path.as_bytes(), &mut found);
            let alone = (0..globs.len()).filter(|at| globs[*at].is_match(path.as_bytes()));
            assert_eq!(found, alone.collect::<Vec<_>>(), "{path:?}");
        }
    }
}
