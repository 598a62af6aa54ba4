//! Runners: which there are, who may use them, and which larger ones GitHub would start.
//!
//! Sources: GitHub documentation, "REST API endpoints for self-hosted runners", "REST API endpoints for
//! self-hosted runner groups", "REST API endpoints for GitHub-hosted runners", "Using pagination in the REST
//! API". Pages are counted; a `Link` header is not looked at, so that it leads nowhere.

mod answers;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use answers::{
    Group, HostedRunner, HostedStatus, Image, Label, MachineSize, Page, Runner, Status, Visibility,
    groups, hosted_runners, runners,
};

use crate::answer::NotAnAnswer;
use crate::client::{Client, Connection};
use crate::failure::{ApiFailure, FailureKind, Grant, Question};
use crate::remembered::Remembered;

/// How many entries a page has: as many as GitHub gives.
const PAGE: usize = 100;

/// How many pages of a list are read: a group holds ten thousand runners at most.
const PAGES: u32 = 100;

/// The most bytes of all answers together: those of ten thousand runners with a hundred labels each.
const MOST_BYTES: u64 = 64 << 20;

/// Which runners are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RunnerQuery<'a> {
    /// The repository whose jobs look for runners, `owner/name`.
    pub repository: &'a str,
    /// Whether those that belong to it alone are asked for.
    pub own: bool,
    /// The organization whose runners are asked for, with the groups of them that are open to the repository.
    pub organization: Option<&'a str>,
    /// The enterprise whose runners are asked for.
    pub enterprise: Option<&'a str>,
    /// Whether the organization's larger runners are asked for.
    pub hosted: bool,
}

/// Whose a list is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Owner {
    /// A repository's.
    Repository,
    /// An organization's.
    Organization,
    /// An enterprise's.
    Enterprise,
}

/// What there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed {
    /// The runners of each owner that was asked for, each once, by id. Owners number their runners on their
    /// own: the same id of two of them is two runners.
    pub runners: BTreeMap<Owner, Vec<Runner>>,
    /// The organization's groups that are open to the repository, by id; nothing if no organization was
    /// asked for.
    pub groups: Option<Vec<Group>>,
    /// The organization's larger runners, by id; nothing if they were not asked for, or the server is not
    /// GitHub's own and knows no such thing.
    pub hosted: Option<Vec<HostedRunner>>,
    /// The lists that have more than was read: too long, or changed while they were read.
    pub incomplete: Vec<Incomplete>,
    /// How many requests it took.
    pub requests: u32,
}

/// A list that has more entries than were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incomplete {
    /// Which.
    pub list: List,
    /// How many it has, as GitHub says.
    pub total: u64,
    /// How many were read.
    pub read: u64,
}

/// A list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// Self-hosted runners of an owner.
    Runners(Owner),
    /// Groups of an organization.
    Groups,
    /// Larger runners of an organization.
    HostedRunners,
}

/// What can be in a list.
trait Entry {
    fn id(&self) -> u64;
}

impl Entry for Runner {
    fn id(&self) -> u64 {
        self.id
    }
}

impl Entry for Group {
    fn id(&self) -> u64 {
        self.id
    }
}

impl Entry for HostedRunner {
    fn id(&self) -> u64 {
        self.id
    }
}

impl Client {
    /// The runners that are asked for, with one request for every hundred of them, and one for the groups.
    ///
    /// What the server answered to the same requests before is in `remembered`; afterwards it is what was
    /// answered now. A failure leaves it as it was.
    ///
    /// # Errors
    /// When GitHub does not answer one of the questions, or not with what the documentation says.
    pub fn list_runners(
        &self,
        query: &RunnerQuery<'_>,
        remembered: &mut Remembered,
    ) -> Result<Listed, ApiFailure> {
        let mut connection = self.open(of_repository(query))?;
        let (owner, name) = connection.owner_and_name(query.repository)?;
        let mut asking = Asking {
            connection: &mut connection,
            before: remembered,
            after: Remembered::new(),
            bytes: 0,
            incomplete: Vec::new(),
        };
        let mut listed = Listed::default();
        if query.own {
            let segments = ["repos", owner, name, "actions", "runners"];
            let list = List::Runners(Owner::Repository);
            let entries = asking.all(list, &segments, &[], runners)?;
            listed.runners.insert(Owner::Repository, entries);
        }
        if let Some(organization) = query.organization {
            let within = |what| ["orgs", organization, "actions", what];
            asking.connection.turn_to(of_organization(organization));
            let list = List::Runners(Owner::Organization);
            let entries = asking.all(list, &within("runners"), &[], runners)?;
            listed.runners.insert(Owner::Organization, entries);
            asking.connection.turn_to(of_groups(organization));
            let open_to = [("visible_to_repository", name)];
            let entries = asking.all(List::Groups, &within("runner-groups"), &open_to, groups)?;
            listed.groups = Some(entries);
            if query.hosted {
                asking.connection.turn_to(of_hosted(organization));
                let segments = within("hosted-runners");
                let entries = asking.all(List::HostedRunners, &segments, &[], hosted_runners);
                listed.hosted = asking.unless_unknown(entries)?;
            }
        }
        if let Some(enterprise) = query.enterprise {
            asking.connection.turn_to(of_enterprise(enterprise));
            let segments = ["enterprises", enterprise, "actions", "runners"];
            let list = List::Runners(Owner::Enterprise);
            let entries = asking.all(list, &segments, &[], runners)?;
            listed.runners.insert(Owner::Enterprise, entries);
        }
        let Asking { after, incomplete, .. } = asking;
        *remembered = after;
        Ok(Listed { incomplete, requests: connection.requests(), ..listed })
    }
}

/// Somebody who reads lists.
struct Asking<'a, 'c> {
    connection: &'a mut Connection<'c>,
    before: &'a Remembered,
    after: Remembered,
    bytes: u64,
    incomplete: Vec<Incomplete>,
}

impl Asking<'_, '_> {
    /// All entries of a list, each once, by id. Of one that is on two pages, because the list changed while
    /// it was read, the later one counts.
    fn all<T: Entry>(
        &mut self,
        list: List,
        segments: &[&str],
        words: &[(&str, &str)],
        read: fn(&[u8]) -> Result<Page<T>, NotAnAnswer>,
    ) -> Result<Vec<T>, ApiFailure> {
        let mut all = BTreeMap::new();
        let mut total = 0;
        for number in 1..=PAGES {
            let body = self.page(segments, words, number)?;
            let page = read(&body).map_err(|wrong| self.connection.malformed(&wrong))?;
            let (had, is_full) = (all.len(), page.entries.len() >= PAGE);
            total = page.total;
            all.extend(page.entries.into_iter().map(|entry| (entry.id(), entry)));
            let read = count(&all);
            // A server may give fewer a page than it is asked for, and what went between two pages makes it
            // count fewer than were seen.
            let has_more = read < total || (read > total && is_full);
            if all.len() == had || !has_more {
                break;
            }
        }
        let read = count(&all);
        if read < total {
            self.incomplete.push(Incomplete { list, total, read });
        }
        Ok(all.into_values().collect())
    }

    fn page(
        &mut self,
        segments: &[&str],
        words: &[(&str, &str)],
        number: u32,
    ) -> Result<Vec<u8>, ApiFailure> {
        let (size, number) = (PAGE.to_string(), number.to_string());
        let mut query = words.to_vec();
        query.extend([("per_page", size.as_str()), ("page", number.as_str())]);
        let body =
            self.connection.get_or_remember(segments, &query, self.before, &mut self.after)?;
        self.bytes = self.bytes.saturating_add(u64::try_from(body.len()).unwrap_or(u64::MAX));
        if self.bytes > MOST_BYTES {
            return Err(self.connection.failure(FailureKind::TooLarge(MOST_BYTES), b""));
        }
        Ok(body)
    }

    /// An answer, or nothing where the server is one that does not know the question.
    fn unless_unknown<T>(&self, answer: Result<T, ApiFailure>) -> Result<Option<T>, ApiFailure> {
        let is_own = self.connection.is_enterprise_server();
        match answer {
            Err(failure) if is_own && failure.kind == FailureKind::NotFound => Ok(None),
            answer => answer.map(Some),
        }
    }
}

fn count<T>(all: &BTreeMap<u64, T>) -> u64 {
    u64::try_from(all.len()).unwrap_or(u64::MAX)
}

fn of_repository<'a>(query: &RunnerQuery<'a>) -> Question<'a> {
    Question {
        words: "which self-hosted runners there are in the repository",
        of: Some(query.repository),
        grant: Grant::OfOwner(
            "the repository's permission \"Administration\" (read), or the scope `repo` of one who administers it",
        ),
    }
}

/// What whoever asks for an organization's runners and their groups needs.
const ORGANIZATION: Grant = Grant::OfOwner(
    "the organization's permission \"Self-hosted runners\" (read), or the scope `admin:org`",
);

fn of_organization(organization: &str) -> Question<'_> {
    Question {
        words: "which self-hosted runners there are in the organization",
        of: Some(organization),
        grant: ORGANIZATION,
    }
}

fn of_groups(organization: &str) -> Question<'_> {
    Question {
        words: "which groups of runners are open to the repository in the organization",
        of: Some(organization),
        grant: ORGANIZATION,
    }
}

fn of_hosted(organization: &str) -> Question<'_> {
    Question {
        words: "which larger runners there are in the organization",
        of: Some(organization),
        grant: Grant::OfOwner(
            "the organization's permission \"Administration\" (read), or the scope `manage_runners:org`",
        ),
    }
}

fn of_enterprise(enterprise: &str) -> Question<'_> {
    Question {
        words: "which self-hosted runners there are in the enterprise",
        of: Some(enterprise),
        grant: Grant::OfOwner("the scope `manage_runners:enterprise`"),
    }
}
