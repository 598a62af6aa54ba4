//! The notes of a release, from real commits.

#![expect(clippy::disallowed_methods, reason = "what was written is read")]

use testkit::Repository;

use crate::tool::{local, step};

fn history() -> Repository {
    let repository = Repository::new();
    repository.write("a", "1").commit("feat: the first");
    repository.tag("v1.0.0");
    repository
        .write("a", "2")
        .commit("fix(api): no crash on <script>\n\nDeployment: restart twice");
    repository.branch("side").checkout("main");
    repository.write("b", "1").commit("feat!: drop v1\n\nMigration: use v2");
    repository.checkout("side");
    repository.write("c", "1").commit("::error::hello @everyone");
    repository.checkout("main");
    repository.merge("side");
    repository
}

#[test]
fn what_came_since_the_last_tag_is_told_by_its_kind() {
    let repository = history();
    let told = local(&["release-notes", "--title=v2.0.0"]).at(repository.path()).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    let notes = std::fs::read_to_string(repository.at("release-notes.md")).unwrap();
    let ids = |text: &str| {
        text.split('\n')
            .map(|line| line.split(" (").next().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    insta::assert_snapshot!(ids(&notes).replace('\u{2060}', "<joiner>"), @r"
    # v2.0.0

    ## Breaking changes

    - drop v1
      - Migration: use v2

    ## New features

    - drop v1

    ## Bug fixes

    - **api**: no crash on &lt;script&gt;

    ## Other changes

    - ::error::hello @<joiner>everyone

    ## Deployment

    - restart twice
    ");
    assert!(told.stdout.contains("3 changes since `v1.0.0`: a major release."), "{}", told.stdout);
}

#[test]
fn in_a_job_commits_are_links_and_the_next_version_is_an_output() {
    let repository = history();
    let inputs = [
        ("command", "release-notes"),
        ("title", "v1.1.0"),
        ("until", "side"),
        ("notes-file", "out/notes.md"),
    ];
    let told = step(&inputs).at(repository.path()).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert_eq!(
        (told.outputs["bump"].as_str(), told.outputs["notes-path"].as_str()),
        ("patch", "out/notes.md")
    );
    let notes = std::fs::read_to_string(repository.at("out/notes.md")).unwrap();
    assert!(notes.contains(&format!("/commit/{})", repository.id("side"))), "{notes}");
}

#[test]
fn without_the_history_there_are_no_notes() {
    let repository = history();
    let shallow = repository.cloned(&["--depth=1"]);
    let told = local(&["release-notes", "--title=v2.0.0"]).at(shallow.path()).run();
    assert!(told.exit == 2 && told.stderr.contains("fetch-depth: 0"), "{}", told.stderr);
    let told =
        local(&["release-notes", "--title=v2.0.0", "--since=v9"]).at(repository.path()).run();
    assert!(told.exit == 2 && told.stderr.contains("there is no commit `v9`"), "{}", told.stderr);
}
