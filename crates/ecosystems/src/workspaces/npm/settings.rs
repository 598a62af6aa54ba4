//! `pnpm-workspace.yaml` (<https://pnpm.io/pnpm-workspace_yaml>): members, catalogs and settings.

use std::collections::BTreeMap;

use diagnostics::{Foreign, Piece, Place, Problem, Snippet, text};

use crate::yaml::{self, Yaml};

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
        let refused = |line: usize, column: usize, found: &str| {
            let offset = diagnostics::offset(bytes, line, column);
            let number = |it: usize| u64::try_from(it).unwrap_or(u64::MAX);
            Problem::error(text!["the workspace of ", Foreign::from(path), " cannot be read"])
                .at(Place::at(path, number(line), number(column)))
                .label(text!["expected a mapping of YAML; ", Piece::said(&found)])
                .snippet(Snippet::of(bytes, offset))
                .help("repair it: pnpm cannot read it either")
        };
        let documents = yaml::documents(bytes)
            .map_err(|error| refused(error.line, error.column, &error.why))?;
        let mut settings = Self::default();
        let Some(document) = documents.first() else { return Ok(settings) };
        let top = match (document.mapping(), document.text()) {
            (Some(top), _) => top,
            (None, Some("" | "~" | "null")) => return Ok(settings),
            (None, _) => return Err(refused(1, 1, "found something else").into()),
        };
        for (key, node) in top {
            match key.as_ref() {
                "packages" => {
                    let patterns = node.list().unwrap_or_default().iter();
                    settings.packages =
                        patterns.filter_map(|it| it.text()).map(Into::into).collect();
                }
                "catalog" => settings.catalog("default", node),
                "catalogs" => {
                    for (name, catalog) in node.mapping().into_iter().flatten() {
                        settings.catalog(name, catalog);
                    }
                }
                _ => {
                    for (selector, range) in node.mapping().into_iter().flatten() {
                        if let (b"overrides", Some(range)) = (key.as_bytes(), range.text()) {
                            let name = overridden(selector).to_owned();
                            settings.overrides.push((name, range.to_owned()));
                        }
                    }
                    settings.rest.insert(key.to_string(), format!("{node:?}"));
                }
            }
        }
        Ok(settings)
    }

    fn catalog(&mut self, name: &str, catalog: &Yaml<'_>) {
        for (dependency, range) in catalog.mapping().into_iter().flatten() {
            let range = range.text().unwrap_or_default().to_owned();
            self.catalogs.insert((name.to_owned(), dependency.to_string()), range);
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
