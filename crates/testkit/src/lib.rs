//! What tests need: scratch folders, built binaries under control, a server that answers as told,
//! and the runner's own reading of what a step wrote.
//!
//! This is the room where tests may touch disk and processes, so that a test itself is only data
//! and assertions. Nothing here is shipped, and whatever goes wrong here is a panic: it fails the
//! test that asked.

#![expect(clippy::disallowed_methods, reason = "tests touch the disk and start programs here only")]
#![expect(clippy::panic, reason = "whatever goes wrong here fails the test that asked")]

#[cfg(unix)]
mod noted;
pub mod placeholders;
mod repository;
pub mod runner;
mod scratch;
mod server;
mod tool;

#[cfg(unix)]
pub use noted::Noted;
pub use repository::Repository;
pub use scratch::{Scratch, copy_folder, test_data};
pub use server::{Answer, Request, Server};
pub use tool::{Told, Tool};
