//! The documents that leave the process: what a key was made of, and what differs from an earlier one.
//!
//! They are JSON. What a key was made of has a version, and is read again by a later run.

mod difference;
mod hash;
mod lossless;
mod material;
mod prune;
mod reading;

pub use difference::{ChangeEntry, DifferenceFile, as_many};
pub use hash::HashFile;
pub use material::{IdentityFile, MaterialFile};
pub use prune::PruneFile;
pub use reading::{Earlier, NotAMaterial};

/// A document's bytes: one line.
pub(crate) fn bytes_of(document: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(document).unwrap_or_else(|error| {
        // Only maps with other keys than text have no JSON form.
        unreachable!("a document is always JSON: {error}")
    });
    bytes.push(b'\n');
    bytes
}
