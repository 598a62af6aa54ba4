//! What the value of an input may look like, where that is more than a number or a word.

use placement::cuda::{Arch, NotARequirement, NotAnArch, Requirement};
use placement::{Capability, NotAVersion, Version};

pub(crate) fn version(text: &str) -> Result<Version, NotAVersion> {
    text.trim().parse()
}

pub(crate) fn capability(text: &str) -> Result<Capability, String> {
    let text = text.trim();
    text.parse().map_err(|_| {
        let meant = match text.as_bytes() {
            [major @ b'1'..=b'9', minor @ b'0'..=b'9'] => {
                format!("; `{}.{}` is meant by that", char::from(*major), char::from(*minor))
            }
            _ => String::new(),
        };
        format!("expected a compute capability such as `8.9`{meant}")
    })
}

pub(crate) fn arch(text: &str) -> Result<Arch, NotAnArch> {
    text.trim().parse()
}

pub(crate) fn requirement(text: &str) -> Result<Requirement, NotARequirement> {
    text.trim().parse()
}

/// What a job without a GPU runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CpuRunner {
    /// One label.
    Label(String),
    /// A runner with all of these.
    Labels(Vec<String>),
}

pub(crate) fn cpu_runner(text: &str) -> Result<CpuRunner, &'static str> {
    const WANTED: &str = "expected a label such as `ubuntu-latest`, or a JSON array of labels";
    let text = text.trim();
    let is_label = |label: &String| {
        let is_plain = |letter: char| letter == ' ' || letter.is_ascii_graphic();
        !label.trim().is_empty() && label.chars().all(is_plain)
    };
    if text.starts_with('[') {
        let labels: Vec<String> = serde_json::from_str(text).map_err(|_| WANTED)?;
        let is_right = !labels.is_empty() && labels.iter().all(is_label);
        return if is_right { Ok(CpuRunner::Labels(labels)) } else { Err(WANTED) };
    }
    let label = text.to_owned();
    if is_label(&label) && !text.contains(['"', '{', ',']) {
        Ok(CpuRunner::Label(label))
    } else {
        Err(WANTED)
    }
}
