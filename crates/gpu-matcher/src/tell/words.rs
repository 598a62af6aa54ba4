//! What the decision's values are called.

use std::collections::BTreeSet;
use std::fmt::Display;

use diagnostics::{Foreign, Piece, Text, text};
use placement::cuda::{CompatPackage, Failure as CudaFailure, Fix, Program, Unsure};
use placement::{
    Change, Clause, Doubt, Entry, Failure, Hidden, Machine, RunsOn, Seen, Unit, Value, Vendor,
    Version, Why,
};

use crate::args::CpuRunner;

/// A value that is read as part of the sentence: a version, a number.
fn said(value: &dyn Display) -> Text {
    text![Piece::said(value)]
}

/// Words with commas between them.
pub(crate) fn listed(texts: impl IntoIterator<Item = Text>) -> Text {
    joined(texts, ", ")
}

/// Sentences one after the other.
pub(crate) fn joined(texts: impl IntoIterator<Item = Text>, between: &'static str) -> Text {
    let mut all = Text::new();
    for text in texts {
        if !all.is_empty() {
            all.text(between);
        }
        all.append(text);
    }
    all
}

/// A driver's version.
pub(crate) fn driver(version: Version) -> Text {
    text![driver_piece(version)]
}

/// The driver's version as a piece of a sentence.
fn driver_piece(version: Version) -> Piece {
    Piece::Said(Foreign::from(version.as_driver().as_str()))
}

fn names(names: &BTreeSet<String>) -> Text {
    if names.is_empty() {
        return Text::from("none");
    }
    listed(names.iter().map(|name| text![Foreign::from(name.as_str())]))
}

/// What a clause is about.
pub(crate) fn clause(clause: Clause) -> &'static str {
    match clause {
        Clause::Gpus => "GPUs",
        Clause::Vendor => "maker",
        Clause::Model => "model",
        Clause::ExcludedModel => "excluded model",
        Clause::Memory => "memory of each GPU",
        Clause::ReportedMemory => "reported memory of each GPU",
        Clause::MinCapability => "oldest compute capability",
        Clause::MaxCapability => "newest compute capability",
        Clause::Gfx => "architecture",
        Clause::Program => "CUDA program",
        Clause::Image => "container image",
        Clause::Part => "whole GPU or slice",
        Clause::SameModel => "GPUs of one model",
        Clause::TotalMemory => "memory of all GPUs",
        Clause::Together => "GPUs that fit at once",
        Clause::NvLink => "NVLink",
        Clause::Driver => "driver",
        Clause::Os => "system",
        Clause::Arch => "processor",
        Clause::Labels => "labels",
    }
}

/// The same as one word, for documents.
pub(crate) fn clause_id(clause: Clause) -> &'static str {
    match clause {
        Clause::Gpus => "gpus",
        Clause::Vendor => "vendor",
        Clause::Model => "model",
        Clause::ExcludedModel => "exclude-models",
        Clause::Memory => "min-memory",
        Clause::ReportedMemory => "min-memory-mib",
        Clause::MinCapability => "min-cc",
        Clause::MaxCapability => "max-cc",
        Clause::Gfx => "gfx",
        Clause::Program => "cuda",
        Clause::Image => "image-require",
        Clause::Part => "mig",
        Clause::SameModel => "same-model",
        Clause::TotalMemory => "total-memory",
        Clause::Together => "together",
        Clause::NvLink => "nvlink",
        Clause::Driver => "min-driver",
        Clause::Os => "os",
        Clause::Arch => "arch",
        Clause::Labels => "labels",
    }
}

/// What is had or wanted.
pub(crate) fn value(value: &Value) -> Text {
    match value {
        Value::Nothing => Text::from("nothing that is known"),
        Value::Present => Text::from("any"),
        Value::Count(count) => text![*count],
        Value::Gigabytes(gigabytes) => text![*gigabytes, " GB"],
        Value::Mebibytes(mib) => text![*mib, " MiB"],
        Value::Capability(capability) => said(capability),
        Value::Version(version) => said(version),
        Value::Vendors(vendors) => listed(vendors.iter().map(|it| Text::from(vendor(*it)))),
        Value::Names(all) => names(all),
        Value::Parts(parts) => listed(parts.iter().map(unit)),
        Value::Runs(program) => self::program(program),
        Value::Dies { failure, .. } => cuda_failure(*failure),
        Value::Starts(image) => {
            text!["the image asks for ", Foreign::from(image.to_string().as_str())]
        }
        Value::DoesNotStart { driver, cuda } => {
            let mut text = Text::from("the container does not start");
            if let Some(driver) = driver {
                text.text(" on driver ").append(self::driver(*driver));
            }
            if let Some(cuda) = cuda {
                text.text(" with CUDA ").append(said(cuda));
            }
            text
        }
    }
}

pub(crate) fn vendor(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Nvidia => "NVIDIA",
        Vendor::Amd => "AMD",
    }
}

fn unit(unit: &Unit) -> Text {
    match unit {
        Unit::Whole => Text::from("whole GPUs of its own"),
        Unit::Either => Text::from("whole GPUs or slices of its own"),
        Unit::Slice(profile) => text!["the slice ", Foreign::from(profile.as_str())],
        Unit::Shared => Text::from("shared GPUs"),
        Unit::Prohibited => Text::from("GPUs that no process may use"),
    }
}

/// A program in words.
pub(crate) fn program(program: &Program) -> Text {
    let mut text = text!["a program of CUDA ", Piece::said(&program.toolkit)];
    if !program.archs.is_empty() {
        let archs = program.archs.iter().map(|arch| said(arch));
        text.text(" with code for ").append(listed(archs));
    }
    if program.jit {
        text.text(", compiled while it runs");
    }
    match program.compat_package {
        CompatPackage::Absent => {}
        CompatPackage::WhenNeeded => {
            text.text(", with cuda-compat on older drivers");
        }
        CompatPackage::Always => {
            text.text(", with cuda-compat always");
        }
    }
    text
}

/// What a program dies of.
pub(crate) fn cuda_failure(failure: CudaFailure) -> Text {
    let mut text = match failure {
        CudaFailure::NotNvidia => Text::from("the GPU is not NVIDIA's"),
        CudaFailure::DriverTooOld { have, want } => {
            text!["driver ", driver_piece(have), " is older than ", driver_piece(want)]
        }
        CudaFailure::CannotCompile { have, want } => {
            let mut text = text!["driver ", driver_piece(have), " compiles no PTX of this toolkit"];
            if let Some(want) = want {
                text.text(", which takes ").append(driver(want));
            }
            text
        }
        CudaFailure::CompatRefusesGpu => Text::from("cuda-compat refuses this kind of GPU"),
        CudaFailure::CompatRefusesBranch { branch } => {
            text!["cuda-compat of this toolkit does not run on drivers of branch ", branch]
        }
        CudaFailure::CompatTooOld => {
            Text::from("cuda-compat is always used, and the driver is newer than it")
        }
        CudaFailure::NoCode { capability } => {
            text!["there is no code for compute capability ", Piece::said(&capability), " in it"]
        }
        CudaFailure::CannotBeMade { arch } => {
            text!["this toolkit makes no code for ", Piece::said(&arch)]
        }
    };
    if let Some(error) = failure.error() {
        text.text(": error ").number(error.number.into()).text(" ").text(error.name);
    }
    text
}

/// What would help.
pub(crate) fn fix(fix: &Fix) -> Text {
    match fix {
        Fix::Driver(version) => text!["install driver ", driver_piece(*version), " or a newer one"],
        Fix::Toolkit(version) => text!["build with CUDA ", Piece::said(version)],
        Fix::CodeFor { arch, toolkit } => text![
            "build code for ",
            Piece::said(arch),
            ", which CUDA ",
            Piece::said(toolkit),
            " makes"
        ],
        Fix::AddPackage(package) => {
            text!["install the package ", Foreign::from(package.as_str()), " in the job"]
        }
        Fix::RemovePackage => Text::from("take cuda-compat out of the job"),
        Fix::OtherGpu => Text::from("run it on an NVIDIA GPU"),
    }
}

/// How what is had is compared with what is wanted.
fn sign(which: Clause) -> &'static str {
    match which {
        Clause::MaxCapability => " <= ",
        Clause::Gpus
        | Clause::Memory
        | Clause::ReportedMemory
        | Clause::MinCapability
        | Clause::TotalMemory
        | Clause::Together
        | Clause::SameModel
        | Clause::Driver => " >= ",
        Clause::Vendor
        | Clause::Model
        | Clause::ExcludedModel
        | Clause::Gfx
        | Clause::Program
        | Clause::Image
        | Clause::Part
        | Clause::NvLink
        | Clause::Os
        | Clause::Arch
        | Clause::Labels => " ",
    }
}

/// What would help, the least first.
pub(crate) fn fixes(fixes: &[Fix]) -> Text {
    joined(fixes.iter().map(fix), ", or ")
}

/// A clause that is failed, as a sentence without a stop: what there is and what is wanted.
pub(crate) fn failure(failure: &Failure) -> Text {
    let Failure { clause: which, have, want } = failure;
    match (which, have, want) {
        (Clause::Driver, Value::Version(have), Value::Version(want)) => {
            text!["driver ", driver_piece(*have), " is older than ", driver_piece(*want)]
        }
        (Clause::Program | Clause::Image, have, _) => value(have),
        (Clause::ExcludedModel, have, _) => {
            let mut text = Text::from("is ");
            text.append(value(have)).text(", which is excluded");
            text
        }
        (Clause::Labels, _, Value::Names(missing)) => {
            let mut text = Text::from("lacks the labels ");
            text.append(names(missing));
            text
        }
        (which, have, want) => {
            let mut text = text![clause(*which), ": has "];
            text.append(value(have)).text(", needs").text(sign(*which));
            text.append(value(want));
            text
        }
    }
}

/// A clause of which it is not known whether it is met.
pub(crate) fn doubt(doubt: &Doubt) -> Text {
    let mut text = text![clause(doubt.clause), ": "];
    match &doubt.why {
        Why::Gpus => text.text("nobody knows which GPUs it has"),
        Why::OfGpus(places) => {
            text.text("nobody knows it of ");
            text.text(if places.len() == 1 { "GPU " } else { "GPUs " });
            text.append(listed(places.iter().map(|place| text![*place])))
        }
        Why::OfMachine => text.text("nobody knows it of the machine"),
        Why::OfProgram(unsure) => text.append(self::unsure(*unsure)),
    };
    text
}

fn unsure(unsure: Unsure) -> Text {
    text![Piece::said(&unsure)]
}

/// What would make something fit.
pub(crate) fn change(change: &Change, fleet: &[Entry]) -> Text {
    match change {
        Change::Job { clause: which, have } => {
            let mut text = match which {
                Clause::ExcludedModel => Text::from("the job did not exclude "),
                Clause::Labels => return Text::from("the job asked for no other labels"),
                Clause::NvLink => return Text::from("the job asked for no NVLink"),
                Clause::Vendor => return Text::from("the job asked for GPUs of any maker"),
                Clause::Part => {
                    return Text::from("the job took slices as well: `allow-mig = true`");
                }
                Clause::SameModel | Clause::Together => Text::from("the job asked for GPUs: "),
                Clause::Gpus
                | Clause::Model
                | Clause::Memory
                | Clause::ReportedMemory
                | Clause::MinCapability
                | Clause::MaxCapability
                | Clause::Gfx
                | Clause::Program
                | Clause::Image
                | Clause::TotalMemory
                | Clause::Driver
                | Clause::Os
                | Clause::Arch => text!["the job asked for ", clause_id(*which), " = "],
            };
            text.append(value_of(*which, have));
            text
        }
        Change::Machine { entry, clause: which, have, want } => {
            let name = fleet.get(*entry).map_or("", |entry| entry.name.as_str());
            let mut text = text![Foreign::from(name)];
            match (which, have.death(), want) {
                (Clause::Program, Some((_, fixes)), _) => {
                    text.text(": ").append(self::fixes(fixes));
                }
                (Clause::Image, _, _) => {
                    text.text(" had a driver that the image takes");
                }
                (Clause::Labels, _, Value::Names(missing)) => {
                    text.text(" had the labels ").append(names(missing));
                }
                (Clause::Driver, ..) => {
                    text.text(" had driver ")
                        .append(value_of(*which, want))
                        .text(" or a newer one");
                }
                _ => {
                    text.text(" had ").append(value_of(*which, want));
                }
            }
            text
        }
    }
}

/// What is had or wanted in a clause.
pub(crate) fn value_of(which: Clause, value: &Value) -> Text {
    match (which, value) {
        (Clause::Driver, Value::Version(version)) => driver(*version),
        (_, value) => self::value(value),
    }
}

/// Why no job of this run gets to a place.
pub(crate) fn hidden(hidden: &Hidden) -> Text {
    match hidden {
        Hidden::Group { group } => {
            text!["their group ", Foreign::from(group.as_str()), " is for other repositories"]
        }
        Hidden::Workflows { group } => {
            text!["their group ", Foreign::from(group.as_str()), " is for other workflows"]
        }
        Hidden::PublicRepository { group } => text![
            "their group ",
            Foreign::from(group.as_str()),
            " takes no jobs of public repositories"
        ],
        Hidden::PerhapsPublicRepository { group } => text![
            "their group ",
            Foreign::from(group.as_str()),
            " takes no jobs of public repositories, and whether this one is public is not known"
        ],
        Hidden::Enterprise => Text::from(
            "they are the enterprise's, and no `[[runner]]` names their `group` as one that this repository may use",
        ),
        Hidden::NoLabels => {
            Text::from("they have no labels, and no scale set of their name is known")
        }
    }
}

/// What a job asks GitHub for.
pub(crate) fn runs_on(runs_on: &RunsOn, cpu: &CpuRunner) -> Text {
    let labels = |labels: &BTreeSet<String>| names(labels);
    match runs_on {
        RunsOn::Name(name) => text![Foreign::from(name.as_str())],
        RunsOn::Labels(all) => labels(all),
        RunsOn::Group { group, labels: all } => {
            let mut text = text!["group ", Foreign::from(group.as_str())];
            if !all.is_empty() {
                text.text(": ").append(labels(all));
            }
            text
        }
        RunsOn::Cpu => match cpu {
            CpuRunner::Label(label) => text![Foreign::from(label.as_str())],
            CpuRunner::Labels(all) => {
                listed(all.iter().map(|label| text![Foreign::from(label.as_str())]))
            }
        },
    }
}

/// What a fleet has for a need, in a sentence or two.
pub(crate) fn counted_up(seen: &Seen) -> Text {
    let mut text = text![seen.places];
    text.text(if seen.places == 1 { " runner: " } else { " runners: " });
    let mut parts = Vec::new();
    let fit = seen.fit;
    if fit.all() > 0 {
        let states = [
            (fit.idle, " idle"),
            (fit.assumed, " taken for free"),
            (fit.busy, " busy"),
            (fit.offline, " offline"),
        ];
        let states = states.into_iter().filter(|(count, _)| *count > 0);
        let mut part = text![fit.all(), if fit.all() == 1 { " fits (" } else { " fit (" }];
        part.append(listed(states.map(|(count, state)| text![count, state]))).text(")");
        parts.push(part);
    } else {
        parts.push(Text::from("none fits"));
    }
    for failing in &seen.failing {
        let mut part = text![failing.count, if failing.count == 1 { " fails " } else { " fail " }];
        part.text(clause(failing.clause));
        if !matches!(failing.clause, Clause::Program | Clause::Image) {
            part.text(sign(failing.clause)).append(value_of(failing.clause, &failing.want));
        }
        part.text(" (best: ").append(value_of(failing.clause, &failing.best)).text(")");
        parts.push(part);
    }
    for (doubt, count) in &seen.unknown {
        let mut part =
            text![*count, if *count == 1 { " is" } else { " are" }, " not known to fit ("];
        part.append(self::doubt(doubt)).text(")");
        parts.push(part);
    }
    for (hidden, count) in &seen.hidden {
        let mut part = text![*count, " out of reach ("];
        part.append(self::hidden(hidden)).text(")");
        parts.push(part);
    }
    text.append(joined(parts, "; "));
    text
}

/// The GPUs of a machine, as far as they are known: `2 x l40s`.
pub(crate) fn gpus(machine: &Machine) -> Text {
    let Some(gpus) = &machine.gpus else { return Text::from("not known") };
    let mut counted: Vec<(Option<&str>, usize)> = Vec::new();
    for gpu in gpus {
        let model = gpu.model.as_deref();
        match counted.iter_mut().find(|(known, _)| *known == model) {
            Some((_, count)) => *count += 1,
            None => counted.push((model, 1)),
        }
    }
    if counted.is_empty() {
        return Text::from("none");
    }
    listed(counted.into_iter().map(|(model, count)| {
        model.map_or_else(
            || text![count, " of a model that is not known"],
            |model| text![count, " x ", Foreign::from(model)],
        )
    }))
}
