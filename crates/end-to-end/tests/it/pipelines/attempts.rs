//! Deployments that are run again: what an earlier attempt has done is known, or nothing is done.

use std::fs;

use end_to_end::act::Ran;
use end_to_end::workspace_root;
use testkit::Scratch;

use super::{ZERO, push};
use crate::shared;

const CALLER: &str = "\
name: deploy
on:
  push:
    tags: [\"v*\"]
permissions: {}
jobs:
  staging:
    permissions:
      contents: read
      actions: read
      id-token: write
    uses: org/actions/.github/workflows/pipeline-deploy.yml@v1
    with:
      environment: staging
      release: ${{ github.ref_name }}
      settled: ${{ vars.SETTLED }}
";

/// The second component fails as long as a file is there.
const CONFIG: &str = r#"
[deploy]
on-failure = "stop"
parallel = 1

[[deploy.component]]
name = "db"
deploy = "echo \"out $COMPONENT\" >>\"$SEEN\""

[[deploy.component]]
name = "api"
depends-on = ["db"]
deploy = "echo \"out $COMPONENT\" >>\"$SEEN\"; test ! -e \"$SEEN.broken\""
"#;

const RUN_ID: u64 = 4711;

/// The attempts of one run, which leave their artifacts at one place.
struct Attempts(Scratch);

impl Attempts {
    /// Those of a run whose first attempt has deployed the database, and not the API.
    #[track_caller]
    fn begun() -> Self {
        let scratch = Scratch::new();
        fs::create_dir(scratch.at("store")).unwrap();
        scratch.write("seen.broken", "");
        let attempts = Self(scratch);
        let (ran, seen) = attempts.run(1, &[], "");
        assert_eq!(ran.log.failed_legs("deploy").len(), 1, "{:#?}", ran.log.annotations());
        assert_eq!(seen, ["out db", "out api"]);
        fs::remove_file(attempts.0.at("seen.broken")).unwrap();
        attempts
    }

    /// What an attempt comes to, and what it has deployed.
    fn run(&self, attempt: u64, variables: &[(&str, &str)], settled: &str) -> (Ran, Vec<String>) {
        self.0.write("seen", "");
        let act = shared::act(CALLER)
            .file(".github/signalbox.toml", CONFIG)
            .programs(&workspace_root().join("crates/end-to-end/stand-ins/programs"))
            .env("SEEN", self.0.at("seen"))
            .env("STAND_IN_STORE", self.0.at("store"))
            .secret("GITHUB_TOKEN", "a-token")
            .var("SETTLED", settled)
            .attempt(RUN_ID, attempt);
        let act = variables.iter().fold(act, |act, (name, value)| act.env(name, *value));
        let commit = act.commit("released").unwrap();
        act.git(&["tag", "v1.2.3"]).unwrap();
        let ran = act.payload(&push("refs/tags/v1.2.3", ZERO, &commit)).run().unwrap();
        let seen = self.0.read_text("seen").lines().map(str::to_owned).collect();
        // A job that is run again writes it down once more.
        let _ = fs::remove_dir_all(self.0.at("store/evidence-staging"));
        (ran, seen)
    }

    /// Loses an artifact.
    fn lose(&self, name: &str) {
        fs::remove_dir_all(self.0.at("store").join(name)).unwrap();
    }

    /// Sees that an attempt does nothing, and why.
    #[track_caller]
    fn check_refused(&self, attempt: u64, variables: &[(&str, &str)], settled: &str, said: &str) {
        let (ran, seen) = self.run(attempt, variables, settled);
        assert_eq!(ran.log.failed_legs("deploy").len(), 1);
        assert_eq!(ran.log.failed_legs("gate").len(), 1);
        assert_eq!(seen, Vec::<String>::new());
        let found = ran.log.annotations();
        assert!(found.iter().any(|it| it.message.contains(said)), "{found:#?}");
    }

    /// Sees that an attempt ends well and deploys these.
    #[track_caller]
    fn check(&self, attempt: u64, settled: &str, wanted: &[&str]) {
        let (ran, seen) = self.run(attempt, &[], settled);
        let jobs = [("plan", 1), ("deploy", 1), ("gate", 1)];
        assert_eq!(ran.log.wrongs(&jobs), Vec::<String>::new(), "{:#?}", ran.log.annotations());
        assert_eq!(seen, wanted);
    }
}

#[test]
fn a_further_attempt_goes_on_where_the_one_before_it_ended() {
    let attempts = Attempts::begun();
    attempts.check_refused(2, &[("GH_FAILS", "/artifacts")], "", "GitHub does not say what");
    // That attempt began nothing, so the third goes on where the first one ended.
    attempts.check(3, "", &["out api"]);
}

#[test]
fn a_state_that_is_lost_is_not_none() {
    let attempts = Attempts::begun();
    let expired = [("EXPIRED", "deployment-staging-1")];
    attempts.check_refused(2, &expired, "", "say `4711-1:afresh` in the input `settled`");
    attempts.lose("deployment-staging-1");
    let lost = "Attempt 1 began, and its state `deployment-staging-1` is not there";
    // What was seen of another attempt, or of a step of a state that is lost, says nothing of this one.
    for other in ["4711-2:afresh", "4711-1:db=done"] {
        attempts.check_refused(2, &[], other, lost);
    }
    attempts.check(2, "4711-1:afresh", &["out db", "out api"]);
}

#[test]
fn the_state_of_an_older_attempt_says_nothing_of_one_that_was_killed() {
    let attempts = Attempts::begun();
    fs::create_dir(attempts.0.at("store/deploying-staging-2")).unwrap();
    attempts.check_refused(3, &[], "", "Attempt 2 began, and its state `deployment-staging-2`");
}

/// A re-run of all jobs hides the artifacts of the attempts before it.
#[test]
fn what_an_attempt_has_left_is_not_all_that_it_has_done() {
    let attempts = Attempts::begun();
    attempts.lose("deployment-staging-1");
    attempts.lose("deploying-staging-1");
    let steps = |deploy: &str| {
        let mark = r#"{"name": "Leave a mark that it begins", "status": "completed", "conclusion": "success"}"#;
        attempts.0.write("store/steps-1.json", format!("[{mark}{deploy}]"));
    };
    let lost = "Attempt 1 began, and its state `deployment-staging-1` is not there";
    let killed = r#", {"name": "Deploy", "status": "in_progress", "conclusion": null}"#;
    steps(killed);
    attempts.check_refused(2, &[], "", lost);
    attempts.check_refused(2, &[("GH_FAILS", "/jobs")], "", "does not say how far attempt 1");
    steps(r#", {"name": "Deploy", "status": "completed", "conclusion": "skipped"}"#);
    attempts.check(2, "", &["out db", "out api"]);
}

/// A job that an attempt has only kept has done nothing in it.
#[test]
fn an_attempt_that_kept_the_job_is_passed_over() {
    let attempts = Attempts::begun();
    let steps = r#"[{"name": "Leave a mark that it begins", "conclusion": "success"}, {"name": "Deploy", "conclusion": "failure"}]"#;
    attempts.0.write("store/steps-2.json", steps);
    let (ran, seen) = attempts.run(3, &[("RAN_IN", "1")], "");
    assert_eq!(ran.log.failed_legs("deploy").len(), 0, "{:#?}", ran.log.annotations());
    assert_eq!(seen, ["out api"]);
}

#[test]
fn an_attempt_that_never_began_leaves_nothing_to_go_on_with() {
    let attempts = Attempts::begun();
    attempts.lose("deployment-staging-1");
    attempts.lose("deploying-staging-1");
    attempts.check(2, "", &["out db", "out api"]);
}
