//! Where a run happens: repository, commit, run and attempt, as the runner's variables tell.
//!
//! Source: GitHub documentation, "Variables reference", "Default environment variables".

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;

use diagnostics::{Foreign, Piece, Place, Problem, text};
use repo_model::CommitId;

use crate::{Environment, Event, Failure};

/// The largest payload that is read. GitHub caps payloads at 25 MB (GitHub documentation, "Webhook
/// events and payloads", "Payload cap").
const LARGEST_PAYLOAD: u64 = 64 << 20;

/// The facts of a job in GitHub Actions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The commit that the run is about (`GITHUB_SHA`): for `pull_request` its test merge, not its
    /// head; for `pull_request_target` the default branch's, nothing of the pull request.
    pub commit: CommitId,
    /// The full ref of the run (`GITHUB_REF`): `refs/heads/main`, `refs/pull/7/merge`.
    pub full_ref: String,
    /// The run's id, the same for all attempts.
    pub run_id: u64,
    /// Which attempt of the run this is, from 1.
    pub run_attempt: u64,
    /// The workflow that the run is of (`GITHUB_WORKFLOW_REF`):
    /// `owner/name/.github/workflows/ci.yml@refs/heads/main`. Of a reusable workflow it is the caller.
    /// Nothing where the runner does not say it.
    pub workflow_ref: Option<String>,
    /// The id of the job in its workflow.
    pub job: String,
    /// Who started the run; nothing where the runner does not say it.
    pub actor: Option<String>,
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
        Problem::error(message)
            .help("the runner sets it for every step; see which step or shell changes it")
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
                wanted: "what the runner sets",
            })
        };
        Ok(Self {
            repository: text("GITHUB_REPOSITORY")?,
            commit: parsed(environment, "GITHUB_SHA", "a commit id")?,
            full_ref: text("GITHUB_REF")?,
            run_id: parsed(environment, "GITHUB_RUN_ID", "a number")?,
            run_attempt: parsed(environment, "GITHUB_RUN_ATTEMPT", "a number")?,
            workflow_ref: environment.text("GITHUB_WORKFLOW_REF"),
            job: text("GITHUB_JOB")?,
            actor: environment.text("GITHUB_ACTOR"),
            event_name: text("GITHUB_EVENT_NAME")?,
            event_path: text("GITHUB_EVENT_PATH")?.into(),
            workspace: text("GITHUB_WORKSPACE")?.into(),
            api_url: text("GITHUB_API_URL")?,
            server_url: text("GITHUB_SERVER_URL")?,
        })
    }

    /// What the pages of the repository's commits begin with.
    pub fn commit_url(&self) -> String {
        format!("{}/{}/commit/", self.server_url, self.repository)
    }

    /// The page of the run.
    pub fn run_url(&self) -> String {
        format!("{}/{}/actions/runs/{}", self.server_url, self.repository, self.run_id)
    }

    /// The name of the workflow's file below `.github/workflows`, by which the API knows it; nothing where
    /// the runner does not say it, or where the workflow is another repository's, as one that an
    /// organisation requires is.
    pub fn workflow_file(&self) -> Option<&str> {
        let path = self.workflow_ref.as_deref()?.strip_prefix(self.repository.as_str())?;
        let named = path.strip_prefix("/.github/workflows/")?;
        // A ref is written in full, and the name of a file has no slash.
        let (file, _) = named.split_once("@refs/").or_else(|| named.rsplit_once('@'))?;
        Some(file).filter(|file| !file.is_empty() && !file.contains('/'))
    }

    /// The event that started the workflow, with the facts of its payload.
    ///
    /// # Errors
    /// When the payload of an event that we know cannot be read, or lacks what it promises: an
    /// event that is not understood is never an event without changes.
    pub fn event(&self) -> Result<Event, Failure> {
        if !Event::NAMES.contains(&self.event_name.as_str()) {
            return Ok(Event::Other(Foreign::from(self.event_name.as_str())));
        }
        let file = Foreign::path(&self.event_path);
        let payload = self.payload().map_err(|error| {
            let name = Foreign::from(self.event_name.as_str());
            let problem = Problem::error(text![
                "the payload of the event ",
                name,
                " cannot be read"
            ])
            .at(Place::file(file.clone()))
            .label(Piece::said(&error))
            .help("the runner writes it to the file of GITHUB_EVENT_PATH before the first step");
            Failure::environment(problem)
        })?;
        Event::read(&self.event_name, &payload)
            .map_err(|error| Failure::no_answer(error.problem(&file)))
    }

    /// The default branch of the repository, as the payload of whatever event says; nothing where it does
    /// not say, or cannot be read.
    ///
    /// Source: GitHub documentation, "Webhook events and payloads": every payload that starts a workflow has
    /// `repository`.
    pub fn default_branch(&self) -> Option<String> {
        Some(self.of_repository("default_branch")?.as_str()?.to_owned())
    }

    /// Whether everybody may see the repository, as the payload says; nothing where it does not say, or cannot
    /// be read.
    pub fn is_public(&self) -> Option<bool> {
        Some(!self.of_repository("private")?.as_bool()?)
    }

    fn of_repository(&self, key: &str) -> Option<serde_json::Value> {
        let payload = self.payload().ok()?;
        let bytes = payload.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&payload);
        let payload: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        payload.get("repository")?.get(key).cloned()
    }

    fn payload(&self) -> io::Result<Vec<u8>> {
        #[expect(clippy::disallowed_methods, reason = "this is how the runner talks to a step")]
        let mut file = File::open(&self.event_path)?.take(LARGEST_PAYLOAD + 1);
        let mut payload = Vec::new();
        file.read_to_end(&mut payload)?;
        if file.limit() == 0 { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(payload) }
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
    use testkit::Scratch;

    use super::*;
    use crate::{Cause, Schedule};

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

    #[track_caller]
    fn check_workflow(workflow_ref: Option<&str>, wanted: Option<&str>) {
        let named = workflow_ref.map(|value| ("GITHUB_WORKFLOW_REF", value));
        let context = Context::of(&variables().into_iter().chain(named).collect()).unwrap();
        assert_eq!(context.workflow_file(), wanted, "{workflow_ref:?}");
    }

    #[test]
    fn a_workflow_is_known_by_its_file() {
        check_workflow(Some("org/mono/.github/workflows/ci.yml@refs/heads/main"), Some("ci.yml"));
        check_workflow(Some("org/mono/.github/workflows/a@b.yml@refs/heads/c@d"), Some("a@b.yml"));
        check_workflow(Some("org/mono/.github/workflows/ci.yml@0123abcd"), Some("ci.yml"));
        check_workflow(Some("org/rules/.github/workflows/ci.yml@refs/heads/main"), None);
        check_workflow(Some("org/mono-x/.github/workflows/ci.yml@refs/heads/main"), None);
        check_workflow(Some("org/mono/.github/workflows/../x/ci.yml@refs/heads/main"), None);
        check_workflow(Some("org/mono/ci.yml@refs/heads/main"), None);
        check_workflow(Some("org/mono/.github/workflows/ci.yml"), None);
        check_workflow(Some("org/mono/.github/workflows/@refs/heads/main"), None);
        check_workflow(Some(""), None);
        check_workflow(None, None);
    }

    #[track_caller]
    fn event(name: &str, payload: Option<&[u8]>) -> Result<Event, Failure> {
        let scratch = Scratch::new();
        let path = scratch.at("event.json");
        if let Some(payload) = payload {
            scratch.write("event.json", payload);
        }
        let context = Context {
            event_name: name.to_owned(),
            event_path: path,
            ..Context::of(&variables().into_iter().collect()).unwrap()
        };
        context.event()
    }

    #[test]
    fn the_event_is_read_from_the_runners_file() {
        let read = event("schedule", Some(br#"{"schedule": "0 3 * * *"}"#)).unwrap();
        assert_eq!(read, Event::Schedule(Schedule { cron: Some("0 3 * * *".to_owned()) }));
        let other = event("issue_comment", None).unwrap();
        assert_eq!(other, Event::Other(Foreign::from("issue_comment")));
    }

    #[test]
    fn a_payload_that_is_not_there_or_not_whole_is_never_no_change() {
        assert_eq!(event("push", None).unwrap_err().cause, Cause::Environment);
        let cut = event("push", Some(b"{\"ref\":\n \"refs")).unwrap_err();
        let place = cut.problems.first().and_then(|problem| problem.place.as_ref()).unwrap();
        assert_eq!((cut.cause, place.line), (Cause::NoAnswer, Some(2)));
        assert_eq!(event("push", Some(b"{}")).unwrap_err().cause, Cause::NoAnswer);
    }

    #[test]
    fn the_default_branch_is_what_any_payload_says_and_otherwise_nothing() {
        let scratch = Scratch::new();
        let of = |payload: &str| {
            let event_path = scratch.write("event.json", payload);
            let context = Context::of(&variables().into_iter().collect()).unwrap();
            Context { event_name: "issue_comment".to_owned(), event_path, ..context }
                .default_branch()
        };
        let main = Some("main".to_owned());
        assert_eq!(of(r#"{"repository": {"default_branch": "main"}}"#), main);
        for other in ["{}", r#"{"repository": {"default_branch": null}}"#, "", "["] {
            assert_eq!(of(other), None);
        }
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
