//! What the README says of files, tried.

use serde_json::json;
use testkit::Told;

use crate::tool::{annotations, output, step};

const README: &str = include_str!("../../../../actions/gpu/README.md");

/// The first block of TOML.
fn block() -> &'static str {
    let (_, rest) = README.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0
}

/// The names in the first column of the table below a heading.
fn keys(heading: &str) -> Vec<&'static str> {
    let (_, rest) = README.split_once(heading).unwrap();
    let rows = rest.lines().skip_while(|line| !line.starts_with("| ---")).skip(1);
    let cells =
        rows.take_while(|line| line.starts_with('|')).filter_map(|row| row.split('|').nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

fn run(jobs: &str) -> Told {
    step(&[]).file(".github/gpu-jobs.toml", jobs).run()
}

#[test]
fn the_quick_start_places_both_of_its_jobs() {
    let told = run(block());
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(output(&told, "decisions"), json!({"kernels": "run", "training": "run"}));
}

#[test]
fn every_key_of_the_table_of_jobs_is_one() {
    let keys = keys("\n## Jobs\n");
    assert!(keys.len() > 30, "{keys:?}");
    for key in keys {
        let told = run(&format!("[jobs.a]\n{key} = 1979-05-27\n"));
        let errors = annotations(&told, "error").join("\n");
        assert_eq!(told.exit, 2, "{key}");
        assert!(!errors.contains("nknown key"), "{key}: {errors}");
        assert!(errors.contains("xpected"), "{key}: {errors}");
    }
    let told = run("[jobs.a]\nno-such-key = 1\n");
    assert!(annotations(&told, "error").join("\n").contains("nknown key"));
}

#[test]
fn every_table_of_the_fleet_is_one() {
    for table in keys("\n## The fleet\n") {
        let told = run(&format!("[jobs.a]\n{table}\nno-such-key = 1\n"));
        let errors = annotations(&told, "error").join("\n");
        assert!(errors.contains("nknown key `no-such-key`"), "{table}: {errors}");
        assert!(
            !errors.contains(&format!("nknown key `{}`", table.trim_matches(['[', ']']))),
            "{table}"
        );
    }
}
