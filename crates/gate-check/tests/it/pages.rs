//! The pages that people read: what blocks, why, and what to do first.

use crate::place::{GOOD, Place, fixture};
use crate::tool::tool;
use insta::assert_snapshot;

const POLICY: &str = "[gate.coverage]\nmin = 80\nmode = 'warn'\n[[gate.coverage.component]]\nname = 'shapes'\npaths = ['src/shapes.js']\nmin = 90\n[[gate.waiver]]\ngate = 'security'\nrule = 'RUSTSEC-2026-9001'\nowner = '@sec'\nreason = 'no fix yet'\nexpires = 2026-12-01\n";

fn place() -> Place {
    let lcov = GOOD.iter().find(|good| good.format == "lcov").unwrap();
    Place::of(lcov)
        .file(".github/signalbox.toml", POLICY)
        .file("lcov.info", lcov.bytes())
        .file("junit.xml", fixture("junit/nextest-flaky-and-failed.xml"))
        .file("audit.json", fixture("cargo-audit/two-versions-of-a-crate.json"))
}

#[test]
fn a_change_that_is_blocked() {
    let told = place().run("tests,coverage,security", "*.info\n*.xml\n*.json", &[]);
    assert_eq!(told.exit, 1);
    assert_snapshot!(told.summary, @"
    ### Gate: blocked

    > [!CAUTION]
    > `tests` blocks: `nt > tests::fails` failed: thread &#39;tests&#58;&#58;fails&#39; &#40;24460&#41; panicked at src&#47;lib&#46;rs&#58;4&#58;26 (`test-failed`). First: see `src/lib.rs`:4. `security` blocks too.

    | gate | verdict | measured | limit | found |
    | --- | --- | --- | --- | --- |
    | tests | ❌ fail | 3 of 4 tests passed, 1 flaky | every test, at least 1 | 1 fail |
    | coverage | ⚠️ warn | 45.4 % of 11 lines | at least 80 % | 2 warn |
    | security | ❌ fail | 6 findings: 2 critical, 2 medium, 1 low, 1 unrated | block: critical, unrated, secrets; review: high; acknowledge: medium; track: low | 1 fail, 2 acknowledge |
    | waivers | ✅ pass | 1 of 1 used, 1 in force | each is needed and in force |  |

    <details><summary>Worth knowing: 3</summary>

    - `nt > tests::is_flaky` failed before it passed (`flaky-test`) at `src/lib.rs`:9
    - low dependency in `cfg-if` `1.0.5`: `cfg-if is not maintained`, found by `cargo-audit` (`RUSTSEC-2026-9004`)
    - the waiver for `RUSTSEC-2026-9001` by `@sec` ends in 10 days (`waiver-ends-soon`) at `.github/signalbox.toml`:8: solve what it waives, or have it renewed

    </details>

    <details><summary>Set aside: 2</summary>

    - critical vulnerability in `bitflags` `1.3.2`: `All flags are lost`, found by `cargo-audit` (`RUSTSEC-2026-9001`), waived by `@sec` until `2026-12-01`: `no fix yet`
    - critical vulnerability in `bitflags` `2.13.2`: `All flags are lost`, found by `cargo-audit` (`RUSTSEC-2026-9001`), waived by `@sec` until `2026-12-01`: `no fix yet`

    </details>

    - error: `nt > tests::fails` failed: thread &#39;tests&#58;&#58;fails&#39; &#40;24460&#41; panicked at src&#47;lib&#46;rs&#58;4&#58;26 (`test-failed`) at `src/lib.rs` line 4
    - error: unrated vulnerability in `memchr` `2.8.3`: `A search goes round`, found by `cargo-audit` (`RUSTSEC-2026-9002`); help: mend it, or write a waiver with an owner and a date
    - warning: 45.4 % of 11 lines are covered, at least 80 % are wanted (`coverage-min`); help: add tests; the most is missing in `src/other.js` (4), `src/shapes.js` (2)
    - warning: component `shapes`: 71.4 % of 7 lines are covered, at least 90 % are wanted (`coverage-component`); help: add tests of this component
    - warning: medium vulnerability in `memchr` `2.8.3`: `A search goes slow`, found by `cargo-audit` (`RUSTSEC-2026-9003`); help: say who knows of it: in the input `acknowledged`, or in a waiver
    - warning: medium dependency in `cfg-if` `1.0.5`: `cfg-if is not sound`, found by `cargo-audit` (`RUSTSEC-2026-9005`); help: say who knows of it: in the input `acknowledged`, or in a waiver
    ");
}

#[test]
fn a_change_that_is_blocked_on_a_terminal() {
    let place = place();
    let words = [
        "run",
        "--gate",
        "tests,coverage,security",
        "--reports",
        "*.info\n*.xml\n*.json",
        "--today",
        "2026-11-21",
    ];
    let tool = tool().args(words).at(place.repository.path());
    let told = place
        .repository
        .variables()
        .into_iter()
        .fold(tool, |tool, (name, value)| tool.env(name, value))
        .run();
    assert_snapshot!(told.stdout, @"
    Gate: blocked

    error: `tests` blocks: `nt > tests::fails` failed: thread 'tests::fails' (24460) panicked at src/lib.rs:4:26 (`test-failed`). First: see `src/lib.rs`:4. `security` blocks too.

     gate       verdict   measured                    limit                       found
    ────────────────────────────────────────────────────────────────────────────────────────────────────
     tests      ❌ fail   3 of 4 tests passed, 1      every test, at least 1      1 fail
                          flaky
     coverage   ⚠️ warn   45.4 % of 11 lines          at least 80 %               2 warn
     security   ❌ fail   6 findings: 2 critical, 2   block: critical, unrated,   1 fail, 2 acknowledge
                          medium, 1 low, 1 unrated    secrets; review: high;
                                                      acknowledge: medium;
                                                      track: low
     waivers    ✅ pass   1 of 1 used, 1 in force     each is needed and in
                                                      force

    Worth knowing: 3:
      - `nt > tests::is_flaky` failed before it passed (`flaky-test`) at `src/lib.rs`:9
      - low dependency in `cfg-if` `1.0.5`: `cfg-if is not maintained`, found by `cargo-audit` (`RUSTSEC-2026-9004`)
      - the waiver for `RUSTSEC-2026-9001` by `@sec` ends in 10 days (`waiver-ends-soon`) at `.github/signalbox.toml`:8: solve what it waives, or have it renewed

    Set aside: 2:
      - critical vulnerability in `bitflags` `1.3.2`: `All flags are lost`, found by `cargo-audit` (`RUSTSEC-2026-9001`), waived by `@sec` until `2026-12-01`: `no fix yet`
      - critical vulnerability in `bitflags` `2.13.2`: `All flags are lost`, found by `cargo-audit` (`RUSTSEC-2026-9001`), waived by `@sec` until `2026-12-01`: `no fix yet`
    ");
    assert_snapshot!(told.stderr, @"
    error: `nt > tests::fails` failed: thread 'tests::fails' (24460) panicked at src/lib.rs:4:26 (`test-failed`)
     --> src/lib.rs:4
    error: unrated vulnerability in `memchr` `2.8.3`: `A search goes round`, found by `cargo-audit` (`RUSTSEC-2026-9002`)
      = help: mend it, or write a waiver with an owner and a date
    warning: 45.4 % of 11 lines are covered, at least 80 % are wanted (`coverage-min`)
      = help: add tests; the most is missing in `src/other.js` (4), `src/shapes.js` (2)
    warning: component `shapes`: 71.4 % of 7 lines are covered, at least 90 % are wanted (`coverage-component`)
      = help: add tests of this component
    warning: medium vulnerability in `memchr` `2.8.3`: `A search goes slow`, found by `cargo-audit` (`RUSTSEC-2026-9003`)
      = help: say who knows of it: in the input `acknowledged`, or in a waiver
    warning: medium dependency in `cfg-if` `1.0.5`: `cfg-if is not sound`, found by `cargo-audit` (`RUSTSEC-2026-9005`)
      = help: say who knows of it: in the input `acknowledged`, or in a waiver
    ");
}

#[test]
fn evidence_that_is_missing() {
    let told = place().run("lint,tests", "junit.xml", &[]);
    assert_eq!(told.exit, 2);
    assert_snapshot!(told.summary, @"
    ### Gate: no answer

    > [!CAUTION]
    > `lint` has no answer: there is no report of a linter to look at. First: make one with `cargo clippy --workspace --all-targets --message-format=json > target/gate/clippy.json`, or name it in `reports`: `lint=PATH`. `tests` blocks too.

    | gate | verdict | measured | limit | found |
    | --- | --- | --- | --- | --- |
    | lint | ❌ error |  |  | 1 error |
    | tests | ❌ fail | 3 of 4 tests passed, 1 flaky | every test, at least 1 | 1 fail |
    | waivers | ✅ pass | 0 of 1 used, 1 in force | each is needed and in force |  |

    <details><summary>Worth knowing: 2</summary>

    - `nt > tests::is_flaky` failed before it passed (`flaky-test`) at `src/lib.rs`:9
    - the waiver for `RUSTSEC-2026-9001` by `@sec` ends in 10 days (`waiver-ends-soon`) at `.github/signalbox.toml`:8: solve what it waives, or have it renewed

    </details>

    - error: there is no report of a linter to look at; help: make one with `cargo clippy --workspace --all-targets --message-format=json > target/gate/clippy.json`, or name it in `reports`: `lint=PATH`
    - error: `nt > tests::fails` failed: thread &#39;tests&#58;&#58;fails&#39; &#40;24460&#41; panicked at src&#47;lib&#46;rs&#58;4&#58;26 (`test-failed`) at `src/lib.rs` line 4
    ");
}
