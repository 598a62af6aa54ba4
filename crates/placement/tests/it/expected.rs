//! What is expected of every machine below `testdata/machines`, written down by hand before anything was read: from
//! the file, and the sizes and capabilities of models from the catalogue.

/// The name of the file, what is known of the machine, of each GPU, and what is noted.
pub(crate) type Expected =
    (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

/// What is not known is `?`. A GPU: model, MiB reported and GB on the box, capability or architecture, whole
/// or its slices, sharing, what it is called.
pub(crate) const EXPECTED: &[Expected] = &[
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
