//! act's log (`--json`): one JSON object a line, with the job, the matrix, the step and sometimes
//! a result.
//!
//! What act understood of files (outputs, summaries) is told whole. What a step printed is not:
//! the last lines of a step that ends at once can be missing, seen in 1 of 8 runs with act 0.2.89.
//! So a test may rely on outputs, summaries and results, and never on a line of a step's log.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line(Map<String, Value>);

impl Line {
    /// The line, if it is one of the log.
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The line as it was.
    pub fn json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The id of the job in the workflow; empty for a line of act itself.
    pub fn job(&self) -> &str {
        self.text("jobID")
    }

    /// The ids of the step and, in a composite action, of the steps in it.
    fn step(&self) -> Vec<&str> {
        let ids = self.0.get("stepID").and_then(Value::as_array);
        ids.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The job's matrix.
    fn matrix(&self) -> BTreeMap<String, Value> {
        let matrix = self.0.get("matrix").and_then(Value::as_object);
        matrix.into_iter().flatten().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// How the job ended, on the line that tells it.
    pub fn ending(&self) -> Option<Ending> {
        if self.text("msg").contains("Skipping unsupported platform") {
            return Some(Ending::NoRunner);
        }
        match self.text("jobResult") {
            "" => None,
            "success" => Some(Ending::Success),
            "failure" => Some(Ending::Failure),
            other => Some(Ending::Other(other.to_owned())),
        }
    }

    /// The name of the job with its matrix, as act shows it.
    pub fn job_name(&self) -> &str {
        let name = self.text("job").trim_end();
        name.split_once('/').map_or(name, |(_, name)| name)
    }
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Every step succeeded.
    Success,
    /// A step failed.
    Failure,
    /// It never ran: no runner has the label. act's exit code is 0.
    NoRunner,
    /// It began, and the log does not say how it ended.
    Unknown,
    /// A word that this driver does not know.
    Other(String),
}

/// One job, or one leg of a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its id in the workflow.
    pub id: String,
    /// The name of the workflow that was called for it; empty where it is one of the run's own.
    pub called: String,
    /// Its values of the matrix.
    pub matrix: BTreeMap<String, Value>,
    /// How it ended. In a matrix act has one result for all legs: once one has failed, each that
    /// ends after it is told to have failed.
    pub ending: Ending,
    /// Its steps that failed, which only this leg's own can be.
    pub failed_steps: Vec<String>,
}

/// A problem that a step told: `::error::...`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Annotation {
    /// `error`, `warning` or `notice`.
    pub level: String,
    /// What it says.
    pub message: String,
}

/// What the log of a whole run tells.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// act's exit code: not to be believed.
    pub exit: Option<i32>,
    /// act's standard error.
    pub said: String,
    /// The jobs and legs that act began or refused, in the order of their names. A job that was
    /// left out because of its `if:` is not among them.
    jobs: BTreeMap<String, Job>,
    outputs: Vec<(String, Vec<String>, String, String)>,
    summaries: Vec<(String, String)>,
    inner_summaries: Vec<(String, String)>,
    inner_steps: Vec<(String, Vec<String>)>,
    annotations: Vec<Annotation>,
    /// The jobs that call a workflow.
    calls: Vec<String>,
}

impl Log {
    /// The name of the workflow that was called for a job: behind the name of the job that calls it.
    fn called(&self, line: &Line) -> String {
        let mut parts = line.text("job").splitn(3, '/');
        let (call, called, job) = (parts.next(), parts.next(), parts.next());
        let is_called =
            job.is_some() && call.is_some_and(|call| self.calls.iter().any(|it| it == call));
        called.filter(|_| is_called).unwrap_or_default().to_owned()
    }

    pub(super) fn add(&mut self, line: &Line) {
        // A job that calls a workflow has no steps, and tells nothing but where that is.
        let is_call =
            line.step().is_empty() && line.text("msg").starts_with("LocalRepositoryCache");
        if is_call {
            self.calls.push(line.job_name().to_owned());
        }
        if line.job().is_empty() || is_call {
            return;
        }
        let called = self.called(line);
        let is_called = !called.is_empty();
        let began = || Job {
            id: line.job().to_owned(),
            called,
            matrix: line.matrix(),
            ending: Ending::Unknown,
            failed_steps: Vec::new(),
        };
        // Two jobs may call one workflow.
        let name = if is_called { line.text("job").trim_end() } else { line.job_name() };
        let job = self.jobs.entry(name.to_owned()).or_insert_with(began);
        if let Some(ending) = line.ending() {
            job.ending = ending;
        }
        let step = line.step();
        if step.len() == 1 && line.text("stepResult") == "failure" {
            job.failed_steps.push(line.text("step").to_owned());
        }
        if step.len() > 1 && !line.text("stepResult").is_empty() {
            let ids = step.iter().map(|id| (*id).to_owned()).collect();
            self.inner_steps.push((line.job().to_owned(), ids));
        }
        match line.text("command") {
            "set-output" => self.outputs.push((
                line.job().to_owned(),
                step.into_iter().map(str::to_owned).collect(),
                line.text("name").to_owned(),
                line.text("arg").to_owned(),
            )),
            // A composite action tells its summary once for the step in it and once for itself.
            "summary" if step.len() == 1 => {
                self.summaries.push((line.job().to_owned(), line.text("content").to_owned()));
            }
            "summary" => {
                self.inner_summaries.push((line.job().to_owned(), line.text("content").to_owned()));
            }
            level @ ("error" | "warning" | "notice") => self
                .annotations
                .push(Annotation { level: level.to_owned(), message: line.text("arg").to_owned() }),
            _ => {}
        }
    }

    /// The jobs and legs, in the order of their names.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    /// The legs of the job `id`.
    pub fn legs(&self, id: &str) -> Vec<&Job> {
        self.jobs().filter(|job| job.id == id).collect()
    }

    /// The legs of the job `id` in which a step failed.
    pub fn failed_legs(&self, id: &str) -> Vec<&Job> {
        let mut legs = self.legs(id);
        legs.retain(|leg| !leg.failed_steps.is_empty());
        legs
    }

    /// The outputs of the step `step` in the job `job`, with the legs of a matrix thrown together.
    pub fn outputs(&self, job: &str, step: &str) -> BTreeMap<&str, &str> {
        let of_step = self.outputs.iter().filter(|(of, ids, ..)| of == job && *ids == [step]);
        of_step.map(|(_, _, name, value)| (name.as_str(), value.as_str())).collect()
    }

    /// The step summaries of a job, in order.
    pub fn summaries(&self, job: &str) -> Vec<&str> {
        let of_job = self.summaries.iter().filter(|(of, _)| of == job);
        of_job.map(|(_, content)| content.as_str()).collect()
    }

    /// The summaries of the steps inside of composite actions, in order: where there are several, act tells
    /// the action's own of the last one, or of none.
    pub fn inner_summaries(&self, job: &str) -> Vec<&str> {
        let of_job = self.inner_summaries.iter().filter(|(of, _)| of == job);
        of_job.map(|(_, content)| content.as_str()).collect()
    }

    /// The ids of the steps that ran inside of the composite action `step` of a job, in order. One whose
    /// `if:` said no is not among them.
    pub fn inner_steps(&self, job: &str, step: &str) -> Vec<&str> {
        let of_step = self.inner_steps.iter().filter(|(of, _)| of == job);
        of_step
            .filter_map(|(_, ids)| match ids.as_slice() {
                [outer, inner] if outer == step => Some(inner.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The annotations. Some can be missing.
    pub fn annotations(&self) -> &[Annotation] {
        &self.annotations
    }

    /// What is wrong if the run was to be these jobs, each with so many legs, all green. Empty
    /// when nothing is.
    pub fn wrongs(&self, wanted: &[(&str, usize)]) -> Vec<String> {
        let mut wrongs = Vec::new();
        for (id, count) in wanted {
            let legs = self.legs(id);
            if legs.len() != *count {
                wrongs.push(format!("{id}: {} of {count} legs ran", legs.len()));
            }
        }
        for (name, job) in &self.jobs {
            if !wanted.iter().any(|(id, _)| *id == job.id) {
                wrongs.push(format!("{name}: not expected"));
            }
            match &job.ending {
                Ending::Success => {}
                Ending::Failure => wrongs.push(format!("{name}: failed")),
                Ending::NoRunner => {
                    wrongs.push(format!("{name}: never ran, no runner has its label"));
                }
                Ending::Unknown => wrongs.push(format!("{name}: no result")),
                Ending::Other(word) => wrongs.push(format!("{name}: ended as `{word}`")),
            }
        }
        wrongs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(lines: &[&str]) -> Log {
        let mut log = Log::default();
        for line in lines {
            log.add(&Line::parse(line).unwrap());
        }
        log
    }

    const LEG: &str = r#"{"job":"t.yml/test 1/2-1 ","jobID":"test","jobResult":"success","matrix":{"index":0},"msg":"Job succeeded"}"#;

    #[test]
    fn a_green_run_has_every_leg() {
        let log = log(&[LEG]);
        assert_eq!(log.wrongs(&[("test", 1)]), Vec::<String>::new());
        assert_eq!(log.wrongs(&[("test", 2)]), ["test: 1 of 2 legs ran"]);
        assert_eq!(log.wrongs(&[]), ["test 1/2-1: not expected"]);
        assert_eq!(log.legs("test")[0].matrix["index"], 0);
    }

    #[test]
    fn a_job_of_a_called_workflow_is_told_from_one_with_a_slash_in_its_name() {
        let call = r#"{"job":"ci/rust","jobID":"rust","msg":"LocalRepositoryCache matched x"}"#;
        let called = LEG.replace("t.yml/test 1/2-1", "rust/pipeline/test 1/2-1");
        let log = log(&[call, &called, LEG]);
        let called: Vec<&str> = log.jobs().map(|job| job.called.as_str()).collect();
        assert_eq!(called, ["pipeline", ""]);
    }

    #[test]
    fn a_job_that_never_ran_is_not_green() {
        let log = log(&[
            r#"{"job":"t.yml/never","jobID":"never","msg":"🚧  Skipping unsupported platform -- Try running with `-P gpu=...`"}"#,
            r#"{"job":"t.yml/cut","jobID":"cut","msg":"Run"}"#,
        ]);
        assert_eq!(
            log.wrongs(&[("never", 1), ("cut", 1)]),
            ["cut: no result", "never: never ran, no runner has its label"]
        );
    }

    #[test]
    fn a_leg_that_ends_after_a_failed_one_has_not_failed() {
        let failed = LEG.replace("success", "failure");
        let step = r#"{"job":"t.yml/test 1/2-1 ","jobID":"test","step":"Run it","stepID":["5"],"stepResult":"failure"}"#;
        let other = failed.replace("1/2-1", "2/2-2");
        let log = log(&[step, &failed, &other]);
        assert_eq!(log.legs("test").len(), 2);
        let legs = log.failed_legs("test");
        assert_eq!(legs.len(), 1);
        assert_eq!(legs[0].failed_steps, ["Run it"]);
    }

    #[test]
    fn the_steps_of_an_action_are_those_that_ran() {
        let log = log(&[
            r#"{"job":"t.yml/a","jobID":"a","msg":"Run","stepID":["p","s"]}"#,
            r#"{"job":"t.yml/a","jobID":"a","stepID":["p","s"],"stepResult":"success"}"#,
            r#"{"job":"t.yml/a","jobID":"a","stepID":["q","t"],"stepResult":"failure"}"#,
            r#"{"job":"t.yml/a","jobID":"a","stepID":["p"],"stepResult":"success"}"#,
        ]);
        assert_eq!(log.inner_steps("a", "p"), ["s"]);
        assert_eq!(log.inner_steps("a", "q"), ["t"]);
        assert_eq!(log.inner_steps("b", "p"), Vec::<&str>::new());
    }

    #[test]
    fn outputs_and_summaries_are_those_of_the_step_itself() {
        let log = log(&[
            r#"{"job":"t.yml/a","jobID":"a","command":"set-output","name":"inner","arg":"1","stepID":["p","s"]}"#,
            r#"{"job":"t.yml/a","jobID":"a","command":"set-output","name":"n","arg":"2","stepID":["p"]}"#,
            r##"{"job":"t.yml/a","jobID":"a","command":"summary","content":"# x","stepID":["p","s"]}"##,
            r##"{"job":"t.yml/a","jobID":"a","command":"summary","content":"# x","stepID":["p"]}"##,
        ]);
        assert_eq!(log.outputs("a", "p"), BTreeMap::from([("n", "2")]));
        assert_eq!(log.summaries("a"), ["# x"]);
    }
}
