//! What `nvidia-smi -q` prints: names and values, one a line, indented below what they belong to.
//!
//! `nvidia-smi --version` prints such lines too. Driver 610 says "KMD Version" and "CUDA UMD Version" where
//! older ones say "Driver Version" and "CUDA Version", and prose in place of the old values. The version of
//! `nvidia-smi` itself, which stands first in both, is not the driver's: it may be an older one.

use super::MOST_GPUS;
use super::csv;
use crate::Version;

/// No line that is looked at is deeper.
const DEEPEST: usize = 16;

/// What is said of the whole machine, and of each GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Log {
    /// The version of the driver.
    pub driver: Option<Version>,
    /// The CUDA that it brings.
    pub cuda: Option<Version>,
    /// How many GPUs it says there are.
    pub attached: Option<usize>,
    /// They, in the order of their numbers.
    pub gpus: Vec<LoggedGpu>,
}

/// One GPU.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LoggedGpu {
    /// What `CUDA_VISIBLE_DEVICES` calls it.
    pub uuid: Option<String>,
    /// How it is handed out, if it says so.
    pub virtualization: Option<String>,
    /// The slices.
    pub slices: Vec<LoggedSlice>,
    /// How many processes compute on it.
    pub processes: usize,
    /// Whether one of them is a server of MPS, or one of its clients.
    pub has_mps: bool,
}

/// One slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LoggedSlice {
    /// The number that `nvidia-smi -L` has behind "Device".
    pub device: Option<u32>,
    /// Its memory.
    pub memory_mib: Option<u32>,
}

/// What the lines say. What is no such line says nothing.
pub(super) fn read(text: &str) -> Log {
    let mut log = Log::default();
    let mut versions = Versions::default();
    // The headings that the line stands below, with how far each is indented.
    let mut above: Vec<(usize, String)> = Vec::new();
    for line in text.lines() {
        let content = line.trim();
        if content.is_empty() {
            continue;
        }
        let indent = line.len() - line.trim_start().len();
        above.retain(|(its, _)| *its < indent);
        let (name, value) = match content.split_once(" : ").or_else(|| content.split_once(": ")) {
            Some((name, value)) => (name.trim_end().to_ascii_lowercase(), Some(value.trim())),
            None => (content.to_ascii_lowercase(), None),
        };
        if indent == 0 {
            if value.is_none() && name.starts_with("gpu ") && log.gpus.len() < MOST_GPUS {
                log.gpus.push(LoggedGpu::default());
            }
            if let Some(value) = value {
                versions.take(&name, value);
                if name == "attached gpus" {
                    log.attached = value.parse().ok();
                }
            }
        } else if let Some(gpu) = log.gpus.last_mut() {
            let headings: Vec<&str> = above.iter().map(|(_, name)| name.as_str()).collect();
            gpu.take(&headings, &name, value);
        }
        if above.len() < DEEPEST {
            above.push((indent, name));
        }
    }
    Log { driver: versions.driver(), cuda: versions.cuda(), ..log }
}

/// The versions in the frame around the table that people look at.
pub(super) fn read_table(text: &str) -> Log {
    let mut versions = Versions::default();
    let heads = text.lines().filter(|line| line.contains("NVIDIA-SMI"));
    if let Some(head) = heads.take(1).next() {
        for name in ["KMD Version", "CUDA UMD Version", "Driver Version", "CUDA Version"] {
            if let Some((_, value)) = head.split_once(&format!("{name}:")) {
                versions.take(&name.to_ascii_lowercase(), value.trim());
            }
        }
    }
    Log { driver: versions.driver(), cuda: versions.cuda(), ..Log::default() }
}

/// The versions by their names, old and new.
#[derive(Default)]
struct Versions {
    kernel: Option<Version>,
    driver: Option<Version>,
    user: Option<Version>,
    cuda: Option<Version>,
}

impl Versions {
    fn take(&mut self, name: &str, value: &str) {
        // Prose may follow, or stand there alone.
        let version = value.split_whitespace().next().and_then(csv::driver);
        let known = match name {
            "kmd version" => &mut self.kernel,
            "driver version" => &mut self.driver,
            "cuda umd version" => &mut self.user,
            "cuda version" => &mut self.cuda,
            _ => return,
        };
        *known = known.or(version);
    }

    fn driver(&self) -> Option<Version> {
        self.kernel.or(self.driver)
    }

    fn cuda(&self) -> Option<Version> {
        self.user.or(self.cuda)
    }
}

impl LoggedGpu {
    fn take(&mut self, above: &[&str], name: &str, value: Option<&str>) {
        let below = |heading: &str| above.contains(&heading);
        match (name, value) {
            ("mig device", None) => self.slices.push(LoggedSlice::default()),
            ("index", Some(value)) if below("mig device") => {
                if let Some(slice) = self.slices.last_mut() {
                    slice.device = value.parse().ok();
                }
            }
            ("total", Some(value)) if below("mig device") => {
                let is_memory = below("shared fb memory usage") || below("fb memory usage");
                if let Some(slice) = self.slices.last_mut().filter(|_| is_memory) {
                    slice.memory_mib = csv::mebibytes(value);
                }
            }
            ("gpu uuid", Some(value)) => self.uuid = csv::uuid(value, "GPU-"),
            ("virtualization mode", Some(value)) if !value.is_empty() => {
                self.virtualization = Some(value.to_ascii_lowercase());
            }
            ("type", Some(value)) if below("processes") => {
                self.has_mps |= value.starts_with("M+");
                self.processes += usize::from(value == "C" || value == "M+C");
            }
            ("name", Some(value)) if below("processes") => {
                let file = value.rsplit(['/', '\\']).next().unwrap_or(value);
                self.has_mps |= file.starts_with("nvidia-cuda-mps-server");
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: &Log, driver: Option<&str>, cuda: Option<&str>) {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert_eq!((log.driver, log.cuda), (driver.map(version), cuda.map(version)));
    }

    #[test]
    fn the_version_of_the_tool_is_not_that_of_the_driver() {
        let text = "NVIDIA-SMI version  : 470.256.02\nNVML version        : 470.256\n\
                    DRIVER version      : 580.95.05\nCUDA Version        : 13.0\n";
        check(&read(text), Some("580.95.05"), Some("13.0"));
        let head =
            "| NVIDIA-SMI 470.256.02   Driver Version: 580.95.05    CUDA Version: 13.0     |";
        check(&read_table(head), Some("580.95.05"), Some("13.0"));
    }

    #[test]
    fn new_names_win_over_prose_below_the_old_ones() {
        let text = "NVIDIA-SMI version  : 610.10\n\
                    DRIVER version      : Deprecated, see \"KMD version\" instead\n\
                    CUDA version        : Deprecated, see \"CUDA UMD version\" instead\n\
                    KMD version         : 610.10\nCUDA UMD version    : 13.3\n";
        check(&read(text), Some("610.10"), Some("13.3"));
        let text = "Driver Version   : 610.10 [Deprecated; will be removed]\n\
                    CUDA Version     : 13.3 [Deprecated; will be removed]\n";
        check(&read(text), Some("610.10"), Some("13.3"));
        let head = "| NVIDIA-SMI 610.10    KMD Version: 610.10     CUDA UMD Version: 13.3     |";
        check(&read_table(head), Some("610.10"), Some("13.3"));
        check(&read("CUDA Version : Not Found\n"), None, None);
        check(&read_table("nothing of the kind"), None, None);
    }

    #[test]
    fn values_belong_to_what_they_stand_below() {
        let text = "Attached GPUs : 1\nGPU 00000000:01:00.0\n    MIG Device\n        Index : 3\n\
                    \x20       FB Memory Usage\n            Total : 4864 MiB\n\
                    \x20       BAR1 Memory Usage\n            Total : 8191 MiB\n\
                    \x20   FB Memory Usage\n        Total : 40536 MiB\n\
                    \x20   GPU UUID : GPU-a1\n\
                    \x20   GPU Virtualization Mode\n        Virtualization mode : VGPU\n\
                    \x20   Processes\n        Process ID : 7\n            Type : M+C\n\
                    \x20           Name : python\n        Process ID : 8\n            Type : C+G\n";
        let log = read(text);
        assert_eq!(log.attached, Some(1));
        let slices = vec![LoggedSlice { device: Some(3), memory_mib: Some(4864) }];
        let expected = LoggedGpu {
            uuid: Some("GPU-a1".to_owned()),
            virtualization: Some("vgpu".to_owned()),
            slices,
            processes: 1,
            has_mps: true,
        };
        assert_eq!(log.gpus, [expected]);
    }
}
