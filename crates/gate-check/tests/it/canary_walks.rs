//! Canaries that are walked: the traffic that they get, and that none is left behind.

use testkit::{Answer, Request, Server, Told};

use crate::canary::{POLICY, STATE, check, empty, healthy, platform, vector};
use crate::tool::local;

/// A walk that notes the traffic that it gives.
fn walk(server: &Server, shift: &str, more: &[&str]) -> (Told, String) {
    let scratch = platform(POLICY);
    let told = local(&["canary", "walk", "--config=c.toml", "--triggered=smoke-test=false"])
        .args(["--prometheus", &server.url(), "--shift", shift])
        .args(more)
        .at(scratch.path())
        .run();
    let shifts = if scratch.has("log") { scratch.read_text("log") } else { String::new() };
    (told, shifts.split_whitespace().collect::<Vec<_>>().join(" "))
}

const NOTE: &str = "echo $WEIGHT >>log";

#[test]
fn a_walk_gives_more_and_more_traffic_and_ends_with_all() {
    let (told, shifts) = walk(&Server::replying(healthy), NOTE, &["--record=kept"]);
    check(&told, 0, &["Canary at 100 %: promote", "75 %   ✅ promote"]);
    assert_eq!(shifts, "10 25 50 75 100");
}

#[test]
fn a_walk_that_fails_takes_all_traffic_back() {
    let mut asked = 0;
    let server = Server::replying(move |request| {
        asked += 1;
        if request.target.contains("errors") && asked > 40 {
            vector("0.02")
        } else {
            healthy(request)
        }
    });
    let (told, shifts) = walk(&server, NOTE, &[]);
    check(&told, 1, &[]);
    assert_eq!(shifts, "10 25 50 0");
    insta::assert_snapshot!("walk", told.stdout);
    // Nobody can say, three times: it goes.
    let (told, shifts) = walk(&Server::replying(|_| empty()), NOTE, &[]);
    check(&told, 1, &["it held 2 times in a row"]);
    assert_eq!(shifts, "10 10 10 0");
}

#[test]
fn a_walk_that_may_wait_on_ends_with_the_traffic_that_it_has() {
    let scratch = platform(&POLICY.replace("[canary]", "[canary]\nafter-max-holds = \"hold\""));
    let server = Server::replying(|_| empty());
    let told = local(&["canary", "walk", "--config=c.toml", "--triggered=smoke-test=false"])
        .args(["--prometheus", &server.url(), "--shift", NOTE])
        .args(STATE)
        .at(scratch.path())
        .run();
    check(&told, 4, &["Canary at 10 %: hold"]);
    assert_eq!(scratch.read_text("log"), "10\n10\n10\n");
    // The next run goes on where it is.
    let server = Server::replying(healthy);
    let told = local(&["canary", "walk", "--config=c.toml", "--triggered=smoke-test=false"])
        .args(["--prometheus", &server.url(), "--shift", NOTE])
        .args(STATE)
        .at(scratch.path())
        .run();
    check(&told, 0, &["Canary at 100 %: promote"]);
    assert_eq!(scratch.read_text("log"), "10\n10\n10\n10\n25\n50\n75\n100\n");
}

#[test]
fn whatever_goes_wrong_on_the_way_leaves_no_traffic_behind() {
    let stuck = "echo $WEIGHT >>log; test $WEIGHT != 50 || { echo no such ingress >&2; exit 1; }";
    let (told, shifts) = walk(&Server::replying(healthy), stuck, &[]);
    check(&told, 3, &["gives the canary 50 % of the traffic failed: no such ingress"]);
    assert_eq!(shifts, "10 25 50 0");
    let bad = r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#;
    let (told, shifts) = walk(&Server::replying(move |_| Answer::new(400, bad)), NOTE, &[]);
    check(&told, 2, &["refuses the query"]);
    assert_eq!(shifts, "10 0");
    let (told, _) = walk(&Server::replying(healthy), "exit 1", &[]);
    check(&told, 3, &["take the traffic from it by hand, now"]);
    // Nothing is begun that nobody can watch.
    let scratch = platform(POLICY);
    let told = local(&["canary-walk", "--config=c.toml", "--shift", NOTE]).at(scratch.path()).run();
    check(&told, 2, &["nobody is named"]);
    assert!(!scratch.has("log"));
}

/// A step of a walk whose last command fails is no end to leave it at.
#[test]
fn a_last_shift_that_fails_takes_all_traffic_back() {
    let scratch = platform(&POLICY.replace("[10, 25, 50, 75, 100]", "[10, 50]"));
    let walk = |shift: &str| {
        scratch.write("log", "");
        let told = local(&["canary", "walk", "--config=c.toml", "--triggered=smoke-test=false"])
            .args(["--prometheus", &Server::replying(healthy).url(), "--shift", shift])
            .args(STATE)
            .at(scratch.path())
            .run();
        (told, scratch.read_text("log").split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let (told, shifts) = walk("echo $WEIGHT >>log; test $WEIGHT != 100");
    check(&told, 3, &["gives the canary 100 % of the traffic failed", "it has 0 %"]);
    assert_eq!(shifts, "10 50 100 0");
    let state = scratch.read_text("state.json");
    assert!(state.contains(r#""phase":"rolled-back""#), "{state}");
    // The next walk begins with the first step, and ends with all traffic.
    let (told, shifts) = walk(NOTE);
    check(&told, 0, &[]);
    assert_eq!(shifts, "10 50 100");
    // Where nothing can be taken back either, it is said what stands.
    let (told, shifts) = walk("echo $WEIGHT >>log; test $WEIGHT = 10 -o $WEIGHT = 50");
    let stands =
        "it is not known how much traffic the canary has: 50 % was given last, and 100 % was tried";
    check(&told, 3, &["0 % of the traffic failed", stands, "by hand, now"]);
    assert_eq!(shifts, "10 50 100 0");
}

#[test]
fn a_trigger_that_has_fired_before_the_walk_gives_it_nothing() {
    let server = Server::replying(healthy);
    let scratch = platform(POLICY);
    scratch.write("smoke", "true");
    let told = local(&["canary", "walk", "--config=c.toml", "--triggered=smoke-test=smoke"])
        .args(["--prometheus", &server.url(), "--shift", NOTE])
        .args(STATE)
        .at(scratch.path())
        .run();
    check(&told, 1, &["Canary at 10 %: rollback", "the trigger `smoke-test` fired"]);
    assert_eq!(scratch.read_text("log"), "0\n");
    assert_eq!(server.requests().len(), 0);
    assert!(scratch.read_text("state.json").contains(r#""phase":"rolled-back""#));
}

/// What was given before the failure is no weight to begin with again.
#[test]
fn a_walk_that_was_taken_back_does_not_go_on_where_it_was() {
    let scratch = platform(POLICY);
    let walk = |server: &Server, shift: &str| {
        scratch.write("log", "");
        let told = local(&["canary", "walk", "--config=c.toml", "--triggered=smoke-test=false"])
            .args(["--prometheus", &server.url(), "--shift", shift])
            .args(STATE)
            .at(scratch.path())
            .run();
        (told, scratch.read_text("log").split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let (told, shifts) = walk(&Server::replying(healthy), "echo $WEIGHT >>log; test $WEIGHT != 75");
    check(&told, 3, &["75 % of the traffic failed"]);
    assert_eq!(shifts, "10 25 50 75 0");
    let (told, shifts) = walk(&Server::replying(healthy), NOTE);
    check(&told, 0, &[]);
    assert_eq!(shifts, "10 25 50 75 100");
    // A rollback that cannot be carried out is no rollback.
    let ill = |request: &Request| {
        if request.target.contains("errors") { vector("0.02") } else { healthy(request) }
    };
    let (told, shifts) = walk(&Server::replying(ill), "echo $WEIGHT >>log; test $WEIGHT != 0");
    let stands = "the canary has to go, and may still have 10 % of the traffic";
    check(&told, 3, &[stands, "by hand, now", "error-rate"]);
    assert_eq!(shifts, "10 0");
    let state = scratch.read_text("state.json");
    assert!(state.contains(r#""phase":"at","weight":10"#), "{state}");
}
