//! The same where there is no curl.

use testkit::Answer;

use super::network::{impatient, stalled};
use super::redirects::to;
use super::world::{Cases, NOBODY, World, evil, good, ok, on_path, sha256};

fn with_wget(all: &mut Cases, name: &str, run: fn(&mut World)) {
    all.add(format!("wget: {name}"), move |world| {
        world.only(&["wget", "sha256sum"]);
        run(world);
    });
}

pub(super) fn list(all: &mut Cases) {
    let mut add = |name: &str, run: fn(&mut World)| with_wget(all, name, run);
    add("the first and the second use", |world| {
        world.serve([ok()]);
        world.good(1);
        world.good(0);
    });
    add("another binary", |world| {
        world.serve([Answer::new(200, evil()), ok()]);
        world.refused(2, 1, &[&sha256(&evil()), &sha256(&good())]);
    });
    add("404 is final", |world| {
        world.serve([Answer::new(404, evil()), ok()]);
        world.refused(3, 1, &["got 404"]);
    });
    add("401 is final", |world| {
        world.scratch.write("home/.netrc", "machine 127.0.0.1 login a password b\n");
        world.serve([Answer::new(401, "").header("WWW-Authenticate", "Basic realm=\"x\""), ok()]);
        world.refused(3, 1, &["got 401"]);
    });
    add("204 is final", |world| {
        world.serve([Answer::new(204, ""), ok()]);
        world.refused(3, 1, &["got 204"]);
    });
    add("429, 500 and 503 pass", |world| {
        let status = |status| Answer::new(status, "");
        world.serve([status(429), status(500), status(503), ok()]);
        world.good(4);
    });
    add("503 that does not pass", |world| {
        world.serve([(); 5].map(|()| Answer::new(503, "")));
        world.refused(3, 4, &["got 503", "tried 4 times"]);
    });
    add("a body cut off", |world| {
        world.serve([ok().declared(100_000), Answer::none(), ok()]);
        world.good(3);
    });
    add("nobody listens", |world| {
        world.set("SIGNALBOX_BASE_URL", NOBODY);
        world.refused(3, 0, &["cannot be fetched", "tried 4 times"]);
    });
    add("a stall", |world| {
        impatient(world);
        world.serve([stalled(), stalled()]);
        world.refused(3, 2, &["cannot be fetched", "tried 2 times"]);
    });
    // macOS has no timeout, but it has curl.
    add("a body a byte at a time", |world| {
        let Some(timeout) = on_path("timeout") else { return };
        std::os::unix::fs::symlink(timeout, world.scratch.at("few/timeout")).unwrap();
        world.constant("TRY_SECONDS=300", "TRY_SECONDS=1");
        world.constant("PAUSES='0 0 0'", "PAUSES=''");
        world.serve([ok().slowly(1, std::time::Duration::from_millis(20))]);
        world.refused(3, 1, &["cannot be fetched"]);
    });
    add("a body without end", |world| {
        world.serve([Answer::new(200, vec![b'x'; 1 << 20]).endless(), ok()]);
        world.refused(2, 1, &["larger than 16384 KiB"]);
    });
    add("a redirect", |world| {
        let other = world.serve_elsewhere([ok()]);
        world.serve([to(302, "/b"), to(307, &format!("{other}/c?signature=1"))]);
        world.good(3);
    });
    add("a loop", |world| {
        world.serve((0..9).map(|_| to(302, "/again")));
        world.refused(3, 6, &["redirected more than 5 times"]);
    });
    for address in [
        "http://example.invalid/file",
        "http://127.0.0.1@example.invalid/file",
        "//example.invalid/file",
        "ftp://127.0.0.1/file",
        "file:///file",
        "file",
    ] {
        all.add(format!("wget: a redirect to {address}"), move |world| {
            world.only(&["wget", "sha256sum"]);
            world.serve([to(302, address), ok()]);
            world.refused(3, 1, &["is redirected to", "expected an https address"]);
        });
    }
    surroundings(all);
}

fn surroundings(all: &mut Cases) {
    let mut add = |name: &str, run: fn(&mut World)| with_wget(all, name, run);
    add("its configuration", |world| {
        let text = "header = X-Evil: 1\nhttp_proxy = http://127.0.0.1:1/\nuse_proxy = on\n";
        world.scratch.write("home/.wgetrc", text);
        let named = world.scratch.write("named", text).into_os_string().into_string().unwrap();
        world.set("WGETRC", &named);
        world.set("SYSTEM_WGETRC", &named);
        world.set("http_proxy", NOBODY);
        world.serve([ok().header("Set-Cookie", "a=b")]);
        world.good(1);
        assert!(!world.requests()[0].headers.contains_key("x-evil"));
    });
    // It does not tell the status that the proxy has answered with, so each may pass.
    add("a proxy is the way to a mirror", |world| {
        let proxy = world.serve_elsewhere([(); 4].map(|()| Answer::new(403, "")));
        world.set("https_proxy", &proxy);
        world.set("SIGNALBOX_BASE_URL", "https://mirror.invalid");
        world.refused(3, 4, &["https://mirror.invalid/v1.2.3/"]);
        assert_eq!(world.requests()[0].method, "CONNECT");
    });
}
