//! Every file of `testdata/<format>/` is read, every `.bad` one is refused, and both as expected.
//!
//! What is expected of files that a real tool wrote was computed by another reader, Python's
//! `ElementTree`, `json` and `Decimal`; of everything made by hand, and of each place of an error in
//! XML, by reading it. Places in JSON are those where `serde_json` stops.

use std::collections::BTreeSet;
use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use reports::{
    AnyFormat, Case, Format, Found, Identity, Malformed, Micros, Options, Outcome, Sample, Time,
};

mod good;

use good::GOOD;

pub(crate) fn testdata() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata")
}

fn read(file: &str) -> Result<Vec<Sample>, Malformed> {
    let file = fs::File::open(testdata().join(file)).unwrap();
    let mut samples = Vec::new();
    let take = &mut |sample| samples.push(sample);
    let read = reports::read(&mut BufReader::new(file), &Options::default(), take)?;
    assert_eq!(usize::try_from(read.samples), Ok(samples.len()));
    Ok(samples)
}

/// `file | suite | class | name | outcome | microseconds`, or the key in place of the first four.
fn line(sample: &Sample) -> String {
    let name = match &sample.identity {
        Identity::Key(key) => key.to_string(),
        Identity::Case(Case { file, suite, class, name, host: _ }) => {
            [file.as_deref(), suite.as_deref(), class.as_ref(), name.as_ref()]
                .map(|part| part.map_or("-".to_owned(), ToString::to_string))
                .join(" | ")
        }
    };
    let outcome = match sample.outcome {
        Outcome::Passed => "passed",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
    };
    match sample.time {
        Time::Known(Micros(micros)) => format!("{name} | {outcome} | {micros}"),
        Time::Unknown(why) => format!("{name} | {outcome} | {why:?}"),
    }
}

/// What is found, and the line and column: where the tag begins that is wrong, the end if there is
/// too little, in JSON the byte that was read last.
const BAD: &[(&str, Found, u64, u64)] = &[
    ("junit/attribute-twice.xml.bad", Found::BrokenXml, 2, 3),
    ("junit/billion-laughs-in-name.xml.bad", Found::Entity, 15, 3),
    ("junit/bare-ampersand.xml.bad", Found::BrokenXml, 2, 3),
    ("junit/nested-case.xml.bad", Found::NestedCase, 2, 32),
    ("junit/text-after-the-end.xml.bad", Found::Outside, 2, 1),
    ("junit/two-documents.xml.bad", Found::Outside, 2, 1),
    ("junit/cobertura.xml.bad", Found::OtherXml, 2, 1),
    ("junit/crossed-tags.xml.bad", Found::BrokenXml, 2, 22),
    ("junit/empty.xml.bad", Found::Empty, 1, 1),
    ("junit/external-entity-in-name.xml.bad", Found::Entity, 3, 21),
    ("junit/go-test-output.txt.bad", Found::NeitherXmlNorJson, 1, 1),
    ("junit/html-error-page.xml.bad", Found::Html, 1, 1),
    ("junit/nested-300-deep.xml.bad", Found::TooDeep, 1, 256 * 11 + 1),
    ("junit/truncated-between-tags.xml.bad", Found::End, 3, 1),
    ("junit/truncated.xml.bad", Found::End, 5, 31),
    ("junit/utf-16.xml.bad", Found::Utf16, 1, 1),
    ("knapsack/brackets-without-end.json.bad", Found::TooDeep, 1, 274),
    ("knapsack/objects-of-seconds.json.bad", Found::OtherJson, 1, 34),
    ("knapsack/seconds-as-text.json.bad", Found::OtherJson, 1, 25),
    ("knapsack/two-documents.json.bad", Found::BrokenJson, 2, 1),
    ("cypress-split/without-spec.json.bad", Found::OtherJson, 1, 62),
    ("go-json/comma-missing.jsonl.bad", Found::BrokenJson, 2, 32),
    ("go-json/cut-off-in-a-line.jsonl.bad", Found::End, 8, 91),
    ("go-json/package-is-a-number.jsonl.bad", Found::OtherJson, 2, 28),
    ("jest-json/counts-only.json.bad", Found::OtherJson, 1, 53),
    ("jest-json/file-without-status.json.bad", Found::OtherJson, 1, 61),
    ("jest-json/truncated.json.bad", Found::End, 1, 901),
    ("jest-json/unknown-status.json.bad", Found::OtherJson, 1, 113),
    ("libtest-json/line-of-a-debugger.jsonl.bad", Found::BrokenJson, 2, 2),
    ("libtest-json/name-is-a-list.jsonl.bad", Found::OtherJson, 2, 36),
    ("mocha-json/tests-only.json.bad", Found::OtherJson, 1, 70),
    ("mocha-json/without-full-title.json.bad", Found::OtherJson, 1, 57),
    ("playwright-json/nested-70-deep.json.bad", Found::BrokenJson, 1, 1664),
    ("playwright-json/no-suites.json.bad", Found::OtherJson, 1, 25),
    ("playwright-json/title-after-tests.json.bad", Found::OtherJson, 1, 46),
    ("pytest-split/nan.json.bad", Found::BrokenJson, 3, 32),
    ("pytest-split/pairs-of-three.json.bad", Found::OtherJson, 1, 37),
    ("pytest-split/truncated.json.bad", Found::End, 3, 19),
];

#[test]
fn every_good_file_is_read_as_expected() {
    for (file, wanted) in GOOD {
        let samples = read(file).unwrap_or_else(|malformed| panic!("{file}: {malformed}"));
        assert_eq!(samples.iter().map(line).collect::<Vec<_>>(), *wanted, "{file}");
    }
}

#[test]
fn every_bad_file_is_refused_at_its_place() {
    let told = |(file, ..): &(&'static str, Found, u64, u64)| {
        let Malformed { found, line, column, .. } = read(file).unwrap_err();
        (*file, found, line, column)
    };
    assert_eq!(BAD.iter().map(told).collect::<Vec<_>>(), BAD);
}

/// Folders of files that are no reports; the tests of their readers list them.
const NO_REPORTS: [&str; 6] =
    ["compose", "gpu-config", "kubernetes", "machines", "monorepos", "sigv4"];

/// Whether a folder's files are read whole, and listed beside their family's tests, or are no reports.
fn is_of_another_family(folder: &str) -> bool {
    NO_REPORTS.contains(&folder)
        || AnyFormat::named(folder).is_some_and(|format| !matches!(format, AnyFormat::Tests(_)))
}

#[test]
fn the_folders_the_formats_and_the_files_above_are_the_same() {
    let mut folders = BTreeSet::new();
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(testdata()).unwrap() {
        let entry = entry.unwrap();
        if !entry.file_type().unwrap().is_dir() {
            continue;
        }
        let folder = entry.file_name().into_string().unwrap();
        if is_of_another_family(&folder) {
            continue;
        }
        for file in fs::read_dir(entry.path()).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            files.insert(format!("{folder}/{name}"));
        }
        folders.insert(folder);
    }
    let formats: BTreeSet<String> =
        Format::ALL.iter().map(|format| format.name().to_owned()).collect();
    assert_eq!(folders, formats);
    let good = GOOD.iter().map(|(file, _)| *file);
    let bad = BAD.iter().map(|(file, ..)| *file);
    assert_eq!(files, good.clone().chain(bad.clone()).map(str::to_owned).collect());
    let is_bad = |file: &str| Path::new(file).extension().is_some_and(|end| end == "bad");
    assert!(bad.into_iter().all(is_bad));
    assert!(!good.into_iter().any(is_bad));
}

#[test]
fn every_file_has_its_row_in_the_readme() {
    let readme = fs::read_to_string(testdata().join("README.md")).unwrap();
    for (file, _) in GOOD {
        assert!(
            readme.contains(&format!("| `{file}` |")),
            "testdata/README.md says nothing of {file}"
        );
    }
}
