//! What cargo writes down of what it built: the folders `.fingerprint/<package>-<hash>/`.
//!
//! Source: cargo's `core/compiler/fingerprint/mod.rs` ("Fingerprint files"): beside `<kind>-<name>`, which
//! holds the fingerprint as 16 hexadecimal digits of its bytes, the lowest first, stands
//! `<kind>-<name>.json`, which says what it was made of. `deps` there is a list of `[package, name,
//! is public, fingerprint]` of what it was built with. The hash in the name of the folder is the one in the
//! names of the products (`core/compiler/build_runner/compilation_files.rs`, `c_extra_filename`).

use serde::Deserialize;
use serde::de::IgnoredAny;

/// How many digits a hash has.
const DIGITS: usize = 16;

/// What a fingerprint was made of, as far as it says whether it can still be used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint {
    /// A number for the compiler; 0 for what no compiler made.
    pub compiler: u64,
    /// The fingerprints of what it was built with.
    pub needs: Vec<u64>,
}

#[derive(Deserialize)]
struct Written {
    rustc: u64,
    deps: Vec<(IgnoredAny, IgnoredAny, IgnoredAny, u64)>,
}

impl Fingerprint {
    /// Reads a `.json` file; nothing where it is not one of those that are known.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(bytes).ok()?;
        let needs = written.deps.into_iter().map(|(_, _, _, fingerprint)| fingerprint).collect();
        Some(Self { compiler: written.rustc, needs })
    }
}

/// The number in a file beside a `.json` file.
pub fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.len() != DIGITS || !is_hash(bytes) {
        return None;
    }
    let number = u64::from_str_radix(std::str::from_utf8(bytes).ok()?, 16).ok()?;
    Some(number.swap_bytes())
}

/// The package and the hash in a name: `serde-7416d5a85c84d78c` of a folder, or `libserde-….rlib` and what
/// else a compiler makes of it, of a file.
pub fn unit(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_end = |at: usize| matches!(name.get(at), None | Some(b'.'));
    let dashes = name.iter().enumerate().filter(|(_, byte)| **byte == b'-').map(|(at, _)| at);
    let mut found = dashes.filter_map(|at| {
        let begin = at.checked_add(1)?;
        let end = begin.checked_add(DIGITS)?;
        let hash = name.get(begin..end).filter(|hash| is_hash(hash))?;
        is_end(end).then_some((name.get(..at)?, hash))
    });
    found.next()
}

fn is_hash(word: &[u8]) -> bool {
    word.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_cargo_wrote_is_read() {
        let written = br#"{"rustc":7458672600737419911,"features":"","declared_features":"","target":0,"profile":0,"path":0,"deps":[[10364619138950789809,"build_script_build",false,10869392255040607481]],"local":[{"RerunIfEnvChanged":{"var":"RUSTC_BOOTSTRAP","val":null}}],"rustflags":[],"config":0,"compile_kind":0}"#;
        let read = Fingerprint::read(written).unwrap();
        assert_eq!(read.needs, [10_869_392_255_040_607_481]);
        assert_eq!(read.compiler, 7_458_672_600_737_419_911);
        assert_eq!(number(b"f9d413deaad6d796"), Some(10_869_392_255_040_607_481));
        assert_eq!(number(b"f9d413deaad6d79"), None);
        assert_eq!(number(b"F9d413deaad6d796"), None);
        assert_eq!(Fingerprint::read(b"{}"), None);
    }

    #[test]
    fn names_are_taken_apart() {
        let hash = &b"7416d5a85c84d78c"[..];
        assert_eq!(unit(b"serde-7416d5a85c84d78c"), Some((&b"serde"[..], hash)));
        assert_eq!(unit(b"libz-sys-7416d5a85c84d78c"), Some((&b"libz-sys"[..], hash)));
        assert_eq!(unit(b"libz_sys-7416d5a85c84d78c.rlib"), Some((&b"libz_sys"[..], hash)));
        let object = b"app-7416d5a85c84d78c.app.1c2d-cgu.0.rcgu.o";
        assert_eq!(unit(object), Some((&b"app"[..], hash)));
        assert_eq!(unit(b"libapp.so"), None);
        assert_eq!(unit(b"app-7416d5a85c84d78cc"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = (Fingerprint::read(&bytes), number(&bytes), unit(&bytes));
        }
    }
}
