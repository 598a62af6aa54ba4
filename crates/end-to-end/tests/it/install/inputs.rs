//! What somebody writes into an input or a variable.

use super::world::{ASSET, Cases, good, ok};

pub(super) fn list(cases: &mut Cases) {
    for tool in [
        "",
        "shard",
        "../evil",
        "shard-splitter\n::error::injected",
        "$(touch injected)",
        "shard-splitter cache-key",
        "-p",
        "*",
        "::stop-commands::x",
    ] {
        cases.add(format!("the tool {tool:?}"), move |world| {
            world.tool = tool.to_owned();
            world.serve([ok()]);
            world.refused(2, 0, &["there is no tool", "gate-check"]);
        });
    }
    for address in [
        "http://example.invalid/",
        "http://127.0.0.1.example.invalid/",
        "http://127.0.0.1:1@example.invalid/",
        "http://localhost.example.invalid/",
        "http://127.0.0.2/",
        "http://2130706433/",
        "file:///",
        "ftp://127.0.0.1/",
        "127.0.0.1/",
        "//127.0.0.1/",
        "https://",
        "https:///path",
        "https://example.invalid?x",
        "https://example.invalid/#x",
        "https://example.invalid/a b",
        "https://example.invalid:port/",
        "https://exa\nmple.invalid/",
        "https://example.invalid/\n::error::injected",
        "$(touch injected)",
        "`touch injected`",
        "-o/injected",
        "--config=evil",
        "::error::injected",
        "https://example.invalid/\u{202e}",
        "https://example.invalid/\u{61c}\u{2066}\u{200e}\u{1b}[31m",
    ] {
        cases.add(format!("the base-url {address:?}"), move |world| {
            world.program(world.installed(), &good());
            world.set("SIGNALBOX_BASE_URL", address);
            world.refused(2, 0, &["base-url", "expected https://host/path"]);
        });
    }
    cases.add("a base-url with a password, which is not shown", |world| {
        world.set("SIGNALBOX_BASE_URL", "https://user:hunter2@example.invalid/");
        world.refused(2, 0, &["base-url is an address with \"@\""]);
        let told = world.step().run();
        assert!(!told.stderr.contains("hunter2"), "{}", told.stderr);
    });
    for (tail, path) in [("/", ""), ("///", ""), ("/a/b/", "/a/b"), ("/a%20$(x)", "/a%20$(x)")] {
        cases.add(format!("a base-url that ends in {tail}"), move |world| {
            world.serve([ok()]);
            let address = world.base_url();
            world.set("SIGNALBOX_BASE_URL", &format!("{address}{tail}"));
            world.good(1);
            assert_eq!(world.requests()[0].target, format!("{path}/v1.2.3/{ASSET}"));
        });
    }
    cases.add("localhost is this machine", |world| {
        world.serve([ok()]);
        let address = world.base_url().replace("127.0.0.1", "localhost");
        world.set("SIGNALBOX_BASE_URL", &address);
        world.good(1);
    });
    for build in ["yes", "true", "Never", "always\n", "$(touch injected)", "::error::x", " never"] {
        cases.add(format!("build {build:?}"), move |world| {
            world.set("SIGNALBOX_BUILD", build);
            world.serve([ok()]);
            world.refused(2, 0, &["the input \"build\"", "never, fallback or always"]);
        });
    }
    for folder in ["bin", "./bin", "~", "-p", "$(touch injected)", "/nowhere", "::error::x"] {
        cases.add(format!("SIGNALBOX_BIN_DIR {folder:?}"), move |world| {
            world.program(world.installed(), &good());
            world.set("SIGNALBOX_BIN_DIR", folder);
            world.serve([ok()]);
            world.refused(2, 0, &["SIGNALBOX_BIN_DIR"]);
        });
    }
    cases.add("a folder of one's own goes before everything", |world| {
        world.program("bin/shard-splitter", b"#!/bin/sh\necho own\n");
        let folder = world.path("bin");
        world.set("SIGNALBOX_BIN_DIR", &folder);
        world.set("SIGNALBOX_BASE_URL", "evil");
        world.manifest("broken");
        let told = world.step().run();
        assert_eq!((told.exit, told.stdout.as_str()), (0, "own\n"), "{}", told.stderr);
        let commands = told.commands();
        assert_eq!((commands.len(), commands[0].name.as_str()), (1, "warning"));
    });
}
