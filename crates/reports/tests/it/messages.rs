//! Every file of `testdata/{cargo-json,rustc-json}/` is read, every `.bad` one is refused.
//!
//! What is expected of files that a real tool wrote was listed by Python's `json`; of everything made
//! by hand, by reading it.

use std::fs;
use std::path::{Path, PathBuf};

use bstr::ByteSlice as _;
use proptest::prelude::*;
use reports::messages::{Format, Level, Message};
use reports::{Bounds, Found, Malformed};

fn folder(format: Format) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(format.name())
}

fn read(format: Format, bytes: &[u8]) -> Result<Vec<Message>, Malformed> {
    let mut messages = Vec::new();
    let reading = format.read(bytes, Bounds::default(), &mut |message| messages.push(message))?;
    assert_eq!(usize::try_from(reading.entries), Ok(messages.len()));
    assert_eq!(reading.complaints, []);
    Ok(messages)
}

fn line(message: &Message) -> String {
    match message {
        Message::Diagnostic(it) => {
            let level = match it.level {
                Level::Note => "note",
                Level::Warning => "warning",
                Level::Error => "error",
                Level::CompilerFailure => "ice",
            };
            let package = it.package.as_ref().map_or("-".to_owned(), |id| id.name().to_string());
            let code = it.code.as_ref().map_or("-".to_owned(), ToString::to_string);
            let spot = it.spot.as_ref();
            let spot = spot.map_or("-".to_owned(), |spot| {
                format!("{}:{}:{}", spot.file, spot.line, spot.column)
            });
            assert!(it.rendered.as_ref().is_some_and(|text| text.contains_str(&it.message)));
            format!("{level} {package} {code} {spot}")
        }
        Message::Artifact(it) => {
            let mut line = format!("built {} {}", it.package.name(), it.target.kinds[0]);
            line.push_str(if it.fresh { " fresh" } else { "" });
            line.push_str(if it.is_documentation { " pages" } else { "" });
            line
        }
        Message::BuildScript(package) => format!("script {}", package.name()),
        Message::Finished { success } => format!("finished {success}"),
    }
}

const GOOD: &[(Format, &str, &[&str])] = &[
    (
        Format::CargoJson,
        "build-script-fails.jsonl",
        &["built delta custom-build", "finished false"],
    ),
    (
        Format::CargoJson,
        "check-fails.jsonl",
        &[
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built alpha lib fresh",
            "built beta lib fresh",
            "built beta bin fresh",
            "error gamma-tool E0308 gamma/src/lib.rs:4:36",
            "error gamma-tool E0308 gamma/src/lib.rs:4:25",
            "note gamma-tool - -",
            "finished false",
        ],
    ),
    (
        Format::CargoJson,
        "check-fresh.jsonl",
        &[
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built alpha lib fresh",
            "built beta lib fresh",
            "built beta bin fresh",
            "built gamma-tool lib fresh",
            "finished true",
        ],
    ),
    (
        Format::CargoJson,
        "check-warns.jsonl",
        &[
            "built beta lib",
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built beta bin",
            "built alpha lib",
            "built gamma-tool lib",
            "finished true",
        ],
    ),
    (
        Format::CargoJson,
        "clippy-all-targets-says-it-twice.jsonl",
        &[
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "built beta lib",
            "warning alpha clippy::needless_return alpha/src/lib.rs:6:5",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built alpha lib",
            "built beta bin",
            "built gamma-tool lib",
            "built beta bin",
            "built gamma-tool lib",
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "built beta lib",
            "warning alpha clippy::needless_return alpha/src/lib.rs:6:5",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built alpha lib",
            "finished true",
        ],
    ),
    (
        Format::CargoJson,
        "clippy-denied-stops-at-the-first.jsonl",
        &[
            "error alpha unused_variables alpha/src/lib.rs:5:9",
            "error alpha clippy::needless_return alpha/src/lib.rs:6:5",
            "error alpha missing_docs alpha/src/lib.rs:8:1",
            "built beta lib",
            "finished false",
        ],
    ),
    (
        Format::CargoJson,
        "doc-warns-and-succeeds.jsonl",
        &[
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built alpha lib fresh",
            "warning beta rustdoc::bare_urls beta/src/lib.rs:2:34",
            "built beta lib pages",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "warning gamma-tool rustdoc::invalid_html_tags gamma/src/lib.rs:2:5",
            "built gamma-tool lib pages",
            "warning alpha rustdoc::broken_intra_doc_links alpha/src/lib.rs:9:16",
            "built alpha lib pages",
            "finished true",
        ],
    ),
    (
        Format::CargoJson,
        "old-ids-and-lines-of-others.jsonl",
        &["built old-one lib", "finished true"],
    ),
    (
        Format::CargoJson,
        "test-prints-text.jsonl",
        &[
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built beta lib",
            "built alpha lib",
            "warning alpha unused_variables alpha/src/lib.rs:5:9",
            "warning alpha missing_docs alpha/src/lib.rs:8:1",
            "built beta bin",
            "built alpha lib",
            "built beta lib",
            "finished true",
        ],
    ),
    (
        Format::RustcJson,
        "clippy-driver.jsonl",
        &[
            "warning - unused_variables alpha/src/lib.rs:5:9",
            "warning - clippy::needless_return alpha/src/lib.rs:6:5",
            "warning - missing_docs alpha/src/lib.rs:8:1",
            "note - - -",
            "finished true",
        ],
    ),
    (
        Format::RustcJson,
        "fails.jsonl",
        &["error - E0282 e.rs:1:24", "note - - -", "finished false", "note - - -"],
    ),
    (
        Format::RustcJson,
        "rustdoc.jsonl",
        &[
            "warning - missing_docs alpha/src/lib.rs:8:1",
            "warning - rustdoc::broken_intra_doc_links alpha/src/lib.rs:9:16",
            "note - - -",
            "finished true",
        ],
    ),
    (
        Format::RustcJson,
        "warns.jsonl",
        &[
            "warning - unused_variables alpha/src/lib.rs:5:9",
            "warning - missing_docs alpha/src/lib.rs:8:1",
            "note - - -",
            "finished true",
        ],
    ),
];

const BAD: &[(Format, &str, Found, u64, u64)] = &[
    (Format::CargoJson, "cut-off-in-a-line.jsonl.bad", Found::End, 3, 841),
    (Format::CargoJson, "second-build-cut-off.jsonl.bad", Found::End, 3, 1),
    (Format::CargoJson, "success-is-a-word.jsonl.bad", Found::OtherJson, 1, 42),
    (Format::CargoJson, "without-build-finished.jsonl.bad", Found::End, 5, 1),
    (Format::RustcJson, "cut-off-in-a-line.jsonl.bad", Found::End, 1, 1000),
    (
        Format::RustcJson,
        "unknown-level.jsonl.bad",
        Found::Wrong("a level that rustc does not have"),
        1,
        1,
    ),
    (Format::RustcJson, "without-count.jsonl.bad", Found::End, 3, 1),
];

#[test]
fn every_good_file_is_read_as_expected() {
    for (format, file, wanted) in GOOD {
        let bytes = fs::read(folder(*format).join(file)).unwrap();
        let told = read(*format, &bytes).unwrap_or_else(|malformed| panic!("{file}: {malformed}"));
        assert_eq!(told.iter().map(line).collect::<Vec<_>>(), *wanted, "{file}");
    }
}

#[test]
fn every_bad_file_is_refused_at_its_place() {
    for (format, file, found, line, column) in BAD {
        let bytes = fs::read(folder(*format).join(file)).unwrap();
        let told = read(*format, &bytes).unwrap_err();
        assert_eq!((told.found, told.line, told.column), (*found, *line, *column), "{file}");
    }
}

#[test]
fn every_file_is_listed_above_and_has_its_row() {
    let readme = fs::read_to_string(folder(Format::CargoJson).join("../README.md")).unwrap();
    for format in Format::ALL {
        let mut listed: Vec<&str> = Vec::new();
        listed.extend(GOOD.iter().filter(|it| it.0 == *format).map(|it| it.1));
        listed.extend(BAD.iter().filter(|it| it.0 == *format).map(|it| it.1));
        listed.sort_unstable();
        let files = fs::read_dir(folder(*format)).unwrap();
        let mut files: Vec<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        files.sort_unstable();
        assert_eq!(files, listed);
        for (_, file, _) in GOOD.iter().filter(|it| it.0 == *format) {
            let row = format!("| `{}/{file}` |", format.name());
            assert!(readme.contains(&row), "testdata/README.md says nothing of {file}");
        }
    }
}

#[test]
fn build_finished_is_the_only_proof_of_the_end() {
    for (format, file, _) in GOOD.iter().filter(|it| it.1 != "fails.jsonl") {
        let bytes = fs::read(folder(*format).join(file)).unwrap();
        let last = match format {
            Format::CargoJson => bytes.rfind(b"{\"reason\":\"build-finished\"").unwrap(),
            Format::RustcJson => bytes.trim_ascii_end().rfind(b"\n").unwrap(),
        };
        // To the last brace of the last message, no beginning of a report is one.
        let end = last + bytes[last + 1..].find_byte(b'\n').unwrap();
        for length in (0..end).filter(|at| at % 41 == 0 || at + 60 > end) {
            let told = read(*format, &bytes[..length]).map(|it| it.len());
            assert_eq!(told.map_err(|it| it.found), Err(Found::End), "{file} cut at {length}");
        }
    }
}

#[test]
fn a_failure_note_and_the_count_at_the_end_are_no_errors() {
    let bytes = fs::read(folder(Format::RustcJson).join("fails.jsonl")).unwrap();
    let told = read(Format::RustcJson, &bytes).unwrap();
    let is_error = |message: &&Message| line(message).starts_with("error");
    assert_eq!(told.iter().filter(is_error).count(), 1);
}

#[test]
fn an_internal_error_of_the_compiler_is_told_apart() {
    let message = r#"{"message":"x","code":null,"level":"error: internal compiler error","spans":[],"children":[],"rendered":"x"}"#;
    let report = format!(
        r#"{{"reason":"compiler-message","package_id":"path+file:///a#0.1.0","target":{{"kind":["lib"],"name":"a"}},"message":{message}}}
{{"reason":"build-finished","success":false}}"#
    );
    let told = read(Format::CargoJson, report.as_bytes()).unwrap();
    assert_eq!(line(&told[0]), "ice a - -");
}

#[test]
fn a_line_that_is_no_json_is_refused_and_other_text_is_not() {
    let end = "{\"reason\":\"build-finished\",\"success\":true}\n";
    for (text, wanted) in [
        ("warning: x\n", Ok(1)),
        ("[1\n", Ok(1)),
        (" {\n", Ok(1)),
        ("{}\n", Ok(1)),
        ("{x\n", Err(Found::BrokenJson)),
        ("{\"reason\":\"compiler-message\"\n", Err(Found::End)),
        ("{\"reason\":\"compiler-message\"}\n", Err(Found::OtherJson)),
        (
            "{\"reason\":\"build-finished\",\"success\":true,\"success\":false}\n",
            Err(Found::OtherJson),
        ),
        ("{\"reason\":1,\"reason\":2}\n", Err(Found::OtherJson)),
    ] {
        let told = read(Format::CargoJson, format!("{text}{end}").as_bytes());
        assert_eq!(told.map(|it| it.len()).map_err(|it| it.found), wanted, "{text}");
    }
}

#[test]
fn what_is_nested_without_end_or_too_long_ends_at_once() {
    let deep = format!("{{\"x\":{}", "[".repeat(1_000_000));
    assert!(read(Format::CargoJson, deep.as_bytes()).is_err());
    let deep = format!("{{\"$message_type\":\"diagnostic\",\"spans\":{}", "[".repeat(1_000_000));
    assert!(read(Format::RustcJson, deep.as_bytes()).is_err());
    let bounds = Bounds { line_bytes: 10, ..Bounds::default() };
    let told = Format::CargoJson.read(b"x\n{\"reason\":\"x\"}", bounds, &mut |_| {});
    let told = told.unwrap_err();
    assert_eq!((told.found, told.line, told.column), (Found::TooLong, 2, 1));
}

proptest! {
    #[test]
    fn any_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        for format in Format::ALL {
            let _ = read(*format, &bytes);
        }
    }

    #[test]
    fn a_changed_byte_does_no_harm(at in 0_usize..5000, byte in any::<u8>()) {
        let mut bytes = fs::read(folder(Format::CargoJson).join("check-warns.jsonl")).unwrap();
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        let _ = read(Format::CargoJson, &bytes);
    }
}
