//! Every file of `testdata/<format>/` is read, every `.bad` one is refused, and both as expected.
//!
//! What is expected of files that a real tool wrote was computed by another reader, Python's
//! `ElementTree`, `json` and `Decimal`; of everything made by hand, and of each place of an error in
//! XML, by reading it. Places in JSON are those where `serde_json` stops.

use std::collections::BTreeSet;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use reports::{
    AnyFormat, Case, Format, Found, Identity, Malformed, Micros, Options, Outcome, Sample, Time,
};

pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

fn read(file: &str) -> Result<Vec<Sample>, Malformed> {
    let file = fs::File::open(testdata().join(file)).unwrap();
    let mut samples = Vec::new();
    let take = &mut |sample| samples.push(sample);
    let read = reports::read(&mut BufReader::new(file), &Options::default(), take)?;
    assert_eq!(usize::try_from(read.samples), Ok(samples.len()));
    Ok(samples)
}

/// `file | suite | class | name | outcome | microseconds`, or the key in place of the first four.
fn line(sample: &Sample) -> String {
    let name = match &sample.identity {
        Identity::Key(key) => key.to_string(),
        Identity::Case(Case { file, suite, class, name, host: _ }) => {
            [file.as_deref(), suite.as_deref(), class.as_ref(), name.as_ref()]
                .map(|part| part.map_or("-".to_owned(), ToString::to_string))
                .join(" | ")
        }
    };
    let outcome = match sample.outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
    };
    match sample.time {
        Time::Known(Micros(micros)) => format!("{name} | {outcome} | {micros}"),
        Time::Unknown(why) => format!("{name} | {outcome} | {why:?}"),
    }
}

const GOOD: &[(&str, &[&str])] = &[
    (
        "junit/jest-junit-without-file.xml",
        &[
            "- | outer | outer works | outer works | passed | 1000",
            "- | outer | outer fails | outer fails | failed | 4000",
            "- | outer |  skipped |  skipped | skipped | Skipped",
        ],
    ),
    (
        "junit/mocha-file-on-suite.xml",
        &[
            "/repo/mt/a.spec.js | inner | works | outer inner works | passed | 16000",
            "/repo/mt/a.spec.js | inner | fails | outer inner fails | failed | 1000",
        ],
    ),
    (
        "junit/nextest-flaky-and-failed.xml",
        &[
            "- | nt | nt | tests::fails | failed | 29000",
            "- | nt | nt | tests::passes | passed | 21000",
            "- | nt | nt | tests::is_flaky | passed | 77000",
            "- | nt::api | nt::api | from_outside | passed | 10000",
        ],
    ),
    (
        "junit/node-test-nested.xml",
        &[
            "- | inner | test | works | passed | 616",
            "- | inner | test | fails | failed | 1092",
            "- | - | test | alone | skipped | Skipped",
            "- | - | test | top | passed | 87",
        ],
    ),
    (
        "junit/pytest-xunit1.xml",
        &[
            "tests/sub/test_b.py | pytest | tests.sub.test_b | test_b | passed | 0",
            "tests/test_a.py | pytest | tests.test_a.TestC | test_x | passed | 10000",
            "tests/test_a.py | pytest | tests.test_a.TestC | test_word[a::b] | passed | 0",
            "tests/test_a.py | pytest | tests.test_a.TestC | test_word[c<d>&] | passed | 0",
            "tests/test_a.py | pytest | tests.test_a | test_fails | failed | 0",
            "tests/test_a.py | pytest | tests.test_a | test_skipped | skipped | Skipped",
        ],
    ),
    (
        "junit/pytest-xunit2.xml",
        &[
            "- | pytest | tests.sub.test_b | test_b | passed | 0",
            "- | pytest | tests.test_a.TestC | test_x | passed | 10000",
            "- | pytest | tests.test_a.TestC | test_word[a::b] | passed | 0",
            "- | pytest | tests.test_a.TestC | test_word[c<d>&] | passed | 0",
            "- | pytest | tests.test_a | test_fails | failed | 0",
            "- | pytest | tests.test_a | test_skipped | skipped | Skipped",
        ],
    ),
    ("junit/jest-junit-suite-undefined.xml", &["- | undefined |  top |  top | passed | 1000"]),
    (
        "junit/playwright-skipped-without-time.xml",
        &[
            "- | a.spec.js | a.spec.js | outer › inner › works | passed | 16000",
            "- | a.spec.js | a.spec.js | outer › is flaky | passed | 59000",
            "- | a.spec.js | a.spec.js | outer › fails | failed | 20000",
            "- | a.spec.js | a.spec.js | skipped | skipped | Skipped",
            "- | a.spec.js | a.spec.js | alone | passed | 5000",
            "- | sub/b.spec.js | sub/b.spec.js | works | passed | 1000",
            "- | sub/b.spec.js | sub/b.spec.js | to be mended | skipped | Skipped",
            "- | sub/b.spec.js | sub/b.spec.js | expected to fail | passed | 1000",
            "- | a.spec.js | a.spec.js | outer › inner › works | passed | 15000",
            "- | a.spec.js | a.spec.js | outer › is flaky | passed | 53000",
            "- | a.spec.js | a.spec.js | outer › fails | failed | 14000",
            "- | a.spec.js | a.spec.js | skipped | skipped | Skipped",
            "- | a.spec.js | a.spec.js | alone | passed | 3000",
            "- | sub/b.spec.js | sub/b.spec.js | works | passed | 1000",
            "- | sub/b.spec.js | sub/b.spec.js | to be mended | skipped | Skipped",
            "- | sub/b.spec.js | sub/b.spec.js | expected to fail | passed | 1000",
        ],
    ),
    (
        "junit/vitest-file-as-suite.xml",
        &[
            "- | a.vi.test.js | a.vi.test.js | outer > works | passed | 589",
            "- | a.vi.test.js | a.vi.test.js | outer > fails | failed | 5158",
            "- | a.vi.test.js | a.vi.test.js | skipped | skipped | Skipped",
        ],
    ),
    (
        "junit/cypress-file-on-root-suite.xml",
        &[
            "cypress/e2e/a.cy.js | login | works | login works | passed | 1500000",
            "cypress/e2e/b.cy.js | Root Suite | top | top | passed | 2000000",
            "cypress/e2e/b.cy.js | logout | works | logout works | passed | 1500000",
            "- | nowhere | works | nowhere works | passed | 1000000",
        ],
    ),
    (
        "junit/googletest-notrun.xml",
        &[
            "a_test.cc | Suite | Suite | Runs | passed | 500000",
            "a_test.cc | Suite | Suite | DISABLED_Slow | skipped | Skipped",
        ],
    ),
    (
        "junit/long-message.xml",
        &["- | s | - | t | failed | 1000000", "- | s | - | u | passed | 2000000"],
    ),
    ("junit/billion-laughs-in-text.xml", &["- | s | c | t | passed | 1500000"]),
    ("junit/bom-and-no-declaration.xml", &["- | s | - | t | passed | 1000000"]),
    (
        "junit/names-to-be-obeyed.xml",
        &[
            "- | s | c | ::set-output name=x::y | passed | 1000000",
            "- | s | c | first\n::error::second | passed | 2000000",
            "- | s | c | \u{202e}txet | passed | 3000000",
            "- | s | c | $(id) | passed | 4000000",
        ],
    ),
    ("junit/not-utf-8.xml", &["- | s | - | caf\u{fffd} | failed | 1000000"]),
    (
        "junit/odd-times.xml",
        &[
            "- | s | - | thousands | passed | 1234500000",
            "- | s | - | decimal comma | passed | 500000",
            "- | s | - | either | passed | Ambiguous",
            "- | s | - | not a number | passed | NotANumber",
            "- | s | - | backwards | passed | Negative",
            "- | s | - | forever | passed | TooLarge",
            "- | s | - | none | passed | Missing",
            "- | s | - | python | passed | 10",
        ],
    ),
    (
        "go-json/exit-skip-and-not-built.jsonl",
        &[
            "- | - | example.com/gp/c | TestBefore | passed | 0",
            "- | - | example.com/gp/c | TestExits | failed | Missing",
            "example.com/gp/c | failed | 2000",
            "- | - | example.com/gp/a | TestWorks | passed | 10000",
            "- | - | example.com/gp/a | TestFails | failed | 0",
            "- | - | example.com/gp/a | TestSkipped | skipped | Skipped",
            "- | - | example.com/gp/a | TestTable | passed | 10000",
            "- | - | example.com/gp/a | TestParallelOne | passed | 30000",
            "- | - | example.com/gp/a | TestParallelTwo | passed | 30000",
            "- | - | example.com/gp/a | ExampleHello | passed | 0",
            "example.com/gp/a | failed | 57000",
            "example.com/gp/b | skipped | Skipped",
        ],
    ),
    (
        "go-json/cached.jsonl",
        &[
            "- | - | example.com/gp/e | TestSlow | passed | 300000",
            "example.com/gp/e | passed | Missing",
        ],
    ),
    (
        "libtest-json/aborted.jsonl",
        &[
            "- | - | - | tests::fails | failed | 41",
            "- | - | - | tests::is_ignored | skipped | Skipped",
            "- | - | - | tests::passes | passed | 12090",
            "- | - | - | tests::is_flaky | failed | 30189",
            "- | - | - | from_outside | passed | 0",
            "- | - | - | aborts | failed | Missing",
        ],
    ),
    (
        "libtest-json/nextest-flaky-and-failed.jsonl",
        &[
            "- | nt::nt | nt::nt | tests::is_ignored | skipped | Skipped",
            "- | nt::nt | nt::nt | tests::fails | failed | 7370",
            "- | nt::nt | nt::nt | tests::passes | passed | 21299",
            "- | nt::api | nt::api | from_outside | passed | 6349",
            "- | nt::nt | nt::nt | tests::is_flaky | passed | 36526",
        ],
    ),
    (
        "libtest-json/nextest-stress-begins-ignored.jsonl",
        &[
            "- | nt::api | nt::api | from_outside | passed | 5478",
            "- | nt::nt | nt::nt | tests::passes | passed | 16759",
            "- | nt::api | nt::api | from_outside | passed | 10670",
            "- | nt::nt | nt::nt | tests::passes | passed | 19276",
            "- | nt::nt | nt::nt | tests::is_ignored | skipped | Skipped",
            "- | nt::nt | nt::nt | tests::is_ignored | skipped | Skipped",
        ],
    ),
    (
        "jest-json/jest-file-does-not-load.json",
        &[
            "/repo/jt/a.test.js | - | - | outer works | passed | 1000",
            "/repo/jt/a.test.js | - | - | outer fails | failed | 2000",
            "/repo/jt/a.test.js | - | - | skipped | skipped | Skipped",
            "/repo/jt/a.test.js | failed | 174000",
            "/repo/jt3/s.test.js | - | - | s x | skipped | Skipped",
            "/repo/jt3/s.test.js | skipped | Skipped",
            "/repo/jt3/top.test.js | - | - | top | passed | 0",
            "/repo/jt3/top.test.js | passed | 26000",
            "/repo/jt/b.test.js | - | - | later | skipped | Skipped",
            "/repo/jt/b.test.js | - | - | async | passed | 14000",
            "/repo/jt/b.test.js | passed | 48000",
            "/repo/jt/broken.test.js | failed | Missing",
        ],
    ),
    (
        "jest-json/vitest-fractions-of-milliseconds.json",
        &[
            "/repo/vt/a.vi.test.js | - | - | outer works | passed | 585",
            "/repo/vt/a.vi.test.js | - | - | outer fails | failed | 5802",
            "/repo/vt/a.vi.test.js | - | - | skipped | skipped | Skipped",
            "/repo/vt/a.vi.test.js | failed | 6802",
            "/repo/vt/broken.vi.test.js | failed | Missing",
        ],
    ),
    (
        "mocha-json/hooks-fail.json",
        &[
            "/repo/mt2/r.spec.js | - | - | pending without a body | skipped | Skipped",
            "/repo/mt2/r.spec.js | - | - | skips itself | skipped | Skipped",
            "/repo/mt/a.spec.js | - | - | outer inner skipped | skipped | Skipped",
            "/repo/mt/a.spec.js | - | - | outer inner fails | failed | 1000",
            "/repo/mt2/r.spec.js | - | - | flaky second try | passed | 20000",
            "/repo/mt/a.spec.js | - | - | outer inner works | passed | 16000",
        ],
    ),
    (
        "playwright-json/two-projects-and-retries.json",
        &[
            "a.spec.js | - | [one] | skipped | skipped | Skipped",
            "a.spec.js | - | [two] | skipped | skipped | Skipped",
            "a.spec.js | - | [one] | alone | passed | 5000",
            "a.spec.js | - | [two] | alone | passed | 3000",
            "a.spec.js | - | [one] | outer › is flaky | passed | 59000",
            "a.spec.js | - | [two] | outer › is flaky | passed | 53000",
            "a.spec.js | - | [one] | outer › fails | failed | 20000",
            "a.spec.js | - | [two] | outer › fails | failed | 14000",
            "a.spec.js | - | [one] | outer › inner › works | passed | 16000",
            "a.spec.js | - | [two] | outer › inner › works | passed | 15000",
            "sub/b.spec.js | - | [one] | works | passed | 1000",
            "sub/b.spec.js | - | [two] | works | passed | 1000",
            "sub/b.spec.js | - | [one] | to be mended | skipped | Skipped",
            "sub/b.spec.js | - | [two] | to be mended | skipped | Skipped",
            "sub/b.spec.js | - | [one] | expected to fail | passed | 1000",
            "sub/b.spec.js | - | [two] | expected to fail | passed | 1000",
        ],
    ),
    (
        "cypress-split/merged.json",
        &[
            "cypress/e2e/a.cy.js | passed | 2001000",
            "cypress/e2e/b.cy.js | passed | 1500000",
            "cypress/e2e/café.cy.js | passed | 250000",
        ],
    ),
    (
        "go-json/build-as-events-and-benchmark.jsonl",
        &[
            "example.com/b | failed | Missing",
            "- | - | example.com/a | TestNamed::error::\u{202e} | passed | Missing",
            "- | - | example.com/a | BenchmarkSum | passed | Missing",
            "example.com/a | passed | 2500000",
        ],
    ),
    (
        "jest-json/jest-file-runs-in-part.json",
        &[
            "/r/a.test.js | - | - | runs | passed | 1000",
            "/r/a.test.js | - | - | is skipped | skipped | Skipped",
            "/r/a.test.js | - | - | is to be written | skipped | Skipped",
            "/r/a.test.js | passed | 273000",
        ],
    ),
    (
        "jest-json/times-elsewhere-and-names-to-be-obeyed.json",
        &[
            "::error::a.test.js | - | - | half a pair \u{fffd}\u{fffd}\u{fffd} | passed | 100000",
            "::error::a.test.js | - | - | first\n::error::second | skipped | Skipped",
            "::error::a.test.js | - | - | backwards | passed | Negative",
            "::error::a.test.js | passed | 2500500",
            "b.test.js | - | - | later | skipped | Skipped",
            "b.test.js | skipped | Skipped",
        ],
    ),
    (
        "mocha-json/sorted-keys.json",
        &[
            "- | - | - | a fails | failed | 12000",
            "/repo/a.js | - | - | ::error::a works | passed | 0",
        ],
    ),
    (
        "playwright-json/did-not-run.json",
        &[
            "a.spec.js | - | [] | did not run | skipped | Skipped",
            "a.spec.js | - | [] | ::error::t | failed | Negative",
            "a.spec.js | - | [] | no try | failed | Missing",
        ],
    ),
    (
        "cypress-split/text-and-null.json",
        &[
            "cypress/e2e/a.cy.js | passed | NotANumber",
            "::error::b | passed | Missing",
            "cypress/e2e/c.cy.js | passed | 500",
        ],
    ),
    (
        "pytest-split/durations.json",
        &[
            "tests/sub/test_b.py::test_b | passed | 196",
            "tests/test_a.py::TestC::test_word[a::b] | passed | 300",
            "tests/test_a.py::TestC::test_word[c<d>&] | passed | 192",
            "tests/test_a.py::TestC::test_x | passed | 13504",
            "tests/test_a.py::test_fails | passed | 380",
            "tests/test_a.py::test_skipped | passed | 100",
        ],
    ),
    (
        "pytest-split/pairs-of-early-versions.json",
        &[
            "tests/test_a.py::test_x | passed | 1500000",
            "tests/test_b.py::test_y | passed | 250000",
        ],
    ),
    (
        "knapsack/report.json",
        &[
            "spec/models/user_spec.rb | passed | 12345679",
            "./spec/models/order_spec.rb | passed | 400",
            "spec/f\u{e9}atures/caf\u{e9}_spec.rb | passed | 3000000",
            "spec/idle_spec.rb | passed | 0",
        ],
    ),
    (
        "junit/jest-junit-file-does-not-load.xml",
        &[
            "- | outer | outer works | outer works | passed | 1000",
            "- | outer | outer fails | outer fails | failed | 0",
            "- | outer | outer skipped | outer skipped | skipped | Skipped",
            "- | outer | outer later | outer later | passed | 0",
            "- | undefined |  flaky |  flaky | passed | 0",
        ],
    ),
    (
        "junit/vitest-file-does-not-load.xml",
        &[
            "- | v.spec.mjs | v.spec.mjs | outer > works | passed | 581",
            "- | v.spec.mjs | v.spec.mjs | outer > fails | failed | 5407",
            "- | v.spec.mjs | v.spec.mjs | outer > skipped | skipped | Skipped",
            "- | v.spec.mjs | v.spec.mjs | outer > later | skipped | Skipped",
            "- | v.spec.mjs | v.spec.mjs | flaky | passed | 710",
            "- | vbroken.spec.mjs | vbroken.spec.mjs | vbroken.spec.mjs | failed | 0",
        ],
    ),
    (
        "junit/mocha-skipped-on-root-only.xml",
        &[
            "/repo/m.mocha.js | outer | works | outer works | passed | 0",
            "/repo/m.mocha.js | outer | fails | outer fails | failed | 1000",
            "/repo/m.mocha.js | outer | flaky | outer flaky | passed | 0",
            "/repo/m.mocha.js | hooked | \"before all\" hook for \"never\" | hooked \"before all\" hook for \"never\" | failed | 0",
        ],
    ),
    (
        "junit/mocha-xunit-without-message.xml",
        &[
            "/repo/m.mocha.js | Mocha Tests | outer | works | passed | 0",
            "/repo/m.mocha.js | Mocha Tests | outer | fails | failed | 1000",
            "/repo/m.mocha.js | Mocha Tests | outer | skipped | skipped | Skipped",
            "/repo/m.mocha.js | Mocha Tests | outer | pending | skipped | Skipped",
            "/repo/m.mocha.js | Mocha Tests | outer | flaky | passed | 0",
            "/repo/m.mocha.js | Mocha Tests | hooked | \"before all\" hook for \"never\" | failed | 1000",
        ],
    ),
    (
        "junit/pytest-teardown-and-collection.xml",
        &[
            "- | pytest |  | test_broken | failed | 0",
            "- | pytest | test_it | test_ok | passed | 0",
            "- | pytest | test_it | test_fails | failed | 1000",
            "- | pytest | test_it | test_teardown | failed | 0",
            "- | pytest | test_it | test_fails_and_teardown | failed | 0",
            "- | pytest | test_it | test_fails_and_teardown | failed | 0",
            "- | pytest | test_it | test_setup | failed | 0",
            "- | pytest | test_it | test_skips_and_teardown | failed | 0",
            "- | pytest | test_it | test_xfail | skipped | Skipped",
            "- | pytest | test_it | test_xpass | failed | 0",
            "- | pytest | test_it | test_escape | failed | 0",
            "- | pytest | test_it | test_skipped | skipped | Skipped",
        ],
    ),
    (
        "junit/pytest-xunit1-teardown.xml",
        &[
            "test_it.py | pytest | test_it | test_ok | passed | 0",
            "test_it.py | pytest | test_it | test_fails | failed | 1000",
            "test_it.py | pytest | test_it | test_teardown | failed | 0",
            "test_it.py | pytest | test_it | test_fails_and_teardown | failed | 0",
            "test_it.py | pytest | test_it | test_fails_and_teardown | failed | 0",
            "test_it.py | pytest | test_it | test_setup | failed | 0",
            "test_it.py | pytest | test_it | test_skips_and_teardown | failed | 0",
            "test_it.py | pytest | test_it | test_xfail | skipped | Skipped",
            "test_it.py | pytest | test_it | test_xpass | failed | 0",
            "test_it.py | pytest | test_it | test_escape | failed | 0",
            "test_it.py | pytest | test_it | test_skipped | skipped | Skipped",
        ],
    ),
    (
        "junit/pytest-reruns.xml",
        &[
            "- | pytest | test_flaky | test_flaky | passed | 0",
            "- | pytest | test_flaky | test_flaky | passed | 0",
            "- | pytest | test_flaky | test_never | passed | 0",
            "- | pytest | test_flaky | test_never | passed | 0",
            "- | pytest | test_flaky | test_never | failed | 0",
        ],
    ),
    (
        "junit/node-todo-and-escape.xml",
        &[
            "- | - | test | top | passed | 997",
            "- | - | test | todo fails | failed | 940",
            "- | - | test | fails | failed | 141",
            "- | outer | test | in | passed | 142",
            "- | inner | test | deep fails | failed | 122",
            "- | parent | test | child | passed | 124",
        ],
    ),
    (
        "mocha-json/flaky-and-hook.json",
        &[
            "/repo/m.mocha.js | - | - | outer skipped | skipped | Skipped",
            "/repo/m.mocha.js | - | - | outer pending | skipped | Skipped",
            "/repo/m.mocha.js | - | - | outer fails | failed | 1000",
            "/repo/m.mocha.js | - | - | outer works | passed | 1000",
            "/repo/m.mocha.js | - | - | outer flaky | passed | 0",
        ],
    ),
    (
        "jest-json/jest-flaky-and-places.json",
        &[
            "/repo/a.test.js | - | - | outer works | passed | 3000",
            "/repo/a.test.js | - | - | outer fails | failed | 1000",
            "/repo/a.test.js | - | - | outer skipped | skipped | Skipped",
            "/repo/a.test.js | - | - | outer later | skipped | Skipped",
            "/repo/a.test.js | failed | 314000",
            "/repo/flaky.test.js | - | - | flaky | passed | 0",
            "/repo/flaky.test.js | passed | 77000",
            "/repo/broken.test.js | failed | Missing",
        ],
    ),
    ("knapsack/no-spec-yet.json", &[]),
    (
        "knapsack/null-and-below-zero.json",
        &[
            "spec/a_spec.rb | passed | Missing",
            "spec/b_spec.rb | passed | Negative",
            "spec/c_spec.rb | passed | 10",
        ],
    ),
];

/// What is found, and the line and column: where the tag begins that is wrong, the end if there is
/// too little, in JSON the byte that was read last.
const BAD: &[(&str, Found, u64, u64)] = &[
    ("junit/attribute-twice.xml.bad", Found::BrokenXml, 2, 3),
    ("junit/billion-laughs-in-name.xml.bad", Found::Entity, 15, 3),
    ("junit/bare-ampersand.xml.bad", Found::BrokenXml, 2, 3),
    ("junit/nested-case.xml.bad", Found::NestedCase, 2, 32),
    ("junit/text-after-the-end.xml.bad", Found::Outside, 2, 1),
    ("junit/two-documents.xml.bad", Found::Outside, 2, 1),
    ("junit/cobertura.xml.bad", Found::OtherXml, 2, 1),
    ("junit/crossed-tags.xml.bad", Found::BrokenXml, 2, 22),
    ("junit/empty.xml.bad", Found::Empty, 1, 1),
    ("junit/external-entity-in-name.xml.bad", Found::Entity, 3, 21),
    ("junit/go-test-output.txt.bad", Found::NeitherXmlNorJson, 1, 1),
    ("junit/html-error-page.xml.bad", Found::Html, 1, 1),
    ("junit/nested-300-deep.xml.bad", Found::TooDeep, 1, 256 * 11 + 1),
    ("junit/truncated-between-tags.xml.bad", Found::End, 3, 1),
    ("junit/truncated.xml.bad", Found::End, 5, 31),
    ("junit/utf-16.xml.bad", Found::Utf16, 1, 1),
    ("knapsack/brackets-without-end.json.bad", Found::TooDeep, 1, 274),
    ("knapsack/objects-of-seconds.json.bad", Found::OtherJson, 1, 34),
    ("knapsack/seconds-as-text.json.bad", Found::OtherJson, 1, 25),
    ("knapsack/two-documents.json.bad", Found::BrokenJson, 2, 1),
    ("cypress-split/without-spec.json.bad", Found::OtherJson, 1, 62),
    ("go-json/comma-missing.jsonl.bad", Found::BrokenJson, 2, 32),
    ("go-json/cut-off-in-a-line.jsonl.bad", Found::End, 8, 91),
    ("go-json/package-is-a-number.jsonl.bad", Found::OtherJson, 2, 28),
    ("jest-json/counts-only.json.bad", Found::OtherJson, 1, 53),
    ("jest-json/file-without-status.json.bad", Found::OtherJson, 1, 61),
    ("jest-json/truncated.json.bad", Found::End, 1, 901),
    ("jest-json/unknown-status.json.bad", Found::OtherJson, 1, 113),
    ("libtest-json/line-of-a-debugger.jsonl.bad", Found::BrokenJson, 2, 2),
    ("libtest-json/name-is-a-list.jsonl.bad", Found::OtherJson, 2, 36),
    ("mocha-json/tests-only.json.bad", Found::OtherJson, 1, 70),
    ("mocha-json/without-full-title.json.bad", Found::OtherJson, 1, 57),
    ("playwright-json/nested-70-deep.json.bad", Found::BrokenJson, 1, 1664),
    ("playwright-json/no-suites.json.bad", Found::OtherJson, 1, 25),
    ("playwright-json/title-after-tests.json.bad", Found::OtherJson, 1, 46),
    ("pytest-split/nan.json.bad", Found::BrokenJson, 3, 32),
    ("pytest-split/pairs-of-three.json.bad", Found::OtherJson, 1, 37),
    ("pytest-split/truncated.json.bad", Found::End, 3, 19),
];

#[test]
fn every_good_file_is_read_as_expected() {
    for (file, wanted) in GOOD {
        let samples = read(file).unwrap_or_else(|malformed| panic!("{file}: {malformed}"));
        assert_eq!(samples.iter().map(line).collect::<Vec<_>>(), *wanted, "{file}");
    }
}

#[test]
fn every_bad_file_is_refused_at_its_place() {
    let told = |(file, ..): &(&'static str, Found, u64, u64)| {
        let Malformed { found, line, column, .. } = read(file).unwrap_err();
        (*file, found, line, column)
    };
    assert_eq!(BAD.iter().map(told).collect::<Vec<_>>(), BAD);
}

/// Whether a folder's files are read whole, and listed beside their family's tests.
fn is_of_another_family(folder: &str) -> bool {
    AnyFormat::named(folder).is_some_and(|format| !matches!(format, AnyFormat::Tests(_)))
}

#[test]
fn the_folders_the_formats_and_the_files_above_are_the_same() {
    let mut folders = BTreeSet::new();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(testdata()).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        let folder = entry.file_name().into_string().unwrap();
        if is_of_another_family(&folder) {
            continue;
        }
        for file in fs::read_dir(entry.path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            files.insert(format!("{folder}/{name}"));
        }
        folders.insert(folder);
    }
    let formats: BTreeSet<String> =
        Format::ALL.iter().map(|format| format.name().to_owned()).collect();
    assert_eq!(folders, formats);
    let good = GOOD.iter().map(|(file, _)| *file);
    let bad = BAD.iter().map(|(file, ..)| *file);
    assert_eq!(files, good.clone().chain(bad.clone()).map(str::to_owned).collect());
    let is_bad = |file: &str| Path::new(file).extension().is_some_and(|end| end == "bad");
    assert!(bad.into_iter().all(is_bad));
    assert!(!good.into_iter().any(is_bad));
}

#[test]
fn every_file_has_its_row_in_the_readme() {
    let readme = fs::read_to_string(testdata().join("README.md")).unwrap();
    for (file, _) in GOOD {
        assert!(
            readme.contains(&format!("| `{file}` |")),
            "testdata/README.md says nothing of {file}"
        );
    }
}
