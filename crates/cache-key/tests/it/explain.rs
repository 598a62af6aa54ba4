//! Why a key is another: two checkouts, one after the other.

use serde_json::Value;
use testkit::{Repository, Scratch, Told, Tool};

/// A workspace with a lock file that locks `serde` at this version.
fn repository() -> Repository {
    let repository = Repository::new();
    repository.write("Cargo.toml", "[package]\nname = \"a\"\nversion = \"1.0.0\"\n");
    repository.write("src/lib.rs", "");
    repository.write("Cargo.lock", lock("1.0.200"));
    repository.commit("first");
    repository
}

fn lock(version: &str) -> String {
    format!(
        "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n \"serde\",\n]\n\n[[package]]\nname = \"serde\"\nversion = \"{version}\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{}\"\n",
        "a".repeat(64)
    )
}

fn cache_key(repository: &Repository) -> Tool {
    // No compiler is on the path, so its name is what is known of it.
    Tool::new(env!("CARGO_BIN_EXE_cache-key"))
        .at(repository.path())
        .in_actions()
        .env("RUSTUP_TOOLCHAIN", "1.90.0")
}

/// What the key is made of now, written to a file.
fn material(repository: &Repository, scratch: &Scratch, name: &str) -> Told {
    let told = cache_key(repository).arg("compute").arg("--material-file").arg(scratch.at(name));
    let told = told.run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    told
}

fn explained(repository: &Repository, words: &[&str], scratch: &Scratch) -> Told {
    cache_key(repository)
        .arg("explain")
        .arg("--previous")
        .arg(scratch.at("before.json"))
        .args(words)
        .run()
}

#[test]
fn a_changed_dependency_is_named_and_nothing_else() {
    let (repository, scratch) = (repository(), Scratch::new());
    material(&repository, &scratch, "before.json");
    repository.write("Cargo.lock", lock("1.0.201"));
    let told = explained(&repository, &[], &scratch);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    let changed: Vec<Value> = serde_json::from_str(&told.outputs["changed"]).unwrap();
    assert!(!changed.is_empty());
    for it in &changed {
        assert_eq!((&it["level"], &it["owner"]), (&"dependencies".into(), &"cargo".into()));
        assert_eq!(it["source"], "Cargo.lock");
    }
    assert_eq!(told.outputs["same-as"], "toolchain");
    assert_eq!(told.outputs["expectation"], "partial");
    assert!(told.summary.contains("That cache is still of use"), "{}", told.summary);
}

#[test]
fn nothing_changed_is_told_as_that() {
    let (repository, scratch) = (repository(), Scratch::new());
    material(&repository, &scratch, "before.json");
    repository.write("README.md", "nothing that counts");
    repository.commit("second");
    let told = explained(&repository, &[], &scratch);
    assert_eq!(told.outputs["changed"], "[]");
    assert_eq!(told.outputs["same-as"], "everything");
    assert_eq!(told.outputs["expectation"], "exact");
}

#[test]
fn another_name_of_the_cache_is_told_as_the_input_that_gives_it() {
    let (repository, scratch) = (repository(), Scratch::new());
    material(&repository, &scratch, "before.json");
    let told = explained(&repository, &["--prefix-key", "v2"], &scratch);
    let changed: Vec<Value> = serde_json::from_str(&told.outputs["changed"]).unwrap();
    assert_eq!(changed.len(), 1);
    assert_eq!(
        (&changed[0]["level"], &changed[0]["ingredient"]),
        (&"name".into(), &"prefix-key".into())
    );
    assert_eq!(told.outputs["same-as"], "everything");
    assert_eq!(told.outputs["expectation"], "miss");
}

#[test]
fn compute_says_what_an_earlier_cache_would_be_good_for() {
    let (repository, scratch) = (repository(), Scratch::new());
    let told = material(&repository, &scratch, "before.json");
    assert_eq!(told.outputs["expectation"], "unknown");
    let told = cache_key(&repository)
        .arg("compute")
        .arg("--previous")
        .arg(scratch.at("before.json"))
        .run();
    assert_eq!(told.outputs["expectation"], "exact");
}

#[test]
fn a_file_that_was_changed_is_no_answer() {
    let (repository, scratch) = (repository(), Scratch::new());
    for contents in ["", "{", "{}", "[]", "null", "{\"version\": 2}"] {
        scratch.write("before.json", contents);
        let told = explained(&repository, &[], &scratch);
        assert_eq!(told.exit, 2, "{contents}");
        assert!(told.stdout.contains("This is not what a key was made of"), "{}", told.stdout);
    }
}

#[test]
fn after_a_restore_the_new_material_takes_the_place_of_the_old() {
    let (repository, scratch) = (repository(), Scratch::new());
    let before = material(&repository, &scratch, "before.json");
    repository.write("Cargo.lock", lock("1.0.201"));
    material(&repository, &scratch, "now.json");
    let replaced = |key: &str| {
        let now = scratch.at("now.json");
        let words = ["--current", now.to_str().unwrap(), "--replace", "true", "--matched-key", key];
        let told = explained(&repository, &words, &scratch);
        assert_eq!(told.exit, 0, "{}", told.stdout);
        let runner = told.runner.as_ref().unwrap();
        let files = runner.files();
        let left = files.iter().find(|file| file.starts_with("signalbox-metrics/")).unwrap();
        let outcome = runner.read_text(left);
        let found = format!("\"expectation\":\"{}\"", told.outputs["expectation"]);
        assert!(
            outcome.contains(&found) && outcome.contains("\"cache-family\":\"signalbox/"),
            "{outcome}"
        );
        told
    };
    // The file is of another cache than the restored one: nothing is known of that.
    let told = replaced("signalbox/v1/x");
    assert_eq!(
        (told.outputs["same-as"].as_str(), told.outputs["expectation"].as_str()),
        ("unknown", "miss")
    );
    material_is(&scratch, "now.json");
    scratch.write("before.json", "damaged");
    let told = replaced(&before.outputs["key"]);
    assert_eq!(
        (told.outputs["same-as"].as_str(), told.outputs["expectation"].as_str()),
        ("unknown", "partial")
    );
    assert!(told.stdout.contains("::warning"), "{}", told.stdout);
    material_is(&scratch, "now.json");
}

#[track_caller]
fn material_is(scratch: &Scratch, name: &str) {
    assert_eq!(scratch.read("before.json"), scratch.read(name));
}

#[test]
fn what_travels_is_where_it_says_and_one_of_the_paths() {
    let (repository, scratch) = (repository(), Scratch::new());
    let told = cache_key(&repository).arg("compute").env("HOME", scratch.path()).run();
    let place = &told.outputs["material-place"];
    let below = place.strip_prefix(scratch.path().to_str().unwrap()).unwrap();
    assert!(told.outputs["paths"].lines().any(|path| path == format!("~{below}")), "{place}");
}
