//! Drives the built `change-detector` as a job and as a person would, on real git repositories.

#[cfg(test)]
mod crates;
#[cfg(test)]
mod events;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod import;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod last_success;
#[cfg(test)]
#[cfg(unix)]
mod processes;
#[cfg(test)]
mod recover;
#[cfg(test)]
mod services;
#[cfg(test)]
mod tool;
#[cfg(test)]
mod traps;
