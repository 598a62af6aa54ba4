//! Running another program and taking what it says.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::{self, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How much of what a program says on standard error is kept: the end, where the reason stands.
const KEPT_OF_STDERR: usize = 64 << 10;

/// How long a program's helper may hold its standard error open after its end.
const GRACE: Duration = Duration::from_millis(200);

/// How long the end of a program is waited for that was killed. One that waits for a driver that hangs does not
/// end even then, and must not hold us up.
const LAST_WAIT: Duration = Duration::from_millis(200);

/// What no other program gets: the secrets that our own API calls are made with. What is started may be the
/// repository's, or may start what is.
const OURS_ALONE: [&str; 3] =
    ["SIGNALBOX_TOKEN", "SIGNALBOX_PROMETHEUS_TOKEN", "SIGNALBOX_PROMETHEUS_PASSWORD"];

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
    /// It did not end in time.
    #[error("it did not end within {} seconds", .0.as_secs_f32())]
    TimedOut(Duration),
    /// Reading from it failed.
    #[error("its output cannot be read")]
    Read(#[source] io::Error),
}

/// Runs `program` in `folder`, without a shell, with nothing on standard input and without our token.
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
    let mut child = start(program, arguments, folder, false)?;
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

/// Runs `program` as [`run`] does, for as long as `patience` lasts; then it is ended, with every program that
/// it started.
///
/// # Errors
/// As [`run`], and when it does not end in time.
pub fn run_within(
    program: &str,
    arguments: &[OsString],
    folder: &Path,
    limit: u64,
    patience: Duration,
) -> Result<Said, CommandFailure> {
    let until = deadline(patience);
    let mut running = Running { child: start(program, arguments, folder, true)?, has_ended: false };
    let (whole, stdout) = mpsc::channel();
    let (tail, stderr) = mpsc::channel();
    if let Some(from) = running.child.stdout.take() {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            let read = from.take(limit.saturating_add(1)).read_to_end(&mut said);
            whole.send(read.map(|_| said))
        });
    }
    if let Some(from) = running.child.stderr.take() {
        std::thread::spawn(move || tail.send(ending(from)));
    }
    let said = match stdout.recv_timeout(left(until)) {
        Ok(said) => said.map_err(CommandFailure::Read)?,
        Err(RecvTimeoutError::Disconnected) => Vec::new(),
        Err(RecvTimeoutError::Timeout) => return Err(CommandFailure::TimedOut(patience)),
    };
    if u64::try_from(said.len()).is_ok_and(|length| length > limit) {
        return Err(CommandFailure::TooMuch(limit));
    }
    let status = running.end(until)?.ok_or(CommandFailure::TimedOut(patience))?;
    let stderr = stderr.recv_timeout(GRACE).unwrap_or_default();
    Ok(Said { code: ExitStatus::code(&status), stdout: said, stderr })
}

/// What a line for `sh` came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Performed {
    /// Its exit code; nothing if a signal ended it.
    pub code: Option<i32>,
    /// The end of what it wrote on standard output.
    pub stdout: Vec<u8>,
    /// The end of what it wrote on standard error.
    pub stderr: Vec<u8>,
}

/// Runs a line for `sh` with these variables, for as long as `patience` lasts, as [`run_within`] does. However
/// much it writes, only the end is kept.
///
/// # Errors
/// When `sh` cannot be started, or the line does not end in time.
pub fn perform(
    line: &str,
    variables: &BTreeMap<String, String>,
    patience: Duration,
) -> Result<Performed, CommandFailure> {
    let until = deadline(patience);
    let arguments = ["-c", line].map(OsString::from);
    let child = spawn(OsStr::new("sh"), &arguments, Path::new("."), variables, true);
    let child = child.map_err(CommandFailure::Start)?;
    let mut running = Running { child, has_ended: false };
    let (tail_out, stdout) = mpsc::channel();
    let (tail_err, stderr) = mpsc::channel();
    if let Some(from) = running.child.stdout.take() {
        std::thread::spawn(move || tail_out.send(ending(from)));
    }
    if let Some(from) = running.child.stderr.take() {
        std::thread::spawn(move || tail_err.send(ending(from)));
    }
    let status = running.end(until)?.ok_or(CommandFailure::TimedOut(patience))?;
    // What it has started and left behind may hold these open; nobody waits for that.
    let stdout = stdout.recv_timeout(GRACE).unwrap_or_default();
    let stderr = stderr.recv_timeout(GRACE).unwrap_or_default();
    Ok(Performed { code: ExitStatus::code(&status), stdout, stderr })
}

/// A program that runs in a group of its own. It is ended with this value, and so is that group.
struct Running {
    child: Child,
    has_ended: bool,
}

impl Running {
    /// Waits for its end; nothing where that does not come in time.
    fn end(&mut self, until: Instant) -> Result<Option<ExitStatus>, CommandFailure> {
        let mut pause = Duration::from_micros(20);
        loop {
            if let Some(status) = self.child.try_wait().map_err(CommandFailure::Read)? {
                self.has_ended = true;
                return Ok(Some(status));
            }
            if left(until).is_zero() {
                return Ok(None);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        // While it has not been waited for, its number cannot have become another group's.
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        let _ = self.child.kill();
        // Whoever does not end in time is waited for by nobody; it is ours no longer once we end.
        let _ = self.end(deadline(LAST_WAIT));
    }
}

/// A moment after which nothing is waited for any more, for several programs to share.
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// The moment at which `patience` is over.
    pub fn after(patience: Duration) -> Self {
        Self(deadline(patience))
    }

    /// How much patience is left, at most `most`.
    pub fn left(self, most: Duration) -> Duration {
        left(self.0).min(most)
    }
}

/// The moment at which `patience` is over. Only how long is waited depends on it, never an answer.
#[expect(clippy::disallowed_methods, reason = "only how long is waited depends on it")]
fn deadline(patience: Duration) -> Instant {
    let now = Instant::now();
    // What is beyond the clock is a day, which nobody waits for either.
    now.checked_add(patience).unwrap_or_else(|| now + Duration::from_hours(24))
}

#[expect(clippy::disallowed_methods, reason = "only how long is waited depends on it")]
fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Starts it, perhaps in a group of its own.
fn start(
    program: &str,
    arguments: &[OsString],
    folder: &Path,
    has_group: bool,
) -> Result<Child, CommandFailure> {
    let none = BTreeMap::new();
    let named = |name: &str| spawn(OsStr::new(name), arguments, folder, &none, has_group);
    let started = named(program).or_else(|error| {
        // npm installs its programs as `npx.cmd` there.
        let is_script = cfg!(windows) && error.kind() == io::ErrorKind::NotFound;
        if is_script { named(&format!("{program}.cmd")) } else { Err(error) }
    });
    started.map_err(CommandFailure::Start)
}

#[expect(clippy::disallowed_methods, reason = "this crate is the room of other programs")]
fn spawn(
    program: &OsStr,
    arguments: &[OsString],
    folder: &Path,
    variables: &BTreeMap<String, String>,
    has_group: bool,
) -> io::Result<Child> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).envs(variables);
    for name in OURS_ALONE {
        command.env_remove(name);
    }
    #[cfg(unix)]
    if has_group {
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
    }
    #[cfg(not(unix))]
    let _ = has_group;
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

    fn soon(script: &str, millis: u64) -> Result<Said, CommandFailure> {
        let arguments = ["-c", script].map(OsString::from);
        let patience = Duration::from_millis(millis);
        run_within("bash", &arguments, Scratch::new().path(), 1000, patience)
    }

    #[test]
    fn what_a_program_says_in_time_is_taken() {
        let said = soon("printf out; printf err >&2; exit 3", 20_000).unwrap();
        assert_eq!(said, Said { code: Some(3), stdout: b"out".to_vec(), stderr: b"err".to_vec() });
        // A helper that goes on must not hold us up.
        assert_eq!(soon("sleep 30 >&- & exit 0", 20_000).unwrap().code, Some(0));
        let endless = soon("while :; do echo yyyyyyyyyyyyyyyy; done", 20_000);
        assert!(matches!(endless, Err(CommandFailure::TooMuch(1000))), "{endless:?}");
        let missing = run_within("no-such-program", &[], Path::new("."), 9, Duration::MAX);
        assert!(matches!(missing, Err(CommandFailure::Start(_))), "{missing:?}");
    }

    #[test]
    fn a_program_that_does_not_end_is_ended() {
        for script in ["sleep 30", "exec >&- 2>&-; sleep 30", "trap '' TERM HUP; sleep 30"] {
            let hanging = soon(script, 50);
            assert!(matches!(hanging, Err(CommandFailure::TimedOut(_))), "{script}: {hanging:?}");
        }
        let words = CommandFailure::TimedOut(Duration::from_mins(5)).to_string();
        assert_eq!(words, "it did not end within 300 seconds");
    }

    #[test]
    fn programs_share_their_patience() {
        let until = Deadline::after(Duration::from_millis(80));
        assert!(until.left(Duration::MAX) <= Duration::from_millis(80));
        assert_eq!(until.left(Duration::ZERO), Duration::ZERO);
        std::thread::sleep(Duration::from_millis(100));
        assert!(until.left(Duration::MAX).is_zero());
        assert!(!Deadline::after(Duration::MAX).left(Duration::MAX).is_zero());
    }

    #[cfg(unix)]
    #[test]
    fn what_it_started_is_ended_too() {
        let folder = Scratch::new();
        let late = folder.at("late");
        let script = format!("(sleep 0.3; echo late > {}) & wait", late.display());
        assert!(matches!(soon(&script, 50), Err(CommandFailure::TimedOut(_))));
        std::thread::sleep(Duration::from_millis(600));
        assert!(!late.exists());
    }

    #[test]
    fn only_the_end_of_standard_error_is_kept() {
        let said = bash("printf 'a%.0s' {1..300000} >&2; printf end >&2", 9).unwrap();
        assert_eq!(said.stderr.len(), KEPT_OF_STDERR);
        assert!(said.stderr.ends_with(b"aend"));
    }
}
