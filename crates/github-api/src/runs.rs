//! Runs of a workflow.
//!
//! Source: GitHub documentation, "REST API endpoints for workflow runs", "List workflow runs for a
//! workflow": the newest first, a hundred a page, and no more than a thousand where they are filtered.

use repo_model::CommitId;
use serde::de::{Error as _, Unexpected};
use serde::{Deserialize, Deserializer};

use crate::answer::{self, NotAnAnswer};
use crate::client::{Client, Connection};
use crate::failure::{ApiFailure, Grant, Question};

/// How many runs a page has: as many as GitHub gives.
const PAGE: usize = 100;

/// How many pages there can be.
const PAGES: u32 = 10;

/// Which run is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunQuery<'a> {
    /// The repository, `owner/name`.
    pub repository: &'a str,
    /// The workflow: the name of its file below `.github/workflows`, or its id.
    pub workflow: &'a str,
    /// The short name of the branch that it ran for.
    pub branch: &'a str,
    /// The event that started it; nothing for any.
    pub event: Option<&'a str>,
    /// The id of the run that asks. Ids grow, so that only smaller ones are earlier: a run that is
    /// started again does not take a later one for its past.
    pub before: u64,
}

/// A run of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: u64,
    /// The commit that it was about.
    pub head: CommitId,
}

/// A page of runs, as far as anybody asks.
#[derive(Debug, Deserialize)]
struct Page {
    workflow_runs: Vec<Record>,
}

#[derive(Debug, Deserialize)]
struct Record {
    id: u64,
    #[serde(deserialize_with = "commit")]
    head_sha: CommitId,
    head_branch: Option<String>,
    event: String,
    conclusion: Option<String>,
    head_repository: Option<HeadRepository>,
}

#[derive(Debug, Deserialize)]
struct HeadRepository {
    full_name: String,
}

/// What a page says of the run that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The newest run that it has and that is one of those looked for.
    pub run: Option<Run>,
    /// How many runs of any kind it has.
    pub runs: usize,
}

impl Client {
    /// The newest successful run that is asked for; nothing where there is none.
    ///
    /// A server that does not filter as it is asked to changes nothing: every run is looked at again. A
    /// run of a fork is never one of those looked for, even if its branch has the same name.
    ///
    /// # Errors
    /// When GitHub does not answer, or not with runs.
    pub fn last_successful_run(&self, query: &RunQuery<'_>) -> Result<Option<Run>, ApiFailure> {
        let connection = self.open(Question {
            words: "which run was the last to succeed",
            of: None,
            grant: Grant::OfJob("`permissions: actions: read`"),
        })?;
        let (owner, name) = connection.owner_and_name(query.repository)?;
        let segments = ["repos", owner, name, "actions", "workflows", query.workflow, "runs"];
        for number in 1..=PAGES {
            let found = page(&connection, &segments, query, number)?;
            if found.run.is_some() || found.runs < PAGE {
                return Ok(found.run);
            }
        }
        Ok(None)
    }
}

fn page(
    connection: &Connection<'_>,
    segments: &[&str],
    query: &RunQuery<'_>,
    number: u32,
) -> Result<Found, ApiFailure> {
    let (size, number) = (PAGE.to_string(), number.to_string());
    let mut words = vec![
        ("branch", query.branch),
        ("status", "success"),
        ("exclude_pull_requests", "true"),
        ("per_page", size.as_str()),
        ("page", number.as_str()),
    ];
    words.extend(query.event.map(|event| ("event", event)));
    let body = connection.get(segments, &words)?;
    found(&body, query).map_err(|wrong| connection.malformed(&wrong))
}

/// What a page, as GitHub sends it, says of the run that is looked for.
///
/// # Errors
/// When it is not a page of runs, or a run's commit has no id.
pub fn found(body: &[u8], query: &RunQuery<'_>) -> Result<Found, NotAnAnswer> {
    let page: Page = answer::read(body)?;
    let newest = page.workflow_runs.iter().filter(|run| run.is(query)).max_by_key(|run| run.id);
    let run = newest.map(|run| Run { id: run.id, head: run.head_sha.clone() });
    Ok(Found { run, runs: page.workflow_runs.len() })
}

impl Record {
    fn is(&self, query: &RunQuery<'_>) -> bool {
        let repository = self.head_repository.as_ref().map(|it| it.full_name.as_str());
        self.id < query.before
            && self.conclusion.as_deref() == Some("success")
            && self.head_branch.as_deref() == Some(query.branch)
            // GitHub takes the letters of a repository's name in either case.
            && repository.is_some_and(|name| name.eq_ignore_ascii_case(query.repository))
            && query.event.is_none_or(|event| event == self.event)
    }
}

fn commit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<CommitId, D::Error> {
    let text = String::deserialize(deserializer)?;
    let commit = text.parse::<CommitId>().ok().filter(|commit| !commit.is_zero());
    let wanted = &"a commit id of 40 or 64 hexadecimal digits";
    commit.ok_or_else(|| D::Error::invalid_value(Unexpected::Str(&text), wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUERY: RunQuery<'_> = RunQuery {
        repository: "org/mono",
        workflow: "ci.yml",
        branch: "main",
        event: None,
        before: 100,
    };

    /// A run as GitHub writes it, as far as it is read; `changed` replaces words of it.
    fn run(id: u64, head: char, changed: &[(&str, &str)]) -> String {
        let head = head.to_string().repeat(40);
        let text = format!(
            r#"{{"id": {id}, "name": "ci", "head_branch": "main", "head_sha": "{head}", "event": "push",
              "status": "completed", "conclusion": "success", "pull_requests": [],
              "repository": {{"full_name": "org/mono"}}, "head_repository": {{"full_name": "org/mono"}}}}"#
        );
        changed.iter().fold(text, |text, (from, to)| text.replace(from, to))
    }

    fn page(runs: &[String]) -> String {
        format!(r#"{{"total_count": {}, "workflow_runs": [{}]}}"#, runs.len(), runs.join(", "))
    }

    #[track_caller]
    fn check(runs: &[String], query: &RunQuery<'_>, wanted: Option<(u64, char)>) {
        let found = found(page(runs).as_bytes(), query).unwrap();
        let run = found.run.map(|run| (run.id, run.head.as_str().chars().next().unwrap()));
        assert_eq!((run, found.runs), (wanted, runs.len()));
    }

    #[test]
    fn the_newest_that_is_asked_for_is_found() {
        check(&[], &QUERY, None);
        check(&[run(7, 'a', &[]), run(9, 'b', &[]), run(8, 'c', &[])], &QUERY, Some((9, 'b')));
        let later = [run(101, 'a', &[]), run(100, 'b', &[]), run(99, 'c', &[])];
        check(&later, &QUERY, Some((99, 'c')));
        let upper = run(9, 'a', &[("org/mono", "Org/Mono")]);
        check(&[upper], &QUERY, Some((9, 'a')));
    }

    #[test]
    fn what_is_not_asked_for_is_left_out_whatever_the_server_does() {
        let here = r#""head_repository": {"full_name": "org/mono"}"#;
        let fork = r#""head_repository": {"full_name": "eve/mono"}"#;
        for odd in [
            [(here, fork)],
            [(here, r#""head_repository": null"#)],
            [(r#""head_branch": "main""#, r#""head_branch": null"#)],
            [(r#""head_branch": "main""#, r#""head_branch": "Main""#)],
            [("\"success\"", "\"failure\"")],
            [("\"success\"", "null")],
        ] {
            check(&[run(9, 'a', &odd), run(8, 'b', &[])], &QUERY, Some((8, 'b')));
        }
        let pushed = RunQuery { event: Some("push"), ..QUERY };
        let scheduled = run(9, 'a', &[("\"push\"", "\"schedule\"")]);
        check(&[scheduled.clone(), run(8, 'b', &[])], &pushed, Some((8, 'b')));
        check(&[scheduled], &QUERY, Some((9, 'a')));
    }

    #[track_caller]
    fn check_refused(body: &str, line: u64, column: u64, why: &str) {
        let wrong = found(body.as_bytes(), &QUERY).unwrap_err();
        assert_eq!((wrong.line, wrong.column, wrong.why.as_str()), (line, column, why));
    }

    #[test]
    fn what_are_no_runs_is_refused_at_its_place() {
        check_refused("", 1, 1, "EOF while parsing a value");
        check_refused("{\"workflow_runs\":\n [", 2, 2, "EOF while parsing a list");
        check_refused("{}", 1, 2, "missing field `workflow_runs`");
        check_refused("<html>", 1, 1, "expected value");
        let deep = "[".repeat(1_000_000);
        assert!(found(deep.as_bytes(), &QUERY).is_err());
        let ignored =
            format!(r#"{{"a": {}{}, "workflow_runs": []}}"#, &deep, "]".repeat(1_000_000));
        assert!(found(ignored.as_bytes(), &QUERY).is_ok_and(|found| found.run.is_none()));
    }

    #[test]
    fn a_commit_that_is_none_is_refused_and_shown_harmlessly() {
        for (odd, shown) in [
            ("\\n::error::", r#""\n::error::""#),
            ("--upload-pack=x", r#""--upload-pack=x""#),
            (&"0".repeat(40), r#""0000000000000000000000000000000000000000""#),
        ] {
            let changed = run(9, 'a', &[(&"a".repeat(40), odd)]);
            // What stands before the id, then the id and its two quotes.
            let column = 37 + 10 + 14 + 23 + 12 + u64::try_from(odd.len()).unwrap() + 2;
            let expected = "expected a commit id of 40 or 64 hexadecimal digits";
            check_refused(
                &page(&[changed]),
                1,
                column,
                &format!("invalid value: string {shown}, {expected}"),
            );
        }
    }
}
