//! What a container image asks of its host: `NVIDIA_REQUIRE_CUDA`, which is checked before anything runs.
//!
//! A space is "or", a comma is "and": `cuda>=12.9 brand=tesla,driver>=570,driver<571` wants CUDA 12.9, or a
//! Tesla with a driver of branch 570. Source: NVIDIA/nvidia-container-toolkit, `internal/requirements` at
//! 2da32970. Unlike it, what is not known as a property is refused here, not left out.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use crate::{Capability, Version};

/// NVIDIA's own texts have four thousand bytes.
const LONGEST: usize = 1 << 16;

/// How a property is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// The longer ones first, because they begin like the shorter ones.
    const ALL: [(Self, &str); 6] = [
        (Self::NotEqual, "!="),
        (Self::LessOrEqual, "<="),
        (Self::GreaterOrEqual, ">="),
        (Self::Equal, "="),
        (Self::Less, "<"),
        (Self::Greater, ">"),
    ];

    fn holds(self, found: Ordering) -> bool {
        match self {
            Self::Equal => found.is_eq(),
            Self::NotEqual => found.is_ne(),
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// What is compared, and with what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Wanted {
    Cuda(Version),
    Driver(Version),
    Arch(Version),
    Brand(String),
}

/// One condition, such as `driver>=570`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Condition {
    operator: Operator,
    wanted: Wanted,
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operator = Operator::ALL.iter().find(|(operator, _)| *operator == self.operator);
        let operator = operator.map_or("", |(_, text)| text);
        match &self.wanted {
            Wanted::Cuda(version) => write!(f, "cuda{operator}{version}"),
            Wanted::Driver(version) => write!(f, "driver{operator}{version}"),
            Wanted::Arch(version) => write!(f, "arch{operator}{version}"),
            Wanted::Brand(brand) => write!(f, "brand{operator}{brand}"),
        }
    }
}

/// What an image asks: one of some alternatives, each of which is all of some conditions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Requirement(Vec<Vec<Condition>>);

/// A text that asks nothing that could be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARequirement {
    /// It holds no condition.
    #[error("there is no condition such as `cuda>=12.4`")]
    Empty,
    /// It is too long to be one.
    #[error("longer than {LONGEST} bytes")]
    TooLong,
    /// Something in it is no condition.
    #[error(
        "at byte {at}: no condition such as `cuda>=12.4`, `driver<571`, `arch>=7.5` or `brand=tesla`"
    )]
    Condition {
        /// Where it begins.
        at: usize,
    },
}

/// What is known of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImageHost<'a> {
    /// The CUDA that its driver was made with.
    pub cuda: Option<Version>,
    /// The version of its driver.
    pub driver: Option<Version>,
    /// The capability of its GPU.
    pub capability: Option<Capability>,
    /// The brands that its driver may give the GPU; none if nobody knows.
    pub brands: &'a [&'a str],
}

/// Whether a host is what an image asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checked<'a> {
    /// It is, by this alternative. One that names no CUDA counts on the package `cuda-compat` in the image.
    Met(&'a [Condition]),
    /// It is not: the container does not start.
    NotMet,
    /// Too little is known of it.
    Unknown,
}

impl FromStr for Requirement {
    type Err = NotARequirement;

    fn from_str(text: &str) -> Result<Self, NotARequirement> {
        if text.len() > LONGEST {
            return Err(NotARequirement::TooLong);
        }
        let mut alternatives = Vec::new();
        let mut at = 0;
        for alternative in text.split(' ') {
            let mut conditions = Vec::new();
            for condition in alternative.split(',').filter(|_| !alternative.is_empty()) {
                conditions.push(read(condition).ok_or(NotARequirement::Condition { at })?);
                at += condition.len() + 1;
            }
            if conditions.is_empty() {
                at += 1;
            } else {
                alternatives.push(conditions);
            }
        }
        if alternatives.is_empty() { Err(NotARequirement::Empty) } else { Ok(Self(alternatives)) }
    }
}

fn read(text: &str) -> Option<Condition> {
    let (property, rest) = text.split_at_checked(text.find(['<', '>', '=', '!'])?)?;
    let operator =
        |(operator, sign): &(Operator, &str)| Some((*operator, rest.strip_prefix(sign)?));
    let (operator, value) = Operator::ALL.iter().find_map(operator)?;
    let wanted = match property {
        "cuda" => Wanted::Cuda(value.parse().ok()?),
        "driver" => Wanted::Driver(value.parse().ok()?),
        "arch" => Wanted::Arch(value.parse().ok()?),
        "brand" => {
            let is_brand = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let is_plain = !value.is_empty() && value.bytes().all(is_brand);
            let is_equality = matches!(operator, Operator::Equal | Operator::NotEqual);
            Wanted::Brand(Some(value).filter(|_| is_plain && is_equality)?.to_owned())
        }
        _ => return None,
    };
    Some(Condition { operator, wanted })
}

impl Condition {
    /// Whether it holds, for a GPU of this brand.
    fn holds(&self, host: &ImageHost<'_>, brand: Option<&str>) -> Option<bool> {
        let arch = || host.capability.map(|it| Version::new(it.major.into(), it.minor.into(), 0));
        let found = match &self.wanted {
            Wanted::Cuda(wanted) => host.cuda?.cmp(wanted),
            Wanted::Driver(wanted) => host.driver?.cmp(wanted),
            Wanted::Arch(wanted) => arch()?.cmp(wanted),
            Wanted::Brand(wanted) => brand?.cmp(wanted),
        };
        Some(self.operator.holds(found))
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, alternative) in self.0.iter().enumerate() {
            for (number, condition) in alternative.iter().enumerate() {
                let before = if number > 0 {
                    ","
                } else if place > 0 {
                    " "
                } else {
                    ""
                };
                write!(f, "{before}{condition}")?;
            }
        }
        Ok(())
    }
}

impl Requirement {
    /// Whether a host is what the image asks for.
    pub fn check(&self, host: &ImageHost<'_>) -> Checked<'_> {
        // With each brand that the GPU may have, because together they may leave no doubt where one would.
        let mut brands = host.brands.iter();
        let first = self.check_brand(host, brands.next().copied());
        for brand in brands {
            match (first, self.check_brand(host, Some(brand))) {
                (Checked::Met(_), Checked::Met(_)) | (Checked::NotMet, Checked::NotMet) => {}
                (Checked::Met(_) | Checked::NotMet | Checked::Unknown, _) => {
                    return Checked::Unknown;
                }
            }
        }
        first
    }

    fn check_brand(&self, host: &ImageHost<'_>, brand: Option<&str>) -> Checked<'_> {
        let mut is_open = false;
        for alternative in &self.0 {
            let mut all = Some(true);
            for condition in alternative {
                all = match (all, condition.holds(host, brand)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (None, _) | (_, None) => None,
                    (Some(true), Some(true)) => Some(true),
                };
            }
            match all {
                Some(true) => return Checked::Met(alternative),
                Some(false) => {}
                None => is_open = true,
            }
        }
        if is_open { Checked::Unknown } else { Checked::NotMet }
    }
}

#[cfg(test)]
mod tests;
