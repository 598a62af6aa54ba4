//! What of jobs and a fleet can never work.

use diagnostics::{Level, Text, text};
use runner_protocol::{Answer, Column, Out, Table};

use crate::gather::Known;

/// Tells what somebody should look at.
pub(crate) fn lint(known: &Known, out: &mut Out) -> Answer {
    let jobs = &known.written.jobs;
    let mut problems = known.remarks.clone();
    problems.extend(placement::lint(jobs, &known.fleet));
    let (jobs, places, found) = (jobs.len(), known.fleet.len(), problems.len());
    let is_wrong = |level| problems.iter().any(|problem| problem.level == level);
    let answer =
        if is_wrong(Level::Error) || is_wrong(Level::Warning) { Answer::No } else { Answer::Yes };
    out.summary(|page| {
        let mut heading = text!["GPU configuration: ", jobs];
        heading.text(if jobs == 1 { " job, " } else { " jobs, " }).push(places);
        heading.text(if places == 1 { " place" } else { " places" });
        page.heading(heading);
        if problems.is_empty() {
            page.callout(Level::Notice, "nothing in it can never work");
            return;
        }
        let mut first = text![found];
        first.text(if found == 1 { " thing to look at" } else { " things to look at" });
        page.callout(Level::Warning, first);
        let mut table = Table::new(vec![Column::left("What"), Column::left("What to do")]);
        for problem in &problems {
            table
                .row(vec![problem.message.clone(), problem.help.clone().unwrap_or_else(Text::new)]);
        }
        page.table(table);
    });
    for problem in problems {
        out.problem(problem);
    }
    answer
}
