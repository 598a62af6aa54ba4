//! What is found in whole reports of scanners of secrets, of code and of Terraform. The expected lines
//! were written down from the files by eye, and from what each tool said in its own summary: three
//! leaks, four findings, `error_count` and `warning_count`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use reports::findings::{Finding, Format, Standing};
use reports::{Bounds, Malformed, Reading};

const FORMATS: &[Format] = &[
    Format::Gitleaks,
    Format::Trufflehog,
    Format::Semgrep,
    Format::Tfsec,
    Format::Tflint,
    Format::TerraformValidate,
];

/// A file, its findings each as severity, rule, place and standing, and how often it complains.
const GOOD: &[(&str, &[&str], usize)] = &[
    (
        "gitleaks/git-history.json",
        &[
            "Unknown aws-access-token config.py:2",
            "Unknown slack-webhook-url config.py:3",
            "Unknown private-key keys/id_rsa:1",
        ],
        0,
    ),
    (
        "gitleaks/redacted.json",
        &[
            "Unknown slack-webhook-url config.py:3",
            "Unknown aws-access-token config.py:2",
            "Unknown private-key keys/id_rsa:1",
        ],
        0,
    ),
    (
        "gitleaks/redacted-in-part.json",
        &[
            "Unknown slack-webhook-url config.py:3",
            "Unknown aws-access-token config.py:2",
            "Unknown private-key keys/id_rsa:1",
        ],
        0,
    ),
    ("gitleaks/no-leaks.json", &[], 0),
    ("gitleaks/null-of-version-8.json", &[], 0),
    ("gitleaks/version-7.json", &["Unknown AWS Access Key src/app.py:7"], 0),
    (
        "trufflehog/with-its-log.jsonl",
        &["Critical AWS config.py:2", "Unknown SlackWebhook conf/b.py:3"],
        0,
    ),
    (
        "trufflehog/secrets-only.jsonl",
        &["Critical AWS config.py:2", "Unknown SlackWebhook conf/b.py:3"],
        0,
    ),
    (
        "trufflehog/error-in-the-log.jsonl",
        &["Critical AWS config.py:2", "Unknown SlackWebhook conf/b.py:3"],
        1,
    ),
    ("trufflehog/version-2.jsonl", &["Unknown AWS API Key config.py:0"], 0),
    (
        "semgrep/both-scales.json",
        &[
            "High eval-used a.py:1",
            "Low print-used a.py:2",
            "Low print-used a.py:3",
            "Critical assert-used a.py:4",
            "Low open-used a.py:5",
        ],
        0,
    ),
    (
        "semgrep/a-line-that-cannot-be-parsed.json",
        &[
            "High eval-used a.py:1",
            "Low print-used a.py:2",
            "Low print-used a.py:3",
            "Critical assert-used a.py:4",
            "Low open-used a.py:5",
        ],
        0,
    ),
    ("semgrep/a-rule-that-cannot-be-parsed.json", &[], 1),
    ("semgrep/nothing-found.json", &[], 0),
    (
        "tfsec/version-1.json",
        &["High AVD-AWS-0086 infra/main.tf:1", "Critical AVD-AWS-0088 infra/main.tf:1 suppressed"],
        0,
    ),
    ("tfsec/old-words.json", &["High AWS002 infra/main.tf:1", "Medium AWS077 infra/main.tf:1"], 0),
    ("tfsec/null.json", &[], 0),
    (
        "tflint/three-severities.json",
        &[
            "High aws_instance_invalid_type main.tf:2",
            "Medium terraform_unused_declarations variables.tf:1",
            "Low terraform_naming_convention main.tf:9",
        ],
        0,
    ),
    ("tflint/nothing.json", &[], 0),
    ("tflint/did-not-lint.json", &[], 1),
    ("terraform-validate/valid.json", &[], 0),
    (
        "terraform-validate/warning-only.json",
        &[
            "Medium Version constraints inside provider configuration blocks are deprecated main.tf:1",
        ],
        0,
    ),
    ("terraform-validate/syntax-error.json", &["High Invalid expression main.tf:2"], 0),
    (
        "terraform-validate/error-and-warning.json",
        &[
            "High Invalid quoted type constraints main.tf:2",
            "Medium Version constraints inside provider configuration blocks are deprecated main.tf:14",
        ],
        0,
    ),
    ("terraform-validate/not-initialised.json", &["High Missing required provider :0"], 0),
];

fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

fn read(file: &str) -> Result<(Vec<Finding>, Reading), Malformed> {
    let folder = file.split('/').next().unwrap();
    let format = FORMATS.iter().find(|format| format.name() == folder).unwrap();
    let bytes = fs::read(testdata().join(file)).unwrap();
    let bytes = reports::unpacked(&bytes, 1 << 20)?;
    let mut findings = Vec::new();
    let read = format.read(&bytes, Bounds::default(), &mut |finding| findings.push(finding))?;
    Ok((findings, read))
}

fn line(finding: &Finding) -> String {
    let path = finding.path.clone().unwrap_or_default();
    let line = finding.line.unwrap_or_default();
    let shown = format!("{:?} {} {path}:{line}", finding.severity, finding.rule);
    if finding.standing == Standing::Open { shown } else { shown + " suppressed" }
}

#[test]
fn every_good_report_of_a_scanner_is_read_as_expected() {
    for (file, wanted, complaints) in GOOD {
        let (findings, read) = read(file).unwrap_or_else(|malformed| panic!("{file}: {malformed}"));
        assert_eq!(findings.iter().map(line).collect::<Vec<_>>(), *wanted, "{file}");
        assert_eq!(read.complaints.len(), *complaints, "{file}");
        assert_eq!(usize::try_from(read.entries), Ok(wanted.len()), "{file}");
    }
}

#[test]
fn every_bad_report_of_a_scanner_is_refused() {
    let good: BTreeSet<&str> = GOOD.iter().map(|(file, ..)| *file).collect();
    let readme = fs::read_to_string(testdata().join("README.md")).unwrap();
    for format in FORMATS {
        let mut bad = 0;
        for file in fs::read_dir(testdata().join(format.name())).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            let file = format!("{}/{name}", format.name());
            if Path::new(&name).extension().is_some_and(|end| end == "bad") {
                bad += 1;
                assert!(read(&file).is_err(), "{file}");
            } else {
                assert!(good.contains(&*file), "{file} has no expected findings");
                assert!(readme.contains(&format!("| `{file}` |")), "no row for {file}");
            }
        }
        assert!(bad > 0, "{}", format.name());
    }
}

#[test]
fn no_fixture_tells_its_secrets() {
    for (file, ..) in GOOD {
        let told = format!("{:?}", read(file));
        for secret in ["AKIAIOSFODNN7", "hooks.example.org", "not a key"] {
            assert!(!told.contains(secret), "{file}");
        }
    }
}
