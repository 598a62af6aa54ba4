//! "Re-run failed jobs", which act does not know: the jobs that succeeded do not run again, and what
//! they gave out and uploaded stays; of a matrix only the legs that failed run again; then the jobs
//! that need them.
//!
//! GitHub documentation, "Re-running workflows and jobs".

use std::collections::BTreeMap;
use std::fmt::Write as _;

use testkit::copy_folder;

use super::{Act, Ran};
use crate::Trouble;

impl Act {
    /// Makes this the second attempt of the run that `first` was the first of. `kept` is the job
    /// whose outputs stay; of the matrix of the job `failed`, only the leg that failed runs, which
    /// `key` tells from the others.
    ///
    /// # Errors
    /// When not exactly one leg failed, or the kept job has outputs that cannot be found.
    pub fn re_run(
        mut self,
        first: &Ran,
        kept: &str,
        failed: &str,
        key: &str,
    ) -> Result<Self, Trouble> {
        let legs = first.log.failed_legs(failed);
        let [leg] = legs.as_slice() else {
            return Err(Trouble::new(format!("{} legs of `{failed}` failed, not 1", legs.len())));
        };
        let value = leg.matrix.get(key);
        let value = value.ok_or_else(|| Trouble::new(format!("a leg has no `{key}`")))?;
        self.legs = Some(format!("{key}:{value}"));
        copy_folder(&first.artifacts(), &self.artifacts());
        let outputs = |step: &str| first.log.outputs(kept, step);
        self.workflow = without_job(&self.workflow, kept, &outputs)?;
        self.scratch.write(super::workflow_file(), &self.workflow);
        Ok(self)
    }
}

/// The workflow with a job in place of `job` that has the same outputs and does nothing.
fn without_job<'a>(
    workflow: &str,
    job: &str,
    outputs: &dyn Fn(&str) -> BTreeMap<&'a str, &'a str>,
) -> Result<String, Trouble> {
    let not_found = |what: &str| Trouble::new(format!("the job `{job}` has no {what}"));
    let head = format!("\n  {job}:\n");
    let (before, rest) = workflow.split_once(&head).ok_or_else(|| not_found("place"))?;
    let lines: Vec<&str> = rest.lines().collect();
    let is_own = |line: &&str| line.is_empty() || line.starts_with("    ");
    let (own, after) = lines.split_at(lines.iter().take_while(|line| is_own(line)).count());
    let mut stub = format!("{head}    runs-on: ubuntu-latest\n    outputs:\n");
    let given = own.iter().skip_while(|line| **line != "    outputs:").skip(1);
    for line in given.take_while(|line| line.starts_with("      ")) {
        let (name, value) = line.trim().split_once(": ").ok_or_else(|| not_found(line))?;
        let place = value.trim_start_matches("${{ steps.").trim_end_matches(" }}");
        let (step, output) = place.split_once(".outputs.").ok_or_else(|| not_found(line))?;
        let known = outputs(step);
        let value = known.get(output).ok_or_else(|| not_found(place))?;
        let quoted = value.replace('\'', "''");
        let _ = writeln!(stub, "      {name}: '{quoted}'");
    }
    stub.push_str("    steps:\n      - run: 'true'\n\n");
    Ok([before, &stub, &after.join("\n"), "\n"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKFLOW: &str = "\
on: push
jobs:
  plan:
    name: plan
    outputs:
      matrix: ${{ steps.shard.outputs.matrix }}
    steps:
      - id: shard

      - run: anything
  test:
    needs: plan
";

    #[test]
    fn a_job_that_is_kept_gives_out_what_it_gave_out() {
        let outputs = |step: &str| match step {
            "shard" => BTreeMap::from([("matrix", "{\"a\":\"it's\"}")]),
            _ => BTreeMap::new(),
        };
        let kept = without_job(WORKFLOW, "plan", &outputs).unwrap();
        assert_eq!(
            kept,
            "\
on: push
jobs:
  plan:
    runs-on: ubuntu-latest
    outputs:
      matrix: '{\"a\":\"it''s\"}'
    steps:
      - run: 'true'

  test:
    needs: plan
"
        );
        assert!(without_job(WORKFLOW, "plan", &|_| BTreeMap::new()).is_err());
        assert!(without_job(WORKFLOW, "other", &outputs).is_err());
    }
}
