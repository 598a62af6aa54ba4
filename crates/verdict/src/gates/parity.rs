//! Is every service that people run with Compose also deployed, and the other way round?
//!
//! Services and workloads are paired by what says most: a pair of the policy, the name, the name of a
//! container, a label, the image. A name that fits several fits none. What has no partner counts as new where
//! the base does not have it.

mod differences;
mod pairing;

use std::collections::BTreeSet;

use diagnostics::config::Table;
use diagnostics::yaml::At;
use diagnostics::{Foreign, Place, Text, text};
use ecosystems::compose::{Project, Service};
use ecosystems::kubernetes::{Kind, Workload};
use repo_model::Glob;

use self::pairing::{Pairs, paired};
use super::manifests::{Level, ManifestFile};
use crate::globs::{globs, is_in};
use crate::{Gate, Mode, Outcome, Reason, Verdict};

/// What the gate wants: `[gate.parity]`.
#[derive(Clone, Debug)]
pub struct Policy {
    /// What it does with what it finds.
    pub mode: Mode,
    /// The Compose files, where the input does not name any.
    pub compose: Vec<String>,
    /// What comes of a service or workload that is new and has no partner.
    pub missing_new: Level,
    /// What comes of one that the base has too.
    pub missing: Level,
    /// What comes of ports, variables and volumes that one side has alone.
    pub differences: Level,
    /// Services that need no workload, and workloads that need no service.
    pub only_compose: Vec<Glob>,
    /// See `only_compose`.
    pub only_kubernetes: Vec<Glob>,
    /// Services and their workloads.
    pub pairs: Vec<(String, String)>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            compose: Vec::new(),
            missing_new: Level::Block,
            missing: Level::Warn,
            differences: Level::Warn,
            only_compose: Vec::new(),
            only_kubernetes: Vec::new(),
            pairs: Vec::new(),
        }
    }
}

impl Policy {
    /// Reads the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let default = Self::default();
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let compose = table.strings("compose").unwrap_or_default();
        let level = |table: &mut Table<'_, '_>, key, default| {
            table.choice(key, &Level::WORDS).unwrap_or(default)
        };
        let mut pairs = Vec::new();
        for mut pair in table.tables("pair") {
            let [service, workload] = ["service", "workload"].map(|key| {
                let word = pair.string(key);
                pair.required(key, word).map(|word| word.text)
            });
            pairs.extend(service.zip(workload));
        }
        Self {
            mode,
            compose: compose.into_iter().map(|word| word.text).collect(),
            missing_new: level(table, "missing-new", default.missing_new),
            missing: level(table, "missing", default.missing),
            differences: level(table, "differences", default.differences),
            only_compose: globs(table, "only-compose").unwrap_or_default(),
            only_kubernetes: globs(table, "only-kubernetes").unwrap_or_default(),
            pairs,
        }
    }
}

/// What the gate looks at.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The services of Compose, as they are to be.
    pub compose: &'a Project,
    /// The manifests of an environment, as they are to be.
    pub manifests: &'a [ManifestFile],
    /// The services as they were, if that is known.
    pub compose_base: Option<&'a Project>,
    /// The manifests as they were, if that is known.
    pub manifests_base: Option<&'a [ManifestFile]>,
}

/// A workload with its file.
#[derive(Clone, Copy)]
struct Deployed<'a> {
    file: &'a [u8],
    workload: &'a Workload,
}

/// A service with its name.
#[derive(Clone, Copy)]
struct Composed<'a> {
    name: &'a str,
    service: &'a Service,
}

/// Decides.
pub fn decide(policy: &Policy, facts: &Facts<'_>) -> Outcome {
    let services: Vec<Composed<'_>> =
        facts.compose.services.iter().map(|(name, service)| Composed { name, service }).collect();
    let workloads = deployed(facts.manifests);
    let mut judge = Judge { policy, reasons: unreadable(facts) };
    let pairs = paired(policy, &services, &workloads);
    if judge.reasons.is_empty() {
        judge.nothing(&services, &workloads);
    }
    // With a side that is not known there is no answer, and lists of what it lacks would mislead.
    if judge.reasons.is_empty() {
        judge.missing(facts, &services, &workloads, &pairs);
        for (service, workload) in &pairs.all {
            if let (Some(service), Some(workload)) =
                (services.get(*service), workloads.get(*workload))
            {
                judge.differences(*service, *workload);
            }
        }
    }
    let with_partner = pairs.all.iter().map(|(service, _)| service).collect::<BTreeSet<_>>().len();
    let mut measured = text![with_partner, " of ", services.len(), " services deployed, "];
    let is_one = workloads.len() == 1;
    measured.push(workloads.len()).text(if is_one { " workload" } else { " workloads" });
    let limit = text!["each in Compose and in manifests"];
    Outcome { gate: Gate::Parity, measured, limit, reasons: judge.reasons }
}

fn deployed(files: &[ManifestFile]) -> Vec<Deployed<'_>> {
    let read =
        files.iter().filter_map(|file| Some((file.path.as_slice(), file.read.as_ref().ok()?)));
    read.flat_map(|(file, read)| {
        read.workloads.iter().map(move |workload| Deployed { file, workload })
    })
    .collect()
}

/// What of either side cannot be read.
fn unreadable(facts: &Facts<'_>) -> Vec<Reason> {
    let reason = |file: &[u8], at: At, why: &Text, rule: &'static str| {
        let mut message = text![if rule == "unreadable-compose" {
            "the Compose project is not known: "
        } else {
            "the manifest cannot be read: "
        }];
        message.append(why.clone());
        Reason::new(rule, Verdict::Error, message)
            .at(Place::at(Foreign::from(file), at.line, at.column))
            .help("without it nobody can say what is missing")
    };
    let compose = facts.compose.faults.iter();
    let compose =
        compose.map(|it| reason(it.file.as_bytes(), it.at, &it.why, "unreadable-compose"));
    let manifests = facts.manifests.iter().flat_map(|file| {
        let error = file.read.as_ref().err().map(|error| (error.at, error.why.clone()));
        let faults =
            file.read.iter().flat_map(|read| &read.faults).filter(|_| !file.is_kustomization());
        let faults = faults.filter(|it| it.is_unknown).map(|it| (it.at, Text::from(it.why)));
        error
            .into_iter()
            .chain(faults)
            .map(|(at, why)| reason(&file.path, at, &why, "unreadable-manifest"))
    });
    compose.chain(manifests).collect()
}

struct Judge<'p> {
    policy: &'p Policy,
    reasons: Vec<Reason>,
}

impl Judge<'_> {
    fn say(
        &mut self,
        rule: &'static str,
        level: Level,
        about: &str,
        place: Place,
        message: Text,
        help: Text,
    ) {
        let Some(verdict) = level.verdict() else { return };
        let verdict = self.policy.mode.soften(verdict);
        let mut reason = Reason::new(rule, verdict, message).at(place).help(help);
        reason.package = Some(Foreign::from(about));
        let print = [rule, about].join("/");
        reason.fingerprint = Some(Foreign::from(print.as_str()));
        self.reasons.push(reason);
    }

    fn nothing(&mut self, services: &[Composed<'_>], workloads: &[Deployed<'_>]) {
        if services.is_empty() {
            let reason =
                Reason::new("no-services", Verdict::Error, "the Compose files have no service");
            self.reasons.push(reason.help("see the files of `compose`"));
        }
        if workloads.is_empty() {
            let reason =
                Reason::new("no-workloads", Verdict::Error, "the manifests have no workload");
            self.reasons.push(reason.help("hand over what `helm template` prints with the values of an environment that is deployed; see `manifests`"));
        }
    }

    fn missing(
        &mut self,
        facts: &Facts<'_>,
        services: &[Composed<'_>],
        workloads: &[Deployed<'_>],
        pairs: &Pairs,
    ) {
        let policy = self.policy;
        let first = self.reasons.len();
        let mut profiled = Vec::new();
        for (number, it) in services.iter().enumerate() {
            if pairs.has_service(number) || is_in(&policy.only_compose, it.name.as_bytes()) {
                continue;
            }
            if !it.service.profiles.is_empty() {
                profiled.push(it.name);
                continue;
            }
            let is_old = facts.compose_base.is_some_and(|base| base.services.contains_key(it.name));
            let level = if is_old { policy.missing } else { policy.missing_new };
            let message = text![
                "the service ",
                Foreign::from(it.name),
                " of Compose has no workload in the manifests"
            ];
            let lines = format!(
                "[[gate.parity.pair]]\nservice = \"{0}\"\nworkload = \"{0}\"\n",
                quoted(it.name)
            );
            let help = text![
                "add a template for it, and see that the values of this environment turn it on; if its workload has another name, or there is to be none (`only-compose`), say so:",
                diagnostics::Piece::Lines(Foreign::from(lines.as_str()))
            ];
            self.say("workload-missing", level, it.name, it.place(), message, help);
        }
        let base: Option<BTreeSet<(Kind, &str)>> = facts.manifests_base.map(|base| {
            deployed(base).iter().map(|it| (it.workload.kind, it.workload.name.as_str())).collect()
        });
        for (number, it) in workloads.iter().enumerate() {
            let name = it.workload.name.as_str();
            // What only runs at times is seldom part of what people run at home.
            let is_left_out =
                it.workload.kind.is_task() || is_in(&policy.only_kubernetes, name.as_bytes());
            if pairs.has_workload(number) || is_left_out {
                continue;
            }
            let is_old = base.as_ref().is_some_and(|base| base.contains(&(it.workload.kind, name)));
            let level = if is_old { policy.missing } else { policy.missing_new };
            let message = text![
                "the ",
                it.workload.kind.name(),
                " ",
                Foreign::from(name),
                " has no service in Compose"
            ];
            let image = it.workload.pod.containers.iter().find_map(|it| it.image.as_ref());
            let image = image.map_or("image", |image| image.text.as_str());
            let lines = format!("  {}:\n    image: {}\n", quoted(name), quoted(image));
            let help = text![
                "add it below `services`, or name it in `only-kubernetes` of `[gate.parity]`:",
                diagnostics::Piece::Lines(Foreign::from(lines.as_str()))
            ];
            self.say("service-missing", level, name, it.place(), message, help);
        }
        if self.reasons.len() > first
            && (facts.compose_base.is_none() || facts.manifests_base.is_none())
        {
            let what = match (facts.compose_base, facts.manifests_base) {
                (None, None) => {
                    "what was there before is not known, so all that has no partner counts as new"
                }
                (None, Some(_)) => {
                    "which services were there before is not known, so all that have no workload count as new"
                }
                (Some(_), _) => {
                    "which workloads were there before is not known, so all that have no service count as new"
                }
            };
            let verdict = policy.mode.soften(Verdict::Inconclusive);
            let reason = Reason::new("no-base", verdict, what);
            self.reasons.push(reason.help("say what to compare with: `diff: BASE...HEAD`, and `manifests-base` for manifests that a step before renders"));
        }
        self.profiled(&profiled);
    }

    /// Services that only start when asked for are told apart.
    fn profiled(&mut self, names: &[&str]) {
        if names.is_empty() {
            return;
        }
        let mut message = text![names.len()];
        let is_one = names.len() == 1;
        message.text(if is_one {
            " service of a profile has"
        } else {
            " services of profiles have"
        });
        message.text(" no workload: ");
        for (at, name) in names.iter().take(10).enumerate() {
            message.text(if at == 0 { "" } else { ", " }).foreign(*name);
        }
        self.reasons.push(Reason::new("profile-only", Verdict::Pass, message));
    }
}

impl Composed<'_> {
    fn place(&self) -> Place {
        Place::at(self.service.file.as_str(), self.service.at.line, self.service.at.column)
    }
}

impl Deployed<'_> {
    fn place(&self) -> Place {
        let at = self.workload.at;
        Place::at(Foreign::from(self.file), at.line, at.column)
    }
}

/// A name without what could end a line or a text in quotes.
fn quoted(name: &str) -> String {
    name.chars().filter(|it| !it.is_control() && *it != '"' && *it != '\\').collect()
}

#[cfg(test)]
mod tests;
