//! What must hold for all programs and hosts.

use proptest::prelude::*;

use super::tests::{arch, host};
use super::*;

pub(super) fn any_version() -> impl Strategy<Value = Version> {
    let toolkits: Vec<Version> = known().all().map(|toolkit| toolkit.version).collect();
    prop_oneof![
        proptest::sample::select(toolkits),
        (0_u32..16, 0_u32..12).prop_map(|(major, minor)| Version::new(major, minor, 0)),
    ]
}

pub(super) fn any_driver() -> impl Strategy<Value = Version> {
    (440_u32..630, 0_u32..110, 0_u32..20).prop_map(|(a, b, c)| Version::new(a, b, c))
}

fn any_arch() -> impl Strategy<Value = Arch> {
    const NUMBERS: &[u16] =
        &[50, 60, 70, 75, 80, 86, 87, 88, 89, 90, 100, 101, 103, 107, 110, 120, 121];
    (any::<bool>(), proptest::sample::select(NUMBERS), "[af]?").prop_map(|(is_ptx, number, end)| {
        arch(&format!("{}{number}{end}", if is_ptx { "compute_" } else { "sm_" }))
    })
}

fn any_package() -> impl Strategy<Value = CompatPackage> {
    use CompatPackage::{Absent, Always, WhenNeeded};
    prop_oneof![Just(Absent), Just(WhenNeeded), Just(Always)]
}

fn any_program() -> impl Strategy<Value = Program> {
    let archs = proptest::collection::vec(any_arch(), 0..4);
    (any_version(), archs, any::<bool>(), any_package()).prop_map(
        |(toolkit, archs, jit, compat_package)| Program { toolkit, archs, jit, compat_package },
    )
}

fn any_host() -> impl Strategy<Value = Host> {
    let models: Vec<String> = catalogue::known().models().map(|model| model.name.clone()).collect();
    let system = prop_oneof![Just(System::Linux), Just(System::Windows)];
    let says = proptest::option::of(any_version());
    (proptest::sample::select(models), any_driver(), system, says).prop_map(
        |(model, driver, system, cuda)| Host {
            system: Some(system),
            cuda,
            driver: Some(driver),
            ..host(&model, "1.1")
        },
    )
}

/// Whether a driver or the package is to blame.
fn is_drivers(failure: Failure) -> bool {
    match failure {
        Failure::DriverTooOld { .. }
        | Failure::CannotCompile { .. }
        | Failure::CompatRefusesGpu
        | Failure::CompatRefusesBranch { .. }
        | Failure::CompatTooOld => true,
        Failure::NotNvidia | Failure::NoCode { .. } | Failure::CannotBeMade { .. } => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    /// Nothing that is forgotten turns a no or an unknown into a yes.
    #[test]
    fn knowing_less_never_makes_it_run(program in any_program(), host in any_host(), what in 0..5) {
        let less = match what {
            0 => Host { driver: None, ..host },
            1 => Host { system: None, ..host },
            2 => Host { capability: None, ..host },
            3 => Host { line: None, ..host },
            _ => Host { cuda: None, ..host },
        };
        let full = known().judge(&program, &host);
        let verdict = known().judge(&program, &less);
        if let Verdict::Runs { .. } = verdict {
            prop_assert_eq!(&full, &verdict);
        }
        if what < 3 && program.compat_package == CompatPackage::Absent {
            let does_run = matches!(verdict, Verdict::Runs { .. });
            prop_assert!(!does_run);
        }
    }

    /// Without the package, a newer driver runs what an older one runs.
    #[test]
    fn a_newer_driver_runs_as_much(program in any_program(), host in any_host(), newer in any_driver()) {
        let program = Program { compat_package: CompatPackage::Absent, ..program };
        let after = Host { driver: host.driver.max(Some(newer)), ..host };
        let does_run = |host: &Host| matches!(known().judge(&program, host), Verdict::Runs { .. });
        if does_run(&host) {
            prop_assert!(does_run(&after), "{:?}", after.driver);
        }
    }

    /// What is said to help, helps: the program gets past what it died of, and does not die of the driver.
    #[test]
    fn a_fix_fixes(program in any_program(), host in any_host()) {
        let Verdict::Dies { failure, fixes } = known().judge(&program, &host) else { return Ok(()) };
        for fix in fixes {
            let (mut program, mut host) = (program.clone(), host);
            match &fix {
                Fix::Driver(driver) => host.driver = Some(*driver),
                Fix::Toolkit(toolkit) => program.toolkit = *toolkit,
                Fix::CodeFor { arch, toolkit } => {
                    program.archs.push(*arch);
                    program.toolkit = *toolkit;
                }
                Fix::AddPackage(_) => program.compat_package = CompatPackage::WhenNeeded,
                Fix::RemovePackage => program.compat_package = CompatPackage::Absent,
                Fix::OtherGpu => continue,
            }
            if let Verdict::Dies { failure: after, .. } = known().judge(&program, &host) {
                prop_assert_ne!(after, failure, "{:?}", fix);
                prop_assert!(!is_drivers(failure) || !is_drivers(after), "{:?} {:?}", fix, after);
            }
        }
    }

    /// Only the drivers' own CUDA or the package make a driver compile what it is too old for.
    #[test]
    fn an_older_driver_compiles_nothing(program in any_program(), host in any_host()) {
        let verdict = known().judge(&program, &host);
        if let Verdict::Runs { way: Way::MinorVersion, code } = verdict {
            prop_assert!(!program.jit && code != Code::Compiled);
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "[a-z0-9_]{0,12}", any in any::<String>()) {
        let _ = (text.parse::<Arch>(), any.parse::<Arch>());
    }
}
