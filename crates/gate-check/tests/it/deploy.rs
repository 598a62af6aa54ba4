//! Deployments: in order, at once where that may be, killed and gone on with, and taken back.

#![expect(clippy::disallowed_methods, reason = "the tool is started to be killed")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use testkit::{Scratch, Told};

use crate::tool::{local, step};

/// The components of a platform; each notes in `log` what is done with it.
const PLATFORM: &str = r#"
[deploy]
parallel = 1

[[deploy.component]]
name = "catalog"
depends-on = ["hypermesh"]
deploy = "echo out catalog $VERSION $ENVIRONMENT >>log"
rollback = "echo back catalog >>log"

[[deploy.component]]
name = "hypermesh"
depends-on = ["stoq", "trustchain"]
deploy = "echo out hypermesh >>log; test ! -e broken || { echo port 7000 is taken >&2; exit 7; }"
rollback = "echo back hypermesh >>log; test ! -e stuck"

[[deploy.component]]
name = "trustchain"
depends-on = ["stoq"]
deploy = "echo out trustchain >>log"
check = "echo check trustchain >>log; test ! -e ill"
switch = "echo switch trustchain >>log"
remove = "echo remove trustchain >>log"
rollback = "echo back trustchain >>log"
interval = "10ms"
failures = 2

[[deploy.component]]
name = "stoq"
deploy = "echo out stoq >>log"
rollback = "echo back stoq >>log"
"#;

const RUN: [&str; 5] =
    ["deploy", "run", "--environment=staging", "--release=v1.2.3", "--config=c.toml"];

fn platform() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("c.toml", PLATFORM);
    scratch
}

fn run(scratch: &Scratch, more: &[&str]) -> Told {
    local(&RUN).args(more).at(scratch.path()).run()
}

/// The exit code, and what was done.
#[track_caller]
fn check(told: &Told, scratch: &Scratch, exit: i32, log: &str) {
    assert_eq!(told.exit, exit, "{}\n{}", told.stdout, told.stderr);
    let done = if scratch.has("log") { scratch.read_text("log") } else { String::new() };
    assert_eq!(done.lines().collect::<Vec<_>>().join(", "), log);
}

const ALL_OUT: &str = "out stoq, out trustchain, check trustchain, switch trustchain, remove trustchain, out hypermesh, out catalog v1.2.3 staging";

#[test]
fn components_are_deployed_in_their_order_and_once() {
    let scratch = platform();
    check(&run(&scratch, &[]), &scratch, 0, ALL_OUT);
    // Once more: everything is there.
    check(&run(&scratch, &[]), &scratch, 0, ALL_OUT);
    let afresh = format!("{ALL_OUT}, {ALL_OUT}");
    check(&run(&scratch, &["--afresh"]), &scratch, 0, &afresh);
}

#[test]
fn what_is_only_planned_is_shown_and_nothing_is_run_or_written() {
    for words in [&["--dry-run"][..], &[]] {
        let scratch = platform();
        let told = if words.is_empty() {
            local(&["plan", "--environment=staging", "--release=v1.2.3", "--config=c.toml"])
                .at(scratch.path())
                .run()
        } else {
            run(&scratch, words)
        };
        check(&told, &scratch, 0, "");
        assert_eq!(scratch.files(), ["c.toml"]);
        insta::assert_snapshot!("plan", told.stdout);
    }
}

#[test]
fn what_fails_is_taken_back_in_reverse_and_stays_so() {
    let scratch = platform();
    scratch.write("broken", "");
    let told = run(&scratch, &[]);
    let log = "out stoq, out trustchain, check trustchain, switch trustchain, remove trustchain, out hypermesh, back hypermesh, back trustchain, back stoq";
    check(&told, &scratch, 1, log);
    insta::assert_snapshot!("rolled-back", told.stdout);
    // It is over, and not begun again unasked.
    check(&run(&scratch, &[]), &scratch, 1, log);
}

#[test]
fn one_that_stays_ill_is_taken_back_before_any_traffic_goes_to_it() {
    let scratch = platform();
    scratch.write("ill", "");
    let log =
        "out stoq, out trustchain, check trustchain, check trustchain, back trustchain, back stoq";
    check(&run(&scratch, &[]), &scratch, 1, log);
}

#[test]
fn one_that_cannot_be_taken_back_is_named_and_the_others_go_back() {
    let scratch = platform();
    scratch.write("broken", "");
    scratch.write("stuck", "");
    let told = run(&scratch, &[]);
    let log = "out stoq, out trustchain, check trustchain, switch trustchain, remove trustchain, out hypermesh, back hypermesh, back trustchain, back stoq";
    check(&told, &scratch, 1, log);
    assert!(told.stdout.contains("could not be taken back"), "{}", told.stdout);
    // Once somebody has seen to it, it is tried again.
    std::fs::remove_file(scratch.at("stuck")).unwrap();
    check(&run(&scratch, &[]), &scratch, 1, &format!("{log}, back hypermesh"));
}

#[test]
fn what_stays_as_it_is_is_tried_again() {
    let scratch = platform();
    scratch.write("c.toml", PLATFORM.replace("parallel = 1", "on-failure = \"stop\""));
    scratch.write("broken", "");
    let first = "out stoq, out trustchain, check trustchain, switch trustchain, remove trustchain, out hypermesh";
    check(&run(&scratch, &[]), &scratch, 1, first);
    std::fs::remove_file(scratch.at("broken")).unwrap();
    let log = format!("{first}, out hypermesh, out catalog v1.2.3 staging");
    check(&run(&scratch, &[]), &scratch, 0, &log);
    // And taken back where somebody says so.
    let log = format!("{log}, back catalog, back hypermesh, back trustchain, back stoq");
    check(&run(&scratch, &["--take-back"]), &scratch, 0, &log);
}

#[test]
fn what_was_never_changed_is_not_taken_back() {
    let scratch = platform();
    // Nobody can say what served before the second one: nothing of it is begun, and the first goes back.
    let text =
        PLATFORM.replace("name = \"trustchain\"", "name = \"trustchain\"\nbefore = \"exit 1\"");
    scratch.write("c.toml", text);
    check(&run(&scratch, &[]), &scratch, 1, "out stoq, back stoq");
    // What was said before is what a rollback is told, however often it is run.
    let scratch = platform();
    let text = PLATFORM
        .replace("name = \"stoq\"", "name = \"stoq\"\nbefore = \"echo old API >&2; cat serves\"");
    scratch.write("c.toml", text.replace("echo back stoq", "echo back stoq to $PREVIOUS"));
    scratch.write("serves", "v1\n");
    scratch.write("broken", "");
    let told = run(&scratch, &["--components=stoq,hypermesh"]);
    check(&told, &scratch, 1, "out stoq, out hypermesh, back hypermesh, back stoq to v1");
}

#[test]
fn what_stays_ill_to_the_end_of_its_watch_goes_back() {
    let scratch = platform();
    let text = PLATFORM.replace("failures = 2", "failures = 3\nsoak = \"15ms\"");
    let text =
        text.replace("echo switch trustchain >>log", "echo switch trustchain >>log; touch ill");
    scratch.write("c.toml", text);
    let told = run(&scratch, &[]);
    let log = "out stoq, out trustchain, check trustchain, switch trustchain, check trustchain, check trustchain, check trustchain, back trustchain, back stoq";
    check(&told, &scratch, 1, log);
}

#[test]
fn without_a_state_nothing_can_be_taken_back_and_nothing_to_deploy_is_no_deployment() {
    let scratch = platform();
    let told = run(&scratch, &["--take-back"]);
    check(&told, &scratch, 2, "");
    assert!(told.stderr.contains("nothing says what is out"), "{}", told.stderr);
    let told = run(&scratch, &["--components=,"]);
    check(&told, &scratch, 2, "");
    assert!(told.stderr.contains("no component is to be deployed"), "{}", told.stderr);
    scratch.write("c.toml", "[gate]\n");
    let told = run(&scratch, &[]);
    check(&told, &scratch, 2, "");
    assert!(told.stderr.contains("nothing says what is deployed"), "{}", told.stderr);
}

#[test]
fn the_state_of_another_deployment_is_not_taken_for_this_one() {
    let scratch = platform();
    check(&run(&scratch, &["--components=stoq"]), &scratch, 0, "out stoq");
    let told = run(&scratch, &[]);
    check(&told, &scratch, 2, "out stoq");
    assert!(told.stderr.contains("the choice of components has changed since"), "{}", told.stderr);
    for (wrong, said) in [
        ("{", "EOF while parsing"),
        (
            "{\"signalbox-deploy-state\": 2, \"environment\": \"\", \"release\": \"\", \"plan\": \"\", \"steps\": {}}",
            "it has version 2, and 1 is read",
        ),
        ("[]", "invalid length 0"),
    ] {
        scratch.write("deploy-staging.state.json", wrong);
        let told = run(&scratch, &[]);
        check(&told, &scratch, 2, "out stoq");
        assert!(told.stderr.contains(said), "{}", told.stderr);
    }
}

#[test]
fn in_a_job_the_outputs_say_what_became_of_it() {
    let scratch = platform();
    scratch.write("broken", "");
    let inputs = [
        ("command", "deploy-run"),
        ("environment", "staging"),
        ("release", "v1"),
        ("config", "c.toml"),
    ];
    let told = step(&inputs).at(scratch.path()).run();
    assert_eq!(told.exit, 1, "{}", told.stderr);
    assert_eq!(told.outputs["deployment"], "rolled-back");
    assert_eq!(told.outputs["waves"], r#"[["stoq"],["trustchain"],["hypermesh"],["catalog"]]"#);
    assert_eq!(told.outputs["failed-steps"], r#"["hypermesh"]"#);
    assert_eq!(told.outputs["state"], "deploy-staging.state.json");
}

/// The blocks of TOML in the README that begin like this.
fn written(begin: &str) -> Vec<String> {
    let readme =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../actions/gate/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let blocks = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```"));
    blocks.map(|(block, _)| block.to_owned()).filter(|block| block.starts_with(begin)).collect()
}

#[test]
fn what_the_readme_shows_can_be_read() {
    let deploy = written("[deploy]");
    assert_eq!(deploy.len(), 1);
    let scratch = Scratch::new();
    scratch.write("c.toml", &deploy[0]);
    let words = ["plan", "--environment=production", "--release=v1", "--config=c.toml"];
    let told = local(&words).at(scratch.path()).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.stdout.contains("6 steps in 6 waves"), "{}", told.stdout);

    let promotion = written("[[promotion.edge]]");
    assert_eq!(promotion.len(), 1);
    scratch.write("c.toml", &promotion[0]);
    let words = [
        "promotion",
        "--from-environment=staging",
        "--to-environment=production",
        "--subject=v1",
        "--config=c.toml",
        "--authors=ann",
    ];
    let told = local(&words).at(scratch.path()).run();
    assert!(told.exit == 2 && told.stdout.contains("nothing is known of `ci`"), "{}", told.stderr);
}

/// A system of 500 components, of which each needs two before it. Each notes when it begins and ends.
fn large(has_probe: bool) -> String {
    let mut text = String::from("[deploy]\nparallel = 8\n");
    for at in 0..500 {
        let mut needs = BTreeSet::new();
        if at > 0 {
            needs.insert((at * 7) % at);
            needs.insert(at / 2);
        }
        let needs: Vec<String> = needs.iter().map(|on| format!("\"c{on:03}\"")).collect();
        let _ = write!(
            text,
            "[[deploy.component]]\nname = \"c{at:03}\"\ndepends-on = [{}]\ndeploy = \"\"\"\necho \"$COMPONENT\" >>log\nsleep 0.01\"\"\"\n",
            needs.join(", ")
        );
        if has_probe {
            text.push_str("probe = \"grep -qx \\\"$COMPONENT\\\" log\"\n");
        }
    }
    text
}

fn logged(scratch: &Scratch) -> Vec<String> {
    let log = if scratch.has("log") { scratch.read_text("log") } else { String::new() };
    log.lines().map(str::to_owned).collect()
}

/// Starts it, and waits until so many components have begun.
fn started(scratch: &Scratch, more: &[&str], after: usize) -> Child {
    let child = Command::new(env!("CARGO_BIN_EXE_gate-check"))
        .args(RUN)
        .args(more)
        .current_dir(scratch.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    for _ in 0..10_000 {
        if logged(scratch).len() >= after {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child
}

/// Starts it and kills it once so many components have begun.
fn killed(scratch: &Scratch, after: usize) {
    let mut child = started(scratch, &[], after);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Runs it, once nothing that the killed one had started runs any more.
fn resumed(scratch: &Scratch, more: &[&str]) -> Told {
    loop {
        let told = run(scratch, more);
        if told.exit != 4 {
            return told;
        }
        assert!(told.stdout.contains("busy"), "{}", told.stdout);
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// It deploys to staging as long as the file `go` is not there.
const WAITING: &str = r#"
[deploy]
[[deploy.component]]
name = "api"
deploy = """
echo "$ENVIRONMENT" >>log
test "$ENVIRONMENT" != staging || until test -e go; do sleep 0.01; done"""
"#;

#[test]
fn an_environment_is_deployed_to_by_one_at_a_time_wherever_the_states_are() {
    let scratch = Scratch::new();
    scratch.write("c.toml", WAITING);
    let mut child = started(&scratch, &["--state-file=one/state.json"], 1);
    let second = run(&scratch, &["--state-file=two/state.json"]);
    let words = ["deploy", "run", "--environment=production", "--release=v1", "--config=c.toml"];
    let other = local(&words).at(scratch.path()).run();
    scratch.write("go", "");
    assert!(child.wait().unwrap().success());
    assert_eq!(second.exit, 4, "{}\n{}", second.stdout, second.stderr);
    assert!(second.stderr.contains("to the same environment"), "{}", second.stderr);
    assert!(!scratch.has("two/state.json"));
    assert_eq!(other.exit, 0, "{}\n{}", other.stdout, other.stderr);
    assert_eq!(logged(&scratch), ["staging", "production"]);
    check(
        &resumed(&scratch, &["--state-file=two/state.json"]),
        &scratch,
        0,
        "staging, production, staging",
    );
    // A state that is called as the lock of its environment is, waits for nobody.
    let alike = resumed(&scratch, &["--state-file=deploy-staging.environment"]);
    check(&alike, &scratch, 0, "staging, production, staging, staging");
}

#[test]
fn killed_again_and_again_five_hundred_components_are_each_deployed_once_and_in_order() {
    let scratch = Scratch::new();
    scratch.write("c.toml", large(true));
    for after in [3, 90, 91, 260, 420] {
        killed(&scratch, after);
        assert!(logged(&scratch).len() < 500);
    }
    let told = resumed(&scratch, &[]);
    assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
    let log = logged(&scratch);
    assert_eq!(log.len(), 500);
    assert_eq!(log.iter().collect::<BTreeSet<_>>().len(), 500);
    let place = |at: usize| log.iter().position(|name| *name == format!("c{at:03}")).unwrap();
    for at in 1..500 {
        assert!(
            place((at * 7) % at) < place(at) && place(at / 2) < place(at),
            "c{at:03} came too early"
        );
    }
}

#[test]
fn without_a_probe_nobody_guesses_what_became_of_a_component() {
    let scratch = Scratch::new();
    scratch.write("c.toml", large(false));
    killed(&scratch, 40);
    let told = resumed(&scratch, &["--format=json"]);
    assert_eq!(told.exit, 2, "{}\n{}", told.stdout, told.stderr);
    let before = logged(&scratch);
    assert!(told.stderr.contains("nobody knows whether these are deployed"), "{}", told.stderr);
    // They are in the log, so they are done.
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let begun: Vec<String> = json["result"]["waves"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|wave| wave.as_array().unwrap())
        .filter(|step| step["standing"] == "begun")
        .map(|step| step["step"].as_str().unwrap().to_owned())
        .collect();
    assert!((1..=8).contains(&begun.len()), "{begun:?}");
    let settled: Vec<String> = begun
        .iter()
        .map(|name| format!("{name}={}", if before.contains(name) { "done" } else { "not-done" }))
        .collect();
    let wrong = run(&scratch, &["--settled=c499=done"]);
    assert!(
        wrong.exit == 2 && wrong.stderr.contains("nothing can be settled by"),
        "{}",
        wrong.stderr
    );
    let told = run(&scratch, &[&format!("--settled={}", settled.join(","))]);
    assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
    let log = logged(&scratch);
    assert_eq!((log.len(), log.iter().collect::<BTreeSet<_>>().len()), (500, 500));
}

/// A cluster in files: `service` says which slot serves, `image-NAME` what a Deployment runs.
const KUBECTL: &str = r#"#!/bin/sh
echo "kubectl $*" >>"$LOG"
shift 2
case "$1 $2" in
'get service') cat "$CLUSTER/service" ;;
'get deployment')
  [ -e "$CLUSTER/image-$3" ] || { case "$*" in *--ignore-not-found*) exit 0 ;; *) echo "no deployment $3" >&2; exit 1 ;; esac; }
  case "$*" in *jsonpath*) cat "$CLUSTER/image-$3" ;; *) echo "deployment/$3" ;; esac ;;
'apply -f') cat >"$CLUSTER/applied"; sed -n 's/^name: //p' "$CLUSTER/applied" | { read -r name; sed -n 's/^image: //p' "$CLUSTER/applied" | tr -d '\n' >"$CLUSTER/image-$name"; } ;;
'patch service') printf '%s' "$7" | sed 's/.*"slot":"\([a-z]*\)".*/\1/' | tr -d '\n' >"$CLUSTER/service" ;;
'delete deployment') rm -f "$CLUSTER/image-$3" ;;
'set image') printf '%s' "${4#*=}" >"$CLUSTER/image-${3#deployment/}" ;;
'rollout status') [ ! -e "$CLUSTER/ill" ] || { echo "deadline exceeded" >&2; exit 1; } ;;
*) echo "what is $*" >&2; exit 9 ;;
esac
"#;

/// A run of a strategy against that cluster; what the cluster is like afterwards.
fn in_cluster(strategy: &str, is_ill: bool) -> (Told, Vec<String>, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let kubectl = scratch.write("bin/kubectl", KUBECTL);
    std::fs::set_permissions(kubectl, std::fs::Permissions::from_mode(0o755)).unwrap();
    scratch.write("cluster/service", "blue");
    scratch.write("cluster/image-api-blue", "api:v1");
    scratch.write("cluster/image-api", "api:v1");
    if is_ill {
        scratch.write("cluster/ill", "");
    }
    scratch.write("deploy/api.yaml", "name: api-@SLOT@\nimage: api:@VERSION@\n");
    let component = format!(
        "[deploy]\n[[deploy.component]]\nname = \"api\"\nstrategy = {strategy:?}\nsoak = \"20ms\"\ninterval = \"5ms\"\n"
    );
    scratch.write("c.toml", component);
    let path = format!("{}:/usr/bin:/bin", scratch.at("bin").display());
    let told = local(&["deploy-run", "--environment=staging", "--release=v2", "--config=c.toml"])
        .env("PATH", path)
        .env("LOG", scratch.at("log"))
        .env("CLUSTER", scratch.at("cluster"))
        .at(scratch.path())
        .run();
    let state = |name: &str| {
        let file = format!("cluster/{name}");
        if scratch.has(&file) {
            format!("{name}={}", scratch.read_text(&file))
        } else {
            format!("{name} gone")
        }
    };
    let cluster = ["service", "image-api-blue", "image-api-green", "image-api"].map(state).to_vec();
    (told, cluster, scratch.read_text("log"))
}

#[test]
fn blue_green_switches_what_serves_once_it_is_healthy_and_removes_the_other() {
    let (told, cluster, log) = in_cluster("blue-green", false);
    assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
    assert_eq!(
        cluster,
        ["service=green", "image-api-blue gone", "image-api-green=api:v2", "image-api=api:v1"]
    );
    let place = |words: &str| log.find(words).unwrap_or_else(|| panic!("no {words} in {log}"));
    assert!(place("apply") < place("patch") && place("patch") < place("delete"));

    let (told, cluster, log) = in_cluster("blue-green", true);
    assert_eq!(told.exit, 1, "{}\n{}", told.stdout, told.stderr);
    assert_eq!(
        cluster,
        ["service=blue", "image-api-blue=api:v1", "image-api-green gone", "image-api=api:v1"]
    );
    assert!(!log.contains("\"slot\":\"green\""), "no traffic went there: {log}");
}

/// A run of a strategy with programs that note their words and answer like this; it fails once at the word `upgrade`,
/// `sync` or `reconcile`, and what was said to them.
fn with_program(strategy: &str, program: &str, answers: &str) -> (Told, Vec<String>) {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    for name in ["helm", "argocd", "flux"] {
        let answers = if name == program { answers } else { "" };
        let script = format!(
            "#!/bin/sh\necho \"{name} $*\" >>\"$LOG\"\n{answers}\ncase \"$1 $2\" in\nupgrade*|'app sync'|reconcile*) [ -e \"$LOG.once\" ] || {{ touch \"$LOG.once\"; exit 1; }} ;;\nesac\n"
        );
        let path = scratch.write(format!("bin/{name}"), script);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let config =
        format!("[deploy]\n[[deploy.component]]\nname = \"api\"\nstrategy = {strategy:?}\n");
    scratch.write("c.toml", config);
    let told = local(&["deploy-run", "--environment=staging", "--release=v2", "--config=c.toml"])
        .env("PATH", format!("{}:/usr/bin:/bin", scratch.at("bin").display()))
        .env("LOG", scratch.at("log"))
        .at(scratch.path())
        .run();
    let log = scratch.read_text("log");
    (told, log.lines().map(str::to_owned).collect())
}

#[test]
fn releases_and_applications_go_back_to_the_revision_that_served() {
    let list =
        |releases: &str| format!("[ \"$1\" != list ] || {{ printf '%s' '{releases}'; exit; }}");
    let third = list(
        r#"[{"name":"api","namespace":"staging","revision":"3","updated":"2026-11-22","status":"deployed"}]"#,
    );
    let ending = |log: &[String]| log.last().cloned().unwrap();
    let (told, log) = with_program("helm", "helm", &third);
    assert_eq!(told.exit, 1, "{}", told.stderr);
    assert_eq!(ending(&log), "helm rollback api 3 --namespace staging --wait --timeout 10m");
    // What was not there before is there no longer.
    let (told, log) = with_program("helm", "helm", &list("[]"));
    assert_eq!(told.exit, 1, "{}", told.stderr);
    assert_eq!(
        ending(&log),
        "helm uninstall api --namespace staging --ignore-not-found --wait --timeout 10m"
    );
    let (told, log) = with_program("flux", "helm", &third);
    assert_eq!(told.exit, 1, "{}", told.stderr);
    assert_eq!(ending(&log), "helm rollback api 3 --namespace staging --wait --timeout 10m");
    // Nothing is begun where nobody can say what serves.
    for answers in [list("<html>"), list(""), "exit 1".to_owned()] {
        let (told, log) = with_program("helm", "helm", &answers);
        assert_eq!(told.exit, 1, "{}", told.stderr);
        assert!(!log.iter().any(|it| it.contains("upgrade")), "{answers}: {log:?}");
    }
    let app = r#"[ "$2" != get ] || { printf '%s\n' '{' ' "spec": {' '  "source": {' '   "targetRevision": "v1.9"' '}}}'; exit; }"#;
    let (told, log) = with_program("argocd", "argocd", app);
    assert_eq!(told.exit, 1, "{}", told.stderr);
    let set: Vec<&String> = log.iter().filter(|it| it.contains("app set")).collect();
    assert_eq!(set, ["argocd app set api --revision v2", "argocd app set api --revision v1.9"]);
    assert_eq!(ending(&log), "argocd app wait api --sync --health --timeout 600");
}

#[test]
fn a_rolling_deployment_is_undone_where_it_does_not_come_up() {
    let (told, cluster, _) = in_cluster("rolling", false);
    assert_eq!(told.exit, 0, "{}\n{}", told.stdout, told.stderr);
    assert_eq!(cluster[3], "image-api=api:v2");
    let (told, cluster, log) = in_cluster("rolling", true);
    assert_eq!(told.exit, 1, "{}\n{}", told.stdout, told.stderr);
    // Back to what served before, by its name.
    assert_eq!(cluster[3], "image-api=api:v1", "{log}");
    assert!(log.contains("set image deployment/api api=api:v1"), "{log}");
}
