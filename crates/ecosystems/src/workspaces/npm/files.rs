//! How far a file of a package reaches, by its name.
//!
//! A bundler may take in any file, so every file is meant for dependents too, but those of which the name
//! says that no other package reads them: tests and their snapshots, the words for people beside the
//! code, and the settings of linters. A folder `test` or `e2e` says less: helpers in it are imported
//! by other packages, so it counts like the rest.
//!
//! Some files are read by the tools of every package below their folder, because the tools look for
//! them upwards or because the packages name them (`extends`). They reach all these packages.

use super::super::Reach;
use super::manifest::Manifest;
use crate::workspaces::folders::{self, is_for_people};

/// Beginnings of names that linters, formatters and hooks of commits are configured with.
const LINT: [&[u8]; 22] = [
    b".commitlintrc",
    b".cspell.",
    b".editorconfig",
    b".eslintignore",
    b".eslintrc",
    b".lintstagedrc",
    b".markdownlint",
    b".oxfmtrc",
    b".oxlintrc",
    b".prettierignore",
    b".prettierrc",
    b".remarkrc",
    b".stylelintignore",
    b".stylelintrc",
    b"biome.json",
    b"commitlint.config.",
    b"cspell.",
    b"dprint.json",
    b"eslint.config.",
    b"knip.",
    b"lint-staged.config.",
    b"prettier.config.",
];

/// More of them, by the whole name.
const LINT_NAMES: [&[u8]; 2] = [b"stylelint.config.js", b"tslint.json"];

/// Beginnings of names that decide how every package below is installed, built or tested.
const SHARED: [&[u8]; 24] = [
    b".babelrc",
    b".browserslistrc",
    b".node-version",
    b".npmrc",
    b".nvmrc",
    b".pnpmfile.",
    b".postcssrc",
    b".swcrc",
    b".tool-versions",
    b".yarnrc",
    b"babel.config.",
    b"bunfig.toml",
    b"jest.config.",
    b"jest.preset.",
    b"jest.setup.",
    b"lerna.json",
    b"metro.config.",
    b"nx.json",
    b"postcss.config.",
    b"tailwind.config.",
    b"tsconfig",
    b"turbo.json",
    b"vite.config.",
    b"vitest.",
];

/// Folders in which such files lie: patches of dependencies, and the package manager itself.
const SHARED_FOLDERS: [&[u8]; 4] =
    [b".yarn/patches", b".yarn/plugins", b".yarn/releases", b"patches"];

/// How far a file reaches, from its path below the folder of its package.
pub(super) fn reach(path: &[u8], manifest: &Manifest) -> Reach {
    let (_, name) = folders::split(path);
    if is_lint(name) {
        // A package of settings for linters may offer exactly this file.
        let offered = ["main", "exports", "files", "bin", "module"];
        let is_offered = |field: &&str| {
            manifest.fields.get(*field).is_some_and(|json| contains(json.as_bytes(), name))
        };
        return if offered.iter().any(is_offered) { Reach::Dependents } else { Reach::Lint };
    }
    if is_test(path) || is_for_people(path) { Reach::Own } else { Reach::Dependents }
}

/// The folder below which a file matters to every package, and how far it does there.
pub(super) fn shared(path: &[u8]) -> Option<(&[u8], Reach)> {
    let (folder, name) = folders::split(path);
    if is_lint(name) {
        return Some((folder, Reach::Lint));
    }
    if SHARED.iter().any(|beginning| name.starts_with(beginning)) {
        return Some((folder, Reach::Dependents));
    }
    folders::upwards(folder).find_map(|folder| {
        SHARED_FOLDERS.iter().find_map(|shared| {
            let above = folder.strip_suffix(*shared)?;
            match above {
                [] => Some((above, Reach::Dependents)),
                [above @ .., b'/'] => Some((above, Reach::Dependents)),
                _ => None,
            }
        })
    })
}

fn is_lint(name: &[u8]) -> bool {
    LINT.iter().any(|beginning| name.starts_with(beginning)) || LINT_NAMES.contains(&name)
}

/// Whether a file is a test or what a test compares with, by the names that jest, vitest and others
/// look for (<https://jestjs.io/docs/configuration>, "testMatch").
fn is_test(path: &[u8]) -> bool {
    let (folder, name) = folders::split(path);
    let in_tests = |folder: &[u8]| {
        folders::names_of(folder).any(|it| it == b"__tests__" || it == b"__snapshots__")
    };
    let is_named = |part: &[u8]| matches!(part, b"test" | b"spec");
    // The word stands between dots: `a.test.ts`, `a.e2e.spec.ts`.
    let words: Vec<&[u8]> = name.split(|byte| *byte == b'.').collect();
    let inner = words.get(1..words.len() - 1).unwrap_or_default();
    in_tests(folder) || name.ends_with(b".snap") || inner.iter().copied().any(is_named)
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    bstr::ByteSlice::find(text, word).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, wanted: Reach) {
        let manifest = br#"{"name": "x", "main": "./.eslintrc.cjs"}"#;
        let manifest = Manifest::read(b"package.json", manifest).unwrap();
        assert_eq!(reach(path.as_bytes(), &manifest), wanted, "{path}");
    }

    #[test]
    fn a_file_reaches_as_far_as_its_name_allows() {
        for path in ["src/a.ts", "test/helper.ts", "docs/guide.md", "a", "src/spec.ts", "test.js"] {
            check(path, Reach::Dependents);
        }
        for path in ["src/a.test.ts", "a.e2e.spec.js", "src/__tests__/a.ts", "__snapshots__/a.snap"]
        {
            check(path, Reach::Own);
        }
        for path in
            ["README.md", "docs/Readme", "CHANGELOG.md", "LICENSE", ".github/workflows/x.yml"]
        {
            check(path, Reach::Own);
        }
        check("eslint.config.mjs", Reach::Lint);
        check("src/.prettierrc", Reach::Lint);
        check(".eslintrc.cjs", Reach::Dependents);
    }

    #[test]
    fn a_shared_file_matters_below_its_folder() {
        assert_eq!(shared(b"tsconfig.base.json"), Some((&b""[..], Reach::Dependents)));
        assert_eq!(shared(b"a/.npmrc"), Some((&b"a"[..], Reach::Dependents)));
        assert_eq!(shared(b"a/eslint.config.js"), Some((&b"a"[..], Reach::Lint)));
        assert_eq!(shared(b"patches/x.patch"), Some((&b""[..], Reach::Dependents)));
        assert_eq!(shared(b"a/.yarn/patches/x"), Some((&b"a"[..], Reach::Dependents)));
        assert_eq!(shared(b"a/my-patches/x"), None);
        assert_eq!(shared(b"src/a.ts"), None);
    }
}
