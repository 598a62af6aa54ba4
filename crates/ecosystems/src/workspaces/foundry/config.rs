//! `foundry.toml` (<https://getfoundry.sh/config/reference/project>) and `remappings.txt`
//! (<https://docs.soliditylang.org/en/latest/path-resolution.html>, "Import Remapping"), as far as they
//! say where sources lie and what other names mean.

use diagnostics::{Foreign, Piece, Place, Problem, Snippet, text};
use toml::Table;

/// What a project says of its folders.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Config {
    /// Where dependencies lie: `libs`, or `lib`.
    pub(super) libs: Vec<String>,
    /// Where tests and scripts lie: `test`, `script`.
    pub(super) own: Vec<String>,
    /// Names, and the paths that they stand for.
    pub(super) remappings: Vec<(String, String)>,
    /// Other folders to find imports in (`include_paths`), that of the sources (`src`), and everything
    /// outside of the project that its settings name.
    pub(super) include_paths: Vec<String>,
    pub(super) sources: Vec<String>,
    pub(super) named: Vec<String>,
    /// Files with settings that these begin with (`extends`), as seen from the project.
    pub(super) extends: Vec<String>,
    /// Everything that builds and tests, without what only formats, lints and documents.
    pub(super) building: Table,
    /// The rest.
    pub(super) aside: Table,
}

/// Tables that only format, lint and document.
const ASIDE: [&str; 3] = ["fmt", "lint", "doc"];

impl Config {
    /// What holds where nothing is said; `hardhat` has no `lib`, and other names for scripts.
    pub(super) fn none() -> Self {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            libs: own(&["lib"]),
            own: own(&["test", "script", "scripts", "deploy", "ignition"]),
            ..Self::default()
        }
    }

    /// Reads a `foundry.toml`; every profile counts.
    ///
    /// # Errors
    /// Where it is no TOML: the place and what was found.
    pub(super) fn read(path: &[u8], bytes: &[u8]) -> Result<Self, Box<Problem>> {
        let refused = |at: usize, found: &str| {
            let (line, column) = diagnostics::position(bytes, at);
            let problem =
                Problem::error(text!["the project of ", Foreign::from(path), " cannot be read"])
                    .at(Place::at(path, line, column))
                    .label(text!["expected TOML; ", Piece::said(&found)])
                    .snippet(Snippet::of(bytes, at));
            Box::new(problem.help("repair it: `forge config` cannot read it either"))
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|error| refused(error.valid_up_to(), "found bytes that are not UTF-8"))?;
        let mut building: Table = toml::from_str(text)
            .map_err(|error| refused(error.span().map_or(0, |at| at.start), error.message()))?;
        let mut config = Self::none();
        let mut libs = Vec::new();
        for profile in profiles(&building) {
            libs.extend(strings(profile, "libs"));
            let own = ["test", "script"].into_iter().filter_map(|key| profile.get(key)?.as_str());
            config.own.extend(own.map(str::to_owned));
            config.include_paths.extend(strings(profile, "include_paths"));
            config
                .sources
                .extend(profile.get("src").and_then(toml::Value::as_str).map(str::to_owned));
            let extends = profile.get("extends");
            let path =
                extends.and_then(|it| it.get("path")).or(extends).and_then(toml::Value::as_str);
            config.extends.extend(path.map(str::to_owned));
            let remappings = strings(profile, "remappings");
            config.remappings.extend(remappings.iter().filter_map(|line| remapping(line)));
        }
        if !libs.is_empty() {
            config.libs = libs;
        }
        for key in ASIDE {
            if let Some(value) = building.remove(key) {
                config.aside.insert(key.to_owned(), value);
            }
        }
        if let Some(profiles) = building.get_mut("profile").and_then(toml::Value::as_table_mut) {
            for (name, profile) in profiles.iter_mut() {
                for key in ASIDE {
                    let value = profile.as_table_mut().and_then(|profile| profile.remove(key));
                    if let Some(value) = value {
                        config.aside.insert(format!("{name}.{key}"), value);
                    }
                }
            }
        }
        config.building = building;
        Ok(config)
    }

    /// Adds what a file says that this one begins with.
    pub(super) fn add_extended(&mut self, other: Self) {
        self.libs.extend(other.libs);
        self.own.extend(other.own);
        self.remappings.extend(other.remappings);
        self.include_paths.extend(other.include_paths);
        self.sources.extend(other.sources);
    }

    /// Adds the lines of a `remappings.txt`.
    pub(super) fn add_remappings(&mut self, bytes: &[u8]) {
        let lines =
            bytes.split(|byte| *byte == b'\n').filter_map(|it| std::str::from_utf8(it).ok());
        self.remappings.extend(lines.filter_map(remapping));
    }
}

/// The profiles; those of old stand at the top.
fn profiles(table: &Table) -> impl Iterator<Item = &Table> {
    let profiles = table.get("profile").and_then(toml::Value::as_table);
    let profiles = profiles.into_iter().flat_map(Table::values);
    profiles.chain(table.get("default")).filter_map(toml::Value::as_table)
}

fn strings(table: &Table, key: &str) -> Vec<String> {
    let values = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
}

/// `context:name=path`; whom the context is for is not looked at. Blanks are left out, though Foundry
/// takes them for a part of the name.
fn remapping(line: &str) -> Option<(String, String)> {
    let (name, path) = line.split_once('=')?;
    let name = name.split_once(':').map_or(name, |(_, name)| name);
    Some((name.trim().to_owned(), path.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_counts() {
        let config = Config::read(
            b"foundry.toml",
            b"[profile.default]\nlibs = ['lib', '../deps']\nremappings = ['@s/=../shared/src/']\n\
              [profile.ci]\ntest = 't'\nremappings = ['c:@x=lib/x']\n[fmt]\nline_length = 1\n[profile.ci.lint]\na = 1\n",
        )
        .unwrap();
        assert_eq!(config.libs, ["lib", "../deps"]);
        assert!(config.own.contains(&"t".to_owned()));
        let pair = |name: &str, path: &str| (name.to_owned(), path.to_owned());
        assert_eq!(config.remappings, [pair("@x", "lib/x"), pair("@s/", "../shared/src/")]);
        assert_eq!(config.aside.keys().collect::<Vec<_>>(), ["ci.lint", "fmt"]);
        assert_eq!(config.building.keys().collect::<Vec<_>>(), ["profile"]);
    }

    #[test]
    fn what_is_no_toml_says_where() {
        let place = Config::read(b"f", b"[profile\n").unwrap_err().place.unwrap();
        assert_eq!(place.line, Some(1));
        let mut config = Config::none();
        config.add_remappings(b"a=b\n\n\xff=c\nnothing\nd:e=f\r\n @g/ = ../g/ \n");
        assert_eq!(config.remappings.len(), 3);
        assert_eq!(config.remappings[1], ("e".to_owned(), "f".to_owned()));
        assert_eq!(config.remappings[2], ("@g/".to_owned(), "../g/".to_owned()));
    }
}
