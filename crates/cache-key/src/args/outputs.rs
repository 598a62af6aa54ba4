//! Every output of `actions/cache-key`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

const COMPUTE: &[&str] = &["compute"];

/// Every output of `actions/cache-key`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output { name: "key", doc: "The key, for `key` of actions/cache.", commands: COMPUTE },
    Output {
        name: "restore-keys",
        doc: "The keys that may be restored instead, one a line, the most alike first, for `restore-keys` of actions/cache.",
        commands: COMPUTE,
    },
    Output {
        name: "paths",
        doc: "What is kept, one path a line, for `path` of actions/cache.",
        commands: COMPUTE,
    },
    Output {
        name: "material",
        doc: "The SHA-256 of everything that the key was made of.",
        commands: COMPUTE,
    },
    Output {
        name: "material-path",
        doc: "The file that says what the key was made of; empty where none was written.",
        commands: COMPUTE,
    },
];
