//! Where each job goes: the outputs, the plan file, a report for people, and what is wrong.

use std::path::Path;

use diagnostics::{Foreign, Level, Problem, Text, text};
use placement::{Decision, Outcome, Refusal, Request, Seen, WhyPlanned};
use runner_protocol::{Answer, Column, Failure, Out, Page, Table};

use super::words;
use crate::args::MatchArgs;
use crate::gather::Planned;
use crate::wire::{Explained, PlanFacts, PlanFile};

/// The most jobs of one matrix (GitHub documentation, "Running variations of jobs in a workflow").
const LARGEST_MATRIX: usize = 256;

/// How many jobs are told one by one, as annotations and in tables. The plan file has all.
const SHOWN: usize = 50;

/// Tells where each job goes and writes the plan file.
pub(crate) fn plan(planned: &Planned, args: &MatchArgs, out: &mut Out) -> Result<Answer, Failure> {
    let explained = explained(planned, false);
    let file = file(planned, &explained);
    let path = &args.gpu_plan_file;
    let starting = file.jobs.iter().filter(|job| job.runs_on.is_some()).count();
    if starting > LARGEST_MATRIX {
        out.problem(
            Problem::warning(text![
                "one matrix has at most ",
                LARGEST_MATRIX,
                " jobs, and ",
                starting,
                " are to start: the output `matrix` is empty"
            ])
            .help("place fewer at once by `--only` (input `only`), or take `runs-on` for jobs of your own"),
        );
    }
    let bytes = serde_json::to_vec(&file).map_err(|error| {
        Failure::environment(
            Problem::error("the plan cannot be written").label(diagnostics::Piece::said(&error)),
        )
    })?;
    system::write_whole(path, &bytes).map_err(|failure| {
        Failure::outside(
            failure.is_wrong_path(),
            failure
                .problem("the plan of GPU jobs")
                .help("`--gpu-plan-file` (input `gpu-plan-file`) names a file that can be written"),
        )
    })?;
    let name = whole(path)?;
    let matrix =
        if starting > LARGEST_MATRIX { serde_json::json!({"include": []}) } else { file.matrix() };
    out.output("matrix", matrix.to_string());
    out.output("has-jobs", (starting > 0 && starting <= LARGEST_MATRIX).to_string());
    out.output("runs-on", file.runs_on().to_string());
    out.output("decisions", file.decisions().to_string());
    let is_gpu = |decision: &str| decision == "run" || decision == "wait";
    let has_gpu = file.jobs.iter().any(|job| is_gpu(job.decision) && job.runs_on.is_some());
    out.output("has-gpu-jobs", has_gpu.to_string());
    out.output("runnable", file.names(|job| job.decision == "run").to_string());
    out.output("waiting", file.names(|job| job.decision == "wait").to_string());
    out.output("skipped", file.names(|job| job.decision == "skip").to_string());
    let degraded = file.names(|job| job.degraded);
    out.output("degraded", degraded.to_string());
    out.output("gpu-plan-path", name);
    out.result(&file);
    problems(planned, &explained, out);
    out.summary(|page| self::page(page, planned, &explained));
    Ok(answer(&planned.outcomes))
}

/// Tells what the fleet has for each job, placed or not.
pub(crate) fn explanation(planned: &Planned, out: &mut Out) {
    let explained = explained(planned, true);
    out.result(&file(planned, &explained));
    out.summary(|page| {
        self::page(page, planned, &explained);
        page.heading("The fleet");
        page.table(fleet(planned));
    });
}

fn explained(planned: &Planned, every: bool) -> Explained<'_> {
    Explained::new(&planned.requests, &planned.outcomes, &planned.fleet, every)
}

fn file(planned: &Planned, explained: &Explained<'_>) -> PlanFile {
    PlanFile::new(&PlanFacts {
        requests: &planned.requests,
        fleet: &planned.fleet,
        outcomes: &planned.outcomes,
        cpu: &planned.cpu,
        seen: explained,
    })
}

fn whole(path: &Path) -> Result<String, Failure> {
    let path = system::whole_path(path).map_err(|failure| {
        let problem = failure.problem("the folder of the plan");
        Failure::outside(failure.is_wrong_path(), problem)
    })?;
    path.into_os_string().into_string().map_err(|path| {
        Failure::no_answer(
            Problem::error(text!["the name ", Foreign::path(&path), " is no UTF-8"])
                .help("give the plan file another name"),
        )
    })
}

/// What all of that comes to. What is not known weighs most, then what fails.
fn answer(outcomes: &[Outcome]) -> Answer {
    let has = |holds: &dyn Fn(&Outcome) -> bool| outcomes.iter().any(holds);
    if has(&|it| it.decision == Decision::Unknown) {
        Answer::Unanswered
    } else if has(&|it| it.decision == Decision::Fail) {
        Answer::No
    } else if has(&|it| it.decision == Decision::Wait && it.runs_on.is_none()) {
        Answer::NotYet
    } else {
        Answer::Yes
    }
}

/// An annotation for each job that does not get what it asked for.
fn problems(planned: &Planned, explained: &Explained<'_>, out: &mut Out) {
    let mut left_out = 0_usize;
    let mut told = 0_usize;
    for (request, outcome) in planned.requests.iter().zip(&planned.outcomes) {
        let Some(problem) = problem(request, outcome, planned, explained) else { continue };
        if told < SHOWN {
            out.problem(problem);
            told += 1;
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        out.problem(
            Problem::warning(text![left_out, " more jobs do not get what they asked for"])
                .help("the plan file names all of them"),
        );
    }
}

fn problem(
    request: &Request,
    outcome: &Outcome,
    planned: &Planned,
    explained: &Explained<'_>,
) -> Option<Problem> {
    let level = match outcome.decision {
        Decision::Fail | Decision::Unknown => Level::Error,
        Decision::Cpu | Decision::Run if outcome.degraded => Level::Warning,
        // To wait for one's turn is what queues are for; the report says so.
        Decision::Wait if outcome.why == WhyPlanned::Busy => return None,
        Decision::Skip | Decision::Wait => Level::Warning,
        Decision::Cpu | Decision::Run => return None,
    };
    let seen = request.options.first().and_then(|need| explained.of(need));
    let mut message = text!["the job ", Foreign::from(request.name.as_str()), " "];
    message.text(became(outcome)).text(": ").append(why(outcome, planned, seen));
    let problem = Problem { level, ..Problem::error(message) };
    let place = planned.places.get(&request.name);
    let problem = match place {
        Some(place) => problem.at(place.clone()),
        None => problem,
    };
    Some(problem.help(help(outcome, planned, seen)))
}

/// What became of a job, as the verb of a sentence.
fn became(outcome: &Outcome) -> &'static str {
    match outcome.decision {
        Decision::Run if outcome.degraded => "makes do with less",
        Decision::Run => "runs",
        Decision::Wait => "waits",
        Decision::Cpu => "runs without a GPU",
        Decision::Skip => "does not run",
        Decision::Fail => "cannot run",
        Decision::Unknown => "may or may not fit",
    }
}

/// Why, in words.
fn why(outcome: &Outcome, planned: &Planned, seen: Option<&Seen>) -> Text {
    match &outcome.why {
        WhyPlanned::Placed if outcome.degraded => Text::from("what it asked for first is not free"),
        WhyPlanned::Placed => Text::from("it fits, and it is free"),
        WhyPlanned::NotNeeded(placement::NoGpu::Unchanged) => {
            Text::from("nothing changed that it needs a GPU for")
        }
        WhyPlanned::NotNeeded(placement::NoGpu::NoFeature) => {
            Text::from("it enables no feature that needs a GPU")
        }
        WhyPlanned::Strangers => Text::from(
            "strangers may have written code for this run, and GPU machines are not for them",
        ),
        WhyPlanned::Busy => Text::from("everything that fits is busy"),
        WhyPlanned::Offline => Text::from("everything that fits is offline"),
        WhyPlanned::NoMatch | WhyPlanned::Unknown => seen.map_or_else(Text::new, words::counted_up),
        WhyPlanned::NotTold { entry, refusal } => {
            let name = |place: usize| {
                let entry = planned.fleet.get(place);
                text![Foreign::from(entry.map_or("", |entry| entry.name.as_str()))]
            };
            let mut text = name(*entry);
            text.text(" fits, and no labels tell it from ");
            match refusal {
                Refusal::NotTold { rivals, .. } if !rivals.is_empty() => {
                    text.append(words::listed(rivals.iter().take(3).map(|place| name(*place))));
                    if rivals.len() > 3 {
                        text.text(" and ").push(rivals.len() - 3).text(" more");
                    }
                    text.text(rivals_end(rivals.len()))
                }
                Refusal::NotTold { .. } | Refusal::DoesNotFit => text.text("GitHub's own runners"),
            };
            text
        }
    }
}

fn rivals_end(rivals: usize) -> &'static str {
    if rivals == 1 { ", which does not" } else { ", which do not" }
}

/// The one thing to do.
fn help(outcome: &Outcome, planned: &Planned, seen: Option<&Seen>) -> Text {
    match &outcome.why {
        WhyPlanned::NotTold { refusal: Refusal::NotTold { add: Some(label), .. }, .. } => {
            text![
                "give it the label ",
                Foreign::from(label.as_str()),
                ", which is true of it and of none of those"
            ]
        }
        WhyPlanned::NotTold { .. } => Text::from(
            "give it a label or a group that nothing else has; a scale set has its name alone",
        ),
        WhyPlanned::Strangers => Text::from(
            "`forks` says what happens to such jobs; `allow` runs what strangers wrote on your machines",
        ),
        WhyPlanned::NoMatch => {
            let changes = seen.map(|seen| seen.changes.as_slice()).unwrap_or_default();
            if changes.is_empty() {
                return Text::from(
                    "register a runner that fits, or say what happens without one: `on-no-match`",
                );
            }
            let changes = changes.iter().map(|change| words::change(change, &planned.fleet));
            let mut text = Text::from("it would fit if ");
            text.append(words::joined(changes, ", or if "));
            text
        }
        WhyPlanned::Unknown => Text::from(
            "say in the fleet file what those machines are, or run `gpu-matcher probe` on them and give them its labels",
        ),
        WhyPlanned::Busy | WhyPlanned::Placed => Text::from(
            "`on-busy: wait` waits for it, `fallbacks` of the job name what will do instead",
        ),
        WhyPlanned::Offline => Text::from(
            "start it again; `on-offline: wait` waits for it up to a day, which is when GitHub gives up",
        ),
        WhyPlanned::NotNeeded(_) => Text::from("nothing has to be done"),
    }
}

fn page(page: &mut Page, planned: &Planned, explained: &Explained<'_>) {
    let count = |decision| planned.outcomes.iter().filter(|it| it.decision == decision).count();
    let mut heading = text!["GPU plan: ", planned.outcomes.len()];
    heading.text(if planned.outcomes.len() == 1 { " job on " } else { " jobs on " });
    heading.push(planned.fleet.len()).text(if planned.fleet.len() == 1 {
        " place"
    } else {
        " places"
    });
    page.heading(heading);
    let (level, first) = first_thing(planned, explained);
    page.callout(level, first);
    let rows = [
        (Decision::Run, "run"),
        (Decision::Wait, "wait"),
        (Decision::Cpu, "run without a GPU"),
        (Decision::Skip, "do not run"),
        (Decision::Fail, "cannot run"),
        (Decision::Unknown, "may or may not fit"),
    ];
    let counted = rows.into_iter().filter(|(decision, _)| count(*decision) > 0);
    page.list(counted.map(|(decision, words)| text![count(decision), " ", words]).collect());
    if !planned.outcomes.is_empty() {
        page.table(jobs(planned));
    }
    if planned.outcomes.len() > SHOWN {
        page.paragraph("The plan file has the others.");
    }
    for (request, need, seen) in told(planned, explained) {
        let mut title = text!["What there is for ", Foreign::from(request.name.as_str())];
        if need > 0 {
            title.text(", option ").push(need + 1);
        }
        page.details(title, |page| {
            page.paragraph(words::counted_up(seen));
            if !seen.near.is_empty() {
                page.table(nearest(seen, planned));
            }
            let changes = seen.changes.iter().map(|it| words::change(it, &planned.fleet));
            let changes: Vec<Text> = changes.collect();
            if !changes.is_empty() {
                page.paragraph("It would fit if");
                page.list(changes);
            }
        });
    }
    if planned.fleet.iter().any(|entry| entry.state != placement::State::Assumed) {
        page.paragraph(
            "GitHub gives a job to any runner with its labels: the plan holds for this moment, and reserves nothing.",
        );
    }
}

/// The options that are explained, each need once.
fn told<'a>(
    planned: &'a Planned,
    explained: &'a Explained<'_>,
) -> Vec<(&'a Request, usize, &'a Seen)> {
    let mut seen = std::collections::BTreeSet::new();
    let mut told = Vec::new();
    for request in &planned.requests {
        for (option, need) in request.options.iter().enumerate() {
            if let Some(known) = explained.of(need).filter(|_| seen.insert(need)) {
                told.push((request, option, known));
            }
            if told.len() >= SHOWN {
                return told;
            }
        }
    }
    told
}

fn first_thing(planned: &Planned, explained: &Explained<'_>) -> (Level, Text) {
    let worst = |outcome: &&(&Request, &Outcome)| match outcome.1.decision {
        Decision::Unknown => 0,
        Decision::Fail => 1,
        Decision::Wait if outcome.1.runs_on.is_none() => 2,
        Decision::Cpu if outcome.1.degraded => 3,
        Decision::Skip => 4,
        Decision::Run if outcome.1.degraded => 5,
        Decision::Wait => 6,
        Decision::Cpu | Decision::Run => 7,
    };
    let jobs: Vec<_> = planned.requests.iter().zip(&planned.outcomes).collect();
    let first = jobs.iter().min_by_key(worst);
    match first.and_then(|(request, outcome)| problem(request, outcome, planned, explained)) {
        Some(problem) => {
            let mut text = problem.message;
            if let Some(help) = problem.help {
                text.text(": ").append(help);
            }
            (problem.level, text)
        }
        None => (Level::Notice, Text::from("every job gets what it asked for")),
    }
}

fn jobs(planned: &Planned) -> Table {
    let mut table = Table::new(vec![
        Column::left("Job"),
        Column::left("Decision"),
        Column::left("Runs on"),
        Column::right("Fit and let in"),
        Column::left("Planned for"),
    ]);
    for (request, outcome) in planned.requests.iter().zip(&planned.outcomes).take(SHOWN) {
        let entry = outcome.entry.and_then(|place| planned.fleet.get(place));
        table.row(vec![
            text![Foreign::from(request.name.as_str())],
            Text::from(became(outcome)),
            outcome.runs_on.as_ref().map_or_else(Text::new, |it| words::runs_on(it, &planned.cpu)),
            outcome.reach.map_or_else(Text::new, |(reach, of)| text![reach, " of ", of]),
            entry.map_or_else(Text::new, |entry| text![Foreign::from(entry.name.as_str())]),
        ]);
    }
    table
}

fn nearest(seen: &Seen, planned: &Planned) -> Table {
    let mut table = Table::new(vec![Column::left("Nearest"), Column::left("What it fails")]);
    for near in &seen.near {
        let name = planned.fleet.get(near.entry).map_or("", |entry| entry.name.as_str());
        table.row(vec![
            text![Foreign::from(name)],
            words::joined(near.failed.iter().map(words::failure), "; "),
        ]);
    }
    table
}

/// What there is, as far as it is known.
fn fleet(planned: &Planned) -> Table {
    let columns = ["Name", "Kind", "State", "GPUs", "Driver", "Group", "Out of reach"];
    let mut table = Table::new(columns.into_iter().map(Column::left).collect());
    for entry in planned.fleet.iter().take(1000) {
        let machine = &entry.machine;
        table.row(vec![
            text![Foreign::from(entry.name.as_str())],
            Text::from(crate::wire::kind(entry.kind)),
            Text::from(crate::wire::state(entry.state)),
            words::gpus(machine),
            machine.driver.map_or_else(Text::new, words::driver),
            entry.group.as_deref().map_or_else(Text::new, |group| text![Foreign::from(group)]),
            entry.hidden.as_ref().map_or_else(Text::new, words::hidden),
        ]);
    }
    table
}
