//! What is no evidence never passes: every format, broken in every way, in every mode.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use reports::AnyFormat;
use testkit::{Scratch, Told, Tool, test_data};

use crate::place::{GOOD, Good, Place, TIMES, fixture};
use crate::tool::check;

const DEEP: usize = 10_000;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf_16(bytes: &[u8], unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let units = std::iter::once(0xfeff).chain(text.encode_utf16());
    units.flat_map(unit).collect()
}

/// The place of the end of `needle`.
fn behind(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|it| it == needle).map(|at| at + needle.len())
}

/// The first `length` bytes, or a few less, so that they end within a line.
fn cut(bytes: &[u8], length: usize) -> Vec<u8> {
    let kept = bytes[..length].trim_ascii_end();
    kept[..kept.len() - 1].trim_ascii_end().to_vec()
}

fn with(bytes: &[u8], at: usize, more: &[u8]) -> Vec<u8> {
    [&bytes[..at], more, &bytes[at..]].concat()
}

/// The report, broken: each is no report of its format any more.
fn broken(good: &Good) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = good.bytes();
    let whole = bytes.trim_ascii_end();
    let length = whole.len();
    // Lines of text end with what was measured last, so that a part of the last line is no less.
    let last = whole.iter().rposition(|byte| *byte == b'\n').unwrap_or(length);
    let end = if good.is_text() { last } else { length };
    let mut all = vec![
        ("an empty file", Vec::new()),
        ("white space", b" \r\n\t\n".to_vec()),
        ("a byte order mark alone", b"\xef\xbb\xbf".to_vec()),
        ("NULs", vec![0; 4096]),
        ("its first quarter", cut(whole, length / 4)),
        ("its first half", cut(whole, length / 2)),
        ("its first three quarters", cut(whole, length * 3 / 4)),
        ("all but its end", cut(whole, end)),
        ("an error page", b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>".to_vec()),
        ("a word of a shell", b"sh: 1: tool: not found\n".to_vec()),
        ("a number", b"0".to_vec()),
        ("a text", b"\"report\"".to_vec()),
        ("deep brackets", [b"[".repeat(DEEP), b"]".repeat(DEEP)].concat()),
        ("deep tags", [b"<a>".repeat(DEEP), b"</a>".repeat(DEEP)].concat()),
        ("gzip cut off", gzip(&bytes)[..gzip(&bytes).len() - 5].to_vec()),
        ("half of its gzip", gzip(&bytes)[..gzip(&bytes).len() / 2].to_vec()),
        ("gzip of nothing", gzip(b"")),
        ("gzip in gzip", gzip(&gzip(&bytes))),
        ("half of its UTF-16", {
            let wide = utf_16(&bytes, u16::to_le_bytes);
            wide[..wide.len() / 2].to_vec()
        }),
    ];
    if good.is_json() {
        let at = behind(whole, b"{").unwrap();
        all.push(("a NaN", with(whole, at, br#""odd":NaN,"#)));
    }
    if good.is_xml() {
        let name = if good.format == "cobertura" { &b" filename=\""[..] } else { b" name=\"" };
        let last = whole.windows(name.len()).rposition(|it| it == name).unwrap() + name.len();
        all.push(("an entity in a name", with(whole, last, b"&lol9;")));
        let root = behind(whole, b"?>").unwrap_or_default();
        let bomb = b"<!DOCTYPE x [<!ENTITY lol \"lol\"><!ENTITY lol9 \"&lol;&lol;\">]>";
        let declared = with(whole, last, b"&lol9;");
        all.push(("an entity bomb", with(&declared, root, bomb)));
    }
    all
}

#[test]
fn each_format_stands_here() {
    let named: Vec<&str> = GOOD.iter().map(|good| good.format).collect();
    for format in AnyFormat::all().map(AnyFormat::name) {
        assert!(named.contains(&format) || TIMES.contains(&format), "`{format}` is not tried");
    }
}

#[test]
fn a_good_report_is_judged_however_it_is_packed() {
    for good in GOOD {
        let place = Place::of(good);
        let bytes = good.bytes();
        let mut ways = vec![
            ("as it is", bytes.clone()),
            ("gzip", gzip(&bytes)),
            ("UTF-16", utf_16(&bytes, u16::to_be_bytes)),
        ];
        if good.is_json() {
            let at = behind(&bytes, b"{").unwrap();
            let deep = [&br#""odd":"#[..], &b"[".repeat(DEEP), &b"]".repeat(DEEP), b","].concat();
            ways.push(("an odd key that is deep", with(&bytes, at, &deep)));
        }
        let mut counts = None;
        for (number, (what, bytes)) in ways.into_iter().enumerate() {
            place.repository.write("report", bytes);
            let format = if number == 0 { "" } else { good.format };
            let reports = format!("{}:{format}=report", good.gate).replace(":=", "=");
            let told = place.run(good.gate, &reports, &[]);
            let said: String = told.stderr.chars().take(600).collect();
            // Read or refused, and never read otherwise.
            if what.contains("deep") && told.exit == 2 {
                continue;
            }
            assert_ne!(told.exit, 2, "{what}, {reports}: {said}");
            let found = told.outputs["counts"].clone();
            assert_eq!(*counts.get_or_insert(found.clone()), found, "{what}, {reports}");
        }
    }
}

#[test]
fn a_broken_report_is_no_answer() {
    let mut wrong = Vec::new();
    for good in GOOD {
        let place = Place::of(good);
        let all = broken(good);
        let mut reports = String::new();
        for (number, (_, bytes)) in all.iter().enumerate() {
            place.repository.write(format!("named-{number}"), bytes);
            place.repository.write(format!("known-{number}"), bytes);
            let Good { gate, format, .. } = good;
            let names = format!("=named-{number}\n{gate}=known-{number}\n");
            reports.extend([gate, ":", format, &names]);
        }
        let without = place.without_answer(good.gate, &reports, "report");
        for (number, (what, _)) in all.iter().enumerate() {
            for name in ["named", "known"] {
                if !without.contains(&format!("{name}-{number}")) {
                    wrong.push(format!("{}, {name}: {what}", good.format));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_report_of_nothing_is_no_answer() {
    for good in GOOD {
        let place = Place::of(good);
        place.repository.write("report", "{}");
        place.check_no_answer(good.gate, &format!("{}:{}=report", good.gate, good.format), "{}");
    }
}

#[test]
fn what_must_be_refused_is_no_answer() {
    let mut wrong = Vec::new();
    for good in GOOD {
        let place = Place::of(good);
        let folder = Scratch::new();
        folder.copy_from(&test_data(good.format));
        let bad: Vec<String> =
            folder.files().into_iter().filter(|name| name.strip_suffix(".bad").is_some()).collect();
        let mut reports = String::new();
        for name in &bad {
            place.repository.write(name, folder.read(name));
            reports.extend([good.gate, ":", good.format, "=", name, "\n"]);
        }
        if bad.is_empty() {
            continue;
        }
        let without = place.without_answer(good.gate, &reports, "report");
        // As UTF-16 it has to be decoded, which is done here.
        let bad = bad.into_iter().filter(|name| name != "utf-16.xml.bad");
        wrong.extend(bad.filter(|name| !without.contains(name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn another_format_under_the_name_is_no_answer() {
    let mut wrong = Vec::new();
    for good in GOOD {
        let place = Place::of(good);
        let mut reports = String::new();
        let others: Vec<&Good> = GOOD.iter().filter(|it| it.format != good.format).collect();
        for other in &others {
            place.repository.write(other.format, other.bytes());
            reports.extend([good.gate, ":", good.format, "=", other.format, "\n"]);
        }
        let without = place.without_answer(good.gate, &reports, "report");
        let read = others.iter().filter(|other| !without.contains(other.format));
        wrong.extend(read.map(|other| format!("{} as {}", other.format, good.format)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_tool_says_of_its_own_failure_is_no_answer() {
    let failed = [
        ("lint", "cargo-json", "check-fails.jsonl"),
        ("security", "cargo-deny", "no-database.jsonl"),
        ("security", "npm-audit", "refused.json"),
        ("security", "trivy", "looked-at-nothing.json"),
        ("security", "snyk", "projects-one-failed.json"),
        ("security", "trufflehog", "error-in-the-log.jsonl"),
        ("security", "semgrep", "a-rule-that-cannot-be-parsed.json"),
        ("lint", "sarif", "eslint-could-not-parse.sarif"),
        ("terraform", "tflint", "did-not-lint.json"),
    ];
    let mut wrong = Vec::new();
    for (gate, format, file) in failed {
        let place = Place::new();
        place.repository.write("report", fixture(&format!("{format}/{file}")));
        for mode in ["block", "report"] {
            let reports = format!("{gate}:{format}=report");
            let told = place.run(gate, &reports, &[("mode", mode)]);
            let verdict = told.outputs.get("verdict").cloned().unwrap_or_default();
            if (told.exit, verdict.as_str()) != (2, "error") {
                wrong.push(format!("{mode}, {format}/{file}: {} {verdict}", told.exit));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_report_that_only_says_how_long_tests_took_is_no_answer() {
    for format in TIMES {
        let place = Place::new();
        let folder = Scratch::new();
        folder.copy_from(&test_data(format));
        let name =
            folder.files().into_iter().find(|name| name.strip_suffix(".bad").is_none()).unwrap();
        place.repository.write("report", folder.read(&name));
        place.check_no_answer("tests", &format!("tests:{format}=report"), "times");
        place.check_no_answer("tests", "tests=report", "times");
    }
}

#[test]
fn paths_of_coverage_that_mean_no_file_are_no_answer() {
    for good in GOOD.iter().filter(|good| good.gate == "coverage") {
        let place = Place::new();
        place.repository.write("report", good.bytes());
        place.check_no_answer("coverage", &format!("{}=report", good.format), "paths of elsewhere");
    }
}

/// Runs a script in the place.
#[cfg(unix)]
fn shell(place: &Place, script: &str) {
    let told = Tool::new("/bin/sh").args(["-c", script]).at(place.repository.path()).run();
    assert_eq!(told.exit, 0, "{script}: {}", told.stderr);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_no_answer() {
    let long = "x".repeat(5000);
    let odd = [
        ("a pattern that means nothing", "none/*.info"),
        ("a file that is not there", "none.info"),
        ("a folder", "folder"),
        ("a pipe", "pipe"),
        ("a pipe among others", "pip*"),
        ("a link to nowhere", "dangling"),
        ("a link to itself", "itself"),
        ("a link out of the folder", "out"),
        ("a link out of the folder among others", "ou*"),
        ("a file that grows for ever", "/dev/zero"),
        ("a file that may not be read", "secret"),
        ("a long name", &long),
    ];
    let place = Place::new();
    let files = "mkdir folder; mkfifo pipe; ln -s none dangling; ln -s itself itself; \
        printf 'TN:\nSF:src/code.rs\nDA:1,1\nend_of_record\n' >../good.info; \
        ln -s ../good.info out; cp ../good.info secret; chmod 000 secret";
    shell(&place, files);
    // Root may read everything.
    let is_root = system::read_file(&place.repository.at("secret"), 100).is_ok();
    for (what, path) in odd {
        if is_root && path == "secret" {
            continue;
        }
        place.check_no_answer("coverage", path, what);
        place.check_no_answer("coverage", &format!("lcov={path}"), what);
    }
    shell(&place, "chmod 644 secret");
    assert_ne!(place.run("coverage", "secret", &[]).exit, 2);
}

#[cfg(unix)]
#[test]
fn a_report_that_is_too_large_is_refused_before_it_is_in_memory() {
    let place = Place::new();
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    bomb.write_all(b"TN:\n").unwrap();
    let breaks = [b'\n'; 1 << 14];
    for _ in 0..1 << 16 {
        bomb.write_all(&breaks).unwrap();
    }
    place.repository.write("bomb", bomb.finish().unwrap());
    shell(&place, "truncate -s 2G sparse; truncate -s 3G longer");
    for file in ["sparse", "lcov=sparse", "longer", "lcov=longer", "bomb", "lcov=bomb"] {
        // Of memory there are 400 MB for everything.
        let script = format!("ulimit -v 400000; exec {} run", env!("CARGO_BIN_EXE_gate-check"));
        let inputs = [("gate", "coverage"), ("reports", file), ("mode", "report")];
        let told = place.started(Tool::new("/bin/sh").args(["-c", &script]), &inputs);
        check(&told, 2, "error");
    }
}

#[test]
fn a_report_that_may_be_of_any_gate_is_not_taken_for_one_of_tests() {
    let place = Place::with("")
        .file("odd", "no report")
        .file("cov.info", "SF:src/code.rs\nDA:1,1\nend_of_record\n");
    let blocking = |told: &Told| told.outputs["blocking"].clone();
    // Whatever gate has something to look at may lack what is in it.
    let beside = place.run("", "cov.info\nodd", &[]);
    check(&beside, 2, "error");
    assert_eq!(blocking(&beside), r#"["coverage"]"#);
    // Where there is none, it is told without a gate.
    let jobs = r#"{"a":{"result":"success"}}"#;
    for (reports, more) in [("odd", &[][..]), ("odd", &[("jobs", jobs)]), ("nothing*", &[])] {
        let told = place.run("", reports, more);
        assert_eq!((told.exit, blocking(&told).as_str()), (2, ""), "{reports} {more:?}");
        let name = if reports == "odd" { "`odd`" } else { "report is at `nothing*`" };
        assert!(told.stdout.contains(name), "{}", told.stdout);
    }
    // Who asks for gates is told of those.
    let asked = place.run("tests,security", "odd", &[]);
    assert_eq!(blocking(&asked), r#"["tests","security"]"#);
}
