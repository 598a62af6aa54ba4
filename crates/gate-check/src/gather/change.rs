//! What is compared: which lines a change touches, and the files on both sides.

use std::path::Path;
use std::thread::JoinHandle;

use diagnostics::{Foreign, Text, text};
use git_cli::{
    Base, CommitTree, FailureKind, First, GitFailure, MergeBase, Repository, Settings, WorkTree,
};
use repo_model::CommitId;
use runner_protocol::{Event, Failure, Out};

use super::files;

/// What is compared with what.
pub(crate) enum Change {
    /// A unified diff that somebody made.
    Patch(Vec<u8>),
    /// A commit with another, or with the files on the disk.
    Commits {
        repository: Repository,
        base: CommitId,
        /// Nothing for the files on the disk.
        head: Option<CommitId>,
    },
    /// Nobody knows: why, and what to do.
    Unknown(Text),
}

/// What the input `diff` means; without it, what the change plan or the event says.
pub(crate) fn change(
    diff: Option<&str>,
    planned: Option<&str>,
    out: &Out,
) -> Result<Change, Failure> {
    match (diff, planned) {
        (Some(diff), _) => named(diff, out),
        (None, Some(base)) => {
            let repository = opened(out)?;
            match found(&repository, base)? {
                Some(base) => Ok(Change::Commits { repository, base, head: None }),
                None => Ok(Change::Unknown(not_here(base))),
            }
        }
        (None, None) => of_event(out),
    }
}

/// A file, `BASE..HEAD`, `BASE...HEAD`, or `BASE` alone for the files on the disk.
fn named(diff: &str, out: &Out) -> Result<Change, Failure> {
    let path = Path::new(diff);
    let is_file = system::exists(path)
        .map_err(|failure| files::refused(&failure, "the diff", "see its permissions"))?;
    if is_file {
        let help = "`diff` names a file with a unified diff, or commits: `origin/main...HEAD`";
        return Ok(Change::Patch(files::read(path, "the diff", help)?));
    }
    let repository = opened(out)?;
    let (base, head, from_fork) = match (diff.split_once("..."), diff.split_once("..")) {
        (Some((base, head)), _) => (base, Some(head), true),
        (None, Some((base, head))) => (base, Some(head), false),
        (None, None) => (diff, None, false),
    };
    let head = head.map(|head| if head.is_empty() { "HEAD" } else { head });
    let Some(base_id) = found(&repository, base)? else {
        return Ok(Change::Unknown(not_here(base)));
    };
    let head_id = match head {
        None => None,
        Some(head) => match found(&repository, head)? {
            Some(id) => Some(id),
            None => return Ok(Change::Unknown(not_here(head))),
        },
    };
    match (&head_id, from_fork) {
        (Some(head), true) => {
            let head = head.clone();
            since_fork(repository, &base_id, head)
        }
        (Some(_) | None, _) => Ok(Change::Commits { repository, base: base_id, head: head_id }),
    }
}

/// What a pull request or a merge group says of itself: the files that are checked out, compared with
/// where they left the branch that they go to.
fn of_event(out: &Out) -> Result<Change, Failure> {
    if !out.is_actions() {
        return Ok(Change::Unknown(text!["say what to compare with: `diff: origin/main...HEAD`"]));
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let base = match context.event()? {
        Event::PullRequest(pull) | Event::PullRequestTarget(pull) => pull.base.commit,
        Event::MergeGroup(group) => group.base,
        Event::Push(_)
        | Event::PullRequestReview(_)
        | Event::PullRequestReviewComment(_)
        | Event::WorkflowRun(_)
        | Event::Release(_)
        | Event::Schedule(_)
        | Event::WorkflowDispatch(_)
        | Event::Other(_) => {
            return Ok(Change::Unknown(text![
                "this event has no base; say what to compare with: `diff: BASE...HEAD`, or hand over the change plan as `changes`"
            ]));
        }
    };
    let repository = opened(out)?;
    let Some(head) = repository.head().map_err(|failure| git(&failure))? else {
        return Ok(Change::Unknown(not_here("HEAD")));
    };
    since_fork(repository, &base, head)
}

fn since_fork(repository: Repository, base: &CommitId, head: CommitId) -> Result<Change, Failure> {
    match repository.deepen_until_merge_base(base, &head) {
        Ok(MergeBase::Found(base)) => Ok(Change::Commits { repository, base, head: Some(head) }),
        Ok(MergeBase::None | MergeBase::Unknown) => Ok(Change::Unknown(not_here(base.as_str()))),
        // The server does not give it: then it is as if it were not there.
        Err(failure)
            if matches!(
                failure.kind,
                FailureKind::FetchNotAllowed
                    | FailureKind::NoRemote
                    | FailureKind::Refused
                    | FailureKind::Network
                    | FailureKind::TimedOut
            ) =>
        {
            Ok(Change::Unknown(not_here(base.as_str())))
        }
        Err(failure) => Err(git(&failure)),
    }
}

fn not_here(name: &str) -> Text {
    text![
        "the commit ",
        Foreign::from(name),
        " is not in this clone; check out with `fetch-depth: 0`, or say what to compare with: `diff`"
    ]
}

pub(super) fn opened(out: &Out) -> Result<Repository, Failure> {
    Repository::open(Path::new("."), settings(out)).map_err(|failure| git(&failure))
}

fn settings(out: &Out) -> Settings {
    Settings { fetch: out.is_actions(), temporary: out.temporary(), ..Settings::default() }
}

pub(super) fn found(repository: &Repository, name: &str) -> Result<Option<CommitId>, Failure> {
    repository.find_expression(name).map_err(|failure| git(&failure))
}

pub(super) fn git(failure: &GitFailure) -> Failure {
    Failure::outside(failure.is_wrong_place(), failure.problem())
}

impl Change {
    /// The lines that differ, as a unified diff; why they are not known.
    pub(crate) fn patch(&self) -> Result<Result<Vec<u8>, Text>, Failure> {
        match self {
            Self::Patch(patch) => Ok(Ok(patch.clone())),
            Self::Unknown(why) => Ok(Err(why.clone())),
            Self::Commits { repository, base, head } => {
                let base = Base::Commit(base.clone());
                let patch = match head {
                    Some(head) => repository.patch(&base, head),
                    None => repository.worktree_patch(&base),
                };
                patch.map(Ok).map_err(|failure| git(&failure))
            }
        }
    }

    /// The files of the base; nothing where no commit is known.
    pub(crate) fn base(&self) -> Result<Option<CommitTree>, Failure> {
        match self {
            Self::Commits { repository, base, .. } => {
                repository.tree(base).map(Some).map_err(|failure| git(&failure))
            }
            Self::Patch(_) | Self::Unknown(_) => Ok(None),
        }
    }
}

/// The files on the disk, as git lists them while reports are read.
#[derive(Debug)]
pub(super) struct Expected(JoinHandle<Result<WorkTree, GitFailure>>);

impl Expected {
    /// Has git begin. Nothing where the system gives no thread for it.
    pub(super) fn begun(out: &Out) -> Option<Self> {
        let settings = settings(out);
        std::thread::Builder::new().spawn(|| listed(settings)).ok().map(Self)
    }
}

fn listed(settings: Settings) -> Result<WorkTree, GitFailure> {
    let settings = Settings { first: First::WorkTree, ..settings };
    Repository::open(Path::new("."), settings)?.work_tree()
}

/// The files on the disk, as git knows them.
pub(super) fn work_tree(expected: Option<Expected>, out: &Out) -> Result<WorkTree, Failure> {
    let listed = match expected.map(|it| it.0.join()) {
        Some(Ok(listed)) => listed,
        Some(Err(_)) | None => listed(settings(out)),
    };
    listed.map_err(|failure| git(&failure))
}
