//! cargo-nextest and `cargo test`, on a workspace with tests of one name in every kind of target.

use ecosystems::Framework;

use super::Project;

/// Leaves a mark. Each target includes it, so that the workspace needs no other crate.
const MARK: &str = r#"
use std::io::Write as _;
fn mark(name: &str) {
    let ran = std::env::var_os("RAN").unwrap();
    let mut ran = std::fs::OpenOptions::new().append(true).create(true).open(ran).unwrap();
    ran.write_all(format!("{name}\n").as_bytes()).unwrap();
    assert_ne!(std::env::var("FAILING").unwrap(), name);
}
"#;

/// A harness of its own: its tests have names that no function has.
const ODD: &str = r##"
const NAMES: [&str; 3] = ["it's (a), b | c", "#ü [x] / \\ \"q\" = ~*", "same"];
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    for name in NAMES {
        if has("--list") {
            if !has("--ignored") { println!("{name}: test"); }
        } else if has(name) || !has("--exact") {
            mark(&format!("alpha::odd {name}"));
        }
    }
}
"##;

/// A source with tests of these names in the program `id`.
fn source(before: &str, id: &str, tests: &[&str]) -> String {
    let test = |name: &&str| format!("#[test] fn {name}() {{ mark(\"{id} {name}\") }}\n");
    let tests: String = tests.iter().map(test).collect();
    format!("{before}\n#[cfg(test)] include!(\"../../mark.rs\");\n{tests}")
}

fn workspace(framework: Framework) -> Project {
    let manifest = "[workspace]\nresolver = '2'\nmembers = ['alpha', 'beta', 'gamma-macros']\n";
    let alpha = "\
[package]
name = 'alpha'
version = '0.1.0'
edition = '2021'
[[example]]
name = 'my-example'
test = true
[[test]]
name = 'odd'
harness = false
";
    let beta = "\
[package]
name = 'beta'
version = '0.1.0'
edition = '2021'
[lib]
name = 'beta_library'
";
    let gamma = "\
[package]
name = 'gamma-macros'
version = '0.1.0'
edition = '2021'
[lib]
proc-macro = true
";
    let doctest = "\
/// ```
/// use std::io::Write as _;
/// let ran = std::env::var_os(\"RAN\").unwrap();
/// let mut ran = std::fs::OpenOptions::new().append(true).create(true).open(ran).unwrap();
/// ran.write_all(b\"doctests\\n\").unwrap();
/// ```
pub fn documented() {}
";
    let ignored = "#[test] #[ignore] fn ignored() { mark(\"alpha ignored\") }\n";
    let library = source(doctest, "alpha", &["same", "same_longer", "über", "left_out"]) + ignored;
    Project::new(framework)
        .file("Cargo.toml", manifest)
        .file("mark.rs", MARK)
        .file("alpha/Cargo.toml", alpha)
        .file("alpha/src/lib.rs", library)
        .file("alpha/src/main.rs", source("fn main() {}", "alpha::bin/alpha", &["same"]))
        .file(
            "alpha/src/bin/my-bin.rs",
            source("fn main() {}", "alpha::bin/my-bin", &["same"]).replace("../../", "../../../"),
        )
        .file(
            "alpha/examples/my-example.rs",
            source("fn main() {}", "alpha::example/my-example", &["same"]),
        )
        .file("alpha/tests/t.rs", source("", "alpha::t", &["same", "other"]))
        .file("alpha/tests/t-x.rs", source("", "alpha::t-x", &["same"]))
        .file("alpha/tests/odd.rs", [MARK, ODD].concat())
        .file("beta/Cargo.toml", beta)
        .file("beta/src/lib.rs", source("", "beta", &["same", "only_beta"]))
        .file("gamma-macros/Cargo.toml", gamma)
        .file("gamma-macros/src/lib.rs", source("", "gamma-macros", &["same"]))
}

/// What both run, but for the program with its own harness.
const TESTS: [&str; 12] = [
    "alpha same",
    "alpha same_longer",
    "alpha über",
    "alpha::bin/alpha same",
    "alpha::bin/my-bin same",
    "alpha::example/my-example same",
    "alpha::t same",
    "alpha::t other",
    "alpha::t-x same",
    "beta same",
    "beta only_beta",
    "gamma-macros same",
];

const ODD_TESTS: [&str; 3] =
    ["alpha::odd it's (a), b | c", "alpha::odd #ü [x] / \\ \"q\" = ~*", "alpha::odd same"];

#[test]
fn nextest() {
    let tests = [&TESTS[..], &ODD_TESTS].concat();
    // The user's own default filter holds, in the list and in the shards.
    let configuration = "[profile.default]\ndefault-filter = 'not test(left_out)'\n";
    workspace(Framework::Nextest).file(".config/nextest.toml", configuration).check(&tests, &tests);
}

#[test]
fn cargo_test() {
    let tests = [&TESTS[..], &["alpha left_out", "doctests"]].concat();
    let items = [&tests[..], &["alpha::odd"]].concat();
    workspace(Framework::CargoTest).check(&items, &[&tests[..], &ODD_TESTS].concat());
}
