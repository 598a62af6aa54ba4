//! `match` on a fleet that is written down.

use serde_json::{Value, json};
use testkit::{Told, Tool};

use crate::tool::{annotations, check_no_answer, local, output, step};

const JOBS: &str = r#"
[jobs.unit]
min-memory = "16GB"

[jobs.train]
gpus = 2
min-memory = "40GB"
cuda = "12.4"
cuda-archs = ["89", "90"]
fallbacks = [{ gpus = 1 }]
"#;

const FLEET: &str = r#"
[[runner]]
name = "t4-a"
labels = ["self-hosted", "linux", "gpu", "t4"]
model = "t4"
gpus = 1
driver = "535.54.03"
os = "linux"

[[runner]]
name = "l40s-a"
labels = ["self-hosted", "linux", "gpu", "l40s"]
model = "l40s"
gpus = 1
driver = "550.54.14"
os = "linux"

[[scale-set]]
name = "h100-set"
max = 3
model = "h100"
gpus = 2
memory = "80GB"
driver = "570.26"
os = "linux"
"#;

fn with(jobs: &str, fleet: &str, inputs: &[(&str, &str)]) -> Tool {
    step(inputs).file(".github/gpu-jobs.toml", jobs).file(".github/gpu-fleet.toml", fleet)
}

/// The plan file.
fn plan(told: &Told) -> Value {
    serde_json::from_str(&told.scratch.read_text("gpu-plan.json")).unwrap()
}

#[test]
fn jobs_get_labels_that_let_in_what_fits_and_nothing_else() {
    let told = with(JOBS, FLEET, &[]).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(output(&told, "runs-on"), json!({"train": "h100-set", "unit": ["gpu"]}));
    assert_eq!(output(&told, "decisions"), json!({"train": "run", "unit": "run"}));
    let train = json!({"job": "train", "runs-on": "h100-set", "decision": "run", "gpus": 2, "degraded": false});
    let unit =
        json!({"job": "unit", "runs-on": ["gpu"], "decision": "run", "gpus": 1, "degraded": false});
    assert_eq!(output(&told, "matrix"), json!({"include": [unit, train]}));
    assert_eq!((&*told.outputs["has-jobs"], &*told.outputs["has-gpu-jobs"]), ("true", "true"));
    assert_eq!(output(&told, "runnable"), json!(["unit", "train"]));
    assert_eq!(output(&told, "degraded"), json!([]));
    assert_eq!(annotations(&told, "warning"), Vec::<String>::new());
    let plan = plan(&told);
    assert_eq!(plan["version"], 1);
    assert_eq!(plan["jobs"][0]["reach"], json!({"places": 2, "of": 3}));
    assert_eq!(plan["jobs"][0]["runner"], "t4-a");
}

#[test]
fn a_job_that_nothing_fits_is_told_what_is_nearest() {
    let jobs = "[jobs.huge]\nmin-memory = \"141GB\"\n";
    let told = with(jobs, FLEET, &[]).run();
    assert_eq!(told.exit, 1, "{}", told.stdout);
    assert_eq!(
        annotations(&told, "error"),
        [
            "The job `huge` cannot run: 3 runners: none fits; 3 fail memory of each GPU >= 141 GB (best: 80 GB)\n\
          help: it would fit if the job asked for min-memory = 80 GB"
        ]
    );
    assert_eq!(output(&told, "matrix"), json!({"include": []}));
    assert_eq!((&*told.outputs["has-jobs"], &*told.outputs["has-gpu-jobs"]), ("false", "false"));
    let explained = &plan(&told)["explanations"][0];
    assert_eq!(explained["nearest"][0]["runner"], "h100-set");
    assert_eq!(explained["would_match_if"], json!(["the job asked for min-memory = 80 GB"]));
}

#[test]
fn nobody_falls_back_to_a_machine_without_a_gpu_unless_somebody_says_so() {
    let jobs = "[jobs.huge]\nmin-memory = \"141GB\"\n";
    let run = |inputs: &[(&str, &str)]| with(jobs, FLEET, inputs).run();
    let told = run(&[("on-no-match", "cpu"), ("cpu-runner", r#"["self-hosted", "cpu"]"#)]);
    assert_eq!(told.exit, 0);
    assert_eq!(output(&told, "runs-on"), json!({"huge": ["self-hosted", "cpu"]}));
    assert_eq!(output(&told, "degraded"), json!(["huge"]));
    assert_eq!((&*told.outputs["has-jobs"], &*told.outputs["has-gpu-jobs"]), ("true", "false"));
    assert_eq!(annotations(&told, "warning").len(), 1);

    let told = run(&[("on-no-match", "skip")]);
    assert_eq!((told.exit, output(&told, "skipped")), (0, json!(["huge"])));
    assert_eq!(output(&told, "runs-on"), json!({}));

    let told = run(&[("on-no-match", "wait")]);
    assert_eq!((told.exit, output(&told, "waiting")), (4, json!(["huge"])));
    assert_eq!(output(&told, "runs-on"), json!({}));

    // The job's own word counts more than the run's.
    let own = "[jobs.huge]\nmin-memory = \"141GB\"\non-no-match = \"fail\"\n";
    assert_eq!(with(own, FLEET, &[("on-no-match", "cpu")]).run().exit, 1);
}

#[test]
fn what_is_not_known_of_a_runner_is_no_fit_and_no_reason_for_another() {
    let fleet = "[[runner]]\nname = \"a\"\nlabels = [\"gpu\"]\n";
    let jobs = "[jobs.unit]\nmin-memory = \"16GB\"\n";
    let told = with(jobs, fleet, &[("on-no-match", "cpu")]).run();
    assert_eq!(told.exit, 2, "{}", told.stdout);
    assert_eq!(output(&told, "decisions"), json!({"unit": "unknown"}));
    assert_eq!(output(&told, "runs-on"), json!({}));
    let [error] = &annotations(&told, "error")[..] else { panic!("{}", told.stdout) };
    assert!(
        error.contains("1 is not known to fit (GPUs: nobody knows which GPUs it has)"),
        "{error}"
    );
}

#[test]
fn runners_that_no_label_tells_apart_are_not_used() {
    let runner = |name: &str, model: &str| {
        format!(
            "[[runner]]\nname = \"{name}\"\nlabels = [\"gpu\"]\nmodel = \"{model}\"\ngpus = 1\n"
        )
    };
    let fleet = runner("a", "l40s") + &runner("b", "t4");
    let jobs = "[jobs.unit]\nmin-memory = \"40GB\"\n";
    let told = with(jobs, &fleet, &[]).run();
    assert_eq!(told.exit, 1);
    let [error] = &annotations(&told, "error")[..] else { panic!("{}", told.stdout) };
    assert!(error.contains("`a` fits, and no labels tell it from `b`, which does not"), "{error}");
    assert!(error.contains("give it the label `"), "{error}");
    let plan = plan(&told);
    assert_eq!(plan["jobs"][0]["why"], "not-told");
    assert_eq!(plan["jobs"][0]["not_told"]["rivals"], json!(["b"]));
}

#[test]
fn labels_are_whole_whatever_their_case_and_stay_data() {
    let fleet = r#"
[[runner]]
name = "a"
labels = ["no-gpu"]
gpus = 0
[[runner]]
name = "b"
labels = ["GPU", "nvidia,l40s", "::set-output name=x::y", "${{ github.token }}"]
model = "l40s"
gpus = 1
"#;
    let told = with("[jobs.unit]\nlabels = [\"gpu\"]\n", fleet, &[]).run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    // Of those that only it has, the one that is a plain word.
    assert_eq!(output(&told, "runs-on")["unit"], json!(["gpu"]));
    assert!(!told.commands().iter().any(|command| command.name == "set-output"));
}

#[test]
fn code_of_strangers_gets_no_gpu() {
    let fork = json!({"action": "opened", "number": 7, "pull_request": {
        "number": 7, "commits": 1,
        "base": {"ref": "main", "sha": "b".repeat(40), "repo": {"full_name": "org/mono", "id": 1}},
        "head": {"ref": "main", "sha": "a".repeat(40), "repo": {"full_name": "eve/mono", "id": 2}}},
        "repository": {"full_name": "org/mono", "default_branch": "main", "private": false}});
    let run = |inputs: &[(&str, &str)]| {
        with(JOBS, FLEET, inputs).event("pull_request", fork.to_string()).run()
    };
    let told = run(&[]);
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(
        output(&told, "runs-on"),
        json!({"train": "ubuntu-latest", "unit": "ubuntu-latest"})
    );
    assert_eq!(output(&told, "degraded"), json!(["unit", "train"]));
    assert_eq!(annotations(&told, "warning").len(), 2);
    let told = run(&[("forks", "skip")]);
    assert_eq!((told.exit, output(&told, "skipped")), (0, json!(["unit", "train"])));
    assert_eq!(run(&[("forks", "fail")]).exit, 1);
    let told = run(&[("forks", "allow")]);
    assert_eq!(output(&told, "decisions"), json!({"train": "run", "unit": "run"}));
}

#[test]
fn a_job_needs_a_gpu_only_after_the_changes_that_it_names() {
    let jobs =
        "[jobs.unit]\nneeds-gpu-when = { paths = [\"kernels/**\"], crates = [\"cuda-core\"] }\n";
    let plan = |files: &str, affected: bool| {
        format!(
            r#"{{"signalbox-changes":1,"any":true,"all":false,"base":null,"files":{files},"filters":[],"services":[],
            "packages":[{{"ecosystem":"cargo","name":"cuda-core","path":"c","affected":{affected}}}]}}"#
        )
    };
    let run = |plan: &str| {
        let told = with(jobs, FLEET, &[("change-plan", "plan.json")]).file("plan.json", plan).run();
        assert_eq!(told.exit, 0, "{}", told.stdout);
        output(&told, "decisions")["unit"].as_str().unwrap().to_owned()
    };
    let docs = r#"[{"path":"README.md","status":"M"}]"#;
    assert_eq!(run(&plan(docs, false)), "cpu");
    assert_eq!(run(&plan(docs, true)), "run");
    assert_eq!(run(&plan(r#"[{"path":"kernels/a.cu","status":"M"}]"#, false)), "run");
    // Nobody knows what changed.
    assert_eq!(run(&plan("null", false)), "run");
    assert_eq!(run(&plan(docs, false).replace("\"all\":false", "\"all\":true")), "run");
    assert_eq!(run(&plan(docs, false).replace("cuda-core", "other")), "run");
    let broken = with(jobs, FLEET, &[("change-plan", "plan.json")]).file("plan.json", "{").run();
    check_no_answer(&broken, 2, "the change plan cannot be trusted");
}

#[test]
fn jobs_come_from_any_of_the_files_and_all_mistakes_are_told_at_once() {
    let told = step(&[])
        .file(".github/signalbox.toml", "[gpu.jobs.unit]\nmin-memory = \"16GB\"\n[[gpu.runner]]\nname = \"a\"\nlabels = [\"gpu\"]\nmodel = \"t4\"\ngpus = 1\n[gate]\n")
        .run();
    assert_eq!(
        (told.exit, output(&told, "runs-on")),
        (0, json!({"unit": ["gpu"]})),
        "{}",
        told.stdout
    );
    let inline = r#"{"jobs": {"unit": {"min-memory": "16GB"}}}"#;
    let told = step(&[("gpu-jobs", inline)]).file(".github/gpu-fleet.toml", FLEET).run();
    assert_eq!(
        (told.exit, output(&told, "runs-on")),
        (0, json!({"unit": ["gpu"]})),
        "{}",
        told.stdout
    );
    check_no_answer(&step(&[]).run(), 2, "no job says what it needs");
    check_no_answer(&step(&[("gpu-jobs", "none.toml")]).run(), 2, "`none.toml`");

    let wrong = "[jobs.unit]\nmin-memori = \"16GB\"\nmin-cc = \"89\"\n[jobs.\"a b\"]\nexact = true\nfallbacks = [{gpus = 1}]\n";
    let told = with(wrong, "[[runner]]\nlabels = 3\n", &[]).run();
    check_no_answer(&told, 2, "min-memori");
    let errors = annotations(&told, "error");
    assert!(errors.len() >= 5, "{errors:#?}");
    let told = local(&["match"]).file(".github/gpu-jobs.toml", wrong).run();
    assert!(told.stderr.contains(".github/gpu-jobs.toml:2:1"), "{}", told.stderr);
}

#[test]
fn a_machine_and_its_label_must_not_say_different_things() {
    let fleet = "[[runner]]\nname = \"a\"\nlabels = [\"l40\"]\nmodel = \"l40s\"\ngpus = 1\n";
    let told = with("[jobs.unit]\n", fleet, &[]).run();
    check_no_answer(&told, 2, "of the runner `a`");
}

#[test]
fn only_the_jobs_that_are_named_are_placed() {
    let told = with(JOBS, FLEET, &[("only", "unit")]).run();
    assert_eq!(output(&told, "decisions"), json!({"unit": "run"}));
    let told = with(JOBS, FLEET, &[("only", "unti")]).run();
    check_no_answer(&told, 2, "there is no job `unti`; the nearest is `unit`");
}

#[test]
fn more_jobs_than_a_matrix_takes_are_told_and_still_placed() {
    let jobs: Vec<String> = (0..300).map(|number| format!("[jobs.j{number}]")).collect();
    let jobs = jobs.join("\n");
    let told = with(&jobs, FLEET, &[]).run();
    assert_eq!(told.exit, 0);
    assert_eq!(output(&told, "matrix"), json!({"include": []}));
    assert_eq!(told.outputs["has-jobs"], "false");
    assert_eq!(output(&told, "runs-on").as_object().unwrap().len(), 300);
    let warnings = annotations(&told, "warning");
    assert!(
        warnings.iter().any(|it| it.contains("One matrix has at most 256 jobs")),
        "{warnings:#?}"
    );
}

#[test]
fn a_report_names_the_one_thing_to_do_first() {
    let jobs = format!("{JOBS}\n[jobs.huge]\nmin-memory = \"141GB\"\n");
    let told = with(&jobs, FLEET, &[]).run();
    insta::assert_snapshot!(told.summary);
}

#[test]
fn everything_is_explained_on_a_terminal() {
    let told = local(&["explain"])
        .file(".github/gpu-jobs.toml", JOBS)
        .file(".github/gpu-fleet.toml", FLEET)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    insta::assert_snapshot!(told.stdout);
}
