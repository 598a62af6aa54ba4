//! From files, inputs and the clock to what is known of a promotion.

use std::path::Path;

use diagnostics::{Foreign, Piece, Place, Problem, text};
use jiff::Timestamp;
use rollout::promotion::{Approval, Edge, Evidence, Outcome, Policy};
use runner_protocol::{Cause, Context, Failure, Out};

use super::{Failures, config, files, put};
use crate::args::{EvidenceRecordArgs, PromotionArgs};
use crate::wire::{self, EvidenceDocument, NotEvidence};

/// The longest file of evidence or approvals, in bytes.
const LONGEST: u64 = 8 << 20;

/// Everything that is known of a promotion.
pub(crate) struct Promotion {
    pub(crate) policy: Policy,
    pub(crate) edge: Edge,
    pub(crate) now: Timestamp,
    pub(crate) subjects: Vec<String>,
    pub(crate) authors: Vec<String>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) approvals: Vec<Approval>,
    pub(crate) freeze_override: Option<String>,
}

/// Gathers it.
pub(crate) fn promotion(args: &PromotionArgs, out: &Out) -> Result<Promotion, Failure> {
    let (file, bytes) = config::needed_file(args.file.config.as_deref(), "promotion")?;
    let policy = Policy::read(file, &bytes)
        .map_err(|problems| Failure { cause: Cause::NoAnswer, problems })?;
    let edge = policy.edge(&args.from_environment, &args.to_environment);
    let edge = edge.map_err(|problem| Failure::no_answer(*problem))?.clone();
    let mut failures = Failures::default();
    let mut words = |input: &Option<String>, name| {
        failures.keep(config::list(input.as_deref().unwrap_or_default(), name)).unwrap_or_default()
    };
    let subjects = words(&Some(args.subject.clone()), "subject");
    let by = words(&args.approved_by, "approved-by");
    let mut authors = words(&args.authors, "authors");
    if subjects.is_empty() {
        let problem = Problem::error("nothing is promoted: `subject` names nothing");
        let help = "name the commit, the digest or the version";
        failures.keep::<()>(Err(Failure::no_answer(problem.help(help))));
    }
    if authors.is_empty() {
        authors.extend(out.context().ok().and_then(|context| context.actor));
    }
    if authors.is_empty() && edge.approvals > 0 {
        let problem = Problem::error(
            "nobody knows who made what is promoted, and its author may not approve it",
        );
        let help = "name them with `--authors` (input `authors`)";
        failures.keep::<()>(Err(Failure::no_answer(problem.help(help))));
    }
    let now = args.now.unwrap_or_else(now);
    let mut evidence = Vec::new();
    for pattern in args.evidence.iter().map(|it| it.trim()).filter(|it| !it.is_empty()) {
        evidence.extend(failures.keep(of_files(pattern)).unwrap_or_default());
    }
    let results = args.results.as_deref().unwrap_or_default();
    let results = failures.keep(of_results(results, subjects.first(), now));
    evidence.extend(results.unwrap_or_default());
    let mut approvals: Vec<Approval> =
        by.into_iter().map(|by| Approval { by, is_yes: true, environments: Vec::new() }).collect();
    if let Some(path) = &args.approvals_file {
        approvals.extend(failures.keep(of_approvals(path)).unwrap_or_default());
    }
    failures.none()?;
    let freeze_override = args.override_freeze.clone();
    Ok(Promotion { policy, edge, now, subjects, authors, evidence, approvals, freeze_override })
}

/// Now, to the second.
fn now() -> Timestamp {
    Timestamp::from_second(system::seconds_since_1970()).unwrap_or(Timestamp::MAX)
}

/// The evidence of the files that a pattern names. One that names none is a mistake: somebody counts on it.
fn of_files(pattern: &str) -> Result<Vec<Evidence>, Failure> {
    let found = super::reports::paths(pattern, "evidence")?;
    if found.is_empty() {
        let message = text!["no evidence is at ", Foreign::from(pattern)];
        let help =
            "see that an earlier job wrote it with `promotion-evidence`, and that it was fetched";
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    }
    found.iter().map(|path| of_file(path)).collect()
}

fn of_file(path: &Path) -> Result<Evidence, Failure> {
    let help = "hand over what `promotion-evidence` wrote, as it is";
    let bytes = system::read_whole(path, LONGEST)
        .map_err(|failure| files::refused(&failure, "the evidence", help))?;
    EvidenceDocument::read(&bytes, &path.display().to_string()).map_err(|wrong| {
        let place = match &wrong {
            NotEvidence::Malformed(error) => of_json(path, &bytes, error),
            NotEvidence::Version(_) | NotEvidence::Outcome(_) | NotEvidence::Moment(_) => {
                Place::file(Foreign::path(path))
            }
        };
        Failure::no_answer(
            Problem::error("the evidence cannot be read")
                .at(place)
                .label(Piece::said(&wrong))
                .help(help),
        )
    })
}

fn of_json(path: &Path, bytes: &[u8], error: &serde_json::Error) -> Place {
    Place::of_json(Foreign::path(path), bytes, error.line(), error.column())
}

/// What this run found out: `NAME=RESULT`, one a line.
fn of_results(
    input: &str,
    subject: Option<&String>,
    now: Timestamp,
) -> Result<Vec<Evidence>, Failure> {
    let mut all = Vec::new();
    let lines = input.split(['\n', ',']).map(str::trim).filter(|line| !line.is_empty());
    for line in lines {
        let read = line.rsplit_once('=').and_then(|(name, word)| {
            let name = Some(name.trim()).filter(|name| !name.is_empty())?;
            Some((name, Outcome::of(word.trim())?))
        });
        let Some((name, outcome)) = read else {
            let message = text!["the line ", Foreign::from(line), " of `results` says no result"];
            return Err(Failure::no_answer(
                Problem::error(message).label("expected a name, `=` and the result of a job").help(
                    "write `smoke-test=success`, or `smoke-test=${{ needs.smoke-test.result }}`",
                ),
            ));
        };
        all.push(Evidence {
            name: name.to_owned(),
            outcome,
            subject: subject.cloned(),
            at: Some(now),
            by: None,
            url: None,
            source: "this run".to_owned(),
        });
    }
    Ok(all)
}

fn of_approvals(path: &Path) -> Result<Vec<Approval>, Failure> {
    let help = "save the answer to `gh api /repos/OWNER/NAME/actions/runs/ID/approvals` as it is";
    let bytes = system::read_whole(path, LONGEST)
        .map_err(|failure| files::refused(&failure, "the approvals", help))?;
    wire::approvals(&bytes).map_err(|error| {
        Failure::no_answer(
            Problem::error("the approvals cannot be read")
                .at(of_json(path, &bytes, &error))
                .label(Piece::said(&error))
                .help(help),
        )
    })
}

/// Writes what was found out.
pub(crate) fn evidence(args: &EvidenceRecordArgs, out: &Out) -> Result<Outcome, Failure> {
    let word = args.outcome.trim();
    let Some(outcome) = Outcome::of(word) else {
        let message = text!["the outcome ", Foreign::from(word), " is not known"];
        let words: Vec<&str> = Outcome::WORDS.iter().map(|(word, _)| *word).collect();
        let help = text!["write one of ", Foreign::from(words.join(", ").as_str())];
        return Err(Failure::no_answer(Problem::error(message).help(help)));
    };
    let at = args.found_at.unwrap_or_else(now);
    let context = out.context().ok();
    let actor = || context.as_ref().and_then(|context| context.actor.clone());
    let by = args.said_by.clone().or_else(actor);
    let page = || context.as_ref().map(Context::run_url);
    let url = args.evidence_url.clone().or_else(page);
    let document = EvidenceDocument::new(args.criterion.trim(), word, args.about.trim(), at);
    let mut line = wire::line_of(&document.with(by, url));
    line.push('\n');
    put(&args.evidence_file, line.as_bytes())?;
    Ok(outcome)
}
