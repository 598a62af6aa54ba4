//! Deployments in a real runner: staging first, and production only with evidence of this very commit.

use std::os::unix::fs::PermissionsExt as _;

use end_to_end::act::Ran;
use testkit::Scratch;

use crate::examples::example;
use crate::shared;

const CONFIG: &str = r#"
[deploy]
parallel = 1

[[deploy.component]]
name = "api"
depends-on = ["db"]
deploy = "echo \"out $COMPONENT $ENVIRONMENT\" >>\"$SEEN\""
rollback = "echo \"back $COMPONENT $ENVIRONMENT\" >>\"$SEEN\""

[[deploy.component]]
name = "db"
deploy = "echo \"out $COMPONENT $ENVIRONMENT\" >>\"$SEEN\"; test \"$ENVIRONMENT\" != \"$BROKEN\""
rollback = "echo \"back $COMPONENT $ENVIRONMENT\" >>\"$SEEN\""

[[promotion.edge]]
from = "staging"
to = "production"
require = ["staging-validation"]
max-age = "1h"
"#;

/// The example, where the smoke test ends like this and one environment takes no database; and what was done.
fn run(smoke: u8, broken: &str, config: &str) -> (Ran, Vec<String>) {
    let scratch = Scratch::new();
    let act = shared::act(&example("gate/deploy"))
        .file(".github/signalbox.toml", config)
        .file("scripts/smoke-test", format!("#!/bin/sh\nexit {smoke}\n"))
        .env("SEEN", scratch.at("seen"))
        .env("BROKEN", broken);
    let script = act.at("scripts/smoke-test");
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = act.run().unwrap();
    let seen = if scratch.has("seen") { scratch.read_text("seen") } else { String::new() };
    (ran, seen.lines().map(str::to_owned).collect())
}

#[test]
fn what_was_looked_at_in_staging_goes_on_to_production() {
    let (ran, seen) = run(0, "none", CONFIG);
    let wrongs = ran.log.wrongs(&[("staging", 1), ("production", 1)]);
    assert_eq!(wrongs, Vec::<String>::new(), "{:#?}", ran.log.annotations());
    let wanted = ["out db staging", "out api staging", "out db production", "out api production"];
    assert_eq!(seen, wanted);
}

#[test]
fn what_fails_in_staging_stays_there_and_what_fails_in_production_goes_back() {
    let (ran, seen) = run(1, "none", CONFIG);
    assert_eq!(ran.log.failed_legs("staging").len(), 1);
    assert_eq!(seen, ["out db staging", "out api staging"]);

    let (ran, seen) = run(0, "production", CONFIG);
    assert_eq!(ran.log.failed_legs("production").len(), 1);
    let wanted = ["out db staging", "out api staging", "out db production", "back db production"];
    assert_eq!(seen, wanted);
}

#[test]
fn without_all_evidence_nothing_goes_on() {
    let more = CONFIG.replace("[\"staging-validation\"]", "[\"staging-validation\", \"backup\"]");
    let (ran, seen) = run(0, "none", &more);
    assert_eq!(ran.log.failed_legs("production").len(), 1);
    assert_eq!(seen, ["out db staging", "out api staging"]);
    let said: Vec<&str> = ran.log.annotations().iter().map(|it| it.message.as_str()).collect();
    assert!(
        said.iter().any(|it| it.contains("othing is known of backup")
            || it.contains("othing is known of `backup`")),
        "{said:?}"
    );
}
