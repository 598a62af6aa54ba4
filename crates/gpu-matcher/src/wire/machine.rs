//! What is known of a machine, with the keys that a fleet file has for it. What is not known is left out.

use std::fmt::Write as _;

use placement::catalogue::Profile;
use placement::{Gpu, Machine, Mig, Sharing, Slice, Vendor};
use serde::Serialize;

/// A machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct MachineDocument {
    /// How many GPUs, where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    gpus: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cuda: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rocm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nvlink: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    os: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arch: Option<String>,
    /// The GPUs, in the order of their numbers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    gpu: Vec<GpuDocument>,
}

/// A GPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct GpuDocument {
    vendor: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// As written on the box.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<String>,
    /// As reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_mib: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cc: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gfx: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mig: Option<MigDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sharing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<String>,
}

/// Whether a GPU is divided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum MigDocument {
    /// `false`: it is used whole.
    Whole(bool),
    /// Into these slices.
    Sliced(Vec<SliceDocument>),
}

/// A slice of a GPU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
struct SliceDocument {
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_mib: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uuid: Option<String>,
}

impl MachineDocument {
    /// As it is written.
    pub fn new(machine: &Machine) -> Self {
        let gpus = machine.gpus.as_deref();
        Self {
            gpus: gpus.is_some_and(<[Gpu]>::is_empty).then_some(0),
            driver: machine.driver.map(placement::Version::as_driver),
            cuda: machine.cuda.map(|version| version.to_string()),
            rocm: machine.rocm.map(|version| version.to_string()),
            nvlink: machine.nvlink,
            os: machine.os.clone(),
            arch: machine.arch.clone(),
            gpu: gpus.unwrap_or_default().iter().map(GpuDocument::new).collect(),
        }
    }

    /// The same as TOML.
    pub fn toml(&self) -> String {
        let mut toml = String::new();
        let text = |value: &String| quoted(value);
        let of_machine = [
            ("gpus", self.gpus.map(|gpus| gpus.to_string())),
            ("driver", self.driver.as_ref().map(text)),
            ("cuda", self.cuda.as_ref().map(text)),
            ("rocm", self.rocm.as_ref().map(text)),
            ("nvlink", self.nvlink.map(|nvlink| nvlink.to_string())),
            ("os", self.os.as_ref().map(text)),
            ("arch", self.arch.as_ref().map(text)),
        ];
        lines(&mut toml, &of_machine);
        for gpu in &self.gpu {
            let mig = |mig: &MigDocument| match mig {
                MigDocument::Whole(is_divided) => is_divided.to_string(),
                MigDocument::Sliced(slices) => {
                    let slices: Vec<String> = slices.iter().map(SliceDocument::toml).collect();
                    format!("[{}]", slices.join(", "))
                }
            };
            toml.push_str("\n[[gpu]]\n");
            let of_gpu = [
                ("vendor", Some(quoted(gpu.vendor))),
                ("model", gpu.model.as_ref().map(text)),
                ("memory", gpu.memory.as_ref().map(text)),
                ("memory-mib", gpu.memory_mib.map(|mib| mib.to_string())),
                ("cc", gpu.cc.as_ref().map(text)),
                ("gfx", gpu.gfx.as_ref().map(text)),
                ("mig", gpu.mig.as_ref().map(mig)),
                ("sharing", gpu.sharing.map(quoted)),
                ("uuid", gpu.uuid.as_ref().map(text)),
            ];
            lines(&mut toml, &of_gpu);
        }
        toml
    }
}

fn lines(toml: &mut String, values: &[(&str, Option<String>)]) {
    for (key, value) in values {
        if let Some(value) = value {
            let _ = writeln!(toml, "{key} = {value}");
        }
    }
}

/// A text as TOML's basic strings have it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(letter));
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

impl GpuDocument {
    fn new(gpu: &Gpu) -> Self {
        Self {
            vendor: match gpu.vendor {
                Vendor::Nvidia => "nvidia",
                Vendor::Amd => "amd",
            },
            model: gpu.model.clone(),
            memory: gpu.memory.nominal_gb.map(|gb| format!("{gb}GB")),
            memory_mib: gpu.memory.reported_mib,
            cc: gpu.capability.map(|capability| capability.to_string()),
            gfx: gpu.gfx.clone(),
            mig: gpu.mig.as_ref().and_then(divided),
            sharing: gpu.sharing.map(|sharing| match sharing {
                Sharing::Exclusive => "exclusive",
                Sharing::Shared => "shared",
                Sharing::Prohibited => "prohibited",
            }),
            uuid: gpu.uuid.clone(),
        }
    }
}

/// Whether it is divided, if that can be written down: a profile that nobody knows is none.
fn divided(mig: &Mig) -> Option<MigDocument> {
    match mig {
        Mig::Whole => Some(MigDocument::Whole(false)),
        Mig::Sliced(slices) => {
            let is_known = |slice: &Slice| slice.profile.parse::<Profile>().is_ok();
            let all = || MigDocument::Sliced(slices.iter().map(SliceDocument::new).collect());
            slices.iter().all(is_known).then(all)
        }
    }
}

impl SliceDocument {
    fn new(slice: &Slice) -> Self {
        let Slice { profile, memory_mib, uuid } = slice.clone();
        Self { profile, memory_mib, uuid }
    }

    fn toml(&self) -> String {
        let mut toml = format!("{{ profile = {}", quoted(&self.profile));
        if let Some(mib) = self.memory_mib {
            let _ = write!(toml, ", memory-mib = {mib}");
        }
        if let Some(uuid) = &self.uuid {
            let _ = write!(toml, ", uuid = {}", quoted(uuid));
        }
        toml + " }"
    }
}

#[cfg(test)]
mod tests {
    use placement::config::{Form, read_machine};
    use placement::{Memory, Version};

    use super::*;

    #[test]
    fn what_is_printed_is_what_a_fleet_file_takes() {
        let slice = |profile: &str| Slice {
            profile: profile.to_owned(),
            memory_mib: Some(9984),
            uuid: Some("MIG-\"1\"".to_owned()),
        };
        let gpu = Gpu {
            vendor: Vendor::Nvidia,
            model: Some("h100".to_owned()),
            memory: Memory { reported_mib: Some(81559), nominal_gb: Some(80) },
            capability: Some("9.0".parse().unwrap()),
            gfx: None,
            mig: Some(Mig::Sliced(vec![slice("1g.10gb"), slice("1g.10gb+me")])),
            sharing: Some(Sharing::Exclusive),
            uuid: Some("GPU-1".to_owned()),
        };
        let whole =
            Gpu { mig: Some(Mig::Whole), sharing: Some(Sharing::Prohibited), ..gpu.clone() };
        let amd = Gpu {
            vendor: Vendor::Amd,
            model: None,
            capability: None,
            gfx: Some("gfx942".to_owned()),
            mig: None,
            sharing: None,
            ..gpu.clone()
        };
        let machine = Machine {
            gpus: Some(vec![gpu, whole, amd]),
            driver: Some(Version::new(535, 104, 5)),
            cuda: Some(Version::new(12, 2, 0)),
            rocm: Some(Version::new(6, 2, 0)),
            nvlink: Some(true),
            os: Some("Linux".to_owned()),
            arch: Some("X64".to_owned()),
            ..Machine::default()
        };
        for machine in [machine, Machine { gpus: Some(vec![]), ..Machine::default() }] {
            let document = MachineDocument::new(&machine);
            let toml = read_machine("p.toml", document.toml().as_bytes(), Form::Toml);
            assert_eq!(toml.as_ref(), Ok(&machine), "{}", document.toml());
            let json = serde_json::to_vec(&document).unwrap();
            assert_eq!(read_machine("p.json", &json, Form::Json), toml);
        }
    }
}
