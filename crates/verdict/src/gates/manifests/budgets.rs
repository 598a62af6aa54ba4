//! The rules for pod disruption budgets.
//!
//! What a budget lets go is counted as the disruption controller does: percentages are rounded up, of the
//! pods that all its workloads have together, at the fewest replicas that there may be.

use diagnostics::{Foreign, Text, text};
use ecosystems::kubernetes::{Budget, Part, Selector, Workload};

use super::{About, Judge, Of, Replicas, Rule, fragment};
use crate::Verdict;

const KIND: &str = "PodDisruptionBudget";

impl Judge<'_> {
    /// Whether a workload has exactly one budget; whether it was told that it has one replica.
    pub(super) fn lacks_budget(
        &mut self,
        number: usize,
        of: &Of<'_, Workload>,
        about: About<'_>,
        replicas: Replicas,
    ) -> bool {
        if replicas.most == 0 {
            return false;
        }
        let objects = self.objects;
        let budgets = objects.budgets_of.get(number).map(Vec::as_slice).unwrap_or_default();
        let mut message = about.named();
        if budgets.is_empty() {
            let is_single = replicas.most <= 1;
            message.text(if is_single {
                " has one replica and no disruption budget: while its node is drained there is none"
            } else {
                " has no disruption budget: all of its pods may be evicted at once"
            });
            let workload = of.what;
            let lines = fragment::budget(
                &workload.name,
                workload.namespace.as_deref(),
                &workload.pod.labels,
            );
            let help = text!["add", diagnostics::Piece::Lines(Foreign::from(lines.as_str()))];
            let verdict = self.policy.level(Rule::Pdb).verdict();
            let verdict = if is_single { verdict.map(|_| Verdict::Warn) } else { verdict };
            self.say_as(verdict, Rule::Pdb, about, of.place(workload.at), message, help);
            return is_single && verdict.is_some();
        }
        if budgets.len() > 1 {
            message
                .text(" has ")
                .push(budgets.len())
                .text(" disruption budgets, so that none of its pods can be evicted: ");
            let names = budgets.iter().filter_map(|number| objects.budgets.get(*number));
            for (at, budget) in names.take(5).enumerate() {
                message.text(if at == 0 { "" } else { ", " }).foreign(budget.what.name.as_str());
            }
            let help = text!["keep one of them: the API evicts no pod that two budgets mean"];
            self.say(Rule::Pdb, about, of.place(of.what.at), message, help);
        }
        false
    }

    /// All rules for one budget.
    pub(super) fn budget(&mut self, number: usize) {
        let objects = self.objects;
        let Some(of) = objects.budgets.get(number) else { return };
        let about = About {
            namespace: of.namespace,
            kind: KIND,
            name: &of.what.name,
            container: "",
            workload: None,
        };
        let meant = objects.of_budget.get(number).map(Vec::as_slice).unwrap_or_default();
        if let Selector::Refused(at, why) = &of.what.selector {
            let mut message = about.named();
            message.text(" has a selector that the API refuses: ").text(why);
            let help = text!["see `kubectl apply --dry-run=server`"];
            self.say(Rule::Pdb, about, of.place(*at), message, help);
        } else if meant.is_empty() && !objects.is_too_much {
            let mut message = about.named();
            message.text(" means no pod of these manifests");
            let help = text!["see its selector and its namespace, or take it out"];
            self.say(Rule::PdbOrphan, about, of.place(of.what.at), message, help);
        }
        let floors = meant.iter().filter_map(|it| objects.replicas.get(*it).copied().flatten());
        let floors = floors.filter(|it| it.most > 0).map(|it| it.least.max(1));
        let all = floors.fold(0_u64, u64::saturating_add);
        self.share(of, about, all);
        if !of.what.lets_unhealthy_go {
            let mut message = about.named();
            message.text(" keeps pods that are not ready from being moved");
            let lines = fragment::at(of.what.spec_at, "unhealthyPodEvictionPolicy: AlwaysAllow\n");
            self.say(
                Rule::PdbUnhealthyPolicy,
                about,
                of.place(of.what.at),
                message,
                text!["add", lines],
            );
        }
    }

    /// Whether it says how many pods may go, and lets one go of `all`.
    fn share(&mut self, of: &Of<'_, Budget>, about: About<'_>, all: u64) {
        let budget = of.what;
        let (min, max) = (&budget.min_available, &budget.max_unavailable);
        let one = || fragment::at(budget.spec_at, "maxUnavailable: 1\n");
        let mut message = about.named();
        let said = match (min, max) {
            (Some(said), None) | (None, Some(said)) => said,
            (Some(_), Some(second)) => {
                message.text(" has both `minAvailable` and `maxUnavailable`");
                let help = text!["keep one of them:", one()];
                return self.say(Rule::Pdb, about, of.place(second.said.at), message, help);
            }
            (None, None) => {
                message
                    .text(" says neither `minAvailable` nor `maxUnavailable`, so it keeps no pod");
                let help = text!["add", one()];
                return self.say(Rule::Pdb, about, of.place(budget.spec_at), message, help);
            }
        };
        let Part { said: written, share } = said;
        let Some(share) = share else {
            message.text(" has ").foreign(written.text.as_str());
            message.text(", which is neither a number nor a percentage");
            let help = text!["write a number without quotes, or a percentage up to 100%:", one()];
            return self.say(Rule::Pdb, about, of.place(written.at), message, help);
        };
        let stays = if min.is_some() { share.of(all) } else { all.saturating_sub(share.of(all)) };
        if all > 0 && stays >= all {
            message.append(blocks(min.is_some(), &written.text, all));
            let help = text!["let one go:", one()];
            self.say(Rule::Pdb, about, of.place(written.at), message, help);
        }
    }
}

fn blocks(is_min: bool, written: &str, all: u64) -> Text {
    let mut said = text![" lets no pod go: `"];
    said.text(if is_min { "minAvailable" } else { "maxUnavailable" }).text("` is ");
    said.foreign(written).text(" of ").number(all);
    said.text(if all == 1 { " replica" } else { " replicas" });
    said.text(" at least, so no node can be drained");
    said
}
