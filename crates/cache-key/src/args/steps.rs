//! What the action does after the tool has said the key: it restores the cache, and sees to it that the
//! job's end saves it.
//!
//! Source: actions/cache v5.0.5, `action.yml` of the action, of `restore` and of `save`. Its post step is the
//! only one that a composite action can have at the end of a job: so the cache is restored by
//! `actions/cache/restore`, which says which key it found, and `actions/cache` itself is used after it only
//! to look the key up, which makes its post step save under it.

use runner_protocol::Given::{Expression, Words};
use runner_protocol::{Does, Further, FurtherOutput, Step};

/// The commit of actions/cache v5.0.5.
const CACHE: &str = "27d5ce7f107fe9357f9df03efb73ab90386fccae";
const VERSION: &str = "v5.0.5";

/// The steps after the tool's.
pub(super) const FURTHER: Further = Further {
    steps: &[
        Step {
            id: "restore",
            when: "steps.run.outputs.restore == 'true'",
            does: Does::Uses {
                action: "actions/cache/restore",
                commit: CACHE,
                version: VERSION,
                with: &[
                    ("path", Expression("steps.run.outputs.paths")),
                    ("key", Expression("steps.run.outputs.key")),
                    ("restore-keys", Expression("steps.run.outputs.restore-keys")),
                    ("lookup-only", Expression("inputs.lookup-only == 'true'")),
                ],
            },
        },
        Step {
            id: "explain",
            when: "steps.run.outputs.restore == 'true' && inputs.lookup-only != 'true'",
            does: Does::Tool(&[
                ("command", Words("explain")),
                ("previous", Expression("steps.run.outputs.material-place")),
                ("current", Expression("steps.run.outputs.material-path")),
                ("matched-key", Expression("steps.restore.outputs.cache-matched-key")),
                ("replace", Words("true")),
            ]),
        },
        Step {
            id: "save",
            when: "steps.run.outputs.restore == 'true' && steps.run.outputs.save == 'true' && steps.restore.outputs.cache-hit != 'true'",
            does: Does::Uses {
                action: "actions/cache",
                commit: CACHE,
                version: VERSION,
                with: &[
                    ("path", Expression("steps.run.outputs.paths")),
                    ("key", Expression("steps.run.outputs.key")),
                    ("lookup-only", Words("true")),
                ],
            },
        },
    ],
    outputs: &[
        FurtherOutput {
            name: "cache-hit",
            doc: "`true` when the cache of the very key was restored (or found, with `lookup-only`), `false` otherwise.",
            value: "steps.restore.outputs.cache-hit == 'true'",
        },
        FurtherOutput {
            name: "cache-matched-key",
            doc: "The key of the cache that was restored; empty where none was.",
            value: "steps.restore.outputs.cache-matched-key",
        },
        FurtherOutput {
            name: "expectation",
            doc: "What a run finds if the store holds the earlier cache and nothing newer: `exact`, `partial` or `miss`; `unknown` where nothing is known of an earlier run. Of a cache that was just restored it is what was found.",
            value: "steps.explain.outputs.expectation || steps.run.outputs.expectation",
        },
        FurtherOutput {
            name: "same-as",
            doc: "How far this run is the same as the earlier one: `nothing`, `system`, `toolchain`, `dependencies` or `everything`; `unknown` where nothing is known of an earlier run.",
            value: "steps.explain.outputs.same-as || steps.run.outputs.same-as",
        },
        FurtherOutput {
            name: "changed",
            doc: "What differs from the earlier run, as a JSON array of objects: level, ingredient, fact, source, from and to; as many as 400,000 characters hold.",
            value: "steps.explain.outputs.changed || steps.run.outputs.changed",
        },
    ],
};
