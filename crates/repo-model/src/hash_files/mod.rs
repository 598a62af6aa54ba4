//! Patterns for files as users of GitHub's `hashFiles()` write them, which walks with `@actions/glob`.
//!
//! Sources: `@actions/glob` 0.7.0 (`internal-globber`, `internal-pattern`, `internal-pattern-helper`), whose
//! segments are matched by minimatch 10 with `dot`, `nobrace`, `noext`, `nocomment` and `nonegate`, and
//! actions/runner's `hashFiles` function, whose bundle is of November 2025 and holds `@actions/glob`
//! 0.4 with minimatch 3.1. [`HashPatterns`] gives the answer of both, on systems whose paths have `/`:
//!
//! - A list has one pattern a line; `#` begins a comment, `!` takes away again what came before.
//! - `*` and `?` stay within one name, `**` does not, `[a-z]` chooses; there are no braces and no
//!   groups. Names that begin with a dot are matched. `\` takes the next letter as it is.
//! - A pattern without `/` in front begins in the working directory, `~/` in the home folder. What it
//!   names counts with everything below it; with `/` at its end only if it is a folder.
//! - A letter is a UTF-16 code unit, as in JavaScript: `?` is half of an emoji.
//!
//! Where the two versions of minimatch read a pattern differently it is refused: [`Why::Disputed`]. These are
//! `[[:alpha:]]`, `[z-a]`, `[!]]`, most `\` between brackets, `\@`, a `[` that is never closed and has
//! wildcards behind it, or before it and nothing behind, and `\` behind a leading `*` or `?`. One difference is left, because it lies in the
//! name of a file and not in a pattern: minimatch 3 lets no wildcard match a name that begins with a line
//! break. Here it matches.
//!
//! The way is another one than minimatch's: all patterns walk at once, one name at a time, and what is known
//! of a folder ([`Position`]) is never worked out again for what lies in it.

mod line;
mod literal;
mod segment;
mod walk;

pub use line::{Why, WrongPattern};
pub use walk::{HashPatterns, Position};
