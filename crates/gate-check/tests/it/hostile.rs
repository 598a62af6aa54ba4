//! Reports made to break things: what they say is told, is never obeyed, and secrets are not told at all.

use std::collections::BTreeSet;

use serde_json::Value;
use testkit::{Told, Tool};

use crate::place::{GOOD, Good, Place, fixture};
use crate::tool::tool;

/// What stands behind every text of a report.
const HOSTILE: &str = "\n::error::forged\r\n::set-output name=verdict::forged\n##[error]forged\n| forged | x |\n# forged\n- forged\n<img src=forged onerror=x><!-- forged --></details>\n```\nforged\n``` \u{202e}forged\u{2066} \0\u{1b}[31mforged [forged](javascript:x) %0A::error::forged\nverdict=forged\nsignalbox<<EOF\n$(touch forged) ${{ secrets.FORGED }}";

/// The keys under which tools write what people wrote.
const TEXTS: &[&str] = &[
    "message",
    "text",
    "name",
    "title",
    "Title",
    "fullTitle",
    "fullName",
    "ruleId",
    "id",
    "check_id",
    "path",
    "file",
    "File",
    "filename",
    "file_name",
    "uri",
    "description",
    "Description",
    "RuleID",
    "summary",
    "detail",
    "rule_id",
    "long_id",
    "resource",
    "packageName",
    "moduleName",
    "Test",
    "Output",
    "event",
    "Target",
    "PkgName",
    "VulnerabilityID",
    "DetectorName",
    "command",
    "full_id",
    "code",
    "rendered",
    "package",
    "commit",
    "email",
    "failureMessages",
    "group_name",
    "Match",
];

/// A document with the words behind its texts: behind those of the keys, or behind all.
fn hostile(value: &mut Value, key: &str, is_all: bool) {
    match value {
        Value::String(text) if is_all || TEXTS.contains(&key) => text.push_str(HOSTILE),
        Value::Array(list) => list.iter_mut().for_each(|it| hostile(it, key, is_all)),
        Value::Object(keys) => {
            keys.iter_mut().for_each(|(key, it)| hostile(it, key, is_all));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// A line as XML has it in an attribute.
fn in_xml(text: &str) -> String {
    let characters = text.chars().filter(|it| !matches!(it, '\0' | '\u{1b}'));
    characters
        .map(
            |it| {
                if it.is_alphanumeric() { it.to_string() } else { format!("&#{};", u32::from(it)) }
            },
        )
        .collect()
}

/// The report with hostile texts.
fn broken(good: &Good, is_all: bool) -> Vec<u8> {
    let bytes = good.bytes();
    let text = String::from_utf8(bytes).unwrap();
    let whole = serde_json::from_str::<Value>(&text).ok();
    if good.is_lines_of_json() || (good.is_json() && whole.is_none()) {
        let lines = text.lines().map(|line| match serde_json::from_str::<Value>(line) {
            Ok(mut value) => {
                hostile(&mut value, "", is_all);
                value.to_string()
            }
            Err(_) => format!("{line}{}", HOSTILE.replace('\n', " ")),
        });
        return lines.map(|line| line + "\n").collect::<String>().into_bytes();
    }
    if let Some(mut value) = whole {
        hostile(&mut value, "", is_all);
        return value.to_string().into_bytes();
    }
    if good.is_xml() {
        let mut text = text;
        for name in [" name=\"", " message=\"", " classname=\"", " file=\"", " filename=\""] {
            text = text.replace(name, &format!("{name}{}", in_xml(HOSTILE)));
        }
        return text.into_bytes();
    }
    // Lines of text: a path, or the name of a benchmark.
    let line = HOSTILE.replace(['\n', '\r'], " ");
    let text = text.replace("SF:", &format!("SF:{line}")).replace(".go:", &format!("{line}.go:"));
    let mut bytes = text.into_bytes();
    if is_all {
        bytes.extend_from_slice(b"\xff\xfe::error::forged\n::error::forged\n");
    }
    bytes
}

/// A line of Markdown without what stands in it as code.
fn without_code(line: &str) -> String {
    let line: Vec<char> = line.chars().collect();
    let ticks = |at: usize| line[at..].iter().take_while(|it| **it == '`').count();
    let mut left = String::new();
    let mut at = 0;
    while at < line.len() {
        let fence = ticks(at);
        if fence == 0 {
            left.push(line[at]);
            at += 1;
            continue;
        }
        let mut end = at + fence;
        while end < line.len() && ticks(end) != fence {
            end += ticks(end).max(1);
        }
        // Without an end it is no code.
        at = if end < line.len() { end + fence } else { at + fence };
    }
    left
}

#[test]
fn code_is_what_stands_between_fences_of_one_length() {
    assert_eq!(without_code("a `b` c ``d ` e`` f"), "a  c  f");
    assert_eq!(without_code("a ` <img"), "a  <img");
}

/// Nothing of it came through as more than words.
#[track_caller]
fn check_tame(told: &Told, what: &str) {
    for command in told.commands() {
        let is_ours = match command.name.as_str() {
            "error" | "warning" | "notice" => {
                command.properties.get("title").is_some_and(|title| title == "signalbox gate")
            }
            name => name == "stop-commands" || name.len() == 32,
        };
        assert!(is_ours, "{what}: the command {} {:?}", command.name, command.properties);
    }
    for (stream, text) in
        [("stdout", &told.stdout), ("stderr", &told.stderr), ("summary", &told.summary)]
    {
        let odd = text.chars().find(|it| {
            matches!(it, '\0' | '\u{1b}' | '\r' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(odd, None, "{what}: {stream}");
    }
    for line in told.summary.lines() {
        let plain = without_code(line);
        let line: String = line.chars().take(300).collect();
        let begins = ["| forged", "# forged", "- forged", "forged", "::", "##[", "```"];
        assert!(
            !begins.iter().any(|begin| plain.trim_start().starts_with(begin)),
            "{what}: {line}"
        );
        for word in ["<img", "<!--", "](javascript"] {
            assert!(!plain.contains(word), "{what}: {line}");
        }
        assert!(plain.matches("</details>").count() <= 1, "{what}: {line}");
    }
    let names: BTreeSet<&str> = told.outputs.keys().map(String::as_str).collect();
    let interface = gate_check::interface();
    let ours: Vec<&str> = interface.outputs.iter().map(|output| output.name).collect();
    assert!(names.iter().all(|name| ours.contains(name)), "{what}: {names:?}");
    assert!(!told.outputs["verdict"].contains("forged"), "{what}");
    assert!(!told.outputs["blocking"].contains("forged"), "{what}");
    assert!(!told.scratch.has("forged"));
}

#[test]
fn what_reports_say_is_told_and_never_obeyed() {
    let mut told_of = 0;
    for good in GOOD {
        let place = Place::of(good);
        for is_all in [false, true] {
            place.repository.write("report", broken(good, is_all));
            let reports = format!("{}:{}=report", good.gate, good.format);
            let told = place.run(good.gate, &reports, &[]);
            check_tame(&told, &format!("{}, {is_all}", good.format));
            told_of += usize::from(!is_all && told.stdout.contains("forged"));
        }
    }
    // Most of them say it, so that it was tried.
    assert!(told_of > 20, "{told_of}");
}

#[test]
fn names_of_files_are_told_and_never_obeyed() {
    let name =
        "a ::error::forged <img src=x> | x [forged](javascript:x) $(touch forged)\u{202e}`.info";
    let place = Place::new().file(name, "no report");
    let told = place.run("coverage", "a*.info", &[]);
    assert_eq!(told.exit, 2);
    check_tame(&told, "a name");
    let place = Place::new().file("sub/a\nb.info", "no report\n");
    let told = place.run("coverage", "sub/*", &[]);
    assert_eq!(told.exit, 2);
    check_tame(&told, "a line break");
    check_tame(
        &place.run("coverage", "lcov=none\u{202e}\u{1b}[31m::error::forged<img", &[]),
        "a pattern",
    );
}

/// Every text of a key in a document.
fn texts(value: &Value, keys: &[&str], found: &mut BTreeSet<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|it| texts(it, keys, found)),
        Value::Object(all) => {
            for (key, it) in all {
                match it {
                    Value::String(text) if keys.contains(&key.as_str()) => {
                        found.insert(text.clone());
                    }
                    Value::Array(list) if keys.contains(&key.as_str()) => {
                        found.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    Value::Null
                    | Value::Bool(_)
                    | Value::Number(_)
                    | Value::String(_)
                    | Value::Array(_)
                    | Value::Object(_) => texts(it, keys, found),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn a_secret_is_told_nowhere() {
    let keys = ["Secret", "Match", "Raw", "RawV2", "secret", "offender", "line", "stringsFound"];
    let reports = [
        "gitleaks/git-history.json",
        "gitleaks/version-7.json",
        "gitleaks/redacted-in-part.json",
        "trufflehog/with-its-log.jsonl",
        "trufflehog/secrets-only.jsonl",
        "trufflehog/version-2.jsonl",
        "trivy/results.json",
    ];
    for report in reports {
        let bytes = fixture(report);
        let mut secrets = BTreeSet::new();
        let documents = serde_json::Deserializer::from_slice(&bytes).into_iter::<Value>();
        for document in documents {
            texts(&document.unwrap(), &keys, &mut secrets);
        }
        // A mask, or a part of one line of code, is none.
        secrets.retain(|secret| {
            secret.len() > 8 && !secret.contains("REDACTED") && !secret.contains("***")
        });
        assert!(
            !secrets.is_empty() || report.contains("redacted") || report.contains("trivy"),
            "{report}"
        );
        let format = report.split_once('/').unwrap().0;
        let place = Place::new().file("report", &bytes);
        let cut = &bytes[..bytes.len() * 2 / 3];
        let place = place.file("cut", cut);
        for line in [
            "report",
            "security:cut",
            "lint=report",
            "tests=report",
            "junit=report",
            "sarif=cut",
            "trivy=report",
        ] {
            let line = line.replace("security:", &format!("{format}="));
            let inputs = [("sarif-file", "out.sarif"), ("verdict-file", "v.json")];
            let told = place.run("security,lint,tests", &line, &inputs);
            let read = |name: &str| {
                let bytes = system::read_file(&place.repository.at(name), 1 << 24);
                String::from_utf8(bytes.unwrap()).unwrap()
            };
            let all = [told.stdout, told.stderr, told.summary, read("out.sarif"), read("v.json")]
                .join("\n");
            let all = all + &told.outputs.into_values().collect::<String>();
            for secret in &secrets {
                assert!(!all.contains(secret.as_str()), "{line} of {report}");
            }
        }
    }
}

/// A run over several reports of several families, with what it leaves.
fn left(variables: &[(&str, &str)], is_turned: bool) -> Vec<String> {
    let mut reports = vec![
        ("reports/a.json", fixture("semgrep/both-scales.json")),
        ("reports/b.json", fixture("cargo-audit/two-versions-of-a-crate.json")),
        ("reports/c.xml", fixture("junit/nextest-flaky-and-failed.xml")),
        ("reports/d.json", fixture("trivy/results.json")),
        ("reports/e.xml", fixture("junit/pytest-xunit2.xml")),
        ("reports/f.info", fixture("lcov/nyc.info")),
        ("reports/g.json", fixture("osv-scanner/groups.json")),
    ];
    if is_turned {
        reports.reverse();
    }
    let good = GOOD.iter().find(|good| good.format == "lcov").unwrap();
    let place = Place::of(good);
    for (name, bytes) in reports {
        place.repository.write(name, bytes);
    }
    let program: Tool = variables.iter().fold(tool(), |tool, (name, value)| tool.env(name, value));
    let inputs = [("reports", "reports/*"), ("sarif-file", "o.sarif"), ("verdict-file", "v.json")];
    let mut told = place.started(program, &inputs);
    let read = |name: &str| {
        let bytes = system::read_file(&place.repository.at(name), 1 << 24);
        String::from_utf8(bytes.unwrap()).unwrap()
    };
    told.outputs.remove("report");
    told.outputs.remove("json");
    let folder = place.repository.path().display().to_string();
    let mut all: Vec<String> =
        vec![told.stdout, told.stderr, told.summary, read("o.sarif"), read("v.json")];
    all.extend(told.outputs.into_values());
    for text in &all {
        assert!(!text.contains(&folder), "the path of the checkout is told");
    }
    all
}

#[test]
fn of_the_same_reports_come_the_same_bytes() {
    let first = left(&[], false);
    let locales = ["C", "tr_TR.UTF-8", "ja_JP.SJIS", "ar_EG"];
    let zones = ["UTC", "Pacific/Kiritimati", "America/St_Johns", ""];
    for number in 0..20 {
        let (locale, zone) = (locales[number % 4], zones[number / 4 % 4]);
        let columns = ["40", "400"][number % 2];
        let variables = [
            ("LANG", locale),
            ("LC_ALL", locale),
            ("TZ", zone),
            ("COLUMNS", columns),
            ("RUST_BACKTRACE", "1"),
        ];
        let again = left(&variables, number % 2 == 1);
        let same = first.iter().zip(&again).position(|(one, other)| one != other);
        assert_eq!(same, None, "{number}");
    }
}
