//! Who may write a cache, and who reads it.

use diagnostics::Text;

/// Whose caches a run writes and reads.
///
/// What is written under one scope is never found by a key of another, because the scope is a part of
/// every key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The scope that this run's own caches are in: a part of the key.
    pub own: String,
    /// The scopes that it reads besides, the nearest first.
    pub reads: Vec<String>,
    /// Whether it may save, as far as trust goes.
    pub may_save: bool,
    /// Why, for a person.
    pub why: Text,
}

impl Scope {
    /// The scope of what everybody trusts.
    pub const TRUSTED: &'static str = "trusted";
}
