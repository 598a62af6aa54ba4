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
