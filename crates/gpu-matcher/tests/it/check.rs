//! `check`: whether a CUDA program runs on a GPU and its driver.

use serde_json::Value;

use crate::tool::{annotations, local, step};

/// What a program would die of there: nothing if it runs, `unknown` if nobody can say.
#[track_caller]
fn check(words: &str, expected: &str) {
    let words: Vec<&str> = ["check"].into_iter().chain(words.split_whitespace()).collect();
    let told = local(&words).args(["--format", "json"]).run();
    let document: Value = serde_json::from_str(&told.stdout).unwrap();
    let result = &document["result"];
    let said = match result["fits"].as_bool() {
        Some(true) => String::new(),
        None => "unknown".to_owned(),
        Some(false) => {
            let failed = &result["failed"][0];
            let fix = failed["fixes"][0].as_str().unwrap_or("no fix");
            format!("{} {fix}", failed["error"])
        }
    };
    assert_eq!(said, expected, "{words:?}");
    let exit = match result["fits"].as_bool() {
        Some(true) => 0,
        Some(false) => 1,
        None => 2,
    };
    assert_eq!((told.exit, document["exit_code"].as_i64()), (exit, Some(i64::from(exit))));
}

#[test]
fn a_program_runs_or_dies_of_an_error_that_has_a_fix() {
    check("--cuda 12.4 --gpu t4 --driver 550.54.14", "");
    check("--cuda 12.9 --cuda-archs 75 --gpu t4 --driver 535.54.03", "");
    check(
        "--cuda 12.9 --cuda-archs compute_75 --gpu t4 --driver 535.54.03",
        "222 build code for sm_75, which CUDA 12.9 makes",
    );
    check(
        "--cuda 12.9 --jit true --gpu t4 --driver 535.54.03",
        "222 install the package cuda-compat-12-9 in the job",
    );
    check(
        "--cuda 12.9 --jit true --gpu rtx-4090 --driver 535.54.03",
        "222 install driver 575.51.03 or a newer one",
    );
    check(
        "--cuda 12.9 --compat-package always --gpu rtx-4090 --driver 535.54.03",
        "804 take cuda-compat out of the job",
    );
    check(
        "--cuda 12.4 --cuda-archs 90a --gpu l40s --driver 550.54.14",
        "209 build code for sm_89, which CUDA 12.4 makes",
    );
    check(
        "--cuda 13.0 --gpu l40s --driver 550.54.14",
        "35 install driver 580.65.06 or a newer one",
    );
    check("--cuda 13.0 --gpu v100 --driver 580.65.06", "209 build with CUDA 12.9");
    check("--cuda 12.4 --gpu mi300x --driver 6.10.5", "100 run it on an NVIDIA GPU");
    check("--cuda 12.4 --gpu t4", "unknown");
    check("--cuda 12.4 --compute-capability 8.9 --gpu rtx-6090 --driver 550.54.14", "");
}

#[test]
fn an_image_starts_or_does_not() {
    let image = |driver: &str| {
        let require =
            "cuda>=12.9 brand=nvidia,driver>=570,driver<571 brand=tesla,driver>=570,driver<571";
        local(&["check", "--image-require", require, "--gpu", "l40s", "--driver", driver]).run()
    };
    assert_eq!(image("575.51.03").exit, 0);
    assert_eq!(image("570.26").exit, 0);
    let refused = image("550.54.14");
    assert_eq!(refused.exit, 1);
    assert!(
        refused.stderr.contains("the container does not start on driver 550.54.14 with CUDA 12.4"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_step_is_told_what_it_would_die_of() {
    let told = step(&[("cuda", "13.0"), ("gpu", "NVIDIA L40S"), ("driver", "550.54.14")]).run();
    assert_eq!((told.exit, told.outputs["fits"].as_str()), (1, "false"));
    assert_eq!(
        annotations(&told, "error"),
        ["Driver 550.54.14 is older than 580.65.06: error 35 cudaErrorInsufficientDriver\n\
          help: install driver 580.65.06 or a newer one, or install the package `cuda-compat-13-0` in the job, \
          or build with CUDA 12.4"]
    );
}

#[test]
fn a_toolkit_that_nobody_released_is_not_blamed_on_the_driver() {
    let told = local(&["check", "--cuda", "12.7", "--gpu", "l40s", "--driver", "550.54.14"]).run();
    assert_eq!(told.exit, 2);
    assert!(told.stderr.contains("this version of CUDA is not listed"), "{}", told.stderr);
    assert!(told.stderr.contains("name a release of the toolkit"), "{}", told.stderr);
}

#[test]
fn an_input_that_cannot_be_used_is_named() {
    let check = |words: &[&str], says: &str| {
        let told = local(&["check"]).args(words).run();
        assert_eq!(told.exit, 2, "{}", told.stderr);
        assert!(told.stderr.contains(says), "{}", told.stderr);
    };
    check(&[], "there is no program to check");
    check(&["--cuda", "12.4", "--gpu", "L4O"], "the GPU `L4O` is not known");
    check(&["--cuda", "12.4", "--gpu", "x\u{202e}y"], "this cannot be a device's name");
    check(&["--cuda", "twelve"], "no version of one to four numbers");
    check(&["--cuda", "12.4", "--compute-capability", "89"], "`8.9` is meant by that");
    let other = ["--cuda", "12.4", "--gpu", "t4", "--compute-capability", "8.9"];
    check(&other, "the GPU has compute capability `7.5`, not `8.9`");
    check(&["--cuda", "12.4", "--cuda-archs", "8.9"], "no architecture such as");
    check(&["--image-require", "gpu=1"], "at byte 0");
}
