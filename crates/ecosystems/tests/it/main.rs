//! Readings compared with what the real tools say.

#![cfg(test)]

mod cargo_metadata;
