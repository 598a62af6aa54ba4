//! How often git is started: each start takes longer than what the tool itself does with a small report.

use testkit::{Noted, Repository};

use crate::place::fixture;
use crate::tool::local;

/// What git is asked by a run over a fixture.
#[track_caller]
fn check_asked(reports: &str, report: &str, wanted: &[&str]) {
    let repository = Repository::new();
    repository.write("report", fixture(report)).commit("one");
    let git = Noted::new("git");
    let tool = local(&["run", "--mode=report", "--reports", &format!("{reports}=report")]);
    let tool = git.variables().iter().fold(tool, |tool, (name, value)| tool.env(name, value));
    let told = tool.at(repository.path()).run();
    assert!(told.stdout.contains("Gate"), "{}\n{}", told.stdout, told.stderr);
    let starts = git.starts();
    let mut commands: Vec<&str> = ["ls-files", "rev-parse", "cat-file"]
        .into_iter()
        .filter(|command| starts.iter().any(|words| words.contains(&format!(" {command} "))))
        .collect();
    commands.sort_unstable();
    assert_eq!((commands.as_slice(), starts.len()), (wanted, wanted.len()), "{starts:#?}");
}

#[test]
fn two_gits_know_the_files_and_none_is_asked_where_no_gate_wants_them() {
    let files = &["ls-files", "rev-parse"];
    check_asked("coverage", "lcov/nyc.info", files);
    check_asked("lcov", "lcov/nyc.info", files);
    check_asked("security", "sarif/zizmor-tool-behind-results.sarif", files);
    check_asked("tests", "junit/pytest-xunit2.xml", &[]);
}
