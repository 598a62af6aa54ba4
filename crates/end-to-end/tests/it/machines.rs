//! The two steps by which an action starts its tool: bash's, and on Windows pwsh's. A job runs one of them, the
//! outputs are those of the one that ran, and nothing that an earlier step has set gets in between.
//!
//! No runner here is one of Windows. So the second is run on this machine, by a tree whose actions take it for
//! Windows, with a stand-in that does what pwsh would: it says what it was started with.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use end_to_end::act::{Act, Ran};
use end_to_end::release::ReleaseTree;
use testkit::{Scratch, runner};

use crate::shared;

/// Each action with what its steps are, where all of them run.
const ACTIONS: &[(&str, &str)] = &[
    ("cache-key", "run restore explain save"),
    ("changes", "run"),
    ("gate", "run"),
    ("shard", "run"),
];

/// The steps of an action that start its tool, and their conditions.
fn conditions(action: &str) -> Vec<(String, String)> {
    let tree = shared::release_tree();
    let yml = fs::read_to_string(tree.path().join(action).join("action.yml")).unwrap();
    let (_, steps) = yml.split_once("\n  steps:\n").unwrap();
    let of = |step: &str, key: &str| {
        let line = step.lines().find_map(|line| line.trim_start().strip_prefix(key));
        line.unwrap_or_default().to_owned()
    };
    let steps = steps.split("    - id: ").skip(1);
    steps.map(|step| (step.lines().next().unwrap().to_owned(), of(step, "if: "))).collect()
}

/// The inputs that every action has, and hands to both of its steps.
const COMMON: &[&str] = &["working-directory", "base-url", "build", "summary", "annotations"];

#[test]
fn every_tool_is_handed_the_common_inputs_on_every_machine() {
    let tree = shared::release_tree();
    for (action, _) in ACTIONS {
        let yml = fs::read_to_string(tree.path().join(action).join("action.yml")).unwrap();
        let starts = yml.lines().filter(|line| line.contains("/../lib/install.")).count();
        assert!(starts >= 2 && starts % 2 == 0, "{action}: {starts}");
        for input in COMMON {
            assert!(yml.contains(&format!("\n  {input}:\n")), "{action} has no input {input}");
            let variable = input.to_uppercase().replace('-', "_");
            let handed = format!("        SIGNALBOX_{variable}: ${{{{ inputs.{input} }}}}");
            let times = yml.lines().filter(|line| **line == handed).count();
            assert_eq!(times, starts, "{action}: {input}");
        }
    }
}

/// Of two steps one is for Windows and one for all else, by the same condition and its opposite.
#[test]
fn no_machine_runs_both_steps_or_none() {
    for (action, names) in ACTIONS {
        let steps = conditions(action);
        let mut seen = Vec::new();
        for (name, condition) in &steps {
            let Some(first) = name.strip_suffix("-windows") else {
                seen.push(name.as_str());
                continue;
            };
            let (_, other) = steps.iter().find(|(name, _)| name == first).unwrap();
            assert!(condition.starts_with("runner.os == 'Windows'"), "{action}: {condition}");
            assert_eq!(*other, condition.replacen("==", "!=", 1), "{action}: {name}");
        }
        assert_eq!(seen.join(" "), *names, "{action}");
        let pairs = steps.iter().filter(|(name, _)| name.ends_with("-windows")).count();
        let alone = ["restore", "save"];
        let wanted = seen.iter().filter(|name| !alone.contains(name)).count();
        assert_eq!(pairs, wanted, "{action}: {steps:?}");
    }
}

/// A job that plans with steps of its own in this shell, so that nothing but ours starts a bash.
fn planned(shell: &str) -> String {
    format!(
        "{}      - run: printf 'a\\nb\\n' > items.txt
        shell: {shell}
      - id: shard
        uses: org/actions/shard@v1
        with:
          items: items.txt
          shards: 2
",
        shared::ONE_JOB
    )
}

/// A job in whose environment all that bash would run first is planted.
fn hijacked(shell: &str) -> (Scratch, Ran) {
    let scratch = Scratch::new();
    let planted = scratch.write("planted", ": >\"$STAND_IN_STORE/injected\"\n");
    let ran = shared::act(&planned(shell))
        .env("BASH_ENV", &planted)
        .env("ENV", &planted)
        .env("SHELLOPTS", "xtrace:braceexpand")
        .env("PS4", "$(: >\"$STAND_IN_STORE/injected\")")
        .env("BASH_FUNC_set%%", "() { : >\"$STAND_IN_STORE/injected\"; }")
        .env("BASH_FUNC_tool%%", "() { : >\"$STAND_IN_STORE/injected\"; }")
        .env("CDPATH", scratch.path())
        .run()
        .unwrap();
    (scratch, ran)
}

#[test]
fn nothing_that_a_job_has_set_runs_before_the_script() {
    let (_planted, ran) = hijacked("sh");
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    assert_eq!(ran.log.outputs("job", "shard")["shards"], "2");
    assert_eq!(ran.log.inner_steps("job", "shard"), ["run"]);
    assert!(!ran.artifacts().join("injected").exists());
}

/// The test above plants what a bash that is started otherwise does run.
#[test]
fn what_a_job_has_set_runs_in_another_bash() {
    let (_planted, ran) = hijacked("bash");
    assert!(ran.artifacts().join("injected").exists());
}

/// What stands for pwsh: it keeps the words that it was started with and the script, hands over an output,
/// and ends as it is told.
const STAND_IN: &str = "#!/bin/sh
printf '%s\\n' \"$@\" >\"$STAND_IN_STORE/words\"
script=${4#. \\'}
cat \"${script%\\'}\" >\"$STAND_IN_STORE/script\"
printf 'shards=%s\\n' \"$SIGNALBOX_SHARDS\" >>\"$GITHUB_OUTPUT\"
exit \"${OWN_EXIT:-0}\"
";

/// The release tree, whose actions take this machine for one of Windows.
fn as_on_windows() -> ReleaseTree {
    let tree = shared::release_tree().without_source().unwrap();
    for (action, _) in ACTIONS {
        let path = tree.path().join(action).join("action.yml");
        let yml = fs::read_to_string(&path).unwrap();
        assert!(yml.contains("runner.os == 'Windows'"), "{action}");
        fs::write(path, yml.replace("runner.os", "format('Windows')")).unwrap();
    }
    tree
}

/// A job of that tree. Its pwsh is put on PATH as a set-up action would do it.
fn on_windows(exit: &str) -> Ran {
    let workflow = format!(
        "{}      - run: |
          mkdir -p \"$HOME/bin\"
          printf '%s' \"$OWN_STAND_IN\" > \"$HOME/bin/pwsh\"
          chmod +x \"$HOME/bin/pwsh\"
          echo \"$HOME/bin\" >> \"$GITHUB_PATH\"
      - id: shard
        continue-on-error: true
        uses: org/actions/shard@v1
        with:
          shards: 3
      - id: seen
        env:
          OUTCOME: ${{{{ steps.shard.outcome }}}}
          OUTPUTS: ${{{{ toJSON(steps.shard.outputs) }}}}
        run: |
          printf 'outcome=%s\\n' \"$OUTCOME\" >> \"$GITHUB_OUTPUT\"
          printf 'outputs<<END_OF_OUTPUTS\\n%s\\nEND_OF_OUTPUTS\\n' \"$OUTPUTS\" >> \"$GITHUB_OUTPUT\"
",
        shared::ONE_JOB
    );
    let act = Act::new(&workflow).unwrap().release(Arc::new(as_on_windows()));
    let ran = act.env("OWN_STAND_IN", STAND_IN).env("OWN_EXIT", exit).run().unwrap();
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    assert_eq!(ran.log.inner_steps("job", "shard"), ["run-windows"]);
    ran
}

/// All that the action hands over, as a later step sees it.
fn outputs(ran: &Ran) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(ran.log.outputs("job", "seen")["outputs"]).unwrap()
}

fn stored(ran: &Ran, name: &str) -> String {
    let path: &Path = &ran.artifacts().join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn on_windows_it_is_pwsh_without_a_profile() {
    let ran = on_windows("0");
    assert_eq!(ran.log.outputs("job", "seen")["outcome"], "success");
    assert_eq!(outputs(&ran)["shards"], "3");
    let words = stored(&ran, "words");
    let words: Vec<&str> = words.lines().collect();
    assert_eq!(words[..3], ["-NoProfile", "-NonInteractive", "-Command"]);
    // GitHub's runner gives the file pwsh's ending by the shell's first word; act does so for plain `pwsh` alone.
    assert!(words[3].starts_with(". '/") && words[3].ends_with('\''), "{words:?}");
    assert_eq!(words.len(), 4);
    let script = stored(&ran, "script");
    assert!(script.contains("/../lib/install.ps1\" shard-splitter;"), "{script}");
}

/// Every output is there, and empty, where the tool was not found: as with the other step.
#[test]
fn on_windows_a_failure_hands_over_nothing_new() {
    let ran = on_windows("3");
    assert_eq!(ran.log.outputs("job", "seen")["outcome"], "failure");
    let outputs = outputs(&ran);
    let yml = fs::read_to_string(shared::release_tree().path().join("shard/action.yml")).unwrap();
    let (_, declared) = yml.split_once("\noutputs:\n").unwrap();
    let (declared, _) = declared.split_once("\nruns:\n").unwrap();
    let names = declared.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'));
    let names: Vec<&str> = names.filter(|name| !name.starts_with(' ')).collect();
    assert!(names.contains(&"json"), "{names:?}");
    for name in names {
        let wanted = if name == "shards" { "3" } else { "" };
        assert_eq!(outputs[name], wanted, "{name}");
    }
}

/// What goes wrong before a tool runs is one annotation, and the step's exit code is the script's.
#[test]
fn without_a_binary_there_is_one_annotation() {
    let tree = shared::release_tree();
    for (action, tool) in [("shard", "shard-splitter"), ("gate", "gate-check")] {
        let yml = fs::read_to_string(tree.path().join(action).join("action.yml")).unwrap();
        let line = yml.lines().find_map(|line| line.strip_prefix("      run: tool=")).unwrap();
        let told = testkit::Tool::new("bash")
            .args([
                "--noprofile",
                "--norc",
                "-p",
                "-euo",
                "pipefail",
                "-c",
                &format!("tool={line}"),
            ])
            .env("PATH", std::env::var("PATH").unwrap())
            .env("GITHUB_ACTION_PATH", tree.path().join(action))
            .run();
        assert_eq!((told.exit, told.stdout.as_str()), (2, ""), "{}", told.stderr);
        let commands = runner::commands(&told.stderr);
        assert_eq!(commands.len(), 1, "{}", told.stderr);
        assert_eq!(commands[0].name, "error");
        assert_eq!(commands[0].properties["title"], "signalbox");
        assert!(
            commands[0].data.starts_with(&format!("this tree has no prebuilt {tool}. Ways out:"))
        );
    }
}
