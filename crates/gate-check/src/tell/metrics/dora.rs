//! Tells the figures of DORA, and whether they are what they should be.

use diagnostics::{Foreign, Piece, Problem, Text, text};
use pipeline_metrics::dora::{Basis, Counted, Figure, Judged, Met, judge};
use runner_protocol::{Answer, Column, Out, Table};

use crate::gather::Measured;
use crate::wire::{DoraDocument, line_of};

/// Tells them.
pub(crate) fn dora(measured: &Measured, out: &mut Out) -> Answer {
    let Measured { window, dora, targets } = measured;
    let judged = judge(dora, targets);
    let has = |met: Met| judged.iter().any(|it| it.met == met);
    let (word, answer) = match (has(Met::No), has(Met::Unknown)) {
        (true, _) => ("false", Answer::No),
        (false, true) => ("unknown", Answer::Unanswered),
        (false, false) => ("true", Answer::Yes),
    };
    for judged in &judged {
        let name = name(judged.figure);
        match judged.met {
            Met::No => {
                let mut message = text![name, " is "];
                message.append(shown(judged.figure, judged.value)).text(", and ");
                message.append(wanted(judged)).text(" is wanted");
                out.problem(Problem::error(message).help("`[metrics.dora]` says what is wanted"));
            }
            Met::Unknown => out.problem(
                Problem::error(text![name, " has a target, and is not known"])
                    .help("no data is no figure: see whether deployments, their statuses and incidents are reported"),
            ),
            Met::Yes | Met::NotAsked => {}
        }
    }
    let document = DoraDocument::new(dora, window, word);
    out.output("dora", line_of(&document));
    out.output("targets-met", word);
    out.result(&document);
    out.summary(|page| {
        page.heading(text!["DORA: ", Foreign::from(window.environment.as_str())]);
        let mut said = text!["From ", Foreign::from(window.from.to_string().as_str()), " to "];
        said.foreign(window.to.to_string().as_str())
            .text(": deployments ")
            .number(dora.deployments);
        said.text(", failed rollouts ").number(dora.failed_rollouts);
        said.text(", incidents ").number(dora.incidents).text(".");
        page.paragraph(said);
        let mut table = Table::new(vec![
            Column::left("figure"),
            Column::right("value"),
            Column::right("target"),
            Column::left("met"),
            Column::left("rests on"),
        ]);
        for judged in &judged {
            let met = match judged.met {
                Met::NotAsked => "",
                Met::Yes => "✅ yes",
                Met::No => "❌ no",
                Met::Unknown => "❔ not known",
            };
            let target = if judged.target.is_some() { wanted(judged) } else { Text::new() };
            table.row(vec![
                text![name(judged.figure)],
                shown(judged.figure, judged.value),
                target,
                text![met],
                basis(dora.rests_on(judged.figure)),
            ]);
        }
        page.table(table);
        let notes: Vec<Text> = [
            (dora.without_end, "deployments without an end that anybody reported: "),
            (dora.without_commits, "deployments whose commits are not known: "),
            (dora.cut_comparisons, "deployments with more commits than GitHub tells at once: "),
            (
                dora.negative_lead_times,
                "commits that are younger than their deployment, and left out: ",
            ),
            (dora.undated_commits, "commits without a time, and left out: "),
            (dora.taken_back, "deployments that were taken back: "),
            (dora.open_incidents, "incidents that are open, and not in the time to restore: "),
            (dora.unlinked_incidents, "incidents that name no deployment, as `deploy: ID` would: "),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| text![words, count])
        .collect();
        if !notes.is_empty() {
            page.list(notes);
        }
    });
    answer
}

/// What a figure was made of, for whoever has to know how far to trust it.
fn basis(basis: Option<Basis>) -> Text {
    let Some(Basis { of, share }) = basis else { return text!["nothing that is known"] };
    let words = match of {
        Counted::Ends => " deployments, whose end is known",
        Counted::Comparisons => " deployments, whose commits are all known",
        Counted::Links => " incidents, which name a deployment",
        Counted::Closings => " incidents, which are closed",
    };
    text![share.part, " of ", share.whole, words]
}

fn name(figure: Figure) -> &'static str {
    match figure {
        Figure::DeploymentFrequency => "deployment frequency",
        Figure::LeadTime => "lead time",
        Figure::ChangeFailureRate => "change failure rate",
        Figure::TimeToRestore => "time to restore",
    }
}

fn shown(figure: Figure, value: Option<u64>) -> Text {
    let Some(value) = value else { return text!["no data"] };
    match figure {
        Figure::DeploymentFrequency => text![Piece::Thousandths(value), " a week"],
        Figure::LeadTime | Figure::TimeToRestore => {
            text![Piece::Micros(value.saturating_mul(1000))]
        }
        Figure::ChangeFailureRate => text![Piece::Thousandths(value), " %"],
    }
}

fn wanted(judged: &Judged) -> Text {
    let mut wanted = match judged.figure {
        Figure::DeploymentFrequency => text!["at least "],
        Figure::LeadTime | Figure::ChangeFailureRate | Figure::TimeToRestore => text!["less than "],
    };
    wanted.append(shown(judged.figure, judged.target));
    wanted
}
