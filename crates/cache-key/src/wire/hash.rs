//! The hash of many files.

use serde::Serialize;
use system::Hashed;

/// What `hash` found: the document of `--format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HashFile {
    /// SHA-256 in hexadecimal; empty if no file matches.
    hash: String,
    /// How many files match.
    files: u64,
    /// How many bytes they have.
    bytes: u64,
}

impl HashFile {
    /// The document of a hash.
    pub fn new(hashed: &Hashed) -> Self {
        let hash = hashed.digest.map_or_else(String::new, |it| repo_model::hexadecimal(&it));
        Self { hash, files: hashed.files, bytes: hashed.bytes }
    }
}
