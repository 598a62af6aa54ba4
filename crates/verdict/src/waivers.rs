//! Waivers: what somebody answers for, for a while.
//!
//! A waiver names a gate and a rule, and who answers for it until when and why. It covers what would
//! block or warn; it never covers missing evidence. One that has run out covers nothing and is named.

use std::collections::BTreeSet;

use diagnostics::config::{Table, Word};
use diagnostics::{Foreign, Place, text};
use jiff::civil::Date;
use repo_model::Glob;

use crate::globs::glob;
use crate::{Gate, Outcome, Reason, State, Verdict};

/// For how long a waiver may hold, in days from today, unless the configuration says otherwise.
pub const MOST_DAYS: u64 = 180;
/// How many days before its end a waiver is named.
const SOON: i32 = 14;

/// A waiver: `[[gate.waiver]]`.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// For which gate.
    pub gate: Gate,
    /// For which rule, by its name or one of its other names; a `*` at the end stands for anything.
    pub rule: String,
    /// Only in files that this matches.
    pub path: Option<Glob>,
    /// Only for this package, `name` or `name@version`.
    pub package: Option<String>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Where it is written.
    pub place: Place,
}

impl Waiver {
    /// Reads a waiver; nothing where something of it is missing or wrong, which the table tells.
    pub fn read(table: &mut Table<'_, '_>) -> Option<Self> {
        let gate = table.choice("gate", &Gate::WORDS);
        let gate = table.required("gate", gate);
        let rule = required_word(table, "rule");
        let path = table.string("path");
        let package = table.string("package");
        if let Some(rule) = rule.as_ref().filter(|rule| rule.text.trim() == "*")
            && path.is_none()
            && package.is_none()
        {
            let help = "name a rule, or say where it holds with `path` or `package`; everywhere is `path = \"**\"`";
            table.wrong(rule, "this waives everything that the gate finds", help);
        }
        let rule = rule.map(|rule| rule.text);
        let path = path.map(|word| glob(table, &word));
        let package = package.map(|word| package_name(table, word));
        let owner = required_text(table, "owner");
        let reason = required_text(table, "reason");
        let expires = table.date("expires");
        let expires = table.required("expires", expires).and_then(|word| date(table, &word));
        Some(Self {
            gate: gate?,
            rule: rule?,
            // A pattern that cannot be read is told, and is no waiver for everywhere.
            path: match path {
                Some(path) => Some(path?),
                None => None,
            },
            package: match package {
                Some(package) => Some(package?),
                None => None,
            },
            owner: owner?,
            reason: reason?,
            expires: expires?,
            place: table.place(),
        })
    }

    /// Whether it is meant for this.
    fn covers(&self, gate: Gate, reason: &Reason) -> bool {
        self.gate == gate
            && reason.names().any(|name| self.is_rule(name))
            && self.is_at(reason)
            && self.is_about(reason)
    }

    fn is_rule(&self, name: &[u8]) -> bool {
        match self.rule.strip_suffix('*') {
            Some(start) => name.starts_with(start.as_bytes()),
            None => name == self.rule.as_bytes(),
        }
    }

    fn is_at(&self, reason: &Reason) -> bool {
        let Some(path) = &self.path else { return true };
        // A pattern for everything is also for what has no file.
        let mut places = reason.place.iter().chain(&reason.also).peekable();
        if places.peek().is_none() {
            return path.as_str() == "**";
        }
        places.all(|place| path.is_match(place.file.raw()))
    }

    fn is_about(&self, reason: &Reason) -> bool {
        let Some(wanted) = &self.package else { return true };
        let Some(package) = &reason.package else { return false };
        let (package, wanted) = (package.raw(), wanted.as_bytes());
        // `@` begins the names of npm's scopes as well.
        package == wanted || package.strip_prefix(wanted).is_some_and(|rest| rest.starts_with(b"@"))
    }
}

/// The name of a package: one without letters would be a part of many.
fn package_name(table: &Table<'_, '_>, word: Word) -> Option<String> {
    if word.text.trim().trim_matches('@').is_empty() {
        table.wrong(&word, "expected the name of a package", "write `name` or `name@version`");
        return None;
    }
    Some(word.text)
}

fn required_text(table: &mut Table<'_, '_>, key: &'static str) -> Option<String> {
    required_word(table, key).map(|word| word.text)
}

fn required_word(table: &mut Table<'_, '_>, key: &'static str) -> Option<Word> {
    let word = table.string(key);
    let word = table.required(key, word)?;
    if word.text.trim().is_empty() {
        table.wrong(&word, "expected some words", "a waiver says who answers for what, and why");
        return None;
    }
    Some(word)
}

fn date(table: &Table<'_, '_>, word: &Word) -> Option<Date> {
    let date = word.text.parse();
    if date.is_err() || word.text.len() != "2027-01-31".len() {
        table.wrong(word, "expected a date", "write it as 2027-01-31");
        return None;
    }
    date.ok()
}

/// How a waiver stands today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds.
    Holds,
    /// It holds for this many days more.
    EndsSoon(u32),
    /// It ended.
    Ended,
    /// It ends later than is allowed, so it does not hold.
    TooLong,
}

impl Waiver {
    /// How it stands on a day.
    pub fn standing(&self, today: Date, most_days: u64) -> Standing {
        standing(self.expires, today, most_days)
    }
}

/// How what holds until a day stands on another.
pub(crate) fn standing(expires: Date, today: Date, most_days: u64) -> Standing {
    let days = today.until(expires).map_or(i32::MAX, |span| span.get_days());
    match u32::try_from(days) {
        Err(_) => Standing::Ended,
        Ok(days) if u64::from(days) > most_days => Standing::TooLong,
        Ok(days) if days <= SOON.unsigned_abs() => Standing::EndsSoon(days),
        Ok(_) => Standing::Holds,
    }
}

/// Marks what is waived, and says how the waivers stand.
pub(crate) fn apply(
    waivers: &[Waiver],
    outcomes: &mut [Outcome],
    today: Date,
    most_days: u64,
) -> Option<Outcome> {
    if waivers.is_empty() {
        return None;
    }
    let standings: Vec<Standing> =
        waivers.iter().map(|waiver| waiver.standing(today, most_days)).collect();
    let mut used = BTreeSet::new();
    for outcome in outcomes.iter_mut() {
        let gate = outcome.gate;
        for reason in &mut outcome.reasons {
            mark(waivers, &standings, gate, reason, &mut used);
        }
    }
    let ran: BTreeSet<Gate> = outcomes.iter().map(|outcome| outcome.gate).collect();
    let reasons =
        waivers.iter().zip(&standings).enumerate().filter_map(|(number, (waiver, standing))| {
            let is_used = used.contains(&number);
            told(waiver, *standing, is_used, ran.contains(&waiver.gate))
        });
    let reasons: Vec<Reason> = reasons.collect();
    let holding = standings
        .iter()
        .filter(|standing| matches!(standing, Standing::Holds | Standing::EndsSoon(_)))
        .count();
    Some(Outcome {
        gate: Gate::Waivers,
        measured: text![used.len(), " of ", waivers.len(), " used, ", holding, " in force"],
        limit: text!["each is needed and in force"],
        reasons,
    })
}

fn mark(
    waivers: &[Waiver],
    standings: &[Standing],
    gate: Gate,
    reason: &mut Reason,
    used: &mut BTreeSet<usize>,
) {
    if reason.state != State::Open || matches!(reason.verdict, Verdict::Pass | Verdict::Error) {
        return;
    }
    let meant = waivers.iter().zip(standings).enumerate();
    let meant = meant.filter(|(_, (waiver, _))| waiver.covers(gate, reason));
    let mut ended = None;
    let mut holding = None;
    for (number, (waiver, standing)) in meant {
        used.insert(number);
        match standing {
            Standing::Holds | Standing::EndsSoon(_) => holding = holding.or(Some(number)),
            Standing::Ended | Standing::TooLong => ended = ended.or(Some(waiver)),
        }
    }
    if let Some(number) = holding {
        reason.state = State::Waived(number);
    } else if let Some(waiver) = ended {
        let owner = Foreign::from(waiver.owner.as_str());
        let ended = Foreign::from(waiver.expires.to_string().as_str());
        let mut help = reason.help.take().unwrap_or_default();
        if !help.is_empty() {
            help.text("; ");
        }
        help.text("its waiver by ")
            .foreign(owner)
            .text(", until ")
            .foreign(ended)
            .text(", does not hold");
        reason.help = Some(help);
    }
}

/// What there is to say of a waiver, if anything.
fn told(waiver: &Waiver, standing: Standing, is_used: bool, has_run: bool) -> Option<Reason> {
    let rule = || Foreign::from(waiver.rule.as_str());
    let owner = || Foreign::from(waiver.owner.as_str());
    let until = || Foreign::from(waiver.expires.to_string().as_str());
    let reason = match standing {
        Standing::Ended => Reason::new(
            "waiver-ended",
            Verdict::Warn,
            text!["the waiver for ", rule(), " by ", owner(), " ended on ", until()],
        )
        .help("solve what it waived, or have it renewed; take it out if it is not needed"),
        Standing::TooLong => Reason::new(
            "waiver-too-long",
            Verdict::Warn,
            text![
                "the waiver for ",
                rule(),
                " by ",
                owner(),
                " runs until ",
                until(),
                ", longer than waivers may, so it does not hold"
            ],
        )
        .help("write an earlier date, or allow more with `max-waiver-days` in `[gate]`"),
        Standing::Holds | Standing::EndsSoon(_) if !is_used && has_run => Reason::new(
            "waiver-unused",
            Verdict::Warn,
            text!["nothing needs the waiver for ", rule(), " by ", owner()],
        )
        .help("take it out, so that it hides nothing later"),
        Standing::EndsSoon(days) => Reason::new(
            "waiver-ends-soon",
            Verdict::Pass,
            text![
                "the waiver for ",
                rule(),
                " by ",
                owner(),
                " ends in ",
                days,
                if days == 1 { " day" } else { " days" }
            ],
        )
        .help("solve what it waives, or have it renewed"),
        Standing::Holds => return None,
    };
    Some(reason.at(waiver.place.clone()))
}

#[cfg(test)]
mod tests {
    use diagnostics::config::Config;

    use super::*;

    fn waivers(text: &str) -> Result<Vec<Waiver>, usize> {
        Config::read("c.toml", text.as_bytes(), |top| {
            top.tables("waiver").iter_mut().filter_map(Waiver::read).collect()
        })
        .map_err(|problems| problems.len())
    }

    fn waiver(rest: &str) -> Waiver {
        let text =
            format!("[[waiver]]\ngate = 'security'\nowner = '@sec'\nreason = 'no fix yet'\n{rest}");
        waivers(&text).unwrap().remove(0)
    }

    #[track_caller]
    fn check_refused(waiver: &str, mistakes: usize) {
        assert_eq!(waivers(waiver).map(|waivers| waivers.len()), Err(mistakes), "{waiver}");
    }

    #[test]
    fn who_what_why_and_until_when_are_required() {
        check_refused("[[waiver]]", 5);
        let whole = "[[waiver]]\ngate = 'security'\nrule = 'A'\nowner = 'o'\nreason = 'r'\n";
        check_refused(whole, 1);
        check_refused(&format!("{whole}expires = 'soon'"), 1);
        check_refused(&format!("{whole}expires = 2027-01-31T10:00:00Z"), 1);
        check_refused(&format!("{whole}expires = '2027-02-30'"), 1);
        check_refused(&format!("{whole}expires = 2027-01-31\npath = ''"), 1);
        check_refused(&format!("{whole}expires = 2027-01-31\nexpiry = 1"), 1);
        check_refused(&whole.replace("'o'", "' '"), 2);
        assert_eq!(waivers(&format!("{whole}expires = 2027-01-31")).unwrap().len(), 1);
    }

    #[test]
    fn a_waiver_for_everything_says_so() {
        let all = "[[waiver]]\ngate = 'tests'\nrule = '*'\nowner = 'o'\nreason = 'r'\nexpires = 2027-01-31\n";
        check_refused(all, 1);
        check_refused(&format!("{all}package = ' '"), 1);
        check_refused(&format!("{all}package = '@'"), 1);
        for narrow in ["path = 'web/**'", "path = '**'", "package = 'time'"] {
            assert_eq!(waivers(&format!("{all}{narrow}")).unwrap().len(), 1);
        }
    }

    #[track_caller]
    fn check_standing(expires: &str, wanted: Standing) {
        let waiver = waiver(&format!("rule = 'A'\nexpires = {expires}"));
        assert_eq!(waiver.standing("2026-11-21".parse().unwrap(), 180), wanted, "{expires}");
    }

    #[test]
    fn the_last_day_counts() {
        check_standing("2026-11-20", Standing::Ended);
        check_standing("2026-11-21", Standing::EndsSoon(0));
        check_standing("2026-12-05", Standing::EndsSoon(14));
        check_standing("2026-12-06", Standing::Holds);
        check_standing("2027-05-20", Standing::Holds);
        check_standing("2027-05-21", Standing::TooLong);
        check_standing("9999-12-31", Standing::TooLong);
    }

    fn reason(rule: &str, file: Option<&str>, package: Option<&str>) -> Reason {
        let mut reason = Reason::new(rule, Verdict::Fail, "it is bad");
        reason.place = file.map(Place::file);
        reason.package = package.map(Foreign::from);
        reason
    }

    #[track_caller]
    fn check_covers(waiver: &Waiver, reason: &Reason, wanted: bool) {
        assert_eq!(waiver.covers(Gate::Security, reason), wanted);
        assert!(!waiver.covers(Gate::Lint, reason));
    }

    #[test]
    fn a_waiver_covers_what_it_names_and_no_more() {
        let plain = waiver("rule = 'RUSTSEC-1'\nexpires = 2026-12-31");
        check_covers(&plain, &reason("RUSTSEC-1", None, None), true);
        check_covers(&plain, &reason("RUSTSEC-10", None, None), false);
        let mut aliased = reason("CVE-1", None, None);
        aliased.aliases.push("RUSTSEC-1".into());
        check_covers(&plain, &aliased, true);
        let all = waiver("rule = 'RUSTSEC-*'\nexpires = 2026-12-31");
        check_covers(&all, &reason("RUSTSEC-10", None, None), true);
        let in_path = waiver("rule = 'A'\npath = 'vendor/**'\nexpires = 2026-12-31");
        check_covers(&in_path, &reason("A", Some("vendor/x/y"), None), true);
        check_covers(&in_path, &reason("A", Some("src/x"), None), false);
        check_covers(&in_path, &reason("A", None, None), false);
        let mut twice = reason("A", Some("vendor/x"), None);
        twice.also.push(Place::file("src/x"));
        check_covers(&in_path, &twice, false);
        let everywhere = waiver("rule = 'A'\npath = '**'\nexpires = 2026-12-31");
        check_covers(&everywhere, &reason("A", None, None), true);
        let package = waiver("rule = 'A'\npackage = '@x/y'\nexpires = 2026-12-31");
        check_covers(&package, &reason("A", None, Some("@x/y@1.0.0")), true);
        check_covers(&package, &reason("A", None, Some("@x/y")), true);
        check_covers(&package, &reason("A", None, Some("@x/yz@1.0.0")), false);
        check_covers(&package, &reason("A", None, None), false);
    }

    #[test]
    fn missing_evidence_is_never_waived_and_what_ended_is_named() {
        let list = [
            waiver("rule = 'A'\nexpires = 2026-12-31"),
            waiver("rule = 'B'\nexpires = 2026-11-01"),
            waiver("rule = 'C'\nexpires = 2026-12-31"),
        ];
        let error = Reason { verdict: Verdict::Error, ..reason("A", None, None) };
        let reasons = vec![reason("A", None, None), error, reason("B", None, None)];
        let mut outcomes =
            [Outcome { gate: Gate::Security, measured: text!["x"], limit: text!["x"], reasons }];
        let told = apply(&list, &mut outcomes, "2026-11-21".parse().unwrap(), 180).unwrap();
        let states: Vec<&State> = outcomes[0].reasons.iter().map(|reason| &reason.state).collect();
        assert_eq!(states, [&State::Waived(0), &State::Open, &State::Open]);
        assert!(outcomes[0].reasons[2].help.is_some());
        let rules: Vec<&[u8]> = told.reasons.iter().map(|reason| reason.rule.raw()).collect();
        assert_eq!(rules, [&b"waiver-ended"[..], b"waiver-unused"]);
        assert_eq!(told.verdict(), Verdict::Warn);
    }

    #[test]
    fn a_waiver_for_a_gate_that_did_not_run_is_not_unused() {
        let list = [waiver("rule = 'A'\nexpires = 2027-01-31")];
        let told = apply(&list, &mut [], "2026-11-21".parse().unwrap(), 180).unwrap();
        assert_eq!(told.reasons, []);
    }
}
