//! Alerts: thresholds that are reached, and what nobody knows.

use testkit::{Answer, Scratch, Server, Told};

use crate::tool::{local, step};

const POLICY: &str = r#"
[alerts]
[[alerts.rule]]
name = "error-rate"
query = "errors"
warn = "0.5%"
critical = "1%"
[[alerts.rule]]
name = "disk"
query = "disk"
warn = "75%"
critical = "85%"
"#;

fn vector(series: &[(&str, &str)]) -> Answer {
    let one = |(name, value): &(&str, &str)| {
        format!(
            r#"{{"metric":{{"__name__":"x","instance":"{name}"}},"value":[1763726400,"{value}"]}}"#
        )
    };
    let all: Vec<String> = series.iter().map(one).collect();
    let all = all.join(",");
    Answer::new(
        200,
        format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[{all}]}}}}"#),
    )
}

fn alerts(policy: &str, answers: [Answer; 2]) -> Told {
    let scratch = Scratch::new();
    scratch.write("c.toml", policy);
    let server = Server::new(answers);
    let inputs = [("command", "alerts"), ("config", "c.toml"), ("prometheus", &server.url())];
    step(&inputs).at(scratch.path()).run()
}

#[track_caller]
fn check(told: &Told, exit: i32, alert: &str, firing: &str) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
    assert_eq!((told.outputs["alert"].as_str(), told.outputs["firing"].as_str()), (alert, firing));
}

#[test]
fn the_worst_series_of_the_worst_alert_decides() {
    let fine = || vector(&[("a", "0.001")]);
    check(&alerts(POLICY, [fine(), fine()]), 0, "ok", "[]");
    let warn = || vector(&[("a", "0.1"), ("b", "0.75"), ("c", "0.2")]);
    check(&alerts(POLICY, [fine(), warn()]), 0, "warn", r#"["disk"]"#);
    let critical = alerts(POLICY, [vector(&[("a", "0.01")]), warn()]);
    check(&critical, 1, "critical", r#"["error-rate","disk"]"#);
    insta::assert_snapshot!("summary", critical.summary);
    let strict = POLICY.replace("[alerts]", "[alerts]\nfail-on = \"warn\"");
    check(&alerts(&strict, [fine(), warn()]), 1, "warn", r#"["disk"]"#);
    let never = POLICY.replace("[alerts]", "[alerts]\nfail-on = \"never\"");
    check(
        &alerts(&never, [vector(&[("a", "1")]), warn()]),
        0,
        "critical",
        r#"["error-rate","disk"]"#,
    );
}

#[test]
fn what_is_not_known_is_no_answer_where_one_is_required() {
    let fine = || vector(&[("a", "0.001")]);
    for unknown in [|| vector(&[]), || vector(&[("a", "NaN")]), || Answer::new(422, "{}")] {
        check(&alerts(POLICY, [fine(), unknown()]), 0, "unknown", "[]");
        let required = POLICY.replace("[alerts]", "[alerts]\nrequire = true");
        check(&alerts(&required, [fine(), unknown()]), 2, "unknown", "[]");
        let critical = vector(&[("a", "1")]);
        check(&alerts(&required, [critical, unknown()]), 1, "critical", r#"["error-rate"]"#);
    }
}

#[test]
fn a_policy_that_is_wrong_or_not_there_is_told() {
    let scratch = Scratch::new();
    scratch.write("c.toml", "[gate]\n");
    let run =
        || local(&["alerts", "--config=c.toml", "--prometheus=http://h"]).at(scratch.path()).run();
    let told = run();
    assert_eq!(
        (told.exit, told.stderr.contains("has no table `[alerts]`")),
        (2, true),
        "{}",
        told.stderr
    );
    scratch.write("c.toml", POLICY.replace("0.5%", "5%"));
    let told = run();
    assert_eq!(
        (told.exit, told.stderr.contains("reached after `critical`")),
        (2, true),
        "{}",
        told.stderr
    );
}
