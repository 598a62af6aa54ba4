//! The real actions, run by act: what `uses: org/actions/shard@v1` does for those who write it.
//!
//! And the scripts that they stand on: `install.sh`, `release-tree`. Needs act, which
//! `scripts/test` installs; without it these tests fail and say so.

#![expect(clippy::disallowed_methods, reason = "tests read what a run left, and start programs")]

#[cfg(unix)]
#[cfg(test)]
mod build;
#[cfg(test)]
mod changes;
#[cfg(test)]
mod examples;
#[cfg(unix)]
#[cfg(test)]
mod frameworks;
#[cfg(test)]
mod hostile;
#[cfg(unix)]
#[cfg(test)]
mod install;
#[cfg(test)]
mod own_suite;
#[cfg(unix)]
#[cfg(test)]
mod picomatch;
#[cfg(unix)]
#[cfg(test)]
mod real_suites;
#[cfg(test)]
mod refused;
#[cfg(unix)]
#[cfg(test)]
mod release_tree;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod traps;
