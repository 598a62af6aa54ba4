//! What coverage tools write: which lines, branches, functions, statements and regions tests ran.
//!
//! A reader hands over [`FileCoverage`]s; the same file may come more than once, and [`Merge`] puts
//! together what belongs together. Percentages that a tool has computed are never read: coverage.py
//! mixes branches into the rate of lines, and Istanbul may write `"Unknown"`.

mod file;
mod json;
mod lines;
mod numbers;
mod units;
mod xml;

pub use file::{Coverage, FileCoverage, Merge, Metric, Name};
pub use lines::Lines;
pub use units::{Count, Units};

use crate::family::family;
use units::Key;

family! {
    FileCoverage; "coverage";
    /// LCOV's tracefiles, which many tools write.
    lcov::Lcov,
    /// Cobertura's XML, which many tools write.
    cobertura::Cobertura,
    /// `JaCoCo`'s XML.
    jacoco::Jacoco,
    /// The JSON of `llvm-cov export`.
    llvm_cov::LlvmCov,
    /// The JSON of cargo-tarpaulin.
    tarpaulin::Tarpaulin,
    /// The profile of `go test -coverprofile`.
    go_cover::GoCover,
    /// Istanbul's `coverage-final.json`, which c8, nyc, jest and vitest write.
    istanbul::Istanbul,
    /// Istanbul's `coverage-summary.json`.
    istanbul_summary::IstanbulSummary,
    /// The JSON of coverage.py.
    coverage_py::CoveragePy,
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::head::Head;
    use crate::{Bounds, Found};

    #[track_caller]
    fn check(head: &str, wanted: Option<Format>) {
        assert_eq!(Format::sniff(&Head::new(head.as_bytes())), wanted, "{head}");
    }

    #[test]
    fn a_report_is_known_by_its_beginning() {
        check("TN:\nSF:a\n", Some(Format::Lcov));
        check("# lcov\n\nSF:a\n", Some(Format::Lcov));
        check("mode: atomic\na.go:1.1,2.2 1 1\n", Some(Format::GoCover));
        check("<?xml version='1.0'?>\n<!DOCTYPE coverage SYSTEM 'x>'>", None);
        check("<!-- x --><coverage line-rate='1'>", Some(Format::Cobertura));
        check("<!DOCTYPE coverage SYSTEM 'x'>\n<coverage>\n<packages>", Some(Format::Cobertura));
        check("<report name='a'><sessioninfo/>", Some(Format::Jacoco));
        check("{\"data\":[{\"files\":[{\"branches\":[]", Some(Format::LlvmCov));
        check("{\"type\":\"llvm.coverage.json.export\",\"data\":[", Some(Format::LlvmCov));
        check("{\"files\": [{\"path\": [\"/\"", Some(Format::Tarpaulin));
        check("{\"/a.js\": {\"all\":false,\"statementMap\":{", Some(Format::Istanbul));
        check(
            "{\"total\":{\"lines\":{\"total\":1,\"covered\":1,\"skipped\":0",
            Some(Format::IstanbulSummary),
        );
        check("{\"files\":{\"a.py\":{}},\"meta\":{\"version\":\"7\"}", Some(Format::CoveragePy));
    }

    #[test]
    fn the_reports_of_other_families_are_left_to_them() {
        for other in [
            "<testsuites><testsuite/></testsuites>",
            "<coverage generated='1'><project/>",
            "<report><x/>",
            "{\"data\":[{\"x\":1}]}",
            "{\"files\":[{\"path\":\"a\"}]}",
            "{\"meta\":{}}",
            "{\"version\":\"2.1.0\",\"runs\":[]}",
            "[{\"statementMap\":{}}]",
            "mode: fast\n",
            "",
        ] {
            check(other, None);
        }
    }

    fn read(format: Format, bytes: &[u8], bounds: Bounds) -> Result<Coverage, Found> {
        let mut merge = Merge::default();
        let read = format.read(bytes, bounds, &mut |file| merge.add(file));
        read.map(|_| merge.finish()).map_err(|malformed| malformed.found)
    }

    #[test]
    fn brackets_without_end_end_at_once() {
        for begin in [
            "{\"data\":",
            "{\"data\":[{\"files\":",
            "{\"data\":[{\"x\":",
            "{\"files\":",
            "{\"a.js\":{\"x\":",
            "{\"meta\":",
        ] {
            let bomb = format!("{begin}{}", "[".repeat(1_000_000));
            for format in Format::ALL {
                assert!(read(*format, bomb.as_bytes(), Bounds::default()).is_err(), "{begin}");
            }
        }
    }

    #[test]
    fn more_files_than_any_report_has_are_refused() {
        let bounds = Bounds { entries: 2, ..Bounds::default() };
        let lcov = "SF:a\nend_of_record\n".repeat(3);
        assert_eq!(read(Format::Lcov, lcov.as_bytes(), bounds), Err(Found::TooMany));
        let summary = "{\"total\":1,\"covered\":1}";
        let file = format!(
            "{{\"lines\":{summary},\"statements\":{summary},\"functions\":{summary},\"branches\":{summary}}}"
        );
        let istanbul = format!("{{\"a\":{file},\"b\":{file},\"c\":{file}}}");
        assert_eq!(read(Format::IstanbulSummary, istanbul.as_bytes(), bounds), Err(Found::TooMany));
    }

    #[test]
    fn a_number_does_not_become_memory() {
        let block = |file: &str| format!("{file}.go:1.1,16000000.1 1 1\n");
        let go = format!("mode: set\n{}", ["a", "b", "c", "d", "e"].map(block).concat());
        let read = |format, text: &str| {
            read(format, text.as_bytes(), Bounds::default()).map(|coverage| coverage.len())
        };
        let wrong = Found::Wrong("blocks of more lines than any project has");
        assert_eq!(read(Format::GoCover, &go), Err(wrong));
        let segments = "[[1,1,1,true,true,false],[16000000,1,0,false,false,false]]";
        let file = format!("{{\"filename\":\"a\",\"segments\":{segments}}}");
        let llvm = format!("{{\"data\":[{{\"files\":[{}]}}]}}", [file.as_str(); 1000].join(","));
        let wrong = Found::Wrong("segments of more lines than any project has");
        assert_eq!(read(Format::LlvmCov, &llvm), Err(wrong));
    }

    #[test]
    fn attributes_are_bounded() {
        let many: Vec<String> = (0..100).map(|number| format!(" a{number}='1'")).collect();
        let many = many.concat();
        let xml = format!("<coverage><class{many}/></coverage>");
        let told = read(Format::Cobertura, xml.as_bytes(), Bounds::default());
        assert_eq!(told, Err(Found::TooLong));
    }

    /// Words of all formats, so that made-up bytes get past the first look.
    const WORDS: &[&str] = &[
        "TN:\n",
        "SF:a\n",
        "DA:1,1\n",
        "DA:2,-1,x\n",
        "BRDA:1,0,a b,c,-\n",
        "FN:1,f\n",
        "FN:1,_Rf\n",
        "FNDA:1,_Rf\n",
        "FNL:0,1\n",
        "FNA:0,1,f\n",
        "end_of_record\n",
        "mode: set\n",
        "a.go:1.1,3.2 1 1\n",
        "a.go:3.2,3.2 0 0\n",
        "<coverage lines-valid='1' lines-covered='1'>",
        "</coverage>",
        "<source>a</source>",
        "<class filename='a'>",
        "</class>",
        "<line number='1' hits='1' condition-coverage='50% (1/2)'/>",
        "<method name='m'>",
        "</method>",
        "<report name='r'>",
        "</report>",
        "<package name='p'>",
        "</package>",
        "<sourcefile name='s'>",
        "</sourcefile>",
        "<line nr='1' mi='0' ci='1' mb='1' cb='1'/>",
        "<counter type='LINE' missed='1' covered='1'/>",
        "{\"data\":[{\"files\":[",
        "{\"filename\":\"a\",\"segments\":[",
        "[1,1,1,true,true,false]",
        "[3,1,0,false,false]",
        "[1,1,2,2,1,0,0,0]",
        "],\"branches\":[",
        "],\"functions\":[",
        "{\"name\":\"f\",\"count\":1,\"filenames\":[\"a\"],\"regions\":[",
        "]}",
        "}",
        "]",
        ",",
        "{\"files\":[{\"path\":[\"/\",\"a\"],\"traces\":[",
        "{\"line\":1,\"stats\":{\"Line\":1}}",
        "{\"a\":",
        "{\"statementMap\":{},\"fnMap\":{},\"branchMap\":{},\"s\":{},\"f\":{},\"b\":{}}",
        "{\"meta\":{},\"files\":",
        "{\"executed_lines\":[1],\"missing_lines\":[2]}",
        "\n",
        "&amp;",
        "&e;",
        "<!DOCTYPE a [<!ENTITY e 'x'>]>",
        "\u{0}",
        "99999999999999999999",
    ];

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..200)) {
            for format in Format::ALL {
                let _ = read(*format, &bytes, Bounds::default());
            }
        }

        #[test]
        fn any_words_are_read_or_refused_and_covered_is_a_part(
            words in vec(proptest::sample::select(WORDS), 0..12),
        ) {
            let text = words.concat();
            for format in Format::ALL {
                let Ok(coverage) = read(*format, text.as_bytes(), Bounds::default()) else { continue };
                for (_, metric) in Metric::WORDS {
                    let Count { covered, total } = coverage.count(metric);
                    prop_assert!(covered <= total);
                }
            }
        }

        #[test]
        fn the_order_of_files_and_lines_changes_nothing(
            lines in vec((0_usize..3, 1_u64..200, 0_u64..3), 1..60),
            at in any::<proptest::sample::Index>(),
        ) {
            let tracefile = |lines: &[(usize, u64, u64)]| {
                let record = |(file, line, hits): &(usize, u64, u64)| {
                    format!("SF:{file}\nDA:{line},{hits}\nend_of_record\n")
                };
                let text: Vec<String> = lines.iter().map(record).collect();
                read(Format::Lcov, text.concat().as_bytes(), Bounds::default())
            };
            let mut turned = lines.clone();
            turned.rotate_left(at.index(lines.len()));
            prop_assert_eq!(tracefile(&lines), tracefile(&turned));
        }
    }
}
