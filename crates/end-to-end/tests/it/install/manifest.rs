//! `checksums.txt` and `release.env`: what the pinned tree says of the release.

use super::world::{ASSET, Cases, good, ok, sha256};

pub(super) fn list(cases: &mut Cases) {
    cases.add("no manifest", |world| {
        std::fs::remove_file(world.scratch.at("tree/lib/checksums.txt")).unwrap();
        world.serve([ok()]);
        world.refused(2, 0, &["no prebuilt", "build to always", "base-url", "SIGNALBOX_BIN_DIR"]);
    });
    cases.add("a folder as manifest", |world| {
        std::fs::remove_file(world.scratch.at("tree/lib/checksums.txt")).unwrap();
        std::fs::create_dir(world.scratch.at("tree/lib/checksums.txt")).unwrap();
        world.refused(2, 0, &["not a file that can be read"]);
    });
    cases.add("a link to nowhere as manifest", |world| {
        let path = world.scratch.at("tree/lib/checksums.txt");
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("nowhere", path).unwrap();
        world.refused(2, 0, &["not a file that can be read"]);
    });
    let hash = sha256(&good());
    let short = hash.split_at(1).1;
    let other = sha256(b"another");
    let broken = [
        ("nothing", String::new(), "has no line"),
        ("only a comment", "# sha256\n\n".to_owned(), "has no line"),
        ("a short hash", format!("{short}  {ASSET}\n"), "line 1 "),
        ("a long hash", format!("0{hash}  {ASSET}\n"), "line 1 "),
        ("a hash that is none", format!("g{short}  {ASSET}\n"), "64 hexadecimal digits"),
        ("no name", format!("{hash}\n"), "line 1 "),
        ("a name after one space", format!("# x\n{hash} {ASSET}\n"), "line 2 "),
        ("a third word", format!("{hash}  {ASSET} more\n"), "line 1 "),
        ("a path", format!("{hash}  ../{ASSET}\n"), "line 1 "),
        ("a name cut off", format!("{hash}  {ASSET}\n{hash}"), "line 2 "),
        ("a command", format!("{hash}  $(touch injected)\n"), "line 1 "),
        ("two hashes", format!("{hash}  {ASSET}\n{other}  {ASSET}\n"), "two hashes"),
        ("a longer name", format!("{hash}  x{ASSET}\n{hash}  {ASSET}.exe\n"), "no line for it"),
        ("another target", format!("{hash}  shard-splitter-x86_64-apple-darwin\n"), "no line for"),
    ];
    for (name, text, said) in broken {
        cases.add(format!("manifest with {name}"), move |world| {
            world.serve([ok()]);
            world.manifest(&text);
            world.refused(2, 0, &[said, "SIGNALBOX_BIN_DIR"]);
        });
    }
    let whole = [
        ("CRLF", format!("# sha256\r\n{other}  other\r\n\r\n{hash}  {ASSET}\r\n")),
        ("upper case", format!("{}  {ASSET}\n", hash.to_uppercase())),
        ("comments and empty lines", format!("# {other}  {ASSET}\n\n{hash}  {ASSET}\n#\n")),
        ("no last line break", format!("{hash}  {ASSET}")),
        ("the mark of binary files", format!("{hash} *{ASSET}\n")),
        ("the same line twice", format!("{hash}  {ASSET}\n{}  {ASSET}\n", hash.to_uppercase())),
    ];
    for (name, text) in whole {
        cases.add(format!("manifest with {name}"), move |world| {
            world.serve([ok()]);
            world.manifest(&text);
            world.good(1);
            world.good(0);
        });
    }
    let releases = [
        ("nothing", ""),
        ("no version", "repository=org/actions\n"),
        ("no repository", "version=1.2.3\n"),
        ("a version with a command", "version=1.2.3; touch injected\nrepository=org/actions\n"),
        ("a command as version", "version=$(touch injected)\nrepository=org/actions\n"),
        ("a version that is a path", "version=../../evil\nrepository=org/actions\n"),
        ("a version cut off", "version=1.2\nrepository=org/actions\n"),
        ("two versions", "version=1.2.3\nversion=1.2.4\nrepository=org/actions\n"),
        ("a repository that is a path", "version=1.2.3\nrepository=../actions\n"),
        ("a repository that is its owner's", "version=1.2.3\nrepository=org/..\n"),
        ("a repository of three parts", "version=1.2.3\nrepository=org/actions/evil\n"),
    ];
    for (name, text) in releases {
        cases.add(format!("release.env with {name}"), move |world| {
            world.serve([ok()]);
            world.scratch.write("tree/lib/release.env", text);
            world.refused(2, 0, &["release.env", "expected one of each"]);
        });
    }
    cases.add("no release.env", |world| {
        std::fs::remove_file(world.scratch.at("tree/lib/release.env")).unwrap();
        world.refused(2, 0, &["unknown which release"]);
    });
    cases.add("release.env is read and never run", |world| {
        let text = "version=1.2.3-rc.1+5\r\nrepository=org/actions\r\ntouch injected\r\nPATH=/\n";
        world.scratch.write("tree/lib/release.env", text);
        world.serve([ok()]);
        world.good(1);
        assert_eq!(world.requests()[0].target, format!("/v1.2.3-rc.1%2B5/{ASSET}"));
    });
}
