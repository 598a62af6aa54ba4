//! Words of a person's in a key.
//!
//! Source: actions/cache, `checkKey` of @actions/cache: at most 512 characters, no comma.

use crate::Digest;

/// How long a part of a key may be that a person chose; what is longer is cut, and told apart by a digest.
const LONGEST: usize = 60;

/// `words` as a part of a key: letters, digits and a few signs. What had to be changed is followed by a
/// digest, so that two different words never become the same.
pub(crate) fn label(words: &str) -> String {
    let is_plain = |character: char| {
        character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-' | '+' | '=' | '@')
    };
    if words.len() <= LONGEST && words.chars().all(is_plain) {
        return words.to_owned();
    }
    let replaced = words.chars().take(LONGEST).map(|it| if is_plain(it) { it } else { '_' });
    let mut label: String = replaced.collect();
    label.push('~');
    label.extend(Digest::of([words.as_bytes()]).hexadecimal().chars().take(8));
    label
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_words_stay_as_they_are() {
        assert_eq!(label("test-gpu_1.2"), "test-gpu_1.2");
        assert_eq!(label(""), "");
    }

    #[test]
    fn what_a_key_cannot_hold_is_replaced_and_told_apart() {
        let (comma, slash) = (label("a,b"), label("a/b"));
        assert!(comma.starts_with("a_b~") && slash.starts_with("a_b~"), "{comma} {slash}");
        assert_ne!(comma, slash);
    }

    proptest! {
        #[test]
        fn every_label_can_stand_in_a_key(words in any::<String>()) {
            let label = label(&words);
            prop_assert!(label.len() <= LONGEST + 9);
            prop_assert!(!label.contains([',', '/']) && label.is_ascii());
        }
    }
}
