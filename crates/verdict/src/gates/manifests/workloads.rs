//! The rules for workloads: how their pods end, how many there are, how they are replaced.

use diagnostics::{Foreign, Place, text};
use ecosystems::kubernetes::{PreStop, Workload};

use super::{About, Judge, Of, Rule, fragment, runs_on};
use crate::Verdict;

/// What the API takes for `terminationGracePeriodSeconds` where it is not said.
const GRACE: u64 = 30;

impl Judge<'_> {
    /// All rules for one workload.
    pub(super) fn workload(&mut self, number: usize) {
        let objects = self.objects;
        let Some(of) = objects.workloads.get(number) else { return };
        let about = About::workload(number, of);
        if of.what.pod.containers.is_empty() {
            let mut message = about.named();
            message.text(" has no container");
            let lines = fragment::at(
                of.what.pod.at,
                "containers:\n  - name: main\n    image: registry/name:v1.0.0\n",
            );
            for rule in [Rule::LivenessProbe, Rule::ReadinessProbe, Rule::ResourceLimits] {
                let help = text!["add", lines.clone()];
                self.say(rule, about, of.place(of.what.pod.at), message.clone(), help);
            }
        }
        for container in &of.what.pod.containers {
            self.container(of, about, container);
        }
        if runs_on(of.what) {
            self.termination(of, about);
            if !objects.guarded.contains(&number) {
                let mut message = about.named();
                message.text(" has no network policy: any pod may speak to it");
                let help = text!["add a NetworkPolicy whose `podSelector` means its pods"];
                self.say(Rule::NetworkPolicy, about, of.place(of.what.at), message, help);
            }
        }
        if let Some(at) = of.what.recreates {
            let mut message = about.named();
            message.text(" ends all old pods before it starts new ones");
            let lines = "strategy:\n  type: RollingUpdate\n";
            let help =
                text!["let new pods become ready first:", fragment::at(of.what.spec_at, lines)];
            self.say(Rule::RecreateStrategy, about, of.place(at), message, help);
        }
        self.replicas(number, of, about);
    }

    fn replicas(&mut self, number: usize, of: &Of<'_, Workload>, about: About<'_>) {
        let Some(replicas) = self.objects.replicas.get(number).copied().flatten() else { return };
        if let Some(said) = &of.what.replicas
            && said.text.parse::<u64>().is_err()
        {
            let mut message = about.named();
            message.text(" has ").foreign(said.text.as_str()).text(" replicas, which is no number");
            let help = text!["write a number", fragment::at(of.what.spec_at, "replicas: 2\n")];
            return self.say(Rule::Pdb, about, of.place(said.at), message, help);
        }
        let was_told = self.lacks_budget(number, of, about, replicas);
        if replicas.most > 0 && replicas.least < 2 && !was_told {
            let mut message = about.named();
            message.text(if replicas.most > 1 {
                " may have fewer than two replicas: no other takes over when one goes"
            } else {
                " has one replica: no other takes over when it goes"
            });
            let at = of.what.replicas.as_ref().map_or(of.what.spec_at, |said| said.at);
            let help = if replicas.most > 1 {
                text![
                    "have its scaler keep two or more: `minReplicas: 2`, for KEDA `minReplicaCount: 2`"
                ]
            } else {
                text!["have two or more", fragment::at(of.what.spec_at, "replicas: 2\n")]
            };
            self.say(Rule::ReplicasBelow2, about, of.place(at), message, help);
        }
    }

    fn termination(&mut self, of: &Of<'_, Workload>, about: About<'_>) {
        let pod = &of.what.pod;
        let hooks: Vec<(&str, &PreStop)> = pod
            .containers
            .iter()
            .filter_map(|it| Some((it.name.as_str(), it.pre_stop.as_ref()?)))
            .collect();
        let lines = || fragment::at(pod.at, "terminationGracePeriodSeconds: 30\n");
        let grace = match &pod.grace {
            None => GRACE,
            Some(said) => match said.text.parse::<u64>() {
                Ok(grace @ 1..) => grace,
                other => {
                    let mut message = about.named();
                    message.text(if other.is_ok() {
                        " is killed at once: its grace period is 0"
                    } else {
                        " has a grace period that is no number of seconds"
                    });
                    let help = text!["give it the time that it needs to end", lines()];
                    return self.say(Rule::Termination, about, of.place(said.at), message, help);
                }
            },
        };
        if pod.grace.is_none() && hooks.is_empty() {
            let mut message = about.named();
            message.text(" does not say how it ends: no grace period and no `preStop`");
            let help = text!["add, with the seconds that its longest request takes", lines()];
            return self.say(Rule::Termination, about, of.place(pod.at), message, help);
        }
        for (name, hook) in &hooks {
            let Some(sleeps) = hook.sleeps.filter(|sleeps| *sleeps >= grace) else { continue };
            let mut message = text!["container ", Foreign::from(*name), " of "];
            message.append(about.named());
            message.text(" sleeps ").number(sleeps).text(" s of a grace period of ").number(grace);
            message.text(" s: it is killed before it is told to end");
            let wanted =
                format!("terminationGracePeriodSeconds: {}\n", sleeps.saturating_add(GRACE));
            let help =
                text!["give it more time than the hook takes", fragment::at(pod.at, &wanted)];
            let about = About { container: name, ..about };
            self.say(Rule::Termination, about, of.place(hook.at), message, help);
        }
        let is_served = about.workload.is_some_and(|number| self.objects.served.contains(&number));
        if is_served && hooks.is_empty() {
            self.note(of.place(pod.at), about);
        }
    }

    /// Requests still come in while the end of a pod is not known everywhere.
    fn note(&mut self, place: Place, about: About<'_>) {
        let is_on = self.policy.level(Rule::Termination).verdict();
        let mut message = about.named();
        message.text(" gets requests from a Service and has no `preStop`: some arrive after it was told to end");
        let help = text!["a `preStop` that sleeps a few seconds lets the endpoints go first"];
        self.say_as(is_on.map(|_| Verdict::Pass), Rule::Termination, about, place, message, help);
    }
}
