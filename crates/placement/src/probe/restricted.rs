//! The part of a machine that a runner was given: several runners on one machine each have a variable that says
//! which of its GPUs are theirs. `nvidia-smi` and `rocm-smi` show all of them all the same.
//!
//! Source: NVIDIA, "CUDA C++ Programming Guide", environment variables: numbers, or the beginning of a UUID; what
//! stands behind a device that is not there is not visible either. Numbers count the fastest first, unless
//! `CUDA_DEVICE_ORDER` says otherwise, so of GPUs of several models nobody can say whose number is whose.

use std::collections::BTreeMap;

use super::{Note, Probed, State, usable};
use crate::{Gpu, Mig, Sharing, Vendor};

/// Which variable says it of a maker's GPUs.
pub const VARIABLES: [(Vendor, &str); 3] = [
    (Vendor::Nvidia, "CUDA_VISIBLE_DEVICES"),
    (Vendor::Amd, "ROCR_VISIBLE_DEVICES"),
    (Vendor::Amd, "HIP_VISIBLE_DEVICES"),
];

/// Says how the numbers in the first of them count.
pub const ORDER: &str = "CUDA_DEVICE_ORDER";

/// Of what was probed, the GPUs that these variables leave. Where they cannot be understood it is not known
/// whether any of them is the job's.
#[must_use]
pub fn restricted(mut probed: Probed, variables: &BTreeMap<String, String>) -> Probed {
    let Some(all) = probed.machine.gpus.take() else { return probed };
    let count = all.len();
    let mut gpus = all;
    for (vendor, variable) in VARIABLES {
        let Some(value) = variables.get(variable) else { continue };
        if !gpus.iter().any(|gpu| gpu.vendor == vendor) {
            continue;
        }
        let by_bus = variables.get(ORDER).is_some_and(|order| order == "PCI_BUS_ID");
        // What HIP counts is what ROCr leaves, in an order of its own.
        let takes_uuids = variable != "HIP_VISIBLE_DEVICES";
        let by_bus = by_bus && vendor == Vendor::Nvidia;
        if let Some(left) = left(&gpus, vendor, value, by_bus, takes_uuids) {
            gpus = left;
            let left = gpus.len();
            probed.notes.push(Note::Restricted { variable, left, of: count });
        } else {
            for gpu in gpus.iter_mut().filter(|gpu| gpu.vendor == vendor) {
                gpu.sharing = gpu.sharing.filter(|it| *it == Sharing::Prohibited);
            }
            probed.notes.push(Note::NotTold { variable });
        }
    }
    if gpus.len() == 1 {
        probed.machine.nvlink = Some(false);
    }
    if !matches!(probed.state, State::Unusable(_)) {
        probed.state = if gpus.is_empty() { State::NoGpu } else { usable(&gpus) };
    }
    probed.machine.gpus = Some(gpus);
    probed
}

/// The GPUs that a list leaves, in the order of the machine; nothing if nobody can say which they are.
fn left(
    gpus: &[Gpu],
    vendor: Vendor,
    list: &str,
    by_bus: bool,
    takes_uuids: bool,
) -> Option<Vec<Gpu>> {
    let its: Vec<usize> = (0..gpus.len())
        .filter(|place| gpus.get(*place).is_some_and(|gpu| gpu.vendor == vendor))
        .collect();
    let models: Vec<_> = its.iter().filter_map(|place| gpus.get(*place)?.model.as_ref()).collect();
    let first = models.first();
    let is_one_model = models.len() == its.len() && models.iter().all(|it| Some(it) == first);
    // Of one GPU, and of GPUs of one model, the order is that of the bus.
    let is_ordered = by_bus || its.len() == 1 || (vendor == Vendor::Nvidia && is_one_model);
    // Of each GPU that is left: whole, or these slices.
    let mut chosen: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for item in list.split(',').map(str::trim) {
        if let Ok(number) = item.parse::<i64>() {
            let place = usize::try_from(number).ok().and_then(|number| its.get(number));
            let Some(place) = place else { break };
            let is_divided = gpus.get(*place).is_some_and(|gpu| gpu.mig != Some(Mig::Whole));
            if !is_ordered || is_divided {
                return None;
            }
            chosen.entry(*place).or_default();
            continue;
        }
        if !takes_uuids || item.len() < "GPU-0".len() {
            return None;
        }
        let mut found = its.iter().flat_map(|place| named(gpus, *place, item));
        let Some((place, slice)) = found.next() else { break };
        if found.next().is_some() {
            return None;
        }
        chosen.entry(place).or_default().extend(slice);
    }
    let kept = |(place, gpu): (usize, &Gpu)| {
        if gpu.vendor != vendor {
            return Some(gpu.clone());
        }
        let slices = chosen.get(&place)?;
        let mut gpu = gpu.clone();
        if let Some(Mig::Sliced(all)) = &mut gpu.mig {
            let mut at = 0..;
            all.retain(|_| at.next().is_some_and(|at| slices.contains(&at)));
        }
        Some(gpu)
    };
    Some(gpus.iter().enumerate().filter_map(kept).collect())
}

/// The devices of a GPU whose names begin so: it, or slices of it by their places.
fn named(gpus: &[Gpu], place: usize, beginning: &str) -> Vec<(usize, Option<usize>)> {
    let is_it = |uuid: Option<&String>| uuid.is_some_and(|uuid| uuid.starts_with(beginning));
    match gpus.get(place) {
        Some(Gpu { mig: Some(Mig::Sliced(slices)), .. }) => {
            let slices = slices.iter().enumerate().filter(|(_, slice)| is_it(slice.uuid.as_ref()));
            slices.map(|(at, _)| (place, Some(at))).collect()
        }
        Some(gpu) if is_it(gpu.uuid.as_ref()) => vec![(place, None)],
        Some(_) | None => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Slice;
    use crate::made::{gpu, machine, sliced};

    proptest! {
        #[test]
        fn whatever_a_variable_holds_no_gpu_is_made_up(
            lists in prop::collection::vec("(GPU-a[0-9]?|MIG-a0[0-9]?|-?[0-9]{1,20}|[a-z,\u{e9} ]{0,3}|,){0,6}", 3),
        ) {
            let all = vec![gpu("h100"), sliced("h100", &["1g.10gb"]), gpu("t4"), gpu("mi300x")];
            let given: Vec<(&str, &str)> =
                VARIABLES.iter().zip(&lists).map(|((_, name), list)| (*name, list.as_str())).collect();
            let (before, after) = (left_of(all.clone(), &[]), left_of(all, &given));
            let known = |probed: &Probed| probed.machine.gpus.clone().unwrap();
            for gpu in known(&after) {
                let was = known(&before).into_iter().find(|it| it.uuid == gpu.uuid).unwrap();
                prop_assert!(gpu.sharing == was.sharing || gpu.sharing.is_none());
                match (&gpu.mig, &was.mig) {
                    (Some(Mig::Sliced(left)), Some(Mig::Sliced(all))) => {
                        prop_assert!(left.iter().all(|slice| all.contains(slice)));
                    }
                    (mig, was) => prop_assert_eq!(mig, was),
                }
            }
        }
    }

    /// GPUs that are called `GPU-a0`, `GPU-a1` and so on, their slices `MIG-a00`, `MIG-a01`.
    fn left_of(gpus: Vec<Gpu>, variables: &[(&str, &str)]) -> Probed {
        let named = |(at, mut gpu): (usize, Gpu)| {
            gpu.uuid = Some(format!("GPU-a{at}"));
            if let Some(Mig::Sliced(slices)) = &mut gpu.mig {
                for (of, slice) in slices.iter_mut().enumerate() {
                    slice.uuid = Some(format!("MIG-a{at}{of}"));
                }
            }
            gpu
        };
        let gpus = gpus.into_iter().enumerate().map(named).collect();
        let probed = Probed {
            machine: machine(gpus),
            state: State::Usable,
            toolkit: None,
            notes: Vec::new(),
        };
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        restricted(probed, &variables.iter().map(owned).collect())
    }

    /// What they are called, `?` behind those of which nobody knows whether they are the job's.
    fn told(probed: &Probed) -> String {
        let told = |gpu: &Gpu| {
            let name = |slice: &Slice| slice.uuid.clone().unwrap();
            let name = match &gpu.mig {
                Some(Mig::Sliced(slices)) => slices.iter().map(name).collect::<Vec<_>>().join("+"),
                Some(Mig::Whole) | None => gpu.uuid.clone().unwrap(),
            };
            if gpu.sharing.is_none() { name + "?" } else { name }
        };
        let gpus = probed.machine.gpus.as_ref().unwrap();
        gpus.iter().map(told).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(gpus: &[Gpu], list: &str, expected: &str) {
        let probed = left_of(gpus.to_vec(), &[("CUDA_VISIBLE_DEVICES", list)]);
        assert_eq!(told(&probed), expected, "{list}");
        assert_eq!(probed.state == State::NoGpu, expected.is_empty(), "{list}");
    }

    #[test]
    fn a_runner_has_the_gpus_that_its_variable_names() {
        let alike = vec![gpu("h100"), gpu("h100"), gpu("h100")];
        check(&alike, "1", "GPU-a1");
        check(&alike, "2, 0", "GPU-a0 GPU-a2");
        check(&alike, "GPU-a1,GPU-a2", "GPU-a1 GPU-a2");
        // What stands behind one that is not there is not there either.
        check(&alike, "0,7,1", "GPU-a0");
        check(&alike, "0,-1,1", "GPU-a0");
        check(&alike, "-1", "");
        check(&alike, "GPU-b,GPU-a0", "");
        // The beginning of several names names none.
        check(&alike, "GPU-a", "GPU-a0? GPU-a1? GPU-a2?");
        check(&alike, "x", "GPU-a0? GPU-a1? GPU-a2?");
    }

    #[test]
    fn numbers_of_several_models_say_nothing_unless_they_follow_the_bus() {
        let mixed = vec![gpu("t4"), gpu("h100")];
        check(&mixed, "0", "GPU-a0? GPU-a1?");
        check(&mixed, "GPU-a1", "GPU-a1");
        let order = [("CUDA_VISIBLE_DEVICES", "0"), ("CUDA_DEVICE_ORDER", "PCI_BUS_ID")];
        assert_eq!(told(&left_of(mixed, &order)), "GPU-a0");
    }

    #[test]
    fn slices_are_named_by_themselves() {
        let divided = vec![sliced("a100", &["1g.10gb", "3g.40gb"]), gpu("a100")];
        check(&divided, "MIG-a01", "MIG-a01");
        check(&divided, "MIG-a00,MIG-a01,GPU-a1", "MIG-a00+MIG-a01 GPU-a1");
        check(&divided, "0", "MIG-a00+MIG-a01? GPU-a1?");
    }

    #[test]
    fn the_variable_of_one_maker_says_nothing_of_the_others() {
        let mixed = vec![gpu("h100"), gpu("h100"), gpu("mi300x"), gpu("mi300x")];
        check(&mixed, "0", "GPU-a0 GPU-a2 GPU-a3");
        let of = |name, value| told(&left_of(mixed.clone(), &[(name, value)]));
        assert_eq!(of("ROCR_VISIBLE_DEVICES", "GPU-a3"), "GPU-a0 GPU-a1 GPU-a3");
        assert_eq!(of("ROCR_VISIBLE_DEVICES", "0"), "GPU-a0 GPU-a1 GPU-a2? GPU-a3?");
        assert_eq!(of("HIP_VISIBLE_DEVICES", "GPU-a3"), "GPU-a0 GPU-a1 GPU-a2? GPU-a3?");
        assert_eq!(of("UNHEARD_OF", "0"), "GPU-a0 GPU-a1 GPU-a2 GPU-a3");
    }

    #[test]
    fn one_gpu_is_joined_to_none() {
        let mut joined = left_of(vec![gpu("h100"), gpu("h100")], &[]);
        joined.machine.nvlink = Some(true);
        let one = [("CUDA_VISIBLE_DEVICES".to_owned(), "1".to_owned())].into();
        let one = restricted(joined, &one);
        assert_eq!((one.machine.nvlink, one.notes.len()), (Some(false), 1));
    }
}
