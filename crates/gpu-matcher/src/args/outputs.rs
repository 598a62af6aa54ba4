//! Every output of `actions/gpu`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

/// Every output of `actions/gpu`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output {
        name: "fits",
        doc: "`true` if the program runs there, `false` if it would die, `unknown` if too little is known.",
        commands: &["check"],
    },
    Output {
        name: "json",
        doc: "Everything above, and the exit code and the problems found, as one JSON object.",
        commands: &["check"],
    },
];
