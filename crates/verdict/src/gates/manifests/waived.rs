//! Waivers in annotations: `gate-check/waive.liveness-probe: batch worker without a port, 2027-01-31`.
//!
//! They stand where the workload stands, so whoever reads it sees them. They hold as long as those of the
//! configuration may.

use std::collections::BTreeMap;

use diagnostics::yaml::At;
use diagnostics::{Foreign, Text, text};
use ecosystems::kubernetes::Said;
use jiff::civil::Date;

use super::{Facts, Found, Objects, Policy, Rule};
use crate::waivers::standing;
use crate::{Reason, Standing, State, Verdict};

/// What the key of an annotation begins with.
const KEY: &str = "gate-check/waive.";

/// Marks what is waived by the workload itself, and says what is wrong with such waivers.
pub(super) fn apply(
    objects: &Objects<'_>,
    facts: &Facts<'_>,
    policy: &Policy,
    found: &mut Vec<Found>,
) {
    let mut of_workload: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, found) in found.iter().enumerate() {
        if let Some(workload) = found.workload {
            of_workload.entry(workload).or_default().push(at);
        }
    }
    let mut told = Vec::new();
    for (number, of) in objects.workloads.iter().enumerate() {
        for (key, said) in &of.what.annotations {
            let Some(name) = key.strip_prefix(KEY) else { continue };
            let mut wrong = |at: At, message: Text, help: Text| {
                let reason =
                    Reason::new("annotation-waiver", policy.mode.soften(Verdict::Warn), message);
                told.push((number, reason.at(of.place(at)).help(help)));
            };
            let waiver = match Waiver::read(name, said, facts) {
                Ok(waiver) => waiver,
                Err((message, help)) => {
                    wrong(said.at, message, help);
                    continue;
                }
            };
            let mut is_used = false;
            for at in of_workload.get(&number).into_iter().flatten() {
                let Some(found) = found.get_mut(*at).filter(|it| it.key.4 == waiver.rule) else {
                    continue;
                };
                let reason = &mut found.reason;
                let counts = !matches!(reason.verdict, Verdict::Pass | Verdict::Error);
                is_used |= counts;
                if counts && reason.state == State::Open {
                    reason.state = State::Suppressed(Some(waiver.why.clone()));
                }
            }
            if !is_used {
                let message = text!["nothing needs the annotation ", Foreign::from(key.as_str())];
                wrong(said.at, message, text!["take it out, so that it hides nothing later"]);
            }
        }
    }
    for (number, reason) in told {
        let key = (String::new(), "", String::new(), String::new(), Rule::LivenessProbe);
        found.push(Found { key, workload: Some(number), reason });
    }
}

struct Waiver {
    rule: Rule,
    why: Foreign,
}

impl Waiver {
    fn read(name: &str, said: &Said, facts: &Facts<'_>) -> Result<Self, (Text, Text)> {
        let form = || text!["write why and until when: `behind a proxy that is asked, 2027-01-31`"];
        let Some((_, rule, _)) = Rule::ALL.iter().find(|(known, _, _)| *known == name) else {
            let mut help = text!["see the rules of `[gate.manifests]`"];
            if let Some(near) =
                diagnostics::nearest(name, Rule::ALL.iter().map(|(known, _, _)| *known))
            {
                help.text("; is ").foreign(near).text(" meant?");
            }
            return Err((text!["there is no rule ", Foreign::from(name), " to waive"], help));
        };
        let (why, until) = said.text.rsplit_once(',').unwrap_or(("", said.text.as_str()));
        let (why, until) = (why.trim(), until.trim());
        let Some(date) = until.parse::<Date>().ok().filter(|_| until.len() == 10) else {
            return Err((text!["this waiver does not say until when it holds"], form()));
        };
        if why.is_empty() {
            return Err((text!["this waiver does not say why"], form()));
        }
        match standing(date, facts.today, facts.most_waiver_days) {
            Standing::Holds | Standing::EndsSoon(_) => {}
            Standing::Ended => {
                let help = text!["solve what it waived, or have it renewed"];
                return Err((text!["this waiver ended on ", Foreign::from(until)], help));
            }
            Standing::TooLong => {
                let help = text![
                    "write an earlier date, or allow more with `max-waiver-days` in `[gate]`"
                ];
                let message = text![
                    "this waiver runs until ",
                    Foreign::from(until),
                    ", longer than waivers may"
                ];
                return Err((message, help));
            }
        }
        let why = ["waived by its manifest until ", until, ": ", why].concat();
        Ok(Self { rule: *rule, why: Foreign::from(why.as_str()) })
    }
}
