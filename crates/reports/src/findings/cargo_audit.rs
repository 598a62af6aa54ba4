//! The JSON of cargo-audit: `Report` of the crate `rustsec` (<https://docs.rs/rustsec>, module `report`).
//!
//! There is no word for how bad an advisory is, only a vector of CVSS or `null`. The file's `found` and
//! `count` are not believed: the list is.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::json::Words;
use super::rows::document;
use super::{Fault, Finding, Kind, Package, Severity, Sink, Standing};
use crate::head::{Head, Value};

pub(super) const NAME: &str = "cargo-audit";
pub(super) const WANTED: &str = "the JSON of cargo-audit";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("database", Value::Object)
        && head.has("lockfile", Value::Object)
        && head.has("vulnerabilities", Value::Object)
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let report: Report<'_> = document(bytes)?;
    sink.tool(NAME, None);
    if report.lockfile.dependency_count == 0 {
        sink.complain("the tool looked at no dependency", None);
    }
    if report.database.is_some_and(|database| database.advisory_count == Some(0)) {
        sink.complain("the tool's database has no advisory", None);
    }
    for found in report.vulnerabilities.list {
        sink.push(found.finding(Kind::Vulnerability, b"vulnerability"), 0)?;
    }
    for (kind, warnings) in report.warnings {
        for found in warnings {
            sink.push(found.finding(Kind::Dependency, &kind), 0)?;
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Report<'a> {
    database: Option<Database>,
    lockfile: Lockfile,
    #[serde(borrow)]
    vulnerabilities: Vulnerabilities<'a>,
    /// By kind: `unmaintained`, `unsound`, `yanked`, `notice`.
    #[serde(borrow, default)]
    warnings: BTreeMap<Words<'a>, Vec<Found<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Database {
    advisory_count: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lockfile {
    dependency_count: u64,
}

#[derive(Deserialize)]
struct Vulnerabilities<'a> {
    #[serde(borrow)]
    list: Vec<Found<'a>>,
}

#[derive(Deserialize)]
struct Found<'a> {
    /// None for a crate that was only yanked.
    #[serde(borrow)]
    advisory: Option<Advisory<'a>>,
    #[serde(borrow)]
    package: FoundPackage<'a>,
}

/// The advisory, as `RustSec`'s database has it. cargo-deny writes it too.
#[derive(Deserialize)]
pub(super) struct Advisory<'a> {
    #[serde(borrow)]
    pub(super) id: Words<'a>,
    #[serde(borrow)]
    pub(super) title: Option<Words<'a>>,
    #[serde(borrow, default)]
    aliases: Vec<Words<'a>>,
    #[serde(borrow)]
    cvss: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct FoundPackage<'a> {
    #[serde(borrow)]
    name: Words<'a>,
    #[serde(borrow)]
    version: Option<Words<'a>>,
}

impl Advisory<'_> {
    /// How bad it is by its vector, if it has one.
    pub(super) fn severity(&self) -> Option<Severity> {
        self.cvss.as_ref().map(|vector| Severity::of_vector(vector).unwrap_or(Severity::Unknown))
    }

    pub(super) fn aliases(&self) -> Vec<bstr::BString> {
        self.aliases.iter().map(Words::owned).collect()
    }
}

impl Found<'_> {
    fn finding(&self, kind: Kind, word: &[u8]) -> Finding {
        let advisory = self.advisory.as_ref();
        let known = advisory.and_then(Advisory::severity);
        let severity = known.unwrap_or(match (kind, word) {
            (Kind::Dependency, b"unsound") => Severity::Medium,
            // Nobody attacks what is unmaintained or yanked: there is nothing to score.
            (Kind::Dependency, b"unmaintained" | b"yanked" | b"notice") => Severity::Low,
            _ => Severity::Unknown,
        });
        let title = advisory.and_then(|advisory| advisory.title.as_ref());
        Finding {
            tool: NAME.into(),
            rule: advisory.map_or_else(|| word.into(), |advisory| advisory.id.owned()),
            aliases: advisory.map(Advisory::aliases).unwrap_or_default(),
            message: title.map_or_else(|| word.into(), Words::owned),
            path: None,
            line: None,
            column: None,
            package: Some(Package {
                name: self.package.name.owned(),
                version: self.package.version.as_ref().map(Words::owned),
            }),
            severity,
            kind,
            standing: Standing::Open,
            fingerprint: None,
            source: None,
        }
    }
}
