//! From the decision to outputs, annotations, the summary and words.

mod alerts;
mod canary;
mod deploy;
mod explain;
mod metrics;
mod notes;
mod outputs;
mod page;
mod problems;
mod promotion;

use std::path::Path;

use runner_protocol::{Failure, Out};
use verdict::{Decision, Policy};

pub(crate) use alerts::alerts;
pub(crate) use canary::{canary, canary_problems};
pub(crate) use deploy::{nothing_deployed, plan as deploy_plan, run as deploy_run};
pub(crate) use explain::explanation;
pub(crate) use metrics::{
    collected as metrics_collected, dora as metrics_dora, not_collected as metrics_not_collected,
    not_pushed as metrics_not_pushed, pushed as metrics_pushed, review as metrics_review,
};
pub(crate) use notes::release_notes;
pub(crate) use promotion::{evidence as promotion_evidence, promotion};

use crate::args::RunArgs;
use crate::gather::{Gathered, Plan, Report, Rounds, put};
use crate::wire::{self, Baseline, ReportEntry, RoundsDocument, SarifDocument, VerdictDocument};

/// Everything that there is to tell.
pub(crate) struct Told<'a> {
    pub(crate) args: &'a RunArgs,
    pub(crate) policy: &'a Policy,
    pub(crate) gathered: &'a Gathered,
    pub(crate) decision: &'a Decision,
}

/// Tells the decision.
pub(crate) fn tell(told: &Told<'_>, out: &mut Out) -> Result<(), Failure> {
    let document = VerdictDocument::new(
        told.decision,
        told.policy,
        told.gathered.today(),
        told.gathered.reports().iter().map(entry).collect(),
    );
    let asked = told.args.files.verdict_file.clone();
    let name = out.unique("signalbox-verdict")?;
    let place = asked.or_else(|| Some(out.temporary()?.join(name).join("verdict.json")));
    let mut line = wire::line_of(&document);
    line.push('\n');
    let written = place.map(|place| put(&place, line.as_bytes())).transpose()?;
    if let Some(path) = &told.args.files.sarif_file {
        let mut log = wire::line_of(&SarifDocument::new(told.decision, told.policy));
        log.push('\n');
        put(path, log.as_bytes())?;
    }
    outputs::set(told, written.as_deref(), out);
    problems::tell(told, out);
    page::page(told, out);
    out.result(&document);
    Ok(())
}

/// Writes a baseline.
pub(crate) fn baseline(kept: &Baseline, path: &Path) -> Result<(), Failure> {
    let mut line = wire::line_of(kept);
    line.push('\n');
    put(path, line.as_bytes()).map(|_| ())
}

/// Writes the rounds of a benchmark; where they are, as the next step knows it.
pub(crate) fn rounds(
    plan: &Plan,
    rounds: &Rounds,
    path: Option<&Path>,
    out: &mut Out,
) -> Result<String, Failure> {
    let name = out.unique("signalbox-rounds")?;
    let temporary = || Some(out.temporary()?.join(name).join("rounds.json"));
    let Some(place) = path.map(Path::to_owned).or_else(temporary) else {
        return Ok(String::new());
    };
    let written = put(&place, &RoundsDocument::new(plan, rounds).bytes())?;
    Ok(out.reach(&written).display().to_string())
}

fn entry(report: &Report) -> ReportEntry {
    let tools = report.reading.tools.iter().map(|tool| match &tool.version {
        Some(version) => format!("{} {version}", tool.name),
        None => tool.name.to_string(),
    });
    ReportEntry {
        file: String::from_utf8_lossy(report.file.raw()).into_owned(),
        format: report.format.name(),
        gates: report.gates.iter().map(|gate| gate.name()).collect(),
        entries: report.reading.entries,
        tools: tools.collect(),
    }
}
