//! The steps of the workflow that shares out a test suite: `items`, `run`, `prove`.
//!
//! A workflow's step has no other way to call Rust than a program. What the words mean is in
//! [`end_to_end::suite`].

use std::path::Path;
use std::process::ExitCode;

use end_to_end::suite::{
    Execution, Outcome, Report, Suite, Surroundings, legs, prove, read_json, read_reports, run,
    write_json, write_junit,
};
use end_to_end::{Doing as _, Trouble};

const USAGE: &str = "usage:
  suite items SUITE ITEMS          writes the names of all items
  suite run SUITE ITEMS LEG OUT    runs the listed items, writes OUT/junit.xml and OUT/ran.json
  suite prove SUITE MATRIX REPORTS compares; REPORTS holds a folder with ran.json for each leg";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["items", suite, items] => write_items(suite, items),
        ["run", suite, items, leg, out] => run_leg(suite, items, leg, Path::new(out)),
        ["prove", suite, matrix, reports] => compare(suite, matrix, Path::new(reports)),
        _ => Err(Trouble::new(USAGE)),
    };
    match done {
        Ok(code) => code,
        Err(trouble) => {
            say(&trouble.to_string());
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stderr, reason = "a step of a test workflow tells its log what it does")]
fn say(text: &str) {
    eprintln!("{text}");
}

fn write_items(suite: &str, items: &str) -> Result<ExitCode, Trouble> {
    let suite: Suite = read_json(Path::new(suite))?;
    write_json(Path::new(items), &suite.items())?;
    Ok(ExitCode::SUCCESS)
}

fn run_leg(suite: &str, items: &str, leg: &str, out: &Path) -> Result<ExitCode, Trouble> {
    let suite: Suite = read_json(Path::new(suite))?;
    let items: Vec<String> = read_json(Path::new(items))?;
    let leg: u64 = leg.parse().doing(|| format!("read the leg's index from `{leg}`"))?;
    let ran = run(&suite, &items, &Surroundings::here()?, tell)?;
    let bad = ran.iter().filter(|execution| is_bad(execution)).count();
    say(&format!("leg {leg}: {} items, {bad} of them failed", ran.len()));
    let report = Report { leg, ran };
    write_json(&out.join("ran.json"), &report)?;
    write_junit(&out.join("junit.xml"), &report.ran)?;
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn is_bad(execution: &Execution) -> bool {
    match execution.outcome {
        Outcome::Failed(_) | Outcome::NotRun(_) => true,
        Outcome::Passed | Outcome::Received => false,
    }
}

fn tell(execution: &Execution) {
    match &execution.outcome {
        Outcome::Failed(said) => say(&format!("FAILED {:?}: {said}", execution.item)),
        Outcome::NotRun(why) => say(&format!("NOT RUN {:?}: {why}", execution.item)),
        Outcome::Passed | Outcome::Received => {}
    }
}

fn compare(suite: &str, matrix: &str, reports: &Path) -> Result<ExitCode, Trouble> {
    let suite: Suite = read_json(Path::new(suite))?;
    let proof = prove(&suite.items(), &legs(matrix)?, &read_reports(reports)?);
    say(&proof.to_string());
    Ok(if proof.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
