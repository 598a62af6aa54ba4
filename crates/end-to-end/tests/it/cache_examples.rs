//! The workflows of cache-key's README, run word for word: each twice, on the same store.

use std::fs;
use std::process::Command;

use end_to_end::act::{Act, Ran};
use serde_json::json;
use testkit::Scratch;

use crate::bucket::Bucket;
use crate::examples::example;
use crate::shared;

const MANIFEST: &str = "[package]\nname = \"a\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n";

/// A package without dependencies in each of these folders, on a machine that keeps nothing but its caches.
fn act(name: &str, machine: &Scratch, folders: &[&str]) -> Act {
    let act = shared::act(&example(&format!("cache-key/{name}")));
    let act = act.cache(&machine.at("caches")).homes(machine.path());
    folders.iter().fold(act, |act, folder| {
        act.file(&format!("{folder}Cargo.toml"), MANIFEST)
            .file(&format!("{folder}Cargo.lock"), LOCK)
            .file(&format!("{folder}src/lib.rs"), "#[test]\nfn a() {}\n")
    })
}

/// What the job told; it was green in so many legs.
#[track_caller]
fn told(ran: &Ran, legs: usize) -> String {
    assert_eq!(ran.log.wrongs(&[("test", legs)]), Vec::<String>::new(), "{}", ran.log.said);
    ran.log.inner_summaries("test").join("\n")
}

fn count(cache: &Scratch) -> usize {
    fs::read_dir(cache.at("caches")).unwrap().count()
}

#[track_caller]
fn check(name: &str, caches: usize) {
    let cache = Scratch::new();
    let first = told(&act(name, &cache, &[""]).run().unwrap(), 1);
    assert_eq!(first.matches("No cache was there to restore").count(), caches, "{first}");
    assert_eq!(count(&cache), caches);
    let second = told(&act(name, &cache, &[""]).run().unwrap(), 1);
    assert_eq!(second.matches("The same key as before").count(), caches, "{second}");
    assert_eq!(count(&cache), caches);
}

#[test]
fn the_quick_start_finds_its_cache_again() {
    check("quick-start", 1);
}

#[test]
fn layers_are_caches_of_their_own() {
    check("layered", 2);
}

#[test]
fn what_sccache_has_compiled_is_found_again() {
    let (cache, bin) = (Scratch::new(), Scratch::new());
    // As much of sccache as its caller sees: it starts the compiler, and keeps something.
    let script =
        "#!/bin/sh\nmkdir -p ~/.cache/sccache\ndate >> ~/.cache/sccache/compiled\nexec \"$@\"\n";
    let path = bin.write("sccache", script);
    executable(&path);
    let users = std::env::var("PATH").unwrap();
    let run = || {
        let act = act("sccache", &cache, &[""]);
        let own = format!("{}:{}:{users}", bin.path().display(), toolchain());
        act.env("PATH", own).run().unwrap()
    };
    told(&run(), 1);
    assert_eq!(count(&cache), 1);
    let second = run();
    assert!(told(&second, 1).contains("The same key as before"));
    let kept = cache.read_text("homes/home/.cache/sccache/compiled");
    assert!(kept.lines().count() > 1, "{kept}");
}

#[test]
fn in_a_bucket_sccache_keeps_what_pull_requests_compile_apart() {
    let machine = Scratch::new();
    let asked = |event: &str, payload: &serde_json::Value| {
        // It is not installed, and a cargo that installs it must not be told to compile with it.
        let bin = Scratch::new();
        let sccache = bin.at("sccache").display().to_string();
        let words = "$SCCACHE_BUCKET $SCCACHE_REGION $SCCACHE_S3_KEY_PREFIX $AWS_ACCESS_KEY_ID";
        let script = format!("#!/bin/sh\necho \"{words}\" >> ~/asked\nexec \"$@\"\n");
        executable(&bin.write("made", script));
        let cargo = format!(
            "#!/bin/sh\n[ \"$1\" = install ] || exec '{}/cargo' \"$@\"\n[ -z \"$RUSTC_WRAPPER\" ] && cp '{}' '{sccache}'\n",
            toolchain(),
            bin.at("made").display(),
        );
        executable(&bin.write("cargo", cargo));
        let own =
            format!("{}:{}:{}", bin.path().display(), toolchain(), std::env::var("PATH").unwrap());
        let act = act("sccache-bucket", &machine, &[""]).env("PATH", own);
        let act = act.var("CACHE_BUCKET", "ours").var("CACHE_REGION", "eu");
        let act = act.secret("CACHE_ACCESS_KEY", "access").secret("CACHE_SECRET_KEY", "hunter2");
        told(&act.event(event).payload(payload).run().unwrap(), 1);
        let all = machine.read_text("homes/home/asked");
        all.lines().last().unwrap().to_owned()
    };
    let repository = json!({"full_name": "example/project", "default_branch": "main"});
    let push = json!({"ref": "refs/heads/main", "repository": repository});
    assert_eq!(asked("push", &push), "ours eu trusted access");
    let side =
        |name: &str| json!({"sha": "a".repeat(40), "ref": "main", "repo": {"full_name": name}});
    let fork = json!({"action": "opened", "number": 7, "repository": repository,
        "pull_request": {"number": 7, "base": side("example/project"), "head": side("eve/project")}});
    let asked = asked("pull_request", &fork);
    assert!(asked.starts_with("ours eu untrusted."), "{asked}");
}

/// The folder of the compiler itself: that of rustup looks below `HOME`.
fn toolchain() -> String {
    let cargo = end_to_end::Toolchain::find().unwrap().cargo();
    cargo.parent().unwrap().to_str().unwrap().to_owned()
}

#[cfg(unix)]
fn executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_path: &std::path::Path) {}

/// A test of the package leaves things in cargo's home, and beside it.
const LEAVES: &str = r#"
#[test]
fn it_leaves_things() {
    let home = std::env::var("HOME").unwrap();
    for file in ["registry/cache/x/old-1.0.0.crate", "registry/index/x/.cache/a", "notes"] {
        let file = std::path::Path::new(&home).join(".cargo").join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, "downloaded").unwrap();
    }
    std::fs::write(std::path::Path::new(&home).join("precious"), "").unwrap();
}
"#;

#[test]
fn what_is_pruned_is_not_saved_and_nothing_else_is_touched() {
    let machine = Scratch::new();
    let run = || {
        let act = act("pruned", &machine, &[""]).file("src/lib.rs", LEAVES);
        told(&act.env("RUNNER_ENVIRONMENT", "github-hosted").run().unwrap(), 1)
    };
    let first = run();
    assert!(first.contains(" dropped of "), "{first}");
    let home = machine.at("homes/home");
    let there = |path: &str| home.join(path).exists();
    assert!(!there(".cargo/registry/cache/x/old-1.0.0.crate"), "the lock file names no package");
    for kept in [".cargo/registry/index/x/.cache/a", ".cargo/notes", "precious"] {
        assert!(there(kept), "{kept}");
    }
    let saved = packed(&machine);
    assert!(saved.iter().any(|path| path.contains("registry/index/")), "{saved:?}");
    assert!(saved.iter().any(|path| path.contains("target/CACHEDIR.TAG")), "{saved:?}");
    let own = |path: &&String| path.contains("target/debug/deps/a-") || path.contains(".crate");
    assert_eq!(saved.iter().find(own), None, "{saved:?}");
    // What was found under its very key is not saved again, so nothing is dropped either.
    let second = run();
    assert!(second.contains("The same key as before") && !second.contains(" dropped of "));
    assert!(there(".cargo/registry/cache/x/old-1.0.0.crate"));
    assert_eq!(count(&machine), 1);
}

/// What is in the one cache that was saved.
fn packed(machine: &Scratch) -> Vec<String> {
    let entry = fs::read_dir(machine.at("caches")).unwrap().next().unwrap().unwrap().path();
    let archives = fs::read_dir(entry).unwrap().map(|file| file.unwrap().path());
    let archive = archives.into_iter().find(|path| path.extension().is_some_and(|it| it == "tar"));
    let listed = Command::new("tar").arg("-tPf").arg(archive.unwrap()).output().unwrap();
    String::from_utf8(listed.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// How often a generator ran in jobs that differ in these files.
fn generated(name: &str, files: &[(&str, &str)]) -> usize {
    let (machine, bin) = (Scratch::new(), Scratch::new());
    let log = bin.at("ran");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] && exec echo 'libprotoc 31.1'\necho ran >> '{}'\necho x > generated/A.java\n",
        log.display()
    );
    executable(&bin.write("protoc", script));
    executable(&bin.write("make", "#!/bin/sh\ntest -f generated/A.java\n"));
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    for (file, text) in files {
        let act = shared::act(&example(&format!("cache-key/{name}")));
        let act = act.cache(&machine.at("caches")).homes(machine.path()).env("PATH", &path);
        let act = act.file("Cargo.toml", MANIFEST).file("proto/a.proto", "message A {}\n");
        let ran = act.file(file, text).run().unwrap();
        assert_eq!(ran.log.wrongs(&[("build", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    }
    fs::read_to_string(log).unwrap().lines().count()
}

#[test]
fn a_generator_runs_once_for_the_same_sources() {
    let jobs = [
        ("proto/README.md", "one"),
        ("proto/README.md", "two"),
        ("proto/a.proto", "message A {}\r\n"),
    ];
    assert_eq!(generated("recipe", &jobs), 1);
    assert_eq!(generated("hash", &jobs), 1);
    let jobs = [("proto/a.proto", "message B {}\n"), ("proto/a.proto", "message C {}\n")];
    assert_eq!(generated("recipe", &jobs), 2);
    assert_eq!(generated("hash", &jobs), 2);
}

#[test]
fn an_image_is_built_on_what_was_left() {
    let store = Scratch::new();
    let found = |dockerfile: &str| {
        let act = shared::act(&example("cache-key/docker")).cache(store.path());
        let ran = act.file("Dockerfile", dockerfile).run().unwrap();
        assert_eq!(ran.log.wrongs(&[("image", 1)]), Vec::<String>::new(), "{}", ran.log.said);
        ran.log.outputs("image", "build")["found"].to_owned()
    };
    let first = "ARG PROFILE=debug\nFROM scratch\nCOPY . .\n";
    assert_eq!(found(first), "");
    let exact = found(first);
    assert_ne!(exact, "");
    let nearest = found(&first.replace("COPY . .", "COPY src ."));
    assert!(!nearest.is_empty() && nearest != exact, "{nearest}");
}

// Each leg has a machine of its own, as on GitHub. In one run they would unpack the same downloads into one
// home at once, and tar, which removes a file before it makes it, fails where another has just made it.
#[test]
fn each_workspace_of_a_monorepo_finds_its_own() {
    let cache = Scratch::new();
    let folders = ["services/api/", "services/web/"];
    let run = |workspace: &str| {
        let act = act("monorepo", &cache, &folders).leg("workspace", workspace);
        told(&act.run().unwrap(), 1)
    };
    let check = |workspace: &str, missing: usize, there: usize, saved: usize| {
        let told = run(workspace);
        assert_eq!(told.matches("No cache was there to restore").count(), missing, "{told}");
        assert_eq!(told.matches("The same key as before").count(), there, "{told}");
        assert_eq!(count(&cache), saved);
    };
    check("services/api", 2, 0, 2);
    // The downloads are those of all.
    check("services/web", 1, 1, 3);
    check("services/api", 0, 2, 3);
    check("services/web", 0, 2, 3);
}

#[test]
fn a_folder_keeps_caches() {
    let (store, machine) = (Scratch::new(), Scratch::new());
    let run = || {
        let act = act("local-folder", &machine, &[""])
            .var("CACHE_FOLDER", store.path().to_str().unwrap());
        told(&act.run().unwrap(), 1)
    };
    assert!(run().contains("No cache was there to restore"));
    let saved = store.files();
    assert!(matches!(saved.as_slice(), [one] if one.starts_with("signalbox/v1/")), "{saved:?}");
    assert!(run().contains("The same key as before"));
    assert_eq!(store.files(), saved);
}

#[test]
fn a_bucket_keeps_caches() {
    let (bucket, machine) = (Bucket::new(), Scratch::new());
    let run = || {
        let act =
            act("s3", &machine, &[""]).var("CACHE_BUCKET", bucket.url()).var("CACHE_REGION", "eu");
        let act = act.secret("CACHE_ACCESS_KEY", "access").secret("CACHE_SECRET_KEY", "hunter2");
        told(&act.run().unwrap(), 1)
    };
    assert!(run().contains("No cache was there to restore"));
    let saved = bucket.keys();
    assert!(matches!(saved.as_slice(), [one] if one.starts_with("signalbox/v1/")), "{saved:?}");
    assert!(run().contains("The same key as before"));
    assert_eq!(bucket.keys(), saved);
}
