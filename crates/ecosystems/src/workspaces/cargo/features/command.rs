//! The words of a cargo command, as far as they say what it builds. A word that is not known may mean anything.

/// A cargo command that builds something.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of cargo")]
pub struct Command {
    /// The packages of `-p`.
    pub(super) packages: Vec<String>,
    /// Whether all of the workspace is built.
    pub(super) is_workspace: bool,
    /// The packages of `--exclude`.
    pub(super) exclude: Vec<String>,
    /// The features of `--features`.
    pub(super) features: Vec<String>,
    /// `--all-features`.
    pub(super) is_all_features: bool,
    /// `--no-default-features`.
    pub(super) has_no_default_features: bool,
    /// Whether dependencies of tests are built too.
    pub(super) builds_tests: bool,
}

/// Why nobody can say what a command builds.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsure {
    /// It is no command of cargo's.
    #[error("the command does not begin with `cargo`")]
    NotCargo,
    /// It is none that is known to build something.
    #[error("what this subcommand builds is not known")]
    Subcommand(String),
    /// A word of it may mean anything.
    #[error("what this option does is not known")]
    Option(String),
    /// An option without its value.
    #[error("the option has no value")]
    NoValue(String),
    /// A package that is not there, or is not named by its name.
    #[error("which package this is, is not known")]
    Package(String),
    /// No package says that it needs a GPU.
    #[error("no package has a table `[package.metadata.gpu]`")]
    NoPackage,
}

/// Subcommands that build, and whether they build tests in any case.
const SUBCOMMANDS: [(&str, bool); 18] = [
    ("b", false),
    ("bench", true),
    ("build", false),
    ("c", false),
    ("check", false),
    ("clippy", false),
    ("d", false),
    ("doc", false),
    ("fix", true),
    ("llvm-cov", true),
    ("miri", true),
    ("nextest", true),
    ("r", false),
    ("run", false),
    ("rustc", false),
    ("rustdoc", false),
    ("t", true),
    ("test", true),
];

/// Options with a value that does not change which packages are built with which features.
const WITH_VALUE: [&str; 32] = [
    "--artifact-dir",
    "--bin",
    "--build-jobs",
    "--cargo-profile",
    "--color",
    "--config-file",
    "--failure-output",
    "--filter-expr",
    "--filterset",
    "--final-status-level",
    "--ignore-filename-regex",
    "--jobs",
    "--lockfile-path",
    "--max-fail",
    "--message-format",
    "--no-tests",
    "--output-path",
    "--partition",
    "--profile",
    "--retries",
    "--run-ignored",
    "--status-level",
    "--success-output",
    "--target",
    "--target-dir",
    "--test-threads",
    "--tool-config-file",
    "--user-config-file",
    "-E",
    "-P",
    "-Z",
    "-j",
];

/// Options that stand alone and do not change it either.
const ALONE: [&str; 36] = [
    "--allow-dirty",
    "--allow-staged",
    "--bins",
    "--doc",
    "--document-private-items",
    "--fix",
    "--frozen",
    "--future-incompat-report",
    "--html",
    "--ignore-default-filter",
    "--ignore-rust-version",
    "--json",
    "--keep-going",
    "--lcov",
    "--lib",
    "--locked",
    "--no-capture",
    "--no-deps",
    "--no-fail-fast",
    "--no-report",
    "--no-run",
    "--nocapture",
    "--offline",
    "--open",
    "--quiet",
    "--release",
    "--text",
    "--timings",
    "--unit-graph",
    "--verbose",
    "-q",
    "-qq",
    "-r",
    "-v",
    "-vv",
    "-vvv",
];

/// Options that build tests, with whether they have a value.
const OF_TESTS: [(&str, bool); 7] = [
    ("--all-targets", false),
    ("--bench", true),
    ("--benches", false),
    ("--example", true),
    ("--examples", false),
    ("--test", true),
    ("--tests", false),
];

impl Command {
    /// Reads the words of a command.
    ///
    /// # Errors
    /// If what it builds cannot be told from them.
    pub fn read(words: &[impl AsRef<str>]) -> Result<Self, Unsure> {
        let mut words = words.iter().map(AsRef::as_ref).peekable();
        if !matches!(words.next(), Some("cargo" | "cargo.exe")) {
            return Err(Unsure::NotCargo);
        }
        words.next_if(|word| word.starts_with('+'));
        let mut command = Self::default();
        let mut subcommand = None;
        while let Some(word) = words.next() {
            if word == "--" {
                break;
            }
            if !word.starts_with('-') {
                if subcommand.is_none() {
                    let known = SUBCOMMANDS.iter().find(|(name, _)| *name == word);
                    let (name, builds_tests) =
                        known.ok_or_else(|| Unsure::Subcommand(word.to_owned()))?;
                    command.builds_tests |= builds_tests;
                    subcommand = Some(*name);
                    if matches!(*name, "nextest" | "miri" | "llvm-cov") {
                        let builds = ["list", "nextest", "run", "setup", "test"];
                        words.next_if(|word| builds.contains(word));
                        if *name == "llvm-cov" {
                            words.next_if(|word| *word == "run");
                        }
                    }
                }
                // What else there is names tests.
                continue;
            }
            let (option, value) = split(word);
            let mut take = || {
                let next = || words.next().map(str::to_owned);
                value.map(str::to_owned).or_else(next).ok_or(Unsure::NoValue(option.to_owned()))
            };
            match option {
                "-p" | "--package" => command.packages.push(take()?),
                "--exclude" => command.exclude.push(take()?),
                "-F" | "--features" => {
                    let features = take()?;
                    let features = features.split([',', ' ']).filter(|it| !it.is_empty());
                    command.features.extend(features.map(str::to_owned));
                }
                "--workspace" | "--all" => command.is_workspace = true,
                "--all-features" => command.is_all_features = true,
                "--no-default-features" => command.has_no_default_features = true,
                option => {
                    let of_tests = OF_TESTS.iter().find(|(name, _)| *name == option);
                    if let Some((_, has_value)) = of_tests {
                        command.builds_tests = true;
                        if *has_value && value.is_none() {
                            // A name may follow; without one, all are listed and nothing is built.
                            take()?;
                        }
                    } else if WITH_VALUE.contains(&option) {
                        let value = take()?;
                        command.builds_tests |= option == "--profile" && value == "test";
                    } else if !ALONE.contains(&option) {
                        return Err(Unsure::Option(option.to_owned()));
                    }
                }
            }
        }
        if subcommand.is_none() {
            return Err(Unsure::Subcommand(String::new()));
        }
        Ok(command)
    }
}

/// `--option=value`, `-Fvalue`, or an option alone.
fn split(word: &str) -> (&str, Option<&str>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((option, value)) => (option, Some(value)),
            None => (word, None),
        };
    }
    for option in ["-p", "-F", "-j", "-E", "-P", "-Z"] {
        if let Some(value) = word.strip_prefix(option).filter(|value| !value.is_empty()) {
            return (option, Some(value.strip_prefix('=').unwrap_or(value)));
        }
    }
    (word, None)
}

/// Whether a name matches a pattern of `*` and `?`.
pub(super) fn is_match(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut at, mut next) = (0, 0);
    // Where to go on if what followed the last `*` does not match.
    let mut back: Option<(usize, usize)> = None;
    while let Some(letter) = name.get(next) {
        match pattern.get(at) {
            Some(b'*') => {
                at += 1;
                back = Some((at, next));
            }
            Some(wanted) if *wanted == b'?' || wanted == letter => {
                at += 1;
                next += 1;
            }
            Some(_) | None => {
                let Some((behind, from)) = back else { return false };
                (at, next) = (behind, from + 1);
                back = Some((behind, next));
            }
        }
    }
    pattern.iter().skip(at).all(|letter| *letter == b'*')
}
