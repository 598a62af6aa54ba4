//! Every file of the formats of findings is read, every `.bad` one is refused, and both as expected.
//!
//! What is expected of SARIF that a real tool wrote, and of Snyk, npm, osv-scanner and Trivy, was computed
//! by another reader: a script in Python after the tools' documentation, with scores from the package
//! `cvss`. The counts of cargo-audit, cargo-deny, npm and Snyk are held against the tools' own.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use reports::findings::{Finding, Format, Standing};
use reports::{Bounds, Malformed, Reading};

/// The formats of which this file knows the fixtures.
const FORMATS: [Format; 7] = [
    Format::Sarif,
    Format::CargoAudit,
    Format::CargoDeny,
    Format::OsvScanner,
    Format::NpmAudit,
    Format::Trivy,
    Format::Snyk,
];

fn folder(format: Format) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(format.name())
}

fn read(format: Format, bytes: &[u8]) -> Result<(Vec<Finding>, Reading), Malformed> {
    let mut findings = Vec::new();
    let bytes = reports::unpacked(bytes, 1 << 20)?;
    let reading = format.read(&bytes, Bounds::default(), &mut |it| findings.push(it))?;
    assert_eq!(usize::try_from(reading.entries), Ok(findings.len()));
    Ok((findings, reading))
}

fn files(format: Format) -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(folder(format)).unwrap();
    let mut files: Vec<_> = files
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), fs::read(file.path()).unwrap()))
        .collect();
    files.sort();
    files
}

/// `rule | severity | kind | standing | path:line | package@version | fingerprint or aliases`.
fn line(it: &Finding) -> String {
    let path = it.path.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
    let line = it.line.map_or_else(String::new, |line| format!(":{line}"));
    let package = it.package.as_ref().map_or_else(
        || "-".to_owned(),
        |it| format!("{}@{}", it.name, it.version.as_ref().map_or("-".into(), ToString::to_string)),
    );
    let standing = match &it.standing {
        Standing::Open => "Open".to_owned(),
        Standing::Suppressed(None) => "Suppressed".to_owned(),
        Standing::Suppressed(Some(why)) => format!("Suppressed ({why})"),
        Standing::Status(status) => format!("Status {status}"),
        Standing::Existing => "Existing".to_owned(),
    };
    let aliases: Vec<String> = it.aliases.iter().map(ToString::to_string).collect();
    let fingerprint = it.fingerprint.as_ref().map(ToString::to_string);
    let last = fingerprint.unwrap_or_else(|| aliases.join(" "));
    let last = if last.is_empty() { "-" } else { &last };
    let (rule, severity, kind) = (&it.rule, it.severity, it.kind);
    format!("{rule} | {severity:?} | {kind:?} | {standing} | {path}{line} | {package} | {last}")
}

/// What each file has: its findings, `?` before why it may be of nothing, `!` before a complaint, `by`
/// before the tool.
const GOOD: &[(&str, &[&str])] = &[
    (
        "sarif/bandit-encoded-path.sarif",
        &[
            "B403 | Low | Code | Open | app.py:1 | - | -",
            "B105 | Low | Code | Open | app.py:2 | - | -",
            "B602 | High | Code | Open | app.py:4 | - | -",
            "B307 | Medium | Code | Open | app.py:6 | - | -",
            "B110 | Low | Code | Open | app.py:7 | - | -",
            "B301 | Medium | Code | Open | app.py:12 | - | -",
            "B403 | Low | Code | Open | src/a b#é.py:1 | - | -",
            "B105 | Low | Code | Open | src/a b#é.py:2 | - | -",
            "B602 | High | Code | Open | src/a b#é.py:4 | - | -",
            "B307 | Medium | Code | Open | src/a b#é.py:6 | - | -",
            "B110 | Low | Code | Open | src/a b#é.py:7 | - | -",
            "B301 | Medium | Code | Open | src/a b#é.py:12 | - | -",
            "by Bandit 1.9.4",
        ],
    ),
    (
        "sarif/clippy-sarif.sarif",
        &[
            "unused_variables | Medium | Code | Open | src/main.rs:5 | - | -",
            "clippy::needless_return | Medium | Code | Open | src/main.rs:6 | - | -",
            "clippy::len_zero | Medium | Code | Open | src/main.rs:4 | - | -",
            "by clippy",
        ],
    ),
    (
        "sarif/eslint-could-not-parse.sarif",
        &[
            "no-var | Medium | Code | Open | /repo/x/a.js:1 | - | -",
            "eqeqeq | High | Code | Open | /repo/x/a.js:2 | - | -",
            "no-undef | High | Code | Open | /repo/x/a.js:2 | - | -",
            "no-undef | High | Code | Open | /repo/x/a.js:2 | - | -",
            "no-debugger | Medium | Code | Open | /repo/x/a.js:3 | - | -",
            "no-undef | High | Code | Suppressed (known) | /repo/x/a.js:5 | - | -",
            "no-undef | High | Code | Suppressed (known) | /repo/x/a.js:5 | - | -",
            "! the tool says that it did not finish: Parsing error: Unexpected token (",
            "by ESLint 9.39.5",
        ],
    ),
    (
        "sarif/eslint-suppressed.sarif",
        &[
            "no-var | Medium | Code | Open | /repo/x/a.js:1 | - | -",
            "eqeqeq | High | Code | Open | /repo/x/a.js:2 | - | -",
            "no-undef | High | Code | Open | /repo/x/a.js:2 | - | -",
            "no-undef | High | Code | Open | /repo/x/a.js:2 | - | -",
            "no-debugger | Medium | Code | Open | /repo/x/a.js:3 | - | -",
            "no-undef | High | Code | Suppressed (known) | /repo/x/a.js:5 | - | -",
            "no-undef | High | Code | Suppressed (known) | /repo/x/a.js:5 | - | -",
            "by ESLint 9.39.5",
        ],
    ),
    (
        "sarif/ruff-file-addresses.sarif",
        &[
            "S105 | High | Code | Open | /repo/x/app.py:2 | - | -",
            "S602 | High | Code | Open | /repo/x/app.py:4 | - | -",
            "S307 | High | Code | Open | /repo/x/app.py:6 | - | -",
            "S110 | High | Code | Open | /repo/x/app.py:7 | - | -",
            "S602 | High | Code | Open | /repo/x/app.py:10 | - | -",
            "S301 | High | Code | Open | /repo/x/app.py:12 | - | -",
            "by ruff 0.17.6",
        ],
    ),
    (
        "sarif/semgrep-requires-login.sarif",
        &[
            "shell | Medium | Code | Open | app.py:4 | - | -",
            "no-eval | Critical | Code | Open | app.py:6 | - | -",
            "shell | Medium | Code | Open | app.py:10 | - | -",
            "shell | Medium | Code | Open | src/a b#é.py:4 | - | -",
            "no-eval | Critical | Code | Open | src/a b#é.py:6 | - | -",
            "shell | Medium | Code | Open | src/a b#é.py:10 | - | -",
            "by Semgrep OSS 1.182.0",
        ],
    ),
    (
        "sarif/shellcheck-sarif.sarif",
        &[
            "2115 | Medium | Code | Open | run.sh:2 | - | -",
            "2086 | Low | Code | Open | run.sh:2 | - | -",
            "2045 | High | Code | Open | run.sh:3 | - | -",
            "2035 | Low | Code | Open | run.sh:3 | - | -",
            "2086 | Low | Code | Open | run.sh:3 | - | -",
            "by shellcheck",
        ],
    ),
    (
        "sarif/zizmor-tool-behind-results.sarif",
        &[
            "zizmor/template-injection | High | Code | Open | .github/workflows/ci.yml:7 | - | -",
            "by zizmor 1.32.0",
        ],
    ),
    ("cargo-audit/clean.json", &["by cargo-audit"]),
    (
        "cargo-audit/two-versions-of-a-crate.json",
        &[
            "RUSTSEC-2026-9001 | Critical | Vulnerability | Open | - | bitflags@1.3.2 | CVE-2026-90001 GHSA-aaaa-bbbb-cccc",
            "RUSTSEC-2026-9001 | Critical | Vulnerability | Open | - | bitflags@2.13.2 | CVE-2026-90001 GHSA-aaaa-bbbb-cccc",
            "RUSTSEC-2026-9003 | Medium | Vulnerability | Open | - | memchr@2.8.3 | -",
            "RUSTSEC-2026-9002 | Unknown | Vulnerability | Open | - | memchr@2.8.3 | CVE-2026-90002",
            "RUSTSEC-2026-9004 | Low | Dependency | Open | - | cfg-if@1.0.5 | -",
            "RUSTSEC-2026-9005 | Medium | Dependency | Open | - | cfg-if@1.0.5 | -",
            "by cargo-audit",
        ],
    ),
    (
        "cargo-audit/warnings-only.json",
        &[
            "RUSTSEC-2026-9004 | Low | Dependency | Open | - | cfg-if@1.0.5 | -",
            "RUSTSEC-2026-9005 | Medium | Dependency | Open | - | cfg-if@1.0.5 | -",
            "by cargo-audit",
        ],
    ),
    (
        "cargo-deny/advisories.jsonl",
        &[
            "RUSTSEC-2026-9001 | Critical | Vulnerability | Open | - | bitflags@1.3.2 | CVE-2026-90001 GHSA-aaaa-bbbb-cccc",
            "RUSTSEC-2026-9001 | Critical | Vulnerability | Open | - | bitflags@2.13.2 | CVE-2026-90001 GHSA-aaaa-bbbb-cccc",
            "RUSTSEC-2026-9004 | High | Dependency | Open | - | cfg-if@1.0.5 | -",
            "RUSTSEC-2026-9005 | High | Dependency | Open | - | cfg-if@1.0.5 | -",
            "RUSTSEC-2026-9002 | Unknown | Vulnerability | Open | - | memchr@2.8.3 | CVE-2026-90002",
            "duplicate | Low | Dependency | Open | - | bitflags@1.3.2 | -",
            "by cargo-deny",
        ],
    ),
    (
        "cargo-deny/banned-and-duplicate.jsonl",
        &[
            "duplicate | Low | Dependency | Open | - | bitflags@1.3.2 | -",
            "banned | High | Dependency | Open | - | memchr@2.8.3 | -",
            "by cargo-deny",
        ],
    ),
    ("cargo-deny/clean.jsonl", &["by cargo-deny"]),
    (
        "cargo-deny/no-database.jsonl",
        &[
            "! the tool says that it met an error: failed to get 'FETCH_HEAD' metadata: failed to get HEAD time",
            "by cargo-deny",
        ],
    ),
    (
        "osv-scanner/groups.json",
        &[
            "GHSA-wcg3-cvx6-7396 | Medium | Vulnerability | Status not_called | /repo/x/Cargo.lock | time@0.1.43 | RUSTSEC-2020-0071 CVE-2020-26235",
            "RUSTSEC-2099-0001 | Critical | Vulnerability | Open | /repo/x/Cargo.lock | remoteprocess@0.0.1 | -",
            "RUSTSEC-2099-0002 | Unknown | Vulnerability | Open | /repo/x/Cargo.lock | remoteprocess@0.0.1 | -",
            "by osv-scanner",
        ],
    ),
    (
        "osv-scanner/malware-and-licences.json",
        &[
            "MAL-2099-1 | Critical | Vulnerability | Open | package-lock.json | left-padd@9.9.9 | -",
            "GPL-3.0 | Unknown | License | Open | package-lock.json | left-padd@9.9.9 | -",
            "OSV-2099-2 | Unknown | Vulnerability | Open | vendor/zlib | - | -",
            "by osv-scanner",
        ],
    ),
    ("osv-scanner/nothing-found.json", &["by osv-scanner"]),
    (
        "npm-audit/refused.json",
        &[
            "! npm got no answer: 405 Method Not Allowed - POST https://registry.npmjs.org/-/n",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/no-lock-file.json",
        &["! npm got no answer: This command requires an existing lockfile.", "by npm-audit"],
    ),
    (
        "npm-audit/npm-11-two-advisories.json",
        &[
            "GHSA-aaaa-bbbb-cccc | High | Vulnerability | Open | node_modules/cutt/node_modules/padd | padd@- | 9001",
            "GHSA-dddd-eeee-ffff | Medium | Vulnerability | Open | node_modules/cutt/node_modules/padd | padd@- | 9002",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/npm-6-endpoint-missing.json",
        &[
            "! npm got no answer: Your configured registry (http://127.0.0.1:8378/) does not s",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/npm-6-two-advisories.json",
        &[
            "GHSA-aaaa-bbbb-cccc | High | Vulnerability | Open | - | padd@0.9.0 | CVE-2099-1 9001",
            "GHSA-dddd-eeee-ffff | Medium | Vulnerability | Open | - | padd@0.9.0 | 9002",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/pnpm-10-two-advisories.json",
        &[
            "GHSA-aaaa-bbbb-cccc | High | Vulnerability | Open | - | padd@0.9.0 | CVE-2099-1 9001",
            "GHSA-dddd-eeee-ffff | Medium | Vulnerability | Open | - | padd@0.9.0 | 9002",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/pnpm-endpoint-missing.json",
        &[
            "! npm got no answer: The audit endpoint (at http://127.0.0.1:8378/-/npm/v1/securi",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/yarn-1-two-advisories.jsonl",
        &[
            "GHSA-aaaa-bbbb-cccc | High | Vulnerability | Open | - | padd@0.9.0 | CVE-2099-1 9001",
            "GHSA-dddd-eeee-ffff | Medium | Vulnerability | Open | - | padd@0.9.0 | 9002",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/version-1.json",
        &[
            "CVE-2019-10744 | High | Vulnerability | Open | - | lodash@3.10.1 | 1065",
            "CVE-2019-10744 | High | Vulnerability | Open | - | lodash@4.17.10 | 1065",
            "GHSA-cwfw-4gq5-mrqx | Low | Vulnerability | Open | - | braces@1.2.0 | 1096",
            "by npm-audit",
        ],
    ),
    (
        "npm-audit/version-2.json",
        &[
            "GHSA-vh95-rmgr-6w4m | Medium | Vulnerability | Open | node_modules/minimist | minimist@- | 1179",
            "GHSA-xvch-5gv4-984h | Critical | Vulnerability | Open | node_modules/minimist | minimist@- | 1097677",
            "by npm-audit",
        ],
    ),
    (
        "trivy/cluster-by-sort.json",
        &[
            "CVE-2099-0005 | High | Vulnerability | Open | default/Deployment/app | musl@1.2.5 | -",
            "KSV044 | Critical | Misconfiguration | Open | ClusterRole/admin/ClusterRole/admin | - | AVD-KSV-0044",
            "by trivy",
        ],
    ),
    (
        "trivy/cluster-resources.json",
        &[
            "CVE-2099-0004 | Low | Vulnerability | Open | default/Deployment/app | musl@1.2.5 | -",
            "! the tool could not look at a resource: image not found",
            "by trivy",
        ],
    ),
    (
        "trivy/early-list.json",
        &[
            "CVE-2021-36159 | Critical | Vulnerability | Open | - | apk-tools@2.10.6-r0 | -",
            "by trivy",
        ],
    ),
    (
        "trivy/looked-at-nothing.json",
        &["! the tool looked at nothing: its report is `null`", "by trivy"],
    ),
    (
        "trivy/nothing-found.json",
        &["? it names no target, so that nobody can tell whether Trivy looked at any", "by trivy"],
    ),
    (
        "trivy/results.json",
        &[
            "CVE-2020-26235 | Medium | Vulnerability | Status fixed | Cargo.lock | time@0.1.43 | GHSA-wcg3-cvx6-7396",
            "CVE-2099-0001 | Critical | Vulnerability | Status affected | Cargo.lock | a@1.0.0 | -",
            "CVE-2099-0002 | Unknown | Vulnerability | Status not_affected | Cargo.lock | b@1.0.0 | -",
            "CVE-2099-0003 | High | Vulnerability | Suppressed (not built in) | Cargo.lock | c@2.0.0 | -",
            "AVD-AWS-0088 | High | Misconfiguration | Open | main.tf:3 | - | -",
            "AVD-AWS-0090 | Medium | Misconfiguration | Suppressed | main.tf | - | -",
            "aws-access-key-id | Critical | Secret | Open | config/dev.env:2 | - | -",
            "GPL-3.0 | High | License | Open | Rust | gpl-thing@- | -",
            "by trivy",
        ],
    ),
    (
        "snyk/all-projects.json",
        &[
            "SNYK-JS-PADD-1 | Medium | Vulnerability | Open | package-lock.json | padd@0.9.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "SNYK-JS-PADD-2 | Critical | Vulnerability | Open | package-lock.json | padd@0.9.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "snyk:lic:npm:cutt:GPL-3.0 | High | License | Open | package-lock.json | cutt@2.0.0 | -",
            "SNYK-JS-PADD-1 | Medium | Vulnerability | Open | package-lock.json | padd@1.0.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "by snyk",
        ],
    ),
    (
        "snyk/group-issues.json",
        &[
            "SNYK-JS-PADD-2 | Critical | Vulnerability | Open | package-lock.json | padd@0.9.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "snyk:lic:npm:cutt:GPL-3.0 | High | License | Open | package-lock.json | cutt@2.0.0 | -",
            "SNYK-JS-PADD-1 | Medium | Vulnerability | Open | package-lock.json | padd@1.0.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "by snyk",
        ],
    ),
    (
        "snyk/infrastructure.json",
        &[
            "SNYK-CC-TF-18 | High | Misconfiguration | Open | main.tf:4 | - | resource.aws_s3_bucket.log[acl]",
            "SNYK-CC-TF-18 | High | Misconfiguration | Suppressed | main.tf | - | resource.aws_s3_bucket.web[acl]",
            "! the tool says that it failed: Failed to parse Terraform file",
            "by snyk",
        ],
    ),
    (
        "snyk/out-of-sync.json",
        &[
            "! the tool says that it failed: Dependency padd was not found in package-lock.json. Your pac",
            "by snyk",
        ],
    ),
    (
        "snyk/paths-and-ignored.json",
        &[
            "SNYK-JS-PADD-1 | Medium | Vulnerability | Open | package-lock.json | padd@0.9.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "snyk:lic:npm:cutt:GPL-3.0 | High | License | Open | package-lock.json | cutt@2.0.0 | -",
            "SNYK-JS-PADD-1 | Medium | Vulnerability | Open | package-lock.json | padd@1.0.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "SNYK-JS-PADD-2 | Critical | Vulnerability | Suppressed (not built in) | package-lock.json | padd@0.9.0 | CVE-2099-1 GHSA-aaaa-bbbb-cccc",
            "by snyk",
        ],
    ),
    ("snyk/nothing-found.json", &["by snyk"]),
    (
        "snyk/projects-one-failed.json",
        &[
            "! the tool says that it failed: Missing node_modules folder: we can't test without dependenc",
            "by snyk",
        ],
    ),
    (
        "snyk/rows-are-paths.json",
        &[
            "SNYK-JS-LODASH-567746 | High | Vulnerability | Open | package-lock.json | lodash@4.17.15 | CVE-2020-8203 GHSA-p6mc-m468-83gw",
            "SNYK-JS-EJS-2803307 | Critical | Vulnerability | Open | package-lock.json | ejs@1.0.0 | -",
            "snyk:lic:npm:gpl:GPL-3.0 | Medium | License | Open | package-lock.json | gpl@2.0.0 | -",
            "npm:ms:20170412 | Low | Vulnerability | Suppressed (not reachable) | package-lock.json | ms@0.7.1 | -",
            "by snyk",
        ],
    ),
];

/// What is found in place of a report, and where.
const BAD: &[(&str, &str, u64, u64)] = &[
    ("sarif/no-runs.sarif.bad", "no list of runs", 2, 1),
    ("sarif/no-tool.sarif.bad", "JSON of another shape", 1, 41),
    ("sarif/truncated.sarif.bad", "the end of the file", 106, 3),
    ("sarif/version-1.sarif.bad", "JSON of another shape", 1, 18),
    ("cargo-audit/no-list.json.bad", "JSON of another shape", 1, 92),
    ("cargo-audit/truncated.json.bad", "the end of the file", 1, 700),
    ("cargo-deny/no-summary.jsonl.bad", "no summary, with which a whole report ends", 6, 1),
    ("cargo-deny/truncated.jsonl.bad", "the end of the file", 1, 900),
    ("osv-scanner/nothing-at-all.json.bad", "an empty file", 1, 1),
    ("osv-scanner/truncated.json.bad", "the end of the file", 20, 43),
    ("npm-audit/no-metadata.json.bad", "no metadata, with which npm says what it looked at", 2, 1),
    ("npm-audit/truncated.json.bad", "the end of the file", 25, 22),
    ("trivy/no-version.json.bad", "neither a version nor a cluster", 2, 1),
    ("trivy/truncated.json.bad", "the end of the file", 27, 55),
    ("snyk/no-list.json.bad", "a project without a list of vulnerabilities", 2, 1),
    ("snyk/truncated.json.bad", "the end of the file", 5, 174),
];

/// The lines of a file, as [`GOOD`] has them.
fn lines(findings: &[Finding], reading: &Reading) -> Vec<String> {
    let complaint = |it: &reports::Complaint| {
        let said = it.said.as_ref().map_or_else(String::new, |said| format!(": {said}"));
        let said: String = said.chars().take(62).collect();
        format!("! {}{said}", it.why)
    };
    let tool = |it: &reports::Tool| {
        let version = it.version.as_ref().map_or_else(String::new, |it| format!(" {it}"));
        format!("by {}{version}", it.name)
    };
    let findings = findings.iter().map(line);
    let nothing = reading.nothing.iter().map(|why| format!("? {why}"));
    let findings = findings.chain(nothing);
    let told = reading.complaints.iter().map(complaint).chain(reading.tools.iter().map(tool));
    findings.chain(told).collect()
}

#[test]
fn every_good_file_is_read_as_expected() {
    let mut seen = Vec::new();
    for format in FORMATS {
        for (file, bytes) in files(format).iter().filter(|(file, _)| !is_bad(file)) {
            let name = format!("{}/{file}", format.name());
            let (_, wanted) = GOOD.iter().find(|(good, _)| *good == name).expect(&name);
            let (findings, reading) =
                read(format, bytes).unwrap_or_else(|it| panic!("{name}: {it}"));
            assert_eq!(lines(&findings, &reading), *wanted, "{name}");
            seen.push(name);
        }
    }
    assert_eq!(seen.len(), GOOD.len());
}

#[test]
fn every_bad_file_is_refused_at_its_place() {
    let mut told = Vec::new();
    for format in FORMATS {
        for (file, bytes) in files(format).iter().filter(|(file, _)| is_bad(file)) {
            let Malformed { found, line, column, .. } = read(format, bytes).unwrap_err();
            told.push((format!("{}/{file}", format.name()), found.to_string(), line, column));
        }
    }
    let wanted: Vec<(String, String, u64, u64)> = BAD
        .iter()
        .map(|(file, found, line, column)| ((*file).into(), (*found).into(), *line, *column))
        .collect();
    assert_eq!(told, wanted);
}

#[test]
fn a_report_that_is_cut_off_is_refused_wherever_that_is() {
    for format in FORMATS {
        for (file, bytes) in files(format).iter().filter(|(file, _)| !is_bad(file)) {
            let end = bytes.trim_ascii_end().len();
            for cut in (0..end).step_by(7).chain([end - 1]) {
                // What is left of lines may be a whole report of less only if its last line is there.
                let read = read(format, &bytes[..cut]);
                let is_told = read.as_ref().is_ok_and(|(_, it)| !it.complaints.is_empty());
                assert!(read.is_err() || is_told, "{file} cut at {cut}");
            }
        }
    }
}

#[test]
fn no_secret_is_in_what_is_read() {
    for (file, bytes) in files(Format::Trivy).iter().filter(|(file, _)| !is_bad(file)) {
        let (findings, _) = read(Format::Trivy, bytes).unwrap();
        assert!(!format!("{findings:?}").contains("NEVER-TO-BE-TOLD"), "{file}");
    }
}

#[test]
fn every_file_has_its_row_in_the_readme() {
    let readme = fs::read_to_string(folder(Format::Sarif).join("../README.md")).unwrap();
    for (file, _) in GOOD {
        assert!(readme.contains(&format!("| `{file}` |")), "testdata/README.md lacks {file}");
    }
}

fn is_bad(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|end| end == "bad")
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for format in FORMATS {
            let _ = format.read(&bytes, Bounds::default(), &mut |_| {});
        }
    }

    /// A byte of a good report in place of another.
    #[test]
    fn no_report_with_a_wrong_byte_panics(which in 0_usize..1000, at in 0_usize..20_000, byte in any::<u8>()) {
        for format in FORMATS {
            let files = files(format);
            let (_, bytes) = &files[which % files.len()];
            let mut bytes = bytes.clone();
            let length = bytes.len().max(1);
            if let Some(place) = bytes.get_mut(at % length) {
                *place = byte;
            }
            let _ = format.read(&bytes, Bounds::default(), &mut |_| {});
        }
    }
}
