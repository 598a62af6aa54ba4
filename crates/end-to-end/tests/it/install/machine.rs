//! What an earlier step, or the machine, puts around the script.

use std::os::unix::fs::PermissionsExt as _;

use testkit::Answer;

use super::world::{ASSET, Cases, World, evil, good, ok, on_path, sha256};

pub(super) fn list(cases: &mut Cases) {
    hijacked(cases);
    proxied(cases);
    targets(cases);
    built(cases);
    if cases.of_bash() {
        missing(cases);
        masked(cases);
    }
}

fn masked(cases: &mut Cases) {
    for mask in ["000", "077", "022", "777"] {
        cases.add(format!("umask {mask}"), move |world| {
            world.serve([ok()]);
            let line = "umask \"$1\"; exec /usr/bin/env bash -p \"$2\" shard-splitter";
            let told =
                world.other_step(line).arg(mask).arg(world.scratch.at("tree/lib/install.sh")).run();
            assert_eq!((told.exit, told.stderr.as_str()), (0, ""));
            for folder in
                ["cache/signalbox".to_owned(), world.installed().replace("/shard-splitter", "")]
            {
                let mode =
                    std::fs::metadata(world.scratch.at(folder)).unwrap().permissions().mode();
                assert_eq!(mode & 0o7777, 0o755);
            }
            world.forget_requests();
            world.good(0);
        });
    }
}

/// A program of this name that says that it was run.
fn stand_in(world: &World, folder: &str, name: &str) {
    world.program(
        format!("{folder}/{name}"),
        format!("#!/bin/sh\n: >'{}'\n", world.path("evil")).as_bytes(),
    );
}

fn hijacked(cases: &mut Cases) {
    cases.add("programs of the same names earlier on PATH", |world| {
        for name in [
            "curl",
            "wget",
            "sha256sum",
            "shasum",
            "openssl",
            "mktemp",
            "mv",
            "cp",
            "ls",
            "chmod",
            "mkdir",
            "rm",
            "tr",
            "uname",
            "find",
            "sleep",
            "wc",
            "dirname",
            "cat",
            "kill",
        ] {
            stand_in(world, "front", name);
        }
        let path = format!("{}:{}", world.path("front"), std::env::var("PATH").unwrap());
        world.set("PATH", &path);
        world.serve([Answer::new(500, ""), ok()]);
        world.good(2);
        world.good(0);
    });
    cases.add("functions of the same names", |world| {
        for name in ["curl", "sha256sum", "mktemp", "printf", "read", "command", "cd", "unset", "["]
        {
            world.set(&format!("BASH_FUNC_{name}%%"), "() { : >\"$OWN_EVIL\"; }");
        }
        world.serve([ok()]);
        world.good(1);
    });
    configured(cases);
    let variables = [
        ("BASH_ENV", "evil.sh"),
        ("ENV", "evil.sh"),
        ("SHELLOPTS", "xtrace"),
        ("BASHOPTS", "extdebug"),
        ("PS4", "$(: >\"$OWN_EVIL\")"),
        ("PROMPT_COMMAND", ": >\"$OWN_EVIL\""),
        ("CDPATH", "elsewhere"),
        ("GLOBIGNORE", "*"),
        ("EXECIGNORE", "*curl"),
        ("FUNCNEST", "1"),
        ("BASH_COMPAT", "3.1"),
        ("TMOUT", "1"),
        ("IFS", "a/"),
        ("POSIXLY_CORRECT", "1"),
        ("LC_ALL", "C.UTF-8"),
        ("LANG", "tr_TR.UTF-8"),
        ("TMPDIR", "/nowhere"),
        ("CURL_HOME", "elsewhere"),
        ("XDG_CONFIG_HOME", "elsewhere"),
        ("PERL5OPT", "-Mevil"),
        ("OPENSSL_CONF", "evil.cnf"),
        ("GREP_OPTIONS", "--invert"),
        ("TAR_OPTIONS", "--x"),
        ("LS_COLORS", "x"),
        ("GITHUB_SERVER_URL", "http://ghes.invalid"),
        ("GITHUB_ACTION_PATH", "elsewhere"),
        ("hash", "0"),
        ("target", "evil"),
        ("work", "home"),
        ("child", "1"),
        ("hasher", "evil"),
        ("HELPERS", "elsewhere"),
    ];
    for (name, value) in variables {
        // .NET itself needs a folder for temporary files.
        if name == "TMPDIR" && !cases.of_bash() {
            continue;
        }
        cases.add(format!("the variable {name}"), move |world| {
            world.scratch.write("evil.sh", ": >\"$OWN_EVIL\"\n");
            world.set(name, value);
            world.serve([ok()]);
            world.good(1);
        });
    }
    if !cases.of_bash() {
        return;
    }
    cases.add("all these variables at once", move |world| {
        world.scratch.write("evil.sh", ": >\"$OWN_EVIL\"\n");
        // With both, bash 3.2 itself complains before it reads a line.
        for (name, value) in variables.into_iter().filter(|(name, _)| *name != "SHELLOPTS") {
            world.set(name, value);
        }
        world.serve([ok()]);
        world.good(1);
        world.good(0);
    });
}

fn configured(cases: &mut Cases) {
    cases.add("configuration of curl", |world| {
        let evil = world.serve_elsewhere([]);
        let text =
            format!("header = \"X-Evil: 1\"\nproxy = \"{evil}\"\nlocation\nurl = \"{evil}\"\n");
        world.scratch.write("home/.curlrc", &text);
        world.scratch.write("home/.config/curlrc", &text);
        world.scratch.write("home/.netrc", "machine 127.0.0.1 login a password b\n");
        world.serve([ok()]);
        world.good(1);
        let headers = &world.requests()[0].headers;
        assert!(!headers.contains_key("x-evil") && !headers.contains_key("authorization"));
    });
    cases.add("the step stands in a folder of hostile names", |world| {
        for name in ["-q", "-rf", "--output", "checksums.txt", "release.env", "*"] {
            world.scratch.write(name, "evil");
        }
        world.serve([ok()]);
        world.good(1);
    });
    cases.add("no home", |world| {
        world.unset("HOME");
        world.serve([ok()]);
        world.good(1);
    });
    if !cases.of_bash() {
        return;
    }
    cases.add("no PATH", |world| {
        world.set("PATH", "");
        world.serve([ok()]);
        let line = "exec \"$1\" -p \"$2\" shard-splitter";
        let told = world
            .other_step(line)
            .arg(on_path("bash").unwrap())
            .arg(world.scratch.at("tree/lib/install.sh"))
            .run();
        assert_eq!((told.exit, told.stderr.as_str()), (0, ""));
    });
}

fn missing(cases: &mut Cases) {
    for hasher in ["sha256sum", "shasum", "openssl"] {
        cases.add(format!("only {hasher} can hash"), move |world| {
            world.only(&["curl", hasher]);
            world.serve([ok()]);
            world.good(1);
            world.good(0);
        });
        cases.add(format!("{hasher} tells another binary"), move |world| {
            world.only(&["curl", hasher]);
            world.set("PERL5OPT", "-Mevil");
            world.set("OPENSSL_CONF", "/nowhere");
            world.serve([Answer::new(200, evil())]);
            world.refused(2, 1, &[&sha256(&evil())]);
        });
    }
    cases.add("nothing can hash", |world| {
        world.only(&["curl"]);
        world.program(world.installed(), &good());
        world.serve([ok()]);
        world.refused(3, 0, &["no sha256sum, shasum or openssl", "build to always"]);
    });
    cases.add("a hasher that fails", |world| {
        world.only(&["curl"]);
        world.program("few/sha256sum", b"#!/bin/sh\nexit 1\n");
        world.serve([ok()]);
        world.refused(2, 1, &["that cannot be read"]);
    });
    cases.add("a hasher that says nothing", |world| {
        world.only(&["curl"]);
        world.program("few/sha256sum", b"#!/bin/sh\nexit 0\n");
        world.serve([ok()]);
        world.refused(2, 1, &["that cannot be read"]);
    });
    cases.add("nothing can fetch", |world| {
        world.only(&["sha256sum"]);
        world.serve([ok()]);
        world.refused(3, 0, &["no curl or wget", "install one of them", "SIGNALBOX_BIN_DIR"]);
    });
    cases.add("nothing can fetch, and nothing has to", |world| {
        world.only(&["sha256sum"]);
        world.program(world.installed(), &good());
        world.good(0);
    });
}

fn proxied(cases: &mut Cases) {
    cases.add("a proxy is not asked for this machine", |world| {
        let proxy = world.serve_elsewhere([Answer::new(200, evil())]);
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"] {
            world.set(name, &proxy);
        }
        world.serve([ok()]);
        world.good(1);
    });
    cases.add("a proxy is the way to a mirror", |world| {
        let proxy = world.serve_elsewhere([Answer::new(407, "")]);
        world.set("https_proxy", &proxy);
        world.set("SIGNALBOX_BASE_URL", "https://mirror.invalid/assets");
        world.refused(3, 1, &["https://mirror.invalid/assets/v1.2.3/", "got 407"]);
        let request = &world.requests()[0];
        assert_eq!(
            (request.method.as_str(), request.target.as_str()),
            ("CONNECT", "mirror.invalid:443")
        );
    });
    cases.add("a proxy that is busy is asked again", |world| {
        let busy = || Answer::new(503, "");
        let proxy = world.serve_elsewhere([busy(), busy(), busy(), busy()]);
        world.set("https_proxy", &proxy);
        world.set("SIGNALBOX_BASE_URL", "https://mirror.invalid");
        world.refused(3, 4, &["got 503", "tried 4 times"]);
    });
    cases.add("without a mirror it is github.com, whatever server the job has", |world| {
        let proxy = world.serve_elsewhere([Answer::new(403, "")]);
        world.set("https_proxy", &proxy);
        world.set("SIGNALBOX_BASE_URL", "");
        world.set("GITHUB_SERVER_URL", "https://ghes.invalid");
        let address = format!("https://github.com/org/actions/releases/download/v1.2.3/{ASSET}");
        world.refused(3, 1, &[&address]);
        assert_eq!(world.requests()[0].target, "github.com:443");
    });
}

fn targets(cases: &mut Cases) {
    for (system, machine, target, extension) in [
        ("Linux", "X64", "x86_64-unknown-linux-musl", ""),
        ("Linux", "ARM64", "aarch64-unknown-linux-musl", ""),
        ("macOS", "X64", "x86_64-apple-darwin", ""),
        ("macOS", "ARM64", "aarch64-apple-darwin", ""),
        ("Windows", "X64", "x86_64-pc-windows-msvc", ".exe"),
        ("Windows", "ARM64", "aarch64-pc-windows-msvc", ".exe"),
    ] {
        cases.add(format!("{system} on {machine}"), move |world| {
            world.set("RUNNER_OS", system);
            world.set("RUNNER_ARCH", machine);
            let asset = format!("shard-splitter-{target}{extension}");
            world.manifest(&format!("{}  {asset}\n", sha256(&good())));
            world.file = format!("shard-splitter{extension}");
            world.serve([ok()]);
            world.good(1);
            assert_eq!(world.requests()[0].target, format!("/v1.2.3/{asset}"));
        });
    }
    for (system, machine) in [
        ("Linux", "X86"),
        ("Linux", "ARM"),
        ("Linux", "RISCV64"),
        ("FreeBSD", "X64"),
        ("linux", "X64"),
        ("Linux\n::error::injected", "X64"),
        ("Linux", "$(touch injected)"),
        ("Linux", "X64/../../evil"),
    ] {
        cases.add(format!("{system:?} on {machine:?}"), move |world| {
            world.set("RUNNER_OS", system);
            world.set("RUNNER_ARCH", machine);
            world.serve([ok()]);
            let all =
                ["x86_64-unknown-linux-musl", "aarch64-pc-windows-msvc", "no prebuilt binary"];
            world.refused(2, 0, &all);
        });
    }
    cases.add("a machine that says nothing of itself is asked", |world| {
        world.unset("RUNNER_OS");
        world.set("RUNNER_ARCH", "");
        let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
        let system = if system == "macos" { "apple-darwin" } else { "unknown-linux-musl" };
        world.manifest(&format!("{}  shard-splitter-{machine}-{system}\n", sha256(&good())));
        world.serve([ok()]);
        world.good(1);
    });
}

/// A cargo that makes the binary, or shows that it was asked.
fn cargo(world: &mut World) {
    let script = "#!/bin/sh\nfor word; do folder=$word; done\nmkdir -p \"$folder/release\"\n\
        printf '#!/bin/sh\\necho built\\n' >\"$folder/release/shard-splitter\"\n\
        chmod +x \"$folder/release/shard-splitter\"\n";
    world.program("bin/cargo", script.as_bytes());
    let path = format!("{}:{}", world.path("bin"), std::env::var("PATH").unwrap());
    world.set("PATH", &path);
    world.set("SIGNALBOX_BUILD", "fallback");
}

fn built(cases: &mut Cases) {
    cases.add("a fallback builds what cannot be fetched, and says why", |world| {
        cargo(world);
        world.serve([Answer::new(404, evil())]);
        let told = world.step().run();
        assert_eq!((told.exit, told.stdout.as_str()), (0, "built\n"), "{}", told.stderr);
        let names: Vec<String> = told.commands().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["warning", "group", "endgroup"]);
        assert!(told.commands()[0].data.contains("got 404"), "{}", told.stderr);
    });
    cases.add("a fallback is no way around a hash", |world| {
        cargo(world);
        world.serve([Answer::new(200, evil())]);
        world.refused(2, 1, &["has SHA-256"]);
        assert!(!world.scratch.has("tree/target"));
    });
    cases.add("a fallback is no way around a damaged release", |world| {
        cargo(world);
        world.manifest("");
        world.refused(2, 0, &["has no line"]);
        assert!(!world.scratch.has("tree/target"));
    });
    cases.add("a fallback is not needed where the binary is", |world| {
        cargo(world);
        world.serve([ok()]);
        world.good(1);
        assert!(!world.scratch.has("tree/target"));
    });
    cases.add("who builds always fetches nothing", |world| {
        cargo(world);
        world.set("SIGNALBOX_BUILD", "always");
        world.serve([ok()]);
        let told = world.step().run();
        assert_eq!((told.exit, told.stdout.as_str()), (0, "built\n"), "{}", told.stderr);
        assert_eq!(world.requests(), []);
    });
}
