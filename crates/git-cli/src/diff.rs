//! What differs: between two commits, or between a commit and the work tree.

use repo_model::{Change, ChangeSet, CommitId, Kind, Rename, Side, Status};

use crate::GitFailure;
use crate::disk::{self, Found};
use crate::launch::{self, Network};
use crate::output::{changes, paths, renames};
use crate::store::Store;

/// What a commit is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing: then every file is new.
    EmptyTree,
    /// A commit.
    Commit(CommitId),
}

/// The tree without files, which git knows even where it is not kept: the SHA-1 and the SHA-256 of
/// `tree 0` and a NUL.
const EMPTY: &str = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
const EMPTY_SHA256: &str = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

/// Options of every comparison: raw, by bytes, and the same whatever is configured.
const OPTIONS: &[&str] = &[
    "--raw",
    "-z",
    "--no-abbrev",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--ignore-submodules=none",
];

/// Options of every patch: no context, names and contents as they are, the same whatever is configured.
const PATCH: &[&str] = &[
    "--patch",
    "--unified=0",
    "-M",
    "-l1000",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--no-indent-heuristic",
    "--ignore-submodules=all",
];

impl Store {
    fn base<'a>(&self, base: &'a Base) -> &'a str {
        match base {
            Base::EmptyTree if self.is_sha256 => EMPTY_SHA256,
            Base::EmptyTree => EMPTY,
            Base::Commit(id) => id.as_str(),
        }
    }

    fn compared(
        &mut self,
        question: &'static str,
        renames: &[&str],
        base: &Base,
        head: &CommitId,
    ) -> Result<Vec<u8>, GitFailure> {
        let mut words = vec!["diff-tree", "-r"];
        words.extend_from_slice(OPTIONS);
        words.extend_from_slice(renames);
        words.extend_from_slice(&[self.base(base), head.as_str(), "--"]);
        self.ask(question, &words, b"")
    }

    /// What differs between two commits: folders alone are compared, no file is opened.
    pub(crate) fn changes(
        &mut self,
        base: &Base,
        head: &CommitId,
    ) -> Result<ChangeSet, GitFailure> {
        let question = "what differs";
        let output = self.compared(question, &["--no-renames"], base, head)?;
        changes(&output).map_err(|malformed| GitFailure::malformed(question, malformed))
    }

    /// Which of the files that differ moved: this opens files.
    pub(crate) fn renames(
        &mut self,
        base: &Base,
        head: &CommitId,
    ) -> Result<Vec<Rename>, GitFailure> {
        let question = "which files moved";
        // Of more than a thousand files each way only those that moved unchanged are found: comparing
        // each with each takes its square in time (git-diff-tree(1), `-l`).
        let options = ["-M", "-l1000", "--diff-filter=R"];
        let output = self.compared(question, &options, base, head)?;
        renames(&output).map_err(|malformed| GitFailure::malformed(question, malformed))
    }

    /// Which lines differ between two commits, as a unified diff.
    pub(crate) fn patch(&mut self, base: &Base, head: &CommitId) -> Result<Vec<u8>, GitFailure> {
        let mut words = vec!["diff-tree", "-r"];
        words.extend_from_slice(PATCH);
        words.extend_from_slice(&[self.base(base), head.as_str(), "--"]);
        self.ask("which lines differ", &words, b"")
    }

    /// Which lines differ between a commit and the files on the disk that git knows, as a unified diff.
    pub(crate) fn worktree_patch(&mut self, base: &Base) -> Result<Vec<u8>, GitFailure> {
        let mut words = vec!["diff-index"];
        words.extend_from_slice(PATCH);
        words.extend_from_slice(&[self.base(base), "--"]);
        self.ask_clone("which lines differ on the disk", &words)
    }

    /// What differs between a commit and the files on the disk, staged or not, with those that git
    /// neither knows nor ignores.
    pub(crate) fn worktree_changes(&mut self, base: &Base) -> Result<ChangeSet, GitFailure> {
        let question = "what differs on the disk";
        // `diff` looks again at files whose dates alone changed, which `diff-index` does not. What it
        // finds it writes into the index, whatever GIT_OPTIONAL_LOCKS says (seen with git 2.47), so it
        // gets a copy. The copy's date is that of the index, because a file that is as young as the
        // index is compared by its contents (git's Documentation/technical/racy-git.txt).
        let disk_failure = |error: std::io::Error| GitFailure::disk(question, &error);
        let folder = self.temporary("signalbox-index-").map_err(disk_failure)?;
        let index = folder.path().join("index");
        disk::copy_with_date(&self.git_path("index")?, &index).map_err(disk_failure)?;
        let mut command = launch::command(&self.settings, &self.folder, Network::Closed);
        command.env("GIT_INDEX_FILE", &index);
        command.args(["-c", "diff.autoRefreshIndex=true", "diff"]).args(OPTIONS);
        command.args(["--no-renames", self.base(base), "--"]);
        let said = self.run(question, command, Vec::new())?;
        if said.code != Some(0) {
            return Err(GitFailure::of_refusal(question, &said));
        }
        let output = said.stdout;
        let malformed = |malformed| GitFailure::malformed(question, malformed);
        let known = changes(&output).map_err(malformed)?;
        let mut all = Vec::new();
        for (path, kind) in self.untracked()? {
            let new = Some(Side { kind, id: None });
            match known.of(path.as_bytes()) {
                // Taken out of the index, and still there.
                Some(Change { status: Status::Deleted, old: Some(old), .. }) => {
                    let is_same = old.kind == kind || (old.kind.is_file() && kind.is_file());
                    let status = if is_same { Status::Modified } else { Status::TypeChanged };
                    all.push(Change { path, status, old: Some(*old), new });
                }
                Some(_) => {}
                None => all.push(Change { path, status: Status::Added, old: None, new }),
            }
        }
        // Of two changes of one path the first counts.
        all.extend(known.iter().cloned());
        Ok(ChangeSet::new(all))
    }

    /// What git neither knows nor ignores in the work tree.
    pub(crate) fn untracked(&self) -> Result<Vec<(repo_model::RepoPath, Kind)>, GitFailure> {
        let question = "which files it does not know";
        let words = ["ls-files", "-z", "--others", "--exclude-standard", "--full-name", "--", ":/"];
        let output = self.ask_clone(question, &words)?;
        let found = paths(&output).map_err(|it| GitFailure::malformed(question, it))?;
        let mut untracked = Vec::new();
        for (path, is_repository) in found {
            let kind = if is_repository { Some(Kind::Submodule) } else { self.kind(&path)? };
            // One that is gone since is not there.
            untracked.extend(kind.map(|kind| (path, kind)));
        }
        Ok(untracked)
    }

    fn kind(&self, path: &repo_model::RepoPath) -> Result<Option<Kind>, GitFailure> {
        let place = self.top.join(crate::scratch::of_bytes(path.as_bytes()));
        let found = disk::found(&place);
        let found = found.map_err(|error| GitFailure::disk("what stands on the disk", &error))?;
        Ok(match found {
            Found::File(false) => Some(Kind::File),
            Found::File(true) => Some(Kind::Executable),
            Found::Link => Some(Kind::Symlink),
            Found::Folder | Found::Nothing => None,
        })
    }
}
