//! What `probe` found, version 1, as `--format json` says it.

use placement::probe::Probed;
use placement::{Expectation, own_labels};
use serde::Serialize;

use super::{DoubtDocument, FailureDocument, MachineDocument};
use crate::tell::note;

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// What a machine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProbeFile {
    version: u32,
    /// Its facts, as a fleet file takes them.
    machine: MachineDocument,
    /// The labels that are true of it.
    labels: Vec<String>,
    /// The CUDA toolkit that is installed.
    toolkit: Option<String>,
    /// What else is to be said, in words.
    notes: Vec<String>,
    /// Whether it is what a job expects.
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<ExpectationDocument>,
}

/// Whether a machine is what a job was matched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExpectationDocument {
    job: String,
    /// Which of the job's options it is, from 0; null if none.
    option: Option<usize>,
    /// What it lacks for each option, where it is none.
    options: Vec<OptionDocument>,
    /// The number of the error that a CUDA program dies of on such a machine, whatever it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<u16>,
    /// For `CUDA_VISIBLE_DEVICES`.
    #[serde(skip_serializing_if = "Option::is_none")]
    cuda_visible_devices: Option<Vec<String>>,
    /// For `ROCR_VISIBLE_DEVICES`.
    #[serde(skip_serializing_if = "Option::is_none")]
    rocr_visible_devices: Option<Vec<String>>,
}

/// What a machine lacks for one option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct OptionDocument {
    failed: Vec<FailureDocument>,
    unknown: Vec<DoubtDocument>,
}

impl ExpectationDocument {
    /// As it is written.
    pub fn new(job: &str, expectation: &Expectation) -> Self {
        let job = job.to_owned();
        match expectation {
            Expectation::Met { option, visible } => Self {
                job,
                option: Some(*option),
                options: Vec::new(),
                error: None,
                cuda_visible_devices: visible.cuda.clone(),
                rocr_visible_devices: visible.rocr.clone(),
            },
            Expectation::NotMet { judgements, error } => Self {
                job,
                option: None,
                options: judgements
                    .iter()
                    .map(|judgement| OptionDocument {
                        failed: judgement.failed.iter().map(FailureDocument::new).collect(),
                        unknown: judgement.doubts.iter().map(DoubtDocument::new).collect(),
                    })
                    .collect(),
                error: error.map(|error| error.number),
                cuda_visible_devices: None,
                rocr_visible_devices: None,
            },
        }
    }
}

impl ProbeFile {
    /// As it is written.
    pub fn new(probed: &Probed, expected: Option<ExpectationDocument>) -> Self {
        Self {
            version: VERSION,
            machine: MachineDocument::new(&probed.machine),
            labels: own_labels(&probed.machine).into_iter().collect(),
            toolkit: probed.toolkit.map(|version| version.to_string()),
            notes: probed.notes.iter().map(|it| note(it).unescaped()).collect(),
            expected,
        }
    }

    /// The machine's facts.
    pub(crate) fn machine(&self) -> &MachineDocument {
        &self.machine
    }
}
