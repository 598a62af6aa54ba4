//! Which workload is which service.

use std::collections::{BTreeMap, BTreeSet};

use ecosystems::compose::repository;
use ecosystems::kubernetes::{Labels, Role};

use super::{Composed, Deployed, Policy};

/// The pairs, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    pub(super) all: Vec<(usize, usize)>,
    services: BTreeSet<usize>,
    workloads: BTreeSet<usize>,
}

impl Pairs {
    pub(super) fn has_service(&self, number: usize) -> bool {
        self.services.contains(&number)
    }

    pub(super) fn has_workload(&self, number: usize) -> bool {
        self.workloads.contains(&number)
    }

    fn add(&mut self, service: usize, workload: usize) {
        self.all.push((service, workload));
        self.services.insert(service);
        self.workloads.insert(workload);
    }
}

/// The labels that say what a workload is, the one that says most first.
const LABELS: [&str; 3] = ["app.kubernetes.io/component", "app.kubernetes.io/name", "app"];

/// How a workload may be known.
#[derive(Clone, Copy)]
enum By {
    Name,
    Container,
    Label(&'static str),
    Image,
}

/// Pairs services and workloads.
pub(super) fn paired(
    policy: &Policy,
    services: &[Composed<'_>],
    workloads: &[Deployed<'_>],
) -> Pairs {
    let mut pairs = Pairs::default();
    for (service, workload) in &policy.pairs {
        let service = services.iter().position(|it| it.name == service);
        let named = workloads.iter().enumerate().filter(|(_, it)| it.workload.name == *workload);
        for (workload, _) in named {
            if let Some(service) = service {
                pairs.add(service, workload);
            }
        }
    }
    let labels = LABELS.map(By::Label);
    let ways = [By::Name, By::Container].into_iter().chain(labels).chain([By::Image]);
    for way in ways {
        let mut known: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for (number, it) in workloads.iter().enumerate() {
            // A workload of several containers is several services.
            let is_shared = matches!(way, By::Container);
            if !is_shared && pairs.has_workload(number) {
                continue;
            }
            for word in words(way, it) {
                known.entry(word).or_default().insert(number);
            }
        }
        let mut wanted: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (number, it) in services.iter().enumerate() {
            if pairs.has_service(number) {
                continue;
            }
            let word = match way {
                By::Image => it.service.image.as_deref().map(|image| plain(repository(image))),
                By::Name | By::Container | By::Label(_) => Some(plain(it.name)),
            };
            if let Some(word) = word.filter(|word| !word.is_empty()) {
                wanted.entry(word).or_default().push(number);
            }
        }
        for (word, services) in wanted {
            // What fits several fits none.
            let fits = known.get(&word).into_iter().flatten().copied().collect::<Vec<_>>();
            if let ([service], [workload]) = (services.as_slice(), fits.as_slice()) {
                pairs.add(*service, *workload);
            }
        }
    }
    pairs
}

/// The words by which a workload may be known.
fn words(way: By, it: &Deployed<'_>) -> Vec<String> {
    let pod = &it.workload.pod;
    let containers = || pod.containers.iter().filter(|it| it.role != Role::Init);
    let label = |labels: &Labels, key: &str| labels.get(key).map(|value| plain(value));
    match way {
        By::Name => vec![plain(&it.workload.name)],
        By::Container => containers().map(|it| plain(&it.name)).collect(),
        By::Label(key) => label(&it.workload.labels, key)
            .or_else(|| label(&pod.labels, key))
            .into_iter()
            .collect(),
        By::Image => {
            let images = containers().filter_map(|it| it.image.as_ref());
            images.map(|image| plain(repository(&image.text))).collect()
        }
    }
}

/// A name as both sides may write it: Compose has underscores where Kubernetes has hyphens.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}
