//! Items whose names are written to be obeyed: they are names, and nothing else happens.

use std::fs;

use end_to_end::release;
use end_to_end::suite::{Suite, prove, read_reports, write_json};
use testkit::{Scratch, runner};

use crate::shared;

const WORKFLOW: &str = include_str!("../../workflows/own-suite.yml");

/// Each would do something if any step between discovery and proof took it for words.
const NAMES: &[&str] = &[
    "::set-output name=injected::yes",
    "::error::injected",
    "##[error]injected",
    "first\n::error::injected",
    "first\ninjected=yes",
    "first\r::warning::injected",
    "$(touch \"$STAND_IN_STORE/injected\")",
    "`touch \"$STAND_IN_STORE/injected\"`",
    "'; touch \"$STAND_IN_STORE/injected\"; '",
    "${{ github.token }}",
    "${{ secrets.CANARY }}",
    "--injected",
    "@injected",
    "| table | <script>injected</script>",
    "\u{202e}injected",
    " leading and trailing ",
    "plain",
];

const CANARY: &str = "canary-3f0c9d";

#[test]
fn hostile_names_are_names() {
    let scratch = Scratch::new();
    let suite = Suite::Names(NAMES.iter().map(|name| (*name).to_owned()).collect());
    write_json(&scratch.at("suite.json"), &suite).unwrap();
    let timings = scratch.write("timings.json", "{\"plain\": 1.5, \"::error::injected\": 2}");
    let recorded = release::recorded(&shared::tools(), scratch.path()).unwrap();
    let ran = shared::act(WORKFLOW)
        .env("SIGNALBOX_BIN_DIR", recorded)
        .env("OWN_SUITE", env!("CARGO_BIN_EXE_suite"))
        .env("OWN_SUITE_FILE", scratch.at("suite.json"))
        .env("OWN_TIMINGS", timings)
        .env("OWN_SHARDS", "3")
        .secret("GITHUB_TOKEN", CANARY)
        .secret("CANARY", CANARY)
        .run()
        .unwrap();

    let jobs = [("plan", 1), ("test", 3), ("prove", 1)];
    assert_eq!(ran.log.wrongs(&jobs), Vec::<String>::new());
    let reports = read_reports(&ran.artifacts()).unwrap();
    let proof = prove(&suite.items(), &[0, 1, 2], &reports);
    assert!(proof.holds(), "{proof}");

    // No output beyond the declared ones, and no name in the one that becomes the matrix.
    let outputs = ran.log.outputs("plan", "shard");
    assert!(!outputs.contains_key("injected"));
    assert!(!outputs["matrix"].contains("injected"), "{}", outputs["matrix"]);
    assert!(ran.log.annotations().iter().all(|told| told.message != "injected"));

    // What the tool printed, read as GitHub's runner reads it.
    let printed = scratch.read_text("printed");
    assert!(printed.contains("`::error::injected`"), "{printed}");
    for command in runner::commands(&printed) {
        assert!(!command.data.starts_with("injected"), "{command:?}");
        assert_ne!(command.name, "set-output");
    }

    // Nothing was started, and no secret was put into a name. act removes where steps ran; what a
    // name could have made lies in the store, which every step knows.
    assert!(!ran.artifacts().join("injected").exists());
    let plan = fs::read_to_string(ran.artifacts().join("shard-plan/shard-plan.json")).unwrap();
    assert!(!plan.contains(CANARY));
    let summary = ran.log.summaries("plan").concat();
    assert!(summary.contains("`::error::injected`"), "{summary}");
    assert!(!summary.contains(CANARY) && !summary.contains("<script>"), "{summary}");
}

/// The test above looks where a name that is obeyed would leave its mark.
#[test]
fn a_name_that_is_obeyed_would_be_seen() {
    let workflow = format!("{}      - run: touch \"$STAND_IN_STORE/injected\"\n", shared::ONE_JOB);
    let ran = shared::act(&workflow).run().unwrap();
    assert!(ran.artifacts().join("injected").exists());
}

/// What an earlier step exported into the shell of ours: nothing in it is a program's path.
#[test]
fn exported_functions_do_not_stand_in_for_programs() {
    let hijack = "() { touch \"$STAND_IN_STORE/injected\"; exit 9; }";
    let names = ["bash", "env", "exec", "exit", "printf", "test", "[", "unset", "tool", "command"];
    let mut act = shared::act(&format!(
        "{}      - run: printf 'a\\nb\\n' > items.txt
        shell: sh
      - id: shard
        uses: org/actions/shard@v1
        with:
          items: items.txt
          shards: 2
",
        shared::ONE_JOB
    ));
    for name in names {
        act = act.env(&format!("BASH_FUNC_{name}%%"), hijack);
    }
    let ran = act.run().unwrap();
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    assert_eq!(ran.log.outputs("job", "shard")["shards"], "2");
    assert!(!ran.artifacts().join("injected").exists());
}
