//! What scanners and linters find: vulnerabilities, secrets, misconfigurations, bad code.

use bstr::BString;

use crate::family::{Fault, Sink, family};

mod cvss_vector;
mod fingerprint;
mod json;
mod rows;
mod secrets;
#[cfg(test)]
mod tests;

pub use fingerprint::is_placeholder;

family! {
    Finding; "findings";
    /// SARIF 2.1.0.
    sarif::Sarif,
    /// The JSON of cargo-audit.
    cargo_audit::CargoAudit,
    /// The JSON lines of cargo-deny.
    cargo_deny::CargoDeny,
    /// The JSON of osv-scanner.
    osv_scanner::OsvScanner,
    /// The JSON of `npm audit`.
    npm_audit::NpmAudit,
    /// The JSON of Trivy.
    trivy::Trivy,
    /// The JSON of `snyk test`.
    snyk::Snyk,
    /// The JSON of gitleaks.
    gitleaks::Gitleaks,
    /// The JSON lines of TruffleHog.
    trufflehog::Trufflehog,
    /// The JSON of Semgrep.
    semgrep::Semgrep,
    /// The JSON of tfsec.
    tfsec::Tfsec,
    /// The JSON of tflint.
    tflint::Tflint,
    /// The JSON of `terraform validate`.
    terraform_validate::TerraformValidate,
}

/// How bad a finding is, on one scale for all scanners. The order is from least to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing: a note, an informational finding.
    Low,
    /// CVSS 4.0 to 6.9, or the tool's word for it.
    Medium,
    /// CVSS 7.0 to 8.9, or the tool's word for it.
    High,
    /// CVSS 9.0 and more, or the tool's word for it.
    Critical,
    /// The tool does not say, and nothing says it in its place.
    Unknown,
}

/// What sort of thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A known vulnerability of a dependency, or a package that is malware.
    Vulnerability,
    /// A dependency that is unmaintained, yanked, banned, or from an unknown source.
    Dependency,
    /// A password, a key, a token in the clear.
    Secret,
    /// A configuration that is not safe.
    Misconfiguration,
    /// A licence that may not be used.
    License,
    /// The code itself.
    Code,
}

/// Whether the tool counts its finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Open,
    /// It does not: suppressed in the source or in the tool's own list; why, if it says so.
    Suppressed(Option<BString>),
    /// The tool has a status of its own for it: `not_affected`, `will_not_fix`.
    Status(BString),
    /// The tool itself compared with a base, and the base has it too (`baselineState` of SARIF).
    Existing,
}

/// A package of an ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package {
    /// Its name, as its ecosystem writes it.
    pub name: BString,
    /// Its version, if the report says it.
    pub version: Option<BString>,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The tool that found it.
    pub tool: BString,
    /// The tool's name for what it found: `RUSTSEC-2020-0071`, `CVE-2020-26235`, `aws-access-token`.
    pub rule: BString,
    /// Other names of the same thing: `CVE-…`, `GHSA-…`, `RUSTSEC-…`.
    pub aliases: Vec<BString>,
    /// What it is, in the tool's words. Never a secret itself.
    pub message: BString,
    /// Where: as the report writes it, `file://` and percent-encoding resolved.
    pub path: Option<BString>,
    /// The line, from 1.
    pub line: Option<u64>,
    /// The column, from 1.
    pub column: Option<u64>,
    /// The package that it is about.
    pub package: Option<Package>,
    /// How bad it is.
    pub severity: Severity,
    /// What sort of thing it is.
    pub kind: Kind,
    /// Whether the tool counts it.
    pub standing: Standing,
    /// What the tool itself gives to tell it from others, the same from run to run.
    pub fingerprint: Option<BString>,
    /// The source where it is, if the report quotes it: only to tell it from others, never to be told,
    /// because it may be the secret that was found.
    pub source: Option<BString>,
}

impl Severity {
    /// What a CVSS base score comes to, given in tenths (CVSS v3.1, section 5; v4.0, section 6): 0 is low,
    /// because something was found after all.
    pub fn of_score(tenths: u16) -> Self {
        match tenths {
            90.. => Self::Critical,
            70.. => Self::High,
            40.. => Self::Medium,
            _ => Self::Low,
        }
    }

    /// What a scanner's word comes to, in any case of letters; nothing if it is none.
    pub fn of_word(word: &[u8]) -> Option<Self> {
        match word.to_ascii_lowercase().as_slice() {
            b"critical" => Some(Self::Critical),
            b"high" | b"important" | b"error" => Some(Self::High),
            b"medium" | b"moderate" | b"warning" => Some(Self::Medium),
            b"low" | b"minor" | b"negligible" | b"note" | b"notice" | b"info"
            | b"informational" => Some(Self::Low),
            // `none` is no severity: nobody said how bad it is.
            b"unknown" | b"undefined" | b"none" | b"" => Some(Self::Unknown),
            _ => None,
        }
    }
}
