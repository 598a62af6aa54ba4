//! Lock files that speak of more than their own workspace, that are behind, or ambiguous.

use super::{B, check_needs, compared, edited, files, touches, tree};
use crate::workspaces::testing::Edit;

#[test]
fn a_lock_file_that_is_behind_is_no_reason_to_know_better() {
    let root = ("Cargo.toml", "[workspace]\nmembers = ['*']\n[patch.crates-io]\nb.path = 'b'");
    let a = ("a/Cargo.toml", "package.name = 'a'\ndependencies.serde = '1'");
    let package = |name: &str| format!("[[package]]\nname = '{name}'\nversion = '0.0.0'\n");
    // It knows neither of them, or one of both, or both, or that nobody uses the patch.
    let check = |lock: &str, wanted: &[&str]| {
        check_needs(&[root, a, B, ("Cargo.lock", lock)], wanted);
    };
    check("version = 4", &["a -> b"]);
    check(&package("b"), &["a -> b"]);
    check(&package("a"), &["a -> b"]);
    check(&[package("a"), package("b")].concat(), &[]);
    let unused = [package("a"), package("b").replace("package", "patch.unused")];
    check(&unused.concat(), &[]);
}

#[test]
fn a_patch_is_used_by_what_members_take_by_path_too() {
    let root = "[workspace]\nmembers = ['a']\nexclude = ['aside']\n[patch.crates-io]\nb.path = 'b'";
    let a = ("a/Cargo.toml", "package.name = 'a'\ndependencies.aside.path = '../aside'");
    let aside = ("aside/Cargo.toml", "package.name = 'aside'\ndependencies.b = '1'");
    let other = ("other/Cargo.toml", "package.name = 'other'\ndependencies.b = '1'");
    let known = lock(&[("a 0.0.0", "aside"), ("aside 0.0.0", "b"), ("b 1.0.0", "")]);
    for lock in [known.as_str(), ""] {
        let given = [("Cargo.toml", root), a, aside, other, B, ("Cargo.lock", lock)];
        check_needs(&given, &["a -> aside", "aside -> b"]);
    }
}

/// A lock file of packages `name version`, and what each needs; those in capitals come from a registry.
pub(super) fn lock(packages: &[(&str, &str)]) -> String {
    let entry = |(package, needs): &(&str, &str)| {
        let (name, version) = package.split_once(' ').unwrap();
        let needs: Vec<String> = needs.split(", ").map(|need| format!("'{need}'")).collect();
        let needs = if needs == ["''"] { String::new() } else { needs.join(", ") };
        let source = if name == name.to_uppercase() { "source = 'registry+r'\n" } else { "" };
        format!(
            "[[package]]\nname = '{name}'\nversion = '{version}'\n{source}dependencies = [{needs}]\n"
        )
    };
    packages.iter().map(entry).collect()
}

#[test]
fn a_lock_file_speaks_of_what_its_members_use_of_other_workspaces() {
    let y = "package.name = 'y'\ndependencies.S = '1'";
    let of_a = lock(&[("S 1.0.1", ""), ("y 0.0.0", "S"), ("z 0.0.0", "y")]);
    let mut base = files(&[
        ("a/Cargo.toml", "workspace.members = ['*']"),
        ("a/y/Cargo.toml", y),
        ("a/z/Cargo.toml", "package.name = 'z'\ndependencies.y.path = '../y'"),
        ("a/Cargo.lock", &of_a),
        ("b/Cargo.toml", "workspace.members = ['*']"),
        ("b/x/Cargo.toml", "package.name = 'x'\ndependencies.z.path = '../../a/z'"),
        ("b/w/Cargo.toml", "package.name = 'w'\ndev-dependencies.y.path = '../../a/y'"),
        ("b/v/Cargo.toml", "package.name = 'v'"),
        // Another package of the name, which has nothing to do with it.
        ("c/y/Cargo.toml", y),
    ]);
    let of_b = |version: &str| {
        let members = [("v 0.0.0", ""), ("w 0.0.0", "y"), ("x 0.0.0", "z")];
        let used = [("y 0.0.0", "S"), ("z 0.0.0", "y"), (version, "")];
        lock(&[&members[..], &used].concat())
    };
    let of_b_now = of_b("S 1.0.1");
    base.insert("b/Cargo.lock", &of_b_now);
    let check = |edit: Edit<'_>, wanted: &[&str]| {
        let head = edited(&base, &[edit]);
        assert_eq!(touches(&compared(&tree(&base), &tree(&head), false)), wanted, "{edit:?}");
    };
    let new = of_b("S 1.0.2");
    check(("b/Cargo.lock", Some(&new)), &["w: own", "x: all"]);
    let new = base["a/Cargo.lock"].replace("1.0.1", "1.0.2");
    check(("a/Cargo.lock", Some(&new)), &["y: all"]);
}

#[test]
fn a_package_that_is_alone_is_of_the_root_above_it() {
    let needs = [("a 0.0.0", "aside"), ("aside 0.0.0", "S"), ("tool 0.0.0", "a"), ("S 1.0.0", "")];
    let locked = lock(&needs);
    let base = files(&[
        ("Cargo.toml", "[workspace]\nmembers = ['a']\nexclude = ['aside']"),
        ("a/Cargo.toml", "package.name = 'a'\ndependencies.aside.path = '../aside'"),
        ("aside/Cargo.toml", "package.name = 'aside'\ndependencies.S = '1'"),
        ("nested/Cargo.toml", "[workspace]\nmembers = ['tool']"),
        ("nested/tool/Cargo.toml", "package.name = 'tool'\ndependencies.a.path = '../../a'"),
        ("Cargo.lock", &locked),
        ("nested/Cargo.lock", &locked),
    ]);
    let newer = locked.replace("name = 'S'\nversion = '1.0.0'", "name = 'S'\nversion = '1.0.1'");
    let check = |path: &str, wanted: &[&str]| {
        let head = edited(&base, &[(path, Some(&newer))]);
        assert_eq!(touches(&compared(&tree(&base), &tree(&head), false)), wanted, "{path}");
    };
    check("Cargo.lock", &["aside: all"]);
    check("nested/Cargo.lock", &["tool: all"]);
}

#[test]
fn two_packages_of_one_name_are_told_apart_by_their_versions() {
    let member = "package.name = 'a'\ndependencies = { u = { path = '../old' }, v = { path = '../new', package = 'u' } }";
    let u = |version: &str| {
        format!("[package]\nname = 'u'\nversion = '{version}'\n[dependencies]\nS = '1'\nT = '1'")
    };
    let of = |s: &str, t: &str| {
        let own = [("a 0.0.0", "u 0.1.0, u 0.2.0"), ("u 0.1.0", "S"), ("u 0.2.0", "T")];
        lock(&[&own[..], &[(s, ""), (t, "")]].concat())
    };
    let (old, new, locked) = (u("0.1.0"), u("0.2.0"), of("S 1.0.0", "T 1.0.0"));
    let base = files(&[
        ("Cargo.toml", "[workspace]\nmembers = ['a']\nexclude = ['old', 'new']"),
        ("a/Cargo.toml", member),
        ("old/Cargo.toml", &old),
        ("new/Cargo.toml", &new),
        ("Cargo.lock", &locked),
    ]);
    let check = |lock: &str, folder: &[u8]| {
        let head = edited(&base, &[("Cargo.lock", Some(lock))]);
        let reading = compared(&tree(&base), &tree(&head), false);
        let folders: Vec<&[u8]> = reading
            .touches
            .iter()
            .map(|touch| reading.packages[touch.package].folder.as_slice())
            .collect();
        assert_eq!(folders, [folder], "{lock}");
    };
    check(&of("S 1.0.1", "T 1.0.0"), b"old");
    check(&of("S 1.0.0", "T 1.0.1"), b"new");
}
