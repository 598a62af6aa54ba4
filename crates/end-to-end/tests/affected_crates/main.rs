//! Which crates a change affects, beside what guppy's determinator answers for the same workspaces.
//!
//! Workspaces are made here and resolved by the real `cargo metadata`; determinator runs as a program
//! of its own (`.config/determinator`), which this test builds once. Neither is ever right by
//! definition: where both differ the difference has to be one of the kinds in [`judged`].

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "tests write workspaces, and start cargo")]

mod change;
mod judged;
mod model;
mod oracle;
mod outside;
mod rules;
mod world;
