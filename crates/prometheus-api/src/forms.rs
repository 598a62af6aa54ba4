//! The forms in which a secret may come back: as it is, and as an address, a page or a text in JSON holds it.

use std::fmt::Write as _;

use diagnostics::Secret;

/// Every form of these words that is not empty, the longest first, so that none is left over as a part of another.
pub(crate) fn forms(words: &str) -> Vec<Secret> {
    let json = json(words, false);
    let ascii = self::json(words, true);
    let mut forms = vec![
        words.to_owned(),
        percent(words, b"0123456789ABCDEF"),
        percent(words, b"0123456789abcdef"),
        // As Go has it, in which Prometheus is written ("encoding/json", HTMLEscape).
        json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e"),
        json.replace('/', "\\/"),
        ascii.replace('/', "\\/"),
        json,
        ascii,
        html(words),
    ];
    forms.sort_unstable_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    forms.dedup();
    forms.into_iter().filter(|form| !form.is_empty()).map(Secret::new).collect()
}

/// As a part of an address has it (RFC 3986, 2.1 to 2.3).
fn percent(words: &str, digits: &[u8; 16]) -> String {
    let digit = |at: u8| digits.get(usize::from(at)).copied().map_or('0', char::from);
    let mut text = String::new();
    for byte in words.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    text
}

/// As a text in JSON has it (RFC 8259, 7), whatever is not ASCII escaped or not.
fn json(words: &str, only_ascii: bool) -> String {
    let mut text = String::new();
    for letter in words.chars() {
        match letter {
            '"' | '\\' => text.extend(['\\', letter]),
            _ if letter.is_control() || (only_ascii && !letter.is_ascii()) => {
                for unit in letter.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
            _ => text.push(letter),
        }
    }
    text
}

/// As a page has it.
fn html(words: &str) -> String {
    let mut text = String::new();
    for letter in words.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            _ => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(words: &str, wanted: &[&str]) {
        let found: Vec<String> = forms(words).iter().map(|it| it.reveal().to_owned()).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_secret_has_as_many_forms_as_its_letters_need() {
        check("", &[]);
        check("prom_Sesame-1.~", &["prom_Sesame-1.~"]);
        check("a/b", &["a%2Fb", "a%2fb", "a\\/b", "a/b"]);
        check("a&\"", &["a&amp;&quot;", "a\\u0026\\\"", "a%26%22", "a&\\\"", "a&\""]);
        check("\u{1f600}", &["%F0%9F%98%80", "%f0%9f%98%80", "\\ud83d\\ude00", "\u{1f600}"]);
    }
}
