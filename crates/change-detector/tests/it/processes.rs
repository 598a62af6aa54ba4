//! How often git is started: each start takes longer than what the tool itself does.

use testkit::{Noted, Repository};

use crate::events::{Story, checked_out};
use crate::tool::{look, pull_request, push};

/// What git is asked by a step with these inputs, whose head and base are these.
#[track_caller]
fn asked(
    repository: &Repository,
    event: (String, serde_json::Value),
    inputs: &[(&str, &str)],
    (base, head): (&str, &str),
) -> Vec<String> {
    let git = Noted::new("git");
    let look = look(repository, event);
    let look = git.variables().iter().fold(look, |look, (name, value)| look.env(name, value));
    let look = inputs.iter().fold(look, |look, (name, value)| look.input(name, value));
    let told = look.run();
    assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
    assert_eq!((told.outputs["base"].as_str(), told.outputs["head"].as_str()), (base, head));
    git.starts()
}

#[test]
fn a_push_asks_git_three_times_and_once_more_for_files() {
    let it = Story::new();
    let range = (it.e.as_str(), it.f.as_str());
    for (inputs, wanted) in [
        (&[][..], 3),
        (&[("services", "*")], 4),
        (&[("graph", "cargo,npm,go")], 4),
        (&[("services", "*"), ("graph", "cargo,npm,go")], 4),
    ] {
        let asked = asked(&it.clone, push("refs/heads/topic", range.0, range.1), inputs, range);
        assert_eq!(asked.len(), wanted, "{inputs:?}: {asked:#?}");
    }
}

#[test]
fn both_ends_of_a_pull_request_are_fetched_at_once() {
    let it = Story::new();
    let shallow = checked_out(&it.origin, &it.a, "refs/remotes/origin/main", 1);
    let asked = asked(&shallow, pull_request(&it.d, &it.f), &[], (&it.b, &it.f));
    let fetches: Vec<&String> = asked.iter().filter(|words| words.contains(" fetch ")).collect();
    // They come first; then the history, until both meet.
    let [ends, ..] = fetches.as_slice() else { panic!("{asked:#?}") };
    assert!(ends.contains(&it.d) && ends.contains(&it.f), "{ends}");
    assert!(fetches.len() <= 2, "{fetches:#?}");
}
