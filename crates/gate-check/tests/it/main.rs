//! Drives the built `gate-check` as a job and as a person would.

#![cfg(test)]

mod alerts;
mod baselines;
mod canary;
mod canary_replays;
mod canary_walks;
mod config;
mod deploy;
mod gates;
mod hostile;
mod manifests;
mod metrics;
mod needs;
mod notes;
mod pages;
mod parity;
mod place;
mod processes;
mod promotion;
mod pushes;
mod scripts;
mod tool;
mod vacuous;
