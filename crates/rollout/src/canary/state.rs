//! What a step of a canary leaves for the next one.

use std::collections::BTreeMap;

/// What is known of a canary between its steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// How far it is.
    pub phase: Phase,
    /// How often in a row this step was neither promoted nor rolled back.
    pub holds: u64,
    /// How many samples in a row were bad at last, by metric. A step does not end such a row.
    pub bad_in_a_row: BTreeMap<String, u64>,
}

/// How far a canary is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// This weight, in per cent, is the next to be judged.
    At(u8),
    /// It has all traffic.
    Promoted,
    /// It has none.
    RolledBack,
}

impl State {
    /// A canary that begins with `weight`.
    pub fn new(weight: u8) -> Self {
        Self { phase: Phase::At(weight), holds: 0, bad_in_a_row: BTreeMap::new() }
    }
}
