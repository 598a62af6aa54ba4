//! The test suites that are shared out: real ones with their measured times, or made up here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::random::Random;

/// What must run, with the microseconds of each.
#[derive(Clone, Debug)]
pub(crate) struct Suite {
    pub(crate) name: String,
    pub(crate) items: Items,
    pub(crate) times: BTreeMap<String, u64>,
}

/// What the items are: some tools can share out files only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Items {
    Tests,
    Files,
}

impl Suite {
    pub(crate) fn weights(&self) -> Vec<u64> {
        self.times.values().copied().collect()
    }

    /// The whole suite and, where its items are tests of files, its files.
    fn both(name: &str, times: BTreeMap<String, u64>) -> Vec<Self> {
        if !times.keys().any(|name| name.contains("::")) {
            return vec![Self { name: format!("{name}, files"), items: Items::Files, times }];
        }
        let mut files = BTreeMap::new();
        for (test, micros) in &times {
            let file = test.split("::").next().unwrap_or(test);
            *files.entry(file.to_owned()).or_insert(0) += micros;
        }
        vec![
            Self { name: format!("{name}, tests"), items: Items::Tests, times },
            Self { name: format!("{name}, files"), items: Items::Files, times: files },
        ]
    }
}

/// The suites of a folder: those of its JSON files, and the histories in its folders.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) suites: Vec<Suite>,
    /// The times of one suite, version after version; empty where a folder holds no history.
    pub(crate) history: Vec<BTreeMap<String, u64>>,
}

/// Reads every `.json` file of the folder and of the first folder in it, each a JSON object from
/// names to seconds, or to milliseconds where the file's name ends in `-ms.json`.
pub(crate) fn read(folder: &Path) -> anyhow::Result<Data> {
    let mut suites = Vec::new();
    let (files, folders) = listed(folder)?;
    for file in files {
        suites.extend(Suite::both(&stem(&file), times_in(&file)?));
    }
    let mut history = Vec::new();
    if let Some(folder) = folders.first() {
        for file in listed(folder)?.0 {
            let times = times_in(&file)?;
            suites.extend(Suite::both(&stem(&file), times.clone()));
            history.push(times);
        }
    }
    anyhow::ensure!(!suites.is_empty(), "{}: no suite is in it", folder.display());
    Ok(Data { suites, history })
}

/// Three suites of files and three versions of one, for machines without real ones.
pub(crate) fn made_up() -> Data {
    let suite = |seed| made_up_times(seed, 1200);
    let suites = (7..10).flat_map(|seed| Suite::both(&format!("made up {seed}"), suite(seed)));
    let mut history = vec![suite(7)];
    for seed in 1..3 {
        let mut random = Random(seed);
        let next = history.last().into_iter().flatten();
        let next =
            next.map(|(name, micros)| (name.clone(), micros * random.between(80, 125) / 100));
        let next = next.collect();
        history.push(next);
    }
    Data { suites: suites.collect(), history }
}

/// Files of which most take a second or two, some a minute.
pub(crate) fn made_up_times(seed: u64, count: u64) -> BTreeMap<String, u64> {
    let mut random = Random(seed);
    let mut time = |number: u64| {
        let scale = 1 << random.below(7);
        (format!("spec/made_up_{number:04}_spec.rb"), 100_000 + scale * random.below(1_000_000))
    };
    (0..count).map(&mut time).collect()
}

/// The times of a JSON object from names to seconds: knapsack's and pytest-split's form.
pub(crate) fn times_of(json: &[u8]) -> anyhow::Result<BTreeMap<String, u64>> {
    in_micros(json, 1e6)
}

fn times_in(file: &Path) -> anyhow::Result<BTreeMap<String, u64>> {
    let json = fs::read(file).with_context(|| file.display().to_string())?;
    let micros = if stem(file).ends_with("-ms") { 1e3 } else { 1e6 };
    in_micros(&json, micros).with_context(|| file.display().to_string())
}

fn in_micros(json: &[u8], micros: f64) -> anyhow::Result<BTreeMap<String, u64>> {
    let times: BTreeMap<String, f64> =
        serde_json::from_slice(json).context("expected a JSON object from names to times")?;
    let micros = |time: f64| format!("{:.0}", time * micros).parse().context("a time below zero");
    times.into_iter().map(|(name, time)| Ok((name, micros(time)?))).collect()
}

/// The JSON files of a folder and the folders in it, by name.
fn listed(folder: &Path) -> anyhow::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        paths.push(entry?.path());
    }
    paths.sort();
    let (folders, files): (Vec<PathBuf>, Vec<PathBuf>) =
        paths.into_iter().partition(|path| path.is_dir());
    let is_json = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
    Ok((files.into_iter().filter(is_json).collect(), folders))
}

fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, micros: f64, wanted: Option<&[(&str, u64)]>) {
        let wanted = wanted.map(|times| {
            times.iter().map(|(name, micros)| ((*name).to_owned(), *micros)).collect()
        });
        assert_eq!(in_micros(json.as_bytes(), micros).ok(), wanted);
    }

    #[test]
    fn times_become_whole_microseconds() {
        check(r#"{"b": 1.5, "a": 0.0000004}"#, 1e6, Some(&[("a", 0), ("b", 1_500_000)]));
        check(r#"{"a": 172}"#, 1e3, Some(&[("a", 172_000)]));
        check(r#"{"a": -1}"#, 1e6, None);
        check(r#"["a"]"#, 1e6, None);
    }

    #[test]
    fn tests_are_also_shared_out_by_file() {
        let times = [("x.py::a", 1), ("x.py::b", 2), ("y.py::a", 4)];
        let times = times.map(|(name, micros)| (name.to_owned(), micros));
        let both = Suite::both("s", BTreeMap::from(times));
        let found: Vec<(Items, Vec<u64>)> =
            both.iter().map(|suite| (suite.items, suite.weights())).collect();
        assert_eq!(found, [(Items::Tests, vec![1, 2, 4]), (Items::Files, vec![3, 4])]);
        assert_eq!(Suite::both("s", BTreeMap::from([("x.rb".to_owned(), 1)])).len(), 1);
    }
}
