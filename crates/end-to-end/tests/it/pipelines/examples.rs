//! The callers that `.github/workflows/README.md` shows, run word for word.

use std::collections::BTreeSet;
use std::fs;

use end_to_end::act::Ran;
use end_to_end::workspace_root;
use serde_json::{Value, json};
use testkit::Scratch;

use super::{Do, Monorepo, ZERO, ran_jobs, told};
use crate::{gpu, shared};

/// The examples that a test runs: here, and in `measured.rs`.
const RUN: &[&str] = &[
    "canary",
    "charts",
    "contracts",
    "deploy",
    "dora",
    "go-services",
    "gpu-test",
    "images",
    "metrics",
    "monitor",
    "node",
    "performance",
    "quality-gates",
    "release-notes",
    "remote",
    "rust",
    "security",
    "terraform",
];

pub(super) fn example(name: &str) -> String {
    let path = workspace_root().join(format!(".github/workflows/examples/{name}.yml"));
    fs::read_to_string(path).unwrap()
}

#[test]
fn each_pipeline_has_a_caller_and_no_caller_is_left_out() {
    let names = |folder: &str, prefix: &str| {
        let files = fs::read_dir(workspace_root().join(folder)).unwrap();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = files
            .filter_map(|file| Some(file.strip_prefix(prefix)?.strip_suffix(".yml")?.to_owned()))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(".github/workflows", "pipeline-"), RUN);
    assert_eq!(names(".github/workflows/examples", ""), RUN);
}

/// Sees that a change of a monorepo starts these jobs of the example's pipeline, all green.
#[track_caller]
fn check(name: &str, monorepo: &'static str, change: &[Do<'_>], wanted: &[&str]) -> Ran {
    let wanted: Vec<String> = wanted.iter().map(|job| format!("{name}/{job}")).collect();
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    Monorepo::calling(monorepo, &example(name)).check(change, &wanted)
}

/// Sees that these jobs have handed over what the metrics of the run are made of.
#[track_caller]
fn check_handed_over(ran: &Ran, name: &str, jobs: &[&str]) {
    for job in jobs {
        let folder = ran.artifacts().join(format!("outcomes-{name}-{job}"));
        let files = fs::read_dir(folder).map_or(0, Iterator::count);
        assert!(files > 0, "{job} handed nothing over");
    }
}

#[test]
fn rust() {
    let change = [Do::Append("coprocessor/engine/src/lib.rs", "// A change.\n")];
    let jobs = ["plan", "lint", "test 1/3", "test 2/3", "test 3/3", "gate"];
    let ran = check("rust", "fhevm", &change, &jobs);
    check_handed_over(&ran, "rust", &["plan", "test-0", "test-1", "test-2"]);
}

#[test]
fn go_services() {
    let change = [Do::Append("services/auth/auth.go", "// A change.\n")];
    let jobs = ["plan", "build auth", "test auth", "lint auth", "gate"];
    let ran = check("go-services", "aiaas", &change, &jobs);
    check_handed_over(&ran, "go", &["plan", "build-auth", "test-auth", "lint-auth"]);
}

#[test]
fn node() {
    let change = [Do::Append("api/src/title.js", "// A change.\n")];
    let ran = check("node", "pheme", &change, &["plan", "lint", "test", "build", "gate"]);
    check_handed_over(&ran, "node", &["plan", "lint", "test", "build"]);
}

#[test]
fn contracts() {
    let change = [Do::Append("contracts/src/Post.sol", "// A change.\n")];
    let ran = check("contracts", "pheme", &change, &["plan", "test", "deploy", "gate"]);
    check_handed_over(&ran, "contracts", &["plan"]);
    assert!(told(&ran).contains(&"npx hardhat run deploy.js --network base-mainnet".to_owned()));
}

#[test]
fn charts() {
    let change = [Do::Append("charts/coprocessor/values.yaml", "# A change.\n")];
    let judged = ["plan", "judge staging", "judge production", "gate"];
    let ran = check("charts", "fhevm", &change, &judged);
    check_handed_over(&ran, "charts", &["plan"]);
    assert_eq!(told(&ran), Vec::<String>::new(), "something was published");
    let tagged = || {
        let monorepo = Monorepo::calling("fhevm", &example("charts")).on("refs/tags/v1.0.0");
        monorepo.token("the-token")
    };
    let document = Do::Append("README.md", "A word.\n");
    let all = ["charts/plan", "charts/judge staging", "charts/judge production", "charts/publish"];
    let ran = tagged().check(&[document], &[&all[..], &["charts/gate"]].concat());
    let told = told(&ran);
    let push = "helm push coprocessor-0.1.0.tgz oci://ghcr.io/org/charts";
    assert_eq!(told.iter().filter(|line| *line == push).count(), 1, "{told:?}");
    assert!(told.iter().any(|line| line.ends_with("--password-stdin (9)")), "{told:?}");
    // What cannot be published, or nobody knows about, is red, and the token goes to nobody else.
    let other = "published/coprocessor-0.1.0/coprocessor/Chart.yaml";
    for (monorepo, file) in [
        (tagged(), other),
        (tagged(), "published/coprocessor-0.1.0/denied"),
        (tagged().with("oci://ghcr.io", "oci://ghcr.io.example"), "a-file"),
    ] {
        let ran = monorepo.run(&[Do::Write(file, "name: other\n")]);
        assert_eq!(ran.log.failed_legs("publish").len(), 1, "{file}: {}", ran.log.said);
        assert_eq!(ran.log.failed_legs("gate").len(), 1, "{file}");
        let told = super::told(&ran);
        assert!(!told.iter().any(|line| line == push || line.contains("example")), "{told:?}");
    }
}

#[test]
fn images() {
    let images =
        |full_ref| Monorepo::calling("fhevm", &example("images")).on(full_ref).token("the-token");
    let code = [Do::Append("coprocessor/engine/src/lib.rs", "// A change.\n")];
    let jobs = ["plan", "build coprocessor", "build coprocessor-gpu", "gate"];
    let jobs: Vec<String> = jobs.iter().map(|job| format!("images/{job}")).collect();
    let jobs: Vec<&str> = jobs.iter().map(String::as_str).collect();
    let ran = images("refs/heads/main").check(&code, &jobs);
    let all = ran.log.outputs("gate", "images");
    let all: Value = serde_json::from_str(all["images"]).unwrap();
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
    let tags: Vec<&str> = all.iter().filter_map(|image| image["tag"].as_str()).collect();
    assert_eq!(tags[1], format!("{}-gpu", tags[0]));
    assert!(tags[0].starts_with("sha-") && tags[0].len() == 16, "{tags:?}");
    let built = |ran: &Ran| -> Vec<String> {
        told(ran).into_iter().filter(|line| line.starts_with("build ")).collect()
    };
    let image = "coprocessor/Dockerfile ghcr.io/zama-ai/fhevm-coprocessor";
    let gpu = format!("build {image}:{} push=true FEATURES=gpu CUDA=12.8.1", tags[1]);
    assert_eq!(built(&ran), [format!("build {image}:{} push=true ", tags[0]), gpu]);
    assert!(told(&ran).contains(&"docker login ghcr.io (9)".to_owned()));
    // What changed nothing builds nothing, and a release builds all.
    let document = [Do::Append("README.md", "A word.\n")];
    images("refs/heads/main").check(&document, &["images/plan", "images/gate"]);
    let every =
        ["plan", "build coprocessor", "build coprocessor-gpu", "build kms-connector", "gate"];
    let every: Vec<String> = every.iter().map(|job| format!("images/{job}")).collect();
    let every: Vec<&str> = every.iter().map(String::as_str).collect();
    let ran = images("refs/tags/v1.4.0").check(&document, &every);
    let built = built(&ran);
    assert!(built.iter().all(|line| line.contains(":v1.4.0")), "{built:?}");
    assert_eq!(built.len(), 3);
    // The token goes to GitHub's registry and to no other.
    let other = images("refs/tags/v1.4.0").with("ghcr.io/", "ghcr.io.example/");
    let ran = other.run(&document);
    assert_eq!(ran.log.failed_legs("build").len(), 3, "{}", ran.log.said);
    assert_eq!(told(&ran), Vec::<String>::new());
    let two = images("refs/tags/v1.4.0").with("ghcr.io/zama-ai/fhevm-kms", "zama/fhevm-kms");
    let ran = two.run(&document);
    assert_eq!(ran.log.failed_legs("plan").len(), 1, "{}", ran.log.said);
    assert_eq!(ran.log.failed_legs("gate").len(), 1);
}

#[test]
fn terraform() {
    let change = [Do::Append("infra/terraform/main.tf", "# A change.\n")];
    let mut jobs = vec!["plan", "check", "gate"];
    jobs.extend(["tfplan development", "tfplan staging", "tfplan production"]);
    jobs.extend(["apply development", "apply staging", "apply production"]);
    let ran = check("terraform", "aiaas", &change, &jobs);
    check_handed_over(&ran, "terraform", &["plan"]);
}

/// The plans that are kept, where this is applied.
fn kept_plans(apply: &str) -> Vec<String> {
    let all = "${{ github.ref == 'refs/heads/main' && '[\"development\", \"staging\", \"production\"]' || '[]' }}";
    let monorepo = Monorepo::calling("aiaas", &example("terraform")).with(all, apply);
    let ran = monorepo.run(&[Do::Append("infra/terraform/main.tf", "# A change.\n")]);
    assert!(ran.log.failed_legs("gate").is_empty(), "{:#?}", ran.log.annotations());
    assert_eq!(ran.log.legs("tfplan").len(), 3);
    let files = fs::read_dir(ran.artifacts()).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("tfplan")).collect()
}

#[test]
fn a_plan_is_kept_for_nobody_but_who_applies_it() {
    assert_eq!(kept_plans("'[\"staging\"]'"), ["tfplan-terraform-staging"]);
    assert_eq!(kept_plans("'[]'"), Vec::<String>::new());
}

/// What act cannot show, as it cancels no step and runs each leg of a matrix whatever became of the others.
#[test]
fn what_is_cancelled_is_taken_back_and_nothing_is_applied_after_a_failure() {
    let step = |workflow: &str, head: &str| {
        let path = workspace_root().join(format!(".github/workflows/{workflow}.yml"));
        let text = fs::read_to_string(path).unwrap();
        let (_, rest) = text.split_once(head).unwrap();
        rest.lines().map(str::trim).take(12).map(str::to_owned).collect::<Vec<_>>()
    };
    let back = step("pipeline-deploy", "      - name: Take it back\n");
    let condition = "if: always() && inputs.smoke != '' && steps.deploy.outcome == 'success' && steps.smoke.outcome != 'success'";
    assert!(back.contains(&condition.to_owned()), "{back:#?}");
    let apply = step("pipeline-terraform", "    name: apply ${{ matrix.environment }}\n");
    assert!(apply.iter().any(|line| line.starts_with("fail-fast: true")), "{apply:#?}");
}

#[test]
fn security() {
    let change = [Do::Append("README.md", "A word.\n")];
    check("security", "hypermesh", &change, &["plan", "scan audit", "scan secrets", "gate"]);
}

#[test]
fn two_scans_of_one_name_or_of_a_name_that_is_none_are_a_mistake() {
    for name in ["audit", "", "../secrets", "a b"] {
        let renamed = format!("\"name\": \"{name}\"");
        let monorepo = Monorepo::calling("hypermesh", &example("security"));
        let monorepo = monorepo.with("\"name\": \"secrets\"", &renamed);
        let ran = monorepo.run(&[Do::Append("README.md", "A word.\n")]);
        assert_eq!(ran.log.failed_legs("plan").len(), 1, "{name}");
        assert!(ran.log.legs("scan").is_empty(), "{name}");
        assert_eq!(ran.log.failed_legs("gate").len(), 1, "{name}");
    }
}

#[test]
fn a_call_does_not_judge_the_reports_of_another_whose_name_begins_alike() {
    let one = example("security");
    let (head, call) = one.split_once("  security:\n").unwrap();
    let call = call.replace("name: security", "name: NAME");
    let call = call.replace("with:\n", "with:\n      name: NAME\n");
    let deep = call.replace("NAME", "scan-deep");
    let both = format!(
        "{head}  deep:\n{deep}\n  security:\n    needs: deep\n{}",
        call.replace("NAME", "scan")
    );
    let ran = Monorepo::calling("hypermesh", &both).run(&[Do::Append("README.md", "A word.\n")]);
    assert_eq!(ran.log.wrongs(&[("plan", 2), ("scan", 4), ("gate", 2)]), Vec::<String>::new());
    let names: BTreeSet<String> = fs::read_dir(ran.artifacts())
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("result-"))
        .collect();
    // The pattern of the first call is `result-scan--*`.
    let of_first = names.iter().filter(|name| name.starts_with("result-scan--")).count();
    assert_eq!((names.len(), of_first), (4, 2), "{names:?}");
}

#[test]
fn quality_gates() {
    let mut jobs = vec!["plan", "gate", "evidence compile", "evidence security"];
    jobs.extend(["evidence performance", "evidence coverage", "evidence docs"]);
    check("quality-gates", "hypermesh", &[Do::Append("README.md", "A word.\n")], &jobs);
}

/// A run of the GPU example on a machine with this GPU.
fn on_gpu(gpu: (&str, u32, &str)) -> (Ran, String) {
    use std::os::unix::fs::PermissionsExt as _;
    let scratch = Scratch::new();
    let tool = scratch.write("bin/nvidia-smi", gpu::nvidia_smi("550.54.14", &[gpu]));
    fs::set_permissions(tool, fs::Permissions::from_mode(0o755)).unwrap();
    let act = shared::act(&example("gpu-test"))
        .file(".github/gpu-jobs.toml", gpu::KERNELS)
        .file(".github/gpu-fleet.toml", gpu::FLEET)
        .file("scripts/gpu-test", gpu::TEST)
        .env("SEEN", scratch.at("seen"))
        .label("l40s-machine")
        .programs(&scratch.at("bin"))
        .one_leg();
    let commit = act.commit("the files").unwrap();
    let ran = act.payload(&super::push("refs/heads/main", &commit, &commit)).run().unwrap();
    let seen = if scratch.has("seen") { scratch.read_text("seen") } else { String::new() };
    (ran, seen)
}

#[test]
fn gpu_test() {
    let (ran, seen) = on_gpu(("NVIDIA L40S", 46068, "8.9"));
    assert_eq!(ran.log.wrongs(&[("match", 1), ("test", 1), ("gate", 1)]), Vec::<String>::new());
    assert_eq!(seen, "kernels GPU-00000000-1111-2222-3333-444444444444\n");
    check_handed_over(&ran, "gpu-test", &["match", "test-kernels"]);
    let (ran, seen) = on_gpu(("Tesla T4", 15360, "7.5"));
    assert_eq!(seen, "", "a test ran on a machine that it was not matched for");
    assert_eq!(ran.log.failed_legs("gate").len(), 1);
}

/// A run of the performance example, with a benchmark that says this of base and head.
fn benchmark(base: &str, head: &str) -> Ran {
    let source = |value: &str| {
        format!(
            "fn main() {{\n    println!(\"{{}}\", r#\"[{{\"name\": \"stoq/throughput\", \"unit\": \"Gbps\", \"value\": {value}}}]\"#);\n}}\n"
        )
    };
    let manifest = "[package]\nname = \"bench\"\nversion = \"0.1.0\"\nedition = \"2021\"\n";
    let act = shared::act(&example("performance"))
        .file("Cargo.toml", manifest)
        .file("Cargo.lock", "version = 4\n\n[[package]]\nname = \"bench\"\nversion = \"0.1.0\"\n")
        .file("src/main.rs", source(base));
    let before = act.commit("before").unwrap();
    let act = act.file("src/main.rs", source(head));
    let after = act.commit("after").unwrap();
    act.payload(&super::push("refs/heads/main", &before, &after)).run().unwrap()
}

#[test]
fn performance() {
    let ran = benchmark("3.1", "3.0");
    assert_eq!(
        ran.log.wrongs(&[("bench", 1)]),
        Vec::<String>::new(),
        "{:#?}",
        ran.log.annotations()
    );
    check_handed_over(&ran, "performance", &["bench"]);
    let rounds =
        fs::read(ran.artifacts().join("result-performance/signalbox-rounds.json")).unwrap();
    assert!(String::from_utf8(rounds).unwrap().contains("stoq/throughput"));
    assert_eq!(benchmark("3.1", "2.1").log.failed_legs("bench").len(), 1);
}

/// A run of the remote example that somebody asked for.
fn remote(service: &str, notes: &str) -> Ran {
    let folder = workspace_root().join("testdata/monorepos/aiaas");
    let act = shared::act(&example("remote")).event("workflow_dispatch").folder(&folder);
    let inputs = json!({"service": service, "notes": notes});
    act.payload(&json!({"inputs": inputs, "ref": "refs/heads/main"})).run().unwrap()
}

#[test]
fn what_is_asked_for_runs_and_who_asked_is_kept() {
    let notes = "why: \"quotes\", $(touch injected), `touch injected`\n::error::injected";
    let ran = remote("billing", notes);
    let wrong: Vec<&str> = ran.log.annotations().iter().map(|it| it.message.as_str()).collect();
    assert!(!wrong.contains(&"injected"), "{wrong:?}");
    let jobs: Vec<String> = ran_jobs(&ran).into_iter().collect();
    let mut services: Vec<&str> = jobs.iter().filter_map(|it| it.rsplit('/').next()).collect();
    services.sort_unstable();
    assert_eq!(
        services,
        ["audit", "build billing", "gate", "lint billing", "plan", "test billing"]
    );
    let kept = fs::read(ran.artifacts().join("remote-run/remote-run.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    assert_eq!((kept["service"].as_str(), kept["notes"].as_str()), (Some("billing"), Some(notes)));
}

#[test]
fn a_service_that_is_not_there_is_no_green_run() {
    for asked in ["biling", "billing,biling", ",", " "] {
        let ran = remote(asked, "a slip");
        let failed = ran.log.failed_legs("plan").len();
        assert_eq!(failed, 1, "{asked:?}: {:#?}", ran.log.annotations());
        assert!(ran.log.legs("build").is_empty(), "{asked:?}");
    }
}

/// A run of the deployment example after a tag, with this smoke test; what kubectl was told, in order.
fn deployed(smoke: &str) -> (Ran, Vec<String>) {
    let act = shared::act(&example("deploy"))
        .folder(&workspace_root().join("testdata/monorepos/hypermesh"))
        .programs(&workspace_root().join("crates/end-to-end/stand-ins/programs"))
        .file("scripts/smoke", smoke);
    let commit = act.commit("released").unwrap();
    act.git(&["tag", "v1.2.3"]).unwrap();
    let ran = act.payload(&super::push("refs/tags/v1.2.3", ZERO, &commit)).run().unwrap();
    let told = fs::read_to_string(ran.artifacts().join("told.txt")).unwrap();
    let of_kubectl = |line: &str| {
        let line = line.strip_prefix("kubectl --context ")?.replace("rollout ", "");
        line.split_once(" deployment/").map(|(what, which)| {
            let which = which.split(' ').next().unwrap_or_default();
            format!("{what} {which}")
        })
    };
    (ran, told.lines().filter_map(of_kubectl).collect())
}

/// The components: each after what it depends on, those that wait for the same in the order of the file.
const ORDER: [&str; 5] = ["stoq", "trustchain", "hypermesh", "catalog", "caesar"];

#[test]
fn a_version_goes_to_staging_and_from_there_to_production() {
    let (ran, told) = deployed("test \"$1/$VERSION\" = \"$ENVIRONMENT/v1.2.3\"\n");
    let wanted = [("plan", 2), ("deploy", 2), ("gate", 2)];
    assert_eq!(ran.log.wrongs(&wanted), Vec::<String>::new(), "{:#?}", ran.log.annotations());
    let steps = |environment: &str| -> Vec<String> {
        let both = |name: &&str| {
            [format!("{environment} set image {name}"), format!("{environment} status {name}")]
        };
        ORDER.iter().flat_map(both).collect()
    };
    assert_eq!(told, [steps("staging"), steps("production")].concat());
}

#[test]
fn a_version_that_fails_its_smoke_test_is_taken_back_and_goes_no_further() {
    let (ran, told) = deployed("exit 1\n");
    assert_eq!(ran.log.failed_legs("deploy").len(), 1, "{:#?}", ran.log.annotations());
    // Each before what it depends on; the two in the middle wait for the same.
    let back: Vec<&str> = told.iter().filter_map(|it| it.strip_prefix("staging undo ")).collect();
    assert_eq!(back.len(), 5, "{told:?}");
    assert_eq!([back[0], back[3], back[4]], ["caesar", "trustchain", "stoq"]);
    assert!(!told.iter().any(|it| it.starts_with("production")), "{told:?}");
}

#[test]
fn release_notes() {
    let act = shared::act(&example("release-notes"))
        .programs(&workspace_root().join("crates/end-to-end/stand-ins/programs"));
    let act = act.file("a.txt", "1");
    act.commit("feat: the first thing").unwrap();
    act.git(&["tag", "v1.0.0"]).unwrap();
    let act = act.file("a.txt", "2");
    act.commit("feat: a new thing").unwrap();
    let act = act.file("a.txt", "3");
    let commit = act.commit("fix: an old thing").unwrap();
    act.git(&["tag", "v1.1.0"]).unwrap();
    let ran = act.payload(&super::push("refs/tags/v1.1.0", ZERO, &commit)).run().unwrap();
    let wanted = [("notes", 1), ("draft", 1)];
    assert_eq!(ran.log.wrongs(&wanted), Vec::<String>::new(), "{:#?}", ran.log.annotations());
    let notes = fs::read_to_string(ran.artifacts().join("release-notes/release-notes.md")).unwrap();
    assert!(notes.contains("a new thing") && notes.contains("an old thing"), "{notes}");
    assert!(!notes.contains("the first thing"), "{notes}");
    assert_eq!(ran.log.outputs("notes", "notes")["bump"], "minor");
    assert!(told(&ran)[0].starts_with("gh release create v1.1.0 "), "{:?}", told(&ran));
}
