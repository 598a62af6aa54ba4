//! What is known of one machine, from everything that speaks of it: the file that a probe printed there, the table
//! that somebody wrote, the meaning of its labels, and labels that speak for themselves.
//!
//! A later source fills in what an earlier one does not say. Two that say different things of one fact are a
//! mistake that names both: nobody knows which is right.

use std::collections::BTreeMap;

use diagnostics::config::Spot;
use diagnostics::{Foreign, Problem, Text, text};

use super::both::{both, matched, nothing, word};
use super::spoken::{Claim, Least, Spoken};
use crate::catalogue::{self, Profile};
use crate::memory::{Counted, mib};
use crate::{Gpu, Machine, Memory, Mig, Sharing, Slice, Version};

/// More GPUs than any machine has.
const MOST_GPUS: u32 = 32;

/// Who says something of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// The file of this name, which a probe printed.
    Probe(String),
    /// A table, which is here.
    Table(Spot),
    /// The meaning of a label, which is written here.
    Meaning {
        /// The label.
        label: String,
        /// Where it is written.
        spot: Spot,
    },
    /// A label by itself.
    Label(String),
    /// GitHub's list of runners.
    List,
    /// The catalogue of GPUs, of a model.
    Catalogue(String),
}

impl Said {
    fn text(&self) -> Text {
        let code = |text: &str| Foreign::from(text);
        match self {
            Self::Probe(file) => text!["the probe's file ", code(file)],
            Self::Table(spot) => {
                let line = spot.place.line.unwrap_or_default();
                text!["the table in line ", line, " of ", spot.place.file.clone()]
            }
            Self::Meaning { label, .. } => text!["the meaning of the label ", code(label)],
            Self::Label(label) => text!["the label ", code(label)],
            Self::List => "GitHub's list of runners".into(),
            Self::Catalogue(model) => text!["the catalogue of GPUs, of ", code(model), ","],
        }
    }

    fn spot(&self) -> Option<&Spot> {
        match self {
            Self::Table(spot) | Self::Meaning { spot, .. } => Some(spot),
            Self::Probe(_) | Self::Label(_) | Self::List | Self::Catalogue(_) => None,
        }
    }
}

/// Two that say different things of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The runner's name.
    pub runner: String,
    /// The key of the fact, as tables have it.
    pub fact: &'static str,
    /// Who says what.
    pub first: (Said, String),
    /// And who says something else.
    pub second: (Said, String),
}

impl Conflict {
    /// It in words, where one of the two is written.
    pub fn problem(&self) -> Problem {
        let code = |text: &str| Foreign::from(text);
        let [(first, one), (second, other)] = [&self.first, &self.second];
        let mut message = text!["of the runner ", code(&self.runner), ", "];
        message.append(first.text()).text(" says ").foreign(code(one)).text(", and ");
        message.append(second.text()).text(" says ").foreign(code(other));
        let label = text!["`", self.fact, "` cannot be both"];
        let help = "correct the one that is wrong; `gpu-matcher probe` on the runner tells which";
        let problem = Problem::error(message).label(label).help(help);
        match second.spot().or(first.spot()) {
            Some(spot) => spot.problem(problem),
            None => problem,
        }
    }
}

/// A machine of which more and more is known.
pub(super) struct Merge<'a> {
    runner: &'a str,
    machine: Machine,
    /// Who said each fact first.
    by: BTreeMap<&'static str, Said>,
    /// A probe saw its GPUs, so that what it leaves out is not known.
    is_probed: bool,
    /// It has slices, and nobody knows how many.
    has_open_slices: bool,
    conflicts: Vec<Conflict>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(runner: &'a str) -> Self {
        Self {
            runner,
            machine: Machine::default(),
            by: BTreeMap::new(),
            is_probed: false,
            has_open_slices: false,
            conflicts: Vec::new(),
        }
    }

    fn conflict(&mut self, fact: &'static str, one: String, other: (Said, String)) {
        // GPUs are said together, so who said them said all of them.
        let by = self.by.get(fact).or_else(|| self.by.get("gpus"));
        let first = by.cloned().unwrap_or(Said::List);
        let conflict =
            Conflict { runner: self.runner.to_owned(), fact, first: (first, one), second: other };
        if !self.conflicts.contains(&conflict) {
            self.conflicts.push(conflict);
        }
    }

    /// One fact of the machine.
    fn fact<T: PartialEq + ToString>(
        &mut self,
        fact: &'static str,
        have: Option<T>,
        is: Option<T>,
        said: &Said,
    ) -> Option<T> {
        match (have, is) {
            (Some(have), Some(is)) => {
                if have != is {
                    self.conflict(fact, have.to_string(), (said.clone(), is.to_string()));
                }
                Some(have)
            }
            (None, Some(is)) => {
                self.by.insert(fact, said.clone());
                Some(is)
            }
            (have, None) => have,
        }
    }

    /// What one source says.
    pub(super) fn hear(&mut self, said: &Said, machine: &Machine) {
        self.is_probed |= matches!(said, Said::Probe(_)) && machine.gpus.is_some();
        self.machine.driver = self.fact("driver", self.machine.driver, machine.driver, said);
        self.machine.cuda = self.fact("cuda", self.machine.cuda, machine.cuda, said);
        self.machine.rocm = self.fact("rocm", self.machine.rocm, machine.rocm, said);
        self.machine.nvlink = self.fact("nvlink", self.machine.nvlink, machine.nvlink, said);
        let os = self.machine.os.take();
        self.machine.os = self.fact("os", os, machine.os.clone(), said);
        let arch = self.machine.arch.take();
        self.machine.arch = self.fact("arch", arch, machine.arch.clone(), said);
        if let Some(gpus) = &machine.gpus {
            self.hear_gpus(said, gpus, machine.has_more);
        }
    }

    fn hear_gpus(&mut self, said: &Said, gpus: &[Gpu], has_more: bool) {
        let Some(known) = self.machine.gpus.take() else {
            self.machine.gpus = Some(gpus.to_vec());
            self.machine.has_more = has_more;
            self.by.insert("gpus", said.clone());
            return;
        };
        let count = |gpus: &[Gpu], has_more: bool| {
            format!("{}{}", if has_more { "at least " } else { "" }, gpus.len())
        };
        let is_too_few = !self.machine.has_more && gpus.len() > known.len();
        let is_too_many = !has_more && known.len() > gpus.len();
        let is_other = !has_more && !self.machine.has_more && known.len() != gpus.len();
        if is_too_few || is_too_many || is_other {
            let one = count(&known, self.machine.has_more);
            self.conflict("gpus", one, (said.clone(), count(gpus, has_more)));
            self.machine.gpus = Some(known);
            return;
        }
        // What may have more is looked for in what has all.
        let is_swapped = self.machine.has_more && !has_more;
        let (mut all, some) =
            if is_swapped { (gpus.to_vec(), known) } else { (known, gpus.to_vec()) };
        let may_add = self.machine.has_more
            && has_more
            && matches!(said, Said::Meaning { .. })
            && matches!(self.by.get("gpus"), Some(Said::Meaning { .. }));
        let places = matched(&all, &some);
        for (gpu, place) in some.into_iter().zip(&places) {
            let slot = place.and_then(|place| all.get_mut(place));
            if let Some(slot) = slot {
                if let Ok(both) = both(slot, &gpu) {
                    *slot = both;
                }
            } else if may_add {
                all.push(gpu);
            } else {
                let is_free = |place: &usize| !places.contains(&Some(*place));
                let free = (0..all.len()).find(is_free).unwrap_or_default();
                let differ = all.get(free).and_then(|other| both(other, &gpu).err());
                let (fact, one, other) =
                    differ.unwrap_or(("gpus", all.len().to_string(), "another one".to_owned()));
                let (one, other) = if is_swapped { (other, one) } else { (one, other) };
                self.conflict(fact, one, (said.clone(), other));
            }
        }
        self.machine.gpus = Some(all);
        self.machine.has_more &= has_more;
    }

    /// What labels say by themselves: of every GPU, but for the names of models.
    pub(super) fn listen(&mut self, spoken: &Spoken) {
        let branch = self.machine.driver.map(Version::major).or(self.machine.driver_branch);
        let branch = self.claims("driver", branch, &spoken.branch);
        if self.machine.driver.is_none() {
            self.machine.driver_branch = branch;
        }
        self.machine.cuda = self.claims("cuda", self.machine.cuda, &spoken.cuda);
        self.machine.rocm = self.claims("rocm", self.machine.rocm, &spoken.rocm);
        self.machine.nvlink = self.claims("nvlink", self.machine.nvlink, &spoken.nvlink);
        let os = self.machine.os.take();
        self.machine.os = self.claims("os", os, &spoken.os);
        let arch = self.machine.arch.take();
        self.machine.arch = self.claims("arch", arch, &spoken.arch);
        self.listen_to_count(spoken);
        self.listen_to_models(spoken);
        self.listen_to_kind(spoken);
        self.listen_to_slices(spoken);
    }

    fn claims<T: Clone + PartialEq + ToString>(
        &mut self,
        fact: &'static str,
        have: Option<T>,
        claims: &[Claim<T>],
    ) -> Option<T> {
        self.claims_of_gpu(fact, have, claims, Clone::clone)
    }

    fn listen_to_count(&mut self, spoken: &Spoken) {
        if let Some(none) = spoken.no_gpu.first() {
            let said = Said::Label(none.label.clone());
            match self.machine.gpus.as_ref().map(Vec::len) {
                None => {
                    self.machine.gpus = Some(Vec::new());
                    self.by.insert("gpus", said);
                }
                Some(0) => {}
                Some(have) => self.conflict("gpus", have.to_string(), (said, "0".to_owned())),
            }
        }
        let counts: Vec<&Claim<u32>> =
            spoken.gpus.iter().filter(|claim| claim.is <= MOST_GPUS).collect();
        for claim in counts {
            let said = Said::Label(claim.label.clone());
            let wanted = usize::try_from(claim.is).unwrap_or(usize::MAX);
            match &mut self.machine.gpus {
                None => {
                    let Some(maker) = spoken.maker() else { continue };
                    let gpu = Gpu {
                        mig: Some(Mig::Whole),
                        sharing: Some(Sharing::Exclusive),
                        ..nothing(maker)
                    };
                    self.machine.gpus = Some(vec![gpu; wanted]);
                    self.machine.has_more = false;
                    self.by.insert("gpus", said);
                }
                // A table speaks of all GPUs of a machine, of which it does not say how many there are.
                Some(gpus)
                    if self.machine.has_more
                        && matches!(self.by.get("gpus"), Some(Said::Table(_)))
                        && gpus.len() <= wanted =>
                {
                    if let Some(gpu) = gpus.first().cloned() {
                        gpus.resize(wanted, gpu);
                        self.machine.has_more = false;
                    }
                }
                Some(gpus) if self.machine.has_more && gpus.len() <= wanted => {}
                Some(gpus) if gpus.len() == wanted => {}
                Some(gpus) => {
                    let have = gpus.len().to_string();
                    self.conflict("gpus", have, (said, claim.is.to_string()));
                }
            }
        }
    }

    fn listen_to_models(&mut self, spoken: &Spoken) {
        let of_all = match spoken.models.as_slice() {
            // Of one model, and so many: that many of it.
            [one] if matches!(self.by.get("gpus"), Some(Said::Label(_))) => Some(one),
            _ => None,
        };
        let mut is_named = vec![false; self.machine.gpus.as_ref().map_or(0, Vec::len)];
        for claim in &spoken.models {
            let (name, size) = &claim.is;
            let said = Said::Label(claim.label.clone());
            let Some(model) = catalogue::known().model(name) else { continue };
            let gpu = Gpu {
                model: Some(name.clone()),
                memory: Memory { reported_mib: None, nominal_gb: *size },
                ..nothing(model.vendor)
            };
            let Some(gpus) = &mut self.machine.gpus else {
                self.machine.gpus = Some(vec![gpu]);
                self.machine.has_more = true;
                self.by.insert("gpus", said);
                is_named.push(true);
                continue;
            };
            let mut found = false;
            for (known, named) in gpus.iter_mut().zip(&mut is_named) {
                let is_other = *named && known.model.as_ref() != Some(name);
                if is_other || (found && of_all.is_none()) {
                    continue;
                }
                if let Ok(both) = both(known, &gpu) {
                    (*known, *named, found) = (both, true, true);
                }
            }
            let is_by_labels =
                matches!(self.by.get("gpus"), Some(Said::Label(_) | Said::Meaning { .. }));
            if found {
                continue;
            }
            if self.machine.has_more && is_by_labels {
                gpus.push(gpu);
                is_named.push(true);
            } else {
                let differ = gpus.first().and_then(|known| both(known, &gpu).err());
                let (fact, one, _) = differ.unwrap_or(("model", "none".to_owned(), String::new()));
                self.conflict(fact, one, (said, name.clone()));
            }
        }
    }

    /// What is true of every GPU.
    fn listen_to_kind(&mut self, spoken: &Spoken) {
        if self.machine.gpus.is_none()
            && spoken.speaks_of_gpus()
            && let Some(maker) = spoken.maker()
        {
            self.machine.gpus = Some(vec![nothing(maker)]);
            self.machine.has_more = true;
            let label = spoken.first_label().unwrap_or_default().to_owned();
            self.by.insert("gpus", Said::Label(label));
        }
        let mut gpus = self.machine.gpus.take();
        for gpu in gpus.iter_mut().flatten() {
            let maker = Some(word(gpu.vendor));
            self.claims_of_gpu("vendor", maker, &spoken.vendor, |it| word(*it));
            let memory = &mut gpu.memory.nominal_gb;
            *memory = self.claims_of_gpu("memory", *memory, &spoken.memory_gb, |it| *it);
            let capability = &mut gpu.capability;
            *capability = self.claims_of_gpu("cc", *capability, &spoken.capability, |it| *it);
            let gfx = gpu.gfx.take();
            gpu.gfx = self.claims_of_gpu("gfx", gfx, &spoken.gfx, Clone::clone);
        }
        self.machine.gpus = gpus;
    }

    fn claims_of_gpu<T, U: PartialEq + ToString>(
        &mut self,
        fact: &'static str,
        have: Option<U>,
        claims: &[Claim<T>],
        value: impl Fn(&T) -> U,
    ) -> Option<U> {
        let mut have = have;
        for claim in claims {
            let said = Said::Label(claim.label.clone());
            have = self.fact(fact, have, Some(value(&claim.is)), &said);
        }
        have
    }

    fn listen_to_slices(&mut self, spoken: &Spoken) {
        let profiles = spoken.profiles();
        if profiles.is_empty() {
            return;
        }
        let Some(gpus) = &mut self.machine.gpus else { return };
        let known: Vec<&Mig> = gpus.iter().filter_map(|gpu| gpu.mig.as_ref()).collect();
        if known.is_empty() {
            self.has_open_slices = true;
            if let [gpu] = gpus.as_mut_slice() {
                let slice = |profile: &Profile| Slice {
                    profile: profile.to_string(),
                    memory_mib: None,
                    uuid: None,
                };
                gpu.mig = Some(Mig::Sliced(profiles.keys().map(slice).collect()));
                gpu.sharing.get_or_insert(Sharing::Exclusive);
                // There may be several of each.
                self.machine.has_more = true;
            }
            return;
        }
        let mut there: Vec<&str> = Vec::new();
        for mig in known {
            match mig {
                Mig::Sliced(slices) => there.extend(slices.iter().map(|it| it.profile.as_str())),
                Mig::Whole => {}
            }
        }
        let missing = profiles.iter().find(|(profile, _)| {
            let name = profile.to_string();
            !there.contains(&name.as_str())
        });
        let missing = missing.map(|(profile, label)| (profile.to_string(), (*label).to_owned()));
        if let Some((profile, label)) = missing {
            there.sort_unstable();
            there.dedup();
            let have = if there.is_empty() { "whole GPUs".to_owned() } else { there.join(" ") };
            self.conflict("mig", have, (Said::Label(label), profile));
        }
    }

    /// All that is known.
    pub(super) fn finish(mut self, spoken: &Spoken) -> Result<Machine, Vec<Conflict>> {
        let mut gpus = self.machine.gpus.take();
        let is_by_labels = matches!(self.by.get("gpus"), Some(Said::Label(_)));
        self.is_probed |= is_by_labels && spoken.is_measured;
        for gpu in gpus.iter_mut().flatten() {
            self.complete(gpu);
        }
        self.machine.gpus = gpus;
        self.check_least(spoken);
        if self.conflicts.is_empty() { Ok(self.machine) } else { Err(self.conflicts) }
    }

    /// What the model says of a GPU, and what people mean who do not say it.
    fn complete(&mut self, gpu: &mut Gpu) {
        if let Some(model) = gpu.model.as_deref().and_then(|it| catalogue::known().model(it)) {
            let said = Said::Catalogue(model.name.clone());
            gpu.capability = self.fact("cc", gpu.capability, model.capability, &said);
            let gfx = gpu.gfx.take();
            gpu.gfx = self.fact("gfx", gfx, model.gfx.clone(), &said);
            let by_report = gpu.memory.reported_mib.and_then(|mib| model.nominal_gb(mib));
            let only = match model.memory_gb.as_slice() {
                [only] => Some(*only),
                _ => None,
            };
            match gpu.memory.nominal_gb {
                Some(size) if !model.memory_gb.is_empty() && !model.memory_gb.contains(&size) => {
                    let sold: Vec<String> = model.memory_gb.iter().map(u32::to_string).collect();
                    self.conflict("memory", size.to_string(), (said, sold.join(" or ")));
                }
                Some(_) => {}
                None => gpu.memory.nominal_gb = by_report.or(only),
            }
        }
        if !self.is_probed {
            // Who says which GPUs there are would say if they were divided or shared.
            if !self.has_open_slices {
                gpu.mig.get_or_insert(Mig::Whole);
            }
            gpu.sharing.get_or_insert(Sharing::Exclusive);
        }
    }

    /// What is said at least is held against what is known exactly.
    fn check_least(&mut self, spoken: &Spoken) {
        for claim in &spoken.least {
            let said = Said::Label(claim.label.clone());
            let gpus = self.machine.gpus.as_deref().unwrap_or_default();
            let (fact, have): (_, Option<String>) = match claim.is {
                Least::Gpus(least) => {
                    let count = u32::try_from(gpus.len()).unwrap_or(u32::MAX);
                    let is_known = self.machine.gpus.is_some() && !self.machine.has_more;
                    ("gpus", (is_known && count < least).then(|| count.to_string()))
                }
                Least::MemoryGb(least) => {
                    let less = |gpu: &&Gpu| {
                        let most = Counted::of(gpu.memory).possible;
                        most.is_some_and(|most| most < mib(least))
                    };
                    let less = gpus.iter().find(less).map(|gpu| gpu.memory);
                    let shown = less.map(|memory| match memory.nominal_gb {
                        Some(size) => format!("{size}GB"),
                        None => format!("{}MiB", memory.reported_mib.unwrap_or_default()),
                    });
                    ("memory", shown)
                }
                Least::Capability(least) => {
                    let known = gpus.iter().filter_map(|gpu| gpu.capability);
                    ("cc", known.min().filter(|oldest| *oldest < least).map(|it| it.to_string()))
                }
                Least::Branch(least) => {
                    let branch =
                        self.machine.driver.map(Version::major).or(self.machine.driver_branch);
                    ("driver", branch.filter(|branch| *branch < least).map(|it| it.to_string()))
                }
                Least::Cuda(least) => {
                    let less = self.machine.cuda.filter(|cuda| *cuda < least);
                    ("cuda", less.map(|it| it.to_string()))
                }
            };
            if let Some(have) = have {
                let least = match claim.is {
                    Least::Gpus(least) | Least::Branch(least) => least.to_string(),
                    Least::MemoryGb(least) => format!("{least}GB"),
                    Least::Capability(least) => least.to_string(),
                    Least::Cuda(least) => least.to_string(),
                };
                self.conflict(fact, have, (said, format!("at least {least}")));
            }
        }
    }
}
