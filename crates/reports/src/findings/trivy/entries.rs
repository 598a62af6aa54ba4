//! What Trivy finds, one shape a sort.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Place, package};
use crate::findings::json::{Scalar, Words, list};
use crate::findings::{Finding, Kind, Severity, Standing, is_placeholder};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Vulnerability<'a> {
    #[serde(borrow, rename = "VulnerabilityID")]
    id: Words<'a>,
    #[serde(borrow, default, rename = "VendorIDs", deserialize_with = "list")]
    vendor_ids: Vec<Words<'a>>,
    #[serde(borrow)]
    pkg_name: Option<Words<'a>>,
    #[serde(borrow)]
    pkg_path: Option<Words<'a>>,
    #[serde(borrow)]
    installed_version: Option<Words<'a>>,
    #[serde(borrow)]
    status: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    #[serde(borrow)]
    fingerprint: Option<Words<'a>>,
    /// By source: `nvd`, `ghsa`.
    #[serde(borrow, default, rename = "CVSS")]
    cvss: Option<BTreeMap<Words<'a>, Cvss>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cvss {
    v3_vector: Option<Scalar>,
    v40_vector: Option<Scalar>,
}

impl Vulnerability<'_> {
    /// Trivy's word, which may differ from the score on purpose (the distribution's own judgement); the
    /// worst vector only where there is none.
    fn severity(&self) -> Severity {
        let word = self.severity.as_ref().and_then(|word| Severity::of_word(word));
        let vectors = self.cvss.iter().flatten().flat_map(|(_, it)| [&it.v3_vector, &it.v40_vector]);
        let vectors = vectors.flatten().filter_map(|it| it.0.as_ref());
        word.filter(|word| *word != Severity::Unknown)
            .or_else(|| vectors.filter_map(|vector| Severity::of_vector(vector)).max())
            .unwrap_or(Severity::Unknown)
    }

    pub(super) fn finding(&self, place: &Place) -> Finding {
        let mut finding = place.finding(&self.id, Kind::Vulnerability, None);
        finding.severity = self.severity();
        finding.aliases = self.vendor_ids.iter().map(Words::owned).collect();
        finding.package = package(self.pkg_name.as_ref(), self.installed_version.as_ref());
        if let Some(title) = self.title.as_ref().filter(|title| !title.is_empty()) {
            finding.message = title.owned();
        }
        if let Some(path) = self.pkg_path.as_ref().filter(|path| !path.is_empty()) {
            finding.path = Some(path.owned());
        }
        if let Some(status) = self.status.as_ref().filter(|status| !status.is_empty()) {
            finding.standing = Standing::Status(status.owned());
        }
        let fingerprint = self.fingerprint.as_ref().filter(|it| !is_placeholder(it));
        finding.fingerprint = fingerprint.map(Words::owned);
        finding
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Misconfiguration<'a> {
    #[serde(borrow, rename = "ID")]
    id: Option<Words<'a>>,
    #[serde(borrow, rename = "AVDID")]
    avd_id: Option<Words<'a>>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    #[serde(borrow)]
    message: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    #[serde(borrow)]
    status: Option<Words<'a>>,
    #[serde(default)]
    cause_metadata: Option<Cause>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cause {
    start_line: Option<u64>,
}

impl Misconfiguration<'_> {
    pub(super) fn finding(&self, place: &Place) -> Option<Finding> {
        // The checks that passed stand in the list too.
        let status = self.status.as_ref().map_or(&b"FAIL"[..], |status| status);
        let standing = match status {
            b"PASS" => return None,
            b"EXCEPTION" => Standing::Suppressed(None),
            _ => Standing::Open,
        };
        let rule = self.id.as_ref().or(self.avd_id.as_ref());
        let rule = rule.map_or(&b"no-id"[..], |rule| rule);
        let mut finding = place.finding(rule, Kind::Misconfiguration, self.severity.as_ref());
        let said = [&self.message, &self.title].into_iter().flatten();
        if let Some(said) = said.into_iter().find(|said| !said.is_empty()) {
            finding.message = said.owned();
        }
        let other = self.avd_id.as_ref().filter(|other| ***other != *rule);
        finding.aliases = other.into_iter().map(Words::owned).collect();
        finding.line =
            self.cause_metadata.as_ref().and_then(|it| it.start_line).filter(|line| *line > 0);
        finding.standing = standing;
        Some(finding)
    }
}

/// A secret: the text that was found (`Match`, `Code`) is not read.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Secret<'a> {
    #[serde(borrow, rename = "RuleID")]
    rule: Words<'a>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    start_line: Option<u64>,
}

impl Secret<'_> {
    pub(super) fn finding(&self, place: &Place) -> Finding {
        let mut finding = place.finding(&self.rule, Kind::Secret, self.severity.as_ref());
        finding.message = self.title.as_ref().unwrap_or(&self.rule).owned();
        finding.line = self.start_line.filter(|line| *line > 0);
        finding
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct License<'a> {
    #[serde(borrow)]
    name: Words<'a>,
    #[serde(borrow)]
    category: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    #[serde(borrow)]
    pkg_name: Option<Words<'a>>,
    #[serde(borrow)]
    file_path: Option<Words<'a>>,
}

impl License<'_> {
    pub(super) fn finding(&self, place: &Place) -> Finding {
        let mut finding = place.finding(&self.name, Kind::License, self.severity.as_ref());
        finding.message = self.category.as_ref().unwrap_or(&self.name).owned();
        finding.package = package(self.pkg_name.as_ref(), None);
        if let Some(path) = self.file_path.as_ref().filter(|path| !path.is_empty()) {
            finding.path = Some(path.owned());
        }
        finding
    }
}
