//! What holds whatever a machine answers.

use proptest::prelude::*;

use super::ask::FIELDS;
use super::*;
use crate::own_labels;

/// Parts of what the programs print, to be put together in any way.
const PIECES: [&str; 34] = [
    "index, name, uuid, memory.total [MiB], compute_cap, driver_version, mig.mode.current, \
     mig.mode.pending, compute_mode",
    "0, Tesla T4, GPU-1, 15360 MiB, 7.5, 535.54.03, [N/A], [N/A], Default",
    "1, NVIDIA A100-SXM4-40GB, GPU-2, 40536 MiB, 8.0, 535.54.03, Enabled, Disabled, Default",
    "1, NVIDIA L40S, GPU-1, 0 MiB, 9.9, 1.2.3, Disabled, [Unknown Error], Prohibited",
    "4294967296, , , , , , , , ",
    ",,,,,,,,,,,,,,,,,,",
    "Field \"compute_cap\" is not a valid field to query.",
    "Field \"index\" is not a valid field to query.",
    "No devices were found",
    "Failed to initialize NVML: Unknown Error",
    "Unable to determine the device handle for GPU0: Unknown Error",
    "GPU 0: Tesla T4 (UUID: GPU-1)",
    "GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-2)",
    "  MIG 1g.5gb      Device  0: (UUID: MIG-1)",
    "Driver Version                          : 535.54.03",
    "CUDA Version                            : 12.2",
    "Attached GPUs                           : 1",
    "Attached GPUs                           : 2",
    "GPU 00000000:01:00.0",
    "    GPU UUID                            : GPU-1",
    "    MIG Device",
    "        Index                           : 0",
    "        Shared FB Memory Usage",
    "            Total                       : 4864 MiB",
    "    GPU Virtualization Mode",
    "        Virtualization Mode             : VGPU",
    "{\"card0\": {\"Card series\": \"AMD Instinct MI300X\", \"GFX Version\": \"gfx942\"}, \"system\": {}}",
    "{\"card0\": {\"VRAM Total Memory (B)\": \"99999999999999999999\", \"Compute Partition\": \"SPX\"}}",
    "[{\"gpu\": 0, \"asic\": {\"market_name\": \"AMD Instinct MI210\", \"asic_serial\": \"0x1\"}}]",
    "{\"gpu_data\": [{\"gpu\": 0, \"vram\": {\"size\": {\"value\": 65520, \"unit\": \"MB\"}}}]}",
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  now",
    "# R36 (release), REVISION: 4.3",
    "Cuda compilation tools, release 12.4, V12.4.131",
    "GPU0\t X \tNV4\nGPU1\tNV4\t X ",
];

fn said() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(PIECES.to_vec()).prop_map(|piece| piece.as_bytes().to_vec());
    let odd = prop::collection::vec(any::<u8>(), 0..40);
    prop::collection::vec(prop_oneof![8 => piece, 1 => odd], 0..8)
        .prop_map(|lines| lines.join(&b'\n'))
}

fn comings() -> impl Strategy<Value = Came> {
    let codes = prop::sample::select(vec![0, 0, 0, 0, 2, 6, 9, 14, 15, 18, 255]);
    prop_oneof![
        12 => (prop::option::weighted(0.95, codes), said(), said())
            .prop_map(|(code, stdout, stderr)| Came::Said { code, stdout, stderr }),
        2 => Just(Came::Absent),
        1 => Just(Came::TimedOut),
        1 => Just(Came::TooMuch),
        1 => ".{0,20}".prop_map(Came::CannotStart),
    ]
}

/// Asks everything that comes up, of a machine whose answers are these in turn.
fn asked(comings: &[Came]) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut turns = comings.iter().cycle();
    loop {
        let asks = next(&answers);
        if asks.is_empty() {
            return answers;
        }
        assert!(answers.len() < 60, "the questions have no end");
        answers.extend(asks.into_iter().map(|ask| (ask, turns.next().unwrap().clone())));
    }
}

proptest! {
    #[test]
    fn whatever_is_answered_the_questions_end_and_no_label_is_made_up(
        comings in prop::collection::vec(comings(), 1..20),
    ) {
        let answers = asked(&comings);
        let probed = read(&answers);
        // The same answers in another order, or only some of them, are read as well.
        let _ = read(&answers[..answers.len() / 2]);
        let labels = own_labels(&probed.machine);
        match &probed.machine.gpus {
            None => {
                prop_assert!(matches!(probed.state, State::Unusable(_)));
                prop_assert!(labels.is_empty());
            }
            Some(gpus) => {
                prop_assert_eq!(gpus.is_empty(), probed.state == State::NoGpu);
                prop_assert!(labels.len() <= 100);
                for gpu in gpus {
                    prop_assert_ne!(gpu.memory.reported_mib, Some(0));
                    prop_assert_ne!(gpu.memory.nominal_gb, Some(0));
                }
            }
        }
    }

    #[test]
    fn an_answer_says_the_same_in_any_order(comings in prop::collection::vec(comings(), 1..20)) {
        let mut answers = asked(&comings);
        let first = read(&answers);
        answers.reverse();
        prop_assert_eq!(first, read(&answers));
    }
}

fn said_once(code: i32, stdout: &str) -> Came {
    Came::Said { code: Some(code), stdout: stdout.as_bytes().to_vec(), stderr: Vec::new() }
}

#[test]
fn nothing_is_asked_twice_and_a_tool_elsewhere_is_looked_for_only_if_it_is_not_here() {
    let first = next(&[]);
    assert!(first.contains(&Ask::query("nvidia-smi", &FIELDS)));
    let absent: Vec<Answer> = first.into_iter().map(|ask| (ask, Came::Absent)).collect();
    let second = next(&absent);
    let program = |ask: &Ask| match ask {
        Ask::Run { program, .. } => *program,
        Ask::Read(_) => "",
    };
    assert!(second.iter().all(|ask| program(ask) == "/usr/lib/wsl/lib/nvidia-smi"), "{second:?}");
    let gone: Vec<Answer> =
        absent.into_iter().chain(second.into_iter().map(|ask| (ask, Came::TimedOut))).collect();
    assert_eq!(next(&gone), []);
}

#[test]
fn answers_that_are_not_there_are_no_no() {
    // Whoever ran out of time before a question must not make the machine one without a GPU.
    let probed = read(&[]);
    assert!(matches!(&probed.state, State::Unusable(trouble) if trouble.kind == Kind::TimedOut));
    assert_eq!(probed.machine.gpus, None);
}

#[test]
fn what_a_program_said_is_kept_short_and_on_one_line() {
    let said = format!("\n  {}\nand more", "x".repeat(5000));
    let answers = [(Ask::query("nvidia-smi", &FIELDS), said_once(7, &said))];
    let State::Unusable(trouble) = read(&answers).state else { panic!("it is usable") };
    assert_eq!((trouble.kind, trouble.said), (Kind::Failed(Some(7)), Some("x".repeat(KEPT))));
}

#[test]
fn the_reason_is_kept_and_not_what_stands_before_it() {
    let said = "WARNING: infoROM is corrupted at gpu 0000:01:00.0\nFailed to initialize NVML: \
                Driver/library version mismatch\n";
    let answers = [(Ask::query("nvidia-smi", &FIELDS), said_once(18, said))];
    let State::Unusable(trouble) = read(&answers).state else { panic!("it is usable") };
    assert_eq!(trouble.kind, Kind::VersionsDiffer);
    let reason = "Failed to initialize NVML: Driver/library version mismatch";
    assert_eq!(trouble.said.as_deref(), Some(reason));
}
