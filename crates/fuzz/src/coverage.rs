//! Reports of coverage, and the lines that a change adds.

use bstr::ByteSlice as _;
use repo_model::ChangedLines;
use reports::Bounds;
use reports::coverage::{Coverage, Format, Merge, Metric};

use crate::check_place;

/// A report of coverage, in the format that the first byte chooses: nothing is covered that cannot be,
/// the same report twice counts once, or it is refused at a place in it.
pub fn coverage(data: &[u8]) {
    let Some((first, report)) = data.split_first() else { return };
    let Some(format) = Format::ALL.get(usize::from(*first) % Format::ALL.len()) else { return };
    let read = |times: usize| {
        let bounds = Bounds { depth: 16, line_bytes: 4096, entries: 64 };
        let mut merge = Merge::default();
        let mut take = |file| merge.add(file);
        let read: Result<Vec<_>, _> =
            (0..times).map(|_| format.read(report, bounds, &mut take)).collect();
        read.map(|_| merge.finish())
    };
    match read(1) {
        Ok(coverage) => {
            check_counts(&coverage);
            assert_eq!(read(2).as_ref(), Ok(&coverage), "a report that is read twice");
        }
        Err(malformed) => check_place(&malformed, report),
    }
}

fn check_counts(coverage: &Coverage) {
    for (_, metric) in Metric::WORDS {
        let count = coverage.count(metric);
        assert!(count.covered <= count.total);
    }
    for file in coverage.files() {
        let lines = file.lines.iter().map(|(line, _)| line);
        assert!(lines.is_sorted_by(|one, other| one < other));
    }
}

/// A unified diff: lines in order, in files that can be; or the line that is wrong.
pub fn line_changes(data: &[u8]) {
    match ChangedLines::read(data) {
        Ok(changed) => {
            for (path, ranges) in changed.files() {
                assert!(ranges.is_sorted_by(|one, other| one.last < other.first));
                assert!(ranges.iter().all(|range| range.first <= range.last));
                assert_eq!(changed.of(path.as_bytes()), Some(ranges));
                for range in ranges {
                    assert!(changed.contains(path.as_bytes(), range.last));
                }
            }
        }
        Err(wrong) => {
            let lines = u64::try_from(data.lines().count()).unwrap_or(u64::MAX);
            assert!(wrong.line <= lines, "{wrong}");
        }
    }
}
