//! The line that every run leaves for those who measure the pipeline: who ran, how it ended, what it found out.
//!
//! Nothing depends on it. It is one small file in the runner's folder for temporary files, without a clock,
//! and a run whose line cannot be written ends as it would have.

use std::fs::OpenOptions;
use std::io::Write as _;

use crate::wire::OutcomeDocument;

use super::Out;
use crate::random;

/// The folder below `RUNNER_TEMP` in which the lines of a job lie, a file each.
const FOLDER: &str = "signalbox-metrics";

impl Out {
    /// Notes something for those who measure the pipeline, which no output says. Of the outputs, those that are
    /// a number, a word or a list of words are noted without being asked for.
    pub fn fact(&mut self, name: &'static str, value: impl Into<String>) {
        self.facts.insert(name, value.into());
    }

    /// Leaves the line. It never fails, and says nothing.
    pub(super) fn leave_outcome(&self, code: u8) {
        let Some(folder) = self.temporary().map(|folder| folder.join(FOLDER)) else { return };
        let Ok(token) = random::token() else { return };
        let job = self.environment.text("GITHUB_JOB");
        let attempt = self.environment.text("GITHUB_RUN_ATTEMPT").and_then(|it| it.parse().ok());
        let document = OutcomeDocument::new(self.interface.tool, &self.subcommand, code)
            .within(job, attempt)
            .with_facts(&self.facts)
            .with_outputs(&self.outputs);
        let path = folder.join(format!("{}-{token}.json", self.interface.tool));
        #[expect(clippy::disallowed_methods, reason = "this is how a step talks to a later one")]
        let opened = std::fs::create_dir_all(&folder)
            .and_then(|()| OpenOptions::new().write(true).create_new(true).open(&path));
        if let Ok(mut file) = opened {
            let _ = file.write_all(document.line().as_bytes());
        }
    }
}
