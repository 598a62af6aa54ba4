//! A git repository made by a script: the same ids on every machine and every day.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::Scratch;

/// The time, in seconds since 1970, a minute before the first commit. Each commit is a minute younger
/// than the one made before it.
const FIRST_SECOND: u64 = 1_700_000_000;

/// A repository in a scratch folder, with a work tree beside an empty home folder. It knows no
/// configuration of the user or the machine, and as a server it allows what GitHub allows: any commit
/// may be asked for, and filters.
#[derive(Debug)]
pub struct Repository {
    scratch: Scratch,
    second: Cell<u64>,
}

impl Repository {
    /// An empty repository; its first commit will be on the branch `main`.
    ///
    /// # Panics
    /// When git cannot be run or refuses, as with everything below.
    #[expect(clippy::new_without_default, reason = "a default that runs git would surprise")]
    pub fn new() -> Self {
        Self::made(&["init", "--quiet", "--initial-branch=main"])
    }

    /// An empty repository whose ids are SHA-256.
    ///
    /// # Panics
    /// When git refuses.
    pub fn with_sha256() -> Self {
        Self::made(&["init", "--quiet", "--initial-branch=main", "--object-format=sha256"])
    }

    /// An empty repository without a work tree: a server, or a history too large to check out.
    ///
    /// # Panics
    /// When git refuses.
    pub fn bare() -> Self {
        Self::made(&["init", "--quiet", "--initial-branch=main", "--bare"])
    }

    fn made(init: &[&str]) -> Self {
        let repository = Self::unmade();
        make_folder(&repository.path());
        repository.git(init);
        repository.serve();
        repository
    }

    fn unmade() -> Self {
        let scratch = Scratch::new();
        make_folder(&scratch.at("home"));
        Self { scratch, second: Cell::new(FIRST_SECOND) }
    }

    fn serve(&self) {
        self.git(&["config", "uploadpack.allowFilter", "true"]);
        self.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    }

    /// The work tree, or the bare repository: absolute and without links.
    pub fn path(&self) -> PathBuf {
        self.scratch.at("work")
    }

    /// The scratch folder that holds `work` and `home`.
    pub fn scratch(&self) -> &Scratch {
        &self.scratch
    }

    /// The environment in which git knows nothing but this repository: to be added to an empty one, or
    /// laid over that of the test.
    pub fn variables(&self) -> Vec<(OsString, OsString)> {
        let home = self.scratch.at("home").into_os_string();
        let mut variables: Vec<(OsString, OsString)> = vec![
            ("HOME".into(), home.clone()),
            ("XDG_CONFIG_HOME".into(), home),
            ("GIT_CONFIG_GLOBAL".into(), "/dev/null".into()),
            ("GIT_CONFIG_NOSYSTEM".into(), "1".into()),
            ("LC_ALL".into(), "C".into()),
        ];
        if let Some(path) = std::env::var_os("PATH") {
            variables.push(("PATH".into(), path));
        }
        variables
    }

    /// A git command in the work tree, with identity and date fixed, that has not been started.
    pub fn command<W: AsRef<OsStr>>(&self, words: &[W]) -> Command {
        let mut command = Command::new("git");
        command.args(words).current_dir(self.path()).env_clear().envs(self.variables());
        let date = format!("{} +0000", self.second.get());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "Tester");
            command.env(format!("GIT_{who}_EMAIL"), "tester@example.org");
            command.env(format!("GIT_{who}_DATE"), &date);
        }
        // A clone of a folder goes through the same server as one over the network.
        command.env("GIT_ALLOW_PROTOCOL", "file");
        command
    }

    /// Runs git in the work tree; what it says on standard output, without the last line break.
    ///
    /// # Panics
    /// When it refuses, or says what is not UTF-8.
    #[track_caller]
    pub fn git<W: AsRef<OsStr>>(&self, words: &[W]) -> String {
        let mut said = match String::from_utf8(self.git_bytes(words, b"")) {
            Ok(said) => said,
            Err(error) => panic!("git says what is not UTF-8: {error}"),
        };
        said.truncate(said.trim_end_matches('\n').len());
        said
    }

    /// Runs git in the work tree with `input` on its standard input; what it says.
    ///
    /// # Panics
    /// When it refuses.
    #[track_caller]
    pub fn git_bytes<W: AsRef<OsStr>>(&self, words: &[W], input: &[u8]) -> Vec<u8> {
        let output = self.output(words, input);
        if !output.status.success() {
            let words: Vec<&OsStr> = words.iter().map(AsRef::as_ref).collect();
            panic!("git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        output.stdout
    }

    #[track_caller]
    fn output<W: AsRef<OsStr>>(&self, words: &[W], input: &[u8]) -> Output {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = match command.spawn() {
            Ok(child) => child,
            Err(error) => panic!("failed to start git: {error}"),
        };
        if let Some(mut stdin) = child.stdin.take() {
            let input = input.to_vec();
            std::thread::spawn(move || drop(stdin.write_all(&input)));
        }
        child.wait_with_output().unwrap_or_else(|error| panic!("git cannot be read: {error}"))
    }

    /// Where the path of these bytes is on the disk.
    pub fn at(&self, path: impl AsRef<[u8]>) -> PathBuf {
        self.path().join(of_bytes(path.as_ref()))
    }

    /// Writes a file of the work tree, with the folders above it.
    ///
    /// # Panics
    /// When the disk refuses.
    #[track_caller]
    pub fn write(&self, path: impl AsRef<[u8]>, contents: impl AsRef<[u8]>) -> &Self {
        self.scratch.write(self.at(path), contents);
        self
    }

    /// Removes a file, a link or a folder of the work tree.
    ///
    /// # Panics
    /// When it is not there.
    #[track_caller]
    pub fn remove(&self, path: impl AsRef<[u8]>) -> &Self {
        let path = self.at(path);
        let is_folder = path.is_dir() && !path.is_symlink();
        let removed = if is_folder { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        done("remove", &path, removed);
        self
    }

    /// Makes a link of the work tree that leads to `target`.
    ///
    /// # Panics
    /// When the disk refuses.
    #[cfg(unix)]
    #[track_caller]
    pub fn symlink(&self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> &Self {
        let path = self.at(path);
        crate::scratch::make_folder_of(&path);
        done("link", &path, std::os::unix::fs::symlink(of_bytes(target.as_ref()), &path));
        self
    }

    /// Makes a file one that may be run, or one that may not.
    ///
    /// # Panics
    /// When it is not there.
    #[cfg(unix)]
    #[track_caller]
    pub fn chmod(&self, path: impl AsRef<[u8]>, is_executable: bool) -> &Self {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.at(path);
        let mode = if is_executable { 0o755 } else { 0o644 };
        done("change", &path, fs::set_permissions(&path, fs::Permissions::from_mode(mode)));
        self
    }

    /// Puts a commit of another repository at `path` of the index, as a submodule that is not checked
    /// out. Commit it with [`Repository::commit_index`].
    ///
    /// # Panics
    /// When git refuses.
    #[track_caller]
    pub fn submodule(&self, path: impl AsRef<[u8]>, commit: &str) -> &Self {
        let mut words: Vec<OsString> =
            ["update-index", "--add", "--cacheinfo"].map(Into::into).into();
        words.push(format!("160000,{commit},").into());
        if let Some(last) = words.last_mut() {
            last.push(of_bytes(path.as_ref()));
        }
        self.git(&words);
        self
    }

    /// Commits the whole work tree; its id. A commit in which nothing changed is one too.
    ///
    /// # Panics
    /// When git refuses.
    #[track_caller]
    pub fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.commit_index(message)
    }

    /// Commits what is in the index; its id.
    ///
    /// # Panics
    /// When git refuses.
    #[track_caller]
    pub fn commit_index(&self, message: &str) -> String {
        self.tick();
        self.git(&["commit", "--quiet", "--allow-empty", "--allow-empty-message", "-m", message]);
        self.head()
    }

    /// The id of the commit that is checked out.
    ///
    /// # Panics
    /// When there is none.
    #[track_caller]
    pub fn head(&self) -> String {
        self.id("HEAD")
    }

    /// The id that git understands under `name`.
    ///
    /// # Panics
    /// When it understands none.
    #[track_caller]
    pub fn id(&self, name: &str) -> String {
        self.git(&["rev-parse", "--verify", "--end-of-options", name])
    }

    /// Makes a branch here and checks it out.
    ///
    /// # Panics
    /// When it exists.
    #[track_caller]
    pub fn branch(&self, name: &str) -> &Self {
        self.git(&["checkout", "--quiet", "-b", name]);
        self
    }

    /// Checks a branch, a tag or a commit out.
    ///
    /// # Panics
    /// When there is no such thing.
    #[track_caller]
    pub fn checkout(&self, name: &str) -> &Self {
        self.git(&["checkout", "--quiet", name]);
        self
    }

    /// Merges a branch into this one, with a commit of its own; its id.
    ///
    /// # Panics
    /// When both changed the same lines.
    #[track_caller]
    pub fn merge(&self, name: &str) -> String {
        self.tick();
        self.git(&["merge", "--quiet", "--no-ff", "--no-edit", name]);
        self.head()
    }

    /// Tags the commit that is checked out, without an object of the tag's own.
    ///
    /// # Panics
    /// When the tag exists.
    #[track_caller]
    pub fn tag(&self, name: &str) -> &Self {
        self.git(&["tag", "--no-sign", name]);
        self
    }

    /// Tags the commit that is checked out with an object that has a message; that object's id.
    ///
    /// # Panics
    /// When the tag exists.
    #[track_caller]
    pub fn annotated_tag(&self, name: &str) -> String {
        self.tick();
        self.git(&["tag", "--no-sign", "--annotate", "-m", name, name]);
        self.id(&format!("refs/tags/{name}"))
    }

    /// A history in a second: `commits` commits on the branch `main`, the first with `files` files in
    /// folders of ten, each later one with one of them changed; the last one's id. It is checked out
    /// where there is a work tree.
    ///
    /// # Panics
    /// When the repository has commits already.
    #[track_caller]
    pub fn history(&self, commits: usize, files: usize) -> String {
        let path = |file: usize| format!("folder-{:04}/file-{file:05}.txt", file / 10);
        let mut stream = String::new();
        for number in 0..commits {
            self.tick();
            let who = format!("Tester <tester@example.org> {} +0000", self.second.get());
            let message = data(number);
            stream.extend(["commit refs/heads/main\ncommitter ", &who, "\n", &message]);
            let changed = if number == 0 { 0..files } else { number % files..number % files + 1 };
            for file in changed {
                let contents = data(number * files + file);
                stream.extend(["M 100644 inline ", &path(file), "\n", &contents]);
            }
        }
        self.git_bytes(&["fast-import", "--quiet"], stream.as_bytes());
        let is_bare = self.git(&["rev-parse", "--is-bare-repository"]) == "true";
        if !is_bare {
            self.git(&["reset", "--quiet", "--hard", "refs/heads/main"]);
        }
        self.id("refs/heads/main")
    }

    /// The address under which another repository clones this one, through a server's protocol.
    pub fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    /// Clones it, with options such as `--depth=1`, `--filter=blob:none`, `--bare`. This one must live
    /// as long as the clone is to fetch from it.
    ///
    /// # Panics
    /// When git refuses.
    #[must_use]
    #[track_caller]
    pub fn cloned(&self, options: &[&str]) -> Self {
        let clone = Self::unmade();
        clone.second.set(self.second.get());
        let (from, to) = (self.url(), clone.path());
        let mut command = self.command(&["clone", "--quiet"]);
        command.args(options).arg("--").arg(from).arg(to).envs(clone.variables());
        let output = command.output();
        let output = output.unwrap_or_else(|error| panic!("failed to start git: {error}"));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        clone
    }

    /// Everything in the work tree, in `.git` and in the home folder: where, what it is, and contents.
    /// Equal snapshots mean that nothing was touched.
    ///
    /// # Panics
    /// When the disk refuses.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, (String, Vec<u8>)> {
        let mut found = BTreeMap::new();
        snapshot_of(self.scratch.path(), &mut found);
        found
    }

    fn tick(&self) {
        self.second.set(self.second.get() + 60);
    }
}

fn data(number: usize) -> String {
    let text = number.to_string();
    format!("data {}\n{text}\n", text.len())
}

fn snapshot_of(folder: &Path, found: &mut BTreeMap<PathBuf, (String, Vec<u8>)>) {
    for path in crate::scratch::entries(folder) {
        let metadata = path.symlink_metadata();
        let metadata = metadata.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let kind = format!("{:?} {:?}", metadata.file_type(), metadata.permissions());
        let contents = if metadata.is_dir() {
            snapshot_of(&path, found);
            Vec::new()
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap_or_default();
            target.as_os_str().as_encoded_bytes().to_vec()
        } else {
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        found.insert(path, (kind, contents));
    }
}

fn make_folder(path: &Path) {
    done("make", path, fs::create_dir_all(path));
}

#[track_caller]
fn done(action: &str, path: &Path, result: std::io::Result<()>) {
    result.unwrap_or_else(|error| panic!("failed to {action} `{}`: {error}", path.display()));
}

#[cfg(unix)]
fn of_bytes(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt as _;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn of_bytes(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_script_gives_the_same_ids() {
        let made = || {
            let repository = Repository::new();
            repository.write("a", "1").symlink("l", "a").commit("one");
            repository.chmod("a", true).write(b"b\xff\n", "2").commit("two");
            repository.head()
        };
        assert_eq!(made(), made());
    }

    #[test]
    fn branches_merges_tags_and_submodules_are_made() {
        let repository = Repository::new();
        let first = repository.write("a", "1").commit("one");
        repository.branch("side").write("b", "2").commit("two");
        repository.tag("light");
        let annotated = repository.annotated_tag("heavy");
        repository.checkout("main");
        let merge = repository.merge("side");
        assert_eq!(repository.id("HEAD^1"), first);
        assert_eq!(repository.id("HEAD^2"), repository.id("refs/tags/light"));
        assert_ne!(repository.id("refs/tags/light"), annotated);
        repository.submodule("sub", &merge).commit_index("three");
        assert!(repository.git(&["ls-tree", "HEAD", "sub"]).starts_with("160000 commit"));
        repository.remove("a").commit("four");
        assert!(!repository.at("a").exists());
    }

    #[test]
    fn a_long_history_is_imported_at_once() {
        let repository = Repository::with_sha256();
        assert_eq!(repository.history(300, 25).len(), 64);
        assert_eq!(repository.git(&["rev-list", "--count", "HEAD"]), "300");
        assert_eq!(repository.git(&["ls-files"]).lines().count(), 25);
        assert_eq!(repository.git(&["status", "--porcelain"]), "");
    }

    #[test]
    fn a_clone_is_as_deep_as_was_asked() {
        let origin = Repository::new();
        origin.history(10, 3);
        let shallow = origin.cloned(&["--depth=1"]);
        assert_eq!(shallow.git(&["rev-list", "--count", "HEAD"]), "1");
        assert!(Repository::bare().path().join("HEAD").exists());
        let bare = origin.cloned(&["--bare", "--filter=blob:none"]);
        assert_eq!(bare.git(&["rev-list", "--count", "HEAD"]), "10");
        assert!(bare.path().join("HEAD").exists());
        let before = shallow.snapshot();
        shallow.git(&["fetch", "--quiet", "--unshallow"]);
        assert_ne!(shallow.snapshot(), before);
    }
}
