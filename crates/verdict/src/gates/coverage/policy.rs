//! What the gate wants: `[gate.coverage]`.

use std::collections::BTreeSet;

use diagnostics::config::Table;
use repo_model::Glob;
use reports::coverage::Metric;

use super::percent::Percent;
use crate::Mode;
use crate::globs::globs;

/// What the gate wants.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// What is counted.
    pub metric: Metric,
    /// How much of all files has to be run.
    pub min: Percent,
    /// By how many points it may be less than the base.
    pub max_drop: Option<Percent>,
    /// How much of each file has to be run.
    pub file_min: Option<Percent>,
    /// How many of the changed lines have to be run.
    pub patch_min: Option<Percent>,
    /// Of how many changed lines that can be run a change is large enough to block. `SonarQube` does not
    /// look at changes of fewer than 20 lines (its documentation, "Quality gates").
    pub patch_grace_lines: u64,
    /// What stands before the path from the repository's root in the reports.
    pub strip_prefix: Vec<String>,
    /// The files that do not count. Without the key these are tests, benches, examples and build scripts.
    pub exclude: Vec<Glob>,
    /// The parts that have a limit of their own.
    pub components: Vec<Component>,
}

/// A part of the repository with a limit of its own, so that a well tested large part does not hide it.
#[derive(Clone, Debug)]
pub struct Component {
    /// Its name, which is its key in a baseline too.
    pub name: String,
    /// Its files.
    pub paths: Vec<Glob>,
    /// How much of it has to be run.
    pub min: Percent,
    /// By how many points it may be less than the base.
    pub max_drop: Option<Percent>,
    /// What is done with what is found about it.
    pub mode: Mode,
}

/// Files that are seldom meant: what tests and does not ship, by the customs of cargo, pytest, jest and
/// `go test`. cargo-llvm-cov leaves the first three out itself.
const NOT_MEANT: [&str; 11] = [
    "**/tests/**",
    "**/benches/**",
    "**/examples/**",
    "**/build.rs",
    "**/test/**",
    "**/__tests__/**",
    "**/*.test.*",
    "**/*.spec.*",
    "**/test_*.py",
    "**/conftest.py",
    "**/*_test.go",
];

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            metric: Metric::default(),
            min: Percent::whole(60),
            max_drop: None,
            file_min: None,
            patch_min: None,
            patch_grace_lines: 20,
            strip_prefix: Vec::new(),
            exclude: NOT_MEANT.iter().filter_map(|pattern| Glob::new(pattern).ok()).collect(),
            components: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let default = Self::default();
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or(default.mode);
        let metric = table.choice("metric", &Metric::WORDS).unwrap_or(default.metric);
        let min = percent(table, "min").unwrap_or(default.min);
        let max_drop = percent(table, "max-drop");
        let file_min = percent(table, "file-min");
        let patch_min = percent(table, "patch-min");
        let patch_grace_lines =
            table.count("patch-grace-lines").unwrap_or(default.patch_grace_lines);
        let strip_prefix = table.strings("strip-prefix").unwrap_or_default();
        let exclude = globs(table, "exclude").unwrap_or(default.exclude);
        let mut names = BTreeSet::new();
        let mut components = Vec::new();
        for mut table in table.tables("component") {
            let limits = Limits { min, max_drop, mode };
            components.extend(component(&mut table, &limits, &mut names));
        }
        Self {
            mode,
            metric,
            min,
            max_drop,
            file_min,
            patch_min,
            patch_grace_lines,
            strip_prefix: strip_prefix.into_iter().map(|word| word.text).collect(),
            exclude,
            components,
        }
    }
}

/// What holds for a component that does not say otherwise.
struct Limits {
    min: Percent,
    max_drop: Option<Percent>,
    mode: Mode,
}

fn component(
    table: &mut Table<'_, '_>,
    limits: &Limits,
    names: &mut BTreeSet<String>,
) -> Option<Component> {
    let name = table.string("name");
    let paths = globs(table, "paths");
    let min = percent(table, "min").unwrap_or(limits.min);
    let max_drop = percent(table, "max-drop").or(limits.max_drop);
    let mode = table.choice("mode", &Mode::WORDS).unwrap_or(limits.mode);
    let name = table.required("name", name);
    let paths = table.required("paths", paths);
    let (name, paths) = name.zip(paths)?;
    if !names.insert(name.text.clone()) {
        table.wrong(
            &name,
            "two components have this name",
            "give each its own: the baseline tells them apart by it",
        );
    }
    Some(Component { name: name.text, paths, min, max_drop, mode })
}

fn percent(table: &mut Table<'_, '_>, key: &'static str) -> Option<Percent> {
    let word = table.amount(key)?;
    let read = Percent::read(&word.text);
    if read.is_none() {
        table.wrong(
            &word,
            "expected a percentage from 0 to 100 with at most 6 decimals",
            "write a number such as 80 or 79.5",
        );
    }
    read
}

#[cfg(test)]
mod tests {
    use diagnostics::config::Config;

    use super::*;

    #[track_caller]
    fn check_wrong(text: &str, places: &[(u64, u64)]) {
        let read = Config::read("c.toml", text.as_bytes(), |top| Policy::read(top));
        let problems = read.err().unwrap_or_default();
        let told: Vec<_> = problems
            .iter()
            .map(|problem| problem.place.clone().unwrap())
            .map(|place| (place.line.unwrap(), place.column.unwrap()))
            .collect();
        assert_eq!(told, places, "{text}");
    }

    #[test]
    fn every_mistake_has_its_place() {
        check_wrong("", &[]);
        check_wrong("min = 60\nmax-drop = 1.0\npatch-min = '80%'\nfile-min = 0", &[]);
        check_wrong(
            "min = 100.5\nmax-drop = -1\npatch-min = nan\nmetric = 'lines'",
            &[(1, 7), (2, 12), (3, 13), (4, 10)],
        );
        check_wrong("patch-grace-line = 3\nexclude = ['{a']", &[(1, 1), (2, 12)]);
        check_wrong("[[component]]\nname = 'a'", &[(1, 1)]);
        check_wrong(
            "[[component]]\nname = 'a'\npaths = 'a/**'\n[[component]]\nname = 'a'\npaths = 'b/**'",
            &[(5, 8)],
        );
    }

    #[test]
    fn a_component_has_the_limits_of_the_whole_unless_it_says_otherwise() {
        let text = "min = 70\nmax-drop = 2\nmode = 'warn'\n[[component]]\nname = 'a'\npaths = 'a/**'\n[[component]]\nname = 'b'\npaths = ['b/**']\nmin = 90\nmode = 'block'";
        let policy = Config::read("c.toml", text.as_bytes(), |top| Policy::read(top)).unwrap();
        let told: Vec<_> =
            policy.components.iter().map(|it| (it.min, it.max_drop, it.mode)).collect();
        let drop = Percent::read("2");
        assert_eq!(
            told,
            [(Percent::whole(70), drop, Mode::Warn), (Percent::whole(90), drop, Mode::Block),]
        );
    }

    #[test]
    fn every_pattern_of_what_is_not_meant_is_read() {
        assert_eq!(Policy::default().exclude.len(), NOT_MEANT.len());
    }
}
