//! What other tools have been told to ignore, in files of their own: nobody who reads a report sees it.
//!
//! cargo-deny `deny.toml`, cargo-audit `audit.toml`, osv-scanner `osv-scanner.toml`, Trivy `.trivyignore`
//! and `.trivyignore.yaml`, Snyk `.snyk`, gitleaks `.gitleaksignore`, Semgrep `.semgrepignore`,
//! better-npm-audit `.nsprc`, and comments `tfsec:ignore:` and `trivy:ignore:` in Terraform code; each
//! after its tool's documentation.

use bstr::ByteSlice as _;
use diagnostics::yaml::{At, Kind, Node, Yaml};
use diagnostics::{Foreign, Piece, Place, Positions, Problem, Snippet, text};
use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::{Gate, Outcome, Reason, Verdict};

/// One thing that a tool ignores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// The tool.
    pub tool: &'static str,
    /// What it ignores: an advisory, a rule, a fingerprint, a pattern of paths.
    pub rule: Foreign,
    /// Where it is told so.
    pub place: Place,
    /// Why, if somebody says so.
    pub reason: Option<Foreign>,
    /// Until when, as it is written.
    pub expires: Option<Foreign>,
}

/// Adds what other tools ignore to what is said of the waivers: it is waived too, where nobody looks.
pub(crate) fn told(waivers: Option<Outcome>, ignores: &[Ignore], today: Date) -> Option<Outcome> {
    if ignores.is_empty() {
        return waivers;
    }
    let mut outcome = waivers.unwrap_or_else(|| Outcome {
        gate: Gate::Waivers,
        measured: text!["no waivers"],
        limit: text!["each is needed and in force"],
        reasons: Vec::new(),
    });
    outcome.measured.text(", ").push(ignores.len()).text(" in files of other tools");
    outcome.reasons.extend(ignores.iter().map(|ignore| reason(ignore, today)));
    Some(outcome)
}

fn reason(ignore: &Ignore, today: Date) -> Reason {
    let mut message = text![ignore.tool, " is told to ignore ", ignore.rule.clone()];
    if let Some(why) = &ignore.reason {
        message.text(": ").foreign(why.clone());
    }
    let until = ignore.expires.as_ref().and_then(|until| {
        let day = until.raw().get(.."2027-01-31".len())?;
        std::str::from_utf8(day).ok()?.parse::<Date>().ok()
    });
    let (rule, verdict, help) = match until {
        Some(until) if until < today => {
            ("ignore-ended", Verdict::Warn, "it ended; solve what it hides, or renew it")
        }
        _ if ignore.reason.is_none() => (
            "ignore-without-reason",
            Verdict::Warn,
            "nobody says why; a `[[gate.waiver]]` has an owner, a reason and an end",
        ),
        Some(_) | None => (
            "ignore",
            Verdict::Pass,
            "what it hides is in no report; a `[[gate.waiver]]` has an owner and an end",
        ),
    };
    Reason::new(rule, verdict, message).at(ignore.place.clone()).help(help)
}

/// A sort of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum File {
    Deny,
    Audit,
    Osv,
    TrivyLines,
    TrivyYaml,
    Snyk,
    Gitleaks,
    Semgrep,
    Nsprc,
    Terraform,
}

impl File {
    fn of(path: &[u8]) -> Option<Self> {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        Some(match name {
            b"deny.toml" | b".deny.toml" => Self::Deny,
            b"audit.toml" => Self::Audit,
            b"osv-scanner.toml" => Self::Osv,
            b".trivyignore" => Self::TrivyLines,
            b".trivyignore.yaml" | b".trivyignore.yml" => Self::TrivyYaml,
            b".snyk" => Self::Snyk,
            b".gitleaksignore" => Self::Gitleaks,
            b".semgrepignore" => Self::Semgrep,
            b".nsprc" => Self::Nsprc,
            _ if name.ends_with(b".tf") || name.ends_with(b".tofu") => Self::Terraform,
            _ => return None,
        })
    }

    fn tool(self) -> &'static str {
        match self {
            Self::Deny => "cargo-deny",
            Self::Audit => "cargo-audit",
            Self::Osv => "osv-scanner",
            Self::TrivyLines | Self::TrivyYaml => "trivy",
            Self::Snyk => "snyk",
            Self::Gitleaks => "gitleaks",
            Self::Semgrep => "semgrep",
            Self::Nsprc => "better-npm-audit",
            Self::Terraform => "tfsec",
        }
    }
}

/// Whether a file of this path can tell a tool what to ignore.
pub fn is_one(path: &[u8]) -> bool {
    File::of(path).is_some()
}

/// What the file at `path` tells its tool to ignore, in the order of the file; nothing if no tool reads
/// such a file.
///
/// # Errors
/// When it is not what its tool reads: what it hides is then not known.
pub fn read(path: &[u8], bytes: &[u8]) -> Result<Vec<Ignore>, Box<Problem>> {
    let Some(file) = File::of(path) else { return Ok(Vec::new()) };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let reader = Reader { path, bytes, positions: Positions::of(bytes), tool: file.tool() };
    match file {
        File::Deny | File::Audit | File::Osv => reader.toml(file),
        File::TrivyYaml | File::Snyk | File::Nsprc => reader.yaml(file),
        File::TrivyLines | File::Gitleaks | File::Semgrep => Ok(reader.listed(file)),
        File::Terraform => Ok(reader.comments()),
    }
}

struct Reader<'a> {
    path: &'a [u8],
    bytes: &'a [u8],
    positions: Positions<'a>,
    tool: &'static str,
}

impl Reader<'_> {
    /// The place of a byte.
    fn place(&self, at: usize) -> Place {
        let (line, column) = self.positions.at(at);
        Place::at(Foreign::from(self.path), line, column)
    }

    fn ignore(&self, rule: &[u8], place: Place) -> Ignore {
        Ignore { tool: self.tool, rule: Foreign::from(rule), place, reason: None, expires: None }
    }

    fn unreadable(&self, label: impl Into<diagnostics::Text>, at: usize) -> Box<Problem> {
        let problem = Problem::error(text!["what ", self.tool, " ignores cannot be read"])
            .at(self.place(at))
            .label(label)
            .snippet(Snippet::of(self.bytes, at))
            .help(
                "see the tool's documentation of this file; what it hides is not known until then",
            );
        Box::new(problem)
    }

    fn text(&self) -> Result<&str, Box<Problem>> {
        let text = std::str::from_utf8(self.bytes);
        text.map_err(|error| self.unreadable("expected UTF-8", error.valid_up_to()))
    }

    fn toml(&self, file: File) -> Result<Vec<Ignore>, Box<Problem>> {
        let (table, errors) = DeTable::parse_recoverable(self.text()?);
        if let Some(error) = errors.first() {
            let at = error.span().unwrap_or(0..0).start;
            let label = text!["expected TOML; ", Piece::said(&error.message())];
            return Err(self.unreadable(label, at));
        }
        let table = table.get_ref();
        if file == File::Osv {
            let mut all = self.toml_list(table.get("IgnoredVulns"), "id")?;
            let overrides = self.toml_list(table.get("PackageOverrides"), "name")?;
            all.extend(overrides);
            return Ok(all);
        }
        let Some(advisories) = table.get("advisories") else { return Ok(Vec::new()) };
        let Some(advisories) = advisories.get_ref().as_table() else {
            return Err(self.unreadable("expected a table", advisories.span().start));
        };
        self.toml_list(advisories.get("ignore"), "id")
    }

    /// A list of names, and of tables with a name and more.
    fn toml_list(
        &self,
        list: Option<&Spanned<DeValue<'_>>>,
        key: &str,
    ) -> Result<Vec<Ignore>, Box<Problem>> {
        let Some(list) = list else { return Ok(Vec::new()) };
        let Some(items) = list.get_ref().as_array() else {
            return Err(self.unreadable("expected a list", list.span().start));
        };
        let mut all = Vec::new();
        for item in items {
            let at = item.span().start;
            let mut ignore = self.ignore(b"", self.place(at));
            if let Some(name) = item.get_ref().as_str() {
                ignore.rule = Foreign::from(name);
                all.push(ignore);
                continue;
            }
            let Some(table) = item.get_ref().as_table() else {
                return Err(self.unreadable("expected a name or a table", at));
            };
            let word = |key: &str| table.get(key).and_then(|value| word(value.get_ref()));
            // cargo-deny also ignores a crate as a whole, for being yanked; osv-scanner a package, if
            // the table says so.
            if key == "name"
                && !["ignore", "vulnerability", "license"]
                    .iter()
                    .any(|key| table.contains_key(*key))
            {
                continue;
            }
            let name = word(key).or_else(|| word("crate")).or_else(|| word("name"));
            let Some(name) = name.or_else(|| (key == "name").then(|| Foreign::from("*"))) else {
                return Err(self.unreadable("expected what it ignores", at));
            };
            ignore.rule = name;
            ignore.reason = word("reason");
            ignore.expires = word("ignoreUntil").or_else(|| word("effectiveUntil"));
            all.push(ignore);
        }
        Ok(all)
    }

    fn yaml(&self, file: File) -> Result<Vec<Ignore>, Box<Problem>> {
        let source = self.text()?;
        let yaml = Yaml::stream(source)
            .map_err(|wrong| Box::new(wrong.problem(Foreign::from(self.path), source)))?;
        let documents = yaml.documents();
        let mut all = Vec::new();
        for root in documents {
            if matches!(root.kind(), Kind::Text(_) | Kind::List(_)) {
                return Err(self.other(root, "expected keys and values"));
            }
            match file {
                File::TrivyYaml => self.trivy(root, &mut all)?,
                File::Snyk => self.snyk(root, &mut all)?,
                File::Deny
                | File::Audit
                | File::Osv
                | File::TrivyLines
                | File::Gitleaks
                | File::Semgrep
                | File::Nsprc
                | File::Terraform => self.nsprc(root, &mut all),
            }
        }
        Ok(all)
    }

    fn place_of(&self, At { line, column }: At) -> Place {
        Place::at(Foreign::from(self.path), line, column)
    }

    fn other(&self, node: Node<'_>, wanted: &'static str) -> Box<Problem> {
        self.unreadable(wanted, self.positions.line_start(node.at().line))
    }

    fn trivy(&self, root: Node<'_>, all: &mut Vec<Ignore>) -> Result<(), Box<Problem>> {
        for (_, list) in root.pairs() {
            for item in list.items() {
                let Some(id) = item.get("id").and_then(Node::text) else {
                    return Err(self.other(item, "expected an `id`"));
                };
                let mut ignore = self.ignore(id.as_bytes(), self.place_of(item.at()));
                ignore.reason = item.get("statement").and_then(Node::text).map(Foreign::from);
                ignore.expires = item.get("expired_at").and_then(Node::text).map(Foreign::from);
                all.push(ignore);
            }
        }
        Ok(())
    }

    fn snyk(&self, root: Node<'_>, all: &mut Vec<Ignore>) -> Result<(), Box<Problem>> {
        for (id, paths) in root.get("ignore").map(Node::pairs).unwrap_or_default() {
            let name = id.text().unwrap_or_default();
            if paths.items().is_empty() {
                return Err(self.other(id, "expected a list of paths"));
            }
            for (path, says) in paths.items().into_iter().flat_map(Node::pairs) {
                let mut ignore = self.ignore(name.as_bytes(), self.place_of(path.at()));
                ignore.reason = says.get("reason").and_then(Node::text).map(Foreign::from);
                ignore.expires = says.get("expires").and_then(Node::text).map(Foreign::from);
                all.push(ignore);
            }
        }
        for (_, patterns) in root.get("exclude").map(Node::pairs).unwrap_or_default() {
            for item in patterns.items() {
                let keys = item.pairs().into_iter().map(|(key, _)| key);
                for pattern in keys.chain([item]).filter_map(Node::text) {
                    all.push(self.ignore(pattern.as_bytes(), self.place_of(item.at())));
                }
            }
        }
        Ok(())
    }

    fn nsprc(&self, root: Node<'_>, all: &mut Vec<Ignore>) {
        for (id, says) in root.pairs() {
            let name = id.text().unwrap_or_default();
            let listed: Vec<&str> = says.items().into_iter().filter_map(Node::text).collect();
            if name == "exceptions" && !listed.is_empty() {
                // The form of the tool that was there before.
                all.extend(
                    listed.iter().map(|name| self.ignore(name.as_bytes(), self.place_of(id.at()))),
                );
                continue;
            }
            if says.get("active").and_then(Node::text) == Some("false") {
                continue;
            }
            let mut ignore = self.ignore(name.as_bytes(), self.place_of(id.at()));
            let notes = says.get("notes").unwrap_or(says);
            ignore.reason = notes.text().filter(|notes| !notes.is_empty()).map(Foreign::from);
            ignore.expires = says.get("expiry").and_then(Node::text).map(Foreign::from);
            all.push(ignore);
        }
    }

    /// One name a line; the comment right above a name says why.
    fn listed(&self, file: File) -> Vec<Ignore> {
        let mut all = Vec::new();
        let mut why = None;
        let mut at = 0;
        for line in self.bytes.split_inclusive(|byte| *byte == b'\n') {
            let words = line.trim_ascii();
            if let Some(comment) = words.strip_prefix(b"#") {
                why = Some(Foreign::from(comment.trim_ascii()));
            } else if words.is_empty() {
                why = None;
            } else {
                // Of Semgrep's patterns, spaces are a part.
                let mut parts =
                    words.split(u8::is_ascii_whitespace).filter(|part| !part.is_empty());
                let rule =
                    if file == File::Semgrep { words } else { parts.next().unwrap_or(words) };
                let mut ignore = self.ignore(rule, self.place(at));
                ignore.reason = why.take();
                let expires = parts.find_map(|part| part.strip_prefix(b"exp:"));
                ignore.expires = expires.filter(|_| file == File::TrivyLines).map(Foreign::from);
                all.push(ignore);
            }
            at += line.len();
        }
        all
    }

    /// `#tfsec:ignore:rule:exp:2027-01-31` and the like.
    fn comments(&self) -> Vec<Ignore> {
        let mut all = Vec::new();
        for (mark, tool) in [("tfsec:ignore:", "tfsec"), ("trivy:ignore:", "trivy")] {
            for found in self.bytes.find_iter(mark) {
                let start = found + mark.len();
                let rest = self.bytes.get(start..).unwrap_or_default();
                let end = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
                let words = rest.get(..end).unwrap_or_default();
                let (rule, expires) = match words.split_once_str(":exp:") {
                    Some((rule, expires)) => (rule, Some(Foreign::from(expires))),
                    None => (words, None),
                };
                all.push((found, Ignore { tool, expires, ..self.ignore(rule, self.place(found)) }));
            }
        }
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, ignore)| ignore).collect()
    }
}

/// A value as it is written, if it is one.
fn word(value: &DeValue<'_>) -> Option<Foreign> {
    match value {
        DeValue::String(text) => Some(Foreign::from(text.as_ref())),
        DeValue::Datetime(date) => Some(Foreign::from(date.to_string().as_str())),
        DeValue::Integer(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each as line, tool, rule, reason and end.
    #[track_caller]
    fn check(path: &str, text: &str, wanted: &[&str]) {
        let all = read(path.as_bytes(), text.as_bytes()).unwrap();
        let raw = |words: &Option<Foreign>| {
            words.as_ref().map_or(String::new(), |words| format!(" | {}", words.raw().as_bstr()))
        };
        let one = |ignore: &Ignore| {
            let line = ignore.place.line.unwrap();
            let rule = ignore.rule.raw().as_bstr();
            format!("{line} {} {rule}{}{}", ignore.tool, raw(&ignore.reason), raw(&ignore.expires))
        };
        assert_eq!(all.iter().map(one).collect::<Vec<_>>(), wanted, "{path}");
    }

    #[test]
    fn lists_in_toml_are_read() {
        check(
            "deny.toml",
            "[graph]\n[advisories]\nyanked = 'warn'\nignore = [\n 'RUSTSEC-1',\n { id = 'RUSTSEC-2', reason = 'not used' },\n { crate = 'a@1', reason = 'b' },\n]\n",
            &[
                "5 cargo-deny RUSTSEC-1",
                "6 cargo-deny RUSTSEC-2 | not used",
                "7 cargo-deny a@1 | b",
            ],
        );
        check(
            ".cargo/audit.toml",
            "[advisories]\nignore = ['RUSTSEC-1']\n",
            &["2 cargo-audit RUSTSEC-1"],
        );
        check(
            "osv-scanner.toml",
            "[[IgnoredVulns]]\nid = 'GHSA-1'\nignoreUntil = 2027-01-31\nreason = 'r'\n\n[[PackageOverrides]]\nname = 'lib'\nignore = true\n\n[[PackageOverrides]]\nname = 'x'\n",
            &["1 osv-scanner GHSA-1 | r | 2027-01-31", "6 osv-scanner lib"],
        );
        check("deny.toml", "[bans]\n", &[]);
    }

    #[test]
    fn lists_in_yaml_are_read() {
        check(
            ".trivyignore.yaml",
            "vulnerabilities:\n  - id: CVE-1\n    statement: s\n    expired_at: 2027-01-31\nsecrets:\n  - id: aws\n    paths: [a]\n",
            &["2 trivy CVE-1 | s | 2027-01-31", "6 trivy aws"],
        );
        check(
            ".snyk",
            "version: v1\nignore:\n  SNYK-1:\n    - '*':\n        reason: r\n        expires: 2027-01-31T00:00:00.000Z\n    - a > b:\n        reason: s\npatch: {}\nexclude:\n  global:\n    - tests/**\n",
            &[
                "4 snyk SNYK-1 | r | 2027-01-31T00:00:00.000Z",
                "7 snyk SNYK-1 | s",
                "12 snyk tests/**",
            ],
        );
        check(
            ".nsprc",
            "{\n \"GHSA-1\": {\"active\": true, \"notes\": \"n\", \"expiry\": \"2027-01-31\"},\n \"GHSA-2\": {\"active\": false},\n \"1500\": \"why\"\n}\n",
            &["2 better-npm-audit GHSA-1 | n | 2027-01-31", "4 better-npm-audit 1500 | why"],
        );
        check(
            ".nsprc",
            "{\"exceptions\": [\"https://x/39\"]}",
            &["1 better-npm-audit https://x/39"],
        );
    }

    #[test]
    fn lists_of_lines_are_read() {
        check(
            ".trivyignore",
            "# not reachable\nCVE-1 exp:2027-01-31\n\nCVE-2\r\n",
            &["2 trivy CVE-1 | not reachable | 2027-01-31", "4 trivy CVE-2"],
        );
        check("a/.gitleaksignore", "#why\n\nabc:a.py:aws:3\n", &["3 gitleaks abc:a.py:aws:3"]);
        check(".semgrepignore", "tests/\na b/\n", &["1 semgrep tests/", "2 semgrep a b/"]);
    }

    #[test]
    fn comments_in_terraform_are_read() {
        check(
            "infra/main.tf",
            "#tfsec:ignore:aws-s3-x tfsec:ignore:AWS002:exp:2027-01-31\n//trivy:ignore:AVD-1\nresource {}\n",
            &["1 tfsec aws-s3-x", "1 tfsec AWS002 | 2027-01-31", "2 trivy AVD-1"],
        );
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for (path, text) in [
            ("deny.toml", "[advisories"),
            ("deny.toml", "advisories = 1"),
            ("deny.toml", "[advisories]\nignore = 'x'"),
            ("deny.toml", "[advisories]\nignore = [1]"),
            ("deny.toml", "[advisories]\nignore = [{}]"),
            (".snyk", "ignore: ["),
            (".snyk", "ignore:\n  SNYK-1: x\n"),
            (".trivyignore.yaml", "secrets:\n  - paths: [a]\n"),
            (".nsprc", "nothing"),
            (".snyk", "- ignore"),
        ] {
            assert!(read(path.as_bytes(), text.as_bytes()).is_err(), "{path}: {text}");
        }
        assert!(read(b"deny.toml", b"\xff").is_err());
        assert_eq!(read(b"Cargo.toml", b"\xff"), Ok(Vec::new()));
        assert!(is_one(b".snyk") && !is_one(b"Cargo.toml"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), text in "[-a-z:\\[\\]{}'\"=#\n ]{0,60}") {
            for name in ["deny.toml", "osv-scanner.toml", ".trivyignore", ".trivyignore.yaml", ".snyk", ".nsprc", ".semgrepignore", "a.tf"] {
                let _ = read(name.as_bytes(), &bytes);
                let _ = read(name.as_bytes(), text.as_bytes());
            }
        }
    }
}
