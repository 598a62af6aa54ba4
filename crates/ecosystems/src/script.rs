//! Filters that are a bash script: for tools that take names only as arguments.
//!
//! A script keeps to what bash 3.2 knows, which macOS has. It runs everything, whatever fails, and
//! then ends with 1 if anything did. A shard without items is a script that does nothing.

use crate::filter::CannotFilter;

/// The most bytes of names in one call. Linux takes 131,072 bytes in one argument and at least as
/// many in all (Linux manual page `execve(2)`); the options and the environment need room too.
const LONGEST_CALL: usize = 96 << 10;

/// A script that is being written.
pub(crate) struct Script {
    bytes: Vec<u8>,
}

impl Script {
    /// A script without a call. `what` says what it runs, and `how` how it is started.
    pub(crate) fn new(what: &str, how: &str) -> Self {
        let mut script = Self { bytes: Vec::new() };
        script.line("#!/usr/bin/env bash");
        script.line(&format!("# {what} Started as: {how}"));
        script.line("failed=0");
        script
    }

    /// Adds a line of our own words.
    pub(crate) fn line(&mut self, line: &str) {
        self.bytes.extend_from_slice(line.as_bytes());
        self.bytes.push(b'\n');
    }

    /// Adds a call of `command`, which is text of ours, with `words` behind it.
    pub(crate) fn call(&mut self, command: &str, words: &[&[u8]]) -> Result<(), CannotFilter> {
        self.bytes.extend_from_slice(command.as_bytes());
        for word in words {
            self.bytes.push(b' ');
            self.bytes.extend_from_slice(&quoted(word)?);
        }
        self.line(" || failed=1");
        Ok(())
    }

    /// Adds as many calls of `command` as the number of words needs.
    pub(crate) fn calls(&mut self, command: &str, words: &[&[u8]]) -> Result<(), CannotFilter> {
        pieces(words)?.into_iter().try_for_each(|piece| self.call(command, piece))
    }

    /// The whole script.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.line("exit \"$failed\"");
        self.bytes
    }
}

/// The words in groups of which each fits into one call, or into one argument.
pub(crate) fn pieces<'w, 'n>(words: &'w [&'n [u8]]) -> Result<Vec<&'w [&'n [u8]]>, CannotFilter> {
    let mut pieces = Vec::new();
    let (mut start, mut length) = (0, 0);
    for (at, word) in words.iter().enumerate() {
        // An escape may double a name, and its separator takes a byte.
        let needs = 2 * word.len() + 1;
        if needs > LONGEST_CALL {
            return Err(CannotFilter::new(word, "has a name that is too long for a command line"));
        }
        if length + needs > LONGEST_CALL {
            pieces.extend(words.get(start..at));
            (start, length) = (at, 0);
        }
        length += needs;
    }
    pieces.extend(words.get(start..).filter(|rest| !rest.is_empty()));
    Ok(pieces)
}

/// The word as bash takes it literally: between single quotes nothing is special but a single quote
/// (Bash Reference Manual, 3.1.2.2).
pub(crate) fn quoted(word: &[u8]) -> Result<Vec<u8>, CannotFilter> {
    if word.contains(&0) {
        return Err(CannotFilter::new(word, "has a NUL in its name"));
    }
    let mut quoted = vec![b'\''];
    for byte in word {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            byte => quoted.push(*byte),
        }
    }
    quoted.push(b'\'');
    Ok(quoted)
}

/// A path that no tool takes for an option or, as `@file`, for a list of options.
pub(crate) fn not_an_option(path: &[u8]) -> Vec<u8> {
    let is_odd = matches!(path.first(), Some(b'-' | b'@'));
    let before: &[u8] = if is_odd { b"./" } else { b"" };
    [before, path].concat()
}

/// The names as one regular expression that each matches whole, in the syntax that Go and Rust
/// share, without its anchors.
pub(crate) fn alternatives(names: &[&[u8]]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = names.iter().map(|name| escaped(name)).collect();
    bstr::join("|", names)
}

/// A name in which nothing is special for a regular expression.
fn escaped(name: &[u8]) -> Vec<u8> {
    let is_special = |byte: u8| br"\.+*?()|[]{}^$#&-~".contains(&byte);
    let escape = |byte: &u8| if is_special(*byte) { vec![b'\\', *byte] } else { vec![*byte] };
    name.iter().flat_map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted() {
        assert_eq!(quoted(b"a b").unwrap(), b"'a b'");
        assert_eq!(quoted(b"it's $(x)").unwrap(), br"'it'\''s $(x)'");
        assert_eq!(quoted(b"").unwrap(), b"''");
        assert!(quoted(b"a\0b").is_err());
    }

    #[test]
    fn an_empty_script_succeeds() {
        let script = Script::new("Runs nothing.", "bash script");
        let text = "#!/usr/bin/env bash\n# Runs nothing. Started as: bash script\nfailed=0\nexit \"$failed\"\n";
        assert_eq!(script.finish(), text.as_bytes());
    }

    #[test]
    fn many_words_are_many_calls() {
        let word = vec![b'x'; 1000];
        let words = vec![word.as_slice(); 500];
        let pieces = pieces(&words).unwrap();
        assert_eq!(pieces.iter().map(|piece| piece.len()).sum::<usize>(), 500);
        assert!(pieces.iter().all(|piece| piece.len() * 2001 <= LONGEST_CALL));
        assert_eq!(pieces.len(), 11);
        let long = vec![b'x'; LONGEST_CALL];
        assert!(super::pieces(&[&long]).is_err());
        assert!(super::pieces(&[]).unwrap().is_empty());
    }

    #[test]
    fn alternatives_match_names_only() {
        assert_eq!(alternatives(&[b"a.b", b"c|d"]), br"a\.b|c\|d");
    }
}
