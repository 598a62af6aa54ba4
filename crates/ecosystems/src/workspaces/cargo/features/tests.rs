//! What a workspace brings for each command, and what it is refused for.

use super::*;

/// A workspace: `app` may use `kernels`, which needs a GPU with its feature `cuda`; `cli` uses `app`; `bench` uses
/// `app` with its GPU in tests only; `always` always needs one; `docs` needs nothing.
const METADATA: &str = r#"{
  "packages": [
    {"id": "app 0.1.0", "name": "app", "manifest_path": "/w/app/Cargo.toml",
     "features": {"default": ["fast"], "fast": [], "gpu": ["kernels/cuda"], "weak": ["kernels?/cuda"],
                  "both": ["weak", "dep:kernels"], "plain": ["dep:kernels"], "named": ["k2/cuda"]},
     "dependencies": [
       {"name": "kernels", "rename": null, "kind": null, "optional": true, "uses_default_features": true,
        "features": [], "path": "/w/kernels"},
       {"name": "kernels", "rename": "k2", "kind": "build", "optional": true, "uses_default_features": true,
        "features": [], "path": "/w/kernels"}],
     "metadata": null},
    {"id": "kernels 0.1.0", "name": "kernels", "manifest_path": "/w/kernels/Cargo.toml",
     "features": {"cuda": ["dep:cudarc"], "default": []},
     "dependencies": [{"name": "cudarc", "rename": null, "kind": null, "optional": true,
                       "uses_default_features": true, "features": [], "path": null}],
     "metadata": {"gpu": {"gpu-features": ["cuda"], "min-cc": "8.0"}, "other": 1}},
    {"id": "cli 0.1.0", "name": "cli", "manifest_path": "/w/cli/Cargo.toml",
     "features": {"turbo": ["app/gpu"]},
     "dependencies": [{"name": "app", "rename": null, "kind": null, "optional": false,
                       "uses_default_features": true, "features": [], "path": "/w/app"}],
     "metadata": {"docs": {}}},
    {"id": "bench 0.1.0", "name": "bench", "manifest_path": "/w/bench/Cargo.toml",
     "features": {},
     "dependencies": [{"name": "app", "rename": null, "kind": "dev", "optional": false,
                       "uses_default_features": false, "features": ["gpu"], "path": "/w/app"},
                      {"name": "cust", "rename": null, "kind": null, "optional": false,
                       "uses_default_features": true, "features": [], "path": null}],
     "metadata": null},
    {"id": "always 0.1.0", "name": "always", "manifest_path": "/w/always/Cargo.toml",
     "features": {}, "dependencies": [], "metadata": {"gpu": {}}},
    {"id": "twice 0.1.0", "name": "twice", "manifest_path": "/w/twice/Cargo.toml",
     "features": {},
     "dependencies": [{"name": "app", "rename": null, "kind": null, "optional": false,
                       "uses_default_features": true, "features": [], "path": "/w/app"},
                      {"name": "app", "rename": null, "kind": "dev", "optional": false,
                       "uses_default_features": true, "features": ["gpu"], "path": "/w/app"}],
     "metadata": null},
    {"id": "docs 0.1.0", "name": "docs", "manifest_path": "/w/docs/Cargo.toml",
     "features": {}, "dependencies": [], "metadata": null},
    {"id": "cudarc 1.0.0", "name": "cudarc", "manifest_path": "/r/cudarc/Cargo.toml",
     "features": {}, "dependencies": [], "metadata": null}
  ],
  "workspace_members": ["app 0.1.0", "kernels 0.1.0", "cli 0.1.0", "bench 0.1.0", "always 0.1.0", "twice 0.1.0", "docs 0.1.0"],
  "workspace_default_members": ["app 0.1.0", "docs 0.1.0"]
}"#;

fn workspace() -> Features {
    read(METADATA.as_bytes()).unwrap()
}

/// `-` for none, the way to what needs a GPU, or why it is not known.
fn asked(features: &Features, command: &str) -> String {
    let words: Vec<&str> = command.split_whitespace().collect();
    match features.asks(&words) {
        Asks::Gpu { way, .. } => way.join(" > "),
        Asks::NoGpu => "-".to_owned(),
        Asks::Unknown(unsure) => format!("{unsure:?}"),
    }
}

#[track_caller]
fn check(command: &str, wanted: &str) {
    assert_eq!(asked(&workspace(), command), wanted, "{command}");
}

#[test]
fn features_and_dependencies_are_followed() {
    check("cargo test", "-");
    check("cargo test -p app --features gpu", "app/gpu > kernels/cuda");
    check("cargo test -p app -F gpu", "app/gpu > kernels/cuda");
    check("cargo test -p app -Ffast,gpu", "app/gpu > kernels/cuda");
    check("cargo test -papp --features=fast --features=gpu", "app/gpu > kernels/cuda");
    check("cargo test -p app --features fast,named", "app/named > kernels/cuda");
    check("cargo test -p app --all-features", "app/gpu > kernels/cuda");
    check("cargo test --features app/gpu", "app/gpu > kernels/cuda");
    check("cargo test --features app/fast", "-");
    check("cargo build -p cli --features turbo", "cli/turbo > app/gpu > kernels/cuda");
    check("cargo build -p cli", "-");
    check("cargo test -p kernels", "-");
    check("cargo test -p kernels --features cuda", "kernels/cuda");
    check(
        "cargo test -p kernels@0.1.0 --no-default-features --features kernels/cuda",
        "kernels/cuda",
    );
}

#[test]
fn a_weak_feature_counts_with_its_dependency() {
    check("cargo test -p app --features weak", "-");
    check("cargo test -p app --features plain", "-");
    check("cargo test -p app --features weak,plain", "app/plain > app/kernels > kernels/cuda");
    check("cargo test -p app --features plain,weak", "app/weak > kernels/cuda");
    check("cargo test -p app --features both", "app/both > app/weak > kernels/cuda");
}

#[test]
fn dependencies_of_tests_count_for_tests() {
    check("cargo test -p bench", "bench > bench/app > app/gpu > kernels/cuda");
    check("cargo nextest run -p bench", "bench > bench/app > app/gpu > kernels/cuda");
    check("cargo clippy -p bench --all-targets", "bench > bench/app > app/gpu > kernels/cuda");
    check("cargo build -p bench --example x", "bench > bench/app > app/gpu > kernels/cuda");
    check("cargo build -p bench", "-");
    // One dependency with and without.
    check("cargo test -p twice", "twice > twice/app > app/gpu > kernels/cuda");
    check("cargo build -p twice", "-");
    check("cargo build -p bench --release -j4 --target x86_64-unknown-linux-gnu", "-");
}

#[test]
fn packages_are_chosen_as_cargo_chooses_them() {
    check("cargo build -p always", "always");
    check("cargo build --workspace", "always");
    check("cargo build --workspace --exclude always", "-");
    check("cargo build --workspace --exclude alw*", "-");
    check("cargo +nightly build -p 'x", "Package(\"'x\")");
    check("cargo build -p al*s", "always");
    check("cargo build -p docs -- --features gpu", "-");
    check("cargo test some_test -p docs", "-");
    check("cargo test -p ghost", "Package(\"ghost\")");
    check("cargo test -p path+file:///w/app#0.1.0", "Package(\"path+file:///w/app#0.1.0\")");
    check("cargo test --workspace --exclude ghost", "Package(\"ghost\")");
}

#[test]
fn what_cannot_be_followed_is_not_known() {
    check("", "NotCargo");
    check("make test", "NotCargo");
    check("cargo", "Subcommand(\"\")");
    check("cargo xtask test", "Subcommand(\"xtask\")");
    check("cargo test --manifest-path x/Cargo.toml", "Option(\"--manifest-path\")");
    check("cargo test --config a=b", "Option(\"--config\")");
    check("cargo -C x test", "Option(\"-C\")");
    check("cargo test --features", "NoValue(\"--features\")");
    check("cargo test -p", "NoValue(\"-p\")");
    let none = METADATA.replace("\"gpu\": {", "\"gqu\": {");
    assert_eq!(asked(&read(none.as_bytes()).unwrap(), "cargo test"), "NoPackage");
}

#[test]
fn an_older_cargo_does_not_say_the_default_members() {
    let old = METADATA.replace("workspace_default_members", "x");
    assert_eq!(asked(&read(old.as_bytes()).unwrap(), "cargo build"), "always");
}

#[test]
fn what_packages_say_wrongly_is_told() {
    let told = |from: &str, to: &str| -> Vec<String> {
        assert!(METADATA.contains(from), "{from}");
        let problems = read(METADATA.replace(from, to).as_bytes()).unwrap_err();
        problems.iter().map(|problem| problem.message.unescaped()).collect()
    };
    let named = "`gpu-features` of the package kernels names cudda, which is no feature of it";
    assert_eq!(told("[\"cuda\"], \"min-cc\"", "[\"cudda\"], \"min-cc\""), [named]);
    let wrong = "the table `[package.metadata.gpu]` of the package always cannot be read";
    assert_eq!(told("{\"gpu\": {}}", "{\"gpu\": true}"), [wrong]);
    assert_eq!(told("{\"gpu\": {}}", "{\"gpu\": {\"gpu-features\": [1]}}"), [wrong]);
    assert_eq!(told("{\"gpu\": {}}", "{\"gpu\": {\"gpu-features\": {}}}"), [wrong]);
    assert_eq!(read(b"{}").unwrap_err().len(), 1);
    assert_eq!(read(b"").unwrap_err().len(), 1);
    let text = METADATA.replace("[\"cuda\"], \"min-cc\"", "\"cuda\", \"min-cc\"");
    assert_eq!(
        asked(&read(text.as_bytes()).unwrap(), "cargo test -p kernels -Fcuda"),
        "kernels/cuda"
    );
}

#[test]
fn packages_that_may_be_meant_for_a_gpu_are_hints() {
    let hints = workspace().hints();
    let told: Vec<_> = hints.iter().map(|it| (it.package.as_str(), it.dependency)).collect();
    assert_eq!(told, [("bench", "cust")]);
    let packages: Vec<_> = workspace().gpu_packages().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(packages, ["kernels", "always"]);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is added to a command never takes a GPU away from it.
        #[test]
        fn more_features_never_need_less(
            features in prop::collection::vec(
                prop::sample::select(vec!["gpu", "weak", "both", "plain", "named", "fast", "turbo", "cuda"]),
                0..4,
            ),
            more in prop::sample::select(vec!["gpu", "weak", "both", "plain", "named", "cuda"]),
            package in prop::sample::select(vec!["app", "cli", "bench", "kernels", "docs"]),
            sub in prop::sample::select(vec!["build", "test"]),
        ) {
            let workspace = workspace();
            let command = |features: &[&str]| format!("cargo {sub} -p {package} --features={}", features.join(","));
            let asks = |features: &[&str]| asked(&workspace, &command(features));
            if asks(&features) != "-" {
                let all = [features.as_slice(), &[more]].concat();
                prop_assert!(asks(&all) != "-", "{features:?} {more}");
            }
            if sub == "build" && asks(&features) != "-" {
                let test = command(&features).replace("build", "test");
                prop_assert!(asked(&workspace, &test) != "-");
            }
        }

        #[test]
        fn any_words_are_read_or_refused(words in prop::collection::vec("[a-z=,/?*@+. -]{0,12}|cargo|test|-p|--features", 0..8)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let workspace = workspace();
            prop_assert_eq!(workspace.asks(&words), workspace.asks(&words));
        }
    }
}
