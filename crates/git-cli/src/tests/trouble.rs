//! A git that is missing, old, slow, or not a git.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use repo_model::{Tree as _, entry};
use testkit::{Repository as Scripted, Scratch};

use super::{id, settings, since};
use crate::{FailureKind, Repository, Settings};

/// How long a git that hangs is waited for: long enough for the others on a busy machine.
const HANGING: Duration = Duration::from_secs(1);

/// A program in place of git: a script of a shell.
pub(super) fn fake(script: &str) -> (Scratch, Settings) {
    let scratch = Scratch::new();
    let path = scratch.write("git", format!("#!/bin/sh\n{script}\n"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let timeout = if script.contains("sleep") { HANGING } else { Settings::default().timeout };
    let settings = Settings { program: path.into(), timeout, ..Settings::default() };
    (scratch, settings)
}

/// The real git, but for the command that the script catches.
fn but(caught: &str, script: &str) -> (Scratch, Settings) {
    fake(&format!(
        "for word; do [ \"$word\" = {caught} ] && {{ {script}; }}; done; exec git \"$@\""
    ))
}

#[track_caller]
fn check_open(script: &str, wanted: FailureKind) {
    let (scratch, settings) = fake(script);
    let failure = Repository::open(scratch.path(), settings).unwrap_err();
    assert_eq!(failure.kind, wanted, "{failure:?}");
    assert!(failure.problem().message.pieces().len() > 2);
}

#[test]
fn a_git_that_is_none_is_a_failure_with_a_name() {
    let scratch = Scratch::new();
    let settings = Settings { program: "no-such-git-here".into(), ..Settings::default() };
    let missing = Repository::open(scratch.path(), settings).unwrap_err();
    assert_eq!(missing.kind, FailureKind::GitMissing);
    assert!(missing.problem().help.is_some());
    check_open("sleep 30", FailureKind::TimedOut);
    check_open(
        "printf 'false\\ntrue\\nfalse\\n--show-object-format\\n\\n\\n'",
        FailureKind::TooOld("2.31"),
    );
    check_open("exit 3", FailureKind::Other);
    check_open("kill -9 $$", FailureKind::Other);
    check_open(
        "echo 'fatal: detected dubious ownership in x' >&2; exit 128",
        FailureKind::AnotherOwner,
    );
    let malformed = crate::output::Malformed { at: 6, expected: "an answer to each question" };
    check_open("echo hello", FailureKind::Malformed(malformed));
}

#[track_caller]
fn check_changes(caught: &str, script: &str) -> FailureKind {
    let scripted = Scripted::new();
    let base = scripted.write("a", "1").commit("one");
    let head = scripted.write("a", "2").commit("two");
    let (_scratch, fake) = but(caught, script);
    let settings = Settings { most_output: 100_000, variables: scripted.variables(), ..fake };
    let repository = Repository::open(&scripted.path(), settings).unwrap();
    let failure = repository.changes(&since(&base), &id(&head)).unwrap_err();
    failure.kind
}

#[test]
fn what_was_cut_off_or_is_garbage_is_never_a_shorter_list() {
    let is_malformed = |kind| matches!(kind, FailureKind::Malformed(_));
    assert!(is_malformed(check_changes("diff-tree", "printf ':100644 100644 '; exit 0")));
    assert!(is_malformed(check_changes("diff-tree", "printf hello; exit 0")));
    let whole = "exec git \"$@\" | head -c 90";
    assert!(is_malformed(check_changes(
        "diff-tree",
        &format!("{}; exit 0", whole.replace("exec ", ""))
    )));
    assert_eq!(check_changes("diff-tree", "git \"$@\"; exit 1"), FailureKind::Other);
    assert_eq!(check_changes("diff-tree", "sleep 30"), FailureKind::TimedOut);
    assert_eq!(check_changes("diff-tree", "yes"), FailureKind::TooMuch);
}

#[test]
fn a_reader_that_stops_is_a_failure() {
    let scripted = Scripted::new();
    let head = scripted.write("a", "1").commit("one");
    for script in [
        "exit 0",
        "echo 'fatal: corrupt' >&2; exit 128",
        "sleep 30",
        "yes",
        "printf 'x y 999999999999\\n'",
    ] {
        let (_scratch, fake) = but("cat-file", script);
        let settings = Settings { variables: scripted.variables(), ..fake };
        let repository = Repository::open(&scripted.path(), settings).unwrap();
        assert!(repository.head().is_err(), "{script}");
        let tree = repository.tree(&id(&head)).unwrap();
        assert!(tree.read(&[entry(&tree, b"a").unwrap()]).is_err(), "{script}");
    }
}

#[test]
fn a_fetch_that_hangs_has_an_end_and_so_have_its_helpers() {
    let origin = Scripted::new();
    let base = origin.write("a", "1").commit("one");
    origin.write("a", "2").commit("two");
    let clone = origin.cloned(&["--depth=1"]);
    let tries = clone.scratch().at("tries");
    let late = clone.scratch().at("late");
    // A server that accepts and says nothing.
    let pack = clone.scratch().write(
        "upload-pack",
        format!(
            "#!/bin/sh\necho x >> {}; (sleep 3; echo x > {}) & sleep 30\n",
            tries.display(),
            late.display()
        ),
    );
    std::fs::set_permissions(&pack, std::fs::Permissions::from_mode(0o755)).unwrap();
    clone.git(&["config", "remote.origin.uploadpack", pack.to_str().unwrap()]);
    let before = clone.git(&["count-objects"]);
    let options = Settings { fetch: true, timeout: HANGING, tries: 2, ..settings(&clone) };
    let repository = Repository::open(&clone.path(), options).unwrap();
    let failure = repository.fetch_commit(&id(&base)).unwrap_err();
    assert_eq!(failure.kind, FailureKind::TimedOut);
    assert_eq!(clone.scratch().read(tries), b"x\nx\n");
    std::thread::sleep(Duration::from_millis(2500));
    assert!(!late.exists(), "a helper lived on");
    assert_eq!(clone.git(&["count-objects"]), before);
}

#[test]
fn a_git_that_knows_no_variable_against_fetching_fetches_nothing_either() {
    let origin = Scripted::new();
    let head = origin.write("a", "1").write("b", "2").commit("one");
    let clone = origin.cloned(&["--filter=blob:none", "--no-checkout"]);
    let (_scratch, old) = fake("unset GIT_NO_LAZY_FETCH; exec git \"$@\"");
    let settings = Settings { variables: clone.variables(), ..old };
    let before = clone.snapshot();
    let repository = Repository::open(&clone.path(), settings.clone()).unwrap();
    let tree = repository.tree(&id(&head)).unwrap();
    assert!(tree.read(&[entry(&tree, b"a").unwrap()]).is_err());
    let settings = Settings { fetch: true, ..settings };
    let repository = Repository::open(&clone.path(), settings).unwrap();
    let tree = repository.tree(&id(&head)).unwrap();
    let all: Vec<_> = tree.entries().iter().collect();
    assert_eq!(tree.read(&all).unwrap(), [b"1", b"2"]);
    assert_eq!(clone.snapshot(), before);
}

#[test]
fn the_plain_case_takes_four_processes() {
    let scripted = Scripted::new();
    let base = scripted.write("a", "1").commit("one");
    let head = scripted.write("a", "2").commit("two");
    let log = scripted.scratch().at("processes");
    let (_scratch, fake) = fake(&format!("echo x >> {}; exec git \"$@\"", log.display()));
    let settings = Settings { variables: scripted.variables(), ..fake };
    let repository = Repository::open(&scripted.path(), settings).unwrap();
    for commit in [&base, &head] {
        assert!(repository.find(&crate::Name::Id(id(commit))).unwrap().is_some());
    }
    let changes = repository.changes(&since(&base), &id(&head)).unwrap();
    assert_eq!(scripted.scratch().read(&log), b"x\nx\nx\n");
    let tree = repository.tree(&id(&head)).unwrap();
    let before = tree.before(&changes);
    assert_eq!(before.read(&[entry(&before, b"a").unwrap()]).unwrap(), [b"1"]);
    assert_eq!(repository.parents(&id(&head)).unwrap(), Some(vec![id(&base)]));
    assert_eq!(scripted.scratch().read(&log), b"x\nx\nx\nx\n");
}

#[test]
fn a_git_that_does_not_know_batches_of_commands_is_asked_in_the_old_way() {
    let scripted = Scripted::new();
    let head = scripted.write("a", "one\n").write("b", "two\n").commit("one");
    let refuses = "echo \"error: unknown option \\`batch-command'\" >&2; exit 129";
    let (_scratch, old) = but("--batch-command", refuses);
    let settings = Settings { variables: scripted.variables(), ..old };
    let repository = Repository::open(&scripted.path(), settings).unwrap();
    let tree = repository.tree(&id(&head)).unwrap();
    let all: Vec<_> = tree.entries().iter().collect();
    assert_eq!(tree.read(&all).unwrap(), [b"one\n", b"two\n"]);
    assert_eq!(repository.parents(&id(&head)).unwrap(), Some(vec![]));
    // What is wrong with git otherwise is not taken for its age.
    let (_scratch, broken) = but("cat-file", "exit 129");
    let settings = Settings { variables: scripted.variables(), ..broken };
    let repository = Repository::open(&scripted.path(), settings).unwrap();
    assert_eq!(repository.parents(&id(&head)).unwrap_err().code, Some(129));
}
