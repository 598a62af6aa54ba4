//! The notes of a release: what the changelog tells, and how to take and verify what was released.

use std::fmt::Write as _;

use anyhow::ensure;
use cargo_metadata::semver::Version;

use super::changelog::{Kind, Release};

/// What the notes name.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The version.
    pub version: &'a str,
    /// The repository that releases, as `owner/name`.
    pub repository: &'a str,
    /// The release commit, which users pin.
    pub commit: &'a str,
    /// The commit of the source.
    pub source: &'a str,
}

/// The parts of the notes, with the kinds of change that each has.
const PARTS: [(&str, &[Kind]); 4] = [
    ("Breaking changes", &[Kind::Breaking, Kind::Removed]),
    ("Security", &[Kind::Security]),
    ("Features", &[Kind::Added, Kind::Changed, Kind::Deprecated]),
    ("Fixes", &[Kind::Fixed]),
];

/// The notes, as Markdown.
///
/// # Errors
/// When a commit is not one: a pin that is wrong is worse than no release.
pub fn notes(
    release: &Release,
    before: Option<&Version>,
    facts: &Facts<'_>,
) -> anyhow::Result<String> {
    for (name, commit) in [("release", facts.commit), ("source", facts.source)] {
        let is_commit = commit.len() == 40
            && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        ensure!(is_commit, "the {name} commit is `{commit}`; expected 40 hexadecimal digits");
    }
    let mut text = introduction(release, before);
    for (part, kinds) in PARTS {
        write_part(&mut text, part, kinds, release);
    }
    write_deployment(&mut text, &release.version, facts);
    Ok(text)
}

fn introduction(release: &Release, before: Option<&Version>) -> String {
    let breaks = release.sections.iter().any(|section| section.kind.breaks());
    match (breaks, before) {
        (true, _) => {
            "This release breaks something: read what to do before you take it.\n".to_owned()
        }
        (false, Some(before)) => {
            format!("Nothing breaks: what works with {before} works with this release.\n")
        }
        (false, None) => "The first release.\n".to_owned(),
    }
}

fn write_part(text: &mut String, part: &str, kinds: &[Kind], release: &Release) {
    let of_part = release.sections.iter().filter(|section| kinds.contains(&section.kind));
    let mut last = None;
    for section in of_part {
        if last.is_none() {
            let _ = write!(text, "\n## {part}\n");
        }
        if last != Some(&section.action) {
            let _ = write!(text, "\n### {}\n\n", section.action);
        }
        last = Some(&section.action);
        for line in section.entries.iter().flatten() {
            let _ = writeln!(text, "{line}");
        }
    }
}

fn write_deployment(text: &mut String, version: &Version, facts: &Facts<'_>) {
    let Facts { repository, commit, source, .. } = facts;
    let major = version.major;
    let follows = if version.pre.is_empty() {
        format!(
            "`v{major}` moves with each release; it goes back where what was published does not verify."
        )
    } else {
        format!("This is a pre-release: `v{major}` stays where it is.")
    };
    let _ = write!(
        text,
        "
## How to take it

Pin the commit; it decides the action and, by its hashes, the bytes of the binary:

```yaml
- uses: {repository}/shard@{commit} # v{version}
```

Dependabot and Renovate move such a line to the next version. {follows}
Where GitHub cannot be reached, put the assets below `v{version}/` of a mirror and name it in `base-url`.

## How to verify it

Download an asset and `attestation.jsonl` of this release, then:

```sh
curl -fsSL https://raw.githubusercontent.com/{repository}/{commit}/lib/checksums.txt |
  sha256sum --check --ignore-missing
gh attestation verify shard-splitter-x86_64-unknown-linux-musl --bundle attestation.jsonl \\
  --repo {repository} --signer-workflow {repository}/.github/workflows/release.yml \\
  --source-digest {source} --deny-self-hosted-runners
```

The source is {repository}@{source}; the release commit is made of it by `scripts/release-tree`, and
[SECURITY](https://github.com/{repository}/blob/{commit}/.github/SECURITY.md) says how to make both again.
"
    );
}

#[cfg(test)]
mod tests {
    use super::super::changelog::Changelog;
    use super::*;

    const CHANGES: &str = "# Changelog

## [Unreleased]

## [2.0.0] - 2026-03-01

### every action

#### Breaking

- `old` goes.
  Migration: say `new`.

#### Fixed

- It was wrong.

### shard

#### Added

- Something new
  on two lines.

#### Fixed

- That, too.

#### Security

- A hole.

## [1.0.0] - 2026-02-28

### shard

#### Added

- All.
";

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
    const SOURCE: &str = "89abcdef0123456789abcdef0123456789abcdef";

    fn made(version: &str, commit: &str) -> anyhow::Result<String> {
        let changelog = Changelog::read(CHANGES, &["every action".to_owned(), "shard".to_owned()]);
        assert_eq!(changelog.mistakes, []);
        let release = changelog.release(version).unwrap();
        let facts = Facts { version, repository: "org/actions", commit, source: SOURCE };
        notes(release, changelog.before(release), &facts)
    }

    /// The part before the deployment.
    fn told(version: &str) -> String {
        let notes = made(version, COMMIT).unwrap();
        notes.split("\n## How to take it").next().unwrap().to_owned()
    }

    #[test]
    fn what_changes_stands_by_what_it_means_for_the_reader() {
        insta::assert_snapshot!(told("2.0.0"), @"
        This release breaks something: read what to do before you take it.

        ## Breaking changes

        ### every action

        - `old` goes.
          Migration: say `new`.

        ## Security

        ### shard

        - A hole.

        ## Features

        ### shard

        - Something new
          on two lines.

        ## Fixes

        ### every action

        - It was wrong.

        ### shard

        - That, too.
        ");
        assert!(told("1.0.0").starts_with("The first release.\n\n## Features\n"));
    }

    #[test]
    fn the_pin_and_the_commands_name_this_release() {
        let notes = made("2.0.0", COMMIT).unwrap();
        for wanted in [
            format!("- uses: org/actions/shard@{COMMIT} # v2.0.0\n"),
            "`v2` moves with each release".to_owned(),
            format!("/org/actions/{COMMIT}/lib/checksums.txt |\n  sha256sum --check"),
            format!("--source-digest {SOURCE} "),
        ] {
            assert!(notes.contains(&wanted), "{wanted}\n{notes}");
        }
    }

    #[test]
    fn a_pin_that_is_none_makes_no_notes() {
        for bad in ["", "v2", "0123abc", &COMMIT.to_uppercase(), &format!("{COMMIT}0")] {
            let said = made("2.0.0", bad).unwrap_err().to_string();
            assert!(said.contains("expected 40 hexadecimal digits"), "{said}");
        }
    }
}
