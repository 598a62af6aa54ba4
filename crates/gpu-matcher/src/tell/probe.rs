//! What this machine is.

use diagnostics::{Foreign, Level, Piece, Problem, Text, text};
use placement::probe::{Probed, State};
use placement::{Fit, Gpu, Mig, Sharing, Slice, Vendor, own_labels};
use runner_protocol::{Answer, Column, Failure, Out, Page, Table};

use super::probe_words::{cells, note, trouble};
use super::words;
use crate::args::Print;
use crate::wire::ProbeFile;

/// Says what this machine is. One without a GPU, or with one that cannot be used, is a failure of the
/// environment: whoever asks expects one.
pub(crate) fn probe(
    probed: &Probed,
    print: Option<Print>,
    out: &mut Out,
) -> Result<Answer, Failure> {
    match &probed.state {
        State::Usable => {}
        State::NoGpu => {
            return Err(Failure::environment(
                Problem::error("this machine has no GPU that a driver knows").help(
                    "install the driver; in a container, start it with `--gpus all` and the NVIDIA Container Toolkit",
                ),
            ));
        }
        State::Unusable(why) => return Err(Failure::environment(trouble(why))),
    }
    out.output("fits", "");
    out.output("option", "");
    let lines = variables(&usable(probed.machine.gpus.as_deref().unwrap_or_default()));
    say(probed, &ProbeFile::new(probed, None), print, &lines, out);
    Ok(Answer::Yes)
}

/// What is said of every machine. `variables` are those that show its GPUs to a job.
pub(super) fn say(
    probed: &Probed,
    file: &ProbeFile,
    print: Option<Print>,
    variables: &[String],
    out: &mut Out,
) {
    let labels = labels(probed);
    let machine = file.machine().toml();
    let words = print.map(|print| match print {
        Print::Labels => labels.clone(),
        Print::Toml => machine.trim_end().to_owned(),
        Print::Json => serde_json::to_string(file.machine()).unwrap_or_default(),
        Print::Env => variables.join("\n"),
    });
    match words {
        Some(words) => out.only_words(words),
        None => out.words(labels.as_str()),
    }
    out.output("labels", labels.as_str());
    out.output("machine", machine);
    out.result(file);
    out.summary(|page| fill(page, probed, &labels));
}

/// The exit code's answer.
pub(super) const fn answer(fit: Fit) -> Answer {
    match fit {
        Fit::Yes => Answer::Yes,
        Fit::No => Answer::No,
        Fit::Unknown => Answer::Unanswered,
    }
}

/// The labels that are true of it, as `config.sh --labels` takes them.
fn labels(probed: &Probed) -> String {
    own_labels(&probed.machine).into_iter().collect::<Vec<_>>().join(",")
}

/// The names of all devices that a process may use, by maker.
fn usable(gpus: &[Gpu]) -> Vec<(Vendor, Option<String>)> {
    let gpus = gpus.iter().filter(|gpu| gpu.sharing != Some(Sharing::Prohibited));
    gpus.flat_map(|gpu| match &gpu.mig {
        Some(Mig::Sliced(slices)) => {
            slices.iter().map(|slice: &Slice| (gpu.vendor, slice.uuid.clone())).collect()
        }
        Some(Mig::Whole) | None => vec![(gpu.vendor, gpu.uuid.clone())],
    })
    .collect()
}

/// A line for each maker whose devices all have a name.
fn variables(devices: &[(Vendor, Option<String>)]) -> Vec<String> {
    let line = |(vendor, variable): (Vendor, &str)| {
        let its = devices.iter().filter(|(of, _)| *of == vendor);
        let names: Option<Vec<&str>> = its.map(|(_, name)| name.as_deref()).collect();
        let names = names.filter(|names| !names.is_empty())?;
        Some(format!("{variable}={}", names.join(",")))
    };
    VISIBLE.into_iter().filter_map(line).collect()
}

/// The variables that say which devices a process sees.
pub(super) const VISIBLE: [(Vendor, &str); 2] =
    [(Vendor::Nvidia, "CUDA_VISIBLE_DEVICES"), (Vendor::Amd, "ROCR_VISIBLE_DEVICES")];

fn fill(page: &mut Page, probed: &Probed, labels: &str) {
    let gpus = probed.machine.gpus.as_deref().unwrap_or_default();
    page.heading(text!["GPU probe: ", gpus.len(), if gpus.len() == 1 { " GPU" } else { " GPUs" }]);
    let mut table = Table::new(
        ["GPU", "Maker", "Model", "Memory", "Capability", "Divided into", "Use"]
            .map(Column::left)
            .into(),
    );
    for (place, gpu) in gpus.iter().enumerate() {
        table.row(cells(place, gpu));
    }
    if !gpus.is_empty() {
        page.table(table);
    }
    let machine = &probed.machine;
    let mut software = Vec::new();
    if let Some(driver) = machine.driver {
        let mut text = Text::from("driver ");
        text.append(words::driver(driver));
        software.push(text);
    }
    let versions = [
        ("CUDA of the driver ", machine.cuda),
        ("CUDA toolkit ", probed.toolkit),
        ("ROCm ", machine.rocm),
    ];
    for (what, version) in versions {
        software.extend(version.map(|version| text![what, Piece::said(&version)]));
    }
    if let Some(nvlink) = machine.nvlink.filter(|_| gpus.len() > 1) {
        software.push(Text::from(if nvlink { "joined by NVLink" } else { "not joined by NVLink" }));
    }
    if !software.is_empty() {
        page.paragraph(words::listed(software));
    }
    if labels.is_empty() {
        page.callout(Level::Warning, "Nothing that is known of it can be a label.");
    } else {
        page.details("Labels to register its runner with", |page| {
            page.code(Foreign::from(labels));
        });
    }
    if !probed.notes.is_empty() {
        page.list(probed.notes.iter().map(note).collect());
    }
}
