//! What a pod is made of.

use diagnostics::yaml::Node;

use super::read::{along, said, some, text};
use super::selector::labels;
use super::{Amount, Container, Limits, Pod, Port, PreStop, Probe, Quantity, Role, User, Variable};
use crate::yaml::words;

/// The pod of a template and its `spec`.
pub(super) fn pod(template: Node<'_>, spec: Node<'_>) -> Pod {
    let of = |key: &str| some(spec, key).map(Node::items).unwrap_or_default();
    let is_sidecar = |node: Node<'_>| text(node, "restartPolicy") == Some("Always");
    let init = of("initContainers")
        .into_iter()
        .map(|node| container(node, if is_sidecar(node) { Role::Sidecar } else { Role::Init }));
    let main = of("containers").into_iter().map(|node| container(node, Role::Main));
    Pod {
        labels: along(template, &["metadata", "labels"]).map(labels).unwrap_or_default(),
        at: spec.at(),
        grace: said(spec, "terminationGracePeriodSeconds"),
        restart_policy: text(spec, "restartPolicy").map(str::to_owned),
        limits: limits(some(spec, "resources")),
        user: user(spec),
        containers: init.chain(main).collect(),
    }
}

fn container(node: Node<'_>, role: Role) -> Container {
    let of = |key: &str| some(node, key).map(Node::items).unwrap_or_default();
    let ports = of("ports").into_iter().filter_map(|port| {
        let number = text(port, "containerPort")?.to_owned();
        Some(Port { name: text(port, "name").map(str::to_owned), number })
    });
    let variables = of("env").into_iter().filter_map(|variable| {
        let value = text(variable, "value").unwrap_or_default();
        let name = text(variable, "name")?.to_owned();
        let is_literal = !value.is_empty() && !value.contains("$(");
        Some(Variable { name, at: variable.at(), is_literal })
    });
    let mounts = of("volumeMounts").into_iter();
    Container {
        name: text(node, "name").unwrap_or_default().to_owned(),
        role,
        at: node.at(),
        image: said(node, "image").filter(|image| !image.text.is_empty()),
        liveness: some(node, "livenessProbe").map(probe),
        readiness: some(node, "readinessProbe").map(probe),
        limits: limits(some(node, "resources")),
        resources_at: some(node, "resources").map(Node::at),
        pre_stop: along(node, &["lifecycle", "preStop"]).and_then(pre_stop),
        ports: ports.collect(),
        variables: variables.collect(),
        has_more_variables: !of("envFrom").is_empty(),
        mounts: mounts.filter_map(|mount| text(mount, "mountPath").map(str::to_owned)).collect(),
        user: user(node),
    }
}

fn user(node: Node<'_>) -> User {
    let Some(context) = some(node, "securityContext") else { return User::default() };
    let is_not_root = match text(context, "runAsNonRoot") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(_) | None => None,
    };
    User { is_not_root, id: text(context, "runAsUser").and_then(|id| id.parse().ok()) }
}

fn limits(resources: Option<Node<'_>>) -> Limits {
    let limits = resources.and_then(|resources| some(resources, "limits"));
    let amount = |key: &str| {
        let said = said(limits?, key)?;
        let quantity = Quantity::read(&said.text);
        Some(Amount { said, quantity })
    };
    Limits { cpu: amount("cpu"), memory: amount("memory") }
}

/// The ways to ask a container, and what each needs.
const HANDLERS: [(&str, &str); 4] =
    [("exec", "command"), ("httpGet", "port"), ("tcpSocket", "port"), ("grpc", "port")];

/// The numbers of a probe, and what the API takes for those that are not there.
const NUMBERS: [(&str, &str); 5] = [
    ("initialDelaySeconds", "0"),
    ("timeoutSeconds", "1"),
    ("periodSeconds", "10"),
    ("successThreshold", "1"),
    ("failureThreshold", "3"),
];

fn probe(node: Node<'_>) -> Probe {
    let mut found =
        Probe { at: node.at(), handlers: 0, is_usable: false, port: None, words: String::new() };
    for (handler, needed) in HANDLERS {
        let Some(inner) = some(node, handler) else { continue };
        found.handlers += 1;
        found.is_usable = match needed {
            "command" => some(inner, needed).is_some_and(|command| !command.items().is_empty()),
            _ => text(inner, needed).is_some_and(|port| !port.is_empty()),
        };
        found.port = said(inner, "port");
        found.words.push_str(handler);
        found.words.push_str(&words(inner));
    }
    for (name, default) in NUMBERS {
        found.words.push(' ');
        found.words.push_str(text(node, name).unwrap_or(default));
    }
    found
}

/// What runs before the end; nothing if it names nothing to run.
fn pre_stop(node: Node<'_>) -> Option<PreStop> {
    let command = along(node, &["exec", "command"]).map(Node::items).unwrap_or_default();
    let command: Vec<&str> = command.into_iter().filter_map(Node::text).collect();
    let sleep = some(node, "sleep");
    let is_any = !command.is_empty()
        || sleep.is_some()
        || along(node, &["httpGet", "port"]).is_some()
        || along(node, &["tcpSocket", "port"]).is_some();
    let seconds = sleep.and_then(|sleep| text(sleep, "seconds")?.parse().ok());
    is_any.then(|| PreStop { at: node.at(), sleeps: seconds.or_else(|| slept(&command)) })
}

/// For how many seconds a command is known to sleep: `sleep 5`, or such words in a line for a shell.
fn slept(command: &[&str]) -> Option<u64> {
    let is_sleep = |word: &str| word.rsplit('/').next() == Some("sleep");
    if let [first, seconds] = command
        && is_sleep(first)
    {
        return duration(seconds);
    }
    let [shell, rest @ ..] = command else { return None };
    let shell = shell.rsplit('/').next().unwrap_or_default();
    if !matches!(shell, "sh" | "bash" | "ash" | "dash") {
        return None;
    }
    let [options, line] = rest else { return None };
    if !(options.starts_with('-') && options.contains('c')) {
        return None;
    }
    let mut total: Option<u64> = None;
    // What runs at the same time, or only sometimes, is not known.
    let is_sure =
        !line.contains(['|', '$', '`', '(', '"', '\'', '\\', '#']) && !has_background(line);
    let mut commands = line.split([';', '\n', '&']).map(str::split_whitespace);
    let words = ["if", "then", "else", "while", "until", "for", "case", "exit", "exec", "return"];
    for mut parts in commands.by_ref() {
        match parts.next() {
            Some(word) if words.contains(&word) => return total,
            Some(word) if is_sleep(word) => {
                total = Some(total.unwrap_or(0).saturating_add(duration(parts.next()?)?));
            }
            Some(_) | None => {}
        }
    }
    total.filter(|_| is_sure)
}

/// Whether a line for a shell starts something and goes on.
fn has_background(line: &str) -> bool {
    line.replace("&&", "").contains('&')
}

fn duration(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(number) => (number, text.as_bytes().last().copied()),
        None => (text, None),
    };
    let factor = match unit {
        Some(b'm') => 60,
        Some(b'h') => 3600,
        Some(b'd') => 86_400,
        Some(_) | None => 1,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
