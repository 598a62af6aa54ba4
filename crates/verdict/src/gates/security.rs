//! What scanners find: vulnerabilities, secrets, misconfigurations, bad code.
//!
//! How bad a finding is says what becomes of it: by default what is critical blocks, what is high has to
//! be approved, what is medium acknowledged, what is low is only counted. What nobody says how bad it is
//! blocks. One vulnerability of one package that several scanners know is one finding, as bad as the
//! worst of them says.

mod decide;
mod findings;
mod identity;
mod joined;
mod policy;
#[cfg(test)]
mod tests;

pub use decide::decide;
pub use findings::Findings;
pub use identity::Base;
pub use policy::{Action, Component, Levels, Policy};

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// What the scanners found.
    pub findings: &'a Findings,
    /// What the base had, if it is known.
    pub base: Option<&'a Base>,
    /// Whether somebody approved the findings that need a review: set by a job of a protected environment.
    pub approve_high: bool,
}
