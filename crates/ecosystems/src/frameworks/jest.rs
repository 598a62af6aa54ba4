//! Jest: files are what is shared out.
//!
//! The list is `--listTests`. The filter is a module for `--filter` (Jest documentation, "Jest CLI
//! Options"): it is handed the paths of all test files and returns those to run, so no name is ever
//! a pattern and no command line grows with the shard. Jest 29 asks its answer for objects with a
//! `test`, Jest 30 for paths; the array here is both (seen with 29.7.0 and 30.5.2).

use bstr::BString;

use super::{About, Unit};
pub(super) use super::no_owners as owners;
use crate::filter::{CannotFilter, FilterFile, Part, json_list};
use crate::list::document;
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};
use crate::relative::relative;

pub(super) const ABOUT: About =
    About { name: "jest", default_unit: Unit::File, finest_unit: Unit::File };

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = ["jest", "--listTests", "--json"];
    vec![Probe::new("npx", &arguments, "the list of test files from Jest")]
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let unreadable = NotDiscovered::Unreadable { wanted: "the JSON of `jest --listTests`" };
    let files: Vec<String> = document(answers.output(0), b'[').ok_or(unreadable)?;
    let named = |file: &String| -> BString { relative(file.as_bytes(), answers.folder) };
    Ok(Discovered::tests(files.iter().map(named).collect()))
}

/// The module around the list of files. A path may have other spellings of the same place, so both
/// sides are asked for the real one.
const MODULE: &str = "\
// What this shard runs. Used as: npx jest --filter=\"$FILTER\"
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const real = file => {
  const absolute = path.resolve(file);
  try { return fs.realpathSync(absolute); } catch { return absolute; }
};
const own = new Set(@.map(real));
module.exports = async files => {
  const filtered = files.filter(file => own.has(real(file)));
  const each = Array.prototype.map;
  // Jest 29 maps objects to their `test`; Jest 30 takes the paths themselves.
  filtered.map = function (take) { return each.call(this, test => take({ test })); };
  return { filtered };
};
";

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let bytes = MODULE.replacen('@', &json_list(part.own)?, 1).into_bytes();
    let usage = if part.own.is_empty() {
        "npx jest --passWithNoTests --filter=\"$FILTER\""
    } else {
        "npx jest --filter=\"$FILTER\""
    };
    Ok(FilterFile { bytes, name: "jest-filter.cjs", usage })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::{discovered, named};

    #[track_caller]
    fn check(answer: &str, wanted: Option<&[&str]>) {
        assert_eq!(discovered(Framework::Jest, answer).ok(), wanted.map(named));
    }

    #[test]
    fn files_are_named_from_the_folder() {
        check("[\"/w/b.test.js\",\"/w/a/ü [x].test.js\"]\n", Some(&["a/ü [x].test.js", "b.test.js"]));
        check("from the configuration\n[]\n", Some(&[]));
        check("", None);
        check("[1]\n", None);
    }

    #[test]
    fn the_module_holds_the_list() {
        let filter = filter(&Part { own: &[b"a\"@.js"], others: &[] }).unwrap();
        let text = String::from_utf8(filter.bytes).unwrap();
        assert!(text.contains("new Set([\"a\\\"@.js\"].map(real))"), "{text}");
    }
}
