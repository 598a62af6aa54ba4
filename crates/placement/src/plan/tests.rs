//! What becomes of jobs, one by one and on fleets made at random.

use proptest::prelude::*;

use super::*;
use crate::fleet::{Hidden, Kind};
use crate::labels::own_labels;
use crate::made::{forget, gpu, machine, machines, need, needs};
use crate::{Clause, Value, Version, fits};

/// A runner with these labels, in this state.
fn runner(name: &str, state: State, gpus: &[&str], labels: &str) -> Entry {
    let gpus = gpus.iter().map(|model| gpu(model)).collect();
    let labels = labels.split_whitespace().map(str::to_owned).collect();
    Entry {
        name: name.to_owned(),
        kind: Kind::Runner,
        group: None,
        machine: Machine { labels, ..machine(gpus) },
        state,
        hidden: None,
        price: 0,
    }
}

fn request(name: &str, options: &[Need]) -> Request {
    Request {
        name: name.to_owned(),
        priority: 0,
        options: options.to_vec(),
        no_gpu: None,
        policy: None,
    }
}

fn gigabytes(gb: u32) -> Need {
    Need { min_memory_gb: Some(gb), ..need(1) }
}

/// What becomes of a job, in few words.
fn told(outcome: &Outcome, fleet: &[Entry]) -> String {
    let words = |labels: &BTreeSet<String>| labels.iter().cloned().collect::<Vec<_>>().join("+");
    let runs_on = match &outcome.runs_on {
        None => String::new(),
        Some(RunsOn::Cpu) => " on cpu".to_owned(),
        Some(RunsOn::Name(name)) => format!(" on {name}"),
        Some(RunsOn::Labels(labels)) => format!(" on [{}]", words(labels)),
        Some(RunsOn::Group { group, labels }) => format!(" on {group}:[{}]", words(labels)),
    };
    let why = match &outcome.why {
        Why::Placed => String::new(),
        Why::NotTold { entry, refusal: Refusal::NotTold { rivals, add } } => {
            let name = |place: &usize| fleet[*place].name.clone();
            let rivals: Vec<_> = rivals.iter().map(name).collect();
            let add = add.as_deref().unwrap_or("nothing");
            format!(", {} is as {}, add {add}", fleet[*entry].name, rivals.join(" "))
        }
        Why::NotNeeded(_)
        | Why::Strangers
        | Why::Busy
        | Why::Offline
        | Why::NoMatch
        | Why::Unknown
        | Why::NotTold { .. } => format!(", {:?}", outcome.why),
    };
    let degraded = if outcome.degraded { " degraded" } else { "" };
    format!("{:?}{degraded}{runs_on}{why}", outcome.decision)
}

#[track_caller]
fn check(requests: &[Request], fleet: &[Entry], policy: Policy, expected: &[&str]) {
    let outcomes = plan(requests, fleet, policy, None).unwrap();
    let outcomes: Vec<_> = outcomes.iter().map(|outcome| told(outcome, fleet)).collect();
    assert_eq!(outcomes, expected);
}

const WAIT_FOR_NOBODY: Policy = Policy {
    on_no_match: OnNoMatch::Fail,
    on_busy: OnBusy::Fallback,
    on_offline: OnOffline::Fallback,
};

#[test]
fn jobs_go_where_they_fit_and_nothing_else_does() {
    let fleet = [
        runner("a", State::Idle, &["t4"], "gpu t4"),
        runner("b", State::Idle, &["l40s"], "gpu l40s"),
    ];
    let jobs = [request("small", &[gigabytes(16)]), request("large", &[gigabytes(40)])];
    check(&jobs, &fleet, Policy::default(), &["Run on [gpu]", "Run on [l40s]"]);
    // One machine cannot run both, so the small one gets the small machine and not the labels of both.
    let placed: Vec<_> =
        plan(&jobs, &fleet, Policy::default(), None).unwrap().iter().map(|it| it.entry).collect();
    assert_eq!(placed, [Some(0), Some(1)]);
}

#[test]
fn what_fits_and_is_busy_is_waited_for_unless_less_will_do() {
    let fleet =
        [runner("a", State::Busy, &["h100"], "h100"), runner("b", State::Idle, &["l40s"], "l40s")];
    let chain = [request("job", &[gigabytes(80), gigabytes(40)])];
    check(&chain, &fleet, Policy::default(), &["Wait on [h100], Busy"]);
    check(&chain, &fleet, WAIT_FOR_NOBODY, &["Run degraded on [l40s]"]);
    let exact = [request("job", &[gigabytes(80)])];
    check(&exact, &fleet, WAIT_FOR_NOBODY, &["Fail, Busy"]);
    let cpu = Policy { on_no_match: OnNoMatch::Cpu, ..WAIT_FOR_NOBODY };
    check(&exact, &fleet, cpu, &["Cpu degraded on cpu, Busy"]);
    // What another job of the plan gets is busy too.
    let twice = [request("a", &[gigabytes(40)]), request("b", &[gigabytes(40)])];
    let fleet = [runner("x", State::Idle, &["l40s"], "l40s")];
    check(&twice, &fleet, Policy::default(), &["Run on [l40s]", "Wait on [l40s], Busy"]);
}

#[test]
fn what_fits_and_is_offline_is_waited_for_only_if_somebody_says_so() {
    let fleet = [runner("a", State::Offline, &["h100"], "h100")];
    let job = [request("job", &[gigabytes(80)])];
    let policy = |on_offline, on_no_match| Policy { on_no_match, on_offline, ..Policy::default() };
    let (fail, cpu) = (OnNoMatch::Fail, OnNoMatch::Cpu);
    check(&job, &fleet, policy(OnOffline::Fallback, fail), &["Fail, Offline"]);
    check(&job, &fleet, policy(OnOffline::Fallback, cpu), &["Cpu degraded on cpu, Offline"]);
    check(&job, &fleet, policy(OnOffline::Fail, cpu), &["Fail, Offline"]);
    check(&job, &fleet, policy(OnOffline::Wait, cpu), &["Wait on [h100], Offline"]);
}

#[test]
fn what_is_not_known_is_never_run_and_never_replaced() {
    let mut fleet = [runner("a", State::Idle, &["h100"], "gpu")];
    fleet[0].machine.gpus = None;
    let job = [request("job", &[gigabytes(80)])];
    let cpu = Policy { on_no_match: OnNoMatch::Cpu, ..Policy::default() };
    check(&job, &fleet, cpu, &["Unknown, Unknown"]);
    check(&job, &[], cpu, &["Cpu degraded on cpu, NoMatch"]);
    check(&job, &[], Policy { on_no_match: OnNoMatch::Skip, ..cpu }, &["Skip, NoMatch"]);
    check(&job, &[], Policy { on_no_match: OnNoMatch::Wait, ..cpu }, &["Wait, NoMatch"]);
    // What is known to fit is taken, whatever is not known beside it, if the labels tell them apart.
    let both = [fleet[0].clone(), runner("b", State::Idle, &["h100"], "gpu h100")];
    check(&job, &both, cpu, &["Run on [h100]"]);
    let alike = [fleet[0].clone(), runner("b", State::Idle, &["h100"], "gpu")];
    check(&job, &alike, cpu, &["Fail, b is as a, add cuda-12.4"]);
}

#[test]
fn what_no_label_tells_apart_is_not_used_while_something_else_is() {
    let fleet = [
        runner("a", State::Idle, &["h100"], "gpu"),
        runner("b", State::Idle, &["t4"], "gpu"),
        runner("c", State::Busy, &["h100"], "gpu h100"),
    ];
    let job = [request("job", &[gigabytes(80)])];
    check(&job, &fleet, Policy::default(), &["Wait on [h100], Busy"]);
    check(&job, &fleet[..2], Policy::default(), &["Fail, a is as b, add h100"]);
    let chain = [request("job", &[gigabytes(80), gigabytes(16)])];
    check(&chain, &fleet[..2], Policy::default(), &["Run degraded on [gpu]"]);
    // Nobody gets to it, so it cannot take the job.
    let mut hidden = fleet.clone();
    hidden[1].hidden = Some(Hidden::Group { group: "team-b".to_owned() });
    check(&job, &hidden[..2], Policy::default(), &["Run on [gpu]"]);
    // One that may be out of reach takes no job that is planned, and no labels may let it in.
    for perhaps in [
        Hidden::Workflows { group: "team-b".to_owned() },
        Hidden::PerhapsPublicRepository { group: "team-b".to_owned() },
    ] {
        hidden[1].hidden = Some(perhaps);
        let outcomes = plan(&job, &hidden[..2], Policy::default(), None).unwrap();
        assert!(matches!(outcomes[0].why, Why::NotTold { .. }), "{:?}", outcomes[0]);
    }
}

#[test]
fn a_scale_set_is_asked_for_by_its_name_and_runs_several_jobs() {
    let mut set = runner("l40s-set", State::Assumed, &["l40s"], "");
    set.kind = Kind::ScaleSet { most: Some(2) };
    let jobs: Vec<_> = ["a", "b", "c"].map(|name| request(name, &[gigabytes(40)])).into();
    let runs = "Run on l40s-set";
    check(&jobs, &[set.clone()], Policy::default(), &[runs, runs, "Wait on l40s-set, Busy"]);
    // A runner of that name as a label would take the job.
    let rival = runner("x", State::Offline, &["t4"], "gpu L40S-set");
    let fleet = [set.clone(), rival.clone()];
    check(&jobs[..1], &fleet, Policy::default(), &["Fail, l40s-set is as x, add nothing"]);
    set.group = Some("gpus".to_owned());
    let fleet = [set, Entry { group: Some("others".to_owned()), ..rival }];
    check(&jobs[..1], &fleet, Policy::default(), &["Run on gpus:[]"]);
}

#[test]
fn code_of_strangers_and_jobs_without_need_get_no_gpu() {
    let fleet = [runner("a", State::Idle, &["h100"], "h100")];
    let jobs = [
        request("job", &[gigabytes(80)]),
        Request { no_gpu: Some(NoGpu::NoFeature), ..request("plain", &[gigabytes(80)]) },
    ];
    let by = |strangers| -> Vec<String> {
        let outcomes = plan(&jobs, &fleet, Policy::default(), Some(strangers)).unwrap();
        outcomes.iter().map(|outcome| told(outcome, &fleet)).collect()
    };
    let plain = "Cpu on cpu, NotNeeded(NoFeature)";
    assert_eq!(by(Strangers::Cpu), ["Cpu degraded on cpu, Strangers", plain]);
    assert_eq!(by(Strangers::Skip), ["Skip, Strangers", plain]);
    assert_eq!(by(Strangers::Fail), ["Fail, Strangers", plain]);
    check(&jobs, &fleet, Policy::default(), &["Run on [h100]", plain]);
}

#[test]
fn a_fleet_that_no_labels_tell_apart_is_given_up_in_time() {
    // As if by chance: each label is on half of the runners, whether they fit or not.
    let mut state = 1_u64;
    let mut chance = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 63 == 1
    };
    let mut fleet = Vec::new();
    for place in 0..100 {
        let labels: Vec<String> =
            (0..40).filter(|_| chance()).map(|label| format!("l{label}")).collect();
        let models = if place % 2 == 0 { ["h100"] } else { ["t4"] };
        fleet.push(runner(&format!("r{place:03}"), State::Idle, &models, &labels.join(" ")));
    }
    let jobs: Vec<Request> =
        (0..100).map(|job| request(&format!("j{job:03}"), &[gigabytes(20 + job % 50)])).collect();
    let outcomes = plan(&jobs, &fleet, Policy::default(), None).unwrap();
    assert_eq!(outcomes.len(), 100);
    for (job, outcome) in jobs.iter().zip(&outcomes) {
        let Some(runs_on) = &outcome.runs_on else { continue };
        let lets_in = fleet.iter().filter(|entry| github_gives(runs_on, entry));
        assert!(lets_in.into_iter().all(|entry| fits(&job.options[0], &entry.machine)));
    }
    // Runners with the same labels, of which half do not fit.
    let alike: Vec<Entry> = (0..400)
        .map(|place| {
            let models = if place % 2 == 0 { ["h100"] } else { ["t4"] };
            runner(&format!("r{place:03}"), State::Idle, &models, "gpu")
        })
        .collect();
    let outcomes = plan(&jobs, &alike, Policy::default(), None).unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.decision == Decision::Fail));
}

#[test]
fn a_fleet_is_explained_by_what_fails_first_and_what_would_help() {
    let mut hidden = runner("h", State::Idle, &["h100"], "h100");
    hidden.hidden = Some(Hidden::Group { group: "team-b".to_owned() });
    let mut unknown = runner("u", State::Idle, &["h100"], "u");
    unknown.machine.gpus = None;
    let mut old = runner("old", State::Idle, &["l40s"], "old");
    old.machine.driver = Some(Version::new(470, 0, 0));
    let fleet = [
        runner("a", State::Idle, &["t4"], "a"),
        runner("b", State::Busy, &["a10g"], "b"),
        old,
        hidden,
        unknown,
    ];
    let job = Need { min_driver: Some(Version::new(535, 0, 0)), ..gigabytes(40) };
    let seen = explain(&job, &fleet);
    let failing: Vec<_> = seen.failing.iter().map(|it| (it.clause, it.count, &it.best)).collect();
    let driver = Value::Version(Version::new(470, 0, 0));
    assert_eq!(failing, [(Clause::Memory, 2, &Value::Gigabytes(24)), (Clause::Driver, 1, &driver)]);
    assert_eq!((seen.places, seen.fit.all(), seen.unknown.len(), seen.hidden.len()), (5, 0, 1, 1));
    let near: Vec<_> = seen.near.iter().map(|near| &fleet[near.entry].name).collect();
    assert_eq!(near, ["a", "b", "old"]);
    // A job that asks for 24 GB asks for less less than one that asks for 16.
    let job_gb = Change::Job { clause: Clause::Memory, have: Value::Gigabytes(24) };
    let job_driver = Change::Job { clause: Clause::Driver, have: driver.clone() };
    let want = Value::Version(Version::new(535, 0, 0));
    let update = Change::Machine { entry: 2, clause: Clause::Driver, have: driver, want };
    assert_eq!(seen.changes, [job_gb, job_driver, update]);
}

/// Fleets of machines in every state, some of them unknown, with labels of their own, those that a probe would
/// give them, or any.
fn fleets() -> impl Strategy<Value = Vec<Entry>> {
    let labels =
        prop::collection::btree_set(prop::sample::select(vec!["a", "b", "c", "gpu"]), 0..4);
    let state = prop::sample::select(vec![
        State::Idle,
        State::Idle,
        State::Busy,
        State::Offline,
        State::Assumed,
    ]);
    let group = prop::option::of(prop::sample::select(vec!["one", "two"]));
    let turns = prop::collection::vec(prop::bool::weighted(0.05), 50);
    let entry = (machines(), turns, labels, state, group, 0..12_u8, 0..3_u32);
    let entry = entry.prop_map(|(machine, turns, labels, state, group, what, price)| {
        let mut machine = forget(&machine, &turns);
        let mut labels: BTreeSet<String> = labels.into_iter().map(str::to_owned).collect();
        if what % 2 == 0 {
            labels.extend(own_labels(&machine));
        }
        let kind = match what {
            0 => Kind::ScaleSet { most: Some(price) },
            1 => Kind::Hosted { most: None },
            _ => Kind::Runner,
        };
        machine.labels = if kind == Kind::Runner { labels } else { BTreeSet::new() };
        let hidden = match what {
            9 => Some(Hidden::Workflows { group: "team-b".to_owned() }),
            11 => Some(Hidden::NoLabels),
            _ => None,
        };
        let group = group.map(str::to_owned);
        Entry { name: String::new(), kind, group, machine, state, hidden, price }
    });
    prop::collection::vec(entry, 0..8).prop_map(|mut fleet| {
        for (place, entry) in fleet.iter_mut().enumerate() {
            // A scale set may have the name of somebody's label.
            entry.name = if place == 3 { "gpu".to_owned() } else { format!("r{place}") };
        }
        fleet
    })
}

fn policies() -> impl Strategy<Value = Policy> {
    let no_match = vec![OnNoMatch::Fail, OnNoMatch::Cpu, OnNoMatch::Skip, OnNoMatch::Wait];
    let offline = vec![OnOffline::Fallback, OnOffline::Fail, OnOffline::Wait];
    let busy = vec![OnBusy::Wait, OnBusy::Fallback];
    let choice = prop::sample::select(no_match);
    (choice, prop::sample::select(busy), prop::sample::select(offline))
        .prop_map(|(on_no_match, on_busy, on_offline)| Policy { on_no_match, on_busy, on_offline })
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let made = (prop::collection::vec(needs(), 1..3), 0..2);
    prop::collection::vec(made, 0..8).prop_map(|made| {
        let named = |(place, (options, priority)): (usize, (Vec<Need>, i32))| Request {
            priority,
            ..request(&format!("j{place}"), &options)
        };
        made.into_iter().enumerate().map(named).collect()
    })
}

/// Whether GitHub may give a job that asks for this to an entry, as its documentation of `runs-on` says.
fn github_gives(runs_on: &RunsOn, entry: &Entry) -> bool {
    let has: Vec<String> = match entry.kind {
        Kind::Runner => entry.machine.labels.iter().map(|it| it.to_uppercase()).collect(),
        Kind::ScaleSet { .. } | Kind::Hosted { .. } => vec![entry.name.to_uppercase()],
    };
    let (group, asked): (Option<&String>, Vec<&String>) = match runs_on {
        RunsOn::Cpu => return false,
        RunsOn::Name(name) => (None, vec![name]),
        RunsOn::Labels(labels) => (None, labels.iter().collect()),
        RunsOn::Group { group, labels } => (Some(group), labels.iter().collect()),
    };
    let is_there = group.is_none() || entry.group.is_none() || group == entry.group.as_ref();
    let is_open = !entry.hidden.as_ref().is_some_and(Hidden::is_sure);
    is_open && is_there && asked.iter().all(|it| has.contains(&it.to_uppercase()))
}

/// How many jobs can run, by making way along chains (Kuhn 1955).
fn most_that_run(can_run: &[Vec<bool>]) -> usize {
    fn place(
        job: usize,
        can_run: &[Vec<bool>],
        taken: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for entry in 0..taken.len() {
            if can_run[job][entry] && !seen[entry] {
                seen[entry] = true;
                if taken[entry].is_none_or(|other| place(other, can_run, taken, seen)) {
                    taken[entry] = Some(job);
                    return true;
                }
            }
        }
        false
    }
    let entries = can_run.first().map_or(0, Vec::len);
    let mut taken = vec![None; entries];
    (0..can_run.len())
        .filter(|job| place(*job, can_run, &mut taken, &mut vec![false; entries]))
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn nothing_that_does_not_fit_is_ever_let_in(
        fleet in fleets(),
        requests in requests(),
        policy in policies(),
    ) {
        let outcomes = plan(&requests, &fleet, policy, None).unwrap();
        prop_assert_eq!(outcomes.len(), requests.len());
        let mut used = vec![0_u32; fleet.len()];
        for (request, outcome) in requests.iter().zip(&outcomes) {
            let gpu = outcome.runs_on.as_ref().filter(|it| **it != RunsOn::Cpu);
            let Some(runs_on) = gpu else { continue };
            let need = &request.options[outcome.option.unwrap()];
            let planned = outcome.entry.unwrap();
            prop_assert!(github_gives(runs_on, &fleet[planned]));
            for entry in &fleet {
                prop_assert!(!github_gives(runs_on, entry) || fits(need, &entry.machine), "{:?}", outcome);
            }
            if outcome.decision == Decision::Run {
                prop_assert!(fleet[planned].is_free());
                used[planned] += 1;
                prop_assert!(used[planned] <= fleet[planned].kind.most());
            }
        }
    }

    #[test]
    fn as_many_run_as_can(mut fleet in fleets(), requests in requests()) {
        for (place, entry) in fleet.iter_mut().enumerate() {
            // What tells each from all others.
            entry.kind = Kind::Runner;
            entry.machine.labels.insert(format!("only-{place}"));
        }
        let outcomes = plan(&requests, &fleet, WAIT_FOR_NOBODY, None).unwrap();
        let run = outcomes.iter().filter(|outcome| outcome.decision == Decision::Run).count();
        let can = |request: &Request| -> Vec<bool> {
            let takes = |entry: &Entry| {
                let fits = request.options.iter().any(|need| fits(need, &entry.machine));
                fits && entry.is_free() && entry.hidden.is_none()
            };
            fleet.iter().map(takes).collect()
        };
        prop_assert_eq!(run, most_that_run(&requests.iter().map(can).collect::<Vec<_>>()));
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_order_of_the_lists_decides_nothing(
        fleet in fleets(),
        requests in requests(),
        policy in policies(),
    ) {
        let named = |requests: &[Request], fleet: &[Entry]| -> BTreeMap<String, String> {
            let outcomes = plan(requests, fleet, policy, None).unwrap();
            let told = |(request, it): (&Request, Outcome)| {
                let entry = it.entry.map(|place| &fleet[place].name);
                let what = (it.decision, it.option, it.runs_on, entry, it.reach);
                (request.name.clone(), format!("{what:?}"))
            };
            requests.iter().zip(outcomes).map(told).collect()
        };
        let mut turned = (requests.clone(), fleet.clone());
        turned.0.reverse();
        turned.1.reverse();
        prop_assert_eq!(named(&requests, &fleet), named(&turned.0, &turned.1));
    }

    #[test]
    fn every_place_is_counted_once_and_a_change_that_is_told_is_enough(
        fleet in fleets(),
        need in needs(),
    ) {
        let seen = explain(&need, &fleet);
        let counted: usize = seen.failing.iter().map(|it| it.count).sum::<usize>()
            + seen.unknown.iter().map(|(_, count)| count).sum::<usize>()
            + seen.hidden.iter().map(|(_, count)| count).sum::<usize>();
        prop_assert_eq!(seen.fit.all() + counted, fleet.len());
        let visible = || fleet.iter().filter(|it| it.hidden.is_none());
        prop_assert_eq!(seen.fit.all(), visible().filter(|it| fits(&need, &it.machine)).count());
        for change in &seen.changes {
            prop_assert_eq!(seen.fit.all(), 0);
            match change {
                Change::Job { clause, have } => {
                    let missing: BTreeSet<String> = need.labels.clone();
                    let less = explain::loosened(&need, *clause, have, &Value::Names(missing));
                    let less = less.unwrap();
                    prop_assert!(visible().any(|it| fits(&less, &it.machine)), "{:?}", change);
                }
                Change::Machine { entry, clause, .. } => {
                    let judgement = judge(&need, &fleet[*entry].machine);
                    let failed: Vec<_> = judgement.failed.iter().map(|it| it.clause).collect();
                    prop_assert_eq!((failed, judgement.doubts), (vec![*clause], vec![]));
                }
            }
        }
    }
}
