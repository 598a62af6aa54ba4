//! A plan that was read: all of it, or why one item is where it is.

use diagnostics::{Foreign, Place, Problem, text};
use runner_protocol::{Failure, Out};

use super::page::plan_page;
use super::{item_weight, weight_source, weight_text};
use crate::args::ExplainArgs;
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
        Some((at, rank, shard, read.file.explain(at, rank)?))
    });
    let Some((at, rank, shard, explanation)) = found else {
        let mut message = text!["the plan has no item ", item.clone(), " ("];
        message.append(out.argument("item")).text(")");
        return Err(Failure::no_answer(
            Problem::error(message)
                .at(Place::file(Foreign::path(&args.plan.file)))
                .help("the plan names items just as the list of items did"),
        ));
    };
    out.result(&explanation);
    let Some(placed) = shard.items.get(rank) else { return Ok(()) };
    out.summary(|page| {
        page.heading(text![item]);
        let mut weight = text!["Weight: "];
        weight.append(item_weight(placed.weight)).text(", ").text(weight_source(placed.weight));
        let mut place = text!["Shard: ", at + 1, "/", plan.shards.len()];
        place.text(", which has ").append(weight_text(plan.weighing, shard.load)).text(" to do");
        let mut rank_text = text!["Rank: "];
        match rank {
            0 => rank_text.text("the heaviest item of its shard"),
            rank => rank_text
                .push(rank)
                .text(" of ")
                .push(shard.items.len())
                .text(" items of its shard are heavier, or as heavy and first by name"),
        };
        page.list(vec![place, weight, rank_text]);
    });
    Ok(())
}
