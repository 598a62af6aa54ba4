//! Commands that say what a key depends on.

use std::path::Path;

use bstr::ByteSlice as _;
use ecosystems::caches::{Answer, Wants};
use system::CommandFailure;

/// The most bytes that a compiler says of itself.
const LARGEST: u64 = 1 << 20;

/// What became of each probe, all of them running at once.
pub(crate) fn answers(wants: &Wants) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = wants
            .probes
            .iter()
            .map(|(folder, probe)| {
                scope.spawn(move || {
                    let folder = folder.to_path().unwrap_or(Path::new("."));
                    let folder =
                        if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
                    answer(
                        system::run(probe.program, &probe.arguments, folder, LARGEST),
                        probe.accepts,
                    )
                })
            })
            .collect();
        asked
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Answer::Failed(Vec::new())))
            .collect()
    })
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
