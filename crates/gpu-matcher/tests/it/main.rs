//! Drives the built `gpu-matcher` as a job and as a person would.

#![cfg(test)]

#[cfg(unix)]
mod cargo;
mod check;
#[cfg(unix)]
mod expect;
mod github;
#[cfg(unix)]
mod machines;
mod matching;
#[cfg(unix)]
mod probe;
mod readme;
mod tool;
