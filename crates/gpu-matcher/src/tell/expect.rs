//! Whether this machine is the one that a job was matched for.

use diagnostics::{Foreign, Level, Problem, Text, text};
use placement::probe::{Probed, State};
use placement::{Expectation, Fit, Judgement, Need, Vendor, Visible};
use runner_protocol::{Answer, Failure, Out, Page};

use super::probe::{VISIBLE, answer, say};
use super::probe_words::trouble;
use super::words;
use crate::args::Print;
use crate::wire::{ExpectationDocument, ProbeFile};

/// What a job was matched for.
pub(crate) struct Expected<'a> {
    /// The job.
    pub(crate) job: &'a str,
    /// What it needs, and what it makes do with, best first.
    pub(crate) options: &'a [Need],
}

/// Says whether this machine is what a job expects, and shows the job the GPUs that fit.
///
/// # Errors
/// If nobody can say because of what the driver does.
pub(crate) fn expect(
    expected: &Expected<'_>,
    probed: &Probed,
    print: Option<Print>,
    out: &mut Out,
) -> Result<Answer, Failure> {
    let expectation = placement::expect(expected.options, probed);
    if let (Expectation::NotMet { error, .. }, State::Unusable(why)) = (&expectation, &probed.state)
    {
        let mut problem = trouble(why);
        if let Some(error) = error {
            problem.message.text(": error ").number(error.number.into()).text(" ").text(error.name);
        }
        if expectation.fit() == Fit::Unknown {
            return Err(Failure::environment(problem));
        }
        out.problem(problem);
    }
    let mut variables = Vec::new();
    match &expectation {
        Expectation::Met { option, visible } => {
            if *option > 0 {
                out.problem(Problem::warning(degraded(expected.job, *option)).help(
                    "that is less than it asked for first; `exact = true` in its table takes nothing less",
                ));
            }
            variables = shown(visible, expected.job, out);
        }
        Expectation::NotMet { judgements, .. } => not_met(expected.job, judgements, out),
    }
    let option = match &expectation {
        Expectation::Met { option, .. } => option.to_string(),
        Expectation::NotMet { .. } => String::new(),
    };
    out.output("fits", fits(expectation.fit()));
    out.output("option", option);
    let document = ExpectationDocument::new(expected.job, &expectation);
    let file = ProbeFile::new(probed, Some(document));
    say(probed, &file, print, &variables, out);
    out.summary(|page| fill(page, expected.job, &expectation, &variables));
    Ok(answer(expectation.fit()))
}

fn fits(fit: Fit) -> &'static str {
    match fit {
        Fit::Yes => "true",
        Fit::No => "false",
        Fit::Unknown => "unknown",
    }
}

fn degraded(job: &str, option: usize) -> Text {
    text!["this machine is fallback ", option, " of the job ", Foreign::from(job)]
}

/// Sets the variables that show the job what fits, and says what they could not hide.
fn shown(visible: &Visible, job: &str, out: &mut Out) -> Vec<String> {
    let mut lines = Vec::new();
    for (vendor, variable) in VISIBLE {
        let names = match vendor {
            Vendor::Nvidia => &visible.cuda,
            Vendor::Amd => &visible.rocr,
        };
        if let Some(names) = names {
            let value = names.join(",");
            lines.push(format!("{variable}={value}"));
            out.variable(variable, value);
        }
    }
    if !visible.not_hidden.is_empty() {
        let places = words::listed(visible.not_hidden.iter().map(|place| text![*place]));
        let mut message = text!["the job ", Foreign::from(job), " sees GPUs that do not fit: "];
        message.append(places);
        out.problem(Problem::warning(message).help(
            "the driver does not name every GPU, so none can be hidden; see `nvidia-smi -L` on the machine",
        ));
    }
    lines
}

/// Each option with what it lacks.
fn not_met(job: &str, judgements: &[Judgement], out: &mut Out) {
    for (option, judgement) in judgements.iter().enumerate() {
        let what = || match option {
            0 => {
                text!["this machine is not what the job ", Foreign::from(job), " was matched for: "]
            }
            option => {
                let mut text = text!["nor is it fallback ", option, " of the job "];
                text.foreign(job).text(": ");
                text
            }
        };
        for failure in &judgement.failed {
            let mut message = what();
            message.append(words::failure(failure));
            let fixes = failure.have.death().map(|(_, fixes)| fixes).filter(|it| !it.is_empty());
            let problem = Problem::error(message);
            out.problem(match fixes {
                Some(fixes) => problem.help(words::fixes(fixes)),
                None => problem.help(
                    "see which labels the job asked for, and which this runner has: `gpu-matcher probe --print labels` prints those that are true of it",
                ),
            });
        }
        if judgement.failed.is_empty() {
            for doubt in &judgement.doubts {
                let mut message = what();
                message.append(words::doubt(doubt));
                out.problem(
                    Problem::error(message)
                        .help("what is not known never counts as met; see the notes of the report"),
                );
            }
        }
    }
}

fn fill(page: &mut Page, job: &str, expectation: &Expectation, variables: &[String]) {
    let (level, text) = match expectation {
        Expectation::Met { option: 0, .. } => {
            (Level::Notice, text!["It is what the job ", Foreign::from(job), " asked for."])
        }
        Expectation::Met { option, .. } => (Level::Warning, degraded(job, *option)),
        Expectation::NotMet { .. } => (
            Level::Error,
            text!["It is not what the job ", Foreign::from(job), " was matched for."],
        ),
    };
    page.callout(level, text);
    if !variables.is_empty() {
        page.code(Foreign::from(variables.join("\n").as_str()));
    }
}
