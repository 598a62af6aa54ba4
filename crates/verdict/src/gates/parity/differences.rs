//! What a service has on one side alone: ports, variables, volumes.

use std::collections::BTreeSet;

use diagnostics::{Foreign, Text, text};
use ecosystems::kubernetes::{Container, Role};

use super::{Composed, Deployed, Judge};

/// How many names are told.
const MOST: usize = 8;

impl Judge<'_> {
    /// Compares a service with its workload.
    pub(super) fn differences(&mut self, service: Composed<'_>, deployed: Deployed<'_>) {
        let containers = &deployed.workload.pod.containers;
        let main: Vec<&Container> = containers.iter().filter(|it| it.role == Role::Main).collect();
        // With several containers, the one of its name is meant; else all together.
        let own =
            main.iter().find(|it| it.name.replace('_', "-") == service.name.replace('_', "-"));
        let meant = own.map_or(main.clone(), |own| vec![*own]);
        let of = |all: &dyn Fn(&Container) -> Vec<String>| -> BTreeSet<String> {
            meant.iter().flat_map(|it| all(it)).collect()
        };
        let ports = of(&|it| it.ports.iter().map(|port| port.number.clone()).collect());
        let variables = of(&|it| it.variables.iter().map(|it| it.name.clone()).collect());
        let mounts = of(&|it| it.mounts.clone());
        let has_more = meant.iter().any(|it| it.has_more_variables);
        let ours = service.service;
        self.compare("ports", service, deployed, (&ours.ports, false), (&ports, false));
        let (ours_more, theirs_more) = (ours.has_more_variables, has_more);
        self.compare(
            "variables",
            service,
            deployed,
            (&ours.variables, ours_more),
            (&variables, theirs_more),
        );
        self.compare("volumes", service, deployed, (&ours.mounts, false), (&mounts, false));
    }

    /// Tells what one side has alone. A side that may have more than is known lacks nothing for sure.
    fn compare(
        &mut self,
        what: &'static str,
        service: Composed<'_>,
        deployed: Deployed<'_>,
        (ours, ours_more): (&BTreeSet<String>, bool),
        (theirs, theirs_more): (&BTreeSet<String>, bool),
    ) {
        let only_ours: Vec<&String> = ours.difference(theirs).filter(|_| !theirs_more).collect();
        let only_theirs: Vec<&String> = theirs.difference(ours).filter(|_| !ours_more).collect();
        if only_ours.is_empty() && only_theirs.is_empty() {
            return;
        }
        let mut message =
            text!["the service ", Foreign::from(service.name), " has other ", what, " than "];
        message
            .text(deployed.workload.kind.name())
            .text(" ")
            .foreign(deployed.workload.name.as_str());
        if !only_ours.is_empty() {
            message.text(", in Compose alone ").append(listed(&only_ours));
        }
        if !only_theirs.is_empty() {
            message.text(", in the manifests alone ").append(listed(&only_theirs));
        }
        let help =
            text!["have the same on both sides, or set `differences = \"off\"` in `[gate.parity]`"];
        let rule = match what {
            "ports" => "ports-differ",
            "variables" => "variables-differ",
            _ => "volumes-differ",
        };
        self.say(rule, self.policy.differences, service.name, service.place(), message, help);
    }
}

fn listed(names: &[&String]) -> Text {
    let mut said = Text::new();
    for (at, name) in names.iter().take(MOST).enumerate() {
        said.text(if at == 0 { "" } else { ", " }).foreign(name.as_str());
    }
    if names.len() > MOST {
        said.text(" and ").push(names.len() - MOST).text(" more");
    }
    said
}
