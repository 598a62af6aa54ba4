//! The record of one shard, version 1: what its reports say, for `merge` and `verify`.

use reports::{Micros, Outcome, Sample, Time, WhyNoTime};
use serde::{Deserialize, Serialize};
use sharding::ShardReport;

use super::name::TestName;
use super::{Shape, bytes_of};

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// A record, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordFile {
    #[serde(rename = "signalbox-record")]
    version: u32,
    /// Which attempt of the run.
    attempt: u64,
    /// The SHA-256 of the plan that the shard followed.
    plan_sha256: String,
    /// The run's id; 0 outside of a run.
    run: u64,
    /// The shard's index, from 0.
    shard: u16,
    tests: Vec<TestEntry>,
}

/// What a report says of one test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TestEntry {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    micros: Option<u64>,
    outcome: OutcomeEntry,
    #[serde(flatten)]
    name: TestName,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum OutcomeEntry {
    Passed,
    Failed,
    Skipped,
}

/// Why a record cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARecord {
    /// It is not JSON of this shape.
    #[error("not a shard's record: another shape, or cut off")]
    Shape(Shape),
    /// A later version of signalbox wrote it.
    #[error("a shard's record of version {0}")]
    Version(u32),
}

impl RecordFile {
    /// The document of what a shard did.
    pub fn new(recorded: &ShardReport) -> Self {
        Self {
            version: VERSION,
            attempt: recorded.attempt,
            plan_sha256: recorded.plan.clone(),
            run: recorded.run,
            shard: recorded.shard,
            tests: recorded.samples.iter().map(TestEntry::of).collect(),
        }
    }

    /// The document's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        bytes_of(self)
    }

    /// Reads a record.
    ///
    /// # Errors
    /// When it is no record of this version.
    pub fn read(bytes: &[u8]) -> Result<ShardReport, NotARecord> {
        #[derive(Deserialize)]
        struct Versioned {
            #[serde(rename = "signalbox-record")]
            version: u32,
        }
        let shape = |error: serde_json::Error| NotARecord::Shape(Shape::of(&error));
        let Versioned { version } = serde_json::from_slice(bytes).map_err(shape)?;
        if version != VERSION {
            return Err(NotARecord::Version(version));
        }
        let file: Self = serde_json::from_slice(bytes).map_err(shape)?;
        Ok(ShardReport {
            shard: file.shard,
            attempt: file.attempt,
            run: file.run,
            plan: file.plan_sha256,
            samples: file.tests.into_iter().map(TestEntry::sample).collect(),
        })
    }
}

impl TestEntry {
    fn of(sample: &Sample) -> Self {
        Self {
            micros: match sample.time {
                Time::Known(Micros(micros)) => Some(micros),
                Time::Unknown(_) => None,
            },
            outcome: match sample.outcome {
                Outcome::Passed => OutcomeEntry::Passed,
                Outcome::Failed => OutcomeEntry::Failed,
                Outcome::Skipped => OutcomeEntry::Skipped,
            },
            name: TestName::of(&sample.identity),
        }
    }

    fn sample(self) -> Sample {
        let outcome = match self.outcome {
            OutcomeEntry::Passed => Outcome::Passed,
            OutcomeEntry::Failed => Outcome::Failed,
            OutcomeEntry::Skipped => Outcome::Skipped,
        };
        let time = match (self.micros, outcome) {
            (_, Outcome::Skipped) => Time::Unknown(WhyNoTime::Skipped),
            (Some(micros), Outcome::Passed | Outcome::Failed) => Time::Known(Micros(micros)),
            (None, Outcome::Passed | Outcome::Failed) => Time::Unknown(WhyNoTime::Missing),
        };
        Sample { identity: self.name.identity(), outcome, time }
    }
}

#[cfg(test)]
mod tests {
    use reports::Identity;

    use super::*;

    fn recorded() -> ShardReport {
        let sample = |name: &str, outcome, time| Sample {
            identity: Identity::Key(name.into()),
            outcome,
            time,
        };
        ShardReport {
            shard: 1,
            attempt: 2,
            run: 7,
            plan: "abc".to_owned(),
            samples: vec![
                sample("a::t", Outcome::Passed, Time::Known(Micros(5))),
                sample("b\n", Outcome::Failed, Time::Unknown(WhyNoTime::Missing)),
                sample("c", Outcome::Skipped, Time::Unknown(WhyNoTime::Skipped)),
            ],
        }
    }

    #[test]
    fn a_record_that_was_written_is_read_again() {
        let bytes = RecordFile::new(&recorded()).bytes();
        insta::assert_snapshot!(String::from_utf8(bytes.clone()).unwrap(), @r#"{"signalbox-record":1,"attempt":2,"plan_sha256":"abc","run":7,"shard":1,"tests":[{"micros":5,"outcome":"passed","key":"a::t"},{"outcome":"failed","key":"b\n"},{"outcome":"skipped","key":"c"}]}"#);
        assert_eq!(RecordFile::read(&bytes).unwrap(), recorded());
    }

    #[test]
    fn what_is_no_whole_record_is_refused() {
        let bytes = RecordFile::new(&recorded()).bytes();
        for end in 0..bytes.len() - 1 {
            assert!(RecordFile::read(&bytes[..end]).is_err(), "cut at {end}");
        }
        let later = String::from_utf8(bytes).unwrap().replacen(":1,", ":2,", 1);
        assert_eq!(RecordFile::read(later.as_bytes()), Err(NotARecord::Version(2)));
        assert!(RecordFile::read(br#"{"version":1}"#).is_err());
    }
}
