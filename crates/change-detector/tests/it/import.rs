//! Steps of dorny/paths-filter, as steps of ours.

use testkit::{Repository, Told};

use crate::events::Story;
use crate::tool::{check_no_answer, local, look, pull_request, step};

#[track_caller]
fn imported(workflow: &str) -> Told {
    let it = Repository::new();
    it.write("workflow.yml", workflow);
    let told = step(&it, &[("workflow", "workflow.yml")]).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    told
}

/// Two filters, each with a job: the case that most workflows are.
const USUAL: &str = "
name: checks
on: [push, pull_request]
jobs:
  look:
    runs-on: ubuntu-latest
    outputs:
      server: ${{ steps.filter.outputs.server }}
      site: ${{ steps.filter.outputs.site }}
    steps:
      - uses: actions/checkout@v4
      - uses: dorny/paths-filter@v3
        id: filter
        with:
          filters: |
            server:
              - 'server/**'
            site:
              - 'site/**'
  server:
    needs: look
    if: ${{ needs.look.outputs.server == 'true' }}
    runs-on: ubuntu-latest
    steps:
      - run: make
";

#[test]
fn a_usual_workflow_becomes_one_step_and_two_expressions() {
    let told = imported(USUAL);
    insta::assert_snapshot!(told.outputs["equivalent"], @"
    # line 12: dorny/paths-filter@v3
    - uses: org/actions/changes@v1
      id: filter
      with:
        quantifier: some
        # Without the line above, a pattern that begins with ! excludes.
        # dorny compares pushes to other branches with the default branch. To keep that:
        # base: ${{ github.event.repository.default_branch }}
        filters: |2
          server:
            - 'server/**'
          site:
            - 'site/**'
    ");
    assert!(
        told.summary.contains("fromJSON(steps.filter.outputs.filters).server"),
        "{}",
        told.summary
    );
    assert!(
        told.summary.contains("fromJSON(steps.filter.outputs.filters).site"),
        "{}",
        told.summary
    );
}

/// Everything that dorny/paths-filter takes.
const EVERYTHING: &str = "
jobs:
  look:
    steps:
      - uses: dorny/paths-filter@de90cc6fb38fc0963ad72b210f1f284cd68cea36 # v3.0.2
        id: f-1
        with:
          token: ${{ github.token }}
          initial-fetch-depth: '50'
          base: ${{ github.ref }}
          ref: release/1
          working-directory: sub folder
          list-files: escape
          predicate-quantifier: every
          filters: |
            common: &common
              - libs/**
            server:
              - *common
              - added|modified: 'server/**'
              - '!**/*.md'
      - uses: dorny/paths-filter@v2
        with:
          base: HEAD
          list-files: csv
          filters: .github/filters.yml
      - name: reads
        if: steps.f-1.outputs.server == 'true' || steps.f-1.outputs.changes != '[]'
        run: echo ${{ steps.f-1.outputs.server_files }} ${{ steps.f-1.outputs.server_count }}
";

#[test]
fn every_input_has_its_place() {
    let told = imported(EVERYTHING);
    insta::assert_snapshot!(told.outputs["equivalent"], @r#"
    # line 5: dorny/paths-filter@de90cc6fb38fc0963ad72b210f1f284cd68cea36
    - uses: org/actions/changes@v1
      id: f-1
      with:
        quantifier: every
        base: ${{ github.ref }}
        head: release/1
        working-directory: "sub folder"
        list-files: shell
        filters: |2
          common: &common
            - libs/**
          server:
            - *common
            - added|modified: 'server/**'
            - '!**/*.md'

    # line 22: dorny/paths-filter@v2
    - uses: org/actions/changes@v1
      with:
        quantifier: some
        # Without the line above, a pattern that begins with ! excludes.
        base: HEAD
        worktree: true
        list-files: csv
        filters: ".github/filters.yml"
    "#);
    let uses = ["filters).server", "filter-files).server", "counts).server"];
    for name in uses {
        assert!(
            told.summary.contains(&format!("fromJSON(steps.f-1.outputs.{name}")),
            "{}",
            told.summary
        );
    }
    let notices: Vec<String> = told.commands().into_iter().map(|command| command.data).collect();
    assert_eq!(notices.len(), 2, "{notices:?}");
    assert!(
        notices[0].contains("`token`") && notices[1].contains("`initial-fetch-depth`"),
        "{notices:?}"
    );
}

/// The value of `filters` in a step of ours, read as YAML's block scalars are.
fn filters(equivalent: &str) -> String {
    let lines = equivalent.lines().skip_while(|line| *line != "    filters: |2").skip(1);
    let lines = lines.map(|line| line.strip_prefix("      ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_same_filters_say_the_same() {
    let it = Story::new();
    let workflow = "
jobs:
  x:
    steps:
      - uses: dorny/paths-filter@v3
        with:
          filters: |
            src: &src ['src/**']
            new:
              - added: *src
            none: 'none/**'
            not: ['docs/**', '!src/**']
";
    let told = imported(workflow);
    let filters = filters(&told.outputs["equivalent"]);
    let told = look(&it.clone, pull_request(&it.d, &it.f))
        .input("filters", &filters)
        .input("quantifier", "some");
    let told = told.run();
    // docs/guide.md and src/topic.txt: dorny's `some` takes what is not in src as well, one file each way.
    assert_eq!(told.outputs["counts"], r#"{"new":1,"none":0,"not":1,"src":1}"#, "{}", told.stdout);
}

#[test]
fn a_workflow_that_is_none_is_no_answer() {
    let it = Repository::new();
    let told = |workflow: &str| {
        it.write("workflow.yml", workflow);
        step(&it, &[("workflow", "workflow.yml")]).run()
    };
    check_no_answer(&told("jobs: {}\n"), "No step of this workflow is one of dorny/paths-filter");
    check_no_answer(&told("jobs: [\n"), "");
    check_no_answer(&told(""), "");
    check_no_answer(
        &step(&it, &[("workflow", "none.yml")]).run(),
        "The workflow `none.yml`: reading failed",
    );
}

#[test]
fn a_workflow_may_come_from_standard_input() {
    let it = Repository::new();
    let told =
        local(&it, &["import-dorny", "--workflow", "-", "--format", "args"]).stdin(USUAL).run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(
        told.stdout.contains("- uses: org/actions/changes@v1\n  id: filter\n"),
        "{}",
        told.stdout
    );
}

#[test]
fn a_hostile_workflow_writes_no_commands_and_no_other_steps() {
    let workflow = "
x:
  - uses: \"dorny/paths-filter@v3\\n- run: touch x\"
    id: \"a\\n  with: {token: x}\"
    with:
      base: \"x\\n- run: evil\"
      list-files: \"::error::x\"
      token: y
      filters: \"a: 'b'\\n##[error]x\\n::error::y\"
";
    let told = imported(workflow);
    let equivalent = &told.outputs["equivalent"];
    assert!(!equivalent.lines().any(|line| line.trim_start().starts_with("- run")), "{equivalent}");
    // One step, with its comment.
    let at_margin = equivalent.lines().filter(|line| !line.starts_with(' ')).count();
    assert_eq!(at_margin, 2, "{equivalent}");
    let names: Vec<String> = told.commands().into_iter().map(|command| command.name).collect();
    assert_eq!(names, ["notice"], "{}", told.stdout);
}
