//! The plan file, version 2: what the job that plans hands to the jobs that run.
//!
//! Canonical JSON: keys in alphabetical order, integers only, one line break at the end, so that
//! the same plan is the same bytes. A name that is not UTF-8 is written as `name_hex`. Reading
//! checks everything that a shard relies on: a plan that was cut off or contradicts itself is refused.
//! Whether it is the plan of this run, only its digest tells.

use std::collections::BTreeSet;

use ecosystems::Framework;
use repo_model::{from_hexadecimal, hexadecimal};
use serde::{Deserialize, Serialize};
use sharding::{
    Bound, BoundKind, Guess, ItemId, Items, LastPlan, Plan, ShardCount, Weighing, Weight,
    lower_bound,
};

use super::{Shape, bytes_of, sha256};

/// The version of this document's shape. Another shape is another number.
const VERSION: u32 = 2;

/// The version of the way items are shared out. Another assignment for the same facts is another
/// name.
const ALGORITHM: &str = "pack-2";

/// A plan, as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    algorithm: String,
    /// What no plan can beat: microseconds, or tests.
    bound: u64,
    /// Why.
    bound_by: BoundEntry,
    /// The test tool whose filter each shard needs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    framework: Option<String>,
    /// The number of the first shard in the matrix.
    indexing: u16,
    /// The SHA-256 over all items, from [`Items::digest`].
    items_sha256: String,
    /// Whether no plan with as many shards finishes earlier.
    proven: bool,
    /// The most shards that were asked for.
    requested: u16,
    shards: Vec<ShardEntry>,
    /// The SHA-256 over all times, from [`sharding::Timings::digest`].
    timings_sha256: String,
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum BoundEntry {
    EvenShare,
    LongestItem,
    /// Of shards that must run so many items.
    Together(usize, usize),
    Overhead,
    Search,
}

/// Where a weight comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Source {
    Report,
    Holder,
    Group,
    Suite,
    Given,
    Parts,
    Count,
}

/// One shard of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardEntry {
    index: u16,
    items: Vec<ItemEntry>,
    load: u64,
    overhead: u64,
}

/// One item of a shard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemEntry {
    from: Source,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name_hex: Option<String>,
    weight: u64,
}

/// What a plan file says besides the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanFacts {
    /// The test tool, if it is known.
    pub framework: Option<Framework>,
    /// The number of the first shard in the matrix: 0 or 1.
    pub indexing: u16,
    /// The most shards that were asked for.
    pub requested: ShardCount,
    /// The SHA-256 over the times.
    pub timings_sha256: String,
}

/// Why a plan file cannot be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAPlan {
    /// It is not JSON of this shape.
    #[error("not a plan file: another shape, or cut off")]
    Shape(Shape),
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
    /// The bound is above the plan, or below what its items show.
    #[error("the bound is not one of this plan")]
    Bound,
    /// A test tool that this version does not know.
    #[error("a test tool that this version does not know")]
    Framework,
    /// Shards are numbered from another number than 0 or 1.
    #[error("shards that are numbered neither from 0 nor from 1")]
    Indexing,
}

/// A plan that was read and checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadPlan {
    /// The plan.
    pub plan: Plan,
    /// What the file says besides.
    pub facts: PlanFacts,
    /// The SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// The document itself.
    pub file: PlanFile,
}

/// Where one item is, as `explain --item` says it with `--format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation<'a> {
    /// The item as the plan has it.
    #[serde(flatten)]
    item: &'a ItemEntry,
    /// The index of its shard.
    shard: usize,
    /// How many items of its shard are heavier; of equal ones, first by name.
    heavier_before: usize,
    /// What its shard has to do in all: microseconds, or tests.
    load: u64,
}

impl PlanFile {
    /// The document of a plan.
    pub fn new(plan: &Plan, facts: &PlanFacts) -> Self {
        let shards = plan.shards.iter().zip(0..).map(|(shard, index)| ShardEntry {
            index,
            items: shard.items.iter().map(ItemEntry::of).collect(),
            load: shard.load,
            overhead: shard.overhead,
        });
        let ids = plan.placed().map(|placed| placed.id.clone());
        Self {
            algorithm: ALGORITHM.to_owned(),
            bound: plan.bound.value,
            bound_by: BoundEntry::of(plan.bound.kind),
            framework: facts.framework.map(|framework| framework.name().to_owned()),
            indexing: facts.indexing,
            items_sha256: Items::new(ids.collect()).digest(),
            proven: plan.is_proven(),
            requested: facts.requested.get(),
            shards: shards.collect(),
            timings_sha256: facts.timings_sha256.clone(),
            version: VERSION,
            weighing: match plan.weighing {
                Weighing::Time => WeighingEntry::Time,
                Weighing::Count => WeighingEntry::Count,
            },
        }
    }

    /// The document's bytes.
    pub fn bytes(&self) -> Vec<u8> {
        bytes_of(self)
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
        let (plan, facts) = (file.checked()?, file.facts()?);
        Ok(ReadPlan { plan, facts, digest: sha256(bytes), file })
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

    /// The number of the first shard in the matrix.
    pub fn indexing(&self) -> u16 {
        self.indexing
    }

    /// One shard's part of the document; nothing if there is no such shard.
    pub fn shard(&self, index: usize) -> Option<&ShardEntry> {
        self.shards.get(index)
    }

    /// What the document says of the item at `rank` of shard `index`; nothing if there is none.
    pub fn explain(&self, index: usize, rank: usize) -> Option<Explanation<'_>> {
        let shard = self.shards.get(index)?;
        let item = shard.items.get(rank)?;
        Some(Explanation { item, shard: index, heavier_before: rank, load: shard.load })
    }

    fn facts(&self) -> Result<PlanFacts, NotAPlan> {
        let named = |name: &String| Framework::ALL.iter().find(|own| own.name() == name).copied();
        let framework = match &self.framework {
            Some(name) => Some(named(name).ok_or(NotAPlan::Framework)?),
            None => None,
        };
        let requested = ShardCount::new(self.requested.into());
        let requested = requested.map_err(|_| NotAPlan::TooManyShards)?;
        if self.indexing > 1 {
            return Err(NotAPlan::Indexing);
        }
        let timings_sha256 = self.timings_sha256.clone();
        Ok(PlanFacts { framework, indexing: self.indexing, requested, timings_sha256 })
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
        let least = ShardCount::new(count.max(1)).map_err(|_| NotAPlan::TooManyShards)?;
        let least = lower_bound(&weights, least).value;
        let bound = Bound { value: self.bound, kind: self.bound_by.kind() };
        let plan = Plan { shards, weighing, bound };
        let is_bound = count == 0 || (least..=plan.makespan()).contains(&bound.value);
        if is_bound && plan.is_proven() == self.proven { Ok(plan) } else { Err(NotAPlan::Bound) }
    }
}

impl BoundEntry {
    fn of(kind: BoundKind) -> Self {
        match kind {
            BoundKind::EvenShare => Self::EvenShare,
            BoundKind::LongestItem => Self::LongestItem,
            BoundKind::Together { shards, items } => Self::Together(shards, items),
            BoundKind::Overhead => Self::Overhead,
            BoundKind::Search => Self::Search,
        }
    }

    fn kind(self) -> BoundKind {
        match self {
            Self::EvenShare => BoundKind::EvenShare,
            Self::LongestItem => BoundKind::LongestItem,
            Self::Together(shards, items) => BoundKind::Together { shards, items },
            Self::Overhead => BoundKind::Overhead,
            Self::Search => BoundKind::Search,
        }
    }
}

impl ReadPlan {
    /// Where this plan had each item.
    pub fn last_plan(&self) -> LastPlan {
        let shards = self.plan.shards.iter().zip(0_u16..);
        LastPlan::new(shards.flat_map(|(shard, index)| {
            shard.items.iter().map(move |placed| (placed.id.clone(), index))
        }))
    }
}

/// The one thing that every version says.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl ShardEntry {
    fn checked(&self, weighing: Weighing) -> Result<sharding::Shard, NotAPlan> {
        let (overhead, load) = (self.overhead, self.overhead);
        let mut shard = sharding::Shard { items: Vec::new(), overhead, load };
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
        let (from, weight) = (Source::of(placed.weight), placed.weight.value());
        Self { from, name: text, name_hex: hex, weight }
    }

    fn id(&self) -> Option<ItemId> {
        match (&self.name, &self.name_hex) {
            (Some(name), None) => ItemId::new(name.as_bytes()),
            (None, Some(digits)) => ItemId::new(from_hexadecimal(digits)?),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }

    fn weight(&self, weighing: Weighing) -> Weight {
        match (weighing, self.from) {
            (Weighing::Count, _) => Weight::Counted(self.weight),
            (Weighing::Time, Source::Report) => Weight::Known(self.weight),
            (Weighing::Time, from) => Weight::Guessed(self.weight, from.guess()),
        }
    }
}

impl Source {
    fn of(weight: Weight) -> Self {
        match weight {
            Weight::Known(_) => Self::Report,
            Weight::Counted(_) => Self::Count,
            Weight::Guessed(_, guess) => match guess {
                Guess::Holder => Self::Holder,
                Guess::Group => Self::Group,
                Guess::Suite => Self::Suite,
                Guess::Given => Self::Given,
                Guess::Parts => Self::Parts,
            },
        }
    }

    fn guess(self) -> Guess {
        match self {
            Self::Holder => Guess::Holder,
            Self::Group => Guess::Group,
            Self::Given => Guess::Given,
            Self::Parts => Guess::Parts,
            Self::Suite | Self::Count | Self::Report => Guess::Suite,
        }
    }
}

fn shape(error: &serde_json::Error) -> NotAPlan {
    NotAPlan::Shape(Shape::of(error))
}

#[cfg(test)]
mod tests {
    use sharding::{Facts, Suite, Timings, Wanted};

    use super::*;

    fn plan_of(names: &[&[u8]], micros: &[Option<u64>], shards: u64) -> (Plan, PlanFile) {
        let items = Items::new(names.iter().map(|name| ItemId::new(*name).unwrap()).collect());
        let timings = Timings::from_micros(micros.to_vec());
        let requested = ShardCount::new(shards).unwrap();
        let timings_sha256 = timings.digest(&items);
        let suite = Suite::flat(items);
        let facts = Facts::new(&suite, &timings, Wanted::Exactly(requested));
        let plan = sharding::plan(&facts).unwrap().plan;
        let framework = Some(Framework::Pytest);
        let facts = PlanFacts { framework, indexing: 1, requested, timings_sha256 };
        let file = PlanFile::new(&plan, &facts);
        (plan, file)
    }

    #[test]
    fn a_plan_is_written_in_one_way() {
        // The digest was computed with sha256sum.
        let (_, file) = plan_of(&[b"a", b"b\n\xff"], &[Some(3), None], 2);
        insta::assert_snapshot!(String::from_utf8(file.bytes()).unwrap(), @r#"{"algorithm":"pack-2","bound":3,"bound_by":"longest-item","framework":"pytest","indexing":1,"items_sha256":"5fec6a81728a15c01a8c1b261c6fed22279082c574a2371a01e6bf6b6588a49b","proven":true,"requested":2,"shards":[{"index":0,"items":[{"from":"report","name":"a","weight":3}],"load":3,"overhead":0},{"index":1,"items":[{"from":"suite","name_hex":"620aff","weight":1}],"load":1,"overhead":0}],"timings_sha256":"7cb286ca7c6e7569debe53142f3ab423466523a63148bf8fde40e5cc4474749d","version":2,"weighing":"time"}"#);
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
        check_edited(r#""version":2"#, r#""version":3"#, NotAPlan::Version(3));
        check_edited(r#""requested":2"#, r#""requested":1"#, NotAPlan::TooManyShards);
        check_edited(r#""requested":2"#, r#""requested":0"#, NotAPlan::TooManyShards);
        check_edited(r#""index":1"#, r#""index":0"#, NotAPlan::ShardOrder(0));
        check_edited(r#""name":"b""#, r#""name":"a""#, NotAPlan::Doubled(1));
        check_edited(r#""name":"b""#, r#""name":"c""#, NotAPlan::Items);
        check_edited(r#""name":"b""#, r#""name":"""#, NotAPlan::Name(1));
        check_edited(r#""name":"b""#, r#""name_hex":"6""#, NotAPlan::Name(1));
        check_edited(r#""weight":2"#, r#""weight":9"#, NotAPlan::Load(1));
        check_edited(r#"{"from":"report","name":"b","weight":2}"#, "", NotAPlan::Load(1));
        check_edited(r#""overhead":0"#, r#""overhead":1"#, NotAPlan::Load(0));
        check_edited(r#""bound":3"#, r#""bound":4"#, NotAPlan::Bound);
        check_edited(r#""bound":3"#, r#""bound":2"#, NotAPlan::Bound);
        check_edited(r#""proven":true"#, r#""proven":false"#, NotAPlan::Bound);
        check_edited(r#""pytest""#, r#""rspec""#, NotAPlan::Framework);
        check_edited(r#""indexing":1"#, r#""indexing":2"#, NotAPlan::Indexing);
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
