//! Where a folder cannot be kept open while names in it are looked up, nothing is opened.

use std::io;
use std::path::Path;

use super::{Listed, Listing, NotRemoved, Opened};
use crate::DiskFailure;

/// A folder that is never left; there is none on this system.
#[derive(Debug)]
pub enum Rooted {}

impl Rooted {
    /// Refuses: the standard library has no way there to look up a name without following links.
    ///
    /// # Errors
    /// Always.
    pub fn open(base: &Path, _below: &[u8]) -> Result<Opened, DiskFailure> {
        Err(DiskFailure::new("searching", base, io::ErrorKind::Unsupported.into()))
    }

    /// All that is below it.
    pub fn list(&self) -> Listing {
        match *self {}
    }

    /// The first bytes of a file below it.
    ///
    /// # Errors
    /// Never: there is none.
    pub fn beginning(&self, _path: &[u8], _most: u64) -> io::Result<Vec<u8>> {
        match *self {}
    }

    /// Removes something below it.
    ///
    /// # Errors
    /// Never: there is none.
    pub fn remove(&self, _listed: &Listed) -> Result<(), NotRemoved> {
        match *self {}
    }
}
