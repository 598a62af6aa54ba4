//! The list of test frameworks: one file each, registered here and nowhere else.
//!
//! Each file says which commands list the tests, what their output means, what an item is part of,
//! and how the tool is told to run some items and no others. The facts come from the tools' own
//! documentation and are held against the real tools by `crates/end-to-end/tests/it/frameworks`; for
//! Hardhat, which is large, that was done once by hand.

use bstr::BString;
use repo_model::RepoPath;

use crate::filter::{CannotFilter, FilterFile, Part};
use crate::probe::{Answers, Discovered, NotDiscovered, Probe};

/// What an item can be, from the coarsest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A package or a service.
    Package,
    /// A program that holds tests.
    Binary,
    /// A file.
    File,
    /// A class, or a contract.
    Class,
    /// A single test.
    Test,
}

/// What an item is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner<'n> {
    /// What it is.
    pub unit: Unit,
    /// Its name, which is an item's name too.
    pub name: &'n [u8],
}

/// Which package a test belongs to, as far as its name says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home<'n> {
    /// The package of this name.
    Package {
        /// Whose packages they are: `cargo`, `go`.
        ecosystem: &'static str,
        /// Its name.
        name: &'n [u8],
    },
    /// The nearest package above this file.
    File {
        /// Whose packages they are: `npm`, `foundry`.
        ecosystem: &'static str,
        /// The file's path, from where the tests run.
        path: &'n [u8],
    },
    /// The name does not say it.
    Unknown,
}

/// What is the same for every item of a framework.
pub(crate) struct About {
    /// The name of the framework.
    pub(crate) name: &'static str,
    /// What is best shared out, as long as none is too large.
    pub(crate) default_unit: Unit,
    /// The finest that the tool can be told to run.
    pub(crate) finest_unit: Unit,
}

/// Makes the modules, the list and the dispatch from one list of files.
macro_rules! frameworks {
    ($($(#[doc = $doc:literal])* $module:ident::$name:ident,)*) => {
        $( mod $module; )*

        /// A test framework.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Framework {
            $( $(#[doc = $doc])* $name, )*
        }

        impl Framework {
            /// All frameworks.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            fn about(self) -> About {
                match self { $( Self::$name => $module::ABOUT, )* }
            }

            /// The commands to run first. None where the framework cannot list its tests; then
            /// a person lists the items.
            pub fn discovery(self) -> Vec<Probe> {
                match self { $( Self::$name => $module::discovery(), )* }
            }

            /// What the answers to all probes so far say.
            ///
            /// # Errors
            /// When an answer is not what the tool is known to write.
            pub fn discovered(self, answers: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
                match self { $( Self::$name => $module::discovered(answers), )* }
            }

            /// What the item of this name is in, the outermost first; nothing for an item that is
            /// in nothing.
            pub fn owners(self, item: &[u8]) -> Vec<Owner<'_>> {
                match self { $( Self::$name => $module::owners(item), )* }
            }

            /// The file that makes the tool run the shard's items and nothing else.
            ///
            /// # Errors
            /// When the tool cannot be told to run one of the items alone.
            pub fn filter(self, part: &Part<'_>) -> Result<FilterFile, CannotFilter> {
                match self { $( Self::$name => $module::filter(part), )* }
            }
        }
    };
}

frameworks! {
    /// cargo-nextest.
    nextest::Nextest,
    /// `cargo test`.
    cargo_test::CargoTest,
    /// `go test`.
    go::Go,
    /// pytest.
    pytest::Pytest,
    /// Jest.
    jest::Jest,
    /// Vitest.
    vitest::Vitest,
    /// Playwright Test.
    playwright::Playwright,
    /// Mocha.
    mocha::Mocha,
    /// Hardhat.
    hardhat::Hardhat,
    /// Foundry's `forge test`.
    forge::Forge,
    /// Files of any kind.
    files::Files,
    /// Packages of any kind.
    packages::Packages,
    /// Services, as actions/changes names them.
    services::Services,
}

impl Framework {
    /// The framework's name.
    pub fn name(self) -> &'static str {
        self.about().name
    }

    /// The names in a list that is no plain one, if it is one of this framework's own: the matrix of
    /// actions/changes, `{"include": [{"name": ...}]}`, for its services.
    pub fn listed(self, list: &[u8]) -> Option<Vec<BString>> {
        match self {
            Self::Services => services::matrix(list),
            Self::Nextest
            | Self::CargoTest
            | Self::Go
            | Self::Pytest
            | Self::Jest
            | Self::Vitest
            | Self::Playwright
            | Self::Mocha
            | Self::Hardhat
            | Self::Forge
            | Self::Files
            | Self::Packages => None,
        }
    }

    /// Which package an item belongs to.
    pub fn home(self, item: &[u8]) -> Home<'_> {
        match self {
            // A binary id is the package, and behind `::` the program (nextest documentation,
            // "Binary IDs"); the doctests of all packages are one item.
            Self::Nextest | Self::CargoTest if item != b"doctests" => {
                let binary = split(item, b" ").map_or(item, |(binary, _)| binary);
                let name = split(binary, b"::").map_or(binary, |(package, _)| package);
                Home::Package { ecosystem: "cargo", name }
            }
            Self::Go => {
                let name = split(item, b" ").map_or(item, |(package, _)| package);
                Home::Package { ecosystem: "go", name }
            }
            Self::Jest | Self::Vitest | Self::Mocha => home_of_file("npm", self.file(item)),
            Self::Hardhat | Self::Forge => home_of_file("foundry", self.file(item)),
            // Playwright names files from its own `rootDir`, wherever that is.
            Self::Playwright
            | Self::Nextest
            | Self::CargoTest
            | Self::Pytest
            | Self::Files
            | Self::Packages
            | Self::Services => Home::Unknown,
        }
    }

    /// The file of an item that is a file or something in one.
    fn file(self, item: &[u8]) -> &[u8] {
        let owners = self.owners(item).into_iter();
        let file = owners.filter(|owner| owner.unit == Unit::File).map(|owner| owner.name).next();
        file.unwrap_or(item)
    }

    /// What is best shared out, as long as none is too large: what shares its set-up stays together.
    pub fn default_unit(self) -> Unit {
        self.about().default_unit
    }

    /// The finest that the tool can be told to run.
    pub fn finest_unit(self) -> Unit {
        self.about().finest_unit
    }
}

/// The home of a file's tests, if its path goes down from where the tests run.
fn home_of_file<'n>(ecosystem: &'static str, path: &'n [u8]) -> Home<'n> {
    let path = path.strip_prefix(b"./").unwrap_or(path);
    if RepoPath::is_normal(path) { Home::File { ecosystem, path } } else { Home::Unknown }
}

/// For tools that list nothing.
fn cannot_list(_: &Answers<'_>) -> Result<Discovered, NotDiscovered> {
    Err(NotDiscovered::CannotList)
}

/// For items that are in nothing.
fn no_owners(_: &[u8]) -> Vec<Owner<'_>> {
    Vec::new()
}

/// An item that is a unit and something in it, with `separator` between them.
fn split<'n>(item: &'n [u8], separator: &[u8]) -> Option<(&'n [u8], &'n [u8])> {
    bstr::ByteSlice::split_once_str(item, separator)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// For the tests of each framework: what the one answer of its tool says, below `/w`.
    pub(super) fn discovered(
        framework: Framework,
        answer: impl Into<Vec<u8>>,
    ) -> Result<Discovered, NotDiscovered> {
        framework.discovered(&Answers { outputs: &[answer.into()], folder: b"/w" })
    }

    /// Tests of these names, in any order.
    pub(super) fn named(names: &[&str]) -> Discovered {
        Discovered::tests(names.iter().map(|name| (*name).into()).collect())
    }

    #[test]
    fn every_file_of_a_framework_is_in_the_list() {
        let listed: BTreeSet<String> =
            Framework::ALL.iter().map(|it| it.name().replace('-', "_") + ".rs").collect();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/frameworks");
        #[expect(clippy::disallowed_methods, reason = "looks at this crate's own source")]
        let files = std::fs::read_dir(folder).unwrap();
        let files: BTreeSet<String> =
            files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(files, listed);
    }

    #[test]
    fn a_framework_that_lists_has_a_way_to_be_told() {
        for framework in Framework::ALL {
            assert!(framework.default_unit() <= framework.finest_unit());
            let filter = framework.filter(&Part { own: &[], others: &[b"a"] }).unwrap();
            assert!(filter.usage.contains("$FILTER"), "{}", framework.name());
        }
    }

    proptest! {
        #[test]
        fn any_name_is_filtered_or_refused(
            own in vec(vec(any::<u8>(), 0..20), 0..4),
            others in vec(vec(any::<u8>(), 0..20), 0..4),
        ) {
            let own: Vec<&[u8]> = own.iter().map(Vec::as_slice).collect();
            let others: Vec<&[u8]> = others.iter().map(Vec::as_slice).collect();
            for framework in Framework::ALL {
                let _ = framework.filter(&Part { own: &own, others: &others });
                for item in &own {
                    let owners = framework.owners(item);
                    prop_assert!(owners.iter().all(|owner| owner.name.len() < item.len()));
                    prop_assert!(owners.is_sorted_by(|outer, inner| outer.unit <= inner.unit));
                }
            }
        }
    }
}
