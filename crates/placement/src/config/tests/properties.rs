//! What holds of files of jobs and machines, whatever is in them.

use proptest::prelude::*;

use super::*;
use crate::made::{forget, machines, needs};

/// Keys and values that are nearly right.
fn soup() -> impl Strategy<Value = String> {
    let words = vec![
        "[jobs.a]",
        "[[profile]]",
        "[[runner]]",
        "[[scale-set]]",
        "[[hosted]]",
        "[[label]]",
        "[[runner.gpu]]",
        "name",
        "label",
        "id",
        "labels",
        "fallbacks",
        "profile",
        "model",
        "models",
        "gpus",
        "min-memory",
        "memory",
        "mig",
        "cc",
        "min-cc",
        "cuda",
        "cuda-archs",
        "needs-gpu-when",
        "priority",
        "max",
        "gpu",
        "=",
        "=",
        "=",
        "\n",
        "\n",
        "\n",
        "'a'",
        "'t4'",
        "'h100'",
        "'1g.10gb'",
        "'16GB'",
        "8.9",
        "90",
        "-1",
        "true",
        "[",
        "]",
        "{",
        "}",
        ",",
        "[]",
        "['a', { gpus = 2 }]",
        "99999999999999999999",
        "'\u{e9}'",
        "name = 'a'\n",
    ];
    prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.join(" "))
}

fn job(name: &str, options: Vec<Need>) -> Job {
    let mut made = written("[jobs.a]").jobs.remove(0);
    made.name = name.to_owned();
    made.options = options;
    made
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in soup()) {
        for form in [Form::Toml, Form::Json] {
            let source = Source { file: "f".into(), bytes: text.as_bytes(), form, home: Home::Top };
            match read(&[source]) {
                Ok(written) => prop_assert!(written.jobs.iter().all(|job| !job.options.is_empty())),
                Err(problems) => prop_assert!(!problems.is_empty()),
            }
        }
    }

    #[test]
    fn a_job_that_is_printed_is_read_again(
        options in prop::collection::vec(needs(), 1..4),
        priority in -9..9_i32,
        policy in 0..5_usize,
    ) {
        let known = |name: &str| crate::catalogue::known().variants(name);
        let mut wanted: Vec<Need> = Vec::new();
        for mut need in options {
            // No size is never asked for.
            need.min_memory_gb = need.min_memory_gb.filter(|size| *size > 0);
            need.arch = need.arch.map(|arch| arch.to_uppercase());
            if let Some(program) = &mut need.program {
                program.archs.sort_unstable();
                program.archs.dedup();
            }
            let is_possible = crate::contradictions(&need, &known).is_empty();
            if is_possible && !wanted.contains(&need) {
                wanted.push(need);
            }
        }
        prop_assume!(!wanted.is_empty());
        let mut made = job("test_1-x", wanted);
        made.priority = priority;
        made.policies.on_no_match = ON_NO_MATCH.get(policy).map(|(_, policy)| *policy);
        made.cargo = (policy > 2).then(|| vec!["cargo".to_owned(), "te\"st".to_owned()]);
        made.when = (policy > 3).then(|| When { paths: vec!["a/**".to_owned()], crates: vec![] });
        let printed = print_jobs(std::slice::from_ref(&made));
        let again = read(&[source("jobs.toml", &printed)]);
        prop_assert!(again.is_ok(), "{printed}\n{again:?}");
        let mut again = again.unwrap().jobs.remove(0);
        again.spot = made.spot.clone();
        prop_assert_eq!(again, made, "{}", printed);
    }

    #[test]
    fn a_machine_that_is_printed_is_read_again(
        machine in machines(),
        turns in prop::collection::vec(any::<bool>(), 0..40),
    ) {
        let mut known = forget(&machine, &turns);
        known.labels.clear();
        for gpu in known.gpus.iter_mut().flatten() {
            gpu.mig.take_if(|mig| *mig == crate::Mig::Sliced(Vec::new()));
        }
        let printed = print_machine(&known);
        let again = read_machine("p.toml", printed.as_bytes(), Form::Toml);
        prop_assert_eq!(again, Ok(known), "{}", printed);
    }
}
