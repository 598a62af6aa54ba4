//! The actions whose steps are known, and what is ours for each of their inputs.
//!
//! Sources: `action.yml` and README of Swatinem/rust-cache v2.9.2, actions/cache v5.0.5, actions/setup-node
//! v6, actions/setup-python v6 and actions/setup-go v6.

use diagnostics::{Foreign, Level, text};
use ecosystems::caches::Ecosystem;

use super::Note;

/// An action that caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Theirs {
    /// Swatinem/rust-cache.
    RustCache,
    /// actions/cache, and its halves.
    Cache,
    /// actions/setup-node with `cache`.
    Node,
    /// actions/setup-python with `cache`.
    Python,
    /// actions/setup-go, which caches unless it is told not to.
    Go,
}

/// Our step.
#[derive(Debug, Default)]
pub(super) struct Ours {
    /// What is to be done before it.
    pub(super) before: Option<&'static str>,
    /// Its inputs.
    pub(super) with: Vec<(&'static str, String)>,
    /// What is another there.
    pub(super) notes: Vec<Note>,
}

/// Inputs of rust-cache that mean the same here.
const SAME: &[&str] = &[
    "prefix-key",
    "shared-key",
    "key",
    "add-job-id-key",
    "env-vars",
    "workspaces",
    "cache-directories",
    "cache-targets",
    "cache-bin",
    "cache-on-failure",
    "cache-workspace-crates",
    "save-if",
    "lookup-only",
];

/// What is kept where a path has this in it, whether that is more than downloads, and whose it is.
///
/// Source: the examples of actions/cache, `examples.md`.
const PATHS: &[(&str, bool, &[&str])] = &[
    (".cargo", false, &["cargo"]),
    ("target", true, &["cargo"]),
    ("node_modules", true, &["npm", "pnpm", "yarn", "bun"]),
    (".npm", false, &["npm"]),
    ("pnpm", false, &["pnpm"]),
    (".yarn", false, &["yarn"]),
    (".bun", false, &["bun"]),
    (".cache/uv", false, &["uv"]),
    (".cache/pip", false, &["pip"]),
    ("pypoetry", false, &["poetry"]),
    (".venv", true, &["uv", "poetry", "pip"]),
    ("go/pkg/mod", false, &["go"]),
    ("go-build", true, &["go"]),
    (".terraform", false, &["terraform"]),
];

/// The lock files that tell several of [`PATHS`] apart.
const LOCKS: &[(&str, &str)] = &[
    ("Cargo.lock", "cargo"),
    ("package-lock.json", "npm"),
    ("pnpm-lock.yaml", "pnpm"),
    ("yarn.lock", "yarn"),
    ("bun.lock", "bun"),
    ("uv.lock", "uv"),
    ("poetry.lock", "poetry"),
    ("requirements", "pip"),
    ("go.sum", "go"),
    (".terraform.lock.hcl", "terraform"),
];

impl Theirs {
    /// Whose step this is; nothing where it caches nothing.
    pub(super) fn of(uses: &str, with: &[(String, String)]) -> Option<Self> {
        let (action, _) = uses.split_once('@')?;
        let cache = given(with, "cache");
        match action.to_ascii_lowercase().as_str() {
            "swatinem/rust-cache" => Some(Self::RustCache),
            "actions/cache" | "actions/cache/restore" => Some(Self::Cache),
            "actions/setup-node" => cache.map(|_| Self::Node),
            "actions/setup-python" => cache.map(|_| Self::Python),
            "actions/setup-go" => (cache != Some("false")).then_some(Self::Go),
            _ => None,
        }
    }

    /// Whether it sets a language up as well, so that it stays.
    pub(super) fn is_set_up(self) -> bool {
        match self {
            Self::RustCache | Self::Cache => false,
            Self::Node | Self::Python | Self::Go => true,
        }
    }

    /// Our step for theirs.
    pub(super) fn ours(self, with: &[(String, String)]) -> Ours {
        match self {
            Self::RustCache => of_rust_cache(with),
            Self::Cache => of_cache(with),
            Self::Node => of_set_up(with, "take `cache` out of that step, and add after it:", &[]),
            Self::Python => of_set_up(
                with,
                "take `cache` out of that step, and add after it:",
                &[("pipenv", "pip")],
            ),
            Self::Go => {
                let mut ours =
                    of_set_up(with, "add `cache: false` to that step, and after it:", &[]);
                ours.with.retain(|(name, _)| *name != "ecosystems");
                ours.with.insert(0, ("ecosystems", "go".to_owned()));
                ours
            }
        }
    }
}

fn given<'a>(with: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let value = with.iter().find(|(known, _)| known == name)?.1.trim();
    Some(value).filter(|value| !value.is_empty())
}

fn of_rust_cache(with: &[(String, String)]) -> Ours {
    let mut ours = Ours::default();
    for name in SAME {
        if let Some(value) = given(with, name) {
            ours.with.push((name, value.to_owned()));
        }
    }
    let mut note = |level, message, help| ours.notes.push((level, message, help));
    for (name, _) in with.iter().filter(|(name, _)| !SAME.contains(&name.as_str())) {
        let message = text![Foreign::from(name.as_str()), " of rust-cache is not carried over"];
        match name.as_str() {
            "add-rust-environment-hash-key" => note(
                Level::Warning,
                message,
                "the key always says what the cache depends on: without it, products of another compiler or lock would be taken for right",
            ),
            "cache-all-crates" => note(
                Level::Notice,
                message,
                "all that was downloaded is kept, as with `true`; a step with `command: prune` takes the same input",
            ),
            "cache-provider" => note(
                Level::Warning,
                message,
                "actions/cache is what restores and saves; for another store use `restore: false` and the outputs",
            ),
            "cmd-format" => note(
                Level::Warning,
                message,
                "`rustc` is asked as it is on the path: start the job in that environment",
            ),
            _ => note(Level::Warning, message, "it is no input of rust-cache v2.9.2"),
        }
    }
    if given(with, "cache-on-failure") == Some("true") {
        note(
            Level::Warning,
            text!["a job that fails saves nothing"],
            "end the job with a step `if: failure()` that uses actions/cache/save with the outputs `key` and `paths`",
        );
    }
    note(
        Level::Notice,
        text![
            "rust-cache drops what the lock file does not need before it saves, and this action nothing"
        ],
        "end the job with a step of this action with the same inputs, `command: prune` and `apply: true`",
    );
    if given(with, "cache-bin").is_none() {
        note(
            Level::Notice,
            text!["rust-cache keeps installed programs, this action only with `cache-bin: true`"],
            "add it if the job runs `cargo install`",
        );
    }
    note(
        Level::Notice,
        text![
            "rust-cache sets `CARGO_INCREMENTAL=0` for the whole job, and this action sets nothing"
        ],
        "set it in `env:` of the workflow, if the job does not set it already",
    );
    ours
}

fn of_cache(with: &[(String, String)]) -> Ours {
    let mut ours = Ours::default();
    let paths = given(with, "path").unwrap_or_default();
    let key = given(with, "key").unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    let mut is_built = false;
    let mut unknown = Vec::new();
    for path in paths.lines().map(str::trim).filter(|path| !path.is_empty()) {
        let known = PATHS.iter().find(|(part, ..)| path.contains(part));
        let Some((_, built, whose)) = known else {
            unknown.push(path);
            continue;
        };
        is_built |= built;
        let is_meant = |name: &&&str| {
            whose.len() == 1 || LOCKS.iter().any(|(lock, it)| it == *name && key.contains(lock))
        };
        names.extend(whose.iter().filter(is_meant).filter(|name| is_known(name)));
    }
    names.sort_unstable();
    names.dedup();
    if !(names.is_empty() && unknown.is_empty()) {
        let chosen = if names.is_empty() { "none".to_owned() } else { names.join(",") };
        ours.with.push(("ecosystems", chosen));
    }
    ours.with.push(("layers", if is_built { "registry,deps" } else { "registry" }.to_owned()));
    if !unknown.is_empty() {
        // They let any cache with that beginning be restored; without it, only the very key is right.
        let reuse = given(with, "restore-keys").map_or("", |_| " -> same-system");
        let paths: Vec<String> = unknown.iter().map(|path| format!("{path}{reuse}")).collect();
        ours.with.push(("paths", paths.join("\n")));
        let recipe = recipe(key, &names);
        if !recipe.is_empty() {
            ours.with.push(("recipe", recipe.join("\n")));
        }
        let message =
            text!["nothing is known of what is in ", Foreign::from(unknown.join(", ").as_str())];
        ours.notes.push((
            Level::Warning,
            message,
            "see that `recipe` says all that it depends on: files (a folder's as `folder/**`), values, and what a tool says of its version",
        ));
    }
    if unknown.is_empty() {
        let files = recipe(key, &names).into_iter().filter(|line| line.starts_with("files: "));
        for line in files {
            let pattern = line.trim_start_matches("files: ");
            let message = text![Foreign::from(pattern), " is not a part of the key here"];
            let help = "what it says of what is built counts already; write it as a `recipe` if the cache depends on more of it";
            ours.notes.push((Level::Notice, message, help));
        }
    }
    let is_alone = |part: &str| part.contains("node_modules") || part.contains(".venv");
    let mut alone = paths.lines().map(str::trim).filter(|path| is_alone(path));
    if let Some(first) = alone.next()
        && paths.lines().map(str::trim).any(|path| !path.is_empty() && !is_alone(path))
    {
        let message = text![Foreign::from(first), " is not kept beside the others"];
        let help = "it is right under the very key alone, and then nothing else could be restored: keep it in a step of its own, with `layers: deps` and one of `ecosystems`";
        ours.notes.push((Level::Warning, message, help));
    }
    // What stands in the key besides files and the runner tells caches of one job apart.
    let other = expressions(key)
        .into_iter()
        .filter(|it| !it.contains("hashFiles") && !it.starts_with("runner."));
    let other: Vec<String> = other.map(|it| format!("${{{{ {it} }}}}")).collect();
    if !other.is_empty() {
        ours.with.push(("key", other.join("-")));
    }
    if let Some(value) = given(with, "lookup-only") {
        ours.with.push(("lookup-only", value.to_owned()));
    }
    for (name, help) in [
        ("fail-on-cache-miss", "ask the output `cache-hit` in a step after it"),
        ("enableCrossOsArchive", "a key is of one system, unless downloads alone are kept"),
        ("upload-chunk-size", "use `restore: false`, and actions/cache with the outputs"),
        ("restore-keys", "it says itself which other caches may be restored, and why that is safe"),
    ] {
        if given(with, name).is_some() {
            let level = if name == "restore-keys" { Level::Notice } else { Level::Warning };
            let message = text![Foreign::from(name), " of this step is not carried over"];
            ours.notes.push((level, message, help));
        }
    }
    ours
}

/// What a key says besides what is known of the ecosystems: the files that it hashes, and its words.
fn recipe(key: &str, known: &[&str]) -> Vec<String> {
    let is_known = |pattern: &str| {
        LOCKS.iter().any(|(lock, name)| known.contains(name) && pattern.contains(lock))
    };
    let mut lines = Vec::new();
    let mut words = key.to_owned();
    for expression in expressions(key) {
        let is_hash = expression.contains("hashFiles");
        if is_hash {
            // Every second part stands in quotes.
            let patterns = expression.split('\'').skip(1).step_by(2);
            let patterns = patterns.filter(|it| !is_known(it) && !it.starts_with("--"));
            lines.extend(patterns.map(|it| format!("files: {}", it.trim_start_matches("./"))));
        }
        if is_hash || expression.starts_with("runner.") {
            let parts = words.split("${{").map(|part| match part.split_once("}}") {
                Some((inside, rest)) if inside.trim() == expression => rest.to_owned(),
                Some(_) => format!("${{{{{part}"),
                None => part.to_owned(),
            });
            words = parts.collect();
        }
    }
    let words = words.split('-').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("-");
    if !words.is_empty() {
        lines.push(format!("value: key={}", words.lines().collect::<String>()));
    }
    lines
}

fn of_set_up(
    with: &[(String, String)],
    before: &'static str,
    renamed: &[(&str, &'static str)],
) -> Ours {
    let mut ours = Ours { before: Some(before), ..Ours::default() };
    let cache = given(with, "cache").unwrap_or_default();
    let name = renamed.iter().find(|(theirs, _)| *theirs == cache).map_or(cache, |(_, ours)| ours);
    if is_known(name) {
        ours.with.push(("ecosystems", name.to_owned()));
    } else if !name.is_empty() && name != "true" {
        let message = text![Foreign::from(name), " is not known by that name"];
        ours.notes.push((
            Level::Warning,
            message,
            "without `ecosystems`, whatever the repository has is kept",
        ));
    }
    // They keep downloads and nothing else.
    ours.with.push(("layers", "registry".to_owned()));
    if let Some(paths) = given(with, "cache-dependency-path") {
        let folder =
            |path: &str| path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        let folders: Vec<String> =
            paths.lines().map(str::trim).filter(|it| !it.is_empty()).map(folder).collect();
        if folders.iter().any(|folder| folder.contains('*')) {
            let message = text![
                Foreign::from("cache-dependency-path"),
                " has wildcards and is not carried over"
            ];
            ours.notes.push((
                Level::Notice,
                message,
                "all lock files count unless `workspaces` names their folders",
            ));
        } else {
            ours.with.push(("workspaces", folders.join("\n")));
        }
    }
    ours
}

fn is_known(name: &str) -> bool {
    Ecosystem::ALL.iter().any(|it| it.name() == name)
}

/// The expressions in a text, without their braces.
fn expressions(text: &str) -> Vec<&str> {
    let parts = text.split("${{").skip(1);
    parts.filter_map(|part| part.split_once("}}")).map(|(inside, _)| inside.trim()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_found() {
        assert_eq!(expressions("a-${{ b }}-${{c}}-${{ d"), ["b", "c"]);
    }
}
