//! One file a gate: its policy, the facts it looks at, its decision.

pub mod compile;
pub mod coverage;
pub mod docs;
pub mod lint;
pub mod manifests;
pub mod migrations;
pub mod parity;
pub mod performance;
pub mod required_jobs;
pub mod security;
pub mod terraform;
pub mod tests;
pub mod workflow_lint;
