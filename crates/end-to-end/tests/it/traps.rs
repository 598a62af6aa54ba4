//! Where act says that all is well and it is not: what the driver must find out by itself.

use end_to_end::act::{Act, Ending};

const TWO_JOBS: &str = "
on: push
jobs:
  here:
    runs-on: ubuntu-latest
    steps:
      - run: 'true'
  elsewhere:
    runs-on: gpu
    steps:
      - run: 'true'
";

#[test]
fn a_job_that_no_runner_takes_is_found_out() {
    let ran = Act::new(TWO_JOBS).unwrap().run().unwrap();
    assert_eq!(ran.log.exit, Some(0), "act itself sees nothing wrong");
    let wanted = [("here", 1), ("elsewhere", 1)];
    assert_eq!(ran.log.wrongs(&wanted), ["elsewhere: never ran, no runner has its label"]);
    assert_eq!(ran.log.legs("elsewhere")[0].ending, Ending::NoRunner);
    let offered = Act::new(TWO_JOBS).unwrap().label("gpu").run().unwrap();
    assert_eq!(offered.log.wrongs(&wanted), Vec::<String>::new());
}

/// act evaluates the label once for all legs, at the same time: any leg can get any label.
#[test]
fn a_label_from_the_matrix_is_refused() {
    let workflow = TWO_JOBS.replace("runs-on: gpu", "runs-on: ${{ matrix.label }}");
    let refused = Act::new(&workflow).unwrap().run().unwrap_err();
    assert!(refused.to_string().contains("`runs-on: ${{ matrix.label }}`"), "{refused}");
}

#[test]
fn a_job_that_was_left_out_is_found_out() {
    let workflow = "
on: push
jobs:
  test:
    if: false
    runs-on: ubuntu-latest
    steps:
      - run: 'true'
";
    let ran = Act::new(workflow).unwrap().run().unwrap();
    assert_eq!(ran.log.exit, Some(0), "act itself sees nothing wrong");
    assert_eq!(ran.log.wrongs(&[("test", 1)]), ["test: 0 of 1 legs ran"]);
}

/// On GitHub an empty matrix is an error; in act it is one leg without values.
#[test]
fn an_empty_matrix_shows_as_a_leg_without_values() {
    let workflow = "
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    strategy:
      matrix: ${{ fromJSON('{\"include\":[]}') }}
    steps:
      - run: 'true'
";
    let ran = Act::new(workflow).unwrap().run().unwrap();
    let legs = ran.log.legs("test");
    assert_eq!(legs.len(), 1, "{legs:?}");
    assert!(legs[0].matrix.is_empty(), "{legs:?}");
}

#[test]
fn a_workflow_sees_private_folders_only() {
    let workflow = "
on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - id: where
        run: printf 'homes=%s|%s|%s\\n' \"$HOME\" \"$CARGO_HOME\" \"$XDG_CACHE_HOME\" >> \"$GITHUB_OUTPUT\"
";
    let ran = Act::new(workflow).unwrap().run().unwrap();
    let outputs = ran.log.outputs("test", "where");
    let scratch = ran.scratch.path().to_str().unwrap();
    let homes: Vec<&str> = outputs["homes"].split('|').collect();
    assert_eq!(homes.len(), 3);
    assert!(homes.iter().all(|home| home.starts_with(scratch)), "{homes:?}");
}
