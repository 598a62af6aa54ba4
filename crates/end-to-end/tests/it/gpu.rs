//! GPU jobs in a real runner: matched to labels, and proven on the machine before a test starts.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use end_to_end::act::Ran;
use serde_json::{Value, json};
use testkit::Scratch;

use crate::examples::example;
use crate::shared;

pub(crate) const KERNELS: &str = r#"
[jobs.kernels]
min-memory = "24GB"
min-cc = "8.0"
cuda = "12.4"
cuda-archs = ["80", "89"]
"#;

const TRAINING: &str = "[jobs.training]\ngpus = 2\nmin-memory = \"80GB\"\n";

pub(crate) const FLEET: &str = r#"
[[runner]]
name = "l40s-a"
labels = ["l40s-machine"]
model = "l40s"
gpus = 1
driver = "550.54.14"
os = "linux"

[[scale-set]]
name = "h100-set"
max = 1
model = "h100"
gpus = 2
memory = "80GB"
driver = "570.26"
os = "linux"
"#;

/// Notes which job's tests ran, and which GPUs they saw.
pub(crate) const TEST: &str =
    "#!/bin/sh\nprintf '%s %s\\n' \"$1\" \"$CUDA_VISIBLE_DEVICES\" >>\"$SEEN\"\n";

/// An `nvidia-smi` of a machine with these GPUs: a name, MiB and a capability each.
pub(crate) fn nvidia_smi(driver: &str, gpus: &[(&str, u32, &str)]) -> String {
    let fields = "index,name,uuid,memory.total,compute_cap,driver_version,mig.mode.current,mig.mode.pending,compute_mode";
    let head = fields.replace(',', ", ").replace("memory.total", "memory.total [MiB]");
    let mut rows = format!("{head}\n");
    let mut list = String::new();
    let mut all = format!(
        "Driver Version : {driver}\nCUDA Version : 12.4\n\nAttached GPUs : {}\n",
        gpus.len()
    );
    for (place, (name, mib, capability)) in gpus.iter().enumerate() {
        let uuid = format!("GPU-0000000{place}-1111-2222-3333-444444444444");
        let _ = writeln!(
            rows,
            "{place}, {name}, {uuid}, {mib} MiB, {capability}, {driver}, [N/A], [N/A], Default"
        );
        let _ = writeln!(list, "GPU {place}: {name} (UUID: {uuid})");
        let _ = writeln!(
            all,
            "GPU 00000000:0{place}:00.0\n    GPU UUID : {uuid}\n    GPU Virtualization Mode\n        \
             Virtualization Mode : None\n    Compute Mode : Default\n    Processes : None\n"
        );
    }
    format!(
        "#!/bin/sh\ncase $* in\n'--query-gpu={fields} --format=csv') cat <<'END'\n{rows}END\n;;\n\
         -L) cat <<'END'\n{list}END\n;;\n-q) cat <<'END'\n{all}END\n;;\n*) exit 2 ;;\nesac\n"
    )
}

/// The quick start with this job on a machine with this `nvidia-smi`; what its tests saw.
fn run(jobs: &str, smi: &str) -> (Ran, String) {
    let scratch = Scratch::new();
    let tool = scratch.write("bin/nvidia-smi", smi);
    std::fs::set_permissions(tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    let ran = shared::act(&example("gpu/quick-start"))
        .file(".github/gpu-jobs.toml", jobs)
        .file(".github/gpu-fleet.toml", FLEET)
        .file("scripts/gpu-test", TEST)
        .env("SEEN", scratch.at("seen"))
        .label("l40s-machine")
        .label("h100-set")
        .programs(&scratch.at("bin"))
        .one_leg()
        .run()
        .unwrap();
    let seen = if scratch.has("seen") { scratch.read_text("seen") } else { String::new() };
    (ran, seen)
}

/// A job that runs where it was matched to, and sees these GPUs.
#[track_caller]
fn check(jobs: &str, smi: &str, leg: &Value, seen: &str) {
    let (ran, saw) = run(jobs, smi);
    let wanted = [("match", 1), ("test", 1), ("all-gpu-tests", 1)];
    assert_eq!(ran.log.wrongs(&wanted), Vec::<String>::new(), "{:#?}", ran.log.annotations());
    let matrix: Value = serde_json::from_str(ran.log.outputs("match", "gpu")["matrix"]).unwrap();
    assert_eq!(matrix, json!({ "include": [leg] }));
    assert_eq!(saw, seen);
}

#[test]
fn a_job_runs_on_the_labels_that_it_was_matched_to_and_sees_the_gpus_that_fit() {
    let mixed =
        nvidia_smi("550.54.14", &[("Tesla T4", 15360, "7.5"), ("NVIDIA L40S", 46068, "8.9")]);
    let leg = json!({"job": "kernels", "runs-on": ["l40s-machine"], "decision": "run", "gpus": 1, "degraded": false});
    check(KERNELS, &mixed, &leg, "kernels GPU-00000001-1111-2222-3333-444444444444\n");

    let h100 = ("NVIDIA H100 80GB HBM3", 81559, "9.0");
    let two = nvidia_smi("570.26", &[h100, h100]);
    let leg = json!({"job": "training", "runs-on": "h100-set", "decision": "run", "gpus": 2, "degraded": false});
    let both = "GPU-00000000-1111-2222-3333-444444444444,GPU-00000001-1111-2222-3333-444444444444";
    check(TRAINING, &two, &leg, &format!("training {both}\n"));
}

#[test]
fn on_another_machine_than_it_was_matched_for_no_test_starts() {
    let (ran, saw) = run(KERNELS, &nvidia_smi("535.54.03", &[("Tesla T4", 15360, "7.5")]));
    assert_eq!(saw, "", "a test ran");
    assert_eq!(ran.log.failed_legs("test").len(), 1, "{}", ran.log.said);
    assert_eq!(ran.log.failed_legs("all-gpu-tests").len(), 1, "{}", ran.log.said);
    let said: Vec<&str> = ran.log.annotations().iter().map(|it| it.message.as_str()).collect();
    assert!(said.iter().any(|it| it.contains("209 cudaErrorNoKernelImageForDevice")), "{said:#?}");
}

#[test]
fn a_toolkit_that_would_die_on_a_machine_is_refused_without_one() {
    let check = example("gpu/check");
    let ran = shared::act(&check).event("pull_request").run().unwrap();
    assert_eq!(ran.log.wrongs(&[("toolkit", 2)]), Vec::<String>::new(), "{}", ran.log.said);
    let newer = check.replace("cuda: \"12.4\"", "cuda: \"13.0\"");
    assert_ne!(newer, check);
    let ran = shared::act(&newer).event("pull_request").run().unwrap();
    assert_eq!(ran.log.failed_legs("toolkit").len(), 2, "{}", ran.log.said);
}
