//! Do manifests say what keeps a deployment running: probes, limits, a budget, a way to end, a version?
//!
//! Each rule is looked at for what would really happen in a cluster: a probe without a handler is none, a
//! limit of 0 is none, and a budget is worth what it lets go at the fewest replicas that there may be.
//!
//! Source: Kubernetes documentation, "Configure Liveness, Readiness and Startup Probes", "Specifying a
//! Disruption Budget", "Pod Lifecycle" (termination), "Sidecar Containers", "Pod-level resources"; how a
//! budget counts: the disruption controller's `getExpectedPodCount` and `intstr.GetScaledValue`.

mod budgets;
mod containers;
mod fragment;
mod image;
mod index;
mod policy;
mod waived;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use diagnostics::yaml::{At, NotYaml};
use diagnostics::{Foreign, Place, Text, text};
use ecosystems::kubernetes::{Kind, Manifests, Role, Scaler, Workload};
use jiff::civil::Date;

pub use self::image::ImageName;
use self::index::Index;
pub use self::policy::{Level, Policy, Rule};
use crate::{Gate, Outcome, Reason, State, Verdict};

/// A file of manifests.
#[derive(Clone, Debug)]
pub struct ManifestFile {
    /// Its path, as the user knows it.
    pub path: BString,
    /// What it says.
    pub read: Result<Manifests, NotYaml>,
    /// Whether it has marks of a template that nobody has filled in.
    pub is_template: bool,
}

impl ManifestFile {
    /// Reads a file.
    pub fn read(path: impl Into<BString>, bytes: &[u8]) -> Self {
        let is_template = bstr::ByteSlice::contains_str(bytes, "{{");
        Self { path: path.into(), read: ecosystems::kubernetes::read(bytes), is_template }
    }

    /// Whether it is the list of files that `kubectl kustomize` reads: it is no object, and stands beside
    /// those that are.
    pub(super) fn is_kustomization(&self) -> bool {
        let name = self.path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        matches!(name, b"kustomization.yaml" | b"kustomization.yml" | b"Kustomization")
    }
}

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The manifests as they are to be.
    pub head: &'a [ManifestFile],
    /// The manifests as they were, if that is known.
    pub base: Option<&'a [ManifestFile]>,
    /// The day, for waivers in annotations.
    pub today: Date,
    /// For how many days such a waiver may hold.
    pub most_waiver_days: u64,
}

/// How many reasons are kept. Beyond them nobody knows what else there is, so there is no answer.
const MOST_REASONS: usize = 20_000;

/// How many pairs of a selector and a workload are looked at.
const MOST_PAIRS: usize = 5_000_000;

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let objects = Objects::of(policy, facts.head);
    let mut found = judged(policy, &objects);
    let mut reasons = Vec::new();
    if policy.only_new {
        match facts.base {
            Some(base) => known(policy, base, &mut found),
            None => reasons.push(no_base(policy)),
        }
    }
    waived::apply(&objects, facts, policy, &mut found);
    reasons.extend(files(facts.head, policy));
    if objects.workloads.is_empty() && reasons.iter().all(|it| it.verdict != Verdict::Error) {
        reasons.push(
            Reason::new("no-workloads", Verdict::Error, "the manifests have no workload to look at")
                .help("hand over what `helm template`, `kubectl kustomize` or the like prints for an environment; see the patterns of `manifests`"),
        );
    }
    reasons.extend(found.into_iter().map(|found| found.reason));
    reasons.extend(passed_over(facts.head));
    let containers: usize = objects.workloads.iter().map(|it| it.what.pod.containers.len()).sum();
    let budgets = objects.budgets.len();
    let measured = text![
        objects.workloads.len(),
        if objects.workloads.len() == 1 { " workload, " } else { " workloads, " },
        containers,
        if containers == 1 { " container, " } else { " containers, " },
        budgets,
        if budgets == 1 { " budget" } else { " budgets" }
    ];
    Outcome { gate: Gate::Manifests, measured, limit: policy.blocking(), reasons }
}

/// A reason with what tells it from others, on the base too.
struct Found {
    /// Namespace, kind, name, container and rule.
    key: (String, &'static str, String, String, Rule),
    /// The number of the workload that it is about.
    workload: Option<usize>,
    reason: Reason,
}

/// An object of a file.
struct Of<'a, T> {
    file: &'a BString,
    namespace: &'a str,
    what: &'a T,
}

impl<T> Of<'_, T> {
    fn place(&self, at: At) -> Place {
        Place::at(Foreign::from(self.file.as_slice()), at.line, at.column)
    }
}

/// The objects of all files.
struct Objects<'a> {
    workloads: Vec<Of<'a, Workload>>,
    budgets: Vec<Of<'a, ecosystems::kubernetes::Budget>>,
    /// The workloads whose pods each budget means, and the budgets of each workload.
    of_budget: Vec<Vec<usize>>,
    budgets_of: Vec<Vec<usize>>,
    /// The workloads that a service sends requests to, and those with a network policy.
    served: BTreeSet<usize>,
    guarded: BTreeSet<usize>,
    /// The fewest and most replicas, by scalers if there are any.
    replicas: Vec<Option<Replicas>>,
    /// Whether there are so many selectors and pods that nobody looked at all of them.
    is_too_much: bool,
}

/// How many replicas there are at least and at most.
#[derive(Clone, Copy)]
struct Replicas {
    least: u64,
    most: u64,
}

impl<'a> Objects<'a> {
    fn of(policy: &'a Policy, files: &'a [ManifestFile]) -> Self {
        let manifests =
            || files.iter().filter_map(|file| Some((&file.path, file.read.as_ref().ok()?)));
        let namespace = |said: &'a Option<String>| said.as_deref().unwrap_or(&policy.namespace);
        let mut workloads = Vec::new();
        let mut budgets = Vec::new();
        for (file, read) in manifests() {
            workloads.extend(read.workloads.iter().map(|what| Of {
                file,
                namespace: namespace(&what.namespace),
                what,
            }));
            budgets.extend(read.budgets.iter().map(|what| Of {
                file,
                namespace: namespace(&what.namespace),
                what,
            }));
        }
        let mut left = MOST_PAIRS;
        let pods: Vec<_> = workloads.iter().map(|it| (it.namespace, &it.what.pod.labels)).collect();
        let of_selectors =
            |selectors: Vec<_>, left: &mut usize| Index::of(&selectors).matches(&pods, left);
        let selectors = budgets.iter().map(|it| (it.namespace, &it.what.selector)).collect();
        let budgets_of = of_selectors(selectors, &mut left);
        let services = manifests().flat_map(|(_, read)| &read.services);
        let services = services.map(|it| (namespace(&it.namespace), &it.selector)).collect();
        let served = of_selectors(services, &mut left);
        let guards = manifests().flat_map(|(_, read)| &read.network_policies);
        let guards = guards.map(|it| (namespace(&it.namespace), &it.selector)).collect();
        let guarded = of_selectors(guards, &mut left);
        let mut of_budget = vec![Vec::new(); budgets.len()];
        for (workload, its) in budgets_of.iter().enumerate() {
            for budget in its {
                if let Some(list) = of_budget.get_mut(*budget) {
                    list.push(workload);
                }
            }
        }
        let scalers = scaled(manifests().flat_map(|(_, read)| {
            read.scalers.iter().map(|scaler| (namespace(&scaler.namespace), scaler))
        }));
        let replicas = workloads.iter().map(|it| {
            let key = (it.namespace, it.what.kind.name(), it.what.name.as_str());
            it.what.kind.is_scaled().then(|| {
                scalers.get(&key).copied().unwrap_or_else(|| {
                    let said = it.what.replicas.as_ref().and_then(|said| said.text.parse().ok());
                    let count = said.unwrap_or(1);
                    Replicas { least: count, most: count }
                })
            })
        });
        let some = |lists: Vec<Vec<usize>>| -> BTreeSet<usize> {
            lists
                .iter()
                .enumerate()
                .filter(|(_, list)| !list.is_empty())
                .map(|(at, _)| at)
                .collect()
        };
        Self {
            replicas: replicas.collect(),
            workloads,
            budgets,
            of_budget,
            budgets_of,
            served: some(served),
            guarded: some(guarded),
            is_too_much: left == 0,
        }
    }
}

/// The namespace, kind and name of a workload.
type Target<'a> = (&'a str, &'a str, &'a str);

/// The replicas of workloads, by what scales them, each with its namespace.
fn scaled<'a>(
    scalers: impl Iterator<Item = (&'a str, &'a Scaler)>,
) -> BTreeMap<Target<'a>, Replicas> {
    let (of_rollouts, others): (Vec<_>, Vec<_>) =
        scalers.partition(|(_, scaler)| scaler.rollout.is_some());
    let mut direct = BTreeMap::new();
    for (namespace, it) in others {
        let said = Replicas { least: it.least, most: it.most };
        widen(&mut direct, (namespace, it.kind.as_str(), it.name.as_str()), said);
    }
    // A Rollout that has the pods of a Deployment may be scaled itself, and is then what its scaler says.
    let mut replicas = direct.clone();
    for (namespace, it) in of_rollouts {
        let rollout = it.rollout.as_deref().unwrap_or_default();
        let own = Replicas { least: it.least, most: it.most };
        let said = direct.get(&(namespace, Kind::Rollout.name(), rollout)).copied().unwrap_or(own);
        widen(&mut replicas, (namespace, it.kind.as_str(), it.name.as_str()), said);
    }
    replicas
}

fn widen<'a>(replicas: &mut BTreeMap<Target<'a>, Replicas>, target: Target<'a>, said: Replicas) {
    let known = replicas.entry(target).or_insert(said);
    *known = Replicas { least: known.least.min(said.least), most: known.most.max(said.most) };
}

/// Everything that the rules find.
fn judged(policy: &Policy, objects: &Objects<'_>) -> Vec<Found> {
    let mut judge = Judge { policy, objects, found: Vec::new(), is_full: false };
    for number in 0..objects.workloads.len() {
        judge.workload(number);
    }
    for number in 0..objects.budgets.len() {
        judge.budget(number);
    }
    if objects.is_too_much {
        judge.unfinished(
            "too-many-selectors",
            "there are too many selectors and pods to compare each with each",
        );
    }
    if judge.is_full {
        judge.unfinished("too-many-reasons", "there are more than 20,000 reasons");
    }
    judge.found
}

struct Judge<'a> {
    policy: &'a Policy,
    objects: &'a Objects<'a>,
    found: Vec<Found>,
    /// Whether there is more than is kept.
    is_full: bool,
}

/// What a reason is about.
#[derive(Clone, Copy)]
struct About<'a> {
    namespace: &'a str,
    kind: &'static str,
    name: &'a str,
    container: &'a str,
    workload: Option<usize>,
}

impl<'a> About<'a> {
    fn workload(number: usize, of: &Of<'a, Workload>) -> Self {
        Self {
            namespace: of.namespace,
            kind: of.what.kind.name(),
            name: &of.what.name,
            container: "",
            workload: Some(number),
        }
    }

    /// `Deployment api`.
    fn named(self) -> Text {
        text![self.kind, " ", Foreign::from(self.name)]
    }
}

impl Judge<'_> {
    /// Not everything was looked at.
    fn unfinished(&mut self, rule: &'static str, why: &'static str) {
        let reason = Reason::new(rule, Verdict::Error, why)
            .help("judge the manifests of each environment or namespace by themselves");
        let key = (String::new(), "", String::new(), String::new(), Rule::Pdb);
        self.found.push(Found { key, workload: None, reason });
    }

    /// Says something by a rule, unless the rule is off.
    fn say(&mut self, rule: Rule, about: About<'_>, place: Place, message: Text, help: Text) {
        let verdict = self.policy.level(rule).verdict();
        self.say_as(verdict, rule, about, place, message, help);
    }

    fn say_as(
        &mut self,
        verdict: Option<Verdict>,
        rule: Rule,
        about: About<'_>,
        place: Place,
        message: Text,
        help: Text,
    ) {
        let Some(verdict) = verdict else { return };
        if self.found.len() == MOST_REASONS {
            self.is_full = true;
            return;
        }
        let verdict = self.policy.mode.soften(verdict);
        let mut reason = Reason::new(rule.name(), verdict, message).at(place).help(help);
        let object = [about.kind, "/", about.name].concat();
        reason.package = Some(Foreign::from(object.as_str()));
        let print = [about.namespace, &object, about.container, rule.name()].join("/");
        reason.fingerprint = Some(Foreign::from(print.as_str()));
        let [namespace, name, container] =
            [about.namespace, about.name, about.container].map(str::to_owned);
        let key = (namespace, about.kind, name, container, rule);
        self.found.push(Found { key, workload: about.workload, reason });
    }
}

/// What the base has too does not count; what was right on the base may not be lost.
fn known(policy: &Policy, base: &[ManifestFile], found: &mut [Found]) {
    let base = judged(policy, &Objects::of(policy, base));
    // As bad as it was: what was only worth a note may not become a fault.
    let mut on_base: BTreeMap<_, Verdict> = BTreeMap::new();
    for found in base {
        let worst = on_base.entry(found.key).or_default();
        *worst = (*worst).max(found.reason.verdict);
    }
    for found in found {
        let verdict = found.reason.verdict;
        let is_known = on_base.get(&found.key).is_some_and(|before| *before >= verdict);
        if is_known && verdict != Verdict::Error {
            found.reason.state = State::Known;
        }
    }
}

fn no_base(policy: &Policy) -> Reason {
    Reason::new(
        "no-base",
        policy.mode.soften(Verdict::Inconclusive),
        "what the manifests were on the base is not known, so all workloads count as new",
    )
    .help("render the base too and hand it over as `manifests-base`")
}

/// What is wrong with files as a whole.
fn files(files: &[ManifestFile], policy: &Policy) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for file in files {
        let at = |at: At| Place::at(Foreign::from(file.path.as_slice()), at.line, at.column);
        match &file.read {
            Err(error) => {
                let mut message = text!["the manifest cannot be read: "];
                message.append(error.why.clone());
                let help = if file.is_template {
                    "it is a template: hand over what `helm template` makes of it"
                } else {
                    "see the indentation, the quotes and the colons around this place; the API reads it no better"
                };
                let reason = Reason::new("unreadable-manifest", Verdict::Error, message);
                reasons.push(reason.at(at(error.at)).help(help));
            }
            Ok(read) => {
                for fault in
                    read.faults.iter().filter(|it| !it.is_unknown || !file.is_kustomization())
                {
                    let (rule, verdict) = if fault.is_unknown {
                        ("not-a-manifest", Verdict::Error)
                    } else {
                        ("manifest-refused", policy.mode.soften(Verdict::Fail))
                    };
                    let help = if fault.is_unknown {
                        "hand over manifests alone, and no files of values"
                    } else {
                        "the API refuses it: see `kubectl apply --dry-run=server`"
                    };
                    reasons.push(Reason::new(rule, verdict, fault.why).at(at(fault.at)).help(help));
                }
            }
        }
    }
    reasons
}

/// What was not looked at, in numbers.
fn passed_over(files: &[ManifestFile]) -> Option<Reason> {
    let mut others: BTreeMap<&str, u64> = BTreeMap::new();
    let mut tests = 0;
    for read in files.iter().filter_map(|file| file.read.as_ref().ok()) {
        for (kind, count) in &read.others {
            *others.entry(kind).or_default() += count;
        }
        tests += read.tests;
    }
    let total: u64 = others.values().sum();
    if total + tests == 0 {
        return None;
    }
    let mut message = Text::new();
    if total > 0 {
        message.number(total);
        message.text(if total == 1 {
            " object of another kind"
        } else {
            " objects of other kinds"
        });
        message.text(" not looked at");
        for (at, (kind, count)) in others.iter().take(10).enumerate() {
            message.text(if at == 0 { ": " } else { ", " }).number(*count).text(" ").foreign(*kind);
        }
    }
    if tests > 0 {
        message.text(if total > 0 { "; " } else { "" }).number(tests);
        message.text(if tests == 1 { " pod" } else { " pods" }).text(" of `helm test` left out");
    }
    Some(Reason::new("passed-over", Verdict::Pass, message))
}

/// Whether the pods of a workload run until somebody ends them.
fn runs_on(workload: &Workload) -> bool {
    let ends =
        workload.kind == Kind::Pod && workload.pod.restart_policy.as_deref() == Some("Never");
    !workload.kind.is_task() && !ends
}

/// Whether a container runs as long as its pod.
fn stays(role: Role) -> bool {
    match role {
        Role::Main | Role::Sidecar => true,
        Role::Init => false,
    }
}

#[cfg(test)]
mod tests;
