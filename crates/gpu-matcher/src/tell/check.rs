//! Whether a program runs on a GPU.

use diagnostics::{Level, Problem, Text};
use placement::cuda::Unsure;
use placement::{Fit, Why};
use runner_protocol::Out;

use super::words;
use crate::gather::Checked;
use crate::wire::CheckFile;

/// Says whether it runs, and what it would die of if not.
pub(crate) fn check(checked: &Checked, out: &mut Out) {
    let Checked { need, machine, judgement } = checked;
    let fit = judgement.fit();
    out.output(
        "fits",
        match fit {
            Fit::Yes => "true",
            Fit::No => "false",
            Fit::Unknown => "unknown",
        },
    );
    out.result(&CheckFile::new(judgement));
    let gpu = machine.gpus.iter().flatten().next();
    let mut what = match &need.program {
        Some(program) => words::program(program),
        None => Text::from("the container image"),
    };
    match gpu.and_then(|gpu| gpu.model.as_deref()) {
        Some(model) => what.text(" on ").foreign(model),
        None => what.text(" on this GPU"),
    };
    if let Some(driver) = machine.driver {
        what.text(" with driver ").append(words::driver(driver));
    }
    for failure in &judgement.failed {
        let problem = Problem::error(words::failure(failure));
        let fixes = failure.have.death().map(|(_, fixes)| fixes).filter(|it| !it.is_empty());
        out.problem(match fixes {
            Some(fixes) => problem.help(words::fixes(fixes)),
            None => problem,
        });
    }
    if fit == Fit::Unknown {
        for doubt in &judgement.doubts {
            let help = match &doubt.why {
                Why::OfProgram(Unsure::Toolkit | Unsure::OldestDriver | Unsure::Capabilities) => {
                    "name a release of the toolkit as NVIDIA does, such as 12.4 or 12.6, and say by `--cuda-archs` (input `cuda-archs`) which code it made"
                }
                Why::Gpus | Why::OfGpus(_) | Why::OfMachine | Why::OfProgram(_) => {
                    "say what is not known: `--driver` (input `driver`), `--gpu` (input `gpu`), `--compute-capability` (input `compute-capability`)"
                }
            };
            out.problem(Problem::error(words::doubt(doubt)).help(help));
        }
    }
    out.summary(|page| {
        page.heading(match fit {
            Fit::Yes => "GPU check: it runs",
            Fit::No => "GPU check: it does not run",
            Fit::Unknown => "GPU check: not known",
        });
        page.callout(
            match fit {
                Fit::Yes => Level::Notice,
                Fit::No | Fit::Unknown => Level::Error,
            },
            what,
        );
    });
}
