//! Which lines of which files a change adds or alters, read from a unified diff.
//!
//! The form is that of `git diff` (gitdiffcore(7), git-diff(1), "Generating patch text with -p"), with
//! and without context, names quoted as git quotes them, files added, deleted, renamed, binary. How long
//! each part of a file is stands in its head, so a diff that was cut off is refused. A combined diff of
//! a merge says of no line whether it is new, and is refused.

use std::collections::BTreeMap;

use bstr::ByteSlice as _;

use crate::RepoPath;

/// The lines that a change adds or alters, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedLines {
    files: BTreeMap<RepoPath, Vec<LineRange>>,
}

/// Lines that follow each other, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineRange {
    /// The first of them.
    pub first: u64,
    /// The last of them.
    pub last: u64,
}

/// Why bytes are not a unified diff of git.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why} in line {line} of the diff")]
pub struct NotADiff {
    /// What is wrong.
    pub why: &'static str,
    /// Where, from 1.
    pub line: u64,
}

/// How many lines a diff may have: git itself stops being of use long before.
const MOST_LINES: u64 = 50_000_000;

impl ChangedLines {
    /// Reads a unified diff. What stands before the first `diff --git`, as a mail's head does, is passed
    /// over. Each file that is there after the change is in the answer, whether or not lines of it
    /// changed; one that was deleted is not.
    ///
    /// # Errors
    /// When it is a combined diff, is cut off, or is none.
    pub fn read(diff: &[u8]) -> Result<Self, NotADiff> {
        let mut reader = Reader::default();
        // A line break ends a line; other bytes, `\r` too, are part of it.
        let mut lines = diff.split_inclusive(|byte| *byte == b'\n');
        for line in lines.by_ref() {
            reader.line += 1;
            if reader.line > MOST_LINES {
                return Err(reader.wrong("more lines than any diff has"));
            }
            let is_whole = line.ends_with(b"\n");
            reader.take(line.strip_suffix(b"\n").unwrap_or(line), is_whole)?;
        }
        reader.end()
    }

    /// The lines of a file that were added or altered, in order; nothing if the change does not have the
    /// file.
    pub fn of(&self, path: &[u8]) -> Option<&[LineRange]> {
        let path = RepoPath::of_git(path).ok()?;
        self.files.get(&path).map(Vec::as_slice)
    }

    /// Every file that is there after the change, in the order of their paths, with its lines.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &[LineRange])> {
        self.files.iter().map(|(path, ranges)| (path, ranges.as_slice()))
    }

    /// Whether a line was added or altered.
    pub fn contains(&self, path: &[u8], line: u64) -> bool {
        let ranges = self.of(path).unwrap_or_default();
        let after = ranges.partition_point(|range| range.last < line);
        ranges.get(after).is_some_and(|range| range.first <= line)
    }

    /// Whether no file is there that was changed.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

#[derive(Default)]
struct Reader {
    files: BTreeMap<RepoPath, Vec<LineRange>>,
    line: u64,
    file: Option<File>,
    hunk: Hunk,
}

/// The file whose part of the diff is being read.
#[derive(Default)]
struct File {
    /// The path after the change, if a line says it for certain.
    path: Option<Vec<u8>>,
    /// What stands behind `diff --git`: the only place that names a file that is empty or whose mode
    /// alone changed.
    names: Vec<u8>,
    is_deleted: bool,
    ranges: Vec<LineRange>,
}

/// What is still to come of a hunk.
#[derive(Default)]
struct Hunk {
    old: u64,
    new: u64,
    /// The number of the next line of the new file.
    next: u64,
}

impl Reader {
    fn wrong(&self, why: &'static str) -> NotADiff {
        NotADiff { why, line: self.line }
    }

    fn take(&mut self, line: &[u8], is_whole: bool) -> Result<(), NotADiff> {
        if self.hunk.old > 0 || self.hunk.new > 0 {
            return self.content(line, is_whole);
        }
        if !is_whole {
            // git ends every line, but for the content of a hunk it says so.
            return Err(self.wrong("the end within a line"));
        }
        if line.starts_with(b"diff --cc ") || line.starts_with(b"diff --combined ") {
            return Err(self.wrong("a combined diff, which says of no line whether it is new"));
        }
        if let Some(names) = line.strip_prefix(b"diff --git ") {
            self.end_file()?;
            self.file = Some(File { names: names.to_vec(), ..File::default() });
            return Ok(());
        }
        let line_number = self.line;
        let wrong = |why| NotADiff { why, line: line_number };
        let Some(file) = &mut self.file else { return Ok(()) };
        if let Some(head) = line.strip_prefix(b"@@ ") {
            if file.path.is_none() && !file.is_deleted {
                return Err(wrong("lines of a file without a name"));
            }
            self.hunk = hunk(head).ok_or(wrong("a head of lines that cannot be read"))?;
            return Ok(());
        }
        if line.starts_with(b"@@@") {
            return Err(wrong("a combined diff, which says of no line whether it is new"));
        }
        if let Some(name) = line.strip_prefix(b"--- ") {
            unquoted(name).ok_or(wrong("a name that cannot be read"))?;
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            let name = unquoted(name).ok_or(wrong("a name that cannot be read"))?;
            if name == b"/dev/null" {
                file.is_deleted = true;
            } else {
                file.path = Some(without_prefix(&name).to_vec());
            }
        } else if let Some(name) =
            line.strip_prefix(b"rename to ").or_else(|| line.strip_prefix(b"copy to "))
        {
            let name = unquoted(name).ok_or(wrong("a name that cannot be read"))?;
            file.path = Some(name);
        } else if line.starts_with(b"deleted file mode ") {
            file.is_deleted = true;
        }
        Ok(())
    }

    /// A line of a hunk.
    fn content(&mut self, line: &[u8], is_whole: bool) -> Result<(), NotADiff> {
        let line_number = self.line;
        let short = NotADiff { why: "the end within the lines of a file", line: line_number };
        let hunk = &mut self.hunk;
        if !is_whole {
            return Err(short);
        }
        match line.first() {
            Some(b'+') => {
                hunk.new = hunk.new.checked_sub(1).ok_or(short)?;
                if let Some(file) = &mut self.file {
                    match file.ranges.last_mut() {
                        Some(range) if range.last + 1 == hunk.next => range.last = hunk.next,
                        _ => file.ranges.push(LineRange { first: hunk.next, last: hunk.next }),
                    }
                }
                hunk.next += 1;
            }
            Some(b'-') => hunk.old = hunk.old.checked_sub(1).ok_or(short)?,
            // An editor may have taken the space of an empty line.
            Some(b' ') | None => {
                hunk.old = hunk.old.checked_sub(1).ok_or(short)?;
                hunk.new = hunk.new.checked_sub(1).ok_or(short)?;
                hunk.next += 1;
            }
            // `\ No newline at end of file`, in whatever language.
            Some(b'\\') => {}
            Some(_) => return Err(short),
        }
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), NotADiff> {
        let Some(file) = self.file.take() else { return Ok(()) };
        if file.is_deleted {
            return Ok(());
        }
        let wrong = self.wrong("a file whose name cannot be read");
        let path = match file.path {
            Some(path) => path,
            None => same_name(&file.names).ok_or(wrong)?,
        };
        let path = RepoPath::of_git(&path).map_err(|_| wrong)?;
        // A file that became another type is there twice: deleted and added.
        let ranges = self.files.entry(path).or_default();
        let is_after = |range: &LineRange| ranges.last().is_none_or(|last| last.last < range.first);
        if !file.ranges.first().is_none_or(is_after) || !file.ranges.is_sorted_by(follows) {
            return Err(self.wrong("lines of a file that are not in order"));
        }
        ranges.extend(file.ranges);
        Ok(())
    }

    fn end(mut self) -> Result<ChangedLines, NotADiff> {
        if self.hunk.old > 0 || self.hunk.new > 0 {
            return Err(self.wrong("the end within the lines of a file"));
        }
        if self.file.is_none() && self.line > 0 {
            return Err(self.wrong("no `diff --git`"));
        }
        self.end_file()?;
        Ok(ChangedLines { files: self.files })
    }
}

fn follows(one: &LineRange, other: &LineRange) -> bool {
    one.last < other.first
}

/// `-a,b +c,d @@ ...`: from which line how many lines are there; one if their number is left out.
fn hunk(head: &[u8]) -> Option<Hunk> {
    let (ranges, _) = head.split_once_str(" @@")?;
    let (old, new) = ranges.split_once_str(" ")?;
    let (_, old) = range(old.strip_prefix(b"-")?)?;
    let (next, new) = range(new.strip_prefix(b"+")?)?;
    // Numbers of lines never come near the end of what can be counted.
    (next.checked_add(new)? < u64::MAX / 2).then_some(Hunk { old, new, next })
}

fn range(text: &[u8]) -> Option<(u64, u64)> {
    match text.split_once_str(",") {
        Some((start, count)) => Some((number(start)?, number(count)?)),
        None => Some((number(text)?, 1)),
    }
}

fn number(text: &[u8]) -> Option<u64> {
    if !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The name without the `b/` that git puts before it unless it is told otherwise.
fn without_prefix(name: &[u8]) -> &[u8] {
    name.strip_prefix(b"b/").unwrap_or(name)
}

/// A name as git writes it: in quotes if it holds what would be misread (quote.c, `quote_c_style`), and
/// with a tab behind it if it holds a space.
fn unquoted(name: &[u8]) -> Option<Vec<u8>> {
    let name = name.strip_suffix(b"\t").unwrap_or(name);
    if !name.starts_with(b"\"") {
        return Some(name.to_vec());
    }
    let (unquoted, rest) = quoted(name)?;
    rest.is_empty().then_some(unquoted)
}

/// The quoted name with which `text` begins, and what follows.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut name = Vec::new();
    let mut rest = text.strip_prefix(b"\"")?;
    loop {
        let (byte, after) = rest.split_first()?;
        rest = after;
        match byte {
            b'"' => return Some((name, rest)),
            b'\\' => {
                let (escape, after) = rest.split_first()?;
                rest = after;
                name.push(match escape {
                    b'a' => 7,
                    b'b' => 8,
                    b't' => b'\t',
                    b'n' => b'\n',
                    b'v' => 11,
                    b'f' => 12,
                    b'r' => b'\r',
                    b'"' | b'\\' => *escape,
                    b'0'..=b'3' => {
                        let (digits, after) = rest.split_at_checked(2)?;
                        rest = after;
                        digits.iter().try_fold(escape - b'0', |value, digit| match digit {
                            b'0'..=b'7' => Some(value * 8 + (digit - b'0')),
                            _ => None,
                        })?
                    }
                    _ => return None,
                });
            }
            _ => name.push(*byte),
        }
    }
}

/// The name in `a/<name> b/<name>`, where both are the same: so they are unless a line below says
/// otherwise.
fn same_name(names: &[u8]) -> Option<Vec<u8>> {
    if names.starts_with(b"\"") {
        let (old, rest) = quoted(names)?;
        let (new, rest) = quoted(rest.strip_prefix(b" ")?)?;
        let is_same = old.strip_prefix(b"a/") == new.strip_prefix(b"b/") || old == new;
        return (rest.is_empty() && is_same).then(|| without_prefix(&new).to_vec());
    }
    // Both halves are equally long, with a space between.
    let half = names.len().checked_sub(1)? / 2;
    let (old, new) = names.split_at_checked(half)?;
    let new = new.strip_prefix(b" ")?;
    if old == new {
        return Some(new.to_vec());
    }
    let (old, new) = (old.strip_prefix(b"a/")?, new.strip_prefix(b"b/")?);
    (old == new).then(|| new.to_vec())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests write scratch files")]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use testkit::Repository;

    use super::*;

    #[track_caller]
    fn check(diff: &str, wanted: &[(&str, &[(u64, u64)])]) {
        let read = ChangedLines::read(diff.as_bytes()).unwrap();
        assert_eq!(read.files().count(), wanted.len(), "{diff}");
        for ((path, ranges), (wanted_path, wanted)) in read.files().zip(wanted) {
            let ranges: Vec<(u64, u64)> =
                ranges.iter().map(|range| (range.first, range.last)).collect();
            assert_eq!((path.as_bytes(), ranges.as_slice()), (wanted_path.as_bytes(), *wanted));
        }
    }

    #[test]
    fn lines_with_a_plus_are_those_that_changed() {
        check("", &[]);
        check(
            "diff --git a/a b/a\nindex 1..2 100644\n--- a/a\n+++ b/a\n@@ -1,3 +1,4 @@ fn x\n x\n-y\n+y1\n+y2\n z\n@@ -9 +10,2 @@\n+p\n q\n",
            &[("a", &[(2, 3), (10, 10)])],
        );
        check("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -3 +2,0 @@\n-x\n", &[("a", &[])]);
        check(
            "mail\n\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n",
            &[("a", &[(1, 1)])],
        );
    }

    #[test]
    fn lines_that_look_like_heads_are_lines() {
        check(
            "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n--- b\n-diff --git a/x b/x\n+++ c\n+@@ -1 +1 @@\r\n",
            &[("a", &[(1, 2)])],
        );
    }

    #[test]
    fn files_are_found_whatever_happened_to_them() {
        check(
            "diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n",
            &[("new", &[])],
        );
        check(
            "diff --git a/x b/x\ndeleted file mode 100644\nindex 1..0\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
            &[],
        );
        check(
            "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+x\n+y\n",
            &[("x", &[(1, 2)])],
        );
        check("diff --git a/a b b/a b\nold mode 100644\nnew mode 100755\n", &[("a b", &[])]);
        check(
            "diff --git a/i.png b/i.png\nindex 1..2 100644\nBinary files a/i.png and b/i.png differ\n",
            &[("i.png", &[])],
        );
        check(
            "diff --git \"a/\\303\\244\\t\\\"\" \"b/\\303\\244\\t\\\"\"\nnew file mode 100644\n",
            &[("ä\t\"", &[])],
        );
        check(
            "diff --git a/a b b/a b\n--- a/a b\t\n+++ b/a b\t\n@@ -0,0 +1 @@\n+x\n",
            &[("a b", &[(1, 1)])],
        );
        check("diff --git x x\n--- x\n+++ x\n@@ -0,0 +1 @@\n+x\n", &[("x", &[(1, 1)])]);
    }

    #[track_caller]
    fn check_wrong(diff: &str, why: &str, line: u64) {
        let wrong = ChangedLines::read(diff.as_bytes()).unwrap_err();
        assert_eq!((wrong.why, wrong.line), (why, line), "{diff}");
    }

    #[test]
    fn what_is_no_diff_is_refused() {
        let combined = "a combined diff, which says of no line whether it is new";
        let cut = "the end within the lines of a file";
        check_wrong("diff --cc a\n", combined, 1);
        check_wrong("diff --git a/a b/a\n@@@ -1 -1 +1 @@@\n", combined, 2);
        check_wrong("error: no such commit\n", "no `diff --git`", 1);
        check_wrong("diff --git a/a b/a\n+++ b/a\n@@ -1 +1 @@\n-x\n", cut, 4);
        check_wrong("diff --git a/a b/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y", cut, 5);
        check_wrong("diff --git a/a b/a\n+++ b/a\n@@ -1 +1 @@\n-x\ndiff", cut, 5);
        check_wrong(
            "diff --git a/a b/a\n+++ b/a\n@@ -1 +1,99999999999999999999 @@\n",
            "a head of lines that cannot be read",
            3,
        );
        check_wrong("diff --git a/a b/a\n@@ -1 +1 @@\n", "lines of a file without a name", 2);
        check_wrong("diff --git a/a b/../b\n", "a file whose name cannot be read", 1);
        check_wrong("diff --git a/a b/a\n+++ \"b/\\9\"\n", "a name that cannot be read", 2);
        check_wrong("diff --git a/a b/a\nold mode", "the end within a line", 2);
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        let line =
            proptest::sample::select(vec!["a", "b", "", "-- x", "++ y", "@@ -1 +1 @@", "c\r"]);
        (vec(line, 0..30), any::<bool>()).prop_map(|(lines, ends)| {
            let mut text = lines.join("\n").into_bytes();
            if ends {
                text.push(b'\n');
            }
            text
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// The lines that are not said to be new are those of the old file, in order.
        #[test]
        fn what_git_says_is_read_with_and_without_context(
            old in text(), new in text(), other in text(),
            name in proptest::sample::select(vec!["a", "a b", "ä\"\t", "d/x -> y", "b/b"]),
        ) {
            let repository = Repository::new();
            let write = |path: &str, bytes: &[u8]| {
                let path = repository.path().join(path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, bytes).unwrap();
            };
            write(name, &old);
            write("gone", &other);
            repository.git(&["add", "--all"]);
            repository.git(&["commit", "--quiet", "--allow-empty", "-m", "old"]);
            write(name, &new);
            write("fresh", b"new\nfile\n");
            std::fs::remove_file(repository.path().join("gone")).unwrap();
            repository.git(&["add", "--all"]);
            let diff = |context: &str| {
                let words = ["diff", "--cached", "--no-renames", context];
                ChangedLines::read(&repository.git_bytes(&words, b"")).unwrap()
            };
            let without = diff("-U0");
            prop_assert_eq!(&without, &diff("-U3"));
            prop_assert_eq!(&without, &diff("-U99"));
            prop_assert_eq!(without.of(b"gone"), None);
            prop_assert_eq!(without.of(b"fresh"), Some(&[LineRange { first: 1, last: 2 }][..]));
            prop_assert_eq!(without.of(name.as_bytes()).is_some(), old != new);
            // Without the new lines, what is left is a part of the old file.
            let lines: Vec<&[u8]> = new.split_inclusive(|byte| *byte == b'\n').collect();
            let mut olds = old.split_inclusive(|byte| *byte == b'\n');
            for (number, line) in (1..).zip(&lines) {
                if !without.contains(name.as_bytes(), number) {
                    prop_assert!(olds.any(|old| old == *line), "line {number}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn any_lines_are_read_or_refused(lines in vec(proptest::sample::select(vec![
            "diff --git a/a b/a\n", "diff --git a/b b/c\n", "--- a/a\n", "+++ b/a\n", "+++ /dev/null\n",
            "@@ -1 +1 @@\n", "@@ -0,0 +1,2 @@\n", "@@ -5,1 +4,0 @@\n", "+x\n", "-x\n", " x\n", "\n",
            "\\ No newline\n", "rename to c\n", "deleted file mode 1\n", "\"", "diff --git \"a\\", "x",
        ]), 0..15)) {
            let text = lines.concat();
            if let Ok(read) = ChangedLines::read(text.as_bytes()) {
                for (path, ranges) in read.files() {
                    prop_assert!(ranges.iter().all(|range| range.first <= range.last));
                    prop_assert!(ranges.is_sorted_by(follows));
                    prop_assert_eq!(read.of(path.as_bytes()), Some(ranges));
                }
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in vec(any::<u8>(), 0..300)) {
            let _ = ChangedLines::read(&bytes);
        }
    }
}
