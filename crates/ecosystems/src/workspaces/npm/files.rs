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

/// Beginnings of names that linters, formatters and hooks of commits are configured with. Nothing else is
/// called like one of them: all begin with a dot.
const LINT_DOTS: [&[u8]; 16] = [
    b".commitlintrc",
    b".cspell.",
    b".editorconfig",
    b".eslintignore",
    b".eslintrc",
    b".knip.",
    b".lintstagedrc",
    b".markdownlint",
    b".oxfmtrc",
    b".oxlintrc",
    b".prettierignore",
    b".prettierrc",
    b".remarkignore",
    b".remarkrc",
    b".stylelintignore",
    b".stylelintrc",
];

/// More of them, by the whole name. They count only where the tools look for them, in the folder of a
/// package or above some: `src/knip.ts` is a module.
const LINT_NAMES: [&[u8]; 15] = [
    b"biome.json",
    b"biome.jsonc",
    b"cspell.config.json",
    b"cspell.config.jsonc",
    b"cspell.config.toml",
    b"cspell.config.yaml",
    b"cspell.config.yml",
    b"cspell.json",
    b"cspell.jsonc",
    b"cspell.yaml",
    b"cspell.yml",
    b"dprint.json",
    b"knip.json",
    b"knip.jsonc",
    b"tslint.json",
];

/// The same, by what stands before an ending of code.
const LINT_CODE: [&[u8]; 9] = [
    b"commitlint.config",
    b"cspell.config",
    b"eslint.config",
    b"knip",
    b"knip.config",
    b"lint-staged.config",
    b"oxlint.config",
    b"prettier.config",
    b"stylelint.config",
];

/// Endings of JavaScript and TypeScript.
const CODE: [&[u8]; 8] = [b".cjs", b".cts", b".js", b".jsx", b".mjs", b".mts", b".ts", b".tsx"];

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
///
/// `is_above` says whether packages lie in the file's folder or below it.
pub(super) fn reach(path: &[u8], manifest: &Manifest, is_above: bool) -> Reach {
    let (_, name) = folders::split(path);
    if is_lint(name, is_above) {
        // A package of settings for linters may offer exactly this file.
        let offered = ["main", "exports", "files", "bin", "module"];
        let is_offered = |field: &&str| {
            manifest.fields.get(*field).is_some_and(|json| contains(json.as_bytes(), name))
        };
        return if offered.iter().any(is_offered) { Reach::Dependents } else { Reach::Lint };
    }
    if is_test(path) || is_for_people(path) { Reach::Own } else { Reach::Dependents }
}

/// How far a file reaches from a package that names it: `cp ../../LICENSE .` is no reason to build
/// whoever depends on that package, `eslint --ignore-path ../../.gitignore` none to build at all.
pub(super) fn reach_by_name(path: &[u8]) -> Reach {
    let (_, name) = folders::split(path);
    if is_lint(name, true) || name == b".gitignore" {
        Reach::Lint
    } else if is_test(path) || is_for_people(path) {
        Reach::Own
    } else {
        Reach::Dependents
    }
}

/// The folder below which a file matters to every package, and how far it does there.
pub(super) fn shared(path: &[u8], is_above: bool) -> Option<(&[u8], Reach)> {
    let (folder, name) = folders::split(path);
    if is_lint(name, is_above) {
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

fn is_lint(name: &[u8], is_above: bool) -> bool {
    LINT_DOTS.iter().any(|beginning| name.starts_with(beginning))
        || is_above
            && (LINT_NAMES.contains(&name)
                || before_code(name).is_some_and(|name| LINT_CODE.contains(&name)))
}

/// What stands before the ending, of a file of JavaScript or TypeScript.
fn before_code(name: &[u8]) -> Option<&[u8]> {
    CODE.iter().find_map(|ending| name.strip_suffix(*ending))
}

/// Whether a file is a test or what a test compares with, by the names that jest, vitest and others
/// look for (<https://jestjs.io/docs/configuration>, "testMatch").
fn is_test(path: &[u8]) -> bool {
    let (folder, name) = folders::split(path);
    let in_tests = |folder: &[u8]| {
        folders::names_of(folder).any(|it| it == b"__tests__" || it == b"__snapshots__")
    };
    // The word stands between dots: `a.test.ts`, `a.e2e.spec.ts`; `api.spec.json` is no test.
    let is_named = |part: &[u8]| matches!(part, b"test" | b"spec");
    let mut words = before_code(name).into_iter().flat_map(|it| it.split(|byte| *byte == b'.'));
    in_tests(folder) || name.ends_with(b".snap") || words.by_ref().skip(1).any(is_named)
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
        // The package has no other below it.
        let is_above = !path.contains('/');
        assert_eq!(reach(path.as_bytes(), &manifest, is_above), wanted, "{path}");
    }

    #[test]
    fn a_file_reaches_as_far_as_its_name_allows() {
        for path in ["src/a.ts", "test/helper.ts", "docs/guide.md", "a", "src/spec.ts", "test.js"] {
            check(path, Reach::Dependents);
        }
        for path in ["src/history.js", "src/security.ts", "api.spec.json", "a.test.json", "a.test"]
        {
            check(path, Reach::Dependents);
        }
        for path in ["src/a.test.ts", "a.e2e.spec.js", "src/__tests__/a.ts", "__snapshots__/a.snap"]
        {
            check(path, Reach::Own);
        }
        for path in ["a.spec.mts", "a.test.cjs", "a.test.tsx", "a.test.ts.snap"] {
            check(path, Reach::Own);
        }
        for path in
            ["README.md", "docs/Readme", "CHANGELOG.md", "LICENSE", ".github/workflows/x.yml"]
        {
            check(path, Reach::Own);
        }
    }

    #[test]
    fn settings_of_linters_are_known_by_their_whole_names() {
        for path in [
            "eslint.config.mjs",
            "eslint.config.ts",
            "src/.prettierrc",
            "src/.eslintrc.json",
            "biome.jsonc",
            "knip.ts",
            "knip.config.js",
            "cspell.json",
            "stylelint.config.cjs",
            "tslint.json",
        ] {
            check(path, Reach::Lint);
        }
        for path in [
            ".eslintrc.cjs",
            "src/knip.ts",
            "src/eslint.config.js",
            "knip.worker.ts",
            "eslint.config.base.js",
            "cspell.ts",
            "biome.json.ts",
            "knip",
        ] {
            check(path, Reach::Dependents);
        }
    }

    #[test]
    fn a_shared_file_matters_below_its_folder() {
        let shared = |path: &'static [u8]| shared(path, true);
        assert_eq!(shared(b"tsconfig.base.json"), Some((&b""[..], Reach::Dependents)));
        assert_eq!(shared(b"a/.npmrc"), Some((&b"a"[..], Reach::Dependents)));
        assert_eq!(shared(b"a/eslint.config.js"), Some((&b"a"[..], Reach::Lint)));
        assert_eq!(shared(b"patches/x.patch"), Some((&b""[..], Reach::Dependents)));
        assert_eq!(shared(b"a/.yarn/patches/x"), Some((&b"a"[..], Reach::Dependents)));
        assert_eq!(shared(b"a/my-patches/x"), None);
        assert_eq!(shared(b"src/a.ts"), None);
        assert_eq!(super::shared(b"src/eslint.config.js", false), None);
    }
}
