//! Each gate with real reports: what it comes to, what it says, and what one may do about it.

use serde_json::{Value, json};
use testkit::Told;

use crate::place::{Good, Place, fixture};
use crate::tool::check;

const AUDIT: &str = "cargo-audit/two-versions-of-a-crate.json";

/// A gate over a fixture, with the rest of its table.
#[track_caller]
fn check_gate(gate: &str, report: &str, table: &str, exit: i32, verdict: &str) {
    let told = judged(gate, report, table, &[]);
    check(&told, exit, verdict);
    let blocking: Vec<String> = serde_json::from_str(&told.outputs["blocking"]).unwrap();
    let wanted = if exit == 0 { Vec::new() } else { vec![gate.to_owned()] };
    assert_eq!(blocking, wanted);
}

#[track_caller]
fn judged(gate: &str, report: &str, table: &str, inputs: &[(&str, &str)]) -> Told {
    let (format, file) = report.split_once('/').unwrap();
    let known = Good { gate: "", format: "lcov", file: "nyc.info" };
    let place = if format == "lcov" { Place::of(&known) } else { Place::new() };
    place.repository.write(".github/signalbox.toml", format!("[gate.{gate}]\n{table}\n"));
    let place = place.members(&["alpha", "beta", "gamma-tool"]);
    let place = place.file("report", fixture(&format!("{format}/{file}")));
    place.run(gate, &format!("{gate}:{format}=report"), inputs)
}

#[test]
fn members_have_to_compile() {
    let check = |table, report: &str, exit, verdict| {
        check_gate("compile", &format!("cargo-json/{report}.jsonl"), table, exit, verdict);
    };
    check("", "check-warns", 0, "pass");
    check("", "check-fails", 1, "fail");
    check("mode = 'warn'", "check-fails", 0, "warn");
    check("mode = 'report'", "check-fails", 0, "pass");
    check("min = 30", "check-fails", 0, "warn");
    check("min = 30\ncomponents = ['alpha']", "check-fails", 0, "warn");
    check("min = 30\ncomponents = ['gamma-tool']", "check-fails", 1, "fail");
    check("exclude = ['*']", "check-warns", 2, "error");
    check("components = ['gama']", "check-warns", 2, "error");
    // A member that no report names was not compiled.
    check("", "build-script-fails", 1, "fail");
}

#[test]
fn linters_say_what_they_find() {
    let check = |table: &str, exit, verdict| {
        check_gate("lint", "cargo-json/check-warns.jsonl", table, exit, verdict);
    };
    check("", 1, "fail");
    check("mode = 'warn'", 0, "warn");
    check("mode = 'report'", 0, "pass");
    check("max-warnings = 2", 0, "warn");
    check("allow = ['*']", 0, "pass");
    check("max-warnings = 2\ndeny = ['*']", 1, "fail");
    let part = |rest| format!("[[gate.lint.component]]\nname = 'all'\npaths = ['**']\n{rest}");
    check(&part("mode = 'report'"), 0, "pass");
    check(&part("max-warnings = 2"), 0, "warn");
    check(&part("max-warnings = 1"), 1, "fail");
    check_gate("lint", "cargo-json/check-fails.jsonl", "mode = 'report'", 2, "error");
}

#[test]
fn what_is_public_has_to_be_documented() {
    let check = |table: &str, exit, verdict| {
        check_gate("docs", "cargo-json/doc-warns-and-succeeds.jsonl", table, exit, verdict);
    };
    check("", 1, "fail");
    check("mode = 'warn'", 0, "warn");
    check("max-warnings = 9", 0, "warn");
    check("mode = 'warn'\ncritical = ['rustdoc::*']", 1, "fail");
    check("exclude = ['*']", 2, "error");
    // That a build has no remarks is no proof that there are pages.
    check_gate("docs", "cargo-json/check-fresh.jsonl", "mode = 'report'", 2, "error");
}

#[test]
fn tests_have_to_run_and_pass() {
    let check = |report, table: &str, exit, verdict| {
        check_gate("tests", report, table, exit, verdict);
    };
    let (good, bad) = ("go-json/cached.jsonl", "junit/nextest-flaky-and-failed.xml");
    check(good, "", 0, "pass");
    check(good, "min-tests = 1000", 1, "fail");
    check(good, "min-tests = 1000\nmode = 'warn'", 0, "warn");
    check(bad, "", 1, "fail");
    check(bad, "mode = 'report'", 0, "pass");
    check(good, "needs-base = true", 1, "fail");
    check(good, "needs-base = true\nmode = 'warn'", 0, "warn");
    let part = "mode = 'warn'\n[[gate.tests.component]]\nname = 'all'\nsuites = ['**']\nmin-tests = 1000\nmode = ";
    check(good, &format!("{part}'block'"), 1, "fail");
    check(good, &format!("{part}'warn'"), 0, "warn");
}

#[test]
fn a_scan_of_nothing_is_no_evidence_unless_it_may_be_one() {
    let check = |table: &str, exit, verdict| {
        check_gate("security", "trivy/nothing-found.json", table, exit, verdict);
    };
    check("", 2, "error");
    check("mode = 'report'", 2, "error");
    check("allow-empty = true", 0, "pass");
}

#[test]
fn a_report_without_anything_in_it_is_told_beside_a_good_one() {
    let place = Place::new()
        .file("good.xml", fixture("junit/pytest-xunit2.xml"))
        .file("empty.xml", "<testsuites><testsuite name=\"s\" tests=\"0\"/></testsuites>");
    let told = place.run("tests", "tests=*.xml", &[("mode", "warn")]);
    let said = format!("{}{}", told.stdout, told.stderr);
    assert!(said.contains("`empty.xml` holds nothing"), "{said}");
    assert!(!said.contains("`good.xml` holds nothing"), "{said}");
    let coverage_py = r#"{"meta":{"format":3,"version":"7.17.3"},"files":{},"totals":{}}"#;
    for (format, empty) in [("istanbul", "{}"), ("coverage-py", coverage_py)] {
        let good = Good { gate: "coverage", format: "lcov", file: "nyc.info" };
        let place = Place::of(&good).file("good.info", good.bytes()).file("empty.json", empty);
        let reports = format!("lcov=good.info\n{format}=empty.json");
        let told = place.run("coverage", &reports, &[("mode", "warn")]);
        let said = format!("{}{}", told.stdout, told.stderr);
        let is_told = said.contains("`empty.json` holds nothing");
        assert!(is_told, "{format}: {said}");
    }
}

#[test]
fn tests_have_to_run_the_code() {
    let check = |table: &str, exit, verdict| {
        check_gate("coverage", "lcov/nyc.info", table, exit, verdict);
    };
    check("min = 10", 0, "pass");
    check("min = 99.999999", 1, "fail");
    check("min = 99\nmode = 'warn'", 0, "warn");
    check("min = 99\nmode = 'report'", 0, "pass");
    check("min = 10\nfile-min = 50", 1, "fail");
    check("min = 10\nmax-drop = 1", 0, "inconclusive");
    let part = "min = 10\n[[gate.coverage.component]]\nname = 'shapes'\nmin = 99\n";
    check(&format!("{part}paths = ['src/shapes.js']"), 1, "fail");
    check(&format!("{part}paths = ['src/shapes.js']\nmode = 'warn'"), 0, "warn");
    check(&format!("{part}paths = ['none/**']\nmode = 'report'"), 2, "error");
    check("min = 10\nexclude = ['**']\nmode = 'report'", 2, "error");
}

#[test]
fn what_scanners_find_comes_to_what_the_policy_says() {
    let check = |table: &str, inputs: &[(&str, &str)], exit, verdict| {
        check(&judged("security", AUDIT, table, inputs), exit, verdict);
    };
    let quiet = "critical = 'track'\nmedium = 'track'\nunknown = 'track'\nlow = 'track'\n";
    let with = |level| format!("{quiet}{level}\n").replace("critical = 'track'\n", "");
    check("", &[], 1, "fail");
    check("mode = 'warn'", &[], 0, "warn");
    check("mode = 'report'", &[], 0, "pass");
    check(quiet, &[], 0, "pass");
    check(&with("critical = 'warn'"), &[], 0, "warn");
    check(&with("critical = 'review'"), &[], 1, "review");
    check(&with("critical = 'review'"), &[("approved", "true")], 0, "warn");
    check(&with("critical = 'review'"), &[("mode", "warn")], 0, "review");
    check(&with("critical = 'acknowledge'"), &[], 0, "acknowledge");
    for known in
        ["RUSTSEC-2026-9001", "ack:CVE-2026-90001", r#"["bug", "ack:GHSA-aaaa-bbbb-cccc"]"#]
    {
        check(&with("critical = 'acknowledge'"), &[("acknowledged", known)], 0, "pass");
    }
    check(
        &with("critical = 'acknowledge'"),
        &[("acknowledged", "RUSTSEC-2026-900")],
        0,
        "acknowledge",
    );
    // What blocks is not acknowledged away.
    check("", &[("acknowledged", "RUSTSEC-2026-9001")], 1, "fail");
    let levels = ["critical = 'review'", "critical = 'acknowledge'"];
    for (level, input) in levels.into_iter().zip(["`approved`", "`acknowledged`"]) {
        let told = judged("security", AUDIT, &with(level), &[]);
        assert!(told.stdout.contains(input), "{level}: {}", told.stdout);
    }
}

#[test]
fn a_part_of_the_repository_may_have_levels_of_its_own() {
    let check = |table: &str, exit, verdict| {
        check_gate("security", "semgrep/both-scales.json", table, exit, verdict);
    };
    let part =
        |rest: &str| format!("[[gate.security.component]]\nname = 'all'\npaths = ['**']\n{rest}");
    check("", 1, "fail");
    check(&part("mode = 'warn'"), 0, "warn");
    check(&part("critical = 'review'\nhigh = 'review'"), 1, "review");
    check("exclude = ['**']", 0, "pass");
}

#[test]
fn where_it_is_strict_what_is_not_acknowledged_blocks() {
    let policy =
        "[gate]\nstrict = true\n[gate.security]\ncritical = 'acknowledge'\nunknown = 'track'\n";
    let place = Place::with(policy).file("report", fixture(AUDIT));
    check(&place.run("security", "report", &[]), 1, "acknowledge");
    let known = "ack:RUSTSEC-2026-9001,ack:RUSTSEC-2026-9003,ack:RUSTSEC-2026-9005";
    let told = place.run("security", "report", &[("acknowledged", known)]);
    check(&told, 0, "pass");
    let counts: Value = serde_json::from_str(&told.outputs["counts"]).unwrap();
    assert_eq!(counts["security"]["acknowledged"], 4);
}

#[test]
fn terraform_has_to_be_valid() {
    let check = |report, table: &str, exit, verdict| {
        check_gate("terraform", report, table, exit, verdict);
    };
    check("terraform-validate/valid.json", "", 0, "pass");
    check("terraform-validate/error-and-warning.json", "", 1, "fail");
    check("terraform-validate/error-and-warning.json", "mode = 'warn'", 0, "warn");
    check("terraform-validate/warning-only.json", "", 0, "warn");
    check("terraform-validate/warning-only.json", "warnings = 'block'", 1, "fail");
    check("terraform-validate/warning-only.json", "max-warnings = 0", 1, "fail");
    check("terraform-validate/valid.json", "modules = ['infra']\nmode = 'report'", 2, "error");
    check("tflint/three-severities.json", "mode = 'report'", 2, "error");
}

#[test]
fn migrations_have_to_be_undone() {
    let judged = |policy: &str, down: &str| {
        let place = Place::with(&format!("[gate.migrations]\n{policy}\n"));
        place.repository.write("migrations/1_a.up.sql", "CREATE TABLE a (b INT);\n");
        place.repository.write("migrations/1_a.down.sql", down);
        let base = place.repository.commit("base");
        place.repository.write("migrations/2_b.up.sql", "DROP TABLE a;\n");
        place.repository.write("migrations/2_b.down.sql", "CREATE TABLE a (b INT);\n");
        (place.run("migrations", "", &[("diff", &base)]), place)
    };
    let down = "DROP TABLE a;\n";
    check(&judged("", down).0, 0, "warn");
    check(&judged("destructive = 'block'", down).0, 1, "fail");
    check(&judged("destructive = 'allow'", down).0, 0, "pass");
    check(&judged("paths = ['none/**']\nmode = 'report'", down).0, 2, "error");
    let (told, place) = judged("destructive = 'allow'", down);
    check(&told, 0, "pass");
    place.repository.write("migrations/1_a.up.sql", "CREATE TABLE a (b TEXT);\n");
    check(&place.run("migrations", "", &[("diff", "HEAD")]), 1, "fail");
    check(&place.run("migrations", "", &[("diff", "HEAD"), ("mode", "warn")]), 0, "fail");
    // The base of this push is nowhere.
    check(&place.run("migrations", "", &[]), 1, "fail");
}

#[test]
fn workflows_have_to_be_sound() {
    let judged = |policy: &str, uses: &str| {
        let place = Place::with(&format!("[gate.workflow-lint]\n{policy}\n"));
        let workflow =
            format!("on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: {uses}\n");
        place.file(".github/workflows/a.yml", workflow).run("workflow-lint", "", &[])
    };
    check(&judged("", "actions/checkout@v4"), 0, "pass");
    check(&judged("", "actions/checkout@v3"), 1, "fail");
    check(&judged("mode = 'warn'", "actions/checkout@v3"), 0, "warn");
    check(&judged("require-pin = 'sha'", "actions/checkout@v4"), 1, "fail");
    check(&judged("floors = ['actions/checkout@v5']", "actions/checkout@v4"), 1, "fail");
    check(&judged("gate-jobs = ['none']", "actions/checkout@v4"), 1, "fail");
    check(&Place::with("").run("workflow-lint", "", &[("mode", "report")]), 2, "error");
}

#[test]
fn the_gate_of_this_repository_needs_every_job() {
    let pipeline = include_str!("../../../../.github/workflows/ci.yml");
    let policy = "[gate.workflow-lint]\nrequire-pin = 'sha'\n";
    let judged = |workflow: &str| {
        let place = Place::with(policy).file(".github/workflows/ci.yml", workflow);
        place.run("workflow-lint", "", &[])
    };
    check(&judged(pipeline), 0, "pass");
    let without = pipeline
        .replace(", containers, proof]\n    if: always()", ", containers]\n    if: always()");
    check(&judged(&without), 0, "warn");
    let conditional = pipeline.replace(", proof]\n    if: always()", ", proof]");
    check(&judged(&conditional), 1, "fail");
}

/// The security gate over the audit with one waiver; the rest of its critical and unknown findings are
/// tracked.
fn waived(waiver: &str) -> (Told, Value) {
    let policy = format!(
        "[gate.security]\nunknown = 'track'\nmedium = 'track'\n[[gate.waiver]]\ngate = 'security'\nowner = '@sec'\nreason = 'no fix yet'\n{waiver}\n"
    );
    let place = Place::with(&policy).file("report", fixture(AUDIT));
    let told = place.run("security", "report", &[("verdict-file", "v.json")]);
    let said = system::read_file(&place.repository.at("v.json"), 1 << 20).unwrap();
    (told, serde_json::from_slice(&said).unwrap())
}

#[test]
fn a_waiver_holds_for_what_it_names_and_until_it_ends() {
    let check = |waiver: &str, exit, verdict, standing, used| {
        let (told, said) = waived(waiver);
        check(&told, exit, verdict);
        let it = &said["waivers"][0];
        let found = (it["standing"].as_str().unwrap(), it["used"].as_u64().unwrap());
        assert_eq!(found, (standing, used), "{waiver}");
    };
    let until = "expires = 2027-01-31\n";
    check(&format!("rule = 'RUSTSEC-2026-9001'\n{until}"), 0, "pass", "holds", 2);
    check(&format!("rule = 'CVE-2026-90001'\n{until}"), 0, "pass", "holds", 2);
    check(&format!("rule = 'RUSTSEC-*'\n{until}"), 0, "pass", "holds", 2);
    check(
        &format!("rule = 'RUSTSEC-2026-9001'\npackage = 'bitflags'\n{until}"),
        0,
        "pass",
        "holds",
        2,
    );
    check(
        &format!("rule = 'RUSTSEC-2026-9001'\npackage = 'bitflags@1.3.2'\n{until}"),
        1,
        "fail",
        "holds",
        1,
    );
    // What stands in no file is only meant by all of them.
    check(&format!("rule = 'RUSTSEC-2026-9001'\npath = '**'\n{until}"), 0, "pass", "holds", 2);
    check(&format!("rule = 'RUSTSEC-2026-9001'\npath = 'web/**'\n{until}"), 1, "fail", "holds", 0);
    check(&format!("rule = 'RUSTSEC-2026-900'\n{until}"), 1, "fail", "holds", 0);
    check("rule = 'RUSTSEC-2026-9001'\nexpires = 2026-11-21", 0, "pass", "ends-soon", 2);
    check("rule = 'RUSTSEC-2026-9001'\nexpires = 2026-11-20", 1, "fail", "ended", 0);
    check("rule = 'RUSTSEC-2026-9001'\nexpires = 2027-11-20", 1, "fail", "too-long", 0);
}

#[test]
fn a_waiver_that_nothing_needs_is_named_and_missing_evidence_is_never_waived() {
    let (told, _) = waived("rule = 'RUSTSEC-2020-0001'\nexpires = 2027-01-31");
    let counts: Value = serde_json::from_str(&told.outputs["counts"]).unwrap();
    assert_eq!(counts["waivers"], json!({"warn": 1}));
    assert!(told.summary.contains("nothing needs the waiver"), "{}", told.summary);
    let policy = "[[gate.waiver]]\ngate = 'security'\nrule = '*'\npath = '**'\nowner = '@sec'\nreason = 'x'\nexpires = 2027-01-31\n";
    let place = Place::with(policy).file("report", "");
    check(&place.run("security", "report", &[]), 2, "error");
    check(&place.run("security", "none", &[]), 2, "error");
}

/// A gate with two things of one rule, of which a waiver names one.
#[track_caller]
fn check_one_waived(gate: &str, table: &str, report: &str, name: &str) {
    let policy = format!(
        "{table}\n[[gate.waiver]]\ngate = '{gate}'\nrule = '{name}'\nowner = '@x'\nreason = 'known'\nexpires = 2027-01-31\n"
    );
    let place = Place::with(&policy).file("report", report);
    place.repository.write("src/a.js", "");
    place.repository.write("web/b.js", "");
    let told = place.run(gate, "report", &[]);
    check(&told, 1, "fail");
    let counts: Value = serde_json::from_str(&told.outputs["counts"]).unwrap();
    assert_eq!(
        (&counts[gate]["waived"], &counts[gate]["fail"]),
        (&json!(1), &json!(1)),
        "{counts}"
    );
}

#[test]
fn a_waiver_may_name_one_test_one_figure_or_one_component() {
    let failed = |name: &str| {
        format!("<testcase classname='c' name='{name}'><failure message='x'/></testcase>")
    };
    let report = format!(
        "<testsuites><testsuite name='s'>{}{}</testsuite></testsuites>",
        failed("a"),
        failed("b")
    );
    check_one_waived("tests", "", &report, "c > a");
    let limits = "[[gate.performance.limit]]\nmetric = '*'\nmax = '1 ns'\n";
    let bench = |name: &str| format!("test {name} ... bench:          90 ns/iter (+/- 5)\n");
    check_one_waived("performance", limits, &[bench("a"), bench("b")].concat(), "a");
    let component = |name: &str| {
        format!("[[gate.coverage.component]]\nname = '{name}'\npaths = ['{name}/**']\nmin = 90\n")
    };
    let table = format!("[gate.coverage]\nmin = 0\n{}{}", component("src"), component("web"));
    let file = |path: &str| format!("SF:{path}\nDA:1,0\nend_of_record\n");
    check_one_waived("coverage", &table, &[file("src/a.js"), file("web/b.js")].concat(), "src");
}

#[test]
fn what_other_tools_are_told_to_ignore_is_told() {
    let place =
        Place::with("[gate.security]\ncritical = 'track'\nunknown = 'track'\nmedium = 'track'\n");
    let place = place.file("report", fixture(AUDIT));
    place.repository.write("deny.toml", "[advisories]\nignore = ['RUSTSEC-2020-0071']\n");
    place.repository.write(".trivyignore", "CVE-2020-1\n");
    place.repository.write(".cargo/audit.toml", "[advisories]\nignore = ['RUSTSEC-2020-0072']\n");
    let told = place.run("security", "report", &[]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    for rule in ["RUSTSEC-2020-0071", "RUSTSEC-2020-0072", "CVE-2020-1"] {
        assert!(
            told.summary.contains(rule) || told.stdout.contains(rule),
            "{rule}: {}",
            told.summary
        );
    }
}

#[test]
fn the_sarif_that_is_written_says_the_same() {
    let policy = "[[gate.waiver]]\ngate = 'security'\nrule = 'RUSTSEC-2026-9001'\nowner = '@sec'\nreason = 'no fix yet'\nexpires = 2027-01-31\n";
    let place = Place::with(policy).file("report", fixture(AUDIT));
    let told = place.run("security", "report", &[("sarif-file", "out.sarif")]);
    check(&told, 1, "fail");
    let bytes = system::read_file(&place.repository.at("out.sarif"), 1 << 20).unwrap();
    let log: Value = serde_json::from_slice(&bytes).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of = |rule: &str| -> Vec<&Value> {
        results.iter().filter(|result| result["ruleId"] == rule).collect()
    };
    assert_eq!(of("RUSTSEC-2026-9001").len(), 2);
    for result in of("RUSTSEC-2026-9001") {
        assert_eq!(
            result["suppressions"][0]["justification"],
            "no fix yet (@sec, until 2027-01-31)"
        );
    }
    assert_eq!(of("RUSTSEC-2026-9002")[0]["suppressions"], json!([]));
    // What is written is read as any other tool's.
    let told = place.run("security", "sarif=out.sarif", &[]);
    let counts: Value = serde_json::from_str(&told.outputs["counts"]).unwrap();
    assert_eq!(counts["security"]["suppressed"], 2, "{counts}");
    check(&told, 1, "review");
}
