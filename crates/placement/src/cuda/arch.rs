//! Which GPUs the code in a program runs on.
//!
//! Sources: NVIDIA, CUDA Programming Guide, "Binary Compatibility" and "PTX Compatibility" (machine code runs
//! on the same major version from its own minor version on, on desktop and server GPUs only; PTX on every
//! later one), and "NVIDIA Blackwell and NVIDIA CUDA 12.9 Introduce Family-Specific Architecture Features"
//! (`a` on its own version only, `f` within its family).

use std::fmt;
use std::str::FromStr;

use super::toolkits::{self, Seat};
use crate::Capability;

/// What code is: for the GPU, or for the driver to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// `sm_89`: machine code.
    Binary,
    /// `compute_89`: PTX, which the driver compiles when the program starts.
    Ptx,
}

/// How far code reaches from the version that it was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// To later ones.
    Onwards,
    /// `f`: to later ones of its family.
    Family,
    /// `a`: to none.
    Exact,
}

/// What one piece of code in a program was made for: `sm_89`, `90a`, `compute_80`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arch {
    /// The version that it was made for.
    pub capability: Capability,
    /// What it is.
    pub form: Form,
    /// How far it reaches.
    pub reach: Reach,
}

/// Whether code runs on a GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Runs {
    /// As it is.
    AsItIs,
    /// After the driver compiled it.
    Compiled,
    /// It does not.
    No,
    /// Nobody promised it, and nobody denied it.
    NotPromised,
}

/// A text that is no architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no architecture such as `89`, `sm_90a` or `compute_80`")]
pub struct NotAnArch;

impl FromStr for Arch {
    type Err = NotAnArch;

    /// Reads `89` and `sm_89`, which are machine code, and `compute_89`; each with `a` or `f` behind it.
    fn from_str(text: &str) -> Result<Self, NotAnArch> {
        let (form, rest) = match text.strip_prefix("compute_") {
            Some(rest) => (Form::Ptx, rest),
            None => (Form::Binary, text.strip_prefix("sm_").unwrap_or(text)),
        };
        let (reach, digits) = if let Some(digits) = rest.strip_suffix('a') {
            (Reach::Exact, digits)
        } else if let Some(digits) = rest.strip_suffix('f') {
            (Reach::Family, digits)
        } else {
            (Reach::Onwards, rest)
        };
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number || !(2..=3).contains(&digits.len()) || digits.starts_with('0') {
            return Err(NotAnArch);
        }
        let number: u16 = digits.parse().map_err(|_| NotAnArch)?;
        Ok(Self { capability: capability(number).ok_or(NotAnArch)?, form, reach })
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.form {
            Form::Binary => "sm_",
            Form::Ptx => "compute_",
        })?;
        write!(f, "{}{}", self.capability.major, self.capability.minor)?;
        f.write_str(match self.reach {
            Reach::Onwards => "",
            Reach::Family => "f",
            Reach::Exact => "a",
        })
    }
}

/// The capability that a number such as 89 or 120 means.
pub(super) fn capability(number: u16) -> Option<Capability> {
    let major = u8::try_from(number / 10).ok()?;
    let minor = u8::try_from(number % 10).ok()?;
    Some(Capability::new(major, minor))
}

fn seat(capability: Capability) -> Option<Seat> {
    toolkits::known().seat(capability)
}

/// Whether this is the GPU of a Jetson.
pub(super) fn is_tegra(capability: Capability) -> bool {
    seat(capability) == Some(Seat::Board)
}

/// Thor under the name that CUDA 13 gave it.
fn renamed(capability: Capability) -> Capability {
    const OLD: Capability = Capability::new(10, 1);
    if capability == OLD { Capability::new(11, 0) } else { capability }
}

impl Arch {
    /// Whether this code runs on a GPU of this capability.
    pub fn runs_on(self, gpu: Capability) -> Runs {
        let runs = match self.form {
            Form::Binary => Runs::AsItIs,
            Form::Ptx => Runs::Compiled,
        };
        let own = self.capability;
        if own == gpu {
            return runs;
        }
        // The same chip under its two names: nobody says that a file made for one loads under the other.
        if renamed(own) == renamed(gpu) {
            return if self.form == Form::Ptx && self.reach == Reach::Onwards && own < gpu {
                runs
            } else {
                Runs::NotPromised
            };
        }
        let is_later = own.major == gpu.major && own.minor < gpu.minor;
        match (self.reach, self.form) {
            (Reach::Onwards, Form::Ptx) if own < gpu => runs,
            (Reach::Exact, Form::Binary | Form::Ptx) | (Reach::Onwards, Form::Ptx) => Runs::No,
            (Reach::Onwards, Form::Binary) | (Reach::Family, Form::Binary | Form::Ptx) => {
                match (is_later, seat(own), seat(gpu)) {
                    (true, Some(Seat::Card), Some(Seat::Card)) => runs,
                    (false, ..) | (true, Some(Seat::Board), _) | (true, _, Some(Seat::Board)) => {
                        Runs::No
                    }
                    (true, Some(Seat::Card) | None, Some(Seat::Card) | None) => Runs::NotPromised,
                }
            }
        }
    }
}
