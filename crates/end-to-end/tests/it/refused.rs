//! Inputs that the action must refuse: the step fails, says which input, and hands over nothing.

use end_to_end::release;
use testkit::{Scratch, runner};

use crate::shared;

/// Runs a job whose last step, `refused`, must fail with an error that names this input or file.
#[track_caller]
fn check(steps: &str, named: &str) {
    let scratch = Scratch::new();
    let recorded = release::recorded(&shared::tools(), scratch.path()).unwrap();
    let outcome = "      - id: seen
        env:
          OUTCOME: ${{ steps.refused.outcome }}
          OUTPUTS: ${{ toJSON(steps.refused.outputs) }}
        run: |
          printf 'outcome=%s\\n' \"$OUTCOME\" >> \"$GITHUB_OUTPUT\"
          printf 'outputs<<END_OF_OUTPUTS\\n%s\\nEND_OF_OUTPUTS\\n' \"$OUTPUTS\" >> \"$GITHUB_OUTPUT\"
";
    let workflow = format!("{}{steps}{outcome}", shared::ONE_JOB);
    let ran = shared::act(&workflow).env("SIGNALBOX_BIN_DIR", recorded).run().unwrap();
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new());

    let seen = ran.log.outputs("job", "seen");
    assert_eq!(seen["outcome"], "failure");
    let outputs: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(seen["outputs"]).unwrap();
    for (name, value) in &outputs {
        assert!(name == "json" || value == "", "{name} is {value}");
    }
    let json = outputs["json"].as_str().unwrap();
    let printed = runner::commands(&scratch.read_text("printed"));
    let errors: Vec<String> =
        printed.iter().filter(|command| command.name == "error").map(told).collect();
    assert!(errors.iter().any(|error| error.contains(named)), "{named}: {errors:?}");
    let plain = named.replace('`', "");
    assert!(json.contains(&plain), "{named}: {json}");
}

/// An annotation's place and words.
fn told(command: &runner::Command) -> String {
    let place = command.properties.get("file").map_or("", String::as_str);
    format!("{place}: {}", command.data)
}

#[test]
fn too_many_shards() {
    check(
        "      - run: echo a > items.txt
      - id: refused
        continue-on-error: true
        uses: org/actions/shard@v1
        with:
          items: items.txt
          shards: 257
",
        "(input `shards`)",
    );
}

#[test]
fn no_items() {
    check(
        "      - run: touch items.txt
      - id: refused
        continue-on-error: true
        uses: org/actions/shard@v1
        with:
          items: items.txt
          shards: 2
",
        "items.txt",
    );
}

#[test]
fn an_index_that_the_plan_does_not_have() {
    check(
        "      - run: printf 'a\\nb\\n' > items.txt
      - uses: org/actions/shard@v1
        with:
          items: items.txt
          shards: 2
      - id: refused
        continue-on-error: true
        uses: org/actions/shard@v1
        with:
          index: 2
          total: 2
",
        "`index`",
    );
}

#[test]
fn no_plan() {
    check(
        "      - id: refused
        continue-on-error: true
        uses: org/actions/shard@v1
        with:
          index: 0
          total: 2
",
        "shard-plan.json",
    );
}
