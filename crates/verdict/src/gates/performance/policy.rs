//! What the table `[gate.performance]` says.

use bstr::{BString, ByteSlice as _};
use diagnostics::Foreign;
use diagnostics::config::{Table, Word};
use diagnostics::text;
use reports::quantity::{Direction, NotAQuantity, Quantity, Value};

use super::series::Figures;
use crate::Mode;

/// A change for the worse, as a share of the base: 0.2 is 20 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share(f64);

/// What is held against the measurements.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// What is done with what is found.
    pub mode: Mode,
    /// More than this blocks; nothing if nothing is compared with a base.
    pub max_regression: Option<Share>,
    /// More than this warns.
    pub warn_regression: Share,
    /// How many rounds an answer needs.
    pub min_rounds: u64,
    /// `max_regression` for counts of instructions, which are the same on each run.
    pub max_instructions_regression: Share,
    /// `warn_regression` for counts of instructions.
    pub warn_instructions_regression: Share,
    /// Whether a benchmark of the base may be gone from the head.
    pub allow_removed: bool,
    /// What must hold whatever the base says.
    pub limits: Vec<Limit>,
    /// What is otherwise for some figures; the first whose pattern matches counts.
    pub overrides: Vec<Override>,
}

/// A floor or a ceiling.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The figures that it holds: their names, in which `*` is any text.
    pub metric: String,
    /// The least that is allowed.
    pub min: Option<Quantity>,
    /// The most that is allowed.
    pub max: Option<Quantity>,
}

/// What is otherwise for some figures.
#[derive(Clone, Debug, PartialEq)]
pub struct Override {
    /// The figures: their names, in which `*` is any text.
    pub metric: String,
    /// Which of two values is the better one.
    pub direction: Option<Direction>,
    /// More than this blocks.
    pub max_regression: Option<Share>,
    /// More than this warns.
    pub warn_regression: Option<Share>,
    /// What is done with what is found of them.
    pub mode: Option<Mode>,
}

impl Share {
    /// A share in percent.
    pub fn percent(percent: u32) -> Self {
        Self(f64::from(percent) / 100.0)
    }

    /// How many times as bad is just allowed: 1.2 for 20 %.
    pub fn threshold(self) -> f64 {
        1.0 + self.0
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            max_regression: Some(Share::percent(20)),
            warn_regression: Share::percent(10),
            min_rounds: 5,
            max_instructions_regression: Share::percent(5),
            warn_instructions_regression: Share::percent(1),
            allow_removed: false,
            limits: Vec::new(),
            overrides: Vec::new(),
        }
    }
}

const DIRECTIONS: &[(&str, Direction)] =
    &[("smaller", Direction::SmallerIsBetter), ("bigger", Direction::BiggerIsBetter)];

impl Policy {
    /// Reads `[gate.performance]`; what is wrong in it is told by the table.
    pub fn read(table: &mut Table<'_, '_>) -> Self {
        let default = Self::default();
        let mode = table.choice("mode", &Mode::WORDS).unwrap_or_default();
        let max_regression = match table.amount("max-regression") {
            Some(word) if word.text == "off" => None,
            Some(word) => share(table, &word).or(default.max_regression),
            None => default.max_regression,
        };
        let mut read = |key, otherwise| {
            let word = table.amount(key);
            word.and_then(|word| share(table, &word)).unwrap_or(otherwise)
        };
        // A stricter `max-regression` alone must not warn later than it blocks.
        let strictest = |warn: Share, max: Share| if max.0 < warn.0 { max } else { warn };
        let warn = read("warn-regression", default.warn_regression);
        let max_counted = read("max-instructions-regression", default.max_instructions_regression);
        let warn_counted =
            read("warn-instructions-regression", default.warn_instructions_regression);
        Self {
            mode,
            max_regression,
            warn_regression: max_regression.map_or(warn, |max| strictest(warn, max)),
            min_rounds: rounds(table).unwrap_or(default.min_rounds),
            max_instructions_regression: max_counted,
            warn_instructions_regression: strictest(warn_counted, max_counted),
            allow_removed: table.flag("allow-removed").unwrap_or(default.allow_removed),
            limits: table.tables("limit").into_iter().filter_map(limit).collect(),
            overrides: table.tables("override").into_iter().filter_map(exception).collect(),
        }
    }

    fn exception(&self, key: &BString) -> Option<&Override> {
        self.overrides.iter().find(|exception| is_match(&exception.metric, key))
    }

    pub(super) fn mode_of(&self, key: &BString) -> Mode {
        self.exception(key).and_then(|it| it.mode).unwrap_or(self.mode)
    }

    /// What the user says, or the report.
    pub(super) fn direction_of(&self, key: &BString, figures: &Figures) -> Option<Direction> {
        self.exception(key).and_then(|it| it.direction).or(figures.direction)
    }

    /// From which ratio on is warned, and from which on blocked.
    pub(super) fn thresholds_of(&self, key: &BString, is_deterministic: bool) -> [f64; 2] {
        let (warn, block) = if is_deterministic {
            (self.warn_instructions_regression, self.max_instructions_regression)
        } else {
            (self.warn_regression, self.max_regression.unwrap_or(Share(f64::MAX)))
        };
        let exception = self.exception(key);
        let block = exception.and_then(|it| it.max_regression).unwrap_or(block).threshold();
        let warn = exception.and_then(|it| it.warn_regression).unwrap_or(warn).threshold();
        [warn.min(block), block]
    }
}

/// Whether a pattern, in which `*` is any text, is all of a name.
pub(super) fn is_match(pattern: &str, name: &BString) -> bool {
    let Some((front, last)) = pattern.rsplit_once('*') else { return name == pattern };
    let Some(rest) = name.strip_suffix(last.as_bytes()) else { return false };
    let mut parts = front.split('*');
    let Some(mut rest) = rest.strip_prefix(parts.next().unwrap_or_default().as_bytes()) else {
        return false;
    };
    for part in parts {
        // The first place leaves most for the parts behind it.
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    true
}

/// `20%`, `2.5 %`.
fn share(table: &Table<'_, '_>, word: &Word) -> Option<Share> {
    let number = word.text.trim().strip_suffix('%').and_then(|text| Value::parse(text.trim()));
    if number.is_none() {
        table.wrong(word, "expected a share such as \"20%\"", "write it in percent, in quotes");
    }
    number.map(|number| Share(number.get() / 100.0))
}

fn rounds(table: &mut Table<'_, '_>) -> Option<u64> {
    let rounds = table.count("min-rounds")?;
    // Nothing is proved by none.
    Some(rounds.max(1))
}

fn limit(mut table: Table<'_, '_>) -> Option<Limit> {
    let metric = table.string("metric");
    let metric = table.required("metric", metric);
    let words = [table.amount("min"), table.amount("max")];
    let [min, max] =
        words.each_ref().map(|word| word.as_ref().and_then(|word| quantity(&table, word)));
    if words.iter().all(Option::is_none)
        && let Some(metric) = &metric
    {
        table.wrong(metric, "a limit without a bound", "write `min = ...` or `max = ...` below it");
    }
    if let (Some(min), Some(max), [_, Some(word)]) = (&min, &max, &words) {
        if min.unit != max.unit {
            table.wrong(word, "another unit than that of `min`", "write both in one unit");
        } else if min.value > max.value {
            table.wrong(word, "less than `min`", "no value is in between: swap the two");
        }
    }
    Some(Limit { metric: metric?.text, min, max })
}

fn quantity(table: &Table<'_, '_>, word: &Word) -> Option<Quantity> {
    match Quantity::parse(&word.text) {
        Ok(quantity) => return Some(quantity),
        Err(NotAQuantity::Number) => table.wrong(
            word,
            "expected a number from 0 with its unit",
            "write it as in \"2.95 Gbit/s\" or \"35 ms\"",
        ),
        Err(NotAQuantity::Unit(Some(near))) => {
            let help = text!["did you mean ", Foreign::from(near.as_str()), "?"];
            table.wrong(word, "its unit is not known", help);
        }
        Err(NotAQuantity::Unit(None)) => table.wrong(
            word,
            "its unit is not known",
            "units are s, B, bit/s, B/s, op/s, % and instructions, with k, M, G or Ki, Mi, Gi",
        ),
    }
    None
}

fn exception(mut table: Table<'_, '_>) -> Option<Override> {
    let metric = table.string("metric");
    let metric = table.required("metric", metric);
    let direction = table.choice("direction", DIRECTIONS);
    let words = [table.amount("max-regression"), table.amount("warn-regression")];
    let [max_regression, warn_regression] =
        words.map(|word| word.and_then(|word| share(&table, &word)));
    let mode = table.choice("mode", &Mode::WORDS);
    Some(Override { metric: metric?.text, direction, max_regression, warn_regression, mode })
}

#[cfg(test)]
mod tests {
    use diagnostics::config::Config;

    use super::*;

    #[track_caller]
    fn read(text: &str) -> Policy {
        Config::read("c.toml", text.as_bytes(), Policy::read).unwrap()
    }

    /// The line of each mistake.
    #[track_caller]
    fn check(text: &str, lines: &[u64]) {
        let problems = Config::read("c.toml", text.as_bytes(), Policy::read).unwrap_err();
        let told: Vec<u64> =
            problems.iter().map(|problem| problem.place.as_ref().unwrap().line.unwrap()).collect();
        assert_eq!(told, lines, "{problems:?}");
    }

    #[test]
    fn an_empty_table_is_the_default() {
        assert_eq!(read(""), Policy::default());
    }

    #[test]
    fn every_key_is_read() {
        let policy = read(
            "mode = 'warn'\nmax-regression = '15%'\nwarn-regression = '5 %'\nmin-rounds = 10\n\
             max-instructions-regression = '2%'\nwarn-instructions-regression = '1%'\n\
             allow-removed = true\n\
             [[limit]]\nmetric = 'stoq/throughput'\nmin = '2.95 Gbps'\n\
             [[limit]]\nmetric = '*'\nmax = '35 ms'\n\
             [[override]]\nmetric = 'io*'\ndirection = 'bigger'\nmax-regression = '50%'\nmode = 'report'\n",
        );
        assert_eq!(policy.max_regression, Some(Share(0.15)));
        assert_eq!(policy.min_rounds, 10);
        assert_eq!(policy.limits[0].min, Some(Quantity::parse("2.95 Gbit/s").unwrap()));
        assert_eq!(policy.limits[1].max, Some(Quantity::parse("0.035 s").unwrap()));
        assert_eq!(policy.mode_of(&"io/read".into()), Mode::Report);
        assert_eq!(policy.mode_of(&"other".into()), Mode::Warn);
        assert_eq!(read("max-regression = 'off'").max_regression, None);
    }

    #[test]
    fn a_stricter_limit_does_not_warn_later_than_it_blocks() {
        assert_eq!(read("max-regression = '3%'").warn_regression, Share(0.03));
    }

    #[test]
    fn wrong_values_are_told_at_their_place() {
        check("max-regression = 20", &[1]);
        check("max-regression = '20'\nmin-rounds = -1", &[1, 2]);
        check("max-regresion = '20%'", &[1]);
        check("[[limit]]\nmetric = 'a'\nmin = '2.95 gbps'", &[3]);
        check("[[limit]]\nmetric = 'a'\nmin = '1 s'\nmax = '1 B'", &[4]);
        check("[[limit]]\nmetric = 'a'\nmin = '2 s'\nmax = '1 s'", &[4]);
        check("[[limit]]\nmetric = 'a'", &[2]);
        check("[[limit]]\nmin = '1 s'", &[1]);
        check("[[override]]\nmetric = 'a'\ndirection = 'up'", &[3]);
    }

    #[test]
    fn a_star_is_any_text() {
        let check = |pattern: &str, name: &str, wanted: bool| {
            assert_eq!(is_match(pattern, &name.into()), wanted, "{pattern} {name}");
        };
        check("a/b", "a/b", true);
        check("a/b", "a/bc", false);
        check("*", "", true);
        check("*", "a/b c", true);
        check("a*", "a/b/c", true);
        check("*c", "a/b/c", true);
        check("a*b*c", "a-b-b-c", true);
        check("a*b*c", "a-c-b", false);
        check("ab*ba", "aba", false);
        check("a**b", "ab", true);
    }
}
