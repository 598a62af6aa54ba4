//! What sources and build scripts take in from elsewhere.

use super::{compared, files};
use crate::workspaces::testing::{edited, touches, tree};

/// A member `a` with a manifest, and other files; what a change of the file at `path` touches.
#[track_caller]
fn check_member(
    manifest: &str,
    others: &[(&str, &str)],
    scan_includes: bool,
    path: &str,
    wanted: &[&str],
) {
    let manifest = format!("package.name = 'a'\n{manifest}");
    let mut base = files(&[("Cargo.toml", "[workspace]\nmembers = ['crates/*']"), (path, "")]);
    base.insert("crates/a/Cargo.toml", &manifest);
    base.extend(others.iter().copied());
    let new = format!("{} ", base[path]);
    let head = edited(&base, &[(path, Some(&new))]);
    let reading = compared(&tree(&base), &tree(&head), scan_includes);
    assert_eq!(touches(&reading), wanted, "{path}: {:?}", reading.touches);
    assert_eq!(reading.known.is_empty(), wanted.is_empty());
}

#[test]
fn a_target_outside_of_its_package_is_a_part_of_it() {
    let shared = [("shared/lib.rs", "mod deep;"), ("shared/deep/mod.rs", "include_str!(\"../x\")")];
    let check = |manifest: &str, path: &str, wanted: &[&str]| {
        check_member(manifest, &shared, false, path, wanted);
    };
    let lib = "lib.path = '../../shared/lib.rs'";
    check(lib, "shared/lib.rs", &["a: all"]);
    check(lib, "shared/deep/mod.rs", &["a: all"]);
    check(lib, "shared/x", &["a: all"]);
    check(lib, "shared/deep.rs", &["a: all"]);
    check(lib, "shared/y", &[]);
    check("[[test]]\npath = '../../shared/lib.rs'", "shared/deep/mod.rs", &["a: own"]);
    check("[[test]]\npath = '../../shared/t.rs'", "shared/t.rs", &["a: own"]);
    check("package.build = '../../shared/build.rs'", "shared/build.rs", &["a: all"]);
}

#[test]
fn modules_of_a_file_that_a_path_names_lie_beside_it() {
    let others = [
        ("crates/a/src/lib.rs", "#[path = \"../../../shared/thing.rs\"] mod thing;"),
        ("shared/thing.rs", "mod helper; mod inner { mod x; #[path = \"y.rs\"] mod z; }"),
        ("shared/helper.rs", "mod deep;"),
    ];
    let check = |path: &str, wanted: &[&str]| {
        check_member("", &others, true, path, wanted);
    };
    check("shared/helper.rs", &["a: all"]);
    check("shared/helper/deep.rs", &["a: all"]);
    check("shared/inner/x/mod.rs", &["a: all"]);
    check("shared/inner/y.rs", &["a: all"]);
    check("shared/deep.rs", &[]);
    check("shared/thing/helper.rs", &[]);
}

#[test]
fn a_build_script_names_files_in_many_ways() {
    let check = |script: &str, path: &str, is_touched: bool| {
        let wanted: &[&str] = if is_touched { &["a: all"] } else { &[] };
        let others = [
            ("crates/a/build.rs", script),
            ("proto/x.proto", ""),
            ("crates/a/build/h.rs", "f(\"../../proto\")"),
        ];
        check_member("", &others, false, path, wanted);
    };
    for script in [
        "println!(\"cargo:rerun-if-changed={d}/../../proto\")",
        "format!(\"{}/../../proto/x.proto\", d)",
        "d.join(\"..\").join(\"..\").join(\"proto\")",
        "PathBuf::from(\"../..\").join(\"proto/x.proto\")",
        "let root = d.parent().unwrap().parent().unwrap(); root.join(\"proto\")",
        "concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../proto\")",
        "glob(\"../../proto/*.proto\")",
        "format!(\"../../proto/{name}.proto\")",
        "#[path = \"build/h.rs\"] mod h;",
        "include!(\"build/h.rs\");",
    ] {
        check(script, "proto/x.proto", true);
    }
    let one = "compile(\"../../proto/x.proto\")";
    check(one, "proto/deep/y.proto", true);
    check(one, "proto/y.txt", false);
    check("f(\"proto\")", "proto/x.proto", false);
    check("f(\"../..\"); f(\"..\")", "proto/x.proto", false);
}

#[test]
fn a_file_of_tests_may_be_a_part_of_the_library() {
    let check = |source: &str, wanted: &str| {
        let others = [("crates/a/src/lib.rs", source), ("crates/a/tests/common.rs", "mod deep;")];
        check_member("", &others, false, "crates/a/tests/common.rs", &[wanted]);
        check_member("", &others, false, "crates/a/tests/deep.rs", &[wanted]);
    };
    check("#[path = \"../tests/common.rs\"] pub mod common;", "a: all");
    check("#[cfg(test)] #[path = \"../tests/common.rs\"] mod common;", "a: own");
    check("#[cfg(test)] mod tests { include_str!(\"../tests/common.rs\"); }", "a: own");
    check("", "a: own");
}

#[test]
fn a_page_of_the_repository_may_be_that_of_a_package() {
    let others = [("crates/a/src/lib.rs", "#![doc = include_str!(\"../../../README.md\")]")];
    check_member("", &others, false, "README.md", &["a: own"]);
    check_member("", &others, false, "docs/README.md", &[]);
    let in_module = [("crates/a/src/lib.rs", "mod x;"), ("crates/a/src/x.rs", others[0].1)];
    check_member("", &in_module, false, "README.md", &[]);
    check_member("", &in_module, true, "README.md", &["a: own"]);
}

#[test]
fn what_any_macro_names_outside_is_found_by_looking() {
    let check = |source: &str, path: &str, wanted: &[&str]| {
        check_member("", &[("crates/a/src/lib.rs", source)], true, path, wanted);
    };
    check("sqlx::migrate!(\"../../migrations\")", "migrations/1.sql", &["a: all"]);
    check("#[folder = \"../../web\"] struct A;", "web/x/y.js", &["a: all"]);
    check("doctest!(\"../README.md\");", "crates/a/README.md", &["a: own"]);
    check("concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/../../x\")", "x", &["a: all"]);
    check("format!(\"{}/../../x\", env!(\"CARGO_MANIFEST_DIR\"))", "x", &["a: all"]);
    check("f(\"../../..\")", "migrations/1.sql", &[]);
    check("#[cfg(test)] mod tests { f(\"../../x\") }", "x", &["a: own"]);
}
