//! The names of MIG profiles, and the sizes that they promise.
//!
//! Source: NVIDIA, MIG User Guide, "MIG device names": `[Nc.]Ng.Mgb[+me|+me.all|-me|+gfx]`.

use std::fmt;
use std::str::FromStr;

/// Which engines for video and graphics a slice has besides computing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Engines {
    /// Those that its share brings.
    #[default]
    Share,
    /// `+me`: also media engines.
    Media,
    /// `+me.all`: all media engines of the GPU.
    AllMedia,
    /// `-me`: no media engines.
    NoMedia,
    /// `+gfx`: also graphics.
    Graphics,
}

impl Engines {
    const ALL: [(Self, &str); 4] = [
        (Self::Media, "+me"),
        (Self::AllMedia, "+me.all"),
        (Self::NoMedia, "-me"),
        (Self::Graphics, "+gfx"),
    ];
}

/// A profile of MIG, such as `1g.10gb`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Profile {
    /// How many slices of the GPU's processors the instance has.
    pub slices: u8,
    /// The memory that its name promises, in GB.
    pub memory_gb: u32,
    /// Its engines besides computing.
    pub engines: Engines,
    /// How many of its slices a compute instance in it has, which shares its memory with the others.
    pub compute: Option<u8>,
}

impl Profile {
    /// The GPU instance that this one is a variant of.
    #[must_use]
    pub fn without_suffix(self) -> Self {
        Self { engines: Engines::Share, compute: None, ..self }
    }

    /// Whether its memory is also that of other slices.
    #[must_use]
    pub fn shares_memory(self) -> bool {
        self.compute.is_some()
    }
}

/// A text that is no profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no MIG profile such as `1g.10gb` or `1g.10gb+me`")]
pub struct NotAProfile;

impl FromStr for Profile {
    type Err = NotAProfile;

    fn from_str(text: &str) -> Result<Self, NotAProfile> {
        let (before, after) = text.split_once("gb").ok_or(NotAProfile)?;
        let engines = if after.is_empty() {
            Engines::Share
        } else {
            let known = Engines::ALL.iter().find(|(_, suffix)| *suffix == after);
            known.ok_or(NotAProfile)?.0
        };
        let (slices, memory) = before.rsplit_once("g.").ok_or(NotAProfile)?;
        let (compute, slices) = match slices.split_once("c.") {
            Some((compute, slices)) => (Some(number(compute)?), number(slices)?),
            None => (None, number(slices)?),
        };
        if compute.is_some_and(|compute| compute > slices) {
            return Err(NotAProfile);
        }
        Ok(Self { slices, memory_gb: number(memory)?, engines, compute })
    }
}

/// A number as profiles have it: digits, and not zero.
fn number<T: FromStr>(text: &str) -> Result<T, NotAProfile> {
    if text.starts_with('0') || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotAProfile);
    }
    text.parse().map_err(|_| NotAProfile)
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(compute) = self.compute {
            write!(f, "{compute}c.")?;
        }
        write!(f, "{}g.{}gb", self.slices, self.memory_gb)?;
        let suffix = Engines::ALL.iter().find(|(engines, _)| *engines == self.engines);
        f.write_str(suffix.map_or("", |(_, suffix)| suffix))
    }
}

/// The memory in GB in the name of a slice, from what the slice and its whole GPU report: the memory of a
/// GPU is divided into eighths, and the name has as many eighths of its size in whole GiB, rounded.
/// `None` if the two cannot belong together.
pub fn slice_gb(slice_mib: u32, card_mib: u32) -> Option<u32> {
    let (slice, card) = (u64::from(slice_mib), u64::from(card_mib));
    if slice == 0 || slice > card {
        return None;
    }
    let eighths = (slice * 16 + card) / (card * 2);
    let whole_gb = card.div_ceil(1024);
    u32::try_from((eighths * whole_gb + 4) / 8).ok().filter(|gb| *gb > 0)
}
