//! A record as OpenMetrics text, for whoever has a Prometheus.
//!
//! Names are fixed and end in their unit; what people chose stands in labels, escaped. Two jobs of one name are
//! one sample, the longer one, because a set of labels may be there once. What was not measured is not there.
//!
//! Source: OpenMetrics 1.0 ("Text format": `# TYPE`, `# UNIT`, `# HELP`, escaping, `# EOF`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use pipeline_metrics::{Millis, Record, Standing, caches};

/// A family of samples: its name, its type, its unit, its help, and the samples by their labels.
struct Family {
    name: &'static str,
    kind: &'static str,
    unit: &'static str,
    help: &'static str,
    samples: BTreeMap<String, u64>,
    /// How many of the value make one: 1000 where milliseconds are told in seconds.
    scale: u64,
}

impl Family {
    fn seconds(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: "gauge", unit: "seconds", help, samples: BTreeMap::new(), scale: 1000 }
    }

    fn count(name: &'static str, help: &'static str) -> Self {
        Self { name, kind: "gauge", unit: "", help, samples: BTreeMap::new(), scale: 1 }
    }

    fn add(&mut self, labels: &[(&str, &str)], value: u64) {
        let known = self.samples.entry(shown(labels)).or_default();
        *known = value.max(*known);
    }

    fn add_span(&mut self, labels: &[(&str, &str)], span: Option<Millis>) {
        if let Some(span) = span {
            self.add(labels, span.0);
        }
    }

    fn write(&self, text: &mut String) {
        if self.samples.is_empty() {
            return;
        }
        let Self { name, kind, unit, help, .. } = self;
        let _ = writeln!(text, "# TYPE {name} {kind}");
        if !unit.is_empty() {
            let _ = writeln!(text, "# UNIT {name} {unit}");
        }
        let _ = writeln!(text, "# HELP {name} {help}");
        for (labels, value) in &self.samples {
            let _ = match self.scale {
                1 => writeln!(text, "{name}{labels} {value}"),
                scale => writeln!(text, "{name}{labels} {}.{:03}", value / scale, value % scale),
            };
        }
    }
}

/// The record as text.
pub fn open_metrics(record: &Record) -> String {
    let repository = record.repository.as_str();
    let workflow = record.run.workflow.as_deref().unwrap_or_default();
    let base = [("repository", repository), ("workflow", workflow)];
    let with = |more: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        let all = base.iter().chain(more);
        all.map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let mut families = [
        Family::seconds(
            "signalbox_run_duration_seconds",
            "How long the attempt took, once it is over.",
        ),
        Family::seconds(
            "signalbox_run_elapsed_seconds",
            "How long the attempt took up to the end of its last finished job.",
        ),
        Family::seconds("signalbox_job_duration_seconds", "How long the job ran."),
        Family::seconds("signalbox_job_queue_seconds", "How long the job waited for a runner."),
        Family::seconds("signalbox_job_approval_seconds", "How long the job waited for approval."),
        Family::count("signalbox_run_jobs", "How many jobs of the attempt ended so."),
        Family::count("signalbox_run_jobs_reused", "How many jobs were kept from older attempts."),
        Family::count("signalbox_cache_lookups", "How caches were found, by the family of keys."),
    ];
    let [run, elapsed, duration, queue, approval, jobs, reused, lookups] = &mut families;
    let event = with(&[("event", &record.run.event)]);
    run.add_span(&lent(&event), record.run.duration);
    elapsed.add_span(&lent(&event), record.run.elapsed);
    for job in record.jobs.iter().filter(|job| job.standing == Standing::Ran) {
        let labels = with(&[("job", &job.name)]);
        duration.add_span(&lent(&labels), job.duration);
        queue.add_span(&lent(&labels), job.queue);
        approval.add_span(&lent(&labels), job.approval);
    }
    let sums = record.sums();
    let counts = sums.counts;
    let ends = [
        ("success", counts.success),
        ("failure", counts.failure),
        ("timed_out", counts.timed_out),
        ("cancelled", counts.cancelled),
        ("skipped", counts.skipped),
        ("other", counts.other),
    ];
    for (end, count) in ends {
        jobs.add(&lent(&with(&[("conclusion", end)])), count);
    }
    reused.add(&lent(&with(&[])), sums.reused);
    for (family, uses) in caches(record.own_outcomes()) {
        let found = [("exact", uses.exact), ("partial", uses.partial), ("miss", uses.miss)];
        for (result, count) in found {
            lookups.add(&lent(&with(&[("family", &family), ("result", result)])), count);
        }
    }
    let mut text = String::new();
    for family in &families {
        family.write(&mut text);
    }
    text.push_str("# EOF\n");
    text
}

fn lent<'l>(labels: &'l [(&'static str, String)]) -> Vec<(&'l str, &'l str)> {
    labels.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

/// Labels as they stand behind a name.
fn shown(labels: &[(&str, &str)]) -> String {
    let shown = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value)));
    format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
}

/// A value with its quotes, backslashes and line breaks escaped. Another control character would be read as
/// part of the value, and by no eye.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for letter in value.chars() {
        match letter {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_chose_cannot_end_a_label() {
        let shown = shown(&[("job", "a\"} 1\n# EOF\\\r")]);
        assert_eq!(shown, "{job=\"a\\\"} 1\\n# EOF\\\\\u{fffd}\"}");
    }
}
