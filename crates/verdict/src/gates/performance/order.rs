//! In which order a comparison runs its two sides.
//!
//! Which side goes first is drawn, so that what comes at fixed times cannot favour one; half of the
//! rounds begin with each, so that going first cannot either. The same seed draws the same order, so
//! that a comparison can be repeated.

use reports::measurements::Side;

/// Whether the head goes first, for each of `rounds` rounds.
pub fn head_goes_first(seed: u64, rounds: usize) -> Vec<bool> {
    let mut order: Vec<bool> = (0..rounds).map(|round| round % 2 == 1).collect();
    let mut random = seed;
    // Fisher and Yates: each place is swapped with one at or before it.
    for place in (1..order.len()).rev() {
        let bound = u64::try_from(place).unwrap_or(u64::MAX).saturating_add(1);
        let other = usize::try_from(next(&mut random) % bound).unwrap_or(place);
        order.swap(place, other);
    }
    order
}

/// The two sides of a round in the order in which they run.
pub fn sides(head_goes_first: bool) -> [Side; 2] {
    if head_goes_first { [Side::Head, Side::Base] } else { [Side::Base, Side::Head] }
}

/// `SplitMix64` (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_draws_one_order_and_another_seed_another() {
        assert_eq!(head_goes_first(7, 20), head_goes_first(7, 20));
        assert_ne!(head_goes_first(7, 20), head_goes_first(8, 20));
        assert!(head_goes_first(7, 0).is_empty());
    }

    #[test]
    fn half_of_the_rounds_begin_with_each_side() {
        for rounds in 0..30 {
            for seed in 0..20 {
                let first = head_goes_first(seed, rounds).into_iter().filter(|it| *it).count();
                assert_eq!(first, rounds / 2);
            }
        }
    }

    #[test]
    fn the_generator_is_the_published_one() {
        // The first three numbers of seed 1234567 in the paper's reference implementation.
        let mut state = 1_234_567;
        let drawn = [next(&mut state), next(&mut state), next(&mut state)];
        assert_eq!(
            drawn,
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        );
    }
}
