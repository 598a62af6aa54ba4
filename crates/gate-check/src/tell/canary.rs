//! Tells what happens to a canary, and why.

use diagnostics::{Foreign, Level, Piece, Problem, Text, text};
use rollout::Decimal;
use rollout::canary::{
    Compared, Crossed, Decision, Direction, Limits, Metric, Outcome, Policy, Reading, Reason,
    Result as MetricResult, Rule, Side, Tick, Verdict,
};
use runner_protocol::{Column, Out, Page, Table};

use crate::gather::canary::{Canary, Measured, Walked};
use crate::wire::CanaryDocument;

/// How many digits of a measurement are shown.
const DIGITS: u32 = 4;

/// How many samples are drawn, the last ones.
const DRAWN: usize = 40;

/// The blocks that samples are drawn with, from the least to the greatest.
const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Tells it.
pub(crate) fn canary(
    canary: &Canary,
    measured: &Measured,
    decision: &Decision,
    walked: &[Walked],
    out: &mut Out,
) {
    let policy = &canary.policy;
    out.output("decision", decision.verdict.name());
    out.output("next-weight", decision.next_weight.to_string());
    out.output("step", format!("{}/{}", canary.step + 1, policy.steps.len()));
    let told = Teller { is_walk: !walked.is_empty(), policy, measured, decision };
    let lines: Vec<String> =
        decision.reasons.iter().map(|reason| told.reason(reason).unescaped()).collect();
    out.output("reason", lines.join("; ").replace(['\n', '\r'], " "));
    for problem in told.problems() {
        out.problem(problem);
    }
    out.summary(|page| {
        let weight = u64::from(canary.weight());
        let verdict = decision.verdict.name();
        page.heading(text!["Canary at ", weight, " %: ", verdict]);
        told.first_thing(weight, page);
        if walked.len() > 1 {
            told.steps(walked, page);
        }
        told.metrics(page);
        told.notes(page);
    });
    out.result(&CanaryDocument::new(policy, canary.step, decision));
}

/// Why a canary is not promoted, for one that could not be told what happens to it.
pub(crate) fn canary_problems(
    canary: &Canary,
    measured: &Measured,
    decision: &Decision,
) -> Vec<Problem> {
    Teller { is_walk: true, policy: &canary.policy, measured, decision }.problems()
}

/// Whether a reason is one to go, and not one to wait.
fn is_rollback(reason: &Reason) -> bool {
    match reason {
        Reason::Trigger(_)
        | Reason::Crossed(_)
        | Reason::Critical(_)
        | Reason::Missing(_)
        | Reason::ScoreFails(_)
        | Reason::HeldTooOften(_) => true,
        Reason::NotOver
        | Reason::TriggerUnknown(_)
        | Reason::TooFew(_)
        | Reason::Gap(_)
        | Reason::ScoreMarginal(_)
        | Reason::NoConfidence
        | Reason::NothingDecides => false,
    }
}

struct Teller<'a> {
    /// Whether the traffic was given and taken here.
    is_walk: bool,
    policy: &'a Policy,
    measured: &'a Measured,
    decision: &'a Decision,
}

impl Teller<'_> {
    /// Every reason, with what to do about it.
    fn problems(&self) -> Vec<Problem> {
        let problem = |reason: &Reason| {
            let words = self.reason(reason);
            let problem = match self.decision.verdict {
                Verdict::Rollback if is_rollback(reason) => Problem::error(words),
                Verdict::Promote | Verdict::Hold | Verdict::Rollback => Problem::warning(words),
            };
            problem.help(self.help(reason))
        };
        self.decision.reasons.iter().map(problem).collect()
    }

    fn metric(&self, at: usize) -> Option<(&Metric, &Outcome, &[Tick])> {
        let metric = self.policy.metrics.get(at)?;
        let outcome = self.decision.outcomes.get(at)?;
        Some((
            metric,
            outcome,
            self.measured.samples.get(at).map(Vec::as_slice).unwrap_or_default(),
        ))
    }

    /// A reason in words.
    fn reason(&self, reason: &Reason) -> Text {
        match reason {
            Reason::Trigger(name) => text!["the trigger ", Foreign::from(name.as_str()), " fired"],
            Reason::TriggerUnknown(name) => {
                text!["nothing was heard of the trigger ", Foreign::from(name.as_str())]
            }
            Reason::HeldTooOften(holds) => {
                text!["it held ", *holds, " times in a row, and may not once more"]
            }
            Reason::NotOver => text!["the window is not over"],
            Reason::ScoreFails(score) => {
                let mut said = text!["the score is "];
                said.append(per_cent(*score)).text(", and below ");
                said.push(self.policy.score.marginal).text(" it fails");
                said
            }
            Reason::ScoreMarginal(score) => {
                let mut said = text!["the score is "];
                said.append(per_cent(*score))
                    .text(", and it passes from ")
                    .push(self.policy.score.pass);
                said
            }
            Reason::NoConfidence => text!["over half of what is scored has no verdict"],
            Reason::NothingDecides => text!["no metric decides"],
            Reason::Crossed(at)
            | Reason::Critical(at)
            | Reason::Missing(at)
            | Reason::TooFew(at)
            | Reason::Gap(at) => {
                let Some((metric, outcome, _)) = self.metric(*at) else { return Text::new() };
                let mut said = text![Foreign::from(metric.name.as_str()), ": "];
                said.append(verdict_words(metric, outcome));
                if let (Some(why), MetricResult::Unknown) = (&outcome.error, outcome.result) {
                    said.text(" (").push(Piece::Said(why.clone())).text(")");
                }
                said
            }
        }
    }

    /// What to do about a reason.
    fn help(&self, reason: &Reason) -> Text {
        match reason {
            Reason::Trigger(_) => text!["see the job that told it"],
            Reason::TriggerUnknown(_) => {
                text!["tell it with `triggered`: `NAME=false`, or a file that the job writes"]
            }
            Reason::Crossed(_)
            | Reason::Critical(_)
            | Reason::ScoreFails(_)
            | Reason::ScoreMarginal(_) => {
                text!["compare the canary's logs and traces with those of the version before it"]
            }
            Reason::HeldTooOften(_) => {
                text![
                    "see why nothing could be decided; `max-holds` and `after-max-holds` say how long it waits"
                ]
            }
            Reason::NotOver => text!["judge the canary when its window is over"],
            Reason::Missing(at) | Reason::TooFew(at) | Reason::Gap(at) => match self.metric(*at) {
                Some((_, outcome, _)) if outcome.error.is_some() => {
                    text!["see that Prometheus answers, and that the query gives one series"]
                }
                Some((_, outcome, _)) if outcome.missing == 0 => {
                    text![
                        "see whether the canary is still there; where samples come late or seldom, `max-gap` says how long they may be missing at the end"
                    ]
                }
                _ => text![
                    "send the canary more traffic, write a longer `window`, or see whether the query names its series; a count that begins with its first event may have `empty = \"zero\"`"
                ],
            },
            Reason::NoConfidence => text!["see why the metrics have too few samples"],
            Reason::NothingDecides => text!["let a metric of the policy not be muted"],
        }
    }

    /// The one thing to know, and to do first.
    fn first_thing(&self, weight: u64, page: &mut Page) {
        let next = u64::from(self.decision.next_weight);
        match self.decision.verdict {
            Verdict::Promote if weight >= 100 || self.is_walk => {
                page.callout(Level::Notice, "Every metric is as it should be: it has all traffic.");
            }
            Verdict::Promote => {
                page.callout(
                    Level::Notice,
                    text!["Every metric is as it should be: give it ", next, " % of the traffic."],
                );
            }
            Verdict::Hold | Verdict::Rollback => {
                let is_hold = self.decision.verdict == Verdict::Hold;
                let mut said = if is_hold {
                    text!["It keeps ", weight, " % of the traffic and has to be judged again: "]
                } else if self.is_walk {
                    text!["All traffic was taken from it: "]
                } else {
                    text!["Take all traffic from it: "]
                };
                if let Some(first) = self.decision.reasons.first() {
                    said.append(self.reason(first)).text(". First: ").append(self.help(first));
                }
                said.text(".");
                page.callout(if is_hold { Level::Warning } else { Level::Error }, said);
            }
        }
    }

    /// All steps of a walk, with the worst reason of each.
    fn steps(&self, walked: &[Walked], page: &mut Page) {
        let mut table = Table::new(vec![
            Column::right("traffic"),
            Column::left("decision"),
            Column::left("why"),
        ]);
        for step in walked {
            let told = Teller { decision: &step.decision, ..*self };
            let verdict = step.decision.verdict;
            let mark = match verdict {
                Verdict::Promote => "✅ ",
                Verdict::Hold => "⏳ ",
                Verdict::Rollback => "❌ ",
            };
            let why = step.decision.reasons.first().map(|reason| told.reason(reason));
            let traffic = text![u64::from(step.weight), " %"];
            table.row(vec![traffic, text![mark, verdict.name()], why.unwrap_or_default()]);
        }
        page.table(table);
    }

    fn metrics(&self, page: &mut Page) {
        let mut table = Table::new(vec![
            Column::left("metric"),
            Column::right("canary"),
            Column::right("baseline"),
            Column::left("limit"),
            Column::left("verdict"),
            Column::left("samples"),
        ]);
        for at in 0..self.policy.metrics.len() {
            let Some((metric, outcome, samples)) = self.metric(at) else { continue };
            let mut name = text![Foreign::from(metric.name.as_str())];
            if metric.muted {
                name.text(" (muted)");
            }
            let (canary, baseline) = shown(outcome, samples);
            let mut verdict = text![mark(metric, outcome)];
            verdict.append(verdict_words(metric, outcome));
            table.row(vec![name, canary, baseline, limit(metric), verdict, drawn(samples)]);
        }
        page.table(table);
    }

    fn notes(&self, page: &mut Page) {
        let mut notes = Vec::new();
        for reason in self.decision.reasons.iter().skip(1) {
            notes.push(self.reason(reason));
        }
        for at in 0..self.policy.metrics.len() {
            let Some((metric, outcome, _)) = self.metric(at) else { continue };
            let name = || Foreign::from(metric.name.as_str());
            if outcome.is_uneven {
                notes.push(text![name(), ": one side has more than ten times as many samples as the other; the baseline should be as large as the canary"]);
            }
            if let (Some(why), true) = (&outcome.error, outcome.result != MetricResult::Unknown) {
                let errors = outcome.counts.errors;
                notes.push(text![
                    name(),
                    ": ",
                    errors,
                    " samples could not be asked for: ",
                    Piece::Said(why.clone())
                ]);
            }
        }
        let is_told = self
            .decision
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::ScoreFails(_) | Reason::ScoreMarginal(_)));
        if let Some(score) = self.decision.score.filter(|_| !is_told) {
            let mut said = text!["the score is "];
            said.append(per_cent(score)).text(" of 100");
            notes.push(said);
        }
        if !notes.is_empty() {
            page.list(notes);
        }
    }
}

fn mark(metric: &Metric, outcome: &Outcome) -> &'static str {
    match outcome.result {
        MetricResult::Pass => "✅ ",
        MetricResult::Fail if metric.muted => "⚠️ ",
        MetricResult::Fail => "❌ ",
        MetricResult::Unknown => "❔ ",
    }
}

/// What a metric comes to.
fn verdict_words(metric: &Metric, outcome: &Outcome) -> Text {
    if outcome.result == MetricResult::Unknown && outcome.missing == 0 {
        return match outcome.gap {
            1 => text!["its newest sample is missing"],
            gap => text!["its newest ", gap, " samples are missing"],
        };
    }
    if outcome.result == MetricResult::Unknown {
        let mut said = text!["needs ", outcome.missing];
        said.text(if outcome.missing == 1 { " more good sample" } else { " more good samples" });
        if outcome.counts.errors > 0 {
            said.text(", ").push(outcome.counts.errors).text(" could not be asked for");
        }
        if outcome.counts.no_data > 0 {
            said.text(", ").push(outcome.counts.no_data).text(" had no data");
        }
        return said;
    }
    match (&metric.rule, &outcome.crossed, &outcome.ranked) {
        (Rule::Limits(limits), Some(crossed), _) => crossed_words(limits, crossed),
        (Rule::Rank(rank), _, Some(Ok(ranked))) if ranked.compared != Compared::Pass => {
            let mut said = text![if ranked.compared == Compared::High {
                "greater than the baseline"
            } else {
                "smaller than the baseline"
            }];
            if let Some(ratio) = ranked.mean_ratio {
                said.text(": ").push(number_of(ratio)).text(" times its mean");
            }
            if rank.is_critical {
                said.text(", and critical");
            }
            said
        }
        (Rule::Limits(_), None, _) if outcome.counts.bad > 0 => {
            text![outcome.counts.ok, " good, ", outcome.counts.bad, " bad"]
        }
        _ => text!["pass"],
    }
}

fn crossed_words(limits: &Limits, crossed: &Crossed) -> Text {
    let mut said = match &crossed.tick.canary {
        Reading::Value(value) => text![number(*value)],
        Reading::NegativeInfinity => text!["-Inf"],
        Reading::Infinity | Reading::NoData(_) | Reading::Error(_) => text!["+Inf"],
    };
    let baseline = crossed.tick.baseline.as_ref().and_then(Reading::value);
    let (words, limit, is_ratio) = match crossed.side {
        Side::Min => (" is below ", limits.min, false),
        Side::Max => (" is above ", limits.max, false),
        Side::MinRatio => (" is below ", limits.min_ratio, true),
        Side::MaxRatio => (" is above ", limits.max_ratio, true),
    };
    said.text(words);
    if let Some(limit) = limit {
        said.push(number(limit));
    }
    if is_ratio {
        said.text(" times the baseline");
        if let Some(baseline) = baseline {
            said.text(" of ").push(number(baseline));
        }
    }
    if limits.consecutive > 1 {
        said.text(", ").push(limits.consecutive).text(" times in a row");
    }
    said
}

/// What is wanted.
fn limit(metric: &Metric) -> Text {
    let mut said = Text::new();
    match &metric.rule {
        Rule::Limits(limits) => {
            let all = [
                ("≥ ", limits.min, ""),
                ("≤ ", limits.max, ""),
                ("≥ ", limits.min_ratio, " × baseline"),
                ("≤ ", limits.max_ratio, " × baseline"),
            ];
            for (sign, limit, times) in all {
                if let Some(limit) = limit {
                    said.text(if said.is_empty() { "" } else { ", " });
                    said.text(sign).push(number(limit)).text(times);
                }
            }
        }
        Rule::Rank(rank) => {
            said.text(match rank.direction {
                Direction::Increase => "no increase",
                Direction::Decrease => "no decrease",
                Direction::Either => "no difference",
            });
            said.text(", confidence ").push(number(rank.confidence));
        }
    }
    said
}

/// The numbers that a metric is judged by: those that crossed a limit, the means that were compared, or the last ones.
fn shown(outcome: &Outcome, samples: &[Tick]) -> (Text, Text) {
    if outcome.ranked.is_some() {
        let of_canary: Vec<Decimal> = samples.iter().filter_map(|it| it.canary.value()).collect();
        let baseline = samples.iter().filter_map(|it| it.baseline.as_ref()?.value());
        return (mean(&of_canary), mean(&baseline.collect::<Vec<_>>()));
    }
    let last = samples.iter().rev().find(|tick| tick.canary.value().is_some());
    let tick = outcome.crossed.as_ref().map(|crossed| &crossed.tick).or(last);
    let words = |reading: Option<&Reading>| match reading {
        Some(Reading::Value(value)) => text![number(*value)],
        Some(Reading::Infinity) => text!["+Inf"],
        Some(Reading::NegativeInfinity) => text!["-Inf"],
        Some(Reading::NoData(_)) => text!["no data"],
        Some(Reading::Error(_)) => text!["error"],
        None => Text::new(),
    };
    match tick {
        Some(tick) => (words(Some(&tick.canary)), words(tick.baseline.as_ref())),
        None => (words(samples.last().map(|tick| &tick.canary)), Text::new()),
    }
}

/// The mean, as it is shown: the rule has its own.
fn mean(values: &[Decimal]) -> Text {
    if values.is_empty() {
        return text!["no data"];
    }
    let count = u32::try_from(values.len()).unwrap_or(u32::MAX);
    let sum: f64 = values.iter().map(|value| value.to_f64()).sum();
    text!["mean ", number_of(sum / f64::from(count))]
}

pub(super) fn number(value: Decimal) -> Piece {
    Piece::Said(Foreign::from(value.rounded(DIGITS).to_string().as_str()))
}

fn number_of(value: f64) -> Piece {
    match Decimal::parse(&format!("{value:e}")) {
        Some(value) => number(value),
        None => Piece::Ours("very much"),
    }
}

fn per_cent(parts: u64) -> Text {
    let score = Decimal::whole(parts).times_ten_to(-4);
    text![Piece::Said(Foreign::from(score.to_string().as_str()))]
}

/// The canary's samples as a row of blocks; `·` is no data and `×` an error.
fn drawn(samples: &[Tick]) -> Text {
    let end = samples.iter().skip(samples.len().saturating_sub(DRAWN));
    let values: Vec<&Reading> = end.map(|tick| &tick.canary).collect();
    let numbers = || values.iter().filter_map(|reading| reading.value()).map(Decimal::to_f64);
    // From zero, so that twice as high is twice as much.
    let (least, most) = (numbers().fold(0.0, f64::min), numbers().fold(0.0, f64::max));
    let mut said = Text::new();
    for reading in values {
        said.text(match reading {
            Reading::Value(value) => block((value.to_f64() - least) / (most - least)),
            Reading::Infinity => "█",
            Reading::NegativeInfinity => "▁",
            Reading::NoData(_) => "·",
            Reading::Error(_) => "×",
        });
    }
    said
}

/// The block of a share; that of the least where all are the same.
fn block(share: f64) -> &'static str {
    let above = [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875];
    let at = above.iter().filter(|edge| share > **edge).count();
    BLOCKS.get(at).copied().unwrap_or("█")
}
