//! What somebody, or an accident, has left where binaries are kept.

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use testkit::Answer;

use super::world::{Cases, NOBODY, TOOL, World, evil, good, ok, sha256};

type Contents = fn() -> Vec<u8>;

fn folder(place: &str) -> String {
    format!("{place}/signalbox/{}", sha256(&good()))
}

fn mode(world: &World, name: &str, mode: u32) {
    let permissions = std::fs::Permissions::from_mode(mode);
    std::fs::set_permissions(world.scratch.at(name), permissions).unwrap();
}

pub(super) fn list(cases: &mut Cases) {
    used(cases);
    poisoned(cases);
    linked(cases);
    refused_places(cases);
    left_over(cases);
}

fn used(cases: &mut Cases) {
    cases.add("the second use asks nobody", |world| {
        world.serve([ok()]);
        world.good(1);
        world.good(0);
        world.good(0);
    });
    cases.add("without a network, what is there is enough", |world| {
        world.program(world.installed(), &good());
        world.set("SIGNALBOX_BASE_URL", NOBODY);
        world.good(0);
        world.set("SIGNALBOX_BASE_URL", "");
        world.good(0);
    });
    cases.add("a binary in the second place is used", |world| {
        world.place = "temp";
        world.program(world.installed(), &good());
        world.good(0);
    });
    cases.add("the file can be read by all and written by its owner", |world| {
        world.serve([ok()]);
        world.good(1);
        for name in ["cache/signalbox".to_owned(), folder("cache")] {
            let found = std::fs::metadata(world.scratch.at(&name)).unwrap().permissions().mode();
            assert_eq!(found & 0o7777, 0o755, "{name}");
        }
    });
    if cases.of_bash() {
        sound(cases);
    }
}

/// Windows has no modes.
fn sound(cases: &mut Cases) {
    for (name, found) in [("no run bit", 0o644), ("a group that writes", 0o775)] {
        cases.add(format!("a file with {name}"), move |world| {
            world.program(world.installed(), &good());
            mode(world, &world.installed(), found);
            world.good(0);
        });
    }
    cases.add("a file that all can write", |world| {
        world.program(world.installed(), &good());
        mode(world, &world.installed(), 0o777);
        world.good(0);
    });
}

fn poisoned(cases: &mut Cases) {
    let contents: [(&str, Contents); 4] = [
        ("another binary", evil),
        ("nothing", Vec::new),
        ("half of the binary", || good()[..2000].to_vec()),
        ("the binary and a line more", || [good(), b"touch injected\n".to_vec()].concat()),
    ];
    for (name, contents) in contents {
        cases.add(format!("a cache with {name}"), move |world| {
            world.program(world.installed(), &contents());
            world.serve([ok()]);
            world.good_but(1, &["was not used", &sha256(&contents())]);
            world.good(0);
        });
    }
    cases.add("a poisoned cache and no binary on the server", |world| {
        world.program(world.installed(), &evil());
        world.serve([Answer::new(404, "")]);
        world.refused(3, 1, &["got 404"]);
    });
    cases.add("a poisoned cache and a poisoned server", |world| {
        world.program(world.installed(), &evil());
        world.serve([Answer::new(200, evil())]);
        world.refused(2, 1, &["has SHA-256"]);
    });
    cases.add("a poisoned cache and a good second place", |world| {
        world.program(world.installed(), &evil());
        world.place = "temp";
        world.program(world.installed(), &good());
        world.good(0);
    });
    cases.add("another tool's binary under this name", |world| {
        world.program(world.installed(), b"#!/bin/sh\n: >injected\n");
        world.serve([ok()]);
        world.good_but(1, &["was not used"]);
    });
}

fn linked(cases: &mut Cases) {
    let contents: [(&str, Contents); 2] = [("the binary", good), ("another", evil)];
    for (name, contents) in contents {
        cases.add(format!("a link to {name}"), move |world| {
            let target = world.program("elsewhere/binary", &contents());
            std::fs::create_dir_all(world.scratch.at(folder("cache"))).unwrap();
            symlink(target, world.scratch.at(world.installed())).unwrap();
            world.serve([ok()]);
            world.good_but(1, &["was a link"]);
        });
    }
    cases.add("a link to nowhere", |world| {
        std::fs::create_dir_all(world.scratch.at(folder("cache"))).unwrap();
        symlink("../nowhere", world.scratch.at(world.installed())).unwrap();
        world.serve([ok()]);
        world.good_but(1, &["was a link"]);
    });
    cases.add("a link to a folder, into which a move would go", |world| {
        std::fs::create_dir_all(world.scratch.at(folder("cache"))).unwrap();
        std::fs::create_dir_all(world.scratch.at("elsewhere")).unwrap();
        symlink(world.scratch.at("elsewhere"), world.scratch.at(world.installed())).unwrap();
        world.serve([ok()]);
        world.good_but(1, &["was a link"]);
    });
    cases.add("a folder in the place of the file", |world| {
        world.scratch.write(format!("{}/kept", world.installed()), "");
        world.place = "temp";
        world.serve([ok()]);
        world.good_but(1, &["is a folder"]);
    });
    for depth in ["cache/signalbox".to_owned(), folder("cache")] {
        cases.add(
            format!("a linked folder at depth {}", depth.matches('/').count()),
            move |world| {
                std::fs::create_dir_all(world.scratch.at("elsewhere")).unwrap();
                let link = world.scratch.at(depth);
                std::fs::create_dir_all(link.parent().unwrap()).unwrap();
                symlink(world.scratch.at("elsewhere"), link).unwrap();
                world.place = "temp";
                world.serve([ok()]);
                world.good_but(1, &["is a link"]);
            },
        );
    }
    cases.add("a linked folder that holds the right binary", |world| {
        world.program(format!("elsewhere/{}/{TOOL}", sha256(&good())), &good());
        symlink(world.scratch.at("elsewhere"), world.scratch.at("cache/signalbox")).unwrap();
        world.place = "temp";
        world.serve([ok()]);
        world.good_but(1, &["is a link"]);
    });
    cases.add("linked folders everywhere", |world| {
        std::fs::create_dir_all(world.scratch.at("elsewhere")).unwrap();
        for place in ["cache", "temp"] {
            let link = world.scratch.at(format!("{place}/signalbox"));
            symlink(world.scratch.at("elsewhere"), link).unwrap();
        }
        world.serve([ok()]);
        world.refused(3, 0, &["no folder for the binary", "is a link", "cache", "temp"]);
    });
    cases.add("a root that is a link is the runner's own choice", |world| {
        std::fs::create_dir_all(world.scratch.at("elsewhere/root")).unwrap();
        symlink(world.scratch.at("elsewhere/root"), world.scratch.at("linked")).unwrap();
        let root = world.path("linked");
        world.set("RUNNER_TOOL_CACHE", &root);
        world.place = "elsewhere/root";
        world.serve([ok()]);
        world.good(1);
    });
}

fn refused_places(cases: &mut Cases) {
    cases.add("a file in the place of our folder", |world| {
        world.scratch.write("cache/signalbox", "");
        world.place = "temp";
        world.serve([ok()]);
        world.good_but(1, &["is not a folder"]);
    });
    cases.add("a first place that cannot be written", |world| {
        world.scratch.write("plain", "");
        let root = world.path("plain");
        world.set("RUNNER_TOOL_CACHE", &root);
        world.place = "temp";
        world.serve([ok()]);
        world.good_but(1, &["cannot be written", "plain/signalbox"]);
    });
    cases.add("no place that can be written", |world| {
        world.scratch.write("plain", "");
        let root = world.path("plain");
        world.set("RUNNER_TOOL_CACHE", &root);
        world.set("RUNNER_TEMP", &root);
        world.serve([ok()]);
        world.refused(
            3,
            0,
            &["no folder for the binary", "cannot be written", "SIGNALBOX_BIN_DIR"],
        );
    });
    cases.add("only the second place is named", |world| {
        world.unset("RUNNER_TOOL_CACHE");
        world.place = "temp";
        world.serve([ok()]);
        world.good(1);
        world.good(0);
    });
    cases.add("no place is named", |world| {
        world.unset("RUNNER_TOOL_CACHE");
        world.set("RUNNER_TEMP", "");
        world.serve([ok()]);
        world.refused(3, 0, &["RUNNER_TOOL_CACHE and RUNNER_TEMP are not set"]);
    });
    cases.add("a relative place", |world| {
        world.set("RUNNER_TOOL_CACHE", "cache");
        world.set("RUNNER_TEMP", "-rf");
        world.serve([ok()]);
        world.refused(3, 0, &["\"cache\", which is no absolute path", "\"-rf\""]);
    });
    cases.add("a place with a line break", |world| {
        let root = format!("{}\n::error::injected", world.path("cache"));
        world.set("RUNNER_TOOL_CACHE", &root);
        world.place = "temp";
        world.serve([ok()]);
        world.good_but(1, &["RUNNER_TOOL_CACHE holds a line break"]);
    });
    cases.add("a place named like commands", |world| {
        world.place = "elsewhere/a b $(touch injected) `touch injected` ::error::%0A*";
        let root = world.path(world.place);
        world.set("RUNNER_TOOL_CACHE", &root);
        world.serve([ok()]);
        world.good(1);
        world.good(0);
    });
    cases.add("a place with a backslash, which is a letter here", |world| {
        world.place = "elsewhere/a\\b";
        let root = world.path(world.place);
        world.set("RUNNER_TOOL_CACHE", &root);
        world.serve([ok()]);
        let told = world.step().run();
        assert_eq!((told.exit, told.stdout.as_str()), (0, "good\n"), "{}", told.stderr);
        assert!(world.scratch.has(world.installed()) && !world.scratch.has("elsewhere/a/b"));
    });
    cases.add("a place that is not there yet", |world| {
        world.place = "cache/deep/er";
        let root = world.path(world.place);
        world.set("RUNNER_TOOL_CACHE", &root);
        world.serve([ok()]);
        world.good(1);
    });
}

fn left_over(cases: &mut Cases) {
    cases.add("what a killed job has left is not used, and not at once removed", |world| {
        world.program(format!("{}/.new-abcdef/{TOOL}", folder("cache")), &evil());
        world.serve([ok()]);
        world.good(1);
    });
    cases.add("what a killed job has left is removed after a day", |world| {
        let old = format!("{}/.new-abcdef", folder("cache"));
        world.program(format!("{old}/{TOOL}"), &evil());
        let touched =
            Command::new("touch").args(["-t", "202001010000"]).arg(world.scratch.at(&old)).status();
        assert!(touched.unwrap().success());
        world.serve([Answer::new(404, ""), ok()]);
        let told = world.step().run();
        assert_eq!(told.exit, 3, "{}", told.stderr);
        assert!(!world.scratch.has(&old));
    });
    cases.add("what others keep in the tool cache stays", |world| {
        world.scratch.write("cache/node/20.0.0/x64/node", "");
        world.scratch.write("cache/signalbox/other/file", "");
        world.serve([ok()]);
        world.good(1);
    });
}
