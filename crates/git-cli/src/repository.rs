//! One repository, and every question that is asked about it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use bstr::{BStr, BString, ByteSlice as _};
use repo_model::{ChangeSet, CommitId, Entry, Rename};

use crate::output::{Setup, setup};
use crate::store::Store;
use crate::tree::{CommitTree, Shared, WorkTree, locked};
use crate::{
    Ancestry, Base, CommitAt, FailureKind, First, GitFailure, Log, MergeBase, Name, NearestTag,
    RefName, Settings, disk,
};

/// A repository, asked through `git`.
///
/// Nothing is written into it, its work tree or the home folder: what is fetched goes into a store of
/// this value's own, which is gone with it.
#[derive(Clone, Debug)]
pub struct Repository {
    store: Shared,
    setup: Setup,
    top: Option<PathBuf>,
}

impl Repository {
    /// The repository around a folder, as git finds it: by looking upwards, or by `GIT_DIR`.
    ///
    /// # Errors
    /// When there is none, it belongs to somebody else and this git takes no exception, or git is
    /// missing or older than 2.31.
    pub fn open(folder: &Path, settings: Settings) -> Result<Self, GitFailure> {
        let question = "where the repository is";
        let disk_failure = |error: std::io::Error| GitFailure::disk(question, &error);
        let folder = disk::whole_path(folder).map_err(|error| GitFailure {
            kind: FailureKind::NotARepository,
            ..disk_failure(error)
        })?;
        let mut store = Store::new(settings, folder.clone(), folder.clone());
        match store.settings.first {
            First::Objects => store.start_reading(),
            First::WorkTree => store.start_listing_work_tree(),
            First::Index => store.start_listing_index(),
        }
        let words = [&["rev-parse"], Setup::QUESTIONS.as_slice()].concat();
        let output = store.ask_clone(question, &words)?;
        let read = setup(&output).map_err(|it| GitFailure::malformed(question, it))?;
        let too_old = || GitFailure::new(question, FailureKind::TooOld("2.31"));
        let setup = read.ok_or_else(too_old)?;
        let top = setup.depth.and_then(|depth| folder.ancestors().nth(depth).map(Path::to_owned));
        if let Some(top) = &top {
            store.top.clone_from(top);
        }
        store.is_sha256 = setup.is_sha256;
        store.is_shallow = setup.is_shallow;
        Ok(Self { store: Arc::new(Mutex::new(store)), setup, top })
    }

    /// The top of the work tree; nothing where the repository has none.
    pub fn top_level(&self) -> Option<&Path> {
        self.top.as_deref()
    }

    /// Where the folder that was opened is below the top: empty at the top, and without a `/` at its
    /// end.
    pub fn prefix(&self) -> &BStr {
        self.setup.prefix.as_bstr()
    }

    /// Whether the repository has no work tree.
    pub fn is_bare(&self) -> bool {
        self.setup.is_bare
    }

    /// Whether the clone's history ends somewhere because it was cut off.
    pub fn is_shallow(&self) -> bool {
        self.setup.is_shallow
    }

    /// Whether ids are SHA-256, of 64 digits, and not SHA-1, of 40.
    pub fn is_sha256(&self) -> bool {
        self.setup.is_sha256
    }

    /// Whether a filter left objects out when the clone was made.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn is_partial(&self) -> Result<bool, GitFailure> {
        locked(&self.store).is_partial()
    }

    /// The commit that is checked out; nothing before the first one.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn head(&self) -> Result<Option<CommitId>, GitFailure> {
        Ok(locked(&self.store).head()?.map(|(id, _)| id))
    }

    /// The commit of this name, and of a tag the commit that it names. Nothing where it is not here:
    /// it may be on the server.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn find(&self, name: &Name) -> Result<Option<CommitId>, GitFailure> {
        match name {
            Name::Head => self.head(),
            Name::Id(id) => Ok(locked(&self.store).commit(id)?.map(|(id, _)| id)),
            Name::Ref(name) => locked(&self.store).find_ref(name),
        }
    }

    /// The commit that git takes `expression` for (gitrevisions(7)): `HEAD~1`, an abbreviated id. Nothing
    /// where it takes it for none.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn find_expression(&self, expression: &str) -> Result<Option<CommitId>, GitFailure> {
        locked(&self.store).find_expression(expression)
    }

    /// The commits before this one, in order, whether they are here or not; nothing where the commit
    /// itself is not.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn parents(&self, commit: &CommitId) -> Result<Option<Vec<CommitId>>, GitFailure> {
        Ok(locked(&self.store).commit(commit)?.map(|(_, commit)| commit.parents))
    }

    /// The newest commit that was made by `seconds` after 1970: the first one, going back from `commit`
    /// by first parents.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn commit_at(&self, commit: &CommitId, seconds: u64) -> Result<CommitAt, GitFailure> {
        locked(&self.store).commit_at(commit, seconds)
    }

    /// The commits before `included`, and itself, that are not before `excluded`, with their messages.
    ///
    /// # Errors
    /// When git does not answer, as it does for commits that are not here.
    pub fn log(&self, excluded: Option<&CommitId>, included: &CommitId) -> Result<Log, GitFailure> {
        locked(&self.store).log(excluded, included)
    }

    /// Whether `one` is before `other`, or the same.
    ///
    /// # Errors
    /// When git does not answer, as it does for commits that are not here.
    pub fn is_ancestor(&self, one: &CommitId, other: &CommitId) -> Result<Ancestry, GitFailure> {
        locked(&self.store).is_ancestor(one, other)
    }

    /// The last commit that both histories share, as far as it is certain without a fetch.
    ///
    /// # Errors
    /// When git does not answer, as it does for commits that are not here.
    pub fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<MergeBase, GitFailure> {
        locked(&self.store).merge_base(one, other)
    }

    /// The same, with fetches until it is certain: the two where they are not here, then 64 commits
    /// more, 256, 1024, 4096, then all. Only commits are fetched where the server knows filters. Where
    /// fetching is not allowed, it is as [`Repository::merge_base`].
    ///
    /// # Errors
    /// When git or the server does not answer.
    pub fn deepen_until_merge_base(
        &self,
        one: &CommitId,
        other: &CommitId,
    ) -> Result<MergeBase, GitFailure> {
        locked(&self.store).deepen_until_merge_base(one, other)
    }

    /// The tag before `commit` with the fewest commits between, without those that name `excluded`.
    /// Only tags whose name matches `pattern` count, if there is one (git-describe(1), `--match`). In a
    /// clone without tags there is none: see [`Repository::fetch_tags`].
    ///
    /// # Errors
    /// When git does not answer.
    pub fn nearest_tag(
        &self,
        commit: &CommitId,
        excluded: &CommitId,
        pattern: Option<&str>,
    ) -> Result<NearestTag, GitFailure> {
        locked(&self.store).nearest_tag(commit, excluded, pattern)
    }

    /// The remote that the branch which is checked out follows, else the only one, else `origin`.
    /// Nothing where there is none of these.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn remote(&self) -> Result<Option<BString>, GitFailure> {
        locked(&self.store).remote()
    }

    /// The branch that the remote checked out when the clone was made, if the clone remembers.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn default_branch(&self, remote: &BStr) -> Result<Option<BString>, GitFailure> {
        locked(&self.store).default_branch(remote)
    }

    /// Fetches a commit, unless it is here. Nothing where the server does not have it.
    ///
    /// # Errors
    /// When fetching is not allowed, there is no remote, or the server does not answer.
    pub fn fetch_commit(&self, id: &CommitId) -> Result<Option<CommitId>, GitFailure> {
        let mut found = locked(&self.store).fetch_commits(&[id])?;
        Ok(found.pop().flatten())
    }

    /// Fetches commits, all together, unless they are here. Nothing in the place of one that the server
    /// does not have.
    ///
    /// # Errors
    /// When fetching is not allowed, there is no remote, or the server does not answer.
    pub fn fetch_commits(&self, ids: &[&CommitId]) -> Result<Vec<Option<CommitId>>, GitFailure> {
        locked(&self.store).fetch_commits(ids)
    }

    /// The commit that a branch, a tag or another ref of the server names, which is fetched unless it is
    /// here. Nothing where the server has no such ref.
    ///
    /// # Errors
    /// When fetching is not allowed, there is no remote, or the server does not answer.
    pub fn fetch_ref(&self, name: &RefName) -> Result<Option<CommitId>, GitFailure> {
        locked(&self.store).fetch_ref(name)
    }

    /// Fetches the server's tags and all commits before `commit`, so that [`Repository::nearest_tag`]
    /// is certain.
    ///
    /// # Errors
    /// When fetching is not allowed, there is no remote, or the server does not answer.
    pub fn fetch_tags(&self, commit: &CommitId) -> Result<(), GitFailure> {
        locked(&self.store).complete(commit)
    }

    /// What differs between two commits, each path once; a file that moved is gone at one path and new
    /// at the other. No file is opened, so it works without contents.
    ///
    /// # Errors
    /// When git does not answer: that is never the same as no changes.
    pub fn changes(&self, base: &Base, head: &CommitId) -> Result<ChangeSet, GitFailure> {
        locked(&self.store).changes(base, head)
    }

    /// Which of the files that differ moved, by their contents.
    ///
    /// # Errors
    /// When git does not answer, for example because contents are not here.
    pub fn renames(&self, base: &Base, head: &CommitId) -> Result<Vec<Rename>, GitFailure> {
        locked(&self.store).renames(base, head)
    }

    /// Which lines differ between two commits, as a unified diff without context, in which a file that
    /// moved is one file.
    ///
    /// # Errors
    /// When git does not answer, for example because contents are not here.
    pub fn patch(&self, base: &Base, head: &CommitId) -> Result<Vec<u8>, GitFailure> {
        locked(&self.store).patch(base, head)
    }

    /// The same between a commit and the files on the disk that git knows, staged or not. Those that it
    /// does not know are not in it: [`Repository::worktree_changes`] has them.
    ///
    /// # Errors
    /// When git does not answer, or there is no work tree.
    pub fn worktree_patch(&self, base: &Base) -> Result<Vec<u8>, GitFailure> {
        self.with_work_tree()?;
        locked(&self.store).worktree_patch(base)
    }

    /// What differs between a commit and the files on the disk: staged or not, and those that git
    /// neither knows nor ignores. A filter that the user has configured runs (gitattributes(5)), as it
    /// does under `git diff`.
    ///
    /// # Errors
    /// When git does not answer, or there is no work tree.
    pub fn worktree_changes(&self, base: &Base) -> Result<ChangeSet, GitFailure> {
        self.with_work_tree()?;
        locked(&self.store).worktree_changes(base)
    }

    /// Has git list the files of a commit while other questions are asked: [`Repository::tree`] of the
    /// commit has them sooner.
    pub fn expect_tree(&self, commit: &CommitId) {
        locked(&self.store).start_listing(commit);
    }

    /// The files of a commit.
    ///
    /// # Errors
    /// When git does not answer.
    pub fn tree(&self, commit: &CommitId) -> Result<CommitTree, GitFailure> {
        CommitTree::of_commit(&self.store, commit)
    }

    /// The files on the disk: those that git knows and those that it neither knows nor ignores. Links
    /// are not followed.
    ///
    /// # Errors
    /// When git does not answer, or there is no work tree.
    pub fn work_tree(&self) -> Result<WorkTree, GitFailure> {
        WorkTree::of_disk(&self.store, self.with_work_tree()?)
    }

    /// The paths that git knows, with what they are and hold in the index, sorted. Nothing is looked at
    /// on the disk: a file may be gone, or hold something else.
    ///
    /// # Errors
    /// When git does not answer, or there is no work tree.
    pub fn known_paths(&self) -> Result<Vec<Entry>, GitFailure> {
        self.with_work_tree()?;
        WorkTree::of_index(&self.store)
    }

    fn with_work_tree(&self) -> Result<&Path, GitFailure> {
        let failure = || GitFailure::new("what is on the disk", FailureKind::NoWorkTree);
        self.top.as_deref().ok_or_else(failure)
    }
}
