//! What is run for a component: the commands of its strategy, or its own.
//!
//! Each command is a line for `sh` that finds what it is about in the environment: `COMPONENT`, `VERSION`,
//! `ENVIRONMENT`, `REGION` and the `variables` of the configuration. No value is ever written into a line.
//!
//! What served before is written down before anything is changed, and each later line finds it in `PREVIOUS`: a rollback
//! goes to just that, never "one back", which would be one too far where nothing had changed yet. So each line of these
//! strategies may be run again.
//!
//! Sources: `kubectl set image`, `rollout status` and `patch` (Kubernetes reference, kubectl 1.35); `helm
//! list`, `helm upgrade --install`, `helm rollback` (Helm 4 documentation); `argocd app get|set|sync|wait` (Argo CD 3
//! documentation); `flux reconcile` and `flux suspend` (Flux 2 documentation).

/// A part of a deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Says what serves before anything is changed, in one line: what all later lines find in `PREVIOUS`.
    Before,
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
    pub const ALL: [Self; 7] = [
        Self::Before,
        Self::Probe,
        Self::Deploy,
        Self::Check,
        Self::Switch,
        Self::Remove,
        Self::Rollback,
    ];

    /// Its key in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
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
    /// Says what serves before.
    pub before: Option<String>,
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
            Phase::Before => self.before.as_deref(),
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
            before: self.before.or(others.before),
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
                before: line(&format!("{NAMESPACED}{ROLLING_BEFORE}")),
                probe: line(&format!("{NAMESPACED}{ROLLING_PROBE}")),
                deploy: line(&format!("{NAMESPACED}{ROLLING}")),
                rollback: line(&format!("{NAMESPACED}{ROLLING_BACK}")),
                ..Phases::default()
            },
            Self::BlueGreen => Phases {
                before: line(&format!("{NAMESPACED}{SLOT_BEFORE}")),
                probe: line(&format!("{SLOTS}{SLOT_PROBE}")),
                deploy: line(&format!("{SLOTS}{SLOT_DEPLOY}")),
                check: line(&format!("{SLOTS}{SLOT_CHECK}")),
                switch: line(&format!("{SLOTS}{SLOT_SWITCH}")),
                remove: line(&format!("{SLOTS}{SLOT_REMOVE}")),
                rollback: line(&format!("{SLOTS}{SLOT_BACK}")),
            },
            Self::Helm => Phases {
                before: line(&format!("{NAMESPACED}{HELM_BEFORE}")),
                deploy: line(&format!("{NAMESPACED}{HELM}")),
                rollback: line(&format!("{NAMESPACED}{HELM_BACK}")),
                ..Phases::default()
            },
            Self::Argocd => Phases {
                before: line(ARGOCD_BEFORE),
                deploy: line(ARGOCD),
                check: line(ARGOCD_CHECK),
                rollback: line(ARGOCD_BACK),
                ..Phases::default()
            },
            Self::Flux => Phases {
                before: line(&format!("{NAMESPACED}{HELM_BEFORE}")),
                deploy: line(&format!("{NAMESPACED}{FLUX}")),
                rollback: line(&format!("{NAMESPACED}{FLUX_BACK}")),
                ..Phases::default()
            },
            Self::Command => Phases::default(),
        }
    }
}

const NAMESPACED: &str = "set -eu\nns=${NAMESPACE:-$ENVIRONMENT}\n";

const ROLLING_BEFORE: &str = r#"kubectl -n "$ns" get deployment "$COMPONENT" -o "jsonpath={.spec.template.spec.containers[0].image}""#;
const ROLLING_PROBE: &str = r#"image=$(kubectl -n "$ns" get deployment "$COMPONENT" -o "jsonpath={.spec.template.spec.containers[0].image}") || exit 2
[ "$image" = "${IMAGE:-$COMPONENT}:$VERSION" ] || exit 1
kubectl -n "$ns" rollout status "deployment/$COMPONENT" --timeout="${WAIT:-10m}" || exit 2"#;
const ROLLING: &str = r#"kubectl -n "$ns" set image "deployment/$COMPONENT" "${CONTAINER:-$COMPONENT}=${IMAGE:-$COMPONENT}:$VERSION"
kubectl -n "$ns" rollout status "deployment/$COMPONENT" --timeout="${WAIT:-10m}""#;
const ROLLING_BACK: &str = r#"[ -n "$PREVIOUS" ] || { echo "nobody knows what served before" >&2; exit 1; }
kubectl -n "$ns" set image "deployment/$COMPONENT" "${CONTAINER:-$COMPONENT}=$PREVIOUS"
kubectl -n "$ns" rollout status "deployment/$COMPONENT" --timeout="${WAIT:-10m}""#;

const SLOT_BEFORE: &str =
    r#"kubectl -n "$ns" get service "$COMPONENT" -o "jsonpath={.spec.selector.slot}""#;
/// The slot that served before, and the one that the version goes to: always these two, whatever has been done since.
const SLOTS: &str = r#"set -eu
ns=${NAMESPACE:-$ENVIRONMENT}
case $PREVIOUS in blue) new=green ;; green) new=blue ;; *) echo "the service $COMPONENT has no slot blue or green" >&2; exit 2 ;; esac
"#;
const SLOT_PROBE: &str = r#"serves=$(kubectl -n "$ns" get service "$COMPONENT" -o "jsonpath={.spec.selector.slot}") || exit 2
[ "$serves" = "$new" ] || exit 1
old=$(kubectl -n "$ns" get deployment "$COMPONENT-$PREVIOUS" --ignore-not-found -o name) || exit 2
[ -z "$old" ] || exit 1
image=$(kubectl -n "$ns" get deployment "$COMPONENT-$new" -o "jsonpath={.spec.template.spec.containers[0].image}") || exit 2
[ "$image" = "${IMAGE:-$COMPONENT}:$VERSION" ]"#;
const SLOT_DEPLOY: &str = r#"sed -e "s|@SLOT@|$new|g" -e "s|@VERSION@|$VERSION|g" "${MANIFEST:-deploy/$COMPONENT.yaml}" | kubectl -n "$ns" apply -f -
kubectl -n "$ns" rollout status "deployment/$COMPONENT-$new" --timeout="${WAIT:-10m}""#;
const SLOT_CHECK: &str =
    r#"kubectl -n "$ns" rollout status "deployment/$COMPONENT-$new" --timeout=10s"#;
const SLOT_SWITCH: &str = r#"kubectl -n "$ns" patch service "$COMPONENT" --type merge -p "{\"spec\":{\"selector\":{\"slot\":\"$new\"}}}""#;
const SLOT_REMOVE: &str =
    r#"kubectl -n "$ns" delete deployment "$COMPONENT-$PREVIOUS" --ignore-not-found"#;
const SLOT_BACK: &str = r#"kubectl -n "$ns" get deployment "$COMPONENT-$PREVIOUS" -o name || { echo "what served before cannot be seen, or is removed already" >&2; exit 1; }
kubectl -n "$ns" patch service "$COMPONENT" --type merge -p "{\"spec\":{\"selector\":{\"slot\":\"$PREVIOUS\"}}}"
kubectl -n "$ns" delete deployment "$COMPONENT-$new" --ignore-not-found"#;

/// The revision of the release; 0 where there is none yet.
const HELM_BEFORE: &str = r#"list=$(helm list --namespace "$ns" --all --filter "^$COMPONENT\$" --output json)
case $list in
"[]") echo 0 ;;
*) revision=$(printf '%s' "$list" | sed -n 's/.*"revision":"\{0,1\}\([0-9][0-9]*\).*/\1/p'); [ -n "$revision" ] && echo "$revision" ;;
esac"#;
const HELM: &str = r#"helm upgrade "$COMPONENT" "${CHART:-charts/$COMPONENT}" --install --namespace "$ns" --set-string "${VERSION_KEY:-image.tag}=$VERSION" --wait --timeout "${WAIT:-10m}""#;
const HELM_BACK: &str = r#"case $PREVIOUS in
"") echo "nobody knows what served before" >&2; exit 1 ;;
0) helm uninstall "$COMPONENT" --namespace "$ns" --ignore-not-found --wait --timeout "${WAIT:-10m}" ;;
*) helm rollback "$COMPONENT" "$PREVIOUS" --namespace "$ns" --wait --timeout "${WAIT:-10m}" ;;
esac"#;

const ARGOCD_BEFORE: &str = r#"set -eu
app=$(argocd app get "${APP:-$COMPONENT}" --output json)
revision=$(printf '%s' "$app" | sed -n 's/.*"targetRevision": *"\([^"]*\)".*/\1/p' | sed -n 1p)
[ -n "$revision" ] && echo "$revision""#;
const ARGOCD: &str = r#"set -eu
argocd app set "${APP:-$COMPONENT}" --revision "$VERSION"
argocd app sync "${APP:-$COMPONENT}" --timeout "${WAIT_SECONDS:-600}""#;
const ARGOCD_CHECK: &str =
    r#"argocd app wait "${APP:-$COMPONENT}" --sync --health --timeout "${WAIT_SECONDS:-600}""#;
const ARGOCD_BACK: &str = r#"set -eu
[ -n "$PREVIOUS" ] || { echo "nobody knows what served before" >&2; exit 1; }
argocd app set "${APP:-$COMPONENT}" --revision "$PREVIOUS"
argocd app sync "${APP:-$COMPONENT}" --timeout "${WAIT_SECONDS:-600}"
argocd app wait "${APP:-$COMPONENT}" --sync --health --timeout "${WAIT_SECONDS:-600}""#;

const FLUX: &str = r#"flux reconcile helmrelease "$COMPONENT" --namespace "$ns" --with-source --timeout "${WAIT:-10m}""#;
const FLUX_BACK: &str = r#"case $PREVIOUS in "" | 0) echo "there was no release before" >&2; exit 1 ;; esac
flux suspend helmrelease "$COMPONENT" --namespace "$ns"
helm rollback "$COMPONENT" "$PREVIOUS" --namespace "$ns" --wait --timeout "${WAIT:-10m}""#;

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
            // It goes back to what served before, and never just one back.
            let back = phases.get(Phase::Rollback).unwrap_or("PREVIOUS");
            assert!(back.contains("PREVIOUS") && !back.contains("undo"), "{word}");
            assert_eq!(phases.get(Phase::Before).is_none(), is_own, "{word}");
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
