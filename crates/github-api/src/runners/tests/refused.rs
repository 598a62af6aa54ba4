//! What is told where GitHub does not answer, or not with what it should.

use super::*;

/// A failure for people: what is said, and what to do.
#[track_caller]
fn check_told(query: &RunnerQuery<'_>, script: Vec<Answer>, wanted: [&str; 2]) {
    let tries = script.len();
    let server = Server::new(script);
    let failure = asked(&server, query).unwrap_err();
    assert_eq!(server.requests().len(), tries);
    let problem = failure.problem();
    let help = problem.help.unwrap().unescaped();
    assert_eq!([problem.message.unescaped().as_str(), help.as_str()], wanted);
    assert!(!format!("{failure:?}").contains(TOKEN));
}

#[test]
fn each_refusal_says_what_whoever_asks_needs() {
    let of_repository =
        "GitHub does not say which self-hosted runners there are in the repository acme/mono: ";
    let own = "; the job's own, `github.token`, can never ask this";
    let administration = "the repository's permission \"Administration\" (read), or the scope `repo` of one who administers it";
    check_told(
        &QUERY,
        vec![said(403, "Resource not accessible by integration")],
        [
            &format!(
                "{of_repository}the token may not ask this (403): Resource not accessible by integration"
            ),
            &format!("give the step a `token` with {administration}{own}"),
        ],
    );
    check_told(
        &QUERY,
        vec![said(401, "Bad credentials")],
        [
            &format!("{of_repository}the token is not accepted (401): Bad credentials"),
            &format!("give the step a `token` that has not expired, with {administration}"),
        ],
    );
    check_told(
        &QUERY,
        vec![said(429, "Slow down").header("Retry-After", "3600")],
        [
            &format!("{of_repository}too much was asked lately: Slow down"),
            "run the job again later; all that one user or app asks is under one limit",
        ],
    );
    check_told(
        &QUERY,
        (0..3).map(|_| said(502, "Bad gateway")).collect(),
        [
            &format!("{of_repository}the server answers with the status 502: Bad gateway"),
            "run the job again; https://www.githubstatus.com tells of outages",
        ],
    );
    let of_organization =
        "the organization's permission \"Self-hosted runners\" (read), or the scope `admin:org`";
    check_told(
        &ORGANIZATION,
        vec![said(404, "Not Found")],
        [
            "GitHub does not say which self-hosted runners there are in the organization acme: it is not there, or the token may not see it (404): Not Found",
            &format!("give the step a `token` with {of_organization}{own}"),
        ],
    );
    check_told(
        &ORGANIZATION,
        vec![page_of(0, []), said(403, "Must have admin rights")],
        [
            "GitHub does not say which groups of runners are open to the repository in the organization acme: the token may not ask this (403): Must have admin rights",
            &format!("give the step a `token` with {of_organization}{own}"),
        ],
    );
    let groups = Answer::new(200, r#"{"total_count": 0, "runner_groups": []}"#);
    check_told(
        &RunnerQuery { hosted: true, ..ORGANIZATION },
        vec![page_of(0, []), groups, said(403, "No")],
        [
            "GitHub does not say which larger runners there are in the organization acme: the token may not ask this (403): No",
            &format!(
                "give the step a `token` with the organization's permission \"Administration\" (read), or the scope `manage_runners:org`{own}"
            ),
        ],
    );
    check_told(
        &RunnerQuery { own: false, enterprise: Some("acme-inc"), ..QUERY },
        vec![said(404, "Not Found")],
        [
            "GitHub does not say which self-hosted runners there are in the enterprise acme-inc: it is not there, or the token may not see it (404): Not Found",
            &format!("give the step a `token` with the scope `manage_runners:enterprise`{own}"),
        ],
    );
}

#[test]
fn a_name_that_leads_elsewhere_is_not_asked() {
    let name = "a repository is `owner/name`; an organization or an enterprise is one name";
    check_told(
        &RunnerQuery { repository: "acme", ..QUERY },
        vec![],
        [
            "GitHub does not say which self-hosted runners there are in the repository acme: that cannot be asked: the repository is not `owner/name`: acme",
            name,
        ],
    );
    for odd in ["..", ""] {
        let elsewhere = format!(
            "GitHub does not say which self-hosted runners there are in the organization {odd}: that cannot be asked: a part of its address would lead somewhere else"
        );
        check_told(
            &RunnerQuery { organization: Some(odd), ..ORGANIZATION },
            vec![],
            [&elsewhere, name],
        );
    }
    let server = Server::new([said(404, "Not Found")]);
    let odd = RunnerQuery { organization: Some("a/../b?c#d"), ..ORGANIZATION };
    assert!(asked(&server, &odd).is_err());
    assert_eq!(
        server.requests()[0].target,
        "/orgs/a%2F..%2Fb%3Fc%23d/actions/runners?per_page=100&page=1"
    );
}

#[test]
fn what_a_page_lacks_is_said_with_its_place() {
    let of = |changed: &[(&str, &str)]| {
        let body = page(1, &[runner(1, changed)]).replace('\n', " ");
        let server = Server::new([Answer::new(200, body)]);
        let failure = asked(&server, &QUERY).unwrap_err();
        assert!(matches!(failure.kind, FailureKind::Malformed { line: 1, .. }), "{failure:?}");
        String::from_utf8(failure.said.raw().to_vec()).unwrap()
    };
    assert_eq!(of(&[("\"id\": 1", "\"id\": -1")]), "invalid value: integer `-1`, expected u64");
    assert_eq!(of(&[("\"labels\"", "\"tags\"")]), "missing field `labels`");
    assert_eq!(
        of(&[("\"labels\": [", "\"labels\": null, \"x\": [")]),
        "invalid type: null, expected a sequence"
    );
    assert_eq!(
        of(&[("\"status\": \"online\"", "\"status\": 1")]),
        "invalid type: integer `1`, expected a string"
    );
    assert_eq!(of(&[("\"busy\": false, ", "")]), "missing field `busy`");
    for (body, why) in [
        (r#"{"total_count": -1, "runners": []}"#, "invalid value: integer `-1`, expected u64"),
        (
            r#"{"total_count": 1e30, "runners": []}"#,
            "invalid type: floating point `1e+30`, expected u64",
        ),
        (r#"{"runners": []}"#, "missing field `total_count`"),
        ("[]", "invalid length 0, expected struct Answer with 2 elements"),
        ("<html>", "expected value"),
    ] {
        assert_eq!(runners(body.as_bytes()).unwrap_err().why, why);
    }
    let unmeasured = r#"{"total_count": 1, "runner_groups": [{"id": 1, "name": "", "visibility": "all", "default": true}]}"#;
    assert_eq!(
        groups(unmeasured.as_bytes()).unwrap_err().why,
        "missing field `allows_public_repositories`"
    );
}
