//! What changes a key of Terraform, and what does not.

use super::Edit::{Crlf, Home, Remove, Replace, Set, Write};
use super::Expect::{Dependencies, Refused, Same, Toolchain};
use super::{Fixture, Row, check};

/// By hand, after Terraform's documentation ("Dependency Lock File").
const LOCK: &str = r#"# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/hashicorp/null" {
  version     = "3.2.3"
  constraints = "~> 3.2"
  hashes = [
    "h1:+AnORRgFbRO6qqcfaQyeX80W0eX3VmjadjnUFUJTiXo=",
    "zh:22d062e5278d872fe7aed834f5577ba0a5afe34a3bdac2b81f828d8d3e6706d2",
  ]
}
"#;

const MAIN: &str = r#"terraform {
  required_version = "~> 1.9"
  required_providers {
    null = { source = "hashicorp/null", version = "~> 3.2" }
  }
}

provider "null" {}
"#;

const TERRAFORM: Fixture = Fixture {
    files: &[
        ("infra/main.tf", MAIN),
        ("infra/.terraform.lock.hcl", LOCK),
        ("infra/module/main.tf", "resource \"null_resource\" \"a\" {}\n"),
        (".terraform-version", "1.9.8\n"),
    ],
    ecosystem: "terraform",
    layers: "registry,deps",
};

const ROWS: &[Row] = &[
    (
        "a resource",
        &[Write("infra/module/main.tf", "resource \"null_resource\" \"b\" {}\n")],
        Same,
        "no provider is another",
    ),
    (
        "line ends",
        &[Crlf("infra/.terraform.lock.hcl"), Crlf("infra/main.tf"), Crlf(".terraform-version")],
        Same,
        "git writes them so on Windows",
    ),
    (
        "a comment",
        &[Replace("infra/.terraform.lock.hcl", "# Manual edits", "# Other words\n// Manual edits")],
        Same,
        "nothing reads it",
    ),
    (
        "order of hashes",
        &[
            Replace(
                "infra/.terraform.lock.hcl",
                "    \"h1:+AnORRgFbRO6qqcfaQyeX80W0eX3VmjadjnUFUJTiXo=\",\n",
                "",
            ),
            Replace(
                "infra/.terraform.lock.hcl",
                "  ]",
                "    \"h1:+AnORRgFbRO6qqcfaQyeX80W0eX3VmjadjnUFUJTiXo=\",\n  ]",
            ),
        ],
        Same,
        "any of them will do",
    ),
    (
        "a range that got the same",
        &[
            Replace("infra/.terraform.lock.hcl", "~> 3.2", "~> 3.1"),
            Replace("infra/main.tf", "~> 3.2", "~> 3.1"),
        ],
        Same,
        "what was asked for is not what was got",
    ),
    (
        "another version",
        &[Replace("infra/.terraform.lock.hcl", "3.2.3", "3.2.4")],
        Dependencies,
        "another provider is installed",
    ),
    (
        "a hash",
        &[Replace("infra/.terraform.lock.hcl", "h1:+AnO", "h1:+BnO")],
        Dependencies,
        "the provider is another",
    ),
    (
        "another registry",
        &[Replace("infra/.terraform.lock.hcl", "registry.terraform.io", "registry.opentofu.org")],
        Dependencies,
        "providers come from elsewhere",
    ),
    (
        "another Terraform is pinned",
        &[Write(".terraform-version", "1.10.0\n")],
        Toolchain,
        "it is what will be used",
    ),
    (
        "another Terraform will do",
        &[Replace("infra/main.tf", "~> 1.9", "~> 1.10")],
        Toolchain,
        "it decides which is used",
    ),
    (
        "a secret in the environment",
        &[Set("TF_VAR_password", "hunter2"), Set("TF_TOKEN_app_terraform_io", "hunter2")],
        Same,
        "nobody asks for it",
    ),
    (
        "a token of the user",
        &[Home(
            ".terraformrc",
            "plugin_cache_dir = \"$HOME/.terraform.d/plugin-cache\"\ncredentials \"h\" {\n  token = \"hunter2\"\n}\n",
        )],
        Same,
        "who downloads does not change what is downloaded",
    ),
    (
        "a broken lock file",
        &[Replace("infra/.terraform.lock.hcl", "  hashes = [", "<<<<<<< ours\n  hashes = [")],
        Refused,
        "nobody knows what is installed",
    ),
    (
        "no lock file",
        &[Remove("infra/.terraform.lock.hcl")],
        Dependencies,
        "what the configuration asks for counts then",
    ),
];

#[test]
fn terraform() {
    check(&TERRAFORM, ROWS);
}

#[test]
fn a_configuration_in_json() {
    let fixture = Fixture {
        files: &[(
            "main.tf.json",
            "{\"terraform\": {\"required_version\": \"~> 1.9\", \"required_providers\": {\"null\": {\"source\": \"hashicorp/null\", \"version\": \"~> 3.2\"}}}, \"provider\": {\"null\": {}}}\n",
        )],
        ..TERRAFORM
    };
    let rows: &[Row] = &[
        (
            "a range",
            &[Replace("main.tf.json", "3.2", "3.3")],
            Dependencies,
            "another provider will do",
        ),
        (
            "another Terraform",
            &[Replace("main.tf.json", "1.9", "1.8")],
            Toolchain,
            "it is what will be used",
        ),
        (
            "what it builds",
            &[Replace("main.tf.json", "\"null\": {}", "\"null\": {\"a\": 1}")],
            Same,
            "no provider is another",
        ),
        ("a broken file", &[Write("main.tf.json", "{")], Refused, "nobody knows what it asks for"),
    ];
    check(&fixture, rows);
}
