//! The workflows of cache-key's README, run word for word: each twice, on the same store.

use std::fs;

use end_to_end::act::{Act, Ran};
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

#[test]
fn each_workspace_of_a_monorepo_finds_its_own() {
    let cache = Scratch::new();
    let folders = ["services/api/", "services/web/"];
    told(&act("monorepo", &cache, &folders).run().unwrap(), 2);
    let saved = count(&cache);
    // Both save the downloads at once, and one comes first.
    assert!((3..=4).contains(&saved), "{saved}");
    let second = told(&act("monorepo", &cache, &folders).run().unwrap(), 2);
    assert_eq!(second.matches("The same key as before").count(), 4, "{second}");
    assert_eq!(count(&cache), saved);
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
