//! Whether the machine that a job has got is the one that it was matched for, and which of its GPUs it may see.
//!
//! Labels were GitHub's to compare, and a machine does not know its own, so they are not looked at here.

use std::collections::BTreeSet;

use crate::cuda::CudaError;
use crate::probe::{Kind, Probed, State};
use crate::{Fit, Fitting, Judgement, Need, Vendor, fitting, judge};

/// Whether a machine is what a job was matched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It is.
    Met {
        /// By which of the job's options; the first is what it asked for, any other is less.
        option: usize,
        /// What it may see.
        visible: Visible,
    },
    /// It is not, or that is not known.
    NotMet {
        /// How its facts were judged by each option, in their order. A machine that cannot be used may meet
        /// one as far as they go.
        judgements: Vec<Judgement>,
        /// The error that a CUDA program would die of before anything else, because of the machine's state.
        error: Option<CudaError>,
    },
}

impl Expectation {
    /// What that comes to: it fits by one option, by none, or nobody knows.
    pub fn fit(&self) -> Fit {
        match self {
            Self::Met { .. } => Fit::Yes,
            Self::NotMet { judgements, .. } => {
                let is_no = |judgement: &Judgement| judgement.fit() == Fit::No;
                if judgements.iter().all(is_no) { Fit::No } else { Fit::Unknown }
            }
        }
    }
}

/// Which devices a job may see, by variable. A maker's devices that are not named here are not hidden.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visible {
    /// For `CUDA_VISIBLE_DEVICES`: the UUIDs of GPUs or of slices, in the order of the machine.
    pub cuda: Option<Vec<String>>,
    /// For `ROCR_VISIBLE_DEVICES`: the same of AMD's (`ROCm` documentation, "GPU isolation techniques").
    pub rocr: Option<Vec<String>>,
    /// Devices that do not fit and that a job sees all the same, by the place of the GPU, because not
    /// every device that does fit has a name.
    pub not_hidden: BTreeSet<usize>,
}

/// Whether the machine fits one of the options, the first that it fits.
pub fn expect(options: &[Need], probed: &Probed) -> Expectation {
    let mut judgements = Vec::new();
    for (option, need) in options.iter().enumerate() {
        let need = Need { labels: BTreeSet::new(), ..need.clone() };
        let judgement = judge(&need, &probed.machine);
        if judgement.fit() == Fit::Yes && !matches!(probed.state, State::Unusable(_)) {
            return Expectation::Met { option, visible: visible(&need, probed) };
        }
        judgements.push(judgement);
    }
    let error = match &probed.state {
        State::Unusable(trouble) => trouble.kind.error(),
        State::Usable | State::NoGpu => None,
    };
    Expectation::NotMet { judgements, error }
}

/// What a job with this need may see of a machine that fits.
fn visible(need: &Need, probed: &Probed) -> Visible {
    let fitting = chosen(need, fitting(need, &probed.machine));
    let gpus = probed.machine.gpus.as_deref().unwrap_or_default();
    let mut visible = Visible::default();
    for vendor in [Vendor::Nvidia, Vendor::Amd] {
        let is_its = |place: &usize| gpus.get(*place).is_some_and(|gpu| gpu.vendor == vendor);
        let places: BTreeSet<usize> = (0..gpus.len()).filter(is_its).collect();
        if places.is_empty() {
            continue;
        }
        let fit: Vec<&Fitting<'_>> = fitting.iter().filter(|it| is_its(&it.place)).collect();
        let names: Option<Vec<String>> =
            fit.iter().map(|it| it.uuid().map(str::to_owned)).collect();
        let variable = match vendor {
            Vendor::Nvidia => &mut visible.cuda,
            Vendor::Amd => &mut visible.rocr,
        };
        // With the ones that fit named, the others are hidden; no name at all hides every one.
        if names.is_some() {
            *variable = names;
        } else {
            let seen: BTreeSet<usize> = fit.iter().map(|it| it.place).collect();
            visible.not_hidden.extend(places.difference(&seen));
        }
    }
    visible
}

/// Of whole GPUs and slices those that CUDA shows to one program: whole ones, or slices where only those are enough.
fn chosen<'a>(need: &Need, fitting: Vec<Fitting<'a>>) -> Vec<Fitting<'a>> {
    let is_whole = |it: &Fitting<'_>| it.slice.is_none();
    let whole = fitting.iter().filter(|it| is_whole(it)).count();
    let slices = fitting.len() - whole;
    let wanted = usize::from(need.gpus.get());
    let keep = match (whole, slices) {
        (0, _) | (_, 0) => return fitting,
        (whole, _) if whole >= wanted => true,
        (_, slices) if slices >= wanted => false,
        // Only all of them are enough, which the job has to sort out itself.
        (_, _) => return fitting,
    };
    fitting.into_iter().filter(|it| is_whole(it) == keep).collect()
}

impl Kind {
    /// The error that a CUDA program dies of on such a machine, where it is always the same.
    pub fn error(self) -> Option<CudaError> {
        let (number, name) = match self {
            Self::VersionsDiffer => (803, "cudaErrorSystemDriverMismatch"),
            Self::Prohibited => (46, "cudaErrorDevicesUnavailable"),
            Self::NoSlice => (100, "cudaErrorNoDevice"),
            Self::DriverNotLoaded
            | Self::LibraryMissing
            | Self::GpuLost
            | Self::NotPermitted
            | Self::ProgramMissing
            | Self::TimedOut
            | Self::TooMuch
            | Self::CannotStart
            | Self::Failed(_)
            | Self::Unreadable
            | Self::Contradictory => return None,
        };
        Some(CudaError { number, name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clause::Clause;
    use crate::made::{gpu, machine, need, sliced};
    use crate::probe::Trouble;
    use crate::{Gpu, Machine, Mig, Part, Version};

    fn probed(machine: Machine) -> Probed {
        Probed { machine, state: State::Usable, toolkit: None, notes: Vec::new() }
    }

    /// GPUs that are called `GPU-0`, `GPU-1` and so on.
    fn named(gpus: Vec<Gpu>) -> Probed {
        let gpus = gpus.into_iter().enumerate();
        let gpus = gpus.map(|(at, gpu)| Gpu { uuid: Some(format!("GPU-{at}")), ..gpu }).collect();
        probed(machine(gpus))
    }

    #[track_caller]
    fn check(options: &[Need], probed: &Probed, option: usize, cuda: &[&str]) {
        let names = cuda.iter().map(|name| (*name).to_owned()).collect();
        let visible = Visible { cuda: Some(names), ..Visible::default() };
        assert_eq!(expect(options, probed), Expectation::Met { option, visible });
    }

    #[test]
    fn the_first_option_that_fits_counts_and_only_what_fits_is_shown() {
        let two = named(vec![gpu("t4"), gpu("l40s")]);
        let large = Need { min_memory_gb: Some(48), ..need(1) };
        check(std::slice::from_ref(&large), &two, 0, &["GPU-1"]);
        check(&[Need { min_memory_gb: Some(80), ..need(1) }, large], &two, 1, &["GPU-1"]);
        check(&[need(1)], &two, 0, &["GPU-0", "GPU-1"]);
    }

    #[test]
    fn a_machine_that_does_not_fit_is_judged_by_each_option() {
        let one = named(vec![gpu("t4")]);
        let options = [Need { min_memory_gb: Some(80), ..need(1) }, need(2)];
        let expectation = expect(&options, &one);
        let Expectation::NotMet { judgements, error } = &expectation else { panic!("it is met") };
        let clauses: Vec<Clause> = judgements.iter().map(|it| it.failed[0].clause).collect();
        assert_eq!(clauses, [Clause::Memory, Clause::Gpus]);
        assert_eq!((expectation.fit(), error), (Fit::No, &None));
        // No options are no need, which nothing meets.
        assert_eq!(expect(&[], &one).fit(), Fit::No);
    }

    #[test]
    fn what_is_not_known_is_not_met_and_not_failed() {
        let unknown = Gpu { capability: None, model: None, ..gpu("t4") };
        let old = Need { min_capability: "7.5".parse().ok(), ..need(1) };
        assert_eq!(expect(&[need(2), old], &named(vec![unknown])).fit(), Fit::Unknown);
    }

    #[test]
    fn labels_are_not_the_machines_to_know() {
        let wants = Need { labels: ["team-a".to_owned()].into(), ..need(1) };
        check(&[wants], &named(vec![gpu("t4")]), 0, &["GPU-0"]);
    }

    #[test]
    fn slices_are_shown_by_their_own_names() {
        let mut one = sliced("a100", &["1g.10gb", "3g.40gb"]);
        if let Some(Mig::Sliced(slices)) = &mut one.mig {
            for (at, slice) in slices.iter_mut().enumerate() {
                slice.uuid = Some(format!("MIG-{at}"));
            }
        }
        let small = Need { part: Part::Slice("1g.10gb".parse().unwrap()), ..need(1) };
        check(std::slice::from_ref(&small), &named(vec![one.clone()]), 0, &["MIG-0"]);
        // CUDA shows a program slices or whole GPUs.
        let either = |gpus| Need { part: Part::WholeOrSlice, ..need(gpus) };
        let both = named(vec![one, gpu("a100")]);
        check(&[either(1)], &both, 0, &["GPU-1"]);
        check(&[either(2)], &both, 0, &["MIG-0", "MIG-1"]);
    }

    #[test]
    fn of_the_other_maker_nothing_is_shown() {
        let mixed = named(vec![gpu("l40s"), gpu("mi300x")]);
        let want = |vendor| Need { vendor: Some(vendor), ..need(1) };
        let visible = |vendor| match expect(&[want(vendor)], &mixed) {
            Expectation::Met { visible, .. } => (visible.cuda, visible.rocr),
            Expectation::NotMet { .. } => panic!("it is not met"),
        };
        let one = |name: &str| Some(vec![name.to_owned()]);
        assert_eq!(visible(Vendor::Nvidia), (one("GPU-0"), Some(vec![])));
        assert_eq!(visible(Vendor::Amd), (Some(vec![]), one("GPU-1")));
    }

    #[test]
    fn what_cannot_be_named_cannot_be_picked_out() {
        let nameless = probed(machine(vec![gpu("t4"), gpu("l40s")]));
        let large = Need { min_memory_gb: Some(48), ..need(1) };
        let visible = Visible { not_hidden: [0].into(), ..Visible::default() };
        assert_eq!(expect(&[large], &nameless), Expectation::Met { option: 0, visible });
        let all = expect(&[need(2)], &nameless);
        assert_eq!(all, Expectation::Met { option: 0, visible: Visible::default() });
    }

    #[test]
    fn a_machine_that_cannot_be_used_meets_nothing() {
        let trouble = |kind| Trouble { program: "nvidia-smi", kind, said: None };
        let of = |kind| Probed {
            state: State::Unusable(trouble(kind)),
            machine: Machine { driver: Some(Version::new(550, 54, 14)), ..Machine::default() },
            toolkit: None,
            notes: Vec::new(),
        };
        let expectation = expect(&[need(1)], &of(Kind::VersionsDiffer));
        let Expectation::NotMet { error, .. } = &expectation else { panic!("it is met") };
        assert_eq!(error.map(|error| error.number), Some(803));
        assert_eq!(expectation.fit(), Fit::Unknown);
        // Even where its facts alone would do.
        let facts = machine(vec![gpu("t4")]);
        let lost = Probed { machine: facts, ..of(Kind::GpuLost) };
        assert_eq!(expect(&[need(1)], &lost).fit(), Fit::Unknown);
    }
}
