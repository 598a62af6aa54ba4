//! What metrics can be told.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use object_store::Style;
use pipeline_metrics::{Millis, Moment};

use super::ConfigFileArgs;

/// Where answers come from.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct AnswerArgs {
    /// Answers of GitHub's REST API that were saved, as glob patterns, one a line: nobody is asked then. A file
    /// holds a page, a list of pages, or pages one after another.
    #[arg(long, env = "SIGNALBOX_RESPONSES", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) responses: Vec<String>,

    /// A folder to save what GitHub answers in, to be `responses` of a later run.
    #[arg(
        long,
        env = "SIGNALBOX_RESPONSES_FOLDER",
        value_name = "FOLDER",
        conflicts_with = "responses"
    )]
    pub(crate) responses_folder: Option<PathBuf>,

    /// The repository that is measured, `owner/name`; without it, that of the job.
    #[arg(long, env = "SIGNALBOX_REPOSITORY", value_name = "NAME")]
    pub(crate) repository: Option<String>,
}

/// The arguments of `metrics-collect`.
#[derive(Args, Clone, Debug)]
pub(crate) struct CollectArgs {
    #[command(flatten)]
    pub(crate) answers: AnswerArgs,

    /// The id of the run that is measured; without it, that of the job, or the only one of the `responses`.
    #[arg(long, env = "SIGNALBOX_RUN_ID", value_name = "NUMBER")]
    pub(crate) run_id: Option<u64>,

    /// Which attempt of the run is measured; without it, that of the job, or the newest of another run.
    #[arg(long, env = "SIGNALBOX_RUN_ATTEMPT", value_name = "NUMBER")]
    pub(crate) run_attempt: Option<u64>,

    /// The lines that our own tools left in other jobs, as glob patterns, one a line; those of this job are
    /// read in any case. Jobs hand over the folder `signalbox-metrics` below `runner.temp` as an artifact.
    #[arg(long, env = "SIGNALBOX_OUTCOMES", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) outcomes: Vec<String>,

    /// What whoever started the run wrote, to be kept with it.
    #[arg(long, env = "SIGNALBOX_NOTES", value_name = "TEXT")]
    pub(crate) notes: Option<String>,

    /// Where to write the record, as JSON; in a job it is written for later steps in any case.
    #[arg(long, env = "SIGNALBOX_METRICS_FILE", value_name = "FILE")]
    pub(crate) metrics_file: Option<PathBuf>,

    /// Where to write the record as OpenMetrics text.
    #[arg(long, env = "SIGNALBOX_OPENMETRICS_FILE", value_name = "FILE")]
    pub(crate) openmetrics_file: Option<PathBuf>,

    /// Where to write how long each job ran, in seconds by its name, for `timings` of `actions/shard`.
    #[arg(long, env = "SIGNALBOX_JOB_TIMES_FILE", value_name = "FILE")]
    pub(crate) job_times_file: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) strict: StrictArgs,
}

/// Whether metrics may fail a run.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct StrictArgs {
    /// Whether metrics that cannot be collected or stored fail the step; otherwise that is a warning.
    #[arg(long, env = "SIGNALBOX_STRICT_METRICS", action = ArgAction::Set, value_name = "BOOL", default_value_t = false, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) strict_metrics: bool,
}

/// The records of runs.
#[derive(Args, Clone, Debug)]
pub(crate) struct RecordArgs {
    /// The records that `metrics-collect` wrote, as glob patterns, one a line.
    #[arg(
        long,
        env = "SIGNALBOX_METRICS",
        value_name = "GLOB",
        value_delimiter = '\n',
        required = true
    )]
    pub(crate) metrics: Vec<String>,
}

/// The arguments of `metrics-push`.
#[derive(Args, Clone, Debug)]
pub(crate) struct PushArgs {
    #[command(flatten)]
    pub(crate) records: RecordArgs,

    /// The bucket to store records in.
    #[arg(long, env = "SIGNALBOX_BUCKET", value_name = "NAME", required = true)]
    pub(crate) bucket: String,

    /// The address of the S3-compatible storage, without the bucket; without it, Amazon's in
    /// `storage-region`.
    #[arg(long, env = "SIGNALBOX_STORAGE_ENDPOINT", value_name = "URL")]
    pub(crate) storage_endpoint: Option<String>,

    /// The region of the storage.
    #[arg(
        long,
        env = "SIGNALBOX_STORAGE_REGION",
        value_name = "NAME",
        default_value = "us-east-1"
    )]
    pub(crate) storage_region: String,

    /// Where the bucket stands in the address.
    #[arg(long, env = "SIGNALBOX_STORAGE_STYLE", value_enum, default_value_t)]
    pub(crate) storage_style: StyleName,

    /// What the names of stored records begin with, as a folder.
    #[arg(long, env = "SIGNALBOX_STORAGE_PREFIX", value_name = "PATH")]
    pub(crate) storage_prefix: Option<String>,

    #[command(flatten)]
    pub(crate) strict: StrictArgs,
}

/// Where a bucket stands in an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum StyleName {
    /// In the host, unless that cannot be.
    #[default]
    Auto,
    /// At the beginning of the path.
    Path,
    /// In the host.
    Virtual,
}

impl StyleName {
    pub(crate) fn style(self) -> Style {
        match self {
            Self::Auto => Style::Auto,
            Self::Path => Style::Path,
            Self::Virtual => Style::Virtual,
        }
    }
}

/// The arguments of `metrics-dora`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DoraArgs {
    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    #[command(flatten)]
    pub(crate) answers: AnswerArgs,

    /// The environment whose deployments are measured.
    #[arg(long, env = "SIGNALBOX_DEPLOYED_TO", value_name = "NAME", required = true)]
    pub(crate) deployed_to: String,

    /// How far back deployments and incidents are looked at: `28d`, `4w`, `36h`.
    #[arg(long, env = "SIGNALBOX_MEASURED_SPAN", value_name = "SPAN", default_value = "28d", value_parser = span)]
    pub(crate) measured_span: Millis,

    /// The moment at which that ends, as `2026-01-31T12:00:00Z`; without it, now.
    #[arg(long, env = "SIGNALBOX_MEASURED_UNTIL", value_name = "TIME", value_parser = moment)]
    pub(crate) measured_until: Option<Moment>,
}

/// The arguments of `metrics-report`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) records: RecordArgs,

    /// Where to write the review as Markdown; in a job it is written for later steps in any case.
    #[arg(long, env = "SIGNALBOX_REVIEW_FILE", value_name = "FILE")]
    pub(crate) review_file: Option<PathBuf>,
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text).ok_or_else(|| "expected a time as `2026-01-31T12:00:00Z`".to_owned())
}

fn span(text: &str) -> Result<Millis, String> {
    const DAY: u64 = 86_400;
    let wanted =
        || "expected a whole number of hours, days or weeks: `36h`, `28d`, `4w`".to_owned();
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_lowercase());
    let unit = match text.strip_prefix(number) {
        Some("h") => 3_600,
        Some("d") => DAY,
        Some("w") => 7 * DAY,
        Some(_) | None => return Err(wanted()),
    };
    let is_whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<u64>().ok().filter(|number| is_whole && *number > 0);
    let seconds = number.and_then(|number| number.checked_mul(unit));
    // Ten years are more than any server keeps.
    let seconds = seconds.filter(|seconds| *seconds <= 3_660 * DAY);
    seconds.map(Millis::of_seconds).ok_or_else(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_a_whole_number_of_a_unit() {
        assert_eq!(span("28d"), Ok(Millis::of_seconds(28 * 86_400)));
        assert_eq!(span("4w"), span("28d"));
        assert_eq!(span("36h"), Ok(Millis::of_seconds(36 * 3_600)));
        for odd in [
            "",
            "d",
            "28",
            "-1d",
            "+1d",
            "1.5d",
            "0d",
            "28D",
            "28dd",
            "99999999999999999999d",
            "4000d",
        ] {
            assert!(span(odd).is_err(), "{odd}");
        }
    }
}
