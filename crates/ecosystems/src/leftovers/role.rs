//! What a place is, by its path.

use crate::caches::Ecosystem;

/// What a place holds, as far as anything can be said of what is left over in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Packages as a registry packed them: `<registry>/<name>-<version>.crate` (The Cargo Book,
    /// "Cargo Home").
    CargoPackages,
    /// Packages unpacked: `<registry>/<name>-<version>/`.
    CargoSources,
    /// Clones of repositories: `<name>-<hash>/`.
    CargoClones,
    /// Commits checked out of them: `<name>-<hash>/<beginning of the commit>/`.
    CargoCheckouts,
    /// Products of builds (The Cargo Book, "Build Cache").
    CargoProducts,
    /// Something in which nothing is told apart, and why.
    Whole(&'static str),
}

impl Role {
    /// The role of an ecosystem's place.
    pub fn of(ecosystem: Ecosystem, path: &[u8]) -> Self {
        if ecosystem != Ecosystem::Cargo {
            return Self::Whole(left_alone(ecosystem.name()));
        }
        // Wildcards at its end only say which of them are kept.
        let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
        let has =
            |first: &[u8], second: &[u8]| parts.windows(2).any(|pair| pair == [first, second]);
        let last = parts.last().copied().unwrap_or_default();
        if has(b"registry", b"cache") {
            Self::CargoPackages
        } else if has(b"registry", b"src") {
            Self::CargoSources
        } else if has(b"registry", b"index") {
            Self::Whole(
                "cargo asks the registry for what is newer than it, and takes the rest of it",
            )
        } else if has(b"git", b"db") {
            Self::CargoClones
        } else if has(b"git", b"checkouts") {
            Self::CargoCheckouts
        } else if matches!(last, b"bin" | b".crates.toml" | b".crates2.json") {
            Self::Whole("nothing says which programs a job needs")
        } else {
            Self::CargoProducts
        }
    }
}

/// Why nothing is dropped from an ecosystem's places, in words that follow "because".
pub fn left_alone(ecosystem: &str) -> &'static str {
    match ecosystem {
        "npm" => {
            "npm's store names files by their contents, and only npm's own index says whose they are: `npm cache verify` drops what is unused"
        }
        "pnpm" => {
            "pnpm's store names files by their contents and shares them between packages: `pnpm store prune` drops what is unused"
        }
        "go" => {
            "the products are named by digests of what they are made from, and go itself drops those unused for five days"
        }
        "uv" => {
            "uv's store is one of links between archives: `uv cache prune --ci` drops what is unused"
        }
        _ => "nothing that is certain says which of it a later run needs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, wanted: Role) {
        let role = Role::of(Ecosystem::Cargo, path.as_bytes());
        let same = std::mem::discriminant(&role) == std::mem::discriminant(&wanted);
        assert!(same, "{path}: {role:?}");
    }

    #[test]
    fn places_of_cargo_are_told_by_their_paths() {
        check("~/.cargo/registry/cache", Role::CargoPackages);
        check("/x/registry/src/*/*-sys-*", Role::CargoSources);
        check("~/.cargo/registry/index", Role::Whole(""));
        check("~/.cargo/git/db", Role::CargoClones);
        check("~/.cargo/git/checkouts", Role::CargoCheckouts);
        check("~/.cargo/bin", Role::Whole(""));
        check("target", Role::CargoProducts);
        check("a/build-here", Role::CargoProducts);
    }
}
