//! What compilers say, message by message: cargo's JSON, and rustc's own.

use bstr::{BStr, BString, ByteSlice as _};

use crate::family::{Fault, Sink, family};

mod lines;

family! {
    Message; "messages";
    /// The `--message-format=json` of cargo: of `check`, `build`, `clippy`, `doc`, `test`.
    cargo_json::CargoJson,
    /// The `--error-format=json` of rustc, clippy-driver and rustdoc.
    rustc_json::RustcJson,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Something that the compiler, clippy or rustdoc has to say about the code.
    Diagnostic(Box<Diagnostic>),
    /// A target that was built, or was up to date.
    Artifact(Artifact),
    /// A build script ran to its end. Of one that fails there is no message.
    BuildScript(PackageId),
    /// The end: the only proof that a report is whole.
    Finished {
        /// Whether everything that was asked for was built.
        success: bool,
    },
}

/// How much a diagnostic counts, as rustc says it (The rustc book, "JSON Output", `level`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `note`, `help`, `failure-note`, and the count with which rustc closes: not about the code.
    Note,
    /// `warning`: a lint that is set to warn.
    Warning,
    /// `error`: the code does not compile, or a lint is denied.
    Error,
    /// `error: internal compiler error`: the compiler failed.
    CompilerFailure,
}

/// What a compiler has to say about the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it counts.
    pub level: Level,
    /// The lint or the error's code: `unused_variables`, `clippy::needless_return`, `E0308`.
    pub code: Option<BString>,
    /// What is wrong, in one line or a few.
    pub message: BString,
    /// All of it as a terminal shows it.
    pub rendered: Option<BString>,
    /// The package that was being built. rustc itself knows of none.
    pub package: Option<PackageId>,
    /// The target that was being built. rustc itself knows of none.
    pub target: Option<Target>,
    /// Where: the first of the primary spans.
    pub spot: Option<Spot>,
}

/// A place in the code, as the compiler writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The file: of a member of the workspace relative to the workspace's root.
    pub file: BString,
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
}

/// One target of a package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    /// Its name.
    pub name: BString,
    /// Its kinds: `lib`, `bin`, `test`, `custom-build` and so on (`cargo metadata`, `targets[].kind`).
    pub kinds: Vec<BString>,
}

impl Target {
    /// Whether it is a build script, which says nothing about the package's own code.
    pub fn is_build_script(&self) -> bool {
        self.kinds.iter().any(|kind| kind == "custom-build")
    }
}

/// A target that was built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The package that it belongs to.
    pub package: PackageId,
    /// The target.
    pub target: Target,
    /// Whether it was up to date, so that nothing was done.
    pub fresh: bool,
    /// Whether it is documentation: `cargo doc` names a page as the file.
    pub is_documentation: bool,
}

/// Cargo's name of a package, in the spelling of any version (The Cargo Book, "Package ID
/// Specifications"; until 1.76 it was `name 0.1.0 (path+file:///...)`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId(pub BString);

impl PackageId {
    /// The package's name.
    pub fn name(&self) -> &BStr {
        self.parts().0.as_bstr()
    }

    /// The package's version, if the name has one.
    pub fn version(&self) -> Option<&BStr> {
        self.parts().1.map(BStr::new)
    }

    fn parts(&self) -> (&[u8], Option<&[u8]>) {
        let id = self.0.as_slice();
        if let Some((name, rest)) = id.split_once_str(" ") {
            return (name, rest.split_str(" ").next());
        }
        let (url, fragment) = id.rsplit_once_str("#").unwrap_or((id, b""));
        if let Some((name, version)) = fragment.split_once_str("@") {
            return (name, Some(version));
        }
        // The name is left out where it is that of the folder.
        let url = url.split_once_str("?").map_or(url, |(url, _)| url);
        let folder = url.trim_end_with(|c| c == '/').rsplit_str("/").next().unwrap_or(url);
        match fragment.first() {
            None => (folder, None),
            Some(first) if first.is_ascii_digit() => (folder, Some(fragment)),
            Some(_) => (fragment, None),
        }
    }
}

/// How a line is taken by a format's reader.
type Take<'t, 'a> = &'t mut dyn FnMut(&[u8], usize, &mut Sink<'a, Message>) -> Result<(), Fault>;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, name: &str, version: Option<&str>) {
        let id = PackageId(id.into());
        assert_eq!((id.name(), id.version()), (name.into(), version.map(Into::into)), "{id:?}");
    }

    #[test]
    fn a_package_is_known_in_both_spellings() {
        check("alpha 0.1.0 (path+file:///repo/x/alpha)", "alpha", Some("0.1.0"));
        check("path+file:///repo/x/alpha#0.1.0", "alpha", Some("0.1.0"));
        check("path+file:///repo/x/gamma#gamma-tool@0.2.0", "gamma-tool", Some("0.2.0"));
        let index = "registry+https://github.com/rust-lang/crates.io-index";
        check(&format!("{index}#serde@1.0.229"), "serde", Some("1.0.229"));
        check(&format!("serde 1.0.229 ({index})"), "serde", Some("1.0.229"));
        check("git+https://example.com/a.b?branch=x#0.1.0", "a.b", Some("0.1.0"));
        check("git+https://example.com/a?rev=1#b@0.1.0", "b", Some("0.1.0"));
        check("path+file:///repo/x/alpha", "alpha", None);
        check("path+file:///repo/x/alpha#beta", "beta", None);
        check("", "", None);
        check("#", "", None);
    }
}
