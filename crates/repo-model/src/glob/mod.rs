//! Patterns for paths as users of dorny/paths-filter write them, which matches each with
//! `picomatch(pattern, { dot: true })`.
//!
//! [`Glob`] gives picomatch's answer (4.0.7) for every pattern and every path that git can have, with
//! these differences:
//!
//! - "Any character" is also a line feed, a carriage return, U+2028 and U+2029, as if picomatch's
//!   option `flags` were `s`. Without it `**` does not match a name with a line feed, so that a file
//!   can hide from a filter.
//! - A byte that is no part of UTF-8 is one character of its own. JavaScript never sees it: it has
//!   been replaced by U+FFFD.
//! - Where picomatch never ends (four or more `\` at the end, some classes that are not closed), or
//!   dies of an error of its own, the pattern is refused. So are patterns with more than 200 open
//!   groups, or whose expression has more than 65536 steps.
//! - A pattern that refers back to a group (`(a|b)\1`) matches a path for which the search would
//!   take more than a million steps.
//! - Names of groups are letters and digits, without escapes, and no two groups have the same, which
//!   newer versions of node allow in different branches. Expressions too large for V8 are not too
//!   large here.
//!
//! The way is that of picomatch: [`dialect`] makes a JavaScript expression of the pattern by the same
//! rules, and [`expression`] reads it. From there it is another one: no expression is ever tried out
//! by going back. [`backward`] runs over the path once; what it cannot run, [`search`] searches with a
//! memory.

mod backward;
mod beginnings;
mod dialect;
mod expression;
mod pattern;
mod program;
mod search;
mod set;
mod text;
mod units;

pub use pattern::{Glob, NotAGlob, OnlyItself};
pub use set::GlobSet;
