//! The document that leaves the process: what a key was made of.
//!
//! It is JSON with a version, and is read again by a later run, with every doubt.

mod material;

pub use material::{IdentityFile, MaterialFile};
