//! What cargo's configuration brings in, and patches of packages that no workspace has.

use super::locks::lock;
use super::{PACKAGE_A, check_needs, compared, edited, files, touches, tree};
use crate::workspaces::testing::Edit;

const X: (&str, &str) = ("x/Cargo.toml", "package.name = 'x'");

#[test]
fn what_a_patch_takes_by_path_is_a_package_that_no_workspace_has() {
    let root = "[workspace]\nmembers = ['a']\n";
    let patched = format!("{root}[patch.crates-io]\nx.path = 'x'");
    let a = ("a/Cargo.toml", "package.name = 'a'\ndependencies.x = '1'");
    let lock = "[[package]]\nname = 'a'\nversion = '0.0.0'\ndependencies = ['x']\n\
        [[package]]\nname = 'x'\nversion = '1.0.0'";
    check_needs(&[("Cargo.toml", root), a, X], &[]);
    check_needs(&[("Cargo.toml", &patched), a, X, ("Cargo.lock", lock)], &["a -> x"]);
    // The configuration may say it, or a file that it includes.
    let says = "[patch.crates-io]\nx.path = 'x'";
    let here = [("Cargo.toml", root), a, X, ("Cargo.lock", lock)];
    let with = |more: &[(&'static str, &'static str)]| -> Vec<(&str, &str)> {
        here.iter().chain(more).copied().collect()
    };
    check_needs(&with(&[(".cargo/config.toml", says)]), &["a -> x"]);
    let includes = (".cargo/config.toml", "include = ['ci.toml']");
    check_needs(&with(&[includes, (".cargo/ci.toml", says)]), &["a -> x"]);
    check_needs(&with(&[("y/.cargo/config.toml", "[patch.crates-io]\nx.path = '../x'")]), &[]);
    check_needs(&with(&[(".cargo/config.toml", "paths = ['x']")]), &["a -> x"]);
}

#[test]
fn what_cargos_configuration_includes_is_a_part_of_it() {
    let base = files(&[
        ("w/Cargo.toml", "[workspace]\nmembers = ['a']"),
        ("w/a/Cargo.toml", PACKAGE_A),
        ("o/Cargo.toml", "package.name = 'o'"),
        ("w/.cargo/config.toml", "include = ['ci.toml', '../../shared/more.toml']"),
        ("w/.cargo/ci.toml", "term.quiet = true"),
        ("w/.cargo/other.toml", ""),
    ]);
    let check = |path: &str, text: &str, wanted: &[&str]| {
        let head = edited(&base, &[(path, Some(text))]);
        assert_eq!(touches(&compared(&tree(&base), &tree(&head), false)), wanted, "{path}");
    };
    let flags = "build.rustflags = ['--cfg', 'x']";
    check("w/.cargo/ci.toml", flags, &["a: all"]);
    check("w/.cargo/ci.toml", "term.quiet = false", &[]);
    check("w/.cargo/other.toml", flags, &[]);
    check("shared/more.toml", flags, &["a: all"]);
}

#[test]
fn a_copy_of_a_package_from_elsewhere_touches_who_uses_it() {
    let says = "[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'";
    let locked = [
        ("a 0.0.0", "S"),
        ("b 0.0.0", "T"),
        ("root 0.0.0", "a"),
        ("S 1.0.0", "U"),
        ("T 1.0.0", ""),
        ("U 1.0.0", ""),
    ];
    let copy = |name: &str, version: &str| {
        format!("package = {{ name = '{name}', version = '{version}' }}")
    };
    let lock = lock(&locked);
    let [of_s, of_t, of_u, of_old] =
        [("S", "1.0.0"), ("T", "1.0.0"), ("U", "1.0.0"), ("U", "0.9.0")]
            .map(|(name, version)| copy(name, version));
    let base = files(&[
        (".cargo/config.toml", says),
        (
            "Cargo.toml",
            "workspace.members = ['a', 'b']\npackage.name = 'root'\ndependencies.a.path = 'a'",
        ),
        ("a/Cargo.toml", "package.name = 'a'\ndependencies.S = '1'"),
        ("b/Cargo.toml", "package.name = 'b'\ndev-dependencies.T = '1'"),
        ("Cargo.lock", &lock),
        ("vendor/S/Cargo.toml", &of_s),
        ("vendor/T/Cargo.toml", &of_t),
        ("vendor/U/Cargo.toml", &of_u),
        ("vendor/U/src/lib.rs", ""),
        ("vendor/U-0.9.0/Cargo.toml", &of_old),
    ]);
    let check = |edits: &[Edit<'_>], wanted: &[&str]| {
        let head = edited(&base, edits);
        let reading = compared(&tree(&base), &tree(&head), false);
        assert_eq!(touches(&reading), wanted, "{edits:?}");
        assert_eq!(reading.known.len(), edits.len(), "{edits:?}");
    };
    let all = ["a: all", "b: all", "root: all"];
    check(&[("vendor/U/src/lib.rs", Some("//"))], &["a: all"]);
    check(&[("vendor/T/x.rs", Some("//"))], &["b: own"]);
    check(&[("vendor/U-0.9.0/Cargo.toml", None)], &[]);
    check(&[("vendor/U/Cargo.toml", None), ("vendor/U/src/lib.rs", None)], &["a: all"; 2]);
    check(&[("vendor/README.md", Some(""))], &[]);
    check(&[("vendor/x/src/lib.rs", Some(""))], &all);
    check(&[("vendor/U-1.0.0.crate", Some(""))], &all);
    // Many files of one folder and kind are said once.
    let two = [("vendor/U/src/a.rs", Some("")), ("vendor/U/src/b.rs", Some(""))];
    check(&two, &["a: all"]);
}
