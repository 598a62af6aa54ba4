//! What GitHub says of a pipeline, now or saved, what our own tools left, and records of earlier runs.

mod collect;
mod dora;
mod push;

use std::path::{Path, PathBuf};

use diagnostics::{Foreign, Piece, Place, Problem, text};
use github_api::{Client, Settings};
use pipeline_metrics::Record;
use pipeline_metrics::answers::Answers;
use repo_model::PathPattern;
use runner_protocol::{Cause, Failure, Out};

use super::files;
use crate::args::{AnswerArgs, RecordArgs};
use crate::wire::{MetricsDocument, NotARecord};

pub(crate) use collect::{Collected, collected};
pub(crate) use dora::{Measured, measured};
pub(crate) use push::{Pushed, pushed};

/// The most bytes of a file of answers or of a record.
const LONGEST_FILE: u64 = 256 << 20;

/// The most files that patterns may mean.
const MOST_FILES: usize = 100_000;

/// The repository, where GitHub's API is, and who asks.
struct Asking {
    repository: String,
    client: Client,
}

/// Who asks GitHub; nobody where answers were saved.
fn asking(args: &AnswerArgs, out: &mut Out) -> Result<Option<Asking>, Failure> {
    if !args.responses.is_empty() {
        return Ok(None);
    }
    if !out.is_actions() {
        return Err(Failure::no_answer(
            Problem::error("outside of a job nobody says which repository and which run are meant")
                .help("save answers, as `gh api --paginate` prints them, and name them with `--responses`"),
        ));
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let Some(token) = out.token() else {
        return Err(Failure::no_answer(
            Problem::error("without a token, GitHub does not say what became of the pipeline").help(
                "give the step `token: ${{ github.token }}` and the job `permissions: actions: read`",
            ),
        ));
    };
    let repository = args.repository.clone().unwrap_or(context.repository);
    let client = Client::new(Settings::new(context.api_url.as_str(), Some(token)));
    Ok(Some(Asking { repository, client }))
}

/// The repository's name, for what nobody is asked about.
fn repository(args: &AnswerArgs, out: &Out) -> Result<String, Failure> {
    let of_job = || out.context().ok().map(|context| context.repository);
    args.repository.clone().or_else(of_job).ok_or_else(|| {
        Failure::no_answer(
            Problem::error("which repository the saved answers are of is not known")
                .help("name it with `--repository owner/name`"),
        )
    })
}

/// The answers of one run of ours, as they come in.
struct Answered<'a> {
    answers: Answers,
    folder: Option<&'a Path>,
    saved: u64,
}

impl<'a> Answered<'a> {
    fn new(folder: Option<&'a Path>) -> Self {
        Self { answers: Answers::new(), folder, saved: 0 }
    }

    /// Adds what GitHub answered, and saves it where that is asked for.
    fn add(&mut self, bodies: &[Vec<u8>]) -> Result<(), Failure> {
        for body in bodies {
            if let Some(folder) = self.folder {
                self.saved += 1;
                files::put(&folder.join(format!("{:04}.json", self.saved)), body)?;
            }
            read_answers(&mut self.answers, Foreign::from("what GitHub answers"), body)?;
        }
        Ok(())
    }
}

/// The answers of these files.
fn saved(patterns: &[String]) -> Result<Answers, Failure> {
    let mut answers = Answers::new();
    for file in found(patterns, "responses")? {
        let help = "save what GitHub's REST API answers, as `gh api --paginate` prints it";
        let bytes = read(&file, "the saved answers", help)?;
        read_answers(&mut answers, Foreign::path(&file), &bytes)?;
    }
    Ok(answers)
}

fn read_answers(answers: &mut Answers, name: Foreign, bytes: &[u8]) -> Result<(), Failure> {
    answers.read(bytes).map_err(|wrong| {
        Failure::no_answer(
            Problem::error("an answer of GitHub's REST API cannot be used")
                .at(Place::at(name, wrong.line, wrong.column))
                .label(Piece::said(&wrong))
                .help("save it again, whole; an error page is no answer"),
        )
    })
}

/// The records that these patterns mean.
pub(crate) fn records(args: &RecordArgs) -> Result<Vec<(PathBuf, Record)>, Failure> {
    let mut records = Vec::new();
    for file in found(&args.metrics, "metrics")? {
        let help = "`metrics` names what `metrics-collect` wrote: its output `metrics-path`";
        let bytes = read(&file, "the record", help)?;
        let record = MetricsDocument::read(&bytes).map_err(|error| {
            let place = match &error {
                NotARecord::Shape { place: (line, column), .. } => {
                    Place::of_json(Foreign::path(&file), &bytes, *line, *column)
                }
                NotARecord::Version(_) | NotARecord::Odd(_) => Place::file(Foreign::path(&file)),
            };
            Failure::no_answer(
                Problem::error("the record cannot be read")
                    .at(place)
                    .label(Piece::said(&error))
                    .help("have a run of the same release write it, and hand it over as it is"),
            )
        })?;
        records.push((file, record));
    }
    Ok(records)
}

fn read(path: &Path, what: &'static str, help: &'static str) -> Result<Vec<u8>, Failure> {
    system::read_whole(path, LONGEST_FILE).map_err(|failure| files::refused(&failure, what, help))
}

/// The files that patterns mean; a pattern that means none is a mistake.
fn found(patterns: &[String], input: &'static str) -> Result<Vec<PathBuf>, Failure> {
    let (files, without) = found_or_not(patterns, input)?;
    if without.is_empty() {
        Ok(files)
    } else {
        Err(Failure { cause: Cause::NoAnswer, problems: without })
    }
}

/// The files that patterns mean, and what is wrong with patterns that mean none.
fn found_or_not(
    patterns: &[String],
    input: &'static str,
) -> Result<(Vec<PathBuf>, Vec<Problem>), Failure> {
    let (mut read, mut problems) = (Vec::new(), Vec::new());
    let lines = patterns.iter().flat_map(|lines| lines.lines()).map(str::trim);
    for line in lines.filter(|line| !line.is_empty()) {
        match PathPattern::new(line) {
            Ok(pattern) => read.push(pattern),
            Err(error) => {
                let shown = Foreign::from(error.pattern.as_str());
                let problem = Problem::error(text![
                    "the pattern ",
                    shown,
                    " of `",
                    input,
                    "` cannot be read"
                ]);
                problems.push(problem.label(Piece::said(&error.why)).help(
                    "`*` and `?` stay within a directory, `**` crosses them; write `[[]` for a bracket",
                ));
            }
        }
    }
    let found = system::find(&read, &|_| true);
    let without = found.without_file.iter().filter_map(|place| read.get(*place));
    let without = without.map(|pattern| {
        let shown = Foreign::from(pattern.as_str());
        Problem::error(text!["no file is meant by ", shown, " of `", input, "`"])
            .help("paths of inputs are relative to the folder that the step runs in")
    });
    let without = without.collect();
    problems.extend(found.failures.iter().map(|failure| failure.problem("the folder")));
    if found.files.len() > MOST_FILES {
        problems.push(
            Problem::error(text!["`", input, "` means more than ", MOST_FILES, " files"])
                .help("name fewer of them"),
        );
    }
    if problems.is_empty() {
        Ok((found.files, without))
    } else {
        Err(Failure { cause: Cause::NoAnswer, problems })
    }
}
