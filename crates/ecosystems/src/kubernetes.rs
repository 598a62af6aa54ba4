//! What Kubernetes manifests say of pods, and of what keeps them running: budgets, scalers, services.
//!
//! Files hold any number of documents, in YAML or JSON, lists of objects among them. Every fact knows its
//! place. Kinds that are not looked at are counted; objects that only `helm test` makes are left out.
//!
//! Source: Kubernetes 1.34 API reference (apps/v1, batch/v1, core/v1, policy/v1, autoscaling/v2), Argo
//! Rollouts and KEDA `ScaledObject` specifications, Helm's page on chart tests.

mod pods;
mod quantity;
mod read;
mod selector;

use std::collections::BTreeMap;

use diagnostics::yaml::At;

pub use quantity::{NotAQuantity, Quantity};
pub use read::read;
pub use selector::{Expression, Operator, Selector};

/// The labels of an object.
pub type Labels = BTreeMap<String, String>;

/// Everything that is of use in one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifests {
    /// What makes pods.
    pub workloads: Vec<Workload>,
    /// Pod disruption budgets.
    pub budgets: Vec<Budget>,
    /// What says how many replicas there are, besides the workload itself.
    pub scalers: Vec<Scaler>,
    /// Services, and the pods that they send requests to.
    pub services: Vec<Service>,
    /// Network policies, and the pods that they hold for.
    pub network_policies: Vec<Service>,
    /// How many objects there are of each other kind.
    pub others: BTreeMap<String, u64>,
    /// How many objects only `helm test` makes.
    pub tests: u64,
    /// Documents that are no objects, or objects that the API would refuse.
    pub faults: Vec<Fault>,
}

/// Something that is no object of Kubernetes, or one that the API refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub at: At,
    /// What is wrong, as a clause.
    pub why: &'static str,
    /// Whether nobody can say what it is, so that it may be anything.
    pub is_unknown: bool,
}

/// Which kind of workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `Deployment`.
    Deployment,
    /// `StatefulSet`.
    StatefulSet,
    /// `DaemonSet`.
    DaemonSet,
    /// `ReplicaSet`.
    ReplicaSet,
    /// `ReplicationController`.
    ReplicationController,
    /// `Job`.
    Job,
    /// `CronJob`.
    CronJob,
    /// `Pod`.
    Pod,
    /// `Rollout` of Argo Rollouts.
    Rollout,
}

impl Kind {
    /// Every kind, with its name in manifests.
    pub const ALL: [(&'static str, Self); 9] = [
        ("Deployment", Self::Deployment),
        ("StatefulSet", Self::StatefulSet),
        ("DaemonSet", Self::DaemonSet),
        ("ReplicaSet", Self::ReplicaSet),
        ("ReplicationController", Self::ReplicationController),
        ("Job", Self::Job),
        ("CronJob", Self::CronJob),
        ("Pod", Self::Pod),
        ("Rollout", Self::Rollout),
    ];

    /// The name in manifests.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Whether its pods end by themselves.
    pub fn is_task(self) -> bool {
        match self {
            Self::Job | Self::CronJob => true,
            Self::Deployment
            | Self::StatefulSet
            | Self::DaemonSet
            | Self::ReplicaSet
            | Self::ReplicationController
            | Self::Pod
            | Self::Rollout => false,
        }
    }

    /// Whether it has a number of replicas.
    pub fn is_scaled(self) -> bool {
        match self {
            Self::Deployment
            | Self::StatefulSet
            | Self::ReplicaSet
            | Self::ReplicationController
            | Self::Rollout => true,
            Self::DaemonSet | Self::Job | Self::CronJob | Self::Pod => false,
        }
    }
}

/// A text with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Where it stands.
    pub at: At,
}

/// What makes pods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Its kind.
    pub kind: Kind,
    /// Its name; empty if it has none.
    pub name: String,
    /// Its namespace, if it says one.
    pub namespace: Option<String>,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations.
    pub annotations: BTreeMap<String, Said>,
    /// Where it begins.
    pub at: At,
    /// Where `spec` begins.
    pub spec_at: At,
    /// How many replicas it asks for, if it says so.
    pub replicas: Option<Said>,
    /// Where it says that all old pods go before new ones come.
    pub recreates: Option<At>,
    /// Its pods.
    pub pod: Pod,
}

/// A pod, or what pods are made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its labels.
    pub labels: Labels,
    /// Where its specification begins.
    pub at: At,
    /// `terminationGracePeriodSeconds`.
    pub grace: Option<Said>,
    /// `restartPolicy`.
    pub restart_policy: Option<String>,
    /// Limits of all containers together.
    pub limits: Limits,
    /// Whether it says that no process may be root's, and as which user they run.
    pub user: User,
    /// Its containers: those for the beginning first, then the others, in order.
    pub containers: Vec<Container>,
}

/// As whom processes run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// `runAsNonRoot`.
    pub is_not_root: Option<bool>,
    /// `runAsUser`.
    pub id: Option<u64>,
}

/// What a container is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It runs as long as the pod.
    Main,
    /// It runs before the others and ends.
    Init,
    /// It is started before the others and runs as long as they do (`restartPolicy: Always`).
    Sidecar,
}

/// A container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Its name; empty if it has none.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Where its first key stands: other keys are written in the same column.
    pub at: At,
    /// Its image.
    pub image: Option<Said>,
    /// `livenessProbe`.
    pub liveness: Option<Probe>,
    /// `readinessProbe`.
    pub readiness: Option<Probe>,
    /// `resources.limits`.
    pub limits: Limits,
    /// Where `resources` is, and where its limits are.
    pub resources_at: Option<At>,
    /// `lifecycle.preStop`.
    pub pre_stop: Option<PreStop>,
    /// The ports that it says it listens at.
    pub ports: Vec<Port>,
    /// Variables of its environment.
    pub variables: Vec<Variable>,
    /// Whether it has more variables, from maps and secrets as wholes.
    pub has_more_variables: bool,
    /// Where volumes are mounted.
    pub mounts: Vec<String>,
    /// As whom its processes run.
    pub user: User,
}

/// A port of a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name.
    pub name: Option<String>,
    /// Its number, as it is written.
    pub number: String,
}

/// A variable of the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub at: At,
    /// Whether its value is written here, is not empty and names no other variable.
    pub is_literal: bool,
}

/// A probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// Where it begins.
    pub at: At,
    /// How many ways it names to ask the container.
    pub handlers: usize,
    /// Whether the one way can be used: it names a command or a port.
    pub is_usable: bool,
    /// The port that it asks, with its place.
    pub port: Option<Said>,
    /// The whole in words that are the same for what means the same, with the defaults of the API.
    pub words: String,
}

/// What runs before a container is told to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreStop {
    /// Where it stands.
    pub at: At,
    /// For how many seconds it is known to sleep.
    pub sleeps: Option<u64>,
}

/// The most that a container, or all of a pod, may use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of processors.
    pub cpu: Option<Amount>,
    /// Of memory.
    pub memory: Option<Amount>,
}

/// An amount as it is written, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// As it is written.
    pub said: Said,
    /// What it means.
    pub quantity: Result<Quantity, NotAQuantity>,
}

/// A pod disruption budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// Its namespace, if it says one.
    pub namespace: Option<String>,
    /// Its annotations.
    pub annotations: BTreeMap<String, Said>,
    /// Where it begins.
    pub at: At,
    /// Where its `spec` begins.
    pub spec_at: At,
    /// Its pods.
    pub selector: Selector,
    /// `minAvailable`.
    pub min_available: Option<Part>,
    /// `maxUnavailable`.
    pub max_unavailable: Option<Part>,
    /// Whether pods that are not ready may always go.
    pub lets_unhealthy_go: bool,
}

/// A number of pods, or a part of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As it is written.
    pub said: Said,
    /// What it means; nothing if the API refuses it.
    pub share: Option<Share>,
}

/// A number of pods, or a part of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// So many.
    Count(u64),
    /// So many of a hundred, rounded up to whole pods.
    Percent(u64),
}

impl Share {
    /// How many of `all` pods it is.
    pub fn of(self, all: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => percent.saturating_mul(all).div_ceil(100),
        }
    }
}

/// What says how many replicas a workload has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scaler {
    /// The namespace, if it says one.
    pub namespace: Option<String>,
    /// The kind of the workload.
    pub kind: String,
    /// The name of the workload.
    pub name: String,
    /// The Argo Rollout that says it, where it has the pods of the workload (`workloadRef`): what scales that
    /// Rollout counts instead.
    pub rollout: Option<String>,
    /// The fewest replicas.
    pub least: u64,
    /// The most replicas.
    pub most: u64,
}

/// What is meant for some pods of its namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Its namespace, if it says one.
    pub namespace: Option<String>,
    /// The pods.
    pub selector: Selector,
}

#[cfg(test)]
mod tests;
