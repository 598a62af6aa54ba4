//! Whether a machine is what a job was matched for, before the job's own steps start.

use testkit::{Told, Tool};

use crate::machines::{machine, recorded};

const VISIBLE: [&str; 2] = ["CUDA_VISIBLE_DEVICES", "ROCR_VISIBLE_DEVICES"];

/// The tool on a machine, in a job that expects what this text says.
fn expecting(tool: Tool, jobs: &str) -> Told {
    tool.in_actions()
        .may_set(&VISIBLE)
        .file(".github/gpu-jobs.toml", jobs)
        .env("SIGNALBOX_EXPECT", "train")
        .run()
}

fn of(name: &str, jobs: &str) -> Told {
    expecting(recorded(name), jobs)
}

/// What the one problem says that is told.
#[track_caller]
fn problem(told: &Told, level: &str) -> String {
    let commands = told.commands();
    assert_eq!(commands.len(), 1, "{commands:?}");
    assert_eq!(commands[0].name, level);
    commands[0].data.clone()
}

#[test]
fn a_job_sees_the_gpus_that_fit_and_no_others() {
    let told = of("a100-and-t400", "[jobs.train]\nmin-memory = '40GB'\n");
    assert_eq!((told.exit, told.commands()), (0, vec![]));
    let second = "GPU-00000002-1111-2222-3333-444444444444";
    assert_eq!(told.variables.len(), 1);
    assert_eq!(told.variables["CUDA_VISIBLE_DEVICES"], second);
    assert_eq!((told.outputs["fits"].as_str(), told.outputs["option"].as_str()), ("true", "0"));
    assert!(told.outputs["machine"].contains("t400"));

    let told = of("h100-mig-590", "[jobs.train]\nmig = '1g.10gb'\n");
    let slice = "MIG-00000004-5555-6666-7777-888888888888";
    assert_eq!((told.exit, told.variables["CUDA_VISIBLE_DEVICES"].as_str()), (0, slice));

    // The other maker's are hidden too.
    let told = of("nvidia-and-amd", "[jobs.train]\nvendor = 'nvidia'\n");
    assert_eq!((told.exit, told.variables["ROCR_VISIBLE_DEVICES"].as_str()), (0, ""));
}

#[test]
fn a_runner_that_was_given_some_gpus_gives_no_others_to_a_job() {
    let of = |value: &str| {
        let tool = recorded("h200-eight-590").env("CUDA_VISIBLE_DEVICES", value);
        expecting(tool, "[jobs.train]\n")
    };
    let told = of("5");
    let sixth = "GPU-00000006-1111-2222-3333-444444444444";
    assert_eq!((told.exit, told.variables["CUDA_VISIBLE_DEVICES"].as_str()), (0, sixth));
    assert!(told.outputs["labels"].split(',').any(|label| label == "gpus-1"));
    assert!(
        told.summary.contains("leaves this runner 1 of the machine's 8 GPUs"),
        "{}",
        told.summary
    );
    let told = of("GPU-0000000");
    assert_eq!((told.exit, told.variables.len()), (2, 0), "{:?}", told.commands());
    assert!(told.summary.contains("name them by UUID"), "{}", told.summary);
}

#[test]
fn outside_a_job_the_variables_are_printed() {
    let told = recorded("a100-and-t400")
        .file("jobs.toml", "[jobs.train]\nmin-memory = '40GB'\n")
        .args(["probe", "--gpu-jobs", "jobs.toml", "--expect", "train", "--print", "env"])
        .run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert_eq!(told.stdout, "CUDA_VISIBLE_DEVICES=GPU-00000002-1111-2222-3333-444444444444\n");
}

#[test]
fn a_fallback_is_never_silent() {
    let jobs = "[jobs.train]\nmodel = 'h100'\nfallbacks = [{ model = 'a100' }, { model = 't4' }]\n";
    let told = of("t4-535", jobs);
    assert_eq!((told.exit, told.outputs["option"].as_str()), (0, "2"));
    assert!(problem(&told, "warning").contains("fallback 2 of the job"), "{:?}", told.commands());
    assert!(told.summary.contains("fallback 2"), "{}", told.summary);
}

#[test]
fn another_machine_fails_the_job_with_what_it_lacks() {
    let told = of("t4-535", "[jobs.train]\nmin-memory = '24GB'\n");
    assert_eq!((told.exit, told.outputs["fits"].as_str()), (1, "false"));
    assert_eq!((told.outputs["option"].as_str(), told.variables.len()), ("", 0));
    let said = problem(&told, "error");
    assert!(said.contains("not what the job") && said.contains("memory of each GPU"), "{said}");
    assert!(said.contains("needs >= 24 GB"), "{said}");
    // Without a GPU it is another machine too.
    let told = expecting(machine(&[]), "[jobs.train]\n");
    assert_eq!(told.exit, 1, "{:?}", told.commands());
    assert!(problem(&told, "error").contains("GPUs: has 0, needs >= 1"));
}

#[test]
fn the_error_that_the_job_would_have_died_of_is_told_with_what_helps() {
    let told = of("t4-535", "[jobs.train]\ncuda = '12.9'\njit = true\n");
    assert_eq!(told.exit, 1);
    let said = problem(&told, "error");
    assert!(said.contains("error 222 cudaErrorUnsupportedPtxVersion"), "{said}");
    assert!(said.contains("575.51.03"), "{said}");

    let told = of("versions-differ-18", "[jobs.train]\n");
    assert_eq!((told.exit, told.outputs["fits"].as_str()), (3, ""));
    let said = problem(&told, "error");
    assert!(said.contains("error 803 cudaErrorSystemDriverMismatch"), "{said}");
    assert!(said.contains("start the machine again"), "{said}");

    let told = of("t4-prohibited", "[jobs.train]\n");
    assert_eq!((told.exit, told.outputs["fits"].as_str()), (1, "false"));
    assert!(told.commands()[0].data.contains("error 46 cudaErrorDevicesUnavailable"));
}

#[test]
fn what_is_not_known_is_not_met() {
    let told = of("values-not-permitted", "[jobs.train]\n");
    assert_eq!((told.exit, told.outputs["fits"].as_str()), (2, "unknown"));
    assert!(problem(&told, "error").contains("nobody knows it of GPU 0"), "{:?}", told.commands());
    assert_eq!(told.variables.len(), 0);
}

#[test]
fn what_cannot_be_hidden_is_told() {
    let told = of("same-uuid-twice", "[jobs.train]\n");
    assert_eq!((told.exit, told.variables.len(), told.commands().len()), (0, 0, 0));
    let told = of("mi100-two-rocm-5.7", "[jobs.train]\nvendor = 'amd'\n");
    assert_eq!((told.exit, told.variables.len(), told.commands().len()), (0, 0, 0));
}

#[test]
fn mistakes_in_what_is_expected_are_told_at_their_places() {
    let check = |jobs: &str, job: &str, wanted: &[&str]| {
        let words = ["probe", "--gpu-jobs", "jobs.toml", "--expect", job];
        let told = machine(&[]).file("jobs.toml", jobs).args(words).run();
        assert_eq!(told.exit, 2, "{}", told.stderr);
        for words in wanted {
            assert!(told.stderr.contains(words), "{words}: {}", told.stderr);
        }
    };
    let two = "[jobs.train]\n[jobs.test]\n";
    check(two, "tests", &["there is no job `tests`", "did you mean `test`?"]);
    check(two, "kernels", &["there is no job `kernels`", "has `train`, `test`"]);
    let wrong = "[jobs.a]\nmin-memory = '24'\nmodle = 't4'\n";
    check(wrong, "a", &["jobs.toml:2:14", "jobs.toml:3:1", "model"]);
    let told = machine(&[]).args(["probe", "--expect", "a"]).run();
    assert_eq!(told.exit, 2, "{}", told.stderr);
    assert!(told.stderr.contains(".github/gpu-jobs.toml"), "{}", told.stderr);
    let told = machine(&[]).args(["probe", "--expect", "a", "--gpu-jobs", "ghost.toml"]).run();
    assert_eq!(told.exit, 2, "{}", told.stderr);
    assert!(told.stderr.contains("ghost.toml"), "{}", told.stderr);
}

#[test]
fn what_is_printed_is_what_a_fleet_file_takes() {
    use placement::config::{Form, read_machine};
    for name in [
        "l40s-595",
        "h100-mig-590",
        "h200-eight-590",
        "a100-470-tool-580-driver",
        "l40s-mps",
        "graphics-device-525",
        "gb10-without-memory",
        "mi300x-two-rocm-6.2",
        "nvidia-and-amd",
        "mig-profile-unheard-of",
    ] {
        let print = |form: &str| recorded(name).args(["probe", "--print", form]).run().stdout;
        let (toml, json) = (print("toml"), print("json"));
        let of_toml = read_machine("m.toml", toml.as_bytes(), Form::Toml);
        let of_json = read_machine("m.json", json.as_bytes(), Form::Json);
        assert!(of_toml.is_ok(), "{name}: {of_toml:?}\n{toml}");
        assert_eq!(of_toml, of_json, "{name}");
        let machine = of_toml.unwrap();
        assert_eq!(machine.os.as_deref(), Some("Linux"));
        // It gives the same labels as the machine itself; a profile that nobody knows cannot be written down.
        let of_file: Vec<String> = placement::own_labels(&machine).into_iter().collect();
        let own = print("labels");
        let mut own: Vec<&str> = own.trim_end().split(',').collect();
        if name == "mig-profile-unheard-of" {
            own.retain(|label| *label != "mig-1g.5gb");
        }
        assert_eq!(of_file, own, "{name}");
    }
}
