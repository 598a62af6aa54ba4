//! What GitHub can give a job to, and how much of it is free.

mod both;
mod gathered;
mod merge;
mod spoken;
#[cfg(test)]
mod tests;

use crate::Machine;

pub use gathered::{Gathered, Group, Listed, Merged, Scope, entries};
pub use merge::{Conflict, Said};

/// How jobs get to an [`Entry`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A runner that is registered: by labels that it has.
    Runner,
    /// A scale set, whose runners come and go: by its name, which is the only label that GitHub compares.
    ScaleSet {
        /// How many jobs it runs at once, if that is known.
        most: Option<u32>,
    },
    /// A larger runner of GitHub's own: by its name.
    Hosted {
        /// How many jobs it runs at once, if that is known.
        most: Option<u32>,
    },
}

impl Kind {
    /// How many jobs it runs at once; one if nobody says more.
    pub fn most(self) -> u32 {
        match self {
            Self::Runner => 1,
            Self::ScaleSet { most } | Self::Hosted { most } => most.unwrap_or(1),
        }
    }
}

/// Whether a job could begin there now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// It waits for a job.
    Idle,
    /// It runs one.
    Busy,
    /// It is not there; also if it was busy when it was last seen.
    Offline,
    /// Nobody asked GitHub: it is taken for free, and a job waits where it is not.
    Assumed,
}

/// Why jobs of this run never get there, whatever they ask for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hidden {
    /// Its group is for other repositories.
    Group {
        /// The group.
        group: String,
    },
    /// Its group is for other workflows.
    Workflows {
        /// The group.
        group: String,
    },
    /// Its group takes no jobs of public repositories, and this one is public.
    PublicRepository {
        /// The group.
        group: String,
    },
    /// Its group takes no jobs of public repositories, and it is not known whether this one is public.
    PerhapsPublicRepository {
        /// The group.
        group: String,
    },
    /// It is the enterprise's, whose groups are not listed here, and no table says that this repository may use it.
    Enterprise,
    /// It has no labels, as the pods of a scale set, and no scale set of its name is known.
    NoLabels,
}

impl Hidden {
    /// Whether it is known that GitHub gives it no job of this run. Where it is not, nothing is planned for it, and it
    /// may take what its labels let in all the same. Which workflow a job is of is not known for sure: one that is
    /// called by another counts by its own name or by its caller's.
    pub fn is_sure(&self) -> bool {
        match self {
            Self::Group { .. } | Self::PublicRepository { .. } | Self::NoLabels => true,
            Self::Workflows { .. } | Self::PerhapsPublicRepository { .. } | Self::Enterprise => {
                false
            }
        }
    }
}

/// Something that GitHub can give a job to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The runner's name, the scale set's, or the label of a larger runner.
    pub name: String,
    /// How jobs get there.
    pub kind: Kind,
    /// The group that it is in, if that is known.
    pub group: Option<String>,
    /// What is known of it, with the labels of a runner. A scale set and a larger runner need none.
    pub machine: Machine,
    /// Whether a job could begin there now.
    pub state: State,
    /// Why no job of this run gets there; nothing if it may.
    pub hidden: Option<Hidden>,
    /// What it costs, in any unit that is that of all.
    pub price: u32,
}

impl Entry {
    /// Whether a job could begin there now, as far as anybody knows.
    pub fn is_free(&self) -> bool {
        matches!(self.state, State::Idle | State::Assumed) && self.kind.most() > 0
    }
}
