//! Asking this machine for its GPUs.
//!
//! Whatever hangs, the whole takes no longer than [`ALTOGETHER`]: a driver that does not answer must not take
//! the job's time, and `nvidia-smi` is known to hang where a GPU does.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use placement::probe::{Answer, Ask, Came, ORDER, Probed, VARIABLES, next, read, restricted};
use runner_protocol::Out;
use system::{CommandFailure, Deadline, read_beginning, run_within};

/// How long one program may take.
const EACH: Duration = Duration::from_secs(10);

/// How long all of them may take together, with a second to spare of the fifteen that are promised.
const ALTOGETHER: Duration = Duration::from_secs(14);

/// How much of what a program says is read. `nvidia-smi -q` says 20 kB of each GPU.
const MOST: u64 = 4 << 20;

/// How much of a file is read. All of them hold a few lines.
const MOST_OF_FILE: u64 = 64 << 10;

/// What this machine says of its GPUs, its system and its processor.
pub(crate) fn probed(out: &Out) -> Probed {
    let until = Deadline::after(ALTOGETHER);
    let mut answers: Vec<Answer> = Vec::new();
    loop {
        let asks = next(&answers);
        if asks.is_empty() {
            break;
        }
        // At once: one that hangs costs no more than its own time.
        let comings: Vec<Came> = thread::scope(|scope| {
            let asked: Vec<_> =
                asks.iter().map(|ask| scope.spawn(move || came(ask, until))).collect();
            let gone = || Came::CannotStart("the thread that asked it is gone".to_owned());
            asked.into_iter().map(|it| it.join().unwrap_or_else(|_| gone())).collect()
        });
        answers.extend(asks.into_iter().zip(comings));
    }
    let mut probed = restricted(read(&answers), &of_runner(out));
    probed.machine.os = variable(out, "RUNNER_OS").or_else(|| system(std::env::consts::OS));
    probed.machine.arch =
        variable(out, "RUNNER_ARCH").or_else(|| processor(std::env::consts::ARCH));
    probed
}

/// The variables that leave this runner only some of the machine's GPUs.
fn of_runner(out: &Out) -> BTreeMap<String, String> {
    let names = || VARIABLES.iter().map(|(_, name)| *name).chain([ORDER]);
    let set = out.variables(&|name| names().any(|its| its.as_bytes() == name));
    set.into_iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// What comes of one question.
fn came(ask: &Ask, until: Deadline) -> Came {
    match ask {
        Ask::Run { program, arguments } => {
            let patience = until.left(EACH);
            if patience.is_zero() {
                return Came::TimedOut;
            }
            let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            match run_within(program, &arguments, Path::new("."), MOST, patience) {
                Ok(said) => {
                    Came::Said { code: said.code, stdout: said.stdout, stderr: said.stderr }
                }
                Err(CommandFailure::Start(error)) => not_there(&error),
                Err(CommandFailure::TimedOut(_)) => Came::TimedOut,
                Err(CommandFailure::TooMuch(_)) => Came::TooMuch,
                Err(CommandFailure::Read(error)) => Came::CannotStart(error.to_string()),
            }
        }
        Ask::Read(path) => match read_beginning(Path::new(path), MOST_OF_FILE) {
            Ok(stdout) => Came::Said { code: Some(0), stdout, stderr: Vec::new() },
            Err(failure) if failure.is_wrong_path() => Came::Absent,
            Err(failure) => Came::CannotStart(failure.source.to_string()),
        },
    }
}

fn not_there(error: &io::Error) -> Came {
    let is_absent = matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    if is_absent { Came::Absent } else { Came::CannotStart(error.to_string()) }
}

/// What the runner says of itself, if it says one of its own words.
fn variable(out: &Out, name: &str) -> Option<String> {
    let set = out.variables(&|its| its == name.as_bytes());
    let value = set.into_values().next()?.to_string();
    ["Linux", "Windows", "macOS", "X64", "X86", "ARM", "ARM64"]
        .contains(&value.as_str())
        .then_some(value)
}

/// A system as the runner calls it.
fn system(os: &str) -> Option<String> {
    let known = [("linux", "Linux"), ("windows", "Windows"), ("macos", "macOS")];
    known.iter().find(|(name, _)| *name == os).map(|(_, name)| (*name).to_owned())
}

/// A processor as the runner calls it.
fn processor(arch: &str) -> Option<String> {
    let known = [("x86_64", "X64"), ("x86", "X86"), ("aarch64", "ARM64"), ("arm", "ARM")];
    known.iter().find(|(name, _)| *name == arch).map(|(_, name)| (*name).to_owned())
}
