//! `schedule`: the clock. The payload says which line of `on.schedule` it was.
//!
//! Source: GitHub documentation, "Events that trigger workflows", `schedule`.

use super::{NotAPayload, Payload};

/// A scheduled run, always on the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The cron line that fired; nothing where a runner that is not GitHub's leaves it out.
    pub cron: Option<String>,
}

impl Schedule {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        Ok(Self { cron: payload.maybe_text("schedule")?.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    #[test]
    fn the_cron_line_is_read() {
        let check = |payload: &str, cron: Option<&str>| {
            let wanted = Schedule { cron: cron.map(str::to_owned) };
            assert_eq!(Event::read("schedule", payload.as_bytes()), Ok(Event::Schedule(wanted)));
        };
        check(r#"{"schedule": "30 5 * * 1"}"#, Some("30 5 * * 1"));
        // act sends no more than this.
        check("{}", None);
        assert!(Event::read("schedule", br#"{"schedule": 5}"#).is_err());
    }
}
