//! What to ask a machine, in which order.
//!
//! All that does not depend on another answer is asked at once. What `nvidia-smi` is asked for in one call
//! is refused as a whole if one field of it is not known to that version, so it is asked again without.

use std::collections::BTreeSet;

use super::trouble::refused;
use super::{csv, log};

/// NVIDIA's program. Its answers are those of the whole driver.
pub(super) const NVIDIA_SMI: &str = "nvidia-smi";
/// AMD's program until `ROCm` 6.
pub(super) const ROCM_SMI: &str = "rocm-smi";
/// AMD's program since.
pub(super) const AMD_SMI: &str = "amd-smi";

/// Where `nvidia-smi` is: on the path, or where Linux in Windows has it, or that of the Windows around it.
const PROGRAMS: [&str; 3] = [NVIDIA_SMI, "/usr/lib/wsl/lib/nvidia-smi", "nvidia-smi.exe"];

/// What is asked of each GPU. Driver 470 does not know `compute_cap`, and those before 450 no MIG.
pub(super) const FIELDS: [&str; 9] = [
    "index",
    "name",
    "uuid",
    "memory.total",
    "compute_cap",
    "driver_version",
    "mig.mode.current",
    "mig.mode.pending",
    "compute_mode",
];

/// The version of the kernel's part of NVIDIA's driver.
pub(super) const NVIDIA_MODULE: &str = "/proc/driver/nvidia/version";
/// What a Jetson runs.
pub(super) const TEGRA: &str = "/etc/nv_tegra_release";
/// What board this is.
pub(super) const BOARD: &str = "/proc/device-tree/model";
/// The kernel, which says whether it is that of Linux in Windows.
pub(super) const KERNEL: &str = "/proc/sys/kernel/osrelease";
/// Whether the kernel's part of AMD's driver is loaded.
pub(super) const AMD_MODULE: &str = "/sys/module/amdgpu/initstate";
/// The version of `ROCm`.
pub(super) const ROCM: &str = "/opt/rocm/.info/version";

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// A program to run, without a shell, with nothing on standard input.
    Run {
        /// The program: looked for on the path unless it has a folder.
        program: &'static str,
        /// Its arguments.
        arguments: Vec<String>,
    },
    /// A file to read.
    Read(&'static str),
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// An answer; of a file its content, with code 0.
    Said {
        /// The exit code; nothing if a signal ended it.
        code: Option<i32>,
        /// Standard output.
        stdout: Vec<u8>,
        /// Standard error, or its end.
        stderr: Vec<u8>,
    },
    /// There is no such program or file.
    Absent,
    /// No answer in time.
    TimedOut,
    /// A longer answer than anybody reads.
    TooMuch,
    /// It could not be started or read, and why.
    CannotStart(String),
}

/// A question, and what came of it.
pub type Answer = (Ask, Came);

impl Ask {
    fn run(program: &'static str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        Self::Run { program, arguments }
    }

    /// What is asked of each GPU of NVIDIA's.
    pub(super) fn query(program: &'static str, fields: &[&str]) -> Self {
        // With the names of the fields and with units, so that an answer to something else is seen.
        Self::run(program, &[&format!("--query-gpu={}", fields.join(",")), "--format=csv"])
    }

    /// Everything in words: memory of slices, virtualization, processes, and which CUDA the driver brings.
    pub(super) fn log(program: &'static str) -> Self {
        Self::run(program, &["-q"])
    }

    /// The slices with their names.
    pub(super) fn list(program: &'static str) -> Self {
        Self::run(program, &["-L"])
    }

    /// The versions, where `-q` does not say which CUDA the driver brings.
    pub(super) fn versions(program: &'static str) -> Self {
        Self::run(program, &["--version"])
    }

    /// The table that people look at, for the same.
    pub(super) fn table(program: &'static str) -> Self {
        Self::run(program, &[])
    }

    /// How GPUs are joined.
    pub(super) fn topology(program: &'static str) -> Self {
        Self::run(program, &["topo", "-m"])
    }

    /// AMD's GPUs.
    pub(super) fn rocm_smi() -> Self {
        let arguments = [
            "--showproductname",
            "--showuniqueid",
            "--showbus",
            "--showmeminfo",
            "vram",
            "--showdriverversion",
            "--json",
        ];
        Self::run(ROCM_SMI, &arguments)
    }

    /// Whether AMD's GPUs are divided. An older version refuses the whole call, so it is one of its own.
    pub(super) fn rocm_smi_partitions() -> Self {
        Self::run(ROCM_SMI, &["--showcomputepartition", "--json"])
    }

    /// The same of both by the newer program.
    pub(super) fn amd_smi() -> Self {
        Self::run(AMD_SMI, &["static", "--json"])
    }

    /// The version of `ROCm`.
    pub(super) fn amd_smi_version() -> Self {
        Self::run(AMD_SMI, &["version", "--json"])
    }

    /// The CUDA toolkit that is installed.
    pub(super) fn nvcc() -> Self {
        Self::run("nvcc", &["--version"])
    }
}

/// What came of a question, if it was asked.
pub(super) fn came<'a>(answers: &'a [Answer], ask: &Ask) -> Option<&'a Came> {
    answers.iter().find(|(asked, _)| asked == ask).map(|(_, came)| came)
}

/// The text of an answer, if there is one and the program says that it is one. Bytes that are no text become
/// the character for that, which no name or number has.
pub(super) fn text(answers: &[Answer], ask: &Ask) -> Option<String> {
    match came(answers, ask)? {
        Came::Said { code: Some(0 | 14), stdout, .. } => {
            Some(String::from_utf8_lossy(stdout).into_owned())
        }
        Came::Said { .. }
        | Came::Absent
        | Came::TimedOut
        | Came::TooMuch
        | Came::CannotStart(_) => None,
    }
}

/// Which `nvidia-smi` there is, and with which fields it answers: the last that was asked, whether it has
/// answered or not.
pub(super) fn in_use(answers: &[Answer]) -> (&'static str, Vec<&'static str>) {
    let is_absent = |program: &&&'static str| {
        came(answers, &Ask::query(program, &FIELDS)) == Some(&Came::Absent)
    };
    let program = PROGRAMS.iter().find(|program| !is_absent(program)).copied();
    let program = program.unwrap_or(NVIDIA_SMI);
    let mut fields = FIELDS.to_vec();
    while let Some(field) = came(answers, &Ask::query(program, &fields)).and_then(refused) {
        // Whoever refuses what was not asked, or refuses everything, answers something else.
        let Some(at) = fields.iter().position(|asked| *asked == field) else { break };
        if fields.len() == 1 {
            break;
        }
        fields.remove(at);
    }
    (program, fields)
}

/// What to ask next, after these answers; nothing once everything is known that can be.
///
/// There is an end to it: each question is asked once, and there are not many.
pub fn next(answers: &[Answer]) -> Vec<Ask> {
    let (program, fields) = in_use(answers);
    let query = Ask::query(program, &fields);
    let mut asks: BTreeSet<Ask> = [
        Ask::rocm_smi(),
        Ask::rocm_smi_partitions(),
        Ask::amd_smi(),
        Ask::amd_smi_version(),
        Ask::nvcc(),
        Ask::log(program),
        Ask::list(program),
    ]
    .into();
    asks.extend([NVIDIA_MODULE, TEGRA, BOARD, KERNEL, AMD_MODULE, ROCM].map(Ask::Read));
    if let Some(stdout) = text(answers, &query) {
        if csv::rows(&stdout, &fields).is_ok_and(|rows| rows.len() > 1) {
            asks.insert(Ask::topology(program));
        }
        // While `-q` is not answered, it may still say it.
        let is_said = |log: &String| log::read(log).cuda.is_some();
        let was_asked = came(answers, &Ask::log(program)).is_some();
        if was_asked && !text(answers, &Ask::log(program)).as_ref().is_some_and(is_said) {
            asks.extend([Ask::versions(program), Ask::table(program)]);
        }
    }
    asks.insert(query);
    asks.into_iter().filter(|ask| came(answers, ask).is_none()).collect()
}
