//! Which model a device's name means, as `nvidia-smi`, `rocm-smi` or a person writes it.

use super::{Catalogue, Line, Meaning, Model};
use crate::Vendor;

/// NVML ends a device's name after 96 bytes; nothing longer is one.
const LONGEST: usize = 128;

/// What is said of a data-centre card besides its model: how it is plugged in and the kind of its memory.
const FORMS: &[&str] = &[
    "ac", "dgxs", "fhhl", "hbm2", "hbm2e", "hbm3", "hbm3e", "mba", "mcm", "nvl", "oam", "pcie",
    "sxm", "sxm2", "sxm3", "sxm4", "sxm5", "sxm6",
];

/// What a name means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identified<'a> {
    /// The model.
    pub model: &'a Model,
    /// The size that is written on the box in GB, if the name or the model leaves only one.
    pub memory_gb: Option<u32>,
}

/// Why nobody can say which model a name means.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unidentified {
    /// There is no name: the tool printed nothing, `N/A` or an error in brackets.
    #[error("the device has no name")]
    NotReported,
    /// No device is called so: it is too long, or holds something other than plain letters.
    #[error("this cannot be a device's name")]
    NotAName,
    /// The tool cut it off, as the table of `nvidia-smi` does.
    #[error("the name is cut off; `nvidia-smi -L` prints it in full")]
    CutOff {
        /// The models whose names begin so.
        could_be: Vec<String>,
    },
    /// The driver is older than the card and calls it `Graphics Device`.
    #[error("the driver does not know the card; a newer one does")]
    Placeholder,
    /// It is a part of a GPU that a hypervisor hands out.
    #[error("this is a virtual GPU")]
    Virtual,
    /// It is a part of a GPU, not a GPU.
    #[error("this is a MIG slice")]
    Slice,
    /// More than one model is called so.
    #[error("more than one model has this name")]
    Ambiguous {
        /// They.
        could_be: Vec<String>,
    },
    /// It is in no list.
    #[error("the model is not in the catalogue")]
    NotListed,
}

/// The words of a name: runs of letters and digits, in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    let text = text.to_ascii_lowercase().replace("(tm)", " ").replace("(r)", " ");
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// A name in the form of those in the catalogue, for a model that is not there: its words without those that
/// only say who makes it and for whom, such as `rtx-6090`.
pub fn plain_name(text: &str) -> String {
    const FOR_WHOM: [&str; 5] = ["geforce", "instinct", "quadro", "radeon", "tesla"];
    let words = words(text);
    let (_, rest) = split_vendor(&words);
    let more = rest.split_first().filter(|(first, _)| FOR_WHOM.contains(&first.as_str()));
    let rest = more.map(|(_, more)| more).filter(|more| !more.is_empty()).unwrap_or(rest);
    rest.join("-")
}

impl Catalogue {
    /// The model that a device's name means.
    ///
    /// # Errors
    ///
    /// Why it is not known; never a guess.
    pub fn identify(&self, name: &str) -> Result<Identified<'_>, Unidentified> {
        let name = name.trim();
        let is_error = name.starts_with('[') && name.ends_with(']');
        if name.is_empty() || is_error || name.eq_ignore_ascii_case("n/a") {
            return Err(Unidentified::NotReported);
        }
        // A letter of another alphabet must not end a word: `L4` and a Cyrillic `О` are not an `L4`.
        let is_plain =
            |letter: char| letter == ' ' || letter.is_ascii_graphic() || "®™…".contains(letter);
        if name.len() > LONGEST || !name.chars().all(is_plain) {
            return Err(Unidentified::NotAName);
        }
        let words = words(name);
        let (vendor, rest) = split_vendor(&words);
        if name.ends_with("...") || name.ends_with('…') {
            return Err(Unidentified::CutOff { could_be: self.beginning_with(rest) });
        }
        // The longest name decides: `H100 NVL` with 80 GB is no `H100` of 80 GB.
        let longest = (1..=rest.len()).rev().find_map(|length| {
            let (name, more) = rest.split_at_checked(length)?;
            Some((self.names.get(name)?, more))
        });
        let found = longest.and_then(|(meaning, more)| self.found(meaning, more));
        let found = found.unwrap_or_else(|| Err(why_not(rest)))?;
        if vendor.is_some_and(|vendor| vendor != found.model.vendor) {
            return Err(Unidentified::NotListed);
        }
        Ok(found)
    }

    /// What a name means if all words that follow it only describe the card.
    fn found(
        &self,
        meaning: &Meaning,
        more: &[String],
    ) -> Option<Result<Identified<'_>, Unidentified>> {
        let mut models = meaning.models.iter().filter_map(|name| self.model(name));
        let model = models.next()?;
        if models.next().is_some() {
            let could_be = meaning.models.iter().cloned().collect();
            return more.is_empty().then_some(Err(Unidentified::Ambiguous { could_be }));
        }
        let mut said = meaning.memory_gb;
        for word in more {
            if model.line == Line::DataCentre && FORMS.contains(&word.as_str()) {
                continue;
            }
            let gb = gigabytes(word)?;
            let is_sold = model.memory_gb.is_empty() || model.memory_gb.contains(&gb);
            if !is_sold || said.is_some_and(|said| said != gb) {
                return None;
            }
            said = Some(gb);
        }
        let only = match model.memory_gb.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        Some(Ok(Identified { model, memory_gb: said.or(only) }))
    }

    /// The models with a name that begins with these words, the last of which may be cut off too.
    fn beginning_with(&self, words: &[String]) -> Vec<String> {
        let Some((last, before)) = words.split_last() else { return Vec::new() };
        let begins = |name: &[String]| {
            let next = name.strip_prefix(before).and_then(<[String]>::first);
            next.is_some_and(|next| next.starts_with(last.as_str()))
        };
        let names = self.names.iter().filter(|(name, _)| begins(name));
        let mut models: Vec<String> =
            names.flat_map(|(_, meaning)| meaning.models.iter().cloned()).collect();
        models.sort();
        models.dedup();
        models
    }
}

/// The maker that a name begins with, and the rest of it.
fn split_vendor(words: &[String]) -> (Option<Vendor>, &[String]) {
    match words.split_first() {
        Some((first, rest)) if first == "nvidia" => (Some(Vendor::Nvidia), rest),
        Some((first, rest)) if first == "amd" => (Some(Vendor::Amd), rest),
        _ => (None, words),
    }
}

/// `80gb` or `80g`.
fn gigabytes(word: &str) -> Option<u32> {
    let number = word.strip_suffix("gb").or_else(|| word.strip_suffix('g'))?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|gb| is_number && *gb > 0)
}

/// Why a name that is in no list is in none.
fn why_not(words: &[String]) -> Unidentified {
    // The profiles of virtual GPUs end in the licence that they need: `10c`, `48q`, `5cme`.
    let is_profile = |word: &String| {
        let word = word.strip_suffix("me").unwrap_or(word);
        let number = word.strip_suffix(['a', 'b', 'c', 'q']).unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    if has("mig") {
        Unidentified::Slice
    } else if has("graphics") && has("device") {
        Unidentified::Placeholder
    } else if has("grid") || has("vgpu") || words.iter().any(is_profile) {
        Unidentified::Virtual
    } else {
        Unidentified::NotListed
    }
}
