//! Where everything that a tool says goes.
//!
//! Outputs, problems and the page are collected and told once, at the end, so that a run that
//! fails half-way leaves nothing half-written. Only progress, traces and folds appear at once.

mod hand_over;
mod outcome;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice as _};
use diagnostics::{Foreign, Level, Piece, Place, Problem, Secret, Text, text};
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::command;
use crate::escape::{plain, visible_bytes};
use crate::interface::TOKEN_INPUT;
use crate::page::Page;
use crate::runner_file::Opened;
use crate::wire::RunDocument;
use crate::{
    Answer, Context, ContextProblem, Environment, Failure, Format, Interface, Progress, excerpt,
    random,
};

/// The most that GitHub keeps of one step's summary (GitHub documentation, "Workflow commands",
/// "Step isolation and limits": 1 MiB).
const SUMMARY_LIMIT: usize = 1 << 20;

/// What a tool says, on its way to the runner, a terminal or a JSON reader.
pub struct Out {
    interface: Interface,
    environment: Environment,
    place: Destination,
    streams: Streams,
    verbose: bool,
    subcommand: String,
    outputs: BTreeMap<&'static str, String>,
    variables: BTreeMap<&'static str, String>,
    facts: BTreeMap<&'static str, String>,
    problems: Vec<Problem>,
    page: Page,
    result: Option<Box<RawValue>>,
    words: Option<Vec<u8>>,
    failed: bool,
    /// The working directory that was asked for, seen from where the run was started.
    start: PathBuf,
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "four independent questions, asked by name")]
pub(crate) struct Destination {
    /// Whether this is a step of a job, so that there are outputs to hand over.
    pub(crate) actions: bool,
    /// What standard output holds.
    pub(crate) format: Format,
    /// Whether the report goes to the step summary.
    pub(crate) summary: bool,
    /// Whether problems become annotations.
    pub(crate) annotations: bool,
    /// Whether a person watches standard error.
    pub(crate) watched: bool,
}

/// The process's two streams, or buffers in their place.
pub(crate) struct Streams {
    pub(crate) stdout: Box<dyn Write>,
    pub(crate) stderr: Box<dyn Write>,
    /// Standard output, for bytes that must arrive as they are.
    pub(crate) exact: Box<dyn Write>,
}

/// The most bytes of the output that holds all others. GitHub counts the outputs of a job together, as
/// UTF-16, and keeps 1 MiB (GitHub documentation, "Workflow syntax", `jobs.<job_id>.outputs`).
const WHOLE_LIMIT: usize = 400_000;

/// The output that holds all others; only [`Out`] sets it.
const WHOLE: &str = "json";

/// How the report is begun where there is no answer.
const FAILED: &str = "No answer";

impl Out {
    pub(crate) fn new(
        interface: Interface,
        environment: Environment,
        place: Destination,
        streams: Streams,
    ) -> Self {
        let verbose = environment.get("RUNNER_DEBUG").is_some_and(|value| value == "1");
        Self {
            interface,
            environment,
            place,
            streams,
            verbose,
            subcommand: String::new(),
            outputs: BTreeMap::new(),
            variables: BTreeMap::new(),
            facts: BTreeMap::new(),
            problems: Vec::new(),
            page: Page::new(),
            result: None,
            words: None,
            failed: false,
            start: PathBuf::new(),
        }
    }

    pub(crate) fn set_subcommand(&mut self, subcommand: String, verbose: bool) {
        self.subcommand = subcommand;
        self.verbose |= verbose;
    }

    pub(crate) fn set_start(&mut self, directory: &Path) {
        directory.clone_into(&mut self.start);
    }

    /// Sets an output. The value may hold anything: it is handed over behind a delimiter that
    /// nobody can guess. A later value replaces an earlier one.
    pub fn output(&mut self, name: &'static str, value: impl Into<String>) {
        self.outputs.insert(name, value.into());
    }

    /// Sets a variable of the environment of the job's later steps, such as `CUDA_VISIBLE_DEVICES`. Like outputs,
    /// variables are handed over at the end, and none is where there is no answer. Outside a job nothing is set.
    pub fn variable(&mut self, name: &'static str, value: impl Into<String>) {
        self.variables.insert(name, value.into());
    }

    /// Tells a problem: as an annotation in a job, as a block with its source line on a terminal.
    pub fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Tells a problem in one sentence.
    pub fn annotate(&mut self, level: Level, place: Option<Place>, say: impl FnOnce(&mut Text)) {
        let mut message = Text::new();
        say(&mut message);
        let problem = match level {
            Level::Error => Problem::error(message),
            Level::Warning => Problem::warning(message),
            Level::Notice => Problem::notice(message),
        };
        self.problem(match place {
            Some(place) => problem.at(place),
            None => problem,
        });
    }

    /// Adds to the report: the step summary in a job, the page on a terminal.
    pub fn summary(&mut self, fill: impl FnOnce(&mut Page)) {
        fill(&mut self.page);
    }

    /// Gives the tool's own document, which `--format json` prints as `result`.
    pub fn result(&mut self, document: &impl Serialize) {
        if self.place.format == Format::Json {
            // What has no JSON form is a mistake that the tests of `--format json` find.
            self.result = to_raw_value(document).ok();
        }
    }

    /// Gives what `--format args` prints: words for a shell, each quoted where it must be.
    pub fn words(&mut self, words: impl Into<Vec<u8>>) {
        self.words = Some(words.into());
    }

    /// The same words in place of the report for people, as if `--format args` were asked for. The log of a job
    /// keeps its report.
    pub fn only_words(&mut self, words: impl Into<Vec<u8>>) {
        self.words(words);
        if self.place.format == Format::Human && !self.place.actions {
            self.place.format = Format::Args;
        }
    }

    /// Where a step may leave files for later steps of its job (`RUNNER_TEMP`); nothing outside a job.
    pub fn temporary(&self) -> Option<PathBuf> {
        if !self.place.actions {
            return None;
        }
        self.environment.get("RUNNER_TEMP").map(PathBuf::from)
    }

    /// A name that no other run uses: `prefix` and 128 random bits.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn unique(&self, prefix: &str) -> Result<String, Failure> {
        let token = random::token().map_err(|_| no_random())?;
        Ok(format!("{prefix}-{token}"))
    }

    /// Runs `inside` with what it says folded under `title` in a job's log.
    ///
    /// # Errors
    /// Those of `inside`.
    pub fn group<T>(
        &mut self,
        title: &Text,
        inside: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let title = plain(title);
        self.log(&if self.place.actions { command::group(&title) } else { title });
        let result = inside(self);
        if self.place.actions {
            self.log(command::END_GROUP);
        }
        result
    }

    /// Keeps `secret` out of every log from here on.
    pub fn mask(&mut self, secret: &str) {
        if self.place.actions {
            for line in command::masks(secret) {
                self.log(&line);
            }
        }
    }

    /// The token of the input `token`, kept out of every log from here on. Nothing where none is given,
    /// or the interface takes none.
    pub fn token(&mut self) -> Option<Secret> {
        self.interface.token?;
        let given = self.environment.text(&Interface::variable(TOKEN_INPUT))?;
        // A secret that was made with a shell ends in a line break.
        let token = given.trim();
        if token.is_empty() {
            return None;
        }
        self.mask(token);
        Some(Secret::new(token))
    }

    /// Says why something is decided, to those who asked for it with `--verbose` or by re-running
    /// the job with debug logging.
    pub fn trace(&mut self, say: impl FnOnce(&mut Text)) {
        if self.verbose {
            let mut message = Text::new();
            say(&mut message);
            let message = plain(&message);
            self.log(&if self.place.actions { command::debug(&message) } else { message });
        }
    }

    /// Shows another program's words as they are, line by line, with the runner told not to obey
    /// them.
    ///
    /// # Errors
    /// When the operating system gives no random bytes to guard them with.
    pub fn quote(&mut self, foreign: &Foreign) -> Result<(), Failure> {
        let lines: Vec<String> =
            foreign.raw().split(|byte| *byte == b'\n').map(visible_bytes).collect();
        let guarded = self.guarded(&lines.join("\n"))?;
        self.log(&guarded);
        Ok(())
    }

    /// Progress towards `total` that a person at a terminal sees if it takes long.
    pub fn progress(&self, what: &'static str, total: u64) -> Progress {
        Progress::new(what, total, self.place.watched)
    }

    /// Where this job runs.
    ///
    /// # Errors
    /// When this is not a job, or a variable is not what the runner sets.
    pub fn context(&self) -> Result<Context, ContextProblem> {
        Context::of(&self.environment)
    }

    /// The folder that a variable names, such as `HOME`; nothing where it is not set.
    pub fn folder_of(&self, variable: &str) -> Option<PathBuf> {
        self.environment.get(variable).map(PathBuf::from)
    }

    /// The variables of the environment whose names are wanted. A variable with an empty value counts as
    /// not set.
    pub fn variables(&self, wants: &dyn Fn(&[u8]) -> bool) -> BTreeMap<BString, BString> {
        let bytes = |word: &OsStr| BString::from(word.as_encoded_bytes());
        let set = self.environment.iter().map(|(name, value)| (bytes(name), bytes(value)));
        set.filter(|(name, _)| wants(name)).collect()
    }

    /// Whether this is a step of a job.
    pub fn is_actions(&self) -> bool {
        self.place.actions
    }

    /// `path` as the next step knows it: it does not start in this run's working directory.
    pub fn reach(&self, path: &Path) -> PathBuf {
        self.start.join(path)
    }

    /// An argument as its user knows it: `--index`, or, where the input of an action gave it, the
    /// input `index`.
    pub fn argument(&self, name: &'static str) -> Text {
        if self.environment.get(&Interface::variable(name)).is_some() {
            return text!["input ", Foreign::from(name)];
        }
        text![Foreign::from(format!("--{name}").as_str())]
    }

    /// Tells everything and answers with the exit code.
    pub(crate) fn finish(mut self, ending: Result<Answer, Failure>) -> u8 {
        let ending = ending.and_then(|answer| self.all_outputs_set().map(|()| answer));
        let mut code = match ending {
            Ok(answer) => answer.exit_code(),
            Err(failure) => self.forget_all_but(failure),
        };
        // A file that cannot be written is found out before anything is said.
        let has_variables = self.place.actions && !self.variables.is_empty();
        let [outputs, variables] =
            [("GITHUB_OUTPUT", self.place.actions), ("GITHUB_ENV", has_variables)].map(
                |(name, is_wanted)| {
                    is_wanted.then(|| self.open(name)).transpose().unwrap_or_else(|failure| {
                        code = self.forget_all_but(failure);
                        None
                    })
                },
            );
        self.problems.sort_by_key(|problem| problem.level);
        let reach = |file: &Foreign| reached(&self.start, file);
        for place in self.problems.iter_mut().filter_map(|problem| problem.place.as_mut()) {
            place.file = reach(&place.file);
        }
        self.fill_outputs(code);
        if let Err(failure) = self.show_problems().and_then(|()| self.show_report(code)) {
            self.last_words(&failure.problems);
            code = self.forget_all_but(failure);
            self.fill_outputs(code);
        }
        self.leave_outcome(code);
        if let Err(failure) = self.hand_over(variables, outputs) {
            self.last_words(&failure.problems);
            return failure.cause.exit_code();
        }
        // The answer stands and was handed over: a report that cannot be shown does not change it.
        if self.place.actions
            && self.place.summary
            && let Err(failure) = self.write_summary()
        {
            let warning = |problem| Problem { level: Level::Warning, ..problem };
            self.last_words(&failure.problems.into_iter().map(warning).collect::<Vec<_>>());
        }
        code
    }

    /// Says on the log what comes too late for anything else.
    fn last_words(&mut self, problems: &[Problem]) {
        let title = self.interface.action.title;
        for problem in problems {
            let line = if self.place.actions {
                command::annotation(problem, title)
            } else {
                excerpt::block(problem)
            };
            self.log(&line);
        }
    }

    /// After a failure, nothing that was said before counts but its problems.
    fn forget_all_but(&mut self, failure: Failure) -> u8 {
        self.failed = true;
        self.outputs.clear();
        self.variables.clear();
        self.facts.clear();
        self.result = None;
        self.page = Page::new();
        self.page.heading(text![self.interface.action.title, ": ", FAILED]);
        self.problems.extend(failure.problems);
        failure.cause.exit_code()
    }

    /// Every declared output has a value, and `json` holds all of them.
    fn fill_outputs(&mut self, code: u8) {
        let document = RunDocument::new(self.interface.tool, code, &self.outputs, &self.problems)
            .shortened()
            .within(WHOLE_LIMIT);
        for output in self.interface.outputs {
            self.outputs.entry(output.name).or_default();
        }
        if let Some(json) = self.outputs.get_mut(WHOLE) {
            *json = document;
        }
    }

    fn show_problems(&mut self) -> Result<(), Failure> {
        let lines = if self.place.actions && self.place.annotations {
            self.annotations()
        } else {
            let blocks: Vec<String> = self.problems.iter().map(excerpt::block).collect();
            self.unobeyed(&blocks)?
        };
        for line in lines {
            self.log(&line);
        }
        Ok(())
    }

    fn annotations(&self) -> Vec<String> {
        let (annotated, left_over) = command::worth_annotating(&self.problems);
        let title = self.interface.action.title;
        let mut lines: Vec<String> =
            annotated.into_iter().map(|problem| command::annotation(problem, title)).collect();
        if left_over > 0 {
            let where_to =
                if self.place.summary { "are in the step summary" } else { "were found" };
            lines.push(plain(&text![left_over, " more problems ", where_to]));
        }
        lines
    }

    /// Blocks for a log in which the runner must find no command.
    fn unobeyed(&self, blocks: &[String]) -> Result<Vec<String>, Failure> {
        if !self.place.actions || blocks.is_empty() {
            return Ok(blocks.to_vec());
        }
        let text = blocks.join("\n");
        Ok(vec![self.guarded(&anstream::adapter::strip_str(&text).to_string())?])
    }

    fn show_report(&mut self, code: u8) -> Result<(), Failure> {
        let shown = match self.place.format {
            Format::Json => {
                // The output `json` is this document itself, without `result`.
                let mut outputs = self.outputs.clone();
                outputs.remove(WHOLE);
                let document =
                    RunDocument::new(self.interface.tool, code, &outputs, &self.problems);
                let mut line = document.with_result(self.result.as_deref()).line();
                line.push('\n');
                // The runner looks for `##[command]` anywhere in a line (actions/runner,
                // `ActionCommand.TryParse`); this is the same JSON without.
                line.replace("##[", "#\\u0023[")
            }
            Format::Github => self.outputs_block()?,
            Format::Args if self.failed => return Ok(()),
            Format::Args => match &self.words {
                Some(words) => {
                    // Names may hold what a terminal's stream would take for a colour.
                    let mut words = words.clone();
                    words.push(b'\n');
                    let stream = &mut self.streams.exact;
                    return match stream.write_all(&words).and_then(|()| stream.flush()) {
                        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                            Err(not_printed(&error))
                        }
                        Ok(()) | Err(_) => Ok(()),
                    };
                }
                None => {
                    return Err(Failure::no_answer(
                        Problem::error("this command has no words for a command line")
                            .help("`--format json` has everything that it found out"),
                    ));
                }
            },
            // On a terminal the problems have just been shown, with more than a heading says.
            Format::Human if self.failed && !self.place.actions => return Ok(()),
            Format::Human if self.place.actions => {
                let mut guarded = self.guarded(self.page.to_terminal().trim_end())?;
                guarded.push('\n');
                guarded
            }
            Format::Human => self.page.to_terminal(),
        };
        match self
            .streams
            .stdout
            .write_all(shown.as_bytes())
            .and_then(|()| self.streams.stdout.flush())
        {
            // Whoever closed the pipe has read enough, as `head` does; and a job's log is a copy.
            Err(error)
                if error.kind() != io::ErrorKind::BrokenPipe
                    && !(self.place.actions && self.place.format == Format::Human) =>
            {
                Err(not_printed(&error))
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn write_summary(&mut self) -> Result<(), Failure> {
        let mut page = self.page.clone();
        if !self.problems.is_empty() {
            page.list(self.problems.iter().map(problem_line).collect());
        }
        if page.is_empty() {
            return Ok(());
        }
        let file = self.open("GITHUB_STEP_SUMMARY")?;
        let taken = usize::try_from(file.length).unwrap_or(usize::MAX);
        file.append(&page.to_markdown(SUMMARY_LIMIT.saturating_sub(taken + 1)))
    }

    /// The text with the runner told not to obey it; outside a job, just the text.
    fn guarded(&self, text: &str) -> Result<String, Failure> {
        if !self.place.actions {
            return Ok(text.to_owned());
        }
        let token = random::token().map_err(|_| no_random())?;
        let (stop, resume) = (command::stop_commands(&token), command::resume_commands(&token));
        Ok(format!("{stop}\n{text}\n{resume}"))
    }

    /// A line that is read as the run goes on. The runner obeys either stream; standard output is
    /// kept clean for those who read it.
    fn log(&mut self, line: &str) {
        let to_stdout = self.place.actions && self.place.format == Format::Human;
        let stream = if to_stdout { &mut self.streams.stdout } else { &mut self.streams.stderr };
        // A log that nobody can read any more must not change the answer.
        let _ = writeln!(stream, "{line}").and_then(|()| stream.flush());
    }

    /// Opens the file that the runner's `variable` names.
    fn open(&self, variable: &'static str) -> Result<Opened, Failure> {
        let Some(path) = self.environment.get(variable).map(PathBuf::from) else {
            return Err(Failure::environment(
                Problem::error(text!["the runner's variable ", variable, " is not set"])
                    .help("run the step on a runner that has it, or outside of a job"),
            ));
        };
        Opened::new(variable, path)
    }
}

/// A file's name as it is known where the run was started; `-` is no file.
fn reached(start: &Path, file: &Foreign) -> Foreign {
    if start.as_os_str().is_empty() || file.raw() == b"-" {
        return file.clone();
    }
    match file.raw().to_path() {
        Ok(path) => Foreign::path(start.join(path)),
        Err(_) => file.clone(),
    }
}

fn not_printed(error: &io::Error) -> Failure {
    Failure::environment(Problem::error(text![
        "standard output cannot be written: ",
        Piece::said(error)
    ]))
}

fn no_random() -> Failure {
    Failure::environment(
        Problem::error("the operating system gives no random bytes")
            .help("without them a name could forge an output, so nothing was written"),
    )
}

/// A problem as one point of the summary's list.
fn problem_line(problem: &Problem) -> Text {
    let mut line = text![command::word(problem.level), ": "];
    line.append(problem.message.clone());
    if let Some(place) = &problem.place {
        line.text(" at ").foreign(place.file.clone());
        if let Some(number) = place.line {
            line.text(" line ").number(number);
        }
        if let Some(column) = place.column {
            line.text(" column ").number(column);
        }
    }
    if let Some(label) = &problem.label {
        line.text(": ").append(label.clone());
    }
    if let Some(help) = &problem.help {
        line.text("; help: ").append(help.clone());
    }
    line
}

#[cfg(test)]
mod tests;
