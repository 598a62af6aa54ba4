//! What tests of single ecosystems have in common.

use std::collections::BTreeMap;

use bstr::BString;
use diagnostics::Problem;
use repo_model::MemoryTree;

use super::{Answer, Ecosystem, Fact, Found, Layer, Level, Machine, Seen, Settings};

/// What an ecosystem is told.
pub(super) struct Told<'a> {
    pub(super) files: &'a [(&'a str, &'a str)],
    pub(super) variables: &'a [(&'a str, &'a str)],
    pub(super) answers: &'a [&'a str],
    pub(super) os: &'a str,
}

impl<'a> Told<'a> {
    pub(super) fn files(files: &'a [(&'a str, &'a str)]) -> Self {
        Self { files, variables: &[], answers: &[], os: "linux" }
    }

    /// What it reads; everything is kept.
    pub(super) fn read(&self, ecosystem: Ecosystem) -> Result<Found, Vec<Problem>> {
        let tree = MemoryTree::new(self.files.iter().copied()).unwrap();
        let variables: BTreeMap<BString, BString> =
            self.variables.iter().map(|(name, it)| ((*name).into(), (*it).into())).collect();
        let machine = Machine {
            os: self.os.to_owned(),
            home: Some(b"/home/me".to_vec()),
            repository: b"/home/me/work/r".to_vec(),
            ..Machine::default()
        };
        let settings = Settings { keeps_workspace: true, ..Settings::default() };
        let answers: Vec<Answer> =
            self.answers.iter().map(|it| Answer::Said(it.as_bytes().to_vec())).collect();
        ecosystem.read(&Seen {
            tree: &tree,
            variables: &variables,
            answers: &answers,
            beyond: &[],
            machine: &machine,
            settings: &settings,
        })
    }
}

/// The facts of a level that anybody may read, each as `ingredient: name = value`; of others the name alone.
pub(super) fn facts(found: &Found, level: Level) -> Vec<String> {
    let all = found.ingredients.iter().filter(|it| it.level == level);
    let mut lines: Vec<String> = all
        .flat_map(|it| {
            it.facts.iter().map(|(name, fact)| match fact {
                Fact::Shown(value) => format!("{}: {name} = {value}", it.name),
                Fact::Hidden(_) => format!("{}: {name}", it.name),
            })
        })
        .collect();
    lines.sort();
    lines
}

/// The paths of a layer.
pub(super) fn paths(found: &Found, layer: Layer) -> Vec<String> {
    let places = found.places.iter().filter(|it| it.layer == layer);
    places.map(|it| String::from_utf8(it.path.clone()).unwrap()).collect()
}
