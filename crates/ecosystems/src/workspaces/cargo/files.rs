//! What a changed file that is no manifest means for the package that it belongs to.
//!
//! Sources: The Cargo Book, "Package Layout" and "Cargo Targets" for the folders and keys of targets; the
//! rules that the crate `determinator` 0.13 publishes as its defaults for the names that nobody reads
//! (README, LICENSE, CONTRIBUTING, `CODE_OF_CONDUCT`, SECURITY, `.gitignore` and the like). Changelogs and
//! notices are added: they are as little read.
//!
//! - What targets outside of tests are made of reaches the dependents: `src`, the build script, the
//!   folder of an explicit `path`. A `path` may lead out of the package: then the file itself counts, with
//!   what it includes.
//! - `tests`, `benches`, `examples` and the folders of their explicit targets are the package's own.
//! - Names that nobody reads touch nothing, and around a root package (of the repository, or of a
//!   workspace) neither do the folders and files of documentation, CI and other tools: see [`ASIDE`].
//!   Unless the build script names them, or a source includes them.
//! - Everything else may be read, by a build script, a macro or a test: it reaches the dependents.

use super::layout::{TARGET_FOLDERS, folder_of, name_of, relative};
use super::manifest::{Manifest, joined};
use crate::workspaces::Reach;

/// What a file of a package means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// The package is made of it, or may read it.
    Read(Reach),
    /// Nobody reads it, as far as its name says.
    Unread,
}

/// The beginnings of names of files that nobody reads, wherever they lie.
const UNREAD_BEGINNINGS: [&[u8]; 11] = [
    b"README",
    b"LICENSE",
    b"LICENCE",
    b"COPYING",
    b"COPYRIGHT",
    b"NOTICE",
    b"CONTRIBUTING",
    b"CODE_OF_CONDUCT",
    b"SECURITY",
    b"CHANGELOG",
    b"RELEASES.md",
];

/// The whole names of files that nobody reads, wherever they lie: git's, other version control's and
/// editors'.
const UNREAD_NAMES: [&[u8]; 11] = [
    b".gitignore",
    b".gitattributes",
    b".gitkeep",
    b".git-blame-ignore-revs",
    b".dockerignore",
    b".hgignore",
    b".svnignore",
    b".ignore",
    b".editorconfig",
    b".mailmap",
    b"CODEOWNERS",
];

/// What lies beside the crates around a root package and is none of its targets' business, by the
/// first part of the path. A folder or file that is not here is taken to be read.
const ASIDE: [&[u8]; 48] = [
    // Hosts, and their continuous integration.
    b".github",
    b".gitlab",
    b".forgejo",
    b".gitea",
    b".circleci",
    b".buildkite",
    b".woodpecker",
    b".ci",
    b"ci",
    b".gitlab-ci.yml",
    b".travis.yml",
    b".cirrus.yml",
    b".mergify.yml",
    b".pre-commit-config.yaml",
    b"appveyor.yml",
    b"azure-pipelines.yml",
    b"Jenkinsfile",
    b"bors.toml",
    b"triagebot.toml",
    b"renovate.json",
    b"codecov.yml",
    b".codecov.yml",
    b"netlify.toml",
    // Documentation. What a build script takes from there, it names.
    b"doc",
    b"docs",
    b"book",
    b"book.toml",
    b"rfcs",
    b"adr",
    // Editors, and hooks of git.
    b".vscode",
    b".idea",
    b".zed",
    b".devcontainer",
    b".githooks",
    b".husky",
    // Tools that look at the sources and add nothing to them. `fuzz` is cargo-fuzz's own package.
    b"fuzz",
    b"deny.toml",
    b"typos.toml",
    b"_typos.toml",
    b".typos.toml",
    b"taplo.toml",
    b".taplo.toml",
    b"cliff.toml",
    b"release.toml",
    b"release-plz.toml",
    b"dist-workspace.toml",
    b"rust-analyzer.toml",
    b"tarpaulin.toml",
];

/// Whether what has this first part of its path is none of the business of a root package around it.
pub(super) fn is_aside(first: &[u8]) -> bool {
    ASIDE.contains(&first)
}

/// Files of cargo's own folder that set something else than builds (`config.toml` is looked at by
/// itself).
const CARGO_FOLDER: &[u8] = b".cargo";

/// Where a package's targets are.
pub(super) struct Targets {
    build_script: Option<Vec<u8>>,
    script_within: Option<Vec<u8>>,
    read: Vec<Vec<u8>>,
    own: Vec<Vec<u8>>,
    outside: Vec<(Vec<u8>, Reach)>,
    is_root: bool,
}

impl Targets {
    /// The targets that a manifest names, besides those that cargo finds by itself; `is_root` where it
    /// is the root package of the repository or of a workspace.
    pub(super) fn of(manifest: &Manifest, is_root: bool) -> Self {
        let mut outside = Vec::new();
        let mut paths = |keys: &[&str], reach: Reach| -> Vec<Vec<u8>> {
            let tables = keys.iter().filter_map(|key| manifest.tree.get(key));
            let lists = tables
                .flat_map(|table| table.as_list().unwrap_or_else(|| std::slice::from_ref(table)));
            let paths = lists.filter_map(|target| target.get("path")?.as_str());
            let mut within = Vec::new();
            for path in paths.filter_map(|path| joined(&manifest.folder, path)) {
                match relative(&path, &manifest.folder) {
                    Some(path) => within.push(path.to_vec()),
                    None => outside.push((path, reach)),
                }
            }
            within
        };
        let read = paths(&["lib", "bin"], Reach::Dependents);
        let own = paths(&["test", "bench", "example"], Reach::Own);
        let build_script = build_script(manifest);
        let within = build_script.as_ref().and_then(|path| relative(path, &manifest.folder));
        let script_within = within.map(<[u8]>::to_vec);
        if script_within.is_none() {
            outside.extend(build_script.clone().map(|path| (path, Reach::Dependents)));
        }
        Self { build_script, script_within, read, own, outside, is_root }
    }

    /// The path of the build script in the repository, whether it is there or not.
    pub(super) fn build_script(&self) -> Option<&[u8]> {
        self.build_script.as_deref()
    }

    /// The paths of the targets that lie outside of the package's folder, in the repository, and how far
    /// each reaches.
    pub(super) fn outside(&self) -> &[(Vec<u8>, Reach)] {
        &self.outside
    }

    /// The paths of the targets that are built for others, below the package's folder: those that cargo
    /// finds by itself, and those with a `path`.
    pub(super) fn built(&self) -> impl Iterator<Item = &[u8]> {
        [&b"src/lib.rs"[..], b"src/main.rs"].into_iter().chain(self.read.iter().map(Vec::as_slice))
    }

    /// What the file at `path`, relative to the package's folder, means.
    pub(super) fn usage(&self, path: &[u8]) -> Use {
        let first = path.split(|byte| *byte == b'/').next().unwrap_or(path);
        let is_file = first.len() == path.len();
        if self.script_within.as_deref() == Some(path)
            || self.read.iter().any(|target| is_near(path, target))
        {
            return Use::Read(Reach::Dependents);
        }
        if first != b"src" && self.own.iter().any(|target| is_near(path, target)) {
            return Use::Read(Reach::Own);
        }
        let is_target_folder = !is_file && TARGET_FOLDERS.contains(&first);
        if is_target_folder && first != b"src" {
            return Use::Read(Reach::Own);
        }
        let name = name_of(path);
        let is_unread = UNREAD_NAMES.contains(&name)
            || UNREAD_BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
            || first == CARGO_FOLDER
            || self.is_root && (is_aside(first) || is_file && name.ends_with(b".md"));
        if is_unread { Use::Unread } else { Use::Read(Reach::Dependents) }
    }
}

/// Whether a file may be a part of the target at `target`: it is it, or lies in its folder, if that is
/// not the package's.
fn is_near(path: &[u8], target: &[u8]) -> bool {
    let folder = folder_of(target);
    path == target || !folder.is_empty() && relative(path, folder).is_some()
}

/// Where the build script is; `build = false` says that there is none.
fn build_script(manifest: &Manifest) -> Option<Vec<u8>> {
    let Some(value) = manifest.package().and_then(|package| package.get("build")) else {
        return joined(&manifest.folder, "build.rs");
    };
    match (value.as_bool(), value.as_str()) {
        (Some(false), _) => None,
        (_, Some(path)) => joined(&manifest.folder, path),
        // Of several build scripts (unstable) the first.
        (_, None) => {
            let first = value.as_list().map_or(Some("build.rs"), |list| list.first()?.as_str());
            joined(&manifest.folder, first?)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Use = Use::Read(Reach::Own);
    const READ: Use = Use::Read(Reach::Dependents);

    fn targets(manifest: &str, is_root: bool) -> Targets {
        let text = format!("package.name = 'a'\n{manifest}");
        Targets::of(&Manifest::read(b"", b"Cargo.toml", text.as_bytes()).unwrap(), is_root)
    }

    #[track_caller]
    fn check(path: &str, member: Use, root: Use) {
        assert_eq!(targets("", false).usage(path.as_bytes()), member, "{path} of a member");
        assert_eq!(targets("", true).usage(path.as_bytes()), root, "{path} of a root package");
    }

    #[test]
    fn a_file_is_known_by_its_place_and_name() {
        check("src/lib.rs", READ, READ);
        check("src/data/x.json", READ, READ);
        check("build.rs", READ, READ);
        check("tests/x.rs", OWN, OWN);
        check("tests/fixtures/README.md", OWN, OWN);
        check("benches/x.rs", OWN, OWN);
        check("examples/x/main.rs", OWN, OWN);
        check("tests", READ, READ);
        check("containers/Dockerfile", READ, READ);
        check("README.md", Use::Unread, Use::Unread);
        check("src/README.md", Use::Unread, Use::Unread);
        check("LICENSE-MIT", Use::Unread, Use::Unread);
        check("x/.gitignore", Use::Unread, Use::Unread);
        check(".cargo/audit.toml", Use::Unread, Use::Unread);
        check("notes.md", READ, Use::Unread);
        check("assets/notes.md", READ, READ);
        check("docs/x.md", READ, Use::Unread);
        check(".github/workflows/x.yml", READ, Use::Unread);
        check("deny.toml", READ, Use::Unread);
        check(".sqlx/query.json", READ, READ);
        check(".env", READ, READ);
        check("proto/x.proto", READ, READ);
    }

    #[track_caller]
    fn check_target(manifest: &str, path: &str, wanted: Use) {
        assert_eq!(targets(manifest, true).usage(path.as_bytes()), wanted, "{path}");
    }

    #[test]
    fn explicit_targets_are_where_their_path_says() {
        check_target("lib.path = 'doc/lib.rs'", "doc/x.rs", READ);
        check_target("lib.path = 'lib.rs'", "docs/x.md", Use::Unread);
        check_target("bin = [{ name = 'b', path = 'tests/b.rs' }]", "tests/x.rs", READ);
        check_target("[[test]]\npath = 'it/main.rs'", "it/x/y.rs", OWN);
        check_target("[[test]]\npath = 'src/it.rs'", "src/it.rs", READ);
        check_target("[[test]]\npath = 'it.rs'", "it.rs", OWN);
        check_target("package.build = 'doc/make.rs'", "doc/make.rs", READ);
        check_target("package.build = false", "build.rs", READ);
    }

    #[test]
    fn targets_may_lie_outside_of_their_package() {
        let text = "package = { name = 'a', build = '../x/build.rs' }\nlib.path = '../lib.rs'\n[[test]]\npath = '../t/./t.rs'\n[[bin]]\npath = 'b.rs'\n[[bin]]\npath = '../../b.rs'";
        let manifest = Manifest::read(b"a", b"a/Cargo.toml", text.as_bytes()).unwrap();
        let targets = Targets::of(&manifest, false);
        let wanted = [
            (b"lib.rs".to_vec(), Reach::Dependents),
            (b"t/t.rs".to_vec(), Reach::Own),
            (b"x/build.rs".to_vec(), Reach::Dependents),
        ];
        assert_eq!(targets.outside(), wanted);
        assert_eq!(targets.build_script(), Some(&b"x/build.rs"[..]));
        let built: Vec<&[u8]> = targets.built().collect();
        assert_eq!(built, [&b"src/lib.rs"[..], b"src/main.rs", b"b.rs"]);
    }
}
