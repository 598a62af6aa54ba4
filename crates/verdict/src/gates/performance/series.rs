//! All that was measured of one figure: on the head, on the base beside it, on a base of another time.

use std::collections::BTreeMap;

use bstr::BString;
use diagnostics::{Foreign, text};
use reports::measurements::{Measurement, Side};
use reports::quantity::{Direction, Unit, Value};

use super::comparison::Runs;
use crate::{Reason, Verdict};

/// One figure of all sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Series {
    /// Of the head, beside no base.
    pub(super) alone: Option<Figures>,
    /// Of the head, a value a round.
    pub(super) rounds_head: Option<Figures>,
    /// Of the base, a value a round.
    pub(super) rounds_base: Option<Figures>,
    /// Of the base, at another time.
    pub(super) stored: Option<Figures>,
}

/// The values of one side.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    pub(super) unit: Unit,
    pub(super) direction: Option<Direction>,
    pub(super) values: Vec<Value>,
    /// The best sample of each run; as many as values, or none.
    pub(super) best: Vec<Value>,
    pub(super) is_deterministic: bool,
    pub(super) broken: Vec<BString>,
}

impl Series {
    /// Sorts measurements by their keys; those with the same key on the same side are repetitions.
    pub(super) fn all(
        head: &[Measurement],
        base: &[Measurement],
    ) -> Result<BTreeMap<BString, Self>, Box<Reason>> {
        let mut all: BTreeMap<BString, Self> = BTreeMap::new();
        for (measured, is_stored) in
            head.iter().map(|it| (it, false)).chain(base.iter().map(|it| (it, true)))
        {
            if measured.values.is_empty() {
                continue;
            }
            let series = all.entry(measured.key()).or_default();
            let figures = match (measured.side, is_stored) {
                (Side::Alone, false) => &mut series.alone,
                (Side::Head, false) => &mut series.rounds_head,
                (Side::Base, false) => &mut series.rounds_base,
                // The rounds of another comparison: what was head there is base here.
                (Side::Alone | Side::Head, true) => &mut series.stored,
                (Side::Base, true) => continue,
            };
            match figures {
                None => *figures = Some(Figures::new(measured)),
                Some(figures) if figures.unit == measured.unit => {
                    figures.extend(measured);
                }
                Some(_) => return Err(Box::new(in_two_units(measured))),
            }
        }
        // An empty side of a series comes of a stored base's own base alone.
        all.retain(|_, series| series.head().or(series.base()).is_some());
        Ok(all)
    }

    /// What is looked at.
    pub(super) fn head(&self) -> Option<&Figures> {
        self.rounds_head.as_ref().or(self.alone.as_ref())
    }

    /// What it is held against.
    pub(super) fn base(&self) -> Option<&Figures> {
        self.rounds_base.as_ref().or(self.stored.as_ref())
    }
}

impl Figures {
    fn extend(&mut self, measured: &Measurement) {
        let more = Self::new(measured);
        if more.best.is_empty() || self.best.is_empty() {
            self.best.clear();
        } else {
            self.best.extend(more.best);
        }
        self.values.extend(more.values);
        self.broken.extend(more.broken);
    }

    pub(super) fn runs(&self) -> Runs<'_> {
        Runs { values: &self.values, best: &self.best }
    }

    fn new(measured: &Measurement) -> Self {
        Self {
            unit: measured.unit.clone(),
            direction: measured.direction,
            values: measured.values.clone(),
            best: if measured.best.len() == measured.values.len() {
                measured.best.clone()
            } else {
                Vec::new()
            },
            is_deterministic: measured.is_deterministic,
            broken: measured.broken.clone(),
        }
    }
}

fn in_two_units(measured: &Measurement) -> Reason {
    let message = text![
        Foreign::new(measured.key().as_slice()),
        " is there several times, in different units"
    ];
    Reason::new("performance-unit", Verdict::Error, message)
        .help("give each figure a name of its own")
}
