//! The real actions, run by act: what `uses: org/actions/shard@v1` does for those who write it.
//!
//! And the scripts that they stand on: `install.sh`, `install.ps1`, `release-tree`. Needs act, which
//! `scripts/test` installs; without it these tests fail and say so.

#![cfg(test)]
#![expect(clippy::disallowed_methods, reason = "tests read what a run left, and start programs")]

mod bucket;
#[cfg(unix)]
mod build;
mod cache_examples;
mod cache_key;
mod canary;
mod changes;
mod deploy;
mod examples;
#[cfg(unix)]
mod frameworks;
mod gate;
#[cfg(unix)]
mod gpu;
#[cfg(unix)]
mod hash_files;
mod hostile;
#[cfg(unix)]
mod install;
#[cfg(unix)]
mod machines;
#[cfg(unix)]
mod own_pipeline;
mod own_suite;
#[cfg(unix)]
mod picomatch;
#[cfg(unix)]
mod pipelines;
mod prebuilt;
#[cfg(unix)]
mod real_suites;
mod refused;
#[cfg(unix)]
mod rehearsal;
#[cfg(unix)]
mod release_steps;
#[cfg(unix)]
mod release_tree;
mod shared;
mod traps;
