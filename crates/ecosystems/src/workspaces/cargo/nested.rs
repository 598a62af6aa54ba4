//! Packages that lie below the folder of another package and that no workspace around them has: the one
//! of cargo-fuzz, bindings for another language, an example with a lock file of its own.
//!
//! Nothing in a manifest tells them from fixtures and templates, but what they use: a fixture is copied
//! away before it is built, so it takes nothing from around it by path. One that does is a package, if
//! cargo would build it where it is. So is one that lies where no file counts for the package around it
//! (`ci`, `docs`): what changes there would be nobody's.

use std::collections::BTreeMap;
use std::rc::Rc;

use repo_model::NotRead;

use super::files;
use super::layout::{Found, Layout, Root, above, relative};
use super::manifest::Manifest;
use super::reader::Reader;

/// The most manifests that are read without more reason than that they lie below a package, those beside
/// a lock file first. Where there are more, they are fixtures, or copies of packages from elsewhere: of 645
/// manifests in rust-lang/cargo 27 are packages. Those that a root excludes are read in any case.
const MOST: usize = 100;

/// How often one package may be found through another of them.
const MOST_ROUNDS: usize = 8;

impl Layout {
    /// Settles the packages below others.
    ///
    /// # Errors
    /// When a manifest's contents cannot be had.
    pub(super) fn settle_nested(
        &mut self,
        reader: &mut Reader<'_>,
        outside: &mut Vec<Vec<u8>>,
    ) -> Result<(), NotRead> {
        let mut left = self.nested(reader)?;
        for _ in 0..MOST_ROUNDS {
            let before = left.len();
            for (folder, manifest) in std::mem::take(&mut left) {
                if self.packages.contains_key(&folder) || self.root(&folder).is_some() {
                    continue;
                }
                if !self.settle_if_used(&folder, &manifest, reader, outside)? {
                    left.insert(folder, manifest);
                }
            }
            if left.len() == before {
                break;
            }
        }
        Ok(())
    }

    /// The manifests that may be of such packages, by their folders.
    fn nested(&self, reader: &mut Reader<'_>) -> Result<BTreeMap<Vec<u8>, Rc<Manifest>>, NotRead> {
        let is_nested = |folder: &&Vec<u8>| {
            !self.packages.contains_key(*folder)
                && !self.broken.contains_key(*folder)
                && self.root(folder).is_none()
                && self.owner(folder).is_some()
        };
        let nested: Vec<Vec<u8>> = reader.folders().filter(is_nested).cloned().collect();
        let is_excluded = |folder: &[u8]| {
            let mut roots = above(folder).filter_map(|above| self.whole_root(above));
            roots.next().is_some_and(|root| root.excludes(folder))
        };
        let (mut read, others): (Vec<Vec<u8>>, Vec<Vec<u8>>) =
            nested.into_iter().partition(|folder| is_excluded(folder));
        let (locked, bare): (Vec<Vec<u8>>, Vec<Vec<u8>>) =
            others.into_iter().partition(|folder| reader.has_lock(folder));
        let mut room = MOST;
        for likely in [locked, bare] {
            if let Some(less) = room.checked_sub(likely.len()) {
                room = less;
                read.extend(likely);
            }
        }
        let manifests = reader.manifests(&read)?.into_iter();
        Ok(manifests.map(|manifest| (manifest.folder.clone(), manifest)).collect())
    }

    /// Settles a package, or a workspace, if it takes something from around it; whether it did.
    fn settle_if_used(
        &mut self,
        folder: &[u8],
        manifest: &Rc<Manifest>,
        reader: &mut Reader<'_>,
        outside: &mut Vec<Vec<u8>>,
    ) -> Result<bool, NotRead> {
        if manifest.workspace().is_some() {
            let (mut inner, mut beyond) = (Self::default(), Vec::new());
            inner.settle_root(Root::new(Rc::clone(manifest)), reader, &mut beyond)?;
            let is_package = inner.packages.values().any(|found| self.is_taking(found))
                || self.is_aside(folder) && !inner.packages.is_empty();
            if is_package {
                self.adopt(inner);
                outside.extend(beyond);
            }
            return Ok(is_package);
        }
        // Its root may be one of these itself: then that one decides.
        let mut folders = above(folder);
        let root = folders.find_map(|above| match self.whole_root(above) {
            Some(root) => Some(root.excludes(folder)),
            None => reader.is_root(above).then_some(false),
        });
        let found = Found::new(Rc::clone(manifest), folder.to_vec(), None, reader);
        let is_package = root != Some(false)
            && manifest.name().is_some()
            && (self.is_taking(&found) || self.is_aside(folder));
        if is_package {
            outside.extend(found.paths.iter().map(|path| path.folder.clone()));
            self.packages.insert(folder.to_vec(), found);
        }
        Ok(is_package)
    }

    /// Whether a package takes another by path that is one already.
    fn is_taking(&self, found: &Found) -> bool {
        found.paths.iter().any(|path| self.packages.contains_key(&path.folder))
    }

    /// Whether no file in the folder counts for the package around it.
    fn is_aside(&self, folder: &[u8]) -> bool {
        let Some((outer, _)) = self.owner(folder) else { return false };
        let is_root = outer.is_empty() || self.root(outer).is_some();
        let first = relative(folder, outer).and_then(|rest| rest.split(|b| *b == b'/').next());
        is_root && first.is_some_and(files::is_aside)
    }
}
