//! pytest: a file is imported once and may hold set-up, so files are shared out, and only those that
//! are too large are opened into classes and tests.
//!
//! An item is a node id, a file, or a file and a class. The list is what `--collect-only` prints at
//! verbosity -1, which overrides a `-v` or `-q` of the user's `addopts`; names are seen from the
//! folder because `--rootdir` says so. The last line counts, so that a name of two lines is noticed.
//! The filter is a file of arguments (pytest documentation, "How to invoke pytest", "Read arguments
//! from file", from 8.2 on; all of this was seen with 9.2.0).

use super::{About, Owner, Unit};
use crate::filter::{CannotFilter, FilterFile, Part};
use crate::list::{breaks_line, lines_of};
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};
use crate::script::not_an_option;

pub(super) const ABOUT: About =
    About { name: "pytest", default_unit: Unit::File, finest_unit: Unit::Test };

pub(super) fn discovery() -> Vec<Probe> {
    let arguments = [
        "--collect-only",
        "--verbosity=-1",
        "--override-ini=verbosity_test_cases=auto",
        "--color=no",
        "--rootdir=.",
    ];
    // 5 is "no tests collected" (pytest documentation, "Exit codes").
    vec![Probe::new("pytest", &arguments, "the list of tests from pytest").accepting(&[0, 5])]
}

pub(super) fn discovered(answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    let lines: Vec<&[u8]> = lines_of(answers.output(0)).collect();
    let unreadable = NotDiscovered::Unreadable { wanted: "the list of `pytest --collect-only`" };
    let counted = lines.iter().rev().find_map(|line| count(line)).ok_or(unreadable)?;
    let named: Vec<&[u8]> = lines.into_iter().take_while(|line| !line.is_empty()).collect();
    if counted == 0 {
        return Ok(Discovered::tests(Vec::new()));
    }
    if named.len() != counted {
        return Err(NotDiscovered::Miscounted { named: named.len(), counted });
    }
    Ok(Discovered::tests(named.into_iter().map(Into::into).collect()))
}

/// The number in `8 tests collected in 0.01s`, `2/8 tests collected (6 deselected) in 0.01s` or
/// `no tests collected`.
fn count(line: &[u8]) -> Option<usize> {
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let number = words.next()?;
    let is_count = matches!(words.next()?, "test" | "tests") && words.next()? == "collected";
    if !is_count {
        return None;
    }
    if number == "no" {
        return Some(0);
    }
    number.split('/').next()?.parse().ok()
}

pub(super) fn owners(item: &[u8]) -> Vec<Owner<'_>> {
    // A parameter may hold colons too, and so does no file: `a.py::t[x::y]`.
    let id = item.iter().position(|byte| *byte == b'[').and_then(|at| item.get(..at));
    let id = id.filter(|id| id.windows(2).any(|pair| pair == b"::")).unwrap_or(item);
    let mut ends = id.windows(2).enumerate().filter(|(_, pair)| *pair == b"::");
    let file = ends.next().and_then(|(at, _)| item.get(..at));
    let file = file.map(|name| Owner { unit: Unit::File, name });
    let classes = ends.filter_map(|(at, _)| item.get(..at));
    let classes = classes.map(|name| Owner { unit: Unit::Class, name });
    file.into_iter().chain(classes).collect()
}

pub(super) fn filter(part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
    let mut bytes = Vec::new();
    for item in part.own {
        if breaks_line(item) {
            return Err(CannotFilter::new(item, "has a line break in its name"));
        }
        let path = owners(item).first().map_or(*item, |file| file.name);
        if path.contains(&b'[') {
            let why = "is in a file with a bracket in its path, which pytest takes for a parameter";
            return Err(CannotFilter::new(item, why));
        }
        if item.trim_ascii().is_empty() {
            return Err(CannotFilter::new(item, "has a blank name"));
        }
        bytes.extend_from_slice(&not_an_option(item));
        bytes.push(b'\n');
    }
    if part.own.is_empty() {
        // Without an argument pytest would run all; asked twice for its version, which it needs
        // where it has other arguments too, it prints that and ends with 0.
        bytes.extend_from_slice(b"--version\n--version\n");
    }
    Ok(FilterFile { bytes, name: "pytest.txt", usage: "pytest --rootdir=. \"@$FILTER\"" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::Framework;
    use crate::frameworks::tests::{discovered, named};

    #[test]
    fn the_names_are_as_many_as_are_counted() {
        let found = |answer: &str| discovered(Framework::Pytest, answer);
        let tests = |names| Ok(named(names));
        assert_eq!(found("a.py::t\n\n1 test collected in 0.01s\n"), tests(&["a.py::t"]));
        let listed = "a b.py::t[x y]\nb.py::C::t\n\n2/3 tests collected (1 deselected) in 0.01s\n";
        assert_eq!(found(listed), tests(&["a b.py::t[x y]", "b.py::C::t"]));
        assert_eq!(found("\nno tests collected in 0.00s\n"), tests(&[]));
        let two_lines = "a\nb.py::t\n\n1 test collected in 0.01s\n";
        assert_eq!(found(two_lines), Err(NotDiscovered::Miscounted { named: 2, counted: 1 }));
        assert!(found("a.py::t\n").is_err());
        assert!(found("").is_err());
    }

    #[track_caller]
    fn check_owners(item: &str, wanted: &[&str]) {
        let owners = owners(item.as_bytes());
        let names: Vec<&str> =
            owners.iter().map(|owner| std::str::from_utf8(owner.name).unwrap()).collect();
        assert_eq!(names, wanted);
    }

    #[test]
    fn a_test_is_in_its_classes_and_its_file() {
        check_owners("a.py", &[]);
        check_owners("a.py::t", &["a.py"]);
        check_owners("a.py::t[x::y]", &["a.py"]);
        check_owners("a.py::C::D::t[x]", &["a.py", "a.py::C", "a.py::C::D"]);
        check_owners("[x]/a.py::t", &["[x]/a.py"]);
    }

    #[track_caller]
    fn check_filter(own: &[&str], wanted: Option<&str>) {
        let own: Vec<&[u8]> = own.iter().map(|item| item.as_bytes()).collect();
        let filter = filter(&Part { own: &own, others: &[] });
        assert_eq!(filter.ok().map(|filter| filter.bytes), wanted.map(Into::into));
    }

    #[test]
    fn each_argument_has_a_line() {
        check_filter(&["a b.py::t[::]", "-b.py"], Some("a b.py::t[::]\n./-b.py\n"));
        check_filter(&["@b.py::t"], Some("./@b.py::t\n"));
        check_filter(&[], Some("--version\n--version\n"));
        check_filter(&["a.py::t[\u{2028}]"], None);
        check_filter(&["a[1].py::t"], None);
        check_filter(&[" "], None);
    }
}
