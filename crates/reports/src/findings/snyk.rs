//! The JSON of `snyk test --json`: an object, or with `--all-projects` a list of them
//! (<https://docs.snyk.io/snyk-cli/commands/test>; `format-test-results.ts` of its source). `snyk code
//! test` writes SARIF.
//!
//! The object of an image holds those of the applications in it (`snyk container test`); that of a file
//! of `snyk iac test` has issues in place of vulnerabilities (`iac/test/v2/json.ts`).
//! There is a row for each path through the dependencies by which a package comes in, so one
//! vulnerability has many; `uniqueCount` counts names and not packages.
//!
//! A project of `--all-projects` whose dependencies Snyk cannot find is told on standard error alone and
//! is missing from the list, unless `--fail-fast` is given.

use std::collections::BTreeSet;

use bstr::BString;
use memchr::memmem;
use serde::Deserialize;

use super::json::{Scalar, Words, list};
use super::rows::document;
use super::{Fault, Finding, Kind, Package, Severity, Sink, Standing};
use crate::head::{Head, Value};

pub(super) const NAME: &str = "snyk";
pub(super) const WANTED: &str = "the JSON of `snyk test`";

pub(super) fn sniff(head: &Head<'_>) -> bool {
    // A list of projects begins with an object that looks the same.
    let list = head.text.strip_prefix(b"[").map(|rest| Head::new(rest.trim_ascii_start()));
    let head = list.as_ref().unwrap_or(head);
    // `ok` stands behind the rows, perhaps out of sight.
    let has = |word: &str| memmem::find(head.text, word.as_bytes()).is_some();
    let is_ok = head.has("ok", Value::Other);
    (head.has("vulnerabilities", Value::List)
        && (is_ok || (has("\"packageName\"") && has("\"from\""))))
        || (is_ok && head.has("error", Value::Text))
        || head.has("infrastructureAsCodeIssues", Value::List)
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
    let projects: Vec<Project<'_>> = if bytes.trim_ascii_start().starts_with(b"[") {
        document(bytes)?
    } else {
        vec![document(bytes)?]
    };
    sink.tool(NAME, None);
    if projects.is_empty() {
        sink.complain("the tool looked at no project", None);
        return Ok(());
    }
    for project in &projects {
        project.findings(bytes.len(), sink)?;
    }
    // A package without dependencies is nothing odd among others.
    if projects.iter().flat_map(Project::and_applications).all(Project::is_of_nothing) {
        sink.complain("the tool looked at no dependency", None);
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Project<'a> {
    ok: bool,
    error: Option<Scalar>,
    #[serde(borrow)]
    vulnerabilities: Option<Vec<Vulnerability<'a>>>,
    dependency_count: Option<u64>,
    #[serde(borrow)]
    display_target_file: Option<Words<'a>>,
    #[serde(borrow)]
    target_file: Option<Words<'a>>,
    #[serde(borrow)]
    filtered: Option<Filtered<'a>>,
    /// What is wrong with a file of infrastructure.
    #[serde(borrow)]
    infrastructure_as_code_issues: Option<Vec<Issue<'a>>>,
    /// The projects within an image.
    #[serde(borrow, default, deserialize_with = "list")]
    applications: Vec<Self>,
}

/// What `.snyk` leaves out.
#[derive(Deserialize)]
struct Filtered<'a> {
    #[serde(borrow, default, deserialize_with = "list")]
    ignore: Vec<Vulnerability<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability<'a> {
    #[serde(borrow)]
    id: Words<'a>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    /// The same with `critical`, which early versions do not write as `severity`.
    #[serde(borrow)]
    severity_with_critical: Option<Words<'a>>,
    #[serde(borrow, rename = "CVSSv3")]
    cvss_v3: Option<Words<'a>>,
    #[serde(borrow)]
    identifiers: Option<Identifiers<'a>>,
    #[serde(borrow)]
    package_name: Option<Words<'a>>,
    #[serde(borrow)]
    module_name: Option<Words<'a>>,
    #[serde(borrow)]
    version: Option<Words<'a>>,
    #[serde(borrow, rename = "type")]
    sort: Option<Words<'a>>,
    #[serde(borrow)]
    filtered: Option<FilteredBy<'a>>,
}

/// What `snyk iac test` finds.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Issue<'a> {
    #[serde(borrow)]
    id: Words<'a>,
    #[serde(borrow)]
    title: Option<Words<'a>>,
    #[serde(borrow)]
    severity: Option<Words<'a>>,
    /// `-1` if nobody knows it.
    line_number: Option<i64>,
    #[serde(default)]
    is_ignored: bool,
    /// The resource within the file.
    #[serde(borrow)]
    msg: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct FilteredBy<'a> {
    #[serde(borrow, default, deserialize_with = "list")]
    ignored: Vec<Ignored<'a>>,
}

#[derive(Deserialize)]
struct Ignored<'a> {
    #[serde(borrow)]
    reason: Option<Words<'a>>,
}

#[derive(Deserialize)]
struct Identifiers<'a> {
    #[serde(borrow, default, rename = "CVE", deserialize_with = "list")]
    cve: Vec<Words<'a>>,
    #[serde(borrow, default, rename = "GHSA", deserialize_with = "list")]
    ghsa: Vec<Words<'a>>,
}

impl Project<'_> {
    fn findings(&self, end: usize, sink: &mut Sink<'_, Finding>) -> Result<(), Fault> {
        if let Some(error) = &self.error {
            sink.complain("the tool says that it failed", error.0.clone());
            return Ok(());
        }
        if self.vulnerabilities.is_none() && self.infrastructure_as_code_issues.is_none() {
            return Err(Fault::wrong("a project without a list of vulnerabilities", end));
        }
        let path = self.display_target_file.as_ref();
        let before = sink.reading.entries;
        for issue in self.infrastructure_as_code_issues.iter().flatten() {
            sink.push(issue.finding(self.target_file.as_ref().or(path)), 0)?;
        }
        let mut seen = BTreeSet::new();
        for row in self.vulnerabilities.iter().flatten() {
            if seen.insert(row.identity()) {
                sink.push(row.finding(path, Standing::Open), 0)?;
            }
        }
        for row in self.filtered.iter().flat_map(|filtered| &filtered.ignore) {
            if seen.insert(row.identity()) {
                let why = row.filtered.iter().flat_map(|it| &it.ignored);
                let why = why.filter_map(|it| it.reason.as_ref()).map(Words::owned).next();
                sink.push(row.finding(path, Standing::Suppressed(why)), 0)?;
            }
        }
        for application in &self.applications {
            application.findings(end, sink)?;
        }
        // A threshold (`--severity-threshold`) leaves rows out, but not the answer.
        if !self.ok && sink.reading.entries == before {
            sink.complain("the tool says that it is not well, and lists nothing", None);
        }
        Ok(())
    }
}

impl<'a> Project<'a> {
    fn and_applications(&self) -> impl Iterator<Item = &Project<'a>> {
        std::iter::once(self).chain(&self.applications)
    }

    /// Whether it says that there was nothing to look at. A file of infrastructure has no dependencies,
    /// and what failed is told already.
    fn is_of_nothing(&self) -> bool {
        self.error.is_none()
            && self.infrastructure_as_code_issues.is_none()
            && self.dependency_count == Some(0)
    }
}

impl Issue<'_> {
    fn finding(&self, path: Option<&Words<'_>>) -> Finding {
        let word = self.severity.as_ref().and_then(|word| Severity::of_word(word));
        let line = self.line_number.and_then(|line| u64::try_from(line).ok());
        Finding {
            tool: NAME.into(),
            rule: self.id.owned(),
            aliases: Vec::new(),
            message: self.title.as_ref().unwrap_or(&self.id).owned(),
            path: path.map(Words::owned),
            line: line.filter(|line| *line > 0),
            column: None,
            package: None,
            severity: word.unwrap_or(Severity::Unknown),
            kind: Kind::Misconfiguration,
            standing: if self.is_ignored { Standing::Suppressed(None) } else { Standing::Open },
            // Two resources of a file may break one rule.
            fingerprint: self.msg.as_ref().filter(|msg| !msg.is_empty()).map(Words::owned),
            source: None,
        }
    }
}

impl<'a> Vulnerability<'a> {
    fn name(&self) -> Option<&Words<'a>> {
        self.package_name.as_ref().or(self.module_name.as_ref())
    }

    fn identity(&self) -> (&[u8], Option<&Words<'a>>, Option<&Words<'a>>) {
        (&self.id, self.name(), self.version.as_ref())
    }

    fn severity(&self) -> Severity {
        let words = [&self.severity_with_critical, &self.severity].into_iter().flatten();
        let known = words.filter_map(|word| Severity::of_word(word));
        let known = known.filter(|it| *it != Severity::Unknown).max();
        let vector = || Severity::of_vector(self.cvss_v3.as_ref()?);
        known.or_else(vector).unwrap_or(Severity::Unknown)
    }

    fn finding(&self, path: Option<&Words<'_>>, standing: Standing) -> Finding {
        let names = self.identifiers.iter().flat_map(|it| it.cve.iter().chain(&it.ghsa));
        let aliases: BTreeSet<BString> = names.map(Words::owned).collect();
        let is_license = self.sort.as_ref().is_some_and(|sort| &**sort == b"license");
        Finding {
            tool: NAME.into(),
            rule: self.id.owned(),
            aliases: aliases.into_iter().collect(),
            message: self.title.as_ref().unwrap_or(&self.id).owned(),
            path: path.map(Words::owned),
            line: None,
            column: None,
            package: self.name().map(|name| Package {
                name: name.owned(),
                version: self.version.as_ref().map(Words::owned),
            }),
            severity: self.severity(),
            kind: if is_license { Kind::License } else { Kind::Vulnerability },
            standing,
            fingerprint: None,
            source: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::findings::tests::{check_cuts, read_all};
    use crate::findings::{Format, Kind, Severity, Standing};

    const ROW: &str = r#"{"id":"S","title":"t","severity":"low","packageName":"p","version":"1"}"#;

    #[track_caller]
    fn check(report: &str, findings: usize, complaints: usize) {
        let (found, reading) = read_all(Format::Snyk, report.as_bytes()).unwrap();
        assert_eq!((found.len(), reading.complaints.len()), (findings, complaints), "{report}");
    }

    #[test]
    fn rows_are_paths_and_the_count_is_not_believed() {
        let rows = [ROW; 5].join(",");
        check(&format!(r#"{{"ok":false,"uniqueCount":9,"vulnerabilities":[{rows}]}}"#), 1, 0);
        let other = ROW.replace("\"1\"", "\"2\"");
        check(&format!(r#"{{"ok":false,"vulnerabilities":[{rows},{other}]}}"#), 2, 0);
    }

    #[test]
    fn a_list_of_projects_has_the_findings_of_each() {
        let project = format!(r#"{{"ok":false,"vulnerabilities":[{ROW}]}}"#);
        check(&format!("[{project},{project}]"), 2, 0);
        check("[]", 0, 1);
    }

    #[test]
    fn an_image_has_the_findings_of_its_applications() {
        let inner = format!(r#"{{"ok":false,"vulnerabilities":[{ROW}],"displayTargetFile":"/a/b"}}"#);
        let outer = |ok: bool, applications: &str| {
            format!(r#"{{"ok":{ok},"vulnerabilities":[],"applications":{applications}}}"#)
        };
        check(&outer(true, &format!("[{inner},{inner}]")), 2, 0);
        check(&outer(false, &format!("[{inner}]")), 1, 0);
        check(&outer(true, r#"[{"ok":false,"error":"e"}]"#), 0, 1);
        check(&outer(true, "null"), 0, 0);
    }

    #[test]
    fn a_project_without_dependencies_is_nothing_odd_among_others() {
        let empty = r#"{"ok":true,"vulnerabilities":[],"dependencyCount":0}"#;
        let other = r#"{"ok":true,"vulnerabilities":[],"dependencyCount":3}"#;
        check(&format!("[{empty},{other}]"), 0, 0);
        check(&format!("[{empty},{empty}]"), 0, 1);
        // An image without a package manager of its own, with an application.
        let image = empty.replace('}', &format!(r#","applications":[{other}]}}"#));
        check(&image, 0, 0);
    }

    #[test]
    fn a_file_of_infrastructure_has_issues_and_no_dependencies() {
        let file = |ok: bool, issues: &str| {
            format!(
                r#"{{"vulnerabilities":[],"dependencyCount":0,"targetFile":"main.tf","ok":{ok},"infrastructureAsCodeIssues":[{issues}]}}"#
            )
        };
        let issue = |more: &str| {
            format!(r#"{{"id":"SNYK-CC-1","title":"t","severity":"high","lineNumber":7{more}}}"#)
        };
        check(&file(true, ""), 0, 0);
        check(&file(false, ""), 0, 1);
        check(&format!("[{},{}]", file(true, ""), file(false, &issue(""))), 1, 0);
        let failed = r#"{"ok":false,"code":1010,"error":"Could not find any valid IaC files","path":"x"}"#;
        check(&format!("[{failed}]"), 0, 1);
        let (found, _) =
            read_all(Format::Snyk, file(false, &issue(r#","isIgnored":true"#)).as_bytes()).unwrap();
        let it = &found[0];
        assert_eq!((&it.path, it.line, it.kind), (&Some("main.tf".into()), Some(7), Kind::Misconfiguration));
        assert_eq!((it.severity, &it.standing), (Severity::High, &Standing::Suppressed(None)));
    }

    #[test]
    fn what_is_not_ok_is_never_nothing() {
        check(r#"{"ok":false,"error":"not authorised"}"#, 0, 1);
        check(r#"{"ok":false,"vulnerabilities":[]}"#, 0, 1);
        check(r#"{"ok":true,"vulnerabilities":[]}"#, 0, 0);
        check(r#"{"ok":true,"vulnerabilities":[],"dependencyCount":0}"#, 0, 1);
    }

    #[test]
    fn a_report_that_is_cut_off_is_refused() {
        check_cuts(Format::Snyk, format!(r#"[{{"ok":true,"vulnerabilities":[{ROW}]}}]"#).as_bytes());
    }
}
