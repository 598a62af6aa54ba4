//! `scripts/release`: each step of a release, on a remote and a GitHub that stand on this disk.

mod workflow;
mod world;

use std::fs;
use std::process::Command;

use world::{ASSETS, World};

#[test]
fn a_release_is_published_and_v1_follows() {
    let world = World::new();
    assert_eq!(world.good(&["check", "1.2.3"]), "", "there is no v1 yet");
    let commit = world.release("1.2.3");
    let wanted = ["refs/heads/release/v1", "refs/tags/v1", "refs/tags/v1.2.3"];
    let wanted: Vec<(String, String)> =
        wanted.iter().map(|name| ((*name).to_owned(), commit.clone())).collect();
    assert_eq!(world.remote(), wanted);
    let mut published: Vec<String> = fs::read_dir(world.scratch.at("releases/v1.2.3"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    published.sort();
    let mut files: Vec<&str> = ASSETS.to_vec();
    files.extend(["attestation.jsonl", "checksums.txt"]);
    files.sort_unstable();
    assert_eq!(published, files);
    assert_eq!(fs::read_to_string(world.scratch.at("flags")).unwrap(), "--draft\n");
    assert_eq!(fs::read_to_string(world.scratch.at("notes")).unwrap(), "What changes.\n");
    let sums = world.git(&["show", &format!("{commit}:lib/checksums.txt")]);
    for asset in ASSETS {
        let line = format!("{}  {asset}", crate::install::sha256(asset.as_bytes()));
        assert!(sums.lines().any(|known| known == line), "{sums}");
    }
    let verified = ["verify", "seen", "1.2.3", "org/actions", commit.as_str()];
    let said = world.step_with(None, &verified);
    assert_eq!(said.exit, Some(0), "{}", said.stderr);
    let source = world.git(&["rev-parse", "HEAD"]);
    let asked = fs::read_to_string(world.scratch.at("asked")).unwrap();
    let wanted = format!(
        "--repo org/actions --signer-workflow org/actions/.github/workflows/release.yml --source-digest {source} --deny-self-hosted-runners"
    );
    let verifications = asked.lines().filter(|line| line.starts_with("gh attestation verify"));
    let number = verifications.filter(|line| line.ends_with(&wanted)).count();
    assert_eq!(number, 2 * ASSETS.len(), "before and after it is published");
}

#[test]
fn a_branch_keeps_every_release_and_grows_only() {
    let world = World::new();
    let first = world.release("1.2.3");
    let tip = world.named("refs/heads/release/v1").unwrap();
    world.next_version("1.2.4");
    let second = world.release("1.2.4");
    assert_eq!(world.named("refs/tags/v1"), Some(second.clone()));
    let grown = world.named("refs/heads/release/v1").unwrap();
    for commit in [&first, &second, &tip] {
        world.git(&["merge-base", "--is-ancestor", commit, &grown]);
    }
    let tree = |commit: &str| world.git(&["rev-parse", &format!("{commit}^{{tree}}")]);
    assert_eq!(tree(&grown), tree(&second), "the tip has the files of the newest release");
    assert_eq!(world.named("refs/tags/v1.2.3"), Some(first));
}

#[test]
fn what_fails_its_verification_takes_v1_back() {
    let world = World::new();
    let first = world.release("1.2.3");
    world.next_version("1.2.4");
    let second = world.release_to_users("1.2.4");
    world.scratch.write("releases/v1.2.4/two-x86_64-unknown-linux-musl", "swapped");
    let verify = ["verify", "seen", "1.2.4", "org/actions", second.as_str()];
    let said = world.step_with(None, &verify);
    assert_eq!(said.exit, Some(1), "{}", said.stderr);
    assert!(said.stderr.contains("not what the pinned tree says"), "{}", said.stderr);
    world.good(&["roll-back", "1.2.4", &second, &first]);
    assert_eq!(world.named("refs/tags/v1"), Some(first.clone()));
    assert_eq!(world.named("refs/tags/v1.2.4"), Some(second.clone()), "that never changes");
    // Once more changes nothing.
    world.good(&["roll-back", "1.2.4", &second, &first]);
    assert_eq!(world.named("refs/tags/v1"), Some(first.clone()));
    assert_eq!(world.named("refs/heads/release/v1"), Some(first), "only what is good joins");
    assert_eq!(world.named("refs/heads/release-candidate/v1.2.4"), None);
}

/// Each time some branch has the workflows of the commit that a name goes to: the remote insists.
#[test]
fn main_may_move_on_while_a_version_is_released() {
    let world = World::new();
    let first = world.release("1.2.3");
    world.next_version("1.2.4");
    let second = world.collect("1.2.4");
    world.good(&World::publish_words("1.2.4", &second));
    world.next_version("1.2.5");
    world.git(&["checkout", "--quiet", "HEAD~1"]);
    world.good(&["advance", "1.2.4", &second, &first]);
    world.good(&["roll-back", "1.2.4", &second, &first]);
    assert_eq!(world.named("refs/tags/v1"), Some(first));

    world.git(&["checkout", "--quiet", "main"]);
    let third = world.release_to_users("1.2.5");
    world.next_version("1.2.6");
    world.good(&["keep", "1.2.5", &third]);
    assert_eq!(world.named("refs/heads/release-candidate/v1.2.5"), None);
    // A version that began before main's workflows changed is not published at all.
    world.git(&["checkout", "--quiet", "HEAD~1"]);
    world.at_version("1.2.7");
    world.commit("beside main");
    let beside = world.collect("1.2.7");
    world.refused(3, &World::publish_words("1.2.7", &beside), "begin it again");
}

#[test]
fn everything_that_verify_looks_at_can_fail() {
    let world = World::new();
    let commit = world.release("1.2.3");
    let mut number = 0;
    let mut check = |exit: i32, wanted: &str| {
        number += 1;
        let folder = format!("seen-{number}");
        let said =
            world.step_with(None, &["verify", &folder, "1.2.3", "org/actions", commit.as_str()]);
        assert_eq!(said.exit, Some(exit), "{wanted}: {}", said.stderr);
        assert!(said.stderr.contains(wanted), "{wanted}: {}", said.stderr);
    };
    check(0, "v1.2.3 is what");
    world.trouble("attestation");
    check(1, "has no attestation of this workflow");
    world.trouble("");
    let sums = world.scratch.at("releases/v1.2.3/checksums.txt");
    let text = fs::read_to_string(&sums).unwrap();
    fs::write(&sums, text.to_uppercase()).unwrap();
    check(1, "is not that of the pinned tree");
    fs::write(&sums, &text).unwrap();
    fs::remove_file(world.scratch.at("releases/v1.2.3").join(ASSETS[0])).unwrap();
    check(3, "cannot be downloaded");
    // What went back is not what users get, however sound it is.
    world.good(&["roll-back", "1.2.3", &commit, ""]);
    check(1, "v1 is at \"\", expected");
    world.git(&["push", "--quiet", "--force", "origin", "main:refs/tags/v1.2.3"]);
    check(1, "v1.2.3 is at \"");
    let said = world.step(&["verify", "out", "1.2.3", "org/actions", &commit]);
    assert!(said.stderr.contains("is there already"), "{}", said.stderr);
}

#[test]
fn the_first_v1_is_taken_away_again() {
    let world = World::new();
    let commit = world.release_to_users("1.2.3");
    world.good(&["roll-back", "1.2.3", &commit, ""]);
    assert_eq!(world.remote(), [("refs/tags/v1.2.3".to_owned(), commit)]);
}

#[test]
fn a_tag_that_exists_is_never_touched() {
    let world = World::new();
    let commit = world.collect("1.2.3");
    world.git(&["push", "--quiet", "origin", "main:refs/tags/v1.2.3"]);
    let before = world.remote();
    world.refused(1, &World::publish_words("1.2.3", &commit), "the tag v1.2.3 is there already");
    world.refused(1, &["advance", "1.2.3", &commit, ""], "v1.2.3 is at \"");
    world.refused(1, &["check", "1.2.3"], "1.2.3 cannot be released");
    assert_eq!(world.remote(), before);
    assert!(!world.scratch.has("releases"));
}

#[test]
fn publishing_again_changes_nothing() {
    let world = World::new();
    let commit = world.release("1.2.3");
    let before = world.remote();
    world.trouble("create");
    world.good(&World::publish_words("1.2.3", &commit));
    world.good(&["advance", "1.2.3", &commit, ""]);
    assert_eq!(world.remote(), before);
}

#[test]
fn the_version_is_that_of_the_source() {
    let world = World::new();
    let said = world.step(&["check", "1.3.0"]);
    assert_eq!((said.exit, said.stdout.as_str()), (Some(1), ""), "{}", said.stderr);
    for wanted in ["Cargo.toml:2: the version is 1.2.3", "Cargo.lock:1", "CHANGELOG.md:5"] {
        assert!(said.stderr.contains(wanted), "{}", said.stderr);
    }
    for bad in ["v1.2.3", "1.2", "", "1.2.3\nprevious=x", "$(touch evil)", "1.2.3 ", "--help"] {
        world.refused(2, &["check", bad], "expected one as 1.2.3");
        world.refused(2, &["collect", "out", bad, "org/actions", "tree"], "expected one as 1.2.3");
    }
    assert!(!world.scratch.has("outputs"), "a wrong version says nothing to later jobs");
    world.git(&["push", "--quiet", "origin", "main:refs/heads/release-candidate/v1.2.3"]);
    world.refused(1, &["check", "1.2.3"], "release-candidate/v1.2.3 is there");
}

/// The workflow uses v1 in the end: what is good would go back, because v1 is not the tag that has moved.
#[test]
fn a_major_version_is_tried_by_its_own_tag() {
    let world = World::new();
    world.next_version("2.0.0");
    world.refused(
        1,
        &["check", "2.0.0"],
        "release.yml uses \"v1\" once it is published; expected v2",
    );
    let tried = "        uses: org/actions/shard@v2\n";
    world.scratch.write("project/.github/workflows/release.yml", tried);
    world.good(&["check", "2.0.0"]);
}

#[test]
fn what_has_not_passed_the_pipeline_is_not_released() {
    let world = World::new();
    let commit = world.git(&["rev-parse", "HEAD"]);
    let words = ["tested", "org/actions", commit.as_str()];
    let with = |runs: &str| world.scratch.write("runs", runs);
    with("completed/success https://x/2\ncompleted/failure https://x/1\n");
    world.good(&words);
    let asked = fs::read_to_string(world.scratch.at("asked")).unwrap();
    for part in
        ["--workflow ci.yml ", "--branch main ", "--event push ", &format!("--commit {commit} ")]
    {
        assert!(asked.contains(part), "{part}: {asked}");
    }
    // The newest run counts.
    with("completed/failure https://x/2\ncompleted/success https://x/1\n");
    world.refused(1, &words, "completed/failure, https://x/2");
    for (runs, exit, wanted) in [
        ("completed/cancelled https://x/1\n", 1, "has not passed"),
        ("completed/skipped https://x/1\n", 1, "has not passed"),
        ("in_progress/ https://x/1\n", 4, "is not done"),
        ("queued/success https://x/1\n", 4, "is not done"),
        ("", 4, "has not run"),
    ] {
        with(runs);
        world.refused(exit, &words, wanted);
    }
    world.trouble("runs");
    world.refused(3, &words, "gh cannot list the runs");
    world.refused(2, &["tested", "org/actions", "main"], "40 hexadecimal digits");
}

#[test]
fn what_is_missing_or_too_much_is_named() {
    let world = World::new();
    let collect = ["collect", "out", "1.2.3", "org/actions", "tree"];
    fs::remove_file(world.scratch.at("out").join(ASSETS[1])).unwrap();
    world.scratch.write(format!("out/{}", ASSETS[2]), "");
    world.scratch.write("out/three-x86_64-unknown-linux-musl", "not ours");
    let said = world.step(&collect);
    assert_eq!(said.exit, Some(1), "{}", said.stderr);
    for wanted in [ASSETS[1], ASSETS[2], "is not released: three-x86_64-unknown-linux-musl"] {
        assert!(said.stderr.contains(wanted), "{wanted}: {}", said.stderr);
    }
    assert!(!world.scratch.has("tree") && !world.scratch.has("out/checksums.txt"));
    std::os::unix::fs::symlink(ASSETS[0], world.scratch.at("out").join(ASSETS[1])).unwrap();
    world.refused(1, &collect, "lacks");
}

#[test]
fn nothing_else_is_published_than_what_was_collected() {
    let world = World::new();
    let commit = world.collect("1.2.3");
    let words = World::publish_words("1.2.3", &commit);
    let asset = world.scratch.at("out").join(ASSETS[3]);
    fs::write(&asset, "swapped").unwrap();
    world.refused(1, &words, "is not what checksums.txt says");
    fs::remove_file(&asset).unwrap();
    world.refused(1, &words, ASSETS[3]);
    fs::write(&asset, ASSETS[3]).unwrap();
    fs::remove_file(world.scratch.at("out/attestation.jsonl")).unwrap();
    world.refused(1, &words, "attestation.jsonl");
    world.scratch.write("out/attestation.jsonl", "{}\n");
    let other = world.git(&["rev-parse", "HEAD"]);
    world.refused(1, &World::publish_words("1.2.3", &other), "which was tested");
    world.refused(1, &World::publish_words("1.2.4", &commit), "which was tested");
    world.refused(2, &World::publish_words("1.2.3", "main"), "40 hexadecimal digits");
    world.trouble("attestation");
    world.refused(1, &words, "has no attestation of this workflow");
    world.trouble("");
    // A list that was shortened goes with a shorter release.
    let sums = world.scratch.at("out/checksums.txt");
    let text = fs::read_to_string(&sums).unwrap();
    let last = text.trim_end().rfind('\n').unwrap();
    fs::write(&sums, text.split_at(last + 1).0).unwrap();
    world.refused(1, &words, "does not list what is released");
    assert_eq!(world.remote(), []);
    assert!(!world.scratch.has("releases"));
}

#[test]
fn a_draft_that_is_not_what_was_meant_is_withdrawn() {
    let world = World::new();
    let commit = world.collect("1.2.3");
    let words = World::publish_words("1.2.3", &commit);
    for (trouble, exit, wanted) in [
        ("list", 3, "gh cannot list the releases"),
        ("create", 3, "gh cannot make the draft"),
        ("upload", 1, "one-x86_64-unknown-linux-musl of the draft is not the file"),
        ("edit", 3, "gh cannot publish the draft"),
    ] {
        world.trouble(trouble);
        world.refused(exit, &words, wanted);
        assert_eq!(world.remote(), [], "{trouble}");
        let left = fs::read_dir(world.scratch.at("releases")).map_or(0, Iterator::count);
        assert_eq!(left, 0, "{trouble}");
    }
    world.trouble("");
    world.scratch.write("releases/v1.2.3/old", "");
    world.refused(1, &words, "there is a release or a draft v1.2.3");
    assert!(world.scratch.has("releases/v1.2.3/old"), "it is not ours");
}

/// GitHub has done it, and the answer is lost: nobody deletes a release for that.
#[test]
fn what_is_published_is_never_withdrawn() {
    let world = World::new();
    let commit = world.collect("1.2.3");
    world.trouble("answer");
    world.refused(3, &World::publish_words("1.2.3", &commit), "v1.2.3 is no draft");
    assert!(world.scratch.has("releases/v1.2.3"));
    let asked = fs::read_to_string(world.scratch.at("asked")).unwrap();
    assert!(!asked.contains("release delete"), "{asked}");
}

#[test]
fn a_tag_at_another_commit_is_told_and_not_followed() {
    let world = World::new();
    let commit = world.collect("1.2.3");
    world.trouble("tag");
    world.refused(1, &World::publish_words("1.2.3", &commit), "v1 was not moved");
    world.refused(1, &["advance", "1.2.3", &commit, ""], "v1.2.3 is at \"");
    assert_eq!((world.named("refs/tags/v1"), world.named("refs/heads/release/v1")), (None, None));
}

#[test]
fn v1_is_moved_from_where_it_was_and_from_nowhere_else() {
    let world = World::new();
    let first = world.release("1.2.3");
    world.next_version("1.2.4");
    let previous = world.good(&["check", "1.2.4"]);
    assert_eq!(previous, first);
    let outputs = fs::read_to_string(world.scratch.at("outputs")).unwrap();
    assert!(outputs.ends_with(&format!("previous={first}\n")), "{outputs}");
    let second = world.collect("1.2.4");
    world.good(&World::publish_words("1.2.4", &second));
    world.git(&["push", "--quiet", "--force", "origin", "main:refs/tags/v1"]);
    let moved = world.named("refs/tags/v1");
    world.refused(1, &["advance", "1.2.4", &second, &previous], "somebody has moved it");
    world.refused(1, &["roll-back", "1.2.4", &second, &previous], "somebody has moved it");
    world.refused(2, &["roll-back", "1.2.4", &second, "v1"], "40 hexadecimal digits, or nothing");
    assert_eq!(world.named("refs/tags/v1"), moved);
}

#[test]
fn v1_does_not_follow_a_pre_release() {
    let world = World::new();
    world.next_version("1.3.0-rc.1");
    let commit = world.release("1.3.0-rc.1");
    assert_eq!(world.named("refs/tags/v1.3.0-rc.1"), Some(commit.clone()));
    assert_eq!(world.named("refs/heads/release/v1"), Some(commit.clone()));
    assert_eq!(world.named("refs/tags/v1"), None);
    assert_eq!(fs::read_to_string(world.scratch.at("flags")).unwrap(), "--draft\n--prerelease\n");
    world.good(&["roll-back", "1.3.0-rc.1", &commit, ""]);

    // Beside what v1 names, it is kept and nobody's files change.
    world.next_version("1.3.0");
    let stable = world.release("1.3.0");
    world.next_version("1.4.0-rc.1");
    let commit = world.release("1.4.0-rc.1");
    let tip = world.named("refs/heads/release/v1").unwrap();
    world.git(&["merge-base", "--is-ancestor", &commit, &tip]);
    world.git(&["diff", "--quiet", &stable, &tip]);
    assert_eq!(world.named("refs/tags/v1"), Some(stable));
}

#[test]
fn without_a_token_nothing_is_written() {
    let world = World::new();
    let commit = world.collect("1.2.3");
    let said = world.step_with(None, &World::publish_words("1.2.3", &commit));
    assert_eq!(said.exit, Some(3), "{}", said.stderr);
    assert!(said.stderr.contains("GH_TOKEN is not set"), "{}", said.stderr);
    assert_eq!(world.remote(), []);
}

/// What is not known of the remote is never taken for an answer of it.
#[test]
fn without_a_remote_there_is_no_answer() {
    let world = World::new();
    let commit = world.release("1.2.3");
    world.git(&["remote", "set-url", "origin", "../nowhere"]);
    for words in [
        &["check", "1.2.3"][..],
        &World::publish_words("1.2.3", &commit),
        &["advance", "1.2.3", &commit, ""],
        &["verify", "seen", "1.2.3", "org/actions", &commit],
        &["keep", "1.2.3", &commit],
        &["roll-back", "1.2.3", &commit, ""],
    ] {
        world.refused(3, words, "origin cannot be asked");
    }
}

#[test]
fn only_main_is_released() {
    let world = World::new();
    let mut step = Command::new(world.scratch.at("project/scripts/release"));
    let output = step.args(["check", "1.2.3"]).env("GITHUB_REF", "refs/heads/topic").output();
    let output = output.unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("expected refs/heads/main"), "{said}");
}

#[test]
fn wrong_usage_is_told() {
    let world = World::new();
    world.refused(2, &[], "expected scripts/release check, tested");
    world.refused(2, &["publish", "out"], "publish FOLDER VERSION REPOSITORY COMMIT NOTES");
    world.refused(2, &["assets", "sparc"], "the target is \"sparc\"");
    world.refused(2, &["collect", "out", "1.2.3", "a/b/c", "tree"], "expected owner/name");
    assert_eq!(
        world.good(&["assets", "x86_64-pc-windows-msvc"]),
        [ASSETS[0], ASSETS[2]].join("\n")
    );
}
