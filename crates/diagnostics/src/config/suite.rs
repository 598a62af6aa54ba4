//! What the tables of all tools have in common: the file in which they stand, and how they write a length of time.

use toml::Spanned;

use super::{Table, Word};

/// The tables of `.github/signalbox.toml`, which each reader of it passes over but for its own.
const TABLES: [&str; 10] = [
    "alerts",
    "cache-key",
    "canary",
    "changes",
    "deploy",
    "gate",
    "gpu",
    "metrics",
    "promotion",
    "shard",
];

impl Table<'_, '_> {
    /// The table `key` of the one file that all tools share, whose other tables are passed over.
    #[must_use]
    pub fn of_suite(&mut self, key: &'static str) -> Self {
        for other in TABLES {
            self.pass_over(other);
        }
        self.table(key)
    }

    /// The strings that have a name of somebody's choice: each key that was not asked for, and its value.
    pub fn named_strings(&mut self) -> Vec<(Word, Word)> {
        self.are_all_known = true;
        let mut named = Vec::new();
        for (key, value) in self.keys.into_iter().flatten() {
            let name: &str = key.get_ref();
            if self.asked.contains(name) {
                continue;
            }
            if let Some(word) = self.as_string(name, value) {
                named.push((Word { text: name.to_owned(), at: Spanned::span(key) }, word));
            }
        }
        named
    }

    /// The length of time `key`, in milliseconds: a whole number and its unit, as `500ms`, `30s`, `5m`, `2h` or
    /// `7d`. At most a hundred years.
    pub fn duration(&mut self, key: &'static str) -> Option<u64> {
        const LONGEST: u64 = 100 * 366 * 86_400_000;
        let word = self.string(key)?;
        let number = word.text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let scale = match word.text.strip_prefix(number) {
            Some("ms") => Some(1),
            Some("s") => Some(1_000),
            Some("m") => Some(60_000),
            Some("h") => Some(3_600_000),
            Some("d") => Some(86_400_000),
            Some(_) | None => None,
        };
        let is_whole = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        let number = number.parse::<u64>().ok().filter(|_| is_whole);
        let length = number.zip(scale).and_then(|(number, scale)| number.checked_mul(scale));
        let length = length.filter(|length| *length <= LONGEST);
        if length.is_none() {
            let label = "expected a length of time";
            self.wrong(
                &word,
                label,
                "write a whole number and its unit: `500ms`, `30s`, `5m`, `2h` or `7d`",
            );
        }
        length
    }
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    #[test]
    fn a_reader_passes_over_the_tables_of_the_others_and_over_no_other_key() {
        let read = |text: &str| {
            Config::read("c.toml", text.as_bytes(), |top| top.of_suite("deploy").count("parallel"))
        };
        let others = "[gate]\nany = 1\n[canary]\nany = 2\n[deploy]\nparallel = 3\n";
        assert_eq!(read(others), Ok(Some(3)));
        assert_eq!(read("[gates]\n").map_err(|problems| problems.len()), Err(1));
    }

    #[track_caller]
    fn check(written: &str, wanted: Option<u64>) {
        let text = format!("soak = \"{written}\"\n");
        let read = Config::read("c.toml", text.as_bytes(), |top| top.duration("soak"));
        assert_eq!(read.ok().flatten(), wanted, "{written}");
    }

    #[test]
    fn a_length_of_time_is_a_whole_number_and_its_unit() {
        check("500ms", Some(500));
        check("0s", Some(0));
        check("30s", Some(30_000));
        check("5m", Some(300_000));
        check("2h", Some(7_200_000));
        check("7d", Some(604_800_000));
        for wrong in [
            "",
            "5",
            "m",
            "5 m",
            "1.5h",
            "-5m",
            "+5m",
            "5M",
            "5min",
            "5mm",
            "36601d",
            "99999999999999999999s",
        ] {
            check(wrong, None);
        }
    }
}
