//! The JSON of `npm audit`: version 2 (npm 7 and later, <https://docs.npmjs.com/cli/commands/npm-audit>)
//! by package, version 1 (npm 6, and pnpm today) by advisory. `yarn audit --json` of Yarn 1 writes the
//! advisories of version 1 as lines, once for each path, with a summary as the last (its
//! `JSONReporter`). The lines of later Yarns have no end by which a whole report is known, and nothing at
//! all stands for no findings: they are refused.
//!
//! When the registry does not answer, npm and pnpm write an error in place of a report. Whoever looks for
//! counts in it finds none.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{Scalar, Words, list};
use super::rows::document;
use super::{Fault, Finding, Kind, Package, Severity, Sink, Standing};
use crate::head::{Head, Value};

mod yarn;

pub(super) const NAME: &str = "npm-audit";
pub(super) const WANTED: &str = "the JSON of `npm audit`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    head.has("auditReportVersion", Value::Other)
        || yarn::sniff(head)
        || (head.has("error", Value::Object)
            && [&b"\"ENOAUDIT\""[..], b"\"ENOLOCK\"", b"\"ERR_PNPM_AUDIT_"]
                .iter()
                .any(|code| memmem::find(head.text, code).is_some()))
        || (head.has("advisories", Value::Object)
            && (head.has("metadata", Value::Object) || head.has("actions", Value::List)))
        || (head.has("message", Value::Text)
            && head.has("method", Value::Text)
            && head.has("uri", Value::Text))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    if yarn::is_lines(bytes) {
        return yarn::read(bytes, sink);
    }
    let report: Report<'_> = document(bytes)?;
    sink.tool(NAME, None);
    if report.error.is_some() || report.method.is_some() {
        let told = report.error.as_ref().and_then(Refusal::words);
        let said = told.or(report.message.as_ref()).map(Words::owned);
        sink.complain("npm got no answer", said);
        return Ok(());
    }
    let Some(metadata) = report.metadata else {
        return Err(Fault::wrong("no metadata, with which npm says what it looked at", bytes.len()));
    };
    match (report.vulnerabilities, report.advisories) {
        (Some(packages), None) => {
            check(&metadata, u64::try_from(packages.len()).ok(), sink);
            for (name, package) in &packages {
                package.findings(name, sink)?;
            }
        }
        (None, Some(advisories)) => {
            check(&metadata, None, sink);
            for advisory in advisories.values() {
                advisory.findings(sink)?;
            }
        }
        _ => return Err(Fault::wrong("neither packages nor advisories", bytes.len())),
    }
    Ok(())
}

/// Holds what the metadata says against what is listed.
fn check(metadata: &Metadata, packages: Option<u64>, sink: &mut Sink<'_, Finding>) {
    let told = metadata.vulnerabilities.all();
    if packages.is_some_and(|packages| packages < told) {
        sink.complain("npm counts more packages than it lists", None);
    }
    let looked_at = match &metadata.dependencies {
        Some(Dependencies::ByKind { total }) => Some(*total),
        Some(Dependencies::Count(count)) => Some(metadata.total_dependencies.unwrap_or(*count)),
        None => metadata.total_dependencies,
    };
    if looked_at == Some(0) {
        sink.complain("npm looked at no dependency", None);
    }
}

#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow)]
    vulnerabilities: Option<BTreeMap<Words<'a>, Vulnerable<'a>>>,
    #[serde(borrow)]
    advisories: Option<BTreeMap<Words<'a>, Advisory<'a>>>,
    metadata: Option<Metadata>,
    #[serde(borrow)]
    error: Option<Refusal<'a>>,
    #[serde(borrow)]
    message: Option<Words<'a>>,
    #[serde(borrow)]
    method: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct Refusal<'a> {
    #[serde(borrow)]
    summary: Option<Words<'a>>,
    #[serde(borrow)]
    detail: Option<Words<'a>>,
    /// What pnpm writes in place of a summary.
    #[serde(borrow)]
    message: Option<Words<'a>>,
    #[serde(borrow)]
    code: Option<Words<'a>>,
}

impl<'a> Refusal<'a> {
    fn words(&self) -> Option<&Words<'a>> {
        let all = [&self.summary, &self.detail, &self.message, &self.code];
        all.into_iter().flatten().find(|words| !words.is_empty())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    vulnerabilities: Counts,
    dependencies: Option<Dependencies>,
    total_dependencies: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Counts {
    info: u64,
    low: u64,
    moderate: u64,
    high: u64,
    critical: u64,
}

impl Counts {
    fn all(&self) -> u64 {
        let all = [self.info, self.low, self.moderate, self.high, self.critical];
        all.into_iter().fold(0, u64::saturating_add)
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependencies {
    ByKind { total: u64 },
    Count(u64),
}

/// A package of version 2.
#[derive(Deserialize)]
struct Vulnerable<'a> {
    /// An advisory on the package itself, or the name of the package from which it comes, which has its
    /// own entry.
    #[serde(borrow)]
    via: Vec<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "list")]
    nodes: Vec<Words<'a>>,
}

#[derive(Deserialize)]
struct Via<'a> {
    source: Option<Scalar>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    #[serde(borrow)]
    url: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    cvss: Option<Cvss>,
}

#[derive(Deserialize)]
struct Cvss {
    #[serde(rename = "vectorString")]
    vector: Option<Scalar>,
}

/// The word, else the vector, else unknown.
fn severity(word: Option<&Words<'_>>, cvss: Option<&Cvss>) -> Severity {
    let word = word.and_then(|word| Severity::of_word(word));
    let vector = || Severity::of_vector(cvss?.vector.as_ref()?.0.as_ref()?);
    word.filter(|word| *word != Severity::Unknown).or_else(vector).unwrap_or(Severity::Unknown)
}

impl Vulnerable<'_> {
    fn findings(&self, name: &Words<'_>, sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
        let mut seen = BTreeSet::new();
        for via in self.via.iter().filter(|via| via.get().starts_with('{')) {
            let wrong = |_| Fault::wrong("an advisory of another shape", 0);
            let via: Via<'_> = serde_json::from_str(via.get()).map_err(wrong)?;
            let number = via.source.and_then(|source| source.0);
            let rule = via.url.as_ref().and_then(|url| ghsa(url)).or_else(|| number.clone());
            let rule = rule.unwrap_or_else(|| "no-id".into());
            if !seen.insert(rule.clone()) {
                continue;
            }
            let about = About {
                severity: severity(via.severity.as_ref(), via.cvss.as_ref()),
                message: via.title.as_ref().map_or_else(|| rule.clone(), Words::owned),
                aliases: number.filter(|number| *number != rule).into_iter().collect(),
                rule,
            };
            let path = self.nodes.first().filter(|node| !node.is_empty());
            sink.push(about.finding(name, None, path), 0)?;
        }
        Ok(())
    }
}

/// An advisory of version 1.
#[derive(Deserialize)]
struct Advisory<'a> {
    id: Option<Scalar>,
    #[serde(borrow)]
    module_name: Words<'a>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    #[serde(borrow)]
    url: Option<Words<'a>>,
    #[serde(borrow)]
    github_advisory_id: Option<Words<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    cves: Vec<Words<'a>>,
    cvss: Option<Cvss>,
    /// Where it is installed; one for each version, with the paths that lead there.
    #[serde(borrow, default, deserialize_with = "list")]
    findings: Vec<Installed<'a>>,
}

#[derive(Deserialize)]
struct Installed<'a> {
    #[serde(borrow)]
    version: Option<Words<'a>>,
}

impl Advisory<'_> {
    fn findings(&self, sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
        let number = self.id.as_ref().and_then(|id| id.0.clone());
        let own = self.github_advisory_id.as_ref().map(Words::owned);
        let own = own.or_else(|| self.url.as_ref().and_then(|url| ghsa(url)));
        let mut names = own.into_iter().chain(self.cves.iter().map(Words::owned)).chain(number);
        let rule = names.next().unwrap_or_else(|| "no-id".into());
        let aliases: Vec<BString> = names.collect();
        let versions: BTreeSet<Option<&Words<'_>>> =
            self.findings.iter().map(|it| it.version.as_ref()).collect();
        let none = BTreeSet::from([None]);
        for version in if versions.is_empty() { &none } else { &versions } {
            let about = About {
                rule: rule.clone(),
                aliases: aliases.clone(),
                message: self.title.as_ref().map_or_else(|| rule.clone(), Words::owned),
                severity: severity(self.severity.as_ref(), self.cvss.as_ref()),
            };
            sink.push(about.finding(&self.module_name, *version, None), 0)?;
        }
        Ok(())
    }
}

/// What is said of an advisory.
struct About {
    rule: BString,
    aliases: Vec<BString>,
    message: BString,
    severity: Severity,
}

impl About {
    fn finding(
        self,
        name: &Words<'_>,
        version: Option<&Words<'_>>,
        path: Option<&Words<'_>>,
    ) -> Finding {
        Finding {
            tool: NAME.into(),
            rule: self.rule,
            aliases: self.aliases,
            message: self.message,
            path: path.map(Words::owned),
            line: None,
            column: None,
            package: Some(Package { name: name.owned(), version: version.map(Words::owned) }),
            severity: self.severity,
            kind: Kind::Vulnerability,
            standing: Standing::Open,
            fingerprint: None,
            source: None,
        }
    }
}

/// The name of GitHub's advisory, with which its address ends.
fn ghsa(url: &[u8]) -> Option<BString> {
    let name = url.rsplit(|byte| *byte == b'/').next()?;
    name.get(..5).filter(|begin| begin.eq_ignore_ascii_case(b"GHSA-")).map(|_| name.into())
}

#[cfg(test)]
mod tests {
    use crate::findings::tests::{check_cuts, one, read_all};
    use crate::findings::{Format, Severity};

    const META: &str = r#""metadata":{"vulnerabilities":{"moderate":1},"dependencies":{"total":5}}"#;

    fn report(via: &str) -> String {
        format!(
            r#"{{"auditReportVersion":2,"vulnerabilities":{{"p":{{"name":"p","severity":"high","via":[{via}],"nodes":[""]}}}},{META}}}"#
        )
    }

    #[track_caller]
    fn check_complaints(report: &str, wanted: usize) {
        let (_, reading) = read_all(Format::NpmAudit, report.as_bytes()).unwrap();
        assert_eq!(reading.complaints.len(), wanted, "{report}");
    }

    #[test]
    fn a_refusal_is_no_report_without_findings() {
        check_complaints(r#"{"message":"m","method":"POST","uri":"u"}"#, 1);
        check_complaints(r#"{"error":{"code":"ENOLOCK","summary":"s","detail":"d"}}"#, 1);
        check_complaints(r#"{"message":"m","method":"POST","error":{"summary":"","detail":""}}"#, 1);
        check_complaints(r#"{"error":{"code":"ERR_PNPM_AUDIT_BAD_RESPONSE","message":"m"}}"#, 1);
        assert!(read_all(Format::NpmAudit, b"{}").is_err());
        let no_metadata = br#"{"auditReportVersion":2,"vulnerabilities":{}}"#;
        assert!(read_all(Format::NpmAudit, no_metadata).is_err());
    }

    #[test]
    fn moderate_is_medium_and_advisories_count_rather_than_packages() {
        let advisory = |number: u32| {
            format!(
                r#"{{"source":{number},"title":"t","severity":"moderate","url":"https://github.com/advisories/GHSA-{number}"}}"#
            )
        };
        let it = one(Format::NpmAudit, report(&advisory(1)).as_bytes());
        assert_eq!((it.rule, it.severity, it.path), ("GHSA-1".into(), Severity::Medium, None));
        let two = format!("{},{},{},\"other\"", advisory(1), advisory(2), advisory(2));
        assert_eq!(read_all(Format::NpmAudit, report(&two).as_bytes()).unwrap().0.len(), 2);
    }

    #[test]
    fn a_severity_that_nobody_says_is_scored_or_unknown() {
        let via = r#"{"source":1,"title":"t","cvss":{"score":0,"vectorString":null}}"#;
        let it = one(Format::NpmAudit, report(via).as_bytes());
        assert_eq!((it.rule, it.severity), ("1".into(), Severity::Unknown));
    }

    #[test]
    fn counts_that_are_not_listed_and_no_dependencies_are_told() {
        let counted = report("").replace("\"moderate\":1", "\"moderate\":3");
        check_complaints(&counted, 1);
        check_complaints(&report("").replace("\"total\":5", "\"total\":0"), 1);
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::NpmAudit, report("\"other\"").as_bytes());
    }
}
