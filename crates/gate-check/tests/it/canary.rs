//! Canaries: watched through a window of milliseconds, judged from files and from records, and hostile servers.

use testkit::{Answer, Request, Scratch, Server, Told};

use crate::tool::{local, step};

/// A policy whose window is over in a moment.
pub(crate) const POLICY: &str = r#"
[canary]
max-gap = "0s"
steps = [10, 25, 50, 75, 100]
window = "40ms"
interval = "10ms"
settle = "0s"
triggers = ["smoke-test"]

[[canary.metric]]
name = "health"
query = "min(up)"
min = 1
consecutive = 3

[[canary.metric]]
name = "error-rate"
query = "errors"
max = "1%"

[[canary.metric]]
name = "latency"
query = "p99{version='new'}"
baseline = "p99{version='old'}"
max-ratio = 2.0
"#;

/// Where the state is kept, and whose it is.
pub(crate) const STATE: [&str; 3] =
    ["--canary-state=state.json", "--environment=production", "--release=v2"];

pub(crate) fn platform(policy: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("c.toml", policy);
    scratch
}

pub(crate) fn vector(value: &str) -> Answer {
    let body = format!(
        r#"{{"status":"success","data":{{"resultType":"vector","result":[{{"metric":{{}},"value":[1763726400,"{value}"]}}]}}}}"#
    );
    Answer::new(200, body)
}

pub(crate) fn empty() -> Answer {
    Answer::new(200, r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#)
}

/// A healthy answer to each query of the policy.
pub(crate) fn healthy(request: &Request) -> Answer {
    let is = |word: &str| request.target.contains(word);
    vector(if is("errors") {
        "0.01"
    } else if is("new") {
        "0.2"
    } else if is("old") {
        "0.1"
    } else {
        "1"
    })
}

pub(crate) fn watch(scratch: &Scratch, server: &Server, more: &[&str]) -> Told {
    local(&["canary", "step", "--config=c.toml", "--triggered=smoke-test=false"])
        .args(["--prometheus", &server.url()])
        .args(more)
        .at(scratch.path())
        .run()
}

/// The exit code, and what is decided.
#[track_caller]
pub(crate) fn check(told: &Told, exit: i32, wanted: &[&str]) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
    for words in wanted {
        let said = format!("{}\n{}", told.stdout, told.stderr);
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_healthy_canary_walks_to_the_end() {
    let scratch = platform(POLICY);
    let server = Server::replying(healthy);
    for (weight, next) in [("10", "25"), ("25", "50"), ("50", "75"), ("75", "100"), ("100", "100")]
    {
        let inputs = [
            ("command", "canary-step"),
            ("config", "c.toml"),
            ("prometheus", &server.url()),
            ("triggered", "smoke-test=false"),
            ("canary-state", "state.json"),
            ("environment", "production"),
            ("release", "v2"),
        ];
        let told = step(&inputs).at(scratch.path()).run();
        check(&told, 0, &[]);
        assert_eq!(told.outputs["decision"], "promote");
        assert_eq!(told.outputs["next-weight"], next, "after {weight}");
        assert_eq!(told.outputs["reason"], "");
    }
    let state = r#"{"signalbox-canary-state":1,"environment":"production","release":"v2","phase":"promoted","holds":0,"bad-in-a-row":{}}"#;
    assert_eq!(scratch.read_text("state.json").trim(), state);
    // Five moments of five steps, four queries each.
    assert_eq!(server.requests().len(), 100);
}

#[test]
fn what_is_beyond_a_limit_goes_at_once() {
    let scratch = platform(POLICY);
    let mut asked = 0;
    let server = Server::replying(move |request| {
        asked += 1;
        if request.target.contains("errors") && asked > 8 {
            vector("0.0101")
        } else {
            healthy(request)
        }
    });
    let told = watch(&scratch, &server, &["--weight=25"]);
    check(&told, 1, &[]);
    insta::assert_snapshot!("rollback", told.stdout);
    // The third moment was the last one.
    assert_eq!(server.requests().len(), 12);
}

#[test]
fn nothing_that_a_server_says_instead_of_samples_is_a_promotion() {
    let answers: [fn() -> Answer; 9] = [
        empty,
        || vector("NaN"),
        || Answer::new(503, "busy"),
        || Answer::new(500, r#"{"status":"success","data":{"resultType":"vector","result":[]}}"#),
        || Answer::new(200, "<html>"),
        || {
            Answer::new(
                200,
                r#"{"status":"success","data":{"resultType":"string","result":[1,"ok"]}}"#,
            )
        },
        || {
            Answer::new(
                200,
                r#"{"status":"success","warnings":["a store is down"],"data":{"resultType":"scalar","result":[1,"1"]}}"#,
            )
        },
        || {
            Answer::new(
                200,
                r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"1"},"value":[1,"1"]},{"metric":{"a":"2"},"value":[1,"1"]}]}}"#,
            )
        },
        || Answer::new(422, r#"{"status":"error","errorType":"execution","error":"many-to-many"}"#),
    ];
    for (number, answer) in answers.into_iter().enumerate() {
        for of in ["min", "errors", "new", "old"] {
            let scratch = platform(POLICY);
            let server = Server::replying(move |request| {
                if request.target.contains(of) { answer() } else { healthy(request) }
            });
            let told = watch(&scratch, &server, &[]);
            assert_eq!(told.exit, 4, "{number} {of}: {}", told.stdout);
        }
    }
}

#[test]
fn a_canary_that_nobody_can_ask_for_holds_and_then_goes() {
    let scratch = platform(POLICY);
    let url = Server::new([]).url();
    let run = || {
        let told = local(&["canary-step", "--config=c.toml", "--triggered=smoke-test=false"])
            .args(STATE)
            .args(["--prometheus", &url])
            .at(scratch.path())
            .run();
        (told.exit, told)
    };
    let (exit, told) = run();
    check(&told, 4, &["5 could not be asked for"]);
    assert_eq!((exit, run().0), (4, 4));
    let (exit, told) = run();
    assert_eq!(exit, 1, "{}", told.stdout);
    check(&told, 1, &["it held 2 times in a row"]);
}

#[test]
fn a_mistake_in_a_query_or_a_token_is_told_at_once() {
    let scratch = platform(POLICY);
    let said = r#"{"status":"error","errorType":"bad_data","error":"1:7: parse error: unclosed left parenthesis"}"#;
    let server = Server::new([Answer::new(400, said)]);
    let told = watch(&scratch, &server, &[]);
    check(&told, 2, &["refuses the query of the metric `health`", "unclosed left parenthesis"]);
    let server = Server::new([Answer::new(401, "")]);
    let told = watch(&scratch, &server, &[]);
    check(&told, 2, &["(401)", "SIGNALBOX_PROMETHEUS_TOKEN"]);
    assert_eq!(server.requests().len(), 1);
    check(
        &local(&["canary-step", "--config=c.toml"]).at(scratch.path()).run(),
        2,
        &["nobody is named"],
    );
}

#[test]
fn a_token_goes_to_the_server_and_nowhere_else() {
    let token = "prom_Sesame0123456789";
    let scratch = platform(POLICY);
    let server =
        Server::new([Answer::new(400, format!(r#"{{"status":"error","error":"{token}?"}}"#))]);
    let told =
        local(&["canary-step", "--config=c.toml", "--record=kept", "--prometheus", &server.url()])
            .env("SIGNALBOX_PROMETHEUS_TOKEN", token)
            .at(scratch.path())
            .run();
    assert_eq!(server.requests()[0].headers["authorization"], format!("Bearer {token}"));
    check(&told, 2, &["***?"]);
    assert!(!format!("{}{}", told.stdout, told.stderr).contains(token));
    // In place of a password the two of them are sent: `printf %s me:prom_Sesame0123456789 | base64`.
    let pair = "bWU6cHJvbV9TZXNhbWUwMTIzNDU2Nzg5";
    let server =
        Server::new([Answer::new(400, format!(r#"{{"status":"error","error":"{pair}?"}}"#))]);
    let inputs = [("command", "canary-step"), ("config", "c.toml"), ("prometheus", &server.url())];
    let told = step(&inputs)
        .env("SIGNALBOX_PROMETHEUS_USERNAME", "me")
        .env("SIGNALBOX_PROMETHEUS_PASSWORD", token)
        .at(scratch.path())
        .run();
    assert_eq!(server.requests()[0].headers["authorization"], format!("Basic {pair}"));
    check(&told, 2, &["***?"]);
    let said = format!("{}{}", told.stdout, told.stderr);
    for secret in [token, pair] {
        let masked = format!("::add-mask::{secret}\n");
        assert!(said.contains(&masked) && !said.replace(&masked, "").contains(secret), "{said}");
    }
    let plain = local(&["canary-step", "--config=c.toml", "--prometheus=http://prometheus:9090"])
        .env("SIGNALBOX_PROMETHEUS_TOKEN", token)
        .at(scratch.path())
        .run();
    check(&plain, 2, &["a token is sent over https only"]);
    let both = local(&["canary-step", "--config=c.toml", "--prometheus=https://prometheus"])
        .env("SIGNALBOX_PROMETHEUS_TOKEN", token)
        .env("SIGNALBOX_PROMETHEUS_PASSWORD", token)
        .at(scratch.path())
        .run();
    check(&both, 2, &["contradict each other"]);
}

#[test]
fn a_trigger_that_fires_ends_it_while_it_is_watched() {
    let scratch = platform(POLICY);
    let path = scratch.path().join("smoke");
    let mut asked = 0;
    let server = Server::replying(move |request| {
        asked += 1;
        if asked == 6 {
            #[expect(clippy::disallowed_methods, reason = "another job writes it")]
            std::fs::write(&path, "true\n").unwrap();
        }
        healthy(request)
    });
    let told = local(&["canary-step", "--config=c.toml", "--triggered=smoke-test=smoke"])
        .args(["--prometheus", &server.url()])
        .at(scratch.path())
        .run();
    check(&told, 1, &["the trigger `smoke-test` fired"]);
    assert_eq!(server.requests().len(), 8);
}

const SAMPLES: &str = r#"{"signalbox-canary-samples": 1, "metrics": {
    "health": {"canary": [1, 1, "1", 1, 1]},
    "error-rate": {"canary": [0, 0.005, null, "NaN", 1e-3]},
    "latency": {"canary": [0.1, 0.1, 0.1, 0.1, 0.2], "baseline": [0.1, 0.1, 0.1, 0.1, 0.1]}}}"#;

fn judge(samples: &str, policy: &str) -> Told {
    let scratch = platform(policy);
    scratch.write("samples.json", samples);
    local(&[
        "canary-judge",
        "--config=c.toml",
        "--triggered=smoke-test=false",
        "--samples=samples.json",
    ])
    .at(scratch.path())
    .run()
}

#[test]
fn samples_may_come_from_a_file() {
    let told = judge(SAMPLES, POLICY);
    check(&told, 0, &[]);
    insta::assert_snapshot!("promote", told.stdout);
    let told = judge(&SAMPLES.replace("0.005", "null"), POLICY);
    check(&told, 4, &[]);
    insta::assert_snapshot!("hold", told.stdout);
    let told = judge(&SAMPLES.replace("1e-3", "null").replace("null, \"NaN\"", "0, 0"), POLICY);
    check(&told, 4, &["`error-rate`: its newest sample is missing", "max-gap"]);
    let late = POLICY.replace("max-gap = \"0s\"", "max-gap = \"10ms\"");
    check(&judge(&SAMPLES.replace("0.2]", "null]"), &late), 0, &["promote"]);
    check(&judge(&SAMPLES.replace("0.1, 0.2]", "\"NaN\", null]"), &late), 4, &["newest 2 samples"]);
    check(
        &judge(&SAMPLES.replace("latency", "latencies"), POLICY),
        2,
        &["did you mean `latency`?"],
    );
    check(&judge(&SAMPLES.replace("1e-3", "\"lots\""), POLICY), 2, &["a sample is no number"]);
    check(
        &judge(&SAMPLES.replace("samples\": 1", "samples\": 2"), POLICY),
        2,
        &["it has version 2"],
    );
    check(&judge("[]", POLICY), 2, &["the samples cannot be read"]);
}

#[test]
fn metrics_may_be_compared_by_their_ranks() {
    let policy = "[canary]\nwindow = '8m'\ninterval = '1m'\n[[canary.metric]]\nname = 'p99'\nquery = 'q'\nbaseline = 'b'\ncompare = 'rank'\ndirection = 'increase'\nallowed = 1.2\ncritical = true\n";
    let samples = |canary: &str| {
        format!(
            r#"{{"signalbox-canary-samples": 1, "metrics": {{"p99": {{"canary": [{canary}], "baseline": [10, 11, 12, 13, 14, 15]}}}}}}"#
        )
    };
    let run = |canary: &str| {
        let scratch = platform(policy);
        scratch.write("s.json", samples(canary));
        local(&["canary-judge", "--config=c.toml", "--samples=s.json"]).at(scratch.path()).run()
    };
    check(&run("12, 13, 14, 11, 15, 10"), 0, &["the score is 100 of 100"]);
    let told = run("20, 21, 22, 23, 24, 25");
    check(&told, 1, &[]);
    insta::assert_snapshot!("ranked", told.stdout);
    check(&run("20, 21, 22, 23"), 4, &["needs 1 more good sample"]);
    // Sides of different lengths end together.
    check(&run("12, 13, 14, 11, 15, 10, 12, 13"), 0, &["promote"]);
    check(&run("12, 13, 14, 11, 15"), 0, &["promote"]);
    check(&run("12, 13, 14, 11, 15, null, null"), 0, &["promote"]);
    check(&run("12, 13, 14, 11, 15, null, null, null"), 4, &["its newest 3 samples are missing"]);
    check(&run("null, \"NaN\""), 1, &["needs 5 more good samples"]);
}

#[test]
fn a_canary_goes_on_where_it_is_and_nowhere_else() {
    let run = |state: &str, more: &[&str]| {
        let scratch = platform(POLICY);
        scratch.write("samples.json", SAMPLES);
        scratch.write("state.json", state);
        let told = local(&[
            "canary-judge",
            "--config=c.toml",
            "--triggered=smoke-test=false",
            "--samples=samples.json",
        ])
        .args(STATE)
        .args(more)
        .at(scratch.path())
        .run();
        let state = scratch.read_text("state.json");
        (told, state)
    };
    let at = |weight: u8| {
        format!(
            r#"{{"signalbox-canary-state":1,"environment":"production","release":"v2","phase":"at","weight":{weight},"holds":1,"bad-in-a-row":{{}}}}"#
        )
    };
    let (told, state) = run(&at(25), &["--weight=50"]);
    check(&told, 2, &["the canary is at 25 %, and not at 50 %"]);
    assert_eq!(state, at(25));
    let (told, state) = run(&at(25), &[]);
    check(&told, 0, &["Canary at 25 %"]);
    assert!(state.contains("\"weight\":50"), "{state}");
    check(&run(&at(50), &["--weight=10"]).0, 0, &["Canary at 10 %"]);
    let over = r#"{"signalbox-canary-state":1,"environment":"production","release":"v2","phase":"rolled-back","holds":0,"bad-in-a-row":{}}"#;
    check(&run(over, &[]).0, 0, &["Canary at 10 %"]);
    check(&run(&at(30), &[]).0, 2, &["the weight 30 is none of the policy's steps"]);
    check(&run(&at(25), &["--weight=30"]).0, 2, &["and not at 30 %"]);
    check(&run("{", &[]).0, 2, &["the state of the canary cannot be read"]);
    let odd = r#"{"signalbox-canary-state":1,"environment":"production","release":"v2","phase":"at","holds":0,"bad-in-a-row":{}}"#;
    check(&run(odd, &[]).0, 2, &["do not go together"]);
    let bad = at(25).replace("{}", r#"{"health":2}"#);
    let scratch_state = run(&bad, &[]).1;
    assert!(scratch_state.contains(r#""bad-in-a-row":{}"#), "{scratch_state}");
}

/// What another release or environment left is no way to more traffic, whatever it says.
#[test]
fn the_state_of_another_canary_is_not_gone_on_with() {
    let run = |state: &str, more: &[&str]| {
        let scratch = platform(POLICY);
        scratch.write("samples.json", SAMPLES);
        scratch.write("state.json", state);
        let told = local(&["canary-judge", "--config=c.toml", "--triggered=smoke-test=false"])
            .args(["--samples=samples.json", "--canary-state=state.json"])
            .args(more)
            .at(scratch.path())
            .run();
        assert!(told.exit != 2 || scratch.read_text("state.json") == state);
        told
    };
    let state = |release: &str, environment: &str, phase: &str| {
        format!(
            r#"{{"signalbox-canary-state":1,"environment":"{environment}","release":"{release}","phase":{phase},"holds":0,"bad-in-a-row":{{}}}}"#
        )
    };
    let of = ["--environment=production", "--release=v2"];
    let first = [of[0], of[1], "--weight=10"];
    for (release, environment) in [("v1", "production"), ("v2", "staging"), ("production", "v2")] {
        let left = state(release, environment, r#""at","weight":75"#);
        for more in [&of[..], &first] {
            let told = run(&left, more);
            let found = format!("it is about `{release}` in `{environment}`");
            check(&told, 2, &["the state is one of another canary", &found, "begin with a new"]);
        }
        // One that has ended stands in nobody's way.
        let over = state(release, environment, r#""rolled-back""#);
        check(&run(&over, &of), 0, &["Canary at 10 %"]);
    }
    check(&run(&state("v2", "production", r#""at","weight":75"#), &of), 0, &["Canary at 75 %"]);
    // Whose it is has to be said, and one that does not say it is none.
    check(&run("{}", &[of[0]]), 2, &["--release"]);
    check(&run("{}", &[of[1]]), 2, &["--environment"]);
    let old =
        r#"{"signalbox-canary-state":1,"phase":"at","weight":75,"holds":0,"bad-in-a-row":{}}"#;
    check(&run(old, &of), 2, &["the state of the canary cannot be read", "`environment`"]);
}

#[test]
fn a_policy_that_is_wrong_is_no_promotion() {
    check(&judge(SAMPLES, "[gate]\n"), 2, &["has no table `[canary]`"]);
    check(
        &judge(SAMPLES, "[canary]\non-no-data = 'promote'\n"),
        2,
        &["not a value of `on-no-data`"],
    );
    let scratch = platform(POLICY);
    scratch.write("samples.json", SAMPLES);
    let run = |triggered: &str| {
        local(&[
            "canary-judge",
            "--config=c.toml",
            "--samples=samples.json",
            "--triggered",
            triggered,
        ])
        .at(scratch.path())
        .run()
    };
    check(&run("smoke-tests=false"), 2, &["did you mean `smoke-test`?"]);
    check(&run("smoke-test=false\nsmoke-test=true"), 2, &["is told twice"]);
    check(&run("smoke-test="), 4, &["nothing was heard of the trigger `smoke-test`"]);
    check(&run("smoke-test=missing.txt"), 4, &["nothing was heard"]);
    check(&run("smoke-test=true"), 1, &["the trigger `smoke-test` fired"]);
}
