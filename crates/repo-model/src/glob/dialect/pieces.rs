//! The pieces of expressions that picomatch joins, with `{ dot: true }` on a system with `/`.

/// One character of a name.
pub(in crate::glob) const ONE: &str = "[^/]";
/// Any number of characters of a name.
pub(in crate::glob) const STAR: &str = "[^/]*?";
/// At least one character follows.
pub(in crate::glob) const NOT_END: &str = "(?=.)";
pub(in crate::glob) const DOT: &str = "\\.";
pub(in crate::glob) const SLASH: &str = "\\/";
pub(in crate::glob) const PLUS: &str = "\\+";
/// Neither a name `.` nor a name `..` follows, after a `/` or at the beginning.
pub(in crate::glob) const NO_DOTS: &str = "(?!(?:^|\\/)\\.{1,2}(?:\\/|$))";
/// Neither a name `.` nor a name `..` begins here.
pub(in crate::glob) const NO_DOTS_SLASH: &str = "(?!\\.{1,2}(?:\\/|$))";
/// What follows is not the end of a name `.` or `..`, of which one dot has been read.
pub(in crate::glob) const NO_DOT_SLASH: &str = "(?!\\.{0,1}(?:\\/|$))";
/// Any characters, whole names and parts of them.
pub(in crate::glob) const GLOBSTAR: &str = "(?:(?:(?!(?:^|\\/)\\.{1,2}(?:\\/|$)).)*?)";
