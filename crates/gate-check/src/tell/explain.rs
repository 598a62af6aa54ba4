//! Everything that a verdict says of one name.

use diagnostics::{Foreign, Problem, Text, nearest, text};
use runner_protocol::{Failure, Out, Page};

use crate::wire::{ToldGate, ToldReason, ToldVerdict};

/// How many reasons are shown in full.
const MOST: usize = 100;

/// Shows it.
pub(crate) fn explanation(told: &ToldVerdict, name: &str, out: &mut Out) -> Result<(), Failure> {
    let gates: Vec<&ToldGate> = told.gates.iter().collect();
    let named = |gate: &&&ToldGate| gate.gate == name;
    let gate = gates.iter().find(named);
    let of = |gate: &&ToldGate, reason: &ToldReason| gate.gate == name || reason.is_called(name);
    let all = gates.iter().flat_map(|gate| gate.reasons.iter().map(move |reason| (gate, reason)));
    let found: Vec<(&&ToldGate, &ToldReason)> =
        all.filter(|(gate, reason)| of(gate, reason)).collect();
    if gate.is_none() && found.is_empty() {
        return Err(Failure::no_answer(unknown(told, name)));
    }
    out.summary(|page| {
        page.heading(text![Foreign::from(name), ": ", found.len(), " in the verdict"]);
        if let Some(gate) = gate {
            let mut line = text!["The gate says ", Foreign::from(gate.verdict.as_str())];
            line.text(": ").foreign(gate.measured.as_str());
            line.text("; wanted: ").foreign(gate.limit.as_str());
            page.paragraph(line);
        }
        for (gate, reason) in found.iter().take(MOST) {
            one(told, gate, reason, page);
        }
        if found.len() > MOST {
            page.paragraph(text![found.len() - MOST, " more."]);
        }
    });
    Ok(())
}

fn unknown(told: &ToldVerdict, name: &str) -> Problem {
    let gates = told.gates.iter().map(|gate| gate.gate.as_str());
    let reasons = told.gates.iter().flat_map(|gate| &gate.reasons);
    let rules = reasons.map(|reason| reason.rule.as_str());
    let mut help = text!["name a gate, a rule, a package or a fingerprint of the verdict"];
    let names: std::collections::BTreeSet<&str> = gates.chain(rules).collect();
    if let Some(near) = nearest(name, names) {
        help.text("; is ").foreign(near).text(" meant?");
    }
    Problem::error(text!["the verdict says nothing of ", Foreign::from(name)]).help(help)
}

fn one(told: &ToldVerdict, gate: &ToldGate, reason: &ToldReason, page: &mut Page) {
    page.paragraph(text![
        Foreign::from(reason.rule.as_str()),
        ": ",
        Foreign::from(reason.message.as_str())
    ]);
    let mut points = Vec::new();
    let mut point = |label: &'static str, value: &str| {
        points.push(text![label, Foreign::from(value)]);
    };
    point("gate: ", &gate.gate);
    point("verdict: ", &reason.verdict);
    point("state: ", &reason.state);
    if let Some(why) = &reason.why_suppressed {
        point("why it is suppressed: ", why);
    }
    if let Some(package) = &reason.package {
        point("package: ", package);
    }
    for alias in &reason.aliases {
        point("also called: ", alias);
    }
    if let Some(print) = &reason.fingerprint {
        point("fingerprint: ", print);
    }
    if let Some(file) = &reason.file {
        let mut place: Text = text!["place: ", Foreign::from(file.as_str())];
        for number in [reason.line, reason.column].into_iter().flatten() {
            place.text(":").number(number);
        }
        points.push(place);
    }
    if let Some(help) = &reason.help {
        points.push(text!["next step: ", Foreign::from(help.as_str())]);
    }
    if let Some(waiver) = reason.waiver.and_then(|number| told.waivers.get(number)) {
        let mut line = text!["waived by ", Foreign::from(waiver.owner.as_str())];
        line.text(" until ").foreign(waiver.expires.as_str());
        line.text(": ").foreign(waiver.reason.as_str());
        points.push(line);
    }
    page.list(points);
}
