//! What the change of a manifest means, field by field.
//!
//! A field that is not known here reaches dependents: new tools bring new fields. A version alone
//! reaches the package only; whoever asks for a range that it leaves is told by its needs.

use std::collections::BTreeMap;

use diagnostics::{Foreign, Text, text};
use serde_json::Value;

use super::manifest::{Manifest, Section};
use crate::workspaces::Reach;

/// Fields for people and for the registry; nothing is built from them.
const WORDS: [&str; 15] = [
    "author",
    "bugs",
    "contributors",
    "description",
    "funding",
    "homepage",
    "keywords",
    "license",
    "licenses",
    "maintainers",
    "private",
    "publishConfig",
    "readme",
    "repository",
    "version",
];

/// Fields that linters, formatters and hooks of commits are configured with.
const LINT: [&str; 12] = [
    "commitlint",
    "cspell",
    "eslintConfig",
    "eslintIgnore",
    "husky",
    "knip",
    "lint-staged",
    "prettier",
    "remarkConfig",
    "simple-git-hooks",
    "stylelint",
    "xo",
];

/// Fields that test runners are configured with.
const TEST: [&str; 8] = ["ava", "c8", "jest", "mocha", "nyc", "playwright", "tap", "vitest"];

/// Fields of a root that decide what every member is installed, built or tested with. Its own
/// dependencies are among them: they are installed where every member finds them.
const OF_ROOT: [&str; 20] = [
    "babel",
    "browserslist",
    "catalog",
    "catalogs",
    "dependencies",
    "dependenciesMeta",
    "devDependencies",
    "devEngines",
    "engines",
    "nx",
    "optionalDependencies",
    "overrides",
    "packageExtensions",
    "packageManager",
    "patchedDependencies",
    "peerDependencies",
    "pnpm",
    "resolutions",
    "trustedDependencies",
    "volta",
];

/// How far the change of a manifest reaches from its package, and what it is; nothing where both say
/// the same, in other words or another order.
pub(super) fn of_package(base: &Manifest, head: &Manifest) -> Option<(Reach, Text)> {
    farthest(base, head, |field| match field {
        // Who is a member is seen from the members.
        "workspaces" => None,
        "scripts" => scripts(base, head),
        field if WORDS.contains(&field) || TEST.contains(&field) => Some(Reach::Own),
        field if LINT.contains(&field) => Some(Reach::Lint),
        _ => Some(Reach::Dependents),
    })
}

/// How far the change of a root's manifest reaches from each member, and what it is.
pub(super) fn of_members(base: &Manifest, head: &Manifest) -> Option<(Reach, Text)> {
    farthest(base, head, |field| match field {
        // Yarn keeps what it hoists in there, Bun its catalogs; patterns are seen from the members.
        "workspaces" => {
            let is_table =
                |it: &Manifest| it.fields.get(field).is_some_and(|it| it.starts_with('{'));
            (is_table(base) || is_table(head)).then_some(Reach::Dependents)
        }
        field if OF_ROOT.contains(&field) => Some(Reach::Dependents),
        field if TEST.contains(&field) => Some(Reach::Own),
        field if LINT.contains(&field) => Some(Reach::Lint),
        _ => None,
    })
}

fn farthest(
    base: &Manifest,
    head: &Manifest,
    reach: impl Fn(&str) -> Option<Reach>,
) -> Option<(Reach, Text)> {
    let mut farthest: Option<(Reach, &str)> = None;
    let added = head.fields.keys().filter(|field| !base.fields.contains_key(*field));
    for field in base.fields.keys().chain(added) {
        if base.fields.get(field) == head.fields.get(field)
            || is_same_in_another_order(field, base, head)
        {
            continue;
        }
        if let Some(reach) = reach(field)
            && farthest.is_none_or(|(so_far, _)| so_far < reach)
        {
            farthest = Some((reach, field));
        }
    }
    farthest.map(|(reach, field)| (reach, what(field, base, head)))
}

/// Whether a field whose order says nothing says the same.
fn is_same_in_another_order(field: &str, base: &Manifest, head: &Manifest) -> bool {
    if field == "scripts" {
        return table(field, base) == table(field, head) && table(field, base).is_some();
    }
    Section::ALL.into_iter().find(|section| section.field() == field).is_some_and(|section| {
        let is_table = |it: &Manifest| it.fields.get(field).is_some_and(|it| it.starts_with('{'));
        let own = |it: &'_ Manifest| -> Vec<(String, String)> {
            let own = it.requirements.iter().filter(|it| it.section == section);
            own.map(|it| (it.name.clone(), it.specifier.clone())).collect()
        };
        is_table(base) && is_table(head) && own(base) == own(head)
    })
}

fn table(field: &str, manifest: &Manifest) -> Option<BTreeMap<String, Value>> {
    serde_json::from_str(manifest.fields.get(field)?).ok()
}

/// How far the scripts that differ reach: one may make what dependents get, unless its name says that it
/// tests or lints.
fn scripts(base: &Manifest, head: &Manifest) -> Option<Reach> {
    let both = (table("scripts", base), table("scripts", head));
    let (old, new) = match both {
        (Some(old), Some(new)) => (old, new),
        (Some(one), None) | (None, Some(one)) => (one, BTreeMap::new()),
        (None, None) => return Some(Reach::Dependents),
    };
    let names = old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name));
    names.map(|name| script(name)).max()
}

fn script(name: &str) -> Reach {
    let first = name.split(':').next().unwrap_or_default();
    match first {
        "test" | "pretest" | "posttest" | "e2e" | "coverage" | "bench" => Reach::Own,
        "lint" | "prelint" | "postlint" | "format" | "fmt" | "eslint" | "prettier"
        | "stylelint" => Reach::Lint,
        _ => Reach::Dependents,
    }
}

/// What is different in a field, for people.
fn what(field: &str, base: &Manifest, head: &Manifest) -> Text {
    let section = Section::ALL.into_iter().find(|section| section.field() == field);
    let Some(section) = section else { return text![Foreign::from(field), " changed"] };
    let own = |manifest: &Manifest| -> BTreeMap<String, String> {
        let own = manifest.requirements.iter().filter(|it| it.section == section);
        own.map(|it| (it.name.clone(), it.specifier.clone())).collect()
    };
    let (old, new) = (own(base), own(head));
    let mut names = old.keys().chain(new.keys());
    let Some(name) = names.find(|name| old.get(*name) != new.get(*name)) else {
        return text![Foreign::from(field), " changed"];
    };
    let foreign = |text: &String| Foreign::from(text.as_str());
    match (old.get(name), new.get(name)) {
        (Some(old), Some(new)) => {
            text![foreign(name), " ", foreign(old), " became ", foreign(new)]
        }
        (Some(_), None) => text![foreign(name), " is not asked for any more"],
        (None, _) => text![foreign(name), " is asked for now"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, head: &str, package: Option<Reach>, members: Option<Reach>) {
        let read = |json: &str| Manifest::read(b"package.json", json.as_bytes()).unwrap();
        let (base, head) = (read(base), read(head));
        assert_eq!(of_package(&base, &head).map(|(reach, _)| reach), package, "of the package");
        assert_eq!(of_members(&base, &head).map(|(reach, _)| reach), members, "of members");
        assert_eq!(of_package(&head, &base).map(|(reach, _)| reach), package, "backwards");
    }

    const ALL: Option<Reach> = Some(Reach::Dependents);
    const OWN: Option<Reach> = Some(Reach::Own);
    const LINTED: Option<Reach> = Some(Reach::Lint);

    #[test]
    fn a_field_reaches_as_far_as_it_is_read() {
        check("{}", r#"{"description": "x"}"#, OWN, None);
        check(r#"{"version": "1.0.0"}"#, r#"{"version": "2.0.0"}"#, OWN, None);
        check(r#"{"main": "a"}"#, r#"{"main": "b"}"#, ALL, None);
        check("{}", r#"{"x-new-tool": 1}"#, ALL, None);
        check("{}", r#"{"dependencies": {"x": "1"}}"#, ALL, ALL);
        check(r#"{"devDependencies": {"x": "1"}}"#, r#"{"devDependencies": {"x": "2"}}"#, ALL, ALL);
        check("{}", r#"{"packageManager": "pnpm@9"}"#, ALL, ALL);
        check(r#"{"jest": {}}"#, r#"{"jest": {"a": 1}}"#, OWN, OWN);
        check("{}", r#"{"prettier": {}}"#, LINTED, LINTED);
        check(r#"{"workspaces": ["a"]}"#, r#"{"workspaces": ["b"]}"#, None, None);
        check(
            r#"{"workspaces": {"packages": []}}"#,
            r#"{"workspaces": {"catalog": {}}}"#,
            None,
            ALL,
        );
        check(r#"{"prettier": {}, "version": "1", "main": "a"}"#, "{}", ALL, LINTED);
    }

    #[test]
    fn a_script_reaches_as_far_as_its_name_says() {
        let scripts = |name: &str| format!(r#"{{"scripts": {{"{name}": "x"}}}}"#);
        check(r#"{"scripts": {}}"#, &scripts("build"), ALL, None);
        check(r#"{"scripts": {}}"#, &scripts("test:unit"), OWN, None);
        check(r#"{"scripts": {}}"#, &scripts("lint"), LINTED, None);
        check("{}", &scripts("lint"), LINTED, None);
        check("{}", r#"{"scripts": 5}"#, ALL, None);
    }

    #[test]
    fn other_words_and_another_order_are_no_change() {
        check("{\"main\" : \"a\"\n}", r#"{"main":"a"}"#, None, None);
        let (one, other) = (r#"{"a": "1", "b": "2"}"#, r#"{"b": "2", "a": "1"}"#);
        for field in ["dependencies", "scripts"] {
            let manifest = |table: &str| format!("{{\"{field}\": {table}}}");
            check(&manifest(one), &manifest(other), None, None);
        }
        // Of conditions the first that holds counts.
        let manifest = |table: &str| format!("{{\"exports\": {table}}}");
        check(&manifest(one), &manifest(other), ALL, None);
    }

    #[test]
    fn the_dependency_is_named() {
        let read = |json: &str| Manifest::read(b"p", json.as_bytes()).unwrap();
        let base = read(r#"{"dependencies": {"x": "^1", "y": "1"}}"#);
        let head = read(r#"{"dependencies": {"x": "^2", "y": "1"}}"#);
        let foreign = |it: &str| Foreign::from(it);
        let wanted = text![foreign("x"), " ", foreign("^1"), " became ", foreign("^2")];
        assert_eq!(of_package(&base, &head), Some((Reach::Dependents, wanted)));
    }
}
