//! Where questions about objects go: to the user's clone, or, once something was fetched, to the
//! scratch store, which sees the clone and what was fetched.

mod listing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use bstr::{BStr, BString, ByteSlice as _};
use repo_model::{CommitId, ObjectId};

use crate::batch::{Batch, Object, Way};
use crate::launch::{self, Network};
use crate::output::{
    Commit, Malformed, ObjectKind, Reference, Setting, commit, references, settings,
};
use crate::process::{self, Running, Said, Taking};
use crate::scratch::{self, Scratch};
use crate::{FailureKind, GitFailure, RefName, Settings, disk};

pub(crate) use listing::WORK_TREE;

/// Contents up to this size are kept, so that both sides of a change read them once.
const KEPT_CONTENTS: usize = 1 << 20;

/// How many bytes of contents are kept in all.
const KEPT_IN_ALL: usize = 64 << 20;

/// The contents of an object.
#[derive(Clone, Debug)]
pub(crate) enum Contents {
    /// They are here.
    Here(Arc<Vec<u8>>),
    /// They are not in this clone, or not those of a file.
    Missing,
    /// They are more than is read.
    TooLarge(u64),
}

/// The way to one repository's objects.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) settings: Settings,
    /// The folder in which git runs.
    pub(crate) folder: PathBuf,
    /// The top of the work tree, or, without one, the folder.
    pub(crate) top: PathBuf,
    pub(crate) is_sha256: bool,
    pub(crate) is_shallow: bool,
    scratch: Option<Scratch>,
    batch: Option<Batch>,
    /// How objects are asked for: as an old git is, once one has shown to be old.
    way: Way,
    /// The files of a commit, as git is listing them already.
    listing: Option<(CommitId, Running, Instant)>,
    /// Those of the work tree.
    listing_work_tree: Option<(Running, Instant)>,
    /// Those that git knows alone.
    listing_index: Option<(Running, Instant)>,
    config: Option<Arc<Vec<Setting>>>,
    boundary: Option<Arc<BTreeSet<ObjectId>>>,
    commits: BTreeMap<CommitId, Commit>,
    contents: BTreeMap<ObjectId, Arc<Vec<u8>>>,
    kept: usize,
}

impl Store {
    pub(crate) fn new(settings: Settings, folder: PathBuf, top: PathBuf) -> Self {
        Self {
            settings,
            folder,
            top,
            is_sha256: false,
            is_shallow: false,
            scratch: None,
            batch: None,
            way: Way::Commands,
            listing: None,
            listing_work_tree: None,
            listing_index: None,
            config: None,
            boundary: None,
            commits: BTreeMap::new(),
            contents: BTreeMap::new(),
            kept: 0,
        }
    }

    /// Asks in the user's clone: about its refs, its configuration, its work tree.
    pub(crate) fn ask_clone(
        &self,
        question: &'static str,
        words: &[&str],
    ) -> Result<Vec<u8>, GitFailure> {
        let mut command = launch::command(&self.settings, &self.folder, Network::Closed);
        command.args(words);
        let said = self.run(question, command, Vec::new())?;
        if said.code == Some(0) {
            Ok(said.stdout)
        } else {
            Err(GitFailure::of_refusal(question, &said))
        }
    }

    /// The same, where exit code 1 means no answer.
    pub(crate) fn ask_clone_maybe(
        &self,
        question: &'static str,
        words: &[&str],
    ) -> Result<Option<Vec<u8>>, GitFailure> {
        match self.ask_clone(question, words) {
            Ok(stdout) => Ok(Some(stdout)),
            Err(failure) if failure.code == Some(1) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Asks about objects, wherever they are. Where some are missing in a partial clone and fetching is
    /// allowed, git fetches them into the scratch store.
    pub(crate) fn ask(
        &mut self,
        question: &'static str,
        words: &[&str],
        input: &[u8],
    ) -> Result<Vec<u8>, GitFailure> {
        let said = self.said(question, words, input)?;
        if said.code == Some(0) {
            return Ok(said.stdout);
        }
        let failure = GitFailure::of_refusal(question, &said);
        let is_missing = failure.kind == FailureKind::ObjectMissing;
        if !is_missing || self.scratch.is_some() || !self.may_fetch_missing()? {
            return Err(failure);
        }
        self.open_scratch()?;
        let said = self.said(question, words, input)?;
        if said.code == Some(0) {
            Ok(said.stdout)
        } else {
            Err(GitFailure::of_refusal(question, &said))
        }
    }

    /// What git says about objects, whatever its exit code.
    pub(crate) fn said(
        &self,
        question: &'static str,
        words: &[&str],
        input: &[u8],
    ) -> Result<Said, GitFailure> {
        let mut command = self.command();
        command.args(words);
        self.run(question, command, input.to_vec())
    }

    fn command(&self) -> Command {
        match &self.scratch {
            Some(scratch) => scratch.command(&self.settings, Network::Open),
            None => launch::command(&self.settings, &self.folder, Network::Closed),
        }
    }

    pub(crate) fn run(
        &self,
        question: &'static str,
        command: Command,
        input: Vec<u8>,
    ) -> Result<Said, GitFailure> {
        process::run(command, input, self.settings.timeout, self.most_output())
            .map_err(|trouble| GitFailure::of_trouble(question, trouble))
    }

    fn most_output(&self) -> usize {
        usize::try_from(self.settings.most_output).unwrap_or(usize::MAX)
    }

    /// Starts the git that reads objects while something else is asked. If it does not start, that is
    /// told when an object is read.
    pub(crate) fn start_reading(&mut self) {
        self.batch = self.started("").ok();
    }

    /// The configuration that counts in the clone.
    pub(crate) fn config(&mut self) -> Result<Arc<Vec<Setting>>, GitFailure> {
        if let Some(config) = &self.config {
            return Ok(Arc::clone(config));
        }
        let question = "what is configured";
        let output = self.ask_clone(question, &["config", "--list", "--includes", "-z"])?;
        let config = settings(&output).map_err(|it| GitFailure::malformed(question, it))?;
        let config = Arc::new(config);
        self.config = Some(Arc::clone(&config));
        Ok(config)
    }

    /// Whether objects may be missing because a filter left them out when the clone was made.
    pub(crate) fn is_partial(&mut self) -> Result<bool, GitFailure> {
        let is_partial = |setting: &Setting| {
            setting.key == "extensions.partialclone"
                || (setting.between("remote", "promisor").is_some() && setting.is_true())
        };
        Ok(self.config()?.iter().any(is_partial))
    }

    fn may_fetch_missing(&mut self) -> Result<bool, GitFailure> {
        Ok(self.settings.fetch && self.is_partial()? && self.remote()?.is_some())
    }

    /// The remotes that have an address, in the order of the configuration.
    fn remotes(&mut self) -> Result<Vec<BString>, GitFailure> {
        let mut remotes: Vec<BString> = Vec::new();
        for setting in self.config()?.iter() {
            let Some(name) = setting.between("remote", "url") else { continue };
            if !remotes.iter().any(|known| known == name) {
                remotes.push(name.into());
            }
        }
        Ok(remotes)
    }

    /// The remote that the branch which is checked out follows; else the only one; else `origin`, if
    /// there is one.
    pub(crate) fn remote(&mut self) -> Result<Option<BString>, GitFailure> {
        let remotes = self.remotes()?;
        let only = match remotes.as_slice() {
            [] => return Ok(None),
            [only] => Some(only.clone()),
            [..] => None,
        };
        if only.is_some() {
            return Ok(only);
        }
        let question = "which branch is checked out";
        let words = ["symbolic-ref", "--quiet", "HEAD"];
        if let Some(output) = self.ask_clone_maybe(question, &words)? {
            let branch = output.strip_prefix(b"refs/heads/").unwrap_or(&output);
            let branch = branch.strip_suffix(b"\n").unwrap_or(branch);
            let config = self.config()?;
            let follows =
                config.iter().rev().find(|it| it.between("branch", "remote") == Some(branch));
            let follows = follows.and_then(|setting| setting.value.clone());
            if let Some(remote) = follows.filter(|name| remotes.contains(name)) {
                return Ok(Some(remote));
            }
        }
        Ok(remotes.into_iter().find(|name| name == "origin"))
    }

    /// The refs below `pattern`, or the one of that name.
    pub(crate) fn references(&self, words: &[&str]) -> Result<Vec<Reference>, GitFailure> {
        let question = "which branches and tags there are";
        let mut all = vec!["for-each-ref", "--format=%(objectname) %(objecttype) %(refname)"];
        all.extend_from_slice(words);
        let said = self.said(question, &all, b"")?;
        if said.code != Some(0) {
            return Err(GitFailure::of_refusal(question, &said));
        }
        references(&said.stdout).map_err(|malformed| GitFailure::malformed(question, malformed))
    }

    /// What the ref names: a commit or a tag's object. Nothing where it is not there.
    pub(crate) fn reference(&self, name: &BStr) -> Result<Option<Reference>, GitFailure> {
        let words = [name.to_str_lossy()];
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        // Not UTF-8: then all below are listed, and compared byte by byte.
        let words = if name.to_str().is_ok() { words } else { vec!["refs/"] };
        Ok(self.references(&words)?.into_iter().find(|reference| reference.name == name))
    }

    /// Has the `cat-file` that runs read these objects.
    fn read(
        &mut self,
        question: &'static str,
        names: &[Vec<u8>],
        take: &mut dyn FnMut(usize, Object),
    ) -> Result<(), GitFailure> {
        let mut done = 0;
        while let Some(rest) = names.get(done..).filter(|rest| !rest.is_empty()) {
            let mut batch = match self.batch.take() {
                Some(batch) => batch,
                None => self.started(question)?,
            };
            let mut is_stuck = false;
            let answered = batch.read(question, rest, &self.settings, &mut |at, object| {
                is_stuck = matches!(object, Object::TooLarge(_));
                take(done + at, object);
            });
            match answered {
                Ok(answered) => done += answered,
                Err(failure) if batch.is_too_old(&failure) => {
                    self.way = Way::Names;
                    continue;
                }
                Err(failure) => return Err(failure),
            }
            // After what is too large a new one is started: the old one would print all of it.
            if !is_stuck {
                self.batch = Some(batch);
            }
        }
        Ok(())
    }

    fn started(&self, question: &'static str) -> Result<Batch, GitFailure> {
        let mut command = self.command();
        command.args(self.way.words());
        let running = Running::start(command, true, Taking::Chunks);
        let batch = running.map(|running| Batch::new(running, self.way));
        batch.map_err(|it| GitFailure::of_trouble(question, it))
    }

    /// The commit of this id, or of the tag of this id; nothing where neither is here.
    pub(crate) fn commit(
        &mut self,
        id: &CommitId,
    ) -> Result<Option<(CommitId, Commit)>, GitFailure> {
        if !self.is_of_this_repository(id) {
            return Ok(None);
        }
        if let Some(known) = self.commits.get(id) {
            return Ok(Some((id.clone(), known.clone())));
        }
        self.commit_named(format!("{id}^{{commit}}").into_bytes())
    }

    /// Whether the id could be one here: of the right length, and not the zeros that stand for none.
    pub(crate) fn is_of_this_repository(&self, id: &CommitId) -> bool {
        id.as_str().len() == if self.is_sha256 { 64 } else { 40 } && !id.is_zero()
    }

    /// The commit that is checked out; nothing where no commit was made yet.
    pub(crate) fn head(&mut self) -> Result<Option<(CommitId, Commit)>, GitFailure> {
        self.commit_named(b"HEAD^{commit}".to_vec())
    }

    /// The commit that git takes an expression for.
    pub(crate) fn find_expression(
        &mut self,
        expression: &str,
    ) -> Result<Option<CommitId>, GitFailure> {
        // One line is one question, and an empty one would be `^{commit}`, which names nothing.
        if expression.is_empty() || expression.contains(['\n', '\r', '\0']) {
            return Ok(None);
        }
        let name = format!("{expression}^{{commit}}").into_bytes();
        Ok(self.commit_named(name)?.map(|(id, _)| id))
    }

    fn commit_named(&mut self, name: Vec<u8>) -> Result<Option<(CommitId, Commit)>, GitFailure> {
        let question = "which commit is meant";
        let mut found = None;
        self.read(question, &[name], &mut |_, object| found = Some(object))?;
        match found {
            Some(Object::Found { id, kind: ObjectKind::Commit, contents }) => {
                let read = commit(&contents).map_err(|it| GitFailure::malformed(question, it))?;
                let malformed = Malformed { at: 0, expected: "the name of a commit" };
                let id: CommitId = id
                    .to_string()
                    .parse()
                    .map_err(|_| GitFailure::malformed(question, malformed))?;
                self.commits.insert(id.clone(), read.clone());
                Ok(Some((id, read)))
            }
            Some(Object::TooLarge(_)) => Err(GitFailure::new(question, FailureKind::TooMuch)),
            Some(Object::Missing | Object::Found { .. }) | None => Ok(None),
        }
    }

    /// The contents of these objects. Each is read once, and those that a filter left out are fetched
    /// together.
    pub(crate) fn contents(
        &mut self,
        ids: &BTreeSet<ObjectId>,
    ) -> Result<BTreeMap<ObjectId, Contents>, GitFailure> {
        let (mut found, missing) = match self.contents_here(ids) {
            Ok(found) => {
                let is_missing = |it: &(&ObjectId, &Contents)| matches!(it.1, Contents::Missing);
                let missing = found.iter().filter(is_missing).map(|(id, _)| *id).collect();
                (found, missing)
            }
            // Before 2.45 git does not go on after the first one that is missing.
            Err(failure) if failure.kind == FailureKind::ObjectMissing => {
                let missing: Vec<ObjectId> = ids.iter().copied().collect();
                (missing.iter().map(|id| (*id, Contents::Missing)).collect(), missing)
            }
            Err(failure) => return Err(failure),
        };
        if !missing.is_empty() && self.may_fetch_missing()? {
            self.fetch_objects(&missing)?;
            found.extend(self.contents_here(&missing.into_iter().collect())?);
        }
        Ok(found)
    }

    fn contents_here(
        &mut self,
        ids: &BTreeSet<ObjectId>,
    ) -> Result<BTreeMap<ObjectId, Contents>, GitFailure> {
        let question = "what stands in a file";
        let known = |id: &ObjectId| Some((*id, Contents::Here(Arc::clone(self.contents.get(id)?))));
        let mut found: BTreeMap<ObjectId, Contents> = ids.iter().filter_map(known).collect();
        let asked: Vec<ObjectId> =
            ids.iter().filter(|id| !found.contains_key(id)).copied().collect();
        let names: Vec<Vec<u8>> = asked.iter().map(|id| id.to_string().into_bytes()).collect();
        let mut fresh = Vec::new();
        let mut total = 0_u64;
        self.read(question, &names, &mut |at, object| {
            let Some(id) = asked.get(at) else { return };
            let contents = match object {
                Object::Found { kind: ObjectKind::Blob, contents, .. } => {
                    total = total.saturating_add(u64::try_from(contents.len()).unwrap_or(u64::MAX));
                    Contents::Here(Arc::new(contents))
                }
                Object::TooLarge(size) => Contents::TooLarge(size),
                Object::Found { .. } | Object::Missing => Contents::Missing,
            };
            fresh.push((*id, contents));
        })?;
        if total > self.settings.most_output {
            return Err(GitFailure::new(question, FailureKind::TooMuch));
        }
        for (id, contents) in fresh {
            if let Contents::Here(bytes) = &contents
                && bytes.len() <= KEPT_CONTENTS
                && self.kept + bytes.len() <= KEPT_IN_ALL
            {
                self.kept += bytes.len();
                self.contents.insert(id, Arc::clone(bytes));
            }
            found.insert(id, contents);
        }
        Ok(found)
    }

    /// The commits at which history ends because it was cut off there.
    pub(crate) fn boundary(&mut self) -> Result<Arc<BTreeSet<ObjectId>>, GitFailure> {
        if let Some(boundary) = &self.boundary {
            return Ok(Arc::clone(boundary));
        }
        let question = "where history was cut off";
        let text = match &self.scratch {
            Some(scratch) => disk::read(&scratch.shallow())
                .map_err(|error| GitFailure::disk(question, &error))?
                .unwrap_or_default(),
            None => self.shallow_of_clone()?,
        };
        let ids = text.lines().map(ObjectId::from_digits).collect::<Result<BTreeSet<_>, _>>();
        let malformed = Malformed { at: 0, expected: "the name of a commit in each line" };
        let ids = Arc::new(ids.map_err(|_| GitFailure::malformed(question, malformed))?);
        self.boundary = Some(Arc::clone(&ids));
        Ok(ids)
    }

    fn shallow_of_clone(&self) -> Result<Vec<u8>, GitFailure> {
        if !self.is_shallow {
            return Ok(Vec::new());
        }
        let question = "where history was cut off";
        let path = self.git_path("shallow")?;
        let text = disk::read(&path).map_err(|error| GitFailure::disk(question, &error))?;
        Ok(text.unwrap_or_default())
    }

    /// Where something of the clone is, of which a linked work tree has none of its own
    /// (git-rev-parse(1), `--git-path`).
    pub(crate) fn git_path(&self, name: &str) -> Result<PathBuf, GitFailure> {
        let output =
            self.ask_clone("where it keeps its objects", &["rev-parse", "--git-path", name])?;
        let path = output.strip_suffix(b"\n").unwrap_or(&output);
        Ok(self.folder.join(scratch::of_bytes(path)))
    }

    /// A folder for what is needed for one question.
    pub(crate) fn temporary(&self, prefix: &str) -> std::io::Result<tempfile::TempDir> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(prefix);
        match &self.settings.temporary {
            Some(temporary) => builder.tempdir_in(temporary),
            None => builder.tempdir(),
        }
    }

    /// The scratch store, which is made when it is first needed.
    pub(crate) fn open_scratch(&mut self) -> Result<(), GitFailure> {
        let question = "what the server has";
        if self.scratch.is_some() {
            return Ok(());
        }
        if !self.settings.fetch {
            return Err(GitFailure::new(question, FailureKind::FetchNotAllowed));
        }
        let Some(remote) = self.remote()? else {
            return Err(GitFailure::new(question, FailureKind::NoRemote));
        };
        self.check_version()?;
        let config = self.config()?;
        let disk_failure = |error: std::io::Error| GitFailure::disk(question, &error);
        let scratch = Scratch::at(&self.settings, &self.top, &config, remote.as_bstr());
        let scratch = scratch.map_err(disk_failure)?;
        let init = scratch.init(&self.settings, self.is_sha256);
        let said = self.run(question, init, Vec::new())?;
        if said.code != Some(0) {
            return Err(GitFailure::of_refusal(question, &said));
        }
        let head = self.head()?;
        let clone = scratch::Clone {
            objects: self.git_path("objects")?,
            shallow: self.shallow_of_clone()?,
            references: &self.references(&[])?,
            head: head.as_ref().map(|(id, _)| id.as_str()),
        };
        scratch.fill(&clone).map_err(disk_failure)?;
        self.scratch = Some(scratch);
        self.forget();
        Ok(())
    }

    /// Fetching needs `GIT_CONFIG_GLOBAL`, which is known since git 2.32.
    fn check_version(&self) -> Result<(), GitFailure> {
        let question = "which version it is";
        let output = self.ask_clone(question, &["version"])?;
        let malformed = Malformed { at: 0, expected: "`git version` and a number" };
        let numbers = output.strip_prefix(b"git version ").unwrap_or_default();
        let mut numbers = numbers
            .split(|byte| !byte.is_ascii_digit())
            .map(|digits| digits.to_str().ok().and_then(|digits| digits.parse::<u64>().ok()));
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor)) if (major, minor) >= (2, 32) => Ok(()),
            (Some(_), Some(_)) => Err(GitFailure::new(question, FailureKind::TooOld("2.32"))),
            _ => Err(GitFailure::malformed(question, malformed)),
        }
    }

    /// The command of the scratch store with which something is fetched.
    pub(crate) fn scratch_command(&self) -> Option<Command> {
        Some(self.scratch.as_ref()?.command(&self.settings, Network::Open))
    }

    /// After something new has come: what was not here may be now.
    pub(crate) fn forget(&mut self) {
        self.batch = None;
        self.boundary = None;
    }

    /// The commit that a name means; nothing where it is not here.
    pub(crate) fn find_ref(&mut self, name: &RefName) -> Result<Option<CommitId>, GitFailure> {
        let Some(reference) = self.reference(name.as_bstr())? else { return Ok(None) };
        self.peeled(&reference.id)
    }

    /// The commit of this object: itself, or what the tag names.
    pub(crate) fn peeled(&mut self, id: &ObjectId) -> Result<Option<CommitId>, GitFailure> {
        let Ok(id) = id.to_string().parse::<CommitId>() else { return Ok(None) };
        Ok(self.commit(&id)?.map(|(id, _)| id))
    }
}
