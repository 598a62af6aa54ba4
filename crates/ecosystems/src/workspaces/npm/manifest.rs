//! `package.json`: what a package is called and what it asks for
//! (<https://docs.npmjs.com/cli/v11/configuring-npm/package-json>).
//!
//! Each field is kept as its JSON without blanks, so that two manifests are compared field by field and
//! the order inside of `exports`, in which the first condition wins, counts.

use std::collections::BTreeMap;

use diagnostics::{Foreign, Piece, Place, Problem, Snippet, text};
use serde_json::Value;
use serde_json::value::RawValue;

use super::settings::overridden;

/// Where a dependency is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    /// `dependencies`
    Normal,
    /// `optionalDependencies`
    Optional,
    /// `peerDependencies`
    Peer,
    /// `devDependencies`
    Dev,
}

impl Section {
    pub(super) const ALL: [Self; 4] = [Self::Normal, Self::Optional, Self::Peer, Self::Dev];

    pub(super) fn field(self) -> &'static str {
        match self {
            Self::Normal => "dependencies",
            Self::Optional => "optionalDependencies",
            Self::Peer => "peerDependencies",
            Self::Dev => "devDependencies",
        }
    }
}

/// One dependency: `"name": "specifier"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Requirement {
    pub(super) name: String,
    pub(super) specifier: String,
    pub(super) section: Section,
}

/// A manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    /// What it asks for, by section, then name.
    pub(super) requirements: Vec<Requirement>,
    /// The patterns of `workspaces`, if it has any: it is the root of a workspace.
    pub(super) workspaces: Option<Vec<String>>,
    /// Every field of the top, its JSON without blanks.
    pub(super) fields: BTreeMap<String, String>,
}

impl Manifest {
    /// Reads the bytes of a manifest; a byte order mark is left out, as npm does.
    ///
    /// # Errors
    /// Where the bytes are no JSON object: the place and what was found.
    pub(super) fn read(path: &[u8], bytes: &[u8]) -> Result<Self, Box<Problem>> {
        let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let fields: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(json).map_err(|error| not_json(path, json, &error))?;
        let value = |field: &str| -> Option<Value> {
            fields.get(field).and_then(|json| serde_json::from_str(json.get()).ok())
        };
        let string = |field: &str| value(field).and_then(|it| it.as_str().map(str::to_owned));
        let requirements = Section::ALL.into_iter().flat_map(|section| {
            let asked = value(section.field());
            let asked = asked.as_ref().and_then(Value::as_object).into_iter().flatten();
            let one = |(name, specifier): (&String, &Value)| Requirement {
                name: name.clone(),
                // What is no text is no range either; as text without a meaning it links what has
                // its name.
                specifier: specifier.as_str().unwrap_or("?").to_owned(),
                section,
            };
            asked.map(one).collect::<Vec<_>>()
        });
        Ok(Self {
            name: string("name").filter(|name| !name.is_empty()),
            version: string("version"),
            requirements: requirements.collect(),
            workspaces: value("workspaces").as_ref().and_then(patterns),
            fields: fields.iter().map(|(key, json)| (key.clone(), without_blanks(json))).collect(),
        })
    }

    /// What a root asks for in place of what its members ask for, by name: `overrides` of npm, which may
    /// stand in each other, `resolutions` of Yarn and `pnpm.overrides`.
    pub(super) fn overrides(&self) -> Vec<(String, String)> {
        let value =
            |field: &str| -> Option<Value> { serde_json::from_str(self.fields.get(field)?).ok() };
        let mut found = Vec::new();
        let mut open: Vec<(String, Value)> = Vec::new();
        let pnpm = value("pnpm").and_then(|mut pnpm| Some(pnpm.get_mut("overrides")?.take()));
        for table in [value("overrides"), value("resolutions"), pnpm].into_iter().flatten() {
            open.push((String::new(), table));
        }
        while let Some((name, value)) = open.pop() {
            match value {
                Value::String(specifier) => found.push((overridden(&name).to_owned(), specifier)),
                Value::Object(table) => {
                    // `.` stands for the package that the table is about.
                    let named = |(key, value)| {
                        if key == "." { (name.clone(), value) } else { (key, value) }
                    };
                    open.extend(table.into_iter().map(named));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => {}
            }
        }
        found.sort();
        found
    }

    /// Whether it describes a package of its own. Node also reads manifests that only say of which kind
    /// the modules below are (<https://nodejs.org/api/packages.html>, "Modules loaders").
    pub(super) fn is_package(&self) -> bool {
        self.name.is_some() || !self.requirements.is_empty() || self.fields.contains_key("scripts")
    }
}

/// The patterns of `workspaces`: a list, or, in Yarn, a list in `packages`.
fn patterns(workspaces: &Value) -> Option<Vec<String>> {
    let list = workspaces.get("packages").unwrap_or(workspaces).as_array();
    if list.is_none() && !workspaces.is_object() {
        return None;
    }
    let list = list.into_iter().flatten();
    Some(list.filter_map(|pattern| pattern.as_str().map(str::to_owned)).collect())
}

fn not_json(path: &[u8], bytes: &[u8], error: &serde_json::Error) -> Problem {
    let offset = diagnostics::offset(bytes, error.line(), error.column());
    let (line, column) = diagnostics::position(bytes, offset);
    // serde_json names the place in its words; ours has it already.
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default().to_owned();
    Problem::error(text!["the manifest ", Foreign::from(path), " cannot be read"])
        .at(Place::at(path, line, column))
        .label(text!["expected an object of JSON; ", Piece::said(&said)])
        .snippet(Snippet::of(bytes, offset))
        .help("repair it: npm, pnpm and Yarn cannot read it either")
}

/// JSON without the blanks between its words.
pub(super) fn without_blanks(json: &RawValue) -> String {
    let mut kept = String::with_capacity(json.get().len());
    let (mut in_string, mut escaped) = (false, false);
    for letter in json.get().chars() {
        if in_string || !letter.is_ascii_whitespace() {
            kept.push(letter);
        }
        match letter {
            '"' if !escaped => in_string = !in_string,
            '\\' if in_string && !escaped => {
                escaped = true;
                continue;
            }
            _ => {}
        }
        escaped = false;
    }
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Manifest {
        Manifest::read(b"package.json", json.as_bytes()).unwrap()
    }

    #[test]
    fn a_manifest_says_what_it_asks_for() {
        let manifest = read(
            r#"{"name": "@a/b", "version": "1.0.0", "devDependencies": {"x": "^1"},
                "dependencies": {"y": "workspace:*", "z": null}, "type": "module"}"#,
        );
        assert_eq!(manifest.name.as_deref(), Some("@a/b"));
        let asked: Vec<_> = manifest
            .requirements
            .iter()
            .map(|it| (it.name.as_str(), it.specifier.as_str(), it.section))
            .collect();
        let wanted = [
            ("y", "workspace:*", Section::Normal),
            ("z", "?", Section::Normal),
            ("x", "^1", Section::Dev),
        ];
        assert_eq!(asked, wanted);
        assert!(!read(r#"{"type": "module"}"#).is_package());
    }

    #[test]
    fn workspaces_are_a_list_or_a_table_with_one() {
        let check = |json: &str, wanted: Option<&[&str]>| {
            let wanted = wanted.map(|it| it.iter().map(|it| (*it).to_owned()).collect());
            assert_eq!(read(json).workspaces, wanted, "{json}");
        };
        check(r#"{"workspaces": ["a/*", "!a/x", 5]}"#, Some(&["a/*", "!a/x"]));
        check(r#"{"workspaces": {"packages": ["a"], "nohoist": ["b"]}}"#, Some(&["a"]));
        check(r#"{"workspaces": {"nohoist": ["b"]}}"#, Some(&[]));
        check(r#"{"workspaces": false}"#, None);
        check("{}", None);
    }

    #[test]
    fn blanks_count_only_inside_of_strings() {
        let manifest = read("{\"a\": { \"b \\\" \\\\\" : [ 1 ,\n 2 ] } }");
        assert_eq!(manifest.fields["a"], r#"{"b \" \\":[1,2]}"#);
    }

    #[test]
    fn what_is_no_json_says_where() {
        let problem = Manifest::read(b"a/package.json", b"{\n  \"name\": x\n}").unwrap_err();
        let place = problem.place.unwrap();
        assert_eq!((place.line, place.column), (Some(2), Some(11)));
        assert!(Manifest::read(b"p", b"[]").is_err());
        assert!(Manifest::read(b"p", b"\xef\xbb\xbf{}").is_ok());
        assert!(Manifest::read(b"p", "[".repeat(100_000).as_bytes()).is_err());
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Manifest::read(b"p", deep.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = Manifest::read(b"p", &bytes);
        }
    }
}
