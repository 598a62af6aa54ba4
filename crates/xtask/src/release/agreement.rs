//! Whether manifest, lock file, changelog and tags agree on a version, with everything that does not.

use cargo_metadata::semver::Version;

use super::changelog::{Changelog, Release};

/// What is compared.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// The version that somebody asks for, as it was typed.
    pub version: &'a str,
    /// The text of the workspace's `Cargo.toml`.
    pub manifest: &'a str,
    /// The text of `Cargo.lock`.
    pub lock: &'a str,
    /// The changelog.
    pub changelog: &'a Changelog,
    /// The names of the tags that are there, one a line.
    pub tags: &'a str,
}

/// Everything that stands against this release; nothing when it may be made.
pub fn mistakes(facts: &Facts<'_>) -> Vec<String> {
    let mut found: Vec<String> = facts.changelog.mistakes.iter().map(ToString::to_string).collect();
    let version = match parsed(facts.version) {
        Ok(version) => version,
        Err(why) => {
            found.insert(0, why);
            return found;
        }
    };
    found.extend(manifest_mistakes(facts.manifest, &version));
    found.extend(lock_mistakes(facts.lock, &version));
    found.extend(changelog_mistakes(facts.changelog, &version));
    found.extend(tag_mistakes(facts.tags, &version));
    found
}

/// The version, as tags have it: without build metadata, which does not count when two are compared.
fn parsed(text: &str) -> Result<Version, String> {
    let wanted = "expected one as 1.2.3 or 1.2.3-rc.1, without a `v`";
    let version =
        Version::parse(text).map_err(|why| format!("the version is `{text}`: {why}; {wanted}"))?;
    if !version.build.is_empty() {
        return Err(format!("the version is `{text}`, with build metadata; {wanted}"));
    }
    Ok(version)
}

/// The value of `key = "value"`.
fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
    rest.trim().strip_prefix('"')?.split('"').next()
}

fn manifest_mistakes(manifest: &str, version: &Version) -> Option<String> {
    let mut lines = manifest.lines().enumerate();
    lines.find(|(_, line)| *line == "[workspace.package]");
    let mut own = lines.take_while(|(_, line)| !line.starts_with('['));
    let stands = own.find_map(|(at, line)| Some((at + 1, quoted(line, "version")?)));
    match stands {
        Some((_, found)) if found == version.to_string() => None,
        Some((line, found)) => Some(format!(
            "Cargo.toml:{line}: the version is {found}; expected {version}, as was asked for"
        )),
        None => Some(format!(
            "Cargo.toml: [workspace.package] has no version; expected `version = \"{version}\"`"
        )),
    }
}

/// Packages of the workspace are those of the lock file that come from nowhere.
fn lock_mistakes(lock: &str, version: &Version) -> Option<String> {
    let (mut known, mut wrong) = (0, Vec::new());
    let mut at = 0;
    for block in lock.split("[[package]]\n") {
        let begin = at;
        at += block.lines().count() + 1;
        let value = |key: &str| block.lines().find_map(|line| quoted(line, key));
        let (Some(name), Some(stands), None) = (value("name"), value("version"), value("source"))
        else {
            continue;
        };
        known += 1;
        if stands != version.to_string() {
            wrong.push((begin, name, stands));
        }
    }
    let Some((line, name, stands)) = wrong.first() else {
        let nothing = "Cargo.lock: no package of this workspace is in it".to_owned();
        return (known == 0).then_some(nothing);
    };
    let others = match wrong.len() - 1 {
        0 => String::new(),
        others => format!(", and {others} more of this workspace are not {version}"),
    };
    Some(format!(
        "Cargo.lock:{line}: `{name}` is {stands}; expected {version}{others}: run `cargo update --workspace`"
    ))
}

fn changelog_mistakes(changelog: &Changelog, version: &Version) -> Vec<String> {
    let mut found = Vec::new();
    if !changelog.unreleased.is_empty() {
        found.push(format!(
            "CHANGELOG.md: there are entries below `## [Unreleased]`, and they are part of this release; move them below `## [{version}] - YYYY-MM-DD`"
        ));
    }
    match changelog.releases.first() {
        Some(newest) if newest.version == *version => {
            if newest.sections.is_empty() {
                let line = newest.line;
                found.push(format!("CHANGELOG.md:{line}: nothing is told of {version}"));
            }
            found.extend(step_mistake(newest, changelog.before(newest)));
        }
        Some(newest) => found.push(format!(
            "CHANGELOG.md:{}: the newest release is {}; expected `## [{version}] - YYYY-MM-DD` above it",
            newest.line, newest.version
        )),
        None => found.push(format!(
            "CHANGELOG.md: there is no release; expected `## [{version}] - YYYY-MM-DD` below `## [Unreleased]`"
        )),
    }
    found
}

/// What breaks needs a new major version, what is new a new minor one. Nothing is promised before 1.0.0,
/// nor by a pre-release.
fn step_mistake(release: &Release, before: Option<&Version>) -> Option<String> {
    let (before, now) = (before?, &release.version);
    if before.major == 0 || !before.pre.is_empty() || now.major > before.major {
        return None;
    }
    let broken = release.sections.iter().find(|section| section.kind.breaks());
    if let Some(section) = broken {
        return Some(format!(
            "CHANGELOG.md:{}: something breaks, so {now} cannot follow {before}; expected {}.0.0",
            section.line,
            before.major + 1
        ));
    }
    let is_new = release.sections.iter().find(|section| section.kind.is_feature());
    is_new.filter(|_| now.minor == before.minor).map(|section| {
        format!(
            "CHANGELOG.md:{}: this is more than a fix, so {now} cannot follow {before}; expected {}.{}.0",
            section.line,
            before.major,
            before.minor + 1
        )
    })
}

fn tag_mistakes(tags: &str, version: &Version) -> Option<String> {
    let released = tags.lines().filter_map(|tag| Version::parse(tag.strip_prefix('v')?).ok());
    let highest = released.max()?;
    if tags.lines().any(|tag| tag == format!("v{version}")) {
        return Some(format!(
            "the tag v{version} is there already, and what was released never changes; expected a version above {highest}"
        ));
    }
    (highest >= *version).then(|| {
        format!("the tag v{highest} is there already; expected a version above it, not {version}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str =
        "[workspace]\nversion = \"9\"\n\n[workspace.package]\n# One.\nversion = \"1.3.0\"\n\n[x]\n";
    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.3.0\"\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\n[[package]]\nname = \"b\"\nversion = \"1.3.0\"\n";
    const CHANGES: &str = "# Changelog\n\n## [Unreleased]\n\n## [1.3.0] - 2026-03-01\n\n### shard\n\n#### Added\n\n- New.\n\n## [1.2.9] - 2026-02-01\n\n### shard\n\n#### Fixed\n\n- Old.\n";
    const TAGS: &str = "v1\nv1.2.9\nv1.2.0\nnightly\n";

    struct Texts {
        version: String,
        manifest: String,
        lock: String,
        changelog: String,
        tags: String,
    }

    fn good() -> Texts {
        Texts {
            version: "1.3.0".to_owned(),
            manifest: MANIFEST.to_owned(),
            lock: LOCK.to_owned(),
            changelog: CHANGES.to_owned(),
            tags: TAGS.to_owned(),
        }
    }

    #[track_caller]
    fn check(change: impl FnOnce(&mut Texts), wanted: &[&str]) {
        let mut texts = good();
        change(&mut texts);
        let changelog = Changelog::read(&texts.changelog, &["shard".to_owned()]);
        let said = mistakes(&Facts {
            version: &texts.version,
            manifest: &texts.manifest,
            lock: &texts.lock,
            changelog: &changelog,
            tags: &texts.tags,
        });
        assert_eq!(said.len(), wanted.len(), "{said:#?}");
        for (said, wanted) in said.iter().zip(wanted) {
            assert!(said.contains(wanted), "{said}");
        }
    }

    /// The same text with another version.
    fn at(text: &str, version: &str) -> String {
        text.replace("1.3.0", version)
    }

    #[test]
    fn what_agrees_may_be_released() {
        check(|_| (), &[]);
        check(|it| it.tags.clear(), &[]);
    }

    #[test]
    fn a_version_is_a_version() {
        for bad in ["v1.3.0", "1.3", "1.3.0+a", "", "1.3.0\n", "01.3.0", "$(x)"] {
            check(|it| bad.clone_into(&mut it.version), &["expected one as 1.2.3"]);
        }
    }

    #[test]
    fn every_file_that_says_otherwise_is_named_with_its_line() {
        check(
            |it| "1.4.0".clone_into(&mut it.version),
            &[
                "Cargo.toml:6: the version is 1.3.0; expected 1.4.0",
                "Cargo.lock:3: `a` is 1.3.0; expected 1.4.0, and 1 more of this workspace",
                "CHANGELOG.md:5: the newest release is 1.3.0; expected `## [1.4.0]",
            ],
        );
        check(|it| it.manifest = "[workspace]\n".to_owned(), &["has no version"]);
        let one = |it: &mut Texts| {
            it.lock = LOCK.replace("b\"\nversion = \"1.3.0", "b\"\nversion = \"1.2.0");
        };
        check(one, &["Cargo.lock:12: `b` is 1.2.0; expected 1.3.0: run"]);
        check(|it| it.lock = "version = 4\n".to_owned(), &["no package of this workspace"]);
    }

    #[test]
    fn what_is_told_is_what_is_released() {
        check(
            |it| it.changelog = "# Changelog\n\n## [Unreleased]\n".to_owned(),
            &["there is no release"],
        );
        let unreleased = "[Unreleased]\n\n### shard\n\n#### Fixed\n\n- One more.\n";
        check(
            |it| it.changelog = it.changelog.replace("[Unreleased]\n", unreleased),
            &["move them below `## [1.3.0]"],
        );
        check(
            |it| it.changelog = it.changelog.replace("### shard\n\n#### Added\n\n- New.\n\n", ""),
            &["CHANGELOG.md:5: nothing is told of 1.3.0"],
        );
        check(|it| it.changelog = it.changelog.replace("#### Added", "#### New"), &["no kind"]);
    }

    #[test]
    fn what_breaks_needs_a_major_version_and_what_is_new_a_minor_one() {
        let becomes = |version: &'static str, kind: &'static str| {
            move |it: &mut Texts| {
                version.clone_into(&mut it.version);
                it.manifest = at(MANIFEST, version);
                it.lock = at(LOCK, version);
                let changes = CHANGES.replace("#### Added", kind);
                let changes = changes.replace("- New.\n", "- New.\n  Migration: none.\n");
                it.changelog = at(&changes, version);
            }
        };
        check(becomes("1.3.0", "#### Breaking"), &["expected 2.0.0"]);
        check(becomes("1.3.0", "#### Removed"), &["CHANGELOG.md:9: something breaks"]);
        check(becomes("2.0.0", "#### Breaking"), &[]);
        check(becomes("1.2.10", "#### Added"), &["expected 1.3.0"]);
        check(becomes("1.2.10", "#### Fixed"), &[]);
    }

    #[test]
    fn a_version_is_released_once_and_versions_rise() {
        check(|it| it.tags.push_str("v1.3.0\n"), &["the tag v1.3.0 is there already"]);
        check(|it| it.tags.push_str("v1.10.0\n"), &["expected a version above it, not 1.3.0"]);
        check(|it| it.tags.push_str("v1.3.0-rc.1\n"), &[]);
    }
}
