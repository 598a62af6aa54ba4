//! What GitHub answers, one page at a time. What the schema requires and is not there makes no page: a
//! runner without labels is not a runner of whose labels nothing was said.

use serde::Deserialize;

use crate::answer::{self, NotAnAnswer};

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// How many entries the whole list has, as the server says.
    pub total: u64,
    /// Those of this part.
    pub entries: Vec<T>,
}

/// A self-hosted runner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Runner {
    /// Its id among the runners of the same owner.
    pub id: u64,
    /// Its name. Others may have the same.
    pub name: String,
    /// The group that it is in.
    #[serde(rename = "runner_group_id")]
    pub group: Option<u64>,
    /// Its system, as it said itself: `linux`, `Windows`, `unknown`.
    pub os: Option<String>,
    /// Whether it is connected.
    pub status: Status,
    /// Whether it has a job. One may still be called busy after its connection was lost.
    pub busy: bool,
    /// Its labels, as they were written. One that belongs to a scale set has none.
    pub labels: Vec<Label>,
    /// Whether it takes one job only.
    pub ephemeral: Option<bool>,
    /// The version of its program.
    pub version: Option<String>,
}

/// Whether a runner is connected.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Status {
    /// It is.
    Online,
    /// It is not.
    Offline,
    /// The server says something else.
    Other(String),
}

/// A label of a runner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// What is written in `runs-on`, where GitHub does not tell cases apart.
    pub name: String,
    /// `read-only` for those that every runner gets, `custom` for the others.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

/// A group of runners of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Group {
    /// Its id, as [`Runner::group`] has it.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Which repositories may use it.
    pub visibility: Visibility,
    /// Whether runners are in it that are put into none.
    pub default: bool,
    /// Whether it is the enterprise's.
    pub inherited: Option<bool>,
    /// Whether public repositories may use it at all.
    pub allows_public_repositories: bool,
    /// Whether only some workflows may use it. A server that does not say so cannot restrict them.
    #[serde(default)]
    pub restricted_to_workflows: bool,
    /// Those: `owner/name/.github/workflows/ci.yml@refs/heads/main`.
    #[serde(default, deserialize_with = "none_if_null")]
    pub selected_workflows: Vec<String>,
}

/// Which repositories may use a group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum Visibility {
    /// All of the organization.
    All,
    /// Those that were chosen.
    Selected,
    /// Those that are private.
    Private,
    /// The server says something else.
    Other(String),
}

/// A larger runner, of which GitHub starts as many as are needed, up to a limit.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "HostedRecord")]
pub struct HostedRunner {
    /// Its id.
    pub id: u64,
    /// Its name, which is the label that selects it.
    pub name: String,
    /// The group that it is in.
    pub group: Option<u64>,
    /// Its system and processor, such as `linux-x64`.
    pub platform: String,
    /// Whether it can be used.
    pub status: HostedStatus,
    /// How many may run at the same time.
    pub maximum: Option<u64>,
    /// How large its machine is. Nothing says which GPU it has.
    pub machine: Option<MachineSize>,
    /// What is installed on it.
    pub image: Option<Image>,
    /// Whether its address on the internet is its own.
    pub has_public_ip: Option<bool>,
    /// When it last had a job, as GitHub writes it.
    pub last_active: Option<String>,
}

/// Whether a larger runner can be used.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum HostedStatus {
    /// It can.
    Ready,
    /// Not yet.
    Provisioning,
    /// Not any more.
    Shutdown,
    /// Never again.
    Deleting,
    /// Somebody has to look at it.
    Stuck,
    /// The server says something else.
    Other(String),
}

/// How large a machine of GitHub's is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct MachineSize {
    /// What GitHub calls it, such as `4-core`.
    pub id: String,
    /// How many processors it has.
    pub cpu_cores: u64,
    /// Its memory.
    pub memory_gb: u64,
    /// Its disk.
    pub storage_gb: u64,
}

/// What is installed on a larger runner.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Image {
    /// What people call it.
    pub display_name: Option<String>,
    /// Whose it is: `github`, `partner`, `custom`.
    pub source: Option<String>,
}

/// A larger runner as GitHub writes it: the documentation's example has its image under one key, and the
/// schema beside it under the other.
#[derive(Deserialize)]
struct HostedRecord {
    id: u64,
    name: String,
    runner_group_id: Option<u64>,
    platform: String,
    status: HostedStatus,
    maximum_runners: Option<u64>,
    machine_size_details: Option<MachineSize>,
    image_details: Option<Image>,
    image: Option<Image>,
    public_ip_enabled: Option<bool>,
    last_active_on: Option<String>,
}

impl From<HostedRecord> for HostedRunner {
    fn from(record: HostedRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            group: record.runner_group_id,
            platform: record.platform,
            status: record.status,
            maximum: record.maximum_runners,
            machine: record.machine_size_details,
            image: record.image_details.or(record.image),
            has_public_ip: record.public_ip_enabled,
            last_active: record.last_active_on,
        }
    }
}

impl From<String> for Status {
    fn from(said: String) -> Self {
        match said.as_str() {
            "online" => Self::Online,
            "offline" => Self::Offline,
            _ => Self::Other(said),
        }
    }
}

impl From<String> for Visibility {
    fn from(said: String) -> Self {
        match said.as_str() {
            "all" => Self::All,
            "selected" => Self::Selected,
            "private" => Self::Private,
            _ => Self::Other(said),
        }
    }
}

impl From<String> for HostedStatus {
    fn from(said: String) -> Self {
        match said.as_str() {
            "Ready" => Self::Ready,
            "Provisioning" => Self::Provisioning,
            "Shutdown" => Self::Shutdown,
            "Deleting" => Self::Deleting,
            "Stuck" => Self::Stuck,
            _ => Self::Other(said),
        }
    }
}

fn none_if_null<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// A page of self-hosted runners.
///
/// # Errors
/// When it is none.
pub fn runners(body: &[u8]) -> Result<Page<Runner>, NotAnAnswer> {
    #[derive(Deserialize)]
    struct Answer {
        total_count: u64,
        runners: Vec<Runner>,
    }
    let Answer { total_count, runners } = answer::read(body)?;
    Ok(Page { total: total_count, entries: runners })
}

/// A page of groups.
///
/// # Errors
/// When it is none.
pub fn groups(body: &[u8]) -> Result<Page<Group>, NotAnAnswer> {
    #[derive(Deserialize)]
    struct Answer {
        total_count: u64,
        runner_groups: Vec<Group>,
    }
    let Answer { total_count, runner_groups } = answer::read(body)?;
    Ok(Page { total: total_count, entries: runner_groups })
}

/// A page of larger runners.
///
/// # Errors
/// When it is none.
pub fn hosted_runners(body: &[u8]) -> Result<Page<HostedRunner>, NotAnAnswer> {
    #[derive(Deserialize)]
    struct Answer {
        total_count: u64,
        runners: Vec<HostedRunner>,
    }
    let Answer { total_count, runners } = answer::read(body)?;
    Ok(Page { total: total_count, entries: runners })
}
