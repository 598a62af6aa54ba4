//! A canary in a real runner: more and more traffic, and none where anything is wrong.

use std::os::unix::fs::PermissionsExt as _;

use end_to_end::act::Ran;
use testkit::{Answer, Scratch, Server};

use crate::examples::example;
use crate::shared;

const CONFIG: &str = r#"
[canary]
steps = [10, 50, 100]
window = "40ms"
interval = "20ms"
settle = "0s"
triggers = ["smoke-test"]

[[canary.metric]]
name = "error-rate"
query = "errors"
max = "1%"
"#;

/// A token that no log may ever hold.
const TOKEN: &str = "prom_Sesame0123456789";

/// The example, where the smoke test ends like this and the server knows of so many errors; and the traffic that was
/// given.
fn run(smoke: u8, errors: &'static str) -> (Ran, Vec<String>) {
    let scratch = Scratch::new();
    let server = Server::replying(move |_| {
        let value = format!(r#"{{"resultType":"scalar","result":[1763726400,"{errors}"]}}"#);
        Answer::new(200, format!(r#"{{"status":"success","data":{value}}}"#))
    });
    let example = example("gate/canary").replace("https://prometheus.example.org", &server.url());
    let act = shared::act(&example)
        .secret("PROMETHEUS_TOKEN", TOKEN)
        .file(".github/signalbox.toml", CONFIG)
        .file("scripts/smoke-test", format!("#!/bin/sh\nexit {smoke}\n"))
        .file("scripts/canary-weight", "#!/bin/sh\necho \"$1\" >>\"$SEEN\"\n")
        .env("SEEN", scratch.at("seen"));
    for name in ["scripts/smoke-test", "scripts/canary-weight"] {
        let rights = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(act.at(name), rights).unwrap();
    }
    let ran = act.run().unwrap();
    let bearer = format!("Bearer {TOKEN}");
    assert!(server.requests().iter().all(|request| request.headers["authorization"] == bearer));
    assert!(!ran.log.said.contains(TOKEN));
    let seen = if scratch.has("seen") { scratch.read_text("seen") } else { String::new() };
    (ran, seen.lines().map(str::to_owned).collect())
}

#[test]
fn a_healthy_canary_gets_all_traffic() {
    let (ran, seen) = run(0, "0.01");
    assert_eq!(ran.log.wrongs(&[("canary", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    assert_eq!(seen, ["10", "50", "100"]);
    let outputs = ran.log.outputs("canary", "walk");
    assert_eq!(outputs.get("decision"), Some(&"promote"));
    assert_eq!(outputs.get("next-weight"), Some(&"100"));
    assert!(ran.log.summaries("canary").concat().contains("Canary at 100 %: promote"));
}

#[test]
fn an_ill_canary_and_one_that_fails_its_smoke_test_get_none() {
    let (ran, seen) = run(0, "0.02");
    assert_eq!(ran.log.failed_legs("canary").len(), 1, "{}", ran.log.said);
    assert_eq!(seen, ["10", "0"]);
    assert_eq!(ran.log.outputs("canary", "walk").get("decision"), Some(&"rollback"));
    let (ran, seen) = run(1, "0");
    assert_eq!(ran.log.failed_legs("canary").len(), 1, "{}", ran.log.said);
    assert_eq!(seen, ["0"]);
}
