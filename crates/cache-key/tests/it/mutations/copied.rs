//! What holds for packages of the repository that are copied when they are installed, whoever does it.

use super::Edit::Write;
use super::Expect::{Dependencies, Same};
use super::Row;

const ITS_CODE: &str = "nothing else says what is in it, and what is installed is taken as right";

/// A package in `lib`, and a patch in `fixes`.
pub(super) const NODE: &[Row] = &[
    ("its code", &[Write("lib/i.js", "2\n")], Dependencies, ITS_CODE),
    ("a patch", &[Write("fixes/ms.patch", "2\n")], Dependencies, "it changes a package"),
];

/// A package in `lib`, and one in `own` that is linked.
pub(super) const PYTHON: &[Row] = &[
    ("its code", &[Write("lib/lib.py", "2\n")], Dependencies, ITS_CODE),
    ("code that is linked", &[Write("own/own.py", "2\n")], Same, "it is taken from where it is"),
];
