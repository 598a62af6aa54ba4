//! Asks guppy's determinator: one question a line on standard input, one answer a line on standard
//! output.
//!
//! A question is `{"old": FILE, "new": FILE, "changed": [PATH, ...], "rules": TEXT}`, with files that
//! `cargo metadata --all-features` wrote, and rules as they stand in a file; the answer is the list of
//! affected members, sorted. Its default rules apply, unless the rules say otherwise.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufRead as _, Write as _};

use determinator::Determinator;
use determinator::rules::DeterminatorRules;
use guppy::CargoMetadata;
use guppy::graph::{DependencyDirection, PackageGraph};
use serde::Deserialize;

#[derive(Deserialize)]
struct Question {
    old: String,
    new: String,
    changed: Vec<String>,
    rules: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut graphs = BTreeMap::new();
    let mut stdout = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let question: Question = serde_json::from_str(&line?)?;
        for file in [&question.old, &question.new] {
            if !graphs.contains_key(file) {
                let metadata = CargoMetadata::parse_json(std::fs::read_to_string(file)?)?;
                graphs.insert(file.clone(), metadata.build_graph()?);
            }
        }
        let graph = |file: &String| graphs.get(file).ok_or("no such graph");
        let names = answer(graph(&question.old)?, graph(&question.new)?, &question)?;
        writeln!(stdout, "{}", serde_json::to_string(&names)?)?;
    }
    Ok(())
}

fn answer(
    old: &PackageGraph,
    new: &PackageGraph,
    question: &Question,
) -> Result<Vec<String>, Box<dyn Error>> {
    let rules = DeterminatorRules::parse(&question.rules)?;
    let mut determinator = Determinator::new(old, new);
    determinator.set_rules(&rules)?.add_changed_paths(&question.changed);
    let affected = determinator.compute().affected_set;
    let packages = affected.packages(DependencyDirection::Forward);
    let members = packages.filter(|package| package.in_workspace());
    let mut names: Vec<String> = members.map(|package| package.name().to_owned()).collect();
    names.sort();
    Ok(names)
}
