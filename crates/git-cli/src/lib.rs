//! Asks git: which commits there are, what differs between them, what stands in them.
//!
//! Only this crate knows git's words. It runs the program `git` (2.31 or newer; 2.32 to fetch), by lists
//! of arguments and never by a shell, reads what it prints as bytes, and prints nothing. What git does
//! not say is a [`GitFailure`], and never an empty answer.

mod batch;
mod diff;
mod disk;
mod failure;
mod fetch;
mod history;
mod launch;
mod name;
pub mod output;
mod process;
mod repository;
mod scratch;
mod settings;
mod store;
mod tree;

#[cfg(test)]
mod tests;

pub use diff::Base;
pub use failure::{FailureKind, GitFailure};
pub use history::{Ancestry, CommitAt, Log, Logged, MergeBase, NearestTag};
pub use name::{Name, NotARefName, RefName};
pub use repository::Repository;
pub use settings::{First, Settings};
pub use tree::{CommitTree, WorkTree};
