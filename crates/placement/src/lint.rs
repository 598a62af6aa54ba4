//! What is wrong with jobs and a fleet together, before any job is to be placed.
//!
//! What is wrong with the files by themselves, [`crate::config::read`] tells; what tables say of nobody,
//! [`crate::entries`].

use std::collections::{BTreeMap, BTreeSet};

use diagnostics::{Foreign, Problem, Text, nearest, text};

use crate::assign::deciding;
use crate::clause::{Fit, judge};
use crate::config::Job;
use crate::fleet::{Entry, Kind};
use crate::labels::Refusal;
use crate::plan::select::Selector;
use crate::{Machine, Need};

/// How many places of a fleet are told of one by one.
const MOST: usize = 20;

/// Prefixes of the labels of GitHub's own runners.
const HOSTED: [&str; 3] = ["ubuntu-", "windows-", "macos-"];

fn code(text: &str) -> Foreign {
    Foreign::from(text)
}

/// What somebody should look at, in the order of jobs, then of the fleet.
pub fn lint(jobs: &[Job], fleet: &[Entry]) -> Vec<Problem> {
    let mut problems = Vec::new();
    if fleet.is_empty() {
        return problems;
    }
    let linted = Linted::new(jobs, fleet);
    for job in jobs {
        problems.extend(linted.labels_of_nobody(job));
        problems.extend(linted.fits_nowhere(job));
    }
    problems.extend(shadowed(fleet));
    problems.extend(linted.not_selected());
    problems
}

/// The jobs' needs and the fleet's machines, each kind once.
struct Linted<'a> {
    fleet: &'a [Entry],
    needs: BTreeMap<&'a Need, usize>,
    /// The kind of each entry's machine.
    kinds: Vec<usize>,
    /// How many kinds there are.
    width: usize,
    /// By need, then by kind.
    fits: Vec<Fit>,
    labels: BTreeSet<&'a str>,
}

impl<'a> Linted<'a> {
    fn new(jobs: &'a [Job], fleet: &'a [Entry]) -> Self {
        let mut needs: BTreeMap<&Need, usize> = BTreeMap::new();
        for need in jobs.iter().flat_map(|job| &job.options) {
            let next = needs.len();
            needs.entry(need).or_insert(next);
        }
        let asked: BTreeSet<String> =
            needs.keys().flat_map(|need| &need.labels).map(|it| it.to_lowercase()).collect();
        let mut of_machine: BTreeMap<Machine, usize> = BTreeMap::new();
        let mut kinds = Vec::with_capacity(fleet.len());
        for entry in fleet {
            let next = of_machine.len();
            kinds.push(*of_machine.entry(deciding(&entry.machine, &asked)).or_insert(next));
        }
        let mut in_order: Vec<(&&Need, &usize)> = needs.iter().collect();
        in_order.sort_unstable_by_key(|(_, place)| **place);
        let mut machines: Vec<(&Machine, &usize)> = of_machine.iter().collect();
        machines.sort_unstable_by_key(|(_, place)| **place);
        let mut fits = Vec::with_capacity(needs.len() * machines.len());
        for (need, _) in in_order {
            fits.extend(machines.iter().map(|(machine, _)| judge(need, machine).fit()));
        }
        let labels = fleet.iter().flat_map(|entry| &entry.machine.labels).map(String::as_str);
        Self { fleet, needs, kinds, width: of_machine.len(), fits, labels: labels.collect() }
    }

    fn fit(&self, need: usize, entry: usize) -> Fit {
        let kind = self.kinds.get(entry).map(|kind| need * self.width + kind);
        kind.and_then(|place| self.fits.get(place)).copied().unwrap_or(Fit::Unknown)
    }

    /// Labels that a job asks for and no runner has: it would wait for ever.
    fn labels_of_nobody(&self, job: &Job) -> Vec<Problem> {
        let asked: BTreeSet<&String> = job.options.iter().flat_map(|need| &need.labels).collect();
        let missing = asked.into_iter().filter(|label| !self.labels.contains(label.as_str()));
        let problem = |label: &String| {
            let message = text!["the job ", code(&job.name), " asks for the label ", code(label)];
            let help: Text = match nearest(label, self.labels.iter().copied()) {
                Some(near) => text!["did you mean ", code(near), "?"],
                None => "register a runner with it, or remove it".into(),
            };
            let problem = Problem::warning(message).label("no runner has it").help(help);
            job.spot.problem(problem)
        };
        missing.map(problem).collect()
    }

    /// A job that everything in the fleet is known not to fit, by whatever it makes do with.
    fn fits_nowhere(&self, job: &Job) -> Option<Problem> {
        let places: Vec<usize> =
            job.options.iter().filter_map(|need| self.needs.get(need).copied()).collect();
        let is_no = |entry: usize| places.iter().all(|need| self.fit(*need, entry) == Fit::No);
        if !(0..self.fleet.len()).all(is_no) {
            return None;
        }
        let message = text!["nothing in the fleet fits the job ", code(&job.name)];
        let label = text!["each of ", self.fleet.len(), " places fails something that it needs"];
        let help =
            "`gpu-matcher explain` tells what is nearest, and the smallest change that helps";
        Some(job.spot.problem(Problem::warning(message).label(label).help(help)))
    }

    /// Runners that fit some job, and that no labels tell from what does not fit it.
    fn not_selected(&self) -> Vec<Problem> {
        let mut selector = Selector::new(self.fleet);
        let mut problems = Vec::new();
        for (place, entry) in self.fleet.iter().enumerate() {
            if entry.kind != Kind::Runner || entry.hidden.is_some() || problems.len() == MOST {
                continue;
            }
            let fits = |need: &&usize| self.fit(**need, place) == Fit::Yes;
            let mut first = None;
            let is_selected = self.needs.values().filter(fits).any(|need| {
                let fits = |entry: usize| self.fit(*need, entry) == Fit::Yes;
                let selected = selector.select(*need, place, &fits).is_some();
                if first.is_none() {
                    first = selector.refusal(*need, place).cloned();
                }
                selected
            });
            if let Some(refusal) = first.filter(|_| !is_selected) {
                problems.push(self.refused(entry, &refusal));
            }
        }
        problems
    }

    fn refused(&self, entry: &Entry, refusal: &Refusal) -> Problem {
        let message = text!["no labels tell the runner ", code(&entry.name), " from others"];
        let (label, help): (Text, Text) = match refusal {
            Refusal::NotTold { rivals, add } => {
                let rival = rivals.first().and_then(|place| self.fleet.get(*place));
                let mut label = text![rivals.len(), " that do not fit have all of its labels"];
                if let Some(rival) = rival {
                    label.text(", such as ").foreign(code(&rival.name));
                }
                let help = match add {
                    Some(add) => text!["add the label ", code(add), " to it"],
                    None => "give it a label that is true of it and of none of those".into(),
                };
                (label, help)
            }
            Refusal::DoesNotFit => ("it fits nothing".into(), "run a probe on it".into()),
        };
        Problem::warning(message).label(label).help(help)
    }
}

/// Labels of runners by which jobs may come that are meant for GitHub's own, or the other way round.
fn shadowed(fleet: &[Entry]) -> Vec<Problem> {
    let pools = fleet.iter().filter(|entry| entry.kind != Kind::Runner);
    let names: BTreeMap<String, &Entry> =
        pools.map(|entry| (entry.name.to_lowercase(), entry)).collect();
    let mut found: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in fleet {
        for label in &entry.machine.labels {
            let is_hosted = HOSTED.iter().any(|prefix| label.starts_with(prefix));
            if is_hosted || names.contains_key(label) {
                found.entry(label).or_default().push(entry);
            }
        }
    }
    let problem = |(label, entries): (&&str, &Vec<&Entry>)| {
        let first = entries.first().map(|entry| entry.name.as_str()).unwrap_or_default();
        let mut message = text!["the runner ", code(first)];
        if entries.len() > 1 {
            message.text(" and ").number(u64::try_from(entries.len() - 1).unwrap_or(u64::MAX));
            message.text(" others have");
        } else {
            message.text(" has");
        }
        message.text(" the label ").foreign(code(label));
        let said = match names.get(*label).map(|entry| entry.kind) {
            Some(Kind::ScaleSet { .. }) => "a scale set has this name",
            Some(Kind::Hosted { .. }) => "a larger runner of GitHub's own has this name",
            Some(Kind::Runner) | None => "runners of GitHub's own have it too",
        };
        Problem::warning(message)
            .label(said)
            .help("rename it: a job that asks for it may run on the wrong side")
    };
    found.iter().map(problem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Form, Home, Source, read};
    use crate::fleet::{Gathered, Listed, Scope, entries};

    /// The problems of some files, with these runners, as `message | label | help`.
    #[track_caller]
    fn check(text: &str, runners: &[(&str, &[&str])], wanted: &[&str]) {
        let source = Source {
            file: "gpu.toml".into(),
            bytes: text.as_bytes(),
            form: Form::Toml,
            home: Home::Top,
        };
        let written = read(&[source]).unwrap();
        let listed = runners.iter().zip(1..).map(|((name, labels), id)| Listed {
            id,
            name: (*name).to_owned(),
            os: None,
            labels: labels.iter().map(|label| (*label).to_owned()).collect(),
            is_online: true,
            is_busy: false,
            group: None,
            scope: Scope::Repository,
        });
        let listed: Vec<Listed> = listed.collect();
        let gathered = Gathered { listed: Some(&listed), ..Gathered::default() };
        let fleet = entries(&written.fleet, &gathered).unwrap().entries;
        let found: Vec<String> = lint(&written.jobs, &fleet)
            .iter()
            .map(|problem| {
                let said = |text: &Option<Text>| text.as_ref().unwrap().unescaped();
                let (label, help) = (said(&problem.label), said(&problem.help));
                format!("{} | {label} | {help}", problem.message.unescaped())
            })
            .collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn what_is_right_is_not_told() {
        check("[jobs.a]\nmodel = 't4'\n", &[("r1", &["linux", "t4"])], &[]);
        check("[jobs.a]\nmodel = 't4'\nlabels = ['fast']\n", &[("r1", &["FAST", "t4"])], &[]);
        check("[jobs.a]\nmodel = 't4'\n", &[], &[]);
        check("", &[("r1", &["linux"])], &[]);
    }

    #[test]
    fn labels_that_nobody_has_and_jobs_that_nothing_fits_are_told() {
        check(
            "[jobs.a]\nmodel = 't4'\nlabels = ['fats']\n[[runner]]\nname = 'r1'\nmodel = 't4'\ngpus = 1\n",
            &[("r1", &["fast"])],
            &[
                "the job a asks for the label fats | no runner has it | did you mean fast?",
                "nothing in the fleet fits the job a | each of 1 places fails something that it needs | \
                 `gpu-matcher explain` tells what is nearest, and the smallest change that helps",
            ],
        );
        // Nobody knows whether the other one has a T4.
        check("[jobs.a]\nmodel = 't4'\n", &[("r1", &["fast"])], &[]);
        // It makes do with something that is there.
        check(
            "[jobs.a]\nmodel = 't4'\nfallbacks = [{ model = 'l4' }]\n[[runner]]\nname = 'r1'\nmodel = 'l4'\ngpus = 1\n",
            &[("r1", &["fast"])],
            &[],
        );
    }

    #[test]
    fn labels_of_github_s_own_are_told() {
        check(
            "[[hosted]]\nlabel = 'gpu-t4'\nmodel = 't4'\n[[scale-set]]\nname = 'Arc'\n",
            &[
                ("r1", &["Ubuntu-Latest", "x"]),
                ("r2", &["ubuntu-latest", "GPU-T4"]),
                ("r3", &["arc"]),
            ],
            &[
                "the runner r3 has the label arc | a scale set has this name | \
                 rename it: a job that asks for it may run on the wrong side",
                "the runner r2 has the label gpu-t4 | a larger runner of GitHub's own has this name | \
                 rename it: a job that asks for it may run on the wrong side",
                "the runner r1 and 1 others have the label ubuntu-latest | runners of GitHub's own have it too | \
                 rename it: a job that asks for it may run on the wrong side",
            ],
        );
    }

    #[test]
    fn runners_that_no_labels_select_are_told() {
        let text = "[jobs.a]\nmodel = 't4'\n[[runner]]\nname = 'r1'\nmodel = 't4'\ngpus = 1\n\
                    [[runner]]\nname = 'r2'\nmodel = 'l4'\ngpus = 1\n";
        check(
            text,
            &[("r1", &["gpu"]), ("r2", &["gpu", "x"])],
            &[
                "no labels tell the runner r1 from others | 1 that do not fit have all of its labels, such as r2 | \
               add the label sm-75 to it",
            ],
        );
        check(text, &[("r1", &["gpu", "mine"]), ("r2", &["gpu", "x"])], &[]);
    }
}
