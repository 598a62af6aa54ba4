//! Real commits of rust-lang/cargo, with the crates that each must and may affect.
//!
//! The folder holds `cargo-skeleton.bundle`, with the branches `<id>/base` and `<id>/head`, and
//! `cargo.json`. What must be in an answer was derived from the manifests without any of the tools that
//! are compared; what determinator answered stands there too.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use serde::Deserialize;

use super::place::{Place, answer, names, said};
use super::turns::{RUNS, beside, milliseconds};
use crate::bench::measure::{median, timed};
use crate::bench::verdict::Verdict;

/// How much larger than what must be in them all answers together may be, in percent.
const MOST_PERCENT: usize = 125;
/// What one answer is meant to take.
const BAR: Duration = Duration::from_millis(25);

#[derive(Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    id: String,
    base_ref: String,
    head_ref: String,
    must_include: BTreeSet<String>,
    may_include: May,
    determinator: Determinator,
}

/// Which names an answer may hold.
#[derive(Deserialize)]
#[serde(untagged)]
enum May {
    /// These.
    Names(BTreeSet<String>),
    /// Any: `ALL`.
    All(String),
}

#[derive(Deserialize)]
struct Determinator {
    affected: BTreeSet<String>,
}

pub(crate) fn real_commits(
    place: &Place,
    data: &Path,
    verdict: &mut Verdict,
) -> anyhow::Result<()> {
    let list = data.join("cargo.json");
    let read = fs::read(&list).with_context(|| list.display().to_string())?;
    let cases: Cases = serde_json::from_slice(&read)?;
    let bundle = fs::canonicalize(data.join("cargo-skeleton.bundle"))?;
    let repository = place.at("real");
    let words = ["clone", "--quiet", "--no-checkout", "--branch=cargo-01/head"];
    said(place.git(&place.at(""), &words).arg(&bundle).arg(&repository))?;
    println!("\naffected crates of {} real commits of rust-lang/cargo", cases.cases.len());
    println!("  answer, must, determinator: how many crates; no cargo on the path, an empty home");
    let heads = format!(
        "{:>8} {:>6} {:>14} {:>10} {:>10}",
        "answer", "must", "determinator", "ms", "git ms"
    );
    println!("  {:<10} {heads}", "");
    let (mut answers, mut must, mut theirs) = (0, 0, 0);
    let mut times = Vec::new();
    for case in &cases.cases {
        let id = |name: &str| place.asked(&repository, &["rev-parse", &format!("origin/{name}")]);
        let (base, head) = (id(&case.base_ref)?, id(&case.head_ref)?);
        let words = ["crates", "--graph", "cargo", "--base", &base, "--head", &head];
        let found = names(&answer(&mut place.tool(&repository, &words))?, "crates-affected")?;
        judged(case, &found, verdict);
        let mut ours = Vec::new();
        let mut floor = Vec::new();
        for _ in 0..RUNS {
            let floors = ["diff", "-z", "--name-status", "--no-renames", &base, &head];
            floor.push(timed(&mut place.git(&repository, &floors))?);
            ours.push(timed(place.tool(&repository, &words).args(["--format", "json"]))?);
        }
        let took = median(ours);
        let (is, needed, other) =
            (found.len(), case.must_include.len(), case.determinator.affected.len());
        println!(
            "  {:<10} {is:>8} {needed:>6} {other:>14} {:>10} {:>10}",
            case.id,
            milliseconds(took),
            milliseconds(median(floor))
        );
        (answers, must, theirs) = (answers + is, must + needed, theirs + other);
        times.push(took);
    }
    println!("  {:<10} {answers:>8} {must:>6} {theirs:>14}", "all");
    let worst = times.iter().max().copied().unwrap_or_default();
    println!(
        "  answers are {} % of what they must hold (limit {MOST_PERCENT} %)",
        answers * 100 / must.max(1)
    );
    println!(
        "  median {} ms; worst {} ms, bar {}",
        milliseconds(median(times)),
        milliseconds(worst),
        beside(worst, BAR)
    );
    verdict.hold(answers * 100 <= must * MOST_PERCENT, || {
        format!("the answers hold {answers} crates where {must} would do, limit {MOST_PERCENT} %")
    });
    Ok(())
}

fn judged(case: &Case, found: &BTreeSet<String>, verdict: &mut Verdict) {
    let missing: Vec<&String> = case.must_include.difference(found).collect();
    verdict.hold(missing.is_empty(), || format!("{}: {missing:?} are missed", case.id));
    match &case.may_include {
        May::Names(may) => {
            let odd: Vec<&String> = found.difference(may).collect();
            verdict.hold(odd.is_empty(), || format!("{}: {odd:?} are not affected", case.id));
        }
        May::All(word) => verdict.hold(word == "ALL", || format!("{}: {word}?", case.id)),
    }
}
