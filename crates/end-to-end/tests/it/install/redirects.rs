//! Where a server may send the request on to.

use testkit::Answer;

use super::world::{Cases, evil, good, ok, sha256};

pub(super) fn to(status: u16, address: &str) -> Answer {
    Answer::new(status, evil()).header("Location", address)
}

pub(super) fn list(cases: &mut Cases) {
    for status in [301, 302, 303, 307, 308] {
        cases.add(format!("{status} to another path"), move |world| {
            world.serve([to(status, "/elsewhere?signature=1"), ok()]);
            world.good(2);
            assert_eq!(world.requests()[1].target, "/elsewhere?signature=1");
        });
    }
    cases.add("to another server of this machine", |world| {
        let other = world.serve_elsewhere([ok()]);
        world.serve([to(302, &format!("{other}/file"))]);
        world.good(2);
    });
    cases.add("to another binary", |world| {
        let other = world.serve_elsewhere([Answer::new(200, evil())]);
        world.serve([to(302, &format!("{other}/file"))]);
        world.refused(2, 2, &["has SHA-256", &sha256(&evil())]);
    });
    cases.add("to what is not there", |world| {
        let other = world.serve_elsewhere([Answer::new(404, evil())]);
        world.serve([to(302, &format!("{other}/file?signature=hidden")), ok()]);
        world.refused(3, 2, &["got 404", "/file cannot be fetched"]);
    });
    cases.add("five of them", |world| {
        world.serve((0..5).map(|_| to(302, "/again")).chain([ok()]));
        world.good(6);
    });
    cases.add("a loop", |world| {
        world.serve((0..9).map(|_| to(302, "/again")));
        world.refused(3, 6, &["redirected more than 5 times"]);
    });
    cases.add("without an address", |world| {
        world.serve([Answer::new(302, evil()), ok()]);
        world.refused(3, 1, &["redirected to \"\"", "expected an https address"]);
    });
    cases.add("to a file that would be the right one", |world| {
        let path = world.scratch.write("elsewhere/right", good());
        world.serve([to(302, &format!("file://{}", path.display())), ok()]);
        world.refused(3, 1, &["file://", "expected an https address"]);
    });
    for address in [
        "http://example.invalid/file",
        "http://127.0.0.1.example.invalid/file",
        "http://127.0.0.1@example.invalid/file",
        "http://127.0.0.1:80@example.invalid/file",
        "http://localhost.example.invalid/",
        "http://10.0.0.1/file",
        "//example.invalid/file",
        "ftp://127.0.0.1/file",
        "gopher://127.0.0.1/file",
        "dict://127.0.0.1/file",
        "data:text/plain,evil",
        "https://user:password@example.invalid/file",
    ] {
        cases.add(format!("to {address}"), move |world| {
            world.serve([to(302, address), ok()]);
            world.refused(3, 1, &["is redirected to", "expected an https address"]);
        });
    }
    cases.add("to https that is not spoken there", |world| {
        let other = world.serve_elsewhere([]);
        let secure = other.replace("http:", "https:");
        world.serve((0..4).map(|_| to(302, &secure)).chain([ok()]));
        world.refused(3, 4, &[&secure, "cannot be fetched"]);
    });
    cases.add("a passing trouble after it", |world| {
        world.serve([to(302, "/b"), Answer::new(503, ""), to(302, "/b"), ok()]);
        world.good(4);
    });
}
