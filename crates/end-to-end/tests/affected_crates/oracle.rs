//! The real tools: `cargo metadata` resolves a workspace, determinator says what a change affects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use end_to_end::{Toolchain, target_folder, workspace_root};
use serde::Serialize;

use crate::world::World;

/// One version of a workspace on the disk.
pub(crate) struct Version {
    /// Its files, the lock file with them.
    pub(crate) files: BTreeMap<String, String>,
    /// Where cargo's answer about it is.
    pub(crate) metadata: PathBuf,
}

/// What determinator is asked.
#[derive(Serialize)]
pub(crate) struct Question {
    pub(crate) old: PathBuf,
    pub(crate) new: PathBuf,
    pub(crate) changed: BTreeSet<String>,
    pub(crate) rules: String,
}

/// The cargo of the toolchain itself: rustup's would look the toolchain up each time.
pub(crate) struct Cargo(Toolchain);

impl Cargo {
    pub(crate) fn find() -> Self {
        Self(Toolchain::find().unwrap())
    }

    /// Writes a workspace into a new folder and has cargo resolve it, without the network; the nested one
    /// as well.
    pub(crate) fn resolved(&self, folder: &Path, world: &World) -> Version {
        let root = folder.join("workspace");
        let mut files = world.files();
        written(&root, &files);
        let metadata = folder.join("metadata.json");
        fs::write(&metadata, self.metadata(folder, "", world)).unwrap();
        let mut locks = vec!["Cargo.lock"];
        if world.outside.nested.is_some() {
            self.metadata(folder, "nested", world);
            locks.push("nested/Cargo.lock");
        }
        for lock in locks {
            files.insert(lock.to_owned(), fs::read_to_string(root.join(lock)).unwrap());
        }
        Version { files, metadata }
    }

    /// What cargo says of the workspace in a folder, which it locks with a registry of its own.
    fn metadata(&self, folder: &Path, at: &str, world: &World) -> Vec<u8> {
        let registry = folder.join(format!("registry-{at}"));
        written(&registry, &world.outside.registry(usize::from(!at.is_empty())));
        let root = folder.join("workspace").join(at);
        let mut cargo = Command::new(self.0.cargo());
        cargo.args(["metadata", "--offline", "--all-features", "--format-version", "1"]);
        cargo.args(["--config", "source.crates-io.replace-with = 'registry'", "--config"]);
        cargo.arg(format!("source.registry.directory = '{}'", registry.display()));
        cargo.current_dir(&root).env("PATH", self.0.path_with(&root).unwrap());
        // There it keeps what it asked rustc, for all workspaces.
        cargo.env("CARGO_TARGET_DIR", folder.parent().unwrap().join("target"));
        let output = cargo.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", root.display());
        output.stdout
    }
}

fn written(folder: &Path, files: &BTreeMap<String, String>) {
    for (path, contents) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }
}

/// What determinator answers, a list of names for each question.
pub(crate) fn asked(questions: &[Question]) -> Vec<BTreeSet<String>> {
    let target = target_folder().join("tools/determinator");
    let manifest = workspace_root().join(".config/determinator/Cargo.toml");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--quiet", "--locked", "--manifest-path"]).arg(manifest);
    cargo.arg("--target-dir").arg(&target).stdin(Stdio::null());
    let status = cargo.status().unwrap();
    assert!(status.success(), "determinator could not be built, which needs the network once");
    let program =
        target.join(format!("debug/determinator-answers{}", std::env::consts::EXE_SUFFIX));
    let mut child =
        Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = String::new();
    for question in questions {
        lines.push_str(&serde_json::to_string(question).unwrap());
        lines.push('\n');
    }
    let mut stdin = child.stdin.take().unwrap();
    // Aside, because it answers while it is asked.
    let asking = std::thread::spawn(move || stdin.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    asking.join().unwrap();
    assert!(output.status.success(), "determinator: {}", output.status);
    let answers = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<BTreeSet<String>> =
        answers.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}
