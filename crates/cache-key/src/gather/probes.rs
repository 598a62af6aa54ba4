//! Commands that say what a key depends on.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bstr::ByteSlice as _;
use diagnostics::{Foreign, Piece, Problem, text};
use ecosystems::Probe;
use ecosystems::caches::{Answer, Wants};
use runner_protocol::Failure;
use system::CommandFailure;

/// The most bytes that a compiler says of itself.
const LARGEST: u64 = 1 << 20;

/// How long a program may take. Some fetch themselves before they answer: rustup a toolchain, Corepack a
/// package manager.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);

/// What becomes of probes that are running, in their order.
#[derive(Debug)]
pub(crate) struct Asked(Vec<JoinHandle<Result<Answer, Unanswered>>>);

/// A program that did not end in time.
#[derive(Debug)]
struct Unanswered {
    program: &'static str,
    arguments: Vec<OsString>,
    folder: PathBuf,
    failure: CommandFailure,
}

/// Starts every probe, from the root of the repository on.
pub(crate) fn ask(wants: &Wants, top: &Path, patience: Duration) -> Asked {
    let start = |(folder, probe): &(Vec<u8>, Probe)| {
        let folder = folder.to_path().map_or_else(|_| top.to_owned(), |folder| top.join(folder));
        let (program, arguments, accepts) = (probe.program, probe.arguments.clone(), probe.accepts);
        thread::spawn(move || {
            let said = system::run_within(program, &arguments, &folder, LARGEST, patience);
            let unanswered = |failure| Unanswered { program, arguments, folder, failure };
            answer(said, accepts).map_err(unanswered)
        })
    };
    Asked(wants.probes.iter().map(start).collect())
}

impl Asked {
    /// Waits for all of them.
    pub(crate) fn answers(mut self) -> Result<Vec<Answer>, Failure> {
        let ended: Vec<_> = self.0.drain(..).map(JoinHandle::join).collect();
        let answers = ended.into_iter().map(|it| it.unwrap_or(Ok(Answer::Failed(Vec::new()))));
        answers.collect::<Result<_, _>>().map_err(|it| Failure::environment(it.problem()))
    }
}

impl Drop for Asked {
    /// A program would outlive this one if nobody waited for its end.
    fn drop(&mut self) {
        for asked in self.0.drain(..) {
            drop(asked.join());
        }
    }
}

impl Unanswered {
    fn problem(&self) -> Problem {
        let words = self.arguments.iter().map(|word| word.as_encoded_bytes());
        let words: Vec<&[u8]> = std::iter::once(self.program.as_bytes()).chain(words).collect();
        let command = Foreign::new(words.join(&b' '));
        Problem::error(text!["`", command, "` does not answer in ", Foreign::path(&self.folder)])
            .label(Piece::said(&self.failure))
            .help("run it there by hand: the key is made of what it says; it may wait for the network, so install what it fetches in an earlier step")
    }
}

fn answer(
    said: Result<system::Said, CommandFailure>,
    accepts: &[i32],
) -> Result<Answer, CommandFailure> {
    match said {
        Ok(said) if said.code.is_some_and(|code| accepts.contains(&code)) => {
            Ok(Answer::Said(said.stdout))
        }
        Ok(said) => Ok(Answer::Failed(said.stderr)),
        Err(CommandFailure::Start(error)) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Answer::NotThere)
        }
        Err(error @ CommandFailure::TimedOut(_)) => Err(error),
        Err(error) => Ok(Answer::Failed(error.to_string().into_bytes())),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use ecosystems::caches::{Ecosystem, Settings};
    use repo_model::MemoryTree;
    use runner_protocol::Cause;

    use super::*;

    #[test]
    fn a_program_that_hangs_is_named_and_no_answer_is_taken_for_it() {
        let settings = Settings { keeps_dependencies: true, ..Settings::default() };
        let mut wants = Ecosystem::Npm.wants(&MemoryTree::default(), &settings);
        let (_, probe) = &mut wants.probes[0];
        (probe.program, probe.arguments) = ("sleep", vec!["30".into()]);
        let asked = ask(&wants, Path::new("/"), Duration::from_millis(50));
        let failure = asked.answers().unwrap_err();
        assert_eq!(failure.cause, Cause::Environment);
        let [problem] = failure.problems.as_slice() else { panic!("{failure:?}") };
        let told = format!("{problem:?}");
        for words in ["sleep 30", "does not answer in ", "it did not end within 0.05 seconds"] {
            assert!(told.contains(words), "{told}");
        }
    }
}
