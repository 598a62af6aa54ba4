//! What became of a pipeline: runs with their jobs, deployments with their statuses, incidents, and the commits
//! between two deployments. The answers are handed over as they came: what they mean is for others to say, and
//! whoever saved them can have them looked at again.
//!
//! Sources: GitHub documentation, "REST API endpoints for workflow runs" (Get a workflow run attempt), "...
//! for workflow jobs" (List jobs for a workflow run), "... for deployments", "... for deployment statuses",
//! "... for issues" (List repository issues), "... for commits" (Compare two commits), "Using pagination in
//! the REST API". Pages are counted; a `Link` header is not looked at, so that it leads nowhere.

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::answer::{self, NotAnAnswer};
use crate::client::{Client, Connection};
use crate::failure::{ApiFailure, FailureKind, Grant, Question};

/// How many entries a page has: as many as GitHub gives.
const PAGE: usize = 100;

/// How many pages of a list are read.
const PAGES: u32 = 100;

/// The most bytes of all pages of a list together.
const MOST_BYTES: usize = 128 << 20;

/// The bodies of answers, in the order of the questions.
pub type Bodies = Vec<Vec<u8>>;

/// An attempt of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttemptQuery<'a> {
    /// The repository, `owner/name`.
    pub repository: &'a str,
    /// The id of the run.
    pub run: u64,
    /// The attempt, from 1; without it, the newest.
    pub attempt: Option<u64>,
}

/// What lies in a page, as far as it must be known to ask for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// How many entries it has.
    pub entries: usize,
    /// How many entries all pages have, where the server says so.
    pub total: Option<u64>,
    /// When the last of them was created, where entries say so.
    pub last_created: Option<String>,
}

#[derive(Deserialize)]
struct Dated {
    created_at: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum PageShape {
    Entries(Vec<Dated>),
    Jobs { jobs: Vec<IgnoredAny>, total_count: Option<u64> },
}

/// What a page of a list holds: an array, or an object with jobs.
///
/// # Errors
/// When it is neither.
pub fn listed(body: &[u8]) -> Result<Listed, NotAnAnswer> {
    Ok(match answer::read(body)? {
        PageShape::Entries(entries) => Listed {
            entries: entries.len(),
            total: None,
            last_created: entries.into_iter().next_back().and_then(|entry| entry.created_at),
        },
        PageShape::Jobs { jobs, total_count } => {
            Listed { entries: jobs.len(), total: total_count, last_created: None }
        }
    })
}

impl Client {
    /// An attempt of a run, and the jobs of all attempts of that run.
    ///
    /// # Errors
    /// When GitHub does not answer, or not with such a thing.
    pub fn attempt(&self, query: &AttemptQuery<'_>) -> Result<Bodies, ApiFailure> {
        let connection = self.open(question(
            "what became of the run and its jobs",
            "`permissions: actions: read`",
        ))?;
        let (owner, name) = connection.owner_and_name(query.repository)?;
        let run = query.run.to_string();
        let attempt = query.attempt.map(|attempt| attempt.to_string());
        let runs = ["repos", owner, name, "actions", "runs", run.as_str()];
        let of_attempt = attempt.as_deref().map(|attempt| ["attempts", attempt]);
        let of_run = [&runs[..], of_attempt.as_ref().map_or(&[][..], |it| &it[..])].concat();
        let mut bodies = vec![connection.get(&of_run, &[("exclude_pull_requests", "true")])?];
        let of_jobs = [&runs[..], &["jobs"]].concat();
        bodies.extend(pages(&connection, &of_jobs, &[("filter", "all")], None)?);
        Ok(bodies)
    }

    /// The deployments of a commit, the newest first.
    ///
    /// # Errors
    /// When GitHub does not answer, or not with deployments.
    pub fn deployments_of(&self, repository: &str, commit: &str) -> Result<Bodies, ApiFailure> {
        let connection = self.open(of_deployments())?;
        let (owner, name) = connection.owner_and_name(repository)?;
        pages(&connection, &["repos", owner, name, "deployments"], &[("sha", commit)], None)
    }

    /// The deployments to an environment, the newest first, up to the page with one from before `since`, a time
    /// as GitHub writes it.
    ///
    /// # Errors
    /// When GitHub does not answer, or not with deployments.
    pub fn deployments_to(
        &self,
        repository: &str,
        environment: &str,
        since: &str,
    ) -> Result<Bodies, ApiFailure> {
        let connection = self.open(of_deployments())?;
        let (owner, name) = connection.owner_and_name(repository)?;
        let segments = ["repos", owner, name, "deployments"];
        pages(&connection, &segments, &[("environment", environment)], Some(since))
    }

    /// What became of each of these deployments.
    ///
    /// # Errors
    /// When GitHub does not answer, or not with statuses.
    pub fn statuses(&self, repository: &str, deployments: &[u64]) -> Result<Bodies, ApiFailure> {
        let mut bodies = Bodies::new();
        for deployment in deployments {
            // Each is a question of its own, with time of its own: there may be hundreds.
            let connection = self.open(of_deployments())?;
            let (owner, name) = connection.owner_and_name(repository)?;
            let deployment = deployment.to_string();
            let segments = ["repos", owner, name, "deployments", &deployment, "statuses"];
            bodies.extend(pages(&connection, &segments, &[], None)?);
        }
        Ok(bodies)
    }

    /// What lies between two commits: up to 250 of them, the newest last.
    ///
    /// # Errors
    /// When GitHub does not answer.
    pub fn compared(
        &self,
        repository: &str,
        base: &str,
        head: &str,
    ) -> Result<Vec<u8>, ApiFailure> {
        let connection =
            self.open(question("what lies between two commits", "`permissions: contents: read`"))?;
        let (owner, name) = connection.owner_and_name(repository)?;
        let both = format!("{base}...{head}");
        connection.get(&["repos", owner, name, "compare", &both], &[])
    }

    /// The issues with a label that were changed since a time as GitHub writes it.
    ///
    /// # Errors
    /// When GitHub does not answer, or not with issues.
    pub fn issues_with(
        &self,
        repository: &str,
        label: &str,
        since: &str,
    ) -> Result<Bodies, ApiFailure> {
        let connection =
            self.open(question("which incidents there were", "`permissions: issues: read`"))?;
        let (owner, name) = connection.owner_and_name(repository)?;
        let query = [("labels", label), ("state", "all"), ("since", since)];
        pages(&connection, &["repos", owner, name, "issues"], &query, None)
    }
}

fn question(words: &'static str, grant: &'static str) -> Question<'static> {
    Question { words, of: None, grant: Grant::OfJob(grant) }
}

fn of_deployments() -> Question<'static> {
    question("what was deployed", "`permissions: deployments: read`")
}

/// Every page of a list, up to the first that is not full, or whose last entry is older than `since`. Where the
/// server says how many entries there are, a page that is not full is the last one only if they are all there.
fn pages(
    connection: &Connection<'_>,
    segments: &[&str],
    query: &[(&str, &str)],
    since: Option<&str>,
) -> Result<Bodies, ApiFailure> {
    let size = PAGE.to_string();
    let (mut bodies, mut bytes, mut entries) = (Bodies::new(), 0_usize, 0_u64);
    for number in 1..=PAGES {
        let number = number.to_string();
        let mut words = query.to_vec();
        words.extend([("per_page", size.as_str()), ("page", number.as_str())]);
        let body = connection.get(segments, &words)?;
        let listed = listed(&body).map_err(|wrong| connection.malformed(&wrong))?;
        bytes = bytes.saturating_add(body.len());
        if bytes > MOST_BYTES {
            let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
            return Err(connection.failure(FailureKind::TooLarge(most), b""));
        }
        bodies.push(body);
        // Times of one form and zone are in the order of their letters.
        let is_before = |last: &String| since.is_some_and(|since| last.as_str() < since);
        entries = entries.saturating_add(u64::try_from(listed.entries).unwrap_or(u64::MAX));
        let is_short = listed.entries < PAGE;
        let lacks = listed.entries > 0 && listed.total.is_some_and(|total| total > entries);
        if (is_short && !lacks) || listed.last_created.as_ref().is_some_and(is_before) {
            break;
        }
    }
    Ok(bodies)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use testkit::{Answer, Request, Server};

    use super::*;
    use crate::Settings;

    fn client(server: &Server) -> Client {
        let pause = Duration::from_millis(1);
        Client::new(Settings { pause, ..Settings::new(server.url(), None) })
    }

    /// So many deployments, the newest first, a day each.
    fn deployments(count: usize) -> String {
        let one = |day: usize| {
            format!(r#"{{"id":{day},"created_at":"2026-{:02}-01T00:00:00Z"}}"#, 12 - day % 12)
        };
        format!("[{}]", (0..count).map(one).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn jobs_are_asked_for_page_by_page() {
        let server = Server::replying(|request: &Request| {
            let page = |count: usize| {
                let jobs: Vec<String> = (0..count).map(|id| format!(r#"{{"id":{id}}}"#)).collect();
                Answer::new(200, format!(r#"{{"total_count":130,"jobs":[{}]}}"#, jobs.join(",")))
            };
            match request.target.as_str() {
                "/repos/o/r/actions/runs/7/attempts/2?exclude_pull_requests=true" => {
                    Answer::new(200, r#"{"id":7}"#)
                }
                "/repos/o/r/actions/runs/7?exclude_pull_requests=true" => {
                    Answer::new(200, r#"{"id":7,"run_attempt":3}"#)
                }
                "/repos/o/r/actions/runs/7/jobs?filter=all&per_page=100&page=1" => page(100),
                "/repos/o/r/actions/runs/7/jobs?filter=all&per_page=100&page=2" => page(30),
                _ => Answer::new(404, ""),
            }
        });
        let query = AttemptQuery { repository: "o/r", run: 7, attempt: Some(2) };
        let bodies = client(&server).attempt(&query).unwrap();
        assert_eq!((bodies.len(), bodies[0].as_slice()), (3, &br#"{"id":7}"#[..]));
        let newest = client(&server).attempt(&AttemptQuery { attempt: None, ..query }).unwrap();
        assert_eq!(newest[0], br#"{"id":7,"run_attempt":3}"#);
    }

    #[test]
    fn a_page_of_jobs_that_is_not_full_is_not_always_the_last() {
        let asked = |pages: &'static [usize], total: &'static str| {
            let server = Server::replying(move |request: &Request| {
                let Some((_, number)) = request.target.rsplit_once("&page=") else {
                    return Answer::new(200, r#"{"id":7}"#);
                };
                let count = pages.get(number.parse::<usize>().unwrap() - 1).copied().unwrap_or(0);
                let jobs = vec!["{}"; count].join(",");
                Answer::new(200, format!(r#"{{"total_count":{total},"jobs":[{jobs}]}}"#))
            });
            let query = AttemptQuery { repository: "o/r", run: 7, attempt: None };
            client(&server).attempt(&query).unwrap().len() - 1
        };
        assert_eq!(asked(&[99, 31], "130"), 2);
        // The rest never comes: one page without anything says so.
        assert_eq!(asked(&[99, 30], "130"), 3);
        assert_eq!(asked(&[30], "130"), 2);
        // A total below what there is, and none at all.
        assert_eq!(asked(&[100, 100, 5], "1"), 3);
        assert_eq!(asked(&[30], "null"), 1);
    }

    #[test]
    fn deployments_are_read_back_to_the_time_that_is_asked_for() {
        let server =
            Server::new([Answer::new(200, deployments(100)), Answer::new(200, deployments(100))]);
        let bodies =
            client(&server).deployments_to("o/r", "eu/prod", "2026-10-01T00:00:00Z").unwrap();
        assert_eq!(bodies.len(), 1);
        let asked = &server.requests()[0].target;
        assert_eq!(asked, "/repos/o/r/deployments?environment=eu%2Fprod&per_page=100&page=1");
    }

    #[test]
    fn statuses_comparisons_and_issues_have_their_own_addresses() {
        let server = Server::new([
            Answer::new(200, "[]"),
            Answer::new(200, "[]"),
            Answer::new(200, "{}"),
            Answer::new(200, "[]"),
        ]);
        let client = client(&server);
        assert_eq!(client.statuses("o/r", &[5, 6]).unwrap().len(), 2);
        client.compared("o/r", "a", "b").unwrap();
        client.issues_with("o/r", "p 1&x", "2026-10-01T00:00:00Z").unwrap();
        let asked: Vec<String> = server.requests().into_iter().map(|it| it.target).collect();
        let wanted = [
            "/repos/o/r/deployments/5/statuses?per_page=100&page=1",
            "/repos/o/r/deployments/6/statuses?per_page=100&page=1",
            "/repos/o/r/compare/a...b",
            "/repos/o/r/issues?labels=p+1%26x&state=all&since=2026-10-01T00%3A00%3A00Z&per_page=100&page=1",
        ];
        assert_eq!(asked, wanted);
    }

    #[test]
    fn who_may_not_ask_is_told_what_to_grant() {
        let server = Server::new([Answer::new(
            403,
            r#"{"message":"Resource not accessible by integration"}"#,
        )]);
        let failure = client(&server).deployments_of("o/r", "c0ffee").unwrap_err();
        assert!(failure.is_wrong_input());
        let help = failure.problem().help.unwrap().unescaped();
        assert!(help.contains("deployments: read"), "{help}");
    }

    #[test]
    fn a_server_without_an_end_is_left() {
        let server = Server::replying(|_| Answer::new(200, deployments(100)));
        assert_eq!(client(&server).deployments_of("o/r", "c0ffee").unwrap().len(), 100);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for odd in ["", "{}", "7", "[7]", "{\"jobs\":7}", "<html>", r#"[{"created_at":1}]"#] {
            assert!(listed(odd.as_bytes()).is_err(), "{odd}");
        }
        assert_eq!(listed(b"[]").unwrap().entries, 0);
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_page_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Ok(listed) = listed(&bytes) {
                prop_assert!(listed.entries <= bytes.len());
            }
        }
    }
}
