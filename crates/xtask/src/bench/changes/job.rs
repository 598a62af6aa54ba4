//! A step of a job: the variables and files that GitHub's runner gives it, and the outputs it leaves.
//!
//! Sources: GitHub documentation, "Variables reference" (default environment variables), "Workflow
//! commands" (environment files: `NAME<<DELIMITER`), "Webhook events and payloads" (`push`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::place::Place;

/// A push from one commit to another.
pub(crate) struct Push {
    pub(crate) before: String,
    pub(crate) after: String,
}

impl Push {
    pub(crate) fn new(
        place: &Place,
        repository: &Path,
        before: &str,
        after: &str,
    ) -> anyhow::Result<Self> {
        let id = |name: &str| place.asked(repository, &["rev-parse", name]);
        Ok(Self { before: id(before)?, after: id(after)? })
    }

    /// `command` as a step of the push's job; outputs of earlier steps are gone.
    pub(crate) fn step(&self, place: &Place, mut command: Command) -> anyhow::Result<Command> {
        let job = place.at("job");
        let (before, after) = (&self.before, &self.after);
        let zeros = "0".repeat(40);
        let payload = format!(
            r#"{{"ref":"refs/heads/main","before":"{before}","after":"{after}","base_ref":null,
            "created":{},"deleted":false,"forced":false,"head_commit":{{"id":"{after}"}},
            "repository":{{"default_branch":"main","master_branch":"main"}}}}"#,
            *before == zeros
        );
        fs::write(job.join("event.json"), payload)?;
        for name in ["output", "summary", "state"] {
            fs::write(job.join(name), "")?;
        }
        let workspace = command.get_current_dir().context("no folder")?.to_owned();
        command.env("GITHUB_WORKSPACE", workspace).env("RUNNER_TEMP", &job);
        for (name, file) in [
            ("GITHUB_EVENT_PATH", "event.json"),
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("GITHUB_STATE", "state"),
        ] {
            command.env(name, job.join(file));
        }
        command.env("GITHUB_SHA", after).envs([
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REF", "refs/heads/main"),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_REPOSITORY", "bench/made"),
            ("GITHUB_RUN_ID", "1"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_JOB", "changes"),
            ("GITHUB_API_URL", "https://api.github.invalid"),
            ("GITHUB_SERVER_URL", "https://github.invalid"),
        ]);
        Ok(command)
    }

    /// The comparison that both ends are for, as plain git makes it.
    pub(crate) fn floor(&self, place: &Place, repository: &Path) -> Command {
        place.git(
            repository,
            &["diff", "-z", "--name-status", "--no-renames", &self.before, &self.after],
        )
    }
}

/// The outputs of the last step.
pub(crate) fn outputs(place: &Place) -> anyhow::Result<BTreeMap<String, String>> {
    Ok(read(&fs::read_to_string(place.at("job/output"))?))
}

fn read(text: &str) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((name, delimiter)) = line.split_once("<<") else { continue };
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        outputs.insert(name.to_owned(), value.join("\n"));
    }
    outputs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_what_stands_between_their_delimiters() {
        let outputs = read("a<<x1\n[1]\nx1\nb<<x2\nx2\n\nc<<x3\none\ntwo\nx3\n");
        let wanted = [("a", "[1]"), ("b", ""), ("c", "one\ntwo")];
        let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(outputs, BTreeMap::from(wanted));
    }
}
