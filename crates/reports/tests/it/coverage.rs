//! Every file of a format of coverage is read as the tool that wrote it summed it up, or as somebody
//! counted who read it; every `.bad` one is refused.
//!
//! The sums are those that the tools printed beside the report: `lcov --summary`, `llvm-cov report`,
//! `go tool cover -func`, the text reports of coverage.py, nyc, c8, gcovr and tarpaulin.

use std::fs;

use reports::coverage::{Count, Coverage, Format, Merge, Metric};
use reports::{Bounds, Found, Malformed};

use crate::fixtures::testdata;

pub(crate) fn format(file: &str) -> Format {
    let folder = file.split('/').next().unwrap();
    *Format::ALL.iter().find(|format| format.name() == folder).unwrap()
}

pub(crate) fn read(file: &str) -> Result<Coverage, Malformed> {
    read_bytes(format(file), &fs::read(testdata().join(file)).unwrap())
}

pub(crate) fn read_bytes(format: Format, bytes: &[u8]) -> Result<Coverage, Malformed> {
    let mut merge = Merge::default();
    let bytes = reports::unpacked(bytes, 1 << 20)?;
    let reading = format.read(&bytes, Bounds::default(), &mut |file| merge.add(file))?;
    assert_eq!(reading.complaints, []);
    Ok(merge.finish())
}

const NONE: (u64, u64) = (0, 0);

/// Lines, branches, functions, statements, regions: how many of how many.
pub(crate) type Sums = [(u64, u64); 5];

pub(crate) const GOOD: &[(&str, Sums)] = &[
    ("lcov/coverage-py-words-in-branches.info", [(13, 18), (5, 8), (2, 4), NONE, NONE]),
    ("lcov/node-test-files-and-lh-before-lf.info", [(20, 22), (6, 8), (4, 6), NONE, NONE]),
    ("lcov/lcov-1.16-no-sums.info", [(9, 14), (5, 12), (2, 3), NONE, NONE]),
    ("lcov/llvm-cov-clang.info", [(12, 19), (5, 12), (2, 3), NONE, NONE]),
    ("lcov/llvm-cov-rust-generic-functions.info", [(20, 29), NONE, (4, 5), NONE, NONE]),
    ("lcov/gcovr-checksums.info", [(9, 14), (5, 12), (2, 3), NONE, NONE]),
    ("lcov/nyc.info", [(5, 11), (4, 9), (2, 5), NONE, NONE]),
    ("lcov/tarpaulin.info", [(12, 19), NONE, (3, 4), NONE, NONE]),
    ("lcov/lcov-2-functions-and-mcdc.info", [(2, 3), (1, 2), (1, 2), NONE, NONE]),
    ("lcov/crlf-backslashes-and-file-twice.info", [(2, 4), NONE, NONE, NONE, NONE]),
    ("cobertura/coverage-py-rate-mixes-branches.xml", [(13, 18), (5, 8), NONE, NONE, NONE]),
    ("cobertura/gcovr-lines-twice.xml", [(9, 14), (5, 12), (2, 3), NONE, NONE]),
    ("cobertura/nyc.xml", [(5, 11), (4, 9), (2, 5), NONE, NONE]),
    ("cobertura/tarpaulin.xml", [(12, 19), NONE, NONE, NONE, NONE]),
    ("cobertura/counts-without-lines.xml", [(30, 40), (3, 9), NONE, NONE, NONE]),
    ("cobertura/inner-classes-and-two-sources.xml", [(2, 3), (1, 2), (1, 2), NONE, NONE]),
    ("jacoco/gcovr-without-instructions.xml", [(9, 14), (5, 12), (2, 3), NONE, NONE]),
    ("jacoco/groups-and-six-levels.xml", [(3, 6), (1, 2), (2, 3), NONE, NONE]),
    ("jacoco/default-package-and-part-of-a-line.xml", [(2, 2), (1, 4), (1, 1), NONE, NONE]),
    ("llvm-cov/clang-14.json", [(12, 19), (5, 12), (2, 3), NONE, (12, 20)]),
    ("llvm-cov/clang-14-summary-only.json", [(12, 19), (5, 12), (2, 3), NONE, (12, 20)]),
    // One region less than here is covered in LLVM's sum: each of two copies ran one that the other
    // did not.
    ("llvm-cov/rust-generic-functions.json", [(20, 29), NONE, (4, 5), NONE, (26, 36)]),
    ("llvm-cov/rust-skip-functions.json", [(20, 29), NONE, (4, 5), NONE, (25, 36)]),
    ("tarpaulin/engine-llvm.json", [(12, 19), NONE, NONE, NONE, NONE]),
    ("tarpaulin/engine-ptrace-with-tests.json", [(18, 25), NONE, NONE, NONE, NONE]),
    ("tarpaulin/branches-and-windows-path.json", [(2, 3), (1, 6), NONE, NONE, NONE]),
    ("go-cover/set.out", [(6, 11), NONE, NONE, (4, 10), NONE]),
    ("go-cover/coverpkg-repeats-blocks.out", [(9, 11), NONE, NONE, (7, 10), NONE]),
    ("go-cover/merged-modes.out", [(6, 11), NONE, NONE, (4, 10), NONE]),
    ("go-cover/older-go-blocks-share-lines.out", [(3, 5), NONE, NONE, (2, 3), NONE]),
    ("istanbul/c8.json", [(15, 23), (3, 6), (2, 5), (15, 23), NONE]),
    ("istanbul/nyc.json", [(5, 11), (4, 9), (2, 5), (5, 12), NONE]),
    ("istanbul/nyc-with-tests.json", [(10, 12), (4, 6), (4, 6), (12, 15), NONE]),
    ("istanbul/else-without-place.json", [(1, 1), (1, 2), NONE, (1, 2), NONE]),
    ("istanbul-summary/c8.json", [(15, 23), (3, 6), (2, 5), (15, 23), NONE]),
    ("istanbul-summary/nyc-pct-unknown.json", [(5, 11), (4, 9), (2, 5), (5, 12), NONE]),
    ("istanbul-summary/nyc-with-tests.json", [(10, 12), (4, 6), (4, 6), (12, 15), NONE]),
    ("istanbul-summary/total-alone.json", [(7, 10), (1, 4), NONE, (8, 12), NONE]),
    ("coverage-py/branches.json", [(13, 18), (5, 8), (2, 4), NONE, NONE]),
    ("coverage-py/no-branches-and-tests.json", [(19, 24), NONE, (4, 6), NONE, NONE]),
    ("coverage-py/pretty-and-excluded.json", [(5, 7), NONE, (2, 3), NONE, NONE]),
];

/// What is found, and in which line.
const BAD: &[(&str, Found, u64)] = &[
    ("lcov/truncated.info.bad", Found::Wrong("a record of a function that is not whole"), 28),
    ("lcov/no-file.info.bad", Found::End, 2),
    ("lcov/count-is-a-word.info.bad", Found::Wrong("a `DA` without a line and a count"), 3),
    (
        "lcov/file-in-a-file.info.bad",
        Found::Wrong("a file before the `end_of_record` of another"),
        4,
    ),
    ("lcov/line-beyond-any-file.info.bad", Found::Wrong("a line number beyond any file"), 3),
    ("lcov/line-before-any-file.info.bad", Found::Wrong("a record before any file"), 2),
    ("lcov/line-that-is-no-record.info.bad", Found::Wrong("a line that is no record"), 2),
    ("cobertura/only-a-rate.xml.bad", Found::Wrong("no lines and no counts, at most a rate"), 2),
    ("cobertura/truncated.xml.bad", Found::End, 20),
    ("cobertura/hits-nan.xml.bad", Found::Wrong("a line without its number and hits"), 1),
    (
        "cobertura/condition-without-counts.xml.bad",
        Found::Wrong("a condition without its counts"),
        1,
    ),
    ("cobertura/entity-in-name.xml.bad", Found::Entity, 1),
    ("cobertura/junit.xml.bad", Found::Wrong("XML with another root element"), 1),
    (
        "jacoco/no-debug-information.xml.bad",
        Found::Wrong("classes without lines, compiled without debug information"),
        2,
    ),
    ("jacoco/truncated.xml.bad", Found::End, 1),
    ("jacoco/below-zero.xml.bad", Found::Wrong("a line without its numbers"), 1),
    ("jacoco/nested-200-deep.xml.bad", Found::TooDeep, 1),
    ("llvm-cov/truncated.json.bad", Found::End, 1),
    (
        "llvm-cov/another-type.json.bad",
        Found::Wrong("JSON of another type than `llvm.coverage.json.export`"),
        1,
    ),
    ("llvm-cov/segments-out-of-order.json.bad", Found::Wrong("segments that are not in order"), 1),
    (
        "llvm-cov/line-beyond-any-file.json.bad",
        Found::Wrong("segments of more lines than any project has"),
        1,
    ),
    ("tarpaulin/truncated.json.bad", Found::End, 1),
    ("tarpaulin/without-traces.json.bad", Found::OtherJson, 1),
    ("go-cover/truncated-in-a-line.out.bad", Found::End, 9),
    ("go-cover/no-mode.out.bad", Found::Wrong("a profile that does not begin with its mode"), 1),
    ("go-cover/line-beyond-any-file.out.bad", Found::Wrong("a line that is no block"), 2),
    ("go-cover/ends-before-it-begins.out.bad", Found::Wrong("a line that is no block"), 2),
    ("go-cover/statements-below-zero.out.bad", Found::Wrong("a line that is no block"), 2),
    ("istanbul/truncated.json.bad", Found::End, 1),
    (
        "istanbul/statement-without-count.json.bad",
        Found::Wrong("a count and a map that do not belong together"),
        1,
    ),
    ("istanbul-summary/only-rates.json.bad", Found::OtherJson, 1),
    (
        "istanbul-summary/more-run-than-there-is.json.bad",
        Found::Wrong("more that was run than there is"),
        1,
    ),
    ("istanbul-summary/truncated.json.bad", Found::End, 2),
    ("coverage-py/truncated.json.bad", Found::End, 1),
    ("coverage-py/summaries-alone.json.bad", Found::OtherJson, 1),
    ("coverage-py/totals-alone.json.bad", Found::OtherJson, 2),
];

fn sums(coverage: &Coverage) -> Sums {
    Metric::WORDS.map(|(_, metric)| {
        let Count { covered, total } = coverage.count(metric);
        (covered, total)
    })
}

#[test]
fn every_good_file_counts_as_its_tool_does() {
    for (file, wanted) in GOOD {
        let coverage = read(file).unwrap_or_else(|malformed| panic!("{file}: {malformed}"));
        assert_eq!(sums(&coverage), *wanted, "{file}");
    }
}

#[test]
fn every_bad_file_is_refused_in_its_line() {
    for (file, found, line) in BAD {
        let malformed = read(file).unwrap_err();
        assert_eq!((malformed.found, malformed.line), (*found, *line), "{file}");
    }
}

#[test]
fn the_files_above_are_those_in_the_folders_and_each_good_one_has_its_row() {
    let mut listed: Vec<String> = GOOD.iter().map(|(file, _)| (*file).to_owned()).collect();
    listed.extend(BAD.iter().map(|(file, ..)| (*file).to_owned()));
    listed.sort();
    let mut files = Vec::new();
    for format in Format::ALL {
        for file in fs::read_dir(testdata().join(format.name())).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            files.push(format!("{}/{name}", format.name()));
        }
    }
    files.sort();
    assert_eq!(files, listed);
    let readme = fs::read_to_string(testdata().join("README.md")).unwrap();
    for (file, _) in GOOD {
        assert!(readme.contains(&format!("| `{file}` |")), "no row for {file}");
    }
}

/// Whether nobody can see that `cut` is not all of `whole`: what is missing is a line break, or, in
/// formats that are lists of records, whole records.
fn may_end(format: Format, whole: &[u8], cut: &[u8]) -> bool {
    let text = String::from_utf8_lossy(cut);
    match format {
        Format::Lcov => text.rsplit_once("end_of_record").is_some_and(|(_, rest)| {
            rest.lines().all(|line| line.trim().is_empty() || line.starts_with("TN:"))
        }),
        Format::GoCover => text.ends_with('\n'),
        Format::Cobertura
        | Format::Jacoco
        | Format::LlvmCov
        | Format::Tarpaulin
        | Format::Istanbul
        | Format::IstanbulSummary
        | Format::CoveragePy => whole[cut.len()..].trim_ascii().is_empty(),
    }
}

#[test]
fn a_report_that_was_cut_off_is_refused() {
    for (file, _) in GOOD {
        let format = format(file);
        let whole = fs::read(testdata().join(file)).unwrap();
        let step = (whole.len() / 997).max(1);
        for length in (0..whole.len()).step_by(step) {
            let cut = &whole[..length];
            let read = read_bytes(format, cut);
            assert_eq!(read.is_ok(), may_end(format, &whole, cut), "{file} cut to {length}");
        }
    }
}

#[test]
fn a_report_that_is_read_twice_counts_once() {
    for (file, wanted) in GOOD {
        let bytes = fs::read(testdata().join(file)).unwrap();
        let mut merge = Merge::default();
        for _ in 0..3 {
            format(file).read(&bytes, Bounds::default(), &mut |file| merge.add(file)).unwrap();
        }
        assert_eq!(sums(&merge.finish()), *wanted, "{file}");
    }
}
