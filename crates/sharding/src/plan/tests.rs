//! Whole plans: every test once, whatever is asked for.

use bstr::{BString, ByteSlice as _};
use proptest::prelude::*;

use super::*;
use crate::{Items, ShardCount, change_millionths};

fn count(shards: u64) -> ShardCount {
    ShardCount::new(shards).unwrap()
}

fn items(count: usize) -> Items {
    Items::new((0..count).map(|n| ItemId::new(format!("t{n:04}")).unwrap()).collect())
}

fn planned(micros: &[Option<u64>], shards: u64, empty: Shards) -> Plan {
    planned_whole(micros, shards, empty).plan
}

fn planned_whole(micros: &[Option<u64>], shards: u64, empty: Shards) -> Made {
    let suite = Suite::flat(items(micros.len()));
    let timings = Timings::from_micros(micros.to_vec());
    let wanted = Wanted::Exactly(count(shards));
    plan(&Facts { empty, ..Facts::new(&suite, &timings, wanted) }).unwrap()
}

#[track_caller]
fn check(micros: &[u64], shards: u64, loads: &[u64], gap: u64) {
    let known: Vec<Option<u64>> = micros.iter().copied().map(Some).collect();
    let plan = planned(&known, shards, Shards::OnlyUsed);
    let mut found: Vec<u64> = plan.shards.iter().map(|shard| shard.load).collect();
    found.sort_by_key(|load| Reverse(*load));
    assert_eq!(found, loads);
    assert_eq!(plan.gap_millionths(), gap);
}

#[test]
fn loads_are_even_and_the_gap_is_told() {
    check(&[5, 4, 3, 2, 1, 1], 2, &[8, 8], 0);
    check(&[3, 3, 2, 2, 2], 2, &[6, 6], 0);
    check(&[10, 1], 4, &[10, 1], 0);
    check(&[], 4, &[], 0);
}

#[test]
fn empty_shards_are_dropped_or_kept() {
    assert_eq!(planned(&[Some(1)], 3, Shards::OnlyUsed).shards.len(), 1);
    assert_eq!(planned(&[Some(1)], 3, Shards::All).shards.len(), 3);
    assert_eq!(planned(&[], 3, Shards::All).shards.len(), 3);
}

#[test]
fn a_dominating_item_says_how_many_shards_are_enough() {
    // pgmpy's shape: one test of 221 s in 530 s.
    let made = planned_whole(&[Some(221), Some(100), Some(100), Some(109)], 8, Shards::OnlyUsed);
    let heaviest = made.plan.heaviest();
    assert_eq!(heaviest.map(|placed| placed.id.as_bytes()), Some(&b"t0000"[..]));
    assert_eq!(made.enough_shards(), 3);
    // An even share of four would do for the sum, and two of five items are on one of them.
    let made = planned_whole(&[5, 4, 4, 4, 3].map(Some), 6, Shards::OnlyUsed);
    assert_eq!((made.plan.makespan(), made.enough_shards()), (5, 5));
}

/// pytest's way: `a.py::C::t` is in `a.py::C`, in `a.py`.
fn nested(tests: &[(&str, u64)], more: &[(&str, u64)]) -> (Suite, Timings) {
    let ids = tests.iter().filter_map(|(name, _)| ItemId::new(*name)).collect();
    let suite = Suite::nested(&Items::new(ids), &|name| {
        name.find_iter("::").map(|end| BString::from(&name[..end])).collect()
    });
    let known = tests.iter().chain(more);
    let known: BTreeMap<&[u8], u64> =
        known.map(|(name, micros)| (name.as_bytes(), *micros)).collect();
    let time = |id: &ItemId| known.get(id.as_bytes()).copied();
    let micros = suite.nodes().ids().iter().map(time).collect();
    (suite, Timings::from_micros(micros))
}

fn names(plan: &Plan) -> Vec<Vec<&str>> {
    let name = |placed: &'_ Placed| {
        std::str::from_utf8(placed.id.as_bytes()).unwrap().to_owned().leak() as &str
    };
    plan.shards.iter().map(|shard| shard.items.iter().map(name).collect()).collect()
}

#[test]
fn only_what_is_too_heavy_for_a_shard_is_opened() {
    let tests =
        [("a.py::C::t", 40), ("a.py::C::u", 10), ("a.py::v", 10), ("b.py::t", 20), ("b.py::u", 20)];
    let (suite, timings) = nested(&tests, &[]);
    let facts = |granularity| Facts {
        granularity,
        ..Facts::new(&suite, &timings, Wanted::Exactly(count(2)))
    };
    let made = plan(&facts(Granularity::Auto)).unwrap();
    assert_eq!((made.plan.makespan(), made.opened), (50, 1));
    assert_eq!(names(&made.plan), [vec!["a.py::C"], vec!["b.py", "a.py::v"]]);
    let made = plan(&facts(Granularity::Wide)).unwrap();
    assert_eq!((names(&made.plan), made.plan.makespan()), (vec![vec!["a.py"], vec!["b.py"]], 60));
    let made = plan(&facts(Granularity::Item)).unwrap();
    assert_eq!(made.plan.item_count(), 5);
}

#[test]
fn what_stays_together_is_on_one_shard_and_is_not_opened() {
    let tests = [("a::t", 40), ("a::u", 10), ("b::t", 10), ("c::t", 10)];
    let (suite, timings) = nested(&tests, &[]);
    let group: Vec<Option<usize>> = suite
        .nodes()
        .ids()
        .iter()
        .map(|id| (id.as_bytes().starts_with(b"a") || id.as_bytes().starts_with(b"b")).then_some(0))
        .collect();
    let granularity = Granularity::Auto;
    let facts = Facts {
        groups: &group,
        granularity,
        ..Facts::new(&suite, &timings, Wanted::Exactly(count(2)))
    };
    let made = plan(&facts).unwrap();
    assert_eq!(names(&made.plan), [vec!["a", "b"], vec!["c"]]);
    // A rule about one test inside is a rule about the file that holds it.
    let inside: Vec<Option<usize>> = suite
        .nodes()
        .ids()
        .iter()
        .map(|id| [&b"a::u"[..], b"c::t"].contains(&id.as_bytes()).then_some(0))
        .collect();
    let whole = Facts { groups: &inside, granularity: Granularity::Wide, ..facts.clone() };
    assert_eq!(names(&plan(&whole).unwrap().plan), [vec!["a", "c"], vec!["b"]]);
    let most_items = Some(1);
    let error = plan(&Facts { most_items, ..facts }).unwrap_err();
    assert_eq!(
        error,
        CannotPlan::LargeGroup { first: ItemId::new("a").unwrap(), items: 2, most: 1 }
    );
}

#[test]
fn a_shard_has_no_more_items_than_it_may() {
    let suite = Suite::flat(items(5));
    let timings = Timings::from_micros(vec![Some(90), Some(1), Some(1), Some(1), Some(1)]);
    let wanted = Wanted::Exactly(count(2));
    let facts = Facts { most_items: Some(3), ..Facts::new(&suite, &timings, wanted) };
    let made = plan(&facts).unwrap();
    assert!(made.plan.shards.iter().all(|shard| shard.items.len() <= 3));
    let error = plan(&Facts { most_items: Some(2), ..facts }).unwrap_err();
    assert_eq!(error, CannotPlan::TooManyItems { items: 5, shards: 2, most: 2 });
}

#[test]
fn no_shard_is_empty_while_another_has_several_items() {
    let suite = Suite::flat(items(4));
    let timings = Timings::from_micros([10, 1, 1, 1].map(Some).to_vec());
    let last = LastPlan::new(suite.nodes().ids().iter().cloned().zip([0, 1, 1, 1]));
    let stability = Stability::Sticky(10_000);
    let wanted = Wanted::Exactly(count(3));
    let facts = Facts { last: Some(&last), stability, ..Facts::new(&suite, &timings, wanted) };
    let plan = plan(&facts).unwrap().plan;
    assert!(plan.shards.iter().all(|shard| !shard.items.is_empty()), "{plan:?}");
}

#[test]
fn a_shard_that_has_too_much_to_do_besides_is_not_started() {
    let suite = Suite::flat(items(4));
    let timings = Timings::from_micros([10; 4].map(Some).to_vec());
    let facts = Facts {
        shard_overhead: &[0, 0, 600],
        ..Facts::new(&suite, &timings, Wanted::Exactly(count(3)))
    };
    let plan = plan(&facts).unwrap().plan;
    assert_eq!(plan.shards.iter().map(|shard| shard.load).collect::<Vec<_>>(), [20, 20]);
    assert!(plan.is_proven());
}

#[test]
fn what_a_target_allows_is_not_spent_on_stability() {
    let suite = Suite::flat(items(4));
    let timings = Timings::from_micros([5_000, 5_050, 5_000, 4_950].map(Some).to_vec());
    let last = LastPlan::new(suite.nodes().ids().iter().cloned().zip([0, 0, 1, 1]));
    let wanted = Wanted::Between(count(1), count(8), Aim::Within(10_000));
    let stability = Stability::Sticky(10_000);
    let facts = Facts { last: Some(&last), stability, ..Facts::new(&suite, &timings, wanted) };
    let made = plan(&facts).unwrap();
    assert_eq!((made.plan.shards.len(), made.plan.makespan()), (2, 10_000));
}

#[test]
fn what_a_shard_has_to_do_besides_counts() {
    let suite = Suite::flat(items(4));
    let timings = Timings::from_micros([10; 4].map(Some).to_vec());
    let wanted = Wanted::Exactly(count(2));
    let facts =
        Facts { overhead: 5, shard_overhead: &[20], ..Facts::new(&suite, &timings, wanted) };
    let plan = plan(&facts).unwrap().plan;
    let loads: Vec<(u64, u64)> =
        plan.shards.iter().map(|shard| (shard.overhead, shard.load)).collect();
    assert_eq!(loads, [(25, 35), (5, 35)]);
    assert!(plan.is_proven());
}

#[test]
fn no_shard_is_started_for_less_than_it_is_worth() {
    let suite = Suite::flat(items(4));
    let timings = Timings::from_micros([10; 4].map(Some).to_vec());
    let facts = Facts::new(&suite, &timings, Wanted::Exactly(count(4)));
    let shards = |least_duration| {
        plan(&Facts { least_duration, ..facts.clone() }).unwrap().plan.shards.len()
    };
    assert_eq!([0, 10, 11, 20, 21, 99].map(shards), [4, 4, 3, 2, 1, 1]);
}

#[test]
fn the_number_of_shards_is_chosen() {
    let suite = Suite::flat(items(5));
    let timings = Timings::from_micros([3, 3, 2, 2, 2].map(Some).to_vec());
    let within = |target| Wanted::Between(count(1), count(8), Aim::Within(target));
    let chosen = |wanted| {
        let made = plan(&Facts::new(&suite, &timings, wanted)).unwrap();
        (made.plan.shards.len(), made.choice)
    };
    assert_eq!(chosen(within(6)), (2, Choice::Fewest { target: 6, proven: true }));
    assert_eq!(chosen(within(2)), (5, Choice::OutOfReach { target: 2, by_one: true }));
    let untimed = Timings::from_micros(vec![None; 5]);
    let made = plan(&Facts::new(&suite, &untimed, within(6))).unwrap();
    assert_eq!((made.plan.shards.len(), made.choice), (4, Choice::NoTimes));
}

#[test]
fn a_target_opens_what_alone_exceeds_it() {
    let tests = [("a::t", 40), ("a::u", 40), ("b::t", 20)];
    let (suite, timings) = nested(&tests, &[]);
    let wanted = Wanted::Between(count(1), count(8), Aim::Within(60));
    let made =
        plan(&Facts { granularity: Granularity::Auto, ..Facts::new(&suite, &timings, wanted) })
            .unwrap();
    assert_eq!(made.choice, Choice::Fewest { target: 60, proven: true });
    assert_eq!((made.plan.shards.len(), made.opened), (2, 1));
}

#[test]
fn a_file_is_opened_where_files_are_fewer_than_shards() {
    let tests = [("a::t", 20), ("a::u", 20), ("a::v", 20), ("b::t", 3)];
    let (suite, timings) = nested(&tests, &[]);
    let granularity = Granularity::Auto;
    let facts = Facts { granularity, ..Facts::new(&suite, &timings, Wanted::Exactly(count(3))) };
    let made = plan(&facts).unwrap();
    assert_eq!((made.plan.shards.len(), made.plan.makespan()), (3, 23));
}

#[test]
fn what_moved_since_the_last_plan_is_told() {
    let suite = Suite::flat(items(4));
    let timings = Timings::from_micros([4, 3, 2, 1].map(Some).to_vec());
    let last = LastPlan::new(suite.nodes().ids().iter().cloned().zip([1, 0, 0, 0]).take(3));
    let wanted = Wanted::Exactly(count(2));
    let facts = Facts {
        last: Some(&last),
        stability: Stability::Sticky(0),
        ..Facts::new(&suite, &timings, wanted)
    };
    let made = plan(&facts).unwrap();
    assert_eq!((made.plan.makespan(), made.moved), (5, Some((0, 3))));
}

#[test]
fn what_newer_times_make_of_a_plan_is_told() {
    let plan = planned(&[Some(5), Some(4), None], 2, Shards::OnlyUsed);
    assert_eq!(plan.makespan(), 8);
    let newer = |id: &ItemId| (id.as_bytes() == b"t0000").then_some(10);
    assert_eq!(plan.makespan_with(&newer), 10);
    assert_eq!(
        [change_millionths(8, 10), change_millionths(8, 6), change_millionths(0, 0)],
        [250_000, 250_000, 0]
    );
}

proptest! {
    #[test]
    fn every_item_is_on_exactly_one_shard(
        micros in proptest::collection::vec(proptest::option::of(0_u64..1_000_000), 0..80),
        shards in 1_u64..40,
        all in any::<bool>(),
    ) {
        let empty = if all { Shards::All } else { Shards::OnlyUsed };
        let plan = planned(&micros, shards, empty);
        let mut ids: Vec<ItemId> = plan.placed().map(|placed| placed.id.clone()).collect();
        ids.sort();
        prop_assert_eq!(ids, items(micros.len()).ids().to_vec());
        prop_assert!(plan.makespan() >= plan.bound.value);
        if micros.len() >= usize::try_from(shards).unwrap() && micros.iter().all(|time| time.is_none_or(|time| time > 0)) {
            prop_assert!(plan.shards.iter().all(|shard| !shard.items.is_empty()));
        }
    }

    #[test]
    fn every_test_is_in_exactly_one_item_whatever_is_asked(
        tests in proptest::collection::btree_map("[ab]::[CD]::[tuv]", 0_u64..100, 0..14),
        shards in 1_u64..6,
        granularity in 0_usize..4,
        grouped in any::<bool>(),
        target in proptest::option::of(1_u64..200),
        overhead in 0_u64..20,
        stability in 0_usize..3,
    ) {
        let listed: Vec<(&str, u64)> = tests.iter().map(|(name, time)| (name.as_str(), *time)).collect();
        let (suite, timings) = nested(&listed, &[("a", 30)]);
        let groups: Vec<Option<usize>> = suite.nodes().ids().iter().map(|id| {
            (grouped && id.as_bytes().starts_with(b"a")).then_some(0)
        }).collect();
        let last = LastPlan::new(suite.nodes().ids().iter().cloned().zip((0..4).cycle()));
        let facts = Facts {
            groups: &groups,
            granularity: [Granularity::Auto, Granularity::Item, Granularity::Narrow, Granularity::Wide][granularity],
            overhead,
            shard_overhead: &[7],
            stability: [Stability::Off, Stability::Hash(10_000), Stability::Sticky(10_000)][stability],
            last: Some(&last),
            ..Facts::new(&suite, &timings, match target {
                Some(target) => Wanted::Between(count(1), count(shards), Aim::Within(target)),
                None => Wanted::Exactly(count(shards)),
            })
        };
        let plan = plan(&facts).unwrap().plan;
        for (test, _) in &listed {
            let holds = |placed: &&Placed| {
                let id = placed.id.as_bytes();
                test.as_bytes() == id || test.as_bytes().strip_prefix(id).is_some_and(|rest| rest.starts_with(b"::"))
            };
            prop_assert_eq!(plan.placed().filter(holds).count(), 1);
        }
        prop_assert!(plan.makespan() >= plan.bound.value);
        prop_assert!(u64::try_from(plan.shards.len()).unwrap() <= shards);
    }

    #[test]
    fn enough_shards_are_enough(
        micros in proptest::collection::vec(1_u64..1_000, 1..40),
        shards in 1_u64..20,
    ) {
        let known: Vec<Option<u64>> = micros.iter().copied().map(Some).collect();
        let made = planned_whole(&known, shards, Shards::OnlyUsed);
        let (enough, plan) = (u64::try_from(made.enough_shards()).unwrap(), made.plan);
        prop_assert!(enough <= shards);
        let with_enough = planned(&known, enough, Shards::OnlyUsed);
        prop_assert!(with_enough.makespan() <= plan.makespan());
    }
}
