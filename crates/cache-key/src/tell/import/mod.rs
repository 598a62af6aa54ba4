//! Steps that cache, as steps of ours.

mod theirs;

use diagnostics::{Foreign, Level, Place, Problem, Text, text};
use runner_protocol::workflow::{Step, long_input, steps};
use runner_protocol::{Failure, Out};

use self::theirs::Theirs;
use crate::gather::Workflow;

/// Tells each step's equivalent, and what is another there.
pub(crate) fn import(workflow: &Workflow, out: &mut Out) -> Result<(), Failure> {
    let caches = |uses: &str, with: &[_]| Theirs::of(uses, with).is_some();
    let steps = steps(&workflow.file, &workflow.text, caches)?;
    if steps.is_empty() {
        return Err(Failure::no_answer(
            Problem::error("no step of this workflow caches anything that is known here")
                .at(Place::file(workflow.file.clone()))
                .help("known are Swatinem/rust-cache, actions/cache, and actions/setup-node, setup-python and setup-go where they cache"),
        ));
    }
    let mut written = Vec::new();
    let both = |step: Step| Some((Theirs::of(&step.uses, &step.with)?, step));
    let steps: Vec<(Theirs, Step)> = steps.into_iter().filter_map(both).collect();
    for (theirs, step) in &steps {
        let ours = theirs.ours(&step.with);
        // What a step that sets a language up is called, and when it runs, is not about the cache.
        let step = &if theirs.is_set_up() {
            Step { id: None, kept: Vec::new(), others: Vec::new(), ..step.clone() }
        } else {
            step.clone()
        };
        let place = || step.place(&workflow.file);
        for name in &step.others {
            let message = text![Foreign::from(name.as_str()), " of this step is not carried over"];
            out.problem(Problem::warning(message).at(place()).help("add by hand what it is for"));
        }
        for (level, message, help) in &ours.notes {
            let problem = Problem { level: *level, ..Problem::notice(message.clone()) };
            out.problem(problem.at(place()).help(*help));
        }
        let inputs = ours.with.iter().flat_map(|(name, value)| long_input(name, value)).collect();
        let remarks: Vec<&str> = ours.before.into_iter().collect();
        written.push(step.instead("cache-key", &remarks, inputs));
    }
    let all = written.join("\n");
    out.summary(|page| {
        let count = u64::try_from(steps.len()).unwrap_or(u64::MAX);
        page.heading(if count == 1 {
            text!["1 step that caches"]
        } else {
            text![count, " steps that cache"]
        });
        page.code(Foreign::from(all.as_str()));
    });
    out.words(all.as_str());
    out.output("equivalent", all);
    Ok(())
}

/// A remark on a step: how grave it is, what it says, and what to do.
type Note = (Level, Text, &'static str);
