//! From git to the commits of a release.

use diagnostics::{Foreign, Problem, text};
use git_cli::{Log, NearestTag, Repository};
use repo_model::CommitId;
use rollout::notes::{Commit, Notes, notes};
use runner_protocol::{Context, Failure, Out};

use super::change::{found, git, opened};
use super::{files, put};
use crate::args::NotesArgs;

const HELP: &str = "check out with `fetch-depth: 0`, so that the whole history is there";

/// The notes of a release, and how they were made.
pub(crate) struct Release {
    /// What it brings.
    pub(crate) notes: Notes,
    /// What was released before, where there was anything.
    pub(crate) since: Option<String>,
    /// The notes in Markdown.
    pub(crate) markdown: String,
}

/// Tells what a release brings, and writes it.
pub(crate) fn release_notes(args: &NotesArgs, out: &Out) -> Result<Release, Failure> {
    let repository = opened(out)?;
    let until = commit(&repository, &args.until)?;
    let (since, name) = match &args.since {
        Some(name) => (Some(commit(&repository, name)?), Some(name.clone())),
        None => last_release(&repository, &until, args.tags.as_deref())?,
    };
    let Log::Whole(commits) =
        repository.log(since.as_ref(), &until).map_err(|failure| git(&failure))?
    else {
        let problem = Problem::error("history is cut off between the two releases");
        return Err(Failure::no_answer(problem.help(HELP)));
    };
    let commits: Vec<Commit> = commits
        .into_iter()
        .map(|commit| Commit {
            id: commit.id.to_string(),
            is_merge: commit.parents > 1,
            message: String::from_utf8_lossy(&commit.message).into_owned(),
        })
        .collect();
    let own = args.deployment_notes.as_ref().map(|path| {
        files::read(path, "the deployment notes", "`deployment-notes` names a file of Markdown")
    });
    let own = own.transpose()?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let page = out.context().ok().as_ref().map(Context::commit_url);
    let notes = notes(&commits);
    let markdown = notes.markdown(&args.title, page.as_deref(), own.as_deref());
    put(&args.notes_file, markdown.as_bytes())?;
    Ok(Release { notes, since: name, markdown })
}

fn commit(repository: &Repository, name: &str) -> Result<CommitId, Failure> {
    found(repository, name)?.ok_or_else(|| {
        let message = text!["there is no commit ", Foreign::from(name), " in this clone"];
        Failure::no_answer(Problem::error(message).help(HELP))
    })
}

/// The last release before a commit: its commit and its tag.
fn last_release(
    repository: &Repository,
    until: &CommitId,
    tags: Option<&str>,
) -> Result<(Option<CommitId>, Option<String>), Failure> {
    match repository.nearest_tag(until, until, tags).map_err(|failure| git(&failure))? {
        NearestTag::Found(name, commit) => {
            let name = String::from_utf8_lossy(name.as_bstr()).into_owned();
            let short = name.strip_prefix("refs/tags/").unwrap_or(&name).to_owned();
            Ok((Some(commit), Some(short)))
        }
        NearestTag::None => Ok((None, None)),
        NearestTag::Unknown => {
            let problem = Problem::error("the last release lies where history is cut off");
            Err(Failure::no_answer(problem.help(HELP)))
        }
    }
}
