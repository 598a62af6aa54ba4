//! Running another program and taking what it says.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How much of what a program says on standard error is kept: the end, where the reason stands.
const KEPT_OF_STDERR: usize = 64 << 10;

/// What a program said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// All of its standard output.
    pub stdout: Vec<u8>,
    /// The end of its standard error.
    pub stderr: Vec<u8>,
}

/// Why a program said nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandFailure {
    /// It could not be started.
    #[error("it cannot be started")]
    Start(#[source] io::Error),
    /// It said more than is read.
    #[error("it wrote more than {0} bytes")]
    TooMuch(u64),
    /// Reading from it failed.
    #[error("its output cannot be read")]
    Read(#[source] io::Error),
}

/// Runs `program` in `folder`, without a shell and with nothing on standard input.
///
/// # Errors
/// When it cannot be started, or writes more than `limit` bytes on standard output. An exit code
/// other than 0 is no error here.
pub fn run(
    program: &str,
    arguments: &[OsString],
    folder: &Path,
    limit: u64,
) -> Result<Said, CommandFailure> {
    let started = start(OsStr::new(program), arguments, folder).or_else(|error| {
        // npm installs its programs as `npx.cmd` there.
        let is_script = cfg!(windows) && error.kind() == io::ErrorKind::NotFound;
        if is_script {
            start(OsStr::new(&format!("{program}.cmd")), arguments, folder)
        } else {
            Err(error)
        }
    });
    let mut child = started.map_err(CommandFailure::Start)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Both at once, or a program that fills one pipe would wait for ever.
    let ending = std::thread::spawn(move || stderr.map(ending).unwrap_or_default());
    let mut said = Vec::new();
    let read = stdout.map_or(Ok(0), |out| out.take(limit.saturating_add(1)).read_to_end(&mut said));
    let is_too_much = u64::try_from(said.len()).is_ok_and(|length| length > limit);
    if is_too_much || read.is_err() {
        // Nobody reads on, so it would wait for ever.
        let _ = child.kill();
    }
    let status = child.wait().map_err(CommandFailure::Read)?;
    let stderr = ending.join().unwrap_or_default();
    read.map_err(CommandFailure::Read)?;
    if is_too_much {
        return Err(CommandFailure::TooMuch(limit));
    }
    Ok(Said { code: ExitStatus::code(&status), stdout: said, stderr })
}

/// Runs `program` as [`run`] does, and says how long it took from its start to its end.
///
/// # Errors
/// As [`run`].
#[expect(clippy::disallowed_methods, reason = "the time that a program takes is what is asked for")]
pub fn run_timed(
    program: &str,
    arguments: &[OsString],
    folder: &Path,
    limit: u64,
) -> Result<(Said, Duration), CommandFailure> {
    let start = Instant::now();
    let said = run(program, arguments, folder, limit)?;
    Ok((said, start.elapsed()))
}

#[expect(clippy::disallowed_methods, reason = "this crate is the room of other programs")]
fn start(
    program: &OsStr,
    arguments: &[OsString],
    folder: &Path,
) -> io::Result<std::process::Child> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

/// The end of what is read.
fn ending(mut from: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut chunk = [0; 8192];
    while let Ok(amount) = from.read(&mut chunk) {
        if amount == 0 {
            break;
        }
        kept.extend_from_slice(chunk.get(..amount).unwrap_or_default());
        if kept.len() > 2 * KEPT_OF_STDERR {
            kept.drain(..kept.len() - KEPT_OF_STDERR);
        }
    }
    kept.drain(..kept.len().saturating_sub(KEPT_OF_STDERR));
    kept
}

#[cfg(test)]
mod tests {
    use testkit::Scratch;

    use super::*;

    fn bash(script: &str, limit: u64) -> Result<Said, CommandFailure> {
        let arguments = ["-c", script].map(OsString::from);
        run("bash", &arguments, Scratch::new().path(), limit)
    }

    #[test]
    fn what_a_program_says_is_taken() {
        let said = bash("printf out; printf err >&2; exit 3", 100).unwrap();
        assert_eq!(said, Said { code: Some(3), stdout: b"out".to_vec(), stderr: b"err".to_vec() });
        assert_eq!(bash("cat", 100).unwrap().stdout, b"");
    }

    #[test]
    fn a_program_that_is_not_there_or_says_too_much_is_a_failure() {
        let missing = run("no-such-program-here", &[], Scratch::new().path(), 9);
        assert!(matches!(missing, Err(CommandFailure::Start(_))), "{missing:?}");
        let endless = bash("while :; do echo yyyyyyyyyyyyyyyy; done", 1000);
        assert!(matches!(endless, Err(CommandFailure::TooMuch(1000))), "{endless:?}");
    }

    #[test]
    fn only_the_end_of_standard_error_is_kept() {
        let said = bash("printf 'a%.0s' {1..300000} >&2; printf end >&2", 9).unwrap();
        assert_eq!(said.stderr.len(), KEPT_OF_STDERR);
        assert!(said.stderr.ends_with(b"aend"));
    }
}
