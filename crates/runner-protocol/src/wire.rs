//! The JSON document of a run, as `--format json` prints it and the output `json` holds it.
//!
//! What leaves the process lives here: a change of a name is a breaking change of the suite.

mod outcome;

use std::collections::BTreeMap;

use diagnostics::Problem;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::command;
use crate::escape::{bare, visible_bytes};

pub(crate) use outcome::OutcomeDocument;

/// The version of this document's shape.
const VERSION: u32 = 1;

/// How many problems the output `json` holds; one has about 300 bytes.
const MOST_PROBLEMS: usize = 200;

/// A run, as one JSON object.
#[derive(Serialize)]
pub(crate) struct RunDocument<'a> {
    version: u32,
    tool: &'a str,
    exit_code: u8,
    outputs: BTreeMap<&'static str, &'a str>,
    problems: Vec<ProblemDocument>,
    /// Which outputs are too long to stand here as well; only in the output `json`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outputs_left_out: Vec<&'static str>,
    /// How many problems are not in the list; only in the output `json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    problems_left_out: Option<usize>,
    /// The tool's own document; only on standard output.
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
}

/// A problem, as one JSON object. Text is one line each; what cannot be seen is escaped.
#[derive(Serialize)]
struct ProblemDocument {
    level: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl<'a> RunDocument<'a> {
    pub(crate) fn new(
        tool: &'a str,
        exit_code: u8,
        outputs: &'a BTreeMap<&'static str, String>,
        problems: &[Problem],
    ) -> Self {
        let problems = problems.iter().map(ProblemDocument::of).collect();
        Self {
            version: VERSION,
            tool,
            exit_code,
            outputs: outputs.iter().map(|(name, value)| (*name, value.as_str())).collect(),
            problems,
            outputs_left_out: Vec::new(),
            problems_left_out: None,
            result: None,
        }
    }

    /// Keeps the first problems only, the worst of them: an output has to stay below 1 MiB.
    pub(crate) fn shortened(mut self) -> Self {
        let left_out = self.problems.len().saturating_sub(MOST_PROBLEMS);
        self.problems.truncate(MOST_PROBLEMS);
        self.problems_left_out = (left_out > 0).then_some(left_out);
        self
    }

    pub(crate) fn with_result(mut self, result: Option<&'a RawValue>) -> Self {
        self.result = result;
        self
    }

    /// The document on one line of at most about `limit` bytes: the longest outputs, which stand by
    /// themselves as well, are named instead of repeated.
    pub(crate) fn within(mut self, limit: usize) -> String {
        loop {
            let line = self.line();
            let longest = self.outputs.iter().max_by_key(|(_, value)| value.len());
            let Some((name, _)) = longest.map(|(name, value)| (*name, value.len())) else {
                return line;
            };
            if line.len() <= limit {
                return line;
            }
            self.outputs.remove(name);
            self.outputs_left_out.push(name);
            self.outputs_left_out.sort_unstable();
        }
    }

    /// The document on one line.
    pub(crate) fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|error| {
            // Strings, numbers and maps with text keys always have a JSON form.
            unreachable!("a run is always JSON: {error}")
        })
    }
}

impl ProblemDocument {
    fn of(problem: &Problem) -> Self {
        let place = problem.place.as_ref();
        Self {
            level: command::word(problem.level),
            message: bare(&problem.message),
            file: place.map(|place| visible_bytes(place.file.raw())),
            line: place.and_then(|place| place.line),
            column: place.and_then(|place| place.column),
            label: problem.label.as_ref().map(bare),
            help: problem.help.as_ref().map(bare),
        }
    }
}
