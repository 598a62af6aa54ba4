//! What is known of a GPU of which two sources speak.

use crate::{Gpu, Memory, Mig, Sharing, Vendor};

/// The fact in which two GPUs differ, and both values.
pub(super) type Differ = (&'static str, String, String);

/// Which of all GPUs each of some is, so that as many as possible are one that they can be: each in its own place
/// if that is possible for all.
pub(super) fn matched(all: &[Gpu], some: &[Gpu]) -> Vec<Option<usize>> {
    let can_be = |gpu: usize, place: usize| {
        let pair = some.get(gpu).zip(all.get(place));
        pair.is_some_and(|(gpu, other)| both(other, gpu).is_ok())
    };
    if some.len() <= all.len() && (0..some.len()).all(|place| can_be(place, place)) {
        return (0..some.len()).map(Some).collect();
    }
    let mut by_place: Vec<Option<usize>> = vec![None; all.len()];
    for gpu in 0..some.len() {
        move_in(gpu, &can_be, &mut by_place, &mut vec![false; all.len()]);
    }
    let place_of = |gpu: usize| by_place.iter().position(|its| *its == Some(gpu));
    (0..some.len()).map(place_of).collect()
}

/// Finds a place for a GPU, moving others on where they can go elsewhere; at most as deep as there are places.
fn move_in(
    gpu: usize,
    can_be: &dyn Fn(usize, usize) -> bool,
    by_place: &mut [Option<usize>],
    is_tried: &mut [bool],
) -> bool {
    for place in 0..by_place.len() {
        let is_new = is_tried.get(place) == Some(&false);
        if !is_new || !can_be(gpu, place) {
            continue;
        }
        if let Some(tried) = is_tried.get_mut(place) {
            *tried = true;
        }
        let other = by_place.get(place).copied().flatten();
        if other.is_none_or(|other| move_in(other, can_be, by_place, is_tried)) {
            if let Some(slot) = by_place.get_mut(place) {
                *slot = Some(gpu);
            }
            return true;
        }
    }
    false
}

/// A GPU of which only the maker is known.
pub(super) fn nothing(vendor: Vendor) -> Gpu {
    Gpu {
        vendor,
        model: None,
        memory: Memory { reported_mib: None, nominal_gb: None },
        capability: None,
        gfx: None,
        mig: None,
        sharing: None,
        uuid: None,
    }
}

pub(super) fn word(vendor: Vendor) -> &'static str {
    match vendor {
        Vendor::Nvidia => "nvidia",
        Vendor::Amd => "amd",
    }
}

/// What is known of a GPU if both are true of it.
pub(super) fn both(one: &Gpu, other: &Gpu) -> Result<Gpu, Differ> {
    fn of<T: Clone + PartialEq>(
        fact: &'static str,
        one: Option<&T>,
        other: Option<&T>,
        show: impl Fn(&T) -> String,
    ) -> Result<Option<T>, Differ> {
        match (one, other) {
            (Some(one), Some(other)) if one != other => Err((fact, show(one), show(other))),
            (one, other) => Ok(one.or(other).cloned()),
        }
    }
    if one.vendor != other.vendor {
        return Err(("vendor", word(one.vendor).to_owned(), word(other.vendor).to_owned()));
    }
    let gigabytes = |size: &u32| format!("{size}GB");
    let (of_one, of_other) = (&one.memory, &other.memory);
    let sharing = |sharing: &Sharing| {
        match sharing {
            Sharing::Exclusive => "exclusive",
            Sharing::Shared => "shared",
            Sharing::Prohibited => "prohibited",
        }
        .to_owned()
    };
    Ok(Gpu {
        vendor: one.vendor,
        model: of("model", one.model.as_ref(), other.model.as_ref(), Clone::clone)?,
        memory: Memory {
            nominal_gb: of(
                "memory",
                of_one.nominal_gb.as_ref(),
                of_other.nominal_gb.as_ref(),
                gigabytes,
            )?,
            reported_mib: of(
                "memory-mib",
                of_one.reported_mib.as_ref(),
                of_other.reported_mib.as_ref(),
                u32::to_string,
            )?,
        },
        capability: of(
            "cc",
            one.capability.as_ref(),
            other.capability.as_ref(),
            ToString::to_string,
        )?,
        gfx: of("gfx", one.gfx.as_ref(), other.gfx.as_ref(), Clone::clone)?,
        mig: both_divided(one.mig.as_ref(), other.mig.as_ref())?,
        sharing: of("sharing", one.sharing.as_ref(), other.sharing.as_ref(), sharing)?,
        uuid: of("uuid", one.uuid.as_ref(), other.uuid.as_ref(), Clone::clone)?,
    })
}

/// Slices are the same if their profiles are; one of the two may know more of each.
fn both_divided(one: Option<&Mig>, other: Option<&Mig>) -> Result<Option<Mig>, Differ> {
    let (Some(one), Some(other)) = (one, other) else { return Ok(one.or(other).cloned()) };
    let profiles = |mig: &Mig| -> Vec<String> {
        match mig {
            Mig::Whole => Vec::new(),
            Mig::Sliced(slices) => {
                let mut profiles: Vec<String> =
                    slices.iter().map(|slice| slice.profile.clone()).collect();
                profiles.sort_unstable();
                profiles
            }
        }
    };
    let show = |mig: &Mig| match mig {
        Mig::Whole => "whole GPUs".to_owned(),
        Mig::Sliced(_) => profiles(mig).join(" "),
    };
    let knows = |mig: &Mig| match mig {
        Mig::Whole => false,
        Mig::Sliced(slices) => slices.iter().any(|it| it.uuid.is_some() || it.memory_mib.is_some()),
    };
    match (one, other) {
        (Mig::Whole, Mig::Whole) => Ok(Some(Mig::Whole)),
        (Mig::Sliced(_), Mig::Sliced(_)) if profiles(one) == profiles(other) => {
            Ok(Some(if knows(one) { one } else { other }.clone()))
        }
        (Mig::Whole | Mig::Sliced(_), _) => Err(("mig", show(one), show(other))),
    }
}
