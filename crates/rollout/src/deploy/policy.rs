//! What the table `[deploy]` says.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::config::{Config, Spot, Table, Word};
use diagnostics::{Foreign, Problem, nearest, text};

use super::strategy::{Phases, Strategy};

/// How many commands run at once where nobody says it.
const PARALLEL: u64 = 4;
/// How long a command may take where nobody says it: half an hour, in milliseconds.
const TIMEOUT: u64 = 30 * 60_000;
/// How often health is asked for where nobody says it, in milliseconds.
const INTERVAL: u64 = 30_000;
/// How many checks in a row must fail while a component is watched.
const FAILURES: u64 = 3;

/// The variables that each command is given, which the configuration cannot set.
const OURS: [&str; 5] = ["COMPONENT", "VERSION", "ENVIRONMENT", "REGION", "PREVIOUS"];

/// What to do when a component fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// What was deployed is taken back, in reverse.
    #[default]
    RollBack,
    /// It stays as it is; the next run tries again what failed.
    Stop,
}

impl OnFailure {
    /// The words of the configuration.
    pub const WORDS: [(&'static str, Self); 2] =
        [("rollback", Self::RollBack), ("stop", Self::Stop)];
}

/// What is deployed, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How many commands run at once.
    pub parallel: u64,
    /// What to do when a component fails.
    pub on_failure: OnFailure,
    /// The way to deploy where neither environment nor component says one.
    pub strategy: Option<Strategy>,
    /// What all commands are told.
    pub variables: BTreeMap<String, String>,
    /// The environments, by name. Without any, every name is one.
    pub environments: BTreeMap<String, Environment>,
    /// The components, in the order of the file.
    pub components: Vec<Component>,
}

/// Where to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// The way to deploy there.
    pub strategy: Option<Strategy>,
    /// The regions, one after the other. Without any there is one, without a name.
    pub regions: Vec<String>,
    /// What commands are told there.
    pub variables: BTreeMap<String, String>,
}

/// One thing that is deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Where it stands in the file.
    pub spot: Spot,
    /// What must be there before it, by place in the list of components.
    pub depends_on: Vec<usize>,
    /// The environments that it is deployed to; all without any.
    pub environments: BTreeSet<String>,
    /// Its own way to deploy.
    pub strategy: Option<Strategy>,
    /// Its own lines.
    pub phases: Phases,
    /// What its commands are told.
    pub variables: BTreeMap<String, String>,
    /// How long it is watched before what served before is removed, in milliseconds.
    pub soak: u64,
    /// How long to wait between two checks, in milliseconds.
    pub interval: u64,
    /// How many checks in a row must fail while it is watched.
    pub failures: u64,
    /// How long a command may take, in milliseconds.
    pub timeout: u64,
}

impl Policy {
    /// Reads the table `[deploy]` of a file.
    ///
    /// # Errors
    /// With every mistake in it, in the order of their places; but circles are told by [`super::plan()`].
    pub fn read(file: impl Into<Foreign>, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let read = Config::read(file, bytes, |top| {
            let mut table = top.of_suite("deploy");
            if !table.is_there() {
                let label = "expected the table `[deploy]`";
                table.wrong_table(
                    "nothing says what is deployed",
                    label,
                    "write `[[deploy.component]]` for each component",
                );
            }
            Self::of(&mut table, &mut problems)
        });
        problems.extend(read.as_ref().err().into_iter().flatten().cloned());
        problems.sort_by_key(|it| it.place.as_ref().map(|place| (place.line, place.column)));
        read.ok().filter(|_| problems.is_empty()).ok_or(problems)
    }

    fn of(table: &mut Table<'_, '_>, problems: &mut Vec<Problem>) -> Self {
        let parallel = positive(table, "parallel").unwrap_or(PARALLEL);
        let on_failure = table.choice("on-failure", &OnFailure::WORDS).unwrap_or_default();
        let strategy = table.choice("strategy", &Strategy::WORDS);
        let own = variables(table);
        let environments = environments(table);
        let mut raw: Vec<(Component, Vec<(Word, Spot)>)> = Vec::new();
        for mut inner in table.tables("component") {
            if let Some(read) = component(&mut inner, &environments, problems) {
                let twice = raw.iter().find(|(known, _)| known.name == read.0.name);
                if let Some((first, _)) = twice {
                    let name = Foreign::from(read.0.name.as_str());
                    let line = first.spot.place.line.unwrap_or_default();
                    let message = text!["there are two components with the name ", name];
                    let label = text!["the first is at line ", line];
                    problems.push(read.0.spot.problem(
                        Problem::error(message).label(label).help("give one of them another name"),
                    ));
                } else {
                    raw.push(read);
                }
            }
        }
        let names: BTreeMap<String, usize> =
            raw.iter().enumerate().map(|(at, (it, _))| (it.name.clone(), at)).collect();
        let mut components = Vec::new();
        for (mut component, wanted) in raw {
            for (word, spot) in wanted {
                match names.get(&word.text) {
                    Some(at) => component.depends_on.push(*at),
                    None => problems.push(unknown(&word, &spot, &names)),
                }
            }
            component.depends_on.sort_unstable();
            component.depends_on.dedup();
            components.push(component);
        }
        Self { parallel, on_failure, strategy, variables: own, environments, components }
    }
}

fn positive(table: &mut Table<'_, '_>, key: &'static str) -> Option<u64> {
    let number = table.count(key)?;
    if number == 0 {
        table.wrong_value(key, "expected at least 1", "leave it out for the usual number");
    }
    Some(number.max(1))
}

fn environments(table: &mut Table<'_, '_>) -> BTreeMap<String, Environment> {
    let mut outer = table.table("environments");
    let mut all = BTreeMap::new();
    for (name, mut inner) in outer.named() {
        let mut regions: Vec<String> = Vec::new();
        for region in inner.strings("regions").unwrap_or_default() {
            if !is_name(&region.text) || regions.contains(&region.text) {
                inner.wrong(&region, "expected the name of one more region", NAME_HELP);
            }
            regions.push(region.text);
        }
        let strategy = inner.choice("strategy", &Strategy::WORDS);
        let variables = variables(&mut inner);
        all.insert(name.text, Environment { strategy, regions, variables });
    }
    all
}

const NAME_HELP: &str = "write letters, digits, `-`, `_`, `.` and `/`";

/// Whether a name can stand in a file, a command and an output without harm.
fn is_name(name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_part)
}

fn variables(table: &mut Table<'_, '_>) -> BTreeMap<String, String> {
    let mut outer = table.table("variables");
    let mut all = BTreeMap::new();
    for (name, value) in outer.named_strings() {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let is_variable = name.text.chars().all(is_plain)
            && name.text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if !is_variable {
            outer.wrong(&name, "expected the name of a variable", "write capitals, digits and `_`");
        } else if OURS.contains(&name.text.as_str()) {
            let help = "leave it out: it is set for each command";
            outer.wrong(&name, "expected the name of another variable", help);
        } else if value.text.contains('\0') {
            outer.wrong(&value, "expected no byte 0", "no program can be given one");
        }
        all.insert(name.text, value.text);
    }
    all
}

fn component(
    table: &mut Table<'_, '_>,
    environments: &BTreeMap<String, Environment>,
    problems: &mut Vec<Problem>,
) -> Option<(Component, Vec<(Word, Spot)>)> {
    let name = table.string("name");
    let name = table.required("name", name);
    if let Some(name) = name.as_ref().filter(|name| !is_name(&name.text)) {
        table.wrong(name, "expected the name of a component", NAME_HELP);
    }
    let wanted = table.strings("depends-on").unwrap_or_default();
    let wanted = wanted.into_iter().map(|word| {
        let spot = table.spot_of(&word);
        (word, spot)
    });
    let wanted = wanted.collect();
    let mut only = BTreeSet::new();
    for word in table.strings("environments").unwrap_or_default() {
        if !environments.is_empty() && !environments.contains_key(&word.text) {
            let message = text!["there is no environment ", Foreign::from(word.text.as_str())];
            let mut problem = Problem::error(message).label("not one of `[deploy.environments]`");
            if let Some(near) = nearest(&word.text, environments.keys().map(String::as_str)) {
                problem = problem.help(text!["did you mean ", Foreign::from(near), "?"]);
            }
            problems.push(table.spot_of(&word).problem(problem));
        }
        only.insert(word.text);
    }
    let mut line = |key| {
        let word = table.string(key)?;
        if word.text.trim().is_empty() || word.text.contains('\0') {
            table.wrong(
                &word,
                "expected a line for `sh`",
                "leave it out where nothing is to be run",
            );
        }
        Some(word.text)
    };
    let phases = Phases {
        before: line("before"),
        probe: line("probe"),
        deploy: line("deploy"),
        check: line("check"),
        switch: line("switch"),
        remove: line("remove"),
        rollback: line("rollback"),
    };
    let strategy = table.choice("strategy", &Strategy::WORDS);
    let variables = variables(table);
    let soak = table.duration("soak").unwrap_or_default();
    let interval = table.duration("interval").unwrap_or(INTERVAL).max(1);
    let failures = positive(table, "failures").unwrap_or(FAILURES);
    let timeout = table.duration("timeout").unwrap_or(TIMEOUT).max(1);
    let spot = name.as_ref().map_or_else(|| table.spot(), |name| table.spot_of(name));
    let component = Component {
        name: name?.text,
        spot,
        depends_on: Vec::new(),
        environments: only,
        strategy,
        phases,
        variables,
        soak,
        interval,
        failures,
        timeout,
    };
    Some((component, wanted))
}

fn unknown(word: &Word, spot: &Spot, names: &BTreeMap<String, usize>) -> Problem {
    let message = text!["there is no component ", Foreign::from(word.text.as_str())];
    let problem = Problem::error(message).label("nothing with this name is deployed");
    let near = nearest(&word.text, names.keys().map(String::as_str));
    let help = near.map_or_else(
        || text!["add a `[[deploy.component]]` with this name, or leave it out"],
        |near| text!["did you mean ", Foreign::from(near), "?"],
    );
    spot.problem(problem.help(help))
}
