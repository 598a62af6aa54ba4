//! Versions of drivers and toolkits, and compute capabilities.

use std::fmt;
use std::str::FromStr;

/// A version of a driver, a CUDA toolkit or `ROCm`: two to four numbers, the missing ones zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version([u32; 4]);

impl Version {
    /// The version with these numbers.
    pub const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self([major, minor, patch, 0])
    }

    /// The first number: the branch of a driver, the major release of a toolkit.
    pub const fn major(self) -> u32 {
        self.0[0]
    }

    /// The second number.
    pub const fn minor(self) -> u32 {
        self.0[1]
    }

    /// As NVIDIA writes the version of a driver: with two digits at least behind each point.
    pub fn as_driver(self) -> String {
        let [major, minor, patch, last] = self.0;
        let mut text = format!("{major}.{minor:02}");
        for number in [Some(patch).filter(|_| patch + last > 0), Some(last).filter(|_| last > 0)] {
            text.extend(number.map(|number| format!(".{number:02}")));
        }
        text
    }
}

/// A text that is no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no version of one to four numbers with points between them")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let mut numbers = [0; 4];
        for (count, part) in text.split('.').enumerate() {
            let number = numbers.get_mut(count).ok_or(NotAVersion)?;
            // Not what `parse` takes besides digits: a sign.
            if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(NotAVersion);
            }
            *number = part.parse().map_err(|_| NotAVersion)?;
        }
        Ok(Self(numbers))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch, last] = self.0;
        write!(f, "{major}.{minor}")?;
        if patch > 0 || last > 0 {
            write!(f, ".{patch}")?;
        }
        if last > 0 {
            write!(f, ".{last}")?;
        }
        Ok(())
    }
}

/// A compute capability of NVIDIA's, such as 8.9, ordered by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Capability {
    /// The number before the point: which machine code runs at all.
    pub major: u8,
    /// The number behind it.
    pub minor: u8,
}

impl Capability {
    /// The capability with these numbers.
    pub const fn new(major: u8, minor: u8) -> Self {
        Self { major, minor }
    }
}

impl FromStr for Capability {
    type Err = NotAVersion;

    /// Reads `8.9` as `nvidia-smi` writes it.
    fn from_str(text: &str) -> Result<Self, NotAVersion> {
        let (major, minor) = text.split_once('.').ok_or(NotAVersion)?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            if is_number { text.parse().map_err(|_| NotAVersion) } else { Err(NotAVersion) }
        };
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_written_as_nvidia_does() {
        for text in ["575.51.03", "550.54.14", "570.26", "470.256.02", "396.08", "535.54.03.01"] {
            assert_eq!(text.parse::<Version>().unwrap().as_driver(), text);
        }
    }

    #[test]
    fn a_version_is_read_and_told() {
        for text in ["12.9", "535.54.3", "450.80", "6.0.2.1"] {
            assert_eq!(text.parse::<Version>().unwrap().to_string(), text);
        }
        assert_eq!("535.54.03".parse::<Version>().unwrap(), Version::new(535, 54, 3));
        assert_eq!("13".parse::<Version>().unwrap(), Version::new(13, 0, 0));
        for text in ["", ".", "12.", "12..1", "+12.1", "12.1a", "1.2.3.4.5", "4294967296.0", "N/A"]
        {
            assert_eq!(text.parse::<Version>(), Err(NotAVersion), "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_by_their_numbers() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("535.104.05") > version("535.54.03"));
        assert!(version("12.10") > version("12.9"));
    }

    #[test]
    fn a_capability_is_read_and_told() {
        assert_eq!("8.9".parse::<Capability>().unwrap(), Capability::new(8, 9));
        assert!(Capability::new(10, 0) > Capability::new(9, 0));
        for text in ["", "8", "8.", ".9", "8.9.1", "-8.9", "256.0", "[N/A]"] {
            assert_eq!(text.parse::<Capability>(), Err(NotAVersion), "{text}");
        }
    }
}
