//! What a change is measured from: the base and the head of every event, and why.
//!
//! Each event has a ladder of bases. The first rung that can be stood on is taken, every rung is noted
//! with its reason, and below the last one is [`Base::Unknown`]: nobody may read it as "nothing has
//! changed". How commits are found, fetched and compared is a [`History`]'s business.
//!
//! Source of the events' fields: GitHub documentation, "Events that trigger workflows" and "Webhook
//! events and payloads".

mod events;
mod names;
#[cfg(test)]
mod tests;

use repo_model::CommitId;

/// What started the run, as far as its base depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// A branch or tag was pushed to, made or deleted.
    Push {
        /// The full ref.
        full_ref: String,
        /// Where it was; nothing if it is new.
        before: Option<CommitId>,
        /// Where it is; nothing if it is gone.
        after: Option<CommitId>,
        /// The short name of the repository's default branch.
        default_branch: String,
    },
    /// Something happened to a pull request.
    PullRequest {
        /// Its number.
        number: u64,
        /// The tip of the branch that it would be merged to.
        base: CommitId,
        /// What would be merged.
        head: CommitId,
        /// Where its branch was before the last push, if the event is such a push.
        before: Option<CommitId>,
    },
    /// A merge queue asks whether a group of pull requests may be merged.
    MergeGroup {
        /// What it would be merged onto.
        base: CommitId,
        /// The merged group.
        head: CommitId,
    },
    /// A release was published; the tag's short name.
    Release {
        /// The tag, `v1.2.3`.
        tag: String,
    },
    /// An event that has no change of its own: a schedule, a dispatch, another workflow, or one that
    /// is not known.
    Other,
    /// No event at all: somebody asks on a machine of their own.
    Local,
}

/// What the user asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// The base: a commit, a branch, a tag.
    pub base: Option<String>,
    /// The head: a commit, a branch, a tag.
    pub head: Option<String>,
    /// Since when.
    pub since: Since,
    /// How a pull request is compared.
    pub pull_request: PullRequestMode,
    /// What is taken where no base is known.
    pub unknown: OnUnknown,
    /// Which tags count as earlier releases.
    pub tags: Option<String>,
}

/// Since when changes count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Since {
    /// What the event is about.
    #[default]
    Event,
    /// The last push, also of a pull request's branch.
    LastPush,
    /// The last successful run of this workflow, which was about this commit; nothing if there was
    /// none.
    LastSuccess(Option<CommitId>),
    /// A moment, in seconds since 1970 in UTC.
    Moment(i64),
}

/// How a pull request is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PullRequestMode {
    /// Its head with the merge base: what the pull request itself changes (`git diff base...head`).
    #[default]
    ThreeDot,
    /// The test merge with its first parent: what merging it would change.
    MergeParent,
}

/// What is taken where no base is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnUnknown {
    /// Everything counts as changed.
    #[default]
    All,
    /// No answer.
    Fail,
    /// The last commit alone.
    LastCommit,
}

/// A name of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// A full id.
    Id(CommitId),
    /// A full ref: `refs/heads/main`, `refs/tags/v1`.
    Ref(String),
    /// A branch of the remote, by its short name.
    RemoteBranch(String),
    /// Whatever git understands: `HEAD~1`, an abbreviated id.
    Expression(String),
}

/// A repository's past. Each answer is fetched if it is not here and fetching is allowed.
pub trait History {
    /// Why there is no answer at all.
    type Failure;

    /// The commit of a name; nothing if it is not here and cannot be had. Tags are peeled.
    ///
    /// # Errors
    /// When git itself fails.
    fn find(&mut self, name: &Name) -> Result<Option<CommitId>, Self::Failure>;

    /// Says that these commits will be looked for, so that a server need be asked only once.
    ///
    /// # Errors
    /// When git itself fails.
    fn expect(&mut self, commits: &[&CommitId]) -> Result<(), Self::Failure>;

    /// The same as [`History::find`], without asking a server.
    ///
    /// # Errors
    /// When git itself fails.
    fn find_here(&mut self, name: &Name) -> Result<Option<CommitId>, Self::Failure>;

    /// The commit that is checked out; nothing on a branch without commits.
    ///
    /// # Errors
    /// When git itself fails.
    fn checked_out(&mut self) -> Result<Option<CommitId>, Self::Failure>;

    /// The parents of a commit; nothing where the clone does not know them.
    ///
    /// # Errors
    /// When git itself fails.
    fn parents(&mut self, commit: &CommitId) -> Result<Option<Vec<CommitId>>, Self::Failure>;

    /// The best common ancestor of two commits.
    ///
    /// # Errors
    /// When git itself fails.
    fn merge_base(&mut self, one: &CommitId, other: &CommitId) -> Result<Common, Self::Failure>;

    /// The nearest tag that `commit` contains and that is not on `commit` itself.
    ///
    /// # Errors
    /// When git itself fails.
    fn nearest_tag(
        &mut self,
        commit: &CommitId,
        pattern: Option<&str>,
    ) -> Result<EarlierTag, Self::Failure>;

    /// The newest commit not after `moment` on the way from `head` over first parents.
    ///
    /// # Errors
    /// When git itself fails.
    fn at_moment(&mut self, head: &CommitId, moment: i64) -> Result<AtMoment, Self::Failure>;

    /// The short name of the remote's default branch, as far as the clone knows it.
    ///
    /// # Errors
    /// When git itself fails.
    fn default_branch(&mut self) -> Result<Option<String>, Self::Failure>;
}

/// The common past of two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Common {
    /// Their merge base.
    Commit(CommitId),
    /// They have none.
    Nothing,
    /// The clone does not reach far enough, and more could not be had.
    Unknown,
}

/// The tag before a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EarlierTag {
    /// Its full ref and its commit.
    Tag(String, CommitId),
    /// There is none.
    Nothing,
    /// The clone does not reach far enough, and more could not be had.
    Unknown,
}

/// The commit at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtMoment {
    /// This one.
    Commit(CommitId),
    /// The history begins later.
    BeforeAll,
    /// The clone does not reach far enough.
    Unknown,
}

/// What the head is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// A commit.
    Commit(CommitId),
    /// Nothing was there: every file is new.
    Empty,
    /// There is nothing to compare: the branch is gone.
    Deleted,
    /// No base is known, so that everything counts as changed.
    Unknown,
}

/// Both ends of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// What is compared with.
    pub base: Base,
    /// What is looked at; nothing if the branch is gone.
    pub head: Option<CommitId>,
    /// The merge base, where it was looked for and found.
    pub merge_base: Option<CommitId>,
    /// Why this base: the last of [`Resolution::steps`].
    pub reason: Why,
    /// Every rung that was looked at, in order.
    pub steps: Vec<Step>,
    /// Whether a better comparison was wanted and could not be had.
    pub is_degraded: bool,
}

/// A rung of the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was looked at.
    pub why: Why,
    /// What it is about: a commit, a ref, a name.
    pub about: Option<String>,
    /// Whether it is the one that was taken.
    pub is_taken: bool,
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $variant:ident => $word:literal, $says:literal;)*) => {
        /// Why a base is, or is not, taken.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Why { $( $(#[doc = $doc])* $variant, )* }

        impl Why {
            /// Every reason there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word for it in outputs and documents.
            pub fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }

            /// The sentence for it.
            pub fn says(self) -> &'static str {
                match self { $( Self::$variant => $says, )* }
            }
        }
    };
}

reasons! {
    /// `base` names a commit.
    GivenCommit => "given-commit", "the base that was asked for";
    /// `base` names a branch.
    GivenBranch => "given-branch", "where the head left the branch that was asked for";
    /// `base` names a branch that the head has nothing in common with.
    GivenUnrelated => "given-unrelated", "the head has no past in common with the base that was asked for, so both are compared as they are";
    /// The merge base with `base` is not known.
    GivenNotReached => "given-not-reached", "the clone does not reach to where the head left the base that was asked for";
    /// The commit before the push.
    Before => "before-push", "the commit before the push";
    /// The commit before the push is gone: a forced push, and the server has tidied up.
    BeforeGone => "before-gone", "the commit before the push is neither here nor on the server";
    /// A new branch, or one whose past is gone, since it left the default branch.
    LeftDefault => "left-default-branch", "where the branch left the default branch";
    /// A new branch that points into the default branch.
    OnDefault => "on-default-branch", "the default branch contains the new branch already";
    /// A branch that was set back into the default branch, from nobody knows where.
    SetBack => "set-back", "the branch was set back into the default branch, and what it was before is gone";
    /// The first push of all.
    FirstPush => "first-push", "the first push: everything is new";
    /// No relation to the default branch.
    Unrelated => "unrelated", "no past in common with the default branch: everything is new";
    /// The default branch cannot be had.
    NoDefault => "no-default-branch", "the default branch cannot be found";
    /// The past is not known.
    NotReached => "not-reached", "the clone does not reach to where the branch left the default branch";
    /// The ref was deleted.
    Deleted => "deleted", "the branch or tag was deleted: there is nothing to look at";
    /// The tag before.
    EarlierTag => "earlier-tag", "the tag before this one";
    /// No tag before.
    FirstTag => "first-tag", "the first tag: everything is new";
    /// Tags are not known.
    TagsNotReached => "tags-not-reached", "the clone does not reach to the tag before this one";
    /// The pull request's merge base.
    LeftBase => "merge-base", "where the pull request left its base branch";
    /// The pull request has nothing in common with its base.
    PullRequestUnrelated => "pull-request-unrelated", "the pull request has no past in common with its base branch, so both are compared as they are";
    /// The merge base is not known.
    PullRequestNotReached => "merge-base-not-reached", "the clone does not reach to where the pull request left its base branch";
    /// The commits of the pull request are not here.
    PullRequestNotFound => "pull-request-not-found", "the commits of the pull request are neither here nor on the server";
    /// The test merge's first parent, as asked.
    MergeParent => "merge-parent", "the first parent of the pull request's test merge";
    /// What is checked out is not the test merge.
    NoTestMerge => "no-test-merge", "what is checked out is not the pull request's test merge";
    /// The merge queue's base.
    QueueBase => "merge-group", "what the merge queue would merge onto";
    /// The merge queue's base is gone.
    QueueBaseGone => "merge-group-gone", "the merge queue's base is neither here nor on the server";
    /// The pull request's branch before its last push.
    LastPush => "last-push", "the pull request's branch before the last push";
    /// There was no push before, or it is gone.
    NoLastPush => "no-last-push", "the pull request's branch before the last push is not known";
    /// The last successful run.
    LastSuccess => "last-success", "the commit of the last successful run";
    /// There was no successful run, or its commit is gone.
    NoLastSuccess => "no-last-success", "no successful run is known whose commit can be found";
    /// The commit at a moment.
    Moment => "moment", "the newest commit not after the moment that was asked for";
    /// The history begins after the moment.
    BeforeHistory => "before-history", "the history begins after the moment that was asked for: everything is new";
    /// The moment is not reached.
    MomentNotReached => "moment-not-reached", "the clone does not reach back to the moment that was asked for";
    /// An event without a change of its own.
    NoChange => "no-change-of-its-own", "this event has no change of its own, and no base was asked for";
    /// The only thing before the head.
    LastCommit => "last-commit", "the commit before the head, because no better base is known";
    /// The head is the first commit.
    RootCommit => "root-commit", "the head is the first commit: everything is new";
}

/// Why there is neither base nor head.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unresolved<F> {
    /// git failed.
    #[error("git failed")]
    Failed(F),
    /// What was asked for by name is not there.
    #[error("{name} is not there")]
    NotFound {
        /// The input that names it: `base`, `head`.
        input: &'static str,
        /// The name.
        name: String,
    },
    /// The commit that the event is about cannot be had.
    #[error("the event's commit {0} is not there")]
    NoHead(String),
    /// Nothing is checked out.
    #[error("no commit is checked out")]
    NoCommit,
    /// Nobody says what to compare with.
    #[error("no base is given")]
    NoBase,
    /// No base is known, and that is an error here.
    #[error("no base is known")]
    Unknown(Box<Resolution>),
}

impl<F> From<F> for Unresolved<F> {
    fn from(failure: F) -> Self {
        Self::Failed(failure)
    }
}

/// Both ends of what `trigger` is about, as `wishes` want it.
///
/// # Errors
/// When git fails, what was asked for by name is not there, or no base is known and
/// [`OnUnknown::Fail`] is wanted.
pub fn resolve<H: History>(
    trigger: &Trigger,
    wishes: &Wishes,
    history: &mut H,
) -> Result<Resolution, Unresolved<H::Failure>> {
    let resolution = events::Ladder::new(trigger, wishes, history).resolution()?;
    if resolution.base == Base::Unknown && wishes.unknown == OnUnknown::Fail {
        return Err(Unresolved::Unknown(Box::new(resolution)));
    }
    Ok(resolution)
}
