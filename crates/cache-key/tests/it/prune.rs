//! What `prune` removes, in folders that cargo itself made, and in those that somebody made to trap it.

#![expect(clippy::disallowed_methods, reason = "cargo and the tool are started, and one is killed")]
#![expect(clippy::string_slice, reason = "names and digests here are ASCII")]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use testkit::{Repository, Scratch, Told, Tool};

/// A name, a version, the rest of the manifest, and the files.
type Package = (&'static str, &'static str, &'static str, &'static [(&'static str, &'static str)]);

/// Packages of a registry of our own: one with a build script, a macro that is compiled for the host, and
/// one that names files of its own folder.
const PACKAGES: &[Package] = &[
    ("plain", "1.0.0", "", &[("src/lib.rs", "pub fn one() -> u8 { 1 }")]),
    ("plain", "1.1.0", "", &[("src/lib.rs", "pub fn one() -> u8 { 1 }")]),
    (
        "user",
        "1.0.0",
        "[dependencies]\nplain = \"1\"\n",
        &[("src/lib.rs", "pub fn one() -> u8 { plain::one() }")],
    ),
    (
        "own-sys",
        "1.2.3",
        "",
        &[
            ("src/lib.rs", "pub const SAID: &str = env!(\"SAID\");"),
            (
                "build.rs",
                "fn main() { println!(\"cargo::rerun-if-changed=x.c\\ncargo::rustc-env=SAID=x\"); }",
            ),
            ("x.c", "int x;"),
        ],
    ),
    (
        "made",
        "1.0.0",
        "[lib]\nproc-macro = true\n",
        &[(
            "src/lib.rs",
            "#[proc_macro] pub fn made(it: proc_macro::TokenStream) -> proc_macro::TokenStream { it }",
        )],
    ),
];

/// A checkout, a cargo home and a home, all of them in one folder with things that are nobody's here.
struct World {
    scratch: Scratch,
}

impl World {
    fn new() -> Self {
        let world = Self { scratch: Scratch::new() };
        world.registry();
        let scratch = &world.scratch;
        scratch.write("outside/precious", "precious");
        scratch.write("work/.gitignore", "target\n");
        scratch.write(
            "work/Cargo.toml",
            "[package]\nname = \"app\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[lib]\ncrate-type = [\"lib\", \"cdylib\"]\n\
             [dependencies]\nuser = \"1\"\nown-sys = \"1\"\nmade = \"1\"\nplain = \"=1.0.0\"\n",
        );
        scratch.write("work/build.rs", "fn main() {}");
        scratch.write("work/src/lib.rs", "pub fn f() -> u8 { made::made!(user::one()) }");
        scratch
            .write("work/src/main.rs", "fn main() { println!(\"{}{}\", app::f(), own_sys::SAID) }");
        scratch.write("work/tests/t.rs", "#[test] fn t() {}");
        let repository = Repository::new();
        repository.git(&["init", "--quiet", scratch.at("work").to_str().unwrap()]);
        let add = ["-C", scratch.at("work").to_str().unwrap(), "add", "--all"].map(str::to_owned);
        repository.git(&add);
        world
    }

    /// A local registry (The Cargo Book, "Source Replacement").
    fn registry(&self) {
        let scratch = &self.scratch;
        let mut index: BTreeMap<&str, String> = BTreeMap::new();
        for (name, version, rest, files) in PACKAGES {
            let folder = format!("{name}-{version}");
            let manifest = format!(
                "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n{rest}"
            );
            scratch.write(format!("packing/{folder}/Cargo.toml"), manifest);
            for (path, contents) in *files {
                scratch.write(format!("packing/{folder}/{path}"), contents);
            }
            let packed = scratch.at(format!("registry/{folder}.crate"));
            fs::create_dir_all(scratch.at("registry/index")).unwrap();
            let packing = ["--mtime=@0", "--sort=name", "--use-compress-program=gzip -n", "-cf"];
            let tar = [&packing[..], &[packed.to_str().unwrap(), &folder]].concat();
            assert!(
                Command::new("tar")
                    .args(tar)
                    .current_dir(scratch.at("packing"))
                    .status()
                    .unwrap()
                    .success()
            );
            let sum = Command::new("sha256sum").arg(&packed).output().unwrap().stdout;
            let sum = String::from_utf8(sum).unwrap();
            let needs = if rest.contains("plain") {
                r#"{"name":"plain","req":"^1","features":[],"optional":false,"default_features":true,"target":null,"kind":"normal"}"#
            } else {
                ""
            };
            let line = format!(
                "{{\"name\":\"{name}\",\"vers\":\"{version}\",\"deps\":[{needs}],\"cksum\":\"{}\",\"features\":{{}},\"yanked\":false}}\n",
                &sum[..64]
            );
            index.entry(name).or_default().push_str(&line);
        }
        for (name, lines) in index {
            let folder = format!("{}/{}", &name[..2], &name[2..4]);
            scratch.write(format!("registry/index/{folder}/{name}"), lines);
        }
        let at = scratch.at("registry");
        let config = format!(
            "[source.crates-io]\nreplace-with = \"ours\"\n[source.ours]\nlocal-registry = \"{}\"\n",
            at.display()
        );
        scratch.write("cargo/config.toml", config);
    }

    fn work(&self) -> PathBuf {
        self.scratch.at("work")
    }

    fn cargo(&self, words: &[&str]) -> String {
        let mut cargo = Command::new("cargo");
        cargo.args(words).arg("--offline").current_dir(self.work());
        for name in ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_INCREMENTAL", "CARGO_BUILD_TARGET"] {
            cargo.env_remove(name);
        }
        let said = cargo.env("CARGO_HOME", self.scratch.at("cargo")).output().unwrap();
        let told = String::from_utf8_lossy(&said.stderr).into_owned();
        assert!(said.status.success(), "{told}");
        told
    }

    /// The tool, on a machine that is thrown away.
    fn tool(&self, words: &[&str]) -> Told {
        Tool::new(env!("CARGO_BIN_EXE_cache-key"))
            .at(self.work())
            .env("HOME", self.scratch.at("home"))
            .env("CARGO_HOME", self.scratch.at("cargo"))
            .env("RUSTUP_TOOLCHAIN", "1.95.0")
            .env("RUNNER_ENVIRONMENT", "github-hosted")
            .arg("prune")
            .args(words)
            .run()
    }

    fn json(&self, words: &[&str]) -> serde_json::Value {
        let told = self.tool(&[words, &["--format", "json"]].concat());
        assert_eq!(told.exit, 0, "{}", told.stderr);
        let told: serde_json::Value = serde_json::from_str(&told.stdout).unwrap();
        told["result"].clone()
    }

    /// Everything that is there, with what it holds, and links as links.
    fn snapshot(&self) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
        let mut all = BTreeMap::new();
        let mut rest = vec![self.scratch.path().to_owned()];
        while let Some(path) = rest.pop() {
            let metadata = path.symlink_metadata().unwrap();
            let holds = if metadata.is_symlink() {
                fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec()
            } else if metadata.is_file() {
                fs::read(&path).unwrap()
            } else {
                if metadata.is_dir() {
                    rest.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
                }
                Vec::new()
            };
            all.insert(path, (metadata.mode(), holds));
        }
        all
    }
}

fn fresh(told: &str) -> Vec<&str> {
    told.lines().filter_map(|line| line.trim().strip_prefix("Fresh ")).collect()
}

fn compiled(told: &str) -> Vec<&str> {
    let lines = told.lines().filter_map(|line| line.trim().strip_prefix("Compiling "));
    lines.filter_map(|line| line.split(' ').next()).collect()
}

/// Everything that is dropped, as absolute paths.
fn dropped(world: &World, document: &serde_json::Value) -> Vec<PathBuf> {
    let places = document["places"].as_array().unwrap();
    let of = |it: &serde_json::Value| {
        let place = places[usize::try_from(it["place"].as_u64().unwrap()).unwrap()]["path"]
            .as_str()
            .unwrap();
        let root = match place.find("/*") {
            Some(at) => &place[..at],
            None => place,
        };
        world.work().join(root).join(it["path"].as_str().unwrap())
    };
    document["dropped"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn after_a_prune_nothing_from_elsewhere_is_built_again() {
    let world = World::new();
    world.cargo(&["test", "--no-run"]);
    // A newer version of one package, and all that is built with it.
    let manifest = world.scratch.read_text("work/Cargo.toml");
    world.scratch.write("work/Cargo.toml", manifest.replace("\"=1.0.0\"", "\"1\""));
    world.cargo(&["update"]);
    world.cargo(&["test", "--no-run"]);
    world.scratch.write("work/target/debug/mine.txt", "mine");
    let before = world.snapshot();
    let asked = world.json(&[]);
    assert_eq!(world.snapshot(), before, "a dry run touches nothing");
    let went = world.json(&["--apply"]);
    assert_eq!(asked["dropped"], went["dropped"]);
    let reasons = &went["reasons"];
    for why in ["not-locked", "built-with-dropped", "own-sources", "incremental"] {
        assert!(reasons[why]["bytes"].as_u64().unwrap() > 0, "{why}: {reasons}");
    }
    // Exactly what was listed is gone.
    let mut after = before.clone();
    for path in dropped(&world, &went) {
        assert!(after.remove(&path).is_some(), "{}", path.display());
    }
    assert_eq!(world.snapshot(), after);
    let left: Vec<&PathBuf> =
        after.keys().filter(|it| it.starts_with(world.work().join("target"))).collect();
    let of_own = |it: &&&PathBuf| {
        it.file_name().is_some_and(|it| it.to_string_lossy().replace("lib", "").starts_with("app"))
    };
    assert_eq!(left.iter().find(of_own), None);
    assert!(world.scratch.has("work/target/debug/mine.txt"));
    let told = world.cargo(&["test", "--no-run", "-v"]);
    assert_eq!(compiled(&told), ["app"], "{told}");
    assert_eq!(fresh(&told).len(), 4, "{told}");
    // Own products stay where they are kept, and then there is nothing to build at all.
    let kept = world.json(&["--apply", "--layers", "registry,deps,workspace"]);
    assert_eq!(kept["pruned-bytes"], 0, "{kept}");
    let told = world.cargo(&["test", "--no-run", "-v"]);
    assert!(compiled(&told).is_empty(), "{told}");
}

#[test]
fn killed_half_way_it_leaves_what_builds() {
    let world = World::new();
    let scratch = &world.scratch;
    // A library alone: linking programs takes longest, and the order in which things go is the same.
    for path in ["work/build.rs", "work/src/main.rs", "work/tests/t.rs"] {
        fs::remove_file(scratch.at(path)).unwrap();
    }
    let manifest = scratch.read_text("work/Cargo.toml").replace(", \"cdylib\"", "");
    world.cargo(&["build"]);
    let debug = scratch.at("work/target/debug");
    let count = || -> usize {
        let folders = [".fingerprint", "deps"].map(|it| fs::read_dir(debug.join(it)));
        folders.into_iter().map(|it| it.unwrap().count()).sum()
    };
    let mut stopped = 0;
    for (part, wanted) in [(1, "1"), (3, "=1.0.0"), (4, "1")] {
        // Another version of one package, and all that is built with it: the last one is left over.
        scratch.write("work/Cargo.toml", manifest.replace("=1.0.0", wanted));
        world.cargo(&["update"]);
        world.cargo(&["build"]);
        // More of it, so that it takes a while.
        for number in 0..1000 {
            let (name, hash) = (format!("lost{}", number % 7), format!("{number:016x}"));
            scratch.write(format!("work/target/debug/deps/lib{name}-{hash}.rlib"), "lost");
            scratch.write(format!("work/target/debug/.fingerprint/{name}-{hash}/dep-lib-lost"), "");
        }
        let all = count();
        let mut child = Command::new(env!("CARGO_BIN_EXE_cache-key"))
            .args(["prune", "--apply"])
            .current_dir(world.work())
            .env("HOME", scratch.at("home"))
            .env("CARGO_HOME", scratch.at("cargo"))
            .env("RUSTUP_TOOLCHAIN", "1.95.0")
            .env("RUNNER_ENVIRONMENT", "github-hosted")
            .env_remove("CARGO_TARGET_DIR")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Some of the way on, further each time.
        while count() > all - all * part / 5 && child.try_wait().unwrap().is_none() {}
        child.kill().unwrap();
        stopped += u32::from(!child.wait().unwrap().success());
        world.cargo(&["build"]);
    }
    assert!(stopped > 0, "it was never stopped on the way");
    let again = world.tool(&["--apply"]);
    assert_eq!(again.exit, 0, "{}", again.stderr);
    world.cargo(&["build"]);
}

#[test]
fn traps_are_neither_followed_nor_removed() {
    let world = World::new();
    world.cargo(&["check"]);
    let (scratch, outside) = (&world.scratch, world.scratch.at("outside"));
    let target = |path: &str| world.scratch.at(format!("work/target/{path}"));
    // Links in every place where something would go, to a file, to a folder, to everything, to itself.
    let hash = "0123456789abcdef";
    symlink(&outside, target(&format!("debug/deps/out-{hash}"))).unwrap();
    symlink(outside.join("precious"), target(&format!("debug/deps/libout-{hash}.rlib"))).unwrap();
    symlink("/", target(&format!("debug/build/root-{hash}"))).unwrap();
    symlink(".", target("debug/incremental/loop-1")).unwrap();
    symlink(&outside, target(&format!("debug/.fingerprint/out-{hash}"))).unwrap();
    scratch.write("cargo/registry/cache/ours/old-1.0.0.crate", "old");
    symlink(outside.join("precious"), scratch.at("cargo/registry/cache/ours/linked-1.0.0.crate"))
        .unwrap();
    symlink(&outside, scratch.at("cargo/registry/cache/linked")).unwrap();
    fs::hard_link(outside.join("precious"), target(&format!("debug/deps/libhard-{hash}.rlib")))
        .unwrap();
    // Names that break lines and are no UTF-8; something that is no file.
    scratch.write(format!("work/target/debug/deps/lib\n::error::x-{hash}.rlib"), "1");
    let odd = std::ffi::OsStr::from_bytes(b"lib\xff-0123456789abcdef.rlib");
    fs::write(target("debug/deps").join(odd), "1").unwrap();
    let pipe = target("debug/build/pipe-0123456789abcdef");
    fs::create_dir(&pipe).unwrap();
    assert!(Command::new("mkfifo").arg(pipe.join("pipe")).status().unwrap().success());
    let before = world.snapshot();
    let document = world.json(&["--apply"]);
    let gone = dropped(&world, &document);
    let after = world.snapshot();
    let is_below = |path: &PathBuf| {
        path.starts_with(world.work().join("target"))
            || path.starts_with(scratch.at("cargo/registry"))
    };
    let removed: Vec<&PathBuf> = before.keys().filter(|path| !after.contains_key(*path)).collect();
    assert!(removed.iter().all(|path| is_below(path)), "{removed:?}");
    for (path, held) in &after {
        assert_eq!(before.get(path), Some(held), "{}", path.display());
    }
    assert_eq!(removed.len(), gone.len());
    assert!(pipe.join("pipe").symlink_metadata().is_ok());
    assert_eq!(scratch.read("outside/precious"), b"precious");
    assert!(!target("debug/deps").join(odd).exists());
    assert!(!scratch.has("cargo/registry/cache/ours/old-1.0.0.crate"));
}

#[test]
fn a_place_that_is_a_link_is_refused_with_why() {
    let world = World::new();
    world.cargo(&["check"]);
    fs::rename(world.work().join("target"), world.scratch.at("outside/target")).unwrap();
    symlink("../outside/target", world.work().join("target")).unwrap();
    let before = world.snapshot();
    let told = world.tool(&["--apply"]);
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.stderr.contains("a link stands here"), "{}", told.stderr);
    assert_eq!(world.snapshot(), before);
}

#[test]
fn a_link_above_a_place_is_refused_with_why() {
    let world = World::new();
    world.cargo(&["check"]);
    fs::rename(world.work().join("target"), world.scratch.at("outside/target")).unwrap();
    symlink("outside", world.scratch.at("linked")).unwrap();
    let before = world.snapshot();
    let told = Tool::new(env!("CARGO_BIN_EXE_cache-key"))
        .at(world.work())
        .env("HOME", world.scratch.at("home"))
        .env("CARGO_HOME", world.scratch.at("cargo"))
        .env("CARGO_TARGET_DIR", world.scratch.at("linked/target"))
        .env("RUSTUP_TOOLCHAIN", "1.95.0")
        .args(["prune", "--apply", "--prune-home", "always"])
        .run();
    assert_eq!(told.exit, 0, "{}", told.stderr);
    assert!(told.stderr.contains("a link stands here, or above"), "{}", told.stderr);
    assert_eq!(world.snapshot(), before);
}

#[test]
fn a_folder_of_others_that_the_repository_names_stays_whole() {
    let world = World::new();
    world.cargo(&["check"]);
    fs::rename(world.work().join("target"), world.scratch.at("outside/target")).unwrap();
    let config = "[build]\ntarget-dir = \"../outside/target\"\n";
    world.scratch.write("work/.cargo/config.toml", config);
    let before = world.snapshot();
    for words in [&["--apply"][..], &["--apply", "--prune-home", "always"]] {
        let told = world.json(words);
        assert_eq!(world.snapshot(), before);
        assert!(told["places"].to_string().contains("of which a file alone says"), "{told}");
    }
}

#[test]
fn what_git_knows_stays_wherever_it_lies() {
    let world = World::new();
    world.cargo(&["check"]);
    let tracked = "target/debug/deps/libmine-0123456789abcdef.rlib";
    let beside = "work/target/debug/deps/libmine-0123456789abcde0.rlib";
    world.scratch.write(format!("work/{tracked}"), "mine");
    world.scratch.write(beside, "lost");
    let repository = Repository::new();
    repository.git(&["-C", world.work().to_str().unwrap(), "add", "--force", tracked]);
    world.json(&["--apply"]);
    assert!(world.scratch.has(format!("work/{tracked}")) && !world.scratch.has(beside));
}

#[test]
fn a_folder_that_may_not_be_changed_is_told_with_what_was_done() {
    let world = World::new();
    world.cargo(&["check"]);
    // Root may write everywhere, so a folder is made that nobody may change.
    let folder = world.work().join("target/debug/incremental");
    let rights = |mode| fs::set_permissions(&folder, fs::Permissions::from_mode(mode)).unwrap();
    rights(0o555);
    let may = fs::write(folder.join("x"), "x").is_ok();
    if may {
        fs::remove_file(folder.join("x")).unwrap();
        let is_fixed = Command::new("chattr").arg("+i").arg(&folder).status();
        if !is_fixed.is_ok_and(|status| status.success()) {
            rights(0o755);
            return;
        }
    }
    let told = world.tool(&["--apply"]);
    if may {
        Command::new("chattr").arg("-i").arg(&folder).status().unwrap();
    }
    rights(0o755);
    assert_eq!(told.exit, 3, "{}", told.stderr);
    assert!(
        told.stderr.contains("removed ") && told.stderr.contains("could not be"),
        "{}",
        told.stderr
    );
    world.cargo(&["check"]);
}

#[test]
fn what_others_may_use_stays_on_a_machine_that_is_kept() {
    let world = World::new();
    world.cargo(&["generate-lockfile"]);
    world.scratch.write("cargo/registry/cache/ours/old-1.0.0.crate", "old");
    let tool = |words: &[&str]| {
        Tool::new(env!("CARGO_BIN_EXE_cache-key"))
            .at(world.work())
            .env("HOME", world.scratch.at("home"))
            .env("CARGO_HOME", world.scratch.at("cargo"))
            .env("RUSTUP_TOOLCHAIN", "1.95.0")
            .arg("prune")
            .args(words)
            .run()
    };
    let old = "cargo/registry/cache/ours/old-1.0.0.crate";
    assert_eq!(tool(&["--apply"]).exit, 0);
    assert!(world.scratch.has(old));
    assert_eq!(tool(&["--apply", "--prune-home", "always"]).exit, 0);
    assert!(!world.scratch.has(old));
}

#[test]
fn a_place_that_cargo_did_not_make_stays_whole() {
    let world = World::new();
    world.cargo(&["generate-lockfile"]);
    world.scratch.write("work/target/debug/.fingerprint/app-0123456789abcdef/lib-app", "x");
    world.scratch.write("work/target/debug/deps/libapp-0123456789abcdef.rlib", "x");
    let before = world.snapshot();
    let told = world.json(&["--apply"]);
    assert_eq!(world.snapshot(), before);
    let why = told["places"].to_string();
    assert!(why.contains("nothing in it says that cargo made it"), "{why}");
}
