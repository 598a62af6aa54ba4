//! Where a run happens: repository, commit, run and attempt, as the runner's variables tell.
//!
//! Source: GitHub documentation, "Variables reference", "Default environment variables".

use std::path::PathBuf;

use diagnostics::{Foreign, Problem, text};
use repo_model::CommitId;

use crate::Environment;

/// The facts of a job in GitHub Actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The commit that the run is about: for a pull request its test merge, not its head.
    pub commit: CommitId,
    /// The full ref of the run, `refs/pull/7/merge`.
    pub ref_name: String,
    /// The run's id, the same for all attempts.
    pub run_id: u64,
    /// Which attempt of the run this is, from 1.
    pub run_attempt: u64,
    /// The id of the job in its workflow.
    pub job: String,
    /// The event's name.
    pub event_name: String,
    /// The file with the event's payload.
    pub event_path: PathBuf,
    /// Where the repository is checked out.
    pub workspace: PathBuf,
    /// The address of the REST API.
    pub api_url: String,
    /// The address of the web pages.
    pub server_url: String,
}

/// Which of the runner's variables could not be understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the variable `{variable}` is {found:?}: expected {wanted}")]
pub struct ContextProblem {
    /// Its name.
    pub variable: &'static str,
    /// Its value, if there is any.
    pub found: Option<Foreign>,
    /// What it should be.
    pub wanted: &'static str,
}

impl ContextProblem {
    /// The problem to tell.
    pub fn problem(&self) -> Problem {
        let mut message = text!["the variable `", self.variable];
        match &self.found {
            Some(found) => message.text("` is ").foreign(found.clone()),
            None => message.text("` is not set"),
        };
        message.text(": expected ").text(self.wanted);
        Problem::error(message).help("the runner sets it; a step that unsets it must not")
    }
}

impl Context {
    /// The context that the variables describe.
    ///
    /// # Errors
    /// When a variable is missing or is not what the runner writes.
    pub fn of(environment: &Environment) -> Result<Self, ContextProblem> {
        let text = |variable| {
            environment.text(variable).ok_or(ContextProblem {
                variable,
                found: None,
                wanted: "a text",
            })
        };
        Ok(Self {
            repository: text("GITHUB_REPOSITORY")?,
            commit: parsed(environment, "GITHUB_SHA", "a commit id")?,
            ref_name: text("GITHUB_REF")?,
            run_id: parsed(environment, "GITHUB_RUN_ID", "a number")?,
            run_attempt: parsed(environment, "GITHUB_RUN_ATTEMPT", "a number")?,
            job: text("GITHUB_JOB")?,
            event_name: text("GITHUB_EVENT_NAME")?,
            event_path: text("GITHUB_EVENT_PATH")?.into(),
            workspace: text("GITHUB_WORKSPACE")?.into(),
            api_url: text("GITHUB_API_URL")?,
            server_url: text("GITHUB_SERVER_URL")?,
        })
    }
}

fn parsed<T: std::str::FromStr>(
    environment: &Environment,
    variable: &'static str,
    wanted: &'static str,
) -> Result<T, ContextProblem> {
    let found = environment.text(variable);
    let value = found.as_deref().and_then(|text| text.parse().ok());
    value.ok_or_else(|| ContextProblem {
        variable,
        found: found.as_deref().map(Foreign::from),
        wanted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Vec<(&'static str, &'static str)> {
        vec![
            ("GITHUB_REPOSITORY", "org/mono"),
            ("GITHUB_SHA", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
            ("GITHUB_REF", "refs/pull/7/merge"),
            ("GITHUB_RUN_ID", "123"),
            ("GITHUB_RUN_ATTEMPT", "2"),
            ("GITHUB_JOB", "test"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_PATH", "/e.json"),
            ("GITHUB_WORKSPACE", "/w"),
            ("GITHUB_API_URL", "https://api.github.com"),
            ("GITHUB_SERVER_URL", "https://github.com"),
        ]
    }

    #[test]
    fn a_job_knows_its_run_and_attempt() {
        let context = Context::of(&variables().into_iter().collect()).unwrap();
        assert_eq!((context.run_id, context.run_attempt), (123, 2));
    }

    #[test]
    fn each_missing_variable_is_named() {
        for (missing, _) in variables() {
            let rest = variables().into_iter().filter(|(name, _)| *name != missing);
            let problem = Context::of(&rest.collect()).unwrap_err();
            assert_eq!((problem.variable, problem.found), (missing, None));
        }
    }

    #[test]
    fn an_attempt_that_is_no_number_is_shown() {
        let odd = variables().into_iter().chain([("GITHUB_RUN_ATTEMPT", "two")]);
        let problem = Context::of(&odd.collect()).unwrap_err();
        assert_eq!(
            (problem.variable, problem.found),
            ("GITHUB_RUN_ATTEMPT", Some(Foreign::from("two")))
        );
    }
}
