//! `pnpm-workspace.yaml` (<https://pnpm.io/pnpm-workspace_yaml>): members, catalogs and settings.

use std::collections::BTreeMap;

use diagnostics::yaml::{At, Kind, Node, snippet};
use diagnostics::{Foreign, Place, Problem, Text, text};

use crate::yaml::{self, entries, words};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    /// The patterns of the members.
    pub(super) packages: Vec<String>,
    /// The range of a dependency, by catalog, then name (<https://pnpm.io/catalogs>).
    pub(super) catalogs: BTreeMap<(String, String), String>,
    /// What is asked for in place of what packages ask for, by name.
    pub(super) overrides: Vec<(String, String)>,
    /// Everything else and the overrides, in words that are the same for the same.
    pub(super) rest: BTreeMap<String, String>,
}

impl Settings {
    /// Reads the bytes of the file.
    ///
    /// # Errors
    /// Where they are no mapping of YAML: the place and what was found.
    pub(super) fn read(path: &[u8], bytes: &[u8]) -> Result<Self, Box<Problem>> {
        let refused = |at: At, found: Text| {
            let mut label = text!["expected a mapping of YAML; "];
            label.append(found);
            Problem::error(text!["the workspace of ", Foreign::from(path), " cannot be read"])
                .at(Place::at(path, at.line, at.column))
                .label(label)
                .snippet(snippet(&String::from_utf8_lossy(bytes), at))
                .help("repair it: pnpm cannot read it either")
        };
        let yaml = yaml::read(bytes).map_err(|error| refused(error.at, error.why))?;
        let mut settings = Self::default();
        let Some(document) = yaml.documents().first().copied() else { return Ok(settings) };
        match document.kind() {
            Kind::Map(_) => {}
            Kind::Nothing => return Ok(settings),
            Kind::Text(_) | Kind::List(_) => {
                return Err(refused(document.at(), "found something else".into()).into());
            }
        }
        for (key, node) in entries(Some(document)) {
            match key {
                "packages" => {
                    let patterns = node.items().into_iter();
                    settings.packages =
                        patterns.filter_map(Node::text).map(str::to_owned).collect();
                }
                "catalog" => settings.catalog("default", node),
                "catalogs" => {
                    for (name, catalog) in entries(Some(node)) {
                        settings.catalog(name, catalog);
                    }
                }
                _ => {
                    if key == "overrides" {
                        for (selector, range) in entries(Some(node)) {
                            let name = overridden(selector).to_owned();
                            let range = range.text().map(|range| (name, range.to_owned()));
                            settings.overrides.extend(range);
                        }
                    }
                    settings.rest.insert(key.to_owned(), words(node));
                }
            }
        }
        Ok(settings)
    }

    fn catalog(&mut self, name: &str, catalog: Node<'_>) {
        for (dependency, range) in entries(Some(catalog)) {
            let range = range.text().unwrap_or_default().to_owned();
            self.catalogs.insert((name.to_owned(), dependency.to_owned()), range);
        }
    }

    /// What `catalog:` or `catalog:name` means for a dependency; nothing for another specifier or an
    /// entry that is not there.
    pub(super) fn specifier(&self, name: &str, specifier: &str) -> Option<&str> {
        let key = catalog_key(name, specifier)?;
        self.catalogs.get(&key).map(String::as_str)
    }
}

/// The name that a selector of an override ends with: `b` of `a>b@1`, of `**/b` and of `a/b`, `@s/b` of
/// `a/@s/b`.
pub(super) fn overridden(selector: &str) -> &str {
    let last = selector.rsplit('>').next().unwrap_or_default();
    let version = last.char_indices().skip(1).filter(|(_, letter)| *letter == '@');
    let scoped = last.rfind("/@").map_or(last, |at| last.split_at(at + 1).1);
    if scoped.starts_with('@') {
        let end = scoped.char_indices().skip(1).find(|(_, letter)| *letter == '@');
        return end.map_or(scoped, |(at, _)| scoped.split_at(at).0);
    }
    let bare = version.map(|(at, _)| last.split_at(at).0).next().unwrap_or(last);
    bare.rsplit('/').next().unwrap_or_default()
}

/// The catalog and the dependency that a specifier names, if it names one.
pub(super) fn catalog_key(name: &str, specifier: &str) -> Option<(String, String)> {
    let catalog = specifier.strip_prefix("catalog:")?.trim();
    let catalog = if catalog.is_empty() { "default" } else { catalog };
    Some((catalog.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_catalogs_are_read() {
        let file = b"packages:\n  - 'a/*'\n  - '!a/x'\ncatalog:\n  x: ^1\ncatalogs:\n  old:\n    x: ^0\noverrides:\n  y: 1\n";
        let read = Settings::read(b"pnpm-workspace.yaml", file).unwrap();
        assert_eq!(read.packages, ["a/*", "!a/x"]);
        assert_eq!(read.specifier("x", "catalog:"), Some("^1"));
        assert_eq!(read.specifier("x", "catalog:old"), Some("^0"));
        assert_eq!(read.specifier("x", "^1"), None);
        assert_eq!(read.rest.keys().collect::<Vec<_>>(), ["overrides"]);
        assert_eq!(Settings::read(b"p", b"# nothing\n"), Ok(Settings::default()));
    }

    #[test]
    fn a_selector_ends_with_a_name() {
        for (selector, name) in [
            ("b", "b"),
            ("b@^1", "b"),
            ("@s/b", "@s/b"),
            ("@s/b@^1", "@s/b"),
            ("a>b@1", "b"),
            ("a@1>@s/b@2", "@s/b"),
            ("**/b", "b"),
            ("a/b", "b"),
            ("a/@s/b", "@s/b"),
            ("@s/a/b", "@s/a/b"),
        ] {
            assert_eq!(overridden(selector), name, "{selector}");
        }
    }

    #[test]
    fn what_is_no_mapping_says_where() {
        let place = |bytes: &[u8]| Settings::read(b"p", bytes).unwrap_err().place.unwrap();
        assert_eq!(place(b"packages:\n  - a\n  b: c\n").line, Some(3));
        assert_eq!(place(b"- a\n").line, Some(1));
    }
}
