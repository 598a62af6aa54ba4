//! Settings in lines of `key = value`, as npm, pip and others write them.
//!
//! Sources: npm, "npmrc" and its package `ini`; Python, `configparser`.

/// One setting: the section that it stands in, its key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Setting<'t> {
    pub(super) section: &'t str,
    pub(super) key: &'t str,
    pub(super) value: &'t str,
}

/// The settings of a text, in order. A line that is none is left out, as the tools do.
pub(super) fn settings(text: &str) -> Vec<Setting<'_>> {
    let mut section = "";
    let mut settings = Vec::new();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|it| it.strip_suffix(']')) {
            section = name.trim();
            continue;
        }
        let (key, value) = line.split_once('=').unwrap_or((line, "true"));
        let (key, value) = (key.trim().trim_end_matches("[]"), bare(value.trim()));
        // An address is no setting, and its name could be a password.
        if key.contains("://") {
            continue;
        }
        settings.push(Setting { section, key, value });
    }
    settings
}

/// A text of which values may go on in further lines, each value in one line: those that begin with white
/// space belong to the line before (Python, `configparser`, "Supported INI File Structure").
pub(super) fn unfolded(text: &str) -> String {
    let mut unfolded = String::with_capacity(text.len());
    for line in text.lines() {
        let words = line.trim();
        let is_comment = words.starts_with([';', '#']);
        let goes_on = line.starts_with([' ', '\t']) && !unfolded.is_empty();
        if words.is_empty() || is_comment {
            continue;
        }
        if goes_on {
            // The line before has ended.
            unfolded.pop();
            unfolded.push(' ');
        }
        unfolded.push_str(words);
        unfolded.push('\n');
    }
    unfolded
}

/// A value without quotes around it, or without the comment after it.
fn bare(value: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    let end = [" ;", " #"].iter().filter_map(|sign| value.find(sign)).min();
    end.and_then(|end| value.get(..end)).unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_goes_on_in_lines_that_are_indented() {
        let text = "[global]\nextra-index-url =\n    https://a\n  # no\n\n    https://u:p@b/\nno-index = x\n";
        let text = unfolded(text);
        let found: Vec<_> = settings(&text).iter().map(|it| (it.key, it.value)).collect();
        assert_eq!(found, [("extra-index-url", "https://a https://u:p@b/"), ("no-index", "x")]);
        assert_eq!(unfolded("  a = 1\n"), "a = 1\n");
        assert_eq!(settings("https://u:p@b/\nhttps://u:p@b/?a=c\n"), []);
    }

    #[test]
    fn settings_are_read_line_by_line() {
        let text = "; c\r\na = \"1\"\n# c\nb=2 ; c\n\n[s]\nc[] = x\nflag\n";
        let found = settings(text);
        let found: Vec<_> = found.iter().map(|it| (it.section, it.key, it.value)).collect();
        assert_eq!(found, [("", "a", "1"), ("", "b", "2"), ("s", "c", "x"), ("s", "flag", "true")]);
    }
}
