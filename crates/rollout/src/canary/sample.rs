//! What was measured at one moment.

use diagnostics::Foreign;

use crate::Decimal;

/// What a query came to at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// A number.
    Value(Decimal),
    /// More than any number: something was divided by nothing.
    Infinity,
    /// Less than any number.
    NegativeInfinity,
    /// Nothing.
    NoData(Absent),
    /// It could not be asked, or its answer cannot be trusted; and why.
    Error(Foreign),
}

/// Why there is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// There is no such series.
    Empty,
    /// It is `NaN`: nothing was divided by nothing.
    NotANumber,
}

impl Reading {
    /// The number, if it is one.
    pub fn value(&self) -> Option<Decimal> {
        match self {
            Self::Value(value) => Some(*value),
            Self::Infinity | Self::NegativeInfinity | Self::NoData(_) | Self::Error(_) => None,
        }
    }
}

/// What was measured of one metric at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Of the canary.
    pub canary: Reading,
    /// Of what it is compared with, for a metric that has such a thing.
    pub baseline: Option<Reading>,
}

/// How many samples there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Within all limits.
    pub ok: u64,
    /// Beyond one.
    pub bad: u64,
    /// No number.
    pub no_data: u64,
    /// Not asked, or not trusted.
    pub errors: u64,
}
