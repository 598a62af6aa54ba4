//! `match` for jobs that are cargo commands, with a cargo that says what a workspace would.

use std::path::Path;

use serde_json::json;
use testkit::{Told, Tool};

use crate::machines::machine;
use crate::tool::{check_no_answer, output};

const FLEET: &str = "[[runner]]\nname = \"a\"\nlabels = [\"gpu\"]\nmodel = \"l40s\"\ngpus = 1\n";

/// Two packages; `app` depends on `kernels`, and its feature `fast` brings its feature `gpu`.
fn metadata(gpu: &serde_json::Value, manifest: &Path) -> String {
    let package = |name: &str, features: serde_json::Value, dependencies: serde_json::Value| {
        json!({"id": name, "name": name, "manifest_path": manifest,
            "features": features, "dependencies": dependencies, "metadata": null})
    };
    let mut kernels = package("kernels", json!({"default": [], "gpu": []}), json!([]));
    kernels["metadata"] = json!({ "gpu": gpu });
    let on = json!([{"name": "kernels", "rename": null, "kind": null, "optional": false,
        "uses_default_features": true, "features": [], "path": "/w/kernels"}]);
    let app = package("app", json!({"default": [], "fast": ["kernels/gpu"]}), on);
    json!({"packages": [kernels, app], "workspace_members": ["kernels", "app"],
        "workspace_default_members": ["kernels", "app"]})
    .to_string()
}

/// The manifest that says the same as the metadata.
fn manifest(gpu: &serde_json::Value) -> String {
    let keys = gpu.as_object().unwrap().iter().map(|(key, value)| format!("{key} = {value}"));
    let keys = keys.collect::<Vec<_>>().join("\n");
    format!("[package]\nname = \"kernels\"\nversion = \"0.1.0\"\n[package.metadata.gpu]\n{keys}\n")
}

/// `commands` are jobs with their commands, one a line; `jobs` is written behind the table of the first.
fn run(commands: &str, gpu: &serde_json::Value, jobs: &str) -> Told {
    let script = "[ \"$*\" = 'metadata --format-version 1 --no-deps' ] && exec /bin/cat metadata.json\nexit 1";
    let tool: Tool = machine(&[("cargo", script)]).in_actions();
    let path = tool.scratch().at("kernels/Cargo.toml");
    let tables: Vec<String> = commands
        .lines()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, command)| format!("[jobs.{name}]\ncargo = {}\n", json!(command)))
        .collect();
    tool.file("metadata.json", metadata(gpu, &path))
        .file("kernels/Cargo.toml", manifest(gpu))
        .file(".github/gpu-fleet.toml", FLEET)
        .file(".github/gpu-jobs.toml", tables.concat() + jobs)
        .run()
}

#[test]
fn a_command_needs_what_the_package_with_its_feature_says() {
    let gpu = json!({"gpu-features": ["gpu"], "min-memory": "40GB"});
    let commands = "kernels: cargo test -p kernels --features gpu\nplain: cargo test -p kernels\n\
                    app: cargo test -p app --features fast\nslow: cargo test -p app\n";
    let told = run(commands, &gpu, "");
    assert_eq!(told.exit, 0, "{}", told.stdout);
    // One machine for two jobs: the first by name gets it, and the other waits for it.
    let decided = json!({"app": "run", "kernels": "wait", "plain": "cpu", "slow": "cpu"});
    assert_eq!(output(&told, "decisions"), decided);
    assert_eq!(output(&told, "degraded"), json!([]));
    assert_eq!(output(&told, "runs-on")["kernels"], json!(["gpu"]));
    // Too small for what the package says.
    let large = json!({"gpu-features": ["gpu"], "min-memory": "80GB"});
    let told = run("kernels: cargo test -p kernels --features gpu", &large, "");
    assert_eq!((told.exit, output(&told, "decisions")), (1, json!({"kernels": "fail"})));
    // The job's own table stands in place of the package's.
    let own = "min-memory = \"48GB\"\n";
    let told = run("kernels: cargo test -p kernels --features gpu", &large, own);
    assert_eq!((told.exit, output(&told, "decisions")), (0, json!({"kernels": "run"})));
}

#[test]
fn what_cannot_be_told_of_a_command_is_a_gpu() {
    let gpu = json!({"gpu-features": ["gpu"], "min-memory": "40GB"});
    let told = run("kernels: cargo xtask test", &gpu, "");
    assert_eq!((told.exit, output(&told, "decisions")), (0, json!({"kernels": "run"})));
    assert!(
        told.stdout.contains("it is not known whether the job `kernels` needs a GPU")
            || told.stdout.contains("It is not known whether the job `kernels` needs a GPU")
    );
    let odd = json!({"gpu-features": 3});
    check_no_answer(&run("a: cargo test", &odd, ""), 2, "cannot be read");
    let typo = json!({"gpu-features": ["gpu"], "min-memori": "40GB"});
    let told = run("kernels: cargo test -p kernels --features gpu", &typo, "");
    check_no_answer(&told, 2, "min-memori");
}

#[test]
fn cargo_is_not_started_among_the_files_of_strangers() {
    let fork = json!({"action": "opened", "number": 7, "pull_request": {
        "number": 7, "commits": 1,
        "base": {"ref": "main", "sha": "b".repeat(40), "repo": {"full_name": "org/mono", "id": 1}},
        "head": {"ref": "main", "sha": "a".repeat(40), "repo": {"full_name": "eve/mono", "id": 2}}},
        "repository": {"full_name": "org/mono", "default_branch": "main", "private": false}});
    let told = machine(&[("cargo", "/bin/echo started >started\nexit 1")])
        .in_actions()
        .file(
            ".github/gpu-jobs.toml",
            "[jobs.kernels]\ncargo = \"cargo test -p kernels --features gpu\"\n",
        )
        .file(".github/gpu-fleet.toml", FLEET)
        .event("pull_request", fork.to_string())
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(output(&told, "runs-on"), json!({"kernels": "ubuntu-latest"}));
    assert!(!told.scratch.has("started"));
}

#[test]
fn what_is_no_command_is_told() {
    let gpu = json!({"gpu-features": ["gpu"]});
    for odd in ["a: cargo test; rm -rf /", "a: $(cargo)", "a: cargo 'x y'"] {
        check_no_answer(&run(odd, &gpu, ""), 2, "expected words with spaces between them");
    }
    let gone = machine(&[])
        .in_actions()
        .file(".github/gpu-jobs.toml", "[jobs.a]\ncargo = \"cargo test\"\n")
        .run();
    check_no_answer(&gone, 3, "cargo does not say which packages there are");
}

#[test]
fn cargo_does_not_get_the_token() {
    // Manifests and toolchains of the repository may have it start other programs.
    let script = "[ -z \"$SIGNALBOX_TOKEN\" ] && exec /bin/cat metadata.json\nexit 1";
    let told = machine(&[("cargo", script)])
        .in_actions()
        .file(".github/gpu-jobs.toml", "[jobs.plain]\ncargo = \"cargo test -p kernels\"\n")
        .file("Cargo.toml", "[package]\nname = \"kernels\"\n[package.metadata.gpu]\n")
        .env("SIGNALBOX_TOKEN", "ghp_Sesame0123456789")
        .env("SIGNALBOX_FLEET_SOURCE", "static")
        .file("metadata.json", metadata(&json!({"gpu-features": ["gpu"]}), Path::new("Cargo.toml")))
        .file(".github/gpu-fleet.toml", FLEET)
        .run();
    assert_eq!(told.exit, 0, "{}", told.stdout);
    assert_eq!(output(&told, "decisions"), json!({"plain": "cpu"}));
}
