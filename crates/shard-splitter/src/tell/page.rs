//! A plan as a report for people: the one thing to do first, bars against the bound, heavy items.

use diagnostics::{Foreign, Level, Piece, Text, text};
use runner_protocol::{Bar, Bars, Column, Page, Table};
use sharding::{BoundKind, Choice, Cost, Made, Placed, Plan, Weighing};

use super::{counted, gap_thousandths, item_weight, weight_text};
use crate::gather::Reports;

/// How many items a table of items shows.
const SHOWN: usize = 10;

/// What is known of a plan that was just made.
pub(super) struct Details<'a> {
    pub(super) made: &'a Made,
    pub(super) reports: &'a Reports,
    /// What each shard does before its first test, in microseconds.
    pub(super) overhead: u64,
}

/// The plan as a report; with details where it was just made.
pub(super) fn plan_page(page: &mut Page, plan: &Plan, details: Option<&Details<'_>>) {
    let mut heading = text!["Shard plan: "];
    heading.append(counted(plan.item_count(), " item", " items")).text(" on ");
    heading.append(counted(plan.shards.len(), " shard", " shards"));
    page.heading(heading);
    let (level, advice) = first_thing_to_do(plan, details);
    page.callout(level, advice);
    if plan.item_count() == 0 {
        return;
    }
    page.bars(shard_bars(plan));
    page.paragraph(bound_sentence(plan));
    if plan.weighing == Weighing::Time {
        page.details("The heaviest items", |page| {
            page.table(heaviest_items(plan));
        });
    }
    if let Some(details) = details {
        page.list(facts(plan, details));
        let costs = details.made.costs(details.overhead);
        if costs.len() > 1 {
            page.details("What other numbers of shards would cost", |page| {
                page.table(cost_table(plan, &costs));
            });
        }
    }
}

/// What else is good to know, a point each.
fn facts(plan: &Plan, details: &Details<'_>) -> Vec<Text> {
    let made = details.made;
    let mut points = Vec::new();
    if made.dealt > plan.makespan() {
        let mut point = text!["Dealt out one after the other, the slowest shard would take "];
        point.append(weight_text(plan.weighing, made.dealt)).text(".");
        points.push(point);
    }
    points.extend(choice(made));
    if let Some((moved, known)) = made.moved {
        let mut point = text!["Since the last plan, "];
        point.push(moved).text(" of ").push(known).text(" items moved.");
        points.push(point);
    }
    if made.opened > 0 {
        let mut point =
            counted(made.opened, " file, class or package is", " files, classes or packages are");
        point.text(" split, being too heavy for one shard.");
        points.push(point);
    }
    points
}

/// How the number of shards came about, where it was chosen.
fn choice(made: &Made) -> Option<Text> {
    let count = made.plan.shards.len();
    let mut point = counted(count, " shard", " shards");
    match made.choice {
        Choice::Given => return None,
        Choice::Fewest { target, proven } => {
            point.text(if count == 1 { " keeps within " } else { " keep within " });
            point.push(Piece::Micros(target));
            point.text(if proven {
                ", and fewer cannot."
            } else {
                "; whether fewer could is not known."
            })
        }
        Choice::OutOfReach { target, .. } => point
            .text(" cannot keep within ")
            .push(Piece::Micros(target))
            .text(": see the warning."),
        Choice::Cheapest => point.text(" cost the fewest minutes."),
        Choice::NoTimes => {
            point.text(", because no time is known yet that would say how many are enough.")
        }
    };
    Some(point)
}

/// What the numbers of shards cost that no other beats in both time and price, and this plan's.
fn cost_table(plan: &Plan, costs: &[Cost]) -> Table {
    let own = Cost {
        shards: u16::try_from(plan.shards.len()).unwrap_or(u16::MAX),
        wall: plan.makespan(),
        minutes: plan.minutes(),
    };
    let mut rows: Vec<Cost> =
        costs.iter().copied().filter(|cost| cost.shards != own.shards).chain([own]).collect();
    rows.sort_by_key(|cost| cost.shards);
    let mut table = Table::new(vec![
        Column::right("shards"),
        Column::right("slowest"),
        Column::right("billed minutes"),
        Column::left(""),
    ]);
    for cost in rows {
        let is_own = if cost.shards == own.shards { "this plan" } else { "" };
        table.row(vec![
            text![cost.shards],
            text![Piece::Micros(cost.wall)],
            text![cost.minutes],
            text![is_own],
        ]);
    }
    table
}

/// The one thing that would help most, or that nothing has to be done.
fn first_thing_to_do(plan: &Plan, details: Option<&Details<'_>>) -> (Level, Text) {
    let reports = details.map(|details| details.reports);
    if plan.item_count() == 0 {
        return (
            Level::Warning,
            text!["There is nothing to run: guard the jobs with `has-tests`."],
        );
    }
    if plan.weighing == Weighing::Count {
        let advice = match reports {
            Some(reports) if reports.read > 0 => {
                "The reports have no time for any of these items, so they are split by count: see the warning."
            }
            Some(reports) if reports.found > 0 => {
                "No report could be read, so the items are split by count: see the warnings."
            }
            Some(_) => {
                "No time is known, so the items are split by count. Give `timings` the reports of an earlier run."
            }
            None => "No time was known, so the items were split by count.",
        };
        return (Level::Notice, text![advice]);
    }
    if plan.bound.kind == BoundKind::LongestItem {
        return (Level::Warning, too_heavy(plan, details));
    }
    if plan.is_proven() {
        return (
            Level::Notice,
            text!["Nothing to do: no plan with as many shards finishes earlier."],
        );
    }
    let mut advice = text!["All shards finish within "];
    advice.push(Piece::Thousandths(gap_thousandths(plan))).text(" % of the best that is possible.");
    (Level::Notice, advice)
}

/// What to do where one item, or items that stay together, take longer than an even share.
fn too_heavy(plan: &Plan, details: Option<&Details<'_>>) -> Text {
    let least = plan.shards.iter().map(|shard| shard.overhead).min().unwrap_or(0);
    let own = plan.bound.value.saturating_sub(least);
    let one = plan.heaviest().filter(|heaviest| heaviest.weight.value() >= own);
    let mut advice = Text::new();
    if let Some(one) = one {
        advice.foreign(one.id.as_bytes()).text(" alone takes ");
    } else {
        advice.text("Items that stay together take ");
    }
    advice.push(Piece::Micros(own)).text(", longer than an even share: split ");
    advice.text(if one.is_some() { "it. " } else { "them. " });
    let count = plan.shards.len();
    let enough = details.map_or(count, |details| details.made.enough_shards());
    if enough < count {
        advice.append(counted(enough, " shard", " shards")).text(" would finish as early.");
    } else if plan.makespan() == plan.bound.value {
        advice.text("More shards cannot help.");
    }
    advice
}

fn shard_bars(plan: &Plan) -> Bars {
    let total = plan.shards.len();
    let mut bars = Bars::new();
    for (at, shard) in plan.shards.iter().enumerate() {
        let mut note = weight_text(plan.weighing, shard.load);
        if plan.weighing == Weighing::Time
            || !shard.items.len().try_into().is_ok_and(|items: u64| items == shard.load)
        {
            note.text(", ").append(counted(shard.items.len(), " item", " items"));
        }
        bars.bar(Bar { label: text![at + 1, "/", total], value: shard.load, note });
    }
    let mut meaning = text!["lower bound "];
    meaning.append(weight_text(plan.weighing, plan.bound.value));
    bars.mark(plan.bound.value, meaning);
    bars
}

fn bound_sentence(plan: &Plan) -> Text {
    let slowest =
        plan.shards.iter().enumerate().max_by_key(|(at, shard)| (shard.load, usize::MAX - at));
    let mut sentence = text!["The slowest shard is "];
    sentence.push(slowest.map_or(0, |(at, _)| at + 1)).text(" with ");
    sentence.append(weight_text(plan.weighing, plan.makespan()));
    sentence.text("; no plan can be below ");
    sentence.append(weight_text(plan.weighing, plan.bound.value));
    match plan.bound.kind {
        BoundKind::EvenShare => sentence.text(", an even share of the work"),
        BoundKind::LongestItem => sentence.text(", its longest item"),
        BoundKind::Together { shards: 1, items } => {
            sentence.text(", because some shard must run ").push(items).text(" heavy items")
        }
        BoundKind::Together { shards, items } => {
            sentence.text(", because some ").push(shards).text(" shards must run ").push(items);
            sentence.text(" heavy items")
        }
        BoundKind::Overhead => sentence.text(", what a shard has to do besides"),
        BoundKind::Search => sentence.text(": all ways of less were ruled out"),
    };
    sentence.text(" (gap ").push(Piece::Thousandths(gap_thousandths(plan))).text(" %).");
    if plan.weighing == Weighing::Time {
        sentence.text(" Times are known for ").push(plan.known_count()).text(" of ");
        sentence.push(plan.item_count()).text(" items.");
    }
    sentence
}

fn heaviest_items(plan: &Plan) -> Table {
    let mut rows: Vec<(usize, &Placed)> = plan
        .shards
        .iter()
        .enumerate()
        .flat_map(|(at, shard)| shard.items.iter().map(move |placed| (at, placed)))
        .collect();
    rows.sort_by(|(_, a), (_, b)| {
        b.weight.value().cmp(&a.weight.value()).then_with(|| a.id.cmp(&b.id))
    });
    let mut table =
        Table::new(vec![Column::left("item"), Column::right("weight"), Column::right("shard")]);
    for (at, placed) in rows.into_iter().take(SHOWN) {
        table.row(vec![
            text![Foreign::new(placed.id.as_bytes())],
            item_weight(placed.weight),
            text![at + 1],
        ]);
    }
    table
}
