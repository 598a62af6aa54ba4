//! `git config --list -z`: every setting that counts here, in the order in which later ones win.
//!
//! Source: git-config(1), option `--null`: a key, a line break, its value and a NUL; a key alone, where
//! the file gives no value, means true. Section and variable are in lower case, what stands between
//! them is as it was written.

use bstr::{BString, ByteSlice as _};

use super::{Malformed, Reader};

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key: `remote.origin.url`.
    pub key: BString,
    /// The value; nothing where the file names the key only.
    pub value: Option<BString>,
}

impl Setting {
    /// What stands between the section and the variable, if the key is of both: `origin` in
    /// `remote.origin.url`.
    pub fn between<'a>(&'a self, section: &str, variable: &str) -> Option<&'a [u8]> {
        let rest = self.key.strip_prefix(section.as_bytes())?.strip_prefix(b".")?;
        rest.strip_suffix(variable.as_bytes())?.strip_suffix(b".")
    }

    /// The value as git understands a yes or no (git-config(1), "boolean").
    pub fn is_true(&self) -> bool {
        match &self.value {
            None => true,
            Some(value) => {
                let value = value.to_ascii_lowercase();
                matches!(value.as_slice(), b"true" | b"yes" | b"on")
                    || value
                        .to_str()
                        .is_ok_and(|digits| digits.parse().is_ok_and(|it: i64| it != 0))
            }
        }
    }
}

/// Reads the settings.
///
/// # Errors
/// When the output was cut off.
pub fn settings(output: &[u8]) -> Result<Vec<Setting>, Malformed> {
    let mut found = Vec::new();
    let mut reader = Reader::new(output);
    while !reader.is_done() {
        let at = reader.at;
        let record = reader.until(0, "a setting that ends in NUL")?;
        let (key, value) = match record.split_once_str(b"\n") {
            Some((key, value)) => (key, Some(BString::from(value))),
            None => (record, None),
        };
        if !key.contains(&b'.') {
            return Err(Malformed { at, expected: "a key with a section" });
        }
        found.push(Setting { key: key.into(), value });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn settings_are_read_with_and_without_a_value() {
        let output =
            b"core.bare\0remote.a.b\n.url\nfile:///x\ny\0http.https://h/.sslverify\nfalse\0";
        assert!(settings(output).is_ok_and(|found| found.len() == 3));
        let found = settings(b"core.bare\0remote.a.b.url\nx\ny\0a.b\n\0").unwrap();
        assert_eq!(found[0].value, None);
        assert!(found[0].is_true());
        assert_eq!(found[1].between("remote", "url"), Some(&b"a.b"[..]));
        assert_eq!(found[1].between("remote", "b"), None);
        assert_eq!(found[1].value, Some("x\ny".into()));
        assert!(!found[2].is_true());
        assert!(settings(b"a.b\nc").is_err());
        assert!(settings(b"ab\0").is_err());
    }

    #[test]
    fn yes_is_said_in_many_ways() {
        let is_true =
            |value: &str| Setting { key: "a.b".into(), value: Some(value.into()) }.is_true();
        for (value, wanted) in
            [("true", true), ("YES", true), ("1", true), ("0", false), ("off", false), ("", false)]
        {
            assert_eq!(is_true(value), wanted, "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(
            list in vec(("[a-z]{1,3}\\.[a-z.]{0,3}", proptest::option::of(vec(1_u8..=255, 0..9))), 0..9),
        ) {
            let mut output = Vec::new();
            for (key, value) in &list {
                output.extend_from_slice(key.as_bytes());
                if let Some(value) = value {
                    output.push(b'\n');
                    output.extend_from_slice(value);
                }
                output.push(0);
            }
            let wanted = list.into_iter().map(|(key, value)| Setting {
                key: key.into(),
                value: value.map(BString::from),
            });
            prop_assert_eq!(settings(&output), Ok(wanted.collect()));
        }
    }
}
