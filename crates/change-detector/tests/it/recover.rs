//! Deleted files, written again: never over something, never elsewhere.

use testkit::{Repository, Told};

use crate::tool::{check_no_answer, local, look, of_digits, only_error, other, push, step};

/// A repository whose last commit deletes files.
fn made() -> Repository {
    let it = Repository::new();
    it.write("src/a.rs", "contents of a\n").write("src/deep/b.rs", "b").write("docs/c.md", "c");
    it.write("kept", "1").write(b"odd/\xff\n'name", b"\x00\xff").commit("one");
    it.remove("src").remove("docs").remove("odd").write("kept", "2").commit("two");
    it
}

#[track_caller]
fn recovered(it: &Repository, words: &[&str]) -> Told {
    let words = [&["recover", "--base", "HEAD~1", "--into"], words].concat();
    local(it, &words).run()
}

#[test]
fn deleted_files_are_written_as_they_were() {
    let it = made();
    let told = recovered(&it, &["out"]);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    let work = it.scratch();
    assert_eq!(work.read("work/out/src/a.rs"), b"contents of a\n");
    assert_eq!(work.read("work/out/src/deep/b.rs"), b"b");
    assert_eq!(work.read("work/out/docs/c.md"), b"c");
    assert_eq!(work.read(it.at(b"out/odd/\xff\n'name")), b"\x00\xff");
    let out = work.files().into_iter().filter(|name| name.starts_with("work/out/"));
    assert_eq!(out.count(), 4);
    // The rest of the work tree is as it was.
    assert_eq!(it.git(&["status", "--porcelain", "--untracked-files=normal"]), "?? out/");
}

#[test]
fn only_those_that_are_asked_for_are_written() {
    let it = made();
    let told = recovered(&it, &["out", "--paths", "src/**\n!**/deep/**", "--format", "args"]);
    assert_eq!((told.exit, told.stdout.as_str()), (0, "src/a.rs\n"), "{}", told.stderr);
    assert!(
        it.at("out/src/a.rs").exists()
            && !it.at("out/src/deep").exists()
            && !it.at("out/docs").exists()
    );
}

#[test]
fn nothing_is_written_over_anything() {
    let it = made();
    it.write("full/x", "mine").write("file", "mine");
    let before = it.snapshot();
    for place in ["full", "file", "."] {
        let told = recovered(&it, &[place]);
        assert_eq!(told.exit, 2, "{place}: {}", told.stderr);
        assert!(told.stderr.contains("already"), "{}", told.stderr);
    }
    assert!(it.snapshot() == before);
    // An empty folder will do.
    std::assert_eq!(recovered(&it, &["empty/folder"]).exit, 0);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link() {
    let it = made();
    it.write("elsewhere/.keep", "").remove("elsewhere/.keep").symlink("link", "elsewhere");
    it.symlink("nowhere", "/nonexistent/x");
    let before = it.snapshot();
    for place in ["link", "nowhere"] {
        let told = recovered(&it, &[place]);
        assert_eq!(told.exit, 2, "{place}: {}", told.stderr);
    }
    assert!(it.snapshot() == before);
}

#[cfg(unix)]
#[test]
fn links_and_submodules_are_told_and_not_written() {
    let it = Repository::new();
    let first = it.symlink("link", "/etc/passwd").write("a", "1").commit("one");
    it.submodule("sub", &first).commit_index("two");
    it.git(&["rm", "--quiet", "--cached", "sub"]);
    it.remove("link").remove("a").commit("three");
    let told = step(&it, &[("base", "HEAD~1"), ("into", "out")])
        .event("schedule", r#"{"schedule": "x"}"#)
        .run();
    assert_eq!((told.exit, told.outputs["recovered"].as_str()), (0, r#"["a"]"#), "{}", told.stdout);
    let notices: Vec<String> = told.commands().into_iter().map(|command| command.data).collect();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(notices[0].contains("`link`") && notices[1].contains("`sub`"), "{notices:?}");
    assert!(!it.at("out/link").is_symlink() && !it.at("out/sub").exists());
}

#[test]
fn contents_that_are_not_here_are_fetched() {
    let origin = made();
    let clone = origin.cloned(&["--depth=1"]);
    let event = push("refs/heads/main", &origin.id("HEAD~1"), &origin.head());
    let told = step(&clone, &[("into", "out")]).event(&event.0, event.1.to_string()).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(clone.scratch().read("work/out/src/a.rs"), b"contents of a\n");
    let blobless = origin.cloned(&["--filter=blob:none"]);
    drop(origin);
    let told = step(&blobless, &[("into", "out")]).event(&event.0, event.1.to_string()).run();
    assert_eq!(told.exit, 3, "{}", told.stdout);
    assert!(only_error(&told).contains("cannot be read"), "{}", only_error(&told));
}

#[test]
fn without_a_base_nobody_knows_what_was_deleted() {
    let it = made();
    let told = look(&it, other("schedule")).input("into", "out").run();
    check_no_answer(&told, "No base is known, so nobody knows what was deleted");
    assert!(!it.at("out").exists());
}

#[test]
fn where_nothing_was_deleted_nothing_is_written() {
    let it = made();
    let told =
        local(&it, &["recover", "--base", "HEAD", "--into", "out", "--format", "json"]).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.stdout.contains(r#""recovered":"[]""#), "{}", told.stdout);
    assert!(!it.at("out").exists());
}

#[test]
fn a_file_that_is_gone_from_the_disk_is_recovered_from_the_commit() {
    let it = made();
    it.remove("kept");
    let told = local(&it, &["recover", "--base", "HEAD", "--worktree", "--into", "out"]).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert_eq!(it.scratch().read("work/out/kept"), b"2");
}

/// A commit whose only file has a path that no work tree may have, and one without it after it.
fn forged(it: &Repository, folder: &str, file: &str) -> (String, String) {
    let blob = of_digits(
        String::from_utf8(it.git_bytes(&["hash-object", "-w", "--stdin"], b"evil")).unwrap().trim(),
    );
    let tree = |entry: &[u8], id: &[u8]| {
        let bytes = [entry, b"\0", id].concat();
        let words = ["hash-object", "-t", "tree", "-w", "--literally", "--stdin"];
        String::from_utf8(it.git_bytes(&words, &bytes)).unwrap().trim().to_owned()
    };
    let inner = tree(format!("100644 {file}").as_bytes(), &blob);
    let outer = tree(format!("40000 {folder}").as_bytes(), &of_digits(&inner));
    let before = it.git(&["commit-tree", "-m", "before", &outer]);
    let empty = String::from_utf8(it.git_bytes(&["mktree"], b"")).unwrap();
    let after = it.git(&["commit-tree", "-p", &before, "-m", "after", empty.trim()]);
    (before, after)
}

#[test]
fn a_path_that_no_work_tree_may_have_is_not_written() {
    // What git itself cannot print as a path, and what would be a repository on some file system.
    for (exit, folder, file) in [
        (3, "..", "evil"),
        (3, ".", "evil"),
        (3, "a", ".."),
        (2, ".git", "config"),
        (2, ".GIT", "config"),
        (2, "a", ".git"),
        (2, ".git ", "config"),
        (2, ".git. .", "config"),
        (2, ".git::$INDEX_ALLOCATION", "config"),
        (2, "git~1", "config"),
        (2, "a", "b\\.git\\config"),
        (2, ".g\u{200c}it", "config"),
    ] {
        let it = Repository::new();
        it.write("kept", "1").commit("one");
        let (before, after) = forged(&it, folder, file);
        let seen = it.snapshot();
        let words = ["recover", "--base", &before, "--head", &after, "--into", "out/in"];
        let told = local(&it, &words).run();
        assert_eq!(told.exit, exit, "{folder}/{file}: {}", told.stderr);
        assert!(it.snapshot() == seen, "{folder}/{file} was written");
    }
    // Names that only look so are files like others.
    for (folder, file) in
        [(".github", "x"), (".gitignore.d", "x"), ("a", ".gitattributes"), ("git", "x")]
    {
        let it = Repository::new();
        let (before, after) = forged(&it, folder, file);
        it.git(&["update-ref", "refs/heads/main", &after]);
        let words = ["recover", "--base", &before, "--head", &after, "--into", "out"];
        let told = local(&it, &words).run();
        assert_eq!(told.exit, 0, "{folder}/{file}: {}", told.stderr);
        assert_eq!(it.scratch().read(format!("work/out/{folder}/{file}")), b"evil");
    }
}
