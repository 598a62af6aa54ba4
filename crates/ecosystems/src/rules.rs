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

use std::ops::Range;

use diagnostics::{Foreign, Piece, Place, Problem, Snippet, Text, nearest, text};
use globset::{Candidate, Glob, GlobSet, GlobSetBuilder};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// How many globs a file has at most, how long each is and how many braces it opens. All globs of a
/// rule are tried at once, but each has to be made; deep braces end globset's process.
const MOST_GLOBS: usize = 5000;
const LONGEST_GLOB: usize = 1 << 16;
const MOST_BRACES: usize = 100;
/// How many mistakes are told. Nobody reads more, and each costs a look at its line.
const MOST_PROBLEMS: usize = 100;

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
        let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let positions = Positions::new(bare);
        let mut reader = Reader { file, bytes: bare, positions, problems: Vec::new(), globs: 0 };
        let rules = match std::str::from_utf8(bare) {
            Ok(text) => {
                let (table, errors) = DeTable::parse_recoverable(text);
                for error in errors.into_iter().take(MOST_PROBLEMS) {
                    let at = error.span().unwrap_or(0..0);
                    let label = text!["expected TOML; ", Piece::said(&error.message())];
                    let message = text!["the rules file ", Foreign::from(file), " is no TOML"];
                    reader.problem(message, &at, label, HELP_TOML);
                }
                reader.rules(table.get_ref())
            }
            Err(error) => {
                let at = error.valid_up_to()..error.valid_up_to();
                let message = text!["the rules file ", Foreign::from(file), " is no TOML"];
                reader.problem(message, &at, "expected UTF-8".into(), HELP_TOML);
                Self::none()
            }
        };
        let place =
            |problem: &Problem| problem.place.as_ref().map(|place| (place.line, place.column));
        reader.problems.sort_by_key(place);
        if !reader.problems.is_empty() {
            return Err(reader.problems);
        }
        let defaults =
            if rules.use_default_rules { Self::defaults().path_rules } else { Vec::new() };
        Ok(Self { defaults, ..rules })
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

const HELP_TOML: &str = "see https://toml.io for what a file of TOML may hold";

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

/// Reads on after a mistake, to tell all of them.
struct Reader<'f> {
    file: &'f [u8],
    bytes: &'f [u8],
    positions: Positions,
    problems: Vec<Problem>,
    globs: usize,
}

/// Lines and columns all through a text, so that asking for many of them costs no more than the text.
struct Positions(Vec<(u64, u64)>);

impl Positions {
    /// How many bytes lie between two places that are kept.
    const STEP: usize = 256;

    fn new(bytes: &[u8]) -> Self {
        let mut at = (1, 1);
        let mut kept = vec![at];
        for piece in bytes.chunks(Self::STEP) {
            at = Self::behind(at, piece);
            kept.push(at);
        }
        Self(kept)
    }

    /// The line and column behind `piece`, which begins at a line and column.
    fn behind((mut line, mut column): (u64, u64), piece: &[u8]) -> (u64, u64) {
        for byte in piece {
            match byte {
                b'\n' => (line, column) = (line + 1, 1),
                // The later bytes of a character.
                0x80..=0xbf => {}
                _ => column += 1,
            }
        }
        (line, column)
    }

    fn of(&self, bytes: &[u8], offset: usize) -> (u64, u64) {
        let offset = offset.min(bytes.len());
        let step = offset / Self::STEP;
        let start = self.0.get(step).copied().unwrap_or((1, 1));
        Self::behind(start, bytes.get(step * Self::STEP..offset).unwrap_or_default())
    }
}

type Value<'i> = Spanned<DeValue<'i>>;

impl Reader<'_> {
    fn place(&self, at: &Range<usize>) -> Place {
        let (line, column) = self.positions.of(self.bytes, at.start);
        Place::at(self.file, line, column)
    }

    fn problem(&mut self, message: Text, at: &Range<usize>, label: Text, help: impl Into<Text>) {
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let problem = Problem::error(message).at(self.place(at)).label(label).help(help);
        self.problems.push(problem.snippet(Snippet::of(self.bytes, at.start)));
    }

    /// That a value is of another type than wanted.
    fn other_type(&mut self, key: &'static str, value: &Value<'_>, wanted: &'static str) {
        let found = value.get_ref().type_str();
        let message = text!["the value of ", Foreign::from(key), " cannot be read"];
        let label = text!["expected ", wanted, ", found ", Piece::said(&found)];
        self.problem(message, &value.span(), label, HELP_FORMAT);
    }

    fn rules(&mut self, top: &DeTable<'_>) -> Rules {
        const KEYS: [&str; 3] = ["use-default-rules", "path-rule", "package-rule"];
        let mut rules = Rules::none();
        self.other_keys(top, &KEYS);
        if let Some(value) = top.get(KEYS[0]) {
            match value.get_ref().as_bool() {
                Some(use_default) => rules.use_default_rules = use_default,
                None => self.other_type(KEYS[0], value, "`true` or `false`"),
            }
        }
        for (at, table) in self.tables(top, KEYS[1]) {
            rules.path_rules.extend(self.path_rule(&at, table));
        }
        for (at, table) in self.tables(top, KEYS[2]) {
            rules.package_rules.extend(self.package_rule(&at, table));
        }
        rules
    }

    /// The tables of a list of tables, each with its place.
    fn tables<'t, 'i>(
        &mut self,
        top: &'t DeTable<'i>,
        key: &'static str,
    ) -> Vec<(Range<usize>, &'t DeTable<'i>)> {
        let Some(value) = top.get(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.other_type(key, value, "a list of tables, each after its own `[[...]]`");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for value in list {
            match value.get_ref().as_table() {
                Some(table) => tables.push((value.span(), table)),
                None => self.other_type(key, value, "a table"),
            }
        }
        tables
    }

    fn path_rule(&mut self, at: &Range<usize>, table: &DeTable<'_>) -> Option<PathRule> {
        const KEYS: [&str; 3] = ["globs", "mark-changed", "post-rule"];
        self.other_keys(table, &KEYS);
        let globs = self.required(at, table, "path-rule", KEYS[0]);
        let globs = globs.and_then(|value| self.globs(value));
        let mark = self.required(at, table, "path-rule", KEYS[1]);
        let mark = mark.and_then(|value| self.mark(value));
        let post = match table.get(KEYS[2]) {
            Some(value) => self.post_rule(value),
            None => Some(PostRule::default()),
        };
        let (globs, set) = globs?;
        let place = self.place(at);
        Some(PathRule { globs, mark_changed: mark?, post_rule: post?, place, set })
    }

    fn package_rule(&mut self, at: &Range<usize>, table: &DeTable<'_>) -> Option<PackageRule> {
        const KEYS: [&str; 2] = ["on-affected", "mark-changed"];
        self.other_keys(table, &KEYS);
        let on = self.required(at, table, "package-rule", KEYS[0]);
        let on = on.and_then(|value| self.names(KEYS[0], value, "a list of names of packages"));
        let mark = self.required(at, table, "package-rule", KEYS[1]);
        let mark = mark.and_then(|value| self.mark(value));
        Some(PackageRule { on_affected: on?, mark_changed: mark?, place: self.place(at) })
    }

    fn required<'t, 'i>(
        &mut self,
        at: &Range<usize>,
        table: &'t DeTable<'i>,
        of: &'static str,
        key: &'static str,
    ) -> Option<&'t Value<'i>> {
        let value = table.get(key);
        if value.is_none() {
            let message = text!["a ", Foreign::from(of), " has no ", Foreign::from(key)];
            let label = text!["expected the key ", Foreign::from(key), " in this table"];
            self.problem(message, at, label, HELP_FORMAT);
        }
        value
    }

    /// Names each key of a table that is none of `known`, with the nearest that is.
    fn other_keys(&mut self, table: &DeTable<'_>, known: &[&'static str]) {
        for key in table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let help = match nearest(name, known.iter().copied()) {
                Some(near) => text!["did you mean ", Foreign::from(near), "?"],
                None => HELP_FORMAT.into(),
            };
            let message = text!["unknown key ", Foreign::from(name)];
            self.problem(message, &key.span(), "not a key of this table".into(), help);
        }
    }

    /// A list of strings with their places.
    fn names(
        &mut self,
        key: &'static str,
        value: &Value<'_>,
        wanted: &'static str,
    ) -> Option<Vec<Name>> {
        let Some(list) = value.get_ref().as_array() else {
            self.other_type(key, value, wanted);
            return None;
        };
        let mut names = Some(Vec::with_capacity(list.len()));
        for value in list {
            let Some(name) = value.get_ref().as_str() else {
                self.other_type(key, value, "a string");
                names = None;
                continue;
            };
            let place = self.place(&value.span());
            if let Some(names) = &mut names {
                names.push(Name { name: name.to_owned(), place });
            }
        }
        names
    }

    fn mark(&mut self, value: &Value<'_>) -> Option<Mark> {
        const KEY: &str = "mark-changed";
        const WANTED: &str = "`\"all\"` or a list of names of packages";
        match value.get_ref().as_str() {
            Some("all") => Some(Mark::All),
            Some(other) => {
                self.other_word(KEY, value, other, WANTED);
                None
            }
            None => self.names(KEY, value, WANTED).map(Mark::Packages),
        }
    }

    fn post_rule(&mut self, value: &Value<'_>) -> Option<PostRule> {
        const KEY: &str = "post-rule";
        const WANTED: &str = "`\"skip\"`, `\"skip-rules\"` or `\"fallthrough\"`";
        match value.get_ref().as_str() {
            Some("skip") => Some(PostRule::Skip),
            Some("skip-rules") => Some(PostRule::SkipRules),
            Some("fallthrough") => Some(PostRule::Fallthrough),
            Some(other) => {
                self.other_word(KEY, value, other, WANTED);
                None
            }
            None => {
                self.other_type(KEY, value, WANTED);
                None
            }
        }
    }

    fn other_word(
        &mut self,
        key: &'static str,
        value: &Value<'_>,
        found: &str,
        wanted: &'static str,
    ) {
        let message = text!["the value of ", Foreign::from(key), " cannot be read"];
        let label = text!["expected ", wanted, ", found ", Foreign::from(found)];
        self.problem(message, &value.span(), label, HELP_FORMAT);
    }

    /// Reads globs and makes one matcher of them.
    fn globs(&mut self, value: &Value<'_>) -> Option<(Vec<String>, GlobSet)> {
        let list = value.get_ref().as_array();
        let Some(list) = list else {
            self.other_type("globs", value, "a list of patterns");
            return None;
        };
        let mut builder = GlobSetBuilder::new();
        let mut globs = Some(Vec::with_capacity(list.len()));
        for value in list {
            let Some(pattern) = value.get_ref().as_str() else {
                self.other_type("globs", value, "a string");
                globs = None;
                continue;
            };
            self.globs += 1;
            match glob(pattern, self.globs) {
                Ok(glob) => {
                    builder.add(glob);
                    if let Some(globs) = &mut globs {
                        globs.push(pattern.to_owned());
                    }
                }
                Err(why) => {
                    let message = text!["the pattern ", Foreign::from(pattern), " cannot be read"];
                    let label = text!["expected a pattern of globset; ", Piece::said(&why)];
                    self.problem(message, &value.span(), label, HELP_GLOB);
                    globs = None;
                }
            }
        }
        let set = match builder.build() {
            Ok(set) => set,
            Err(error) => {
                let label = text!["expected smaller patterns; ", Piece::said(&error)];
                self.problem("the patterns are too large".into(), &value.span(), label, HELP_GLOB);
                return None;
            }
        };
        globs.map(|globs| (globs, set))
    }
}

const HELP_FORMAT: &str =
    "see https://docs.rs/determinator/0.13.0/determinator/rules/ for the format";
const HELP_GLOB: &str = "see https://docs.rs/globset/0.4/globset/#syntax for patterns";

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
    fn a_long_text_has_the_same_places() {
        let text = "a\u{e9}\n".repeat(200);
        let positions = Positions::new(text.as_bytes());
        for (offset, _) in text.char_indices() {
            let wanted = diagnostics::position(text.as_bytes(), offset);
            assert_eq!(positions.of(text.as_bytes(), offset), wanted);
        }
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
