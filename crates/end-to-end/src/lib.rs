//! The real actions in a real runner: [act](https://github.com/nektos/act), started so that
//! nothing of it reaches the user's own folders, and believed only where it left evidence.
//!
//! `act` holds the driver, `suite` a test suite that can be shared out and proved to have run
//! exactly once, `release` the tree that stands for `org/actions@v1`. The workflows are in
//! `workflows/`, and `stand-ins/` has tiny actions for those that need GitHub itself.
//!
//! Nothing here is shipped. `tests/it`, `scripts/demo` and `scripts/release-rehearsal` are made of it.

#![expect(clippy::disallowed_methods, reason = "this crate starts programs and keeps their files")]

pub mod act;
mod places;
pub mod rehearsal;
pub mod release;
pub mod suite;
mod trouble;

pub use places::{Toolchain, target_folder, workspace_root};
pub use trouble::{Doing, Trouble};
