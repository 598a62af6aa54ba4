//! Which selectors mean which pods, without comparing each with each where their labels differ.

use std::collections::BTreeMap;

use ecosystems::kubernetes::{Labels, Selector};

/// Selectors, by a label that their pods must have.
pub(super) struct Index<'a> {
    selectors: Vec<(&'a str, &'a Selector)>,
    /// By namespace, label and value.
    by_label: BTreeMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// Those that ask for no value of a label, by namespace.
    wide: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Index<'a> {
    /// The selectors, each with its namespace.
    pub(super) fn of(selectors: &[(&'a str, &'a Selector)]) -> Self {
        let mut index = Self {
            selectors: selectors.to_vec(),
            by_label: BTreeMap::new(),
            wide: BTreeMap::new(),
        };
        for (number, (namespace, selector)) in selectors.iter().enumerate() {
            match selector {
                Selector::Nobody | Selector::Refused(..) => {}
                Selector::All { labels, .. } => match labels.first_key_value() {
                    Some((key, value)) => {
                        index.by_label.entry((namespace, key, value)).or_default().push(number);
                    }
                    None => index.wide.entry(namespace).or_default().push(number),
                },
            }
        }
        index
    }

    /// For each pod the numbers of the selectors that mean it, in order. `left` counts what may still be
    /// compared; at 0 it ends.
    pub(super) fn matches(&self, pods: &[(&str, &Labels)], left: &mut usize) -> Vec<Vec<usize>> {
        pods.iter().map(|(namespace, labels)| self.of_pod(namespace, labels, left)).collect()
    }

    fn of_pod(&self, namespace: &str, labels: &Labels, left: &mut usize) -> Vec<usize> {
        let by_label = labels.iter().filter_map(|(key, value)| {
            self.by_label.get(&(namespace, key.as_str(), value.as_str()))
        });
        let candidates = by_label.chain(self.wide.get(namespace)).flatten();
        let mut found = Vec::new();
        for number in candidates {
            if *left == 0 {
                break;
            }
            *left -= 1;
            let is_match = |(_, selector): &&(&str, &Selector)| selector.is_match(labels);
            if self.selectors.get(*number).as_ref().is_some_and(is_match) {
                found.push(*number);
            }
        }
        found.sort_unstable();
        found
    }
}
