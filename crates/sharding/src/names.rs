//! The names that a sample may have in a list of items, the most precise first.
//!
//! A report and a list of items come from different tools, which rarely name a test the same way:
//! cargo-nextest lists `binary test`, pytest `path::Class::test`, Maven `class.test`, and a list may
//! hold classes, files or suites instead of tests. So the same report serves all of them.

use bstr::{BString, ByteSlice as _};
use repo_model::RepoPath;
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

/// How a name is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It begins with what may be a path, which may be spelled in several ways.
    Path,
    /// It is what [`dotted`] makes of a pytest node id.
    Dotted,
    /// Words of a person.
    Words,
}

/// Of a longer name only the whole is offered, not what it is part of: no path is as long.
const LONGEST: usize = 4096;

/// How many levels of classes and folders are looked through.
const MOST_LEVELS: usize = 64;

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

    fn offer(&mut self, offer: (Precision, Kind), parts: &[&[u8]], take: Take<'_>) -> bool {
        self.name.clear();
        for part in parts {
            self.name.extend_from_slice(part);
        }
        let (precision, kind) = offer;
        !self.name.is_empty() && take(Name { bytes: &self.name, precision, kind })
    }

    /// A pytest node id and what it is part of: `a.py::C::t[1]`, `a.py::C::t`, `a.py::C`, `a.py`.
    fn prefixes(&mut self, key: &BString, take: Take<'_>) -> bool {
        if self.offer((Precision::Test, Kind::Path), &[key], take) {
            return true;
        }
        // A parameter may hold colons too: `a.py::t[x::y]`.
        let (id, _) = split_id(key);
        if key.len() > LONGEST {
            return false;
        }
        let whole = (id.len() < key.len()).then_some(id);
        let parts = std::iter::successors(owner(id), |part| owner(part)).take(MOST_LEVELS);
        let mut parts = whole.into_iter().chain(parts);
        parts.any(|part| self.offer((Precision::Part, Kind::Path), &[part], take))
    }

    fn case(&mut self, case: &Case, take: Take<'_>) -> bool {
        use Kind::{Dotted, Path, Words};
        use Precision::{Part, Test};
        let [file, suite, class, name] = parts(case);
        let function = without_parameter(name);
        // A file that the report names says more than a class whose dots may be slashes.
        let classes = classes_within(class, file);
        if let Some(classes) = classes {
            let classes = classes.replace(b".", b"::");
            let between: &[u8] = if classes.is_empty() { b"" } else { b"::" };
            if self.offer((Test, Path), &[file, between, &classes, b"::", name], take)
                || self.offer((Part, Path), &[file, between, &classes, b"::", function], take)
            {
                return true;
            }
        }
        // pytest's node id, the test itself or its function without a parameter.
        if !class.is_empty()
            && (self.offer((Test, Dotted), &[class, b".", name], take)
                || self.offer((Part, Dotted), &[class, b".", function], take))
        {
            return true;
        }
        if self.special(case, take) {
            return true;
        }
        // A method of a class in this file is not the file's function of the same name.
        let is_method = classes.is_some_and(|classes| !classes.is_empty());
        let file_of_test = if is_method { &b""[..] } else { file };
        for owner in [file_of_test, class, suite].into_iter().filter(|owner| !owner.is_empty()) {
            // The second is cargo-nextest's way: binary id, space, name.
            if self.offer((Test, Path), &[owner, b"::", name], take)
                || self.offer((Test, Path), &[owner, b" ", name], take)
            {
                return true;
            }
        }
        let file_has_function = !file_of_test.is_empty() && function.len() < name.len();
        // Maven, Gradle: `com.example.AppTest.works`.
        (!class.is_empty() && self.offer((Test, Path), &[class, b".", name], take))
            || (!class.is_empty()
                && function.len() < name.len()
                && self.offer((Part, Path), &[class, b".", function], take))
            || (file_has_function && self.offer((Part, Path), &[file, b"::", function], take))
            // `node --test` calls every class `test`: a word says less than a file.
            || (!is_qualified(class) && self.offer((Part, Path), &[file], take))
            || self.offer((Part, Path), &[class], take)
            || self.offer((Part, Dotted), &[class], take)
            || self.offer((Part, Path), &[file], take)
            || self.offer((Part, Path), &[suite], take)
            || (file.is_empty() && self.modules(class, take))
            || self.offer((Test, Words), &[name], take)
    }

    /// Names that one tool's list has and no other's.
    fn special(&mut self, case: &Case, take: Take<'_>) -> bool {
        use Kind::Path;
        use Precision::{Part, Test};
        let [file, suite, class, name] = parts(case);
        // Playwright: `[project] › file › title`. Its JSON has the project as class, its JUnit as host.
        let host = case.host.as_ref().map_or(&b""[..], |host| host.as_slice());
        let [open, project, close] =
            if class.starts_with(b"[") { [b"", class, b""] } else { [&b"["[..], host, b"]"] };
        let arrow = " › ".as_bytes();
        for path in [file, suite].into_iter().filter(|path| !path.is_empty()) {
            if self.offer((Test, Path), &[open, project, close, arrow, path, arrow, name], take) {
                return true;
            }
        }
        // Forge: `file:Contract:test`, where the report has `test()`.
        if let Some(call) = name.find_byte(b'(').and_then(|at| name.get(..at))
            && self.offer((Test, Path), &[suite, b":", call], take)
        {
            return true;
        }
        // Go: a subtest is a part of its test.
        if let Some(test) = name.find_byte(b'/').and_then(|at| name.get(..at))
            && self.offer((Part, Path), &[class, b" ", test], take)
        {
            return true;
        }
        // nextest's JSON: `package::crate` may be the package's library, a program or a file of tests.
        let Some((package, program)) = class.split_once_str("::") else { return false };
        let is_library = package.replace(b"-", b"_") == program;
        (is_library && self.offer((Test, Path), &[package, b" ", name], take))
            || self.offer((Test, Path), &[package, b"::bin/", program, b" ", name], take)
    }

    /// What a dotted class is in: `tests.a.C.D` is in `tests.a.C`, in `tests.a`.
    fn modules(&mut self, class: &[u8], take: Take<'_>) -> bool {
        if class.len() > LONGEST {
            return false;
        }
        let dots = class.iter().enumerate().rev().filter(|(_, byte)| **byte == b'.');
        let mut modules = dots.filter_map(|(dot, _)| class.get(..dot)).take(MOST_LEVELS);
        modules.any(|module| self.offer((Precision::Part, Kind::Dotted), &[module], take))
    }
}

/// What a node id is part of: what stands before its last `::`.
fn owner(id: &[u8]) -> Option<&[u8]> {
    let colons = id.windows(2).rposition(|pair| pair == b"::")?;
    id.get(..colons)
}

/// Whether a class's name says where it is.
fn is_qualified(class: &[u8]) -> bool {
    class.iter().any(|byte| matches!(byte, b'.' | b':' | b'/' | b'\\'))
}

/// A node id and its parameter: `a.py::t` and `[1]`. A path may hold brackets of its own.
fn split_id(id: &[u8]) -> (&[u8], &[u8]) {
    let (path, rest) = id.split_at(path_of(id).len());
    id.split_at(path.len() + without_parameter(rest).len())
}

/// A test's name up to its parameter: `t` of `t[1]`.
fn without_parameter(name: &[u8]) -> &[u8] {
    name.find_byte(b'[').map_or(name, |at| name.split_at(at).0)
}

/// The sample's test as its report writes it, to be shown: `file::name`, `class.name`.
pub(crate) fn reported(identity: &Identity) -> BString {
    match identity {
        Identity::Key(key) => key.clone(),
        Identity::Case(case) => {
            let [file, suite, class, name] = parts(case);
            let owners: [(&[u8], &[u8]); 3] = [(file, b"::"), (class, b"."), (suite, b".")];
            let owner = owners.into_iter().find(|(owner, _)| !owner.is_empty());
            let (owner, separator) = owner.unwrap_or_default();
            [owner, separator, name].concat().into()
        }
    }
}

/// File, suite, class and name; empty where there is none.
pub(crate) fn parts(Case { file, suite, class, name, host: _ }: &Case) -> [&[u8]; 4] {
    let shared = [file, suite].map(|part| part.as_ref().map_or(&b""[..], |part| part.as_slice()));
    let own = [class, name].map(|part| part.as_ref().map_or(&b""[..], |part| part.as_slice()));
    let ([file, suite], [class, name]) = (shared, own);
    [file, suite, class, name]
}

/// The classes of `class` in the Python module `file`: `TestC` of `tests.a.TestC` in `tests/a.py`,
/// nothing at all of `tests.a`; nothing if it is no class of that file.
fn classes_within<'c>(class: &'c [u8], file: &[u8]) -> Option<&'c [u8]> {
    let module = file.strip_suffix(b".py")?;
    let module = module.strip_prefix(b"./").unwrap_or(module);
    let (own, rest) = class.split_at_checked(module.len())?;
    let is_same = |(a, b): (&u8, &u8)| a == b || (*a == b'.' && matches!(b, b'/' | b'\\'));
    if module.is_empty() || !own.iter().zip(module).all(is_same) {
        return None;
    }
    if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b".") }
}

/// What makes a sample the same test in another report, whatever its format: a digest of
/// `tests.a.TestC.test_x`, which both pytest's report and its node id come to. A suite's name may
/// tell the run, so it counts only where there is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TestId(u128);

impl TestId {
    /// The test that a report names so.
    pub fn of(identity: &Identity) -> Self {
        let test = match identity {
            Identity::Key(key) => dotted(key),
            Identity::Case(case) => {
                let [file, suite, class, name] = parts(case);
                let mut test = Vec::new();
                // Titles are no names: two files may have the same. A Python class names its file.
                if !file.is_empty() && classes_within(class, file).is_none() {
                    test = dotted(file);
                    test.push(b'.');
                }
                let other = if file.is_empty() { suite } else { b"" };
                let owner = if class.is_empty() { other } else { class };
                test.extend_from_slice(&dotted(owner));
                test.push(b'.');
                test.extend_from_slice(name);
                test
            }
        };
        let digest: [u8; 32] = Sha256::digest(&test).into();
        let (half, _) = digest.split_at(16);
        Self(half.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)))
    }
}

/// A pytest node id as its report writes it: `tests.a.TestC.test_x[1]` for
/// `./tests/a.py::TestC::test_x[1]`. Which dots were slashes cannot be told from it.
pub(crate) fn dotted(id: &[u8]) -> Vec<u8> {
    let (id, parameter) = split_id(id);
    let (path, classes) = id.split_at(path_of(id).len());
    let normal = RepoPath::normalized(path);
    let path = normal.as_ref().map_or(path, RepoPath::as_bytes);
    let path = path.strip_suffix(b".py").unwrap_or(path);
    let mut dotted = path.replace(b"/", b".");
    dotted.extend_from_slice(&classes.replace(b"::", b"."));
    dotted.extend_from_slice(parameter);
    dotted
}

/// The part of a name that may be a path: what stands before the first `::`.
pub(crate) fn path_of(name: &[u8]) -> &[u8] {
    let colons = name.windows(2).position(|pair| pair == b"::");
    colons.map_or(name, |colons| name.split_at(colons).0)
}
