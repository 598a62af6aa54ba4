//! Counts as tools write them.

/// The number with which `text` begins, and what follows.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let length = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() {
        return None;
    }
    let value = digits.iter().fold(0_u64, |value, digit| {
        value.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    Some((value, rest))
}

/// Whether a count is more than none; nothing if it is no number. Perl writes huge ones as `1e+20`.
#[inline]
pub(super) fn hits(count: &[u8]) -> Option<bool> {
    let count = count.trim_ascii_end();
    let (is_negative, digits) = match count.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, count),
    };
    if !digits.first()?.is_ascii_digit() {
        return None;
    }
    let mut is_exponent = false;
    let mut is_hit = false;
    for byte in digits {
        match byte {
            b'0'..=b'9' => is_hit |= !is_exponent && *byte != b'0',
            b'e' | b'E' => is_exponent = true,
            b'.' | b'+' | b'-' => {}
            _ => return None,
        }
    }
    Some(is_hit && !is_negative)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: &str, wanted: Option<bool>) {
        assert_eq!(hits(count.as_bytes()), wanted, "{count}");
    }

    #[test]
    fn a_count_is_a_hit_or_none_or_no_count() {
        check("0", Some(false));
        check("00", Some(false));
        check("10", Some(true));
        check("-5", Some(false));
        check("99999999999999999999999999", Some(true));
        check("1.8446744073709552e+19", Some(true));
        check("0e10", Some(false));
        check("1\r", Some(true));
        check("", None);
        check("-", None);
        check("NaN", None);
        check("1x", None);
    }

    #[test]
    fn a_number_ends_where_its_digits_do() {
        assert_eq!(number(b"12,3"), Some((12, &b",3"[..])));
        assert_eq!(number(b"99999999999999999999"), Some((u64::MAX, &b""[..])));
        assert_eq!(number(b",3"), None);
    }
}
