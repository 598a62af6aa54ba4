//! YAML to add, indented for the place where it goes.

use std::fmt::Write as _;

use diagnostics::yaml::At;
use diagnostics::{Foreign, Piece};
use ecosystems::kubernetes::{Container, Labels};

/// Lines for a map whose keys stand in the column of `at`.
pub(super) fn at(at: At, lines: &str) -> Piece {
    let indent = usize::try_from(at.column.saturating_sub(1)).unwrap_or(0).min(64);
    let indent = " ".repeat(indent);
    let lines: Vec<String> = lines.lines().map(|line| [&indent, line].concat()).collect();
    Piece::Lines(Foreign::from(lines.join("\n").as_str()))
}

/// A text as YAML reads it as one.
pub(super) fn scalar(text: &str) -> String {
    let mut letters = text.bytes();
    let is_plain = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte));
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    if is_plain && !words.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    let shown: String = text.chars().filter(|it| !it.is_control()).collect();
    ["'", &shown.replace('\'', "''"), "'"].concat()
}

/// A probe.
pub(super) fn probe(key: &str, path: &str, container: &Container) -> String {
    let port = container
        .ports
        .first()
        .map_or("8080", |port| port.name.as_deref().unwrap_or(port.number.as_str()));
    // A port that is a number must stay one.
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = if is_number { port.to_owned() } else { scalar(port) };
    format!("{key}:\n  httpGet:\n    path: {path}\n    port: {port}\n  periodSeconds: 10\n")
}

/// Limits of what is missing.
pub(super) fn limits(is_without_cpu: bool, is_without_memory: bool) -> String {
    let mut lines = String::from("resources:\n  limits:\n");
    if is_without_cpu {
        lines.push_str("    cpu: 500m\n");
    }
    if is_without_memory {
        lines.push_str("    memory: 512Mi\n");
    }
    lines
}

/// A budget for the pods with these labels.
pub(super) fn budget(name: &str, namespace: Option<&str>, labels: &Labels) -> String {
    let name = if name.is_empty() { "name" } else { name };
    let name = scalar(name);
    let mut lines = format!(
        "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata:\n  name: {name}\n"
    );
    if let Some(namespace) = namespace {
        let _ = writeln!(lines, "  namespace: {}", scalar(namespace));
    }
    lines.push_str("spec:\n  maxUnavailable: 1\n  selector:\n    matchLabels:\n");
    if labels.is_empty() {
        let _ = writeln!(lines, "      app: {name}");
    }
    // What changes with a release, or with who makes it, would leave the budget without pods.
    let changes = [
        "app.kubernetes.io/managed-by",
        "app.kubernetes.io/version",
        "helm.sh/chart",
        "pod-template-hash",
    ];
    for (key, value) in labels.iter().filter(|(key, _)| !changes.contains(&key.as_str())).take(5) {
        let _ = writeln!(lines, "      {}: {}", scalar(key), scalar(value));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_where_yaml_would_take_them_for_something_else() {
        assert_eq!(scalar("api"), "api");
        assert_eq!(scalar("app.kubernetes.io/name"), "app.kubernetes.io/name");
        assert_eq!(scalar("yes"), "'yes'");
        assert_eq!(scalar("1.2"), "'1.2'");
        assert_eq!(scalar(""), "''");
        assert_eq!(scalar("a: 'b\n"), "'a: ''b'");
    }

    #[test]
    fn lines_stand_in_the_column_of_their_map() {
        let Piece::Lines(lines) = at(At { line: 9, column: 5 }, "a:\n  b: 1\n") else { panic!() };
        assert_eq!(lines.raw(), b"    a:\n      b: 1");
    }
}
