//! The JSON of Trivy (<https://trivy.dev/latest/docs/configuration/reporting/>), in each of its shapes:
//! a list (before 0.20), an object with `Results`, and those of `trivy k8s` (`pkg/k8s/report`): with
//! `Resources`, with `Findings` in a summary, or with `Vulnerabilities` and `Misconfigurations` in early
//! ones.
//!
//! Early versions write `null` when they looked at nothing. Later ones leave `Results` out
//! (`pkg/types/report.go`, `pkg/report/json.go`) when no file was of a sort that they look at; but also
//! when only secrets were looked for and there is none, and before 0.52 whenever nothing was found. A
//! lock file or a configuration that was looked at is a target of its own since then.

use serde::Deserialize;

use super::json::{Words, list};
use super::rows::document;
use super::{Fault, Finding, Kind, Package, Severity, Sink, Standing};
use crate::head::{Head, Value};

mod entries;

use entries::{License, Misconfiguration, Secret, Vulnerability};

pub(super) const NAME: &str = "trivy";
pub(super) const WANTED: &str = "the JSON of Trivy";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    let list = head.text.strip_prefix(b"[").map(|rest| Head::new(rest.trim_ascii_start()));
    let is_of_early_list = list.is_some_and(|first| {
        first.has("Target", Value::Text)
            && ["Class", "Type"].iter().any(|key| first.has(key, Value::Text))
    });
    is_of_early_list
        || (head.has("SchemaVersion", Value::Other) && head.has("ArtifactName", Value::Text))
        || (head.has("ClusterName", Value::Text)
            && ["Resources", "Findings", "Vulnerabilities", "Misconfigurations"]
                .iter()
                .any(|key| head.has(key, Value::List)))
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let report = if bytes.trim_ascii_start().starts_with(b"[") {
        let report = Report { results: document(bytes)?, ..Report::default() };
        // Other tools write lists too.
        if report.results.iter().any(|target| target.name.is_none()) {
            return Err(Fault::wrong("an entry without a target", bytes.len()));
        }
        report
    } else {
        let Some(report) = document::<Option<Report<'_>>>(bytes)? else {
            sink.tool(NAME, None);
            sink.complain("the tool looked at nothing: its report is `null`", None);
            return Ok(());
        };
        if report.schema_version.is_none() && report.cluster_name.is_none() {
            return Err(Fault::wrong("neither a version nor a cluster", bytes.len()));
        }
        report
    };
    let version = report.trivy.as_ref().and_then(|trivy| trivy.version.as_ref());
    sink.tool(NAME, version.map(Words::owned));
    for target in &report.results {
        target.findings(None, sink)?;
    }
    if report.cluster_name.is_none() && report.results.is_empty() {
        sink.nothing("it names no target, so that nobody can tell whether Trivy looked at any");
    }
    let lists =
        [&report.resources, &report.findings, &report.vulnerabilities, &report.misconfigurations];
    // Lists without elements are left out, so what was looked at cannot be told from nothing.
    if report.cluster_name.is_some() && lists.iter().all(|list| list.is_empty()) {
        sink.complain("the tool lists nothing of the cluster", None);
    }
    for resource in lists.into_iter().flatten() {
        if let Some(error) = resource.error.as_ref().filter(|error| !error.is_empty()) {
            sink.complain("the tool could not look at a resource", Some(error.owned()));
        }
        for target in &resource.results {
            target.findings(Some(resource), sink)?;
        }
    }
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Report<'a> {
    schema_version: Option<u64>,
    #[serde(borrow)]
    cluster_name: Option<Words<'a>>,
    #[serde(borrow)]
    trivy: Option<TrivyVersion<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    results: Vec<Target<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    resources: Vec<Resource<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    findings: Vec<Resource<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    vulnerabilities: Vec<Resource<'a>>,
    #[serde(borrow, deserialize_with = "list")]
    misconfigurations: Vec<Resource<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrivyVersion<'a> {
    #[serde(borrow)]
    version: Option<Words<'a>>,
}

/// A resource of a cluster.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Resource<'a> {
    #[serde(borrow)]
    namespace: Option<Words<'a>>,
    #[serde(borrow)]
    kind: Option<Words<'a>>,
    #[serde(borrow)]
    name: Option<Words<'a>>,
    #[serde(borrow)]
    error: Option<Words<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    results: Vec<Target<'a>>,
}

/// One thing that was looked at: a lock file, the packages of an image, a file of configuration.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Target<'a> {
    #[serde(borrow, rename = "Target")]
    name: Option<Words<'a>>,
    #[serde(borrow)]
    class: Option<Words<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    vulnerabilities: Vec<Vulnerability<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    misconfigurations: Vec<Misconfiguration<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    secrets: Vec<Secret<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    licenses: Vec<License<'a>>,
    /// What `.trivyignore` and VEX leave out.
    #[serde(borrow, default, deserialize_with = "list")]
    experimental_modified_findings: Vec<Modified<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Modified<'a> {
    #[serde(borrow)]
    r#type: Option<Words<'a>>,
    #[serde(borrow)]
    status: Option<Words<'a>>,
    #[serde(borrow)]
    statement: Option<Words<'a>>,
    #[serde(borrow)]
    finding: Option<&'a serde_json::value::RawValue>,
}

impl Target<'_> {
    fn findings(
        &self,
        resource: Option<&Resource<'_>>,
        sink: &mut Sink<'_, Finding>,
    ) -> Result<(), Fault> {
        let place = self.place(resource);
        for it in &self.vulnerabilities {
            sink.push(it.finding(&place), 0)?;
        }
        for it in &self.misconfigurations {
            if let Some(finding) = it.finding(&place) {
                sink.push(finding, 0)?;
            }
        }
        for it in &self.secrets {
            sink.push(it.finding(&place), 0)?;
        }
        for it in &self.licenses {
            sink.push(it.finding(&place), 0)?;
        }
        for it in &self.experimental_modified_findings {
            if let Some(finding) = it.finding(&place)? {
                sink.push(finding, 0)?;
            }
        }
        Ok(())
    }

    /// Where its findings are: a path, but for the packages of a system, whose target is a name such as
    /// `alpine:3.20 (alpine 3.20.1)`.
    fn place(&self, resource: Option<&Resource<'_>>) -> Place {
        let is_system = self.class.as_ref().is_some_and(|class| &**class == b"os-pkgs");
        let target = self.name.as_ref().filter(|_| !is_system).map(Words::owned);
        let Some(resource) = resource else { return Place { path: target } };
        let parts = [&resource.namespace, &resource.kind, &resource.name];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        let mut path = bstr::join("/", parts.map(|part| &**part));
        if let Some(target) = target {
            path.push(b'/');
            path.extend_from_slice(&target);
        }
        Place { path: Some(path.into()) }
    }
}

/// Where the findings of a target are.
struct Place {
    path: Option<bstr::BString>,
}

impl Place {
    /// A finding here, of which only what all sorts share is known.
    fn finding(&self, rule: &[u8], kind: Kind, severity: Option<&Words<'_>>) -> Finding {
        Finding {
            tool: NAME.into(),
            rule: rule.into(),
            aliases: Vec::new(),
            message: rule.into(),
            path: self.path.clone(),
            line: None,
            column: None,
            package: None,
            severity: severity
                .and_then(|word| Severity::of_word(word))
                .unwrap_or(Severity::Unknown),
            kind,
            standing: Standing::Open,
            fingerprint: None,
            source: None,
        }
    }
}

impl Modified<'_> {
    fn finding(&self, place: &Place) -> Result<Option<Finding>, Fault> {
        let Some(raw) = self.finding else { return Ok(None) };
        let wrong = |_| Fault::wrong("a modified finding of another shape", 0);
        let sort = self.r#type.as_ref().map_or(&b""[..], |sort| sort);
        let found = match sort {
            b"vulnerability" => serde_json::from_str::<Vulnerability<'_>>(raw.get())
                .map_err(wrong)?
                .finding(place),
            b"misconfiguration" => {
                let read: Misconfiguration<'_> = serde_json::from_str(raw.get()).map_err(wrong)?;
                let Some(finding) = read.finding(place) else { return Ok(None) };
                finding
            }
            b"secret" => {
                serde_json::from_str::<Secret<'_>>(raw.get()).map_err(wrong)?.finding(place)
            }
            b"license" => {
                serde_json::from_str::<License<'_>>(raw.get()).map_err(wrong)?.finding(place)
            }
            _ => return Ok(None),
        };
        let why = self.statement.as_ref().filter(|why| !why.is_empty()).or(self.status.as_ref());
        Ok(Some(Finding { standing: Standing::Suppressed(why.map(Words::owned)), ..found }))
    }
}

/// A package, if it has a name.
fn package(name: Option<&Words<'_>>, version: Option<&Words<'_>>) -> Option<Package> {
    let name = name.filter(|name| !name.is_empty())?;
    Some(Package { name: name.owned(), version: version.map(Words::owned) })
}

#[cfg(test)]
mod tests {
    use crate::findings::tests::{check_cuts, one, read_all};
    use crate::findings::{Format, Severity, Standing};

    fn target(entries: &str) -> String {
        format!(r#"{{"Target":"Cargo.lock","Class":"lang-pkgs",{entries}}}"#)
    }

    fn report(entries: &str) -> String {
        format!(r#"{{"SchemaVersion":2,"ArtifactName":".","Results":[{}]}}"#, target(entries))
    }

    fn vulnerability(more: &str) -> String {
        format!(r#""Vulnerabilities":[{{"VulnerabilityID":"C","PkgName":"p"{more}}}]"#)
    }

    #[test]
    fn each_of_the_shapes_is_read() {
        let target = target(&vulnerability(""));
        let resource = format!(r#"{{"Kind":"Pod","Name":"n","Results":[{target}]}}"#);
        for report in [
            format!("[{target}]"),
            report(&vulnerability("")),
            format!(r#"{{"ClusterName":"c","Resources":[{resource}]}}"#),
            format!(r#"{{"SchemaVersion":0,"ClusterName":"c","Findings":[{resource}]}}"#),
            format!(r#"{{"ClusterName":"c","Vulnerabilities":[{resource}],"Misconfigurations":null}}"#),
        ] {
            assert_eq!(one(Format::Trivy, report.as_bytes()).rule, "C", "{report}");
        }
        let (findings, reading) = read_all(Format::Trivy, b"null").unwrap();
        assert_eq!((findings.len(), reading.complaints.len()), (0, 1));
        assert!(read_all(Format::Trivy, b"{}").is_err());
    }

    #[test]
    fn the_tools_word_wins_over_the_score_and_no_word_is_scored_or_unknown() {
        let check = |more: &str, wanted| {
            let report = report(&vulnerability(more));
            assert_eq!(one(Format::Trivy, report.as_bytes()).severity, wanted, "{more}");
        };
        let cvss = r#","CVSS":{"nvd":{"V3Vector":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","V3Score":9.8},"x":{"V2Score":1}}"#;
        check(&format!(r#","Severity":"LOW"{cvss}"#), Severity::Low);
        check(&format!(r#","Severity":"UNKNOWN"{cvss}"#), Severity::Critical);
        check(cvss, Severity::Critical);
        check(r#","Severity":"UNKNOWN""#, Severity::Unknown);
        check(r#","Severity":"","CVSS":null"#, Severity::Unknown);
        check("", Severity::Unknown);
    }

    #[test]
    fn a_cluster_of_which_nothing_is_listed_is_told() {
        for lists in ["", r#","Resources":[],"Findings":null"#] {
            let report = format!(r#"{{"ClusterName":"c"{lists}}}"#);
            let (findings, reading) = read_all(Format::Trivy, report.as_bytes()).unwrap();
            assert_eq!((findings.len(), reading.complaints.len()), (0, 1), "{report}");
        }
    }

    #[test]
    fn a_report_without_targets_cannot_be_told_from_one_of_nothing() {
        let check = |report: &str, wanted: bool| {
            let (_, reading) = read_all(Format::Trivy, report.as_bytes()).unwrap();
            assert_eq!(reading.nothing.is_some(), wanted, "{report}");
        };
        check(r#"{"SchemaVersion":2,"ArtifactName":"."}"#, true);
        check(r#"{"SchemaVersion":2,"ArtifactName":".","Results":[]}"#, true);
        check(r#"{"SchemaVersion":2,"ArtifactName":".","Results":null}"#, true);
        check("[]", true);
        check(r#"{"SchemaVersion":2,"ArtifactName":".","Results":[{"Target":"Cargo.lock"}]}"#, false);
        check(&report(r#""Vulnerabilities":null"#), false);
    }

    #[test]
    fn a_status_is_the_tools_own() {
        let report = report(&vulnerability(r#","Status":"will_not_fix""#));
        let it = one(Format::Trivy, report.as_bytes());
        assert_eq!(it.standing, Standing::Status("will_not_fix".into()));
    }

    #[test]
    fn a_check_that_passed_is_no_finding() {
        let check = |status: &str, wanted: usize| {
            let entries = format!(r#""Misconfigurations":[{{"ID":"M","Severity":"LOW"{status}}}]"#);
            let read = read_all(Format::Trivy, report(&entries).as_bytes()).unwrap();
            assert_eq!(read.0.len(), wanted, "{status}");
        };
        check(r#","Status":"PASS""#, 0);
        check(r#","Status":"FAIL""#, 1);
        check("", 1);
    }

    #[test]
    fn secrets_and_licences_stand_beside_vulnerabilities() {
        let entries = format!(
            r#"{},"Secrets":[{{"RuleID":"s","Title":"t","Match":"hidden"}}],"Licenses":[{{"Name":"GPL"}}]"#,
            vulnerability("")
        );
        let (findings, _) = read_all(Format::Trivy, report(&entries).as_bytes()).unwrap();
        assert_eq!(findings.len(), 3);
        assert!(!format!("{findings:?}").contains("hidden"));
    }

    #[test]
    fn a_list_of_another_tool_is_no_report_without_findings() {
        let of_gitleaks = br#"[{"Description":"a","RuleID":"b","File":"c"}]"#;
        assert!(read_all(Format::Trivy, of_gitleaks).is_err());
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::Trivy, report(&vulnerability("")).as_bytes());
    }
}
