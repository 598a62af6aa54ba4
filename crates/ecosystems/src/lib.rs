//! What signalbox knows of the tools of each ecosystem: how they are asked, and how they are told.
//!
//! [`Framework`] knows test runners, [`workspaces`] knows packages, [`caches`] knows what is kept between
//! runs, [`leftovers`] what of it is left over, [`rules`] knows determinator's rules, [`kubernetes`] what
//! manifests say of pods, [`compose`] what Compose files say of services.
//! Nothing here runs a command or opens a file: a [`Probe`] *asks* for a command, and a [`FilterFile`] is
//! handed back as bytes.

pub mod caches;
pub mod compose;
mod filter;
mod frameworks;
pub mod kubernetes;
pub mod leftovers;
mod list;
mod probe;
mod relative;
pub mod rules;
mod script;
pub mod workspaces;
mod yaml;

pub use filter::{CannotFilter, FilterFile, Part};
pub use frameworks::{Framework, Home, Owner, Unit};
pub use probe::{Answers, Discovered, NotDiscovered, Probe};
