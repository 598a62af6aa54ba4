//! Vitest: files are what is shared out.
//!
//! The list is `vitest list --filesOnly`. On the command line a name is part of a path, whatever its
//! case, so `b.test.js` would also run `xb.test.js`; no option is exact. So the filter is a program
//! that starts Vitest by its own interface for programs (Vitest documentation, "Advanced", "Node.js
//! API") and keeps, of the files that each project finds, those of the shard. It takes Vitest's own
//! options, fails when a file of the shard is not found, and was seen with 2.1.9, 3.2.7 and 4.1.12.

use bstr::BString;
use serde::Deserialize;

use super::{About, Unit};
pub(super) use super::no_owners as owners;
use crate::filter::{CannotFilter, FilterFile, Part, json_list};
use crate::list::document;
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};
use crate::relative::relative;

pub(super) const ABOUT: About =
    About { name: "vitest", default_unit: Unit::File, finest_unit: Unit::File };

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = ["vitest", "list", "--filesOnly", "--json"];
    vec![Probe::new("npx", &arguments, "the list of test files from Vitest")]
}

/// A file of one project, as far as it is read.
#[derive(Deserialize)]
struct Listed {
    file: String,
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let unreadable = NotDiscovered::Unreadable { wanted: "the JSON of `vitest list`" };
    let files: Vec<Listed> = document(answers.output(0), b'[').ok_or(unreadable)?;
    let named = |listed: &Listed| -> BString { relative(listed.file.as_bytes(), answers.folder) };
    Ok(Discovered::tests(files.iter().map(named).collect()))
}

/// The program around the list of files. A path may have other spellings of the same place, so both
/// sides are asked for the real one.
const PROGRAM: &str = "\
// What this shard runs. Used as: node \"$FILTER\" [options of vitest run]
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const real = file => {
  const absolute = path.resolve(file);
  try { return fs.realpathSync(absolute); } catch { return absolute; }
};
const own = new Set(@.map(real));
if (own.size === 0) process.exit(0);

process.env.TEST = process.env.VITEST = 'true';
process.env.NODE_ENV ??= 'test';
const { resolve } = createRequire(path.resolve('package.json'));
const { createVitest, parseCLI } = await import(pathToFileURL(resolve('vitest/node')));
const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await createVitest('test', { ...options, run: true, watch: false });
const missing = new Set(own);
for (const project of vitest.projects) {
  const find = project.globTestFiles;
  project.globTestFiles = async (...given) => {
    const found = await find.apply(project, given);
    for (const kind of ['testFiles', 'typecheckTestFiles']) {
      found[kind] = found[kind].filter(file => own.has(real(file)));
      for (const file of found[kind]) missing.delete(real(file));
    }
    return found;
  };
}
try {
  await vitest.start(filter);
} catch (error) {
  process.exitCode = 1;
  console.error(error);
}
for (const file of missing) {
  process.exitCode = 1;
  console.error('a file of this shard is no test file here: %j', file);
}
await vitest.exit();
";

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let bytes = PROGRAM.replacen('@', &json_list(part.own)?, 1).into_bytes();
    let usage = "node \"$FILTER\" [options of vitest run]";
    Ok(FilterFile { bytes, name: "vitest-shard.mjs", usage })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::{discovered, named};

    #[track_caller]
    fn check(answer: &str, wanted: Option<&[&str]>) {
        assert_eq!(discovered(Framework::Vitest, answer).ok(), wanted.map(named));
    }

    #[test]
    fn a_file_of_two_projects_is_one_item() {
        let one = r#"[{"file": "/w/b.test.js", "projectName": "x"}, {"file": "/w/b.test.js"}]"#;
        check(one, Some(&["b.test.js"]));
        check("[]", Some(&[]));
        check("[{}]", None);
        check("", None);
    }

    #[test]
    fn the_program_holds_the_list() {
        let filter = filter(&Part { own: &[b"a\"@.js"], others: &[] }).unwrap();
        let text = String::from_utf8(filter.bytes).unwrap();
        assert!(text.contains("new Set([\"a\\\"@.js\"].map(real))"), "{text}");
    }
}
