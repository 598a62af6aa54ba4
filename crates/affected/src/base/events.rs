//! The ladder of each event.

use repo_model::CommitId;

use super::names::named;
use super::{
    AtMoment, Base, Common, EarlierTag, History, Name, OnUnknown, PullRequestMode, Resolution,
    Since, Step, Trigger, Unresolved, Why, Wishes,
};

type Done<H> = Result<Resolution, Unresolved<<H as History>::Failure>>;

/// Whether these are the zeros that GitHub writes where there is no commit: `github.event.before` of a
/// new branch names nothing.
fn is_zero(word: &str) -> bool {
    word.trim().parse::<CommitId>().is_ok_and(|id| id.is_zero())
}

/// A resolution in the making.
pub(super) struct Ladder<'a, H> {
    trigger: &'a Trigger,
    wishes: &'a Wishes,
    history: &'a mut H,
    steps: Vec<Step>,
    merge_base: Option<CommitId>,
    /// Whether the head could not be had, and the test merge stands for it.
    is_test_merge: bool,
}

impl<'a, H: History> Ladder<'a, H> {
    pub(super) fn new(trigger: &'a Trigger, wishes: &'a Wishes, history: &'a mut H) -> Self {
        Self { trigger, wishes, history, steps: Vec::new(), merge_base: None, is_test_merge: false }
    }

    pub(super) fn resolution(mut self) -> Done<H> {
        if self.is_deleted() {
            return Ok(self.done(Base::Deleted, None, Why::Deleted, None));
        }
        let head = self.head()?;
        if let Some(word) = &self.wishes.base
            && !is_zero(word)
            && !self.is_pushed_branch(word)
        {
            return self.given(word, head);
        }
        match &self.wishes.since {
            Since::Event => {}
            Since::LastPush => {
                if let Some(found) = self.last_push()? {
                    return Ok(self.taken(found, head, Why::LastPush));
                }
            }
            Since::LastSuccess(commit) => return self.last_success(commit.as_ref(), head),
            Since::Moment(moment) => return self.moment(*moment, head),
        }
        match self.trigger {
            Trigger::Push { full_ref, .. } if full_ref.starts_with("refs/tags/") => self.tag(head),
            Trigger::Release { .. } => self.tag(head),
            Trigger::Push { full_ref, before, default_branch, .. } => {
                self.push(full_ref, before.as_ref(), default_branch, head)
            }
            Trigger::PullRequest { base, head: tip, .. } => self.pull_request(base, tip, head),
            Trigger::MergeGroup { base, .. } => match self.find(&Name::Id(base.clone()))? {
                Some(base) => Ok(self.taken(base, head, Why::QueueBase)),
                None => self.unknown(head, Why::QueueBaseGone, Some(base.to_string())),
            },
            Trigger::Other => self.unknown(head, Why::NoChange, None),
            Trigger::Local => match self.history.default_branch()? {
                Some(branch) => self.given(&branch, head),
                None => Err(Unresolved::NoBase),
            },
        }
    }

    fn is_deleted(&self) -> bool {
        let gone = matches!(self.trigger, Trigger::Push { after: None, .. });
        gone && self.wishes.head.is_none()
    }

    /// Whether the base that is asked for is the branch that was pushed: then its commit before the
    /// push is meant, because the branch itself is the head.
    fn is_pushed_branch(&self, word: &str) -> bool {
        match self.trigger {
            Trigger::Push { full_ref, .. } => {
                full_ref == word
                    || full_ref.strip_prefix("refs/heads/").is_some_and(|short| short == word)
            }
            Trigger::PullRequest { .. }
            | Trigger::MergeGroup { .. }
            | Trigger::Release { .. }
            | Trigger::Other
            | Trigger::Local => false,
        }
    }

    fn find(&mut self, name: &Name) -> Result<Option<CommitId>, Unresolved<H::Failure>> {
        Ok(self.history.find(name)?)
    }

    fn head(&mut self) -> Result<CommitId, Unresolved<H::Failure>> {
        if let Some(word) = &self.wishes.head {
            let found = named(word, self.history)?;
            let missing = || Unresolved::NotFound { input: "head", name: word.clone() };
            return found.map(|named| named.commit).ok_or_else(missing);
        }
        if let Trigger::PullRequest { .. } = self.trigger
            && self.wishes.pull_request == PullRequestMode::MergeParent
        {
            return self.history.checked_out()?.ok_or(Unresolved::NoCommit);
        }
        self.expect_both_ends()?;
        let (name, other) = match self.trigger {
            Trigger::Push { after: Some(after), full_ref, .. } => {
                (Name::Id(after.clone()), Some(Name::Ref(full_ref.clone())))
            }
            Trigger::PullRequest { head, number, .. } => {
                (Name::Id(head.clone()), Some(Name::Ref(format!("refs/pull/{number}/head"))))
            }
            Trigger::MergeGroup { head, .. } => (Name::Id(head.clone()), None),
            Trigger::Release { tag } => (Name::Ref(format!("refs/tags/{tag}")), None),
            Trigger::Push { after: None, .. } | Trigger::Other | Trigger::Local => {
                return self.history.checked_out()?.ok_or(Unresolved::NoCommit);
            }
        };
        if let Some(found) = self.find(&name)? {
            return Ok(found);
        }
        // A server that hands out no single commits may hand out the ref, if it still is that commit.
        let by_ref = match (other, &name) {
            (Some(other), Name::Id(wanted)) => self.find(&other)?.filter(|found| found == wanted),
            (Some(_) | None, _) => None,
        };
        if let (None, Trigger::PullRequest { head, .. }) = (&by_ref, self.trigger)
            && let Some(merge) = self.test_merge(head)?
        {
            // It holds what the head would be, and a shallow clone has nothing else.
            self.is_test_merge = true;
            return Ok(merge);
        }
        by_ref.ok_or_else(|| {
            Unresolved::NoHead(match name {
                Name::Id(id) => id.to_string(),
                Name::Ref(name) | Name::RemoteBranch(name) | Name::Expression(name) => name,
            })
        })
    }

    /// The event names both ends: a shallow clone of a pull request has neither.
    fn expect_both_ends(&mut self) -> Result<(), Unresolved<H::Failure>> {
        if self.wishes.base.is_some() || self.wishes.since != Since::Event {
            return Ok(());
        }
        match self.trigger {
            Trigger::PullRequest { base, head, .. } | Trigger::MergeGroup { base, head } => {
                self.history.expect(&[base, head])?;
            }
            Trigger::Push { before: Some(before), after: Some(after), .. } => {
                self.history.expect(&[before, after])?;
            }
            Trigger::Push { .. } | Trigger::Release { .. } | Trigger::Other | Trigger::Local => {}
        }
        Ok(())
    }

    /// The base that was asked for by name: a commit or tag as it is, a branch from where the head
    /// left it.
    fn given(self, word: &str, head: CommitId) -> Done<H> {
        let found = named(word, self.history)?;
        let missing = || Unresolved::NotFound { input: "base", name: word.to_owned() };
        let base = found.ok_or_else(missing)?;
        if !base.is_branch {
            return Ok(self.taken(base.commit, head, Why::GivenCommit));
        }
        match self.history.merge_base(&base.commit, &head)? {
            Common::Commit(common) => Ok(self.common(common, head, Why::GivenBranch)),
            Common::Nothing => Ok(self.taken(base.commit, head, Why::GivenUnrelated)),
            Common::Unknown => self.unknown(head, Why::GivenNotReached, Some(word.to_owned())),
        }
    }

    fn push(
        mut self,
        full_ref: &str,
        before: Option<&CommitId>,
        default_branch: &str,
        head: CommitId,
    ) -> Done<H> {
        let is_default = full_ref.strip_prefix("refs/heads/") == Some(default_branch);
        if let Some(before) = before {
            if let Some(found) = self.find(&Name::Id(before.clone()))? {
                return Ok(self.taken(found, head, Why::Before));
            }
            self.note(Why::BeforeGone, Some(before.to_string()));
            if is_default {
                return self.unknown(head, Why::BeforeGone, Some(before.to_string()));
            }
        } else if is_default {
            return Ok(self.done(Base::Empty, Some(head), Why::FirstPush, None));
        }
        let Some(default) = self.find(&Name::RemoteBranch(default_branch.to_owned()))? else {
            return self.unknown(head, Why::NoDefault, Some(default_branch.to_owned()));
        };
        // What was there before is gone, so that this is not what was wanted.
        let is_degraded = before.is_some();
        let mut resolution = match self.history.merge_base(&default, &head)? {
            Common::Commit(common) if common == head && is_degraded => {
                // The branch was set back into the default branch: what it lost, nobody knows.
                return self.unknown(head, Why::SetBack, Some(default.to_string()));
            }
            Common::Commit(common) if common == head => self.common(common, head, Why::OnDefault),
            Common::Commit(common) => self.common(common, head, Why::LeftDefault),
            Common::Nothing => self.done(Base::Empty, Some(head), Why::Unrelated, None),
            Common::Unknown => {
                return self.unknown(head, Why::NotReached, Some(default.to_string()));
            }
        };
        resolution.is_degraded = is_degraded;
        Ok(resolution)
    }

    fn tag(self, head: CommitId) -> Done<H> {
        match self.history.nearest_tag(&head, self.wishes.tags.as_deref())? {
            EarlierTag::Tag(name, commit) => {
                Ok(self.done(Base::Commit(commit), Some(head), Why::EarlierTag, Some(name)))
            }
            EarlierTag::Nothing => Ok(self.done(Base::Empty, Some(head), Why::FirstTag, None)),
            EarlierTag::Unknown => self.unknown(head, Why::TagsNotReached, None),
        }
    }

    fn pull_request(mut self, base: &CommitId, tip: &CommitId, head: CommitId) -> Done<H> {
        if self.wishes.pull_request == PullRequestMode::MergeParent {
            return match self.merge_parent(tip)? {
                Some((parent, merge)) => Ok(self.taken(parent, merge, Why::MergeParent)),
                None => self.unknown(head, Why::NoTestMerge, None),
            };
        }
        if self.is_test_merge {
            return self.degraded(tip, head, Why::PullRequestNotFound, tip);
        }
        let Some(base) = self.find(&Name::Id(base.clone()))? else {
            return self.degraded(tip, head, Why::PullRequestNotFound, base);
        };
        match self.history.merge_base(&base, &head)? {
            Common::Commit(common) => Ok(self.common(common, head, Why::LeftBase)),
            Common::Nothing => Ok(self.taken(base, head, Why::PullRequestUnrelated)),
            Common::Unknown => self.degraded(tip, head, Why::PullRequestNotReached, &base),
        }
    }

    /// Where the merge base cannot be had, what merging would change is the next best: it lists no
    /// file that the pull request did not touch, and says that it is not what was wanted.
    fn degraded(mut self, tip: &CommitId, head: CommitId, why: Why, about: &CommitId) -> Done<H> {
        self.note(why, Some(about.to_string()));
        let Some((parent, merge)) = self.merge_parent(tip)? else {
            return self.unknown(head, why, Some(about.to_string()));
        };
        let mut resolution = self.taken(parent, merge, Why::MergeParent);
        resolution.is_degraded = true;
        Ok(resolution)
    }

    /// The test merge that is checked out, and its first parent.
    fn merge_parent(
        &mut self,
        tip: &CommitId,
    ) -> Result<Option<(CommitId, CommitId)>, Unresolved<H::Failure>> {
        let Some(merge) = self.test_merge(tip)? else { return Ok(None) };
        let parents = self.history.parents(&merge)?.unwrap_or_default();
        let Some(first) = parents.into_iter().next() else { return Ok(None) };
        let first = self.find(&Name::Id(first))?;
        Ok(first.map(|first| (first, merge)))
    }

    /// What is checked out, if it is the test merge of the pull request's head.
    fn test_merge(&mut self, tip: &CommitId) -> Result<Option<CommitId>, Unresolved<H::Failure>> {
        let Some(merge) = self.history.checked_out()? else { return Ok(None) };
        let parents = self.history.parents(&merge)?.unwrap_or_default();
        let is_test_merge = matches!(parents.as_slice(), [_, second] if second == tip);
        Ok(is_test_merge.then_some(merge))
    }

    /// Where the branch was before its last push; nothing where only the event's own base is left.
    fn last_push(&mut self) -> Result<Option<CommitId>, Unresolved<H::Failure>> {
        let Trigger::PullRequest { before, .. } = self.trigger else { return Ok(None) };
        let found = match before {
            Some(before) => self.find(&Name::Id(before.clone()))?,
            None => None,
        };
        if found.is_none() {
            self.note(Why::NoLastPush, before.as_ref().map(CommitId::to_string));
        }
        Ok(found)
    }

    fn last_success(mut self, commit: Option<&CommitId>, head: CommitId) -> Done<H> {
        let found = match commit {
            Some(commit) => self.find(&Name::Id(commit.clone()))?,
            None => None,
        };
        match found {
            Some(found) => Ok(self.taken(found, head, Why::LastSuccess)),
            None => self.unknown(head, Why::NoLastSuccess, commit.map(CommitId::to_string)),
        }
    }

    fn moment(self, moment: i64, head: CommitId) -> Done<H> {
        match self.history.at_moment(&head, moment)? {
            AtMoment::Commit(commit) => Ok(self.taken(commit, head, Why::Moment)),
            AtMoment::BeforeAll => Ok(self.done(Base::Empty, Some(head), Why::BeforeHistory, None)),
            AtMoment::Unknown => self.unknown(head, Why::MomentNotReached, None),
        }
    }

    /// The last rung: nothing is known, or the last commit where that is wanted.
    fn unknown(mut self, head: CommitId, why: Why, about: Option<String>) -> Done<H> {
        if self.wishes.unknown != OnUnknown::LastCommit {
            return Ok(self.done(Base::Unknown, Some(head), why, about));
        }
        self.note(why, about);
        let parents = self.history.parents(&head)?;
        let first = match parents.as_deref() {
            Some([first, ..]) => self.find(&Name::Id(first.clone()))?,
            Some([]) => return Ok(self.done(Base::Empty, Some(head), Why::RootCommit, None)),
            None => None,
        };
        match first {
            Some(first) => {
                let mut resolution = self.taken(first, head, Why::LastCommit);
                resolution.is_degraded = true;
                Ok(resolution)
            }
            None => Ok(self.done(Base::Unknown, Some(head), why, None)),
        }
    }

    fn common(mut self, common: CommitId, head: CommitId, why: Why) -> Resolution {
        self.merge_base = Some(common.clone());
        self.taken(common, head, why)
    }

    fn taken(self, base: CommitId, head: CommitId, why: Why) -> Resolution {
        let about = base.to_string();
        self.done(Base::Commit(base), Some(head), why, Some(about))
    }

    fn note(&mut self, why: Why, about: Option<String>) {
        self.steps.push(Step { why, about, is_taken: false });
    }

    fn done(
        mut self,
        base: Base,
        head: Option<CommitId>,
        why: Why,
        about: Option<String>,
    ) -> Resolution {
        // A rung that was noted as missing and is also the last word stands once.
        self.steps.retain(|step| step.why != why);
        self.steps.push(Step { why, about, is_taken: true });
        Resolution {
            base,
            head,
            merge_base: self.merge_base,
            reason: why,
            steps: self.steps,
            is_degraded: false,
        }
    }
}
