//! As much of HCL as lock files and a few settings need.
//!
//! Source: HCL native syntax specification: `#` and `//` begin comments to the end of the line, `/*` and
//! `*/` enclose them; Terraform, "Dependency Lock File", "Lock File Location" and what follows.

/// A provider that is locked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Provider {
    /// Its address: `registry.terraform.io/hashicorp/aws`.
    pub(super) address: String,
    /// The version.
    pub(super) version: String,
    /// The hashes of its packages, sorted.
    pub(super) hashes: Vec<String>,
}

/// Where a file is not a lock file, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    /// The byte.
    pub(super) at: usize,
    /// What was expected.
    pub(super) why: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Text(&'t str),
    Sign(char),
}

/// The parts of a text, each with its byte.
fn tokens(text: &str) -> Result<Vec<(usize, Token<'_>)>, Wrong> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let blanks = rest.len() - rest.trim_start().len();
        if blanks > 0 {
            at += blanks;
            continue;
        }
        let until = |end: &str, whole: usize| rest.find(end).map_or(rest.len(), |it| it + whole);
        if rest.starts_with('#') || rest.starts_with("//") {
            at += until("\n", 0);
        } else if rest.starts_with("/*") {
            at += until("*/", 2);
        } else if let Some(inner) = rest.strip_prefix('"') {
            let end = inner.find(['"', '\n']).filter(|end| inner.get(*end..).is_some_and(|it| it.starts_with('"')));
            let end = end.ok_or(Wrong { at, why: "a text does not end" })?;
            let (words, _) = inner.split_at(end);
            // Nothing in a lock file needs one.
            if words.contains('\\') || words.contains("${") {
                return Err(Wrong { at, why: "a text of a lock file has no escapes" });
            }
            tokens.push((at, Token::Text(words)));
            at += end + 2;
        } else {
            let is_word = |it: char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.');
            let end = rest.find(|it| !is_word(it)).unwrap_or(rest.len());
            let letter = rest.chars().next().unwrap_or_default();
            if end == 0 {
                tokens.push((at, Token::Sign(letter)));
                at += letter.len_utf8();
            } else {
                tokens.push((at, Token::Word(rest.split_at(end).0)));
                at += end;
            }
        }
    }
    Ok(tokens)
}

/// The providers of a lock file.
///
/// # Errors
/// Where it is not one.
pub(super) fn providers(text: &str) -> Result<Vec<Provider>, Wrong> {
    let tokens = tokens(text)?;
    let mut rest = Rest { tokens: &tokens, end: text.len() };
    let mut providers = Vec::new();
    while !rest.tokens.is_empty() {
        rest.word("provider", "a block `provider` is expected")?;
        let address = rest.text("the address of a provider is expected")?.to_owned();
        rest.sign('{', "`{` is expected")?;
        let mut version = None;
        let mut hashes = Vec::new();
        while !rest.is('}') {
            let key = rest.any_word("a key or `}` is expected")?;
            rest.sign('=', "`=` is expected")?;
            match key {
                "version" => version = Some(rest.text("a version is expected")?.to_owned()),
                // What was asked for.
                "constraints" => drop(rest.text("constraints are expected")?),
                "hashes" => {
                    rest.sign('[', "a list of hashes is expected")?;
                    while !rest.is(']') {
                        hashes.push(rest.text("a hash is expected")?.to_owned());
                        if !rest.is(']') {
                            rest.sign(',', "`,` or `]` is expected")?;
                        }
                    }
                    rest.sign(']', "`]` is expected")?;
                }
                _ => return Err(rest.wrong("`version`, `constraints` or `hashes` is expected")),
            }
        }
        rest.sign('}', "`}` is expected")?;
        let version = version.ok_or(rest.wrong("a provider has no version"))?;
        hashes.sort_unstable();
        hashes.dedup();
        providers.push(Provider { address, version, hashes });
    }
    Ok(providers)
}

struct Rest<'s, 't> {
    tokens: &'s [(usize, Token<'t>)],
    end: usize,
}

impl<'t> Rest<'_, 't> {
    fn wrong(&self, why: &'static str) -> Wrong {
        Wrong { at: self.tokens.first().map_or(self.end, |(at, _)| *at), why }
    }

    fn is(&self, sign: char) -> bool {
        matches!(self.tokens.first(), Some((_, Token::Sign(it))) if *it == sign)
    }

    fn next(&mut self, why: &'static str) -> Result<Token<'t>, Wrong> {
        let (first, rest) = self.tokens.split_first().ok_or(self.wrong(why))?;
        self.tokens = rest;
        Ok(first.1)
    }

    fn sign(&mut self, sign: char, why: &'static str) -> Result<(), Wrong> {
        if self.is(sign) { self.next(why).map(drop) } else { Err(self.wrong(why)) }
    }

    fn text(&mut self, why: &'static str) -> Result<&'t str, Wrong> {
        let wrong = self.wrong(why);
        match self.next(why)? {
            Token::Text(text) => Ok(text),
            Token::Word(_) | Token::Sign(_) => Err(wrong),
        }
    }

    fn any_word(&mut self, why: &'static str) -> Result<&'t str, Wrong> {
        let wrong = self.wrong(why);
        match self.next(why)? {
            Token::Word(word) => Ok(word),
            Token::Text(_) | Token::Sign(_) => Err(wrong),
        }
    }

    fn word(&mut self, wanted: &str, why: &'static str) -> Result<(), Wrong> {
        let wrong = self.wrong(why);
        if self.any_word(why)? == wanted { Ok(()) } else { Err(wrong) }
    }
}

/// The lines of a text without comments to their ends; what is between `/*` and `*/` is seldom in the way
/// of the few settings that are looked for.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let bare = |line: &str| line.starts_with('#') || line.starts_with("//");
    text.lines().map(str::trim).filter(move |line| !line.is_empty() && !bare(line))
}

/// The text that a key is set to, wherever it stands.
pub(super) fn value(text: &str, key: &str) -> Option<String> {
    lines(text).find_map(|line| {
        // `terraform { required_version = "~> 1.5" }` stands on one line too.
        let (before, after) = line.split_once(key)?;
        let is_begin = before.is_empty() || before.ends_with([' ', '{', '\t']);
        let quoted = after.trim_start().strip_prefix('=')?.trim_start().strip_prefix('"')?;
        let (value, _) = quoted.split_once('"')?;
        is_begin.then(|| value.to_owned())
    })
}

/// Whether a configuration is one that is initialised, and no module for others.
pub(super) fn is_root(text: &str) -> bool {
    lines(text).any(|line| {
        line.starts_with("provider \"") || line.starts_with("backend \"") || line.starts_with("cloud {")
    })
}

/// What a configuration asks for, as it is written: the addresses and versions of providers.
pub(super) fn asked(text: &str) -> Vec<String> {
    let is_asking = |line: &&str| {
        let key = line.split(['=', ' ']).next().unwrap_or_default();
        matches!(key, "source" | "version" | "provider") || line.contains("source") && line.contains('/')
    };
    let words = |line: &str| line.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
    lines(text).filter(is_asking).map(words).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOCK: &str = "# This file is maintained automatically by \"terraform init\".\n\nprovider \"registry.terraform.io/hashicorp/null\" {\n  version     = \"3.2.3\"\n  constraints = \"~> 3.2\" // c\n  hashes = [\n    \"zh:2\",\n    \"h1:1=\",\n  ]\n}\n";

    #[test]
    fn providers_are_read() {
        let null = Provider {
            address: "registry.terraform.io/hashicorp/null".to_owned(),
            version: "3.2.3".to_owned(),
            hashes: vec!["h1:1=".to_owned(), "zh:2".to_owned()],
        };
        assert_eq!(providers(LOCK), Ok(vec![null.clone()]));
        assert_eq!(providers(&LOCK.replace('\n', "\r\n")), Ok(vec![null.clone()]));
        assert_eq!(providers(&format!("/* x */ {LOCK}")), Ok(vec![null]));
        assert_eq!(providers("# nothing\n"), Ok(Vec::new()));
    }

    #[test]
    fn a_lock_file_that_ends_early_is_refused() {
        let last = LOCK.rfind('}').unwrap();
        for end in LOCK.find("provider \"").unwrap() + 1..=last {
            let text = String::from_utf8_lossy(&LOCK.as_bytes()[..end]);
            assert!(providers(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_has_a_place() {
        let at = |text: &str| providers(text).unwrap_err().at;
        assert_eq!(at("<<<<<<< ours\n"), 0);
        assert_eq!(at("provider \"a\" {\n  other = 1\n}\n"), 25);
        assert_eq!(at("provider \"a"), 9);
    }

    #[test]
    fn settings_are_found_where_they_stand() {
        let text = "terraform {\n  # required_version = \"1\"\n  required_version = \">= 1.5\"\n  backend \"s3\" {}\n}\n";
        assert_eq!(value(text, "required_version").as_deref(), Some(">= 1.5"));
        assert_eq!(value("terraform { required_version = \"1\" }", "required_version").as_deref(), Some("1"));
        assert_eq!(value("my_required_version = \"1\"", "required_version"), None);
        assert!(is_root(text) && !is_root("resource \"a\" \"b\" {}\n"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(cut in 0..LOCK.len(), with in "[\"{}=,#/* é\n\\[\\]]{0,9}") {
            let mut text = LOCK.to_owned();
            text.replace_range(cut..(cut + with.len()).min(LOCK.len()), &with);
            let _ = (providers(&text), value(&text, "version"), asked(&text));
        }
    }
}
