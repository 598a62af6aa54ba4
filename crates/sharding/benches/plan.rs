//! How long the decision alone takes: no program is started and nothing is parsed.
//!
//! Times are made up, log-normal with sigma 1.5, because those of real suites lean that way: many
//! short ones and a few long. `scripts/bench shard` runs this; `cargo bench -p sharding` does too.

#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]
#![expect(clippy::print_stdout, reason = "a bench talks to the person who started it")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use sharding::{Facts, ItemId, Items, ShardCount, Suite, Timings, Wanted, plan};

/// How often each time is taken; what is told is the median.
const RUNS: usize = 20;

/// How many shards share the work.
const SHARDS: u64 = 64;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("    items  shards        plan   limit   bare sort  plan / sort");
    measure(10_000, Duration::from_millis(50))?;
    measure(100_000, Duration::from_millis(150))
}

fn measure(count: u32, limit: Duration) -> Result<(), Box<dyn std::error::Error>> {
    let micros = log_normal(count);
    let ids: Option<Vec<ItemId>> =
        (0..count).map(|number| ItemId::new(format!("tests/test_{number:06}.py"))).collect();
    let suite = Suite::flat(Items::new(ids.ok_or("a name is not allowed")?));
    let timings = Timings::from_micros(micros.iter().copied().map(Some).collect());
    let facts = Facts::new(&suite, &timings, Wanted::Exactly(ShardCount::new(SHARDS)?));
    let planned = median(|| {
        black_box(plan(black_box(&facts)).is_ok());
    });
    let mut unsorted = vec![micros; RUNS];
    let sorted = median(|| {
        if let Some(one) = unsorted.pop().as_mut() {
            one.sort_unstable();
            black_box(one);
        }
    });
    let ratio = planned.as_secs_f64() / sorted.as_secs_f64();
    println!(
        "  {count:>7}  {SHARDS:>6}  {planned:>10.3?}  {limit:>6?}  {sorted:>10.3?}  x {ratio:.1}"
    );
    Ok(())
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

/// Microseconds around a third of a second, by the method of Box and Muller from Knuth's MMIX
/// generator.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "any number will do"
)]
fn log_normal(count: u32) -> Vec<u64> {
    let mut state = 7_u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 11) as f64 + 1.0) / ((1_u64 << 53) as f64 + 1.0)
    };
    let mut normal = || {
        let radius = (-2.0 * uniform().ln()).sqrt();
        radius * (std::f64::consts::TAU * uniform()).cos()
    };
    (0..count).map(|_| (12.7 + 1.5 * normal()).exp() as u64).collect()
}
