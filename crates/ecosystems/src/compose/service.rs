//! One service, as a file writes it and as files together mean it.

use std::collections::BTreeSet;

use diagnostics::yaml::{At, Kind, Node};

use super::Service;

/// How many ports a range is opened into.
const MOST_PORTS: u16 = 100;

/// A service as one file says it.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) at: At,
    /// The file, the service, and where that stands.
    pub(super) extends: Option<(Option<String>, String, At)>,
    profiles: BTreeSet<String>,
    image: Option<String>,
    ports: BTreeSet<String>,
    variables: BTreeSet<String>,
    has_more_variables: bool,
    mounts: BTreeSet<String>,
    /// About how many bytes it takes to keep.
    pub(super) size: usize,
}

/// About what a text takes besides its bytes.
const BESIDES: usize = 64;

impl Draft {
    pub(super) fn read(node: Node<'_>, at: At) -> Self {
        let list = |key: &str| node.get(key).map(Node::items).unwrap_or_default();
        let texts = |key: &str| -> BTreeSet<String> {
            list(key).into_iter().filter_map(Node::text).map(with_defaults).collect()
        };
        let mut ports = BTreeSet::new();
        for port in list("ports").into_iter().chain(list("expose")) {
            if let Some(text) = port.get("target").unwrap_or(port).text() {
                ports.extend(container_ports(&with_defaults(text)));
            }
        }
        let environment = node.get("environment");
        let of_map = environment.map(Node::pairs).unwrap_or_default();
        let of_map = of_map.into_iter().filter_map(|(key, _)| key.text().map(str::to_owned));
        let of_list = list("environment").into_iter().filter_map(Node::text);
        let of_list = of_list.map(|it| it.split('=').next().unwrap_or(it).to_owned());
        let mounts = list("volumes").into_iter().filter_map(|volume| match volume.get("target") {
            Some(target) => target.text().map(with_defaults),
            None => volume.text().and_then(|text| mounted(&with_defaults(text))),
        });
        let mut draft = Self {
            at,
            extends: node.get("extends").and_then(extends),
            profiles: texts("profiles"),
            image: node
                .get("image")
                .and_then(Node::text)
                .map(with_defaults)
                .filter(|it| !it.is_empty()),
            ports,
            variables: of_map.chain(of_list).collect(),
            has_more_variables: node
                .get("env_file")
                .is_some_and(|it| !matches!(it.kind(), Kind::Nothing)),
            mounts: mounts.collect(),
            size: 0,
        };
        draft.size = draft.texts().map(|text| text.len() + BESIDES).sum();
        draft
    }

    fn texts(&self) -> impl Iterator<Item = &String> {
        let Self { profiles, image, ports, variables, mounts, .. } = self;
        profiles.iter().chain(image).chain(ports).chain(variables).chain(mounts)
    }

    /// Adds what a service says that extends this one.
    pub(super) fn add(&mut self, other: &Self) {
        self.profiles.extend(other.profiles.iter().cloned());
        self.image = other.image.clone().or(self.image.take());
        self.ports.extend(other.ports.iter().cloned());
        self.variables.extend(other.variables.iter().cloned());
        self.has_more_variables |= other.has_more_variables;
        self.mounts.extend(other.mounts.iter().cloned());
    }

    /// Adds this to what earlier files say.
    pub(super) fn over(self, known: &mut Service) {
        known.profiles.extend(self.profiles);
        known.image = self.image.or(known.image.take());
        known.ports.extend(self.ports);
        known.variables.extend(self.variables);
        known.has_more_variables |= self.has_more_variables;
        known.mounts.extend(self.mounts);
    }

    /// The service of a file.
    pub(super) fn service(self, file: &str) -> Service {
        Service {
            file: file.to_owned(),
            at: self.at,
            profiles: self.profiles,
            image: self.image,
            ports: self.ports,
            variables: self.variables,
            has_more_variables: self.has_more_variables,
            mounts: self.mounts,
        }
    }
}

/// `extends: name`, or a map with `service` and `file`.
fn extends(node: Node<'_>) -> Option<(Option<String>, String, At)> {
    let word = |key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let name = node.text().map(str::to_owned).or_else(|| word("service"))?;
    Some((word("file"), name, node.at()))
}

/// The ports of the container in `[[host:]port:]port[/protocol]`, of a range each.
fn container_ports(text: &str) -> Vec<String> {
    let text = text.split('/').next().unwrap_or(text);
    let last = text.rsplit(':').next().unwrap_or(text);
    let Some((first, end)) = last.split_once('-') else { return vec![last.to_owned()] };
    match (first.parse::<u16>(), end.parse::<u16>()) {
        (Ok(first), Ok(end)) if first <= end && end - first < MOST_PORTS => {
            (first..=end).map(|port| port.to_string()).collect()
        }
        (_, _) => vec![last.to_owned()],
    }
}

/// Where `[source:]target[:mode]` is mounted.
fn mounted(text: &str) -> Option<String> {
    let mut parts = text.split(':');
    let (first, second) = (parts.next()?, parts.next());
    Some(second.unwrap_or(first).to_owned())
}

/// A text whose variables have their defaults; those without one are nothing.
pub(super) fn with_defaults(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(inner) = after.strip_prefix('{') {
            let Some(end) = inner.find('}') else {
                rest = inner;
                continue;
            };
            let (name, behind) = inner.split_at(end);
            // `-` and `:-` stand before a default; `?` before an error, `+` before what replaces a value.
            if let Some((_, default)) = name.split_once('-') {
                out.push_str(default);
            }
            rest = behind.get(1..).unwrap_or_default();
        } else {
            let is_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
            rest = after.trim_start_matches(is_name);
        }
    }
    out.push_str(rest);
    out
}

/// The last part of an image's path, without tag and digest: the same in every registry.
pub fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split(':').next().unwrap_or(last)
}
