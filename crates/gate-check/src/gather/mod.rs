//! From the disk, the environment and git to facts: the policy, the jobs, the reports, the change.

pub(crate) mod alerts;
mod base;
mod bench;
pub(crate) mod canary;
mod change;
mod compose;
mod config;
mod deploy;
mod evidence;
mod files;
mod jobs;
mod manifests;
mod members;
mod metrics;
pub(crate) mod notes;
mod plan;
pub(crate) mod prometheus;
mod promotion;
mod reports;
pub(crate) mod told;
mod tree;

use std::path::Path;

use ::reports::coverage::Coverage;
use ::reports::{AnyFormat, Job, measurements};
use bstr::BString;
use diagnostics::{Foreign, Piece, Place, Problem, Text, text};
use jiff::civil::Date;
use repo_model::ChangedLines;
use runner_protocol::{Cause, Failure, Out};
use verdict::gates::required_jobs::{self, Affected};
use verdict::gates::{
    compile, coverage, docs, lint, manifests as manifests_gate, migrations, parity, performance,
    security, terraform, tests, workflow_lint,
};
use verdict::{Decision, Facts, File, Gate, HOMES, Policy};

use crate::args::{BenchArgs, MeasureName, RunArgs};
use crate::wire::Baseline;
use base::Base;
use change::{Change, Compared, Expected};
use evidence::Evidence;
use reports::Source;
use tree::Files;

pub(crate) use base::baseline;
pub(crate) use bench::{Machine, Measure, Plan, Rounds, rounds};
pub(crate) use config::policy;
pub(crate) use deploy::{
    Ended as DeployEnded, Record as DeployRecord, Run as DeployRun, Wrong as DeployWrong,
    planned as deploy_plan, run as deploy_run, state_file as deploy_state_file,
};
pub(crate) use files::put;
pub(crate) use metrics::{
    Collected, Measured, Pushed, collected, measured, pushed, records as metrics_records,
};
pub(crate) use promotion::{Promotion, evidence as promotion_evidence, promotion};
pub(crate) use reports::Report;

/// Everything that was found.
pub(crate) struct Gathered {
    today: Date,
    most_waiver_days: u64,
    wanted: Vec<Gate>,
    jobs: Option<Vec<Job>>,
    affected: Option<Affected>,
    evidence: Evidence,
    coverage: Coverage,
    members: Vec<String>,
    files: Files,
    manifests: Option<manifests::Manifests>,
    composed: Option<compose::Composed>,
    changed: Option<ChangedLines>,
    base: Base,
    acknowledged: Vec<String>,
    approved: bool,
}

/// The facts in the form that the gates take them in.
pub(crate) struct Lent<'a> {
    terraform: Vec<terraform::Report<'a>>,
    migrations: Option<(Vec<File<'a>>, Option<Vec<File<'a>>>)>,
    workflows: Option<Vec<File<'a>>>,
}

impl Gathered {
    /// The day.
    pub(crate) fn today(&self) -> Date {
        self.today
    }

    /// The reports that were read.
    pub(crate) fn reports(&self) -> &[Report] {
        &self.evidence.reports
    }

    /// What the run is to leave behind for later ones, part by part: of each gate that read something.
    pub(crate) fn kept(&self, policy: &Policy, decision: &Decision) -> Baseline {
        let mut kept = Baseline::new();
        let base = &self.base;
        if decision.may_move(Gate::Tests, base.tests.is_some())
            && let Some(names) = self.evidence.tests.names()
        {
            kept.set_tests(names);
        }
        if decision.may_move(Gate::Coverage, base.coverage.is_some()) {
            let facts = coverage::Facts { changed: None, base: None, ..self.coverage_facts() };
            kept.set_coverage(&coverage::totals(&policy.coverage, &facts));
        }
        if decision.may_move(Gate::Security, base.security.is_some()) {
            let security = decision.outcomes.iter().filter(|it| it.gate == Gate::Security);
            let reasons = security.flat_map(|outcome| &outcome.reasons);
            let prints = reasons.filter_map(|reason| reason.fingerprint.as_ref());
            let prints = prints.map(|print| String::from_utf8_lossy(print.raw()).into_owned());
            kept.set_security(prints);
        }
        if decision.may_move(Gate::Performance, base.performance.is_some()) {
            kept.set_performance(&self.evidence.measurements);
        }
        kept
    }

    fn coverage_facts(&self) -> coverage::Facts<'_> {
        coverage::Facts {
            coverage: &self.coverage,
            paths: &self.files.paths,
            changed: self.changed.as_ref(),
            base: self.base.coverage.as_ref(),
        }
    }

    /// What is lent to the facts.
    pub(crate) fn lent(&self) -> Lent<'_> {
        let migrations = self.files.migrations.as_ref().map(|(head, base)| {
            let base = base.as_ref().map(|base| tree::as_files(base));
            (tree::as_files(head), base)
        });
        let terraform = self.evidence.terraform.iter().map(|report| terraform::Report {
            file: report.file.raw(),
            format: report.format,
            findings: &report.findings,
        });
        Lent {
            terraform: terraform.collect(),
            migrations,
            workflows: self.files.workflows.as_ref().map(|held| tree::as_files(held)),
        }
    }

    /// The facts to decide on.
    pub(crate) fn facts<'a>(&'a self, lent: &'a Lent<'a>) -> Facts<'a> {
        let affected = self.affected.as_ref();
        let evidence = &self.evidence;
        let is_read = |gate| evidence.reports.iter().any(|report| report.gates.contains(&gate));
        Facts {
            today: self.today,
            wanted: &self.wanted,
            troubles: &evidence.troubles,
            acknowledged: &self.acknowledged,
            ignores: &self.files.ignores,
            required_jobs: self.jobs.as_ref().map(|jobs| required_jobs::Facts { jobs, affected }),
            compile: is_read(Gate::Compile)
                .then_some(compile::Facts { members: &self.members, seen: &evidence.compile }),
            lint: is_read(Gate::Lint)
                .then_some(lint::Facts { members: &self.members, seen: &evidence.lint }),
            docs: is_read(Gate::Docs)
                .then_some(docs::Facts { members: &self.members, seen: &evidence.docs }),
            tests: is_read(Gate::Tests)
                .then_some(tests::Facts { seen: &evidence.tests, base: self.base.tests.as_ref() }),
            coverage: is_read(Gate::Coverage).then(|| self.coverage_facts()),
            security: is_read(Gate::Security).then_some(security::Facts {
                findings: &evidence.findings,
                base: self.base.security.as_ref(),
                approve_high: self.approved,
            }),
            performance: is_read(Gate::Performance).then_some(performance::Facts {
                head: &evidence.measurements,
                base: self.base.performance.as_deref(),
            }),
            terraform: is_read(Gate::Terraform)
                .then_some(terraform::Facts { reports: &lent.terraform }),
            migrations: lent
                .migrations
                .as_ref()
                .map(|(head, base)| migrations::Facts { head, base: base.as_deref() }),
            manifests: self.manifests.as_ref().map(|read| manifests_gate::Facts {
                head: &read.head,
                base: read.base.as_deref(),
                today: self.today,
                most_waiver_days: self.most_waiver_days,
            }),
            parity: self.composed.as_ref().zip(self.manifests.as_ref()).map(|(composed, read)| {
                parity::Facts {
                    compose: &composed.head,
                    manifests: &read.head,
                    compose_base: composed.base.as_ref(),
                    manifests_base: read.base.as_deref(),
                }
            }),
            workflow_lint: lent.workflows.as_ref().map(|files| workflow_lint::Facts { files }),
        }
    }
}

/// What is gathered for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose<'a> {
    /// To judge by the gates that are asked for.
    Judge,
    /// To judge by these alone, which look at no report.
    Only(&'a [Gate]),
    /// To judge, and to move the baseline: this one, if there is one.
    Move(Option<(&'a Path, &'a Baseline)>),
}

/// Gathers what the gates look at.
pub(crate) fn gathered(
    args: &RunArgs,
    policy: &Policy,
    purpose: Purpose<'_>,
    out: &mut Out,
) -> Result<Gathered, Failure> {
    if let Some(problem) = config::passed_over(args) {
        out.problem(problem);
    }
    let mut failures = Failures::default();
    let jobs = failures.keep(jobs::jobs(&args.jobs)).flatten();
    let planned = failures.keep(plan::planned(&args.jobs)).flatten();
    let asked = failures.keep(asked(args, policy, purpose)).unwrap_or(Asked::Only(Vec::new()));
    let written = !args.evidence.reports.is_empty() || !policy.reports.is_empty();
    let sources = failures.keep(sources(args, policy, &asked)).unwrap_or_default();
    let acknowledged = failures.keep(acknowledged(args)).unwrap_or_default();
    failures.none()?;
    let roots: Vec<BString> = system::whole_path(Path::new("."))
        .map(|here| here.as_os_str().as_encoded_bytes().into())
        .into_iter()
        .collect();
    // They are compared with a baseline, or become one.
    let moves = matches!(purpose, Purpose::Move(_));
    let keeps_names = moves || !args.evidence.baseline.is_empty();
    let mut evidence = Evidence::new(roots.clone(), asked.gates().to_vec(), policy, keeps_names);
    // git lists the files meanwhile, where it is known that they will be wanted.
    let are_wanted = tree::is_wanted(asked.gates())
        || (written && sources.iter().any(|source| tree::is_wanted(&source.gates())));
    let expected = if are_wanted { Expected::begun(out) } else { None };
    if !matches!(purpose, Purpose::Only(_)) {
        reports::read(&sources, &mut evidence, written, out)?;
    }
    evidence.tests = std::mem::take(&mut evidence.tests).finished();
    let (is_asked, is_only) = (!asked.gates().is_empty(), matches!(asked, Asked::Only(_)));
    // Manifests are also what Compose files are held against.
    let asks_for_parity = asked.gates().contains(&Gate::Parity);
    let is_handed = |gate| {
        (gate == Gate::RequiredJobs && jobs.is_some())
            || (gate == Gate::Manifests && args.manifests.is_any() && !asks_for_parity)
            || (gate == Gate::Parity && !args.compose.compose.is_empty())
    };
    let wanted = wanted(asked, &is_handed, &evidence);
    if !is_only && !wanted.iter().any(|gate| gate.looks_at_reports()) {
        evidence.refuse_nobodys()?;
    }
    if wanted.is_empty() {
        return Err(nothing_to_look_at());
    }
    if !written && !is_asked && !out.is_actions() {
        for problem in missing(&wanted) {
            out.problem(problem);
        }
    }
    if !args.evidence.reports.is_empty() {
        for problem in idle(&wanted, &evidence) {
            out.problem(problem);
        }
    }
    let wants_members =
        [Gate::Compile, Gate::Lint, Gate::Docs].iter().any(|it| wanted.contains(it));
    let members = if wants_members { members::members()? } else { Vec::new() };
    let (affected, base) = planned.unzip();
    let mut gathered = Gathered {
        today: args.config.today.unwrap_or_else(config::today),
        most_waiver_days: policy.most_waiver_days,
        coverage: std::mem::take(&mut evidence.coverage).finish(),
        members,
        jobs,
        affected,
        files: Files::default(),
        manifests: None,
        composed: None,
        changed: None,
        base: Base::default(),
        acknowledged,
        approved: args.evidence.approved,
        evidence,
        wanted,
    };
    let planned_base = base.flatten();
    let mut compared = Compared::by(args.evidence.diff.as_deref(), planned_base.as_deref());
    look_at_change(policy, &mut compared, expected, &mut gathered, out)?;
    if gathered.wanted.iter().any(|gate| manifests::looks(*gate)) {
        gathered.manifests =
            manifests::manifests(&args.manifests, policy, &gathered.wanted, &mut compared, out)?;
        if gathered.wanted.contains(&Gate::Parity) {
            let (written, configured) = (&args.compose.compose, &policy.parity.compose);
            gathered.composed = compose::composed(written, configured, &mut compared, out)?;
        }
        if let Some(read) = &mut gathered.manifests {
            gathered.evidence.troubles.append(&mut read.troubles);
        }
    }
    let paths = &gathered.files.paths;
    gathered.base = base::base(&args.evidence.baseline, policy, paths, roots, out)?;
    if let Purpose::Move(Some((path, older))) = purpose {
        gathered.base.compare_with(path, older)?;
    }
    Ok(gathered)
}

/// Without anything to look at there is no answer; what would make some is told.
fn nothing_to_look_at() -> Failure {
    let first = Problem::error(
        "there is nothing to look at: no report was found, and no job is named",
    )
    .help(
        "hand over `jobs` or `reports`, or say which gates run, in `gate` or in the table `[gate]`",
    );
    let problems = std::iter::once(first).chain(missing(&[])).collect();
    Failure { cause: Cause::NoAnswer, problems }
}

/// The gates that are not among these, and what makes their reports.
fn missing(wanted: &[Gate]) -> Vec<Problem> {
    let gates = Gate::ALL.into_iter().filter(|gate| !wanted.contains(gate));
    let told = gates.filter_map(|gate| {
        // A migration to make, or Terraform, is not in every repository.
        let command = verdict::wanted(gate).1.filter(|_| gate != Gate::Terraform)?;
        let problem =
            Problem::notice(text!["the gate `", gate.name(), "` has no report to look at"]);
        Some(problem.help(text!["make one with `", command, "`"]))
    });
    told.collect()
}

/// The gates that reports were handed over for, and that do not run.
fn idle(wanted: &[Gate], evidence: &Evidence) -> Vec<Problem> {
    let idle = Gate::ALL.into_iter().filter(|gate| !wanted.contains(gate) && evidence.has(*gate));
    let told =
        idle.map(|gate| {
            let name = gate.name();
            Problem::warning(text!["the gate `", name, "` has a report, and does not run"])
                .help(text!["name `", name, "` in `gate`, or leave its reports out"])
        });
    told.collect()
}

/// Looks at the repository, as far as a gate wants it.
fn look_at_change(
    policy: &Policy,
    compared: &mut Compared<'_>,
    expected: Option<Expected>,
    gathered: &mut Gathered,
    out: &mut Out,
) -> Result<(), Failure> {
    let wants = |gate| gathered.wanted.contains(&gate);
    let wants_lines = wants(Gate::Coverage) && policy.coverage.patch_min.is_some();
    if !wants_lines && !wants(Gate::Migrations) {
        let nothing = Change::Unknown(Text::new());
        gathered.files = tree::files(policy, &gathered.wanted, expected, &nothing, out)?;
        return Ok(());
    }
    let change = compared.change(out)?;
    gathered.files = tree::files(policy, &gathered.wanted, expected, change, out)?;
    if wants_lines && let Some(patch) = change.patch()? {
        gathered.changed = Some(lines(&patch)?);
    }
    Ok(())
}

fn lines(patch: &[u8]) -> Result<ChangedLines, Failure> {
    ChangedLines::read(patch).map_err(|error| {
        Failure::no_answer(
            Problem::error("the diff cannot be read")
                .at(Place::at("the diff", error.line, 1))
                .label(Piece::said(&error))
                .help("hand over what `git diff BASE...HEAD` prints"),
        )
    })
}

fn sources(args: &RunArgs, policy: &Policy, asked: &Asked) -> Result<Vec<Source>, Failure> {
    if !args.evidence.reports.is_empty() {
        return reports::sources(&args.evidence.reports);
    }
    if !policy.reports.is_empty() {
        return reports::sources(&policy.reports);
    }
    let is_meant = |gate| match asked {
        Asked::Only(gates) => gates.contains(&gate),
        Asked::AtLeast(_) => true,
    };
    let homes = HOMES.iter().filter(|home| is_meant(home.gate));
    let homes = homes.map(|home| [home.gate.name(), "=", home.pattern].concat());
    reports::sources(&homes.collect::<Vec<_>>())
}

fn acknowledged(args: &RunArgs) -> Result<Vec<String>, Failure> {
    let words =
        config::list(args.evidence.acknowledged.as_deref().unwrap_or_default(), "acknowledged")?;
    Ok(words.iter().map(|word| word.strip_prefix("ack:").unwrap_or(word).to_owned()).collect())
}

/// Which gates are to run.
#[derive(Clone, Debug)]
enum Asked {
    /// These and no others.
    Only(Vec<Gate>),
    /// These, and all that there is something to look at for.
    AtLeast(Vec<Gate>),
}

impl Asked {
    fn gates(&self) -> &[Gate] {
        match self {
            Self::Only(gates) | Self::AtLeast(gates) => gates,
        }
    }
}

/// The gates that somebody asks for.
fn asked(args: &RunArgs, policy: &Policy, purpose: Purpose<'_>) -> Result<Asked, Failure> {
    if let Purpose::Only(only) = purpose {
        return Ok(Asked::Only(only.to_vec()));
    }
    let words = config::list(args.evidence.gate.as_deref().unwrap_or_default(), "gate")?;
    if words.is_empty() || words == ["all"] {
        return Ok(match &policy.gates {
            Some(gates) => Asked::Only(gates.clone()),
            None => Asked::AtLeast(policy.configured.clone()),
        });
    }
    let (mut gates, mut problems) = (Vec::new(), Vec::new());
    for word in &words {
        match Gate::WORDS.iter().find(|(name, _)| name == word) {
            Some((_, gate)) => gates.push(*gate),
            None => problems.push(no_gate(word)),
        }
    }
    if problems.is_empty() {
        Ok(Asked::Only(gates))
    } else {
        Err(Failure { cause: Cause::NoAnswer, problems })
    }
}

fn no_gate(word: &str) -> Problem {
    let names = || Gate::WORDS.iter().map(|(name, _)| *name);
    let mut help = text!["write some of "];
    for (number, name) in names().enumerate() {
        help.text(if number == 0 { "" } else { ", " }).text(name);
    }
    if let Some(near) = diagnostics::nearest(word, names()) {
        help.text("; is ").foreign(near).text(" meant?");
    }
    Problem::error(text!["there is no gate ", Foreign::from(word)]).help(help)
}

/// Which gates run. Jobs and manifests have no other use than to be looked at, so whoever hands them over
/// asks for that.
fn wanted(asked: Asked, is_handed: &dyn Fn(Gate) -> bool, evidence: &Evidence) -> Vec<Gate> {
    let (mut wanted, is_open) = match asked {
        Asked::Only(gates) => (gates, false),
        Asked::AtLeast(gates) => (gates, true),
    };
    for gate in Gate::ALL {
        let has = is_handed(gate) || (is_open && evidence.has(gate));
        if has && !wanted.contains(&gate) {
            wanted.push(gate);
        }
    }
    wanted
}

/// What is wrong with several things, so that one run tells all of it.
#[derive(Default)]
pub(crate) struct Failures(Vec<Failure>);

impl Failures {
    /// The value, or nothing: then the failure is kept.
    pub(crate) fn keep<T>(&mut self, result: Result<T, Failure>) -> Option<T> {
        result.map_err(|failure| self.0.push(failure)).ok()
    }

    /// All that was kept, as one.
    pub(crate) fn none(self) -> Result<(), Failure> {
        let worst =
            self.0.iter().map(|failure| failure.cause).max_by_key(|cause| cause.exit_code());
        let Some(cause): Option<Cause> = worst else { return Ok(()) };
        let problems = self.0.into_iter().flat_map(|failure| failure.problems).collect();
        Err(Failure { cause, problems })
    }
}

/// The baseline as it is now; nothing where there is none yet.
pub(crate) fn older_baseline(path: &Path) -> Result<Option<Baseline>, Failure> {
    let is_there = system::exists(path)
        .map_err(|failure| files::refused(&failure, "the baseline", "see its permissions"))?;
    if !is_there {
        return Ok(None);
    }
    let read = baseline(path)?;
    let other = || {
        let problem = Problem::error("the baseline would be written over something else");
        Failure::no_answer(problem.at(Place::file(Foreign::path(path))).help("name another file"))
    };
    read.map(Some).ok_or_else(other)
}

/// Refuses to move a baseline by a run on code that is not merged yet.
pub(crate) fn refuse_foreign_code(out: &Out) -> Result<(), Failure> {
    if !out.is_actions() {
        return Ok(());
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let is_merged = ["push", "schedule", "workflow_dispatch", "merge_group", "release"];
    if is_merged.contains(&context.event_name.as_str()) {
        return Ok(());
    }
    let event = Foreign::from(context.event_name.as_str());
    Err(Failure::no_answer(
        Problem::error(text!["a run for ", event, " may not move the baseline"])
            .help("write it in a run on the default branch: `on: push: branches: [main]`"),
    ))
}

/// The plan of a benchmark.
pub(crate) fn bench_plan(args: &BenchArgs) -> Result<Plan, Failure> {
    let format = args.report_format.as_deref().map(|name| {
        if let Some(AnyFormat::Measurements(format)) = AnyFormat::named(name) {
            return Ok(format);
        }
        let message = text!["there is no format of measurements ", Foreign::from(name)];
        let names = measurements::Format::ALL.iter().map(|format| format.name());
        let mut help = text!["write the name of a format, or leave it out"];
        if let Some(near) = diagnostics::nearest(name, names) {
            help.text("; is ").foreign(near).text(" meant?");
        }
        Err(Failure::no_answer(Problem::error(message).help(help)))
    });
    let format = format.transpose()?;
    let measure = match args.measure {
        MeasureName::Wall if format.is_some() || args.report_file.is_some() => {
            let problem = Problem::error("a report is named, but wall time is measured");
            return Err(Failure::no_answer(problem.help("say `measure: report`")));
        }
        MeasureName::Wall => Measure::Wall,
        MeasureName::Report => Measure::Report { format, file: args.report_file.clone() },
    };
    Ok(Plan {
        base: args.base.clone(),
        head: args.head.clone(),
        rounds: args.rounds,
        warmup: args.warmup,
        seed: args.seed,
        measure,
    })
}

/// The rounds of a benchmark, as if they had been read.
pub(crate) fn of_rounds(args: &RunArgs, rounds: Rounds) -> Gathered {
    let policy = Policy::default();
    let mut evidence = Evidence::new(Vec::new(), vec![Gate::Performance], &policy, false);
    evidence.of_bench(rounds.measurements);
    Gathered {
        today: args.config.today.unwrap_or_else(config::today),
        most_waiver_days: policy.most_waiver_days,
        wanted: vec![Gate::Performance],
        jobs: None,
        affected: None,
        coverage: std::mem::take(&mut evidence.coverage).finish(),
        members: Vec::new(),
        files: Files::default(),
        manifests: None,
        composed: None,
        changed: None,
        base: Base::default(),
        acknowledged: Vec::new(),
        approved: false,
        evidence,
    }
}
