//! Every output of `actions/gate`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

/// Every command.
const EVERY: &[&str] = &[
    "run",
    "needs",
    "baseline",
    "bench",
    "lint",
    "deploy-plan",
    "deploy-run",
    "promotion",
    "promotion-evidence",
    "manifests",
    "canary-step",
    "canary-walk",
    "canary-judge",
    "metrics-collect",
    "metrics-push",
    "metrics-dora",
    "metrics-report",
    "alerts",
    "release-notes",
    "parity",
    "explain",
];

const JUDGE: &[&str] = &["run", "needs", "baseline", "bench", "lint", "manifests", "parity"];

const CANARY: &[&str] = &["canary-step", "canary-walk", "canary-judge"];

/// Every output of `actions/gate`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output {
        name: "verdict",
        doc: "`pass`, `warn`, `inconclusive`, `acknowledge`, `review`, `fail` or `error`: that of the worst gate.",
        commands: JUDGE,
    },
    Output {
        name: "passed",
        doc: "`true` when it may pass, `false` when something blocks or evidence is missing; empty, as all outputs but `json`, when an input or the configuration is wrong.",
        commands: JUDGE,
    },
    Output {
        name: "blocking",
        doc: "The gates that keep it from passing, the worst first, as a JSON array.",
        commands: JUDGE,
    },
    Output {
        name: "counts",
        doc: "How many reasons each gate has of each verdict, as a JSON object of objects.",
        commands: JUDGE,
    },
    Output {
        name: "report",
        doc: "The path of the verdict with every reason, as JSON; empty when it was not written.",
        commands: JUDGE,
    },
    Output {
        name: "written",
        doc: "`true` when the baseline or the evidence was written, `false` when something blocks so that the baseline stays as it was.",
        commands: &["baseline", "promotion-evidence"],
    },
    Output {
        name: "rounds",
        doc: "The path of the rounds of a benchmark; empty when they were not written.",
        commands: &["bench"],
    },
    Output {
        name: "deployment",
        doc: "`planned`, `deployed`, `rolled-back`, `stopped`, `stuck` (something could not be taken back), `unknown` (a run was killed) or `busy` (another one runs).",
        commands: &["deploy-plan", "deploy-run"],
    },
    Output {
        name: "waves",
        doc: "The steps of each wave, as a JSON array of arrays; a step is a component, with its region after `@` if there are any.",
        commands: &["deploy-plan", "deploy-run"],
    },
    Output {
        name: "failed-steps",
        doc: "The steps because of which it is not deployed, as a JSON array.",
        commands: &["deploy-run"],
    },
    Output {
        name: "state",
        doc: "The path of the file that says how far the deployment is.",
        commands: &["deploy-run"],
    },
    Output {
        name: "promotion",
        doc: "`promote`, `wait` (people or a date are waited for), `missing` (something is not known) or `refuse`.",
        commands: &["promotion"],
    },
    Output {
        name: "open",
        doc: "The boxes that are not ticked, as a JSON array.",
        commands: &["promotion"],
    },
    Output {
        name: "approvals-missing",
        doc: "How many people more must approve.",
        commands: &["promotion"],
    },
    Output {
        name: "decision",
        doc: "What happens to the canary: `promote`, `hold` or `rollback`.",
        commands: CANARY,
    },
    Output {
        name: "next-weight",
        doc: "How much traffic the canary gets now, in per cent: 0 after a rollback, 100 after the last step.",
        commands: CANARY,
    },
    Output {
        name: "step",
        doc: "Which of the canary's steps was judged, of how many: `2/5`.",
        commands: CANARY,
    },
    Output {
        name: "reason",
        doc: "Why the canary is not promoted, in one line; empty where it is.",
        commands: CANARY,
    },
    Output {
        name: "collected",
        doc: "`true` when the run was measured, `false` when it was not and that is a warning.",
        commands: &["metrics-collect"],
    },
    Output {
        name: "metrics-path",
        doc: "The path of the record of the run, as JSON; empty when it was not written.",
        commands: &["metrics-collect"],
    },
    Output {
        name: "success-rate",
        doc: "The share of jobs that passed among those that passed, failed or took too long, in percent; empty when there is none.",
        commands: &["metrics-collect"],
    },
    Output {
        name: "pushed",
        doc: "The addresses of the records that were stored, as a JSON array.",
        commands: &["metrics-push"],
    },
    Output {
        name: "dora",
        doc: "The four figures of DORA with what they were made of, as a JSON object; what is not known is `null`.",
        commands: &["metrics-dora"],
    },
    Output {
        name: "targets-met",
        doc: "`true` when each figure is what it should be, `false` when one is not, `unknown` when one that has a target is not known.",
        commands: &["metrics-dora"],
    },
    Output {
        name: "review-path",
        doc: "The path of the weekly review, as Markdown; empty when it was not written.",
        commands: &["metrics-report"],
    },
    Output {
        name: "alert",
        doc: "The worst of all alerts: `ok`, `unknown`, `warn` or `critical`.",
        commands: &["alerts"],
    },
    Output {
        name: "firing",
        doc: "The alerts whose thresholds are reached, what is critical first, as a JSON array.",
        commands: &["alerts"],
    },
    Output {
        name: "notes-path",
        doc: "The path of the notes of the release, in Markdown.",
        commands: &["release-notes"],
    },
    Output {
        name: "bump",
        doc: "How much the version must move: `major`, `minor`, `patch` or `none`.",
        commands: &["release-notes"],
    },
    Output {
        name: "json",
        doc: "Everything above, and the exit code and the problems found, as one JSON object.",
        commands: EVERY,
    },
];
