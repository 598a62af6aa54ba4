//! Every output of `actions/gpu`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

const MATCH: &[&str] = &["match"];

/// Every output of `actions/gpu`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output {
        name: "matrix",
        doc: "For `strategy.matrix`: the jobs that start, each with `job`, `runs-on`, `decision`, `gpus` and `degraded`. Use it where `has-jobs` is `true`; GitHub fails an empty matrix.",
        commands: MATCH,
    },
    Output { name: "has-jobs", doc: "`true` when the matrix is not empty.", commands: MATCH },
    Output {
        name: "runs-on",
        doc: "What each job that starts runs on, as a JSON object by job, for `runs-on` through `fromJSON`: a label, a list of labels, or a group with labels.",
        commands: MATCH,
    },
    Output {
        name: "decisions",
        doc: "What becomes of each job, as a JSON object by job: `run`, `wait`, `cpu`, `skip`, `fail` or `unknown`.",
        commands: MATCH,
    },
    Output {
        name: "has-gpu-jobs",
        doc: "`true` when a job goes to a GPU or waits in the queue for one.",
        commands: MATCH,
    },
    Output {
        name: "runnable",
        doc: "The jobs that run on a GPU now, as a JSON array.",
        commands: MATCH,
    },
    Output { name: "waiting", doc: "The jobs that wait, as a JSON array.", commands: MATCH },
    Output { name: "skipped", doc: "The jobs that do not run, as a JSON array.", commands: MATCH },
    Output {
        name: "degraded",
        doc: "The jobs that get less than they asked for first, as a JSON array: another GPU, or none.",
        commands: MATCH,
    },
    Output {
        name: "gpu-plan-path",
        doc: "The file that says where each job goes, and why.",
        commands: MATCH,
    },
    Output {
        name: "fits",
        doc: "`true` if the program runs there, or the machine is what the job expects, `false` if not, `unknown` if too little is known; empty if nothing is expected.",
        commands: &["check", "probe"],
    },
    Output {
        name: "option",
        doc: "Which of the job's options this machine is: `0` for what it asked for first, more for its fallbacks; empty for none.",
        commands: &["probe"],
    },
    Output {
        name: "labels",
        doc: "The labels that are true of this machine, separated by commas.",
        commands: &["probe"],
    },
    Output {
        name: "machine",
        doc: "What is known of this machine, in TOML, as a fleet file takes it.",
        commands: &["probe"],
    },
    Output {
        name: "json",
        doc: "Everything above, and the exit code and the problems found, as one JSON object.",
        commands: &["match", "explain", "lint", "check", "probe"],
    },
];
