//! Drives the built `gpu-matcher` as a job and as a person would.

#![cfg(test)]

mod check;
mod github;
#[cfg(unix)]
mod machines;
mod matching;
#[cfg(unix)]
mod probe;
mod tool;
