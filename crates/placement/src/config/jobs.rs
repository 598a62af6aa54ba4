//! Jobs, the profiles that they share, and what they make do with instead.
//!
//! The first option of a job is its own keys, over those of its `profile`. An option in `fallbacks` that is a
//! table stands over the first option; one that is a profile's name stands over the job's own keys, and is
//! followed by that profile's own fallbacks. An option that is the same as one before it adds nothing.

use std::collections::BTreeMap;

use diagnostics::config::{Item, Spot, Table, Word, Words};
use diagnostics::{Piece, Problem, text};
use repo_model::Glob;

use super::needs::Asked;
use super::profiles::{
    MOST_FALLBACKS, MOST_NAMED, MOST_OPTIONS, MOST_PROBLEMS, Profiles, RawProfile, twice,
};
use super::values;
use super::words;
use crate::{Need, NoGpu, OnBusy, OnNoMatch, OnOffline, Policy, Request};

const HELP_ID: &str =
    "job ids begin with a letter or `_`, and go on with letters, digits, `-` and `_`";

/// A job, as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub name: String,
    /// Where it is written.
    pub spot: Spot,
    /// What it needs, and what it makes do with instead, best first. Never empty.
    pub options: Vec<Need>,
    /// Whether nothing but the first will do, so that no policy may replace it either.
    pub is_exact: bool,
    /// How urgent it is: higher is more.
    pub priority: i32,
    /// When it needs a GPU at all; always if nothing says otherwise.
    pub when: Option<When>,
    /// What happens where it does not get what it needs.
    pub policies: Policies,
    /// The words of the cargo command that it runs, which may enable no feature that needs a GPU.
    pub cargo: Option<Vec<String>>,
}

/// The policies that are written, each in place of the run's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policies {
    /// If nothing fits.
    pub on_no_match: Option<OnNoMatch>,
    /// If what fits is busy.
    pub on_busy: Option<OnBusy>,
    /// If what fits is offline.
    pub on_offline: Option<OnOffline>,
}

impl Policies {
    /// Reads them.
    pub(super) fn read(table: &mut Table<'_, '_>) -> Self {
        Self {
            on_no_match: table.choice("on-no-match", &ON_NO_MATCH),
            on_busy: table.choice("on-busy", &ON_BUSY),
            on_offline: table.choice("on-offline", &ON_OFFLINE),
        }
    }

    /// These, and where nothing is written the others.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            on_no_match: self.on_no_match.or(other.on_no_match),
            on_busy: self.on_busy.or(other.on_busy),
            on_offline: self.on_offline.or(other.on_offline),
        }
    }

    /// These, and where nothing is written the run's.
    pub fn over(self, run: Policy) -> Policy {
        Policy {
            on_no_match: self.on_no_match.unwrap_or(run.on_no_match),
            on_busy: self.on_busy.unwrap_or(run.on_busy),
            on_offline: self.on_offline.unwrap_or(run.on_offline),
        }
    }
}

/// The words for what happens if nothing fits.
pub const ON_NO_MATCH: [(&str, OnNoMatch); 4] = [
    ("fail", OnNoMatch::Fail),
    ("cpu", OnNoMatch::Cpu),
    ("skip", OnNoMatch::Skip),
    ("wait", OnNoMatch::Wait),
];

/// The words for what happens if what fits is busy.
pub const ON_BUSY: [(&str, OnBusy); 2] = [("wait", OnBusy::Wait), ("fallback", OnBusy::Fallback)];

/// The words for what happens if what fits is offline.
pub const ON_OFFLINE: [(&str, OnOffline); 3] =
    [("fallback", OnOffline::Fallback), ("fail", OnOffline::Fail), ("wait", OnOffline::Wait)];

impl Job {
    /// What is asked of a plan for it, in a run with this policy. It may need no GPU.
    pub fn request(&self, run: Policy, no_gpu: Option<NoGpu>) -> Request {
        Request {
            name: self.name.clone(),
            priority: self.priority,
            options: self.options.clone(),
            no_gpu,
            policy: Some(self.policies.over(run)),
        }
    }
}

/// On which changes a job needs a GPU: any of them is enough.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct When {
    /// If one of these paths changed.
    pub paths: Vec<String>,
    /// If one of these packages is affected.
    pub crates: Vec<String>,
}

impl When {
    /// Whether a job needs a GPU after a change of these paths that affects these packages. It does where
    /// either is not known and could decide.
    pub fn needs_gpu(&self, paths: Option<&[&[u8]]>, crates: Option<&[&str]>) -> bool {
        let globs = self.paths.iter().map(|pattern| Glob::new(pattern));
        let is_path = paths.is_none() && !self.paths.is_empty()
            || globs.into_iter().any(|glob| {
                // A pattern was read once; if it cannot be read now, nobody knows what it matches.
                glob.map_or(true, |glob| {
                    paths.into_iter().flatten().any(|path| glob.is_match(path))
                })
            });
        let is_crate = crates.is_none() && !self.crates.is_empty()
            || self
                .crates
                .iter()
                .any(|wanted| crates.into_iter().flatten().any(|affected| wanted == affected));
        is_path || is_crate
    }
}

/// What stands in place of another need.
#[derive(Clone, Debug)]
enum Fallback {
    Table(Box<Asked>, Spot),
    Profile(String, Spot),
}

/// A job that was read, before it is known what its profiles are.
#[derive(Clone, Debug)]
pub(super) struct RawJob {
    name: Option<String>,
    written: String,
    spot: Spot,
    asked: Asked,
    profile: Option<(String, Spot)>,
    fallbacks: Vec<Fallback>,
    is_exact: bool,
    priority: i32,
    when: Option<When>,
    policies: Policies,
    cargo: Option<Vec<String>>,
}

/// Reads the table of jobs.
pub(super) fn jobs(table: &mut Table<'_, '_>, remarks: &mut Vec<Problem>) -> Vec<RawJob> {
    let mut jobs = Vec::new();
    let mut named = table.named();
    if named.len() > MOST_NAMED {
        let label = text!["found ", named.len()];
        let message = text!["there are more than ", MOST_NAMED, " jobs"];
        table.wrong_table(message, label, "GitHub runs no more than 256 jobs of one matrix");
        named.truncate(MOST_NAMED);
    }
    for (id, mut job) in named {
        let name = Some(&id.text).filter(|id| is_id(id)).cloned();
        if name.is_none() {
            table.wrong(&id, "expected the id of a job", HELP_ID);
        }
        jobs.push(RawJob::read(table, &id, name, &mut job, remarks));
    }
    jobs.sort_by_key(|job| (job.spot.place.line, job.spot.place.column));
    jobs
}

/// GitHub's rule for the ids of jobs.
fn is_id(text: &str) -> bool {
    let mut letters = text.bytes();
    let is_first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    letters.next().is_some_and(is_first)
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
        && text.len() <= 100
}

impl RawJob {
    fn read(
        jobs: &Table<'_, '_>,
        id: &Word,
        name: Option<String>,
        table: &mut Table<'_, '_>,
        remarks: &mut Vec<Problem>,
    ) -> Self {
        let asked = Asked::read(table, remarks);
        let profile = table.string("profile");
        let profile = profile.map(|word| (word.text.clone(), table.spot_of(&word)));
        let wanted = "a list of tables and of names of profiles";
        let items = table.items("fallbacks", wanted);
        if items.len() > MOST_FALLBACKS {
            let label = text!["expected up to ", MOST_FALLBACKS, " of them, found ", items.len()];
            table.wrong_value("fallbacks", label, "write those that are worth waiting for");
        }
        let fallbacks = items.into_iter().take(MOST_FALLBACKS).map(|item| match item {
            Item::Word(word) => {
                let spot = table.spot_of(&word);
                Fallback::Profile(word.text, spot)
            }
            Item::Table(mut table) => {
                let asked = Box::new(Asked::read(&mut table, remarks));
                Fallback::Table(asked, table.spot())
            }
        });
        let fallbacks: Vec<Fallback> = fallbacks.collect();
        let is_exact = table.flag("exact").unwrap_or_default();
        if is_exact && !fallbacks.is_empty() {
            table.wrong_value(
                "fallbacks",
                "with `exact = true`, nothing else will do",
                "remove one of the two",
            );
        }
        let policies = Policies::read(table);
        if is_exact && policies.on_no_match == Some(OnNoMatch::Cpu) {
            table.wrong_value(
                "on-no-match",
                "with `exact = true`, a machine without a GPU will not do either",
                "write another policy, or remove `exact`",
            );
        }
        let priority = table.integer("priority").unwrap_or_default();
        let is_priority = i32::try_from(priority);
        if is_priority.is_err() {
            table.wrong_value(
                "priority",
                "expected a whole number of up to nine digits",
                "0 is that of jobs that say nothing, higher is more urgent",
            );
        }
        Self {
            name,
            written: id.text.clone(),
            spot: jobs.spot_of(id),
            asked,
            profile,
            fallbacks,
            is_exact,
            priority: is_priority.unwrap_or_default(),
            when: when(table),
            policies,
            cargo: cargo(table),
        }
    }
}

/// The words of the command `cargo`.
fn cargo(table: &mut Table<'_, '_>) -> Option<Vec<String>> {
    match table.words(
        "cargo",
        "a command such as \"cargo test --features gpu\", or the list of its words",
    )? {
        Words::Many(words) => Some(words.into_iter().map(|word| word.text).collect()),
        Words::One(word) => {
            // What a shell would do with these, nothing here knows.
            let letters = |letter: char| "\"'\\`$&|;<>()*?[]{}~#!".contains(letter);
            if word.text.contains(letters) {
                let label = "expected words with spaces between them";
                let help = "write a list with a string for each word, one command for each job";
                table.wrong(&word, label, help);
                return None;
            }
            Some(word.text.split_whitespace().map(str::to_owned).collect())
        }
    }
}

/// The table `needs-gpu-when`.
fn when(table: &mut Table<'_, '_>) -> Option<When> {
    let mut inner = table.table("needs-gpu-when");
    if !inner.is_there() {
        return None;
    }
    let mut paths = Vec::new();
    for word in inner.strings("paths").unwrap_or_default() {
        match Glob::new(&word.text) {
            Ok(_) => paths.push(word.text),
            Err(error) => inner.wrong(
                &word,
                text!["expected a pattern of paths; ", Piece::said(&error)],
                "write paths from the root of the repository, such as \"kernels/**\"",
            ),
        }
    }
    let crates = inner.strings("crates").unwrap_or_default();
    let crates: Vec<String> = crates
        .into_iter()
        .filter_map(|word| values::line(&inner, word))
        .map(|it| it.text)
        .collect();
    if !inner.has("paths") && !inner.has("crates") {
        inner.wrong_table(
            "`needs-gpu-when` says nothing",
            "expected `paths` or `crates`",
            "write on which changes the job needs a GPU, or remove the table",
        );
    }
    Some(When { paths, crates })
}

impl RawJob {
    /// Its name and the words of its cargo command, if it is one.
    pub(super) fn command(&self) -> Option<(String, Vec<String>)> {
        Some((self.name.clone()?, self.cargo.clone()?))
    }

    /// Takes the profile that is meant for it, unless it names one.
    pub(super) fn default_profile(&mut self, packages: &BTreeMap<String, String>) {
        let meant = self.name.as_ref().and_then(|name| packages.get(name));
        if let (None, Some(meant)) = (&self.profile, meant) {
            self.profile = Some((meant.clone(), self.spot.clone()));
        }
    }

    /// The names of the profiles that it uses.
    pub(super) fn profiles(&self) -> impl Iterator<Item = &str> {
        let named = self.fallbacks.iter().filter_map(|fallback| match fallback {
            Fallback::Profile(name, _) => Some(name),
            Fallback::Table(..) => None,
        });
        named.chain(self.profile.iter().map(|(name, _)| name)).map(String::as_str)
    }
}

/// The jobs with all of their options; what is wrong with them is told.
pub(super) fn resolved(
    raw: &[RawJob],
    profiles: &Profiles,
    problems: &mut Vec<Problem>,
) -> Vec<Job> {
    let mut first_of: BTreeMap<String, &Spot> = BTreeMap::new();
    let mut jobs = Vec::new();
    for job in raw {
        if problems.len() >= MOST_PROBLEMS {
            break;
        }
        if let Some(first) = first_of.get(&job.written.to_ascii_lowercase()) {
            problems.push(twice("job", &job.written, &job.spot, first));
        } else {
            first_of.insert(job.written.to_ascii_lowercase(), &job.spot);
        }
        let options = options(job, profiles, problems);
        let Some(name) = job.name.clone() else { continue };
        jobs.push(Job {
            name,
            spot: job.spot.clone(),
            options,
            is_exact: job.is_exact,
            priority: job.priority,
            when: job.when.clone(),
            policies: job.policies,
            cargo: job.cargo.clone(),
        });
    }
    jobs
}

/// All options of a job, best first.
fn options(job: &RawJob, profiles: &Profiles, problems: &mut Vec<Problem>) -> Vec<Need> {
    let mut options: Vec<Need> = Vec::new();
    let mut add = |asked: &Asked, spot: &Spot, problems: &mut Vec<Problem>| {
        let need = asked.need();
        if options.contains(&need) {
            return;
        }
        if asked.lacks_toolkit() {
            problems.push(
                spot.problem(
                    Problem::error("a program is described whose CUDA toolkit is not said")
                        .label("`cuda-archs`, `jit` and `compat-package` need `cuda`")
                        .help("write the version that the program is built with: cuda = \"12.9\""),
                ),
            );
        }
        problems.extend(words::contradictions(&need).into_iter().map(|it| spot.problem(it)));
        if options.len() == MOST_OPTIONS {
            let message = text!["a job has more than ", MOST_OPTIONS, " options"];
            problems.push(spot.problem(Problem::error(message).label("this one is too many")));
        }
        if options.len() <= MOST_OPTIONS {
            options.push(need);
        }
    };
    let mut seen: Vec<&str> = Vec::new();
    let mut first = job.asked.clone();
    let mut later: Vec<&RawProfile> = Vec::new();
    if let Some((name, spot)) = &job.profile {
        match profiles.get(name) {
            Some(_) => {
                profiles.chain(name, &mut seen, &mut later);
                if let Some(profile) = later.first() {
                    first = first.over(&profile.asked);
                }
            }
            None => problems.push(profiles.unknown(name, spot)),
        }
    }
    add(&first, &job.spot, problems);
    for fallback in &job.fallbacks {
        match fallback {
            Fallback::Table(asked, spot) => {
                add(&Asked::clone(asked).over(&first), spot, problems);
            }
            Fallback::Profile(name, spot) => {
                if profiles.get(name).is_none() {
                    problems.push(profiles.unknown(name, spot));
                }
                let mut chain = Vec::new();
                profiles.chain(name, &mut seen, &mut chain);
                for profile in chain {
                    add(&profile.asked.clone().over(&job.asked), spot, problems);
                }
            }
        }
    }
    if !job.is_exact {
        for profile in later.iter().skip(1) {
            add(&profile.asked.clone().over(&job.asked), &job.spot, problems);
        }
    }
    options
}
