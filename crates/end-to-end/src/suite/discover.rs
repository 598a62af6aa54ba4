//! Which tests there are, from the tools that know: cargo for the programs, each for its tests.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use reports::{Identity, Options, Sample};
use serde_json::Value;

use super::{Program, Suite};
use crate::{Doing as _, Toolchain, Trouble};

/// Builds the tests that a plain `cargo test` runs in the workspace at `root`, and lists them.
///
/// # Errors
/// When the tests do not compile, or a program cannot list its tests.
pub fn of_workspace(root: &Path) -> Result<Suite, Trouble> {
    let mut cargo = Command::new(Toolchain::find()?.cargo());
    cargo.args(["test", "--no-run", "--quiet", "--message-format", "json-render-diagnostics"]);
    cargo.current_dir(root);
    let built = output(&mut cargo, "the tests do not compile")?;
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let mut programs: Vec<Program> = messages.lines().filter_map(program).collect();
    programs.sort_by(|a, b| a.id.cmp(&b.id));
    for program in &mut programs {
        program.tests = tests(program)?;
    }
    Ok(Suite::Programs(programs))
}

/// The items of a report of times from elsewhere, in any form that `actions/shard` reads.
///
/// # Errors
/// When the file is something else, or names nothing.
pub fn items_of_timings(path: &Path) -> Result<Suite, Trouble> {
    let shown = path.display();
    let file = File::open(path).doing(|| format!("open `{shown}`"))?;
    let mut names = BTreeSet::new();
    let mut take = |sample: Sample| {
        names.insert(name(&sample.identity));
    };
    reports::read(&mut BufReader::new(file), &Options::default(), &mut take)
        .doing(|| format!("understand `{shown}`"))?;
    names.remove("");
    if names.is_empty() {
        return Err(Trouble::new(format!("`{shown}` names no test")));
    }
    Ok(Suite::Names(names.into_iter().collect()))
}

/// One of the names under which the planner finds the times of this test again.
fn name(identity: &Identity) -> String {
    let case = match identity {
        Identity::Key(key) => return key.to_string(),
        Identity::Case(case) => case,
    };
    let owners = [case.class.as_ref(), case.file.as_deref(), case.suite.as_deref()];
    let owner = owners.into_iter().flatten().find(|owner| !owner.is_empty());
    match (owner, &case.name) {
        (Some(owner), Some(name)) => format!("{owner}::{name}"),
        (Some(only), None) | (None, Some(only)) => only.to_string(),
        (None, None) => String::new(),
    }
}

/// The test program that a message of cargo is about, if it is about one (The Cargo Book,
/// "External tools", "Artifact messages").
fn program(message: &str) -> Option<Program> {
    let message: Value = serde_json::from_str(message).ok()?;
    let is_test = message.get("profile")?.get("test")?.as_bool()?;
    let executable = message.get("executable")?.as_str().filter(|_| is_test)?;
    let manifest = Path::new(message.get("manifest_path")?.as_str()?);
    let folder = manifest.parent()?.to_owned();
    // `path+file:///somewhere/reports#0.0.0` or `path+file:///somewhere/crate#reports@0.0.0`.
    let id = message.get("package_id")?.as_str()?;
    let (place, version) = id.rsplit_once('#')?;
    let package = match version.split_once('@') {
        Some((name, _)) => name,
        None => place.rsplit('/').next()?,
    };
    let target = message.get("target")?;
    let kind = target.get("kind")?.get(0)?.as_str()?;
    Some(Program {
        id: binary_id(package, kind, target.get("name")?.as_str()?),
        executable: PathBuf::from(executable),
        folder,
        package: package.to_owned(),
        tests: Vec::new(),
    })
}

/// nextest's name of a test program (nextest documentation, "Binary IDs").
fn binary_id(package: &str, kind: &str, target: &str) -> String {
    match kind {
        "test" => format!("{package}::{target}"),
        "bin" | "example" | "bench" => format!("{package}::{kind}/{target}"),
        _ => package.to_owned(),
    }
}

/// The tests of a program, without the ignored ones.
fn tests(program: &Program) -> Result<Vec<String>, Trouble> {
    let all = listed(program, &[])?;
    let ignored: BTreeSet<String> = listed(program, &["--ignored"])?.into_iter().collect();
    Ok(all.into_iter().filter(|test| !ignored.contains(test)).collect())
}

fn listed(program: &Program, more: &[&str]) -> Result<Vec<String>, Trouble> {
    let mut command = Command::new(&program.executable);
    command.args(["--list", "--format", "terse"]).args(more).current_dir(&program.folder);
    let answer = output(&mut command, "a test program does not list its tests")?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    Ok(text.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect())
}

fn output(command: &mut Command, complaint: &str) -> Result<Output, Trouble> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().doing(|| format!("start `{name}`"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Trouble::new(format!("{complaint} (`{name}`: {})\n{said}", output.status)))
}

#[cfg(test)]
mod tests {
    use testkit::Scratch;

    use super::*;

    /// Shortened from what cargo 1.95 wrote for this workspace.
    const MESSAGE: &str = r#"{"reason":"compiler-artifact","package_id":"path+file:///w/crates/reports#0.0.0","manifest_path":"/w/crates/reports/Cargo.toml","target":{"kind":["lib"],"name":"reports"},"profile":{"test":true},"executable":"/w/target/debug/deps/reports-1"}"#;

    #[test]
    fn a_message_of_cargo_names_a_test_program() {
        let program = program(MESSAGE).unwrap();
        assert_eq!(program.id, "reports");
        assert_eq!(program.folder, Path::new("/w/crates/reports"));
    }

    #[test]
    fn other_messages_do_not() {
        assert_eq!(program(&MESSAGE.replace("true", "false")), None);
        assert_eq!(program(r#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(program("Compiling"), None);
    }

    #[test]
    fn a_package_may_have_another_name_than_its_folder() {
        let message = MESSAGE.replace("crates/reports#0.0.0", "crates/x#reports@0.0.0");
        assert_eq!(program(&message).unwrap().package, "reports");
    }

    /// The expected names are what `cargo nextest list` 0.9.143 shows for such targets.
    #[test]
    fn programs_are_named_as_nextest_names_them() {
        assert_eq!(binary_id("a", "lib", "a"), "a");
        assert_eq!(binary_id("a", "test", "it"), "a::it");
        assert_eq!(binary_id("a", "bin", "b"), "a::bin/b");
    }

    #[test]
    fn a_report_of_times_names_its_items() {
        let scratch = Scratch::new();
        let json = scratch.write("a.json", r#"{"b": 1, "a": 2.5}"#);
        assert_eq!(items_of_timings(&json).unwrap().items(), ["a", "b"]);
        let junit = "<testsuite name='s'><testcase classname='c' name='x' time='1'/>\
            <testcase name='y' time='1'/><testcase classname='c' name='x' time='2'/></testsuite>";
        let junit = scratch.write("a.xml", junit);
        assert_eq!(items_of_timings(&junit).unwrap().items(), ["c::x", "s::y"]);
    }

    #[test]
    fn another_file_is_refused_by_its_name() {
        let scratch = Scratch::new();
        for (name, text) in [("list.json", "[]"), ("empty.json", "{}"), ("cut.json", "{\"a\"")] {
            let trouble = items_of_timings(&scratch.write(name, text)).unwrap_err();
            assert!(trouble.to_string().contains(name), "{trouble}");
        }
        assert!(items_of_timings(&scratch.at("none.json")).is_err());
    }
}
