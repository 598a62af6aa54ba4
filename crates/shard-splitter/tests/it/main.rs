//! Drives the built `shard-splitter` as a job and as a person would.

#[cfg(test)]
mod changes;
#[cfg(test)]
mod choices;
#[cfg(test)]
mod frameworks;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod inputs;
#[cfg(test)]
mod plan;
#[cfg(test)]
mod records;
#[cfg(test)]
mod select;
#[cfg(test)]
mod tool;
