//! Rules by which paths and packages mark packages as changed, in the file format of determinator
//! (<https://docs.rs/determinator/0.13.0/determinator/rules/>), so that its files can be used as they
//! are.
//!
//! ```toml
//! [[path-rule]]
//! globs = ["docs/**"]
//! mark-changed = ["site"]
//! post-rule = "skip-rules"
//!
//! [[package-rule]]
//! on-affected = ["fixtures"]
//! mark-changed = "all"
//! ```
//!
//! Globs are those of globset with its own options: `*` and `?` match a `/` too. A path goes through
//! the path rules in their order. A rule that marks `"all"` ends it for all paths; one that marks packages
//! goes on as its `post-rule` says. Package rules hold until nothing new is marked; that is the graph's
//! matter, so they are handed on as data.

use diagnostics::config::{Config, Format, Table, Word, Words};
use diagnostics::{Piece, Place, Problem, text};
use globset::{Candidate, Glob, GlobSet, GlobSetBuilder};

/// How many globs a file has at most, how long each is and how many braces it opens. All globs of a
/// rule are tried at once, but each has to be made; deep braces end globset's process.
const MOST_GLOBS: usize = 5000;
const LONGEST_GLOB: usize = 1 << 16;
const MOST_BRACES: usize = 100;

/// The rules of a file.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Whether determinator's own rules ([`Rules::defaults`]) come after these:
    /// `use-default-rules`, which is true unless it is said.
    pub use_default_rules: bool,
    /// The path rules in their order.
    pub path_rules: Vec<PathRule>,
    /// The package rules in their order.
    pub package_rules: Vec<PackageRule>,
    /// The path rules that follow for a path in no package.
    defaults: Vec<PathRule>,
}

/// A rule for changed paths: `[[path-rule]]`.
#[derive(Clone, Debug)]
pub struct PathRule {
    /// The patterns as they are written.
    pub globs: Vec<String>,
    /// What a path that one of them matches marks.
    pub mark_changed: Mark,
    /// What happens to such a path then.
    pub post_rule: PostRule,
    /// Where the rule begins.
    pub place: Place,
    set: GlobSet,
}

/// A rule for affected packages: `[[package-rule]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageRule {
    /// The packages of which one has to be affected.
    pub on_affected: Vec<Name>,
    /// What is marked then.
    pub mark_changed: Mark,
    /// Where the rule begins.
    pub place: Place,
}

/// The name of a package, and where it is written, so that an unknown one can be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub name: String,
    /// Where it stands.
    pub place: Place,
}

/// What a rule marks as changed: `mark-changed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `"all"`: every package.
    All,
    /// A list: these packages. None of them for the empty list.
    Packages(Vec<Name>),
}

/// What happens to a path after a rule that matched it: `post-rule`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PostRule {
    /// `"skip"`, which also holds where nothing is said: the path is done.
    #[default]
    Skip,
    /// `"skip-rules"`: no more rules; the nearest package above is marked as well.
    SkipRules,
    /// `"fallthrough"`: the next rules are tried too.
    Fallthrough,
}

/// What the path rules say of a path.
#[derive(Clone, Debug)]
pub enum Outcome<'r> {
    /// Every package is changed, by this rule.
    All(&'r PathRule),
    /// These packages are.
    Packages {
        /// Each name with the rule that marks it, in the order of the rules.
        named: Vec<(&'r Name, &'r PathRule)>,
        /// Whether the packages that the path belongs to are changed too, as without any rules.
        nearest: bool,
    },
    /// The path is in no package and no rule says what it means, so that every package is changed.
    Nobodys,
}

impl Rules {
    /// Reads a rules file. `file` is its name for problems.
    ///
    /// # Errors
    /// With every mistake in the file, at most 100, in the order of their places: what is no TOML, unknown
    /// and missing keys, values of another type, patterns that cannot be read.
    pub fn read(file: &[u8], bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let rules = Config::read_as(FORMAT, file, bytes, Self::of)?;
        let defaults =
            if rules.use_default_rules { Self::defaults().path_rules } else { Vec::new() };
        Ok(Self { defaults, ..rules })
    }

    fn of(top: &mut Table<'_, '_>) -> Self {
        let use_default_rules = top.flag("use-default-rules").unwrap_or(true);
        let mut globs = 0;
        let mut paths = top.tables("path-rule");
        let mut packages = top.tables("package-rule");
        Self {
            use_default_rules,
            path_rules: paths.iter_mut().filter_map(|table| path_rule(table, &mut globs)).collect(),
            package_rules: packages.iter_mut().filter_map(package_rule).collect(),
            defaults: Vec::new(),
        }
    }

    /// No rules at all.
    fn none() -> Self {
        let (path_rules, package_rules) = (Vec::new(), Vec::new());
        Self { use_default_rules: true, path_rules, package_rules, defaults: Vec::new() }
    }

    /// The rules that determinator 0.13 adds after those of the file (`default-rules.toml` of its
    /// source): names that never matter, and files that concern everything. Whoever reads `Cargo.toml`
    /// and `Cargo.lock` by their meaning knows more than these rules do.
    pub fn defaults() -> Self {
        Self::read(b"determinator's default rules", DEFAULTS.as_bytes()).unwrap_or(Self::none())
    }

    /// What the path rules say of a path of the repository. It is matched as bytes. Whether packages are
    /// known that it belongs to, the caller says: then determinator's own rules are passed over, because
    /// whoever has read the manifests knows more.
    pub fn apply(&self, path: &[u8], is_owned: bool) -> Outcome<'_> {
        let candidate = Candidate::from_bytes(path);
        let mut all = Vec::new();
        let defaults = if is_owned { &[][..] } else { &self.defaults };
        for rule in self.path_rules.iter().chain(defaults) {
            if !rule.set.is_match_candidate(&candidate) {
                continue;
            }
            match &rule.mark_changed {
                Mark::All => return Outcome::All(rule),
                Mark::Packages(names) => all.extend(names.iter().map(|name| (name, rule))),
            }
            match rule.post_rule {
                PostRule::Skip => return Outcome::Packages { named: all, nearest: false },
                PostRule::SkipRules => break,
                PostRule::Fallthrough => {}
            }
        }
        if is_owned { Outcome::Packages { named: all, nearest: true } } else { Outcome::Nobodys }
    }
}

/// determinator's default path rules, as facts: which names, and what they mark.
const DEFAULTS: &str = r#"
use-default-rules = false

[[path-rule]]
globs = ["**/.gitattributes", "**/.gitignore", "**/.ignore", ".dockerignore", ".hgignore", ".svnignore"]
mark-changed = []

[[path-rule]]
globs = ["**/.cargo/config", "**/.cargo/config.toml", "Cargo.toml", "rust-toolchain"]
mark-changed = "all"

[[path-rule]]
globs = [".lintrules/**/*", "clippy.toml", "rustfmt.toml"]
mark-changed = []

[[path-rule]]
globs = ["Cargo.lock"]
mark-changed = []

[[path-rule]]
globs = ["**/CODE_OF_CONDUCT*", "**/CONTRIBUTING*", "**/LICENSE*", "**/README*", "**/SECURITY*"]
mark-changed = []
"#;

const HELP_FORMAT: &str =
    "see https://docs.rs/determinator/0.13.0/determinator/rules/ for the format";
const HELP_GLOB: &str = "see https://docs.rs/globset/0.4/globset/#syntax for patterns";
const FORMAT: Format = Format { what: "the rules file", help: HELP_FORMAT };

fn path_rule(table: &mut Table<'_, '_>, count: &mut usize) -> Option<PathRule> {
    let words = table.list("globs", "a list of patterns");
    let words = table.required("globs", words);
    let globs = words.and_then(|words| globs(table, &words, count));
    let mark = mark(table);
    let post_rule = table.choice(
        "post-rule",
        &[
            ("skip", PostRule::Skip),
            ("skip-rules", PostRule::SkipRules),
            ("fallthrough", PostRule::Fallthrough),
        ],
    );
    let (globs, set) = globs?;
    let (place, post_rule) = (table.place(), post_rule.unwrap_or_default());
    Some(PathRule { globs, mark_changed: mark?, post_rule, place, set })
}

fn package_rule(table: &mut Table<'_, '_>) -> Option<PackageRule> {
    let on = table.list("on-affected", "a list of names of packages");
    let on = table.required("on-affected", on);
    let mark = mark(table);
    let on_affected = names(table, on?);
    Some(PackageRule { on_affected, mark_changed: mark?, place: table.place() })
}

fn mark(table: &mut Table<'_, '_>) -> Option<Mark> {
    const KEY: &str = "mark-changed";
    const WANTED: &str = "`\"all\"` or a list of names of packages";
    let words = table.words(KEY, WANTED);
    match table.required(KEY, words)? {
        Words::Many(words) => Some(Mark::Packages(names(table, words))),
        Words::One(word) if word.text == "all" => Some(Mark::All),
        Words::One(word) => {
            table.wrong(&word, text!["expected ", WANTED], HELP_FORMAT);
            None
        }
    }
}

fn names(table: &Table<'_, '_>, words: Vec<Word>) -> Vec<Name> {
    let name = |word: Word| Name { place: table.place_of(&word), name: word.text };
    words.into_iter().map(name).collect()
}

/// Reads globs and makes one matcher of them. `count` is how many globs the file has had so far.
fn globs(
    table: &Table<'_, '_>,
    words: &[Word],
    count: &mut usize,
) -> Option<(Vec<String>, GlobSet)> {
    let mut builder = GlobSetBuilder::new();
    for word in words {
        *count += 1;
        match glob(&word.text, *count) {
            Ok(glob) => {
                builder.add(glob);
            }
            Err(why) => {
                let label = text!["expected a pattern of globset; ", Piece::said(&why)];
                table.wrong(word, label, HELP_GLOB);
            }
        }
    }
    match builder.build() {
        Ok(set) => Some((words.iter().map(|word| word.text.clone()).collect(), set)),
        Err(error) => {
            let label = text!["expected smaller patterns; ", Piece::said(&error)];
            table.wrong_value("globs", label, HELP_GLOB);
            None
        }
    }
}

/// A pattern, the `count`th of its file.
fn glob(pattern: &str, count: usize) -> Result<Glob, String> {
    if count > MOST_GLOBS {
        return Err(format!("it is one of more than {MOST_GLOBS}"));
    }
    if pattern.len() > LONGEST_GLOB {
        return Err(format!("it is longer than {LONGEST_GLOB} bytes"));
    }
    if pattern.matches('{').count() > MOST_BRACES {
        return Err(format!("it opens more than {MOST_BRACES} braces"));
    }
    Glob::new(pattern).map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use diagnostics::Foreign;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Rules {
        Rules::read(b"rules.toml", text.as_bytes()).unwrap()
    }

    fn names(names: &[Name]) -> Vec<&str> {
        names.iter().map(|name| name.name.as_str()).collect()
    }

    #[test]
    fn every_key_is_read() {
        let rules = read(
            "use-default-rules = false\n[[path-rule]]\nglobs = [\"a/*\", \"b\"]\nmark-changed = [\"p\"]\n\
             post-rule = \"fallthrough\"\n[[package-rule]]\non-affected = [\"p\", \"q\"]\nmark-changed = \"all\"\n",
        );
        assert!(!rules.use_default_rules);
        let [path] = rules.path_rules.as_slice() else { panic!("{rules:?}") };
        assert_eq!(path.globs, ["a/*", "b"]);
        let Mark::Packages(marked) = &path.mark_changed else { panic!("{path:?}") };
        assert_eq!(names(marked), ["p"]);
        assert_eq!(marked[0].place, Place::at(Foreign::from("rules.toml"), 4, 17));
        assert_eq!(path.post_rule, PostRule::Fallthrough);
        let [package] = rules.package_rules.as_slice() else { panic!("{rules:?}") };
        assert_eq!(names(&package.on_affected), ["p", "q"]);
        assert_eq!(package.mark_changed, Mark::All);
    }

    #[test]
    fn no_rules_leave_paths_to_their_packages() {
        let rules = read("");
        assert!(rules.use_default_rules);
        let outcome = rules.apply(b"a", true);
        let Outcome::Packages { named, nearest } = outcome else { panic!("{outcome:?}") };
        assert_eq!((named.len(), nearest), (0, true));
    }

    #[test]
    fn a_path_of_nobody_concerns_everybody_unless_a_rule_knows_better() {
        let rules = "[[path-rule]]\nglobs = [\"docs/*\"]\nmark-changed = [\"p\"]\n\
            [[path-rule]]\nglobs = [\"ci/*\"]\nmark-changed = [\"p\"]\npost-rule = \"skip-rules\"\n";
        let check = |rules: &Rules, path: &[u8], wanted: &str| {
            let outcome = match rules.apply(path, false) {
                Outcome::All(_) => "all".to_owned(),
                Outcome::Nobodys => "nobody's".to_owned(),
                Outcome::Packages { named, nearest } => {
                    assert!(!nearest, "there is no package around it");
                    named.iter().map(|(name, _)| name.name.as_str()).collect()
                }
            };
            assert_eq!(outcome, wanted, "{path:?}");
        };
        let with = read(rules);
        check(&with, b"docs/x", "p");
        check(&with, b"x.toml", "nobody's");
        check(&with, b"ci/README.md", "nobody's");
        // determinator's own rules come after those of the file.
        check(&with, b"README.md", "");
        check(&with, b".cargo/config.toml", "all");
        let without = read(&format!("use-default-rules = false\n{rules}"));
        check(&without, b"README.md", "nobody's");
        check(&without, b".cargo/config.toml", "nobody's");
    }

    /// What the rules of the tests say: names, and whether the nearest package counts.
    #[track_caller]
    fn check(rules: &Rules, path: &[u8], wanted: Option<(&[&str], bool)>) {
        match rules.apply(path, true) {
            Outcome::All(_) | Outcome::Nobodys => assert_eq!(wanted, None),
            Outcome::Packages { named, nearest } => {
                let names: Vec<&str> = named.iter().map(|(name, _)| name.name.as_str()).collect();
                assert_eq!(Some((names.as_slice(), nearest)), wanted);
            }
        }
    }

    #[test]
    fn rules_apply_in_their_order_until_one_stops() {
        let rules = read(
            r#"
            [[path-rule]]
            globs = ["x/*"]
            mark-changed = ["one"]
            post-rule = "fallthrough"
            [[path-rule]]
            globs = ["x/b", "x/c"]
            mark-changed = ["two"]
            post-rule = "skip-rules"
            [[path-rule]]
            globs = ["x/d"]
            mark-changed = []
            [[path-rule]]
            globs = ["x/e", "x/b"]
            mark-changed = "all"
            post-rule = "fallthrough"
            "#,
        );
        check(&rules, b"x/a", Some((&["one"], true)));
        check(&rules, b"x/b", Some((&["one", "two"], true)));
        check(&rules, b"x/d", Some((&["one"], false)));
        check(&rules, b"x/e", None);
        check(&rules, b"y", Some((&[], true)));
        // globset's `*` goes through folders, and any byte is a letter of a name.
        check(&rules, b"x/y/z", Some((&["one"], true)));
        check(&rules, b"x/\xff\n", Some((&["one"], true)));
    }

    #[test]
    fn the_default_rules_are_rules() {
        let defaults = Rules::defaults();
        assert_eq!(defaults.path_rules.len(), 5);
        check(&defaults, b"Cargo.toml", None);
        check(&defaults, b"a/Cargo.toml", Some((&[], true)));
        check(&defaults, b"a/README.md", Some((&[], false)));
        check(&defaults, b"a/.cargo/config.toml", None);
    }

    #[track_caller]
    fn check_refused(text: &str, wanted: &[(u64, u64)]) {
        let problems = Rules::read(b"rules.toml", text.as_bytes()).unwrap_err();
        let places: Vec<(u64, u64)> = problems
            .iter()
            .map(|problem| {
                assert!(problem.label.is_some() && problem.help.is_some(), "{problem:?}");
                let place = problem.place.as_ref().unwrap();
                (place.line.unwrap(), place.column.unwrap())
            })
            .collect();
        assert_eq!(places, wanted, "{problems:?}");
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        check_refused("[foo]\nbar = 1\n", &[(1, 2)]);
        check_refused("path-rule = 1\nuse-default-rules = \"no\"\n", &[(1, 13), (2, 21)]);
        check_refused("[[path-rule]]\n", &[(1, 1), (1, 1)]);
        check_refused("[[package-rule]]\n", &[(1, 1), (1, 1)]);
        check_refused(
            "[[path-rule]]\nglob = []\nglobs = [\"a\", 1, \"[\"]\nmark-changed = \"some\"\npost-rule = \"stop\"\n",
            &[(2, 1), (3, 15), (3, 18), (4, 16), (5, 13)],
        );
        check_refused(
            "[[package-rule]]\non-affected = \"a\"\nmark-changed = [1, \"a\", 2]\nname = \"x\"\n",
            &[(2, 15), (3, 17), (3, 25), (4, 1)],
        );
        check_refused(
            "[[path-rule]]\nglobs = \"x\"\nmark-changed = 5\npost-rule = []\n",
            &[(2, 9), (3, 16), (4, 13)],
        );
        check_refused("a = \n[[path-rule]]\n", &[(1, 1), (1, 5), (2, 1), (2, 1)]);
        assert!(Rules::read(b"r", b"\xff").is_err());
    }

    #[test]
    fn patterns_that_would_stop_the_process_are_refused() {
        let nested = format!("{}x{}", "{a*,".repeat(1000), "}".repeat(1000));
        assert!(glob(&nested, 1).is_err());
        assert!(glob(&"a".repeat(LONGEST_GLOB + 1), 1).is_err());
        assert!(glob("a", MOST_GLOBS + 1).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(
            words in proptest::collection::vec(proptest::sample::select(vec![
                "[[path-rule]]\n", "[[package-rule]]\n", "globs = ", "mark-changed = ", "post-rule = ",
                "on-affected = ", "[\"a\"]\n", "[\"{a,\"]\n", "\"all\"\n", "\"skip\"\n", "[", "{", "=", "1\n", "\"",
            ]), 0..12),
            path in proptest::collection::vec(any::<u8>(), 0..9),
        ) {
            match Rules::read(b"r", words.concat().as_bytes()) {
                Ok(rules) => {
                    let _ = (rules.apply(&path, true), rules.apply(&path, false));
                }
                Err(problems) => prop_assert!(problems.iter().all(|it| it.place.is_some())),
            }
        }
    }
}
