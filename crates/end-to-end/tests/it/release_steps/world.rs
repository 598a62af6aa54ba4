//! A project with a remote on this disk, and a stand-in for GitHub: `gh` and `curl` over a folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use end_to_end::{Toolchain, target_folder, workspace_root};
use testkit::Scratch;

/// `gh`, as far as `scripts/release` uses it. Its releases are folders; publishing one makes its tag in
/// the remote. What stands in `trouble` goes wrong.
const GH: &str = r#"#!/usr/bin/env bash
set -euo pipefail
printf '%s\n' "gh $*" >>"$WORLD/asked"
trouble() { [ "$(cat "$WORLD/trouble" 2>/dev/null)" = "$1" ]; }
case "$1 $2" in
  'auth git-credential') cat >/dev/null ;;
  'run list') ! trouble runs && cat "$WORLD/runs" ;;
  'release list') trouble list && exit 1; [ ! -d "$WORLD/releases" ] || ls "$WORLD/releases" ;;
  'release create')
    trouble create && exit 1
    release=$WORLD/releases/$3
    mkdir -p "$release"
    shift 3
    while [ $# -gt 0 ]; do
      case $1 in
        --target) printf '%s' "$2" >"$WORLD/target"; shift ;;
        --notes-file) cp "$2" "$WORLD/notes"; shift ;;
        --repo | --title) shift ;;
        --draft | --prerelease) printf '%s\n' "$1" >>"$WORLD/flags" ;;
        *) cp "$1" "$release/" ;;
      esac
      shift
    done
    ! trouble upload || printf 'x' >>"$release/one-x86_64-unknown-linux-musl" ;;
  'release download') cp "$WORLD/releases/$3"/* "$7/" ;;
  'release view')
    [ -d "$WORLD/releases/$3" ]
    if [ -e "$WORLD/public" ]; then echo false; else echo true; fi ;;
  'release edit')
    trouble edit && exit 1
    [ "$6" = --draft=false ]
    touch "$WORLD/public"
    ! trouble answer || exit 1
    git --git-dir="$WORLD/remote" update-ref "refs/tags/$3" "$(cat "$WORLD/target")"
    ! trouble tag || git --git-dir="$WORLD/remote" update-ref "refs/tags/$3" refs/heads/main ;;
  'release delete') rm -r "$WORLD/releases/$3" ;;
  'attestation verify') [ -z "${GH_TOKEN:-}" ] && ! trouble attestation ;;
  *) exit 9 ;;
esac
"#;

/// A hook of the remote, for what has a token: no name goes to a commit with a workflow file that no branch
/// has, in the same place and with the same contents.
const UPDATE: &str = r#"#!/usr/bin/env bash
set -euo pipefail
[ -n "${GH_TOKEN:-}" ] || exit 0
case $3 in *[!0]*) ;; *) exit 0 ;; esac
files() { git ls-tree -r "$1" -- .github/workflows; }
known=$(for branch in $(git for-each-ref --format='%(objectname)' refs/heads); do files "$branch"; done)
while read -r file; do
  grep -qxF "$file" <<<"$known" || { echo "refusing to create or update workflow $file" >&2; exit 1; }
done < <(files "$3")
"#;

/// `curl`, which knows nothing but published files.
const CURL: &str = r#"#!/usr/bin/env bash
set -euo pipefail
address=${!#}
while [ "$1" != --output ]; do shift; done
path=${address#https://github.com/org/actions/releases/download/}
[ "$path" != "$address" ] && cp "$WORLD/releases/$path" "$2"
"#;

/// The steps of a release, to be taken one by one.
pub(super) struct World {
    pub(super) scratch: Scratch,
}

/// What a step said.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) exit: Option<i32>,
    pub(super) stdout: String,
    pub(super) stderr: String,
}

/// The binaries that the project of [`World`] releases.
pub(super) const ASSETS: [&str; 4] = [
    "one-x86_64-pc-windows-msvc.exe",
    "one-x86_64-unknown-linux-musl",
    "two-x86_64-pc-windows-msvc.exe",
    "two-x86_64-unknown-linux-musl",
];

fn run_bit(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// The chores of this repository, built once; the project's `cargo` starts them on its own files.
fn xtask() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let mut cargo = Command::new(Toolchain::find().unwrap().cargo());
        cargo.args(["build", "--quiet", "--package", "xtask"]).current_dir(workspace_root());
        assert!(cargo.status().unwrap().success());
        target_folder().join("debug/xtask")
    };
    BUILT.get_or_init(build).clone()
}

impl World {
    /// Two tools and two targets, at version 1.2.3, pushed.
    pub(super) fn new() -> Self {
        let world = Self { scratch: Scratch::new() };
        let scratch = &world.scratch;
        for script in ["scripts/release", "scripts/release-tree"] {
            let text = std::fs::read(workspace_root().join(script)).unwrap();
            run_bit(&scratch.write(Path::new("project").join(script), text));
        }
        let lists = "readonly TOOLS='one two three'\nreadonly TARGETS='x86_64-unknown-linux-musl x86_64-pc-windows-msvc'\n";
        scratch.write("project/actions/lib/install.sh", lists);
        scratch.write("project/actions/shard/action.yml", "name: shard\n");
        for tool in ["one", "two"] {
            scratch.write(format!("project/crates/{tool}/Cargo.toml"), "");
        }
        scratch.write("project/.gitignore", "/out/\n");
        let tried = "        uses: org/actions/shard@v1\n";
        scratch.write("project/.github/workflows/release.yml", tried);
        world.at_version("1.2.3");
        for (name, text) in [("gh", GH), ("curl", CURL)] {
            run_bit(&scratch.write(Path::new("bin").join(name), text));
        }
        let chore =
            format!("#!/bin/sh\nshift\nexec '{}' \"$@\" --root \"$PWD\"\n", xtask().display());
        run_bit(&scratch.write("bin/cargo", chore));
        world.git(&["init", "--quiet", "--initial-branch=main"]);
        world.commit("one");
        world.git(&["init", "--quiet", "--bare", "../remote"]);
        run_bit(&scratch.write("remote/hooks/update", UPDATE));
        world.git(&["remote", "add", "origin", &scratch.at("remote").display().to_string()]);
        world.git(&["push", "--quiet", "origin", "main"]);
        world.build();
        world
    }

    /// Manifest, lock file and changelog say this version, and a workflow has changed.
    pub(super) fn at_version(&self, version: &str) {
        self.scratch.write("project/.github/workflows/ci.yml", format!("name: ci of {version}\n"));
        let manifest = format!("[workspace.package]\nversion = \"{version}\"\n");
        self.scratch.write("project/Cargo.toml", manifest);
        let lock = format!("[[package]]\nname = \"one\"\nversion = \"{version}\"\n");
        self.scratch.write("project/Cargo.lock", lock);
        let changes = format!(
            "# Changelog\n\n## [Unreleased]\n\n## [{version}] - 2026-01-31\n\n### shard\n\n#### Fixed\n\n- What was wrong.\n"
        );
        self.scratch.write("project/CHANGELOG.md", changes);
    }

    /// A newer version of the source, pushed.
    pub(super) fn next_version(&self, version: &str) {
        self.at_version(version);
        self.commit(version);
        self.git(&["push", "--quiet", "origin", "main"]);
        for asset in ASSETS {
            self.scratch.write(Path::new("out").join(asset), format!("{asset} {version}"));
        }
    }

    fn build(&self) {
        for asset in ASSETS {
            self.scratch.write(Path::new("out").join(asset), asset);
        }
    }

    pub(super) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }

    #[track_caller]
    pub(super) fn git(&self, words: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args([
            "-c",
            "user.name=N",
            "-c",
            "user.email=e@localhost",
            "-c",
            "commit.gpgsign=false",
        ]);
        git.args(words).current_dir(self.scratch.at("project"));
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env_remove("GH_TOKEN");
        let output = git.output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// What the remote has, without main: each name with its object.
    pub(super) fn remote(&self) -> Vec<(String, String)> {
        let refs = self.git(&["ls-remote", "origin"]);
        let line = |line: &str| {
            let (object, name) = line.split_once('\t')?;
            let is_ours = name != "HEAD" && name != "refs/heads/main";
            is_ours.then(|| (name.to_owned(), object.to_owned()))
        };
        refs.lines().filter_map(line).collect()
    }

    pub(super) fn named(&self, name: &str) -> Option<String> {
        self.remote().into_iter().find(|(known, _)| known == name).map(|(_, object)| object)
    }

    /// What goes wrong from now on.
    pub(super) fn trouble(&self, what: &str) {
        self.scratch.write("trouble", what);
    }

    /// One step, with a token or without.
    pub(super) fn step_with(&self, token: Option<&str>, words: &[&str]) -> Said {
        let mut step = Command::new(self.scratch.at("project/scripts/release"));
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.scratch.at("bin").display());
        step.args(words).current_dir(self.scratch.path()).env_clear();
        step.env("HOME", self.scratch.at("home"))
            .env("PATH", path)
            .env("WORLD", self.scratch.path());
        step.env("GITHUB_OUTPUT", self.scratch.at("outputs")).env("TMPDIR", self.tmp());
        if let Some(token) = token {
            step.env("GH_TOKEN", token);
        }
        let output = step.output().unwrap();
        Said {
            exit: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap().trim_end().to_owned(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn tmp(&self) -> PathBuf {
        let folder = self.scratch.at("tmp");
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub(super) fn step(&self, words: &[&str]) -> Said {
        self.step_with(Some(TOKEN), words)
    }

    #[track_caller]
    pub(super) fn good(&self, words: &[&str]) -> String {
        let said = self.step(words);
        assert_eq!(said.exit, Some(0), "{words:?}: {}", said.stderr);
        self.check_tidy();
        said.stdout
    }

    #[track_caller]
    pub(super) fn refused(&self, exit: i32, words: &[&str], wanted: &str) {
        let said = self.step(words);
        assert_eq!(said.exit, Some(exit), "{words:?}: {}", said.stderr);
        assert!(said.stderr.contains(wanted), "{wanted}: {}", said.stderr);
        self.check_tidy();
    }

    /// No step leaves a scratch folder, or hands the token to somebody by its words.
    #[track_caller]
    fn check_tidy(&self) {
        let left: Vec<_> = std::fs::read_dir(self.tmp()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        let asked = std::fs::read_to_string(self.scratch.at("asked")).unwrap_or_default();
        assert!(!asked.contains(TOKEN), "{asked}");
        assert!(!self.scratch.has("project/evil") && !self.scratch.has("evil"));
    }

    /// Collects what was built; the release commit.
    #[track_caller]
    pub(super) fn collect(&self, version: &str) -> String {
        let _ = std::fs::remove_dir_all(self.scratch.at("tree"));
        let _ = std::fs::remove_file(self.scratch.at("out/attestation.jsonl"));
        let commit = self.good(&["collect", "out", version, "org/actions", "tree"]);
        self.scratch.write("out/attestation.jsonl", "{}\n");
        self.scratch.write("notes.md", "What changes.\n");
        commit
    }

    pub(super) fn publish_words<'a>(version: &'a str, commit: &'a str) -> [&'a str; 6] {
        ["publish", "out", version, "org/actions", commit, "notes.md"]
    }

    /// Up to where users follow it; its commit.
    #[track_caller]
    pub(super) fn release_to_users(&self, version: &str) -> String {
        let previous = self.good(&["check", version]);
        let commit = self.collect(version);
        self.good(&Self::publish_words(version, &commit));
        self.good(&["advance", version, &commit, &previous]);
        commit
    }

    /// The whole way of a release; its commit.
    #[track_caller]
    pub(super) fn release(&self, version: &str) -> String {
        let commit = self.release_to_users(version);
        self.good(&["keep", version, &commit]);
        commit
    }
}

const TOKEN: &str = "a-token-nobody-may-see";
