//! What differs from an earlier key, what that costs, and where to look.

use cache_identity::{
    Change, Difference, Explanation, Level, Reached, Value, explanation, reached,
};
use diagnostics::{Foreign, Problem, Text, text};
use runner_protocol::{Column, Out, Page, Table};

use crate::gather::{Compared, disk};
use crate::wire::{DifferenceFile, as_many};

/// The most characters of a list in an output; GitHub allows a megabyte for all outputs of a job.
const LONGEST: usize = 400_000;

/// The most facts of a level that are told to a person.
const MOST: usize = 40;

/// The most bytes of a value that a person sees.
const WIDEST: usize = 80;

/// Tells what differs.
pub(crate) fn explain(compared: &Compared, out: &mut Out) {
    let now = &compared.now;
    out.fact("cache-family", family(&now.key));
    let Some(earlier) = &compared.earlier else {
        let key = compared.args.matched_key.as_deref();
        out.output("changed", "[]");
        out.output("same-as", "unknown");
        let found = key.map(|key| reached(key, &now.key, now.restore()));
        out.output("expectation", found.map_or("miss", word));
        out.summary(|page| match key {
            None => {
                page.heading(text!["No cache was there to restore"]);
                page.paragraph(text!["Looked for ", Foreign::from(now.key.as_str()), "."]);
            }
            Some(key) => {
                page.heading(text!["Restored ", Foreign::from(key)]);
                page.paragraph(text!["What it was made of is not known."]);
            }
        });
        return;
    };
    let explanation = explanation(earlier.made(), now.made(), now.restore());
    let document = DifferenceFile::new(&earlier.key, &now.key, &explanation);
    out.output("changed", as_many(document.changed(), LONGEST));
    out.output("same-as", document.same_as());
    out.output("expectation", document.expectation());
    out.result(&document);
    out.summary(|page| fill(page, compared, &earlier.key, &explanation));
}

/// Puts what the key of now was made of where it travels with the cache.
pub(crate) fn replace(compared: &Compared, out: &mut Out) {
    let Some(path) = &compared.args.compute.previous else { return };
    let is_same = compared.earlier.as_ref().is_some_and(|it| it.key == compared.now.key);
    if is_same {
        return;
    }
    if let Err(failure) = system::write_whole(path, &compared.document) {
        // The cache is as good without it; only the next explanation is not.
        let failure = disk(&failure, "the material", "see the permissions of the folder");
        for problem in failure.problems {
            out.problem(Problem { level: diagnostics::Level::Warning, ..problem });
        }
    }
}

/// What the keys of a cache have in common from run to run: the key with a star for each hash.
fn family(key: &str) -> String {
    let ends = ['/', '-', '_', '.'];
    let is_hash = |part: &str| part.len() >= 8 && part.bytes().all(|it| it.is_ascii_hexdigit());
    let parts = key.split_inclusive(ends).map(|part| {
        let word = part.trim_end_matches(ends);
        if is_hash(word) { part.replace(word, "*") } else { part.to_owned() }
    });
    parts.collect()
}

fn word(reached: Reached<'_>) -> &'static str {
    match reached {
        Reached::Exact => "exact",
        Reached::Instead(_) => "partial",
        Reached::Nothing => "miss",
    }
}

fn fill(page: &mut Page, compared: &Compared, earlier: &str, explanation: &Explanation<'_>) {
    let count = explanation.names.len() + explanation.facts.len();
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    page.heading(match (explanation.reached, count) {
        (Reached::Exact, _) => text!["The same key as before"],
        (Reached::Instead(_) | Reached::Nothing, 1) => text!["Another key: 1 thing differs"],
        (Reached::Instead(_) | Reached::Nothing, _) => {
            text!["Another key: ", count, " things differ"]
        }
    });
    page.paragraph(match explanation.reached {
        Reached::Exact => text!["The cache of it is all that this run needs."],
        Reached::Instead(same) => text![
            "That cache is still of use: it has the same ",
            Foreign::from(same),
            ", and the tools take of it what fits."
        ],
        Reached::Nothing => text!["That cache is of no use to this run."],
    });
    let mut keys = Table::new(vec![Column::left("Key"), Column::left("")]);
    keys.row(vec![text!["before"], text![Foreign::from(earlier)]]);
    keys.row(vec![text!["now"], text![Foreign::from(compared.now.key.as_str())]]);
    page.table(keys);
    if count == 0 {
        return;
    }
    let mut table = Table::new(vec![
        Column::left("Level"),
        Column::left("What"),
        Column::left("Was"),
        Column::left("Is"),
        Column::left("Look at"),
    ]);
    for renamed in &explanation.names {
        let (from, to) = (Foreign::from(renamed.from), Foreign::from(renamed.to));
        table.row(vec![
            text!["name"],
            text![renamed.part],
            text![from],
            text![to],
            text!["inputs, job"],
        ]);
    }
    for level in Level::ALL {
        let of_level = || explanation.facts.iter().filter(|it| it.level == level);
        for difference in of_level().take(MOST) {
            table.row(row(difference));
        }
        let left = u64::try_from(of_level().skip(MOST).count()).unwrap_or(u64::MAX);
        if left > 0 {
            table.row(vec![text![level.name()], text!["and ", left, " more"]]);
        }
    }
    page.table(table);
}

fn row(difference: &Difference<'_>) -> Vec<Text> {
    let mut what =
        text![Foreign::from(difference.owner), " ", Foreign::new(difference.ingredient.to_vec())];
    if let Some(fact) = difference.fact {
        what.text(": ").foreign(Foreign::new(cut(fact)));
    }
    let (from, to) = match &difference.change {
        Change::Added(to) => (text!["not there"], value(to)),
        Change::Removed(from) => (value(from), text!["not there"]),
        Change::Changed { from, to } => (value(from), value(to)),
    };
    let source = text![Foreign::new(cut(difference.source))];
    vec![text![difference.level.name()], what, from, to, source]
}

fn value(value: &Value) -> Text {
    match value {
        Value::Shown(value) if value.is_empty() => text!["empty"],
        Value::Shown(value) => text![Foreign::new(cut(value))],
        Value::Hidden(digest) => {
            let begin: String = digest.hexadecimal().chars().take(8).collect();
            text!["hidden, SHA-256 ", Foreign::from(begin.as_str()), "…"]
        }
    }
}

/// The beginning of a value that is long.
fn cut(bytes: &[u8]) -> Vec<u8> {
    match bytes.get(..WIDEST) {
        Some(beginning) if bytes.len() > WIDEST => [beginning, "…".as_bytes()].concat(),
        Some(_) | None => bytes.to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_of_keys_has_stars_in_place_of_hashes() {
        let check = |key: &str, wanted: &str| assert_eq!(family(key), wanted, "{key}");
        check(
            "signalbox/v1/linux-x64-0123456789abcdef/cargo/job.test/c0ffee00/d",
            "signalbox/v1/linux-x64-*/cargo/job.test/*/d",
        );
        check("v1-rust", "v1-rust");
        check("c0ffee00c0ffee00", "*");
        check("", "");
    }
}
