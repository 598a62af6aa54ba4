//! Packages of Go: modules (`go.mod`), alone or in workspaces (`go.work`), or the packages in them.
//!
//! Many repositories are one module, with a folder for each service; there only the finer [`Unit`] says
//! which service a change concerns. It costs reading every source file, for the imports before its first
//! declaration. What is not seen: headers that C code includes from other folders, and files that a
//! program opens by a path. What a link leads to counts as if it lay in the place of the link.
//!
//! A version in a `go.mod` counts for everything that is imported from elsewhere, because the module that
//! it belongs to may be needed by any other one; only Go, with all modules at hand, knows more. It also
//! counts for what comes to such an import through other modules of the repository, which are built with
//! the main module's versions and its `replace`. A workspace takes the highest version that one of its
//! modules asks for, so a version in one module may be that of all. `go.sum` only confirms versions: it
//! reaches the tests of what imports from elsewhere, which fail where a line is missing, and nobody else.
//! A copy in `vendor` counts for whoever imports it, also through other copies.

mod causes;
mod imports;
pub(crate) mod lines;
mod local;
pub(crate) mod model;
mod packages;
mod source;
mod touches;
mod vendor;

use diagnostics::Problem;

use self::model::Model;
use self::packages::Nodes;
use super::draft::{Draft, warning};
use super::folders;
use super::{Reading, Sides};

/// What a package of the reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A module, named by its path. It needs those of the same repository that it gets by `replace`, or
    /// requires while a workspace uses both.
    Module,
    /// A folder with source files, named by its import path. It needs what its files import; what only
    /// tests import is [`super::NeedKind::Dev`].
    Package,
}

/// Reads the packages of the head, what they need, and which of them the change touches.
///
/// # Errors
/// When the tree of the head cannot be read, or a `go.mod` or `go.work` in it. A base that cannot be
/// read touches what it could have said something about, and is told in [`Reading::problems`].
pub fn read(sides: &Sides<'_>, unit: Unit) -> Result<Reading, Box<Problem>> {
    let mut head = Model::read(sides.head, None)?;
    if !head.broken.is_empty() {
        return Err(head.broken.swap_remove(0).1);
    }
    let mut nodes = Nodes::read(sides.head, &head, unit)?;
    let is_data = |path: &[u8]| folders::names_of(path).any(|name| name == b"testdata");
    let may_be_data = |path: &[u8]| {
        is_data(path) || head.links.aliases(path).0.iter().any(|alias| is_data(alias))
    };
    if unit == Unit::Module && sides.changes.iter().any(|it| may_be_data(it.path.as_bytes())) {
        // That others import from there only sources say.
        nodes.borrow_from(Nodes::read(sides.head, &head, Unit::Package)?);
    }
    let mut draft = Draft::default();
    for node in &nodes.all {
        draft.package(node.name.clone(), node.folder.clone());
    }
    for (from, on, kind) in nodes.needs(&head, unit) {
        draft.need(from, on, kind);
    }
    if let Some(base) = sides.base {
        let before = match Model::read(base, Some((&head, sides.changes))) {
            Ok(before) => before,
            Err(problem) => {
                draft.problem(warning(&problem));
                touches::everything(sides, &nodes, &mut draft);
                return Ok(draft.finish());
            }
        };
        let then = Nodes::folders(base, &before, unit);
        touches::find(sides, (&head, &nodes), (&before, &then), unit, &mut draft);
    }
    Ok(draft.finish())
}

#[cfg(test)]
mod tests;
