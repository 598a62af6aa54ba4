//! Plans for a few jobs, and what holds of all plans.

use proptest::prelude::*;

use super::*;
use crate::made::{gpu, machine, machines, need, needs};

fn job(name: &str, priority: i32, options: &[Need]) -> Job {
    Job { name: name.to_owned(), priority, options: options.to_vec() }
}

fn offer(name: &str, price: u32, gpus: &[&str]) -> Offer {
    let gpus = gpus.iter().map(|model| gpu(model)).collect();
    Offer { name: name.to_owned(), price, machine: machine(gpus) }
}

/// At least so many GB.
fn large(gigabytes: u32) -> Need {
    Need { min_memory_gb: Some(gigabytes), ..need(1) }
}

/// Of this model.
fn model(name: &str) -> Need {
    Need { models: BTreeSet::from([name.to_owned()]), ..need(1) }
}

#[track_caller]
fn check(jobs: &[Job], offers: &[Offer], expected: &[&str]) {
    let told: Vec<String> = assign(jobs, offers, &fits)
        .unwrap()
        .iter()
        .map(|placed| {
            let (job, offer) = (&jobs[placed.job].name, &offers[placed.offer].name);
            format!("{job} on {offer}{}", "'".repeat(placed.option))
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn nothing_is_placed_where_nothing_fits() {
    check(&[], &[], &[]);
    check(&[job("a", 0, &[large(80)])], &[], &[]);
    check(&[], &[offer("one", 0, &["t4"])], &[]);
    check(&[job("a", 0, &[large(80)])], &[offer("one", 0, &["t4"])], &[]);
    check(&[job("a", 0, &[])], &[offer("one", 0, &["t4"])], &[]);
}

#[test]
fn an_easy_job_leaves_a_rare_machine_to_the_one_that_needs_it() {
    let jobs = [job("easy", 0, &[large(16)]), job("hard", 0, &[large(80)])];
    let offers = [offer("h100", 0, &["h100"]), offer("t4", 0, &["t4"])];
    check(&jobs, &offers, &["easy on t4", "hard on h100"]);
}

#[test]
fn an_urgent_job_comes_first_and_makes_way_if_it_can() {
    let urgent = job("urgent", 1, &[large(24)]);
    let offers = [offer("a10g", 0, &["a10g"]), offer("l40s", 0, &["l40s"])];
    // It would take the smaller, which is all that the other can use.
    let other = job("other", 0, &[model("a10g")]);
    check(&[urgent.clone(), other], &offers, &["urgent on l40s", "other on a10g"]);
    check(&[urgent.clone(), job("other", 0, &[large(24)])], &offers[..1], &["urgent on a10g"]);
    check(&[urgent, job("other", 1, &[large(24)])], &offers[..1], &["other on a10g"]);
}

#[test]
fn what_a_job_makes_do_with_is_what_it_gets_last() {
    let options = [model("h100"), model("a100"), model("t4")];
    let jobs = [job("a", 0, &options), job("b", 0, &options)];
    let offers =
        [offer("t4", 0, &["t4"]), offer("a100", 0, &["a100"]), offer("h100", 900, &["h100"])];
    check(&jobs, &offers, &["a on a100'", "b on h100"]);
    check(&jobs, &offers[..2], &["a on a100'", "b on t4''"]);
    check(&jobs[..1], &offers[..1], &["a on t4''"]);
}

#[test]
fn price_decides_before_what_is_spare_and_names_at_last() {
    let jobs = [job("a", 0, &[large(16)])];
    let t4 = |name, price| offer(name, price, &["t4"]);
    let h100 = |price| offer("h100", price, &["h100"]);
    check(&jobs, &[h100(1), t4("t4", 2)], &["a on h100"]);
    check(&jobs, &[h100(1), t4("t4", 1)], &["a on t4"]);
    check(&jobs, &[offer("two", 0, &["t4", "t4"]), t4("one", 0)], &["a on one"]);
    check(&jobs, &[t4("c", 0), t4("b", 0), t4("d", 0)], &["a on b"]);
}

#[test]
fn equal_machines_are_equal_whatever_their_gpus_are_called() {
    let named = |name: &str, uuid: &str| {
        let gpu = crate::Gpu { uuid: Some(uuid.to_owned()), ..gpu("t4") };
        let mut machine = machine(vec![gpu]);
        machine.labels.insert(name.to_owned());
        Offer { name: name.to_owned(), price: 0, machine }
    };
    let offers = [named("b", "GPU-1"), named("a", "GPU-2")];
    let jobs = [job("x", 0, &[large(16)]), job("y", 0, &[large(16)])];
    let asked = std::cell::Cell::new(0);
    let placed = assign(&jobs, &offers, &|need, machine| {
        asked.set(asked.get() + 1);
        fits(need, machine)
    })
    .unwrap();
    assert_eq!(placed.iter().map(|placed| placed.offer).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(asked.get(), 1);
    // But a label that is asked for tells them apart.
    let labels = BTreeSet::from(["B".to_owned()]);
    check(&[job("x", 0, &[Need { labels, ..need(1) }])], &offers, &["x on b"]);
}

/// Ten thousand jobs of nine kinds, on a thousand machines of ten models with one to eight GPUs.
#[test]
fn a_large_fleet_is_a_few_kinds() {
    let models = ["t4", "a10g", "l40s", "a100", "h100", "h200", "mi300x"];
    let offers: Vec<Offer> = (0..1000_usize)
        .map(|place| {
            let gpus = vec![models[place % 7]; 1 << (place % 4)];
            offer(&format!("r{place:04}"), u32::try_from(place % 5).unwrap(), &gpus)
        })
        .collect();
    let kinds: Vec<Need> = [8, 16, 24, 40, 48, 80, 96, 141, 180].into_iter().map(large).collect();
    let jobs: Vec<Job> = (0..10_000_usize)
        .map(|place| {
            let priority = i32::try_from(place / 9 % 3).unwrap();
            job(&format!("j{place:05}"), priority, &[kinds[place % 9].clone()])
        })
        .collect();
    let asked = std::cell::Cell::new(0);
    let placed = assign(&jobs, &offers, &|need, machine| {
        asked.set(asked.get() + 1);
        fits(need, machine)
    })
    .unwrap();
    // 9 needs and 28 machines that differ, instead of ten million questions; neither priority nor price is
    // asked about.
    assert_eq!(asked.get(), 9 * 28);
    // Every machine is large enough for something, so each has a job, and a job of the first priority.
    assert_eq!(placed.len(), 1000);
    assert!(placed.iter().all(|placed| jobs[placed.job].priority == 2));
}

#[test]
fn a_fleet_of_too_many_kinds_is_refused_before_it_is_planned() {
    let kinds =
        |count: u32| -> Vec<Offer> { (0..count).map(|price| offer("r", price, &["t4"])).collect() };
    let too_many = Err(TooManyKinds { jobs: 1, machines: 2001 });
    let jobs = [job("a", 0, &[need(1)])];
    assert_eq!(assign(&jobs, &kinds(2001), &|_, _| panic!("nothing is asked")), too_many);
    assert_eq!(assign(&jobs, &kinds(2000), &fits).map(|placed| placed.len()), Ok(1));
    let jobs: Vec<Job> = (0..1001).map(|priority| job("a", priority, &[need(1)])).collect();
    let too_many = Err(TooManyKinds { jobs: 1001, machines: 2000 });
    assert_eq!(assign(&jobs, &kinds(2000), &|_, _| panic!("nothing is asked")), too_many);
}

/// How many jobs can run, by making way along chains (Kuhn 1955), machine by machine.
fn most_placed(can_run: &[Vec<bool>]) -> usize {
    fn place(
        job: usize,
        can_run: &[Vec<bool>],
        seen: &mut [bool],
        on: &mut [Option<usize>],
    ) -> bool {
        for machine in 0..on.len() {
            if can_run[job][machine] && !seen[machine] {
                seen[machine] = true;
                if on[machine].is_none_or(|other| place(other, can_run, seen, on)) {
                    on[machine] = Some(job);
                    return true;
                }
            }
        }
        false
    }
    let machines = can_run.first().map_or(0, Vec::len);
    let mut on = vec![None; machines];
    (0..can_run.len())
        .filter(|job| place(*job, can_run, &mut vec![false; machines], &mut on))
        .count()
}

fn fleets() -> impl Strategy<Value = (Vec<Job>, Vec<Offer>)> {
    let options = prop::collection::vec(needs(), 1..3);
    let jobs = prop::collection::vec((options, 0..3_i32), 0..12);
    let offers = prop::collection::vec((machines(), 0..3_u32), 0..12);
    (jobs, offers).prop_map(|(jobs, offers)| {
        // Names that are not in the order of the lists, some of them equal.
        let jobs = jobs.into_iter().enumerate().map(|(place, (options, priority))| {
            job(&format!("j{}", place * 7 % 10), priority, &options)
        });
        let offers = offers.into_iter().enumerate().map(|(place, (machine, price))| Offer {
            name: format!("r{}", place * 7 % 11),
            price,
            machine,
        });
        (jobs.collect(), offers.collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_job_and_machine_has_at_most_one_other_that_fits((jobs, offers) in fleets()) {
        let plan = assign(&jobs, &offers, &fits).unwrap();
        let mut used = BTreeSet::new();
        for placed in &plan {
            let options = &jobs[placed.job].options;
            let machine = &offers[placed.offer].machine;
            prop_assert!(used.insert(placed.offer));
            prop_assert!(fits(&options[placed.option], machine));
            prop_assert!(!options[..placed.option].iter().any(|need| fits(need, machine)));
        }
        prop_assert!(plan.windows(2).all(|pair| pair[0].job < pair[1].job));
    }

    #[test]
    fn as_many_run_as_can_of_every_priority_and_all_above((jobs, offers) in fleets()) {
        let plan = assign(&jobs, &offers, &fits).unwrap();
        for lowest in 0..3 {
            let can_run: Vec<Vec<bool>> = jobs
                .iter()
                .filter(|job| job.priority >= lowest)
                .map(|job| {
                    let runs = |offer: &Offer| job.options.iter().any(|need| fits(need, &offer.machine));
                    offers.iter().map(runs).collect()
                })
                .collect();
            let placed = plan.iter().filter(|placed| jobs[placed.job].priority >= lowest).count();
            prop_assert_eq!(placed, most_placed(&can_run));
        }
    }

    #[test]
    fn the_order_of_the_lists_decides_nothing((jobs, offers) in fleets(), turn in 0..12_usize) {
        // Jobs with one name and priority have no order but their places.
        let mut jobs = jobs;
        let mut seen = BTreeSet::new();
        jobs.retain(|job| seen.insert(job.name.clone()));
        let names = |jobs: &[Job], offers: &[Offer]| -> BTreeSet<(String, String, usize)> {
            assign(jobs, offers, &fits)
                .unwrap()
                .iter()
                .map(|placed| {
                    let (job, offer) = (&jobs[placed.job], &offers[placed.offer]);
                    (job.name.clone(), offer.name.clone(), placed.option)
                })
                .collect()
        };
        let straight = names(&jobs, &offers);
        let (mut turned_jobs, mut turned_offers) = (jobs.clone(), offers.clone());
        turned_jobs.reverse();
        turned_offers.rotate_left(turn.min(offers.len()));
        prop_assert_eq!(straight, names(&turned_jobs, &turned_offers));
    }
}
