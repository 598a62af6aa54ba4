//! Lists of files, of a commit and of the work tree, which git may make while something else is asked.

use std::process::Command;
use std::time::Instant;

use repo_model::CommitId;

use super::Store;
use crate::GitFailure;
use crate::launch::{self, Network};
use crate::process::{self, Running, Taking};

/// How git lists the files of a commit.
const LISTING: [&str; 4] = ["ls-tree", "-r", "-z", "--full-tree"];

/// How git lists the files of the work tree: those that it knows with what they are, and those that it
/// neither knows nor ignores. One git for both; each takes longer to start than to list a thousand.
const LISTING_WORK_TREE: [&str; 9] = [
    "ls-files",
    "-z",
    "-t",
    "--stage",
    "--others",
    "--exclude-standard",
    "--full-name",
    "--",
    ":/",
];

/// How git lists the files that it knows alone.
const LISTING_INDEX: [&str; 7] = ["ls-files", "-z", "-t", "--stage", "--full-name", "--", ":/"];

/// The question that lists the files of the work tree.
pub(crate) const WORK_TREE: &str = "which files there are on the disk";

impl Store {
    /// Has git list the files of a commit while something else is asked.
    pub(crate) fn start_listing(&mut self, commit: &CommitId) {
        let mut command = self.command();
        command.args(LISTING).arg(commit.as_str());
        self.listing =
            self.started_whole(command).map(|(running, until)| (commit.clone(), running, until));
    }

    /// The files of a commit, as git lists them.
    pub(crate) fn listed(&mut self, commit: &CommitId) -> Result<Vec<u8>, GitFailure> {
        if let Some((_, running, until)) = self.listing.take().filter(|(of, ..)| of == commit)
            && let Some(output) = self.finished(running, until)
        {
            return Ok(output);
        }
        let words = [&LISTING[..], &[commit.as_str()]].concat();
        self.ask("which files a commit has", &words, b"")
    }

    /// Has git list the files of the work tree while something else is asked.
    pub(crate) fn start_listing_work_tree(&mut self) {
        let mut command = launch::command(&self.settings, &self.folder, Network::Closed);
        command.args(LISTING_WORK_TREE);
        self.listing_work_tree = self.started_whole(command);
    }

    /// The files of the work tree, as git lists them.
    pub(crate) fn work_tree_listed(&mut self) -> Result<Vec<u8>, GitFailure> {
        if let Some((running, until)) = self.listing_work_tree.take()
            && let Some(output) = self.finished(running, until)
        {
            return Ok(output);
        }
        self.ask_clone(WORK_TREE, &LISTING_WORK_TREE)
    }

    /// Has git list the files that it knows while something else is asked.
    pub(crate) fn start_listing_index(&mut self) {
        let mut command = launch::command(&self.settings, &self.folder, Network::Closed);
        command.args(LISTING_INDEX);
        self.listing_index = self.started_whole(command);
    }

    /// The files that git knows, as it lists them.
    pub(crate) fn index_listed(&mut self) -> Result<Vec<u8>, GitFailure> {
        if let Some((running, until)) = self.listing_index.take()
            && let Some(output) = self.finished(running, until)
        {
            return Ok(output);
        }
        self.ask_clone("which files git knows", &LISTING_INDEX)
    }

    /// A git whose answer is taken later, with the end of its time.
    fn started_whole(&self, command: Command) -> Option<(Running, Instant)> {
        let taking = Taking::Whole { most: self.most_output() };
        let until = process::deadline(self.settings.timeout);
        Running::start(command, false, taking).ok().map(|running| (running, until))
    }

    /// Its answer; nothing where something went wrong: what, is told, or put right by a fetch, when it is
    /// asked again.
    fn finished(&self, running: Running, until: Instant) -> Option<Vec<u8>> {
        let said = running.finish(until, self.most_output()).ok()?;
        (said.code == Some(0)).then_some(said.stdout)
    }
}
