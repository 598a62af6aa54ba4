//! The fleet from what GitHub lists and what somebody wrote down of it.

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Problem, text};

use super::merge::{Conflict, Merge, Said};
use super::spoken::Spoken;
use super::{Entry, Hidden, Kind, State};
use crate::Machine;
use crate::config::{Fleet, Pool, Runners, Which, is_match};

/// Whose runner one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The repository's, which may use it in any case.
    Repository,
    /// Its organization's.
    Organization,
    /// The enterprise's.
    Enterprise,
}

/// A runner as GitHub lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its system, as its own program reported it.
    pub os: Option<String>,
    /// Its labels, as they are written.
    pub labels: Vec<String>,
    /// Whether it is there.
    pub is_online: bool,
    /// Whether it runs a job.
    pub is_busy: bool,
    /// The number of its group.
    pub group: Option<u64>,
    /// Whose it is.
    pub scope: Scope,
}

/// A group of runners that the repository sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Whether public repositories may use it.
    pub allows_public: bool,
    /// The workflows that may use it, each a path with `@` and a branch, a tag or a commit; any if nothing.
    pub workflows: Option<Vec<String>>,
}

/// What was found out of a fleet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gathered<'a> {
    /// The runners; nothing if nobody asked GitHub.
    pub listed: Option<&'a [Listed]>,
    /// The groups that the repository sees; nothing if nobody asked.
    pub groups: Option<&'a [Group]>,
    /// The names of the larger runners of GitHub's own; nothing if nobody asked.
    pub hosted: Option<&'a [String]>,
    /// How groups may name the workflow of this run: its path with `@` and its branch, and with its commit.
    pub workflow: &'a [String],
    /// Whether the repository is public; if nobody knows, it may be.
    pub is_public: Option<bool>,
    /// What probes printed, by the names of the files.
    pub probes: Option<&'a BTreeMap<String, Machine>>,
}

/// A fleet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Everything that GitHub can give a job to.
    pub entries: Vec<Entry>,
    /// What is worth knowing, and wrong only perhaps.
    pub remarks: Vec<Problem>,
}

/// The fleet, as far as it is known: runners in the order of GitHub's list, then scale sets, then larger runners.
///
/// # Errors
/// With all that is said in two ways of one machine.
pub fn entries(fleet: &Fleet, gathered: &Gathered<'_>) -> Result<Merged, Vec<Conflict>> {
    let mut merging = Merging::new(fleet, gathered);
    match gathered.listed {
        Some(listed) => merging.listed(listed),
        None => merging.assumed(),
    }
    for pool in &fleet.scale_sets {
        merging.scale_set(pool);
    }
    for pool in &fleet.hosted {
        merging.hosted(pool);
    }
    merging.remarks();
    if merging.conflicts.is_empty() { Ok(merging.merged) } else { Err(merging.conflicts) }
}

/// The runners of a scale set that are there now.
#[derive(Clone, Copy, Debug, Default)]
struct Pods {
    idle: u32,
    busy: u32,
    group: Option<u64>,
}

struct Merging<'a> {
    fleet: &'a Fleet,
    gathered: &'a Gathered<'a>,
    by_id: BTreeMap<u64, usize>,
    by_name: BTreeMap<String, usize>,
    /// The places of tables that speak of several runners.
    of_many: Vec<usize>,
    meanings: BTreeMap<&'a str, usize>,
    is_used: BTreeSet<usize>,
    pods: BTreeMap<&'a str, Pods>,
    merged: Merged,
    conflicts: Vec<Conflict>,
}

impl<'a> Merging<'a> {
    fn new(fleet: &'a Fleet, gathered: &'a Gathered<'a>) -> Self {
        let (mut by_id, mut by_name, mut of_many) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        for (place, runners) in fleet.runners.iter().enumerate() {
            match &runners.which {
                Which::Id(id) => {
                    by_id.insert(*id, place);
                }
                Which::Name(name) => {
                    by_name.insert(name.to_lowercase(), place);
                }
                Which::All { .. } => of_many.push(place),
            }
        }
        let meanings = fleet.labels.iter().enumerate();
        Self {
            fleet,
            gathered,
            by_id,
            by_name,
            of_many,
            meanings: meanings.map(|(place, it)| (it.label.as_str(), place)).collect(),
            is_used: BTreeSet::new(),
            pods: BTreeMap::new(),
            merged: Merged::default(),
            conflicts: Vec::new(),
        }
    }

    /// The tables that speak of a runner, those that speak of it alone first.
    fn tables(&mut self, id: u64, name: &str, labels: &BTreeSet<String>) -> Vec<&'a Runners> {
        let is_meant = |place: &&usize| match self.fleet.runners.get(**place).map(|it| &it.which) {
            Some(Which::All { pattern, labels: wanted }) => {
                wanted.is_subset(labels)
                    && pattern.as_ref().is_none_or(|pattern| is_match(pattern, name))
            }
            Some(Which::Id(_) | Which::Name(_)) | None => false,
        };
        let alone = self.by_id.get(&id).into_iter().chain(self.by_name.get(&name.to_lowercase()));
        let places: Vec<usize> =
            alone.chain(self.of_many.iter().filter(is_meant)).copied().collect();
        self.is_used.extend(&places);
        places.into_iter().filter_map(|place| self.fleet.runners.get(place)).collect()
    }

    fn listed(&mut self, listed: &'a [Listed]) {
        let mut order: Vec<&Listed> = listed.iter().collect();
        // One that is the repository's is not hidden by a group, whoever else lists it too.
        order.sort_by_key(|runner| runner.scope);
        // Nobody says that owners do not count alike, so two names are two runners.
        let which = |runner: &Listed| (runner.id, runner.name.to_lowercase());
        let mut first: BTreeMap<(u64, String), &Listed> = BTreeMap::new();
        for runner in order {
            first.entry(which(runner)).or_insert(runner);
        }
        let mut seen = BTreeSet::new();
        for runner in listed {
            let which = which(runner);
            if seen.insert(which.clone())
                && let Some(runner) = first.get(&which)
            {
                self.runner(runner);
            }
        }
    }

    fn runner(&mut self, runner: &Listed) {
        let labels: BTreeSet<String> = runner.labels.iter().map(|it| it.to_lowercase()).collect();
        if labels.is_empty()
            && let Some(set) = self.scale_set_of(&runner.name)
        {
            let pods = self.pods.entry(set).or_default();
            pods.idle += u32::from(runner.is_online && !runner.is_busy);
            pods.busy += u32::from(runner.is_online && runner.is_busy);
            pods.group = pods.group.or(runner.group);
            return;
        }
        let tables = self.tables(runner.id, &runner.name, &labels);
        let os = runner.os.as_deref().and_then(system);
        let machine = self.machine(&runner.name, os, &tables, &labels);
        let said = tables.iter().find_map(|table| table.group.clone());
        let (group, hidden) = match (runner.scope, runner.group) {
            (Scope::Organization, Some(id)) => self.group(id),
            (Scope::Organization, None) | (Scope::Repository, _) => (said, None),
            // The numbers of an enterprise's groups are its own. Who names the group says that it is open to us.
            (Scope::Enterprise, _) if said.is_some() => (said, None),
            (Scope::Enterprise, _) => (None, Some(Hidden::Enterprise)),
        };
        let without = labels.is_empty().then_some(Hidden::NoLabels);
        let Some(machine) = machine else { return };
        self.merged.entries.push(Entry {
            name: runner.name.clone(),
            kind: Kind::Runner,
            group,
            machine: Machine { labels, ..machine },
            state: match (runner.is_online, runner.is_busy) {
                (false, _) => State::Offline,
                (true, true) => State::Busy,
                (true, false) => State::Idle,
            },
            hidden: hidden.or(without),
            price: tables.iter().find_map(|table| table.price).unwrap_or_default(),
        });
    }

    /// The scale set whose name, and a hyphen, a runner's name begins with: the longest.
    fn scale_set_of(&self, runner: &str) -> Option<&'a str> {
        let is_its = |set: &&str| {
            runner.strip_prefix(*set).is_some_and(|rest| rest.starts_with('-') && rest.len() > 1)
        };
        let names = self.fleet.scale_sets.iter().map(|pool| pool.name.as_str());
        names.filter(is_its).max_by_key(|name| name.len())
    }

    /// The name of a group, and why no job of this run gets to its runners.
    fn group(&self, id: u64) -> (Option<String>, Option<Hidden>) {
        let Some(groups) = self.gathered.groups else { return (None, None) };
        if let Some(group) = groups.iter().find(|group| group.id == id) {
            (Some(group.name.clone()), self.hidden(group))
        } else {
            let group = format!("#{id}");
            (Some(group.clone()), Some(Hidden::Group { group }))
        }
    }

    fn hidden(&self, group: &Group) -> Option<Hidden> {
        let name = || group.name.clone();
        match self.gathered.is_public {
            Some(true) if !group.allows_public => {
                return Some(Hidden::PublicRepository { group: name() });
            }
            None if !group.allows_public => {
                return Some(Hidden::PerhapsPublicRepository { group: name() });
            }
            Some(_) | None => {}
        }
        let allowed = group.workflows.as_ref()?;
        let is_allowed = self
            .gathered
            .workflow
            .iter()
            .any(|this| allowed.iter().any(|allowed| is_same_workflow(this, allowed)));
        (!is_allowed).then(|| Hidden::Workflows { group: name() })
    }

    /// What is known of a machine; nothing if that is a contradiction.
    fn machine(
        &mut self,
        name: &str,
        os: Option<&str>,
        tables: &[&Runners],
        labels: &BTreeSet<String>,
    ) -> Option<Machine> {
        let mut merge = Merge::new(name);
        for table in tables {
            self.hear_probe(&mut merge, table.probe.as_ref());
        }
        for table in tables {
            merge.hear(&Said::Table(table.spot.clone()), &table.machine);
        }
        let meaning = |label: &&String| self.meanings.get(label.as_str());
        let places = labels.iter().filter_map(|label| meaning(&label));
        for meaning in places.filter_map(|place| self.fleet.labels.get(*place)) {
            let said = Said::Meaning { label: meaning.label.clone(), spot: meaning.spot.clone() };
            merge.hear(&said, &meaning.machine);
        }
        if let Some(os) = os {
            let machine = Machine { os: Some(os.to_owned()), ..Machine::default() };
            merge.hear(&Said::List, &machine);
        }
        let spoken = Spoken::of(labels.iter().filter(|label| meaning(label).is_none()));
        merge.listen(&spoken);
        self.finished(merge, &spoken)
    }

    fn hear_probe(&self, merge: &mut Merge<'_>, file: Option<&String>) {
        let known = file.zip(self.gathered.probes);
        if let Some((file, machine)) = known.and_then(|(file, all)| Some((file, all.get(file)?))) {
            merge.hear(&Said::Probe(file.clone()), machine);
        }
    }

    fn finished(&mut self, merge: Merge<'_>, spoken: &Spoken) -> Option<Machine> {
        match merge.finish(spoken) {
            Ok(machine) => Some(machine),
            Err(conflicts) => {
                self.conflicts.extend(conflicts);
                None
            }
        }
    }

    /// The runners that tables speak of, where nobody asked GitHub.
    fn assumed(&mut self) {
        for table in &self.fleet.runners {
            let name = match &table.which {
                Which::Id(id) => format!("#{id}"),
                Which::Name(name) => name.clone(),
                // Labels can be asked for, whatever names their runners have.
                Which::All { pattern: None, labels } => {
                    labels.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
                }
                Which::All { pattern: Some(_), .. } => continue,
            };
            let Some(machine) = self.machine(&name, None, &[table], &table.labels) else {
                continue;
            };
            let hidden = table.labels.is_empty().then_some(Hidden::NoLabels);
            self.merged.entries.push(Entry {
                name,
                kind: Kind::Runner,
                group: table.group.clone(),
                machine: Machine { labels: table.labels.clone(), ..machine },
                state: State::Assumed,
                hidden: hidden.or_else(|| self.of_group(table.group.as_deref())),
                price: table.price.unwrap_or_default(),
            });
        }
    }

    /// Why no job of this run gets to a group that somebody wrote down.
    fn of_group(&self, name: Option<&str>) -> Option<Hidden> {
        let (name, groups) = name.zip(self.gathered.groups)?;
        match groups.iter().find(|group| group.name.eq_ignore_ascii_case(name)) {
            Some(group) => self.hidden(group),
            None => Some(Hidden::Group { group: name.to_owned() }),
        }
    }

    fn scale_set(&mut self, pool: &Pool) {
        let pods = self.pods.get(pool.name.as_str()).copied().unwrap_or_default();
        let (group, hidden) = match (&pool.group, pods.group) {
            (None, Some(id)) => self.group(id),
            (group, _) => (group.clone(), self.of_group(group.as_deref())),
        };
        let most = pool.most.map(|most| most.saturating_sub(pods.busy));
        let state = match (most, pods.idle) {
            (Some(0), _) if pods.busy > 0 => State::Busy,
            (_, 0) => State::Assumed,
            _ => State::Idle,
        };
        // How many it runs at once, where all of them are busy; how many more otherwise.
        let most = if state == State::Busy { pool.most } else { most };
        self.pool(pool, Kind::ScaleSet { most }, state, (group, hidden));
    }

    fn hosted(&mut self, pool: &Pool) {
        let hidden = self.of_group(pool.group.as_deref());
        let kind = Kind::Hosted { most: pool.most };
        self.pool(pool, kind, State::Assumed, (pool.group.clone(), hidden));
    }

    fn pool(
        &mut self,
        pool: &Pool,
        kind: Kind,
        state: State,
        (group, hidden): (Option<String>, Option<Hidden>),
    ) {
        let mut merge = Merge::new(&pool.name);
        self.hear_probe(&mut merge, pool.probe.as_ref());
        merge.hear(&Said::Table(pool.spot.clone()), &pool.machine);
        let Some(machine) = self.finished(merge, &Spoken::default()) else { return };
        let price = pool.price.unwrap_or_default();
        let name = pool.name.clone();
        self.merged.entries.push(Entry { name, kind, group, machine, state, hidden, price });
    }

    /// What is written of nobody, and what nothing is written of.
    fn remarks(&mut self) {
        let code = |name: &str| Foreign::from(name);
        if self.gathered.listed.is_some() {
            for (place, table) in self.fleet.runners.iter().enumerate() {
                if !self.is_used.contains(&place) {
                    let remark =
                        Problem::warning("no runner that GitHub lists is meant by a table")
                            .label("it says something of nobody")
                            .help("correct its name, pattern or labels, or remove the table");
                    self.merged.remarks.push(table.spot.problem(remark));
                }
            }
        }
        let Some(hosted) = self.gathered.hosted else { return };
        let is_listed = |pool: &Pool| hosted.iter().any(|it| it.eq_ignore_ascii_case(&pool.name));
        for pool in self.fleet.hosted.iter().filter(|pool| !is_listed(pool)) {
            let message = text!["GitHub lists no larger runner ", code(&pool.name)];
            let remark = Problem::warning(message)
                .label("a job that asks for it may wait for ever")
                .help("correct the label, or remove the table");
            self.merged.remarks.push(pool.spot.problem(remark));
        }
    }
}

/// A system as `RUNNER_OS` says it.
fn system(listed: &str) -> Option<&'static str> {
    let known = [
        ("linux", "Linux"),
        ("macos", "macOS"),
        ("osx", "macOS"),
        ("windows", "Windows"),
        ("win", "Windows"),
    ];
    let found = known.iter().find(|(name, _)| name.eq_ignore_ascii_case(listed));
    found.map(|(_, system)| *system)
}

/// Whether two names of workflows, each a path with `@` and a branch, tag or commit, mean the same one. A
/// branch and a tag of one name are two, where it is said which.
fn is_same_workflow(one: &str, other: &str) -> bool {
    let split = |name: &'_ str| {
        let (path, at) = name.split_once('@')?;
        Some((path.to_lowercase(), at.to_owned()))
    };
    let (Some((path, at)), Some((other_path, other_at))) = (split(one), split(other)) else {
        return false;
    };
    let short = |at: &str| {
        let short = at.strip_prefix("refs/heads/").or_else(|| at.strip_prefix("refs/tags/"));
        short.map(str::to_owned)
    };
    let is_same = match (short(&at), short(&other_at)) {
        (Some(_), Some(_)) | (None, None) => at == other_at,
        (Some(at), None) => at == other_at,
        (None, Some(other_at)) => at == other_at,
    };
    path == other_path && is_same
}
