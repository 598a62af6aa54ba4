//! A path as units: the UTF-16 code units of its characters, and each byte that is no part of one as
//! a unit of its own.
//!
//! JavaScript's expressions without flag `u` see a character beyond U+FFFF as two, so `?` is half of
//! an emoji, and `??` a whole one. No two characters of UTF-8 overlap, so it does not matter from
//! which end they are found.

use super::expression::{Unit, lone_byte};

/// The units of the last character, the last unit first, and its length in bytes. An empty path
/// has none.
pub(super) fn last_units(path: &[u8]) -> ([Option<Unit>; 2], usize) {
    let Some(last) = path.last() else { return ([None, None], 0) };
    if last.is_ascii() {
        return ([Some(Unit::from(*last)), None], 1);
    }
    let char = (2..=4_usize).find_map(|length| {
        let begin = path.len().checked_sub(length)?;
        let mut chars = str::from_utf8(path.get(begin..)?).ok()?.chars();
        let char = chars.next()?;
        chars.next().is_none().then_some((char, length))
    });
    let Some((char, length)) = char else { return ([Some(lone_byte(*last)), None], 1) };
    let mut buffer = [0; 2];
    match *char.encode_utf16(&mut buffer) {
        [high, low] => ([Some(Unit::from(low)), Some(Unit::from(high))], length),
        _ => ([Some(Unit::from(char)), None], length),
    }
}

/// The units of a path, the last first.
pub(super) fn units_from_end(path: &[u8]) -> impl Iterator<Item = Unit> {
    let mut rest = path;
    let mut waiting = None;
    std::iter::from_fn(move || {
        if let Some(unit) = waiting.take() {
            return Some(unit);
        }
        let ([unit, before], length) = last_units(rest);
        waiting = before;
        rest = rest.get(..rest.len().saturating_sub(length)).unwrap_or_default();
        unit
    })
}

/// The units of a path, in order.
pub(super) fn units(path: &[u8]) -> Vec<Unit> {
    let mut units: Vec<Unit> = units_from_end(path).collect();
    units.reverse();
    units
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_path_is_the_units_that_javascript_sees() {
        let of = |text: &str| units(text.as_bytes());
        assert_eq!(of("aé漢😀"), [0x61, 0xe9, 0x6f22, 0xd83d, 0xde00]);
        assert_eq!(units(b"a\xff\xe6\xbc"), [0x61, 0x1_00ff, 0x1_00e6, 0x1_00bc]);
        // A surrogate is no character of UTF-8, so its bytes are each alone.
        assert_eq!(units(b"\xed\xa0\xbd"), [0x1_00ed, 0x1_00a0, 0x1_00bd]);
    }

    proptest! {
        #[test]
        fn the_units_of_text_are_those_of_utf_16(text in any::<String>()) {
            let wanted: Vec<Unit> = text.encode_utf16().map(Unit::from).collect();
            prop_assert_eq!(units(text.as_bytes()), wanted);
        }

        #[test]
        fn no_byte_is_lost(path in vec(any::<u8>(), 0..30)) {
            let units = units(&path);
            let lone = |byte: u8| units.contains(&lone_byte(byte));
            let text = path.utf8_chunks();
            for chunk in text {
                prop_assert!(chunk.invalid().iter().all(|byte| lone(*byte)));
            }
        }
    }
}
