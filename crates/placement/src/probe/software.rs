//! The versions of what is installed beside the drivers.

use serde_json::Value;

use super::ask::{AMD_SMI, Answer, Ask, NVIDIA_MODULE, ROCM, text};
use super::{amd, csv};
use crate::Version;

/// The CUDA toolkit, as `nvcc --version` says it: `Cuda compilation tools, release 12.4, V12.4.131`.
pub(super) fn toolkit(answers: &[Answer]) -> Option<Version> {
    let text = text(answers, &Ask::nvcc())?;
    let (_, rest) = text.split_once(", release ")?;
    csv::driver(rest.split([',', '\n']).next()?.trim())
}

/// The version of `ROCm`, if all that say one say the same.
pub(super) fn rocm(answers: &[Answer]) -> Option<Version> {
    let file = text(answers, &Ask::Read(ROCM)).and_then(|text| release(&text));
    let said = text(answers, &Ask::amd_smi_version()).and_then(|text| {
        let said = amd::json(&text, AMD_SMI).ok()?;
        let first = said.as_array().and_then(|all| all.first()).unwrap_or(&said);
        release(first.get("rocm_version").and_then(Value::as_str)?)
    });
    match (file, said) {
        (Some(file), Some(said)) => Some(file).filter(|file| *file == said),
        (file, said) => file.or(said),
    }
}

/// `6.2.0` of `6.2.0-66`.
fn release(text: &str) -> Option<Version> {
    csv::driver(text.trim().split('-').next()?)
}

/// The version of the kernel's part of NVIDIA's driver: the only one in the line that begins with `NVRM version`.
pub(super) fn module(answers: &[Answer]) -> Option<Version> {
    let text = text(answers, &Ask::Read(NVIDIA_MODULE))?;
    let line = text.lines().find_map(|line| line.strip_prefix("NVRM version:"))?;
    line.split_whitespace().find_map(csv::driver)
}
