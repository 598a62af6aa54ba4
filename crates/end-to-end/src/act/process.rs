//! A program whose lines are read while it runs, and which is ended when it takes too long.

use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Doing as _, Trouble};

/// How long a program may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(2);

/// How a program ended.
pub(super) struct Ended {
    /// Its exit code, if it had one.
    pub(super) exit: Option<i32>,
    /// What it wrote to standard error.
    pub(super) stderr: String,
}

/// Runs `command` and hands each line of its standard output to `each`.
pub(super) fn lines(
    mut command: Command,
    patience: Duration,
    mut each: impl FnMut(&str),
) -> Result<Ended, Trouble> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let name = command.get_program().to_string_lossy().into_owned();
    let deadline = Instant::now() + patience;
    let mut child = command.spawn().doing(|| format!("start `{name}`"))?;
    let stderr = aside(child.stderr.take());
    let (sender, receiver) = channel();
    let stdout = child.stdout.take();
    thread::spawn(move || {
        for line in stdout.into_iter().flat_map(|stdout| BufReader::new(stdout).split(b'\n')) {
            let Ok(line) = line else { return };
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    loop {
        match receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(line) => each(&line),
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                end(&mut child);
                return Err(Trouble::new(format!("`{name}` did not end within {patience:?}")));
            }
        }
    }
    let status = child.wait().doing(|| format!("wait for `{name}`"))?;
    Ok(Ended { exit: status.code(), stderr: stderr.join().unwrap_or_default() })
}

fn aside(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Asks the program to end, which act hands on to what it started, and ends it if it does not.
///
/// It stays in our process group, so that Ctrl-C reaches all of them.
fn end(child: &mut Child) {
    let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).output();
    let deadline = Instant::now() + GRACE;
    while Instant::now() < deadline {
        match child.try_wait() {
            Ok(None) => thread::sleep(Duration::from_millis(10)),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_and_a_hang_is_ended() {
        let shell = |script: &str| {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]);
            command
        };
        let mut told = Vec::new();
        let patience = Duration::from_secs(20);
        let ended = lines(shell("echo a; echo b; echo c >&2; exit 3"), patience, |line| {
            told.push(line.to_owned());
        });
        let ended = ended.unwrap();
        assert_eq!((ended.exit, ended.stderr.as_str()), (Some(3), "c\n"));
        assert_eq!(told, ["a", "b"]);
        // The inner sleep holds the output open after its shell is gone.
        let hang = lines(shell("sleep 3; true"), Duration::from_millis(100), |_| {});
        assert!(hang.is_err());
    }
}
