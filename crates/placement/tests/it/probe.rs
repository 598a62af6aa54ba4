//! What is read of every machine below `testdata/machines`. All that is expected was written down by hand,
//! before anything was read: from the file, the sizes and capabilities of models by the catalogue.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use placement::probe::{Note, Probed, State, read};
use placement::{Gpu, Mig, Sharing, Slice, Vendor, own_labels};

use crate::machines::{answers, names};

/// The name of the file, what is known of the machine, of each GPU, and what is noted.
type Expected = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// What is not known is `?`. A GPU: model, MiB reported and GB on the box, capability or architecture, whole
/// or its slices, sharing, what it is called.
const EXPECTED: &[Expected] = &[
    (
        "l40s-595",
        "usable driver=595.80 cuda=13.2 nvlink=no toolkit=12.4",
        &["l40s 46068/48 8.9 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "t4-535",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["t4 15360/16 7.5 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "t4-418",
        "usable driver=418.226 cuda=10.1 nvlink=no",
        &["t4 15079/16 7.5 whole exclusive GPU-00000001"],
        &["too-old:compute_cap", "too-old:mig.mode.current", "too-old:mig.mode.pending"],
    ),
    (
        "a10g-470",
        "usable driver=470.256.2 cuda=11.4 nvlink=no",
        &["a10g 22731/24 8.6 whole exclusive GPU-00000001"],
        &["too-old:compute_cap"],
    ),
    (
        "a100-470-tool-580-driver",
        "usable driver=580.95.5 cuda=13.0 nvlink=no",
        &["a100 40536/40 8.0 whole exclusive GPU-00000001"],
        &["too-old:compute_cap"],
    ),
    (
        "rtx-2080-super-610",
        "usable driver=610.57.4 cuda=13.3 nvlink=no",
        &["rtx-2080-super 8192/8 7.5 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "rtx-2080-super-610-windows",
        "usable driver=610.62 cuda=13.3 nvlink=no",
        &["rtx-2080-super 8192/8 7.5 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "graphics-device-525",
        "usable driver=525.60.13 cuda=12.0 nvlink=no",
        &["? 81920/? 9.0 whole exclusive GPU-00000001"],
        &["not-identified@0=Placeholder"],
    ),
    (
        "rtx-6090-700",
        "usable driver=700.10 cuda=15.0 nvlink=no",
        &["? 49152/? 14.0 whole exclusive GPU-00000001"],
        &["not-identified@0=NotListed"],
    ),
    (
        "name-with-commas",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["? 81559/? 9.0 whole exclusive GPU-00000001"],
        &["not-identified@0=NotListed"],
    ),
    (
        "l40s-with-the-capability-of-an-l4-to-come",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["? 46068/? ? whole exclusive GPU-00000001"],
        &["contradiction:Capability@0=8.9|9.0"],
    ),
    (
        "a100-80gb-that-reports-40",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["a100 40536/? 8.0 whole exclusive GPU-00000001"],
        &["contradiction:Memory@0=40536 MiB|80 GB"],
    ),
    (
        "memory-is-zero",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["t4 ?/16 7.5 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "values-not-permitted",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["a100 ?/80 8.0 ? ? GPU-00000001"],
        &["slices?@0"],
    ),
    (
        "t4-prohibited",
        "unusable:nvidia-smi:Prohibited driver=535.161.7 cuda=12.2 nvlink=no",
        &["t4 15360/16 7.5 whole prohibited GPU-00000001"],
        &[],
    ),
    (
        "l4-exclusive-process",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["l4 23034/24 8.9 whole exclusive GPU-00000001"],
        &["busy@0=1", "one-process@0"],
    ),
    (
        "l40s-mps",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["l40s 46068/48 8.9 whole shared GPU-00000001"],
        &["shared@0=Mps"],
    ),
    (
        "rtx-4090-with-a-desktop",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["rtx-4090 24564/24 8.9 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "a40-vgpu-by-name",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["? 49152/? 8.6 whole shared GPU-00000001"],
        &["shared@0=VirtualGpu", "not-identified@0=Virtual"],
    ),
    (
        "l40s-vgpu-by-mode",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["l40s 46068/48 8.9 whole shared GPU-00000001"],
        &["shared@0=VirtualGpu"],
    ),
    (
        "a16-host-of-vgpus",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["a16 15356/16 8.6 whole shared GPU-00000001"],
        &["shared@0=HostOfVirtualGpus"],
    ),
    (
        "h100-passed-through",
        "usable driver=590.48.1 cuda=13.1 nvlink=no",
        &["h100 81559/80 9.0 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "virtualization-unheard-of",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["l40s 46068/48 8.9 whole ? GPU-00000001"],
        &[],
    ),
    (
        "gb10-without-memory",
        "usable driver=580.95.5 cuda=13.0 nvlink=no",
        &["gb10 ?/? 12.1 whole exclusive GPU-00000001"],
        &[],
    ),
    (
        "orin-540",
        "usable driver=540.4 cuda=12.6 nvlink=no",
        &["orin ?/? 8.7 whole exclusive GPU-00000001"],
        &[],
    ),
    ("xavier-without-nvidia-smi", "usable", &["xavier ?/? 7.2 whole exclusive ?"], &[]),
    (
        "jetson-unheard-of",
        "usable",
        &["? ?/? ? whole exclusive ?"],
        &["not-identified@0=NotListed"],
    ),
    (
        "wsl-555-name-not-utf-8",
        "usable driver=555.85 cuda=12.5 nvlink=no",
        &["? 8192/? 8.6 whole exclusive GPU-00000001"],
        &["driver-of-windows", "not-identified@0=NotAName"],
    ),
    (
        "wsl-with-the-tool-of-windows",
        "usable driver=566.36 cuda=12.7 nvlink=no",
        &["rtx-4090 24564/24 8.9 whole exclusive GPU-00000001"],
        &["driver-of-windows"],
    ),
    // Slices.
    (
        "h100-mig-590",
        "usable driver=590.48.1 cuda=13.1 nvlink=no",
        &["h100 81559/80 9.0 3g.40gb=40448@MIG-00000001,1g.20gb=20096@MIG-00000002,\
           1g.10gb+me=9984@MIG-00000003,1g.10gb=9984@MIG-00000004 exclusive GPU-00000001"],
        &[],
    ),
    (
        "h200-mig-compute-instances",
        "usable driver=590.48.1 cuda=13.1 nvlink=no",
        &["h200 143771/141 9.0 1c.3g.71gb=71424@MIG-00000001,2c.3g.71gb=71424@MIG-00000002,\
           2g.35gb=33280@MIG-00000003,1g.18gb=16384@MIG-00000004 exclusive GPU-00000001"],
        &[],
    ),
    (
        "a100-mig-460-old-names",
        "usable driver=460.73.1 cuda=11.2 nvlink=no",
        &["a100 40537/40 8.0 3g.20gb=20096@MIG-GPU-00000001/1/0,1g.5gb=4864@MIG-GPU-00000001/7/0 \
           exclusive GPU-00000001"],
        &["too-old:compute_cap"],
    ),
    (
        "a100-mig-without-slices",
        "unusable:nvidia-smi:NoSlice driver=535.161.7 cuda=12.2 nvlink=no",
        &["a100 40536/40 8.0 nothing exclusive GPU-00000001"],
        &[],
    ),
    (
        "a100-mig-from-next-reset",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["a100 40536/40 8.0 whole exclusive GPU-00000001"],
        &["mig-will-be-on@0"],
    ),
    (
        "a30-mig-until-next-reset",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["a30 24258/24 8.0 4g.24gb=23936@MIG-00000001 exclusive GPU-00000001"],
        &["mig-will-be-off@0"],
    ),
    (
        "a30-mig-without-a-list",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["a30 24258/24 8.0 ? exclusive GPU-00000001"],
        &["failed:nvidia-smi:TimedOut", "slices?@0"],
    ),
    (
        "a30-mig-with-other-memory",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["a30 24258/24 8.0 2g.12gb=?@MIG-00000001,2g.12gb=?@MIG-00000002 exclusive GPU-00000001"],
        &[],
    ),
    (
        "mig-off-with-slices",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &["a100 40536/40 8.0 ? exclusive GPU-00000001"],
        &["slices?@0"],
    ),
    (
        "mig-profile-unheard-of",
        "usable driver=535.161.7 cuda=12.2 nvlink=no",
        &[
            "a100 40536/40 8.0 1q.5gb=4864@MIG-00000001,1g.5gb=4864@MIG-00000002 exclusive GPU-00000001",
        ],
        &[],
    ),
    // Several GPUs.
    (
        "h200-eight-590",
        "usable driver=590.48.1 cuda=13.1 nvlink=yes",
        &[
            "h200 143771/141 9.0 whole exclusive GPU-00000001",
            "h200 143771/141 9.0 whole exclusive GPU-00000002",
            "h200 143771/141 9.0 whole exclusive GPU-00000003",
            "h200 143771/141 9.0 whole exclusive GPU-00000004",
            "h200 143771/141 9.0 whole exclusive GPU-00000005",
            "h200 143771/141 9.0 whole exclusive GPU-00000006",
            "h200 143771/141 9.0 whole exclusive GPU-00000007",
            "h200 143771/141 9.0 whole exclusive GPU-00000008",
        ],
        &[],
    ),
    (
        "rtx-4090-two-550",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &[
            "rtx-4090 24564/24 8.9 whole exclusive GPU-00000001",
            "rtx-4090 24564/24 8.9 whole exclusive GPU-00000002",
        ],
        &[],
    ),
    (
        "a6000-four-in-pairs",
        "usable driver=550.54.14 cuda=12.4",
        &[
            "rtx-a6000 49140/48 8.6 whole exclusive GPU-00000001",
            "rtx-a6000 49140/48 8.6 whole exclusive GPU-00000002",
            "rtx-a6000 49140/48 8.6 whole exclusive GPU-00000003",
            "rtx-a6000 49140/48 8.6 whole exclusive GPU-00000004",
        ],
        &[],
    ),
    (
        "a100-and-t400",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &[
            "t400 4096/4 7.5 whole exclusive GPU-00000001",
            "a100 81920/80 8.0 whole exclusive GPU-00000002",
        ],
        &[],
    ),
    (
        "l40-and-l40s",
        "usable driver=550.54.14 cuda=12.4",
        &[
            "l40 46068/48 8.9 whole exclusive GPU-00000001",
            "l40s 46068/48 8.9 whole exclusive GPU-00000002",
        ],
        &[],
    ),
    (
        "same-uuid-twice",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &["rtx-4090 24564/24 8.9 whole exclusive ?", "rtx-4090 24564/24 8.9 whole exclusive ?"],
        &["contradiction:Uuid@0=GPU-00000001", "contradiction:Uuid@1=GPU-00000001"],
    ),
    ("log-counts-another-gpu", "unusable:nvidia-smi:Contradictory driver=550.54.14", &["?"], &[]),
    (
        "without-a-log",
        "usable driver=550.54.14 nvlink=no",
        &["rtx-4090 24564/24 8.9 whole ? GPU-00000001"],
        &["failed:nvidia-smi:TimedOut"],
    ),
    (
        "kernel-module-of-another-version",
        "usable cuda=12.4 nvlink=no",
        &["l4 23034/24 8.9 whole exclusive GPU-00000001"],
        &["contradiction:Driver=550.54.14|550.54.15"],
    ),
    // Failures.
    ("nothing", "no-gpu", &[], &[]),
    ("no-devices-6", "no-gpu driver=535.161.7", &[], &[]),
    ("no-devices-0", "no-gpu driver=535.161.7", &[], &[]),
    ("driver-not-loaded-9", "unusable:nvidia-smi:DriverNotLoaded", &["?"], &[]),
    ("library-missing-12", "unusable:nvidia-smi:LibraryMissing", &["?"], &[]),
    ("gpu-lost-15", "unusable:nvidia-smi:GpuLost", &["?"], &[]),
    ("versions-differ-18", "unusable:nvidia-smi:VersionsDiffer driver=535.154.5", &["?"], &[]),
    ("nvml-unknown-error-255", "unusable:nvidia-smi:Failed(Some(255))", &["?"], &[]),
    ("error-with-code-0", "unusable:nvidia-smi:VersionsDiffer", &["?"], &[]),
    ("code-18-without-a-text", "unusable:nvidia-smi:VersionsDiffer", &["?"], &[]),
    ("not-permitted-4", "unusable:nvidia-smi:NotPermitted", &["?"], &[]),
    ("one-of-two-lost", "unusable:nvidia-smi:GpuLost", &["?"], &[]),
    ("lost-in-values", "unusable:nvidia-smi:GpuLost", &["?"], &[]),
    ("nothing-with-code-0", "unusable:nvidia-smi:Unreadable", &["?"], &[]),
    ("a-page-of-html", "unusable:nvidia-smi:Unreadable", &["?"], &[]),
    ("header-only", "unusable:nvidia-smi:Unreadable", &["?"], &[]),
    ("cut-off-in-a-row", "unusable:nvidia-smi:Unreadable", &["?"], &[]),
    ("refuses-everything", "unusable:nvidia-smi:Failed(Some(2))", &["?"], &[]),
    ("refuses-what-was-not-asked", "unusable:nvidia-smi:Failed(Some(2))", &["?"], &[]),
    ("driver-without-its-tool", "unusable:nvidia-smi:ProgramMissing driver=550.54.14", &["?"], &[]),
    // AMD.
    (
        "rx-6700-xt-rocm-4.3",
        "usable nvlink=no",
        &["? 12272/? ? ? ? ?"],
        &["not-identified@0=NotReported", "slices?@0"],
    ),
    (
        "vega-10-without-a-name",
        "usable nvlink=no",
        &["? 16368/? ? ? ? GPU-02150e7d042a1124"],
        &["not-identified@0=NotReported", "slices?@0"],
    ),
    (
        "mi100-two-rocm-5.7",
        "usable rocm=5.7.1 nvlink=no",
        &["mi100 32752/32 gfx908 whole exclusive ?", "mi100 32752/32 gfx908 whole exclusive ?"],
        &[],
    ),
    (
        "rx-6700-xt-rocm-6.1",
        "usable nvlink=no",
        &["? 12272/? gfx1031 whole exclusive ?"],
        &["not-identified@0=NotListed"],
    ),
    (
        "mi300x-two-rocm-6.2",
        "usable rocm=6.2.4 nvlink=no",
        &[
            "mi300x 196592/192 gfx942 whole exclusive GPU-000000000000abc0",
            "mi300x 196592/192 gfx942 whole exclusive GPU-000000000000abc1",
        ],
        &[],
    ),
    (
        "mi300x-divided",
        "usable nvlink=no",
        &["mi300x 196592/192 gfx942 ? ? GPU-000000000000abc0"],
        &["slices?@0"],
    ),
    (
        "mi300x-perhaps-divided",
        "usable nvlink=no",
        &["mi300x 196592/192 gfx942 ? ? GPU-000000000000abc0"],
        &["slices?@0"],
    ),
    (
        "mi300x-virtual-function",
        "usable nvlink=no",
        &["? 196592/? gfx942 whole ? GPU-000000000000abc0"],
        &["not-identified@0=NotListed"],
    ),
    (
        "mi355x-rocm-7",
        "usable rocm=7.0.2 nvlink=no",
        &["mi355x 294896/288 gfx950 whole exclusive GPU-000000000000abc0"],
        &[],
    ),
    (
        "mi210-with-another-architecture",
        "usable nvlink=no",
        &["? 65520/? ? ? ? GPU-000000000000abc0"],
        &["contradiction:Gfx@0=gfx9010|gfx90a", "slices?@0"],
    ),
    (
        "amd-smi-says-nothing",
        "usable nvlink=no",
        &["? ?/? ? ? ? ?"],
        &["not-identified@0=NotReported", "slices?@0"],
    ),
    ("amd-tools-disagree", "unusable:amd-smi:Contradictory", &["?"], &[]),
    (
        "amd-memory-disagrees",
        "usable nvlink=no",
        &["mi300x ?/192 gfx942 whole exclusive GPU-000000000000abc0"],
        &[],
    ),
    (
        "warnings-before-the-json",
        "usable nvlink=no",
        &[
            "rx-6800 16368/? gfx1030 whole exclusive GPU-000000000000abc1",
            "rx-7900-xtx 24560/? gfx1100 whole exclusive GPU-000000000000abc2",
        ],
        &[],
    ),
    ("rocm-smi-without-gpus", "no-gpu", &[], &[]),
    ("amdgpu-not-loaded", "no-gpu", &[], &["failed:rocm-smi:DriverNotLoaded"]),
    (
        "amd-traceback",
        "unusable:amd-smi:Failed(Some(255))",
        &["?"],
        &["failed:rocm-smi:Failed(Some(1))"],
    ),
    (
        "amd-json-is-a-list-of-numbers",
        "unusable:amd-smi:Unreadable",
        &["?"],
        &["failed:rocm-smi:Unreadable"],
    ),
    ("amd-driver-without-tools", "unusable:amd-smi:ProgramMissing", &["?"], &[]),
    (
        "amd-names-to-be-obeyed",
        "usable nvlink=no",
        &["? ?/? ? ? ? ?"],
        &["not-identified@0=NotAName", "slices?@0"],
    ),
    // Both makers.
    (
        "nvidia-and-amd",
        "usable driver=550.54.14 cuda=12.4 nvlink=no",
        &[
            "rtx-4090 24564/24 8.9 whole exclusive GPU-00000001",
            "rx-7900-xtx 24560/? gfx1100 whole exclusive ?",
        ],
        &[],
    ),
    (
        "amd-beside-an-nvidia-driver-that-is-not-loaded",
        "usable nvlink=no",
        &["rx-7900-xtx 24560/? gfx1100 whole exclusive ?"],
        &["failed:nvidia-smi:DriverNotLoaded"],
    ),
    ("amd-beside-a-lost-gpu", "unusable:nvidia-smi:GpuLost", &["?"], &[]),
];

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
