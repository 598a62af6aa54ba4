//! Clauses one by one, and what holds of all machines.

use proptest::prelude::*;

use super::*;
use crate::cuda::CompatPackage;
use crate::made::{forget, gpu, machine, machines, need, needs, programs, sliced};

/// What a judgement says, in few words.
fn told(judgement: &Judgement) -> String {
    let failed = judgement
        .failed
        .iter()
        .map(|failure| format!("{:?}: {:?} of {:?}", failure.clause, failure.have, failure.want));
    let doubts =
        judgement.doubts.iter().map(|doubt| format!("{:?}? {:?}", doubt.clause, doubt.why));
    failed.chain(doubts).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check(need: &Need, machine: &Machine, expected: &str) {
    assert_eq!(told(&judge(need, machine)), expected);
}

fn name(name: &str) -> BTreeSet<String> {
    BTreeSet::from([name.to_owned()])
}

#[test]
fn gpus_are_counted() {
    let two = machine(vec![gpu("t4"), gpu("t4")]);
    check(&need(1), &two, "");
    check(&need(2), &two, "");
    check(&need(3), &two, "Gpus: Count(2) of Count(3)");
    check(&need(1), &machine(vec![]), "Gpus: Count(0) of Count(1)");
    check(&need(1), &Machine { gpus: None, ..two }, "Gpus? Gpus");
}

#[test]
fn memory_is_what_is_written_on_the_box_unless_it_is_asked_for_as_reported() {
    let asked = |gb| Need { min_memory_gb: Some(gb), ..need(1) };
    let t4 = machine(vec![gpu("t4")]);
    check(&asked(16), &t4, "");
    check(&asked(24), &t4, "Memory: Gigabytes(16) of Gigabytes(24)");
    let reported = |mib| Need { min_memory_mib: Some(mib), ..need(1) };
    check(&reported(15360), &t4, "");
    check(&reported(16000), &t4, "ReportedMemory: Mebibytes(15360) of Mebibytes(16000)");
    // Each of two, not one of them.
    let both = Need { min_memory_gb: Some(40), ..need(2) };
    let mixed = machine(vec![gpu("l40s"), gpu("t4")]);
    check(&both, &mixed, "Memory: Gigabytes(16) of Gigabytes(40)");
    check(&asked(40), &mixed, "");
}

#[test]
fn memory_together_is_that_of_the_gpus_that_fit() {
    let asked = |gb| Need { total_memory_gb: Some(gb), ..need(1) };
    let mixed = machine(vec![gpu("l40s"), gpu("l40s"), gpu("t4")]);
    check(&asked(112), &mixed, "");
    check(&asked(113), &mixed, "TotalMemory: Gigabytes(112) of Gigabytes(113)");
    let large = Need { min_memory_gb: Some(40), ..asked(112) };
    check(&large, &mixed, "TotalMemory: Gigabytes(96) of Gigabytes(112)");
    let alike = Need { same_model: true, ..asked(97) };
    check(&alike, &mixed, "TotalMemory: Gigabytes(96) of Gigabytes(97)");
}

#[test]
fn a_model_is_its_whole_name() {
    let asked = |model| Need { models: name(model), ..need(1) };
    let l40s = machine(vec![gpu("l40s")]);
    check(&asked("l40s"), &l40s, "");
    check(&asked("l40"), &l40s, r#"Model: Names({"l40s"}) of Names({"l40"})"#);
    let without = |model| Need { exclude_models: name(model), ..need(1) };
    check(&without("l40"), &l40s, "");
    check(&without("l40s"), &l40s, r#"ExcludedModel: Names({"l40s"}) of Names({"l40s"})"#);
    let nameless = machine(vec![Gpu { model: None, ..gpu("l40s") }]);
    check(&asked("l40s"), &nameless, "Model? OfGpus({0})");
    check(&without("t4"), &nameless, "ExcludedModel? OfGpus({0})");
}

#[test]
fn several_gpus_can_be_asked_to_be_of_one_model() {
    let alike = Need { same_model: true, ..need(2) };
    check(&alike, &machine(vec![gpu("t4"), gpu("l40s")]), "SameModel: Count(1) of Count(2)");
    check(&alike, &machine(vec![gpu("t4"), gpu("l40s"), gpu("t4")]), "");
    let nameless = Gpu { model: None, ..gpu("t4") };
    check(&alike, &machine(vec![gpu("t4"), nameless]), "SameModel? OfGpus({1})");
}

#[test]
fn the_same_gpus_have_to_meet_every_clause() {
    let mixed = machine(vec![gpu("a100"), gpu("l40s")]);
    let asked =
        Need { min_memory_gb: Some(80), min_capability: Some(Capability::new(8, 6)), ..need(1) };
    check(&asked, &mixed, "Together: Count(0) of Count(1)");
}

#[test]
fn a_capability_is_nvidias_and_an_architecture_amds() {
    let capability = |min, max| Need {
        min_capability: Some(Capability::new(min, 0)),
        max_capability: Some(Capability::new(max, 0)),
        ..need(1)
    };
    let (h100, mi300x) = (machine(vec![gpu("h100")]), machine(vec![gpu("mi300x")]));
    check(&capability(8, 9), &h100, "");
    let too_old = "MinCapability: Capability(Capability { major: 9, minor: 0 }) of \
                   Capability(Capability { major: 10, minor: 0 })";
    check(&capability(10, 12), &h100, too_old);
    let too_new = "MaxCapability: Capability(Capability { major: 9, minor: 0 }) of \
                   Capability(Capability { major: 8, minor: 0 })";
    check(&capability(8, 8), &h100, too_new);
    let none = "MinCapability: Nothing of Capability(Capability { major: 8, minor: 0 }); \
                MaxCapability: Nothing of Capability(Capability { major: 9, minor: 0 })";
    check(&capability(8, 9), &mi300x, none);
    let gfx = |gfx| Need { gfx: name(gfx), ..need(1) };
    check(&gfx("gfx942"), &mi300x, "");
    check(&gfx("gfx90a"), &mi300x, r#"Gfx: Names({"gfx942"}) of Names({"gfx90a"})"#);
    check(&gfx("gfx942"), &h100, r#"Gfx: Names({}) of Names({"gfx942"})"#);
    let amd = Need { vendor: Some(Vendor::Amd), ..need(1) };
    check(&amd, &h100, "Vendor: Vendors({Nvidia}) of Vendors({Amd})");
    let unknown = machine(vec![Gpu { capability: None, ..gpu("h100") }]);
    check(&capability(8, 9), &unknown, "MinCapability? OfGpus({0}); MaxCapability? OfGpus({0})");
}

#[test]
fn a_gpu_in_slices_is_no_gpu_and_a_whole_one_no_slice() {
    let slices = machine(vec![sliced("h100", &["1g.10gb", "1g.10gb", "3g.40gb"])]);
    let profiles = r#"Part: Parts({Slice("1g.10gb"), Slice("3g.40gb")}) of Parts({Whole})"#;
    check(&need(1), &slices, profiles);
    let part = |gpus, part| Need { part, ..need(gpus) };
    let slice = |gpus, text: &str| part(gpus, Part::Slice(text.parse().unwrap()));
    check(&slice(2, "1g.10gb"), &slices, "");

    let but_one = r#"Part: Parts({Slice("1g.10gb")}) of Parts({Slice("3g.40gb")})"#;
    check(&slice(2, "3g.40gb"), &slices, but_one);
    let media =
        r#"Part: Parts({Slice("1g.10gb"), Slice("3g.40gb")}) of Parts({Slice("1g.10gb+me")})"#;
    check(&slice(1, "1g.10gb+me"), &slices, media);
    let whole = r#"Part: Parts({Whole}) of Parts({Slice("1g.10gb")})"#;
    check(&slice(1, "1g.10gb"), &machine(vec![gpu("h100")]), whole);
    check(&part(3, Part::WholeOrSlice), &slices, "");
    check(&part(1, Part::WholeOrSlice), &machine(vec![gpu("h100")]), "");
    // It reports all of the card's memory, and no process can have it.
    let large = Need { min_memory_gb: Some(80), ..part(1, Part::WholeOrSlice) };
    check(&large, &slices, "Memory: Gigabytes(40) of Gigabytes(80)");
    let unknown = machine(vec![Gpu { mig: None, ..gpu("h100") }]);
    check(&need(1), &unknown, "Part? OfGpus({0})");
    check(&slice(7, "1g.10gb"), &unknown, "Part? OfGpus({0})");
}

#[test]
fn a_gpu_that_others_use_is_not_the_jobs() {
    let with = |sharing| machine(vec![Gpu { sharing, ..gpu("a10g") }]);
    check(&need(1), &with(Some(Sharing::Shared)), "Part: Parts({Shared}) of Parts({Whole})");
    let prohibited = "Part: Parts({Prohibited}) of Parts({Either})";
    let either = Need { part: Part::WholeOrSlice, ..need(1) };
    check(&either, &with(Some(Sharing::Prohibited)), prohibited);
    check(&need(1), &with(None), "Part? OfGpus({0})");
}

#[test]
fn a_machine_is_more_than_its_gpus() {
    let t4 = machine(vec![gpu("t4")]);
    let driver = |text: &str| Need { min_driver: Some(text.parse().unwrap()), ..need(1) };
    check(&driver("550.54.14"), &t4, "");
    let older = "Driver: Version(Version([550, 54, 14, 0])) of Version(Version([550, 54, 15, 0]))";
    check(&driver("550.54.15"), &t4, older);
    check(&driver("450"), &Machine { driver: None, ..t4.clone() }, "Driver? OfMachine");
    let nvlink = Need { nvlink: true, ..need(1) };
    check(&nvlink, &t4, "NvLink: Nothing of Present");
    check(&nvlink, &Machine { nvlink: None, ..t4.clone() }, "NvLink? OfMachine");
    let os = |os: &str| Need { os: Some(os.to_owned()), ..need(1) };
    check(&os("linux"), &t4, "");
    check(&os("Windows"), &t4, r#"Os: Names({"Linux"}) of Names({"Windows"})"#);
    let arch = Need { arch: Some("ARM64".to_owned()), ..need(1) };
    check(&arch, &t4, r#"Arch: Names({"X64"}) of Names({"ARM64"})"#);
    check(&arch, &Machine { arch: None, ..t4.clone() }, "Arch? OfMachine");
    let labels = |labels: &[&str]| Need {
        labels: labels.iter().map(|label| (*label).to_owned()).collect(),
        ..need(1)
    };
    check(&labels(&["Self-Hosted", "X64"]), &t4, "");
    let missing = r#"Labels: Names({"linux", "self-hosted", "x64"}) of Names({"gpu"})"#;
    check(&labels(&["gpu", "linux"]), &t4, missing);
}

#[test]
fn nothing_known_fits_nothing() {
    assert_eq!(judge(&need(1), &Machine::default()).fit(), Fit::Unknown);
    let windows = Machine { os: Some("Windows".to_owned()), ..Machine::default() };
    let linux = Need { os: Some("Linux".to_owned()), ..need(1) };
    assert_eq!(judge(&linux, &windows).fit(), Fit::No);
}

/// Whether a machine fits of which everything is known, the long way.
fn really_fits(need: &Need, machine: &Machine) -> bool {
    let mut devices: Vec<(&Gpu, Option<&Slice>)> = Vec::new();
    for gpu in machine.gpus.as_ref().unwrap() {
        match gpu.mig.as_ref().unwrap() {
            Mig::Whole => devices.push((gpu, None)),
            Mig::Sliced(slices) => devices.extend(slices.iter().map(|slice| (gpu, Some(slice)))),
        }
    }
    // MiB that it counts as having, with 93 of 100 for enough.
    let counts_as = |gpu: &Gpu, slice: Option<&Slice>| match slice {
        None => {
            let reported = u64::from(gpu.memory.reported_mib.unwrap());
            (u64::from(gpu.memory.nominal_gb.unwrap()) * 1024).max(reported * 100 / 93)
        }
        Some(slice) => {
            let gb: u64 = slice.profile.split(['.', 'g']).nth(2).unwrap().parse().unwrap();
            (gb * 1024).max(u64::from(slice.memory_mib.unwrap()) * 100 / 93)
        }
    };
    devices.retain(|(gpu, slice)| {
        let model = gpu.model.as_ref().unwrap();
        let part = match &need.part {
            Part::Whole => slice.is_none(),
            Part::WholeOrSlice => true,
            Part::Slice(profile) => slice.is_some_and(|slice| slice.profile == profile.to_string()),
        };
        let reported = slice.map_or(gpu.memory.reported_mib, |slice| slice.memory_mib).unwrap();
        part && gpu.sharing == Some(Sharing::Exclusive)
            && need.vendor.is_none_or(|vendor| gpu.vendor == vendor)
            && (need.models.is_empty() || need.models.contains(model))
            && !need.exclude_models.contains(model)
            && (need.gfx.is_empty() || gpu.gfx.as_ref().is_some_and(|gfx| need.gfx.contains(gfx)))
            && need.min_capability.is_none_or(|min| gpu.capability.is_some_and(|is| is >= min))
            && need.max_capability.is_none_or(|max| gpu.capability.is_some_and(|is| is <= max))
            && need.min_memory_mib.is_none_or(|mib| reported >= mib)
            && need.min_memory_gb.is_none_or(|gb| counts_as(gpu, *slice) >= u64::from(gb) * 1024)
    });
    let enough = |devices: &[&(&Gpu, Option<&Slice>)]| {
        let memory: u64 = devices.iter().map(|(gpu, slice)| counts_as(gpu, *slice)).sum();
        devices.len() >= usize::from(need.gpus.get())
            && need.total_memory_gb.is_none_or(|gb| memory >= u64::from(gb) * 1024)
    };
    let gpus = if need.same_model {
        devices.iter().any(|(first, _)| {
            let same = |device: &&(&Gpu, Option<&Slice>)| device.0.model == first.model;
            enough(&devices.iter().filter(same).collect::<Vec<_>>())
        })
    } else {
        enough(&devices.iter().collect::<Vec<_>>())
    };
    gpus && (!need.nvlink || machine.nvlink == Some(true))
        && need.min_driver.is_none_or(|min| machine.driver.unwrap() >= min)
        && need
            .arch
            .as_ref()
            .is_none_or(|arch| machine.arch.as_ref().unwrap().eq_ignore_ascii_case(arch))
}

/// A program with its code in words such as `90a`.
fn program(toolkit: &str, archs: &[&str]) -> Program {
    Program {
        toolkit: toolkit.parse().unwrap(),
        archs: archs.iter().map(|arch| arch.parse().unwrap()).collect(),
        jit: false,
        compat_package: CompatPackage::Absent,
    }
}

#[test]
fn a_program_runs_on_the_gpu_and_the_driver_or_dies_of_an_error() {
    let asked =
        |toolkit, archs: &[&str]| Need { program: Some(program(toolkit, archs)), ..need(1) };
    let t4 = machine(vec![gpu("t4")]);
    check(&asked("12.4", &["75"]), &t4, "");
    // The driver 550.54.14 is that of 12.4: machine code of 12.8 runs, its PTX does not.
    check(&asked("12.8", &["75"]), &t4, "");
    let failed = |need: &Need, machine: &Machine| {
        let failed = judge(need, machine).failed;
        let [Failure { clause, have: Value::Dies { failure, fixes }, .. }] = &failed[..] else {
            panic!("{failed:?}");
        };
        assert_eq!(*clause, Clause::Program);
        (failure.error().map(|error| error.number), fixes.first().cloned())
    };
    let ptx = asked("12.8", &["compute_75"]);
    let code = Fix::CodeFor { arch: "75".parse().unwrap(), toolkit: Version::new(12, 8, 0) };
    assert_eq!(failed(&ptx, &t4), (Some(222), Some(code)));
    assert_eq!(failed(&asked("12.4", &["90a"]), &t4).0, Some(209));
    let newer = asked("13.0", &["75"]);
    assert_eq!(failed(&newer, &t4), (Some(35), Some(Fix::Driver(Version::new(580, 65, 6)))));
    // Of two GPUs one is enough, unless both are asked for.
    let mixed = machine(vec![gpu("t4"), gpu("h100")]);
    check(&asked("12.4", &["90a"]), &mixed, "");
    assert_eq!(
        failed(&Need { gpus: need(2).gpus, ..asked("12.4", &["90a"]) }, &mixed).0,
        Some(209)
    );
    check(&asked("12.4", &[]), &Machine { driver: None, ..t4 }, "Program? OfProgram(Driver)");
}

#[test]
fn an_image_starts_where_its_requirement_is_met() {
    let asked = |text: &str| Need { image: Some(text.parse().unwrap()), ..need(1) };
    let t4 = machine(vec![gpu("t4")]);
    check(&asked("cuda>=12.4"), &t4, "");
    check(&asked("cuda>=12.9 brand=tesla,driver>=550,driver<551"), &t4, "Image? OfGpus({0})");
    let either =
        "cuda>=12.9 brand=tesla,driver>=550,driver<551 brand=nvidia,driver>=550,driver<551";
    check(&asked(either), &t4, "");
    let not_met = judge(&asked("cuda>=12.9 brand=tesla,driver>=570,driver<571"), &t4);
    let have = Value::DoesNotStart { driver: t4.driver, cuda: t4.cuda };
    assert!(matches!(&not_met.failed[..], [failure] if failure.have == have), "{not_met:?}");
    // The driver says which CUDA it was made with, if nobody else does.
    let silent = Machine { cuda: None, ..t4 };
    check(&asked("cuda>=12.4,cuda<12.5"), &silent, "");
    check(&asked("cuda>=12.4"), &Machine { driver: None, ..silent }, "Image? OfGpus({0})");
}

#[test]
fn the_gpus_that_fit_are_those_that_meet_every_clause() {
    let places = |need: &Need, machine: &Machine| -> Vec<_> {
        fitting(need, machine).iter().map(|it| (it.place, it.slice.is_some())).collect()
    };
    let mixed =
        machine(vec![gpu("t4"), gpu("l40s"), gpu("t4"), sliced("h100", &["1g.10gb", "3g.40gb"])]);
    assert_eq!(places(&need(1), &mixed), [(0, false), (1, false), (2, false)]);
    let large = Need { min_memory_gb: Some(40), ..need(1) };
    assert_eq!(places(&large, &mixed), [(1, false)]);
    let either = Need { part: Part::WholeOrSlice, ..large.clone() };
    assert_eq!(places(&either, &mixed), [(1, false), (3, true)]);
    assert_eq!(places(&Need { same_model: true, ..need(2) }, &mixed), [(0, false), (2, false)]);
    // What is not known is not shown to a job.
    let unknown = machine(vec![Gpu { sharing: None, ..gpu("l40s") }]);
    assert_eq!(places(&large, &unknown), []);
    let named = Gpu { uuid: Some("GPU-1".to_owned()), ..gpu("t4") };
    assert_eq!(fitting(&need(1), &machine(vec![named]))[0].uuid(), Some("GPU-1"));
}

/// Whether some slice shares its memory, so that it is never known how much it has.
fn shares(machine: &Machine) -> bool {
    machine.gpus.iter().flatten().any(|gpu| match &gpu.mig {
        Some(Mig::Sliced(slices)) => slices.iter().any(|slice| slice.profile.contains("c.")),
        Some(Mig::Whole) | None => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn who_knows_everything_is_sure_and_right(need in needs(), machine in machines()) {
        prop_assume!(!shares(&machine));
        let fit = judge(&need, &machine).fit();
        let wanted = if really_fits(&need, &machine) { Fit::Yes } else { Fit::No };
        prop_assert_eq!(fit, wanted, "{}", told(&judge(&need, &machine)));
    }

    #[test]
    fn who_knows_less_never_says_otherwise(
        need in needs(),
        (program, image) in programs(),
        machine in machines(),
        turns in prop_oneof![
            prop::collection::vec(prop::bool::weighted(0.1), 50),
            prop::collection::vec(prop::bool::weighted(0.5), 50),
        ],
    ) {
        let need = Need { program, image, ..need };
        let less = forget(&machine, &turns);
        let fit = judge(&need, &less).fit();
        if fit != Fit::Unknown {
            prop_assert_eq!(fit, judge(&need, &machine).fit(), "{:?}", less);
        }
    }

    #[test]
    fn a_machine_that_fits_has_enough_gpus_that_fit(need in needs(), machine in machines()) {
        if judge(&need, &machine).fit() == Fit::Yes {
            prop_assert!(fitting(&need, &machine).len() >= usize::from(need.gpus.get()));
        }
    }

    #[test]
    fn who_knows_nothing_of_a_gpu_never_says_that_it_fits(need in needs()) {
        let nothing = Gpu {
            model: None,
            memory: crate::Memory { reported_mib: None, nominal_gb: None },
            capability: None,
            mig: None,
            sharing: None,
            ..gpu("t4")
        };
        let judgement = judge(&need, &machine(vec![nothing; 4]));
        prop_assert_ne!(judgement.fit(), Fit::Yes);
    }
}

#[test]
fn a_machine_that_may_have_more_never_fails_for_its_gpus() {
    let some = |gpus| Machine { has_more: true, ..machine(gpus) };
    let one = some(vec![gpu("t4")]);
    check(&need(1), &one, "");
    check(&need(2), &one, "Gpus? Gpus");
    let of = |model: &str| Need { models: BTreeSet::from([model.to_owned()]), ..need(1) };
    check(&of("t4"), &one, "");
    check(&of("l40s"), &one, "Model? Gpus");
    let both = Need { min_memory_gb: Some(24), total_memory_gb: Some(48), ..of("a10g") };
    check(&both, &one, "Model? Gpus; Memory? Gpus");
    check(&both, &some(vec![]), "Gpus? Gpus");
    // What the machine is, it is.
    let driver = Need { min_driver: Some("560".parse().unwrap()), ..of("l40s") };
    check(
        &driver,
        &one,
        "Driver: Version(Version([550, 54, 14, 0])) of Version(Version([560, 0, 0, 0])); Model? Gpus",
    );
}

#[test]
fn of_a_driver_s_branch_alone_not_all_is_known() {
    let t4 = machine(vec![gpu("t4")]);
    let branch = Machine { driver: None, driver_branch: Some(550), ..t4.clone() };
    let driver = |text: &str| Need { min_driver: Some(text.parse().unwrap()), ..need(1) };
    check(&driver("550.0"), &branch, "");
    check(&driver("535.183"), &branch, "");
    check(&driver("550.1"), &branch, "Driver? OfMachine");
    let failed = "Driver: Version(Version([550, 0, 0, 0])) of Version(Version([551, 0, 0, 0]))";
    check(&driver("551"), &branch, failed);
    // The driver itself counts if it is known.
    check(&driver("550.1"), &Machine { driver_branch: Some(535), ..t4 }, "");
}
