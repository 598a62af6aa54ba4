//! Workflows that cache with other actions.

use testkit::{Told, Tool};

fn imported(workflow: &str) -> Told {
    Tool::new(env!("CARGO_BIN_EXE_cache-key"))
        .in_actions()
        .file("ci.yml", workflow)
        .args(["import", "--workflow", "ci.yml"])
        .run()
}

#[track_caller]
fn check(workflow: &str, wanted: &str, notes: &[&str]) {
    let told = imported(workflow);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(told.outputs["equivalent"], wanted);
    for note in notes {
        assert!(told.stdout.contains(note), "{note}: {}", told.stdout);
    }
}

#[test]
fn rust_cache_moves_by_one_line() {
    check(
        "- uses: Swatinem/rust-cache@v2\n  id: cache\n  with:\n    shared-key: all\n    workspaces: |\n      .\n      fuzz -> target\n    save-if: ${{ github.ref == 'refs/heads/main' }}\n    cache-all-crates: true\n",
        "# line 1: Swatinem/rust-cache@v2\n- uses: org/actions/cache-key@v1\n  id: cache\n  with:\n    shared-key: all\n    workspaces: |2\n      .\n      fuzz -> target\n    save-if: ${{ github.ref == 'refs/heads/main' }}\n",
        &["cache-all-crates", "CARGO_INCREMENTAL"],
    );
}

#[test]
fn a_cache_of_paths_becomes_the_ecosystem_that_has_them() {
    check(
        "jobs:\n  a:\n    steps:\n      - uses: actions/cache@v5\n        with:\n          path: |\n            ~/.cargo/registry\n            target\n          key: ${{ runner.os }}-${{ matrix.rust }}-${{ hashFiles('**/Cargo.lock') }}\n          restore-keys: ${{ runner.os }}-\n",
        "# line 4: actions/cache@v5\n- uses: org/actions/cache-key@v1\n  with:\n    ecosystems: cargo\n    layers: registry,deps\n    key: ${{ matrix.rust }}\n",
        &["restore-keys"],
    );
    check(
        "- uses: actions/cache@v5\n  with: {path: data, key: x}\n",
        "# line 1: actions/cache@v5\n- uses: org/actions/cache-key@v1\n  with:\n    ecosystems: none\n    layers: registry\n    paths: data\n    recipe: \"value: key=x\"\n",
        &["Nothing is known of what is in"],
    );
    check(
        "- uses: actions/cache@v5\n  with:\n    path: |\n      ~/.cargo/registry\n      ~/.cache/ccache\n    key: ${{ runner.os }}-v2-${{ matrix.cc }}-${{ hashFiles('**/Cargo.lock', './cmake/**') }}\n    restore-keys: ${{ runner.os }}-v2-\n",
        "# line 1: actions/cache@v5\n- uses: org/actions/cache-key@v1\n  with:\n    ecosystems: cargo\n    layers: registry\n    paths: \"~/.cache/ccache -> same-system\"\n    recipe: |2\n      files: cmake/**\n      value: key=v2-${{ matrix.cc }}\n    key: ${{ matrix.cc }}\n",
        &["see that `recipe` says all"],
    );
}

#[test]
fn what_is_not_carried_over_is_told() {
    check(
        "- uses: actions/cache@v5\n  with:\n    path: |\n      ~/.npm\n      node_modules\n    key: ${{ hashFiles('package-lock.json', 'patches/**') }}\n",
        "# line 1: actions/cache@v5\n- uses: org/actions/cache-key@v1\n  with:\n    ecosystems: npm\n    layers: registry,deps\n",
        &[
            "`node_modules` is not kept beside the others",
            "`patches/**` is not a part of the key here",
        ],
    );
}

#[test]
fn a_step_that_sets_a_language_up_stays_and_ours_follows() {
    let told =
        imported("- uses: actions/setup-go@v6\n  if: always()\n  with: {go-version: '1.25'}\n");
    assert!(told.outputs["equivalent"].contains("add `cache: false` to that step"));
    assert!(told.outputs["equivalent"].contains("ecosystems: go\n    layers: registry\n"));
    assert!(!told.outputs["equivalent"].contains("if:"));
}

#[test]
fn a_workflow_that_caches_nothing_is_no_answer() {
    for workflow in [
        "- uses: actions/setup-node@v6\n",
        "- uses: actions/setup-go@v6\n  with: {cache: false}\n",
        "{}\n",
    ] {
        let told = imported(workflow);
        assert_eq!(told.exit, 2, "{}", told.stdout);
        assert_eq!(told.outputs["equivalent"], "");
    }
    assert_eq!(imported("a: [").exit, 2);
}
