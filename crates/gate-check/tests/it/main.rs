//! Drives the built `gate-check` as a job and as a person would.

#![cfg(test)]

mod baselines;
mod needs;
mod place;
mod tool;
mod vacuous;
