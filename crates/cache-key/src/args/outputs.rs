//! Every output of `actions/cache-key`: what the generator writes down, and what a run must set.

use runner_protocol::Output;

const COMPUTE: &[&str] = &["compute"];
const PRUNE: &[&str] = &["prune"];
const BOTH: &[&str] = &["compute", "explain"];

/// Every output of `actions/cache-key`.
pub(crate) const OUTPUTS: &[Output] = &[
    Output { name: "key", doc: "The key, for `key` of actions/cache.", commands: COMPUTE },
    Output {
        name: "restore-keys",
        doc: "The keys that may be restored instead, one a line, the most alike first, for `restore-keys` of actions/cache.",
        commands: COMPUTE,
    },
    Output {
        name: "paths",
        doc: "What is kept, one path a line, for `path` of actions/cache.",
        commands: COMPUTE,
    },
    Output {
        name: "save",
        doc: "`true` when this run may save a cache under the key: as far as it is trusted, and as `save-if` and `lookup-only` say.",
        commands: COMPUTE,
    },
    Output {
        name: "reason",
        doc: "Why it may, or may not, and whose caches it reads: one sentence.",
        commands: COMPUTE,
    },
    Output {
        name: "restore",
        doc: "`true` when the action restores and saves the cache itself, `false` when that is left to other steps.",
        commands: COMPUTE,
    },
    Output {
        name: "docker-cache-from",
        doc: "With `ecosystems: docker`, the caches that an image is built from, one a line, for `cache-from` of docker/build-push-action: what exactly this Dockerfile with these arguments left, then what any left; empty otherwise.",
        commands: COMPUTE,
    },
    Output {
        name: "docker-cache-to",
        doc: "The caches that the build writes, for `cache-to`; empty where this run saves nothing.",
        commands: COMPUTE,
    },
    Output {
        name: "material",
        doc: "The SHA-256 of everything that the key was made of.",
        commands: COMPUTE,
    },
    Output {
        name: "material-path",
        doc: "The file that says what the key was made of; empty where none was written.",
        commands: COMPUTE,
    },
    Output {
        name: "material-place",
        doc: "Where that file travels with the cache: one of `paths`, as this machine knows it; empty where there is no home folder.",
        commands: COMPUTE,
    },
    Output {
        name: "expectation",
        doc: "What a run finds if the store holds the earlier cache and nothing newer: `exact`, `partial` or `miss`; `unknown` where nothing is known of an earlier run.",
        commands: BOTH,
    },
    Output {
        name: "same-as",
        doc: "How far this run is the same as the earlier one: `nothing`, `system`, `toolchain`, `dependencies` or `everything`; `unknown` where nothing is known of an earlier run.",
        commands: BOTH,
    },
    Output {
        name: "changed",
        doc: "What differs from the earlier run, as a JSON array of objects: level, ingredient, fact, source, from and to; as many as 400,000 characters hold.",
        commands: BOTH,
    },
    Output {
        name: "equivalent",
        doc: "The steps that do the same, as YAML.",
        commands: &["import"],
    },
    Output {
        name: "hash",
        doc: "The SHA-256 of the files that the patterns match, in hexadecimal; empty if they match none.",
        commands: &["hash"],
    },
    Output {
        name: "pruned-bytes",
        doc: "How many bytes were dropped, or would be without `apply`.",
        commands: PRUNE,
    },
    Output {
        name: "pruned-files",
        doc: "How many files were dropped, or would be without `apply`.",
        commands: PRUNE,
    },
    Output { name: "kept-bytes", doc: "How many bytes stay in the kept folders.", commands: PRUNE },
    Output {
        name: "json",
        doc: "Everything above, and the exit code and the problems found, as one JSON object.",
        commands: &["compute", "explain", "import", "prune", "hash"],
    },
];
