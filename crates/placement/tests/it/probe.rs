//! What is read of every machine below `testdata/machines`.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use placement::probe::{Note, Probed, State, read};
use placement::{Gpu, Mig, Sharing, Slice, Vendor, own_labels};

use crate::expected::EXPECTED;
use crate::machines::{answers, names};

fn known<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "?".to_owned(), ToString::to_string)
}

/// Without the ends that all of the files' names have.
fn short(name: &str) -> String {
    name.replace("-1111-2222-3333-444444444444", "").replace("-5555-6666-7777-888888888888", "")
}

fn told_gpu(gpu: &Gpu) -> String {
    let slice = |slice: &Slice| {
        let uuid = slice.uuid.as_deref().map(short);
        format!("{}={}@{}", slice.profile, known(slice.memory_mib.as_ref()), known(uuid.as_ref()))
    };
    let mig = match &gpu.mig {
        None => "?".to_owned(),
        Some(Mig::Whole) => "whole".to_owned(),
        Some(Mig::Sliced(slices)) if slices.is_empty() => "nothing".to_owned(),
        Some(Mig::Sliced(slices)) => slices.iter().map(slice).collect::<Vec<_>>().join(","),
    };
    let sharing = match gpu.sharing {
        None => "?",
        Some(Sharing::Exclusive) => "exclusive",
        Some(Sharing::Shared) => "shared",
        Some(Sharing::Prohibited) => "prohibited",
    };
    let age = match gpu.vendor {
        Vendor::Nvidia => known(gpu.capability.as_ref()),
        Vendor::Amd => known(gpu.gfx.as_ref()),
    };
    format!(
        "{} {}/{} {age} {mig} {sharing} {}",
        known(gpu.model.as_ref()),
        known(gpu.memory.reported_mib.as_ref()),
        known(gpu.memory.nominal_gb.as_ref()),
        known(gpu.uuid.as_deref().map(short).as_ref()),
    )
}

fn told_note(note: &Note) -> String {
    match note {
        Note::Failed(trouble) => format!("failed:{}:{:?}", trouble.program, trouble.kind),
        Note::TooOld { field } => format!("too-old:{field}"),
        Note::Contradiction { fact, place, values } => {
            let place = place.map(|place| format!("@{place}")).unwrap_or_default();
            let values: Vec<String> = values.iter().map(|value| short(value)).collect();
            format!("contradiction:{fact:?}{place}={}", values.join("|"))
        }
        Note::NotIdentified { place, why, .. } => format!("not-identified@{place}={why:?}"),
        Note::SlicesNotKnown { place } => format!("slices?@{place}"),
        Note::MigChanges { place, will_be_on } => {
            format!("mig-will-be-{}@{place}", if *will_be_on { "on" } else { "off" })
        }
        Note::OneProcess { place } => format!("one-process@{place}"),
        Note::Shared { place, by } => format!("shared@{place}={by:?}"),
        Note::Busy { place, processes } => format!("busy@{place}={processes}"),
        Note::Restricted { variable, left, of } => format!("{variable}={left}/{of}"),
        Note::NotTold { variable } => format!("{variable}=?"),
        Note::DriverOfWindows => "driver-of-windows".to_owned(),
    }
}

fn told(probed: &Probed) -> (String, Vec<String>, Vec<String>) {
    let machine = &probed.machine;
    assert_eq!((&machine.os, &machine.arch, &machine.labels), (&None, &None, &BTreeSet::new()));
    let mut told = match &probed.state {
        State::Usable => "usable".to_owned(),
        State::NoGpu => "no-gpu".to_owned(),
        State::Unusable(trouble) => format!("unusable:{}:{:?}", trouble.program, trouble.kind),
    };
    let facts = [
        ("driver", machine.driver.map(|version| version.to_string())),
        ("cuda", machine.cuda.map(|version| version.to_string())),
        ("rocm", machine.rocm.map(|version| version.to_string())),
        ("nvlink", machine.nvlink.map(|is| if is { "yes" } else { "no" }.to_owned())),
        ("toolkit", probed.toolkit.map(|version| version.to_string())),
    ];
    for (name, value) in facts {
        if let Some(value) = value {
            write!(told, " {name}={value}").unwrap();
        }
    }
    let gpus = machine
        .gpus
        .as_ref()
        .map_or_else(|| vec!["?".to_owned()], |gpus| gpus.iter().map(told_gpu).collect());
    (told, gpus, probed.notes.iter().map(told_note).collect())
}

#[test]
fn every_machine_is_read_as_expected() {
    for (name, machine, gpus, notes) in EXPECTED {
        let told = told(&read(&answers(name)));
        let owned =
            |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        assert_eq!(told, ((*machine).to_owned(), owned(gpus), owned(notes)), "{name}");
    }
}

#[test]
fn every_machine_is_in_the_list_above_and_in_the_readme() {
    let listed: BTreeSet<String> = EXPECTED.iter().map(|it| it.0.to_owned()).collect();
    assert_eq!(names(), listed);
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/README.md");
    let readme = fs::read_to_string(readme).unwrap();
    for name in listed {
        assert!(
            readme.contains(&format!("| `machines/{name}.txt` |")),
            "testdata/README.md: {name}"
        );
    }
}

#[test]
fn what_is_not_known_is_no_label() {
    let labels = |name: &str| own_labels(&read(&answers(name)).machine);
    for (name, machine, ..) in EXPECTED {
        let labels = labels(name);
        if !machine.starts_with("usable") {
            let unusable = ["gpu", "nvidia", "amd"].map(str::to_owned).into();
            assert!(labels.is_disjoint(&unusable) || *name == "a100-mig-without-slices", "{name}");
        }
        for label in &labels {
            let is_odd = |byte: u8| !byte.is_ascii_alphanumeric() && !b".-_".contains(&byte);
            assert!(!label.bytes().any(is_odd), "{name}: {label}");
            // Two such labels would be true of a GPU without memory, or of one of no generation.
            assert!(!label.ends_with("-0") && label != "vram-0gb", "{name}: {label}");
        }
    }
    let of = |name: &str, prefix: &str| labels(name).iter().any(|label| label.starts_with(prefix));
    assert!(of("l40s-595", "vram-48gb") && of("l40s-595", "sm-89") && of("l40s-595", "l40s"));
    assert!(!of("values-not-permitted", "gpus-") && !of("a30-mig-without-a-list", "mig-"));
    assert!(!of("l40s-with-the-capability-of-an-l4-to-come", "sm-"));
    assert!(!of("l40s-with-the-capability-of-an-l4-to-come", "l40s"));
    assert!(!of("kernel-module-of-another-version", "driver-"));
    assert!(!of("name-with-commas", "gpus-ge-8") && !of("amd-names-to-be-obeyed", "gpus-ge-8"));
    assert!(!of("l40s-vgpu-by-mode", "gpus-") && !of("l40s-mps", "vram-"));
}
