//! What AMD's programs say: `amd-smi`, and `rocm-smi` before it, whose names for things changed.
//!
//! `rocm-smi` calls a GPU `card0`, and has a `system` beside them that is none. Its product names are those of
//! the list of PCI devices, with the model in brackets behind the chip's, or only a number. What is printed
//! as JSON may have warnings before it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::ask::{AMD_MODULE, AMD_SMI, Answer, Ask, Came, ROCM_SMI, came, text};
use super::trouble::{Kind, Trouble, of_amd};
use super::{Fact, Found, MOST_GPUS, Note, kept, nvidia};
use crate::catalogue::{self, Identified, Unidentified};
use crate::{Gpu, Mig, Sharing, Vendor};

/// What one program says of a GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Card {
    /// What may be its product's name, the best first.
    names: Vec<String>,
    gfx: Option<String>,
    memory_mib: Option<u32>,
    /// Its number, which is its own.
    unique: Option<u64>,
    /// Where it is on the bus.
    bus: Option<String>,
    /// Into what it is divided.
    partition: Option<String>,
}

/// `first` is the place of AMD's first GPU among all of the machine's.
pub(super) fn read(answers: &[Answer], first: usize, notes: &mut Vec<Note>) -> Found {
    let newer = cards(answers, &Ask::amd_smi(), AMD_SMI, of_amd_smi);
    let older = cards(answers, &Ask::rocm_smi(), ROCM_SMI, of_rocm_smi)
        .map(|cards| cards.map(|cards| with_partitions(cards, answers)));
    let cards = match (newer, older) {
        (Ok(Some(newer)), Ok(Some(older))) => match merged(newer, &older) {
            Some(cards) => cards,
            None => return trouble(AMD_SMI, Kind::Contradictory),
        },
        (Ok(Some(cards)), Ok(None)) | (Ok(None), Ok(Some(cards))) => cards,
        (Ok(Some(cards)), Err(trouble)) | (Err(trouble), Ok(Some(cards))) => {
            notes.push(Note::Failed(trouble));
            cards
        }
        (Ok(None), Ok(None)) => {
            let is_loaded = text(answers, &Ask::Read(AMD_MODULE)).is_some();
            return if is_loaded { trouble(AMD_SMI, Kind::ProgramMissing) } else { Found::None };
        }
        (Err(trouble), other) | (other, Err(trouble)) => {
            // Without the kernel's part of the driver there is nothing that its programs could say.
            let is_settled = came(answers, &Ask::Read(AMD_MODULE)) == Some(&Came::Absent);
            if is_settled {
                notes.push(Note::Failed(trouble.clone()));
            }
            notes.extend(other.err().map(Note::Failed));
            return if is_settled { Found::None } else { Found::Trouble(trouble) };
        }
    };
    if cards.is_empty() {
        return Found::None;
    }
    let places = first..;
    Found::Gpus(places.zip(cards).map(|(place, card)| card.gpu(place, notes)).collect())
}

fn trouble(program: &'static str, kind: Kind) -> Found {
    Found::Trouble(Trouble { program, kind, said: None })
}

/// What a program lists; nothing if it is not there.
fn cards(
    answers: &[Answer],
    ask: &Ask,
    program: &'static str,
    read: fn(&Value) -> Option<Vec<Card>>,
) -> Result<Option<Vec<Card>>, Trouble> {
    let Some(came) = came(answers, ask) else {
        return Err(Trouble { program, kind: Kind::TimedOut, said: None });
    };
    let stdout = match came {
        Came::Absent => return Ok(None),
        Came::Said { stdout, .. } => String::from_utf8_lossy(stdout),
        Came::TimedOut | Came::TooMuch | Came::CannotStart(_) => String::default().into(),
    };
    let lower = stdout.to_ascii_lowercase();
    if lower.contains("no amd gpus") || lower.contains("no json data to report") {
        return Ok(Some(Vec::new()));
    }
    if let Some(trouble) = of_amd(came, program) {
        return Err(trouble);
    }
    let unreadable = || Trouble { program, kind: Kind::Unreadable, said: kept(&stdout) };
    let cards = read(&json(&stdout, program)?).ok_or_else(unreadable)?;
    if cards.len() > MOST_GPUS { Err(unreadable()) } else { Ok(Some(cards)) }
}

/// The document in a text that may have other lines before it.
pub(super) fn json(text: &str, program: &'static str) -> Result<Value, Trouble> {
    let begins = |line: &str| line.trim_start().starts_with(['{', '[']);
    let mut rest = text;
    while let Some((_, more)) = rest.split_once('\n').filter(|(line, _)| !begins(line)) {
        rest = more;
    }
    let mut documents = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
    let unreadable = || Trouble { program, kind: Kind::Unreadable, said: kept(text) };
    documents.next().and_then(Result::ok).ok_or_else(unreadable)
}

/// The cards of `rocm-smi`, by their numbers.
fn of_rocm_smi(document: &Value) -> Option<Vec<Card>> {
    let cards = numbered(document)?;
    Some(
        cards
            .into_values()
            .map(|values| {
                // A name that begins with `0x` is a number that nobody looked up.
                let keys = ["card series", "device name", "card model", "market name"];
                let bytes =
                    get(&values, "vram total memory (b)").and_then(|text| text.parse::<u64>().ok());
                let mib = bytes.and_then(|bytes| u32::try_from(bytes >> 20).ok());
                Card {
                    names: keys
                        .iter()
                        .filter_map(|key| get(&values, key))
                        .filter(|it| is_name(it))
                        .collect(),
                    gfx: get(&values, "gfx version").and_then(|text| gfx(&text)),
                    memory_mib: mib.filter(|mib| *mib > 0),
                    unique: get(&values, "unique id").and_then(|text| unique(&text)),
                    bus: get(&values, "pci bus").map(|text| text.to_ascii_lowercase()),
                    partition: None,
                }
            })
            .collect(),
    )
}

/// What stands below `card0`, `card1` and so on, with the names of the values in lower case.
fn numbered(document: &Value) -> Option<BTreeMap<u32, Map<String, Value>>> {
    let mut cards = BTreeMap::new();
    for (name, values) in document.as_object()? {
        let Some(number) = name.strip_prefix("card") else { continue };
        let lower = |(name, value): (&String, &Value)| (name.to_ascii_lowercase(), value.clone());
        let values = values.as_object()?.iter().map(lower).collect();
        if cards.insert(number.parse().ok()?, values).is_some() {
            return None;
        }
    }
    Some(cards)
}

/// Adds into what the cards are divided, if that is said of as many.
fn with_partitions(mut cards: Vec<Card>, answers: &[Answer]) -> Vec<Card> {
    let said = text(answers, &Ask::rocm_smi_partitions())
        .and_then(|text| numbered(&json(&text, ROCM_SMI).ok()?));
    if let Some(said) = said.filter(|said| said.len() == cards.len()) {
        for (card, values) in cards.iter_mut().zip(said.into_values()) {
            card.partition = get(&values, "compute partition");
        }
    }
    cards
}

/// The GPUs of `amd-smi static`: a list, since `ROCm` 7 below `gpu_data`.
fn of_amd_smi(document: &Value) -> Option<Vec<Card>> {
    let list = document.get("gpu_data").unwrap_or(document).as_array()?;
    let mut cards = BTreeMap::new();
    for gpu in list {
        let number = gpu.get("gpu")?.as_u64()?;
        let within = |room: &str, key: &str| {
            let text = gpu.get(room)?.get(key)?.as_str()?;
            Some(text.to_owned()).filter(|text| !text.eq_ignore_ascii_case("n/a"))
        };
        let size = gpu.get("vram").and_then(|vram| megabytes(vram.get("size")?));
        let old_size = gpu.get("vram").and_then(|vram| vram.get("size_mb")?.as_u64());
        let mib = size.or(old_size).and_then(|mib| u32::try_from(mib).ok());
        let partition = within("partition", "accelerator_partition")
            .or_else(|| within("partition", "compute_partition"));
        let card = Card {
            names: within("asic", "market_name").into_iter().filter(|name| is_name(name)).collect(),
            gfx: within("asic", "target_graphics_version").and_then(|text| gfx(&text)),
            memory_mib: mib.filter(|mib| *mib > 0),
            unique: within("asic", "asic_serial").and_then(|text| unique(&text)),
            bus: within("bus", "bdf").map(|text| text.to_ascii_lowercase()),
            partition,
        };
        if cards.insert(number, card).is_some() {
            return None;
        }
    }
    Some(cards.into_values().collect())
}

/// `{"value": 196592, "unit": "MB"}`, which are MiB.
fn megabytes(size: &Value) -> Option<u64> {
    let unit = size.get("unit")?.as_str()?;
    size.get("value")?.as_u64().filter(|_| unit == "MB")
}

fn get(values: &Map<String, Value>, key: &str) -> Option<String> {
    let text = values.get(key)?.as_str()?.trim();
    let is_said = !text.is_empty() && !text.eq_ignore_ascii_case("n/a");
    is_said.then(|| text.to_owned())
}

fn is_name(text: &str) -> bool {
    !text.starts_with("0x")
}

/// An architecture, if the text is one.
fn gfx(text: &str) -> Option<String> {
    let number = text.strip_prefix("gfx")?;
    let is_plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_one = (3..=8).contains(&number.len()) && number.bytes().all(is_plain);
    is_one.then(|| text.to_owned())
}

/// `0x2150e7d042a1124`; zero is what a card says that has no number.
fn unique(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u64::from_str_radix(digits, 16).ok().filter(|number| is_number && *number > 0)
}

/// What both programs say together, in the order of the older one, which is that of the driver; nothing if
/// they see different cards.
fn merged(newer: Vec<Card>, older: &[Card]) -> Option<Vec<Card>> {
    if newer.len() != older.len() {
        return None;
    }
    let on_bus: BTreeMap<String, &Card> =
        newer.iter().filter_map(|card| Some((card.bus.clone()?, card))).collect();
    let has_places = on_bus.len() == newer.len() && older.iter().all(|card| card.bus.is_some());
    if !has_places {
        return Some(newer);
    }
    let same = |older: &Card| Some(older.with(on_bus.get(older.bus.as_ref()?)?));
    older.iter().map(same).collect()
}

impl Card {
    /// What both say; what they do not agree on is said by none.
    fn with(&self, other: &Self) -> Self {
        fn agreed<T: Clone + PartialEq>(ours: Option<&T>, its: Option<&T>) -> Option<T> {
            match (ours, its) {
                (Some(ours), Some(its)) => (ours == its).then(|| ours.clone()),
                (ours, its) => ours.or(its).cloned(),
            }
        }
        Self {
            names: [other.names.clone(), self.names.clone()].concat(),
            gfx: agreed(self.gfx.as_ref(), other.gfx.as_ref()),
            memory_mib: agreed(self.memory_mib.as_ref(), other.memory_mib.as_ref()),
            unique: agreed(self.unique.as_ref(), other.unique.as_ref()),
            bus: self.bus.clone(),
            partition: agreed(self.partition.as_ref(), other.partition.as_ref()),
        }
    }

    fn gpu(self, place: usize, notes: &mut Vec<Note>) -> Gpu {
        let identified = self.identified(place, notes);
        let (identified, gfx) = self.architecture(identified, place, notes);
        let mig = self.whole(gfx.as_deref());
        if mig.is_none() {
            notes.push(Note::SlicesNotKnown { place });
        }
        // A virtual function may be a whole GPU or a part of one, and nothing here says which.
        let is_virtual = self.names.iter().any(|name| name.split_whitespace().any(|it| it == "VF"));
        let is_known = mig.is_some() && !is_virtual;
        Gpu {
            vendor: Vendor::Amd,
            model: identified.map(|found| found.model.name.clone()),
            memory: nvidia::memory(place, self.memory_mib, identified, notes),
            capability: None,
            gfx,
            mig,
            sharing: is_known.then_some(Sharing::Exclusive),
            // As ROCm's runtime names it for `ROCR_VISIBLE_DEVICES`: 16 digits.
            uuid: self.unique.map(|number| format!("GPU-{number:016x}")),
        }
    }

    /// The model that all names mean which mean one.
    fn identified(&self, place: usize, notes: &mut Vec<Note>) -> Option<Identified<'static>> {
        let mut found: BTreeMap<&str, Identified<'static>> = BTreeMap::new();
        let mut why = Unidentified::NotReported;
        for name in &self.names {
            // The chip's name, and the card's in brackets.
            let bracketed = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
            match catalogue::known().identify(bracketed.map_or(name, |(_, card)| card)) {
                Ok(it) if it.model.vendor == Vendor::Amd => {
                    let same = found.entry(&it.model.name).or_insert(it);
                    same.memory_gb = same.memory_gb.or(it.memory_gb);
                }
                Ok(_) => why = Unidentified::NotListed,
                Err(reason) => why = reason,
            }
        }
        if found.len() > 1 {
            let values = found.keys().map(|name| (*name).to_owned()).collect();
            let (fact, place) = (Fact::Model, Some(place));
            notes.push(Note::Contradiction { fact, place, values });
            return None;
        }
        let found = found.into_values().next();
        if found.is_none() {
            let name = self.names.first().and_then(|name| kept(name)).unwrap_or_default();
            notes.push(Note::NotIdentified { place, name, why });
        }
        found
    }

    /// The architecture, and the model if that does not have another one.
    fn architecture<'a>(
        &self,
        identified: Option<Identified<'a>>,
        place: usize,
        notes: &mut Vec<Note>,
    ) -> (Option<Identified<'a>>, Option<String>) {
        let of_model = identified.and_then(|found| found.model.gfx.clone());
        match (self.gfx.clone(), of_model) {
            (Some(said), Some(known)) if said != known => {
                let (fact, values) = (Fact::Gfx, [said, known].into());
                notes.push(Note::Contradiction { fact, place: Some(place), values });
                (None, None)
            }
            (said, known) => (identified, said.or(known)),
        }
    }

    /// Whether it is used whole, if that is known. Only the MI300 and what came after it can be divided.
    fn whole(&self, gfx: Option<&str>) -> Option<Mig> {
        let is_whole = match &self.partition {
            Some(partition) => partition.eq_ignore_ascii_case("spx"),
            None => gfx.is_some_and(|gfx| !gfx.starts_with("gfx94") && !gfx.starts_with("gfx95")),
        };
        is_whole.then_some(Mig::Whole)
    }
}
