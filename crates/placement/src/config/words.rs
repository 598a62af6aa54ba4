//! What no machine can meet, in words.

use diagnostics::{Problem, Text, text};

use super::values::{code, codes};
use crate::catalogue;
use crate::{Clause, Contradiction, Failure, Need, OnlyOf, Value, Vendor, contradictions as found};

/// Every contradiction of a need with itself and with what is known of the models that it names. They
/// stand nowhere yet.
pub(super) fn contradictions(need: &Need) -> Vec<Problem> {
    let of_model = |name: &str| catalogue::known().variants(name);
    found(need, &of_model).iter().map(problem).collect()
}

fn problem(contradiction: &Contradiction) -> Problem {
    let message = "no machine can be what is asked for";
    let (label, help): (Text, &'static str) = match contradiction {
        Contradiction::Capabilities { min, max } => (
            text!["`min-cc` ", code(min), " is newer than `max-cc` ", code(max)],
            "swap the two, or remove one",
        ),
        Contradiction::Vendor { vendor, asked } => (
            text![
                "`vendor` is ",
                code(maker(*vendor)),
                ", and only ",
                maker_in_words(asked.vendor()),
                " has ",
                only(*asked)
            ],
            "remove one of the two",
        ),
        Contradiction::BothVendors(asked) => {
            (text!["`gfx` is AMD's, and only NVIDIA has ", only(*asked)], "remove one of the two")
        }
        Contradiction::EveryModelIsExcluded => (
            "every model that will do stands in `exclude-models` too".into(),
            "remove it from one of the two",
        ),
        Contradiction::SliceIsTooSmall { profile, has_gb } => (
            text![
                "a slice `mig` = ",
                code(profile),
                " has ",
                *has_gb,
                " GB, less than is asked for"
            ],
            "ask for a larger slice, or for less memory",
        ),
        Contradiction::Models(models) => {
            let mut label = Text::new();
            for (model, failure) in models.iter().take(5) {
                if !label.is_empty() {
                    label.text("; ");
                }
                label.foreign(code(model)).text(" fails ").text(key(failure.clause));
                label.append(has(model, failure));
            }
            (label, "name another model, or ask for less")
        }
    };
    Problem::error(message).label(label).help(help)
}

/// What a model has in place of what is asked for.
fn has(model: &str, failure: &Failure) -> Text {
    let model = catalogue::known().model(model);
    let sizes = model.map(|model| model.memory_gb.as_slice()).unwrap_or_default();
    let is_size = matches!(failure.clause, Clause::Memory | Clause::ReportedMemory);
    let mut text = Text::from(", which asks for ");
    text.append(value(&failure.want));
    if is_size && !sizes.is_empty() {
        text.text(": it is sold with ").append(codes(sizes.iter().map(|gb| format!("{gb}GB"))));
    } else if failure.have != Value::Nothing {
        text.text(": it has ").append(value(&failure.have));
    }
    text
}

fn maker(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Nvidia => "nvidia",
        Vendor::Amd => "amd",
    }
}

fn maker_in_words(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Nvidia => "NVIDIA",
        Vendor::Amd => "AMD",
    }
}

fn only(asked: OnlyOf) -> &'static str {
    match asked {
        OnlyOf::Capability => "what `min-cc` and `max-cc` ask for",
        OnlyOf::Cuda => "what `cuda` and `image-require` ask for",
        OnlyOf::Slice => "what `mig` asks for",
        OnlyOf::NvLink => "what `nvlink` asks for",
        OnlyOf::Gfx => "what `gfx` asks for",
    }
}

/// The key that asks for it.
fn key(clause: Clause) -> &'static str {
    match clause {
        Clause::Gpus | Clause::Together => "`gpus`",
        Clause::Vendor => "`vendor`",
        Clause::Model => "`model`",
        Clause::ExcludedModel => "`exclude-models`",
        Clause::Memory => "`min-memory`",
        Clause::ReportedMemory => "`min-memory-mib`",
        Clause::MinCapability => "`min-cc`",
        Clause::MaxCapability => "`max-cc`",
        Clause::Gfx => "`gfx`",
        Clause::Program => "`cuda`",
        Clause::Image => "`image-require`",
        Clause::Part => "`mig`",
        Clause::SameModel => "`same-model`",
        Clause::TotalMemory => "`total-memory`",
        Clause::NvLink => "`nvlink`",
        Clause::Driver => "`min-driver`",
        Clause::Os => "`os`",
        Clause::Arch => "`arch`",
        Clause::Labels => "`labels`",
    }
}

/// What is had or wanted, as far as a model decides it.
fn value(value: &Value) -> Text {
    match value {
        Value::Nothing => "nothing".into(),
        Value::Present => "it".into(),
        Value::Count(count) => text![*count],
        Value::Gigabytes(size) => text![*size, " GB"],
        Value::Mebibytes(size) => text![*size, " MiB"],
        Value::Capability(capability) => code(capability).into(),
        Value::Version(version) => code(version).into(),
        Value::Vendors(vendors) => codes(vendors.iter().map(|vendor| maker(*vendor))),
        Value::Names(names) => codes(names.iter().take(20)),
        Value::Parts(_) => "another part of a GPU".into(),
        Value::Runs(program) => text!["a program of CUDA ", code(program.toolkit)],
        Value::Dies { .. } => "no way to run it".into(),
        Value::Starts(_) => "an image that starts".into(),
        Value::DoesNotStart { .. } => "no way to start it".into(),
    }
}
