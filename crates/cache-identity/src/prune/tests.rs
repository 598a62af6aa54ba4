//! Places as they would be listed, with what the decision asks for.

use std::collections::BTreeMap;

use repo_model::{Entry as TreeEntry, Kind, NotRead, RepoPath, Tree};

use super::*;

const LOCK: &str = r#"version = 4

[[package]]
name = "own"
version = "0.1.0"
dependencies = ["json"]

[[package]]
name = "json"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "z-sys"
version = "1.2.3+z"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "regex"
version = "1.0.0"
source = "git+https://h/o/regex#0123456789abcdef0123456789abcdef01234567"
"#;

struct Lock(Vec<TreeEntry>);

impl Tree for Lock {
    fn entries(&self) -> &[TreeEntry] {
        &self.0
    }

    fn read(&self, entries: &[&TreeEntry]) -> Result<Vec<Vec<u8>>, NotRead> {
        Ok(entries.iter().map(|_| LOCK.as_bytes().to_vec()).collect())
    }
}

fn needs() -> Needs {
    let path = RepoPath::of_git(b"Cargo.lock").unwrap();
    let lock = Lock(vec![TreeEntry { path, kind: Kind::File, id: None }]);
    Needs::of(&lock).unwrap().unwrap()
}

/// A place and the contents of its files.
#[derive(Default)]
struct Made(BTreeMap<String, Option<String>>);

impl Made {
    fn file(mut self, path: &str, contents: &str) -> Self {
        let mut above = path;
        while let Some((folder, _)) = above.rsplit_once('/') {
            self.0.entry(folder.to_owned()).or_insert(None);
            above = folder;
        }
        self.0.insert(path.to_owned(), Some(contents.to_owned()));
        self
    }

    fn files(self, paths: &[&str]) -> Self {
        paths.iter().fold(self, |made, path| made.file(path, "1234"))
    }

    /// A unit with its record and a library that was made from `root`.
    fn unit(self, name: &str, digit: char, number: u64, needs: &[u64], root: &str) -> Self {
        let hash = digit.to_string().repeat(16);
        let library = name.replace('-', "_");
        let needs: Vec<String> = needs.iter().map(|it| format!("[1,\"x\",false,{it}]")).collect();
        let record = format!("{{\"rustc\":7,\"deps\":[{}],\"local\":[]}}", needs.join(","));
        let digits = format!("{:016x}", number.swap_bytes());
        let folder = format!("debug/.fingerprint/{name}-{hash}");
        let products = format!("debug/deps/lib{library}-{hash}");
        self.file(&format!("{folder}/lib-{library}"), &digits)
            .file(&format!("{folder}/lib-{library}.json"), &record)
            .file(&format!("{folder}/dep-lib-{library}"), "")
            .file(
                &format!("debug/deps/{library}-{hash}.d"),
                &format!("/w/{products}.rlib: {root}\n"),
            )
            .file(&format!("{products}.rlib"), "1234")
            .file(&format!("{products}.rmeta"), "rust")
    }

    fn spot(&self, path: &str) -> Spot {
        let entry = |(at, (path, contents)): (usize, (&String, &Option<String>))| Entry {
            path: path.as_bytes().to_vec(),
            kind: if contents.is_some() { EntryKind::File } else { EntryKind::Folder },
            size: contents.as_ref().map_or(0, |it| u64::try_from(it.len()).unwrap()),
            identity: (1, u64::try_from(at).unwrap()),
            links: 1,
        };
        let mut entries: Vec<Entry> = self.0.iter().enumerate().map(entry).collect();
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        Spot { owner: Ecosystem::Cargo, path: path.into(), shared: None, entries }
    }
}

impl Contents for Made {
    fn beginning(&self, _: usize, path: &[u8], most: u64) -> Option<Vec<u8>> {
        let path = std::str::from_utf8(path).unwrap();
        let bytes = self.0.get(path)?.as_ref()?.as_bytes();
        Some(bytes.iter().copied().take(usize::try_from(most).unwrap()).collect())
    }
}

fn request<'a>(spots: &'a [Spot], needs: &'a Needs) -> PruneRequest<'a> {
    PruneRequest {
        spots,
        needs: Some(needs),
        keeps_own: false,
        keeps_downloads: false,
        compiler: None,
    }
}

/// What goes, by path, in order.
fn gone(spots: &[Spot], plan: &Plan) -> Vec<(String, Reason)> {
    let told = plan.dropped.iter().map(|it| {
        let path = &spots[it.spot].entries[it.entry].path;
        (String::from_utf8(path.clone()).unwrap(), it.why)
    });
    told.collect()
}

/// What goes of a place: files only, sorted.
#[track_caller]
fn check(
    path: &str,
    made: &Made,
    change: impl FnOnce(&mut PruneRequest<'_>),
    wanted: &[(&str, Reason)],
) {
    let needs = needs();
    let spots = [made.spot(path)];
    let mut request = request(&spots, &needs);
    change(&mut request);
    let plan = prune(&request, made);
    let mut gone = gone(&spots, &plan);
    gone.retain(|(path, _)| made.0[path].is_some());
    gone.sort();
    let wanted: Vec<(String, Reason)> =
        wanted.iter().map(|(path, why)| ((*path).to_owned(), *why)).collect();
    assert_eq!(gone, wanted);
}

const JSON: &str = "/h/registry/src/i-1/json-1.0.0/src/lib.rs";
const OLD: &str = "/h/registry/src/i-1/json-0.9.0/src/lib.rs";

fn files(name: &str, digit: char) -> Vec<String> {
    let (hash, library) = (digit.to_string().repeat(16), name.replace('-', "_"));
    let folder = format!("debug/.fingerprint/{name}-{hash}");
    vec![
        format!("{folder}/dep-lib-{library}"),
        format!("{folder}/lib-{library}"),
        format!("{folder}/lib-{library}.json"),
        format!("debug/deps/lib{library}-{hash}.rlib"),
        format!("debug/deps/lib{library}-{hash}.rmeta"),
        format!("debug/deps/{library}-{hash}.d"),
    ]
}

fn all_of(files: &[String], why: Reason) -> Vec<(&str, Reason)> {
    let mut all: Vec<(&str, Reason)> = files.iter().map(|it| (it.as_str(), why)).collect();
    all.sort_unstable();
    all
}

fn target() -> Made {
    Made::default().files(&["CACHEDIR.TAG", "mine.json", "debug/mine.txt", "debug/deps/mine"])
}

#[test]
fn what_is_locked_stays_and_what_is_not_goes() {
    let made = target().unit("json", 'a', 1, &[], JSON).unit("json", 'b', 2, &[], OLD);
    check("target", &made, |_| {}, &all_of(&files("json", 'b'), Reason::NotLocked));
}

#[test]
fn what_was_built_with_what_goes_goes_too() {
    let regex = "/h/git/checkouts/regex-0123456789abcdef/0123456/src/lib.rs";
    let made = target()
        .unit("json", 'b', 2, &[], OLD)
        .unit("regex", 'c', 3, &[2], regex)
        .unit("z-sys", 'd', 4, &[3], "/h/registry/src/i-1/z-sys-1.2.3+z/lib.rs")
        .unit("json", 'a', 1, &[], JSON)
        .unit("z-sys", 'e', 5, &[1], "/h/registry/src/i-1/z-sys-1.2.3+z/lib.rs");
    let (old, one, two) = (files("json", 'b'), files("regex", 'c'), files("z-sys", 'd'));
    let mut wanted = all_of(&old, Reason::NotLocked);
    wanted.extend(all_of(&one, Reason::OnDropped));
    wanted.extend(all_of(&two, Reason::OnDropped));
    wanted.sort_unstable();
    check("target", &made, |_| {}, &wanted);
}

#[test]
fn own_products_go_unless_they_are_kept() {
    let made = target()
        .unit("json", 'a', 1, &[], JSON)
        .unit("own", 'b', 2, &[1], "src/lib.rs")
        .files(&[
            "debug/incremental/own-1/s-2/x.bin",
            "debug/own",
            "doc/index.html",
            "doc/own/index.html",
            "doc/static.files/x.css",
            // A person's own.
            "debug/incremental/my-dir/x",
            "debug/incremental/mine-1/x",
            "doc/mybook/index.html",
        ])
        .file("doc/crates.js", "window.ALL_CRATES = [\"json\",\"own\"];\n//{\"start\":21}")
        .file("debug/own.d", "/w/target/debug/own: /w/src/main.rs\n")
        .file("debug/deps/own.d", "/w/target/debug/deps/libown.so: src/lib.rs\n")
        .files(&["debug/deps/libown.so", "debug/deps/libother.so"]);
    let own = files("own", 'b');
    let mut wanted = all_of(&own, Reason::Own);
    wanted.extend([
        ("debug/deps/libown.so", Reason::Own),
        ("debug/deps/own.d", Reason::Own),
        ("debug/incremental/own-1/s-2/x.bin", Reason::Incremental),
        ("debug/own", Reason::Own),
        ("debug/own.d", Reason::Own),
        ("doc/crates.js", Reason::Documentation),
        ("doc/own/index.html", Reason::Documentation),
        ("doc/static.files/x.css", Reason::Documentation),
    ]);
    wanted.sort_unstable();
    check("target", &made, |_| {}, &wanted);
    check("target", &made, |request| request.keeps_own = true, &[]);
}

#[test]
fn what_cargo_has_no_record_of_goes_only_where_its_records_are_understood() {
    let lost = "debug/deps/liblost-0123456789abcdef.rlib";
    let run = "debug/build/lost-0123456789abcdef/out/x";
    let made = target().unit("json", 'a', 1, &[], JSON).files(&[lost, run]);
    check("target", &made, |_| {}, &[(run, Reason::NoRecord), (lost, Reason::NoRecord)]);
    let other = target().files(&[lost, run, "debug/.fingerprint/lost-aaaa/x"]);
    check("target", &other, |_| {}, &[]);
}

#[test]
fn what_is_not_understood_stays() {
    // Not cargo's; another layout; a record that cannot be read; paths that were rewritten; std itself.
    let nobodys = Made::default().unit("json", 'b', 2, &[], OLD);
    check("target", &nobodys, |_| {}, &[]);
    check("target", &target().files(&["debug/build/json/0123456789abcdef/out/x"]), |_| {}, &[]);
    let elsewhere = target().unit("json", 'a', 1, &[], "/vendor/json/src/lib.rs");
    check("target", &elsewhere, |_| {}, &[]);
    check("target", &target().unit("json", 'a', 1, &[], "json-0.9.0/src/lib.rs"), |_| {}, &[]);
    let std = "/r/lib/rustlib/src/rust/library/core/src/lib.rs";
    let built = target().unit("core", 'a', 1, &[], std).unit(
        "cfg-if",
        'b',
        2,
        &[],
        "/h/registry/src/i/cfg-if-1.0.0/l.rs",
    );
    check("target", &built, |_| {}, &[]);
    let nested = Made::default().files(&["CACHEDIR.TAG", "debug/.fingerprint/x"]);
    let nested = nested.file("tests/trybuild/debug/.fingerprint/old-0123456789abcdef/lib-old", "x");
    check("target", &nested, |_| {}, &[]);
}

#[test]
fn another_compiler_counts_only_where_one_is_said_to_be_the_only_one() {
    let head = |name: &str| {
        let length = char::from(u8::try_from(name.len()).unwrap());
        format!("rust\0\0\0\n00000000{length}{name}rest")
    };
    let hash = "a".repeat(16);
    let made = target()
        .unit("json", 'a', 1, &[], JSON)
        .file(&format!("debug/deps/libjson-{hash}.rmeta"), &head("rustc 1.2.3 (x)"));
    check("target", &made, |_| {}, &[]);
    check("target", &made, |it| it.compiler = Some(b"rustc 1.2.3 (x)"), &[]);
    let gone = files("json", 'a');
    check(
        "target",
        &made,
        |it| it.compiler = Some(b"rustc 1.2.4 (x)"),
        &all_of(&gone, Reason::OtherCompiler),
    );
}

#[test]
fn downloads_that_nothing_locks_go() {
    let made = Made::default().files(&[
        "i/json-1.0.0.crate",
        "i/json-0.9.0.crate",
        "i/z-sys-1.2.3+z.crate",
        "i/notes.txt",
        "i/mine.crate",
        "i/deep/json-0.9.0.crate",
    ]);
    let wanted = [("i/json-0.9.0.crate", Reason::NotLocked)];
    check("~/.cargo/registry/cache", &made, |_| {}, &wanted);
    check("~/.cargo/registry/cache", &made, |it| it.keeps_downloads = true, &[]);
    check("~/.cargo/registry/cache", &made, |it| it.needs = None, &[]);
    check("~/.cargo/registry/index", &made, |_| {}, &[]);
    let made = Made::default().files(&["i/z-sys-1.2.3+z/x", "i/z-sys-1.2.2/x", "i/mine/x"]);
    check(
        "~/.cargo/registry/src/*/*-sys-*",
        &made,
        |_| {},
        &[("i/z-sys-1.2.2/x", Reason::NotLocked)],
    );
}

#[test]
fn clones_and_checkouts_that_nothing_locks_go() {
    let (clone, other) = ("regex-0123456789abcdef", "other-0123456789abcdef");
    let paths = [format!("{clone}/HEAD"), format!("{other}/HEAD"), "mine/HEAD".to_owned()];
    let made = Made::default().files(&paths.each_ref().map(String::as_str));
    check("~/.cargo/git/db", &made, |_| {}, &[(paths[1].as_str(), Reason::NotLocked)]);
    let paths =
        [format!("{clone}/0123456/x"), format!("{clone}/1123456/x"), format!("{clone}/mine/x")];
    let made = Made::default().files(&paths.each_ref().map(String::as_str));
    check("~/.cargo/git/checkouts", &made, |_| {}, &[(paths[1].as_str(), Reason::NotLocked)]);
}

#[test]
fn what_others_may_use_stays() {
    let made = Made::default().files(&["i/json-0.9.0.crate"]);
    let mut spots = [made.spot("~/.cargo/registry/cache")];
    spots[0].shared = Some("others use it");
    let needs = needs();
    let plan = prune(&request(&spots, &needs), &made);
    assert!(plan.dropped.is_empty() && plan.kept[0].whole.is_some());
    assert_eq!(plan.kept_bytes(), 4);
}

#[test]
fn records_go_before_products_and_contents_before_their_folder() {
    let made = target().unit("json", 'b', 2, &[], OLD).unit("own", 'c', 3, &[2], "src/lib.rs");
    let needs = needs();
    let spots = [made.spot("target")];
    let plan = prune(&request(&spots, &needs), &made);
    let last = plan.dropped.iter().rposition(|it| it.is_record).unwrap();
    assert!(plan.dropped[..=last].iter().all(|it| it.is_record));
    let gone = gone(&spots, &plan);
    for (at, (path, _)) in gone.iter().enumerate() {
        let inside = format!("{path}/");
        assert!(!gone[at..].iter().any(|(later, _)| later.starts_with(&inside)), "{path}");
    }
}

#[test]
fn a_file_with_two_names_counts_once_and_when_both_go() {
    let made = Made::default().files(&[
        "i/a-1.0.0.crate",
        "i/b-1.0.0.crate",
        "i/c-1.0.0.crate",
        "i/d.txt",
    ]);
    let mut spots = [made.spot("~/.cargo/registry/cache")];
    for it in spots[0].entries.iter_mut().filter(|it| it.kind == EntryKind::File) {
        it.links = 2;
        let is_first = it.path.ends_with(b"a-1.0.0.crate") || it.path.ends_with(b"b-1.0.0.crate");
        it.identity = (1, u64::from(is_first));
    }
    let needs = needs();
    let plan = prune(&request(&spots, &needs), &made);
    assert_eq!(plan.sum(&spots, None), (4, 3));
    assert_eq!(plan.kept_bytes(), 4);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever lies in a place and whatever is in it: nothing that is not listed goes, nothing goes
        /// twice, and what always stays does.
        #[test]
        fn only_what_is_listed_goes_and_once(
            paths in proptest::collection::vec(
                "(debug/(deps|build|\\.fingerprint|incremental)/)?[a-c]{1,2}(-[0-9a]{16})?(/lib-a(\\.json)?)?", 0..30),
            contents in any::<String>(),
            place in prop_oneof![Just("target"), Just("~/.cargo/registry/cache"), Just("~/.cargo/git/db")],
        ) {
            let mut made = Made::default().file("CACHEDIR.TAG", "");
            for path in &paths {
                let is_under_a_file = made.0.iter().any(|(it, is)| is.is_some() && path.starts_with(&format!("{it}/")));
                if !is_under_a_file && !made.0.contains_key(path) {
                    made = made.file(path, &contents);
                }
            }
            let mut spot = made.spot(place);
            for it in spot.entries.iter_mut().filter(|it| it.path.ends_with(b"a")) {
                it.kind = EntryKind::Other;
            }
            let needs = needs();
            let spots = [spot];
            let plan = prune(&request(&spots, &needs), &made);
            let mut seen = std::collections::BTreeSet::new();
            for it in &plan.dropped {
                prop_assert!(seen.insert(it.entry));
                let entry = &spots[0].entries[it.entry];
                prop_assert!(entry.kind != EntryKind::Other);
                let inside = [entry.path.as_slice(), b"/"].concat();
                for at in spots[0].below(&inside) {
                    prop_assert!(plan.dropped.iter().any(|it| it.entry == at));
                }
            }
        }
    }
}
