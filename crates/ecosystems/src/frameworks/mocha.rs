//! Mocha: files are what is shared out.
//!
//! Mocha lists nothing, but `--dry-run` loads all files and tells what it would run; a file without a
//! test is not among them. On the command line files are added to the `spec` of the configuration,
//! so the filter is a configuration itself: it takes in the user's own, from Mocha's files or
//! `package.json`, all but its `spec`, and ends the program where there is nothing to run. A
//! `--config` of the user's cannot be given with it (Mocha documentation, "Configuring Mocha"; seen
//! with 10.8.2, 11.8.0 and 12.0.3).

use bstr::BString;
use serde::Deserialize;

use super::{About, Unit};
pub(super) use super::no_owners as owners;
use crate::filter::{CannotFilter, FilterFile, Part, json_list};
use crate::list::document;
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};
use crate::relative::relative;

pub(super) const ABOUT: About =
    About { name: "mocha", default_unit: Unit::File, finest_unit: Unit::File };

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = ["mocha", "--dry-run", "--no-parallel", "--reporter", "json"];
    vec![Probe::new("npx", &arguments, "the list of test files from Mocha")]
}

/// The document of the reporter `json`, as far as it is read.
#[derive(Deserialize)]
struct Listed {
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    file: String,
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let unreadable = NotDiscovered::Unreadable { wanted: "the JSON of `mocha --dry-run`" };
    let listed: Listed = document(answers.output(0), b'{').ok_or(unreadable)?;
    let named = |test: &Test| -> BString { relative(test.file.as_bytes(), answers.folder) };
    Ok(Discovered::tests(listed.tests.iter().map(named).collect()))
}

/// The configuration around the list of files. Mocha reads a name as a pattern only where no such
/// file is.
const CONFIGURATION: &str = "\
// What this shard runs. Used as: npx mocha --no-package --config \"$FILTER\"
'use strict';
const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');

const own = @;
if (own.length === 0) process.exit(0);
for (const file of own) {
  if (!fs.existsSync(file)) throw new Error(`a file of this shard is not here: ${JSON.stringify(file)}`);
}
const here = createRequire(path.resolve('package.json'));
const load = name => { try { return here(name); } catch { return here(`${name}.cjs`); } };
const { findConfig, loadConfig } = load('mocha/lib/cli/config'); // `.cjs` from Mocha 12 on
const file = findConfig();
const manifest = fs.existsSync('package.json') ? JSON.parse(fs.readFileSync('package.json', 'utf8')) : {};
const users = { ...manifest.mocha, ...(file ? loadConfig(file) : {}) };
delete users.spec;
delete users._;
module.exports = { ...users, spec: own };
";

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let files: Vec<Vec<u8>> = part.own.iter().map(|file| below_here(file)).collect();
    let files: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let bytes = CONFIGURATION.replacen('@', &json_list(&files)?, 1).into_bytes();
    let usage = "npx mocha --no-package --config \"$FILTER\"";
    Ok(FilterFile { bytes, name: "mocha-shard.cjs", usage })
}

/// The path in a spelling that is neither an option nor a number.
fn below_here(file: &[u8]) -> Vec<u8> {
    let before: &[u8] = if file.starts_with(b"/") { b"" } else { b"./" };
    [before, file].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::{discovered, named};

    #[track_caller]
    fn check(answer: &str, wanted: Option<&[&str]>) {
        assert_eq!(discovered(Framework::Mocha, answer).ok(), wanted.map(named));
    }

    #[test]
    fn the_document_stands_behind_what_files_print() {
        let document = "{\n  \"tests\": [\n    {\n      \"file\": \"/w/a.js\"\n    }\n  ]\n}\n";
        check(document, Some(&["a.js"]));
        check(&format!("{{\nloading\n{document}"), Some(&["a.js"]));
        check(&format!("loading {document}"), None);
        check("{\n  \"tests\": []\n}", Some(&[]));
        check("", None);
        check("{\n", None);
    }

    #[test]
    fn the_configuration_holds_the_list() {
        let filter = filter(&Part { own: &[b"a\"@.js", b"/b"], others: &[] }).unwrap();
        let text = String::from_utf8(filter.bytes).unwrap();
        assert!(text.contains("const own = [\"./a\\\"@.js\",\"/b\"];"), "{text}");
    }
}
