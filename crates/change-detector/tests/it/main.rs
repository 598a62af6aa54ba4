//! Drives the built `change-detector` as a job and as a person would, on real git repositories.

#![cfg(test)]

mod crates;
mod events;
mod hostile;
mod import;
mod inputs;
mod last_success;
#[cfg(unix)]
mod processes;
mod recover;
mod services;
mod tool;
mod traps;
