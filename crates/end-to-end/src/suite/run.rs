//! Runs tests, one process each, and believes only what the test program itself says.
//!
//! libtest ends with 0 when a name fits no test, so its line `test result: ... 1 passed` is the
//! evidence, not the exit code.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use testkit::Scratch;

use super::{Execution, Outcome, Program, Suite, item};
use crate::{Doing as _, Toolchain, Trouble, workspace_root};

/// Longer than any test may take; one that hangs fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// How much of a failed test's output is kept.
const SHOWN: usize = 16 * 1024;

/// What the tests find around them.
#[derive(Debug)]
pub struct Surroundings {
    cargo: PathBuf,
    scratch: Scratch,
}

impl Surroundings {
    /// Those of this process, and the toolchain.
    ///
    /// # Errors
    /// When there is no toolchain.
    pub fn here() -> Result<Self, Trouble> {
        Ok(Self { cargo: Toolchain::find()?.cargo(), scratch: Scratch::new() })
    }
}

/// Runs `items` in order and tells each to `each` when it is over.
///
/// # Errors
/// When the disk refuses. An item that cannot be run is no error here but an [`Outcome`].
pub fn run(
    suite: &Suite,
    items: &[String],
    around: &Surroundings,
    mut each: impl FnMut(&Execution),
) -> Result<Vec<Execution>, Trouble> {
    let mut ran = Vec::with_capacity(items.len());
    for name in items {
        let start = Instant::now();
        let outcome = match suite {
            Suite::Programs(programs) => outcome(programs, name, around)?,
            Suite::Names(names) if names.contains(name) => Outcome::Received,
            Suite::Names(_) => Outcome::NotRun("there is no item of that name".to_owned()),
        };
        let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let execution = Execution { item: name.clone(), outcome, micros };
        each(&execution);
        ran.push(execution);
    }
    Ok(ran)
}

fn outcome(programs: &[Program], name: &str, around: &Surroundings) -> Result<Outcome, Trouble> {
    // Only here, where the whole name is compared, can a name not be taken for another.
    let found = programs.iter().find_map(|program| {
        let test = program.tests.iter().find(|test| item(&program.id, test) == name)?;
        Some((program, test))
    });
    match found {
        Some((program, test)) => run_test(program, test, around),
        None => Ok(Outcome::NotRun("there is no test of that name".to_owned())),
    }
}

fn run_test(program: &Program, test: &str, around: &Surroundings) -> Result<Outcome, Trouble> {
    // A file, not a pipe: nothing fills up, and what outlives the test holds nothing open.
    let path = around.scratch.at("output");
    let open = || File::create(&path).doing(|| format!("write `{}`", path.display()));
    let output = open()?;
    let mut command = Command::new(&program.executable);
    command.args(["--exact", "--nocapture", test]).current_dir(&program.folder);
    command.env("CARGO", &around.cargo).env("CARGO_MANIFEST_DIR", &program.folder);
    command.env("CARGO_PKG_NAME", &program.package);
    // Otherwise each process would ask cargo where the workspace is.
    command.env("INSTA_WORKSPACE_ROOT", workspace_root());
    let errors = output.try_clone().doing(|| "share a file".to_owned())?;
    command.stdin(Stdio::null()).stdout(output).stderr(errors);
    let ended = match finished(command) {
        Ok(ended) => ended,
        Err(trouble) => return Ok(Outcome::NotRun(trouble.to_string())),
    };
    let said = fs::read(&path).doing(|| format!("read `{}`", path.display()))?;
    Ok(judged(ended, &String::from_utf8_lossy(&said)))
}

/// What the program's exit and its words mean together.
fn judged(ended: Option<ExitStatus>, said: &str) -> Outcome {
    let Some(status) = ended else {
        return Outcome::Failed(format!("it did not end within {PATIENCE:?}\n{}", tail(said)));
    };
    let result = said.lines().rev().find_map(|line| line.strip_prefix("test result: "));
    match result {
        Some(result) if result.starts_with("ok. 1 passed; 0 failed") && status.success() => {
            Outcome::Passed
        }
        Some(result) if result.contains(" 0 passed; 0 failed") => {
            Outcome::NotRun("the program knows no test of that name".to_owned())
        }
        Some(_) | None => Outcome::Failed(format!("{status}\n{}", tail(said))),
    }
}

fn tail(said: &str) -> &str {
    let start = said.len().saturating_sub(SHOWN);
    let start = (start..=said.len()).find(|at| said.is_char_boundary(*at)).unwrap_or(said.len());
    said.get(start..).unwrap_or_default()
}

/// The end of the process; nothing when it takes too long.
fn finished(mut command: Command) -> Result<Option<ExitStatus>, Trouble> {
    let deadline = Instant::now() + PATIENCE;
    let mut child = command.spawn().doing(|| "start the test program".to_owned())?;
    loop {
        if let Some(status) = child.try_wait().doing(|| "wait for the test".to_owned())? {
            return Ok(Some(status));
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The whole names of this crate's own tests, run by this very program.
    fn this_program(tests: &[&str]) -> Suite {
        Suite::Programs(vec![Program {
            id: "end-to-end".to_owned(),
            executable: std::env::current_exe().unwrap(),
            folder: PathBuf::from(env!("CARGO_MANIFEST_DIR")),
            package: "end-to-end".to_owned(),
            tests: tests.iter().map(|test| (*test).to_owned()).collect(),
        }])
    }

    #[track_caller]
    fn check(suite: &Suite, item: &str) -> Outcome {
        let around = Surroundings::here().unwrap();
        let ran = run(suite, &[item.to_owned()], &around, |_| {}).unwrap();
        ran.into_iter().next().unwrap().outcome
    }

    #[test]
    fn passing() {}

    #[test]
    fn a_test_runs_by_its_exact_name() {
        let passing = "suite::run::tests::passing";
        let suite = this_program(&[passing, "suite::run::tests::passi"]);
        assert_eq!(check(&suite, &format!("end-to-end {passing}")), Outcome::Passed);
        let cut = check(&suite, "end-to-end suite::run::tests::passi");
        assert!(matches!(cut, Outcome::NotRun(_)), "{cut:?}");
        let unknown = check(&suite, "other suite::run::tests::passing");
        assert!(matches!(unknown, Outcome::NotRun(_)), "{unknown:?}");
    }

    #[test]
    fn a_name_without_a_program_is_only_received() {
        let suite = Suite::Names(vec!["a\nb".to_owned()]);
        assert_eq!(check(&suite, "a\nb"), Outcome::Received);
        assert!(matches!(check(&suite, "a"), Outcome::NotRun(_)));
    }

    #[test]
    fn the_words_of_the_program_decide() {
        let status = |code: u8| {
            let script = format!("exit {code}");
            Some(Command::new("/bin/sh").args(["-c", &script]).status().unwrap())
        };
        let passed = "running 1 test\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n";
        let failed = "test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n";
        let none = "test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 4 filtered out; finished in 0.00s\n";
        assert_eq!(judged(status(0), passed), Outcome::Passed);
        assert!(matches!(judged(status(1), passed), Outcome::Failed(_)));
        assert!(matches!(judged(status(101), failed), Outcome::Failed(_)));
        assert!(matches!(judged(status(0), none), Outcome::NotRun(_)));
        assert!(matches!(judged(status(0), ""), Outcome::Failed(_)));
        assert!(matches!(judged(None, passed), Outcome::Failed(_)));
    }
}
