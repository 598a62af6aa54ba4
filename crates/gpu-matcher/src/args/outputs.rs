//! Every output of `actions/gpu`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

/// Every output of `actions/gpu`.
pub(crate) const OUTPUTS: &[Output] = &[
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
        commands: &["check", "probe"],
    },
];
