//! The plan file, version 1: what the job that plans hands to the jobs that run.
//!
//! Canonical JSON: keys in alphabetical order, integers only, one line break at the end, so that
//! the same plan is the same bytes. A name that is not UTF-8 is written as `name_hex`. Reading
//! checks everything that a shard relies on: a plan that was cut off or contradicts itself is refused.
//! Whether it is the plan of this run, only its digest tells.

use std::collections::BTreeSet;

use repo_model::hexadecimal;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sharding::{ItemId, Items, Plan, ShardCount, Weighing, Weight, Why};

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 1;

/// The version of the way items are shared out. Another assignment for the same facts is another
/// name.
const ALGORITHM: &str = "lpt-1";

/// A plan, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    algorithm: String,
    /// What no plan can beat: microseconds, or items.
    bound: u64,
    /// The SHA-256 over all items, from [`Items::digest`].
    items_sha256: String,
    /// How many shards were asked for.
    requested: u16,
    shards: Vec<ShardEntry>,
    version: u32,
    /// `time` or `count`: what weights and bound count.
    weighing: WeighingEntry,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WeighingEntry {
    Time,
    Count,
}

/// One shard of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardEntry {
    index: u16,
    items: Vec<ItemEntry>,
    load: u64,
}

/// One item of a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemEntry {
    /// Whether the weight comes from a report.
    known: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    weight: u64,
}

/// Why a plan file cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlan {
    /// It is not JSON of this shape.
    #[error("not a plan file: another shape, or cut off")]
    Shape {
        /// The line of the mistake, from 1.
        line: usize,
        /// The column of the mistake, in bytes from 1.
        column: usize,
    },
    /// A later version of signalbox wrote it.
    #[error("a plan file of version {0}")]
    Version(u32),
    /// Shards are not numbered 0, 1, 2 and so on.
    #[error("shard {0} is not where it should be")]
    ShardOrder(u16),
    /// More shards than were asked for, or than a matrix can have.
    #[error("more shards than were asked for, or than a matrix can have")]
    TooManyShards,
    /// An item has no name, two, or one that cannot be read.
    #[error("an item of shard {0} has no readable name")]
    Name(u16),
    /// An item is on two shards, or twice on one.
    #[error("an item of shard {0} is there twice")]
    Doubled(u16),
    /// A shard's load is not the sum of its items.
    #[error("the load of shard {0} is not the sum of its items")]
    Load(u16),
    /// The items are not those that the plan was made for.
    #[error("the items are not those that the plan was made for")]
    Items,
}

/// A plan that was read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPlan {
    /// The plan.
    pub plan: Plan,
    /// The SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// The document itself.
    pub file: PlanFile,
}

/// Why one item is where it is, as `explain --item` says it with `--format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation<'a> {
    /// The item as the plan has it.
    #[serde(flatten)]
    item: &'a ItemEntry,
    /// The index of its shard.
    shard: usize,
    /// How many items were placed before it, the heaviest first; of equal ones, by name.
    placed_before: usize,
    /// What its shard had to do before: microseconds, or items.
    load_before: u64,
}

impl PlanFile {
    /// The document of a plan.
    pub fn new(plan: &Plan, items: &Items, requested: ShardCount) -> Self {
        let shards = plan.shards.iter().zip(0..).map(|(shard, index)| ShardEntry {
            index,
            items: shard.items.iter().map(ItemEntry::of).collect(),
            load: shard.load,
        });
        Self {
            algorithm: ALGORITHM.to_owned(),
            bound: plan.bound.value,
            items_sha256: items.digest(),
            requested: requested.get(),
            shards: shards.collect(),
            version: VERSION,
            weighing: match plan.weighing {
                Weighing::Time => WeighingEntry::Time,
                Weighing::Count => WeighingEntry::Count,
            },
        }
    }

    /// The document's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).unwrap_or_else(|error| {
            // Only maps with other keys than text have no JSON form.
            unreachable!("a plan is always JSON: {error}")
        });
        bytes.push(b'\n');
        bytes
    }

    /// Reads a plan and checks it.
    ///
    /// # Errors
    /// When it is no plan of this version, or contradicts itself.
    pub fn read(bytes: &[u8]) -> Result<ReadPlan, NotAPlan> {
        let version = serde_json::from_slice::<Versioned>(bytes).map_err(|error| shape(&error))?;
        if version.version != VERSION {
            return Err(NotAPlan::Version(version.version));
        }
        let file: Self = serde_json::from_slice(bytes).map_err(|error| shape(&error))?;
        Ok(ReadPlan { plan: file.checked()?, digest: sha256(bytes), file })
    }

    /// Whether these bytes are a plan file of any version, whole or not to be trusted.
    pub fn is_one(bytes: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Marks {
            #[serde(rename = "version")]
            _version: u32,
            #[serde(rename = "algorithm")]
            _algorithm: String,
            #[serde(rename = "shards")]
            _shards: Vec<serde::de::IgnoredAny>,
        }
        serde_json::from_slice::<Marks>(bytes).is_ok()
    }

    /// One shard's part of the document; nothing if there is no such shard.
    pub fn shard(&self, index: usize) -> Option<&ShardEntry> {
        self.shards.get(index)
    }

    /// What the document says of the item at `rank` of shard `index`, and `why` it is there; nothing
    /// if there is none.
    pub fn explain(&self, index: usize, rank: usize, why: Why) -> Option<Explanation<'_>> {
        let item = self.shards.get(index)?.items.get(rank)?;
        let Why { placed_before, load_before } = why;
        Some(Explanation { item, shard: index, placed_before, load_before })
    }

    fn checked(&self) -> Result<Plan, NotAPlan> {
        let weighing = match self.weighing {
            WeighingEntry::Time => Weighing::Time,
            WeighingEntry::Count => Weighing::Count,
        };
        let mut seen = BTreeSet::new();
        let mut shards = Vec::with_capacity(self.shards.len());
        for (entry, index) in self.shards.iter().zip(0_u16..) {
            if entry.index != index {
                return Err(NotAPlan::ShardOrder(entry.index));
            }
            let shard = entry.checked(weighing)?;
            for placed in &shard.items {
                if !seen.insert(placed.id.clone()) {
                    return Err(NotAPlan::Doubled(index));
                }
            }
            shards.push(shard);
        }
        let count = u64::try_from(shards.len()).unwrap_or(u64::MAX);
        let requested = ShardCount::new(self.requested.into());
        if requested.is_err() || count > u64::from(self.requested) {
            return Err(NotAPlan::TooManyShards);
        }
        if count > 0 && ShardCount::new(count).is_err() {
            return Err(NotAPlan::TooManyShards);
        }
        if Items::new(seen.into_iter().collect()).digest() != self.items_sha256 {
            return Err(NotAPlan::Items);
        }
        let weights: Vec<u64> = shards
            .iter()
            .flat_map(|shard| &shard.items)
            .map(|placed| placed.weight.value())
            .collect();
        let bound = sharding::lower_bound(
            &weights,
            ShardCount::new(count.max(1)).map_err(|_| NotAPlan::TooManyShards)?,
        );
        Ok(Plan { shards, weighing, bound })
    }
}

/// The one thing that every version says.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl ShardEntry {
    fn checked(&self, weighing: Weighing) -> Result<sharding::Shard, NotAPlan> {
        let mut shard = sharding::Shard::default();
        for item in &self.items {
            let id = item.id().ok_or(NotAPlan::Name(self.index))?;
            let weight = item.weight(weighing);
            shard.load = shard.load.saturating_add(weight.value());
            shard.items.push(sharding::Placed { id, weight });
        }
        if shard.load == self.load { Ok(shard) } else { Err(NotAPlan::Load(self.index)) }
    }
}

impl ItemEntry {
    fn of(placed: &sharding::Placed) -> Self {
        let bytes = placed.id.as_bytes();
        let text = std::str::from_utf8(bytes).ok().map(str::to_owned);
        let hex = if text.is_some() { None } else { Some(hexadecimal(bytes)) };
        Self {
            known: placed.weight.is_known(),
            name: text,
            name_hex: hex,
            weight: placed.weight.value(),
        }
    }

    fn id(&self) -> Option<ItemId> {
        match (&self.name, &self.name_hex) {
            (Some(name), None) => ItemId::new(name.as_bytes()),
            (None, Some(digits)) => ItemId::new(from_hexadecimal(digits)?),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    fn weight(&self, weighing: Weighing) -> Weight {
        match (weighing, self.known) {
            (Weighing::Count, _) => Weight::Counted,
            (Weighing::Time, true) => Weight::Known(self.weight),
            (Weighing::Time, false) => Weight::Guessed(self.weight),
        }
    }
}

/// The SHA-256 of `bytes`, in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn from_hexadecimal(digits: &str) -> Option<Vec<u8>> {
    let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return None };
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.iter().map(byte).collect()
}

fn shape(error: &serde_json::Error) -> NotAPlan {
    NotAPlan::Shape { line: error.line(), column: error.column() }
}

#[cfg(test)]
mod tests {
    use sharding::{Facts, Shards, Timings};

    use super::*;

    fn plan_of(names: &[&[u8]], micros: &[Option<u64>], shards: u64) -> (Plan, PlanFile) {
        let items = Items::new(names.iter().map(|name| ItemId::new(*name).unwrap()).collect());
        let timings = Timings::from_micros(micros.to_vec());
        let shards = ShardCount::new(shards).unwrap();
        let facts = Facts { items: &items, timings: &timings, shards, empty: Shards::OnlyUsed };
        let plan = sharding::plan(&facts);
        let file = PlanFile::new(&plan, &items, shards);
        (plan, file)
    }

    #[test]
    fn a_plan_is_written_in_one_way() {
        // The digest was computed with sha256sum.
        let (_, file) = plan_of(&[b"a", b"b\n\xff"], &[Some(3), None], 2);
        insta::assert_snapshot!(String::from_utf8(file.bytes()).unwrap(), @r#"{"algorithm":"lpt-1","bound":3,"items_sha256":"5fec6a81728a15c01a8c1b261c6fed22279082c574a2371a01e6bf6b6588a49b","requested":2,"shards":[{"index":0,"items":[{"known":true,"name":"a","weight":3}],"load":3},{"index":1,"items":[{"known":false,"name_hex":"620aff","weight":1}],"load":1}],"version":1,"weighing":"time"}"#);
    }

    #[test]
    fn a_plan_that_was_written_is_read_again() {
        for micros in [[Some(3), None, Some(1)], [None, None, None]] {
            let (plan, file) = plan_of(&[b"a", b"b\n\xff", b"c"], &micros, 2);
            let read = PlanFile::read(&file.bytes()).unwrap();
            assert_eq!(read.plan, plan);
            assert_eq!(read.digest, sha256(&file.bytes()));
        }
    }

    #[test]
    fn a_plan_without_items_is_a_plan() {
        let (plan, file) = plan_of(&[], &[], 2);
        assert_eq!(PlanFile::read(&file.bytes()).unwrap().plan, plan);
    }

    #[track_caller]
    fn check_edited(from: &str, to: &str, wanted: NotAPlan) {
        let (_, file) = plan_of(&[b"a", b"b"], &[Some(3), Some(2)], 2);
        let text = String::from_utf8(file.bytes()).unwrap();
        assert!(text.contains(from), "{text}");
        let edited = text.replacen(from, to, 1);
        assert_eq!(PlanFile::read(edited.as_bytes()).unwrap_err(), wanted);
    }

    #[test]
    fn a_plan_that_was_edited_is_refused() {
        check_edited(r#""version":1"#, r#""version":2"#, NotAPlan::Version(2));
        check_edited(r#""requested":2"#, r#""requested":1"#, NotAPlan::TooManyShards);
        check_edited(r#""requested":2"#, r#""requested":0"#, NotAPlan::TooManyShards);
        check_edited(r#""index":1"#, r#""index":0"#, NotAPlan::ShardOrder(0));
        check_edited(r#""name":"b""#, r#""name":"a""#, NotAPlan::Doubled(1));
        check_edited(r#""name":"b""#, r#""name":"c""#, NotAPlan::Items);
        check_edited(r#""name":"b""#, r#""name":"""#, NotAPlan::Name(1));
        check_edited(r#""name":"b""#, r#""name_hex":"6""#, NotAPlan::Name(1));
        check_edited(r#""weight":2"#, r#""weight":9"#, NotAPlan::Load(1));
        check_edited(r#"{"known":true,"name":"b","weight":2}"#, "", NotAPlan::Load(1));
    }

    #[test]
    fn a_plan_that_is_cut_off_is_refused_wherever_it_is_cut() {
        let (_, file) = plan_of(&[b"a", b"b"], &[Some(3), Some(2)], 2);
        let bytes = file.bytes();
        for end in 0..bytes.len() - 1 {
            assert!(PlanFile::read(&bytes[..end]).is_err(), "cut at {end}");
        }
    }
}
