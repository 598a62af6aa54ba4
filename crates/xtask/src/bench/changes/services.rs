//! Three hundred services, all of them changed: a matrix in two chunks.

use std::collections::BTreeSet;

use anyhow::Context as _;
use serde::Deserialize;

use super::import::{Import, cloned};
use super::place::{Place, answer};
use super::turns::{beside_git, milliseconds, table};
use crate::bench::verdict::Verdict;

const SERVICES: usize = 300;
const FILES: [&str; 6] =
    ["Dockerfile", "README.md", "go.mod", "main.go", "internal/store.go", "internal/api/api.go"];
/// How many jobs one matrix may have (GitHub documentation, "Running variations of jobs").
const MOST_JOBS: usize = 256;
/// What an answer is meant to take longer than plain git, in milliseconds.
const BAR: u128 = 10;

#[derive(Deserialize)]
struct Matrix {
    include: Vec<Job>,
}

#[derive(Deserialize)]
struct Job {
    name: String,
}

pub(crate) fn services(place: &Place, verdict: &mut Verdict) -> anyhow::Result<()> {
    let name = |number: usize| format!("service-{number:03}");
    let mut import = Import::begin(place, "services.origin")?;
    import.commit()?;
    for number in 0..SERVICES {
        for file in FILES {
            import.write(&format!("services/{}/{file}", name(number)), "made\n")?;
        }
    }
    import.commit()?;
    for number in 0..SERVICES {
        import.write(&format!("services/{}/main.go", name(number)), "made again\n")?;
    }
    let repository = cloned(place, &import.end()?, "services")?;
    let words = ["services", "--base", "HEAD~1", "--head", "HEAD"];
    let told = answer(&mut place.tool(&repository, &words))?;
    let chunks = told.get("matrix-chunks").context("no output `matrix-chunks`")?;
    let chunks: Vec<Matrix> = serde_json::from_str(chunks)?;
    let sizes: Vec<usize> = chunks.iter().map(|chunk| chunk.include.len()).collect();
    verdict.hold(sizes == [MOST_JOBS, SERVICES - MOST_JOBS], || format!("chunks of {sizes:?}"));
    let jobs: BTreeSet<String> =
        chunks.into_iter().flat_map(|chunk| chunk.include).map(|job| job.name).collect();
    let wanted: BTreeSet<String> = (0..SERVICES).map(name).collect();
    verdict.hold(jobs == wanted, || "the chunks are not all services".to_owned());
    println!("\n{SERVICES} services, all changed, in chunks of {sizes:?}");
    let times = table(beside_git(place, &repository, &words, ["HEAD~1", "HEAD"]).into())?;
    let [git, ours] = times.as_slice() else { return Ok(()) };
    let more = ours.saturating_sub(*git);
    println!("  {} ms more than git (bar {BAR} ms)", milliseconds(more));
    Ok(())
}
