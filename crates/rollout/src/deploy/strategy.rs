//! What is run for a component: the commands of its strategy, or its own.
//!
//! Each command is a line for `sh` that finds what it is about in the environment: `COMPONENT`, `VERSION`,
//! `ENVIRONMENT`, `REGION` and the `variables` of the configuration. No value is ever written into a line.
//!
//! Sources: `kubectl set image`, `rollout status` and `rollout undo` (Kubernetes reference, kubectl 1.35); `helm
//! upgrade --install`, `helm rollback` (Helm 4 documentation); `argocd app set|sync|wait|rollback` (Argo CD 3
//! documentation); `flux reconcile` and `flux suspend` (Flux 2 documentation).

/// A part of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Asks whether this version is there already: exit code 0 for yes, 1 for no.
    Probe,
    /// Brings the version out; with `switch`, beside the one that serves.
    Deploy,
    /// Asks whether it is healthy.
    Check,
    /// Sends the traffic to it.
    Switch,
    /// Removes what served before.
    Remove,
    /// Takes all of it back.
    Rollback,
}

impl Phase {
    /// Every phase, in the order in which they are configured.
    pub const ALL: [Self; 6] =
        [Self::Probe, Self::Deploy, Self::Check, Self::Switch, Self::Remove, Self::Rollback];

    /// Its key in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Probe => "probe",
            Self::Deploy => "deploy",
            Self::Check => "check",
            Self::Switch => "switch",
            Self::Remove => "remove",
            Self::Rollback => "rollback",
        }
    }
}

/// The lines of the phases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Phases {
    /// Asks whether this version is there already.
    pub probe: Option<String>,
    /// Brings it out.
    pub deploy: Option<String>,
    /// Asks whether it is healthy.
    pub check: Option<String>,
    /// Sends the traffic to it.
    pub switch: Option<String>,
    /// Removes what served before.
    pub remove: Option<String>,
    /// Takes all of it back.
    pub rollback: Option<String>,
}

impl Phases {
    /// The line of a phase.
    pub fn get(&self, phase: Phase) -> Option<&str> {
        match phase {
            Phase::Probe => self.probe.as_deref(),
            Phase::Deploy => self.deploy.as_deref(),
            Phase::Check => self.check.as_deref(),
            Phase::Switch => self.switch.as_deref(),
            Phase::Remove => self.remove.as_deref(),
            Phase::Rollback => self.rollback.as_deref(),
        }
    }

    /// These, with `others` where these say nothing.
    #[must_use]
    pub fn or(self, others: Self) -> Self {
        Self {
            probe: self.probe.or(others.probe),
            deploy: self.deploy.or(others.deploy),
            check: self.check.or(others.check),
            switch: self.switch.or(others.switch),
            remove: self.remove.or(others.remove),
            rollback: self.rollback.or(others.rollback),
        }
    }
}

/// A known way to deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// A new image for a Deployment that is there, which Kubernetes rolls out.
    Rolling,
    /// Two Deployments, `NAME-blue` and `NAME-green`, and a Service whose selector `slot` says which serves.
    BlueGreen,
    /// A release of a chart.
    Helm,
    /// A sync of an Argo CD application.
    Argocd,
    /// A reconciliation of a Flux `HelmRelease` whose source names the version already.
    Flux,
    /// Only what the configuration says itself.
    Command,
}

impl Strategy {
    /// The words of the configuration.
    pub const WORDS: [(&'static str, Self); 6] = [
        ("rolling", Self::Rolling),
        ("blue-green", Self::BlueGreen),
        ("helm", Self::Helm),
        ("argocd", Self::Argocd),
        ("flux", Self::Flux),
        ("command", Self::Command),
    ];

    /// Its lines.
    pub fn phases(self) -> Phases {
        let line = |text: &str| Some(text.to_owned());
        match self {
            Self::Rolling => Phases {
                probe: line(&format!("{NAMESPACED}{ROLLING_PROBE}")),
                deploy: line(&format!("{NAMESPACED}{ROLLING}")),
                rollback: line(&format!("{NAMESPACED}{ROLLING_BACK}")),
                ..Phases::default()
            },
            Self::BlueGreen => Phases {
                probe: line(&format!("{SLOTS}{SLOT_PROBE}")),
                deploy: line(&format!("{SLOTS}{SLOT_DEPLOY}")),
                check: line(&format!("{SLOTS}{SLOT_CHECK}")),
                switch: line(&format!("{SLOTS}{SLOT_SWITCH}")),
                remove: line(&format!("{SLOTS}{SLOT_REMOVE}")),
                rollback: line(&format!("{SLOTS}{SLOT_BACK}")),
            },
            Self::Helm => Phases {
                deploy: line(&format!("{NAMESPACED}{HELM}")),
                rollback: line(&format!("{NAMESPACED}{HELM_BACK}")),
                ..Phases::default()
            },
            Self::Argocd => Phases {
                deploy: line(ARGOCD),
                check: line(ARGOCD_CHECK),
                rollback: line(ARGOCD_BACK),
                ..Phases::default()
            },
            Self::Flux => Phases {
                deploy: line(&format!("{NAMESPACED}{FLUX}")),
                rollback: line(&format!("{NAMESPACED}{FLUX_BACK}")),
                ..Phases::default()
            },
            Self::Command => Phases::default(),
        }
    }
}

const NAMESPACED: &str = "set -eu\nns=${NAMESPACE:-$ENVIRONMENT}\n";

const ROLLING_PROBE: &str = r#"image=$(kubectl -n "$ns" get deployment "$COMPONENT" -o "jsonpath={.spec.template.spec.containers[0].image}") || exit 2
[ "$image" = "${IMAGE:-$COMPONENT}:$VERSION" ]"#;
const ROLLING: &str = r#"kubectl -n "$ns" set image "deployment/$COMPONENT" "${CONTAINER:-$COMPONENT}=${IMAGE:-$COMPONENT}:$VERSION"
kubectl -n "$ns" rollout status "deployment/$COMPONENT" --timeout="${WAIT:-10m}""#;
const ROLLING_BACK: &str = r#"kubectl -n "$ns" rollout undo "deployment/$COMPONENT"
kubectl -n "$ns" rollout status "deployment/$COMPONENT" --timeout="${WAIT:-10m}""#;

/// Which slot serves, and which one does not: asked anew each time, for a switch changes it.
const SLOTS: &str = r#"set -eu
ns=${NAMESPACE:-$ENVIRONMENT}
serves=$(kubectl -n "$ns" get service "$COMPONENT" -o "jsonpath={.spec.selector.slot}") || exit 2
case $serves in blue) other=green ;; green) other=blue ;; *) echo "the service $COMPONENT has no slot" >&2; exit 2 ;; esac
image_of() { kubectl -n "$ns" get deployment "$COMPONENT-$1" -o "jsonpath={.spec.template.spec.containers[0].image}"; }
new=$other
[ "$(image_of "$serves" 2>/dev/null || true)" != "${IMAGE:-$COMPONENT}:$VERSION" ] || new=$serves
"#;
const SLOT_PROBE: &str = r#"[ "$new" = "$serves" ] && [ -z "$(kubectl -n "$ns" get deployment "$COMPONENT-$other" --ignore-not-found -o name)" ]"#;
const SLOT_DEPLOY: &str = r#"sed -e "s|@SLOT@|$other|g" -e "s|@VERSION@|$VERSION|g" "${MANIFEST:-deploy/$COMPONENT.yaml}" | kubectl -n "$ns" apply -f -
kubectl -n "$ns" rollout status "deployment/$COMPONENT-$other" --timeout="${WAIT:-10m}""#;
const SLOT_CHECK: &str =
    r#"kubectl -n "$ns" rollout status "deployment/$COMPONENT-$new" --timeout=10s"#;
const SLOT_SWITCH: &str = r#"[ "$new" = "$serves" ] || kubectl -n "$ns" patch service "$COMPONENT" --type merge -p "{\"spec\":{\"selector\":{\"slot\":\"$other\"}}}""#;
const SLOT_REMOVE: &str = r#"[ "$new" = "$serves" ] && kubectl -n "$ns" delete deployment "$COMPONENT-$other" --ignore-not-found"#;
const SLOT_BACK: &str = r#"if [ "$new" = "$serves" ]; then
  image_of "$other" >/dev/null || { echo "what served before is removed already" >&2; exit 1; }
  kubectl -n "$ns" patch service "$COMPONENT" --type merge -p "{\"spec\":{\"selector\":{\"slot\":\"$other\"}}}"
fi
kubectl -n "$ns" delete deployment "$COMPONENT-$new" --ignore-not-found"#;

const HELM: &str = r#"helm upgrade "$COMPONENT" "${CHART:-charts/$COMPONENT}" --install --namespace "$ns" --set-string "${VERSION_KEY:-image.tag}=$VERSION" --wait --timeout "${WAIT:-10m}""#;
const HELM_BACK: &str =
    r#"helm rollback "$COMPONENT" --namespace "$ns" --wait --timeout "${WAIT:-10m}""#;

const ARGOCD: &str = r#"set -eu
argocd app set "${APP:-$COMPONENT}" --revision "$VERSION"
argocd app sync "${APP:-$COMPONENT}" --timeout "${WAIT_SECONDS:-600}""#;
const ARGOCD_CHECK: &str =
    r#"argocd app wait "${APP:-$COMPONENT}" --sync --health --timeout "${WAIT_SECONDS:-600}""#;
const ARGOCD_BACK: &str =
    r#"argocd app rollback "${APP:-$COMPONENT}" --timeout "${WAIT_SECONDS:-600}""#;

const FLUX: &str = r#"flux reconcile helmrelease "$COMPONENT" --namespace "$ns" --with-source --timeout "${WAIT:-10m}""#;
const FLUX_BACK: &str = r#"flux suspend helmrelease "$COMPONENT" --namespace "$ns"
helm rollback "$COMPONENT" --namespace "$ns" --wait --timeout "${WAIT:-10m}""#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_strategy_but_that_of_own_commands_deploys_and_takes_back() {
        for (word, strategy) in Strategy::WORDS {
            let phases = strategy.phases();
            let is_own = strategy == Strategy::Command;
            assert_eq!(phases.get(Phase::Deploy).is_none(), is_own, "{word}");
            assert_eq!(phases.get(Phase::Rollback).is_none(), is_own, "{word}");
        }
    }

    #[test]
    fn own_lines_come_before_those_of_the_strategy() {
        let own = Phases { check: Some("curl -f".to_owned()), ..Phases::default() };
        let all = own.or(Strategy::Argocd.phases());
        assert_eq!(all.get(Phase::Check), Some("curl -f"));
        assert!(all.get(Phase::Deploy).is_some_and(|line| line.contains("argocd app sync")));
        assert_eq!(all.get(Phase::Switch), None);
    }
}
