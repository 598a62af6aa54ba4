//! Tells a deployment: the plan, and how far it came.

use std::fmt::Write as _;
use std::path::Path;

use diagnostics::{Foreign, Level, Problem, Text, counted, text};
use rollout::deploy::{Ending, Phase, Plan, Standing, State, Step};
use runner_protocol::{Column, Out, Page, Table};

use crate::gather::{DeployEnded, DeployRecord, DeployRun, DeployWrong};
use crate::wire::{DeployPlanDocument, line_of};

/// How many steps are listed; the JSON has all.
const MOST: usize = 200;
/// How many of a command's last lines are shown.
const LINES: usize = 15;

/// Tells what would be run.
pub(crate) fn plan(plan: &Plan, out: &mut Out) {
    waves(plan, out);
    out.output("deployment", "planned");
    out.summary(|page| {
        page.heading(heading(plan, "planned"));
        let mut said = text!["Nothing was run. "];
        said.append(counted(plan.steps.len(), " step", " steps")).text(" in ");
        said.append(counted(plan.waves.len(), " wave", " waves"));
        said.text("; each wave waits for the one before it.");
        page.callout(Level::Notice, said);
        steps(plan, None, page);
        page.details("Commands", |page| {
            for step in plan.steps.iter().take(MOST) {
                page.paragraph(text![Foreign::from(step.name.as_str()), ":"]);
                page.code(Foreign::from(commands(step).as_str()));
            }
            more(plan, page);
        });
    });
    out.result(&DeployPlanDocument::new(plan, None));
}

/// What a run that only shows its commands says besides.
pub(crate) fn nothing_deployed(state_file: &Path, out: &mut Out) {
    out.output("failed-steps", "[]");
    out.output("state", out.reach(state_file).display().to_string());
}

/// The lines of a step, as they would be run.
fn commands(step: &Step) -> String {
    let mut lines = String::new();
    for phase in Phase::ALL {
        if let Some(line) = step.phases.get(phase) {
            let _ = write!(lines, "# {}\n{}\n", phase.name(), line.trim_end());
        }
    }
    lines
}

fn waves(plan: &Plan, out: &mut Out) {
    let name = |at: &usize| plan.steps.get(*at).map(|step| step.name.as_str());
    let waves: Vec<Vec<&str>> =
        plan.waves.iter().map(|wave| wave.iter().filter_map(name).collect()).collect();
    out.output("waves", line_of(&waves));
}

/// Tells how a run of it ended.
pub(crate) fn run(plan: &Plan, run: &DeployRun, out: &mut Out) {
    waves(plan, out);
    out.output("deployment", word(&run.ended));
    let wrong: Vec<&str> =
        wrong_steps(plan, run).into_iter().map(|step| step.name.as_str()).collect();
    out.output("failed-steps", line_of(&wrong));
    out.output("state", out.reach(&run.state_file).display().to_string());
    for problem in problems(plan, run) {
        out.problem(problem);
    }
    let records = &run.records;
    out.summary(|page| {
        page.heading(heading(plan, word(&run.ended)));
        let (level, said) = first_thing(plan, run);
        page.callout(level, said);
        steps(plan, Some(&run.state), page);
        for record in records.iter().filter(|record| record.wrong.is_some()) {
            let name = plan.steps.get(record.step).map_or("", |step| step.name.as_str());
            if !record.said.is_empty() {
                let title = text!["What ", Foreign::from(name), " said: ", record.phase.name()];
                page.details(title, |page| {
                    page.code(Foreign::new(last_lines(&record.said)));
                });
            }
        }
    });
    out.result(&DeployPlanDocument::new(plan, Some(&run.state)));
}

fn heading(plan: &Plan, word: &'static str) -> Text {
    let mut heading = text!["Deployment of ", Foreign::from(plan.version.as_str()), " to "];
    heading.foreign(plan.environment.as_str()).text(": ").text(word);
    heading
}

fn word(ended: &DeployEnded) -> &'static str {
    match ended {
        DeployEnded::At(Ending::Deployed) => "deployed",
        DeployEnded::At(Ending::RolledBack(_)) => "rolled-back",
        DeployEnded::At(Ending::Stopped(_)) => "stopped",
        DeployEnded::At(Ending::Stuck(_)) => "stuck",
        DeployEnded::Unknown(_) => "unknown",
        DeployEnded::Busy => "busy",
    }
}

/// The steps because of which it is not deployed.
fn wrong_steps<'a>(plan: &'a Plan, run: &DeployRun) -> Vec<&'a Step> {
    let mut places: Vec<usize> = match &run.ended {
        DeployEnded::At(Ending::Deployed) | DeployEnded::Busy => Vec::new(),
        DeployEnded::At(Ending::RolledBack(_)) => {
            let wrong = run.records.iter().filter(|record| record.wrong.is_some());
            wrong.map(|record| record.step).collect()
        }
        DeployEnded::At(Ending::Stopped(steps) | Ending::Stuck(steps))
        | DeployEnded::Unknown(steps) => steps.clone(),
    };
    places.sort_unstable();
    places.dedup();
    places.iter().filter_map(|at| plan.steps.get(*at)).collect()
}

fn names(steps: &[&Step]) -> Foreign {
    let names: Vec<&str> = steps.iter().take(10).map(|step| step.name.as_str()).collect();
    Foreign::from(names.join(", ").as_str())
}

/// The one thing to do first.
fn first_thing(plan: &Plan, run: &DeployRun) -> (Level, Text) {
    let wrong = wrong_steps(plan, run);
    match &run.ended {
        DeployEnded::At(Ending::Deployed) => {
            let mut said = text!["Deployed: "];
            said.append(counted(plan.steps.len(), " step", " steps")).text(".");
            (Level::Notice, said)
        }
        DeployEnded::At(Ending::RolledBack(_)) => {
            if run.is_wanted_back {
                return (Level::Notice, text!["Everything is as it was before."]);
            }
            let mut said = text!["Everything is as it was before"];
            if !wrong.is_empty() {
                said.text(", because of ").foreign(names(&wrong));
            }
            said.text(". First: see what it said, then begin again with `afresh`.");
            (Level::Error, said)
        }
        DeployEnded::At(Ending::Stopped(_)) => {
            let mut said = text!["It stopped at ", names(&wrong)];
            said.text(". First: see what it said; the next run tries it again.");
            (Level::Error, said)
        }
        DeployEnded::At(Ending::Stuck(_)) => {
            let mut said = text![names(&wrong), " could not be taken back"];
            said.text(". First: take it back by hand; everything else is as it was before.");
            (Level::Error, said)
        }
        DeployEnded::Unknown(_) => {
            let mut said = text!["An earlier run was killed, and nobody knows what became of "];
            said.foreign(names(&wrong));
            said.text(". First: look, and say it with `settled`: `NAME=done` or `NAME=not-done`.");
            (Level::Error, said)
        }
        DeployEnded::Busy => (
            Level::Warning,
            text![
                "Another deployment to this environment or with this state runs, or a command that one of them started. First: wait for its end; `fuser *lock` here and beside the state says who that is."
            ],
        ),
    }
}

fn problems(plan: &Plan, run: &DeployRun) -> Vec<Problem> {
    let mut problems = Vec::new();
    for record in &run.records {
        let Some(wrong) = &record.wrong else { continue };
        problems.push(problem(plan, record, wrong));
    }
    match &run.ended {
        DeployEnded::Unknown(_) => {
            let steps = wrong_steps(plan, run);
            let message = text!["nobody knows whether these are deployed: ", names(&steps)];
            problems.push(
                Problem::error(message)
                    .label("a run was killed while their commands ran, and no `probe` says it")
                    .help("look, and name each in `settled`: `NAME=done` or `NAME=not-done`"),
            );
        }
        DeployEnded::Busy => problems.push(
            Problem::warning(
                "another deployment to the same environment or with the same state file runs",
            )
            .help("wait for its end; programs that it has started count too, and `fuser` of the files `*lock`, here and beside the state, says which"),
        ),
        DeployEnded::At(_) => {}
    }
    problems
}

fn problem(plan: &Plan, record: &DeployRecord, wrong: &DeployWrong) -> Problem {
    let name = plan.steps.get(record.step).map_or("", |step| step.name.as_str());
    let mut message = text!["the command `", record.phase.name(), "` of ", Foreign::from(name)];
    let help = match wrong {
        DeployWrong::Code(code) => {
            message.text(" failed with exit code ").foreign(code.to_string().as_str());
            "its last words are in the report"
        }
        DeployWrong::Signal => {
            message.text(" was ended by a signal");
            "see what ended it: the runner's memory, or somebody who cancelled the job"
        }
        DeployWrong::NotRun(why) => {
            message.text(" did not run to its end: ").foreign(why.as_str());
            "see that `sh` is there, or allow it more time with `timeout`"
        }
        DeployWrong::NoLine => {
            message.text(" is needed and not there");
            "take it back by hand, and write the line `rollback` for the next time"
        }
    };
    Problem::error(message).help(help)
}

fn steps(plan: &Plan, state: Option<&State>, page: &mut Page) {
    let mut columns = vec![Column::right("wave"), Column::left("step"), Column::left("waits for")];
    if state.is_some() {
        columns.push(Column::left("standing"));
    }
    let mut table = Table::new(columns);
    let rows = plan.waves.iter().enumerate();
    let rows = rows.flat_map(|(wave, steps)| steps.iter().map(move |at| (wave, *at)));
    for (wave, at) in rows.take(MOST) {
        let Some(step) = plan.steps.get(at) else { continue };
        let mut after = Text::new();
        for name in &step.after {
            after.text(if after.is_empty() { "" } else { ", " }).foreign(name.as_str());
        }
        let mut row = vec![text![wave + 1], text![Foreign::from(step.name.as_str())], after];
        if let Some(state) = state {
            let standing = state.of(step);
            row.push(text![mark(standing), standing.name()]);
        }
        table.row(row);
    }
    page.table(table);
    more(plan, page);
}

fn more(plan: &Plan, page: &mut Page) {
    if plan.steps.len() > MOST {
        page.paragraph(text![plan.steps.len() - MOST, " more are in the JSON."]);
    }
}

fn mark(standing: Standing) -> &'static str {
    match standing {
        Standing::Waiting => "· ",
        Standing::Done => "✅ ",
        Standing::Reverted => "↩️ ",
        Standing::Failed | Standing::Stuck => "❌ ",
        Standing::Begun | Standing::Reverting => "❔ ",
    }
}

fn last_lines(said: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = said.trim_ascii_end().split(|byte| *byte == b'\n').collect();
    let from = lines.len().saturating_sub(LINES);
    lines.get(from..).unwrap_or_default().join(&b'\n')
}
