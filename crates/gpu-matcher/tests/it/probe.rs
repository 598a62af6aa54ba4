//! What `probe` makes of programs that answer, lie, crash and hang.

use std::time::Duration;

use testkit::Told;

use crate::machines::{machine, recorded};

fn labels(told: &Told) -> Vec<&str> {
    told.outputs["labels"].split(',').collect()
}

#[test]
fn a_machine_is_told_with_its_labels_and_its_facts() {
    let told = recorded("l40s-595").in_actions().arg("probe").run();
    assert_eq!((told.exit, told.stderr.as_str()), (0, ""));
    for label in
        ["gpu", "nvidia", "l40s", "vram-48gb", "sm-89", "driver-595", "cuda-13.2", "gpus-1"]
    {
        assert!(labels(&told).contains(&label), "{label}: {:?}", told.outputs["labels"]);
    }
    let machine = "driver = \"595.80\"\ncuda = \"13.2\"\nnvlink = false\nos = \"Linux\"\narch = \"X64\"\n\n\
                   [[gpu]]\nvendor = \"nvidia\"\nmodel = \"l40s\"\nmemory = \"48GB\"\nmemory-mib = 46068\n\
                   cc = \"8.9\"\nmig = false\nsharing = \"exclusive\"\n\
                   uuid = \"GPU-00000001-1111-2222-3333-444444444444\"\n";
    assert_eq!(told.outputs["machine"], machine);
    assert!(told.summary.contains("GPU probe: 1 GPU"), "{}", told.summary);
    assert!(told.summary.contains("48 GB (46,068 MiB)"), "{}", told.summary);
}

#[test]
fn a_person_gets_what_is_asked_for() {
    let print = |what: &str, machine: &str| {
        let told = recorded(machine).args(["probe", "--print", what]).run();
        assert_eq!((told.exit, told.stderr.as_str()), (0, ""), "{what}");
        told.stdout
    };
    let slices = "CUDA_VISIBLE_DEVICES=MIG-00000001-5555-6666-7777-888888888888,\
                  MIG-00000002-5555-6666-7777-888888888888,MIG-00000003-5555-6666-7777-888888888888,\
                  MIG-00000004-5555-6666-7777-888888888888\n";
    assert_eq!(print("env", "h100-mig-590"), slices);
    assert!(print("toml", "h100-mig-590").contains(
        "mig = [{ profile = \"3g.40gb\", memory-mib = 40448, \
         uuid = \"MIG-00000001-5555-6666-7777-888888888888\" }, "
    ));
    assert!(print("labels", "h100-mig-590").contains("mig-1g.10gb.me,"));
    let json: serde_json::Value = serde_json::from_str(&print("json", "t4-535")).unwrap();
    assert_eq!(json["gpu"][0]["memory"], "16GB");
    assert_eq!(json["gpu"][0]["mig"], serde_json::json!(false));
    assert_eq!(
        print("env", "mi300x-two-rocm-6.2"),
        "ROCR_VISIBLE_DEVICES=GPU-000000000000abc0,GPU-000000000000abc1\n"
    );
    // A GPU that has no name of its own is shown by showing all.
    assert_eq!(print("env", "same-uuid-twice"), "\n");
}

#[test]
fn an_old_driver_is_asked_for_less() {
    let told = recorded("a10g-470").args(["probe", "--format", "json"]).run();
    assert_eq!((told.exit, told.stderr.as_str()), (0, ""));
    let json: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
    let result = &json["result"];
    assert_eq!(result["machine"]["gpu"][0]["cc"], "8.6");
    assert_eq!(result["machine"]["driver"], "470.256.02");
    assert_eq!(result["notes"][0], "the driver is too old to be asked for compute_cap");
}

#[test]
fn what_is_not_known_is_told_and_is_no_label() {
    let told = recorded("values-not-permitted").in_actions().arg("probe").run();
    assert_eq!(told.exit, 0);
    assert!(
        labels(&told)
            .iter()
            .all(|label| !label.starts_with("gpus-") && !label.starts_with("vram-"))
    );
    assert!(
        !told.outputs["machine"].contains("mig =")
            && !told.outputs["machine"].contains("sharing =")
    );
    assert!(told.summary.contains("nobody says whether it is divided"), "{}", told.summary);
}

#[test]
fn names_from_outside_are_not_obeyed() {
    let told = recorded("amd-names-to-be-obeyed").in_actions().arg("probe").run();
    assert_eq!(told.exit, 0);
    assert_eq!(told.commands(), []);
    assert_eq!(told.outputs["labels"], "amd,gpu");
}

/// A machine whose GPUs cannot be used, with what is said of it and what to do.
#[track_caller]
fn check_fails(told: &Told, message: &str, help: &str) {
    assert_eq!(told.exit, 3, "{}{}", told.stdout, told.stderr);
    assert!(told.stderr.contains(message), "{}", told.stderr);
    assert!(told.stderr.contains(help), "{}", told.stderr);
    assert!(!told.stdout.contains("nvidia,"), "{}", told.stdout);
}

#[test]
fn a_gpu_that_cannot_be_used_fails_with_the_reason_and_what_to_do() {
    let of = |name: &str| recorded(name).arg("probe").run();
    check_fails(
        &of("driver-not-loaded-9"),
        "`nvidia-smi` finds that the driver is not loaded",
        "modprobe nvidia",
    );
    check_fails(
        &of("versions-differ-18"),
        "another version than the loaded driver",
        "start the machine again",
    );
    check_fails(
        &of("versions-differ-18"),
        "Driver/library version mismatch",
        "start the machine again",
    );
    check_fails(&of("gpu-lost-15"), "does not answer any more", "Xid");
    check_fails(&of("t4-prohibited"), "no process may use", "--compute-mode=DEFAULT");
    check_fails(&of("a100-mig-without-slices"), "no slice was made", "nvidia-smi mig -cgi");
    check_fails(&of("a-page-of-html"), "no answer", "on the path");
    check_fails(&of("no-devices-6"), "no GPU that a driver knows", "install the driver");
}

#[test]
fn a_machine_without_a_gpu_says_so() {
    let told = machine(&[]).in_actions().arg("probe").run();
    assert_eq!(told.exit, 3);
    assert_eq!(told.outputs["labels"], "");
    assert_eq!(told.commands()[0].name, "error");
}

#[test]
fn a_program_that_crashes_or_lies_is_no_gpu() {
    let of = |script: &str| machine(&[("nvidia-smi", script)]).arg("probe").run();
    check_fails(&of("kill -SEGV $$"), "`nvidia-smi` failed", "run it on the machine");
    check_fails(&of("exit 77"), "exit code 77", "run it on the machine");
    check_fails(&of("echo; printf '\\377\\376,,,\\0'; exit 0"), "no answer", "on the path");
    // As much as anybody reads of it, and no more.
    let endless =
        "while :; do echo 0123456789012345678901234567890123456789012345678901234567890123; done";
    check_fails(&of(endless), "more than any such program", "on the path");
}

#[test]
fn a_program_that_may_not_be_started_is_not_one_that_is_not_there() {
    let tool = machine(&[]).file("bin/nvidia-smi", "#!/bin/sh\nexit 0\n");
    check_fails(&tool.arg("probe").run(), "cannot be started", "permissions");
}

#[test]
fn whatever_hangs_there_is_an_answer_in_fifteen_seconds() {
    // One that hangs, one that cannot be ended by being asked to, one that leaves a child behind which keeps
    // its output open, and one that hangs only the second time.
    let programs = [
        ("nvidia-smi", "trap '' TERM HUP INT; /bin/sleep 60 & wait; /bin/sleep 60"),
        ("rocm-smi", "/bin/sleep 60 & exit 0"),
        ("amd-smi", "exec /bin/sleep 60"),
        ("nvcc", "/bin/sleep 60; exit 0"),
    ];
    let tool = machine(&programs).patience(Duration::from_secs(20));
    check_fails(&tool.arg("probe").run(), "did not answer in time", "run it on the machine");
}
