//! What gate-check can be told and what it tells: the only declaration of inputs and outputs.
//!
//! `cargo xtask generate` turns this file into `actions/gate/action.yml` and its README tables.

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use runner_protocol::{Action, ExitCode, Further, Interface, Permission};
use verdict::Mode;

mod canary;
mod deploy;
mod manifests;
mod metrics;
mod notes;
mod outputs;
mod promotion;

pub(crate) use canary::{
    AlertsArgs, CanaryArgs, CanaryJudgeArgs, CanaryStepArgs, CanaryWalkArgs, PrometheusArgs,
};
pub(crate) use deploy::{DeployArgs, DeployRunArgs};
pub(crate) use manifests::{ComposeArgs, ManifestArgs, ManifestsArgs, ParityArgs};
pub(crate) use metrics::{AnswerArgs, CollectArgs, DoraArgs, PushArgs, RecordArgs, ReportArgs};
pub(crate) use notes::NotesArgs;
pub(crate) use outputs::OUTPUTS;
pub(crate) use promotion::{EvidenceRecordArgs, PromotionArgs};

/// Says whether a change may pass, and if not, exactly why not.
#[derive(Clone, Debug, Parser)]
#[command(name = "gate-check", version = version(), subcommand_required = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What gate-check can do.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Command {
    /// Look at all evidence there is, and decide.
    Run(Box<RunArgs>),
    /// Look at the jobs that this one needs, and at nothing else.
    Needs(NeedsArgs),
    /// Decide as `run` does, and where nothing blocks write what later runs are compared with.
    Baseline(Box<BaselineArgs>),
    /// Run base and head in turns, and decide whether the head is slower.
    Bench(Box<BenchArgs>),
    /// Look at the configuration, the waivers and the workflows, and at no report.
    Lint(LintArgs),
    /// Put components in the order in which they are deployed, and show what would be run.
    #[command(alias = "plan")]
    DeployPlan(DeployArgs),
    /// Deploy components in their order, and take them back where one fails.
    DeployRun(Box<DeployRunArgs>),
    /// Decide whether a version may go from one environment to the next.
    Promotion(Box<PromotionArgs>),
    /// Write down what was found out about a version, for a promotion in another run.
    PromotionEvidence(EvidenceRecordArgs),
    /// Look at Kubernetes manifests, and at nothing else.
    Manifests(ManifestsArgs),
    /// Ask Prometheus through a window, and decide whether a canary gets more traffic.
    CanaryStep(Box<CanaryStepArgs>),
    /// Give a canary more and more traffic, watch each step, and take it back where one fails.
    CanaryWalk(Box<CanaryWalkArgs>),
    /// Decide about a canary whose window is over.
    CanaryJudge(Box<CanaryJudgeArgs>),
    /// Measure a run: how long its jobs took and waited, and how they ended.
    MetricsCollect(Box<CollectArgs>),
    /// Store what was measured in S3-compatible storage.
    MetricsPush(Box<PushArgs>),
    /// Work out the four figures of DORA, and hold them against targets.
    MetricsDora(Box<DoraArgs>),
    /// Say what the measurements of many runs come to, week by week.
    MetricsReport(ReportArgs),
    /// Ask Prometheus which thresholds are reached.
    Alerts(AlertsArgs),
    /// Tell what a release brings, from the messages of its commits.
    ReleaseNotes(NotesArgs),
    /// Look at Compose files beside Kubernetes manifests, and at nothing else.
    Parity(ParityArgs),
    /// Show everything that a verdict says of a rule, a package or a gate.
    Explain(ExplainArgs),
}

/// The file of the configuration.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct ConfigFileArgs {
    /// The configuration, of which each command reads its own table; without it, `.github/signalbox.toml` if
    /// it is there.
    #[arg(long, env = "SIGNALBOX_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// The configuration.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    /// What is done with what is found, whatever the configuration says; missing evidence stays missing.
    #[arg(long, env = "SIGNALBOX_MODE", value_enum)]
    pub(crate) mode: Option<ModeName>,

    /// The day for which waivers are looked at, for tests: `2026-11-21`. Without it, today in UTC.
    #[arg(long, env = "SIGNALBOX_TODAY", value_name = "DATE")]
    pub(crate) today: Option<Date>,
}

/// What is done with what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeName {
    /// It blocks.
    Block,
    /// It warns.
    Warn,
    /// It is told.
    Report,
}

impl ModeName {
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::Block => Mode::Block,
            Self::Warn => Mode::Warn,
            Self::Report => Mode::Report,
        }
    }
}

/// The jobs that are needed.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct JobsArgs {
    /// The jobs that this one needs, as `toJSON(needs)` writes them. With outputs of more than 100 kB
    /// the runner can start no step: then write one job a line, with its result after `=`.
    #[arg(long, env = "SIGNALBOX_JOBS", value_name = "JSON")]
    pub(crate) jobs: Option<String>,

    /// A file with the same; `-` is standard input.
    #[arg(long, env = "SIGNALBOX_JOBS_FILE", value_name = "FILE", conflicts_with = "jobs")]
    pub(crate) jobs_file: Option<PathBuf>,

    /// The jobs that may fail, be cancelled or be skipped, with commas or line breaks between them, or
    /// as a JSON array.
    #[arg(long, env = "SIGNALBOX_ALLOWED_FAILURES", value_name = "JOBS")]
    pub(crate) allowed_failures: Option<String>,

    /// The jobs that may be skipped, in the same form.
    #[arg(long, env = "SIGNALBOX_ALLOWED_SKIPS", value_name = "JOBS")]
    pub(crate) allowed_skips: Option<String>,

    /// Whether every job may be skipped at once, so that nothing at all was checked.
    #[arg(long, env = "SIGNALBOX_ALLOW_ALL_SKIPPED", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) allow_all_skipped: bool,

    /// The change plan of `actions/changes` (its output `plan-path`): a job that is named as a filter,
    /// service or package that is not affected may be skipped.
    #[arg(long, env = "SIGNALBOX_CHANGES", value_name = "FILE", conflicts_with = "filters")]
    pub(crate) changes: Option<PathBuf>,

    /// The output `filters` of `actions/changes`, where the plan itself is not at hand: a job that is
    /// named as a filter that does not match may be skipped.
    #[arg(long, env = "SIGNALBOX_FILTERS", value_name = "JSON")]
    pub(crate) filters: Option<String>,
}

/// What the gates look at.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct EvidenceArgs {
    /// Which gates run, with commas or line breaks between them; each must have something to look at.
    /// `all` for those of the configuration. Without it these, else all that have reports. Where `jobs` are
    /// handed over, `required-jobs` runs as well.
    #[arg(long, env = "SIGNALBOX_GATE", value_name = "GATES")]
    pub(crate) gate: Option<String>,

    /// The reports, as glob patterns, one a line; a gate, a format or both may stand before a `=`:
    /// `lcov=cov/*.info`, `lint:sarif=eslint.sarif`. What a report is, is known by what it holds. Without
    /// it, they are looked for in the usual places.
    #[arg(long, env = "SIGNALBOX_REPORTS", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) reports: Vec<String>,

    /// What the base came to: a file that `baseline` wrote, or reports of the base as in `reports`, one a
    /// line. What is not there yet is no base.
    #[arg(long, env = "SIGNALBOX_BASELINE", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) baseline: Vec<String>,

    /// What the change is: a file with a unified diff, `BASE...HEAD`, `BASE..HEAD`, or `BASE` for the files
    /// on the disk. Without it, what the change plan or the event says.
    #[arg(long, env = "SIGNALBOX_DIFF", value_name = "DIFF")]
    pub(crate) diff: Option<String>,

    /// Whether somebody has approved what needs a review: set it in a job of a protected environment.
    #[arg(long, env = "SIGNALBOX_APPROVED", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) approved: bool,

    /// The rules that somebody has said to know of, with commas or line breaks between them; of labels,
    /// those that begin with `ack:` count, without it.
    #[arg(long, env = "SIGNALBOX_ACKNOWLEDGED", value_name = "RULES")]
    pub(crate) acknowledged: Option<String>,
}

/// What is written besides the outputs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FileArgs {
    /// Where to write the verdict with every reason, as JSON; in a job it is written for later steps in
    /// any case.
    #[arg(long, env = "SIGNALBOX_VERDICT_FILE", value_name = "FILE")]
    pub(crate) verdict_file: Option<PathBuf>,

    /// Where to write every reason as SARIF, for code scanning; what does not count is marked as
    /// suppressed, never left out.
    #[arg(long, env = "SIGNALBOX_SARIF_FILE", value_name = "FILE")]
    pub(crate) sarif_file: Option<PathBuf>,
}

/// The arguments of `run`.
#[derive(Args, Clone, Debug)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) jobs: JobsArgs,

    #[command(flatten)]
    pub(crate) evidence: EvidenceArgs,

    #[command(flatten)]
    pub(crate) manifests: ManifestArgs,

    #[command(flatten)]
    pub(crate) compose: ComposeArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,
}

/// The arguments of `needs`.
#[derive(Args, Clone, Debug)]
pub(crate) struct NeedsArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) jobs: JobsArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,
}

impl RunArgs {
    /// A run that looks at no evidence but these jobs, if any.
    pub(crate) fn of(config: &ConfigArgs, jobs: JobsArgs, files: &FileArgs) -> Self {
        let evidence = EvidenceArgs::default();
        let manifests = ManifestArgs::default();
        let compose = ComposeArgs::default();
        let (config, files) = (config.clone(), files.clone());
        Self { config, jobs, evidence, manifests, compose, files }
    }
}

/// The arguments of `baseline`.
#[derive(Args, Clone, Debug)]
pub(crate) struct BaselineArgs {
    #[command(flatten)]
    pub(crate) run: RunArgs,

    /// The baseline to write; parts that may not move stay as they are there.
    #[arg(long, env = "SIGNALBOX_BASELINE_FILE", value_name = "FILE", required = true)]
    pub(crate) baseline_file: PathBuf,
}

/// The arguments of `bench`.
#[derive(Args, Clone, Debug)]
pub(crate) struct BenchArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,

    /// The command that runs the benchmark of the base, as a line for `sh`.
    #[arg(long, env = "SIGNALBOX_BASE", value_name = "COMMAND", required = true)]
    pub(crate) base: String,

    /// The command that runs the benchmark of the head.
    #[arg(long, env = "SIGNALBOX_HEAD", value_name = "COMMAND", required = true)]
    pub(crate) head: String,

    /// How many rounds; each runs both commands once, one right after the other.
    #[arg(long, env = "SIGNALBOX_ROUNDS", value_name = "NUMBER", default_value_t = 5)]
    pub(crate) rounds: usize,

    /// How many rounds go before them and do not count.
    #[arg(long, env = "SIGNALBOX_WARMUP", value_name = "NUMBER", default_value_t = 1)]
    pub(crate) warmup: usize,

    /// What the order within the rounds is drawn from.
    #[arg(long, env = "SIGNALBOX_SEED", value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seed: u64,

    /// What is taken of each run.
    #[arg(long, env = "SIGNALBOX_MEASURE", value_enum, default_value_t)]
    pub(crate) measure: MeasureName,

    /// With `measure: report`, the format of the report; without it, what it holds says.
    #[arg(long, env = "SIGNALBOX_REPORT_FORMAT", value_name = "FORMAT")]
    pub(crate) report_format: Option<String>,

    /// With `measure: report`, the file that each run writes anew; without it, standard output is the
    /// report.
    #[arg(long, env = "SIGNALBOX_REPORT_FILE", value_name = "FILE")]
    pub(crate) report_file: Option<PathBuf>,

    /// Where to write every round, to be one of the `reports` of a later run.
    #[arg(long, env = "SIGNALBOX_ROUNDS_FILE", value_name = "FILE")]
    pub(crate) rounds_file: Option<PathBuf>,
}

/// What is taken of each run of a benchmark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MeasureName {
    /// How long the command takes as a whole.
    #[default]
    Wall,
    /// What it reports.
    Report,
}

/// The arguments of `lint`.
#[derive(Args, Clone, Debug)]
pub(crate) struct LintArgs {
    #[command(flatten)]
    pub(crate) config: ConfigArgs,

    #[command(flatten)]
    pub(crate) files: FileArgs,
}

/// The arguments of `explain`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExplainArgs {
    /// What to explain: a rule as `RUSTSEC-2020-0071`, a package, a fingerprint or a gate.
    #[arg(long, env = "SIGNALBOX_RULE", value_name = "NAME", required = true)]
    pub(crate) rule: String,

    /// The verdict that an earlier run wrote.
    #[arg(long, env = "SIGNALBOX_FROM", value_name = "FILE", required = true)]
    pub(crate) from: PathBuf,
}

/// What runner-protocol and the generator need to know about this tool.
pub fn interface() -> Interface {
    Interface {
        tool: "gate-check",
        action: Action {
            name: "gate",
            title: "signalbox gate",
            description: "Says whether a change may pass, and if not, exactly why not.",
            icon: "shield",
            color: "blue",
            permissions: &[
                Permission {
                    scope: "contents",
                    access: "read",
                    why: "Check the repository out, and say what a deployment brought; a gate over jobs alone needs nothing.",
                },
                Permission {
                    scope: "actions",
                    access: "read",
                    why: "Only for `metrics-collect`: what became of the run and its jobs.",
                },
                Permission {
                    scope: "deployments",
                    access: "read",
                    why: "Only for `metrics-dora`, and for `metrics-collect` to tell approvals from waiting for a runner.",
                },
                Permission {
                    scope: "issues",
                    access: "read",
                    why: "Only for `metrics-dora`: which incidents there were.",
                },
            ],
        },
        command: Arguments::command,
        choose: |given| {
            if given("rule") {
                "explain"
            } else if given("head") {
                "bench"
            } else if given("baseline-file") {
                "baseline"
            } else if given("shift") {
                "canary-walk"
            } else {
                "run"
            }
        },
        choice: "`explain` with `rule`, `bench` with `head`, `baseline` with `baseline-file`, `canary-walk` with `shift`, `run` otherwise",
        token: Some(
            "A token for `metrics-collect` and `metrics-dora`, which ask GitHub: `github.token`, in a job that may read what they ask about.",
        ),
        outputs: OUTPUTS,
        further: Further::NOTHING,
        exit_codes: &[
            ExitCode { code: 0, doc: "It may pass; warnings are told." },
            ExitCode { code: 1, doc: "Something that was found blocks it." },
            ExitCode {
                code: 2,
                doc: "There is no trustworthy answer: evidence is missing or unreadable, or an input or the configuration is wrong.",
            },
            ExitCode { code: 3, doc: "git, the network or the disk failed." },
            ExitCode { code: 4, doc: "Not yet: something is waited for." },
        ],
    }
}

/// The version of the suite: the release build sets it, a build from source says so.
fn version() -> &'static str {
    option_env!("SIGNALBOX_VERSION").unwrap_or("0.0.0 (built from source)")
}
