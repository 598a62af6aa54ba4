//! What is known of CUDA toolkits, read from `data/cuda.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::arch::{self, Arch, Reach};
use crate::{Capability, Machine, Version};

/// The systems that drivers are numbered for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum System {
    /// Linux.
    Linux,
    /// Windows.
    Windows,
}

impl System {
    /// The system that `RUNNER_OS` names; CUDA runs on no other.
    pub fn of_runner(os: &str) -> Option<Self> {
        [(Self::Linux, "linux"), (Self::Windows, "windows")]
            .into_iter()
            .find_map(|(system, name)| os.eq_ignore_ascii_case(name).then_some(system))
    }
}

/// A version for each system, where one is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PerSystem {
    linux: Option<Version>,
    windows: Option<Version>,
}

impl PerSystem {
    fn on(self, system: System) -> Option<Version> {
        match system {
            System::Linux => self.linux,
            System::Windows => self.windows,
        }
    }
}

/// One release of the CUDA toolkit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolkit {
    /// Its version: two numbers.
    pub version: Version,
    own: PerSystem,
    floor: PerSystem,
    sm: BTreeSet<Capability>,
    forward: BTreeSet<u32>,
    is_step: bool,
}

impl Toolkit {
    /// Whether it is one that most is built with, so that machines say in a label whether they run it.
    pub fn is_step(&self) -> bool {
        self.is_step
    }

    /// The driver that was released with it: from this one on, everything in it works.
    pub fn own_driver(&self, system: System) -> Option<Version> {
        self.own.on(system)
    }

    /// The oldest driver that runs its machine code, by the compatibility of minor versions.
    pub fn oldest_driver(&self, system: System) -> Option<Version> {
        self.floor.on(system)
    }

    /// The branches of drivers that its `cuda-compat` package runs on; `None` if nobody wrote them down.
    pub fn forward_branches(&self) -> Option<&BTreeSet<u32>> {
        Some(&self.forward).filter(|branches| !branches.is_empty())
    }

    /// The GPUs that it makes code for; `None` if nobody wrote them down.
    pub fn capabilities(&self) -> Option<&BTreeSet<Capability>> {
        Some(&self.sm).filter(|capabilities| !capabilities.is_empty())
    }

    /// Whether it can make this code; `None` if nobody wrote that down.
    pub fn makes(&self, arch: Arch) -> Option<bool> {
        // As ptxas lists them: `90a` from 12.0, `f` from 12.9, each from the first GPU that has it.
        let has_suffix = match arch.reach {
            Reach::Onwards => true,
            Reach::Exact => {
                arch.capability >= Capability::new(9, 0) && self.version >= Version::new(12, 0, 0)
            }
            Reach::Family => {
                arch.capability >= Capability::new(10, 0) && self.version >= Version::new(12, 9, 0)
            }
        };
        self.capabilities().map(|it| has_suffix && it.contains(&arch.capability))
    }

    /// The package that makes it run on an older branch of drivers.
    pub fn compat_package(&self) -> String {
        format!("cuda-compat-{}-{}", self.version.major(), self.version.minor())
    }
}

/// All toolkits, by version, and where the GPUs that they make code for sit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toolkits {
    all: BTreeMap<Version, Toolkit>,
    seats: BTreeMap<Capability, Seat>,
}

/// Where a GPU sits, which decides whether its neighbours' machine code runs on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seat {
    /// On a card.
    Card,
    /// On a board with everything else: Jetson.
    Board,
}

impl Toolkits {
    /// The CUDA that a machine's driver was made with, by its branch: every driver of one has the same. `None` if
    /// the branch is older or newer than those that are listed, or between them.
    pub fn of_machine(&self, machine: &Machine) -> Option<Version> {
        let system = machine.os.as_deref().and_then(System::of_runner)?;
        let driver = machine.driver?;
        let own = |toolkit: &&Toolkit| toolkit.own_driver(system);
        let mut of_branch = self
            .all()
            .filter(|toolkit| own(toolkit).is_some_and(|own| own.major() == driver.major()));
        of_branch.next_back().filter(|toolkit| own(toolkit) <= Some(driver)).map(|it| it.version)
    }
}

/// A mistake in a list of toolkits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// It is no TOML of the form that is wanted.
    #[error("not a list of CUDA toolkits: {0}")]
    Form(#[from] toml::de::Error),
    /// A version cannot be read.
    #[error("`{0}` is no version")]
    Version(String),
    /// A number is no architecture.
    #[error("`sm_{0}` is no architecture")]
    Arch(u16),
    /// Something is there twice.
    #[error("{0} is listed twice")]
    Twice(Version),
    /// A GPU sits in two places.
    #[error("`sm_{0}` is listed twice")]
    TwoSeats(u16),
    /// A toolkit's major version has no floor.
    #[error("CUDA {0} has no floor")]
    NoFloor(Version),
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    chips: Chips,
    floor: Vec<Floor>,
    toolkit: Vec<Entry>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chips {
    cards: Vec<u16>,
    boards: Vec<u16>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Floor {
    major: u32,
    linux: Option<String>,
    windows: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    version: String,
    linux: Option<String>,
    windows: Option<String>,
    #[serde(default)]
    sm: Vec<u16>,
    #[serde(default)]
    forward: BTreeSet<u32>,
    #[serde(default)]
    step: bool,
}

/// The toolkits that this version knows.
///
/// A test reads the file, so it has no mistake; if it had one, nothing would be known, which is the safe side.
pub fn known() -> &'static Toolkits {
    static KNOWN: LazyLock<Toolkits> =
        LazyLock::new(|| Toolkits::read(include_str!("../../data/cuda.toml")).unwrap_or_default());
    &KNOWN
}

impl Toolkits {
    /// Reads a list of toolkits.
    ///
    /// # Errors
    ///
    /// The first mistake in it.
    pub fn read(text: &str) -> Result<Self, Mistake> {
        let file: File = toml::from_str(text)?;
        let mut floors = BTreeMap::new();
        for floor in file.floor {
            let drivers = drivers(floor.linux.as_deref(), floor.windows.as_deref())?;
            if floors.insert(floor.major, drivers).is_some() {
                return Err(Mistake::Twice(Version::new(floor.major, 0, 0)));
            }
        }
        let capability = |number: &u16| arch::capability(*number).ok_or(Mistake::Arch(*number));
        let mut seats = BTreeMap::new();
        for (seat, numbers) in [(Seat::Card, file.chips.cards), (Seat::Board, file.chips.boards)] {
            for number in numbers {
                if seats.insert(capability(&number)?, seat).is_some() {
                    return Err(Mistake::TwoSeats(number));
                }
            }
        }
        let mut all = BTreeMap::new();
        for entry in file.toolkit {
            let version = version(&entry.version)?;
            let floor = floors.get(&version.major()).ok_or(Mistake::NoFloor(version))?;
            let toolkit = Toolkit {
                version,
                own: drivers(entry.linux.as_deref(), entry.windows.as_deref())?,
                floor: *floor,
                sm: entry.sm.iter().map(capability).collect::<Result<_, _>>()?,
                forward: entry.forward,
                is_step: entry.step,
            };
            if all.insert(version, toolkit).is_some() {
                return Err(Mistake::Twice(version));
            }
        }
        Ok(Self { all, seats })
    }

    /// The toolkit of this version, whatever its update: `12.4.1` is a `12.4`.
    pub fn toolkit(&self, version: Version) -> Option<&Toolkit> {
        self.all.get(&Version::new(version.major(), version.minor(), 0))
    }

    /// All of them, by version.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &Toolkit> {
        self.all.values()
    }

    /// Where the GPU of a capability sits, if anybody wrote it down.
    pub(super) fn seat(&self, capability: Capability) -> Option<Seat> {
        self.seats.get(&capability).copied()
    }

    /// The capabilities that jobs ask for at least: those that a toolkit of one of the two newest major
    /// versions makes code for, without the boards that the newest one has given up.
    pub fn usual_capabilities(&self) -> BTreeSet<Capability> {
        let made = || self.all().rev().filter_map(|it| Some((it.version, it.capabilities()?)));
        let Some((newest, newest_makes)) = made().next() else { return BTreeSet::new() };
        let is_recent = |version: Version| version.major() + 1 >= newest.major();
        let recent = made().filter(|(version, _)| is_recent(*version));
        let given_up = |capability: &Capability| {
            self.seat(*capability) == Some(Seat::Board) && !newest_makes.contains(capability)
        };
        recent.flat_map(|(_, makes)| makes).copied().filter(|it| !given_up(it)).collect()
    }

    /// The branches of the drivers that toolkits were released with, on Linux.
    pub fn driver_branches(&self) -> BTreeSet<u32> {
        self.all().filter_map(|it| it.own_driver(System::Linux)).map(Version::major).collect()
    }
}

fn drivers(linux: Option<&str>, windows: Option<&str>) -> Result<PerSystem, Mistake> {
    Ok(PerSystem {
        linux: linux.map(version).transpose()?,
        windows: windows.map(version).transpose()?,
    })
}

fn version(text: &str) -> Result<Version, Mistake> {
    text.parse().map_err(|_| Mistake::Version(text.to_owned()))
}
