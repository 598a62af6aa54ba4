//! What a machine says of its GPUs: what to ask it, and what its answers mean.
//!
//! Nothing is run or opened here. [`next`] says what to ask after the answers so far, all that can be asked
//! at once; whoever runs it gives back what came of each, and [`read()`] says what that comes to. Programs
//! crash, hang, lie and change what they print from version to version, so an answer that is not understood
//! is a reason, and a value that is not understood, or that two answers disagree on, is `None`.
//!
//! What nobody can see is not taken for granted either. A plain `nvidia-smi` shows a virtual GPU by its
//! virtualization mode and by its name, and a server of MPS by its name among the processes: both make a GPU
//! [`Sharing::Shared`]. Time-slicing, as the device plug-in of Kubernetes does it, it does not show at all.
//! A GPU that shows no sign of sharing is [`Sharing::Exclusive`], because a runner runs one job at a time; on
//! a cluster that slices time that is for whoever writes down the fleet to correct.
//!
//! Sources: what `nvidia-smi` prints with drivers 418 to 610, `rocm-smi` of `ROCm` 4.3 to 6.1 and `amd-smi` of
//! `ROCm` 6 and 7; exit codes by the manual page of `nvidia-smi`.

mod amd;
mod ask;
mod csv;
mod jetson;
mod list;
mod log;
mod nvidia;
mod restricted;
mod software;
mod topology;
mod trouble;

use std::collections::BTreeSet;

pub use ask::{Answer, Ask, Came, next};
pub use restricted::{ORDER, VARIABLES, restricted};
pub use trouble::{Kind, Trouble};

use crate::catalogue::Unidentified;
use crate::{Gpu, Machine, Mig, Sharing, Version};

/// How many GPUs of one maker are believed. The largest machines have 16; what says more is no such tool.
const MOST_GPUS: usize = 256;

/// How many characters of a text from outside are kept.
const KEPT: usize = 200;

/// Whether the GPUs of a machine can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// At least one can.
    Usable,
    /// There is none, or none that a driver knows.
    NoGpu,
    /// There may be some, but a job would fail on them.
    Unusable(Trouble),
}

/// Something about a machine that a value cannot say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Something was asked in vain, but what matters is known without it.
    Failed(Trouble),
    /// A tool is too old for a question, so its answer is not known.
    TooOld {
        /// What it does not know.
        field: String,
    },
    /// Answers disagree, so that none of them counts.
    Contradiction {
        /// On what.
        fact: Fact,
        /// Of which GPU, by its place; of the machine if there is none.
        place: Option<usize>,
        /// What they say. It comes from outside.
        values: BTreeSet<String>,
    },
    /// A GPU's name is in no list, or says too little.
    NotIdentified {
        /// Which GPU, by its place.
        place: usize,
        /// Its name. It comes from outside.
        name: String,
        /// Why that is no model.
        why: Unidentified,
    },
    /// Nobody said into which slices a GPU is divided.
    SlicesNotKnown {
        /// Which GPU.
        place: usize,
    },
    /// MIG will be on, or off, once the GPU is reset.
    MigChanges {
        /// Which GPU.
        place: usize,
        /// Whether it will be on.
        will_be_on: bool,
    },
    /// A GPU takes one process at a time, so that a second one of the job's own fails.
    OneProcess {
        /// Which GPU.
        place: usize,
    },
    /// Others may use a GPU at the same time.
    Shared {
        /// Which GPU.
        place: usize,
        /// How that was seen.
        by: SharedBy,
    },
    /// Processes compute on a GPU already.
    Busy {
        /// Which GPU.
        place: usize,
        /// How many.
        processes: usize,
    },
    /// A variable leaves this runner only some of the machine's GPUs.
    Restricted {
        /// Which.
        variable: &'static str,
        /// How many are left.
        left: usize,
        /// Of how many.
        of: usize,
    },
    /// A variable leaves this runner some of the machine's GPUs, and nobody can say which.
    NotTold {
        /// Which.
        variable: &'static str,
    },
    /// The driver is that of the Windows around this Linux, and is numbered as such.
    DriverOfWindows,
}

/// What answers can disagree on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The version of the driver.
    Driver,
    /// The compute capability, beside the model.
    Capability,
    /// AMD's architecture, beside the model.
    Gfx,
    /// The model.
    Model,
    /// The memory, beside the name.
    Memory,
    /// What a GPU is called.
    Uuid,
}

/// How it was seen that a GPU is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SharedBy {
    /// It is a part of one that a hypervisor hands out.
    VirtualGpu,
    /// It is handed out in parts by this machine.
    HostOfVirtualGpus,
    /// A server of MPS runs on it.
    Mps,
}

/// What a machine said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// What is known of it; its system, processor and labels are not asked for here.
    pub machine: Machine,
    /// Whether its GPUs can be used.
    pub state: State,
    /// The CUDA toolkit that is installed there.
    pub toolkit: Option<Version>,
    /// What else is to be said.
    pub notes: Vec<Note>,
}

/// What the GPUs of one maker came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// None, or nothing that could use one.
    None,
    /// These.
    Gpus(Vec<Gpu>),
    /// Nobody can say, or nobody can use them.
    Trouble(Trouble),
}

/// What the answers mean. Answers may be missing; then less is known.
pub fn read(answers: &[Answer]) -> Probed {
    let mut notes = Vec::new();
    let nvidia = nvidia::read(answers, &mut notes);
    let first = match &nvidia.found {
        Found::Gpus(gpus) => gpus.len(),
        Found::None | Found::Trouble(_) => 0,
    };
    let amd = amd::read(answers, first, &mut notes);
    let has_amd = matches!(&amd, Found::Gpus(_));
    let mut machine = Machine {
        driver: nvidia.driver,
        cuda: nvidia.cuda,
        rocm: software::rocm(answers),
        ..Machine::default()
    };
    let (gpus, state) = together(nvidia.found, amd, &mut notes);
    if gpus.is_some() {
        // AMD's have none.
        machine.nvlink = if has_amd { Some(false) } else { nvidia.nvlink };
    }
    machine.gpus = gpus;
    Probed { machine, state, toolkit: software::toolkit(answers), notes }
}

/// All GPUs, and whether one of them can be used.
fn together(nvidia: Found, amd: Found, notes: &mut Vec<Note>) -> (Option<Vec<Gpu>>, State) {
    let mut all = Vec::new();
    let mut troubles = Vec::new();
    for found in [nvidia, amd] {
        match found {
            Found::None => {}
            Found::Gpus(gpus) => all.extend(gpus),
            Found::Trouble(trouble) => troubles.push(trouble),
        }
    }
    // Where one maker's driver is not there, only the other's GPUs can be used; that is known. But what hangs
    // or talks nonsense may still have GPUs.
    let is_open = |trouble: &Trouble| all.is_empty() || !trouble.kind.leaves_no_gpu();
    if let Some(place) = troubles.iter().position(is_open) {
        let first = troubles.remove(place);
        notes.extend(troubles.into_iter().map(Note::Failed));
        return (None, State::Unusable(first));
    }
    notes.extend(troubles.into_iter().map(Note::Failed));
    let state = if all.is_empty() { State::NoGpu } else { usable(&all) };
    (Some(all), state)
}

/// Whether one of these GPUs can be used, as far as that is known.
fn usable(gpus: &[Gpu]) -> State {
    let is_prohibited = |gpu: &Gpu| gpu.sharing == Some(Sharing::Prohibited);
    let is_not_sliced =
        |gpu: &Gpu| matches!(&gpu.mig, Some(Mig::Sliced(slices)) if slices.is_empty());
    let kind = if gpus.iter().all(is_prohibited) {
        Kind::Prohibited
    } else if gpus.iter().all(|gpu| is_prohibited(gpu) || is_not_sliced(gpu)) {
        Kind::NoSlice
    } else {
        return State::Usable;
    };
    State::Unusable(Trouble { program: ask::NVIDIA_SMI, kind, said: None })
}

/// A text from outside, cut and on one line; nothing if there is none.
fn kept(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.chars().take(KEPT).collect())
}

#[cfg(test)]
mod tests;
