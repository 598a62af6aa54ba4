//! `scripts/bench gpu`: how long `match` takes from start to end for ten thousand jobs on a thousand runners, both
//! in JSON, beside a program that does nothing and one that only copies those files, in one run.
//!
//! A time has a bar that is printed beside it and never fails, because this machine is not yours; the limit of
//! memory is looked at.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context as _, ensure};

use super::changes::place::{Place, answer, on_path};
use super::changes::turns::{RUNS, Row, table};
use super::measure::peak_kilobytes;

/// What the whole process may take, in milliseconds.
const BAR: u64 = 300;
/// The most memory, in kB.
const MOST_KILOBYTES: u64 = 100_000;
const JOBS: usize = 10_000;
const RUNNERS: usize = 1_000;
const NEEDS: usize = 92;

/// Models with their memory in GB.
const MODELS: [(&str, usize); 10] = [
    ("t4", 16),
    ("a10g", 24),
    ("l4", 24),
    ("l40s", 48),
    ("a100", 80),
    ("h100", 80),
    ("h200", 141),
    ("rtx-4090", 24),
    ("v100", 32),
    ("a40", 48),
];
const DRIVERS: [usize; 5] = [525, 535, 550, 570, 590];

/// Measures everything.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let place = Place::built(root, "gpu-matcher", "gpu")?;
    let folder = place.at("job");
    fs::write(folder.join("jobs.json"), jobs())?;
    fs::write(folder.join("fleet.json"), fleet())?;
    let words =
        ["match", "--gpu-jobs", "jobs.json", "--fleet", "fleet.json", "--fleet-source", "static"];
    let outputs = answer(&mut place.tool(&folder, &words))?;
    let decided = outputs.get("decisions").map_or(0, |all| all.matches(':').count());
    ensure!(decided == JOBS, "{decided} jobs were decided");
    println!(
        "\n{JOBS} jobs of {NEEDS} needs on {RUNNERS} runners, medians of {RUNS} whole processes that take turns"
    );
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    println!("load of this machine at the start: {}", load.trim());
    let other = |name: &str, words: &[&str]| -> anyhow::Result<Command> {
        let path = on_path(name).with_context(|| format!("{name} is not installed"))?;
        let mut command = place.alone(path, &folder);
        command.args(words);
        Ok(command)
    };
    table(vec![
        Row::new("true", || other("true", &[])),
        Row::new("cat jobs.json fleet.json", || other("cat", &["jobs.json", "fleet.json"])),
        Row::new("gpu-matcher match", || {
            let mut tool = place.tool(&folder, &words);
            tool.args(["--format", "json"]);
            Ok(tool)
        })
        .bar(BAR),
    ])?;
    let mut tool = place.tool(&folder, &words);
    tool.args(["--format", "json"]);
    match peak_kilobytes(&mut tool)? {
        Some(peak) => {
            println!("\nmemory at most {peak} kB (limit {MOST_KILOBYTES})");
            ensure!(peak <= MOST_KILOBYTES, "{peak} kB are more than {MOST_KILOBYTES}");
        }
        None => println!("\nthis system does not say how much memory a program took"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Numbers as if by chance, the same each time.
fn chance(state: &mut u64, end: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap_or(0) % end
}

fn jobs() -> String {
    let mut state = 1;
    let memory = [8, 16, 24, 40, 48, 80];
    let needs: Vec<String> = (0..NEEDS)
        .map(|kind| {
            let gpus = 1 + chance(&mut state, 4);
            let gigabytes = memory.get(chance(&mut state, 6)).unwrap_or(&8);
            let mut need = format!(
                r#""gpus": {gpus}, "min-memory": "{gigabytes}GB", "priority": {}"#,
                kind % 3
            );
            if kind % 3 == 0 {
                need += r#", "min-cc": "8.0""#;
            }
            if kind % 4 == 0 {
                let driver = DRIVERS.get(chance(&mut state, 5)).unwrap_or(&525);
                let _ = write!(need, r#", "min-driver": "{driver}""#);
            }
            if kind % 5 == 0 {
                need += r#", "cuda": "12.4", "cuda-archs": ["75", "80", "86", "89", "90"]"#;
            }
            need
        })
        .collect();
    let mut text = String::from("{\"jobs\": {");
    for job in 0..JOBS {
        let need = needs.get(chance(&mut state, NEEDS)).map_or("", String::as_str);
        let comma = if job == 0 { "" } else { "," };
        let _ = write!(text, "{comma}\n\"job-{job}\": {{{need}}}");
    }
    text + "\n}}\n"
}

fn fleet() -> String {
    let mut state = 2;
    let mut text = String::from("{\"runner\": [");
    for runner in 0..RUNNERS {
        let (model, gigabytes) = MODELS.get(chance(&mut state, 10)).unwrap_or(&("t4", 16));
        let driver = DRIVERS.get(chance(&mut state, 5)).unwrap_or(&525);
        let gpus = 1 << chance(&mut state, 4);
        let comma = if runner == 0 { "" } else { "," };
        let mut labels = format!(
            r#""self-hosted", "linux", "x64", "runner-{runner}", "{model}", "gpus-{gpus}", "driver-{driver}""#
        );
        for (least, what) in [(16, "16gb"), (24, "24gb"), (40, "40gb"), (48, "48gb"), (80, "80gb")]
        {
            if *gigabytes >= least {
                let _ = write!(labels, r#", "vram-ge-{what}""#);
            }
        }
        for least in [1, 2, 4, 8].into_iter().filter(|least| gpus >= *least) {
            let _ = write!(labels, r#", "gpus-ge-{least}""#);
        }
        for least in DRIVERS.iter().filter(|least| driver >= *least) {
            let _ = write!(labels, r#", "driver-ge-{least}""#);
        }
        let _ = write!(
            text,
            "{comma}\n{{\"name\": \"runner-{runner}\", \"labels\": [{labels}], \"model\": \"{model}\", \"gpus\": {gpus}, \
             \"memory\": \"{gigabytes}GB\", \"driver\": \"{driver}.99.14\", \"os\": \"linux\"}}"
        );
    }
    text + "\n]}\n"
}
