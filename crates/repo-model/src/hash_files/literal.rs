//! Text as `@actions/glob` handles it before anything is matched: trimming, escaping, and the names that a
//! pattern spells out.

/// Without white space at either end, as JavaScript's `trim` counts it (ECMA-262, "`WhiteSpace`" and
/// "`LineTerminator`").
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter| {
        matches!(
            letter,
            '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'
                ..='\u{200a}'
                    | '\u{2028}'
                    | '\u{2029}'
                    | '\u{202f}'
                    | '\u{205f}'
                    | '\u{3000}'
                    | '\u{feff}'
        )
    })
}

/// A path with one `/` where there are several.
pub(super) fn with_single_slashes(path: &str) -> String {
    let mut single = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !single.ends_with('/') {
            single.push(letter);
        }
    }
    single
}

/// A path as a pattern that is meant to match it (`globEscape`). It does not always: a `[` that is closed
/// in a later name stays open.
pub(super) fn escaped(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    let mut rest = path.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => pattern.push_str("\\\\"),
            '?' => pattern.push_str("[?]"),
            '*' => pattern.push_str("[*]"),
            '[' => {
                let name = rest.as_str().split('/').next().unwrap_or_default();
                let is_closed = name.chars().skip(1).any(|letter| letter == ']');
                pattern.push_str(if is_closed { "[[]" } else { "[" });
            }
            _ => pattern.push(letter),
        }
    }
    pattern
}

/// The name that one segment spells out, or nothing if it has wildcards (`getLiteral`, which also knows
/// no empty name).
pub(super) fn literal(segment: &str) -> Option<String> {
    let mut name = String::new();
    let mut rest = segment.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => name.push(rest.next().unwrap_or('\\')),
            '*' | '?' => return None,
            '[' => match chosen(rest.as_str()) {
                Some((set, _)) if set.encode_utf16().count() > 1 => return None,
                Some((set, behind)) if !set.is_empty() => {
                    name.push_str(&set);
                    rest = behind.chars();
                }
                _ => name.push('['),
            },
            _ => name.push(letter),
        }
    }
    Some(name)
}

/// What stands between brackets, of which the first is already read, and what follows.
fn chosen(text: &str) -> Option<(String, &str)> {
    let mut set = String::new();
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        match letter {
            '\\' => set.push(rest.next().unwrap_or('\\')),
            ']' => return Some((set, rest.as_str())),
            _ => set.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_what_javascript_takes_for_it() {
        assert_eq!(trimmed("\u{feff} a b\u{3000}\r"), "a b");
        assert_eq!(trimmed("\u{85}a"), "\u{85}a");
    }

    #[test]
    fn a_segment_without_wildcards_is_a_name() {
        let check = |segment: &str, wanted: Option<&str>| {
            assert_eq!(literal(segment).as_deref(), wanted, "{segment}");
        };
        check("a.b", Some("a.b"));
        check("a\\*", Some("a*"));
        check("a\\", Some("a\\"));
        check("[*]x[[]", Some("*x["));
        check("[a", Some("[a"));
        check("[]a]", Some("[]a]"));
        check("[\\]]", Some("]"));
        check("[ab]", None);
        check("[!a]", None);
        check("[😀]", None);
        check("{a,b}", Some("{a,b}"));
        check("a?", None);
        check("**", None);
    }

    #[test]
    fn the_working_directory_is_escaped() {
        let check = |path: &str, wanted: &str| assert_eq!(escaped(path), wanted, "{path}");
        check("/a b/c", "/a b/c");
        check("/a*?\\", "/a[*][?]\\\\");
        check("/[a]/[b", "/[[]a]/[b");
        check("/[]", "/[]");
        check("/[]]", "/[[]]]");
        check("/[/]", "/[/]");
    }
}
