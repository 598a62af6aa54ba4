//! A release with prebuilt binaries, as a job uses it: fetched from a mirror once, verified each time.

use std::fmt::Write as _;
use std::sync::Arc;

use end_to_end::act::{Act, Ran};
use end_to_end::release::ReleaseTree;
use testkit::{Answer, Server};

use crate::install::sha256;
use crate::shared;

/// What stands for the binary: what it is given it says, as an output.
const STAND_IN: &str =
    "#!/bin/sh\nprintf 'shards=%s\\n' \"$SIGNALBOX_SHARDS\" >>\"$GITHUB_OUTPUT\"\n";

/// A release of a binary with this hash, on every machine.
fn release(hash: &str) -> ReleaseTree {
    let tree = shared::release_tree().without_source().unwrap();
    let mut list = String::new();
    for target in ["unknown-linux-musl", "apple-darwin"] {
        for machine in ["x86_64", "aarch64"] {
            let _ = writeln!(list, "{hash}  shard-splitter-{machine}-{target}");
        }
    }
    std::fs::write(tree.path().join("lib/checksums.txt"), list).unwrap();
    tree
}

/// A job that uses it twice.
fn ran(tree: ReleaseTree, server: &Server) -> Ran {
    let workflow = format!(
        "{}      - run: mkdir -p \"$HOME/tool-cache\" && echo \"RUNNER_TOOL_CACHE=$HOME/tool-cache\" >>\"$GITHUB_ENV\"
      - id: first
        uses: org/actions/shard@v1
        with:
          shards: 2
          base-url: ${{{{ env.MIRROR }}}}
      - id: second
        uses: org/actions/shard@v1
        with:
          shards: 3
          base-url: ${{{{ env.MIRROR }}}}
",
        shared::ONE_JOB
    );
    let act = Act::new(&workflow).unwrap().release(Arc::new(tree));
    act.env("MIRROR", format!("{}/assets", server.url())).run().unwrap()
}

#[test]
fn a_job_fetches_what_was_released_once() {
    let server = Server::new([Answer::new(200, STAND_IN)]);
    let ran = ran(release(&sha256(STAND_IN.as_bytes())), &server);
    assert_eq!(ran.log.wrongs(&[("job", 1)]), Vec::<String>::new(), "{}", ran.log.said);
    assert_eq!(ran.log.outputs("job", "first")["shards"], "2");
    assert_eq!(ran.log.outputs("job", "second")["shards"], "3");
    let targets: Vec<String> = server.requests().into_iter().map(|it| it.target).collect();
    assert_eq!(targets.len(), 1, "{targets:?}");
    assert!(targets[0].starts_with("/assets/v0.0.0/shard-splitter-"), "{targets:?}");
}

#[test]
fn a_job_does_not_run_what_was_not_released() {
    let server = Server::new([Answer::new(200, STAND_IN)]);
    let ran = ran(release(&sha256(b"another")), &server);
    assert_eq!(server.requests().len(), 1);
    assert!(!ran.log.wrongs(&[("job", 1)]).is_empty());
    assert!(ran.log.outputs("job", "first").get("shards").is_none_or(|it| it.is_empty()));
    assert!(!ran.scratch.has("homes/home/tool-cache/signalbox/shard-splitter"));
}
