//! The client against a server on this machine.

use std::time::Duration;

use diagnostics::Secret;
use testkit::{Answer as Scripted, Server};

use crate::{Auth, Client, FailureKind, PrometheusFailure, Range, Raw, Settings, read};

/// Secrets that no answer may ever be seen with.
const TOKEN: &str = "prom_Sesame0123456789";

const EMPTY: &str = r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#;

fn settings(url: &str, auth: Auth) -> Settings {
    Settings {
        url: url.to_owned(),
        auth,
        timeout: Duration::from_millis(500),
        tries: 3,
        pause: Duration::from_millis(1),
    }
}

fn client(server: &Server) -> Client {
    Client::new(settings(&server.url(), Auth::Bearer(Secret::new(TOKEN)))).unwrap()
}

fn empty() -> Scripted {
    Scripted::new(200, EMPTY)
}

#[test]
fn questions_are_the_documented_ones() {
    let server = Server::new([empty(), empty(), empty()]);
    let client = client(&server);
    let raw = client.query("sum(rate(x{a=\"b&c\"}[5m]))", None).unwrap();
    assert_eq!(raw, Raw { status: 200, body: EMPTY.as_bytes().to_vec() });
    client.query("up", Some(1_700_000_000_250)).unwrap();
    client.query_range("up", Range { start: 0, end: 300_000, step: 30_000 }).unwrap();
    let requests = server.requests();
    let asked: Vec<&str> = requests.iter().map(|request| request.target.as_str()).collect();
    assert_eq!(
        asked,
        [
            "/api/v1/query?query=sum%28rate%28x%7Ba%3D%22b%26c%22%7D%5B5m%5D%29%29",
            "/api/v1/query?query=up&time=1700000000.250",
            "/api/v1/query_range?query=up&start=0.000&end=300.000&step=30.000",
        ]
    );
    assert!(requests.iter().all(|request| request.method == "GET"));
    assert_eq!(requests[0].headers["authorization"], format!("Bearer {TOKEN}"));
}

#[test]
fn a_server_may_stand_below_a_path_and_need_a_password() {
    let server = Server::new([empty()]);
    let auth = Auth::Basic { user: "me".into(), password: Secret::new("pw") };
    let url = format!("{}/prometheus/", server.url());
    Client::new(settings(&url, auth)).unwrap().query("up", None).unwrap();
    let request = &server.requests()[0];
    assert_eq!(request.target, "/prometheus/api/v1/query?query=up");
    assert_eq!(request.headers["authorization"], "Basic bWU6cHc=");
}

#[test]
fn a_long_query_is_posted() {
    let server = Server::new([empty()]);
    let query = format!("up{{a=\"{}\"}}", "b ".repeat(1500));
    client(&server).query(&query, None).unwrap();
    let request = &server.requests()[0];
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/v1/query"));
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    assert!(request.body.starts_with(b"query=up%7Ba%3D%22b+b+"));
}

#[test]
fn too_many_points_are_not_asked_for() {
    let server = Server::new([]);
    let range = Range { start: 0, end: 11_000_000, step: 1000 };
    let failure = client(&server).query_range("up", range).unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooManyPoints(11_001));
    assert!(failure.is_wrong_input() && server.requests().is_empty());
}

#[test]
fn what_passes_is_tried_again_and_what_is_refused_is_not() {
    let server = Server::new([Scripted::new(503, "busy"), Scripted::none(), empty()]);
    assert_eq!(client(&server).query("up", None).unwrap().status, 200);
    let refusal = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
    let server = Server::new([Scripted::new(400, refusal)]);
    let raw = client(&server).query("up(", None).unwrap();
    assert!(read(&raw).unwrap_err().to_string().ends_with("400: bad_data: parse error"));
    let late = r#"{"status":"error","errorType":"timeout","error":"late"}"#;
    let server = Server::new([503, 503, 503].map(|status| Scripted::new(status, late)));
    assert_eq!(client(&server).query("up", None).unwrap().status, 503);
}

#[track_caller]
fn check_failure(
    script: impl IntoIterator<Item = Scripted>,
    kind: FailureKind,
) -> PrometheusFailure {
    let failure = client(&Server::new(script)).query("up", None).unwrap_err();
    assert_eq!(failure.kind, kind);
    let problem = failure.problem();
    for shown in [format!("{failure:?}"), failure.to_string(), format!("{problem:?}")] {
        assert!(!shown.contains(TOKEN), "{shown}");
    }
    assert!(problem.help.is_some());
    failure
}

#[test]
fn who_is_not_prometheus_gives_no_answer() {
    assert!(check_failure([Scripted::new(401, "")], FailureKind::Unauthorized).is_wrong_input());
    assert!(check_failure([Scripted::new(403, "")], FailureKind::Forbidden).is_wrong_input());
    check_failure([Scripted::new(404, "")], FailureKind::NotPrometheus(404));
    let place = format!("http://e.example/{TOKEN}");
    let moved = Scripted::new(302, "").header("Location", &place);
    let failure = check_failure([moved], FailureKind::Redirected);
    assert_eq!(failure.said.raw(), b"http://e.example/***");
    let nobody = [Scripted::none(), Scripted::none(), Scripted::none()];
    assert!(!check_failure(nobody, FailureKind::Network).is_wrong_input());
    let endless = Scripted::new(200, " ".repeat(4096)).declared(usize::MAX >> 1);
    check_failure([endless], FailureKind::TooLarge(crate::client::LARGEST));
}

#[test]
fn an_answer_that_is_kept_does_not_hold_the_token() {
    let said = format!(r#"{{"status":"error","errorType":"bad_data","error":"who is {TOKEN}?"}}"#);
    let server = Server::new([Scripted::new(400, said)]);
    let raw = client(&server).query("up", None).unwrap();
    assert!(!String::from_utf8(raw.body.clone()).unwrap().contains(TOKEN));
    assert!(read(&raw).unwrap_err().to_string().ends_with("who is ***?"));
}

/// What a proxy sends back of what it was sent, in any form, in the answers that are kept and in failures.
#[test]
fn no_form_of_a_secret_comes_back() {
    let token = "t+k/n=Sesame%20";
    let password = r#"p"ss\w/rd:é"#;
    let bearer = Auth::Bearer(Secret::new(token));
    let basic = Auth::Basic { user: "me".into(), password: Secret::new(password) };
    // `printf %s 'me:p"ss\w/rd:é' | base64`
    let pair = "bWU6cCJzc1x3L3JkOsOp";
    let other = Auth::Basic { user: "prometheus".into(), password: Secret::new("ke") };
    let of_token = [token, "t%2Bk%2Fn%3DSesame%2520", "t%2bk%2fn%3dSesame%2520"];
    let of_password = [
        password,
        r#"p\"ss\\w/rd:é"#,
        r#"p\"ss\\w\/rd:\u00e9"#,
        r"p&quot;ss\w/rd:é",
        "p%22ss%5Cw%2Frd%3A%C3%A9",
        "p%22ss%5cw%2frd%3a%c3%a9",
        pair,
    ];
    // `printf %s prometheus:ke | base64`, with and without what fills it up
    let of_other = ["cHJvbWV0aGV1czprZQ==", "cHJvbWV0aGV1czprZQ", "cHJvbWV0aGV1czprZQ%3D%3D"];
    let all = [(&bearer, &of_token[..]), (&basic, &of_password), (&other, &of_other)];
    for (auth, forms) in all {
        for form in forms {
            let said = format!("<p>Authorization: Basic {form}</p> {form}");
            let server = Server::new([
                Scripted::new(400, said.clone()),
                Scripted::new(302, "").header("Location", &format!("http://e.example/{form}/")),
            ]);
            let client = Client::new(settings(&server.url(), auth.clone())).unwrap();
            let raw = client.query("up", None).unwrap();
            let kept = String::from_utf8(raw.body).unwrap();
            let stars = kept.replace("%3D", "").replace('=', "");
            assert_eq!(stars, "<p>Authorization: Basic ***</p> ***", "{form}");
            if form.is_ascii() && !form.contains(['"', '\\']) {
                let failure = client.query("up", None).unwrap_err();
                let said = String::from_utf8(failure.said.raw().to_vec()).unwrap();
                assert_eq!(
                    said.replace("%3D", "").replace('=', ""),
                    "http://e.example/***/",
                    "{form}"
                );
            }
        }
    }
}

#[test]
fn a_secret_needs_tls_and_nothing_else_does() {
    let plain = "http://prometheus.monitoring:9090";
    let kind = |auth| Client::new(settings(plain, auth)).map(|_| ()).map_err(|it| it.kind);
    let refused = Err(FailureKind::Address("a token is sent over https only"));
    assert_eq!(kind(Auth::Bearer(Secret::new("a"))), refused);
    assert_eq!(kind(Auth::Basic { user: "a".into(), password: Secret::new("b") }), refused);
    assert_eq!(kind(Auth::Nobody), Ok(()));
    let odd = |auth| Client::new(settings("https://h", auth)).map(|_| ()).map_err(|it| it.kind);
    assert_eq!(odd(Auth::Bearer(Secret::new("a\nb"))), Err(FailureKind::Token));
    let user = Auth::Basic { user: "a:b".into(), password: Secret::new("c") };
    assert_eq!(odd(user), Err(FailureKind::Token));
}
