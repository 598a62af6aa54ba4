//! What is kept of an ecosystem, and how far it may be used for something else than it was made for.

/// What a place holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Downloads: the same on every machine, and named by what they hold.
    Registry,
    /// What was installed or built from elsewhere.
    Dependencies,
    /// What was built from the repository's own sources.
    Workspace,
}

impl Layer {
    /// All of them, the most general first.
    pub const ALL: [Self; 3] = [Self::Registry, Self::Dependencies, Self::Workspace];

    /// Its name in inputs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::Dependencies => "deps",
            Self::Workspace => "workspace",
        }
    }
}

/// How far a place's contents may be used under another key than they were saved under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reuse {
    /// Under none: the tool takes what is there as right.
    Exact,
    /// With the same toolchain: the tool finds out what else has changed.
    SameToolchain,
    /// On the same system: the tool also tells the products of another toolchain apart.
    SameSystem,
    /// Everywhere: every part is named by what it holds.
    Any,
}

/// A place on disk that is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Its path as actions/cache takes it: `~/` is the home folder, otherwise from the root of the
    /// repository with `/` between the parts; `*` and `**` are wildcards.
    pub path: Vec<u8>,
    /// What it holds.
    pub layer: Layer,
    /// How far it may be used for something else.
    pub reuse: Reuse,
    /// Why that is safe, in words that follow "because".
    pub why: &'static str,
}
