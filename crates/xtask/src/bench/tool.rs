//! The tool that is measured: built as it is released, started as a program, its plans proven here.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use serde::Deserialize;

use super::schedule::slowest;

/// The tool that is measured, and a folder for what it reads and writes.
pub(crate) struct Bench {
    pub(crate) tool: PathBuf,
    /// Where cargo builds.
    pub(crate) target: PathBuf,
    pub(crate) folder: PathBuf,
}

/// A plan in which each item was found once.
pub(crate) struct Planned {
    /// What each shard has to do, added up here.
    pub(crate) loads: Vec<u64>,
    /// Which shard runs which item.
    pub(crate) shard_of: BTreeMap<String, usize>,
    /// What the tool says that no plan can beat.
    pub(crate) bound: u64,
    /// Whether the tool says that no plan is better.
    proof: Proof,
}

/// What a plan file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    /// No plan is better.
    Proven,
    /// There may be a better plan.
    Open,
    /// It does not say: only the bound can tell.
    NotTold,
}

/// Builds a tool with the release profile: where it is, and where cargo builds.
pub(crate) fn built(root: &Path, name: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
    let folder = built_together(root, &[name])?;
    let target = folder.parent().context("the folder of releases has none above it")?.to_owned();
    Ok((program(&folder, name), target))
}

/// Builds tools with the release profile, in one go, as they are released: the folder that they are in.
/// One after the other they would take twice as long on two cores, because each is linked as one unit.
pub(crate) fn built_together(root: &Path, names: &[&str]) -> anyhow::Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let shown = names.join(", ");
    println!("building {shown} with the release profile ...");
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--quiet"]);
    cargo.args(names.iter().flat_map(|name| ["--package", name]));
    ensure!(cargo.current_dir(root).status()?.success(), "{shown}: building failed");
    Ok(root.join(target).join("release"))
}

/// Where cargo puts a program.
pub(crate) fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

impl Planned {
    /// The load of the slowest shard.
    pub(crate) fn slowest(&self) -> u64 {
        slowest(&self.loads)
    }

    /// Whether no plan is better: the tool says so, or its bound does.
    pub(crate) fn is_proven(&self) -> bool {
        match self.proof {
            Proof::Proven => true,
            Proof::Open | Proof::NotTold => self.slowest() == self.bound,
        }
    }
}

impl Bench {
    pub(crate) fn built(root: &Path) -> anyhow::Result<Self> {
        let (tool, target) = built(root, "shard-splitter")?;
        let folder = target.join("bench");
        fs::create_dir_all(&folder)?;
        Ok(Self { tool, target, folder })
    }

    /// Writes `items.json` and `timings.json`, both in the order in which items are given.
    pub(crate) fn write_facts<'a>(
        &self,
        times: impl IntoIterator<Item = (&'a String, &'a u64)>,
    ) -> anyhow::Result<()> {
        let mut names = Vec::new();
        let mut report = "{".to_owned();
        for (name, micros) in times {
            let comma = if names.is_empty() { "" } else { "," };
            names.push(name);
            let name = serde_json::to_string(name)?;
            write!(report, "{comma}{name}:{}.{:06}", micros / 1_000_000, micros % 1_000_000)?;
        }
        report.push('}');
        fs::write(self.folder.join("items.json"), serde_json::to_vec(&names)?)?;
        Ok(fs::write(self.folder.join("timings.json"), report)?)
    }

    /// Plans what was written with [`Self::write_facts`], and proves that each item is in it once.
    pub(crate) fn planned(
        &self,
        times: &BTreeMap<String, u64>,
        shards: u64,
        more: &[&str],
    ) -> anyhow::Result<Planned> {
        self.finish(self.plan_command(Command::new(&self.tool), shards).args(more))?;
        proven(&self.plan_file()?, times)
    }

    /// `plan`, with what was written, started through `program`.
    pub(crate) fn plan_command(&self, mut program: Command, shards: u64) -> Command {
        program.args(["plan", "--items", "items.json", "--timings", "timings.json"]);
        program.args(["--plan-file", "plan.json", "--shards", &shards.to_string()]);
        program.env_clear().current_dir(&self.folder);
        program
    }

    pub(crate) fn plan_file(&self) -> anyhow::Result<Vec<u8>> {
        Ok(fs::read(self.folder.join("plan.json"))?)
    }

    pub(crate) fn finish(&self, tool: &mut Command) -> anyhow::Result<()> {
        let output = tool.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{}: {}: {said}", self.tool.display(), output.status);
        Ok(())
    }
}

/// What is looked at in a plan file: none of the tool's own code, so that both can be wrong.
#[derive(Deserialize)]
struct Plan {
    bound: u64,
    proven: Option<bool>,
    shards: Vec<Shard>,
}

#[derive(Deserialize)]
struct Shard {
    items: Vec<Item>,
    load: u64,
}

#[derive(Deserialize)]
struct Item {
    name: String,
}

/// Adds the loads up, after proving that each item is on one shard.
pub(crate) fn proven(plan: &[u8], times: &BTreeMap<String, u64>) -> anyhow::Result<Planned> {
    let plan: Plan = serde_json::from_slice(plan)?;
    let proof = match plan.proven {
        Some(true) => Proof::Proven,
        Some(false) => Proof::Open,
        None => Proof::NotTold,
    };
    let mut shard_of = BTreeMap::new();
    let mut loads = Vec::new();
    for (index, shard) in plan.shards.into_iter().enumerate() {
        let mut load = 0;
        for Item { name } in shard.items {
            load += times.get(&name).with_context(|| format!("{name} was not listed"))?;
            ensure!(shard_of.insert(name, index).is_none(), "an item is in the plan twice");
        }
        ensure!(load == shard.load, "shard {index} has {load}, the plan says {}", shard.load);
        loads.push(load);
    }
    ensure!(shard_of.len() == times.len(), "the plan has {} items", shard_of.len());
    let planned = Planned { loads, shard_of, bound: plan.bound, proof };
    ensure!(planned.bound <= planned.slowest(), "the plan is better than its own bound");
    Ok(planned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(plan: &str, wanted: Result<(u64, bool), &str>) {
        let times = [("a", 3), ("b", 2)].map(|(name, micros)| (name.to_owned(), micros));
        let found = proven(plan.as_bytes(), &BTreeMap::from(times));
        let found = found.map(|plan| (plan.slowest(), plan.is_proven()));
        assert_eq!(found.map_err(|error| error.to_string()), wanted.map_err(str::to_owned));
    }

    #[test]
    fn a_plan_is_believed_only_where_it_adds_up() {
        let a = r#"{"items":[{"name":"a"}],"load":3}"#;
        let b = r#"{"items":[{"name":"b"}],"load":2}"#;
        check(&format!(r#"{{"bound":3,"shards":[{a},{b}]}}"#), Ok((3, true)));
        check(&format!(r#"{{"bound":2,"shards":[{a},{b}]}}"#), Ok((3, false)));
        check(&format!(r#"{{"bound":2,"proven":true,"shards":[{a},{b}]}}"#), Ok((3, true)));
        check(
            &format!(r#"{{"bound":4,"shards":[{a},{b}]}}"#),
            Err("the plan is better than its own bound"),
        );
        check(&format!(r#"{{"bound":3,"shards":[{a}]}}"#), Err("the plan has 1 items"));
        check(&format!(r#"{{"bound":3,"shards":[{a},{a}]}}"#), Err("an item is in the plan twice"));
        let more = r#"{"items":[{"name":"a"},{"name":"b"}],"load":4}"#;
        check(
            &format!(r#"{{"bound":3,"shards":[{more}]}}"#),
            Err("shard 0 has 5, the plan says 4"),
        );
        let other = r#"{"items":[{"name":"c"}],"load":1}"#;
        check(&format!(r#"{{"bound":1,"shards":[{other}]}}"#), Err("c was not listed"));
    }
}
