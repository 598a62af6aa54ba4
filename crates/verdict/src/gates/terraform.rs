//! Is the Terraform code valid?
//!
//! `terraform validate` says so for one root module at a time, and its report does not name it: the module
//! is the folder that stands in the report's own path. tflint and tfsec add what they find. Reports of
//! the named tools must be there for each module that is listed.

use std::collections::{BTreeMap, BTreeSet};

use bstr::{BString, ByteSlice as _};
use diagnostics::config::Table;
use diagnostics::{Foreign, Place, text};
use repo_model::RepoPath;
use reports::findings::{Finding, Format, Severity, Standing};

use crate::{Gate, Mode, Outcome, Reason, State, Verdict};

/// What the gate wants: `[gate.terraform]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// The formats of which there must be a report, for each module if any is listed.
    pub require: Vec<Format>,
    /// The root modules, as folders of the repository.
    pub modules: Vec<String>,
    /// What to do with an invalid configuration, with tflint's errors, and with what tfsec calls high or
    /// critical.
    pub errors: Mode,
    /// What to do with warnings, and with what tfsec calls medium.
    pub warnings: Mode,
    /// What to do with tflint's notices, and with what tfsec calls low.
    pub notices: Mode,
    /// How many warnings there may be at most.
    pub most_warnings: Option<u64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            require: vec![Format::TerraformValidate],
            modules: Vec::new(),
            errors: Mode::Block,
            warnings: Mode::Warn,
            notices: Mode::Report,
            most_warnings: None,
        }
    }
}

/// The tools whose reports can be asked for.
const TOOLS: [(&str, Format); 3] = [
    ("terraform-validate", Format::TerraformValidate),
    ("tflint", Format::Tflint),
    ("tfsec", Format::Tfsec),
];

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let other = Self::default();
        let require = table.strings("require").map(|words| {
            words.iter().filter_map(|word| table.chosen(word, "require", &TOOLS)).collect()
        });
        let mut modules = Vec::new();
        for word in table.strings("modules").unwrap_or_default() {
            match RepoPath::normalized(word.text.as_bytes()) {
                Ok(path) => modules.push(path.as_bytes().to_str_lossy().into_owned()),
                // The repository itself.
                Err(_) if matches!(word.text.as_str(), "." | "./") => modules.push(".".to_owned()),
                Err(_) => table.wrong(
                    &word,
                    "expected a folder of the repository",
                    "write it from the repository's root: `infra/terraform/production`",
                ),
            }
        }
        Self {
            mode: table.choice("mode", &Mode::WORDS).unwrap_or_default(),
            require: require.unwrap_or(other.require),
            modules,
            errors: table.choice("errors", &Mode::WORDS).unwrap_or(other.errors),
            warnings: table.choice("warnings", &Mode::WORDS).unwrap_or(other.warnings),
            notices: table.choice("notices", &Mode::WORDS).unwrap_or(other.notices),
            most_warnings: table.count("max-warnings"),
        }
    }
}

/// A report that was read.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// Its path.
    pub file: &'a [u8],
    /// What it is.
    pub format: Format,
    /// What it says.
    pub findings: &'a [Finding],
}

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The reports of all tools.
    pub reports: &'a [Report<'a>],
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Error,
    Warning,
    Notice,
}

impl Weight {
    fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High | Severity::Unknown => Self::Error,
            Severity::Medium => Self::Warning,
            Severity::Low => Self::Notice,
        }
    }
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let mut reasons = missing(policy, facts);
    let mut counts: BTreeMap<Weight, usize> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for report in facts.reports {
        let module = module_of(policy, report.file);
        for finding in report.findings {
            let path = finding.path.as_ref().map(|path| path_in(module, path));
            // A module that several others use is found in each of them; without a module, files of one
            // name are different files.
            let unknown = module.is_none().then_some(report.file);
            let key = (
                unknown,
                &finding.tool,
                &finding.rule,
                path.clone(),
                finding.line,
                finding.column,
                &finding.message,
            );
            if path.is_some() && !told.insert(key) {
                continue;
            }
            let reason = reason(policy, report, finding, path.as_ref());
            if reason.state == State::Open {
                *counts.entry(Weight::of(finding.severity)).or_default() += 1;
            }
            reasons.push(reason);
        }
    }
    let count = |weight| counts.get(&weight).copied().unwrap_or_default();
    let warnings = count(Weight::Warning);
    let is_above = |most: &u64| u64::try_from(warnings).unwrap_or(u64::MAX) > *most;
    if let Some(most) = policy.most_warnings.filter(is_above) {
        let message = text!["there are ", warnings, " warnings, and ", most, " are allowed"];
        reasons.push(Reason::new("terraform-warnings", policy.mode.soften(Verdict::Fail), message));
    }
    let validated =
        facts.reports.iter().filter(|report| report.format == Format::TerraformValidate);
    let measured = text![
        validated.count(),
        " modules validated, ",
        count(Weight::Error),
        " errors, ",
        warnings,
        " warnings"
    ];
    let mut limit = text!["valid"];
    if let Some(most) = policy.most_warnings {
        limit.text(", at most ").number(most).text(" warnings");
    }
    Outcome { gate: Gate::Terraform, measured, limit, reasons }
}

/// What did not run.
fn missing(policy: &Policy, facts: &Facts<'_>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if facts.reports.is_empty() && policy.require.is_empty() {
        let message = "there is no report, so nothing was looked at";
        reasons.push(Reason::new("no-report", Verdict::Error, message));
    }
    for format in &policy.require {
        let of_format = || facts.reports.iter().filter(|report| report.format == *format);
        let help = match format {
            Format::TerraformValidate => {
                "make it in each module with `terraform init -backend=false` and `terraform validate -json > <module>/validate.json`"
            }
            Format::Tflint => {
                "make it in each module with `tflint --format=json > <module>/tflint.json`"
            }
            Format::Tfsec => "make it with `tfsec --format json --out <module>/tfsec.json`",
            Format::Sarif
            | Format::CargoAudit
            | Format::CargoDeny
            | Format::OsvScanner
            | Format::NpmAudit
            | Format::Trivy
            | Format::Snyk
            | Format::Gitleaks
            | Format::Trufflehog
            | Format::Semgrep => "name the report in `reports`",
        };
        if policy.modules.is_empty() && of_format().next().is_none() {
            let message = text!["there is no report of ", format.name()];
            reasons.push(Reason::new("no-report", Verdict::Error, message).help(help));
        }
        for module in &policy.modules {
            let is_its = |report: &Report<'_>| module_of(policy, report.file) == Some(module);
            if !of_format().any(is_its) {
                let name = Foreign::from(module.as_str());
                let message =
                    text!["there is no report of ", format.name(), " for the module ", name];
                reasons.push(Reason::new("no-report", Verdict::Error, message).help(help));
            }
        }
    }
    reasons
}

/// The module that a report is of: the longest whose folders stand in the report's path one after the
/// other.
fn module_of<'p>(policy: &'p Policy, file: &[u8]) -> Option<&'p String> {
    let parts: Vec<&[u8]> = file.split(|byte| matches!(byte, b'/' | b'\\')).collect();
    let folders = parts.split_last().map(|(_, folders)| folders).unwrap_or_default();
    let is_of = |module: &&String| {
        let wanted: Vec<&[u8]> = module.as_bytes().split(|byte| *byte == b'/').collect();
        *module == "." || folders.windows(wanted.len()).any(|window| window == wanted)
    };
    // Of the repository itself is what is of no other.
    let length = |module: &&String| if *module == "." { 0 } else { module.len() };
    policy.modules.iter().filter(is_of).max_by_key(length)
}

/// A path of a finding from the repository's root, as far as that can be told.
fn path_in(module: Option<&String>, path: &BString) -> BString {
    let Some(module) = module.filter(|module| *module != ".") else { return path.clone() };
    let is_whole = path.starts_with(b"/")
        || path.strip_prefix(module.as_bytes()).is_some_and(|rest| rest.starts_with(b"/"));
    if is_whole {
        return path.clone();
    }
    let joined = bstr::join("/", [module.as_bytes(), path.as_slice()]);
    RepoPath::normalized(&joined).map_or_else(|_| path.clone(), |path| path.as_bytes().into())
}

fn reason(
    policy: &Policy,
    report: &Report<'_>,
    finding: &Finding,
    path: Option<&BString>,
) -> Reason {
    let mode = match Weight::of(finding.severity) {
        Weight::Error => policy.errors,
        Weight::Warning => policy.warnings,
        Weight::Notice => policy.notices,
    };
    let verdict = policy.mode.soften(mode.soften(Verdict::Fail));
    let message = text![Foreign::from(finding.message.as_slice())];
    let file = path.map_or(report.file, |path| path.as_slice());
    let place = Place {
        file: Foreign::from(file),
        line: finding.line.filter(|_| path.is_some()),
        column: finding.column.filter(|_| path.is_some()),
    };
    let mut reason = Reason::new(finding.rule.as_slice(), verdict, message).at(place);
    let foreign = |words: &BString| Foreign::from(words.as_slice());
    reason.aliases = finding.aliases.iter().map(foreign).collect();
    reason.fingerprint = finding.fingerprint.as_ref().map(|words| Foreign::from(words.as_slice()));
    reason.state = match &finding.standing {
        // What is not valid is not valid, for however long.
        Standing::Open | Standing::Existing => State::Open,
        Standing::Suppressed(why) => {
            State::Suppressed(why.as_ref().map(|why| Foreign::from(why.as_slice())))
        }
        Standing::Status(status) => State::Suppressed(Some(Foreign::from(status.as_slice()))),
    };
    reason
}

#[cfg(test)]
mod tests {
    use diagnostics::config::Config;
    use proptest::prelude::*;
    use reports::findings::Kind;

    use super::*;

    fn finding(severity: Severity, path: Option<&str>) -> Finding {
        Finding {
            tool: "t".into(),
            rule: "r".into(),
            aliases: Vec::new(),
            message: "m".into(),
            path: path.map(BString::from),
            line: Some(3),
            column: None,
            package: None,
            severity,
            kind: Kind::Code,
            standing: Standing::Open,
            fingerprint: None,
            source: None,
        }
    }

    fn policy(text: &str) -> Policy {
        Config::read("c.toml", text.as_bytes(), Policy::read).unwrap()
    }

    /// Each reason as its rule, verdict and path.
    #[track_caller]
    fn check(text: &str, reports: &[(&str, Format, &[Finding])], wanted: &[&str]) {
        let reports: Vec<Report<'_>> = reports
            .iter()
            .map(|(file, format, findings)| Report {
                file: file.as_bytes(),
                format: *format,
                findings,
            })
            .collect();
        let outcome = decide(&policy(text), &Facts { reports: &reports });
        let one = |reason: &Reason| {
            let path =
                reason.place.as_ref().map_or(b"".as_bstr(), |place| place.file.raw().as_bstr());
            format!("{} {} {path}", reason.rule.raw().as_bstr(), reason.verdict.name())
        };
        assert_eq!(outcome.reasons.iter().map(one).collect::<Vec<_>>(), wanted, "{text}");
    }

    const VALIDATE: Format = Format::TerraformValidate;

    #[test]
    fn an_invalid_configuration_fails() {
        let error = [finding(Severity::High, Some("main.tf"))];
        check("", &[("validate.json", VALIDATE, &[])], &[]);
        check("", &[("validate.json", VALIDATE, &error)], &["r fail main.tf"]);
        check("errors = 'warn'", &[("validate.json", VALIDATE, &error)], &["r warn main.tf"]);
        check("mode = 'report'", &[("validate.json", VALIDATE, &error)], &["r pass main.tf"]);
        let placeless = [finding(Severity::High, None)];
        check("", &[("validate.json", VALIDATE, &placeless)], &["r fail validate.json"]);
        let unknown = [finding(Severity::Unknown, Some("main.tf"))];
        check("", &[("validate.json", VALIDATE, &unknown)], &["r fail main.tf"]);
    }

    #[test]
    fn a_tool_that_did_not_run_is_an_error_in_every_mode() {
        check("", &[], &["no-report error "]);
        check("mode = 'report'", &[], &["no-report error "]);
        check("require = []", &[], &["no-report error "]);
        check("", &[("tflint.json", Format::Tflint, &[])], &["no-report error "]);
        check(
            "require = ['tflint', 'tfsec']",
            &[("t.json", Format::Tflint, &[])],
            &["no-report error "],
        );
    }

    #[test]
    fn every_module_has_its_own_report() {
        let modules = "modules = ['infra/dev', './infra/prod/', 'infra']";
        let [dev, prod, infra] = ["out/infra/dev/v.json", "infra/prod/v.json", "infra/v.json"]
            .map(|file| (file, VALIDATE, &[][..]));
        check(modules, &[dev, prod, infra], &[]);
        check(modules, &[dev, prod], &["no-report error "]);
        check(modules, &[infra], &["no-report error ", "no-report error "]);
        check(
            "modules = 'infra/prod'",
            &[("infra/production/v.json", VALIDATE, &[])],
            &["no-report error "],
        );
        check("modules = '.'", &[("v.json", VALIDATE, &[])], &[]);
    }

    #[test]
    fn paths_are_those_of_the_repository() {
        let own = [
            finding(Severity::High, Some("main.tf")),
            finding(Severity::High, Some("../shared/x.tf")),
        ];
        let whole = [
            finding(Severity::High, Some("infra/dev/a.tf")),
            finding(Severity::High, Some("/r/a.tf")),
        ];
        let modules = "modules = ['infra/dev', 'infra/prod']";
        check(
            modules,
            &[("infra/dev/v.json", VALIDATE, &own), ("infra/prod/v.json", VALIDATE, &own[1..])],
            &["r fail infra/dev/main.tf", "r fail infra/shared/x.tf"],
        );
        check(
            "modules = 'infra/dev'",
            &[("infra/dev/v.json", VALIDATE, &whole)],
            &["r fail infra/dev/a.tf", "r fail /r/a.tf"],
        );
    }

    #[test]
    fn warnings_and_notices_have_modes_of_their_own() {
        let found = [finding(Severity::Medium, Some("a.tf")), finding(Severity::Low, Some("b.tf"))];
        let reports = [("v.json", VALIDATE, &[][..]), ("l.json", Format::Tflint, &found[..])];
        check("", &reports, &["r warn a.tf", "r pass b.tf"]);
        check("warnings = 'block'\nnotices = 'warn'", &reports, &["r fail a.tf", "r warn b.tf"]);
        check("max-warnings = 1", &reports, &["r warn a.tf", "r pass b.tf"]);
        check(
            "max-warnings = 0",
            &reports,
            &["r warn a.tf", "r pass b.tf", "terraform-warnings fail "],
        );
    }

    #[test]
    fn what_a_tool_suppresses_does_not_count() {
        let mut found = finding(Severity::High, Some("a.tf"));
        found.standing = Standing::Suppressed(None);
        let findings = [found];
        let report = Report { file: b"v.json", format: VALIDATE, findings: &findings };
        let outcome = decide(&Policy::default(), &Facts { reports: &[report] });
        assert_eq!(outcome.verdict(), Verdict::Pass);
    }

    #[test]
    fn modules_outside_of_the_repository_are_refused() {
        for wrong in ["modules = '../x'", "modules = ''", "require = 'sarif'", "max-warnings = -1"]
        {
            assert!(Config::read("c.toml", wrong.as_bytes(), Policy::read).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn a_module_without_a_report_never_passes(files in prop::collection::vec("[ab]{1,2}(/[ab]{1,2}){0,3}", 0..4)) {
            let reports: Vec<Report<'_>> = files.iter().map(|file| Report { file: file.as_bytes(), format: VALIDATE, findings: &[] }).collect();
            let policy = policy("modules = ['a/b', 'b']");
            let outcome = decide(&policy, &Facts { reports: &reports });
            let has = |module: &str| reports.iter().any(|report| module_of(&policy, report.file).is_some_and(|it| it == module));
            prop_assert_eq!(outcome.verdict() == Verdict::Pass, has("a/b") && has("b"));
        }
    }
}
