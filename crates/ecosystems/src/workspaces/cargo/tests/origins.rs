//! Which changed manifests a touch is said to come from: all that it comes from, and no others.

use super::{Files, PACKAGE_A, compared, edited, files, tree};

/// Two workspaces, and packages that nobody has taken in yet.
fn before() -> Files<'static> {
    files(&[
        ("aaa/Cargo.toml", "package.name = 'aaa'"),
        ("ws/Cargo.toml", "[workspace]\nmembers = ['a']\n[workspace.dependencies]\ns = '1'"),
        ("ws/a/Cargo.toml", PACKAGE_A),
        ("ws/x/Cargo.toml", "package.name = 'x'\ndependencies.y.path = '../y'"),
        ("ws/y/Cargo.toml", "package.name = 'y'"),
        ("other/Cargo.toml", "[workspace]"),
        ("alone/Cargo.toml", "package.name = 'alone'"),
    ])
}

/// The paths that the package's touches come from, after edits of which that of `aaa` is none's cause.
#[track_caller]
fn check(before: &Files<'_>, edits: &[(&str, &str)], package: &str, wanted: &[&str]) {
    let edits: Vec<_> = edits.iter().map(|(path, text)| (*path, Some(*text))).collect();
    let mut after = edited(before, &edits);
    after.insert("aaa/Cargo.toml", "package = { name = 'aaa', description = 'x' }");
    let reading = compared(&tree(before), &tree(&after), false);
    let touches = reading.touches.iter();
    let paths = touches.filter(|touch| reading.packages[touch.package].name == package);
    let paths: Vec<&str> =
        paths.map(|touch| std::str::from_utf8(touch.path.as_bytes()).unwrap()).collect();
    assert_eq!(paths, wanted, "{package} after {edits:?}");
}

#[test]
fn a_package_that_is_taken_in_comes_from_who_takes_it() {
    let before = before();
    let a = ("ws/a/Cargo.toml", "package.name = 'a'\ndependencies.x.path = '../x'");
    check(&before, &[a], "x", &["ws/a/Cargo.toml"]);
    check(&before, &[a], "y", &["ws/a/Cargo.toml"]);
    let all = ("ws/Cargo.toml", "[workspace]\nmembers = ['*']");
    check(&before, &[all], "x", &["ws/Cargo.toml"]);
    check(&before, &[all, a], "y", &["ws/Cargo.toml", "ws/a/Cargo.toml"]);
    // A remark in the root takes nothing in.
    let said = format!("# words\n{}", before["ws/Cargo.toml"]);
    check(&before, &[("ws/Cargo.toml", &said), a], "x", &["ws/a/Cargo.toml"]);
    let shared = "[workspace]\nmembers = ['a']\n[workspace.dependencies]\nx.path = 'x'";
    let inherits = ("ws/a/Cargo.toml", "package.name = 'a'\ndependencies.x.workspace = true");
    let both = ["ws/Cargo.toml", "ws/a/Cargo.toml"];
    check(&before, &[("ws/Cargo.toml", shared), inherits], "x", &both);
    let new = [("ws/x/Cargo.toml", "package.name = 'x'"), all];
    check(&before, &new, "x", &["ws/Cargo.toml", "ws/x/Cargo.toml"]);
    let far = ("far/Cargo.toml", "package.name = 'far'");
    check(&before, &[far], "far", &["far/Cargo.toml"]);
}

#[test]
fn a_package_that_changes_its_workspace_says_who_has_it_now() {
    let before = before();
    let taken = ("other/Cargo.toml", "[workspace]\nmembers = ['../alone']");
    check(&before, &[taken], "alone", &["other/Cargo.toml"]);
    let points = ("alone/Cargo.toml", "package = { name = 'alone', workspace = '../other' }");
    let both = ["alone/Cargo.toml", "other/Cargo.toml"];
    check(&before, &[taken, points], "alone", &both);
}

#[test]
fn what_a_package_and_its_root_say_differently_comes_from_both() {
    let root = "[workspace]\nmembers = ['a']\n[workspace.dependencies]\ns = '1'";
    let own = "package.name = 'a'\ndependencies.s = { workspace = true }";
    let given = [("ws/Cargo.toml", root), ("ws/a/Cargo.toml", own)];
    let before = edited(&before(), &given.map(|(path, text)| (path, Some(text))));
    let newer = root.replace("'1'", "'2'");
    let more = own.replace("true", "true, features = ['f']");
    let (of_root, of_own) = (("ws/Cargo.toml", newer.as_str()), ("ws/a/Cargo.toml", more.as_str()));
    check(&before, &[of_root], "a", &["ws/Cargo.toml"]);
    check(&before, &[of_own], "a", &["ws/a/Cargo.toml"]);
    check(&before, &[of_root, of_own], "a", &["ws/Cargo.toml", "ws/a/Cargo.toml"]);
}

#[test]
fn what_could_not_be_read_is_said_of_the_file_that_could_not() {
    let broken = edited(&before(), &[("ws/Cargo.toml", Some("= broken"))]);
    let good = before();
    let root = ("ws/Cargo.toml", good["ws/Cargo.toml"]);
    check(&broken, &[root], "a", &["ws/Cargo.toml"]);
}
