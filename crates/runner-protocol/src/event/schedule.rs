//! `schedule`: the clock. The payload says which line of `on.schedule` it was.
//!
//! Source: GitHub documentation, "Events that trigger workflows", `schedule`.

use super::{NotAPayload, Payload};

/// A scheduled run, always on the default branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The cron line that fired.
    pub cron: String,
}

impl Schedule {
    pub(crate) fn read(payload: &Payload) -> Result<Self, NotAPayload> {
        Ok(Self { cron: payload.text("schedule")?.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Event;
    use super::*;

    #[test]
    fn the_cron_line_is_read() {
        let wanted = Schedule { cron: "30 5 * * 1".to_owned() };
        let read = Event::read("schedule", br#"{"schedule": "30 5 * * 1"}"#);
        assert_eq!(read, Ok(Event::Schedule(wanted)));
        assert!(Event::read("schedule", br#"{"schedule": null}"#).is_err());
    }
}
