//! Every output of `actions/shard`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

const PLAN: &[&str] = &["plan"];
const SELECT: &[&str] = &["select"];
const RECORD: &[&str] = &["record"];
const MERGE: &[&str] = &["merge"];
const VERIFY: &[&str] = &["verify"];

/// Every output of `actions/shard`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output {
        name: "matrix",
        doc: "The matrix for `strategy.matrix`, through `fromJSON`: index, total, name and estimate of each shard, never a test's name.",
        commands: PLAN,
    },
    Output { name: "shards", doc: "How many shards the matrix has.", commands: PLAN },
    Output {
        name: "has-tests",
        doc: "`true` when there is something to run, `false` otherwise: the guard for `if:`.",
        commands: &["plan", "select"],
    },
    Output {
        name: "plan-file",
        doc: "The path of the plan file, to be handed to the shards.",
        commands: &["plan", "select"],
    },
    Output {
        name: "plan-digest",
        doc: "The SHA-256 of the plan file, the same in every shard.",
        commands: &["plan", "select", "record"],
    },
    Output {
        name: "estimate-max",
        doc: "The estimated seconds of the slowest shard; empty when no item has a known time.",
        commands: PLAN,
    },
    Output {
        name: "lower-bound",
        doc: "The seconds that no plan with this many shards can beat; empty when no item has a known time.",
        commands: PLAN,
    },
    Output {
        name: "gap-percent",
        doc: "How far the slowest shard is above the lower bound, in percent.",
        commands: PLAN,
    },
    Output {
        name: "proven",
        doc: "`true` when no plan with this many shards can finish earlier, and, with a target, none with fewer keeps within it; `false` when that is not known.",
        commands: PLAN,
    },
    Output {
        name: "known-percent",
        doc: "The share of items whose time is known, in percent.",
        commands: PLAN,
    },
    Output {
        name: "items-file",
        doc: "The path of the list of this shard's items.",
        commands: SELECT,
    },
    Output {
        name: "filter-file",
        doc: "The absolute path of the file that makes the test tool run this shard; empty when the plan knows no tool.",
        commands: SELECT,
    },
    Output { name: "item-count", doc: "How many items this shard runs.", commands: SELECT },
    Output {
        name: "estimate",
        doc: "The estimated seconds of this shard; empty when no item has a known time.",
        commands: SELECT,
    },
    Output {
        name: "record-file",
        doc: "The path of the record, to be uploaded.",
        commands: RECORD,
    },
    Output {
        name: "recorded",
        doc: "How many tests the reports name, skipped ones included.",
        commands: RECORD,
    },
    Output { name: "timings-file", doc: "The path of the file of timings.", commands: MERGE },
    Output {
        name: "written",
        doc: "`true` when the file of timings was written, `false` when it is as good as before or may not be.",
        commands: MERGE,
    },
    Output {
        name: "verified",
        doc: "`true` when every test ran exactly once, `false` otherwise.",
        commands: VERIFY,
    },
    Output { name: "missing", doc: "How many tests ran on no shard.", commands: VERIFY },
    Output { name: "doubled", doc: "How many tests ran on several shards.", commands: VERIFY },
    Output {
        name: "unknown-tests",
        doc: "How many tests ran that were not discovered.",
        commands: VERIFY,
    },
    Output { name: "unreported", doc: "How many shards never reported.", commands: VERIFY },
    Output {
        name: "json",
        doc: "Everything above, and the exit code and the problems found, as one JSON object.",
        commands: &["plan", "select", "record", "merge", "verify", "explain"],
    },
];
