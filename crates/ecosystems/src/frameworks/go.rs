//! `go test`: a package is a program, so packages are shared out, and only those that are too large
//! are opened into their tests.
//!
//! An item is an import path, or an import path, a space and the name of a test, example or fuzz
//! test. `go test -list` names them (`go help testflag`), and test2json says of which package each
//! line is (`go doc test2json`; seen with Go 1.19.8). A `TestMain` may print too: of a package with a
//! line that is no name, only the package is an item, and also of one that names nothing, because
//! what it runs is not known.

use std::collections::BTreeMap;

use bstr::{BString, ByteSlice as _};
use serde::Deserialize;

use super::{About, Owner, Unit, split};
use crate::filter::{CannotFilter, FilterFile, Part};
use crate::list::lines_of;
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};
use crate::script::{Script, alternatives, pieces, quoted};

pub(super) const ABOUT: About =
    About { name: "go", default_unit: Unit::Package, finest_unit: Unit::Test };

const USAGE: &str = "bash \"$FILTER\" [flags of go test]";

/// What the names of all that a plain `go test` runs begin with (`go help testfunc`).
const BEGINNINGS: [&[u8]; 3] = [b"Test", b"Example", b"Fuzz"];

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = ["test", "-list", "^(Test|Example|Fuzz)", "-json", "./..."];
    vec![Probe::new("go", &arguments, "the list of tests from `go test`")]
}

/// A line of test2json, as far as it is read. Go 1.24 tells of the build in lines without a package.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event {
    action: String,
    #[serde(default)]
    package: String,
    #[serde(default)]
    output: String,
}

/// What is known of a package.
#[derive(Default)]
struct Package {
    output: String,
    passed: bool,
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let mut packages: BTreeMap<String, Package> = BTreeMap::new();
    for line in lines_of(answers.output(0)).filter(|line| !line.is_empty()) {
        let event: Event = serde_json::from_slice(line)
            .map_err(|_| NotDiscovered::Unreadable { wanted: "lines of `go test -json`" })?;
        if event.package.is_empty() {
            continue;
        }
        let package = packages.entry(event.package).or_default();
        match event.action.as_str() {
            "output" => package.output.push_str(&event.output),
            "pass" => package.passed = true,
            "fail" => return Err(NotDiscovered::Errors),
            // `start`, `skip`, and what later versions may tell.
            _ => {}
        }
    }
    let packages = packages.iter().filter(|(_, package)| package.passed);
    Ok(Discovered::tests(packages.flat_map(|(name, package)| items(name, package)).collect()))
}

/// The tests of a package, or the package where they are not known.
fn items(name: &str, package: &Package) -> Vec<BString> {
    let lines = package.output.lines().filter(|line| !is_result(line, name));
    let tests: Option<Vec<&str>> = lines.map(|line| is_test(line).then_some(line)).collect();
    match tests {
        Some(tests) if !tests.is_empty() => {
            tests.iter().map(|test| BString::from(format!("{name} {test}"))).collect()
        }
        Some(_) | None => vec![name.into()],
    }
}

/// Whether this is the last line of a package, `ok`, its name and its time.
fn is_result(line: &str, package: &str) -> bool {
    let mut fields = line.split('\t').map(str::trim);
    fields.next() == Some("ok") && fields.next() == Some(package)
}

fn is_test(line: &str) -> bool {
    let is_name = line.chars().all(|c| c == '_' || c.is_alphanumeric());
    is_name && BEGINNINGS.iter().any(|beginning| line.as_bytes().starts_with(beginning))
}

pub(super) fn owners(item: &[u8]) -> Vec<Owner<'_>> {
    let package = split(item, b" ").map(|(name, _)| Owner { unit: Unit::Package, name });
    package.into_iter().collect()
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let mut whole: Vec<&[u8]> = Vec::new();
    let mut opened: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
    for item in part.own {
        let (package, test) = match split(item, b" ") {
            Some((package, test)) => (package, Some(test)),
            None => (*item, None),
        };
        let is_package = !package.is_empty() && !package.starts_with(b"-");
        if !is_package || test.is_some_and(|test| test.to_str().map_or(true, |it| !is_test(it))) {
            return Err(CannotFilter::new(item, "is neither `package` nor `package TestName`"));
        }
        match test {
            Some(test) => opened.entry(package).or_default().push(test),
            None => whole.push(package),
        }
    }
    let mut script = Script::new("Runs this shard's packages and tests.", USAGE);
    script.calls("go test \"$@\"", &whole)?;
    for (package, tests) in &opened {
        for piece in pieces(tests)? {
            let run = [b"^(".as_slice(), &alternatives(piece), b")$"].concat();
            script.call(&format!("go test \"$@\" -run {}", quoted(&run)?.as_bstr()), &[package])?;
        }
    }
    Ok(FilterFile { bytes: script.finish(), name: "go-test.sh", usage: USAGE })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::discovered;

    fn line(action: &str, package: &str, output: &str) -> String {
        serde_json::json!({"Action": action, "Package": package, "Output": output}).to_string()
            + "\n"
    }

    #[track_caller]
    fn check(lines: &[String], wanted: &[&str]) {
        let found = discovered(Framework::Go, lines.concat());
        let wanted = wanted.iter().map(|item| BString::from(*item)).collect();
        assert_eq!(found, Ok(Discovered::Tests(wanted)));
    }

    #[test]
    fn a_package_names_its_tests() {
        check(
            &[
                line("output", "m/a", "TestA\n"),
                line("output", "m/b", "ExampleÜ\n"),
                line("output", "m/a", "Fuzz"),
                line("output", "m/a", "F\n"),
                line("output", "m/a", "ok  \tm/a\t0.1s\n"),
                line("pass", "m/a", ""),
                line("output", "m/b", "ok  \tm/b\t(cached)\n"),
                line("pass", "m/b", ""),
            ],
            &["m/a FuzzF", "m/a TestA", "m/b ExampleÜ"],
        );
    }

    #[test]
    fn a_package_whose_tests_are_not_known_is_one_item() {
        let pass = || line("pass", "m", "");
        check(&[line("output", "m", "noise\n"), line("output", "m", "TestA\n"), pass()], &["m"]);
        check(&[line("output", "m", "noiseTestA\n"), pass()], &["m"]);
        check(&[pass()], &["m"]);
        check(&[line("output", "m", "?   \tm\t[no test files]\n"), line("skip", "m", "")], &[]);
    }

    #[test]
    fn what_does_not_build_is_an_error() {
        let found = discovered(Framework::Go, line("fail", "m", ""));
        assert_eq!(found, Err(NotDiscovered::Errors));
    }

    #[test]
    fn packages_go_together_and_tests_by_package() {
        let own: [&[u8]; 4] = [b"m/a TestA", b"m/b", b"m/a FuzzB", b"m/c"];
        let script = filter(&Part { own: &own, others: &[] }).unwrap().bytes;
        let calls: Vec<&[u8]> = lines_of(&script).filter(|line| line.starts_with(b"go ")).collect();
        let wanted: [&[u8]; 2] = [
            b"go test \"$@\" 'm/b' 'm/c' || failed=1",
            b"go test \"$@\" -run '^(TestA|FuzzB)$' 'm/a' || failed=1",
        ];
        assert_eq!(calls, wanted);
        for item in [&b"-exec=x"[..], b"m/a BenchmarkX", b"m/a TestA/sub", b" TestA", b"m TestA|B"] {
            assert!(filter(&Part { own: &[item], others: &[] }).is_err(), "{:?}", item.as_bstr());
        }
    }
}
