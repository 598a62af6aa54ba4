//! `scripts/release-tree`: the commit that users pin, made without touching anything.

use std::path::Path;
use std::process::{Command, Output};

use end_to_end::workspace_root;
use testkit::Scratch;

/// A small repository with this project's script.
fn repository() -> Scratch {
    let scratch = Scratch::new();
    let script = std::fs::read(workspace_root().join("scripts/release-tree")).unwrap();
    let path = scratch.write("scripts/release-tree", script);
    run_bit(&path);
    scratch.write("actions/shard/action.yml", "name: shard\n");
    scratch.write("actions/gate/action.yml", "name: gate\n");
    run_bit(&scratch.write("actions/lib/install.sh", "#!/bin/sh\n"));
    scratch.write("actions/README.md", "not a folder\n");
    scratch.write("crates/a b/\u{e9}\n.rs", "// a name that needs quoting\r\n");
    scratch.write(".gitignore", "ignored\n");
    git(scratch.path(), &["init", "--quiet", "--initial-branch=main"]);
    git(scratch.path(), &["add", "--all"]);
    git(scratch.path(), &["commit", "--quiet", "--message", "one"]);
    scratch
}

fn run_bit(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[track_caller]
fn git(folder: &Path, words: &[&str]) -> String {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=N", "-c", "user.email=e@localhost", "-c", "commit.gpgsign=false"]);
    git.args(["-c", "core.quotePath=true"]).args(words).current_dir(folder);
    let output = git.env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn release(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut script = Command::new(folder.join("scripts/release-tree"));
    script.args(words).current_dir("/").envs(variables.iter().copied()).output().unwrap()
}

#[track_caller]
fn released(folder: &Path, words: &[&str], variables: &[(&str, &str)]) -> String {
    let output = release(folder, words, variables);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

#[test]
fn the_actions_stand_at_the_root_with_their_source() {
    let repository = repository();
    let commit = released(repository.path(), &[], &[]);
    // The id of each blob is left out; `--format` is not in every git yet.
    let listed = git(repository.path(), &["ls-tree", "-r", &commit]);
    let without_id = |line: &str| {
        let (mode, path) = line.split_once('\t').unwrap();
        format!("{} {path}\n", mode.split(' ').next().unwrap())
    };
    let listed: String = listed.lines().map(without_id).collect();
    insta::assert_snapshot!(listed, @r#"
    100644 .gitignore
    100644 "crates/a b/\303\251\n.rs"
    100644 gate/action.yml
    100755 lib/install.sh
    100644 lib/release.env
    100755 scripts/release-tree
    100644 shard/action.yml
    "#);
    let head = git(repository.path(), &["rev-parse", "HEAD"]);
    let parent = git(repository.path(), &["rev-parse", &format!("{commit}^")]);
    assert_eq!(parent, head, "the source of a release can be found");
    let facts = git(repository.path(), &["show", &format!("{commit}:lib/release.env")]);
    assert_eq!(facts, format!("version=0.0.0\nrepository=org/actions\nsource={head}"));
}

/// Another machine, configuration, hook or clock: the same commit.
#[test]
fn the_same_source_gives_the_same_commit() {
    let repository = repository();
    let commit = released(repository.path(), &[], &[]);
    assert_eq!(released(repository.path(), &["--source", "main"], &[]), commit);

    let elsewhere = Scratch::new();
    let (from, to) = (format!("file://{}", repository.path().display()), elsewhere.at("clone"));
    git(elsewhere.path(), &["clone", "--quiet", "--depth=1", &from, "clone"]);
    git(&to, &["config", "core.autocrlf", "true"]);
    git(&to, &["config", "user.name", "Somebody Else"]);
    git(&to, &["config", "i18n.commitEncoding", "ISO-8859-1"]);
    git(&to, &["config", "log.showSignature", "true"]);
    git(&to, &["config", "core.hooksPath", elsewhere.path().to_str().unwrap()]);
    run_bit(&elsewhere.write("post-index-change", "#!/bin/sh\ntouch \"$0.ran\"\n"));
    let config =
        elsewhere.write("gitconfig", "[core]\nautocrlf = true\n[commit]\ngpgSign = true\n");
    let variables = [
        ("GIT_CONFIG_GLOBAL", config.to_str().unwrap()),
        ("GIT_INDEX_FILE", "/nowhere/index"),
        ("GIT_DIR", "/nowhere"),
        ("GIT_AUTHOR_DATE", "2001-01-01T00:00:00Z"),
        ("GIT_COMMITTER_NAME", "Somebody Else"),
        ("TZ", "Pacific/Kiritimati"),
        ("LC_ALL", "C.UTF-8"),
    ];
    assert_eq!(released(&to, &[], &variables), commit);
    assert!(!elsewhere.has("post-index-change.ran"));
}

/// Another user, who keeps files private, has settings of another kind, and works on something.
#[test]
fn who_makes_it_and_what_they_work_on_is_no_part_of_it() {
    let repository = repository();
    let commit = released(repository.path(), &[], &[]);
    let elsewhere = Scratch::new();
    git(elsewhere.path(), &["clone", "--quiet", repository.path().to_str().unwrap(), "clone"]);
    let clone = elsewhere.at("clone");
    elsewhere.write("clone/actions/shard/action.yml", "name: changed\n");
    elsewhere.write("clone/actions/new/action.yml", "name: new\n");
    git(&clone, &["rm", "--quiet", "actions/gate/action.yml"]);
    let settings = "[core]\nfileMode = false\nsymlinks = false\n[init]\ndefaultBranch = x\n";
    elsewhere.write("home/.gitconfig", format!("{settings}[tar]\numask = user\n"));
    elsewhere.write("home/.config/git/attributes", "* export-ignore text eol=crlf\n");
    let mut script = Command::new("bash");
    script.args(["-c", "umask 077 && exec \"$0\" --export \"$1\""]);
    script.arg(clone.join("scripts/release-tree")).arg(elsewhere.at("out"));
    script.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    script.env("HOME", elsewhere.at("home")).env("XDG_CONFIG_HOME", elsewhere.at("home/.config"));
    script.env("USER", "somebody").env("EMAIL", "s@localhost").env("GIT_DEFAULT_HASH", "sha256");
    let output = script.output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().trim_end(), commit);
    let listed = |folder: &Path, commit: &str| git(folder, &["ls-tree", "-r", commit]);
    assert_eq!(listed(&elsewhere.at("out"), "v1"), listed(repository.path(), &commit));
}

/// What lies on the disk and in the index is no part of an older commit.
#[test]
fn an_older_commit_is_released_from_any_state() {
    let repository = repository();
    let folder = repository.path();
    let commit = released(folder, &[], &[]);
    repository.write("actions/shard/action.yml", "name: committed since\n");
    git(folder, &["commit", "--quiet", "--all", "--message", "two"]);
    repository.write("actions/shard/action.yml", "name: on the disk\n");
    git(folder, &["add", "--all"]);
    repository.write("actions/gate/new.txt", "");
    assert_eq!(released(folder, &["--source", "HEAD~1"], &[]), commit);
    git(folder, &["sparse-checkout", "set", "--no-cone", "/scripts/"]);
    assert_eq!(released(folder, &["--source", "HEAD~1"], &[]), commit);
}

/// 1970: a number of seconds that short could be a date in another form.
#[test]
fn a_commit_from_long_ago_keeps_its_date() {
    let repository = repository();
    let mut git = Command::new("git");
    git.args(["-c", "user.name=N", "-c", "user.email=e@localhost", "commit", "--quiet"]);
    git.args(["--amend", "--no-edit", "--date=@86400 +0000"]).current_dir(repository.path());
    git.env("GIT_COMMITTER_DATE", "@86400 +0000").env("GIT_CONFIG_GLOBAL", "/dev/null");
    assert!(git.status().unwrap().success());
    released(repository.path(), &[], &[]);
}

#[test]
fn paths_are_relative_to_where_they_were_typed() {
    let (repository, elsewhere) = (repository(), Scratch::new());
    let mut script = Command::new(repository.at("scripts/release-tree"));
    script.args(["--export", "out"]).current_dir(elsewhere.path()).env("CDPATH", "/");
    assert!(script.output().unwrap().status.success());
    assert!(elsewhere.has("out/shard/action.yml") && !repository.has("out"));
}

#[test]
fn nothing_is_touched() {
    let repository = repository();
    let folder = repository.path();
    repository.write("staged", "a");
    git(folder, &["add", "staged"]);
    repository.write("actions/shard/action.yml", "name: changed\n");
    repository.write("ignored", "x");
    let state = || {
        let status = git(folder, &["status", "--porcelain=v2", "--branch"]);
        (status, git(folder, &["for-each-ref"]), git(folder, &["ls-files", "--stage"]))
    };
    let before = state();
    let committed = released(folder, &[], &[]);
    let working = released(folder, &["--worktree"], &[]);
    assert_eq!(state(), before);
    let shown = |commit: &str| git(folder, &["show", &format!("{commit}:shard/action.yml")]);
    assert_eq!(
        (shown(&committed).as_str(), shown(&working).as_str()),
        ("name: shard\n", "name: changed\n")
    );
    let files = git(folder, &["ls-tree", "--name-only", &working]);
    assert!(files.contains("staged") && !files.contains("ignored"), "{files}");
}

#[test]
fn an_export_has_the_files_of_the_commit() {
    let repository = repository();
    let elsewhere = Scratch::new();
    let sums = format!("{}  shard-splitter\n", "0".repeat(64));
    let checksums = elsewhere.write("sums", &sums);
    let export = elsewhere.at("out");
    let words = [
        "--export",
        export.to_str().unwrap(),
        "--checksums",
        checksums.to_str().unwrap(),
        "--version",
        "1.2.3",
    ];
    let commit = released(repository.path(), &words, &[]);
    let listed = |folder: &Path, commit: &str| git(folder, &["ls-tree", "-r", commit]);
    assert_eq!(listed(&export, "v1"), listed(repository.path(), &commit));
    assert_eq!(std::fs::read(export.join("lib/checksums.txt")).unwrap(), sums.into_bytes());
    let again = release(repository.path(), &words, &[]);
    assert_eq!(again.status.code(), Some(2), "an export never writes into a folder that is there");
}

#[track_caller]
fn check_refused(folder: &Path, words: &[&str], wanted: &str) {
    let output = release(folder, words, &[]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]), "{said}");
    assert!(said.contains(wanted), "{said}");
}

#[test]
fn what_cannot_be_released_is_refused_by_name() {
    let repository = repository();
    let folder = repository.path();
    check_refused(folder, &["--source", "nothing"], "\"nothing\" is not a commit");
    check_refused(folder, &["--source", "--help"], "is not a commit");
    check_refused(folder, &["--source"], "needs a value");
    check_refused(folder, &["--version", "v1"], "the version \"v1\"");
    check_refused(folder, &["--repository", "a/b/c"], "the repository \"a/b/c\"");
    check_refused(folder, &["--checksums", "/nowhere"], "there is no file");
    check_refused(folder, &["--repository", "a/.."], "the repository \"a/..\"");
    check_refused(folder, &["please"], "unknown word \"please\"");
    repository.write("actions/lib/release.env", "version=6.6.6\n");
    check_refused(folder, &["--worktree"], "made for each release");
    std::fs::remove_file(folder.join("actions/lib/release.env")).unwrap();
    std::os::unix::fs::symlink("shard", folder.join("actions/linked")).unwrap();
    check_refused(folder, &["--worktree"], "actions/linked is neither a file nor a folder");
    std::fs::remove_file(folder.join("actions/linked")).unwrap();
    repository.write("gate/mine.txt", "");
    check_refused(folder, &["--worktree"], "the root has a gate already");
    std::fs::rename(folder.join("gate"), folder.join("GATE")).unwrap();
    check_refused(folder, &["--worktree"], "actions/gate cannot be hoisted");
    std::fs::remove_dir_all(folder.join("actions")).unwrap();
    check_refused(folder, &["--worktree"], "has no folder actions/");
}

/// What install.sh would refuse on every machine is refused here.
#[test]
fn a_list_of_hashes_that_nobody_understands_is_not_released() {
    let (repository, elsewhere) = (repository(), Scratch::new());
    let hash = "0".repeat(64);
    for (text, wanted) in [
        (String::new(), "has no line"),
        ("00  shard-splitter\n".to_owned(), "has the line \"00  shard-splitter\""),
        (format!("{hash} shard-splitter\n"), "expected what sha256sum prints"),
        (format!("{hash}  dist/shard-splitter\n"), "expected what sha256sum prints"),
        (format!("{hash}  shard-splitter\r\n"), "expected what sha256sum prints"),
        (format!("{hash}  a\n\n{hash}  b\n"), "has the line \"\""),
        (format!("{hash}  a\n{hash}  b\n{hash}  a"), "two lines for a"),
    ] {
        let file = elsewhere.write("sums", text);
        check_refused(repository.path(), &["--checksums", file.to_str().unwrap()], wanted);
    }
}

/// The real tree: what `uses: org/actions/shard@v1` needs is there.
#[test]
fn this_projects_own_tree_has_every_action_and_its_source() {
    let scratch = Scratch::new();
    let export = scratch.at("out");
    released(&workspace_root(), &["--worktree", "--export", export.to_str().unwrap()], &[]);
    for action in std::fs::read_dir(workspace_root().join("actions")).unwrap() {
        let action = action.unwrap().file_name();
        assert!(export.join(&action).is_dir(), "{action:?}");
    }
    for file in
        ["shard/action.yml", "lib/install.sh", "Cargo.lock", "crates/shard-splitter/Cargo.toml"]
    {
        assert!(export.join(file).is_file(), "{file}");
    }
    assert!(!export.join("actions").exists());
}

#[test]
fn workflows_to_call_name_what_they_use_by_a_commit_that_has_it() {
    let repository = repository();
    let folder = repository.path();
    let one = "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@0123 # v6\n      - uses: $/gate\n      - name: x\n        uses: $/shard\n";
    repository.write(".github/workflows/pipeline-one.yml", one);
    repository.write(
        ".github/workflows/pipeline-two.yml",
        "jobs:\n  b:\n    uses: $/.github/workflows/pipeline-one.yml\n",
    );
    repository.write(".github/workflows/ci.yml", "jobs: {} # uses: $/gate\n");
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "two"]);
    let words = ["--stamp", "--version", "1.2.3", "--repository", "me/ci"];
    let commit = released(folder, &words, &[]);
    let show = |what: &str| git(folder, &["show", &format!("{commit}:.github/workflows/{what}")]);

    let two = show("pipeline-two.yml");
    let named = |text: &str, before: &str| {
        let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
        let (id, rest) = rest.split_once(' ').unwrap();
        assert!(rest.starts_with("# v1.2.3\n"), "{text}");
        id.to_owned()
    };
    let middle = named(&two, "uses: me/ci/.github/workflows/pipeline-one.yml@");
    // What is named is in the commit that is named, and that is before the release.
    git(folder, &["merge-base", "--is-ancestor", &middle, &commit]);
    let called = git(folder, &["show", &format!("{middle}:.github/workflows/pipeline-one.yml")]);
    assert_eq!(called, show("pipeline-one.yml"));
    let inner = named(&called, "uses: me/ci/gate@");
    assert_eq!(inner, named(&called, "uses: me/ci/shard@"));
    git(folder, &["merge-base", "--is-ancestor", &inner, &middle]);
    assert_eq!(git(folder, &["show", &format!("{inner}:gate/action.yml")]), "name: gate\n");
    assert_eq!(
        git(folder, &["show", &format!("{inner}:lib/release.env")]),
        git(folder, &["show", &format!("{commit}:lib/release.env")])
    );
    assert!(called.contains("uses: actions/checkout@0123 # v6\n"));
    assert_eq!(show("ci.yml"), "jobs: {} # uses: $/gate\n");
    assert_eq!(commit, released(folder, &words, &[]));
    // Unasked they stay as they are, so that the token of a job may publish them.
    let plain = released(folder, &[], &[]);
    assert_eq!(git(folder, &["show", &format!("{plain}:.github/workflows/pipeline-one.yml")]), one);

    // What would not be found on a runner is not released.
    repository.write(".github/workflows/pipeline-one.yml", one.replace("$/gate", "$/gate/more"));
    let refused = release(folder, &["--worktree", "--stamp"], &[]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(2) && said.contains("is not understood"), "{said}");
}
