//! Clones of every shape, and settings of git that would change its answers.

use testkit::Repository;

use super::{B_TO_F, C_TO_D, D_TO_F, E_TO_F, Story, checked_out, told};
use crate::tool::{check_failed, check_no_answer, local, look, other, pull_request, push, step};

const TOPIC: &str = "refs/heads/topic";

/// The same two questions in this clone: what was pushed, and what a pull request changes.
#[track_caller]
fn check(clone: &Repository, it: &Story) {
    look(clone, push(TOPIC, &it.e, &it.f)).truth(&it.origin).check(
        &it.e,
        &it.f,
        "before-push",
        E_TO_F,
    );
    let request = look(clone, pull_request(&it.d, &it.f)).truth(&it.origin);
    request.check(&it.b, &it.f, "merge-base", B_TO_F);
}

#[test]
fn a_clone_may_be_as_deep_as_it_likes() {
    let it = Story::new();
    check(&it.clone, &it);
    for options in [
        &["--depth=1"],
        &["--depth=2"],
        &["--no-checkout"],
        &["--filter=blob:none"],
        &["--filter=tree:0"],
    ] {
        check(&it.origin.cloned(options), &it);
    }
    check(&it.origin.cloned(&["--depth=1", "--branch=topic", "--filter=blob:none"]), &it);
    check(&it.origin.cloned(&["--single-branch", "--branch=topic"]), &it);
}

#[test]
fn a_bare_repository_has_histories_and_no_work_tree() {
    let it = Story::new();
    let bare = it.origin.cloned(&["--bare"]);
    check(&bare, &it);
    let told =
        look(&bare, other("schedule")).input("base", "topic").input("worktree", "true").run();
    check_no_answer(&told, "the repository has no work tree");
}

#[test]
fn a_clone_without_contents_needs_no_server() {
    let it = Story::new();
    let blobless = it.origin.cloned(&["--filter=blob:none", "--branch=topic"]);
    let Story { origin, b, d, e, f, .. } = it;
    drop(origin);
    look(&blobless, push(TOPIC, &e, &f)).untold().check(&e, &f, "before-push", E_TO_F);
    look(&blobless, pull_request(&d, &f)).untold().check(&b, &f, "merge-base", B_TO_F);
    look(&blobless, push(TOPIC, &d, &f)).untold().check(&d, &f, "before-push", D_TO_F);
}

#[test]
fn renames_that_need_contents_cost_a_warning_and_no_file() {
    let origin = Repository::new();
    let lines: Vec<String> = (0..40).map(|number| format!("line {number}\n")).collect();
    let lines = lines.concat();
    let before = origin.write("src/a", &lines).commit("one");
    let after = origin.remove("src/a").write("src/b", lines.replace("line 7\n", "")).commit("two");
    let blobless = origin.cloned(&["--filter=blob:none", "--no-checkout"]);
    let pairs = || {
        look(&blobless, push("refs/heads/main", &before, &after)).input("renames", "pairs").untold()
    };
    pairs().check(&before, &after, "before-push", "D src/a, R src/b");
    drop(origin);
    let told = pairs().check(&before, &after, "before-push", "D src/a, A src/b");
    let warnings = told.commands().into_iter().filter(|command| command.name == "warning");
    assert_eq!(warnings.count(), 1, "{}", told.stdout);
}

#[test]
fn the_remote_may_have_any_name() {
    let it = Story::new();
    check(&it.origin.cloned(&["--origin=upstream", "--depth=1"]), &it);
    let clone = it.origin.cloned(&["--origin=a.b/c-d", "--depth=1"]);
    check(&clone, &it);
}

#[test]
fn of_two_remotes_the_one_that_is_followed_is_asked() {
    let it = Story::new();
    let other = Repository::new();
    other.write("x", "1").commit("other");
    let clone = it.origin.cloned(&["--origin=upstream", "--depth=1"]);
    clone.git(&["remote", "add", "origin", &other.url()]);
    check(&clone, &it);
    // Nothing is followed where a commit is checked out: `origin` it is, else nobody is asked.
    clone.git(&["checkout", "--quiet", "--detach"]);
    let pushed = || look(&clone, push(TOPIC, &it.e, &it.f));
    check_no_answer(&pushed().run(), "is neither here nor to be had");
    clone.git(&["remote", "set-url", "origin", &it.origin.url()]);
    clone.git(&["remote", "set-url", "upstream", &other.url()]);
    check(&clone, &it);
}

#[test]
fn a_linked_work_tree_is_a_clone() {
    let it = Story::new();
    it.clone.git(&["worktree", "add", "--quiet", "--detach", "../linked", &it.f]);
    let linked = it.clone.scratch().at("linked");
    look(&it.clone, push(TOPIC, &it.e, &it.f)).at(linked.clone()).check(
        &it.e,
        &it.f,
        "before-push",
        E_TO_F,
    );
    // Of a clone that is cut off, which keeps that in its main folder.
    let shallow = it.origin.cloned(&["--depth=1", "--branch=topic"]);
    shallow.git(&["worktree", "add", "--quiet", "--detach", "../linked", &it.f]);
    let linked = shallow.scratch().at("linked");
    let request = look(&shallow, pull_request(&it.d, &it.f)).at(linked).truth(&it.origin);
    request.check(&it.b, &it.f, "merge-base", B_TO_F);
}

#[test]
fn below_the_top_paths_are_still_those_of_the_repository() {
    let it = Story::new();
    it.clone.write("docs/sub/x", "1");
    look(&it.clone, push(TOPIC, &it.e, &it.f)).at(it.clone.at("docs/sub")).check(
        &it.e,
        &it.f,
        "before-push",
        E_TO_F,
    );
}

#[test]
fn a_step_may_work_in_another_folder() {
    let it = Story::new();
    let name = it.clone.path().file_name().unwrap().to_str().unwrap().to_owned();
    let asked = look(&it.clone, push(TOPIC, &it.e, &it.f)).input("working-directory", &name);
    asked.at(it.clone.path().parent().unwrap().to_owned()).check(
        &it.e,
        &it.f,
        "before-push",
        E_TO_F,
    );
}

#[test]
fn a_commit_that_is_checked_out_without_a_branch_is_a_head() {
    let it = Story::new();
    it.clone.git(&["checkout", "--quiet", "--detach", &it.d]);
    look(&it.clone, other("schedule")).input("base", &it.c).check(
        &it.c,
        &it.d,
        "given-commit",
        C_TO_D,
    );
    it.clone.git(&["checkout", "--quiet", &it.e]);
    // The event's head counts, not what is checked out.
    check(&it.clone, &it);
}

#[test]
fn nothing_is_checked_out_before_the_first_commit() {
    let it = Repository::new();
    let told = look(&it, other("schedule")).run();
    check_no_answer(&told, "No commit is checked out");
}

#[test]
fn where_no_repository_is_there_is_no_answer() {
    let it = Repository::new();
    let folder = it.scratch().at("home");
    let told = step(&it, &[]).at(&folder).env("GIT_CEILING_DIRECTORIES", it.scratch().path()).run();
    check_no_answer(&told, "this is not a repository");
}

#[test]
fn a_repository_of_another_user_is_read_all_the_same() {
    let it = Story::new();
    let shallow = checked_out(&it.origin, &it.f, "refs/remotes/origin/topic", 1);
    // Only on this side: the server would refuse its own repository.
    let served = "env -u GIT_TEST_ASSUME_DIFFERENT_OWNER git-upload-pack";
    shallow.git(&["config", "remote.origin.uploadpack", served]);
    for clone in [&it.clone, &shallow] {
        let pushed = look(clone, push(TOPIC, &it.e, &it.f)).truth(&it.origin);
        let pushed = pushed.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1");
        pushed.check(&it.e, &it.f, "before-push", E_TO_F);
    }
}

/// The settings of users that would change what git prints or run a program.
const SETTINGS: &[(&str, &str)] = &[
    ("diff.renames", "copies"),
    ("core.quotepath", "true"),
    ("diff.noprefix", "true"),
    ("diff.external", "touch MARK"),
    ("diff.orderFile", "/dev/null"),
    ("diff.relative", "true"),
    ("diff.ignoreSubmodules", "all"),
    ("diff.submodule", "log"),
    ("diff.statGraphWidth", "1"),
    ("diff.noPrefix", "true"),
    ("core.fsmonitor", "touch MARK"),
    ("core.pager", "touch MARK"),
    ("core.hooksPath", "hooks"),
    ("core.editor", "touch MARK"),
    ("core.attributesFile", "attributes"),
    ("color.ui", "always"),
    ("color.diff", "always"),
    ("log.showSignature", "true"),
    ("gpg.program", "touch MARK"),
    ("pager.diff", "touch MARK"),
    ("pager.config", "touch MARK"),
    ("alias.diff", "!touch MARK"),
    ("alias.rev-parse", "!touch MARK"),
    ("extensions.partialClone", "nobody"),
    ("versionsort.suffix", "-rc"),
    ("core.abbrev", "4"),
    ("core.precomposeUnicode", "true"),
    ("core.ignoreCase", "true"),
    ("core.untrackedCache", "true"),
    ("core.splitIndex", "true"),
    ("status.showUntrackedFiles", "no"),
    ("submodule.recurse", "true"),
    ("fetch.prune", "true"),
    ("fetch.pruneTags", "true"),
    ("fetch.recurseSubmodules", "true"),
    ("remote.origin.prune", "true"),
    ("remote.origin.mirror", "true"),
    ("remote.origin.tagOpt", "--tags"),
    ("i18n.logOutputEncoding", "UTF-16"),
    ("advice.detachedHead", "false"),
    ("transfer.fsckObjects", "true"),
    ("protocol.version", "0"),
];

#[test]
fn settings_of_git_change_no_answer_and_run_no_program() {
    let it = Story::new();
    it.clone.write(b"docs/caf\xc3\xa9 \"x\"\t.md", "1");
    let head = it.clone.commit("odd");
    let (before, name) = (it.f.as_str(), "docs/caf\u{e9} \"x\"\t.md");
    // As the clone's own, and from outside.
    for (key, value) in SETTINGS {
        if *key != "extensions.partialClone" {
            it.clone.git(&["config", key, value]);
        }
    }
    it.clone.write(".git/info/attributes", "* diff=evil filter=evil\n");
    it.clone.git(&["config", "diff.evil.command", "touch MARK"]);
    it.clone.git(&["config", "diff.evil.textconv", "touch MARK"]);
    it.clone.git(&["config", "filter.evil.process", "touch MARK"]);
    let files = format!("A {name}");
    look(&it.clone, push(TOPIC, before, &head)).untold().check(
        before,
        &head,
        "before-push",
        &files,
    );
    look(&it.clone, pull_request(&it.d, &it.f)).untold().check(&it.b, &it.f, "merge-base", B_TO_F);
    let shallow = checked_out(&it.origin, &it.f, "refs/remotes/origin/topic", 1);
    let mut asked = look(&shallow, pull_request(&it.d, &it.f)).truth(&it.origin);
    let usable: Vec<_> =
        SETTINGS.iter().filter(|(key, _)| *key != "extensions.partialClone").collect();
    asked = asked.env("GIT_CONFIG_COUNT", usable.len().to_string());
    for (at, (key, value)) in usable.iter().enumerate() {
        asked = asked
            .env(&format!("GIT_CONFIG_KEY_{at}"), key)
            .env(&format!("GIT_CONFIG_VALUE_{at}"), value);
    }
    asked.check(&it.b, &it.f, "merge-base", B_TO_F);
    for repository in [&it.clone, &shallow] {
        assert!(!repository.at("MARK").exists() && !repository.at(".git/MARK").exists());
    }
}

#[test]
fn variables_of_git_change_no_answer_and_run_no_program() {
    let it = Story::new();
    let mark = it.clone.scratch().at("MARK");
    let touch = format!("touch {}", mark.display());
    for (name, value) in [
        ("GIT_EXTERNAL_DIFF", touch.as_str()),
        ("GIT_PAGER", &touch),
        ("PAGER", &touch),
        ("GIT_EDITOR", &touch),
        ("GIT_ASKPASS", &touch),
        ("GIT_DIFF_OPTS", "--unified=0"),
        ("GIT_INDEX_FILE", "/nowhere"),
        ("GIT_OBJECT_DIRECTORY", "/nowhere"),
        ("GIT_NAMESPACE", "other"),
        ("GIT_LITERAL_PATHSPECS", "1"),
        ("GIT_ICASE_PATHSPECS", "1"),
        ("GIT_SHALLOW_FILE", "/nowhere"),
        ("GIT_DEFAULT_HASH", "sha256"),
        ("LC_ALL", "de_DE.UTF-8"),
        ("LANGUAGE", "de"),
        ("TZ", "Asia/Kathmandu"),
    ] {
        let pushed = look(&it.clone, push(TOPIC, &it.e, &it.f)).env(name, value);
        pushed.check(&it.e, &it.f, "before-push", E_TO_F);
    }
    assert!(!mark.exists());
}

#[test]
fn what_lies_over_a_commit_does_not_count() {
    let it = Story::new();
    it.clone.git(&["replace", &it.e, &it.b]);
    look(&it.clone, push(TOPIC, &it.e, &it.f)).untold().check(&it.e, &it.f, "before-push", E_TO_F);
}

#[test]
fn an_object_that_is_broken_or_missing_is_a_failure_and_never_no_change() {
    let (it, [.., e, f]) = told(Repository::new());
    let tree = it.id(&format!("{f}^{{tree}}"));
    let (folder, file) = tree.split_at(2);
    let object = format!(".git/objects/{folder}/{file}");
    it.remove(&object);
    check_failed(&look(&it, push(TOPIC, &e, &f)).run(), 3, "Git does not say");
    it.write(&object, "no object");
    check_failed(&look(&it, push(TOPIC, &e, &f)).run(), 3, "Git does not say");
}

#[test]
fn a_head_that_a_silent_server_may_have_is_no_wrong_input() {
    let it = Story::new();
    let shallow = checked_out(&it.origin, &it.d, "refs/remotes/origin/main", 1);
    let Story { origin, e, f, .. } = it;
    drop(origin);
    check_failed(&look(&shallow, push(TOPIC, &e, &f)).run(), 3, "is neither here nor to be had");
}

#[test]
fn without_git_the_environment_failed() {
    let it = Story::new();
    let told =
        look(&it.clone, push(TOPIC, &it.e, &it.f)).env("PATH", it.clone.scratch().at("home")).run();
    check_failed(&told, 3, "it cannot be started");
}

#[test]
fn a_person_needs_no_event() {
    let it = Story::new();
    // The remote's default branch is the base.
    let told = local(&it.clone, &["detect", "--format", "json"]).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let result = &json["result"];
    assert_eq!((&result["base"], &result["head"]), (&it.b.into(), &it.f.into()), "{json}");
    let alone = Repository::new();
    alone.write("a", "1").commit("one");
    let told = local(&alone, &["detect"]).run();
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("nothing says what to compare with"), "{}", told.stderr);
}
