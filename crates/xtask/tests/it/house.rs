//! One test a rule. Each rule is a function of `xtask` with tests of its own that it can fail.

use ecosystems::rules::{Outcome, Rules};
use xtask::arrows::{Arrow, RINGS};
use xtask::{arrows, elsewhere, files, generate, headers, pipelines, yaml_lines};

/// What a newcomer sees first, and nothing else: the user's list and the lock file.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "actions",
    "crates",
    "scripts",
    "testdata",
];

fn listed() -> Vec<String> {
    files::listed(&files::root()).unwrap()
}

/// Whether the file's name ends in one of these extensions; ours are all in lower case.
fn is(path: &str, extensions: &[&str]) -> bool {
    let extension = std::path::Path::new(path).extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| extensions.contains(&extension))
}

fn text(path: &str) -> String {
    files::text(&files::root(), path).unwrap()
}

fn metadata() -> cargo_metadata::Metadata {
    let manifest = files::root().join("Cargo.toml");
    cargo_metadata::MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap()
}

#[track_caller]
fn check_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn arrows_between_crates_go_to_lower_rings() {
    let metadata = metadata();
    let ours: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    for name in &ours {
        assert!(RINGS.iter().any(|(known, _)| known == name), "`{name}` has no ring");
    }
    let mut drawn = Vec::new();
    for package in &metadata.packages {
        for dependency in package.dependencies.iter().filter(|it| ours.contains(&it.name.as_str()))
        {
            drawn.push(Arrow {
                from: package.name.to_string(),
                to: dependency.name.clone(),
                in_tests: dependency.kind == cargo_metadata::DependencyKind::Development,
            });
        }
    }
    assert!(drawn.len() > 10, "no arrows were found");
    let wrong: Vec<String> = arrows::wrong(&drawn).iter().map(ToString::to_string).collect();
    check_none(&wrong);
}

#[test]
fn a_crate_has_no_feature_but_generators_for_tests() {
    for package in metadata().packages {
        let odd: Vec<&String> =
            package.features.keys().filter(|name| *name != "arbitrary").collect();
        assert!(odd.is_empty(), "{}: {odd:?}", package.name);
    }
}

#[test]
fn only_tools_and_the_protocol_know_the_command_line() {
    for package in metadata().packages {
        if package.dependencies.iter().any(|dependency| dependency.name == "clap") {
            let allowed = [
                "cache-key",
                "change-detector",
                "gate-check",
                "gpu-matcher",
                "runner-protocol",
                "shard-splitter",
                "xtask",
            ];
            assert!(allowed.contains(&package.name.as_str()), "{} imports clap", package.name);
        }
    }
}

#[test]
fn every_source_file_says_what_it_is_for() {
    let sources = listed().into_iter().filter(|path| is(path, &["rs"]));
    let wrong: Vec<String> =
        sources.filter_map(|path| headers::wrong(&path, &text(&path))).collect();
    check_none(&wrong);
}

#[test]
fn everything_that_is_used_is_pinned_and_no_script_holds_an_expression() {
    let yaml = |path: &String| is(path, &["yml", "yaml"]) || path.ends_with("README.md");
    let wrong: Vec<String> = listed()
        .into_iter()
        .filter(yaml)
        .flat_map(|path| yaml_lines::wrong(&path, &text(&path)))
        .collect();
    check_none(&wrong);
}

#[test]
fn python_packages_are_pinned() {
    for path in listed().into_iter().filter(|path| path.ends_with("requirements.txt")) {
        let text = text(&path);
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let is_hash = |line: &str| line.trim_start().starts_with("--hash=sha256:");
        for (line, next) in lines.iter().zip(lines.iter().skip(1).chain([&""])) {
            let is_pinned = line.contains("==") && line.ends_with('\\') && is_hash(next);
            assert!(is_hash(line) || is_pinned, "{path}: {line}");
        }
    }
}

#[test]
fn the_top_level_is_the_users_list() {
    let mut top: Vec<String> = listed()
        .iter()
        .filter_map(|path| path.split('/').next().map(str::to_owned))
        .filter(|name| !name.starts_with('.'))
        .collect();
    top.dedup();
    assert_eq!(top, TOP);
}

#[test]
fn everything_that_is_generated_is_up_to_date() {
    let stale = generate::stale(&files::root(), &xtask::interfaces()).unwrap();
    let paths: Vec<String> = stale.into_iter().map(|file| file.path).collect();
    assert!(paths.is_empty(), "stale, run `cargo xtask generate`: {paths:?}");
}

#[test]
fn what_each_action_may_do_is_told_to_those_who_care_most() {
    let document = text(".github/SECURITY.md");
    for interface in xtask::interfaces() {
        let action = interface.action;
        let row = document.lines().find(|line| line.starts_with(&format!("| `{}` |", action.name)));
        let row = row.unwrap_or_else(|| panic!("SECURITY.md has no row for {}", action.name));
        for permission in action.permissions {
            let shown = format!("`{}: {}`", permission.scope, permission.access);
            assert!(row.contains(&shown), "SECURITY.md: {} needs {shown}: {row}", action.name);
        }
        let wanted = action.permissions.len();
        let told = row.matches(": read`").count() + row.matches(": write`").count();
        assert_eq!(told, wanted, "SECURITY.md: {row}");
    }
}

#[test]
fn the_changelog_is_of_its_form() {
    check_none(&xtask::release::changelog_mistakes(&files::root()).unwrap());
}

#[test]
fn every_workflow_in_a_readme_is_an_example_that_is_tested() {
    for path in listed().into_iter().filter(|path| path.ends_with("README.md")) {
        let readme = text(&path);
        let mut previous = "";
        for line in readme.lines() {
            if line.starts_with("```yaml") {
                assert!(
                    previous.starts_with("<!-- generated: example "),
                    "{path}: a YAML block that nothing tests"
                );
            }
            previous = line;
        }
    }
}

#[test]
fn the_workflows_to_call_are_documented_and_can_work() {
    let listed = listed();
    let readme = text(".github/workflows/README.md");
    let has = |path: &str| listed.iter().any(|it| it == path || *it == format!("actions/{path}"));
    let mut wrong = Vec::new();
    let mut names = Vec::new();
    for path in &listed {
        let Some(name) =
            path.strip_prefix(pipelines::PREFIX).and_then(|it| it.strip_suffix(".yml"))
        else {
            continue;
        };
        let example = format!(".github/workflows/examples/{name}.yml");
        for part in [format!("pipeline {name}"), format!("example {example}")] {
            if !readme.contains(&format!("<!-- generated: {part} -->")) {
                wrong.push(format!(".github/workflows/README.md has no part `{part}`"));
            }
        }
        wrong.extend(pipelines::wrong(path, &text(path), &text(&example), &has));
        names.push(name);
    }
    assert!(names.len() >= 10, "{names:?}");
    check_none(&wrong);
}

#[test]
fn every_command_that_the_documents_name_exists() {
    let listed = listed();
    for path in ["README.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"] {
        let document = text(path);
        for word in document.split(|c: char| c.is_whitespace() || "`()".contains(c)) {
            let word = word.trim_start_matches("./").trim_end_matches(['.', ',', ':']);
            if word.starts_with("scripts/") && word.len() > "scripts/".len() {
                assert!(listed.iter().any(|known| known == word), "{path} names `{word}`");
            }
        }
        let says_how = document.contains("scripts/test") || path.ends_with("SECURITY.md");
        assert!(says_how, "{path} does not say how to test");
    }
}

/// What a package's tests read elsewhere, `scan-includes` would tell in part; the rules say it of all of it.
#[test]
fn the_pipeline_tests_who_reads_what_has_changed() {
    const RULES: &str = ".config/affected.toml";
    let rules = Rules::read(RULES.as_bytes(), text(RULES).as_bytes()).unwrap();
    let listed = listed();
    let (mut read, mut wrong) = (0, Vec::new());
    for path in listed.iter().filter(|path| is(path, &["rs"])) {
        let Some((package, _)) = path.strip_prefix("crates/").and_then(|path| path.split_once('/'))
        else {
            continue;
        };
        let source = text(path);
        for named in elsewhere::named(&source) {
            // A lock file is read by what it means, which a rule about its path would add nothing to.
            if named == "Cargo.lock" || !listed.iter().any(|known| known == named) {
                continue;
            }
            read += 1;
            let is_marked = match rules.apply(named.as_bytes(), false) {
                Outcome::All(_) | Outcome::Nobodys => true,
                Outcome::Packages { named, .. } => {
                    named.iter().any(|(name, _)| name.name == package)
                }
            };
            if !is_marked {
                wrong.push(format!("{RULES}: {path} reads {named}; mark {package} for it"));
            }
        }
    }
    assert!(read >= 3, "only {read} files of elsewhere were found");
    check_none(&wrong);
}

#[test]
fn no_path_of_somebodys_machine_is_in_the_tree() {
    // Written in parts, so that this file does not hold them either.
    let foreign =
        [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/ho", "me/runner/work/"].concat()];
    let mut found = Vec::new();
    for path in listed() {
        let Ok(bytes) = files::bytes(&files::root(), &path) else { continue };
        let contents = String::from_utf8_lossy(&bytes);
        for (number, line) in contents.lines().enumerate() {
            let absolute = |prefix: &String| {
                line.match_indices(prefix.as_str()).any(|(at, _)| {
                    let before = line.get(..at).and_then(|before| before.chars().last());
                    before.is_none_or(|c| !(c.is_alphanumeric() || "._-/$}~".contains(c)))
                })
            };
            if foreign.iter().any(absolute) {
                found.push(format!("{path}:{}", number + 1));
            }
        }
    }
    check_none(&found);
}

#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let scripts =
        listed().into_iter().filter(|path| path.starts_with("scripts/") || path == ".ci/run");
    for path in scripts.filter(|path| text(path).starts_with("#!")) {
        let mode = std::fs::metadata(files::root().join(&path)).unwrap().permissions().mode();
        assert!(mode & 0o111 != 0, "{path} has no run bit");
    }
}
