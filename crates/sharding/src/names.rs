//! The names that a sample may have in a list of items, the most precise first.
//!
//! A report and a list of items come from different tools, which rarely name a test the same way:
//! cargo-nextest lists `binary test`, pytest `path::Class::test`, Maven `class.test`, and a list may
//! hold classes, files or suites instead of tests. So the same report serves all of them.

use bstr::{BString, ByteSlice as _};
use reports::{Case, Identity};
use sha2::{Digest as _, Sha256};

/// One name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Name<'n> {
    pub(crate) bytes: &'n [u8],
    pub(crate) precision: Precision,
    pub(crate) kind: Kind,
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// The test itself.
    Test,
    /// What the test is part of.
    Part,
}

/// What a name is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It begins with what may be a path, which may be spelled in several ways.
    Path,
    /// Words of a person.
    Words,
}

/// Makes the names of a sample one after the other in one buffer: most samples match early, and
/// reports have millions.
#[derive(Debug, Default)]
pub(crate) struct Names {
    name: Vec<u8>,
}

/// Takes a name; whether it was the right one, so that no other needs to be made.
pub(crate) type Take<'t> = &'t mut dyn FnMut(Name<'_>) -> bool;

impl Names {
    /// Offers the most precise name first.
    pub(crate) fn offer_all(&mut self, identity: &Identity, take: Take<'_>) -> bool {
        match identity {
            Identity::Key(key) => self.prefixes(key, take),
            Identity::Case(case) => self.case(case, take),
        }
    }

    fn offer(&mut self, precision: Precision, parts: &[&[u8]], take: Take<'_>) -> bool {
        self.name.clear();
        for part in parts {
            self.name.extend_from_slice(part);
        }
        self.made(precision, take)
    }

    fn made(&self, precision: Precision, take: Take<'_>) -> bool {
        let name = Name { bytes: &self.name, precision, kind: Kind::Path };
        !name.bytes.is_empty() && take(name)
    }

    /// A pytest node id and what it is part of: `a.py::C::t`, `a.py::C`, `a.py`.
    fn prefixes(&mut self, key: &BString, take: Take<'_>) -> bool {
        if self.offer(Precision::Test, &[key], take) {
            return true;
        }
        // A parameter may hold colons too: `a.py::t[x::y]`.
        let mut rest = key.find_byte(b'[').map_or(key.as_slice(), |at| key.split_at(at).0);
        while let Some(colons) = rest.windows(2).rposition(|pair| pair == b"::") {
            rest = rest.split_at(colons).0;
            if self.offer(Precision::Part, &[rest], take) {
                return true;
            }
        }
        false
    }

    fn case(&mut self, case: &Case, take: Take<'_>) -> bool {
        let [file, suite, class, name] = parts(case);
        if self.pytest_paths(class, name, take) {
            return true;
        }
        // A method of a class in this file is not the file's function of the same name.
        let file_of_test = if is_within(class, file) { &b""[..] } else { file };
        for owner in [file_of_test, class, suite].into_iter().filter(|owner| !owner.is_empty()) {
            // The second is cargo-nextest's way: binary id, space, name.
            if self.offer(Precision::Test, &[owner, b"::", name], take)
                || self.offer(Precision::Test, &[owner, b" ", name], take)
            {
                return true;
            }
        }
        // Maven, Gradle: `com.example.AppTest.works`.
        (!class.is_empty() && self.offer(Precision::Test, &[class, b".", name], take))
            || self.offer(Precision::Part, &[class], take)
            || self.pytest_paths(class, b"", take)
            || [file, suite].into_iter().any(|part| self.offer(Precision::Part, &[part], take))
            || self.pytest_files(class, take)
            || (!name.is_empty()
                && take(Name { bytes: name, precision: Precision::Test, kind: Kind::Words }))
    }

    /// pytest writes `tests.test_a.TestC` for `tests/test_a.py::TestC`, and no file (its `xunit2`
    /// family). Which dots were slashes is not written, so each reading is offered, the longest
    /// path first; with `name`, the test in it, and without, the class or file.
    fn pytest_paths(&mut self, class: &[u8], name: &[u8], take: Take<'_>) -> bool {
        dots(class).any(|dot| {
            self.pytest_path(class, dot);
            if name.is_empty() {
                return self.made(Precision::Part, take);
            }
            self.name.extend_from_slice(b"::");
            self.name.extend_from_slice(name);
            self.made(Precision::Test, take)
        })
    }

    /// The same without the classes: the file alone.
    fn pytest_files(&mut self, class: &[u8], take: Take<'_>) -> bool {
        dots(class).filter(|dot| *dot < class.len()).any(|dot| {
            self.pytest_path(class.split_at(dot).0, dot);
            self.made(Precision::Part, take)
        })
    }

    /// Dots before `end` are slashes, those after it colons.
    fn pytest_path(&mut self, class: &[u8], end: usize) {
        self.name.clear();
        let (path, classes) = class.split_at(end.min(class.len()));
        self.name.extend(path.iter().map(|byte| if *byte == b'.' { b'/' } else { *byte }));
        self.name.extend_from_slice(b".py");
        for byte in classes {
            let colons: &[u8] = b"::";
            let byte = if *byte == b'.' { colons } else { std::slice::from_ref(byte) };
            self.name.extend_from_slice(byte);
        }
    }
}

/// File, suite, class and name; empty where there is none.
fn parts(Case { file, suite, class, name }: &Case) -> [&[u8]; 4] {
    let shared = [file, suite].map(|part| part.as_ref().map_or(&b""[..], |part| part.as_slice()));
    let own = [class, name].map(|part| part.as_ref().map_or(&b""[..], |part| part.as_slice()));
    let ([file, suite], [class, name]) = (shared, own);
    [file, suite, class, name]
}

/// Where the path may end in pytest's dotted name: at its end, then at each dot from the last on.
/// None in a name with more dots than folders and classes have.
fn dots(class: &[u8]) -> impl Iterator<Item = usize> {
    const MOST: usize = 64;
    let is_deep = class.iter().filter(|byte| **byte == b'.').nth(MOST).is_some();
    let ends = if class.is_empty() || is_deep { 0..0 } else { 0..class.len() + 1 };
    ends.rev().filter(|end| class.get(*end).is_none_or(|byte| *byte == b'.'))
}

/// Whether `class` is a class in the Python module `file`: `tests.a.TestC` in `tests/a.py`.
fn is_within(class: &[u8], file: &[u8]) -> bool {
    let Some(module) = file.strip_suffix(b".py") else { return false };
    let module = module.strip_prefix(b"./").unwrap_or(module);
    class.len() > module.len()
        && class.get(module.len()) == Some(&b'.')
        && class
            .iter()
            .zip(module)
            .all(|(a, b)| a == b || (*a == b'.' && matches!(b, b'/' | b'\\')))
}

/// What makes a sample the same test in another report, whatever its format: a digest of
/// `tests.a.TestC.test_x`, which both pytest's report and its node id come to. A suite's name may
/// tell the run, so it counts only where there is no other.
pub(crate) fn test_hash(identity: &Identity) -> u128 {
    let mut test = Vec::with_capacity(128);
    match identity {
        Identity::Key(key) => push_dotted(&mut test, key),
        Identity::Case(case) => {
            let [file, suite, class, name] = parts(case);
            let owner = [class, file, suite].into_iter().find(|owner| !owner.is_empty());
            push_dotted(&mut test, owner.unwrap_or_default());
            test.push(b'.');
            test.extend_from_slice(name);
        }
    }
    let digest: [u8; 32] = Sha256::digest(&test).into();
    let (half, _) = digest.split_at(16);
    half.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// A node id with dots for its separators, up to a parameter.
fn push_dotted(test: &mut Vec<u8>, name: &[u8]) {
    let (id, parameter) = name.split_at(name.find_byte(b'[').unwrap_or(name.len()));
    let mut rest = id;
    while let Some(first) = rest.first() {
        let separators: [&[u8]; 4] = [b".py::", b"::", b"/", b"\\"];
        let separator = separators.into_iter().find(|separator| rest.starts_with(separator));
        test.push(if separator.is_some() { b'.' } else { *first });
        rest = rest.get(separator.map_or(1, <[u8]>::len)..).unwrap_or_default();
    }
    test.extend_from_slice(parameter);
}
