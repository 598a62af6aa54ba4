//! When nothing goes to an environment.
//!
//! A freeze is either from one moment to another, or at certain hours of certain days of each week, in a zone of its
//! own. Zones are those of the IANA Time Zone Database that this program carries, so that they are the same on every
//! machine. Where clocks go forward over a moment that is named, the freeze begins or ends with the gap; where they go
//! back, it begins with the first and ends with the second of the two moments.

use diagnostics::config::{Spot, Table, Word};
use jiff::civil::{DateTime, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, ToSpan as _};

/// A time in which nothing goes to some environments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// The environments; all where none is named.
    pub environments: Vec<String>,
    /// When.
    pub when: When,
    /// Whose clocks.
    zone: TimeZone,
    /// Why.
    pub reason: String,
    /// Whether somebody may say that it does not count.
    pub may_override: bool,
    /// Where it stands.
    pub(super) spot: Spot,
}

/// When a freeze holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// From one moment to another, which is no part of it any more.
    Once(DateTime, DateTime),
    /// Every week on these days, from one time of the day to another; through midnight where the second is no later.
    Weekly(Vec<Weekday>, Time, Time),
}

/// A freeze that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Which, by its place in the policy.
    pub freeze: usize,
    /// When it ends.
    pub until: Timestamp,
}

const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

impl Freeze {
    /// Reads one.
    pub(super) fn read(table: &mut Table<'_, '_>) -> Option<Self> {
        let environments = table.strings("environments").unwrap_or_default();
        let reason = table.string("reason");
        let reason = table.required("reason", reason);
        let may_override = table.flag("may-override").unwrap_or_default();
        let zone = zone(table);
        let days = table.strings("days").map(|words| {
            let day = |word: &Word| table.chosen(word, "days", &DAYS);
            words.iter().filter_map(day).collect::<Vec<_>>()
        });
        let when = if let Some(days) = days {
            if days.is_empty() {
                let label = "expected at least one day";
                table.wrong_value("days", label, "write `days = [\"friday\"]`");
            }
            Some(When::Weekly(days, time(table, "from"), time(table, "until")))
        } else {
            let both = moment(table, "from").zip(moment(table, "until"));
            if both.is_some_and(|(from, until)| from >= until) {
                table.wrong_value("until", "expected a moment after `from`", "see the two dates");
            }
            both.map(|(from, until)| When::Once(from, until))
        };
        Some(Self {
            environments: environments.into_iter().map(|word| word.text).collect(),
            when: when?,
            zone: zone?,
            reason: reason?.text,
            may_override,
            spot: table.spot(),
        })
    }

    /// Whether it is about an environment.
    pub(super) fn is_of(&self, environment: &str) -> bool {
        self.environments.is_empty() || self.environments.iter().any(|name| name == environment)
    }

    /// Whether it holds at a moment, and until when.
    pub(super) fn holds(&self, freeze: usize, now: Timestamp) -> Option<Frozen> {
        let until = match &self.when {
            When::Once(from, until) => self.within(*from, *until, now),
            When::Weekly(days, from, until) => {
                let today = now.to_zoned(self.zone.clone()).date();
                // What began yesterday may go on.
                let begun = [today.checked_sub(1.day()), Ok(today)];
                let held = begun.into_iter().filter_map(Result::ok).filter_map(|day| {
                    let is_day = days.contains(&day.weekday());
                    let span: Span = if until <= from { 1.day() } else { 0.days() };
                    let end = day.checked_add(span).ok()?.to_datetime(*until);
                    self.within(day.to_datetime(*from), end, now).filter(|_| is_day)
                });
                held.max()
            }
        };
        until.map(|until| Frozen { freeze, until })
    }

    /// The end of a time that a moment is in.
    fn within(&self, from: DateTime, until: DateTime, now: Timestamp) -> Option<Timestamp> {
        let begins = self.zone.to_ambiguous_timestamp(from).earlier().ok()?;
        let ends = self.zone.to_ambiguous_timestamp(until).later().ok()?;
        (begins <= now && now < ends).then_some(ends)
    }
}

fn zone(table: &mut Table<'_, '_>) -> Option<TimeZone> {
    let Some(word) = table.string("zone") else { return Some(TimeZone::UTC) };
    let found = TimeZoneDatabase::bundled().get(&word.text).ok();
    if found.is_none() {
        let label = "expected a zone of the IANA Time Zone Database";
        table.wrong(&word, label, "write `Europe/Zurich`, `America/New_York` or `UTC`");
    }
    found
}

/// A time of the day; midnight where the key is not there.
fn time(table: &mut Table<'_, '_>, key: &'static str) -> Time {
    let Some(word) = table.date(key) else { return Time::midnight() };
    let read = if word.text == "24:00" { Some(Time::midnight()) } else { word.text.parse().ok() };
    // What reads as a date as well is no time of every day.
    let read = read.filter(|_: &Time| word.text.contains(':') && !word.text.contains('-'));
    if read.is_none() {
        table.wrong(&word, "expected a time of the day", "write hours and minutes: `16:00`");
    }
    read.unwrap_or(Time::midnight())
}

fn moment(table: &mut Table<'_, '_>, key: &'static str) -> Option<DateTime> {
    let word = table.date(key);
    let word = table.required(key, word)?;
    // `2026-12-20` is its midnight. An offset would say another zone than `zone`.
    let has_offset = word.text.ends_with(['Z', 'z'])
        || word.text.get(11..).is_some_and(|it| it.contains(['+', '-']));
    let read =
        word.text.parse::<DateTime>().ok().filter(|_| !has_offset && !word.text.contains('['));
    if read.is_none() {
        table.wrong(
            &word,
            "expected a date, with a time or without",
            "write `2026-12-20` or `2026-12-20T16:00`",
        );
    }
    read
}

#[cfg(test)]
mod tests {
    use crate::promotion::Policy;

    #[track_caller]
    fn check(freeze: &str, now: &str, wanted: Option<&str>) {
        let text = format!("[[promotion.freeze]]\nreason = \"r\"\n{freeze}\n");
        let policy = Policy::read("c.toml", text.as_bytes()).unwrap();
        let held = policy.freezes[0].holds(0, now.parse().unwrap());
        assert_eq!(held.map(|it| it.until.to_string()).as_deref(), wanted, "{freeze} at {now}");
    }

    #[test]
    fn a_freeze_begins_and_ends_by_the_clocks_of_its_zone() {
        let once = "from = 2026-12-20\nuntil = \"2027-01-03T08:30\"\nzone = \"America/New_York\"";
        let until = Some("2027-01-03T13:30:00Z");
        check(once, "2026-12-20T04:59:59Z", None);
        check(once, "2026-12-20T05:00:00Z", until);
        check(once, "2027-01-03T13:29:59Z", until);
        check(once, "2027-01-03T13:30:00Z", None);
    }

    #[test]
    fn every_week_it_holds_on_its_days_and_through_midnight() {
        // 2026-11-20 is a Friday.
        let days = "days = [\"saturday\", \"sunday\"]";
        check(days, "2026-11-20T23:59:59Z", None);
        check(days, "2026-11-21T00:00:00Z", Some("2026-11-22T00:00:00Z"));
        check(days, "2026-11-22T23:59:59Z", Some("2026-11-23T00:00:00Z"));
        check(days, "2026-11-23T00:00:00Z", None);
        let night =
            "days = [\"friday\"]\nfrom = \"16:00\"\nuntil = \"08:00\"\nzone = \"Europe/Zurich\"";
        check(night, "2026-11-20T14:59:59Z", None);
        check(night, "2026-11-20T15:00:00Z", Some("2026-11-21T07:00:00Z"));
        check(night, "2026-11-21T06:59:59Z", Some("2026-11-21T07:00:00Z"));
        check(night, "2026-11-21T07:00:00Z", None);
        let evening = "days = [\"friday\"]\nfrom = \"16:00\"\nuntil = \"24:00\"";
        check(evening, "2026-11-20T23:00:00Z", Some("2026-11-21T00:00:00Z"));
    }

    #[test]
    fn where_clocks_change_it_is_rather_longer() {
        // On 2027-03-28 there is no 02:30 in Zurich, on 2026-10-25 there are two.
        let gap =
            "from = \"2027-03-28T02:30\"\nuntil = \"2027-03-28T05:00\"\nzone = \"Europe/Zurich\"";
        check(gap, "2027-03-28T00:30:00Z", Some("2027-03-28T03:00:00Z"));
        let fold =
            "from = \"2026-10-25T01:00\"\nuntil = \"2026-10-25T02:30\"\nzone = \"Europe/Zurich\"";
        check(fold, "2026-10-25T01:29:59Z", Some("2026-10-25T01:30:00Z"));
        check(fold, "2026-10-25T01:30:00Z", None);
    }

    #[test]
    fn what_says_no_time_is_told() {
        for wrong in [
            "from = \"2026-12-20T00:00Z\"\nuntil = 2027-01-03",
            "from = \"2026-12-20T00:00+01:00\"\nuntil = 2027-01-03",
            "from = 2026-12-20\nuntil = 2026-12-20",
            "from = 2026-12-20",
            "days = []",
            "days = [\"fri\"]",
            "days = [\"friday\"]\nfrom = \"2026-12-20\"",
            "days = [\"friday\"]\nfrom = \"25:00\"",
            "from = 2026-12-20\nuntil = 2027-01-03\nzone = \"Europe/Basel\"",
            "",
        ] {
            let text = format!("[[promotion.freeze]]\nreason = \"r\"\n{wrong}\n");
            assert!(Policy::read("c.toml", text.as_bytes()).is_err(), "{wrong}");
        }
    }
}
