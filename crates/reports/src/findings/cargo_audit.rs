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

#[cfg(test)]
mod tests {
    use crate::findings::tests::{check_cuts, one, read_all};
    use crate::findings::{Format, Severity};

    fn report(list: &str, warnings: &str) -> String {
        format!(
            r#"{{"database":{{"advisory-count":1,"last-commit":null}},"lockfile":{{"dependency-count":2}},"vulnerabilities":{{"found":false,"count":9,"list":[{list}]}},"warnings":{{{warnings}}}}}"#
        )
    }

    fn found(cvss: &str, version: &str) -> String {
        format!(
            r#"{{"advisory":{{"id":"R","title":"t","aliases":[],"cvss":{cvss}}},"package":{{"name":"p","version":"{version}"}}}}"#
        )
    }

    #[test]
    fn a_vector_is_scored_and_none_is_unknown() {
        let check = |cvss: &str, wanted| {
            let report = report(&found(cvss, "1"), "");
            assert_eq!(one(Format::CargoAudit, report.as_bytes()).severity, wanted, "{cvss}");
        };
        check("null", Severity::Unknown);
        check("\"no vector\"", Severity::Unknown);
        check("\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H\"", Severity::High);
        let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";
        check(&format!("\"{four}\""), Severity::Critical);
    }

    #[test]
    fn one_id_on_two_versions_is_two_findings_whatever_the_count_says() {
        let list = format!("{},{}", found("null", "1"), found("null", "2"));
        let (findings, reading) =
            read_all(Format::CargoAudit, report(&list, "").as_bytes()).unwrap();
        assert_eq!((findings.len(), reading.complaints.len()), (2, 0));
    }

    #[test]
    fn warnings_are_a_map_by_kind_and_a_yanked_crate_has_no_advisory() {
        let yanked = r#""yanked":[{"kind":"yanked","advisory":null,"package":{"name":"p"}}]"#;
        let it = one(Format::CargoAudit, report("", yanked).as_bytes());
        assert_eq!((it.rule, it.severity), ("yanked".into(), Severity::Low));
        let other = format!(r#""new-kind":[{}]"#, found("null", "1"));
        let it = one(Format::CargoAudit, report("", &other).as_bytes());
        assert_eq!(it.severity, Severity::Unknown);
    }

    #[test]
    fn a_tool_that_looked_at_nothing_is_told() {
        let none = report("", "").replace(":2}", ":0}").replace("-count\":1", "-count\":0");
        let (_, reading) = read_all(Format::CargoAudit, none.as_bytes()).unwrap();
        assert_eq!(reading.complaints.len(), 2);
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::CargoAudit, report(&found("null", "1"), "").as_bytes());
    }
}
