//! The commit of the last successful run of this workflow, as GitHub knows it.

use diagnostics::{Foreign, Level, Problem, text};
use github_api::{Client, RunQuery, Settings};
use repo_model::CommitId;
use runner_protocol::{Failure, Out};

use super::trigger::Branch;

/// What is known of the last success.
pub(super) struct LastSuccess {
    /// Its commit; nothing where no run is known that can be trusted, so that no base is known.
    pub(super) commit: Option<CommitId>,
    /// Whether GitHub did not answer, so that there may be one.
    pub(super) has_failed: bool,
}

/// Asks GitHub for it.
///
/// Who asks without what is needed, or without the right to, is told so. Where the network or GitHub
/// fails, that is a warning: without a base everything counts as changed, or what `on-unknown-base`
/// says.
pub(super) fn last_success(branch: &Branch, out: &mut Out) -> Result<LastSuccess, Failure> {
    let known = |commit| Ok(LastSuccess { commit, has_failed: false });
    if !out.is_actions() {
        return Err(refused(
            "`last-success` is about runs of a workflow, and this is not a job",
            "give `--base`, or a moment as `--since`",
        ));
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let Some(token) = out.token() else {
        return Err(refused(
            "without a token, GitHub does not say which run was the last to succeed",
            "give the step `token: ${{ github.token }}` and the job `permissions: actions: read`",
        ));
    };
    let Some(workflow) = context.workflow_file() else {
        return Err(refused(
            "the workflow of this run is not known, so that its last success is not either",
            "`since: last-success` needs a runner that sets GITHUB_WORKFLOW_REF, and a workflow of this repository",
        ));
    };
    let branch = match branch {
        Branch::Of(branch) => branch,
        Branch::OfFork => {
            // Its next push could undo what made this one succeed.
            out.problem(
                Problem::notice("the runs of a fork are not trusted, so no last success is known")
                    .help("for pull requests, `since: event` looks at all that they change"),
            );
            return known(None);
        }
        Branch::None => return known(None),
    };
    let client = Client::new(Settings::new(context.api_url.as_str(), Some(token)));
    let found = client.last_successful_run(&RunQuery {
        repository: &context.repository,
        workflow,
        branch,
        event: None,
        before: context.run_id,
    });
    match found {
        Ok(Some(run)) => {
            let head = Foreign::from(run.head.as_str());
            out.trace(|say| {
                say.append(text!["the last successful run is ", run.id, ", of ", head]);
            });
            known(Some(run.head))
        }
        Ok(None) => known(None),
        Err(failure) if failure.is_wrong_input() => Err(Failure::no_answer(failure.problem())),
        Err(failure) => {
            out.problem(Problem { level: Level::Warning, ..failure.problem() });
            Ok(LastSuccess { commit: None, has_failed: true })
        }
    }
}

fn refused(message: &'static str, help: &'static str) -> Failure {
    Failure::no_answer(Problem::error(message).help(help))
}
