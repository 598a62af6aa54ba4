//! What is said of a machine's answers.

use diagnostics::{Foreign, Piece, Problem, Text, text};
use placement::probe::{Fact, Kind, Note, SharedBy, Trouble};
use placement::{Gpu, Mig, Sharing, Vendor};

use super::words::{self, listed};

/// Why GPUs cannot be used, and what to do about it.
pub(super) fn trouble(trouble: &Trouble) -> Problem {
    let mut message = text![Foreign::from(trouble.program), " "];
    let (what, help) = of_kind(trouble.kind);
    message.append(what);
    let problem = Problem::error(message).help(help);
    match &trouble.said {
        Some(said) => problem.label(text![Foreign::from(said.as_str())]),
        None => problem,
    }
}

/// What is wrong, as a sentence that begins with the program, and what to do.
fn of_kind(kind: Kind) -> (Text, &'static str) {
    let (what, help) = match kind {
        Kind::DriverNotLoaded => (
            "finds that the driver is not loaded",
            "load it (`modprobe nvidia` or `modprobe amdgpu`), or install the one for this kernel and start the machine again",
        ),
        Kind::LibraryMissing => (
            "does not find the driver's library",
            "install the driver on the machine; in a container, start it with `--gpus all` and the NVIDIA Container Toolkit",
        ),
        Kind::VersionsDiffer => (
            "is of another version than the loaded driver",
            "start the machine again: the driver was updated, and the old one is still loaded",
        ),
        Kind::GpuLost => (
            "reports a GPU that does not answer any more",
            "start the machine again, and see its log for Xid errors; until then no program can rely on its other GPUs either",
        ),
        Kind::NotPermitted => (
            "may not ask the driver",
            "let the runner's user use the devices below `/dev`: the group `video` or `render`, or the container's settings",
        ),
        Kind::ProgramMissing => (
            "is not installed, and the driver is loaded",
            "install the driver's programs: `nvidia-utils` for NVIDIA, `amd-smi` or `rocm-smi` for AMD",
        ),
        Kind::TimedOut => (
            "did not answer in time",
            "run it on the machine: where it hangs the driver does too, and only a new start of the machine helps",
        ),
        Kind::TooMuch => (
            "said more than any such program does",
            "see which program of this name is on the path",
        ),
        Kind::CannotStart => (
            "cannot be started",
            "see its permissions, and which program of this name is on the path",
        ),
        Kind::Failed(code) => {
            let mut what = Text::from("failed");
            if let Some(code) = code {
                what.text(" with exit code ").push(Piece::said(&code));
            }
            return (what, "run it on the machine to see all that it says");
        }
        Kind::Unreadable => (
            "said something that is no answer",
            "see which program of this name is on the path, and report it if that is the driver's own",
        ),
        Kind::Contradictory => (
            "counts different GPUs each time it is asked",
            "run it on the machine: a GPU may just have been lost",
        ),
        Kind::Prohibited => (
            "says that no process may use the GPUs",
            "set their compute mode: `nvidia-smi --compute-mode=DEFAULT`",
        ),
        Kind::NoSlice => (
            "says that MIG is on and that no slice was made",
            "make slices with `nvidia-smi mig -cgi ... -C`, or switch MIG off",
        ),
    };
    (Text::from(what), help)
}

/// A note as one sentence without a stop.
pub(crate) fn note(note: &Note) -> Text {
    match note {
        Note::Failed(trouble) => {
            let mut text = self::trouble(trouble).message;
            if let Some(said) = &trouble.said {
                text.text(": ").foreign(said.as_str());
            }
            text
        }
        Note::TooOld { field } => {
            text!["the driver is too old to be asked for ", Foreign::from(field.as_str())]
        }
        Note::Contradiction { fact, place, values } => {
            let mut text = match place {
                Some(place) => text!["GPU ", *place, ": "],
                None => Text::new(),
            };
            let values = values.iter().map(|value| text![Foreign::from(value.as_str())]);
            text.text("answers disagree on ").text(self::fact(*fact)).text(": ");
            text.append(listed(values)).text("; none of them counts");
            text
        }
        Note::NotIdentified { place, name, why } => {
            let mut text = text!["GPU ", *place, ": "];
            if !name.is_empty() {
                text.foreign(name.as_str()).text(": ");
            }
            text.push(Piece::said(why));
            text
        }
        Note::SlicesNotKnown { place } => {
            text!["GPU ", *place, ": nobody says whether it is divided, and into what"]
        }
        Note::MigChanges { place, will_be_on } => text![
            "GPU ",
            *place,
            if *will_be_on {
                ": MIG will be on once it is reset"
            } else {
                ": MIG will be off once it is reset"
            }
        ],
        Note::OneProcess { place } => text![
            "GPU ",
            *place,
            ": it takes one process at a time (compute mode exclusive), so a second one of the job fails"
        ],
        Note::Shared { place, by } => text![
            "GPU ",
            *place,
            match by {
                SharedBy::VirtualGpu => ": it is a virtual GPU, a part of one that others share",
                SharedBy::HostOfVirtualGpus => ": this machine hands it out to virtual machines",
                SharedBy::Mps => ": a server of MPS shares it out",
            }
        ],
        Note::Busy { place, processes } => {
            text!["GPU ", *place, ": processes that compute on it already: ", *processes]
        }
        Note::Restricted { variable, left, of } => {
            text![*variable, " leaves this runner ", *left, " of the machine's ", *of, " GPUs"]
        }
        Note::NotTold { variable } => text![
            *variable,
            " is set for this runner, and does not say which GPUs are its own: name them by UUID, as `nvidia-smi -L` does"
        ],
        Note::DriverOfWindows => Text::from(
            "the driver is that of the Windows around this Linux, and its version is numbered as there",
        ),
    }
}

fn fact(fact: Fact) -> &'static str {
    match fact {
        Fact::Driver => "the driver's version",
        Fact::Capability => "the compute capability",
        Fact::Gfx => "the architecture",
        Fact::Model => "the model",
        Fact::Memory => "the memory",
        Fact::Uuid => "which GPU is called so",
    }
}

/// What is not known.
fn unknown() -> Text {
    Text::from("?")
}

/// The cells of a GPU's row: model, memory, capability or architecture, parts, sharing.
pub(super) fn cells(place: usize, gpu: &Gpu) -> Vec<Text> {
    let named = |name: Option<&String>| {
        name.map_or_else(unknown, |name| text![Foreign::from(name.as_str())])
    };
    let memory = match (gpu.memory.nominal_gb, gpu.memory.reported_mib) {
        (Some(gb), Some(mib)) => text![gb, " GB (", mib, " MiB)"],
        (Some(gb), None) => text![gb, " GB"],
        (None, Some(mib)) => text![mib, " MiB"],
        (None, None) => unknown(),
    };
    let age = match gpu.vendor {
        Vendor::Nvidia => gpu.capability.map_or_else(unknown, |it| text![Piece::said(&it)]),
        Vendor::Amd => named(gpu.gfx.as_ref()),
    };
    let parts = match &gpu.mig {
        None => unknown(),
        Some(Mig::Whole) => Text::from("whole"),
        Some(Mig::Sliced(slices)) if slices.is_empty() => Text::from("no slice"),
        Some(Mig::Sliced(slices)) => {
            listed(slices.iter().map(|slice| text![Foreign::from(slice.profile.as_str())]))
        }
    };
    let sharing = gpu.sharing.map_or_else(unknown, |sharing| {
        Text::from(match sharing {
            Sharing::Exclusive => "the job's alone",
            Sharing::Shared => "shared",
            Sharing::Prohibited => "nobody's",
        })
    });
    vec![
        text![place],
        Text::from(words::vendor(gpu.vendor)),
        named(gpu.model.as_ref()),
        memory,
        age,
        parts,
        sharing,
    ]
}
