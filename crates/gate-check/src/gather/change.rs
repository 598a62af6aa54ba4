//! What is compared: which lines a change touches, and the files on both sides.

use std::path::Path;
use std::thread::JoinHandle;

use diagnostics::{Foreign, Level, Text, text};
use git_cli::{
    Base, CommitTree, FailureKind, First, GitFailure, MergeBase, Name, RefName, Repository,
    Settings, WorkTree,
};
use repo_model::CommitId;
use runner_protocol::{Before, Event, Failure, Out, Push};

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

/// What is compared with what, which is looked for once, and only if a gate wants to know.
pub(super) struct Compared<'a> {
    diff: Option<&'a str>,
    planned: Option<&'a str>,
    change: Option<Change>,
}

impl<'a> Compared<'a> {
    /// By the input `diff`, by the change plan's base, or by the event.
    pub(super) fn by(diff: Option<&'a str>, planned: Option<&'a str>) -> Self {
        Self { diff, planned, change: None }
    }

    /// The change. Why it is not known is told, once.
    pub(super) fn change(&mut self, out: &mut Out) -> Result<&Change, Failure> {
        let change = if let Some(change) = self.change.take() {
            change
        } else {
            let change = change(self.diff, self.planned, out)?;
            if let Change::Unknown(why) = &change {
                out.annotate(Level::Warning, None, |say| {
                    say.text("what the change is, is not known: ").append(why.clone());
                });
            }
            change
        };
        Ok(self.change.insert(change))
    }
}

/// What the input `diff` means; without it, what the change plan or the event says.
fn change(diff: Option<&str>, planned: Option<&str>, out: &Out) -> Result<Change, Failure> {
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

/// What the event says of itself: the files that are checked out, compared with where they left the branch
/// that they go to, or with what was there before a push.
fn of_event(out: &Out) -> Result<Change, Failure> {
    if !out.is_actions() {
        return Ok(Change::Unknown(text!["say what to compare with: `diff: origin/main...HEAD`"]));
    }
    let context = out.context().map_err(|error| Failure::environment(error.problem()))?;
    let base = match context.event()? {
        Event::PullRequest(pull) | Event::PullRequestTarget(pull) => pull.base.commit,
        Event::MergeGroup(group) => group.base,
        Event::Push(push) => return of_push(&push, opened(out)?),
        Event::PullRequestReview(_)
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

/// What the branch was before the push, also where its history was written anew: that may have run. A new
/// branch is compared with where it left the default branch.
fn of_push(push: &Push, repository: Repository) -> Result<Change, Failure> {
    let name = push.ref_name.as_str();
    let (kind, name) = match (name.strip_prefix("refs/heads/"), name.strip_prefix("refs/tags/")) {
        (Some(branch), _) => ("branch", branch),
        (None, Some(tag)) => ("tag", tag),
        (None, None) => ("ref", name),
    };
    let nothing = |does: &'static str| {
        Change::Unknown(text!["the ", kind, " ", Foreign::from(name), does, SAY])
    };
    if push.after.is_none() {
        return Ok(nothing(" was deleted, so there is nothing to compare; say otherwise: "));
    }
    let Some(head) = repository.head().map_err(|failure| git(&failure))? else {
        return Ok(Change::Unknown(not_here("HEAD")));
    };
    let before = match &push.before {
        Before::Commit(before) => before,
        Before::NewRef if kind == "branch" && name != push.default_branch => {
            return since_default(push, name, repository, head);
        }
        Before::NewRef => {
            return Ok(nothing(
                " is new, so nothing was there before this push; say what to compare with: ",
            ));
        }
    };
    match brought(&repository, before)? {
        Some(base) => Ok(Change::Commits { repository, base, head: Some(head) }),
        None => Ok(Change::Unknown(text![
            "the commit ",
            Foreign::from(before.as_str()),
            ", which ",
            Foreign::from(name),
            " was before this push, is neither in this clone nor given by the server",
            if push.forced { " (the push was forced)" } else { "" },
            "; have a step before fetch it, `git fetch origin <commit>`, or say what to compare with: ",
            SAY
        ])),
    }
}

/// How a user says what to compare with.
const SAY: &str = "`diff: BASE...HEAD`";

/// A new branch, compared with where it left the default branch.
fn since_default(
    push: &Push,
    branch: &str,
    repository: Repository,
    head: CommitId,
) -> Result<Change, Failure> {
    let default = default_branch(push.default_branch.as_bytes(), &repository)?;
    let change = match default {
        Some(default) => since_fork(repository, &default, head)?,
        None => Change::Unknown(Text::new()),
    };
    Ok(match change {
        Change::Unknown(_) => Change::Unknown(text![
            "the branch ",
            Foreign::from(branch),
            " is new, and where it left ",
            Foreign::from(push.default_branch.as_str()),
            " is not known; check out with `fetch-depth: 0`, or say what to compare with: ",
            SAY
        ]),
        known @ (Change::Patch(_) | Change::Commits { .. }) => known,
    })
}

/// The commit of the default branch: where the server says that it is, or where the clone last saw it. A clone that
/// a machine keeps may have seen it long ago.
fn default_branch(branch: &[u8], repository: &Repository) -> Result<Option<CommitId>, Failure> {
    let Some(remote) = repository.remote().map_err(|failure| git(&failure))? else {
        return Ok(None);
    };
    let Ok(name) = RefName::of_branch(branch) else { return Ok(None) };
    if let Some(found) = given(repository.fetch_ref(&name))? {
        return Ok(Some(found));
    }
    let tracking = [b"refs/remotes/", remote.as_slice(), b"/", branch].concat();
    let Ok(tracking) = RefName::new(&tracking) else { return Ok(None) };
    repository.find(&Name::Ref(tracking)).map_err(|failure| git(&failure))
}

/// A commit of this clone, or one that the server gives.
fn brought(repository: &Repository, id: &CommitId) -> Result<Option<CommitId>, Failure> {
    let here = repository.find(&Name::Id(id.clone())).map_err(|failure| git(&failure))?;
    match here {
        Some(found) => Ok(Some(found)),
        None => given(repository.fetch_commit(id)),
    }
}

/// What a server gives. One that does not answer is as one that does not have it.
fn given<T>(fetched: Result<Option<T>, GitFailure>) -> Result<Option<T>, Failure> {
    match fetched {
        Ok(found) => Ok(found),
        Err(failure) if is_not_given(&failure) => Ok(None),
        Err(failure) => Err(git(&failure)),
    }
}

fn is_not_given(failure: &GitFailure) -> bool {
    matches!(
        failure.kind,
        FailureKind::FetchNotAllowed
            | FailureKind::NoRemote
            | FailureKind::Refused
            | FailureKind::Network
            | FailureKind::TimedOut
    )
}

fn since_fork(repository: Repository, base: &CommitId, head: CommitId) -> Result<Change, Failure> {
    match repository.deepen_until_merge_base(base, &head) {
        Ok(MergeBase::Found(base)) => Ok(Change::Commits { repository, base, head: Some(head) }),
        Ok(MergeBase::None | MergeBase::Unknown) => Ok(Change::Unknown(not_here(base.as_str()))),
        // The server does not give it: then it is as if it were not there.
        Err(failure) if is_not_given(&failure) => Ok(Change::Unknown(not_here(base.as_str()))),
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
    match name.parse::<CommitId>() {
        Ok(id) => brought(repository, &id),
        Err(_) => repository.find_expression(name).map_err(|failure| git(&failure)),
    }
}

pub(super) fn git(failure: &GitFailure) -> Failure {
    Failure::outside(failure.is_wrong_place(), failure.problem())
}

impl Change {
    /// The lines that differ, as a unified diff; nothing where they are not known.
    pub(crate) fn patch(&self) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Patch(patch) => Ok(Some(patch.clone())),
            Self::Unknown(_) => Ok(None),
            Self::Commits { repository, base, head } => {
                let base = Base::Commit(base.clone());
                let patch = match head {
                    Some(head) => repository.patch(&base, head),
                    None => repository.worktree_patch(&base),
                };
                patch.map(Some).map_err(|failure| git(&failure))
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
