//! The client against a server on this machine.

use std::time::{Duration, Instant};

use diagnostics::{Problem, Secret};
use testkit::{Answer, Server};

use crate::client::LARGEST;
use crate::{ApiFailure, Client, FailureKind, Run, RunQuery, Settings};

/// A token that no answer may ever be seen with.
const TOKEN: &str = "ghs_Sesame0123456789";

const QUERY: RunQuery<'_> = RunQuery {
    repository: "org/mono",
    workflow: "ci.yml",
    branch: "main",
    event: None,
    before: 4711,
};

fn client(api_url: &str) -> Client {
    Client::new(Settings {
        timeout: Duration::from_millis(500),
        pause: Duration::from_millis(1),
        ..Settings::new(api_url, Some(Secret::new(TOKEN)))
    })
}

fn asked(server: &Server) -> Result<Option<Run>, ApiFailure> {
    client(&server.url()).last_successful_run(&QUERY)
}

fn page(ids: impl IntoIterator<Item = u64>, repository: &str) -> String {
    let runs = ids.into_iter().map(|id| {
        format!(
            r#"{{"id": {id}, "head_branch": "main", "head_sha": "{id:040}", "event": "push",
              "conclusion": "success", "head_repository": {{"full_name": "{repository}"}}}}"#
        )
    });
    format!(r#"{{"workflow_runs": [{}]}}"#, runs.collect::<Vec<_>>().join(","))
}

fn here() -> Answer {
    Answer::new(200, page([17, 16], "org/mono"))
}

/// The failure of a question that gets these answers, all of which are asked for.
#[track_caller]
fn check_failure(script: impl IntoIterator<Item = Answer>, wanted: FailureKind) -> ApiFailure {
    let script: Vec<Answer> = script.into_iter().collect();
    let tries = script.len();
    let server = Server::new(script);
    let failure = asked(&server).unwrap_err();
    assert_eq!(failure.kind, wanted, "{failure:?}");
    assert_eq!(server.requests().len(), tries, "{failure:?}");
    check_silent(&failure);
    failure
}

/// Nothing that is ever shown of a failure holds the token.
#[track_caller]
fn check_silent(failure: &ApiFailure) {
    let problem: Problem = failure.problem();
    for shown in [format!("{failure:?}"), failure.to_string(), format!("{problem:?}")] {
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    assert!(problem.help.is_some());
}

/// The run that is found behind these answers, all of which are asked for.
#[track_caller]
fn check_found(script: impl IntoIterator<Item = Answer>, wanted: Option<u64>) -> Server {
    let script: Vec<Answer> = script.into_iter().collect();
    let tries = script.len();
    let server = Server::new(script);
    assert_eq!(asked(&server).unwrap().map(|run| run.id), wanted);
    assert_eq!(server.requests().len(), tries);
    server
}

#[test]
fn the_question_is_the_documented_one() {
    let server = check_found([here()], Some(17));
    let requests = server.requests();
    let request = &requests[0];
    assert_eq!(request.method, "GET");
    assert_eq!(
        request.target,
        "/repos/org/mono/actions/workflows/ci.yml/runs?branch=main&status=success\
         &exclude_pull_requests=true&per_page=100&page=1"
    );
    let header = |name: &str| request.headers.get(name).map(String::as_str);
    assert_eq!(header("authorization"), Some("Bearer ghs_Sesame0123456789"));
    assert_eq!(header("accept"), Some("application/vnd.github+json"));
    assert_eq!(header("user-agent"), Some("signalbox"));
    assert_eq!(header("x-github-api-version"), Some("2022-11-28"));
    assert_eq!(header("accept-encoding"), None);
}

#[test]
fn an_enterprise_server_has_a_path_and_names_are_escaped() {
    let server = Server::new([here()]);
    let client = client(&format!("{}/api/v3/", server.url()));
    let query =
        RunQuery { branch: "a&b#c/\u{fc}", workflow: "c i?.yml", event: Some("push"), ..QUERY };
    assert_eq!(client.last_successful_run(&query), Ok(None));
    assert_eq!(
        server.requests()[0].target,
        "/api/v3/repos/org/mono/actions/workflows/c%20i%3F.yml/runs?branch=a%26b%23c%2F%C3%BC\
         &status=success&exclude_pull_requests=true&per_page=100&page=1&event=push"
    );
}

#[test]
fn pages_are_read_until_one_has_the_run() {
    let forks = || Answer::new(200, page(1000..1100, "eve/mono"));
    let server = check_found([forks(), forks(), here()], Some(17));
    assert!(server.requests()[2].target.ends_with("&page=3"));
    check_found([forks(), Answer::new(200, page([], ""))], None);
    check_found((0..10).map(|_| forks()), None);
    check_found([Answer::new(200, r#"{"total_count": 0, "workflow_runs": []}"#)], None);
}

#[test]
fn what_passes_is_tried_again() {
    check_found([Answer::new(500, "oops"), here()], Some(17));
    check_found(
        [Answer::new(502, "<html>"), Answer::new(429, "").header("Retry-After", "0"), here()],
        Some(17),
    );
    check_found([Answer::new(200, "{\"work").declared(900), here()], Some(17));
    check_failure((0..3).map(|_| Answer::new(503, "busy")), FailureKind::Status(503));
    let cut = || Answer::new(200, "{\"work").declared(900);
    check_failure([cut(), cut(), cut()], FailureKind::Network);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is looked at")]
fn a_server_may_ask_for_a_pause_but_not_for_a_long_one() {
    let limited = |after: &str| Answer::new(403, "").header("Retry-After", after);
    let begun = Instant::now();
    check_found([limited("1"), here()], Some(17));
    assert!(begun.elapsed() >= Duration::from_secs(1));
    check_failure([limited("61")], FailureKind::RateLimited);
    check_failure([limited("99999999999999999999")], FailureKind::Forbidden);
    let spent = Answer::new(403, r#"{"message": "API rate limit exceeded for installation."}"#);
    let failure =
        check_failure([spent.header("X-RateLimit-Remaining", "0")], FailureKind::RateLimited);
    assert_eq!(failure.said.raw(), b"API rate limit exceeded for installation.");
}

#[test]
fn what_somebody_has_to_change_is_told_apart_and_not_asked_again() {
    let said = |status, words: &str| Answer::new(status, format!(r#"{{"message": "{words}"}}"#));
    for (answer, kind) in [
        (said(401, "Bad credentials"), FailureKind::Unauthorized),
        (said(403, "Resource not accessible by integration"), FailureKind::Forbidden),
        (said(404, "Not Found"), FailureKind::NotFound),
    ] {
        assert!(check_failure([answer], kind).is_wrong_input());
    }
    assert!(!check_failure([said(422, "No")], FailureKind::Status(422)).is_wrong_input());
}

#[test]
fn a_server_that_sends_the_token_back_does_not_make_it_known() {
    let message = format!(r#"{{"message": "who is Bearer {TOKEN}? {TOKEN}"}}"#);
    let failure = check_failure([Answer::new(401, message)], FailureKind::Unauthorized);
    assert_eq!(failure.said.raw(), b"who is Bearer ***? ***");
    // A token that is cut would still be half a token.
    let message = format!(r#"{{"message": "{}{TOKEN}"}}"#, "a".repeat(290));
    let failure = check_failure([Answer::new(403, message)], FailureKind::Forbidden);
    assert!(!failure.said.raw().ends_with(b"ghs_Sesame"), "{failure:?}");
    let body = format!(r#"{{"workflow_runs": "{TOKEN}"}}"#);
    let place = FailureKind::Malformed { line: 1, column: 40 };
    check_failure([Answer::new(200, body)], place);
    let moved = Answer::new(302, "").header("Location", &format!("http://e.example/{TOKEN}"));
    check_failure([moved], FailureKind::Redirected);
}

#[test]
fn nobody_is_followed_to_another_host() {
    let other = Server::new([here()]);
    let answer = |url: String| Answer::new(301, "").header("Location", &url);
    let failure =
        check_failure([answer(format!("{}/repos", other.url()))], FailureKind::Redirected);
    assert!(failure.said.raw().starts_with(b"http://127.0.0.1:"), "{failure:?}");
    assert!(other.requests().is_empty());
    check_failure([answer("https://127.0.0.1/".to_owned())], FailureKind::Redirected);
}

#[test]
fn on_the_same_host_a_repository_that_has_moved_is_found() {
    let moved = || Answer::new(301, "").header("Location", "/repositories/1/runs?page=1");
    let server = check_found([moved(), here()], Some(17));
    assert_eq!(server.requests()[1].target, "/repositories/1/runs?page=1");
    assert!(server.requests()[1].headers.contains_key("authorization"));
    check_failure((0..4).map(|_| moved()), FailureKind::Redirected);
}

#[test]
fn what_is_too_long_is_not_read() {
    let wanted = FailureKind::TooLarge(LARGEST);
    check_failure([Answer::new(200, "{").declared(usize::MAX >> 1)], wanted);
    let spaces = vec![b' '; usize::try_from(LARGEST).unwrap() + 1];
    let server = Server::new([Answer::new(200, spaces).unmeasured()]);
    // Long enough for a slow machine; the length is what is looked at here.
    let patient = Settings {
        timeout: Duration::from_mins(1),
        ..Settings::new(server.url(), Some(Secret::new(TOKEN)))
    };
    let failure = Client::new(patient).last_successful_run(&QUERY).unwrap_err();
    assert_eq!(failure.kind, wanted);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is looked at")]
fn what_takes_too_long_is_not_waited_for() {
    let begun = Instant::now();
    let drops = || Answer::new(200, vec![b' '; 100]).slowly(1, Duration::from_millis(100));
    check_failure([drops(), drops(), drops()], FailureKind::TimedOut);
    let silent = || Answer::new(200, "  ").slowly(1, Duration::from_secs(5));
    check_failure([silent(), silent(), silent()], FailureKind::TimedOut);
    assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[test]
fn an_answer_that_is_none_is_refused_at_its_place() {
    let script = |body: &str| [Answer::new(200, body)];
    check_failure(script("<html>\n"), FailureKind::Malformed { line: 1, column: 1 });
    check_failure(
        script("{\"workflow_runs\":\n 7}"),
        FailureKind::Malformed { line: 2, column: 2 },
    );
    check_failure([Answer::new(204, "")], FailureKind::Malformed { line: 1, column: 1 });
    let odd =
        page([17], "org/mono").replace(&format!("{:040}", 17), "--upload-pack=touch\\u001b[2J");
    // The end of the id: 65 bytes stand before it, and it has 30 with its quotes.
    let failure = check_failure(script(&odd), FailureKind::Malformed { line: 1, column: 95 });
    assert!(!failure.said.raw().contains(&0x1b), "{failure:?}");
}

#[test]
fn where_nobody_listens_that_is_said() {
    let url = Server::new([]).url();
    let failure = client(&url).last_successful_run(&QUERY).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(bstr::ByteSlice::contains_str(failure.said.raw(), "efused"), "{failure:?}");
}

#[track_caller]
fn check_unasked(api_url: &str, token: &str, query: &RunQuery<'_>, wanted: FailureKind) {
    let settings = Settings::new(api_url, Some(Secret::new(token)));
    let failure = Client::new(settings).last_successful_run(query).unwrap_err();
    assert_eq!(failure.kind, wanted);
    assert!(failure.is_wrong_input());
    check_silent(&failure);
}

#[test]
fn nothing_is_sent_where_the_token_would_be_seen() {
    let server = Server::new([]);
    let plain = FailureKind::Address("a token is sent over https only");
    check_unasked("http://api.github.com", TOKEN, &QUERY, plain);
    let password = FailureKind::Address("it holds a user name or a password");
    check_unasked(&format!("https://me:{TOKEN}@api.github.com"), TOKEN, &QUERY, password);
    let forged = format!("{TOKEN}\r\nHost: e.example");
    check_unasked(&server.url(), &forged, &QUERY, FailureKind::Token);
    assert!(server.requests().is_empty());
}

#[test]
fn a_name_that_leads_elsewhere_is_not_asked() {
    let server = Server::new([]);
    let odd_repository = FailureKind::Name("the repository is not `owner/name`");
    for repository in ["mono", "org/mono/x", ""] {
        let query = RunQuery { repository, ..QUERY };
        check_unasked(&server.url(), TOKEN, &query, odd_repository);
    }
    let elsewhere = FailureKind::Name("a part of its address would lead somewhere else");
    for (repository, workflow) in
        [("../mono", "ci.yml"), ("org/..", "ci.yml"), ("org/mono", ".."), ("org/mono", "")]
    {
        let query = RunQuery { repository, workflow, ..QUERY };
        check_unasked(&server.url(), TOKEN, &query, elsewhere);
    }
    assert!(server.requests().is_empty());
}

#[test]
fn a_client_does_not_tell_its_token() {
    let client = client("https://api.github.com");
    assert!(!format!("{client:?}").contains(TOKEN));
}
