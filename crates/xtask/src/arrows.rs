//! Who may import whom: each crate has a ring, and an arrow goes to a lower one.
//!
//! base 0, knowledge and transport 1, core and edge 2, tool 3, dev 4; an edge imports only base and
//! transport, and nobody but an edge imports transport. So no decision can reach the disk or the network, and
//! no edge can decide.

use std::fmt;

/// The ring of a crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ring {
    /// Values that everybody uses.
    Base,
    /// What is known of formats and ecosystems.
    Knowledge,
    /// What edges that speak to servers share.
    Transport,
    /// Decisions: data in, data out.
    Core,
    /// One outside thing each.
    Edge,
    /// The binaries.
    Tool,
    /// What only developers run.
    Dev,
}

/// The crates of the workspace. A new crate is one line here.
pub const RINGS: &[(&str, Ring)] = &[
    ("diagnostics", Ring::Base),
    ("repo-model", Ring::Base),
    ("ecosystems", Ring::Knowledge),
    ("reports", Ring::Knowledge),
    ("http-transport", Ring::Transport),
    ("affected", Ring::Core),
    ("cache-identity", Ring::Core),
    ("pipeline-metrics", Ring::Core),
    ("placement", Ring::Core),
    ("rollout", Ring::Core),
    ("sharding", Ring::Core),
    ("verdict", Ring::Core),
    ("git-cli", Ring::Edge),
    ("github-api", Ring::Edge),
    ("object-store", Ring::Edge),
    ("prometheus-api", Ring::Edge),
    ("runner-protocol", Ring::Edge),
    ("system", Ring::Edge),
    ("change-detector", Ring::Tool),
    ("cache-key", Ring::Tool),
    ("gate-check", Ring::Tool),
    ("gpu-matcher", Ring::Tool),
    ("shard-splitter", Ring::Tool),
    ("testkit", Ring::Dev),
    ("end-to-end", Ring::Dev),
    ("xtask", Ring::Dev),
    ("fuzz", Ring::Dev),
];

/// A dependency of one crate of the workspace on another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Who imports.
    pub from: String,
    /// What is imported.
    pub to: String,
    /// Whether only its tests do.
    pub in_tests: bool,
}

/// An arrow that should not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongArrow(pub String);

impl fmt::Display for WrongArrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ring {
    fn number(self) -> u8 {
        match self {
            Self::Base => 0,
            Self::Knowledge | Self::Transport => 1,
            Self::Core | Self::Edge => 2,
            Self::Tool => 3,
            Self::Dev => 4,
        }
    }
}

fn ring(name: &str) -> Option<Ring> {
    RINGS.iter().find(|(known, _)| *known == name).map(|(_, ring)| *ring)
}

/// The arrows that go where they should not.
pub fn wrong(arrows: &[Arrow]) -> Vec<WrongArrow> {
    arrows.iter().filter_map(|arrow| check(arrow).err()).collect()
}

fn check(arrow: &Arrow) -> Result<(), WrongArrow> {
    let Arrow { from, to, in_tests } = arrow;
    let unlisted = |name: &str| {
        WrongArrow(format!("`{name}` has no ring: add it to RINGS in crates/xtask/src/arrows.rs"))
    };
    let from_ring = ring(from).ok_or_else(|| unlisted(from))?;
    let to_ring = ring(to).ok_or_else(|| unlisted(to))?;
    if *in_tests && to == "testkit" {
        return Ok(());
    }
    let edge_beyond_base =
        from_ring == Ring::Edge && !matches!(to_ring, Ring::Base | Ring::Transport);
    let network_without_edge = to_ring == Ring::Transport && from_ring != Ring::Edge;
    // A chore may use another dev crate only as a library of fixtures.
    let between_dev = from_ring == Ring::Dev && to == "testkit";
    if between_dev
        || (to_ring.number() < from_ring.number() && !edge_beyond_base && !network_without_edge)
    {
        return Ok(());
    }
    Err(WrongArrow(format!("`{from}` ({from_ring:?}) must not import `{to}` ({to_ring:?})")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_arrow(from: &str, to: &str, in_tests: bool, allowed: bool) {
        let arrow = Arrow { from: from.to_owned(), to: to.to_owned(), in_tests };
        assert_eq!(check(&arrow).is_ok(), allowed, "{arrow:?}");
    }

    #[test]
    fn arrows_go_to_lower_rings_only() {
        check_arrow("sharding", "reports", false, true);
        check_arrow("shard-splitter", "system", false, true);
        check_arrow("runner-protocol", "diagnostics", false, true);
        check_arrow("sharding", "system", false, false);
        check_arrow("system", "reports", false, false);
        check_arrow("system", "runner-protocol", false, false);
        check_arrow("reports", "sharding", false, false);
        check_arrow("diagnostics", "repo-model", false, false);
        check_arrow("reports", "testkit", true, true);
        check_arrow("reports", "testkit", false, false);
        check_arrow("sharding", "unheard-of", false, false);
    }
}
