//! git as the history that bases are looked for in: what is here first, then what the server has.

use affected::base::{AtMoment, Common, EarlierTag, History, Name};
use bstr::{BString, ByteSlice as _};
use diagnostics::{Level, Problem};
use git_cli::{CommitAt, FailureKind, GitFailure, MergeBase, NearestTag, RefName, Repository};
use repo_model::CommitId;

/// A repository's history.
pub(super) struct GitHistory<'a> {
    repository: &'a Repository,
    remote: Asked<Option<BString>>,
    problems: Vec<Problem>,
}

/// An answer that is asked for once.
enum Asked<T> {
    NotYet,
    Is(T),
}

impl<'a> GitHistory<'a> {
    pub(super) fn new(repository: &'a Repository) -> Self {
        Self { repository, remote: Asked::NotYet, problems: Vec::new() }
    }

    /// Whether a server did not answer, so that what is missing may be there.
    pub(super) fn has_failed(&self) -> bool {
        !self.problems.is_empty()
    }

    /// What somebody should know of the fetches that failed.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// What a fetch brought; nothing where the server cannot be asked or will not answer. That is
    /// told, and the next rung of the ladder is safe.
    fn brought<T>(
        &mut self,
        fetched: Result<Option<T>, GitFailure>,
    ) -> Result<Option<T>, GitFailure> {
        let failure = match fetched {
            Ok(found) => return Ok(found),
            Err(failure) => failure,
        };
        match failure.kind {
            FailureKind::FetchNotAllowed | FailureKind::NoRemote => Ok(None),
            FailureKind::Refused | FailureKind::Network | FailureKind::TimedOut => {
                let problem = Problem { level: Level::Warning, ..failure.problem() };
                if !self.problems.contains(&problem) {
                    self.problems.push(problem);
                }
                Ok(None)
            }
            FailureKind::GitMissing
            | FailureKind::TooOld(_)
            | FailureKind::NotARepository
            | FailureKind::NoWorkTree
            | FailureKind::AnotherOwner
            | FailureKind::TooMuch
            | FailureKind::ObjectMissing
            | FailureKind::Malformed(_)
            | FailureKind::Disk
            | FailureKind::Other => Err(failure),
        }
    }

    fn remote(&mut self) -> Result<Option<BString>, GitFailure> {
        if let Asked::Is(known) = &self.remote {
            return Ok(known.clone());
        }
        let remote = self.repository.remote()?;
        self.remote = Asked::Is(remote.clone());
        Ok(remote)
    }

    /// Where the clone last saw a branch of the remote.
    fn tracking(&mut self, branch: &str) -> Result<Option<CommitId>, GitFailure> {
        let Some(remote) = self.remote()? else { return Ok(None) };
        let name = [b"refs/remotes/", remote.as_slice(), b"/", branch.as_bytes()].concat();
        self.of_ref(&name, false)
    }

    fn of_ref(&mut self, name: &[u8], is_on_server: bool) -> Result<Option<CommitId>, GitFailure> {
        let Ok(name) = RefName::new(name) else { return Ok(None) };
        if let Some(found) = self.repository.find(&git_cli::Name::Ref(name.clone()))? {
            return Ok(Some(found));
        }
        if !is_on_server {
            return Ok(None);
        }
        let fetched = self.repository.fetch_ref(&name);
        self.brought(fetched)
    }
}

impl History for GitHistory<'_> {
    type Failure = GitFailure;

    fn find(&mut self, name: &Name) -> Result<Option<CommitId>, GitFailure> {
        match name {
            Name::Id(id) => {
                if let Some(found) = self.repository.find(&git_cli::Name::Id(id.clone()))? {
                    return Ok(Some(found));
                }
                let fetched = self.repository.fetch_commit(id);
                self.brought(fetched)
            }
            // What is below `refs/remotes` is the clone's own; a branch of the server has another name.
            Name::Ref(name) => self.of_ref(name.as_bytes(), !name.starts_with("refs/remotes/")),
            Name::RemoteBranch(branch) => {
                if let Some(found) = self.tracking(branch)? {
                    return Ok(Some(found));
                }
                let Ok(name) = RefName::of_branch(branch.as_bytes()) else { return Ok(None) };
                let fetched = self.repository.fetch_ref(&name);
                self.brought(fetched)
            }
            Name::Expression(word) => self.repository.find_expression(word),
        }
    }

    fn expect(&mut self, commits: &[&CommitId]) -> Result<(), GitFailure> {
        let mut missing = Vec::new();
        for id in commits {
            if self.repository.find(&git_cli::Name::Id((*id).clone()))?.is_none() {
                missing.push(*id);
            }
        }
        // One alone is fetched when it is looked for, if it is.
        if missing.len() > 1 {
            let fetched = self.repository.fetch_commits(&missing).map(Some);
            self.brought(fetched)?;
        }
        Ok(())
    }

    fn find_here(&mut self, name: &Name) -> Result<Option<CommitId>, GitFailure> {
        match name {
            Name::Id(id) => self.repository.find(&git_cli::Name::Id(id.clone())),
            Name::Ref(name) => self.of_ref(name.as_bytes(), false),
            Name::RemoteBranch(branch) => self.tracking(branch),
            Name::Expression(word) => self.repository.find_expression(word),
        }
    }

    fn checked_out(&mut self) -> Result<Option<CommitId>, GitFailure> {
        self.repository.head()
    }

    fn parents(&mut self, commit: &CommitId) -> Result<Option<Vec<CommitId>>, GitFailure> {
        self.repository.parents(commit)
    }

    fn merge_base(&mut self, one: &CommitId, other: &CommitId) -> Result<Common, GitFailure> {
        let found = self.repository.deepen_until_merge_base(one, other).map(Some);
        Ok(match self.brought(found)? {
            Some(MergeBase::Found(commit)) => Common::Commit(commit),
            Some(MergeBase::None) => Common::Nothing,
            Some(MergeBase::Unknown) | None => Common::Unknown,
        })
    }

    fn nearest_tag(
        &mut self,
        commit: &CommitId,
        pattern: Option<&str>,
    ) -> Result<EarlierTag, GitFailure> {
        let mut found = self.repository.nearest_tag(commit, commit, pattern)?;
        // A clone without tags looks like a repository without tags.
        if !matches!(found, NearestTag::Found(..)) {
            let fetched = self.repository.fetch_tags(commit).map(Some);
            if self.brought(fetched)?.is_some() {
                found = self.repository.nearest_tag(commit, commit, pattern)?;
            }
        }
        Ok(match found {
            NearestTag::Found(name, commit) => {
                EarlierTag::Tag(name.as_bstr().to_str_lossy().into_owned(), commit)
            }
            NearestTag::None => EarlierTag::Nothing,
            NearestTag::Unknown => EarlierTag::Unknown,
        })
    }

    fn at_moment(&mut self, head: &CommitId, moment: i64) -> Result<AtMoment, GitFailure> {
        let seconds = u64::try_from(moment).unwrap_or_default();
        let mut found = self.repository.commit_at(head, seconds)?;
        if found == CommitAt::Unknown {
            let fetched = self.repository.fetch_tags(head).map(Some);
            if self.brought(fetched)?.is_some() {
                found = self.repository.commit_at(head, seconds)?;
            }
        }
        Ok(match found {
            CommitAt::Found(commit) => AtMoment::Commit(commit),
            CommitAt::None => AtMoment::BeforeAll,
            CommitAt::Unknown => AtMoment::Unknown,
        })
    }

    fn default_branch(&mut self) -> Result<Option<String>, GitFailure> {
        let Some(remote) = self.remote()? else { return Ok(None) };
        if let Some(branch) = self.repository.default_branch(remote.as_bstr())? {
            return Ok(Some(branch.to_str_lossy().into_owned()));
        }
        for usual in ["main", "master"] {
            let name = [b"refs/remotes/", remote.as_slice(), b"/", usual.as_bytes()].concat();
            if self.of_ref(&name, false)?.is_some() {
                return Ok(Some(usual.to_owned()));
            }
        }
        Ok(None)
    }
}
