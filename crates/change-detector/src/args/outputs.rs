//! Every output of `actions/changes`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

const LOOK: &[&str] = &["detect", "services", "crates"];

/// Every output of `actions/changes`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output {
        name: "any",
        doc: "`true` when anything changed, or when nobody knows; `false` otherwise.",
        commands: LOOK,
    },
    Output {
        name: "all",
        doc: "`true` when everything counts as affected: no base is known, or a file of `global-files` changed.",
        commands: LOOK,
    },
    Output {
        name: "none",
        doc: "`true` when there is nothing to look at or nothing changed: the opposite of `any`.",
        commands: LOOK,
    },
    Output {
        name: "reason",
        doc: "The word for why this base was taken, such as `before-push` or `merge-base`.",
        commands: LOOK,
    },
    Output {
        name: "base",
        doc: "The commit that the head was compared with; empty when there is none.",
        commands: LOOK,
    },
    Output {
        name: "head",
        doc: "The commit that was looked at; empty when the branch was deleted.",
        commands: LOOK,
    },
    Output {
        name: "merge-base",
        doc: "The merge base, where one was looked for; empty otherwise.",
        commands: LOOK,
    },
    Output {
        name: "degraded",
        doc: "`true` when a better comparison was wanted than could be had.",
        commands: LOOK,
    },
    Output {
        name: "filters",
        doc: "Whether each filter matches, as one JSON object: `fromJSON(steps.x.outputs.filters).backend`.",
        commands: LOOK,
    },
    Output {
        name: "changes",
        doc: "The names of the filters that match, as a JSON array.",
        commands: LOOK,
    },
    Output {
        name: "counts",
        doc: "How many files each filter matches, as a JSON object; empty when nobody knows.",
        commands: LOOK,
    },
    Output {
        name: "only",
        doc: "Whether each filter matches every changed file, as a JSON object.",
        commands: LOOK,
    },
    Output {
        name: "filter-files",
        doc: "The files of each filter as `list-files` says, as a JSON object; empty without `list-files` and when it would be longer than 400,000 characters.",
        commands: LOOK,
    },
    Output {
        name: "count",
        doc: "How many files changed; empty when nobody knows.",
        commands: LOOK,
    },
    Output {
        name: "files",
        doc: "The changed files as a JSON array; empty when nobody knows, and when it would be longer than 400,000 characters.",
        commands: LOOK,
    },
    Output {
        name: "files-truncated",
        doc: "`true` when a list of files is too long for an output: read `files-path` instead.",
        commands: LOOK,
    },
    Output {
        name: "files-lossy",
        doc: "`true` when a name is not UTF-8, so that only `files-nul-path` and the plan have it exactly.",
        commands: LOOK,
    },
    Output {
        name: "files-path",
        doc: "The path of a file with the changed files as a JSON array; empty when nobody knows, and outside of a job.",
        commands: LOOK,
    },
    Output {
        name: "files-nul-path",
        doc: "The path of a file with each changed file's exact name, followed by a NUL byte, for `xargs -0`.",
        commands: LOOK,
    },
    Output {
        name: "directories",
        doc: "The folders of the changed files, to the depth of `directory-depth`, as a JSON array; empty like `files`.",
        commands: LOOK,
    },
    Output {
        name: "services",
        doc: "The names of the affected services, as a JSON array.",
        commands: LOOK,
    },
    Output {
        name: "services-all",
        doc: "The names of all services, as a JSON array.",
        commands: LOOK,
    },
    Output {
        name: "services-deleted",
        doc: "The names of the services that the change removes, as a JSON array.",
        commands: LOOK,
    },
    Output { name: "any-services", doc: "`true` when a service is affected.", commands: LOOK },
    Output {
        name: "crates-direct",
        doc: "The crates that the change touches itself, as a JSON array: what to lint and format.",
        commands: LOOK,
    },
    Output {
        name: "crates-affected",
        doc: "These and whatever needs them, as a JSON array: what to build and test.",
        commands: LOOK,
    },
    Output {
        name: "crates-required",
        doc: "The affected crates and whatever they need, as a JSON array: what a build context must hold.",
        commands: LOOK,
    },
    Output {
        name: "any-crates",
        doc: "`true` when a crate is affected: guard `cargo` with it, which without `-p` takes all crates.",
        commands: LOOK,
    },
    Output {
        name: "cargo-args",
        doc: "`-p` and the name of each affected crate of one workspace, after `--manifest-path` where cargo would take another; empty when none is. Of several affected workspaces it is the one nearest to the root, with a warning.",
        commands: LOOK,
    },
    Output {
        name: "cargo-workspaces",
        doc: "The workspaces with affected crates, as a JSON array of objects: `manifest-path`, `args`, `excludes` and `nextest-filter` of each, as words for a shell.",
        commands: LOOK,
    },
    Output {
        name: "cargo-excludes",
        doc: "`--exclude` and the name of each crate of the same workspace that is not affected, for use with `--workspace`.",
        commands: LOOK,
    },
    Output {
        name: "nextest-filter",
        doc: "The affected crates of the same workspace as a filterset of cargo-nextest; `none()` when none is.",
        commands: LOOK,
    },
    Output {
        name: "packages",
        doc: "The names of the affected packages of other ecosystems, as a JSON array.",
        commands: LOOK,
    },
    Output {
        name: "matrix",
        doc: "The matrix for `strategy.matrix`, through `fromJSON`: name, path, kind and reason of each entry; empty when a name is not safe in a script. Guard it with `has-matrix`.",
        commands: LOOK,
    },
    Output {
        name: "matrix-chunks",
        doc: "The same matrix as a JSON array of matrices of at most `matrix-limit` entries.",
        commands: LOOK,
    },
    Output {
        name: "has-matrix",
        doc: "`true` when the matrix has an entry: GitHub fails a job with an empty one.",
        commands: LOOK,
    },
    Output {
        name: "plan-path",
        doc: "The path of the change plan, a JSON document with everything and its reasons; empty outside of a job without `plan-file`.",
        commands: LOOK,
    },
    Output {
        name: "recovered",
        doc: "The files that were written again, as a JSON array.",
        commands: &["recover"],
    },
    Output {
        name: "equivalent",
        doc: "The step that does the same, as YAML.",
        commands: &["import-dorny"],
    },
    Output {
        name: "json",
        doc: "Everything above, and the exit code and the problems found, as one JSON object.",
        commands: &["detect", "services", "crates", "recover", "import-dorny"],
    },
];
