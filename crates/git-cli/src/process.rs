//! A git that runs: what it prints is taken until it ends, or until its time is over.

use std::io::{self, Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

/// How much of what git says on standard error is kept: the end, where the reason stands.
const KEPT_OF_STDERR: usize = 8 << 10;

/// How many bytes are read at once.
const CHUNK: usize = 64 << 10;

/// How long a helper that outlives git may hold standard error open.
const GRACE: Duration = Duration::from_millis(200);

/// What git said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Its exit code; nothing if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: Vec<u8>,
    /// The end of its standard error.
    pub(crate) stderr: Vec<u8>,
}

/// Why it said nothing.
#[derive(Debug)]
pub(crate) enum Trouble {
    Start(io::Error),
    TimedOut,
    TooMuch,
    Pipe(io::Error),
}

/// A git that has been started. It is ended with this value, and so is everything that it started.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: Receiver<io::Result<Vec<u8>>>,
    stderr: Receiver<Vec<u8>>,
    is_over: bool,
}

/// Runs it to its end, with `input` on its standard input.
pub(crate) fn run(
    command: Command,
    input: Vec<u8>,
    timeout: Duration,
    most: usize,
) -> Result<Said, Trouble> {
    let until = deadline(timeout);
    let mut running = Running::start(command, !input.is_empty(), Taking::Whole { most })?;
    if let Some(mut stdin) = running.stdin.take() {
        // Aside, or both would wait for each other when git prints before it has read everything. It
        // may stop reading whenever it likes: its exit code says whether that was right.
        std::thread::spawn(move || drop(stdin.write_all(&input)));
    }
    running.finish(until, most)
}

/// How what it prints is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taking {
    /// At its end, in one piece; of more than this many bytes there is one too many.
    Whole { most: usize },
    /// As it comes.
    Chunks,
}

impl Running {
    /// Starts it. With `asks`, standard input is kept open.
    pub(crate) fn start(mut command: Command, asks: bool, taking: Taking) -> Result<Self, Trouble> {
        command.stdin(if asks { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // A group of its own, so that a helper that hangs can be ended with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn().map_err(Trouble::Start)?;
        let (chunks, stdout) = sync_channel(16);
        let (tail, stderr) = channel();
        if let Some(from) = child.stdout.take() {
            std::thread::spawn(move || match taking {
                Taking::Whole { most } => drop(chunks.send(whole(from, most))),
                Taking::Chunks => each(from, &chunks),
            });
        }
        if let Some(from) = child.stderr.take() {
            std::thread::spawn(move || tail.send(ending(from)));
        }
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, stdout, stderr, is_over: false })
    }

    /// What it has said when it is at its end, where that is taken whole; at most `most` bytes.
    pub(crate) fn finish(mut self, until: Instant, most: usize) -> Result<Said, Trouble> {
        let stdout = self.chunk(until)?.unwrap_or_default();
        if stdout.len() > most {
            return Err(Trouble::TooMuch);
        }
        let (status, stderr) = self.end(until)?;
        Ok(Said { code: status.code(), stdout, stderr })
    }

    /// Asks something. It must fit into the pipe: git may be waiting for its answers to be taken.
    pub(crate) fn ask(&mut self, words: &[u8]) -> Result<(), Trouble> {
        let Some(stdin) = &mut self.stdin else {
            return Err(Trouble::Pipe(io::ErrorKind::BrokenPipe.into()));
        };
        stdin.write_all(words).and_then(|()| stdin.flush()).map_err(Trouble::Pipe)
    }

    /// Some more of what it prints; nothing at its end.
    pub(crate) fn chunk(&mut self, until: Instant) -> Result<Option<Vec<u8>>, Trouble> {
        match self.stdout.recv_timeout(left(until)) {
            Ok(chunk) => chunk.map(Some).map_err(Trouble::Pipe),
            Err(RecvTimeoutError::Disconnected) => Ok(None),
            Err(RecvTimeoutError::Timeout) => Err(Trouble::TimedOut),
        }
    }

    /// How it ended, if it ends on its own: its exit code and the end of its standard error.
    pub(crate) fn last_words(&mut self, until: Instant) -> Option<(Option<i32>, Vec<u8>)> {
        let (status, stderr) = self.end(until).ok()?;
        Some((status.code(), stderr))
    }

    /// Waits for its end: how it ended, and the end of its standard error.
    fn end(&mut self, until: Instant) -> Result<(ExitStatus, Vec<u8>), Trouble> {
        self.stdin = None;
        let mut pause = Duration::from_micros(20);
        let status = loop {
            if let Some(status) = self.child.try_wait().map_err(Trouble::Pipe)? {
                self.is_over = true;
                break status;
            }
            if left(until).is_zero() {
                return Err(Trouble::TimedOut);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        };
        let stderr = self.stderr.recv_timeout(GRACE).unwrap_or_default();
        Ok((status, stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        // While git has not been waited for, its number cannot have become another group's.
        #[cfg(unix)]
        {
            use rustix::process::{Pid, Signal, kill_process_group};
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The moment at which `timeout` is over. Only how long is waited depends on it, never an answer.
#[expect(clippy::disallowed_methods, reason = "this crate is the room in which git runs")]
pub(crate) fn deadline(timeout: Duration) -> Instant {
    let now = Instant::now();
    // A time-out beyond what the clock can say is a day, which nobody waits for either.
    now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_hours(24))
}

#[expect(clippy::disallowed_methods, reason = "this crate is the room in which git runs")]
fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

/// Everything that is read, at most one byte more than `most`. git prints 4 KiB at a time: handing each
/// to another thread takes longer than git itself.
fn whole(from: impl Read, most: usize) -> io::Result<Vec<u8>> {
    let mut all = Vec::new();
    let most = u64::try_from(most).unwrap_or(u64::MAX);
    from.take(most.saturating_add(1)).read_to_end(&mut all)?;
    Ok(all)
}

/// Sends what is read, as it comes.
fn each(mut from: impl Read, to: &SyncSender<io::Result<Vec<u8>>>) {
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => Ok(chunk.get(..length).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        if to.send(read).is_err() {
            break;
        }
    }
}

/// The end of what is read.
fn ending(mut from: impl Read) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut chunk = [0; 8192];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => break,
            Ok(length) => kept.extend_from_slice(chunk.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
        if kept.len() > 2 * KEPT_OF_STDERR {
            kept.drain(..kept.len() - KEPT_OF_STDERR);
        }
    }
    kept.drain(..kept.len().saturating_sub(KEPT_OF_STDERR));
    kept
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str, input: &str, millis: u64) -> Result<Said, Trouble> {
        #[expect(clippy::disallowed_methods, reason = "a program of the test's own")]
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        run(command, input.as_bytes().to_vec(), Duration::from_millis(millis), 1 << 20)
    }

    #[test]
    fn what_a_program_says_is_taken_whole() {
        let said = shell("cat; printf no >&2; exit 3", "in", 9000).unwrap();
        assert_eq!((said.code, said.stdout, said.stderr), (Some(3), b"in".into(), b"no".into()));
        let large = "y".repeat(900_000);
        assert_eq!(shell("cat", &large, 9000).unwrap().stdout.len(), large.len());
        // One that neither reads nor waits for its input.
        assert_eq!(shell("exit 0", &large, 9000).unwrap().code, Some(0));
        assert_eq!(shell("kill -9 $$", "", 9000).unwrap().code, None);
    }

    #[test]
    fn time_and_room_have_an_end() {
        assert!(matches!(shell("sleep 30", "", 50), Err(Trouble::TimedOut)));
        // One that says that it is done, and is not.
        assert!(matches!(shell("exec >&- 2>&-; sleep 30", "", 50), Err(Trouble::TimedOut)));
        assert!(matches!(shell("yes", "", 9000), Err(Trouble::TooMuch)));
        // A helper that goes on after its parent must not hold us up.
        let said = shell("sleep 30 >&- & exit 0", "", 9000).unwrap();
        assert_eq!(said.code, Some(0));
    }

    #[test]
    fn helpers_are_ended_too() {
        let folder = testkit::Scratch::new();
        let file = folder.at("late");
        let script = format!("(sleep 0.3; echo late > {}) & wait", file.display());
        assert!(matches!(shell(&script, "", 50), Err(Trouble::TimedOut)));
        std::thread::sleep(Duration::from_millis(600));
        assert!(!file.exists());
    }
}
