//! Jobs and machines in TOML, as they are read.
//!
//! Each option of a job is printed as a profile of its own, because what stands over another option can add
//! to what that one asks, and not take away from it.

use std::fmt::Write as _;

use super::facts::SHARING;
use super::jobs::{Job, ON_BUSY, ON_NO_MATCH, ON_OFFLINE, Policies};
use super::needs::PACKAGES;
use super::values::VENDORS;
use crate::{Gpu, Machine, Mig, Need, Part, Slice};

/// A file of jobs that is read as these.
pub fn print_jobs(jobs: &[Job]) -> String {
    let mut file = Printed::default();
    for job in jobs {
        file.job(job);
    }
    file.text
}

/// A file of facts that is read as this machine, without its labels. A machine that may have more GPUs than are
/// known is printed without its GPUs: of them, not all is known.
pub fn print_machine(machine: &Machine) -> String {
    let mut file = Printed::default();
    file.plain("driver", machine.driver);
    file.plain("cuda", machine.cuda);
    file.plain("rocm", machine.rocm);
    file.raw("nvlink", machine.nvlink);
    file.plain("os", machine.os.as_ref());
    file.plain("arch", machine.arch.as_ref());
    match &machine.gpus {
        Some(gpus) if !machine.has_more && gpus.is_empty() => file.raw("gpus", Some(0)),
        Some(gpus) if !machine.has_more => gpus.iter().for_each(|gpu| file.gpu(gpu)),
        Some(_) | None => {}
    }
    file.text
}

#[derive(Default)]
struct Printed {
    text: String,
}

/// A text as a string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                quoted.push('\\');
                quoted.push(letter);
            }
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

fn list<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|it| quoted(&it.to_string())).collect();
    format!("[{}]", all.join(", "))
}

fn word<T: Copy + PartialEq>(
    words: &[(&'static str, T)],
    value: Option<T>,
) -> Option<&'static str> {
    words.iter().find(|(_, known)| Some(*known) == value).map(|(word, _)| *word)
}

impl Printed {
    fn raw<T: ToString>(&mut self, key: &str, value: Option<T>) {
        if let Some(value) = value {
            let _ = writeln!(self.text, "{key} = {}", value.to_string());
        }
    }

    /// As a string.
    fn plain<T: ToString>(&mut self, key: &str, value: Option<T>) {
        self.raw(key, value.map(|value| quoted(&value.to_string())));
    }

    /// As a list of strings, if there are any.
    fn list<T: ToString>(&mut self, key: &str, values: impl IntoIterator<Item = T>) {
        let printed = list(values);
        self.raw(key, Some(printed).filter(|printed| printed != "[]"));
    }

    fn head(&mut self, head: &str) {
        let before = if self.text.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.text, "{before}{head}");
    }

    fn job(&mut self, job: &Job) {
        let names: Vec<String> =
            (0..job.options.len()).map(|number| format!("{}/{number}", job.name)).collect();
        for (name, need) in names.iter().zip(&job.options) {
            self.head("[[profile]]");
            self.plain("name", Some(name));
            self.need(need);
        }
        self.head(&format!("[jobs.{}]", job.name));
        self.plain("profile", names.first());
        self.list("fallbacks", names.iter().skip(1));
        self.raw("exact", job.is_exact.then_some(true));
        self.raw("priority", Some(job.priority).filter(|priority| *priority != 0));
        let Policies { on_no_match, on_busy, on_offline } = job.policies;
        self.plain("on-no-match", word(&ON_NO_MATCH, on_no_match));
        self.plain("on-busy", word(&ON_BUSY, on_busy));
        self.plain("on-offline", word(&ON_OFFLINE, on_offline));
        self.list("cargo", job.cargo.iter().flatten());
        if let Some(when) = &job.when {
            let (paths, crates) = (list(&when.paths), list(&when.crates));
            self.raw("needs-gpu-when", Some(format!("{{ paths = {paths}, crates = {crates} }}")));
        }
    }

    fn need(&mut self, need: &Need) {
        let gigabytes = |size: Option<u32>| size.map(|size| format!("{size}GB"));
        self.raw("gpus", Some(need.gpus));
        self.plain("vendor", word(&VENDORS, need.vendor));
        self.list("models", &need.models);
        self.list("exclude-models", &need.exclude_models);
        self.plain("min-memory", gigabytes(need.min_memory_gb));
        self.raw("min-memory-mib", need.min_memory_mib);
        self.plain("total-memory", gigabytes(need.total_memory_gb));
        self.plain("min-cc", need.min_capability);
        self.plain("max-cc", need.max_capability);
        self.list("gfx", &need.gfx);
        self.plain("min-driver", need.min_driver);
        if let Some(program) = &need.program {
            self.plain("cuda", Some(program.toolkit));
            self.list("cuda-archs", &program.archs);
            self.raw("jit", Some(program.jit));
            self.plain("compat-package", word(&PACKAGES, Some(program.compat_package)));
        }
        self.plain("image-require", need.image.as_ref());
        match &need.part {
            Part::Whole => {}
            Part::WholeOrSlice => self.raw("allow-mig", Some(true)),
            Part::Slice(profile) => self.plain("mig", Some(profile)),
        }
        self.raw("same-model", need.same_model.then_some(true));
        self.raw("nvlink", need.nvlink.then_some(true));
        self.plain("os", need.os.as_ref());
        self.plain("arch", need.arch.as_ref());
        self.list("labels", &need.labels);
    }

    fn gpu(&mut self, gpu: &Gpu) {
        self.head("[[gpu]]");
        self.plain("vendor", word(&VENDORS, Some(gpu.vendor)));
        self.plain("model", gpu.model.as_ref());
        self.plain("memory", gpu.memory.nominal_gb.map(|size| format!("{size}GB")));
        self.raw("memory-mib", gpu.memory.reported_mib);
        self.plain("cc", gpu.capability);
        self.plain("gfx", gpu.gfx.as_ref());
        self.plain("sharing", word(&SHARING, gpu.sharing));
        self.plain("uuid", gpu.uuid.as_ref());
        match &gpu.mig {
            None => {}
            Some(Mig::Whole) => self.raw("mig", Some("[]")),
            // A GPU that is divided into nothing has no word: that much of it is not known, then.
            Some(Mig::Sliced(slices)) if slices.is_empty() => {}
            Some(Mig::Sliced(slices)) => {
                let slices: Vec<String> = slices.iter().map(slice).collect();
                self.raw("mig", Some(format!("[{}]", slices.join(", "))));
            }
        }
    }
}

fn slice(slice: &Slice) -> String {
    let mut printed = format!("{{ profile = {}", quoted(&slice.profile));
    if let Some(memory) = slice.memory_mib {
        let _ = write!(printed, ", memory-mib = {memory}");
    }
    if let Some(uuid) = &slice.uuid {
        let _ = write!(printed, ", uuid = {}", quoted(uuid));
    }
    printed.push_str(" }");
    printed
}
