//! What a promotion can be told.

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::ConfigFileArgs;

/// What is promoted, and what speaks for it.
#[derive(Args, Clone, Debug)]
pub(crate) struct PromotionArgs {
    #[command(flatten)]
    pub(crate) file: ConfigFileArgs,

    /// The environment that it comes from.
    #[arg(long, env = "SIGNALBOX_FROM_ENVIRONMENT", value_name = "NAME", required = true)]
    pub(crate) from_environment: String,

    /// The environment that it goes to.
    #[arg(long, env = "SIGNALBOX_TO_ENVIRONMENT", value_name = "NAME", required = true)]
    pub(crate) to_environment: String,

    /// What is promoted, by all names that evidence may have for it: the commit, the digest of the image, the
    /// version; with commas or line breaks between them.
    #[arg(long, env = "SIGNALBOX_SUBJECT", value_name = "NAMES", required = true)]
    pub(crate) subject: String,

    /// Files of evidence, as glob patterns, one a line: those that `promotion-evidence` wrote.
    #[arg(long, env = "SIGNALBOX_EVIDENCE", value_name = "GLOB", value_delimiter = '\n')]
    pub(crate) evidence: Vec<String>,

    /// What this very run found out about it, one a line: `smoke-test=success`. Results of jobs can stand
    /// there as they are.
    #[arg(long, env = "SIGNALBOX_RESULTS", value_name = "RESULTS")]
    pub(crate) results: Option<String>,

    /// Who approved, with commas or line breaks between them.
    #[arg(long, env = "SIGNALBOX_APPROVED_BY", value_name = "PEOPLE")]
    pub(crate) approved_by: Option<String>,

    /// A file with who approved or rejected, as GitHub answers to `GET
    /// /repos/OWNER/NAME/actions/runs/ID/approvals`.
    #[arg(long, env = "SIGNALBOX_APPROVALS_FILE", value_name = "FILE")]
    pub(crate) approvals_file: Option<PathBuf>,

    /// Who made what is promoted, with commas or line breaks between them: their own approval does not count.
    /// Without it, in a job, who started the run.
    #[arg(long, env = "SIGNALBOX_AUTHORS", value_name = "PEOPLE")]
    pub(crate) authors: Option<String>,

    /// Why a freeze does not count this time, where the configuration allows to say so.
    #[arg(long, env = "SIGNALBOX_OVERRIDE_FREEZE", value_name = "REASON")]
    pub(crate) override_freeze: Option<String>,

    /// The moment that is decided for, for tests: `2026-11-22T12:00:00Z`. Without it, now.
    #[arg(long, env = "SIGNALBOX_NOW", value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

/// What was found out.
#[derive(Args, Clone, Debug)]
pub(crate) struct EvidenceRecordArgs {
    /// What was looked at: the name that `[[promotion.edge]]` requires.
    #[arg(long, env = "SIGNALBOX_CRITERION", value_name = "NAME", required = true)]
    pub(crate) criterion: String,

    /// What was found: `success`, `failure`, `skipped` or `cancelled`, as a job's result, or the verdict of one
    /// of our gates.
    #[arg(long, env = "SIGNALBOX_OUTCOME", value_name = "RESULT", required = true)]
    pub(crate) outcome: String,

    /// What it is about: a commit, a digest or a version.
    #[arg(long, env = "SIGNALBOX_ABOUT", value_name = "NAME", required = true)]
    pub(crate) about: String,

    /// Where to write the evidence, for `promotion` to read.
    #[arg(long, env = "SIGNALBOX_EVIDENCE_FILE", value_name = "FILE", required = true)]
    pub(crate) evidence_file: PathBuf,

    /// Who says so; in a job, without it, who started the run.
    #[arg(long, env = "SIGNALBOX_SAID_BY", value_name = "NAME")]
    pub(crate) said_by: Option<String>,

    /// Where more of it stands; in a job, without it, the run.
    #[arg(long, env = "SIGNALBOX_EVIDENCE_URL", value_name = "URL")]
    pub(crate) evidence_url: Option<String>,

    /// The moment at which it was found, for tests: `2026-11-22T12:00:00Z`. Without it, now.
    #[arg(long, env = "SIGNALBOX_FOUND_AT", value_name = "TIME")]
    pub(crate) found_at: Option<Timestamp>,
}
