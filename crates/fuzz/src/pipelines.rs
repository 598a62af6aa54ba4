//! What is measured of pipelines: answers of GitHub's REST API, the lines of our own tools, and records.

use diagnostics::Foreign;
use gate_check::wire::{MetricsDocument, open_metrics};
use pipeline_metrics::answers::Answers;
use pipeline_metrics::dora::{Targets, Window, comparisons, dora, judge};
use pipeline_metrics::report::report;
use pipeline_metrics::{Beside, Millis, Moment, Standing, read_outcomes, record};

/// Answers, as they were saved: what is read makes a record that is read again as it was, sums that no job of
/// an older attempt is in, and figures with no more failures than deployments; what is not is refused at a
/// place in it.
pub fn pipeline_answers(data: &[u8]) {
    let (outcomes, _) = read_outcomes(data);
    let mut answers = Answers::new();
    if let Err(wrong) = answers.read(data) {
        let lines = u64::try_from(data.split(|byte| *byte == b'\n').count()).unwrap_or(u64::MAX);
        assert!((1..=lines).contains(&wrong.line), "{wrong:?}");
    }
    let mut records = Vec::new();
    for run in answers.runs.values() {
        let outcomes = outcomes.clone();
        let beside = Beside { repository: "org/mono".to_owned(), notes: None, outcomes };
        let record = record(&answers, run, beside);
        let counts = record.sums().counts;
        let of_it = |standing| matches!(standing, Standing::Ran | Standing::Skipped);
        let wanted = record.jobs.iter().filter(|job| of_it(job.standing)).count();
        let all = [counts.success, counts.failure, counts.timed_out, counts.cancelled];
        let all: u64 = all.iter().sum::<u64>() + counts.skipped + counts.other;
        assert_eq!(u64::try_from(wanted).ok(), Some(all));
        assert!(open_metrics(&record).ends_with("# EOF\n"));
        let written = serde_json::to_vec(&MetricsDocument::new(&record)).unwrap_or_default();
        assert_eq!(MetricsDocument::read(&written).as_ref(), Ok(&record));
        records.push(record);
    }
    let report = report(&records);
    assert!(report.attempts <= u64::try_from(records.len()).unwrap_or(u64::MAX));
    let to = Moment::of_seconds(1_800_000_000);
    let window = Window {
        environment: "production".to_owned(),
        from: to.minus(Millis::of_seconds(1_000_000_000)),
        to,
        incident_label: "incident".to_owned(),
    };
    assert!(comparisons(&answers, &window).len() <= answers.deployments.len());
    let dora = dora(&answers, &window);
    assert!(dora.change_failure_rate.is_none_or(|share| share.part <= dora.deployments));
    if let Ok(targets) = Targets::read(Foreign::from("f"), data) {
        let _ = judge(&dora, &targets);
    }
    let _ = MetricsDocument::read(data);
}
