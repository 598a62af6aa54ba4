//! Commands that say what a key depends on.

use std::path::Path;
use std::thread::{self, JoinHandle};

use bstr::ByteSlice as _;
use ecosystems::Probe;
use ecosystems::caches::{Answer, Wants};
use system::CommandFailure;

/// The most bytes that a compiler says of itself.
const LARGEST: u64 = 1 << 20;

/// What becomes of probes that are running, in their order.
#[derive(Debug)]
pub(crate) struct Asked(Vec<JoinHandle<Answer>>);

/// Starts every probe, from the root of the repository on.
pub(crate) fn ask(wants: &Wants, top: &Path) -> Asked {
    let start = |(folder, probe): &(Vec<u8>, Probe)| {
        let folder = folder.to_path().map_or_else(|_| top.to_owned(), |folder| top.join(folder));
        let (program, arguments, accepts) = (probe.program, probe.arguments.clone(), probe.accepts);
        thread::spawn(move || answer(system::run(program, &arguments, &folder, LARGEST), accepts))
    };
    Asked(wants.probes.iter().map(start).collect())
}

impl Asked {
    /// Waits for all of them.
    pub(crate) fn answers(self) -> Vec<Answer> {
        let ended = self.0.into_iter().map(JoinHandle::join);
        ended.map(|answer| answer.unwrap_or_else(|_| Answer::Failed(Vec::new()))).collect()
    }
}

fn answer(said: Result<system::Said, CommandFailure>, accepts: &[i32]) -> Answer {
    match said {
        Ok(said) if said.code.is_some_and(|code| accepts.contains(&code)) => {
            Answer::Said(said.stdout)
        }
        Ok(said) => Answer::Failed(said.stderr),
        Err(CommandFailure::Start(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            Answer::NotThere
        }
        Err(error) => Answer::Failed(error.to_string().into_bytes()),
    }
}
