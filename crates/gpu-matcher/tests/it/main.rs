//! Drives the built `gpu-matcher` as a job and as a person would.

#![cfg(test)]

#[cfg(unix)]
mod machines;
#[cfg(unix)]
mod probe;
