//! A plan as a report for people: the one thing to do first, bars against the bound, heavy items.

use diagnostics::{Foreign, Level, Piece, Text, text};
use runner_protocol::{Bar, Bars, Column, Page, Table};
use sharding::{BoundKind, Placed, Plan, Weighing};

use super::{counted, gap_thousandths, item_weight, weight_text};
use crate::gather::Reports;

/// How many items a table of items shows.
const SHOWN: usize = 10;

/// The plan as a report; `reports` where they were just read.
pub(super) fn plan_page(page: &mut Page, plan: &Plan, reports: Option<&Reports>) {
    let mut heading = text!["Shard plan: "];
    heading.append(counted(plan.item_count(), " item", " items")).text(" on ");
    heading.append(counted(plan.shards.len(), " shard", " shards"));
    page.heading(heading);
    let (level, advice) = first_thing_to_do(plan, reports);
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
}

/// The one thing that would help most, or that nothing has to be done.
fn first_thing_to_do(plan: &Plan, reports: Option<&Reports>) -> (Level, Text) {
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
    if let (BoundKind::LongestItem, Some(heaviest)) = (plan.bound.kind, plan.heaviest()) {
        let mut advice = text![
            Foreign::new(heaviest.id.as_bytes()),
            " alone takes ",
            Piece::Micros(heaviest.weight.value()),
            ", longer than an even share: split it. "
        ];
        let (own, enough) = (plan.shards.len(), plan.enough_shards());
        if enough < own {
            advice.append(counted(enough, " shard", " shards")).text(" would finish as early.");
        } else if plan.makespan() == plan.bound.value {
            advice.text("More shards cannot help.");
        }
        return (Level::Warning, advice);
    }
    let mut advice = text!["All shards finish within "];
    advice.push(Piece::Thousandths(gap_thousandths(plan))).text(" % of the best that is possible.");
    (Level::Notice, advice)
}

fn shard_bars(plan: &Plan) -> Bars {
    let total = plan.shards.len();
    let mut bars = Bars::new();
    for (at, shard) in plan.shards.iter().enumerate() {
        let mut note = weight_text(plan.weighing, shard.load);
        if plan.weighing == Weighing::Time {
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
        BoundKind::Together(items) => {
            sentence.text(", because some shard must run ").push(items).text(" heavy items")
        }
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
