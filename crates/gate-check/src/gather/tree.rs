//! Files of the repository that gates look at themselves: workflows, migrations, other tools' lists.

use diagnostics::{Problem, text};
use repo_model::{Entry, Kind, Tree};
use runner_protocol::{Failure, Out};
use verdict::gates::workflow_lint;
use verdict::ignores::{self, Ignore};
use verdict::{File, Gate, Policy};

use super::change::{Change, Expected, work_tree};

/// A file with what it holds.
pub(crate) type Held = (Vec<u8>, Vec<u8>);

/// The files, as far as a gate wants them.
#[derive(Debug, Default)]
pub(crate) struct Files {
    /// Workflows and actions.
    pub(crate) workflows: Option<Vec<Held>>,
    /// Migrations as they are to be, and as they were.
    pub(crate) migrations: Option<(Vec<Held>, Option<Vec<Held>>)>,
    /// What other tools have been told to ignore.
    pub(crate) ignores: Vec<Ignore>,
    /// The paths of all files, for reports that name them otherwise.
    pub(crate) paths: Vec<repo_model::RepoPath>,
}

/// Whether one of the gates looks at files of the repository.
pub(super) fn is_wanted(gates: &[Gate]) -> bool {
    let looks = |gate: &Gate| {
        matches!(
            gate,
            Gate::WorkflowLint
                | Gate::Migrations
                | Gate::Coverage
                | Gate::Security
                | Gate::Terraform
        )
    };
    gates.iter().any(looks)
}

/// Reads what the gates want from the work tree, and from the base of the change.
pub(super) fn files(
    policy: &Policy,
    gates: &[Gate],
    expected: Option<Expected>,
    change: &Change,
    out: &mut Out,
) -> Result<Files, Failure> {
    let wants = |gate| gates.contains(&gate);
    let mut files = Files::default();
    if !is_wanted(gates) {
        return Ok(files);
    }
    let tree = work_tree(expected, out)?;
    files.paths = tree.entries().iter().map(|entry| entry.path.clone()).collect();
    if wants(Gate::WorkflowLint) {
        files.workflows = Some(read(&tree, &workflow_lint::Policy::wants)?);
    }
    if wants(Gate::Migrations) {
        let is_migration = |path: &[u8]| policy.migrations.wants(path);
        let head = read(&tree, &is_migration)?;
        let base = change.base()?.map(|base| read(&base, &is_migration)).transpose()?;
        files.migrations = Some((head, base));
    }
    if wants(Gate::Security) || wants(Gate::Terraform) {
        for (path, bytes) in read(&tree, &ignores::is_one)? {
            match ignores::read(&path, &bytes) {
                Ok(found) => files.ignores.extend(found),
                // What it hides is not known, and somebody should know that.
                Err(problem) => {
                    out.problem(Problem { level: diagnostics::Level::Warning, ..*problem });
                }
            }
        }
    }
    Ok(files)
}

fn read(tree: &dyn Tree, wants: &dyn Fn(&[u8]) -> bool) -> Result<Vec<Held>, Failure> {
    let is_file = |entry: &&Entry| matches!(entry.kind, Kind::File | Kind::Executable);
    let wanted = tree.entries().iter().filter(is_file);
    let wanted: Vec<&Entry> = wanted.filter(|entry| wants(entry.path.as_bytes())).collect();
    let contents = tree.read(&wanted).map_err(|error| {
        let path = diagnostics::Foreign::new(error.path.as_bytes());
        let problem = Problem::error(text!["the file ", path, " cannot be read"])
            .label(diagnostics::Piece::said(&error.why));
        Failure::environment(problem)
    })?;
    let paths = wanted.iter().map(|entry| entry.path.as_bytes().to_vec());
    Ok(paths.zip(contents).collect())
}

/// Files as the gates take them.
pub(crate) fn as_files(held: &[Held]) -> Vec<File<'_>> {
    held.iter().map(|(path, bytes)| File { path, bytes }).collect()
}
