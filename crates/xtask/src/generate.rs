//! Everything that is generated, compared with what stands.

use std::path::Path;

use runner_protocol::Interface;

use crate::action_yml::action_yml;
use crate::files;
use crate::inputs::inputs;
use crate::readme::{Parts, refreshed};

/// A file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Its path from the repository's root.
    pub path: String,
    /// What it should hold.
    pub wanted: String,
}

/// The generated files that are not up to date.
///
/// # Errors
/// When a file cannot be read, or declarations contradict each other.
pub fn stale(root: &Path, interfaces: &[Interface]) -> anyhow::Result<Vec<Stale>> {
    let mut stale = Vec::new();
    let mut compare = |path: String, wanted: String| {
        let stands = files::text(root, &path).ok();
        if stands.as_deref() != Some(wanted.as_str()) {
            stale.push(Stale { path, wanted });
        }
    };
    let example = |path: &str| files::text(root, path);
    for interface in interfaces {
        let folder = format!("actions/{}", interface.action.name);
        let inputs = inputs(interface)?;
        compare(format!("{folder}/action.yml"), action_yml(interface, &inputs));
        let readme = format!("{folder}/README.md");
        let parts = Parts { action: Some((interface, &inputs)), example: &example };
        let wanted = refreshed(&files::text(root, &readme)?, &parts)?;
        compare(readme, wanted);
    }
    for readme in ["README.md", ".github/workflows/README.md"] {
        let parts = Parts { action: None, example: &example };
        let wanted = refreshed(&files::text(root, readme)?, &parts)?;
        compare(readme.to_owned(), wanted);
    }
    Ok(stale)
}
