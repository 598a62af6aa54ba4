//! The JSON of osv-scanner, versions 1 and 2 (<https://google.github.io/osv-scanner/output/>), with
//! entries in the form of OSV (<https://ossf.github.io/osv-schema/>).
//!
//! One vulnerability has an entry for each database that knows it; a group joins them, and is one
//! finding. When nothing is found, version 1 may write nothing at all, which is no evidence. Of an image
//! version 2 also says what belongs to no package, such as a weak password (`GenericFinding` of
//! osv-scalibr, `inventory/finding.go`).

use std::collections::BTreeMap;

use bstr::BString;
use memchr::memmem;
use serde::Deserialize;

use super::json::{Scalar, Words, list};
use super::rows::document;
use super::{Fault, Finding, Kind, Package, Severity, Sink, Standing};
use crate::head::{Head, Value};

pub(super) const NAME: &str = "osv-scanner";
pub(super) const WANTED: &str = "the JSON of osv-scanner";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    // Semgrep and tfsec have a list of this name too.
    let begin = head.text.get(..1 << 16).unwrap_or(head.text);
    let has = |word: &str| memmem::find(begin, word.as_bytes()).is_some();
    head.has("results", Value::List)
        && (head.has("experimental_config", Value::Object)
            || (has("\"source\"") && has("\"packages\"")))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let report: Report<'_> = document(bytes)?;
    sink.tool(NAME, None);
    for result in &report.results {
        let path = result.source.as_ref().and_then(|source| source.path.as_ref());
        for entry in &result.packages {
            entry.findings(path, sink)?;
        }
    }
    for it in &report.experimental_generic_findings {
        sink.push(it.advisory.finding(), 0)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow, deserialize_with = "list")]
    results: Vec<ResultOfSource<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    experimental_generic_findings: Vec<Generic<'a>>,
}

/// What belongs to no package.
#[derive(Deserialize)]
struct Generic<'a> {
    #[serde(borrow, rename = "Adv")]
    advisory: Advisory<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Advisory<'a> {
    #[serde(borrow, rename = "ID")]
    id: AdvisoryId<'a>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    /// From 1, the least, to 5, the worst; 0 if nobody said.
    sev: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdvisoryId<'a> {
    #[serde(borrow)]
    reference: Words<'a>,
}

#[derive(Deserialize)]
struct ResultOfSource<'a> {
    #[serde(borrow)]
    source: Option<Source<'a>>,
    /// It is there even if it is empty: other tools have a list of results too.
    #[serde(borrow, deserialize_with = "list")]
    packages: Vec<Entry<'a>>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow)]
    path: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    package: EntryPackage<'a>,
    #[serde(borrow, default, deserialize_with = "list")]
    vulnerabilities: Vec<Vulnerability<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    groups: Vec<Group<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    license_violations: Vec<Words<'a>>,
}

#[derive(Deserialize)]
struct EntryPackage<'a> {
    #[serde(borrow)]
    name: Option<Words<'a>>,
    #[serde(borrow)]
    version: Option<Words<'a>>,
    /// What stands in place of a version where a repository is scanned.
    #[serde(borrow)]
    commit: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct Vulnerability<'a> {
    #[serde(borrow)]
    id: Words<'a>,
    #[serde(borrow, default, deserialize_with = "list")]
    aliases: Vec<Words<'a>>,
    #[serde(borrow)]
    summary: Option<Words<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    severity: Vec<Score<'a>>,
    database_specific: Option<DatabaseSpecific>,
}

#[derive(Deserialize)]
struct Score<'a> {
    #[serde(borrow)]
    score: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct DatabaseSpecific {
    severity: Option<Scalar>,
}

#[derive(Deserialize)]
struct Group<'a> {
    #[serde(borrow)]
    ids: Vec<Words<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    aliases: Vec<Words<'a>>,
    max_severity: Option<Scalar>,
    /// Version 1 writes the key the other way.
    #[serde(borrow, alias = "experimentalAnalysis")]
    experimental_analysis: Option<BTreeMap<Words<'a>, Analysis>>,
}

/// Whether the code calls what is vulnerable, if osv-scanner looked.
#[derive(Deserialize)]
struct Analysis {
    called: Option<bool>,
    /// The distribution says that it does not matter.
    #[serde(default)]
    unimportant: bool,
}

impl Vulnerability<'_> {
    /// The database's word, else the worst of the vectors, else unknown.
    fn severity(&self) -> Severity {
        let word = self.database_specific.as_ref().and_then(|it| it.severity.as_ref()?.0.as_ref());
        let word = word.and_then(|word| Severity::of_word(word));
        let vectors = self.severity.iter().filter_map(|score| score.score.as_ref());
        word.filter(|word| *word != Severity::Unknown)
            .or_else(|| vectors.filter_map(|vector| Severity::of_vector(vector)).max())
            .unwrap_or(Severity::Unknown)
    }
}

impl Entry<'_> {
    fn findings(
        &self,
        path: Option<&Words<'_>>,
        sink: &mut Sink<'_, Finding>,
    ) -> Result<(), Fault> {
        let by_id: BTreeMap<&[u8], &Vulnerability<'_>> =
            self.vulnerabilities.iter().map(|it| (&*it.id, it)).collect();
        let mut left = by_id.clone();
        for group in &self.groups {
            let Some(first) = group.ids.first() else { continue };
            let members = group.ids.iter().filter_map(|id| by_id.get(&**id));
            let members: Vec<&&Vulnerability<'_>> = members.collect();
            let mut names: Vec<&Words<'_>> = group.ids.iter().skip(1).collect();
            names.extend(&group.aliases);
            names.extend(members.iter().flat_map(|it| &it.aliases));
            let words = members.iter().map(|it| it.severity());
            let severity = known_worst(words).unwrap_or_else(|| {
                let score = group.max_severity.as_ref().and_then(|it| it.0.as_ref());
                score.and_then(|it| Severity::of_decimal(it)).unwrap_or(Severity::Unknown)
            });
            let is_called = group.experimental_analysis.as_ref().is_none_or(|all| {
                all.is_empty() || all.values().any(|it| it.called != Some(false))
            });
            let summary = members.iter().find_map(|it| it.summary.as_ref());
            let mut analyses = group.experimental_analysis.iter().flat_map(BTreeMap::values);
            let standing = if analyses.any(|it| it.unimportant) {
                Standing::Status("unimportant".into())
            } else if is_called {
                Standing::Open
            } else {
                Standing::Status("not_called".into())
            };
            let finding = self.finding(path, first, aliases(first, &names), summary, severity);
            sink.push(Finding { standing, ..finding }, 0)?;
            for id in &group.ids {
                left.remove(&**id);
            }
        }
        for it in left.values() {
            let names: Vec<&Words<'_>> = it.aliases.iter().collect();
            let aliases = aliases(&it.id, &names);
            sink.push(self.finding(path, &it.id, aliases, it.summary.as_ref(), it.severity()), 0)?;
        }
        for license in &self.license_violations {
            // The list of what is allowed is the user's own, so there is no degree of it.
            let finding = self.finding(path, license, Vec::new(), None, Severity::Unknown);
            sink.push(Finding { kind: Kind::License, ..finding }, 0)?;
        }
        Ok(())
    }

    fn finding(
        &self,
        path: Option<&Words<'_>>,
        rule: &Words<'_>,
        aliases: Vec<BString>,
        message: Option<&Words<'_>>,
        severity: Severity,
    ) -> Finding {
        let package = &self.package;
        let version = package.version.as_ref().filter(|version| !version.is_empty());
        Finding {
            tool: NAME.into(),
            rule: rule.owned(),
            aliases,
            message: message.unwrap_or(rule).owned(),
            path: path.map(Words::owned),
            line: None,
            column: None,
            package: package.name.as_ref().filter(|name| !name.is_empty()).map(|name| Package {
                name: name.owned(),
                version: version.or(package.commit.as_ref()).map(Words::owned),
            }),
            severity,
            kind: Kind::Vulnerability,
            standing: Standing::Open,
            fingerprint: None,
            source: None,
        }
    }
}

impl Advisory<'_> {
    fn finding(&self) -> Finding {
        let rule = &self.id.reference;
        Finding {
            tool: NAME.into(),
            rule: rule.owned(),
            aliases: Vec::new(),
            message: self.title.as_ref().unwrap_or(rule).owned(),
            path: None,
            line: None,
            column: None,
            package: None,
            severity: match self.sev {
                Some(1 | 2) => Severity::Low,
                Some(3) => Severity::Medium,
                Some(4) => Severity::High,
                Some(5) => Severity::Critical,
                _ => Severity::Unknown,
            },
            kind: Kind::Misconfiguration,
            standing: Standing::Open,
            fingerprint: None,
            source: None,
        }
    }
}

/// The worst that somebody knows; nothing if nobody does.
fn known_worst(severities: impl Iterator<Item = Severity>) -> Option<Severity> {
    severities.filter(|it| *it != Severity::Unknown).max()
}

/// Each name once, in their order, without the first.
fn aliases(first: &Words<'_>, names: &[&Words<'_>]) -> Vec<BString> {
    let mut seen = std::collections::BTreeSet::from([&**first]);
    names.iter().filter(|name| seen.insert(name)).map(|name| name.owned()).collect()
}

#[cfg(test)]
mod tests {
    use crate::findings::tests::{check_cuts, one, read_all};
    use crate::findings::{Format, Kind, Severity, Standing};

    fn report(entry: &str) -> String {
        format!(
            r#"{{"results":[{{"source":{{"path":"/w/Cargo.lock"}},"packages":[{{"package":{{"name":"p","version":"1"}},{entry}}}]}}]}}"#
        )
    }

    #[test]
    fn databases_that_name_one_thing_are_one_finding() {
        let entry = r#""vulnerabilities":[{"id":"GHSA-1","aliases":["CVE-1"]},{"id":"RUSTSEC-1"}],"groups":[{"ids":["GHSA-1","RUSTSEC-1"],"aliases":["CVE-1","GHSA-1"]}]"#;
        let it = one(Format::OsvScanner, report(entry).as_bytes());
        assert_eq!(it.rule, "GHSA-1");
        assert_eq!(it.aliases, ["RUSTSEC-1", "CVE-1"]);
        // Without groups each stands for itself.
        let alone = entry.split(",\"groups\"").next().unwrap();
        assert_eq!(read_all(Format::OsvScanner, report(alone).as_bytes()).unwrap().0.len(), 2);
    }

    #[test]
    fn a_severity_is_the_word_else_the_vector_else_the_groups_else_unknown() {
        let check = |more: &str, group: &str, wanted| {
            let entry = format!(
                r#""vulnerabilities":[{{"id":"A"{more}}}],"groups":[{{"ids":["A"]{group}}}]"#
            );
            assert_eq!(one(Format::OsvScanner, report(&entry).as_bytes()).severity, wanted);
        };
        let high = r#","severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"}]"#;
        check(&format!(r#"{high},"database_specific":{{"severity":"LOW"}}"#), "", Severity::Low);
        check(&format!(r#"{high},"database_specific":{{"severity":null}}"#), "", Severity::High);
        check("", r#","max_severity":"9.8""#, Severity::Critical);
        check("", r#","max_severity":"""#, Severity::Unknown);
        check("", "", Severity::Unknown);
    }

    #[test]
    fn what_the_analysis_says_is_the_tools_own_status() {
        let check = |analysis: &str, wanted: Standing| {
            let entry = format!(r#""groups":[{{"ids":["A"],"experimental_analysis":{analysis}}}]"#);
            let it = one(Format::OsvScanner, report(&entry).as_bytes());
            assert_eq!(it.standing, wanted, "{analysis}");
        };
        let status = |word: &str| Standing::Status(word.into());
        check("{}", Standing::Open);
        check(r#"{"A":{"called":true,"unimportant":false}}"#, Standing::Open);
        check(r#"{"A":{"called":false},"B":{"called":true}}"#, Standing::Open);
        check(r#"{"A":{"called":false,"unimportant":false}}"#, status("not_called"));
        check(r#"{"A":{"called":true,"unimportant":true}}"#, status("unimportant"));
        let entry = r#""groups":[{"ids":["A"],"experimentalAnalysis":{"A":{"called":false}}}]"#;
        let it = one(Format::OsvScanner, report(entry).as_bytes());
        assert_eq!(it.standing, status("not_called"));
    }

    #[test]
    fn what_belongs_to_no_package_is_a_finding() {
        let adv = r#"{"Adv":{"ID":{"Publisher":"SCALIBR","Reference":"weak"},"Title":"t","Sev":5},"Target":{"Extra":"x"},"Plugins":["p"]}"#;
        let report =
            format!(r#"{{"results":[],"experimental_config":{{}},"experimental_generic_findings":[{adv}]}}"#);
        let it = one(Format::OsvScanner, report.as_bytes());
        assert_eq!((it.rule, it.severity), ("weak".into(), Severity::Critical));
        let it = one(Format::OsvScanner, report.replace("\"Sev\":5", "\"Sev\":0").as_bytes());
        assert_eq!((it.severity, it.kind), (Severity::Unknown, Kind::Misconfiguration));
    }

    #[test]
    fn malware_and_licences_are_findings() {
        let it = one(Format::OsvScanner, report(r#""vulnerabilities":[{"id":"MAL-1"}]"#).as_bytes());
        assert_eq!((it.rule, it.severity), ("MAL-1".into(), Severity::Unknown));
        let it = one(Format::OsvScanner, report(r#""license_violations":["GPL"]"#).as_bytes());
        assert_eq!(it.kind, Kind::License);
    }

    #[test]
    fn results_of_another_tool_are_no_report_without_findings() {
        let of_semgrep = br#"{"results":[{"check_id":"a","path":"b"}],"errors":[]}"#;
        assert!(read_all(Format::OsvScanner, of_semgrep).is_err());
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::OsvScanner, report(r#""vulnerabilities":[{"id":"A"}]"#).as_bytes());
    }
}
