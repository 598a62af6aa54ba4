//! What changes a key of Helm, and what does not.

use super::Edit::{Crlf, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Edit, Fixture, Row, check, check_with};

const CHART: &str = r#"apiVersion: v2
name: shop
description: words
version: 1.0.0
appVersion: "2.0.0"
dependencies:
  - name: redis
    version: ~18.1.0
    repository: https://charts.example/stable
    condition: redis.enabled
"#;

/// By hand, after Helm's documentation ("Chart Dependency").
const LOCK: &str = r#"dependencies:
- name: redis
  repository: https://charts.example/stable
  version: 18.1.0
digest: sha256:0c61b1a1e08b8a1a0b0f6c8f0b5a4ad0f1bcb1b4a7e9d9a7e1b2c3d4e5f60718
generated: "2026-01-01T00:00:00Z"
"#;

const HELM: Fixture = Fixture {
    files: &[
        ("chart/Chart.yaml", CHART),
        ("chart/Chart.lock", LOCK),
        ("chart/values.yaml", "redis:\n  enabled: true\n"),
    ],
    ecosystem: "helm",
    layers: "registry,deps",
};

const ROWS: &[Row] = &[
    (
        "own version",
        &[Replace("chart/Chart.yaml", "1.0.0", "1.0.1")],
        Same,
        "no other chart depends on it",
    ),
    (
        "own values",
        &[Replace("chart/values.yaml", "true", "false")],
        Same,
        "the charts are the same",
    ),
    (
        "line ends",
        &[Crlf("chart/Chart.lock"), Crlf("chart/Chart.yaml")],
        Same,
        "git writes them so on Windows",
    ),
    (
        "when it was locked",
        &[Replace("chart/Chart.lock", "2026-01-01", "2026-02-01")],
        Same,
        "the charts are the same",
    ),
    (
        "a range that got the same",
        &[
            Replace("chart/Chart.yaml", "~18.1.0", "^18.1.0"),
            Replace("chart/Chart.lock", "sha256:0c61", "sha256:1c61"),
        ],
        Same,
        "what was asked for is not what was got",
    ),
    (
        "another version",
        &[Replace("chart/Chart.lock", "version: 18.1.0", "version: 18.1.1")],
        Dependencies,
        "another chart is downloaded",
    ),
    (
        "another registry",
        &[Replace("chart/Chart.lock", "charts.example", "charts2.example")],
        Dependencies,
        "charts come from elsewhere",
    ),
    (
        "another Helm is pinned",
        &[Write(".tool-versions", "helm 3.15.0\n")],
        Toolchain,
        "it is what will be used",
    ),
    (
        "another place for indexes",
        &[Set("HELM_CACHE_HOME", "/opt/helm")],
        Same,
        "a place is no content",
    ),
    (
        "a password in the environment",
        &[Set("HELM_REPO_PASSWORD", "hunter2")],
        Same,
        "nobody asks for it",
    ),
    (
        "a broken lock file",
        &[Write("chart/Chart.lock", "<<<<<<< ours\ndependencies:\n")],
        Refused,
        "nobody knows what is downloaded",
    ),
    (
        "no lock file",
        &[Remove("chart/Chart.lock")],
        Dependencies,
        "what the chart asks for counts then",
    ),
];

#[test]
fn helm() {
    check(&HELM, ROWS);
}

#[test]
fn a_name_of_the_user_for_a_repository() {
    let fixture = Fixture {
        files: &[
            ("chart/Chart.yaml", "name: shop\n"),
            (
                "chart/Chart.lock",
                "dependencies:\n- name: redis\n  repository: \"@stable\"\n  version: 18.1.0\n",
            ),
            (
                "ci.yaml",
                "repositories:\n- name: stable\n  url: https://charts.example/hunter2\n- name: other\n  url: https://o.example\n",
            ),
        ],
        ..HELM
    };
    let always: &[Edit] = &[Set("HELM_REPOSITORY_CONFIG", "ci.yaml")];
    let rows: &[Row] = &[
        (
            "another address",
            &[Replace("ci.yaml", "charts.example", "charts2.example")],
            Dependencies,
            "charts come from elsewhere",
        ),
        (
            "the address of another name",
            &[Replace("ci.yaml", "o.example", "o2.example")],
            Same,
            "no chart comes from there",
        ),
        (
            "a broken list",
            &[Write("ci.yaml", "a: [")],
            Refused,
            "nobody knows where charts come from",
        ),
    ];
    check_with(&fixture, always, rows);
}
