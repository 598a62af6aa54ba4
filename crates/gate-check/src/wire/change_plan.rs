//! The change plan of `actions/changes`, version 1: as much of it as a gate asks for.

use std::collections::BTreeMap;

use serde::Deserialize;
use verdict::gates::required_jobs::Affected;

/// What changed, as another tool wrote it.
#[derive(Clone, Debug, Deserialize)]
pub struct ChangePlan {
    #[serde(rename = "signalbox-changes")]
    version: u32,
    all: bool,
    /// The commit that the head is compared with, if there is one.
    pub base: Option<String>,
    filters: Vec<Filter>,
    services: Vec<Named>,
    packages: Vec<Named>,
}

#[derive(Clone, Debug, Deserialize)]
struct Filter {
    name: String,
    matches: bool,
}

#[derive(Clone, Debug, Deserialize)]
struct Named {
    name: String,
    affected: bool,
}

/// It is no change plan, or one of another version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct NotAChangePlan {
    what: String,
    /// The line and the column in bytes, both from 1, if it has a place.
    pub place: Option<(usize, usize)>,
}

impl ChangePlan {
    /// Reads a plan.
    ///
    /// # Errors
    /// When it is no change plan, or one of another version: what it would say is not known.
    pub fn read(bytes: &[u8]) -> Result<Self, NotAChangePlan> {
        let plan: Self = serde_json::from_slice(bytes).map_err(|error| NotAChangePlan {
            what: format!("not a change plan: {error}"),
            place: Some((error.line(), error.column())),
        })?;
        if plan.version != 1 {
            let what = format!("a change plan of version {}; this tool reads 1", plan.version);
            return Err(NotAChangePlan { what, place: None });
        }
        Ok(plan)
    }

    /// What is affected, by name. Of several things of one name, one that is affected counts.
    pub fn affected(&self) -> Affected {
        let filters = self.filters.iter().map(|filter| (&filter.name, filter.matches));
        let parts = self.services.iter().chain(&self.packages);
        let parts = parts.map(|part| (&part.name, part.affected));
        let mut names = BTreeMap::new();
        for (name, is_affected) in filters.chain(parts) {
            *names.entry(name.clone()).or_default() |= is_affected;
        }
        Affected { all: self.all, names }
    }
}
