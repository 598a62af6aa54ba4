//! A moment as signatures write it: `20130524T000000Z`, in UTC.

/// The moment so many seconds after 1970, and the day that it begins with.
pub(crate) fn stamp(seconds: u64) -> (String, String) {
    let (year, month, day) = civil(seconds / 86_400);
    let date = format!("{year:04}{month:02}{day:02}");
    let rest = seconds % 86_400;
    let time = format!("{:02}{:02}{:02}", rest / 3600, rest % 3600 / 60, rest % 60);
    (format!("{date}T{time}Z"), date)
}

/// The day so many days after 1970, by counting years and months from there.
fn civil(days: u64) -> (u64, u64, u64) {
    // Four hundred years have always as many days; what is left is less than that.
    const CYCLE: u64 = 146_097;
    let (mut year, mut left) = (1970 + days / CYCLE * 400, days % CYCLE);
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while left >= 365 + u64::from(is_leap(year)) {
        left -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        let check = |seconds, wanted: &str| assert_eq!(stamp(seconds).0, wanted);
        check(0, "19700101T000000Z");
        check(1_369_353_600, "20130524T000000Z");
        check(951_782_399, "20000228T235959Z");
        check(951_782_400, "20000229T000000Z");
        check(4_107_542_400, "21000301T000000Z");
        check(1_798_761_599, "20261231T235959Z");
    }
}
