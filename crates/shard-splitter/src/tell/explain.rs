//! A plan that was read: all of it, or why one item is where it is.

use diagnostics::{Foreign, Place, Problem, text};
use runner_protocol::{Failure, Out};
use sharding::{Weight, Why};

use super::page::plan_page;
use super::{item_weight, weight_text};
use crate::args::ExplainArgs;
use crate::gather::foreign;
use crate::wire::ReadPlan;

/// Tells a whole plan, or why one item is where it is.
pub(crate) fn explanation(
    read: &ReadPlan,
    args: &ExplainArgs,
    out: &mut Out,
) -> Result<(), Failure> {
    let plan = &read.plan;
    let Some(item) = args.item.as_ref().map(|item| Foreign::new(item.as_encoded_bytes())) else {
        out.result(&read.file);
        out.summary(|page| plan_page(page, plan, None));
        return Ok(());
    };
    let found = plan.shards.iter().enumerate().find_map(|(at, shard)| {
        let rank = shard.items.iter().position(|placed| placed.id.as_bytes() == item.raw())?;
        let why = plan.why(at, rank)?;
        Some((at, shard.items.get(rank)?, why, read.file.explain(at, rank, why)?))
    });
    let Some((at, placed, why, explanation)) = found else {
        let mut message = text!["the plan has no item ", item.clone(), " ("];
        message.append(out.argument("item")).text(")");
        return Err(Failure::no_answer(
            Problem::error(message)
                .at(Place::file(foreign(&args.plan.file)))
                .help("the plan names items just as the list of items did"),
        ));
    };
    out.result(&explanation);
    let Why { placed_before, load_before } = why;
    out.summary(|page| {
        page.heading(text![item]);
        let mut weight = text!["Weight: "];
        weight.append(item_weight(placed.weight));
        weight.text(match placed.weight {
            Weight::Known(_) => ", from the reports",
            Weight::Guessed(_) => {
                ", a guess because no report names it: the median, at most an even share"
            }
            Weight::Counted => ", because no item has a known time",
        });
        let mut order = text!["Order: "];
        if placed_before == 0 {
            order.text("it was placed first");
        } else {
            order.push(placed_before).text(" of ").push(plan.item_count());
            order.text(" were placed before, the heaviest first");
        }
        if load_before == 0 {
            order.text("; this shard had nothing to do yet");
        } else {
            order.text("; this shard had the least to do then: ");
            order.append(weight_text(plan.weighing, load_before));
        }
        page.list(vec![text!["Shard: ", at + 1, "/", plan.shards.len()], weight, order]);
    });
    Ok(())
}
