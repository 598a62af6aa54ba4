//! The lines of a requirements file.
//!
//! Source: pip, "Requirements File Format": a backslash joins a line to the next, `#` after a blank or at
//! the beginning starts a comment, options stand alone or after a requirement; PEP 503 for names.

/// A line with what was joined to it, without its comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// The byte in the file at which it begins.
    pub(super) at: usize,
    words: Vec<&'t str>,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<'t> {
    /// A package: its name in one spelling, what is asked of it, and its hashes.
    Package { name: String, asked: String, hashes: Vec<&'t str> },
    /// An option and its value.
    Other(&'t str, &'t str),
}

/// The lines that say something.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut open: Option<Line<'_>> = None;
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let line = whole.trim_end_matches(['\n', '\r']);
        let (line, is_joined) = match line.strip_suffix('\\') {
            Some(line) => (line, true),
            None => (line, false),
        };
        let current = open.get_or_insert(Line { at, words: Vec::new() });
        let words = line.split_ascii_whitespace();
        current.words.extend(words.take_while(|word| !word.starts_with('#')));
        if !is_joined {
            lines.extend(open.take());
        }
        at += whole.len();
    }
    lines.extend(open);
    lines.retain(|line| !line.words.is_empty());
    lines
}

/// Short names of options.
const SHORT: [(&str, &str); 8] = [
    ("--requirement", "-r"),
    ("--constraint", "-c"),
    ("-i", "--index-url"),
    ("--pypi-url", "--index-url"),
    ("-f", "--find-links"),
    ("--editable", "-e"),
    ("--process-dependency-links", "--find-links"),
    ("--global-option", "--global-option"),
];

impl<'t> Line<'t> {
    /// What it says.
    pub(super) fn said(&self) -> Said<'t> {
        let first = self.words.first().copied().unwrap_or_default();
        if first.starts_with('-') {
            let (option, value) = match first.split_once('=') {
                Some((option, value)) if first.starts_with("--") => (option, value),
                // `-rbase.txt` is `-r base.txt`.
                _ if !first.starts_with("--") && first.len() > 2 && first.is_char_boundary(2) => first.split_at(2),
                _ => (first, self.words.get(1).copied().unwrap_or_default()),
            };
            let short = SHORT.iter().find(|(other, _)| *other == option);
            return Said::Other(short.map_or(option, |(_, name)| name), value);
        }
        let is_hash = |word: &&&str| word.starts_with("--hash");
        let mut hashes: Vec<&str> = self.hashes();
        hashes.sort_unstable();
        hashes.dedup();
        let mut rest = self.words.iter().filter(|word| !is_hash(word)).copied();
        let mut asked: Vec<&str> = Vec::new();
        let mut was_hash = false;
        for word in self.words.iter().copied() {
            // `--hash sha256:…` has its value in the next word.
            if was_hash || word.starts_with("--hash") {
                was_hash = word == "--hash";
                continue;
            }
            asked.push(word);
        }
        let whole = rest.next().unwrap_or_default();
        let end = whole.find(|letter: char| "=<>!~;[@( ".contains(letter)).unwrap_or(whole.len());
        let (name, _) = whole.split_at(end);
        Said::Package { name: normal(name), asked: asked.join(" "), hashes }
    }

    fn hashes(&self) -> Vec<&'t str> {
        let mut hashes = Vec::new();
        let mut words = self.words.iter().copied();
        while let Some(word) = words.next() {
            if let Some(hash) = word.strip_prefix("--hash=") {
                hashes.push(hash);
            } else if word == "--hash" {
                hashes.extend(words.next());
            }
        }
        hashes
    }

    /// Whether only one thing is meant by it.
    pub(super) fn is_pinned(&self) -> bool {
        let whole = self.words.concat();
        // What stands behind `;` says only when it is installed.
        let asked = whole.split(';').next().unwrap_or_default();
        let is_exact = asked.split_once("==").is_some_and(|(_, version)| !version.contains('*'));
        is_exact || asked.contains('@') || asked.starts_with(['.', '/'])
    }
}

/// A name in one spelling (PEP 503, "Normalized Names").
fn normal(name: &str) -> String {
    let mut normal = String::new();
    for letter in name.chars() {
        if !matches!(letter, '-' | '_' | '.') {
            normal.extend(letter.to_lowercase());
        } else if !normal.ends_with('-') {
            normal.push('-');
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &[Said<'_>]) {
        let found: Vec<Said<'_>> = lines(text).iter().map(Line::said).collect();
        assert_eq!(found, wanted);
    }

    fn package<'t>(name: &str, asked: &str, hashes: &[&'t str]) -> Said<'t> {
        Said::Package { name: name.to_owned(), asked: asked.to_owned(), hashes: hashes.to_vec() }
    }

    #[test]
    fn lines_are_joined_and_comments_are_gone() {
        check(
            "# c\nA_b.c==1 \\\r\n    --hash=sha256:2 \\\r\n    --hash sha256:1\r\n    # via x\n\nd>=1 # c\n",
            &[package("a-b-c", "A_b.c==1", &["sha256:1", "sha256:2"]), package("d", "d>=1", &[])],
        );
        check("x @ https://h/x#egg=y ; python_version < '3'", &[package("x", "x @ https://h/x#egg=y ; python_version < '3'", &[])]);
    }

    #[test]
    fn options_have_one_name() {
        check("-r a.txt\n-rb.txt\n--requirement=c.txt\n--constraint d.txt\n", &[Said::Other("-r", "a.txt"), Said::Other("-r", "b.txt"), Said::Other("-r", "c.txt"), Said::Other("-c", "d.txt")]);
        check("-i https://h\n--index-url https://h\n--pre\n", &[Said::Other("--index-url", "https://h"), Said::Other("--index-url", "https://h"), Said::Other("--pre", "")]);
    }

    #[test]
    fn a_pin_leaves_nothing_open() {
        let is_pinned = |text: &str| lines(text).iter().all(Line::is_pinned);
        assert!(is_pinned("a==1\na === 1\na @ git+https://h/a@1\n./a\na==1; python_version >= '3'\n"));
        for text in ["a", "a>=1", "a==1.*", "a~=1", "a; python_version == '3'"] {
            assert!(!is_pinned(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[-a=#\\\\\n\r @;.*é]{0,60}") {
            for line in lines(&text) {
                let _ = (line.said(), line.is_pinned());
                prop_assert!(line.at < text.len());
            }
        }
    }
}
