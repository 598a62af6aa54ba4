//! What `nvidia-smi -L` prints: a line for each GPU, and below it one for each slice, with its profile.

use super::{MOST_GPUS, csv};

/// Into how many slices a GPU can be divided at most is 7; with compute instances in them a few more.
const MOST_SLICES: usize = 64;

/// One GPU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedGpu {
    /// What `CUDA_VISIBLE_DEVICES` calls it.
    pub uuid: Option<String>,
    /// Its slices.
    pub slices: Vec<ListedSlice>,
}

/// One slice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ListedSlice {
    /// Its profile, such as `1g.10gb`.
    pub profile: String,
    /// Its number.
    pub device: u32,
    /// What `CUDA_VISIBLE_DEVICES` calls it.
    pub uuid: Option<String>,
}

/// The GPUs that are listed; nothing if something is not listed as it should be.
pub(super) fn read(text: &str) -> Option<Vec<ListedGpu>> {
    let mut gpus: Vec<ListedGpu> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("MIG ") {
            let slices = &mut gpus.last_mut()?.slices;
            slices.push(slice(rest)?);
            if slices.len() > MOST_SLICES {
                return None;
            }
        } else if let Some(rest) = line.strip_prefix("GPU ") {
            let (number, rest) = rest.split_once(": ")?;
            let _: u32 = number.parse().ok()?;
            gpus.push(ListedGpu { uuid: identity(rest, "GPU-"), slices: Vec::new() });
            if gpus.len() > MOST_GPUS {
                return None;
            }
        }
    }
    Some(gpus)
}

/// `1g.10gb     Device  0: (UUID: MIG-...)`.
fn slice(text: &str) -> Option<ListedSlice> {
    let (profile, rest) = text.split_once(char::is_whitespace)?;
    let (number, rest) = rest.trim_start().strip_prefix("Device")?.split_once(':')?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
    let is_profile = profile.len() <= 32 && profile.bytes().all(is_plain);
    Some(ListedSlice {
        profile: is_profile.then(|| profile.to_ascii_lowercase())?,
        device: number.trim().parse().ok()?,
        uuid: identity(rest, "MIG-"),
    })
}

/// What stands behind the last `(UUID: `. A name may hold brackets of its own.
fn identity(text: &str, prefix: &str) -> Option<String> {
    let (_, rest) = text.rsplit_once("(UUID: ")?;
    csv::uuid(rest.trim_end().strip_suffix(')')?, prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_stand_below_their_gpu() {
        let text = "GPU 0: Odd (UUID: x) (UUID: GPU-a)\n\
                    \x20 MIG 1c.3g.20gb  Device  0: (UUID: MIG-b)\n\
                    \x20 MIG 1g.5gb Device 1: (UUID: MIG-GPU-a/7/0)\nGPU 1: T4 (UUID: GPU-c)\n";
        let gpus = read(text).unwrap();
        assert_eq!(gpus.len(), 2);
        assert_eq!(gpus[0].uuid.as_deref(), Some("GPU-a"));
        let slices: Vec<_> = gpus[0].slices.iter().map(|slice| slice.profile.as_str()).collect();
        assert_eq!(slices, ["1c.3g.20gb", "1g.5gb"]);
        assert_eq!(gpus[0].slices[1].uuid.as_deref(), Some("MIG-GPU-a/7/0"));
        assert_eq!(gpus[1].slices, []);
    }

    #[test]
    fn a_list_with_a_line_that_is_not_understood_is_none() {
        for text in [
            "MIG 1g.5gb Device 0: (UUID: MIG-a)",
            "GPU 0: A100 (UUID: GPU-a)\n  MIG 1g.5gb Dev 0: (UUID: MIG-a)",
            "GPU 0: A100 (UUID: GPU-a)\n  MIG $(id) Device 0: (UUID: MIG-a)",
            "GPU x: A100 (UUID: GPU-a)",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read("No devices found.\n"), Some(vec![]));
    }
}
