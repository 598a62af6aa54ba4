//! Drives the built `shard-splitter` as a job and as a person would.

#![cfg(test)]

mod changes;
mod choices;
mod frameworks;
mod hostile;
mod inputs;
mod plan;
mod records;
mod select;
mod tool;
