//! What a server, a proxy or a broken line can say.

use std::time::Duration;

use testkit::Answer;

use super::world::{ASSET, Cases, NOBODY, World, evil, good, ok, sha256};

/// A try that stalls is given up after a second, and there is one more.
pub(super) fn impatient(world: &World) {
    world.constant("STALL_SECONDS=20", "STALL_SECONDS=1");
    world.constant("PAUSES='0 0 0'", "PAUSES='0'");
}

/// The first bytes, and then nothing.
pub(super) fn stalled() -> Answer {
    ok().slowly(100, Duration::from_secs(20))
}

type Said = fn() -> Answer;

fn status(status: u16) -> Answer {
    Answer::new(status, evil())
}

pub(super) fn list(cases: &mut Cases) {
    cases.add("the first use", |world| {
        world.set("GITHUB_TOKEN", "secret");
        world.serve([ok()]);
        world.good(1);
        let request = &world.requests()[0];
        assert_eq!(request.target, format!("/v1.2.3/{ASSET}"));
        for header in ["authorization", "cookie", "referer"] {
            assert!(!request.headers.contains_key(header), "{request:?}");
        }
    });
    let wrong: [(&str, Said); 6] = [
        ("another binary", || Answer::new(200, evil())),
        ("an error page with status 200", || Answer::new(200, "<html>not found</html>")),
        ("nothing", || Answer::new(200, "")),
        ("the binary cut off, and no word on its length", || {
            Answer::new(200, &good()[..2000]).unmeasured()
        }),
        ("the binary with a wrong length", || ok().declared(2000)),
        ("the binary with a line more", || {
            Answer::new(200, [good(), b"touch injected\n".to_vec()].concat())
        }),
    ];
    for (name, answer) in wrong {
        cases.add(format!("the server sends {name}"), move |world| {
            world.serve([answer(), ok()]);
            let hash = format!("expected {}", sha256(&good()));
            world.refused(2, 1, &[&hash, "has SHA-256", "nothing of it was kept", "build to"]);
        });
    }
    cases.add("the error names the hash that was found", |world| {
        world.serve([Answer::new(200, evil())]);
        world.refused(2, 1, &[&sha256(&evil()), &sha256(&good())]);
    });
    statuses(cases);
    troubles(cases);
    sizes(cases);
}

fn statuses(cases: &mut Cases) {
    for final_status in [204, 206, 304, 400, 401, 403, 404, 410, 418] {
        cases.add(format!("status {final_status} is final"), move |world| {
            let answer = if matches!(final_status, 204 | 304) {
                Answer::new(final_status, "")
            } else {
                status(final_status)
            };
            world.serve([answer, ok()]);
            let got = format!("got {final_status}");
            world.refused(3, 1, &[&got, ASSET, "build to always", "base-url", "SIGNALBOX_BIN_DIR"]);
        });
    }
    for passing in [408, 429, 500, 502, 503, 504] {
        cases.add(format!("status {passing} passes"), move |world| {
            world.serve([status(passing), ok()]);
            world.good(2);
        });
    }
    cases.add("status 503 that does not pass", |world| {
        world.set("SECONDS", "100000");
        world.serve([status(503), status(503), status(503), status(503), ok()]);
        world.refused(3, 4, &["got 503", "tried 4 times"]);
    });
}

fn troubles(cases: &mut Cases) {
    cases.add("four different troubles at once", |world| {
        world.serve([status(500), Answer::none(), ok().declared(100_000), status(429), ok()]);
        world.refused(3, 4, &["got 429", "tried 4 times"]);
    });
    cases.add("the last try is good", |world| {
        world.serve([status(500), Answer::none(), ok().declared(100_000), ok()]);
        world.good(4);
    });
    cases.add("a connection that is cut each time", |world| {
        world.serve([(); 5].map(|()| ok().declared(100_000)));
        world.refused(3, 4, &["cannot be fetched", "tried 4 times"]);
    });
    cases.add("a server that hangs up", |world| {
        world.serve([Answer::none(), Answer::none(), Answer::none(), Answer::none()]);
        let words = world.word("curl ended with exit code", ".NET says \"");
        world.refused(3, 4, &["cannot be fetched", words]);
    });
    cases.add("a passing trouble and then another binary", |world| {
        world.serve([status(500), Answer::new(200, evil()), ok()]);
        world.refused(2, 2, &["has SHA-256"]);
    });
    cases.add("a passing trouble and then no such file", |world| {
        world.serve([status(500), status(404), ok()]);
        world.refused(3, 2, &["got 404"]);
    });
    cases.add("nobody listens", |world| {
        world.set("SIGNALBOX_BASE_URL", NOBODY);
        world.refused(3, 0, &[NOBODY, "cannot be fetched", "tried 4 times"]);
    });
    cases.add("a stall", |world| {
        impatient(world);
        world.serve([stalled(), stalled()]);
        world.refused(3, 2, &["cannot be fetched", "tried 2 times"]);
    });
    cases.add("a stall that passes", |world| {
        impatient(world);
        world.serve([stalled(), ok()]);
        world.good(2);
    });
    cases.add("a body a byte at a time", |world| {
        impatient(world);
        let drops = || ok().slowly(1, Duration::from_millis(20));
        world.serve([drops(), drops()]);
        world.refused(3, 2, &["cannot be fetched", "tried 2 times"]);
    });
}

fn sizes(cases: &mut Cases) {
    cases.add("a body without end", |world| {
        world.serve([Answer::new(200, vec![b'x'; 1 << 20]).endless(), ok()]);
        world.refused(2, 1, &["larger than 16384 KiB", "Nothing of it was kept"]);
    });
    cases.add("a body that says it is too large", |world| {
        world.serve([ok().declared(20_000_000), ok()]);
        world.refused(2, 1, &["larger than 16384 KiB"]);
    });
    cases.add("a slow line that goes on", |world| {
        world.serve([ok().slowly(2000, Duration::from_millis(100))]);
        world.good(1);
    });
    cases.add("a packed body stays as it was released", |world| {
        world.serve([ok().header("Content-Encoding", "gzip")]);
        world.good(1);
    });
    cases.add("a server that names the file and sets cookies", |world| {
        let hostile = "attachment; filename=../../../injected";
        let answer = ok().header("Content-Disposition", hostile);
        world.serve([status(500).header("Set-Cookie", "a=b"), answer]);
        world.good(2);
        assert!(world.requests().iter().all(|request| !request.headers.contains_key("cookie")));
    });
}
