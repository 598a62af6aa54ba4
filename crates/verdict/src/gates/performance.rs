//! Is it as fast as it was, and as fast as it must be?
//!
//! Measured on a shared machine (issue 5's study): inside one run values differ by 5 %, from run to run
//! by 30 % and more, so that no test on the samples of one run says anything of the next. What does:
//! base and head run in turns, in one job, one value each a round ([`comparison`] has the rule).
//! Against one run, or a base that was stored, at most [`Verdict::Inconclusive`] is said, unless it
//! takes more than twice as long. Instructions are counted the same on each run, and one is enough.

pub mod comparison;
mod limits;
pub mod order;
mod policy;
mod series;
mod words;

use std::collections::BTreeMap;

use bstr::BString;
use diagnostics::{Foreign, Text, text};
use reports::measurements::Measurement;
use reports::quantity::{Direction, Quantity, Unit, Value};

use crate::{Gate, Outcome, Reason, Verdict};

use comparison::{Compared, NoRatio, Runs};
use series::{Figures, Series};
use words::{change, quantity};

pub use policy::{Limit, Override, Policy, Share};

/// More than this many times as bad is no noise, whatever it is compared with.
const BEYOND_NOISE: f64 = 2.0;
/// What takes less has no work left in it: a processor's step is longer.
const SHORTEST: f64 = 1e-9;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the reports of the head say. Those with [`reports::measurements::Side`] other than `Alone`
    /// are rounds, and have their base with them.
    pub head: &'a [Measurement],
    /// What was measured of the base at another time, if that was kept.
    pub base: Option<&'a [Measurement]>,
}

/// Holds the measurements against their base and against the limits.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let mut gate = Decision::new(policy);
    let series = match Series::all(facts.head, facts.base.unwrap_or_default()) {
        Ok(series) => series,
        Err(reason) => return gate.outcome(Some(*reason)),
    };
    if !series.values().any(|series| series.head().is_some()) {
        let reason = Reason::new("performance-empty", Verdict::Error, "no benchmark was measured")
            .help("run the benchmarks, and see that their report is among the reports");
        return gate.outcome(Some(reason));
    }
    for (key, series) in &series {
        gate.tell_of_itself(key, series);
        if policy.max_regression.is_some() {
            gate.compare(key, series);
        }
    }
    gate.hold_limits(&series);
    gate.tell_of_all(facts, &series);
    gate.outcome(None)
}

/// What has been found so far.
struct Decision<'p> {
    policy: &'p Policy,
    reasons: Vec<Reason>,
    compared: u64,
    limits_held: u64,
    /// The most rounds of any figure.
    rounds: usize,
    /// Figures with too few rounds.
    too_few: u64,
    undirected: u64,
    added: u64,
    removed: u64,
    worst: Option<(BString, f64)>,
}

impl<'p> Decision<'p> {
    fn new(policy: &'p Policy) -> Self {
        Self {
            policy,
            reasons: Vec::new(),
            compared: 0,
            limits_held: 0,
            rounds: 0,
            too_few: 0,
            undirected: 0,
            added: 0,
            removed: 0,
            worst: None,
        }
    }

    fn push(&mut self, key: &BString, reason: Reason) {
        let verdict = self.policy.mode_of(key).soften(reason.verdict);
        let name = name(key);
        let aliases = vec![name.clone()];
        self.reasons.push(Reason { verdict, aliases, fingerprint: Some(name), ..reason });
    }

    /// What a figure says without any other.
    fn tell_of_itself(&mut self, key: &BString, series: &Series) {
        let Some(head) = series.head() else { return };
        for limit in &head.broken {
            let message = text![name(key), " broke the tool's own limit ", foreign(limit)];
            let reason = Reason::new("performance-tool-limit", Verdict::Fail, message)
                .help("the tool says so itself; its limit stands in its own configuration");
            self.push(key, reason);
        }
        let is_gone = head.unit == Unit::Seconds && head.median().get() < SHORTEST;
        if is_gone && self.policy.direction_of(key, head).is_some() {
            let message = text![name(key), " takes less than 1 ns: its work was optimised away"];
            let help = "keep the result alive, with `black_box` or a variable that is read";
            self.push(key, Reason::new("performance-no-work", Verdict::Warn, message).help(help));
        }
    }

    fn compare(&mut self, key: &BString, series: &Series) {
        let Some(any) = series.head().or(series.base()) else { return };
        let Some(direction) = self.policy.direction_of(key, any) else {
            self.tell_no_direction(key, any);
            return;
        };
        match (&series.rounds_base, &series.rounds_head, &series.alone, &series.stored) {
            (Some(base), Some(head), ..) => self.compare_rounds(key, direction, base, head),
            (None, _, Some(head), Some(base)) | (None, Some(head), None, Some(base)) => {
                self.compare_stored(key, direction, base, head);
            }
            (Some(base), None, Some(head), _) => self.compare_stored(key, direction, base, head),
            (Some(_), None, None, _) | (None, None, None, Some(_)) => self.tell_removed(key),
            (None, ..) => self.added += 1,
        }
    }

    fn tell_no_direction(&mut self, key: &BString, figures: &Figures) {
        match &figures.unit {
            Unit::Other(word) => {
                let message =
                    text![name(key), " has the unit ", foreign(word), ", which is not known"];
                let mut help =
                    Text::from("give it a `direction` in `[[gate.performance.override]]`");
                if let Some(near) = words::nearest(word) {
                    help.text(", or write the unit ").foreign(near.as_str());
                }
                self.push(key, Reason::new("performance-unit", Verdict::Error, message).help(help));
            }
            Unit::Count | Unit::Ratio => self.undirected += 1,
            // Derived from a figure that is compared itself.
            Unit::Seconds
            | Unit::Bytes
            | Unit::BitsPerSecond
            | Unit::PerSecond
            | Unit::Instructions => {}
        }
    }

    fn tell_removed(&mut self, key: &BString) {
        self.removed += 1;
        let message = text![name(key), " was measured on the base, and is not on the head"];
        let verdict = if self.policy.allow_removed { Verdict::Pass } else { Verdict::Fail };
        let help = "if it is gone for good, set `allow-removed = true` until the base has moved";
        self.push(key, Reason::new("performance-removed", verdict, message).help(help));
    }

    fn compare_rounds(
        &mut self,
        key: &BString,
        direction: Direction,
        base: &Figures,
        head: &Figures,
    ) {
        if !self.is_one_unit(key, base, head) {
            return;
        }
        let rounds = head.values.len();
        self.rounds = self.rounds.max(rounds);
        if base.values.len() != rounds {
            let message = text![
                name(key),
                " has ",
                base.values.len(),
                " values of the base and ",
                rounds,
                " of the head"
            ];
            let help = "each round has one of each: run `gate-check bench` again";
            self.push(key, Reason::new("performance-rounds", Verdict::Error, message).help(help));
            return;
        }
        let compared = match Compared::rounds(direction, base.runs(), head.runs()) {
            Ok(compared) => compared,
            Err(why) => return self.tell_no_ratio(key, why, head),
        };
        self.count(key, compared);
        let [warn, block] = self.policy.thresholds_of(key, head.is_deterministic);
        let is_enough = head.is_deterministic || as_u64(rounds) >= self.policy.min_rounds;
        if !is_enough {
            self.too_few += 1;
        }
        let verdict = match (compared.is_over(block), compared.is_over(warn)) {
            (true, _) if is_enough || compared.is_over(BEYOND_NOISE) => Verdict::Fail,
            (true, _) => Verdict::Inconclusive,
            (false, true) => Verdict::Warn,
            (false, false) => return self.tell_better(key, compared, warn, base, head),
        };
        let mut help = Text::new();
        help.text("over ").number(as_u64(rounds)).text(" rounds, at most ");
        help.append(words::share(if verdict == Verdict::Warn { warn } else { block }));
        help.text(" is allowed; `gate-check bench` repeats it");
        self.tell_worse(key, verdict, compared, [base, head], help);
    }

    fn compare_stored(
        &mut self,
        key: &BString,
        direction: Direction,
        base: &Figures,
        head: &Figures,
    ) {
        if !self.is_one_unit(key, base, head) {
            return;
        }
        // Two runs at two times are one pair, whatever samples they have.
        let pair = [[base.median()], [head.median()]];
        let [base_run, head_run] = pair.each_ref().map(|values| Runs { values, best: &[] });
        let compared = match Compared::rounds(direction, base_run, head_run) {
            Ok(compared) => compared,
            Err(why) => return self.tell_no_ratio(key, why, head),
        };
        self.count(key, compared);
        let is_deterministic = head.is_deterministic && base.is_deterministic;
        let [warn, block] = self.policy.thresholds_of(key, is_deterministic);
        let verdict = match (compared.is_over(block), compared.is_over(warn)) {
            (true, _) if is_deterministic || compared.is_over(BEYOND_NOISE) => Verdict::Fail,
            (true, _) => Verdict::Inconclusive,
            (false, true) => Verdict::Warn,
            (false, false) => return self.tell_better(key, compared, warn, base, head),
        };
        let help = if is_deterministic {
            let mut help = Text::from("instructions are the same on each run; at most ");
            help.append(words::share(block)).text(" is allowed");
            help
        } else {
            "the base was measured at another time, which proves nothing below twice as long; \
             `gate-check bench` compares in rounds"
                .into()
        };
        self.tell_worse(key, verdict, compared, [base, head], help);
    }

    fn is_one_unit(&mut self, key: &BString, base: &Figures, head: &Figures) -> bool {
        if base.unit == head.unit {
            return true;
        }
        let message = text![
            name(key),
            " is in ",
            foreign(head.unit.name()),
            ", and was in ",
            foreign(base.unit.name())
        ];
        let help = "measure the base again, in the unit of the head";
        self.push(key, Reason::new("performance-unit", Verdict::Error, message).help(help));
        false
    }

    fn tell_no_ratio(&mut self, key: &BString, why: NoRatio, head: &Figures) {
        let reason = match why {
            NoRatio::BothZero => {
                self.compared += 1;
                return;
            }
            NoRatio::Empty => {
                let message = text![name(key), " has no value"];
                Reason::new("performance-empty", Verdict::Error, message)
            }
            NoRatio::BaseIsZero => {
                let mut message = text![name(key), " was 0 on the base and is "];
                message.append(quantity(&head.quantity()));
                message.text(": there is no ratio to 0");
                Reason::new("performance-zero", Verdict::Inconclusive, message)
                    .help("hold it against a `[[gate.performance.limit]]` instead")
            }
            NoRatio::HeadFellToZero => {
                self.compared += 1;
                let message = text![name(key), " fell to 0"];
                Reason::new("performance-regression", Verdict::Fail, message)
                    .help("see whether the benchmark still does its work")
            }
        };
        self.push(key, reason);
    }

    fn count(&mut self, key: &BString, compared: Compared) {
        self.compared += 1;
        if self.worst.as_ref().is_none_or(|(_, worst)| compared.median > *worst) {
            self.worst = Some((key.clone(), compared.median));
        }
    }

    fn tell_worse(
        &mut self,
        key: &BString,
        verdict: Verdict,
        compared: Compared,
        [base, head]: [&Figures; 2],
        help: Text,
    ) {
        let mut message = text![name(key), " is worse by "];
        message.append(change(compared.median)).text(": ");
        message.append(quantity(&base.quantity())).text(" became ");
        message.append(quantity(&head.quantity()));
        self.push(key, Reason::new("performance-regression", verdict, message).help(help));
    }

    /// What is better by as much as would warn if it were worse.
    fn tell_better(
        &mut self,
        key: &BString,
        compared: Compared,
        warn: f64,
        base: &Figures,
        head: &Figures,
    ) {
        let inverse = compared.inverse();
        if inverse.is_over(warn) {
            let mut message = text![name(key), " is better by "];
            message.append(change(inverse.median)).text(": ");
            message.append(quantity(&base.quantity())).text(" became ");
            message.append(quantity(&head.quantity()));
            self.push(key, Reason::new("performance-improvement", Verdict::Pass, message));
        }
    }

    /// What is said once for all figures.
    fn tell_of_all(&mut self, facts: &Facts<'_>, series: &BTreeMap<BString, Series>) {
        let mode = self.policy.mode;
        let mut say = |rule: &'static str, verdict, message: Text, help: &'static str| {
            let reason = Reason::new(rule, mode.soften(verdict), message);
            self.reasons.push(reason.help(help));
        };
        let wants_base = self.policy.max_regression.is_some();
        let has_pairs = series.values().any(|series| series.rounds_base.is_some());
        if wants_base && !has_pairs && facts.base.is_none_or(<[Measurement]>::is_empty) {
            say(
                "performance-no-base",
                Verdict::Inconclusive,
                "there is no base to compare with".into(),
                "run `gate-check bench`, give a baseline, or set `max-regression = \"off\"`",
            );
        } else if wants_base && self.added > 0 {
            // Where nothing else is compared, all that was to be compared is new.
            let is_all = self.compared == 0 && self.removed == 0;
            let verdict = if is_all { Verdict::Inconclusive } else { Verdict::Pass };
            say(
                "performance-new",
                verdict,
                text![self.added, " figures are new: the base does not have them"],
                "they are compared once the base has moved",
            );
        }
        if self.too_few > 0 {
            say(
                "performance-rounds",
                Verdict::Inconclusive,
                text![
                    self.rounds,
                    " rounds are fewer than the ",
                    self.policy.min_rounds,
                    " that an answer needs"
                ],
                "run `gate-check bench` with more `--rounds`",
            );
        }
        if self.undirected > 0 {
            say(
                "performance-direction",
                Verdict::Pass,
                text![
                    self.undirected,
                    " figures have a unit that does not say which way is better"
                ],
                "give them a `direction` in `[[gate.performance.override]]` to have them compared",
            );
        }
        let is_judged = self.compared > 0 || self.limits_held > 0;
        let is_told = self.reasons.iter().any(|reason| reason.verdict > Verdict::Pass);
        if !is_judged && !is_told && self.removed == 0 {
            let message = "no figure is compared, and no limit is held".into();
            let help = "give a base, a limit, or a `direction` for the figures";
            // No mode makes an answer of nothing.
            self.reasons.push(
                Reason::new("performance-empty", Verdict::Error, Text::clone(&message)).help(help),
            );
        }
    }

    fn outcome(self, last: Option<Reason>) -> Outcome {
        let figures = if self.compared == 1 { " figure compared" } else { " figures compared" };
        let mut measured = text![self.compared, figures];
        if self.rounds > 0 {
            measured.text(" over ").number(as_u64(self.rounds)).text(" rounds");
        }
        if let Some((key, worst)) = &self.worst {
            measured.text(", the worst ").append(words::times(*worst));
            measured.text(" of its base: ").foreign(key.as_slice());
        }
        let mut limit = Text::new();
        match self.policy.max_regression {
            Some(share) => {
                limit.text("worse by at most ").append(words::share(share.threshold()));
            }
            None => {
                limit.text("not compared with a base");
            }
        }
        if !self.policy.limits.is_empty() {
            limit.text("; limits: ").number(as_u64(self.policy.limits.len()));
        }
        let mut reasons = self.reasons;
        reasons.extend(last);
        Outcome { gate: Gate::Performance, measured, limit, reasons }
    }
}

impl Figures {
    fn quantity(&self) -> Quantity {
        Quantity { value: self.median(), unit: self.unit.clone() }
    }

    fn median(&self) -> Value {
        comparison::median(&self.values).unwrap_or_default()
    }
}

fn name(key: &BString) -> Foreign {
    Foreign::new(key.as_slice())
}

fn foreign(words: &[u8]) -> Foreign {
    Foreign::new(words)
}

fn as_u64(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
