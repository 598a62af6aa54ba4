//! The variables that decide what is built. Their values are never shown.
//!
//! What is not here is not asked for, and why:
//! - `CARGO_TERM_*`, `CARGO_HTTP_*`, `CARGO_NET_*`, `CARGO_ALIAS_*`, `CARGO_LOG`, `RUST_LOG`, `RUSTC_LOG`,
//!   `RUST_BACKTRACE`, `RUST_TEST_*`, `HTTPS_PROXY`: how something is told, fetched or run, not what is
//!   built;
//! - `CARGO_REGISTRY_TOKEN`, `CARGO_REGISTRIES_*_TOKEN`, `*_CREDENTIAL_PROVIDER`: secrets, and no build
//!   sees them. Of the registries' variables only `*_INDEX` is asked for;
//! - `CARGO_TARGET_DIR` and the like say where products lie: [`super::places`] asks for them;
//! - `RUSTUP_TOOLCHAIN` chooses the compiler, which says itself what it is: [`super::toolchain`] takes it
//!   where that does not;
//! - `CARGO`, `CARGO_PKG_*`, `CARGO_MANIFEST_*`, `OUT_DIR`: cargo sets them itself.
//!
//! Sources: The Cargo Book, "Environment Variables" and "Configuration"; the documentation of the crates
//! `cc` ("External configuration via environment variables"), `pkg-config`, `cmake`, `bindgen`,
//! `openssl-sys` and `prost-build`.

use bstr::ByteSlice as _;

use super::toolchain::INSTEAD;
use crate::caches::{Found, Ingredient, Level, Seen, Source};

const FLAGS: &str = "cargo hands it to every compiler";
const TOOL: &str = "it is run in the place of the compiler, or by it";
const SETTING: &str = "it is a setting of cargo's, like one of its configuration";
const NATIVE: &str = "build scripts compile and link C with it";
const FOUND: &str = "build scripts find libraries by it";
const SWITCH: &str = "the compiler builds otherwise with it";
const FETCHED: &str = "packages are downloaded from there";
const NAMED: &str = "somebody says that what is built depends on it";
const OWN: &str = "incremental products of the repository's own packages are kept with it";

/// Those that decide what is made of packages from elsewhere; `*` stands for any letters.
const BUILDS: &[(&str, &str)] = &[
    ("RUSTFLAGS", FLAGS),
    ("CARGO_ENCODED_RUSTFLAGS", FLAGS),
    ("RUSTDOCFLAGS", FLAGS),
    ("CARGO_ENCODED_RUSTDOCFLAGS", FLAGS),
    ("RUSTC", TOOL),
    ("RUSTDOC", TOOL),
    ("RUSTC_WRAPPER", TOOL),
    ("RUSTC_WORKSPACE_WRAPPER", TOOL),
    ("RUSTC_LINKER", TOOL),
    ("RUSTC_BOOTSTRAP", SWITCH),
    ("CARGO_BUILD_*", SETTING),
    ("CARGO_TARGET_*", SETTING),
    ("CARGO_HOST_*", SETTING),
    ("CARGO_PROFILE_*", SETTING),
    ("CARGO_UNSTABLE_*", SETTING),
    ("CC", NATIVE),
    ("CC_*", NATIVE),
    ("CXX", NATIVE),
    ("CXX_*", NATIVE),
    ("CFLAGS", NATIVE),
    ("CFLAGS_*", NATIVE),
    ("CXXFLAGS", NATIVE),
    ("CXXFLAGS_*", NATIVE),
    ("CXXSTDLIB*", NATIVE),
    ("CPPFLAGS", NATIVE),
    ("LDFLAGS", NATIVE),
    ("AR", NATIVE),
    ("AR_*", NATIVE),
    ("ARFLAGS*", NATIVE),
    ("RANLIB*", NATIVE),
    ("LD", NATIVE),
    ("NVCC*", NATIVE),
    ("HOST_CC", NATIVE),
    ("HOST_CXX", NATIVE),
    ("HOST_AR", NATIVE),
    ("HOST_CFLAGS", NATIVE),
    ("HOST_CXXFLAGS", NATIVE),
    ("TARGET_CC", NATIVE),
    ("TARGET_CXX", NATIVE),
    ("TARGET_AR", NATIVE),
    ("TARGET_CFLAGS", NATIVE),
    ("TARGET_CXXFLAGS", NATIVE),
    ("CROSS_COMPILE", NATIVE),
    ("CRATE_CC_NO_DEFAULTS", NATIVE),
    ("CMAKE*", NATIVE),
    ("HOST_CMAKE*", NATIVE),
    ("TARGET_CMAKE*", NATIVE),
    ("SDKROOT", NATIVE),
    ("MACOSX_DEPLOYMENT_TARGET", NATIVE),
    ("IPHONEOS_DEPLOYMENT_TARGET", NATIVE),
    ("ANDROID_NDK*", NATIVE),
    ("PKG_CONFIG*", FOUND),
    ("HOST_PKG_CONFIG*", FOUND),
    ("TARGET_PKG_CONFIG*", FOUND),
    ("VCPKG*", FOUND),
    ("CPATH", FOUND),
    ("C_INCLUDE_PATH", FOUND),
    ("CPLUS_INCLUDE_PATH", FOUND),
    ("LIBRARY_PATH", FOUND),
    ("LIBCLANG_PATH", FOUND),
    ("LLVM_CONFIG_PATH", FOUND),
    ("BINDGEN_EXTRA_CLANG_ARGS*", FOUND),
    ("OPENSSL_DIR", FOUND),
    ("OPENSSL_LIB_DIR", FOUND),
    ("OPENSSL_INCLUDE_DIR", FOUND),
    ("OPENSSL_STATIC", FOUND),
    ("OPENSSL_NO_VENDOR", FOUND),
    ("PROTOC", FOUND),
    ("PROTOC_INCLUDE", FOUND),
    ("PYO3_*", FOUND),
    ("CUDA_HOME", FOUND),
    ("CUDA_PATH", FOUND),
];

/// Those that a pattern above takes as well and that decide nothing: where products lie, how many are made
/// at once, what runs them.
const NOT_BUILDS: &[&str] = &[
    "CARGO_TARGET_DIR",
    "CARGO_TARGET_*_RUNNER",
    "CARGO_BUILD_TARGET_DIR",
    "CARGO_BUILD_BUILD_DIR",
    "CARGO_BUILD_JOBS",
    "CARGO_BUILD_DEP_INFO_BASEDIR",
    "CARGO_BUILD_INCREMENTAL",
    "CARGO_PROFILE_*_INCREMENTAL",
    "CC_ENABLE_DEBUG_OUTPUT",
    "CMAKE_BUILD_PARALLEL_LEVEL",
];

/// Those that decide where packages come from.
const SOURCES: &[(&str, &str)] = &[("CARGO_REGISTRIES_*_INDEX", FETCHED)];

/// Those that only the repository's own packages are built with: of others cargo never makes incremental
/// products (The Cargo Book, "Profiles", `incremental`).
const OF_WORKSPACE: &[(&str, &str)] = &[
    ("CARGO_INCREMENTAL", OWN),
    ("CARGO_BUILD_INCREMENTAL", OWN),
    ("CARGO_PROFILE_*_INCREMENTAL", OWN),
];

/// The variables to ask for.
pub(super) fn asked() -> Vec<&'static str> {
    let named = |list: &'static [(&'static str, &'static str)]| list.iter().map(|(name, _)| *name);
    let counting = named(BUILDS).chain(named(SOURCES)).chain(named(OF_WORKSPACE));
    counting.chain(super::places::VARIABLES).chain(INSTEAD).collect()
}

/// How far a variable counts, and why; nothing for one that decides nothing. One that is not asked for
/// here was named by a person.
fn level(name: &[u8]) -> Option<(Level, &'static str)> {
    let of = |list: &[(&str, &'static str)]| {
        list.iter().find(|(pattern, _)| matches(pattern, name)).map(|(_, why)| *why)
    };
    if let Some(why) = of(OF_WORKSPACE) {
        return Some((Level::Workspace, why));
    }
    if NOT_BUILDS.iter().any(|pattern| matches(pattern, name)) {
        return None;
    }
    let source = of(SOURCES).map(|why| (Level::Dependencies, why));
    let known = source.or_else(|| of(BUILDS).map(|why| (Level::Toolchain, why)));
    let is_asked = || asked().iter().any(|pattern| matches(pattern, name));
    known.or_else(|| (!is_asked()).then_some((Level::Toolchain, NAMED)))
}

/// Whether a pattern, in which the first `*` stands for any letters, means a name.
fn matches(pattern: &str, name: &[u8]) -> bool {
    match pattern.split_once('*') {
        None => name == pattern.as_bytes(),
        Some((beginning, end)) => {
            name.len() >= beginning.len() + end.len()
                && name.starts_with_str(beginning)
                && name.ends_with_str(end)
        }
    }
}

/// Each variable that is set and counts.
pub(super) fn read(seen: &Seen<'_>) -> Found {
    let mut found = Found::default();
    for (name, value) in seen.variables {
        let Some((level, why)) = level(name).filter(|_| !value.is_empty()) else { continue };
        let source = Source::Variable(name.clone());
        let mut it = Ingredient::new(level, name.as_slice(), source, why);
        it.hidden("value", said(name, value));
        let is_source = level == Level::Dependencies;
        found.ingredients.push(if is_source { it.of_downloads() } else { it });
    }
    found
}

/// What is said, in one spelling: cargo splits flags at blanks (The Cargo Book, "Configuration",
/// `build.rustflags`).
fn said(name: &[u8], value: &[u8]) -> Vec<u8> {
    let is_split = name.ends_with_str("RUSTFLAGS") || name.ends_with_str("RUSTDOCFLAGS");
    if !is_split || name.contains_str("ENCODED") {
        return value.to_vec();
    }
    let words = value.split(|byte| *byte == b' ').map(<[u8]>::trim_ascii);
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_counts_where_it_decides_something() {
        let check = |name: &str, wanted: Option<Level>| {
            assert_eq!(level(name.as_bytes()).map(|(level, _)| level), wanted, "{name}");
        };
        check("RUSTFLAGS", Some(Level::Toolchain));
        check("CARGO_BUILD_TARGET", Some(Level::Toolchain));
        check("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", Some(Level::Toolchain));
        check("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUNNER", None);
        check("CARGO_TARGET_DIR", None);
        check("CARGO_BUILD_JOBS", None);
        check("CARGO_PROFILE_RELEASE_LTO", Some(Level::Toolchain));
        check("CARGO_PROFILE_DEV_INCREMENTAL", Some(Level::Workspace));
        check("CARGO_INCREMENTAL", Some(Level::Workspace));
        check("CARGO_REGISTRIES_MINE_INDEX", Some(Level::Dependencies));
        check("CC_aarch64_unknown_linux_gnu", Some(Level::Toolchain));
        check("CARGO_HOME", None);
        check("RUSTUP_TOOLCHAIN", None);
        check("NAMED_BY_A_PERSON", Some(Level::Toolchain));
    }

    #[test]
    fn secrets_and_what_decides_nothing_are_not_asked_for() {
        for name in [
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_MINE_TOKEN",
            "CARGO_REGISTRIES_CRATES_IO_CREDENTIAL_PROVIDER",
            "CARGO_TERM_COLOR",
            "CARGO_HTTP_TIMEOUT",
            "CARGO_NET_RETRY",
            "CARGO_PKG_VERSION",
            "RUST_BACKTRACE",
            "RUST_LOG",
            "CCACHE_DIR",
            "GITHUB_TOKEN",
        ] {
            assert!(!asked().iter().any(|pattern| matches(pattern, name.as_bytes())), "{name}");
        }
    }

    #[test]
    fn flags_count_by_their_words() {
        assert_eq!(said(b"RUSTFLAGS", b" -Ca  -Cb "), b"-Ca -Cb");
        assert_eq!(said(b"CARGO_BUILD_RUSTDOCFLAGS", b"a  b"), b"a b");
        assert_eq!(said(b"CARGO_ENCODED_RUSTFLAGS", b"a  b"), b"a  b");
        assert_eq!(said(b"CFLAGS", b"a  b"), b"a  b");
    }

    #[test]
    fn a_star_stands_for_letters_in_the_middle_too() {
        assert!(matches("A_*_B", b"A_X_B") && !matches("A_*_B", b"A_B"));
        assert!(matches("A*", b"A") && !matches("A", b"AB"));
    }
}
