//! Which commit is before which, as far as the clone can tell.
//!
//! History that was cut off (a shallow clone) may go on behind its boundary, so an answer counts only
//! where nothing behind the boundary could change it; otherwise it is unknown.

use bstr::{BString, ByteSlice as _};
use repo_model::{CommitId, ObjectId};

use crate::output::Malformed;
use crate::store::Store;
use crate::{GitFailure, RefName};

/// The last commit that two histories share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeBase {
    /// It is this one. Of several, the one that git prefers (git-merge-base(1)).
    Found(CommitId),
    /// There is none: the histories have nothing in common.
    None,
    /// It may lie where history was cut off.
    Unknown,
}

/// Whether one commit is before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ancestry {
    /// It is, or both are the same.
    Yes,
    /// It is not.
    No,
    /// It may be, where history was cut off.
    Unknown,
}

/// The last tag before a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NearestTag {
    /// This one, and the commit that it names.
    Found(RefName, CommitId),
    /// There is none.
    None,
    /// It may lie where history was cut off.
    Unknown,
}

/// The newest commit that is not after a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitAt {
    /// This one.
    Found(CommitId),
    /// All of history is after the date.
    None,
    /// It may lie where history was cut off.
    Unknown,
}

/// A commit as its author wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// Its id.
    pub id: CommitId,
    /// How many commits are right before it.
    pub parents: usize,
    /// Its whole message.
    pub message: BString,
}

/// What lies between two commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Log {
    /// These commits, the newest first.
    Whole(Vec<Logged>),
    /// History was cut off between them.
    CutOff,
}

impl Store {
    /// The commits before `included`, and itself, that are not before `excluded`.
    pub(crate) fn log(
        &mut self,
        excluded: Option<&CommitId>,
        included: &CommitId,
    ) -> Result<Log, GitFailure> {
        let question = "which commits are between two others";
        let others: Vec<&CommitId> = excluded.into_iter().collect();
        if self.is_cut_off(&[included], &others, &[])? {
            return Ok(Log::CutOff);
        }
        let format = "--format=tformat:%H%n%P%n%B";
        let mut words = vec![
            "log",
            "-z",
            "--no-notes",
            "--encoding=UTF-8",
            "--no-show-signature",
            format,
            included.as_str(),
        ];
        let not = excluded.map(|id| format!("^{id}"));
        words.extend(not.as_deref());
        let output = self.ask(question, &words, b"")?;
        let mut commits = Vec::new();
        for entry in output.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
            let mut parts = entry.splitn(3, |byte| *byte == b'\n');
            let id = parts.next().unwrap_or_default().to_str_lossy().parse::<CommitId>();
            let malformed = Malformed { at: 0, expected: "the name of a commit" };
            let id = id.map_err(|_| GitFailure::malformed(question, malformed))?;
            let parents = parts
                .next()
                .unwrap_or_default()
                .split(u8::is_ascii_whitespace)
                .filter(|id| !id.is_empty())
                .count();
            commits.push(Logged { id, parents, message: parts.next().unwrap_or_default().into() });
        }
        Ok(Log::Whole(commits))
    }

    /// Whether history that is before `included` and not before `excluded` was cut off.
    ///
    /// What lies behind a commit of the boundary that is before `excluded` is before `excluded` too, so
    /// it tells nothing apart.
    fn is_cut_off(
        &mut self,
        included: &[&CommitId],
        excluded: &[&CommitId],
        options: &[&str],
    ) -> Result<bool, GitFailure> {
        let boundary = self.boundary()?;
        if boundary.is_empty() {
            return Ok(false);
        }
        let question = "which commits are before which";
        let mut words = vec!["rev-list"];
        words.extend_from_slice(options);
        words.extend(included.iter().map(|id| id.as_str()));
        let excluded: Vec<String> = excluded.iter().map(|id| format!("^{id}")).collect();
        words.extend(excluded.iter().map(String::as_str));
        let output = self.ask(question, &words, b"")?;
        let is_boundary =
            |line: &[u8]| ObjectId::from_digits(line).is_ok_and(|id| boundary.contains(&id));
        Ok(output.lines().any(is_boundary))
    }

    /// Whether `one` is before `other`.
    pub(crate) fn is_ancestor(
        &mut self,
        one: &CommitId,
        other: &CommitId,
    ) -> Result<Ancestry, GitFailure> {
        let question = "which commits are before which";
        let words = ["merge-base", "--is-ancestor", one.as_str(), other.as_str()];
        match self.ask(question, &words, b"") {
            Ok(_) => Ok(Ancestry::Yes),
            Err(failure) if failure.code == Some(1) => {
                let is_cut_off = self.is_cut_off(&[other], &[one], &[])?;
                Ok(if is_cut_off { Ancestry::Unknown } else { Ancestry::No })
            }
            Err(failure) => Err(failure),
        }
    }

    /// The last commit before both.
    pub(crate) fn merge_base(
        &mut self,
        one: &CommitId,
        other: &CommitId,
    ) -> Result<MergeBase, GitFailure> {
        let question = "which commit two histories share";
        let words = ["merge-base", "--all", one.as_str(), other.as_str()];
        let output = match self.ask(question, &words, b"") {
            Ok(output) => output,
            Err(failure) if failure.code == Some(1) => Vec::new(),
            Err(failure) => return Err(failure),
        };
        let malformed = |_| {
            let malformed = Malformed { at: 0, expected: "the name of a commit in each line" };
            GitFailure::malformed(question, malformed)
        };
        let found = output.lines().map(|line| line.to_str_lossy().parse::<CommitId>());
        let found: Vec<CommitId> = found.collect::<Result<_, _>>().map_err(malformed)?;
        // A better one would be before both and not before these, so on at least one side it would lie
        // behind a boundary that is not before these either.
        let known: Vec<&CommitId> = found.iter().collect();
        if self.is_cut_off(&[one, other], &known, &[])? {
            return Ok(MergeBase::Unknown);
        }
        Ok(found.into_iter().next().map_or(MergeBase::None, MergeBase::Found))
    }

    /// The tag before `commit` with the fewest commits between, other than those that name `excluded`;
    /// of several that name one commit the one that `git describe` prefers: those with a message, the
    /// newest first, then the others in the order of their names.
    pub(crate) fn nearest_tag(
        &mut self,
        commit: &CommitId,
        excluded: &CommitId,
        pattern: Option<&str>,
    ) -> Result<NearestTag, GitFailure> {
        let question = "which tag is the last one";
        let points_at = format!("--points-at={excluded}");
        let names = self.references(&[&points_at, "refs/tags/"])?;
        let mut words: Vec<String> = ["describe", "--tags", "--abbrev=0"].map(str::to_owned).into();
        words.extend(pattern.map(|pattern| format!("--match={pattern}")));
        for reference in &names {
            // The name of a tag holds nothing that a pattern would take for more than a letter.
            let name = reference.name.strip_prefix(b"refs/tags/").unwrap_or_default();
            let Ok(name) = name.to_str() else { continue };
            words.push(format!("--exclude={name}"));
        }
        words.push(commit.to_string());
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let output = match self.ask(question, &words, b"") {
            Ok(output) => output,
            Err(failure) if is_without_tag(failure.said.raw()) => {
                let is_cut_off = self.is_cut_off(&[commit], &[], &[])?;
                return Ok(if is_cut_off { NearestTag::Unknown } else { NearestTag::None });
            }
            Err(failure) => return Err(failure),
        };
        let name = output.strip_suffix(b"\n").unwrap_or(&output);
        let malformed = || {
            let malformed = Malformed { at: 0, expected: "the name of a tag" };
            GitFailure::malformed(question, malformed)
        };
        let name = RefName::of_tag(name).map_err(|_| malformed())?;
        let found = self.find_ref(&name)?.ok_or_else(malformed)?;
        if self.is_cut_off(&[commit], &[&found], &[])? {
            return Ok(NearestTag::Unknown);
        }
        Ok(NearestTag::Found(name, found))
    }

    /// The first commit that was made by `seconds` after 1970, going back from `commit` by first parents.
    pub(crate) fn commit_at(
        &mut self,
        commit: &CommitId,
        seconds: u64,
    ) -> Result<CommitAt, GitFailure> {
        let question = "which commit was the last before a date";
        let age = format!("--min-age={seconds}");
        let words = ["rev-list", "--first-parent", "--max-count=1", &age, commit.as_str()];
        let output = self.ask(question, &words, b"")?;
        if let Some(line) = output.lines().next() {
            let malformed = Malformed { at: 0, expected: "the name of a commit" };
            let id = line.to_str_lossy().parse();
            return id.map(CommitAt::Found).map_err(|_| GitFailure::malformed(question, malformed));
        }
        let is_cut_off = self.is_cut_off(&[commit], &[], &["--first-parent"])?;
        Ok(if is_cut_off { CommitAt::Unknown } else { CommitAt::None })
    }

    /// The branch that the remote's `HEAD` named when the clone was made, if the clone remembers.
    pub(crate) fn default_branch(&self, remote: &[u8]) -> Result<Option<BString>, GitFailure> {
        let question = "which branch is the default one";
        let Ok(remote) = remote.to_str() else { return Ok(None) };
        let name = format!("refs/remotes/{remote}/HEAD");
        let Some(output) = self.ask_clone_maybe(question, &["symbolic-ref", "--quiet", &name])?
        else {
            return Ok(None);
        };
        let branch = output.strip_suffix(b"\n").unwrap_or(&output);
        let folder = format!("refs/remotes/{remote}/");
        Ok(branch.strip_prefix(folder.as_bytes()).map(BString::from))
    }
}

/// The words with which `git describe` says that there is no such tag (git 2.47).
fn is_without_tag(said: &[u8]) -> bool {
    ["No names found", "No tags can describe", "No annotated tags can describe"]
        .iter()
        .any(|words| said.contains_str(words))
}
