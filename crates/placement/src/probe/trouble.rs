//! Why a program did not say what it was asked.

use super::ask::Came;
use super::kept;

/// Why the GPUs of one maker are not known, or cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Which program was asked.
    pub program: &'static str,
    /// What is wrong.
    pub kind: Kind,
    /// What it said, the first line of it. It comes from outside.
    pub said: Option<String>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The driver is not loaded.
    DriverNotLoaded,
    /// The library that asks the driver is not there.
    LibraryMissing,
    /// The library and the driver are of different versions: a newer one was installed, but not yet loaded.
    VersionsDiffer,
    /// A GPU does not answer any more, after which none of them can be relied on.
    GpuLost,
    /// Not allowed for this user, or in this container.
    NotPermitted,
    /// The driver is loaded, but its program is not installed, so nobody can say what it drives.
    ProgramMissing,
    /// No answer in time.
    TimedOut,
    /// More than anybody reads.
    TooMuch,
    /// It cannot be started.
    CannotStart,
    /// Another failure, with this exit code; none if a signal ended it.
    Failed(Option<i32>),
    /// Something else than an answer.
    Unreadable,
    /// Answers count different GPUs.
    Contradictory,
    /// No process may use any of them (compute mode "Prohibited").
    Prohibited,
    /// They are divided, but into nothing.
    NoSlice,
}

impl Kind {
    /// Whether it is known that no GPU of this maker can be used.
    pub(super) const fn leaves_no_gpu(self) -> bool {
        match self {
            Self::DriverNotLoaded | Self::LibraryMissing | Self::Prohibited | Self::NoSlice => true,
            Self::VersionsDiffer
            | Self::GpuLost
            | Self::NotPermitted
            | Self::ProgramMissing
            | Self::TimedOut
            | Self::TooMuch
            | Self::CannotStart
            | Self::Failed(_)
            | Self::Unreadable
            | Self::Contradictory => false,
        }
    }
}

/// The field that `nvidia-smi` does not know, if that is what it says, with whatever exit code.
pub(super) fn refused(came: &Came) -> Option<String> {
    let Came::Said { stdout, stderr, .. } = came else { return None };
    [stdout, stderr].into_iter().find_map(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.lines().find_map(|line| {
            let (_, rest) = line.split_once("Field \"")?;
            let (field, rest) = rest.split_once('"')?;
            rest.contains("not a valid field").then(|| field.to_owned())
        })
    })
}

/// What NVIDIA's programs say, part of a line each, and what that means. They say it on standard output, with
/// exit codes that changed, and with 0 too. Without a meaning it is any failure.
const SAYINGS: [(&str, Option<Kind>); 12] = [
    ("couldn't communicate with the nvidia driver", Some(Kind::DriverNotLoaded)),
    ("driver not loaded", Some(Kind::DriverNotLoaded)),
    ("driver is not loaded", Some(Kind::DriverNotLoaded)),
    ("driver/library version mismatch", Some(Kind::VersionsDiffer)),
    ("couldn't find libnvidia-ml", Some(Kind::LibraryMissing)),
    ("couldn't find nvml", Some(Kind::LibraryMissing)),
    ("nvml shared library couldn't be found", Some(Kind::LibraryMissing)),
    ("gpu is lost", Some(Kind::GpuLost)),
    ("unable to determine the device handle", Some(Kind::GpuLost)),
    ("fallen off the bus", Some(Kind::GpuLost)),
    ("failed to initialize nvml: insufficient permissions", Some(Kind::NotPermitted)),
    ("failed to initialize nvml", None),
];

/// What went wrong by what `nvidia-smi` said, if anything did.
pub(super) fn of_nvidia(came: &Came, program: &'static str) -> Option<Trouble> {
    of_program(came, program, |code, text| {
        let mut lines = text.lines().map(str::to_ascii_lowercase);
        let saying = |line: String| {
            let (_, kind) = SAYINGS.iter().find(|(part, _)| line.contains(part))?;
            Some(kind.unwrap_or(Kind::Failed(code)))
        };
        let said = lines.find_map(saying);
        said.or(match code {
            // With 14 it answers, and warns of a part of the card that none of this is about.
            Some(0 | 14) => None,
            Some(4) => Some(Kind::NotPermitted),
            Some(9) => Some(Kind::DriverNotLoaded),
            Some(12) => Some(Kind::LibraryMissing),
            Some(15) => Some(Kind::GpuLost),
            Some(18) => Some(Kind::VersionsDiffer),
            code => Some(Kind::Failed(code)),
        })
    })
}

/// The same by what AMD's programs said.
pub(super) fn of_amd(came: &Came, program: &'static str) -> Option<Trouble> {
    of_program(came, program, |code, text| {
        let text = text.to_ascii_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
        if says(&["driver not initialized", "amdgpu not found in modules", "driver not loaded"]) {
            Some(Kind::DriverNotLoaded)
        } else {
            (code != Some(0)).then_some(Kind::Failed(code))
        }
    })
}

/// What went wrong with a program, where `judge` says it of its exit code and of what it said.
fn of_program(
    came: &Came,
    program: &'static str,
    judge: impl Fn(Option<i32>, &str) -> Option<Kind>,
) -> Option<Trouble> {
    let trouble = |kind, said| Some(Trouble { program, kind, said });
    match came {
        Came::Said { code, stdout, stderr } => {
            // The reason may stand in either, and behind other lines.
            let both = [stdout.as_slice(), b"\n", stderr].concat();
            let text = String::from_utf8_lossy(&both);
            let kind = judge(*code, &text)?;
            let is_reason = |line: &&str| judge(Some(0), line).is_some();
            let line = text.lines().find(is_reason).unwrap_or(&text);
            trouble(kind, kept(line))
        }
        Came::Absent => None,
        Came::TimedOut => trouble(Kind::TimedOut, None),
        Came::TooMuch => trouble(Kind::TooMuch, None),
        Came::CannotStart(why) => trouble(Kind::CannotStart, kept(why)),
    }
}
