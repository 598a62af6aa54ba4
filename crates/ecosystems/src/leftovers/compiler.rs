//! Which compiler made a library.

/// How a library's metadata begins: `rust`, a version of the format, where its root is, and the compiler's
/// version with its length before it (rustc's `rustc_metadata/src/rmeta/mod.rs`, `METADATA_HEADER`, and
/// `locator.rs`, `get_rustc_version`: it stands there for the message about another compiler's library).
const BEGINNING: &[u8] = b"rust\0\0\0";
/// Where the version's length stands.
const AT: usize = 16;

/// What the compiler calls itself, from the first bytes of a `.rmeta` file: `rustc 1.95.0 (59807616e
/// 2026-04-14)`, the first line of `rustc -vV`. Nothing where that is not certain.
pub fn compiler(beginning: &[u8]) -> Option<&[u8]> {
    let rest = beginning.strip_prefix(BEGINNING).and_then(|_| beginning.get(AT..))?;
    let (length, rest) = rest.split_first()?;
    let version = rest.get(..usize::from(*length))?;
    let is_one =
        version.starts_with(b"rustc ") && version.iter().all(|it| (b' '..0x7f).contains(it));
    is_one.then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_of_a_library_stands_at_its_beginning() {
        // The first bytes of a real one.
        let real =
            b"rust\0\0\0\x0a\x52\xde\x05\0\0\0\0\0\x23rustc 1.95.0 (59807616e 2026-04-14)\xc1\x02";
        assert_eq!(compiler(real), Some(&b"rustc 1.95.0 (59807616e 2026-04-14)"[..]));
        assert_eq!(compiler(&real[..40]), None);
        assert_eq!(compiler(b"!<arch>\nlib.rmeta/  0  "), None);
        assert_eq!(compiler(b""), None);
    }
}
