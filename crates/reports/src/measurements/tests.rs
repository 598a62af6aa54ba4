//! The traps of each format, and how formats are told apart.

use crate::head::Head;
use crate::{Bounds, Found};

use super::*;

fn read(format: Format, text: &str) -> Result<Vec<Measurement>, Found> {
    let mut found = Vec::new();
    let read = format.read(text.as_bytes(), Bounds::default(), &mut |it| found.push(it));
    read.map(|_| found).map_err(|malformed| malformed.found)
}

fn complaints(format: Format, text: &str) -> usize {
    format.read(text.as_bytes(), Bounds::default(), &mut |_| {}).unwrap().complaints.len()
}

/// The one value of a report.
fn value(format: Format, text: &str) -> f64 {
    read(format, text).unwrap()[0].values[0].get()
}

#[test]
fn a_report_is_known_by_its_beginning_and_no_other_format_takes_it() {
    let check = |text: &str, wanted: Option<Format>| {
        let head = Head::new(text.as_bytes());
        assert_eq!(Format::sniff(&head), wanted, "{text}");
    };
    check(r#"{"schema":"gate-bench/v1","rounds":5"#, Some(Format::SignalboxRounds));
    check(r#"{"group_id":"a","function_id":null,"full_id":"a"}"#, Some(Format::Criterion));
    check(r#"{"mean":{},"median":{},"median_abs_dev":{}"#, Some(Format::Criterion));
    check(r#"{"reason":"group-complete","group_name":"a""#, Some(Format::CriterionMessages));
    check(r#"{"reason":"compiler-artifact","target":{}"#, None);
    check("window.BENCHMARK_DATA = {", Some(Format::GithubActionBenchmark));
    check(r#"{"lastUpdate":1,"repoUrl":"","entries":{"#, Some(Format::GithubActionBenchmark));
    check(r#"[{"name":"a","unit":"s","value":1}"#, Some(Format::BenchmarkList));
    check(r#"[ { "value": "1", "unit": "s", "name": "a""#, Some(Format::BenchmarkList));
    check(r#"[{"name":"a","value":1}]"#, None);
    check(r#"{"results":[{"command":"a","mean":1"#, Some(Format::Hyperfine));
    check(r#"{"results":[{"packages":[]"#, None);
    check(r#"{"metrics":{"iterations":{}},"root_group":{"#, Some(Format::K6));
    check(r#"{"metrics":{"x":1}}"#, None);
    check(r#"{"baselines":[null],"function_name":"f","module_path":"a""#, Some(Format::Gungraun));
    check("a::b c:(1)\n  Instructions:     1|N/A", Some(Format::GungraunText));
    check("\nrunning 1 test\ntest a ... bench:  1 ns/iter", Some(Format::LibtestBench));
    check("\nrunning 1 test\ntest a ... ok", None);
    check("goos: linux\npkg: a\nBenchmarkA-2 \t 1\t 2 ns/op\n", Some(Format::GoBench));
    check("Benchmarking is slow ns/op", None);
    check("", None);
}

#[test]
fn criterions_slope_is_null_in_flat_sampling() {
    let estimates = |slope: &str| {
        format!(
            r#"{{"full_id":"a/b"}}{{"mean":{{"point_estimate":9}},"median":{{"point_estimate":2.5}},"slope":{slope}}}"#
        )
    };
    assert!((value(Format::Criterion, &estimates("null")) - 2.5e-9).abs() < 1e-20);
    assert!(
        (value(Format::Criterion, &estimates(r#"{"point_estimate":7}"#)) - 2.5e-9).abs() < 1e-20
    );
}

#[test]
fn criterions_name_is_that_of_benchmark_json_and_not_of_a_folder() {
    let text = r#"{"directory_name":"a_b","full_id":"a:b"} {"median":{"point_estimate":1}}"#;
    assert_eq!(read(Format::Criterion, text).unwrap()[0].name, "a:b");
}

#[test]
fn a_time_of_a_sample_without_iterations_is_refused() {
    let text = r#"{"full_id":"a"}{"iters":[0.0],"times":[1.0]}"#;
    assert!(read(Format::Criterion, text).is_err());
    let text = r#"{"full_id":"a"}{"iters":[],"times":[]}"#;
    assert!(read(Format::Criterion, text).is_err());
}

#[test]
fn the_script_of_github_action_benchmark_may_have_any_space_around_its_prefix() {
    let json =
        r#"{"entries":{"a":[{"tool":"go","benches":[{"name":"x","value":2,"unit":"ns/op"}]}]}}"#;
    for text in
        [format!("window.BENCHMARK_DATA={json}"), format!("\n window.BENCHMARK_DATA = {json} ;\n")]
    {
        assert_eq!(read(Format::GithubActionBenchmark, &text).unwrap().len(), 1, "{text}");
    }
    let text = format!("window.BENCHMARK_DATA {json}");
    assert!(read(Format::GithubActionBenchmark, &text).is_err());
}

#[test]
fn a_unit_that_says_its_direction_wins_over_the_tools_one_direction_for_all() {
    let of = |tool: &str, unit: &str| {
        let text = format!(
            r#"{{"entries":{{"a":[{{"tool":"{tool}","benches":[{{"name":"x","value":2,"unit":"{unit}"}}]}}]}}}}"#
        );
        read(Format::GithubActionBenchmark, &text).unwrap()[0].direction
    };
    assert_eq!(of("go", "MB/s"), Some(Direction::BiggerIsBetter));
    assert_eq!(of("jmh", "ops/ms"), Some(Direction::SmallerIsBetter));
    assert_eq!(of("pytest", "points"), Some(Direction::BiggerIsBetter));
    assert_eq!(of("customBiggerIsBetter", "s"), Some(Direction::BiggerIsBetter));
    assert_eq!(of("", "points"), None);
}

#[test]
fn a_command_that_hyperfine_timed_although_it_failed_is_no_evidence() {
    let of = |codes: &str| {
        let text =
            format!(r#"{{"results":[{{"command":"a","times":[1.0,2.0],"exit_codes":{codes}}}]}}"#);
        complaints(Format::Hyperfine, &text)
    };
    assert_eq!(of("[0, 0]"), 0);
    assert_eq!(of("[0, 1]"), 1);
    assert_eq!(of("[null, 0]"), 1);
}

#[test]
fn in_the_thresholds_of_k6_true_means_failed_in_the_export_and_ok_means_ok_in_the_summary() {
    let broken = |threshold: &str| {
        let text = format!(
            r#"{{"metrics":{{"iterations":{{"count":1,"rate":1,"thresholds":{{"count>1":{threshold}}}}}}}}}"#
        );
        read(Format::K6, &text).unwrap().iter().map(|it| it.broken.len()).sum::<usize>()
    };
    assert_eq!(broken("true"), 1);
    assert_eq!(broken("false"), 0);
    assert_eq!(broken(r#"{"ok":true}"#), 0);
    assert_eq!(broken(r#"{"ok":false}"#), 1);
}

#[test]
fn libtests_thousands_and_decimals_are_one_number() {
    let line = |figure: &str| format!("test a ... bench:   {figure} ns/iter (+/- 755)\n");
    assert!((value(Format::LibtestBench, &line("18,149")) - 18_149e-9).abs() < 1e-15);
    assert!((value(Format::LibtestBench, &line("1,038,295.07")) - 1_038_295.07e-9).abs() < 1e-15);
    assert!(read(Format::LibtestBench, &line("18,14")).is_err());
    assert!(read(Format::LibtestBench, &line("-1")).is_err());
    assert!(read(Format::LibtestBench, &line("NaN")).is_err());
}

#[test]
fn benchmarks_of_two_programs_with_one_name_are_two() {
    let run = "running 1 test\ntest a ... bench: 1 ns/iter (+/- 0)\n\n\
               test result: ok. 0 passed; 0 failed; 0 ignored; 1 measured; 0 filtered out\n";
    let found = read(Format::LibtestBench, &format!("{run}{run}")).unwrap();
    assert_eq!(found.iter().map(|it| it.name.to_string()).collect::<Vec<_>>(), ["a", "a#2"]);
    assert!(read(Format::LibtestBench, &format!("running 1 test\n{run}")).is_err());
}

#[test]
fn no_benchmark_at_all_is_told_by_the_tools_own_end() {
    let none = "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n";
    assert_eq!(read(Format::LibtestBench, none), Ok(vec![]));
    assert!(read(Format::LibtestBench, "hello\n").is_err());
    assert!(read(Format::GoBench, "goos: linux\nPASS\n").is_err());
}

#[test]
fn gos_suffix_is_the_number_of_processors_where_all_have_it() {
    let names = |lines: &[&str]| {
        let text = format!("{} 1 2 ns/op\n", lines.join(" 1 2 ns/op\n"));
        let found = read(Format::GoBench, &text).unwrap();
        found.iter().map(|it| it.name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["BenchmarkA-8", "BenchmarkB/x-1-8"]), ["BenchmarkA", "BenchmarkB/x-1"]);
    assert_eq!(names(&["BenchmarkA", "BenchmarkA-2"]), ["BenchmarkA", "BenchmarkA-2"]);
    assert_eq!(names(&["BenchmarkA/8-x", "BenchmarkB"]), ["BenchmarkA/8-x", "BenchmarkB"]);
}

#[test]
fn gos_lines_of_logs_and_of_names_alone_are_passed_over() {
    let text =
        "BenchmarkA\n    a_test.go:3: read\nBenchmarkA-8 \t 3\t 5 ns/op\nBenchmarking done 3 s\n";
    assert_eq!(read(Format::GoBench, text).unwrap().len(), 1);
    assert!(read(Format::GoBench, "BenchmarkA-8 \t 3\t 5 ns/op\t 7\n").is_err());
}

#[test]
fn a_count_of_instructions_is_the_same_on_each_run() {
    let text = "a::b c:(\"x y: z\")\n  Instructions:   1,234|99  (+1%)\n\n\
                Gungraun result: Ok. 1 without regressions; 0 regressed; 0 filtered; 1 benchmarks finished in 0.5s\n";
    let found = read(Format::GungraunText, text).unwrap();
    assert!(found[0].is_deterministic);
    assert_eq!(
        (found[0].name.to_string(), found[0].values[0].get()),
        ("a::b c".to_owned(), 1234.0)
    );
    let older = text.replace("Gungraun", "Iai-Callgrind");
    assert_eq!(read(Format::GungraunText, &older), Ok(found));
}

#[test]
fn hostile_json_ends_at_once() {
    let bomb = "[".repeat(1_000_000);
    for format in Format::ALL {
        for text in
            [bomb.clone(), format!("{{\"metrics\":{bomb}"), format!("{{\"entries\":{{\"a\":{bomb}")]
        {
            assert!(read(*format, &text).is_err(), "{}", format.name());
        }
    }
}

#[test]
fn a_figure_twice_in_one_object_is_refused() {
    let text = r#"[{"name":"a","unit":"s","value":1,"value":2}]"#;
    assert!(read(Format::BenchmarkList, text).is_err());
}
