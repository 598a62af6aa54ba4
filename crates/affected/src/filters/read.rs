//! The YAML of filters, and every mistake in it at once.

use diagnostics::yaml::{At, Kind, Node, Yaml};
use diagnostics::{Foreign, Text, nearest, text};
use repo_model::{Glob, GlobSet};

use super::{Filter, Filters, Mistake, Pattern, Rule, Statuses};

/// How many patterns all filters may have, lists within lists counted as often as they are named.
const MOST_PATTERNS: usize = 20_000;

impl Filters {
    /// Reads filters.
    ///
    /// # Errors
    /// Every mistake that there is: what is no YAML, no pattern, no status.
    pub fn read(source: &str) -> Result<Self, Vec<Mistake>> {
        let yaml = Yaml::read(source).map_err(|error| {
            vec![Mistake {
                at: error.at,
                why: error.why,
                help: Text::from("write YAML: a name, a colon, and a list of patterns"),
            }]
        })?;
        let mut reader = Reader::default();
        let filters = reader.filters(yaml.root());
        if reader.mistakes.is_empty() {
            Ok(Self { filters, globs: GlobSet::new(&reader.globs) })
        } else {
            reader.mistakes.sort_by_key(|mistake| mistake.at);
            Err(reader.mistakes)
        }
    }
}

#[derive(Default)]
struct Reader {
    globs: Vec<Glob>,
    mistakes: Vec<Mistake>,
    patterns: usize,
}

impl Reader {
    fn wrong(&mut self, at: At, why: Text, help: &'static str) {
        self.mistakes.push(Mistake { at, why, help: Text::from(help) });
    }

    fn filters(&mut self, root: Node<'_>) -> Vec<Filter> {
        let Kind::Map(pairs) = root.kind() else {
            self.wrong(
                root.at(),
                text!["expected names of filters, found ", found(root)],
                "write `name:` and below it a list of patterns",
            );
            return Vec::new();
        };
        if pairs.is_empty() {
            self.wrong(root.at(), Text::from("there is no filter"), "write at least one");
        }
        let mut filters = Vec::new();
        for (key, value) in pairs {
            let name = key.text().unwrap_or_default();
            if name.trim().is_empty() {
                self.wrong(key.at(), Text::from("a filter without a name"), "give it one");
            }
            let mut rules = Vec::new();
            self.rules(value, &mut rules);
            filters.push(Filter { name: name.to_owned(), at: key.at(), rules });
        }
        filters
    }

    fn rules(&mut self, node: Node<'_>, rules: &mut Vec<Rule>) {
        match node.kind() {
            Kind::Text(_) => {
                let pattern = self.pattern(node);
                rules.push(Rule { statuses: Statuses::ALL, patterns: Vec::from_iter(pattern) });
            }
            Kind::List(items) => {
                for item in items {
                    if self.is_too_much(item.at()) {
                        return;
                    }
                    self.rules(item, rules);
                }
            }
            Kind::Map(pairs) => {
                for (key, value) in pairs {
                    let statuses = self.statuses(key);
                    let mut patterns = Vec::new();
                    self.patterns(value, &mut patterns);
                    rules.push(Rule { statuses, patterns });
                }
            }
            Kind::Nothing => self.no_pattern(node),
        }
    }

    /// A pattern or a list of patterns, without a status of their own.
    fn patterns(&mut self, node: Node<'_>, patterns: &mut Vec<Pattern>) {
        match node.kind() {
            Kind::Text(_) => patterns.extend(self.pattern(node)),
            Kind::List(items) => {
                for item in items {
                    if self.is_too_much(item.at()) {
                        return;
                    }
                    self.patterns(item, patterns);
                }
            }
            Kind::Map(_) | Kind::Nothing => self.no_pattern(node),
        }
    }

    fn no_pattern(&mut self, node: Node<'_>) {
        self.wrong(
            node.at(),
            text!["expected a pattern or a list of patterns, found ", found(node)],
            "write a pattern such as 'src/**', in quotes",
        );
    }

    fn is_too_much(&mut self, at: At) -> bool {
        self.patterns += 1;
        if self.patterns == MOST_PATTERNS {
            let why = "these filters have more than 20,000 patterns";
            self.wrong(at, Text::from(why), "lists within lists count each time they are named");
        }
        self.patterns >= MOST_PATTERNS
    }

    fn statuses(&mut self, key: Node<'_>) -> Statuses {
        let written = key.text().unwrap_or_default();
        let words = written.split('|').map(str::trim).filter(|word| !word.is_empty());
        let mut statuses = Statuses::NONE;
        for word in words {
            let lower = word.to_ascii_lowercase();
            if let Some(status) = known(&lower) {
                statuses = statuses.and(status);
                continue;
            }
            let mut help = text![
                "write one or more of added, deleted, modified, renamed, type-changed, with `|` between them"
            ];
            if let Some(near) = nearest(&lower, WORDS.iter().copied()) {
                help.text("; is ").foreign(near).text(" meant?");
            }
            let why = text![Foreign::from(word), " is nothing that can happen to a file"];
            self.mistakes.push(Mistake { at: key.at(), why, help });
        }
        if written.split('|').all(|word| word.trim().is_empty()) {
            let why = Text::from("expected what happened to the files, found nothing");
            self.wrong(key.at(), why, "write `added: 'src/**'`, for example");
        }
        statuses
    }

    fn pattern(&mut self, node: Node<'_>) -> Option<Pattern> {
        let written = node.text()?;
        let glob = match Glob::new(written).and_then(|glob| {
            let is_negated = glob.is_negated();
            let inner = if is_negated { glob.without_negation()? } else { glob };
            Ok((inner, is_negated))
        }) {
            Ok(glob) => glob,
            Err(error) => {
                let why = text![
                    "the pattern ",
                    Foreign::from(written),
                    " cannot be read: ",
                    error.why,
                    " (at its byte ",
                    error.at,
                    ")"
                ];
                self.wrong(node.at(), why, "see picomatch's page for what patterns can say");
                return None;
            }
        };
        let (inner, is_negated) = glob;
        let only_itself = inner.only_itself();
        self.globs.push(inner);
        Some(Pattern {
            written: written.to_owned(),
            at: node.at(),
            is_negated,
            only_itself,
            glob: self.globs.len() - 1,
        })
    }
}

/// The words that may stand before a pattern.
const WORDS: &[&str] =
    &["added", "copied", "deleted", "modified", "renamed", "type-changed", "unmerged"];

/// What a word of a filter means. Copies are found by no comparison of ours, so that a copied file is
/// an added one, and the comparison of two commits knows nothing unmerged: both are dorny's words.
fn known(word: &str) -> Option<Statuses> {
    match word {
        "copied" => Some(Statuses::ADDED),
        "unmerged" => Some(Statuses::NONE),
        _ => {
            let mut all = Statuses::WORDS.iter();
            all.find(|(known, _, _)| *known == word).map(|(_, _, status)| *status)
        }
    }
}

fn found(node: Node<'_>) -> &'static str {
    match node.kind() {
        Kind::Nothing => "nothing",
        Kind::Text(_) => "a text",
        Kind::List(_) => "a list",
        Kind::Map(_) => "names with values",
    }
}
