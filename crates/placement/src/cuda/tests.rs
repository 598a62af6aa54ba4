//! The tables of the research for this tool, row by row.

use std::collections::BTreeSet;

use super::*;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn capability(text: &str) -> Capability {
    text.parse().unwrap()
}

pub(super) fn arch(text: &str) -> Arch {
    text.parse().unwrap()
}

fn archs(text: &str) -> Vec<Arch> {
    text.split_whitespace().map(arch).collect()
}

fn toolkit(text: &str) -> &'static Toolkit {
    known().toolkit(version(text)).unwrap_or_else(|| panic!("CUDA {text} is not listed"))
}

#[test]
fn the_data_has_no_mistake() {
    let read = Toolkits::read(include_str!("../../data/cuda.toml")).unwrap();
    assert_eq!(known(), &read);
    // Drivers grow with toolkits, and no package runs on a branch that needs none.
    let mut last = PerSystemVersions::default();
    for toolkit in read.all() {
        for (system, last) in [(System::Linux, &mut last.0), (System::Windows, &mut last.1)] {
            let Some(own) = toolkit.own_driver(system) else { continue };
            assert!(last.replace(own).is_none_or(|last| last < own), "{}", toolkit.version);
        }
        for branch in toolkit.forward_branches().into_iter().flatten() {
            let own = toolkit.own_driver(System::Linux).unwrap();
            assert!(*branch < own.major(), "{} {branch}", toolkit.version);
        }
    }
}

#[derive(Default)]
struct PerSystemVersions(Option<Version>, Option<Version>);

#[test]
fn mistakes_are_refused() {
    let error = |text: &str| Toolkits::read(text).unwrap_err();
    let floor = "[[floor]]\nmajor = 12\n";
    let toolkit = |more: &str| format!("{floor}[[toolkit]]\nversion = '12.0'\n{more}");
    assert!(Toolkits::read(&toolkit("sm = [90]")).is_ok());
    assert!(matches!(error("[[toolkit]]\nversion = '12.0'"), Mistake::Form(_)));
    assert!(matches!(error(&toolkit("colour = 'red'")), Mistake::Form(_)));
    assert_eq!(error(&toolkit("linux = 'x'")), Mistake::Version("x".into()));
    assert_eq!(error(&toolkit("sm = [9999]")), Mistake::Arch(9999));
    assert_eq!(error(&(toolkit("") + &toolkit(""))), Mistake::Twice(version("12.0")));
    let two = toolkit("") + "[[toolkit]]\nversion = '12.0'";
    assert_eq!(error(&two), Mistake::Twice(version("12.0")));
    let chips = |cards: &str, boards: &str| {
        format!("[chips]\ncards = {cards}\nboards = {boards}\n{}", toolkit(""))
    };
    assert!(Toolkits::read(&chips("[89]", "[87]")).is_ok());
    assert_eq!(error(&chips("[89]", "[87, 89]")), Mistake::TwoSeats(89));
    assert_eq!(error(&chips("[9999]", "[]")), Mistake::Arch(9999));
    let other = floor.replace("12", "13") + "[[toolkit]]\nversion = '12.0'";
    assert_eq!(error(&other), Mistake::NoFloor(version("12.0")));
}

#[test]
fn where_a_gpu_sits_is_known_and_the_catalogue_agrees() {
    use toolkits::Seat;
    let unknown = ["8.8", "10.7"].map(capability);
    for made in known().all().filter_map(Toolkit::capabilities).flatten() {
        assert_eq!(known().seat(*made).is_none(), unknown.contains(made), "{made}");
    }
    for model in catalogue::known().models() {
        let Some(capability) = model.capability else { continue };
        let seat = if model.line == Line::Embedded { Seat::Board } else { Seat::Card };
        assert_eq!(known().seat(capability), Some(seat), "{}", model.name);
    }
}

/// Toolkit, its own driver on Linux and on Windows: NVIDIA's 13.1 release notes.
const OWN: &[(&str, &str, &str)] = &[
    ("11.0", "450.51.06", "451.82"),
    ("11.1", "455.23", ""),
    ("11.2", "460.27.03", "460.82"),
    ("11.3", "465.19.01", ""),
    ("11.4", "470.42.01", "471.11"),
    ("11.5", "495.29.05", ""),
    ("11.6", "510.39.01", ""),
    ("11.7", "515.43.04", "516.01"),
    ("11.8", "520.61.05", "520.06"),
    ("12.0", "525.60.13", "527.41"),
    ("12.1", "530.30.02", "531.14"),
    ("12.2", "535.54.03", "536.25"),
    ("12.3", "545.23.06", "545.84"),
    ("12.4", "550.54.14", "551.61"),
    ("12.5", "555.42.02", "555.85"),
    ("12.6", "560.28.03", "560.76"),
    ("12.8", "570.26", "570.65"),
    ("12.9", "575.51.03", "576.02"),
    ("13.0", "580.65.06", ""),
    ("13.1", "590.44.01", ""),
];

#[test]
fn drivers_agree_with_a_second_list() {
    for (name, linux, windows) in OWN {
        let known = |text: &str| (!text.is_empty()).then(|| version(text));
        assert_eq!(toolkit(name).own_driver(System::Linux), known(linux), "{name}");
        assert_eq!(toolkit(name).own_driver(System::Windows), known(windows), "{name}");
    }
    assert_eq!(toolkit("13.2").own_driver(System::Linux).map(Version::major), Some(595));
    assert_eq!(toolkit("13.3").own_driver(System::Linux).map(Version::major), Some(610));
    assert_eq!(known().toolkit(version("12.7")), None);
    assert_eq!(toolkit("12.4.1").version, version("12.4"));
    for (name, linux, windows) in [
        ("11.8", "450.80.02", Some("452.39")),
        ("12.9", "525.60.13", None),
        ("13.1", "580.65.06", None),
    ] {
        assert_eq!(toolkit(name).oldest_driver(System::Linux), Some(version(linux)), "{name}");
        assert_eq!(toolkit(name).oldest_driver(System::Windows), windows.map(version), "{name}");
    }
}

/// What ptxas of each toolkit makes code for, and the nearest that it does not.
const MADE: &[(&str, &str, &str)] = &[
    ("11.7", "35 50 70 75 80 86 87", "30 89 90 100"),
    ("11.8", "35 37 87 89 90", "90a 100"),
    ("12.0", "50 70 87 89 90 90a", "35 37 100"),
    ("12.6", "50 70 89 90 90a", "37 100 120"),
    ("12.8", "50 90a 100 100a 101 101a 120 120a", "103 121 100f"),
    ("12.9", "50 100f 103 103a 120f 121 121a", "110 88"),
    ("13.0", "75 80 86 87 88 89 90a 100f 103 110 110a 121", "50 60 70 72 101 107"),
    ("13.3", "75 121 88", "70 101 107"),
    ("13.4", "75 107 121", "70 101"),
    ("13.5", "75 107 121", "70 101"),
];

#[test]
fn code_that_toolkits_make_agrees_with_a_second_list() {
    for (name, made, not_made) in MADE {
        for (texts, is_made) in [(made, true), (not_made, false)] {
            for arch in archs(texts) {
                assert_eq!(toolkit(name).makes(arch), Some(is_made), "{name} {arch}");
            }
        }
    }
    assert_eq!(toolkit("11.4").makes(arch("80")), None);
}

#[test]
fn code_runs_where_nvidia_says() {
    use Runs::{AsItIs, Compiled, No, NotPromised};
    let table: &[(&str, &str, Runs)] = &[
        ("sm_80", "8.0", AsItIs),
        ("80", "8.6", AsItIs),
        ("sm_86", "8.9", AsItIs),
        ("sm_89", "8.6", No),
        ("sm_80", "9.0", No),
        ("sm_75", "8.0", No),
        ("sm_90", "10.0", No),
        ("sm_120", "12.1", AsItIs),
        ("sm_100", "10.3", AsItIs),
        ("sm_100", "12.0", No),
        ("compute_80", "8.0", Compiled),
        ("compute_80", "12.0", Compiled),
        ("compute_90", "8.9", No),
        ("90a", "9.0", AsItIs),
        ("90a", "10.0", No),
        ("100a", "10.3", No),
        ("compute_90a", "9.0", Compiled),
        ("compute_90a", "10.0", No),
        ("100f", "10.0", AsItIs),
        ("100f", "10.3", AsItIs),
        ("103f", "10.0", No),
        ("100f", "12.0", No),
        ("120f", "12.1", AsItIs),
        ("compute_120f", "12.1", Compiled),
        ("compute_100f", "12.0", No),
        // Jetson and everything else are strangers.
        ("sm_86", "8.7", No),
        ("sm_80", "8.7", No),
        ("sm_87", "8.7", AsItIs),
        ("sm_87", "8.9", No),
        ("compute_80", "8.7", Compiled),
        // Thor has two names.
        ("sm_101", "11.0", NotPromised),
        ("sm_110", "10.1", NotPromised),
        ("compute_101", "11.0", Compiled),
        ("sm_110", "11.0", AsItIs),
        // GPUs that nobody wrote about.
        ("sm_80", "8.8", NotPromised),
        ("100f", "10.7", NotPromised),
        ("sm_107", "10.7", AsItIs),
        ("compute_100", "10.7", Compiled),
        ("sm_100", "13.0", No),
    ];
    for (code, gpu, runs) in table {
        assert_eq!(arch(code).runs_on(capability(gpu)), *runs, "{code} on {gpu}");
    }
}

#[test]
fn an_arch_is_read_and_told() {
    for (text, told) in [
        ("89", "sm_89"),
        ("90a", "sm_90a"),
        ("sm_120f", "sm_120f"),
        ("compute_80", "compute_80"),
        ("compute_100f", "compute_100f"),
    ] {
        assert_eq!(arch(text).to_string(), told);
    }
    assert_eq!(arch("120").capability, Capability::new(12, 0));
    for text in [
        "",
        "8",
        "sm_",
        "sm_8",
        "8.9",
        "089",
        "sm_89 ",
        "+89",
        "89b",
        "89af",
        "9999",
        "SM_89",
        "compute_sm_80",
        "sm_compute_80",
        "80-real",
    ] {
        assert_eq!(text.parse::<Arch>(), Err(NotAnArch), "{text}");
    }
}

/// A host on Linux with a model of the catalogue.
pub(super) fn host(model: &str, driver: &str) -> Host {
    let model = catalogue::known().model(model).unwrap_or_else(|| panic!("{model}"));
    Host {
        vendor: model.vendor,
        system: Some(System::Linux),
        driver: Some(version(driver)),
        cuda: None,
        capability: model.capability,
        line: Some(model.line),
    }
}

/// A program: `12.9 sm_80 compute_90 jit compat`, `compat!` if the package is always used.
fn program(text: &str) -> Program {
    let mut words = text.split(' ');
    let mut program = Program {
        toolkit: version(words.next().unwrap()),
        archs: Vec::new(),
        jit: false,
        compat_package: CompatPackage::Absent,
    };
    for word in words {
        match word {
            "jit" => program.jit = true,
            "compat" => program.compat_package = CompatPackage::WhenNeeded,
            "compat!" => program.compat_package = CompatPackage::Always,
            code => program.archs.push(arch(code)),
        }
    }
    program
}

fn driver(text: &str) -> Fix {
    Fix::Driver(version(text))
}

fn made_with(text: &str) -> Fix {
    Fix::Toolkit(version(text))
}

fn code(text: &str, toolkit: &str) -> Fix {
    Fix::CodeFor { arch: arch(text), toolkit: version(toolkit) }
}

fn runs(way: Way, code: Code) -> Verdict {
    Verdict::Runs { way, code }
}

#[test]
fn programs_run() {
    use Code::{AsItIs, Compiled, NotSaid};
    use Way::{Forward, MinorVersion, Native};
    let table: &[(&str, &str, &str, Verdict)] = &[
        ("12.4 sm_80", "a100", "550.54.14", runs(Native, AsItIs)),
        ("12.4.1 sm_80", "a100", "550.90.07", runs(Native, AsItIs)),
        ("12.4", "a100", "550.54.15", runs(Native, NotSaid)),
        ("11.8 sm_86", "l4", "580.65.06", runs(Native, AsItIs)),
        ("12.4 compute_80", "h100", "550.54.14", runs(Native, Compiled)),
        ("12.4 sm_80 compute_80", "h100", "570.26", runs(Native, Compiled)),
        ("12.4 sm_90a jit", "h100", "550.54.14", runs(Native, AsItIs)),
        ("12.4 sm_80", "a100", "550.54.13", runs(MinorVersion, AsItIs)),
        ("12.9 sm_89", "rtx-4090", "535.54.03", runs(MinorVersion, AsItIs)),
        ("12.9 sm_80", "a100", "525.60.13", runs(MinorVersion, AsItIs)),
        ("13.1 sm_89", "l40s", "580.65.06", runs(MinorVersion, AsItIs)),
        ("11.8 sm_80", "a100", "450.80.02", runs(MinorVersion, AsItIs)),
        ("12.9 sm_90 compat", "h100", "535.104.05", runs(Forward, AsItIs)),
        ("12.9 compute_80 jit compat", "l4", "570.26", runs(Forward, Compiled)),
        ("13.0 sm_75 compat!", "t4", "550.54.14", runs(Forward, AsItIs)),
        // A package that is not needed does no harm in a container.
        ("12.4 sm_89 compat", "rtx-4090", "580.65.06", runs(Native, AsItIs)),
        // Older than the list, and newer.
        ("10.2 sm_75", "t4", "535.54.03", runs(Native, AsItIs)),
        ("13.3 sm_90", "h200", "610.10", runs(Native, AsItIs)),
        ("13.4 sm_90", "h200", "610.10", runs(MinorVersion, AsItIs)),
    ];
    for (text, model, at, verdict) in table {
        assert_eq!(
            &known().judge(&program(text), &host(model, at)),
            verdict,
            "{text} {model} {at}"
        );
    }
}

#[test]
fn programs_die_of_the_error_that_is_told() {
    let table: &[(&str, &str, &str, u16, &[Fix])] = &[
        ("12.4 sm_80", "a100", "520.61.05", 35, &[driver("525.60.13"), made_with("11.8")]),
        (
            "12.4 sm_80",
            "a100",
            "470.82.01",
            35,
            &[driver("525.60.13"), Fix::AddPackage("cuda-compat-12-4".into()), made_with("11.4")],
        ),
        ("13.0 sm_89", "rtx-4090", "575.51.03", 35, &[driver("580.65.06"), made_with("12.9")]),
        (
            "13.0 sm_89",
            "l40s",
            "575.51.03",
            35,
            &[driver("580.65.06"), Fix::AddPackage("cuda-compat-13-0".into()), made_with("12.9")],
        ),
        ("11.0 sm_80", "a100", "450.36.06", 35, &[driver("450.51.06")]),
        (
            "12.9 sm_80 jit",
            "a100",
            "535.54.03",
            222,
            &[Fix::AddPackage("cuda-compat-12-9".into()), driver("575.51.03"), made_with("12.2")],
        ),
        (
            "12.9 compute_80",
            "rtx-4090",
            "535.54.03",
            222,
            &[code("sm_89", "12.9"), driver("575.51.03"), made_with("12.2")],
        ),
        (
            "12.4 sm_89 compat",
            "rtx-4090",
            "535.54.03",
            804,
            &[Fix::RemovePackage, driver("550.54.14"), made_with("12.2")],
        ),
        (
            "12.1 sm_75 compat",
            "rtx-2080-ti",
            "470.57.02",
            804,
            &[driver("530.30.02"), made_with("11.4")],
        ),
        ("12.4 compute_80 compat!", "rtx-3090", "535.54.03", 804, &[driver("550.54.14")]),
        (
            "12.9 sm_80 compat",
            "a100",
            "545.23.06",
            803,
            &[Fix::RemovePackage, driver("575.51.03"), made_with("12.3")],
        ),
        ("12.4 sm_80 compat!", "a100", "580.65.06", 803, &[Fix::RemovePackage]),
        ("12.4 sm_80", "h100", "550.54.14", 209, &[code("sm_90", "12.4")]),
        ("12.4 sm_89", "rtx-3090", "550.54.14", 209, &[code("sm_86", "12.4")]),
        ("12.4 sm_90", "rtx-5090", "580.65.06", 209, &[code("sm_120", "12.8")]),
        ("13.0", "v100", "580.65.06", 209, &[made_with("12.9")]),
        ("13.0 sm_75", "v100", "580.65.06", 209, &[code("sm_70", "12.9")]),
        ("12.4 sm_86", "a100", "570.26", 209, &[code("sm_80", "12.4")]),
        ("12.4 sm_90", "mi300x", "550.54.14", 100, &[Fix::OtherGpu]),
        // Both: the driver's error comes first.
        ("12.4 sm_90", "a100", "520.61.05", 35, &[driver("525.60.13"), made_with("11.8")]),
    ];
    for (text, model, at, number, wanted) in table {
        let verdict = known().judge(&program(text), &host(model, at));
        let Verdict::Dies { failure, fixes } = verdict else { panic!("{text} {at}: {verdict:?}") };
        assert_eq!(failure.error().map(|it| it.number), Some(*number), "{text} {model} {at}");
        assert_eq!(&fixes, wanted, "{text} {model} {at}");
    }
}

#[test]
fn code_that_no_toolkit_makes_is_a_mistake_without_a_number() {
    for (text, made) in [
        ("11.7 sm_89", Some("11.8")),
        ("12.6 sm_120", Some("12.8")),
        ("13.0 sm_70", Some("12.9")),
        ("12.9 sm_110", Some("13.0")),
        ("12.8 sm_60f", None),
    ] {
        let unknown = Host { driver: None, capability: None, ..host("a100", "1.1") };
        let fixes: Vec<Fix> = made.map(made_with).into_iter().collect();
        let failure = Failure::CannotBeMade { arch: program(text).archs[0] };
        assert_eq!(failure.error(), None);
        let verdict = known().judge(&program(text), &unknown);
        assert_eq!(verdict, Verdict::Dies { failure, fixes }, "{text}");
    }
}

#[test]
fn what_is_not_known_is_never_a_yes() {
    let full = host("a100", "550.54.14");
    let table: &[(&str, Host, Unsure)] = &[
        ("12.4 sm_80", Host { driver: None, ..full }, Unsure::Driver),
        ("12.4 sm_80", Host { system: None, ..full }, Unsure::System),
        ("12.4 sm_80", Host { capability: None, ..full }, Unsure::Capability),
        ("12.9 sm_80 compat", Host { line: None, ..full }, Unsure::Line),
        ("12.9 sm_89 compat", host("rtx-6000-ada", "550.54.14"), Unsure::CompatOnWorkstation),
        ("12.0 sm_80 compat", host("a100", "470.82.01"), Unsure::CompatBranches),
        ("12.8 sm_80 compat", host("a100", "570.10"), Unsure::CompatBranches),
        ("12.4 sm_80 compat!", host("a100", "550.90.07"), Unsure::CompatBranches),
        ("12.7 sm_80", full, Unsure::Toolkit),
        ("14.0 sm_80", full, Unsure::Toolkit),
        ("10.2 sm_75", host("t4", "440.33"), Unsure::Toolkit),
        ("11.4", full, Unsure::Capabilities),
        ("12.4", host("b200", "580.65.06"), Unsure::NewerGpu),
        ("12.4 sm_87", host("orin", "540.4"), Unsure::Embedded),
        ("12.4 sm_87", Host { line: None, ..host("orin", "540.4") }, Unsure::Embedded),
        ("13.4 sm_80 jit", host("a100", "610.10"), Unsure::OldestDriver),
        ("13.4 sm_80 compat", host("a100", "610.10"), Unsure::OldestDriver),
        ("12.9 sm_80", Host { system: Some(System::Windows), ..full }, Unsure::OldestDriver),
    ];
    for (text, host, why) in table {
        let verdict = known().judge(&program(text), host);
        assert_eq!(verdict, Verdict::Unknown(*why), "{text} {host:?}");
    }
    // What is certain to fail fails all the same.
    let no_driver = Host { driver: None, ..full };
    let verdict = known().judge(&program("12.4 sm_90"), &no_driver);
    assert!(
        matches!(verdict, Verdict::Dies { failure: Failure::NoCode { .. }, .. }),
        "{verdict:?}"
    );
}

#[test]
fn windows_has_drivers_of_its_own_and_no_package() {
    let windows = |at: &str| Host { system: Some(System::Windows), ..host("a100", at) };
    let judge = |text: &str, at: &str| known().judge(&program(text), &windows(at));
    assert_eq!(judge("12.4 sm_80", "551.61"), runs(Way::Native, Code::AsItIs));
    assert_eq!(judge("12.4 sm_80", "550.54.14"), Verdict::Unknown(Unsure::OldestDriver));
    assert_eq!(judge("11.8 sm_80 compat", "452.39"), runs(Way::MinorVersion, Code::AsItIs));
    // No list has the driver of 11.1, but a later toolkit's will do.
    assert_eq!(judge("11.1 sm_80", "460.82"), runs(Way::Native, Code::AsItIs));
}

#[test]
fn what_a_driver_says_of_itself_counts_only_where_no_list_knows_it() {
    let says = |driver: &str, cuda: &str| Host {
        cuda: Some(version(cuda)),
        ..host("rtx-2080-ti", driver)
    };
    let judge = |text: &str, host: Host| known().judge(&program(text), &host);
    assert_eq!(judge("13.4 sm_75", says("625.10", "13.4")), runs(Way::Native, Code::AsItIs));
    let less = judge("13.4 sm_75 jit", says("625.10", "13.3"));
    assert_eq!(less, Verdict::Unknown(Unsure::OldestDriver));
    let listed = judge("13.4 sm_75 jit", says("610.10", "13.4"));
    assert_eq!(listed, Verdict::Unknown(Unsure::OldestDriver));
    // Seen in the wild: a driver of 11.4 that says 12.1 because of the package, on a card that refuses it.
    let verdict = judge("12.1 sm_75", says("470.57.02", "12.1"));
    assert!(matches!(verdict, Verdict::Dies { failure: Failure::DriverTooOld { .. }, .. }));
}

#[test]
fn a_host_is_made_of_a_machine_and_its_model() {
    let gpu = Gpu {
        vendor: Vendor::Nvidia,
        model: Some("l40s".into()),
        memory: crate::Memory { reported_mib: None, nominal_gb: None },
        capability: None,
        gfx: None,
        mig: None,
        sharing: None,
        uuid: None,
    };
    let machine = Machine {
        gpus: None,
        driver: Some(version("550.54.14")),
        cuda: Some(version("12.4")),
        rocm: None,
        nvlink: None,
        has_more: false,
        driver_branch: None,
        os: Some("Linux".into()),
        arch: None,
        labels: BTreeSet::new(),
    };
    let host = Host::of(&machine, &gpu);
    assert_eq!(host.capability, Some(Capability::new(8, 9)));
    assert_eq!((host.line, host.system), (Some(Line::DataCentre), Some(System::Linux)));
    let said = Gpu { capability: Some(Capability::new(9, 0)), model: None, ..gpu };
    let mac = Machine { os: Some("macOS".into()), ..machine };
    let host = Host::of(&mac, &said);
    assert_eq!(host.capability, Some(Capability::new(9, 0)));
    assert_eq!((host.line, host.system), (None, None));
}
