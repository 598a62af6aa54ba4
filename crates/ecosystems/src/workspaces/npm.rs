//! Packages of npm, pnpm, Yarn and Bun: every `package.json` of a repository that is meant to be one
//! (`npm/model.rs` says which), in any number of workspaces and in none.
//!
//! Who needs whom is said in `npm/needs.rs` and `npm/named.rs`, how far a file reaches in
//! `npm/files.rs`, a field of a manifest in `npm/differences.rs`. Lock files are read by their meaning (`npm/locked.rs`): a member is
//! touched if what it installs is another one. Where that cannot be told, all members are touched. What
//! a root installs, its members find too, so a root that is touched by its lock file touches all.
//!
//! What the base had is asked of the base: a file that is gone belonged to a package of then, and a
//! package that was linked to something else than now is touched.

mod bun_lock;
mod differences;
mod files;
mod lint_users;
mod locked;
mod manifest;
mod membership;
mod model;
mod named;
mod needs;
mod package_lock;
mod patterns;
mod pnpm_lock;
mod range;
mod settings;
mod touches;
mod yarn_lock;

use diagnostics::Problem;

use self::model::{Model, Package};
use self::named::Named;
use self::needs::Lookup;
use super::draft::{Draft, warning};
use super::{NeedKind, Reading, Sides};

/// JSON with comments and commas after the last value, as Bun writes it, without either.
pub(crate) fn without_comments(bytes: &[u8]) -> Vec<u8> {
    bun_lock::json(bytes)
}

/// Reads the packages of the head, what they need, and which of them the change touches.
///
/// # Errors
/// When the tree of the head cannot be read, or a manifest in it that a workspace names, or that a lock
/// file stands beside. A base that cannot be read touches what it could have said something about, and
/// is told in [`Reading::problems`].
pub fn read(sides: &Sides<'_>) -> Result<Reading, Box<Problem>> {
    let mut head = Model::read(sides.head, None)?;
    if let Some(at) = head.broken.iter().position(|broken| broken.is_certain) {
        return Err(head.broken.swap_remove(at).problem);
    }
    let mut draft = Draft::default();
    for package in &head.packages {
        draft.package(name(package), package.folder.clone());
    }
    let lookup = Lookup::new(&head);
    for at in 0..head.packages.len() {
        for (on, kind) in lookup.needs(at) {
            draft.need(at, on, kind);
        }
    }
    let named = Named::read(sides.head, &head, &lookup)?;
    for (from, on) in &named.needs {
        draft.need(*from, *on, NeedKind::Build);
    }
    for broken in &head.broken {
        let path = super::folders::join(&broken.folder, b"package.json");
        if sides.changes.of(&path).is_some() {
            draft.problem(warning(&broken.problem));
        }
    }
    if let Some(base) = sides.base {
        touches::find(sides, base, &head, &lookup, &mut draft);
        touches::by_name(sides, &named, &mut draft);
        lint_users::find(&head, &mut draft);
    }
    Ok(draft.finish())
}

/// The name of a package; its folder, or `.`, where the manifest has none.
fn name(package: &Package) -> String {
    match &package.manifest.name {
        Some(name) => name.clone(),
        None if package.folder.is_empty() => ".".to_owned(),
        None => String::from_utf8_lossy(&package.folder).into_owned(),
    }
}

#[cfg(test)]
mod tests;
