//! Sets of labels, one by one and against all sets there are.

use proptest::prelude::*;

use super::*;
use crate::made::{forget, gpu, machine, machines, need, needs, sliced};
use crate::{Capability, Gpu, Machine, Memory, Need, Sharing, Version, fits};

fn set(words: &str) -> BTreeSet<String> {
    words.split_whitespace().map(str::to_owned).collect()
}

/// `labels` fits, `-labels` does not, `group: labels` is in a group.
fn runner(text: &str) -> Runner {
    let (fits, text) = text.strip_prefix('-').map_or((true, text), |rest| (false, rest));
    let (group, labels) =
        text.split_once(':').map_or((None, text), |(group, rest)| (Some(group.to_owned()), rest));
    Runner { group, labels: set(labels), own: BTreeSet::new(), fits }
}

fn told(selection: &Result<Selection, Refusal>) -> String {
    match selection {
        Ok(Selection { group, labels, reach, fitting, is_widest }) => {
            let labels: Vec<_> = labels.iter().map(String::as_str).collect();
            let group = group.as_ref().map_or(String::new(), |group| format!("{group}: "));
            let width = if *is_widest { "" } else { ", perhaps not the widest" };
            format!("{group}{} ({reach}/{fitting}{width})", labels.join(" "))
        }
        Err(Refusal::DoesNotFit) => "does not fit".to_owned(),
        Err(Refusal::NotTold { rivals, add }) => {
            format!("as {rivals:?}, add {}", add.as_deref().unwrap_or("nothing"))
        }
    }
}

#[track_caller]
fn check(runners: &[&str], expected: &str) {
    let runners: Vec<Runner> = runners.iter().map(|text| runner(text)).collect();
    assert_eq!(told(&select(&runners, 0)), expected);
}

#[test]
fn the_fewest_labels_that_keep_others_out_and_let_most_in() {
    check(&["gpu l40s r1", "gpu l40s r2", "-gpu t4"], "l40s (2/2)");
    check(&["gpu l40s r1", "gpu l40s r2"], "gpu (2/2)");
    check(&["gpu big", "-gpu small", "-big"], "big gpu (1/1)");
    // One more label keeps the second in, where one alone loses it.
    check(&["a b one", "a b", "-a", "-b"], "a b (2/2)");
    check(&["a b c d e", "-b c d e", "-a c d e", "-a b d e", "-a b c e"], "a b c d (1/1)");
}

#[test]
fn a_label_is_whole_and_its_case_is_nothing() {
    check(&["gpu", "-no-gpu"], "gpu (1/1)");
    check(&["GPU", "-gpu"], "as [1], add nothing");
    check(&["gpu L40S", "-GPU l40", "Gpu l40s"], "l40s (2/2)");
}

#[test]
fn what_githubs_own_runners_have_is_not_asked_for() {
    check(&["ubuntu-latest"], "as [], add nothing");
    check(&["ubuntu-latest Windows-2025 macos-15-intel gpu"], "gpu (1/1)");
    check(&["gp\u{fc}"], "as [], add nothing");
    for odd in ["${{x}}", "a,b", "a`b", "\"a\"", "::a", "-rf", "a\u{202e}b", "", " "] {
        let runner = Runner { labels: BTreeSet::from([odd.to_owned()]), ..runner("") };
        assert_eq!(told(&select(&[runner], 0)), "as [], add nothing", "{odd}");
    }
}

#[test]
fn a_group_tells_apart_what_labels_do_not() {
    check(&["team: gpu", "-others: gpu", "team: gpu"], "team:  (2/2)");
    check(&["team: gpu l40", "-others: gpu l40", "-TEAM: gpu"], "team: l40 (1/1)");
    check(&["Team: gpu", "-others: gpu", "team: gpu"], "Team:  (2/2)");
    check(&["team: gpu", "-gpu"], "as [1], add nothing");
    check(&["gpu", "-others: gpu"], "as [1], add nothing");
    // Nobody knows whether the third is let in.
    check(&["team: gpu", "-others: gpu", "gpu"], "team:  (1/2)");
}

#[test]
fn more_labels_than_usual_are_asked_for_where_fewer_do_not_do() {
    let rivals = ["-b c d e", "-a c d e", "-a b d e", "-a b c e", "-a b c d"];
    let runners: Vec<&str> = ["a b c d e f"].into_iter().chain(rivals).collect();
    check(&runners, "f (1/1)");
    let runners: Vec<&str> = ["a b c d e"].into_iter().chain(rivals).collect();
    check(&runners, "a b c d e (1/1, perhaps not the widest)");
}

#[test]
fn who_does_not_fit_is_refused() {
    check(&["-gpu"], "does not fit");
    assert_eq!(select(&[], 0), Err(Refusal::DoesNotFit));
}

#[test]
fn a_refusal_names_a_label_that_would_do() {
    let of = |machine: &Machine, fits| Runner {
        labels: set("self-hosted gpu"),
        own: own_labels(machine),
        fits,
        group: None,
    };
    let (l40s, a10g) = (machine(vec![gpu("l40s")]), machine(vec![gpu("a10g")]));
    let mut runners =
        vec![of(&l40s, true), of(&a10g, false), of(&machine(vec![gpu("h200")]), true)];
    // True of both that fit, and of none that does not.
    assert_eq!(told(&select(&runners, 0)), "as [1], add sm-ge-87");
    runners[0].labels.insert("sm-ge-87".to_owned());
    assert_eq!(told(&select(&runners, 0)), "sm-ge-87 (1/2)");
}

#[test]
fn forty_labels_are_asked_for_where_each_keeps_out_one_other() {
    let name = |place: usize| format!("l{place:02}");
    let all: BTreeSet<String> = (0..40).map(name).collect();
    let without = |place: usize| Runner {
        labels: all.iter().filter(|label| **label != name(place)).cloned().collect(),
        ..Runner::default()
    };
    let mut runners = vec![Runner { labels: all.clone(), fits: true, ..Runner::default() }];
    runners.extend((0..40).map(without));
    let selection = select(&runners, 0).unwrap();
    assert_eq!((selection.labels.len(), selection.is_widest), (40, false));
}

#[test]
fn a_search_that_takes_too_long_ends_with_a_sound_set() {
    // As if by chance: those that fit have nine of ten labels, the others one of two.
    let mut state = 1_u64;
    let mut chance = |of: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % of
    };
    let mut runners = Vec::new();
    for place in 0..300 {
        let fits = place < 200;
        let mut has = |_: &usize| place == 0 || if fits { chance(10) > 0 } else { chance(2) > 0 };
        let labels = (0..100).filter(&mut has).map(|label| format!("l{label:02}")).collect();
        runners.push(Runner { labels, fits, ..Runner::default() });
    }
    let selection = select(&runners, 0).unwrap();
    assert!(!selection.is_widest && selection.reach > 1);
    assert!(!runners[200..].iter().any(|runner| selection.labels.is_subset(&runner.labels)));
}

#[test]
fn a_machine_is_called_what_it_is() {
    let l40s = machine(vec![gpu("l40s"), gpu("l40s")]);
    let wanted = "cuda-12.4 cuda-ge-11 cuda-ge-11.8 cuda-ge-12 cuda-ge-12.4 driver-550 driver-ge-450 \
                  driver-ge-455 driver-ge-460 driver-ge-465 driver-ge-470 driver-ge-495 driver-ge-510 \
                  driver-ge-515 driver-ge-520 driver-ge-525 driver-ge-530 driver-ge-535 driver-ge-545 \
                  driver-ge-550 gpu gpus-2 gpus-ge-1 gpus-ge-2 l40s nvidia sm-89 sm-ge-50 sm-ge-52 \
                  sm-ge-60 sm-ge-61 sm-ge-70 sm-ge-75 sm-ge-80 sm-ge-86 sm-ge-87 sm-ge-88 sm-ge-89 \
                  vram-48gb vram-ge-10gb vram-ge-11gb vram-ge-12gb vram-ge-16gb vram-ge-20gb vram-ge-24gb \
                  vram-ge-32gb vram-ge-40gb vram-ge-48gb vram-ge-4gb vram-ge-6gb vram-ge-8gb";
    assert_eq!(own_labels(&l40s), set(wanted));
    let mi300x = Machine { rocm: Some(Version::new(6, 2, 0)), ..machine(vec![gpu("mi300x")]) };
    let labels = own_labels(&mi300x);
    assert!(
        labels.is_superset(&set("amd gfx942 gpu gpus-1 mi300x rocm-6.2 vram-192gb vram-ge-192gb"))
    );
    assert!(!labels.iter().any(|label| label.starts_with("sm-") || label.starts_with("driver-")));
    let slices = own_labels(&machine(vec![sliced("h100", &["1g.10gb", "1g.10gb+me", "ghost"])]));
    assert!(slices.is_superset(&set("gpu h100 mig-1g.10gb mig-1g.10gb.me sm-90")));
    let whole = |label: &String| label.starts_with("vram-") || label.starts_with("gpus-");
    assert!(!slices.iter().any(whole));
}

#[test]
fn the_labels_that_add_up_are_these() {
    let newest = Gpu { capability: Some(Capability::new(99, 0)), ..gpu("l40s") };
    let newest = Machine {
        driver: Some(Version::new(9_999, 0, 0)),
        cuda: Some(Version::new(99, 0, 0)),
        ..machine(vec![newest])
    };
    let wanted = "cuda-ge-11 cuda-ge-11.8 cuda-ge-12 cuda-ge-12.4 cuda-ge-12.6 cuda-ge-12.8 cuda-ge-12.9 \
                  cuda-ge-13 cuda-ge-13.1 cuda-ge-13.2 \
                  driver-ge-450 driver-ge-455 driver-ge-460 driver-ge-465 driver-ge-470 driver-ge-495 \
                  driver-ge-510 driver-ge-515 driver-ge-520 driver-ge-525 driver-ge-530 driver-ge-535 \
                  driver-ge-545 driver-ge-550 driver-ge-555 driver-ge-560 driver-ge-570 driver-ge-575 \
                  driver-ge-580 driver-ge-590 driver-ge-595 driver-ge-610 \
                  sm-ge-100 sm-ge-103 sm-ge-107 sm-ge-110 sm-ge-120 sm-ge-121 sm-ge-50 sm-ge-52 sm-ge-60 \
                  sm-ge-61 sm-ge-70 sm-ge-75 sm-ge-80 sm-ge-86 sm-ge-87 sm-ge-88 sm-ge-89 sm-ge-90";
    let software = ["cuda-ge-", "driver-ge-", "sm-ge-"];
    let labels = own_labels(&newest);
    let adds_up = |label: &&String| software.iter().any(|measure| label.starts_with(measure));
    assert_eq!(labels.iter().filter(adds_up).cloned().collect::<BTreeSet<_>>(), set(wanted));
    assert!(labels.len() <= 100);
}

#[test]
fn what_is_true_of_one_gpu_only_is_not_said() {
    let labels = own_labels(&machine(vec![gpu("l40s"), gpu("t4")]));
    assert!(labels.is_superset(&set("gpus-2 vram-ge-16gb sm-ge-75 nvidia")));
    assert!(labels.is_disjoint(&set("l40s t4 vram-48gb vram-ge-20gb sm-89 sm-75 sm-ge-80")));
    let both = own_labels(&machine(vec![gpu("l40s"), gpu("mi300x")]));
    assert!(both.is_superset(&set("gpu gpus-2 vram-ge-48gb")));
    assert!(both.is_disjoint(&set("nvidia amd driver-550 sm-89 gfx942")));
}

#[test]
fn what_is_not_known_gives_no_label() {
    assert_eq!(own_labels(&Machine::default()), set(""));
    assert_eq!(own_labels(&machine(vec![])), set(""));
    let nothing = Gpu {
        model: None,
        memory: Memory { reported_mib: None, nominal_gb: None },
        capability: None,
        mig: None,
        sharing: None,
        ..gpu("t4")
    };
    let of = |gpus| Machine { gpus: Some(gpus), ..Machine::default() };
    assert_eq!(own_labels(&of(vec![nothing])), set("gpu nvidia"));
    let prohibited = Gpu { sharing: Some(Sharing::Prohibited), ..gpu("t4") };
    assert_eq!(own_labels(&of(vec![prohibited])), set(""));
}

#[test]
fn a_device_cannot_choose_what_it_is_called() {
    let long = "a".repeat(65);
    for name in [
        "",
        "ubuntu-latest",
        "vram-ge-80gb",
        "no-gpu",
        "a b",
        "a\nb",
        "::x",
        "t\u{e9}",
        "arm64",
        &long,
    ] {
        let called = Gpu { model: Some(name.to_owned()), ..gpu("t4") };
        let nameless = Gpu { model: None, ..gpu("t4") };
        assert_eq!(
            own_labels(&machine(vec![called])),
            own_labels(&machine(vec![nameless])),
            "{name}"
        );
    }
}

/// Needs as people have them, and as labels can say them: nothing at most.
fn usual_needs() -> Vec<Need> {
    let memory = |gb| Need { min_memory_gb: Some(gb), ..need(1) };
    let age =
        |major, minor| Need { min_capability: Some(Capability::new(major, minor)), ..need(1) };
    let driver = |major| Some(Version::new(major, 0, 0));
    vec![
        need(1),
        need(2),
        memory(16),
        Need { min_memory_gb: Some(24), ..age(8, 0) },
        Need { min_driver: driver(550), ..memory(40) },
        Need { min_memory_gb: Some(80), ..need(4) },
        Need { min_driver: driver(535), min_memory_gb: Some(24), ..age(8, 6) },
        Need { models: set("h100"), ..need(1) },
        Need { min_driver: driver(550), min_memory_gb: Some(40), ..age(8, 9) },
    ]
}

/// Runners with one kind of whole GPU each, of other models, counts and drivers, with the labels of their facts.
fn usual_fleets() -> impl Strategy<Value = Vec<Machine>> {
    let models = vec!["t4", "a10g", "l40s", "a100", "h100", "h200"];
    let drivers = vec![525_u32, 535, 550, 570, 580];
    let one = (prop::sample::select(models), 0..4_u32, prop::sample::select(drivers));
    prop::collection::vec(one, 1..25).prop_map(|runners| {
        let made = |(model, power, driver)| {
            let gpus = vec![gpu(model); 1_usize << power];
            Machine { driver: Some(Version::new(driver, 0, 0)), ..machine(gpus) }
        };
        runners.into_iter().map(made).collect()
    })
}

/// Few labels on few runners, in both cases, so that all sets can be tried.
fn small_fleets() -> impl Strategy<Value = Vec<Runner>> {
    let names = vec!["a", "B", "b", "c", "D", "e", "f", "g", "ubuntu-latest", "_"];
    let labels = prop::collection::vec(prop::sample::select(names), 0..8);
    let group = prop::option::of(prop::sample::select(vec!["one", "One", "two"]));
    prop::collection::vec((labels, group, any::<bool>()), 1..7).prop_map(|runners| {
        let made = |(labels, group, fits): (Vec<&str>, Option<&str>, bool)| Runner {
            labels: labels.into_iter().map(str::to_owned).collect(),
            group: group.map(str::to_owned),
            fits,
            ..Runner::default()
        };
        runners.into_iter().map(made).collect()
    })
}

/// The labels that a runner has, as GitHub sees them.
fn seen(runner: &Runner) -> BTreeSet<String> {
    runner.labels.iter().map(|label| label.to_lowercase()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_set_of_labels_is_better_and_none_lets_others_in(runners in small_fleets()) {
        let target = &runners[0];
        let names: Vec<String> =
            seen(target).into_iter().filter(|label| label != "ubuntu-latest").collect();
        // Every set: how many it leaves out, how large it is, and what it is.
        let mut sound = Vec::new();
        for mask in 1..1_usize << names.len() {
            let chosen: BTreeSet<String> = names
                .iter()
                .enumerate()
                .filter(|(place, _)| mask & (1 << place) != 0)
                .map(|(_, name)| name.clone())
                .collect();
            let lets_in = |fits: bool| {
                let all = runners.iter().filter(|runner| runner.fits == fits);
                all.filter(|runner| chosen.is_subset(&seen(runner))).count()
            };
            if lets_in(false) == 0 {
                sound.push((lets_in(true), chosen));
            }
        }
        let small = sound.iter().filter(|(_, chosen)| chosen.len() <= AT_MOST);
        let best = small.min_by_key(|(reach, chosen)| {
            (std::cmp::Reverse(*reach), chosen.len(), (*chosen).clone())
        });
        match select(&runners, 0) {
            Err(Refusal::DoesNotFit) => prop_assert!(!target.fits),
            Ok(selection) => {
                prop_assert!(target.fits && target.group.is_some() >= selection.group.is_some());
                let lets_in = |runner: &&Runner| {
                    let group = match (&selection.group, &runner.group) {
                        (Some(wanted), Some(its)) => its.eq_ignore_ascii_case(wanted),
                        (Some(_), None) | (None, _) => true,
                    };
                    group && selection.labels.is_subset(&seen(runner))
                };
                prop_assert!(runners.iter().filter(lets_in).all(|runner| runner.fits));
                prop_assert!(lets_in(&target));
                match (best, &selection.group) {
                    (Some((reach, chosen)), None) => {
                        prop_assert_eq!((*reach, chosen), (selection.reach, &selection.labels));
                    }
                    (None, None) => {
                        let found = (selection.reach, selection.labels.clone());
                        prop_assert!(sound.contains(&found));
                    }
                    (_, Some(_)) => prop_assert!(sound.is_empty()),
                }
            }
            Err(Refusal::NotTold { rivals, add: _ }) => {
                prop_assert!(target.fits && sound.is_empty());
                prop_assert!(!rivals.is_empty() || names.is_empty());
                prop_assert!(rivals.iter().all(|rival| !runners[*rival].fits));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn what_a_machine_is_called_holds_of_all_that_is_known_of_it(
        machine in machines(),
        turns in prop::collection::vec(prop::bool::weighted(0.2), 50),
    ) {
        let labels = own_labels(&machine);
        prop_assert!(labels.len() <= 100);
        let is_plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte)
        };
        prop_assert!(labels.iter().all(|label| !label.is_empty() && label.bytes().all(is_plain)));
        // Who knows less says less, and nothing else.
        let mut less = forget(&machine, &turns);
        // What is known to be prohibited gives no label, what may be gives some.
        for (gpu, whole) in less.gpus.iter_mut().flatten().zip(machine.gpus.iter().flatten()) {
            if whole.sharing == Some(Sharing::Prohibited) {
                gpu.sharing = whole.sharing;
            }
        }
        prop_assert!(own_labels(&less).is_subset(&labels));
    }

    #[test]
    fn labels_of_facts_reach_nearly_all_that_fit(fleet in usual_fleets()) {
        for need in usual_needs() {
            let runners: Vec<Runner> = fleet
                .iter()
                .map(|machine| {
                    let own = own_labels(machine);
                    let labels = machine.labels.union(&own).cloned().collect();
                    Runner { labels, own, fits: fits(&need, machine), group: None }
                })
                .collect();
            for assigned in 0..runners.len() {
                if runners[assigned].fits {
                    let selection = select(&runners, assigned).unwrap();
                    let told = format!("{need:?}: {selection:?}");
                    prop_assert!(selection.labels.len() <= AT_MOST, "{}", told);
                    prop_assert!(selection.reach * 100 >= selection.fitting * 95, "{}", told);
                }
            }
        }
    }

    #[test]
    fn machines_of_any_kind_never_let_others_in(
        fleet in prop::collection::vec(machines(), 1..12),
        need in needs(),
    ) {
        let runners: Vec<Runner> = fleet
            .iter()
            .map(|machine| {
                let own = own_labels(machine);
                Runner { labels: own.clone(), own, fits: fits(&need, machine), group: None }
            })
            .collect();
        for assigned in 0..runners.len() {
            match select(&runners, assigned) {
                Ok(selection) => {
                    let is_in = |runner: &Runner| selection.labels.is_subset(&runner.labels);
                    prop_assert!(!runners.iter().any(|runner| !runner.fits && is_in(runner)));
                }
                Err(Refusal::DoesNotFit) => prop_assert!(!runners[assigned].fits),
                Err(Refusal::NotTold { rivals, add: _ }) => {
                    let labels = &runners[assigned].labels;
                    let is_in = |rival: &Runner| !rival.fits && labels.is_subset(&rival.labels);
                    prop_assert!(rivals.iter().all(|rival| is_in(&runners[*rival])));
                    prop_assert!(!rivals.is_empty() || labels.is_empty());
                }
            }
        }
    }
}
