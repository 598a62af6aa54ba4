//! Dep-info: the files `<product>.d` that say which sources a product was made of.
//!
//! Source: The Cargo Book, "Build Cache", "Dep-info files"; rustc's `rustc_interface/src/passes.rs`,
//! `write_out_deps`: a line `product: source source …` for each product, a blank in a path with `\` before
//! it, the root of the crate first.

use bstr::ByteSlice as _;

/// Where the sources of a product are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sources {
    /// A package that a registry packed, in `registry/src/<registry>/<folder>`, of which this is the folder:
    /// `serde-1.0.200`.
    Registry(Vec<u8>),
    /// A commit of a repository, in `git/checkouts/<clone>/<commit>`.
    Git {
        /// The name of the clone, with its hash: `regex-1a2b3c4d5e6f7a8b`.
        clone: Vec<u8>,
        /// The beginning of the commit.
        commit: Vec<u8>,
    },
    /// The workspace that was built: cargo names its files from its root.
    Workspace,
    /// The compiler's own library, which was built as well (`-Z build-std`).
    StandardLibrary,
    /// Somewhere else.
    Elsewhere,
}

/// What a dep-info file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DepInfo {
    /// The names of the products, without their folders.
    pub products: Vec<Vec<u8>>,
    /// The path of the first of them.
    pub product: Vec<u8>,
    /// Where they come from.
    pub sources: Sources,
}

impl DepInfo {
    /// Reads one, or as much of it as there is; nothing where it is none.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut products = Vec::new();
        let mut first = None;
        for line in bytes.lines() {
            // A file without sources is one of the sources again.
            let Some(at) = line.find(b": ") else { continue };
            let (product, sources) = (line.get(..at)?, line.get(at.checked_add(2)?..)?);
            if product.starts_with(b"#") {
                continue;
            }
            products.push(name(product).to_vec());
            first.get_or_insert_with(|| (unescaped(product), path(sources)));
        }
        let (product, root) = first?;
        Some(Self { products, product, sources: Sources::of(&root) })
    }
}

impl Sources {
    /// Whose a source file is.
    fn of(path: &[u8]) -> Self {
        let path = path.replace(b"\\", b"/");
        let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
        let is_absolute = path.starts_with(b"/") || path.get(1) == Some(&b':');
        if !is_absolute {
            let leaves = parts.first().is_none_or(|it| matches!(*it, b".." | b""));
            return if leaves { Self::Elsewhere } else { Self::Workspace };
        }
        // The last one counts: a home may lie anywhere.
        let mut places = parts.windows(5).rev();
        let found = places.find_map(|it| match it {
            [b"registry", b"src", _, folder, _] => Some(Self::Registry(folder.to_vec())),
            [b"git", b"checkouts", clone, commit, _] => {
                Some(Self::Git { clone: clone.to_vec(), commit: commit.to_vec() })
            }
            [b"lib", b"rustlib", b"src", b"rust", _] => Some(Self::StandardLibrary),
            _ => None,
        });
        found.unwrap_or(Self::Elsewhere)
    }
}

/// The first path of a list.
fn path(list: &[u8]) -> Vec<u8> {
    let mut path = Vec::new();
    let mut bytes = list.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if bytes.peek() == Some(&b' ') => {
                bytes.next();
                path.push(b' ');
            }
            b' ' => break,
            byte => path.push(byte),
        }
    }
    path
}

fn unescaped(path: &[u8]) -> Vec<u8> {
    path.replace(b"\\ ", b" ")
}

fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(root: &str, wanted: &Sources) {
        let written = format!("/w/target/debug/deps/a-1.d: {root} src/b.rs\n\n{root}:\n");
        assert_eq!(DepInfo::read(written.as_bytes()).unwrap().sources, *wanted, "{root}");
    }

    #[test]
    fn sources_are_told_apart() {
        let registry = |folder: &str| Sources::Registry(folder.into());
        check(
            "/h/.cargo/registry/src/index.crates.io-1/serde-1.0.2/src/lib.rs",
            &registry("serde-1.0.2"),
        );
        check(r"C:\h\registry\src\i-1\z-sys-0.1.0+b\lib.rs", &registry("z-sys-0.1.0+b"));
        let git = Sources::Git { clone: "regex-12ab".into(), commit: "abcdef1".into() };
        check("/h/.cargo/git/checkouts/regex-12ab/abcdef1/crates/a/src/lib.rs", &git);
        check("crates/a/src/lib.rs", &Sources::Workspace);
        check("../a/src/lib.rs", &Sources::Elsewhere);
        check("/w/vendor/serde/src/lib.rs", &Sources::Elsewhere);
        check(
            "/r/toolchains/n/lib/rustlib/src/rust/library/std/src/lib.rs",
            &Sources::StandardLibrary,
        );
        check(r"/h\ h/registry/src/i/a-1.0.0/src/lib.rs", &registry("a-1.0.0"));
    }

    #[test]
    fn products_are_named() {
        let written = b"/w/t/deps/libown.rlib: own/src/lib.rs\n\n/w/t/deps/libown.so: own/src/lib.rs\n\nown/src/lib.rs:\n";
        let read = DepInfo::read(written).unwrap();
        assert_eq!(read.products, [b"libown.rlib".to_vec(), b"libown.so".to_vec()]);
        assert_eq!(DepInfo::read(b"nothing of it"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in any::<Vec<u8>>()) {
            let _ = DepInfo::read(&bytes);
        }
    }
}
