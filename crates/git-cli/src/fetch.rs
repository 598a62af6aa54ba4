//! Fetching, into the scratch store only: one commit, a ref, objects that a filter left out, or history
//! until it is enough. What a server does not do is a rung of a ladder and no failure; a server that
//! does not answer is a failure with a name.

use std::ffi::OsString;
use std::process::Command;

use bstr::{BStr, ByteSlice as _};
use repo_model::{CommitId, ObjectId};

use crate::process::Said;
use crate::scratch::{REMOTE, of_bytes};
use crate::store::Store;
use crate::{FailureKind, GitFailure, MergeBase, RefName};

/// Where refs of the server are kept, away from those of the clone.
const KEPT: &str = "refs/signalbox/";

/// Only contents of files are left out: what differs is known from folders alone.
const WITHOUT_CONTENTS: &str = "--filter=blob:none";

/// Only commits: enough to know which is before which.
const ONLY_COMMITS: &str = "--filter=tree:0";

/// How many more commits are fetched each time while a common ancestor is looked for.
const STEPS: [u32; 4] = [64, 256, 1024, 4096];

/// How a fetch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fetched {
    /// What was asked for is here.
    Done,
    /// The server does not have it.
    NotThere,
    /// The server gives only what its refs name, or no part of a history.
    NotServed,
}

impl Store {
    /// Fetches commits that are not here, all together, and says which are here then: nothing in the
    /// place of one that the server does not have.
    pub(crate) fn fetch_commits(
        &mut self,
        ids: &[&CommitId],
    ) -> Result<Vec<Option<CommitId>>, GitFailure> {
        let mut wanted: Vec<OsString> = Vec::new();
        for id in ids {
            if self.is_of_this_repository(id) && self.commit(id)?.is_none() {
                wanted.push(format!("+{id}:{KEPT}{id}").into());
            }
        }
        if !wanted.is_empty() {
            self.open_scratch()?;
            let options = [Some(WITHOUT_CONTENTS), self.depth()?];
            let options: Vec<&str> = options.into_iter().flatten().collect();
            match self.fetch(&options, &wanted)? {
                Fetched::NotServed => self.fetch_everything(WITHOUT_CONTENTS)?,
                // One that is not there fails all of them: then one after the other.
                Fetched::NotThere if wanted.len() > 1 => {
                    for id in wanted {
                        self.fetch(&options, &[id])?;
                    }
                }
                Fetched::Done | Fetched::NotThere => {}
            }
        }
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            found.push(self.commit(id)?.map(|(id, _)| id));
        }
        Ok(found)
    }

    /// Fetches a branch or a tag and says which commit it names there: nothing where the server has
    /// none of that name.
    pub(crate) fn fetch_ref(&mut self, name: &RefName) -> Result<Option<CommitId>, GitFailure> {
        self.open_scratch()?;
        let name = name.as_bstr();
        let depth = self.depth()?;
        if depth.is_some() {
            // Fetched again with a depth, a history that is here would be cut off.
            let Some(id) = self.asked(name)? else { return Ok(None) };
            if let Some(here) = self.peeled(&id)? {
                return Ok(Some(here));
            }
        }
        let kept = [KEPT.as_bytes(), name].concat();
        let wanted = [b"+", name.as_bytes(), b":", &kept].concat();
        let options = [Some(WITHOUT_CONTENTS), depth];
        let options: Vec<&str> = options.into_iter().flatten().collect();
        match self.fetch(&options, &[of_bytes(&wanted)])? {
            Fetched::Done => {}
            Fetched::NotThere => return Ok(None),
            Fetched::NotServed => self.fetch_everything(WITHOUT_CONTENTS)?,
        }
        match self.reference(kept.as_bstr())? {
            Some(reference) => self.peeled(&reference.id),
            None => Ok(None),
        }
    }

    /// Fetches history until the common ancestor of two commits is certain: more and more commits, and
    /// at last all of them.
    pub(crate) fn deepen_until_merge_base(
        &mut self,
        one: &CommitId,
        other: &CommitId,
    ) -> Result<MergeBase, GitFailure> {
        if self.settings.fetch {
            self.fetch_commits(&[one, other])?;
        }
        let mut known = self.merge_base(one, other)?;
        if known != MergeBase::Unknown || !self.settings.fetch {
            return Ok(known);
        }
        self.open_scratch()?;
        let wanted = [one, other].map(|id| OsString::from(format!("+{id}:{KEPT}{id}")));
        for step in STEPS {
            let deepen = format!("--deepen={step}");
            if self.fetch(&[ONLY_COMMITS, &deepen], &wanted)? != Fetched::Done {
                break;
            }
            known = self.merge_base(one, other)?;
            if known != MergeBase::Unknown {
                return Ok(known);
            }
        }
        self.fetch_history(&wanted)?;
        self.merge_base(one, other)
    }

    /// Fetches all commits before this one, and all tags.
    pub(crate) fn complete(&mut self, commit: &CommitId) -> Result<(), GitFailure> {
        self.open_scratch()?;
        let commit = format!("+{commit}:{KEPT}{commit}");
        self.fetch_history(&[commit.into(), "+refs/tags/*:refs/tags/*".into()])
    }

    fn fetch_history(&mut self, wanted: &[OsString]) -> Result<(), GitFailure> {
        let options = [Some(ONLY_COMMITS), self.unshallow()?];
        let options: Vec<&str> = options.into_iter().flatten().collect();
        match self.fetch(&options, wanted)? {
            Fetched::Done => Ok(()),
            Fetched::NotThere | Fetched::NotServed => self.fetch_everything(ONLY_COMMITS),
        }
    }

    /// Fetches all that the server's branches and tags name: what every server gives.
    fn fetch_everything(&mut self, filter: &str) -> Result<(), GitFailure> {
        let wanted =
            [format!("+refs/heads/*:{KEPT}refs/heads/*"), "+refs/tags/*:refs/tags/*".into()];
        let wanted = wanted.map(OsString::from);
        let options = [Some(filter), self.unshallow()?];
        let options: Vec<&str> = options.into_iter().flatten().collect();
        self.fetch(&options, &wanted).map(|_| ())
    }

    /// Fetches objects that a filter left out, all together. Some may be missing afterwards.
    pub(crate) fn fetch_objects(&mut self, ids: &[ObjectId]) -> Result<(), GitFailure> {
        self.open_scratch()?;
        let mut input = String::new();
        for id in ids {
            input.push_str(&id.to_string());
            input.push('\n');
        }
        // Nothing is negotiated: no commit that is here stands for contents that are not.
        let before = ["-c", "fetch.negotiationAlgorithm=noop"];
        self.fetch_with(&before, &[WITHOUT_CONTENTS, "--stdin"], &[], input.as_bytes())?;
        Ok(())
    }

    /// One commit of a history that was cut off; the whole one otherwise, because what is here already
    /// does not come again, and a depth would cut it off.
    fn depth(&mut self) -> Result<Option<&'static str>, GitFailure> {
        Ok((!self.boundary()?.is_empty()).then_some("--depth=1"))
    }

    fn unshallow(&mut self) -> Result<Option<&'static str>, GitFailure> {
        Ok((!self.boundary()?.is_empty()).then_some("--unshallow"))
    }

    /// What the server has under this name.
    fn asked(&mut self, name: &BStr) -> Result<Option<ObjectId>, GitFailure> {
        let question = "what the server has";
        let pattern = of_bytes(name);
        let words = ["ls-remote", "--quiet", "--refs", "--", REMOTE].map(OsString::from);
        let said = self.tried(question, b"", &|store| {
            let mut command = store.scratch_command()?;
            command.args(&words).arg(&pattern);
            Some(command)
        })?;
        if said.code != Some(0) {
            return Err(GitFailure::of_refusal(question, &said));
        }
        // A pattern means every name that ends so.
        let lines = said.stdout.lines().filter_map(|line| line.split_once_str(b"\t"));
        let found = lines.filter(|(_, found)| *found == name).map(|(digits, _)| digits).next();
        Ok(found.and_then(|digits| ObjectId::from_digits(digits).ok()))
    }

    fn fetch(&mut self, options: &[&str], wanted: &[OsString]) -> Result<Fetched, GitFailure> {
        self.fetch_with(&[], options, wanted, b"")
    }

    fn fetch_with(
        &mut self,
        before: &[&str],
        options: &[&str],
        wanted: &[OsString],
        input: &[u8],
    ) -> Result<Fetched, GitFailure> {
        let question = "what the server has";
        let said = self.tried(question, input, &|store| {
            let mut command = store.scratch_command()?;
            command.args(before).args([
                "fetch",
                "--quiet",
                "--no-tags",
                "--no-write-fetch-head",
                "--no-auto-maintenance",
                "--no-recurse-submodules",
                // From a server whose own history was cut off.
                "--update-shallow",
            ]);
            command.args(options).args(["--", REMOTE]).args(wanted);
            Some(command)
        });
        self.forget();
        let said = said?;
        if said.code == Some(0) {
            return Ok(Fetched::Done);
        }
        match refusal(&said.stderr) {
            Some(fetched) => Ok(fetched),
            None => Err(GitFailure::of_refusal(question, &said)),
        }
    }

    /// Runs a git that asks the server, again after a while if the trouble may have passed.
    fn tried(
        &self,
        question: &'static str,
        input: &[u8],
        command: &dyn Fn(&Self) -> Option<Command>,
    ) -> Result<Said, GitFailure> {
        let mut pause = self.settings.pause;
        let mut left = self.settings.tries.max(1);
        loop {
            left -= 1;
            let Some(command) = command(self) else {
                return Err(GitFailure::new(question, FailureKind::FetchNotAllowed));
            };
            let failure = match self.run(question, command, input.to_vec()) {
                Ok(said) if said.code == Some(0) || refusal(&said.stderr).is_some() => {
                    return Ok(said);
                }
                Ok(said) => GitFailure::of_refusal(question, &said),
                Err(failure) => failure,
            };
            if left == 0 || !failure.kind.is_passing() {
                return Err(failure);
            }
            std::thread::sleep(pause);
            pause = pause.saturating_mul(2);
        }
    }
}

/// What a server, or git on its behalf, says that it does not do. Seen with git 2.47.
fn refusal(stderr: &[u8]) -> Option<Fetched> {
    let says = |words: &str| stderr.contains_str(words);
    let is_not_there = says("couldn't find remote ref") || says("not our ref");
    let is_not_served = says("unadvertised object")
        || says("does not support shallow")
        || says("does not support --deepen");
    if is_not_served {
        Some(Fetched::NotServed)
    } else if is_not_there {
        Some(Fetched::NotThere)
    } else {
        None
    }
}
