//! What the value of an input may look like, where that is more than a number or a word.

use affected::filters::Statuses;

use super::GraphName;

/// Since when changes count, as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SinceWord {
    /// What the event is about.
    #[default]
    Event,
    /// The last push.
    LastPush,
    /// The last successful run.
    LastSuccess,
    /// A moment, in seconds since 1970 in UTC.
    Moment(i64),
}

const NOT_SINCE: &str = "expected `event`, `last-push`, `last-success`, or a moment such as `2026-11-21` or `2026-11-21T13:00:00Z`";

pub(crate) fn since(text: &str) -> Result<SinceWord, &'static str> {
    match text.trim() {
        "event" => Ok(SinceWord::Event),
        "last-push" => Ok(SinceWord::LastPush),
        "last-success" => Ok(SinceWord::LastSuccess),
        other => moment(other).map(SinceWord::Moment).ok_or(NOT_SINCE),
    }
}

/// A moment of RFC 3339, or a date alone, which is its midnight in UTC.
fn moment(text: &str) -> Option<i64> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let mut parts = date.split('-').map(digits);
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let is_date = date.len() == 10 && parts.next().is_none();
    if !is_date || !(1..=12).contains(&month) || !(1..=days_of(year, month)).contains(&day) {
        return None;
    }
    let midnight = days(year, month, day) * 86_400;
    let Some(time) = time else { return Some(midnight) };
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone);
    // Fractions of a second are of no use where commits have none.
    let clock = clock.split_once('.').map_or(clock, |(whole, _)| whole);
    let mut parts = clock.split(':').map(digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if clock.len() != 8 || parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    Some(midnight + hour * 3600 + minute * 60 + second - offset(zone)?)
}

/// How far a zone is ahead of UTC, in seconds.
fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, clock) = match zone.strip_prefix('+') {
        Some(clock) => (1, clock),
        None => (-1, zone.strip_prefix('-')?),
    };
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes) = (digits(hours)?, digits(minutes)?);
    let is_zone = clock.len() == 5 && hours < 24 && minutes < 60;
    is_zone.then_some(sign * (hours * 3600 + minutes * 60))
}

fn digits(text: &str) -> Option<i64> {
    let is_number =
        !text.is_empty() && text.len() <= 4 && text.bytes().all(|it| it.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_of(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970-01-01, in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let before =
        |year: i64| year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let months: i64 = (1..month).map(|month| days_of(year, month)).sum();
    before(year - 1) - before(1969) + months + day - 1
}

/// Whose packages are read, each once, in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graphs(pub(crate) Vec<GraphName>);

pub(crate) fn graphs(text: &str) -> Result<Graphs, String> {
    let words = text.split([',', ' ', '\n']).map(str::trim).filter(|word| !word.is_empty());
    let mut graphs = Vec::new();
    for word in words {
        match word {
            "none" => {}
            "auto" => graphs.extend(GraphName::ALL),
            word => match GraphName::ALL.into_iter().find(|graph| graph.name() == word) {
                Some(graph) => graphs.push(graph),
                None => {
                    return Err(format!(
                        "`{word}` is none of cargo, npm, go, foundry, auto and none"
                    ));
                }
            },
        }
    }
    graphs.sort_unstable();
    graphs.dedup();
    Ok(Graphs(graphs))
}

/// Which changes count, by git's letters.
pub(crate) fn statuses(text: &str) -> Result<Statuses, String> {
    let mut statuses = Statuses::NONE;
    for letter in text.trim().chars() {
        let upper = letter.to_ascii_uppercase();
        // A renamed file is a deleted and an added one, so that R alone would be nothing.
        let known = Statuses::WORDS.iter().find(|(_, known, _)| *known == upper && upper != 'R');
        let Some((_, _, status)) = known else {
            return Err(format!("`{letter}` is none of the letters A, D, M and T"));
        };
        statuses = statuses.and(*status);
    }
    if statuses == Statuses::NONE {
        return Err("expected one or more of the letters A, D, M and T".to_owned());
    }
    Ok(statuses)
}

/// How many entries a matrix may have.
pub(crate) fn matrix_limit(text: &str) -> Result<usize, &'static str> {
    let limit = text.parse().ok().filter(|limit| (1..=256).contains(limit));
    limit.ok_or("expected a whole number from 1 to 256")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Option<i64>) {
        assert_eq!(moment(text), wanted, "{text}");
    }

    #[test]
    fn a_moment_is_a_date_or_a_time_with_a_zone() {
        // `date -u -d TEXT +%s`.
        check("1970-01-01", Some(0));
        check("2026-11-21", Some(1_795_219_200));
        check("2024-02-29T12:30:15Z", Some(1_709_209_815));
        check("2024-02-29T12:30:15.250+02:00", Some(1_709_202_615));
        check("2024-02-29 12:30:15-01:30", Some(1_709_215_215));
        check("1969-12-31T23:59:59Z", Some(-1));
        check("2000-03-01", Some(951_868_800));
        for wrong in [
            "",
            "yesterday",
            "2026-13-01",
            "2026-02-29",
            "2026-1-1",
            "2026-11-21T10:00:00",
            "2026-11-21T24:00:00Z",
            "2026-11-21T10:00Z",
            "2026-11-21T10:00:00+2",
            "+026-01-01",
        ] {
            check(wrong, None);
        }
    }

    #[test]
    fn graphs_are_names_with_commas_or_spaces() {
        let (cargo, go) = (GraphName::Cargo, GraphName::Go);
        assert_eq!(graphs("go, cargo,go"), Ok(Graphs(vec![cargo, go])));
        assert_eq!(graphs("auto").map(|graphs| graphs.0.len()), Ok(4));
        assert_eq!(graphs("none"), Ok(Graphs(Vec::new())));
        assert!(graphs("carg").is_err());
    }

    #[test]
    fn letters_are_statuses() {
        assert_eq!(statuses("am"), Ok(Statuses::ADDED.and(Statuses::MODIFIED)));
        assert!(statuses("").is_err());
        assert!(statuses("AX").is_err());
        assert!(statuses("R").is_err());
    }
}
