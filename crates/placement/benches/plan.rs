//! How long the decision alone takes: no program is started and nothing is parsed.
//!
//! A thousand runners of ten models with five drivers and one to eight GPUs, which carry the labels that a probe
//! prints; ten thousand jobs with 92 needs. `scripts/bench gpu` runs this; `cargo bench -p placement` does too.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![expect(clippy::print_stdout, reason = "a bench talks to the person who started it")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use placement::cuda::{CompatPackage, Form, Program};
use placement::{
    Capability, Decision, Entry, Gpu, Kind, Machine, Memory, Mig, Need, Policy, Request, Sharing,
    State, Version, catalogue, judge, own_labels, plan,
};

/// How often the time is taken; what is told is the median.
const RUNS: usize = 21;
const LIMIT: Duration = Duration::from_millis(50);
const MODELS: [&str; 10] =
    ["t4", "a10g", "l4", "l40s", "a100", "h100", "h200", "rtx-4090", "v100", "a40"];
const DRIVERS: [u32; 5] = [525, 535, 550, 570, 590];

/// Numbers as if by chance, the same each time.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> Option<T> {
        all.get(self.below(all.len())).copied()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut chance = Chance(1);
    let fleet: Option<Vec<Entry>> = (0..1000).map(|place| runner(place, &mut chance)).collect();
    let fleet = fleet.ok_or("a model is not in the catalogue")?;
    let needs: Option<Vec<Need>> = (0..92).map(|kind| need(kind, &mut chance)).collect();
    let needs = needs.ok_or("there is no need")?;
    let jobs: Vec<Request> = (0..10_000)
        .filter_map(|place| {
            let kind = chance.below(needs.len());
            Some(Request {
                name: format!("job-{place}"),
                priority: i32::try_from(kind % 3).ok()?,
                options: vec![needs.get(kind)?.clone()],
                no_gpu: None,
                policy: None,
            })
        })
        .collect();
    let planned = median(|| {
        black_box(plan(black_box(&jobs), black_box(&fleet), Policy::default(), None).is_ok());
    });
    let judged = median(|| {
        for need in &needs {
            for entry in &fleet {
                black_box(judge(need, &entry.machine).fit());
            }
        }
    });
    println!("10,000 jobs of {} needs on 1,000 runners", needs.len());
    println!("  plan                                {planned:>10.3?}  (limit {LIMIT:?})");
    println!("  judging each need on each runner    {judged:>10.3?}");
    let outcomes = plan(&jobs, &fleet, Policy::default(), None)?;
    let mut reach: BTreeMap<&Need, (usize, usize)> = BTreeMap::new();
    let mut run = 0;
    for (job, outcome) in jobs.iter().zip(&outcomes) {
        run += usize::from(outcome.decision == Decision::Run);
        if let (Some(need), Some(found)) = (job.options.first(), outcome.reach) {
            let best = reach.entry(need).or_insert(found);
            *best = (*best).max(found);
        }
    }
    println!("  {run} of the jobs run");
    // Where newer GPUs need newer drivers, what fits is no single set of labels.
    let is_split = |need: &Need| {
        need.program
            .as_ref()
            .is_some_and(|program| program.archs.iter().any(|it| it.form == Form::Ptx))
    };
    for (what, split) in [("needs", false), ("needs with PTX for newer GPUs", true)] {
        let of_kind = reach.iter().filter(|(need, _)| is_split(need) == split);
        let percents: Vec<usize> =
            of_kind.map(|(_, (reach, of))| 100 * reach / (*of).max(1)).collect();
        let wide = percents.iter().filter(|percent| **percent >= 95).count();
        let least = percents.iter().min().copied().unwrap_or(0);
        println!(
            "  labels let in 95 % of the runners that fit for {wide} of {} {what}, {least} % at least",
            percents.len()
        );
    }
    Ok(())
}

fn runner(place: usize, chance: &mut Chance) -> Option<Entry> {
    let model = catalogue::known().model(chance.of(&MODELS)?)?;
    let count = 1 << chance.below(4);
    let size = *model.memory_gb.last()?;
    let gpu = Gpu {
        vendor: model.vendor,
        model: Some(model.name.clone()),
        memory: Memory { reported_mib: Some(size * 1024 - 500), nominal_gb: Some(size) },
        capability: model.capability,
        gfx: None,
        mig: Some(Mig::Whole),
        sharing: Some(Sharing::Exclusive),
        uuid: None,
    };
    let mut machine = Machine {
        gpus: Some(vec![gpu; count]),
        driver: Some(Version::new(chance.of(&DRIVERS)?, 54, 14)),
        os: Some("Linux".to_owned()),
        arch: Some("X64".to_owned()),
        nvlink: Some(false),
        ..Machine::default()
    };
    machine.labels = own_labels(&machine);
    let name = format!("runner-{place}");
    machine.labels.extend(["self-hosted", "linux", "x64", &name].map(str::to_owned));
    let state = chance.of(&[State::Idle, State::Idle, State::Idle, State::Busy, State::Offline])?;
    let price = size * u32::try_from(count).ok()?;
    Some(Entry { name, kind: Kind::Runner, group: None, machine, state, hidden: None, price })
}

fn need(kind: usize, chance: &mut Chance) -> Option<Need> {
    let mut need = Need::gpus(NonZeroU16::new(u16::try_from(1 + chance.below(4)).ok()?)?);
    need.min_memory_gb = chance.of(&[8, 16, 24, 40, 48, 80]);
    if kind.is_multiple_of(3) {
        need.min_capability = Some(Capability::new(8, 0));
    }
    if kind.is_multiple_of(4) {
        need.min_driver = Some(Version::new(chance.of(&DRIVERS)?, 0, 0));
    }
    if kind.is_multiple_of(5) {
        need.program = Some(Program {
            toolkit: Version::new(12, 4, 0),
            archs: if kind.is_multiple_of(2) {
                ["75", "80", "86", "89", "90"]
                    .into_iter()
                    .filter_map(|it| it.parse().ok())
                    .collect()
            } else {
                vec!["80".parse().ok()?, "compute_80".parse().ok()?]
            },
            jit: false,
            compat_package: CompatPackage::Absent,
        });
    }
    Some(need)
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = Vec::new();
    for _ in 0..RUNS {
        let start = Instant::now();
        run();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    times.get(RUNS / 2).copied().unwrap_or_default()
}
