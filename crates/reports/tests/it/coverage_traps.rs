//! Each way in which formats of coverage have misled readers, by the format.

use reports::coverage::{Count, Coverage, FileCoverage, Format, Merge, Metric};
use reports::{AnyFormat, Bounds, Found};

use crate::coverage::{read, read_bytes};

#[track_caller]
fn check(format: Format, text: &str, metric: Metric, wanted: (u64, u64)) {
    let coverage = read_bytes(format, text.as_bytes()).unwrap();
    let Count { covered, total } = coverage.count(metric);
    assert_eq!((covered, total), wanted, "{text}");
}

#[track_caller]
fn check_wrong(format: Format, text: &str, wanted: Found) {
    let read = read_bytes(format, text.as_bytes()).map(|coverage| coverage.len());
    assert_eq!(read.map_err(|malformed| malformed.found), Err(wanted), "{text}");
}

fn lines(file: &FileCoverage) -> Vec<(u64, bool)> {
    file.lines.iter().collect()
}

fn names(coverage: &Coverage) -> Vec<String> {
    coverage.files().map(|file| file.name.path.to_string()).collect()
}

#[test]
fn lcov_without_lf_and_lh_and_with_lh_before_lf() {
    check(Format::Lcov, "SF:a\nDA:1,1\nDA:2,0\nend_of_record\n", Metric::Line, (1, 2));
    let wrong_sums = "SF:a\nDA:1,1\nDA:2,0\nLH:9\nLF:9\nend_of_record\n";
    check(Format::Lcov, wrong_sums, Metric::Line, (1, 2));
}

#[test]
fn lcov_with_words_spaces_and_commas_in_brda() {
    let text = "SF:a\nBRDA:3,0,jump to line 4, or not,1\nBRDA:3,0,exit 'f', (x, y),-\nBRDA:3,0,other,0\nend_of_record\n";
    check(Format::Lcov, text, Metric::Branch, (1, 3));
}

#[test]
fn lcov_with_a_branch_that_was_never_looked_at() {
    check(
        Format::Lcov,
        "SF:a\nBRDA:1,0,0,-\nBRDA:1,0,1,-\nend_of_record\n",
        Metric::Branch,
        (0, 2),
    );
    check_wrong(
        Format::Lcov,
        "SF:a\nBRDA:1,0,0,x\nend_of_record\n",
        Found::Wrong("a `BRDA` without a line, a block, a branch and a count"),
    );
}

#[test]
fn lcov_with_test_files_in_it_names_them() {
    let coverage = read("lcov/node-test-files-and-lh-before-lf.info").unwrap();
    assert_eq!(names(&coverage), ["src/shapes.js", "test/all.test.js"]);
}

#[test]
fn lcov_with_counts_below_zero_and_checksums() {
    check(Format::Lcov, "SF:a\nDA:1,-9,abc==\nDA:2,3,x,y\nend_of_record\n", Metric::Line, (1, 2));
}

#[test]
fn lcov_with_a_file_in_several_tests() {
    let text = "TN:one\nSF:a\nDA:1,1\nDA:2,0\nend_of_record\nTN:two\nSF:a\nDA:1,0\nDA:2,5\nDA:2,0\nDA:3,0\nend_of_record\n";
    check(Format::Lcov, text, Metric::Line, (2, 3));
}

#[test]
fn lcov_with_crlf_backslashes_and_absolute_paths() {
    let coverage = read("lcov/crlf-backslashes-and-file-twice.info").unwrap();
    assert_eq!(names(&coverage), ["C:\\repo\\src\\a.cpp"]);
    let file = coverage.files().next().unwrap();
    assert_eq!(lines(file), [(1, false), (2, true), (3, true), (4, false)]);
}

#[test]
fn lcov_of_a_generic_function_counts_it_once() {
    let text = "SF:a\nFN:1,_RINvA\nFN:1,_RINvB\nFNDA:0,_RINvA\nFNDA:2,_RINvB\nFN:1,f\nFNDA:0,f\nend_of_record\n";
    check(Format::Lcov, text, Metric::Function, (1, 2));
}

#[test]
fn cobertura_of_coverage_py_is_read_without_its_rate() {
    let text = "<coverage line-rate='0.846' branch-rate='0.846'><packages><package line-rate='0.846'><classes><class filename='a.py' line-rate='0.846'><lines><line number='1' hits='4'/><line number='2' hits='0'/></lines></class></classes></package></packages></coverage>";
    check(Format::Cobertura, text, Metric::Line, (1, 2));
}

#[test]
fn cobertura_with_sources_keeps_both_parts_of_the_path() {
    let coverage = read("cobertura/inner-classes-and-two-sources.xml").unwrap();
    let file = coverage.files().next().unwrap();
    assert_eq!(file.name.path, "p/A.java");
    assert_eq!(*file.name.roots, ["src/main/java", "src/gen&erated"]);
}

#[test]
fn cobertura_with_several_classes_in_a_file_is_one_file() {
    let coverage = read("cobertura/inner-classes-and-two-sources.xml").unwrap();
    assert_eq!(coverage.len(), 1);
    assert_eq!(lines(coverage.files().next().unwrap()), [(3, true), (4, true), (9, false)]);
}

#[test]
fn cobertura_with_nothing_but_a_rate_is_refused() {
    let wrong = Found::Wrong("no lines and no counts, at most a rate");
    check_wrong(Format::Cobertura, "<coverage line-rate='0.9'/>", wrong);
    let nan = "<coverage line-rate='NaN' lines-valid='NaN' lines-covered='3'/>";
    check_wrong(Format::Cobertura, nan, wrong);
    check(Format::Cobertura, "<coverage lines-valid='0' lines-covered='0'/>", Metric::Line, (0, 0));
}

#[test]
fn cobertura_with_a_dtd_reads_and_fetches_nothing_of_it() {
    let text = "<!DOCTYPE coverage SYSTEM 'http://127.0.0.1:1/x.dtd' [<!ENTITY big '&big;&big;'>]><coverage><class filename='a'><lines><line number='1' hits='1'/></lines>&amp;</class></coverage>";
    check(Format::Cobertura, text, Metric::Line, (1, 1));
    let used = text.replace("'a'", "'&big;'");
    check_wrong(Format::Cobertura, &used, Found::Entity);
}

#[test]
fn jacoco_counts_each_line_at_one_of_six_levels() {
    let coverage = read("jacoco/groups-and-six-levels.xml").unwrap();
    let file = coverage.files().next().unwrap();
    let wanted = [(3, true), (6, true), (7, false), (9, true), (12, false), (13, false)];
    assert_eq!(lines(file), wanted);
}

#[test]
fn jacoco_with_groups_in_groups_has_the_path_of_the_package() {
    let coverage = read("jacoco/groups-and-six-levels.xml").unwrap();
    assert_eq!(names(&coverage), ["org/example/core/Shape.java"]);
}

#[test]
fn jacoco_with_an_address_of_a_dtd_fetches_nothing() {
    let coverage = read("jacoco/default-package-and-part-of-a-line.xml").unwrap();
    assert_eq!(names(&coverage), ["Main.kt"]);
}

#[test]
fn jacoco_of_instructions_counts_lines_and_a_line_run_in_part_is_run() {
    let coverage = read("jacoco/default-package-and-part-of-a-line.xml").unwrap();
    assert_eq!(lines(coverage.files().next().unwrap()), [(1, true), (2, true)]);
}

#[test]
fn llvm_cov_has_the_lines_that_its_own_lcov_has() {
    for (json, info) in [
        ("llvm-cov/clang-14.json", "lcov/llvm-cov-clang.info"),
        ("llvm-cov/rust-generic-functions.json", "lcov/llvm-cov-rust-generic-functions.info"),
        ("llvm-cov/rust-skip-functions.json", "lcov/llvm-cov-rust-generic-functions.info"),
    ] {
        let (json, info) = (read(json).unwrap(), read(info).unwrap());
        assert_eq!(names(&json), names(&info));
        for (one, other) in json.files().zip(info.files()) {
            assert_eq!(lines(one), lines(other));
        }
    }
}

#[test]
fn llvm_cov_totals_count_only_where_there_are_no_files() {
    let sum =
        |total, covered| format!("{{\"count\":{total},\"covered\":{covered},\"percent\":99}}");
    let (lines, none) = (sum(10, 7), sum(0, 0));
    let totals = format!(
        "\"totals\":{{\"lines\":{lines},\"functions\":{none},\"regions\":{none},\"branches\":{none}}}"
    );
    let alone = format!("{{\"data\":[{{{totals}}}]}}");
    check(Format::LlvmCov, &alone, Metric::Line, (7, 10));
    let segments = "[[1,1,1,true,true,false],[2,2,0,false,false,false]]";
    let file = format!("{{\"filename\":\"a\",\"segments\":{segments}}}");
    let both = format!("{{\"data\":[{{\"files\":[{file}],{totals}}}]}}");
    check(Format::LlvmCov, &both, Metric::Line, (2, 2));
    let rates = alone.replace("\"count\":10,\"covered\":7,", "");
    check_wrong(Format::LlvmCov, &rates, Found::OtherJson);
}

#[test]
fn gcc_and_clang_count_the_same_source_differently_and_both_are_kept() {
    let lines = |file: &str| read(file).unwrap().count(Metric::Line).total;
    assert_eq!(lines("lcov/lcov-1.16-no-sums.info"), 14);
    assert_eq!(lines("llvm-cov/clang-14.json"), 19);
}

#[test]
fn tarpaulin_has_a_path_of_parts_beside_the_whole_text() {
    let coverage = read("tarpaulin/engine-llvm.json").unwrap();
    assert_eq!(names(&coverage), ["/repo/rs/src/generic.rs", "/repo/rs/src/lib.rs"]);
    let coverage = read("tarpaulin/branches-and-windows-path.json").unwrap();
    assert_eq!(names(&coverage), ["C:/\\/repo/src/a.rs"]);
}

#[test]
fn a_go_profile_that_repeats_blocks_is_not_summed() {
    let text = "mode: count\nm/a.go:1.1,2.2 3 1\nm/a.go:3.1,4.2 1 0\nm/b.go:1.1,2.2 1 0\nm/a.go:1.1,2.2 3 0\nm/a.go:3.1,4.2 1 0\nm/b.go:1.1,2.2 1 4\n";
    // The naive sum is 4 of 10.
    check(Format::GoCover, text, Metric::Statement, (4, 5));
}

#[test]
fn a_go_profile_of_merged_files_repeats_its_mode() {
    let text = "mode: set\nm/a.go:1.1,2.2 3 1\nmode: set\r\n\nm/b.go:1.1,2.2 1 0\n";
    check(Format::GoCover, text, Metric::Statement, (3, 4));
    check(Format::GoCover, "mode: set\n", Metric::Statement, (0, 0));
}

#[test]
fn a_go_profile_counts_statements_and_its_lines_are_those_of_the_blocks() {
    let coverage = read("go-cover/older-go-blocks-share-lines.out").unwrap();
    let file = coverage.files().next().unwrap();
    assert_eq!(file.name.path, "example.org/mod/a b/x:y.go");
    assert_eq!(lines(file), [(3, true), (4, true), (5, false), (6, false), (7, true)]);
}

#[test]
fn an_istanbul_summary_may_say_unknown_and_counts_branches_once() {
    let sum = "{\"total\":2,\"covered\":1,\"skipped\":0,\"pct\":\"Unknown\"}";
    let file = format!(
        "{{\"lines\":{sum},\"statements\":{sum},\"functions\":{sum},\"branches\":{sum},\"branchesTrue\":{sum}}}"
    );
    let text = format!("{{\"total\":{file},\"/x/a.js\":{file},\"C:\\\\x\\\\b.js\":{file}}}");
    check(Format::IstanbulSummary, &text, Metric::Branch, (2, 4));
    check(Format::IstanbulSummary, &text, Metric::Line, (2, 4));
    let coverage = read_bytes(Format::IstanbulSummary, text.as_bytes()).unwrap();
    assert_eq!(names(&coverage), ["/x/a.js", "C:\\x\\b.js"]);
}

#[test]
fn a_key_that_is_there_twice_is_refused_or_counts_once() {
    let file = "{\"executed_lines\":[1],\"missing_lines\":[2]}";
    let twice = format!("{{\"meta\":{{}},\"files\":{{\"a\":{file},\"a\":{file}}}}}");
    check(Format::CoveragePy, &twice, Metric::Line, (1, 2));
    let inner = "{\"executed_lines\":[1],\"executed_lines\":[1],\"missing_lines\":[2]}";
    let twice = format!("{{\"meta\":{{}},\"files\":{{\"a\":{inner}}}}}");
    check_wrong(Format::CoveragePy, &twice, Found::OtherJson);
}

#[test]
fn several_reports_of_several_formats_are_one() {
    let mut merge = Merge::default();
    let lcov = "SF:a.py\nDA:1,1\nDA:2,0\nDA:3,0\nend_of_record\n";
    let json =
        "{\"meta\":{},\"files\":{\"a.py\":{\"executed_lines\":[2],\"missing_lines\":[1,3,4]}}}";
    for (format, text) in [(Format::Lcov, lcov), (Format::CoveragePy, json)] {
        format.read(text.as_bytes(), Bounds::default(), &mut |file| merge.add(file)).unwrap();
    }
    let coverage = merge.finish();
    assert_eq!(coverage.count(Metric::Line), Count { covered: 2, total: 4 });
}

#[test]
fn every_report_is_recognised_as_what_it_is() {
    for (file, _) in crate::coverage::GOOD {
        let bytes = std::fs::read(crate::fixtures::testdata().join(file)).unwrap();
        let bytes = reports::unpacked(&bytes, 1 << 20).unwrap();
        let wanted = AnyFormat::Coverage(crate::coverage::format(file));
        assert_eq!(AnyFormat::recognised(&bytes), Ok(wanted), "{file}");
    }
}
