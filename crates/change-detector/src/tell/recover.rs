//! Deleted files, written again.

use repo_model::RepoPath;
use runner_protocol::Out;

use super::counted;
use crate::gather::Recovered;
use crate::wire;
use diagnostics::{Foreign, Problem, Text, text};

/// Tells which files were written again.
pub(crate) fn recovered(recovered: &Recovered, out: &mut Out) {
    let names = || recovered.written.iter().map(RepoPath::as_bytes);
    out.output("recovered", wire::json(names()));
    out.words(wire::shell(names()));
    for path in &recovered.left_out {
        let message = text![Foreign::new(path.as_bytes()), " is no file, so it was not written"];
        out.problem(
            Problem::notice(message).help("links and submodules have no contents of their own"),
        );
    }
    out.summary(|page| {
        let mut heading = text!["Recovered: "];
        heading.append(counted(recovered.written.len(), " file", " files"));
        page.heading(heading);
        page.list(names().map(|name| Text::from(Foreign::new(name))).collect());
    });
}
