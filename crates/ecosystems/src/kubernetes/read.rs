//! From documents to objects.

use std::collections::BTreeMap;

use diagnostics::yaml::{At, Kind as Shape, Node, NotYaml, Yaml};

use super::pods::pod;
use super::selector::labels;
use super::{
    Budget, Fault, Kind, Manifests, Part, Said, Scaler, Selector, Service, Share, Workload,
};
use crate::yaml;

/// How many replicas a scaler of KEDA may make where it does not say so.
const KEDA_MOST: u64 = 100;

/// How many documents a file may have.
const MOST_DOCUMENTS: usize = 100_000;
/// How many objects and containers it may have, so that what is kept of it is never much more than itself.
const MOST_OBJECTS: usize = 100_000;
/// How many faults are kept.
const MOST_FAULTS: usize = 1000;

/// Reads a file of manifests.
///
/// # Errors
/// When it is neither YAML nor JSON, a key stands twice, or it has more documents than anybody writes.
pub fn read(bytes: &[u8]) -> Result<Manifests, NotYaml> {
    let text = yaml::utf8(bytes)?;
    let (mut found, mut containers) = (Manifests::default(), 0);
    for (number, (above, document)) in documents(text).into_iter().enumerate() {
        if number == MOST_DOCUMENTS {
            let at = At { line: above + 1, column: 1 };
            return Err(NotYaml { at, why: "it has more than 100,000 documents".into() });
        }
        for document in Yaml::part(document, above)?.documents() {
            let known = found.workloads.len();
            found.document(document);
            let new = found.workloads.get(known..).unwrap_or_default();
            containers += new.iter().map(|it| it.pod.containers.len()).sum::<usize>();
            if found.objects() + containers > MOST_OBJECTS {
                let why = "it has more than 100,000 objects and containers".into();
                return Err(NotYaml { at: document.at(), why });
            }
        }
    }
    Ok(found)
}

/// The documents of a text, and how many lines stand above each: one after the other needs less memory than
/// all at once. A line that begins with `---` begins a document wherever it is (YAML 1.2.2, 9.1.2); with
/// directives, and with line ends that only YAML knows, the text is left whole.
fn documents(text: &str) -> Vec<(u64, &str)> {
    let has_directive = text.starts_with('%') || text.contains("\n%");
    if has_directive || text.contains('\r') && text.replace("\r\n", "").contains('\r') {
        return vec![(0, text)];
    }
    let (mut documents, mut start, mut above) = (Vec::new(), 0, 0);
    let (mut at, mut line) = (0, 0);
    let mut is_empty = true;
    for text_line in text.split_inclusive('\n') {
        let begins = text_line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        if begins {
            if !is_empty {
                documents.push((above, text.get(start..at).unwrap_or_default()));
            }
            (start, above, is_empty) = (at, line, true);
        }
        let content = if begins { text_line.get(3..).unwrap_or_default() } else { text_line };
        let content = content.trim_start();
        is_empty &= content.is_empty() || content.starts_with('#');
        at += text_line.len();
        line += 1;
    }
    if !is_empty {
        documents.push((above, text.get(start..).unwrap_or_default()));
    }
    documents
}

/// Whether nothing stands there.
pub(super) fn is_nothing(node: Node<'_>) -> bool {
    matches!(node.kind(), Shape::Nothing)
}

/// What a key holds, unless that is nothing.
pub(super) fn some<'a>(node: Node<'a>, key: &str) -> Option<Node<'a>> {
    node.get(key).filter(|value| !is_nothing(*value))
}

/// The text of a key.
pub(super) fn text<'a>(node: Node<'a>, key: &str) -> Option<&'a str> {
    some(node, key).and_then(Node::text)
}

/// The text of a key, with its place.
pub(super) fn said(node: Node<'_>, key: &str) -> Option<Said> {
    let value = some(node, key)?;
    Some(Said { text: value.text()?.to_owned(), at: value.at() })
}

/// What a way of keys leads to.
pub(super) fn along<'a>(node: Node<'a>, way: &[&str]) -> Option<Node<'a>> {
    way.iter().try_fold(node, |node, key| some(node, key))
}

fn number(node: Node<'_>) -> Option<u64> {
    node.text()?.parse().ok()
}

impl Manifests {
    /// Lists within lists are as deep as a document may be.
    pub(super) fn document(&mut self, node: Node<'_>) {
        match node.kind() {
            Shape::Nothing => return,
            Shape::Map(_) => {}
            Shape::Text(_) | Shape::List(_) => {
                return self.unknown(node, "it is no object: it has no `kind`");
            }
        }
        let Some(kind) = text(node, "kind").filter(|kind| !kind.is_empty()) else {
            return self.unknown(node, "it is no object of Kubernetes: it has no `kind`");
        };
        let Some(version) = text(node, "apiVersion") else {
            return self.unknown(node, "it is no object of Kubernetes: it has no `apiVersion`");
        };
        if kind.ends_with("List")
            && let Some(items) = some(node, "items")
        {
            for item in items.items() {
                self.document(item);
            }
            return;
        }
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        let meta = Meta::of(node);
        if meta.is_test() {
            self.tests += 1;
            return;
        }
        if let Some((_, workload)) =
            Kind::ALL.iter().find(|(name, of)| *name == kind && is_of(group, *of))
        {
            self.workload(node, *workload, meta);
            return;
        }
        match (group, kind) {
            ("policy", "PodDisruptionBudget") => self.budgets.push(budget(node, version, meta)),
            ("autoscaling", "HorizontalPodAutoscaler") => {
                let of = |key| along(node, &["spec", key]).and_then(number);
                let (least, most) = (of("minReplicas"), of("maxReplicas"));
                self.scaler(node, &meta, "scaleTargetRef", (least.unwrap_or(1), most.unwrap_or(1)));
            }
            ("keda.sh", "ScaledObject") => {
                let of = |key| along(node, &["spec", key]).and_then(number);
                let least = of("minReplicaCount").unwrap_or(0);
                let least = of("idleReplicaCount").map_or(least, |idle| idle.min(least));
                let most = of("maxReplicaCount").unwrap_or(KEDA_MOST);
                self.scaler(node, &meta, "scaleTargetRef", (least, most));
            }
            ("", "Service") => {
                let selector = Selector::of_labels(along(node, &["spec", "selector"]));
                self.services.push(Service {
                    name: meta.name,
                    namespace: meta.namespace,
                    selector,
                });
            }
            ("networking.k8s.io", "NetworkPolicy") => {
                let selector = Selector::read(along(node, &["spec", "podSelector"]));
                let policy = Service { name: meta.name, namespace: meta.namespace, selector };
                self.network_policies.push(policy);
            }
            (_, _) => *self.others.entry(kind.to_owned()).or_default() += 1,
        }
    }

    /// How many objects are kept.
    fn objects(&self) -> usize {
        let Self { workloads, budgets, scalers, services, network_policies, others, .. } = self;
        workloads.len()
            + budgets.len()
            + scalers.len()
            + services.len()
            + network_policies.len()
            + others.len()
    }

    fn unknown(&mut self, node: Node<'_>, why: &'static str) {
        self.fault(Fault { at: node.at(), why, is_unknown: true });
    }

    fn refused(&mut self, node: Node<'_>, why: &'static str) {
        self.fault(Fault { at: node.at(), why, is_unknown: false });
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(fault);
        }
    }

    fn scaler(&mut self, node: Node<'_>, meta: &Meta, target_key: &str, bounds: (u64, u64)) {
        let target = along(node, &["spec", target_key]);
        let Some(name) = target.and_then(|target| text(target, "name")) else { return };
        let kind = target.and_then(|target| text(target, "kind")).unwrap_or("Deployment");
        let (least, most) = bounds;
        self.scalers.push(Scaler {
            namespace: meta.namespace.clone(),
            kind: kind.to_owned(),
            name: name.to_owned(),
            rollout: (target_key == "workloadRef").then(|| meta.name.clone()),
            least,
            most,
        });
    }

    fn workload(&mut self, node: Node<'_>, kind: Kind, meta: Meta) {
        let Some(spec) = some(node, "spec") else {
            return self.refused(node, "the workload has no `spec`");
        };
        if kind == Kind::Rollout && some(spec, "workloadRef").is_some() {
            // The pods are those of a Deployment, and their number is said here, or by what scales this.
            let replicas = some(spec, "replicas").and_then(number).unwrap_or(1);
            return self.scaler(node, &meta, "workloadRef", (replicas, replicas));
        }
        let template = match kind {
            Kind::Pod => Some(node),
            Kind::CronJob => along(spec, &["jobTemplate", "spec", "template"]),
            Kind::Deployment
            | Kind::StatefulSet
            | Kind::DaemonSet
            | Kind::ReplicaSet
            | Kind::ReplicationController
            | Kind::Job
            | Kind::Rollout => some(spec, "template"),
        };
        let Some((template, inner)) = template.and_then(|it| Some((it, some(it, "spec")?))) else {
            return self.refused(spec, "the workload has no `template` with a `spec`");
        };
        let recreates = [["strategy", "type"], ["updateStrategy", "type"]]
            .iter()
            .find_map(|way| along(spec, way))
            .filter(|strategy| strategy.text() == Some("Recreate"))
            .map(Node::at);
        self.workloads.push(Workload {
            kind,
            name: meta.name,
            namespace: meta.namespace,
            labels: meta.labels,
            annotations: meta.annotations,
            at: node.at(),
            spec_at: spec.at(),
            replicas: said(spec, "replicas").filter(|_| kind.is_scaled()),
            recreates,
            pod: pod(template, inner),
        });
    }
}

/// Whether a workload of this kind is of this group of the API.
fn is_of(group: &str, kind: Kind) -> bool {
    match kind {
        Kind::Deployment | Kind::DaemonSet | Kind::ReplicaSet => {
            matches!(group, "apps" | "extensions")
        }
        Kind::StatefulSet => group == "apps",
        Kind::Job | Kind::CronJob => group == "batch",
        Kind::Pod | Kind::ReplicationController => group.is_empty(),
        Kind::Rollout => group == "argoproj.io",
    }
}

/// What every object says of itself.
struct Meta {
    name: String,
    namespace: Option<String>,
    labels: super::Labels,
    annotations: BTreeMap<String, Said>,
}

impl Meta {
    fn of(node: Node<'_>) -> Self {
        let meta = some(node, "metadata");
        let word = |key: &str| meta.and_then(|meta| text(meta, key)).map(str::to_owned);
        let annotations = yaml::entries(meta.and_then(|meta| some(meta, "annotations")));
        let annotations = annotations.into_iter().filter_map(|(key, value)| {
            Some((key.to_owned(), Said { text: value.text()?.to_owned(), at: value.at() }))
        });
        Self {
            name: word("name").or_else(|| word("generateName")).unwrap_or_default(),
            namespace: word("namespace").filter(|namespace| !namespace.is_empty()),
            labels: meta.and_then(|meta| some(meta, "labels")).map(labels).unwrap_or_default(),
            annotations: annotations.collect(),
        }
    }

    /// Whether only `helm test` makes it.
    fn is_test(&self) -> bool {
        let hooks = self.annotations.get("helm.sh/hook").map_or("", |said| said.text.as_str());
        hooks.split(',').any(|hook| matches!(hook.trim(), "test" | "test-success" | "test-failure"))
    }
}

fn budget(node: Node<'_>, version: &str, meta: Meta) -> Budget {
    let spec = some(node, "spec");
    let selector = Selector::read(spec.and_then(|spec| spec.get("selector")));
    let means_all = matches!(&selector, Selector::All { labels, expressions } if labels.is_empty() && expressions.is_empty());
    Budget {
        name: meta.name,
        namespace: meta.namespace,
        annotations: meta.annotations,
        at: node.at(),
        spec_at: spec.unwrap_or(node).at(),
        // Before policy/v1, a selector without anything in it meant no pods.
        selector: if version == "policy/v1beta1" && means_all {
            Selector::Nobody
        } else {
            selector
        },
        min_available: spec.and_then(|spec| part(spec, "minAvailable")),
        max_unavailable: spec.and_then(|spec| part(spec, "maxUnavailable")),
        lets_unhealthy_go: spec.and_then(|spec| text(spec, "unhealthyPodEvictionPolicy"))
            == Some("AlwaysAllow"),
    }
}

/// A number, or a text with a percent sign: a number in quotes is refused by the API.
fn part(spec: Node<'_>, key: &str) -> Option<Part> {
    let node = some(spec, key)?;
    let said = said(spec, key).unwrap_or_else(|| Said { text: String::new(), at: node.at() });
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let share = match said.text.strip_suffix('%') {
        Some(percent) if is_digits(percent) => {
            percent.parse().ok().filter(|percent| *percent <= 100).map(Share::Percent)
        }
        None if node.is_plain() && is_digits(&said.text) => {
            said.text.parse().ok().map(Share::Count)
        }
        Some(_) | None => None,
    };
    Some(Part { said, share })
}
