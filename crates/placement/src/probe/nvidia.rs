//! What NVIDIA's driver says, put together from its answers.

use std::collections::BTreeSet;

use super::ask::{Answer, Ask, Came, KERNEL, NVIDIA_SMI, came, in_use, text};
use super::csv::{ComputeMode, Row, Switch, rows};
use super::list::{self, ListedGpu};
use super::log::{self, Log, LoggedGpu};
use super::trouble::{Kind, Trouble, of_nvidia};
use super::{Fact, Found, Note, SharedBy, jetson, kept, software, topology};
use crate::catalogue::{self, Identified, Model, Unidentified};
use crate::{Capability, Gpu, Memory, Mig, Sharing, Slice, Vendor, Version};

/// What came of asking NVIDIA's driver.
pub(super) struct Nvidia {
    /// The GPUs.
    pub found: Found,
    /// The version of the driver.
    pub driver: Option<Version>,
    /// The newest CUDA that it was made with.
    pub cuda: Option<Version>,
    /// Whether the GPUs are joined by `NVLink`.
    pub nvlink: Option<bool>,
}

impl Nvidia {
    fn without(found: Found, driver: Option<Version>) -> Self {
        Self { found, driver, cuda: None, nvlink: None }
    }
}

pub(super) fn read(answers: &[Answer], notes: &mut Vec<Note>) -> Nvidia {
    let (program, fields) = in_use(answers);
    let module = software::module(answers);
    let trouble = |kind| Found::Trouble(Trouble { program, kind, said: None });
    let stdout = match came(answers, &Ask::query(program, &fields)) {
        None => return Nvidia::without(trouble(Kind::TimedOut), module),
        Some(Came::Absent) => return without_tool(answers, module, notes),
        Some(came) if says_no_devices(came) => return Nvidia::without(Found::None, module),
        Some(came) => match of_nvidia(came, program) {
            Some(trouble) => return Nvidia::without(Found::Trouble(trouble), module),
            None => text_of(came),
        },
    };
    let Ok(rows) = rows(&stdout, &fields) else {
        let said = kept(&stdout);
        let found = Found::Trouble(Trouble { program, kind: Kind::Unreadable, said });
        return Nvidia::without(found, module);
    };
    let log = log_of(answers, program, notes);
    let listed =
        answer(answers, &Ask::list(program), program, notes).and_then(|text| list::read(&text));
    let counts = [log.as_ref().and_then(|log| log.attached), listed.as_ref().map(Vec::len)];
    if counts.into_iter().flatten().any(|count| count != rows.len()) {
        return Nvidia::without(trouble(Kind::Contradictory), module);
    }
    let asked = |field: &str| fields.contains(&field);
    for field in super::ask::FIELDS.into_iter().filter(|field| !asked(field)) {
        notes.push(Note::TooOld { field: field.to_owned() });
    }
    let from_windows = text(answers, &Ask::Read(KERNEL))
        .is_some_and(|kernel| kernel.to_ascii_lowercase().contains("microsoft"));
    if from_windows {
        notes.push(Note::DriverOfWindows);
    }
    let driver = driver(&rows, log.as_ref(), module, notes);
    let mut gpus: Vec<Gpu> = rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let listed = listed.as_ref().and_then(|all| all.get(place));
            let logged = log.as_ref().and_then(|log| log.gpus.get(place));
            let all = All {
                place,
                row,
                // What stands at the same place is another GPU if it is called otherwise.
                listed: listed.filter(|listed| is_same(row, listed.uuid.as_ref())),
                logged: logged.filter(|logged| is_same(row, logged.uuid.as_ref())),
                asked_for_mig: asked("mig.mode.current"),
                driver,
            };
            all.gpu(notes)
        })
        .collect();
    forget_shared_names(&mut gpus, notes);
    let nvlink = match gpus.as_slice() {
        [_] => Some(false),
        all if all.iter().any(|gpu| gpu.mig != Some(Mig::Whole)) => None,
        all => text(answers, &Ask::topology(program))
            .and_then(|text| topology::joined(&text, all.len())),
    };
    let cuda = log.as_ref().and_then(|log| log.cuda).or_else(|| {
        let said =
            |ask, read: fn(&str) -> Log| text(answers, &ask).and_then(|text| read(&text).cuda);
        said(Ask::versions(program), log::read)
            .or_else(|| said(Ask::table(program), log::read_table))
    });
    Nvidia { found: Found::Gpus(gpus), driver, cuda, nvlink }
}

/// No program to ask: no driver, one without its program, or a board that never had one.
fn without_tool(answers: &[Answer], module: Option<Version>, notes: &mut Vec<Note>) -> Nvidia {
    let found = if let Some(gpu) = jetson::read(answers, notes) {
        Found::Gpus(vec![gpu])
    } else if module.is_some() {
        let kind = Kind::ProgramMissing;
        Found::Trouble(Trouble { program: NVIDIA_SMI, kind, said: None })
    } else {
        Found::None
    };
    Nvidia::without(found, module)
}

/// Whether the driver answers that it has no GPU; with code 6, or as text with any.
fn says_no_devices(came: &Came) -> bool {
    let Came::Said { code, stdout, stderr } = came else { return false };
    let says = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
        text.contains("no devices were found") || text.contains("no devices found")
    };
    *code == Some(6) || says(stdout) || says(stderr)
}

fn text_of(came: &Came) -> String {
    match came {
        Came::Said { stdout, .. } => String::from_utf8_lossy(stdout).into_owned(),
        Came::Absent | Came::TimedOut | Came::TooMuch | Came::CannotStart(_) => String::new(),
    }
}

/// The text of an answer without which less is known; why there is none is noted.
fn answer(
    answers: &[Answer],
    ask: &Ask,
    program: &'static str,
    notes: &mut Vec<Note>,
) -> Option<String> {
    let came = came(answers, ask)?;
    match of_nvidia(came, program) {
        Some(trouble) => {
            notes.push(Note::Failed(trouble));
            None
        }
        None => Some(text_of(came)),
    }
}

fn log_of(answers: &[Answer], program: &'static str, notes: &mut Vec<Note>) -> Option<Log> {
    answer(answers, &Ask::log(program), program, notes).map(|text| log::read(&text))
}

fn is_same(row: &Row, uuid: Option<&String>) -> bool {
    row.uuid.as_ref().zip(uuid).is_none_or(|(ours, its)| ours == its)
}

/// The version of the driver, if all that say one say the same.
fn driver(
    rows: &[Row],
    log: Option<&Log>,
    module: Option<Version>,
    notes: &mut Vec<Note>,
) -> Option<Version> {
    let said = rows.iter().map(|row| row.driver).chain([log.and_then(|log| log.driver), module]);
    let said: BTreeSet<Version> = said.flatten().collect();
    let mut values = said.iter();
    let first = values.next().copied();
    if values.next().is_none() {
        return first;
    }
    let values = said.iter().map(ToString::to_string).collect();
    notes.push(Note::Contradiction { fact: Fact::Driver, place: None, values });
    None
}

/// Two GPUs that are called the same cannot be told apart by that.
fn forget_shared_names(gpus: &mut [Gpu], notes: &mut Vec<Note>) {
    let mut seen = BTreeSet::new();
    let mut twice = BTreeSet::new();
    for uuid in gpus.iter().filter_map(|gpu| gpu.uuid.as_ref()) {
        if !seen.insert(uuid.clone()) {
            twice.insert(uuid.clone());
        }
    }
    for (place, gpu) in gpus.iter_mut().enumerate() {
        if let Some(uuid) = gpu.uuid.take_if(|uuid| twice.contains(uuid)) {
            let (fact, values) = (Fact::Uuid, BTreeSet::from([uuid]));
            notes.push(Note::Contradiction { fact, place: Some(place), values });
        }
    }
}

/// All that is said of one GPU.
struct All<'a> {
    place: usize,
    row: &'a Row,
    listed: Option<&'a ListedGpu>,
    logged: Option<&'a LoggedGpu>,
    asked_for_mig: bool,
    driver: Option<Version>,
}

impl All<'_> {
    fn gpu(&self, notes: &mut Vec<Note>) -> Gpu {
        let name = self.row.name.as_deref().unwrap_or_default();
        let identified = catalogue::known().identify(name);
        let sharing = self.sharing(&identified, notes);
        let identified = match identified {
            Ok(found) => Some(found),
            Err(why) => {
                let name = kept(name).unwrap_or_default();
                notes.push(Note::NotIdentified { place: self.place, name, why });
                None
            }
        };
        let (model, capability) = self.capability(identified.map(|found| found.model), notes);
        let said = identified.filter(|_| model.is_some());
        Gpu {
            vendor: Vendor::Nvidia,
            model: model.map(|model| model.name.clone()),
            memory: memory(self.place, self.row.memory_mib, said, notes),
            capability,
            gfx: None,
            mig: self.mig(notes),
            sharing,
            uuid: self.row.uuid.clone(),
        }
    }

    /// The model and the capability. Where the driver says another capability than the model has, one of them
    /// is wrong, and nobody knows which.
    fn capability<'a>(
        &self,
        model: Option<&'a Model>,
        notes: &mut Vec<Note>,
    ) -> (Option<&'a Model>, Option<Capability>) {
        let of_model = model.and_then(|model| model.capability);
        match (self.row.capability, of_model) {
            (Some(said), Some(known)) if said != known => {
                let values = [said, known].iter().map(ToString::to_string).collect();
                let (fact, place) = (Fact::Capability, Some(self.place));
                notes.push(Note::Contradiction { fact, place, values });
                (None, None)
            }
            (said, known) => (model, said.or(known)),
        }
    }

    fn sharing(
        &self,
        identified: &Result<Identified<'_>, Unidentified>,
        notes: &mut Vec<Note>,
    ) -> Option<Sharing> {
        let place = self.place;
        let mode = self.row.compute_mode;
        if mode == Some(ComputeMode::Prohibited) {
            return Some(Sharing::Prohibited);
        }
        let virtualization = self.logged.and_then(|logged| logged.virtualization.as_deref());
        let by = match virtualization {
            Some("vgpu") => Some(SharedBy::VirtualGpu),
            Some("host vgpu" | "host vsga" | "vsga") => Some(SharedBy::HostOfVirtualGpus),
            _ if *identified == Err(Unidentified::Virtual) => Some(SharedBy::VirtualGpu),
            _ if self.logged.is_some_and(|logged| logged.has_mps) => Some(SharedBy::Mps),
            _ => None,
        };
        if let Some(by) = by {
            notes.push(Note::Shared { place, by });
            return Some(Sharing::Shared);
        }
        let logged = self.logged?;
        if logged.processes > 0 {
            notes.push(Note::Busy { place, processes: logged.processes });
        }
        if mode? == ComputeMode::OneProcess {
            notes.push(Note::OneProcess { place });
        }
        // A whole GPU that a hypervisor passes on is the machine's alone.
        let is_known = [None, Some("none"), Some("pass-through"), Some("n/a")];
        is_known.contains(&virtualization).then_some(Sharing::Exclusive)
    }

    fn mig(&self, notes: &mut Vec<Note>) -> Option<Mig> {
        let place = self.place;
        let pending = match (self.row.mig, self.row.mig_pending) {
            (Some(Switch::Off), Some(Switch::On)) => Some(true),
            (Some(Switch::On), Some(Switch::Off)) => Some(false),
            _ => None,
        };
        notes.extend(pending.map(|will_be_on| Note::MigChanges { place, will_be_on }));
        let is_listed_whole = self.listed.is_none_or(|listed| listed.slices.is_empty());
        let is_too_old = !self.asked_for_mig && self.driver.is_some_and(|its| its.major() < 450);
        let mig = match self.row.mig {
            Some(Switch::On) => self.slices().map(Mig::Sliced),
            Some(Switch::Off | Switch::NotThere) if is_listed_whole => Some(Mig::Whole),
            // Drivers before 450 divide nothing.
            None if is_too_old && is_listed_whole => Some(Mig::Whole),
            Some(Switch::Off | Switch::NotThere) | None => None,
        };
        if mig.is_none() {
            notes.push(Note::SlicesNotKnown { place });
        }
        mig
    }

    /// The slices by their names, with the memory that only the other answer has.
    fn slices(&self) -> Option<Vec<Slice>> {
        let listed = &self.listed?.slices;
        let memory = |device| {
            let logged = &self.logged?.slices;
            let mut same = logged.iter().filter(|slice| slice.device == Some(device));
            let one = same.next().filter(|_| same.next().is_none())?;
            one.memory_mib.filter(|_| logged.len() == listed.len())
        };
        let slice = |listed: &list::ListedSlice| Slice {
            profile: listed.profile.clone(),
            memory_mib: memory(listed.device),
            uuid: listed.uuid.clone(),
        };
        Some(listed.iter().map(slice).collect())
    }
}

/// The memory of a GPU: what is reported, and what that means for its model, unless its name says otherwise.
pub(super) fn memory(
    place: usize,
    reported_mib: Option<u32>,
    identified: Option<Identified<'_>>,
    notes: &mut Vec<Note>,
) -> Memory {
    let Some(Identified { model, memory_gb }) = identified else {
        return Memory { reported_mib, nominal_gb: None };
    };
    let Some(mib) = reported_mib else {
        return Memory { reported_mib, nominal_gb: memory_gb };
    };
    let of_model = model.nominal_gb(mib);
    let nominal_gb = match (of_model, memory_gb) {
        // Nobody wrote the sizes down, so only the name says one.
        (None, Some(said)) if model.memory_gb.is_empty() => is_near(mib, said).then_some(said),
        (found, None) => found,
        (found, Some(said)) => found.filter(|found| *found == said),
    };
    if let (None, Some(said)) = (nominal_gb, memory_gb) {
        let values = BTreeSet::from([format!("{mib} MiB"), format!("{said} GB")]);
        notes.push(Note::Contradiction { fact: Fact::Memory, place: Some(place), values });
    }
    Memory { reported_mib, nominal_gb }
}

/// Whether this is reported of a card with so many GB on its box.
fn is_near(mib: u32, gigabytes: u32) -> bool {
    let (mib, size) = (u64::from(mib), u64::from(gigabytes) * 1024);
    mib * 10 >= size * 9 && mib * 20 <= size * 21
}
