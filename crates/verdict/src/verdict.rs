//! How bad a thing is, on the one scale that all gates share.

/// What a reason, a gate or the whole run comes to. The order is from best to worst; the whole is as
/// bad as its worst part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Nothing speaks against it.
    #[default]
    Pass,
    /// Worth a look; does not block.
    Warn,
    /// The evidence does not say: too few rounds, no base to compare with. Does not block.
    Inconclusive,
    /// Somebody has to say that they know of it, by a waiver or an approval; warns until then, or blocks
    /// where the policy is strict.
    Acknowledge,
    /// Somebody has to approve it; blocks until then.
    Review,
    /// No.
    Fail,
    /// There is no answer: evidence is missing, unreadable or cannot be trusted. No mode and no waiver
    /// softens it.
    Error,
}

impl Verdict {
    /// Every verdict, from best to worst.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Warn,
        Self::Inconclusive,
        Self::Acknowledge,
        Self::Review,
        Self::Fail,
        Self::Error,
    ];

    /// The word for it in outputs and documents.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Inconclusive => "inconclusive",
            Self::Acknowledge => "acknowledge",
            Self::Review => "review",
            Self::Fail => "fail",
            Self::Error => "error",
        }
    }
}
