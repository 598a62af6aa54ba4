//! How much memory a GPU counts as having, when what is asked for is what is written on the box.
//!
//! A driver reports less than that: an L40S of 48 GB 46068 MiB, a T4 of 16 GB 15360, because error
//! correction and the driver take their part. So 0.93 of what is asked for is enough. A catalogue may
//! know what is written on the box; it is not believed of a GPU that reports less than 0.9 of it, which
//! is another one, or a part of one.

use crate::catalogue::Profile;
use crate::{Memory, Slice};

/// What is asked for in GB is this many hundredths of as many GiB at least.
const ENOUGH: u64 = 93;
/// And what is on the box of a GPU that reports this much is at most a hundred of these hundredths.
const BELIEVED: u64 = 90;

/// How many MiB a GPU counts as having, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counted {
    /// At least.
    pub sure: u64,
    /// At most, if anything is known.
    pub possible: Option<u64>,
}

/// What so many GB are in MiB.
pub(crate) fn mib(gigabytes: u32) -> u64 {
    u64::from(gigabytes) * 1024
}

impl Counted {
    /// Nothing is known.
    pub(crate) const UNKNOWN: Self = Self { sure: 0, possible: None };

    const fn exactly(mib: u64) -> Self {
        Self { sure: mib, possible: Some(mib) }
    }

    /// What a whole GPU counts as.
    pub(crate) fn of(memory: Memory) -> Self {
        let reported = memory.reported_mib.map(u64::from);
        let nominal = memory.nominal_gb.map(mib);
        match (reported, nominal) {
            (Some(reported), Some(nominal)) if reported * 100 < nominal * BELIEVED => {
                Self::exactly(reported * 100 / ENOUGH)
            }
            (Some(reported), Some(nominal)) => Self::exactly(nominal.max(reported * 100 / ENOUGH)),
            (Some(reported), None) => {
                Self { sure: reported * 100 / ENOUGH, possible: Some(reported * 100 / BELIEVED) }
            }
            (None, Some(nominal)) => Self { sure: nominal, possible: Some(nominal * 100 / ENOUGH) },
            (None, None) => Self::UNKNOWN,
        }
    }

    /// What a slice of this profile counts as. Its name is believed: an H200's `1g.18gb` reports 16384 MiB.
    pub(crate) fn of_profile(profile: Profile, reported_mib: Option<u32>) -> Self {
        let named = mib(profile.memory_gb);
        let reported = reported_mib.map(|mib| u64::from(mib) * 100 / ENOUGH);
        let most = reported.map_or(named * 100 / ENOUGH, |reported| named.max(reported));
        // How much of the memory a compute instance gets is up to the others of its slice.
        let sure = if profile.shares_memory() { 0 } else { reported.map_or(named, |_| most) };
        Self { sure, possible: Some(most) }
    }

    /// What a slice counts as.
    pub(crate) fn of_slice(slice: &Slice) -> Self {
        match slice.profile.parse() {
            Ok(profile) => Self::of_profile(profile, slice.memory_mib),
            Err(_) => Self::UNKNOWN,
        }
    }

    /// Both together.
    pub(crate) fn plus(self, other: Self) -> Self {
        let possible = self.possible.zip(other.possible);
        Self {
            sure: self.sure.saturating_add(other.sure),
            possible: possible.map(|(ours, theirs)| ours.saturating_add(theirs)),
        }
    }

    /// Whether it counts as so many MiB, if that is known.
    pub(crate) fn reaches(self, asked: u64) -> Option<bool> {
        if asked <= self.sure {
            Some(true)
        } else if self.possible.is_some_and(|possible| asked > possible) {
            Some(false)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reported_mib: Option<u32>, nominal_gb: Option<u32>, asked_gb: u32, is: Option<bool>) {
        let counted = Counted::of(Memory { reported_mib, nominal_gb });
        assert_eq!(counted.reaches(mib(asked_gb)), is, "{counted:?}");
    }

    #[test]
    fn what_a_driver_reports_counts_as_what_is_on_the_box() {
        // Real reports of real cards.
        for (reported, gb) in
            [(15360, 16), (46068, 48), (23028, 24), (81559, 80), (143_771, 141), (20475, 20)]
        {
            check(Some(reported), None, gb, Some(true));
            check(Some(reported), Some(gb), gb, Some(true));
            check(Some(reported), None, gb * 5 / 4, Some(false));
        }
    }

    #[test]
    fn a_report_that_is_a_little_low_is_for_the_catalogue_to_settle() {
        // A T4 under a virtual machine monitor; 15109 is 0.922 of 16384.
        check(Some(15109), None, 16, None);
        check(Some(15109), Some(16), 16, Some(true));
        check(Some(15109), Some(15), 16, Some(false));
    }

    #[test]
    fn a_catalogue_is_not_believed_of_a_gpu_that_has_much_less() {
        check(Some(40536), Some(80), 80, Some(false));
        check(Some(40536), Some(80), 40, Some(true));
    }

    #[test]
    fn without_a_report_the_catalogue_says_it() {
        check(None, Some(24), 24, Some(true));
        check(None, Some(24), 25, None);
        check(None, Some(24), 26, Some(false));
        check(None, None, 1, None);
        check(None, None, 0, Some(true));
    }

    #[test]
    fn a_slice_has_what_its_name_says_unless_it_shares_it() {
        let slice = |profile: &str, memory_mib| Slice {
            profile: profile.to_owned(),
            memory_mib,
            uuid: None,
        };
        let reaches = |slice: &Slice, gb| Counted::of_slice(slice).reaches(mib(gb));
        assert_eq!(reaches(&slice("1g.18gb", Some(16384)), 18), Some(true));
        assert_eq!(reaches(&slice("1g.18gb", None), 18), Some(true));
        assert_eq!(reaches(&slice("1g.18gb", None), 20), Some(false));
        assert_eq!(reaches(&slice("1c.3g.71gb", Some(71424)), 71), None);
        assert_eq!(reaches(&slice("1c.3g.71gb", Some(71424)), 80), Some(false));
        assert_eq!(reaches(&slice("ghost", Some(71424)), 1), None);
    }
}
