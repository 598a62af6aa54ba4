//! A release before it is published: each of its actions, pinned as users pin it, in a real runner.
//!
//! The assets come from this machine instead of GitHub; everything else is as it will be. Each action
//! runs with an empty tool cache, which takes one request, and with a full one, which takes none; and
//! with a binary of which one bit is wrong, which must not run.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use testkit::{Answer, Scratch, Server};

use crate::act::{Act, Ran};
use crate::release::ReleaseTree;
use crate::{Doing as _, Trouble};

/// What is rehearsed.
#[derive(Debug)]
pub struct Rehearsal {
    tree: Arc<ReleaseTree>,
    assets: PathBuf,
    commit: String,
    version: String,
    target: &'static str,
}

/// One use of one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The action.
    pub action: &'static str,
    /// What stands behind the `@`: the commit, shortened, or `v1`.
    pub pin: String,
    /// What the tool cache held before.
    pub cache: Cache,
    /// How many requests the mirror was asked.
    pub requests: usize,
    /// Everything that was not as it must be.
    pub wrongs: Vec<String>,
}

/// What the tool cache holds before the use, and what the mirror has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache {
    /// Nothing: the binary is fetched.
    Cold,
    /// The binary: nobody is asked.
    Warm,
    /// Nothing, and the mirror has another binary.
    Tampered,
}

impl fmt::Display for Cache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Tampered => "cold, another binary",
        })
    }
}

/// How an action is tried: a step with an answer that is known.
struct Try {
    action: &'static str,
    tool: &'static str,
    with: &'static str,
    output: &'static str,
    wanted: &'static str,
}

/// One for each action; a release with another one is not rehearsed.
const TRIES: [Try; 5] = [
    Try {
        action: "cache-key",
        tool: "cache-key",
        with: "command: hash\n          hash-files: items.txt",
        output: "hash",
        // SHA-256 of the SHA-256 of the file, which is what hashFiles() says.
        wanted: "edc76dad2333356207981b61190f682b4d7ebaeaf2853f0ed84308e6616f2965",
    },
    Try {
        action: "changes",
        tool: "change-detector",
        with: "filters: 'new: items.txt'",
        output: "changes",
        wanted: "[\"new\"]",
    },
    Try {
        action: "gate",
        tool: "gate-check",
        with: "jobs: build=success",
        output: "verdict",
        wanted: "pass",
    },
    Try {
        action: "gpu",
        tool: "gpu-matcher",
        with: "cuda: '12.4'\n          gpu: t4\n          driver: 550.54.14",
        output: "fits",
        wanted: "true",
    },
    Try {
        action: "shard",
        tool: "shard-splitter",
        with: "items: items.txt\n          shards: 2",
        output: "shards",
        wanted: "2",
    },
];

const ITEMS: &str = "a\nb\n";

/// The order of pins and caches: each pin fetches once, and finds what the other has fetched.
const ROUNDS: [(Pin, Cache); 5] = [
    (Pin::Commit, Cache::Cold),
    (Pin::Major, Cache::Warm),
    (Pin::Major, Cache::Cold),
    (Pin::Commit, Cache::Warm),
    (Pin::Commit, Cache::Tampered),
];

#[derive(Clone, Copy)]
enum Pin {
    Commit,
    Major,
}

impl Rehearsal {
    /// Of this release tree, with the binaries in `assets`.
    ///
    /// # Errors
    /// When the tree has an action that nobody knows how to try, or lacks one.
    pub fn new(
        tree: &ReleaseTree,
        assets: &Path,
        commit: &str,
        version: &str,
    ) -> Result<Self, Trouble> {
        let mut actions = Vec::new();
        let entries = fs::read_dir(tree.path()).doing(|| "list the release tree".to_owned())?;
        for entry in entries {
            let path = entry.doing(|| "list the release tree".to_owned())?.path();
            if path.join("action.yml").is_file() {
                actions.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
            }
        }
        actions.sort();
        let known: Vec<&str> = TRIES.iter().map(|it| it.action).collect();
        if actions != known {
            return Err(Trouble::new(format!(
                "the release tree has the actions {actions:?}, and there are tries of {known:?}: add one to TRIES"
            )));
        }
        Ok(Self {
            tree: Arc::new(tree.without_source()?),
            assets: assets.to_owned(),
            commit: commit.to_owned(),
            version: version.to_owned(),
            target: target()?,
        })
    }

    /// Uses every action in every way, and tells of each use as it ends.
    ///
    /// # Errors
    /// When act or the disk fails. What an action does wrong is no error here: see [`Use::wrongs`].
    pub fn uses(&self, mut told: impl FnMut(&Use)) -> Result<Vec<Use>, Trouble> {
        let mut seen = Vec::new();
        for one in &TRIES {
            let mut machine = Scratch::new();
            for (pin, cache) in ROUNDS {
                if cache != Cache::Warm {
                    machine = Scratch::new();
                }
                let used = self.used(one, pin, cache, &machine)?;
                told(&used);
                seen.push(used);
            }
        }
        Ok(seen)
    }

    fn used(&self, one: &Try, pin: Pin, cache: Cache, machine: &Scratch) -> Result<Use, Trouble> {
        let asset = format!("{}-{}", one.tool, self.target);
        let path = self.assets.join(&asset);
        let mut binary = fs::read(&path).doing(|| format!("read `{}`", path.display()))?;
        if cache == Cache::Tampered
            && let Some(last) = binary.last_mut()
        {
            *last ^= 1;
        }
        // Whoever has it asks nobody: the mirror has no answer then.
        let script = (cache != Cache::Warm).then(|| Answer::new(200, binary));
        let server = Server::new(script);
        let (reference, shown) = match pin {
            Pin::Commit => (self.commit.as_str(), self.commit.chars().take(10).collect()),
            Pin::Major => ("v1", "v1".to_owned()),
        };
        let act = Act::new(&workflow(one, reference))?
            .file("first", "")
            .release(Arc::clone(&self.tree))
            .action(&format!("org/actions@{}", self.commit), &self.tree.path())
            .env("MIRROR", format!("{}/assets", server.url()))
            .env("TOOL_CACHE", machine.at("tools"));
        let before = act.commit("first")?;
        let act = act.file("items.txt", ITEMS);
        let after = act.commit("second")?;
        let payload = serde_json::json!({"ref": "refs/heads/main", "before": before, "after": after,
            "forced": false, "repository": {"default_branch": "main"}});
        let ran = act.payload(&payload).run()?;
        let asked: Vec<String> = server.requests().into_iter().map(|it| it.target).collect();
        let address = format!("/assets/v{}/{asset}", self.version);
        let wanted: &[String] = if cache == Cache::Warm { &[] } else { &[address] };
        let mut wrongs = answer_wrongs(one, cache, &ran);
        if asked != wanted {
            wrongs.push(format!("asked for {asked:?}, expected {wanted:?}"));
        }
        if cache == Cache::Tampered && machine.files().iter().any(|file| file.ends_with(one.tool)) {
            wrongs.push("the other binary was kept".to_owned());
        }
        Ok(Use { action: one.action, pin: shown, cache, requests: asked.len(), wrongs })
    }
}

/// What is wrong with the outputs of a run.
fn answer_wrongs(one: &Try, cache: Cache, ran: &Ran) -> Vec<String> {
    let outputs = ran.log.outputs("job", "used");
    let seen = outputs.get(one.output).copied().unwrap_or_default();
    let mut wrongs = ran.log.wrongs(&[("job", 1)]);
    match cache {
        Cache::Cold | Cache::Warm => {
            if seen != one.wanted {
                wrongs.push(format!("`{}` is `{seen}`, expected `{}`", one.output, one.wanted));
            }
            wrongs
        }
        Cache::Tampered if !seen.is_empty() => vec![format!("it said `{seen}`, and must not run")],
        Cache::Tampered if wrongs.is_empty() => vec!["the job is green".to_owned()],
        Cache::Tampered => Vec::new(),
    }
}

fn workflow(one: &Try, reference: &str) -> String {
    let Try { action, with, .. } = one;
    format!(
        "\
name: rehearsal
on: push
permissions: {{}}
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@df4cb1c069e1874edd31b4311f1884172cec0e10 # v6.0.3
        with:
          persist-credentials: false
      - run: mkdir -p \"$TOOL_CACHE\" && echo \"RUNNER_TOOL_CACHE=$TOOL_CACHE\" >>\"$GITHUB_ENV\"
      - id: used
        uses: org/actions/{action}@{reference}
        with:
          {with}
          base-url: ${{{{ env.MIRROR }}}}
"
    )
}

/// What the installer calls this machine.
fn target() -> Result<&'static str, Trouble> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Ok("x86_64-unknown-linux-musl"),
        ("linux", "aarch64") => Ok("aarch64-unknown-linux-musl"),
        ("macos", "x86_64") => Ok("x86_64-apple-darwin"),
        ("macos", "aarch64") => Ok("aarch64-apple-darwin"),
        (system, machine) => Err(Trouble::new(format!(
            "nothing is released for {system} on {machine} that act runs"
        ))),
    }
}
