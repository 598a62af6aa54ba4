//! Files that say which version of a tool is to be used. What sets the tool up reads them, perhaps after
//! the key is made, so they count beside the version that is installed.
//!
//! Sources: asdf, "Configuration", `.tool-versions`; mise, "Configuration", `[tools]`; the version files
//! that actions/setup-node, setup-python and their like take.

use serde_json::Value;

use super::reading::{File, Reading};
use super::{Ingredient, Level, values};

/// Files that name versions of many tools.
const SHARED: [&str; 3] = [".tool-versions", "mise.toml", ".mise.toml"];

/// What counts for one ecosystem.
pub(super) struct Pins {
    /// Files that hold nothing but a version.
    pub(super) files: &'static [&'static str],
    /// What the tools are called in files that name many.
    pub(super) tools: &'static [&'static str],
    /// Why they count.
    pub(super) why: &'static str,
}

impl Pins {
    /// Whether a file of this name counts.
    pub(super) fn looks_into(&self, name: &[u8]) -> bool {
        self.files.iter().chain(&SHARED).any(|it| it.as_bytes() == name)
    }

    /// Adds what is asked for in a folder: by the nearest file of each name, in it or above it.
    pub(super) fn add(&self, folder: &[u8], reading: &mut Reading<'_>) {
        for name in self.files {
            let Some(file) = reading.nearest(folder, name) else { continue };
            let Some(text) = utf8(reading, &file) else { continue };
            let mut it = self.ingredient(&file);
            let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
            for (at, version) in (1..).zip(lines.filter(|line| !line.is_empty())) {
                let name = if at == 1 { "version".to_owned() } else { format!("version {at}") };
                it.shown(name, bare(version));
            }
            reading.push(it);
        }
        for name in SHARED {
            let Some(file) = reading.nearest(folder, name) else { continue };
            let mut it = self.ingredient(&file);
            if name == ".tool-versions" {
                let Some(text) = utf8(reading, &file) else { continue };
                for line in text.lines() {
                    let line = line.split('#').next().unwrap_or_default();
                    let mut words = line.split_ascii_whitespace();
                    if let Some(tool) = words.next().filter(|tool| self.tools.contains(tool)) {
                        it.shown(tool, words.collect::<Vec<_>>().join(" "));
                    }
                }
            } else if let Some(settings) = reading.toml(&file) {
                for (tool, version) in values::entries(settings.get("tools")) {
                    // `npm:prettier` and the like are tools of their own.
                    if self.tools.contains(&tool.as_str()) {
                        values::add(&mut it, tool.as_str(), version);
                    }
                }
            }
            reading.push(it);
        }
    }

    fn ingredient(&self, file: &File) -> Ingredient {
        let name = [b"version in ", file.path()].concat();
        Ingredient::new(Level::Toolchain, name, file.source(), self.why)
    }
}

/// Adds the fields of a manifest that name versions of tools.
pub(super) fn in_manifest(
    file: &File,
    manifest: &Value,
    fields: &[&str],
    why: &'static str,
    reading: &mut Reading<'_>,
) {
    let name = [b"tools in ", file.path()].concat();
    let mut it = Ingredient::new(Level::Toolchain, name, file.source(), why);
    for field in fields {
        if let Some(value) = manifest.get(field) {
            values::add(&mut it, *field, value);
        }
    }
    reading.push(it);
}

fn utf8<'f>(reading: &mut Reading<'_>, file: &'f File) -> Option<&'f str> {
    reading.kept(values::utf8(file.path(), &file.bytes, "text"))
}

/// A version without the `v` that some write before it.
fn bare(version: &str) -> &str {
    let bare =
        version.strip_prefix('v').filter(|rest| rest.starts_with(|it: char| it.is_ascii_digit()));
    bare.unwrap_or(version)
}
