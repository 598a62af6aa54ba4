//! What decides about canaries and alerts: policies that people write, what servers answer, and what is kept.

use std::collections::BTreeMap;

use diagnostics::Problem;
use gate_check::wire::{CanaryRecordDocument, CanarySamplesDocument, CanaryStateDocument};
use prometheus_api::{Number, Raw};
use rollout::canary::{Facts, Policy, State, Verdict, decide};
use rollout::{Decimal, alerts};

/// An answer of Prometheus with the status that the first byte says: the same at each look, its samples in the order
/// of their times, and every number one that is compared or refused.
pub fn prometheus_answers(data: &[u8]) {
    let Some((first, body)) = data.split_first() else { return };
    let raw = Raw { status: 100 + u16::from(*first) * 2, body: body.to_vec() };
    let answer = prometheus_api::read(&raw);
    assert_eq!(answer, prometheus_api::read(&raw));
    let Ok(answer) = answer else { return };
    assert!((200..=299).contains(&raw.status));
    for series in answer.series {
        assert!(series.points.is_sorted_by(|a, b| a.at < b.at));
        for point in series.points {
            if let Number::Finite(text) = point.value
                && let Some(number) = Decimal::parse(&text)
            {
                assert_eq!(Decimal::parse(&number.to_string()), Some(number), "{text}");
            }
        }
    }
}

/// A policy of canaries, and one of alerts: each mistake has its place, and without a sample nothing is promoted and
/// nothing is well.
pub fn canary_policy(data: &[u8]) {
    let lines = data.split(|byte| *byte == b'\n').count();
    match Policy::read("f", data) {
        Ok(Some(policy)) => {
            let (state, triggers) = (State::new(10), BTreeMap::new());
            let facts = Facts {
                policy: &policy,
                state: &state,
                step: 0,
                samples: &[],
                triggers: &triggers,
                is_over: true,
            };
            assert_ne!(decide(&facts).verdict, Verdict::Promote);
        }
        Ok(None) => {}
        Err(problems) => check_places(&problems, lines),
    }
    match alerts::Policy::read("f", data) {
        Ok(Some(policy)) => {
            let decision = alerts::decide(&policy, &[]);
            assert!(decision.level != alerts::Level::Ok && decision.is_incomplete());
        }
        Ok(None) => {}
        Err(problems) => check_places(&problems, lines),
    }
}

fn check_places(problems: &[Problem], lines: usize) {
    assert!(!problems.is_empty());
    for problem in problems {
        let line = problem.place.as_ref().and_then(|place| place.line);
        let line = line.and_then(|line| usize::try_from(line).ok());
        assert!(line.is_some_and(|line| (1..=lines).contains(&line)), "{problem:?}");
    }
}

/// What one step of a canary leaves for the next, samples that somebody wrote, and the list of a record: what is read
/// of a state is written as the same.
pub fn canary_documents(data: &[u8]) {
    if let Ok((identity, state)) = CanaryStateDocument::read(data) {
        let document = CanaryStateDocument::new(&identity, &state);
        let written = serde_json::to_vec(&document).unwrap_or_default();
        assert_eq!(CanaryStateDocument::read(&written), Ok((identity, state)));
    }
    if let Ok(mut samples) = CanarySamplesDocument::read(data) {
        let names: Vec<String> = samples.rest().map(str::to_owned).collect();
        for name in names {
            let _ = samples.take(&name);
        }
        assert_eq!(samples.rest().next(), None);
    }
    assert_eq!(CanaryRecordDocument::read(data), CanaryRecordDocument::read(data));
}
